/* Editing a hive: the smallest way that is safe for each edit, then proof that the result is what was asked and nothing else.
 *   same type and size     patched where it stands
 *   everything else        hivex, on a copy (hivex.c)
 * After that: hivex's leftovers tidied, a sequence number above every one that any log may hold, the strict walk, the logical comparison.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/replay.h"

#define MAX_GROWTH (1u << 20)

static int refuse(struct vmm_error *err, enum vmm_code code, const struct vmm_edit *e, const char *why) {
    return vmm_fail(err, code, _("Nothing was written. The disk is as it was."), e->op == VMM_EDIT_DELETE_KEY ? _("changing the key %s%.0s: %s") : _("changing %s!%s: %s"),
                    e->path, e->name ? e->name : "", why);
}

enum way { WAY_NONE, WAY_PATCH, WAY_HIVEX };

/* Decides how one edit is made; WAY_PATCH has been done on `bytes` (NULL: only asked) when this returns. -1: refused. */
static int choose_way(const struct vmm_hive *h, const struct vmm_edit *e, uint8_t *bytes, struct vmm_error *err) {
    vmm_key key, deepest = vmm_hive_root(h);
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), e->path, &key);
    if (a < 0) return refuse(err, VMM_E_BROKEN, e, _("a key of the path cannot be read"));
    struct vmm_value v = {0};
    enum vmm_answer has = a == VMM_SET && e->op != VMM_EDIT_DELETE_KEY ? vmm_key_value(h, key, e->name, &v) : VMM_NOT_SET;
    if (has < 0) return refuse(err, VMM_E_BROKEN, e, _("the value cannot be read"));
    if (e->op == VMM_EDIT_SET && has == VMM_SET && v.type == e->type && v.len == e->len && (v.place || v.len == 0)) {
        int way = memcmp(v.data, e->data, e->len) == 0 ? WAY_NONE : WAY_PATCH;
        if (way == WAY_PATCH && bytes) memcpy(bytes + v.place, e->data, e->len);
        vmm_value_clear(&v);
        return way;
    }
    vmm_value_clear(&v);
    if (e->op == VMM_EDIT_DELETE_KEY && a != VMM_SET) return refuse(err, VMM_E_NOT_FOUND, e, _("there is no such key"));
    if (e->op == VMM_EDIT_DELETE_VALUE && has != VMM_SET) return refuse(err, VMM_E_NOT_FOUND, e, _("there is no such value"));
    if (a == VMM_NOT_SET) {
        if (!e->create_keys) return refuse(err, VMM_E_NOT_FOUND, e, _("there is no such key"));
        for (const char *p = e->path; *p;) { /* the deepest key that is there */
            size_t n = strcspn(p, "\\");
            char *name = vmm_strndup(p, n);
            vmm_key next;
            enum vmm_answer there = vmm_key_child(h, deepest, name, &next);
            free(name);
            if (there != VMM_SET) break;
            deepest = next;
            p += n + (p[n] == '\\');
        }
    }
    const char *hazard = vmm_hivex_hazard(h, a == VMM_SET ? key : deepest, e, a == VMM_SET);
    return hazard ? refuse(err, VMM_E_UNSUPPORTED, e, _(hazard)) : WAY_HIVEX;
}

int vmm_hive_takes(const struct vmm_hive *h, const struct vmm_edit *e, struct vmm_error *err) { return choose_way(h, e, NULL, err) < 0 ? -1 : 0; }

/* ---- tidying what hivex leaves ---- */

static void free_cell(struct vmm_hive *h, uint32_t rel) {
    uint8_t *cell = h->data + REGF_BASE + rel;
    vmm_put32(cell, 0u - vmm_le32(cell));
}

