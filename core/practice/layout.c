/* Partition tables as Windows Setup lays them out, and an empty FAT32: bytes made here and written in two or three strokes, because every
 * partition tool that runs inside the appliance costs a second.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "practice/room.h"

#define MIB (UINT64_C(1) << 20)
enum { SECTOR = 512, GPT_ENTRIES = 128, GPT_ENTRY = 128, GPT_SECTORS = 33 };

static void random_bytes(void *to, size_t len) {
    uint8_t *next = to;
    while (len) {
        ssize_t got = getrandom(next, len, 0);
        if (got < 0 && errno != EINTR) abort(); /* cannot be for these lengths on any kernel that has the call */
        if (got > 0) {
            next += got;
            len -= (size_t)got;
        }
    }
}

static void random_guid(uint8_t guid[16]) {
    random_bytes(guid, 16);
    guid[7] = (uint8_t)((guid[7] & 0x0f) | 0x40); /* version 4, in Windows' byte order */
    guid[8] = (uint8_t)((guid[8] & 0x3f) | 0x80);
}

void vmm_practice_layout(struct practice_layout *l, int gen) {
    *l = (struct practice_layout){.ids.gen = gen, .ids.boot_offset = MIB, .boot_size = 64 * MIB, .windows_number = 2};
    uint64_t next = l->ids.boot_offset + l->boot_size;
    if (gen == 1) {
        random_bytes(&l->ids.mbr_signature, sizeof l->ids.mbr_signature);
        if (!l->ids.mbr_signature) l->ids.mbr_signature = 1; /* 0 is no signature */
    } else {
        random_guid(l->ids.disk_guid);
        random_guid(l->ids.boot_part_guid);
        random_guid(l->ids.windows_part_guid);
        random_guid(l->msr_guid);
        l->msr_offset = next;
        l->msr_size = 16 * MIB;
        next += l->msr_size;
        l->windows_number = 3;
    }
    l->ids.windows_offset = next;
    l->windows_size = PRACTICE_DISK_SIZE - next - MIB;
}

static uint8_t *run_new(struct practice_run *run, uint64_t offset, size_t len) {
    *run = (struct practice_run){offset, vmm_alloc(1, len), len};
    return run->data;
}

/* ---- MBR ---- */

static void mbr_entry(uint8_t *entry, uint8_t active, uint8_t type, uint64_t offset, uint64_t size) {
    static const uint8_t beyond_chs[3] = {0xfe, 0xff, 0xff};
    entry[0] = active;
    memcpy(entry + 1, beyond_chs, 3);
    entry[4] = type;
    memcpy(entry + 5, beyond_chs, 3);
    vmm_put32(entry + 8, (uint32_t)(offset / SECTOR));
    vmm_put32(entry + 12, (uint32_t)(size / SECTOR));
}

static void mbr_put(uint8_t *sector, const struct practice_layout *l) {
    memcpy(sector, "\xcd\x18", 2); /* no boot code: hand back to the firmware */
    if (l->ids.gen == 1) {
        vmm_put32(sector + 0x1b8, l->ids.mbr_signature);
        mbr_entry(sector + 0x1be, 0x80, 0x07, l->ids.boot_offset, l->boot_size);
        mbr_entry(sector + 0x1ce, 0, 0x07, l->ids.windows_offset, l->windows_size);
    } else {
        mbr_entry(sector + 0x1be, 0, 0xee, SECTOR, PRACTICE_DISK_SIZE - SECTOR);
    }
    vmm_put16(sector + 0x1fe, 0xaa55);
}

/* ---- GPT ---- */

static uint32_t crc32(const uint8_t *data, size_t len) {
    uint32_t crc = UINT32_C(0xffffffff);
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
    }
    return ~crc;
}

static void gpt_entry(uint8_t *entry, const char *type, const uint8_t guid[16], uint64_t offset, uint64_t size, uint64_t flags, const char *name) {
    size_t bytes;
    uint8_t *utf16 = vmm_utf8_to_utf16(name, &bytes);
    vmm_guid_parse(type, entry);
    memcpy(entry + 16, guid, 16);
    vmm_put64(entry + 32, offset / SECTOR);
    vmm_put64(entry + 40, (offset + size) / SECTOR - 1);
    vmm_put64(entry + 48, flags);
    memcpy(entry + 56, utf16, bytes);
    free(utf16);
}

static void gpt_entries(uint8_t *entries, const struct practice_layout *l) {
    const uint64_t no_letter = UINT64_C(1) << 63, basic = 0;
    gpt_entry(entries, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", l->ids.boot_part_guid, l->ids.boot_offset, l->boot_size, no_letter,
              "EFI system partition");
    gpt_entry(entries + GPT_ENTRY, "e3c9e316-0b5c-4db8-817d-f92df00215ae", l->msr_guid, l->msr_offset, l->msr_size, no_letter,
              "Microsoft reserved partition");
    gpt_entry(entries + 2 * GPT_ENTRY, "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", l->ids.windows_part_guid, l->ids.windows_offset,
              l->windows_size, basic, "Basic data partition");
}

