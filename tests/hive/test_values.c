/* Values set and taken out in cells of a hive: how much of the file changes, which cells are taken, and that a hive without room grows by a bin.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hive/draft.h"

static const uint8_t letters[16344] = "abcdefghijklmnopqrstuvwxyz";

static struct vmm_edit set(const char *path, const char *name, size_t len) {
    return (struct vmm_edit){.op = VMM_EDIT_SET, .path = path, .name = name, .type = VMM_REG_BINARY, .data = letters, .len = len};
}
static struct vmm_edit gone(const char *path, const char *name) { return (struct vmm_edit){.op = VMM_EDIT_DELETE_VALUE, .path = path, .name = name}; }

static struct vmm_hive *finished(struct vmm_hive_builder *b) {
    size_t len;
    struct vmm_error err = {0};
    uint8_t *data = vmm_builder_finish(b, 40, &len);
    struct vmm_hive *h = vmm_hive_open(data, len, NULL, &err);
    free(data);
    if (h == NULL) fail_msg("%s", err.message);
    return h;
}

/* Many keys, each with a few values; Wide has many. */
static struct vmm_hive *large(int minor) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    for (size_t i = 0; i < 2000; i++) {
        char path[64], name[32];
        snprintf(path, sizeof path, "Services\\Service%04zu", i);
        vmm_builder_dword(b, path, "Start", (uint32_t)(i % 5));
        vmm_builder_string(b, path, "ImagePath", VMM_REG_EXPAND_SZ, "%SystemRoot%\\System32\\svchost.exe -k netsvcs");
        snprintf(name, sizeof name, "Value%04zu", i);
        vmm_builder_dword(b, "Wide", name, (uint32_t)i);
    }
    return finished(b);
}

static struct vmm_hive *made(const struct vmm_hive *h, const struct vmm_edit *e, size_t n, const char *diff) {
    uint8_t *after;
    size_t len, leaks;
    struct vmm_error err = {0};
    /* none of these is hivex's: there is no folder for it */
    if (vmm_hive_edit(h, e, n, NULL, "/nonexistent", &after, &len, &err) < 0) fail_msg("%s", err.message);
    struct vmm_hive *r = vmm_hive_open(after, len, NULL, &err);
    free(after);
    assert_non_null(r);
    if (vmm_hive_check(r, &leaks, &err) < 0) fail_msg("%s", err.message);
    assert_int_equal(leaks, 0);
    char *text = vmm_hive_diff(h, r, &err);
    assert_string_equal(text, diff);
    free(text);
    return r;
}

/* Pages of bins that differ; those behind the shorter one count too. */
static size_t pages(const struct vmm_hive *a, const struct vmm_hive *b) {
    size_t la, lb, n = 0;
    const uint8_t *x = vmm_hive_bytes(a, &la), *y = vmm_hive_bytes(b, &lb);
    for (size_t at = 4096; at < lb; at += 4096) n += at >= la || memcmp(x + at, y + at, 4096) != 0;
    return n;
}

static size_t length(const struct vmm_hive *h) {
    size_t len;
    vmm_hive_bytes(h, &len);
    return len;
}

static void one_value_changes_few_pages(void **state) {
    (void)state;
    static const struct { struct vmm_edit e; const char *diff; size_t most; } rows[] = {
        {{.op = VMM_EDIT_SET, .path = "Services\\Service1000", .name = "Start", .type = VMM_REG_DWORD, .data = (const uint8_t *)"\2\0\0", .len = 4}, "~ Services\\Service1000!Start\n", 1},
        {{.op = VMM_EDIT_SET, .path = "Services\\Service1000", .name = "ImagePath", .type = VMM_REG_SZ, .data = letters, .len = 200}, "~ Services\\Service1000!ImagePath\n", 3},
        {{.op = VMM_EDIT_SET, .path = "Services\\Service1000", .name = "ImagePath", .type = VMM_REG_SZ, .data = letters, .len = 20}, "~ Services\\Service1000!ImagePath\n", 2},
        {{.op = VMM_EDIT_SET, .path = "Services\\Service1000", .name = "New", .type = VMM_REG_SZ, .data = letters, .len = 20}, "+ Services\\Service1000!New\n", 3},
        {{.op = VMM_EDIT_DELETE_VALUE, .path = "Services\\Service1000", .name = "Start"}, "- Services\\Service1000!Start\n", 2},
    };
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive *h = large(minor);
        for (size_t i = 0; i < VMM_COUNT(rows); i++) {
            struct vmm_hive *r = made(h, &rows[i].e, 1, rows[i].diff);
            size_t n = pages(h, r);
            if (n > rows[i].most) fail_msg("%s: %zu pages", rows[i].diff, n);
            assert_int_equal(length(r), length(h));
            vmm_hive_close(r);
        }
        vmm_hive_close(h);
    }
}

static size_t free_cells(const struct vmm_hive *h, size_t *bytes) {
    size_t n = 0;
    *bytes = 0;
    for (uint32_t at = 0; at < h->length; at += 8) {
        int32_t size = h->starts[at / 64] >> at / 8 % 8 & 1 ? (int32_t)vmm_le32(h->data + REGF_BASE + at) : 0;
        n += size > 0;
        *bytes += size > 0 ? (size_t)size : 0;
    }
    return n;
}

