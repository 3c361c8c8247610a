/* The optional half of the article's script: the serial console (EMS), and the boot menu on it. Two fixes, because the menu delays every start.
 *   loader 260000b0 ems; {emssettings} 15000022 emsport, 15000023 emsbaudrate
 *   {bootmgr} 26000020 displaybootmenu, 25000004 timeout, 16000020 bootems
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define DEFAULT_PORT 1
#define DEFAULT_BAUD 115200
#define DEFAULT_TIMEOUT 5
#define LONGEST_TIMEOUT 10
#define GLOBAL_SETTINGS 0x20100000u /* the type of {emssettings} */
#define WHY_EMS N_("Windows offers its special administration console on the serial port.")
#define WHY_PORT N_("The serial console of the cloud listens on this port at this speed.")
#define WHY_MENU N_("The boot menu can be seen and used on the serial console.")

/* ---- SC01 ---- */

static const struct vmm_bcd_object *ems_settings(const struct vmm_bcd *b) { return vmm_bcd_object(b, vmm_bcd_alias_guid("{emssettings}")); }

static bool own_is(const struct vmm_bcd_object *o, uint32_t id, uint64_t n) {
    uint64_t now;
    const struct vmm_bcd_element *e = o ? vmm_bcd_own(o, id) : NULL;
    return e && vmm_bcd_integer(e, &now) == VMM_SET && now == n;
}

static void say_element(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, const char *name, struct vmm_finding *f) {
    const struct vmm_bcd_element *e = o ? vmm_bcd_effective(b, o, id, NULL) : NULL;
    char *text = e ? vmm_bcd_value_text(b, o, e, NULL) : NULL;
    if (text) vmm_finding_say(f, _("%s is %s."), name, text);
    else vmm_finding_say(f, _("%s is not set."), name);
    free(text);
}

/* The console that answers on the port is part of Windows Server only. */
static void say_edition(const struct vmm_patient *p, struct vmm_finding *f) {
    const char *kind = p->windows ? p->windows->installation : "";
    if (vmm_casecmp(kind, "Client") == 0)
        vmm_finding_say(f, _("This is a client Windows: the console needs the optional capability Windows.Desktop.EMS-SAC.Tools; without it only boot messages appear."));
    else if (*kind) vmm_finding_say(f, _("This is Windows Server (%s): its console (SAC) is built in."), kind);
}

static void examine_ems(const struct vmm_patient *p, struct vmm_finding *f) {
    bool certain;
    const struct vmm_bcd *b = vmm_patient_bcd(p, f);
    if (b == NULL) return;
    const struct vmm_loader *l = vmm_patient_loader(p, &certain);
    const struct vmm_bcd_object *settings = ems_settings(b);
    if (l == NULL) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("No entry of %s could be told to boot an installed Windows."), p->boot->store->label);
        return;
    }
    bool on = vmm_element_is(b, l->object, VMM_BCD_EMS, 1);
    bool right = own_is(settings, VMM_BCD_EMSPORT, DEFAULT_PORT) && own_is(settings, VMM_BCD_EMSBAUDRATE, DEFAULT_BAUD);
    vmm_say_loader(p, l, certain, f);
    say_element(b, l->object, VMM_BCD_EMS, "ems", f);
    if (settings == NULL) vmm_finding_say(f, _("The store has no {emssettings} object; it would be made."));
    say_element(b, settings, VMM_BCD_EMSPORT, "{emssettings} emsport", f);
    say_element(b, settings, VMM_BCD_EMSBAUDRATE, "{emssettings} emsbaudrate", f);
    say_edition(p, f);
    f->verdict = on && right ? VMM_NOT_NEEDED : VMM_OPTIONAL;
    f->summary = vmm_strdup(on && right ? C_("the serial console", "on") : on ? _("on, other port") : C_("the serial console", "off"));
}

