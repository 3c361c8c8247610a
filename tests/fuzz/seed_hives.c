/* Hives to begin with: small trees in both versions, a divided list, a big value, boot stores, names of every kind; and hives with logs that continue them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "hive/log.h"
#include "tests/fuzz/seeds.h"

#define BOOTMGR "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"
#define LOADER "{11111111-2222-3333-4444-555555555555}"
#define SETTINGS "{6efb52bf-1766-41db-a6b3-0ee5eff72bd7}"

void seed_hive(const char *name, const uint8_t *data, size_t len) {
    uint8_t *script = vmm_alloc(len + 64, 1);
    struct dice d = dice_new(len);
    for (size_t i = 0; i < 64; i++) script[i] = (uint8_t)dice_any(&d);
    memcpy(script + 64, data, len);
    seed_put("hive", name, data, len);
    seed_put("edit", name, script, len + 64);
    seed_put("bcd", name, data, len);
    struct fuzz_parts p = {.data = {data, data, data, data}, .len = {len}};
    seed_parts("logs", name, &p);
    free(script);
}

/* ---- trees ---- */

static struct vmm_hive_builder *system_tree(int minor) {
    struct vmm_hive_builder *b = vmm_builder_new("CMI-CreateHive{00000000-0000-0000-0000-000000000000}", minor);
    vmm_builder_dword(b, "Select", "Default", 1);
    vmm_builder_dword(b, "Select", "Current", 1);
    vmm_builder_dword(b, "ControlSet001\\Control\\Terminal Server", "fDenyTSConnections", 1);
    vmm_builder_string(b, "ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", VMM_REG_SZ, "WEB01");
    vmm_builder_dword(b, "ControlSet001\\Services\\TermService", "Start", 4);
    vmm_builder_string(b, "ControlSet001\\Services\\TermService", "ImagePath", VMM_REG_EXPAND_SZ, "%SystemRoot%\\System32\\svchost.exe -k NetworkService");
    vmm_builder_string(b, "ControlSet001\\Services\\TermService", "DependOnService", VMM_REG_MULTI_SZ, "RPCSS\nTermDD");
    vmm_builder_string(b, "ControlSet001\\Services\\Tcpip\\Parameters", "Hostname", VMM_REG_SZ, "web01");
    vmm_builder_set(b, "ControlSet001\\Enum", "empty", VMM_REG_BINARY, "", 0);
    return b;
}

static struct vmm_hive_builder *names_tree(int minor) {
    static const char *const names[] = {"a", "B", "\xc3\xa4", "\xc3\x9f", "\xe6\xbc\xa2\xe5\xad\x97", "\xd0\xb6", "_", "~", "A longer name with spaces and (marks)", "{x}", "0"};
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    for (size_t i = 0; i < VMM_COUNT(names); i++) {
        vmm_builder_dword(b, names[i], names[i], (uint32_t)i);
        vmm_builder_string(b, "B", names[i], VMM_REG_SZ, names[i]);
    }
    return b;
}

static struct vmm_hive_builder *wide_tree(int minor) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    for (unsigned i = 0; i < 520; i++) {
        char *name = vmm_printf("wide\\%03x", i);
        vmm_builder_key(b, name);
        free(name);
    }
    vmm_builder_dword(b, "wide\\005", "x", 1);
    return b;
}

static struct vmm_hive_builder *big_tree(int minor) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    uint8_t *data = vmm_alloc(20000, 1);
    memset(data, 0x5a, 20000);
    vmm_builder_set(b, "big", "two segments", VMM_REG_BINARY, data, 20000);
    vmm_builder_set(b, "fits", "one cell", VMM_REG_BINARY, data, 16344);
    vmm_builder_dword(b, "big\\below", "x", 1);
    free(data);
    return b;
}

static struct vmm_hive_builder *deep_tree(int minor) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    vmm_builder_dword(b, "1\\2\\3\\4\\5\\6\\7\\8\\9\\10\\11\\12\\13\\14\\15\\16\\17\\18\\19\\20", "x", 1);
    return b;
}

static void element(struct vmm_hive_builder *b, const char *object, const char *id, uint32_t type, const void *data, size_t len) {
    char *path = vmm_printf("Objects\\%s\\Elements\\%s", object, id);
    if (data) vmm_builder_set(b, path, "Element", type, data, len);
    free(path);
}
static void element_text(struct vmm_hive_builder *b, const char *object, const char *id, uint32_t type, const char *text) {
    char *path = vmm_printf("Objects\\%s\\Elements\\%s", object, id);
    vmm_builder_string(b, path, "Element", type, text);
    free(path);
}

static struct vmm_hive_builder *store_tree(int minor) {
    static const struct { const char *guid; uint32_t type; } objects[] = {{BOOTMGR, 0x10100002}, {LOADER, 0x10200003}, {SETTINGS, 0x20200003}, {"{b2721d73-1db4-4c62-bf78-c548a880142d}", 0x10200005}};
    struct vmm_hive_builder *b = vmm_builder_new("NewStoreRoot", minor);
    uint8_t device[88] = {[16] = 6, [24] = 0x48}, number[8] = {0};
    vmm_builder_string(b, "Description", "KeyName", VMM_REG_SZ, "BCD00000000");
    vmm_builder_dword(b, "Description", "System", 1);
    for (size_t i = 0; i < VMM_COUNT(objects); i++) {
        char *path = vmm_printf("Objects\\%s\\Description", objects[i].guid);
        vmm_builder_dword(b, path, "Type", objects[i].type);
        free(path);
    }
    element_text(b, BOOTMGR, "23000003", VMM_REG_SZ, LOADER);
    element_text(b, BOOTMGR, "24000001", VMM_REG_MULTI_SZ, LOADER "\n");
    element(b, BOOTMGR, "25000004", VMM_REG_BINARY, number, 8);
    element(b, BOOTMGR, "11000001", VMM_REG_BINARY, device, sizeof device);
    element(b, LOADER, "11000001", VMM_REG_BINARY, device, sizeof device);
    element(b, LOADER, "21000001", VMM_REG_BINARY, device, sizeof device);
    element_text(b, LOADER, "12000002", VMM_REG_SZ, "\\Windows\\system32\\winload.exe");
    element_text(b, LOADER, "12000004", VMM_REG_SZ, "Windows Server 2019");
    element_text(b, LOADER, "14000006", VMM_REG_MULTI_SZ, SETTINGS "\n");
    element(b, LOADER, "25000080", VMM_REG_BINARY, number, 8);
    element(b, LOADER, "26000081", VMM_REG_BINARY, "\1", 1);
    element(b, SETTINGS, "250000f3", VMM_REG_BINARY, number, 8);
    element(b, SETTINGS, "27000040", VMM_REG_BINARY, device, 16);
    return b;
}

