/* Every call of the real program and its worker that can fail fails, once or from then on, while a repair is written, undone or finished: the disk is the old
 * one, the new one, or the session brings it to one of them; the exit code says which; nothing is left behind. A sample of the calls; FAILING=all for each, FAILING_ONLY=pattern.
 * The same when the process that makes the call is killed there: before each line of the journal, and before each is on the medium.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/failing.h"
#include "harness/folder.h"
#include "harness/logs.h"
#include "harness/run.h"
#include "session/client.h"

#define FILES 3

static const char *const changing[FILES] = {"Boot/BCD", "Boot/BCD.LOG1", "Boot/BCD.LOG2"}; /* by a repair of the store */
static char *room, *disk, *state, *counter;
static struct {
    uint8_t *data;
    size_t len;
} original[FILES], repaired[FILES];
static char *before, *after; /* hashes of the whole disk */
static long tried;

static const struct failure failures[] = { /* one with a name is tried at each of its calls */
    {"open", NULL, EIO, false, false}, {"open", NULL, EIO, true, false}, {"open", NULL, EMFILE, false, false}, {"read", NULL, EIO, false, false},
    {"read", NULL, EIO, true, false}, {"read", NULL, EINTR, false, true}, {"read", NULL, 0, false, true}, {"read", NULL, 0, true, true},
    {"write", NULL, EIO, false, false}, {"write", NULL, EIO, true, false}, {"write", NULL, ENOSPC, true, false}, {"write", NULL, EINTR, false, true},
    {"write", NULL, 0, false, true}, {"write", NULL, 0, true, true}, {"sync", NULL, EIO, false, false}, {"sync", NULL, EIO, true, false},
    {"truncate", NULL, EIO, true, false}, {"rename", NULL, EIO, false, false}, {"rename", NULL, ENOSPC, true, false}, {"alloc", NULL, ENOMEM, false, false},
    {"alloc", NULL, ENOMEM, true, false}, {"write", NULL, KILLED, false, false}, {"sync", NULL, KILLED, false, false}, {"rename", NULL, KILLED, false, false},
    {"write", "/journal", KILLED, false, false}, {"sync", "/journal", KILLED, false, false},
};

/* ---- the disk ---- */
static void read_files(void *into) {
    struct {
        uint8_t *data;
        size_t len;
    } *list = into;
    for (int i = 0; i < FILES; i++) {
        char *path = vmm_printf("%s/%s", disk, changing[i]);
        assert_int_equal(vmm_file_read(path, 1u << 24, &list[i].data, &list[i].len, NULL), 0);
        free(path);
    }
}

static void put_disk(bool new) {
    for (int i = 0; i < FILES; i++) {
        char *path = vmm_printf("%s/%s", disk, changing[i]);
        harness_write(path, new ? repaired[i].data : original[i].data, new ? repaired[i].len : original[i].len);
        free(path);
    }
}

static bool is(const char *hash) {
    char *now = harness_hash(disk);
    bool same = strcmp(now, hash) == 0;
    free(now);
    return same;
}

static void put_log(void) {
    char *store = vmm_printf("%s/Boot/BCD", disk), *log_path = vmm_printf("%s.LOG1", store), *empty = vmm_printf("%s.LOG2", store);
    uint8_t *data;
    size_t len;
    struct vmm_buf log = {0};
    assert_int_equal(vmm_file_read(store, 1u << 24, &data, &len, NULL), 0);
    log_left_behind(&log, data, len);
    harness_write(log_path, log.data, log.len);
    harness_write(empty, "", 0);
    vmm_buf_free(&log);
    free(data);
    free(store);
    free(log_path);
    free(empty);
}

/* ---- the program, failing ---- */
static struct ran apply(void) { return harness_run(NULL, PROGRAM, "apply", disk, "--fix", "SM01", "--yes", "--no-snapshot", "a test", "--json", NULL); }
static struct ran undo(void) { return harness_run(NULL, PROGRAM, "undo", "--yes", "--json", NULL); }

