/* Errors as the library reports them: what was being done, to what, what went wrong, and what the person can do.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_ERROR_H
#define VMMEDIC_ERROR_H
#include <stdbool.h>
#include <stddef.h>

/* The reasons a call can fail. Each has a stable word for JSON ("in-use") and an exit code of the command contract;
 * both are columns of one table in core/base/error.c. */
enum vmm_code {
    VMM_OK = 0,
    VMM_E_USAGE,        /* the request itself makes no sense                                   exit 2 */
    VMM_E_NOT_FOUND,    /* the named thing (path, object, session) is not there                exit 2 */
    VMM_E_NOT_A_DISK,   /* TARGET is neither folder, disk, image nor boot store                exit 2 */
    VMM_E_UNREADABLE,   /* it is there and cannot be read: permission, I/O error               exit 3 */
    VMM_E_BROKEN,       /* its structure breaks the rules (hive, store, partition table)       exit 3 */
    VMM_E_IN_USE,       /* somebody else has the disk open                                     exit 3 */
    VMM_E_HIBERNATED,   /* Windows is hibernated on it                                         exit 3 */
    VMM_E_DIRTY_VOLUME, /* its file system was not closed properly                             exit 3 */
    VMM_E_ENCRYPTED,    /* BitLocker                                                           exit 3 */
    VMM_E_DIRTY_HIVE,   /* changes of this hive are still in its log                           exit 3 */
    VMM_E_NO_WINDOWS,   /* no Windows installation on it                                       exit 3 */
    VMM_E_CHANGED,      /* the disk is no longer what was looked at, planned or written        exit 1 */
    VMM_E_NO_SPACE,     /* no room for the session, the snapshot or a growing file             exit 1 */
    VMM_E_WRITE,        /* a write failed; what was written has been put back                  exit 1 */
    VMM_E_BLOCKED,      /* a fix cannot be done on this disk now                               exit 3 */
    VMM_E_CONFLICT,     /* two fixes want different values for the same place                  exit 2 */
    VMM_E_INTERRUPTED,  /* a session waits to be finished or put back                          exit 5 */
    VMM_E_DECLINED,     /* the person said no                                                  exit 6 */
    VMM_E_CANCELLED,    /* stopped on request, nothing changed                                 exit 6 */
    VMM_E_UNSUPPORTED,  /* a real thing this version does not handle                           exit 3 */
    VMM_E_SYSTEM,       /* this machine lacks something: memory, a tool, the appliance         exit 1 */
    VMM_E_INTERNAL,     /* a broken promise of our own code; nothing was written               exit 1 */
    VMM_CODE_COUNT
};

/* One error. Plain memory, no ownership; texts are UTF-8, one line, translated, safe to print (no control characters). */
struct vmm_error {
    enum vmm_code code;
    char message[768]; /* "reading \Boot\BCD on partition 1 of disk.img: the file ends too early" */
    char hint[512];    /* what the person can do, or "" */
};

/* Sets *err (which may be NULL) from printf-like text; control characters in the result become '?'. Always returns -1,
 * so that `return vmm_fail(err, ...)` reads well. `hint` may be NULL. */
int vmm_fail(struct vmm_error *err, enum vmm_code code, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "TEXT: " in front of the message of *err (printf-like). Returns -1. */
int vmm_fail_prefix(struct vmm_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The stable lower-case word of a code ("in-use"), and its exit code (0..6). Never NULL. */
const char *vmm_code_word(enum vmm_code code);
int vmm_code_exit(enum vmm_code code);
/* The code of a word; VMM_E_INTERNAL when it is none. */
enum vmm_code vmm_code_from_word(const char *word);

/* Progress of a long operation. `stage` is translated text; done and total in the same unit (bytes or steps), total 0 when
 * unknown. Returning non-zero asks the operation to stop at the next safe point (VMM_E_CANCELLED). */
typedef int (*vmm_progress_fn)(void *ctx, const char *stage, unsigned long long done, unsigned long long total);

/* Before the first word of a stage: the stages that are known to follow it, and whether the operation can still be asked to stop. */
typedef void (*vmm_ahead_fn)(void *ctx, const char *const *next, size_t count, bool stop);

/* A moment begins, or ends, in which the disk must not be taken away: what is half written there could be made whole only from here. */
typedef void (*vmm_hold_fn)(void *ctx, bool begins);

struct vmm_progress {
    vmm_progress_fn fn; /* may be NULL */
    void *ctx;
    vmm_ahead_fn ahead; /* may be NULL */
    vmm_hold_fn hold;   /* may be NULL */
};
#endif
