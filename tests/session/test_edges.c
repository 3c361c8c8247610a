/* Where one run meets another: a run that died before its writes were on the medium, one that acts between two looks of this one, one in another room, a disk that
 * is not the session's. Calls of the C library stand here first, so that a test can see them, fail them, or act at that moment.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "session/session.h"
#include "session/worker.h"
#include "vmmedic/fix.h"

/* ---- the calls ---- */
static struct {
    bool fail_syncfs;
    size_t syncs, writes, syncs_before_writes; /* whole file systems; writes to the disk */
    json_t *synced;                            /* folders and files, by fsync; NULL: not noted */
    void (*at_lock)(void);                     /* once, when somebody is about to lock a session */
    bool note_dumpable, was_dumpable;
    const char *sparse;                        /* NTFS says so of files whose path ends like this */
} seen;

static bool path_of(int fd, char path[512]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, 511);
    path[n < 0 ? 0 : n] = '\0';
    return n > 0;
}

int syncfs(int fd) {
    seen.syncs++;
    if (seen.fail_syncfs) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_syncfs, fd);
}

int fsync(int fd) {
    char path[512];
    if (seen.synced && path_of(fd, path)) json_array_append_new(seen.synced, json_string(path));
    if (seen.note_dumpable) seen.was_dumpable |= prctl(PR_GET_DUMPABLE) != 0;
    return (int)syscall(SYS_fsync, fd);
}

int flock(int fd, int operation) {
    char path[512];
    size_t n = path_of(fd, path) ? strlen(path) : 0;
    void (*act)(void) = seen.at_lock;
    if (act && n > 5 && strcmp(path + n - 5, "/lock") == 0 && operation & LOCK_EX) {
        seen.at_lock = NULL;
        act();
    }
    return (int)syscall(SYS_flock, fd, operation);
}

ssize_t fgetxattr(int fd, const char *name, void *value, size_t size) {
    static const uint8_t sparse[4] = {0, 0, 2, 0};
    char path[512];
    size_t n = path_of(fd, path) ? strlen(path) : 0, m = seen.sparse ? strlen(seen.sparse) : 0;
    if (m && n > m && size >= 4 && strcmp(path + n - m, seen.sparse) == 0 && strcmp(name, "system.ntfs_attrib_be") == 0) {
        memcpy(value, sparse, 4);
        return 4;
    }
    return syscall(SYS_fgetxattr, fd, name, value, size);
}

int __real_vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err);
int __wrap_vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err);
int __wrap_vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err) {
    if (seen.writes++ == 0) seen.syncs_before_writes = seen.syncs;
    return __real_vmm_volume_write(v, part, path, offset, data, len, err);
}

/* ---- a disk ---- */
static char *room, *disk, *boot;

static int setup(void **state) {
    (void)state;
    room = harness_stand("safe-mode-minimal", &disk);
    boot = vmm_printf("%s/boot", room);
    memset(&seen, 0, sizeof seen);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    json_decref(seen.synced);
    memset(&seen, 0, sizeof seen);
    harness_fall(room, disk);
    free(boot);
    return 0;
}

/* The boot store moves to a volume of its own. */
static void own_boot_volume(void) {
    char *from = vmm_printf("%s/Boot", disk), *to = vmm_printf("%s/Boot", boot);
    assert_int_equal(mkdir(boot, 0700), 0);
    assert_int_equal(rename(from, to), 0);
    free(from);
    free(to);
}

