/* Editing a hive: the smallest way that is safe for each edit, then proof that the result is what was asked and nothing else.
 *   keys are made and removed    by hivex, on a copy (hivex.c), which is bare of what hivex does not know
 *   values are set and removed   in cells of the copy (values.c)
 * After that: a sequence number above every one that any log may hold, the strict walk, the logical comparison.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/draft.h"
#include "hive/replay.h"

#define MAX_GROWTH (1u << 20)

static int refuse(struct vmm_error *err, enum vmm_code code, const struct vmm_edit *e, const char *why) {
    return vmm_fail(err, code, _("Nothing was written. The disk is as it was."), e->op == VMM_EDIT_DELETE_KEY ? _("changing the key %s%.0s: %s") : _("changing %s!%s: %s"),
                    e->path, e->name ? e->name : "", why);
}

/* The deepest key of PATH that is there. */
static vmm_key deepest_key(const struct vmm_hive *h, const char *path) {
    vmm_key deepest = vmm_hive_root(h), next;
    while (*path) {
        size_t n = strcspn(path, "\\");
        char *name = vmm_strndup(path, n);
        enum vmm_answer there = vmm_key_child(h, deepest, name, &next);
        free(name);
        if (there != VMM_SET) break;
        deepest = next;
        path += n + (path[n] == '\\');
    }
    return deepest;
}

/* Whether the edit can be made: 0, or -1 and why not. *keys: a key is made or removed. */
static int consider(const struct vmm_hive *h, const struct vmm_edit *e, bool *keys, struct vmm_error *err) {
    vmm_key key;
    uint32_t record;
    size_t index, len = strlen(e->path);
    if (e->path[0] == '\\' || (len && e->path[len - 1] == '\\') || strstr(e->path, "\\\\")) return refuse(err, VMM_E_UNSUPPORTED, e, _("a part of its path is empty"));
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), e->path, &key), has = VMM_NOT_SET;
    if (a < 0) return refuse(err, VMM_E_BROKEN, e, _("a key of the path cannot be read"));
    bool there = a == VMM_SET;
    if (there && e->op != VMM_EDIT_DELETE_KEY) has = vmm_key_value_record(h, key, e->name, &record, &index);
    if (has < 0) return refuse(err, VMM_E_BROKEN, e, _("the value cannot be read"));
    if (!there && (e->op == VMM_EDIT_DELETE_KEY || !e->create_keys)) return refuse(err, VMM_E_NOT_FOUND, e, _("there is no such key"));
    if (e->op == VMM_EDIT_DELETE_VALUE && has != VMM_SET) return refuse(err, VMM_E_NOT_FOUND, e, _("there is no such value"));
    *keys = !there || e->op == VMM_EDIT_DELETE_KEY;
    const char *hazard = *keys ? vmm_hivex_hazard(h, there ? key : deepest_key(h, e->path), e) : NULL;
    if (hazard == NULL && e->op != VMM_EDIT_DELETE_KEY) hazard = vmm_value_hazard(h, there ? key : 0, e);
    return hazard ? refuse(err, VMM_E_UNSUPPORTED, e, _(hazard)) : 0;
}

