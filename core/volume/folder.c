/* The engine for a mounted Windows volume: plain POSIX calls, relative to descriptors opened once, one component at a time and
 * never through a link. Part 0 is the root, part -1 the boot folder.
 * Copyright (C) 2026 the vmmedic authors.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "volume/engine.h"
#include "volume/table.h"

/* What statfs calls file systems that may be NTFS, beside the old driver's NTFS_SB_MAGIC. */
enum { NTFS_3G = 0x65735546 /* FUSE */, NTFS3 = 0x7366746e };
#ifndef NTFS_SB_MAGIC
#define NTFS_SB_MAGIC 0x5346544e
#endif

struct folder {
    int root, boot; /* descriptors, -1 when there is none */
};

static int fd_of(const struct vmm_volume *v, const struct vmm_part *p) {
    const struct folder *f = v->state;
    return p->number < 0 ? f->boot : f->root;
}

static int failed(const struct vmm_volume *v, const struct vmm_part *p, struct vmm_error *err, enum vmm_code code,
                  const char *doing, const char *path) {
    int e = errno;
    char *where = vmm_part_words(v, p);
    if (e == ENOSPC || e == EDQUOT) code = VMM_E_NO_SPACE;
    vmm_fail(err, code,
             e == EACCES || e == EPERM ? _("Run vmmedic as root (sudo vmmedic ...).")
             : e == EROFS              ? _("Mount the volume for writing.")
                                       : NULL,
             "%s /%s (%s): %s", doing, path, where, strerror(e));
    free(where);
    return -1;
}

/* Opens PATH below the part's root; a link anywhere on the way is ELOOP or ENOTDIR, not followed. */
static int open_below(const struct vmm_volume *v, const struct vmm_part *p, const char *path, int flags) {
    int at = openat(fd_of(v, p), ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    while (at >= 0) {
        size_t n = strcspn(path, "/");
        bool last = path[n] == '\0';
        char *name = vmm_strndup(n ? path : ".", n ? n : 1);
        int next = openat(at, name, last ? flags | O_NOFOLLOW | O_CLOEXEC : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
            e = errno;
        free(name);
        close(at);
        errno = e;
        if (last) return next;
        at = next;
        path += n + 1;
    }
    return -1;
}

static bool exact(struct vmm_volume *v, const struct vmm_part *p) {
    (void)v, (void)p;
    return false; /* the host's file system may ignore case itself */
}

static bool may_be_ntfs(int fd) {
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && (fs.f_type == NTFS_3G || fs.f_type == NTFS3 || fs.f_type == NTFS_SB_MAGIC);
}

static uint32_t attributes_of(int fd) {
    uint8_t raw[4];
    if (fgetxattr(fd, "system.ntfs_attrib_be", raw, sizeof raw) == 4) return vmm_be32(raw);
    if (fgetxattr(fd, "system.ntfs_attrib", raw, sizeof raw) == 4) return vmm_le32(raw);
    return 0;
}

static int look(struct vmm_volume *v, const struct vmm_part *p, const char *path, struct vmm_node *node, struct vmm_error *err) {
    int fd = open_below(v, p, path, O_PATH);
    struct stat st;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return 0;
    if (fd < 0 || fstat(fd, &st) < 0) {
        failed(v, p, err, VMM_E_UNREADABLE, _("looking at"), path);
        if (fd >= 0) close(fd);
        return -1;
    }
    close(fd);
    node->kind = S_ISLNK(st.st_mode)   ? VMM_NODE_LINK
                 : S_ISDIR(st.st_mode) ? VMM_NODE_DIR
                 : S_ISREG(st.st_mode) ? VMM_NODE_FILE
                                       : VMM_NODE_OTHER;
    node->st = (struct vmm_stat){.is_dir = S_ISDIR(st.st_mode), .size = (uint64_t)st.st_size, .inode = st.st_ino};
    if (node->kind == VMM_NODE_FILE || node->kind == VMM_NODE_DIR) {
        fd = open_below(v, p, path, O_RDONLY | O_NONBLOCK); /* O_PATH knows no attributes */
        if (fd >= 0) node->st.ntfs_attributes = attributes_of(fd);
        if (fd >= 0) node->st.shared = node->kind == VMM_NODE_FILE && st.st_nlink > 1 && !may_be_ntfs(fd); /* there a short name counts as one, and none leads out */
        if (fd >= 0) close(fd);
    }
    return 1;
}

static int names(struct vmm_volume *v, const struct vmm_part *p, const char *path, char ***list, size_t *count,
                 struct vmm_error *err) {
    int fd = open_below(v, p, path, O_RDONLY | O_DIRECTORY);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (d == NULL) {
        failed(v, p, err, VMM_E_UNREADABLE, _("listing"), path);
        if (fd >= 0) close(fd);
        return -1;
    }
    size_t n = 0, room = 0;
    char **out = NULL;
    errno = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL; errno = 0) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strchr(e->d_name, '\\')) continue;
        if (n == room) out = vmm_realloc(out, room = room ? room * 2 : 32, sizeof *out);
        out[n++] = vmm_strdup(e->d_name);
    }
    int r = errno ? failed(v, p, err, VMM_E_UNREADABLE, _("listing"), path) : 0;
    closedir(d);
    if (r < 0) {
        for (size_t i = 0; i < n; i++) free(out[i]);
        free(out);
        return r;
    }
    *list = out ? out : vmm_alloc(1, sizeof *out);
    *count = n;
    return 0;
}

