/* The listing of a boot store as rows: every line of bcdedit's text with the object and the element it belongs to.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_BOOT_ROWS_H
#define VMM_SCREENS_BOOT_ROWS_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct wizard;

enum boot_part { BOOT_TITLE, BOOT_RULE, BOOT_IDENTIFIER, BOOT_ELEMENT, BOOT_CONTINUED, BOOT_OTHER };
struct boot_row {
    enum boot_part part;
    const char *text;       /* in the listing, not ended */
    size_t len;
    size_t nth;             /* BOOT_ELEMENT and BOOT_CONTINUED: which value of the element's list this line shows */
    const json_t *object;   /* NULL: the listing does not say */
    const json_t *element;  /* BOOT_ELEMENT and BOOT_CONTINUED; NULL: the listing does not say */
};
struct boot_rows {
    json_t *of;             /* the listing that the rows point into; kept */
    struct boot_row *row;
    size_t count, objects;
};
/* Reads the result of the job "bcd" (NULL: there is none); the rows of an earlier one are gone. */
void vmm_boot_rows_read(struct boot_rows *r, json_t *listing);
void vmm_boot_rows_clear(struct boot_rows *r);

/* The entry of the scan that boots the chosen Windows and has this object's id; NULL. */
const json_t *vmm_boot_loader(const struct wizard *w, const json_t *object);
/* For the caller to free: a sentence, and everything there is to say. NULL: nothing. */
char *vmm_boot_hint(const struct wizard *w, const struct boot_row *row);
char *vmm_boot_detail(const struct wizard *w, const struct boot_row *row);
/* A word on a row that matters: whether it keeps people out (NULL: nothing to say), and how bad that is (an enum wizard_meaning). */
const char *vmm_boot_note(const struct wizard *w, const struct boot_row *row, int *mean);
#endif
