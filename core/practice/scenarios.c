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

static const struct practice_row r03[] = {KEY("SET\\Services\\Tcpip\\Parameters"), SZ("Domain", "corp.example")};
static const struct practice_row s02[] = {KEY("SET\\Services\\Dhcp"), DWORD("Start", 4)};
static const struct practice_row s03[] = {KEY("SET\\Services\\nsi"), DWORD("Start", 4), KEY("SET\\Services\\AFD"), DWORD("Start", 4)};
static const struct practice_row s04[] = {KEY("SET\\Services\\mpssvc\\Parameters\\AppCs"), LIST("DebugedLoopbackApps", "")};
static const struct practice_row w02[] = {
    KEY(FIREWALL "\\FirewallRules"),
    SZ("Practice", "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=8080|Name=Practice|"),
};
static const struct practice_row w04[] = {
    KEY(FIREWALL "\\ConSecRules"),
    SZ("{5D2C1B0A-1111-4222-8333-944455556666}", "v2.31|Action=SecureServer|Active=TRUE|Auth1Set={E5A5D32A-4BCE-4E4D-B07F-4AB1BA7E5FE3}|Name=Demand IPsec|"),
};

/* ---- the network ---- */

#define INTERFACE "SET\\Services\\Tcpip\\Parameters\\Interfaces\\" PRACTICE_NIC

static const struct practice_row n01[] = {KEY(INTERFACE), DWORD("EnableDHCP", 0), LIST("IPAddress", "192.168.1.20"), LIST("SubnetMask", "255.255.255.0"),
                                          LIST("DefaultGateway", "192.168.1.1"), LIST("DefaultGatewayMetric", "0")};
static const struct practice_row n02[] = {KEY("SET\\Enum\\VMBUS\\{f8615163-df3e-46c5-913f-f2d2f965ed0e}\\" PRACTICE_NIC), DWORD("ConfigFlags", 1)};
static const struct practice_row n04[] = {
    KEY("SET\\Control\\NetworkProvider\\Order"), SZ("ProviderOrder", "OldVpn,RDPNP,LanmanWorkstation"),
    KEY("SET\\Services\\OldVpn\\NetworkProvider"), EXPAND("ProviderPath", "%SystemRoot%\\System32\\oldvpn.dll"),
};
static const struct practice_row n05[] = {KEY("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"), DWORD("ProxyEnable", 1), SZ("ProxyServer", "proxy.old.example:8080")};
static const struct practice_row n06[] = {KEY(INTERFACE), SZ("NameServer", "192.168.1.5")};
static const struct practice_row n07[] = {KEY("SET\\Services\\Tcpip\\Parameters\\PersistentRoutes"), SZ("10.8.0.0,255.255.0.0,192.168.1.254,1", "")};

/* ---- encryption, sign-in ---- */

#define PROFILES "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\"
#define USER "S-1-5-21-1004336348-1177238915-682003330-1001"

static const struct practice_row t01[] = {KEY("SET\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server"), DWORD("Enabled", 0), DWORD("DisabledByDefault", 1)};
static const struct practice_row t02[] = {KEY("SET\\Control\\Lsa\\FIPSAlgorithmPolicy"), DWORD("Enabled", 1)};
static const struct practice_row t03[] = {KEY("SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002"), SZ("Functions", "")};
static const struct practice_row t05[] = {
    KEY("SOFTWARE\\Microsoft\\SystemCertificates\\Remote Desktop\\Certificates\\0F1E2D3C4B5A69788796A5B4C3D2E1F001122334"),
    HEX("Blob", "0300000001000000140000000f1e2d3c4b5a69788796a5b4c3d2e1f001122334"),
};
static const struct practice_row a01[] = {KEY("SET\\Control\\Lsa"), DWORD("disabledomaincreds", 1)};
static const struct practice_row a02[] = {KEY("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\CredSSP\\Parameters"), DWORD("AllowEncryptionOracle", 2)};
static const struct practice_row a03[] = {KEY("SET\\Control\\Lsa\\Kerberos\\Parameters"), DWORD("MaxTokenSize", 4000)};
static const struct practice_row u02[] = {
    KEY(PROFILES USER), EXPAND("ProfileImagePath", "C:\\Users\\TEMP"), DWORD("State", 0x804), DWORD("Flags", 0),
    KEY(PROFILES USER ".bak"), EXPAND("ProfileImagePath", "C:\\Users\\admin"), DWORD("State", 0x8000), DWORD("Flags", 0), DWORD("RefCount", 2),
    HEX("Sid", "01050000000000051500000000000000"),
};
static const struct practice_row g02[] = {KEY("SOFTWARE\\Policies\\Microsoft\\Windows\\System"), DWORD("CleanupProfiles", 30)};

