/* A mutator for the logs beside a hive, both formats: entries are changed as entries, then their hashes, the head's checksum and mostly their numbers are put
 * right, so that what is replayed is what was changed.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "hive/log.h"
#include "tests/fuzz/fuzz.h"

#define ENTRIES_MAX 64

static bool is_entry(const uint8_t *log, size_t size, size_t at) { return at + ENTRY_REFS <= size && memcmp(log + at, "HvLE", 4) == 0; }

static uint32_t find_entries(const uint8_t *log, size_t size, size_t at[ENTRIES_MAX]) {
    uint32_t n = 0;
    for (size_t place = LOG_SECTOR; n < ENTRIES_MAX && is_entry(log, size, place);) {
        uint32_t span = vmm_le32(log + place + ENTRY_SIZE);
        at[n++] = place;
        if (span < LOG_SECTOR || span > size - place) break;
        place += span;
    }
    return n;
}

static void hash_entry(uint8_t *e, size_t room) {
    uint32_t span = vmm_le32(e + ENTRY_SIZE);
    if (span < ENTRY_REFS || span > room) return;
    vmm_put64(e + ENTRY_HASH1, vmm_marvin32(LOG_SEED, e + ENTRY_REFS, span - ENTRY_REFS));
    vmm_put64(e + ENTRY_HASH2, vmm_marvin32(LOG_SEED, e, ENTRY_HASH2));
}

static void mend(uint8_t *log, size_t size, const uint8_t *primary, size_t primary_size, struct dice *d) {
    size_t at[ENTRIES_MAX];
    if (size < LOG_SECTOR) return;
    uint32_t n = find_entries(log, size, at), seq = vmm_le32(log + BASE_SEQ1);
    bool in_order = !dice_one_in(d, 6);
    memcpy(log, "regf", 4);
    if (!dice_one_in(d, 20)) vmm_put32(log + BASE_SEQ2, seq);
    if (!dice_one_in(d, 20) && primary_size >= REGF_BASE) memcpy(log + BASE_TIME, primary + BASE_TIME, 8);
    if (!dice_one_in(d, 10)) vmm_put32(log + BASE_TYPE, n ? LOG_TYPE_NEW : LOG_TYPE_OLD);
    for (uint32_t i = 0; i < n; i++) {
        if (in_order) vmm_put32(log + at[i] + ENTRY_SEQ, seq + i);
        if (!dice_one_in(d, 60)) hash_entry(log + at[i], size - at[i]);
    }
    if (!dice_one_in(d, 60)) vmm_put32(log + BASE_CHECKSUM, vmm_base_checksum(log));
}

static void hurt_head(uint8_t *log, const uint8_t *primary, size_t primary_size, struct dice *d) {
    static const uint16_t fields[] = {BASE_SEQ1, BASE_SEQ2, BASE_TIME, BASE_MINOR, BASE_TYPE, BASE_FORMAT, BASE_ROOT, BASE_LENGTH, BASE_FLAGS};
    if (primary_size >= REGF_BASE && dice_one_in(d, 2)) vmm_put32(log + BASE_SEQ1, vmm_le32(primary + BASE_SEQ2) + dice_below(d, 5) - 1);
    else vmm_put32(log + fields[dice_below(d, VMM_COUNT(fields))], dice_number(d));
}

static void hurt_entry(uint8_t *e, size_t room, struct dice *d) {
    uint32_t refs = vmm_le32(e + ENTRY_PAGES), ref;
    switch (dice_below(d, 8)) {
    case 0: vmm_put32(e + ENTRY_FLAGS, dice_number(d)); break;
    case 1: vmm_put32(e + ENTRY_LENGTH, REGF_PAGE * dice_below(d, 16)); break;
    case 2: vmm_put32(e + ENTRY_PAGES, dice_one_in(d, 2) ? dice_below(d, 5) : dice_number(d)); break;
    case 3: vmm_put32(e + ENTRY_SIZE, dice_one_in(d, 2) ? LOG_SECTOR * (1 + dice_below(d, 60)) : dice_number(d)); break;
    case 4: vmm_put32(e + ENTRY_SEQ, vmm_le32(e + ENTRY_SEQ) + dice_below(d, 5) - 2); break;
    case 5: case 6:
        ref = dice_below(d, refs < 8 ? refs + 1 : 8);
        if (ENTRY_REFS + 8 * (size_t)ref + 8 > room) break;
        vmm_put32(e + ENTRY_REFS + 8 * ref, dice_one_in(d, 8) ? dice_number(d) : REGF_PAGE * dice_below(d, 12));
        if (dice_one_in(d, 2)) vmm_put32(e + ENTRY_REFS + 8 * ref + 4, dice_one_in(d, 8) ? dice_number(d) : REGF_PAGE * dice_below(d, 6));
        break;
    default: {
        uint32_t at = ENTRY_REFS + dice_below(d, (uint32_t)(room - ENTRY_REFS)), n = 1 + dice_below(d, 512);
        dice_bytes(d, e + at, n < room - at ? n : room - at);
    }
    }
}

/* One more at the end, with the number that follows; or one of a single page, which leaves a gap in what it covers. */
static size_t add_entry(uint8_t *log, size_t size, size_t max, const size_t *at, uint32_t n, struct dice *d) {
    size_t end = n ? at[n - 1] + vmm_le32(log + at[n - 1] + ENTRY_SIZE) : LOG_SECTOR;
    size_t model = n && dice_one_in(d, 2) ? at[dice_below(d, n)] : 0, span = model ? vmm_le32(log + model + ENTRY_SIZE) : 4608;
    if (end > max || span > max - end || end > size || span < LOG_SECTOR || (model && span > size - model)) return size;
    if (model) {
        memmove(log + end, log + model, span);
    } else {
        uint8_t *e = log + end;
        memset(e, 0, span);
        memcpy(e, "HvLE", 4);
        vmm_put32(e + ENTRY_SIZE, (uint32_t)span);
        vmm_put32(e + ENTRY_LENGTH, vmm_le32(log + BASE_LENGTH));
        vmm_put32(e + ENTRY_PAGES, 1);
        vmm_put32(e + ENTRY_REFS, REGF_PAGE * dice_below(d, 8));
        vmm_put32(e + ENTRY_REFS + 4, REGF_PAGE);
        for (size_t i = ENTRY_REFS + 8; i < span && n; i++) e[i] = log[(at[0] + ENTRY_REFS + 8 + i) % size];
    }
    vmm_put32(log + end + ENTRY_SEQ, vmm_le32(log + BASE_SEQ1) + n);
    return end + span > size ? end + span : size;
}

