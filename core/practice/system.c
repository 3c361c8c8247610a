/* The SYSTEM hive of a practice disk: one complete control set of a Windows Server 2022 that answers Remote Desktop,
 * with the shapes that trip careless editors: a value of several segments and a key with more children than one leaf holds.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "practice/room.h"

#define SET "ControlSet001"
#define NIC PRACTICE_NIC
#define RDP_RULE(profile, protocol, app, name) \
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=" protocol "|" profile "LPort=3389|" app "Name=@FirewallAPI.dll,-" name \
    "|Desc=@FirewallAPI.dll,-28756|EmbedCtxt=@FirewallAPI.dll,-28752|"
#define SVCHOST "App=%SystemRoot%\\system32\\svchost.exe|Svc=termservice|"

static const struct practice_row top[] = {
    KEY("Select"),
    DWORD("Current", 1), DWORD("Default", 1), DWORD("Failed", 0), DWORD("LastKnownGood", 1),
    KEY("Setup"),
    SZ("CmdLine", ""), DWORD("OOBEInProgress", 0), DWORD("RestartSetup", 0), DWORD("SetupPhase", 0), DWORD("SetupType", 0),
    DWORD("SystemSetupInProgress", 0), SZ("OsLoaderPath", "\\"), SZ("SystemPartition", "\\Device\\HarddiskVolume1"),
    SZ("WorkingDirectory", "C:\\Windows\\Panther"),
    KEY("Software\\Microsoft"),
    KEY("WPA"),
};

/* below the control set */
static const struct practice_row control[] = {
    KEY("Control"),
    SZ("CurrentUser", "USERNAME"), SZ("SystemBootDevice", "multi(0)disk(0)rdisk(0)partition(2)"),
    SZ("WaitToKillServiceTimeout", "5000"),
    KEY("Control\\Class\\{4d36e967-e325-11ce-bfc1-08002be10318}"),
    SZ("Class", "DiskDrive"), LIST("UpperFilters", "partmgr"),
    KEY("Control\\Class\\{4d36e972-e325-11ce-bfc1-08002be10318}"),
    SZ("Class", "Net"),
    KEY("Control\\Class\\{4d36e972-e325-11ce-bfc1-08002be10318}\\0000"),
    SZ("DriverDesc", "Microsoft Hyper-V Network Adapter"), SZ("DriverVersion", "10.0.20348.1"), SZ("NetCfgInstanceId", NIC),
    KEY("Control\\Class\\{71a27cdd-812a-11d0-bec7-08002be2092f}"),
    SZ("Class", "Volume"), LIST("UpperFilters", "volsnap"), LIST("LowerFilters", "fvevol\niorate\nrdyboost"),
    KEY("Control\\ComputerName\\ComputerName"),
    SZ("ComputerName", "PRACTICE-VM"),
    KEY("Control\\CrashControl"),
    DWORD("AutoReboot", 1), DWORD("CrashDumpEnabled", 7), EXPAND("DumpFile", "%SystemRoot%\\MEMORY.DMP"), LIST("DumpFilters", "dumpfve.sys"),
    DWORD("LogEvent", 1), EXPAND("MinidumpDir", "%SystemRoot%\\Minidump"), DWORD("MinidumpsCount", 50), DWORD("Overwrite", 1),
    KEY("Control\\FileSystem"),
    DWORD("LongPathsEnabled", 0), DWORD("NtfsDisable8dot3NameCreation", 2),
    KEY("Control\\Lsa"),
    LIST("Authentication Packages", "msv1_0"), LIST("Notification Packages", "scecli"), DWORD("LimitBlankPasswordUse", 1),
    DWORD("disabledomaincreds", 0), DWORD("NoLmHash", 1), DWORD("SecureBoot", 1),
    KEY("Control\\Lsa\\FIPSAlgorithmPolicy"),
    DWORD("Enabled", 0),
    KEY("Control\\NetworkProvider\\Order"),
    SZ("ProviderOrder", "RDPNP,LanmanWorkstation"),
    KEY("Control\\Nls\\Language"),
    SZ("Default", "0409"), SZ("InstallLanguage", "0409"),
    KEY("Control\\ProductOptions"),
    LIST("ProductSuite", "Terminal Server\nDataCenter"), SZ("ProductType", "ServerNT"),
    KEY("Control\\SafeBoot"),
    SZ("AlternateShell", "cmd.exe"),
    KEY("Control\\SecurityProviders\\SCHANNEL\\Protocols"),
    KEY("Control\\Session Manager"),
    LIST("BootExecute", "autocheck autochk *"), DWORD("CriticalSectionTimeout", 2592000), DWORD("ProtectionMode", 1),
    LIST("SetupExecute", ""),
    KEY("Control\\Session Manager\\Environment"),
    EXPAND("ComSpec", "%SystemRoot%\\system32\\cmd.exe"), SZ("OS", "Windows_NT"), SZ("PROCESSOR_ARCHITECTURE", "AMD64"),
    EXPAND("Path", "%SystemRoot%\\system32;%SystemRoot%;%SystemRoot%\\System32\\Wbem"), EXPAND("windir", "%SystemRoot%"),
    KEY("Control\\Session Manager\\Memory Management"),
    DWORD("ClearPageFileAtShutdown", 0), LIST("PagingFiles", "?:\\pagefile.sys"), LIST("ExistingPageFiles", "\\??\\C:\\pagefile.sys"),
    KEY("Control\\Session Manager\\Power"),
    DWORD("HiberbootEnabled", 0),
    KEY("Control\\Terminal Server"),
    DWORD("AllowRemoteRPC", 0), DWORD("DelayConMgrTimeout", 0), DWORD("DeleteTempDirsOnExit", 1), DWORD("fDenyTSConnections", 0),
    DWORD("fSingleSessionPerUser", 1), DWORD("NotificationTimeOut", 0), DWORD("PerSessionTempDir", 0), SZ("ProductVersion", "5.1"),
    LIST("RCDependentServices", "CertPropSvc\nSessionEnv"), SZ("SnapshotMonitors", "1"), DWORD("StartRCM", 0), DWORD("TSAdvertise", 0),
    DWORD("TSUserEnabled", 0), DWORD("RailShowallNotifyIcons", 1), DWORD("RDPVGCInstalled", 1),
    KEY("Control\\Terminal Server\\RCM\\Licensing Core"),
    DWORD("LicensingMode", 5),
    KEY("Control\\TimeZoneInformation"),
    SZ("TimeZoneKeyName", "UTC"), DWORD("ActiveTimeBias", 0),
    KEY("Control\\Windows"),
    DWORD("ComponentizedBuild", 1), DWORD("CSDBuildNumber", 2461), DWORD("CSDVersion", 0), EXPAND("Directory", "%SystemRoot%"),
    DWORD("ErrorMode", 0), DWORD("NoInteractiveServices", 1), DWORD("ShellErrorMode", 1), EXPAND("SystemDirectory", "%SystemRoot%\\system32"),
    HEX("ShutdownTime", "80b5c4ac54a6da01"), /* 2024-05-14 */
    KEY("Enum\\ACPI\\VMBus\\0"),
    SZ("Service", "vmbus"), SZ("ClassGUID", "{4d36e97d-e325-11ce-bfc1-08002be10318}"),
    KEY("Enum\\HTREE\\ROOT\\0"),
    KEY("Enum\\ROOT\\ACPI_HAL\\0000"),
    SZ("ClassGUID", "{4d36e966-e325-11ce-bfc1-08002be10318}"),
    KEY("Enum\\VMBUS\\{f8615163-df3e-46c5-913f-f2d2f965ed0e}\\" NIC),
    SZ("Service", "netvsc"), SZ("ClassGUID", "{4d36e972-e325-11ce-bfc1-08002be10318}"), SZ("DeviceDesc", "Microsoft Hyper-V Network Adapter"),
    KEY("Enum\\SCSI\\Disk&Ven_Msft&Prod_Virtual_Disk\\000000"),
    SZ("Service", "disk"), SZ("ClassGUID", "{4d36e967-e325-11ce-bfc1-08002be10318}"),
    KEY("Hardware Profiles\\0001"),
    KEY("Policies"),
};

