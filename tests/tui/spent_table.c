/* The bytes that the screen sends as a table: worst and median of each kind of frame on each terminal.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/tui/spent.h"

struct column {
    struct frames {
        size_t *bytes, count;
    } of[SPENT_TERMINALS];
    bool no_memory;
};

/* A second in which nothing is drawn is no frame. */
static void keep(void *ctx, const struct spent *s) {
    struct column *c = ctx;
    struct frames *f = &c->of[s->terminal];
    if (s->bytes == 0) return;
    if ((f->count & (f->count - 1)) == 0) { /* full at each power of two */
        size_t *more = reallocarray(f->bytes, f->count ? 2 * f->count : 1, sizeof *more);
        c->no_memory = c->no_memory || more == NULL;
        if (more == NULL) return;
        f->bytes = more;
    }
    f->bytes[f->count++] = s->bytes;
}

static int by_size(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static void print_figures(struct frames *f) {
    if (f->count) qsort(f->bytes, f->count, sizeof *f->bytes, by_size);
    if (f->count) printf("%7zu %6zu", f->bytes[f->count - 1], f->bytes[f->count / 2]);
    else printf("%7s %6s", "-", "-");
}

static const char *const budget_of[SPENT_JUDGED] = {[SPENT_XTERM] = "xterm may take", [SPENT_VT220] = "vt220 may take"};

static void print_columns(struct column columns[SPENT_KINDS]) {
    printf("%-17s", "terminal");
    for (int k = 0; k < SPENT_KINDS; k++) printf("%14s", spent_kinds[k]);
    printf("\n%-17s", "");
    for (int k = 0; k < SPENT_KINDS; k++) printf("%7s %6s", "worst", "median");
    printf("\n");
    for (int t = 0; t < SPENT_TERMINALS; t++) {
        printf("%-17s", spent_terminals[t]);
        for (int k = 0; k < SPENT_KINDS; k++) print_figures(&columns[k].of[t]);
        printf("\n");
    }
    for (int t = 0; t < SPENT_JUDGED; t++) {
        printf("%-17s", budget_of[t]);
        for (int k = 0; k < SPENT_KINDS; k++) printf("%7zu %6s", spent_budgets[k][t], "");
        printf("\n");
    }
}

int spent_table(void) {
    struct column columns[SPENT_KINDS] = {0};
    bool no_memory = false;
    for (int k = 0; k < SPENT_KINDS; k++) {
        spent_measure((enum spent_kind)k, SPENT_TERMINALS, keep, &columns[k]);
        no_memory = no_memory || columns[k].no_memory;
    }
    if (!no_memory) print_columns(columns);
    for (int k = 0; k < SPENT_KINDS; k++)
        for (int t = 0; t < SPENT_TERMINALS; t++) free(columns[k].of[t].bytes);
    return no_memory ? 1 : 0;
}
