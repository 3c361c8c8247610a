/* A dropped line and a second terminal, for real: one front end starts a repair and dies while its worker is held in the middle of writing; another front end comes,
 * follows, and sees how it ends. The worker is this program itself, with a gate (a FIFO) before the first write.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"
#include "screens/wizard.h"
#include "session/client.h"
#include "session/session.h"

#define GATE "VMMEDIC_TEST_GATE"
#define PATIENCE 60 /* seconds until a wait is given up */

/* ---- the gate ---- */
int __real_vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err);
int __wrap_vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err);
int __wrap_vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err) {
    const char *gate = getenv(GATE);
    char word = 0;
    int fd = gate ? open(gate, O_RDONLY | O_CLOEXEC) : -1; /* waits until somebody opens the other end */
    if (fd >= 0) {
        while (read(fd, &word, 1) < 0 && errno == EINTR) {}
        close(fd);
        unlink(gate); /* later writes pass */
        unsetenv(GATE);
    }
    if (word == 'f') return vmm_fail(err, VMM_E_WRITE, NULL, "injected failure");
    return __real_vmm_volume_write(v, part, path, offset, data, len, err);
}

static char *room, *disk, *gate, *original;

static int setup(void **state) {
    (void)state;
    room = harness_room();
    disk = vmm_printf("%s/disk", room);
    gate = vmm_printf("%s/gate", room);
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    harness_disk(room, "safe-mode-minimal");
    original = harness_hash(disk);
    assert_int_equal(mkfifo(gate, 0600), 0);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    unsetenv(GATE);
    vmm_remove_tree(room, NULL);
    free(room);
    free(disk);
    free(gate);
    free(original);
    return 0;
}

/* Opens the gate; WORD 'f' makes the write behind it fail. */
static void let_through(char word) {
    int fd = open(gate, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, &word, 1), 1);
    close(fd);
}

/* ---- waiting for a state ---- */
static void wait_until(bool (*is)(void)) {
    double end = vmm_seconds() + PATIENCE;
    while (!is() && vmm_seconds() < end) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_true(is());
}
static bool session_runs(void) {
    json_t *list = NULL;
    vmm_session_list(&list, NULL);
    bool runs = json_is_true(json_object_get(json_array_get(list, 0), "running"));
    json_decref(list);
    return runs;
}
static bool plain_text_follows(void) {
    char *path = vmm_printf("%s/out", room);
    uint8_t *text = NULL;
    size_t len = 0;
    bool follows = vmm_file_read(path, 1u << 20, &text, &len, NULL) == 0 && strstr((char *)text, "It is followed here") != NULL;
    free(text);
    free(path);
    return follows;
}

/* ---- the first front end ---- */
static void tell_stage(void *ctx, const json_t *event) {
    if (strncmp(vmm_json_str(event, "stage"), "Writing ", 8) != 0) return;
    int *told = ctx;
    if (*told >= 0 && write(*told, "w", 1) == 1) kill(getpid(), SIGKILL); /* the line drops */
}

