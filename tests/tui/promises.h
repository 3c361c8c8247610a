/* What any screen promises, for the tests that look at every state: the cursor is on the focus, no word is cut, help and a repaint come back to the same screen.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TESTS_PROMISES_H
#define VMM_TESTS_PROMISES_H
#include "tests/tui/gallery.h"

/* One screen, and what went wrong on it. */
struct shown {
    struct walk *k;
    struct term *t;
    struct term_options o;
    size_t state;
};
struct shown show(size_t state, struct term_options o);
void hide(struct shown *s);
void complain(const struct shown *s, const char *what); /* prints the screen; fails the test */
#define must(s, condition, what) \
    do { \
        if (!(condition)) complain(s, what); \
    } while (0)
char *look_at(const struct shown *s); /* words and looks; the caller frees */
/* Compares what is seen now with what was seen BEFORE, which is freed. */
void unchanged(const struct shown *s, char *before, const char *what);

/* Words end before it, or are marked as cut. Only the step line may be exactly as wide as the screen. */
void the_last_column_has_no_words(const struct shown *s);
void the_cursor_is_on_the_focus(const struct shown *s);
void the_cursor_follows_the_pointer(const struct shown *s);
void help_and_repaint_return_to_the_same_screen(const struct shown *s);
/* Ends S: it is shown twice more, with colours and without. */
void without_colours_it_says_the_same(const struct shown *s);
/* Every action, and none that is not possible. The help stays open. */
void what_can_be_done_is_in_the_help(const struct shown *s);
/* Of the keys that the last rows name, the one with this index, pressed on a screen of its own. False when there is none. */
bool a_key_of_the_last_rows_does_something(size_t state, struct term_options o, size_t which);
/* The single letters and signs that the last rows name as keys, in their order; the caller frees. */
char *letters_of_the_last_rows(size_t state, struct term_options o);
/* What a terminal that takes ASCII only is sent. */
void ascii_gets_no_high_bytes(const struct shown *s);
#endif
