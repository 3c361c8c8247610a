/* A repair with a password: it is on the guest's disk and nowhere else, an interrupted one can only be put back, and undo leaves no trace. Writes and journal lines
 * go through wrappers (see the Makefile) that fail or kill the process at the Nth call.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/logs.h"
#include "harness/run.h"
#include "session/client.h"
#include "session/session.h"
#include "vmmedic/fix.h"

#define SECRET "Zq7%kW3x&plover"
#define IN_SCRIPT "Zq7%%kW3x&plover"

/* ---- wrappers ---- */

static long kill_at = -1, fail_at = -1, calls;

static int trip(struct vmm_error *err) {
    long n = calls++;
    if (n == kill_at) kill(getpid(), SIGKILL);
    return n == fail_at ? vmm_fail(err, VMM_E_WRITE, NULL, "injected failure %ld", n) : 0;
}

#define WRAP(name, arguments, names)          \
    int __real_##name arguments;              \
    int __wrap_##name arguments;              \
    int __wrap_##name arguments {             \
        if (trip(err) < 0) return -1;         \
        int r = __real_##name names;          \
        return r < 0 || trip(err) < 0 ? -1 : r; \
    }
WRAP(vmm_volume_write, (struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err), (v, part, path, offset, data, len, err))
WRAP(vmm_volume_make_folder, (struct vmm_volume *v, int part, const char *path, struct vmm_error *err), (v, part, path, err))
WRAP(vmm_volume_remove, (struct vmm_volume *v, int part, const char *path, struct vmm_error *err), (v, part, path, err))
WRAP(vmm_volume_sync, (struct vmm_volume *v, struct vmm_error *err), (v, err))

/* One that fails or dies may have got half way. */
int __real_vmm_volume_create(struct vmm_volume *v, int part, const char *path, const void *data, size_t len, bool private, struct vmm_error *err);
int __wrap_vmm_volume_create(struct vmm_volume *v, int part, const char *path, const void *data, size_t len, bool private, struct vmm_error *err);
int __wrap_vmm_volume_create(struct vmm_volume *v, int part, const char *path, const void *data, size_t len, bool private, struct vmm_error *err) {
    if (calls == kill_at || calls == fail_at) __real_vmm_volume_create(v, part, path, data, len / 2, private, NULL);
    if (trip(err) < 0) return -1;
    if (calls == kill_at || calls == fail_at) {
        __real_vmm_volume_create(v, part, path, data, 0, private, NULL);
        return trip(err);
    }
    calls++;
    int r = __real_vmm_volume_create(v, part, path, data, len, private, err);
    return r < 0 || trip(err) < 0 ? -1 : r;
}

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
    return r < 0 || trip(err) < 0 ? -1 : r;
}

/* ---- a disk ---- */

static char *room, *disk, *state_dir;

static int setup(void **state) {
    (void)state;
    room = harness_room();
    disk = vmm_printf("%s/disk", room);
    state_dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", state_dir, 1);
    harness_disk(room, "healthy");
    kill_at = fail_at = -1;
    calls = 0;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    free(room);
    free(disk);
    free(state_dir);
    return 0;
}

static void put(const char *path, const char *text) {
    char *whole = vmm_printf("%s/%s", disk, path), *dir = vmm_strdup(whole);
    *strrchr(dir, '/') = '\0';
    assert_int_equal(vmm_mkdir_p(dir, NULL), 0);
    harness_write(whole, text, strlen(text));
    free(whole);
    free(dir);
}

static void some_policy(void) {
    put("Windows/System32/GroupPolicy/gpt.ini", "[General]\r\nVersion=7\r\n");
    put("Windows/System32/GroupPolicy/Machine/Scripts/scripts.ini", "[Startup]\r\n0CmdLine=a.cmd\r\n0Parameters=\r\n");
}

/* Logs beside a hive, that Windows would read: then it is written log entry first. */
static void put_logs(const char *hive) {
    uint8_t *data;
    size_t len;
    struct vmm_buf log = {0};
    char *path = vmm_printf("%s/%s", disk, hive), *one = vmm_printf("%s.LOG1", path), *two = vmm_printf("%s.LOG2", path);
    assert_int_equal(vmm_file_read(path, 1u << 26, &data, &len, NULL), 0);
    log_left_behind(&log, data, len);
    harness_write(one, log.data, log.len);
    harness_write(two, log.data, log.len / 2);
    free(path);
    free(one);
    free(two);
    free(data);
    vmm_buf_free(&log);
}

/* Names, folders too, and contents. */
static char *listing(void) {
    struct ran r = harness_run(NULL, "sh", "-c", "cd \"$1\" && find . | sort && find . -type f | sort | xargs -d '\\n' sha256sum", "sh", disk, NULL);
    assert_int_equal(r.code, 0);
    char *text = vmm_strdup(r.out);
    harness_ran_clear(&r);
    return text;
}

