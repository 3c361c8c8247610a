/* The one log entry that carries a change: what is in it, which log takes it, when none does, and that a replay makes the new hive of it in whatever
 * company. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "harness/logs.h"
#include "hive/replay.h"

#define TIME UINT64_C(0x1d295059e68e89e)
#define ROOM ((size_t)160 << 10)

struct image {
    uint8_t *data;
    size_t len;
};
static struct image old, middle, new; /* `new` is longer */

static struct image build(uint32_t value, size_t more, uint32_t seq) {
    struct image i;
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    vmm_builder_dword(b, "Key", "Value", value);
    uint8_t *filling = vmm_alloc(30000, 1);
    vmm_builder_set(b, "Key", "Still", VMM_REG_BINARY, filling, 15000);
    memset(filling, (int)value, 9000);
    vmm_builder_set(b, "Key", "Filling", VMM_REG_BINARY, filling, 9000);
    if (more) vmm_builder_set(b, "Key\\Later", "More", VMM_REG_BINARY, filling, more);
    free(filling);
    i.data = vmm_builder_finish(b, seq, &i.len);
    vmm_put64(i.data + BASE_TIME, TIME);
    vmm_put64(i.data + REGF_BASE + 20, TIME);
    set_numbers(i.data, seq, seq);
    return i;
}

static int setup(void **state) {
    (void)state;
    old = build(1, 0, 700);
    middle = build(2, 0, 701);
    new = build(3, 12000, 720);
    return new.len > old.len ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    free(old.data);
    free(middle.data);
    free(new.data);
    return 0;
}

/* ---- logs ---- */
static struct vmm_buf log_from(uint32_t first, const struct image *a, const struct image *b) {
    struct vmm_buf log = {0};
    log_begin(&log, old.data, LOG_TYPE_NEW, first);
    log_entry_between(&log, first, a->data, a->len, b->data, b->len);
    static const uint8_t zeros[4096];
    while (log.len < ROOM) vmm_buf_add(&log, zeros, sizeof zeros);
    return log;
}

static struct vmm_hive_logs logs_of(const struct vmm_buf *one, const struct vmm_buf *two) {
    return (struct vmm_hive_logs){.log1 = one ? one->data : NULL, .log1_len = one ? one->len : 0, .log2 = two ? two->data : NULL, .log2_len = two ? two->len : 0};
}

static struct vmm_log_first carry(const struct image *stored, const struct image *after, const struct vmm_hive_logs *logs) {
    struct vmm_log_first w;
    struct vmm_error err = {0};
    if (vmm_hive_log_first(stored->data, stored->len, after->data, after->len, logs, &w, &err) < 0) fail_msg("%s", err.message);
    return w;
}

/* What is loaded is WANT but for its numbers. */
static bool makes(const uint8_t *primary, size_t len, const struct vmm_hive_logs *logs, const struct image *want) {
    struct vmm_replayed got;
    if (vmm_logs_replay(primary, len, logs, &got, NULL) < 0) return false;
    const uint8_t *data = got.data ? got.data : primary;
    size_t got_len = got.data ? got.len : len;
    bool same = (got.told.kind == VMM_REPLAY_DONE || got.told.kind == VMM_REPLAY_CLEAN) && got_len >= want->len;
    uint8_t a[512], b[512];
    if (same) {
        memcpy(a, data, 512);
        memcpy(b, want->data, 512);
        set_numbers(a, 1, 1);
        set_numbers(b, 1, 1);
        same = memcmp(a, b, 512) == 0 && memcmp(data + 512, want->data + 512, want->len - 512) == 0;
    }
    free(got.data);
    free(got.why);
    return same;
}

/* STORED with the opening sector, and the log with its new beginning. */
static void open_it(const struct image *stored, const struct vmm_log_first *w, uint8_t **primary, struct vmm_buf *log) {
    *primary = vmm_memdup(stored->data, stored->len);
    memcpy(*primary, w->open, sizeof w->open);
    assert_true(log->len >= w->head_len);
    memcpy(log->data, w->head, w->head_len);
}

