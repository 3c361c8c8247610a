/* One log, read: which of its entries Windows would apply. A log is the least reliable file of a hive (it is written in a hurry, and old entries stay in
 * it), so nothing in it is followed before it was found to be inside the log, inside the hive, in order and whole.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "hive/replay.h"

/* One reference of a new entry: BYTES of hive at AT. */
struct ref {
    uint32_t at, bytes;
};

static struct ref ref_of(const uint8_t *entry, uint32_t i) {
    const uint8_t *p = entry + ENTRY_REFS + 8 * (size_t)i;
    return (struct ref){vmm_le32(p), vmm_le32(p + 4)};
}

/* Whole pages, inside the hive, ascending, and never two that touch: Windows would have written those as one. Their bytes follow the references. */
static bool refs_fit(const uint8_t *entry, uint32_t size, uint32_t length, uint32_t count, size_t *bytes) {
    uint64_t end = 0, data = ENTRY_REFS + 8 * (uint64_t)count;
    if (data > size) return false;
    for (uint32_t i = 0; i < count; i++) {
        struct ref r = ref_of(entry, i);
        uint64_t after = (uint64_t)r.at + r.bytes;
        if (r.at % REGF_PAGE != 0 || r.bytes % REGF_PAGE != 0 || r.bytes == 0 || after > length) return false;
        if (i > 0 && r.at <= end) return false;
        end = after;
        data += r.bytes;
        *bytes += r.bytes;
    }
    return data <= size;
}

/* The size of the valid entry with sequence number SEQ at AT, else 0. The cheap rules come before the hashes. */
static uint32_t entry_size(const uint8_t *log, size_t len, size_t at, uint32_t seq, size_t *bytes) {
    if (at > len || len - at < ENTRY_REFS || memcmp(log + at, "HvLE", 4) != 0) return 0;
    const uint8_t *e = log + at;
    uint32_t size = vmm_le32(e + ENTRY_SIZE), length = vmm_le32(e + ENTRY_LENGTH), count = vmm_le32(e + ENTRY_PAGES);
    if (size < LOG_SECTOR || size % LOG_SECTOR != 0 || size > len - at || vmm_le32(e + ENTRY_SEQ) != seq) return 0;
    if (length == 0 || length % REGF_PAGE != 0 || count == 0 || !refs_fit(e, size, length, count, bytes)) return 0;
    if (vmm_marvin32(LOG_SEED, e, ENTRY_HASH2) != vmm_le64(e + ENTRY_HASH2)) return 0;
    return vmm_marvin32(LOG_SEED, e + ENTRY_REFS, size - ENTRY_REFS) == vmm_le64(e + ENTRY_HASH1) ? size : 0;
}

static enum vmm_log_state read_new(struct vmm_log_run *run) {
    uint32_t seq = run->first;
    for (run->end = LOG_SECTOR;; seq++) {
        size_t bytes = 0;
        uint32_t size = entry_size(run->log, run->len, run->end, seq, &bytes);
        if (size == 0) break;
        run->length = vmm_le32(run->log + run->end + ENTRY_LENGTH);
        if (run->length > run->longest) run->longest = run->length;
        run->last = seq;
        run->entries++;
        run->bytes += bytes;
        run->end += size;
    }
    return run->entries ? LOG_USABLE : LOG_BROKEN;
}

/* The old format is one entry: which sectors, a bit each, then the sectors. Windows marks whole pages, a byte each. */
static size_t old_pages(const uint8_t *log) { return vmm_le32(log + BASE_LENGTH) / REGF_PAGE; }

static size_t old_start(const uint8_t *log) { return (LOG_SECTOR + 4 + old_pages(log) + LOG_SECTOR - 1) / LOG_SECTOR * LOG_SECTOR; }

static enum vmm_log_state read_old(struct vmm_log_run *run) {
    uint32_t length = vmm_le32(run->log + BASE_LENGTH);
    if (length == 0 || length % REGF_PAGE != 0) return LOG_BROKEN;
    size_t pages = old_pages(run->log), start = old_start(run->log), marked = 0;
    if (start > run->len || memcmp(run->log + LOG_SECTOR, "DIRT", 4) != 0) return LOG_BROKEN;
    for (size_t i = 0; i < pages; i++) {
        uint8_t mark = run->log[LOG_SECTOR + 4 + i];
        if (mark != 0 && mark != 0xff) return LOG_HALF;
        marked += mark != 0;
    }
    if (marked == 0 || marked > (run->len - start) / REGF_PAGE) return LOG_BROKEN;
    run->entries = 1;
    run->last = run->first;
    run->longest = run->length = length;
    run->bytes = marked * REGF_PAGE;
    run->end = start + run->bytes;
    return LOG_USABLE;
}

void vmm_log_read(const uint8_t *log, size_t len, const struct vmm_log_want *want, struct vmm_log_run *run) {
    *run = (struct vmm_log_run){.log = log, .len = len, .state = LOG_NONE};
    if (log == NULL || len < LOG_SECTOR) return;
    run->state = LOG_BROKEN;
    run->first = vmm_le32(log + BASE_SEQ1);
    run->type = vmm_le32(log + BASE_TYPE);
    if (memcmp(log, "regf", 4) != 0 || vmm_base_checksum(log) != vmm_le32(log + BASE_CHECKSUM)) return;
    if (run->type != LOG_TYPE_NEW && run->type != LOG_TYPE_OLD) return;
    if (run->first != vmm_le32(log + BASE_SEQ2)) return;
    if (!want->has_time || vmm_le64(log + BASE_TIME) != want->time) run->state = LOG_OTHER;
    else if (want->header && (int32_t)(run->first - want->seq2) < 0) run->state = LOG_OLD;
    else run->state = run->type == LOG_TYPE_NEW ? read_new(run) : read_old(run);
}

static void apply_new(const struct vmm_log_run *run, uint8_t *hive) {
    for (size_t at = LOG_SECTOR; at < run->end; at += vmm_le32(run->log + at + ENTRY_SIZE)) {
        const uint8_t *e = run->log + at;
        uint32_t count = vmm_le32(e + ENTRY_PAGES);
        const uint8_t *data = e + ENTRY_REFS + 8 * (size_t)count;
        for (uint32_t i = 0; i < count; i++) {
            struct ref r = ref_of(e, i);
            memcpy(hive + REGF_BASE + r.at, data, r.bytes);
            data += r.bytes;
        }
        vmm_put32(hive + BASE_LENGTH, vmm_le32(e + ENTRY_LENGTH));
        vmm_put32(hive + BASE_FLAGS, vmm_le32(hive + BASE_FLAGS) | (vmm_le32(e + ENTRY_FLAGS) & 1));
    }
}

/* The length stays: Windows had written the base block with the new one before. What lies beyond the file's end has no place. */
static void apply_old(const struct vmm_log_run *run, uint8_t *hive, size_t hive_len) {
    const uint8_t *data = run->log + old_start(run->log);
    for (size_t i = 0; i < old_pages(run->log); i++) {
        if (run->log[LOG_SECTOR + 4 + i] == 0) continue;
        size_t at = REGF_BASE + i * REGF_PAGE;
        if (at + REGF_PAGE <= hive_len) memcpy(hive + at, data, REGF_PAGE);
        data += REGF_PAGE;
    }
}

void vmm_log_apply(const struct vmm_log_run *run, uint8_t *hive, size_t hive_len) {
    if (run->type == LOG_TYPE_NEW) apply_new(run, hive);
    else apply_old(run, hive, hive_len);
}
