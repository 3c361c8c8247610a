/* Applying and undoing on a folder: what is promised about every byte. Writes and journal lines go through wrappers (see the Makefile) that can fail or kill
 * the process at the Nth call, so that every point of interruption is tried.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/logs.h"
#include "session/session.h"
#include "vmmedic/fix.h"

/* ---- wrappers ---- */

static long kill_at = -1, fail_at = -1, calls, writes; /* counted over journal lines and writes together */
static bool fail_from_then_on;

static int trip(struct vmm_error *err) {
    long n = calls++;
    if (n == kill_at) kill(getpid(), SIGKILL);
    if (fail_at >= 0 && (n == fail_at || (fail_from_then_on && n > fail_at))) return vmm_fail(err, VMM_E_WRITE, NULL, "injected failure %ld", n);
    return 0;
}

int __real_vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err);
int __wrap_vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err);
int __wrap_vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err) {
    writes++;
    /* a write that fails or dies may have got half way */
    if (calls == kill_at || calls == fail_at) __real_vmm_volume_write(v, part, path, offset, data, len / 1024 * 512, NULL);
    return trip(err) < 0 ? -1 : __real_vmm_volume_write(v, part, path, offset, data, len, err);
}

int __real_vmm_volume_sync(struct vmm_volume *v, struct vmm_error *err);
int __wrap_vmm_volume_sync(struct vmm_volume *v, struct vmm_error *err);
int __wrap_vmm_volume_sync(struct vmm_volume *v, struct vmm_error *err) { return trip(err) < 0 ? -1 : __real_vmm_volume_sync(v, err); }

int __real_vmm_journal(struct vmm_session *s, struct vmm_error *err, const char *format, ...);
int __wrap_vmm_journal(struct vmm_session *s, struct vmm_error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));
int __wrap_vmm_journal(struct vmm_session *s, struct vmm_error *err, const char *format, ...) {
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (trip(err) < 0) return -1;
    int r = __real_vmm_journal(s, err, "%s", text);
    return r < 0 || trip(err) < 0 ? -1 : r; /* and once when the line is on the medium */
}

/* ---- a disk and a way to repair it ---- */

static char *room, *disk, *store;
static bool with_logs; /* beside the store stand logs that Windows would read */

static void put_logs(void) {
    uint8_t *data;
    size_t len;
    struct vmm_buf log = {0};
    assert_int_equal(vmm_file_read(store, 1u << 24, &data, &len, NULL), 0);
    log_left_behind(&log, data, len);
    char *one = vmm_printf("%s.LOG1", store), *two = vmm_printf("%s.LOG2", store);
    harness_write(one, log.data, log.len);
    harness_write(two, log.data, log.len / 2);
    free(one);
    free(two);
    free(data);
    vmm_buf_free(&log);
}

static int setup(void **state) {
    (void)state;
    room = harness_quick_room();
    disk = vmm_printf("%s/disk", room);
    store = vmm_printf("%s/disk/Boot/BCD", room);
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    harness_disk(room, "safe-mode-minimal");
    if (with_logs) put_logs();
    kill_at = fail_at = -1;
    fail_from_then_on = false;
    calls = writes = 0;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    free(room);
    free(disk);
    free(store);
    return 0;
}

static int repair(const char *spec, json_t **result, struct vmm_error *err, void (*meanwhile)(void)) {
    struct vmm_open open = {.target = disk};
    struct vmm_volume *look = vmm_volume_open(&open, err);
    struct vmm_scan *scan = look ? vmm_scan(look, (struct vmm_progress){0}, err) : NULL;
    struct vmm_patient p = {.scan = scan};
    struct vmm_changes changes = {0};
    int r = scan ? vmm_patient_pick(scan, 0, 0, &p, err) : -1;
    if (r == 0) r = vmm_fix_plan(&p, spec, &changes, err);
    if (meanwhile) meanwhile();
    struct vmm_apply a = {.open = open, .look = &look, .scan = scan, .changes = &changes, .snapshot = VMM_SNAPSHOT_NONE, .snapshot_text = "a test"};
    *result = NULL;
    if (r == 0) r = vmm_session_apply(&a, result, err);
    vmm_changes_clear(&changes);
    vmm_scan_free(scan);
    vmm_volume_close(look, NULL);
    return r;
}

