/* Boot stores (BCD): a registry hive read as objects and typed elements, printed as bcdedit prints it, edited by bcdedit's rules.
 * Element ids and names: Geoff Chappell's BCD pages and Microsoft's published tables, compared with real stores.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_BCD_H
#define VMMEDIC_BCD_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmmedic/error.h"
#include "vmmedic/hive.h"
#include "vmmedic/volume.h"

/* The class-2 name space an element id belongs to (bits of the object's type). */
enum vmm_bcd_app {
    VMM_APP_LIBRARY, VMM_APP_FWBOOTMGR, VMM_APP_BOOTMGR, VMM_APP_OSLOADER, VMM_APP_RESUME, VMM_APP_MEMDIAG, VMM_APP_LEGACY,
    VMM_APP_BOOTSECTOR, VMM_APP_REALMODE, VMM_APP_BOOTAPP, VMM_APP_DEVICE, VMM_APP_OTHER,
    VMM_APP_ANY, VMM_APP_TEMPLATE /* only in table rows: class 2 of any application; class 4 of any object */
};
enum vmm_bcd_format { /* nibble 27..24 of an element id */
    VMM_BCD_DEVICE = 1, VMM_BCD_STRING, VMM_BCD_OBJECT, VMM_BCD_OBJECT_LIST, VMM_BCD_INTEGER, VMM_BCD_BOOLEAN, VMM_BCD_INTEGER_LIST
};

/* Ids the rest of the program speaks of by name. */
enum {
    VMM_BCD_DEVICE_EL = 0x11000001, VMM_BCD_PATH = 0x12000002, VMM_BCD_DESCRIPTION = 0x12000004, VMM_BCD_INHERIT = 0x14000006,
    VMM_BCD_EMSPORT = 0x15000022, VMM_BCD_EMSBAUDRATE = 0x15000023, VMM_BCD_BOOTEMS = 0x16000020,
    VMM_BCD_OSDEVICE = 0x21000001, VMM_BCD_SYSTEMROOT = 0x22000002, VMM_BCD_DEFAULT = 0x23000003, VMM_BCD_DISPLAYORDER = 0x24000001,
    VMM_BCD_TIMEOUT = 0x25000004, VMM_BCD_SAFEBOOT = 0x25000080, VMM_BCD_RESUME = 0x26000005, VMM_BCD_HIBERBOOT = 0x26000025, VMM_BCD_DISPLAYBOOTMENU = 0x26000020,
    VMM_BCD_WINPE = 0x26000022, VMM_BCD_SAFEBOOT_ALTSHELL = 0x26000081, VMM_BCD_EMS = 0x260000b0, VMM_BCD_RECOVERY_OS = 0x46000010
};

/* One row of the element table. */
struct vmm_bcd_element_info {
    enum vmm_bcd_app app;
    uint32_t id;
    const char *name;   /* NULL where bcdedit has none and prints custom:XXXXXXXX */
    const char *values; /* "0=Minimal,1=Network,2=DsRepair" or NULL */
    const char *help;   /* one plain sentence of at most 70 columns (translated by the reader), NULL when there is none */
};
const struct vmm_bcd_element_info *vmm_bcd_element_by_id(enum vmm_bcd_app app, uint32_t id);             /* NULL: unknown */
const struct vmm_bcd_element_info *vmm_bcd_element_by_name(enum vmm_bcd_app app, const char *name);      /* any case; also "custom:XXXXXXXX" and bare hex when known */

