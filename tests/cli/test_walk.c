/* The plain-text walk as a person meets it: the real program, the real worker, a Windows volume in a folder. What is typed, what is then on the disk.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"

/* "this disk is a copy" is row 3; the disk's name is "disk" */
#define TO_APPLY "\n3\n\n\n\n\n"

static char *room, *disk, *original;

static void make(const char *scenario) {
    room = harness_stand(scenario, &disk);
    original = harness_hash(disk);
}
static int stuck(void **state) {
    (void)state;
    make("safe-mode-minimal");
    return 0;
}
static int well(void **state) {
    (void)state;
    make("healthy");
    return 0;
}
static int teardown(void **state) {
    (void)state;
    harness_fall(room, disk);
    free(original);
    return 0;
}

static struct ran walk(const char *typed) {
    struct ran r = harness_run(typed, VMMEDIC, "--plain", disk, NULL);
    assert_null(strstr(r.err, "Sanitizer"));
    return r;
}
static void ends(struct ran r, int code, const char *words) {
    if (r.code != code || !strstr(r.out, words)) fail_msg("exit %d, not %d, or not printed: %s\n%s%s", r.code, code, words, r.out, r.err);
    harness_ran_clear(&r);
}
static void untouched(void) {
    char *now = harness_hash(disk);
    assert_string_equal(now, original);
    free(now);
}

/* Cuts the journal of the only session behind its line "writing 1", as a power cut would. */
static void cut_journal(void) {
    char *sessions = vmm_printf("%s/state/sessions", room), *journal = NULL;
    DIR *d = opendir(sessions);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.') {
            free(journal);
            journal = vmm_printf("%s/%s/journal", sessions, e->d_name);
        }
    closedir(d);
    uint8_t *text = NULL;
    size_t len = 0;
    assert_int_equal(vmm_file_read(journal, 1 << 20, &text, &len, NULL), 0);
    char *end = strstr((char *)text, "writing 1\n");
    assert_non_null(end);
    harness_write(journal, text, (unsigned long)(end + strlen("writing 1\n") - (char *)text));
    free(text);
    free(journal);
    free(sessions);
}

static void the_disk_is_repaired_proved_and_put_back_by_undo(void **state) {
    (void)state;
    ends(walk(TO_APPLY "disk\n\n"), 0, "(default entry): safeboot: was Minimal, is now (not set)\n");
    char *now = harness_hash(disk);
    assert_string_not_equal(now, original);
    free(now);
    struct ran scan = harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL);
    assert_int_equal(scan.code, 0);
    harness_ran_clear(&scan);
    struct ran undo = harness_run(NULL, VMMEDIC, "undo", "--yes", NULL);
    assert_int_equal(undo.code, 0);
    harness_ran_clear(&undo);
    untouched();
}

static void undo_on_the_last_screen_restores_every_byte(void **state) {
    (void)state;
    ends(walk(TO_APPLY "disk\n<\n2\n\n"), 0, "Everything is put back");
    untouched();
}

static void leaving_at_any_question_writes_nothing(void **state) {
    (void)state;
    static const char all[] = TO_APPLY;
    for (size_t n = 0; n <= strlen(all); n++) {
        if (n && all[n - 1] != '\n') continue;
        char *typed = vmm_strndup(all, n), *quit = vmm_printf("%sq\n", typed);
        ends(walk(typed), 6, "nothing written yet");
        ends(walk(quit), 6, "Nothing was written.");
        free(typed);
        free(quit);
    }
    ends(walk(TO_APPLY "yes\nDISK\ndisk2\n\n"), 6, "is not the name of this disk");
    untouched();
}

static void a_healthy_disk_is_left_alone_and_says_where_to_look(void **state) {
    (void)state;
    ends(walk("\n3\n\n\n"), 0, "az network nic list-effective-nsg");
    untouched();
}

static void an_interrupted_repair_is_offered_and_put_back_or_finished(void **state) {
    (void)state;
    ends(walk(TO_APPLY "disk\n\n"), 0, "Done.");
    char *repaired = harness_hash(disk);
    cut_journal();
    ends(walk(""), 5, "A repair of this disk was interrupted");
    ends(walk("2\n"), 0, "The interrupted repair is finished and verified.");
    char *now = harness_hash(disk);
    assert_string_equal(now, repaired);
    free(now);
    cut_journal();
    ends(walk("3\n"), 6, "Everything is back as it was");
    untouched();
    free(repaired);
}

static void what_is_no_disk_is_refused_before_any_question(void **state) {
    (void)state;
    char *file = vmm_printf("%s/notes.txt", room);
    harness_write(file, "hello\n", 6);
    struct ran r = harness_run("\n\n\n", VMMEDIC, "--plain", file, NULL);
    assert_int_equal(r.code, 2);
    assert_non_null(strstr(r.out, "notes.txt"));
    assert_null(strstr(r.out, "Step 1"));
    harness_ran_clear(&r);
    free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_disk_is_repaired_proved_and_put_back_by_undo, stuck, teardown),
        cmocka_unit_test_setup_teardown(undo_on_the_last_screen_restores_every_byte, stuck, teardown),
        cmocka_unit_test_setup_teardown(leaving_at_any_question_writes_nothing, stuck, teardown),
        cmocka_unit_test_setup_teardown(a_healthy_disk_is_left_alone_and_says_where_to_look, well, teardown),
        cmocka_unit_test_setup_teardown(an_interrupted_repair_is_offered_and_put_back_or_finished, stuck, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_disk_is_refused_before_any_question, stuck, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
