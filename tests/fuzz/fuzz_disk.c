/* Any bytes as a disk: partition tables, then the file system of each partition, as the first look at a disk does. What is named lies on the disk; nothing is
 * read outside; the time does not grow with what numbers claim.
 * The input: one byte for the size of a sector, three for how much larger than its bytes the disk is (zeros follow), then the first bytes of the disk.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"
#include "volume/table.h"

#define READS_MAX 20000

struct medium {
    const uint8_t *data;
    uint64_t len, size, from; /* from: where a partition begins */
    size_t reads;
};

static int read_medium(void *ctx, uint64_t offset, void *data, size_t len, struct vmm_error *err) {
    struct medium *m = ctx;
    (void)err;
    MUST(offset <= m->size - m->from && len <= m->size - m->from - offset);
    MUST(++m->reads < READS_MAX);
    offset += m->from;
    memset(data, 0, len);
    if (offset < m->len) memcpy(data, m->data + offset, len < m->len - offset ? len : m->len - offset);
    return 0;
}

static void look_at_part(const struct medium *disk, struct vmm_part *p) {
    struct medium m = *disk;
    m.from = p->offset;
    m.reads = 0;
    struct vmm_reader r = {read_medium, &m, p->size};
    MUST(p->offset <= m.size && p->size <= m.size - p->offset && p->size > 0);
    vmm_health_look(&r, p);
    if (p->label) MUST(vmm_is_utf8(p->label));
    MUST((p->health == VMM_HEALTH_OK || p->health == VMM_HEALTH_NOT_NTFS) || p->health_text);
    MUST(!p->writable || p->mountable);
    vmm_health_hiberfile(p, disk->data, disk->len < 4096 ? (size_t)disk->len : 4096, disk->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint32_t sectors[] = {0, 512, 4096};
    if (size < 4) return 0;
    struct medium m = {.data = data + 4, .len = size - 4, .size = size - 4 + ((uint64_t)data[1] << 12 | (uint64_t)data[2] << 20 | (uint64_t)data[3] << 34)};
    struct vmm_reader r = {read_medium, &m, m.size};
    struct vmm_disk d = {0};
    struct vmm_error err = {0};
    int read = vmm_table_read(&r, sectors[data[0] % 3], &d, &err);
    if (read < 0) fuzz_said(&err);
    else MUST(d.identity && vmm_is_utf8(d.identity));
    MUST(d.part_count <= 200);
    for (size_t i = 0; i < d.part_count; i++) look_at_part(&m, &d.parts[i]);
    if (m.size) {
        struct vmm_part whole = {.size = m.size, .label = vmm_strdup("")};
        look_at_part(&m, &whole);
        free(whole.label);
        free(whole.health_text);
    }
    for (size_t i = 0; i < d.part_count; i++) {
        free(d.parts[i].label);
        free(d.parts[i].health_text);
    }
    free(d.parts);
    free(d.identity);
    return 0;
}

/* ---- checksums of a GPT are put right ---- */

static void mend_gpt(uint8_t *disk, size_t size, size_t sector, size_t at) {
    if (size < 512 || at > size - 512 || memcmp(disk + at, "EFI PART", 8) != 0) return;
    uint64_t lba = vmm_le64(disk + at + 72), bytes = (uint64_t)vmm_le32(disk + at + 80) * vmm_le32(disk + at + 84);
    uint32_t head = vmm_le32(disk + at + 12);
    vmm_put64(disk + at + 24, at / sector);
    if (lba <= size / sector && bytes <= size - lba * sector) vmm_put32(disk + at + 88, vmm_crc32(disk + lba * sector, bytes));
    vmm_put32(disk + at + 16, 0);
    if (head <= 512) vmm_put32(disk + at + 16, vmm_crc32(disk + at, head));
}

/* Every 512 bytes of a record of NTFS end with its mark; the true ends stand in a list. */
static void mend_records(uint8_t *disk, size_t size) {
    for (size_t at = 0; at + 1024 <= size; at += 512) {
        uint32_t list = vmm_le16(disk + at + 4);
        if ((memcmp(disk + at, "FILE", 4) != 0 && memcmp(disk + at, "RSTR", 4) != 0) || list > 500) continue;
        for (size_t k = 1; k <= 2; k++) {
            memcpy(disk + at + list + 2 * k, disk + at + 512 * k - 2, 2);
            memcpy(disk + at + 512 * k - 2, disk + at + list, 2);
        }
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
    struct dice d = dice_new(seed);
    if (size > 600 && dice_one_in(&d, 2)) {
        size_t sector = (size - 4) / 512, at = 4 + 512 * dice_below(&d, (uint32_t)sector);
        if (dice_one_in(&d, 2)) vmm_put32(data + at + 4 * dice_below(&d, 127), dice_number(&d));
        else dice_bytes(&d, data + at, 512);
        if (dice_one_in(&d, 20)) memmove(data + at, data + 4 + 512 * dice_below(&d, (uint32_t)sector), 512);
    } else if (LLVMFuzzerMutate) {
        size = LLVMFuzzerMutate(data, size, max);
    }
    if (size <= 4 || dice_one_in(&d, 20)) return size;
    for (size_t sector = 512; sector <= 4096; sector *= 8) mend_gpt(data + 4, size - 4, sector, sector);
    if (dice_one_in(&d, 4)) mend_records(data + 4, size - 4);
    return size;
}
