/* What any screen promises.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "harness/keys.h"
#include "tests/tui/promises.h"

struct shown show(size_t state, struct term_options o) {
    harness_world(o.term, !o.ascii_locale, o.language); /* some texts are made with the state */
    struct shown s = {.k = gallery_make(state), .o = o, .state = state};
    s.t = gallery_open(s.k, &o);
    return s;
}
void hide(struct shown *s) {
    term_close(s->t);
    gallery_end(s->k);
}

void complain(const struct shown *s, const char *what) {
    struct screen *screen = term_screen(s->t);
    screen_print(screen, what);
    fail_msg("%s, %s, %s, %s, %dx%d: %s", gallery_name(s->state), s->o.term ? s->o.term : "xterm-256color", s->o.language ? s->o.language : "en", s->o.ascii_locale ? "C" : "UTF-8", screen_cols(screen), screen_rows(screen), what);
}
char *look_at(const struct shown *s) { return screen_marked(term_screen(s->t)); }

void unchanged(const struct shown *s, char *before, const char *what) {
    char *now = look_at(s);
    if (strcmp(before, now) != 0) {
        fprintf(stderr, "---- before\n%s", before);
        complain(s, what);
    }
    free(before);
    free(now);
}

static bool row_is(const struct screen *screen, int row, const char *sign) {
    char *text = screen_row(screen, row);
    bool is = strncmp(text, sign, strlen(sign)) == 0 && strncmp(text + strlen(sign), sign, strlen(sign)) == 0;
    free(text);
    return is;
}
static bool is_rule(const struct screen *screen, int row) { return row_is(screen, row, "─") || row_is(screen, row, "-"); }

/* The rows between the head and what stands below the body. */
static void body_of_screen(const struct screen *screen, int *first, int *last) {
    int rows = screen_rows(screen);
    *first = rows >= 20 ? 3 : 1;
    *last = rows - 2;
    for (int r = *first; rows >= 20 && r < rows; r++)
        if (is_rule(screen, r)) {
            *last = r - 1;
            break;
        }
}

/* ---- what every screen promises ---- */
void the_last_column_has_no_words(const struct shown *s) {
    static const char *const ends[] = {"─", "-", "↑", "↓", "^", "v", "…", "~", NULL};
    const struct screen *screen = term_screen(s->t);
    const char *last_step = vmm_wizard_step_name(STEP_FINISH);
    for (int r = 0; r < screen_rows(screen); r++) {
        char *text = screen_row(screen, r);
        size_t len = strlen(text), step = strlen(last_step);
        int cols = 0;
        for (const char *c = text; *c; c++) cols += (*c & 0xc0) != 0x80;
        bool fits = cols < screen_cols(screen) || (r == 1 && len > step && strcmp(text + len - step, last_step) == 0);
        for (size_t i = 0; ends[i] && !fits; i++) fits = len >= strlen(ends[i]) && strcmp(text + len - strlen(ends[i]), ends[i]) == 0;
        must(s, fits, text);
        free(text);
    }
}

void the_cursor_is_on_the_focus(const struct shown *s) {
    const struct screen *screen = term_screen(s->t);
    struct wizard_prompt prompt;
    int row, col, first, last;
    screen_cursor(screen, &row, &col);
    body_of_screen(screen, &first, &last);
    must(s, row >= first && row <= last && col < screen_cols(screen), "the cursor is not in the body");
    vmm_wizard_prompt(s->k->w, &prompt);
    bool busy = vmm_wizard_busy(s->k->w, NULL), points = busy || prompt.kind == PROMPT_LINE || vmm_wizard_count(s->k->w) > 0;
    char *text = screen_row(screen, row);
    if (points && vmm_wizard_stage(s->k->w, 0, &(struct wizard_stage){0})) must(s, text[0] == ' ' && text[1] == '>', "the cursor is not on the row that is pointed at");
    else if (points && !busy) must(s, text[0] == ' ' && text[1] == '>', "the cursor is not on the row that is pointed at");
    if (prompt.kind == PROMPT_LINE && !busy) must(s, screen_look(screen, row, col).underline, "the cursor is not where one types");
    free(text);
}

void help_and_repaint_return_to_the_same_screen(const struct shown *s) {
    char *before = look_at(s);
    term_keys(s->t, "?");
    char *help = look_at(s);
    must(s, strcmp(before, help) != 0, "? shows no help");
    free(help);
    term_keys(s->t, "<Enter>");
    term_rest(s->t);
    unchanged(s, vmm_strdup(before), "help closed is not the same screen");
    term_keys(s->t, "<C-l>");
    unchanged(s, before, "^L is not the same screen");
}

void the_cursor_follows_the_pointer(const struct shown *s) {
    struct wizard_prompt prompt;
    vmm_wizard_prompt(s->k->w, &prompt);
    size_t rows = vmm_wizard_busy(s->k->w, NULL) || prompt.kind == PROMPT_LINE ? 0 : vmm_wizard_count(s->k->w);
    for (size_t i = 0; i + 1 < rows && i < 12; i++) {
        term_keys(s->t, i % 3 ? "j" : "<Down>");
        term_rest(s->t);
        the_cursor_is_on_the_focus(s);
    }
    if (rows) term_keys(s->t, "<CSI-H>");
    term_rest(s->t);
    the_cursor_is_on_the_focus(s);
}

void ascii_gets_no_high_bytes(const struct shown *s) {
    if (s->o.ascii_locale) must(s, screen_high_bytes(term_screen(s->t)) == 0, "bytes above 127 went to a terminal that is not UTF-8");
}
