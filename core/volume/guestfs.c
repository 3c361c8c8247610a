/* The engine for images and disks, through the libguestfs appliance. File systems are mounted when something on them is first asked
 * for, read-only; one that is written to is mounted again for writing at the first write, so that a disk with nothing to change is
 * never touched.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "volume/format.h"
#include "volume/guest.h"
#include "volume/table.h"

/* Measured with a file of 45 MiB: 1.2 s in pieces of 1 MiB, 1.4 to 2.9 s of 4 MiB, 1.7 s of 256 KiB, 2.3 s as a download. */
enum { READ_CHUNK = 1 << 20, WRITE_CHUNK = 1 << 20 };

/* The name of a file for the appliance. */
static char *inside(const struct vmm_part *p, const char *path) { return vmm_printf("/p%d/%s", p->number, path); }

int vmm_guest_failed(const struct vmm_volume *v, const struct vmm_part *p, struct vmm_error *err, enum vmm_code code, const char *doing, const char *path) {
    char *where = vmm_part_words(v, p), *whole = vmm_printf("%s \\%s (%s)", doing, path, where);
    for (char *c = whole; *c; c++)
        if (*c == '/') *c = '\\';
    vmm_appliance_fail(vmm_guest_handle(v), err, code, whole);
    free(whole);
    free(where);
    return -1;
}

/* ---- files ---- */

static bool exact(struct vmm_volume *v, const struct vmm_part *p) {
    (void)v;
    return strcmp(p->fs, "ntfs") == 0; /* the driver for FAT ignores case, and then the answer is not the disk's spelling */
}

/* FILE_ATTRIBUTE_* of a file on NTFS; -1 when they cannot be had. */
static int attributes(struct vmm_volume *v, const struct vmm_part *p, const char *path, const char *file, uint32_t *out,
                      struct vmm_error *err) {
    size_t len;
    char *raw = guestfs_lgetxattr(vmm_guest_handle(v), file, "system.ntfs_attrib_be", &len);
    if (raw == NULL || len != 4) {
        free(raw);
        return vmm_guest_failed(v, p, err, VMM_E_UNREADABLE, _("looking at the attributes of"), path);
    }
    *out = vmm_be32((uint8_t *)raw);
    free(raw);
    return 0;
}

static int look(struct vmm_volume *v, const struct vmm_part *p, const char *path, struct vmm_node *node, struct vmm_error *err) {
    if (vmm_guest_mount(v, p, VMM_READ_ONLY, err) < 0) return -1;
    char *file = inside(p, path);
    struct guestfs_statns *st = guestfs_lstatns(vmm_guest_handle(v), file);
    int r = 1, e = st ? 0 : guestfs_last_errno(vmm_guest_handle(v));
    if (e == ENOENT || e == ENOTDIR) r = 0;
    else if (st == NULL) r = vmm_guest_failed(v, p, err, VMM_E_UNREADABLE, _("looking at"), path);
    if (st) {
        mode_t mode = (mode_t)st->st_mode;
        node->kind = S_ISLNK(mode) ? VMM_NODE_LINK : S_ISDIR(mode) ? VMM_NODE_DIR : S_ISREG(mode) ? VMM_NODE_FILE : VMM_NODE_OTHER;
        node->st = (struct vmm_stat){.is_dir = S_ISDIR(mode), .size = (uint64_t)st->st_size, .inode = (uint64_t)st->st_ino};
        if (node->kind == VMM_NODE_FILE && strcmp(p->fs, "ntfs") == 0 &&
            attributes(v, p, path, file, &node->st.ntfs_attributes, err) < 0)
            r = -1;
        guestfs_free_statns(st);
    }
    free(file);
    return r;
}

