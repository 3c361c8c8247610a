/* The hive that Windows would load from a primary file and its logs, made in memory. The rules are those of Microsoft's own code as measured: which logs
 * count, in which order, and when there are none. Where its versions are known to differ the newest is followed for reading, and writing is refused.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/replay.h"

bool vmm_base_believed(const uint8_t *d, size_t len) {
    if (len < LOG_SECTOR || memcmp(d, "regf", 4) != 0 || vmm_base_checksum(d) != vmm_le32(d + BASE_CHECKSUM)) return false;
    uint32_t minor = vmm_le32(d + BASE_MINOR);
    return vmm_le32(d + BASE_MAJOR) == 1 && minor >= 3 && minor <= 6 && vmm_le32(d + BASE_TYPE) == 0 && vmm_le32(d + BASE_FORMAT) == 1;
}

static struct vmm_log_want wanted(const uint8_t *d, size_t len) {
    struct vmm_log_want w = {.header = vmm_base_believed(d, len)};
    if (w.header) {
        w.has_time = true;
        w.time = vmm_le64(d + BASE_TIME);
        w.seq2 = vmm_le32(d + BASE_SEQ2);
    } else if (len >= REGF_BASE + 32) { /* the first bin keeps a copy of the time for this case */
        w.has_time = true;
        w.time = vmm_le64(d + REGF_BASE + 20);
    }
    return w;
}

enum { LOG, LOG1, LOG2, LOGS };

/* Which runs are applied, in this order. */
struct choice {
    const struct vmm_log_run *runs[2];
    size_t count;
    bool disagree;
};

static bool same_run(const struct vmm_log_run *a, const struct vmm_log_run *b) {
    return a->type == b->type && a->end == b->end && memcmp(a->log + LOG_SECTOR, b->log + LOG_SECTOR, a->end - LOG_SECTOR) == 0;
}

static void choose(const struct vmm_log_run runs[LOGS], bool header, struct choice *c) {
    const struct vmm_log_run *older = &runs[LOG1], *newer = &runs[LOG2];
    if (older->state != LOG_USABLE || newer->state != LOG_USABLE) {
        for (int i = 0; i < LOGS; i++)
            if (runs[i].state == LOG_USABLE) c->runs[c->count++] = &runs[i];
        return;
    }
    if (older->first == newer->first) {
        c->runs[c->count++] = older;
        c->disagree = !same_run(older, newer);
        return;
    }
    if ((int32_t)(newer->first - older->first) < 0) {
        older = &runs[LOG2];
        newer = &runs[LOG1];
    }
    bool both_new = older->type == LOG_TYPE_NEW && newer->type == LOG_TYPE_NEW, both_old = older->type == LOG_TYPE_OLD && newer->type == LOG_TYPE_OLD;
    if (both_new && older->last + 1 == newer->first) c->runs[c->count++] = older;
    else c->disagree = !both_old || (header && newer == &runs[LOG2]); /* Vista and 7 look at LOG2 only when the base block is bad */
    c->runs[c->count++] = newer;
}

/* ---- words ---- */

static const char *const log_names[LOGS] = {"LOG", "LOG1", "LOG2"};
static const char *const log_words[] = {
    [LOG_NONE] = N_("%s is empty"),
    [LOG_USABLE] = N_("%s can be used"),
    [LOG_BROKEN] = N_("%s holds nothing that Windows would take"),
    [LOG_OTHER] = N_("%s belongs to another state of this file"),
    [LOG_OLD] = N_("%s is older than this file"),
    [LOG_HALF] = N_("%s marks half a page, at which Windows gives up"),
};

static char *began(const uint8_t *d) {
    return vmm_base_believed(d, LOG_SECTOR) ? vmm_printf(_("its two sequence numbers differ (%u and %u): Windows was stopped while writing it"), vmm_le32(d + BASE_SEQ1), vmm_le32(d + BASE_SEQ2))
                                            : vmm_strdup(_("its first block is damaged"));
}

static char *why_nothing(const uint8_t *d, const struct vmm_log_run runs[LOGS]) {
    struct vmm_buf b = {0};
    for (int i = 0; i < LOGS; i++) {
        if (runs[i].state == LOG_NONE) continue;
        vmm_buf_str(&b, b.len ? ", " : "");
        vmm_buf_fmt(&b, _(log_words[runs[i].state]), log_names[i]);
    }
    char *start = began(d), *list = vmm_buf_steal(&b), *s;
    if (*list) s = vmm_printf(_("%s, and its log files cannot complete it (%s). Boot this Windows once and shut it down, or restore this file from a snapshot."), start, list);
    else s = vmm_printf(_("%s, and there is no log file to complete it. Boot this Windows once and shut it down, or restore this file from a snapshot."), start);
    free(start);
    free(list);
    return s;
}

static char *why_disagree(const uint8_t *d) {
    char *start = began(d);
    char *s = vmm_printf(_("%s. Its two log files can both be used but do not continue each other, and versions of Windows differ in what they make of that. Boot this Windows once and shut it down, so that it decides. What is read here is what the newest Windows would load."), start);
    free(start);
    return s;
}

/* ---- doing it ---- */