static int repair(const char *const *fixes, const char *boot_folder, struct vmm_error *err) {
    struct vmm_open open = {.target = disk, .boot_folder = boot_folder};
    struct vmm_volume *look = vmm_volume_open(&open, err);
    struct vmm_scan *scan = look ? vmm_scan(look, (struct vmm_progress){0}, err) : NULL;
    struct vmm_patient p = {.scan = scan};
    struct vmm_changes changes = {0};
    json_t *result = NULL;
    int r = scan ? vmm_patient_pick(scan, 0, 0, &p, err) : -1;
    for (size_t i = 0; r == 0 && fixes[i]; i++) r = vmm_fix_plan(&p, fixes[i], &changes, err);
    struct vmm_apply a = {.open = open, .look = &look, .scan = scan, .changes = &changes, .snapshot = VMM_SNAPSHOT_NONE, .snapshot_text = "a test"};
    if (r == 0) r = vmm_session_apply(&a, &result, err);
    json_decref(result);
    vmm_changes_clear(&changes);
    vmm_scan_free(scan);
    vmm_volume_close(look, NULL);
    return r;
}

static void repaired(const char *boot_folder) {
    static const char *const fixes[] = {"SM01", NULL};
    struct vmm_error err = {0};
    if (repair(fixes, boot_folder, &err) < 0) fail_msg("%s", err.message);
}

/* The only session; the caller frees both. */
static char *session(char **state) {
    json_t *list;
    assert_int_equal(vmm_session_list(&list, NULL), 0);
    assert_int_equal(json_array_size(list), 1);
    char *name = vmm_strdup(vmm_json_str(json_array_get(list, 0), "session"));
    if (state) *state = vmm_strdup(vmm_json_str(json_array_get(list, 0), "state"));
    json_decref(list);
    return name;
}

static char *journal(void) {
    char *name = session(NULL), *path = vmm_printf("%s/state/sessions/%s/journal", room, name);
    free(name);
    return path;
}

/* As if the run had died when it had written everything and said nothing of it. */
static void cut_the_journal(void) {
    char *path = journal();
    uint8_t *lines;
    size_t len;
    assert_int_equal(vmm_file_read(path, 1u << 20, &lines, &len, NULL), 0);
    char *end = strstr((char *)lines, " written 1\n");
    assert_non_null(end);
    while (end[-1] != '\n') end--;
    harness_write(path, lines, (size_t)(end - (char *)lines));
    free(lines);
    free(path);
}

static void add_line(const char *word) {
    char *path = journal();
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    fprintf(f, "2026-01-01T00:00:00Z %s\n", word);
    fclose(f);
    free(path);
}

/* ---- what another run left ---- */

static void what_reads_right_is_not_called_done_before_it_is_on_the_medium(void **state) {
    (void)state;
    json_t *result;
    struct vmm_error err = {0};
    repaired(NULL);
    cut_the_journal();
    seen.fail_syncfs = true;
    assert_int_equal(vmm_session_finish(NULL, NULL, (struct vmm_progress){0}, &result, &err), -1);
    seen.fail_syncfs = false;
    char *now, *name = session(&now);
    assert_string_equal(now, "interrupted");
    free(name);
    free(now);
}

/* Or the first sector could be on the medium before the pages that the other run had written. */
static void what_a_run_that_died_wrote_is_on_the_medium_before_the_next_write(void **state) {
    (void)state;
    json_t *result;
    struct vmm_error err = {0};
    repaired(NULL);
    cut_the_journal();
    seen.syncs = seen.writes = 0;
    assert_int_equal(vmm_session_undo(NULL, NULL, (struct vmm_progress){0}, &result, &err), 0);
    json_decref(result);
    assert_true(seen.writes > 0);
    assert_true(seen.syncs_before_writes > 0);
}

static bool synced(const char *path) {
    json_t *one;
    size_t i;
    json_array_foreach(seen.synced, i, one)
        if (strcmp(json_string_value(one), path) == 0) return true;
    return false;
}

static void every_new_folder_on_the_way_to_the_originals_is_on_the_medium(void **state) {
    (void)state;
    char *state_dir = vmm_printf("%s/one/two", room), *one = vmm_printf("%s/one", room), *sessions = vmm_printf("%s/sessions", state_dir);
    setenv("VMMEDIC_STATE", state_dir, 1);
    seen.synced = json_array();
    repaired(NULL);
    assert_true(synced(room));
    assert_true(synced(one));
    assert_true(synced(state_dir));
    assert_true(synced(sessions));
    free(sessions);
    free(state_dir);
    free(one);
}

