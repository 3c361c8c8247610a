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
#include "harness/folder.h"
#include "harness/program.h"
#include "harness/run.h"

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

/* ---- French and Dutch ---- */
static const struct {
    const char *name, *locale, *title, *ascii, *needed, *undone, *disk, *snapshot;
} spoken[] = {
    {"fr", "LC_ALL=fr_FR.UTF-8", "Quitter le mode sans \xc3\xa9" "chec", "Quitter le mode sans echec", "n\xc3\xa9" "cessaire", "annul\xc3\xa9" "e", "Disque     ", "Instantan\xc3\xa9 "},
    {"nl", "LC_ALL=nl_NL.UTF-8", "De veilige modus verlaten", "De veilige modus verlaten", "nodig", "teruggedraaid", "Schijf       ", "Momentopname "},
};

static void french_and_dutch_come_with_the_program(void **state) {
    (void)state;
    for (size_t i = 0; i < VMM_COUNT(spoken); i++) {
        char *asked = seen(false, NULL, "--lang", spoken[i].name), *ascii = seen(true, NULL, "--lang", spoken[i].name);
        const char *const environment[] = {spoken[i].locale, NULL};
        char *found = seen(false, environment, NULL, NULL);
        assert_non_null(strstr(asked, spoken[i].title));
        assert_non_null(strstr(found, spoken[i].title));
        assert_non_null(strstr(ascii, spoken[i].ascii));
        free(asked);
        free(found);
        free(ascii);
    }
}

static struct ran run_in(const char *language, const char *command, const char *what, bool json) {
    struct ran r = strcmp(command, "apply") == 0 ? harness_run(NULL, VMMEDIC, "--lang", language, command, what, "--fix", "SM01", "--yes", "--no-snapshot", "test", NULL)
                   : json                        ? harness_run(NULL, VMMEDIC, "--lang", language, command, what, "--json", NULL)
                                                 : harness_run(NULL, VMMEDIC, "--lang", language, command, what, "--yes", NULL);
    assert_null(strstr(r.err, "Sanitizer"));
    return r;
}

/* Its lines begin with the labels, and what they say begins in one column. */
static void check_report(const char *room, size_t language) {
    char *sessions = vmm_printf("%s/state/sessions", room), *find = vmm_printf("cat %s/*/report.txt", sessions);
    struct ran r = harness_run(NULL, "sh", "-c", find, NULL);
    char *disk = vmm_printf("\n%s/", spoken[language].disk), *snapshot = vmm_printf("\n%s", spoken[language].snapshot);
    if (strstr(r.out, disk) == NULL || strstr(r.out, snapshot) == NULL) fail_msg("not in the report: %s and %s\n%s", disk, snapshot, r.out);
    assert_int_equal(vmm_columns_of(spoken[language].disk), vmm_columns_of(spoken[language].snapshot) > 11 ? vmm_columns_of(spoken[language].snapshot) : 11);
    harness_ran_clear(&r);
    free(disk);
    free(snapshot);
    free(find);
    free(sessions);
}

static void people_read_their_language_and_programs_read_english(void **state) {
    (void)state;
    for (size_t i = 0; i < VMM_COUNT(spoken); i++) {
        char *disk, *room = harness_stand("safe-mode-minimal", &disk);
        struct ran text = run_in(spoken[i].name, "scan", disk, false), json = run_in(spoken[i].name, "scan", disk, true);
        if (strstr(text.out, spoken[i].needed) == NULL) fail_msg("not said: %s\n%s%s", spoken[i].needed, text.out, text.err);
        assert_non_null(strstr(json.out, "\"verdict\": \"needed\""));
        assert_non_null(strstr(json.out, "\"risk\": \"low\""));
        harness_ran_clear(&text);
        harness_ran_clear(&json);
        struct ran applied = run_in(spoken[i].name, "apply", disk, false);
        assert_int_equal(applied.code, 0);
        check_report(room, i);
        struct ran undone = harness_run(NULL, VMMEDIC, "--lang", spoken[i].name, "undo", "--yes", NULL), list = harness_run(NULL, VMMEDIC, "--lang", spoken[i].name, "sessions", NULL);
        assert_int_equal(undone.code, 0);
        if (strstr(list.out, spoken[i].undone) == NULL) fail_msg("not said: %s\n%s", spoken[i].undone, list.out);
        harness_ran_clear(&applied);
        harness_ran_clear(&undone);
        harness_ran_clear(&list);
        list = harness_run(NULL, VMMEDIC, "--lang", spoken[i].name, "sessions", "--json", NULL);
        assert_non_null(strstr(list.out, "\"undone\""));
        harness_ran_clear(&list);
        vmm_remove_tree(room, NULL);
        free(room);
        free(disk);
    }
}

/* What cmd.exe is to run has no letter that depends on a code page; the commands are the same in every language. */
static void a_batch_file_is_ascii_in_every_language(void **state) {
    (void)state;
    char *disk, *room = harness_stand("safe-mode-minimal", &disk);
    char *commands[3];
    static const char *const names[] = {"en", "fr", "nl"};
    for (size_t i = 0; i < 3; i++) {
        struct ran r = harness_run(NULL, "sh", "-c", "\"$0\" --lang \"$1\" plan \"$2\" --fix SM01 --fix SC01 --as script", VMMEDIC, names[i], disk, NULL);
        struct vmm_buf b = {0};
        for (const char *p = r.out; *p; p += strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n')) {
            size_t n = strcspn(p, "\n");
            for (size_t k = 0; k < n; k++) assert_true((unsigned char)p[k] < 0x80);
            if (n > 4 && strncmp(p, "rem ", 4) != 0 && strncmp(p, "echo ", 5) != 0) vmm_buf_fmt(&b, "%.*s\n", (int)n, p);
        }
        commands[i] = vmm_buf_steal(&b);
        assert_non_null(strstr(commands[i], "bcdedit"));
        harness_ran_clear(&r);
    }
    assert_string_equal(commands[0], commands[1]);
    assert_string_equal(commands[0], commands[2]);
    for (size_t i = 0; i < 3; i++) free(commands[i]);
    harness_fall(room, disk);
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
        cmocka_unit_test(french_and_dutch_come_with_the_program),
        cmocka_unit_test(people_read_their_language_and_programs_read_english),
        cmocka_unit_test(a_batch_file_is_ascii_in_every_language),
        cmocka_unit_test(a_language_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
