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
    {0},
};
