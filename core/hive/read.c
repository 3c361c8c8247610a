/* Reading keys and values, with three answers. Nothing here trusts a count or an offset of the file: lists are bounded by the cell that holds
 * them and by the number of keys the file has room for.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/regf.h"

#define VALUES_TOGETHER (64u << 20)

char *vmm_stored_name(const uint8_t *raw, size_t bytes, bool compressed) {
    if (!compressed) return vmm_utf16_to_utf8(raw, bytes);
    struct vmm_buf wide = {0};
    for (size_t i = 0; i < bytes; i++) vmm_buf_add(&wide, (uint8_t[]){raw[i], 0}, 2);
    char *s = vmm_utf16_to_utf8(wide.data, wide.len);
    vmm_buf_free(&wide);
    return s;
}

uint16_t *vmm_stored_upcase(const uint8_t *raw, size_t bytes, bool compressed, size_t *count) {
    *count = compressed ? bytes : bytes / 2;
    uint16_t *u = vmm_alloc(*count + 1, sizeof *u);
    for (size_t i = 0; i < *count; i++) u[i] = vmm_upcase16(compressed ? raw[i] : vmm_le16(raw + 2 * i));
    return u;
}

/* True when the stored name is the name looked for, given in upper-case UTF-16 bytes. */
static bool same_name(const uint8_t *raw, size_t bytes, bool compressed, const uint8_t *want, size_t want_bytes) {
    size_t units = compressed ? bytes : bytes / 2;
    if (units != want_bytes / 2) return false;
    for (size_t i = 0; i < units; i++)
        if (vmm_upcase16(compressed ? raw[i] : vmm_le16(raw + 2 * i)) != vmm_le16(want + 2 * i)) return false;
    return true;
}

static uint8_t *upcase_name(const char *name, size_t *bytes) {
    uint8_t *u = vmm_utf8_to_utf16(name, bytes);
    for (size_t i = 0; u && i < *bytes; i += 2) vmm_put16(u + i, vmm_upcase16(vmm_le16(u + i)));
    return u;
}

/* Appends the entries of one leaf. */
static const char *add_leaf(const struct vmm_hive *h, uint32_t rel, bool in_ri, size_t limit, struct vmm_leaf_entry **list, size_t *count) {
    size_t size;
    const uint8_t *leaf = vmm_cell(h, rel, 4, &size);
    if (leaf == NULL) return N_("a subkey list is missing");
    if (leaf[0] != 'l' || (leaf[1] != 'f' && leaf[1] != 'h' && leaf[1] != 'i')) return N_("a subkey list has a wrong signature");
    size_t n = vmm_le16(leaf + 2), step = leaf[1] == 'i' ? 4 : 8;
    if (n > (size - 4) / step) return N_("a subkey list is longer than its cell");
    if (n > limit - *count) return N_("a key has more subkeys than it says");
    if (n == 0) return NULL;
    *list = vmm_realloc(*list, *count + n, sizeof **list);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *e = leaf + 4 + i * step;
        (*list)[(*count)++] = (struct vmm_leaf_entry){.child = vmm_le32(e), .leaf = rel, .index = (uint16_t)i, .count = (uint16_t)n,
                                                      .kind = leaf[1], .in_ri = in_ri, .hash = step == 8 ? vmm_le32(e + 4) : 0};
    }
    return NULL;
}

int vmm_subkeys(const struct vmm_hive *h, const uint8_t *nk, struct vmm_leaf_entry **list, size_t *count, const char **why) {
    *list = NULL;
    *count = 0;
    size_t expected = vmm_le32(nk + NK_SUBKEYS), size;
    if (expected == 0) return 0;
    uint32_t rel = vmm_le32(nk + NK_LIST);
    const uint8_t *top = vmm_cell(h, rel, 4, &size);
    const char *bad = NULL;
    if (expected > h->length / 80) bad = N_("a key says it has more subkeys than the file has room for");
    else if (top == NULL) bad = N_("a subkey list is missing");
    else if (memcmp(top, "ri", 2) != 0) bad = add_leaf(h, rel, false, expected, list, count);
    else {
        size_t n = vmm_le16(top + 2);
        if (n > (size - 4) / 4) bad = N_("a subkey list is longer than its cell");
        for (size_t i = 0; bad == NULL && i < n; i++) bad = add_leaf(h, vmm_le32(top + 4 + 4 * i), true, expected, list, count);
    }
    if (bad == NULL && *count != expected) bad = N_("a key has fewer subkeys than it says");
    if (bad == NULL) return 0;
    free(*list);
    *list = NULL;
    *count = 0;
    *why = bad;
    return -1;
}

