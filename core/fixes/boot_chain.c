/* A VM that does not come up cannot be reached either: BT02 stops at the recovery screen, BT04 waits at the boot menu, BT08 signing flags that Secure Boot refuses.
 * BT01 stands in boot_device.c.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <strings.h>

#include "fixes/room.h"

#define STATUS_POLICY 0x250000e0u
#define RECOVERY_ENABLED 0x16000009u
#define BOOT_SEQUENCE 0x24000002u
#define TEST_SIGNING 0x16000049u
#define NO_INTEGRITY 0x16000048u
#define IGNORE_ALL 1u
#define USUAL_TIMEOUT 30u /* Windows', when none is set */
#define FOR_EVER 300u
#define UNDO N_("vmmedic undo puts the boot store back, bit for bit.")

static const struct vmm_bcd_object *manager_of(const struct vmm_bcd *b) { return vmm_bcd_object(b, vmm_bcd_alias_guid("{bootmgr}")); }

/* The entry that boots this Windows, or NULL after saying that it cannot be told. */
static const struct vmm_loader *loader_of(const struct vmm_patient *p, struct vmm_finding *f) {
    bool certain;
    const struct vmm_loader *l = vmm_patient_loader(p, &certain);
    if (l == NULL) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("No entry of %s could be told to boot an installed Windows."), p->boot->store->label);
    }
    return l;
}

static uint64_t number_of(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, uint64_t fallback) {
    uint64_t n;
    const struct vmm_bcd_element *e = o ? vmm_bcd_effective(b, o, id, NULL) : NULL;
    return e && vmm_bcd_integer(e, &n) == VMM_SET ? n : fallback;
}

/* ---- BT02 ---- */

static void examine_recovery(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_bcd *b = vmm_patient_bcd(p, f);
    const struct vmm_loader *l = b ? loader_of(p, f) : NULL;
    if (l == NULL) return;
    const struct vmm_bcd_object *manager = manager_of(b);
    bool once = manager && vmm_bcd_own(manager, BOOT_SEQUENCE);
    bool ignores = number_of(b, l->object, STATUS_POLICY, 0) == IGNORE_ALL, recovers = number_of(b, l->object, RECOVERY_ENABLED, 1) != 0;
    f->verdict = once ? VMM_NEEDED : ignores && !recovers ? VMM_NOT_NEEDED : VMM_OPTIONAL;
    if (once) vmm_finding_say(f, _("The next start goes somewhere else once (bootsequence)."));
    if (once) f->found = vmm_strdup(_("The next start does not go to Windows"));
    if (ignores) vmm_finding_say(f, _("After a failed start Windows simply tries again."));
    else vmm_finding_say(f, _("After a failed start the VM may wait at the recovery screen."));
    if (recovers) vmm_finding_say(f, _("Automatic repair is on: it may start instead of Windows."));
    f->summary = vmm_strdup(once ? _("elsewhere once") : ignores && !recovers ? _("tries again") : _("may wait"));
}

static int plan_recovery(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const struct vmm_loader *l = vmm_need_loader(p, "BT02", err);
    const char *repair = vmm_option_text(options, count, "repair");
    if (l == NULL) return -1;
    const struct vmm_bcd *b = p->boot->store->bcd;
    const struct vmm_bcd_object *manager = manager_of(b);
    struct vmm_store *st = p->boot->store;
    if (manager && vmm_bcd_own(manager, BOOT_SEQUENCE) && vmm_change_bcd(c, "BT02", st, manager->guid, "bootsequence", NULL, VMM_RISK_LOW, _("The next start goes to Windows."), err) < 0) return -1;
    if (number_of(b, l->object, STATUS_POLICY, 0) != IGNORE_ALL &&
        vmm_change_bcd(c, "BT02", st, l->object->guid, "bootstatuspolicy", "IgnoreAllFailures", VMM_RISK_LOW, _("A failed start is tried again, without a question."), err) < 0) return -1;
    if ((repair && strcasecmp(repair, "keep") == 0) || number_of(b, l->object, RECOVERY_ENABLED, 1) == 0) return 0;
    return vmm_change_bcd(c, "BT02", st, l->object->guid, "recoveryenabled", "no", VMM_RISK_LOW, _("Automatic repair does not start instead of Windows."), err);
}

/* ---- BT04 ---- */