struct vmm_bcd_element {
    uint32_t id;
    char *key_name;      /* as the store spells it ("250000F3") */
    uint32_t reg_type;
    uint8_t *data;
    size_t len;
    bool bad;            /* registry type or length does not fit the id's format; value is shown as raw */
    bool unreadable;     /* the hive is broken where the data should be (bad too); len is 0 */
};
struct vmm_bcd_object {
    char guid[39];       /* lower case, with braces */
    char *key_name;      /* as the store spells it */
    uint32_t type;       /* 0x10200003 ... ; 0 when Description\Type is absent or of the wrong type */
    bool unreadable;     /* the hive is broken where its elements should be: what is not among them may be there */
    struct vmm_bcd_element *elements; /* ascending id */
    size_t count;
};
struct vmm_bcd {
    const struct vmm_hive *hive;       /* borrowed; outlives the store */
    struct vmm_bcd_object *objects;    /* hive order */
    size_t count;
    char *warning;                     /* NULL, or something odd worth saying (skipped keys) */
};
/* Reads a store. A hive that is no boot store (no Objects key) is VMM_E_BROKEN. Single broken objects or elements are kept as `bad` or counted in warning. */
struct vmm_bcd *vmm_bcd_open(const struct vmm_hive *h, struct vmm_error *err);
void vmm_bcd_close(struct vmm_bcd *b);

enum vmm_bcd_app vmm_bcd_app_of(uint32_t object_type);
const struct vmm_bcd_object *vmm_bcd_object(const struct vmm_bcd *b, const char *guid); /* by GUID text, NULL when absent */
/* An id as people type it: "{guid}", "guid", "{bootmgr}", "bootmgr", "{default}" (through {bootmgr}'s element); {current} is refused with the reason.
 * NULL and *err (VMM_E_NOT_FOUND) otherwise. */
const struct vmm_bcd_object *vmm_bcd_resolve(const struct vmm_bcd *b, const char *id, struct vmm_error *err);
/* The alias bcdedit shows ("{bootmgr}"), NULL when there is none. Default is "{default}" for the object {bootmgr} names. */
const char *vmm_bcd_alias(const struct vmm_bcd *b, const char *guid);
/* The alias's own GUID text for an alias of the table ("{bootmgr}"), NULL when it is none; {default} and {current} name no object of their own: NULL. */
const char *vmm_bcd_alias_guid(const char *alias);
/* bcdedit's English heading ("Windows Boot Loader"); the result is a constant or stands in `room`. */
const char *vmm_bcd_heading(const struct vmm_bcd_object *o, char room[64]);

const struct vmm_bcd_element *vmm_bcd_own(const struct vmm_bcd_object *o, uint32_t id); /* the object's own element or NULL */
/* The same, or through `inherit` (library elements and those of the matching application), cycles bounded; *from (may be NULL) is the object it came from. */
const struct vmm_bcd_element *vmm_bcd_effective(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, const struct vmm_bcd_object **from);
enum vmm_answer vmm_bcd_integer(const struct vmm_bcd_element *e, uint64_t *out);  /* 1..8 bytes, zero-extended; booleans too */
char *vmm_bcd_string(const struct vmm_bcd_element *e);                            /* string or object; the caller frees; NULL when it is none */
char **vmm_bcd_list(const struct vmm_bcd_element *e, size_t *count);              /* object list; the caller frees items and list; NULL when it is none */

/* A device element, decoded. */
enum vmm_device_kind { VMM_DEV_BAD, VMM_DEV_BOOT, VMM_DEV_PARTITION, VMM_DEV_RAMDISK, VMM_DEV_FILE, VMM_DEV_VHD, VMM_DEV_LOCATE, VMM_DEV_OTHER };
struct vmm_bcd_device {
    enum vmm_device_kind kind;
    bool gpt, mbr;                   /* which identity the (parent) partition carries */
    uint8_t part_guid[16], disk_guid[16];
    uint64_t mbr_offset;
    uint32_t mbr_signature;
    uint32_t locate_element;         /* locate */
    char *path;                      /* ramdisk, file, vhd: UTF-8, else NULL */
    char options_guid[39];           /* ramdisk options object, "" if none */
    bool parent_is_boot;             /* ramdisk=[boot] */
    int part;                        /* number of the partition of `disk` it means; 0 = none of this disk; valid after decode with a disk */
    int part_moved;                  /* when part is 0: the partition whose own GUID (MBR: place) fits while the disk's GUID or signature differs, as
                                        after cloning. Windows calls such a device unknown; repair may offer it. 0 = none or several */
};
/* Decodes; `disk` may be NULL. Never fails: what is not understood is VMM_DEV_BAD/OTHER. */
void vmm_bcd_device(const struct vmm_bcd_element *e, const struct vmm_disk *disk, struct vmm_bcd_device *out);
void vmm_bcd_device_clear(struct vmm_bcd_device *d);
/* The 88 bytes of a partition device for PART of DISK (practice disks, repair). 0 or -1 when the disk has no identity. */
int vmm_bcd_device_make(const struct vmm_disk *disk, int part, uint8_t out[88]);