/* the listener that Remote Desktop connects to */
static const struct practice_row listener[] = {
    KEY("Control\\Terminal Server\\WinStations"),
    DWORD("SelfSignedCertStore", 0),
    KEY("Control\\Terminal Server\\WinStations\\Console"),
    DWORD("fEnableWinStation", 1), SZ("WdName", "Console"),
    KEY("Control\\Terminal Server\\WinStations\\RDP-Tcp"),
    SZ("AudioEnumeratorDll", "rdpendp.dll"), DWORD("Callback", 0), SZ("CallbackNumber", ""), DWORD("CdClass", 0), SZ("CdDLL", ""),
    DWORD("CdFlag", 0), SZ("CdName", ""), SZ("CfgDll", "RDPCFGEX.DLL"), DWORD("ColorDepth", 5), SZ("Comment", ""), SZ("Domain", ""),
    DWORD("DrawGdiplusSupportLevel", 1), DWORD("fAllowSecProtocolNegotiation", 1), DWORD("fAutoClientDrives", 1),
    DWORD("fAutoClientLpts", 1), DWORD("fDisableAudioCapture", 0), DWORD("fDisableCam", 0), DWORD("fDisableCcm", 0), DWORD("fDisableCdm", 0),
    DWORD("fDisableClip", 0), DWORD("fDisableCpm", 0), DWORD("fDisableEncryption", 1), DWORD("fDisableExe", 0), DWORD("fDisableLPT", 0),
    DWORD("fEnableWinStation", 1), DWORD("fForceClientLptDef", 1), DWORD("fHomeDirectoryMapRoot", 0), DWORD("fInheritAutoClient", 1),
    DWORD("fInheritAutoLogon", 1), DWORD("fInheritCallback", 0), DWORD("fInheritCallbackNumber", 1), DWORD("fInheritColorDepth", 0),
    DWORD("fInheritInitialProgram", 1), DWORD("fInheritMaxDisconnectionTime", 1), DWORD("fInheritMaxIdleTime", 1),
    DWORD("fInheritMaxSessionTime", 1), DWORD("fInheritReconnectSame", 1), DWORD("fInheritResetBroken", 1), DWORD("fInheritSecurity", 0),
    DWORD("fInheritShadow", 1), DWORD("fLogonDisabled", 0), DWORD("fPromptForPassword", 0), DWORD("fReconnectSame", 0),
    DWORD("fResetBroken", 0), DWORD("fUseDefaultGina", 0), SZ("InitialProgram", ""), DWORD("InputBufferLength", 2048),
    DWORD("InteractiveDelay", 50), DWORD("KeepAliveTimeout", 0), DWORD("KeyboardLayout", 0), DWORD("LanAdapter", 0),
    SZ("LoadableProtocol_Object", "{5828227c-20cf-4408-b73f-73ab70b8849f}"), DWORD("MaxConnectionTime", 0), DWORD("MaxDisconnectionTime", 0),
    DWORD("MaxIdleTime", 0), DWORD("MaxInstanceCount", UINT32_C(0xffffffff)), DWORD("MinEncryptionLevel", 2), SZ("NWLogonServer", ""),
    DWORD("OutBufCount", 6), DWORD("OutBufDelay", 100), DWORD("OutBufLength", 530), SZ("Password", ""), DWORD("PdClass", 2),
    DWORD("PdClass1", 11), SZ("PdDLL", "tdtcp"), SZ("PdDLL1", "tssecsrv"), DWORD("PdFlag", 78), DWORD("PdFlag1", 0), SZ("PdName", "tcp"),
    SZ("PdName1", "tssecsrv"), DWORD("PortNumber", 3389), DWORD("SecurityLayer", 2), DWORD("Shadow", 1), DWORD("UserAuthentication", 1),
    SZ("Username", ""), SZ("WdDLL", "rdpwd"), DWORD("WdFlag", 54), SZ("WdName", "Microsoft RDP 8.0"), SZ("WdPrefix", "RDP"),
    SZ("WFProfilePath", ""), SZ("WorkDirectory", ""), SZ("WsxDLL", "rdpwsx"),
};

