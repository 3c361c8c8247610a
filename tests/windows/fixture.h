/* A Windows in a temporary folder, built from nothing: what tests change of it, and the scan of the result.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TEST_FIXTURE_H
#define VMM_TEST_FIXTURE_H
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "vmmedic/fix.h"
#include "vmmedic/hive.h"
#include "vmmedic/volume.h"
#include "vmmedic/windows.h"

#define CORPUS "../shared/corpus"
#define BOOTMGR "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"
#define EMS "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}"
#define GLOBAL "{7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e}"
#define LOADER_SETTINGS "{6efb52bf-1766-41db-a6b3-0ee5eff72bd7}"
#define SERVER "{11111111-2222-3333-4444-555555555555}"
#define OTHER "{22222222-2222-3333-4444-555555555555}"
#define RECOVERY "{33333333-2222-3333-4444-555555555555}"

static const uint8_t disk_id[16] = {0xd1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t windows_id[16] = {0xc0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t second_id[16] = {0xd0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* ---- boot stores ---- */

static inline void bcd_object(struct vmm_hive_builder *b, const char *guid, uint32_t type) {
    char *path = vmm_printf("Objects\\%s\\Description", guid), *elements = vmm_printf("Objects\\%s\\Elements", guid);
    vmm_builder_dword(b, path, "Type", type);
    vmm_builder_key(b, elements);
    free(path);
    free(elements);
}
static inline void bcd_raw(struct vmm_hive_builder *b, const char *guid, const char *id, uint32_t type, const void *data, size_t len) {
    char *path = vmm_printf("Objects\\%s\\Elements\\%s", guid, id);
    vmm_builder_set(b, path, "Element", type, data, len);
    free(path);
}
static inline void bcd_text(struct vmm_hive_builder *b, const char *guid, const char *id, uint32_t type, const char *text) {
    char *path = vmm_printf("Objects\\%s\\Elements\\%s", guid, id);
    vmm_builder_string(b, path, "Element", type, text);
    free(path);
}
static inline void bcd_number(struct vmm_hive_builder *b, const char *guid, const char *id, uint64_t n) {
    uint8_t data[8];
    vmm_put64(data, n);
    bcd_raw(b, guid, id, VMM_REG_BINARY, data, sizeof data);
}
static inline void bcd_yes(struct vmm_hive_builder *b, const char *guid, const char *id, uint8_t yes) { bcd_raw(b, guid, id, VMM_REG_BINARY, &yes, 1); }
static inline void bcd_gpt(struct vmm_hive_builder *b, const char *guid, const char *id, const uint8_t part[16]) {
    uint8_t d[88] = {0};
    vmm_put32(d + 0x10, 6);
    vmm_put32(d + 0x18, 72);
    memcpy(d + 0x20, part, 16);
    memcpy(d + 0x38, disk_id, 16);
    bcd_raw(b, guid, id, VMM_REG_BINARY, d, sizeof d);
}
static inline void bcd_mbr(struct vmm_hive_builder *b, const char *guid, const char *id, uint32_t signature, uint64_t offset) {
    uint8_t d[88] = {0};
    vmm_put32(d + 0x10, 6);
    vmm_put32(d + 0x18, 72);
    vmm_put64(d + 0x20, offset);
    vmm_put32(d + 0x34, 1);
    vmm_put32(d + 0x38, signature);
    bcd_raw(b, guid, id, VMM_REG_BINARY, d, sizeof d);
}
static inline void bcd_boot_device(struct vmm_hive_builder *b, const char *guid, const char *id) {
    uint8_t d[88] = {0};
    vmm_put32(d + 0x10, 5);
    vmm_put32(d + 0x18, 72);
    bcd_raw(b, guid, id, VMM_REG_BINARY, d, sizeof d);
}
static inline void bcd_loader(struct vmm_hive_builder *b, const char *guid, const char *name, const uint8_t part[16]) {
    bcd_object(b, guid, 0x10200003);
    bcd_gpt(b, guid, "11000001", part);
    bcd_gpt(b, guid, "21000001", part);
    bcd_text(b, guid, "12000002", VMM_REG_SZ, "\\Windows\\system32\\winload.efi");
    bcd_text(b, guid, "12000004", VMM_REG_SZ, name);
    bcd_text(b, guid, "22000002", VMM_REG_SZ, "\\Windows");
    bcd_text(b, guid, "14000006", VMM_REG_MULTI_SZ, LOADER_SETTINGS);
}
static inline void bcd_recovery(struct vmm_hive_builder *b) {
    bcd_loader(b, RECOVERY, "Windows Recovery Environment", windows_id);
    bcd_yes(b, RECOVERY, "26000022", 1);
    bcd_yes(b, RECOVERY, "46000010", 1);
}
/* {bootmgr}, settings, one server entry. */
static inline struct vmm_hive_builder *bcd_new(void) {
    struct vmm_hive_builder *b = vmm_builder_new("NewStoreRoot", 3);
    vmm_builder_string(b, "Description", "KeyName", VMM_REG_SZ, "BCD00000000");
    bcd_object(b, BOOTMGR, 0x10100002);
    bcd_text(b, BOOTMGR, "12000004", VMM_REG_SZ, "Windows Boot Manager");
    bcd_text(b, BOOTMGR, "14000006", VMM_REG_MULTI_SZ, GLOBAL);
    bcd_number(b, BOOTMGR, "25000004", 30);
    bcd_object(b, GLOBAL, 0x20100000);
    bcd_text(b, GLOBAL, "14000006", VMM_REG_MULTI_SZ, EMS);
    bcd_object(b, EMS, 0x20100000);
    bcd_yes(b, EMS, "16000020", 0);
    bcd_object(b, LOADER_SETTINGS, 0x20200003);
    bcd_text(b, LOADER_SETTINGS, "14000006", VMM_REG_MULTI_SZ, GLOBAL);
    bcd_loader(b, SERVER, "Windows Server", windows_id);
    return b;
}
static inline void bcd_default(struct vmm_hive_builder *b, const char *guid) {
    bcd_text(b, BOOTMGR, "23000003", VMM_REG_SZ, guid);
    bcd_text(b, BOOTMGR, "24000001", VMM_REG_MULTI_SZ, guid);
}

