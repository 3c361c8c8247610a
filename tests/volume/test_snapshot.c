/* Snapshots: a copy is the disk byte for byte and stays sparse; a failed or stopped one leaves nothing.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/volume/help.h"

enum { MIB = 1 << 20 };

static const char *image(void **state) {
    static const uint8_t mark[2] = {0x55, 0xaa};
    put(state, "disk.img", 64 * MIB, 510, mark, 2);
    put(state, "disk.img", 64 * MIB, 40 * MIB + 17, "in the middle", 13);
    return put(state, "disk.img", 64 * MIB, 64 * MIB - 4, "last", 4);
}

static void a_copy_is_the_disk_and_stays_sparse(void **state) {
    const char *path = image(state);
    char *where, a[65], b[65];
    struct vmm_error err;
    if (vmm_snapshot_take(path, NULL, "before", *state, (struct vmm_progress){0}, &where, &err) < 0) fail_msg("%s", err.message);
    assert_non_null(strstr(where, "disk.img.before"));
    free(where);
    hash(path, a);
    hash(in(state, "disk.img.before"), b);
    assert_string_equal(a, b);
    struct stat st;
    assert_int_equal(stat(in(state, "disk.img.before"), &st), 0);
    assert_int_equal(st.st_size, 64 * MIB);
    assert_true(st.st_blocks * 512 < 8 * MIB);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void an_older_copy_is_not_overwritten(void **state) {
    const char *path = image(state);
    char *where = NULL;
    struct vmm_error err;
    put(state, "disk.img.before", 3, 0, "old", 3);
    assert_int_equal(vmm_snapshot_take(path, NULL, "before", *state, (struct vmm_progress){0}, &where, &err), -1);
    assert_null(where);
    struct stat st;
    assert_int_equal(stat(in(state, "disk.img.before"), &st), 0);
    assert_int_equal(st.st_size, 3);
}

static int stop(void *ctx, const char *stage, unsigned long long done, unsigned long long total) {
    (void)stage;
    assert_true(done <= total);
    ++*(int *)ctx;
    return 1;
}

static void a_stopped_copy_is_removed(void **state) {
    const char *path = image(state);
    char *where;
    int calls = 0;
    struct vmm_error err;
    int r = vmm_snapshot_take(path, NULL, "before", *state, (struct vmm_progress){.fn = stop, .ctx = &calls}, &where, &err);
    if (r == 0 && calls == 0) { /* a file system that shares blocks does it in one instant */
        free(where);
        skip();
    }
    assert_int_equal(r, -1);
    assert_int_equal(err.code, VMM_E_CANCELLED);
    assert_int_equal(access(in(state, "disk.img.before"), F_OK), -1);
}

static void no_space_is_found_before_anything_is_copied(void **state) {
    char small[64];
    struct vmm_error err;
    char *where = NULL;
    if (geteuid() != 0) skip();
    snprintf(small, sizeof small, "%s", in(state, "small"));
    vmm_mkdir_p(small, NULL);
    char command[300];
    snprintf(command, sizeof command, "mount -t tmpfs -o size=40m tmpfs %s 2>/dev/null", small);
    if (system(command) != 0) {
        print_message("skipped: no file system can be mounted here\n");
        skip();
    }
    uint8_t *data = vmm_alloc(30 * MIB, 1);
    memset(data, 7, 30 * MIB);
    data[510] = 0x55;
    data[511] = 0xaa;
    const char *path = put(state, "small/disk.img", 30 * MIB, 0, data, 30 * MIB);
    free(data);
    int r = vmm_snapshot_take(path, NULL, "before", *state, (struct vmm_progress){0}, &where, &err),
        left = access(in(state, "small/disk.img.before"), F_OK);
    snprintf(command, sizeof command, "umount %s", small);
    assert_int_equal(system(command), 0);
    assert_int_equal(r, -1);
    assert_int_equal(err.code, VMM_E_NO_SPACE);
    assert_int_equal(left, -1);
}

static void a_qcow2_gets_a_snapshot_inside(void **state) {
    char command[900], *where;
    struct vmm_error err;
    if (!have("qemu-img")) skip();
    const char *path = in(state, "a, b.qcow2");
    snprintf(command, sizeof command, "qemu-img create -q -f qcow2 '%s' 64M", path);
    assert_int_equal(system(command), 0);
    if (vmm_snapshot_take(path, NULL, "before", *state, (struct vmm_progress){0}, &where, &err) < 0) fail_msg("%s", err.message);
    free(where);
    snprintf(command, sizeof command, "qemu-img snapshot -l '%s' | grep -q before", path);
    assert_int_equal(system(command), 0);
}

static void folders_names_with_slashes_and_disks_in_use_are_refused(void **state) {
    const char *path = image(state);
    char *where;
    struct vmm_error err;
    assert_int_equal(vmm_snapshot_take(*state, NULL, "x", *state, (struct vmm_progress){0}, &where, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_int_equal(vmm_snapshot_take(path, NULL, "../x", *state, (struct vmm_progress){0}, &where, &err), -1);
    assert_int_equal(err.code, VMM_E_USAGE);
    assert_int_equal(vmm_snapshot_take(path, NULL, "-x", *state, (struct vmm_progress){0}, &where, &err), -1);
}

#define in_scratch(test) cmocka_unit_test_setup_teardown(test, scratch, tidy)
int main(void) {
    const struct CMUnitTest tests[] = {
        in_scratch(a_copy_is_the_disk_and_stays_sparse),
        in_scratch(an_older_copy_is_not_overwritten),
        in_scratch(a_stopped_copy_is_removed),
        in_scratch(no_space_is_found_before_anything_is_copied),
        in_scratch(a_qcow2_gets_a_snapshot_inside),
        in_scratch(folders_names_with_slashes_and_disks_in_use_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
