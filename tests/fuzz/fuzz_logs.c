/* A hive and the logs beside it: what is replayed is a hive that passes the same checks as any other, or is refused; nothing grows beyond what the input has
 * room for; and what was made of it opens clean, once and for all.
 * The input: four parts, the hive, .LOG, .LOG1 and .LOG2.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_parts p;
    struct vmm_error err = {0};
    fuzz_split(data, size, &p);
    struct vmm_hive_logs logs = {p.data[1], p.data[2], p.data[3], p.len[1], p.len[2], p.len[3]};
    struct vmm_hive *h = vmm_hive_open(p.data[0], p.len[0], &logs, &err);
    if (h == NULL) {
        fuzz_said(&err);
        return 0;
    }
    size_t len, after_len;
    const uint8_t *bytes = vmm_hive_bytes(h, &len);
    MUST(len <= 4 * size);
    bool sound = vmm_hive_check(h, NULL, &err) == 0;
    fuzz_read_all(h, sound);
    struct vmm_edit e = {.op = VMM_EDIT_SET, .path = "New", .name = "x", .type = VMM_REG_DWORD, .data = (const uint8_t *)"\1\2\3\4", .len = 4, .create_keys = true};
    uint8_t *after;
    (void)bytes;
    if (size % 4 == 0 && vmm_hive_edit(h, &e, 1, &logs, fuzz_room(), &after, &after_len, &err) == 0) {
        MUST(sound && vmm_hive_dirty(h) == NULL);
        free(after);
    }
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
