/* Where bytes come from: a disk, its partitions and the files on them, through one interface whatever the engine.
 * Nothing above this header knows which engine it has. Two engines: `guestfs` (image files and block devices, through the
 * libguestfs appliance) and `folder` (a mounted Windows volume, plain POSIX calls).
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_VOLUME_H
#define VMMEDIC_VOLUME_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmmedic/error.h"

enum vmm_target_kind { VMM_TARGET_IMAGE, VMM_TARGET_BLOCK, VMM_TARGET_FOLDER, VMM_TARGET_HIVE_FILE };

/* What our own look at a TARGET says, before any appliance. Strings are owned by the struct. */
struct vmm_probe {
    enum vmm_target_kind kind;
    char *path;         /* absolute, links resolved */
    char *name;         /* what the person types to confirm: base name of the path ("sdc", "disk.img") */
    char format[8];     /* "raw", "qcow2", "vpc", "vhdx", "vmdk", "" for a folder or a hive file: qemu's words */
    uint64_t size;      /* virtual size in bytes where known, else the file's */
    uint64_t file_size; /* bytes of the image file */
    char *in_use;       /* NULL, or who has it open, in words ("process 812 (qemu-system-x86) has it open for writing") */
};
void vmm_probe_clear(struct vmm_probe *p);

/* With VMMEDIC_ONLY in the environment nothing outside that folder can be probed or opened (VMM_E_UNSUPPORTED).
 * Looks at TARGET without opening it for writing and without an appliance. `format` NULL or one of qemu's words forces the
 * format (then the header is not consulted, backing files still are). Refused: a file that is no disk image (VMM_E_NOT_A_DISK),
 * an empty or unreadable one, a qcow2 or vmdk with a backing or external data file, a raw file whose content starts like another
 * format although its name says raw (ambiguous: the person names --format), a partition instead of a disk, this machine's own disk.
 * In use is reported in *out, not refused here. 0 or -1. */
int vmm_probe_target(const char *target, const char *format, struct vmm_probe *out, struct vmm_error *err);

struct vmm_unlock;

struct vmm_open {
    const char *target;      /* TARGET */
    const char *boot_folder; /* for a folder: the mounted ESP or System Reserved, or NULL */
    const char *format;      /* NULL: by our own look */
    bool write;              /* false: read-only at the lowest layer there is */
    bool rehearse;           /* as for looking, but what is repaired goes to a copy that is thrown away */
    const struct vmm_unlock *key; /* opens what is encrypted on it; NULL. VMM_E_ENCRYPTED when it opens nothing */
    int lock;                /* 0, or a descriptor of vmm_volume_keep_lock: the lock that is held already becomes this one. Borrowed */
    struct vmm_progress progress;
};

enum vmm_health { /* of an NTFS file system, by our own look at its bytes */
    VMM_HEALTH_OK,
    VMM_HEALTH_NOT_NTFS,       /* no opinion (FAT, unknown) */
    VMM_HEALTH_DIRTY,          /* the volume's dirty flag is set, and nothing else is wrong */
    VMM_HEALTH_JOURNAL_CACHED, /* $LogFile version 2.0: Windows 8+ still holds metadata in its journal */
    VMM_HEALTH_HIBERNATED,     /* hiberfil.sys holds a saved Windows */
    VMM_HEALTH_ENCRYPTED,      /* BitLocker (-FVE-FS-), not unlocked */
    VMM_HEALTH_UNREADABLE,
    VMM_HEALTH_JOURNAL,        /* $LogFile version 1.1 that was not closed */
    VMM_HEALTH_MIRROR,         /* $MFTMirr is not what $MFT is: nothing mounts it */
    VMM_HEALTH_FAST_STARTUP    /* as hibernated, and the boot store says that it was a shutdown with fast startup */
};

enum vmm_part_role { VMM_PART_OTHER, VMM_PART_ESP, VMM_PART_MSR, VMM_PART_RECOVERY, VMM_PART_BASIC };

/* One partition (or the whole disk, number 0, when it carries a file system without a table). */
struct vmm_part {
    int number;               /* 1-based as in the partition table; 0 = whole disk or folder root; -1 = the --boot folder */
    uint64_t offset, size;    /* bytes; 0 for folders */
    uint8_t type_guid[16];    /* GPT type, mixed-endian */
    uint8_t guid[16];         /* GPT unique partition GUID, mixed-endian */
    uint8_t mbr_type;         /* MBR */
    bool active;              /* MBR active flag */
    enum vmm_part_role role;
    char fs[16];              /* "ntfs", "vfat", "BitLocker", "" unknown: libblkid's words */
    char *label;              /* UTF-8, may be "" ; untrusted text */
    enum vmm_health health;
    char *health_text;        /* one sentence for the person when not OK, else NULL */
    bool bitlocker;           /* encrypted with BitLocker; fs and health are those of what is inside once it is unlocked */
    bool unlocked;            /* and a key opened it */
    bool mountable;           /* files can be read */
    bool writable;            /* files could be written (health OK); says nothing of the read-only open */
};

