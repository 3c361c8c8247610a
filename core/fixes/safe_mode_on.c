/* Safe Mode on purpose: SM03 to find out what keeps a Windows from starting, SM04 the restore mode of a domain controller whose directory does not open.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <strings.h>

#include "fixes/room.h"

#define NTDS "Services\\NTDS\\Parameters"
#define PARTMGR "Services\\partmgr\\Parameters"
#define ONLINE_ALL 1u
#define UNDO N_("SM01 leaves Safe Mode again. vmmedic undo puts the boot store (and SYSTEM) back, bit for bit.")

static const char *mode_now(const struct vmm_bcd *b, const struct vmm_bcd_object *o) {
    static const char *const words[] = {"Minimal", "Network", "DsRepair"};
    uint64_t n;
    const struct vmm_bcd_element *e = vmm_bcd_effective(b, o, VMM_BCD_SAFEBOOT, NULL);
    if (e == NULL) return NULL;
    return vmm_bcd_integer(e, &n) == VMM_SET && n < VMM_COUNT(words) ? words[n] : "?";
}

static const struct vmm_loader *loader_said(const struct vmm_patient *p, struct vmm_finding *f) {
    bool certain;
    if (vmm_patient_bcd(p, f) == NULL) return NULL;
    const struct vmm_loader *l = vmm_patient_loader(p, &certain);
    if (l == NULL) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("No entry of %s could be told to boot an installed Windows."), p->boot->store->label);
    }
    return l;
}

/* ---- SM03 ---- */

static void examine_on(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_loader *l = loader_said(p, f);
    if (l == NULL) return;
    const char *mode = mode_now(p->boot->store->bcd, l->object);
    f->verdict = VMM_NOT_NEEDED; /* a way to look, never a repair */
    if (mode) vmm_finding_say(f, _("Safe Mode is on already (%s)."), mode);
    else vmm_finding_say(f, _("Safe Mode is off. To look for a bad driver it can be switched on."));
    f->summary = vmm_strdup(mode ? mode : _("off"));
}

static int set_mode(const struct vmm_patient *p, const char *fix, const struct vmm_loader *l, const char *mode, struct vmm_changes *c, struct vmm_error *err) {
    return vmm_change_bcd(c, fix, p->boot->store, l->object->guid, "safeboot", mode, VMM_RISK_MEDIUM, _("Windows starts in Safe Mode until this is taken out again (SM01)."), err);
}

static bool is_controller(const struct vmm_patient *p) { return p->windows && p->windows->role == VMM_ROLE_DC; }

static int plan_on(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const char *mode = vmm_option_text(options, count, "mode");
    const struct vmm_loader *l = vmm_need_loader(p, "SM03", err);
    if (l == NULL) return -1;
    if (mode && strcasecmp(mode, "dsrepair") == 0 && !is_controller(p))
        return vmm_fail(err, VMM_E_USAGE, _("Take mode=minimal or mode=network."), _("SM03: mode=dsrepair is for domain controllers, and this Windows is none"));
    return set_mode(p, "SM03", l, mode == NULL || strcasecmp(mode, "minimal") == 0 ? "Minimal" : strcasecmp(mode, "network") == 0 ? "Network" : "DsRepair", c, err);
}

/* ---- SM04 ---- */

static const char *const directory_files[] = {"DSA Database file"};
static const char *const directory_folders[] = {"Database log files path", "DSA Working Directory"};

/* True when the place cannot be found; it is said. */
static bool say_place(const struct vmm_patient *p, const struct vmm_hive *h, const char *path, const char *name, bool folder, struct vmm_finding *f) {
    char *place = NULL, **names = NULL;
    size_t count = 0;
    if (vmm_hive_string(h, path, name, &place) != VMM_SET) return false;
    bool drive = place[0] && place[1] == ':', other = drive && p->windows->letter[0] && strncasecmp(place, p->windows->letter, 1) != 0;
    enum vmm_answer a = other || !drive ? VMM_UNREADABLE : folder ? vmm_guest_folder(p, place + 2, &names, &count) : vmm_guest_file(p, place, NULL);
    vmm_names_free(names, count);
    if (a == VMM_NOT_SET) vmm_finding_say(f, _("%s is \"%s\", which is not there."), name, place);
    if (a == VMM_UNREADABLE) vmm_finding_say(f, _("%s is \"%s\", on another drive."), name, place);
    free(place);
    return a == VMM_NOT_SET || other;
}