static const struct {
    const char *name;
    struct vmm_hive_builder *(*tree)(int minor);
} trees[] = {{"system", system_tree}, {"names", names_tree}, {"wide", wide_tree}, {"big", big_tree}, {"deep", deep_tree}, {"store", store_tree}};

/* ---- logs ---- */

/* The head of a log: the primary's first sector with its own type and number. */
static void log_head(uint8_t *log, const uint8_t *primary, uint32_t type, uint32_t seq) {
    memcpy(log, primary, LOG_SECTOR);
    vmm_put32(log + BASE_TYPE, type);
    vmm_put32(log + BASE_SEQ1, seq);
    vmm_put32(log + BASE_SEQ2, seq);
    vmm_put32(log + BASE_CHECKSUM, vmm_base_checksum(log));
}

/* A new-format log whose one entry holds every page of AFTER. */
static uint8_t *whole_log(const uint8_t *after, size_t len, uint32_t seq, size_t *log_len) {
    uint32_t bins = (uint32_t)(len - REGF_BASE), size = (ENTRY_REFS + 8 + bins + 511) / 512 * 512;
    uint8_t *log = vmm_alloc(LOG_SECTOR + size, 1), *e = log + LOG_SECTOR;
    log_head(log, after, LOG_TYPE_NEW, seq);
    memcpy(e, "HvLE", 4);
    vmm_put32(e + ENTRY_SIZE, size);
    vmm_put32(e + ENTRY_SEQ, seq);
    vmm_put32(e + ENTRY_LENGTH, bins);
    vmm_put32(e + ENTRY_PAGES, 1);
    vmm_put32(e + ENTRY_REFS + 4, bins);
    memcpy(e + ENTRY_REFS + 8, after + REGF_BASE, bins);
    vmm_put64(e + ENTRY_HASH1, vmm_marvin32(LOG_SEED, e + ENTRY_REFS, size - ENTRY_REFS));
    vmm_put64(e + ENTRY_HASH2, vmm_marvin32(LOG_SEED, e, ENTRY_HASH2));
    *log_len = LOG_SECTOR + size;
    return log;
}

/* An old-format log that holds every page. */
static uint8_t *old_log(const uint8_t *after, size_t len, uint32_t seq, size_t *log_len) {
    size_t bins = len - REGF_BASE, bitmap = bins / 4096, pages = (LOG_SECTOR + 4 + bitmap + 511) / 512 * 512;
    uint8_t *log = vmm_alloc(pages + bins, 1);
    log_head(log, after, LOG_TYPE_OLD, seq);
    memcpy(log + LOG_SECTOR, "DIRT", 4);
    memset(log + LOG_SECTOR + 4, 0xff, bitmap);
    memcpy(log + pages, after + REGF_BASE, bins);
    *log_len = pages + bins;
    return log;
}

static void seed_logs(const char *name, uint8_t *hive, size_t len) {
    uint8_t *dirty = vmm_memdup(hive, len);
    size_t first, second, old;
    vmm_put32(dirty + BASE_SEQ1, 9);
    vmm_put32(dirty + BASE_SEQ2, 8);
    vmm_put32(dirty + BASE_CHECKSUM, vmm_base_checksum(dirty));
    uint8_t *one = whole_log(hive, len, 8, &first), *two = whole_log(hive, len, 9, &second), *dirt = old_log(hive, len, 8, &old);
    char *label = vmm_printf("%s-both", name);
    seed_parts("logs", label, &(struct fuzz_parts){{dirty, dirt, one, two}, {len, 0, first, second}});
    free(label);
    label = vmm_printf("%s-one", name);
    seed_parts("logs", label, &(struct fuzz_parts){{dirty, dirt, one, two}, {len, 0, first, 0}});
    free(label);
    label = vmm_printf("%s-old", name);
    seed_parts("logs", label, &(struct fuzz_parts){{dirty, dirt, one, two}, {len, old, 0, 0}});
    free(label);
    dirty[0] = 'x';
    label = vmm_printf("%s-header", name);
    seed_parts("logs", label, &(struct fuzz_parts){{dirty, dirt, one, two}, {len, 0, first, second}});
    free(label);
    free(dirty);
    free(one);
    free(two);
    free(dirt);
}

void seed_hives(void) {
    for (size_t i = 0; i < VMM_COUNT(trees); i++)
        for (int minor = 3; minor <= 5; minor += 2) {
            size_t len;
            char *name = vmm_printf("%s-1.%d", trees[i].name, minor);
            uint8_t *hive = vmm_builder_finish(trees[i].tree(minor), 8, &len);
            MUST(hive);
            seed_hive(name, hive, len);
            if (len < 40000) seed_logs(name, hive, len);
            free(hive);
            free(name);
        }
}
