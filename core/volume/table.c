/* Partition tables: GPT (first copy, else the one at the end, checksums checked) and MBR with logical partitions. Everything
 * counted and bounded: the bytes are hostile.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "volume/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { PARTS_MAX = 128, LOGICAL_MAX = 60, ENTRIES_BYTES_MAX = 1 << 20 };

static const struct {
    uint8_t guid[16];
    enum vmm_part_role role;
} gpt_roles[] = {
    {{0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}, VMM_PART_ESP},
    {{0x16, 0xe3, 0xc9, 0xe3, 0x5c, 0x0b, 0xb8, 0x4d, 0x81, 0x7d, 0xf9, 0x2d, 0xf0, 0x02, 0x15, 0xae}, VMM_PART_MSR},
    {{0xa4, 0xbb, 0x94, 0xde, 0xd1, 0x06, 0x40, 0x4d, 0xa1, 0x6a, 0xbf, 0xd5, 0x01, 0x79, 0xd6, 0xac}, VMM_PART_RECOVERY},
    {{0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44, 0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7}, VMM_PART_BASIC},
};

static const struct {
    uint8_t type;
    enum vmm_part_role role;
} mbr_roles[] = {{0x07, VMM_PART_BASIC}, {0x0b, VMM_PART_BASIC},    {0x0c, VMM_PART_BASIC}, {0x06, VMM_PART_BASIC},
                 {0x0e, VMM_PART_BASIC}, {0x27, VMM_PART_RECOVERY}, {0xef, VMM_PART_ESP}};

int vmm_reader_get(const struct vmm_reader *r, uint64_t offset, void *data, size_t len, struct vmm_error *err) {
    if (offset > r->size || len > r->size - offset)
        return vmm_fail(err, VMM_E_BROKEN, NULL, _("a structure on the disk points behind its end"));
    return r->read(r->ctx, offset, data, len, err);
}

uint32_t vmm_crc32(const void *data, size_t len) {
    uint32_t crc = ~0u;
    for (const uint8_t *p = data; len > 0; p++, len--) {
        crc ^= *p;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static struct vmm_part *add_part(struct vmm_disk *d, int number, uint64_t offset, uint64_t size) {
    d->parts = vmm_realloc(d->parts, d->part_count + 1, sizeof *d->parts);
    struct vmm_part *p = &d->parts[d->part_count++];
    *p = (struct vmm_part){.number = number, .offset = offset, .size = size, .label = vmm_strdup("")};
    return p;
}

/* ---- GPT ---- */

struct gpt {
    uint8_t header[512];
    uint8_t *entries;
    uint32_t count, each, sector;
};

static bool all_zero(const uint8_t *p, size_t n) {
    while (n > 0 && *p == 0) p++, n--;
    return n == 0;
}

/* The header at LBA `at`, whole and with good checksums. 1, 0 when it is not one, -1 when the medium fails. */
static int gpt_load(const struct vmm_reader *r, uint64_t at, uint32_t sector, struct gpt *g, struct vmm_error *err) {
    *g = (struct gpt){.sector = sector};
    if (at > r->size / sector || r->size - at * sector < 512) return 0;
    if (r->read(r->ctx, at * sector, g->header, 512, err) < 0) return -1;
    uint32_t size = vmm_le32(g->header + 12), crc = vmm_le32(g->header + 16);
    if (memcmp(g->header, "EFI PART", 8) != 0 || size < 92 || size > 512) return 0;
    uint8_t copy[512];
    memcpy(copy, g->header, 512);
    vmm_put32(copy + 16, 0);
    if (vmm_crc32(copy, size) != crc || vmm_le64(g->header + 24) != at) return 0;
    g->count = vmm_le32(g->header + 80);
    g->each = vmm_le32(g->header + 84);
    uint64_t lba = vmm_le64(g->header + 72), bytes = (uint64_t)g->count * g->each;
    if (g->each < 128 || g->each % 8 || bytes == 0 || bytes > ENTRIES_BYTES_MAX || lba > r->size / sector ||
        bytes > r->size - lba * sector)
        return 0;
    g->entries = vmm_alloc(bytes, 1);
    if (r->read(r->ctx, lba * sector, g->entries, bytes, err) < 0) {
        free(g->entries);
        g->entries = NULL;
        return -1;
    }
    if (vmm_crc32(g->entries, bytes) == vmm_le32(g->header + 88)) return 1;
    free(g->entries);
    g->entries = NULL;
    return 0;
}

static int gpt_find(const struct vmm_reader *r, uint32_t sector, struct gpt *g, struct vmm_error *err) {
    for (uint32_t s = sector ? sector : 512; s <= (sector ? sector : 4096); s *= 8) {
        int found = gpt_load(r, 1, s, g, err);
        if (found == 0 && r->size / s > 1) found = gpt_load(r, r->size / s - 1, s, g, err);
        if (found) return found;
    }
    return 0;
}

static void gpt_parts(const struct gpt *g, uint64_t disk_size, struct vmm_disk *d) {
    uint64_t sectors = disk_size / g->sector;
    for (uint32_t i = 0; i < g->count && i < PARTS_MAX; i++) {
        const uint8_t *e = g->entries + (size_t)i * g->each;
        uint64_t first = vmm_le64(e + 32), last = vmm_le64(e + 40);
        if (all_zero(e, 16) || first == 0 || last < first) continue; /* unused */
        if (last >= sectors) {
            d->cut_short = true;
            continue;
        }
        struct vmm_part *p = add_part(d, (int)i + 1, first * g->sector, (last - first + 1) * g->sector);
        memcpy(p->type_guid, e, 16);
        memcpy(p->guid, e + 16, 16);
        for (size_t k = 0; k < VMM_COUNT(gpt_roles); k++)
            if (memcmp(e, gpt_roles[k].guid, 16) == 0) p->role = gpt_roles[k].role;
    }
}

