/* What an engine gives to volume.c, and the opened volume as the files of this room see it. Paths between volume.c and an engine
 * are the disk's own spelling, components joined by '/', no leading one, "" for the root; every component has been looked at, and
 * none is a link.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_ENGINE_H
#define VMM_ENGINE_H
#include "base/base.h"
#include "vmmedic/volume.h"

enum vmm_node_kind { VMM_NODE_OTHER, VMM_NODE_FILE, VMM_NODE_DIR, VMM_NODE_LINK };

/* FILE_ATTRIBUTE_*: what a file may carry that makes writing its bytes in place unsafe, or that leads elsewhere. */
enum { VMM_ATTR_SPARSE = 0x200, VMM_ATTR_REPARSE = 0x400, VMM_ATTR_COMPRESSED = 0x800, VMM_ATTR_ENCRYPTED = 0x4000 };

struct vmm_node {
    enum vmm_node_kind kind;
    struct vmm_stat st;
};

struct vmm_volume;

struct vmm_descriptor { /* a self-relative security descriptor */
    uint8_t data[160];
    size_t len;
    bool private; /* what it says: only Administrators and SYSTEM */
};

struct vmm_engine {
    const char *name;
    bool (*exact)(struct vmm_volume *v, const struct vmm_part *p); /* a hit of look() has the disk's own spelling */
    int (*look)(struct vmm_volume *v, const struct vmm_part *p, const char *path, struct vmm_node *node,
                struct vmm_error *err); /* 1, 0 absent, -1 */
    int (*names)(struct vmm_volume *v, const struct vmm_part *p, const char *path, char ***names, size_t *count,
                 struct vmm_error *err);
    /* Exactly *len bytes from offset, fewer only at the end of the file. */
    int (*read)(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t offset, uint8_t *data, size_t *len,
                struct vmm_error *err);
    int (*write)(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t offset, const uint8_t *data, size_t len,
                 struct vmm_error *err);
    int (*truncate)(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t size, struct vmm_error *err);
    /* A file or folder that is not there yet, whose folder is; `sd` is its NTFS security descriptor, in place before the bytes are. */
    int (*create)(struct vmm_volume *v, const struct vmm_part *p, const char *path, bool folder, const uint8_t *data, size_t len, const struct vmm_descriptor *sd,
                  struct vmm_error *err);
    int (*remove)(struct vmm_volume *v, const struct vmm_part *p, const char *path, bool folder, struct vmm_error *err);
    int (*space)(struct vmm_volume *v, const struct vmm_part *p, uint64_t *bytes, struct vmm_error *err);
    int (*sync)(struct vmm_volume *v, struct vmm_error *err);
    int (*reread)(struct vmm_volume *v, struct vmm_error *err);
    int (*repair)(struct vmm_volume *v, struct vmm_part *p, enum vmm_repair what, struct vmm_error *err); /* NULL: it cannot */
    int (*close)(struct vmm_volume *v, struct vmm_error *err); /* frees v->state */
};

struct vmm_volume {
    struct vmm_disk disk;
    const struct vmm_engine *engine;
    bool write, wrote, rehearse;
    int lock; /* the descriptor that carries the lock, or -1 */
    int claim; /* a device that is written: keeps others from mounting it meanwhile, or -1 */
    struct vmm_progress progress;
    void *state; /* the engine's */
    struct vmm_seen *seen; /* folders already looked up, see path.c */
    size_t seen_count;
};

/* Each fills v->disk, v->engine and v->state. */
int vmm_folder_open(struct vmm_volume *v, const struct vmm_open *o, struct vmm_error *err);
int vmm_guestfs_open(struct vmm_volume *v, const struct vmm_open *o, struct vmm_error *err);

/* path.c: a path from above, any case and either separator, to the disk's spelling. 1 (*real allocated), 0, -1. */
int vmm_path_find(struct vmm_volume *v, const struct vmm_part *p, const char *path, char **real, struct vmm_node *node,
                  struct vmm_error *err);
void vmm_path_forget(struct vmm_volume *v);

/* volume.c: the part, when files on it can be reached, or may be written. NULL, 0 or -1. */
const struct vmm_part *vmm_part_usable(const struct vmm_volume *v, int number, struct vmm_error *err);
const struct vmm_part *vmm_part_for_writing(const struct vmm_volume *v, int number, const char *path, struct vmm_error *err);

/* tar.c: appends an archive that holds one empty file or folder with an extended attribute. NAME has less than 100 bytes. */
void vmm_tar_one(struct vmm_buf *b, const char *name, bool folder, const char *attribute, const uint8_t *value, size_t len);

/* inuse.c */
struct vmm_user {
    char *who;    /* in words, NULL when nobody */
    bool writing; /* it can change the disk under us */
};
/* Who else has the image or device open; our own process and its children do not count. `writers_only` passes over readers. */
struct vmm_user vmm_in_use(const char *path, enum vmm_target_kind kind, bool writers_only);
/* Why a block device is this machine's own (mounted, swap, held by another device), allocated; NULL when it is not. */
char *vmm_device_busy(const char *path);

/* fence.c: the folder outside of which nothing may be opened, or NULL; whether REAL (a path without links) is inside: 0 or -1; the disks in it. */
const char *vmm_fence(void);
int vmm_fence_check(const char *real, struct vmm_error *err);
int vmm_fence_disks(struct vmm_candidate **list, size_t *count);

/* lock.c: shared to look, exclusive to write; the descriptor, or -1. HELD: 0, or a descriptor whose lock becomes this one, so that nobody comes in between;
 * VMM_E_CHANGED when another file or device stands at the path by now. */
int vmm_lock_take(const struct vmm_probe *p, bool write, int held, struct vmm_error *err);

/* "partition 2 of disk.img", "disk.img", "the boot folder"; the caller frees. */
char *vmm_part_words(const struct vmm_volume *v, const struct vmm_part *p);
#endif