size_t mutate_log(uint8_t *log, size_t size, size_t max, const uint8_t *primary, size_t primary_size, struct dice *d) {
    size_t at[ENTRIES_MAX];
    if (size < LOG_SECTOR || dice_one_in(d, 40)) {
        if (LLVMFuzzerMutate && max) size = LLVMFuzzerMutate(log, size, max);
        mend(log, size, primary, primary_size, d);
        return size;
    }
    for (uint32_t i = 0, times = 1 + dice_below(d, 3); i < times; i++) {
        uint32_t n = find_entries(log, size, at), which = dice_below(d, n);
        switch (dice_below(d, 6)) {
        case 0: hurt_head(log, primary, primary_size, d); break;
        case 1: size = add_entry(log, size, max, at, n, d); break;
        case 2: /* the old format's map of pages */
            if (n == 0 && size > LOG_SECTOR + 8) log[LOG_SECTOR + 4 + dice_below(d, 8)] = dice_one_in(d, 4) ? (uint8_t)dice_any(d) : dice_one_in(d, 2) ? 0xff : 0;
            else if (dice_one_in(d, 8)) size = LOG_SECTOR + (size - LOG_SECTOR) / LOG_SECTOR * LOG_SECTOR / (1 + dice_below(d, 2));
            break;
        default:
            if (n) hurt_entry(log + at[which], size - at[which], d);
            else dice_bytes(d, log + LOG_SECTOR, size - LOG_SECTOR);
        }
    }
    mend(log, size, primary, primary_size, d);
    return size;
}
