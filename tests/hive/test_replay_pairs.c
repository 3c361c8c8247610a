/* Random primary files with random pairs of logs: what is made of them is what a model of Microsoft's own code makes of them, byte for byte. The model is
 * judged in one process of python, case after case. PAIRS=100000 for more of them, SEED=n for others.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/logs.h"
#include "hive/replay.h"

#define TOOLS "../shared/tools"
#define PAGES 8 /* of a hive here, at most */

static uint64_t random_state;

static uint32_t draw(uint32_t below) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

static bool one_in(uint32_t n) { return draw(n) == 0; }

/* What the pages of entries are cut from: not many different ones, because the model's hashing is slow and remembers. */
static uint8_t quarry[4][4096 * (PAGES + 1)];

static void fill_quarry(void) {
    for (size_t i = 0; i < sizeof quarry; i++) (&quarry[0][0])[i] = (uint8_t)draw(256);
}

#define TIME UINT64_C(0x1d295059e68e89e)

/* A primary file: mostly one that was being written, sometimes with a first block that Windows does not believe. */
static void make_primary(struct vmm_buf *p, uint32_t seq2) {
    uint32_t pages = 1 + draw(PAGES - 2);
    uint8_t base[4096] = "regf";
    vmm_put64(base + BASE_TIME, TIME);
    vmm_put32(base + BASE_MAJOR, 1);
    vmm_put32(base + BASE_MINOR, 3 + draw(3));
    vmm_put32(base + BASE_FORMAT, 1);
    vmm_put32(base + BASE_ROOT, 32);
    vmm_put32(base + BASE_LENGTH, 4096 * pages);
    vmm_put32(base + BASE_CLUSTER, 1);
    vmm_put32(base + BASE_FLAGS, draw(4));
    if (one_in(40)) vmm_put32(base + BASE_TYPE, 1 + draw(6));
    if (one_in(40)) vmm_put32(base + BASE_FORMAT, draw(4));
    set_numbers(base, one_in(20) ? seq2 : seq2 + 1 + draw(3) - (one_in(9) ? 4 : 0), seq2);
    if (one_in(6)) base[one_in(4) ? draw(4) : draw(512)] ^= (uint8_t)(1u << draw(8)); /* the version may change too: see below */
    if (vmm_le32(base + BASE_MAJOR) != 1 || vmm_le32(base + BASE_MINOR) < 3 || vmm_le32(base + BASE_MINOR) > 6) {
        vmm_put32(base + BASE_MAJOR, 1); /* the model knows no versions */
        vmm_put32(base + BASE_MINOR, 3);
    }
    vmm_buf_add(p, base, sizeof base);
    vmm_buf_add(p, quarry[draw(4)], 4096 * (pages + draw(2)));
    vmm_put64(p->data + 4096 + 20, one_in(8) ? TIME + 1 : TIME);
    if (one_in(12)) p->len = 4096 + 32 + draw((uint32_t)p->len - 4096 - 32);
}

/* Ascending references with gaps, as Windows writes them. */
static size_t make_refs(struct log_ref refs[PAGES], uint32_t pages) {
    size_t n = 0;
    for (uint32_t at = draw(2); at < pages && n < 3; at += 1 + draw(2)) {
        uint32_t run = 1 + draw(2);
        if (at + run > pages) run = pages - at;
        refs[n++] = (struct log_ref){4096 * at, 4096 * run};
        at += run;
    }
    if (n == 0) refs[n++] = (struct log_ref){0, 4096};
    return n;
}

/* One way in which an entry can be wrong; those after `hash` keep the hashes right, so that another rule must find them. */
static void spoil_entry(struct vmm_buf *log, size_t at) {
    uint8_t *e = log->data + at;
    size_t size = log->len - at, ref = ENTRY_REFS + 8 * (size_t)draw(vmm_le32(e + ENTRY_PAGES));
    uint32_t way = draw(16);
    switch (way) {
    case 0: e[draw(40)] ^= (uint8_t)(1u << draw(8)); return;
    case 1: e[40 + draw((uint32_t)size - 40)] ^= 1; return;
    case 2: memcpy(e, "hvLE", 4); break;
    case 3: vmm_put32(e + ENTRY_SEQ, vmm_le32(e + ENTRY_SEQ) + (one_in(2) ? 1 : UINT32_MAX)); break;
    case 4: vmm_put32(e + ENTRY_LENGTH, one_in(2) ? 0 : vmm_le32(e + ENTRY_LENGTH) + 512); break;
    case 5: vmm_put32(e + ENTRY_PAGES, 0); break;
    case 6: vmm_put32(e + ENTRY_PAGES, one_in(2) ? UINT32_MAX : vmm_le32(e + ENTRY_PAGES) + 1); break;
    case 7: vmm_put32(e + ref, vmm_le32(e + ref) + 512); break;
    case 8: vmm_put32(e + ref + 4, one_in(2) ? 0 : vmm_le32(e + ref + 4) + 512); break;
    case 9: vmm_put32(e + ref, vmm_le32(e + ENTRY_LENGTH)); break;
    case 10: vmm_put32(e + ref + 4, one_in(2) ? UINT32_MAX - 4095 : vmm_le32(e + ref + 4) + 4096); break;
    case 11: /* neighbours */
        if (vmm_le32(e + ENTRY_PAGES) > 1) vmm_put32(e + ENTRY_REFS + 8, vmm_le32(e + ENTRY_REFS) + vmm_le32(e + ENTRY_REFS + 4));
        break;
    case 12: /* the wrong way round */
        if (vmm_le32(e + ENTRY_PAGES) > 1) {
            uint64_t one = vmm_le64(e + ENTRY_REFS);
            vmm_put64(e + ENTRY_REFS, vmm_le64(e + ENTRY_REFS + 8));
            vmm_put64(e + ENTRY_REFS + 8, one);
        }
        break;
    case 13: vmm_put32(e + ENTRY_SIZE, (uint32_t)size + 4); return;
    case 14: vmm_put32(e + ENTRY_SIZE, one_in(2) ? 0 : UINT32_MAX - 511); return;
    default: vmm_put32(e + ENTRY_LENGTH, one_in(2) ? 4096 : 4096 * (PAGES + draw(30))); break; /* shorter than what it writes, or far longer */
    }
    log_hash(log, at);
}

