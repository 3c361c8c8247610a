/* Values of a key that is there, set and taken out in a draft with the least that has to change: hivex writes every value of the key again, in a new bin.
 * Records as Windows makes them: up to four bytes in the value's own record, a name of characters below 256 as bytes, lists without spare room.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/draft.h"

#define INLINE 0x80000000u
#define NAME_UNITS 255u

/* A name for a new value, as UTF-16; the caller frees. NULL when it is no text, holds a control character or is too long. */
static uint8_t *new_name(const char *name, size_t *bytes) {
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) return NULL;
    uint8_t *wide = vmm_utf8_to_utf16(name, bytes);
    if (wide && *bytes <= 2 * NAME_UNITS) return wide;
    free(wide);
    return NULL;
}

const char *vmm_value_hazard(const struct vmm_hive *h, vmm_key key, const struct vmm_edit *e) {
    const uint8_t *nk = key ? vmm_nk(h, key - REGF_BASE, NULL) : NULL;
    uint32_t vk;
    size_t index, bytes;
    if (h->minor == 6) return N_("the hive is of a layered kind");
    if (nk && vmm_le16(nk + NK_FLAGS) & (NK_F_LINK | NK_F_PREDEFINED)) return N_("the key is a link");
    if (e->op == VMM_EDIT_SET && e->len > REGF_DB_SEGMENT) return N_("the value would be larger than 16,344 bytes");
    if (nk && vmm_key_value_record(h, key, e->name, &vk, &index) == VMM_SET) {
        const uint8_t *record = vmm_cell(h, vk, VK_NAME, NULL);
        return record && vmm_le16(record + VK_FLAGS) & ~VK_F_COMPRESSED ? N_("the value has special marks") : NULL;
    }
    uint8_t *wide = new_name(e->name, &bytes);
    free(wide);
    return wide ? NULL : N_("the value's name is not plain text");
}

/* What holds the data of a value is free from now on. */
static void give_back_data(struct vmm_draft *d, uint32_t vk) {
    const uint8_t *record = vmm_cell(&d->hive, vk, VK_NAME, NULL);
    uint32_t length = vmm_le32(record + VK_LENGTH), data = vmm_le32(record + VK_DATA);
    if (length & INLINE || length == 0) return;
    if (length > REGF_DB_SEGMENT && d->hive.minor >= 4) {
        const uint8_t *big = vmm_cell(&d->hive, data, 8, NULL);
        uint32_t n = vmm_le16(big + 2), list = vmm_le32(big + 4);
        for (uint32_t i = 0; i < n; i++) vmm_draft_give_back(d, vmm_le32(vmm_cell(&d->hive, list, 4 * (size_t)n, NULL) + 4 * i));
        vmm_draft_give_back(d, list);
    }
    vmm_draft_give_back(d, data);
}

/* True when the data may stay in the cell it stands in. */
static bool fits(const struct vmm_draft *d, uint32_t vk, size_t len) {
    const uint8_t *record = vmm_cell(&d->hive, vk, VK_NAME, NULL);
    uint32_t length = vmm_le32(record + VK_LENGTH);
    bool plain = !(length & INLINE) && length > 0 && (length <= REGF_DB_SEGMENT || d->hive.minor < 4);
    return plain && len > 4 && vmm_cell(&d->hive, vmm_le32(record + VK_DATA), len, NULL);
}

static void put_data(struct vmm_draft *d, uint32_t vk, const struct vmm_edit *e) {
    uint8_t inside[4] = {0};
    uint32_t data, length = (uint32_t)e->len;
    vmm_draft_write(d, vk, VK_NAME); /* touched before a cell is chosen */
    if (fits(d, vk, e->len)) {
        data = vmm_le32(vmm_draft_write(d, vk, 0) + VK_DATA);
    } else {
        give_back_data(d, vk);
        if (e->len > 4) {
            data = vmm_draft_take(d, e->len);
        } else {
            memcpy(inside, e->data, e->len);
            data = vmm_le32(inside);
            length |= INLINE;
        }
    }
    if (e->len > 4) memcpy(vmm_draft_write(d, data, e->len), e->data, e->len);
    uint8_t *record = vmm_draft_write(d, vk, VK_NAME);
    vmm_put32(record + VK_LENGTH, length);
    vmm_put32(record + VK_DATA, data);
    vmm_put32(record + VK_TYPE, e->type);
}

/* The longest of all, which a key notes; never lowered: only one that is too small is a fault. */
static void raise(struct vmm_draft *d, uint32_t nk, size_t field, size_t to) {
    if (vmm_le32(vmm_cell(&d->hive, nk, NK_NAME, NULL) + field) < to) vmm_put32(vmm_draft_write(d, nk, NK_NAME) + field, (uint32_t)to);
}

