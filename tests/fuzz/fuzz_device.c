/* Any bytes as one element of a boot store, devices before all: decoded and printed, beside no disk, a GPT disk and an MBR disk; what is made for a partition
 * is understood as that partition.
 * The input: four bytes of element id, one of registry type, then the data.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/base.h"
#include "bcd/room.h"
#include "tests/fuzz/fuzz.h"

static struct vmm_part parts[3];
static struct vmm_disk disks[2];
static struct vmm_hive *hive;
static struct vmm_bcd *store;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    struct vmm_hive_builder *b = vmm_builder_new("NewStoreRoot", 3);
    size_t len;
    vmm_builder_dword(b, "Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Description", "Type", 0x10100002);
    uint8_t *bytes = vmm_builder_finish(b, 1, &len);
    hive = vmm_hive_open(bytes, len, NULL, NULL);
    free(bytes);
    MUST(hive);
    store = vmm_bcd_open(hive, NULL);
    MUST(store && store->count == 1);
    for (size_t i = 0; i < VMM_COUNT(parts); i++) {
        parts[i] = (struct vmm_part){.number = (int)i + 1, .offset = (i + 1) << 20, .size = 1 << 20, .mbr_type = 7};
        memset(parts[i].guid, 0x11 * ((int)i + 1), 16);
    }
    disks[0] = (struct vmm_disk){.scheme = VMM_SCHEME_GPT, .sector_size = 512, .parts = parts, .part_count = VMM_COUNT(parts)};
    memset(disks[0].gpt_guid, 0xdd, 16);
    disks[1] = (struct vmm_disk){.scheme = VMM_SCHEME_MBR, .sector_size = 512, .mbr_signature = 0x28cd42d6, .parts = parts, .part_count = VMM_COUNT(parts)};
    for (size_t i = 0; i < VMM_COUNT(disks); i++)
        for (int part = 1; part <= 3; part++) {
            uint8_t made[88];
            struct vmm_bcd_device d;
            MUST(vmm_bcd_device_make(&disks[i], part, made) == 0);
            struct vmm_bcd_element e = {.id = VMM_BCD_DEVICE_EL, .reg_type = VMM_REG_BINARY, .data = made, .len = sizeof made};
            vmm_bcd_device(&e, &disks[i], &d);
            MUST(d.kind == VMM_DEV_PARTITION && d.part == part);
            vmm_bcd_device_clear(&d);
        }
    return 0;
}

static void decode(const struct vmm_bcd_element *e, const struct vmm_disk *disk) {
    struct vmm_bcd_device d;
    vmm_bcd_device(e, disk, &d);
    MUST(d.part >= 0 && d.part <= 3 && d.part_moved >= 0 && d.part_moved <= 3);
    MUST(d.part == 0 || d.part_moved == 0);
    if (d.part) MUST(disk);
    if (d.path) MUST(vmm_is_utf8(d.path));
    MUST(strlen(d.options_guid) < sizeof d.options_guid);
    vmm_bcd_device_clear(&d);
    for (int verbose = 0; verbose < 2; verbose++) {
        struct vmm_bcd_view view = {.disk = disk, .verbose = verbose};
        char *text = vmm_bcd_value_text(store, &store->objects[0], e, &view);
        fuzz_shown(text, false);
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 5) return 0;
    uint8_t *copy = vmm_memdup(data + 5, size - 5);
    char name[] = "00000000";
    struct vmm_bcd_element e = {.id = vmm_le32(data), .key_name = name, .reg_type = data[4], .data = copy, .len = size - 5};
    unsigned format = vmm_bcd_format_of(e.id);
    /* what vmm_bcd_open would have called bad is shown raw; the rest is decoded */
    bool fits = format == VMM_BCD_DEVICE ? e.reg_type == VMM_REG_BINARY : format == VMM_BCD_STRING || format == VMM_BCD_OBJECT ? e.reg_type == VMM_REG_SZ :
                format == VMM_BCD_OBJECT_LIST ? e.reg_type == VMM_REG_MULTI_SZ : format == VMM_BCD_INTEGER ? e.reg_type == VMM_REG_BINARY && e.len >= 1 && e.len <= 8 :
                format == VMM_BCD_BOOLEAN ? e.reg_type == VMM_REG_BINARY && e.len >= 1 && e.len <= 8 : format == VMM_BCD_INTEGER_LIST && e.reg_type == VMM_REG_BINARY && e.len % 8 == 0;
    e.bad = !fits;
    decode(&e, NULL);
    decode(&e, &disks[0]);
    decode(&e, &disks[1]);
    free(copy);
    return 0;
}
