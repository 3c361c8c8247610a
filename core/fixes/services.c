/* Services that Remote Desktop and the network need: a disabled one (Start 4) is the evidence, Windows' own start type the cure.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define DISABLED N_("the service is disabled")
#define UNDO N_("vmmedic undo puts SYSTEM back, bit for bit.")
#define START(name, start, says) {VMM_IN_SET, "Services\\" name, "Start", name " Start", 0, 3, start, NULL, 0, VMM_NEEDED, says}
#define ACCOUNT(name, account) {VMM_IN_SET, "Services\\" name, "ObjectName", name " ObjectName", 0, 0, 0, account, 0, VMM_NEEDED, N_("it is to run as the wrong account")}
#define SHARED_OR_OWN(name, odd) {VMM_IN_SET, "Services\\" name, "Type", name " Type", 16, 32, 32, NULL, 0, VMM_NEEDED, odd}

/* ---- S01 ---- */

static const struct vmm_rule rdp_rules[] = {
    START("TermService", 3, N_("Remote Desktop Services are disabled")),
    ACCOUNT("TermService", "NT Authority\\NetworkService"),
    SHARED_OR_OWN("TermService", N_("Windows cannot start a service of this kind")),
    START("SessionEnv", 3, N_("Remote Desktop Configuration is disabled")),
    START("UmRdpService", 3, N_("the helper of Remote Desktop for devices is disabled")),
};
static const struct vmm_ruled rdp = {
    .fix = "S01", .rules = rdp_rules, .count = VMM_COUNT(rdp_rules), .risk = VMM_RISK_LOW,
    .why = N_("Windows can start the service when it is needed."), .found = N_("The Remote Desktop service cannot start"), .bad = N_("cannot start"), .good = N_("can start"),
    .fine = N_("The services of Remote Desktop can start."), .needs = "Services\\TermService",
};
VMM_RULED(rdp)

/* ---- S02 ---- */

static const struct vmm_rule dhcp_rules[] = {
    START("Dhcp", 2, N_("no address is asked for")),
    ACCOUNT("Dhcp", "NT Authority\\LocalService|LocalSystem"),
    SHARED_OR_OWN("Dhcp", N_("Windows cannot start a service of this kind")),
};
static const struct vmm_ruled dhcp = {
    .fix = "S02", .rules = dhcp_rules, .count = VMM_COUNT(dhcp_rules), .risk = VMM_RISK_LOW,
    .why = N_("The VM gets its address from the network again."), .found = N_("The DHCP client cannot start: no network"), .bad = N_("cannot start"), .good = N_("can start"),
    .fine = N_("The DHCP client can start."), .needs = "Services\\Dhcp",
};
VMM_RULED(dhcp)

/* ---- S03 ---- */

#define NEED(name, start) START(name, start, DISABLED)
#define MAY(name, start) {VMM_IN_SET, "Services\\" name, "Start", name " Start", 0, 3, start, NULL, 0, VMM_OPTIONAL, DISABLED}
#define KNOW(name) {VMM_IN_SET, "Services\\" name, "Start", name " Start", 0, 3, 3, NULL, VMM_TELL, VMM_REPORT, N_("disabled, often on purpose; it is left alone")}

/* Start types as a server of Microsoft's own images has them; drivers of the kernel never get 2. Those of S01, S02 and S04 stand there. */
static const struct vmm_rule base_rules[] = {
    NEED("Tcpip", 0), NEED("NDIS", 0), NEED("WfpLwfs", 0), NEED("Afd", 1), NEED("nsiproxy", 1), NEED("nsi", 2), NEED("Dnscache", 2), NEED("LanmanWorkstation", 2),
    NEED("RpcSs", 2), NEED("DcomLaunch", 2), NEED("RpcEptMapper", 2), NEED("netvsc", 3),
    MAY("NetBT", 1), MAY("NlaSvc", 2), MAY("netprofm", 3), MAY("Netman", 3), MAY("Netlogon", 3), MAY("iphlpsvc", 2), MAY("IKEEXT", 3), MAY("RemoteRegistry", 2), MAY("W32Time", 3),
    KNOW("LanmanServer"), KNOW("Tcpip6"), KNOW("ndiscap"), KNOW("WinHttpAutoProxySvc"), KNOW("NdisWan"), KNOW("wanarp"), KNOW("tunnel"), KNOW("IpNat"),
};
static const struct vmm_ruled base = {
    .fix = "S03", .rules = base_rules, .count = VMM_COUNT(base_rules), .risk = VMM_RISK_LOW,
    .why = N_("The start type that Windows itself gives this service."), .found = N_("A service that the network stands on is disabled"), .bad = N_("disabled ones"), .good = N_("as they should be"),
    .fine = N_("None of the services and drivers of the network is disabled."), .needs = "Services",
};
VMM_RULED(base)