static void repaired(const char *spec) {
    json_t *result;
    struct vmm_error err = {0};
    if (repair(spec, &result, &err, NULL) < 0) fail_msg("%s", err.message);
    json_decref(result);
}

/* The name of the only session, NULL when there is none; the caller frees. */
static char *only_session(const char *state) {
    json_t *list;
    assert_int_equal(vmm_session_list(&list, NULL), 0);
    if (json_array_size(list) == 0) {
        json_decref(list);
        return NULL;
    }
    assert_int_equal(json_array_size(list), 1);
    if (state) assert_string_equal(vmm_json_str(json_array_get(list, 0), "state"), state);
    char *name = vmm_strdup(vmm_json_str(json_array_get(list, 0), "session"));
    json_decref(list);
    return name;
}

static void undone(void) {
    json_t *result;
    struct vmm_error err = {0};
    if (vmm_session_undo(NULL, NULL, (struct vmm_progress){0}, &result, &err) < 0) fail_msg("%s", err.message);
    json_decref(result);
}

static struct vmm_hive *store_hive(void) {
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(store, 1u << 24, &data, &len, NULL), 0);
    struct vmm_hive *h = vmm_hive_open(data, len, NULL, NULL);
    free(data);
    assert_non_null(h);
    return h;
}

/* ---- promises ---- */

static void exactly_the_flag_goes_and_undo_restores_every_bit(void **state) {
    (void)state;
    char *before = harness_hash(disk);
    struct vmm_hive *old = store_hive();
    repaired("SM01");
    struct vmm_hive *new = store_hive();
    char *diff = vmm_hive_diff(old, new, NULL);
    assert_non_null(diff);
    assert_int_equal(diff[0], '-');
    assert_non_null(strstr(diff, "25000080\n"));
    assert_ptr_equal(strchr(diff, '\n'), diff + strlen(diff) - 1); /* one line */
    assert_int_equal(vmm_hive_check(new, NULL, NULL), 0);
    free(diff);
    vmm_hive_close(old);
    vmm_hive_close(new);
    undone();
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void a_second_run_writes_nothing_and_makes_no_session(void **state) {
    (void)state;
    repaired("SM01");
    char *once = harness_hash(disk);
    calls = 0;
    repaired("SM01");
    assert_int_equal(calls, 0);
    char *twice = harness_hash(disk), *name = only_session("done");
    assert_string_equal(once, twice);
    free(once);
    free(twice);
    free(name);
}

static void writing_keeps_the_file_where_it_is(void **state) {
    (void)state;
    struct stat a, b;
    assert_int_equal(stat(store, &a), 0);
    repaired("SM01");
    assert_int_equal(stat(store, &b), 0);
    assert_int_equal(a.st_ino, b.st_ino);
    assert_int_equal(a.st_mode, b.st_mode);
}

static void the_originals_and_their_logs_are_kept_before_anything_is_written(void **state) {
    (void)state;
    char sha[65], kept[65], *name, *path;
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(store, 1u << 24, &data, &len, NULL), 0);
    vmm_sha256(data, len, sha);
    free(data);
    repaired("SM01");
    name = only_session("done");
    path = vmm_printf("%s/state/sessions/%s/originals/1", room, name);
    assert_int_equal(vmm_file_read(path, 1u << 24, &data, &len, NULL), 0);
    vmm_sha256(data, len, kept);
    assert_string_equal(sha, kept);
    free(path);
    path = vmm_printf("%s/state/sessions/%s/originals/1.LOG", room, name);
    assert_int_equal(access(path, F_OK), 0);
    free(path);
    path = vmm_printf("%s/state/sessions/%s", room, name);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    free(path);
    free(data);
    free(name);
}

static void touch_the_store(void) {
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(store, 1u << 24, &data, &len, NULL), 0);
    data[len - 1] ^= 1;
    harness_write(store, data, len);
    free(data);
}

