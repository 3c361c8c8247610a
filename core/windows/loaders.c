/* Which entry of a boot store boots which Windows. The name {default} proves nothing: an entry belongs to a Windows because its osdevice is that
 * partition and its systemroot that folder; where identities are missing, only because nothing else is possible, and then the reason says so.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "windows/look.h"

#define OS_LOADER 0x10200003u
#define NO_PART (-1000)

/* Objects of BCD-Template and of Windows setup: never an installed Windows. */
static const char *const template_guids[] = {"{a1943bbc-ea85-487c-97c7-c9ede908a38a}", "{b012b84d-c47c-4ed5-b722-c0c42163e569}",
                                             "{cbd971bf-b7b8-4885-951a-fa03044f5d71}", "{7254a080-1510-4e85-ac0f-e7fb3d444736}"};

static bool yes(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id) {
    uint64_t n = 0;
    const struct vmm_bcd_element *e = vmm_bcd_effective(b, o, id, NULL);
    return e && vmm_bcd_integer(e, &n) == VMM_SET && n != 0;
}

static char *text_of(const struct vmm_bcd_object *o, uint32_t id) {
    const struct vmm_bcd_element *e = vmm_bcd_own(o, id);
    return e ? vmm_bcd_string(e) : NULL;
}

bool vmm_loader_is_recovery(const struct vmm_bcd *b, const struct vmm_bcd_object *o) {
    const struct vmm_bcd_element *os = vmm_bcd_own(o, VMM_BCD_OSDEVICE);
    for (size_t i = 0; i < VMM_COUNT(template_guids); i++)
        if (strcmp(o->guid, template_guids[i]) == 0) return true;
    if (os == NULL || yes(b, o, VMM_BCD_RECOVERY_OS) || yes(b, o, VMM_BCD_WINPE)) return true;
    struct vmm_bcd_device d = {0};
    vmm_bcd_device(os, NULL, &d);
    bool ramdisk = d.kind == VMM_DEV_RAMDISK;
    vmm_bcd_device_clear(&d);
    return ramdisk;
}

/* The Windows at ROOT of PART (NO_PART: anywhere), NULL when there is none. */
static const struct vmm_windows *windows_at(const struct vmm_scan *s, int part, const char *root) {
    for (size_t i = 0; i < s->windows_count; i++) {
        const struct vmm_windows *w = &s->windows[i];
        if ((part == NO_PART || w->part == part) && (root == NULL || vmm_casecmp(w->root, root) == 0)) return w;
    }
    return NULL;
}

/* The one Windows of the disk when its folder is what the entry names. */
static const struct vmm_windows *only_windows(const struct vmm_scan *s, const char *root) {
    return s->windows_count == 1 ? windows_at(s, NO_PART, root) : NULL;
}

/* True when the device carries the partition that the Windows itself calls LETTER. Works without any partition table at hand. */
static bool same_identity(const struct vmm_windows *w, const struct vmm_bcd_device *d) {
    size_t len = 0;
    uint8_t *m = vmm_windows_mounted(w, w->letter, &len);
    bool same = false;
    if (m && len == 24 && memcmp(m, "DMIO:ID:", 8) == 0) same = d->gpt && memcmp(m + 8, d->part_guid, 16) == 0;
    if (m && len == 12) same = d->mbr && vmm_le32(m) == d->mbr_signature && vmm_le64(m + 4) == d->mbr_offset;
    free(m);
    return same;
}

static void belongs(struct vmm_loader *l, const struct vmm_windows *w, char *why) {
    free(l->why);
    l->windows = w ? w->number : 0;
    l->why = why;
}

/* An entry whose osdevice is a partition of this disk. */
static void judge_partition(const struct vmm_scan *s, struct vmm_loader *l, int part, const char *root) {
    const struct vmm_windows *w = windows_at(s, part, root);
    const struct vmm_part *p = vmm_scan_part(s, part);
    char *where = vmm_part_name(s, part), *safe = vmm_safe_text(root);
    if (w) belongs(l, w, vmm_printf(_("its osdevice is %s, where %s stands"), where, safe));
    else if (p && p->health == VMM_HEALTH_ENCRYPTED) belongs(l, NULL, vmm_printf(_("its osdevice is %s, which is encrypted"), where));
    else if (windows_at(s, part, NULL)) belongs(l, NULL, vmm_printf(_("its osdevice is %s, but there is no Windows in %s there"), where, safe));
    else belongs(l, NULL, vmm_printf(_("its osdevice is %s, where no Windows was found"), where));
    free(where);
    free(safe);
}

