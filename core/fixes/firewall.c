/* The Windows firewall in front of Remote Desktop: its rule (W01), the whole firewall off and on (W02, W02R), "block all incoming connections" (W03).
 *   ControlSetNNN\Services\SharedAccess\Parameters\FirewallPolicy
 *   SOFTWARE\Policies\Microsoft\WindowsFirewall, where a policy of the same kind stands
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixes/firewall_rules.h"

#define RULES VMM_FIREWALL "\\FirewallRules"
#define POLICY_RULES VMM_FIREWALL_POLICY "\\FirewallRules"
#define RDP_RULE "RemoteDesktop-UserMode-In-TCP"
#define RULE_BODY                                                                                                                                                          \
    "|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|Profile=Public|LPort=%u|App=%%SystemRoot%%\\system32\\svchost.exe|Svc=termservice|"      \
    "Name=@FirewallAPI.dll,-28775|Desc=@FirewallAPI.dll,-28756|EmbedCtxt=@FirewallAPI.dll,-28752|"
#define OLDEST_VERSION "v2.10"
#define WHY_ON N_("The firewall lets Remote Desktop in again.")
#define WHY_BLOCK N_("A rule that blocks wins over every rule that allows.")

static const char *const profiles[] = {"DomainProfile", "PublicProfile", "StandardProfile"};

/* ---- the view ---- */

struct look {
    struct vmm_firewall_view *view;
    struct vmm_finding *f; /* NULL: nothing is said */
    size_t rules;
};

static int look_rule(void *ctx, const char *name, const char *text, const struct vmm_firewall_rule *r, struct vmm_error *err) {
    (void)err;
    (void)text;
    struct look *x = ctx;
    x->rules++;
    if (!r->concerns || !r->active) return 0;
    if (r->allow) {
        x->view->allowed = true;
        if (x->f && r->scoped) vmm_finding_say(x->f, _("The rule %s lets in only certain addresses."), name);
        if (x->f && r->profiles && !r->public_profile) vmm_finding_say(x->f, _("The rule %s does not hold on public networks."), name);
    }
    if (r->block && !r->scoped) {
        x->view->blocked = true;
        if (x->f) vmm_finding_say(x->f, _("The active rule %s blocks the RDP port."), name);
    } else if (r->block && x->f) {
        vmm_finding_say(x->f, _("The active rule %s blocks the RDP port for certain addresses; it is left alone."), name);
    }
    return 0;
}

static bool all_off(const struct vmm_patient *p, const struct vmm_hive *h) {
    size_t off = 0;
    for (size_t i = 0; i < VMM_COUNT(profiles); i++) {
        uint32_t on = 1;
        char *inner = vmm_printf(VMM_FIREWALL "\\%s", profiles[i]), *path = vmm_boot_set_path(p, inner);
        off += vmm_hive_dword(h, path, "EnableFirewall", &on) == VMM_SET && on == 0;
        free(inner);
        free(path);
    }
    return off == VMM_COUNT(profiles);
}

static struct vmm_firewall_view view_said(const struct vmm_patient *p, const struct vmm_hive *h, uint32_t port, struct vmm_finding *f) {
    struct vmm_firewall_view v = {0};
    struct look x = {.view = &v, .f = f};
    char *path = vmm_boot_set_path(p, RULES);
    v.known = vmm_firewall_each(h, path, port, look_rule, &x, NULL) == 0 && x.rules > 0;
    v.off = all_off(p, h);
    v.open = v.known && v.allowed && !v.blocked;
    free(path);
    return v;
}

struct vmm_firewall_view vmm_firewall_view(const struct vmm_patient *p, const struct vmm_hive *h, uint32_t port) { return view_said(p, h, port, NULL); }

/* ---- W01 ---- */

