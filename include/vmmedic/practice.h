/* Practice disks: small real disks with real file systems, hives and a boot store that our own code builds from nothing.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_PRACTICE_H
#define VMMEDIC_PRACTICE_H
#include <stddef.h>
#include <stdint.h>

#include "vmmedic/error.h"

struct practice_row; /* core/practice/room.h */

struct vmm_scenario {
    const char *name;    /* "safe-mode-minimal"; of a fix: its id in small letters */
    const char *title;   /* N_() */
    long safeboot;       /* -1: no element; 0, 1, 2 */
    int alternate_shell;
    const struct practice_row *rows; /* what else is other than on a healthy disk */
    size_t row_count;
    const char *fix;     /* the id of the fix that it is for; NULL: none or several */
};
const struct vmm_scenario *vmm_scenario_at(size_t index);          /* NULL past the end */
const struct vmm_scenario *vmm_scenario_by_name(const char *name); /* NULL: none */

struct vmm_practice {
    const char *file;      /* must not exist; ".qcow2" makes a qcow2, ".vhd", ".vhdx", ".vmdk" those, anything else raw (sparse) */
    const char *scenario;
    int gen;               /* 1: MBR with System Reserved, 2: GPT with ESP and MSR */
};
/* Makes the disks in one appliance start. A file that exists is refused (VMM_E_USAGE); when one fails, none of the
 * files this call made is left. 0 or -1. */
int vmm_practice_make(const struct vmm_practice *list, size_t count, struct vmm_progress progress, struct vmm_error *err);

/* The hives alone, for tests and the folder engine: the caller frees. part_guid etc. describe where the system partitions are. */
struct vmm_practice_ids {
    int gen;
    uint8_t disk_guid[16], boot_part_guid[16], windows_part_guid[16];
    uint32_t mbr_signature;
    uint64_t boot_offset, windows_offset;
};
uint8_t *vmm_practice_bcd(const struct vmm_scenario *s, const struct vmm_practice_ids *ids, size_t *len);
uint8_t *vmm_practice_system(const struct vmm_scenario *s, const struct vmm_practice_ids *ids, size_t *len);
uint8_t *vmm_practice_software(const struct vmm_scenario *s, size_t *len);
#endif
