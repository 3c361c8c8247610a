/* What the files of this room share: the element table, the private part of a store, and the steps from an element to its printed texts.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_BCD_ROOM_H
#define VMM_BCD_ROOM_H
#include "base/base.h"
#include "vmmedic/bcd.h"

#define VMM_BCD_BOOTMGR_GUID "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"

/* ---- the table ---- */
extern const struct vmm_bcd_element_info vmm_bcd_elements[];
extern const size_t vmm_bcd_element_count;

static inline unsigned vmm_bcd_class(uint32_t id) { return id >> 28; }
static inline unsigned vmm_bcd_format_of(uint32_t id) { return id >> 24 & 15; }
/* The class-2 name space of an application: {fwbootmgr} shares {bootmgr}'s. */
static inline enum vmm_bcd_app vmm_bcd_names_of(enum vmm_bcd_app app) { return app == VMM_APP_FWBOOTMGR ? VMM_APP_BOOTMGR : app; }
/* The id of "custom:XXXXXXXX", "0x25000080" or "25000080"; 0 when the text is none. */
uint32_t vmm_bcd_id_text(const char *text);
/* The word for a number in "0=Minimal,1=Network"; NULL when it has none. The caller frees. */
char *vmm_bcd_word(const char *values, uint64_t number);
/* The number for a word (any case). */
bool vmm_bcd_number(const char *values, const char *word, uint64_t *number);
/* "Minimal, Network, DsRepair". The caller frees. */
char *vmm_bcd_words(const char *values);
/* What there is to say beyond the row's help; NULL: nothing. And what kind of thing an object is, in a sentence of at most 70 columns. Both to be translated. */
const char *vmm_bcd_element_more(const struct vmm_bcd_element_info *info);
const char *vmm_bcd_object_help(const struct vmm_bcd *b, const struct vmm_bcd_object *o);

/* ---- the store ---- */
struct vmm_bcd_store {
    struct vmm_bcd open;      /* first, so that the public pointer is ours too */
    size_t *by_guid;          /* indexes of open.objects, ascending GUID */
    char *objects_name;       /* the key's spelling in this store */
    char **elements_name;     /* the same for each object's Elements key; NULL where it has none */
    char default_guid[39];    /* what {bootmgr}'s element names, "" when nothing usable */
};
static inline const struct vmm_bcd_store *vmm_bcd_private(const struct vmm_bcd *b) { return (const struct vmm_bcd_store *)b; }

/* The well-known heading of a GUID ("EMS Settings"), NULL when it has none. */
const char *vmm_bcd_known_heading(const char *guid);
/* Brings a GUID text to the form used here: lower case, braces. False when it is no GUID. */
bool vmm_bcd_guid(const char *text, char out[39]);
/* "{default} (Windows Server 2019)" or "{guid} (...)": an object in a message. The caller frees. */
char *vmm_bcd_called(const struct vmm_bcd *b, const struct vmm_bcd_object *o);

/* ---- printing ---- */
/* The texts of an element's value, one for each line bcdedit prints; escaped. The caller frees items and list. */
char **vmm_bcd_items(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element *e, const struct vmm_bcd_view *view,
                     size_t *count);
void vmm_bcd_items_free(char **items, size_t count);
/* The text of a device element; not yet escaped. The caller frees. */
char *vmm_bcd_device_text(const struct vmm_bcd *b, const struct vmm_bcd_element *e, const struct vmm_bcd_view *view);
/* Raw data for people: hex, cut when long. The caller frees. */
char *vmm_bcd_raw_text(const struct vmm_bcd_element *e);
/* The objects that a view selects, in printing order; the caller frees the list. NULL and *err when there are none. */
const struct vmm_bcd_object **vmm_bcd_select(const struct vmm_bcd *b, const struct vmm_bcd_view *view, size_t *count, struct vmm_error *err);

/* ---- values from text ---- */
/* The registry data for VALUE as element `info` of object `o` holds it. 0 or -1. The caller frees *data. */
int vmm_bcd_parse(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element_info *info, const char *value,
                  uint32_t *type, uint8_t **data, size_t *len, struct vmm_error *err);
#endif
