/* Putting a file's image onto the disk where the file stands: only the pages that differ, the first page (which says how long and how new the hive is)
 * last. It can be run again from any point it was stopped at, in either direction.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "session/session.h"

#define PAGE ((size_t)4096)
#define SECTOR ((size_t)512)
#define RUN_MAX ((size_t)256 * PAGE)

static bool page_differs(const struct vmm_image *now, const struct vmm_image *want, size_t at) {
    size_t n = want->len - at < PAGE ? want->len - at : PAGE;
    return at + n > now->len || memcmp(now->data + at, want->data + at, n) != 0;
}

int vmm_install(struct vmm_volume *v, int part, const char *path, const struct vmm_image *now, const struct vmm_image *want, struct vmm_error *err) {
    bool wrote = false;
    for (size_t at = PAGE; at < want->len;) {
        size_t end = at;
        while (end < want->len && end - at < RUN_MAX && page_differs(now, want, end)) end += PAGE;
        if (end == at) {
            at += PAGE;
            continue;
        }
        if (end > want->len) end = want->len;
        if (vmm_volume_write(v, part, path, at, want->data + at, end - at, err) < 0) return -1;
        wrote = true;
        at = end;
    }
    if (now->len > want->len) {
        if (vmm_volume_truncate(v, part, path, want->len, err) < 0) return -1;
        wrote = true;
    }
    if (wrote && vmm_volume_sync(v, err) < 0) return -1;
    if (want->len > 0 && page_differs(now, want, 0)) {
        if (vmm_volume_write(v, part, path, 0, want->data, want->len < PAGE ? want->len : PAGE, err) < 0) return -1;
        if (vmm_volume_sync(v, err) < 0) return -1;
    }
    return 0;
}

static bool same(const struct vmm_image *a, const struct vmm_image *b) { return a->len == b->len && memcmp(a->data, b->data, a->len) == 0; }

/* The sector at AT of `now` is that of `image`; the end of a shorter file counts as far as it goes. */
static bool sector_of(const struct vmm_image *now, const struct vmm_image *image, size_t at, size_t n) {
    return at + n <= image->len && memcmp(now->data + at, image->data + at, n) == 0;
}

static bool zeros(const struct vmm_image *i) {
    for (size_t k = 0; k < i->len; k++)
        if (i->data[k] != 0) return false;
    return true;
}

/* A file that holds a secret is known by what stands before and after it; it begins with a mark of its own. */
static enum vmm_file_state state_of_holed(const struct vmm_image *now, const struct vmm_image *after) {
    size_t tail = after->len - after->head;
    bool head = memcmp(now->data, after->data, now->len < after->head ? now->len : after->head) == 0;
    if (head && now->len > after->len && memcmp(now->data + now->len - tail, after->data + after->head, tail) == 0) return VMM_FILE_AFTER;
    return head || zeros(now) ? VMM_FILE_TORN : VMM_FILE_OTHER;
}

enum vmm_file_state vmm_file_state(const struct vmm_image *now, const struct vmm_image *before, const struct vmm_image *after) {
    if (now->absent) return before->absent ? VMM_FILE_BEFORE : VMM_FILE_OTHER;
    if (after->holed) return state_of_holed(now, after);
    if (before->absent) {
        const struct vmm_image nothing = {after->data, 0, false, false, 0};
        return now->len == 0 && after->len > 0 ? VMM_FILE_TORN : vmm_file_state(now, &nothing, after);
    }
    if (same(now, before)) return VMM_FILE_BEFORE;
    if (same(now, after)) return VMM_FILE_AFTER;
    size_t least = before->len < after->len ? before->len : after->len, most = before->len > after->len ? before->len : after->len;
    if (now->len < least || now->len > most) return VMM_FILE_OTHER;
    for (size_t at = 0; at < now->len; at += SECTOR) {
        size_t n = now->len - at < SECTOR ? now->len - at : SECTOR;
        if (sector_of(now, before, at, n) || sector_of(now, after, at, n)) continue;
        bool fresh = at >= least; /* room that the file system has given and nobody has filled */
        for (size_t i = 0; fresh && i < n; i++) fresh = now->data[at + i] == 0;
        if (!fresh) return VMM_FILE_OTHER;
    }
    return VMM_FILE_TORN;
}
