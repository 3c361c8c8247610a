/* The rows of step Fixes: the needed ones first, then the families, each one row that opens to what else it has, then the .reg file.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_FIX_ROWS_H
#define VMM_SCREENS_FIX_ROWS_H
#include "screens/model.h"

enum fix_group { FIX_NEEDED, FIX_OPTIONAL, FIX_CANNOT_TELL, FIX_REPORT, FIX_IN_ORDER, FIX_GROUPS };
enum fix_group vmm_fix_group(const json_t *fix);
bool vmm_fix_ticked(const struct wizard *w, const json_t *fix);

#define FIXES_MAX 256
#define FAMILIES_MAX 64
struct fix_row { /* borrowed from the scan */
    const json_t *fix;  /* NULL: a family's own row, or the .reg file's */
    const char *family; /* NULL: the .reg file's row */
};
struct fix_rows {
    struct fix_row row[2 * FIXES_MAX + FAMILIES_MAX + 1];
    size_t count;
    size_t needed;      /* the first rows */
};
void vmm_fix_rows(const struct wizard *w, struct fix_rows *r);
/* A fix that is chosen is seen: opens the families of those that are. */
void vmm_fix_open_chosen(struct wizard *w);
void vmm_fix_turn_over(struct wizard *w, const char *family);
void vmm_fix_family_item(const struct wizard *w, const char *family, struct wizard_item *out);
#endif