/* Who logged on last stands there; the password does not. Where the domain switches the local policy off, only P02 is left. */
static const struct practice_row p01[] = {KEY("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Authentication\\LogonUI"), SZ("LastLoggedOnUser", ".\\oldadmin")};
static const struct practice_row p02[] = {KEY("SOFTWARE\\Policies\\Microsoft\\Windows\\System"), DWORD("DisableLGPOProcessing", 1)};

/* ---- the start of Windows ---- */

#define ELEMENT(object, id) "BCD\\Objects\\" object "\\Elements\\" id
#define RECOVERY "{2b6f0c53-3a8e-11ee-9d4a-00155d0a1b04}"

static const struct practice_row sm03[] = {KEY("SET\\Control\\CrashControl"), DWORD("AutoReboot", 0)};
static const struct practice_row sm04[] = {
    KEY("SET\\Control\\ProductOptions"), SZ("ProductType", "LanmanNT"),
    KEY("SET\\Services\\NTDS\\Parameters"), SZ("DSA Database file", "E:\\NTDS\\ntds.dit"), SZ("Database log files path", "E:\\NTDS"), SZ("DSA Working Directory", "E:\\NTDS"),
    KEY("SET\\Services\\partmgr\\Parameters"), DWORD("SanPolicy", 2),
};
/* a partition of a disk that this one never was */
#define NOWHERE "000000000000000000000000000000000600000000000000480000000000000011111111111111111111111111111111" \
                "0000000000000000" "22222222222222222222222222222222" "00000000000000000000000000000000"
static const struct practice_row bt01[] = {KEY(ELEMENT(PRACTICE_LOADER, "21000001")), HEX("Element", NOWHERE)};
static const struct practice_row bt02[] = {KEY(ELEMENT(PRACTICE_BOOTMGR, "24000002")), LIST("Element", RECOVERY)};
static const struct practice_row bt04[] = {KEY(ELEMENT(PRACTICE_BOOTMGR, "26000020")), HEX("Element", "01"), KEY(ELEMENT(PRACTICE_BOOTMGR, "25000004")), HEX("Element", "ffffffff00000000")};
static const struct practice_row bt08[] = {KEY(ELEMENT(PRACTICE_LOADER, "16000049")), HEX("Element", "01"), KEY("SET\\Control\\SecureBoot\\State"), DWORD("UEFISecureBootEnabled", 1)};
static const struct practice_row dr04[] = {KEY("SET\\Services\\partmgr\\Parameters"), DWORD("SanPolicy", 3)};
static const struct practice_row ra01[] = {KEY("SET\\Services\\AzureWLBackupCoordinatorSvc"), DWORD("Type", 16), DWORD("Start", 2), DWORD("ErrorControl", 3)};
static const struct practice_row fs01[] = {KEY("SET\\Control\\Session Manager"), LIST("BootExecute", "autocheck autochk /r \\??\\C:\nautocheck autochk *")};

static const struct practice_row dsrm[] = {
    KEY("SET\\Control\\ProductOptions"), SZ("ProductType", "LanmanNT"),
    KEY("SET\\Services\\NTDS\\Parameters"), SZ("DSA Database file", "C:\\Windows\\NTDS\\ntds.dit"), SZ("Database log files path", "C:\\Windows\\NTDS"),
    SZ("DSA Working Directory", "C:\\Windows\\NTDS"),
};

/* ---- the list ---- */

