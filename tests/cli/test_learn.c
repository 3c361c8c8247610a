/* Learning, by the real program on folder disks: a reader who knows nothing but the plain text, and types what the coach says, ends solved at every scenario; one who does nothing, or
 * repairs what is not broken, does not. And while somebody learns, nothing else on the machine can be opened.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"
#include "harness/talk.h"
#include "vmmedic/learn.h"

static char *room;
static struct vmm_lessons *all;
static char **typed_in_english; /* for each scenario, what it said to type; NULL: not run yet */

static int setup(void **state) {
    (void)state;
    const char *folder = "scenarios";
    room = harness_room();
    setenv("VMMEDIC_STATE", room, 1);
    unsetenv("LANGUAGE");
    unsetenv("VMMEDIC_SCENARIOS");
    all = vmm_lessons_read(&folder, 1);
    typed_in_english = vmm_alloc(all->count + 1, sizeof *typed_in_english);
    return all->note_count ? -1 : 0;
}
static int teardown(void **state) {
    (void)state;
    for (size_t i = 0; i < all->count; i++) free(typed_in_english[i]);
    free(typed_in_english);
    vmm_lessons_free(all);
    vmm_remove_tree(room, NULL);
    free(room);
    return 0;
}

/* ---- the promises ---- */
/* One scenario, by a reader who knows two instructions in one language; the title shows that the rest was in that language too. What he typed; the caller frees. */
static char *obeys(const struct vmm_lesson *l, const struct talk_words *words, const char *solved) {
    char *text;
    int code = talk_obey(l, words, true, false, &text);
    if (code != 0 || !strstr(text, solved)) fail_msg("%s: exit %d\n%s", l->name, code, text);
    if (!strstr(text, vmm_words_text(&l->title, words->lang))) fail_msg("%s: the title is not in the language \"%s\"\n%s", l->name, words->lang, text);
    char *typed = talk_told(text, words);
    free(text);
    return typed;
}

static size_t obeys_everywhere_in_english(void) {
    size_t done = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (!all->list[i]->folder) continue;
        if (typed_in_english[i] == NULL) typed_in_english[i] = obeys(all->list[i], &talk_english, "\nSolved.\n");
        done++;
    }
    assert_true(done >= 14);
    return done;
}

static void who_types_what_the_coach_says_solves_every_scenario(void **state) {
    (void)state;
    size_t done = obeys_everywhere_in_english();
    struct ran r = harness_run(NULL, VMMEDIC, "learn", "--list", "--json", NULL);
    size_t i, remembered = 0;
    json_t *s;
    json_array_foreach(json_object_get(r.json, "scenarios"), i, s) remembered += json_object_get(json_object_get(s, "solved"), "guided") != NULL;
    assert_int_equal(remembered, done);
    harness_ran_clear(&r);
}

/* The same is typed as in English: an act that looks for words finds its row in every language. */
static void obeys_in(const struct talk_words *words, const char *solved) {
    char *built = vmm_printf("build/locale/%s/LC_MESSAGES/vmmedic.mo", words->lang);
    bool here = access(built, R_OK) == 0;
    if (!here) printf("skipped: %s is not here\n", built);
    free(built);
    if (!here) skip();
    obeys_everywhere_in_english();
    for (size_t i = 0; i < all->count; i++) {
        if (!all->list[i]->folder) continue;
        char *typed = obeys(all->list[i], words, solved);
        if (strcmp(typed, typed_in_english[i]) != 0)
            fail_msg("%s: \"%s\" has other things typed than English:\n%s\ninstead of\n%s", all->list[i]->name, words->lang, typed, typed_in_english[i]);
        free(typed);
    }
}

static void who_types_what_the_coach_says_in_french_solves_every_scenario(void **state) {
    (void)state;
    obeys_in(&(struct talk_words){"fr", "Tapez\u00a0: ", "Appuyez sur\u00a0: Entrée"}, "\nRésolu.\n");
}

static void who_types_what_the_coach_says_in_dutch_solves_every_scenario(void **state) {
    (void)state;
    obeys_in(&(struct talk_words){"nl", "Typ: ", "Druk op: Enter"}, "\nOpgelost.\n");
}

static void doing_nothing_solves_none(void **state) {
    (void)state;
    for (size_t i = 0; i < all->count; i++) {
        if (!all->list[i]->folder) continue;
        struct ran r = harness_run("\nq\n\n\n", VMMEDIC, "--plain", "learn", all->list[i]->name, "--as-folder", NULL); /* leaves at the first step; the question gets its first answer */
        if (r.code != 1 || strstr(r.out, "\nSolved.\n")) fail_msg("%s: exit %d\n%s", all->list[i]->name, r.code, r.out);
        assert_non_null(strstr(r.out, "Not solved."));
        harness_ran_clear(&r);
    }
}

