/* The commands as a script meets them: exit codes, JSON, and what bad input does. On folders, so no appliance is needed.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"

static char *room, *disk;

static int setup(void **state) {
    (void)state;
    room = harness_room();
    disk = vmm_printf("%s/disk", room);
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    harness_disk(room, "safe-mode-minimal");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    chmod(room, 0700);
    vmm_remove_tree(room, NULL);
    free(room);
    free(disk);
    return 0;
}

/* Runs, checks the exit code, and gives back the JSON (NULL when there is none), owned by the caller. */
static json_t *code_of(int want, struct ran r) {
    if (r.code != want) fail_msg("exit %d, not %d\n%s%s", r.code, want, r.out, r.err);
    assert_null(strstr(r.err, "Sanitizer"));
    json_t *j = json_incref(r.json);
    harness_ran_clear(&r);
    return j;
}

static const json_t *fix_in(const json_t *scan, const char *id) {
    const json_t *f;
    size_t i;
    json_array_foreach(json_object_get(scan, "fixes"), i, f) if (strcmp(vmm_json_str(f, "id"), id) == 0) return f;
    return NULL;
}

static void scan_says_what_is_needed_and_why_and_writes_nothing(void **state) {
    (void)state;
    char *before = harness_hash(room);
    json_t *scan = code_of(4, harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL));
    const json_t *f = fix_in(scan, "SM01");
    assert_non_null(f);
    assert_string_equal(vmm_json_str(f, "verdict"), "needed");
    assert_true(json_is_null(json_object_get(f, "blocked_by")));
    assert_true(json_array_size(json_object_get(f, "evidence")) > 0);
    assert_true(json_is_object(json_object_get(scan, "disk")));
    assert_int_equal(json_array_size(json_object_get(scan, "windows")), 1);
    assert_int_equal(json_array_size(json_object_get(scan, "stores")), 1);
    assert_string_equal(vmm_json_str(json_object_get(scan, "verdict"), "state"), "broken");
    json_decref(scan);
    code_of(4, harness_run(NULL, VMMEDIC, "scan", disk, NULL));
    char *after = harness_hash(room);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void plan_shows_the_change_and_writes_nothing(void **state) {
    (void)state;
    char *before = harness_hash(room);
    json_t *plan = code_of(4, harness_run(NULL, VMMEDIC, "plan", disk, "--all-needed", "--json", NULL));
    const json_t *c = json_array_get(json_object_get(plan, "changes"), 0);
    assert_int_equal(json_array_size(json_object_get(plan, "changes")), 1);
    assert_string_equal(vmm_json_str(c, "fix"), "SM01");
    assert_true(json_is_object(json_object_get(c, "before")));
    assert_true(json_is_null(json_object_get(c, "after")));
    json_decref(plan);
    char *after = harness_hash(room);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void apply_repairs_undo_restores(void **state) {
    (void)state;
    char *before = harness_hash(disk);
    json_t *r = code_of(0, harness_run(NULL, VMMEDIC, "apply", disk, "--fix", "SM01", "--yes", "--no-snapshot", "test", "--json", NULL));
    assert_true(json_is_string(json_object_get(r, "session")));
    json_decref(r);
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL)));
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "SM01", "--json", NULL)));
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "undo", "--yes", "--json", NULL)));
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    json_decref(code_of(2, harness_run(NULL, VMMEDIC, "undo", "--yes", "--json", NULL))); /* nothing is left to undo */
    free(before);
    free(after);
}

static void a_healthy_disk_gets_no_write_and_no_session(void **state) {
    (void)state;
    vmm_remove_tree(disk, NULL);
    harness_disk(room, "healthy");
    char *before = harness_hash(room);
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL)));
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "plan", disk, "--all-needed", "--json", NULL)));
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "apply", disk, "--all-needed", "--yes", "--no-snapshot", "test", "--json", NULL)));
    char *after = harness_hash(room);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* No boot store: which fixes are needed cannot be told, and that must not read as "nothing to do". */
