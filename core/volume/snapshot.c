/* A way back made before anything writes: an internal snapshot of a qcow2 image, else a copy that shares blocks where the file
 * system can and leaves out holes where it cannot. Space is checked first; a copy that fails is removed.
 * Copyright (C) 2026 the
 * vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "volume/engine.h"
#include "volume/format.h"

enum { CHUNK = 1 << 20, SPARE = 16 << 20 };

/* ---- qcow2 ---- */

/* Runs qemu-img without a shell; its words in *said. 0 or -1. */
static int run(char *const argv[], char **said) {
    int out[2];
    *said = NULL;
    if (pipe2(out, O_CLOEXEC) < 0) return -1;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (null >= 0) dup2(null, 0);
        dup2(out[1], 1);
        dup2(out[1], 2);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(out[1]);
    struct vmm_buf b = {0};
    char chunk[1024];
    ssize_t n;
    while (pid > 0 && ((n = read(out[0], chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0 && b.len < 4096) vmm_buf_add(&b, chunk, (size_t)n);
    close(out[0]);
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    *said = vmm_buf_steal(&b);
    (*said)[strcspn(*said, "\r\n")] = '\0';
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
    if (**said == '\0') {
        free(*said);
        *said =
            vmm_strdup(pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127 ? _("qemu-img is missing: apt install qemu-utils")
                                                                                  : _("qemu-img failed"));
    }
    return -1;
}

/* qemu-img takes the word before a colon for a protocol; an absolute path (which p->path is) has none. The format is named through
 * the options. */
static int inside_qcow2(const struct vmm_probe *p, const char *name, char **where, struct vmm_error *err) {
    char *escaped = vmm_alloc(2 * strlen(p->path) + 1, 1), *to = escaped;
    for (const char *s = p->path; *s; s++) {
        *to++ = *s;
        if (*s == ',') *to++ = ','; /* a comma would begin the next option */
    }
    char *image = vmm_printf("driver=qcow2,file.driver=file,file.filename=%s", escaped), *said;
    char *argv[] = {"qemu-img", "snapshot", "--image-opts", "-c", (char *)(uintptr_t)name, image, NULL};
    int r = run(argv, &said);
    if (r < 0)
        vmm_fail(err, strstr(said, "No space") ? VMM_E_NO_SPACE : VMM_E_SYSTEM, NULL, _("a snapshot inside %s: %s"), p->name, said);
    else *where = vmm_printf(_("snapshot %s inside %s (back to it: qemu-img snapshot -a %s %s)"), name, p->path, name, p->path);
    free(said);
    free(image);
    free(escaped);
    return r;
}

/* ---- copies ---- */

static int failed(struct vmm_error *err, const char *path) {
    int e = errno;
    return vmm_fail(err, e == ENOSPC || e == EDQUOT || e == EFBIG ? VMM_E_NO_SPACE : VMM_E_WRITE,
                    e == ENOSPC ? _("Free some space there, or say how the disk is safe in another way.") : NULL,
                    _("copying to %s: %s"), path, strerror(e));
}

static int no_room(const char *path, uint64_t need, uint64_t have, struct vmm_error *err) {
    char *a = vmm_size_text(need), *b = vmm_size_text(have);
    vmm_fail(err, VMM_E_NO_SPACE, _("Free some space there, or say how the disk is safe in another way."),
             _("a copy at %s needs %s, and %s are free"), path, a, b);
    free(a);
    free(b);
    return -1;
}

static int check_room(const char *path, uint64_t need, struct vmm_error *err) {
    char *copy = vmm_strdup(path);
    struct statvfs fs;
    int r = 0;
    if (statvfs(dirname(copy), &fs) < 0) r = failed(err, path);
    else if ((uint64_t)fs.f_bavail * fs.f_frsize < need + SPARE) r = no_room(path, need + SPARE, (uint64_t)fs.f_bavail * fs.f_frsize, err);
    free(copy);
    return r;
}

struct copy {
    int from, to;
    const char *path;
    uint64_t size, done;
    struct vmm_progress progress;
};

static int told(struct copy *c, struct vmm_error *err) {
    if (c->progress.fn == NULL || c->progress.fn(c->progress.ctx, _("copying the disk"), c->done, c->size) == 0) return 0;
    return vmm_fail(err, VMM_E_CANCELLED, NULL, _("the copy was stopped on request and removed; nothing was changed"));
}

static bool zeros(const uint8_t *p, size_t n) { return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0); }

/* One stretch of data; zeros become holes. */
static int copy_range(struct copy *c, uint64_t from, uint64_t to, uint8_t *chunk, struct vmm_error *err) {
    while (from < to) {
        size_t n = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
        if (!vmm_read_at(c->from, from, chunk, n))
            return vmm_fail(err, VMM_E_UNREADABLE, NULL, _("reading the disk for its copy: %s"), strerror(errno ? errno : EIO));
        for (size_t at = 0; at < n && !zeros(chunk, n);) {
            ssize_t w = pwrite(c->to, chunk + at, n - at, (off_t)(from + at));
            if (w < 0 && errno == EINTR) continue;
            if (w <= 0) return failed(err, c->path);
            at += (size_t)w;
        }
        from += n;
        c->done = from;
        if (told(c, err) < 0) return -1;
    }
    return 0;
}

static int copy_data(struct copy *c, struct vmm_error *err) {
    uint8_t *chunk = vmm_alloc(CHUNK, 1);
    int r = ftruncate(c->to, (off_t)c->size) < 0 ? failed(err, c->path) : 0;
    for (uint64_t at = 0; r == 0 && at < c->size;) {
        off_t data = lseek(c->from, (off_t)at, SEEK_DATA), hole;
        if (data < 0 && errno == ENXIO) break; /* nothing but a hole to the end */
        if (data < 0) data = (off_t)at, hole = (off_t)c->size; /* a device or a file system without holes */
        else if ((hole = lseek(c->from, data, SEEK_HOLE)) < 0) hole = (off_t)c->size;
        uint64_t end = (uint64_t)hole < c->size ? (uint64_t)hole : c->size;
        r = copy_range(c, (uint64_t)data, end, chunk, err);
        at = end;
    }
    free(chunk);
    c->done = c->size;
    return r < 0 ? r : told(c, err);
}

/* Only a whole copy gets the name that people look for, and never over another file. */
static int give_name(const struct copy *c, const char *name, struct vmm_error *err) {
    int r = renameat2(AT_FDCWD, c->path, AT_FDCWD, name, RENAME_NOREPLACE);
    if (r < 0 && (errno == EINVAL || errno == ENOSYS)) { /* a file system that knows no such rename */
        errno = EEXIST;
        if (access(name, F_OK) < 0) r = rename(c->path, name);
    }
    return r < 0 ? failed(err, name) : 0;
}

static int finish(struct copy *c, const char *name, struct vmm_error *err) {
    struct stat st;
    if (fsync(c->to) < 0 || fstat(c->to, &st) < 0) return failed(err, c->path);
    if ((uint64_t)st.st_size != c->size)
        return vmm_fail(err, VMM_E_WRITE, NULL, _("the copy %s is not as long as the disk"), c->path);
    if (give_name(c, name, err) < 0) return -1;
    char *dir = vmm_strdup(name);
    int r = vmm_fsync_dir(dirname(dir), err);
    free(dir);
    return r;
}

/* Bytes that a copy will take: those really allocated, for a file. */
static uint64_t allocated(const struct vmm_probe *p, const struct stat *st) {
    uint64_t bytes = (uint64_t)st->st_blocks * 512;
    return p->kind == VMM_TARGET_IMAGE && bytes < p->file_size ? bytes : p->file_size;
}

static int copy_as(const struct vmm_probe *p, const char *path, const char *name, struct vmm_progress progress, struct vmm_error *err) {
    struct stat st;
    struct copy c = {.path = path, .size = p->file_size, .progress = progress};
    c.from = open(p->path, O_RDONLY | O_CLOEXEC);
    if (c.from < 0 || fstat(c.from, &st) < 0) {
        int e = errno;
        if (c.from >= 0) close(c.from);
        return vmm_fail(err, VMM_E_UNREADABLE, NULL, _("opening %s: %s"), p->path, strerror(e));
    }
    c.to = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int r = c.to < 0 ? failed(err, path) : 0;
    bool made = c.to >= 0;
    if (r == 0 && ioctl(c.to, FICLONE, c.from) < 0) {
        r = check_room(path, allocated(p, &st), err);
        if (r == 0) r = copy_data(&c, err);
    }
    if (r == 0) r = finish(&c, name, err);
    close(c.from);
    if (made) close(c.to);
    if (r < 0 && made) unlink(path);
    return r;
}

static int copy_to(const struct vmm_probe *p, const char *name, struct vmm_progress progress, struct vmm_error *err) {
    char *path = vmm_printf("%s.part", name);
    struct stat there;
    int r = lstat(name, &there) == 0 ? (errno = EEXIST, failed(err, name)) : copy_as(p, path, name, progress, err);
    free(path);
    return r;
}

static int check_name(const char *name, struct vmm_error *err) {
    size_t n = strlen(name);
    if (n > 0 && n < 128 && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n &&
        name[0] != '-' && name[0] != '.')
        return 0;
    return vmm_fail(err, VMM_E_USAGE, NULL, _("a snapshot's name has letters, digits, dots and dashes"));
}

static int take(const struct vmm_probe *p, const char *name, const char *state_dir, struct vmm_progress progress, char **where,
                struct vmm_error *err) {
    if (p->kind == VMM_TARGET_FOLDER || p->kind == VMM_TARGET_HIVE_FILE)
        return vmm_fail(err, VMM_E_UNSUPPORTED, _("Copy it yourself, or say how it is safe."),
                        _("%s is not a disk: no snapshot can be taken of it"), p->name);
    struct vmm_user user = vmm_in_use(p->path, p->kind, true);
    if (user.who) {
        vmm_fail(err, VMM_E_IN_USE, NULL, _("taking a snapshot of %s: %s"), p->name, user.who);
        free(user.who);
        return -1;
    }
    if (strcmp(p->format, "qcow2") == 0) return inside_qcow2(p, name, where, err);
    char *path;
    if (p->kind == VMM_TARGET_BLOCK) {
        char *dir = vmm_printf("%s/snapshots", state_dir);
        int made = vmm_mkdir_p(dir, err);
        path = vmm_printf("%s/%s.%s", dir, p->name, name);
        free(dir);
        if (made < 0) {
            free(path);
            return -1;
        }
    } else {
        path = vmm_printf("%s.%s", p->path, name);
    }
    int r = copy_to(p, path, progress, err);
    if (r == 0) *where = vmm_printf(_("copy of the disk: %s"), path);
    free(path);
    return r;
}

int vmm_snapshot_take(const char *target, const char *format, const char *name, const char *state_dir, struct vmm_progress progress,
                      char **where, struct vmm_error *err) {
    return vmm_snapshot_take_held(target, format, name, state_dir, 0, progress, where, err);
}

int vmm_snapshot_take_held(const char *target, const char *format, const char *name, const char *state_dir, int held, struct vmm_progress progress, char **where,
                           struct vmm_error *err) {
    struct vmm_probe p;
    *where = NULL;
    if (check_name(name, err) < 0 || vmm_probe_target(target, format, &p, err) < 0) return -1;
    int lock = vmm_lock_take(&p, true, held, err), r = lock < 0 ? -1 : take(&p, name, state_dir, progress, where, err);
    if (lock >= 0) close(lock);
    vmm_probe_clear(&p);
    return r;
}
