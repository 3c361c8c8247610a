/* Which boot store the firmware reads, and why the others are not it. A repair of the wrong one changes nothing.
 *   GPT with an ESP   the ESP's \EFI\Microsoft\Boot\BCD
 *   MBR               \Boot\BCD of the active partition; without one, a store on a UEFI partition
 *   a folder          the boot folder when one is given, else the folder's own; the loader's ending settles a tie
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "windows/look.h"

static void judged(struct vmm_boot_store *b, enum vmm_store_role role, char *why) {
    free(b->why);
    b->role = role;
    b->why = why;
}

static bool is_recovery_path(const struct vmm_boot_store *b) {
    static const char path[] = "\\EFI\\Microsoft\\Recovery\\BCD";
    return vmm_casecmp(b->store->path, path) == 0;
}

/* True when an entry that boots an installed Windows has a path that fits this store's firmware. */
static bool fits_firmware(const struct vmm_boot_store *b) {
    const struct vmm_bcd *bcd = b->store->bcd;
    bool fits = false;
    for (size_t i = 0; bcd && !fits && i < bcd->count; i++) {
        const struct vmm_bcd_object *o = &bcd->objects[i];
        const struct vmm_bcd_element *e = o->type == 0x10200003 && !vmm_loader_is_recovery(bcd, o) ? vmm_bcd_own(o, VMM_BCD_PATH) : NULL;
        char *path = e ? vmm_bcd_string(e) : NULL;
        size_t n = path ? strlen(path) : 0;
        fits = n > 4 && vmm_casecmp(path + n - 4, b->efi ? ".efi" : ".exe") == 0;
        free(path);
    }
    return fits;
}

static bool on_esp(const struct vmm_scan *s, const struct vmm_boot_store *b) {
    const struct vmm_part *p = vmm_scan_part(s, b->store->part);
    return p && p->role == VMM_PART_ESP;
}

static bool on_active(const struct vmm_scan *s, const struct vmm_boot_store *b) {
    const struct vmm_part *p = vmm_scan_part(s, b->store->part);
    return p && p->active;
}

/* What partition table and place say of one store. True when the firmware may read it. */
static bool judge_by_place(const struct vmm_scan *s, struct vmm_boot_store *b) {
    const struct vmm_part *p = vmm_scan_part(s, b->store->part);
    if (s->store_only) judged(b, VMM_STORE_BOOTS, vmm_strdup(_("the file you named")));
    else if (b->role == VMM_STORE_TEMPLATE) judged(b, VMM_STORE_TEMPLATE, vmm_strdup(_("a template that Windows makes new stores from; nothing boots from it")));
    else if (is_recovery_path(b)) judged(b, VMM_STORE_RECOVERY, vmm_strdup(_("it belongs to the recovery environment; Windows does not boot from it")));
    else if (p && p->role == VMM_PART_RECOVERY) judged(b, VMM_STORE_RECOVERY, vmm_strdup(_("it stands on a recovery partition")));
    else if (vmm_scan_is_folder(s)) judged(b, VMM_STORE_BOOTS, vmm_strdup(_("it stands where the boot store belongs")));
    else if (s->disk->scheme == VMM_SCHEME_NONE) judged(b, VMM_STORE_BOOTS, vmm_strdup(_("it stands where the boot store belongs, on a disk without partitions")));
    else if (b->efi && on_esp(s, b)) judged(b, VMM_STORE_BOOTS, vmm_strdup(_("the firmware (UEFI) reads it: it stands on the EFI system partition")));
    else if (b->efi) judged(b, VMM_STORE_DECOY, vmm_strdup(_("the firmware does not read it: this is no EFI system partition")));
    else if (s->disk->scheme == VMM_SCHEME_GPT) judged(b, VMM_STORE_DECOY, vmm_strdup(_("a stale copy: a GPT disk boots from its EFI system partition")));
    else if (on_active(s, b)) judged(b, VMM_STORE_BOOTS, vmm_strdup(_("the firmware (BIOS) reads it: it stands on the active partition")));
    else judged(b, VMM_STORE_DECOY, vmm_strdup(_("a stale copy: its partition is not the active one")));
    return b->role == VMM_STORE_BOOTS;
}

static size_t count_role(const struct vmm_scan *s, enum vmm_store_role role, struct vmm_boot_store **last) {
    size_t n = 0;
    for (size_t i = 0; i < s->boot_count; i++)
        if (s->boot[i].role == role) {
            n++;
            *last = &s->boot[i];
        }
    return n;
}