static void examine_restore(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    if (h == NULL) return;
    if (!is_controller(p)) {
        f->verdict = p->windows->role == VMM_ROLE_UNKNOWN ? VMM_CANNOT_TELL : VMM_NOT_NEEDED;
        vmm_finding_say(f, f->verdict == VMM_NOT_NEEDED ? _("This Windows is no domain controller.") : _("Whether this is a domain controller could not be told."));
        f->summary = vmm_strdup(f->verdict == VMM_NOT_NEEDED ? _("no controller") : "");
        return;
    }
    const struct vmm_loader *l = loader_said(p, f);
    if (l == NULL) return;
    bool on = mode_now(p->boot->store->bcd, l->object) != NULL, missing = false;
    char *path = vmm_boot_set_path(p, NTDS);
    struct vmm_finding places = {0};
    for (size_t i = 0; i < VMM_COUNT(directory_files); i++) missing = say_place(p, h, path, directory_files[i], false, &places) || missing;
    for (size_t i = 0; i < VMM_COUNT(directory_folders); i++) missing = say_place(p, h, path, directory_folders[i], true, &places) || missing;
    f->verdict = missing && !on ? VMM_OPTIONAL : VMM_NOT_NEEDED;
    vmm_finding_say(f, "%s", on ? _("This domain controller starts in Safe Mode already.") : missing ? _("The directory of this domain controller may not open.")
                                                                                        : _("The files of this domain controller's directory are there."));
    for (size_t i = 0; i < places.evidence_count; i++) vmm_finding_say(f, "%s", places.evidence[i]);
    if (missing) vmm_finding_say(f, _("In Directory Services Restore Mode one signs in with the DSRM password, brings the drive online or moves the files, and leaves the mode with SM01."));
    f->summary = vmm_strdup(missing ? _("files missing") : _("in order"));
    vmm_finding_clear(&places);
    free(path);
}

struct work {
    const struct vmm_patient *p;
    struct vmm_changes *c;
};

static int online(void *ctx, const char *path, struct vmm_error *err) {
    const struct work *w = ctx;
    return vmm_change_dword(w->c, "SM04", w->p->windows->system, path, "SanPolicy", ONLINE_ALL, VMM_RISK_LOW, _("The drive of the directory comes online by itself."), err);
}

static int plan_restore(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct work w = {p, c};
    if (vmm_need_system(p, "SM04", err) < 0) return -1;
    if (!is_controller(p)) return vmm_fail(err, VMM_E_BLOCKED, NULL, _("SM04: this Windows is no domain controller"));
    const struct vmm_loader *l = vmm_need_loader(p, "SM04", err);
    if (l == NULL || set_mode(p, "SM04", l, "DsRepair", c, err) < 0) return -1;
    return vmm_each_set(p, PARTMGR, online, &w, err);
}

/* ---- the words ---- */

static const struct vmm_param mode_param[] = {
    {"mode", "minimal|network|dsrepair", "minimal", N_("minimal: without a network; network: with one; dsrepair: the restore mode of a domain controller.")},
    {0},
};

const struct vmm_fix vmm_fixes_safe_mode_on[] = {
    {
        .id = "SM03",
        .family = N_("Boot mode"),
        .title = N_("Switch Safe Mode on to look"),
        .symptom = N_("Windows stops with \"critical service failed\" (0xEF) or because of a driver."),
        .what = N_("In Safe Mode Windows starts only what it needs most. If it then comes up, a driver or service that Safe Mode leaves out is the cause; it can be removed on the serial console or "
                   "the VM's screen."),
        .risk_text = N_("Medium. Remote Desktop does not work in Safe Mode. Do not forget SM01 afterwards."),
        .undo = UNDO,
        .article = N_("Microsoft: Windows stop error 0x000000EF \"Critical Service Failed\" (critical-service-failed-boot-error)"),
        .risk = VMM_RISK_MEDIUM,
        .windows = "bcdedit /store F:\\boot\\bcd /set {GUID} safeboot minimal",
        .params = mode_param,
        .examine = examine_on,
        .plan = plan_on,
    },
    {
        .id = "SM04",
        .family = N_("Boot mode"),
        .title = N_("Domain controller: restore mode"),
        .symptom = N_("A domain controller stops with 0xC00002E1 or 0xC00002E2."),
        .what = N_("A domain controller that cannot open its directory restarts for ever. Often the drive with the directory is offline or full. This starts it in Directory Services Restore Mode and "
                   "lets all disks come online, so that somebody can sign in with the DSRM password and repair it."),
        .risk_text = N_("Medium. The server serves no domain until it starts normally again (SM01)."),
        .undo = UNDO,
        .article = N_("Microsoft: Directory services initialization failure (directory-services-initialization-failure)"),
        .differs = N_("The article's command to leave the mode has one word too many and fails."),
        .risk = VMM_RISK_MEDIUM,
        .windows = "bcdedit /store F:\\boot\\bcd /set {GUID} safeboot dsrepair\nreg add \"HKLM\\BROKENSYSTEM\\ControlSet001\\Services\\partmgr\\Parameters\" /v SanPolicy /t REG_DWORD /d 1 /f",
        .examine = examine_restore,
        .plan = plan_restore,
    },
    {0},
};
