/* Every state of every step, on every terminal, in every size: what any screen promises, and what each looks like (tests/tui/screens, written by "make screens").
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/plain.h"
#include "harness/keys.h"
#include "tests/tui/promises.h"

static const char *const terminals[] = {"xterm-256color", "vt220", "linux", "screen-256color", "ansi"};
static const struct {
    int rows, cols;
} sizes[] = {{24, 80}, {20, 60}, {9, 40}};

static void on_every_terminal(size_t size) {
    for (size_t state = 0; state < gallery_count(); state++)
        for (size_t i = 0; i < 2 * VMM_COUNT(terminals); i++) {
            struct term_options o = {.term = terminals[i / 2], .ascii_locale = i % 2, .rows = sizes[size].rows, .cols = sizes[size].cols};
            struct shown s = show(state, o);
            the_last_column_has_no_words(&s);
            the_cursor_is_on_the_focus(&s);
            help_and_repaint_return_to_the_same_screen(&s);
            ascii_gets_no_high_bytes(&s);
            the_cursor_follows_the_pointer(&s);
            without_colours_it_says_the_same(&s);
        }
}
static void at_80_columns_every_screen_keeps_its_promises(void **state) {
    (void)state;
    on_every_terminal(0);
}
static void at_60_columns_every_screen_keeps_its_promises(void **state) {
    (void)state;
    on_every_terminal(1);
}
static void at_40_columns_every_screen_keeps_its_promises(void **state) {
    (void)state;
    on_every_terminal(2);
}

/* Everything at the pointer, at the terminals of other languages: what is cut is what no language may cut. */
static void longer_texts_still_fit(void **state) {
    (void)state;
    harness_world(NULL, true, "en@pseudo");
    assert_string_not_equal(_("Symptom"), "Symptom"); /* or it would test English once more */
    for (size_t size = 0; size < VMM_COUNT(sizes); size++)
        for (size_t k = 0; k < gallery_count(); k++)
            for (int ascii = 0; ascii < 2; ascii++) {
                struct shown s = show(k, (struct term_options){.language = "en@pseudo", .ascii_locale = ascii, .rows = sizes[size].rows, .cols = sizes[size].cols});
                the_last_column_has_no_words(&s);
                the_cursor_is_on_the_focus(&s);
                help_and_repaint_return_to_the_same_screen(&s);
                the_cursor_follows_the_pointer(&s);
                hide(&s);
            }
}

static void in_ascii_no_byte_is_above_127(void **state) {
    (void)state;
    for (size_t i = 0; i < gallery_count(); i++)
        for (size_t t = 0; t < VMM_COUNT(terminals); t++) {
            struct shown s = show(i, (struct term_options){.term = terminals[t], .glyphs = GLYPHS_ASCII});
            must(&s, screen_high_bytes(term_screen(s.t)) == 0, "bytes above 127");
            hide(&s);
        }
}

/* ---- how they look ---- */
static void compare(const struct shown *s, const char *name) {
    char *file = vmm_printf("tests/tui/screens/%s.txt", name);
    assert_screen(term_screen(s->t), file);
    free(file);
}
/* At most 60 screens, or nobody reads their differences: these look like others. */
static bool looks_like_another(const char *name) {
    static const char *const names[] = {"attach-listing", "pending-finishing", "preview-failed", "undo-running", "nsg-allows", "password-account", "password"};
    for (size_t i = 0; i < VMM_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}
static void every_state_looks_as_it_did(void **state) {
    (void)state;
    for (size_t i = 0; i < gallery_count(); i++) {
        if (looks_like_another(gallery_name(i))) continue;
        struct shown s = show(i, (struct term_options){0});
        compare(&s, gallery_name(i));
        hide(&s);
    }
}
static void what_lies_over_a_step_looks_as_it_did(void **state) {
    (void)state;
    static const struct {
        const char *name, *state, *keys;
    } rows[] = {{"over-help", "fixes", "?"}, {"over-about", "fixes", "i"}, {"over-change", "preview", "<Space>"}, {"over-search", "boot", "/safe"},
             {"over-password", "password", GALLERY_PASSWORD}, {"over-mismatch", "password", GALLERY_PASSWORD "<Enter>" GALLERY_PASSWORD "r<Enter>"}};
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        struct shown s = show(gallery_find(rows[i].state), (struct term_options){0});
        term_keys(s.t, rows[i].keys);
        term_rest(s.t);
        compare(&s, rows[i].name);
        hide(&s);
    }
}