static void a_disk_that_changed_after_the_preview_is_not_written(void **state) {
    (void)state;
    json_t *result;
    struct vmm_error err = {0};
    assert_int_equal(repair("SM01", &result, &err, touch_the_store), -1);
    assert_int_equal(err.code, VMM_E_CHANGED);
    assert_int_equal(writes, 0);
    assert_null(only_session(NULL));
}

static void undo_is_refused_when_the_file_is_neither_before_nor_after(void **state) {
    (void)state;
    repaired("SM01");
    touch_the_store();
    char *before = harness_hash(disk);
    json_t *result;
    struct vmm_error err = {0};
    assert_int_equal(vmm_session_undo(NULL, NULL, (struct vmm_progress){0}, &result, &err), -1);
    assert_int_equal(err.code, VMM_E_CHANGED);
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* Each journal sync, write and disk sync in turn fails; once, and from then on. */
static void whatever_fails_while_writing_is_put_back(void **state) {
    for (int way = 0; way < 4; way++) {
        int forever = way & 1;
        with_logs = way & 2;
        teardown(state);
        setup(state);
        for (long n = 0; n < 60; n++) {
            char *before = harness_hash(disk);
            json_t *result;
            struct vmm_error err = {0};
            calls = 0;
            fail_at = n;
            fail_from_then_on = forever;
            int r = repair("SM01", &result, &err, NULL);
            fail_at = -1;
            json_decref(result);
            if (r == 0) { /* past the last call */
                assert_true(n > (with_logs ? 14 : 8));
                n = 1000;
            } else {
                char *name = only_session(NULL), *after;
                /* 5: the disk would not take the originals back, or all was written and the end could not be noted. Undo does it, once things work again */
                if (vmm_code_exit(err.code) == 5) undone();
                else assert_int_equal(vmm_code_exit(err.code), 1);
                after = harness_hash(disk);
                assert_string_equal(before, after);
                free(after);
                free(name);
            }
            free(before);
            teardown(state);
            setup(state);
        }
    }
    with_logs = false;
}

/* The process dies at each of those points; the next start finds the session and either way ends whole. */
static void killed_at_any_point_the_disk_ends_in_before_or_after_as_asked(void **state) {
    size_t found = 0;
    for (int way = 0; way < 4; way++) {
        int finish = way & 1;
        with_logs = way & 2;
        teardown(state);
        setup(state);
        char *before = harness_hash(disk);
        repaired("SM01");
        char *after = harness_hash(disk);
        for (long n = 0; n < 60; n++) {
            teardown(state);
            setup(state);
            pid_t pid = fork();
            if (pid == 0) {
                json_t *result;
                struct vmm_error err;
                calls = 0;
                kill_at = n;
                _exit(repair("SM01", &result, &err, NULL) == 0 ? 0 : 1);
            }
            int status;
            assert_int_equal(waitpid(pid, &status, 0), pid);
            if (WIFEXITED(status)) {
                assert_int_equal(WEXITSTATUS(status), 0);
                break;
            }
            char *name = only_session(NULL);
            if (name == NULL) { /* before the session had its name: nothing can have been written */
                char *now = harness_hash(disk);
                assert_string_equal(now, before);
                free(now);
                continue;
            }
            found++;
            json_t *result;
            struct vmm_error err = {0};
            int r = finish ? vmm_session_finish(name, NULL, (struct vmm_progress){0}, &result, &err) : vmm_session_undo(name, NULL, (struct vmm_progress){0}, &result, &err);
            if (r < 0) fail_msg("killed at %ld: %s", n, err.message);
            json_decref(result);
            char *now = harness_hash(disk);
            assert_string_equal(now, finish ? after : before);
            free(now);
            free(name);
        }
        free(before);
        free(after);
        teardown(state);
        setup(state);
    }
    with_logs = false;
    assert_true(found > 4);
}

static void the_interrupted_session_is_found_by_its_disk(void **state) {
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        json_t *result;
        struct vmm_error err;
        kill_at = 6; /* after the line "writing 1" */
        _exit(repair("SM01", &result, &err, NULL) == 0 ? 0 : 1);
    }
    waitpid(pid, NULL, 0);
    struct vmm_open open = {.target = disk};
    struct vmm_error err = {0};
    struct vmm_volume *look = vmm_volume_open(&open, &err);
    assert_non_null(look);
    struct vmm_scan *scan = vmm_scan(look, (struct vmm_progress){0}, &err);
    assert_non_null(scan);
    char *pending = vmm_session_pending(scan), *name = only_session("interrupted");
    assert_non_null(pending);
    assert_string_equal(pending, name);
    assert_int_equal(vmm_session_forget(name, &err), -1);
    assert_int_equal(err.code, VMM_E_INTERRUPTED);
    free(pending);
    free(name);
    vmm_scan_free(scan);
    vmm_volume_close(look, NULL);
}

