/* The article "Cannot RDP to a VM because the VM boots into Safe Mode": two elements of the loader that boots the Windows.
 *   25000080 safeboot                0 Minimal, 1 Network, 2 DsRepair; leaving safe mode is deleting it
 *   26000081 safebootalternateshell  safe mode ends in a command prompt; the article forgets it
 * Own or inherited ({bootloadersettings}): each is deleted where it stands.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define MINIMAL 0
#define NETWORK 1
#define DSREPAIR 2
#define WHY_SAFEBOOT N_("Without this element Windows starts in its normal mode.")
#define WHY_SHELL N_("Without this element the desktop is back the next time somebody uses Safe Mode.")

/* ---- evidence ---- */

struct mode {
    const struct vmm_bcd_element *element; /* NULL: not set */
    const struct vmm_bcd_object *from;     /* where it stands */
    bool readable;
    uint64_t value;
};

static struct mode mode_of(const struct vmm_bcd *b, const struct vmm_bcd_object *o) {
    struct mode m = {0};
    m.element = vmm_bcd_effective(b, o, VMM_BCD_SAFEBOOT, &m.from);
    m.readable = m.element && vmm_bcd_integer(m.element, &m.value) == VMM_SET;
    return m;
}

/* What Windows would start in this mode, by its own list for the set that boots. */
static void say_remote_desktop(const struct vmm_patient *p, uint64_t mode, struct vmm_finding *f) {
    const char *list = mode == MINIMAL ? "Minimal" : "Network"; /* DsRepair starts what Network starts */
    if (p->windows == NULL || p->windows->system->hive == NULL || p->windows->boot_set == 0) return;
    vmm_key key;
    const struct vmm_hive *h = p->windows->system->hive;
    char *inner = vmm_printf("Control\\SafeBoot\\%s", list), *path = vmm_boot_set_path(p, inner);
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), path, &key);
    if (a == VMM_SET) a = vmm_key_child(h, key, "TermService", &key);
    else a = VMM_UNREADABLE; /* no list at all tells nothing of the service */
    if (a == VMM_SET) vmm_finding_say(f, _("SafeBoot\\%s lists the Remote Desktop service (TermService): it may start, but little else that a remote connection needs does."), list);
    if (a == VMM_NOT_SET) vmm_finding_say(f, _("SafeBoot\\%s does not list the Remote Desktop service (TermService): it does not start."), list);
    free(inner);
    free(path);
}

/* Names every other Windows entry with ID set. The number of them. */
static size_t say_others(const struct vmm_patient *p, const struct vmm_loader *but, uint32_t id, struct vmm_finding *f) {
    size_t others = 0;
    for (size_t i = 0; i < p->boot->loader_count; i++) {
        const struct vmm_loader *l = &p->boot->loaders[i];
        const struct vmm_bcd_element *e = l->recovery || l == but ? NULL : vmm_bcd_effective(p->boot->store->bcd, l->object, id, NULL);
        uint64_t n;
        if (e == NULL || (id == VMM_BCD_SAFEBOOT_ALTSHELL && vmm_bcd_integer(e, &n) == VMM_SET && n == 0)) continue;
        char *words = vmm_loader_words(l), *value = vmm_bcd_value_text(p->boot->store->bcd, l->object, e, NULL);
        vmm_finding_say(f, id == VMM_BCD_SAFEBOOT ? _("Another entry starts Safe Mode too (%s): %s.") : _("Another entry has the alternate shell too (%s): %s."), value, words);
        free(words);
        free(value);
        others++;
    }
    if (others) vmm_finding_say(f, _("loader={guid} names one of them, loader=all means every Windows entry; recovery entries are never touched."));
    return others;
}

static void say_where(const struct vmm_loader *l, const struct vmm_bcd_object *from, struct vmm_finding *f) {
    const char *alias = strcmp(from->guid, vmm_bcd_alias_guid("{bootloadersettings}")) == 0 ? " {bootloadersettings}" : "";
    if (from != l->object) vmm_finding_say(f, _("The entry inherits it from %s%s; it is deleted there, for every entry that inherits from it."), from->guid, alias);
}