enum vmm_scheme { VMM_SCHEME_NONE, VMM_SCHEME_MBR, VMM_SCHEME_GPT };

struct vmm_disk {
    struct vmm_probe probe;
    const char *engine;        /* "guestfs", "folder" */
    enum vmm_scheme scheme;
    uint8_t gpt_guid[16];      /* GPT disk GUID, mixed-endian */
    uint32_t mbr_signature;
    uint32_t sector_size;      /* logical, usually 512 */
    struct vmm_part *parts;
    size_t part_count;
    bool cut_short;            /* the table names a partition that ends after the end of the disk; it is not among parts */
    char *identity;            /* stable text: "gpt:{guid}", "mbr:28cd42d6:SIZE", "folder:PATH" */
};

struct vmm_volume; /* one opened disk */

/* Opens TARGET: takes the lock on the disk (flock on the image, the device or the folder: follows the disk, whoever asks; a
 * second open for reading is allowed, for writing not), refuses a disk in use (VMM_E_IN_USE), starts the engine, reads partition
 * tables and looks at the health of each file system. A read-write open refuses nothing by itself that is unhealthy: writing to
 * such a partition does. KVM that exists but does not work is found and remembered until the next boot, silently.
 * NULL and *err on failure. */
struct vmm_volume *vmm_volume_open(const struct vmm_open *o, struct vmm_error *err);

/* The facts; owned by the volume. */
const struct vmm_disk *vmm_volume_disk(const struct vmm_volume *v);
/* Part by number, NULL if there is none. */
const struct vmm_part *vmm_volume_part(const struct vmm_volume *v, int number);

/* What only a boot store tells: the Windows of this part is not hibernated by a person, it was shut down with fast startup. Nothing happens
 * to a part that is not hibernated. */
void vmm_volume_saw_fast_startup(struct vmm_volume *v, int number);

struct vmm_stat {
    bool is_dir;
    uint64_t size;
    uint64_t inode;
    uint32_t ntfs_attributes; /* FILE_ATTRIBUTE_*, 0 where unknown */
    bool shared;              /* a file of this machine with a second name, which may stand outside of TARGET: a copy made of hard links */
};

/* Looks PATH up, case-insensitively, components separated by \ or /. 1: found, *real (the caller frees) is the spelling on the disk,
 * separated by \ and beginning with one. 0: not there. -1: could not be read. Symbolic links and reparse points are not followed: -1
 * with VMM_E_UNSUPPORTED. `real` and `st` may be NULL. */
int vmm_volume_lookup(struct vmm_volume *v, int part, const char *path, char **real, struct vmm_stat *st, struct vmm_error *err);

/* False for a file that NTFS keeps compressed, sparse, encrypted or elsewhere, or that is shared: its bytes cannot be written where they stand. */
bool vmm_volume_in_place(const struct vmm_stat *st);
/* The same as 0 or -1, with *err naming the file and the reason (VMM_E_UNSUPPORTED). */
int vmm_volume_check_in_place(const struct vmm_stat *st, const char *path, struct vmm_error *err);

/* The whole file, at most max bytes (VMM_E_BROKEN when larger). PATH as in lookup. The caller frees *data. 0 or -1 (absent is -1). */
int vmm_volume_read(struct vmm_volume *v, int part, const char *path, size_t max, uint8_t **data, size_t *len, struct vmm_error *err);

/* At most `len` bytes from the start of the file; *got says how many. For headers of large files. */
int vmm_volume_read_head(struct vmm_volume *v, int part, const char *path, uint8_t *data, size_t len, size_t *got, struct vmm_error *err);

/* Names in a folder (the caller frees each and the list); . and .. left out. */
int vmm_volume_list(struct vmm_volume *v, int part, const char *path, char ***names, size_t *count, struct vmm_error *err);

/* Free bytes on the partition's file system. */
int vmm_volume_free(struct vmm_volume *v, int part, uint64_t *bytes, struct vmm_error *err);