/* A record for a value of that name, empty. */
static uint32_t new_record(struct vmm_draft *d, const char *name, size_t *name_bytes) {
    uint8_t *wide = new_name(name, name_bytes);
    bool narrow = *name_bytes > 0;
    for (size_t i = 0; i < *name_bytes; i += 2) narrow = narrow && wide[i + 1] == 0;
    size_t stored = narrow ? *name_bytes / 2 : *name_bytes;
    uint32_t vk = vmm_draft_take(d, VK_NAME + stored);
    uint8_t *record = vmm_draft_write(d, vk, VK_NAME + stored);
    memcpy(record, "vk", 2);
    vmm_put16(record + VK_NAME_LEN, (uint16_t)stored);
    vmm_put32(record + VK_LENGTH, INLINE);
    vmm_put16(record + VK_FLAGS, narrow ? VK_F_COMPRESSED : 0);
    for (size_t i = 0; i < stored; i++) record[VK_NAME + i] = wide[narrow ? 2 * i : i];
    free(wide);
    return vk;
}

/* Appends a record to the key's list. */
static void list_record(struct vmm_draft *d, uint32_t nk, uint32_t vk) {
    uint8_t *key = vmm_draft_write(d, nk, NK_NAME);
    uint32_t n = vmm_le32(key + NK_VALUES), list = vmm_le32(key + NK_VALUE_LIST);
    if (n == 0 || vmm_cell(&d->hive, list, 4 * ((size_t)n + 1), NULL) == NULL) {
        uint32_t longer = vmm_draft_take(d, 4 * ((size_t)n + 1));
        if (n > 0) {
            memcpy(vmm_draft_write(d, longer, 4 * (size_t)n), vmm_cell(&d->hive, list, 4 * (size_t)n, NULL), 4 * (size_t)n);
            vmm_draft_give_back(d, list);
        }
        list = longer;
    }
    vmm_put32(vmm_draft_write(d, list, 4 * ((size_t)n + 1)) + 4 * (size_t)n, vk);
    key = vmm_draft_write(d, nk, NK_NAME);
    vmm_put32(key + NK_VALUES, n + 1);
    vmm_put32(key + NK_VALUE_LIST, list);
}

static void remove_value(struct vmm_draft *d, uint32_t nk, uint32_t vk, size_t index) {
    uint8_t *key = vmm_draft_write(d, nk, NK_NAME);
    uint32_t n = vmm_le32(key + NK_VALUES), list = vmm_le32(key + NK_VALUE_LIST);
    vmm_put32(key + NK_VALUES, n - 1);
    if (n == 1) {
        vmm_put32(key + NK_VALUE_LIST, REGF_NIL);
        vmm_draft_give_back(d, list);
    } else {
        uint8_t *entries = vmm_draft_write(d, list, 4 * (size_t)n);
        memmove(entries + 4 * index, entries + 4 * index + 4, 4 * (n - 1 - index));
    }
    give_back_data(d, vk);
    vmm_draft_give_back(d, vk);
}

static bool is_so(const struct vmm_hive *h, vmm_key key, const struct vmm_edit *e) {
    struct vmm_value v;
    bool so = vmm_key_value(h, key, e->name, &v) == VMM_SET && v.type == e->type && v.len == e->len && memcmp(v.data, e->data, e->len) == 0;
    vmm_value_clear(&v);
    return so;
}

void vmm_draft_value(struct vmm_draft *d, vmm_key key, const struct vmm_edit *e) {
    uint32_t vk, nk = key - REGF_BASE;
    size_t index, name_bytes;
    bool there = vmm_key_value_record(&d->hive, key, e->name, &vk, &index) == VMM_SET;
    if (e->op == VMM_EDIT_DELETE_VALUE) {
        if (there) remove_value(d, nk, vk, index);
        return;
    }
    if (is_so(&d->hive, key, e)) return;
    raise(d, nk, NK_MAX_VALUE_DATA, e->len);
    if (!there) {
        vmm_draft_write(d, nk, NK_NAME);
        vk = new_record(d, e->name, &name_bytes);
        raise(d, nk, NK_MAX_VALUE_NAME, name_bytes);
        list_record(d, nk, vk);
    }
    put_data(d, vk, e);
}

void vmm_draft_strip(struct vmm_draft *d, vmm_key key) {
    uint32_t nk = key - REGF_BASE;
    vmm_key *children;
    size_t count;
    for (const uint8_t *k = vmm_nk(&d->hive, nk, NULL); vmm_le32(k + NK_VALUES) > 0;) {
        uint32_t last = vmm_le32(k + NK_VALUES) - 1;
        remove_value(d, nk, vmm_le32(vmm_cell(&d->hive, vmm_le32(k + NK_VALUE_LIST), 4 * ((size_t)last + 1), NULL) + 4 * (size_t)last), last);
    }
    if (vmm_key_children(&d->hive, key, &children, &count, NULL) < 0) return; /* the strict walk has read them */
    for (size_t i = 0; i < count; i++) vmm_draft_strip(d, children[i]);
    free(children);
}
