/* The wizard's screen inside the test: real ncurses on a pty whose other end is a terminal made of libvterm. Nothing happens between two calls, so nothing is waited for.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HARNESS_TERM_H
#define HARNESS_TERM_H
#include "harness/screen.h"
#include "screens/wizard.h"
#include "tui/tui.h"

struct term_options {
    const char *term; /* NULL: xterm-256color */
    int rows, cols;   /* 0: 24 and 80 */
    bool ascii_locale; /* LC_ALL=C instead of C.UTF-8 */
    const char *language; /* fr, nl, en@pseudo; NULL: the texts of the sources */
    enum tui_glyphs glyphs;
    enum tui_colour colour;
    void (*settle)(void *ctx); /* hands the worker's events to the wizard; called after the keys were read; NULL */
    void *ctx;
};

struct term;
/* Fixes the world, opens the screen and draws it once. Fails the test when the screen cannot be opened. One at a time. */
struct term *term_open(const struct term_options *o, struct wizard *w);
void term_close(struct term *t);

/* Sends the keys (see keys.h) one by one, each read and drawn before the next; stops when the wizard is over. The number of bytes that came back. */
size_t term_keys(struct term *t, const char *keys);
/* All at once, as they are: pasted, or fast typing. Drawn once. */
size_t term_paste(struct term *t, const char *bytes, size_t n);
/* The frame when nothing more comes: what follows the pointed row has caught up. */
size_t term_rest(struct term *t);
/* A frame after something else than a key: an event, a second that went by. */
size_t term_draw(struct term *t);
/* The window has another size: the rest frame of it. */
size_t term_resize(struct term *t, int rows, int cols);
/* As term_resize, but nothing is drawn. */
void term_resize_only(struct term *t, int rows, int cols);
/* The line is dead: what reading says then. */
enum tui_got term_hang_up(struct term *t);

size_t term_first(const struct term *t); /* bytes of the first frame, with the switching on of the terminal */
enum tui_got term_got(const struct term *t); /* what the last reading gave */
struct screen *term_screen(const struct term *t);
struct wizard *term_wizard(const struct term *t);
struct tui *term_tui(const struct term *t);
int term_master(const struct term *t); /* for tests that write single bytes themselves */
/* Takes what was sent to the terminal by now; the number of bytes. */
size_t term_take(struct term *t);
/* What was sent since the last call, with control characters as \033; the caller frees. */
char *term_sent(struct term *t);
#endif