/* hivex leaves an empty leaf under a key that lost its last child, and uses hashes where an old hive has hints. */
static void tidy_key(struct vmm_hive *h, uint32_t rel, unsigned depth) {
    const uint8_t *found = vmm_nk(h, rel, NULL);
    if (found == NULL || depth > 64) return;
    uint8_t *nk = h->data + (found - h->data);
    uint32_t list = vmm_le32(nk + NK_LIST);
    size_t size;
    const uint8_t *top = list == REGF_NIL ? NULL : vmm_cell(h, list, 4, &size);
    if (vmm_le32(nk + NK_SUBKEYS) == 0) {
        if (top && top[0] == 'l' && vmm_le16(top + 2) == 0) {
            free_cell(h, list);
            vmm_put32(nk + NK_LIST, REGF_NIL);
        }
        return;
    }
    if (h->minor >= 5 || top == NULL || memcmp(top, "lh", 2) != 0 || vmm_le16(top + 2) > (size - 4) / 8) return;
    uint8_t *leaf = h->data + (top - h->data);
    for (size_t i = 0; i < vmm_le16(leaf + 2); i++) {
        const uint8_t *child = vmm_nk(h, vmm_le32(leaf + 4 + 8 * i), NULL);
        if (child == NULL || !(vmm_le16(child + NK_FLAGS) & NK_F_COMPRESSED)) return;
        uint8_t hint[4] = {0};
        for (size_t k = 0; k < 4 && k < vmm_le16(child + NK_NAME_LEN); k++) hint[k] = child[NK_NAME + k];
        memcpy(leaf + 8 + 8 * i, hint, 4);
    }
    leaf[1] = 'f';
}

static void tidy(struct vmm_hive *h, const struct vmm_edit *e) {
    uint32_t rel = h->root;
    tidy_key(h, rel, 0);
    for (const char *p = e->path; *p;) {
        size_t n = strcspn(p, "\\");
        char *name = vmm_strndup(p, n);
        vmm_key child;
        enum vmm_answer a = vmm_key_child(h, rel + REGF_BASE, name, &child);
        free(name);
        if (a != VMM_SET) return;
        rel = child - REGF_BASE;
        tidy_key(h, rel, 0);
        p += n + (p[n] == '\\');
    }
}

/* ---- sequence numbers ---- */

/* The log entry that carries this change has the number below the result's; it too must be above every number there is. */
static int finish_base(uint8_t *data, const struct vmm_hive *before, const struct vmm_hive_logs *logs, struct vmm_error *err) {
    uint32_t n, now = vmm_le32(before->data + BASE_SEQ1);
    if (vmm_logs_highest(before->file_base, sizeof before->file_base, logs, &n) < 0)
        return vmm_fail(err, VMM_E_UNSUPPORTED, _("Nothing was written. The disk is as it was."),
                        _("this hive cannot be changed: the sequence numbers of its logs lie too far apart to tell which is the highest"));
    if ((int32_t)(now - n) > 0) n = now; /* the numbers wrap */
    vmm_put32(data + BASE_SEQ1, n + 2);
    vmm_put32(data + BASE_SEQ2, n + 2);
    vmm_put32(data + BASE_CHECKSUM, vmm_base_checksum(data));
    return 0;
}

/* ---- proof ---- */

struct proof {
    const struct vmm_edit *edits;
    size_t count;
    char *stray; /* the first difference nobody asked for */
};

/* True when PATH is the edit's key or, for a key made or removed on the way, one above it that the edit had to make. */
static bool explains(const struct vmm_edit *e, enum vmm_difference kind, const char *path, const char *name) {
    size_t n = strlen(path);
    switch (kind) {
    case VMM_DIFF_KEY_REMOVED: return e->op == VMM_EDIT_DELETE_KEY && vmm_casecmp(e->path, path) == 0;
    case VMM_DIFF_KEY_ADDED: {
        if (e->op != VMM_EDIT_SET || !e->create_keys || strlen(e->path) < n || (e->path[n] && e->path[n] != '\\')) return false;
        char *start = vmm_strndup(e->path, n);
        bool same = vmm_casecmp(start, path) == 0;
        free(start);
        return same;
    }
    case VMM_DIFF_KEY_CHANGED: return false;
    case VMM_DIFF_VALUE_REMOVED: return e->op == VMM_EDIT_DELETE_VALUE && vmm_casecmp(e->path, path) == 0 && vmm_casecmp(e->name, name) == 0;
    default: return e->op == VMM_EDIT_SET && vmm_casecmp(e->path, path) == 0 && vmm_casecmp(e->name, name) == 0;
    }
}

static void judge(void *ctx, enum vmm_difference kind, const char *path, const char *name) {
    struct proof *p = ctx;
    for (size_t i = 0; i < p->count; i++)
        if (explains(&p->edits[i], kind, path, name)) return;
    if (p->stray == NULL) p->stray = vmm_printf("%s!%s", path, name);
}

/* The edit's own effect, read back. A later edit may take back an earlier one's; callers do not do that. */
static bool took_effect(const struct vmm_hive *h, const struct vmm_edit *e) {
    vmm_key key;
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), e->path, &key);
    if (e->op == VMM_EDIT_DELETE_KEY) return a == VMM_NOT_SET;
    if (a != VMM_SET) return false;
    struct vmm_value v;
    a = vmm_key_value(h, key, e->name, &v);
    bool good = e->op == VMM_EDIT_DELETE_VALUE ? a == VMM_NOT_SET : a == VMM_SET && v.type == e->type && v.len == e->len && memcmp(v.data, e->data, e->len) == 0;
    vmm_value_clear(&v);
    return good;
}

