/* Findings that are only told: UN01 a setup that never ended, HV02 backup copies of the registry, EN01 encryption. What to do about them is said; nothing is changed.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define NOTHING N_("None: nothing is changed.")
#define NO_UNDO N_("Nothing was changed.")

static int only_tells(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)p;
    (void)options;
    (void)count;
    (void)c;
    return vmm_only_reports(_("This fix"), err);
}

static void not_blocked(struct vmm_finding *f) { /* nothing would be written */
    free(f->blocked_by);
    f->blocked_by = NULL;
}

/* ---- UN01 ---- */

static void examine_setup(const struct vmm_patient *p, struct vmm_finding *f) {
    static const char *const flags[] = {"SystemSetupInProgress", "OOBEInProgress", "SetupType"};
    const struct vmm_hive *h = vmm_patient_system(p, f), *software = vmm_patient_software(p);
    char *command = NULL, *state = NULL;
    bool unfinished = false;
    if (h == NULL) return;
    not_blocked(f);
    vmm_hive_string(h, "Setup", "CmdLine", &command);
    bool ours = command && strcmp(command, VMM_SETUP_COMMAND) == 0; /* P02 tells of it */
    for (size_t i = 0; i < VMM_COUNT(flags); i++) {
        uint32_t n = 0;
        if (ours && strcmp(flags[i], "SetupType") == 0) continue;
        if (vmm_hive_dword(h, "Setup", flags[i], &n) != VMM_SET || n == 0) continue;
        if (!unfinished) vmm_finding_say(f, _("Setup has not ended: Windows goes on with it at the next start."));
        unfinished = true;
        vmm_finding_say(f, "%s: %u", flags[i], n);
    }
    if (software) vmm_hive_string(software, "Microsoft\\Windows\\CurrentVersion\\Setup\\State", "ImageState", &state);
    if (state && vmm_casecmp(state, "IMAGE_STATE_COMPLETE") != 0) {
        if (!unfinished) vmm_finding_say(f, _("This Windows is an image that was never set up to the end."));
        unfinished = true;
        vmm_finding_say(f, "ImageState: %s", state);
    }
    if (unfinished && command && *command) vmm_finding_say(f, _("It would run \"%s\"."), command);
    if (unfinished)
        vmm_finding_say(f, _("The logs are in \\Windows\\Panther. If the VM was made from an image that was not generalized (sysprep) to the end, capture the image again; a Setup that was "
                             "interrupted cannot be finished from here."));
    else vmm_finding_say(f, _("Setup of this Windows has ended."));
    f->verdict = unfinished ? VMM_REPORT : VMM_NOT_NEEDED;
    f->summary = vmm_strdup(unfinished ? _("not ended") : _("ended"));
    free(command);
    free(state);
}

/* ---- HV02 ---- */

static const char *const hives[] = {"SYSTEM", "SOFTWARE", "SAM", "SECURITY", "DEFAULT"};

static void examine_backups(const struct vmm_patient *p, struct vmm_finding *f) {
    size_t there = 0, unknown = 0;
    struct vmm_buf list = {0};
    if (p->windows == NULL) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("there is no Windows to look at"));
        return;
    }
    bool broken = p->windows->system->hive == NULL || (p->windows->software && p->windows->software->hive == NULL);
    for (size_t i = 0; i < VMM_COUNT(hives); i++) {
        uint64_t size;
        char *path = vmm_printf("%%SystemRoot%%\\System32\\config\\RegBack\\%s", hives[i]);
        enum vmm_answer a = vmm_guest_file(p, path, &size);
        unknown += a == VMM_UNREADABLE;
        if (a == VMM_SET && size > 0) vmm_buf_fmt(&list, "%s%s", there++ ? ", " : "", hives[i]);
        free(path);
    }
    f->verdict = broken ? VMM_REPORT : unknown == VMM_COUNT(hives) ? VMM_CANNOT_TELL : VMM_NOT_NEEDED;
    if (broken) vmm_finding_say(f, there ? _("A hive is damaged; Windows keeps older copies of some.") : _("A hive is damaged, and Windows keeps no copies of its own."));
    else if (f->verdict == VMM_CANNOT_TELL) vmm_finding_say(f, _("Whether Windows keeps copies of its registry could not be looked up."));
    else vmm_finding_say(f, _("The hives can be read; no copies of them are needed."));
    if (there) vmm_finding_say(f, _("\\Windows\\System32\\config\\RegBack holds %s."), (const char *)list.data);
    if (broken && there)
        vmm_finding_say(f, _("Putting such a copy in place is a last resort: passwords and the trust of the domain go back to its day, SAM and SECURITY belong together, and the logs of the "
                             "replaced hive must go. A snapshot or a backup of the disk is better."));
    f->summary = vmm_strdup(broken ? _("hive damaged") : there ? _("copies there") : _("not needed"));
    vmm_buf_free(&list);
}

