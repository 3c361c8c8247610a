/* What every fuzzing target needs: saying what does not hold, a private folder, chance, inputs of several parts.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"

void fuzz_broken(const char *file, int line, const char *what, const char *why) {
    fprintf(stderr, "%s:%d: does not hold: %s%s%s\n", file, line, what, why ? ": " : "", why ? why : "");
    abort();
}

static char *room;

static void leave_room(void) {
    if (room) vmm_remove_tree(room, NULL);
    free(room);
    room = NULL;
}

const char *fuzz_room(void) {
    if (room == NULL) {
        room = vmm_strdup(access("/dev/shm", W_OK) == 0 ? "/dev/shm/vmmedic-fuzz-XXXXXX" : "/tmp/vmmedic-fuzz-XXXXXX");
        MUST(mkdtemp(room) != NULL);
        atexit(leave_room);
    }
    return room;
}

void fuzz_shown(const char *text, bool lines) {
    MUST(vmm_is_utf8(text));
    for (const char *line = text; *line;) {
        size_t n = lines ? strcspn(line, "\n") : strlen(line);
        char *part = vmm_strndup(line, n), *safe = vmm_safe_text(part);
        MUST_SAY(strcmp(part, safe) == 0, safe);
        free(part);
        free(safe);
        line += n + (line[n] == '\n');
    }
}

void fuzz_said(const struct vmm_error *err) {
    MUST(err->code != VMM_OK);
    MUST(err->message[0]);
    MUST(vmm_is_utf8(err->message));
}

/* ---- chance ---- */

struct dice dice_new(uint64_t seed) { return (struct dice){seed * UINT64_C(0x9e3779b97f4a7c15) + 1}; }

uint32_t dice_any(struct dice *d) {
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

uint32_t dice_below(struct dice *d, uint32_t n) { return n ? dice_any(d) % n : 0; }

uint32_t dice_number(struct dice *d) {
    static const uint32_t limits[] = {0, 1, 2, 3, 4, 5, 8, 0xff, 0x100, 507, 1012, 0x7fff, 0x8000, 0xffff, 0x10000, 16343, 16344, 16345, 16348, 1000000, 1000001,
                                      0x7fffffff, 0x80000000, 0x80000001, 0x80000004, 0x80000005, 0xffffffff, 0xfffffffe, 0xfffffff8, 0xfffff000};
    switch (dice_below(d, 5)) {
    case 0: return dice_any(d);
    case 1: return 1u << dice_below(d, 32);
    case 2: return dice_below(d, 64);
    default: return limits[dice_below(d, VMM_COUNT(limits))];
    }
}

void dice_bytes(struct dice *d, uint8_t *data, size_t size) {
    if (size == 0) return;
    if (LLVMFuzzerMutate && !dice_one_in(d, 4)) {
        uint8_t *copy = vmm_memdup(data, size);
        size_t n = LLVMFuzzerMutate(copy, size, size);
        memcpy(data, copy, n < size ? n : size);
        free(copy);
        return;
    }
    for (uint32_t i = 0, n = 1 + dice_below(d, 4); i < n; i++) data[dice_below(d, (uint32_t)size)] = (uint8_t)dice_number(d);
}

/* ---- parts ---- */

void fuzz_split(const uint8_t *data, size_t size, struct fuzz_parts *p) {
    for (size_t i = 0; i < FUZZ_PARTS; i++) {
        size_t n = size >= 4 ? vmm_le32(data) : 0;
        if (size >= 4) data += 4, size -= 4;
        if (n > size) n = size;
        p->data[i] = data;
        p->len[i] = n;
        data += n;
        size -= n;
    }
}

size_t fuzz_join(uint8_t *data, size_t max, const struct fuzz_parts *p) {
    size_t at = 0;
    for (size_t i = 0; i < FUZZ_PARTS; i++) {
        if (max - at < 4 || p->len[i] > max - at - 4) return 0;
        vmm_put32(data + at, (uint32_t)p->len[i]);
        if (p->len[i]) memcpy(data + at + 4, p->data[i], p->len[i]);
        at += 4 + p->len[i];
    }
    return at;
}
