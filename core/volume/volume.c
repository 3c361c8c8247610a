/* The interface of include/vmmedic/volume.h on top of an engine: opening, paths, and what may be written.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "volume/engine.h"
#include "volume/table.h"

static const struct vmm_part *part_of(const struct vmm_disk *d, int number) {
    for (size_t i = 0; i < d->part_count; i++)
        if (d->parts[i].number == number) return &d->parts[i];
    return NULL;
}

const struct vmm_disk *vmm_volume_disk(const struct vmm_volume *v) { return &v->disk; }

const struct vmm_part *vmm_volume_part(const struct vmm_volume *v, int number) { return part_of(&v->disk, number); }

void vmm_volume_saw_fast_startup(struct vmm_volume *v, int number) {
    for (size_t i = 0; i < v->disk.part_count; i++)
        if (v->disk.parts[i].number == number) vmm_health_fast_startup(&v->disk.parts[i]);
}

char *vmm_part_words(const struct vmm_volume *v, const struct vmm_part *p) {
    if (p->number > 0) return vmm_printf(_("partition %d of %s"), p->number, v->disk.probe.name);
    if (p->number < 0) return vmm_strdup(_("the boot folder"));
    return vmm_strdup(v->disk.probe.name);
}

static void disk_clear(struct vmm_disk *d) {
    for (size_t i = 0; i < d->part_count; i++) {
        free(d->parts[i].label);
        free(d->parts[i].health_text);
    }
    free(d->parts);
    free(d->identity);
    vmm_probe_clear(&d->probe);
    *d = (struct vmm_disk){0};
}

static void destroy(struct vmm_volume *v) {
    vmm_path_forget(v);
    disk_clear(&v->disk);
    if (v->claim >= 0) close(v->claim);
    if (v->lock >= 0) close(v->lock);
    free(v);
}

/* Nobody else may be at it: for looking, nobody who writes; for writing, nobody at all. */
static int check_alone(const struct vmm_probe *p, bool write, struct vmm_error *err) {
    struct vmm_user user = vmm_in_use(p->path, p->kind, !write);
    if (user.who == NULL) return 0;
    vmm_fail(err, VMM_E_IN_USE, _("Shut that program or machine down first, or work on a copy."), _("opening %s: %s"), p->name,
             user.who);
    free(user.who);
    return -1;
}

/* Without it the kernel would mount the disk while it is written. */
static int claim(struct vmm_volume *v, struct vmm_error *err) {
    if (!v->write || v->disk.probe.kind != VMM_TARGET_BLOCK) return 0;
    v->claim = open(v->disk.probe.path, O_RDONLY | O_EXCL | O_CLOEXEC);
    if (v->claim >= 0) return 0;
    return vmm_fail(err, errno == EBUSY ? VMM_E_IN_USE : VMM_E_UNREADABLE, NULL, _("opening %s: %s"), v->disk.probe.name, strerror(errno));
}

/* What a run that died has written may be in this machine's memory only. It reads as if it were on the medium, so nobody would write it again; it gets there before
 * anything new does, or the order that a hive is written in would not hold. qemu does not do it: it syncs only after writes of its own. */
static int settle(const struct vmm_volume *v, struct vmm_error *err) {
    bool folder = v->disk.probe.kind == VMM_TARGET_FOLDER; /* the engine's */
    if (!v->write || folder || fsync(v->lock) == 0 || errno == EINVAL || errno == EROFS) return 0;
    return vmm_fail(err, VMM_E_UNREADABLE, NULL, _("syncing %s: %s"), v->disk.probe.name, strerror(errno));
}

/* The device or image that was locked still stands at its path: a start takes long enough for a disk to go and another to come under its name. */
static int same_still(const struct vmm_volume *v, struct vmm_error *err) {
    struct stat locked, now;
    const struct vmm_probe *p = &v->disk.probe;
    if (!v->write) return 0;
    if (fstat(v->lock, &locked) == 0 && stat(p->path, &now) == 0 && locked.st_dev == now.st_dev && locked.st_ino == now.st_ino && locked.st_rdev == now.st_rdev) return 0;
    return vmm_fail(err, VMM_E_CHANGED, _("Look again from the start."), _("%s is no longer the disk that was looked at; nothing was written"), p->path);
}

