/* Putting the image of a file onto the disk where the file stands, in an order that leaves a whole hive at every moment. Only pages that differ are
 * written. It can be stopped anywhere and run again, in either direction: what to do next is told by the first sector and the log.
 *
 * From one clean hive to another ("flip"):
 *   1  what stands behind the end of the old hive is written: nobody looks there                                                      old
 *   2  the log entry; a clean hive's logs are not looked at                                                                           old
 *   3  the opening sector: from here on Windows makes the new hive of whatever pages it finds, from that entry                        new, by the log
 *   4  the pages that differ                                                                                                          new, by the log
 *   5  the new first sector                                                                                                           new
 *   6  what stands behind the end of the new hive, and the file's length                                                              new
 * with a sync after each. Where no log can carry it, 2 and 3 are left out, and during 4 and 5 only the session knows how to go on.
 * The same entry serves both directions while it is open: all pages of one hive in place, then its first sector.
 *
 * A hive that Windows left dirty, with its changes in its logs (apply, then the same backwards in undo):
 *   A  dirty first sector, and the pages of the replayed hive in place: Windows replays the logs over any mixture of them             old, by its logs
 *   B  the first sector of the replayed hive, clean: from here on its logs are not needed                                             old
 *   C  the flip to the new hive                                                                                                       as above
 * Undo: flip back to the replayed hive (old), put the logs back as they were while it is clean and does not need them (old), and only then the dirty first
 * sector (old, by its logs) and the pages as they were. So the logs are whole whenever a first sector on the disk makes Windows look at them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

#define RUN_MAX ((size_t)256 * VMM_PAGE)

struct work {
    struct vmm_volume *volume;
    const struct vmm_rewrite *f;
    struct vmm_now *now;
    struct vmm_steps *steps;
    bool wrote; /* since the last sync */
};

static int settle(struct work *w, struct vmm_error *err) {
    if (!w->wrote) return 0;
    w->wrote = false;
    return vmm_volume_sync(w->volume, err);
}

static int put(struct work *w, const char *path, struct vmm_image *now, size_t at, const uint8_t *data, size_t len, struct vmm_error *err) {
    w->wrote = true;
    if (vmm_volume_write(w->volume, w->f->part, path, at, data, len, err) < 0) return -1;
    if (at + len > now->len) {
        now->data = vmm_realloc(now->data, at + len, 1);
        now->len = at + len;
    }
    memcpy(now->data + at, data, len);
    return 0;
}

static size_t page_end(size_t at, size_t to) {
    size_t end = (at / VMM_PAGE + 1) * VMM_PAGE;
    return end < to ? end : to;
}

/* The bytes of WANT from FROM to TO that the file has not yet, page by page. */
static int put_pages(struct work *w, const char *path, struct vmm_image *now, const struct vmm_image *want, size_t from, size_t to, struct vmm_error *err) {
    if (to > want->len) to = want->len;
    for (size_t at = from; at < to;) {
        size_t end = at;
        for (size_t next; end < to && end - at < RUN_MAX; end = next) {
            next = page_end(end, to);
            if (next <= now->len && memcmp(now->data + end, want->data + end, next - end) == 0) break;
        }
        if (end == at) end = page_end(at, to);
        else if (put(w, path, now, at, want->data + at, end - at, err) < 0) return -1;
        at = end;
    }
    return 0;
}

static int put_sector(struct work *w, const uint8_t *sector, struct vmm_error *err) {
    if (w->now->file.len >= VMM_SECTOR && memcmp(w->now->file.data, sector, VMM_SECTOR) == 0) return 0;
    return put(w, w->f->path, &w->now->file, 0, sector, VMM_SECTOR, err) < 0 || settle(w, err) < 0 ? -1 : 0;
}

/* What stands behind the hive's end, and the file's own. */
static int put_tail(struct work *w, const struct vmm_image *want, struct vmm_error *err) {
    struct vmm_image *now = &w->now->file;
    if (put_pages(w, w->f->path, now, want, vmm_hive_end(want), want->len, err) < 0) return -1;
    if (now->len > want->len) {
        w->wrote = true;
        if (vmm_volume_truncate(w->volume, w->f->part, w->f->path, want->len, err) < 0) return -1;
        now->len = want->len;
    }
    return settle(w, err);
}