/* The only session's state, "" when there is none, once nobody works on it any more (a worker outlives a front end). */
static char *session_state(char **name) {
    for (;;) {
        struct ran r = harness_run(NULL, PROGRAM, "sessions", "--json", NULL);
        json_t *list = json_object_get(r.json, "sessions"), *s = json_array_get(list, 0);
        assert_int_equal(r.code, 0);
        assert_true(json_array_size(list) <= 1);
        bool running = json_is_true(json_object_get(s, "running"));
        char *is_now = vmm_strdup(vmm_json_str(s, "state"));
        if (name) *name = vmm_strdup(vmm_json_str(s, "session"));
        harness_ran_clear(&r);
        if (!running) return is_now;
        free(is_now);
        if (name) free(*name);
    }
}

static void undone(const char *where) {
    struct ran r = undo();
    if (r.code != 0) fail_msg("%s: undo ended with %d: %s", where, r.code, r.err);
    harness_ran_clear(&r);
    if (!is(before)) fail_msg("%s: undo did not give back the original", where);
}

/* What a session must be good for, whatever happened to it. */
static void nothing_is_lost(const char *where) {
    char *now = session_state(NULL);
    bool old = is(before);
    if (strcmp(now, "") == 0 || strcmp(now, "put-back") == 0 || strcmp(now, "undone") == 0) {
        if (!old) fail_msg("%s: the disk is not as it was, and the session is \"%s\"", where, now);
    } else {
        undone(where);
    }
    free(now);
}

/* Nothing is left on the disk or, after the next run and forgetting it, in the state folder. */
static void nothing_is_left(const char *where) {
    char *name, *now = session_state(&name), *sessions = vmm_printf("%s/sessions", state);
    struct ran r;
    if (*now) {
        r = harness_run(NULL, PROGRAM, "sessions", "--forget", name, NULL);
        if (r.code != 0) fail_msg("%s: forgetting: %s", where, r.err);
        harness_ran_clear(&r);
    }
    free(name);
    free(now);
    DIR *d = opendir(sessions);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strncmp(e->d_name, ".new-", 5) != 0) fail_msg("%s: left behind: %s", where, e->d_name);
    if (d) closedir(d);
    free(sessions);
    if (!is(before)) fail_msg("%s: something is left on the disk", where);
}

/* A worker outlives a front end that dies, for a moment. */
static void makers_are_gone(const char *sessions) {
    DIR *d = opendir(sessions);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        if (strncmp(e->d_name, ".new-", 5) != 0) continue;
        pid_t maker = (pid_t)strtol(strrchr(e->d_name, '-') + 1, NULL, 10);
        for (int i = 0; kill(maker, 0) == 0; i++) {
            if (i == 3000) fail_msg("the maker of %s does not end", e->d_name);
            poll(NULL, 0, 10);
        }
    }
    if (d) closedir(d);
}

/* The next run sweeps what a process that died had not named yet. */
static void the_next_run_sweeps(void) {
    char *sessions = vmm_printf("%s/sessions", state);
    makers_are_gone(sessions);
    struct ran r = apply();
    assert_int_equal(r.code, 0);
    harness_ran_clear(&r);
    undone("the next run");
    nothing_is_left("the next run");
    DIR *d = opendir(sessions);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.') fail_msg("left behind: %s", e->d_name);
        else if (strncmp(e->d_name, ".new-", 5) == 0) fail_msg("not swept: %s", e->d_name);
    if (d) closedir(d);
    free(sessions);
}

/* ---- which calls ---- */
static long step_of(long count) {
    const char *all = getenv("FAILING");
    long wanted = all ? strcmp(all, "all") == 0 ? 2000 : strtol(all, NULL, 10) : 2;
    return count <= wanted ? 1 : count / wanted;
}

typedef void (*start_fn)(void);                                       /* makes the disk and the sessions as they are before the run */
typedef struct ran (*run_fn)(void);
typedef void (*judge_fn)(const struct ran *r, const struct failure *f, const char *where);

