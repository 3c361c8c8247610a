/* Well-known objects: their GUIDs, the aliases bcdedit shows and accepts for them, and its headings.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bcd/room.h"

/* Rows with a heading give it to the object whatever its type says. A GUID's first row with an alias is the alias shown. */
static const struct {
    const char *guid, *alias, *heading;
} known[] = {
    {VMM_BCD_BOOTMGR_GUID, "{bootmgr}", NULL},
    {"{a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba}", "{fwbootmgr}", NULL},
    {"{b2721d73-1db4-4c62-bf78-c548a880142d}", "{memdiag}", NULL},
    {"{466f5a88-0af2-4f76-9038-095b170dc21c}", "{ntldr}", NULL},
    {"{466f5a88-0af2-4f76-9038-095b170dc21c}", "{legacy}", NULL},
    {"{ae5534e0-a924-466c-b836-758539a3ee3a}", "{ramdiskoptions}", "Setup Ramdisk Options"},
    {"{4636856e-540f-4170-a130-a84776f4c654}", "{dbgsettings}", "Debugger Settings"},
    {"{4636856e-540f-4170-a130-a84776f4c654}", "{eventsettings}", NULL},
    {"{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}", "{emssettings}", "EMS Settings"},
    {"{5189b25c-5558-4bf2-bca4-289b11bd29e2}", "{badmemory}", "RAM Defects"},
    {"{7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e}", "{globalsettings}", "Global Settings"},
    {"{6efb52bf-1766-41db-a6b3-0ee5eff72bd7}", "{bootloadersettings}", "Boot Loader Settings"},
    {"{7ff607e0-4395-11db-b0de-0800200c9a66}", "{hypervisorsettings}", "Hypervisor Settings"},
    {"{313e8eed-7098-4586-a9bf-309c61f8d449}", "{kerneldbgsettings}", "Kernel Debugger Settings"},
    {"{1afa9c49-16ab-4a5c-901b-212802da9460}", "{resumeloadersettings}", "Resume Loader Settings"},
    /* published tables have this one, no real store does */
    {"{1afa9c49-16ab-4a5c-4a90-212802da9460}", "{resumeloadersettings}", "Resume Loader Settings"},
    {"{a1943bbc-ea85-487c-97c7-c9ede908a38a}", NULL, "OS Target Template"},
    {"{b012b84d-c47c-4ed5-b722-c0c42163e569}", NULL, "OS Target Template"},
    {"{cbd971bf-b7b8-4885-951a-fa03044f5d71}", NULL, "Windows Setup"},
    {"{7254a080-1510-4e85-ac0f-e7fb3d444736}", NULL, "Windows Setup"},
};

#define DEFAULT_ALIAS "{default}"
#define DEFAULT_GUID "{1cae1eb7-a0df-4d4d-9851-4860e34ef535}"
#define CURRENT_ALIAS "{current}"
#define CURRENT_GUID "{fa926493-6f1c-4193-a414-58f0b2456d1e}"

static const struct {
    uint32_t type;
    const char *heading;
} headings[] = {
    {0x10100001, "Firmware Boot Manager"},    {0x10100002, "Windows Boot Manager"},
    {0x10200003, "Windows Boot Loader"},      {0x10200004, "Resume from Hibernate"},
    {0x10200005, "Windows Memory Tester"},    {0x1020000a, "Windows Boot Application"},
    {0x10300006, "Windows Legacy OS Loader"}, {0x10300007, "Windows Legacy Setup Loader"},
    {0x10400008, "Real-mode Boot Sector"},    {0x10400009, "Real-mode Application"},
    {0x30000000, "Device options"},
};

bool vmm_bcd_guid(const char *text, char out[39]) {
    uint8_t guid[16];
    if (vmm_guid_parse(text, guid) < 0) return false;
    vmm_guid_text(guid, out);
    return true;
}

const char *vmm_bcd_known_heading(const char *guid) {
    for (size_t i = 0; i < VMM_COUNT(known); i++)
        if (known[i].heading && strcmp(known[i].guid, guid) == 0) return known[i].heading;
    return NULL;
}

const char *vmm_bcd_heading(const struct vmm_bcd_object *o, char room[64]) {
    const char *heading = vmm_bcd_known_heading(o->guid);
    for (size_t i = 0; heading == NULL && i < VMM_COUNT(headings); i++)
        if (headings[i].type == o->type) heading = headings[i].heading;
    if (heading) return heading;
    unsigned kind = o->type >> 28, image = o->type >> 20 & 15;
    const char *word = kind == 1 && image == 1 ? "Firmware Application"
                       : kind == 1             ? "Boot Application"
                       : kind == 2             ? "Inheritable Settings"
                       : kind == 3             ? "Device options"
                                               : "Unknown Object";
    snprintf(room, 64, "%s (%08x)", word, o->type);
    return room;
}