static int set_number(const struct vmm_patient *p, struct vmm_changes *c, const char *name, uint32_t id, unsigned value, struct vmm_error *err) {
    const char *guid = vmm_bcd_alias_guid("{emssettings}");
    if (ems_settings(p->boot->store->bcd)) {
        char *text = vmm_printf("%u", value);
        int r = vmm_change_bcd(c, "SC01", p->boot->store, guid, name, text, VMM_RISK_LOW, _(WHY_PORT), err);
        free(text);
        return r;
    }
    uint8_t data[8];
    vmm_put64(data, value);
    char *path = vmm_printf("Objects\\%s\\Elements\\%08x", guid, id);
    int r = vmm_change_set(c, "SC01", p->boot->store, path, "Element", VMM_REG_BINARY, data, sizeof data, true, VMM_RISK_LOW, _(WHY_PORT), err);
    free(path);
    return r;
}

static int make_settings(const struct vmm_patient *p, struct vmm_changes *c, struct vmm_error *err) {
    uint8_t type[4];
    if (ems_settings(p->boot->store->bcd)) return 0;
    vmm_put32(type, GLOBAL_SETTINGS);
    char *path = vmm_printf("Objects\\%s\\Description", vmm_bcd_alias_guid("{emssettings}"));
    int r = vmm_change_set(c, "SC01", p->boot->store, path, "Type", VMM_REG_DWORD, type, sizeof type, true, VMM_RISK_LOW, _(WHY_PORT), err);
    free(path);
    return r;
}

static int plan_ems(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const struct vmm_loader *l = vmm_need_loader(p, "SC01", err);
    if (l == NULL) return -1;
    if (vmm_plan_yes(c, "SC01", p->boot->store, l->object, "ems", VMM_BCD_EMS, VMM_RISK_LOW, _(WHY_EMS), err) < 0 || make_settings(p, c, err) < 0) return -1;
    if (set_number(p, c, "emsport", VMM_BCD_EMSPORT, vmm_option_number(options, count, "port", DEFAULT_PORT), err) < 0) return -1;
    return set_number(p, c, "emsbaudrate", VMM_BCD_EMSBAUDRATE, vmm_option_number(options, count, "baud", DEFAULT_BAUD), err);
}

/* ---- SC02 ---- */

static const struct vmm_bcd_object *boot_manager(const struct vmm_bcd *b) { return vmm_bcd_object(b, vmm_bcd_alias_guid("{bootmgr}")); }

/* A timeout of 1 to 10 seconds is long enough to press a key and short enough to wait for: it stays unless another is asked for. */
static bool good_timeout(const struct vmm_bcd_object *manager) {
    uint64_t now;
    const struct vmm_bcd_element *e = vmm_bcd_own(manager, VMM_BCD_TIMEOUT);
    return e && vmm_bcd_integer(e, &now) == VMM_SET && now >= 1 && now <= LONGEST_TIMEOUT;
}

static void examine_menu(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_bcd *b = vmm_patient_bcd(p, f);
    if (b == NULL) return;
    const struct vmm_bcd_object *manager = boot_manager(b);
    if (manager == NULL) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("%s has no {bootmgr} object."), p->boot->store->label);
        return;
    }
    bool on = vmm_element_is(b, manager, VMM_BCD_DISPLAYBOOTMENU, 1) && vmm_element_is(b, manager, VMM_BCD_BOOTEMS, 1) && good_timeout(manager);
    say_element(b, manager, VMM_BCD_DISPLAYBOOTMENU, "{bootmgr} displaybootmenu", f);
    say_element(b, manager, VMM_BCD_TIMEOUT, "{bootmgr} timeout", f);
    say_element(b, manager, VMM_BCD_BOOTEMS, "{bootmgr} bootems", f);
    vmm_finding_say(f, _("With the menu every start waits for the timeout; another Microsoft article names that menu as the cause of a VM that hangs at start."));
    f->verdict = on ? VMM_NOT_NEEDED : VMM_OPTIONAL;
    f->summary = vmm_strdup(on ? _("on") : _("off"));
}