/* ---- hives ---- */

static inline void system_set(struct vmm_hive_builder *b, unsigned n) {
    char stem[32], path[128];
    snprintf(stem, sizeof stem, "ControlSet%03u", n);
    static const char *const keys[] = {"Control", "Services", "Enum", "Control\\CrashControl", "Control\\SafeBoot\\Minimal", "Control\\SafeBoot\\Network\\TermService"};
    for (size_t i = 0; i < VMM_COUNT(keys); i++) {
        snprintf(path, sizeof path, "%s\\%s", stem, keys[i]);
        vmm_builder_key(b, path);
    }
    snprintf(path, sizeof path, "%s\\Control\\CrashControl", stem);
    vmm_builder_dword(b, path, "CrashDumpEnabled", 7);
    vmm_builder_string(b, path, "DumpFile", VMM_REG_EXPAND_SZ, "%SystemRoot%\\MEMORY.DMP");
    snprintf(path, sizeof path, "%s\\Control\\ProductOptions", stem);
    vmm_builder_string(b, path, "ProductType", VMM_REG_SZ, "ServerNT");
    snprintf(path, sizeof path, "%s\\Control\\ComputerName\\ComputerName", stem);
    vmm_builder_string(b, path, "ComputerName", VMM_REG_SZ, "WEB01");
}
static inline void system_select(struct vmm_hive_builder *b, uint32_t current, uint32_t chosen) {
    vmm_builder_dword(b, "Select", "Current", current);
    vmm_builder_dword(b, "Select", "Default", chosen);
    vmm_builder_dword(b, "Select", "Failed", 0);
    vmm_builder_dword(b, "Select", "LastKnownGood", current);
}
static inline struct vmm_hive_builder *system_new(void) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    system_select(b, 1, 1);
    system_set(b, 1);
    return b;
}
static inline struct vmm_hive_builder *software_new(void) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    static const char cv[] = "Microsoft\\Windows NT\\CurrentVersion";
    vmm_builder_string(b, cv, "ProductName", VMM_REG_SZ, "Windows Server 2019 Datacenter");
    vmm_builder_string(b, cv, "EditionID", VMM_REG_SZ, "ServerDatacenter");
    vmm_builder_string(b, cv, "InstallationType", VMM_REG_SZ, "Server");
    vmm_builder_string(b, cv, "CurrentBuildNumber", VMM_REG_SZ, "17763");
    vmm_builder_string(b, cv, "SystemRoot", VMM_REG_SZ, "C:\\Windows");
    vmm_builder_dword(b, cv, "UBR", 1234);
    return b;
}

