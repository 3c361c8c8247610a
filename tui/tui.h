/* The wizard on a terminal: ncurses draws the steps of screens/wizard.h and turns keys into its calls. One thread, one loop over keyboard, worker and clock.
 * Every frame is drawn from the model into cells that carry a meaning; ncurses sends the difference. Nothing in here knows what a Windows is.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_H
#define VMM_TUI_H
#include <stdbool.h>
#include <stdio.h>

#include "screens/wizard.h"

enum tui_glyphs { GLYPHS_AUTO, GLYPHS_UTF8, GLYPHS_ACS, GLYPHS_ASCII }; /* rules, ticks and arrows in Unicode, in the terminal's own line drawing, or in ASCII */
enum tui_colour { COLOUR_AUTO, COLOUR_NEVER };                          /* AUTO: where the terminal has them and NO_COLOR is not set */

struct tui_terminal {
    const char *term;        /* name in terminfo; NULL: $TERM */
    int in;                  /* keys come from here */
    FILE *out;               /* bytes go here */
    bool utf8;               /* what it takes; if not, it is given ASCII. Texts are UTF-8 either way, and so is the process's LC_CTYPE */
    enum tui_glyphs glyphs;
    enum tui_colour colour;
    int rows, cols;          /* not 0: this many, whatever the terminal says, now and later; 0: what it says, else 24 and 80 */
    bool slow;               /* the line is slow, though its speed does not say so */
};

/* ---- one screen: what the loop, and a test, does with it ---- */
struct tui;
/* Takes the terminal over and shows the wizard on it (borrowed, outlives the screen). NULL and *err when the terminal is unknown or cannot move its cursor:
 * then the plain text is what works. Only one at a time: ncurses keeps state of its own. */
struct tui *tui_open(const struct tui_terminal *t, struct wizard *w, struct vmm_error *err);
/* True when tui_open would work; nothing is sent. */
bool tui_usable(const struct tui_terminal *t, struct vmm_error *err);
/* Gives the terminal back as it was. NULL is fine. */
void tui_close(struct tui *t);

enum tui_got { TUI_NOTHING, TUI_KEYS, TUI_LOST }; /* LOST: nobody is at the other end any more */
/* Takes the keys that have arrived, at most once, and does what they mean. Does not wait, but for the rest of a key's own sequence (ESCDELAY). */
enum tui_got tui_read(struct tui *t);
/* Draws a frame and sends what differs from the last. While keys arrive the hint of the pointed row stays; with `rested` it follows. */
void tui_draw(struct tui *t, bool rested);
/* The terminal has another size now. */
void tui_resize(struct tui *t, int rows, int cols);
/* Everything is sent again with the next frame, as after ^L. */
void tui_repaint(struct tui *t);

/* ---- the whole program ---- */
/* Shows the wizard until the person leaves; `link` is the way to its worker. Both are borrowed. The exit code of the command contract. When the terminal cannot be
 * used: -1 and *err. VMMEDIC_IDLE_FD=n: a byte is written to that descriptor each time nothing is left to do but wait. */
int tui_run(const struct tui_terminal *t, struct wizard *w, struct wizard_link link, struct vmm_error *err);
#endif