/* The pages of the hive and, when all of them are on the medium, the first sector that makes them one. */
static int put_hive(struct work *w, const struct vmm_image *want, struct vmm_error *err) {
    if (put_pages(w, w->f->path, &w->now->file, want, VMM_SECTOR, vmm_hive_end(want), err) < 0 || settle(w, err) < 0) return -1;
    return put_sector(w, want->data, err) < 0 ? -1 : put_tail(w, want, err);
}

/* Pages alone cannot change from one hive to the other without a moment in between: more than one sector of them differs. */
static bool bare(const struct work *w, const struct vmm_image *to) {
    const struct vmm_image *now = &w->now->file;
    size_t end = vmm_hive_end(to), sectors = 0;
    for (size_t at = VMM_SECTOR; at < end && at < now->len && sectors < 2; at += VMM_SECTOR) {
        size_t n = end - at < VMM_SECTOR ? end - at : VMM_SECTOR;
        sectors += at + n > now->len || memcmp(now->data + at, to->data + at, n) != 0;
    }
    return sectors > 1;
}

static int flip(struct work *w, const struct vmm_image *from, const struct vmm_image *to, const struct vmm_log_first *how, struct vmm_error *err) {
    struct vmm_image *now = &w->now->file;
    if (!vmm_now_open(w->f, w->now) && vmm_now_is(w->now, from)) {
        if (put_pages(w, w->f->path, now, to, vmm_hive_end(from), to->len, err) < 0 || settle(w, err) < 0) return -1;
        if (how->log) {
            const struct vmm_image head = {.data = how->head, .len = how->head_len};
            if (put_pages(w, w->f->logs[how->log].path, &w->now->logs[how->log], &head, 0, head.len, err) < 0 || settle(w, err) < 0) return -1;
            if (put_sector(w, how->open, err) < 0) return -1;
        }
    }
    bool hold = !vmm_now_open(w->f, w->now) && bare(w, to);
    if (hold) vmm_steps_hold(w->steps, true);
    int r = put_hive(w, to, err);
    if (hold && r == 0) vmm_steps_hold(w->steps, false); /* after a failure it is held until it has been put right */
    return r;
}

/* The log that carried it, as it was before or as apply leaves it. The hive is clean and does not need it. */
static int put_log(struct work *w, bool to_after, struct vmm_error *err) {
    int n = w->f->forth.log;
    if (n == 0) return 0;
    const struct vmm_image *was = &w->f->logs[n].image, head = {.data = w->f->forth.head, .len = w->f->forth.head_len};
    struct vmm_image *now = &w->now->logs[n];
    if (to_after && put_pages(w, w->f->logs[n].path, now, &head, 0, head.len, err) < 0) return -1;
    if (put_pages(w, w->f->logs[n].path, now, was, to_after ? head.len : 0, was->len, err) < 0) return -1;
    return settle(w, err);
}

static int install(struct work *w, bool to_after, struct vmm_error *err) {
    const struct vmm_rewrite *f = w->f;
    struct vmm_now *now = w->now;
    const struct vmm_image *clean = vmm_clean_of(f);
    uint8_t half[VMM_SECTOR];
    bool dirty = clean != &f->before, half_way = dirty && vmm_now_dirty(f, now);
    if (dirty) vmm_dirty_sector(f, half);
    if (to_after) {
        if (half_way && (put_sector(w, half, err) < 0 || put_hive(w, clean, err) < 0)) return -1;
        if (!vmm_same(&now->file, &f->after) && flip(w, clean, &f->after, &f->forth, err) < 0) return -1;
        return put_log(w, true, err);
    }
    if (!half_way) {
        if (!vmm_same(&now->file, clean) && flip(w, &f->after, clean, &f->back, err) < 0) return -1;
        if (put_log(w, false, err) < 0) return -1;
        if (!dirty) return 0;
    }
    if (put_sector(w, half, err) < 0) return -1;
    if (put_pages(w, f->path, &now->file, &f->before, VMM_SECTOR, f->before.len, err) < 0 || settle(w, err) < 0) return -1;
    return put_sector(w, f->before.data, err) < 0 ? -1 : put_tail(w, &f->before, err);
}

int vmm_install(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_now *now, bool to_after, struct vmm_steps *steps, struct vmm_error *err) {
    struct work w = {.volume = v, .f = f, .now = now, .steps = steps};
    if (f->whole) vmm_steps_hold(steps, true); /* the driver changes more than one place of the file system for it */
    int r = f->whole ? vmm_whole_install(v, f, &now->file, to_after, err) : install(&w, to_after, err);
    if (r == 0) vmm_steps_hold(steps, false); /* a failure before this one may have left it held */
    return r;
}
