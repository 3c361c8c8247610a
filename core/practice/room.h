/* What the files of this room share: registry values as table rows, and the steps of making a disk.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_PRACTICE_ROOM_H
#define VMM_PRACTICE_ROOM_H
#include <guestfs.h>

#include "base/base.h"
#include "vmmedic/hive.h"
#include "vmmedic/practice.h"

/* One line of a table that becomes a hive: a KEY line names the key for the value lines below it. */
struct practice_row {
    const char *key;    /* KEY lines only */
    const char *name;
    uint32_t type;
    uint32_t number;    /* REG_DWORD */
    const char *text;   /* text types; REG_BINARY and REG_QWORD as hex digits */
};
#define PRACTICE_NIC "{7c1c1b0a-5d1e-4c53-9a57-3f1d3a6e8b21}"
#define KEY(path) {path, NULL, 0, 0, NULL}
#define DWORD(name, value) {NULL, name, VMM_REG_DWORD, value, NULL}
#define SZ(name, value) {NULL, name, VMM_REG_SZ, 0, value}
#define EXPAND(name, value) {NULL, name, VMM_REG_EXPAND_SZ, 0, value}
#define LIST(name, lines) {NULL, name, VMM_REG_MULTI_SZ, 0, lines}
#define HEX(name, digits) {NULL, name, VMM_REG_BINARY, 0, digits}
#define DROP(name) {NULL, name, PRACTICE_DROP, 0, NULL} /* takes the value out again */
#define PRACTICE_DROP 0xffffffffu

/* Puts a table into the hive, all keys below BASE ("" for none). */
void vmm_practice_rows(struct vmm_hive_builder *b, const char *base, const struct practice_row *rows, size_t count);

/* What a scenario changes: its KEY lines begin with the part they belong to, "SET\\", "SYSTEM\\", "SOFTWARE\\" or "BCD\\"; only those of PART are put, below BASE
 * (scenarios.c). */
void vmm_practice_twist(struct vmm_hive_builder *b, const char *part, const char *base, const struct vmm_scenario *s);
/* The loader of practice disks, for the scenarios that change it. */
#define PRACTICE_LOADER "{2b6f0c52-3a8e-11ee-9d4a-00155d0a1b04}"
#define PRACTICE_BOOTMGR "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"

/* Windows' services and drivers, and the lists that safe mode starts, below CONTROL_SET (services.c). */
void vmm_practice_services(struct vmm_hive_builder *b, const char *control_set);

/* An empty sparse image of SIZE bytes in the format its name asks for (image.c). */
const char *vmm_practice_format(const char *file);
int vmm_practice_image(const char *file, uint64_t size, struct vmm_error *err);

/* Where the partitions of a practice disk are, and the names that tell this disk from every other (layout.c). */
#define PRACTICE_DISK_SIZE (UINT64_C(384) << 20)
struct practice_layout {
    struct vmm_practice_ids ids;
    uint8_t msr_guid[16];
    uint64_t boot_size, msr_offset, msr_size, windows_size;
    int windows_number; /* of the partition */
};
void vmm_practice_layout(struct practice_layout *l, int gen); /* with fresh random identities */

/* A run of bytes for the empty disk; everything between runs is zero. */
struct practice_run {
    uint64_t offset;
    uint8_t *data;
    size_t len;
};
enum { PRACTICE_RUNS = 2 };
/* The partition tables, and what makes the ESP an empty FAT32 (mkfs takes FAT16 for so small a one, firmware wants FAT32).
 * Both fill at most PRACTICE_RUNS, whose data the caller frees; offsets count from the start of the disk. They return how many. */
size_t vmm_practice_table(const struct practice_layout *l, struct practice_run runs[PRACTICE_RUNS]);
size_t vmm_practice_fat32(const struct practice_layout *l, struct practice_run runs[PRACTICE_RUNS]);

/* Partitions, file systems and files on one empty disk of a started appliance (disk.c). */
int vmm_practice_fill(guestfs_h *g, const char *device, const struct vmm_scenario *s, int gen, struct vmm_error *err);
#endif
