/* The worker's protocol when the two ends do not move in step.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <unistd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"
#include "session/client.h"

static char *room, *disk;

static int setup(void **state) {
    (void)state;
    room = harness_stand("safe-mode-minimal", &disk);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    harness_fall(room, disk);
    return 0;
}

/* A worker that answers something else and dies while it is to write. */
static void a_stray_answer_does_not_end_the_job_that_writes(void **state) {
    (void)state;
    static const char script[] = "#!/bin/sh\nread line <&3\necho '{\"id\":0,\"event\":\"error\",\"error\":{\"code\":\"usage\",\"message\":\"x\"}}' >&3\n";
    char *program = vmm_printf("%s/worker", room);
    harness_write(program, script, sizeof script - 1);
    assert_int_equal(chmod(program, 0700), 0);
    struct vmm_error err = {0};
    struct vmm_client *c = vmm_client_start_program(program, &err);
    assert_non_null(c);
    assert_null(vmm_client_call(c, json_pack("{s:s}", "job", "apply"), NULL, NULL, &err));
    assert_int_equal(err.code, VMM_E_INTERRUPTED);
    vmm_client_close(c);
    free(program);
}

static json_t *ask(struct vmm_client *c, json_t *request, struct vmm_error *err) {
    *err = (struct vmm_error){0};
    return vmm_client_call(c, request, NULL, NULL, err);
}

static void count_errors(void *ctx, const json_t *event) { *(int *)ctx += strcmp(vmm_json_str(event, "event"), "error") == 0; }

static void what_was_not_planned_last_is_not_applied(void **state) {
    (void)state;
    struct vmm_error err;
    struct vmm_client *c = vmm_client_start_program(VMMEDIC, &err);
    assert_non_null(c);
    char *before = harness_hash(disk);
    json_t *r = ask(c, json_pack("{s:s,s:s}", "job", "scan", "target", disk), &err);
    assert_non_null(r);
    json_decref(r);
    r = ask(c, json_pack("{s:s,s:[s]}", "job", "plan", "fixes", "SM01"), &err);
    assert_non_null(r);
    json_decref(r);
    assert_null(ask(c, json_pack("{s:s,s:s,s:s,s:i}", "job", "bcd-delete", "object", "{default}", "element", "safeboot", "store", 7), &err));
    assert_null(ask(c, json_pack("{s:s,s:{s:s,s:s}}", "job", "apply", "snapshot", "kind", "none", "text", "x"), &err));
    assert_int_equal(err.code, VMM_E_USAGE);
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    int errors = 0;
    vmm_client_cancel(c); /* too late: nothing runs */
    r = vmm_client_call(c, json_pack("{s:s,s:[s]}", "job", "plan", "fixes", "SM01"), count_errors, &errors, &err);
    assert_non_null(r);
    assert_int_equal(errors, 0);
    json_decref(r);
    vmm_client_close(c);
    free(before);
    free(after);
}

/* A worker inside a library call: it reads nothing, and says nothing. */
static void a_worker_that_reads_nothing_holds_nobody_up(void **state) {
    (void)state;
    struct vmm_error err = {0};
    struct vmm_client *c = vmm_client_start_program(VMMEDIC, &err);
    json_t *event = NULL;
    int last = 0, id = 0;
    assert_non_null(c);
    kill(vmm_client_pid(c), SIGSTOP);
    alarm(30); /* if it blocks, it does so for ever */
    for (int i = 0; i < 5000; i++) assert_true((last = vmm_client_send(c, json_pack("{s:s}", "job", "scenarios"), &err)) > 0);
    assert_int_equal(vmm_client_next(c, 0, &event, &err), 0);
    kill(vmm_client_pid(c), SIGCONT);
    while (id != last) {
        assert_int_equal(vmm_client_next(c, 20000, &event, &err), 1);
        id = (int)json_integer_value(json_object_get(event, "id"));
        json_decref(event);
    }
    alarm(0);
    vmm_client_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_reads_nothing_holds_nobody_up),
        cmocka_unit_test_setup_teardown(a_stray_answer_does_not_end_the_job_that_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_not_planned_last_is_not_applied, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
