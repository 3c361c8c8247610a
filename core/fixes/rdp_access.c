/* The first step of "Troubleshoot Remote Desktop connections to an Azure VM": reset the RDP configuration. VMAccess does it on a VM that runs; this is the
 * same on its disk. One group, rdp-reset, and its fixes one by one; R02, R05, S01 and W01 stand in files of their own.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define ERROR_ARTICLE N_("Microsoft: Remote Desktop can't connect to the remote computer (troubleshoot-rdp-general-error)")
#define UNDO N_("vmmedic undo puts SYSTEM (and SOFTWARE, if a policy was changed) back, bit for bit.")
#define NOT_CLAMPED N_("Windows knows no such choice")

/* ---- R01 ---- */

static const struct vmm_rule off_rules[] = {
    {VMM_IN_SET, VMM_TS, "fDenyTSConnections", NULL, 0, 0, 0, NULL, 0, VMM_NEEDED, NC_("after a colon", "Remote Desktop is switched off")},
    {VMM_IN_SET, VMM_TS, "fDenyTSConnections", NULL, 0, 0, 0, NULL, VMM_MUST_BE | VMM_ABSENCE, VMM_OPTIONAL, N_("Windows may take that for off")},
    {VMM_IN_SOFTWARE, VMM_TS_POLICY, "fDenyTSConnections", N_("policy fDenyTSConnections"), 0, 0, 0, NULL, 0, VMM_NEEDED, N_("a policy switches Remote Desktop off")},
    {VMM_IN_SET, VMM_TS, "TSEnabled", NULL, 1, 1, 1, NULL, 0, VMM_NEEDED, N_("Remote Desktop Services are switched off")},
    {VMM_IN_SET, VMM_TS, "TSServerDrainMode", NULL, 0, 0, 0, NULL, 0, VMM_NEEDED, N_("the server takes no new sessions")},
    {VMM_IN_SET, VMM_TS, "TSUserEnabled", NULL, 0, 0, 0, NULL, 0, VMM_NEEDED, N_("users are not allowed to sign in")},
    {VMM_IN_SET, VMM_LISTENER, "fEnableWinStation", NULL, 1, 1, 1, NULL, 0, VMM_NEEDED, N_("the RDP listener is switched off")},
    {VMM_IN_SET, VMM_LISTENER, "fLogonDisabled", NULL, 0, 0, 0, NULL, 0, VMM_NEEDED, N_("the RDP listener takes no sign-in")},
};
static const struct vmm_ruled off = {
    .fix = "R01", .rules = off_rules, .count = VMM_COUNT(off_rules), .risk = VMM_RISK_LOW, .policy = true,
    .why = N_("Remote Desktop has to be allowed here."), .found = N_("Remote Desktop is switched off"), .bad = N_("off"), .good = N_("on"),
    .fine = N_("Nothing in the registry switches Remote Desktop off."),
};
VMM_RULED(off)

/* ---- R04 ---- */

static const struct vmm_rule range_rules[] = {
    {VMM_IN_SET, VMM_LISTENER, "SecurityLayer", NULL, 0, 2, 2, NULL, 0, VMM_NEEDED, NOT_CLAMPED},
    {VMM_IN_SET, VMM_LISTENER, "UserAuthentication", NULL, 0, 1, 1, NULL, 0, VMM_NEEDED, NOT_CLAMPED},
    {VMM_IN_SET, VMM_LISTENER, "MinEncryptionLevel", NULL, 1, 4, 3, NULL, 0, VMM_NEEDED, NOT_CLAMPED},
    {VMM_IN_SOFTWARE, VMM_TS_POLICY, "SecurityLayer", N_("policy SecurityLayer"), 0, 2, 2, NULL, 0, VMM_NEEDED, NOT_CLAMPED},
    {VMM_IN_SOFTWARE, VMM_TS_POLICY, "UserAuthentication", N_("policy UserAuthentication"), 0, 1, 1, NULL, 0, VMM_NEEDED, NOT_CLAMPED},
    {VMM_IN_SOFTWARE, VMM_TS_POLICY, "MinEncryptionLevel", N_("policy MinEncryptionLevel"), 1, 4, 3, NULL, 0, VMM_NEEDED, NOT_CLAMPED},
};
static const struct vmm_ruled range = {
    .fix = "R04", .rules = range_rules, .count = VMM_COUNT(range_rules), .risk = VMM_RISK_LOW, .policy = true,
    .why = N_("The number means something again."), .found = N_("The RDP listener has settings that do not exist"), .bad = N_("out of range"), .good = N_("in range"),
    .fine = N_("The security settings of the RDP listener are numbers that exist."),
};
VMM_RULED(range)