struct vmm_volume *vmm_volume_open(const struct vmm_open *o, struct vmm_error *err) {
    struct vmm_volume *v = vmm_alloc(1, sizeof *v);
    v->lock = v->claim = -1;
    v->write = o->write;
    v->rehearse = o->rehearse;
    v->progress = o->progress;
    struct vmm_probe *p = &v->disk.probe;
    if (vmm_probe_target(o->target, o->format, p, err) < 0) goto bad;
    v->lock = vmm_lock_take(p, o->write, o->lock, err);
    if (v->lock < 0 || check_alone(p, o->write, err) < 0 || claim(v, err) < 0 || settle(v, err) < 0) goto bad;
    bool folder = p->kind == VMM_TARGET_FOLDER || p->kind == VMM_TARGET_HIVE_FILE;
    if (o->boot_folder && p->kind != VMM_TARGET_FOLDER) {
        vmm_fail(err, VMM_E_USAGE, NULL, _("a boot folder goes only with a TARGET that is a folder; %s is none"), p->name);
        goto bad;
    }
    if (o->boot_folder && vmm_fence()) {
        char *real = realpath(o->boot_folder, NULL);
        int inside = vmm_fence_check(real ? real : o->boot_folder, err);
        free(real);
        if (inside < 0) goto bad;
    }
    if ((folder ? vmm_folder_open : vmm_guestfs_open)(v, o, err) < 0) goto bad;
    if (same_still(v, err) < 0) {
        v->engine->close(v, NULL);
        goto bad;
    }
    v->disk.engine = v->engine->name;
    v->progress = (struct vmm_progress){0};
    return v;
bad:
    destroy(v);
    return NULL;
}

int vmm_volume_keep_lock(const struct vmm_volume *v) { return v->lock < 0 ? 0 : fcntl(v->lock, F_DUPFD_CLOEXEC, 3); }

int vmm_volume_close(struct vmm_volume *v, struct vmm_error *err) {
    if (v == NULL) return 0;
    int r = v->engine->close(v, err);
    destroy(v);
    return r;
}

/* The part, when files on it can be reached. */
const struct vmm_part *vmm_part_usable(const struct vmm_volume *v, int number, struct vmm_error *err) {
    const struct vmm_part *p = part_of(&v->disk, number);
    if (p == NULL) {
        vmm_fail(err, VMM_E_NOT_FOUND, NULL, _("%s has no partition %d"), v->disk.probe.name, number);
        return NULL;
    }
    if (p->mountable) return p;
    char *where = vmm_part_words(v, p);
    vmm_fail(err, p->health == VMM_HEALTH_ENCRYPTED ? VMM_E_ENCRYPTED : p->health == VMM_HEALTH_MIRROR ? VMM_E_DIRTY_VOLUME : VMM_E_UNREADABLE, NULL, "%s: %s", where,
             p->health_text ? p->health_text : _("no file system on it that can be read"));
    free(where);
    return NULL;
}

static int lost(const struct vmm_volume *v, const struct vmm_part *p, const char *path, struct vmm_error *err) {
    char *where = vmm_part_words(v, p);
    vmm_fail(err, VMM_E_NOT_FOUND, NULL, _("%s is not on %s"), path, where);
    free(where);
    return -1;
}

/* An existing thing of the wanted kind. 0 or -1. */
static int find(struct vmm_volume *v, const struct vmm_part *p, const char *path, enum vmm_node_kind kind, char **real,
                struct vmm_node *node, struct vmm_error *err) {
    int r = vmm_path_find(v, p, path, real, node, err);
    if (r < 0) return -1;
    if (r == 0) return lost(v, p, path, err);
    if (node->kind == kind) return 0;
    free(*real);
    *real = NULL;
    return vmm_fail(err, VMM_E_UNSUPPORTED, NULL, kind == VMM_NODE_DIR ? _("%s is not a folder") : _("%s is not a file"), path);
}

