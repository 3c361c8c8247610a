/* Keys as tests write them, "jj<Enter><Esc><Down>text", and as a terminal sends them; what terminfo says of that terminal; the world of a test.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HARNESS_KEYS_H
#define HARNESS_KEYS_H
#include <stdbool.h>
#include <stddef.h>

struct keys; /* of one terminal */
/* NULL when terminfo does not know it. To be called before ncurses takes a terminal over, never while it has one. */
struct keys *keys_of(const char *term);
void keys_free(struct keys *k);
/* How it draws lines; NULL: it does not. */
const char *keys_acsc(const struct keys *k);
/* Its cursor is in the next line as soon as the last column is written. */
bool keys_wraps_early(const struct keys *k);

/* The bytes of the first key of *TEXT, which moves on behind it; the number of bytes, 0 at the end.
 * <Enter> <Esc> <Tab> <BackTab> <Space> <Up> <Down> <Left> <Right> <Home> <End> <PageUp> <PageDown> <Insert> <Delete> <BS> <F1> as terminfo has them (nothing, where this
 * terminal has no such key); <Rub> 127, <C-h> any control key, <CSI-A> ESC [ A, <SS3-A> ESC O A, <lt> the sign itself. */
size_t keys_next(const struct keys *k, const char **text, char bytes[16]);

/* The environment that every test of a terminal has: language and encoding, terminal, time zone, home, nothing that would change sizes or colours. */
void harness_world(const char *term, bool utf8, const char *language);
#endif
