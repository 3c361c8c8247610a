/* Taking and giving back the cells of a draft. A cell is put where pages are changed anyway: each page of 4 KiB that changes is written twice, to the log and to
 * the hive. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "hive/draft.h"

#include <stdlib.h>
#include <string.h>

#define BIN_HEADER 32u

static size_t starts_bytes(uint32_t length) { return length / 64 + 1; }
static size_t touched_bytes(uint32_t length) { return length / REGF_PAGE / 8 + 1; }

void vmm_draft_begin(struct vmm_draft *d, const struct vmm_hive *h) {
    *d = (struct vmm_draft){.hive = *h};
    d->hive.dirty = NULL;
    d->hive.data = vmm_memdup(h->data, h->len);
    d->hive.starts = vmm_memdup(h->starts, starts_bytes(h->length));
    d->touched = vmm_alloc(touched_bytes(h->length), 1);
}

void vmm_draft_end(struct vmm_draft *d) {
    free(d->hive.data);
    free(d->hive.starts);
    free(d->touched);
    free(d->gaps);
    *d = (struct vmm_draft){0};
}

static bool starts_at(const struct vmm_draft *d, uint32_t at) { return at < d->hive.length && (d->hive.starts[at / 64] >> at / 8 % 8 & 1); }

static void mark_start(struct vmm_draft *d, uint32_t at, bool start) {
    uint8_t bit = (uint8_t)(1u << at / 8 % 8);
    if (start) d->hive.starts[at / 64] |= bit;
    else d->hive.starts[at / 64] &= (uint8_t)~bit;
}

static bool page_touched(const struct vmm_draft *d, uint32_t page) { return d->touched[page / 8] >> page % 8 & 1; }

static void touch(struct vmm_draft *d, uint32_t from, size_t len) {
    for (uint32_t page = from / REGF_PAGE; len > 0 && page <= (from + len - 1) / REGF_PAGE; page++) d->touched[page / 8] |= (uint8_t)(1u << page % 8);
}

static uint8_t *header(struct vmm_draft *d, uint32_t at) { return d->hive.data + REGF_BASE + at; }

static void put_header(struct vmm_draft *d, uint32_t at, uint32_t size, bool used) {
    vmm_put32(header(d, at), used ? 0u - size : size);
    touch(d, at, 4);
}

uint8_t *vmm_draft_write(struct vmm_draft *d, uint32_t at, size_t len) {
    touch(d, at + 4, len);
    return header(d, at) + 4;
}

/* ---- free cells ---- */

static void add_gap(struct vmm_draft *d, uint32_t at, uint32_t size) {
    if (d->gap_count == d->gap_room) d->gaps = vmm_realloc(d->gaps, d->gap_room = d->gap_room ? 2 * d->gap_room : 64, sizeof *d->gaps);
    d->gaps[d->gap_count++] = (struct vmm_gap){at, size};
}

static void find_gaps(struct vmm_draft *d) {
    if (d->gaps_known) return;
    d->gaps_known = true;
    for (uint32_t at = 0; at < d->hive.length; at += 8)
        if (starts_at(d, at) && (int32_t)vmm_le32(header(d, at)) > 0) add_gap(d, at, vmm_le32(header(d, at)));
}

/* Pages that would be touched for the first time when SIZE bytes of the gap are taken, the header of what is left of it too. */
static uint32_t new_pages(const struct vmm_draft *d, const struct vmm_gap *g, uint32_t size) {
    uint32_t n = 0, last = g->at + size + (g->size > size ? 4 : 0) - 1;
    for (uint32_t page = g->at / REGF_PAGE; page <= last / REGF_PAGE; page++) n += !page_touched(d, page);
    return n;
}

/* A bin at the end for a cell of SIZE bytes. */
static void add_bin(struct vmm_draft *d, uint32_t size) {
    struct vmm_hive *h = &d->hive;
    uint32_t bin = h->length, bytes = (BIN_HEADER + size + REGF_PAGE - 1) / REGF_PAGE * REGF_PAGE, length = bin + bytes;
    if (h->len < REGF_BASE + (size_t)length) {
        h->len = REGF_BASE + (size_t)length;
        h->data = vmm_realloc(h->data, h->len, 1);
    }
    h->starts = vmm_realloc(h->starts, starts_bytes(length), 1);
    d->touched = vmm_realloc(d->touched, touched_bytes(length), 1);
    memset(h->starts + starts_bytes(bin), 0, starts_bytes(length) - starts_bytes(bin));
    memset(d->touched + touched_bytes(bin), 0, touched_bytes(length) - touched_bytes(bin));
    h->length = length;
    uint8_t *b = header(d, bin);
    memset(b, 0, bytes);
    memcpy(b, "hbin", 4);
    vmm_put32(b + 4, bin);
    vmm_put32(b + 8, bytes);
    touch(d, bin, bytes);
    put_header(d, bin + BIN_HEADER, bytes - BIN_HEADER, false);
    mark_start(d, bin + BIN_HEADER, true);
    add_gap(d, bin + BIN_HEADER, bytes - BIN_HEADER);
    vmm_put32(h->data + BASE_LENGTH, length);
}

static size_t choose_gap(const struct vmm_draft *d, uint32_t size) {
    size_t best = d->gap_count;
    uint32_t best_pages = 0;
    for (size_t i = 0; i < d->gap_count; i++) {
        const struct vmm_gap *g = &d->gaps[i], *b = &d->gaps[best < d->gap_count ? best : i];
        if (g->size < size) continue;
        uint32_t pages = new_pages(d, g, size);
        bool better = pages != best_pages ? pages < best_pages : g->size != b->size ? g->size < b->size : g->at < b->at;
        if (best < d->gap_count && !better) continue;
        best = i;
        best_pages = pages;
    }
    return best;
}

uint32_t vmm_draft_take(struct vmm_draft *d, size_t len) {
    uint32_t size = (uint32_t)(len + 4 + 7) / 8 * 8;
    find_gaps(d);
    size_t i = choose_gap(d, size);
    if (i == d->gap_count) {
        add_bin(d, size);
        i = d->gap_count - 1;
    }
    struct vmm_gap *g = &d->gaps[i];
    uint32_t at = g->at;
    if (g->size > size) { /* by eight at least, which is a cell */
        g->at += size;
        g->size -= size;
        put_header(d, g->at, g->size, false);
        mark_start(d, g->at, true);
    } else {
        *g = d->gaps[--d->gap_count];
    }
    put_header(d, at, size, true);
    memset(vmm_draft_write(d, at, size - 4), 0, size - 4);
    return at;
}

void vmm_draft_give_back(struct vmm_draft *d, uint32_t at) {
    find_gaps(d);
    uint32_t size = 0u - vmm_le32(header(d, at));
    for (size_t i = d->gap_count; i-- > 0;) { /* it and its free neighbours become one; a bin's header keeps bins apart */
        struct vmm_gap g = d->gaps[i];
        bool before = g.at + g.size == at && page_touched(d, g.at / REGF_PAGE), behind = at + size == g.at;
        if (!before && !behind) continue;
        mark_start(d, behind ? g.at : at, false);
        if (before) at = g.at;
        size += g.size;
        d->gaps[i] = d->gaps[--d->gap_count];
        i = d->gap_count; /* the other neighbour may have been passed already */
    }
    put_header(d, at, size, false);
    add_gap(d, at, size);
}
