/* Services and drivers of a practice disk, with the start types that a server in a virtual machine has, and what safe mode starts.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "practice/room.h"

enum { DRIVER = 1, FILE_SYSTEM = 2, OWN = 16, SHARED = 32 };     /* Type */
enum { BOOT = 0, SYSTEM = 1, AUTO = 2, DEMAND = 3, DISABLED = 4 }; /* Start */

struct service {
    const char *name;
    uint32_t type, start;
    const char *image;   /* drivers: the file's name; services: the svchost group, or a full command line */
    const char *object;  /* the account; NULL for drivers */
    const char *group;   /* load order group, or NULL */
    const char *depends; /* one a line, or NULL */
    const char *dll;     /* ServiceDll of a service in svchost, or NULL */
};

#define LOCAL_SYSTEM "LocalSystem"
#define LOCAL_SERVICE "NT Authority\\LocalService"
#define NETWORK_SERVICE "NT Authority\\NetworkService"

static const struct service services[] = {
    /* boot chain */
    {"ACPI", DRIVER, BOOT, "ACPI.sys", NULL, "Core", NULL, NULL},
    {"atapi", DRIVER, BOOT, "atapi.sys", NULL, "SCSI Miniport", NULL, NULL},
    {"CNG", DRIVER, BOOT, "cng.sys", NULL, "Core", NULL, NULL},
    {"disk", DRIVER, BOOT, "disk.sys", NULL, NULL, NULL, NULL},
    {"FltMgr", FILE_SYSTEM, BOOT, "fltmgr.sys", NULL, "FSFilter Infrastructure", NULL, NULL},
    {"fvevol", DRIVER, BOOT, "fvevol.sys", NULL, NULL, NULL, NULL},
    {"intelide", DRIVER, BOOT, "intelide.sys", NULL, "System Bus Extender", NULL, NULL},
    {"mountmgr", DRIVER, BOOT, "mountmgr.sys", NULL, "System Bus Extender", NULL, NULL},
    {"msisadrv", DRIVER, BOOT, "msisadrv.sys", NULL, "Boot Bus Extender", NULL, NULL},
    {"Ntfs", FILE_SYSTEM, SYSTEM, "ntfs.sys", NULL, "Boot File System", NULL, NULL},
    {"partmgr", DRIVER, BOOT, "partmgr.sys", NULL, "Boot Bus Extender", NULL, NULL},
    {"pci", DRIVER, BOOT, "pci.sys", NULL, "Boot Bus Extender", NULL, NULL},
    {"pciide", DRIVER, BOOT, "pciide.sys", NULL, "System Bus Extender", NULL, NULL},
    {"sacdrv", DRIVER, BOOT, "sacdrv.sys", NULL, NULL, NULL, NULL},
    {"storahci", DRIVER, BOOT, "storahci.sys", NULL, "SCSI Miniport", NULL, NULL},
    {"stornvme", DRIVER, BOOT, "stornvme.sys", NULL, "SCSI Miniport", NULL, NULL},
    {"storport", DRIVER, BOOT, "storport.sys", NULL, NULL, NULL, NULL},
    {"storvsc", DRIVER, BOOT, "storvsc.sys", NULL, "SCSI Miniport", NULL, NULL},
    {"vdrvroot", DRIVER, BOOT, "vdrvroot.sys", NULL, "Boot Bus Extender", NULL, NULL},
    {"vmbus", DRIVER, BOOT, "vmbus.sys", NULL, "System Bus Extender", NULL, NULL},
    {"volmgr", DRIVER, BOOT, "volmgr.sys", NULL, "System Bus Extender", NULL, NULL},
    {"volmgrx", DRIVER, BOOT, "volmgrx.sys", NULL, "System Bus Extender", NULL, NULL},
    {"volsnap", DRIVER, BOOT, "volsnap.sys", NULL, NULL, NULL, NULL},
    {"Wof", FILE_SYSTEM, BOOT, "wof.sys", NULL, "FSFilter Compression", NULL, NULL},
    /* network */
    {"AFD", DRIVER, SYSTEM, "afd.sys", NULL, "PNP_TDI", NULL, NULL},
    {"NDIS", DRIVER, BOOT, "ndis.sys", NULL, "NDIS Wrapper", NULL, NULL},
    {"NetBT", DRIVER, SYSTEM, "netbt.sys", NULL, "PNP_TDI", "Tdx\nTcpip", NULL},
    {"netvsc", DRIVER, DEMAND, "netvsc.sys", NULL, "NDIS", NULL, NULL},
    {"nsiproxy", DRIVER, SYSTEM, "nsiproxy.sys", NULL, NULL, NULL, NULL},
    {"Tcpip", DRIVER, BOOT, "tcpip.sys", NULL, "PNP_TDI", NULL, NULL},
    {"Tcpip6", DRIVER, DEMAND, "tcpip.sys", NULL, NULL, "Tcpip", NULL},
    {"tdx", DRIVER, SYSTEM, "tdx.sys", NULL, "PNP_TDI", "Tcpip", NULL},
    {"WfpLwfs", DRIVER, BOOT, "wfplwfs.sys", NULL, "NDIS", NULL, NULL},
    {"mpsdrv", DRIVER, DEMAND, "mpsdrv.sys", NULL, NULL, NULL, NULL},
    {"mrxsmb", FILE_SYSTEM, DEMAND, "mrxsmb.sys", NULL, "Network", "rdbss", NULL},
    {"rdbss", FILE_SYSTEM, SYSTEM, "rdbss.sys", NULL, "Network", "Mup", NULL},
    {"srv2", FILE_SYSTEM, DEMAND, "srv2.sys", NULL, "Network", "srvnet", NULL},
    {"BFE", SHARED, AUTO, "LocalServiceNoNetworkFirewall -p", LOCAL_SERVICE, "NetworkProvider", "RpcSs", "bfe.dll"},
    {"Dhcp", SHARED, AUTO, "LocalServiceNetworkRestricted -p", LOCAL_SERVICE, "TDI", "NSI\nAfd", "dhcpcore.dll"},
    {"Dnscache", SHARED, AUTO, "NetworkService -p", NETWORK_SERVICE, "TDI", "nsi\nAfd", "dnsrslvr.dll"},
    {"iphlpsvc", SHARED, AUTO, "NetSvcs -p", LOCAL_SYSTEM, NULL, "RpcSS\nwinmgmt\ntcpip\nnsi", "iphlpsvc.dll"},
    {"LanmanServer", SHARED, AUTO, "smbsvcs", LOCAL_SYSTEM, NULL, "SamSS\nSrv2", "srvsvc.dll"},
    {"LanmanWorkstation", SHARED, AUTO, "NetworkService -p", NETWORK_SERVICE, "NetworkProvider", "Bowser\nMRxSmb20\nNSI", "wkssvc.dll"},
    {"mpssvc", SHARED, AUTO, "LocalServiceNoNetworkFirewall -p", LOCAL_SERVICE, "NetworkProvider", "mpsdrv\nbfe", "mpssvc.dll"},
    {"Netlogon", SHARED, DEMAND, "%systemroot%\\system32\\lsass.exe", LOCAL_SYSTEM, "MS_WindowsRemoteValidation", "LanmanWorkstation", NULL},
    {"Netman", SHARED, DEMAND, "LocalSystemNetworkRestricted -p", LOCAL_SYSTEM, NULL, "RpcSs\nnsi", "netman.dll"},
    {"netprofm", SHARED, DEMAND, "LocalService -p", LOCAL_SERVICE, NULL, "RpcSs\nnlasvc", "netprofmsvc.dll"},
    {"NlaSvc", SHARED, AUTO, "NetworkService -p", NETWORK_SERVICE, NULL, "NSI\nRpcSs\nTcpIp\nDhcp\nEventlog", "nlasvc.dll"},
    {"nsi", SHARED, AUTO, "LocalService -p", LOCAL_SERVICE, NULL, "rpcss\nnsiproxy", "nsisvc.dll"},
    {"IKEEXT", SHARED, DEMAND, "netsvcs -p", LOCAL_SYSTEM, NULL, "BFE\nnsi", "ikeext.dll"},
    /* remote desktop */
    {"RDPDR", DRIVER, DEMAND, "rdpdr.sys", NULL, NULL, NULL, NULL},
    {"SessionEnv", SHARED, DEMAND, "netsvcs -p", LOCAL_SYSTEM, NULL, "RPCSS\nLanmanWorkstation", "SessEnv.dll"},
    {"TermService", SHARED, DEMAND, "NetworkService", NETWORK_SERVICE, NULL, "RPCSS", "termsrv.dll"},
    {"UmRdpService", SHARED, DEMAND, "LocalSystemNetworkRestricted -p", LOCAL_SYSTEM, NULL, "TermService\nRDPDR", "umrdp.dll"},
    /* what everything stands on */
    {"CryptSvc", SHARED, AUTO, "NetworkService -p", NETWORK_SERVICE, NULL, "RpcSs", "cryptsvc.dll"},
    {"DcomLaunch", SHARED, AUTO, "DcomLaunch -p", LOCAL_SYSTEM, "COM Infrastructure", NULL, "rpcss.dll"},
    {"EventLog", SHARED, AUTO, "LocalServiceNetworkRestricted -p", LOCAL_SERVICE, "Event Log", NULL, "wevtsvc.dll"},
    {"gpsvc", SHARED, AUTO, "netsvcs -p", LOCAL_SYSTEM, "ProfSvc_Group", "RPCSS\nMup", "gpsvc.dll"},
    {"PlugPlay", SHARED, DEMAND, "DcomLaunch -p", LOCAL_SYSTEM, "PlugPlay", NULL, "umpnpmgr.dll"},
    {"RemoteRegistry", SHARED, AUTO, "localService -p", LOCAL_SERVICE, NULL, "RPCSS", "regsvc.dll"},
    {"RpcEptMapper", SHARED, AUTO, "RPCSS -p", NETWORK_SERVICE, "COM Infrastructure", NULL, "RpcEpMap.dll"},
    {"RpcSs", SHARED, AUTO, "rpcss -p", NETWORK_SERVICE, "COM Infrastructure", "RpcEptMapper\nDcomLaunch", "rpcss.dll"},
    {"sacsvr", SHARED, DEMAND, "netsvcs -p", LOCAL_SYSTEM, NULL, NULL, "sacsvr.dll"},
    {"SamSs", SHARED, AUTO, "%SystemRoot%\\system32\\lsass.exe", LOCAL_SYSTEM, "MS_WindowsLocalValidation", "RPCSS", NULL},
    {"vmicheartbeat", SHARED, DEMAND, "ICService -p", LOCAL_SYSTEM, NULL, NULL, "icsvc.dll"},
    {"W32Time", SHARED, AUTO, "LocalService", LOCAL_SERVICE, NULL, NULL, "w32time.dll"},
    {"WerSvc", OWN, DEMAND, "WerSvcGroup", "localSystem", NULL, NULL, "WerSvc.dll"},
    {"WinRM", SHARED, AUTO, "NetworkService -p", NETWORK_SERVICE, NULL, "RPCSS\nHTTP", "WsmSvc.dll"},
};