/* True when the mode may be on purpose: Directory Services Restore Mode, on what is or may be a domain controller. */
static bool may_be_wanted(const struct vmm_patient *p, const struct mode *m) {
    return m->readable && m->value == DSREPAIR && (p->windows == NULL || p->windows->role == VMM_ROLE_DC || p->windows->role == VMM_ROLE_UNKNOWN);
}

/* ---- SM01 ---- */

static void judge_mode(const struct vmm_patient *p, const struct vmm_bcd *b, const struct vmm_loader *l, const struct mode *m, struct vmm_finding *f) {
    f->summary = vmm_bcd_value_text(b, m->from, m->element, NULL);
    say_where(l, m->from, f);
    if (!m->readable) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("It has a safeboot element, but its value could not be read (%s)."), f->summary);
        return;
    }
    vmm_finding_say(f, _("safeboot is %s: it starts in Safe Mode."), f->summary);
    f->verdict = VMM_NEEDED;
    if (!may_be_wanted(p, m)) {
        f->found = vmm_printf(_("Stuck in Safe Mode (%s)"), f->summary);
    } else {
        f->verdict = VMM_OPTIONAL;
        if (p->windows && p->windows->role == VMM_ROLE_DC)
            vmm_finding_say(f, _("This Windows is a domain controller: DsRepair (Directory Services Restore Mode) may be on purpose. Ask before you remove it."));
        else vmm_finding_say(f, _("Whether this is a domain controller could not be told; there DsRepair may be on purpose. Ask before you remove it."));
    }
    say_remote_desktop(p, m->value, f);
}

static void examine_safe_mode(const struct vmm_patient *p, struct vmm_finding *f) {
    bool certain;
    const struct vmm_bcd *b = vmm_patient_bcd(p, f);
    if (b == NULL) return;
    const struct vmm_loader *l = vmm_patient_loader(p, &certain);
    if (l == NULL) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("No entry of %s could be told to boot an installed Windows."), p->boot->store->label);
        say_others(p, NULL, VMM_BCD_SAFEBOOT, f);
        return;
    }
    vmm_say_loader(p, l, certain, f);
    struct mode m = mode_of(b, l->object);
    if (m.element) judge_mode(p, b, l, &m, f);
    else vmm_finding_say(f, _("It has no safeboot element: it starts in the normal mode."));
    size_t others = say_others(p, l, VMM_BCD_SAFEBOOT, f);
    if (m.element) return;
    f->verdict = others ? VMM_OPTIONAL : VMM_NOT_NEEDED;
    f->summary = vmm_strdup(others ? _("another entry") : _("normal mode"));
}

/* Deletes the element wherever it counts for the entries meant. ONLY_ON: a stored No stays. */
static int plan_delete(const struct vmm_patient *p, const char *fix, const char *element, uint32_t id, bool only_on, const char *why, const struct vmm_option *options,
                       size_t n, struct vmm_changes *c, struct vmm_error *err) {
    const struct vmm_bcd_object **loaders;
    size_t count;
    if (vmm_loaders_meant(p, fix, vmm_option_text(options, n, "loader"), &loaders, &count, err) < 0) return -1;
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        size_t carriers;
        const struct vmm_bcd_object **list = vmm_carriers(p->boot->store->bcd, loaders[i], id, &carriers);
        for (size_t k = 0; r == 0 && k < carriers; k++) {
            uint64_t value;
            bool off = only_on && vmm_bcd_integer(vmm_bcd_own(list[k], id), &value) == VMM_SET && value == 0;
            if (!off) r = vmm_change_bcd(c, fix, p->boot->store, list[k]->guid, element, NULL, VMM_RISK_LOW, _(why), err);
        }
        free(list);
    }
    free(loaders);
    return r;
}

static int plan_safe_mode(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    return plan_delete(p, "SM01", "safeboot", VMM_BCD_SAFEBOOT, false, WHY_SAFEBOOT, options, count, c, err);
}

/* ---- SM02 ---- */

