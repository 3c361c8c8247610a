/* What the files of the guestfs engine share: the handle, how each part is reached and mounted.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_GUEST_H
#define VMM_GUEST_H
#include "volume/appliance.h"
#include "volume/engine.h"
#include "vmmedic/unlock.h"

enum vmm_mount { VMM_UNMOUNTED, VMM_READ_ONLY, VMM_WRITABLE };

struct vmm_guest {
    guestfs_h *g;
    /* one a part */
    enum vmm_mount *mounts;
    bool *points;   /* its mount point has been made */
    char **devices; /* "/dev/sda2"; of an unlocked part "/dev/mapper/bitlk2" */
};

static inline struct vmm_guest *vmm_guest_of(const struct vmm_volume *v) { return v->state; }
static inline guestfs_h *vmm_guest_handle(const struct vmm_volume *v) { return vmm_guest_of(v)->g; }
static inline const char *vmm_guest_device(const struct vmm_volume *v, const struct vmm_part *p) { return vmm_guest_of(v)->devices[p - v->disk.parts]; }

/* *err from the library's last error: "DOING \PATH (partition 2 of disk.img): ...". Returns -1. */
int vmm_guest_failed(const struct vmm_volume *v, const struct vmm_part *p, struct vmm_error *err, enum vmm_code code, const char *doing, const char *path);

/* guest_mount.c: mounts the part at /pN unless it is mounted well enough already. For writing the driver is asked first, and proved afterwards to have
 * mounted it writable: it mounts some volumes read-only without a word. */
int vmm_guest_mount(struct vmm_volume *v, const struct vmm_part *p, enum vmm_mount want, struct vmm_error *err);
int vmm_guest_probe(struct vmm_volume *v, const struct vmm_part *p, struct vmm_error *err); /* 0, or -1 when the driver would refuse to write */
int vmm_guest_unmount(struct vmm_volume *v, const struct vmm_part *p, struct vmm_error *err);
/* 1: the kernel takes no writes at this mount point; 0, -1. Nothing is written to find out. */
int vmm_guest_read_only(guestfs_h *g, const char *point);

/* guestfs.c: the health of a part as it is now, by our own look. */
void vmm_guest_look(struct vmm_volume *v, struct vmm_part *p);
/* The same, of its bytes alone: a saved session is not seen. */
enum vmm_health vmm_guest_journal(struct vmm_volume *v, const struct vmm_part *p);

/* guest_repair.c */
int vmm_guest_repair(struct vmm_volume *v, struct vmm_part *p, enum vmm_repair what, struct vmm_error *err);

/* The device for a command that is run in the appliance; vmm_guest_device is for the library's calls. The caller frees. */
char *vmm_guest_raw_device(const struct vmm_volume *v, const struct vmm_part *p);
/* guest_shell.c: runs a line of words, none of which comes from the disk or from a person, in the appliance; its exit status in *status, its words in *said
 * (the caller frees). 0, or -1 when it could not be run. */
int vmm_guest_shell(guestfs_h *g, const char *line, int *status, char **said, struct vmm_error *err);

/* guest_unlock.c */
/* Which keys a locked part takes, in words, into its health text. */
void vmm_guest_tell_protectors(struct vmm_volume *v, struct vmm_part *p);
/* Opens an encrypted part: 1, 0 when this key does not open it, -1. From then on its device is what is inside. */
int vmm_guest_unlock(struct vmm_volume *v, struct vmm_part *p, const struct vmm_unlock *k, struct vmm_error *err);
/* Closes what was opened; everything is unmounted. 0 or -1. */
int vmm_guest_lock_again(struct vmm_volume *v, struct vmm_error *err);
#endif
