/* Replaying logs: each rule of Microsoft's own replay a test, on small hives with logs written here. The hive is always OLD on the disk, dirty, and the logs
 * lead to NEW (and to LAST), which are known. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "harness/logs.h"
#include "hive/replay.h"

#define SEQ 700u
#define TIME UINT64_C(0x1d295059e68e89e)

struct image {
    uint8_t *data;
    size_t len;
};
static struct image old, new, last; /* `last` is longer than the others */

static struct image build(uint32_t value, size_t more) {
    struct image i;
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    vmm_builder_dword(b, "Key", "Value", value);
    uint8_t *filling = vmm_alloc(9000 + more, 1);
    vmm_builder_set(b, "Key", "Filling", VMM_REG_BINARY, filling, 9000);
    if (more) vmm_builder_set(b, "Key\\Later", "More", VMM_REG_BINARY, filling, more);
    free(filling);
    i.data = vmm_builder_finish(b, SEQ, &i.len);
    vmm_put64(i.data + BASE_TIME, TIME);
    vmm_put64(i.data + REGF_BASE + 20, TIME);
    set_numbers(i.data, SEQ, SEQ);
    return i;
}

static int make_images(void **state) {
    (void)state;
    old = build(1, 0);
    new = build(2, 0);
    last = build(3, 12000);
    return last.len > new.len ? 0 : -1;
}

static int free_images(void **state) {
    (void)state;
    free(old.data);
    free(new.data);
    free(last.data);
    return 0;
}

/* A disk: the primary file and two logs, to be spoiled by a test. */
struct disk {
    struct image primary;
    struct vmm_buf log, log1, log2;
};

/* OLD, stopped while it was written: secondary number SEQ. */
static struct disk dirty(void) {
    struct disk d = {.primary = {vmm_memdup(old.data, old.len), old.len}};
    set_numbers(d.primary.data, SEQ + 1, SEQ);
    return d;
}

static void begin(struct vmm_buf *log, uint32_t seq) { log_begin(log, old.data, LOG_TYPE_NEW, seq); }
static void to_new(struct vmm_buf *log, uint32_t seq) { log_entry_between(log, seq, old.data, old.len, new.data, new.len); }
static void to_last(struct vmm_buf *log, uint32_t seq) { log_entry_between(log, seq, new.data, new.len, last.data, last.len); }

/* Opens it as the program does, from memory that is exactly as long as the files; frees the disk. */
static struct vmm_hive *open_it(struct disk *d, struct vmm_error *err) {
    uint8_t *p = vmm_memdup(d->primary.data, d->primary.len), *l = vmm_memdup(d->log.data, d->log.len), *l1 = vmm_memdup(d->log1.data, d->log1.len), *l2 = vmm_memdup(d->log2.data, d->log2.len);
    struct vmm_hive_logs logs = {l, l1, l2, d->log.len, d->log1.len, d->log2.len};
    struct vmm_hive *h = vmm_hive_open(p, d->primary.len, &logs, err);
    free(p);
    free(l);
    free(l1);
    free(l2);
    free(d->primary.data);
    vmm_buf_free(&d->log);
    vmm_buf_free(&d->log1);
    vmm_buf_free(&d->log2);
    return h;
}

static struct vmm_hive *opened(struct disk *d) {
    struct vmm_error err = {0};
    struct vmm_hive *h = open_it(d, &err);
    if (h == NULL) fail_msg("%s", err.message);
    return h;
}

/* The hive is WANT from its bins on, its numbers are SEQ, and it may be written. */
static struct vmm_replay assert_replayed(struct disk *d, const struct image *want, uint32_t seq) {
    struct vmm_hive *h = opened(d);
    size_t len;
    const uint8_t *b = vmm_hive_bytes(h, &len);
    struct vmm_replay r = *vmm_hive_replay(h);
    assert_int_equal(r.kind, VMM_REPLAY_DONE);
    assert_null(vmm_hive_dirty(h));
    assert_true(len >= want->len);
    assert_memory_equal(b + REGF_BASE, want->data + REGF_BASE, want->len - REGF_BASE);
    assert_int_equal(vmm_le32(b + BASE_SEQ1), seq);
    assert_int_equal(vmm_le32(b + BASE_SEQ2), seq);
    assert_int_equal(vmm_le32(b + BASE_LENGTH), vmm_le32(want->data + BASE_LENGTH));
    assert_int_equal(vmm_le32(b + BASE_CHECKSUM), vmm_base_checksum(b));
    assert_int_equal(vmm_hive_check(h, NULL, NULL), 0);
    vmm_hive_close(h);
    return r;
}

