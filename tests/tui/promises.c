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
    struct wizard_prompt prompt;
    char *before = look_at(s);
    vmm_wizard_prompt(s->k->w, &prompt);
    term_keys(s->t, prompt.secret ? "x" : "?"); /* a question mark is a letter of a password, and the rules stand above it */
    char *help = look_at(s);
    must(s, strcmp(before, help) != 0, "? shows no help");
    free(help);
    term_keys(s->t, prompt.secret ? "<BS>" : "<Enter>");
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

void without_colours_it_says_the_same(const struct shown *s) {
    struct term_options o = s->o;
    term_close(s->t);
    gallery_end(s->k);
    struct shown coloured = show(s->state, o);
    char *with = screen_text(term_screen(coloured.t));
    hide(&coloured);
    o.colour = COLOUR_NEVER;
    struct shown mono = show(s->state, o);
    const struct screen *screen = term_screen(mono.t);
    char *mono_text = screen_text(screen);
    must(&mono, strcmp(with, mono_text) == 0, "the words depend on colours");
    for (int r = 0; r < screen_rows(screen); r++)
        for (int c = 0; c < screen_cols(screen); c++) must(&mono, screen_look(screen, r, c).colour < 0 && screen_look(screen, r, c).background < 0, "there are colours");
    free(with);
    free(mono_text);
    hide(&mono);
}

/* ---- keys ---- */
struct entry {
    char key[24], label[120];
};

/* The text as a terminal of this kind gets it. */
static char *as_sent(const struct shown *s, const char *text) {
    size_t len = strlen(text), used;
    char *out = vmm_strdup(text);
    if (s->o.ascii_locale) {
        memset(out, 0, len);
        vmm_ascii_fold(out, text, len, &used);
    }
    return out;
}

static bool is_bold(const struct screen *screen, int row, const char *text, const char *at) {
    int col = (int)vmm_columns(text, (size_t)(at - text));
    return screen_look(screen, row, col).bold || (*at == ' ' && screen_look(screen, row, col + 1).bold);
}

/* The entries of the last two rows, which stand three columns apart: a key in bold, then what it does. */
static size_t footer(const struct screen *screen, struct entry *entries, size_t max) {
    size_t n = 0;
    for (int r = screen_rows(screen) - 2; r < screen_rows(screen); r++) {
        char *row = screen_row(screen, r);
        for (char *at = row + strspn(row, " "); *at && n < max; at += strspn(at, " ")) {
            char *end = strstr(at, "   ");
            int len = end ? (int)(end - at) : (int)strlen(at), key = 0;
            while (key < len && is_bold(screen, r, row, at + key))
                while ((at[++key] & 0xc0) == 0x80) {}
            snprintf(entries[n].key, sizeof entries[n].key, "%.*s", key, at);
            snprintf(entries[n].label, sizeof entries[n].label, "%.*s", len > key ? len - key - 1 : 0, at + key + 1);
            at += len;
            n++;
        }
        free(row);
    }
    return n;
}

static const char *key_of(const struct shown *s, const char *name) {
    static const char *const keys[][2] = {{"Enter", "<Enter>"}, {"Space", "<Space>"}, {"Tab", "<Tab>"}, {"Esc", "<Esc>"}, {"Up, Down", "<Down>"}, {"<", "<lt>"}};
    for (size_t i = 0; i < VMM_COUNT(keys); i++) {
        char *said = as_sent(s, gettext(keys[i][0]));
        bool same = strcmp(name, said) == 0;
        free(said);
        if (same) return keys[i][1];
    }
    return name;
}

bool a_key_of_the_last_rows_does_something(size_t state, struct term_options o, size_t which) {
    struct entry entries[32];
    struct shown s = show(state, o);
    size_t n = footer(term_screen(s.t), entries, VMM_COUNT(entries));
    must(&s, n > 0, "no keys are named");
    if (which < n) {
        char *before = look_at(&s);
        size_t asked = json_array_size(s.k->s.asked);
        term_keys(s.t, key_of(&s, entries[which].key));
        term_rest(s.t);
        char *after = look_at(&s), *what = vmm_printf("\"%s %s\" does nothing", entries[which].key, entries[which].label);
        must(&s, strcmp(before, after) != 0 || vmm_wizard_over(s.k->w, NULL) || json_array_size(s.k->s.asked) > asked || s.k->s.cancels > 0, what);
        free(before);
        free(after);
        free(what);
    }
    hide(&s);
    return which < n;
}

char *letters_of_the_last_rows(size_t state, struct term_options o) {
    struct entry entries[32];
    struct shown s = show(state, o);
    size_t n = footer(term_screen(s.t), entries, VMM_COUNT(entries));
    struct vmm_buf b = {0};
    for (size_t i = 0; i < n; i++)
        if (strlen(entries[i].key) == 1) vmm_buf_str(&b, entries[i].key);
    hide(&s);
    return vmm_buf_steal(&b);
}

/* All pages of the text that lies over the step. */
static char *read_all(const struct shown *s) {
    struct vmm_buf b = {0};
    for (char *last = NULL;;) {
        char *page = screen_text(term_screen(s->t));
        bool end = last && strcmp(page, last) == 0;
        if (!end) vmm_buf_str(&b, page);
        free(last);
        last = page;
        if (end) {
            free(last);
            return vmm_buf_steal(&b);
        }
        term_keys(s->t, "<Space>");
    }
}

/* The first words of a line of the help: as many as stand in a line at any width. */
static char *help_line(const struct shown *s, const struct wizard_action *a) {
    const char *text = gettext(a->help);
    size_t n = 0;
    while (text[n] && vmm_columns(text, n) < 20) n++;
    while ((text[n] & 0xc0) == 0x80) n++;
    char *begin = vmm_strndup(text, n), *line = vmm_printf("%c: %s", a->key, begin), *sent = as_sent(s, line);
    free(begin);
    free(line);
    return sent;
}

void what_can_be_done_is_in_the_help(const struct shown *s) {
    struct entry entries[32];
    struct wizard_prompt prompt;
    size_t n = footer(term_screen(s->t), entries, VMM_COUNT(entries));
    vmm_wizard_prompt(s->k->w, &prompt);
    term_keys(s->t, "?");
    char *help = read_all(s);
    for (const struct wizard_action *a = vmm_wizard_actions(s->k->w); a->key; a++) {
        char letter[2] = {a->key, 0}, *line = help_line(s, a), *label = as_sent(s, gettext(a->label));
        bool enabled = vmm_wizard_action_enabled(s->k->w, a) && prompt.kind != PROMPT_LINE, below = false;
        for (size_t e = 0; e < n; e++) below = below || (strcmp(entries[e].key, letter) == 0 && strcmp(entries[e].label, label) == 0);
        bool helped = strstr(help, line) != NULL;
        if (enabled && !helped) print_message("the help does not have \"%s\":\n%s", line, help);
        must(s, !enabled || helped, "an action is not in the help");
        must(s, enabled || !below, "an action that is not possible is in the last rows");
        free(line);
        free(label);
    }
    free(help);
}

void ascii_gets_no_high_bytes(const struct shown *s) {
    if (s->o.ascii_locale) must(s, screen_high_bytes(term_screen(s->t)) == 0, "bytes above 127 went to a terminal that is not UTF-8");
}
