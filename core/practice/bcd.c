/* The boot store of a practice disk: the objects and elements that Setup leaves on a server, each as a line of a table.
 * Which element of which object has which form was read off real stores; every identity comes from the disk being made.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "practice/room.h"

#define BOOTMGR PRACTICE_BOOTMGR
#define FWBOOTMGR "{a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba}"
#define MEMDIAG "{b2721d73-1db4-4c62-bf78-c548a880142d}"
#define DBGSETTINGS "{4636856e-540f-4170-a130-a84776f4c654}"
#define EMSSETTINGS "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}"
#define BADMEMORY "{5189b25c-5558-4bf2-bca4-289b11bd29e2}"
#define GLOBALSETTINGS "{7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e}"
#define BOOTLOADERSETTINGS "{6efb52bf-1766-41db-a6b3-0ee5eff72bd7}"
#define HYPERVISORSETTINGS "{7ff607e0-4395-11db-b0de-0800200c9a66}"
#define RESUMELOADERSETTINGS "{1afa9c49-16ab-4a5c-901b-212802da9460}"
/* minted by Setup on each machine; these are ours */
#define RESUME "{2b6f0c51-3a8e-11ee-9d4a-00155d0a1b04}"
#define LOADER PRACTICE_LOADER
#define RECOVERY "{2b6f0c53-3a8e-11ee-9d4a-00155d0a1b04}"
#define RECOVERY_OPTIONS "{2b6f0c54-3a8e-11ee-9d4a-00155d0a1b04}"

enum { ANY, BIOS, EFI }; /* which generation has the line: any, 1, 2 */
enum { BOOT_PARTITION, WINDOWS_PARTITION, RECOVERY_IMAGE }; /* what a device element names */

/* An OBJECT line begins an object; the lines below it are its elements. The second digit of the id tells the form. */
struct line {
    int gen;
    const char *object;
    uint32_t id;      /* type of the object, or id of the element */
    uint64_t number;  /* device, integer, boolean */
    const char *text; /* string, object, object list (one a line) */
};
#define OBJECT(gen, guid, type) {gen, guid, type, 0, NULL}
#define TEXT(gen, id, value) {gen, NULL, id, 0, value}
#define NUMBER(id, value) {ANY, NULL, id, value, NULL}

