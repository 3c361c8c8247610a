/* Session folders: made under a temporary name, filled, synced, and only then called what they are called. One process at a time holds one.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "session/session.h"

char *vmm_sessions_dir(bool make, struct vmm_error *err) {
    char *state = vmm_state_dir(), *dir = vmm_printf("%s/sessions", state);
    free(state);
    if (!make || vmm_mkdir_p(dir, err) == 0) return dir;
    vmm_fail_prefix(err, _("making the folder for sessions"));
    free(dir);
    return NULL;
}

char *vmm_session_path(const struct vmm_session *s, const char *format, ...) {
    char *tail = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&tail, format, args);
    va_end(args);
    char *path = vmm_printf("%s/%s", s->dir, n < 0 ? "" : tail);
    free(tail);
    return path;
}

/* Somebody who only asks whether it runs holds the lock for a moment: that is waited for. */
static bool take_lock(int fd) {
    for (int tries = 10; tries > 0; tries--) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return false;
}

static int open_files(struct vmm_session *s, struct vmm_error *err) {
    char *lock = vmm_session_path(s, "lock"), *journal = vmm_session_path(s, "journal");
    int r = 0;
    s->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock < 0) r = vmm_fail(err, VMM_E_UNREADABLE, NULL, _("opening %s: %s"), lock, strerror(errno));
    else if (!take_lock(s->lock))
        r = vmm_fail(err, VMM_E_INTERRUPTED, _("Wait until it is done, then look with: vmmedic sessions"), _("another vmmedic is at work on the session %s"), s->name);
    if (r == 0) {
        s->journal = open(journal, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (s->journal < 0) r = vmm_fail(err, VMM_E_UNREADABLE, NULL, _("opening %s: %s"), journal, strerror(errno));
    }
    free(lock);
    free(journal);
    return r;
}

/* Folders that a killed process left before they had their name: nothing was written for them, and they hold somebody's registry. */
static void sweep(const char *root) {
    DIR *d = opendir(root);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        if (strncmp(e->d_name, ".new-", 5) != 0) continue;
        const char *pid = strrchr(e->d_name, '-') + 1; /* the maker's, which may be at work on it this moment */
        if (kill((pid_t)strtol(pid, NULL, 10), 0) == 0 || errno != ESRCH) continue;
        char *dir = vmm_printf("%s/%s", root, e->d_name);
        if (!vmm_session_running(dir)) vmm_remove_tree(dir, NULL); /* a process of a container has another number here, and the same lock */
        free(dir);
    }
    if (d) closedir(d);
}

struct vmm_session *vmm_session_create(const char *disk_name, struct vmm_error *err) {
    char *root = vmm_sessions_dir(true, err), stamp[32], safe[40];
    if (root == NULL) return NULL;
    sweep(root);
    size_t n = 0;
    for (const char *p = disk_name; *p && n + 1 < sizeof safe; p++) safe[n++] = (char)(isalnum((unsigned char)*p) || strchr("._-", *p) ? *p : '_');
    safe[n] = '\0';
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &tm);
    struct vmm_session *s = vmm_alloc(1, sizeof *s);
    s->journal = s->lock = -1;
    s->name = vmm_printf("%s-%s", stamp, safe);
    s->dir = vmm_printf("%s/.new-%s-%d", root, s->name, (int)getpid());
    s->plan = json_object();
    char *originals = vmm_session_path(s, "originals"), *after = vmm_session_path(s, "after"), *scratch = vmm_session_path(s, "scratch");
    int r = vmm_mkdir_p(originals, err) < 0 || vmm_mkdir_p(after, err) < 0 || vmm_mkdir_p(scratch, err) < 0 || open_files(s, err) < 0 ? -1 : 0;
    free(originals);
    free(after);
    free(scratch);
    free(root);
    if (r == 0) return s;
    vmm_session_discard(s);
    return NULL;
}

