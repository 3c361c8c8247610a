/* What the fuzzing targets share. A target is one file fuzz_NAME.c with the two functions that libFuzzer calls: one input, and, where random bytes would
 * not come past a checksum, a mutator that knows the format. Built by clang they are fuzzers; built by any compiler they run the files they are named.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_FUZZ_H
#define VMM_FUZZ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "vmmedic/hive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
/* libFuzzer's own; there is none when a target runs files only. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* What has to hold for every input. */
#define MUST(that)                                                                                                                                             \
    do {                                                                                                                                                       \
        if (!(that)) fuzz_broken(__FILE__, __LINE__, #that, NULL);                                                                                             \
    } while (0)
#define MUST_SAY(that, why)                                                                                                                                    \
    do {                                                                                                                                                       \
        if (!(that)) fuzz_broken(__FILE__, __LINE__, #that, why);                                                                                              \
    } while (0)
_Noreturn void fuzz_broken(const char *file, int line, const char *what, const char *why);

/* A private folder in memory, the same for the whole run; removed at its end. */
const char *fuzz_room(void);
/* TEXT is what may be shown: UTF-8 without control characters; with line ends when LINES. */
void fuzz_shown(const char *text, bool lines);
/* An error says something that may be shown. */
void fuzz_said(const struct vmm_error *err);

/* ---- chance ---- */
struct dice {
    uint64_t state;
};
struct dice dice_new(uint64_t seed);
uint32_t dice_any(struct dice *d);
uint32_t dice_below(struct dice *d, uint32_t n);            /* 0 when n is 0 */
static inline bool dice_one_in(struct dice *d, uint32_t n) { return dice_below(d, n) == 0; }
uint32_t dice_number(struct dice *d);                        /* one that hurts: 0, -1, a limit, a power of two, ... */
/* libFuzzer's mutation of a piece that keeps its size. */
void dice_bytes(struct dice *d, uint8_t *data, size_t size);

/* ---- an input of several parts: a count of bytes (4, little-endian) before each of the four ---- */
#define FUZZ_PARTS 4
struct fuzz_parts {
    const uint8_t *data[FUZZ_PARTS];
    size_t len[FUZZ_PARTS];
};
void fuzz_split(const uint8_t *data, size_t size, struct fuzz_parts *p);
size_t fuzz_join(uint8_t *data, size_t max, const struct fuzz_parts *p); /* 0 when it does not fit; the parts lie elsewhere */

/* ---- mutators ---- */
/* Changes records of the hive at DATA as records, then mends what a check sees before it comes to them: checksum, counts, hashes, order. */
size_t mutate_hive(uint8_t *data, size_t size, size_t max, struct dice *d);
void mend_base(uint8_t *data, size_t size);
void mend_hive(uint8_t *data, size_t size, struct dice *d);
/* Changes the entries of a log; PRIMARY is the hive beside it. Hashes, checksum and mostly the sequence are put right. */
size_t mutate_log(uint8_t *data, size_t size, size_t max, const uint8_t *primary, size_t primary_size, struct dice *d);

/* Reads every key and value of an opened hive; COMPLETE: the strict walk has passed, so nothing may be unreadable. */
void fuzz_read_all(const struct vmm_hive *h, bool complete);
#endif
