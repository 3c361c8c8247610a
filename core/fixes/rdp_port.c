/* R02: the listener's port. A moved port may be meant; what shows that it keeps people out is a firewall that does not let it in.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "fixes/firewall_rules.h"

#define WHY N_("The port that Remote Desktop clients, the firewall's own rule and most network rules expect.")

static void examine_port(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    uint32_t port = 0;
    if (h == NULL) return;
    char *path = vmm_boot_set_path(p, VMM_LISTENER);
    enum vmm_answer a = vmm_hive_dword(h, path, "PortNumber", &port);
    free(path);
    if (a == VMM_NOT_SET || (a == VMM_SET && port == VMM_RDP_PORT)) {
        f->verdict = VMM_NOT_NEEDED;
        vmm_finding_say(f, a == VMM_SET ? _("Remote Desktop uses the usual port, 3389.") : _("No port is set: Windows then uses 3389."));
        f->summary = vmm_strdup("3389");
        return;
    }
    if (a == VMM_UNREADABLE) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("PortNumber could not be read."));
        return;
    }
    f->verdict = VMM_NEEDED;
    if (a == VMM_WRONG_TYPE || port == 0 || port > 65535) {
        vmm_finding_say(f, a == VMM_SET ? _("PortNumber is %u: there is no such port.") : _("PortNumber has the wrong type."), port);
        f->found = vmm_strdup(_("The RDP listener has no usable port"));
        return;
    }
    struct vmm_firewall_view v = vmm_firewall_view(p, h, port);
    f->summary = vmm_printf("%u", port);
    if (v.known && !v.open && !v.off) {
        vmm_finding_say(f, _("Remote Desktop uses port %u, and the firewall does not let it in."), port);
        vmm_finding_say(f, _("To keep the port instead, take W01:port=%u and open it in the network rules of the cloud too."), port);
        f->found = vmm_printf(_("Remote Desktop was moved to port %u, which the firewall blocks"), port);
        return;
    }
    f->verdict = VMM_OPTIONAL;
    vmm_finding_say(f, _("Remote Desktop uses port %u instead of 3389; it may be meant."), port);
    vmm_finding_say(f, _("Connect to HOST:%u, and let TCP %u in at the network rules of the cloud; or set the port back."), port, port);
}

struct work {
    const struct vmm_patient *p;
    uint32_t port;
    struct vmm_changes *c;
};

static int set_port(void *ctx, const char *path, struct vmm_error *err) {
    const struct work *w = ctx;
    struct vmm_store *store = w->p->windows->system;
    uint32_t now;
    if (w->port == VMM_RDP_PORT && vmm_hive_dword(store->hive, path, "PortNumber", &now) == VMM_NOT_SET) return 0;
    return vmm_change_dword(w->c, "R02", store, path, "PortNumber", w->port, VMM_RISK_MEDIUM, _(WHY), err);
}

static int plan_port(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    struct work w = {p, vmm_option_number(options, count, "port", VMM_RDP_PORT), c};
    if (vmm_need_system(p, "R02", err) < 0) return -1;
    return vmm_each_set(p, VMM_LISTENER, set_port, &w, err);
}

static const struct vmm_param port_param[] = {
    {"port", "1..65535", "3389", N_("The TCP port that Remote Desktop is to use.")},
    {0},
};

const struct vmm_fix vmm_fixes_rdp_port[] = {
    {
        .id = "R02",
        .family = N_("Remote Desktop"),
        .title = N_("Set the RDP port back to 3389"),
        .symptom = N_("Remote Desktop times out although its service runs."),
        .what = N_("PortNumber of the listener says on which TCP port Remote Desktop waits. Somebody moved it. Clients, the firewall's own rule and most network rules mean 3389, so a moved "
                   "port needs a rule of its own in Windows and in the cloud. This sets 3389 again."),
        .risk_text = N_("Medium. If the port was moved on purpose, its users must be told; port=N sets another."),
        .undo = N_("vmmedic undo puts SYSTEM back, bit for bit. R02:port=N sets the old port again."),
        .article = N_("Microsoft: Remote Desktop can't connect to the remote computer (troubleshoot-rdp-general-error)"),
        .risk = VMM_RISK_MEDIUM,
        .windows = "reg add \"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp\" /v PortNumber /t REG_DWORD /d 3389 /f",
        .params = port_param,
        .examine = examine_port,
        .plan = plan_port,
    },
    {0},
};
