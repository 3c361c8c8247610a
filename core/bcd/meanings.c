/* What people ask about a boot store after the first sentence: more about the elements that are common in real stores, and what kind of thing an object is.
 * The first sentence of an element stands in elements.c. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "bcd/room.h"

/* ---- elements ---- */

#define NOT_A_LETTER \
    N_("Windows keeps the identity of the disk and of the partition here, not a drive letter; C: is only what that Windows calls it. \"unknown\" means that no " \
       "partition of this disk fits.")
#define DEBUG_ONLY N_("It counts only while debugging is switched on.")
#define UNSIGNED N_("Switched on, it makes the machine easier to attack: drivers that nobody vouches for are loaded. Secure Boot ignores it.")
#define LEAVE_IT N_("It has nothing to do with Remote Desktop. Leave it as it is.")
#define MENU N_("Legacy is the menu that F8 opens. The element does not choose Safe Mode by itself.")
#define COM1 N_("The serial console of Azure listens on COM1 at a speed of 115200.")

static const struct {
    enum vmm_bcd_app app;
    uint32_t id;
    const char *text;
} more[] = {
    {VMM_APP_LIBRARY, VMM_BCD_DEVICE_EL, NOT_A_LETTER},
    {VMM_APP_LIBRARY, VMM_BCD_PATH, N_("On a disk of generation 2 (UEFI) it ends in .efi, on one of generation 1 (BIOS) in .exe. With the wrong one Windows does not start.")},
    {VMM_APP_LIBRARY, VMM_BCD_DESCRIPTION, N_("It is only a name: two entries may have the same one. The identifier tells them apart.")},
    {VMM_APP_LIBRARY, 0x12000005, N_("It says nothing about the language of Windows itself.")},
    {VMM_APP_LIBRARY, VMM_BCD_INHERIT, N_("That is how one place holds a setting for many entries. A safeboot that stands in {bootloadersettings} counts for every Windows of the store.")},
    {VMM_APP_LIBRARY, 0x14000008, N_("Recovery stands on a partition of its own or in a file named winre.wim. Repairs never touch these entries.")},
    {VMM_APP_LIBRARY, 0x15000011, DEBUG_ONLY},
    {VMM_APP_LIBRARY, 0x15000013, DEBUG_ONLY},
    {VMM_APP_LIBRARY, 0x15000014, DEBUG_ONLY},
    {VMM_APP_LIBRARY, VMM_BCD_EMSPORT, COM1},
    {VMM_APP_LIBRARY, VMM_BCD_EMSBAUDRATE, COM1},
    {VMM_APP_LIBRARY, 0x15000065, N_("It only changes words on the screen.")},
    {VMM_APP_LIBRARY, 0x15000066, N_("It only changes words on the screen.")},
    {VMM_APP_LIBRARY, 0x16000009, N_("A VM that waits in its recovery looks from outside as if it hangs.")},
    {VMM_APP_LIBRARY, VMM_BCD_BOOTEMS, N_("It is worth something only together with ems and the port in {emssettings}.")},
    {VMM_APP_LIBRARY, 0x16000040, N_("In the cloud nobody sees that menu, so the VM seems to hang at it.")},
    {VMM_APP_LIBRARY, 0x16000048, UNSIGNED},
    {VMM_APP_LIBRARY, 0x16000049, UNSIGNED},
    {VMM_APP_LIBRARY, 0x16000060, LEAVE_IT},
    {VMM_APP_LIBRARY, 0x1600007e, LEAVE_IT},
    {VMM_APP_LIBRARY, 0x1600000b, LEAVE_IT},
    {VMM_APP_LIBRARY, 0x17000077, LEAVE_IT},
    {VMM_APP_BOOTMGR, VMM_BCD_DEFAULT, N_("{default} is only a name for the entry that stands here.")},
    {VMM_APP_BOOTMGR, 0x23000006, N_("It counts only while Windows is hibernated.")},
    {VMM_APP_BOOTMGR, VMM_BCD_DISPLAYORDER, N_("With one entry there is no menu, unless displaybootmenu says so.")},
    {VMM_APP_BOOTMGR, 0x24000002, N_("After that start the default entry counts again.")},
    {VMM_APP_BOOTMGR, 0x24000010, N_("Usually that is the memory test.")},
    {VMM_APP_BOOTMGR, VMM_BCD_TIMEOUT, N_("0 starts it at once. While the menu waits, nobody can reach the VM.")},
    {VMM_APP_BOOTMGR, VMM_BCD_RESUME, N_("A Windows that is hibernated would overwrite what is repaired now: wake it and shut it down first.")},
    {VMM_APP_BOOTMGR, VMM_BCD_DISPLAYBOOTMENU, N_("In the cloud the menu is seen on the serial console only, and every start waits for its timeout.")},
    {VMM_APP_BOOTMGR, 0x26000025, N_("A Windows that was shut down that way is half asleep: it would overwrite what is repaired now.")},
    {VMM_APP_OSLOADER, VMM_BCD_OSDEVICE, NOT_A_LETTER},
    {VMM_APP_OSLOADER, VMM_BCD_SYSTEMROOT, N_("Together with osdevice it tells which Windows this entry starts.")},
    {VMM_APP_OSLOADER, 0x23000003, N_("It counts only while Windows is hibernated.")},
    {VMM_APP_OSLOADER, 0x25000020,
     N_("OptIn protects Windows itself, OptOut everything but programs that are named, AlwaysOn everything and AlwaysOff nothing. It has nothing to do with Remote Desktop.")},
    {VMM_APP_OSLOADER, VMM_BCD_SAFEBOOT,
     N_("Minimal starts next to nothing, Network adds the network, DsRepair is the repair mode of a domain controller. Somebody set it, with msconfig or bcdedit, and it "
        "stays until it is removed: restarting the VM does not help.")},
    {VMM_APP_OSLOADER, 0x250000c2, MENU},
    {VMM_APP_OSLOADER, 0x250000e0, N_("IgnoreAllFailures lets a VM start again instead of waiting for an answer that nobody can give.")},
    {VMM_APP_OSLOADER, 0x250000f0, N_("With Auto it starts when a part of Windows needs it, such as Hyper-V.")},
    {VMM_APP_OSLOADER, 0x250000f3, DEBUG_ONLY},
    {VMM_APP_OSLOADER, 0x250000f4, DEBUG_ONLY},
    {VMM_APP_OSLOADER, 0x250000f5, DEBUG_ONLY},
    {VMM_APP_OSLOADER, 0x26000010, LEAVE_IT},
    {VMM_APP_OSLOADER, VMM_BCD_WINPE, N_("Such an entry does not start an installed Windows. Repairs never touch it.")},
    {VMM_APP_OSLOADER, VMM_BCD_SAFEBOOT_ALTSHELL, N_("Without safeboot it does nothing. The article on Safe Mode forgets it.")},
    {VMM_APP_OSLOADER, 0x260000a0, N_("A Windows that waits for a debugger looks from outside as if it hangs.")},
    {VMM_APP_OSLOADER, VMM_BCD_EMS, N_("On a server that console is a way in that needs no network. Port and speed stand in {emssettings}.")},
    {VMM_APP_RESUME, 0x21000001, NOT_A_LETTER},
    {VMM_APP_RESUME, 0x21000026, LEAVE_IT},
    {VMM_APP_RESUME, 0x22000002, N_("When that file holds a saved Windows, the disk must not be written to.")},
    {VMM_APP_RESUME, 0x25000008, MENU},
};

