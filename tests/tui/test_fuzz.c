/* Any key in any state: nothing crashes, nothing hangs, and nothing is ever written without the disk's name typed in full.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "harness/folder.h"
#include "tests/tui/gallery.h"

#define KEYS_OF_A_STATE 1000 /* the environment's FUZZ_KEYS=10000 takes three minutes */
#define NAME "disk.img"

/* What fingers, lines and pastes send. The disk's own name is not among them; names that look like it are. */
static const char *const pieces[] = {
    "\r", "\r", "\r", "\n", " ", " ", "\t", "j", "k", "j", "\033[A", "\033[B", "\033[C", "\033[D", "\033OA", "\033OB", "\033[5~", "\033[6~", "\033[H", "\033[F", "\033[1~", "\033[3~", "\033[Z",
    "\033OP", "\033[[A", "b", "<", "\177", "\b", "?", "i", "w", "/", "q", "s", "r", "n", "a", "p", "u", "l", "d", "o", "v", "e", "x", "y", "g", "h", "P", "A", "B", "C", "D", "O", "[", "1", "2", "3", "9",
    "0", "\f", "\025", "\001", "\005", "-", ".", ":", "=", "disk", "disk.im", "disk.imgx", "DISK.IMG", "disk .img", "yes", "/srv/disk.imx", "name=value", "\xc3\xa4", "\xe6\xbc\xa2", "\xff", "\xc3",
    "\033x", "\033[", "\033O", "\033[200~", "\033[1;5B", "\033[<0;1;1M", "\033]0;x\007",
};
/* These leave at once, and then there is nothing more to find. */
static bool leaves(const char *piece) { return strcmp(piece, "q") == 0; }

static struct walk *fresh(size_t state, struct term **t, unsigned *seed) {
    static const char *const terminals[] = {"xterm-256color", "vt220", "linux", "screen-256color", "ansi"};
    struct walk *k = gallery_make(state);
    *t = gallery_open(k, &(struct term_options){.term = terminals[rand_r(seed) % 5], .ascii_locale = rand_r(seed) % 4 == 0});
    return k;
}

static void fuzz_state(size_t state, unsigned seed, size_t keys) {
    struct term *t;
    struct walk *k = fresh(state, &t, &seed);
    size_t applies = script_count(&k->s, "apply"), sent = 0;
    char bytes[1024];
    while (sent < keys) {
        size_t n = 0, burst = 1 + (size_t)rand_r(&seed) % 12;
        for (size_t i = 0; i < burst; i++) {
            const char *piece = pieces[(size_t)rand_r(&seed) % VMM_COUNT(pieces)];
            if (leaves(piece) && rand_r(&seed) % 20) continue;
            memcpy(bytes + n, piece, strlen(piece));
            n += strlen(piece);
        }
        if (n && bytes[n - 1] == 033) bytes[n++] = 'j'; /* a bare Esc takes its 100 ms */
        sent += burst;
        term_paste(t, bytes, n);
        if (rand_r(&seed) % 10 == 0) term_resize(t, 1 + rand_r(&seed) % 40, 1 + rand_r(&seed) % 120);
        if (rand_r(&seed) % 10 == 0) gallery_second(k);
        if (rand_r(&seed) % 4 == 0) term_rest(t);
        if (script_count(&k->s, "apply") != applies) fail_msg("%s: written without the disk's name; seed %u", gallery_name(state), seed);
        if (!vmm_wizard_over(k->w, NULL)) continue;
        term_close(t);
        gallery_end(k);
        k = fresh(state, &t, &seed);
    }
    term_close(t);
    gallery_end(k);
}

static void a_thousand_keys_in_every_state_do_no_harm(void **state) {
    (void)state;
    const char *wish = getenv("FUZZ_KEYS");
    size_t keys = wish ? strtoul(wish, NULL, 10) : KEYS_OF_A_STATE;
    for (size_t i = 0; i < gallery_count(); i++) fuzz_state(i, (unsigned)i + 1, keys);
}

static void only_the_whole_name_writes(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "disk", "disk.im", "disk.imgx", "DISK.IMG", "yes", "y", "disk.img/", "/srv/disk.img", "\xc3\xa4"};
    for (size_t i = 0; i < VMM_COUNT(wrong); i++) {
        struct walk *k = gallery_make(gallery_find("apply"));
        struct term *t = gallery_open(k, NULL);
        term_paste(t, wrong[i], strlen(wrong[i]));
        term_keys(t, "<Enter>");
        assert_int_equal(script_count(&k->s, "apply"), 0);
        term_close(t);
        gallery_end(k);
    }
    struct walk *k = gallery_make(gallery_find("apply"));
    struct term *t = gallery_open(k, NULL);
    term_keys(t, "disk.imx<BS>g<Enter>");
    assert_int_equal(script_count(&k->s, "apply"), 1);
    AT(k, STEP_FINISH);
    assert_shows(term_screen(t), "Done.");
    term_close(t);
    gallery_end(k);
}

static void enter_held_down_writes_nothing(void **state) {
    (void)state;
    struct walk *k = gallery_make(gallery_find("symptom"));
    struct term *t = gallery_open(k, NULL);
    char enters[500];
    memset(enters, '\r', sizeof enters);
    term_paste(t, enters, sizeof enters);
    assert_int_equal(script_count(&k->s, "apply"), 0);
    term_close(t);
    gallery_end(k);
}

static void a_dead_line_is_noticed_at_once(void **state) {
    (void)state;
    for (size_t i = 0; i < gallery_count(); i++) {
        struct walk *k = gallery_make(i);
        struct term *t = gallery_open(k, NULL);
        assert_int_equal(term_hang_up(t), TUI_LOST);
        term_close(t);
        gallery_end(k);
    }
}

static void half_a_letter_is_no_dead_line(void **state) {
    (void)state;
    struct walk *k = gallery_make(gallery_find("apply"));
    struct term *t = gallery_open(k, NULL);
    for (int i = 0; i < 20; i++) {
        term_paste(t, "\xc3", 1);
        assert_int_not_equal(term_got(t), TUI_LOST);
        term_paste(t, "\xa4", 1);
        assert_int_equal(term_got(t), TUI_KEYS);
    }
    assert_shows(term_screen(t), "> \xc3\xa4\xc3\xa4\xc3\xa4");
    term_close(t);
    gallery_end(k);
}

static int setup(void **state) {
    gallery_end(gallery_make(0)); /* reads the scenarios, which stand where the tests are run */
    return harness_go_aside(state);
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_keys_in_every_state_do_no_harm),
        cmocka_unit_test(only_the_whole_name_writes),
        cmocka_unit_test(enter_held_down_writes_nothing),
        cmocka_unit_test(a_dead_line_is_noticed_at_once),
        cmocka_unit_test(half_a_letter_is_no_dead_line),
    };
    return cmocka_run_group_tests(tests, setup, harness_come_back);
}