/* What was taken out leaves as much room as there was, in no more pieces: edits again and again do not crumble a hive. */
static void what_is_taken_out_leaves_the_room_it_took(void **state) {
    (void)state;
    struct vmm_hive *h = large(5);
    size_t bytes, after_bytes, n = free_cells(h, &bytes);
    struct vmm_edit in[] = {set("Services\\Service1000", "A", 200), set("Services\\Service1000", "B", 3000), set("Services\\Service1000", "C", 16)},
                    out[] = {gone("Services\\Service1000", "B"), gone("Services\\Service1000", "A"), gone("Services\\Service1000", "C")};
    struct vmm_hive *with = made(h, in, 3, "+ Services\\Service1000!A\n+ Services\\Service1000!B\n+ Services\\Service1000!C\n");
    struct vmm_hive *back = made(with, out, 3, "- Services\\Service1000!A\n- Services\\Service1000!B\n- Services\\Service1000!C\n");
    size_t m = free_cells(back, &after_bytes);
    size_t bins = length(back) - length(h); /* a bin that was added stays, as one free cell */
    if (bins > 0) bytes += bins - 32, n++;
    assert_int_equal(after_bytes + 8, bytes); /* the list of values was made longer, for three more, and keeps its cell */
    assert_true(m <= n + 2);                  /* it moved, and what it left stands elsewhere */
    vmm_hive_close(back);
    vmm_hive_close(with);
    vmm_hive_close(h);
}

static void a_hive_without_room_grows_by_a_bin(void **state) {
    (void)state;
    struct vmm_hive *h = large(5);
    size_t before = length(h);
    char names[40][8];
    struct vmm_edit e[40];
    struct vmm_buf diff = {0};
    for (size_t i = 0; i < 40; i++) {
        snprintf(names[i], sizeof names[i], "V%02zu", i);
        e[i] = set("Wide", names[i], 4000);
        char line[32];
        vmm_buf_add(&diff, line, (size_t)snprintf(line, sizeof line, "+ Wide!%s\n", names[i]));
    }
    vmm_buf_add(&diff, "", 1);
    struct vmm_hive *r = made(h, e, 40, (const char *)diff.data);
    size_t grown = length(r) - before;
    assert_true(grown >= 40 * 4000 - 65536 && grown <= 40 * 8192);
    assert_int_equal(grown % 4096, 0);
    assert_int_equal(vmm_le32(r->data + BASE_LENGTH), r->len - REGF_BASE);
    vmm_buf_free(&diff);
    vmm_hive_close(r);
    vmm_hive_close(h);
}

/* What stands behind the last bin of a file is room too, whatever is in it. */
static void the_rest_of_the_file_is_used_first(void **state) {
    (void)state;
    struct vmm_hive *h = large(5);
    size_t len = h->len + 32768;
    uint8_t *longer = vmm_alloc(len, 1);
    memset(longer, 0xa5, len);
    memcpy(longer, h->data, h->len);
    struct vmm_error err = {0};
    struct vmm_hive *slack = vmm_hive_open(longer, len, NULL, &err);
    free(longer);
    assert_non_null(slack);
    struct vmm_edit e[] = {set("Wide", "A", 16344)};
    struct vmm_hive *r = made(slack, e, 1, "+ Wide!A\n");
    assert_int_equal(length(r), len);
    assert_true(r->length > slack->length);
    vmm_hive_close(r);
    vmm_hive_close(slack);
    vmm_hive_close(h);
}

/* Each length to each other, and back: in the record, in a cell that is there, in another. */
static void a_value_takes_every_length(void **state) {
    (void)state;
    static const size_t lengths[] = {0, 1, 4, 5, 8, 12, 13, 100, 4092, 16344};
    for (int minor = 3; minor <= 5; minor += 2)
        for (size_t i = 0; i < VMM_COUNT(lengths); i++)
            for (size_t k = 0; k < VMM_COUNT(lengths); k++) {
                struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
                vmm_builder_set(b, "Key", "Value", VMM_REG_BINARY, letters, lengths[i]);
                vmm_builder_dword(b, "Key", "Other", 7);
                struct vmm_hive *h = finished(b);
                struct vmm_edit e = set("Key", "vALUE", lengths[k]);
                struct vmm_hive *r = made(h, &e, 1, i == k ? "" : "~ Key!Value\n");
                e = set("Key", "Value", lengths[i]);
                struct vmm_hive *back = made(r, &e, 1, i == k ? "" : "~ Key!Value\n");
                vmm_hive_close(back);
                vmm_hive_close(r);
                vmm_hive_close(h);
            }
}

/* All values of a key go, first to last and last to first, and come again. */
static void a_key_may_lose_all_its_values(void **state) {
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
        const char *names[] = {"", "B", "C", "D"};
        struct vmm_edit e[4];
        for (size_t i = 0; i < 4; i++) {
            vmm_builder_set(b, "Key", names[i], VMM_REG_BINARY, letters, 3 * i);
            e[i] = gone("Key", names[turn ? 3 - i : i]);
        }
        struct vmm_hive *h = finished(b), *r = made(h, e, 4, "- Key!\n- Key!B\n- Key!C\n- Key!D\n");
        vmm_key key;
        assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Key", &key), VMM_SET);
        assert_int_equal(vmm_le32(vmm_nk(r, key - REGF_BASE, NULL) + NK_VALUE_LIST), REGF_NIL);
        for (size_t i = 0; i < 4; i++) e[i] = set("Key", names[i], 3 * i);
        struct vmm_hive *again = made(r, e, 4, "+ Key!\n+ Key!B\n+ Key!C\n+ Key!D\n");
        struct vmm_error err = {0};
        char *diff = vmm_hive_diff(h, again, &err);
        assert_string_equal(diff, "");
        free(diff);
        vmm_hive_close(again);
        vmm_hive_close(r);
        vmm_hive_close(h);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_value_changes_few_pages),
        cmocka_unit_test(what_is_taken_out_leaves_the_room_it_took),
        cmocka_unit_test(a_hive_without_room_grows_by_a_bin),
        cmocka_unit_test(the_rest_of_the_file_is_used_first),
        cmocka_unit_test(a_value_takes_every_length),
        cmocka_unit_test(a_key_may_lose_all_its_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