static void a_disk_that_cannot_be_judged_is_not_called_done(void **state) {
    (void)state;
    char *boot = vmm_printf("%s/Boot", disk);
    vmm_remove_tree(boot, NULL);
    free(boot);
    json_decref(code_of(3, harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL)));
    json_decref(code_of(3, harness_run(NULL, VMMEDIC, "plan", disk, "--all-needed", "--json", NULL)));
    json_decref(code_of(3, harness_run(NULL, VMMEDIC, "apply", disk, "--all-needed", "--fix", "CD01", "--yes", "--no-snapshot", "test", "--json", NULL)));
    json_decref(code_of(4, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "CD01", "--json", NULL))); /* what needs no boot store can be planned */
}

static void without_yes_and_without_a_terminal_nothing_is_done(void **state) {
    (void)state;
    char *before = harness_hash(room);
    json_decref(code_of(2, harness_run("yes\n", VMMEDIC, "apply", disk, "--fix", "SM01", "--no-snapshot", "x", "--json", NULL)));
    json_decref(code_of(2, harness_run("yes\n", VMMEDIC, "bcd", disk, "delete", "{default}", "safeboot", "--json", NULL)));
    json_decref(code_of(2, harness_run("yes\n", VMMEDIC, "undo", "--json", NULL)));
    json_decref(code_of(2, harness_run(NULL, VMMEDIC, "apply", disk, "--fix", "SM01", "--yes", "--json", NULL))); /* no snapshot answer */
    json_decref(code_of(2, harness_run(NULL, VMMEDIC, "apply", disk, "--yes", "--no-snapshot", "x", "--json", NULL))); /* no fix */
    char *after = harness_hash(room);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* One JSON error with code, message and hint; nothing changed. */
static void refused(int want, struct ran r) {
    json_t *j = code_of(want, r);
    const json_t *e = json_object_get(j, "error");
    assert_true(*vmm_json_str(e, "code") && *vmm_json_str(e, "message"));
    assert_true(json_is_string(json_object_get(e, "hint")));
    json_decref(j);
}

static void bad_input_gets_one_clear_error_and_changes_nothing(void **state) {
    (void)state;
    char *text = vmm_printf("%s/notes.txt", room), *empty = vmm_printf("%s/empty.img", room), *folder = vmm_printf("%s/nothing", room), *cut = vmm_printf("%s/BCD", room);
    char *store = vmm_printf("%s/Boot/BCD", disk);
    uint8_t *data;
    size_t len;
    harness_write(text, "just some notes\n", 16);
    harness_write(empty, "", 0);
    mkdir(folder, 0700);
    assert_int_equal(vmm_file_read(store, 1u << 24, &data, &len, NULL), 0);
    harness_write(cut, data, len / 2);
    free(data);
    char *before = harness_hash(room);
    refused(2, harness_run(NULL, VMMEDIC, "scan", text, "--json", NULL));
    refused(3, harness_run(NULL, VMMEDIC, "scan", empty, "--json", NULL));
    refused(3, harness_run(NULL, VMMEDIC, "scan", folder, "--json", NULL));
    refused(2, harness_run(NULL, VMMEDIC, "scan", "/nowhere/at/all", "--json", NULL));
    refused(3, harness_run(NULL, VMMEDIC, "bcd", cut, "--json", NULL));
    refused(2, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "XX99", "--json", NULL));
    refused(2, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "SM01:nonsense=1", "--json", NULL));
    refused(2, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "CD01:type=purple", "--json", NULL));
    refused(2, harness_run(NULL, VMMEDIC, "bcd", disk, "set", "{default}", "safebot", "minimal", "--yes", "--json", NULL));
    refused(2, harness_run(NULL, VMMEDIC, "frobnicate", "a", "--json", NULL));
    refused(2, harness_run(NULL, VMMEDIC, "scan", "--json", NULL));
    refused(2, harness_run(NULL, VMMEDIC, "undo", "no-such-session", "--yes", "--json", NULL));
    refused(2, harness_run(NULL, VMMEDIC, "practice", "--scenario", "x", "--json", NULL));
    char *after = harness_hash(room);
    assert_string_equal(before, after);
    free(before);
    free(after);
    free(text);
    free(empty);
    free(folder);
    free(cut);
    free(store);
}

