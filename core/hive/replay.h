/* Replaying logs: what one log holds that continues a hive, and the hive that Windows would load from a primary file and its logs. Only files of core/hive
 * and their tests include this. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_HIVE_REPLAY_H
#define VMM_HIVE_REPLAY_H
#include "hive/log.h"

enum vmm_log_state {
    LOG_NONE,   /* not there, or shorter than a sector: an empty log is usual */
    LOG_USABLE,
    LOG_BROKEN, /* its first block or its first entry is not whole */
    LOG_OTHER,  /* it was written for another state of the file: the times differ */
    LOG_OLD,    /* it is older than the file */
    LOG_HALF    /* old format, with a page marked in part: Windows gives up on the whole hive */
};

/* What the primary file says about the logs that may continue it. */
struct vmm_log_want {
    bool header;        /* its base block can be believed */
    bool has_time;      /* the time could be read: from the base block, else from the first bin */
    uint64_t time;
    uint32_t seq2;      /* when `header` */
};

/* The entries of one log that Windows would apply: the longest valid run from its first. Points into the log. */
struct vmm_log_run {
    enum vmm_log_state state;
    uint32_t type;            /* enum LOG_TYPE_* */
    const uint8_t *log;
    size_t len;
    uint32_t first, last;     /* sequence numbers; an old log is one entry */
    unsigned entries;
    size_t end;               /* where the run ends in the log */
    size_t bytes;             /* of hive that it writes */
    uint32_t longest, length; /* of bins: the most that any entry says, and the last one */
};

/* Looks at one log; every length, offset and count is checked here and the hashes too. */
void vmm_log_read(const uint8_t *log, size_t len, const struct vmm_log_want *want, struct vmm_log_run *run);
/* Writes the run into HIVE, `hive_len` bytes long, at least as long as the run's longest needs. */
void vmm_log_apply(const struct vmm_log_run *run, uint8_t *hive, size_t hive_len);

/* The base block of a primary file that Windows believes: signature, checksum, version, type, format. */
bool vmm_base_believed(const uint8_t *data, size_t len);

/* The hive as Windows would load it. data NULL: the bytes are the file's own. `changes` of `told` is not counted here. */
struct vmm_replayed {
    struct vmm_replay told;
    uint8_t *data;      /* the caller frees */
    size_t len;
    char *why;          /* NOTHING and DISAGREE: why and what to do, for people; the caller frees */
};
/* 0; or -1 when a log makes the hive longer than there is anything to fill it with (VMM_E_BROKEN). */
int vmm_logs_replay(const uint8_t *data, size_t len, const struct vmm_hive_logs *logs, struct vmm_replayed *out, struct vmm_error *err);

/* The highest of all sequence numbers in a primary file and its logs, remnants of older entries too, in *highest. They wrap: -1 when they lie so far apart
 * that none is the highest. The primary's numbers are taken from DATA as it stands in the file. */
int vmm_logs_highest(const uint8_t *data, size_t len, const struct vmm_hive_logs *logs, uint32_t *highest);
#endif