/* It can be read (WANT, the file or what the newest Windows would make of it) and not be written, for a reason that names WORDS and the way out. */
static void assert_refused(struct disk *d, enum vmm_replay_kind kind, const struct image *want, const char *words) {
    struct vmm_hive *h = opened(d);
    size_t len;
    const uint8_t *b = vmm_hive_bytes(h, &len);
    uint8_t *after = NULL;
    struct vmm_error err = {0};
    struct vmm_edit e = {.op = VMM_EDIT_SET, .path = "Key", .name = "Value", .type = VMM_REG_DWORD, .data = (const uint8_t[4]){9}, .len = 4};
    assert_int_equal(vmm_hive_replay(h)->kind, kind);
    assert_memory_equal(b + REGF_BASE, want->data + REGF_BASE, want->len - REGF_BASE);
    assert_non_null(vmm_hive_dirty(h));
    if (strstr(vmm_hive_dirty(h), words) == NULL) fail_msg("\"%s\" does not say \"%s\"", vmm_hive_dirty(h), words);
    assert_non_null(strstr(vmm_hive_dirty(h), "Boot this Windows once and shut it down"));
    assert_int_equal(vmm_hive_edit(h, &e, 1, NULL, "/nowhere", &after, &len, &err), -1);
    assert_int_equal(err.code, VMM_E_DIRTY_HIVE);
    vmm_hive_close(h);
}

/* ---- when logs are looked at ---- */

static void a_clean_hive_is_read_as_it_stands_whatever_its_logs_hold(void **state) {
    (void)state;
    for (uint32_t above = 0; above < 3; above++) {
        struct disk d = dirty();
        set_numbers(d.primary.data, SEQ, SEQ);
        begin(&d.log1, SEQ + above * 1000); /* its own, a foreign one far above */
        to_new(&d.log1, SEQ + above * 1000);
        struct vmm_hive *h = opened(&d);
        size_t len;
        const uint8_t *b = vmm_hive_bytes(h, &len);
        assert_int_equal(vmm_hive_replay(h)->kind, VMM_REPLAY_CLEAN);
        assert_null(vmm_hive_dirty(h));
        assert_int_equal(len, old.len);
        assert_memory_equal(b, old.data, len);
        vmm_hive_close(h);
    }
}

static void a_dirty_hive_is_the_one_that_its_log_completes(void **state) {
    (void)state;
    struct disk d = dirty();
    begin(&d.log1, SEQ);
    to_new(&d.log1, SEQ);
    struct vmm_replay r = assert_replayed(&d, &new, SEQ + 1);
    assert_true(r.log1 && !r.log2 && !r.log && !r.header);
    assert_int_equal(r.entries, 1);
    assert_true(r.pages > 0);
    assert_int_equal(r.changes, 1); /* Key!Value */
}

static void numbers_that_differ_the_other_way_round_are_dirty_too(void **state) {
    (void)state;
    struct disk d = dirty();
    set_numbers(d.primary.data, SEQ - 5, SEQ); /* the first one is not used */
    begin(&d.log2, SEQ);
    to_new(&d.log2, SEQ);
    assert_true(assert_replayed(&d, &new, SEQ + 1).log2);
}

static void nothing_usable_leaves_the_file_as_it_stands_and_refuses_to_write(void **state) {
    (void)state;
    struct disk d = dirty();
    assert_refused(&d, VMM_REPLAY_NOTHING, &old, "there is no log file");
}

/* ---- which logs can be used ---- */

static void only_the_lone_old_kind_of_file_counts_when_there_is_no_other(void **state) {
    (void)state;
    struct disk d = dirty();
    begin(&d.log, SEQ);
    to_new(&d.log, SEQ);
    assert_true(assert_replayed(&d, &new, SEQ + 1).log);
    d = dirty();
    begin(&d.log, SEQ);
    to_new(&d.log, SEQ);
    begin(&d.log1, SEQ - 3); /* stale, but there: Windows that writes these never looks at the other */
    to_new(&d.log1, SEQ - 3);
    assert_refused(&d, VMM_REPLAY_NOTHING, &old, "LOG1 is older");
}