/* One state of each step: what translators look at. */
static void in_french_and_dutch_each_step_looks_as_it_did(void **state) {
    (void)state;
    static const char *const languages[] = {"fr", "nl"}, *const steps[] = {"symptom", "snapshot", "attach", "drive-broken", "boot", "fixes", "preview", "apply", "finish"};
    for (size_t l = 0; l < VMM_COUNT(languages); l++)
        for (size_t i = 0; i < VMM_COUNT(steps); i++) {
            struct shown s = show(gallery_find(steps[i]), (struct term_options){.language = languages[l]});
            char *name = vmm_printf("%s/%s", languages[l], steps[i]);
            assert_string_not_equal(_("Symptom"), "Symptom");
            compare(&s, name);
            free(name);
            hide(&s);
        }
}

/* ---- keys ---- */
static void every_key_of_the_last_rows_does_something(void **state) {
    (void)state;
    for (size_t i = 0; i < gallery_count(); i++)
        for (size_t e = 0; e < 32 && a_key_of_the_last_rows_does_something(i, (struct term_options){0}, e); e++) {}
}

static void every_action_is_in_the_last_rows_or_in_the_help(void **state) {
    (void)state;
    for (size_t i = 0; i < gallery_count(); i++) {
        struct shown s = show(i, (struct term_options){0});
        what_can_be_done_is_in_the_help(&s);
        hide(&s);
    }
}

/* ---- plain text has the same ---- */
static char *plain_text(size_t state) {
    struct script script;
    struct wizard_link link = gallery_link(state, &script);
    char *text = NULL;
    size_t len = 0;
    FILE *in = tmpfile(), *out = open_memstream(&text, &len);
    assert_non_null(in);
    assert_non_null(out);
    fputs(gallery_typed(state), in);
    rewind(in);
    const struct wizard_options *o = gallery_options(state);
    struct plain_options plain = {.target = o->target, .in = in, .out = out, .width = 200, .link = &link, .seconds = o->seconds, .learning = o->learning};
    vmm_plain_walk(&plain);
    fclose(in);
    fclose(out);
    script_free(&script);
    return text;
}

static void compare_with_plain_text(size_t state) {
    struct walk *k = gallery_make(state);
    char *text = plain_text(state), *step = vmm_printf("%s (", vmm_wizard_title(k->w)), *prompt = NULL;
    struct wizard_prompt p;
    vmm_wizard_prompt(k->w, &p);
    for (char *at = text; (at = strstr(at, step)); at++) prompt = at;
    if (prompt == NULL) fail_msg("%s is not where plain text is:\n%s", gallery_name(state), text);
    for (char *c = prompt; *c; c++)
        if (*c == '\n') *c = ' ';
    for (const struct wizard_action *a = vmm_wizard_actions(k->w); a->key; a++) {
        char *entry = a->takes_item ? vmm_printf(" %c 1 %s, ", a->key, _(a->label)) : vmm_printf(" %c %s, ", a->key, _(a->label));
        bool expected = vmm_wizard_action_enabled(k->w, a) && p.kind != PROMPT_LINE;
        if ((strstr(prompt, entry) != NULL) != expected) fail_msg("%s: \"%s\" should %s in plain text:\n%s", gallery_name(state), entry, expected ? "be" : "not be", prompt);
        free(entry);
    }
    free(text);
    free(step);
    gallery_end(k);
}

static void plain_text_has_the_same_actions(void **state) {
    (void)state;
    static const char *const languages[] = {NULL, "fr", "nl"};
    for (size_t l = 0; l < VMM_COUNT(languages); l++)
        for (size_t i = 0; i < gallery_count(); i++) {
            harness_world(NULL, true, languages[l]);
            if (gallery_typed(i)) compare_with_plain_text(i);
        }
    harness_world(NULL, true, NULL);
}

