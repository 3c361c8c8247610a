/* The lines to type in the cloud, for az (in any shell) and for Az PowerShell. The AzureRM cmdlets of the old articles were retired in 2024 and are not here.
 * A step without PowerShell lines has no cmdlet: az runs in PowerShell too.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud/room.h"

#define AZ VMM_BASH
#define PS VMM_POWERSHELL

const struct cloud_line vmm_cloud_table[] = {
    {"find-disk", AZ, 0, N_("Find the OS disk of the VM:"), "az vm show -g %g -n %v --query storageProfile.osDisk.managedDisk.id -o tsv"},
    {"find-disk", AZ, 0, N_("Its generation, SKU, region, zone and security type; the id is what the line above printed:"),
     "az disk show --ids DISK_ID --query \"{gen:hyperVGeneration,sku:sku.name,loc:location,zones:zones,sec:securityProfile}\""},
    {"find-disk", PS, 0, N_("Find the OS disk of the VM:"), "(Get-AzVM -ResourceGroupName %g -Name %v).StorageProfile.OsDisk"},
    {"find-disk", PS, 0, N_("Its generation, SKU, region, zone and security type; the name is what the line above printed:"),
     "Get-AzDisk -ResourceGroupName %g -DiskName OS_DISK | Format-List HyperVGeneration, Sku, Location, Zones, SecurityProfile"},

    {"snapshot", AZ, 0, N_("Find the OS disk of the VM:"), "az vm show -g %g -n %v --query storageProfile.osDisk.managedDisk.id -o tsv"},
    {"snapshot", AZ, CHANGES, N_("Take the snapshot; the id is what the line above printed:"), "az snapshot create -g %g -n %v{-os-snap} --source DISK_ID"},
    {"snapshot", PS, 0, N_("Find the OS disk of the VM:"), "$vm = Get-AzVM -ResourceGroupName %g -Name %v"},
    {"snapshot", PS, 0, N_("Take the snapshot:"),
     "$config = New-AzSnapshotConfig -SourceUri $vm.StorageProfile.OsDisk.ManagedDisk.Id -Location $vm.Location -CreateOption Copy"},
    {"snapshot", PS, CHANGES, NULL, "New-AzSnapshot -ResourceGroupName %g -SnapshotName %v{-os-snap} -Snapshot $config"},

    {"copy-disk", AZ, CHANGES, N_("Better still, work on a copy made from it (same SKU and generation as the original):"),
     "az disk create -g %g -n %v{-os-copy} --source %v{-os-snap} --sku SKU --os-type Windows --hyper-v-generation V1_OR_V2"},
    {"copy-disk", AZ, CHANGES | EXTRA, N_("If the original is in a zone, the copy has to be in the same one:"),
     "az disk create -g %g -n %v{-os-copy} --source %v{-os-snap} --sku SKU --os-type Windows --hyper-v-generation V1_OR_V2 --zone ZONE"},
    {"copy-disk", PS, 0, N_("Work on a copy made from the snapshot (same SKU as the original; add -Zone if it is in one):"),
     "$snap = Get-AzSnapshot -ResourceGroupName %g -SnapshotName %v{-os-snap}"},
    {"copy-disk", PS, 0, NULL,
     "$config = New-AzDiskConfig -Location $snap.Location -CreateOption Copy -SourceResourceId $snap.Id -SkuName SKU -OsType Windows -HyperVGeneration "
     "$snap.HyperVGeneration"},
    {"copy-disk", PS, CHANGES, NULL, "New-AzDisk -ResourceGroupName %g -DiskName %v{-os-copy} -Disk $config"},

    {"repair-vm", AZ, 0, N_("Once, on the machine where you type az:"), "az extension add -n vm-repair"},
    {"repair-vm", AZ, CHANGES, N_("Copy the OS disk and attach the copy to a new repair VM. It asks for a user name and a password for that VM:"),
     "az vm repair create -g %g -n %v --verbose"},

    {"attach", AZ, CHANGES | EACH_DISK, N_("Attach the disk while this recovery VM runs (not when creating it: it could start from that disk):"),
     "az vm disk attach -g %g --vm-name %r --name %d"},
    {"attach", PS, 0, N_("The recovery VM has to run already:"), "$vm = Get-AzVM -ResourceGroupName %g -Name %r"},
    {"attach", PS, EACH_DISK, N_("Attach the disk; LUN is a number that no other data disk of that VM has:"), "$disk = Get-AzDisk -ResourceGroupName %g -DiskName %d"},
    {"attach", PS, EACH_DISK, NULL, "$vm = Add-AzVMDataDisk -VM $vm -Name $disk.Name -CreateOption Attach -ManagedDiskId $disk.Id -Lun LUN"},
    {"attach", PS, CHANGES, NULL, "Update-AzVM -ResourceGroupName %g -VM $vm"},

    {"detach", AZ, CHANGES | EACH_DISK, N_("Detach the disk from the recovery VM:"), "az vm disk detach -g %g --vm-name %r --name %d"},
    {"detach", PS, 0, N_("Detach the disk from the recovery VM:"), "$vm = Get-AzVM -ResourceGroupName %g -Name %r"},
    {"detach", PS, EACH_DISK, NULL, "$vm = Remove-AzVMDataDisk -VM $vm -Name %d"},
    {"detach", PS, CHANGES, NULL, "Update-AzVM -ResourceGroupName %g -VM $vm"},

    {"swap", AZ, CHANGES, N_("Stop the VM:"), "az vm deallocate -g %g -n %v"},
    {"swap", AZ, CHANGES, N_("Give it the repaired disk as its OS disk:"), "az vm update -g %g -n %v --os-disk %d"},
    {"swap", AZ, CHANGES, N_("Start it:"), "az vm start -g %g -n %v"},
    {"swap", AZ, CHANGES | EXTRA, N_("To go back to the disk it had before, the same with that disk's name:"), "az vm update -g %g -n %v --os-disk OLD_DISK"},
    {"swap", PS, CHANGES, N_("Stop the VM:"), "Stop-AzVM -ResourceGroupName %g -Name %v"},
    {"swap", PS, 0, N_("Give it the repaired disk as its OS disk:"), "$vm = Get-AzVM -ResourceGroupName %g -Name %v"},
    {"swap", PS, 0, NULL, "$disk = Get-AzDisk -ResourceGroupName %g -DiskName %d"},
    {"swap", PS, 0, NULL, "$vm = Set-AzVMOSDisk -VM $vm -ManagedDiskId $disk.Id -Name $disk.Name"},
    {"swap", PS, CHANGES, NULL, "Update-AzVM -ResourceGroupName %g -VM $vm"},
    {"swap", PS, CHANGES, N_("Start it:"), "Start-AzVM -ResourceGroupName %g -Name %v"},

    {"repair-restore", AZ, CHANGES, N_("If az vm repair create made the repair VM: give the VM the repaired copy, and remove the repair VM. It asks before it removes:"),
     "az vm repair restore -g %g -n %v --disk-name %d --verbose"},

    {"start", AZ, CHANGES, N_("Start it:"), "az vm start -g %g -n %v"},
    {"start", PS, CHANGES, N_("Start it:"), "Start-AzVM -ResourceGroupName %g -Name %v"},

    {"boot-diagnostics", AZ, CHANGES, N_("Let Azure keep the log and the screenshots of the VM:"), "az vm boot-diagnostics enable -g %g -n %v"},
    {"boot-diagnostics", PS, 0, N_("Let Azure keep the log and the screenshots of the VM:"), "$vm = Get-AzVM -ResourceGroupName %g -Name %v"},
    {"boot-diagnostics", PS, 0, NULL, "$vm = Set-AzVMBootDiagnostic -VM $vm -Enable"},
    {"boot-diagnostics", PS, CHANGES, NULL, "Update-AzVM -ResourceGroupName %g -VM $vm"},

    {"console-log", AZ, 0, N_("What the VM wrote to its serial port:"), "az vm boot-diagnostics get-boot-log -g %g -n %v"},
    {"console-log", PS, 0, N_("Log and screenshot, into this folder:"), "Get-AzVMBootDiagnosticsData -ResourceGroupName %g -Name %v -Windows -LocalPath ."},

    {"screenshot", AZ, 0, N_("After some minutes, see what its screen shows:"), "az vm boot-diagnostics get-boot-log-uris -g %g -n %v"},
    {"screenshot", PS, 0, N_("Log and screenshot, into this folder:"), "Get-AzVMBootDiagnosticsData -ResourceGroupName %g -Name %v -Windows -LocalPath ."},

    {"state", AZ, 0, N_("Does the VM run, and does its agent answer?"),
     "az vm get-instance-view -g %g -n %v --query \"{vm:instanceView.statuses[].code,agent:instanceView.vmAgent.statuses[].displayStatus}\""},
    {"state", PS, 0, N_("Does the VM run, and does its agent answer?"), "Get-AzVM -ResourceGroupName %g -Name %v -Status"},

    {"health", AZ, 0, N_("The VM's own id:"), "az vm show -g %g -n %v --query id -o tsv"},
    {"health", AZ, 0, N_("What Azure knows of the host below it; VM_ID is what the line above printed:"),
     "az rest --method get --url \"VM_ID/providers/Microsoft.ResourceHealth/availabilityStatuses/current?api-version=2024-02-01\" --query properties"},
    {"health", PS, 0, N_("What Azure knows of the host below it:"), "$vm = Get-AzVM -ResourceGroupName %g -Name %v"},
    {"health", PS, 0, NULL, "(Invoke-AzRestMethod -Method GET -Path "
                            "\"$($vm.Id)/providers/Microsoft.ResourceHealth/availabilityStatuses/current?api-version=2024-02-01\").Content"},

    {"effective-nsg", AZ, EXTRA, N_("Find the network card of the VM; its name is the last part of what this prints:"),
     "az vm show -g %g -n %v --query \"networkProfile.networkInterfaces[].id\" -o tsv"},
    {"effective-nsg", AZ, 0, N_("Does the network let port 3389 in? List what is in force on its card:"), "az network nic list-effective-nsg -g %g -n NIC -o json > "
                                                                                                          "nsg.json"},
    {"effective-nsg", AZ, 0, N_("and let this program read it:"), "vmmedic nsg nsg.json --port %p"},
    {"effective-nsg", PS, EXTRA, N_("Find the network card of the VM; its name is the last part of what this prints:"),
     "(Get-AzVM -ResourceGroupName %g -Name %v).NetworkProfile.NetworkInterfaces.Id"},
    {"effective-nsg", PS, 0, N_("Does the network let port 3389 in? List what is in force on its card:"),
     "Get-AzEffectiveNetworkSecurityGroup -ResourceGroupName %g -NetworkInterfaceName NIC | ConvertTo-Json -Depth 9 | Out-File nsg.json"},
    {"effective-nsg", PS, 0, N_("and let this program read it:"), "vmmedic nsg nsg.json --port %p"},

    {"nsg", AZ, 0, N_("The groups there are, when the VM is off and nothing is in force:"), "az network nsg list -g %g --query \"[].name\" -o tsv"},
    {"nsg", AZ, 0, N_("One of them with all its rules, for: vmmedic nsg nsg.json"), "az network nsg show -g %g -n NSG -o json > nsg.json"},
    {"nsg", AZ, EXTRA, N_("The same to read with the eye:"), "az network nsg rule list -g %g --nsg-name NSG --include-default -o table"},
    {"nsg", PS, 0, N_("One group with all its rules, for: vmmedic nsg nsg.json"), "Get-AzNetworkSecurityGroup -ResourceGroupName %g -Name NSG | ConvertTo-Json "
                                                                                  "-Depth 9 | Out-File nsg.json"},

    {"open-port", AZ, CHANGES, N_("Let Remote Desktop in from your own address only:"),
     "az network nsg rule create -g %g --nsg-name NSG -n allow-rdp-from-me --priority 900 --direction Inbound --access Allow --protocol Tcp "
     "--source-address-prefixes YOUR_ADDRESS "
     "--destination-port-ranges %p"},
    {"open-port", PS, 0, N_("Let Remote Desktop in from your own address only:"), "$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName %g -Name NSG"},
    {"open-port", PS, CHANGES, NULL,
     "$nsg | Add-AzNetworkSecurityRuleConfig -Name allow-rdp-from-me -Priority 900 -Direction Inbound -Access Allow -Protocol Tcp -SourceAddressPrefix YOUR_ADDRESS "
     "-SourcePortRange * "
     "-DestinationAddressPrefix * -DestinationPortRange %p | Set-AzNetworkSecurityGroup"},

    {"ip-flow", AZ, 0, N_("Ask Azure itself whether a connection from your address would be let in:"),
     "az network watcher test-ip-flow -g %g --vm %v --direction Inbound --protocol TCP --local VM_ADDRESS:%p --remote YOUR_ADDRESS:60000"},
    {"ip-flow", PS, 0, N_("Ask Azure itself whether a connection from your address would be let in:"), "$vm = Get-AzVM -ResourceGroupName %g -Name %v"},
    {"ip-flow", PS, 0, NULL,
     "Test-AzNetworkWatcherIPFlow -Location $vm.Location -TargetVirtualMachineId $vm.Id -Direction Inbound -Protocol TCP -LocalIPAddress VM_ADDRESS -LocalPort %p "
     "-RemoteIPAddress YOUR_ADDRESS -RemotePort 60000"},

    {"next-hop", AZ, 0, N_("Where do the VM's answers to your address go?"), "az network watcher show-next-hop -g %g --vm %v --source-ip VM_ADDRESS --dest-ip "
                                                                             "YOUR_ADDRESS"},
    {"next-hop", PS, 0, N_("Where do the VM's answers to your address go?"), "$vm = Get-AzVM -ResourceGroupName %g -Name %v"},
    {"next-hop", PS, 0, NULL,
     "Get-AzNetworkWatcherNextHop -Location $vm.Location -TargetVirtualMachineId $vm.Id -SourceIPAddress VM_ADDRESS -DestinationIPAddress YOUR_ADDRESS"},

    {"client", AZ, 0, N_("On the machine you connect from: does its own network let port 3389 out?"), "nc -vz -w 5 VM_PUBLIC_ADDRESS %p"},
    {"client", PS, 0, N_("On the machine you connect from: does its own network let port 3389 out?"), "Test-NetConnection VM_PUBLIC_ADDRESS -Port %p"},

    {"reset-rdp", AZ, CHANGES, N_("Reset the Remote Desktop settings of the running VM:"),
     "az vm extension set -g %g --vm-name %v --publisher Microsoft.Compute --name VMAccessAgent --version 2.4 --settings '{}' --force-update"},
    {"reset-rdp", PS, 0, N_("Reset the Remote Desktop settings of the running VM:"), "$vm = Get-AzVM -ResourceGroupName %g -Name %v"},
    {"reset-rdp", PS, CHANGES, NULL,
     "Set-AzVMAccessExtension -ResourceGroupName %g -VMName %v -Name VMAccessAgent -Location $vm.Location -TypeHandlerVersion 2.0 -ForceRerun $true"},

    {"reset-password", AZ, 0, N_("Is it the password? Type a new one; it is not shown and not kept in the history:"), "read -rs PW"},
    {"reset-password", AZ, CHANGES, N_("Set it (the VM must run and its agent answer; not on a domain controller):"), "az vm user update -g %g -n %v -u USER -p \"$PW\""},
    {"reset-password", PS, 0, N_("Is it the password? Set a new one; it asks for the name and the password:"), "$vm = Get-AzVM -ResourceGroupName %g -Name %v"},
    {"reset-password", PS, CHANGES, NULL,
     "Set-AzVMAccessExtension -ResourceGroupName %g -VMName %v -Name VMAccessAgent -Location $vm.Location -TypeHandlerVersion 2.0 -Credential (Get-Credential)"},

    {"run-command", AZ, 0, N_("Run one line of PowerShell inside the VM through its agent, here: does the Remote Desktop service run?"),
     "az vm run-command invoke -g %g -n %v --command-id RunPowerShellScript --scripts \"Get-Service TermService\""},
    {"run-command", PS, 0, N_("Run one line of PowerShell inside the VM through its agent, here: does the Remote Desktop service run?"),
     "Invoke-AzVMRunCommand -ResourceGroupName %g -VMName %v -CommandId RunPowerShellScript -ScriptString 'Get-Service TermService'"},

    {"serial-console", AZ, 0, N_("Once, on the machine where you type az:"), "az extension add -n serial-console"},
    {"serial-console", AZ, 0, N_("Go to the VM's serial console; Ctrl+] and then q leaves it:"), "az serial-console connect -g %g -n %v"},

    {"reset-nic", AZ, 0, N_("Once, on the machine where you type az:"), "az extension add -n vm-repair"},
    {"reset-nic", AZ, CHANGES, N_("Give the VM a fresh network card; it asks first:"), "az vm repair reset-nic -g %g -n %v"},

    {"restart", AZ, CHANGES, N_("Restart it:"), "az vm restart -g %g -n %v"},
    {"restart", PS, CHANGES, N_("Restart it:"), "Restart-AzVM -ResourceGroupName %g -Name %v"},

    {"reapply", AZ, CHANGES, N_("Let Azure apply what it knows of the VM once more:"), "az vm reapply -g %g -n %v"},
    {"reapply", PS, CHANGES, N_("Let Azure apply what it knows of the VM once more:"), "Set-AzVM -ResourceGroupName %g -Name %v -Reapply"},

    {"redeploy", AZ, CHANGES, N_("Is it the host below? Move the VM to another one (it restarts, its temporary disk is emptied):"), "az vm redeploy -g %g -n %v"},
    {"redeploy", PS, CHANGES, N_("Is it the host below? Move the VM to another one (it restarts, its temporary disk is emptied):"), "Set-AzVM -ResourceGroupName %g "
                                                                                                                                    "-Name %v -Redeploy"},

    {"encryption", AZ, 0, N_("Is the disk encrypted by the VM itself (Azure Disk Encryption)?"), "az vm encryption show -g %g -n %v"},
    {"encryption", PS, 0, N_("Is the disk encrypted by the VM itself (Azure Disk Encryption)?"), "Get-AzVMDiskEncryptionStatus -ResourceGroupName %g -VMName %v"},
};
const size_t vmm_cloud_table_count = VMM_COUNT(vmm_cloud_table);