/* what services keep below their keys */
static const struct practice_row services[] = {
    KEY("Services\\LanmanServer\\Parameters"),
    DWORD("EnableAuthenticateUserSharing", 0), LIST("NullSessionPipes", ""), EXPAND("ServiceDll", "%SystemRoot%\\System32\\srvsvc.dll"),
    KEY("Services\\LanmanWorkstation\\NetworkProvider"),
    SZ("Name", "Microsoft Windows Network"), EXPAND("ProviderPath", "%SystemRoot%\\System32\\ntlanman.dll"),
    KEY("Services\\RDPNP\\NetworkProvider"),
    SZ("Name", "Microsoft Terminal Services"), EXPAND("ProviderPath", "%SystemRoot%\\System32\\drprov.dll"),
    KEY("Services\\partmgr\\Parameters"),
    DWORD("SanPolicy", 1),
    KEY("Services\\Tcpip\\Parameters"),
    SZ("Domain", ""), SZ("Hostname", "PRACTICE-VM"), SZ("NV Hostname", "PRACTICE-VM"), SZ("NameServer", ""), DWORD("IPEnableRouter", 0),
    EXPAND("DataBasePath", "%SystemRoot%\\System32\\drivers\\etc"), SZ("DhcpNameServer", "168.63.129.16"),
    KEY("Services\\Tcpip\\Parameters\\Interfaces\\" NIC),
    DWORD("EnableDHCP", 1), SZ("Domain", ""), SZ("NameServer", ""), SZ("DhcpIPAddress", "10.0.0.4"), SZ("DhcpSubnetMask", "255.255.255.0"),
    SZ("DhcpServer", "168.63.129.16"), SZ("DhcpNameServer", "168.63.129.16"), LIST("DhcpDefaultGateway", "10.0.0.1"),
    KEY("Services\\Tcpip\\Parameters\\PersistentRoutes"),
    KEY("Services\\SharedAccess\\Parameters\\FirewallPolicy\\DomainProfile"),
    DWORD("EnableFirewall", 1), DWORD("DisableNotifications", 0),
    KEY("Services\\SharedAccess\\Parameters\\FirewallPolicy\\PublicProfile"),
    DWORD("EnableFirewall", 1), DWORD("DisableNotifications", 0),
    KEY("Services\\SharedAccess\\Parameters\\FirewallPolicy\\StandardProfile"),
    DWORD("EnableFirewall", 1), DWORD("DisableNotifications", 0),
    KEY("Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules"),
    SZ("RemoteDesktop-UserMode-In-TCP", RDP_RULE("", "6", SVCHOST, "28775")),
    SZ("RemoteDesktop-UserMode-In-UDP", RDP_RULE("", "17", SVCHOST, "28776")),
    SZ("RemoteDesktop-Shadow-In-TCP",
       "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|App=%SystemRoot%\\system32\\RdpSa.exe|Name=@FirewallAPI.dll,-28778|"
       "Desc=@FirewallAPI.dll,-28779|EmbedCtxt=@FirewallAPI.dll,-28752|Edge=TRUE|Defer=App|"),
    SZ("WINRM-HTTP-In-TCP",
       "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=5985|App=System|"
       "Name=@FirewallAPI.dll,-30253|Desc=@FirewallAPI.dll,-30256|EmbedCtxt=@FirewallAPI.dll,-30267|"),
    SZ("CoreNet-DHCP-In",
       "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=68|RPort=67|App=%SystemRoot%\\system32\\svchost.exe|Svc=dhcp|"
       "Name=@FirewallAPI.dll,-25301|Desc=@FirewallAPI.dll,-25303|EmbedCtxt=@FirewallAPI.dll,-25000|"),
};

