/* What refuses a sign-in although Remote Desktop answers: A01 stored credentials, A02 the insecure CredSSP work-around, A03 tickets that are too large,
 * G02 a policy that hangs at sign-in. U02 stands in profiles.c.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "fixes/room.h"

#define UNDO N_("vmmedic undo puts the hive back, bit for bit.")
#define LSA "Control\\Lsa"
#define KERBEROS LSA "\\Kerberos\\Parameters"
#define CREDSSP "Microsoft\\Windows\\CurrentVersion\\Policies\\System\\CredSSP\\Parameters"
#define SYSTEM_POLICY "Policies\\Microsoft\\Windows\\System"

/* ---- A01 ---- */

static const struct vmm_rule creds_rules[] = {
    {VMM_IN_SET, LSA, "disabledomaincreds", NULL, 0, 0, 0, NULL, 0, VMM_OPTIONAL, N_("stored passwords cannot be used")},
};
static const struct vmm_ruled creds = {
    .fix = "A01", .rules = creds_rules, .count = VMM_COUNT(creds_rules), .risk = VMM_RISK_MEDIUM, .policy = true,
    .why = N_("Windows may keep credentials for the network."), .bad = N_("forbidden"), .good = N_("allowed"), .fine = N_("Credentials for the network may be stored."),
};
VMM_RULED(creds)

/* ---- A02 ---- */

static const struct vmm_rule oracle_rules[] = {
    {VMM_IN_SOFTWARE, CREDSSP, "AllowEncryptionOracle", NULL, 0, 1, 0, NULL, VMM_TAKE_OUT, VMM_OPTIONAL, N_("sign-in is open to a known attack")},
};
static const struct vmm_ruled oracle = {
    .fix = "A02", .rules = oracle_rules, .count = VMM_COUNT(oracle_rules), .risk = VMM_RISK_LOW, .policy = true,
    .why = N_("Without it Windows refuses the attack (CVE-2018-0886)."), .bad = N_("insecure"), .good = N_("secure"), .fine = N_("The insecure CredSSP work-around is not set."),
};
VMM_RULED(oracle)

/* ---- A03 ---- */

#define SMALLEST_TOKEN 12000u /* the default of the oldest Windows that counts */
#define GOOD_TOKEN 48000u
#define LARGEST_TOKEN 65535u

static const struct vmm_rule token_rules[] = {
    {VMM_IN_SET, KERBEROS, "MaxTokenSize", NULL, SMALLEST_TOKEN, LARGEST_TOKEN, GOOD_TOKEN, NULL, 0, VMM_NEEDED, N_("sign-in fails for members of many groups")},
};
static const struct vmm_ruled token = {
    .fix = "A03", .rules = token_rules, .count = VMM_COUNT(token_rules), .risk = VMM_RISK_MEDIUM, .policy = true,
    .why = N_("Room for the tickets of people who are in many groups."), .found = N_("Sign-in is refused: the size of tickets is set wrong"), .bad = N_("too small"), .good = N_("large enough"),
    .fine = N_("Tickets for sign-in have room enough."),
};

static void examine_token(const struct vmm_patient *p, struct vmm_finding *f) { vmm_rules_examine(&token, p, f); }

struct work {
    const struct vmm_patient *p;
    struct vmm_changes *c;
};

static int ignore_errors(void *ctx, const char *path, struct vmm_error *err) {
    const struct work *w = ctx;
    return vmm_change_dword(w->c, "A03", w->p->windows->system, path, "IgnoreRegUserConfigErrors", 1, VMM_RISK_MEDIUM,
                            _("A user whose settings cannot be read may sign in with the usual ones."), err);
}

static int plan_token(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct work w = {p, c};
    return vmm_rules_plan(&token, p, c, err) < 0 ? -1 : vmm_each_set(p, VMM_TS, ignore_errors, &w, err);
}

/* ---- G02 ---- */

#define LAST_OLD_BUILD 9600u /* Windows Server 2012 R2 */

static const struct vmm_rule cleanup_rules[] = {
    {VMM_IN_SOFTWARE, SYSTEM_POLICY, "CleanupProfiles", N_("policy CleanupProfiles"), 0, 0, 0, NULL, VMM_TAKE_OUT | VMM_ANY, VMM_NEEDED, N_("this Windows may hang at the start")},
};
static const struct vmm_ruled cleanup = {
    .fix = "G02", .rules = cleanup_rules, .count = VMM_COUNT(cleanup_rules), .risk = VMM_RISK_LOW, .policy = true,
    .why = N_("Old profiles are no longer removed at every start."), .found = N_("A policy can hang Windows at \"Applying Group Policy\""), .bad = N_("set"), .good = NC_("a policy", "not set"),
    .fine = N_("The policy that removes old profiles is not set."),
};

