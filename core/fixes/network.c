/* The address and the way: N01 a fixed address, N06 DNS servers of its own, N07 routes that stay. N02 and N03 stand in network_card.c, N04 and N05 in
 * network_clients.c.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

#define TCPIP "Services\\Tcpip\\Parameters"
#define INTERFACES TCPIP "\\Interfaces"
#define ROUTES TCPIP "\\PersistentRoutes"
#define AZURE_DHCP "168.63.129.16"
#define AZURE_AGENT "Services\\RdAgent"
#define UNDO N_("vmmedic undo puts SYSTEM back, bit for bit.")

/* ---- interfaces ---- */

struct card {
    char *path;      /* of its key in the set */
    char *id;
    uint32_t dhcp;
    char *address, *leased, *dns, *leased_dns, *server;
};

static char *text_of(const struct vmm_hive *h, const char *path, const char *name) {
    char *text = NULL;
    if (vmm_hive_string(h, path, name, &text) != VMM_SET) text = vmm_strdup("");
    return text;
}

static void card_free(struct card *c) {
    free(c->path);
    free(c->id);
    free(c->address);
    free(c->leased);
    free(c->dns);
    free(c->leased_dns);
    free(c->server);
}

/* The interfaces of one control set whose key is at BASE (".../Interfaces"). */
static size_t cards_of(const struct vmm_hive *h, const char *base, struct card **list) {
    char **names;
    size_t count = vmm_key_names(h, base, &names);
    *list = vmm_alloc(count + 1, sizeof **list);
    for (size_t i = 0; i < count; i++) {
        struct card *c = &(*list)[i];
        char *lines = NULL;
        c->path = vmm_printf("%s\\%s", base, names[i]);
        c->id = vmm_strdup(names[i]);
        c->dhcp = 1;
        vmm_hive_dword(h, c->path, "EnableDHCP", &c->dhcp);
        vmm_hive_lines(h, c->path, "IPAddress", &lines);
        c->address = vmm_strndup(lines ? lines : "", lines ? strcspn(lines, "\n") : 0);
        free(lines);
        c->leased = text_of(h, c->path, "DhcpIPAddress");
        c->dns = text_of(h, c->path, "NameServer");
        c->leased_dns = text_of(h, c->path, "DhcpNameServer");
        c->server = text_of(h, c->path, "DhcpServer");
    }
    vmm_names_free(names, count);
    return count;
}

static void cards_free(struct card *list, size_t count) {
    for (size_t i = 0; i < count; i++) card_free(&list[i]);
    free(list);
}

static bool is_fixed(const struct card *c) { return c->dhcp == 0 && *c->address && strcmp(c->address, "0.0.0.0") != 0; }

static bool on_azure(const struct vmm_patient *p, const struct vmm_hive *h, const struct card *list, size_t count) {
    char *agent = vmm_boot_set_path(p, AZURE_AGENT);
    bool azure = vmm_has_key(h, agent);
    free(agent);
    for (size_t i = 0; i < count; i++) azure = azure || strcmp(list[i].server, AZURE_DHCP) == 0;
    return azure;
}

/* ---- N01 ---- */

static void examine_fixed(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    struct card *list;
    if (h == NULL) return;
    char *base = vmm_boot_set_path(p, INTERFACES);
    size_t count = cards_of(h, base, &list);
    bool azure = on_azure(p, h, list, count);
    f->verdict = VMM_NOT_NEEDED;
    for (size_t i = 0; i < count; i++) {
        if (!is_fixed(&list[i])) continue;
        bool other = *list[i].leased && strcmp(list[i].leased, "0.0.0.0") != 0 && strcmp(list[i].leased, list[i].address) != 0;
        vmm_finding_say(f, _("A network card has the fixed address %s."), list[i].address);
        vmm_finding_say(f, _("The card is %s."), list[i].id);
        if (other) vmm_finding_say(f, _("The network last gave it %s: the fixed address is not the one that reaches it."), list[i].leased);
        f->verdict = vmm_graver(f->verdict, azure && other ? VMM_NEEDED : VMM_OPTIONAL);
    }
    if (f->verdict == VMM_NEEDED) f->found = vmm_strdup(_("A fixed address keeps the VM off the network"));
    if (f->verdict == VMM_OPTIONAL) vmm_finding_say(f, _("A fixed address may be meant: outside of a cloud, or for a second address."));
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("No network card has a fixed address."));
    f->summary = vmm_strdup(f->verdict == VMM_NOT_NEEDED ? _("from the network") : _("fixed"));
    cards_free(list, count);
    free(base);
}