vmm_key vmm_hive_root(const struct vmm_hive *h) { return h->root + REGF_BASE; }

static const uint8_t *nk_of(const struct vmm_hive *h, vmm_key key, size_t *size) { return key < REGF_BASE ? NULL : vmm_nk(h, key - REGF_BASE, size); }

char *vmm_key_name(const struct vmm_hive *h, vmm_key key) {
    const uint8_t *nk = nk_of(h, key, NULL);
    return nk ? vmm_stored_name(nk + NK_NAME, vmm_le16(nk + NK_NAME_LEN), vmm_le16(nk + NK_FLAGS) & NK_F_COMPRESSED) : NULL;
}

uint64_t vmm_key_time(const struct vmm_hive *h, vmm_key key) {
    const uint8_t *nk = nk_of(h, key, NULL);
    return nk ? vmm_le64(nk + NK_TIME) : 0;
}

enum vmm_answer vmm_key_child(const struct vmm_hive *h, vmm_key key, const char *name, vmm_key *child) {
    *child = 0;
    const uint8_t *nk = nk_of(h, key, NULL);
    struct vmm_leaf_entry *list;
    size_t count, bytes;
    const char *why;
    if (nk == NULL || vmm_subkeys(h, nk, &list, &count, &why) < 0) return VMM_UNREADABLE;
    uint8_t *want = upcase_name(name, &bytes);
    enum vmm_answer answer = VMM_NOT_SET;
    for (size_t i = 0; want && answer != VMM_SET && i < count; i++) {
        const uint8_t *c = vmm_nk(h, list[i].child, NULL);
        if (c == NULL) answer = VMM_UNREADABLE; /* this one might be the one; go on looking for a readable match */
        else if (same_name(c + NK_NAME, vmm_le16(c + NK_NAME_LEN), vmm_le16(c + NK_FLAGS) & NK_F_COMPRESSED, want, bytes)) {
            *child = list[i].child + REGF_BASE;
            answer = VMM_SET;
        }
    }
    free(want);
    free(list);
    return answer;
}

enum vmm_answer vmm_key_path(const struct vmm_hive *h, vmm_key key, const char *path, vmm_key *found) {
    *found = key;
    while (*path) {
        size_t n = strcspn(path, "\\");
        if (n > 0) {
            char *part = vmm_strndup(path, n);
            enum vmm_answer a = vmm_key_child(h, *found, part, found);
            free(part);
            if (a != VMM_SET) return a;
        }
        path += n + (path[n] == '\\');
    }
    return VMM_SET;
}

int vmm_key_children(const struct vmm_hive *h, vmm_key key, vmm_key **out, size_t *count, struct vmm_error *err) {
    const uint8_t *nk = nk_of(h, key, NULL);
    struct vmm_leaf_entry *list;
    const char *why = N_("it is no key");
    *out = NULL;
    if (nk == NULL || vmm_subkeys(h, nk, &list, count, &why) < 0)
        return vmm_fail(err, VMM_E_BROKEN, NULL, _("reading the subkeys of the key at 0x%x: %s"), key, _(why));
    *out = vmm_alloc(*count, sizeof **out);
    for (size_t i = 0; i < *count; i++) {
        (*out)[i] = list[i].child + REGF_BASE;
        if (vmm_nk(h, list[i].child, NULL) == NULL) {
            free(list);
            free(*out);
            *out = NULL;
            return vmm_fail(err, VMM_E_BROKEN, NULL, _("reading the subkeys of the key at 0x%x: subkey %zu is broken"), key, i);
        }
    }
    free(list);
    return 0;
}

