/* A disk that somebody else has open is found, and by whom.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>

#include "tests/volume/help.h"
#include "volume/engine.h"

static const char *image(void **state) {
    static const uint8_t mark[2] = {0x55, 0xaa};
    return put(state, "disk.img", 2 << 20, 510, mark, 2);
}

/* A process that is not our child any more and has PATH open until *hold is closed. */
static pid_t stranger(const char *path, int flags, int *hold) {
    int ready[2], wait[2];
    pid_t pid = 0;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(wait), 0);
    pid_t middle = fork();
    if (middle == 0) {
        pid_t other = fork();
        if (other != 0) _exit(0);
        close(wait[1]);
        int fd = open(path, flags);
        pid_t me = fd < 0 ? -1 : getpid();
        if (write(ready[1], &me, sizeof me) < 0) _exit(1);
        char c;
        while (read(wait[0], &c, 1) > 0) continue;
        _exit(0);
    }
    waitpid(middle, NULL, 0); /* from here on it has another parent */
    assert_int_equal(read(ready[0], &pid, sizeof pid), sizeof pid);
    assert_true(pid > 0);
    close(ready[0]);
    close(ready[1]);
    close(wait[0]);
    *hold = wait[1];
    return pid;
}

static void let_go(pid_t pid, int hold) {
    close(hold);
    while (kill(pid, 0) == 0) continue; /* it ends at once */
}

static void a_process_that_has_it_open_for_writing_is_named(void **state) {
    const char *path = image(state);
    int hold;
    pid_t pid = stranger(path, O_RDWR, &hold);
    char name[64];
    snprintf(name, sizeof name, "process %d ", pid);
    struct vmm_probe p;
    struct vmm_error err;
    assert_int_equal(vmm_probe_target(path, NULL, &p, &err), 0);
    assert_non_null(p.in_use);
    assert_non_null(strstr(p.in_use, name));
    vmm_probe_clear(&p);
    assert_int_equal(open_code(path, false, &err), VMM_E_IN_USE);
    assert_non_null(strstr(err.message, name));
    let_go(pid, hold);
    assert_int_equal(vmm_probe_target(path, NULL, &p, &err), 0);
    assert_null(p.in_use);
    vmm_probe_clear(&p);
}

static void a_reader_keeps_from_writing_and_not_from_looking(void **state) {
    const char *path = image(state);
    int hold;
    pid_t pid = stranger(path, O_RDONLY, &hold);
    struct vmm_user user = vmm_in_use(path, VMM_TARGET_IMAGE, true);
    assert_null(user.who);
    user = vmm_in_use(path, VMM_TARGET_IMAGE, false);
    assert_non_null(user.who);
    assert_false(user.writing);
    free(user.who);
    let_go(pid, hold);
}

static void this_process_and_its_children_do_not_count(void **state) {
    const char *path = image(state);
    int fd = open(path, O_RDWR), go[2];
    assert_int_equal(pipe(go), 0);
    pid_t child = fork(); /* has the same descriptor */
    if (child == 0) {
        char c;
        close(go[1]);
        _exit(read(go[0], &c, 1) < 0);
    }
    assert_null(vmm_in_use(path, VMM_TARGET_IMAGE, false).who);
    close(go[0]);
    close(go[1]);
    close(fd);
    waitpid(child, NULL, 0);
}

static void a_lock_is_seen_where_processes_cannot_be(void **state) {
    const char *path = image(state);
    int fd = open(path, O_RDWR);
    struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 101, .l_len = 1}; /* as qemu marks that it may write */
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &l), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(fd);
        if (geteuid() == 0 && setuid(65534) < 0) _exit(9);
        struct vmm_user u = vmm_in_use(path, VMM_TARGET_IMAGE, true);
        _exit(u.who && u.writing && strstr(u.who, "locked") ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    close(fd);
    if (geteuid() != 0) {
        print_message("skipped: only root can become somebody who does not see this process\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static void a_running_machine_is_found(void **state) {
    if (!have("qemu-system-x86_64")) {
        print_message("skipped: qemu-system-x86_64 is not here\n");
        skip();
    }
    const char *path = image(state), *note = in(state, "pid");
    char command[1500], before[65], after[65];
    struct vmm_error err;
    hash(path, before);
    snprintf(command, sizeof command,
             "qemu-system-x86_64 -S -display none -nodefaults -machine accel=tcg -m 64 -daemonize -pidfile %s -drive "
             "file=%s,format=raw,if=virtio",
             note, path);
    assert_int_equal(system(command), 0);
    enum vmm_code look = open_code(path, false, &err), write = open_code(path, true, &err);
    FILE *f = fopen(note, "r");
    int pid = 0;
    assert_true(f && fscanf(f, "%d", &pid) == 1 && pid > 1);
    fclose(f);
    kill(pid, SIGTERM);
    assert_int_equal(look, VMM_E_IN_USE);
    assert_int_equal(write, VMM_E_IN_USE);
    assert_non_null(strstr(err.message, "qemu"));
    hash(path, after);
    assert_string_equal(before, after);
}

static void the_lock_is_kept_from_the_look_to_the_write(void **state) {
    const char *path = image(state);
    struct vmm_error err = {0};
    struct vmm_probe p;
    assert_int_equal(vmm_probe_target(path, NULL, &p, &err), 0);
    int look = vmm_lock_take(&p, false, 0, &err);
    assert_true(look > 0);
    int kept = fcntl(look, F_DUPFD_CLOEXEC, 3);
    close(look); /* the look ends: nobody gets in between */
    assert_int_equal(vmm_lock_take(&p, true, 0, &err), -1);
    assert_int_equal(err.code, VMM_E_IN_USE);
    int write = vmm_lock_take(&p, true, kept, &err);
    assert_true(write > 0);
    assert_int_equal(vmm_lock_take(&p, false, 0, &err), -1);
    close(write);
    assert_int_equal(vmm_lock_take(&p, false, 0, &err), -1); /* it is still held */
    char moved[600];
    snprintf(moved, sizeof moved, "%s.gone", path);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(vmm_lock_take(&p, true, kept, &err), -1); /* the image went away */
    assert_int_equal(err.code, VMM_E_CHANGED);
    image(state);
    assert_int_equal(vmm_lock_take(&p, true, kept, &err), -1); /* and another stands there */
    assert_int_equal(err.code, VMM_E_CHANGED);
    close(kept);
    vmm_probe_clear(&p);
}

#define in_scratch(test) cmocka_unit_test_setup_teardown(test, scratch, tidy)
int main(void) {
    const struct CMUnitTest tests[] = {
        in_scratch(a_process_that_has_it_open_for_writing_is_named),
        in_scratch(a_reader_keeps_from_writing_and_not_from_looking),
        in_scratch(this_process_and_its_children_do_not_count),
        in_scratch(a_lock_is_seen_where_processes_cannot_be),
        in_scratch(the_lock_is_kept_from_the_look_to_the_write),
        in_scratch(a_running_machine_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
