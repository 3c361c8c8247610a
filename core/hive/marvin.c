/* The keyed hash that says whether a log entry is whole.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "hive/log.h"

struct state {
    uint32_t low, high;
};

static uint32_t turn(uint32_t v, unsigned by) { return v << by | v >> (32 - by); }

static void mix(struct state *s, uint32_t word) {
    s->low += word;
    s->high ^= s->low;
    s->low = turn(s->low, 20) + s->high;
    s->high = turn(s->high, 9) ^ s->low;
    s->low = turn(s->low, 27) + s->high;
    s->high = turn(s->high, 19);
}

uint64_t vmm_marvin32(uint64_t seed, const void *data, size_t len) {
    const uint8_t *p = data;
    struct state s = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    for (; len >= 4; p += 4, len -= 4) mix(&s, vmm_le32(p));
    uint32_t last = 0x80u << 8 * len; /* what is left, then one bit that marks the end */
    for (size_t i = 0; i < len; i++) last |= (uint32_t)p[i] << 8 * i;
    mix(&s, last);
    mix(&s, 0);
    return (uint64_t)s.high << 32 | s.low;
}
