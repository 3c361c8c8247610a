/* Edits of hives: exactly what was asked, nothing else, and refusals before anything is made.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "hive/regf.h"

static char scratch[64];

static int make_scratch(void **state) {
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/vmmedic-test-XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

static int remove_scratch(void **state) {
    (void)state;
    return vmm_remove_tree(scratch, NULL);
}

/* A hive with a few keys of every kind the edits meet. */
static struct vmm_hive *sample(int minor) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    size_t len;
    struct vmm_error err;
    vmm_builder_dword(b, "Control\\CrashControl", "CrashDumpEnabled", 7);
    vmm_builder_dword(b, "Control\\CrashControl", "AutoReboot", 1);
    vmm_builder_string(b, "Control\\CrashControl", "DumpFile", VMM_REG_EXPAND_SZ, "%SystemRoot%\\MEMORY.DMP");
    vmm_builder_dword(b, "Objects\\{a}\\Elements\\25000080", "Element", 0);
    vmm_builder_dword(b, "Objects\\{a}\\Elements\\26000081", "Element", 1);
    vmm_builder_dword(b, "Objects\\{b}\\Elements\\25000080", "Element", 0);
    vmm_builder_key(b, "Objects\\{c}\\Elements");
    uint8_t *big = vmm_alloc(20000, 1);
    vmm_builder_set(b, "Big", "Blob", VMM_REG_BINARY, big, 20000);
    vmm_builder_dword(b, "Big", "Small", 1);
    free(big);
    uint8_t *bytes = vmm_builder_finish(b, 40, &len);
    struct vmm_hive *h = vmm_hive_open(bytes, len, NULL, &err);
    free(bytes);
    assert_non_null(h);
    assert_int_equal(vmm_hive_check(h, NULL, &err), 0);
    return h;
}

static struct vmm_hive *edited(const struct vmm_hive *h, const struct vmm_edit *edits, size_t n, const struct vmm_hive_logs *logs) {
    uint8_t *bytes;
    size_t len;
    struct vmm_error err = {0};
    if (vmm_hive_edit(h, edits, n, logs, scratch, &bytes, &len, &err) < 0) fail_msg("%s", err.message);
    struct vmm_hive *after = vmm_hive_open(bytes, len, NULL, &err);
    free(bytes);
    assert_non_null(after);
    assert_int_equal(vmm_hive_check(after, NULL, &err), 0);
    return after;
}

static void assert_diff(const struct vmm_hive *a, const struct vmm_hive *b, const char *want) {
    struct vmm_error err = {0};
    char *text = vmm_hive_diff(a, b, &err);
    assert_non_null(text);
    assert_string_equal(text, want);
    free(text);
}

static const uint8_t two[4] = {2, 0, 0, 0};

static void a_value_that_keeps_its_size_is_patched_where_it_stands(void **state) {
    (void)state;
    struct vmm_hive *h = sample(5);
    struct vmm_edit e = {.op = VMM_EDIT_SET, .path = "control\\crashcontrol", .name = "crashdumpenabled", .type = VMM_REG_DWORD, .data = two, .len = 4};
    struct vmm_hive *after = edited(h, &e, 1, NULL);
    assert_diff(h, after, "~ Control\\CrashControl!CrashDumpEnabled\n");
    size_t la, lb, pages = 0;
    const uint8_t *a = vmm_hive_bytes(h, &la), *b = vmm_hive_bytes(after, &lb);
    assert_int_equal(la, lb);
    for (size_t at = 0; at < la; at += 4096) pages += memcmp(a + at, b + at, 4096) != 0;
    assert_int_equal(pages, 2); /* the value's page and the base block */
    vmm_hive_close(h);
    vmm_hive_close(after);
}