/* ---- promises ---- */
static void the_entry_holds_every_page_that_differs_and_no_other(void **state) {
    (void)state;
    struct vmm_buf one = log_from(699, &middle, &old), two = log_from(690, &middle, &old);
    struct vmm_hive_logs logs = logs_of(&one, &two);
    struct vmm_log_first w = carry(&old, &new, &logs);
    assert_int_equal(w.log, 1);
    const uint8_t *e = w.head + 512;
    assert_memory_equal(e, "HvLE", 4);
    assert_int_equal(vmm_le32(e + ENTRY_SIZE), w.head_len - 512);
    assert_int_equal(w.head_len % 512, 0);
    assert_int_equal(vmm_le32(e + ENTRY_SEQ), 719);
    assert_int_equal(vmm_le32(e + ENTRY_LENGTH), new.len - 4096);
    bool held[64] = {false};
    uint32_t end = UINT32_MAX;
    for (size_t i = 0; i < vmm_le32(e + ENTRY_PAGES); i++) {
        uint32_t at = vmm_le32(e + ENTRY_REFS + 8 * i), size = vmm_le32(e + ENTRY_REFS + 8 * i + 4);
        assert_true(size > 0 && size % 4096 == 0 && at % 4096 == 0);
        if (end != UINT32_MAX) assert_true(at > end); /* ascending, and never neighbours */
        end = at + size;
        for (uint32_t p = at; p < end; p += 4096) held[p / 4096] = true;
    }
    for (size_t at = 4096; at < new.len; at += 4096) {
        bool differs = at + 4096 > old.len || memcmp(old.data + at, new.data + at, 4096) != 0;
        assert_int_equal(held[at / 4096 - 1], differs);
    }
    vmm_log_first_clear(&w);
    vmm_buf_free(&one);
    vmm_buf_free(&two);
}

static void the_sectors_say_what_windows_says(void **state) {
    (void)state;
    struct vmm_buf one = log_from(699, &middle, &old);
    struct vmm_hive_logs logs = logs_of(&one, NULL);
    struct vmm_log_first w = carry(&old, &new, &logs);
    assert_int_equal(vmm_le32(w.head + BASE_TYPE), LOG_TYPE_NEW);
    assert_int_equal(vmm_le32(w.head + BASE_SEQ1), 719);
    assert_int_equal(vmm_le32(w.head + BASE_SEQ2), 719);
    assert_int_equal(vmm_le64(w.head + BASE_TIME), TIME);
    assert_int_equal(vmm_le32(w.head + BASE_CHECKSUM), vmm_base_checksum(w.head));
    assert_int_equal(vmm_le32(w.open + BASE_SEQ1), 720);
    assert_int_equal(vmm_le32(w.open + BASE_SEQ2), 719);
    assert_int_equal(vmm_le32(w.open + BASE_TYPE), 0);
    assert_int_equal(vmm_le32(w.open + BASE_LENGTH), old.len - 4096); /* the file is not longer yet */
    assert_int_equal(vmm_le32(w.open + BASE_CHECKSUM), vmm_base_checksum(w.open));
    vmm_log_first_clear(&w);
    vmm_buf_free(&one);
}

static void any_mixture_of_pages_becomes_the_new_hive(void **state) {
    (void)state;
    for (unsigned mask = 0; mask < 512; mask++) {
        struct vmm_buf one = log_from(699, &middle, &old), two = log_from(718, &middle, &old);
        struct vmm_hive_logs logs = logs_of(&one, &two);
        struct vmm_log_first w = carry(&old, &new, &logs);
        assert_true(w.log == 1);
        uint8_t *primary;
        open_it(&old, &w, &primary, &one);
        for (size_t p = 1; p < 9 && (p + 1) * 4096 <= old.len; p++)
            if (mask >> p & 1) memcpy(primary + p * 4096, new.data + p * 4096, 4096);
        logs = logs_of(&one, &two); /* LOG2 ends with the number before ours: it must not be taken for the beginning */
        assert_true(makes(primary, old.len, &logs, &new));
        free(primary);
        vmm_log_first_clear(&w);
        vmm_buf_free(&one);
        vmm_buf_free(&two);
    }
}

static void beside_a_clean_hive_the_entry_changes_nothing(void **state) {
    (void)state;
    struct vmm_buf one = log_from(699, &middle, &old);
    struct vmm_hive_logs logs = logs_of(&one, NULL);
    struct vmm_log_first w = carry(&old, &new, &logs);
    memcpy(one.data, w.head, w.head_len);
    assert_true(makes(old.data, old.len, &logs, &old));
    vmm_log_first_clear(&w);
    vmm_buf_free(&one);
}

static void the_lowest_and_the_highest_numbers_are_neighbours(void **state) {
    (void)state;
    static const uint32_t after_numbers[] = {0, 1, 2, UINT32_MAX};
    for (size_t i = 0; i < VMM_COUNT(after_numbers); i++) {
        uint32_t s = after_numbers[i];
        struct image a = {vmm_memdup(new.data, new.len), new.len}, p = {vmm_memdup(old.data, old.len), old.len};
        set_numbers(a.data, s, s);
        set_numbers(p.data, s - 5, s - 5);
        struct vmm_buf one = log_from(s - 6, &middle, &old), two = log_from(s - 2, &middle, &old);
        struct vmm_hive_logs logs = logs_of(&one, &two);
        struct vmm_log_first w = carry(&p, &a, &logs);
        uint8_t *primary;
        assert_int_equal(w.log, 1);
        open_it(&p, &w, &primary, &one);
        assert_true(makes(primary, p.len, &logs, &a));
        free(primary);
        free(a.data);
        free(p.data);
        vmm_log_first_clear(&w);
        vmm_buf_free(&one);
        vmm_buf_free(&two);
    }
}

