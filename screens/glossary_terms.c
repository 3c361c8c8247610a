/* What the words mean that people meet in the steps, in two or three plain sentences each.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/glossary_terms.h"

#include <stddef.h>

#include "base/base.h"

const struct glossary_term vmm_glossary[] = {
    {"BCD", N_("Boot Configuration Data: the small file that tells a machine which Windows to start, and how. It has the form of a registry hive. The Windows command for it is "
               "bcdedit.")},
    {"BIOS", N_("The older kind of firmware. It starts from the active partition of a disk with an MBR. In Azure that is a generation 1 VM.")},
    {"BitLocker", N_("The encryption of a whole volume by Windows. Without its key nothing on the volume can be read or repaired. The recovery key has 48 digits and is kept "
                     "where the volume was encrypted: a directory, a key vault, a sheet of paper.")},
    {N_("boot diagnostics"), N_("In Azure, a picture of what the VM's screen shows, and its serial log. It is the first thing to look at when a VM cannot be reached: a sign-in "
                                "screen, \"Safe Mode\" in the corners, or an error say very different things.")},
    {"bootmgr", N_("The boot manager: the first program of Windows that runs. It reads the BCD, shows the boot menu if there is one, and starts a loader.")},
    {N_("boot store"), N_("A file with boot data, a BCD. A disk may hold several; the firmware reads one of them. Repairing another one changes nothing.")},
    {N_("control set"), N_("The part of the SYSTEM hive with the settings of drivers and services. There may be several, ControlSet001 and so on; \"Select\" says which one is "
                           "used at the next start.")},
    {N_("crash dump"), N_("The memory of a Windows that has crashed, written to a file. It tells experts what was wrong. It must be switched on before the crash.")},
    {N_("default entry"), N_("The entry of the boot menu that starts when nobody chooses. The entry that boots your Windows is usually this one, but not always.")},
    {"device", N_("In a boot entry: the partition on which the loader's file stands. It is named by the identity of disk and partition, so a copied disk may need it corrected.")},
    {"DHCP", N_("How a machine gets its address from the network by itself. In Azure it is always used, even for addresses that do not change.")},
    {N_("dirty hive"), N_("A hive that Windows was stopped while writing. Its last changes are in the log files beside it. Who edits it without them loses those changes, or the "
                          "edit.")},
    {N_("domain controller"), N_("A server that holds the accounts of a whole organisation (Active Directory). It has a restore mode of its own, and mistakes on it hurt everybody.")},
    {N_("domain member"), N_("A machine whose settings and accounts come from a domain. Its group policies may put back values that you repaired.")},
    {"DSRM", N_("Directory Services Restore Mode: the safe mode of a domain controller, in which its directory is not running and can be repaired. It is often set on purpose.")},
    {"DWORD", N_("A registry value that is a whole number of 32 bits (REG_DWORD). A number that was stored as text is not the same, and Windows ignores it.")},
    {"EMS", N_("Emergency Management Services: the part of Windows that speaks on a serial line. The Serial Console needs it.")},
    {"ESP", N_("EFI System Partition: the small FAT partition from which UEFI firmware starts. The boot store of a generation 2 VM stands there, not on C:.")},
    {N_("evidence"), N_("What was found on the disk that speaks for a fix. A fix without evidence is a guess.")},
    {N_("firewall rule"), N_("What Windows' own firewall lets in. Remote Desktop needs its rule switched on. It has nothing to do with the NSG, which stands before the VM.")},
    {"GPT", N_("The newer partition table, with a GUID for each partition. Generation 2 VMs have it.")},
    {"GUID", N_("A long number that is nowhere twice, written as {8-4-4-4-12} digits. Disks, partitions and boot entries are named by GUIDs.")},
    {N_("hibernation"), N_("Windows can save its memory to hiberfil.sys and go on later. When it wakes up it believes that the disk is as it left it: whoever wrote to it meanwhile "
                           "has damaged it.")},
    {N_("hive"), N_("A file that holds a part of the registry. SYSTEM and SOFTWARE in \\Windows\\System32\\config are hives; so is a BCD.")},
    {"HKLM", N_("HKEY_LOCAL_MACHINE: the settings of the machine, for all users. HKLM\\SYSTEM is the hive SYSTEM, HKLM\\SOFTWARE the hive SOFTWARE.")},
    {N_("listener"), N_("The part of Remote Desktop that waits for connections, RDP-Tcp. It has its own settings: the port, the encryption, the time limits.")},
    {N_("loader"), N_("winload: the program that starts one Windows. A boot entry names its file, its partition, and options such as safeboot.")},
    {"MBR", N_("The older partition table, with at most four entries and one active partition. Generation 1 VMs have it.")},
    {"NLA", N_("Network Level Authentication: Remote Desktop asks for the password before it shows a screen. It is safer, and it needs a working domain or local account.")},
    {"NSG", N_("Network Security Group: the rules in Azure for what may reach a VM. A rule there keeps everybody out however healthy the disk is. The rule with the smallest "
               "number that fits decides.")},
    {"NTFS", N_("The file system of Windows volumes. It keeps a journal; a volume that was not closed properly must be repaired by Windows (chkdsk) first.")},
    {N_("NTFS journal"), N_("Notes of NTFS about changes that are under way ($LogFile). When they are not done, the volume is not whole, and nothing should be written to it.")},
    {N_("original"), N_("What vmmedic keeps of every file before it writes: the file itself, bit for bit, with its logs. Undo puts it back.")},
    {"osdevice", N_("In a boot entry: the partition on which Windows itself is. It tells which entry belongs to which Windows.")},
    {"qcow2", N_("A form of disk image, common with KVM. It grows as it is filled and can hold snapshots inside itself. vhd and vhdx are those of Azure and Hyper-V.")},
    {"RDP", N_("Remote Desktop Protocol: how one sees and uses a Windows from far away. It uses TCP port 3389 unless somebody changed it.")},
    {N_("RDP port"), N_("The number under which Remote Desktop waits, usually 3389. If it was changed, the firewall rule and the NSG must let in the same number.")},
    {N_("recovery VM"), N_("A healthy machine to which the disk of the broken one is attached, to repair it there. It must never start from that disk.")},
    {N_("registry"), N_("The database of Windows' settings: keys are like folders, values are like files in them. It is stored in hives.")},
    {N_("restart loop"), N_("Windows starts, stops and starts again, and nobody can sign in. Often a driver or a service is to blame.")},
    {N_("safe mode"), N_("Windows with only what it needs to run, to repair it. In Minimal there is no network at all, in Network no Remote Desktop in practice. The flag safeboot "
                         "in the boot entry keeps it there after every restart.")},
    {"safeboot", N_("The element of a boot entry that starts Windows in safe mode: Minimal, Network or DsRepair. Without it Windows starts normally. Removing it is the whole "
                    "repair.")},
    {N_("Serial Console"), N_("In Azure and elsewhere, a text window to the VM's serial line. It works without a network, if EMS was switched on before.")},
    {N_("service"), N_("A program that Windows starts by itself. Its Start value says when: 2 by itself, 3 on demand, 4 never. Remote Desktop is the service TermService.")},
    {N_("session"), N_("One repair by vmmedic: what was planned, the originals, what was written and when. It is what undo needs.")},
    {N_("snapshot"), N_("The whole disk as it was at one moment. It is the way back that does not depend on any program. Take one before you write.")},
    {N_("System Reserved"), N_("The small partition of a generation 1 VM from which it starts. The boot store stands there in \\Boot\\BCD, not on C:.")},
    {"TLS", N_("The encryption that Remote Desktop uses. If a needed version of it was switched off, client and server cannot agree and the connection fails.")},
    {"UEFI", N_("The newer kind of firmware. It starts from the EFI System Partition of a disk with a GPT. In Azure that is a generation 2 VM.")},
    {"vhd", N_("The form of disk image that Azure takes: a fixed vhd is the raw disk with a footer of 512 bytes. vhdx is the newer form of Hyper-V.")},
    {"WinRE", N_("The recovery environment of Windows: a small Windows on its own, with its own boot entry. Its entry has nothing to do with safe mode.")},
    {NULL, NULL},
};