/* ---- what another run does meanwhile ---- */

static void somebody_undoes_it(void) { add_line("undone"); }
static void somebody_dies_in_undo(void) { add_line("undoing"); }

static void a_session_that_was_undone_meanwhile_is_not_finished(void **state) {
    (void)state;
    json_t *result;
    struct vmm_error err = {0};
    repaired(NULL);
    cut_the_journal();
    seen.writes = seen.syncs = 0;
    seen.at_lock = somebody_undoes_it;
    assert_int_equal(vmm_session_finish(NULL, NULL, (struct vmm_progress){0}, &result, &err), 0);
    assert_string_equal(vmm_json_str(result, "state"), "undone");
    json_decref(result);
    char *now, *name = session(&now);
    assert_string_equal(now, "undone");
    free(name);
    free(now);
}

static void a_session_that_was_interrupted_meanwhile_is_not_forgotten(void **state) {
    (void)state;
    struct vmm_error err = {0};
    repaired(NULL);
    char *name = session(NULL), *still, *now;
    seen.at_lock = somebody_dies_in_undo;
    assert_int_equal(vmm_session_forget(name, &err), -1);
    assert_int_equal(err.code, VMM_E_INTERRUPTED);
    still = session(&now);
    assert_string_equal(still, name);
    assert_string_equal(now, "interrupted");
    free(name);
    free(still);
    free(now);
}

/* Its process has a number only where it runs: in a container there is none of that number here. */
static void a_session_that_is_being_made_elsewhere_is_not_swept_away(void **state) {
    (void)state;
    pid_t gone = fork();
    if (gone == 0) _exit(0);
    waitpid(gone, NULL, 0);
    char *dir = vmm_printf("%s/state/sessions/.new-20260101-000000-disk-%d", room, (int)gone), *path = vmm_printf("%s/lock", dir);
    assert_int_equal(vmm_mkdir_p(dir, NULL), 0);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    repaired(NULL);
    assert_int_equal(access(path, F_OK), 0);
    close(fd);
    free(path);
    free(dir);
}

static void two_repairs_do_not_share_a_boot_folder(void **state) {
    (void)state;
    own_boot_volume();
    char *other = vmm_printf("%s/other", room);
    struct vmm_error err = {0};
    harness_disk(other, "safe-mode-minimal");
    char *theirs = vmm_printf("%s/disk", other);
    struct vmm_volume *v = vmm_volume_open(&(struct vmm_open){.target = theirs, .boot_folder = boot, .write = true}, &err);
    assert_non_null(v);
    static const char *const fixes[] = {"SM01", NULL};
    assert_int_equal(repair(fixes, boot, &err), -1);
    assert_int_equal(err.code, VMM_E_IN_USE);
    vmm_volume_close(v, NULL);
    repaired(boot);
    free(theirs);
    free(other);
}

/* ---- another disk ---- */

/* The store of the session's own boot folder stays what it is when the session is undone elsewhere. */
static void undo_elsewhere_does_not_touch_the_first_boot_folder(void **state) {
    (void)state;
    own_boot_volume();
    repaired(boot);
    char *copy = vmm_printf("%s/copy", room), *before = harness_hash(boot);
    json_t *result = NULL;
    struct vmm_error err = {0};
    assert_int_equal(mkdir(copy, 0700), 0);
    harness_disk(copy, "safe-mode-minimal");
    char *there = vmm_printf("%s/disk", copy);
    assert_int_equal(vmm_session_undo(NULL, there, (struct vmm_progress){0}, &result, &err), -1);
    char *after = harness_hash(boot);
    assert_string_equal(before, after);
    json_decref(result);
    free(there);
    free(copy);
    free(before);
    free(after);
}

/* ---- another file ---- */

static enum vmm_file_state state_of(const struct vmm_rewrite *f, const char *text) { return vmm_whole_state(f, &(struct vmm_image){.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)}); }