static void say_builtin(const struct vmm_patient *p, const struct vmm_hive *h, uint32_t port, struct vmm_finding *f) {
    char *path = vmm_boot_set_path(p, RULES), *text = NULL;
    enum vmm_answer a = vmm_hive_string(h, path, RDP_RULE, &text);
    if (a == VMM_NOT_SET) vmm_finding_say(f, _("The firewall rule for Remote Desktop is missing."));
    else if (a != VMM_SET) vmm_finding_say(f, _("The firewall rule for Remote Desktop could not be read."));
    else {
        struct vmm_firewall_rule r = vmm_firewall_read(text, port);
        if (!r.active) vmm_finding_say(f, _("The firewall rule for Remote Desktop is switched off."));
        else if (r.block) vmm_finding_say(f, _("The firewall rule for Remote Desktop blocks instead of letting in."));
        else if (!r.concerns) vmm_finding_say(f, _("The firewall rule for Remote Desktop is not for TCP port %u."), port);
    }
    free(text);
    free(path);
}

static int look_policy(void *ctx, const char *name, const char *text, const struct vmm_firewall_rule *r, struct vmm_error *err) {
    (void)text;
    (void)err;
    if (r->concerns && r->active && r->block) vmm_finding_say(ctx, _("A policy rule blocks the RDP port (%s); this fix does not change policies."), name);
    if (r->concerns && r->active && r->allow) vmm_finding_say(ctx, _("A policy rule lets the RDP port in (%s)."), name);
    return 0;
}

static void say_policy(const struct vmm_patient *p, uint32_t port, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_software(p);
    uint32_t merge;
    if (h == NULL) return;
    vmm_firewall_each(h, POLICY_RULES, port, look_policy, f, NULL);
    for (size_t i = 0; i < VMM_COUNT(profiles); i++) {
        char *path = vmm_printf(VMM_FIREWALL_POLICY "\\%s", profiles[i]);
        if (vmm_hive_dword(h, path, "AllowLocalPolicyMerge", &merge) == VMM_SET && merge == 0)
            vmm_finding_say(f, _("A policy makes Windows ignore local firewall rules (%s): then the rule must be in the policy."), profiles[i]);
        free(path);
    }
}

static void examine_rule(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    if (h == NULL) return;
    uint32_t port = vmm_rdp_port(p, h);
    struct vmm_firewall_view v = vmm_firewall_view(p, h, port);
    if (!v.known) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("The rules of the Windows firewall could not be read, or there are none."));
        return;
    }
    uint32_t judged = v.open ? port : VMM_RDP_PORT; /* with another port R02 says what is wrong; the rule is for 3389 */
    struct vmm_firewall_view now = vmm_firewall_view(p, h, judged);
    f->verdict = now.open ? VMM_NOT_NEEDED : now.off ? VMM_OPTIONAL : VMM_NEEDED;
    if (now.open) vmm_finding_say(f, _("The firewall has a rule that lets TCP port %u in."), judged);
    else if (!now.allowed) say_builtin(p, h, judged, f);
    view_said(p, h, judged, f);
    if (!now.open && now.off) vmm_finding_say(f, _("The firewall is switched off in all three profiles, so this keeps nobody out now."));
    if (port != VMM_RDP_PORT) vmm_finding_say(f, _("The RDP listener uses port %u; W01:port=%u makes a rule for it."), port, port);
    if (f->verdict == VMM_NEEDED) f->found = vmm_strdup(_("The firewall does not let Remote Desktop in"));
    f->summary = vmm_strdup(now.open ? C_("the firewall", "open") : now.blocked ? _("blocked") : _("closed"));
    say_policy(p, judged, f);
    if (!now.open) vmm_say_domain(p, f);
}

struct work {
    const struct vmm_patient *p;
    const char *path;
    uint32_t port;
    char version[16];
    struct vmm_changes *c;
};