static void errors_in_words_are_one_line_and_a_hint(void **state) {
    (void)state;
    struct ran r = harness_run(NULL, VMMEDIC, "scan", "/nowhere/at/all", NULL);
    assert_int_equal(r.code, 2);
    assert_string_equal(r.out, "");
    assert_int_equal(strncmp(r.err, "vmmedic: ", 9), 0);
    size_t lines = 0;
    for (const char *p = r.err; *p; p++) lines += *p == '\n';
    assert_true(lines >= 1 && lines <= 2);
    harness_ran_clear(&r);
}

static void a_boot_store_is_set_deleted_and_undone_by_hand(void **state) {
    (void)state;
    char *store = vmm_printf("%s/Boot/BCD", disk), *before = harness_hash(disk);
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "bcd", store, "set", "{bootmgr}", "timeout", "7", "--yes", "--json", NULL)));
    struct ran r = harness_run(NULL, VMMEDIC, "bcd", store, NULL);
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "timeout                 7\n"));
    assert_non_null(strstr(r.out, "safeboot                Minimal\n"));
    harness_ran_clear(&r);
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "undo", "--yes", "--json", NULL)));
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    free(after);
    free(before);
    free(store);
}

static void a_state_folder_that_cannot_be_made_stops_before_the_disk_is_touched(void **state) {
    (void)state;
    char *file = vmm_printf("%s/file", room);
    harness_write(file, "x", 1);
    char *inside = vmm_printf("%s/file/state", room), *before = harness_hash(disk);
    setenv("VMMEDIC_STATE", inside, 1);
    struct ran r = harness_run(NULL, VMMEDIC, "apply", disk, "--fix", "SM01", "--yes", "--no-snapshot", "x", NULL);
    assert_true(r.code == 1 || r.code == 2 || r.code == 3);
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    harness_ran_clear(&r);
    free(before);
    free(after);
    free(inside);
    free(file);
}

static void a_hibernated_windows_in_a_folder_is_not_written(void **state) {
    (void)state;
    char *file = vmm_printf("%s/HIBERFIL.SYS", disk), head[8192] = "HIBR", *before;
    harness_write(file, head, sizeof head);
    before = harness_hash(disk);
    json_decref(code_of(3, harness_run(NULL, VMMEDIC, "apply", disk, "--fix", "SM01", "--yes", "--no-snapshot", "x", NULL)));
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    harness_write(file, head + 4, 4096); /* Windows has cleared it: awake */
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "apply", disk, "--fix", "SM01", "--yes", "--no-snapshot", "x", NULL)));
    free(after);
    free(before);
    free(file);
}

static void undo_finds_the_boot_folder_from_anywhere(void **state) {
    (void)state;
    char *here = getcwd(NULL, 0), *program = vmm_printf("%s/" VMMEDIC, here), *esp = vmm_printf("%s/esp", room), *boot = vmm_printf("%s/Boot", disk),
         *there = vmm_printf("%s/esp/Boot", room);
    assert_int_equal(mkdir(esp, 0700), 0);
    assert_int_equal(rename(boot, there), 0);
    char *before = harness_hash(esp);
    json_decref(code_of(0, harness_run(NULL, "env", "-C", room, program, "apply", "disk", "--boot", "esp", "--fix", "SM01", "--yes", "--no-snapshot", "x", NULL)));
    json_decref(code_of(0, harness_run(NULL, "env", "-C", "/", program, "undo", "--yes", NULL)));
    char *after = harness_hash(esp);
    assert_string_equal(before, after);
    free(after);
    free(before);
    free(there);
    free(boot);
    free(esp);
    free(program);
    free(here);
}

