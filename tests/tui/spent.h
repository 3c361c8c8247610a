/* How many bytes the screen sends: measured in every state of the gallery, on 80x24. test_budgets asserts what a serial line can bear; make bench prints all of it.
 * Include cmocka first.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TESTS_SPENT_H
#define VMM_TESTS_SPENT_H
#include "tests/tui/gallery.h"

/* The first SPENT_JUDGED have budgets; of the others there are only figures. */
enum { SPENT_XTERM, SPENT_VT220, SPENT_JUDGED, SPENT_LINUX = SPENT_JUDGED, SPENT_SCREEN, SPENT_ANSI, SPENT_TERMINALS };
extern const char *const spent_terminals[SPENT_TERMINALS];

enum spent_kind {
    SPENT_FIRST, /* the first paint, with the switching on of the terminal */
    SPENT_STEP,  /* to another step, forward and back */
    SPENT_MOVE,  /* the pointer to the next row, nothing scrolls */
    SPENT_REST,  /* the same, and what follows the row has caught up */
    SPENT_TICK,  /* a second of the clock; most draw nothing */
    SPENT_KINDS
};
extern const char *const spent_kinds[SPENT_KINDS];              /* in a word or two */
extern const size_t spent_budgets[SPENT_KINDS][SPENT_JUDGED]; /* bytes */

struct spent {
    int terminal;
    const char *state, *what; /* of the gallery; what was done in it */
    size_t bytes;
};
/* Every state of the gallery on the first TERMINALS terminals; TELL hears of each frame of that kind. Fails the test when a state cannot be drawn. */
void spent_measure(enum spent_kind kind, int terminals, void (*tell)(void *ctx, const struct spent *s), void *ctx);

/* Worst and median of all of it as a table on standard output; 0, or 1 when there is no memory for it. */
int spent_table(void);
#endif
