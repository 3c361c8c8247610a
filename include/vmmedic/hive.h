/* Registry hives (regf), offline: opened safely, read as typed values with three answers, edited on a copy, checked.
 * Sources: the regf specification by Maxim Suhanov; behaviour of Microsoft's chkreg as measured (see core/hive/check.c).
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_HIVE_H
#define VMMEDIC_HIVE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmmedic/error.h"

enum vmm_reg_type {
    VMM_REG_NONE = 0, VMM_REG_SZ = 1, VMM_REG_EXPAND_SZ = 2, VMM_REG_BINARY = 3, VMM_REG_DWORD = 4, VMM_REG_MULTI_SZ = 7, VMM_REG_QWORD = 11
};

/* Three answers and the two shades of the third. */
enum vmm_answer {
    VMM_SET = 1,
    VMM_NOT_SET = 0,
    VMM_UNREADABLE = -1, /* the bytes that would tell are broken */
    VMM_WRONG_TYPE = -2  /* a value is there, of another type or length than asked */
};

struct vmm_hive;            /* one hive in memory */
typedef uint32_t vmm_key;   /* a key of it: file offset of its cell; 0 is no key */

/* The logs that stand beside a primary file. Members may be NULL/0. Borrowed for the call only. */
struct vmm_hive_logs {
    const uint8_t *log, *log1, *log2;
    size_t log_len, log1_len, log2_len;
};

/* What the logs did for a hive whose two sequence numbers differ. */
enum vmm_replay_kind {
    VMM_REPLAY_CLEAN,    /* the numbers are equal: logs were not looked at, as Windows does not */
    VMM_REPLAY_DONE,     /* the hive in memory is the one that Windows would load */
    VMM_REPLAY_NOTHING,  /* no log can be used: the bytes are those of the file, perhaps torn; writing is refused */
    VMM_REPLAY_DISAGREE  /* two logs can be used and do not continue each other: versions of Windows differ; writing is refused */
};
struct vmm_replay {
    enum vmm_replay_kind kind;
    bool log, log1, log2;  /* which were used: Windows needs these as they are until the primary file is whole */
    bool header;           /* the base block was unusable and came from a log */
    unsigned entries;      /* applied */
    size_t pages;          /* of 4 KiB, written by them */
    size_t changes;        /* keys and values that differ from the file as it stands; 0 when the file alone cannot be read */
};
/* Lives as long as the hive. */
const struct vmm_replay *vmm_hive_replay(const struct vmm_hive *h);

/* How a new hive reaches the place of the old one, in Windows' own order: log entry, sync, first sector that says "not finished", sync, pages, sync,
 * first sector that says "finished", sync. At every moment Windows loads the old hive or the new one. */
struct vmm_log_first {
    int log;            /* 0: no log can carry it, 1: LOG1, 2: LOG2 */
    const char *why;    /* when 0, why not: a constant, one sentence */
    uint8_t *head;      /* what goes to the beginning of that log's file, which is at least as long; the caller frees */
    size_t head_len;
    uint8_t open[512];  /* the first sector of the primary while its pages are written */
};
/* STORED is the file as it stands, clean (a hive that was replayed is put in place first), AFTER what vmm_hive_edit made of it with LOGS. A log carries the change
 * when its file is long enough (it is never made longer) and a Windows that knows the new format has written one of the two.
 * 0, or -1 when there is no memory for it, one of the two hives is not clean, or a sequence number of AFTER is not above everything in LOGS. */
int vmm_hive_log_first(const uint8_t *stored, size_t stored_len, const uint8_t *after, size_t after_len, const struct vmm_hive_logs *logs,
                       struct vmm_log_first *out, struct vmm_error *err);
void vmm_log_first_clear(struct vmm_log_first *w);

/* Opens a hive from its bytes (copied). Checked before anything is believed: base block (signature, version 1.3 to 1.6, type,
 * format, checksum), length against file size, every bin and every cell. VMM_E_BROKEN with offset and reason otherwise.
 * A hive that Windows was stopped in the middle of writing (sequence numbers that differ, a first block that is damaged) is opened as the one that Windows
 * would load: the logs are replayed first, in memory. vmm_hive_replay tells. Where that cannot be done, or versions of Windows differ in it, it is marked
 * dirty (vmm_hive_dirty) and edits of it are refused; where they differ, what the newest would load is read. */
struct vmm_hive *vmm_hive_open(const void *data, size_t len, const struct vmm_hive_logs *logs, struct vmm_error *err);
void vmm_hive_close(struct vmm_hive *h); /* NULL is fine */

/* NULL when it may be written (clean, or replayed), else why not and the way out ("its two sequence numbers differ (1622 and 1621): ..."). */
const char *vmm_hive_dirty(const struct vmm_hive *h);
const uint8_t *vmm_hive_bytes(const struct vmm_hive *h, size_t *len);
int vmm_hive_minor(const struct vmm_hive *h); /* 3 to 6 */

vmm_key vmm_hive_root(const struct vmm_hive *h);
/* The child of KEY by name (case-insensitive), or by a path "A\B\C" for vmm_key_path. VMM_SET, VMM_NOT_SET or VMM_UNREADABLE. */
enum vmm_answer vmm_key_child(const struct vmm_hive *h, vmm_key key, const char *name, vmm_key *child);
enum vmm_answer vmm_key_path(const struct vmm_hive *h, vmm_key key, const char *path, vmm_key *found);
/* Name as UTF-8; the caller frees; NULL when unreadable. */
char *vmm_key_name(const struct vmm_hive *h, vmm_key key);
/* Children in the hive's order; the caller frees. 0 or -1. */
int vmm_key_children(const struct vmm_hive *h, vmm_key key, vmm_key **list, size_t *count, struct vmm_error *err);
uint64_t vmm_key_time(const struct vmm_hive *h, vmm_key key); /* FILETIME of the last write */