static void a_forgotten_session_is_gone(void **state) {
    (void)state;
    repaired("SM01");
    char *name = only_session("done");
    assert_int_equal(vmm_session_forget(name, NULL), 0);
    assert_null(only_session(NULL));
    assert_int_equal(vmm_session_forget("../../etc", NULL), -1);
    free(name);
}

static void what_a_killed_process_left_unnamed_is_swept_away(void **state) {
    (void)state;
    char *left = vmm_printf("%s/state/sessions/.new-20200101-000000-disk-999999999/originals", room);
    assert_int_equal(vmm_mkdir_p(left, NULL), 0);
    repaired("SM01");
    assert_int_equal(access(left, F_OK), -1);
    free(left);
}

static void many_fixes_in_two_files_come_and_go_together(void **state) {
    (void)state;
    char *before = harness_hash(disk);
    repaired("CD01");
    char *name = only_session("done");
    undone();
    assert_int_equal(vmm_session_forget(name, NULL), 0);
    free(name);
    repaired("SC01");
    undone();
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void the_state_of_a_torn_file_is_told_sector_by_sector(void **state) {
    (void)state;
    uint8_t a[4096], b[8192], now[8192];
    memset(a, 1, sizeof a);
    memset(b, 2, sizeof b);
    struct vmm_rewrite f = {.before = {.data = a, .len = sizeof a}, .after = {.data = b, .len = sizeof b}};
    struct vmm_now n = {.file = {.data = now, .len = sizeof a}};
    memcpy(now, a, sizeof a);
    assert_int_equal(vmm_file_state(&f, &n), VMM_FILE_BEFORE);
    memset(now + 512, 2, 512);
    assert_int_equal(vmm_file_state(&f, &n), VMM_FILE_TORN);
    memset(now + 1024, 2, 100); /* the power went in the middle of a sector */
    assert_int_equal(vmm_file_state(&f, &n), VMM_FILE_TORN);
    now[700] = 9;
    assert_int_equal(vmm_file_state(&f, &n), VMM_FILE_OTHER);
    memcpy(now, b, sizeof b);
    n.file.len = sizeof b;
    assert_int_equal(vmm_file_state(&f, &n), VMM_FILE_AFTER);
    now[0] = 1;
    memset(now + 6144, 0, 512); /* grown, not yet filled */
    assert_int_equal(vmm_file_state(&f, &n), VMM_FILE_TORN);
    memset(now + 1024, 0, 512); /* that was never empty */
    assert_int_equal(vmm_file_state(&f, &n), VMM_FILE_OTHER);
    n.file.len = 100;
    assert_int_equal(vmm_file_state(&f, &n), VMM_FILE_OTHER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exactly_the_flag_goes_and_undo_restores_every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_run_writes_nothing_and_makes_no_session, setup, teardown),
        cmocka_unit_test_setup_teardown(writing_keeps_the_file_where_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(the_originals_and_their_logs_are_kept_before_anything_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_changed_after_the_preview_is_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(undo_is_refused_when_the_file_is_neither_before_nor_after, setup, teardown),
        cmocka_unit_test_setup_teardown(whatever_fails_while_writing_is_put_back, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_at_any_point_the_disk_ends_in_before_or_after_as_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(the_interrupted_session_is_found_by_its_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(a_forgotten_session_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_killed_process_left_unnamed_is_swept_away, setup, teardown),
        cmocka_unit_test_setup_teardown(many_fixes_in_two_files_come_and_go_together, setup, teardown),
        cmocka_unit_test(the_state_of_a_torn_file_is_told_sector_by_sector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