/* ---- what tables cannot say ---- */

/* How Windows finds drive C: again: by partition GUID, or by MBR signature and offset. */
static void mounted(struct vmm_hive_builder *b, const char *name, const struct vmm_practice_ids *ids, bool windows) {
    uint8_t data[24];
    size_t len = ids->gen == 1 ? 12 : 24;
    if (ids->gen == 1) {
        vmm_put32(data, ids->mbr_signature);
        vmm_put64(data + 4, windows ? ids->windows_offset : ids->boot_offset);
    } else {
        memcpy(data, "DMIO:ID:", 8);
        memcpy(data + 8, windows ? ids->windows_part_guid : ids->boot_part_guid, 16);
    }
    vmm_builder_set(b, "MountedDevices", name, VMM_REG_BINARY, data, len);
}

static void mounted_devices(struct vmm_hive_builder *b, const struct vmm_practice_ids *ids) {
    mounted(b, "\\DosDevices\\C:", ids, true);
    for (int windows = 0; windows < 2; windows++) {
        char guid[39], *name = NULL;
        vmm_guid_text(windows ? ids->windows_part_guid : ids->boot_part_guid, guid);
        if (ids->gen == 2) name = vmm_printf("\\??\\Volume%s", guid);
        else name = vmm_printf("\\??\\Volume{%08x-0000-0000-0000-%s}", ids->mbr_signature, windows ? "100400000000" : "100000000000");
        mounted(b, name, ids, windows);
        free(name);
    }
}

