/* Moving in the list and in the page: what the keys do to the cursor, to folded parts and to what is in sight.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_ROWS_H
#define VMM_TUI_ROWS_H
#include "tui/screen.h"

bool rows_are_changes(const struct tui *t); /* they have a before and an after */
bool rows_have_parts(const struct tui *t);  /* lines to read, in parts that fold */

void rows_go(struct tui *t, size_t row);
void rows_move(struct tui *t, int by);      /* to the next row that is seen; past the end the page scrolls */
void rows_page(struct tui *t, int by);
void rows_end(struct tui *t, int to);       /* -1 the first row, 1 the last */
void rows_next_part(struct tui *t);         /* the next entry, or the next group */
void rows_scroll(struct tui *t, int lines);
enum fold { FOLD_SHUT, FOLD_OPEN, FOLD_OTHER };
void rows_fold(struct tui *t, enum fold how);
/* The next row with TEXT in it, any case; its part is unfolded. False: there is none. */
bool rows_find(struct tui *t, const char *text);
#endif