/* Descriptors, signals and limits come from whoever starts the program. */
static void a_strange_parent_does_not_matter(void **state) {
    (void)state;
    static const char *const parents[] = {"trap '' CHLD; exec \"$@\"", "exec \"$@\" <&- >&- 2>&-", "exec \"$@\" >&-"};
    for (size_t i = 0; i < VMM_COUNT(parents); i++) {
        json_decref(code_of(0, harness_run(NULL, "sh", "-c", parents[i], "sh", VMMEDIC, "apply", disk, "--fix", "SM01", "--yes", "--no-snapshot", "x", NULL)));
        json_decref(code_of(0, harness_run(NULL, "sh", "-c", parents[i], "sh", VMMEDIC, "undo", "--yes", NULL)));
    }
    char *before = harness_hash(disk);
    json_decref(code_of(1, harness_run(NULL, "sh", "-c", "ulimit -f 8; exec \"$@\"", "sh", VMMEDIC, "apply", disk, "--fix", "SM01", "--yes", "--no-snapshot", "x", NULL)));
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void arguments_that_are_no_text_or_no_option_are_said_as_json_too(void **state) {
    (void)state;
    static const char *const bad[][5] = {{"bcd", NULL, "enum", "\xff", NULL}, {"sessions", "--forget", "\xff", NULL, NULL}, {"scan", "--bogus", "x", NULL, NULL},
                                         {"scan", "x", "--store", "abc", NULL}, {"practice", "x", "--scenario", "\xff", NULL}, {"x.img", NULL, NULL, NULL, NULL}};
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        const char *const *a = bad[i];
        bool on_disk = strcmp(a[0], "bcd") == 0;
        /* whatever is wrong, --json comes last and counts; nothing waits for an answer that never comes */
        struct ran r = on_disk ? harness_run(NULL, "timeout", "20", VMMEDIC, a[0], disk, a[2], a[3], "--json", NULL)
                       : a[3]  ? harness_run(NULL, "timeout", "20", VMMEDIC, a[0], a[1], a[2], a[3], "--json", NULL)
                       : a[2]  ? harness_run(NULL, "timeout", "20", VMMEDIC, a[0], a[1], a[2], "--json", NULL)
                               : harness_run(NULL, "timeout", "20", VMMEDIC, a[0], "--json", NULL);
        json_t *j = code_of(2, r);
        assert_string_equal(vmm_json_str(json_object_get(j, "error"), "code"), "usage");
        json_decref(j);
    }
    json_decref(code_of(2, harness_run(NULL, VMMEDIC, "scan", disk, "--store", "9", "--json", NULL)));
}

/* Nothing needed is no good news when what would tell could not be read. */
static void a_disk_whose_store_cannot_be_read_is_not_called_healthy(void **state) {
    (void)state;
    char *store = vmm_printf("%s/Boot/BCD", disk), *before;
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(store, 1 << 20, &data, &len, NULL), 0);
    for (int how = 0; how < 3; how++) {
        if (how == 0) harness_write(store, "junk", 4);
        if (how == 1) harness_write(store, data, len / 2);
        if (how == 2) unlink(store);
        before = harness_hash(disk);
        json_t *scan = code_of(3, harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL));
        assert_string_equal(vmm_json_str(json_object_get(scan, "verdict"), "state"), "blocked");
        json_decref(scan);
        json_decref(code_of(3, harness_run(NULL, VMMEDIC, "plan", disk, "--all-needed", "--json", NULL)));
        json_decref(code_of(3, harness_run(NULL, VMMEDIC, "apply", disk, "--all-needed", "--yes", "--no-snapshot", "x", "--json", NULL)));
        char *after = harness_hash(disk);
        assert_string_equal(before, after);
        free(after);
        free(before);
    }
    free(data);
    free(store);
}

static void output_that_cannot_be_written_is_no_success(void **state) {
    (void)state;
    json_decref(code_of(1, harness_run(NULL, "sh", "-c", "exec \"$@\" >/dev/full", "sh", VMMEDIC, "fixes", NULL)));
    json_decref(code_of(1, harness_run(NULL, "sh", "-c", "exec \"$@\" >/dev/full", "sh", VMMEDIC, "bcd", disk, NULL)));
    /* but the disk was written, and 1 would say that it was not */
    json_decref(code_of(0, harness_run(NULL, "sh", "-c", "exec \"$@\" >/dev/full", "sh", VMMEDIC, "apply", disk, "--fix", "SM01", "--yes", "--no-snapshot", "x", NULL)));
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "scan", disk, NULL)));
}