static int find_version(void *ctx, const char *name, const char *text, const struct vmm_firewall_rule *r, struct vmm_error *err) {
    (void)name;
    (void)err;
    struct work *w = ctx;
    size_t n = strcspn(text, "|");
    if (r->well_formed && n < sizeof w->version) snprintf(w->version, sizeof w->version, "%.*s", (int)n, text);
    return r->well_formed ? 1 : 0;
}

static int put_rule(struct work *w, const char *name, const char *text, const char *why, struct vmm_error *err) {
    return vmm_change_text(w->c, "W01", w->p->windows->system, w->path, name, VMM_REG_SZ, text, VMM_RISK_LOW, _(why), err);
}

/* Puts NEXT in the place of TEXT. */
static void becomes(char **text, char *next) {
    free(*text);
    *text = next;
}

/* The rule NAME for the port: what is wrong of it set right, token by token; made anew where there is none or where it is another kind of rule. */
static int open_rule(struct work *w, const char *name, struct vmm_error *err) {
    char *text = NULL, port[8];
    enum vmm_answer a = vmm_hive_string(w->p->windows->system->hive, w->path, name, &text);
    struct vmm_firewall_rule now = vmm_firewall_read(text ? text : "", w->port);
    if (a == VMM_UNREADABLE) return vmm_fail(err, VMM_E_BROKEN, NULL, _("W01: %s cannot be read"), name);
    if (a != VMM_SET) text = vmm_strdup("");
    if (!now.active) becomes(&text, vmm_firewall_with(text, "Active", "TRUE"));
    if (!now.allow) becomes(&text, vmm_firewall_with(text, "Action", "Allow"));
    if (!now.in) becomes(&text, vmm_firewall_with(text, "Dir", "In"));
    if (!vmm_firewall_read(text, w->port).concerns) {
        snprintf(port, sizeof port, "%u", w->port);
        becomes(&text, vmm_firewall_with(text, "Protocol", "6"));
        becomes(&text, vmm_firewall_with(text, "LPort", port));
    }
    if (!vmm_firewall_read(text, w->port).concerns) {
        char *body = vmm_printf(RULE_BODY, w->port);
        becomes(&text, vmm_printf("%s%s", w->version, body));
        free(body);
    }
    int r = put_rule(w, name, text, WHY_ON, err);
    free(text);
    return r;
}

static int close_block(void *ctx, const char *name, const char *text, const struct vmm_firewall_rule *r, struct vmm_error *err) {
    struct work *w = ctx;
    if (!r->concerns || !r->active || !r->block || r->scoped || vmm_casecmp(name, RDP_RULE) == 0) return 0;
    char *off = vmm_firewall_with(text, "Active", "FALSE");
    int done = put_rule(w, name, off, WHY_BLOCK, err);
    free(off);
    return done;
}

static int open_set(void *ctx, const char *path, struct vmm_error *err) {
    struct work *w = ctx;
    const struct vmm_hive *h = w->p->windows->system->hive;
    char name[64];
    w->path = path;
    snprintf(w->version, sizeof w->version, "%s", OLDEST_VERSION);
    if (vmm_firewall_each(h, path, w->port, find_version, w, err) < 0) return -1;
    snprintf(name, sizeof name, w->port == VMM_RDP_PORT ? RDP_RULE : "RemoteDesktop-In-TCP-%u", w->port);
    if (open_rule(w, name, err) < 0) return -1;
    return vmm_firewall_each(h, path, w->port, close_block, w, err);
}

static int plan_rule(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    if (vmm_need_system(p, "W01", err) < 0) return -1;
    uint32_t port = vmm_rdp_port(p, p->windows->system->hive);
    if (vmm_option_text(options, count, "port")) port = vmm_option_number(options, count, "port", VMM_RDP_PORT);
    else {
        struct vmm_firewall_view v = vmm_firewall_view(p, p->windows->system->hive, port);
        if (v.open) return 0; /* another rule than the usual one may do it */
        port = VMM_RDP_PORT;
    }
    struct work w = {.p = p, .port = port, .c = c};
    return vmm_each_set(p, RULES, open_set, &w, err);
}