int vmm_volume_lookup(struct vmm_volume *v, int part, const char *path, char **real, struct vmm_stat *st, struct vmm_error *err) {
    const struct vmm_part *p = vmm_part_usable(v, part, err);
    if (real) *real = NULL;
    if (p == NULL) return -1;
    char *found;
    struct vmm_node node;
    int r = vmm_path_find(v, p, path, &found, &node, err);
    if (r < 1) return r;
    if (st && node.kind == VMM_NODE_DIR) {
        /* a remembered folder knows no more than that it is one */
        if (v->engine->look(v, p, found, &node, err) != 1) {
            free(found);
            return -1;
        }
    }
    if (st) *st = node.st;
    if (real) {
        *real = vmm_printf("\\%s", found);
        for (char *c = *real; *c; c++)
            if (*c == '/') *c = '\\';
    }
    free(found);
    return 1;
}

int vmm_volume_read_head(struct vmm_volume *v, int part, const char *path, uint8_t *data, size_t len, size_t *got,
                         struct vmm_error *err) {
    const struct vmm_part *p = vmm_part_usable(v, part, err);
    char *real;
    struct vmm_node node;
    if (p == NULL || find(v, p, path, VMM_NODE_FILE, &real, &node, err) < 0) return -1;
    *got = len < node.st.size ? len : (size_t)node.st.size;
    int r = *got ? v->engine->read(v, p, real, 0, data, got, err) : 0;
    free(real);
    return r;
}

int vmm_volume_read(struct vmm_volume *v, int part, const char *path, size_t max, uint8_t **data, size_t *len,
                    struct vmm_error *err) {
    const struct vmm_part *p = vmm_part_usable(v, part, err);
    char *real;
    struct vmm_node node;
    *data = NULL;
    if (p == NULL || find(v, p, path, VMM_NODE_FILE, &real, &node, err) < 0) return -1;
    int r = 0;
    if (node.st.size > max) {
        r = vmm_fail(err, VMM_E_BROKEN, NULL, _("reading %s: it has %llu bytes, more than such a file can have (%zu)"), path,
                     (unsigned long long)node.st.size, max);
    } else {
        *len = (size_t)node.st.size;
        *data = vmm_alloc(*len + 1, 1);
        size_t want = *len;
        if (*len) r = v->engine->read(v, p, real, 0, *data, len, err);
        if (r == 0 && *len != want)
            r = vmm_fail(err, VMM_E_UNREADABLE, NULL, _("reading %s: it ends after %zu of %zu bytes"), path, *len, want);
    }
    free(real);
    if (r < 0) {
        free(*data);
        *data = NULL;
    }
    return r;
}

int vmm_volume_list(struct vmm_volume *v, int part, const char *path, char ***names, size_t *count, struct vmm_error *err) {
    const struct vmm_part *p = vmm_part_usable(v, part, err);
    char *real;
    struct vmm_node node;
    if (p == NULL || find(v, p, path, VMM_NODE_DIR, &real, &node, err) < 0) return -1;
    int r = v->engine->names(v, p, real, names, count, err);
    free(real);
    return r;
}

int vmm_volume_free(struct vmm_volume *v, int part, uint64_t *bytes, struct vmm_error *err) {
    const struct vmm_part *p = vmm_part_usable(v, part, err);
    return p ? v->engine->space(v, p, bytes, err) : -1;
}

static enum vmm_code code_of(enum vmm_health h) {
    switch (h) {
    case VMM_HEALTH_HIBERNATED:
    case VMM_HEALTH_FAST_STARTUP: return VMM_E_HIBERNATED;
    case VMM_HEALTH_ENCRYPTED: return VMM_E_ENCRYPTED;
    case VMM_HEALTH_UNREADABLE: return VMM_E_UNREADABLE;
    default: return VMM_E_DIRTY_VOLUME;
    }
}

