/* Disks with partitions that are made up, for what judges them; look-ups go to an empty folder.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TEST_LAB_H
#define VMM_TEST_LAB_H
#include "tests/windows/fixture.h"
#include "windows/look.h"

#define SIGNATURE 0x28cd42d6u
#define RESERVED_AT 1048576u
#define WINDOWS_AT 536870912u

struct lab {
    struct pc pc; /* an empty folder: the volume that look-ups go to */
    struct vmm_disk disk;
    struct vmm_part parts[6];
    struct vmm_scan *scan;
};

static inline void lab_new(struct lab *l, enum vmm_scheme scheme) {
    memset(l, 0, sizeof *l);
    pc_new(&l->pc);
    const struct vmm_open open = {.target = l->pc.folder};
    l->pc.volume = vmm_volume_open(&open, NULL);
    assert_non_null(l->pc.volume);
    l->disk = (struct vmm_disk){.engine = "guestfs", .scheme = scheme, .mbr_signature = SIGNATURE, .parts = l->parts, .sector_size = 512};
    l->disk.probe.kind = VMM_TARGET_IMAGE;
    memcpy(l->disk.gpt_guid, disk_id, 16);
    l->scan = vmm_alloc(1, sizeof *l->scan);
    l->scan->disk = &l->disk;
}
static inline struct vmm_part *lab_part(struct lab *l, enum vmm_part_role role, uint64_t offset, const uint8_t *guid) {
    struct vmm_part *p = &l->parts[l->disk.part_count++];
    *p = (struct vmm_part){.number = (int)l->disk.part_count, .offset = offset, .size = 1u << 28, .role = role, .mountable = true, .writable = true};
    snprintf(p->fs, sizeof p->fs, "%s", role == VMM_PART_ESP ? "vfat" : "ntfs");
    if (guid) memcpy(p->guid, guid, 16);
    return p;
}
static inline void lab_store(struct lab *l, int part, const char *path, bool efi, struct vmm_hive_builder *b) {
    struct vmm_scan *s = l->scan;
    struct vmm_store *st = vmm_alloc(1, sizeof *st);
    st->is_bcd = true;
    st->name = vmm_strdup("BCD");
    st->label = vmm_strdup(path);
    st->path = vmm_strdup(path);
    st->part = part;
    st->data = vmm_builder_finish(b, 3, &st->len);
    st->hive = vmm_hive_open(st->data, st->len, NULL, NULL);
    assert_non_null(st->hive);
    st->bcd = vmm_bcd_open(st->hive, NULL);
    assert_non_null(st->bcd);
    s->stores = vmm_realloc(s->stores, s->store_count + 1, sizeof *s->stores);
    s->stores[s->store_count++] = st;
    s->boot = vmm_realloc(s->boot, s->boot_count + 1, sizeof *s->boot);
    s->boot[s->boot_count] = (struct vmm_boot_store){.number = (int)s->boot_count + 1, .store = st, .efi = efi, .role = VMM_STORE_DECOY};
    s->boot_count++;
}
static inline void lab_windows(struct lab *l, int part, const char *root) {
    struct vmm_scan *s = l->scan;
    s->windows = vmm_realloc(s->windows, s->windows_count + 1, sizeof *s->windows);
    struct vmm_windows *w = &s->windows[s->windows_count++];
    *w = (struct vmm_windows){.number = (int)s->windows_count, .part = part, .root = vmm_strdup(root)};
    w->system = vmm_alloc(1, sizeof *w->system);
    w->system->name = vmm_strdup("SYSTEM");
    w->system->label = vmm_strdup("SYSTEM");
    s->stores = vmm_realloc(s->stores, s->store_count + 1, sizeof *s->stores);
    s->stores[s->store_count++] = w->system;
}
static inline void lab_judge(struct lab *l) {
    vmm_judge_stores(l->scan);
    vmm_judge_loaders(l->scan, l->pc.volume);
}
static inline void lab_end(struct lab *l) {
    vmm_scan_free(l->scan);
    pc_end(&l->pc);
}
#endif
