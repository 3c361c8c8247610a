/* One libguestfs handle, made and launched the same way everywhere: direct backend, no libvirt, its own process group, enough
 * memory checked first, KVM tried once and TCG from then on where KVM is absent or broken (remembered until the next boot).
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_APPLIANCE_H
#define VMM_APPLIANCE_H
#include <guestfs.h>

#include "vmmedic/error.h"

/* Inside the appliance the kernel may number disks in any order; the library's calls translate /dev/sdX, a command that is run there gets
 * /dev/disk/guestfs/ followed by this, the drive's letter and the partition's number. */
#define VMM_APPLIANCE_LABEL "vmmedic"

struct vmm_appliance_drive {
    const char *path, *format;
    int readonly;
    int blocksize; /* logical sector size 512 or 4096; 0 is qemu's own choice, 512 */
};

/* A launched handle with these drives added in order (/dev/sda, /dev/sdb ...). A failed KVM launch is repeated under TCG without a
 * word. The caller ends it with guestfs_shutdown and guestfs_close. NULL and *err on failure. */
guestfs_h *vmm_appliance_start(const struct vmm_appliance_drive *drives, size_t count, struct vmm_progress progress,
                               struct vmm_error *err);
/* *err from the handle's last error: "DOING: ...", code by errno (ENOSPC, EIO, ...). Returns -1. */
int vmm_appliance_fail(guestfs_h *g, struct vmm_error *err, enum vmm_code code, const char *doing);
#endif
