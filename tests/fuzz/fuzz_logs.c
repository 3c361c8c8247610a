/* A hive and the logs beside it: what is replayed is a hive that passes the same checks as any other, or is refused; nothing grows beyond what the input has
 * room for; and what was made of it opens clean, once and for all. Where a log can carry the change, each state of the disk on the way is the old hive or the new.
 * The input: four parts, the hive, .LOG, .LOG1 and .LOG2.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"

/* What came out of the replay stands without its logs, and is the end of it. */
static void stands_alone(const uint8_t *bytes, size_t len) {
    struct vmm_error err = {0};
    size_t again_len;
    struct vmm_hive *again = vmm_hive_open(bytes, len, NULL, &err);
    MUST_SAY(again, err.message);
    MUST(vmm_hive_replay(again)->kind == VMM_REPLAY_CLEAN && vmm_hive_dirty(again) == NULL);
    MUST(memcmp(vmm_hive_bytes(again, &again_len), bytes, len) == 0 && again_len == len);
    vmm_hive_close(again);
}

/* An edited hive is above everything that its logs hold: were it stopped in its next write, none of that would come back. */
static void never_comes_back(const uint8_t *after, size_t len, const struct vmm_hive_logs *logs) {
    uint8_t *torn = vmm_memdup(after, len);
    struct vmm_error err = {0};
    struct vmm_hive *clean = vmm_hive_open(after, len, logs, &err);
    MUST_SAY(clean && vmm_hive_replay(clean)->kind == VMM_REPLAY_CLEAN, err.message);
    vmm_put32(torn + 4, vmm_le32(torn + 4) + 1);
    mend_base(torn, len);
    struct vmm_hive *h = vmm_hive_open(torn, len, logs, &err);
    MUST_SAY(h && vmm_hive_replay(h)->kind == VMM_REPLAY_NOTHING, err.message);
    vmm_hive_close(clean);
    vmm_hive_close(h);
    free(torn);
}

static bool same_bins(const struct vmm_hive *h, const uint8_t *want, size_t want_len) {
    size_t len, end = 4096 + (size_t)vmm_le32(want + 40);
    const uint8_t *bytes = vmm_hive_bytes(h, &len);
    return end <= want_len && end <= len && vmm_le32(bytes + 40) == vmm_le32(want + 40) && memcmp(bytes + 4096, want + 4096, end - 4096) == 0;
}

/* What Windows makes of a primary and logs that stand on a disk. */
static void must_be(const uint8_t *primary, size_t len, const struct vmm_hive_logs *logs, const uint8_t *want, size_t want_len) {
    struct vmm_error err = {0};
    struct vmm_hive *h = vmm_hive_open(primary, len, logs, &err);
    MUST_SAY(h, err.message);
    MUST_SAY(vmm_hive_dirty(h) == NULL, vmm_hive_dirty(h));
    MUST(same_bins(h, want, want_len));
    vmm_hive_close(h);
}

/* The way of a change to the disk, stopped at each step; while pages are written, with any sectors of them in place. What the logs held, if anything, is in STORED. */
static void old_or_new(const uint8_t *stored, size_t stored_len, const uint8_t *after, size_t after_len, const struct vmm_hive_logs *logs, struct dice d) {
    struct vmm_log_first way;
    struct vmm_error err = {0};
    MUST_SAY(vmm_hive_log_first(stored, stored_len, after, after_len, logs, &way, &err) == 0, err.message);
    MUST((way.log == 0) == (way.why != NULL));
    if (way.log == 0) return;
    struct vmm_hive_logs then = *logs;
    const uint8_t *was = way.log == 1 ? logs->log1 : logs->log2;
    size_t log_len = way.log == 1 ? logs->log1_len : logs->log2_len, len = stored_len > after_len ? stored_len : after_len;
    MUST(way.head_len <= log_len);
    uint8_t *log = vmm_memdup(was, log_len), *disk = vmm_alloc(len, 1);
    *(way.log == 1 ? &then.log1 : &then.log2) = log;
    memcpy(log, way.head, way.head_len);
    must_be(stored, stored_len, &then, stored, stored_len);
    for (int turn = 0; turn < 3; turn++) {
        memcpy(disk, after, after_len); /* what stands behind the old end was written first */
        for (size_t at = 0; at + 512 <= stored_len; at += 512)
            if (turn == 0 || (turn == 2 && dice_one_in(&d, 2))) memcpy(disk + at, stored + at, 512);
        memcpy(disk, way.open, sizeof way.open);
        must_be(disk, len, &then, after, after_len);
    }
    memcpy(disk, after, after_len);
    must_be(disk, after_len, &then, after, after_len);
    free(log);
    free(disk);
    vmm_log_first_clear(&way);
}