const char *vmm_bcd_element_more(const struct vmm_bcd_element_info *info) {
    for (size_t i = 0; i < VMM_COUNT(more); i++)
        if (more[i].id == info->id && more[i].app == info->app) return more[i].text;
    return NULL;
}

/* ---- objects ---- */

/* By alias where the object is a well-known one, else by type. */
static const struct {
    const char *alias;
    uint32_t type;
    const char *text;
} kinds[] = {
    {"{bootmgr}", 0, N_("The program that shows the boot menu and starts one of the entries.")},
    {"{fwbootmgr}", 0, N_("The list of what the machine's own firmware (UEFI) can start.")},
    {"{ramdiskoptions}", 0, N_("How a memory disk is loaded, for setup and recovery.")},
    {"{dbgsettings}", 0, N_("Settings for a kernel debugger, which other objects take over.")},
    {"{emssettings}", 0, N_("Port and speed of the serial console, which other objects take over.")},
    {"{badmemory}", 0, N_("The list of bad memory, which other objects take over.")},
    {"{globalsettings}", 0, N_("Settings that all programs used for starting take over.")},
    {"{bootloadersettings}", 0, N_("Settings that all entries which start a Windows take over.")},
    {"{hypervisorsettings}", 0, N_("Settings for debugging the hypervisor, which entries take over.")},
    {"{kerneldbgsettings}", 0, N_("Settings for debugging the kernel, which entries take over.")},
    {"{resumeloadersettings}", 0, N_("Settings that all entries which wake a Windows take over.")},
    {NULL, 0x10100001, N_("The list of what the machine's own firmware (UEFI) can start.")},
    {NULL, 0x10100002, N_("The program that shows the boot menu and starts one of the entries.")},
    {NULL, 0x10200003, N_("An entry that starts a Windows.")},
    {NULL, 0x10200004, N_("An entry that wakes a Windows from hibernation.")},
    {NULL, 0x10200005, N_("A program that tests the machine's memory.")},
    {NULL, 0x1020000a, N_("A program that is run while starting.")},
    {NULL, 0x10300006, N_("An entry that starts an older Windows, from before Vista.")},
    {NULL, 0x10300007, N_("An entry that starts the setup of an older Windows.")},
    {NULL, 0x10400008, N_("A boot sector of another system, started the old way (BIOS).")},
    {NULL, 0x10400009, N_("A program started the old way (BIOS).")},
    {NULL, 0x30000000, N_("How a memory disk is loaded, for setup and recovery.")},
};

const char *vmm_bcd_object_help(const struct vmm_bcd *b, const struct vmm_bcd_object *o) {
    const char *alias = vmm_bcd_alias(b, o->guid);
    for (size_t i = 0; i < VMM_COUNT(kinds); i++)
        if (kinds[i].alias ? alias && strcmp(alias, kinds[i].alias) == 0 : kinds[i].type == o->type) return kinds[i].text;
    unsigned kind = o->type >> 28, image = o->type >> 20 & 15;
    if (kind == 1) return image == 1 ? N_("One of the choices of the machine's own firmware (UEFI).") : N_("A program that is run while starting.");
    if (kind == 2) return N_("Settings that other objects take over.");
    return N_("An object of a kind that is not known; leave it as it is.");
}
