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

#include "tests/tui/gallery.h"

/* vt220 is what a line of 9600 baud has: 1700 bytes are 1.8 seconds there. A Unicode screen sends three bytes for each sign of its rules and marks. */
enum terminal { XTERM, VT220, TERMINALS };
static const char *const terminals[TERMINALS] = {[XTERM] = "xterm-256color", [VT220] = "vt220"};
struct budget {
    size_t most[TERMINALS];
};
static const struct budget first_paint = {{1700, 1700}}, change_of_step = {{1300, 1300}}, one_move = {{75, 75}}, move_with_hint = {{150, 150}},
                           clock_tick = {{30, 30}}, nothing = {{0, 0}};

static struct spent {
    size_t bytes;
    char where[80];
} worst[TERMINALS];

static void spent(size_t bytes, size_t state, const char *what, enum terminal term) {
    struct spent *s = &worst[term];
    if (bytes <= s->bytes) return;
    s->bytes = bytes;
    snprintf(s->where, sizeof s->where, "%s, %s", gallery_name(state), what);
}
/* The dearest of all must not cost more. With BUDGETS=show in the environment it is printed. */
static void at_most(const struct budget *b) {
    bool good_enough = true;
    for (int i = 0; i < TERMINALS; i++) {
        bool over = worst[i].bytes > b->most[i];
        if (over || getenv("BUDGETS")) print_message("%s: %zu of %zu bytes: %s\n", terminals[i], worst[i].bytes, b->most[i], worst[i].where);
        good_enough = good_enough && !over;
        worst[i] = (struct spent){0};
    }
    assert_true(good_enough);
}

static void each(void (*measure)(struct walk *k, struct term *t, size_t state, enum terminal term)) {
    for (size_t i = 0; i < gallery_count(); i++)
        for (size_t n = 0; n < VMM_COUNT(terminals); n++) {
            struct walk *k = gallery_make(i);
            struct term *t = gallery_open(k, &(struct term_options){.term = terminals[n]});
            measure(k, t, i, (enum terminal)n);
            term_close(t);
            gallery_end(k);
        }
}

static void first(struct walk *k, struct term *t, size_t state, enum terminal term) {
    (void)k;
    if (getenv("BUDGETS")) print_message("%zu %s\n", term_first(t), gallery_name(state));
    spent(term_first(t), state, "first paint", term);
}
static void a_first_screen_takes_1700_bytes(void **state) {
    (void)state;
    each(first);
    at_most(&first_paint);
}

static void step(struct walk *k, struct term *t, size_t state, enum terminal term) {
    enum wizard_step before = vmm_wizard_step(k->w);
    struct wizard_prompt p;
    vmm_wizard_prompt(k->w, &p);
    size_t bytes = term_keys(t, strstr(gallery_name(state), "apply") && p.kind == PROMPT_LINE ? "" : "<Enter>") + term_rest(t);
    if (vmm_wizard_step(k->w) != before) spent(bytes, state, "forward", term);
}
static void step_back(struct walk *k, struct term *t, size_t state, enum terminal term) {
    enum wizard_step before = vmm_wizard_step(k->w);
    size_t bytes = term_keys(t, "b") + term_rest(t);
    if (vmm_wizard_step(k->w) != before) spent(bytes, state, "back", term);
}
static void another_step_takes_1300_bytes(void **state) {
    (void)state;
    each(step);
    each(step_back);
    at_most(&change_of_step);
}

/* Down the list and up again, as long as nothing scrolls: the title stays where it is. */
static bool same_top(const struct term *t, const char *top) {
    char *row = screen_row(term_screen(t), 3);
    bool same = strcmp(row, top) == 0;
    free(row);
    return same;
}
static void moves(struct walk *k, struct term *t, size_t state, enum terminal term, bool rests) {
    struct wizard_prompt p;
    char *top = screen_row(term_screen(t), 3);
    vmm_wizard_prompt(k->w, &p);
    for (size_t i = 0; p.kind != PROMPT_LINE && !vmm_wizard_busy(k->w, NULL) && i + 1 < vmm_wizard_count(k->w); i++) {
        size_t bytes = term_keys(t, "j"), rest = term_rest(t);
        if (!same_top(t, top)) break;
        spent(rests ? bytes + rest : bytes, state, rests ? "move and rest" : "move", term);
    }
    free(top);
}
static void move(struct walk *k, struct term *t, size_t state, enum terminal term) { moves(k, t, state, term, false); }
static void move_and_rest(struct walk *k, struct term *t, size_t state, enum terminal term) { moves(k, t, state, term, true); }
static void a_move_takes_75_bytes_and_150_with_its_hint(void **state) {
    (void)state;
    each(move);
    at_most(&one_move);
    each(move_and_rest);
    at_most(&move_with_hint);
}

static void tick(struct walk *k, struct term *t, size_t state, enum terminal term) {
    if (strcmp(gallery_name(state), "attach") == 0) return; /* its list asks again each second; only a change is drawn */
    for (int i = 0; i < 70; i++) { /* a minute ends in between */
        gallery_second(k);
        spent(term_rest(t), state, "tick", term);
    }
}
static void a_tick_of_the_clock_takes_30_bytes(void **state) {
    (void)state;
    each(tick);
    at_most(&clock_tick);
}

static void asks_again(struct walk *k, struct term *t, size_t state, enum terminal term) {
    gallery_second(k);
    spent(term_rest(t), state, "second", term);
}
static void a_second_in_which_nothing_happens_takes_no_byte(void **state) {
    (void)state;
    for (size_t i = 0; i < gallery_count(); i++) {
        struct walk *k = gallery_make(i);
        struct wizard_progress p;
        struct term *t = gallery_open(k, NULL);
        if (!vmm_wizard_busy(k->w, &p) && !vmm_wizard_background(k->w, &p)) asks_again(k, t, i, XTERM);
        term_close(t);
        gallery_end(k);
    }
    at_most(&nothing);
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
static bool torn_arrow_goes_down(enum terminal term, const char *bytes, long gap_ms) {
    struct walk *k = gallery_make(gallery_find("fixes"));
    struct term *t = gallery_open(k, &(struct term_options){.term = terminals[term]});
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
        fail_msg("%s: an arrow with %ld ms between its bytes did not go down", terminals[term], gap_ms);
    }
    term_close(t);
    gallery_end(k);
    return down;
}

static void arrows_torn_by_80_ms_are_arrows(void **state) {
    (void)state;
    static const char *const arrows[] = {"\033[B", "\033OB"};
    for (int i = 0; i < TERMINALS; i++)
        for (size_t a = 0; a < VMM_COUNT(arrows); a++)
            for (long gap = 0; gap <= 80; gap += 40) {
                int tries = 0;
                while (!torn_arrow_goes_down((enum terminal)i, arrows[a], gap) && ++tries < 20) {}
            }
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_screen_takes_1700_bytes),
        cmocka_unit_test(another_step_takes_1300_bytes),
        cmocka_unit_test(a_move_takes_75_bytes_and_150_with_its_hint),
        cmocka_unit_test(a_tick_of_the_clock_takes_30_bytes),
        cmocka_unit_test(a_second_in_which_nothing_happens_takes_no_byte),
        cmocka_unit_test(esc_is_answered_within_100_ms),
        cmocka_unit_test(arrows_torn_by_80_ms_are_arrows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