/* ---- R06 ---- */

static const struct vmm_rule adapter_rules[] = {
    {VMM_IN_SET, VMM_LISTENER, "LanAdapter", NULL, 0, 0, 0, NULL, 0, VMM_NEEDED, N_("the listener waits on one network card only")},
};
static const struct vmm_ruled adapter = {
    .fix = "R06", .rules = adapter_rules, .count = VMM_COUNT(adapter_rules), .risk = VMM_RISK_LOW,
    .why = N_("0: the listener waits on every network card."), .found = N_("Remote Desktop waits on one network card only"), .bad = N_("one card"), .good = N_("every card"),
    .fine = N_("The RDP listener waits on every network card."),
};
VMM_RULED(adapter)

/* ---- R07 ---- */

static const char *const listener_parts[] = {"WdName", "PdName", "PortNumber"};

static void examine_listener(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    vmm_key key;
    if (h == NULL) return;
    free(f->blocked_by); /* nothing would be written */
    f->blocked_by = NULL;
    char *path = vmm_boot_set_path(p, VMM_LISTENER);
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), path, &key);
    f->verdict = a == VMM_UNREADABLE ? VMM_CANNOT_TELL : a == VMM_NOT_SET ? VMM_REPORT : VMM_NOT_NEEDED;
    if (a == VMM_NOT_SET) vmm_finding_say(f, _("The RDP listener (RDP-Tcp) is missing: nothing waits for Remote Desktop."));
    if (a == VMM_UNREADABLE) vmm_finding_say(f, _("The key of the RDP listener (RDP-Tcp) could not be read."));
    for (size_t i = 0; a == VMM_SET && i < VMM_COUNT(listener_parts); i++) {
        struct vmm_value v;
        enum vmm_answer there = vmm_key_value(h, key, listener_parts[i], &v);
        if (there == VMM_SET) vmm_value_clear(&v);
        if (there != VMM_NOT_SET) continue;
        vmm_finding_say(f, _("The RDP listener is not whole: %s is missing."), listener_parts[i]);
        f->verdict = VMM_REPORT;
    }
    if (f->verdict == VMM_REPORT)
        vmm_finding_say(f, _("It cannot be made up here: on a working VM of the same Windows, export %s and import it with plan --reg, or copy the key by hand."), "HKLM\\SYSTEM\\CurrentControlSet\\" VMM_LISTENER);
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("The RDP listener is there, with its driver and its port."));
    f->summary = vmm_strdup(f->verdict == VMM_REPORT ? _("damaged") : f->verdict == VMM_NOT_NEEDED ? _("there") : "");
    free(path);
}

static int plan_listener(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)p;
    (void)options;
    (void)count;
    (void)c;
    return vmm_only_reports("R07", err);
}

/* ---- R03 ---- */

static const struct vmm_rule nla_rules[] = {
    {VMM_IN_SET, VMM_LISTENER, "UserAuthentication", NULL, 0, 0, 0, NULL, VMM_MUST_BE, VMM_OPTIONAL, N_("Network Level Authentication is on")},
    {VMM_IN_SOFTWARE, VMM_TS_POLICY, "UserAuthentication", N_("policy UserAuthentication"), 0, 0, 0, NULL, 0, VMM_OPTIONAL, N_("a policy asks for it")},
};
static const struct vmm_ruled nla = {
    .fix = "R03", .rules = nla_rules, .count = VMM_COUNT(nla_rules), .risk = VMM_RISK_HIGH, .policy = true,
    .why = N_("0: no password before the sign-in screen. For the time of the rescue only."), .bad = NC_("Network Level Authentication", "on"), .good = NC_("Network Level Authentication", "off"),
    .fine = N_("Network Level Authentication is off already."),
};

