/* One practice disk inside the appliance: partitions, file systems, and the files that a Windows has where its repair looks for them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "practice/room.h"
#include "volume/appliance.h"

enum { SECTOR = 512 };

/* ---- placeholders ---- */

enum { PLACEHOLDER_LEN = 1024 };

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

/* ---- steps; each returns 0 or -1 with *err set ---- */

static int runs_write(guestfs_h *g, const char *device, struct practice_run *runs, size_t count, struct vmm_error *err) {
    int rc = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t done = 0; !rc && done < runs[i].len;) {
            int wrote = guestfs_pwrite_device(g, device, (const char *)runs[i].data + done, runs[i].len - done, (int64_t)(runs[i].offset + done));
            if (wrote <= 0) rc = vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("writing the partition table"));
            else done += (size_t)wrote;
        }
        free(runs[i].data);
    }
    return rc;
}

static int partition(guestfs_h *g, const char *device, const struct practice_layout *l, struct vmm_error *err) {
    struct practice_run runs[PRACTICE_RUNS];
    if (l->ids.gen == 2 && runs_write(g, device, runs, vmm_practice_fat32(l, runs), err)) return -1;
    if (runs_write(g, device, runs, vmm_practice_table(l, runs), err)) return -1;
    if (guestfs_blockdev_rereadpt(g, device)) return vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("reading the new partition table"));
    return 0;
}

/* mkntfs cannot learn inside the appliance where its partition begins; boot code needs that number, in both copies of the boot sector. */
static int hidden_sectors(guestfs_h *g, const char *part, uint64_t offset, uint64_t size, struct vmm_error *err) {
    uint8_t start[4];
    vmm_put32(start, (uint32_t)(offset / SECTOR));
    const uint64_t copies[] = {0, size - SECTOR};
    for (size_t i = 0; i < VMM_COUNT(copies); i++)
        if (guestfs_pwrite_device(g, part, (const char *)start, sizeof start, (int64_t)(copies[i] + 0x1c)) != (int)sizeof start)
            return vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("finishing the NTFS boot sector"));
    return 0;
}

static int ntfs(guestfs_h *g, const char *part, const char *label, uint64_t offset, uint64_t size, struct vmm_error *err) {
    if (guestfs_mkfs_opts(g, "ntfs", part, GUESTFS_MKFS_OPTS_LABEL, label, GUESTFS_MKFS_OPTS_BLOCKSIZE, 4096, -1))
        return vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("making an NTFS file system"));
    return hidden_sectors(g, part, offset, size, err);
}

/* A file with its folders. */
static int put(guestfs_h *g, const char *path, const void *data, size_t len, struct vmm_error *err) {
    char *folder = vmm_strndup(path, (size_t)(strrchr(path, '/') - path));
    int rc = *folder ? guestfs_mkdir_p(g, folder) : 0;
    free(folder);
    if (!rc) rc = guestfs_write(g, path, data, len);
    return rc ? vmm_appliance_fail(g, err, VMM_E_SYSTEM, path) : 0;
}

static int put_placeholders(guestfs_h *g, const char *const *paths, size_t count, struct vmm_error *err) {
    uint8_t program[PLACEHOLDER_LEN];
    placeholder(program);
    for (size_t i = 0; i < count; i++)
        if (put(g, paths[i], program, sizeof program, err)) return -1;
    return 0;
}

/* A hive or store with its logs, which are empty as they are after a clean shutdown. Takes the bytes. */
static int put_hive(guestfs_h *g, const char *path, uint8_t *data, size_t len, struct vmm_error *err) {
    static const char *const logs[] = {".LOG1", ".LOG2", ".LOG"};
    int rc = data ? put(g, path, data, len, err) : vmm_fail(err, VMM_E_INTERNAL, NULL, "%s could not be built", path);
    bool store = strstr(path, "BCD"); /* has an old-style log too */
    for (size_t i = 0; !rc && i < (store ? 3 : 2); i++) {
        char *log = vmm_printf("%s%s", path, logs[i]);
        rc = put(g, log, "", 0, err);
        free(log);
    }
    free(data);
    return rc;
}