static void gpt_header(uint8_t *header, const struct practice_layout *l, const uint8_t *entries, bool backup) {
    const uint64_t last = PRACTICE_DISK_SIZE / SECTOR - 1;
    memcpy(header, "EFI PART", 8);
    vmm_put32(header + 8, 0x10000);
    vmm_put32(header + 12, 92);
    vmm_put64(header + 24, backup ? last : 1);
    vmm_put64(header + 32, backup ? 1 : last);
    vmm_put64(header + 40, GPT_SECTORS + 1);
    vmm_put64(header + 48, last - GPT_SECTORS);
    memcpy(header + 56, l->ids.disk_guid, 16);
    vmm_put64(header + 72, backup ? last - (GPT_SECTORS - 1) : 2);
    vmm_put32(header + 80, GPT_ENTRIES);
    vmm_put32(header + 84, GPT_ENTRY);
    vmm_put32(header + 88, crc32(entries, GPT_ENTRIES * GPT_ENTRY));
    vmm_put32(header + 16, crc32(header, 92));
}

size_t vmm_practice_table(const struct practice_layout *l, struct practice_run runs[PRACTICE_RUNS]) {
    if (l->ids.gen == 1) {
        mbr_put(run_new(&runs[0], 0, SECTOR), l);
        return 1;
    }
    uint8_t *first = run_new(&runs[0], 0, (1 + GPT_SECTORS) * SECTOR);
    mbr_put(first, l);
    gpt_entries(first + 2 * SECTOR, l);
    gpt_header(first + SECTOR, l, first + 2 * SECTOR, false);
    uint8_t *backup = run_new(&runs[1], PRACTICE_DISK_SIZE - GPT_SECTORS * SECTOR, GPT_SECTORS * SECTOR);
    gpt_entries(backup, l);
    gpt_header(backup + (GPT_SECTORS - 1) * SECTOR, l, backup, true);
    return 2;
}

/* ---- FAT32 ---- */

enum { RESERVED = 32, FATS = 2, ROOT = 2 };

static void fat_boot_sector(uint8_t *boot, const struct practice_layout *l, uint32_t fat_sectors) {
    memcpy(boot, "\xeb\x58\x90MSDOS5.0", 11);
    vmm_put16(boot + 11, SECTOR);
    boot[13] = 1; /* sectors in a cluster: with fewer than 65525 clusters it would not be FAT32 */
    vmm_put16(boot + 14, RESERVED);
    boot[16] = FATS;
    boot[21] = 0xf8; /* fixed disk */
    vmm_put16(boot + 24, 63);
    vmm_put16(boot + 26, 255);
    vmm_put32(boot + 28, (uint32_t)(l->ids.boot_offset / SECTOR));
    vmm_put32(boot + 32, (uint32_t)(l->boot_size / SECTOR));
    vmm_put32(boot + 36, fat_sectors);
    vmm_put32(boot + 44, ROOT);
    vmm_put16(boot + 48, 1); /* information sector */
    vmm_put16(boot + 50, 6); /* copy of the boot sector */
    boot[64] = 0x80;
    boot[66] = 0x29;
    memcpy(boot + 67, l->ids.boot_part_guid, 4); /* serial number */
    memcpy(boot + 71, "NO NAME    FAT32   ", 19);
    memcpy(boot + 90, "\xcd\x18", 2);
    vmm_put16(boot + 510, 0xaa55);
}

static void fat_information(uint8_t *sector, uint32_t free_clusters) {
    vmm_put32(sector, UINT32_C(0x41615252));
    vmm_put32(sector + 484, UINT32_C(0x61417272));
    vmm_put32(sector + 488, free_clusters);
    vmm_put32(sector + 492, ROOT);
    vmm_put32(sector + 508, UINT32_C(0xaa550000));
}

static void fat_start(uint8_t *fat) {
    vmm_put32(fat, UINT32_C(0x0ffffff8));
    vmm_put32(fat + 4, UINT32_C(0x0fffffff));
    vmm_put32(fat + 8, UINT32_C(0x0fffffff)); /* the root folder's one cluster */
}

size_t vmm_practice_fat32(const struct practice_layout *l, struct practice_run runs[PRACTICE_RUNS]) {
    const uint32_t sectors = (uint32_t)(l->boot_size / SECTOR), entries = SECTOR / 4;
    /* s sectors of FAT serve entries*s clusters: the smallest s that serves what two FATs of s sectors leave over */
    const uint32_t fat = (sectors - RESERVED + 2 + entries + FATS - 1) / (entries + FATS), clusters = sectors - RESERVED - FATS * fat;
    uint8_t *first = run_new(&runs[0], l->ids.boot_offset, (size_t)(RESERVED + 1) * SECTOR);
    fat_boot_sector(first, l, fat);
    fat_information(first + SECTOR, clusters - 1);
    vmm_put16(first + 2 * SECTOR + 510, 0xaa55);
    memcpy(first + 6 * SECTOR, first, 3 * SECTOR);
    fat_start(first + RESERVED * SECTOR);
    fat_start(run_new(&runs[1], l->ids.boot_offset + (uint64_t)(RESERVED + fat) * SECTOR, SECTOR));
    return 2;
}