/* ---- MBR ---- */

static bool is_extended(uint8_t type) { return type == 0x05 || type == 0x0f || type == 0x85; }

static void mbr_add(struct vmm_disk *d, int number, const uint8_t *e, uint64_t start, uint64_t disk_size) {
    uint64_t offset = start * d->sector_size, size = (uint64_t)vmm_le32(e + 12) * d->sector_size;
    if (e[4] == 0 || size == 0 || offset == 0) return;
    if (offset >= disk_size || size > disk_size - offset) {
        d->cut_short = true;
        return;
    }
    struct vmm_part *p = add_part(d, number, offset, size);
    p->mbr_type = e[4];
    p->active = e[0] == 0x80;
    for (size_t k = 0; k < VMM_COUNT(mbr_roles); k++)
        if (mbr_roles[k].type == e[4]) p->role = mbr_roles[k].role;
}

/* The chain of logical partitions; it may only lead forward, so it ends. */
static int mbr_logical(const struct vmm_reader *r, uint32_t extended, struct vmm_disk *d, struct vmm_error *err) {
    uint64_t at = extended, before = 0;
    int number = 5;
    for (int i = 0; i < LOGICAL_MAX && at > before; i++) {
        uint8_t s[512];
        if (at * d->sector_size > r->size - 512) return 0;
        if (r->read(r->ctx, at * d->sector_size, s, 512, err) < 0) return -1;
        if (s[510] != 0x55 || s[511] != 0xaa) return 0;
        bool used = vmm_le32(s + 446 + 12) != 0 && !is_extended(s[446 + 4]);
        if (used) mbr_add(d, number++, s + 446, at + vmm_le32(s + 446 + 8), r->size); /* numbered as Linux does */
        if (!is_extended(s[462 + 4]) || vmm_le32(s + 462 + 8) == 0) return 0;
        before = at;
        at = (uint64_t)extended + vmm_le32(s + 462 + 8);
    }
    return 0;
}

/* A boot sector of a file system has the same mark at its end; a table has only 0x00 and 0x80 as flags, and something in it. */
static bool is_table(const uint8_t s[512]) {
    if (s[510] != 0x55 || s[511] != 0xaa || memcmp(s + 3, "NTFS    ", 8) == 0 || memcmp(s + 3, "-FVE-FS-", 8) == 0) return false;
    if (memcmp(s + 82, "FAT32   ", 8) == 0 || memcmp(s + 54, "FAT1", 4) == 0 || memcmp(s + 3, "EXFAT   ", 8) == 0) return false;
    bool any = false;
    for (int i = 0; i < 4; i++) {
        const uint8_t *e = s + 446 + 16 * i;
        if (e[0] & 0x7f) return false;
        any |= e[4] != 0;
    }
    return any;
}

static int mbr_parts(const struct vmm_reader *r, const uint8_t s[512], struct vmm_disk *d, struct vmm_error *err) {
    uint32_t extended = 0;
    for (int i = 0; i < 4; i++) {
        const uint8_t *e = s + 446 + 16 * i;
        if (is_extended(e[4])) {
            if (extended == 0) extended = vmm_le32(e + 8);
        } else {
            mbr_add(d, i + 1, e, vmm_le32(e + 8), r->size);
        }
    }
    return extended ? mbr_logical(r, extended, d, err) : 0;
}

int vmm_table_read(const struct vmm_reader *r, uint32_t sector, struct vmm_disk *d, struct vmm_error *err) {
    uint8_t s[512] = {0};
    struct gpt g;
    d->scheme = VMM_SCHEME_NONE;
    d->sector_size = sector ? sector : 512;
    if (r->size < 512) return vmm_fail(err, VMM_E_BROKEN, NULL, _("the disk is smaller than one sector"));
    if (r->read(r->ctx, 0, s, 512, err) < 0) return -1;
    d->mbr_signature = vmm_le32(s + 440);
    bool table = is_table(s), protective = false;
    for (int i = 0; table && i < 4; i++) protective |= s[446 + 16 * i + 4] == 0xee;
    int gpt = protective || !table ? gpt_find(r, sector, &g, err) : 0; /* an old GPT behind a plain MBR does not count */
    if (gpt < 0) return -1;
    if (gpt) {
        d->scheme = VMM_SCHEME_GPT;
        d->sector_size = g.sector;
        memcpy(d->gpt_guid, g.header + 56, 16);
        gpt_parts(&g, r->size, d);
        free(g.entries);
        char guid[39];
        vmm_guid_text(d->gpt_guid, guid);
        d->identity = vmm_printf("gpt:%s", guid);
        return 0;
    }
    if (protective)
        return vmm_fail(err, VMM_E_BROKEN, _("Is the copy complete? On a copy of the disk, gdisk can repair the table."),
                        _("the disk has a GPT partition table, and both its copies are damaged"));
    if (table) {
        d->scheme = VMM_SCHEME_MBR;
        if (mbr_parts(r, s, d, err) < 0) return -1;
    }
    /* without a table nothing names the disk but its first sector, which nobody changes */
    d->identity = vmm_printf("%s:%08x:%llu", table ? "mbr" : "bare", table ? d->mbr_signature : vmm_crc32(s, 512),
                             (unsigned long long)r->size);
    return 0;
}