/* The files below DIR that hold TEXT, one a line. */
static char *holders(const char *dir, const char *text) {
    struct ran r = harness_run(NULL, "grep", "-rlaF", "--", text, dir, NULL);
    char *names = vmm_strdup(r.out);
    harness_ran_clear(&r);
    return names;
}

static void nowhere(const char *dir, const char *text) {
    char *names = holders(dir, text);
    if (*names) fail_msg("%s is in %s", text, names);
    free(names);
}

/* The password in the forms it could be kept in. */
static void nothing_is_kept_in(const char *dir) {
    char *hex = vmm_hex((const uint8_t *)"kW3x&plover", 11);
    nowhere(dir, "kW3x&plover");
    nowhere(dir, "plover");
    nowhere(dir, hex);
    free(hex);
}

/* SPECS: one fix, or two with a blank between. */
static int repair(const char *specs, struct vmm_error *err) {
    struct vmm_open open = {.target = disk};
    struct vmm_volume *look = vmm_volume_open(&open, err);
    struct vmm_scan *scan = look ? vmm_scan(look, (struct vmm_progress){0}, err) : NULL;
    struct vmm_patient p = {.scan = scan};
    struct vmm_changes changes = {0};
    json_t *result = NULL;
    int r = scan ? vmm_patient_pick(scan, 0, 0, &p, err) : -1;
    p.secret = SECRET;
    char *copy = vmm_strdup(specs), *rest = copy, *spec;
    while (r == 0 && (spec = strsep(&rest, " "))) r = vmm_fix_plan(&p, spec, &changes, err);
    free(copy);
    struct vmm_apply a = {.open = open, .look = &look, .scan = scan, .changes = &changes, .snapshot = VMM_SNAPSHOT_NONE, .snapshot_text = "a test"};
    calls = 0;
    if (r == 0) r = vmm_session_apply(&a, &result, err);
    json_decref(result);
    vmm_changes_clear(&changes);
    vmm_scan_free(scan);
    vmm_volume_close(look, NULL);
    return r;
}

static void undone(void) {
    json_t *result;
    struct vmm_error err = {0};
    if (vmm_session_undo(NULL, NULL, (struct vmm_progress){0}, &result, &err) < 0) fail_msg("%s", err.message);
    json_decref(result);
}

/* ---- promises ---- */

static void only_the_script_has_it_and_undo_leaves_no_trace(const char *spec, const char *script) {
    struct vmm_error err = {0};
    char *before = listing();
    if (repair(spec, &err) < 0) fail_msg("%s", err.message);
    char *names = holders(room, IN_SCRIPT), *want = vmm_printf("%s/%s\n", disk, script);
    assert_string_equal(names, want);
    nothing_is_kept_in(state_dir);
    undone();
    nothing_is_kept_in(room);
    char *after = listing();
    assert_string_equal(before, after);
    free(before);
    free(after);
    free(names);
    free(want);
}

static void by_policy(void **state) {
    (void)state;
    only_the_script_has_it_and_undo_leaves_no_trace("P01:user=ada", "Windows/System32/GroupPolicy/Machine/Scripts/Startup/vmmedic-P01.cmd");
}

static void by_policy_beside_another(void **state) {
    some_policy();
    by_policy(state);
}

static void by_setup(void **state) {
    (void)state;
    only_the_script_has_it_and_undo_leaves_no_trace("P02:user=ada", "Windows/Setup/vmmedic-P02.cmd");
}

/* Killed at every write, folder, sync and journal line: what is left can be put back and not finished. */
static void killed_anywhere(const char *spec) {
    struct vmm_error err = {0};
    char *before = listing();
    long total = 0;
    size_t interrupted = 0;
    for (long at = 0; at == 0 || at <= total; at++) {
        pid_t pid = fork();
        if (pid == 0) {
            kill_at = at;
            repair(spec, &err);
            _exit(calls > 250 ? 250 : (int)calls);
        }
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status)) { /* past the last call */
            undone();
            assert_int_equal(vmm_remove_tree(state_dir, NULL), 0);
            break;
        }
        total = at + 1;
        nothing_is_kept_in(state_dir);
        json_t *list, *result;
        assert_int_equal(vmm_session_list(&list, NULL), 0);
        const json_t *one = json_array_get(list, 0);
        if (one && strcmp(vmm_json_str(one, "state"), "interrupted") == 0) {
            interrupted++;
            assert_int_equal(vmm_session_finish(NULL, NULL, (struct vmm_progress){0}, &result, &err), -1);
            assert_int_equal(err.code, VMM_E_UNSUPPORTED);
            assert_non_null(strstr(err.message, "password"));
        }
        if (one) undone();
        char *after = listing();
        if (strcmp(before, after) != 0) fail_msg("killed at %ld: %s%s", at, before, after);
        free(after);
        json_decref(list);
        assert_int_equal(vmm_remove_tree(state_dir, NULL), 0);
    }
    if (interrupted <= 10) fail_msg("only %zu of %ld were interrupted", interrupted, total);
    free(before);
}

