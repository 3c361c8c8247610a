/* Puts a mutated hive right where a check would see it before it came to what was changed: checksum, bin headers, counts, longest names, hashes and order of
 * subkeys, parents, and the count of keys on each security cell. Each of these is left as it is now and then.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "hive/regf.h"
#include "tests/fuzz/fuzz.h"

#define KEYS_MAX 4096
#define ENTRIES_MAX 2048

void mend_base(uint8_t *data, size_t size) {
    if (size < REGF_BASE) return;
    memcpy(data, "regf", 4);
    vmm_put32(data + BASE_CHECKSUM, vmm_base_checksum(data));
}

struct mender {
    uint8_t *data;
    size_t size;
    struct dice *d;
    uint32_t *seen; /* keys; also the list of those still to do */
    uint32_t count;
    uint32_t sk[64], refs[64], sks;
};

/* The content of a used cell that lies in the file; NULL. */
static uint8_t *cell_at(const struct mender *m, uint32_t rel, uint32_t least, uint32_t *size) {
    if (rel > m->size - REGF_BASE - 8 || rel % 8) return NULL;
    uint8_t *cell = m->data + REGF_BASE + rel;
    uint32_t n = 0u - vmm_le32(cell);
    if (n < 8 || n > m->size - REGF_BASE - rel || n - 4 < least) return NULL;
    *size = n - 4;
    return cell + 4;
}

static uint8_t *key_at(const struct mender *m, uint32_t rel) {
    uint32_t n;
    uint8_t *nk = cell_at(m, rel, NK_NAME + 1, &n);
    return nk && memcmp(nk, "nk", 2) == 0 && vmm_le16(nk + NK_NAME_LEN) <= n - NK_NAME ? nk : NULL;
}

static uint32_t unit_of(const uint8_t *nk, uint32_t i) {
    bool narrow = vmm_le16(nk + NK_FLAGS) & NK_F_COMPRESSED;
    uint32_t n = vmm_le16(nk + NK_NAME_LEN);
    if (i >= (narrow ? n : n / 2)) return 0x10000;
    return vmm_upcase16(narrow ? nk[NK_NAME + i] : vmm_le16(nk + NK_NAME + 2 * i));
}

static int order(const uint8_t *a, const uint8_t *b) {
    for (uint32_t i = 0;; i++) {
        uint32_t x = unit_of(a, i), y = unit_of(b, i);
        if (x == 0x10000 || y == 0x10000) return (x != 0x10000) - (y != 0x10000);
        if (x != y) return x < y ? -1 : 1;
    }
}

static uint32_t mark_of(const uint8_t *nk, uint8_t kind) {
    uint32_t hash = 0, unit;
    if (kind == 'h') {
        for (uint32_t i = 0; (unit = unit_of(nk, i)) != 0x10000; i++) hash = 37 * hash + unit;
        return hash;
    }
    bool narrow = vmm_le16(nk + NK_FLAGS) & NK_F_COMPRESSED;
    uint8_t hint[4] = {0};
    for (uint32_t i = 0; i < 4 && unit_of(nk, i) != 0x10000; i++) hint[i] = narrow ? nk[NK_NAME + i] : nk[NK_NAME + 2 * i];
    return vmm_le32(hint);
}

