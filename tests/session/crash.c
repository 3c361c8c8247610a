/* The disk in memory, and the states a power cut can leave of it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/crash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "session/session.h"
#include "volume/engine.h"

#define SECTOR ((size_t)512)

struct crash_disk crash_now;
uint64_t crash_seed = 1;

uint32_t crash_draw(uint32_t below) {
    crash_seed = crash_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(crash_seed >> 33) % below;
}

/* ---- disks ---- */
static struct crash_file *find(struct crash_disk *d, const char *path) {
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->files[i].path, path) == 0) return &d->files[i];
    return NULL;
}

const struct crash_file *crash_get(const struct crash_disk *d, const char *path) {
    const struct crash_file *f = find((struct crash_disk *)(uintptr_t)d, path);
    return f && !f->gone && !f->dir ? f : NULL;
}

void crash_put(struct crash_disk *d, const char *path, const void *data, size_t len) {
    struct crash_file *f = find(d, path);
    if (f == NULL) {
        if (d->count == CRASH_FILES) abort();
        f = &d->files[d->count++];
        snprintf(f->path, sizeof f->path, "%s", path);
    } else {
        free(f->data);
    }
    f->data = vmm_memdup(data, len);
    f->len = len;
    f->dir = f->gone = false;
}

void crash_free(struct crash_disk *d) {
    for (size_t i = 0; i < d->count; i++) free(d->files[i].data);
    *d = (struct crash_disk){0};
}

void crash_copy(struct crash_disk *to, const struct crash_disk *from) {
    crash_free(to);
    for (size_t i = 0; i < from->count; i++) {
        crash_put(to, from->files[i].path, from->files[i].data, from->files[i].len);
        to->files[i].dir = from->files[i].dir;
        to->files[i].gone = from->files[i].gone;
    }
}

bool crash_same(const struct crash_disk *a, const struct crash_disk *b) {
    size_t there = 0;
    for (size_t i = 0; i < b->count; i++) there += !b->files[i].gone;
    for (size_t i = 0; i < a->count; i++) {
        const struct crash_file *f = &a->files[i], *g = find((struct crash_disk *)(uintptr_t)b, f->path);
        if (f->gone) continue;
        if (g == NULL || g->gone || f->dir != g->dir || f->len != g->len || memcmp(f->data, g->data, f->len) != 0) return false;
        there--;
    }
    return there == 0;
}

static void resize(struct crash_file *f, size_t len) {
    f->data = vmm_realloc(f->data, len, 1);
    if (len > f->len) memset(f->data + f->len, 0, len - f->len);
    f->len = len;
}

/* ---- recording ---- */
static struct crash_trace trace;
static bool recording;

void crash_record(void) { recording = true; }

struct crash_trace crash_recorded(void) {
    struct crash_trace t = trace;
    recording = false;
    trace = (struct crash_trace){0};
    return t;
}

void crash_trace_free(struct crash_trace *t) {
    for (size_t i = 0; i < t->count; i++) free(t->ops[i].data);
    free(t->ops);
    *t = (struct crash_trace){0};
}

static void note(struct crash_op op, const uint8_t *data) {
    if (!recording) return;
    op.data = data ? vmm_memdup(data, op.len) : NULL;
    trace.ops = vmm_realloc(trace.ops, trace.count + 1, sizeof *trace.ops);
    trace.ops[trace.count++] = op;
}

int __real_vmm_journal(struct vmm_session *s, struct vmm_error *err, const char *format, ...);
int __wrap_vmm_journal(struct vmm_session *s, struct vmm_error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));
int __wrap_vmm_journal(struct vmm_session *s, struct vmm_error *err, const char *format, ...) {
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    int r = __real_vmm_journal(s, err, "%s", text);
    struct stat st;
    if (fstat(s->journal, &st) < 0) abort();
    note((struct crash_op){.kind = CRASH_LINE, .len = (size_t)st.st_size}, NULL);
    return r;
}

/* ---- the engine ---- */
static bool exact(struct vmm_volume *v, const struct vmm_part *p) {
    (void)v, (void)p;
    return true;
}

