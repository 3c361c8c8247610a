/* Counting the bytes that the screen sends, see spent.h.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/tui/spent.h"

const char *const spent_terminals[SPENT_TERMINALS] = {"xterm-256color", "vt220", "linux", "screen-256color", "ansi"};
const char *const spent_kinds[SPENT_KINDS] = {"first paint", "step", "move", "move + hint", "tick"};

/* vt220 is what a line of 9600 baud has: 1700 bytes are 1.8 seconds there. A Unicode screen sends three bytes for each sign of its rules and marks:
 * that terminal is no serial line, and has 100 more for a first screen. */
const size_t spent_budgets[SPENT_KINDS][SPENT_JUDGED] = {
    [SPENT_FIRST] = {1800, 1700}, [SPENT_STEP] = {1300, 1300}, [SPENT_MOVE] = {75, 75}, [SPENT_REST] = {150, 150}, [SPENT_TICK] = {30, 30},
};

struct meter {
    struct walk *k;
    struct term *t;
    int terminal;
    const char *state;
    void (*tell)(void *ctx, const struct spent *s);
    void *ctx;
};

static void spent(const struct meter *m, size_t bytes, const char *what) {
    m->tell(m->ctx, &(struct spent){.terminal = m->terminal, .state = m->state, .what = what, .bytes = bytes});
}

static void first(const struct meter *m) { spent(m, term_first(m->t), "first paint"); }

static void forward(const struct meter *m) {
    enum wizard_step before = vmm_wizard_step(m->k->w);
    struct wizard_prompt p;
    vmm_wizard_prompt(m->k->w, &p);
    size_t bytes = term_keys(m->t, strstr(m->state, "apply") && p.kind == PROMPT_LINE ? "" : "<Enter>") + term_rest(m->t);
    if (vmm_wizard_step(m->k->w) != before) spent(m, bytes, "forward");
}
static void go_back(const struct meter *m) {
    enum wizard_step before = vmm_wizard_step(m->k->w);
    size_t bytes = term_keys(m->t, "b") + term_rest(m->t);
    if (vmm_wizard_step(m->k->w) != before) spent(m, bytes, "back");
}

/* Down the list, as long as nothing scrolls: the title stays where it is. */
static bool same_top(const struct term *t, const char *top) {
    char *row = screen_row(term_screen(t), 3);
    bool same = strcmp(row, top) == 0;
    free(row);
    return same;
}
static void moves(const struct meter *m, bool rests) {
    struct wizard_prompt p;
    char *top = screen_row(term_screen(m->t), 3);
    vmm_wizard_prompt(m->k->w, &p);
    for (size_t i = 0; p.kind != PROMPT_LINE && !vmm_wizard_busy(m->k->w, NULL) && i + 1 < vmm_wizard_count(m->k->w); i++) {
        size_t bytes = term_keys(m->t, "j"), rest = term_rest(m->t);
        if (!same_top(m->t, top)) break;
        spent(m, rests ? bytes + rest : bytes, rests ? "move and rest" : "move");
    }
    free(top);
}
static void move(const struct meter *m) { moves(m, false); }
static void move_and_rest(const struct meter *m) { moves(m, true); }

static void tick(const struct meter *m) {
    if (strcmp(m->state, "attach") == 0) return; /* its list asks again each second; only a change is drawn */
    for (int i = 0; i < 70; i++) { /* a minute ends in between */
        gallery_second(m->k);
        spent(m, term_rest(m->t), "tick");
    }
}

static void each(void (*measure)(const struct meter *m), int terminals, void (*tell)(void *ctx, const struct spent *s), void *ctx) {
    for (size_t i = 0; i < gallery_count(); i++)
        for (int n = 0; n < terminals; n++) {
            struct meter m = {.k = gallery_make(i), .terminal = n, .state = gallery_name(i), .tell = tell, .ctx = ctx};
            m.t = gallery_open(m.k, &(struct term_options){.term = spent_terminals[n]});
            measure(&m);
            term_close(m.t);
            gallery_end(m.k);
        }
}

void spent_measure(enum spent_kind kind, int terminals, void (*tell)(void *ctx, const struct spent *s), void *ctx) {
    static void (*const measures[SPENT_KINDS][2])(const struct meter *m) = {
        [SPENT_FIRST] = {first}, [SPENT_STEP] = {forward, go_back}, [SPENT_MOVE] = {move}, [SPENT_REST] = {move_and_rest}, [SPENT_TICK] = {tick},
    };
    for (size_t i = 0; i < 2 && measures[kind][i]; i++) each(measures[kind][i], terminals, tell, ctx);
}
