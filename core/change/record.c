/* The change record: what stands there is read first, a change that changes nothing is none, and every place has one owner.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "change/room.h"

/* ---- values ---- */

static size_t text_len(const struct vmm_data *d) {
    size_t n = d->len & ~(size_t)1;
    while (n >= 2 && vmm_le16(d->data + n - 2) == 0) n -= 2;
    return n;
}

bool vmm_data_same(const struct vmm_data *a, const struct vmm_data *b) {
    if (!a->present || !b->present) return a->present == b->present;
    if (a->type != b->type) return false;
    bool text = a->type == VMM_REG_SZ || a->type == VMM_REG_EXPAND_SZ;
    size_t la = text ? text_len(a) : a->len, lb = text ? text_len(b) : b->len;
    return la == lb && memcmp(a->data, b->data, la) == 0;
}

static void change_clear(struct vmm_change *c) {
    free(c->fix);
    free(c->path);
    free(c->name);
    if (c->secret && c->after.data) explicit_bzero(c->after.data, c->after.len);
    free(c->before.data);
    free(c->after.data);
    free(c->why);
    *c = (struct vmm_change){0};
}

void vmm_changes_clear(struct vmm_changes *c) {
    for (size_t i = 0; i < c->count; i++) change_clear(&c->list[i]);
    for (size_t i = 0; i < c->kept_count; i++) change_clear(&c->kept[i]);
    free(c->list);
    free(c->kept);
    *c = (struct vmm_changes){0};
}

/* ---- places ---- */

/* PATH in the hive's own spelling as far as it exists; *key is 0 when it does not exist whole, *depth how many of its keys do. */
static int spell_path(const struct vmm_hive *h, const char *path, char **out, vmm_key *key, size_t *depth, struct vmm_error *err) {
    struct vmm_buf b = {0};
    vmm_key at = vmm_hive_root(h);
    bool there = true;
    *depth = 0;
    while (*path) {
        size_t n = strcspn(path, "\\");
        char *part = vmm_strndup(path, n);
        if (there && n > 0) {
            enum vmm_answer a = vmm_key_child(h, at, part, &at);
            if (a < 0) {
                vmm_fail(err, VMM_E_BROKEN, NULL, _("the key %s cannot be read"), part);
                free(part);
                vmm_buf_free(&b);
                return -1;
            }
            there = a == VMM_SET;
            char *real = there ? vmm_key_name(h, at) : NULL;
            if (real) {
                free(part);
                part = real;
            }
            *depth += there;
        }
        if (b.len) vmm_buf_str(&b, "\\");
        vmm_buf_str(&b, part);
        free(part);
        path += n + (path[n] == '\\');
    }
    *out = vmm_buf_steal(&b);
    *key = there ? at : 0;
    return 0;
}

/* Reads what stands at key!name; *real_name is the name as stored. */
static int read_now(const struct vmm_hive *h, vmm_key key, const char *name, struct vmm_data *now, char **real_name, struct vmm_error *err) {
    struct vmm_value v = {0};
    enum vmm_answer a = key ? vmm_key_value(h, key, name, &v) : VMM_NOT_SET;
    *now = (struct vmm_data){0};
    *real_name = NULL;
    if (a < 0) return vmm_fail(err, VMM_E_BROKEN, NULL, _("the value %s cannot be read"), name);
    if (a == VMM_SET) {
        *now = (struct vmm_data){.present = true, .type = v.type, .data = v.data, .len = v.len};
        *real_name = v.name;
    }
    return 0;
}

/* In a boot store: which object and element "Objects\{guid}\Elements\25000080" is. */
static void note_element(struct vmm_change *c) {
    static const char objects[] = "Objects\\", elements[] = "\\Elements\\";
    size_t n = sizeof objects - 1, m = sizeof elements - 1;
    uint8_t guid[16];
    char *text = strlen(c->path) >= n + 38 && strncasecmp(c->path, objects, n) == 0 ? vmm_strndup(c->path + n, 38) : NULL;
    if (text && vmm_guid_parse(text, guid) == 0) {
        vmm_guid_text(guid, c->guid);
        const char *rest = c->path + n + 38;
        if (strncasecmp(rest, elements, m) == 0 && strlen(rest + m) == 8 && strspn(rest + m, "0123456789abcdefABCDEF") == 8)
            c->element = (uint32_t)strtoul(rest + m, NULL, 16);
    }
    free(text);
}