/* Writes bytes of an existing file where they stand; offset+len may pass its end (it grows in place, never created, never truncated).
 * Refused: opened read-only, part unhealthy, file compressed, sparse, encrypted or a reparse point. */
int vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len, struct vmm_error *err);
/* Cuts an existing file to `size` bytes (only undo needs it). */
int vmm_volume_truncate(struct vmm_volume *v, int part, const char *path, uint64_t size, struct vmm_error *err);
/* Makes a small file that was not there, with these bytes, in a folder that is. Refused as for writing, and with VMM_E_CHANGED when a file or folder of that name is
 * there in any case. On NTFS it gets a security descriptor of its own: Administrators and SYSTEM may do everything, others of that machine may read, or not even that
 * when it is `private`. */
int vmm_volume_create(struct vmm_volume *v, int part, const char *path, const void *data, size_t len, bool private, struct vmm_error *err);
/* The same for an empty folder. */
int vmm_volume_make_folder(struct vmm_volume *v, int part, const char *path, struct vmm_error *err);
/* Takes a file, or an empty folder, away again. */
int vmm_volume_remove(struct vmm_volume *v, int part, const char *path, struct vmm_error *err);
/* Everything written so far is on the medium when this returns 0. */
int vmm_volume_sync(struct vmm_volume *v, struct vmm_error *err);
/* Forgets every cache, so that the next read comes from the medium. After it reading works as before;
 * a write after it (putting the originals back) mounts the file system for writing once more. */
int vmm_volume_reread(struct vmm_volume *v, struct vmm_error *err);
/* A second hold on the lock, for the next open (vmm_open.lock) or a snapshot: between them nobody else gets at the disk. The caller closes the descriptor; 0: there
 * is no lock to keep. */
int vmm_volume_keep_lock(const struct vmm_volume *v);
/* Unmounts, shuts down, releases the lock. Always frees. 0, or -1 when something written may not be on the medium. NULL is fine. */
int vmm_volume_close(struct vmm_volume *v, struct vmm_error *err);

/* What can be done about a part's state without a Windows. Only what Windows itself would do at its next start, never a reset of the journal. */
enum vmm_repair { VMM_REPAIR_NONE, VMM_REPAIR_JOURNAL, VMM_REPAIR_SESSION };
enum vmm_repair vmm_repair_for(const struct vmm_part *p);
struct vmm_repair_words {
    const char *word;  /* what the person types to accept the loss; not translated, fit for a command line */
    const char *what;  /* what is done; translated sentences */
    const char *loss;  /* what is lost by it */
};
const struct vmm_repair_words *vmm_repair_words(enum vmm_repair r); /* untranslated (N_()); NULL for NONE */
/* Does it. The volume is open for writing, or as a rehearsal. Afterwards the part is healthy by our look and the driver's, or it is -1: VMM_E_BLOCKED when nothing
 * was done because it would not help. */
int vmm_volume_repair(struct vmm_volume *v, int part, struct vmm_error *err);

/* A candidate of the Attach screen. */
struct vmm_candidate {
    struct vmm_probe probe;
    char *model;   /* "Virtual disk", may be "" */
    char *refused; /* why it cannot be chosen, in words; NULL when it can */
    char *boot;    /* a folder: where its boot partition is mounted; NULL */
};
/* The block devices of this machine (while somebody learns: the practice disks of the scenario, see VMMEDIC_ONLY in vmmedic(1)), its own disk with the reason for its refusal. The caller frees with vmm_candidates_free. */
int vmm_disks(struct vmm_candidate **list, size_t *count, struct vmm_error *err);
void vmm_candidates_free(struct vmm_candidate *list, size_t count);

/* Takes a snapshot before anything writes: an internal one named NAME for qcow2 (qemu-img), a sparse or reflink copy beside
 * the image for other image files ("IMAGE.NAME"), a copy into STATE/snapshots for a block device. Space is checked first
 * (VMM_E_NO_SPACE); the copy is compared in length and synced; a failed one is removed. A folder has none (VMM_E_UNSUPPORTED).
 * *where: what to tell the person and the report; the caller frees. */
int vmm_snapshot_take(const char *target, const char *format, const char *name, const char *state_dir, struct vmm_progress progress,
                      char **where, struct vmm_error *err);
/* The same under a lock that is held already (vmm_volume_keep_lock), 0: none. */
int vmm_snapshot_take_held(const char *target, const char *format, const char *name, const char *state_dir, int held, struct vmm_progress progress, char **where,
                           struct vmm_error *err);
#endif