static void an_interrupted_one_can_only_be_put_back(void **state) {
    (void)state;
    killed_anywhere("P01:user=ada");
    some_policy();
    killed_anywhere("P01:user=ada");
}

static void an_interrupted_setup_can_only_be_put_back(void **state) {
    (void)state;
    killed_anywhere("P02:user=ada");
}

/* Files, a hive of which the script is a part, and a store, the last two with logs. */
#define MIXED "SC01 P02:user=ada"
static void mixed_disk(void) {
    put_logs("Boot/BCD");
    put_logs("Windows/System32/config/SYSTEM");
}

static void an_interrupted_one_with_hives_can_only_be_put_back(void **state) {
    (void)state;
    mixed_disk();
    killed_anywhere(MIXED);
}

static void failing_anywhere(const char *spec) {
    char *before = listing();
    size_t failures = 0;
    for (long at = 0;; at++) {
        struct vmm_error err = {0};
        fail_at = at;
        int r = repair(spec, &err);
        fail_at = -1;
        if (r == 0) break;
        failures++;
        if (err.code == VMM_E_INTERRUPTED) undone(); /* the very last line could not be written */
        char *after = listing();
        if (strcmp(before, after) != 0) fail_msg("failed at %ld (%s): %s%s", at, err.message, before, after);
        free(after);
        nothing_is_kept_in(room);
        assert_int_equal(vmm_remove_tree(state_dir, NULL), 0);
    }
    assert_true(failures > 10);
    free(before);
}

static void a_failure_anywhere_puts_everything_back(void **state) {
    (void)state;
    failing_anywhere("P01:user=ada");
}

static void a_failure_anywhere_among_files_and_hives_puts_everything_back(void **state) {
    (void)state;
    mixed_disk();
    failing_anywhere(MIXED);
}

static void what_windows_did_itself_is_not_undone_over(void **state) {
    (void)state;
    struct vmm_error err = {0};
    json_t *result;
    assert_int_equal(repair("P01:user=ada", &err), 0);
    put("Windows/System32/GroupPolicy/gpt.ini", "[General]\r\nVersion=9\r\n");
    assert_int_equal(vmm_session_undo(NULL, NULL, (struct vmm_progress){0}, &result, &err), -1);
    assert_int_equal(err.code, VMM_E_CHANGED);
}

/* ---- the processes ---- */

static char *proc(int pid, const char *name) {
    char *path = vmm_printf("/proc/%d/%s", pid, name);
    uint8_t *data = NULL;
    size_t len = 0;
    assert_int_equal(vmm_file_read(path, 1u << 20, &data, &len, NULL), 0);
    for (size_t i = 0; i < len; i++)
        if (data[i] == 0) data[i] = ' ';
    free(path);
    return (char *)data;
}

static json_t *call(struct vmm_client *c, json_t *request) {
    struct vmm_error err = {0};
    json_t *r = vmm_client_call(c, request, NULL, NULL, &err);
    if (r == NULL) fail_msg("%s", err.message);
    return r;
}

/* How often TEXT is in the process's memory; -1 when that cannot be read here. */
static int in_memory(int pid, const char *text) {
    char *maps = proc(pid, "maps"), *path = vmm_printf("/proc/%d/mem", pid), *rest = maps, *line;
    int fd = open(path, O_RDONLY | O_CLOEXEC), found = fd < 0 ? -1 : 0;
    while (fd >= 0 && (line = strsep(&rest, "\n"))) {
        unsigned long from, to;
        char may[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, may) != 3 || may[0] != 'r' || may[1] != 'w' || to - from > (64ul << 20)) continue;
        char *bytes = vmm_alloc(to - from, 1);
        ssize_t n = pread(fd, bytes, to - from, (off_t)from);
        for (char *p = bytes; n > 0 && (p = memmem(p, (size_t)(bytes + n - p), text, strlen(text))); p++) found++;
        free(bytes);
    }
    if (fd >= 0) close(fd);
    free(maps);
    free(path);
    return found;
}