/* ---- the folder ---- */

struct pc {
    char folder[64];
    struct vmm_volume *volume;
    struct vmm_scan *scan;
};

static inline void pc_put(const struct pc *pc, const char *path, const void *data, size_t len) {
    struct vmm_error err = {0};
    char *whole = vmm_printf("%s/%s", pc->folder, path), *parent = vmm_strdup(whole);
    *strrchr(parent, '/') = '\0';
    assert_int_equal(vmm_mkdir_p(parent, &err), 0);
    assert_int_equal(vmm_file_write(whole, data, len, &err), 0);
    free(whole);
    free(parent);
}
static inline void pc_put_hive(const struct pc *pc, const char *path, struct vmm_hive_builder *b) {
    size_t len;
    uint8_t *data = vmm_builder_finish(b, 7, &len);
    assert_non_null(data);
    pc_put(pc, path, data, len);
    free(data);
}
/* Copies a file of the corpus; false when it is not there. */
static inline bool pc_put_corpus(const struct pc *pc, const char *path, const char *name) {
    char *from = vmm_printf(CORPUS "/%s", name);
    uint8_t *data;
    size_t len;
    int r = vmm_file_read(from, (size_t)64 << 20, &data, &len, NULL);
    if (r == 0) {
        pc_put(pc, path, data, len);
        free(data);
    } else {
        print_message("not here: %s\n", from);
    }
    free(from);
    return r == 0;
}
static inline void pc_new(struct pc *pc) {
    *pc = (struct pc){.folder = "/tmp/windows-test-XXXXXX"};
    assert_non_null(mkdtemp(pc->folder));
}
/* The usual machine, each part NULL for the usual one; the builders are used up. */
static inline void pc_usual(struct pc *pc, struct vmm_hive_builder *bcd, struct vmm_hive_builder *system) {
    pc_new(pc);
    if (bcd == NULL) {
        bcd = bcd_new();
        bcd_default(bcd, SERVER);
    }
    pc_put_hive(pc, "EFI/Microsoft/Boot/BCD", bcd);
    pc_put_hive(pc, "Windows/System32/config/SYSTEM", system ? system : system_new());
    pc_put_hive(pc, "Windows/System32/config/SOFTWARE", software_new());
    pc_put(pc, "Windows/System32/winload.efi", "x", 1);
}
static inline void pc_look(struct pc *pc, const char *boot_folder) {
    struct vmm_error err = {0};
    const struct vmm_open open = {.target = pc->folder, .boot_folder = boot_folder};
    pc->volume = vmm_volume_open(&open, &err);
    if (pc->volume == NULL) fail_msg("%s", err.message);
    pc->scan = vmm_scan(pc->volume, (struct vmm_progress){0}, &err);
    if (pc->scan == NULL) fail_msg("%s", err.message);
}
static inline void pc_end(struct pc *pc) {
    vmm_scan_free(pc->scan);
    vmm_volume_close(pc->volume, NULL);
    assert_int_equal(vmm_remove_tree(pc->folder, NULL), 0);
}
static inline bool has_note(const struct vmm_scan *s, const char *part) {
    for (size_t i = 0; i < s->note_count; i++)
        if (strstr(s->notes[i], part)) return true;
    return false;
}
#endif
