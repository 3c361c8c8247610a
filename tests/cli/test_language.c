/* Language and letters: a bare machine still speaks the language that was asked for, and a terminal gets no letter that it cannot show.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "harness/program.h"

#define LONGER "LANGUAGE=en@pseudo" /* every text has letters that are not ASCII */

static char *folded(const char *utf8) {
    char *out = vmm_alloc(strlen(utf8) + 1, 1);
    size_t used, n = vmm_ascii_fold(out, utf8, strlen(utf8), &used);
    assert_int_equal(used, strlen(utf8));
    out[n] = '\0';
    return out;
}

static void letters_with_accents_become_letters(void **state) {
    (void)state;
    static const struct {
        const char *text, *ascii;
    } known[] = {{"d\xc3\xa9marr\xc3\xa9 \xc3\xa0 l\xe2\x80\x99h\xc3\xb4te", "demarre a l'hote"}, {"\xc2\xab\xc2\xa0oui\xc2\xa0\xc2\xbb\xe2\x80\xa6", "\" oui \"."}, {"co\xc3\xb6rdinatie", "coordinatie"},
                 {"\xf0\x9f\x92\xbe \xe2\x9c\x93", "? ?"}};
    for (size_t i = 0; i < VMM_COUNT(known); i++) {
        char *ascii = folded(known[i].text);
        assert_string_equal(ascii, known[i].ascii);
        free(ascii);
    }
}

static void a_letter_that_comes_in_two_pieces_is_one_letter(void **state) {
    (void)state;
    char out[8];
    size_t used;
    assert_int_equal(vmm_ascii_fold(out, "a\xc3", 2, &used), 1);
    assert_int_equal(used, 1); /* the half letter waits */
    assert_int_equal(vmm_ascii_fold(out, "\xc3\xa9", 2, &used), 1);
    assert_int_equal(out[0], 'e');
    assert_int_equal(vmm_ascii_fold(out, "\xff\x80z", 3, &used), 3); /* bytes that are no letter hold nothing up */
    assert_memory_equal(out, "??z", 3);
}

/* What `vmmedic fixes SM01` puts on a terminal. */
static char *seen(bool ascii, const char *const *environment, const char *option, const char *value) {
    const char *const argv[] = {VMMEDIC, "fixes", "SM01", option, value, NULL};
    struct program *p = program_start(&(struct program_options){.rows = 60, .cols = 100, .ascii_locale = ascii, .environment = environment}, argv);
    assert_int_equal(program_code(p), 0);
    char *text = screen_text(program_screen(p));
    if (ascii) assert_int_equal(screen_high_bytes(program_screen(p)), 0);
    program_end(p);
    return text;
}

static void a_machine_without_the_locale_still_has_the_language(void **state) {
    (void)state;
    static const char *const missing[] = {"LC_ALL=xx_XX.UTF-8", LONGER, NULL};
    char *text = seen(false, missing, NULL, NULL);
    assert_non_null(strstr(text, "\xc3\xa9"));
    free(text);
}

static void a_terminal_without_utf8_gets_the_nearest_ascii(void **state) {
    (void)state;
    static const char *const missing[] = {"LC_ALL=xx_XX.ISO-8859-1", LONGER, NULL};
    char *text = seen(true, missing, NULL, NULL);
    assert_non_null(strstr(text, "eeee"));
    free(text);
}

static void a_plain_locale_means_english_unless_asked(void **state) {
    (void)state;
    static const char *const plain[] = {LONGER, NULL};
    char *text = seen(true, plain, NULL, NULL);
    assert_null(strstr(text, "eee"));
    free(text);
}

static void a_language_that_is_not_there_is_refused(void **state) {
    (void)state;
    struct ran r = harness_run(NULL, VMMEDIC, "--lang", "tlh", "fixes", NULL);
    assert_int_equal(r.code, 2);
    assert_non_null(strstr(r.err, "tlh"));
    harness_ran_clear(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_with_accents_become_letters),
        cmocka_unit_test(a_letter_that_comes_in_two_pieces_is_one_letter),
        cmocka_unit_test(a_machine_without_the_locale_still_has_the_language),
        cmocka_unit_test(a_terminal_without_utf8_gets_the_nearest_ascii),
        cmocka_unit_test(a_plain_locale_means_english_unless_asked),
        cmocka_unit_test(a_language_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
