/* Two reasons for a refusal that are no fault of the disk: no licence server (L01), too many sessions (L02). Told with what to do, nothing is changed.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "fixes/room.h"

#define ROLE "Microsoft\\ServerManager\\ServicingStorage\\ServerComponentCache\\RDS-RD-Server"
#define CORE VMM_TS "\\RCM\\Licensing Core"
#define SERVERS "Services\\TermService\\Parameters\\LicenseServers"
#define NOT_CONFIGURED 5u
#define ADMIN N_("Connect with \"mstsc /v:HOST /admin\": that asks for no licence and takes one of the two places for administrators.")

static int only_tells(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)p;
    (void)options;
    (void)count;
    (void)c;
    return vmm_only_reports(_("This fix"), err);
}

static void examine_licence(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f), *software = vmm_patient_software(p);
    uint32_t installed = 0, mode = NOT_CONFIGURED;
    char *servers = NULL;
    if (h == NULL) return;
    free(f->blocked_by);
    f->blocked_by = NULL;
    char *core = vmm_boot_set_path(p, CORE), *list = vmm_boot_set_path(p, SERVERS), *product = vmm_boot_set_path(p, "Control\\ProductOptions"), *type = NULL;
    if (software) vmm_hive_dword(software, ROLE, "InstallState", &installed);
    vmm_hive_dword(h, core, "LicensingMode", &mode);
    vmm_hive_lines(h, list, "SpecifiedLicenseServers", &servers);
    bool none = servers == NULL || *servers == '\0';
    bool server = vmm_hive_string(h, product, "ProductType", &type) == VMM_SET && vmm_casecmp(type, "WinNT") != 0; /* a client Windows has the mode set too */
    bool role = installed != 0 || (server && mode != NOT_CONFIGURED);
    f->verdict = role && (none || mode == NOT_CONFIGURED) ? VMM_REPORT : VMM_NOT_NEEDED;
    if (!role) vmm_finding_say(f, _("This is no Remote Desktop session host: no licences are needed."));
    else if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("This Remote Desktop session host knows its licence server."));
    else {
        vmm_finding_say(f, _("This session host has no licence server: after 120 days it refuses."));
        vmm_finding_say(f, "%s", _(ADMIN));
        vmm_finding_say(f, _("Then name the licence server and the mode (per device or per user), or remove the role \"Remote Desktop Session Host\" if only administrators use it."));
    }
    f->summary = vmm_strdup(f->verdict == VMM_REPORT ? _("no server") : role ? _("has a server") : _("not needed"));
    free(core);
    free(list);
    free(product);
    free(type);
    free(servers);
}

static void examine_sessions(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    uint32_t single = 1;
    if (h == NULL) return;
    free(f->blocked_by);
    f->blocked_by = NULL;
    char *path = vmm_boot_set_path(p, VMM_TS);
    vmm_hive_dword(h, path, "fSingleSessionPerUser", &single);
    f->verdict = single == 0 ? VMM_REPORT : VMM_NOT_NEEDED;
    if (single == 0) {
        vmm_finding_say(f, _("A user may have several sessions: two left open keep the next one out."));
        vmm_finding_say(f, "%s", _(ADMIN));
        vmm_finding_say(f, _("Then end the sessions nobody uses: \"query session\", \"logoff NUMBER\". A restart of the VM ends them too."));
    } else vmm_finding_say(f, _("A user has one session, which is taken up again."));
    f->summary = vmm_strdup(single == 0 ? _("several") : _("one a user"));
    free(path);
}

#define NOTHING N_("None: nothing is changed.")
#define NO_UNDO N_("Nothing was changed.")

const struct vmm_fix vmm_fixes_licensing[] = {
    {
        .id = "L01",
        .family = N_("Licences and sessions"),
        .title = N_("No Remote Desktop licence server"),
        .symptom = N_("\"The remote session was disconnected because there are no Remote Desktop License Servers available to provide a license\"."),
        .what = N_("Reports only. A server with the role Remote Desktop Session Host needs a licence server after 120 days, even if only administrators use it. mstsc /admin still gets in."),
        .risk_text = NOTHING,
        .undo = NO_UNDO,
        .article = N_("Microsoft: No Remote Desktop License Servers are available (troubleshoot-rdp-no-license-server)"),
        .differs = N_("Some guides reset the days of grace; that is against the licence terms and is not offered."),
        .risk = VMM_RISK_LOW,
        .windows = "mstsc /v:HOST /admin",
        .examine = examine_licence,
        .plan = only_tells,
    },
    {
        .id = "L02",
        .family = N_("Licences and sessions"),
        .title = N_("Too many open sessions"),
        .symptom = N_("\"The terminal server has exceeded the maximum number of allowed connections\"."),
        .what = N_("Reports only. Windows Server has two places for administrators. Sessions that were cut off and never ended take them. mstsc /admin shows who is there and ends a session."),
        .risk_text = NOTHING,
        .undo = NO_UNDO,
        .article = N_("Microsoft: Too many admin sessions are open (troubleshoot-rdp-too-many-admin-sessions-open)"),
        .risk = VMM_RISK_LOW,
        .windows = "mstsc /v:HOST /admin\nquery session /server:HOST\nlogoff NUMBER /server:HOST",
        .examine = examine_sessions,
        .plan = only_tells,
    },
    {0},
};
