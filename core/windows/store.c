/* One file that holds settings: found, read whole within limits, hashed, opened, and told whether it may be written.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "windows/look.h"

#define HIVE_MAX ((size_t)512 << 20)
#define BCD_MAX ((size_t)32 << 20)

static const char *const log_suffixes[3] = {".LOG", ".LOG1", ".LOG2"};

void vmm_scan_note(struct vmm_scan *s, const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) return;
    char *safe = vmm_safe_text(text);
    free(text);
    for (size_t i = 0; i < s->note_count; i++)
        if (strcmp(s->notes[i], safe) == 0) { /* the same folder fails for every path below it: say it once */
            free(safe);
            return;
        }
    s->notes = vmm_realloc(s->notes, s->note_count + 1, sizeof *s->notes);
    s->notes[s->note_count++] = safe;
}

const struct vmm_part *vmm_scan_part(const struct vmm_scan *s, int number) {
    for (size_t i = 0; i < s->disk->part_count; i++)
        if (s->disk->parts[i].number == number) return &s->disk->parts[i];
    return NULL;
}

bool vmm_scan_is_folder(const struct vmm_scan *s) {
    return s->disk->probe.kind == VMM_TARGET_FOLDER || s->disk->probe.kind == VMM_TARGET_HIVE_FILE || strcmp(s->disk->engine, "folder") == 0;
}

char *vmm_part_name(const struct vmm_scan *s, int part) {
    if (part == VMM_BOOT_FOLDER) return vmm_strdup(_("the boot folder"));
    if (part > 0) return vmm_printf(_("partition %d"), part);
    return vmm_strdup(vmm_scan_is_folder(s) ? _("the folder") : _("the disk"));
}

int vmm_scan_there(struct vmm_scan *s, struct vmm_volume *v, int part, const char *path, bool want_dir, char **real) {
    struct vmm_stat st = {0};
    struct vmm_error err = {0};
    char *found = NULL;
    int there = vmm_volume_lookup(v, part, path, &found, &st, &err);
    if (there < 0) vmm_scan_note(s, "%s", err.message);
    if (there != 1 || st.is_dir != want_dir) {
        free(found);
        return 0;
    }
    if (real) *real = found;
    else free(found);
    return 1;
}

/* Reads the logs that stand beside; a log that cannot be read makes the hive one that may not be written. */
static void read_logs(struct vmm_store *st, struct vmm_volume *v, size_t max) {
    for (size_t i = 0; i < VMM_COUNT(log_suffixes); i++) {
        char *path = vmm_printf("%s%s", st->path, log_suffixes[i]), *real = NULL;
        struct vmm_stat stat = {0};
        struct vmm_error err = {0};
        int there = vmm_volume_lookup(v, st->part, path, &real, &stat, &err);
        free(path);
        if (there == 1 && !stat.is_dir) {
            if (vmm_volume_read(v, st->part, real, max, &st->logs[i].data, &st->logs[i].len, &err) < 0) there = -1;
            else {
                st->logs[i].path = real;
                real = NULL;
            }
        }
        free(real);
        if (there < 0 && st->blocked == NULL) st->blocked = vmm_printf(_("its log cannot be read: %s"), err.message);
    }
}

char *vmm_scan_part_blocked(const struct vmm_scan *s, int part) {
    const struct vmm_part *p = vmm_scan_part(s, part);
    if (p == NULL || p->writable) return NULL;
    char *where = vmm_part_name(s, part);
    char *why = p->health_text ? vmm_safe_text(p->health_text) : vmm_printf(_("%s cannot be written"), where);
    free(where);
    return why;
}

/* The reasons a sound file may not be written now: what the hive says, then what the volume says. */
void vmm_scan_blocks(const struct vmm_scan *s, struct vmm_store *st) {
    const char *dirty = st->hive ? vmm_hive_dirty(st->hive) : NULL;
    char *why = vmm_scan_part_blocked(s, st->part);
    if (why == NULL && dirty) why = vmm_printf(_("%s is not whole: %s"), st->name, dirty);
    if (why) {
        free(st->blocked);
        st->blocked = why;
    }
}

static void open_hive(struct vmm_store *st) {
    const struct vmm_hive_logs logs = {.log = st->logs[0].data, .log_len = st->logs[0].len, .log1 = st->logs[1].data, .log1_len = st->logs[1].len,
                                       .log2 = st->logs[2].data, .log2_len = st->logs[2].len};
    st->hive = vmm_hive_open(st->data, st->len, &logs, &st->error);
    if (st->hive && st->is_bcd) st->bcd = vmm_bcd_open(st->hive, &st->error);
    if (st->hive == NULL || (st->is_bcd && st->bcd == NULL)) vmm_fail_prefix(&st->error, "%s", st->label);
}

struct vmm_store *vmm_scan_read(struct vmm_scan *s, struct vmm_volume *v, int part, const char *real, const char *name, bool is_bcd) {
    struct vmm_store *st = vmm_alloc(1, sizeof *st);
    size_t max = is_bcd ? BCD_MAX : HIVE_MAX;
    char *where = vmm_part_name(s, part), *safe = vmm_safe_text(real);
    st->is_bcd = is_bcd;
    st->name = vmm_strdup(name);
    st->part = part;
    st->path = vmm_strdup(real);
    if (!is_bcd) st->label = vmm_strdup(name);
    else if (part == 0) st->label = vmm_strdup(safe);
    else if (part == VMM_BOOT_FOLDER) st->label = vmm_printf(_("%s in %s"), safe, where);
    else st->label = vmm_printf(_("%s on %s"), safe, where);
    free(where);
    free(safe);
    s->stores = vmm_realloc(s->stores, s->store_count + 1, sizeof *s->stores);
    s->stores[s->store_count++] = st;
    if (vmm_volume_read(v, part, real, max, &st->data, &st->len, &st->error) < 0) {
        vmm_fail_prefix(&st->error, "%s", st->label);
        st->data = NULL;
        st->len = 0;
    } else {
        vmm_sha256(st->data, st->len, st->sha256);
        read_logs(st, v, max);
        open_hive(st);
    }
    vmm_scan_blocks(s, st);
    if ((st->hive == NULL || (is_bcd && st->bcd == NULL)) && st->blocked == NULL) { /* whoever says it names the store */
        size_t n = strlen(st->label);
        bool named = strncmp(st->error.message, st->label, n) == 0 && strncmp(st->error.message + n, ": ", 2) == 0;
        st->blocked = vmm_strdup(st->error.message + (named ? n + 2 : 0));
    }
    return st;
}
