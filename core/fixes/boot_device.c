/* BT01: a boot entry, or the boot manager, that names a partition this disk does not have ("unknown" in bcdedit), as after cloning. A device that is known to be
 * right is written in its place; one is made up only from the disk's own identity.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define DEVICE_LEN 88
#define WHY N_("The partition where it stands on this disk.")

/* The device elements that must lead to a partition, and to which. */
struct place {
    const struct vmm_bcd_object *object;
    uint32_t id;
    const char *name;
    int part; /* that it should name */
};

/* Fills LIST (room for 3). 0: nothing can be told. */
static size_t places_of(const struct vmm_patient *p, const struct vmm_loader *l, struct place list[3]) {
    const struct vmm_bcd *b = p->boot->store->bcd;
    const struct vmm_bcd_object *manager = vmm_bcd_object(b, vmm_bcd_alias_guid("{bootmgr}"));
    size_t n = 0;
    if (p->windows) {
        list[n++] = (struct place){l->object, VMM_BCD_DEVICE_EL, "device", p->windows->part};
        list[n++] = (struct place){l->object, VMM_BCD_OSDEVICE, "osdevice", p->windows->part};
    }
    if (manager && vmm_bcd_own(manager, VMM_BCD_DEVICE_EL)) list[n++] = (struct place){manager, VMM_BCD_DEVICE_EL, "{bootmgr} device", p->boot->store->part};
    return n;
}

enum health { RIGHT, UNKNOWN, ELSEWHERE, NO_OPINION };

static enum health judge(const struct vmm_patient *p, const struct place *x) {
    const struct vmm_bcd_element *e = vmm_bcd_own(x->object, x->id);
    struct vmm_bcd_device d;
    enum health r = NO_OPINION;
    if (e == NULL) return UNKNOWN;
    vmm_bcd_device(e, p->scan->disk, &d);
    if (d.kind == VMM_DEV_PARTITION) r = d.part == x->part ? RIGHT : d.part == 0 ? UNKNOWN : ELSEWHERE;
    if (d.kind == VMM_DEV_BAD) r = UNKNOWN;
    vmm_bcd_device_clear(&d);
    return r;
}

/* BIOS code and the boot manager look their device up; UEFI firmware starts the boot manager from its own variables or from \EFI\Boot. */
static bool on_esp(const struct vmm_patient *p) { return strncasecmp(p->boot->store->path, "\\EFI\\", 5) == 0; }

static bool has_partitions(const struct vmm_patient *p) { return p->scan && p->scan->disk->scheme != VMM_SCHEME_NONE; }

static void examine_device(const struct vmm_patient *p, struct vmm_finding *f) {
    struct place list[3];
    bool certain;
    if (vmm_patient_bcd(p, f) == NULL) return;
    const struct vmm_loader *l = vmm_patient_loader(p, &certain);
    f->verdict = VMM_CANNOT_TELL;
    if (!has_partitions(p)) {
        vmm_finding_say(f, _("A folder has no partitions: this cannot be judged here."));
        return;
    }
    if (l == NULL || p->windows == NULL) {
        vmm_finding_say(f, _("Which entry boots this Windows could not be told."));
        return;
    }
    size_t n = places_of(p, l, list);
    f->verdict = VMM_NOT_NEEDED;
    for (size_t i = 0; i < n; i++) {
        enum health h = judge(p, &list[i]);
        if (h == UNKNOWN) {
            vmm_finding_say(f, _("%s names no partition of this disk."), list[i].name);
            bool harmless = list[i].object != l->object && on_esp(p);
            if (harmless) vmm_finding_say(f, _("UEFI firmware finds the boot manager without it, so this alone keeps nobody out."));
            f->verdict = vmm_graver(f->verdict, harmless ? VMM_OPTIONAL : VMM_NEEDED);
        } else if (h == ELSEWHERE) {
            vmm_finding_say(f, _("%s names another partition than number %d."), list[i].name, list[i].part);
            f->verdict = vmm_graver(f->verdict, VMM_OPTIONAL);
        }
    }
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("The devices of the boot entry are partitions of this disk."));
    else vmm_finding_say(f, _("The entry is %s."), l->object->guid);
    if (f->verdict == VMM_NEEDED) f->found = vmm_strdup(_("The boot entry names a partition that is not there"));
    f->summary = vmm_strdup(f->verdict == VMM_NEEDED ? _("unknown") : f->verdict == VMM_OPTIONAL ? _("elsewhere") : _("right"));
}

