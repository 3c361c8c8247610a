/* Opening a hive: the logs are replayed first when it needs them; then base block, bins and cells are checked, before any record is looked at. What a later reader may rely on: every bit in
 * `starts` is the start of a cell that lies inside its bin.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/replay.h"

uint32_t vmm_base_checksum(const uint8_t *base) {
    uint32_t sum = 0;
    for (size_t i = 0; i < BASE_CHECKSUM; i += 4) sum ^= vmm_le32(base + i);
    return sum == 0 ? 1 : sum == 0xffffffffu ? 0xfffffffeu : sum;
}

static int broken(struct vmm_error *err, const char *what, size_t at) {
    return vmm_fail(err, VMM_E_BROKEN, _("Windows would refuse this file too. Restore it from a backup or a snapshot."),
                    _("this is not a sound registry hive: %s (at byte 0x%zx)"), what, at);
}

static int check_base(const uint8_t *d, size_t len, struct vmm_error *err) {
    if (len < 4 || memcmp(d, "regf", 4) != 0) return broken(err, _("it does not begin with \"regf\""), 0);
    if (len < REGF_BASE + REGF_PAGE) return broken(err, _("the file ends too early"), len);
    if (vmm_base_checksum(d) != vmm_le32(d + BASE_CHECKSUM)) return broken(err, _("the checksum of its first block is wrong"), BASE_CHECKSUM);
    uint32_t minor = vmm_le32(d + BASE_MINOR), length = vmm_le32(d + BASE_LENGTH);
    if (vmm_le32(d + BASE_MAJOR) != 1 || minor < 3 || minor > 6) return broken(err, _("its version is not 1.3 to 1.6"), BASE_MAJOR);
    if (vmm_le32(d + BASE_TYPE) != 0 || vmm_le32(d + BASE_FORMAT) != 1) return broken(err, _("it is a log or of an unknown format"), BASE_TYPE);
    if (length < REGF_PAGE || length % REGF_PAGE != 0) return broken(err, _("the length in its first block is wrong"), BASE_LENGTH);
    if (length > len - REGF_BASE) return broken(err, _("the file is shorter than its first block says"), len);
    return 0;
}

static int check_bins(struct vmm_hive *h, struct vmm_error *err) {
    for (uint32_t bin = 0; bin < h->length;) {
        const uint8_t *b = h->data + REGF_BASE + bin;
        if (memcmp(b, "hbin", 4) != 0 || vmm_le32(b + 4) != bin) return broken(err, _("a block does not begin as it must"), REGF_BASE + bin);
        uint32_t size = vmm_le32(b + 8);
        if (size < REGF_PAGE || size % REGF_PAGE != 0 || size > h->length - bin) return broken(err, _("a block has a wrong size"), REGF_BASE + bin);
        for (uint32_t cell = 32; cell < size;) {
            int32_t signed_size = (int32_t)vmm_le32(b + cell);
            uint32_t n = signed_size < 0 ? (uint32_t)0 - (uint32_t)signed_size : (uint32_t)signed_size;
            if (n < 8 || n % 8 != 0 || n > size - cell) return broken(err, _("a cell has a wrong size"), REGF_BASE + bin + cell);
            uint32_t unit = (bin + cell) / 8;
            h->starts[unit / 8] |= (uint8_t)(1u << unit % 8);
            cell += n;
        }
        bin += size;
    }
    return 0;
}

/* H has its bytes: checks them and fills in the rest. */
static int look_inside(struct vmm_hive *h, struct vmm_error *err) {
    size_t size;
    if (check_base(h->data, h->len, err) < 0) return -1;
    h->length = vmm_le32(h->data + BASE_LENGTH);
    h->root = vmm_le32(h->data + BASE_ROOT);
    h->minor = (int)vmm_le32(h->data + BASE_MINOR);
    h->starts = vmm_alloc(h->length / 64 + 1, 1);
    if (check_bins(h, err) < 0) return -1;
    return vmm_nk(h, h->root, &size) ? 0 : broken(err, _("it has no root key"), BASE_ROOT);
}

static void count_one(void *ctx, enum vmm_difference kind, const char *path, const char *name) {
    (void)kind, (void)path, (void)name;
    ++*(size_t *)ctx;
}

/* How many keys and values the logs changed. Both hives are walked strictly before: a comparison follows what they say. */
static size_t count_changes(const struct vmm_hive *h, const uint8_t *stored, size_t len) {
    struct vmm_hive file = {.data = (uint8_t *)(uintptr_t)stored, .len = len}; /* only read */
    size_t n = 0;
    if (look_inside(&file, NULL) == 0 && vmm_hive_check(&file, NULL, NULL) == 0 && vmm_hive_check(h, NULL, NULL) == 0 &&
        vmm_hive_compare(&file, h, count_one, &n, NULL) < 0)
        n = 0;
    free(file.starts);
    return n;
}

struct vmm_hive *vmm_hive_open(const void *data, size_t len, const struct vmm_hive_logs *logs, struct vmm_error *err) {
    struct vmm_replayed replayed;
    if (vmm_logs_replay(data, len, logs, &replayed, err) < 0) return NULL;
    struct vmm_hive *h = vmm_alloc(1, sizeof *h);
    h->data = replayed.data ? replayed.data : vmm_memdup(data, len);
    h->len = replayed.data ? replayed.len : len;
    h->dirty = replayed.why;
    h->replay = replayed.told;
    if (look_inside(h, err) < 0) {
        vmm_hive_close(h);
        return NULL;
    }
    memcpy(h->file_base, data, sizeof h->file_base);
    if (replayed.data) h->replay.changes = count_changes(h, data, len);
    return h;
}

void vmm_hive_close(struct vmm_hive *h) {
    if (h == NULL) return;
    free(h->data);
    free(h->starts);
    free(h->dirty);
    free(h);
}

const char *vmm_hive_dirty(const struct vmm_hive *h) { return h->dirty; }

const struct vmm_replay *vmm_hive_replay(const struct vmm_hive *h) { return &h->replay; }

const uint8_t *vmm_hive_bytes(const struct vmm_hive *h, size_t *len) {
    *len = h->len;
    return h->data;
}

int vmm_hive_minor(const struct vmm_hive *h) { return h->minor; }

const uint8_t *vmm_cell(const struct vmm_hive *h, uint32_t rel, size_t least, size_t *size) {
    if (rel >= h->length || rel % 8 != 0 || !(h->starts[rel / 64] >> rel / 8 % 8 & 1)) return NULL;
    const uint8_t *cell = h->data + REGF_BASE + rel;
    int32_t signed_size = (int32_t)vmm_le32(cell);
    if (signed_size >= 0) return NULL;
    size_t content = (size_t)((uint32_t)0 - (uint32_t)signed_size) - 4;
    if (content < least) return NULL;
    if (size) *size = content;
    return cell + 4;
}

const uint8_t *vmm_nk(const struct vmm_hive *h, uint32_t rel, size_t *size) {
    size_t n;
    const uint8_t *nk = vmm_cell(h, rel, NK_NAME, &n);
    if (nk == NULL || memcmp(nk, "nk", 2) != 0) return NULL;
    size_t name = vmm_le16(nk + NK_NAME_LEN);
    if (name == 0 || name > n - NK_NAME) return NULL;
    if (!(vmm_le16(nk + NK_FLAGS) & NK_F_COMPRESSED) && name % 2) return NULL;
    if (size) *size = n;
    return nk;
}