/* ---- S04 ---- */

#define APP_LIST "Services\\mpssvc\\Parameters\\AppCs"
#define APP_NAME "DebugedLoopbackApps" /* spelled so */
#define LONGEST_LIST 8192u

static const struct vmm_rule fire_rules[] = {
    START("mpssvc", 2, N_("the firewall cannot start, so nothing gets in")),
    START("BFE", 2, N_("the firewall cannot start without it")),
};
static const struct vmm_ruled fire = {
    .fix = "S04", .rules = fire_rules, .count = VMM_COUNT(fire_rules), .risk = VMM_RISK_LOW,
    .why = N_("The firewall service can start again."), .found = N_("The firewall service cannot start: nothing gets in"), .bad = N_("cannot start"), .good = N_("can start"),
    .fine = N_("The firewall service can start."), .needs = "Services\\mpssvc",
};

/* The list of apps that breaks the service: of another type than text, or far too long. */
static bool app_list_breaks(const struct vmm_hive *h, const char *path, char **text, enum vmm_answer *a) {
    vmm_key key;
    struct vmm_value v = {0};
    *text = NULL;
    *a = vmm_key_path(h, vmm_hive_root(h), path, &key);
    if (*a == VMM_SET) *a = vmm_key_value(h, key, APP_NAME, &v);
    if (*a != VMM_SET) return false;
    bool breaks = v.type != VMM_REG_SZ || v.len > LONGEST_LIST;
    *text = vmm_utf16_to_utf8(v.data, v.len < LONGEST_LIST ? v.len : LONGEST_LIST);
    vmm_value_clear(&v);
    return breaks;
}

static void examine_fire(const struct vmm_patient *p, struct vmm_finding *f) {
    enum vmm_answer a;
    char *text;
    vmm_rules_examine(&fire, p, f);
    if (p->windows == NULL || p->windows->system->hive == NULL || p->windows->boot_set == 0) return;
    char *path = vmm_boot_set_path(p, APP_LIST);
    if (app_list_breaks(p->windows->system->hive, path, &text, &a)) {
        if (f->verdict == VMM_NOT_NEEDED) vmm_finding_clear(f); /* "can start" is not true */
        f->verdict = VMM_NEEDED;
        vmm_finding_say(f, _("A damaged list of apps keeps the firewall from starting."));
        vmm_finding_say(f, _("%s holds: \"%s\""), APP_NAME, text);
        if (f->found == NULL) f->found = vmm_strdup(_(fire.found));
        if (f->summary == NULL) f->summary = vmm_strdup(vmm_in_context(fire.bad));
        if (p->windows->system->blocked && f->blocked_by == NULL) f->blocked_by = vmm_printf("%s: %s", p->windows->system->label, p->windows->system->blocked);
    }
    free(text);
    free(path);
}

struct work {
    const struct vmm_patient *p;
    struct vmm_changes *c;
};

static int drop_list(void *ctx, const char *path, struct vmm_error *err) {
    const struct work *w = ctx;
    enum vmm_answer a;
    char *text;
    bool breaks = app_list_breaks(w->p->windows->system->hive, path, &text, &a);
    free(text);
    return breaks ? vmm_change_delete(w->c, "S04", w->p->windows->system, path, APP_NAME, VMM_RISK_LOW, _("A healthy Windows has no such value."), err) : 0;
}