static const struct line lines[] = {
    OBJECT(ANY, BOOTMGR, 0x10100002),
    NUMBER(0x11000001, BOOT_PARTITION),                          /* device */
    TEXT(EFI, 0x12000002, "\\EFI\\Microsoft\\Boot\\bootmgfw.efi"), /* path; BIOS stores have none: the boot sector knows \bootmgr */
    TEXT(ANY, 0x12000004, "Windows Boot Manager"),               /* description */
    TEXT(ANY, 0x12000005, "en-US"),                              /* locale */
    TEXT(ANY, 0x14000006, GLOBALSETTINGS),                       /* inherit */
    NUMBER(0x16000060, 1),                                       /* isolatedcontext */
    TEXT(ANY, 0x23000003, LOADER),                               /* default */
    TEXT(ANY, 0x23000006, RESUME),                               /* resumeobject */
    TEXT(ANY, 0x24000001, LOADER),                               /* displayorder */
    TEXT(ANY, 0x24000010, MEMDIAG),                              /* toolsdisplayorder */
    NUMBER(0x25000004, 30),                                      /* timeout */

    OBJECT(EFI, FWBOOTMGR, 0x10100001),
    TEXT(EFI, 0x24000001, BOOTMGR),
    {EFI, NULL, 0x25000004, 0, NULL},

    OBJECT(ANY, LOADER, 0x10200003),
    NUMBER(0x11000001, WINDOWS_PARTITION),
    TEXT(BIOS, 0x12000002, "\\Windows\\system32\\winload.exe"),
    TEXT(EFI, 0x12000002, "\\Windows\\system32\\winload.efi"),
    TEXT(ANY, 0x12000004, "Windows Server 2022"),
    TEXT(ANY, 0x12000005, "en-US"),
    TEXT(ANY, 0x14000006, BOOTLOADERSETTINGS),
    TEXT(ANY, 0x14000008, RECOVERY),                             /* recoverysequence */
    NUMBER(0x15000066, 3),                                       /* displaymessageoverride: Recovery */
    NUMBER(0x16000009, 1),                                       /* recoveryenabled */
    NUMBER(0x16000060, 1),                                       /* isolatedcontext */
    NUMBER(0x17000077, 0x15000075),                              /* allowedinmemorysettings */
    NUMBER(0x21000001, WINDOWS_PARTITION),                       /* osdevice */
    TEXT(ANY, 0x22000002, "\\Windows"),                          /* systemroot */
    TEXT(ANY, 0x23000003, RESUME),                               /* resumeobject */
    NUMBER(0x25000020, 1),                                       /* nx: OptOut, as servers have it */
    NUMBER(0x250000c2, 1),                                       /* bootmenupolicy: Standard */

    OBJECT(ANY, RECOVERY, 0x10200003),
    NUMBER(0x11000001, RECOVERY_IMAGE),
    TEXT(BIOS, 0x12000002, "\\windows\\system32\\winload.exe"),
    TEXT(EFI, 0x12000002, "\\windows\\system32\\winload.efi"),
    TEXT(ANY, 0x12000004, "Windows Recovery Environment"),
    TEXT(ANY, 0x12000005, "en-us"),
    TEXT(ANY, 0x14000006, BOOTLOADERSETTINGS),
    NUMBER(0x15000065, 3),                                       /* displaymessage: Recovery */
    NUMBER(0x21000001, RECOVERY_IMAGE),
    TEXT(ANY, 0x22000002, "\\windows"),
    NUMBER(0x25000020, 0),
    NUMBER(0x250000c2, 1),
    NUMBER(0x26000022, 1),                                       /* winpe */
    NUMBER(0x46000010, 1),                                       /* marks a recovery system; bcdedit has no name for it */

    OBJECT(ANY, RECOVERY_OPTIONS, 0x30000000),
    TEXT(ANY, 0x12000004, "Windows Recovery"),
    NUMBER(0x31000003, WINDOWS_PARTITION),                       /* ramdisksdidevice */
    TEXT(ANY, 0x32000004, "\\Recovery\\WindowsRE\\boot.sdi"),    /* ramdisksdipath */

    OBJECT(ANY, RESUME, 0x10200004),
    NUMBER(0x11000001, WINDOWS_PARTITION),
    TEXT(BIOS, 0x12000002, "\\Windows\\system32\\winresume.exe"),
    TEXT(EFI, 0x12000002, "\\Windows\\system32\\winresume.efi"),
    TEXT(ANY, 0x12000004, "Windows Resume Application"),
    TEXT(ANY, 0x12000005, "en-US"),
    TEXT(ANY, 0x14000006, RESUMELOADERSETTINGS),
    TEXT(ANY, 0x14000008, RECOVERY),
    NUMBER(0x16000009, 1),
    NUMBER(0x16000060, 1),
    NUMBER(0x17000077, 0x15000075),
    NUMBER(0x21000001, WINDOWS_PARTITION),                       /* filedevice */
    NUMBER(0x21000026, WINDOWS_PARTITION),
    TEXT(ANY, 0x22000002, "\\hiberfil.sys"),                     /* filepath */
    NUMBER(0x25000008, 1),                                       /* bootmenupolicy */
    NUMBER(0x26000006, 0),                                       /* debugoptionenabled */

    OBJECT(ANY, MEMDIAG, 0x10200005),
    NUMBER(0x11000001, BOOT_PARTITION),
    TEXT(BIOS, 0x12000002, "\\boot\\memtest.exe"),
    TEXT(EFI, 0x12000002, "\\EFI\\Microsoft\\Boot\\memtest.efi"),
    TEXT(ANY, 0x12000004, "Windows Memory Diagnostic"),
    TEXT(ANY, 0x12000005, "en-US"),
    TEXT(ANY, 0x14000006, GLOBALSETTINGS),
    NUMBER(0x1600000b, 1),                                       /* badmemoryaccess */

    OBJECT(ANY, EMSSETTINGS, 0x20100000),
    NUMBER(0x16000020, 0),                                       /* bootems */
    OBJECT(ANY, DBGSETTINGS, 0x20100000),
    NUMBER(0x15000011, 4),                                       /* debugtype: Local */
    OBJECT(ANY, BADMEMORY, 0x20100000),
    OBJECT(ANY, GLOBALSETTINGS, 0x20100000),
    TEXT(ANY, 0x14000006, DBGSETTINGS "\n" EMSSETTINGS "\n" BADMEMORY),
    OBJECT(ANY, BOOTLOADERSETTINGS, 0x20200003),
    TEXT(ANY, 0x14000006, GLOBALSETTINGS "\n" HYPERVISORSETTINGS),
    OBJECT(ANY, HYPERVISORSETTINGS, 0x20200003),
    NUMBER(0x250000f3, 0),                                       /* hypervisordebugtype: Serial */
    NUMBER(0x250000f4, 1),                                       /* hypervisordebugport */
    NUMBER(0x250000f5, 115200),                                  /* hypervisorbaudrate */
    OBJECT(ANY, RESUMELOADERSETTINGS, 0x20200004),
    TEXT(ANY, 0x14000006, GLOBALSETTINGS),
};

/* ---- device elements ---- */

enum { FRAME = 16, PARTITION_LEN = 72, RAMDISK_HEAD = 0x44 };