/* A folder given as the boot partition outranks what stands in the Windows folder. */
static void prefer_boot_folder(struct vmm_scan *s) {
    bool given = false;
    for (size_t i = 0; i < s->boot_count; i++) given = given || (s->boot[i].role == VMM_STORE_BOOTS && s->boot[i].store->part == VMM_BOOT_FOLDER);
    for (size_t i = 0; given && i < s->boot_count; i++) {
        struct vmm_boot_store *b = &s->boot[i];
        if (b->role != VMM_STORE_BOOTS) continue;
        if (b->store->part == VMM_BOOT_FOLDER) judged(b, VMM_STORE_BOOTS, vmm_strdup(_("it stands in the folder you named as the boot partition")));
        else judged(b, VMM_STORE_DECOY, vmm_strdup(_("a copy in the Windows folder: you named another folder as the boot partition")));
    }
}

/* A store for UEFI and one for BIOS, both where the firmware would look (an MBR disk with an EFI partition, a folder): the one whose entries
 * fit its firmware is it. When both fit, the active partition's goes first, as BIOS would, and a note says so. */
static void settle_mixed(struct vmm_scan *s) {
    bool efi = false, bios = false, efi_fits = false, bios_fits = false;
    for (size_t i = 0; i < s->boot_count; i++) {
        const struct vmm_boot_store *b = &s->boot[i];
        if (b->role != VMM_STORE_BOOTS) continue;
        efi = efi || b->efi;
        bios = bios || !b->efi;
        efi_fits = efi_fits || (b->efi && fits_firmware(b));
        bios_fits = bios_fits || (!b->efi && fits_firmware(b));
    }
    if (!efi || !bios) return;
    bool take_efi = efi_fits && !bios_fits;
    if (efi_fits == bios_fits) {
        if (vmm_scan_is_folder(s)) return; /* two equal candidates and nothing to tell them by: ask */
        vmm_scan_note(s, _("this disk can boot by BIOS and by UEFI; the store of the active partition is taken, --store chooses another"));
    }
    for (size_t i = 0; i < s->boot_count; i++) {
        struct vmm_boot_store *b = &s->boot[i];
        if (b->role == VMM_STORE_BOOTS && b->efi != take_efi)
            judged(b, VMM_STORE_DECOY, vmm_strdup(take_efi ? _("no entry of it fits BIOS: this disk boots by UEFI") : _("this disk boots by BIOS from its active partition")));
    }
}

void vmm_judge_stores(struct vmm_scan *s) {
    struct vmm_boot_store *only = NULL;
    bool any = false;
    for (size_t i = 0; i < s->boot_count; i++) any = judge_by_place(s, &s->boot[i]) || any;
    prefer_boot_folder(s);
    settle_mixed(s);
    if (!any && count_role(s, VMM_STORE_DECOY, &only) == 1) {
        char *why = vmm_printf(_("the only boot store of this disk, although it stands where the firmware would not look (%s)"), only->why);
        judged(only, VMM_STORE_BOOTS, why);
    }
    if (s->store_only && s->boot_count) s->boot[0].efi = !fits_firmware(&s->boot[0]); /* asked as a BIOS store: no fit means UEFI */
}

static bool boots(const struct vmm_boot_store *b, int windows) {
    for (size_t i = 0; i < b->loader_count; i++)
        if (b->loaders[i].windows == windows) return true;
    return false;
}

const struct vmm_boot_store *vmm_scan_boot_store(const struct vmm_scan *s, int windows, const char **why) {
    const struct vmm_boot_store *match = NULL, *any = NULL;
    size_t matches = 0, candidates = 0;
    const char *ignored;
    if (why == NULL) why = &ignored;
    *why = NULL;
    for (size_t i = 0; i < s->boot_count; i++) {
        const struct vmm_boot_store *b = &s->boot[i];
        if (b->role != VMM_STORE_BOOTS) continue;
        candidates++;
        any = b;
        if (boots(b, windows)) {
            matches++;
            match = b;
        }
    }
    if (matches == 1) return match;
    if (candidates == 1) return any;
    if (candidates == 0) *why = s->boot_count ? _("none of the boot stores found is one that the firmware reads") : _("no boot store was found on this disk");
    else *why = matches ? _("several boot stores name this Windows; choose one with --store") : _("several boot stores were found and none names this Windows; choose one with --store");
    return NULL;
}
