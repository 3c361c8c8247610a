/* Sessions whose own files were hurt: a journal line torn by a power cut or a full disk, a lost journal, a plan that cannot be read, and disks that only
 * look like the session's. What is on the disk must stay reachable, and a success must be one.
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
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "session/session.h"
#include "vmmedic/fix.h"

static char *room, *disk, *store, *before;

static int setup(void **state) {
    (void)state;
    room = harness_room();
    disk = vmm_printf("%s/disk", room);
    store = vmm_printf("%s/disk/Boot/BCD", room);
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    harness_disk(room, "safe-mode-minimal");
    before = harness_hash(disk);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    free(room);
    free(disk);
    free(store);
    free(before);
    return 0;
}

/* Applies SM01; the name of the session, owned by the caller. */
static char *repaired(void) {
    struct vmm_error err = {0};
    struct vmm_open open = {.target = disk};
    struct vmm_volume *look = vmm_volume_open(&open, &err);
    struct vmm_scan *scan = look ? vmm_scan(look, (struct vmm_progress){0}, &err) : NULL;
    struct vmm_patient p = {.scan = scan};
    struct vmm_changes changes = {0};
    json_t *result = NULL;
    int r = scan ? vmm_patient_pick(scan, 0, 0, &p, &err) : -1;
    if (r == 0) r = vmm_fix_plan(&p, "SM01", &changes, &err);
    struct vmm_apply a = {.open = open, .look = &look, .scan = scan, .changes = &changes, .snapshot = VMM_SNAPSHOT_NONE, .snapshot_text = "a test"};
    if (r == 0) r = vmm_session_apply(&a, &result, &err);
    if (r < 0) fail_msg("%s", err.message);
    char *name = vmm_strdup(vmm_json_str(result, "session"));
    json_decref(result);
    vmm_changes_clear(&changes);
    vmm_scan_free(scan);
    vmm_volume_close(look, NULL);
    return name;
}

static char *of(const char *name, const char *file) { return vmm_printf("%s/state/sessions/%s/%s", room, name, file); }

static void put_journal(const char *name, const char *text, size_t len) {
    char *path = of(name, "journal");
    harness_write(path, text, len);
    free(path);
}

static enum vmm_session_state state_of(const char *name) {
    enum vmm_session_state s;
    assert_int_equal(vmm_session_load(name, NULL, &s, NULL, NULL), 0);
    return s;
}

static void assert_disk(const char *hash) {
    char *now = harness_hash(disk);
    assert_string_equal(now, hash);
    free(now);
}

static void undone(const char *name) {
    struct vmm_error err = {0};
    json_t *result;
    if (vmm_session_undo(name, NULL, (struct vmm_progress){0}, &result, &err) < 0) fail_msg("%s", err.message);
    assert_string_equal(vmm_json_str(result, "state"), "undone");
    json_decref(result);
    assert_disk(before);
}

/* Half of the pages written: what a power cut leaves. */
static void tear(const char *name) {
    char *path = of(name, "originals/1");
    uint8_t *old, *now;
    size_t n, m;
    assert_int_equal(vmm_file_read(path, 1u << 24, &old, &n, NULL), 0);
    assert_int_equal(vmm_file_read(store, 1u << 24, &now, &m, NULL), 0);
    memcpy(now, old, 512);
    harness_write(store, now, m);
    free(old);
    free(now);
    free(path);
}

#define AT "2026-11-20T18:57:40Z "

static void a_torn_line_does_not_swallow_the_next_one(void **state) {
    (void)state;
    static const char torn[] = AT "prepared\n" AT "done\n" AT "undo", zeros[] = AT "prepared\n" AT "done\n\0\0\0\0\0\0";
    for (int i = 0; i < 2; i++) {
        char *name = repaired();
        put_journal(name, i ? zeros : torn, (i ? sizeof zeros : sizeof torn) - 1);
        struct vmm_session *s = vmm_session_open(name, NULL);
        assert_non_null(s);
        assert_int_equal(vmm_journal(s, NULL, "undoing"), 0);
        vmm_session_close(s);
        assert_int_equal(state_of(name), VMM_SESSION_INTERRUPTED);
        tear(name); /* the power went during the undo: it must be possible to go on */
        undone(name);
        assert_int_equal(state_of(name), VMM_SESSION_UNDONE);
        free(name);
    }
}

static void without_its_journal_a_session_is_still_undone(void **state) {
    (void)state;
    char *name = repaired(), *path = of(name, "journal");
    struct vmm_error err = {0};
    json_t *result;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(state_of(name), VMM_SESSION_BROKEN);
    assert_int_equal(vmm_session_finish(name, NULL, (struct vmm_progress){0}, &result, &err), -1);
    assert_int_equal(err.code, VMM_E_BROKEN);
    assert_int_equal(vmm_session_forget(name, &err), -1); /* it may be half on the disk */
    assert_non_null(strstr(err.hint, "vmmedic undo"));
    undone(name);
    assert_int_equal(vmm_session_forget(name, &err), 0);
    free(path);
    free(name);
}

