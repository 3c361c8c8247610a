/* Where the parts of a screen stand, as arithmetic on its size. Nothing is drawn here.
 *
 *      head      program, disk, and what was written so far          from 20 rows a row of its own, else together with the steps
 *      steps     the step line
 *      rule                                                          from 20 rows
 *      body      the step
 *      panel     a rule and what explains                            from 24 rows three lines, from 20 two
 *      keys                                                          from 20 rows two, else one
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_LAYOUT_H
#define VMM_TUI_LAYOUT_H
#include <stdbool.h>

#define LAYOUT_LEAST_ROWS 9
#define LAYOUT_LEAST_COLS 40

struct layout {
    int rows, cols;
    bool usable;            /* false: too small; one sentence says so */
    int head, steps, rule;  /* row, or -1: not there */
    int body, body_rows;    /* at least 5 when usable */
    int panel, panel_rows;  /* row of its rule, or -1; text rows below it */
    int keys, key_rows;
};
struct layout layout_of(int rows, int cols);
/* The same with a panel of at least `rows` text rows, taken from the body; at most half of it. */
struct layout layout_with_panel(struct layout l, int rows);
#endif