static void the_same_value_again_changes_no_byte(void **state) {
    (void)state;
    struct vmm_hive *h = sample(5);
    static const uint8_t seven[4] = {7, 0, 0, 0};
    struct vmm_edit e = {.op = VMM_EDIT_SET, .path = "Control\\CrashControl", .name = "CrashDumpEnabled", .type = VMM_REG_DWORD, .data = seven, .len = 4};
    struct vmm_hive *after = edited(h, &e, 1, NULL);
    size_t la, lb;
    const uint8_t *a = vmm_hive_bytes(h, &la), *b = vmm_hive_bytes(after, &lb);
    assert_int_equal(la, lb);
    assert_memory_equal(a, b, la);
    vmm_hive_close(h);
    vmm_hive_close(after);
}

static void a_mixed_batch_changes_exactly_its_places(void **state) {
    (void)state;
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive *h = sample(minor);
        struct vmm_edit e[] = {
            {.op = VMM_EDIT_SET, .path = "Control\\CrashControl", .name = "CrashDumpEnabled", .type = VMM_REG_DWORD, .data = two, .len = 4},
            {.op = VMM_EDIT_SET, .path = "Control\\CrashControl", .name = "NMICrashDump", .type = VMM_REG_DWORD, .data = two, .len = 4},
            {.op = VMM_EDIT_DELETE_VALUE, .path = "Control\\CrashControl", .name = "AutoReboot"},
            {.op = VMM_EDIT_DELETE_KEY, .path = "Objects\\{a}\\Elements\\25000080"},
            {.op = VMM_EDIT_SET, .path = "Objects\\{c}\\Elements\\260000b0", .name = "Element", .type = VMM_REG_BINARY, .data = two, .len = 1, .create_keys = true},
        };
        struct vmm_hive *after = edited(h, e, VMM_COUNT(e), NULL);
        assert_diff(h, after,
                    "- Control\\CrashControl!AutoReboot\n~ Control\\CrashControl!CrashDumpEnabled\n+ Control\\CrashControl!NMICrashDump\n"
                    "- Objects\\{a}\\Elements\\25000080\n+ Objects\\{c}\\Elements\\260000b0\n");
        vmm_hive_close(h);
        vmm_hive_close(after);
    }
}

static void deleting_the_last_child_leaves_no_empty_list(void **state) {
    (void)state;
    struct vmm_hive *h = sample(3);
    struct vmm_edit gone = {.op = VMM_EDIT_DELETE_KEY, .path = "Objects\\{b}\\Elements\\25000080"};
    struct vmm_hive *after = edited(h, &gone, 1, NULL);
    size_t leaks;
    assert_int_equal(vmm_hive_check(after, &leaks, NULL), 0);
    assert_int_equal(leaks, 0);
    struct vmm_edit back = {.op = VMM_EDIT_SET, .path = "Objects\\{b}\\Elements\\25000080", .name = "Element", .type = VMM_REG_DWORD,
                            .data = (const uint8_t[4]){0}, .len = 4, .create_keys = true};
    struct vmm_hive *again = edited(after, &back, 1, NULL);
    assert_diff(h, again, "");
    vmm_hive_close(h);
    vmm_hive_close(after);
    vmm_hive_close(again);
}

static void the_new_sequence_number_is_above_every_number_in_the_logs(void **state) {
    (void)state;
    struct vmm_hive *h = sample(5);
    uint8_t log[2048] = "regf";
    vmm_put32(log + BASE_SEQ1, 90);
    vmm_put32(log + BASE_SEQ2, 90);
    memcpy(log + 1024, "HvLE", 4);
    vmm_put32(log + 1024 + 12, 120);
    struct vmm_hive_logs logs = {.log2 = log, .log2_len = sizeof log};
    struct vmm_edit e = {.op = VMM_EDIT_SET, .path = "Control\\CrashControl", .name = "CrashDumpEnabled", .type = VMM_REG_DWORD, .data = two, .len = 4};
    struct vmm_hive *after = edited(h, &e, 1, &logs);
    size_t len;
    const uint8_t *b = vmm_hive_bytes(after, &len);
    assert_int_equal(vmm_le32(b + BASE_SEQ1), 122); /* 121 is for the log entry that will carry it */
    assert_int_equal(vmm_le32(b + BASE_SEQ2), 122);
    vmm_hive_close(h);
    vmm_hive_close(after);
}

