/* W04: a connection security rule that demands IPsec of whoever comes in to the RDP port. Clients without it are dropped without a word.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "fixes/firewall_rules.h"

#define RULES VMM_FIREWALL "\\ConSecRules"
#define POLICY_RULES VMM_FIREWALL_POLICY "\\ConSecRules"
#define WHY N_("The rule demands IPsec, which Remote Desktop clients from outside do not have.")

struct judge {
    struct vmm_finding *f;
    bool policy;
};

static int judge_rule(void *ctx, const char *name, const char *text, const struct vmm_firewall_rule *r, struct vmm_error *err) {
    (void)text;
    (void)err;
    struct judge *j = ctx;
    if (!r->secure || !r->active || !r->concerns) return 0;
    if (r->scoped) {
        vmm_finding_say(j->f, _("A rule demands IPsec for certain addresses; it is left alone."));
        j->f->verdict = vmm_graver(j->f->verdict, VMM_REPORT);
    } else {
        vmm_finding_say(j->f, j->policy ? _("A policy rule demands IPsec of everyone who comes in.") : _("A rule demands IPsec of everyone who comes in."));
        j->f->verdict = VMM_NEEDED;
    }
    vmm_finding_say(j->f, _("Its name is %s."), name);
    return 0;
}

static void examine_ipsec(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f), *software = vmm_patient_software(p);
    struct vmm_error err = {0};
    if (h == NULL) return;
    uint32_t port = vmm_rdp_port(p, h), merge;
    struct judge local = {f, false}, policy = {f, true};
    char *path = vmm_boot_set_path(p, RULES);
    f->verdict = VMM_NOT_NEEDED;
    int r = vmm_firewall_each(h, path, port, judge_rule, &local, &err);
    if (r == 0 && software) r = vmm_firewall_each(software, POLICY_RULES, port, judge_rule, &policy, &err);
    if (r < 0) {
        f->verdict = vmm_graver(f->verdict, VMM_CANNOT_TELL);
        vmm_finding_say(f, "%s", err.message);
    }
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("No rule demands IPsec of Remote Desktop clients."));
    if (software && vmm_hive_dword(software, VMM_FIREWALL_POLICY, "AllowLocalIPsecPolicyMerge", &merge) == VMM_SET && merge == 0)
        vmm_finding_say(f, _("A policy makes Windows ignore local rules of this kind."));
    if (f->verdict == VMM_NEEDED) {
        f->found = vmm_strdup(_("The firewall demands IPsec of Remote Desktop clients"));
        vmm_say_domain(p, f);
    }
    f->summary = vmm_strdup(f->verdict == VMM_NEEDED ? _("demanded") : f->verdict == VMM_REPORT ? _("for some") : f->verdict == VMM_NOT_NEEDED ? _("not demanded") : "");
    free(path);
}

struct work {
    const struct vmm_patient *p;
    struct vmm_store *store;
    const char *path;
    uint32_t port;
    struct vmm_changes *c;
};

static int switch_off(void *ctx, const char *name, const char *text, const struct vmm_firewall_rule *r, struct vmm_error *err) {
    const struct work *w = ctx;
    if (!r->secure || !r->active || !r->concerns || r->scoped) return 0;
    char *off = vmm_firewall_with(text, "Active", "FALSE");
    int done = vmm_change_text(w->c, "W04", w->store, w->path, name, VMM_REG_SZ, off, VMM_RISK_MEDIUM, _(WHY), err);
    free(off);
    return done;
}

static int in_set(void *ctx, const char *path, struct vmm_error *err) {
    struct work *w = ctx;
    w->path = path;
    return vmm_firewall_each(w->store->hive, path, w->port, switch_off, w, err);
}

static int plan_ipsec(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    if (vmm_need_system(p, "W04", err) < 0) return -1;
    struct work w = {.p = p, .store = p->windows->system, .port = vmm_rdp_port(p, p->windows->system->hive), .c = c};
    int r = vmm_each_set(p, RULES, in_set, &w, err);
    if (r < 0 || vmm_patient_software(p) == NULL) return r;
    w.store = p->windows->software;
    return in_set(&w, POLICY_RULES, err);
}

const struct vmm_fix vmm_fixes_ipsec[] = {
    {
        .id = "W04",
        .family = N_("Firewall"),
        .title = N_("Switch off a rule asking for IPsec"),
        .symptom = N_("Remote Desktop times out although it listens and the firewall rule is on."),
        .what = N_("A connection security rule can demand that whoever connects proves itself by IPsec. A client from outside cannot, and Windows drops it without an answer. This switches off "
                   "such a rule if it holds for everyone and for the RDP port; rules for certain addresses are only told."),
        .risk_text = N_("Medium. The rule may be part of your organisation's protection; ask who made it. A policy of the domain may bring it back."),
        .undo = N_("vmmedic undo puts SYSTEM (and SOFTWARE, if a policy was changed) back, bit for bit."),
        .article = N_("Azure repair-script-library: win-fix-ipsec-rdp-block"),
        .risk = VMM_RISK_MEDIUM,
        .windows = "netsh advfirewall consec set rule name=\"NAME\" new enable=no",
        .examine = examine_ipsec,
        .plan = plan_ipsec,
    },
    {0},
};
