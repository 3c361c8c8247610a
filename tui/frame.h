/* A frame: rows of cells, each a character or a sign with a look. Drawing into it is pure; what it shows is asserted in tests without a terminal, and term.c sends it.
 * A frame may be taller than the screen (a sheet that grows as it is written), and a window of it is then copied into the one that is shown.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_FRAME_H
#define VMM_TUI_FRAME_H
#include <stddef.h>
#include <wchar.h>

#include "tui/look.h"

struct cell {
    wchar_t ch;        /* 0: the second column of a wide character; SIGN_BASE + a sign */
    wchar_t over;      /* one combining character, 0 none */
    enum look look;
};
#define SIGN_BASE 0x110000 /* above every Unicode character */

struct frame {
    int rows, cols;
    bool grows;        /* rows are added when something is written below the last */
    size_t room;       /* cells there is memory for */
    struct cell *cell; /* row by row */
    int cursor_row, cursor_col;
};
/* rows 0: a sheet that grows. */
struct frame frame_new(int rows, int cols);
void frame_free(struct frame *f);
/* Blank again, cursor at home; a sheet has no rows again. */
void frame_clear(struct frame *f);

/* Writes UTF-8 text (bytes that the locale cannot read and control characters become '?') into at most `room` columns from `col` (room < 0: to the end of the row), clipped
 * at the frame's edges. Returns the columns used. With `cut` a text that does not fit ends in the sign for that. */
int frame_put(struct frame *f, int row, int col, int room, enum look look, const char *text);
int frame_put_cut(struct frame *f, int row, int col, int room, enum look look, const char *text);
void frame_sign(struct frame *f, int row, int col, enum look look, enum sign s);
/* A row of the same sign. */
void frame_fill(struct frame *f, int row, int col, int count, enum look look, enum sign s);
/* Another look for what is there. */
void frame_paint(struct frame *f, int row, int col, int count, enum look look);
/* Copies `count` rows of `from`, beginning with `first`, to `row` of `to`; rows that are not there stay blank. */
void frame_copy(struct frame *to, int row, const struct frame *from, int first, int count);
/* The columns that TEXT takes. */
int frame_width(const char *text);
/* A row as UTF-8 with signs of that tier, trailing blanks cut; the caller frees. */
char *frame_row_text(const struct frame *f, int row, enum tui_glyphs tier);
#endif
