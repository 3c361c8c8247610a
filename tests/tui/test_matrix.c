/* Every state in every language on every terminal: what any screen promises holds, and costs no more than a line of 9600 baud can bear. Each state meets each language on each terminal
 * at two of the six pairs of letters and size, another two on the next terminal: over the five terminals all six come up.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "harness/keys.h"
#include "tests/tui/promises.h"

static const char *const terminals[] = {"xterm-256color", "vt220", "linux", "screen-256color", "ansi"};
static const struct {
    int rows, cols;
} sizes[] = {{24, 80}, {20, 60}, {9, 40}};

/* What a line of 9600 baud can bear, in signs: a letter with an accent or the sign of a rule is one, although UTF-8 takes two or three bytes for it. Such a line has a vt220; the
 * others are windows and consoles, and their looks take longer orders. */
enum { FIRST = 1700, STEP = 1300, LONGER_ORDERS = 100, MOVE = 150, TICK = 30 };

/* Texts that no language has are no measure. */
static bool measured(const struct shown *s) { return s->o.language == NULL || strcmp(s->o.language, "en@pseudo") != 0; }

/* BYTES were sent since the last measure. */
static void costs(const struct shown *s, size_t bytes, size_t most, const char *what) {
    char *sent = term_sent(s->t);
    for (const char *c = sent; *c; c++) bytes -= (*c & 0xc0) == 0x80;
    free(sent);
    if (!measured(s) || bytes <= most) return;
    char *said = vmm_printf("%s takes %zu of %zu", what, bytes, most);
    complain(s, said);
}

/* Down the list, as long as nothing scrolls: the title stays where it is. */
static void moves_cost_little(const struct shown *s) {
    struct wizard_prompt p;
    const char *title = vmm_wizard_title(s->k->w);
    size_t n = strcspn(title, " ");
    vmm_wizard_prompt(s->k->w, &p);
    for (size_t i = 0; p.kind != PROMPT_LINE && !vmm_wizard_busy(s->k->w, NULL) && i + 1 < vmm_wizard_count(s->k->w) && i < 4 && s->o.rows >= 20; i++) {
        size_t bytes = term_keys(s->t, "j") + term_rest(s->t);
        char *top = screen_row(term_screen(s->t), 3);
        bool scrolled = s->o.ascii_locale ? top[1] != title[0] && (title[0] & 0x80) == 0 : strncmp(top + 1, title, n) != 0;
        free(top);
        if (scrolled) break;
        costs(s, bytes, MOVE, "a move");
    }
}

static void what_it_costs(const struct shown *s) {
    struct wizard_prompt p;
    size_t more = strcmp(s->o.term, "vt220") == 0 ? 0 : LONGER_ORDERS;
    costs(s, term_first(s->t), FIRST + more, "a first screen");
    for (int i = 0; i < 3 && strcmp(gallery_name(s->state), "attach") != 0; i++) { /* whose list asks again each second */
        gallery_second(s->k);
        costs(s, term_rest(s->t), TICK, "a second");
    }
    moves_cost_little(s);
    vmm_wizard_prompt(s->k->w, &p);
    enum wizard_step before = vmm_wizard_step(s->k->w);
    free(term_sent(s->t));
    size_t bytes = term_keys(s->t, s->state % 2 || p.kind == PROMPT_LINE ? "<Enter>" : "b") + term_rest(s->t);
    if (!vmm_wizard_over(s->k->w, NULL) && vmm_wizard_step(s->k->w) != before) costs(s, bytes, STEP + more, "another step");
}

static void look_over(size_t state, struct term_options o, size_t turn) {
    struct shown s = show(state, o);
    the_last_column_has_no_words(&s);
    the_cursor_is_on_the_focus(&s);
    help_and_repaint_return_to_the_same_screen(&s);
    the_cursor_follows_the_pointer(&s);
    ascii_gets_no_high_bytes(&s);
    without_colours_it_says_the_same(&s);
    s = show(state, o);
    what_it_costs(&s);
    ascii_gets_no_high_bytes(&s);
    hide(&s);
    if (o.rows < 24) return; /* fewer keys have room, and what a key changes may be out of sight */
    if (turn % 2) {
        a_key_of_the_last_rows_does_something(state, o, turn / 2 % 8);
        return;
    }
    s = show(state, o);
    what_can_be_done_is_in_the_help(&s);
    hide(&s);
}

static void in_language(const char *language, const char *word) {
    bool pseudo = language && strcmp(language, "en@pseudo") == 0;
    harness_world(NULL, true, language);
    assert_string_equal(language && !pseudo ? _("Symptom") : "", word ? word : ""); /* or it would be English once more */
    if (pseudo) assert_string_not_equal(_("Symptom"), "Symptom");
    for (size_t t = 0; t < VMM_COUNT(terminals); t++)
        for (size_t state = 0; state < gallery_count(); state++)
            for (size_t i = 0; i < 2; i++) {
                size_t pair = (state + 2 * t + i) % (2 * VMM_COUNT(sizes));
                look_over(state, (struct term_options){.term = terminals[t], .language = language, .ascii_locale = pair % 2, .rows = sizes[pair / 2].rows, .cols = sizes[pair / 2].cols},
                          state + t + i);
            }
}

static void english_keeps_the_promises_everywhere(void **state) {
    (void)state;
    in_language(NULL, NULL);
}
static void french_keeps_the_promises_everywhere(void **state) {
    (void)state;
    in_language("fr", "Symptôme");
}
static void dutch_keeps_the_promises_everywhere(void **state) {
    (void)state;
    in_language("nl", "Symptoom");
}
static void texts_that_are_longer_keep_the_promises_everywhere(void **state) {
    (void)state;
    in_language("en@pseudo", NULL);
}

/* At 80 columns there is room for a step's own keys in every language. */
static void no_key_falls_out_of_the_last_rows(void **state) {
    (void)state;
    static const char *const languages[] = {"fr", "nl"};
    for (size_t i = 0; i < gallery_count(); i++) {
        char *english = letters_of_the_last_rows(i, (struct term_options){0});
        for (size_t l = 0; l < VMM_COUNT(languages); l++) {
            char *other = letters_of_the_last_rows(i, (struct term_options){.language = languages[l]});
            if (strcmp(english, other) != 0) fail_msg("%s: the keys are %s in English and %s in %s", gallery_name(i), english, other, languages[l]);
            free(other);
        }
        free(english);
    }
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english_keeps_the_promises_everywhere),
        cmocka_unit_test(french_keeps_the_promises_everywhere),
        cmocka_unit_test(dutch_keeps_the_promises_everywhere),
        cmocka_unit_test(texts_that_are_longer_keep_the_promises_everywhere),
        cmocka_unit_test(no_key_falls_out_of_the_last_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