void vmm_value_clear(struct vmm_value *v) {
    free(v->name);
    free(v->data);
    *v = (struct vmm_value){0};
}

/* Collects the segments of a big value. */
static int read_big(const struct vmm_hive *h, uint32_t rel, struct vmm_value *v) {
    size_t size;
    const uint8_t *db = vmm_cell(h, rel, 8, NULL);
    if (db == NULL || memcmp(db, "db", 2) != 0) return -1;
    size_t n = vmm_le16(db + 2), left = v->len, done = 0;
    const uint8_t *list = vmm_cell(h, vmm_le32(db + 4), 4 * n, &size);
    if (list == NULL || n != (v->len + REGF_DB_SEGMENT - 1) / REGF_DB_SEGMENT) return -1;
    v->data = vmm_alloc(v->len, 1);
    for (size_t i = 0; i < n; i++) {
        size_t take = left < REGF_DB_SEGMENT ? left : REGF_DB_SEGMENT;
        const uint8_t *segment = vmm_cell(h, vmm_le32(list + 4 * i), take, NULL);
        if (segment == NULL) return -1;
        memcpy(v->data + done, segment, take);
        done += take;
        left -= take;
    }
    return 0;
}

/* Reads the value whose vk cell is at REL. 0 or -1. */
static int read_value(const struct vmm_hive *h, uint32_t rel, bool with_data, struct vmm_value *v) {
    size_t size;
    *v = (struct vmm_value){0};
    const uint8_t *vk = vmm_cell(h, rel, VK_NAME, &size);
    if (vk == NULL || memcmp(vk, "vk", 2) != 0) return -1;
    size_t name = vmm_le16(vk + VK_NAME_LEN);
    if (name > size - VK_NAME) return -1;
    v->name = vmm_stored_name(vk + VK_NAME, name, vmm_le16(vk + VK_FLAGS) & VK_F_COMPRESSED);
    v->type = vmm_le32(vk + VK_TYPE);
    if (!with_data) return 0;
    uint32_t length = vmm_le32(vk + VK_LENGTH), data = vmm_le32(vk + VK_DATA);
    v->len = length & 0x7fffffffu;
    if (length & 0x80000000u) {
        if (v->len > 4) return -1;
        v->data = vmm_memdup(vk + VK_DATA, v->len);
        return 0;
    }
    if (v->len > h->length) return -1;
    if (v->len == 0) {
        v->data = vmm_alloc(1, 1);
        return 0;
    }
    if (v->len > REGF_DB_SEGMENT && h->minor >= 4) return read_big(h, data, v);
    const uint8_t *bytes = vmm_cell(h, data, v->len, NULL);
    if (bytes == NULL) return -1;
    v->data = vmm_memdup(bytes, v->len);
    return 0;
}

/* The value list of a key: pointers to vk offsets. -1 when broken. */
static int value_list(const struct vmm_hive *h, vmm_key key, const uint8_t **list, size_t *count) {
    const uint8_t *nk = nk_of(h, key, NULL);
    *count = 0;
    *list = NULL;
    if (nk == NULL) return -1;
    if (vmm_le16(nk + NK_FLAGS) & NK_F_PREDEFINED) return 0;
    size_t n = vmm_le32(nk + NK_VALUES);
    if (n == 0) return 0;
    if (n > h->length / 24) return -1;
    *list = vmm_cell(h, vmm_le32(nk + NK_VALUE_LIST), 4 * n, NULL);
    if (*list == NULL) return -1;
    *count = n;
    return 0;
}

