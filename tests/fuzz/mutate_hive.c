/* A mutator for hives. Bytes changed at random stop at the checksum, and behind it at counts and hashes; here records are changed as records: a field gets
 * a number that hurts or another cell's offset, cells are freed, split, joined, copied, bins are added. What a check would see first is mended
 * afterwards, mostly (mend_hive.c), so that what is fuzzed is the code behind it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "hive/regf.h"
#include "tests/fuzz/fuzz.h"

#define CELLS_MAX 8192

struct cells {
    uint32_t *at; /* file offsets */
    uint32_t count;
    uint8_t *data;
    size_t size;
};

static uint32_t span(const uint8_t *cell) {
    uint32_t n = vmm_le32(cell);
    return n & 0x80000000u ? 0u - n : n;
}

static struct cells find_cells(uint8_t *data, size_t size) {
    struct cells c = {.at = vmm_alloc(CELLS_MAX, sizeof *c.at), .data = data, .size = size};
    for (size_t bin = REGF_BASE; bin + REGF_PAGE <= size;) {
        uint32_t length = vmm_le32(data + bin + 8);
        if (memcmp(data + bin, "hbin", 4) != 0 || length < REGF_PAGE || length % REGF_PAGE || length > size - bin) length = REGF_PAGE;
        for (size_t cell = bin + 32; cell + 8 <= bin + length && c.count < CELLS_MAX;) {
            uint32_t n = span(data + cell);
            if (n < 8 || n > bin + length - cell) break;
            c.at[c.count++] = (uint32_t)cell;
            cell += n & ~7u;
        }
        bin += length;
    }
    return c;
}

static uint32_t some_cell(const struct cells *c, struct dice *d) { return c->count ? c->at[dice_below(d, c->count)] : REGF_BASE + 32; }
static uint32_t some_place(const struct cells *c, struct dice *d) { return some_cell(c, d) - REGF_BASE; }

static uint32_t content(const struct cells *c, uint32_t cell) {
    uint32_t n = span(c->data + cell);
    return n >= 4 && n <= c->size - cell ? n - 4 : 0;
}

/* One of the cells that begin with SIGNATURE; 0 when there is none near a place chosen at random. */
static uint32_t some_record(const struct cells *c, const char *signature, struct dice *d) {
    uint32_t first = dice_below(d, c->count);
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t cell = c->at[(first + i) % c->count];
        if (content(c, cell) >= 4 && (vmm_le32(c->data + cell) & 0x80000000u) && memcmp(c->data + cell + 4, signature, 2) == 0) return cell;
    }
    return 0;
}

/* ---- fields of records ---- */

static const struct {
    const char *signature;
    uint8_t fields[20]; /* offsets in the content; 0 ends */
} records[] = {
    {"nk", {NK_FLAGS, NK_LAYERED, NK_PARENT, NK_SUBKEYS, NK_SUBKEYS, NK_LIST, NK_LIST, NK_VALUES, NK_VALUES, NK_VALUE_LIST, NK_VALUE_LIST, NK_SK, NK_CLASS, NK_MAX_NAME,
            NK_MAX_VALUE_NAME, NK_MAX_VALUE_DATA, NK_NAME_LEN, NK_CLASS_LEN, NK_NAME}},
    {"vk", {VK_NAME_LEN, VK_LENGTH, VK_LENGTH, VK_LENGTH, VK_DATA, VK_DATA, VK_TYPE, VK_FLAGS, VK_NAME}},
    {"sk", {SK_FLINK, SK_BLINK, SK_REFS, SK_LENGTH, SK_DESCRIPTOR, SK_DESCRIPTOR + 4, SK_DESCRIPTOR + 8, SK_DESCRIPTOR + 12, SK_DESCRIPTOR + 16}},
    {"lf", {2, 4, 4, 8, 12, 12}},
    {"lh", {2, 4, 4, 8, 12, 12}},
    {"li", {2, 4, 8}},
    {"ri", {2, 4, 8}},
    {"db", {2, 4, 4}},
};

static void hurt_field(const struct cells *c, struct dice *d) {
    uint32_t cell = some_cell(c, d), n = content(c, cell), at = 4 * dice_below(d, n / 4);
    for (size_t r = 0; r < VMM_COUNT(records); r++) {
        if (n < 8 || memcmp(c->data + cell + 4, records[r].signature, 2) != 0) continue;
        uint32_t fields = 0;
        while (fields < VMM_COUNT(records[r].fields) && records[r].fields[fields]) fields++;
        if (!dice_one_in(d, 6)) at = records[r].fields[dice_below(d, fields)];
    }
    if (at + 4 > n) return;
    uint8_t *field = c->data + cell + 4 + at;
    uint32_t old = vmm_le32(field), rest = old & 0xffff0000u;
    switch (dice_below(d, 8)) {
    case 0: case 1: case 2: vmm_put32(field, some_place(c, d)); break;
    case 3: vmm_put32(field, old + dice_below(d, 17) - 8); break;
    case 4: vmm_put32(field, rest | (dice_number(d) & 0xffff)); break;
    case 5: vmm_put32(field, n - dice_below(d, 8)); break;
    case 6: vmm_put32(field, old ^ 1u << dice_below(d, 32)); break;
    default: vmm_put32(field, dice_number(d)); break;
    }
}