static void assert_refused(const struct vmm_hive *h, struct vmm_edit e, enum vmm_code code) {
    uint8_t *bytes = NULL;
    size_t len;
    struct vmm_error err = {0};
    assert_int_equal(vmm_hive_edit(h, &e, 1, NULL, scratch, &bytes, &len, &err), -1);
    assert_int_equal(err.code, code);
    assert_true(strlen(err.message) > 20);
}

static void a_key_that_holds_a_big_value_is_edited_and_none_is_made(void **state) {
    (void)state;
    struct vmm_hive *h = sample(5);
    const struct { struct vmm_edit e; const char *diff; } rows[] = {
        {{.op = VMM_EDIT_SET, .path = "Big", .name = "New", .type = VMM_REG_DWORD, .data = two, .len = 4}, "+ Big!New\n"},
        {{.op = VMM_EDIT_SET, .path = "Big", .name = "Small", .type = VMM_REG_DWORD, .data = two, .len = 4}, "~ Big!Small\n"},
        {{.op = VMM_EDIT_SET, .path = "Big", .name = "Blob", .type = VMM_REG_DWORD, .data = two, .len = 4}, "~ Big!Blob\n"},
        {{.op = VMM_EDIT_DELETE_VALUE, .path = "Big", .name = "Small"}, "- Big!Small\n"},
        {{.op = VMM_EDIT_DELETE_VALUE, .path = "Big", .name = "Blob"}, "- Big!Blob\n"},
        {{.op = VMM_EDIT_DELETE_KEY, .path = "Big"}, "- Big\n"},
    };
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        struct vmm_hive *after = edited(h, &rows[i].e, 1, NULL);
        assert_diff(h, after, rows[i].diff);
        vmm_hive_close(after);
    }
    uint8_t *large = vmm_alloc(16345, 1);
    assert_refused(h, (struct vmm_edit){.op = VMM_EDIT_SET, .path = "Control", .name = "L", .type = VMM_REG_BINARY, .data = large, .len = 16345}, VMM_E_UNSUPPORTED);
    free(large);
    vmm_hive_close(h);
}

static void what_is_not_there_cannot_be_deleted_and_keys_are_not_made_unasked(void **state) {
    (void)state;
    struct vmm_hive *h = sample(5);
    assert_refused(h, (struct vmm_edit){.op = VMM_EDIT_DELETE_KEY, .path = "Objects\\{z}"}, VMM_E_NOT_FOUND);
    assert_refused(h, (struct vmm_edit){.op = VMM_EDIT_DELETE_VALUE, .path = "Control", .name = "Nothing"}, VMM_E_NOT_FOUND);
    assert_refused(h, (struct vmm_edit){.op = VMM_EDIT_SET, .path = "ControlSet002\\Control", .name = "X", .type = VMM_REG_DWORD, .data = two, .len = 4}, VMM_E_NOT_FOUND);
    vmm_hive_close(h);
}

static void a_dirty_hive_is_read_but_not_edited(void **state) {
    (void)state;
    struct vmm_hive *clean = sample(5);
    size_t len;
    uint8_t *bytes = vmm_memdup(vmm_hive_bytes(clean, &len), clean->len);
    vmm_put32(bytes + BASE_SEQ1, 41);
    vmm_put32(bytes + BASE_CHECKSUM, vmm_base_checksum(bytes));
    struct vmm_hive *h = vmm_hive_open(bytes, len, NULL, NULL);
    uint32_t value = 0;
    assert_non_null(h);
    assert_non_null(vmm_hive_dirty(h));
    assert_int_equal(vmm_hive_dword(h, "Control\\CrashControl", "AutoReboot", &value), VMM_SET);
    assert_refused(h, (struct vmm_edit){.op = VMM_EDIT_DELETE_KEY, .path = "Objects\\{a}"}, VMM_E_DIRTY_HIVE);
    free(bytes);
    vmm_hive_close(h);
    vmm_hive_close(clean);
}