/* ---- W02, W02R, W03 ---- */

/* One value in the three profiles of every set, and in the four that a policy may have: FLAGS are those of the sets, MORE those of both. */
#define IN_SET(profile, name, low, high, want, flags, grade, says) \
    {VMM_IN_SET, VMM_FIREWALL "\\" profile, name, profile " " name, low, high, want, NULL, flags, grade, says}
#define IN_POLICY(profile, name, low, high, want, flags, grade, says) \
    {VMM_IN_SOFTWARE, VMM_FIREWALL_POLICY "\\" profile, name, "policy " profile " " name, low, high, want, NULL, flags, grade, says}
#define EVERYWHERE(name, low, high, want, flags, more, grade, says)                            \
    IN_SET("DomainProfile", name, low, high, want, (flags) | (more), grade, says),             \
        IN_SET("PublicProfile", name, low, high, want, (flags) | (more), grade, says),         \
        IN_SET("StandardProfile", name, low, high, want, (flags) | (more), grade, says),       \
        IN_POLICY("DomainProfile", name, low, high, want, more, grade, says),                  \
        IN_POLICY("PublicProfile", name, low, high, want, more, grade, says),                  \
        IN_POLICY("StandardProfile", name, low, high, want, more, grade, says),                \
        IN_POLICY("PrivateProfile", name, low, high, want, more, grade, says)

static const struct vmm_rule off_rules[] = {EVERYWHERE("EnableFirewall", 0, 0, 0, VMM_MUST_BE, 0, VMM_OPTIONAL, N_("the firewall is on"))};
static const struct vmm_ruled switch_off = {
    .fix = "W02", .rules = off_rules, .count = VMM_COUNT(off_rules), .risk = VMM_RISK_HIGH, .policy = true,
    .why = N_("The firewall lets everything in. For a test only."), .bad = N_("on"), .good = N_("off"), .fine = N_("The firewall is off already."),
};

static void examine_switch_off(const struct vmm_patient *p, struct vmm_finding *f) {
    vmm_rules_examine(&switch_off, p, f);
    if (f->verdict != VMM_OPTIONAL) return;
    f->verdict = VMM_NOT_NEEDED; /* a test, never a repair */
    vmm_finding_say(f, _("Switching it off is only a test: if Remote Desktop then works, a rule of the firewall is the cause. W02R switches it on again."));
}

static int plan_switch_off(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    return vmm_rules_plan(&switch_off, p, c, err);
}

static const struct vmm_rule on_rules[] = {EVERYWHERE("EnableFirewall", 1, 1, 1, 0, 0, VMM_OPTIONAL, N_("the firewall is off there"))};
static const struct vmm_ruled switch_on = {
    .fix = "W02R", .rules = on_rules, .count = VMM_COUNT(on_rules), .risk = VMM_RISK_MEDIUM, .policy = true,
    .why = N_("The firewall protects this Windows again."), .bad = N_("off somewhere"), .good = N_("on"), .fine = N_("The firewall is on in every profile."),
};
VMM_RULED(switch_on)

static const struct vmm_rule all_rules[] = {EVERYWHERE("DoNotAllowExceptions", 0, 0, 0, 0, VMM_TAKE_OUT, VMM_NEEDED, N_("all is blocked"))};
static const struct vmm_ruled block_all = {
    .fix = "W03", .rules = all_rules, .count = VMM_COUNT(all_rules), .risk = VMM_RISK_LOW, .policy = true,
    .why = N_("The rules of the firewall count again."), .found = N_("The firewall blocks every connection from outside"), .bad = N_("all blocked"), .good = N_("rules count"),
    .fine = N_("\"Block all incoming connections\" is off in every profile."),
};
VMM_RULED(block_all)

/* ---- the words ---- */

#define UNDO N_("vmmedic undo puts SYSTEM (and SOFTWARE, if a policy was changed) back, bit for bit.")

