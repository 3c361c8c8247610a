/* Small files that a session makes, writes anew and takes away again: what one is now, and how it becomes what it was or shall be. No log can carry these, so between
 * the two only the session knows how to go on; each step below leaves a state that is known again, and both ways can begin from any of them.
 *
 *   made            folders that are missing, outermost first; the file with its bytes; sync
 *   taken away      where it holds a secret: zeros over it, sync; the file; its folders while they are empty, innermost first; sync
 *   written anew    its bytes over the old ones; the length when it shrinks; sync
 *
 * One that was cut off while it was made is taken away and made again: it may lack the descriptor that keeps others out of it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

enum { SECRET_MAX = 1024 };

int vmm_whole_read(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_image *now, struct vmm_error *err) {
    *now = (struct vmm_image){0};
    int there = vmm_volume_lookup(v, f->part, f->path, NULL, NULL, err);
    if (there < 0) return -1;
    now->absent = there == 0;
    return there ? vmm_volume_read(v, f->part, f->path, VMM_FILE_MAX, &now->data, &now->len, err) : 0;
}

/* ---- what it is ---- */

/* The secret is somewhere else or nowhere; what stands before and behind it is here. */
static bool holed(const struct vmm_rewrite *f) { return f->secret && f->secret_len == 0; }

/* Where in the file the secret would end. */
static size_t hole_end(const struct vmm_rewrite *f, const struct vmm_image *now) {
    return now->len > f->after.len ? now->len - (f->after.len - f->secret_at) : now->len;
}

/* One line of text, no longer than a password can be in any spelling: more than that somebody else has written. No secret has a zero in it: what was never written
 * does (`part`). */
static bool like_a_secret(const uint8_t *data, size_t len, bool part) {
    for (size_t i = 0; i < len; i++)
        if (data[i] < 0x20 && !(part && data[i] == 0)) return false;
    return len <= SECRET_MAX;
}

static bool fits_round_the_hole(const struct vmm_rewrite *f, const struct vmm_image *now) {
    size_t at = f->secret_at, end = hole_end(f, now);
    return now->len > f->after.len && memcmp(now->data, f->after.data, at) == 0 && memcmp(now->data + end, f->after.data + at, f->after.len - at) == 0 &&
           like_a_secret(now->data + at, end - at, false);
}

/* What is not zero is ours, as far as that can be told without the secret. */
static bool torn_round_the_hole(const struct vmm_rewrite *f, const struct vmm_image *now) {
    size_t at = f->secret_at, end = hole_end(f, now), known = 0, filled = 0;
    if (now->len > f->after.len && !like_a_secret(now->data + at, end - at, true)) return false; /* of a shorter one it is not known where the secret would end */
    for (size_t i = 0; i < now->len; i++) {
        if (now->data[i] == 0) continue;
        filled++;
        if (i >= at && i < end) continue;
        bool new = now->data[i] == f->after.data[i < at ? i : at + i - end], old = i < f->before.len && now->data[i] == f->before.data[i];
        if (!new && !old) return false;
        known++;
    }
    return known > 0 || filled == 0;
}

static bool torn(const struct vmm_rewrite *f, const struct vmm_image *now) {
    const struct vmm_image *images[] = {&f->before, &f->after};
    size_t least = f->before.len < f->after.len ? f->before.len : f->after.len, most = f->before.len < f->after.len ? f->after.len : f->before.len;
    return now->len >= least && now->len <= most && vmm_bytes_ours(now->data, 0, now->len, images, VMM_COUNT(images), least);
}

enum vmm_file_state vmm_whole_state(const struct vmm_rewrite *f, const struct vmm_image *now) {
    if (vmm_same(now, &f->before)) return VMM_FILE_BEFORE;
    if (now->absent) return VMM_FILE_OTHER;
    if (holed(f)) return fits_round_the_hole(f, now) ? VMM_FILE_AFTER : torn_round_the_hole(f, now) ? VMM_FILE_TORN : VMM_FILE_OTHER;
    return vmm_same(now, &f->after) ? VMM_FILE_AFTER : torn(f, now) ? VMM_FILE_TORN : VMM_FILE_OTHER;
}

