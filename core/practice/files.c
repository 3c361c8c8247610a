/* The files of a practice disk, whatever they are put on: an image in the appliance (disk.c) or a folder (folder.c).
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "practice/room.h"

enum { PLACEHOLDER_LEN = 1024, HIBERFILE_LEN = 4096 };

/* Stands where Windows has a program: the head of a 64-bit program file without code, and the truth in words. */
static void placeholder(uint8_t out[PLACEHOLDER_LEN]) {
    static const char truth[] = "This file stands for a Windows program on a practice disk of vmmedic. It does not run.\r\n";
    memset(out, 0, PLACEHOLDER_LEN);
    memcpy(out, "MZ", 2);
    vmm_put32(out + 0x3c, 0x80);
    memcpy(out + 0x80, "PE\0", 4);
    vmm_put16(out + 0x84, 0x8664);      /* AMD64 */
    vmm_put16(out + 0x80 + 20, 240);    /* length of the optional header */
    vmm_put16(out + 0x80 + 22, 0x0022); /* executable, large addresses */
    vmm_put16(out + 0x80 + 24, 0x020b); /* PE32+ */
    vmm_put16(out + 0x80 + 24 + 68, 3); /* console */
    memcpy(out + 0x200, truth, sizeof truth - 1);
}

static int put(const struct practice_sink *to, const char *path, const void *data, size_t len, struct vmm_error *err) { return to->put(to->ctx, path, data, len, err); }

static int put_placeholders(const struct practice_sink *to, const char *root, const char *const *paths, size_t count, struct vmm_error *err) {
    uint8_t program[PLACEHOLDER_LEN];
    placeholder(program);
    int rc = 0;
    for (size_t i = 0; !rc && i < count; i++) {
        char *path = vmm_printf("%s%s", root, paths[i]);
        rc = put(to, path, program, sizeof program, err);
        free(path);
    }
    return rc;
}

/* A hive or store with its logs; they are empty, as after a clean shutdown, but for what LOG1 is given. Takes the bytes. */
static int put_hive(const struct practice_sink *to, const char *path, uint8_t *data, size_t len, const uint8_t *log, size_t log_len, struct vmm_error *err) {
    static const char *const logs[] = {".LOG1", ".LOG2", ".LOG"};
    int rc = data ? put(to, path, data, len, err) : vmm_fail(err, VMM_E_INTERNAL, NULL, "%s could not be built", path);
    bool store = strstr(path, "BCD"); /* has an old-style log too */
    for (size_t i = 0; !rc && i < (store ? 3 : 2); i++) {
        char *name = vmm_printf("%s%s", path, logs[i]);
        rc = put(to, name, i == 0 && log ? (const void *)log : "", i == 0 && log ? log_len : 0, err);
        free(name);
    }
    free(data);
    return rc;
}

int vmm_practice_boot_files(const struct practice_sink *to, const struct vmm_scenario *s, const struct vmm_practice_ids *ids, struct vmm_error *err) {
    static const char *const bios[] = {"/bootmgr", "/Boot/memtest.exe"};
    static const char *const efi[] = {"/EFI/Microsoft/Boot/bootmgfw.efi", "/EFI/Microsoft/Boot/memtest.efi", "/EFI/Boot/bootx64.efi"};
    bool old = ids->gen == 1;
    size_t len;
    if (put_placeholders(to, "", old ? bios : efi, old ? VMM_COUNT(bios) : VMM_COUNT(efi), err)) return -1;
    uint8_t *bcd = vmm_practice_bcd(s, ids, &len);
    return put_hive(to, old ? "/Boot/BCD" : "/EFI/Microsoft/Boot/BCD", bcd, len, NULL, 0, err);
}

/* SYSTEM as the scenario has it, or as it was before with the change in its log alone. */
static int put_system(const struct practice_sink *to, const char *path, const struct vmm_scenario *s, const struct vmm_practice_ids *ids, struct vmm_error *err) {
    size_t len, before_len, log_len = 0;
    uint8_t *hive = vmm_practice_system(s, ids, &len), *log = NULL;
    if (hive && s->extras & VMM_EXTRA_DIRTY_HIVE) {
        struct vmm_scenario plain = *s;
        plain.row_count = 0;
        uint8_t *before = vmm_practice_system(&plain, ids, &before_len);
        if (before) log = vmm_hive_unfinished(before, before_len, hive, &log_len);
        free(hive);
        hive = before;
        len = before_len;
    }
    int rc = put_hive(to, path, hive, len, log, log_len, err);
    free(log);
    return rc;
}