/* What to print. Partitions are named as bcdedit does where we can: with a disk at hand `partition=C:` (its letter), `partition=partition 2` when it has
 * none (bcdedit: \Device\HarddiskVolume2), `unknown` when the disk has no such partition. Without a disk, or when it has no partition table (a folder), by
 * identity: `partition={partition guid}`, or `partition=28cd42d6@1048576` (MBR signature and byte offset). bcdedit has no such form. */
struct vmm_bcd_view {
    const struct vmm_disk *disk;  /* to name partitions; NULL: none at hand */
    const char *select;           /* "active" (or NULL), "all", "osloader", "bootmgr", "resume", "inherit", "firmware", "bootapp", or an id */
    bool verbose;                 /* /v: GUIDs instead of aliases */
    bool both;                    /* the GUID beside each alias in identifier lines: "{default}  {0fd8...}" (our own addition, for people) */
    const char *(*letter)(void *ctx, int part); /* drive letter of a partition ("C:"), may be NULL or return NULL */
    void *letter_ctx;
};
/* The text of `bcdedit /store FILE /enum SELECT [/v]`; escaped for terminals; the caller frees. NULL and *err (VMM_E_NOT_FOUND) when nothing matches. */
char *vmm_bcd_text(const struct vmm_bcd *b, const struct vmm_bcd_view *view, struct vmm_error *err);
/* One element's value as bcdedit prints it (lists joined by ", "); the caller frees. */
char *vmm_bcd_value_text(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element *e, const struct vmm_bcd_view *view);
/* {"objects":[{"id","alias","type","heading","description","help","elements":[{"id","name","format","value","raw","bad","help","more","words"}]}]} of the same selection,
 * in the order of the text. help: a sentence; more: what there is to add, or null; words: of an enumeration, or null. New reference. */
json_t *vmm_bcd_json(const struct vmm_bcd *b, const struct vmm_bcd_view *view, struct vmm_error *err);

/* `bcdedit /set ID ELEMENT VALUE...`, checked: element known and right for this kind of object (else the hint names the object it belongs to),
 * value typed (booleans on/off/yes/no/true/false/1/0; enum words or their numbers; integers decimal or 0x; strings; object ids and lists of them, which
 * must exist; integer lists). Device elements are refused (VMM_E_UNSUPPORTED). Fills one edit for vmm_hive_edit; strings and data in it belong to `keep`,
 * which the caller frees with vmm_bcd_edit_clear. 0 or -1. */
struct vmm_bcd_edit {
    struct vmm_edit edit;
    char *path;         /* edit.path */
    uint8_t *data;      /* edit.data */
    uint32_t id;        /* element */
    char guid[39];      /* object */
};
int vmm_bcd_set(const struct vmm_bcd *b, const char *id, const char *element, const char *value, struct vmm_bcd_edit *out, struct vmm_error *err);
/* `bcdedit /deletevalue ID ELEMENT`. Absent: VMM_E_NOT_FOUND. */
int vmm_bcd_delete(const struct vmm_bcd *b, const char *id, const char *element, struct vmm_bcd_edit *out, struct vmm_error *err);
void vmm_bcd_edit_clear(struct vmm_bcd_edit *e);
/* True for the elements that BitLocker's default profile (Secure Boot off) measures: changing one makes it ask for the recovery key. */
bool vmm_bcd_bitlocker_sensitive(uint32_t id, enum vmm_bcd_app app);
#endif
