/* A line that drops before anything was written, for real: the program on a pseudo terminal that goes away, and the next start.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"

#define PATIENCE 60000 /* milliseconds of silence until a wait is given up */

static char *room, *disk, *place, *original;

static int setup(void **state) {
    (void)state;
    room = harness_room();
    disk = vmm_printf("%s/disk", room);
    place = vmm_printf("%s/state/place.json", room);
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    harness_disk(room, "safe-mode-minimal");
    original = harness_hash(disk);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    free(room);
    free(disk);
    free(place);
    free(original);
    return 0;
}

struct line {
    int fd;
    pid_t pid;
    struct vmm_buf seen;
    size_t taken; /* of what was seen, by the waits so far */
};

static struct line dial(const char *target) {
    struct line l = {0};
    struct winsize size = {.ws_row = 24, .ws_col = 200};
    l.pid = forkpty(&l.fd, NULL, NULL, &size);
    if (l.pid == 0) {
        execl(VMMEDIC, VMMEDIC, "--plain", target, (char *)NULL);
        _exit(127);
    }
    assert_true(l.pid > 0);
    return l;
}

/* Reads until WORDS were printed after what the last wait found. */
static void wait_for(struct line *l, const char *words) {
    for (;;) {
        char *hit = l->seen.len ? strstr((char *)l->seen.data + l->taken, words) : NULL;
        if (hit) {
            l->taken = (size_t)(hit - (char *)l->seen.data) + strlen(words);
            return;
        }
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        char chunk[4096];
        ssize_t n = poll(&p, 1, PATIENCE) == 1 ? read(l->fd, chunk, sizeof chunk) : -1;
        if (n <= 0) fail_msg("never printed: %s\nbut: %s", words, l->seen.data ? (char *)l->seen.data : "");
        vmm_buf_add(&l->seen, chunk, (size_t)n);
    }
}
static void type(struct line *l, const char *text) { assert_int_equal(write(l->fd, text, strlen(text)), (ssize_t)strlen(text)); }

/* The wait status after the line went away, or after the program left by itself. */
static int hang_up(struct line *l) {
    int status;
    close(l->fd);
    assert_int_equal(waitpid(l->pid, &status, 0), l->pid);
    vmm_buf_free(&l->seen);
    return status;
}

static void go_to_drive(struct line *l) {
    wait_for(l, "Step 1 of 9, Symptom");
    wait_for(l, "Enter takes 1>");
    type(l, "\n");
    wait_for(l, "Step 2 of 9, Snapshot");
    wait_for(l, "Enter takes");
    type(l, "3\n");
    wait_for(l, "Step 4 of 9, Drive");
    wait_for(l, "Enter goes on");
}

static void a_dropped_line_costs_no_answer(void **state) {
    (void)state;
    struct line l = dial(disk);
    go_to_drive(&l);
    int status = hang_up(&l);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
    assert_int_equal(access(place, F_OK), 0);
    struct ran script = harness_run("", VMMEDIC, "--plain", disk, NULL); /* no person: nothing is asked, nothing is kept or lost */
    assert_null(strstr(script.out, "You were at"));
    harness_ran_clear(&script);
    l = dial(disk);
    wait_for(&l, "You were at Drive with disk, a minute ago; nothing had been written.");
    wait_for(&l, "Enter takes 1>");
    type(&l, "\n");
    wait_for(&l, "Step 4 of 9, Drive");
    wait_for(&l, "Enter goes on");
    type(&l, "\n");
    wait_for(&l, "Enter goes on to the fixes>");
    type(&l, "q\n");
    wait_for(&l, "Nothing was written.");
    status = hang_up(&l);
    assert_int_equal(access(place, F_OK), -1);
    char *now = harness_hash(disk);
    assert_string_equal(now, original);
    free(now);
}

static void a_repair_after_going_on_is_the_same_repair(void **state) {
    (void)state;
    struct line l = dial(disk);
    go_to_drive(&l);
    kill(l.pid, SIGKILL);
    hang_up(&l);
    l = dial(disk);
    wait_for(&l, "Enter takes 1>");
    type(&l, "\n");
    wait_for(&l, "Enter goes on");
    type(&l, "\n");
    wait_for(&l, "Enter goes on to the fixes>");
    type(&l, "\n");
    wait_for(&l, "Step 6 of 9, Fixes");
    wait_for(&l, "Enter takes");
    type(&l, "\n");
    wait_for(&l, "Step 7 of 9, Preview");
    wait_for(&l, "Enter goes on");
    type(&l, "\n");
    wait_for(&l, "Snapshot: this disk is a copy"); /* answered before the line dropped */
    wait_for(&l, "writes nothing>");
    assert_int_equal(access(place, F_OK), 0);
    type(&l, "disk\n");
    wait_for(&l, "Step 9 of 9, Finish");
    assert_int_equal(access(place, F_OK), -1);
    wait_for(&l, "Enter leaves>");
    type(&l, "\n");
    int status = hang_up(&l);
    (void)status;
    struct ran undo = harness_run(NULL, VMMEDIC, "undo", "--yes", NULL);
    assert_int_equal(undo.code, 0);
    harness_ran_clear(&undo);
    char *now = harness_hash(disk);
    assert_string_equal(now, original);
    free(now);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_dropped_line_costs_no_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repair_after_going_on_is_the_same_repair, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