/* A front end that dies as soon as it hears that writing has begun. The process id of the worker it leaves behind. */
static pid_t repair_and_drop_the_line(const char *job, const char *session) {
    int told[2];
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    setenv(GATE, gate, 1);
    pid_t front = fork();
    if (front == 0) {
        struct vmm_error err = {0};
        struct vmm_client *c = vmm_client_start(&err);
        pid_t worker = c ? (pid_t)vmm_client_pid(c) : 0;
        if (write(told[1], &worker, sizeof worker) != (ssize_t)sizeof worker) _exit(1);
        if (session) {
            vmm_client_send(c, json_pack("{s:s,s:s}", "job", job, "name", session), &err);
            for (;;) pause();
        }
        vmm_client_call(c, json_pack("{s:s,s:s}", "job", "scan", "target", disk), NULL, NULL, &err);
        vmm_client_call(c, json_pack("{s:s,s:[s]}", "job", "plan", "fixes", "SM01"), NULL, NULL, &err);
        vmm_client_call(c, json_pack("{s:s,s:{s:s,s:s}}", "job", "apply", "snapshot", "kind", "none", "text", "x"), tell_stage, &told[1], &err);
        _exit(1); /* it ended, and was to be held */
    }
    unsetenv(GATE);
    close(told[1]);
    pid_t worker = 0;
    char word;
    assert_int_equal(read(told[0], &worker, sizeof worker), (ssize_t)sizeof worker);
    if (session == NULL) {
        assert_int_equal(read(told[0], &word, 1), 1);
    } else {
        wait_until(session_runs);
        kill(front, SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(front, &status, 0), front);
    assert_true(WIFSIGNALED(status));
    close(told[0]);
    return worker;
}

/* ---- the second front end ---- */
struct front {
    struct vmm_client *client;
    struct wizard_link link;
    struct wizard *w;
    struct vmm_buf said;
};

static void listen(struct front *f) {
    struct wizard_text t = {0};
    while (vmm_wizard_said(f->w, &t))
        for (size_t i = 0; i < t.count; i++) vmm_buf_fmt(&f->said, "%s\n", t.line[i].text);
    vmm_text_clear(&t);
}

/* Takes in one event; a silence is a tick, as in a front end. */
static void turn(struct front *f) {
    json_t *event = NULL;
    struct vmm_error err = {0};
    int r = f->link.next(f->link.ctx, 20, &event, &err);
    if (r > 0) vmm_wizard_hear(f->w, event);
    else if (r == 0) vmm_wizard_tick(f->w);
    else fail_msg("the worker is gone: %s", err.message);
    json_decref(event);
    listen(f);
}

static void open_front(struct front *f, const char *target) {
    struct vmm_error err = {0};
    struct wizard_options o = {.target = target};
    *f = (struct front){.client = vmm_client_start(&err)};
    assert_non_null(f->client);
    f->link = vmm_wizard_link_client(f->client);
    f->w = vmm_wizard_new(&o, f->link);
    listen(f);
}
static void close_front(struct front *f) {
    vmm_wizard_free(f->w);
    vmm_client_close(f->client);
    vmm_buf_free(&f->said);
}

static void body_says(struct front *f, const char *words) {
    struct wizard_text t = {0};
    struct vmm_buf b = {0};
    vmm_wizard_body(f->w, &t);
    for (size_t i = 0; i < t.count; i++) vmm_buf_fmt(&b, "%s\n", t.line[i].text);
    char *text = vmm_buf_steal(&b);
    if (strstr(text, words) == NULL) fail_msg("not said: %s\nin: %s%s", words, text, f->said.data ? (char *)f->said.data : "");
    free(text);
    vmm_text_clear(&t);
}

#define UNTIL(f, condition)                                                                      \
    do {                                                                                         \
        double end_ = vmm_seconds() + PATIENCE;                                                  \
        while (!(condition) && vmm_seconds() < end_) turn(f);                                    \
        if (!(condition)) fail_msg("never: %s (step %d)", #condition, vmm_wizard_step((f)->w));  \
    } while (0)

static bool at_rest(struct front *f, enum wizard_step step) { return vmm_wizard_step(f->w) == step && !vmm_wizard_busy(f->w, NULL); }
static bool writing(struct front *f) {
    struct wizard_progress p;
    return vmm_wizard_step(f->w) == STEP_FOLLOW && vmm_wizard_busy(f->w, &p) && strncmp(p.stage, "Writing ", 8) == 0;
}

/* ---- promises ---- */
static void a_repair_whose_terminal_is_gone_is_followed_to_its_end(void **state) {
    (void)state;
    struct front f;
    struct wizard_stage s;
    repair_and_drop_the_line("apply", NULL);
    open_front(&f, disk);
    UNTIL(&f, writing(&f));
    body_says(&f, "It writes a repair.");
    const char *const names[] = {"Making the changes on copies and checking them", "Keeping the originals", "Opening the disk for writing", "Writing ",
                                 "Reading it again from the disk and comparing", "Closing the disk"};
    for (size_t i = 0; i < VMM_COUNT(names); i++) {
        assert_true(vmm_wizard_stage(f.w, i, &s));
        assert_int_equal(strncmp(s.text, names[i], strlen(names[i])), 0);
        assert_int_equal(s.state, i < 3 ? STAGE_ENDED : i == 3 ? STAGE_NOW : STAGE_NEXT);
    }
    assert_false(vmm_wizard_stage(f.w, VMM_COUNT(names), &s));
    let_through('w');
    UNTIL(&f, at_rest(&f, STEP_FOLLOW));
    body_says(&f, "The other vmmedic has finished: everything was written");
    body_says(&f, "/report.txt");
    body_says(&f, "vmmedic undo ");
    vmm_wizard_reply(f.w, WIZARD_ACCEPT, NULL);
    int code = -1;
    assert_true(vmm_wizard_over(f.w, &code));
    assert_int_equal(code, 0);
    close_front(&f);
    char *now = harness_hash(disk);
    assert_string_not_equal(now, original);
    free(now);
    struct ran undo = harness_run(NULL, VMMEDIC, "undo", "--yes", NULL);
    assert_int_equal(undo.code, 0);
    harness_ran_clear(&undo);
    now = harness_hash(disk);
    assert_string_equal(now, original);
    free(now);
}

static void a_worker_that_dies_while_followed_leads_to_the_question_about_its_session(void **state) {
    (void)state;
    struct front f;
    pid_t worker = repair_and_drop_the_line("apply", NULL);
    open_front(&f, disk);
    UNTIL(&f, writing(&f));
    kill(worker, SIGKILL);
    UNTIL(&f, at_rest(&f, STEP_FOLLOW));
    body_says(&f, "ended in the middle of its work");
    vmm_wizard_reply(f.w, WIZARD_ACCEPT, NULL);
    UNTIL(&f, at_rest(&f, STEP_PENDING));
    vmm_wizard_mark(f.w, 2, true); /* put everything back */
    vmm_wizard_reply(f.w, WIZARD_ACCEPT, NULL);
    UNTIL(&f, at_rest(&f, STEP_DRIVE));
    close_front(&f);
    char *now = harness_hash(disk);
    assert_string_equal(now, original);
    free(now);
}

static void a_write_that_fails_while_followed_ends_put_back(void **state) {
    (void)state;
    struct front f;
    repair_and_drop_the_line("apply", NULL);
    open_front(&f, disk);
    UNTIL(&f, writing(&f));
    let_through('f');
    UNTIL(&f, at_rest(&f, STEP_FOLLOW));
    body_says(&f, "has put everything back. The disk is as it was");
    vmm_wizard_reply(f.w, WIZARD_ACCEPT, NULL);
    UNTIL(&f, at_rest(&f, STEP_DRIVE));
    close_front(&f);
    char *now = harness_hash(disk);
    assert_string_equal(now, original);
    free(now);
}

static void an_undo_is_followed_like_a_repair(void **state) {
    (void)state;
    struct ran apply = harness_run(NULL, VMMEDIC, "apply", disk, "--fix", "SM01", "--no-snapshot", "x", "--yes", "--json", NULL);
    assert_int_equal(apply.code, 0);
    struct front f;
    struct wizard_progress p;
    repair_and_drop_the_line("undo", vmm_json_str(apply.json, "session"));
    open_front(&f, disk);
    UNTIL(&f, vmm_wizard_step(f.w) == STEP_FOLLOW && vmm_wizard_busy(f.w, &p) && strcmp(p.stage, "Putting the originals back") == 0);
    body_says(&f, "It puts a repair back.");
    let_through('w');
    UNTIL(&f, at_rest(&f, STEP_FOLLOW));
    body_says(&f, "everything is put back as it was before the repair");
    close_front(&f);
    harness_ran_clear(&apply);
    char *now = harness_hash(disk);
    assert_string_equal(now, original);
    free(now);
}

static void without_a_target_the_list_offers_to_follow(void **state) {
    (void)state;
    struct front f;
    repair_and_drop_the_line("apply", NULL);
    open_front(&f, NULL);
    UNTIL(&f, at_rest(&f, STEP_SYMPTOM));
    assert_non_null(strstr((char *)f.said.data, "at this moment. To follow it, choose that disk"));
    vmm_wizard_reply(f.w, WIZARD_ACCEPT, NULL);
    vmm_wizard_reply(f.w, WIZARD_ACCEPT, NULL);
    UNTIL(&f, at_rest(&f, STEP_ATTACH));
    size_t row = 0;
    for (bool found = false; row < vmm_wizard_count(f.w); row++) {
        struct wizard_item item;
        vmm_wizard_item(f.w, row, &item);
        found = strcmp(item.text, disk) == 0;
        vmm_item_clear(&item);
        if (found) break;
    }
    assert_int_equal(vmm_wizard_mark(f.w, row, true), 0);
    vmm_wizard_reply(f.w, WIZARD_ACCEPT, NULL);
    UNTIL(&f, writing(&f));
    let_through('w');
    UNTIL(&f, at_rest(&f, STEP_FOLLOW));
    close_front(&f);
}

/* A look would hold the disk, and the repair could not open it for writing. */
static void a_look_is_refused_while_another_one_writes_and_disturbs_nothing(void **state) {
    (void)state;
    struct front f;
    repair_and_drop_the_line("apply", NULL);
    struct ran scan = harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL);
    assert_int_equal(scan.code, 3);
    assert_string_equal(vmm_json_str(json_object_get(scan.json, "error"), "code"), "in-use");
    assert_non_null(strstr(vmm_json_str(json_object_get(scan.json, "error"), "message"), "another vmmedic is writing to"));
    harness_ran_clear(&scan);
    open_front(&f, disk);
    UNTIL(&f, writing(&f));
    let_through('w');
    UNTIL(&f, at_rest(&f, STEP_FOLLOW));
    body_says(&f, "has finished");
    close_front(&f);
}

/* Plain text: nothing has to be typed until it ends. */
static void plain_text_follows_too(void **state) {
    (void)state;
    repair_and_drop_the_line("apply", NULL);
    char *path = vmm_printf("%s/out", room);
    int typed[2], status;
    assert_int_equal(pipe2(typed, O_CLOEXEC), 0);
    pid_t plain = fork();
    if (plain == 0) {
        dup2(typed[0], 0);
        dup2(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
        execl(VMMEDIC, VMMEDIC, "--plain", disk, (char *)NULL);
        _exit(127);
    }
    wait_until(plain_text_follows);
    let_through('w');
    assert_int_equal(write(typed[1], "\n", 1), 1);
    assert_int_equal(waitpid(plain, &status, 0), plain);
    assert_true(WIFEXITED(status));
    uint8_t *text;
    size_t len;
    assert_int_equal(vmm_file_read(path, 1u << 20, &text, &len, NULL), 0);
    if (WEXITSTATUS(status) != 0 || strstr((char *)text, "The other vmmedic has finished") == NULL) fail_msg("exit %d\n%s", WEXITSTATUS(status), (char *)text);
    free(text);
    free(path);
    close(typed[0]);
    close(typed[1]);
}

static void merely_looking_from_two_terminals_refuses_nothing(void **state) {
    (void)state;
    struct front a, b;
    open_front(&a, disk);
    open_front(&b, disk);
    UNTIL(&a, at_rest(&a, STEP_SYMPTOM));
    UNTIL(&b, at_rest(&b, STEP_SYMPTOM));
    struct front *both[] = {&a, &b};
    for (size_t i = 0; i < 2; i++) {
        vmm_wizard_reply(both[i]->w, WIZARD_ACCEPT, NULL);
        vmm_wizard_mark(both[i]->w, 2, true);
        vmm_wizard_reply(both[i]->w, WIZARD_ACCEPT, NULL);
        UNTIL(both[i], at_rest(both[i], STEP_DRIVE));
        body_says(both[i], "Safe Mode");
    }
    close_front(&a);
    close_front(&b);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], VMM_WORKER_ARGUMENT) == 0) return vmm_worker_main(3);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_repair_whose_terminal_is_gone_is_followed_to_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_worker_that_dies_while_followed_leads_to_the_question_about_its_session, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_that_fails_while_followed_ends_put_back, setup, teardown),
        cmocka_unit_test_setup_teardown(an_undo_is_followed_like_a_repair, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_target_the_list_offers_to_follow, setup, teardown),
        cmocka_unit_test_setup_teardown(a_look_is_refused_while_another_one_writes_and_disturbs_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(plain_text_follows_too, setup, teardown),
        cmocka_unit_test_setup_teardown(merely_looking_from_two_terminals_refuses_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