static const struct spoiled {
    const char *what;
    uint32_t at, to;
    bool sum;
    const char *words;
} spoiled_bases[] = {
    {"signature", 0, 0x67676767, true, "LOG1 holds nothing"},
    {"checksum", BASE_CHECKSUM, 0x12345678, false, "LOG1 holds nothing"},
    {"second number", BASE_SEQ2, SEQ + 1, true, "LOG1 holds nothing"},
    {"type of a primary file", BASE_TYPE, 0, true, "LOG1 holds nothing"},
    {"type that no Windows writes now", BASE_TYPE, 2, true, "LOG1 holds nothing"},
    {"time", BASE_TIME, 1, true, "LOG1 belongs to another state"},
};

static void a_log_with_a_wrong_first_block_is_not_used(void **state) {
    (void)state;
    for (size_t i = 0; i < VMM_COUNT(spoiled_bases); i++) {
        const struct spoiled *s = &spoiled_bases[i];
        struct disk d = dirty();
        begin(&d.log1, SEQ);
        to_new(&d.log1, SEQ);
        vmm_put32(d.log1.data + s->at, s->to);
        if (s->sum) log_sum(d.log1.data);
        assert_refused(&d, VMM_REPLAY_NOTHING, &old, s->words);
    }
}

static void a_log_older_than_the_file_is_not_used_and_one_far_newer_is(void **state) {
    (void)state;
    struct disk d = dirty();
    begin(&d.log1, SEQ - 1);
    to_new(&d.log1, SEQ - 1);
    assert_refused(&d, VMM_REPLAY_NOTHING, &old, "LOG1 is older");
    d = dirty();
    begin(&d.log1, SEQ + 500);
    to_new(&d.log1, SEQ + 500);
    assert_replayed(&d, &new, SEQ + 501);
}

static void numbers_wrap(void **state) {
    (void)state;
    struct disk d = dirty();
    set_numbers(d.primary.data, 0, UINT32_MAX);
    begin(&d.log1, UINT32_MAX);
    to_new(&d.log1, UINT32_MAX);
    begin(&d.log2, 0);
    to_last(&d.log2, 0);
    struct vmm_replay r = assert_replayed(&d, &last, 1);
    assert_true(r.log1 && r.log2);
    d = dirty();
    set_numbers(d.primary.data, 3, 2);
    begin(&d.log1, UINT32_MAX); /* before 2, not after it */
    to_new(&d.log1, UINT32_MAX);
    assert_refused(&d, VMM_REPLAY_NOTHING, &old, "LOG1 is older");
}

/* ---- which entries of a log ---- */

static void entries_are_applied_as_long_as_each_follows_the_one_before(void **state) {
    (void)state;
    struct disk d = dirty();
    begin(&d.log1, SEQ);
    to_new(&d.log1, SEQ);
    to_last(&d.log1, SEQ + 1);
    struct vmm_replay r = assert_replayed(&d, &last, SEQ + 2);
    assert_int_equal(r.entries, 2);
    assert_true(r.changes >= 2); /* Key!Value and Key\Later */
    d = dirty();
    begin(&d.log1, SEQ);
    to_new(&d.log1, SEQ);
    to_last(&d.log1, SEQ + 2); /* a gap */
    assert_replayed(&d, &new, SEQ + 1);
    d = dirty();
    begin(&d.log1, SEQ);
    to_new(&d.log1, SEQ);
    to_last(&d.log1, SEQ); /* a remnant */
    assert_replayed(&d, &new, SEQ + 1);
}