/* How long the menu would wait; 0 when it is not shown. */
static uint64_t menu_waits(const struct vmm_bcd *b, const struct vmm_bcd_object *manager, bool *shown) {
    size_t entries = 0;
    const struct vmm_bcd_element *order = vmm_bcd_own(manager, VMM_BCD_DISPLAYORDER);
    char **list = order ? vmm_bcd_list(order, &entries) : NULL;
    for (size_t i = 0; list && i < entries; i++) free(list[i]);
    free(list);
    *shown = vmm_element_is(b, manager, VMM_BCD_DISPLAYBOOTMENU, 1);
    return *shown || entries > 1 ? number_of(b, manager, VMM_BCD_TIMEOUT, USUAL_TIMEOUT) : 0;
}

static void examine_menu(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_bcd *b = vmm_patient_bcd(p, f);
    const struct vmm_bcd_object *manager = b ? manager_of(b) : NULL;
    bool shown;
    if (b && manager == NULL) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("%s has no {bootmgr} object."), p->boot->store->label);
    }
    if (manager == NULL) return;
    uint64_t waits = menu_waits(b, manager, &shown);
    f->verdict = waits > FOR_EVER ? VMM_NEEDED : waits >= USUAL_TIMEOUT ? VMM_OPTIONAL : VMM_NOT_NEEDED;
    if (waits > FOR_EVER) vmm_finding_say(f, _("The VM waits at the boot menu until somebody chooses."));
    else if (waits) vmm_finding_say(f, _("The boot menu waits %u seconds at every start."), (unsigned)waits);
    else vmm_finding_say(f, _("The boot menu is not shown."));
    if (f->verdict == VMM_NEEDED) f->found = vmm_strdup(_("The VM waits at the boot menu"));
    f->summary = waits ? vmm_printf(_("%u seconds"), (unsigned)waits) : vmm_strdup(_("not shown"));
}

static int plan_menu(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const struct vmm_bcd *b = vmm_patient_bcd(p, NULL);
    const struct vmm_bcd_object *manager = b ? manager_of(b) : NULL;
    bool shown;
    if (manager == NULL) return vmm_fail(err, VMM_E_BLOCKED, NULL, _("BT04: no boot store with a {bootmgr} object can be read"));
    if (menu_waits(b, manager, &shown) < USUAL_TIMEOUT && vmm_option_text(options, count, "timeout") == NULL) return 0;
    char *seconds = vmm_printf("%u", vmm_option_number(options, count, "timeout", 5));
    int r = vmm_change_bcd(c, "BT04", p->boot->store, manager->guid, "timeout", seconds, VMM_RISK_LOW, _("The menu goes on by itself after these seconds."), err);
    free(seconds);
    if (r == 0 && shown) r = vmm_change_bcd(c, "BT04", p->boot->store, manager->guid, "displaybootmenu", NULL, VMM_RISK_LOW, _("With one entry no menu is shown."), err);
    return r;
}

/* ---- BT08 ---- */

static void examine_signing(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_bcd *b = vmm_patient_bcd(p, f);
    const struct vmm_loader *l = b ? loader_of(p, f) : NULL;
    uint32_t secure = 0;
    if (l == NULL) return;
    bool test = vmm_element_is(b, l->object, TEST_SIGNING, 1), none = vmm_element_is(b, l->object, NO_INTEGRITY, 1);
    if (p->windows && p->windows->system->hive && p->windows->boot_set) {
        char *path = vmm_boot_set_path(p, "Control\\SecureBoot\\State");
        vmm_hive_dword(p->windows->system->hive, path, "UEFISecureBootEnabled", &secure);
        free(path);
    }
    f->verdict = !test && !none ? VMM_NOT_NEEDED : secure == 1 ? VMM_NEEDED : VMM_OPTIONAL;
    if (test) vmm_finding_say(f, _("testsigning is on: drivers with a test certificate may be loaded."));
    if (none) vmm_finding_say(f, _("nointegritychecks is on: unsigned drivers may be loaded."));
    if (!test && !none) vmm_finding_say(f, _("Drivers must be signed, as usual."));
    else vmm_finding_say(f, secure == 1 ? _("Secure Boot was on at the last start: it refuses to start Windows with this.") : _("Secure Boot was not on at the last start; with it Windows would not start."));
    if (f->verdict == VMM_NEEDED) f->found = vmm_strdup(_("Secure Boot refuses the signing settings"));
    f->summary = vmm_strdup(test || none ? _("lowered") : _("as usual"));
}

