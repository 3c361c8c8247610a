/* A disk in memory that remembers every write, truncation, file made or taken away, and sync in order, so that any state a power cut can leave behind can be made of it: stopped after
 * each of them, and what was not synced dropped, reordered or torn sector by sector. The program's own volume code is above it; only the engine is replaced.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TEST_CRASH_H
#define VMM_TEST_CRASH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CRASH_FILES = 32 };

struct crash_file {
    char path[80]; /* as engines have it: "Boot/BCD" */
    uint8_t *data;
    size_t len;
    bool dir;  /* only those that were made; others are there with the files in them */
    bool gone; /* its number stays its own */
};
struct crash_disk {
    struct crash_file files[CRASH_FILES];
    size_t count;
};
struct crash_op {
    enum { CRASH_WRITE, CRASH_CUT, CRASH_MAKE, CRASH_GONE, CRASH_SYNC, CRASH_LINE } kind;
    size_t file, at, len; /* CRASH_CUT: the file's length is LEN then; CRASH_LINE: so many bytes of the journal are on their medium */
    char path[80];        /* CRASH_MAKE */
    bool dir;
    uint8_t *data;
};
struct crash_trace {
    struct crash_op *ops;
    size_t count;
};

/* The disk of every volume that is opened in this program. */
extern struct crash_disk crash_now;

void crash_put(struct crash_disk *d, const char *path, const void *data, size_t len); /* adds or replaces */
const struct crash_file *crash_get(const struct crash_disk *d, const char *path);     /* NULL: not there */
void crash_copy(struct crash_disk *to, const struct crash_disk *from);                /* frees what TO held */
void crash_free(struct crash_disk *d);
bool crash_same(const struct crash_disk *a, const struct crash_disk *b);

void crash_record(void);                    /* from here on */
struct crash_trace crash_recorded(void);    /* and no longer; the caller frees it */
void crash_trace_free(struct crash_trace *t);

/* Random numbers that are the same in every run. */
extern uint64_t crash_seed;
uint32_t crash_draw(uint32_t below);

/* What may have been left when the power went after the first STOP operations. `drop`: each sector that was not synced is there, or not, or (never the first of
 * a file, which decides what Windows makes of it, unless `tear_first`) torn within; each file or folder that was made is there, whole or in part, or not; each that
 * was taken away is gone or not, with all that is in it. */
void crash_state(struct crash_disk *out, const struct crash_disk *base, const struct crash_trace *t, size_t stop, bool drop, bool tear_first);
/* How much of the journal was on its medium then. */
size_t crash_journal(const struct crash_trace *t, size_t stop);
#endif