/* What each rule about an entry refuses. The hashes are right again where the rule is not about them. */
static void bad_signature(struct vmm_buf *l, size_t at) { l->data[at] = 'h'; }
static void bad_second_hash(struct vmm_buf *l, size_t at) { l->data[at + ENTRY_HASH2] ^= 1; }
static void bad_first_hash(struct vmm_buf *l, size_t at) { l->data[at + 600] ^= 1; } /* a byte of a page; the second hash is right */
static void bad_size(struct vmm_buf *l, size_t at) { vmm_put32(l->data + at + ENTRY_SIZE, vmm_le32(l->data + at + ENTRY_SIZE) - 4); }
static void no_size(struct vmm_buf *l, size_t at) { vmm_put32(l->data + at + ENTRY_SIZE, 0); }
static void beyond_the_log(struct vmm_buf *l, size_t at) {
    (void)at;
    l->len -= 512;
}
static void no_length(struct vmm_buf *l, size_t at) {
    vmm_put32(l->data + at + ENTRY_LENGTH, 0);
    log_hash(l, at);
}
static void odd_length(struct vmm_buf *l, size_t at) {
    vmm_put32(l->data + at + ENTRY_LENGTH, vmm_le32(l->data + at + ENTRY_LENGTH) + 512);
    log_hash(l, at);
}
static void no_pages(struct vmm_buf *l, size_t at) {
    vmm_put32(l->data + at + ENTRY_PAGES, 0);
    log_hash(l, at);
}
static void too_many_pages(struct vmm_buf *l, size_t at) {
    vmm_put32(l->data + at + ENTRY_PAGES, 0x20000001); /* times eight it wraps */
    log_hash(l, at);
}
static void set_ref(struct vmm_buf *l, size_t at, uint32_t offset, uint32_t bytes) {
    vmm_put32(l->data + at + ENTRY_REFS, offset);
    vmm_put32(l->data + at + ENTRY_REFS + 4, bytes);
    log_hash(l, at);
}
static void odd_offset(struct vmm_buf *l, size_t at) { set_ref(l, at, 512, 4096); }
static void odd_bytes(struct vmm_buf *l, size_t at) { set_ref(l, at, 0, 4096 - 512); }
static void no_bytes(struct vmm_buf *l, size_t at) { set_ref(l, at, 0, 0); }
static void outside_the_hive(struct vmm_buf *l, size_t at) { set_ref(l, at, vmm_le32(l->data + at + ENTRY_LENGTH), 4096); }
static void outside_by_wrapping(struct vmm_buf *l, size_t at) { set_ref(l, at, 0xfffff000, 0x2000); }
static void more_than_the_entry_holds(struct vmm_buf *l, size_t at) { set_ref(l, at, 0, vmm_le32(l->data + at + ENTRY_LENGTH)); }

static const struct bad_entry {
    const char *what;
    void (*spoil)(struct vmm_buf *l, size_t at);
} bad_entries[] = {
    {"signature", bad_signature}, {"second hash", bad_second_hash}, {"first hash", bad_first_hash}, {"size", bad_size}, {"size zero", no_size},
    {"beyond the log", beyond_the_log}, {"length zero", no_length}, {"odd length", odd_length}, {"no page", no_pages}, {"page count", too_many_pages},
    {"odd offset", odd_offset}, {"odd bytes", odd_bytes}, {"no bytes", no_bytes}, {"outside", outside_the_hive}, {"outside by wrapping", outside_by_wrapping},
    {"more than it holds", more_than_the_entry_holds},
};

static void an_entry_that_breaks_a_rule_ends_what_is_applied(void **state) {
    (void)state;
    for (size_t i = 0; i < VMM_COUNT(bad_entries); i++) {
        struct disk d = dirty();
        begin(&d.log1, SEQ);
        to_new(&d.log1, SEQ);
        size_t second = d.log1.len;
        to_last(&d.log1, SEQ + 1);
        bad_entries[i].spoil(&d.log1, second);
        struct vmm_replay r = assert_replayed(&d, &new, SEQ + 1);
        if (r.entries != 1) fail_msg("%s: %u entries", bad_entries[i].what, r.entries);
        d = dirty();
        begin(&d.log1, SEQ);
        to_new(&d.log1, SEQ);
        bad_entries[i].spoil(&d.log1, 512);
        assert_refused(&d, VMM_REPLAY_NOTHING, &old, "LOG1 holds nothing");
    }
}

static void neighbouring_pages_must_be_one_reference_and_references_ascend(void **state) {
    (void)state;
    static const struct { struct log_ref refs[2]; bool good; } rows[] = {
        {{{0, 4096}, {8192, 4096}}, true}, {{{0, 4096}, {4096, 4096}}, false}, {{{8192, 4096}, {0, 4096}}, false}, {{{0, 8192}, {4096, 4096}}, false}, {{{0, 4096}, {0, 4096}}, false}};
    assert_true(new.len >= REGF_BASE + 12288);
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        struct disk d = dirty();
        begin(&d.log1, SEQ);
        log_entry(&d.log1, SEQ, vmm_le32(old.data + BASE_LENGTH), 0, rows[i].refs, 2, old.data, old.len, NULL);
        if (rows[i].good) assert_replayed(&d, &old, SEQ + 1);
        else assert_refused(&d, VMM_REPLAY_NOTHING, &old, "LOG1 holds nothing");
    }
}