static const struct vmm_param port_param[] = {
    {"port", "1..65535", "", N_("The TCP port. Without it: 3389, and only if no active rule lets the listener's port in. Another port gets a rule of its own.")},
    {0},
};

const struct vmm_fix vmm_fixes_firewall[] = {
    {
        .id = "W01",
        .family = N_("Firewall"),
        .title = N_("Open the firewall for RDP"),
        .symptom = N_("Remote Desktop times out; ping may work; the sign-in screen is fine."),
        .what = N_("The Windows firewall lets Remote Desktop in by one rule, RemoteDesktop-UserMode-In-TCP. If it is missing, switched off or for another port, or if another rule blocks "
                   "the port, nobody gets through. This switches the rule on (or makes it), and switches off rules that block the port for everyone."),
        .risk_text = N_("Low. Remote Desktop can be reached again from where the cloud's own network rules allow it."),
        .undo = UNDO,
        .article = N_("Microsoft: Enable or disable a firewall rule on the guest OS of an Azure VM (enable-disable-firewall-rule-guest-os)"),
        .risk = VMM_RISK_LOW,
        .windows = "netsh advfirewall firewall set rule group=\"Remote Desktop\" new enable=yes",
        .params = port_param,
        .examine = examine_rule,
        .plan = plan_rule,
    },
    {
        .id = "W02",
        .family = N_("Firewall"),
        .title = N_("Firewall off, as a test"),
        .symptom = N_("Nothing from outside gets through, and it is not known which rule is to blame."),
        .what = N_("Sets EnableFirewall to 0 in all profiles, and in a policy where one is set. If Remote Desktop works afterwards, the firewall was the cause; then find the rule and "
                   "switch the firewall on again with W02R."),
        .risk_text = N_("High: LOWERS SECURITY. Every service of this Windows can be reached from outside. Never leave it so."),
        .undo = N_("W02R switches it on again. vmmedic undo puts SYSTEM back, bit for bit."),
        .article = N_("Microsoft: Disable the guest OS firewall in an Azure VM (disable-guest-os-firewall-windows)"),
        .differs = N_("The article's offline part writes policy values even where there is no policy; here they are changed only where they are there."),
        .risk = VMM_RISK_HIGH,
        .lowers_security = true,
        .rules = &switch_off,
        .examine = examine_switch_off,
        .plan = plan_switch_off,
    },
    {
        .id = "W02R",
        .family = N_("Firewall"),
        .title = N_("Firewall on again"),
        .symptom = N_("The firewall was switched off for a test or a rescue."),
        .what = N_("Sets EnableFirewall to 1 in the profiles where it is 0, and in a policy where one keeps it off."),
        .risk_text = N_("Medium. Rules that block count again; W01 opens the firewall for Remote Desktop."),
        .undo = UNDO,
        .article = N_("Microsoft: Disable the guest OS firewall in an Azure VM (disable-guest-os-firewall-windows)"),
        .risk = VMM_RISK_MEDIUM,
        .rules = &switch_on,
        .examine = examine_switch_on,
        .plan = plan_switch_on,
    },
    {
        .id = "W03",
        .family = N_("Firewall"),
        .title = N_("Unblock incoming connections"),
        .symptom = N_("Every connection from outside times out although the rules look right."),
        .what = N_("\"Block all incoming connections, including those in the list of allowed apps\" is the value DoNotAllowExceptions. With it no rule helps. This removes it."),
        .risk_text = N_("Low. What the rules allow is allowed again, nothing more."),
        .undo = UNDO,
        .article = N_("Microsoft: Azure VM guest OS firewall is blocking inbound traffic (guest-os-firewall-blocking-inbound-traffic)"),
        .differs = N_("The article's reg delete lacks /f and waits for an answer."),
        .risk = VMM_RISK_LOW,
        .rules = &block_all,
        .examine = examine_block_all,
        .plan = plan_block_all,
    },
    {0},
};