/* Real SYSTEM hives hold some values of more than one segment; an editor that rewrites their key wrongly ruins it. */
static void long_value(struct vmm_hive_builder *b) {
    uint8_t cache[40000];
    for (size_t i = 0; i < sizeof cache; i++) cache[i] = (uint8_t)(i * 7 + (i >> 8));
    vmm_builder_set(b, SET "\\Control\\Session Manager\\AppCompatCache", "AppCompatCache", VMM_REG_BINARY, cache, sizeof cache);
}

/* And one key with so many children that they stand in several leaves. */
static void many_children(struct vmm_hive_builder *b) {
    for (unsigned i = 0; i < 1100; i++) {
        char *path = vmm_printf("DriverDatabase\\DeviceIds\\PCI\\VEN_%04X&DEV_%04X", i % 3 ? 0x8086 : 0x1414, 0x1000 + 7 * i);
        vmm_builder_set(b, path, "machine.inf", VMM_REG_BINARY, "\1\xff\0", 4);
        free(path);
    }
}

/* What the last boot was told; safe mode leaves its trace here too. */
static void start_options(struct vmm_hive_builder *b, const struct vmm_scenario *s) {
    const char *mode = s->safeboot == 1 ? "  SAFEBOOT:NETWORK" : s->safeboot == 2 ? "  SAFEBOOT:DSREPAIR" : "";
    if (s->safeboot == 0) mode = s->alternate_shell ? "  SAFEBOOT:MINIMAL(ALTERNATESHELL)" : "  SAFEBOOT:MINIMAL";
    char *options = vmm_printf(" NOEXECUTE=OPTOUT%s", mode);
    vmm_builder_string(b, SET "\\Control", "SystemStartOptions", VMM_REG_SZ, options);
    free(options);
}

uint8_t *vmm_practice_system(const struct vmm_scenario *s, const struct vmm_practice_ids *ids, size_t *len) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    vmm_practice_rows(b, "", top, VMM_COUNT(top));
    vmm_practice_rows(b, SET, control, VMM_COUNT(control));
    vmm_practice_rows(b, SET, listener, VMM_COUNT(listener));
    vmm_practice_services(b, SET);
    vmm_practice_rows(b, SET, services, VMM_COUNT(services));
    start_options(b, s);
    mounted_devices(b, ids);
    long_value(b);
    many_children(b);
    vmm_practice_twist(b, "SET", SET, s);
    vmm_practice_twist(b, "SYSTEM", "", s);
    return vmm_builder_finish(b, 1873, len);
}
