/* What the files of this room share.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_LEARN_ROOM_H
#define VMM_LEARN_ROOM_H
#include "base/base.h"
#include "vmmedic/learn.h"

/* ---- reading (read.c) ---- */
struct vmm_lesson_fields { /* the file as it is read */
    struct vmm_lesson *lesson;
    struct vmm_lesson_fault *faults;
    size_t fault_count;
    unsigned seen;         /* bits of fields that may stand once */
};
/* One field: "coach.drive.fr: text" has key "coach", part "drive", lang "fr". */
struct vmm_lesson_entry {
    unsigned line, column, value_column; /* of the key; where the value begins on its first line */
    char key[24], part[24], lang[8];
    char *value;           /* paragraphs joined with a newline, lines of one with a blank */
};
void vmm_lesson_fault(struct vmm_lesson_fields *f, unsigned line, unsigned column, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* fields.c: takes one field up, or says why not; and what a whole file must have. */
void vmm_lesson_field(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e);
void vmm_lesson_whole(struct vmm_lesson_fields *f, unsigned last_line);

/* wants.c: "value SYSTEM "A\B" Name is 0 | untouched" becomes conditions. False: said why, at the column. */
bool vmm_wants_parse(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e);

/* The seal of a disk: a hash of all that is in the file or below the folder. The caller frees; NULL when it cannot be read. */
char *vmm_seal_of(const char *path);
#endif
