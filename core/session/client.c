/* The front end's side of the worker.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "session/client.h"
#include "session/worker.h"

#define GOODBYE_MS 10000

struct vmm_client {
    int fd;
    pid_t pid;
    struct vmm_buf in, out;
    json_int_t last_id;
    size_t unanswered;
    json_int_t writing; /* the request that writes, until it is answered; 0 none */
};

/* In the child: a process session of its own, nothing of the terminal left. */
static void become_worker(const char *program, int fd) {
    setsid();
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
    }
    if (fd != 3) {
        dup2(fd, 3);
        close(fd);
    } else {
        fcntl(3, F_SETFD, 0);
    }
    execl(program, "vmmedic", VMM_WORKER_ARGUMENT, (char *)NULL);
    _exit(127);
}

struct vmm_client *vmm_client_start_program(const char *program, struct vmm_error *err) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        vmm_fail(err, VMM_E_SYSTEM, NULL, _("starting the worker: %s"), strerror(errno));
        return NULL;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        become_worker(program, pair[1]);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        vmm_fail(err, VMM_E_SYSTEM, NULL, _("starting the worker: %s"), strerror(errno));
        return NULL;
    }
    struct vmm_client *c = vmm_alloc(1, sizeof *c);
    c->fd = pair[0];
    c->pid = pid;
    return c;
}

struct vmm_client *vmm_client_start(struct vmm_error *err) { return vmm_client_start_program("/proc/self/exe", err); }

int vmm_client_fd(const struct vmm_client *c) { return c->fd; }

int vmm_client_pid(const struct vmm_client *c) { return (int)c->pid; }

static int gone(const struct vmm_client *c, struct vmm_error *err) {
    if (c->writing)
        return vmm_fail(err, VMM_E_INTERRUPTED, _("Start vmmedic again with this disk: it says what state it is in and offers to finish or put back."),
                        _("the worker ended while it was writing"));
    return vmm_fail(err, VMM_E_SYSTEM, _("Nothing was written. Try again; if it happens again, please report it."), _("the worker ended unexpectedly"));
}

/* As much as the socket takes: a worker inside a long call reads nothing, and the person's keys must not wait for it. The rest goes with the next call. */
static int send_rest(struct vmm_client *c) {
    while (c->out.len > 0) {
        ssize_t n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
        if (n <= 0) return -1;
        size_t left = c->out.len - (size_t)n;
        memmove(c->out.data, c->out.data + n, left);
        explicit_bzero(c->out.data + left, (size_t)n);
        c->out.len = left;
    }
    return 0;
}

static void wipe_rest(struct vmm_client *c) {
    if (c->out.data) explicit_bzero(c->out.data, c->out.cap);
    vmm_buf_free(&c->out);
}

/* A line may hold a password: what waits grows by moving to a new place and wiping the old one, which realloc would leave behind. */
static void queue(struct vmm_client *c, const char *text) {
    size_t n = strlen(text);
    if (c->out.cap - c->out.len <= n) {
        struct vmm_buf more = {.cap = 2 * (c->out.len + n + 1)};
        more.data = vmm_alloc(more.cap, 1);
        vmm_buf_add(&more, c->out.data, c->out.len);
        wipe_rest(c);
        c->out = more;
    }
    vmm_buf_add(&c->out, text, n);
}

int vmm_client_send(struct vmm_client *c, json_t *request, struct vmm_error *err) {
    const struct vmm_job *job = vmm_job_by_name(vmm_json_str(request, "job"));
    json_object_set_new(request, "id", json_integer(++c->last_id));
    char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
    json_decref(request);
    if (text == NULL) return vmm_fail(err, VMM_E_USAGE, NULL, _("a text that is not UTF-8 cannot be asked for"));
    queue(c, text);
    queue(c, "\n");
    vmm_wiping_free(text); /* a request may hold a password */
    int r = send_rest(c) < 0 ? gone(c, err) : (int)c->last_id;
    if (r > 0) c->unanswered++;
    if (r > 0 && job && job->writes) c->writing = r;
    return r;
}

static int take_line(struct vmm_client *c, json_t **event) {
    uint8_t *end = c->in.len ? memchr(c->in.data, '\n', c->in.len) : NULL;
    if (end == NULL) return 0;
    size_t n = (size_t)(end - c->in.data);
    *event = json_loadb((char *)c->in.data, n, 0, NULL);
    memmove(c->in.data, end + 1, c->in.len - n - 1);
    c->in.len -= n + 1;
    return *event ? 1 : take_line(c, event);
}

int vmm_client_next(struct vmm_client *c, int timeout_ms, json_t **event, struct vmm_error *err) {
    for (;;) {
        if (take_line(c, event)) {
            const char *kind = vmm_json_str(*event, "event");
            bool ends = strcmp(kind, "result") == 0 || strcmp(kind, "error") == 0;
            if (ends && c->unanswered) c->unanswered--;
            if (ends && json_integer_value(json_object_get(*event, "id")) == c->writing) c->writing = 0;
            return 1;
        }
        send_rest(c); /* that it is gone is said when there is nothing left to hear */
        struct pollfd p = {.fd = c->fd, .events = (short)(POLLIN | (c->out.len ? POLLOUT : 0))};
        int ready = poll(&p, 1, timeout_ms);
        if (ready < 0 && errno == EINTR) return 0;
        if (ready == 0) return 0;
        char chunk[16384];
        ssize_t n = recv(c->fd, chunk, sizeof chunk, MSG_DONTWAIT);
        if (n > 0) vmm_buf_add(&c->in, chunk, (size_t)n);
        else if (n == 0 || (errno != EINTR && errno != EAGAIN)) return gone(c, err);
    }
}

void vmm_client_cancel(struct vmm_client *c) {
    queue(c, "{\"job\":\"cancel\"}\n");
    send_rest(c);
}

void vmm_client_close(struct vmm_client *c) {
    if (c == NULL) return;
    close(c->fd); /* the worker sees it, finishes what it writes, and ends by itself */
    int end = c->unanswered == 0 ? pidfd_open(c->pid, 0) : -1;
    if (end >= 0) { /* it only lets go of the disk, which the next command may want */
        poll(&(struct pollfd){.fd = end, .events = POLLIN}, 1, GOODBYE_MS);
        close(end);
    }
    waitpid(c->pid, NULL, WNOHANG);
    vmm_buf_free(&c->in);
    wipe_rest(c);
    free(c);
}

static void error_from(const json_t *event, struct vmm_error *err) {
    const json_t *e = json_object_get(event, "error");
    const char *hint = vmm_json_str(e, "hint");
    vmm_fail(err, vmm_code_from_word(vmm_json_str(e, "code")), *hint ? hint : NULL, "%s", vmm_json_str(e, "message"));
}

json_t *vmm_client_call(struct vmm_client *c, json_t *request, void (*hear)(void *ctx, const json_t *event), void *ctx, struct vmm_error *err) {
    int id = vmm_client_send(c, request, err);
    json_t *result = NULL, *event;
    while (id > 0) {
        int r = vmm_client_next(c, -1, &event, err);
        if (r < 0) return NULL;
        if (r == 0) continue;
        const char *kind = vmm_json_str(event, "event");
        bool mine = json_integer_value(json_object_get(event, "id")) == id;
        if (mine && strcmp(kind, "result") == 0) {
            result = json_incref(json_object_get(event, "result"));
            id = 0;
        } else if (mine && strcmp(kind, "error") == 0) {
            error_from(event, err);
            id = 0;
        } else if (hear) {
            hear(ctx, event);
        }
        json_decref(event);
    }
    return result;
}
