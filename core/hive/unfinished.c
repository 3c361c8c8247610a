/* A hive that Windows was stopped while writing: for practice disks. The primary file is the old one and says that it is not finished; the change is in LOG1 only.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/log.h"

/* A run of 4 KiB pages of the bins that differ, neighbours together, as the format demands. */
struct run {
    uint32_t offset, size;
};

static size_t runs_of(const uint8_t *before, size_t before_len, const uint8_t *after, uint32_t length, struct run *runs) {
    size_t n = 0;
    for (uint32_t page = 0; page < length; page += REGF_PAGE) {
        bool same = REGF_BASE + page + REGF_PAGE <= before_len && memcmp(before + REGF_BASE + page, after + REGF_BASE + page, REGF_PAGE) == 0;
        if (same) continue;
        if (n && runs[n - 1].offset + runs[n - 1].size == page) runs[n - 1].size += REGF_PAGE;
        else runs[n++] = (struct run){page, REGF_PAGE};
    }
    return n;
}

uint8_t *vmm_hive_unfinished(uint8_t *before, size_t before_len, const uint8_t *after, size_t *log_len) {
    uint32_t length = vmm_le32(after + BASE_LENGTH), sequence = vmm_le32(before + BASE_SEQ2), data = 0;
    struct run *runs = vmm_alloc(length / REGF_PAGE + 1, sizeof *runs);
    size_t count = runs_of(before, before_len, after, length, runs);
    for (size_t i = 0; i < count; i++) data += runs[i].size;
    uint32_t size = (uint32_t)((ENTRY_REFS + 8 * count + data + LOG_SECTOR - 1) / LOG_SECTOR * LOG_SECTOR);
    *log_len = LOG_SECTOR + size;
    uint8_t *log = vmm_alloc(*log_len, 1), *entry = log + LOG_SECTOR, *to = entry + ENTRY_REFS + 8 * count;
    memcpy(log, before, LOG_SECTOR);
    vmm_put32(log + BASE_SEQ1, sequence);
    vmm_put32(log + BASE_TYPE, LOG_TYPE_NEW);
    vmm_put32(log + BASE_CHECKSUM, vmm_base_checksum(log));
    memcpy(entry, "HvLE", 4);
    vmm_put32(entry + ENTRY_SIZE, size);
    vmm_put32(entry + ENTRY_SEQ, sequence);
    vmm_put32(entry + ENTRY_LENGTH, length);
    vmm_put32(entry + ENTRY_PAGES, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        vmm_put32(entry + ENTRY_REFS + 8 * i, runs[i].offset);
        vmm_put32(entry + ENTRY_REFS + 8 * i + 4, runs[i].size);
        memcpy(to, after + REGF_BASE + runs[i].offset, runs[i].size);
        to += runs[i].size;
    }
    vmm_put64(entry + ENTRY_HASH1, vmm_marvin32(LOG_SEED, entry + ENTRY_REFS, size - ENTRY_REFS));
    vmm_put64(entry + ENTRY_HASH2, vmm_marvin32(LOG_SEED, entry, ENTRY_HASH2));
    vmm_put32(before + BASE_SEQ1, sequence + 1);
    vmm_put32(before + BASE_CHECKSUM, vmm_base_checksum(before));
    free(runs);
    return log;
}
