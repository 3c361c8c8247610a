/* The strict walk. What is checked is what Microsoft's own checker was seen to check on thousands of damaged hives, and a little more: reference counts
 * and leaked cells. Each cell has one owner; a walk that meets a cell twice stops, so cycles end by themselves.
 * Not checked, because Windows does not either: times, access bits, volatile counts, spare bytes, content of values.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/regf.h"

struct walk {
    const struct vmm_hive *h;
    uint8_t *owned;       /* one bit per 8 bytes of bins: a record refers to the cell there */
    uint32_t *sk_refs;    /* per 8 bytes of bins: how many keys use the security cell there; NULL until one is seen */
    uint32_t first_sk;
    struct vmm_error *err;
};

static int bad(struct walk *w, const char *what, uint32_t rel) {
    return vmm_fail(w->err, VMM_E_BROKEN, NULL, _("the hive breaks a rule that Windows checks: %s (at byte 0x%llx)"), _(what),
                    (unsigned long long)rel + REGF_BASE);
}

/* Takes ownership of the cell; -1 when it has an owner already or is no used cell. */
static const uint8_t *own(struct walk *w, uint32_t rel, size_t least, size_t *size, const char *what) {
    const uint8_t *cell = vmm_cell(w->h, rel, least, size);
    if (cell == NULL) {
        bad(w, what, rel);
        return NULL;
    }
    uint8_t bit = (uint8_t)(1u << rel / 8 % 8);
    if (w->owned[rel / 64] & bit) {
        bad(w, N_("two records share one cell"), rel);
        return NULL;
    }
    w->owned[rel / 64] |= bit;
    return cell;
}

static int check_big(struct walk *w, uint32_t rel, uint32_t length) {
    const uint8_t *db = own(w, rel, 8, NULL, N_("a big value is missing"));
    if (db == NULL) return -1;
    if (memcmp(db, "db", 2) != 0) return bad(w, N_("a big value is not stored in segments"), rel);
    uint32_t n = vmm_le16(db + 2), list_rel = vmm_le32(db + 4);
    if (n != (length + REGF_DB_SEGMENT - 1) / REGF_DB_SEGMENT) return bad(w, N_("a big value has a wrong number of segments"), rel);
    const uint8_t *list = own(w, list_rel, 4 * (size_t)n, NULL, N_("the segment list of a big value is missing"));
    if (list == NULL) return -1;
    for (uint32_t i = 0; i < n; i++)
        if (own(w, vmm_le32(list + 4 * i), REGF_DB_SEGMENT, NULL, N_("a segment of a big value is missing or short")) == NULL) return -1;
    return 0;
}

/* One value; its name is appended to `names` in upper case for the duplicate check. */
static int check_value(struct walk *w, uint32_t rel, const uint8_t *nk, uint16_t **name, size_t *units) {
    size_t size;
    const uint8_t *vk = own(w, rel, VK_NAME, &size, N_("a value is missing"));
    if (vk == NULL) return -1;
    uint32_t length = vmm_le32(vk + VK_LENGTH), n = length & 0x7fffffffu, data = vmm_le32(vk + VK_DATA);
    size_t name_len = vmm_le16(vk + VK_NAME_LEN);
    bool compressed = vmm_le16(vk + VK_FLAGS) & VK_F_COMPRESSED;
    if (memcmp(vk, "vk", 2) != 0) return bad(w, N_("a value has a wrong signature"), rel);
    if (name_len > size - VK_NAME) return bad(w, N_("a value's name is longer than its cell"), rel);
    if ((compressed ? 2 * name_len : name_len) > vmm_le32(nk + NK_MAX_VALUE_NAME)) return bad(w, N_("a key's longest value name is too small"), rel);
    if (n > vmm_le32(nk + NK_MAX_VALUE_DATA)) return bad(w, N_("a key's longest value is too small"), rel);
    *name = vmm_stored_upcase(vk + VK_NAME, name_len, compressed, units);
    if (length & 0x80000000u) return n > 4 ? bad(w, N_("a value of more than four bytes is stored in place"), rel) : 0;
    if (n == 0) return data == REGF_NIL ? 0 : bad(w, N_("an empty value has data"), rel);
    if (n > REGF_DB_SEGMENT && w->h->minor >= 4) return check_big(w, data, n);
    return own(w, data, n, NULL, N_("a value's data is missing or short")) ? 0 : -1;
}