static void a_log_cut_anywhere_is_refused_or_applied_as_far_as_it_goes(void **state) {
    (void)state;
    struct vmm_buf whole = {0};
    begin(&whole, SEQ);
    to_new(&whole, SEQ);
    size_t first = whole.len;
    to_last(&whole, SEQ + 1);
    for (size_t cut = 0; cut < whole.len; cut += 128) {
        struct disk d = dirty();
        vmm_buf_add(&d.log1, whole.data, cut);
        if (cut >= first) assert_replayed(&d, &new, SEQ + 1);
        else assert_refused(&d, VMM_REPLAY_NOTHING, &old, cut < 512 ? "there is no log file" : "LOG1 holds nothing");
    }
    vmm_buf_free(&whole);
}

static void any_flipped_bit_of_a_log_is_noticed(void **state) {
    (void)state;
    struct vmm_buf whole = {0};
    begin(&whole, SEQ);
    to_new(&whole, SEQ);
    for (size_t at = 0; at < whole.len; at += at < 600 ? 1 : 37) {
        struct disk d = dirty();
        vmm_buf_add(&d.log1, whole.data, whole.len);
        d.log1.data[at] ^= (uint8_t)(1u << at % 8);
        assert_refused(&d, VMM_REPLAY_NOTHING, &old, "LOG1");
    }
    vmm_buf_free(&whole);
}

/* ---- two logs ---- */

static void of_two_logs_that_continue_each_other_the_older_comes_first_whatever_their_names(void **state) {
    (void)state;
    for (int swap = 0; swap < 2; swap++) {
        struct disk d = dirty();
        begin(swap ? &d.log2 : &d.log1, SEQ);
        to_new(swap ? &d.log2 : &d.log1, SEQ);
        begin(swap ? &d.log1 : &d.log2, SEQ + 1);
        to_last(swap ? &d.log1 : &d.log2, SEQ + 1);
        struct vmm_replay r = assert_replayed(&d, &last, SEQ + 2);
        assert_true(r.log1 && r.log2);
    }
}

static void an_old_log_beside_a_usable_one_is_left_out(void **state) {
    (void)state;
    struct disk d = dirty();
    begin(&d.log1, SEQ - 4);
    to_last(&d.log1, SEQ - 4);
    begin(&d.log2, SEQ);
    to_new(&d.log2, SEQ);
    struct vmm_replay r = assert_replayed(&d, &new, SEQ + 1);
    assert_true(r.log2 && !r.log1);
}

/* What the newest Windows makes of them is read, and nothing is written. */
static void two_logs_that_do_not_continue_each_other_are_not_written_over(void **state) {
    (void)state;
    static const int steps[] = {2, 5}; /* a gap, and a wider one */
    for (size_t i = 0; i < VMM_COUNT(steps); i++) {
        struct disk d = dirty();
        begin(&d.log1, SEQ);
        log_entry(&d.log1, SEQ, vmm_le32(old.data + BASE_LENGTH), 0, &(struct log_ref){8192, 4096}, 1, old.data, old.len, NULL);
        begin(&d.log2, SEQ + (uint32_t)steps[i]);
        to_new(&d.log2, SEQ + (uint32_t)steps[i]);
        assert_refused(&d, VMM_REPLAY_DISAGREE, &new, "do not continue each other");
    }
    struct disk d = dirty(); /* an overlap: LOG1 goes on past the beginning of LOG2 */
    begin(&d.log1, SEQ);
    to_new(&d.log1, SEQ);
    to_last(&d.log1, SEQ + 1);
    begin(&d.log2, SEQ + 1);
    to_new(&d.log2, SEQ + 1);
    assert_refused(&d, VMM_REPLAY_DISAGREE, &new, "do not continue each other");
}

static void two_logs_of_one_number_agree_only_when_they_hold_the_same(void **state) {
    (void)state;
    struct disk d = dirty();
    begin(&d.log1, SEQ);
    to_new(&d.log1, SEQ);
    vmm_buf_add(&d.log2, d.log1.data, d.log1.len);
    struct vmm_replay r = assert_replayed(&d, &new, SEQ + 1);
    assert_true(r.log1 && !r.log2);
    d = dirty();
    begin(&d.log1, SEQ);
    to_new(&d.log1, SEQ);
    begin(&d.log2, SEQ);
    log_entry_between(&d.log2, SEQ, old.data, old.len, last.data, last.len);
    assert_refused(&d, VMM_REPLAY_DISAGREE, &new, "do not continue each other"); /* LOG1 is read */
}

/* ---- lengths and flags ---- */

