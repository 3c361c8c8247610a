/* What the articles' files share: helpers to look at a patient. An article's file needs nothing else of this room.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_FIXES_ROOM_H
#define VMM_FIXES_ROOM_H
#include "base/base.h"
#include "vmmedic/fix.h"

/* ---- options ---- */
/* The option's text, NULL when it was not given. */
const char *vmm_option_text(const struct vmm_option *options, size_t count, const char *name);
/* The same as a number (options are checked before), FALLBACK when it was not given. */
unsigned vmm_option_number(const struct vmm_option *options, size_t count, const char *name, unsigned fallback);

/* ---- the boot store ---- */
/* The store, or NULL after saying in *f (may be NULL) why nothing can be told. Fills f->blocked_by. */
const struct vmm_bcd *vmm_patient_bcd(const struct vmm_patient *p, struct vmm_finding *f);
/* The entry that boots the patient's Windows; *certain false when it is only the store's own choice. NULL when it cannot be told. */
const struct vmm_loader *vmm_patient_loader(const struct vmm_patient *p, bool *certain);
/* The same for plan: fails with a hint that lists the entries. */
const struct vmm_loader *vmm_need_loader(const struct vmm_patient *p, const char *fix, struct vmm_error *err);
/* Entries that an option "loader" means: absent, "all" or an id. The caller frees the list. 0 or -1. */
int vmm_loaders_meant(const struct vmm_patient *p, const char *fix, const char *option, const struct vmm_bcd_object ***list, size_t *count, struct vmm_error *err);
/* Says which entry it is, and why, as evidence. */
void vmm_say_loader(const struct vmm_patient *p, const struct vmm_loader *l, bool certain, struct vmm_finding *f);
/* "{guid} \"Windows Server 2019\" (the default entry)": an entry in a sentence; the caller frees. */
char *vmm_loader_words(const struct vmm_loader *l);
/* Objects whose own element ID counts for loader O: itself and what it inherits from. The caller frees the list. */
const struct vmm_bcd_object **vmm_carriers(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, size_t *count);
/* True when the element, own or inherited, reads as N. */
bool vmm_element_is(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, uint64_t n);
/* Sets a yes/no element to yes unless the object already has yes by inheritance. 0 or -1. */
int vmm_plan_yes(struct vmm_changes *c, const char *fix, struct vmm_store *store, const struct vmm_bcd_object *o, const char *name, uint32_t id, enum vmm_risk risk,
                 const char *why, struct vmm_error *err);

/* ---- the registry ---- */
/* SYSTEM's hive, or NULL after saying why. Fills f->blocked_by. */
const struct vmm_hive *vmm_patient_system(const struct vmm_patient *p, struct vmm_finding *f);
/* "ControlSet001\PATH" of the set that boots; the caller frees. */
char *vmm_boot_set_path(const struct vmm_patient *p, const char *path);
/* For plan: 0, or -1 with why SYSTEM cannot be changed. */
int vmm_need_system(const struct vmm_patient *p, const char *fix, struct vmm_error *err);
#endif