static int names(struct vmm_volume *v, const struct vmm_part *p, const char *path, char ***list, size_t *count,
                 struct vmm_error *err) {
    if (vmm_guest_mount(v, p, VMM_READ_ONLY, err) < 0) return -1;
    char *dir = inside(p, path), **all = guestfs_ls(vmm_guest_handle(v), dir);
    free(dir);
    if (all == NULL) return vmm_guest_failed(v, p, err, VMM_E_UNREADABLE, _("listing"), path);
    size_t n = 0;
    for (char **one = all; *one; one++) {
        if (strchr(*one, '\\')) free(*one); /* no Windows made that, and it cannot be named in a path */
        else all[n++] = *one;
    }
    *list = all;
    *count = n;
    return 0;
}

static int read_bytes(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t offset, uint8_t *data, size_t *len,
                      struct vmm_error *err) {
    if (vmm_guest_mount(v, p, VMM_READ_ONLY, err) < 0) return -1;
    char *file = inside(p, path);
    size_t got = 0;
    int r = 0;
    while (got < *len) {
        size_t want = *len - got < READ_CHUNK ? *len - got : READ_CHUNK, n = 0;
        char *piece = guestfs_pread(vmm_guest_handle(v), file, (int)want, (int64_t)(offset + got), &n);
        if (piece == NULL) r = vmm_guest_failed(v, p, err, VMM_E_UNREADABLE, _("reading"), path);
        if (piece == NULL || n == 0 || n > want) {
            free(piece);
            break;
        }
        memcpy(data + got, piece, n);
        free(piece);
        got += n;
    }
    free(file);
    *len = got;
    return r;
}