static void a_hive_grows_and_shrinks_with_its_entries(void **state) {
    (void)state;
    struct disk d = dirty();
    begin(&d.log1, SEQ);
    log_entry_between(&d.log1, SEQ, old.data, old.len, last.data, last.len);
    log_entry_between(&d.log1, SEQ + 1, last.data, last.len, new.data, new.len);
    struct vmm_hive *h = opened(&d);
    size_t len;
    const uint8_t *b = vmm_hive_bytes(h, &len);
    assert_int_equal(len, last.len); /* the file stays long, as Windows leaves it */
    assert_int_equal(vmm_le32(b + BASE_LENGTH), vmm_le32(new.data + BASE_LENGTH));
    assert_memory_equal(b + REGF_BASE, new.data + REGF_BASE, new.len - REGF_BASE);
    assert_int_equal(vmm_hive_check(h, NULL, NULL), 0);
    vmm_hive_close(h);
}

static void a_log_cannot_make_a_hive_longer_than_there_is_data_for(void **state) {
    (void)state;
    struct disk d = dirty();
    begin(&d.log1, SEQ);
    log_entry(&d.log1, SEQ, 0xfffff000, 0, &(struct log_ref){0, 4096}, 1, new.data, new.len, NULL);
    struct vmm_error err = {0};
    assert_null(open_it(&d, &err)); /* not four gibibytes of zeros */
    assert_int_equal(err.code, VMM_E_BROKEN);
}

static void the_flag_of_an_entry_is_kept_and_none_is_cleared(void **state) {
    (void)state;
    for (uint32_t had = 0; had < 4; had++)
        for (uint32_t flag = 0; flag < 4; flag++) {
            struct disk d = dirty();
            vmm_put32(d.primary.data + BASE_FLAGS, had);
            log_sum(d.primary.data);
            begin(&d.log1, SEQ);
            log_entry(&d.log1, SEQ, vmm_le32(old.data + BASE_LENGTH), flag, &(struct log_ref){0, 4096}, 1, new.data, new.len, NULL);
            struct vmm_hive *h = opened(&d);
            size_t len;
            assert_int_equal(vmm_le32(vmm_hive_bytes(h, &len) + BASE_FLAGS), had | (flag & 1));
            vmm_hive_close(h);
        }
}

/* ---- a first block that cannot be believed ---- */

static void a_damaged_first_block_comes_from_the_newer_log(void **state) {
    (void)state;
    static const struct { uint32_t at, to; bool sum; } rows[] = {
        {BASE_CHECKSUM, 7, false}, {0, 0, true}, {BASE_TYPE, 6, true}, {BASE_FORMAT, 2, true}, {BASE_MINOR, 7, true}, {BASE_MAJOR, 2, true}};
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        struct disk d = dirty();
        begin(&d.log1, SEQ);
        to_new(&d.log1, SEQ);
        begin(&d.log2, SEQ + 1);
        to_last(&d.log2, SEQ + 1);
        d.log2.data[48] = 'L'; /* of the name, so that it is known again */
        log_sum(d.log2.data);
        vmm_put32(d.primary.data + rows[i].at, rows[i].to);
        if (rows[i].sum) log_sum(d.primary.data);
        d.primary.data[4000] = 0x5a; /* beyond the first sector the file's own bytes stay */
        struct vmm_hive *h = opened(&d);
        size_t len;
        const uint8_t *b = vmm_hive_bytes(h, &len);
        assert_true(vmm_hive_replay(h)->header);
        assert_int_equal(b[48], 'L');
        assert_int_equal(b[4000], 0x5a);
        assert_int_equal(vmm_le32(b + BASE_TYPE), 0);
        assert_int_equal(vmm_le32(b + BASE_SEQ1), SEQ + 2);
        assert_memory_equal(b + REGF_BASE, last.data + REGF_BASE, last.len - REGF_BASE);
        assert_int_equal(vmm_hive_check(h, NULL, NULL), 0);
        vmm_hive_close(h);
    }
}

static void a_damaged_first_block_with_equal_numbers_is_recovered_too(void **state) {
    (void)state;
    struct disk d = dirty();
    set_numbers(d.primary.data, SEQ, SEQ);
    d.primary.data[BASE_CHECKSUM] ^= 1;
    begin(&d.log2, SEQ);
    to_new(&d.log2, SEQ);
    assert_true(assert_replayed(&d, &new, SEQ + 1).header);
}

