/* Preloaded into the real program and all it starts: one call of a kind fails, once or from then on, on files below one folder; or the process is killed there.
 *   FAIL_CALL    open, read, write, sync, truncate, rename or alloc        FAIL_ROOM   the folder (alloc: everything)
 *   FAIL_STATE   a file of 16 bytes that all processes share: how many there were, how many failed
 *   FAIL_AT      the first that fails, from 0; -1 none                     FAIL_ERRNO  its number; 0: it does half of what was asked
 *                                                                                       -1: the process that makes it is killed
 *   FAIL_FOREVER 1: all after it too                                       FAIL_NAME   only files whose path ends so
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t n);
ssize_t __read_chk(int fd, void *data, size_t n, size_t room);
int __open64_2(const char *path, int flags);
int __openat64_2(int at, const char *path, int flags);

static struct shared {
    long count, failed;
} *shared;
static const char *kind = "", *room, *name;
static size_t room_len;
static long first = -1;
static int number;
static int forever;

__attribute__((constructor)) static void begin(void) {
    const char *state = getenv("FAIL_STATE"), *at = getenv("FAIL_AT"), *e = getenv("FAIL_ERRNO");
    room = getenv("FAIL_ROOM");
    name = getenv("FAIL_NAME");
    if (state == NULL || room == NULL || getenv("FAIL_CALL") == NULL) return;
    room_len = strlen(room);
    first = at ? atol(at) : -1;
    number = e ? atoi(e) : EIO;
    forever = getenv("FAIL_FOREVER") != NULL;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, state, O_RDWR | O_CLOEXEC);
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) syscall(SYS_close, fd);
    if (p == MAP_FAILED) return;
    shared = p;
    kind = getenv("FAIL_CALL");
}

/* Counts one call; true when it is to fail. */
static int hit(const char *what) {
    if (shared == NULL || strcmp(kind, what) != 0) return 0;
    long n = __atomic_fetch_add(&shared->count, 1, __ATOMIC_SEQ_CST);
    if (first < 0 || !(n == first || (forever && n > first))) return 0;
    __atomic_fetch_add(&shared->failed, 1, __ATOMIC_SEQ_CST);
    if (number < 0) kill(getpid(), SIGKILL);
    errno = number;
    return 1;
}

static int inside(const char *path) {
    size_t n = strlen(path), m = name ? strlen(name) : 0;
    return strncmp(path, room, room_len) == 0 && n >= m && (m == 0 || memcmp(path + n - m, name, m) == 0);
}

static int inside_fd(int fd) {
    char link[64], path[512];
    if (shared == NULL) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long n = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = '\0';
    return inside(path);
}

static int hit_open(int at, const char *path) {
    int e = errno, there = shared && (path[0] == '/' ? inside(path) : at != AT_FDCWD && inside_fd(at));
    errno = e;
    return there && hit("open");
}

static int hit_fd(int fd, const char *what) {
    if (shared == NULL || strcmp(kind, what) != 0) return 0;
    int e = errno, there = inside_fd(fd);
    errno = e;
    return there && hit(what);
}

static int do_open(int at, const char *path, int flags, mode_t mode) {
    return hit_open(at, path) ? -1 : (int)syscall(SYS_openat, at, path, flags, mode);
}

static mode_t mode_of(int flags, va_list args) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list args; \
        va_start(args, flags); \
        mode_t mode = mode_of(flags, args); \
        va_end(args); \
        return do_open(AT_FDCWD, path, flags, mode); \
    }
#define OPENAT(name) \
    int name(int at, const char *path, int flags, ...) { \
        va_list args; \
        va_start(args, flags); \
        mode_t mode = mode_of(flags, args); \
        va_end(args); \
        return do_open(at, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
int __open64_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
int __openat64_2(int at, const char *path, int flags) { return do_open(at, path, flags, 0); }

/* Half of what was asked, when no number is given. */
#define HALF(n) (hit_fd(fd, which) ? (number ? (size_t)-1 : ((n) + 1) / 2) : (n))

ssize_t read(int fd, void *data, size_t n) {
    static const char which[] = "read";
    size_t m = HALF(n);
    return m == (size_t)-1 ? -1 : syscall(SYS_read, fd, data, m);
}
ssize_t __read_chk(int fd, void *data, size_t n, size_t size) {
    (void)size;
    return read(fd, data, n);
}
ssize_t pread64(int fd, void *data, size_t n, off64_t at) {
    static const char which[] = "read";
    size_t m = HALF(n);
    return m == (size_t)-1 ? -1 : syscall(SYS_pread64, fd, data, m, at);
}
ssize_t write(int fd, const void *data, size_t n) {
    static const char which[] = "write";
    size_t m = HALF(n);
    return m == (size_t)-1 ? -1 : syscall(SYS_write, fd, data, m);
}
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
    static const char which[] = "write";
    size_t m = HALF(n);
    return m == (size_t)-1 ? -1 : syscall(SYS_pwrite64, fd, data, m, at);
}
int fsync(int fd) { return hit_fd(fd, "sync") ? -1 : (int)syscall(SYS_fsync, fd); }
int syncfs(int fd) { return hit_fd(fd, "sync") ? -1 : (int)syscall(SYS_syncfs, fd); }
int ftruncate64(int fd, off64_t len) { return hit_fd(fd, "truncate") ? -1 : (int)syscall(SYS_ftruncate, fd, len); }
int rename(const char *old, const char *new) {
    if (shared && inside(old) && hit("rename")) return -1;
    return (int)syscall(SYS_rename, old, new);
}

/* Small ones too: what was asked for does not matter. */
void *malloc(size_t n) { return hit("alloc") ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return hit("alloc") ? NULL : __libc_calloc(n, size); }
void *realloc(void *old, size_t n) { return hit("alloc") ? NULL : __libc_realloc(old, n); }
void *reallocarray(void *old, size_t n, size_t size) {
    if (size && n > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, n * size);
}