int vmm_key_values(const struct vmm_hive *h, vmm_key key, struct vmm_value **out, size_t *count, struct vmm_error *err) {
    const uint8_t *list;
    size_t n, together = 0, i = 0, most = 3 * (size_t)h->length; /* data, and names that grow by half as UTF-8; more is one cell in many values */
    if (most > VALUES_TOGETHER) most = VALUES_TOGETHER;
    *out = NULL;
    *count = 0;
    if (value_list(h, key, &list, &n) < 0) return vmm_fail(err, VMM_E_BROKEN, NULL, _("reading the values of the key at 0x%x: the list is broken"), key);
    struct vmm_value *values = vmm_alloc(n, sizeof *values);
    for (; i < n; i++) {
        if (read_value(h, vmm_le32(list + 4 * i), true, &values[i]) < 0) {
            vmm_fail(err, VMM_E_BROKEN, NULL, _("reading the values of the key at 0x%x: value %zu is broken"), key, i);
            break;
        }
        together += values[i].len + strlen(values[i].name);
        if (together > most) {
            vmm_fail(err, VMM_E_BROKEN, NULL, _("reading the values of the key at 0x%x: they are larger than %zu bytes together"), key, most);
            break;
        }
    }
    if (i == n) {
        *out = values;
        *count = n;
        return 0;
    }
    for (size_t k = 0; k <= i; k++) vmm_value_clear(&values[k]);
    free(values);
    return -1;
}

enum vmm_answer vmm_key_value_record(const struct vmm_hive *h, vmm_key key, const char *name, uint32_t *record, size_t *index) {
    const uint8_t *list;
    size_t n, bytes;
    if (value_list(h, key, &list, &n) < 0) return VMM_UNREADABLE;
    uint8_t *want = upcase_name(name, &bytes);
    enum vmm_answer answer = VMM_NOT_SET;
    for (size_t i = 0; want && answer != VMM_SET && i < n; i++) {
        uint32_t rel = vmm_le32(list + 4 * i);
        size_t size;
        const uint8_t *vk = vmm_cell(h, rel, VK_NAME, &size);
        if (vk == NULL || memcmp(vk, "vk", 2) != 0 || vmm_le16(vk + VK_NAME_LEN) > size - VK_NAME) {
            answer = VMM_UNREADABLE; /* this one might be the one; go on looking for a readable match */
        } else if (same_name(vk + VK_NAME, vmm_le16(vk + VK_NAME_LEN), vmm_le16(vk + VK_FLAGS) & VK_F_COMPRESSED, want, bytes)) {
            answer = VMM_SET;
            *record = rel;
            *index = i;
        }
    }
    free(want);
    return answer;
}

enum vmm_answer vmm_key_value(const struct vmm_hive *h, vmm_key key, const char *name, struct vmm_value *out) {
    uint32_t record;
    size_t index;
    *out = (struct vmm_value){0};
    enum vmm_answer answer = vmm_key_value_record(h, key, name, &record, &index);
    if (answer == VMM_SET && read_value(h, record, true, out) < 0) {
        vmm_value_clear(out);
        answer = VMM_UNREADABLE;
    }
    return answer;
}

static enum vmm_answer value_at(const struct vmm_hive *h, const char *path, const char *name, struct vmm_value *v) {
    vmm_key key;
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), path, &key);
    return a == VMM_SET ? vmm_key_value(h, key, name, v) : a;
}

enum vmm_answer vmm_hive_dword(const struct vmm_hive *h, const char *path, const char *name, uint32_t *out) {
    struct vmm_value v;
    enum vmm_answer a = value_at(h, path, name, &v);
    if (a != VMM_SET) return a;
    if (v.type != VMM_REG_DWORD || v.len != 4) a = VMM_WRONG_TYPE;
    else *out = vmm_le32(v.data);
    vmm_value_clear(&v);
    return a;
}

enum vmm_answer vmm_hive_string(const struct vmm_hive *h, const char *path, const char *name, char **out) {
    struct vmm_value v;
    *out = NULL;
    enum vmm_answer a = value_at(h, path, name, &v);
    if (a != VMM_SET) return a;
    if (v.type != VMM_REG_SZ && v.type != VMM_REG_EXPAND_SZ) a = VMM_WRONG_TYPE;
    else {
        size_t n = v.len & ~(size_t)1;
        while (n >= 2 && vmm_le16(v.data + n - 2) == 0) n -= 2;
        *out = vmm_utf16_to_utf8(v.data, n);
    }
    vmm_value_clear(&v);
    return a;
}
