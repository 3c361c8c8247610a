/* Repairing an NTFS volume in the appliance: the journal is completed by ntfsrecover, the saved session is given up by the driver. Each is judged by its result: the
 * volume is in order by our own look and by the driver's, or it failed.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "volume/guest.h"

static int refused(const struct vmm_volume *v, const struct vmm_part *p, const char *why, struct vmm_error *err) {
    char *where = vmm_part_words(v, p), *safe = vmm_safe_text(why);
    vmm_fail(err, VMM_E_BLOCKED, _("Start Windows once and shut it down completely, or attach the disk to another Windows machine."), _("%s cannot be repaired here: %s"), where, safe);
    free(safe);
    free(where);
    return -1;
}

/* It is never told to drop what it cannot complete. */
static int complete_journal(struct vmm_volume *v, struct vmm_part *p, struct vmm_error *err) {
    char *device = vmm_guest_raw_device(v, p), *line = vmm_printf("ntfsrecover %s", device), *said = NULL;
    int status = 0, r = vmm_guest_unmount(v, p, err);
    if (r == 0) r = vmm_guest_shell(vmm_guest_handle(v), line, &status, &said, err);
    if (r == 0 && status != 0) r = refused(v, p, strstr(said, "ast restart") ? _("its journal belongs to a Windows that was shut down with fast startup") : _("its journal cannot be completed"), err);
    free(said);
    free(line);
    free(device);
    return r;
}

static int give_session_up(struct vmm_volume *v, struct vmm_part *p, struct vmm_error *err) {
    if (vmm_guest_unmount(v, p, err) < 0) return -1;
    char *point = vmm_printf("/p%d", p->number);
    int r = guestfs_mount_vfs(vmm_guest_handle(v), "rw,noatime,norecover,remove_hiberfile", "ntfs-3g", vmm_guest_device(v, p), point);
    int read_only = r < 0 ? 1 : vmm_guest_read_only(vmm_guest_handle(v), point);
    if (r == 0 && guestfs_umount(vmm_guest_handle(v), point) < 0) r = vmm_guest_failed(v, p, err, VMM_E_WRITE, _("unmounting"), "");
    else if (r < 0 || read_only != 0) r = refused(v, p, _("the NTFS driver does not open it for writing, even without the saved session"), err);
    free(point);
    return r;
}

int vmm_guest_repair(struct vmm_volume *v, struct vmm_part *p, enum vmm_repair what, struct vmm_error *err) {
    bool session = what == VMM_REPAIR_SESSION;
    enum vmm_health journal = vmm_guest_journal(v, p);
    v->wrote = true; /* so that the end is synced and checked */
    if (journal == VMM_HEALTH_JOURNAL || journal == VMM_HEALTH_JOURNAL_CACHED)
        if (complete_journal(v, p, err) < 0) return -1;
    if (session && give_session_up(v, p, err) < 0) return -1;
    if (guestfs_sync(vmm_guest_handle(v)) < 0) return vmm_appliance_fail(vmm_guest_handle(v), err, VMM_E_WRITE, _("syncing the disk"));
    guestfs_blockdev_flushbufs(vmm_guest_handle(v), vmm_guest_device(v, p));
    vmm_guest_look(v, p);
    if (vmm_guest_unmount(v, p, err) < 0) return -1;
    if (p->health != VMM_HEALTH_OK) return refused(v, p, p->health_text ? p->health_text : "?", err);
    return vmm_guest_probe(v, p, err);
}