static int look(struct vmm_volume *v, const struct vmm_part *p, const char *path, struct vmm_node *node, struct vmm_error *err) {
    (void)v, (void)p, (void)err;
    size_t n = strlen(path);
    const struct crash_file *f = crash_get(&crash_now, path);
    if (f) {
        *node = (struct vmm_node){VMM_NODE_FILE, {.size = f->len}};
        return 1;
    }
    bool dir = n == 0;
    for (size_t i = 0; i < crash_now.count; i++) {
        const struct crash_file *one = &crash_now.files[i];
        if (!one->gone && strncmp(one->path, path, n) == 0) dir = dir || one->path[n] == '/' || (one->dir && one->path[n] == 0);
    }
    if (dir) *node = (struct vmm_node){VMM_NODE_DIR, {.is_dir = true}};
    return dir;
}

static int names(struct vmm_volume *v, const struct vmm_part *p, const char *path, char ***list, size_t *count, struct vmm_error *err) {
    (void)v, (void)p, (void)err;
    size_t n = strlen(path);
    *list = vmm_alloc(CRASH_FILES, sizeof **list);
    *count = 0;
    for (size_t i = 0; i < crash_now.count; i++) {
        const char *rest = crash_now.files[i].path;
        if (crash_now.files[i].gone) continue;
        if (n && (strncmp(rest, path, n) != 0 || rest[n] != '/')) continue;
        rest += n ? n + 1 : 0;
        char *name = vmm_strndup(rest, strcspn(rest, "/"));
        bool known = false;
        for (size_t k = 0; k < *count; k++) known = known || strcmp((*list)[k], name) == 0;
        if (known) free(name);
        else (*list)[(*count)++] = name;
    }
    return 0;
}

static int read_bytes(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t offset, uint8_t *data, size_t *len, struct vmm_error *err) {
    (void)v, (void)p, (void)err;
    const struct crash_file *f = crash_get(&crash_now, path);
    size_t there = offset > f->len ? 0 : f->len - (size_t)offset;
    if (*len > there) *len = there;
    memcpy(data, f->data + offset, *len);
    return 0;
}

static int write_bytes(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t offset, const uint8_t *data, size_t len, struct vmm_error *err) {
    (void)v, (void)p, (void)err;
    struct crash_file *f = find(&crash_now, path);
    if (offset + len > f->len) resize(f, (size_t)offset + len);
    memcpy(f->data + offset, data, len);
    note((struct crash_op){.kind = CRASH_WRITE, .file = (size_t)(f - crash_now.files), .at = (size_t)offset, .len = len}, data);
    return 0;
}

static int truncate_file(struct vmm_volume *v, const struct vmm_part *p, const char *path, uint64_t size, struct vmm_error *err) {
    (void)v, (void)p, (void)err;
    struct crash_file *f = find(&crash_now, path);
    resize(f, (size_t)size);
    note((struct crash_op){.kind = CRASH_CUT, .file = (size_t)(f - crash_now.files), .len = (size_t)size}, NULL);
    return 0;
}

static int create(struct vmm_volume *v, const struct vmm_part *p, const char *path, bool folder, const uint8_t *data, size_t len, const struct vmm_descriptor *sd,
                  struct vmm_error *err) {
    (void)v, (void)p, (void)err, (void)sd;
    crash_put(&crash_now, path, data, len);
    struct crash_file *f = find(&crash_now, path);
    struct crash_op op = {.kind = CRASH_MAKE, .file = (size_t)(f - crash_now.files), .len = len, .dir = folder};
    f->dir = folder;
    snprintf(op.path, sizeof op.path, "%s", path);
    note(op, data);
    return 0;
}

static int take_away(struct vmm_volume *v, const struct vmm_part *p, const char *path, bool folder, struct vmm_error *err) {
    (void)v, (void)p, (void)err;
    struct crash_file *f = find(&crash_now, path);
    if (f == NULL || f->gone || f->dir != folder) abort();
    f->gone = true;
    note((struct crash_op){.kind = CRASH_GONE, .file = (size_t)(f - crash_now.files)}, NULL);
    return 0;
}

static int space(struct vmm_volume *v, const struct vmm_part *p, uint64_t *bytes, struct vmm_error *err) {
    (void)v, (void)p, (void)err;
    *bytes = 1u << 30;
    return 0;
}

static int sync_all(struct vmm_volume *v, struct vmm_error *err) {
    (void)v, (void)err;
    note((struct crash_op){.kind = CRASH_SYNC}, NULL);
    return 0;
}