static void changing_what_is_not_broken_fails_it(void **state) {
    (void)state;
    size_t meddled = 0;
    for (size_t i = 0; i < all->count; i++) {
        char *text;
        const struct vmm_lesson *l = all->list[i];
        if (!l->folder || l->extras & (VMM_EXTRA_HIBERNATED | VMM_EXTRA_INTERRUPTED)) continue; /* nothing can be written; nothing is left to be chosen */
        int code = talk_obey(l, &talk_english, true, true, &text);
        if (code != 1 || !strstr(text, "Something was changed that was not broken: SC01")) fail_msg("%s: exit %d\n%s", l->name, code, text);
        free(text);
        meddled++;
    }
    assert_true(meddled >= 12);
}

static void a_wrong_answer_fails_a_disk_that_was_left_alone(void **state) {
    (void)state;
    struct ran r = harness_run("\n\n3\n\n\n\n1\n\n", VMMEDIC, "--plain", "learn", "nsg-at-fault", "--as-folder", "--mode", "exam", NULL);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.out, "Your answer to the question is wrong."));
    assert_non_null(strstr(r.out, "Nothing was written to the disk. That was right."));
    harness_ran_clear(&r);
}

static void a_right_answer_without_a_look_is_a_guess(void **state) {
    (void)state;
    struct ran r = harness_run("\nq\n2\n\n", VMMEDIC, "--plain", "learn", "nsg-at-fault", "--as-folder", NULL);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.out, "The disk was not even looked at."));
    harness_ran_clear(&r);
}

static void nothing_but_the_practice_disk_can_be_opened(void **state) {
    (void)state;
    char *real = vmm_printf("%s/production", room), *hash, *link = vmm_printf("%s/link", room);
    assert_int_equal(vmm_mkdir_p(real, NULL), 0);
    harness_disk(real, "safe-mode-minimal"); /* a Windows that could be repaired */
    hash = harness_hash(real);
    assert_int_equal(symlink(real, link), 0);
    char *typed = vmm_printf("\n\n3\n%s/disk\np %s/disk\n%s/disk\n/\n/dev/sda\n/dev/vda\n../../production/disk\nq\n", real, real, link);
    struct ran r = harness_run(typed, VMMEDIC, "--plain", "learn", "safe-mode-minimal", "--as-folder", NULL);
    assert_null(strstr(r.out, "Step 4"));
    assert_non_null(strstr(r.out, "while you learn nothing else can be opened"));
    assert_null(strstr(r.out, ": sda"));
    harness_ran_clear(&r);
    char *now = harness_hash(real), *only = vmm_printf("%s/nowhere", room), *disk = vmm_printf("%s/disk", real);
    assert_string_equal(now, hash);
    setenv("VMMEDIC_ONLY", only, 1); /* where a disk is opened, not only where it is chosen */
    static const char *const commands[] = {"scan", "plan", "bcd"};
    for (size_t i = 0; i < VMM_COUNT(commands); i++) {
        r = harness_run(NULL, VMMEDIC, commands[i], disk, i == 1 ? "--all-needed" : NULL, NULL);
        assert_int_equal(r.code, 3);
        assert_non_null(strstr(r.err, "no practice disk"));
        harness_ran_clear(&r);
    }
    unsetenv("VMMEDIC_ONLY");
    free(now);
    free(hash);
    free(typed);
    free(only);
    free(disk);
    free(link);
    free(real);
}

static void hints_cost_and_an_exam_has_none(void **state) {
    (void)state;
    struct ran r = harness_run("\nh\nh\nh\nh\nq\n\n", VMMEDIC, "--plain", "learn", "safe-mode-minimal", "--as-folder", "--mode", "own", NULL);
    assert_non_null(strstr(r.out, "Hint 1 of 3 (costs 10)"));
    assert_non_null(strstr(r.out, "There are no more hints."));
    assert_non_null(strstr(r.out, "Hints: 3, which cost 60 of 100."));
    assert_null(strstr(r.out, "Coach:"));
    harness_ran_clear(&r);
    r = harness_run("\nh\nq\n\n", VMMEDIC, "--plain", "learn", "safe-mode-minimal", "--as-folder", "--mode", "exam", NULL);
    assert_non_null(strstr(r.out, "There are no hints in an exam."));
    assert_non_null(strstr(r.out, "Hints: 0"));
    harness_ran_clear(&r);
}

