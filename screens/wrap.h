/* Lines no wider than the terminal, by display columns: for both ways to draw a step.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_WRAP_H
#define VMM_SCREENS_WRAP_H
#include <stdio.h>

enum vmm_wrap {
    WRAP_WORDS,   /* breaks at spaces */
    WRAP_COLUMNS, /* the same, but every space is kept: listings */
    WRAP_SHELL    /* breaks at spaces, with a backslash: the lines can be pasted into a shell as they are */
};
/* Prints TEXT (UTF-8) in lines of at most `width` columns, the first one `indent` columns in, the others `hang`. What the locale cannot show becomes '?'. A newline ends each line,
 * but for the last one when `open` is set. */
void vmm_wrap(FILE *out, enum vmm_wrap how, int width, int indent, int hang, const char *text, int open);
#endif