/* What starts in each safe mode: the key's name, and the kind in its default value. */
struct safe {
    const char *name, *kind;
};
#define SERVICE "Service"
#define DRIVERS "Driver"
#define DRIVER_GROUP "Driver Group"

static const struct safe in_both[] = {
    {"AppMgmt", SERVICE}, {"Base", DRIVER_GROUP}, {"Boot Bus Extender", DRIVER_GROUP}, {"Boot file system", DRIVER_GROUP},
    {"CryptSvc", SERVICE}, {"DcomLaunch", SERVICE}, {"EFS", SERVICE}, {"EventLog", SERVICE}, {"File system", DRIVER_GROUP},
    {"Filter", DRIVER_GROUP}, {"KeyIso", SERVICE}, {"Netlogon", SERVICE}, {"NTDS", SERVICE}, {"PCI Configuration", DRIVER_GROUP},
    {"PlugPlay", SERVICE}, {"PNP Filter", DRIVER_GROUP}, {"Power", SERVICE}, {"Primary disk", DRIVER_GROUP}, {"ProfSvc", SERVICE},
    {"RpcEptMapper", SERVICE}, {"RpcSs", SERVICE}, {"sacsvr", SERVICE}, {"SCSI Class", DRIVER_GROUP}, {"sermouse.sys", DRIVERS},
    {"SWPRV", SERVICE}, {"System Bus Extender", DRIVER_GROUP}, {"TabletInputService", SERVICE}, {"TrustedInstaller", SERVICE},
    {"VDS", SERVICE}, {"vga.sys", DRIVERS}, {"vgasave.sys", DRIVERS}, {"vmms", SERVICE}, {"volmgr.sys", DRIVERS}, {"volmgrx.sys", DRIVERS},
    {"WinDefend", SERVICE}, {"WinMgmt", SERVICE},
    {"{36FC9E60-C465-11CF-8056-444553540000}", "Universal Serial Bus controllers"},
    {"{4D36E965-E325-11CE-BFC1-08002BE10318}", "CD-ROM Drive"}, {"{4D36E967-E325-11CE-BFC1-08002BE10318}", "DiskDrive"},
    {"{4D36E969-E325-11CE-BFC1-08002BE10318}", "Standard floppy disk controller"}, {"{4D36E96A-E325-11CE-BFC1-08002BE10318}", "Hdc"},
    {"{4D36E96B-E325-11CE-BFC1-08002BE10318}", "Keyboard"}, {"{4D36E96F-E325-11CE-BFC1-08002BE10318}", "Mouse"},
    {"{4D36E97B-E325-11CE-BFC1-08002BE10318}", "SCSIAdapter"}, {"{4D36E97D-E325-11CE-BFC1-08002BE10318}", "System"},
    {"{71A27CDD-812A-11D0-BEC7-08002BE2092F}", "Volume"}, {"{745A17A0-74D3-11D0-B6FE-00A0C90F57DA}", "Human Interface Devices"},
};

