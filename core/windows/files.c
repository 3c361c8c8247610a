/* The small files that fixes write: what they hold now, or that they are not there and which folders are missing on the way.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "windows/look.h"

#define FILE_MAX ((size_t)256 << 10)
#define POLICY "\\System32\\GroupPolicy"

static const struct {
    const char *path; /* below the root of the Windows */
    bool look_only;   /* its bytes are nobody's business: they may hold a password */
} places[VMM_FILE_COUNT] = {
    [VMM_FILE_GPT] = {POLICY "\\gpt.ini", false},
    [VMM_FILE_SCRIPTS] = {POLICY "\\Machine\\Scripts\\scripts.ini", false},
    [VMM_FILE_GPT_KEPT] = {POLICY "\\gpt.ini.vmmedic", true},
    [VMM_FILE_SCRIPTS_KEPT] = {POLICY "\\Machine\\Scripts\\scripts.ini.vmmedic", true},
    [VMM_FILE_STARTUP] = {POLICY "\\Machine\\Scripts\\Startup\\vmmedic-P01.cmd", true},
    [VMM_FILE_SETUP] = {"\\Setup\\vmmedic-P02.cmd", true}, /* a folder with few names that every Windows has */
    [VMM_FILE_LOG] = {"\\vmmedic-password.log", true},
};

static void cannot(struct vmm_store *st, const struct vmm_error *err) {
    st->error = *err;
    if (st->blocked == NULL) st->blocked = vmm_strdup(err->message);
}

/* Which folders of the path are there, in the disk's spelling, and which would have to be made. */
static void find_folders(struct vmm_store *st, struct vmm_volume *v) {
    struct vmm_error err = {0};
    char *at = vmm_strdup("");
    bool there = true;
    for (char *p = st->path + 1, *end; (end = strchr(p, '\\')) != NULL; p = end + 1) {
        char *name = vmm_strndup(p, (size_t)(end - p)), *next = vmm_printf("%s\\%s", at, name), *real = NULL;
        struct vmm_stat stat = {0};
        int r = there ? vmm_volume_lookup(v, st->part, next, &real, &stat, &err) : 0;
        if (r == 1 && !stat.is_dir) r = vmm_fail(&err, VMM_E_UNSUPPORTED, NULL, _("%s is not a folder"), next);
        if (r < 0) cannot(st, &err);
        there = r == 1;
        free(at);
        at = there ? real : next;
        if (there) free(next);
        else free(real);
        free(name);
        if (there || r < 0) continue;
        st->folders = vmm_realloc(st->folders, st->folder_count + 1, sizeof *st->folders);
        st->folders[st->folder_count++] = vmm_strdup(at);
    }
    char *whole = vmm_printf("%s%s", at, strrchr(st->path, '\\'));
    free(st->path);
    st->path = whole;
    free(at);
}

static struct vmm_store *look_for(struct vmm_scan *s, struct vmm_volume *v, const struct vmm_windows *w, enum vmm_file which) {
    struct vmm_store *st = vmm_alloc(1, sizeof *st);
    struct vmm_stat stat = {0};
    struct vmm_error err = {0};
    char *real = NULL;
    st->is_file = true;
    st->part = w->part;
    st->path = vmm_printf("%s%s", w->root, places[which].path);
    st->name = vmm_strdup(strrchr(places[which].path, '\\') + 1);
    st->blocked = vmm_scan_part_blocked(s, w->part);
    int r = vmm_volume_lookup(v, st->part, st->path, &real, &stat, &err);
    if (r == 1 && stat.is_dir) r = vmm_fail(&err, VMM_E_UNSUPPORTED, NULL, _("%s is not a file"), st->path);
    if (r == 1) {
        free(st->path);
        st->path = real;
        real = NULL;
        if (!places[which].look_only) r = vmm_volume_read(v, st->part, st->path, FILE_MAX, &st->data, &st->len, &err);
    }
    if (r < 0) cannot(st, &err);
    free(real);
    st->absent = r == 0 && st->data == NULL;
    if (st->data) vmm_sha256(st->data, st->len, st->sha256);
    if (st->absent) find_folders(st, v);
    st->label = vmm_safe_text(st->path);
    s->files = vmm_realloc(s->files, s->file_count + 1, sizeof *s->files);
    s->files[s->file_count++] = st;
    return st;
}

void vmm_scan_files(struct vmm_scan *s, struct vmm_volume *v, struct vmm_windows *w) {
    for (size_t i = 0; i < VMM_FILE_COUNT; i++) w->files[i] = look_for(s, v, w, (enum vmm_file)i);
}