/* Newer Windows do not hang on it. */
static void examine_cleanup(const struct vmm_patient *p, struct vmm_finding *f) {
    vmm_rules_examine(&cleanup, p, f);
    if (f->verdict != VMM_NEEDED || p->windows->build == 0 || p->windows->build <= LAST_OLD_BUILD) return;
    f->verdict = VMM_OPTIONAL;
    free(f->found);
    f->found = NULL;
    vmm_finding_say(f, _("Only Windows Server 2012 and 2012 R2 are known to hang on it; this one is newer."));
}

static int plan_cleanup(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    return vmm_rules_plan(&cleanup, p, c, err);
}

/* ---- the words ---- */

const struct vmm_fix vmm_fixes_logon[] = {
    {
        .id = "A01",
        .family = N_("Sign-in"),
        .title = N_("Allow stored credentials"),
        .symptom = N_("\"The Local Security Authority cannot be contacted\" when somebody signs in from another computer."),
        .what = N_("disabledomaincreds forbids Windows to keep passwords for the network. Some ways to sign in from outside then fail. This allows it again."),
        .risk_text = N_("Medium. Security baselines forbid it on purpose; if signing in works otherwise, leave it."),
        .undo = UNDO,
        .article = N_("Microsoft: Can't connect with RDP to an Azure VM (cannot-connect-rdp-azure-vm)"),
        .risk = VMM_RISK_MEDIUM,
        .rules = &creds,
        .examine = examine_creds,
        .plan = plan_creds,
    },
    {
        .id = "A02",
        .family = N_("Sign-in"),
        .title = N_("Remove the CredSSP work-around"),
        .symptom = N_("\"This could be due to CredSSP encryption oracle remediation\" was once worked around on this Windows."),
        .what = N_("AllowEncryptionOracle 2 lets clients sign in that have not been updated since May 2018, and with them anyone in between. This removes it. The cure for the error is to update "
                   "the client (and this Windows); setting the value is not offered here."),
        .risk_text = N_("Low. A client that was never updated can no longer sign in."),
        .undo = UNDO,
        .article = N_("Microsoft: CredSSP encryption oracle remediation error (credssp-encryption-oracle-remediation)"),
        .differs = N_("The article sets the value to 2 as a work-around; here it is only ever taken away."),
        .risk = VMM_RISK_LOW,
        .rules = &oracle,
        .examine = examine_oracle,
        .plan = plan_oracle,
    },
    {
        .id = "A03",
        .family = N_("Sign-in"),
        .title = N_("Give sign-in tickets more room"),
        .symptom = N_("\"Access is denied\" for some users, often those who are in many groups."),
        .what = N_("MaxTokenSize limits the ticket that a domain gives a user. Too small, and who is in many groups is refused. This sets it to 48000 where it is out of range, and lets users "
                   "sign in whose own Remote Desktop settings cannot be read (IgnoreRegUserConfigErrors)."),
        .risk_text = N_("Medium. It hides that a user's settings cannot be read."),
        .undo = UNDO,
        .article = N_("Microsoft: Access is denied when you connect to an Azure VM by RDP (rdp-access-denied)"),
        .differs = N_("The article sets MaxTokenSize to 65535; Microsoft elsewhere asks for no more than 48000."),
        .risk = VMM_RISK_MEDIUM,
        .windows = "reg add \"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\Lsa\\Kerberos\\Parameters\" /v MaxTokenSize /t REG_DWORD /d 48000 /f\n"
                   "reg add \"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\Terminal Server\" /v IgnoreRegUserConfigErrors /t REG_DWORD /d 1 /f",
        .examine = examine_token,
        .plan = plan_token,
    },
    {
        .id = "G02",
        .family = N_("Sign-in"),
        .title = N_("Remove the CleanupProfiles policy"),
        .symptom = N_("The screenshot shows \"Applying Group Policy\" and nothing else for hours (Windows Server 2012, 2012 R2)."),
        .what = N_("A policy removes user profiles of a certain age at every start. On Windows Server 2012 and 2012 R2 this can hang for ever. This removes the policy value."),
        .risk_text = N_("Low. Old profiles stay until somebody removes them."),
        .undo = UNDO,
        .article = N_("Microsoft: VM is unresponsive while applying Group Policy (unresponsive-vm-apply-group-policy)"),
        .risk = VMM_RISK_LOW,
        .rules = &cleanup,
        .examine = examine_cleanup,
        .plan = plan_cleanup,
    },
    {0},
};