int vmm_session_publish(struct vmm_session *s, struct vmm_error *err) {
    char *plan = vmm_session_path(s, "plan.json"), *scratch = vmm_session_path(s, "scratch"), *root = vmm_sessions_dir(true, err), *real = NULL;
    int r = root ? vmm_remove_tree(scratch, err) : -1;
    char *base = vmm_strdup(s->name);
    bool named = false;
    if (r == 0) r = vmm_journal(s, err, "prepared");
    for (unsigned i = 1; r == 0 && !named; i++) {
        struct stat st;
        free(s->name);
        free(real);
        s->name = i == 1 ? vmm_strdup(base) : vmm_printf("%s-%u", base, i);
        real = vmm_printf("%s/%s", root, s->name);
        if (i > 50) r = vmm_fail(err, VMM_E_SYSTEM, NULL, _("finding a free name for the session %s"), base);
        if (r < 0 || lstat(real, &st) == 0) continue;
        json_object_set_new(s->plan, "session", vmm_json_text(s->name));
        r = vmm_json_save(plan, s->plan, err);
        if (r == 0) r = vmm_fsync_dir(s->dir, err);
        if (r < 0) continue;
        named = rename(s->dir, real) == 0;
        if (!named && errno != ENOTEMPTY && errno != EEXIST) /* else another was faster */
            r = vmm_fail(err, VMM_E_SYSTEM, NULL, _("naming the session folder %s: %s"), real, strerror(errno));
    }
    free(base);
    if (r == 0) {
        free(s->dir);
        s->dir = real;
        real = NULL;
        r = vmm_fsync_dir(root, err);
    }
    free(real);
    free(plan);
    free(scratch);
    free(root);
    return r;
}

json_t *vmm_session_plan(const char *dir, struct vmm_error *err) {
    char *path = vmm_printf("%s/plan.json", dir);
    struct vmm_error why = {0};
    json_t *plan = vmm_json_load(path, &why);
    if (plan && *vmm_json_str(plan, "target") == '\0') {
        json_decref(plan);
        plan = NULL;
        vmm_fail(&why, VMM_E_BROKEN, _("Put the disk back from its snapshot instead."), _("%s is not the plan of a session"), path);
    }
    if (plan == NULL && why.code == VMM_E_NOT_FOUND && access(dir, F_OK) == 0) why.code = VMM_E_BROKEN;
    if (plan == NULL && err) *err = why;
    free(path);
    return plan;
}

struct vmm_session *vmm_session_open(const char *name, struct vmm_error *err) {
    char *root = vmm_sessions_dir(false, err);
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/')) {
        free(root);
        vmm_fail(err, VMM_E_NOT_FOUND, _("See: vmmedic sessions"), _("\"%s\" is no name of a session"), name);
        return NULL;
    }
    struct vmm_session *s = vmm_alloc(1, sizeof *s);
    s->journal = s->lock = -1;
    s->name = vmm_strdup(name);
    s->dir = vmm_printf("%s/%s", root, name);
    free(root);
    struct stat st;
    int r = 0;
    if (stat(s->dir, &st) < 0) r = vmm_fail(err, VMM_E_NOT_FOUND, _("See: vmmedic sessions"), _("there is no session %s"), name);
    if (r == 0) r = open_files(s, err);
    if (r == 0 && (s->plan = vmm_session_plan(s->dir, err)) == NULL) r = -1;
    if (r == 0) return s;
    vmm_session_close(s);
    return NULL;
}

void vmm_session_close(struct vmm_session *s) {
    if (s == NULL) return;
    if (s->journal >= 0) close(s->journal);
    if (s->lock >= 0) close(s->lock);
    json_decref(s->plan);
    free(s->name);
    free(s->dir);
    free(s);
}

void vmm_session_discard(struct vmm_session *s) {
    if (s == NULL) return;
    vmm_remove_tree(s->dir, NULL);
    vmm_session_close(s);
}

bool vmm_session_running(const char *dir) {
    char *path = vmm_printf("%s/lock", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    free(path);
    if (fd < 0) return false;
    bool running = flock(fd, LOCK_SH | LOCK_NB) < 0; /* shared: two that ask do not take each other for a worker */
    close(fd);
    return running;
}
