/* What the files of this room share.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_CHANGE_ROOM_H
#define VMM_CHANGE_ROOM_H
#include "base/base.h"
#include "vmmedic/change.h"

/* record.c: the same value as far as Windows can tell (a text with or without its last NUL is one text). */
bool vmm_data_same(const struct vmm_data *a, const struct vmm_data *b);
/* say.c: "REG_DWORD"; for an unknown number a word in ROOM. */
const char *vmm_type_word(uint32_t type, char room[24]);
/* "0x1 (1)", "\"text\"": the value without its type; not escaped. The caller frees. */
char *vmm_data_value_text(const struct vmm_data *d);
/* True when the change is an element of a boot store (the other kind there is an object's Type). */
static inline bool vmm_change_is_element(const struct vmm_change *c) { return c->element != 0; }
/* The element as the BCD room knows it, borrowed from the change; `bad` when the data does not fit. */
struct vmm_bcd_element vmm_change_element(const struct vmm_change *c, const struct vmm_data *d);
/* The object of a boot store's change; one that does not exist yet is made up in ROOM from the well-known type. */
const struct vmm_bcd_object *vmm_change_object(const struct vmm_change *c, struct vmm_bcd_object *room);
/* "safeboot" or "custom:25000080" in ROOM. */
const char *vmm_change_element_name(const struct vmm_change *c, char room[24]);
/* file.c: the lines of a small file, escaped, its secret as dots; "(no such file)". The caller frees. */
char *vmm_file_text(const struct vmm_change *c, const struct vmm_data *d);
const char *vmm_risk_word(enum vmm_risk r);
#endif