struct vmm_value {
    char *name;      /* UTF-8; "" is the default value */
    uint32_t type;   /* enum vmm_reg_type, or another number found */
    uint8_t *data;   /* never NULL */
    size_t len;
};
void vmm_value_clear(struct vmm_value *v);
/* All values of KEY, at most 64 MiB together; the caller clears each and frees the list. 0 or -1. */
int vmm_key_values(const struct vmm_hive *h, vmm_key key, struct vmm_value **list, size_t *count, struct vmm_error *err);
/* One value by name (case-insensitive). VMM_SET fills *out (the caller clears). */
enum vmm_answer vmm_key_value(const struct vmm_hive *h, vmm_key key, const char *name, struct vmm_value *out);
/* Typed: PATH below the root and the value's NAME. VMM_NOT_SET also when a key of the path is absent. */
enum vmm_answer vmm_hive_dword(const struct vmm_hive *h, const char *path, const char *name, uint32_t *out);
/* REG_SZ or REG_EXPAND_SZ, trailing NULs trimmed; the caller frees *out. */
enum vmm_answer vmm_hive_string(const struct vmm_hive *h, const char *path, const char *name, char **out);

/* The strict walk: every invariant that Windows' own loader checks (reachable records, order, hashes, counts, security cells, sharing).
 * 0 when the hive has none of the faults; -1 with VMM_E_BROKEN naming the first. *leaked (may be NULL): used cells nobody refers to. */
int vmm_hive_check(const struct vmm_hive *h, size_t *leaked, struct vmm_error *err);

enum vmm_edit_op { VMM_EDIT_SET, VMM_EDIT_DELETE_VALUE, VMM_EDIT_DELETE_KEY };
/* One edit. Borrowed; `data` is never NULL for a SET, an empty one neither. SET creates missing keys of the path below the first existing one only when create_keys. */
struct vmm_edit {
    enum vmm_edit_op op;
    const char *path;   /* of the key, below the root, without leading \ */
    const char *name;   /* of the value; unused for DELETE_KEY */
    uint32_t type;
    const uint8_t *data;
    size_t len;
    bool create_keys;
};

/* Makes the hive that results from EDITS: *after (the caller frees) and its length; `h` itself is not changed. Values are set and
 * removed in cells that are there as far as there is room; keys are made and removed by hivex on a copy in SCRATCH (a private folder on this machine), in a
 * child process. The result has a sequence number above every number in the primary file and in LOGS, with one between them for the log entry that carries the change;
 * a hive that was replayed stays so: what the logs held is part of the result. It passes vmm_hive_check without a new leaked cell, and
 * differs from `h` in exactly the edits (compared logically, security descriptors and flags too). Refused before anything is made:
 * a dirty hive (VMM_E_DIRTY_HIVE), an edit that would spoil it (VMM_E_UNSUPPORTED, the reason said), a delete of what is not there
 * (VMM_E_NOT_FOUND). If EDITS change nothing, the bytes are the same. 0 or -1. */
int vmm_hive_edit(const struct vmm_hive *h, const struct vmm_edit *edits, size_t count, const struct vmm_hive_logs *logs,
                  const char *scratch, uint8_t **after, size_t *after_len, struct vmm_error *err);

/* Whether one edit can be made in the hive as it stands: 0, or -1 and why not. Nothing is made. */
int vmm_hive_takes(const struct vmm_hive *h, const struct vmm_edit *e, struct vmm_error *err);

/* Differences between two hives, one line each ("+ path!name ...", "- ...", "~ ..."), security descriptors, flags and types too, timestamps not.
 * The caller frees; "" when there are none; NULL and *err when one cannot be read. */
char *vmm_hive_diff(const struct vmm_hive *a, const struct vmm_hive *b, struct vmm_error *err);

/* ---- building a hive from nothing (practice disks, tests) ---- */
struct vmm_hive_builder;
struct vmm_hive_builder *vmm_builder_new(const char *root_name, int minor /* 3 or 5 */);
/* Sets a value, making the keys of PATH ("" is the root). Data is copied. */
void vmm_builder_set(struct vmm_hive_builder *b, const char *path, const char *name, uint32_t type, const void *data, size_t len);
void vmm_builder_key(struct vmm_hive_builder *b, const char *path); /* makes the key without a value */
void vmm_builder_dword(struct vmm_hive_builder *b, const char *path, const char *name, uint32_t v);
/* Text with its terminator; for VMM_REG_MULTI_SZ one string a line. */
void vmm_builder_string(struct vmm_hive_builder *b, const char *path, const char *name, uint32_t type, const char *utf8);
/* Takes a value out again; one that is not there is none. */
void vmm_builder_drop(struct vmm_hive_builder *b, const char *path, const char *name);
/* The finished hive, clean, sequence number SEQ, every key with the descriptor (owner Administrators; Administrators and SYSTEM full control,
 * Users read). The caller frees the result; the builder is freed too.
 * NULL when a name was set that no hive can hold (empty, too long, no UTF-8). */
uint8_t *vmm_builder_finish(struct vmm_hive_builder *b, uint32_t seq, size_t *len);
/* Makes BEFORE (a finished hive, changed here) one that Windows was stopped while writing: its sequence numbers differ, and what makes AFTER of it stands only in the
 * LOG1 that is returned (the caller frees). Both have the same sequence number. */
uint8_t *vmm_hive_unfinished(uint8_t *before, size_t before_len, const uint8_t *after, size_t *log_len);
#endif
