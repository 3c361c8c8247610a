/* N04 a network provider whose program is gone, which hangs signing in; N05 a proxy for the whole machine.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

#define PROVIDERS "Control\\NetworkProvider"
#define INTERNET "Microsoft\\Windows\\CurrentVersion\\Internet Settings"

/* ---- N04 ---- */

static const char *const orders[] = {"Order", "HwOrder"};
static const char *const windows_own[] = {"RDPNP", "LanmanWorkstation", "webclient", "P9NP"};

static bool is_windows_own(const char *name) {
    for (size_t i = 0; i < VMM_COUNT(windows_own); i++)
        if (strcasecmp(windows_own[i], name) == 0) return true;
    return false;
}

/* Whether the program of a provider is there; VMM_UNREADABLE: cannot be told. SET is "ControlSetNNN". */
static enum vmm_answer provider(const struct vmm_patient *p, const char *set, const char *name) {
    char *path = vmm_printf("%s\\Services\\%s\\NetworkProvider", set, name), *program = NULL;
    enum vmm_answer a = vmm_hive_string(p->windows->system->hive, path, "ProviderPath", &program);
    if (a == VMM_SET) a = vmm_guest_file(p, program, NULL);
    free(path);
    free(program);
    return a == VMM_WRONG_TYPE ? VMM_UNREADABLE : a;
}

/* The list without its orphans; *orphans how many, *known how many programs were found. The caller frees. */
static char *without_orphans(const struct vmm_patient *p, const char *set, const char *list, size_t *orphans, size_t *known, struct vmm_finding *f) {
    char *copy = vmm_strdup(list), *rest = copy, *name;
    struct vmm_buf b = {0};
    *orphans = *known = 0;
    vmm_buf_str(&b, "");
    while ((name = strsep(&rest, ","))) {
        while (*name == ' ') name++;
        enum vmm_answer a = *name && !is_windows_own(name) ? provider(p, set, name) : VMM_UNREADABLE;
        if (*name && is_windows_own(name)) *known += provider(p, set, name) == VMM_SET;
        if (a == VMM_SET) ++*known;
        if (a == VMM_NOT_SET) {
            ++*orphans;
            if (f) vmm_finding_say(f, _("The program of the network provider %s is gone."), name);
        } else if (*name) {
            vmm_buf_fmt(&b, "%s%s", b.len ? "," : "", name);
        }
    }
    free(copy);
    return vmm_buf_steal(&b);
}

static void examine_providers(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    struct vmm_finding said = {0};
    char *list = NULL;
    size_t orphans = 0, known = 0;
    if (h == NULL) return;
    char set[] = "ControlSet000", *path = vmm_boot_set_path(p, PROVIDERS "\\Order");
    memcpy(set, path, sizeof set - 1);
    enum vmm_answer a = vmm_hive_string(h, path, "ProviderOrder", &list);
    if (a == VMM_SET) free(without_orphans(p, set, list, &orphans, &known, &said));
    f->verdict = a == VMM_NOT_SET || (a == VMM_SET && orphans == 0) ? VMM_NOT_NEEDED : a == VMM_SET && known ? VMM_NEEDED : VMM_CANNOT_TELL;
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("No network provider is without its program."));
    else if (f->verdict == VMM_CANNOT_TELL) vmm_finding_say(f, _("The programs of the network providers could not be looked for."));
    else {
        for (size_t i = 0; i < said.evidence_count; i++) vmm_finding_say(f, "%s", said.evidence[i]);
        vmm_finding_say(f, _("The list is \"%s\"; signing in waits for each of them."), list);
        f->found = vmm_strdup(_("Signing in waits for a network provider that is gone"));
    }
    f->summary = vmm_strdup(f->verdict == VMM_NEEDED ? _("orphan") : f->verdict == VMM_NOT_NEEDED ? _("in order") : "");
    vmm_finding_clear(&said);
    free(list);
    free(path);
}

struct work {
    const struct vmm_patient *p;
    struct vmm_changes *c;
};

static int drop_orphans(void *ctx, const char *base, struct vmm_error *err) {
    const struct work *w = ctx;
    struct vmm_store *store = w->p->windows->system;
    char set[] = "ControlSet000";
    int r = 0;
    memcpy(set, base, sizeof set - 1);
    for (size_t i = 0; r == 0 && i < VMM_COUNT(orders); i++) {
        char *path = vmm_printf("%s\\%s", base, orders[i]), *list = NULL;
        size_t orphans = 0, known = 0;
        if (vmm_hive_string(store->hive, path, "ProviderOrder", &list) == VMM_SET) {
            char *rest = without_orphans(w->p, set, list, &orphans, &known, NULL);
            if (orphans && known)
                r = vmm_change_text(w->c, "N04", store, path, "ProviderOrder", VMM_REG_SZ, rest, VMM_RISK_MEDIUM, _("Signing in does not wait for a program that is gone."), err);
            free(rest);
        }
        free(list);
        free(path);
    }
    return r;
}

static int plan_providers(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct work w = {p, c};
    return vmm_need_system(p, "N04", err) < 0 ? -1 : vmm_each_set(p, PROVIDERS, drop_orphans, &w, err);
}