static void originals_that_may_be_needed_are_not_forgotten_with_a_broken_plan(void **state) {
    (void)state;
    static const char interrupted[] = AT "prepared\n" AT "writing 1\n";
    char *name = repaired(), *plan = of(name, "plan.json"), *original = of(name, "originals/1");
    struct vmm_error err = {0};
    harness_write(plan, "{", 1);
    put_journal(name, interrupted, sizeof interrupted - 1);
    assert_int_equal(vmm_session_forget(name, &err), -1);
    assert_int_equal(err.code, VMM_E_INTERRUPTED);
    assert_int_equal(access(original, F_OK), 0);
    put_journal(name, "", 0); /* nothing tells how it ended */
    assert_int_equal(vmm_session_forget(name, &err), -1);
    assert_non_null(strstr(err.hint, "originals"));
    assert_int_equal(access(original, F_OK), 0);
    put_journal(name, AT "prepared\n", sizeof AT + 8);
    assert_int_equal(vmm_session_forget(name, &err), 0);
    assert_int_not_equal(access(original, F_OK), 0);
    free(original);
    free(plan);
    free(name);
}

static bool waits_for(const char *name) {
    struct vmm_open open = {.target = disk};
    struct vmm_volume *look = vmm_volume_open(&open, NULL);
    struct vmm_scan *scan = look ? vmm_scan(look, (struct vmm_progress){0}, NULL) : NULL;
    assert_non_null(scan);
    char *pending = vmm_session_pending(scan);
    bool found = pending != NULL;
    if (found) assert_string_equal(pending, name);
    free(pending);
    vmm_scan_free(scan);
    vmm_volume_close(look, NULL);
    return found;
}

/* Machines made from one image have one disk identity. */
static void a_disk_that_only_has_the_same_identity_is_not_taken_for_the_sessions(void **state) {
    (void)state;
    static const char interrupted[] = AT "prepared\n" AT "writing 1\n";
    char *name = repaired(), *path = of(name, "plan.json"), *other = vmm_printf("%s/other", room), *theirs = vmm_printf("%s/other/disk/Boot/BCD", room);
    put_journal(name, interrupted, sizeof interrupted - 1);
    assert_true(waits_for(name));
    json_t *plan = vmm_json_load(path, NULL);
    json_object_set_new(plan, "target", json_string("/dev/elsewhere"));
    assert_int_equal(vmm_json_save(path, plan, NULL), 0);
    json_decref(plan);
    assert_true(waits_for(name)); /* written by the session */
    tear(name);
    assert_true(waits_for(name)); /* torn by it */
    assert_int_equal(mkdir(other, 0700), 0);
    harness_disk(other, "safe-mode-network");
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(theirs, 1u << 24, &data, &len, NULL), 0);
    harness_write(store, data, len);
    assert_false(waits_for(name)); /* somebody else's */
    free(data);
    free(theirs);
    free(other);
    free(path);
    free(name);
}

/* Its disk tells whether it is half written. */
static void a_session_without_a_journal_is_found_where_it_was_stopped_half_way(void **state) {
    (void)state;
    char *name = repaired(), *path = of(name, "journal");
    assert_int_equal(unlink(path), 0);
    assert_false(waits_for(name)); /* all of it is there */
    tear(name);
    assert_true(waits_for(name));
    undone(name);
    assert_false(waits_for(name));
    free(path);
    free(name);
}

static void an_undo_that_cannot_note_its_start_has_changed_nothing_and_says_so(void **state) {
    (void)state;
    char *name = repaired(), *path = of(name, "journal"), *after = harness_hash(disk);
    struct vmm_error err = {0};
    struct stat st;
    json_t *result;
    assert_int_equal(stat(path, &st), 0);
    struct rlimit old, tight;
    getrlimit(RLIMIT_FSIZE, &old);
    tight = (struct rlimit){(rlim_t)st.st_size + 10, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    int r = vmm_session_undo(name, NULL, (struct vmm_progress){0}, &result, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(r, -1);
    assert_int_equal(vmm_code_exit(err.code), 1);
    assert_int_equal(state_of(name), VMM_SESSION_DONE);
    assert_disk(after);
    undone(name); /* the journal ends with a torn line now */
    assert_int_equal(state_of(name), VMM_SESSION_UNDONE);
    free(after);
    free(path);
    free(name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_torn_line_does_not_swallow_the_next_one, setup, teardown),
        cmocka_unit_test_setup_teardown(without_its_journal_a_session_is_still_undone, setup, teardown),
        cmocka_unit_test_setup_teardown(originals_that_may_be_needed_are_not_forgotten_with_a_broken_plan, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_only_has_the_same_identity_is_not_taken_for_the_sessions, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_without_a_journal_is_found_where_it_was_stopped_half_way, setup, teardown),
        cmocka_unit_test_setup_teardown(an_undo_that_cannot_note_its_start_has_changed_nothing_and_says_so, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
