/* The terminal that a test looks at: libvterm fed with the bytes a program sent. What is where, how it looks, where the cursor is.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HARNESS_SCREEN_H
#define HARNESS_SCREEN_H
#include <stdbool.h>
#include <stddef.h>

struct screen;
struct look {
    bool bold, underline, reverse;
    int colour, background; /* number in the palette; -1: the terminal's own */
};

/* UTF8: bytes above 127 are UTF-8, else they are Latin-1. */
struct screen *screen_new(int rows, int cols, bool utf8);
void screen_free(struct screen *s);
/* The terminfo's acsc: what this terminal draws in its second font (CP437 of PC consoles). */
void screen_second_font(struct screen *s, const char *acsc);
/* The cursor goes to the next line together with the character in the last column, not before the next one (terminals without xenl). */
void screen_wraps_early(struct screen *s, bool early);
void screen_feed(struct screen *s, const char *bytes, size_t n);
/* What the terminal itself sends back (position reports), at most N bytes. */
size_t screen_answers(struct screen *s, char *bytes, size_t n);
void screen_resize(struct screen *s, int rows, int cols);

int screen_rows(const struct screen *s);
int screen_cols(const struct screen *s);
/* UTF-8 without trailing blanks; the caller frees. */
char *screen_row(const struct screen *s, int row);
/* All rows, each with a newline. */
char *screen_text(const struct screen *s);
/* As screen_text, with everything else that is to be seen: rows end in |, «b:bold» «r:reverse» «u:underline» (joined: «br:»), ‸ stands before the cursor's cell.
 * One of these signs on the screen itself is doubled. */
char *screen_marked(const struct screen *s);
bool screen_shows(const struct screen *s, const char *words); /* in one row */
struct look screen_look(const struct screen *s, int row, int col);
bool screen_cursor(const struct screen *s, int *row, int *col); /* false: hidden (the place is told all the same) */
bool screen_alternate(const struct screen *s); /* the program is in the alternate screen */
size_t screen_bells(const struct screen *s);
size_t screen_high_bytes(const struct screen *s); /* how many bytes above 127 came */

/* Compares screen_marked with the file; with the environment's SCREENS=write it writes the file instead. Fails the test and prints both. */
#define assert_screen(s, file) screen_assert_golden(s, file, __FILE__, __LINE__)
#define assert_shows(s, words) screen_assert_shows(s, words, true, __FILE__, __LINE__)
#define assert_shows_not(s, words) screen_assert_shows(s, words, false, __FILE__, __LINE__)
void screen_assert_golden(const struct screen *s, const char *file, const char *source, int line);
void screen_assert_shows(const struct screen *s, const char *words, bool shown, const char *source, int line);
/* Prints the screen to standard error: what a failing test saw. */
void screen_print(const struct screen *s, const char *title);
#endif