const char *vmm_bcd_alias(const struct vmm_bcd *b, const char *guid) {
    char wanted[39];
    if (guid == NULL || !vmm_bcd_guid(guid, wanted)) return NULL;
    for (size_t i = 0; i < VMM_COUNT(known); i++)
        if (known[i].alias && strcmp(known[i].guid, wanted) == 0) return known[i].alias;
    return b && strcmp(vmm_bcd_private(b)->default_guid, wanted) == 0 ? DEFAULT_ALIAS : NULL;
}

/* True when TEXT is ALIAS, in any case, with or without braces. */
static bool is_alias(const char *text, const char *alias) {
    size_t n = strlen(alias);
    return strcasecmp(text, alias) == 0 || (strlen(text) == n - 2 && strncasecmp(text, alias + 1, n - 2) == 0);
}

const char *vmm_bcd_alias_guid(const char *alias) {
    for (size_t i = 0; alias && i < VMM_COUNT(known); i++)
        if (known[i].alias && is_alias(alias, known[i].alias)) return known[i].guid;
    return NULL;
}

static const struct vmm_bcd_object *the_default(const struct vmm_bcd *b, struct vmm_error *err) {
    const char *guid = vmm_bcd_private(b)->default_guid;
    const struct vmm_bcd_object *o = vmm_bcd_object(b, guid);
    if (o) return o;
    if (vmm_bcd_object(b, VMM_BCD_BOOTMGR_GUID) == NULL)
        vmm_fail(err, VMM_E_NOT_FOUND, _("List the store with \"all\" and name the entry by its GUID."),
                 _("this store has no {bootmgr}, so nothing in it is {default}"));
    else if (*guid == '\0')
        vmm_fail(err, VMM_E_NOT_FOUND, _("Name the entry by its GUID."), _("{bootmgr} of this store names no default entry"));
    else
        vmm_fail(err, VMM_E_NOT_FOUND, _("Name the entry by its GUID, or make another one the default."),
                 _("{default} is %s in this store, and there is no such entry"), guid);
    return NULL;
}

const struct vmm_bcd_object *vmm_bcd_resolve(const struct vmm_bcd *b, const char *id, struct vmm_error *err) {
    char guid[39];
    bool is_guid = vmm_bcd_guid(id, guid);
    if (is_alias(id, CURRENT_ALIAS) || (is_guid && strcmp(guid, CURRENT_GUID) == 0)) {
        vmm_fail(err, VMM_E_NOT_FOUND, _("Use the GUID of the entry; {default} is the one that starts when nobody chooses."),
                 _("{current} is the Windows that is running, and none is running from this store"));
        return NULL;
    }
    if (is_alias(id, DEFAULT_ALIAS) || (is_guid && strcmp(guid, DEFAULT_GUID) == 0)) return the_default(b, err);
    bool is_known = false;
    for (size_t i = 0; !is_guid && i < VMM_COUNT(known); i++) {
        if (known[i].alias == NULL || !is_alias(id, known[i].alias)) continue;
        const struct vmm_bcd_object *o = vmm_bcd_object(b, known[i].guid);
        if (o) return o;
        is_known = true;
    }
    const struct vmm_bcd_object *o = is_guid ? vmm_bcd_object(b, guid) : NULL;
    if (o) return o;
    if (is_guid || is_known)
        vmm_fail(err, VMM_E_NOT_FOUND, _("List the store with \"all\" to see its objects."),
                 _("there is no object %s in this store"), id);
    else
        vmm_fail(err, VMM_E_NOT_FOUND,
                 _("An id is a GUID like {9dea862c-5cdd-4e70-acc1-f32b344d4795}, or an alias like {bootmgr} or {default}."),
                 _("\"%s\" is no id of an object"), id);
    return NULL;
}

char *vmm_bcd_called(const struct vmm_bcd *b, const struct vmm_bcd_object *o) {
    const char *alias = vmm_bcd_alias(b, o->guid);
    char *name = vmm_bcd_string(vmm_bcd_own(o, VMM_BCD_DESCRIPTION));
    char *text = name && *name ? vmm_printf("%s (%s)", alias ? alias : o->guid, name) : vmm_strdup(alias ? alias : o->guid);
    free(name);
    return text;
}