struct value_name {
    uint16_t *units;
    size_t count;
};

static int by_name(const void *a, const void *b) {
    const struct value_name *x = a, *y = b;
    for (size_t i = 0; i < x->count && i < y->count; i++)
        if (x->units[i] != y->units[i]) return x->units[i] < y->units[i] ? -1 : 1;
    return (x->count > y->count) - (x->count < y->count);
}

static int check_values(struct walk *w, uint32_t rel, const uint8_t *nk) {
    uint32_t n = vmm_le32(nk + NK_VALUES), list_rel = vmm_le32(nk + NK_VALUE_LIST);
    if (vmm_le16(nk + NK_FLAGS) & NK_F_PREDEFINED) return 0;
    if (n == 0) return 0;
    if (n > w->h->length / 24) return bad(w, N_("a key says it has more values than the file has room for"), rel);
    const uint8_t *list = own(w, list_rel, 4 * (size_t)n, NULL, N_("a value list is missing"));
    if (list == NULL) return -1;
    struct value_name *names = vmm_alloc(n, sizeof *names);
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < n; i++) r = check_value(w, vmm_le32(list + 4 * i), nk, &names[i].units, &names[i].count);
    if (r == 0) {
        qsort(names, n, sizeof *names, by_name);
        for (uint32_t i = 1; r == 0 && i < n; i++)
            if (by_name(&names[i - 1], &names[i]) == 0) r = bad(w, N_("a key has two values of one name"), rel);
    }
    for (uint32_t i = 0; i < n; i++) free(names[i].units);
    free(names);
    return r;
}

/* The hint (lf) or hash (lh) of a subkey's name. */
static bool entry_fits(uint8_t kind, uint32_t stored, const uint8_t *name, size_t bytes, bool compressed, const uint16_t *upper, size_t units) {
    if (kind == 'h') {
        uint32_t hash = 0;
        for (size_t i = 0; i < units; i++) hash = hash * 37 + upper[i];
        return hash == stored;
    }
    if (kind == 'f') {
        uint8_t hint[4] = {0};
        for (size_t i = 0; i < 4 && i < (compressed ? bytes : bytes / 2); i++) {
            uint16_t unit = compressed ? name[i] : vmm_le16(name + 2 * i);
            if (unit > 0xff) return true; /* Windows writes no hint it could be held to */
            hint[i] = (uint8_t)unit;
        }
        return vmm_le32(hint) == stored;
    }
    return true;
}

/* Owns the list cells of a key and checks their kinds. */
static int own_lists(struct walk *w, uint32_t rel, const uint8_t *nk) {
    uint32_t list = vmm_le32(nk + NK_LIST);
    size_t size;
    const uint8_t *top = own(w, list, 4, &size, N_("a subkey list is missing"));
    if (top == NULL) return -1;
    if (memcmp(top, "ri", 2) != 0) return 0;
    size_t n = vmm_le16(top + 2);
    if (n > (size - 4) / 4) return bad(w, N_("a subkey list is longer than its cell"), rel);
    for (size_t i = 0; i < n; i++) {
        uint32_t leaf = vmm_le32(top + 4 + 4 * i);
        const uint8_t *l = own(w, leaf, 4, NULL, N_("a part of a subkey list is missing"));
        if (l == NULL) return -1;
        if (vmm_le16(l + 2) == 0) return bad(w, N_("a part of a subkey list is empty"), leaf);
    }
    return 0;
}

static int check_security(struct walk *w, uint32_t rel) {
    size_t size;
    const uint8_t *sk = vmm_cell(w->h, rel, SK_DESCRIPTOR, &size);
    if (sk == NULL || memcmp(sk, "sk", 2) != 0) return bad(w, N_("a key has no security descriptor"), rel);
    if (w->sk_refs == NULL) {
        w->sk_refs = vmm_alloc(w->h->length / 8, sizeof *w->sk_refs);
        w->first_sk = rel;
    }
    w->sk_refs[rel / 8]++;
    return 0;
}

