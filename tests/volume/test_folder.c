/* The folder engine and the rules of paths and writing that hold for every engine.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/volume/help.h"

static int windows(void **state) {
    if (scratch(state) < 0) return -1;
    vmm_mkdir_p(in(state, "Windows/System32/config"), NULL);
    vmm_mkdir_p(in(state, "outside"), NULL);
    put(state, "Windows/System32/config/SYSTEM", 5, 0, "hello", 5);
    put(state, "outside/secret", 6, 0, "secret", 6);
    return 0;
}

static struct vmm_volume *open_it(void **state, bool write) {
    struct vmm_error err = {0};
    struct vmm_volume *v = vmm_volume_open(&(struct vmm_open){.target = *state, .write = write}, &err);
    if (v == NULL) fail_msg("%s", err.message);
    return v;
}

static void a_path_is_found_in_any_case_and_with_either_separator(void **state) {
    struct vmm_volume *v = open_it(state, false);
    static const char *const asked[] = {"\\windows\\system32\\CONFIG\\system", "Windows/System32/config/SYSTEM",
                                        "//WINDOWS\\\\system32/config\\\\System"};
    for (size_t i = 0; i < VMM_COUNT(asked); i++) {
        char *real;
        struct vmm_stat st;
        assert_int_equal(vmm_volume_lookup(v, 0, asked[i], &real, &st, NULL), 1);
        assert_string_equal(real, "\\Windows\\System32\\config\\SYSTEM");
        assert_int_equal(st.size, 5);
        assert_false(st.is_dir);
        free(real);
    }
    assert_int_equal(vmm_volume_lookup(v, 0, "Windows/nothing", NULL, NULL, NULL), 0);
    assert_int_equal(vmm_volume_lookup(v, 0, "Windows/System32/config/SYSTEM/below", NULL, NULL, NULL), 0);
    assert_int_equal(vmm_volume_close(v, NULL), 0);
}

static void the_exact_spelling_wins_and_two_other_ones_are_refused(void **state) {
    struct vmm_error err = {0};
    char *real;
    put(state, "Windows/System32/config/System", 1, 0, "x", 1);
    struct vmm_volume *v = open_it(state, false);
    assert_int_equal(vmm_volume_lookup(v, 0, "Windows/System32/config/System", &real, NULL, NULL), 1);
    assert_string_equal(real, "\\Windows\\System32\\config\\System");
    free(real);
    assert_int_equal(vmm_volume_lookup(v, 0, "Windows/System32/config/system", NULL, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_BROKEN);
    vmm_volume_close(v, NULL);
}

static void links_are_not_followed(void **state) {
    struct vmm_error err = {0};
    uint8_t *data;
    size_t len;
    assert_int_equal(symlink("/etc/passwd", in(state, "file-link")), 0);
    assert_int_equal(symlink("outside", in(state, "folder-link")), 0);
    struct vmm_volume *v = open_it(state, true);
    static const char *const asked[] = {"file-link", "FILE-LINK", "folder-link", "folder-link/secret"};
    for (size_t i = 0; i < VMM_COUNT(asked); i++) {
        assert_int_equal(vmm_volume_lookup(v, 0, asked[i], NULL, NULL, &err), -1);
        assert_int_equal(err.code, VMM_E_UNSUPPORTED);
        assert_int_equal(vmm_volume_read(v, 0, asked[i], 100, &data, &len, &err), -1);
        assert_int_equal(vmm_volume_write(v, 0, asked[i], 0, "x", 1, &err), -1);
        assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    }
    vmm_volume_close(v, NULL);
}

static void a_folder_that_becomes_a_link_after_it_was_found_is_not_followed(void **state) {
    uint8_t *data;
    size_t len;
    put(state, "Windows/System32/secret", 1, 0, "x", 1);
    struct vmm_volume *v = open_it(state, false);
    assert_int_equal(vmm_volume_lookup(v, 0, "Windows/System32/secret", NULL, NULL, NULL), 1);
    assert_int_equal(rename(in(state, "Windows/System32"), in(state, "Windows/moved")), 0);
    assert_int_equal(symlink("../outside", in(state, "Windows/System32")), 0);
    assert_true(vmm_volume_read(v, 0, "Windows/System32/secret", 100, &data, &len, NULL) < 0);
    vmm_volume_close(v, NULL);
}

static void paths_cannot_climb_out(void **state) {
    struct vmm_error err = {0};
    struct vmm_volume *v = open_it(state, false);
    assert_int_equal(vmm_volume_lookup(v, 0, "Windows/../outside/secret", NULL, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_USAGE);
    assert_int_equal(vmm_volume_lookup(v, 0, "..", NULL, NULL, &err), -1);
    vmm_volume_close(v, NULL);
}

static void writing_in_place_keeps_the_file_and_grows_it(void **state) {
    struct vmm_stat before, after;
    uint8_t *data;
    size_t len;
    struct vmm_volume *v = open_it(state, true);
    const char *path = "windows/system32/config/system";
    assert_int_equal(vmm_volume_lookup(v, 0, path, NULL, &before, NULL), 1);
    assert_int_equal(vmm_volume_write(v, 0, path, 1, "E", 1, NULL), 0);
    assert_int_equal(vmm_volume_write(v, 0, path, 5, " world", 6, NULL), 0);
    assert_int_equal(vmm_volume_sync(v, NULL), 0);
    assert_int_equal(vmm_volume_reread(v, NULL), 0);
    assert_int_equal(vmm_volume_read(v, 0, path, 100, &data, &len, NULL), 0);
    assert_int_equal(len, 11);
    assert_memory_equal(data, "hEllo world", 11);
    free(data);
    assert_int_equal(vmm_volume_truncate(v, 0, path, 5, NULL), 0);
    assert_int_equal(vmm_volume_lookup(v, 0, path, NULL, &after, NULL), 1);
    assert_int_equal(after.size, 5);
    assert_int_equal(after.inode, before.inode);
    assert_int_equal(vmm_volume_close(v, NULL), 0);
}

static void nothing_is_created_and_no_hole_is_made(void **state) {
    struct vmm_error err = {0};
    struct vmm_volume *v = open_it(state, true);
    assert_int_equal(vmm_volume_write(v, 0, "Windows/new", 0, "x", 1, &err), -1);
    assert_int_equal(err.code, VMM_E_NOT_FOUND);
    assert_int_equal(access(in(state, "Windows/new"), F_OK), -1);
    assert_int_equal(vmm_volume_write(v, 0, "Windows/System32/config/SYSTEM", 6, "x", 1, &err), -1);
    assert_int_equal(vmm_volume_truncate(v, 0, "Windows/System32/config/SYSTEM", 6, &err), -1);
    vmm_volume_close(v, NULL);
}

static void a_volume_opened_for_looking_cannot_be_written(void **state) {
    struct vmm_error err = {0};
    char before[65], after[65];
    hash(in(state, "Windows/System32/config/SYSTEM"), before);
    struct vmm_volume *v = open_it(state, false);
    assert_int_equal(vmm_volume_write(v, 0, "Windows/System32/config/SYSTEM", 0, "x", 1, &err), -1);
    assert_int_equal(vmm_volume_truncate(v, 0, "Windows/System32/config/SYSTEM", 1, &err), -1);
    vmm_volume_close(v, NULL);
    hash(in(state, "Windows/System32/config/SYSTEM"), after);
    assert_string_equal(before, after);
}

static void a_file_larger_than_allowed_is_refused_and_a_head_is_not(void **state) {
    struct vmm_error err = {0};
    uint8_t *data, head[3];
    size_t len;
    struct vmm_volume *v = open_it(state, false);
    assert_int_equal(vmm_volume_read(v, 0, "Windows/System32/config/SYSTEM", 4, &data, &len, &err), -1);
    assert_int_equal(err.code, VMM_E_BROKEN);
    assert_int_equal(vmm_volume_read_head(v, 0, "Windows/System32/config/SYSTEM", head, 3, &len, NULL), 0);
    assert_int_equal(len, 3);
    assert_memory_equal(head, "hel", 3);
    vmm_volume_close(v, NULL);
}

static void the_boot_folder_is_part_minus_one(void **state) {
    char **names;
    size_t count;
    struct vmm_volume *v =
        vmm_volume_open(&(struct vmm_open){.target = in(state, "Windows"), .boot_folder = in(state, "outside")}, NULL);
    assert_non_null(v);
    assert_int_equal(vmm_volume_list(v, -1, "\\", &names, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_string_equal(names[0], "secret");
    free(names[0]);
    free(names);
    assert_int_equal(vmm_volume_lookup(v, 0, "System32", NULL, NULL, NULL), 1);
    assert_null(vmm_volume_part(v, 1));
    vmm_volume_close(v, NULL);
}

static void a_hive_file_is_reached_through_its_folder(void **state) {
    uint8_t hive[4096] = "regf", *data;
    size_t len;
    const char *path = put(state, "BCD", 4096, 0, hive, 4096);
    struct vmm_volume *v = vmm_volume_open(&(struct vmm_open){.target = path}, NULL);
    assert_non_null(v);
    assert_int_equal(vmm_volume_disk(v)->probe.kind, VMM_TARGET_HIVE_FILE);
    assert_int_equal(vmm_volume_read(v, 0, "bcd", 4096, &data, &len, NULL), 0);
    assert_int_equal(len, 4096);
    free(data);
    char *expected = vmm_printf("file:%s", path);
    assert_string_equal(vmm_volume_disk(v)->identity, expected);
    free(expected);
    vmm_volume_close(v, NULL);
}

static void two_may_look_and_none_may_write_beside_another(void **state) {
    struct vmm_error err;
    struct vmm_volume *v = open_it(state, false);
    assert_int_equal(open_code(*state, false, &err), VMM_OK);
    assert_int_equal(open_code(*state, true, &err), VMM_E_IN_USE);
    assert_non_null(strstr(err.message, "process"));
    vmm_volume_close(v, NULL);
    v = open_it(state, true);
    assert_int_equal(open_code(*state, false, &err), VMM_E_IN_USE);
    vmm_volume_close(v, NULL);
    assert_int_equal(open_code(*state, true, &err), VMM_OK);
}

static void the_machine_itself_is_no_target(void **state) {
    (void)state;
    struct vmm_error err;
    assert_int_equal(open_code("/", false, &err), VMM_E_NOT_A_DISK);
}

#define with_windows(test) cmocka_unit_test_setup_teardown(test, windows, tidy)
int main(void) {
    const struct CMUnitTest tests[] = {
        with_windows(a_path_is_found_in_any_case_and_with_either_separator),
        with_windows(the_exact_spelling_wins_and_two_other_ones_are_refused),
        with_windows(links_are_not_followed),
        with_windows(a_folder_that_becomes_a_link_after_it_was_found_is_not_followed),
        with_windows(paths_cannot_climb_out),
        with_windows(writing_in_place_keeps_the_file_and_grows_it),
        with_windows(nothing_is_created_and_no_hole_is_made),
        with_windows(a_volume_opened_for_looking_cannot_be_written),
        with_windows(a_file_larger_than_allowed_is_refused_and_a_head_is_not),
        with_windows(the_boot_folder_is_part_minus_one),
        with_windows(a_hive_file_is_reached_through_its_folder),
        with_windows(two_may_look_and_none_may_write_beside_another),
        with_windows(the_machine_itself_is_no_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