/* ---- owners ---- */

/* True when INNER is OUTER or a key below it. */
static bool below(const char *outer, const char *inner) {
    size_t n = strlen(outer);
    char *start = strlen(inner) > n && inner[n] != '\\' ? NULL : vmm_strndup(inner, n);
    bool yes = start && vmm_casecmp(start, outer) == 0;
    free(start);
    return yes;
}

static struct vmm_change *find_place(struct vmm_change *list, size_t count, const struct vmm_change *c) {
    for (size_t i = 0; i < count; i++)
        if (list[i].store == c->store && (list[i].whole_key || c->whole_key) &&
            (below(list[i].whole_key ? list[i].path : c->path, list[i].whole_key ? c->path : list[i].path))) return &list[i];
    for (size_t i = 0; i < count; i++)
        if (list[i].store == c->store && vmm_casecmp(list[i].path, c->path) == 0 && vmm_casecmp(list[i].name, c->name) == 0) return &list[i];
    return NULL;
}

/* True when FIX is one of "SM01+SC01". */
static bool owns(const char *owners, const char *fix) {
    size_t n = strlen(fix);
    for (const char *p = owners; p; p = strchr(p, '+') ? strchr(p, '+') + 1 : NULL)
        if (strncmp(p, fix, n) == 0 && (p[n] == '\0' || p[n] == '+')) return true;
    return false;
}

static int merge(struct vmm_change *there, struct vmm_change *c, struct vmm_error *err) {
    int r = 0;
    bool same_kind = there->whole_key == c->whole_key && (!c->whole_key || vmm_casecmp(there->path, c->path) == 0);
    if (!same_kind || !vmm_data_same(&there->after, &c->after)) {
        char *place = vmm_change_place(c), *a = vmm_change_after_text(there), *b = vmm_change_after_text(c);
        r = vmm_fail(err, VMM_E_CONFLICT, _("Take one of them, or give one other options."), _("%s and %s want different values for %s in %s: %s and %s"), there->fix, c->fix,
                     place, c->store->label, a, b);
        free(place);
        free(a);
        free(b);
    } else if (!owns(there->fix, c->fix)) {
        char *both = vmm_printf("%s+%s", there->fix, c->fix);
        free(there->fix);
        there->fix = both;
        if (c->risk > there->risk) there->risk = c->risk;
    }
    change_clear(c);
    return r;
}

static int take(struct vmm_changes *all, struct vmm_change *c, struct vmm_error *err) {
    struct vmm_change *there = find_place(all->list, all->count, c);
    if (there == NULL) there = find_place(all->kept, all->kept_count, c);
    if (there) return merge(there, c, err);
    bool kept = vmm_data_same(&c->before, &c->after);
    struct vmm_change **list = kept ? &all->kept : &all->list;
    size_t *count = kept ? &all->kept_count : &all->count;
    *list = vmm_realloc(*list, *count + 1, sizeof **list);
    (*list)[(*count)++] = *c;
    return 0;
}

/* ---- adding ---- */

static int refused(struct vmm_change *c, enum vmm_code code, struct vmm_error *err, const char *why) {
    vmm_fail(err, code, NULL, _("%s: %s!%s in %s: %s"), c->fix, c->path, c->name, c->store->label, why);
    change_clear(c);
    return -1;
}

