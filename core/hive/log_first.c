/* Making the one log entry that carries a change of ours, as Windows would have written it: then whatever happens while the pages of the hive are
 * written, Windows finds the entry whole and makes the new hive of it, or does not look at it and loads the old one.
 * The old hive is clean, so its logs are not looked at until the opening sector says "not finished": any log will do. (Of one that Windows left unfinished, what its
 * logs hold is put in place first: an entry beside a log that is still needed would make two that do not continue each other.)
 * The number of the entry is above every number around, so no remnant behind it continues it, and no other log is at or above the opening sector's.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/log.h"

/* Pages of the new hive that stand together. Offsets count from the end of the base block, as an entry's do. */
struct run {
    uint32_t offset, size;
};

static bool is_base(const uint8_t *d, size_t len) { return len >= LOG_SECTOR && memcmp(d, "regf", 4) == 0 && vmm_base_checksum(d) == vmm_le32(d + BASE_CHECKSUM); }

static bool is_clean(const uint8_t *d, size_t len) { return len >= REGF_BASE + REGF_PAGE && is_base(d, len) && vmm_le32(d + BASE_SEQ1) == vmm_le32(d + BASE_SEQ2); }

/* N comes after every sequence number that LOG holds, remnants too. */
static bool is_above(uint32_t n, const uint8_t *log, size_t len) {
    if (log == NULL || len < LOG_SECTOR) return true;
    bool above = true;
    if (memcmp(log, "regf", 4) == 0) above = (int32_t)(n - vmm_le32(log + BASE_SEQ1)) > 0 && (int32_t)(n - vmm_le32(log + BASE_SEQ2)) > 0;
    for (size_t at = LOG_SECTOR; above && at + ENTRY_LENGTH <= len; at += LOG_SECTOR)
        if (memcmp(log + at, "HvLE", 4) == 0) above = (int32_t)(n - vmm_le32(log + at + ENTRY_SEQ)) > 0;
    return above;
}

static bool is_new_log(const uint8_t *log, size_t len) { return log && is_base(log, len) && vmm_le32(log + BASE_TYPE) == LOG_TYPE_NEW; }

/* The length that the opening sector may name: the file must never be shorter than that. */
static uint32_t open_length(const uint8_t *stored, size_t stored_len) {
    uint32_t fits = (uint32_t)((stored_len - REGF_BASE) / REGF_PAGE * REGF_PAGE), length = vmm_le32(stored + BASE_LENGTH);
    return length < fits ? length : fits;
}

/* What stands behind the end of the old hive is nobody's: those pages are in the entry whatever they hold. */
static struct run *find_runs(const uint8_t *stored, size_t stored_len, const uint8_t *after, uint32_t length, size_t *count, size_t *bytes) {
    struct run *runs = NULL;
    *count = *bytes = 0;
    uint32_t old_length = open_length(stored, stored_len);
    for (uint32_t at = 0; at < length; at += REGF_PAGE) {
        size_t place = REGF_BASE + (size_t)at;
        if (at < old_length && memcmp(stored + place, after + place, REGF_PAGE) == 0) continue;
        *bytes += REGF_PAGE;
        if (*count && runs[*count - 1].offset + runs[*count - 1].size == at) {
            runs[*count - 1].size += REGF_PAGE; /* neighbours must be one run, or Windows refuses the entry */
            continue;
        }
        runs = vmm_realloc(runs, *count + 1, sizeof *runs);
        runs[(*count)++] = (struct run){at, REGF_PAGE};
    }
    return runs;
}

/* The first sector of AFTER with other numbers. */
static void make_sector(uint8_t out[LOG_SECTOR], const uint8_t *after, uint32_t seq1, uint32_t seq2, uint32_t type, uint32_t length) {
    memcpy(out, after, LOG_SECTOR);
    vmm_put32(out + BASE_SEQ1, seq1);
    vmm_put32(out + BASE_SEQ2, seq2);
    vmm_put32(out + BASE_TYPE, type);
    vmm_put32(out + BASE_LENGTH, length);
    vmm_put32(out + BASE_CHECKSUM, vmm_base_checksum(out));
}