int vmm_volume_check_in_place(const struct vmm_stat *st, const char *path, struct vmm_error *err) {
    if (st->shared)
        return vmm_fail(err, VMM_E_UNSUPPORTED, _("Make a real copy of the folder (cp -a, not cp -al) and work on that."),
                        _("writing %s: the file has a second name (a hard link), and what is written would change it there too"), path);
    if (st->ntfs_attributes & (VMM_ATTR_SPARSE | VMM_ATTR_REPARSE | VMM_ATTR_COMPRESSED | VMM_ATTR_ENCRYPTED))
        return vmm_fail(err, VMM_E_UNSUPPORTED, NULL, _("writing %s: the file is compressed, sparse or encrypted by NTFS, and cannot be changed in place"), path);
    return 0;
}

bool vmm_volume_in_place(const struct vmm_stat *st) { return vmm_volume_check_in_place(st, "", NULL) == 0; }

const struct vmm_part *vmm_part_for_writing(const struct vmm_volume *v, int number, const char *path, struct vmm_error *err) {
    const struct vmm_part *p = vmm_part_usable(v, number, err);
    if (p && v->write && p->writable) return p;
    if (p && !v->write) {
        vmm_fail(err, VMM_E_INTERNAL, NULL, _("writing %s: the disk was opened for looking only"), path);
    } else if (p) {
        char *where = vmm_part_words(v, p);
        vmm_fail(err, code_of(p->health), NULL, _("writing %s on %s: %s"), path, where, p->health_text ? p->health_text : _("it can only be read"));
        free(where);
    }
    return NULL;
}

/* An existing file whose bytes may be changed where they stand. */
static int find_writable(struct vmm_volume *v, int part, const char *path, const struct vmm_part **p, char **real,
                         struct vmm_node *node, struct vmm_error *err) {
    *p = vmm_part_for_writing(v, part, path, err);
    if (*p == NULL) return -1;
    if (find(v, *p, path, VMM_NODE_FILE, real, node, err) < 0) return -1;
    if (vmm_volume_check_in_place(&node->st, path, err) == 0) return 0;
    free(*real);
    *real = NULL;
    return -1;
}

int vmm_volume_write(struct vmm_volume *v, int part, const char *path, uint64_t offset, const void *data, size_t len,
                     struct vmm_error *err) {
    const struct vmm_part *p;
    char *real;
    struct vmm_node node;
    if (find_writable(v, part, path, &p, &real, &node, err) < 0) return -1;
    int r = 0;
    if (offset > node.st.size || offset + len < offset)
        r = vmm_fail(err, VMM_E_INTERNAL, NULL, _("writing %s: the place is behind the file's end"), path);
    if (r == 0 && len) {
        v->wrote = true;
        r = v->engine->write(v, p, real, offset, data, len, err);
    }
    free(real);
    return r;
}

int vmm_volume_truncate(struct vmm_volume *v, int part, const char *path, uint64_t size, struct vmm_error *err) {
    const struct vmm_part *p;
    char *real;
    struct vmm_node node;
    if (find_writable(v, part, path, &p, &real, &node, err) < 0) return -1;
    int r = 0;
    if (size > node.st.size) r = vmm_fail(err, VMM_E_INTERNAL, NULL, _("cutting %s: it is shorter than that already"), path);
    else if (size < node.st.size) {
        v->wrote = true;
        r = v->engine->truncate(v, p, real, size, err);
    }
    free(real);
    return r;
}

int vmm_volume_sync(struct vmm_volume *v, struct vmm_error *err) { return v->engine->sync(v, err); }

int vmm_volume_reread(struct vmm_volume *v, struct vmm_error *err) {
    vmm_path_forget(v);
    return v->engine->reread(v, err);
}