static void examine_shell(const struct vmm_patient *p, struct vmm_finding *f) {
    bool certain;
    uint64_t on = 0;
    const struct vmm_bcd_object *from;
    const struct vmm_bcd *b = vmm_patient_bcd(p, f);
    if (b == NULL) return;
    const struct vmm_loader *l = vmm_patient_loader(p, &certain);
    if (l == NULL) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("No entry of %s could be told to boot an installed Windows."), p->boot->store->label);
        return;
    }
    vmm_say_loader(p, l, certain, f);
    const struct vmm_bcd_element *e = vmm_bcd_effective(b, l->object, VMM_BCD_SAFEBOOT_ALTSHELL, &from);
    if (e && vmm_bcd_integer(e, &on) != VMM_SET) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("It has a safebootalternateshell element, but its value could not be read."));
        return;
    }
    f->summary = vmm_strdup(on ? _("on") : _("off"));
    if (!on) {
        vmm_finding_say(f, _("The alternate shell is off."));
        f->verdict = say_others(p, l, VMM_BCD_SAFEBOOT_ALTSHELL, f) ? VMM_OPTIONAL : VMM_NOT_NEEDED;
        return;
    }
    struct mode m = mode_of(b, l->object);
    say_where(l, from, f);
    f->verdict = m.element && !may_be_wanted(p, &m) ? VMM_NEEDED : VMM_OPTIONAL;
    if (f->verdict == VMM_NEEDED) f->found = vmm_strdup(_("Safe Mode without a desktop"));
    if (m.element) vmm_finding_say(f, _("safebootalternateshell is Yes beside safeboot: Safe Mode ends in a command prompt, without a desktop."));
    else vmm_finding_say(f, _("safebootalternateshell is Yes without safeboot: it does nothing now, but the next Safe Mode would have no desktop."));
    say_others(p, l, VMM_BCD_SAFEBOOT_ALTSHELL, f);
}

static int plan_shell(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    return plan_delete(p, "SM02", "safebootalternateshell", VMM_BCD_SAFEBOOT_ALTSHELL, true, WHY_SHELL, options, count, c, err);
}

/* ---- the words ---- */

#define ARTICLE N_("Microsoft: Cannot RDP to a VM because the VM boots into Safe Mode (troubleshoot-rdp-safe-mode)")
#define UNDO N_("vmmedic undo puts the boot store back, bit for bit. By hand: bcdedit /set {guid} with the value that the report names.")

static const struct vmm_param loader_param[] = {
    {"loader", "{guid}|all", "", N_("Which entry: its GUID, or all for every Windows entry. Without it: the entry that boots the chosen Windows.")},
    {0},
};

const struct vmm_fix vmm_fixes_safe_mode[] = {
    {
        .id = "SM01",
        .family = N_("Boot mode"),
        .title = N_("Leave Safe Mode (remove safeboot)"),
        .symptom = N_("Remote Desktop is refused or times out. The boot diagnostics screenshot shows a logon screen or desktop with \"Safe Mode\" in the corners."),
        .what = N_("Deletes the element safeboot from the entry that boots this Windows, so that it starts in the normal mode again."),
        .risk_text = N_("Low. On a domain controller, DsRepair (Directory Services Restore Mode) may be on purpose: then it is only offered."),
        .undo = UNDO,
        .article = ARTICLE,
        .differs = N_("The article names the element \"safemoade\", expects the store at F:\\boot\\bcd and the entry {default} or {current}. Here the store is the one that the "
                      "firmware reads, the entry is found by its partition and named by its GUID, and other entries in Safe Mode are shown."),
        .risk = VMM_RISK_LOW,
        .params = loader_param,
        .examine = examine_safe_mode,
        .plan = plan_safe_mode,
    },
    {
        .id = "SM02",
        .family = N_("Boot mode"),
        .title = N_("Remove Safe Mode's command prompt (safebootalternateshell)"),
        .symptom = N_("Safe Mode shows a command prompt and no desktop."),
        .what = N_("Deletes the element safebootalternateshell from the entry that boots this Windows."),
        .risk_text = N_("Low. Without safeboot the element does nothing."),
        .undo = UNDO,
        .article = ARTICLE,
        .differs = N_("The article leaves this element behind; the next time somebody uses Safe Mode, it would start without a desktop."),
        .risk = VMM_RISK_LOW,
        .params = loader_param,
        .examine = examine_shell,
        .plan = plan_shell,
    },
    {0},
};