/* What stood where the password was is not known any more; that it was one line of no great length is. */
static void a_script_that_somebody_added_lines_to_is_not_taken_for_ours(void **state) {
    (void)state;
    char kept[] = "net user a \"\" /add\r\n", *longer = vmm_alloc(3000, 1);
    const struct vmm_rewrite f = {.whole = true, .secret = true, .secret_at = 12, .before = {.absent = true}, .after = {.data = (uint8_t *)kept, .len = strlen(kept)}};
    assert_int_equal(state_of(&f, "net user a \"Passw0rd%%!\" /add\r\n"), VMM_FILE_AFTER);
    assert_int_equal(state_of(&f, "net user a \"Passw0rd%%!\" /add\r\nnet user b \"x\" /add\r\n"), VMM_FILE_OTHER);
    snprintf(longer, 3000, "net user a \"%02000d\" /add\r\n", 1);
    assert_int_equal(state_of(&f, longer), VMM_FILE_OTHER);
    free(longer);
}

/* ---- a file that cannot be written where it stands ---- */

static void nothing_is_written_when_one_of_the_files_cannot_be(void **state) {
    (void)state;
    static const char *const fixes[] = {"SM01", "RD01:profile=article", NULL}; /* the store, then the hive SYSTEM */
    struct vmm_error err = {0};
    char *before = harness_hash(disk);
    json_t *list;
    seen.sparse = "/SYSTEM";
    assert_int_equal(repair(fixes, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_int_equal(seen.writes, 0);
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    assert_int_equal(vmm_session_list(&list, NULL), 0);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    free(before);
    free(after);
}

/* "cp -al" makes such a folder in no time, and people take it for a copy. */
static void a_copy_made_of_hard_links_is_not_written_to(void **state) {
    (void)state;
    static const char *const fixes[] = {"SM01", NULL};
    struct vmm_error err = {0};
    char *store = vmm_printf("%s/Boot/BCD", disk), *other = vmm_printf("%s/BCD", room), *before = harness_hash(disk);
    assert_int_equal(link(store, other), 0);
    assert_int_equal(repair(fixes, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_int_equal(seen.writes, 0);
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    free(before);
    free(after);
    free(store);
    free(other);
}

/* ---- keys ---- */

static void a_worker_that_holds_a_key_is_closed_while_it_undoes(void **state) {
    (void)state;
    int pair[2];
    repaired(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        struct vmm_unlock *key = vmm_unlock_new("a passphrase", 12, NULL);
        json_t *request = json_pack("{s:s,s:o}", "job", "undo", "unlock", vmm_unlock_json(key)), *result = NULL;
        struct vmm_error err = {0};
        struct vmm_worker w = {.fd = pair[0]};
        vmm_keep_to_ourselves(true); /* as it does when the request comes in */
        seen.note_dumpable = true;
        int r = vmm_job_by_name("undo")->run(&w, request, &result, &err);
        _exit(r < 0 ? 2 : seen.was_dumpable ? 1 : 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_reads_right_is_not_called_done_before_it_is_on_the_medium, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_run_that_died_wrote_is_on_the_medium_before_the_next_write, setup, teardown),
        cmocka_unit_test_setup_teardown(every_new_folder_on_the_way_to_the_originals_is_on_the_medium, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_that_was_undone_meanwhile_is_not_finished, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_that_was_interrupted_meanwhile_is_not_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_that_is_being_made_elsewhere_is_not_swept_away, setup, teardown),
        cmocka_unit_test_setup_teardown(two_repairs_do_not_share_a_boot_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(undo_elsewhere_does_not_touch_the_first_boot_folder, setup, teardown),
        cmocka_unit_test(a_script_that_somebody_added_lines_to_is_not_taken_for_ours),
        cmocka_unit_test_setup_teardown(nothing_is_written_when_one_of_the_files_cannot_be, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_made_of_hard_links_is_not_written_to, setup, teardown),
        cmocka_unit_test_setup_teardown(a_worker_that_holds_a_key_is_closed_while_it_undoes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