static void every_call(start_fn start, run_fn run, judge_fn judge) {
    for (size_t k = 0; k < VMM_COUNT(failures); k++) {
        const struct failure *f = &failures[k];
        start();
        harness_failing(f, -1, room, counter);
        struct ran r = run();
        long count = harness_well(counter, NULL), step = f->name ? 1 : step_of(count);
        if (r.code != 0) fail_msg("without a failure: %d: %s", r.code, r.err);
        harness_ran_clear(&r);
        nothing_is_lost("without a failure");
        nothing_is_left("without a failure");
        for (long n = (long)(k * 7919 + 13) % step; n < count; n += step) {
            char where[120];
            long failed;
            snprintf(where, sizeof where, "%s%s %ld of %ld, error %d%s", f->call, f->name ? f->name : "", n, count, f->number, f->forever ? ", from then on" : "");
            start();
            harness_failing(f, n, room, counter);
            r = run();
            harness_well(counter, &failed);
            if (f->name && failed == 0) fail_msg("%s: nothing was killed", where);
            if (failed == 0 && r.code != 0) fail_msg("%s: %d without a failure: %s", where, r.code, r.err);
            judge(&r, f, where);
            harness_ran_clear(&r);
            nothing_is_lost(where);
            nothing_is_left(where);
            tried++;
        }
    }
    printf("  %ld failures\n", tried);
}

/* ---- promises ---- */
static void fresh(void) { put_disk(false); }

static void judge_apply(const struct ran *r, const struct failure *f, const char *where) {
    char *now = session_state(NULL);
    bool old = is(before), new = is(after), alloc = strcmp(f->call, "alloc") == 0, killed = f->number == KILLED;
    if (f->harmless && strcmp(f->call, "write") != 0 && r->code != 0) fail_msg("%s: %d: %s", where, r->code, r->err);
    switch (r->code) {
    case 0:
        if (!new || strcmp(now, "done") != 0) fail_msg("%s: 0, but the session is \"%s\"", where, now);
        break;
    case 1:
    case 3: /* a front end without memory dies, and its worker ends what it began: the session says so */
        if (!old && !(alloc && new && strcmp(now, "done") == 0) && !(alloc && strcmp(now, "interrupted") == 0)) fail_msg("%s: %d, but the disk is not as it was: %s", where, r->code, r->err);
        /* what can open or write nothing any more cannot say in its journal that it gave up; the disk is as it was, and an undo ends it */
        if (old && strcmp(now, "") != 0 && strcmp(now, "put-back") != 0 && !alloc && !f->forever) fail_msg("%s: %d, and a session is left, \"%s\"", where, r->code, now);
        break;
    case 5: /* a front end without memory does not hear how its worker ended, nor how far one came that was killed, and says the worse */
        if (strcmp(now, "interrupted") != 0 && strcmp(now, "done") != 0 && !((alloc || killed) && old)) fail_msg("%s: 5, but the session is \"%s\"", where, now);
        break;
    case 128 + SIGKILL: break; /* the front end; its worker ends what it began */
    default: fail_msg("%s: ended with %d: %s", where, r->code, r->err);
    }
    free(now);
}

static void an_apply_whose_calls_fail_loses_nothing(void **unused) {
    (void)unused;
    every_call(fresh, apply, judge_apply);
    the_next_run_sweeps();
}

static void applied(void) {
    put_disk(false);
    struct ran r = apply();
    assert_int_equal(r.code, 0);
    harness_ran_clear(&r);
}

static void judge_undo(const struct ran *r, const struct failure *f, const char *where) {
    char *now = session_state(NULL);
    bool old = is(before), new = is(after), alloc = strcmp(f->call, "alloc") == 0;
    switch (r->code) {
    case 0:
        if (!old || strcmp(now, "undone") != 0) fail_msg("%s: 0, but the session is \"%s\"", where, now);
        break;
    case 1:
    case 3: /* the journal's line may be there although its sync failed: an undo that is said to have begun, which the next one ends */
        if (!alloc && (!new || (strcmp(now, "done") != 0 && strcmp(now, "interrupted") != 0))) fail_msg("%s: %d, but something was written and the session is \"%s\": %s", where, r->code, now, r->err);
        break;
    case 5: break;
    case 128 + SIGKILL: break;
    default: fail_msg("%s: ended with %d: %s", where, r->code, r->err);
    }
    free(now);
}

