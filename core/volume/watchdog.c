/* The watching process: it counts seconds of silence while the watched one lives.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "volume/watchdog.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child of PARENT whose name begins with NAME; 0: there is none. */
static pid_t child_of(pid_t parent, const char *name) {
    DIR *dir = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *e; dir && found == 0 && (e = readdir(dir)) != NULL;) {
        char path[300], line[512] = "";
        int ppid;
        if (!isdigit((unsigned char)e->d_name[0])) continue;
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        FILE *f = fopen(path, "re");
        if (f == NULL) continue;
        bool read = fgets(line, sizeof line, f) != NULL;
        fclose(f);
        char *open = strchr(line, '('), *shut = strrchr(line, ')');
        if (read && open && shut && sscanf(shut + 1, " %*c %d", &ppid) == 1 && ppid == parent && strncmp(open + 1, name, strlen(name)) == 0) found = (pid_t)atoi(e->d_name);
    }
    if (dir) closedir(dir);
    return found;
}

static void watch(int pipe, pid_t parent, const char *name, int seconds) {
    int silent = 0;
    struct pollfd fd = {.fd = pipe, .events = POLLIN};
    for (;;) {
        char heard[64];
        int r = poll(&fd, 1, 1000);
        if (r > 0) {
            ssize_t n = read(pipe, heard, sizeof heard);
            if (n == 0) _exit(0);
            silent = 0;
            continue;
        }
        pid_t child = child_of(parent, name);
        silent = child ? silent + 1 : 0;
        if (silent < seconds) continue;
        kill(child, SIGKILL);
        _exit(1);
    }
}

void vmm_watchdog_start(struct vmm_watchdog *d, const char *name, int seconds) {
    int ends[2];
    pid_t parent = getpid();
    *d = (struct vmm_watchdog){.pid = -1, .pipe = -1};
    if (pipe2(ends, O_CLOEXEC) < 0) return;
    d->pid = fork();
    if (d->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[1]);
        if (getppid() != parent) _exit(0);
        watch(ends[0], parent, name, seconds);
    }
    close(ends[0]);
    if (d->pid < 0) {
        close(ends[1]);
        return;
    }
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    d->pipe = ends[1];
}

void vmm_watchdog_heard(const struct vmm_watchdog *d) {
    ssize_t n = d->pipe >= 0 ? write(d->pipe, ".", 1) : 0;
    (void)n; /* a full pipe has been heard too */
}

bool vmm_watchdog_stop(struct vmm_watchdog *d) {
    int status = 0;
    if (d->pipe < 0) return false;
    close(d->pipe);
    while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR) {}
    d->pipe = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}
