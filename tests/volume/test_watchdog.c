/* The watchdog over the start of the appliance: it ends what is silent, and nothing else.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "volume/watchdog.h"

/* A child of that name that does nothing until somebody ends it. */
static pid_t silent_child(const char *name) {
    int ready[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, name);
        if (write(ready[1], ".", 1) != 1) _exit(1);
        for (;;) pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return pid;
}

static void what_is_silent_too_long_is_ended(void **state) {
    (void)state;
    int status;
    struct vmm_watchdog d;
    pid_t child = silent_child("hangs-for-ever");
    vmm_watchdog_start(&d, "hangs", 1);
    assert_int_equal(waitpid(child, &status, 0), child); /* comes back because the watchdog has ended it */
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(vmm_watchdog_stop(&d));
}

static void what_speaks_lives_and_so_do_others(void **state) {
    (void)state;
    int status;
    struct vmm_watchdog d;
    pid_t speaks = silent_child("speaks"), other = silent_child("other");
    vmm_watchdog_start(&d, "speaks", 2);
    for (int i = 0; i < 16; i++) { /* longer than the silence allowed */
        vmm_watchdog_heard(&d);
        nanosleep(&(struct timespec){.tv_nsec = 250000000}, NULL);
    }
    assert_false(vmm_watchdog_stop(&d));
    assert_int_equal(waitpid(speaks, &status, WNOHANG), 0);
    assert_int_equal(waitpid(other, &status, WNOHANG), 0);
    kill(speaks, SIGKILL);
    kill(other, SIGKILL);
    waitpid(speaks, &status, 0);
    waitpid(other, &status, 0);
}

static void a_stopped_watchdog_leaves_nothing_behind(void **state) {
    (void)state;
    int status;
    struct vmm_watchdog d;
    vmm_watchdog_start(&d, "nobody-is-called-this", 1);
    assert_false(vmm_watchdog_stop(&d));
    assert_false(vmm_watchdog_stop(&d));
    assert_int_equal(waitpid(-1, &status, WNOHANG), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_silent_too_long_is_ended),
        cmocka_unit_test(what_speaks_lives_and_so_do_others),
        cmocka_unit_test(a_stopped_watchdog_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
