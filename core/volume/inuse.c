/* Who else has an image or a disk open, by our own look: open files of processes, locks that leave no name, loop devices, mounts,
 * swap, holders. A read-only start beside a running machine would succeed, so nobody else tells us.
 * Copyright (C) 2026 the vmmedic
 * authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "volume/engine.h"

/* What we look for: one file, or a block device with its partitions. */
struct wanted {
    bool block;
    struct stat st;
    dev_t devices[256];
    size_t count;
};

static char *words_of(const char *path) {
    uint8_t *data = NULL;
    size_t len = 0;
    if (vmm_file_read(path, 4096, &data, &len, NULL) < 0) return NULL;
    data[len] = '\0';
    while (len > 0 && isspace(data[len - 1])) data[--len] = '\0';
    return (char *)data;
}

static bool device_number(const char *path, dev_t *out) {
    char *text = words_of(path);
    unsigned maj, min;
    bool ok = text && sscanf(text, "%u:%u", &maj, &min) == 2;
    if (ok) *out = makedev(maj, min);
    free(text);
    return ok;
}

/* The device and its partitions, as the kernel lists them. */
static void find_devices(struct wanted *w) {
    w->devices[w->count++] = w->st.st_rdev;
    char *pattern = vmm_printf("/sys/dev/block/%u:%u/*/dev", major(w->st.st_rdev), minor(w->st.st_rdev));
    glob_t g = {0};
    if (glob(pattern, 0, NULL, &g) == 0)
        for (size_t i = 0; i < g.gl_pathc && w->count < VMM_COUNT(w->devices); i++)
            if (device_number(g.gl_pathv[i], &w->devices[w->count])) w->count++;
    globfree(&g);
    free(pattern);
}

static bool want(struct wanted *w, const char *path) {
    memset(w, 0, sizeof *w);
    if (stat(path, &w->st) < 0) return false;
    w->block = S_ISBLK(w->st.st_mode);
    if (w->block) find_devices(w);
    return true;
}

static bool has_device(const struct wanted *w, dev_t device) {
    for (size_t i = 0; i < w->count; i++)
        if (w->devices[i] == device) return true;
    return false;
}

static bool same(const struct wanted *w, const struct stat *st) {
    if (w->block) return S_ISBLK(st->st_mode) && has_device(w, st->st_rdev);
    return st->st_dev == w->st.st_dev && st->st_ino == w->st.st_ino;
}

/* ---- processes ---- */

static int parent_of(int pid) {
    char *path = vmm_printf("/proc/%d/stat", pid), *text = words_of(path), *end = text ? strrchr(text, ')') : NULL;
    int parent = 0;
    if (end == NULL || sscanf(end + 1, " %*c %d", &parent) != 1) parent = 0;
    free(path);
    free(text);
    return parent;
}

/* This process or one that descends from it (the appliance's qemu). */
static bool ours(int pid) {
    int me = getpid();
    for (int i = 0; i < 64 && pid > 1; i++, pid = parent_of(pid))
        if (pid == me) return true;
    return false;
}

static bool opened_for_writing(int pid, const char *fd) {
    char *path = vmm_printf("/proc/%d/fdinfo/%s", pid, fd), *text = words_of(path), *flags = text ? strstr(text, "flags:") : NULL;
    unsigned mode = O_RDWR;
    if (flags) sscanf(flags, "flags: %o", &mode);
    free(path);
    free(text);
    return (mode & O_ACCMODE) != O_RDONLY;
}

/* How process PID holds what we look for: 0 not at all, 1 to read, 2 to write; -1 when it does not let us see. */
static int holds(int pid, const struct wanted *w) {
    char *path = vmm_printf("/proc/%d/fd", pid);
    DIR *d = opendir(path);
    int how = d ? 0 : errno == EACCES || errno == EPERM ? -1 : 0;
    free(path);
    for (struct dirent *e; d && how < 2 && (e = readdir(d)) != NULL;) {
        struct stat st;
        if (isdigit((unsigned char)e->d_name[0]) && fstatat(dirfd(d), e->d_name, &st, 0) == 0 && same(w, &st)) {
            int one = opened_for_writing(pid, e->d_name) ? 2 : 1;
            if (one > how) how = one;
        }
    }
    if (d) closedir(d);
    return how;
}