#define SAFE(name, title, mode, shell) {name, title, mode, shell, NULL, 0, NULL, 0}
#define FOR(name, fix, title) {#name, title, -1, 0, name, VMM_COUNT(name), fix, 0}

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
    FOR(r03, "R03", N_("A domain member asks for the password too early")),
    FOR(s02, "S02", N_("The DHCP client is disabled")),
    FOR(s03, "S03", N_("Services of the network are disabled")),
    FOR(s04, "S04", N_("The firewall service cannot start")),
    FOR(w01, "W01", N_("The firewall rule for Remote Desktop is switched off")),
    FOR(w02, "W02", N_("Nobody knows which firewall rule is to blame")),
    FOR(w02r, "W02R", N_("The firewall was left switched off")),
    FOR(w03, "W03", N_("The firewall blocks every incoming connection")),
    FOR(w04, "W04", N_("A rule demands IPsec of everyone")),
    FOR(n01, "N01", N_("The network card has a fixed address of another network")),
    FOR(n02, "N02", N_("The network card is disabled")),
    FOR(n04, "N04", N_("A VPN client was removed badly")),
    FOR(n05, "N05", N_("A proxy that is gone is set for the machine")),
    FOR(n06, "N06", N_("The network card has DNS servers of its own")),
    FOR(n07, "N07", N_("A route of an old network was set to stay")),
    FOR(t01, "T01", N_("TLS 1.2 is switched off")),
    FOR(t02, "T02", N_("The FIPS policy is on")),
    FOR(t03, "T03", N_("A policy allows no cipher suite")),
    FOR(t05, "T05", N_("The certificate of Remote Desktop has lost its key")),
    FOR(a01, "A01", N_("Stored credentials are forbidden")),
    FOR(a02, "A02", N_("The insecure CredSSP work-around is set")),
    FOR(a03, "A03", N_("Tickets for sign-in are too small")),
    FOR(u02, "U02", N_("A user gets a temporary profile")),
    FOR(g02, "G02", N_("A policy removes old profiles at the start")),
    FOR(p01, "P01", N_("Nobody knows a password that works")),
    FOR(p02, "P02", N_("Nobody knows a password, and local group policy is switched off")),
    FOR(sm03, "SM03", N_("Windows stops because of a driver; Safe Mode can tell which")),
    FOR(sm04, "SM04", N_("A domain controller cannot open its directory")),
    FOR(bt01, "BT01", N_("The boot entry names a partition that is not there")),
    FOR(bt02, "BT02", N_("The next start goes to the recovery environment")),
    FOR(bt04, "BT04", N_("The VM waits at the boot menu")),
    FOR(bt08, "BT08", N_("Secure Boot refuses lowered driver signing")),
    FOR(dr04, "DR04", N_("Added disks stay offline")),
    FOR(ra01, "RA01", N_("A backup service restarts Windows again and again")),
    FOR(fs01, "FS01", N_("A full disk check runs before every start")),
    {"safe-mode-dsrm", N_("A domain controller in its restore mode, on purpose"), 2, 0, dsrm, VMM_COUNT(dsrm), NULL, 0},
};

const struct vmm_scenario *vmm_scenario_at(size_t index) { return index < VMM_COUNT(scenarios) ? &scenarios[index] : NULL; }

const struct vmm_scenario *vmm_scenario_by_name(const char *name) {
    for (size_t i = 0; i < VMM_COUNT(scenarios); i++)
        if (!strcmp(scenarios[i].name, name)) return &scenarios[i];
    return NULL;
}

struct vmm_scenario *vmm_scenario_combined(char *const *names, unsigned extras) {
    size_t rows = 0, at = 0;
    for (size_t i = 0; names && names[i]; i++) rows += vmm_scenario_by_name(names[i])->row_count;
    struct vmm_scenario *s = vmm_alloc(1, sizeof *s + rows * sizeof(struct practice_row));
    struct practice_row *all = (struct practice_row *)(s + 1);
    *s = (struct vmm_scenario){.name = "combined", .title = "", .safeboot = -1, .rows = all, .row_count = rows, .extras = extras};
    for (size_t i = 0; names && names[i]; i++) {
        const struct vmm_scenario *one = vmm_scenario_by_name(names[i]);
        if (one->safeboot >= 0) s->safeboot = one->safeboot;
        if (one->alternate_shell) s->alternate_shell = 1;
        if (one->row_count) memcpy(all + at, one->rows, one->row_count * sizeof *all);
        at += one->row_count;
    }
    return s;
}