struct work {
    const struct vmm_patient *p;
    struct vmm_changes *c;
    unsigned chosen; /* N07: which route, 0 all */
};

static int ask_network(void *ctx, const char *base, struct vmm_error *err) {
    static const char *const fixed[] = {"IPAddress", "SubnetMask", "DefaultGateway", "DefaultGatewayMetric"};
    const struct work *w = ctx;
    struct vmm_store *store = w->p->windows->system;
    struct card *list;
    size_t count = cards_of(store->hive, base, &list);
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        if (!is_fixed(&list[i])) continue;
        r = vmm_change_dword(w->c, "N01", store, list[i].path, "EnableDHCP", 1, VMM_RISK_MEDIUM, _("The card asks the network for its address."), err);
        for (size_t k = 0; r == 0 && k < VMM_COUNT(fixed); k++)
            r = vmm_change_delete(w->c, "N01", store, list[i].path, fixed[k], VMM_RISK_MEDIUM, _("Part of the fixed address."), err);
    }
    cards_free(list, count);
    return r;
}

static int plan_fixed(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct work w = {p, c, 0};
    return vmm_need_system(p, "N01", err) < 0 ? -1 : vmm_each_set(p, INTERFACES, ask_network, &w, err);
}

/* ---- N06 ---- */

static bool own_dns(const struct card *c) { return *c->dns && strcmp(c->dns, c->leased_dns) != 0; }

static void examine_dns(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    struct card *list;
    if (h == NULL) return;
    char *base = vmm_boot_set_path(p, INTERFACES);
    size_t count = cards_of(h, base, &list);
    f->verdict = VMM_NOT_NEEDED;
    for (size_t i = 0; i < count; i++) {
        if (!own_dns(&list[i])) continue;
        if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("A network card has DNS servers of its own."));
        f->verdict = VMM_OPTIONAL;
        vmm_finding_say(f, _("%s: %s instead of what the network gives (%s)."), list[i].id, list[i].dns, *list[i].leased_dns ? list[i].leased_dns : "?");
    }
    if (f->verdict == VMM_OPTIONAL) vmm_finding_say(f, _("On a domain member that is usual. It matters only if those servers do not answer."));
    else vmm_finding_say(f, _("The network tells the DNS servers."));
    f->summary = vmm_strdup(f->verdict == VMM_OPTIONAL ? _("its own") : _("the network's"));
    cards_free(list, count);
    free(base);
}

static int forget_dns(void *ctx, const char *base, struct vmm_error *err) {
    const struct work *w = ctx;
    struct vmm_store *store = w->p->windows->system;
    struct card *list;
    size_t count = cards_of(store->hive, base, &list);
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        if (own_dns(&list[i])) r = vmm_change_text(w->c, "N06", store, list[i].path, "NameServer", VMM_REG_SZ, "", VMM_RISK_MEDIUM, _("The DNS servers that the network gives are used."), err);
    cards_free(list, count);
    return r;
}

static int plan_dns(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct work w = {p, c, 0};
    return vmm_need_system(p, "N06", err) < 0 ? -1 : vmm_each_set(p, INTERFACES, forget_dns, &w, err);
}

/* ---- N07 ---- */

typedef int (*per_route)(void *ctx, const char *path, const char *route, unsigned number, struct vmm_error *err);

static int each_route(const struct vmm_hive *h, const char *path, per_route fn, void *ctx, struct vmm_error *err) {
    vmm_key key;
    struct vmm_value *list;
    size_t count;
    int r = 0;
    if (vmm_key_path(h, vmm_hive_root(h), path, &key) != VMM_SET) return 0;
    if (vmm_key_values(h, key, &list, &count, err) < 0) return -1;
    for (size_t i = 0; i < count; i++) {
        if (r == 0 && list[i].name && strchr(list[i].name, ',')) r = fn(ctx, path, list[i].name, (unsigned)i + 1, err);
        vmm_value_clear(&list[i]);
    }
    free(list);
    return r;
}

static int say_route(void *ctx, const char *path, const char *route, unsigned number, struct vmm_error *err) {
    struct vmm_finding *f = ctx;
    char target[32], mask[32], gateway[32];
    (void)path;
    (void)err;
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("A route was set to stay; it may lead astray after a move."));
    f->verdict = VMM_OPTIONAL;
    if (sscanf(route, "%31[^,],%31[^,],%31[^,]", target, mask, gateway) == 3) vmm_finding_say(f, _("Route %u: %s mask %s by %s."), number, target, mask, gateway);
    else vmm_finding_say(f, _("Route %u: %s."), number, route);
    return 0;
}

