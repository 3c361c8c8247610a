/* The table of looks and the tables of signs.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/look.h"

#include <stdlib.h>
#include <string.h>

#include "tui/curses.h"

/* The text keeps the terminal's own foreground and background, so that light and dark ones both can be read; red, green and magenta only repeat what a word says. */
static const struct {
    short colour;    /* -1: none */
    attr_t with, without; /* attributes with colours, and in monochrome */
} looks[LOOK_COUNT] = {
    [LOOK_TEXT] = {-1, A_NORMAL, A_NORMAL},
    [LOOK_TITLE] = {-1, A_BOLD, A_BOLD},
    [LOOK_HEADING] = {-1, A_BOLD, A_BOLD},
    [LOOK_HERE] = {-1, A_BOLD, A_BOLD},
    [LOOK_OK] = {COLOR_GREEN, A_NORMAL, A_NORMAL},
    [LOOK_BROKEN] = {COLOR_RED, A_BOLD, A_BOLD},
    [LOOK_WARNING] = {COLOR_MAGENTA, A_NORMAL, A_BOLD},
    [LOOK_DIM] = {-1, A_NORMAL, A_NORMAL},
    [LOOK_SELECTED] = {-1, A_REVERSE, A_REVERSE},
    [LOOK_KEY] = {-1, A_BOLD, A_BOLD},
    [LOOK_BEFORE] = {COLOR_RED, A_NORMAL, A_NORMAL},
    [LOOK_AFTER] = {COLOR_GREEN, A_NORMAL, A_NORMAL},
    [LOOK_INPUT] = {-1, A_UNDERLINE, A_UNDERLINE},
    [LOOK_RULE] = {-1, A_NORMAL, A_NORMAL},
};

enum look look_of(enum wizard_meaning mean) {
    static const enum look of[] = {
        [MEAN_TEXT] = LOOK_TEXT,       [MEAN_HEADING] = LOOK_HEADING, [MEAN_OK] = LOOK_OK,         [MEAN_BROKEN] = LOOK_BROKEN, [MEAN_WARNING] = LOOK_WARNING,
        [MEAN_DIM] = LOOK_DIM,         [MEAN_VERBATIM] = LOOK_TEXT,   [MEAN_BEFORE] = LOOK_BEFORE, [MEAN_AFTER] = LOOK_AFTER,   [MEAN_COMMAND] = LOOK_TEXT,
    };
    return of[mean];
}

/* Unicode, ASCII, and the letter of the terminal's line drawing set (0: the ASCII sign is used there too). */
static const struct {
    const char *unicode, *ascii;
    char acs;
} signs[SIGN_COUNT] = {
    [SIGN_RULE] = {"─", "-", 'q'},
    [SIGN_TICK] = {"✓", "*", 0},
    [SIGN_HERE] = {"▸", ">", 0},
    [SIGN_DOT] = {"·", ".", '~'},
    [SIGN_POINTER] = {">", ">", 0},
    [SIGN_BRANCH] = {"├", "|", 't'},
    [SIGN_LAST_BRANCH] = {"└", "`", 'm'},
    [SIGN_TRUNK] = {"│", "|", 'x'},
    [SIGN_WALL] = {"│", "|", 'x'},
    [SIGN_FOLDED] = {"+", "+", 0},
    [SIGN_DONE] = {"█", "#", 0},
    [SIGN_LEFT_TO_DO] = {"░", "-", 0},
    [SIGN_UP] = {"↑", "^", 0},
    [SIGN_DOWN] = {"↓", "v", 0},
    [SIGN_CUT] = {"…", "~", 0},
};

const char *look_sign(enum tui_glyphs tier, enum sign s) {
    if (tier == GLYPHS_UTF8) return signs[s].unicode;
    return tier == GLYPHS_ACS && signs[s].acs ? NULL : signs[s].ascii;
}

unsigned long look_acs(enum sign s) { return signs[s].acs ? (unsigned long)acs_map[(unsigned char)signs[s].acs] : 0; }

/* The Linux console can show Unicode, but its fonts lack the tick; terminals without line drawing get ASCII. */
enum tui_glyphs look_tier(enum tui_glyphs wish, bool unicode) {
    const char *term = termname();
    if (wish == GLYPHS_UTF8 && !unicode) wish = GLYPHS_AUTO;
    if (wish != GLYPHS_AUTO) return wish;
    if (unicode && strncmp(term, "linux", 5) != 0 && strncmp(term, "vt", 2) != 0 && strncmp(term, "ansi", 4) != 0) return GLYPHS_UTF8;
    const char *acsc = tigetstr("acsc"), *smacs = tigetstr("smacs");
    if (acsc == NULL || acsc == (const char *)-1 || smacs == NULL || strncmp(term, "linux", 5) == 0) return GLYPHS_ASCII;
    for (const char *c = acsc; !unicode && *c; c++)
        if ((unsigned char)*c >= 0x80) return GLYPHS_ASCII; /* line drawing of a code page, which curses would send as letters */
    return GLYPHS_ACS;
}

bool look_start(enum tui_colour wish) {
    const char *no = getenv("NO_COLOR");
    if (wish == COLOUR_NEVER || (no && no[0]) || !has_colors() || start_color() == ERR || use_default_colors() == ERR) return false;
    for (int l = 0; l < LOOK_COUNT; l++)
        if (looks[l].colour >= 0) init_pair((short)(l + 1), looks[l].colour, -1);
    return true;
}

unsigned long look_attributes(enum look l, bool colour) {
    if (!colour) return looks[l].without;
    return looks[l].with | (looks[l].colour >= 0 ? (attr_t)COLOR_PAIR((int)l + 1) : 0);
}