/* Sorts the entries of a leaf and writes their hashes; keys not met before are added to those to do. The number of entries. */
static uint32_t mend_leaf(struct mender *m, uint32_t rel, uint32_t parent) {
    uint32_t size, longest = 0;
    uint8_t *leaf = cell_at(m, rel, 4, &size);
    if (leaf == NULL || leaf[0] != 'l') return 0;
    uint32_t step = leaf[1] == 'i' ? 4 : 8, n = vmm_le16(leaf + 2);
    if (n > (size - 4) / step) vmm_put16(leaf + 2, (uint16_t)(n = (size - 4) / step));
    if (n > ENTRIES_MAX) return n;
    for (uint32_t i = 1; i < n && !dice_one_in(m->d, 50); i++) /* by insertion: mostly they are in order */
        for (uint32_t k = i; k > 0; k--) {
            uint8_t *a = leaf + 4 + step * (k - 1), *b = a + step, keep[8];
            const uint8_t *x = key_at(m, vmm_le32(a)), *y = key_at(m, vmm_le32(b));
            if (x == NULL || y == NULL || order(x, y) <= 0) break;
            memcpy(keep, a, step);
            memcpy(a, b, step);
            memcpy(b, keep, step);
        }
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *entry = leaf + 4 + step * i, *nk = key_at(m, vmm_le32(entry));
        if (nk == NULL) continue;
        if (step == 8 && !dice_one_in(m->d, 200)) vmm_put32(entry + 4, mark_of(nk, leaf[1]));
        bool known = false;
        for (uint32_t k = 0; k < m->count && !known; k++) known = m->seen[k] == vmm_le32(entry);
        if (known || m->count == KEYS_MAX) continue;
        if (!dice_one_in(m->d, 200)) vmm_put32(nk + NK_PARENT, parent);
        vmm_put16(nk + NK_FLAGS, vmm_le16(nk + NK_FLAGS) & (uint16_t)~(NK_F_ROOT | NK_F_VOLATILE | NK_F_EXIT));
        m->seen[m->count++] = vmm_le32(entry);
        if (vmm_le16(nk + NK_NAME_LEN) > longest) longest = vmm_le16(nk + NK_NAME_LEN);
    }
    return n;
}

static void mend_value(struct mender *m, uint32_t rel) {
    uint32_t n, room;
    uint8_t *vk = cell_at(m, rel, VK_NAME, &n);
    if (vk == NULL) return;
    memcpy(vk, "vk", 2);
    uint32_t length = vmm_le32(vk + VK_LENGTH), name = vmm_le16(vk + VK_NAME_LEN);
    if (name > n - VK_NAME) vmm_put16(vk + VK_NAME_LEN, (uint16_t)(n - VK_NAME));
    if (length & 0x80000000u) {
        if ((length & 0x7fffffffu) > 4) vmm_put32(vk + VK_LENGTH, 0x80000000u | (length & 3));
        return;
    }
    bool big = length > REGF_DB_SEGMENT && vmm_le32(m->data + BASE_MINOR) >= 4;
    if (length == 0 || cell_at(m, vmm_le32(vk + VK_DATA), 1, &room) == NULL) vmm_put32(vk + VK_LENGTH, 0x80000000u);
    else if (!big && length > room) vmm_put32(vk + VK_LENGTH, room);
}

static void mend_key(struct mender *m, uint32_t rel) {
    uint8_t *nk = key_at(m, rel), *list, *top;
    if (nk == NULL || dice_one_in(m->d, 100)) return; /* what was mended before may have overwritten it */
    uint32_t n, size, total = 0, where = vmm_le32(nk + NK_LIST), values = vmm_le32(nk + NK_VALUES);
    top = where == REGF_NIL ? NULL : cell_at(m, where, 4, &n);
    if (top && memcmp(top, "ri", 2) == 0) {
        uint32_t leaves = vmm_le16(top + 2);
        if (leaves > (n - 4) / 4) vmm_put16(top + 2, (uint16_t)(leaves = (n - 4) / 4));
        for (uint32_t i = 0; i < leaves && i < ENTRIES_MAX; i++) total += mend_leaf(m, vmm_le32(top + 4 + 4 * i), rel);
    } else if (top) {
        total = mend_leaf(m, where, rel);
    }
    vmm_put32(nk + NK_SUBKEYS, total);
    vmm_put32(nk + NK_MAX_NAME, 0xffff);
    vmm_put32(nk + NK_MAX_VALUE_NAME, 0xffff);
    vmm_put32(nk + NK_MAX_VALUE_DATA, 0x7fffffff);
    if (vmm_le16(nk + NK_CLASS_LEN) == 0) vmm_put32(nk + NK_CLASS, REGF_NIL);
    if (!(vmm_le32(m->data + BASE_FLAGS) & 2)) nk[NK_LAYERED] &= (uint8_t)~3u;
    list = values ? cell_at(m, vmm_le32(nk + NK_VALUE_LIST), 4, &size) : NULL;
    if (list == NULL) vmm_put32(nk + NK_VALUES, values = 0);
    else if (values > size / 4) vmm_put32(nk + NK_VALUES, values = size / 4);
    for (uint32_t i = 0; i < values && i < ENTRIES_MAX; i++) mend_value(m, vmm_le32(list + 4 * i));
}