static void examine_routes(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    if (h == NULL) return;
    char *path = vmm_boot_set_path(p, ROUTES);
    f->verdict = VMM_NOT_NEEDED;
    if (each_route(h, path, say_route, f, NULL) < 0) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("The routes could not be read."));
    }
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("No route was set to stay."));
    f->summary = vmm_strdup(f->verdict == VMM_OPTIONAL ? C_("routes", "some") : f->verdict == VMM_NOT_NEEDED ? C_("routes", "none") : "");
    free(path);
}

static int drop_route(void *ctx, const char *path, const char *route, unsigned number, struct vmm_error *err) {
    const struct work *w = ctx;
    if (w->chosen && w->chosen != number) return 0;
    return vmm_change_delete(w->c, "N07", w->p->windows->system, path, route, VMM_RISK_MEDIUM, _("Without it the usual way is taken."), err);
}

static int routes_in(void *ctx, const char *path, struct vmm_error *err) {
    const struct work *w = ctx;
    return each_route(w->p->windows->system->hive, path, drop_route, ctx, err);
}

static int plan_routes(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    struct work w = {p, c, vmm_option_number(options, count, "route", 0)};
    return vmm_need_system(p, "N07", err) < 0 ? -1 : vmm_each_set(p, ROUTES, routes_in, &w, err);
}

/* ---- the words ---- */

static const struct vmm_param route_param[] = {
    {"route", "1..999", "", N_("Which route, by the number that scan shows. Without it: all.")},
    {0},
};

const struct vmm_fix vmm_fixes_network[] = {
    {
        .id = "N01",
        .family = N_("Network"),
        .title = N_("Take the address from the network"),
        .symptom = N_("The VM cannot be reached since it was moved, restored or given a new network card."),
        .what = N_("In a cloud the network gives a VM its address (DHCP). A fixed address in Windows that is not the one the cloud means keeps the VM off the network. This makes the card ask for its "
                   "address and removes the fixed one."),
        .risk_text = N_("Medium. A second address or one for a load balancer may be fixed on purpose; note it before. Its DNS servers are left (N06), and a default route that was set to stay may remain "
                        "(N07)."),
        .undo = UNDO,
        .article = N_("Microsoft: Cannot RDP to Azure VMs because of a static IP (troubleshoot-rdp-static-ip)"),
        .risk = VMM_RISK_MEDIUM,
        .windows = "reg add \"HKLM\\BROKENSYSTEM\\ControlSet001\\Services\\Tcpip\\Parameters\\Interfaces\\{GUID}\" /v EnableDHCP /t REG_DWORD /d 1 /f\n"
                   "netsh interface ip set address name=\"NAME\" source=dhcp",
        .examine = examine_fixed,
        .plan = plan_fixed,
    },
    {
        .id = "N06",
        .family = N_("Network"),
        .title = N_("Take DNS from the network"),
        .symptom = N_("Names cannot be resolved: signing in with a domain account fails, or takes minutes."),
        .what = N_("A network card can have DNS servers of its own instead of those that the network gives. If they are gone, names are not found. This removes them."),
        .risk_text = N_("Medium. On a domain member the domain's own DNS servers are usually set on purpose."),
        .undo = UNDO,
        .article = N_("Microsoft: Prepare a Windows VHD to upload to Azure (prepare-for-upload-vhd-image)"),
        .risk = VMM_RISK_MEDIUM,
        .windows = "netsh interface ip set dns name=\"NAME\" source=dhcp",
        .examine = examine_dns,
        .plan = plan_dns,
    },
    {
        .id = "N07",
        .family = N_("Network"),
        .title = N_("Remove persistent routes"),
        .symptom = N_("Some networks cannot reach the VM since it was moved, others can."),
        .what = N_("A persistent route sends answers by a gateway that may not be there any more: clients then wait for ever. This removes them."),
        .risk_text = N_("Medium. A route for a VPN or a second network may be needed; route=N removes only that one."),
        .undo = UNDO,
        .article = N_("Microsoft: Prepare a Windows VHD to upload to Azure (prepare-for-upload-vhd-image)"),
        .risk = VMM_RISK_MEDIUM,
        .windows = "route print\nroute delete TARGET",
        .params = route_param,
        .examine = examine_routes,
        .plan = plan_routes,
    },
    {0},
};