static int mounted(guestfs_h *g, const char *part, struct vmm_error *err) {
    return guestfs_mount(g, part, "/") ? vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("mounting a new file system")) : 0;
}

static int unmounted(guestfs_h *g, struct vmm_error *err) {
    return guestfs_umount_all(g) ? vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("writing a new file system")) : 0;
}

static int boot_files(guestfs_h *g, const char *part, const struct practice_layout *l, const struct vmm_scenario *s, struct vmm_error *err) {
    static const char *const bios[] = {"/bootmgr", "/Boot/memtest.exe"};
    static const char *const efi[] = {"/EFI/Microsoft/Boot/bootmgfw.efi", "/EFI/Microsoft/Boot/memtest.efi", "/EFI/Boot/bootx64.efi"};
    bool old = l->ids.gen == 1;
    size_t len;
    if (mounted(g, part, err)) return -1;
    if (put_placeholders(g, old ? bios : efi, old ? VMM_COUNT(bios) : VMM_COUNT(efi), err)) return -1;
    uint8_t *bcd = vmm_practice_bcd(s, &l->ids, &len);
    if (put_hive(g, old ? "/Boot/BCD" : "/EFI/Microsoft/Boot/BCD", bcd, len, err)) return -1;
    return unmounted(g, err);
}

static int windows_files(guestfs_h *g, const char *part, const struct practice_layout *l, const struct vmm_scenario *s, struct vmm_error *err) {
    static const char *const programs[] = {"/Windows/System32/winload.exe", "/Windows/System32/winload.efi", "/Windows/System32/winresume.exe",
                                           "/Windows/System32/winresume.efi", "/Windows/System32/ntoskrnl.exe", "/Windows/System32/cmd.exe",
                                           "/Windows/System32/termsrv.dll", "/Windows/System32/ntlanman.dll", "/Windows/System32/drprov.dll",
                                           "/ProgramData/Microsoft/Crypto/RSA/MachineKeys/c2319c42033a5ca7f44e731bfd3fa2b5_practice",
                                           "/Windows/explorer.exe"};
    static const char *const folders[] = {"/Program Files", "/ProgramData", "/Users/Public", "/Windows/System32/drivers/etc"};
    size_t len;
    if (mounted(g, part, err)) return -1;
    for (size_t i = 0; i < VMM_COUNT(folders); i++)
        if (guestfs_mkdir_p(g, folders[i])) return vmm_appliance_fail(g, err, VMM_E_SYSTEM, folders[i]);
    if (put_placeholders(g, programs, VMM_COUNT(programs), err)) return -1;
    uint8_t *hive = vmm_practice_system(s, &l->ids, &len);
    if (put_hive(g, "/Windows/System32/config/SYSTEM", hive, len, err)) return -1;
    hive = vmm_practice_software(s, &len);
    if (put_hive(g, "/Windows/System32/config/SOFTWARE", hive, len, err)) return -1;
    return unmounted(g, err);
}

int vmm_practice_fill(guestfs_h *g, const char *device, const struct vmm_scenario *s, int gen, struct vmm_error *err) {
    struct practice_layout l;
    vmm_practice_layout(&l, gen);
    char *boot = vmm_printf("%s1", device), *windows = vmm_printf("%s%d", device, l.windows_number);
    int rc = partition(g, device, &l, err);
    if (!rc && gen == 1) rc = ntfs(g, boot, "System Reserved", l.ids.boot_offset, l.boot_size, err);
    if (!rc) rc = ntfs(g, windows, "Windows", l.ids.windows_offset, l.windows_size, err);
    if (!rc) rc = boot_files(g, boot, &l, s, err);
    if (!rc) rc = windows_files(g, windows, &l, s, err);
    if (rc) guestfs_umount_all(g);
    free(boot);
    free(windows);
    return rc;
}
