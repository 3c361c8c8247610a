/* The engine for images and disks. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "volume/engine.h"

int vmm_guestfs_open(struct vmm_volume *v, const struct vmm_open *o, struct vmm_error *err) {
    (void)v, (void)o;
    return vmm_fail(err, VMM_E_INTERNAL, NULL, "not yet");
}
