/* Writers of log files for tests. The hash is written once more here, as its description has it, so that a mistake in the program's own is seen.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness/logs.h"

#include <stdlib.h>
#include <string.h>

static uint32_t rol(uint32_t v, int n) { return (v << n) | (v >> (32 - n)); }

static void step(uint32_t *lo, uint32_t *hi, uint32_t word) {
    *lo += word;
    *hi ^= *lo;
    *lo = rol(*lo, 20) + *hi;
    *hi = rol(*hi, 9) ^ *lo;
    *lo = rol(*lo, 27) + *hi;
    *hi = rol(*hi, 19);
}

/* Lengths here are multiples of four. */
static uint64_t marvin(const uint8_t *p, size_t len) {
    uint32_t lo = 0x7A4E55C5, hi = 0x82EF4D88;
    for (size_t i = 0; i < len; i += 4) step(&lo, &hi, vmm_le32(p + i));
    step(&lo, &hi, 0x80);
    step(&lo, &hi, 0);
    return (uint64_t)hi << 32 | lo;
}

void log_sum(uint8_t *base) {
    uint32_t sum = 0;
    for (int i = 0; i < 127; i++) sum ^= vmm_le32(base + 4 * i);
    if (sum == 0) sum = 1;
    if (sum == UINT32_MAX) sum = UINT32_MAX - 1;
    vmm_put32(base + 508, sum);
}

void set_numbers(uint8_t *primary, uint32_t one, uint32_t two) {
    vmm_put32(primary + 4, one);
    vmm_put32(primary + 8, two);
    log_sum(primary);
}

void log_begin(struct vmm_buf *log, const uint8_t *primary, uint32_t type, uint32_t seq) {
    vmm_buf_add(log, primary, 512);
    vmm_put32(log->data + 28, type);
    set_numbers(log->data, seq, seq);
}

void log_hash(struct vmm_buf *log, size_t at) {
    uint8_t *e = log->data + at;
    uint32_t size = vmm_le32(e + 4);
    vmm_put64(e + 24, marvin(e + 40, size - 40));
    vmm_put64(e + 32, marvin(e, 32));
}

static void zeros(struct vmm_buf *b, size_t n) {
    static const uint8_t none[4096];
    for (; n > 0; n -= n < sizeof none ? n : sizeof none) vmm_buf_add(b, none, n < sizeof none ? n : sizeof none);
}

static void from(struct vmm_buf *b, const uint8_t *data, size_t len, size_t at, size_t n) {
    size_t there = at >= len ? 0 : len - at < n ? len - at : n;
    vmm_buf_add(b, data + (there ? at : 0), there);
    zeros(b, n - there);
}

void log_entry(struct vmm_buf *log, uint32_t seq, uint32_t length, uint32_t flags, const struct log_ref *refs, size_t count, const uint8_t *data, size_t len,
               size_t *at) {
    size_t start = log->len;
    uint8_t head[40] = "HvLE";
    vmm_put32(head + 8, flags);
    vmm_put32(head + 12, seq);
    vmm_put32(head + 16, length);
    vmm_put32(head + 20, (uint32_t)count);
    vmm_buf_add(log, head, sizeof head);
    for (size_t i = 0; i < count; i++) {
        uint8_t ref[8];
        vmm_put32(ref, refs[i].at);
        vmm_put32(ref + 4, refs[i].bytes);
        vmm_buf_add(log, ref, sizeof ref);
    }
    for (size_t i = 0; i < count; i++) from(log, data, len, 4096 + (size_t)refs[i].at, refs[i].bytes);
    zeros(log, (512 - (log->len - start) % 512) % 512);
    vmm_put32(log->data + start + 4, (uint32_t)(log->len - start));
    log_hash(log, start);
    if (at) *at = start;
}

static bool differs(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, size_t at) {
    return at + 4096 > a_len || at + 4096 > b_len || memcmp(a + at, b + at, 4096) != 0;
}

void log_entry_between(struct vmm_buf *log, uint32_t seq, const uint8_t *old, size_t old_len, const uint8_t *new, size_t new_len) {
    uint32_t length = vmm_le32(new + 40);
    struct log_ref *refs = vmm_alloc(length / 4096 + 1, sizeof *refs);
    size_t n = 0;
    for (uint32_t at = 0; at < length; at += 4096) {
        if (!differs(old, old_len, new, new_len, 4096 + (size_t)at)) continue;
        if (n > 0 && refs[n - 1].at + refs[n - 1].bytes == at) refs[n - 1].bytes += 4096;
        else refs[n++] = (struct log_ref){at, 4096};
    }
    log_entry(log, seq, length, 0, refs, n, new, new_len, NULL);
    free(refs);
}

void log_old_between(struct vmm_buf *log, uint32_t seq, const uint8_t *old, size_t old_len, const uint8_t *new, size_t new_len) {
    uint32_t length = vmm_le32(new + 40);
    log_begin(log, new, 1, seq);
    vmm_buf_add(log, "DIRT", 4);
    for (uint32_t at = 0; at < length; at += 4096) vmm_buf_add(log, differs(old, old_len, new, new_len, 4096 + (size_t)at) ? "\xff" : "\0", 1);
    zeros(log, (512 - log->len % 512) % 512);
    for (uint32_t at = 0; at < length; at += 4096)
        if (differs(old, old_len, new, new_len, 4096 + (size_t)at)) from(log, new, new_len, 4096 + (size_t)at, 4096);
}

void log_left_behind(struct vmm_buf *log, const uint8_t *primary, size_t len) {
    uint32_t seq = vmm_le32(primary + 4) - 1;
    uint8_t *other = vmm_memdup(primary, len);
    other[len - 1] ^= 1;
    log_begin(log, primary, 6, seq);
    log_entry_between(log, seq, other, len, primary, len);
    while (log->len < 65536) vmm_buf_add(log, "remnants", 8);
    free(other);
}