static void a_session_without_a_plan_is_broken_and_can_be_forgotten(void **state) {
    (void)state;
    static const char *const plans[] = {"{}", "[1]", "{\"target\":\"/x\",\"files\":\"x\"}", "{\"target\":\"/x\",\"files\":[{\"n\":1}]}", NULL};
    for (size_t i = 0; i < VMM_COUNT(plans); i++) {
        json_t *applied = code_of(0, harness_run(NULL, VMMEDIC, "apply", disk, "--fix", "SM01", "--yes", "--no-snapshot", "x", "--json", NULL));
        const char *session = vmm_json_str(applied, "session");
        char *plan = vmm_printf("%s/plan.json", vmm_json_str(applied, "folder"));
        uint8_t *kept;
        size_t len;
        assert_int_equal(vmm_file_read(plan, 1 << 20, &kept, &len, NULL), 0);
        unlink(plan);
        if (plans[i]) harness_write(plan, plans[i], strlen(plans[i]));
        json_decref(code_of(3, harness_run(NULL, VMMEDIC, "undo", session, "--yes", "--json", NULL)));
        harness_write(plan, kept, len);
        json_decref(code_of(0, harness_run(NULL, VMMEDIC, "undo", session, "--yes", "--json", NULL)));
        unlink(plan);
        json_decref(code_of(0, harness_run(NULL, VMMEDIC, "sessions", "--forget", session, "--json", NULL)));
        free(kept);
        free(plan);
        json_decref(applied);
    }
}

static void the_catalogue_and_help_are_there(void **state) {
    (void)state;
    json_t *list = code_of(0, harness_run(NULL, VMMEDIC, "fixes", "--json", NULL));
    assert_true(json_array_size(json_object_get(list, "fixes")) >= 5);
    json_decref(list);
    json_t *one = code_of(0, harness_run(NULL, VMMEDIC, "fixes", "sm01", "--json", NULL));
    assert_string_equal(vmm_json_str(one, "id"), "SM01");
    json_decref(one);
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "sessions", "--json", NULL)));
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "practice", "--list", "--json", NULL)));
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "--help", NULL)));
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "--version", NULL)));
}

/* The front end dies at some moment after the session has its name; the worker is nobody's child then, finishes, and lets go of the session. */
static void a_killed_front_end_does_not_stop_the_worker_half_way(void **state) {
    static const char line[] = "%s apply %s --fix SM01 --yes --no-snapshot x >/dev/null 2>&1 & front=$!; until ls %s/state/sessions/*/journal >/dev/null 2>&1; do :; done; "
                               "kill -KILL $front; flock %s/state/sessions/*/lock true";
    json_t *whole = code_of(4, harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL));
    json_decref(whole);
    for (int round = 0; round < 4; round++) {
        char *before = harness_hash(disk), *order = vmm_printf(line, VMMEDIC, disk, room, room);
        assert_int_equal(system(order), 0);
        json_t *list = code_of(0, harness_run(NULL, VMMEDIC, "sessions", "--json", NULL));
        assert_string_equal(vmm_json_str(json_array_get(json_object_get(list, "sessions"), 0), "state"), "done");
        json_decref(list);
        json_decref(code_of(0, harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL))); /* repaired */
        json_decref(code_of(0, harness_run(NULL, VMMEDIC, "undo", "--yes", "--json", NULL)));
        char *after = harness_hash(disk);
        assert_string_equal(before, after);
        free(before);
        free(after);
        free(order);
        teardown(state);
        setup(state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_killed_front_end_does_not_stop_the_worker_half_way, setup, teardown),
        cmocka_unit_test_setup_teardown(scan_says_what_is_needed_and_why_and_writes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_shows_the_change_and_writes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(apply_repairs_undo_restores, setup, teardown),
        cmocka_unit_test_setup_teardown(a_healthy_disk_gets_no_write_and_no_session, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_cannot_be_judged_is_not_called_done, setup, teardown),
        cmocka_unit_test_setup_teardown(without_yes_and_without_a_terminal_nothing_is_done, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_input_gets_one_clear_error_and_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(errors_in_words_are_one_line_and_a_hint, setup, teardown),
        cmocka_unit_test_setup_teardown(a_boot_store_is_set_deleted_and_undone_by_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_folder_that_cannot_be_made_stops_before_the_disk_is_touched, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hibernated_windows_in_a_folder_is_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(undo_finds_the_boot_folder_from_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(a_strange_parent_does_not_matter, setup, teardown),
        cmocka_unit_test_setup_teardown(arguments_that_are_no_text_or_no_option_are_said_as_json_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_whose_store_cannot_be_read_is_not_called_healthy, setup, teardown),
        cmocka_unit_test_setup_teardown(output_that_cannot_be_written_is_no_success, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_without_a_plan_is_broken_and_can_be_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(the_catalogue_and_help_are_there, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
