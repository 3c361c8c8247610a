/* One practice disk inside the appliance: partitions, file systems, and the files that a Windows has where its repair looks for them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "practice/room.h"
#include "volume/appliance.h"

enum { SECTOR = 512 };

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
static int put(void *ctx, const char *path, const void *data, size_t len, struct vmm_error *err) {
    guestfs_h *g = ctx;
    char *folder = vmm_strndup(path, (size_t)(strrchr(path, '/') - path));
    int rc = *folder ? guestfs_mkdir_p(g, folder) : 0;
    free(folder);
    if (!rc) rc = guestfs_write(g, path, data, len);
    return rc ? vmm_appliance_fail(g, err, VMM_E_SYSTEM, path) : 0;
}

static int mounted(guestfs_h *g, const char *part, struct vmm_error *err) {
    return guestfs_mount(g, part, "/") ? vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("mounting a new file system")) : 0;
}

static int unmounted(guestfs_h *g, struct vmm_error *err) {
    return guestfs_umount_all(g) ? vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("writing a new file system")) : 0;
}

static int boot_files(guestfs_h *g, const char *part, const struct practice_layout *l, const struct vmm_scenario *s, struct vmm_error *err) {
    const struct practice_sink to = {put, g};
    return mounted(g, part, err) || vmm_practice_boot_files(&to, s, &l->ids, err) || unmounted(g, err) ? -1 : 0;
}

static int windows_files(guestfs_h *g, const char *part, const struct practice_layout *l, const struct vmm_scenario *s, struct vmm_error *err) {
    static const char *const folders[] = {"/Program Files", "/ProgramData", "/Users/Public", "/Windows/System32/drivers/etc"};
    const struct practice_sink to = {put, g};
    if (mounted(g, part, err)) return -1;
    for (size_t i = 0; i < VMM_COUNT(folders); i++)
        if (guestfs_mkdir_p(g, folders[i])) return vmm_appliance_fail(g, err, VMM_E_SYSTEM, folders[i]);
    return vmm_practice_windows_files(&to, s, &l->ids, err) || unmounted(g, err) ? -1 : 0;
}

/* What a locked BitLocker volume begins with: the rest is noise to whoever has no key. */
static int lock_volume(guestfs_h *g, const char *part, struct vmm_error *err) {
    static const uint8_t head[] = {0xeb, 0x58, 0x90, '-', 'F', 'V', 'E', '-', 'F', 'S', '-', 0, 2, 8};
    static const uint8_t guid[] = {0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a, 0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01};
    uint8_t boot[SECTOR] = {0};
    memcpy(boot, head, sizeof head);
    memcpy(boot + 160, guid, sizeof guid);
    boot[510] = 0x55;
    boot[511] = 0xaa;
    return guestfs_pwrite_device(g, part, (const char *)boot, sizeof boot, 0) == (int)sizeof boot ? 0 : vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("locking the Windows volume"));
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
    if (!rc && s->extras & VMM_EXTRA_BITLOCKER) rc = lock_volume(g, windows, err);
    if (rc) guestfs_umount_all(g);
    free(boot);
    free(windows);
    return rc;
}