static void how_it_went_can_be_saved_and_overwrites_nothing(void **state) {
    (void)state;
    char *file = vmm_printf("%s/report.txt", room), *typed = vmm_printf("\nq\np\n%s\np\n%s\n\n", file, file);
    struct ran r = harness_run(typed, VMMEDIC, "--plain", "learn", "rdp-off", "--as-folder", NULL);
    uint8_t *text;
    size_t len;
    assert_non_null(strstr(r.out, "It was not saved as"));
    assert_int_equal(vmm_file_read(file, 1 << 20, &text, &len, NULL), 0);
    assert_non_null(strstr((char *)text, "vmmedic learn rdp-off, guided\n"));
    assert_non_null(strstr((char *)text, "Not solved."));
    assert_non_null(strstr((char *)text, "What a careful admin does next:"));
    harness_ran_clear(&r);
    free(text);
    free(typed);
    free(file);
}

static void from_the_list_one_leads_to_the_next_and_the_room_is_swept(void **state) {
    (void)state;
    struct ran r = harness_run("m\n1\n\nq\nn\n2\n\nq\n\n", VMMEDIC, "--plain", "learn", "--as-folder", NULL);
    int tickets = 0;
    for (const char *p = r.out; (p = strstr(p, "A customer writes")); p++) tickets++;
    assert_int_equal(tickets, 2);
    harness_ran_clear(&r);
    char *home = vmm_printf("%s/learn", room), *left = vmm_printf("ls -d %s/room-* 2>/dev/null", home);
    assert_int_not_equal(system(left), 0);
    free(left);
    free(home);
}

static void the_glossary_answers_in_plain_text(void **state) {
    (void)state;
    struct ran r = harness_run("g\ng osdevice\ng xyzzy\nq\n", VMMEDIC, "--plain", "learn", "rdp-off", "--as-folder", NULL);
    assert_non_null(strstr(r.out, "control set"));
    assert_non_null(strstr(r.out, "the partition on which Windows itself is"));
    assert_non_null(strstr(r.out, "The glossary has no \"xyzzy\"."));
    harness_ran_clear(&r);
}

static void faults_of_a_file_are_named_with_line_and_column(void **state) {
    (void)state;
    char *file = vmm_printf("%s/mine.txt", room);
    static const char text[] = "title: Mine\nwrong: safe-mode-minimal r99\nfixes: SM01 XX1\nsolved: value SYSTEM A is\ncolour: red\n";
    harness_write(file, text, sizeof text - 1);
    struct ran r = harness_run(NULL, VMMEDIC, "learn", "--check", file, NULL);
    static const char *const places[] = {":2:26: ", ":3:13: ", ":4:9: ", ":5:1: ", "\"ticket:\" is missing"};
    assert_int_equal(r.code, 2);
    for (size_t i = 0; i < VMM_COUNT(places); i++)
        if (!strstr(r.out, places[i])) fail_msg("no %s in\n%s", places[i], r.out);
    harness_ran_clear(&r);
    r = harness_run(NULL, VMMEDIC, "learn", "--list", "--scenarios", room, NULL);
    assert_non_null(strstr(r.err, "mine.txt:2:26")); /* one bad file hides no other */
    assert_non_null(strstr(r.out, "rdp-off"));
    harness_ran_clear(&r);
    unlink(file);
    free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_types_what_the_coach_says_solves_every_scenario),
        cmocka_unit_test(who_types_what_the_coach_says_in_french_solves_every_scenario),
        cmocka_unit_test(who_types_what_the_coach_says_in_dutch_solves_every_scenario),
        cmocka_unit_test(doing_nothing_solves_none),
        cmocka_unit_test(changing_what_is_not_broken_fails_it),
        cmocka_unit_test(a_wrong_answer_fails_a_disk_that_was_left_alone),
        cmocka_unit_test(a_right_answer_without_a_look_is_a_guess),
        cmocka_unit_test(nothing_but_the_practice_disk_can_be_opened),
        cmocka_unit_test(hints_cost_and_an_exam_has_none),
        cmocka_unit_test(how_it_went_can_be_saved_and_overwrites_nothing),
        cmocka_unit_test(from_the_list_one_leads_to_the_next_and_the_room_is_swept),
        cmocka_unit_test(the_glossary_answers_in_plain_text),
        cmocka_unit_test(faults_of_a_file_are_named_with_line_and_column),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
