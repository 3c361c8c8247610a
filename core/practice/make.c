/* Practice disks made together: all images first, one appliance for all of them, and none left behind when one fails.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "practice/room.h"
#include "volume/appliance.h"

enum { DISKS_MAX = 20 }; /* one letter a disk, some kept for the appliance's own */

static int request_checked(const struct vmm_practice *list, size_t count, struct vmm_error *err) {
    if (!count || count > DISKS_MAX) return vmm_fail(err, VMM_E_USAGE, NULL, _("between 1 and %d practice disks can be made at once"), DISKS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (list[i].gen != 1 && list[i].gen != 2)
            return vmm_fail(err, VMM_E_USAGE, _("Choose --gen 1 (BIOS, MBR) or --gen 2 (UEFI, GPT)."), _("there is no generation %d"), list[i].gen);
        if (list[i].scenario && !vmm_scenario_by_name(list[i].scenario))
            return vmm_fail(err, VMM_E_USAGE, _("vmmedic practice --list shows the scenarios there are."), _("there is no scenario %s"),
                            list[i].scenario);
    }
    return 0;
}

/* Room for all of them in the folder of each, before anything is made: qemu stops for ever when a sparse image cannot grow. */
static int room_checked(const struct vmm_practice *list, size_t count, struct vmm_error *err) {
    const uint64_t needed = count * (UINT64_C(24) << 20);
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(list[i].file, '/');
        char *folder = !slash ? vmm_strdup(".") : slash == list[i].file ? vmm_strdup("/") : vmm_strndup(list[i].file, (size_t)(slash - list[i].file));
        struct statvfs fs;
        bool full = !statvfs(folder, &fs) && (uint64_t)fs.f_bavail * fs.f_frsize < needed; /* a folder that is not there is reported later */
        free(folder);
        if (!full) continue;
        char *text = vmm_size_text(needed);
        vmm_fail(err, VMM_E_NO_SPACE, _("Choose a folder with more room."), _("making %s: %s must be free there"), list[i].file, text);
        free(text);
        return -1;
    }
    return 0;
}

static int going_on(struct vmm_progress progress, const char *stage, size_t done, size_t total, struct vmm_error *err) {
    if (!progress.fn || !progress.fn(progress.ctx, stage, done, total)) return 0;
    return vmm_fail(err, VMM_E_CANCELLED, NULL, _("making practice disks: stopped on request"));
}

static int filled(guestfs_h *g, const struct vmm_practice *list, size_t count, const struct vmm_scenario *other, struct vmm_progress progress, struct vmm_error *err) {
    for (size_t i = 0; i < count; i++) {
        char device[] = "/dev/sda";
        device[sizeof device - 2] = (char)('a' + i);
        if (going_on(progress, _("Making the practice disk"), i, count, err)) return -1;
        if (vmm_practice_fill(g, device, list[i].scenario ? vmm_scenario_by_name(list[i].scenario) : other, list[i].gen, err))
            return vmm_fail_prefix(err, "%s", list[i].file);
    }
    return going_on(progress, _("Making the practice disk"), count, count, err);
}

static int appliance_used(const struct vmm_practice *list, size_t count, const struct vmm_scenario *other, struct vmm_progress progress, struct vmm_error *err) {
    struct vmm_appliance_drive *drives = vmm_alloc(count, sizeof *drives);
    for (size_t i = 0; i < count; i++)
        drives[i] = (struct vmm_appliance_drive){.path = list[i].file, .format = vmm_practice_format(list[i].file), .readonly = 0};
    guestfs_h *g = vmm_appliance_start(drives, count, progress, err);
    free(drives);
    if (!g) return -1;
    int rc = filled(g, list, count, other, progress, err);
    /* only the shutdown says whether everything reached the files */
    if (guestfs_shutdown(g) && !rc) rc = vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("finishing the practice disks"));
    guestfs_close(g);
    return rc;
}

/* OTHER is the scenario of those without a name. */
static int make(const struct vmm_practice *list, size_t count, const struct vmm_scenario *other, struct vmm_progress progress, struct vmm_error *err) {
    size_t made = 0;
    if (request_checked(list, count, err) || room_checked(list, count, err)) return -1;
    while (made < count && !vmm_practice_image(list[made].file, PRACTICE_DISK_SIZE, err)) made++;
    int rc = made < count ? -1 : appliance_used(list, count, other, progress, err);
    for (size_t i = 0; rc && i < made; i++) unlink(list[i].file);
    return rc;
}

int vmm_practice_make(const struct vmm_practice *list, size_t count, struct vmm_progress progress, struct vmm_error *err) {
    for (size_t i = 0; i < count; i++)
        if (list[i].scenario == NULL) return vmm_fail(err, VMM_E_USAGE, NULL, _("no scenario was named"));
    return make(list, count, NULL, progress, err);
}

int vmm_practice_make_of(const struct vmm_scenario *s, const char *file, int gen, struct vmm_progress progress, struct vmm_error *err) {
    const struct vmm_practice one = {.file = file, .gen = gen};
    return make(&one, 1, s, progress, err);
}