static void look_at(const struct vmm_hive *h, const struct fuzz_parts *p, const struct vmm_hive_logs *logs, bool edit, struct dice d) {
    struct vmm_error err = {0};
    size_t len, after_len, all = p->len[0] + p->len[1] + p->len[2] + p->len[3];
    const uint8_t *bytes = vmm_hive_bytes(h, &len);
    const struct vmm_replay *r = vmm_hive_replay(h);
    bool sound = vmm_hive_check(h, NULL, &err) == 0, done = r->kind == VMM_REPLAY_DONE, writable = done || r->kind == VMM_REPLAY_CLEAN;
    MUST(len <= 4 * all && r->pages * 4096 <= all);
    MUST(writable == (vmm_hive_dirty(h) == NULL));
    bool replayed = done || r->kind == VMM_REPLAY_DISAGREE; /* then as the newest Windows would */
    MUST(replayed == (r->entries > 0) && replayed == (r->log || r->log1 || r->log2));
    if (replayed) stands_alone(bytes, len);
    else MUST(len == p->len[0] && memcmp(bytes, p->data[0], len) == 0);
    fuzz_read_all(h, sound);
    static const char text[5000] = "what is set";
    struct vmm_edit e = {.op = VMM_EDIT_SET, .path = "", .name = "x", .type = VMM_REG_BINARY, .data = (const uint8_t *)text, .len = dice_below(&d, sizeof text)};
    uint8_t *after;
    if (!edit) return;
    if (vmm_hive_edit(h, &e, 1, logs, fuzz_room(), &after, &after_len, &err) < 0) {
        fuzz_said(&err);
        MUST_SAY(err.code != VMM_E_INTERNAL, err.message);
        return;
    }
    MUST(sound && writable);
    stands_alone(after, after_len);
    never_comes_back(after, after_len, logs);
    if (memcmp(bytes, after, len < after_len ? len : after_len) != 0) old_or_new(bytes, len, after, after_len, logs, d);
    free(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_parts p;
    struct vmm_error err = {0};
    fuzz_split(data, size, &p);
    struct vmm_hive_logs logs = {p.data[1], p.data[2], p.data[3], p.len[1], p.len[2], p.len[3]};
    struct vmm_hive *h = vmm_hive_open(p.data[0], p.len[0], &logs, &err);
    uint64_t sum = size;
    for (size_t i = 0; i < size; i += 61) sum = sum * 31 + data[i];
    if (h) look_at(h, &p, &logs, size && data[size - 1] % 2 == 0, dice_new(sum)); /* an edit costs more than the rest */
    else fuzz_said(&err);
    vmm_hive_close(h);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
    struct dice d = dice_new(seed);
    struct fuzz_parts p;
    fuzz_split(data, size, &p);
    uint32_t part = dice_below(&d, 6);
    size_t others = 4 * FUZZ_PARTS;
    if (part >= FUZZ_PARTS) part = 1 + part % 3;
    if (p.len[part] == 0) part = p.len[2] ? 2 : 0;
    for (size_t i = 0; i < FUZZ_PARTS; i++) others += i == part ? 0 : p.len[i];
    if (others >= max) return size;
    size_t room = max - others, n = p.len[part];
    uint8_t *piece = vmm_alloc(room, 1), *whole = vmm_alloc(max, 1);
    if (n > room) n = room;
    if (n) memcpy(piece, p.data[part], n);
    if (part > 0) {
        n = mutate_log(piece, n, room, p.data[0], p.len[0], &d);
    } else {
        n = mutate_hive(piece, n, room, &d);
        if (n >= 4096 && !dice_one_in(&d, 10)) { /* the second number stays behind */
            vmm_put32(piece + 8, vmm_le32(piece + 4) - 1);
            if (!dice_one_in(&d, 10)) mend_base(piece, n);
        }
    }
    p.data[part] = piece;
    p.len[part] = n;
    if (dice_one_in(&d, 30)) { /* the same log twice, or the two changed over */
        p.data[2] = p.data[3];
        p.len[2] = p.len[3];
    }
    size_t made = fuzz_join(whole, max, &p);
    if (made) memcpy(data, whole, made);
    free(piece);
    free(whole);
    return made ? made : size;
}
