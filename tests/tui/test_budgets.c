/* What a line of 9600 baud can bear: how many bytes a screen, a step, a move and a tick of the clock take; and how soon Esc is answered although torn arrows stay arrows.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "tests/tui/spent.h"

static struct {
    size_t bytes;
    char where[80];
} worst[SPENT_JUDGED];

static void keep_worst(void *ctx, const struct spent *s) {
    (void)ctx;
    if (getenv("BUDGETS") && strcmp(s->what, "first paint") == 0) print_message("%zu %s\n", s->bytes, s->state);
    if (s->bytes <= worst[s->terminal].bytes) return;
    worst[s->terminal].bytes = s->bytes;
    snprintf(worst[s->terminal].where, sizeof worst->where, "%s, %s", s->state, s->what);
}
/* The dearest of all must not cost more. With BUDGETS=show in the environment it is printed. */
static void at_most(const size_t most[SPENT_JUDGED]) {
    bool good_enough = true;
    for (int i = 0; i < SPENT_JUDGED; i++) {
        bool over = worst[i].bytes > most[i];
        if (over || getenv("BUDGETS")) print_message("%s: %zu of %zu bytes: %s\n", spent_terminals[i], worst[i].bytes, most[i], worst[i].where);
        good_enough = good_enough && !over;
    }
    memset(worst, 0, sizeof worst);
    assert_true(good_enough);
}
static void in_budget(enum spent_kind kind) {
    spent_measure(kind, SPENT_JUDGED, keep_worst, NULL);
    for (int i = 0; i < SPENT_JUDGED; i++) assert_true(worst[i].bytes > 0); /* something was measured */
    at_most(spent_budgets[kind]);
}

static void a_first_screen_takes_1700_bytes_on_a_serial_line(void **state) {
    (void)state;
    in_budget(SPENT_FIRST);
}

static void another_step_takes_1300_bytes(void **state) {
    (void)state;
    in_budget(SPENT_STEP);
}

static void a_move_takes_75_bytes_and_150_with_its_hint(void **state) {
    (void)state;
    in_budget(SPENT_MOVE);
    in_budget(SPENT_REST);
}

static void a_tick_of_the_clock_takes_30_bytes(void **state) {
    (void)state;
    in_budget(SPENT_TICK);
}

static void a_second_in_which_nothing_happens_takes_no_byte(void **state) {
    (void)state;
    for (size_t i = 0; i < gallery_count(); i++) {
        struct walk *k = gallery_make(i);
        struct wizard_progress p;
        struct term *t = gallery_open(k, NULL);
        if (!vmm_wizard_busy(k->w, &p) && !vmm_wizard_background(k->w, &p)) {
            gallery_second(k);
            keep_worst(NULL, &(struct spent){.state = gallery_name(i), .what = "second", .bytes = term_rest(t)});
        }
        term_close(t);
        gallery_end(k);
    }
    at_most((const size_t[SPENT_JUDGED]){0});
}

/* ---- time ---- */
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void esc_is_answered_within_100_ms(void **state) {
    (void)state;
    struct walk *k = gallery_make(gallery_find("fixes"));
    struct term *t = gallery_open(k, NULL);
    double best = 1;
    for (int i = 0; i < 5; i++) { /* the best of five: another process may have had the processor */
        term_keys(t, "?");
        double began = seconds();
        term_keys(t, "<Esc>");
        if (seconds() - began < best) best = seconds() - began;
    }
    AT(k, STEP_FIXES);
    if (best > 0.1) fail_msg("Esc took %.0f ms", best * 1000);
    term_close(t);
    gallery_end(k);
}

/* The bytes of a key, one by one, with time between them. */
struct torn {
    int fd;
    const char *bytes;
    long gap_ms;
    double longest; /* gap, as it really was */
};
static void *send_torn(void *arg) {
    struct torn *torn = arg;
    double last = seconds();
    for (const char *b = torn->bytes; *b; b++) {
        if (b != torn->bytes) clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, torn->gap_ms * 1000000}, NULL);
        if (write(torn->fd, b, 1) != 1) return NULL;
        if (b != torn->bytes && seconds() - last > torn->longest) torn->longest = seconds() - last;
        last = seconds();
    }
    return NULL;
}

/* False when the machine was too busy to keep to the gaps. */
static bool torn_arrow_goes_down(int term, const char *bytes, long gap_ms) {
    struct walk *k = gallery_make(gallery_find("fixes"));
    struct term *t = gallery_open(k, &(struct term_options){.term = spent_terminals[term]});
    struct torn torn = {.fd = term_master(t), .bytes = bytes, .gap_ms = gap_ms};
    enum tui_got got;
    pthread_t sender;
    int before, after;
    screen_cursor(term_screen(t), &before, NULL);
    assert_int_equal(pthread_create(&sender, NULL, send_torn, &torn), 0);
    while ((got = tui_read(term_tui(t))) == TUI_NOTHING) {}
    pthread_join(sender, NULL);
    tui_read(term_tui(t)); /* what a torn key would leave behind */
    term_rest(t);
    screen_cursor(term_screen(t), &after, NULL);
    bool down = got == TUI_KEYS && vmm_wizard_step(k->w) == STEP_FIXES && after > before, busy = torn.longest > (double)gap_ms / 1000 + 0.005;
    if (!down && !busy) {
        screen_print(term_screen(t), "after the arrow");
        fail_msg("%s: an arrow with %ld ms between its bytes did not go down", spent_terminals[term], gap_ms);
    }
    term_close(t);
    gallery_end(k);
    return down;
}

static void arrows_torn_by_80_ms_are_arrows(void **state) {
    (void)state;
    static const char *const arrows[] = {"\033[B", "\033OB"};
    for (int i = 0; i < SPENT_JUDGED; i++)
        for (size_t a = 0; a < VMM_COUNT(arrows); a++)
            for (long gap = 0; gap <= 80; gap += 40) {
                int tries = 0;
                while (!torn_arrow_goes_down(i, arrows[a], gap) && ++tries < 20) {}
            }
}

/* With BUDGETS=table in the environment nothing is tested: the figures of all terminals are printed, as make bench shows them. */
int main(int argc, char **argv) {
    const char *budgets = getenv("BUDGETS");
    if (budgets && strcmp(budgets, "table") == 0) return spent_table();
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_screen_takes_1700_bytes_on_a_serial_line),
        cmocka_unit_test(another_step_takes_1300_bytes),
        cmocka_unit_test(a_move_takes_75_bytes_and_150_with_its_hint),
        cmocka_unit_test(a_tick_of_the_clock_takes_30_bytes),
        cmocka_unit_test(a_second_in_which_nothing_happens_takes_no_byte),
        cmocka_unit_test(esc_is_answered_within_100_ms),
        cmocka_unit_test(arrows_torn_by_80_ms_are_arrows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
