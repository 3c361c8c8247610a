/* The worker's loop: requests in, events out, one JSON object a line. What it sends never blocks while a job runs: progress that the front end does not
 * take is dropped, so a stopped terminal cannot hold up a write.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/session.h"
#include "session/worker.h"

#define LINE_MAX_BYTES ((size_t)4 << 20)
#define IN_ROOM ((size_t)64 << 10) /* a buffer that grows leaves copies of what it held behind */

/* ---- sending ---- */

static void flush(struct vmm_worker *w, bool wait) {
    while (w->out.len > 0 && !w->alone) {
        ssize_t n = send(w->fd, w->out.data, w->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            memmove(w->out.data, w->out.data + n, w->out.len - (size_t)n);
            w->out.len -= (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (!wait) return;
            struct pollfd p = {.fd = w->fd, .events = POLLOUT};
            poll(&p, 1, -1);
        } else {
            w->alone = true;
        }
    }
}

static void queue(struct vmm_worker *w, json_t *event) {
    json_object_set_new(event, "id", json_integer(w->id));
    char *line = json_dumps(event, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(event);
    if (line && !w->alone) {
        vmm_buf_str(&w->out, line);
        vmm_buf_str(&w->out, "\n");
    }
    free(line);
}

void vmm_worker_note(struct vmm_worker *w, const char *text) {
    queue(w, json_pack("{s:s,s:o}", "event", "note", "text", vmm_json_text(text)));
    flush(w, false);
}

/* ---- receiving ---- */

/* Takes what has arrived. `wait`: until something has. */
static void receive(struct vmm_worker *w, bool wait) {
    char chunk[4096];
    for (;;) {
        ssize_t n = recv(w->fd, chunk, sizeof chunk, wait ? 0 : MSG_DONTWAIT);
        if (n > 0) {
            vmm_buf_add(&w->in, chunk, (size_t)n);
            explicit_bzero(chunk, (size_t)n);
            if (w->in.len > LINE_MAX_BYTES) w->alone = true;
            return;
        }
        if (n < 0 && errno == EINTR) continue;
        if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) w->alone = true;
        return;
    }
}

/* The next whole request, NULL when there is none yet. Lines that are no request are skipped. */
static json_t *next_request(struct vmm_worker *w) {
    for (;;) {
        uint8_t *end = w->in.len ? memchr(w->in.data, '\n', w->in.len) : NULL;
        if (end == NULL) return NULL;
        size_t n = (size_t)(end - w->in.data);
        static const char secret[] = "\"secret\"";
        if (memmem(w->in.data, n, secret, sizeof secret - 1)) vmm_keep_to_ourselves(true); /* to its end: libraries keep copies that nobody wipes */
        json_t *request = json_loadb((char *)w->in.data, n, 0, NULL);
        memmove(w->in.data, end + 1, w->in.len - n - 1);
        explicit_bzero(w->in.data + w->in.len - n - 1, n + 1);
        w->in.len -= n + 1;
        if (request) return request;
    }
}

/* While a job runs only `cancel` is listened to; other requests stay where they are. */
static void listen_for_cancel(struct vmm_worker *w) {
    receive(w, false);
    static const char word[] = "{\"job\":\"cancel\"}\n";
    uint8_t *at = w->in.len ? memmem(w->in.data, w->in.len, word, sizeof word - 1) : NULL;
    if (at == NULL) return;
    w->stop = true;
    size_t before = (size_t)(at - w->in.data), n = sizeof word - 1;
    memmove(at, at + n, w->in.len - before - n);
    w->in.len -= n;
}

static int hear_progress(void *ctx, const char *stage, unsigned long long done, unsigned long long total) {
    struct vmm_worker *w = ctx;
    double now = vmm_seconds();
    bool fresh = w->last_stage == NULL || strcmp(w->last_stage, stage) != 0;
    bool turned = w->hold != w->hold_told;
    if (fresh || turned || now - w->last_event >= 0.1) {
        if (fresh) {
            free(w->last_stage);
            w->last_stage = vmm_strdup(stage);
            w->stage_began = now;
        }
        w->last_event = now;
        flush(w, false);
        if (w->out.len == 0 || fresh || turned) {
            json_t *event = json_pack("{s:s,s:o,s:I,s:I,s:o}", "event", "progress", "stage", vmm_json_text(stage), "done", (json_int_t)done, "total", (json_int_t)total, "left",
                                      vmm_seconds_left(now - w->stage_began, done, total));
            if (w->next) json_object_set(event, "next", w->next);
            if (w->next) json_object_set_new(event, "stop", json_boolean(!w->no_stop));
            if (w->hold) json_object_set_new(event, "hold", json_true());
            w->hold_told = w->hold;
            queue(w, event);
        }
        flush(w, false);
    }
    listen_for_cancel(w);
    return w->stop || (w->alone && !w->writing);
}

static void hear_ahead(void *ctx, const char *const *next, size_t count, bool stop) {
    struct vmm_worker *w = ctx;
    json_decref(w->next);
    w->next = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(w->next, vmm_json_text(next[i]));
    w->no_stop = !stop;
}

static void hear_hold(void *ctx, bool begins) { ((struct vmm_worker *)ctx)->hold = begins; }

struct vmm_progress vmm_worker_progress(struct vmm_worker *w) { return (struct vmm_progress){hear_progress, w, hear_ahead, hear_hold}; }

struct vmm_unlock *vmm_worker_unlock(struct vmm_worker *w, const json_t *request, struct vmm_error *err) {
    struct vmm_error mine = {0};
    struct vmm_unlock *k = vmm_unlock_from_json(json_object_get(request, "unlock"), &mine);
    if (k == NULL && mine.code == VMM_OK && w->target && strcmp(vmm_json_str(request, "target"), w->target) == 0) {
        k = w->key;
        w->key = NULL;
    }
    if (mine.code && err) *err = mine;
    return k;
}

void vmm_worker_forget(struct vmm_worker *w) {
    vmm_changes_clear(&w->plan); /* with the password, if there was one */
    w->planned = false;
    vmm_scan_free(w->scan);
    w->scan = NULL;
    vmm_volume_close(w->look, NULL);
    w->look = NULL;
    vmm_unlock_free(w->key);
    w->key = NULL;
    free(w->target);
    free(w->boot);
    free(w->format);
    w->target = w->boot = w->format = NULL;
}

static void serve(struct vmm_worker *w, const json_t *request) {
    const char *name = vmm_json_str(request, "job");
    const struct vmm_job *job = vmm_job_by_name(name);
    struct vmm_error err = {0};
    json_t *result = NULL;
    if (strcmp(name, "cancel") == 0) return; /* it came when its job had ended */
    w->id = json_integer_value(json_object_get(request, "id"));
    w->stop = w->hold = w->hold_told = false;
    w->writing = job && job->writes;
    free(w->last_stage);
    w->last_stage = NULL;
    json_decref(w->next);
    w->next = NULL;
    w->no_stop = false;
    int r = job ? job->run(w, request, &result, &err) : vmm_fail(&err, VMM_E_USAGE, NULL, _("there is no job \"%s\""), name);
    w->writing = false;
    if (r == 0) queue(w, json_pack("{s:s,s:o}", "event", "result", "result", result ? result : json_object()));
    else {
        json_decref(result);
        queue(w, json_pack("{s:s,s:{s:s,s:o,s:o,s:i}}", "event", "error", "error", "code", vmm_code_word(err.code), "message", vmm_json_text(err.message), "hint",
                           vmm_json_text(err.hint), "exit", vmm_code_exit(err.code)));
    }
    flush(w, true);
}

int vmm_worker_main(int fd) {
    prctl(PR_SET_NAME, "vmmedic"); /* it was started as /proc/self/exe, and others are told this name */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of that write, not the end */
    signal(SIGCHLD, SIG_DFL); /* a caller that ignores it would keep us from learning how our children end */
    struct vmm_worker w = {.fd = fd, .in = {.data = vmm_alloc(IN_ROOM, 1), .cap = IN_ROOM}};
    json_set_alloc_funcs(vmm_json_alloc, vmm_wiping_free); /* requests may hold a password */
    while (!w.quit) {
        json_t *request = next_request(&w);
        if (request) {
            serve(&w, request);
            json_decref(request);
        } else if (w.alone) {
            break;
        } else {
            receive(&w, true);
        }
    }
    vmm_worker_forget(&w);
    vmm_buf_free(&w.in);
    vmm_buf_free(&w.out);
    free(w.last_stage);
    json_decref(w.next);
    close(fd);
    return 0;
}