static int internal(struct vmm_error *err, const char *what) {
    return vmm_fail(err, VMM_E_INTERNAL, _("Nothing was written. The disk is as it was. Please report this."), _("checking the edited copy of the hive: %s"), what);
}

static int prove(const struct vmm_hive *before, const struct vmm_hive *after, size_t leaks_before, const struct vmm_edit *edits, size_t count,
                 struct vmm_error *err) {
    size_t leaks;
    if (vmm_hive_check(after, &leaks, err) < 0) {
        if (err) err->code = VMM_E_INTERNAL;
        return vmm_fail_prefix(err, _("checking the edited copy of the hive"));
    }
    if (leaks > leaks_before) return internal(err, _("it has cells that nothing refers to"));
    struct proof p = {.edits = edits, .count = count};
    if (vmm_hive_compare(before, after, judge, &p, err) < 0) return -1;
    int r = 0;
    if (p.stray) {
        char *what = vmm_printf(_("%s changed, which nobody asked for"), p.stray);
        r = internal(err, what);
        free(what);
    }
    free(p.stray);
    for (size_t i = 0; r == 0 && i < count; i++)
        if (!took_effect(after, &edits[i])) r = internal(err, _("a change did not take effect"));
    return r;
}

/* Two edits of one place would make the order matter. */
static int same_place_twice(const struct vmm_edit *edits, size_t count, struct vmm_error *err) {
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (vmm_casecmp(edits[i].path, edits[k].path) == 0 &&
                (edits[i].op == VMM_EDIT_DELETE_KEY || edits[k].op == VMM_EDIT_DELETE_KEY || vmm_casecmp(edits[i].name, edits[k].name) == 0))
                return refuse(err, VMM_E_CONFLICT, &edits[k], _("two changes of one plan want the same place"));
    return 0;
}

int vmm_hive_edit(const struct vmm_hive *h, const struct vmm_edit *edits, size_t count, const struct vmm_hive_logs *logs, const char *scratch,
                  uint8_t **after, size_t *after_len, struct vmm_error *err) {
    size_t leaks, patched = 0, shaped = 0;
    if (h->dirty) return vmm_fail(err, VMM_E_DIRTY_HIVE, _("Nothing was written. The disk is as it was."), _("this hive cannot be changed: %s"), h->dirty);
    if (same_place_twice(edits, count, err) < 0) return -1;
    if (vmm_hive_check(h, &leaks, err) < 0) return vmm_fail_prefix(err, _("this hive cannot be changed"));
    uint8_t *bytes = vmm_memdup(h->data, h->len);
    size_t len = h->len;
    const struct vmm_edit **through_hivex = vmm_alloc(count, sizeof *through_hivex);
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        int way = choose_way(h, &edits[i], bytes, err);
        if (way < 0) r = -1;
        else if (way == WAY_PATCH) patched++;
        else if (way == WAY_HIVEX) through_hivex[shaped++] = &edits[i];
    }
    if (r == 0 && shaped > 0) {
        vmm_put32(bytes + BASE_CHECKSUM, vmm_base_checksum(bytes));
        uint8_t *out = NULL;
        r = vmm_hivex_edit(h, bytes, len, through_hivex, shaped, scratch, &out, &len, err);
        if (r == 0) {
            free(bytes);
            bytes = out;
        }
    }
    free(through_hivex);
    if (r == 0 && len > h->len + MAX_GROWTH) r = internal(err, _("it grew by more than a mebibyte"));
    if (r == 0 && patched + shaped > 0) {
        r = finish_base(bytes, h, logs, err);
        struct vmm_hive *result = r == 0 ? vmm_hive_open(bytes, len, NULL, err) : NULL;
        if (r == 0 && result == NULL) r = vmm_fail_prefix(err, _("checking the edited copy of the hive"));
        if (r == 0) {
            for (size_t i = 0; i < count; i++) tidy(result, &edits[i]);
            memcpy(bytes, result->data, len);
            r = prove(h, result, leaks, edits, count, err);
        }
        vmm_hive_close(result);
    }
    if (r < 0) {
        free(bytes);
        return -1;
    }
    *after = bytes;
    *after_len = len;
    return 0;
}