static void the_worker_shows_it_to_nobody_and_forgets_it(void **state) {
    (void)state;
    struct vmm_error err = {0};
    struct vmm_client *c = vmm_client_start_program(VMMEDIC, &err);
    assert_non_null(c);
    int pid = vmm_client_pid(c);
    json_decref(call(c, json_pack("{s:s,s:s}", "job", "scan", "target", disk)));
    json_t *plan = call(c, json_pack("{s:s,s:[s],s:s}", "job", "plan", "fixes", "P01:user=ada", "secret", SECRET));
    char *text = json_dumps(plan, 0);
    assert_null(strstr(text, "plover"));
    assert_string_equal(vmm_json_str(plan, "secret"), "given");
    char *limits = proc(pid, "limits"), *line = strstr(limits, "Max core file size"), *arguments = proc(pid, "cmdline");
    unsigned long soft = 1;
    assert_int_equal(sscanf(line, "Max core file size %lu", &soft), 1);
    assert_int_equal(soft, 0);
    assert_null(strstr(arguments, "plover"));
    assert_true(in_memory(pid, IN_SCRIPT) != 0); /* the search would find it */
    json_decref(call(c, json_pack("{s:s,s:{s:s,s:s}}", "job", "apply", "snapshot", "kind", "none", "text", "a test")));
    json_decref(call(c, json_pack("{s:s}", "job", "close")));
    assert_true(in_memory(pid, "kW3x&plover") <= 0);
    nothing_is_kept_in(state_dir);
    vmm_client_close(c);
    undone();
    free(text);
    free(limits);
    free(arguments);
    json_decref(plan);
}

static void while_it_is_held_there_is_no_core_dump(void **state) {
    (void)state;
    pid_t pid = fork(); /* the limit cannot be raised again */
    if (pid == 0) {
        vmm_keep_to_ourselves(true);
        int held = prctl(PR_GET_DUMPABLE);
        vmm_keep_to_ourselves(false);
        _exit(held == 0 && prctl(PR_GET_DUMPABLE) == 1 ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_preview_without_it_is_never_applied(void **state) {
    (void)state;
    struct vmm_error err = {0};
    char *before = listing();
    struct vmm_client *c = vmm_client_start_program(VMMEDIC, &err);
    json_decref(call(c, json_pack("{s:s,s:s}", "job", "scan", "target", disk)));
    json_t *plan = call(c, json_pack("{s:s,s:[s]}", "job", "plan", "fixes", "P01:user=ada"));
    assert_string_equal(vmm_json_str(plan, "secret"), "missing");
    json_decref(plan);
    assert_null(vmm_client_call(c, json_pack("{s:s,s:{s:s,s:s}}", "job", "apply", "snapshot", "kind", "none", "text", "a test"), NULL, NULL, &err));
    assert_int_equal(err.code, VMM_E_USAGE);
    vmm_client_close(c);
    char *after = listing();
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* ---- the command ---- */

static struct ran apply(const char *input, const char *file) {
    return harness_run(input, VMMEDIC, "apply", disk, "--fix", "P01:user=ada", "--yes", "--no-snapshot", "a test", "--json", file ? "--password-file" : NULL, file, NULL);
}

static void the_command_takes_it_from_a_file_and_says_it_nowhere(void **state) {
    (void)state;
    char *file = vmm_printf("%s/password", room), *before = listing();
    static const char *const bad[] = {"", "\n", "one line\nand another\n", "simple\n", "quote\"Inside1\n"};
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        struct ran r = apply(bad[i], "-");
        assert_int_equal(r.code, 2);
        if (strlen(bad[i]) > 2) assert_null(strstr(r.out, "nside1"));
        harness_ran_clear(&r);
    }
    struct ran r = apply(NULL, NULL); /* no terminal, no file */
    assert_int_equal(r.code, 2);
    harness_ran_clear(&r);
    char *after = listing();
    assert_string_equal(before, after);
    harness_write(file, SECRET "\n", strlen(SECRET) + 1);
    r = apply(NULL, file);
    if (r.code != 0) fail_msg("%s", r.err);
    assert_null(strstr(r.out, "plover"));
    assert_null(strstr(r.err, "plover"));
    harness_ran_clear(&r);
    nothing_is_kept_in(state_dir);
    r = apply(NULL, file); /* again: it waits */
    assert_int_equal(r.code, 3);
    harness_ran_clear(&r);
    undone();
    free(file);
    free(before);
    free(after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(by_policy),
        TEST(by_policy_beside_another),
        TEST(by_setup),
        TEST(an_interrupted_one_can_only_be_put_back),
        TEST(an_interrupted_setup_can_only_be_put_back),
        TEST(an_interrupted_one_with_hives_can_only_be_put_back),
        TEST(a_failure_anywhere_puts_everything_back),
        TEST(a_failure_anywhere_among_files_and_hives_puts_everything_back),
        TEST(what_windows_did_itself_is_not_undone_over),
        TEST(the_worker_shows_it_to_nobody_and_forgets_it),
        TEST(while_it_is_held_there_is_no_core_dump),
        TEST(a_preview_without_it_is_never_applied),
        TEST(the_command_takes_it_from_a_file_and_says_it_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
