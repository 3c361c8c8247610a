/* One file of a session on its way from old to new, or back: every image of it, what is on the disk at this moment, and how one becomes the other.
 * There are two kinds, and nobody outside rewrite.c, install.c, keep.c and whole.c asks which: a hive or store, which is patched where it stands, with its logs; and
 * a small file that is `whole`: made, written anew, and taken away again.
 * Only files of this room, and their tests, include this. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_REWRITE_H
#define VMM_REWRITE_H
#include <jansson.h>

#include "base/base.h"
#include "vmmedic/hive.h"
#include "vmmedic/volume.h"

#define VMM_PAGE ((size_t)4096)
#define VMM_SECTOR ((size_t)512)

enum { VMM_LOGS = 3 }; /* that can stand beside a hive: .LOG .LOG1 .LOG2, numbered so */

struct vmm_session;
struct vmm_steps;

struct vmm_image {
    uint8_t *data;
    size_t len;
    bool absent; /* there is no such file; only of `whole` ones */
};
/* Both absent, or the same bytes. */
bool vmm_same(const struct vmm_image *a, const struct vmm_image *b);

/* Every image of one file that writing can leave on the disk. Images, `path`, `label` and what is in `forth` and `back` are owned.
 *   before   the file as it was          clean   `before` with its logs replayed, when Windows had left changes in them; else there is none
 *   after    what is wanted              logs    as they were
 * One log carries the way from clean to after (`forth`) and the way from after to clean (`back`), where that can be (include/vmmedic/hive.h).
 *
 * A `whole` file has neither clean nor logs. Where it was absent, folders on its way may have been missing too: they are made with it, and taken away with it unless
 * somebody has put something there. `secret`: bytes SECRET_AT to SECRET_AT + SECRET_LEN of `after` are kept nowhere. While they are at hand secret_len is not 0; what
 * was loaded from a session folder lacks them (secret_len 0, the bytes behind the hole follow at SECRET_AT), so it can be told and put back, and never be written. */
struct vmm_rewrite {
    int part;
    char *path, *label;
    bool whole, secret;
    size_t secret_at, secret_len;
    char **folders; /* owned, outermost first */
    size_t folder_count;
    struct vmm_image before, clean, after;
    struct {
        char *path; /* NULL: there was none */
        struct vmm_image image;
    } logs[VMM_LOGS];
    struct vmm_log_first forth, back; /* .log 0: no log carries it */
};

/* The same on the disk at this moment. Owned. */
struct vmm_now {
    struct vmm_image file, logs[VMM_LOGS];
    bool secret; /* wiped when it is cleared */
};

/* Fills `forth` and `back` from the images. MAY_CARRY: bit 1 for LOG1, bit 2 for LOG2. 0, or -1 when the new hive does not fit to what was. */
int vmm_rewrite_prepare(struct vmm_rewrite *f, unsigned may_carry, struct vmm_error *err);
void vmm_rewrite_clear(struct vmm_rewrite *f);

/* Keeps all images in the session folder as number N. The object for plan.json's "files", or NULL. */
json_t *vmm_rewrite_save(const struct vmm_session *s, const struct vmm_rewrite *f, size_t n, struct vmm_error *err);
/* And back, each hash compared. FILE may be one that version 0.1 or 0.2 wrote: those had no logs in them. Clear it in any case. */
int vmm_rewrite_load(const struct vmm_session *s, const json_t *file, struct vmm_rewrite *f, struct vmm_error *err);

/* Reads the file and those of its logs that matter. Clear it in any case. */
int vmm_now_read(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_now *now, struct vmm_error *err);
/* As if it had been read when the file was as before. */
void vmm_now_before(const struct vmm_rewrite *f, struct vmm_now *now);
void vmm_now_clear(struct vmm_now *now);

enum vmm_file_state {
    VMM_FILE_BEFORE, /* bit for bit, logs too */
    VMM_FILE_AFTER,  /* bit for bit, logs too */
    VMM_FILE_OLD,    /* neither, but Windows would load from it and its logs what it would have loaded before */
    VMM_FILE_NEW,    /* the same with what is wanted */
    VMM_FILE_TORN,   /* parts of both, and no log that helps */
    VMM_FILE_OTHER   /* somebody else wrote to it */
};
enum vmm_file_state vmm_file_state(const struct vmm_rewrite *f, const struct vmm_now *now);
const char *vmm_file_state_word(enum vmm_file_state s); /* "before", "after", "old", "new", "torn", "other" */

/* install.c: makes the file AFTER, or BEFORE, with its logs or folders, of whatever between the two it is now (any state but VMM_FILE_OTHER). Stopped anywhere, it can
 * be run again in either direction, after NOW was read again. STEPS (may be NULL) is told while the disk holds neither hive, nor a log of which Windows would make one,
 * and while a whole file is made or taken away. */
int vmm_install(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_now *now, bool to_after, struct vmm_steps *steps, struct vmm_error *err);

/* ---- whole.c: the same for whole files ---- */
enum vmm_file_state vmm_whole_state(const struct vmm_rewrite *f, const struct vmm_image *now);
int vmm_whole_read(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_image *now, struct vmm_error *err);
int vmm_whole_install(struct vmm_volume *v, const struct vmm_rewrite *f, const struct vmm_image *now, bool to_after, struct vmm_error *err);
/* 1: those of its folders that were missing are missing still. 0: one is there. -1 and *err. */
int vmm_whole_folders_absent(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_error *err);

/* ---- for install.c and whole.c ---- */
/* The N bytes at AT are those of the images, each byte of one of them: a sector that a power cut tore is still ours. From FRESH on the file has grown: what
 * the file system has given and nobody has filled reads as zeros. */
bool vmm_bytes_ours(const uint8_t *now, size_t at, size_t n, const struct vmm_image *const *images, size_t count, size_t fresh);
/* The hive that Windows would have loaded: `clean`, or `before` where that is clean itself. */
const struct vmm_image *vmm_clean_of(const struct vmm_rewrite *f);
/* Where the bins end that the first sector tells of; what follows is not looked at by anybody. */
size_t vmm_hive_end(const struct vmm_image *image);
/* The file is IMAGE as far as its bins go. */
bool vmm_now_is(const struct vmm_now *now, const struct vmm_image *image);
/* The opening sector of `forth` or `back` is in place, and the entry that belongs to it whole. */
bool vmm_now_open(const struct vmm_rewrite *f, const struct vmm_now *now);
/* The first sector makes Windows look at the original logs, and they are there. Only with `clean`. */
bool vmm_now_dirty(const struct vmm_rewrite *f, const struct vmm_now *now);
/* That first sector: the one of `before`; where that is broken, one under which Windows replays the same logs. Only with `clean`. */
void vmm_dirty_sector(const struct vmm_rewrite *f, uint8_t out[512]);
#endif
