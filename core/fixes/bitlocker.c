/* The elements of a boot store that BitLocker watches: when one of them changes, the machine asks for the recovery key at its next start. On an encrypted disk that is
 * said before it is chosen. The list is that of Windows 8 and later with Secure Boot off; safeboot, ems and the like are not in it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixes/room.h"

static const uint32_t watched[] = {
    /* any boot application: device, path, loadoptions, bootdebug, advancedoptions, optionsedit, nointegritychecks, testsigning, isolatedcontext, forcefipscrypto */
    0x11000001, 0x12000002, 0x12000030, 0x16000010, 0x16000040, 0x16000041, 0x16000048, 0x16000049, 0x16000060, 0x1600007b,
    /* winload: systemroot, kernel, hal, evstore, nx, restrictapiccluster, winpe, lastknowngood, safebootalternateshell, debug, hypervisordebug, hypervisorusevapic.
     * winresume has filedevice, filepath and debugoptionenabled where winload has osdevice, systemroot and another */
    0x21000001, 0x22000002, 0x22000011, 0x22000012, 0x22000053, 0x25000020, 0x25000052, 0x26000006, 0x26000022, 0x26000025, 0x26000081, 0x260000a0, 0x260000f2, 0x26000116,
};

bool vmm_bitlocker_watches(uint32_t element) {
    bool found = false;
    for (size_t i = 0; !found && i < VMM_COUNT(watched); i++) found = watched[i] == element;
    return found;
}

/* The volume of this Windows is encrypted; when no Windows can be told (it is locked), any volume of the disk is enough. */
static bool encrypted(const struct vmm_scan *s, const struct vmm_windows *w) {
    bool any = false;
    for (size_t i = 0; s && i < s->disk->part_count; i++) {
        const struct vmm_part *p = &s->disk->parts[i];
        any = any || ((p->bitlocker || p->health == VMM_HEALTH_ENCRYPTED) && (w == NULL || p->number == w->part));
    }
    return any;
}

char *vmm_bitlocker_warning(const struct vmm_scan *s, const struct vmm_windows *w, const struct vmm_changes *c) {
    const struct vmm_change *first = NULL;
    if (!encrypted(s, w)) return NULL;
    for (size_t i = 0; first == NULL && i < c->count; i++)
        if (c->list[i].store->is_bcd && c->list[i].element && vmm_bitlocker_watches(c->list[i].element)) first = &c->list[i];
    if (first == NULL) return NULL;
    char *place = vmm_change_place(first);
    char *text = vmm_printf(_("This disk is encrypted with BitLocker, which watches %s: after this change the VM asks for the recovery key at its next start and waits. Have its recovery "
                              "password (48 digits) ready, and a console of the VM to type it on."), place);
    free(place);
    return text;
}

/* What the fix would change on this disk with its usual options decides, not what it might. */
void vmm_bitlocker_tell(const struct vmm_patient *p, const struct vmm_fix *f, struct vmm_finding *found) {
    struct vmm_changes c = {0};
    struct vmm_error ignored = {0};
    if (found->blocked_by || (found->verdict != VMM_NEEDED && found->verdict != VMM_OPTIONAL) || f->members || !encrypted(p->scan, p->windows)) return;
    char *warning = vmm_fix_plan(p, f->id, &c, &ignored) == 0 ? vmm_bitlocker_warning(p->scan, p->windows, &c) : NULL;
    if (warning) {
        vmm_finding_say(found, "%s", warning);
        found->asks_recovery_key = true;
    }
    free(warning);
    vmm_changes_clear(&c);
}