/* Counts what keys refer to and makes one ring of it. */
static void mend_security(struct mender *m) {
    uint32_t n, first = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        uint8_t *nk = key_at(m, m->seen[i]), *root = key_at(m, m->seen[0]);
        if (nk == NULL || root == NULL) continue;
        uint32_t rel = vmm_le32(nk + NK_SK), k = 0;
        uint8_t *sk = cell_at(m, rel, SK_DESCRIPTOR, &n);
        if ((sk == NULL || memcmp(sk, "sk", 2) != 0) && i > 0) vmm_put32(nk + NK_SK, rel = vmm_le32(root + NK_SK));
        while (k < m->sks && m->sk[k] != rel) k++;
        if (k == VMM_COUNT(m->sk)) return;
        if (k == m->sks) m->sk[m->sks++] = rel, m->refs[k] = 0;
        m->refs[k]++;
    }
    for (uint32_t k = 0; k < m->sks; k++) {
        uint8_t *sk = cell_at(m, m->sk[k], SK_DESCRIPTOR, &n);
        if (sk == NULL || memcmp(sk, "sk", 2) != 0) return;
        vmm_put32(sk + SK_REFS, m->refs[k]);
        if (vmm_le32(sk + SK_LENGTH) > n - SK_DESCRIPTOR) vmm_put32(sk + SK_LENGTH, n - SK_DESCRIPTOR);
        vmm_put32(sk + SK_FLINK, m->sk[k + 1 < m->sks ? k + 1 : first]);
        vmm_put32(sk + SK_BLINK, m->sk[k > first ? k - 1 : m->sks - 1]);
    }
}

static void mend_bins(struct mender *m) {
    if (m->size % REGF_PAGE == 0 && !dice_one_in(m->d, 40)) vmm_put32(m->data + BASE_LENGTH, (uint32_t)(m->size - REGF_BASE));
    for (size_t bin = REGF_BASE; bin + REGF_PAGE <= m->size;) {
        uint8_t *b = m->data + bin;
        uint32_t length = vmm_le32(b + 8);
        if (memcmp(b, "hbin", 4) != 0 || length < REGF_PAGE || length % REGF_PAGE || length > m->size - bin) length = REGF_PAGE;
        memcpy(b, "hbin", 4);
        vmm_put32(b + 4, (uint32_t)(bin - REGF_BASE));
        vmm_put32(b + 8, length);
        for (size_t cell = bin + 32; cell < bin + length;) { /* cells end where the bin ends */
            uint32_t n = vmm_le32(m->data + cell), room = (uint32_t)(bin + length - cell);
            bool used = n & 0x80000000u;
            uint32_t span = used ? 0u - n : n;
            if (span < 8 || span % 8 || span > room) {
                span = room;
                vmm_put32(m->data + cell, used ? 0u - span : span);
            }
            cell += span;
        }
        bin += length;
    }
}

void mend_hive(uint8_t *data, size_t size, struct dice *d) {
    if (size < REGF_BASE + REGF_PAGE || size > 8u << 20) return;
    struct mender m = {.data = data, .size = size, .d = d, .seen = vmm_alloc(KEYS_MAX, sizeof *m.seen)};
    if (!dice_one_in(d, 50)) mend_bins(&m);
    if (!dice_one_in(d, 16)) vmm_put32(data + BASE_SEQ2, vmm_le32(data + BASE_SEQ1));
    if (!dice_one_in(d, 50)) vmm_put32(data + BASE_CLUSTER, 1);
    if (key_at(&m, vmm_le32(data + BASE_ROOT))) {
        m.seen[m.count++] = vmm_le32(data + BASE_ROOT);
        uint8_t *root = key_at(&m, m.seen[0]);
        vmm_put16(root + NK_FLAGS, (uint16_t)((vmm_le16(root + NK_FLAGS) | NK_F_ROOT) & ~(NK_F_VOLATILE | NK_F_EXIT)));
        for (uint32_t i = 0; i < m.count; i++) mend_key(&m, m.seen[i]);
        if (!dice_one_in(d, 30)) mend_security(&m);
    }
    free(m.seen);
}