struct scan {
    struct vmm_user user;
    bool blind;      /* some process did not let us see */
    bool ours_has;   /* our own appliance has it open */
    bool others_read;
};

static void name_process(struct vmm_user *u, int pid, int how) {
    char *path = vmm_printf("/proc/%d/comm", pid), *name = words_of(path);
    free(u->who);
    u->who = vmm_printf(how == 2 ? _("process %d (%s) has it open for writing") : _("process %d (%s) has it open"), pid,
                        name ? name : "?");
    u->writing = how == 2;
    free(path);
    free(name);
}

/* udev reads a disk for a moment after every change; it is no user. */
static bool is_udev(int pid) {
    char *path = vmm_printf("/proc/%d/comm", pid), *name = words_of(path);
    bool yes = name && (strcmp(name, "systemd-udevd") == 0 || strcmp(name, "(udev-worker)") == 0);
    free(path);
    free(name);
    return yes;
}

static void scan_processes(const struct wanted *w, bool writers_only, struct scan *s) {
    DIR *proc = opendir("/proc");
    s->blind = proc == NULL;
    for (struct dirent *e; proc && !s->user.writing && (e = readdir(proc)) != NULL;) {
        int pid = atoi(e->d_name);
        if (pid <= 0) continue;
        int how = holds(pid, w);
        if (how < 0) s->blind = true;
        if (how <= 0) continue;
        if (ours(pid)) {
            s->ours_has |= pid != getpid();
            continue;
        }
        if (how == 1) s->others_read = true;
        if (how == 2 || (!writers_only && s->user.who == NULL && !is_udev(pid))) name_process(&s->user, pid, how);
    }
    if (proc) closedir(proc);
}

/* ---- locks without a name: open-file-description locks, as qemu takes them, and plain ones ---- */

static bool locked(int fd, off_t start, off_t len, short type) {
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    return fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
}

/* qemu marks what it may do to an image by shared locks on single bytes: 100 + permission; writing is number 1, resizing number 3.
 */
static void scan_locks(const char *path, bool writers_only, struct scan *s) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    bool writer = locked(fd, 101, 1, F_WRLCK) || locked(fd, 103, 1, F_WRLCK) || locked(fd, 0, 0, F_RDLCK);
    if (writer || (!writers_only && locked(fd, 0, 0, F_WRLCK))) {
        s->user.who = vmm_strdup(writer ? _("another program (a running machine?) has locked it for writing")
                                        : _("another program has locked it"));
        s->user.writing = writer;
    }
    close(fd);
}

/* ---- loop devices ---- */

static void scan_loops(const struct wanted *w, struct scan *s) {
    glob_t g = {0};
    if (glob("/sys/block/loop*/loop/backing_file", 0, NULL, &g) == 0)
        for (size_t i = 0; s->user.who == NULL && i < g.gl_pathc; i++) {
            char *backing = words_of(g.gl_pathv[i]);
            struct stat st;
            if (backing && stat(backing, &st) == 0 && same(w, &st)) {
                int n = (int)strcspn(g.gl_pathv[i] + 11, "/");
                s->user.who = vmm_printf(_("it is attached as /dev/%.*s (losetup -d detaches it)"), n, g.gl_pathv[i] + 11);
                s->user.writing = true;
            }
            free(backing);
        }
    globfree(&g);
}

struct vmm_user vmm_in_use(const char *path, enum vmm_target_kind kind, bool writers_only) {
    struct scan s = {0};
    struct wanted w;
    if (kind == VMM_TARGET_FOLDER || !want(&w, path)) return s.user;
    scan_processes(&w, writers_only, &s);
    if (s.user.who == NULL && !w.block) scan_loops(&w, &s);
    if (s.user.who == NULL && !s.ours_has && !w.block) scan_locks(path, writers_only || s.others_read, &s);
    if (s.user.who == NULL && w.block) {
        s.user.who = vmm_device_busy(path);
        s.user.writing = s.user.who != NULL;
    }
    return s.user;
}

