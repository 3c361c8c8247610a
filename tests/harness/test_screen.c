/* The terminal that tests look at: does it show what a terminal would show.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "harness/keys.h"
#include "harness/program.h"

static struct screen *fed(const char *bytes, bool utf8) {
    struct screen *s = screen_new(4, 10, utf8);
    screen_feed(s, bytes, strlen(bytes));
    return s;
}
static void marked(const char *bytes, const char *expected) {
    struct screen *s = fed(bytes, true);
    char *text = screen_marked(s);
    assert_string_equal(text, expected);
    free(text);
    screen_free(s);
}
static void text_is(struct screen *s, const char *expected) {
    char *text = screen_text(s);
    assert_string_equal(text, expected);
    free(text);
    screen_free(s);
}

static void text_stands_where_the_cursor_was(void **state) {
    (void)state;
    text_is(fed("one\033[2;4Htwo\033[4;10H!", true), "one\n   two\n\n         !\n");
}
static void looks_and_the_cursor_are_marked(void **state) {
    (void)state;
    marked("a \033[1mbold\033[0m\r\n\033[7mon\033[4moff\033[0m x\033[2;3H", "a «b:bold»|\n«r:on»‸«ru:off» x|\n|\n|\n");
    marked("a\xc2\xab\033[7m   \033[0m\033[4;4H", "a«««r:   »|\n|\n|\n   ‸ |\n");
}
static void a_cursor_behind_the_text_is_marked_where_it_is(void **state) {
    (void)state;
    marked("ab\033[1;6H", "ab   ‸ |\n|\n|\n|\n");
}
static void wide_letters_take_two_columns(void **state) {
    (void)state;
    struct screen *s = fed("\xe6\xbc\xa2x", true);
    int row, col;
    assert_true(screen_cursor(s, &row, &col));
    assert_int_equal(col, 3);
    text_is(s, "\xe6\xbc\xa2x\n\n\n\n");
}
static void a_character_is_repeated(void **state) {
    (void)state;
    text_is(fed("a-\033[4bb", true), "a-----b\n\n\n\n");
    text_is(fed("\033(0q\033[9b\r\n\033(Bx\033[2b", true), "──────────\nxxx\n\n\n");
}
static void some_terminals_wrap_with_the_last_column(void **state) {
    (void)state;
    struct screen *s = screen_new(4, 10, true);
    screen_wraps_early(s, true);
    screen_feed(s, "012345678\xe2\x94\x80\rx", 14);
    text_is(s, "012345678─\nx\n\n\n");
    text_is(fed("0123456789\rx", true), "x123456789\n\n\n\n");
}
static void lines_are_drawn_in_the_terminals_own_letters(void **state) {
    (void)state;
    text_is(fed("\033(0qx\033(Bq", true), "─│q\n\n\n\n");
    text_is(fed("\033)0\016q\017q", false), "─q\n\n\n\n");
    struct keys *k = keys_of("ansi");
    struct screen *s = screen_new(4, 10, false);
    screen_second_font(s, keys_acsc(k));
    screen_feed(s, "\033[11m\xc4\xb3\033[10mD", 13);
    assert_int_equal(screen_high_bytes(s), 2);
    text_is(s, "─│D\n\n\n\n");
    keys_free(k);
}
static void keys_are_what_the_terminal_sends(void **state) {
    (void)state;
    static const struct {
        const char *term, *keys, *bytes;
    } rows[] = {{"xterm-256color", "<Down>", "\033OB"}, {"vt220", "<Down>", "\033[B"},   {"linux", "<F1>", "\033[[A"},   {"xterm-256color", "<BS>", "\177"}, {"vt220", "<BS>", "\b"},
                {"vt220", "<BackTab>x", "x"},           {"ansi", "<lt>", "<"},           {"ansi", "<CSI-A>", "\033[A"}, {"ansi", "<SS3-B>", "\033OB"},       {"ansi", "<C-l>", "\f"},
                {"ansi", "\xc3\xa4", "\xc3\xa4"},       {"ansi", "<Enter>", "\r"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct keys *k = keys_of(rows[i].term);
        const char *rest = rows[i].keys;
        char bytes[17] = {0};
        assert_non_null(k);
        bytes[keys_next(k, &rest, bytes)] = 0;
        assert_string_equal(bytes, rows[i].bytes);
        assert_int_equal(keys_next(k, &rest, bytes), 0);
        keys_free(k);
    }
    assert_null(keys_of("no-such-terminal"));
}

/* ---- processes ---- */
static void a_program_talks_to_its_terminal(void **state) {
    (void)state;
    const char *argv[] = {"/bin/sh", "-c", "stty size; read x; echo \"got $x\"; exit 7", NULL};
    struct program *p = program_start(NULL, argv);
    program_until(p, "24 80");
    program_type(p, "word\n", 5);
    program_until(p, "got word");
    assert_int_equal(program_code(p), 7);
    program_end(p);
}
static void control_z_stops_it_and_it_can_go_on(void **state) {
    (void)state;
    const char *argv[] = {"/bin/cat", NULL};
    struct program *p = program_start(NULL, argv);
    program_type(p, "one\n", 4);
    program_until(p, "one");
    program_type(p, "\032", 1);
    program_until_stopped(p);
    program_continue(p);
    program_type(p, "two\n\004", 5);
    assert_int_equal(program_code(p), 0);
    assert_shows(program_screen(p), "two");
    program_end(p);
}
static void a_closed_window_is_a_signal_and_the_end_of_input(void **state) {
    (void)state;
    const char *argv[] = {"/bin/sh", "-c", "echo ready; cat; exit 3", NULL};
    const char *waits[] = {"/bin/sh", "-c", "echo ready; cat; exec sleep 600", NULL}; /* the end of input may come before the signal */
    struct program_options deaf = {.deaf = true};
    struct program *p = program_start(NULL, waits);
    program_until(p, "ready");
    program_hang_up(p);
    assert_int_equal(program_code(p), 128 + 1);
    program_end(p);
    p = program_start(&deaf, argv);
    program_until(p, "ready");
    program_hang_up(p);
    assert_int_equal(program_code(p), 3);
    program_end(p);
}
static void another_size_is_told(void **state) {
    (void)state;
    const char *argv[] = {"/bin/bash", "-c", "trap 'stty size' WINCH; echo ready; while :; do read -t 1; done", NULL};
    struct program *p = program_start(NULL, argv);
    program_until(p, "ready");
    program_resize(p, 30, 100);
    program_until(p, "30 100");
    program_end(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stands_where_the_cursor_was),
        cmocka_unit_test(looks_and_the_cursor_are_marked),
        cmocka_unit_test(a_cursor_behind_the_text_is_marked_where_it_is),
        cmocka_unit_test(wide_letters_take_two_columns),
        cmocka_unit_test(a_character_is_repeated),
        cmocka_unit_test(some_terminals_wrap_with_the_last_column),
        cmocka_unit_test(lines_are_drawn_in_the_terminals_own_letters),
        cmocka_unit_test(keys_are_what_the_terminal_sends),
        cmocka_unit_test(a_program_talks_to_its_terminal),
        cmocka_unit_test(control_z_stops_it_and_it_can_go_on),
        cmocka_unit_test(a_closed_window_is_a_signal_and_the_end_of_input),
        cmocka_unit_test(another_size_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