static void without_a_first_block_the_time_of_the_first_bin_decides(void **state) {
    (void)state;
    struct disk d = dirty();
    memset(d.primary.data, 0, 512);
    begin(&d.log1, 3); /* any number will do */
    to_new(&d.log1, 3);
    assert_replayed(&d, &new, 4);
    d = dirty();
    memset(d.primary.data, 0, 512);
    vmm_put64(d.primary.data + REGF_BASE + 20, TIME + 1);
    begin(&d.log1, SEQ);
    to_new(&d.log1, SEQ);
    struct vmm_error err = {0};
    assert_null(open_it(&d, &err));
    assert_int_equal(err.code, VMM_E_BROKEN);
}

static void a_damaged_first_block_without_a_log_is_refused(void **state) {
    (void)state;
    struct disk d = dirty();
    d.primary.data[BASE_CHECKSUM] ^= 1;
    struct vmm_error err = {0};
    assert_null(open_it(&d, &err));
    assert_int_equal(err.code, VMM_E_BROKEN);
    assert_non_null(strstr(err.message, "checksum"));
}

/* ---- the old format ---- */

/* The length in an old log's hive was written before: the primary says it already. */
static struct disk dirty_old(const struct image *to) {
    struct disk d = dirty();
    vmm_put32(d.primary.data + BASE_LENGTH, vmm_le32(to->data + BASE_LENGTH));
    log_sum(d.primary.data);
    return d;
}

static void an_old_log_is_applied_where_its_marks_say(void **state) {
    (void)state;
    for (int which = 0; which < 3; which++) {
        struct disk d = dirty_old(&new);
        struct vmm_buf *logs[] = {&d.log, &d.log1, &d.log2};
        log_old_between(logs[which], SEQ, old.data, old.len, new.data, new.len);
        struct vmm_replay r = assert_replayed(&d, &new, SEQ + 1);
        assert_true(r.log == (which == 0) && r.log1 == (which == 1) && r.log2 == (which == 2));
        assert_int_equal(r.entries, 1);
    }
    struct disk d = dirty_old(&last); /* the file grows to what its first block says */
    log_old_between(&d.log1, SEQ, old.data, old.len, last.data, last.len);
    assert_replayed(&d, &last, SEQ + 1);
}

static void an_old_log_does_not_change_the_length_of_a_sound_first_block(void **state) {
    (void)state;
    struct disk d = dirty();
    log_old_between(&d.log1, SEQ, new.data, new.len, last.data, last.len); /* its own first block says more */
    struct vmm_error err = {0};
    struct vmm_hive *h = open_it(&d, &err);
    size_t len;
    if (h) assert_int_equal(vmm_le32(vmm_hive_bytes(h, &len) + BASE_LENGTH), vmm_le32(old.data + BASE_LENGTH));
    else assert_int_equal(err.code, VMM_E_BROKEN); /* cut there, the hive is none */
    vmm_hive_close(h);
    d = dirty();
    d.primary.data[BASE_CHECKSUM] ^= 1; /* with a damaged one it does */
    log_old_between(&d.log1, SEQ, old.data, old.len, last.data, last.len);
    assert_true(assert_replayed(&d, &last, SEQ + 1).header);
}

static void a_half_marked_page_is_refused_as_windows_does(void **state) {
    (void)state;
    struct disk d = dirty_old(&new);
    log_old_between(&d.log1, SEQ, old.data, old.len, new.data, new.len);
    for (size_t at = 516; at < 600; at++)
        if (d.log1.data[at] == 0xff) d.log1.data[at] = 0x0f;
    assert_refused(&d, VMM_REPLAY_NOTHING, &old, "LOG1 marks half a page");
    d = dirty_old(&new); /* even when the other one is good */
    log_old_between(&d.log1, SEQ, old.data, old.len, new.data, new.len);
    d.log1.data[516] ^= 1;
    begin(&d.log2, SEQ + 1);
    to_new(&d.log2, SEQ + 1);
    assert_refused(&d, VMM_REPLAY_NOTHING, &old, "LOG1 marks half a page");
}