static int plan_signing(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    static const struct {
        uint32_t id;
        const char *name;
    } flags[] = {{TEST_SIGNING, "testsigning"}, {NO_INTEGRITY, "nointegritychecks"}};
    (void)options;
    (void)count;
    const struct vmm_loader *l = vmm_need_loader(p, "BT08", err);
    if (l == NULL) return -1;
    int r = 0;
    for (size_t i = 0; i < VMM_COUNT(flags); i++) {
        size_t carriers;
        if (!vmm_element_is(p->boot->store->bcd, l->object, flags[i].id, 1)) continue;
        const struct vmm_bcd_object **list = vmm_carriers(p->boot->store->bcd, l->object, flags[i].id, &carriers);
        for (size_t k = 0; r == 0 && k < carriers; k++)
            r = vmm_change_bcd(c, "BT08", p->boot->store, list[k]->guid, flags[i].name, NULL, VMM_RISK_LOW, _("Only signed drivers are loaded, and Secure Boot is content."), err);
        free(list);
    }
    return r;
}

/* ---- the words ---- */

static const struct vmm_param repair_param[] = {
    {"repair", "off|keep", "off", N_("off also switches automatic repair off; keep leaves it.")},
    {0},
};
static const struct vmm_param timeout_param[] = {
    {"timeout", "0..30", "5", N_("Seconds that the boot menu waits.")},
    {0},
};

const struct vmm_fix vmm_fixes_boot_chain[] = {
    {
        .id = "BT02",
        .family = N_("Start of Windows"),
        .title = N_("Do not stop at the recovery screen"),
        .symptom = N_("The screenshot shows \"Recovery\", \"Choose an option\" or automatic repair, again and again."),
        .what = N_("After a failed start Windows asks what to do, and in a VM nobody is there to answer. This lets it try again without a question (bootstatuspolicy IgnoreAllFailures), switches "
                   "automatic repair off, and removes an order to start something else once (bootsequence)."),
        .risk_text = N_("Low. What made the start fail is not repaired by this, only not asked about."),
        .undo = UNDO,
        .article = N_("Microsoft: Windows boot failure, and Azure repair-script-library: win-bcdedit-ignoreAllFailure"),
        .risk = VMM_RISK_LOW,
        .windows = "bcdedit /store F:\\boot\\bcd /set {GUID} bootstatuspolicy IgnoreAllFailures\nbcdedit /store F:\\boot\\bcd /set {GUID} recoveryenabled No",
        .params = repair_param,
        .examine = examine_recovery,
        .plan = plan_recovery,
    },
    {
        .id = "BT04",
        .family = N_("Start of Windows"),
        .title = N_("Do not wait at the boot menu"),
        .symptom = N_("The screenshot shows the Windows Boot Manager with a list to choose from."),
        .what = N_("The boot menu waits for somebody to choose: for its timeout, or for ever. This sets 5 seconds, and no menu where there is only one entry."),
        .risk_text = N_("Low. Who wants the menu on the serial console takes SC02, with 5 seconds."),
        .undo = UNDO,
        .article = N_("Microsoft: VM startup is stuck at Windows Boot Manager (windows-boot-manager menu)"),
        .differs = N_("The article's offline part sets displaybootmenu yes, which is the opposite of what it wants."),
        .risk = VMM_RISK_LOW,
        .windows = "bcdedit /store F:\\boot\\bcd /set {bootmgr} timeout 5\nbcdedit /store F:\\boot\\bcd /deletevalue {bootmgr} displaybootmenu",
        .params = timeout_param,
        .examine = examine_menu,
        .plan = plan_menu,
    },
    {
        .id = "BT08",
        .family = N_("Start of Windows"),
        .title = N_("Remove lowered driver signing"),
        .symptom = N_("0xc0000428 or \"the digital signature for this file couldn't be verified\"; Secure Boot is on."),
        .what = N_("testsigning and nointegritychecks let Windows load drivers that nobody signed. With Secure Boot on, the firmware then refuses Windows. This removes both."),
        .risk_text = N_("Low. A driver that needs them is no longer loaded."),
        .undo = UNDO,
        .article = N_("Azure repair-script-library: win-fix-code-integrity"),
        .risk = VMM_RISK_LOW,
        .windows = "bcdedit /store F:\\boot\\bcd /deletevalue {GUID} testsigning\nbcdedit /store F:\\boot\\bcd /deletevalue {GUID} nointegritychecks",
        .examine = examine_signing,
        .plan = plan_signing,
    },
    {0},
};