static int plan_fire(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct work w = {p, c};
    return vmm_rules_plan(&fire, p, c, err) < 0 ? -1 : vmm_each_set(p, APP_LIST, drop_list, &w, err);
}

/* ---- the words ---- */

const struct vmm_fix vmm_fixes_services[] = {
    {
        .id = "S01",
        .family = N_("Services"),
        .title = N_("Let Remote Desktop Services start"),
        .symptom = N_("Nothing listens on port 3389; events 1053, 1058, 1068 or 1070 of the Service Control Manager."),
        .what = N_("Remote Desktop is the service TermService, with the helpers SessionEnv and UmRdpService. Disabled, of a wrong kind, or with a wrong account it cannot start. This sets "
                   "them to start on demand, as Windows has them, with the account NetworkService."),
        .risk_text = N_("Low. These are Windows' own settings."),
        .undo = UNDO,
        .article = N_("Microsoft: Remote Desktop Services isn't starting on an Azure VM (troubleshoot-remote-desktop-services-issues)"),
        .differs = N_("One of the article's commands has a curly quote, it never unloads the hive, and it sets Type 16 always; here Type is changed only when it is neither 16 nor 32."),
        .risk = VMM_RISK_LOW,
        .rules = &rdp,
        .examine = examine_rdp,
        .plan = plan_rdp,
    },
    {
        .id = "S02",
        .family = N_("Services"),
        .title = N_("Let the DHCP client start"),
        .symptom = N_("The VM has no network, or an address that begins with 169.254."),
        .what = N_("The service Dhcp asks the network for the VM's address. Disabled, or with a wrong kind or account, the VM has no address and nobody reaches it. This sets it to start by "
                   "itself, as Windows has it."),
        .risk_text = N_("Low. These are Windows' own settings."),
        .undo = UNDO,
        .article = N_("Microsoft: Cannot RDP to Azure VMs because the DHCP Client service is disabled (troubleshoot-rdp-dhcp-disabled)"),
        .differs = N_("The article sets Type 16 always; here Type is changed only when it is neither 16 nor 32."),
        .risk = VMM_RISK_LOW,
        .rules = &dhcp,
        .examine = examine_dhcp,
        .plan = plan_dhcp,
    },
    {
        .id = "S03",
        .family = N_("Services"),
        .title = N_("Enable disabled network services"),
        .symptom = N_("Windows runs, but the VM has no network or signing in fails."),
        .what = N_("The network of Windows stands on about thirty services and drivers. Somebody, or a \"tuning\" program, disabled one (Start 4). This gives each disabled one the start type "
                   "that Windows itself gives it; those that are often disabled on purpose are only told."),
        .risk_text = N_("Low. Only what is disabled is changed, to Windows' own setting."),
        .undo = UNDO,
        .article = N_("Microsoft: Prepare a Windows VHD to upload to Azure; Azure repair-script-library: win-fix-network-connectivity"),
        .differs = N_("The guide sets every service whether it differs or not; here one that can start stays as it is."),
        .risk = VMM_RISK_LOW,
        .rules = &base,
        .examine = examine_base,
        .plan = plan_base,
    },
    {
        .id = "S04",
        .family = N_("Services"),
        .title = N_("Let the firewall service start"),
        .symptom = N_("Windows runs and the VM agent is ready, but every port times out, and ping too."),
        .what = N_("When the firewall service (mpssvc) or the Base Filtering Engine (BFE) cannot start, Windows blocks everything that comes in. Either it is disabled, or a list of apps in its "
                   "settings is damaged. This lets both start by themselves and removes the damaged list, which a healthy Windows does not have."),
        .risk_text = N_("Low. The firewall then works by its rules again."),
        .undo = UNDO,
        .article = N_("Azure repair-script-library: win-fix-firewall-service"),
        .risk = VMM_RISK_LOW,
        .rules = &fire,
        .examine = examine_fire,
        .plan = plan_fire,
    },
    {0},
};