int vmm_hive_takes(const struct vmm_hive *h, const struct vmm_edit *e, struct vmm_error *err) {
    bool keys;
    return consider(h, e, &keys, err);
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
    const struct vmm_hive *after;
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

static bool asked(const struct proof *p, enum vmm_difference kind, const char *path, const char *name) {
    for (size_t i = 0; i < p->count; i++)
        if (explains(&p->edits[i], kind, path, name)) return true;
    return false;
}

static void judge(void *ctx, enum vmm_difference kind, const char *path, const char *name);

/* A comparison does not look into a key that one of the two lacks. */
static void judge_inside(struct proof *p, const char *path) {
    vmm_key key, *children = NULL;
    struct vmm_value *values = NULL;
    size_t n = 0, m = 0;
    if (vmm_key_path(p->after, vmm_hive_root(p->after), path, &key) != VMM_SET) return; /* an edit that did not take effect is found later */
    vmm_key_values(p->after, key, &values, &n, NULL); /* the strict walk has read all of it */
    for (size_t i = 0; i < n; i++) {
        judge(p, VMM_DIFF_VALUE_ADDED, path, values[i].name);
        vmm_value_clear(&values[i]);
    }
    vmm_key_children(p->after, key, &children, &m, NULL);
    for (size_t i = 0; i < m; i++) {
        char *name = vmm_key_name(p->after, children[i]), *child = vmm_printf("%s\\%s", path, name ? name : "");
        judge(p, VMM_DIFF_KEY_ADDED, child, "");
        free(name);
        free(child);
    }
    free(values);
    free(children);
}

static void judge(void *ctx, enum vmm_difference kind, const char *path, const char *name) {
    struct proof *p = ctx;
    if (!asked(p, kind, path, name)) {
        if (p->stray == NULL) p->stray = vmm_printf("%s!%s", path, name);
    } else if (kind == VMM_DIFF_KEY_ADDED) {
        judge_inside(p, path);
    }
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
    struct vmm_error why = {0}; /* what is broken is the copy, not the hive on the disk */
    if (vmm_hive_check(after, &leaks, &why) < 0) return internal(err, why.message);
    if (leaks > leaks_before) return internal(err, _("it has cells that nothing refers to"));
    struct proof p = {.after = after, .edits = edits, .count = count};
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

/* True when PATH is KEY or stands below it. */
static bool within(const char *key, const char *path) {
    size_t n = strlen(key);
    char *start = vmm_strndup(path, n);
    bool same = (path[strlen(start)] == '\0' || path[n] == '\\') && vmm_casecmp(start, key) == 0;
    free(start);
    return same;
}

/* Two edits of one place, or of one inside another that goes, would make the order matter. */
static int same_place_twice(const struct vmm_edit *edits, size_t count, struct vmm_error *err) {
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if ((edits[i].op == VMM_EDIT_DELETE_KEY && within(edits[i].path, edits[k].path)) || (edits[k].op == VMM_EDIT_DELETE_KEY && within(edits[k].path, edits[i].path)) ||
                (edits[i].op != VMM_EDIT_DELETE_KEY && edits[k].op != VMM_EDIT_DELETE_KEY && vmm_casecmp(edits[i].path, edits[k].path) == 0 &&
                 vmm_casecmp(edits[i].name, edits[k].name) == 0))
                return refuse(err, VMM_E_CONFLICT, &edits[k], _("two changes of one plan want the same place"));
    return 0;
}

/* Makes and removes keys in the draft: it is that of hivex's result then. */
static int edit_keys(const struct vmm_hive *h, struct vmm_draft *d, const struct vmm_edit *const *edits, size_t count, const char *scratch, struct vmm_error *err) {
    uint8_t *out;
    size_t len;
    vmm_key key;
    for (size_t i = 0; i < count; i++)
        if (edits[i]->op == VMM_EDIT_DELETE_KEY && vmm_key_path(&d->hive, vmm_hive_root(h), edits[i]->path, &key) == VMM_SET) vmm_draft_strip(d, key);
    vmm_put32(d->hive.data + BASE_CHECKSUM, vmm_base_checksum(d->hive.data));
    if (vmm_hivex_edit(h, d->hive.data, d->hive.len, edits, count, scratch, &out, &len, err) < 0) return -1;
    struct vmm_error why = {0};
    struct vmm_hive *made = vmm_hive_open(out, len, NULL, &why);
    free(out);
    for (size_t i = 0; made && i < count; i++) vmm_hivex_tidy(made, edits[i]->path);
    if (made == NULL || vmm_hive_check(made, NULL, &why) < 0) {
        vmm_hive_close(made);
        return internal(err, why.message);
    }
    vmm_draft_end(d);
    vmm_draft_begin(d, made);
    vmm_hive_close(made);
    return 0;
}

static int edit_values(struct vmm_draft *d, const struct vmm_edit *edits, size_t count, struct vmm_error *err) {
    for (size_t i = 0; i < count; i++) {
        vmm_key key;
        if (edits[i].op == VMM_EDIT_DELETE_KEY) continue;
        if (vmm_key_path(&d->hive, vmm_hive_root(&d->hive), edits[i].path, &key) != VMM_SET) return internal(err, _("a key was not made"));
        vmm_draft_value(d, key, &edits[i]);
    }
    return 0;
}

/* Gives the draft its numbers, and proves it. */
static int finish(const struct vmm_hive *h, struct vmm_draft *d, size_t leaks, const struct vmm_edit *edits, size_t count, const struct vmm_hive_logs *logs, struct vmm_error *err) {
    if (finish_base(d->hive.data, h, logs, err) < 0) return -1;
    struct vmm_error why = {0};
    struct vmm_hive *result = vmm_hive_open(d->hive.data, d->hive.len, NULL, &why);
    int r = result ? prove(h, result, leaks, edits, count, err) : internal(err, why.message);
    vmm_hive_close(result);
    return r;
}

int vmm_hive_edit(const struct vmm_hive *h, const struct vmm_edit *edits, size_t count, const struct vmm_hive_logs *logs, const char *scratch,
                  uint8_t **after, size_t *after_len, struct vmm_error *err) {
    size_t leaks, shaped = 0;
    if (h->dirty) return vmm_fail(err, VMM_E_DIRTY_HIVE, _("Nothing was written. The disk is as it was."), _("this hive cannot be changed: %s"), h->dirty);
    if (same_place_twice(edits, count, err) < 0) return -1;
    if (vmm_hive_check(h, &leaks, err) < 0) return vmm_fail_prefix(err, _("this hive cannot be changed"));
    const struct vmm_edit **keys = vmm_alloc(count, sizeof *keys);
    struct vmm_draft d;
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        bool shapes = false;
        r = consider(h, &edits[i], &shapes, err);
        if (shapes) keys[shaped++] = &edits[i];
    }
    vmm_draft_begin(&d, h);
    if (r == 0 && shaped > 0) r = edit_keys(h, &d, keys, shaped, scratch, err);
    if (r == 0) r = edit_values(&d, edits, count, err);
    free(keys);
    if (r == 0 && d.hive.len > h->len + MAX_GROWTH)
        r = vmm_fail(err, VMM_E_UNSUPPORTED, _("Nothing was written. The disk is as it was. Make fewer changes at once."), _("with these changes the hive would grow by more than a mebibyte"));
    if (r == 0 && (d.hive.len != h->len || memcmp(d.hive.data, h->data, h->len) != 0)) r = finish(h, &d, leaks, edits, count, logs, err);
    if (r == 0) {
        *after = d.hive.data;
        *after_len = d.hive.len;
        d.hive.data = NULL;
    }
    vmm_draft_end(&d);
    return r;
}
