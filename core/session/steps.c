/* Stages of a writing job: announced beforehand, named and timed while they happen, and kept in a small file for those who look from elsewhere.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "session/session.h"

#define KEEP_EVERY 1.0 /* seconds */

json_t *vmm_seconds_left(double elapsed, unsigned long long done, unsigned long long total) {
    if (elapsed < 3 || done == 0 || done > total || total < 1000) return json_null();
    return json_integer((json_int_t)(elapsed * (double)(total - done) / (double)done + 0.5));
}

/* ---- the file ---- */
static json_t *snapshot_of(const struct vmm_steps *s) {
    json_t *next = json_array();
    for (size_t i = s->at; i < s->count; i++) json_array_append_new(next, vmm_json_text(s->stages[i]));
    return json_pack("{s:s,s:o,s:I,s:I,s:o,s:b,s:f,s:f,s:o,s:o}", "job", s->job ? s->job : "", "stage", vmm_json_text(s->now), "done", (json_int_t)s->done, "total",
                     (json_int_t)s->total, "left", vmm_seconds_left(vmm_seconds() - s->began, s->done, s->total), "stop", !s->no_stop, "first", s->first, "began", s->began,
                     "ended", s->list ? json_deep_copy(s->list) : json_array(), "next", next);
}

static void keep(struct vmm_steps *s) {
    if (s->session == NULL || s->now == NULL) return;
    s->kept = vmm_seconds();
    json_t *state = snapshot_of(s);
    char *path = vmm_session_path(s->session, "progress"), *text = json_dumps(state, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (text) vmm_file_put(path, text, strlen(text), NULL);
    json_decref(state);
    free(path);
    free(text);
}

/* The clock of both processes is the machine's, so what began then has run for so long. */
static double seconds_of(const json_t *state, const char *key) {
    double seconds = vmm_seconds() - json_number_value(json_object_get(state, key));
    return seconds > 0 && seconds < 1e9 ? seconds : 0;
}

static json_t *since(double seconds) {
    time_t then = time(NULL) - (time_t)seconds;
    struct tm tm;
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&then, &tm));
    return json_string(stamp);
}

json_t *vmm_progress_of(const char *dir) {
    char *path = vmm_printf("%s/progress", dir);
    uint8_t *data = NULL;
    size_t len = 0;
    json_t *state = NULL;
    if (vmm_file_read(path, 1u << 16, &data, &len, NULL) == 0) state = json_loadb((char *)data, len, 0, NULL);
    free(data);
    free(path);
    if (!json_is_object(state)) {
        json_decref(state);
        return json_null();
    }
    json_object_set_new(state, "since", since(seconds_of(state, "first")));
    json_object_set_new(state, "elapsed", json_real(seconds_of(state, "first")));
    json_object_set_new(state, "seconds", json_real(seconds_of(state, "began")));
    json_object_del(state, "first");
    json_object_del(state, "began");
    return state;
}

/* ---- the stages ---- */
void vmm_steps_expect(struct vmm_steps *s, const char *text) {
    s->stages = vmm_realloc(s->stages, s->count + 1, sizeof *s->stages);
    s->stages[s->count++] = vmm_strdup(text);
}

void vmm_steps_end(struct vmm_steps *s) {
    if (s->now == NULL) return;
    if (s->list == NULL) s->list = json_array();
    json_array_append_new(s->list, json_pack("{s:o,s:f}", "text", vmm_json_text(s->now), "seconds", vmm_seconds() - s->began));
    free(s->now);
    free(s->inner);
    s->now = s->inner = NULL;
}

void vmm_steps_close(struct vmm_steps *s) {
    vmm_steps_end(s);
    if (s->session) {
        char *path = vmm_session_path(s->session, "progress");
        unlink(path);
        free(path);
    }
    s->session = NULL;
    for (size_t i = 0; i < s->count; i++) free(s->stages[i]);
    free(s->stages);
    s->stages = NULL;
    s->count = s->at = 0;
}

int vmm_step(struct vmm_steps *s, const char *text) {
    vmm_steps_end(s);
    size_t at = s->at;
    while (at < s->count && strcmp(s->stages[at], text) != 0) at++;
    s->at = at < s->count ? at + 1 : s->count; /* what nobody expected (putting back) ends what was expected */
    s->now = vmm_strdup(text);
    s->done = s->total = 0;
    s->began = vmm_seconds();
    if (s->first <= 0) s->first = s->began;
    keep(s);
    if (s->progress.ahead) s->progress.ahead(s->progress.ctx, s->stages ? (const char *const *)s->stages + s->at : NULL, s->count - s->at, !s->no_stop);
    return s->progress.fn ? s->progress.fn(s->progress.ctx, text, 0, 0) : 0;
}

/* Only the first thing the engine counts is counted: a bar does not run backwards. */
static int hear_inner(void *ctx, const char *stage, unsigned long long done, unsigned long long total) {
    struct vmm_steps *s = ctx;
    if (s->now == NULL) return 0;
    if (s->inner == NULL) s->inner = vmm_strdup(stage);
    bool counted = strcmp(s->inner, stage) == 0;
    s->done = counted ? done : 0;
    s->total = counted ? total : 0;
    if (vmm_seconds() - s->kept >= KEEP_EVERY) keep(s);
    int stop = s->progress.fn ? s->progress.fn(s->progress.ctx, s->now, s->done, s->total) : 0;
    return s->no_stop ? 0 : stop; /* a wish that comes too late must not stop the engine between two pages */
}

struct vmm_progress vmm_steps_inner(struct vmm_steps *s) { return (struct vmm_progress){.fn = hear_inner, .ctx = s}; }