static const struct safe with_network[] = {
    {"AFD", SERVICE}, {"BFE", SERVICE}, {"Dhcp", SERVICE}, {"DnsCache", SERVICE}, {"IKEEXT", SERVICE}, {"LanmanServer", SERVICE},
    {"LanmanWorkstation", SERVICE}, {"LmHosts", SERVICE}, {"MPSDrv", DRIVERS}, {"MPSSvc", SERVICE}, {"mrxsmb", DRIVERS}, {"mrxsmb20", DRIVERS},
    {"NDIS", DRIVER_GROUP}, {"NDIS Wrapper", DRIVER_GROUP}, {"Ndisuio", SERVICE}, {"NetBIOS", SERVICE}, {"NetBT", SERVICE}, {"NetMan", SERVICE},
    {"netprofm", SERVICE}, {"Network", DRIVER_GROUP}, {"NetworkProvider", DRIVER_GROUP}, {"NlaSvc", SERVICE}, {"Nsi", SERVICE},
    {"nsiproxy.sys", DRIVERS}, {"PNP_TDI", DRIVER_GROUP}, {"PolicyAgent", SERVICE}, {"rdbss", DRIVERS}, {"rdpencdd.sys", DRIVERS},
    {"SharedAccess", SERVICE}, {"Streams Drivers", DRIVER_GROUP}, {"Tcpip", SERVICE}, {"TDI", DRIVER_GROUP},
    {"{4D36E972-E325-11CE-BFC1-08002BE10318}", "Net"}, {"{4D36E973-E325-11CE-BFC1-08002BE10318}", "NetClient"},
    {"{4D36E974-E325-11CE-BFC1-08002BE10318}", "NetService"}, {"{4D36E975-E325-11CE-BFC1-08002BE10318}", "NetTrans"},
};