/* ---- EN01 ---- */

static void examine_encryption(const struct vmm_patient *p, struct vmm_finding *f) {
    size_t locked = 0, open = 0;
    for (size_t i = 0; p->scan && i < p->scan->disk->part_count; i++) {
        const struct vmm_part *part = &p->scan->disk->parts[i];
        open += part->unlocked;
        if (part->unlocked) vmm_finding_say(f, _("Partition %d is encrypted (BitLocker) and was opened with its key."), part->number);
        if (part->health != VMM_HEALTH_ENCRYPTED) continue;
        if (locked++ == 0) vmm_finding_say(f, _("Partition %d is encrypted (BitLocker)."), part->number);
        else vmm_finding_say(f, _("Partition %d is encrypted too."), part->number);
    }
    f->verdict = locked + open ? VMM_REPORT : VMM_NOT_NEEDED;
    if (locked)
        vmm_finding_say(f, _("Its key is needed: the recovery password, or for Azure Disk Encryption the secret in the Key Vault. \"az vm encryption show -g GROUP -n VM\" tells which. vmmedic opens "
                             "the disk with the recovery password, the password, or a .BEK file: the wizard asks for it, the commands take --key-file FILE."));
    else if (open == 0) vmm_finding_say(f, _("No partition of this disk is encrypted."));
    f->summary = vmm_strdup(locked ? _("encrypted") : open ? _("unlocked") : _("not encrypted"));
}

/* ---- the words ---- */

const struct vmm_fix vmm_fixes_reports[] = {
    {
        .id = "UN01",
        .family = N_("To know"),
        .title = N_("Setup of Windows has not ended"),
        .symptom = N_("\"Windows could not finish configuring the system\", or a screen of Setup that comes again at every start."),
        .what = N_("Reports only. A Windows made from an image goes through Setup at its first start. If the image was made wrongly, or Setup was interrupted, it comes back at every start."),
        .risk_text = NOTHING,
        .undo = NO_UNDO,
        .article = N_("Microsoft: Windows could not finish configuring the system (vm-sysprep-specialize)"),
        .risk = VMM_RISK_LOW,
        .examine = examine_setup,
        .plan = only_tells,
    },
    {
        .id = "HV02",
        .family = N_("To know"),
        .title = N_("Windows' copies of its registry"),
        .symptom = N_("0xc000014c or \"the registry hive is corrupted\"."),
        .what = N_("Reports only. Older Windows keep copies of their registry in RegBack; since Windows 10 1803 they are empty unless somebody switched them on."),
        .risk_text = NOTHING,
        .undo = NO_UNDO,
        .article = N_("Microsoft: Azure VM boot error 0xc000014c, registry corruption"),
        .risk = VMM_RISK_LOW,
        .examine = examine_backups,
        .plan = only_tells,
    },
    {
        .id = "EN01",
        .family = N_("To know"),
        .title = N_("The disk is encrypted"),
        .symptom = N_("The disk shows as unformatted; BitLocker asks for a recovery key at the start."),
        .what = N_("Reports only. An encrypted volume cannot be looked into without its key."),
        .risk_text = NOTHING,
        .undo = NO_UNDO,
        .article = N_("Microsoft: Unlock an encrypted disk for offline repair (unlock-encrypted-disk-offline)"),
        .risk = VMM_RISK_LOW,
        .windows = "manage-bde -unlock F: -RecoveryPassword KEY",
        .examine = examine_encryption,
        .plan = only_tells,
    },
    {0},
};