static int make(const uint8_t *d, size_t len, bool header, const struct choice *c, struct vmm_replayed *out, struct vmm_error *err) {
    const struct vmm_log_run *newest = c->runs[c->count - 1];
    uint64_t need = header ? (uint64_t)REGF_BASE + vmm_le32(d + BASE_LENGTH) : 0, room = len; /* an old log leaves the length as it is */
    if (newest->type == LOG_TYPE_NEW) need = 0;
    for (size_t i = 0; i < c->count; i++) {
        if (!(header && c->runs[i]->type == LOG_TYPE_OLD) && (uint64_t)REGF_BASE + c->runs[i]->longest > need) need = (uint64_t)REGF_BASE + c->runs[i]->longest;
        room += c->runs[i]->bytes;
    }
    if (need > room) /* every page of a hive was written by somebody: into the file or into the logs */
        return vmm_fail(err, VMM_E_BROKEN, _("Windows would refuse this file too. Restore it from a backup or a snapshot."),
                        _("this is not a sound registry hive: its log makes it longer than there is data for"));
    out->len = need > len ? (size_t)need : len;
    out->data = vmm_alloc(out->len, 1);
    memcpy(out->data, d, len);
    if (!header) {
        memcpy(out->data, newest->log, LOG_SECTOR);
        vmm_put32(out->data + BASE_TYPE, 0);
    }
    for (size_t i = 0; i < c->count; i++) {
        vmm_log_apply(c->runs[i], out->data, out->len);
        out->told.entries += c->runs[i]->entries;
        out->told.pages += c->runs[i]->bytes / REGF_PAGE;
    }
    vmm_put32(out->data + BASE_SEQ1, newest->last + 1);
    vmm_put32(out->data + BASE_SEQ2, newest->last + 1);
    vmm_put32(out->data + BASE_CHECKSUM, vmm_base_checksum(out->data));
    out->told.header = !header;
    return 0;
}

int vmm_logs_replay(const uint8_t *data, size_t len, const struct vmm_hive_logs *logs, struct vmm_replayed *out, struct vmm_error *err) {
    static const struct vmm_hive_logs none;
    struct vmm_log_want want = wanted(data, len);
    struct vmm_log_run runs[LOGS] = {{.state = LOG_NONE}};
    struct choice c = {.count = 0};
    bool half = false;
    *out = (struct vmm_replayed){.told = {.kind = VMM_REPLAY_CLEAN}};
    if (want.header && vmm_le32(data + BASE_SEQ1) == vmm_le32(data + BASE_SEQ2)) return 0;
    if (logs == NULL) logs = &none;
    vmm_log_read(logs->log1, logs->log1_len, &want, &runs[LOG1]);
    vmm_log_read(logs->log2, logs->log2_len, &want, &runs[LOG2]);
    if (runs[LOG1].state == LOG_NONE && runs[LOG2].state == LOG_NONE) vmm_log_read(logs->log, logs->log_len, &want, &runs[LOG]); /* XP has no other */
    for (int i = 0; i < LOGS; i++) half |= runs[i].state == LOG_HALF;
    if (!half) choose(runs, want.header, &c);
    if (c.count == 0) {
        out->told.kind = VMM_REPLAY_NOTHING;
        out->why = len >= LOG_SECTOR ? why_nothing(data, runs) : NULL;
        return 0;
    }
    out->told.kind = c.disagree ? VMM_REPLAY_DISAGREE : VMM_REPLAY_DONE;
    for (size_t i = 0; i < c.count; i++) {
        out->told.log |= c.runs[i] == &runs[LOG];
        out->told.log1 |= c.runs[i] == &runs[LOG1];
        out->told.log2 |= c.runs[i] == &runs[LOG2];
    }
    if (make(data, len, want.header, &c, out, err) < 0) return -1;
    if (c.disagree) out->why = why_disagree(data);
    return 0;
}

/* ---- sequence numbers ---- */

struct numbers {
    uint32_t *list;
    size_t count, room;
};

static void note(struct numbers *n, uint32_t seq) {
    if (n->count == n->room) n->list = vmm_realloc(n->list, n->room = n->room ? 2 * n->room : 64, sizeof *n->list);
    n->list[n->count++] = seq;
}

static void note_log(struct numbers *n, const uint8_t *log, size_t len) {
    if (log == NULL || len < LOG_SECTOR) return;
    if (memcmp(log, "regf", 4) == 0) {
        note(n, vmm_le32(log + BASE_SEQ1));
        note(n, vmm_le32(log + BASE_SEQ2));
    }
    for (size_t at = LOG_SECTOR; at + ENTRY_LENGTH <= len; at += LOG_SECTOR)
        if (memcmp(log + at, "HvLE", 4) == 0) note(n, vmm_le32(log + at + ENTRY_SEQ));
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* On the circle of 2^32 numbers the highest is the one before the widest gap, when that is wider than half of the circle: the numbers that are given out
 * lie in the gap. */
static int highest_of(struct numbers *n, uint32_t *highest) {
    *highest = 0;
    if (n->count == 0) return 0;
    qsort(n->list, n->count, sizeof *n->list, ascending);
    if (n->list[0] == n->list[n->count - 1]) {
        *highest = n->list[0];
        return 0;
    }
    for (size_t i = 0; i < n->count; i++)
        if (n->list[(i + 1) % n->count] - n->list[i] > 0x80000010u) {
            *highest = n->list[i];
            return 0;
        }
    return -1;
}

int vmm_logs_highest(const uint8_t *data, size_t len, const struct vmm_hive_logs *logs, uint32_t *highest) {
    struct numbers n = {0};
    if (logs) {
        note_log(&n, logs->log, logs->log_len);
        note_log(&n, logs->log1, logs->log1_len);
        note_log(&n, logs->log2, logs->log2_len);
    }
    struct numbers all = {0};
    for (size_t i = 0; i < n.count; i++) note(&all, n.list[i]);
    if (len >= LOG_SECTOR) {
        note(&all, vmm_le32(data + BASE_SEQ1));
        note(&all, vmm_le32(data + BASE_SEQ2));
    }
    int r = highest_of(&all, highest);
    if (r < 0 && !vmm_base_believed(data, len)) r = highest_of(&n, highest); /* what stands in a damaged block may be no number */
    free(all.list);
    free(n.list);
    return r;
}
