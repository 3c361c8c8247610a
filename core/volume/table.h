/* Partition tables and file-system health, from bytes that anybody can read to us: an appliance, a file, a test's memory.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TABLE_H
#define VMM_TABLE_H
#include "vmmedic/volume.h"

/* Bytes of a disk or a partition. read gives exactly len bytes: 0, or -1 (*err set) when the medium fails. */
struct vmm_reader {
    int (*read)(void *ctx, uint64_t offset, void *data, size_t len, struct vmm_error *err);
    void *ctx;
    uint64_t size;
};
/* Refuses what lies outside of r->size. */
int vmm_reader_get(const struct vmm_reader *r, uint64_t offset, void *data, size_t len, struct vmm_error *err);

/* Reads the partition tables of a disk into scheme, gpt_guid, mbr_signature, sector_size, parts (number, place, types, role),
 * identity. A disk without a table has scheme NONE and no parts. A table that is damaged in a way that leaves doubt is
 * VMM_E_BROKEN. `sector` is 512 or 4096, or 0: found out. */
int vmm_table_read(const struct vmm_reader *r, uint32_t sector, struct vmm_disk *d, struct vmm_error *err);
uint32_t vmm_crc32(const void *data, size_t len); /* the GPT's */

/* The file system of a partition (the reader begins there): p->fs, p->label, health and its words, mountable, writable. Never
 * fails: what cannot be read is VMM_HEALTH_UNREADABLE. */
void vmm_health_look(const struct vmm_reader *r, struct vmm_part *p);
void vmm_health_set(struct vmm_part *p, enum vmm_health health, const char *text);
/* What the first bytes of \hiberfil.sys say (size is the file's). */
void vmm_health_hiberfile(struct vmm_part *p, const uint8_t *head, size_t len, uint64_t size);
/* A boot store says that the saved session is fast startup's. */
void vmm_health_fast_startup(struct vmm_part *p);
#endif
