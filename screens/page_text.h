/* What a step says, as plain text.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_PAGE_TEXT_H
#define VMM_SCREENS_PAGE_TEXT_H
#include <stdio.h>

#include "screens/wizard.h"

/* Lines as they are meant: commands break with a backslash, what has columns keeps them. */
void vmm_page_lines(FILE *out, int width, const struct wizard_text *t);
/* The rows: numbered where one is chosen, as they are where they are there to read. */
void vmm_plain_rows(FILE *out, int width, const struct wizard *w);
/* All of the step that is shown: what it is, what is said, the rows. */
void vmm_page_print(FILE *out, int width, const struct wizard *w);
/* The list is there to read, not to choose from. */
bool vmm_plain_only_read(const struct wizard *w);
#endif