static int add(struct vmm_changes *all, const char *fix, struct vmm_store *store, const char *path, const char *name, const struct vmm_data *after, bool create_keys,
               enum vmm_risk risk, const char *why, struct vmm_error *err) {
    struct vmm_change c = {.store = store, .risk = risk, .create_keys = create_keys};
    vmm_key key;
    size_t depth;
    char *real_name;
    if (store->hive == NULL) {
        if (err) *err = store->error;
        return vmm_fail_prefix(err, "%s", fix);
    }
    if (spell_path(store->hive, path, &c.path, &key, &depth, err) < 0) return vmm_fail_prefix(err, _("%s: reading %s"), fix, store->label);
    if (read_now(store->hive, key, name, &c.before, &real_name, err) < 0) {
        change_clear(&c);
        return vmm_fail_prefix(err, _("%s: reading %s"), fix, store->label);
    }
    c.fix = vmm_strdup(fix);
    c.name = real_name ? real_name : vmm_strdup(name);
    c.why = vmm_strdup(why);
    c.after = *after;
    c.after.data = after->present ? vmm_memdup(after->data, after->len) : NULL;
    if (store->is_bcd) note_element(&c);
    if (after->present && key == 0 && !create_keys) return refused(&c, VMM_E_NOT_FOUND, err, _("there is no such key"));
    bool policy = !store->is_bcd && strcmp(store->name, "SOFTWARE") == 0 && strncasecmp(path, "Policies\\", 9) == 0; /* a small SOFTWARE may have none yet */
    if (after->present && depth == 0 && !policy) return refused(&c, VMM_E_NOT_FOUND, err, _("it would make a new top-level key, a control set for instance; that is never done"));
    return take(all, &c, err);
}

int vmm_change_file(struct vmm_changes *all, const char *fix, struct vmm_store *store, const void *data, size_t len, const struct vmm_secret_span *secret, enum vmm_risk risk,
                    const char *why, struct vmm_error *err) {
    if (store->error.code) {
        if (err) *err = store->error;
        return vmm_fail_prefix(err, "%s", fix);
    }
    struct vmm_change c = {.store = store, .risk = risk, .fix = vmm_strdup(fix), .path = vmm_strdup(""), .name = vmm_strdup(""), .why = vmm_strdup(why)};
    if (!store->absent) c.before = (struct vmm_data){.present = true, .data = vmm_memdup(store->data, store->len), .len = store->len};
    c.after = (struct vmm_data){.present = true, .data = vmm_memdup(data, len), .len = len};
    if (secret) {
        c.secret = true;
        c.secret_at = secret->at;
        c.secret_len = secret->len;
    }
    return take(all, &c, err);
}

bool vmm_changes_secret(const struct vmm_changes *c, bool *given) {
    bool any = false, all = true;
    for (size_t i = 0; i < c->count; i++) {
        any = any || c->list[i].secret;
        all = all && (!c->list[i].secret || c->list[i].secret_len > 0);
    }
    if (given) *given = all;
    return any;
}

int vmm_change_set(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *path, const char *name, uint32_t type, const void *data, size_t len,
                   bool create_keys, enum vmm_risk risk, const char *why, struct vmm_error *err) {
    struct vmm_data after = {.present = true, .type = type, .data = vmm_memdup(data, len), .len = len};
    int r = add(c, fix, store, path, name, &after, create_keys, risk, why, err);
    free(after.data);
    return r;
}

int vmm_change_dword(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *path, const char *name, uint32_t value, enum vmm_risk risk, const char *why,
                     struct vmm_error *err) {
    uint8_t data[4];
    vmm_put32(data, value);
    return vmm_change_set(c, fix, store, path, name, VMM_REG_DWORD, data, sizeof data, true, risk, why, err);
}

int vmm_change_delete(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *path, const char *name, enum vmm_risk risk, const char *why,
                      struct vmm_error *err) {
    const struct vmm_data absent = {0};
    return add(c, fix, store, path, name, &absent, false, risk, why, err);
}