static int read_bytes(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t offset, uint8_t *data, size_t *len,
                      struct vmm_error *err) {
    int fd = open_below(v, p, path, O_RDONLY), r = 0;
    if (fd < 0) return failed(v, p, err, VMM_E_UNREADABLE, _("opening"), path);
    size_t got = 0;
    if (v->wrote) posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* what was written has to come back from the medium */
    while (got < *len) {
        ssize_t n = pread(fd, data + got, *len - got, (off_t)(offset + got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) r = failed(v, p, err, VMM_E_UNREADABLE, _("reading"), path);
        if (n <= 0) break;
        got += (size_t)n;
    }
    close(fd);
    *len = got;
    return r;
}

static int write_bytes(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t offset, const uint8_t *data,
                       size_t len, struct vmm_error *err) {
    int fd = open_below(v, p, path, O_WRONLY), r = 0;
    if (fd < 0) return failed(v, p, err, VMM_E_WRITE, _("opening"), path);
    while (r == 0 && len > 0) {
        ssize_t n = pwrite(fd, data, len, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            r = failed(v, p, err, VMM_E_WRITE, _("writing"), path);
            break;
        }
        data += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    if (r == 0 && fsync(fd) < 0) r = failed(v, p, err, VMM_E_WRITE, _("writing"), path);
    close(fd);
    return r;
}

static int truncate_file(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t size, struct vmm_error *err) {
    int fd = open_below(v, p, path, O_WRONLY);
    if (fd < 0) return failed(v, p, err, VMM_E_WRITE, _("opening"), path);
    int r = ftruncate(fd, (off_t)size) < 0 || fsync(fd) < 0 ? failed(v, p, err, VMM_E_WRITE, _("cutting"), path) : 0;
    close(fd);
    return r;
}

/* Opens the folder that PATH is in; *name is its last part. */
static int open_parent(const struct vmm_volume *v, const struct vmm_part *p, const char *path, const char **name) {
    const char *slash = strrchr(path, '/');
    char *dir = vmm_strndup(path, slash ? (size_t)(slash - path) : 0);
    int fd = open_below(v, p, dir, O_RDONLY | O_DIRECTORY);
    *name = slash ? slash + 1 : path;
    free(dir);
    return fd;
}

/* Both drivers for NTFS take a descriptor as it stands, under names of their own; file systems without one have the mode. */
static int describe_security(int fd, const struct vmm_descriptor *sd) {
    if (fsetxattr(fd, "system.ntfs_acl", sd->data, sd->len, 0) == 0 || fsetxattr(fd, "system.ntfs_security", sd->data, sd->len, 0) == 0) return 0;
    int e = errno;
    bool ntfs = may_be_ntfs(fd);
    errno = e;
    return ntfs ? -1 : 0;
}

static int create(struct vmm_volume *v, const struct vmm_part *p, const char *path, bool folder, const uint8_t *data, size_t len, const struct vmm_descriptor *sd,
                  struct vmm_error *err) {
    const char *name;
    int dir = open_parent(v, p, path, &name), fd = -1;
    if (dir >= 0 && folder && mkdirat(dir, name, 0755) == 0) fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir >= 0 && !folder) fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, sd->private ? 0600 : 0644);
    int r = fd < 0 || describe_security(fd, sd) < 0 ? failed(v, p, err, VMM_E_WRITE, _("making"), path) : 0;
    for (size_t at = 0; r == 0 && at < len;) {
        ssize_t n = write(fd, data + at, len - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) r = failed(v, p, err, VMM_E_WRITE, _("writing"), path);
        else at += (size_t)n;
    }
    if (r == 0 && (fsync(fd) < 0 || fsync(dir) < 0)) r = failed(v, p, err, VMM_E_WRITE, _("writing"), path);
    if (fd >= 0) close(fd);
    if (dir >= 0) close(dir);
    return r;
}

static int remove_entry(struct vmm_volume *v, const struct vmm_part *p, const char *path, bool folder, struct vmm_error *err) {
    const char *name;
    int dir = open_parent(v, p, path, &name);
    int r = dir < 0 || unlinkat(dir, name, folder ? AT_REMOVEDIR : 0) < 0 || fsync(dir) < 0 ? failed(v, p, err, VMM_E_WRITE, _("removing"), path) : 0;
    if (dir >= 0) close(dir);
    return r;
}

static int space(struct vmm_volume *v, const struct vmm_part *p, uint64_t *bytes, struct vmm_error *err) {
    struct statvfs fs;
    if (fstatvfs(fd_of(v, p), &fs) < 0) return failed(v, p, err, VMM_E_UNREADABLE, _("looking at"), "");
    *bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return 0;
}

