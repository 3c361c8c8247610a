/* What the files share that draw the body of a screen.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_PAGE_H
#define VMM_TUI_PAGE_H
#include "tui/screen.h"

struct page {
    struct frame sheet;          /* all of it; its cursor is on the focus */
    int focus_first, focus_last; /* rows of the sheet that should be in sight; -1: none */
    struct frame pins;           /* what stays in sight below it */
    int pinned;                  /* rows of `pins` */
};
/* Draws the step; `tight`: no empty lines. Free it. */
void page_draw(struct tui *t, int cols, bool tight, struct page *p);
void page_free(struct page *p);

/* Lines of text, wrapped, those that are pinned or those that are not; returns the row after the last. */
int page_text(struct frame *f, int row, int indent, const struct wizard_text *text, bool pinned);
/* One text. */
int page_wrapped(struct frame *f, int row, int indent, int hang, enum wizard_meaning mean, enum look look, const char *text);

/* list.c: the rows; the one that is pointed at alone, when it is a change. Both return the row after. */
int list_draw(struct tui *t, struct page *p, int row, enum wizard_prompt_kind kind);
int list_zoomed(struct tui *t, struct page *p, int row);
/* wait.c: the stages of the job that is waited for, with their times. */
int wait_draw(struct tui *t, struct page *p, int row);
/* "0:07", "1:02:33"; the caller frees. */
char *wait_clock(double seconds);
#endif
