/* How things look: meanings in, attributes and signs out. One table has a column for colour and one for monochrome; no colour is named anywhere else.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_LOOK_H
#define VMM_TUI_LOOK_H
#include <stdbool.h>

#include "tui/tui.h"

enum look { /* what a piece of the screen is */
    LOOK_TEXT,
    LOOK_TITLE,    /* the question of the step */
    LOOK_HEADING,
    LOOK_HERE,     /* the current step's name */
    LOOK_OK,
    LOOK_BROKEN,
    LOOK_WARNING,
    LOOK_DIM,      /* less important; never fainter than can be read */
    LOOK_SELECTED, /* the name of the pointed row */
    LOOK_KEY,      /* a key in the last rows */
    LOOK_BEFORE,
    LOOK_AFTER,
    LOOK_INPUT,    /* where one types */
    LOOK_RULE,
    LOOK_COUNT
};
enum look look_of(enum wizard_meaning mean);

enum sign { /* what is drawn and is no letter */
    SIGN_RULE, SIGN_TICK, SIGN_HERE, SIGN_DOT, SIGN_POINTER, SIGN_BRANCH, SIGN_LAST_BRANCH, SIGN_TRUNK, SIGN_WALL, SIGN_FOLDED, SIGN_DONE, SIGN_LEFT_TO_DO, SIGN_UP, SIGN_DOWN,
    SIGN_CUT, SIGN_COUNT
};
/* A sign of a tier as one column of text; NULL: the terminal's own line drawing has it (look_acs). */
const char *look_sign(enum tui_glyphs tier, enum sign s);

/* ---- for curses ---- */
/* Prepares colours; false: there are none, or they are not wanted. After start of the screen. */
bool look_start(enum tui_colour wish);
/* The attributes of a look as curses has them. */
unsigned long look_attributes(enum look l, bool colour);
/* The tier that suits this terminal and locale. */
enum tui_glyphs look_tier(enum tui_glyphs wish, bool utf8);
/* The curses line-drawing character of a sign in the ACS tier; 0 when it has none. */
unsigned long look_acs(enum sign s);
#endif