/* syncfs reports what could not be written since the folder was opened (its descriptors cannot be O_PATH for that). */
static int sync_parts(struct vmm_volume *v, enum vmm_code code, struct vmm_error *err) {
    for (size_t i = 0; i < v->disk.part_count; i++)
        if (syncfs(fd_of(v, &v->disk.parts[i])) < 0) return failed(v, &v->disk.parts[i], err, code, _("syncing"), "");
    return 0;
}

static int sync_all(struct vmm_volume *v, struct vmm_error *err) { return v->wrote ? sync_parts(v, VMM_E_WRITE, err) : 0; }

/* Every write was synced file by file; from now on read_bytes asks the kernel to forget a file's pages before it reads them. */
static int reread(struct vmm_volume *v, struct vmm_error *err) { return sync_all(v, err); }

static int close_folder(struct vmm_volume *v, struct vmm_error *err) {
    struct folder *f = v->state;
    int r = sync_all(v, err);
    if (f->root >= 0) close(f->root);
    if (f->boot >= 0) close(f->boot);
    free(f);
    v->state = NULL;
    return r;
}

static const struct vmm_engine engine = {
    .name = "folder",
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
    .close = close_folder,
};

/* The lock of TARGET does not cover its boot folder, which another TARGET may name too. */
static int lock_boot(const struct folder *f, const struct vmm_open *o, struct vmm_error *err) {
    struct stat root, boot;
    if (f->boot < 0 || (fstat(f->root, &root) == 0 && fstat(f->boot, &boot) == 0 && root.st_dev == boot.st_dev && root.st_ino == boot.st_ino)) return 0;
    if (flock(f->boot, (o->write ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || (errno != EWOULDBLOCK && !o->write)) return 0;
    if (errno == EWOULDBLOCK) return vmm_fail(err, VMM_E_IN_USE, _("Wait until that is finished, or end it first."), _("opening the boot folder %s: %s works on it"), o->boot_folder, _("another vmmedic"));
    return vmm_fail(err, VMM_E_SYSTEM, NULL, _("locking %s: %s"), o->boot_folder, strerror(errno));
}

static void describe(struct vmm_part *p, int number, int fd) {
    struct statvfs fs;
    bool ro = fstatvfs(fd, &fs) == 0 && fs.f_flag & ST_RDONLY;
    *p = (struct vmm_part){
        .number = number, .label = vmm_strdup(""), .health = VMM_HEALTH_NOT_NTFS, .mountable = true, .writable = !ro};
    if (ro) p->health_text = vmm_strdup(_("this folder is mounted read-only"));
}

/* The kernel's own driver mounts the volume of a hibernated Windows for writing without a word. */
static void look_for_hibernation(struct vmm_volume *v, struct vmm_part *p) {
    struct vmm_stat st;
    struct vmm_error why = {0};
    uint8_t head[4096];
    size_t got = 0;
    char *real = NULL;
    int r = vmm_volume_lookup(v, p->number, "hiberfil.sys", &real, &st, &why);
    if (r == 1 && !st.is_dir) {
        if (vmm_volume_read_head(v, p->number, real, head, sizeof head, &got, &why) == 0) vmm_health_hiberfile(p, head, got, st.size);
        else r = -1;
    }
    if (r < 0) vmm_health_set(p, VMM_HEALTH_UNREADABLE, why.message);
    free(real);
}

int vmm_folder_open(struct vmm_volume *v, const struct vmm_open *o, struct vmm_error *err) {
    const struct vmm_probe *p = &v->disk.probe;
    bool hive = p->kind == VMM_TARGET_HIVE_FILE;
    char *copy = vmm_strdup(p->path), *root = hive ? dirname(copy) : copy;
    struct folder *f = vmm_alloc(1, sizeof *f);
    f->boot = -1;
    f->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = f->root < 0 ? vmm_fail(err, VMM_E_UNREADABLE, NULL, _("opening %s: %s"), root, strerror(errno)) : 0;
    if (r == 0 && o->boot_folder && (f->boot = open(o->boot_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        r = vmm_fail(err, errno == ENOENT ? VMM_E_NOT_FOUND : VMM_E_UNREADABLE, NULL, _("opening the boot folder %s: %s"),
                     o->boot_folder, strerror(errno));
    if (r == 0) r = lock_boot(f, o, err);
    free(copy);
    if (r < 0) {
        if (f->root >= 0) close(f->root);
        if (f->boot >= 0) close(f->boot);
        free(f);
        return r;
    }
    v->state = f;
    v->engine = &engine;
    v->disk.scheme = VMM_SCHEME_NONE;
    v->disk.part_count = f->boot >= 0 ? 2 : 1;
    v->disk.parts = vmm_alloc(v->disk.part_count, sizeof *v->disk.parts);
    describe(&v->disk.parts[0], 0, f->root);
    if (f->boot >= 0) describe(&v->disk.parts[1], -1, f->boot);
    v->disk.identity = vmm_printf("%s:%s", hive ? "file" : "folder", p->path);
    if (v->write && sync_parts(v, VMM_E_UNREADABLE, err) < 0) { /* see settle() of volume.c */
        close_folder(v, NULL);
        return -1;
    }
    if (!hive) look_for_hibernation(v, &v->disk.parts[0]);
    return 0;
}
