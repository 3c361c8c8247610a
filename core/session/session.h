/* What the files of this room share: the session folder, its journal, and putting a file's image onto a disk.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SESSION_ROOM_H
#define VMM_SESSION_ROOM_H
#include "base/base.h"
#include "session/rewrite.h"
#include "vmmedic/session.h"

#define VMM_FILE_MAX ((size_t)512 << 20) /* no hive or store is larger */

/* What holds of a session, whatever happens to the power, the process or the disk:
 *   1  Everything that is needed to go back is on the session folder's medium before the first byte of the disk changes: `prepared` is in the journal.
 *   2  A session is a list of files in the order in which they are written (struct vmm_rewrite). What makes Windows look at the others comes last; the way back
 *      goes through the list from its end, so that it goes first.
 *   3  The journal has a line, on its medium, before the first effect on each file ("writing N", "undoing", "finishing", "putting-back") and after its last
 *      ("written N", "undone", "done", "put-back"), and everything between two such lines may have happened in part.
 *   4  No line tells what a file is. Its bytes do, compared with its images (vmm_file_state), whatever its kind; so a line that was lost costs nothing.
 *   5  vmm_install brings a file to before or after from any of its states but VMM_FILE_OTHER, and can be stopped anywhere and run again either way. Apply, putting
 *      back, undo and finish have no other way to write. A file that is OTHER keeps undo and finish from writing to any.
 *   6  Each direction ends with a sync, a reading anew from the medium, every file compared, the disk closed, and only then the journal's last line.
 *   7  A secret is in the memory of the process that applies and in one file of the disk. What the folder keeps lacks it (keep.c), so such a session cannot be
 *      finished, only put back; it can be undone while that file reads as it was written but for the secret.
 *   8  Folders that were made for a file are its own until something else is put into them, and are taken away after it.
 *   9  The disk is locked from the look to the last line; where the lock's disk is another than the one looked at, nothing is written. */

/* An opened session folder, locked against every other process. */
struct vmm_session {
    char *name, *dir;
    json_t *plan;
    int journal; /* file descriptor, append only */
    int lock;
};

/* The folder that holds all sessions; made if `make`. The caller frees. NULL and *err on failure. */
char *vmm_sessions_dir(bool make, struct vmm_error *err);
/* Makes a session folder under a temporary name, with the plan, and opens it. Fill it, then vmm_session_publish. */
struct vmm_session *vmm_session_create(const char *disk_name, struct vmm_error *err);
/* Saves the plan, syncs everything and gives the folder its real name. */
int vmm_session_publish(struct vmm_session *s, struct vmm_error *err);
/* Opens an existing one; VMM_E_INTERRUPTED with a hint when another process works on it. */
struct vmm_session *vmm_session_open(const char *name, struct vmm_error *err);
/* The plan of the session folder DIR, which names its target; else NULL: VMM_E_NOT_FOUND when there is no folder, VMM_E_BROKEN when it is no plan. */
json_t *vmm_session_plan(const char *dir, struct vmm_error *err);
void vmm_session_close(struct vmm_session *s);
/* Closes it and removes the folder: nothing was written to the disk. */
void vmm_session_discard(struct vmm_session *s);

/* True when the session writes a password: what was to be written is not all kept, so it can be put back and not finished. */
bool vmm_plan_secret(const json_t *plan);

/* One journal line, on the medium when this returns 0. */
int vmm_journal(struct vmm_session *s, struct vmm_error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));
enum vmm_session_state vmm_journal_state(const char *dir, char **ended);
/* The last lines of the journal, safe to show. */
json_t *vmm_journal_lines(const char *dir);
bool vmm_session_running(const char *dir);

/* vmm_volume_open, but an interrupted session's dying appliance is given some seconds to let go of the disk. OWN: the session that is being worked on
 * by this process, or NULL. `err` is not NULL. */
struct vmm_volume *vmm_open_patiently(const struct vmm_open *o, const char *own, struct vmm_error *err);
/* The session that another process works on and that writes to this disk: its name (the caller frees) or NULL. */
char *vmm_session_writing_to(const char *target);

/* A path inside the session folder: "originals/1". The caller frees. */
char *vmm_session_path(const struct vmm_session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text for the ticket. The caller frees. */
char *vmm_report_text(const struct vmm_session *s, const char *state);
/* Appends what to do next; CLOUD {"platform","group","vm","rescue","disk"}, each may be missing; NULL. */
void vmm_report_next(struct vmm_buf *b, const json_t *cloud);

/* ---- the stages of a job that writes ---- */
/* Told while they happen: to the progress callback, with those that follow, and to whoever else looks, by the file `progress` in the session folder. That file
 * is a courtesy: it is not synced, and a failure to write it is nobody's failure. */
struct vmm_steps {
    const char *job;                  /* its word: "apply" */
    struct vmm_progress progress;
    const struct vmm_session *session; /* whose folder has the file; NULL: none yet */
    json_t *list;                     /* those that ended: {"text","seconds"} */
    char **stages;                    /* all that are known, in order */
    size_t count, at;                 /* at: the first that has not begun */
    bool no_stop;                     /* from here on nothing stops half way */
    bool hold;                        /* the disk must not be detached at this moment */
    char *now, *inner;                /* the stage that runs; what the engine calls the first part of it */
    unsigned long long done, total;
    double began, first, kept;        /* of the stage, of the job; when the file was written last */
};
/* One more stage at the end of those that will come. */
void vmm_steps_expect(struct vmm_steps *s, const char *text);
/* Begins the next stage (ending the one before). Non-zero when the person asked to stop. */
int vmm_step(struct vmm_steps *s, const char *text);
/* For what runs inside a stage: its progress is the stage's, so that the names of the stages are those that were announced. */
struct vmm_progress vmm_steps_inner(struct vmm_steps *s);
void vmm_steps_end(struct vmm_steps *s);
/* A moment begins or ends in which the disk must not be detached; whoever looks hears of it at once. S may be NULL. */
void vmm_steps_hold(struct vmm_steps *s, bool begins);
/* Ends the last one and removes the file; `list` stays. */
void vmm_steps_close(struct vmm_steps *s);
/* An estimate for what is counted in bytes and has run long enough to tell, else null. */
json_t *vmm_seconds_left(double elapsed, unsigned long long done, unsigned long long total);
/* What the process that works on the session of folder DIR says: {"job","stage","done","total","left","stop","hold","since","elapsed","seconds","ended":[],"next":[]}; null. */
json_t *vmm_progress_of(const char *dir);
#endif
