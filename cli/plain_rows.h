/* The rows of a step as plain text.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_CLI_PLAIN_ROWS_H
#define VMM_CLI_PLAIN_ROWS_H
#include <stdio.h>

#include "screens/wizard.h"

void vmm_plain_rows(FILE *out, int width, const struct wizard *w);
/* The list is there to read, not to choose from. */
bool vmm_plain_only_read(const struct wizard *w);
#endif