/* The older Windows: its own name and version, and nothing wrong with it but perhaps its boot entry. */
static int put_second(const struct practice_sink *to, const struct vmm_practice_ids *ids, struct vmm_error *err) {
    static const struct practice_row rows[] = {
        KEY("SET\\Control\\ComputerName\\ComputerName"), SZ("ComputerName", "ARCHIVE-VM"),
        KEY("SET\\Services\\Tcpip\\Parameters"), SZ("Hostname", "ARCHIVE-VM"), SZ("NV Hostname", "ARCHIVE-VM"),
        KEY("SET\\Control\\Windows"), HEX("ShutdownTime", "00c0d7f1a6c1d501"), /* 2020 */
        KEY("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"), SZ("ProductName", "Windows Server 2016 Datacenter"), SZ("CurrentBuild", "14393"),
        SZ("CurrentBuildNumber", "14393"), SZ("SystemRoot", "D:\\Windows2"),
    };
    static const char *const programs[] = {"/System32/winload.exe", "/System32/winload.efi", "/System32/ntoskrnl.exe"};
    static const struct vmm_scenario second = {.name = "", .title = "", .safeboot = -1, .rows = rows, .row_count = VMM_COUNT(rows)};
    size_t len;
    if (put_placeholders(to, "/Windows2", programs, VMM_COUNT(programs), err)) return -1;
    uint8_t *hive = vmm_practice_system(&second, ids, &len);
    if (put_hive(to, "/Windows2/System32/config/SYSTEM", hive, len, NULL, 0, err)) return -1;
    hive = vmm_practice_software(&second, &len);
    return put_hive(to, "/Windows2/System32/config/SOFTWARE", hive, len, NULL, 0, err);
}

int vmm_practice_windows_files(const struct practice_sink *to, const struct vmm_scenario *s, const struct vmm_practice_ids *ids, struct vmm_error *err) {
    static const char *const programs[] = {"/Windows/System32/winload.exe", "/Windows/System32/winload.efi", "/Windows/System32/winresume.exe",
                                           "/Windows/System32/winresume.efi", "/Windows/System32/ntoskrnl.exe", "/Windows/System32/cmd.exe",
                                           "/Windows/System32/termsrv.dll", "/Windows/System32/ntlanman.dll", "/Windows/System32/drprov.dll",
                                           "/ProgramData/Microsoft/Crypto/RSA/MachineKeys/c2319c42033a5ca7f44e731bfd3fa2b5_practice",
                                           "/Windows/explorer.exe"};
    size_t len;
    if (put_placeholders(to, "", programs, VMM_COUNT(programs), err)) return -1;
    if (put_system(to, "/Windows/System32/config/SYSTEM", s, ids, err)) return -1;
    uint8_t *hive = vmm_practice_software(s, &len);
    if (put_hive(to, "/Windows/System32/config/SOFTWARE", hive, len, NULL, 0, err)) return -1;
    if (s->extras & VMM_EXTRA_SECOND_WINDOWS && put_second(to, ids, err)) return -1;
    if (s->extras & VMM_EXTRA_DECOY_STORE) { /* left by an older setup: it looks in order, and nothing boots from it */
        struct vmm_scenario stale = {.name = "", .title = "", .safeboot = -1};
        uint8_t *bcd = vmm_practice_bcd(&stale, ids, &len);
        if (put_hive(to, "/Boot/BCD", bcd, len, NULL, 0, err)) return -1;
    }
    if (s->extras & VMM_EXTRA_HIBERNATED) {
        uint8_t hiberfile[HIBERFILE_LEN] = "HIBR";
        if (put(to, "/hiberfil.sys", hiberfile, sizeof hiberfile, err)) return -1;
    }
    return 0;
}
