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

/* ---- as.c: what the forms share ---- */
struct vmm_as {
    const struct vmm_changes *c;
    const struct vmm_plan_about *about;
    struct vmm_buf text;
    struct vmm_plan_said *out;
};
/* Neither hive nor boot store: a file, which no form can hold. */
static inline bool vmm_change_in_file(const struct vmm_change *c) { return !c->store->is_bcd && c->store->hive == NULL; }
/* Notes a change that this form cannot hold, and why; the sentence is borrowed from the list. */
const char *vmm_as_leave_out(struct vmm_as *as, const struct vmm_change *c, const char *why);
/* A comment: each line of TEXT, wrapped, behind PREFIX. */
void vmm_as_comment(struct vmm_as *as, const char *prefix, const char *text);
void vmm_as_reg(struct vmm_as *as);
void vmm_as_script(struct vmm_as *as);
void vmm_as_serial(struct vmm_as *as);

/* ---- typed.c: the pieces of command lines ---- */
/* Where a line is read by cmd.exe: its two readers treat % differently. */
enum vmm_typed { VMM_AT_PROMPT, VMM_IN_BATCH };
/* One argument, quoted so that the program gets exactly S. S must be typable: UTF-8 without control characters. */
void vmm_put_argument(struct vmm_buf *b, const char *s, enum vmm_typed where);
bool vmm_typable(const char *s);
/* The same for a registry key: always in quotes. And " /v NAME", " /ve", or nothing for a whole key. */
void vmm_put_key(struct vmm_buf *b, const char *key, enum vmm_typed where);
void vmm_put_value_name(struct vmm_buf *b, const struct vmm_change *c, enum vmm_typed where);
/* "reg add KEY /v NAME /t TYPE /d DATA /f" or "reg delete ..."; WRITTEN (may be NULL) stands for the key as it is. NULL when reg.exe could not do exactly that. */
char *vmm_reg_command(const struct vmm_change *c, const char *key, const char *written, enum vmm_typed where);
/* What follows "bcdedit ": "/set ID ELEMENT VALUE", "/deletevalue ID ELEMENT", "/create {alias}". NULL when it cannot be typed. */
char *vmm_bcd_command(const struct vmm_change *c, const char *id, enum vmm_typed where);
#endif
