/* The cloud's steps in the order of the procedure: what each is, what it costs, what its answer means, and the same in words where the VM is not in Azure.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <strings.h>

#include "cloud/room.h"

const char *const vmm_platform_words[VMM_PLATFORMS] = {"azure", "kvm", "hyperv", "vmware"};

#define STOPS N_("The VM stops. Its temporary disk (usually D:) is emptied, and a dynamic public address is given away; after the start it has another one.")
#define AGENT N_("The VM has to run and its agent has to answer (see the step state): this is no help while Windows does not start. It does not work on domain " \
                 "controllers.")

static const struct vmm_cloud_step steps[] = {
    {.id = "find-disk", .title = N_("Find the OS disk"),
     .reads = N_("A copy, a recovery VM and a swap need the same generation (V1 or V2), region and zone, and the same security type."),
     .elsewhere = {[VMM_KVM] = N_("The disk's file or volume: virsh domblklist VM. A machine of generation 2 is one with UEFI firmware: look for <loader> in virsh "
                                  "dumpxml VM."),
                   [VMM_HYPERV] = N_("In PowerShell on the host: Get-VMHardDiskDrive -VMName VM, and Get-VM VM | Select Generation."),
                   [VMM_VMWARE] = N_("In the VM's settings, Hard disk 1 names its .vmdk file. Options, Boot options says whether the firmware is BIOS or EFI.")}},
    {.id = "snapshot", .title = N_("Take a snapshot of the OS disk"), .changes = true,
     .elsewhere = {[VMM_KVM] = N_("Shut the VM down (virsh shutdown VM), then copy the file: cp --sparse=always DISK DISK.before. A copy is simpler to trust than "
                                  "an internal snapshot."),
                   [VMM_HYPERV] = N_("Shut the VM down, then copy the .vhdx file; or Checkpoint-VM -Name VM. With checkpoints the disk to repair is the newest "
                                     ".avhdx, so a copy is simpler."),
                   [VMM_VMWARE] = N_("Shut the VM down, then take a snapshot in the client, or copy the .vmdk with vmkfstools -i. With snapshots the disk is a "
                                     "chain of files, so a copy is simpler.")}},
    {.id = "copy-disk", .title = N_("Make a disk from the snapshot"), .changes = true,
     .elsewhere = {[VMM_KVM] = N_("The copy of the step before is the disk to repair: give its file to vmmedic. Nothing has to be attached."),
                   [VMM_HYPERV] = N_("Copy the .vhdx file to this machine, or attach the copy to a Linux VM. vmmedic reads .vhd and .vhdx files as they are."),
                   [VMM_VMWARE] = N_("Make one whole file with vmkfstools -i SOURCE.vmdk COPY.vmdk and bring it to this machine. vmmedic reads .vmdk files as they are.")}},
    {.id = "repair-vm", .title = N_("Let Azure make a repair VM with a copy of the disk"), .changes = true,
     .before = N_("It makes a new resource group with a VM in it, which costs money until it is removed. That VM runs Windows; vmmedic needs a Linux one: attach "
                  "the copy to yours (step attach).")},
    {.id = "attach", .title = N_("Attach the disk to the recovery VM"), .changes = true,
     .before = N_("Start the recovery VM first and attach the disk afterwards: with two copies of one disk a machine may start from the wrong one."),
     .elsewhere = {[VMM_KVM] = N_("Only if you cannot work on the file: virsh attach-disk RESCUE /path/to/copy vdb --subdriver raw (or qcow2) while RESCUE runs and "
                                  "the VM itself is off."),
                   [VMM_HYPERV] = N_("With the broken VM off and the recovery VM running: Add-VMHardDiskDrive -VMName RESCUE -Path COPY.vhdx"),
                   [VMM_VMWARE] = N_("With the broken VM off: Edit settings of the recovery VM, Add new device, Existing hard disk, the copied .vmdk.")}},
    {.id = "detach", .title = N_("Detach the disk from the recovery VM"), .changes = true,
     .before = N_("Detach only after vmmedic has said that it is safe: until then something may still be on its way to the disk."),
     .elsewhere = {[VMM_KVM] = N_("virsh detach-disk RESCUE vdb. If you worked on the file itself there is nothing to detach."),
                   [VMM_HYPERV] = N_("Get-VMHardDiskDrive -VMName RESCUE shows where it hangs; Remove-VMHardDiskDrive takes it off."),
                   [VMM_VMWARE] = N_("Edit settings of the recovery VM, remove the disk, and do not tick \"Delete files from datastore\".")}},
    {.id = "swap", .title = N_("Give the VM the repaired disk and start it"), .changes = true, .before = STOPS,
     .reads = N_("It is refused when generation, size, region, zone or security type differ. In the portal the new disk may take 10 to 15 minutes to be listed."),
     .elsewhere = {[VMM_KVM] = N_("With the VM off: virsh edit VM, put the repaired file into <source file=...> of the first disk, then virsh start VM. Keep the "
                                  "old file until all is well."),
                   [VMM_HYPERV] = N_("With the VM off: Set-VMHardDiskDrive -VMName VM -ControllerType SCSI -ControllerNumber 0 -ControllerLocation 0 -Path "
                                     "REPAIRED.vhdx, then Start-VM VM. Keep the old file."),
                   [VMM_VMWARE] = N_("With the VM off: in its settings take the old disk off without deleting its files, add the repaired .vmdk at the same place, "
                                     "and start it.")}},
    {.id = "repair-restore", .title = N_("Let Azure swap the disk of its repair VM back"), .changes = true, .before = STOPS},
    {.id = "start", .title = N_("Start the VM"), .changes = true,
     .elsewhere = {[VMM_KVM] = N_("virsh start VM"), [VMM_HYPERV] = N_("Start-VM VM"), [VMM_VMWARE] = N_("Power on, in the client.")}},
    {.id = "boot-diagnostics", .title = N_("Switch boot diagnostics on"), .changes = true},
    {.id = "console-log", .title = N_("Read the console log"),
     .reads = N_("It shows how far the boot came. If it is empty, boot diagnostics were off: see that step. SAC> at the end means that Windows runs and its serial "
                 "console answers."),
     .elsewhere = {[VMM_KVM] = N_("virsh console VM, if the VM has a serial port; with <log file=...> in its definition there is a log."),
                   [VMM_HYPERV] = N_("Set-VMComPort gives the VM a COM port on a named pipe, which a terminal program on the host can open."),
                   [VMM_VMWARE] = N_("Add a serial port that writes to a file, then read that file.")}},
    {.id = "screenshot", .title = N_("Look at the VM's screen"),
     .reads = N_("Open consoleScreenshotBlobUri in a browser. Sign-in screen: Windows is up, look at network and Remote Desktop. \"Safe Mode\" in the corners: "
                 "SM01. A blue or black screen: it does not boot."),
     .elsewhere = {[VMM_KVM] = N_("virsh screenshot VM screen.ppm, or virt-manager."), [VMM_HYPERV] = N_("vmconnect.exe localhost VM"),
                   [VMM_VMWARE] = N_("The console in the client.")}},
    {.id = "state", .title = N_("Does the VM run, and does its agent answer?"),
     .reads = N_("PowerState/running and agent Ready: Windows is up, and the steps reset-rdp, reset-password and run-command can work. Not Ready: only the disk or "
                 "the serial console helps."),
     .elsewhere = {[VMM_KVM] = N_("virsh domstate VM; virsh guestinfo VM if the QEMU guest agent is installed."), [VMM_HYPERV] = N_("Get-VM VM | Select State, Heartbeat"),
                   [VMM_VMWARE] = N_("The summary page of the VM: its power state, and whether VMware Tools run.")}},
    {.id = "health", .title = N_("Resource health"),
     .reads = N_("availabilityState Available: Azure sees no trouble of its own. Unavailable or Degraded: read summary and reasonType; wait, or redeploy. Unknown: "
                 "nothing was heard for ten minutes."),
     .elsewhere = {[VMM_KVM] = N_("The health of the host itself: free memory, free disk space, journalctl -u libvirtd."),
                   [VMM_HYPERV] = N_("On the host: free space of the volume with the .vhdx, and the event log Hyper-V-VMMS."),
                   [VMM_VMWARE] = N_("Alarms of the VM, the host and the datastore in the client; a full datastore stops a VM.")}},
    {.id = "effective-nsg", .title = N_("Which network rules are in force"), .before = N_("The VM has to run: what is in force is worked out for a running one. If "
                                                                                          "it is off, see the step nsg."),
     .elsewhere = {[VMM_KVM] = N_("Is there a <filterref> in virsh dumpxml VM, and what do nft list ruleset and the network's forward mode on the host say about "
                                  "port 3389?"),
                   [VMM_HYPERV] = N_("Is the VM's switch external? Get-VMNetworkAdapterAcl -VMName VM and Get-VMNetworkAdapterExtendedAcl -VMName VM list rules on "
                                     "its card."),
                   [VMM_VMWARE] = N_("Is the card connected, and to the right port group? If NSX is used, its distributed firewall has the rules.")}},
    {.id = "nsg", .title = N_("Network rules of a VM that is off")},
    {.id = "open-port", .title = N_("Let Remote Desktop in from your address"), .changes = true,
     .before = N_("Never open it to the whole Internet, as az vm open-port does: passwords are tried from everywhere within hours. Azure Bastion or just-in-time "
                  "access need no open port at all.")},
    {.id = "ip-flow", .title = N_("IP flow verify"), .before = N_("The VM has to run."),
     .reads = N_("access Allow: no network rule stops it. Deny: ruleName is the one that does. This is Azure's own answer and counts more than any reading of the rules.")},
    {.id = "next-hop", .title = N_("Next hop"), .before = N_("The VM has to run."),
     .reads = N_("nextHopType Internet is right for a public address. VirtualAppliance, VirtualNetworkGateway or None: a route of your own sends the answers "
                 "elsewhere, and routeTableId names it."),
     .elsewhere = {[VMM_KVM] = N_("Is the VM on a NAT network (virsh net-dumpxml)? Then only the host reaches it, unless a port is forwarded."),
                   [VMM_HYPERV] = N_("An internal or private switch, or the Default Switch, is not reached from outside."),
                       [VMM_VMWARE] = N_("A NAT or host-only network is not reached from outside, unless a port is forwarded.")}},
    {.id = "client", .title = N_("The client's own firewall"),
     .reads = N_("If this fails from your desk and works from another network, it is your own firewall or proxy: many stop port 3389 on its way out."),
     .elsewhere = {[VMM_KVM] = N_("On the machine you connect from: nc -vz -w 5 ADDRESS 3389, or in PowerShell: Test-NetConnection ADDRESS -Port 3389."),
                   [VMM_HYPERV] = N_("On the machine you connect from: Test-NetConnection ADDRESS -Port 3389."),
                       [VMM_VMWARE] = N_("On the machine you connect from: Test-NetConnection ADDRESS -Port 3389.")}},
    {.id = "reset-rdp", .title = N_("Reset the Remote Desktop settings"), .changes = true, .before = AGENT,
     .reads = N_("On a disk, the same is done by the fixes R01, R02, R04, R05, R06, S01 and W01."),
     .elsewhere = {[VMM_KVM] = N_("There is no such button: repair the disk with vmmedic, or use the VM's console."),
                   [VMM_HYPERV] = N_("Through the VM's window (vmconnect), or Enter-PSSession -VMName VM from the host."),
                   [VMM_VMWARE] = N_("Through the VM's console, or Invoke-VMScript if VMware Tools run.")}},
    {.id = "reset-password", .title = N_("Reset the password"), .changes = true, .before = AGENT,
     .reads = N_("The name has to be a local administrator; one that does not exist is made. The password rules of the VM apply."),
     .elsewhere = {[VMM_KVM] = N_("virsh set-user-password VM USER 'NEW', if the QEMU guest agent is installed; otherwise on the disk."),
                   [VMM_HYPERV] = N_("There is no such button: on the disk."),
                   [VMM_VMWARE] = N_("There is no such button: on the disk.")}},
    {.id = "run-command", .title = N_("Run a command inside the VM"), .before = AGENT},
    {.id = "serial-console", .title = N_("The serial console"), .before = N_("It needs boot diagnostics on, and the fixes SC01 and SC02 on the disk for a prompt "
                                                                             "and a boot menu."),
     .reads = N_("At SAC>: cmd makes a channel, ch -si 1 goes to it, then sign in. There, repair as on the disk: bcdedit with {current}, reg add under CurrentControlSet."),
     .elsewhere = {[VMM_KVM] = N_("virsh console VM"), [VMM_HYPERV] = N_("vmconnect.exe localhost VM shows the screen; for text, Set-VMComPort and a terminal "
                                                                         "program."), [VMM_VMWARE] = N_("The console in the client.")}},
    {.id = "reset-nic", .title = N_("Reset the network card"), .changes = true,
     .before = N_("The VM has to run. Its private address is changed and set back, which gives Windows a new card: connections break, and a static address inside "
                  "Windows is gone."),
     .elsewhere = {[VMM_KVM] = N_("virsh detach-interface VM network --mac MAC, then virsh attach-interface VM network NAME --model virtio: Windows sees a new card "
                                  "with DHCP."),
                   [VMM_HYPERV] = N_("Remove-VMNetworkAdapter -VMName VM, then Add-VMNetworkAdapter -VMName VM -SwitchName SWITCH: Windows sees a new card with DHCP."),
                   [VMM_VMWARE] = N_("Remove the network adapter in the VM's settings and add a new one of type VMXNET3 or E1000E: Windows sees a new card with DHCP.")}},
    {.id = "restart", .title = N_("Restart the VM"), .changes = true, .before = N_("Whatever is unsaved in the VM is lost."),
     .elsewhere = {[VMM_KVM] = N_("virsh reboot VM, or virsh destroy VM and virsh start VM when it does not listen."), [VMM_HYPERV] = N_("Restart-VM VM"),
                   [VMM_VMWARE] = N_("Restart guest, or Reset when it does not listen.")}},
    {.id = "reapply", .title = N_("Reapply the VM's state"), .changes = true, .before = N_("The VM may restart.")},
    {.id = "redeploy", .title = N_("Move the VM to another host"), .changes = true,
     .before = N_("The VM restarts on another host. Everything on its temporary disk (usually D:) is lost, and dynamic addresses change. Look at both before you do this."),
     .elsewhere = {[VMM_KVM] = N_("Only if you have a second host: virsh migrate, or start it there."),
                   [VMM_HYPERV] = N_("Only if you have a second host: Move-VM VM HOST."),
                   [VMM_VMWARE] = N_("Only if you have a second host: Migrate, in the client.")}},
    {.id = "encryption", .title = N_("Is the disk encrypted?"),
     .reads = N_("If it is, it has to be unlocked before anything on it can be repaired."),
     .elsewhere = {[VMM_KVM] = N_("vmmedic scan says it of the Windows volume; qemu-img info says it of the image."),
                   [VMM_HYPERV] = N_("vmmedic scan says it of the Windows volume."), [VMM_VMWARE] = N_("vmmedic scan says it of the Windows volume; VM encryption "
                                                                                                       "is shown on the VM's summary page.")}},
    {.id = "classic", .title = N_("The list for the classic deployment model"), .history = true,
     .reads = N_("History: classic VMs are retired. The article's list was: reset Remote Desktop in the portal; restart; redeploy (temporary disk and dynamic "
                 "addresses lost); the endpoint of the "
                 "cloud service for port 3389; console log and screenshot; health; password. Today, in that order: reset-rdp, restart, redeploy, effective-nsg "
                 "(there are no endpoints any more), "
                 "console-log and screenshot, health, reset-password. The current article adds: reset-nic, ip-flow, next-hop, client.")},
};

const struct vmm_cloud_step *vmm_cloud_step_at(size_t index) { return index < VMM_COUNT(steps) ? &steps[index] : NULL; }

const struct vmm_cloud_step *vmm_cloud_step_by_id(const char *id) {
    for (size_t i = 0; i < VMM_COUNT(steps); i++)
        if (strcasecmp(steps[i].id, id) == 0) return &steps[i];
    return NULL;
}