/* Any one wrong bit of a hive is refused by open or check, or leaves a hive that can be walked; never a crash. */
static void no_flipped_bit_crashes_the_reader(void **state) {
    (void)state;
    struct vmm_hive *h = sample(3);
    size_t len, refused = 0;
    const uint8_t *good = vmm_hive_bytes(h, &len);
    uint8_t *bytes = vmm_memdup(good, len);
    for (size_t at = 0; at < len; at++) {
        if (good[at] == 0 && at % 7) continue; /* the zero bytes of free space need fewer tries */
        for (int bit = 0; bit < 8; bit += 1) {
            bytes[at] ^= (uint8_t)(1 << bit);
            if (at < 512) vmm_put32(bytes + BASE_CHECKSUM, vmm_base_checksum(bytes));
            struct vmm_hive *bad = vmm_hive_open(bytes, len, NULL, NULL);
            if (bad == NULL || vmm_hive_check(bad, NULL, NULL) < 0) refused++;
            if (bad) free(vmm_hive_diff(h, bad, NULL));
            vmm_hive_close(bad);
            bytes[at] = good[at];
            if (at < 512) memcpy(bytes + BASE_CHECKSUM, good + BASE_CHECKSUM, 4);
        }
    }
    assert_true(refused > 2000);
    free(bytes);
    vmm_hive_close(h);
}

static void a_hive_cut_short_anywhere_is_refused(void **state) {
    (void)state;
    struct vmm_hive *h = sample(5);
    size_t len;
    const uint8_t *good = vmm_hive_bytes(h, &len);
    for (size_t cut = 0; cut < len; cut += 512) {
        uint8_t *part = vmm_memdup(good, cut); /* exactly that long, so that a read past it is seen */
        struct vmm_error err = {0};
        assert_null(vmm_hive_open(part, cut, NULL, &err));
        assert_int_equal(err.code, VMM_E_BROKEN);
        free(part);
    }
    vmm_hive_close(h);
}

/* Every sound hive of the corpus passes; every broken one is refused somewhere, and nothing crashes. */
static void real_hives_pass_and_broken_ones_do_not(void **state) {
    (void)state;
    static const char *const folders[] = {"../shared/corpus/bcd", "../shared/corpus/malformed", "../shared/corpus/dirty"};
    size_t seen[3] = {0}, sound[3] = {0};
    for (size_t f = 0; f < 3; f++) {
        DIR *d = opendir(folders[f]);
        if (d == NULL) {
            printf("skipped: %s is not here\n", folders[f]);
            skip();
        }
        for (struct dirent *e; (e = readdir(d)) != NULL;) {
            if (e->d_name[0] == '.' || strstr(e->d_name, ".LOG") || strstr(e->d_name, ".xz") || strncmp(e->d_name, "MANIFEST", 8) == 0) continue;
            char *path = vmm_printf("%s/%s", folders[f], e->d_name);
            uint8_t *data;
            size_t len, leaks = 0;
            struct vmm_error err = {0};
            assert_int_equal(vmm_file_read(path, 1u << 28, &data, &len, &err), 0);
            struct vmm_hive *h = vmm_hive_open(data, len, NULL, &err);
            seen[f]++;
            if (h && vmm_hive_check(h, &leaks, &err) == 0) sound[f]++;
            else if (f == 0) fail_msg("%s: %s", path, err.message);
            vmm_hive_close(h);
            free(data);
            free(path);
        }
        closedir(d);
    }
    assert_int_equal(sound[0], seen[0]);
    assert_true(seen[1] > 40 && sound[1] < seen[1] / 2);
}