static int plan_menu(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const struct vmm_bcd *b = vmm_patient_bcd(p, NULL);
    const struct vmm_bcd_object *manager = b ? boot_manager(b) : NULL;
    if (manager == NULL) {
        const char *why = p->boot == NULL ? (p->why_no_boot ? p->why_no_boot : _("no boot store was found")) : b ? _("the store has no {bootmgr} object") : p->boot->store->error.message;
        return vmm_fail(err, VMM_E_BLOCKED, NULL, "SC02: %s", why);
    }
    if (vmm_plan_yes(c, "SC02", p->boot->store, manager, "displaybootmenu", VMM_BCD_DISPLAYBOOTMENU, VMM_RISK_MEDIUM, _(WHY_MENU), err) < 0) return -1;
    if (vmm_plan_yes(c, "SC02", p->boot->store, manager, "bootems", VMM_BCD_BOOTEMS, VMM_RISK_MEDIUM, _(WHY_MENU), err) < 0) return -1;
    if (vmm_option_text(options, count, "timeout") == NULL && good_timeout(manager)) return 0;
    char *text = vmm_printf("%u", vmm_option_number(options, count, "timeout", DEFAULT_TIMEOUT));
    int r = vmm_change_bcd(c, "SC02", p->boot->store, manager->guid, "timeout", text, VMM_RISK_MEDIUM, _(WHY_MENU), err);
    free(text);
    return r;
}

/* ---- the words ---- */

#define ARTICLE N_("Microsoft: Cannot RDP to a VM because the VM boots into Safe Mode, \"Enable dump log and Serial Console (optional)\"")
#define UNDO N_("vmmedic undo puts the boot store back, bit for bit.")

static const struct vmm_param ems_params[] = {
    {"port", "1..4", "1", N_("The serial port (COM1 to COM4). Clouds use 1.")},
    {"baud", "9600|19200|38400|57600|115200", "115200", N_("The speed of the serial port.")},
    {0},
};
static const struct vmm_param menu_params[] = {
    {"timeout", "1..10", "5", N_("Seconds the menu waits. Without it a timeout of 1 to 10 seconds stays as it is.")},
    {0},
};

const struct vmm_fix vmm_fixes_serial_console[] = {
    {
        .id = "SC01",
        .family = N_("Serial console"),
        .title = N_("Turn the serial console on (EMS)"),
        .symptom = N_("The VM cannot be reached and its serial console shows nothing."),
        .what = N_("Sets ems on the entry that boots this Windows, and port and speed in {emssettings}, so that the cloud's serial console gets a prompt."),
        .risk_text = N_("Low. Whoever may use the VM's serial console gets a console that still asks for a Windows password."),
        .undo = UNDO,
        .article = ARTICLE,
        .differs = N_("The article's script goes on when one of its lines fails, and sets the boot menu along with it; here they are two fixes and each is done whole or not at all."),
        .risk = VMM_RISK_LOW,
        .params = ems_params,
        .examine = examine_ems,
        .plan = plan_ems,
    },
    {
        .id = "SC02",
        .family = N_("Serial console"),
        .title = N_("Show the boot menu on the serial console"),
        .symptom = N_("The boot menu (and with it the F8 options) is wanted on the serial console."),
        .what = N_("Sets displaybootmenu, bootems and a timeout on {bootmgr}."),
        .risk_text = N_("Medium. Every start waits for the timeout, and noise on the serial line can stop the countdown: the VM then waits at the menu."),
        .undo = UNDO,
        .article = ARTICLE,
        .differs = N_("The article sets it together with the console; newer Microsoft scripts leave it out, and another article names the menu as a cause of waiting. So it is a "
                      "choice of its own, and the timeout ends at 10 seconds."),
        .risk = VMM_RISK_MEDIUM,
        .params = menu_params,
        .examine = examine_menu,
        .plan = plan_menu,
    },
    {0},
};