static void an_undo_whose_calls_fail_loses_nothing(void **unused) {
    (void)unused;
    every_call(applied, undo, judge_undo);
}

/* An apply that was stopped after its journal said that writing began: the disk is torn between old and new. */
static void interrupted(void) {
    applied();
    char *name, *now = session_state(&name), *path = vmm_printf("%s/sessions/%s/journal", state, name);
    uint8_t *lines;
    size_t len;
    assert_int_equal(vmm_file_read(path, 1u << 20, &lines, &len, NULL), 0);
    char *end = strstr((char *)lines, " written 1\n");
    assert_non_null(end);
    while (end[-1] != '\n') end--;
    harness_write(path, lines, (size_t)(end - (char *)lines));
    char *store = vmm_printf("%s/%s", disk, changing[0]);
    uint8_t *torn = vmm_memdup(repaired[0].data, repaired[0].len);
    memcpy(torn, original[0].data, 512);
    harness_write(store, torn, repaired[0].len);
    free(torn);
    free(store);
    free(lines);
    free(path);
    free(name);
    free(now);
}

/* There is no command for it: the wizard asks the worker. */
static struct ran finish(void) {
    struct ran r = {.out = vmm_strdup(""), .err = vmm_strdup("")};
    struct vmm_error err = {0};
    struct vmm_client *c = vmm_client_start_program(PROGRAM, &err);
    json_t *result = c ? vmm_client_call(c, json_pack("{s:s}", "job", "finish"), NULL, NULL, &err) : NULL;
    if (result == NULL) {
        free(r.err);
        r.err = vmm_strdup(err.message);
        r.code = vmm_code_exit(err.code);
    }
    json_decref(result);
    vmm_client_close(c);
    return r;
}

static void judge_finish(const struct ran *r, const struct failure *f, const char *where) {
    char *now = session_state(NULL);
    (void)f;
    if (r->code == 0 && (!is(after) || strcmp(now, "done") != 0)) fail_msg("%s: finished, but the session is \"%s\"", where, now);
    if (r->code != 0 && strcmp(now, "interrupted") != 0 && strcmp(now, "done") != 0) fail_msg("%s: %d, but the session is \"%s\"", where, r->code, now);
    free(now);
}

static void finishing_whose_calls_fail_loses_nothing(void **unused) {
    (void)unused;
    every_call(interrupted, finish, judge_finish);
}

/* ---- */
static int setup(void **unused) {
    (void)unused;
    room = harness_quick_room();
    disk = vmm_printf("%s/disk", room);
    state = vmm_printf("%s/state", room);
    counter = vmm_printf("%s.counter", room);
    setenv("VMMEDIC_STATE", state, 1);
    harness_disk(room, "safe-mode-minimal");
    put_log();
    read_files(original);
    before = harness_hash(disk);
    struct ran r = apply();
    if (r.code != 0) fail_msg("%s", r.err);
    harness_ran_clear(&r);
    read_files(repaired);
    after = harness_hash(disk);
    assert_true(repaired[1].len == original[1].len && memcmp(repaired[1].data, original[1].data, original[1].len) != 0); /* the log carried it */
    undone("setting up");
    nothing_is_left("setting up");
    return 0;
}

static int teardown(void **unused) {
    (void)unused;
    unlink(counter);
    vmm_remove_tree(room, NULL);
    for (int i = 0; i < FILES; i++) {
        free(original[i].data);
        free(repaired[i].data);
    }
    free(before);
    free(after);
    free(room);
    free(disk);
    free(state);
    free(counter);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_apply_whose_calls_fail_loses_nothing),
        cmocka_unit_test(an_undo_whose_calls_fail_loses_nothing),
        cmocka_unit_test(finishing_whose_calls_fail_loses_nothing),
    };
    if (getenv("FAILING_ONLY")) cmocka_set_test_filter(getenv("FAILING_ONLY"));
    return cmocka_run_group_tests(tests, setup, teardown);
}