static char *image_path(const struct service *s) {
    if (!s->object) return vmm_printf("System32\\drivers\\%s", s->image);
    if (*s->image == '%') return vmm_strdup(s->image);
    return vmm_printf("%%SystemRoot%%\\System32\\svchost.exe -k %s", s->image);
}

static void service_put(struct vmm_hive_builder *b, const char *control_set, const struct service *s) {
    char *key = vmm_printf("%s\\Services\\%s", control_set, s->name), *image = image_path(s);
    vmm_builder_dword(b, key, "Type", s->type);
    vmm_builder_dword(b, key, "Start", s->start);
    vmm_builder_dword(b, key, "ErrorControl", s->start == BOOT ? 3 : 1);
    vmm_builder_string(b, key, "ImagePath", VMM_REG_EXPAND_SZ, image);
    vmm_builder_string(b, key, "DisplayName", VMM_REG_SZ, s->name);
    if (s->group) vmm_builder_string(b, key, "Group", VMM_REG_SZ, s->group);
    if (s->object) vmm_builder_string(b, key, "ObjectName", VMM_REG_SZ, s->object);
    if (s->depends) vmm_builder_string(b, key, "DependOnService", VMM_REG_MULTI_SZ, s->depends);
    if (s->dll) {
        char *parameters = vmm_printf("%s\\Parameters", key), *dll = vmm_printf("%%SystemRoot%%\\System32\\%s", s->dll);
        vmm_builder_string(b, parameters, "ServiceDll", VMM_REG_EXPAND_SZ, dll);
        free(parameters);
        free(dll);
    }
    free(key);
    free(image);
}

static void safe_put(struct vmm_hive_builder *b, const char *control_set, const char *mode, const struct safe *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *key = vmm_printf("%s\\Control\\SafeBoot\\%s\\%s", control_set, mode, list[i].name);
        vmm_builder_string(b, key, "", VMM_REG_SZ, list[i].kind);
        free(key);
    }
}

void vmm_practice_services(struct vmm_hive_builder *b, const char *control_set) {
    for (size_t i = 0; i < VMM_COUNT(services); i++) service_put(b, control_set, &services[i]);
    safe_put(b, control_set, "Minimal", in_both, VMM_COUNT(in_both));
    safe_put(b, control_set, "Network", in_both, VMM_COUNT(in_both));
    safe_put(b, control_set, "Network", with_network, VMM_COUNT(with_network));
}
