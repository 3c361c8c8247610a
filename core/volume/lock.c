/* The lock of a disk: flock on the image, device or folder itself, so that it follows the disk whoever asks and whatever state
 * folder they use.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "volume/engine.h"

/* "process 812 (vmmedic)" from the kernel's list of locks, or NULL. */
static char *holder(int fd) {
    struct stat st;
    FILE *f = fopen("/proc/locks", "re");
    char line[256], *who = NULL;
    while (f && who == NULL && fstat(fd, &st) == 0 && fgets(line, sizeof line, f)) {
        unsigned maj, min;
        unsigned long long inode;
        int pid;
        if (sscanf(line, "%*s FLOCK %*s %*s %d %x:%x:%llu", &pid, &maj, &min, &inode) != 4) continue;
        if (inode != st.st_ino || makedev(maj, min) != st.st_dev || pid <= 0) continue;
        char *path = vmm_printf("/proc/%d/comm", pid);
        uint8_t *comm = NULL;
        size_t len = 0;
        if (vmm_file_read(path, 64, &comm, &len, NULL) == 0 && len) comm[len - 1] = '\0';
        who = vmm_printf(_("process %d (%s)"), pid, len ? (char *)comm : "?");
        free(comm);
        free(path);
    }
    if (f) fclose(f);
    return who;
}

static int taken(const struct vmm_probe *p, int fd, struct vmm_error *err) {
    char *who = holder(fd);
    vmm_fail(err, VMM_E_IN_USE, _("Wait until that is finished, or end it first."), _("opening %s: %s works on it"), p->name,
             who ? who : _("another vmmedic"));
    free(who);
    return -1;
}

/* A second descriptor of the lock that is held already; -1 when something else stands at the path now. */
static int held_again(const struct vmm_probe *p, int held, struct vmm_error *err) {
    struct stat then, now;
    bool same = fstat(held, &then) == 0 && stat(p->path, &now) == 0 && then.st_dev == now.st_dev && then.st_ino == now.st_ino && then.st_rdev == now.st_rdev;
    if (!same) return vmm_fail(err, VMM_E_CHANGED, _("Look again from the start."), _("%s is no longer the disk that was looked at; nothing was written"), p->path);
    return fcntl(held, F_DUPFD_CLOEXEC, 3);
}

int vmm_lock_take(const struct vmm_probe *p, bool write, int held, struct vmm_error *err) {
    int fd = held > 0 ? held_again(p, held, err) : open(p->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && held > 0) return -1;
    if (fd < 0) return vmm_fail(err, VMM_E_UNREADABLE, NULL, _("opening %s: %s"), p->path, strerror(errno));
    /* udev looks at a disk under the same lock for a moment whenever something closes it. */
    for (int tries = p->kind == VMM_TARGET_BLOCK ? 20 : 1; tries > 0; tries--) {
        if (flock(fd, (write ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return fd;
        if (errno != EWOULDBLOCK) break;
        if (tries > 1) nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    int e = errno;
    if (e != EWOULDBLOCK && !write) return fd; /* a file system without locks: looking harms nobody */
    if (e == EWOULDBLOCK) taken(p, fd, err);
    else vmm_fail(err, VMM_E_SYSTEM, _("Copy the image to a local disk."), _("locking %s: %s"), p->path, strerror(e));
    close(fd);
    return -1;
}