/* A partition as boot applications name it: type 6, then the partition's and the disk's identity. `d` is zeroed. */
static void partition_put(uint8_t d[PARTITION_LEN], const struct vmm_practice_ids *ids, bool windows) {
    vmm_put32(d, 6);
    vmm_put32(d + 8, PARTITION_LEN);
    if (ids->gen == 1) {
        vmm_put64(d + 0x10, windows ? ids->windows_offset : ids->boot_offset);
        vmm_put32(d + 0x24, 1); /* MBR */
        vmm_put32(d + 0x28, ids->mbr_signature);
    } else {
        memcpy(d + 0x10, windows ? ids->windows_part_guid : ids->boot_part_guid, 16);
        memcpy(d + 0x28, ids->disk_guid, 16);
    }
}

/* The recovery image in memory: a ramdisk made of a file on the Windows partition, with its options object in front. */
static void recovery_put(struct vmm_hive_builder *b, const char *path, const struct vmm_practice_ids *ids) {
    size_t name;
    uint8_t *file = vmm_utf8_to_utf16("\\Recovery\\WindowsRE\\Winre.wim", &name);
    size_t total = RAMDISK_HEAD + PARTITION_LEN + name + 2;
    uint8_t *d = vmm_alloc(1, total);
    vmm_guid_parse(RECOVERY_OPTIONS, d);
    vmm_put32(d + 0x14, 1);
    vmm_put32(d + 0x18, (uint32_t)(total - FRAME));
    vmm_put32(d + 0x20, 3);
    vmm_put32(d + 0x38, 1); /* path: version, length from here, kind */
    vmm_put32(d + 0x3c, (uint32_t)(total - 0x38));
    vmm_put32(d + 0x40, 5);
    partition_put(d + RAMDISK_HEAD, ids, true);
    memcpy(d + RAMDISK_HEAD + PARTITION_LEN, file, name);
    vmm_builder_set(b, path, "Element", VMM_REG_BINARY, d, total);
    free(file);
    free(d);
}

static void device_put(struct vmm_hive_builder *b, const char *path, uint64_t what, const struct vmm_practice_ids *ids) {
    if (what == RECOVERY_IMAGE) {
        recovery_put(b, path, ids);
        return;
    }
    uint8_t d[FRAME + PARTITION_LEN] = {0};
    partition_put(d + FRAME, ids, what == WINDOWS_PARTITION);
    vmm_builder_set(b, path, "Element", VMM_REG_BINARY, d, sizeof d);
}

/* ---- the store ---- */

static void element_put(struct vmm_hive_builder *b, const char *object, const struct line *line, const struct vmm_practice_ids *ids) {
    char *path = vmm_printf("Objects\\%s\\Elements\\%08x", object, line->id);
    uint8_t number[8];
    vmm_put64(number, line->number);
    switch (line->id >> 24 & 15) {
    case 1: device_put(b, path, line->number, ids); break;
    case 4: vmm_builder_string(b, path, "Element", VMM_REG_MULTI_SZ, line->text); break;
    case 5:
    case 7: vmm_builder_set(b, path, "Element", VMM_REG_BINARY, number, 8); break;
    case 6: vmm_builder_set(b, path, "Element", VMM_REG_BINARY, number, 1); break;
    default: vmm_builder_string(b, path, "Element", VMM_REG_SZ, line->text);
    }
    free(path);
}

static void object_put(struct vmm_hive_builder *b, const char *object, uint32_t type) {
    char *path = vmm_printf("Objects\\%s\\Description", object);
    vmm_builder_dword(b, path, "Type", type);
    free(path);
    path = vmm_printf("Objects\\%s\\Elements", object);
    vmm_builder_key(b, path);
    free(path);
}

static void scenario_put(struct vmm_hive_builder *b, const struct vmm_scenario *s, const struct vmm_practice_ids *ids) {
    const struct line safeboot = NUMBER(0x25000080, (uint64_t)s->safeboot), shell = NUMBER(0x26000081, 1);
    if (s->safeboot >= 0) element_put(b, LOADER, &safeboot, ids);
    if (s->alternate_shell) element_put(b, LOADER, &shell, ids);
}

uint8_t *vmm_practice_bcd(const struct vmm_scenario *s, const struct vmm_practice_ids *ids, size_t *len) {
    struct vmm_hive_builder *b = vmm_builder_new("NewStoreRoot", 3);
    vmm_builder_string(b, "Description", "KeyName", VMM_REG_SZ, "BCD00000000");
    vmm_builder_dword(b, "Description", "System", 1);
    vmm_builder_dword(b, "Description", "TreatAsSystem", 1);
    const char *object = NULL;
    for (size_t i = 0; i < VMM_COUNT(lines); i++) {
        if (lines[i].gen != ANY && lines[i].gen != ids->gen) continue;
        if (lines[i].object) object_put(b, object = lines[i].object, lines[i].id);
        else element_put(b, object, &lines[i], ids);
    }
    scenario_put(b, s, ids);
    vmm_practice_twist(b, "BCD", "", s);
    return vmm_builder_finish(b, 27, len);
}