/* ---- cells ---- */

static void set_span(uint8_t *cell, uint32_t n, bool used) { vmm_put32(cell, used ? 0u - n : n); }

static void reshape_cell(const struct cells *c, struct dice *d) {
    uint32_t cell = some_cell(c, d), n = span(c->data + cell) & ~7u;
    bool used = vmm_le32(c->data + cell) & 0x80000000u;
    if (n < 8 || n > c->size - cell) return;
    switch (dice_below(d, 4)) {
    case 0: set_span(c->data + cell, n, !used); break;
    case 1: { /* in two */
        uint32_t first = 8 * (1 + dice_below(d, n / 8 - 1));
        if (first >= n) return;
        set_span(c->data + cell, first, used);
        set_span(c->data + cell + first, n - first, dice_one_in(d, 2));
        break;
    }
    case 2: { /* with the next */
        uint32_t next = n + cell + 8 <= c->size ? span(c->data + cell + n) : 0;
        if (next >= 8 && next < c->size - cell - n) set_span(c->data + cell, n + (next & ~7u), used);
        break;
    }
    default: vmm_put32(c->data + cell, dice_number(d)); break;
    }
}

static void copy_cell(const struct cells *c, struct dice *d) {
    uint32_t from = some_cell(c, d), to = some_cell(c, d), n = content(c, from), room = content(c, to);
    memmove(c->data + to + 4, c->data + from + 4, n < room ? n : room);
}

/* A used cell of N bytes of content, cut from a free one; 0 when there is none. */
static uint32_t take_cell(const struct cells *c, uint32_t n, struct dice *d) {
    uint32_t need = (n + 4 + 7) / 8 * 8, first = dice_below(d, c->count);
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t cell = c->at[(first + i) % c->count], have = span(c->data + cell) & ~7u;
        if ((vmm_le32(c->data + cell) & 0x80000000u) || have < need || have > c->size - cell) continue;
        if (have > need) set_span(c->data + cell + need, have - need, false);
        set_span(c->data + cell, need, true);
        memset(c->data + cell + 4, 0, need - 4);
        return cell;
    }
    return 0;
}

/* A record once more, in a cell of its own, and something that refers to it. */
static void double_record(const struct cells *c, struct dice *d) {
    uint32_t from = some_cell(c, d), n = content(c, from), to = n < 65536 ? take_cell(c, n, d) : 0, holder = some_cell(c, d);
    if (to == 0) return;
    memmove(c->data + to + 4, c->data + from + 4, n);
    uint32_t at = 4 * dice_below(d, content(c, holder) / 4);
    if (at + 4 <= content(c, holder)) vmm_put32(c->data + holder + 4 + at, to - REGF_BASE);
}

/* ---- whole additions ---- */

static void name_letter(uint8_t *name, uint32_t len, struct dice *d) {
    static const uint8_t letters[] = "aAzZ_0.\xe4\xff\x01\\~";
    if (len) name[dice_below(d, len)] = letters[dice_below(d, sizeof letters - 1)];
}