static void make_entry(uint8_t *e, size_t size, const uint8_t *after, const struct run *runs, size_t count) {
    memcpy(e, "HvLE", 4);
    vmm_put32(e + ENTRY_SIZE, (uint32_t)size);
    vmm_put32(e + ENTRY_FLAGS, vmm_le32(after + BASE_FLAGS) & 1);
    vmm_put32(e + ENTRY_SEQ, vmm_le32(after + BASE_SEQ1) - 1);
    vmm_put32(e + ENTRY_LENGTH, vmm_le32(after + BASE_LENGTH));
    vmm_put32(e + ENTRY_PAGES, (uint32_t)count);
    uint8_t *page = e + ENTRY_REFS + 8 * count;
    for (size_t i = 0; i < count; i++) {
        vmm_put32(e + ENTRY_REFS + 8 * i, runs[i].offset);
        vmm_put32(e + ENTRY_REFS + 8 * i + 4, runs[i].size);
        memcpy(page, after + REGF_BASE + runs[i].offset, runs[i].size);
        page += runs[i].size;
    }
    vmm_put64(e + ENTRY_HASH1, vmm_marvin32(LOG_SEED, e + ENTRY_REFS, size - ENTRY_REFS));
    vmm_put64(e + ENTRY_HASH2, vmm_marvin32(LOG_SEED, e, ENTRY_HASH2));
}

/* Chooses the log for an entry of SIZE bytes. */
static int choose_log(const struct vmm_hive_logs *l, size_t size, const char **why) {
    const uint8_t *const data[] = {l->log1, l->log2};
    const size_t len[] = {l->log1_len, l->log2_len};
    if (!is_new_log(l->log1, l->log1_len) && !is_new_log(l->log2, l->log2_len)) {
        *why = N_("no log that this Windows would read stands beside it");
        return 0;
    }
    for (int i = 0; i < 2; i++)
        if (data[i] && len[i] >= LOG_SECTOR + size) return i + 1;
    *why = N_("its logs are too short for this change");
    return 0;
}

int vmm_hive_log_first(const uint8_t *stored, size_t stored_len, const uint8_t *after, size_t after_len, const struct vmm_hive_logs *logs,
                       struct vmm_log_first *out, struct vmm_error *err) {
    static const struct vmm_hive_logs none;
    const struct vmm_hive_logs *l = logs ? logs : &none;
    *out = (struct vmm_log_first){0};
    if (!is_clean(stored, stored_len)) return vmm_fail(err, VMM_E_INTERNAL, NULL, _("preparing the log entry: the old hive is not whole"));
    if (!is_clean(after, after_len) || vmm_le32(after + BASE_LENGTH) > after_len - REGF_BASE)
        return vmm_fail(err, VMM_E_INTERNAL, NULL, _("preparing the log entry: the new hive is not whole"));
    uint32_t n = vmm_le32(after + BASE_SEQ1) - 1, length = vmm_le32(after + BASE_LENGTH);
    if (!is_above(n, l->log, l->log_len) || !is_above(n, l->log1, l->log1_len) || !is_above(n, l->log2, l->log2_len))
        return vmm_fail(err, VMM_E_INTERNAL, NULL, _("preparing the log entry: its number is not above those in the logs"));
    if (memcmp(stored + LOG_SECTOR, after + LOG_SECTOR, REGF_BASE - LOG_SECTOR) != 0) {
        out->why = N_("the change touches a part of the file that no log carries");
        return 0;
    }
    size_t count, bytes;
    struct run *runs = find_runs(stored, stored_len, after, length, &count, &bytes);
    size_t size = (ENTRY_REFS + 8 * count + bytes + LOG_SECTOR - 1) / LOG_SECTOR * LOG_SECTOR;
    if (count == 0) out->why = N_("no page of it changes"); /* an entry without pages is not valid */
    else out->log = choose_log(l, size, &out->why);
    int r = 0;
    if (out->log) {
        out->head_len = LOG_SECTOR + size;
        out->head = calloc(1, out->head_len); /* as large as the hive at worst */
        if (out->head) {
            make_sector(out->head, after, n, n, LOG_TYPE_NEW, length);
            make_entry(out->head + LOG_SECTOR, size, after, runs, count);
            make_sector(out->open, after, n + 1, n, 0, open_length(stored, stored_len));
        } else {
            vmm_log_first_clear(out);
            r = vmm_fail(err, VMM_E_SYSTEM, NULL, _("preparing the log entry: no memory for it"));
        }
    }
    free(runs);
    return r;
}

void vmm_log_first_clear(struct vmm_log_first *w) {
    free(w->head);
    *w = (struct vmm_log_first){0};
}
