/* A plan as a .reg file of version 5, as regedit exports it: keys as the repaired machine itself has them. Text whose bytes a quoted string could not give
 * back exactly is written as hex(1) and hex(2), so that what is merged is what would have been applied.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "change/room.h"

#define LINE_END 77 /* where regedit breaks a line of bytes */

/* The hives that have a fixed place in a running registry. */
static const char *const hives[] = {"SYSTEM", "SOFTWARE", "SAM", "SECURITY"};

static bool has_place(const struct vmm_store *st) {
    for (size_t i = 0; i < VMM_COUNT(hives); i++)
        if (strcmp(hives[i], st->name) == 0) return true;
    return false;
}

static const char *why_not(const struct vmm_change *c) {
    if (c->store->is_bcd) return _("a .reg file cannot hold changes of a boot store; bcdedit makes them");
    if (vmm_change_in_file(c)) return _("a .reg file cannot hold changes of files");
    if (!has_place(c->store)) return _("this hive has no fixed place in the registry");
    if (!vmm_typable(c->path) || !vmm_typable(c->name)) return _("its name has characters that a .reg file cannot hold");
    return NULL;
}

static void put_quoted(struct vmm_buf *b, const char *s) {
    vmm_buf_str(b, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') vmm_buf_str(b, "\\");
        vmm_buf_add(b, s, 1);
    }
    vmm_buf_str(b, "\"");
}

/* True, having written it, when "..." gives back these very bytes. */
static bool put_text(struct vmm_buf *b, const struct vmm_data *d) {
    size_t back;
    if (d->len < 2 || d->len % 2 || vmm_le16(d->data + d->len - 2) != 0) return false;
    char *text = vmm_utf16_to_utf8(d->data, d->len - 2);
    uint8_t *again = vmm_utf8_to_utf16(text, &back);
    bool exact = again && back == d->len - 2 && memcmp(again, d->data, back) == 0 && vmm_typable(text);
    if (exact) put_quoted(b, text);
    free(again);
    free(text);
    return exact;
}

/* "hex(7):61,00,..." with continuation lines; START is where on its line it begins. */
static void put_bytes(struct vmm_buf *b, const struct vmm_data *d, size_t start) {
    size_t before = b->len;
    if (d->type == VMM_REG_BINARY) vmm_buf_str(b, "hex:");
    else vmm_buf_fmt(b, "hex(%x):", d->type);
    size_t column = start + (b->len - before);
    for (size_t i = 0; i < d->len; i++) {
        if (i > 0 && column + 3 > LINE_END) {
            vmm_buf_str(b, "\\\n  ");
            column = 2;
        }
        vmm_buf_fmt(b, "%02x%s", d->data[i], i + 1 < d->len ? "," : "");
        column += 3;
    }
}

static void put_value(struct vmm_buf *b, const struct vmm_change *c) {
    size_t start = b->len;
    if (*c->name) put_quoted(b, c->name);
    else vmm_buf_str(b, "@");
    vmm_buf_str(b, "=");
    if (!c->after.present) vmm_buf_str(b, "-");
    else if (c->after.type == VMM_REG_DWORD && c->after.len == 4) vmm_buf_fmt(b, "dword:%08x", vmm_le32(c->after.data));
    else if (c->after.type != VMM_REG_SZ || !put_text(b, &c->after)) put_bytes(b, &c->after, b->len - start);
    vmm_buf_str(b, "\n");
}

static bool of_key(const struct vmm_change *x, const struct vmm_change *first) {
    return x->store == first->store && !x->whole_key && vmm_casecmp(x->path, first->path) == 0 && why_not(x) == NULL;
}

static bool same_reason(const struct vmm_change *x, const struct vmm_change *y) {
    return strcmp(x->fix, y->fix) == 0 && strcmp(x->why ? x->why : "", y->why ? y->why : "") == 0;
}

/* "; name, name [RD01]: why", for the changes of one key that have it in common. Above the key: hivexregedit ends a key at the first comment below it. */
static void say_reasons(struct vmm_as *as, size_t i) {
    const struct vmm_changes *c = as->c;
    const struct vmm_change *first = &c->list[i], *last = NULL;
    struct vmm_buf names = {0};
    for (size_t k = i; k <= c->count; k++) {
        const struct vmm_change *x = k < c->count ? &c->list[k] : NULL;
        if (x && !of_key(x, first)) continue;
        if (last && (x == NULL || !same_reason(x, last))) {
            char *list = vmm_buf_steal(&names), *said = vmm_printf(last->why ? "%s [%s]: %s" : "%s [%s]", list, last->fix, last->why);
            vmm_as_comment(as, "; ", said);
            free(said);
            free(list);
        }
        if (x) vmm_buf_fmt(&names, "%s%s", names.len ? ", " : "", *x->name ? x->name : "@");
        last = x;
    }
    vmm_buf_free(&names);
}

static void put_key(struct vmm_as *as, size_t i) {
    const struct vmm_changes *c = as->c;
    const struct vmm_change *first = &c->list[i];
    vmm_buf_str(&as->text, "\n");
    if (first->whole_key) {
        char *said = vmm_printf(first->why ? "[%s]: %s" : "[%s]", first->fix, first->why);
        vmm_as_comment(as, "; ", said);
        free(said);
    } else {
        say_reasons(as, i);
    }
    vmm_buf_fmt(&as->text, "[%sHKEY_LOCAL_MACHINE\\%s\\%s]\n", first->whole_key ? "-" : "", first->store->name, first->path);
    for (size_t k = i; k < c->count && !first->whole_key; k++)
        if (of_key(&c->list[k], first)) put_value(&as->text, &c->list[k]);
}

/* The first change of the key that can be written stands for it. */
static bool stands_for_key(const struct vmm_changes *c, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (c->list[k].store == c->list[i].store && c->list[k].whole_key == c->list[i].whole_key && why_not(&c->list[k]) == NULL &&
            vmm_casecmp(c->list[k].path, c->list[i].path) == 0) return false;
    return true;
}

void vmm_as_reg(struct vmm_as *as) {
    vmm_buf_str(&as->text, "Windows Registry Editor Version 5.00\n\n");
    char *made = vmm_printf(_("Made by vmmedic %s for %s: the registry changes of one plan."), VMM_VERSION, as->about->disk ? as->about->disk : _("a disk"));
    vmm_as_comment(as, "; ", made);
    free(made);
    vmm_as_comment(as, "; ", _("The keys are those of the machine to be repaired: merged on another machine as it is, this file changes THAT machine. Where the disk's hives are loaded as "
                               "BROKENSYSTEM and BROKENSOFTWARE, first write HKEY_LOCAL_MACHINE\\BROKENSYSTEM for HKEY_LOCAL_MACHINE\\SYSTEM, and the same for SOFTWARE."));
    for (size_t i = 0; i < as->c->count; i++) {
        const char *why = why_not(&as->c->list[i]);
        if (why == NULL) continue;
        if (as->out->left_out_count == 0) vmm_as_comment(as, "; ", _("This file does not hold the whole plan. Left out:"));
        vmm_as_comment(as, ";   ", vmm_as_leave_out(as, &as->c->list[i], why));
    }
    for (size_t i = 0; i < as->c->count; i++)
        if (why_not(&as->c->list[i]) == NULL && stands_for_key(as->c, i)) put_key(as, i);
    vmm_buf_str(&as->text, "\n");
}