static const struct vmm_engine *below;

static int close_disk(struct vmm_volume *v, struct vmm_error *err) {
    if (v->wrote) sync_all(v, err);
    v->wrote = false; /* nothing went into the folder */
    return below->close(v, err);
}

static const struct vmm_engine engine = {.name = "folder", .exact = exact, .look = look, .names = names, .read = read_bytes, .write = write_bytes, .truncate = truncate_file,
                                         .create = create, .remove = take_away, .space = space, .sync = sync_all, .reread = sync_all, .close = close_disk};

int __real_vmm_folder_open(struct vmm_volume *v, const struct vmm_open *o, struct vmm_error *err);
int __wrap_vmm_folder_open(struct vmm_volume *v, const struct vmm_open *o, struct vmm_error *err);
int __wrap_vmm_folder_open(struct vmm_volume *v, const struct vmm_open *o, struct vmm_error *err) {
    int r = __real_vmm_folder_open(v, o, err); /* the folder itself is empty: it is what is locked and named */
    below = v->engine;
    v->engine = &engine;
    return r;
}

/* ---- states ---- */
static void write_sector(struct crash_file *f, size_t at, const uint8_t *data, size_t n, bool drop, bool tear_first) {
    uint32_t luck = drop ? crash_draw(8) : 7;
    if (luck < 3) return;
    if (luck == 3 && (at >= SECTOR || tear_first)) n = crash_draw((uint32_t)n);
    memcpy(f->data + at, data, n);
}

/* What there is of a file that was made and not synced: nothing, its name, some of its bytes, all of them. */
static void make(struct crash_disk *d, const struct crash_op *op, bool drop) {
    uint32_t luck = drop ? crash_draw(4) : 3;
    crash_put(d, op->path, op->data, op->len);
    struct crash_file *f = &d->files[op->file];
    f->dir = op->dir;
    f->gone = luck == 0;
    if (luck == 1) resize(f, 0);
    for (size_t at = 0; luck == 2 && at < f->len; at += SECTOR)
        if (crash_draw(2)) memset(f->data + at, 0, f->len - at < SECTOR ? f->len - at : SECTOR);
}

/* Nobody comes to what is in a folder that is not there. */
static void forget_unreachable(struct crash_disk *d) {
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->count; k++) {
            const struct crash_file *in = &d->files[i];
            size_t n = strlen(in->path);
            if (in->dir && in->gone && strncmp(d->files[k].path, in->path, n) == 0 && d->files[k].path[n] == '/') d->files[k].gone = true;
        }
}

void crash_state(struct crash_disk *out, const struct crash_disk *base, const struct crash_trace *t, size_t stop, bool drop, bool tear_first) {
    size_t synced = 0;
    for (size_t i = 0; i < stop; i++)
        if (t->ops[i].kind == CRASH_SYNC) synced = i + 1;
    crash_copy(out, base);
    for (size_t i = 0; i < stop; i++) {
        const struct crash_op *op = &t->ops[i];
        bool may_drop = drop && i >= synced;
        if (op->kind == CRASH_MAKE) make(out, op, may_drop);
        struct crash_file *f = &out->files[op->file];
        if (op->kind == CRASH_GONE && !(may_drop && crash_draw(2))) f->gone = true;
        if (f->gone && (op->kind == CRASH_WRITE || op->kind == CRASH_CUT)) continue;
        if (op->kind == CRASH_CUT && !(may_drop && crash_draw(2))) resize(f, op->len);
        if (op->kind != CRASH_WRITE) continue;
        size_t end = op->at + op->len;
        if (end > f->len && may_drop && crash_draw(2)) end = f->len; /* the new length is not there */
        if (end > f->len) resize(f, end);
        for (size_t at = op->at; at < end; at = (at / SECTOR + 1) * SECTOR) {
            size_t next = (at / SECTOR + 1) * SECTOR < end ? (at / SECTOR + 1) * SECTOR : end;
            write_sector(f, at, op->data + (at - op->at), next - at, may_drop, tear_first);
        }
    }
    forget_unreachable(out);
}

size_t crash_journal(const struct crash_trace *t, size_t stop) {
    size_t len = 0;
    for (size_t i = 0; i < stop; i++)
        if (t->ops[i].kind == CRASH_LINE) len = t->ops[i].len;
    return len;
}
