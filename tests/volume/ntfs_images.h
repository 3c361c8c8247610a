/* NTFS volumes in every state that matters, made here: mkntfs, then the bytes that Windows would have left.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TEST_NTFS_IMAGES_H
#define VMM_TEST_NTFS_IMAGES_H
#include "tests/volume/help.h"

enum made { MADE_CLEAN, MADE_FLAG, MADE_JOURNAL, MADE_CACHED, MADE_MIRROR, MADE_HIBERNATED, MADE_STATES };

/* The volume, its health by its bytes alone, what ntfs-3g.probe says of it. */
static const struct {
    const char *name;
    enum vmm_health health;
    int probe;
} made_states[MADE_STATES] = {
    [MADE_CLEAN] = {"clean", VMM_HEALTH_OK, 0},          [MADE_FLAG] = {"flag", VMM_HEALTH_DIRTY, 0},
    [MADE_JOURNAL] = {"journal", VMM_HEALTH_JOURNAL, 15}, [MADE_CACHED] = {"cached", VMM_HEALTH_JOURNAL_CACHED, 14},
    [MADE_MIRROR] = {"mirror", VMM_HEALTH_MIRROR, 13},    [MADE_HIBERNATED] = {"hibernated", VMM_HEALTH_OK, 14},
};

static inline bool can_make_ntfs(void) {
    if (have("mkntfs") && have("ntfscp")) return true;
    print_message("skipped: mkntfs or ntfscp is not here\n");
    return false;
}

static inline void le(uint8_t *to, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> (8 * i));
}

/* A restart page as Windows writes it: version MAJOR.MINOR, one client, in use unless the volume was closed. */
static inline void restart_page(uint8_t page[4096], unsigned major, unsigned minor, uint64_t log_size) {
    unsigned bits = 0;
    while (log_size >> bits) bits++;
    memset(page, 0, 4096);
    memcpy(page, "RSTR", 4);
    le(page + 4, 0x1e, 2);   /* update sequence */
    le(page + 6, 9, 2);
    le(page + 16, 4096, 4);  /* page sizes */
    le(page + 20, 4096, 4);
    le(page + 24, 0x30, 2);  /* restart area */
    le(page + 26, minor, 2);
    le(page + 28, major, 2);
    uint8_t *area = page + 0x30, *client = area + 0x40;
    le(area, 0x100000, 8);   /* current LSN */
    le(area + 8, 1, 2);      /* clients */
    le(area + 10, 0xffff, 2);
    le(area + 12, 0, 2);     /* the first is in use */
    le(area + 14, 0, 2);     /* not closed */
    le(area + 16, 67 - bits, 4);
    le(area + 20, 0x40 + 160, 2);
    le(area + 22, 0x40, 2);
    le(area + 24, log_size, 8);
    le(area + 36, 0x30, 2);
    le(area + 38, 0x40, 2);
    le(area + 40, 1, 4);
    le(client, 0x100000, 8); /* oldest LSN */
    le(client + 8, 0x100000, 8);
    le(client + 16, 0xffff, 2);
    le(client + 18, 0xffff, 2);
    le(client + 28, 8, 4);
    memcpy(client + 32, "N\0T\0F\0S\0", 8);
    le(page + 0x1e, 1, 2);
    for (int i = 1; i <= 8; i++) {
        memcpy(page + 0x1e + 2 * i, page + 512 * i - 2, 2);
        le(page + 512 * i - 2, 1, 2);
    }
}

struct made_volume {
    uint8_t *data;
    size_t len;
    uint64_t cluster, mft, mirror;
};

static inline void put_journal(const struct made_volume *v, unsigned major, unsigned minor) {
    uint64_t from = 0, to = 0;
    for (from = 65536; from + 65536 < v->len; from += 4096) { /* mkntfs leaves it all ones, and nothing else so long */
        for (to = from; to < v->len && v->data[to] == 0xff;) to++;
        if (to - from >= 65536) break;
    }
    assert_true(from + 65536 < v->len);
    for (int n = 0; n < 2; n++) restart_page(v->data + from + n * 4096, major, minor, (to - from) & ~UINT64_C(4095));
}

/* The dirty flag, in the table and in its copy. */
static inline void set_flag(const struct made_volume *v) {
    for (int n = 0; n < 2; n++) {
        uint8_t *rec = v->data + (n ? v->mirror : v->mft) + 3 * 1024, *a = rec + vmm_le16(rec + 20);
        while (vmm_le32(a) != 0x70) a += vmm_le32(a + 4);
        a[vmm_le16(a + 20) + 10] |= 1;
    }
}

/* A volume of SIZE bytes at PATH; HIBERFIL is the folder for a file of that name. */
static inline void make_ntfs(const char *path, enum made state, uint64_t size) {
    char command[2600], file[600];
    snprintf(file, sizeof file, "%s.hiberfil", path);
    snprintf(command, sizeof command, "truncate -s %llu '%s' && mkntfs -F -q -f -L Windows '%s' >/dev/null 2>&1", (unsigned long long)size, path, path);
    assert_int_equal(system(command), 0);
    if (state == MADE_HIBERNATED) {
        snprintf(command, sizeof command, "{ printf HIBR; head -c 65532 /dev/zero; } >'%s' && ntfscp -q -f '%s' '%s' hiberfil.sys >/dev/null 2>&1 && rm '%s'", file, path, file, file);
        assert_int_equal(system(command), 0);
    }
    struct made_volume v = {0};
    assert_int_equal(vmm_file_read(path, 1u << 30, &v.data, &v.len, NULL), 0);
    v.cluster = (uint64_t)vmm_le16(v.data + 11) * v.data[13];
    v.mft = vmm_le64(v.data + 48) * v.cluster;
    v.mirror = vmm_le64(v.data + 56) * v.cluster;
    if (state == MADE_FLAG) set_flag(&v);
    if (state == MADE_JOURNAL) put_journal(&v, 1, 1);
    if (state == MADE_CACHED) put_journal(&v, 2, 0);
    if (state == MADE_MIRROR) v.data[v.mirror + 3 * 1024 + 100] ^= 0x10;
    assert_int_equal(vmm_file_write(path, v.data, v.len, NULL), 0);
    free(v.data);
}
#endif
