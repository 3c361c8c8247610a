/* The scenarios of practice disks: one healthy, some stuck in Safe Mode, and one for each fix that changes something, with just that wrong.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "practice/room.h"

#define TS "SET\\Control\\Terminal Server"
#define LISTENER TS "\\WinStations\\RDP-Tcp"
#define TS_POLICY "SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
#define FIREWALL "SET\\Services\\SharedAccess\\Parameters\\FirewallPolicy"

/* ---- Remote Desktop ---- */

static const struct practice_row r01[] = {KEY(TS), DWORD("fDenyTSConnections", 1)};
static const struct practice_row r02[] = {KEY(LISTENER), DWORD("PortNumber", 33890)};
static const struct practice_row r04[] = {KEY(LISTENER), DWORD("SecurityLayer", 7)};
static const struct practice_row r05[] = {KEY(LISTENER), HEX("SSLCertificateSHA1Hash", "8d1c2f6a90b3474e5d6c7b8a99a0b1c2d3e4f506")};
static const struct practice_row r06[] = {KEY(LISTENER), DWORD("LanAdapter", 2)};
static const struct practice_row rd01[] = {KEY(LISTENER), DWORD("fInheritMaxIdleTime", 0), DWORD("MaxIdleTime", 60000), DWORD("fInheritMaxSessionTime", 0),
                                           DWORD("MaxConnectionTime", 300000)};
static const struct practice_row rd02[] = {KEY(LISTENER), DWORD("'SecurityLayer'", 0), DWORD("'MinEncryptionLevel'", 1), DWORD("' MaxIdleTime'", 0),
                                           KEY(TS_POLICY), DWORD("'KeepAliveEnable'", 1)};
static const struct practice_row rd03[] = {KEY(LISTENER), DWORD("SecurityLayer", 0), DWORD("MinEncryptionLevel", 1)};

/* ---- services, firewall ---- */

static const struct practice_row s01[] = {KEY("SET\\Services\\TermService"), DWORD("Start", 4)};
static const struct practice_row w01[] = {
    KEY(FIREWALL "\\FirewallRules"),
    SZ("RemoteDesktop-UserMode-In-TCP", "v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=3389|App=%SystemRoot%\\system32\\svchost.exe|Svc=termservice|"
                                        "Name=@FirewallAPI.dll,-28775|Desc=@FirewallAPI.dll,-28756|EmbedCtxt=@FirewallAPI.dll,-28752|"),
};
static const struct practice_row w02r[] = {KEY(FIREWALL "\\PublicProfile"), DWORD("EnableFirewall", 0)};
static const struct practice_row w03[] = {KEY(FIREWALL "\\PublicProfile"), DWORD("DoNotAllowExceptions", 1)};

/* ---- the list ---- */

#define SAFE(name, title, mode, shell) {name, title, mode, shell, NULL, 0, NULL}
#define FOR(name, fix, title) {#name, title, -1, 0, name, VMM_COUNT(name), fix}

static const struct vmm_scenario scenarios[] = {
    SAFE("healthy", N_("A healthy server: nothing to repair"), -1, 0),
    SAFE("safe-mode-minimal", N_("Stuck in Safe Mode (Minimal)"), 0, 0),
    SAFE("safe-mode-network", N_("Stuck in Safe Mode with Networking"), 1, 0),
    SAFE("safe-mode-shell", N_("Stuck in Safe Mode with Command Prompt"), 0, 1),
    FOR(r01, "R01", N_("Remote Desktop is switched off")),
    FOR(r02, "R02", N_("Remote Desktop was moved to another port")),
    FOR(r04, "R04", N_("The RDP listener has a setting that does not exist")),
    FOR(r05, "R05", N_("The RDP listener names a certificate that is gone")),
    FOR(r06, "R06", N_("The RDP listener is tied to a network card that is gone")),
    FOR(rd01, "RD01", N_("Remote Desktop disconnects again and again")),
    FOR(rd02, "RD02", N_("The disconnects article was typed at a command prompt")),
    FOR(rd03, "RD03", N_("A rescue left Remote Desktop with weak encryption")),
    FOR(s01, "S01", N_("The Remote Desktop service is disabled")),
    FOR(w01, "W01", N_("The firewall rule for Remote Desktop is switched off")),
    FOR(w02r, "W02R", N_("The firewall was left switched off")),
    FOR(w03, "W03", N_("The firewall blocks every incoming connection")),
};

const struct vmm_scenario *vmm_scenario_at(size_t index) { return index < VMM_COUNT(scenarios) ? &scenarios[index] : NULL; }

const struct vmm_scenario *vmm_scenario_by_name(const char *name) {
    for (size_t i = 0; i < VMM_COUNT(scenarios); i++)
        if (!strcmp(scenarios[i].name, name)) return &scenarios[i];
    return NULL;
}
