/* Sessions: everything that writes. Plan, originals kept, snapshot, journal, apply, verify, undo, and what to do after an interruption.
 * A session is a folder under the state folder, made when something is about to be written:
 *   originals/N  after/N    each file of the plan before and after, with its logs (originals/N.LOG1 ...)
 *   plan.json               the disk, the files with sizes and sha256, the changes
 *   journal                 one line an effect, before and after it, synced ("2026-11-20T18:57:40Z writing 1")
 *   log  report.txt
 *   progress                while a process works on it: its stages, for those who follow; never synced
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_SESSION_H
#define VMMEDIC_SESSION_H
#include <jansson.h>

#include "vmmedic/change.h"
#include "vmmedic/volume.h"
#include "vmmedic/windows.h"

enum vmm_snapshot_kind { VMM_SNAPSHOT_NAMED, VMM_SNAPSHOT_TAKE, VMM_SNAPSHOT_NONE };

struct vmm_apply {
    struct vmm_open open;          /* the disk; `write` is set by apply itself */
    struct vmm_volume **look;      /* the volume the scan was made of; closed, and set to NULL, before anything is opened for writing */
    const struct vmm_scan *scan;   /* what was looked at; its `disk` is gone with *look */
    const struct vmm_changes *changes;
    enum vmm_snapshot_kind snapshot;
    const char *snapshot_text;     /* the name, or the reason for none */
    const json_t *cloud;           /* {"platform","group","vm","rescue","disk"}, what the person calls things there, for the report; NULL. Borrowed */
    struct vmm_progress progress;
};

enum vmm_session_state {
    VMM_SESSION_PREPARED,    /* originals kept, nothing written */
    VMM_SESSION_INTERRUPTED, /* writing began and did not end */
    VMM_SESSION_DONE,        /* applied and verified */
    VMM_SESSION_PUT_BACK,    /* a failed apply was put back */
    VMM_SESSION_UNDONE,
    VMM_SESSION_BROKEN       /* its own files cannot be read */
};
const char *vmm_session_state_word(enum vmm_session_state s); /* "interrupted" ... */
const char *vmm_session_state_text(const char *word);         /* the same for people, in their language; another word as it is */

/* Applies. In this order: session folder with originals, edited copies (checked) and plan, all synced; snapshot; the disk opened for writing and found
 * to be as it was looked at; pages that differ written file by file, base block last; synced; read again from the medium and compared; the medium closed.
 * Any failure puts everything back (VMM_E_WRITE and the like, exit 1); if that fails too, VMM_E_INTERRUPTED. When nothing was written the session folder
 * is removed again. Without changes: nothing is made, *result says so. *result: {"session","folder","changes":[],"files":[],"snapshot":{},"report","steps":[]}; new reference. */
int vmm_session_apply(const struct vmm_apply *a, json_t **result, struct vmm_error *err);

/* [{"session","state","target","name","disk","started","ended","fixes":[],"changes":N,"folder","running":bool}] newest last. */
int vmm_session_list(json_t **list, struct vmm_error *err);
/* The plan of a session by its name; NULL name: the only one that can be undone or finished (else VMM_E_USAGE with the list in the message). */
int vmm_session_load(const char *name, json_t **plan, enum vmm_session_state *state, char **real_name, struct vmm_error *err);

/* Puts the originals back, bit for bit (undo of a done session, or of an interrupted one); or writes the after images (finish). Each file on the disk must be
 * before, after, or (interrupted only) torn between the two page by page; else VMM_E_CHANGED and nothing is written. TARGET NULL: where the plan says it was.
 * *result: {"session","state","files":[{"path","sha256","was"}]}. */
int vmm_session_undo(const char *name, const char *target, struct vmm_progress progress, json_t **result, struct vmm_error *err);
int vmm_session_finish(const char *name, const char *target, struct vmm_progress progress, json_t **result, struct vmm_error *err);
/* The same with the key of an encrypted disk: the plan's "bitlocker" is true when that is needed. */
struct vmm_way_back {
    const char *name, *target;
    const struct vmm_unlock *key;
    bool finish; /* else undo */
    struct vmm_progress progress;
};
int vmm_session_back(const struct vmm_way_back *b, json_t **result, struct vmm_error *err);
/* Removes the folder; an interrupted one is refused (VMM_E_INTERRUPTED). */
int vmm_session_forget(const char *name, struct vmm_error *err);
/* The session of this disk that waits to be finished or put back: name (the caller frees) or NULL. */
char *vmm_session_pending(const struct vmm_scan *scan);
/* What it left on this disk, told by the bytes: {"state":STATE,"text":sentence}. STATE: "old" or "new", all files of it whole, as they are or as Windows makes
 * them from its own logs; "mixed", each whole, some old and some new; "torn", one of them is neither; "other", somebody else wrote to one; "unknown", one could not be
 * read, for instance because its volume is encrypted and not open. New reference. */
json_t *vmm_session_standing(const char *name, const struct vmm_scan *scan);
#endif