int vmm_change_delete_key(struct vmm_changes *all, const char *fix, struct vmm_store *store, const char *path, enum vmm_risk risk, const char *why, struct vmm_error *err) {
    struct vmm_change c = {.store = store, .risk = risk, .whole_key = true};
    vmm_key key;
    size_t depth;
    if (store->hive == NULL) {
        if (err) *err = store->error;
        return vmm_fail_prefix(err, "%s", fix);
    }
    if (spell_path(store->hive, path, &c.path, &key, &depth, err) < 0) return vmm_fail_prefix(err, _("%s: reading %s"), fix, store->label);
    c.fix = vmm_strdup(fix);
    c.name = vmm_strdup("");
    c.why = vmm_strdup(why);
    c.before = (struct vmm_data){.present = key != 0, .type = VMM_REG_NONE, .data = key ? vmm_alloc(1, 1) : NULL};
    if (depth < 2 && key) return refused(&c, VMM_E_UNSUPPORTED, err, _("a top-level key is never taken away"));
    return take(all, &c, err);
}

int vmm_change_bcd(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *id, const char *element, const char *value, enum vmm_risk risk,
                   const char *why, struct vmm_error *err) {
    struct vmm_bcd_edit e;
    struct vmm_error absent = {0};
    if (store->bcd == NULL) {
        if (err) *err = store->error;
        return vmm_fail_prefix(err, "%s", fix);
    }
    int r = value ? vmm_bcd_set(store->bcd, id, element, value, &e, err) : vmm_bcd_delete(store->bcd, id, element, &e, &absent);
    if (r < 0 && value == NULL) {
        const struct vmm_bcd_object *o = vmm_bcd_resolve(store->bcd, id, NULL);
        if (absent.code == VMM_E_NOT_FOUND && o) return 0; /* the element is not there: nothing to take away */
        if (err) *err = absent;
    }
    if (r < 0) return vmm_fail_prefix(err, "%s", fix);
    if (value) r = vmm_change_set(c, fix, store, e.edit.path, e.edit.name, e.edit.type, e.edit.data, e.edit.len, true, risk, why, err);
    else r = vmm_change_delete(c, fix, store, e.edit.path, e.edit.name, risk, why, err);
    vmm_bcd_edit_clear(&e);
    return r;
}

/* ---- what follows from a list ---- */

struct vmm_edit *vmm_changes_edits(const struct vmm_changes *c, const struct vmm_store *store, size_t *count) {
    struct vmm_edit *list = vmm_alloc(c->count, sizeof *list);
    *count = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct vmm_change *x = &c->list[i];
        if (x->store != store || store->is_file) continue;
        struct vmm_edit *e = &list[(*count)++];
        *e = (struct vmm_edit){.path = x->path, .name = x->name, .create_keys = x->create_keys};
        if (x->after.present) {
            e->op = VMM_EDIT_SET;
            e->type = x->after.type;
            e->data = x->after.data;
            e->len = x->after.len;
        } else {
            e->op = vmm_change_is_element(x) || x->whole_key ? VMM_EDIT_DELETE_KEY : VMM_EDIT_DELETE_VALUE;
        }
    }
    return list;
}

/* What the hive must hold for one change to be there, or to be taken back. An element that is gone leaves no key behind. */
static bool holds(const struct vmm_hive *h, const struct vmm_change *x, bool undone) {
    const struct vmm_data *want = undone ? &x->before : &x->after;
    struct vmm_data now;
    vmm_key key;
    char *name;
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), x->path, &key);
    if (a < 0) return false;
    if (x->whole_key) return (a == VMM_SET) == want->present;
    if (!want->present && !undone && vmm_change_is_element(x)) return a == VMM_NOT_SET;
    if (read_now(h, a == VMM_SET ? key : 0, x->name, &now, &name, NULL) < 0) return false;
    bool same = vmm_data_same(&now, want);
    free(now.data);
    free(name);
    return same;
}

int vmm_changes_verify(const struct vmm_changes *c, const struct vmm_store *store, const struct vmm_hive *h, bool undone, struct vmm_error *err) {
    for (size_t i = 0; i < c->count; i++) {
        const struct vmm_change *x = &c->list[i];
        if (x->store != store || holds(h, x, undone)) continue;
        char *place = vmm_change_place(x), *want = undone ? vmm_change_before_text(x) : vmm_change_after_text(x);
        int r = vmm_fail(err, VMM_E_WRITE, NULL, _("checking %s: %s does not read as %s"), store->label, place, want);
        free(place);
        free(want);
        return r;
    }
    return 0;
}
