/* The SOFTWARE hive of a practice disk: who this Windows says it is.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "practice/room.h"

static const struct practice_row rows[] = {
    KEY("Classes"),
    KEY("Clients"),
    KEY("Microsoft\\Windows NT\\CurrentVersion"),
    SZ("SystemRoot", "C:\\Windows"),
    SZ("BuildBranch", "fe_release"),
    SZ("BuildLab", "20348.fe_release.210507-1500"),
    SZ("BuildLabEx", "20348.1.amd64fre.fe_release.210507-1500"),
    SZ("CompositionEditionID", "ServerDatacenter"),
    SZ("CurrentBuild", "20348"),
    SZ("CurrentBuildNumber", "20348"),
    DWORD("CurrentMajorVersionNumber", 10),
    DWORD("CurrentMinorVersionNumber", 0),
    SZ("CurrentType", "Multiprocessor Free"),
    SZ("CurrentVersion", "6.3"),
    SZ("DisplayVersion", "21H2"),
    SZ("EditionID", "ServerDatacenter"),
    SZ("InstallationType", "Server"),
    DWORD("InstallDate", 1691500000),
    SZ("PathName", "C:\\Windows"),
    SZ("ProductName", "Windows Server 2022 Datacenter"),
    SZ("RegisteredOrganization", ""),
    SZ("RegisteredOwner", "Practice"),
    SZ("ReleaseId", "2009"),
    SZ("SoftwareType", "System"),
    DWORD("UBR", 2461),
    KEY("Microsoft\\Windows NT\\CurrentVersion\\ProfileList"),
    EXPAND("Default", "%SystemDrive%\\Users\\Default"),
    EXPAND("ProfilesDirectory", "%SystemDrive%\\Users"),
    EXPAND("ProgramData", "%SystemDrive%\\ProgramData"),
    EXPAND("Public", "%SystemDrive%\\Users\\Public"),
    KEY("Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\S-1-5-18"),
    EXPAND("ProfileImagePath", "%systemroot%\\system32\\config\\systemprofile"),
    DWORD("Flags", 12),
    DWORD("State", 0),
    KEY("Microsoft\\Windows NT\\CurrentVersion\\Winlogon"),
    SZ("Shell", "explorer.exe"),
    SZ("Userinit", "C:\\Windows\\system32\\userinit.exe,"),
    SZ("AutoAdminLogon", "0"),
    KEY("Microsoft\\Windows NT\\CurrentVersion\\Server\\ServerLevels"),
    DWORD("ServerCore", 1),
    DWORD("Server-Gui-Mgmt", 1),
    DWORD("Server-Gui-Shell", 1),
    KEY("Microsoft\\Windows\\CurrentVersion"),
    SZ("CommonFilesDir", "C:\\Program Files\\Common Files"),
    SZ("ProgramFilesDir", "C:\\Program Files"),
    EXPAND("ProgramFilesPath", "%ProgramFiles%"),
    KEY("Microsoft\\Windows\\CurrentVersion\\Policies\\System"),
    DWORD("EnableLUA", 1),
    DWORD("ConsentPromptBehaviorAdmin", 5),
    KEY("Microsoft\\Windows\\CurrentVersion\\Run"),
    EXPAND("SecurityHealth", "%windir%\\system32\\SecurityHealthSystray.exe"),
    KEY("Microsoft\\Windows\\Windows Error Reporting"),
    DWORD("DontShowUI", 0),
    KEY("Policies\\Microsoft\\Windows NT\\Terminal Services"),
    KEY("Policies\\Microsoft\\Windows\\WindowsUpdate\\AU"),
};

uint8_t *vmm_practice_software(const struct vmm_scenario *s, size_t *len) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    vmm_practice_rows(b, "", rows, VMM_COUNT(rows));
    vmm_practice_twist(b, "SOFTWARE", "", s);
    return vmm_builder_finish(b, 412, len);
}
