/* Mounting in the appliance. A file system is mounted read-only to look; before it is mounted for writing its driver is asked what it thinks of it, and
 * afterwards it is proved that it really is writable.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "volume/guest.h"

/* The driver's own opinion before it may write; it refuses more than our look does. */
int vmm_guest_probe(struct vmm_volume *v, const struct vmm_part *p, struct vmm_error *err) {
    static const struct {
        int result;
        enum vmm_code code;
        const char *text;
    } words[] = {
        {12, VMM_E_UNREADABLE, N_("the NTFS driver does not take it for NTFS")},
        {13, VMM_E_DIRTY_VOLUME, N_("the NTFS driver finds it inconsistent; on a Windows machine run chkdsk /f on it")},
        {14, VMM_E_HIBERNATED,
         N_("the NTFS driver finds Windows hibernated on it, or changes left in its journal; start Windows and shut it down "
            "completely")},
        {15, VMM_E_DIRTY_VOLUME,
         N_("the NTFS driver finds it not closed properly; start Windows once, or run chkdsk /f on a Windows machine")},
    };
    int r = guestfs_ntfs_3g_probe(vmm_guest_handle(v), 1, vmm_guest_device(v, p));
    if (r == 0) return 0;
    char *where = vmm_part_words(v, p);
    if (r < 0) vmm_appliance_fail(vmm_guest_handle(v), err, VMM_E_SYSTEM, where);
    for (size_t i = 0; r > 0 && i < VMM_COUNT(words); i++)
        if (words[i].result == r) r = vmm_fail(err, words[i].code, NULL, "%s: %s", where, _(words[i].text));
    if (r > 0) vmm_fail(err, VMM_E_UNREADABLE, NULL, _("%s: the NTFS driver refuses to write to it (%d)"), where, r);
    free(where);
    return -1;
}

int vmm_guest_read_only(guestfs_h *g, const char *point) {
    struct guestfs_statvfs *fs = guestfs_statvfs(g, point);
    int r = fs ? (fs->flag & ST_RDONLY) != 0 : -1;
    if (fs) guestfs_free_statvfs(fs);
    return r;
}

/* The driver falls back to reading only where it does not trust the volume, and says so to nobody. */
static int prove_writable(struct vmm_volume *v, const struct vmm_part *p, const char *point, struct vmm_error *err) {
    int read_only = vmm_guest_read_only(vmm_guest_handle(v), point);
    if (read_only == 0) return 0;
    char *where = vmm_part_words(v, p);
    if (read_only < 0) vmm_appliance_fail(vmm_guest_handle(v), err, VMM_E_UNREADABLE, where);
    else vmm_fail(err, VMM_E_DIRTY_VOLUME, _("Start Windows once and shut it down completely, or run chkdsk /f on a Windows machine."),
                  _("%s: its driver lets it only be read"), where);
    free(where);
    guestfs_umount(vmm_guest_handle(v), point);
    return -1;
}

int vmm_guest_unmount(struct vmm_volume *v, const struct vmm_part *p, struct vmm_error *err) {
    enum vmm_mount *now = &vmm_guest_of(v)->mounts[p - v->disk.parts];
    if (*now == VMM_UNMOUNTED) return 0;
    char *point = vmm_printf("/p%d", p->number);
    int r = guestfs_umount(vmm_guest_handle(v), point);
    free(point);
    if (r < 0) return vmm_guest_failed(v, p, err, v->wrote ? VMM_E_WRITE : VMM_E_UNREADABLE, _("unmounting"), "");
    *now = VMM_UNMOUNTED;
    return 0;
}

static int mount_at(struct vmm_volume *v, const struct vmm_part *p, const char *point, enum vmm_mount want, struct vmm_error *err) {
    struct vmm_guest *s = vmm_guest_of(v);
    size_t i = (size_t)(p - v->disk.parts);
    bool ntfs = strcmp(p->fs, "ntfs") == 0, write = want == VMM_WRITABLE;
    if (!s->points[i] && guestfs_mkmountpoint(s->g, point) < 0) return vmm_guest_failed(v, p, err, VMM_E_SYSTEM, _("mounting"), "");
    s->points[i] = true;
    if (vmm_guest_unmount(v, p, err) < 0) return -1;
    if (write && ntfs && vmm_guest_probe(v, p, err) < 0) return -1;
    const char *options = write ? ntfs ? "rw,noatime,norecover" : "rw,noatime" : "ro";
    /* The type is named: a volume can carry the mark of another file system as well. */
    if (guestfs_mount_vfs(s->g, options, ntfs ? "ntfs-3g" : "vfat", vmm_guest_device(v, p), point) < 0)
        return vmm_guest_failed(v, p, err, VMM_E_UNREADABLE, _("mounting"), "");
    if (write && prove_writable(v, p, point, err) < 0) return -1;
    s->mounts[i] = want;
    return 0;
}

int vmm_guest_mount(struct vmm_volume *v, const struct vmm_part *p, enum vmm_mount want, struct vmm_error *err) {
    if (vmm_guest_of(v)->mounts[p - v->disk.parts] >= want) return 0;
    char *point = vmm_printf("/p%d", p->number);
    int r = mount_at(v, p, point, want, err);
    free(point);
    return r;
}