static void judge_unknown_partition(const struct vmm_scan *s, struct vmm_loader *l, const struct vmm_bcd_device *d, const char *root) {
    for (size_t i = 0; i < s->windows_count; i++) {
        const struct vmm_windows *w = &s->windows[i];
        if (vmm_scan_is_folder(s) && same_identity(w, d) && vmm_casecmp(w->root, root) == 0) {
            belongs(l, w, vmm_printf(_("its osdevice is the partition that this Windows calls %s"), w->letter));
            return;
        }
    }
    if (vmm_scan_is_folder(s)) belongs(l, NULL, vmm_strdup(_("a folder has no partition identity to compare its osdevice with")));
    else belongs(l, NULL, vmm_strdup(_("its osdevice names a partition that is not on this disk")));
}

static void judge_device(const struct vmm_scan *s, struct vmm_loader *l, const struct vmm_bcd_device *d, const char *root) {
    const struct vmm_windows *only = only_windows(s, root);
    switch (d->kind) {
    case VMM_DEV_PARTITION:
        if (vmm_scan_is_folder(s) || vmm_scan_part(s, d->part) == NULL || d->part == 0) judge_unknown_partition(s, l, d, root);
        else judge_partition(s, l, d->part, root);
        break;
    case VMM_DEV_BOOT:
    case VMM_DEV_LOCATE:
        if (only) belongs(l, only, vmm_printf(_("its osdevice is \"%s\", and this is the only Windows here"), d->kind == VMM_DEV_BOOT ? "boot" : "locate"));
        else belongs(l, NULL, vmm_printf(_("its osdevice is \"%s\", which does not tell one Windows from another"), d->kind == VMM_DEV_BOOT ? "boot" : "locate"));
        break;
    case VMM_DEV_VHD:
    case VMM_DEV_FILE: belongs(l, NULL, vmm_strdup(_("it boots from a file (a virtual disk), not from a partition"))); break;
    default: belongs(l, NULL, vmm_strdup(_("its osdevice could not be understood"))); break;
    }
}

/* Adds to the reason when the entry's own file is not where it says, or when its two devices differ. */
static void add_doubts(struct vmm_scan *s, struct vmm_volume *v, struct vmm_loader *l) {
    char *path = text_of(l->object, VMM_BCD_PATH);
    const struct vmm_bcd_element *device = vmm_bcd_own(l->object, VMM_BCD_DEVICE_EL), *os = vmm_bcd_own(l->object, VMM_BCD_OSDEVICE);
    const struct vmm_windows *w = &s->windows[l->windows - 1];
    if (path && path[0] == '\\' && !vmm_scan_there(s, v, w->part, path, false, NULL)) {
        char *safe = vmm_safe_text(path), *why = vmm_printf(_("%s; but there is no %s"), l->why, safe);
        free(l->why);
        l->why = why;
        free(safe);
    }
    if (device && os && (device->len != os->len || memcmp(device->data, os->data, os->len) != 0)) {
        char *why = vmm_printf(_("%s; its device is another one than its osdevice"), l->why);
        free(l->why);
        l->why = why;
    }
    free(path);
}

/* ---- one store ---- */

/* Where GUID stands in {bootmgr}'s displayorder, SIZE_MAX when it does not. */
static size_t place_in_order(const struct vmm_bcd *b, const char *guid) {
    const struct vmm_bcd_object *manager = vmm_bcd_object(b, vmm_bcd_alias_guid("{bootmgr}"));
    const struct vmm_bcd_element *order = manager ? vmm_bcd_own(manager, VMM_BCD_DISPLAYORDER) : NULL;
    size_t count = 0, place = SIZE_MAX;
    char **list = order ? vmm_bcd_list(order, &count) : NULL;
    for (size_t i = 0; list && i < count; i++) {
        if (place == SIZE_MAX && vmm_casecmp(list[i], guid) == 0) place = i;
        free(list[i]);
    }
    free(list);
    return place;
}