/* The bytes of a device that names PART: a copy of one that is right already, else made from the disk's identity. */
static int device_for(const struct vmm_patient *p, const struct place *list, size_t n, int part, uint8_t out[DEVICE_LEN], struct vmm_error *err) {
    for (size_t i = 0; i < n; i++) {
        const struct vmm_bcd_element *e = vmm_bcd_own(list[i].object, list[i].id);
        if (list[i].part != part || judge(p, &list[i]) != RIGHT || e->len != DEVICE_LEN) continue;
        memcpy(out, e->data, DEVICE_LEN);
        return 0;
    }
    if (vmm_bcd_device_make(p->scan->disk, part, out) == 0) return 0;
    return vmm_fail(err, VMM_E_UNSUPPORTED, NULL, _("BT01: the disk has no identity that a boot entry could name"));
}

static int plan_device(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct place list[3];
    const struct vmm_loader *l = vmm_need_loader(p, "BT01", err);
    if (l == NULL) return -1;
    if (!has_partitions(p) || p->windows == NULL) return vmm_fail(err, VMM_E_BLOCKED, NULL, _("BT01: it needs a disk with partitions and a Windows on it"));
    size_t n = places_of(p, l, list);
    int r = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        enum health h = judge(p, &list[i]);
        if (h != UNKNOWN && h != ELSEWHERE) continue;
        uint8_t data[DEVICE_LEN];
        char *path = vmm_printf("Objects\\%s\\Elements\\%08x", list[i].object->guid, list[i].id);
        r = device_for(p, list, n, list[i].part, data, err);
        if (r == 0) r = vmm_change_set(c, "BT01", p->boot->store, path, "Element", VMM_REG_BINARY, data, sizeof data, true, VMM_RISK_HIGH, _(WHY), err);
        free(path);
    }
    return r;
}

const struct vmm_fix vmm_fixes_boot_device[] = {
    {
        .id = "BT01",
        .family = N_("Start of Windows"),
        .title = N_("Mend the partition of a boot entry"),
        .symptom = N_("0xc000000e, 0xc000000f or 0xc0000225 at the start; bcdedit shows \"unknown\" for device or osdevice."),
        .what = N_("A boot entry names the partition it starts from by the identity of disk and partition. After cloning, or when a disk got a new signature, that identity is no longer this disk's "
                   "and nothing starts. This writes the identity of the partition where Windows (or the boot files) really stand."),
        .risk_text = N_("High. A wrong device makes the disk unbootable; so it is copied from an entry that is right where there is one, and only what is wrong is changed."),
        .undo = N_("vmmedic undo puts the boot store back, bit for bit."),
        .article = N_("Microsoft: boot error 0xc000000e / 0xc000000f / 0xc0000225 on an Azure VM"),
        .differs = N_("The articles also switch integrityservices on, recovery off and failures off; those are BT02 and a choice of their own."),
        .risk = VMM_RISK_HIGH,
        .windows = "bcdedit /store F:\\boot\\bcd /set {GUID} device partition=G:\nbcdedit /store F:\\boot\\bcd /set {GUID} osdevice partition=G:\n"
                   "bcdedit /store F:\\boot\\bcd /set {bootmgr} device partition=F:",
        .examine = examine_device,
        .plan = plan_device,
    },
    {0},
};