static void examine_nla(const struct vmm_patient *p, struct vmm_finding *f) {
    vmm_rules_examine(&nla, p, f);
    if (f->verdict != VMM_OPTIONAL || p->windows->role == VMM_ROLE_MEMBER) return;
    f->verdict = VMM_NOT_NEEDED; /* on a VM of its own no domain controller is asked */
    vmm_finding_say(f, _("This Windows is in no domain, so no domain controller has to answer for that: it keeps nobody out."));
}

static int plan_nla(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    return vmm_rules_plan(&nla, p, c, err);
}

/* ---- the group ---- */

static const char *const members[] = {"R01", "R02", "R04", "R05", "R06", "S01", "W01", NULL};

static void examine_group(const struct vmm_patient *p, struct vmm_finding *f) {
    struct vmm_finding one[VMM_COUNT(members)] = {0};
    size_t needed = 0, wanted = 0, unknown = 0;
    for (size_t i = 0; members[i]; i++) {
        vmm_fix_by_id(members[i])->examine(p, &one[i]);
        needed += one[i].verdict == VMM_NEEDED;
        wanted += one[i].verdict == VMM_NEEDED || one[i].verdict == VMM_OPTIONAL;
        unknown += one[i].verdict == VMM_CANNOT_TELL;
    }
    f->verdict = wanted ? VMM_OPTIONAL : unknown ? VMM_CANNOT_TELL : VMM_NOT_NEEDED; /* its members say what is needed; taken whole it is a choice */
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("Nothing that this group resets keeps Remote Desktop out."));
    else vmm_finding_say(f, ngettext("Of the fixes of this group %zu is needed.", "Of the fixes of this group %zu are needed.", needed), needed);
    for (size_t i = 0; members[i]; i++) {
        if (one[i].verdict != VMM_NOT_NEEDED && one[i].evidence_count) vmm_finding_say(f, "%s: %s", members[i], one[i].evidence[0]);
        if (one[i].blocked_by && f->blocked_by == NULL) f->blocked_by = vmm_strdup(one[i].blocked_by);
        vmm_finding_clear(&one[i]);
    }
    f->summary = wanted ? vmm_printf(_("%zu needed"), needed) : vmm_strdup(unknown ? "" : _("in order"));
}

static int plan_group(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    int r = 0;
    for (size_t i = 0; r == 0 && members[i]; i++) r = vmm_fix_plan(p, members[i], c, err);
    return r;
}

/* ---- the words ---- */