static void list_loaders(const struct vmm_scan *s, struct vmm_boot_store *b) {
    const struct vmm_bcd *bcd = b->store->bcd;
    const struct vmm_bcd_object *manager = vmm_bcd_object(bcd, vmm_bcd_alias_guid("{bootmgr}"));
    char *chosen = manager ? text_of(manager, VMM_BCD_DEFAULT) : NULL;
    for (size_t i = 0; i < bcd->count; i++) {
        const struct vmm_bcd_object *o = &bcd->objects[i];
        if (o->type != OS_LOADER) continue;
        b->loaders = vmm_realloc(b->loaders, b->loader_count + 1, sizeof *b->loaders);
        struct vmm_loader *l = &b->loaders[b->loader_count++];
        *l = (struct vmm_loader){.object = o, .is_default = chosen && vmm_casecmp(chosen, o->guid) == 0, .in_displayorder = place_in_order(bcd, o->guid) != SIZE_MAX,
                                 .recovery = vmm_loader_is_recovery(bcd, o)};
        if (l->recovery) {
            belongs(l, NULL, vmm_strdup(_("it starts recovery, setup or Windows PE, not an installed Windows")));
            continue;
        }
        struct vmm_bcd_device d = {0};
        char *root = text_of(o, VMM_BCD_SYSTEMROOT);
        vmm_bcd_device(vmm_bcd_own(o, VMM_BCD_OSDEVICE), s->disk, &d);
        judge_device(s, l, &d, root ? root : "\\Windows");
        vmm_bcd_device_clear(&d);
        free(root);
    }
    free(chosen);
}

/* The entry a boot manager takes by itself: default, else the first of displayorder, else the only one. NULL when it cannot be told. */
static struct vmm_loader *boot_choice(struct vmm_boot_store *b) {
    struct vmm_loader *only = NULL, *first = NULL;
    size_t candidates = 0, at = SIZE_MAX;
    for (size_t i = 0; i < b->loader_count; i++) {
        struct vmm_loader *l = &b->loaders[i];
        if (l->recovery) continue;
        if (l->is_default) return l;
        candidates++;
        only = l;
        size_t place = place_in_order(b->store->bcd, l->object->guid);
        if (place < at) {
            at = place;
            first = l;
        }
    }
    return candidates == 1 ? only : first;
}

/* Nothing matched by identity, and there is one Windows: on a folder the store's default, on a disk the only entry there is. */
static void take_what_is_left(const struct vmm_scan *s, struct vmm_boot_store *b) {
    const struct vmm_windows *w = s->windows_count == 1 ? &s->windows[0] : NULL;
    size_t candidates = 0;
    for (size_t i = 0; i < b->loader_count; i++) {
        if (b->loaders[i].windows) return;
        if (!b->loaders[i].recovery) candidates++;
    }
    struct vmm_loader *l = boot_choice(b);
    if (w == NULL || l == NULL || (candidates > 1 && !vmm_scan_is_folder(s))) return;
    char *root = text_of(l->object, VMM_BCD_SYSTEMROOT), *why;
    bool same_root = root == NULL || vmm_casecmp(root, w->root) == 0;
    free(root);
    if (!same_root) return;
    if (candidates == 1) why = vmm_printf(_("%s; it is the only Windows entry of this store and this is the only Windows here, so it is taken"), l->why);
    else why = vmm_printf(_("%s; it is the store's default entry, so it is taken"), l->why);
    belongs(l, w, why);
}

void vmm_judge_loaders(struct vmm_scan *s, struct vmm_volume *v) {
    for (size_t i = 0; i < s->boot_count; i++) {
        struct vmm_boot_store *b = &s->boot[i];
        if (b->store->bcd == NULL) continue;
        list_loaders(s, b);
        if (b->role == VMM_STORE_BOOTS) take_what_is_left(s, b);
        for (size_t k = 0; b->role == VMM_STORE_BOOTS && k < b->loader_count; k++)
            if (b->loaders[k].windows) add_doubts(s, v, &b->loaders[k]);
    }
}