int vmm_whole_folders_absent(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_error *err) {
    int there = 0;
    for (size_t i = 0; there == 0 && i < f->folder_count; i++) there = vmm_volume_lookup(v, f->part, f->folders[i], NULL, NULL, err);
    return there < 0 ? -1 : there == 0;
}

/* ---- making and taking away ---- */

static int make_folders(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_error *err) {
    for (size_t i = 0; i < f->folder_count; i++) { /* another file of the plan may have made it */
        int there = vmm_volume_lookup(v, f->part, f->folders[i], NULL, NULL, err);
        if (there < 0 || (there == 0 && vmm_volume_make_folder(v, f->part, f->folders[i], err) < 0)) return -1;
    }
    return 0;
}

/* The folders that were made for it, unless somebody has put something there since. */
static int remove_folders(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_error *err) {
    for (size_t i = f->folder_count; i-- > 0;) {
        int there = vmm_volume_lookup(v, f->part, f->folders[i], NULL, NULL, err);
        if (there < 0) return -1;
        if (there == 0) continue;
        char **names;
        size_t count;
        if (vmm_volume_list(v, f->part, f->folders[i], &names, &count, err) < 0) return -1;
        for (size_t k = 0; k < count; k++) free(names[k]);
        free(names);
        if (count > 0) return 0;
        if (vmm_volume_remove(v, f->part, f->folders[i], err) < 0) return -1;
    }
    return 0;
}

/* So that it is not left in clusters that nobody owns. A driver that cannot do it must not keep the file from being taken away. */
static void blank(struct vmm_volume *v, const struct vmm_rewrite *f, const struct vmm_image *now) {
    if (now->len == 0) return;
    uint8_t *zeros = vmm_alloc(now->len, 1);
    if (vmm_volume_write(v, f->part, f->path, 0, zeros, now->len, NULL) == 0) vmm_volume_sync(v, NULL);
    free(zeros);
}

static int take_away(struct vmm_volume *v, const struct vmm_rewrite *f, const struct vmm_image *now, struct vmm_error *err) {
    if (now->absent) return 0;
    if (f->secret) blank(v, f, now);
    return vmm_volume_remove(v, f->part, f->path, err);
}

static int make(struct vmm_volume *v, const struct vmm_rewrite *f, const struct vmm_image *want, struct vmm_error *err) {
    return make_folders(v, f, err) < 0 ? -1 : vmm_volume_create(v, f->part, f->path, want->data, want->len, f->secret, err);
}

static int write_anew(struct vmm_volume *v, const struct vmm_rewrite *f, const struct vmm_image *now, const struct vmm_image *want, struct vmm_error *err) {
    if (want->len && vmm_volume_write(v, f->part, f->path, 0, want->data, want->len, err) < 0) return -1;
    return now->len > want->len ? vmm_volume_truncate(v, f->part, f->path, want->len, err) : 0;
}

int vmm_whole_install(struct vmm_volume *v, const struct vmm_rewrite *f, const struct vmm_image *now, bool to_after, struct vmm_error *err) {
    const struct vmm_image *want = to_after ? &f->after : &f->before;
    int r = 0;
    if (to_after && holed(f)) return vmm_fail(err, VMM_E_UNSUPPORTED, NULL, _("%s was to hold a password, which was not kept"), f->label);
    if (want->absent) {
        r = take_away(v, f, now, err);
        if (r == 0) r = remove_folders(v, f, err);
    } else if (!vmm_same(now, want)) {
        bool again = f->before.absent && !now->absent;
        if (again) r = take_away(v, f, now, err);
        if (r == 0) r = again || now->absent ? make(v, f, want, err) : write_anew(v, f, now, want, err);
    }
    return r < 0 ? -1 : vmm_volume_sync(v, err); /* also when nothing was to do: whoever did it may have died before its own */
}