const struct vmm_fix vmm_fixes_rdp_access[] = {
    {
        .id = "rdp-reset",
        .family = N_("Remote Desktop"),
        .title = N_("Let Remote Desktop in again"),
        .symptom = N_("Remote Desktop does not answer, but the screenshot of the VM shows a normal sign-in screen."),
        .what = N_("Does R01, R02, R04, R05, R06, S01 and W01 together: Remote Desktop on, port 3389, settings that exist, Windows' own certificate, every network card, the service "
                   "startable, the firewall rule on. It changes only what differs. This is what \"Reset remote access configuration\" (VMAccess) does on a VM that runs."),
        .risk_text = N_("Medium. A port or a certificate that somebody chose on purpose is reset too; take the fixes one by one to keep them."),
        .undo = UNDO,
        .article = N_("Microsoft: Troubleshoot Remote Desktop connections to an Azure virtual machine, step 1: Reset remote access configuration (troubleshoot-rdp-connection)"),
        .differs = N_("The article's way needs a VM that runs and an agent that answers, which is just what is missing; this works on the disk."),
        .risk = VMM_RISK_MEDIUM,
        .windows = "Set-AzVMAccessExtension -ResourceGroupName GROUP -VMName VM -Name VMAccessAgent -Location PLACE -TypeHandlerVersion 2.0 -ForceRerun $true",
        .members = members,
        .examine = examine_group,
        .plan = plan_group,
    },
    {
        .id = "R01",
        .family = N_("Remote Desktop"),
        .title = N_("Switch Remote Desktop on"),
        .symptom = N_("\"This computer can't connect to the remote computer\"; port 3389 is closed although Windows runs."),
        .what = N_("Several values of the registry can each switch Remote Desktop off: for the computer, for the listener, for new sessions, or by policy. Windows then runs normally and "
                   "nobody gets in. This sets those that say off to on; a policy value is changed only where there is one."),
        .risk_text = N_("Low. Remote Desktop was switched off by somebody; make sure that the network rules of the VM let in only who should come."),
        .undo = UNDO,
        .article = ERROR_ARTICLE,
        .differs = N_("The article writes the policy value even where no policy was set; here it is changed only where it is there."),
        .risk = VMM_RISK_LOW,
        .rules = &off,
        .examine = examine_off,
        .plan = plan_off,
    },
    {
        .id = "R03",
        .family = N_("Remote Desktop"),
        .title = N_("Switch NLA off for the rescue"),
        .symptom = N_("\"The remote computer requires Network Level Authentication, which your computer does not support\" or \"a domain controller cannot be contacted\"."),
        .what = N_("Network Level Authentication checks the password before the sign-in screen. On a domain member that cannot reach a domain controller this fails, and nobody gets in, "
                   "not even with a local account. This sets UserAuthentication to 0 for the time of the rescue."),
        .risk_text = N_("High: LOWERS SECURITY. Anyone who reaches the port sees the sign-in screen. Put it back with RD03 as soon as you are in."),
        .undo = N_("RD03 sets it to 1 again. vmmedic undo puts SYSTEM back, bit for bit."),
        .article = N_("Microsoft: Can't connect with RDP to an Azure VM (cannot-connect-rdp-azure-vm)"),
        .risk = VMM_RISK_HIGH,
        .lowers_security = true,
        .rules = &nla,
        .examine = examine_nla,
        .plan = plan_nla,
    },
    {
        .id = "R04",
        .family = N_("Remote Desktop"),
        .title = N_("Mend RDP settings out of range"),
        .symptom = N_("Remote Desktop connects and is cut off at once."),
        .what = N_("SecurityLayer may be 0 to 2, UserAuthentication 0 or 1, MinEncryptionLevel 1 to 4. Another number, or one of the wrong type, makes the listener refuse everyone. This "
                   "sets such a value to 2, 1 or 3."),
        .risk_text = N_("Low. What is set is what Windows and its security guidance use."),
        .undo = UNDO,
        .article = N_("Azure repair-script-library: win-fix-rdp-connectivity"),
        .risk = VMM_RISK_LOW,
        .rules = &range,
        .examine = examine_range,
        .plan = plan_range,
    },
    {
        .id = "R06",
        .family = N_("Remote Desktop"),
        .title = N_("Listen on every network card"),
        .symptom = N_("Port 3389 is closed after the VM got a new network card, although everything else works."),
        .what = N_("LanAdapter ties the RDP listener to one network card by its number. After a move the card with that number is gone, and nothing listens. 0 means every card."),
        .risk_text = N_("Low. If the server has a card that Remote Desktop should not answer on, the network rules must say so."),
        .undo = UNDO,
        .article = N_("Microsoft: Prepare a Windows VHD to upload to Azure (prepare-for-upload-vhd-image)"),
        .risk = VMM_RISK_LOW,
        .rules = &adapter,
        .examine = examine_adapter,
        .plan = plan_adapter,
    },
    {
        .id = "R07",
        .family = N_("Remote Desktop"),
        .title = N_("The RDP listener is missing"),
        .symptom = N_("Nothing listens on port 3389 although the service runs; the event log names no reason."),
        .what = N_("Reports only. The key RDP-Tcp describes the listener, with a hundred values that belong to this build of Windows; without it there is no Remote Desktop. It is not made "
                   "up here: it must come from a working Windows of the same build."),
        .risk_text = N_("None: nothing is changed."),
        .undo = N_("Nothing was changed."),
        .article = N_("Azure repair-script-library: win-fix-rdp-connectivity"),
        .risk = VMM_RISK_LOW,
        .windows = "reg export \"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp\" rdp-tcp.reg",
        .examine = examine_listener,
        .plan = plan_listener,
    },
    {0},
};
