/* What a file on the disk is, told by its bytes alone: which hive Windows would load from it and its logs, or that somebody else wrote to it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

enum { BASE = 4096, SEQ1 = 4, SEQ2 = 8, TIME = 12, TYPE = 28, LENGTH = 40, CHECKSUM = 508 }; /* of the first sector of a hive or log */

static uint32_t checksum(const uint8_t *sector) {
    uint32_t sum = 0;
    for (size_t i = 0; i < CHECKSUM; i += 4) sum ^= vmm_le32(sector + i);
    return sum == 0 ? 1 : sum == UINT32_MAX ? UINT32_MAX - 1 : sum;
}

static bool is_base(const uint8_t *d) { return memcmp(d, "regf", 4) == 0 && vmm_le32(d + CHECKSUM) == checksum(d); }

bool vmm_same(const struct vmm_image *a, const struct vmm_image *b) {
    return a->absent == b->absent && a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

const struct vmm_image *vmm_clean_of(const struct vmm_rewrite *f) { return f->clean.data ? &f->clean : &f->before; }

size_t vmm_hive_end(const struct vmm_image *image) {
    size_t end = image->len < VMM_SECTOR ? image->len : BASE + (size_t)vmm_le32(image->data + LENGTH);
    return end < image->len ? end : image->len;
}

bool vmm_now_is(const struct vmm_now *now, const struct vmm_image *image) {
    size_t end = vmm_hive_end(image);
    return now->file.len >= end && memcmp(now->file.data, image->data, end) == 0;
}

static bool begins_with(const struct vmm_image *image, const uint8_t *data, size_t len) { return image->len >= len && memcmp(image->data, data, len) == 0; }

static bool open_by(const struct vmm_log_first *how, const struct vmm_now *now) {
    return how->log && begins_with(&now->file, how->open, VMM_SECTOR) && begins_with(&now->logs[how->log], how->head, how->head_len);
}

bool vmm_now_open(const struct vmm_rewrite *f, const struct vmm_now *now) { return open_by(&f->forth, now) || open_by(&f->back, now); }

static bool logs_as_before(const struct vmm_rewrite *f, const struct vmm_now *now) {
    for (size_t i = 0; i < VMM_LOGS; i++)
        if (f->logs[i].path && (f->clean.data || (int)i == f->forth.log) && !vmm_same(&f->logs[i].image, &now->logs[i])) return false;
    return true;
}

void vmm_dirty_sector(const struct vmm_rewrite *f, uint8_t out[512]) {
    memcpy(out, f->before.data, VMM_SECTOR);
    if (is_base(out) && vmm_le32(out + TYPE) == 0) return;
    memcpy(out, f->clean.data, VMM_SECTOR);
    uint32_t lowest = vmm_le32(out + SEQ1), length = vmm_le32(out + LENGTH), fits = (uint32_t)((f->before.len - BASE) / VMM_PAGE * VMM_PAGE);
    for (size_t i = 0; i < VMM_LOGS; i++) { /* Windows takes the logs that are not older than the second number, and no log's time differs from the first sector's */
        const struct vmm_image *log = &f->logs[i].image;
        if (log->len < VMM_SECTOR || !is_base(log->data) || vmm_le64(log->data + TIME) != vmm_le64(out + TIME)) continue;
        if ((int32_t)(vmm_le32(log->data + SEQ1) - lowest) < 0) lowest = vmm_le32(log->data + SEQ1);
    }
    vmm_put32(out + SEQ2, lowest);
    vmm_put32(out + LENGTH, length < fits ? length : fits);
    vmm_put32(out + CHECKSUM, checksum(out));
}

bool vmm_now_dirty(const struct vmm_rewrite *f, const struct vmm_now *now) {
    if (f->clean.data == NULL) return false;
    uint8_t half[512];
    vmm_dirty_sector(f, half);
    return (begins_with(&now->file, f->before.data, VMM_SECTOR) || begins_with(&now->file, half, VMM_SECTOR)) && logs_as_before(f, now);
}

/* ---- whose bytes they are ---- */

bool vmm_bytes_ours(const uint8_t *now, size_t at, size_t n, const struct vmm_image *const *images, size_t count, size_t fresh) {
    for (size_t i = 0; i < count; i++)
        if (n && at + n <= images[i]->len && memcmp(now + at, images[i]->data + at, n) == 0) return true;
    for (size_t b = at; b < at + n; b++) {
        bool found = b >= fresh && now[b] == 0;
        for (size_t i = 0; !found && i < count; i++) found = b < images[i]->len && now[b] == images[i]->data[b];
        if (!found) return false;
    }
    return true;
}

static bool file_is_ours(const struct vmm_rewrite *f, const struct vmm_now *now) {
    uint8_t half[512];
    const struct vmm_image opens[] = {{.data = (uint8_t *)(uintptr_t)f->forth.open, .len = f->forth.log ? VMM_SECTOR : 0},
                                      {.data = (uint8_t *)(uintptr_t)f->back.open, .len = f->back.log ? VMM_SECTOR : 0},
                                      {.data = half, .len = f->clean.data ? VMM_SECTOR : 0}};
    const struct vmm_image *images[] = {&f->before, &f->after, vmm_clean_of(f), &opens[0], &opens[1], &opens[2]};
    if (f->clean.data) vmm_dirty_sector(f, half);
    size_t least = f->before.len, most = f->before.len;
    for (size_t i = 1; i < 3; i++) {
        if (images[i]->len < least) least = images[i]->len;
        if (images[i]->len > most) most = images[i]->len;
    }
    if (now->file.len < least || now->file.len > most) return false;
    for (size_t at = 0; at < now->file.len; at += VMM_SECTOR) {
        size_t n = now->file.len - at < VMM_SECTOR ? now->file.len - at : VMM_SECTOR;
        if (!vmm_bytes_ours(now->file.data, at, n, images, at == 0 ? VMM_COUNT(images) : 3, least)) return false;
    }
    return true;
}

static bool logs_are_ours(const struct vmm_rewrite *f, const struct vmm_now *now) {
    const struct vmm_image forth = {.data = f->forth.head, .len = f->forth.head_len}, back = {.data = f->back.head, .len = f->back.head_len};
    for (size_t i = 0; i < VMM_LOGS; i++) {
        bool carrier = f->forth.log && (int)i == f->forth.log;
        const struct vmm_image *was = &f->logs[i].image, *log = &now->logs[i], *images[] = {was, &forth, &back};
        if (f->logs[i].path == NULL || (!carrier && f->clean.data == NULL)) continue;
        if (log->len != was->len) return false;
        if (!carrier && !vmm_same(log, was)) return false;
        for (size_t at = 0; carrier && at < log->len; at += VMM_SECTOR) {
            size_t n = log->len - at < VMM_SECTOR ? log->len - at : VMM_SECTOR;
            if (!vmm_bytes_ours(log->data, at, n, images, VMM_COUNT(images), log->len)) return false;
        }
    }
    return true;
}

static bool log_as_after(const struct vmm_rewrite *f, const struct vmm_now *now) {
    if (f->forth.log == 0) return logs_as_before(f, now);
    const struct vmm_image *log = &now->logs[f->forth.log], *was = &f->logs[f->forth.log].image;
    size_t head = f->forth.head_len;
    return log->len == was->len && begins_with(log, f->forth.head, head) && memcmp(log->data + head, was->data + head, was->len - head) == 0;
}

enum vmm_file_state vmm_file_state(const struct vmm_rewrite *f, const struct vmm_now *now) {
    if (f->whole) return vmm_whole_state(f, &now->file);
    if (vmm_same(&now->file, &f->before) && logs_as_before(f, now)) return VMM_FILE_BEFORE;
    if (vmm_same(&now->file, &f->after) && log_as_after(f, now)) return VMM_FILE_AFTER;
    if (!file_is_ours(f, now) || !logs_are_ours(f, now)) return VMM_FILE_OTHER;
    if (open_by(&f->forth, now) || vmm_now_is(now, &f->after)) return VMM_FILE_NEW;
    if (open_by(&f->back, now) || vmm_now_dirty(f, now) || vmm_now_is(now, vmm_clean_of(f))) return VMM_FILE_OLD;
    return VMM_FILE_TORN;
}

const char *vmm_file_state_word(enum vmm_file_state s) {
    static const char *const words[] = {"before", "after", "old", "new", "torn", "other"};
    return words[s];
}

/* ---- preparing ---- */

/* A copy of LOG with what `how` writes into it. */
static uint8_t *carried(const struct vmm_image *log, const struct vmm_log_first *how) {
    uint8_t *copy = vmm_memdup(log->data, log->len);
    memcpy(copy, how->head, how->head_len);
    return copy;
}

int vmm_rewrite_prepare(struct vmm_rewrite *f, unsigned may_carry, struct vmm_error *err) {
    const struct vmm_image *clean = vmm_clean_of(f);
    struct vmm_hive_logs logs = {.log = f->logs[0].image.data, .log_len = f->logs[0].image.len, .log1 = f->logs[1].image.data, .log1_len = f->logs[1].image.len,
                                 .log2 = f->logs[2].image.data, .log2_len = f->logs[2].image.len};
    if (f->whole || vmm_same(clean, &f->after)) return 0;
    if (vmm_hive_log_first(clean->data, clean->len, f->after.data, f->after.len, &logs, &f->forth, err) < 0) return -1;
    if (f->forth.log == 0) return 0;
    if (!(may_carry >> f->forth.log & 1)) { /* NTFS keeps it in a form that cannot be written in place */
        vmm_log_first_clear(&f->forth);
        return 0;
    }
    /* the way back: the same hive as before, with numbers above those of the way forth, as long as only the log makes it */
    uint8_t *log = carried(&f->logs[f->forth.log].image, &f->forth), *old = vmm_memdup(clean->data, clean->len);
    uint32_t n = vmm_le32(f->after.data + SEQ1) + 2;
    logs.log1 = f->forth.log == 1 ? log : logs.log1;
    logs.log2 = f->forth.log == 2 ? log : logs.log2;
    vmm_put32(old + SEQ1, n);
    vmm_put32(old + SEQ2, n);
    vmm_put32(old + CHECKSUM, checksum(old));
    logs.log1_len = f->forth.log == 1 ? logs.log1_len : 0; /* no other log than that one */
    logs.log2_len = f->forth.log == 2 ? logs.log2_len : 0;
    int r = vmm_hive_log_first(f->after.data, f->after.len, old, clean->len, &logs, &f->back, err);
    free(log);
    free(old);
    return r;
}

void vmm_rewrite_clear(struct vmm_rewrite *f) {
    if (f->secret && f->after.data) explicit_bzero(f->after.data, f->after.len);
    for (size_t i = 0; i < f->folder_count; i++) free(f->folders[i]);
    free(f->folders);
    free(f->before.data);
    free(f->clean.data);
    free(f->after.data);
    for (size_t i = 0; i < VMM_LOGS; i++) {
        free(f->logs[i].path);
        free(f->logs[i].image.data);
    }
    vmm_log_first_clear(&f->forth);
    vmm_log_first_clear(&f->back);
    free(f->path);
    free(f->label);
    *f = (struct vmm_rewrite){0};
}

/* ---- what is on the disk ---- */

static bool log_matters(const struct vmm_rewrite *f, size_t i) { return f->logs[i].path && (f->clean.data || (int)i == f->forth.log); }

int vmm_now_read(struct vmm_volume *v, const struct vmm_rewrite *f, struct vmm_now *now, struct vmm_error *err) {
    *now = (struct vmm_now){.secret = f->secret};
    if (f->whole) return vmm_whole_read(v, f, &now->file, err);
    int r = vmm_volume_read(v, f->part, f->path, VMM_FILE_MAX, &now->file.data, &now->file.len, err);
    for (size_t i = 0; r == 0 && i < VMM_LOGS; i++)
        if (log_matters(f, i)) r = vmm_volume_read(v, f->part, f->logs[i].path, VMM_FILE_MAX, &now->logs[i].data, &now->logs[i].len, err);
    return r;
}

static struct vmm_image copy_of(const struct vmm_image *i) { return (struct vmm_image){.data = i->absent ? NULL : vmm_memdup(i->data, i->len), .len = i->len, .absent = i->absent}; }

void vmm_now_before(const struct vmm_rewrite *f, struct vmm_now *now) {
    *now = (struct vmm_now){.file = copy_of(&f->before)};
    for (size_t i = 0; i < VMM_LOGS; i++)
        if (log_matters(f, i)) now->logs[i] = copy_of(&f->logs[i].image);
}

void vmm_now_clear(struct vmm_now *now) {
    if (now->secret && now->file.data) explicit_bzero(now->file.data, now->file.len);
    free(now->file.data);
    for (size_t i = 0; i < VMM_LOGS; i++) free(now->logs[i].data);
    *now = (struct vmm_now){0};
}
