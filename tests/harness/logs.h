/* Writers of log files for tests, made after the format's description and apart from the code under test: a new log (HvLE), an old one (DIRT), and
 * primary files that were left in the middle of a write. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TEST_LOGS_H
#define VMM_TEST_LOGS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/* A log's first sector: a copy of PRIMARY's with TYPE (6 new, 1 old) and both numbers SEQ, its checksum right. */
void log_begin(struct vmm_buf *log, const uint8_t *primary, uint32_t type, uint32_t seq);
/* Makes the checksum of the first sector right again. */
void log_sum(uint8_t *base);

/* One reference of an entry: `bytes` of hive at `at`, taken from `data` + 4096 + `at`. */
struct log_ref {
    uint32_t at, bytes;
};
/* Adds an entry that writes these pages of the hive file DATA; *at (may be NULL) is where it begins. Bytes are not read beyond LEN: zeros stand for them. */
void log_entry(struct vmm_buf *log, uint32_t seq, uint32_t length, uint32_t flags, const struct log_ref *refs, size_t count, const uint8_t *data, size_t len,
               size_t *at);
/* Makes both hashes of the entry at AT right again. */
void log_hash(struct vmm_buf *log, size_t at);
/* Adds an entry with every page in which NEW differs from OLD (neighbours as one reference) and NEW's length. */
void log_entry_between(struct vmm_buf *log, uint32_t seq, const uint8_t *old, size_t old_len, const uint8_t *new, size_t new_len);
/* A whole old log: OLD's marks and pages. */
void log_old_between(struct vmm_buf *log, uint32_t seq, const uint8_t *old, size_t old_len, const uint8_t *new, size_t new_len);
/* A log as Windows leaves it beside a hive that it closed: one entry, for the page of the last byte, with the number before the hive's; then remnants to 64 KiB. */
void log_left_behind(struct vmm_buf *log, const uint8_t *primary, size_t len);
/* Sets the two numbers of a primary file and its checksum. */
void set_numbers(uint8_t *primary, uint32_t one, uint32_t two);
#endif