/* ---- what makes a block device this machine's own ---- */

/* mountinfo writes blank, tab, newline and backslash as \ooo. */
static void unescape(char *s) {
    char *to = s;
    for (; *s; s++) {
        unsigned c;
        if (s[0] == '\\' && sscanf(s + 1, "%3o", &c) == 1 && strlen(s) >= 4) *to++ = (char)c, s += 3;
        else *to++ = *s;
    }
    *to = '\0';
}

static char *mounted_at(const struct wanted *w) {
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char *line = NULL, *found = NULL;
    size_t cap = 0;
    while (f && found == NULL && getline(&line, &cap, f) > 0) {
        unsigned maj, min;
        int where_from = 0, where_to = 0, source_from = 0, source_to = 0;
        char *dash = strstr(line, " - ");
        if (dash == NULL || sscanf(line, "%*d %*d %u:%u %*s %n%*s%n", &maj, &min, &where_from, &where_to) != 2 || where_to == 0)
            continue;
        sscanf(dash + 3, "%*s %n%*s%n", &source_from, &source_to);
        char *where = vmm_strndup(line + where_from, (size_t)(where_to - where_from)),
             *source = vmm_strndup(dash + 3 + source_from, (size_t)(source_to - source_from));
        unescape(where);
        unescape(source);
        struct stat st; /* some file systems (btrfs) show a device number of their own, so the source is asked too */
        bool hit = has_device(w, makedev(maj, min)) ||
                   (source[0] == '/' && stat(source, &st) == 0 && S_ISBLK(st.st_mode) && has_device(w, st.st_rdev));
        if (hit) found = vmm_printf(_("it is mounted at %s"), where);
        free(where);
        free(source);
    }
    free(line);
    if (f) fclose(f);
    return found;
}

static bool is_swap(const struct wanted *w) {
    FILE *f = fopen("/proc/swaps", "re");
    char line[4200], path[4096];
    bool hit = false;
    while (f && !hit && fgets(line, sizeof line, f)) {
        struct stat st;
        if (sscanf(line, "%4095s", path) != 1 || path[0] != '/') continue;
        unescape(path);
        hit = stat(path, &st) == 0 && S_ISBLK(st.st_mode) && has_device(w, st.st_rdev);
    }
    if (f) fclose(f);
    return hit;
}

/* Another block device (LVM, RAID, dm-crypt) that stands on it. */
static char *held_by(const struct wanted *w) {
    char *found = NULL;
    for (size_t i = 0; found == NULL && i < w->count; i++) {
        char *pattern = vmm_printf("/sys/dev/block/%u:%u/holders/*", major(w->devices[i]), minor(w->devices[i]));
        glob_t g = {0};
        if (glob(pattern, 0, NULL, &g) == 0 && g.gl_pathc)
            found = vmm_printf(_("the device %s stands on it"), basename(g.gl_pathv[0]));
        globfree(&g);
        free(pattern);
    }
    return found;
}

char *vmm_device_busy(const char *path) {
    struct wanted w;
    if (!want(&w, path) || !w.block) return NULL;
    char *why = mounted_at(&w);
    struct stat root; /* in a chroot the list of mounts does not show what / is */
    if (why == NULL && stat("/", &root) == 0 && has_device(&w, root.st_dev)) why = vmm_strdup(_("this system runs from it"));
    if (why == NULL && is_swap(&w)) why = vmm_strdup(_("it is swap space"));
    if (why == NULL) why = held_by(&w);
    if (why) return why;
    int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC); /* only for block devices: EBUSY when the kernel itself uses it */
    if (fd < 0 && errno == EBUSY) why = vmm_strdup(_("something holds it exclusively"));
    if (fd >= 0) close(fd);
    return why;
}