/* The edit every repair makes, on every boot store there is, judged by an independent reader. */
static void safeboot_comes_and_goes_in_every_real_store(void **state) {
    (void)state;
    DIR *d = opendir("../shared/corpus/bcd");
    if (d == NULL) {
        printf("skipped: the corpus is not here\n");
        skip();
    }
    size_t done = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.' || strstr(e->d_name, ".LOG") || strncmp(e->d_name, "MANIFEST", 8) == 0) continue;
        char *path = vmm_printf("../shared/corpus/bcd/%s", e->d_name);
        uint8_t *data;
        size_t len, n;
        assert_int_equal(vmm_file_read(path, 1u << 28, &data, &len, NULL), 0);
        struct vmm_hive *h = vmm_hive_open(data, len, NULL, NULL);
        vmm_key objects, *list;
        assert_int_equal(vmm_key_path(h, vmm_hive_root(h), "Objects", &objects), VMM_SET);
        assert_int_equal(vmm_key_children(h, objects, &list, &n, NULL), 0);
        char *name = n ? vmm_key_name(h, list[n / 2]) : vmm_strdup("{none}"), *place = vmm_printf("Objects\\%s\\Elements\\25000080", name);
        char *want = vmm_printf("+ %s\n", place);
        vmm_key there;
        if (n > 0 && vmm_key_path(h, vmm_hive_root(h), place, &there) == VMM_NOT_SET) { /* one real store is empty */
            struct vmm_edit on = {.op = VMM_EDIT_SET, .path = place, .name = "Element", .type = VMM_REG_BINARY, .data = (const uint8_t[8]){0}, .len = 8, .create_keys = true};
            struct vmm_edit off = {.op = VMM_EDIT_DELETE_KEY, .path = place};
            struct vmm_hive *with = edited(h, &on, 1, NULL), *without = edited(with, &off, 1, NULL);
            assert_diff(h, with, want);
            assert_diff(h, without, "");
            size_t leaks;
            assert_int_equal(vmm_hive_check(without, &leaks, NULL), 0);
            char *file = vmm_printf("%s/judged", scratch), *order = vmm_printf("python3 ../shared/tools/hive_strict.py %s >/dev/null 2>&1", file);
            const struct vmm_hive *both[] = {with, without};
            for (int i = 0; i < 2 && done % 8 == 0; i++) { /* the judge is slow: a sample of one in eight */
                size_t bytes;
                const uint8_t *b = vmm_hive_bytes(both[i], &bytes);
                assert_int_equal(vmm_file_write(file, b, bytes, NULL), 0);
                if (system("command -v python3 >/dev/null") == 0) assert_int_equal(system(order), 0);
            }
            free(file);
            free(order);
            vmm_hive_close(with);
            vmm_hive_close(without);
            done++;
        }
        free(want);
        free(place);
        free(name);
        free(list);
        vmm_hive_close(h);
        free(data);
        free(path);
    }
    closedir(d);
    assert_true(done > 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_that_keeps_its_size_is_patched_where_it_stands),
        cmocka_unit_test(the_same_value_again_changes_no_byte),
        cmocka_unit_test(a_mixed_batch_changes_exactly_its_places),
        cmocka_unit_test(deleting_the_last_child_leaves_no_empty_list),
        cmocka_unit_test(the_new_sequence_number_is_above_every_number_in_the_logs),
        cmocka_unit_test(a_key_that_holds_a_big_value_is_edited_and_none_is_made),
        cmocka_unit_test(what_is_not_there_cannot_be_deleted_and_keys_are_not_made_unasked),
        cmocka_unit_test(a_dirty_hive_is_read_but_not_edited),
        cmocka_unit_test(no_flipped_bit_crashes_the_reader),
        cmocka_unit_test(a_hive_cut_short_anywhere_is_refused),
        cmocka_unit_test(real_hives_pass_and_broken_ones_do_not),
        cmocka_unit_test(safeboot_comes_and_goes_in_every_real_store),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
