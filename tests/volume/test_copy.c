/* The copy made as a way back: under its name there is a whole one or none, whenever the copying ends.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "vmmedic/volume.h"

static int die(void *ctx, const char *stage, unsigned long long done, unsigned long long total) {
    (void)ctx, (void)stage, (void)total;
    return done > 0 ? kill(getpid(), SIGKILL) : 0;
}

static void a_copy_that_was_cut_off_does_not_look_like_one(void **state) {
    (void)state;
    char room[] = "/dev/shm/vmmedic-test-XXXXXX"; /* no shared blocks there: bytes are copied */
    if (mkdtemp(room) == NULL) skip();
    char *image = vmm_printf("%s/disk.img", room), *copy = vmm_printf("%s/disk.img.one", room), *where;
    const size_t len = 4 << 20;
    uint8_t *data = vmm_alloc(len, 1);
    memset(data, 0x5a, len);
    data[510] = 0x55;
    data[511] = 0xaa;
    harness_write(image, data, len);
    pid_t pid = fork();
    if (pid == 0) _exit(vmm_snapshot_take(image, NULL, "one", room, (struct vmm_progress){.fn = die}, &where, NULL));
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_not_equal(access(copy, F_OK), 0);
    assert_int_equal(vmm_snapshot_take(image, NULL, "two", room, (struct vmm_progress){0}, &where, NULL), 0);
    free(where);
    struct vmm_error err = {0};
    harness_write(copy, "mine", 4);
    assert_int_equal(vmm_snapshot_take(image, NULL, "one", room, (struct vmm_progress){0}, &where, &err), -1);
    uint8_t *kept;
    size_t n;
    assert_int_equal(vmm_file_read(copy, 100, &kept, &n, NULL), 0);
    assert_int_equal(n, 4);
    free(kept);
    vmm_remove_tree(room, NULL);
    free(data);
    free(copy);
    free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_copy_that_was_cut_off_does_not_look_like_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