/* ---- N05 ---- */

static const struct vmm_rule proxy_rules[] = {
    {VMM_IN_SOFTWARE, INTERNET, "ProxyEnable", NULL, 0, 0, 0, NULL, 0, VMM_OPTIONAL, N_("a proxy is used for the whole machine")},
    {VMM_IN_SOFTWARE, INTERNET, "AutoConfigURL", NULL, 0, 0, 0, NULL, VMM_TAKE_OUT | VMM_ANY, VMM_OPTIONAL, N_("a script names the proxy")},
};
static const struct vmm_ruled proxy = {
    .fix = "N05", .rules = proxy_rules, .count = VMM_COUNT(proxy_rules), .risk = VMM_RISK_MEDIUM, .policy = true,
    .why = N_("The network is used without a proxy."), .bad = N_("set"), .good = N_("none"), .fine = N_("No proxy is set for the whole machine."),
};

#define WINHTTP_FLAGS 8 /* where the settings of WinHTTP say how: 1 directly, 2 by a proxy */
#define BY_PROXY 2u

/* True when WinHTTP, which services use, goes by a proxy. */
static bool winhttp_proxy(const struct vmm_hive *h) {
    vmm_key key;
    struct vmm_value v = {0};
    if (vmm_key_path(h, vmm_hive_root(h), INTERNET "\\Connections", &key) != VMM_SET || vmm_key_value(h, key, "WinHttpSettings", &v) != VMM_SET) return false;
    bool by = v.type == VMM_REG_BINARY && v.len >= WINHTTP_FLAGS + 4 && vmm_le32(v.data + WINHTTP_FLAGS) & BY_PROXY;
    vmm_value_clear(&v);
    return by;
}

static void examine_proxy(const struct vmm_patient *p, struct vmm_finding *f) {
    char *server = NULL;
    vmm_rules_examine(&proxy, p, f);
    const struct vmm_hive *h = vmm_patient_software(p);
    if (h == NULL) return;
    if (winhttp_proxy(h)) {
        if (f->verdict == VMM_NOT_NEEDED) vmm_finding_clear(f);
        vmm_finding_say(f, _("The services of Windows go out by a proxy (WinHTTP)."));
        f->verdict = VMM_OPTIONAL;
        if (f->summary == NULL) f->summary = vmm_strdup(vmm_in_context(proxy.bad));
    }
    if (f->verdict == VMM_OPTIONAL && vmm_hive_string(h, INTERNET, "ProxyServer", &server) == VMM_SET) vmm_finding_say(f, _("The proxy is \"%s\"."), server);
    if (f->verdict == VMM_OPTIONAL) vmm_finding_say(f, _("It does not keep Remote Desktop out; but the VM agent may not reach the cloud."));
    free(server);
}

static int plan_proxy(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    if (vmm_rules_plan(&proxy, p, c, err) < 0) return -1;
    if (!winhttp_proxy(p->windows->software->hive)) return 0;
    return vmm_change_delete(c, "N05", p->windows->software, INTERNET "\\Connections", "WinHttpSettings", VMM_RISK_MEDIUM, _(proxy.why), err);
}

/* ---- the words ---- */

const struct vmm_fix vmm_fixes_network_clients[] = {
    {
        .id = "N04",
        .family = N_("Network"),
        .title = N_("Drop an orphaned network provider"),
        .symptom = N_("Signing in hangs at \"Please wait\" or at \"Waiting for the network connections\"."),
        .what = N_("Programs like VPN clients add themselves to a list that Windows asks at every sign-in. When such a program was removed badly, Windows waits for a file that is gone. This takes "
                   "its name off the list; Windows' own providers are never taken off."),
        .risk_text = N_("Medium. If the program is installed again, it adds itself again."),
        .undo = N_("vmmedic undo puts SYSTEM back, bit for bit."),
        .article = N_("Azure repair-script-library: win-fix-network-connectivity"),
        .risk = VMM_RISK_MEDIUM,
        .windows = "reg query \"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\NetworkProvider\\Order\" /v ProviderOrder\n"
                   "reg add \"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\NetworkProvider\\Order\" /v ProviderOrder /t REG_SZ /d \"RDPNP,LanmanWorkstation,webclient\" /f",
        .examine = examine_providers,
        .plan = plan_providers,
    },
    {
        .id = "N05",
        .family = N_("Network"),
        .title = N_("Remove the machine's proxy"),
        .symptom = N_("The VM agent is not ready; updates and activation fail; Remote Desktop itself may work."),
        .what = N_("A proxy for the whole machine sends what its services ask for to a server that may not be reachable any more. This removes it."),
        .risk_text = N_("Medium. Where a proxy is the only way out, the VM then has none."),
        .undo = N_("vmmedic undo puts SOFTWARE back, bit for bit."),
        .article = N_("Microsoft: Prepare a Windows VHD to upload to Azure (prepare-for-upload-vhd-image)"),
        .risk = VMM_RISK_MEDIUM,
        .windows = "netsh winhttp reset proxy",
        .examine = examine_proxy,
        .plan = plan_proxy,
    },
    {0},
};