static void nothing(const struct image *stored, const struct vmm_hive_logs *logs) {
    struct vmm_log_first w = carry(stored, &new, logs);
    assert_int_equal(w.log, 0);
    assert_non_null(w.why);
    assert_null(w.head);
}

static void no_log_carries_it_when_none_can(void **state) {
    (void)state;
    struct image p = {vmm_memdup(old.data, old.len), old.len};
    struct vmm_buf one = log_from(701, &middle, &old), two = log_from(700, &old, &middle), old_kind = {0}, empty = {0};
    nothing(&old, NULL);
    vmm_buf_add(&empty, "", 0);
    nothing(&old, &(struct vmm_hive_logs){.log1 = empty.data, .log2 = empty.data});
    nothing(&old, &(struct vmm_hive_logs){.log1 = one.data, .log1_len = 4096 + 512, .log2 = two.data, .log2_len = 512}); /* too short */
    log_old_between(&old_kind, 699, middle.data, middle.len, old.data, old.len);
    static const uint8_t zeros[4096];
    while (old_kind.len < ROOM) vmm_buf_add(&old_kind, zeros, sizeof zeros);
    nothing(&old, &(struct vmm_hive_logs){.log1 = old_kind.data, .log1_len = old_kind.len}); /* this Windows would not read it */
    p.data[600] ^= 1; /* behind the first sector: no log holds that */
    set_numbers(p.data, 700, 700);
    nothing(&p, &(struct vmm_hive_logs){.log1 = one.data, .log1_len = one.len});
    free(p.data);
    vmm_buf_free(&one);
    vmm_buf_free(&two);
    vmm_buf_free(&old_kind);
    vmm_buf_free(&empty);
}

static void a_number_that_is_not_above_all_others_is_refused(void **state) {
    (void)state;
    struct vmm_log_first w;
    struct vmm_error err = {0};
    struct vmm_buf one = log_from(699, &middle, &old);
    struct vmm_hive_logs logs = logs_of(&one, NULL);
    memcpy(one.data + ROOM - 512, "HvLE", 4); /* a remnant, far behind */
    vmm_put32(one.data + ROOM - 512 + ENTRY_SEQ, 719);
    assert_int_equal(vmm_hive_log_first(old.data, old.len, new.data, new.len, &logs, &w, &err), -1);
    assert_int_equal(err.code, VMM_E_INTERNAL);
    vmm_put32(one.data + ROOM - 512 + ENTRY_SEQ, 718);
    assert_int_equal(vmm_hive_log_first(old.data, old.len, new.data, new.len, &logs, &w, &err), 0);
    vmm_log_first_clear(&w);
    set_numbers(one.data, 719, 719);
    assert_int_equal(vmm_hive_log_first(old.data, old.len, new.data, new.len, &logs, &w, &err), -1);
    vmm_buf_free(&one);
}

static void a_hive_that_is_not_whole_is_refused(void **state) {
    (void)state;
    struct vmm_log_first w;
    struct image a = {vmm_memdup(new.data, new.len), new.len};
    struct vmm_buf one = log_from(699, &middle, &old);
    struct vmm_hive_logs logs = logs_of(&one, NULL);
    assert_int_equal(vmm_hive_log_first(old.data, old.len, a.data, a.len - 4096, &logs, &w, NULL), -1); /* shorter than it says */
    assert_int_equal(vmm_hive_log_first(old.data, 512, a.data, a.len, &logs, &w, NULL), -1);
    set_numbers(a.data, 720, 719);
    assert_int_equal(vmm_hive_log_first(old.data, old.len, a.data, a.len, &logs, &w, NULL), -1);
    set_numbers(a.data, 720, 720);
    a.data[100] ^= 1;
    assert_int_equal(vmm_hive_log_first(old.data, old.len, a.data, a.len, &logs, &w, NULL), -1);
    struct image p = {vmm_memdup(old.data, old.len), old.len}; /* Windows was stopped while writing it: its logs are still needed */
    set_numbers(p.data, 701, 700);
    assert_int_equal(vmm_hive_log_first(p.data, p.len, new.data, new.len, &logs, &w, NULL), -1);
    free(p.data);
    free(a.data);
    vmm_buf_free(&one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_entry_holds_every_page_that_differs_and_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(the_sectors_say_what_windows_says, setup, teardown),
        cmocka_unit_test_setup_teardown(any_mixture_of_pages_becomes_the_new_hive, setup, teardown),
        cmocka_unit_test_setup_teardown(beside_a_clean_hive_the_entry_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_lowest_and_the_highest_numbers_are_neighbours, setup, teardown),
        cmocka_unit_test_setup_teardown(no_log_carries_it_when_none_can, setup, teardown),
        cmocka_unit_test_setup_teardown(a_number_that_is_not_above_all_others_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hive_that_is_not_whole_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