/* The records of one key, its subkeys not. */
static int check_key(struct walk *w, uint32_t rel, uint32_t parent, const uint8_t **nk_out) {
    size_t size;
    const uint8_t *nk = own(w, rel, NK_NAME, &size, N_("a key is missing"));
    if (nk == NULL) return -1;
    if (vmm_nk(w->h, rel, NULL) == NULL) return bad(w, N_("a key has a wrong signature or name"), rel);
    uint16_t flags = vmm_le16(nk + NK_FLAGS), class_len = vmm_le16(nk + NK_CLASS_LEN);
    bool root = parent == REGF_NIL;
    if (root != !!(flags & NK_F_ROOT)) return bad(w, N_("the mark of the root key is on the wrong key"), rel);
    if (flags & (NK_F_VOLATILE | NK_F_EXIT)) return bad(w, N_("a key has the mark of one that is never stored"), rel);
    if ((nk[NK_LAYERED] & 3) && !(vmm_le32(w->h->data + BASE_FLAGS) & 2)) return bad(w, N_("a key is layered in a hive that is not"), rel);
    if (!root && vmm_le32(nk + NK_PARENT) != parent) return bad(w, N_("a key names another parent"), rel);
    if (class_len > 0) {
        if (own(w, vmm_le32(nk + NK_CLASS), class_len, NULL, N_("a key's class name is missing")) == NULL) return -1;
    } else if (vmm_le32(nk + NK_CLASS) != REGF_NIL) {
        return bad(w, N_("a key has a class of no length"), rel);
    }
    *nk_out = nk;
    return check_security(w, vmm_le32(nk + NK_SK)) < 0 ? -1 : check_values(w, rel, nk);
}

/* Order, hints and names of the subkeys of one key. */
static int check_siblings(struct walk *w, uint32_t rel, const uint8_t *nk, const struct vmm_leaf_entry *list, size_t count) {
    struct value_name before = {0}, now = {0};
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        const uint8_t *c = vmm_nk(w->h, list[i].child, NULL);
        if (c == NULL) {
            r = bad(w, N_("a subkey is missing or broken"), rel);
            break;
        }
        bool compressed = vmm_le16(c + NK_FLAGS) & NK_F_COMPRESSED;
        size_t bytes = vmm_le16(c + NK_NAME_LEN);
        now.units = vmm_stored_upcase(c + NK_NAME, bytes, compressed, &now.count);
        for (size_t k = 0; k < now.count; k++)
            if (now.units[k] == '\\') r = bad(w, N_("a key's name holds a backslash"), list[i].child);
        if (r == 0 && before.units && by_name(&before, &now) >= 0) r = bad(w, N_("subkeys are not in order"), rel);
        if (r == 0 && 2 * now.count > vmm_le16(nk + NK_MAX_NAME)) r = bad(w, N_("a key's longest subkey name is too small"), rel);
        if (r == 0 && !entry_fits(list[i].kind, list[i].hash, c + NK_NAME, bytes, compressed, now.units, now.count))
            r = bad(w, N_("the hash of a subkey's name is wrong"), rel);
        free(before.units);
        before = now;
    }
    free(before.units);
    return r;
}

struct level {
    struct vmm_leaf_entry *list;
    size_t count, next;
    uint32_t rel;
};

/* Opens the level below a key. */
static int descend(struct walk *w, struct level *stack, size_t *depth, uint32_t rel, const uint8_t *nk) {
    const char *why;
    struct level *l = &stack[*depth];
    if (*depth >= REGF_DEPTH) return bad(w, N_("keys are nested too deeply"), rel);
    *l = (struct level){.rel = rel};
    if (vmm_le32(nk + NK_SUBKEYS) == 0) return 0;
    if (own_lists(w, rel, nk) < 0) return -1;
    if (vmm_subkeys(w->h, nk, &l->list, &l->count, &why) < 0) return bad(w, why, rel);
    (*depth)++;
    return check_siblings(w, rel, nk, l->list, l->count);
}