/* ---- sizes ---- */
static void any_size_can_be_drawn(void **state) {
    (void)state;
    unsigned seed = 1;
    for (size_t i = 0; i < gallery_count(); i++) {
        struct shown s = show(i, (struct term_options){0});
        for (int n = 0; n < 60; n++) {
            int rows = 1 + rand_r(&seed) % (n % 3 ? 30 : 200), cols = 1 + rand_r(&seed) % (n % 3 ? 100 : 300), row, col;
            term_resize(s.t, rows, cols);
            if (n % 5 == 0) term_keys(s.t, n % 2 ? "?" : "<Down>");
            screen_cursor(term_screen(s.t), &row, &col);
            must(&s, row < rows && col < cols, "the cursor is outside");
        }
        hide(&s);
    }
}
static void every_small_size_can_be_drawn(void **state) {
    (void)state;
    static const char *const names[] = {"attach", "fixes", "preview", "apply", "apply-writing"};
    for (size_t i = 0; i < VMM_COUNT(names); i++) {
        struct shown s = show(gallery_find(names[i]), (struct term_options){0});
        for (int rows = 1; rows <= 25; rows++)
            for (int cols = 1; cols <= 81; cols += rows % 4 + 1) term_resize(s.t, rows, cols);
        hide(&s);
    }
}
static void too_small_a_screen_says_so_and_q_leaves(void **state) {
    (void)state;
    struct shown s = show(gallery_find("fixes"), (struct term_options){.rows = 8, .cols = 40});
    assert_shows(term_screen(s.t), "40 x 9");
    term_keys(s.t, "q");
    assert_true(vmm_wizard_over(s.k->w, NULL));
    hide(&s);
}
static void where_room_is_short_the_keys_of_the_step_stay_longest(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int rows, cols;
        const char *keys[6];
    } small[] = {{"fixes", 10, 40, {"Enter go on", "Space mark", "? help", NULL}},
                 {"preview", 10, 40, {"Enter goes on ", "? help", NULL}},
                 {"boot", 20, 60, {"Space fold", "/ search", "i about", "b back", "? help", NULL}}};
    for (size_t i = 0; i < VMM_COUNT(small); i++) {
        struct shown s = show(gallery_find(small[i].name), (struct term_options){.rows = small[i].rows, .cols = small[i].cols});
        for (size_t k = 0; small[i].keys[k]; k++) assert_shows(term_screen(s.t), small[i].keys[k]);
        hide(&s);
    }
}
static void a_hint_is_never_cut_where_the_screen_is_narrow(void **state) {
    (void)state;
    struct shown s = show(gallery_find("symptom"), (struct term_options){.rows = 20, .cols = 60});
    assert_shows(term_screen(s.t), "Everything is checked in any case. This answer is never");
    assert_shows(term_screen(s.t), " wrong.");
    hide(&s);
}
static void two_hundred_sizes_end_in_one_right_screen(void **state) {
    (void)state;
    unsigned seed = 7;
    for (size_t i = 0; i < gallery_count(); i++)
        for (int drawn = 0; drawn < 2; drawn++) {
            struct shown s = show(i, (struct term_options){0});
            char *fresh = look_at(&s);
            for (int n = 0; n < 200; n++) {
                int rows = 1 + rand_r(&seed) % 60, cols = 1 + rand_r(&seed) % 120;
                term_resize_only(s.t, rows, cols);
                if (drawn && n % 10 == 0) term_draw(s.t);
            }
            term_resize(s.t, 24, 80);
            unchanged(&s, fresh, "after many sizes it is another screen");
            hide(&s);
        }
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]); /* one of them, by its name */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_looks_as_it_did),
        cmocka_unit_test(what_lies_over_a_step_looks_as_it_did),
        cmocka_unit_test(in_french_and_dutch_each_step_looks_as_it_did),
        cmocka_unit_test(at_80_columns_every_screen_keeps_its_promises),
        cmocka_unit_test(at_60_columns_every_screen_keeps_its_promises),
        cmocka_unit_test(at_40_columns_every_screen_keeps_its_promises),
        cmocka_unit_test(longer_texts_still_fit),
        cmocka_unit_test(in_ascii_no_byte_is_above_127),
        cmocka_unit_test(every_key_of_the_last_rows_does_something),
        cmocka_unit_test(every_action_is_in_the_last_rows_or_in_the_help),
        cmocka_unit_test(plain_text_has_the_same_actions),
        cmocka_unit_test(any_size_can_be_drawn),
        cmocka_unit_test(every_small_size_can_be_drawn),
        cmocka_unit_test(too_small_a_screen_says_so_and_q_leaves),
        cmocka_unit_test(where_room_is_short_the_keys_of_the_step_stay_longest),
        cmocka_unit_test(a_hint_is_never_cut_where_the_screen_is_narrow),
        cmocka_unit_test(two_hundred_sizes_end_in_one_right_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
