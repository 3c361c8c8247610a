/* A hive and the logs beside it: what is replayed is a hive that passes the same checks as any other, or is refused; nothing grows beyond what the input has
 * room for; and what was made of it opens clean, once and for all.
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

static void look_at(const struct vmm_hive *h, const struct fuzz_parts *p, const struct vmm_hive_logs *logs, bool edit) {
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
    struct vmm_edit e = {.op = VMM_EDIT_SET, .path = "New", .name = "x", .type = VMM_REG_DWORD, .data = (const uint8_t *)"\1\2\3\4", .len = 4, .create_keys = true};
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
    free(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_parts p;
    struct vmm_error err = {0};
    fuzz_split(data, size, &p);
    struct vmm_hive_logs logs = {p.data[1], p.data[2], p.data[3], p.len[1], p.len[2], p.len[3]};
    struct vmm_hive *h = vmm_hive_open(p.data[0], p.len[0], &logs, &err);
    if (h) look_at(h, &p, &logs, size && data[size - 1] % 4 == 0); /* an edit costs ten times the rest */
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