/* One more value or subkey: a copy of one that is there under another name, and a list that has room for it. */
static void add_member(const struct cells *c, struct dice *d) {
    bool key = dice_one_in(d, 2);
    uint32_t parent = some_record(c, "nk", d), model = parent ? some_record(c, key ? "nk" : "vk", d) : 0;
    if (model == 0) return;
    uint8_t *nk = c->data + parent + 4;
    uint32_t n = content(c, model), fixed = key ? NK_NAME : VK_NAME, list = vmm_le32(nk + (key ? NK_LIST : NK_VALUE_LIST)) + REGF_BASE;
    if (n <= fixed || content(c, parent) < NK_NAME || n > 4096) return;
    bool has = list >= REGF_BASE && list < c->size - 8;
    uint32_t head = key ? 4 : 0, step = key ? 8 : 4, old = has && vmm_le32(nk + (key ? NK_SUBKEYS : NK_VALUES)) ? content(c, list) : 0;
    if (old > 60000 || vmm_le32(nk + (key ? NK_SUBKEYS : NK_VALUES)) > 6000) return;
    uint32_t to = take_cell(c, n, d), wider = to ? take_cell(c, (old < head ? head : old) + step, d) : 0;
    if (wider == 0) return;
    memmove(c->data + to + 4, c->data + model + 4, n);
    uint32_t count = vmm_le32(nk + (key ? NK_SUBKEYS : NK_VALUES)), at = head + step * count;
    if (at + step > content(c, wider)) return;
    if (old) memmove(c->data + wider + 4, c->data + list + 4, old);
    vmm_put32(c->data + wider + 4 + at, to - REGF_BASE);
    if (key) {
        if (old == 0) memmove(c->data + wider + 4, vmm_le32(c->data + BASE_MINOR) >= 5 ? "lh" : "lf", 2);
        vmm_put16(c->data + wider + 6, (uint16_t)(count + 1));
        vmm_put32(c->data + to + 4 + NK_SUBKEYS, 0);
        vmm_put32(c->data + to + 4 + NK_LIST, REGF_NIL);
        vmm_put32(c->data + to + 4 + NK_VALUES, 0);
        vmm_put32(c->data + to + 4 + NK_VALUE_LIST, REGF_NIL);
        vmm_put32(c->data + to + 4 + NK_CLASS, REGF_NIL);
        vmm_put16(c->data + to + 4 + NK_CLASS_LEN, 0);
    } else {
        vmm_put32(c->data + to + 4 + VK_LENGTH, 0x80000000u | dice_below(d, 5));
    }
    vmm_put32(nk + (key ? NK_SUBKEYS : NK_VALUES), count + 1);
    vmm_put32(nk + (key ? NK_LIST : NK_VALUE_LIST), wider - REGF_BASE);
    if (old && !dice_one_in(d, 8)) set_span(c->data + list, span(c->data + list) & ~7u, false);
    name_letter(c->data + to + 4 + fixed, vmm_le16(c->data + to + 4 + (key ? NK_NAME_LEN : VK_NAME_LEN)) % (n - fixed + 1), d);
}

static void rename_record(const struct cells *c, struct dice *d) {
    bool key = dice_one_in(d, 2);
    uint32_t cell = some_record(c, key ? "nk" : "vk", d), fixed = key ? NK_NAME : VK_NAME;
    if (cell && content(c, cell) > fixed) name_letter(c->data + cell + 4 + fixed, content(c, cell) - fixed, d);
}

static size_t add_bin(uint8_t *data, size_t size, size_t max, struct dice *d) {
    size_t pages = 1 + dice_below(d, 5), need = pages * REGF_PAGE;
    if (size % REGF_PAGE || need > max - size) return size;
    uint8_t *bin = data + size;
    memset(bin, 0, need);
    memcpy(bin, "hbin", 4);
    vmm_put32(bin + 4, (uint32_t)(size - REGF_BASE));
    vmm_put32(bin + 8, (uint32_t)need);
    set_span(bin + 32, (uint32_t)need - 32, false);
    return size + need;
}

/* ---- the first block ---- */

static void hurt_base(uint8_t *data, struct dice *d) {
    static const uint16_t fields[] = {BASE_SEQ1, BASE_SEQ2, BASE_TIME, BASE_MAJOR, BASE_MINOR, BASE_TYPE, BASE_FORMAT, BASE_ROOT, BASE_LENGTH, BASE_CLUSTER, BASE_FLAGS};
    uint16_t field = fields[dice_below(d, VMM_COUNT(fields))];
    if (field == BASE_MINOR) vmm_put32(data + field, 2 + dice_below(d, 6));
    else if (field == BASE_LENGTH) vmm_put32(data + field, REGF_PAGE * dice_below(d, 20));
    else vmm_put32(data + field, dice_number(d));
}

size_t mutate_hive(uint8_t *data, size_t size, size_t max, struct dice *d) {
    if (size < REGF_BASE + REGF_PAGE || dice_one_in(d, 40)) {
        if (LLVMFuzzerMutate) size = LLVMFuzzerMutate(data, size, max);
        if (size > REGF_BASE) mend_base(data, size);
        return size;
    }
    if (dice_one_in(d, 20)) size = add_bin(data, size, max, d);
    if (dice_one_in(d, 30)) hurt_base(data, d);
    for (uint32_t i = 0, n = 1 + dice_below(d, dice_one_in(d, 4) ? 12 : 3); i < n; i++) {
        struct cells c = find_cells(data, size);
        uint32_t cell = some_cell(&c, d);
        if (c.count == 0) i = n;
        else
            switch (dice_below(d, 16)) {
            case 0: case 1: case 2: case 3: case 4: hurt_field(&c, d); break;
            case 5: case 6: reshape_cell(&c, d); break;
            case 7: copy_cell(&c, d); break;
            case 8: case 9: double_record(&c, d); break;
            case 10: case 11: case 12: add_member(&c, d); break;
            case 13: case 14: rename_record(&c, d); break;
            default: dice_bytes(d, data + cell + 4, content(&c, cell)); break;
            }
        free(c.at);
    }
    if (!dice_one_in(d, 8)) mend_hive(data, size, d);
    if (!dice_one_in(d, 60)) mend_base(data, size);
    return size;
}