static int write_bytes(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t offset, const uint8_t *data,
                       size_t len, struct vmm_error *err) {
    if (vmm_guest_mount(v, p, VMM_WRITABLE, err) < 0) return -1;
    char *file = inside(p, path);
    int r = 0;
    while (r == 0 && len > 0) {
        int n = guestfs_pwrite(vmm_guest_handle(v), file, (const char *)data, len < WRITE_CHUNK ? len : WRITE_CHUNK, (int64_t)offset);
        if (n <= 0) {
            r = vmm_guest_failed(v, p, err, VMM_E_WRITE, _("writing"), path);
            break;
        }
        data += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    free(file);
    return r;
}

static int truncate_file(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t size, struct vmm_error *err) {
    if (vmm_guest_mount(v, p, VMM_WRITABLE, err) < 0) return -1;
    char *file = inside(p, path);
    int r = guestfs_truncate_size(vmm_guest_handle(v), file, (int64_t)size) < 0 ? vmm_guest_failed(v, p, err, VMM_E_WRITE, _("cutting"), path) : 0;
    free(file);
    return r;
}

/* lsetxattr of the library ends at the first zero. A driver's own descriptor would let everybody in, so that it took ours is looked at. */
static int create_described(struct vmm_volume *v, const struct vmm_part *p, const char *path, bool folder, const struct vmm_descriptor *sd, struct vmm_error *err) {
    struct vmm_buf tar = {0};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *parent = vmm_strndup(path, slash ? (size_t)(slash - path) : 0), *dir = inside(p, parent), *file = inside(p, path), from[40];
    int fd = memfd_create("vmmedic", MFD_CLOEXEC), r = -1;
    size_t len = 0;
    vmm_tar_one(&tar, name, folder, "system.ntfs_acl", sd->data, sd->len);
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    if (strlen(name) >= 100 || fd < 0 || write(fd, tar.data, tar.len) != (ssize_t)tar.len) vmm_fail(err, VMM_E_SYSTEM, NULL, _("making %s: %s"), path, strerror(errno));
    else if (guestfs_tar_in_opts(vmm_guest_handle(v), from, dir, GUESTFS_TAR_IN_OPTS_XATTRS, 1, -1) < 0) vmm_guest_failed(v, p, err, VMM_E_WRITE, _("making"), path);
    else r = 0;
    char *now = r == 0 ? guestfs_lgetxattr(vmm_guest_handle(v), file, "system.ntfs_acl", &len) : NULL;
    if (r == 0 && (now == NULL || len != sd->len || memcmp(now, sd->data, len) != 0))
        r = vmm_fail(err, VMM_E_WRITE, NULL, _("making %s: who may read it could not be set"), path);
    if (fd >= 0) close(fd);
    vmm_buf_free(&tar);
    free(now);
    free(parent);
    free(dir);
    free(file);
    return r;
}

static int create(struct vmm_volume *v, const struct vmm_part *p, const char *path, bool folder, const uint8_t *data, size_t len, const struct vmm_descriptor *sd,
                  struct vmm_error *err) {
    if (vmm_guest_mount(v, p, VMM_WRITABLE, err) < 0) return -1;
    char *file = inside(p, path);
    int r = 0;
    if (strcmp(p->fs, "ntfs") == 0) r = create_described(v, p, path, folder, sd, err);
    else if ((folder ? guestfs_mkdir(vmm_guest_handle(v), file) : guestfs_write(vmm_guest_handle(v), file, "", 0)) < 0) r = vmm_guest_failed(v, p, err, VMM_E_WRITE, _("making"), path);
    free(file);
    return r == 0 && len ? write_bytes(v, p, path, 0, data, len, err) : r;
}

static int remove_entry(struct vmm_volume *v, const struct vmm_part *p, const char *path, bool folder, struct vmm_error *err) {
    if (vmm_guest_mount(v, p, VMM_WRITABLE, err) < 0) return -1;
    char *file = inside(p, path);
    int r = (folder ? guestfs_rmdir(vmm_guest_handle(v), file) : guestfs_rm(vmm_guest_handle(v), file)) < 0 ? vmm_guest_failed(v, p, err, VMM_E_WRITE, _("removing"), path) : 0;
    free(file);
    return r;
}

static int space(struct vmm_volume *v, const struct vmm_part *p, uint64_t *bytes, struct vmm_error *err) {
    if (vmm_guest_mount(v, p, VMM_READ_ONLY, err) < 0) return -1;
    char *dir = inside(p, "");
    struct guestfs_statvfs *fs = guestfs_statvfs(vmm_guest_handle(v), dir);
    free(dir);
    if (fs == NULL) return vmm_guest_failed(v, p, err, VMM_E_UNREADABLE, _("looking at"), "");
    *bytes = (uint64_t)fs->bavail * (uint64_t)(fs->frsize > 0 ? fs->frsize : fs->bsize);
    guestfs_free_statvfs(fs);
    return 0;
}

static int sync_all(struct vmm_volume *v, struct vmm_error *err) {
    if (!v->wrote || guestfs_sync(vmm_guest_handle(v)) == 0) return 0;
    return vmm_appliance_fail(vmm_guest_handle(v), err, VMM_E_WRITE, _("syncing the disk"));
}

static int unmount_all(struct vmm_volume *v, struct vmm_error *err) {
    for (size_t i = 0; i < v->disk.part_count; i++)
        if (vmm_guest_unmount(v, &v->disk.parts[i], err) < 0) return -1;
    return 0;
}

static int reread(struct vmm_volume *v, struct vmm_error *err) {
    if (sync_all(v, err) < 0 || unmount_all(v, err) < 0) return -1;
    int r = 0;
    for (size_t i = 0; r == 0 && i < v->disk.part_count; i++)
        if (v->disk.parts[i].unlocked) r = guestfs_blockdev_flushbufs(vmm_guest_handle(v), vmm_guest_device(v, &v->disk.parts[i]));
    if (r == 0 && guestfs_blockdev_flushbufs(vmm_guest_handle(v), "/dev/sda") == 0 && guestfs_drop_caches(vmm_guest_handle(v), 3) == 0) return 0;
    return vmm_appliance_fail(vmm_guest_handle(v), err, VMM_E_UNREADABLE, _("forgetting what was read"));
}

static void free_guest(struct vmm_volume *v) {
    struct vmm_guest *s = v->state;
    for (size_t i = 0; s->devices && i < v->disk.part_count; i++) free(s->devices[i]);
    free(s->devices);
    free(s->mounts);
    free(s->points);
    free(s);
    v->state = NULL;
}

static int close_guest(struct vmm_volume *v, struct vmm_error *err) {
    struct vmm_guest *s = v->state;
    int r = 0;
    if (v->wrote) {
        r = sync_all(v, err);
        if (r == 0) r = unmount_all(v, err);
        if (r == 0) r = vmm_guest_lock_again(v, err);
        if (guestfs_shutdown(s->g) < 0 && r == 0) r = vmm_appliance_fail(s->g, err, VMM_E_WRITE, _("shutting the appliance down"));
    } else {
        guestfs_set_autosync(s->g, 0); /* nothing was written, so there is nothing to wait for */
    }
    guestfs_close(s->g);
    free_guest(v);
    return r;
}

static const struct vmm_engine engine = {
    .name = "guestfs",
    .exact = exact,
    .look = look,
    .names = names,
    .read = read_bytes,
    .write = write_bytes,
    .truncate = truncate_file,
    .create = create,
    .remove = remove_entry,
    .space = space,
    .sync = sync_all,
    .reread = reread,
    .repair = vmm_guest_repair,
    .close = close_guest,
};

/* ---- opening ---- */

/* Bytes of the whole disk, or from where a partition begins. */
struct window {
    const struct vmm_volume *v;
    const char *device;
    uint64_t start;
};

static int read_window(void *ctx, uint64_t offset, void *data, size_t len, struct vmm_error *err) {
    const struct window *w = ctx;
    for (uint8_t *to = data; len > 0;) {
        size_t want = len < READ_CHUNK ? len : READ_CHUNK, n = 0;
        char *piece = guestfs_pread_device(vmm_guest_handle(w->v), w->device, (int)want, (int64_t)(w->start + offset), &n);
        if (piece == NULL || n == 0 || n > want) {
            free(piece);
            return vmm_appliance_fail(vmm_guest_handle(w->v), err, VMM_E_UNREADABLE, w->v->disk.probe.name);
        }
        memcpy(to, piece, n);
        free(piece);
        to += n;
        offset += n;
        len -= n;
    }
    return 0;
}

static int stopped(const struct vmm_volume *v, const char *stage, size_t done, struct vmm_error *err) {
    if (v->progress.fn == NULL || v->progress.fn(v->progress.ctx, stage, done, v->disk.part_count) == 0) return 0;
    return vmm_fail(err, VMM_E_CANCELLED, NULL, _("stopped on request; nothing was changed"));
}

/* A saved Windows session is seen in a file. A part that cannot even be mounted is unreadable, which is a fact and no failure. */
static void look_for_hibernation(struct vmm_volume *v, struct vmm_part *p) {
    struct vmm_stat st;
    struct vmm_error why = {0};
    uint8_t head[4096];
    size_t got = 0;
    char *real = NULL;
    if (vmm_guest_mount(v, p, VMM_READ_ONLY, &why) < 0) {
        p->mountable = false;
        vmm_health_set(p, VMM_HEALTH_UNREADABLE, why.message);
        return;
    }
    int r = vmm_volume_lookup(v, p->number, "hiberfil.sys", &real, &st, &why);
    if (r == 1 && !st.is_dir) {
        if (vmm_volume_read_head(v, p->number, real, head, sizeof head, &got, &why) == 0)
            vmm_health_hiberfile(p, head, got, st.size);
        else r = -1;
    }
    if (r < 0) vmm_health_set(p, VMM_HEALTH_UNREADABLE, why.message);
    free(real);
}

enum vmm_health vmm_guest_journal(struct vmm_volume *v, const struct vmm_part *p) {
    struct window w = {v, vmm_guest_device(v, p), 0};
    struct vmm_reader r = {read_window, &w, p->size};
    struct vmm_part now = {.size = p->size};
    vmm_health_look(&r, &now);
    free(now.label);
    free(now.health_text);
    return now.health;
}

void vmm_guest_look(struct vmm_volume *v, struct vmm_part *p) {
    struct window w = {v, vmm_guest_device(v, p), 0};
    struct vmm_reader r = {read_window, &w, p->size};
    bool bitlocker = p->bitlocker;
    vmm_health_look(&r, p);
    p->bitlocker = bitlocker || p->bitlocker;
    if (p->mountable && strcmp(p->fs, "ntfs") == 0 && p->role != VMM_PART_RECOVERY) look_for_hibernation(v, p);
}

/* 1: it is as Linux sees it under this number too, or we would write to another place than the one looked at. */
static bool same_size(const struct vmm_volume *v, const struct vmm_part *p) {
    return p->number == 0 || guestfs_blockdev_getsize64(vmm_guest_handle(v), vmm_guest_device(v, p)) == (int64_t)p->size;
}

/* Opens an encrypted part with the key, and looks at what is inside. False when it stays locked; one that cannot be opened at all, *why says so, must not keep
 * the others from it. */
static bool look_inside(struct vmm_volume *v, struct vmm_part *p, const struct vmm_unlock *key, struct vmm_error *why) {
    struct vmm_error here = {0};
    int r = key ? vmm_guest_unlock(v, p, key, &here) : 0;
    if (r == 0) vmm_guest_tell_protectors(v, p);
    if (r < 0) {
        vmm_health_set(p, VMM_HEALTH_ENCRYPTED, here.message);
        *why = here;
    }
    if (r <= 0) return false;
    p->bitlocker = p->unlocked = true;
    vmm_guest_look(v, p);
    return true;
}

static void look_at_part(struct vmm_volume *v, struct vmm_part *p, const struct vmm_unlock *key, bool *opened, struct vmm_error *why) {
    struct window w = {v, "/dev/sda", p->offset};
    struct vmm_reader r = {read_window, &w, p->size};
    vmm_health_look(&r, p);
    if (!p->mountable && !p->bitlocker) return;
    if (!same_size(v, p)) {
        p->mountable = false;
        vmm_health_set(p, VMM_HEALTH_UNREADABLE, _("Linux reads the partition table of this disk differently; it is damaged"));
        return;
    }
    if (p->bitlocker) *opened = look_inside(v, p, key, why) || *opened;
    else if (p->mountable && strcmp(p->fs, "ntfs") == 0 && p->role != VMM_PART_RECOVERY) look_for_hibernation(v, p);
}

static int look_at_parts(struct vmm_volume *v, const struct vmm_unlock *key, struct vmm_error *err) {
    size_t encrypted = 0;
    bool opened = false;
    struct vmm_error why = {0};
    for (size_t i = 0; i < v->disk.part_count; i++) {
        if (stopped(v, key ? _("looking at the partitions and unlocking them") : _("looking at the partitions"), i, err) < 0) return -1;
        look_at_part(v, &v->disk.parts[i], key, &opened, &why);
        encrypted += v->disk.parts[i].bitlocker;
    }
    if (key == NULL || opened) return 0;
    if (encrypted == 0) return vmm_fail(err, VMM_E_USAGE, _("Leave the key out."), _("no partition of %s is encrypted with BitLocker"), v->disk.probe.name);
    const struct vmm_part *p = v->disk.parts;
    while (!p->bitlocker) p++;
    if (why.code) {
        if (err) *err = why;
        return -1;
    }
    return vmm_fail(err, VMM_E_ENCRYPTED, p->health_text, _("the key does not open %s"), v->disk.probe.name);
}

/* The logical sector size to show to the appliance: the device's own, or 4096 where only that finds a GPT. 0: qemu's own choice. */
static uint32_t sector_of(const struct vmm_probe *p, const char *format) {
    int fd = open(p->path, O_RDONLY | O_CLOEXEC), size = 0;
    uint8_t at512[8] = {0}, at4096[8] = {0};
    if (fd < 0) return 0;
    if (p->kind == VMM_TARGET_BLOCK) {
        if (ioctl(fd, BLKSSZGET, &size) < 0) size = 0;
    } else if (strcmp(format, "raw") == 0 && vmm_read_at(fd, 512, at512, 8) && vmm_read_at(fd, 4096, at4096, 8)) {
        if (memcmp(at512, "EFI PART", 8) != 0 && memcmp(at4096, "EFI PART", 8) == 0) size = 4096;
    }
    close(fd);
    return size == 4096 ? 4096 : 0;
}

static int start(struct vmm_volume *v, const char *format, uint32_t sector, bool write, struct vmm_progress progress,
                 struct vmm_error *err) {
    struct vmm_guest *s = v->state;
    struct vmm_appliance_drive drive = {.path = v->disk.probe.path, .format = format, .readonly = !write, .blocksize = (int)sector};
    s->g = vmm_appliance_start(&drive, 1, progress, err);
    if (s->g == NULL) return vmm_fail_prefix(err, "%s", v->disk.probe.name);
    if (stopped(v, _("reading the partition table"), 0, err) < 0) return -1;
    int64_t bytes = guestfs_blockdev_getsize64(s->g, "/dev/sda");
    if (bytes < 0) return vmm_appliance_fail(s->g, err, VMM_E_UNREADABLE, v->disk.probe.name);
    uint64_t size = (uint64_t)bytes;
    if (strcmp(v->disk.probe.format, "vpc") == 0 && strcmp(format, "raw") == 0 && v->disk.probe.size < size)
        size = v->disk.probe.size; /* without the footer */
    v->disk.probe.size = size;
    struct window w = {v, "/dev/sda", 0};
    struct vmm_reader r = {read_window, &w, size};
    return vmm_table_read(&r, sector, &v->disk, err);
}

static int open_disk(struct vmm_volume *v, const struct vmm_open *o, struct vmm_error *err) {
    struct vmm_guest *s = v->state;
    const struct vmm_probe *p = &v->disk.probe;
    int fd = strcmp(p->format, "vpc") == 0 ? open(p->path, O_RDONLY | O_CLOEXEC) : -1;
    const char *format = fd >= 0 && vmm_format_fixed_vhd(fd, p->file_size) ? "raw" : p->format;
    if (fd >= 0) close(fd);
    if (o->write && access(p->path, W_OK) < 0)
        return vmm_fail(err, VMM_E_UNREADABLE, _("Run vmmedic as root (sudo vmmedic ...), or allow writing to it."),
                        _("opening %s for writing: %s"), p->path, strerror(errno));
    uint32_t sector = sector_of(p, format);
    if (start(v, format, sector, o->write, o->progress, err) < 0) return -1;
    if (v->disk.part_count == 0 && v->disk.scheme == VMM_SCHEME_NONE) {
        v->disk.parts = vmm_alloc(1, sizeof *v->disk.parts);
        v->disk.part_count = 1;
        v->disk.parts[0] = (struct vmm_part){.size = p->size, .label = vmm_strdup("")};
    }
    s->mounts = vmm_alloc(v->disk.part_count, sizeof *s->mounts);
    s->points = vmm_alloc(v->disk.part_count, sizeof *s->points);
    s->devices = vmm_alloc(v->disk.part_count, sizeof *s->devices);
    for (size_t i = 0; i < v->disk.part_count; i++) {
        int number = v->disk.parts[i].number;
        s->devices[i] = number ? vmm_printf("/dev/sda%d", number) : vmm_strdup("/dev/sda");
    }
    return look_at_parts(v, o->key, err);
}

int vmm_guestfs_open(struct vmm_volume *v, const struct vmm_open *o, struct vmm_error *err) {
    struct vmm_guest *s = vmm_alloc(1, sizeof *s);
    v->state = s;
    v->engine = &engine;
    if (open_disk(v, o, err) == 0) return 0;
    if (s->g) guestfs_close(s->g);
    free_guest(v);
    return -1;
}