static int walk_keys(struct walk *w) {
    struct level *stack = vmm_alloc(REGF_DEPTH, sizeof *stack);
    size_t depth = 0;
    const uint8_t *nk;
    int r = check_key(w, w->h->root, REGF_NIL, &nk);
    if (r == 0) r = descend(w, stack, &depth, w->h->root, nk);
    while (r == 0 && depth > 0) {
        struct level *l = &stack[depth - 1];
        if (l->next == l->count) {
            free(l->list);
            l->list = NULL;
            depth--;
            continue;
        }
        uint32_t child = l->list[l->next++].child;
        r = check_key(w, child, l->rel, &nk);
        if (r == 0) r = descend(w, stack, &depth, child, nk);
    }
    for (size_t i = 0; i < REGF_DEPTH; i++) free(stack[i].list);
    free(stack);
    return r;
}

static int check_descriptor(struct walk *w, const uint8_t *sk, size_t size, uint32_t rel) {
    uint32_t length = vmm_le32(sk + SK_LENGTH);
    const uint8_t *d = sk + SK_DESCRIPTOR;
    if (length < 20 || length > size - SK_DESCRIPTOR) return bad(w, N_("a security descriptor has a wrong length"), rel);
    if (d[0] != 1 || !(vmm_le16(d + 2) & 0x8000)) return bad(w, N_("a security descriptor is of an unknown kind"), rel);
    for (int at = 4; at <= 16; at += 4) {
        uint32_t offset = vmm_le32(d + at);
        if (offset && (offset < 20 || offset > length - 4)) return bad(w, N_("a security descriptor points outside itself"), rel);
    }
    return 0;
}

/* Every security cell in use is on one ring, linked both ways, with exact counts. */
static int check_ring(struct walk *w) {
    uint32_t rel = w->first_sk, used = 0, on_ring = 0;
    for (uint32_t i = 0; i < w->h->length / 8; i++) used += w->sk_refs[i] != 0;
    do {
        size_t size;
        const uint8_t *sk = own(w, rel, SK_DESCRIPTOR, &size, N_("the chain of security descriptors is broken"));
        if (sk == NULL) return -1;
        if (memcmp(sk, "sk", 2) != 0) return bad(w, N_("the chain of security descriptors is broken"), rel);
        if (vmm_le32(sk + SK_REFS) != w->sk_refs[rel / 8]) return bad(w, N_("a security descriptor counts its keys wrongly"), rel);
        on_ring += w->sk_refs[rel / 8] != 0;
        if (check_descriptor(w, sk, size, rel) < 0) return -1;
        uint32_t next = vmm_le32(sk + SK_FLINK);
        const uint8_t *n = vmm_cell(w->h, next, SK_DESCRIPTOR, NULL);
        if (n == NULL || vmm_le32(n + SK_BLINK) != rel) return bad(w, N_("the chain of security descriptors is broken"), rel);
        rel = next;
    } while (rel != w->first_sk);
    return on_ring == used ? 0 : bad(w, N_("a security descriptor is not on the chain"), rel);
}

static size_t count_leaks(const struct walk *w) {
    size_t leaks = 0;
    for (uint32_t unit = 0; unit < w->h->length / 8; unit++) {
        if (!(w->h->starts[unit / 8] >> unit % 8 & 1) || (w->owned[unit / 8] >> unit % 8 & 1)) continue;
        leaks += (int32_t)vmm_le32(w->h->data + REGF_BASE + 8 * (size_t)unit) < 0;
    }
    return leaks;
}

int vmm_hive_check(const struct vmm_hive *h, size_t *leaked, struct vmm_error *err) {
    struct walk w = {.h = h, .err = err, .owned = vmm_alloc(h->length / 64 + 1, 1)};
    int r = 0;
    if (vmm_le32(h->data + BASE_CLUSTER) != 1) r = vmm_fail(err, VMM_E_BROKEN, NULL, _("the hive breaks a rule that Windows checks: %s"), _("its cluster is not 1"));
    if (r == 0) r = walk_keys(&w);
    if (r == 0) r = check_ring(&w);
    if (leaked) *leaked = r == 0 ? count_leaks(&w) : 0;
    free(w.owned);
    free(w.sk_refs);
    return r;
}