/* A log that begins with number FIRST; *after is the one that would follow its last entry. */
static void make_log(struct vmm_buf *log, const struct vmm_buf *p, uint32_t first, uint32_t *after) {
    uint32_t count = 1 + draw(4), pages = 1 + draw(PAGES);
    uint32_t bad = one_in(3) ? draw(count) : count;
    log_begin(log, p->data, one_in(30) ? draw(7) : LOG_TYPE_NEW, first);
    memcpy(log->data, "regf", 4);
    vmm_put32(log->data + BASE_MAJOR, 1);
    vmm_put64(log->data + BASE_TIME, one_in(15) ? TIME + 1 : TIME);
    if (one_in(40)) vmm_put32(log->data + BASE_SEQ2, first + 1);
    log_sum(log->data);
    if (one_in(40)) log->data[draw(512)] ^= 4;
    for (uint32_t i = 0; i < count; i++) {
        struct log_ref refs[PAGES];
        size_t at;
        if (one_in(5)) pages = 1 + draw(PAGES);
        log_entry(log, first + i, 4096 * pages, draw(3), refs, make_refs(refs, pages), quarry[draw(4)], sizeof quarry[0], &at);
        if (i == bad) spoil_entry(log, at);
    }
    *after = first + (bad < count ? bad : count);
    if (one_in(15)) log->len = draw((uint32_t)log->len + 1);
    else if (one_in(4)) vmm_buf_add(log, quarry[0], 512 * draw(20)); /* what was there before */
}

static void put(FILE *f, const void *data, size_t len) { assert_true(fwrite(data, 1, len, f) == len); }

static void one_case(FILE *judge) {
    uint32_t seq2 = one_in(4) ? UINT32_MAX - draw(6) : draw(2000), after;
    struct vmm_buf p = {0}, log[2] = {{0}};
    bool there[2];
    make_primary(&p, seq2);
    bool first_is_two = one_in(2);
    struct vmm_buf *a = &log[first_is_two], *b = &log[!first_is_two];
    make_log(a, &p, seq2 + draw(5) - (one_in(6) ? 3 : 0), &after);
    make_log(b, &p, one_in(2) ? after : one_in(3) ? vmm_le32(a->data + BASE_SEQ1) : after + draw(5) - 3, &after);
    if (one_in(20) && a->len > 0) { /* the same twice */
        b->len = 0;
        vmm_buf_add(b, a->data, a->len);
    }
    for (int i = 0; i < 2; i++) there[i] = !one_in(8);
    /* exactly as long as they are, so that a read past an end is seen */
    uint8_t *data = vmm_memdup(p.data, p.len), *one = vmm_memdup(log[0].data, log[0].len), *two = vmm_memdup(log[1].data, log[1].len);
    struct vmm_hive_logs logs = {.log1 = there[0] ? one : NULL, .log1_len = there[0] ? log[0].len : 0, .log2 = there[1] ? two : NULL, .log2_len = there[1] ? log[1].len : 0};
    struct vmm_replayed got;
    uint32_t said = vmm_logs_replay(data, p.len, &logs, &got, NULL) < 0 ? 4 : (uint32_t)got.told.kind == VMM_REPLAY_NOTHING ? 2 : got.told.kind == VMM_REPLAY_DISAGREE ? 3 : got.data != NULL;
    uint8_t head[28];
    const uint32_t words[7] = {(uint32_t)p.len, (uint32_t)logs.log1_len, (uint32_t)logs.log2_len, said == 4 ? 0 : (uint32_t)(got.data ? got.len : 0), there[0], there[1], said};
    for (int i = 0; i < 7; i++) vmm_put32(head + 4 * i, words[i]);
    put(judge, head, sizeof head);
    put(judge, data, p.len);
    put(judge, one, words[1]);
    put(judge, two, words[2]);
    if (words[3]) put(judge, got.data, words[3]);
    free(got.data);
    free(got.why);
    free(data);
    free(one);
    free(two);
    vmm_buf_free(&p);
    vmm_buf_free(&log[0]);
    vmm_buf_free(&log[1]);
}

static void random_logs_make_what_the_model_makes(void **state) {
    (void)state;
    if (access(TOOLS "/hive_replay.py", R_OK) != 0 || system("command -v python3 >/dev/null") != 0) {
        printf("skipped: python3 or the model of the replay is not here\n");
        skip();
    }
    const char *pairs = getenv("PAIRS"), *seed = getenv("SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 1;
    fill_quarry();
    FILE *judge = popen("python3 tests/hive/replay_judge.py " TOOLS, "w");
    assert_non_null(judge);
    for (long n = pairs ? strtol(pairs, NULL, 10) : 2000; n > 0; n--) one_case(judge);
    assert_int_equal(pclose(judge), 0); /* it has said what differs */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_logs_make_what_the_model_makes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