static void a_wrong_old_log_is_not_used(void **state) {
    (void)state;
    for (int way = 0; way < 5; way++) {
        struct disk d = dirty_old(&new);
        log_old_between(&d.log1, SEQ, old.data, old.len, new.data, new.len);
        if (way == 0) d.log1.data[512] = 'd';
        if (way == 1) d.log1.len -= 512; /* the last page is not all there */
        if (way == 2) d.log1.len = 514;
        if (way == 3) memset(d.log1.data + 516, 0, vmm_le32(new.data + BASE_LENGTH) / 4096); /* nothing is marked */
        if (way == 4) { /* longer than any bitmap here */
            vmm_put32(d.log1.data + BASE_LENGTH, 0xfffff000);
            log_sum(d.log1.data);
        }
        assert_refused(&d, VMM_REPLAY_NOTHING, &old, "LOG1 holds nothing");
    }
}

/* Windows of before 2016 looks at LOG2 only when the first block is damaged; later ones take the newer. */
static void of_two_old_logs_the_newer_alone_counts(void **state) {
    (void)state;
    for (int newer_is_two = 0; newer_is_two < 2; newer_is_two++) {
        struct disk d = dirty_old(&new);
        struct vmm_buf *a = newer_is_two ? &d.log1 : &d.log2, *b = newer_is_two ? &d.log2 : &d.log1;
        log_old_between(a, SEQ, old.data, old.len, last.data, old.len); /* nonsense that must not be applied */
        log_old_between(b, SEQ + 1, old.data, old.len, new.data, new.len);
        if (newer_is_two) assert_refused(&d, VMM_REPLAY_DISAGREE, &new, "do not continue each other");
        else assert_replayed(&d, &new, SEQ + 2);
    }
}

static void an_old_and_a_new_log_together_are_not_written_over(void **state) {
    (void)state;
    struct disk d = dirty_old(&new);
    log_old_between(&d.log1, SEQ, old.data, old.len, new.data, new.len);
    begin(&d.log2, SEQ + 1);
    to_new(&d.log2, SEQ + 1);
    assert_refused(&d, VMM_REPLAY_DISAGREE, &new, "do not continue each other");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_hive_is_read_as_it_stands_whatever_its_logs_hold),
        cmocka_unit_test(a_dirty_hive_is_the_one_that_its_log_completes),
        cmocka_unit_test(numbers_that_differ_the_other_way_round_are_dirty_too),
        cmocka_unit_test(nothing_usable_leaves_the_file_as_it_stands_and_refuses_to_write),
        cmocka_unit_test(only_the_lone_old_kind_of_file_counts_when_there_is_no_other),
        cmocka_unit_test(a_log_with_a_wrong_first_block_is_not_used),
        cmocka_unit_test(a_log_older_than_the_file_is_not_used_and_one_far_newer_is),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(entries_are_applied_as_long_as_each_follows_the_one_before),
        cmocka_unit_test(an_entry_that_breaks_a_rule_ends_what_is_applied),
        cmocka_unit_test(neighbouring_pages_must_be_one_reference_and_references_ascend),
        cmocka_unit_test(a_log_cut_anywhere_is_refused_or_applied_as_far_as_it_goes),
        cmocka_unit_test(any_flipped_bit_of_a_log_is_noticed),
        cmocka_unit_test(of_two_logs_that_continue_each_other_the_older_comes_first_whatever_their_names),
        cmocka_unit_test(an_old_log_beside_a_usable_one_is_left_out),
        cmocka_unit_test(two_logs_that_do_not_continue_each_other_are_not_written_over),
        cmocka_unit_test(two_logs_of_one_number_agree_only_when_they_hold_the_same),
        cmocka_unit_test(a_hive_grows_and_shrinks_with_its_entries),
        cmocka_unit_test(a_log_cannot_make_a_hive_longer_than_there_is_data_for),
        cmocka_unit_test(the_flag_of_an_entry_is_kept_and_none_is_cleared),
        cmocka_unit_test(a_damaged_first_block_comes_from_the_newer_log),
        cmocka_unit_test(a_damaged_first_block_with_equal_numbers_is_recovered_too),
        cmocka_unit_test(without_a_first_block_the_time_of_the_first_bin_decides),
        cmocka_unit_test(a_damaged_first_block_without_a_log_is_refused),
        cmocka_unit_test(an_old_log_is_applied_where_its_marks_say),
        cmocka_unit_test(an_old_log_does_not_change_the_length_of_a_sound_first_block),
        cmocka_unit_test(a_half_marked_page_is_refused_as_windows_does),
        cmocka_unit_test(a_wrong_old_log_is_not_used),
        cmocka_unit_test(of_two_old_logs_the_newer_alone_counts),
        cmocka_unit_test(an_old_and_a_new_log_together_are_not_written_over),
    };
    return cmocka_run_group_tests(tests, make_images, free_images);
}
