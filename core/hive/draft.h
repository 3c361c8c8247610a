/* A draft: a private copy of a hive in which cells are taken and given back, and single values are set and taken out. Only files of core/hive include this.
 * The hive it is made of has passed the strict walk and is shorter than 2 GiB; the draft passes it after each value is set or taken out.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_HIVE_DRAFT_H
#define VMM_HIVE_DRAFT_H
#include "hive/regf.h"

struct vmm_gap { /* a free cell */
    uint32_t at, size; /* relative offset; bytes with its header */
};

struct vmm_draft {
    struct vmm_hive hive; /* its data and starts belong to the draft */
    struct vmm_gap *gaps; /* all free cells, in no order, once one was needed */
    size_t gap_count, gap_room;
    bool gaps_known;
    uint8_t *touched;     /* a bit a page of bins: what stands there differs from the hive it was made of, or is about to */
};

void vmm_draft_begin(struct vmm_draft *d, const struct vmm_hive *h);
void vmm_draft_end(struct vmm_draft *d);

/* The content of the used cell at AT, to be written; pages of the first LEN bytes of it are marked as touched. Valid until the next vmm_draft_take(). */
uint8_t *vmm_draft_write(struct vmm_draft *d, uint32_t at, size_t len);
/* A cell with room for LEN bytes, all zero: a free cell whose pages are touched already before another one, the smallest that fits; a new bin at the end when none
 * does. Its relative offset. */
uint32_t vmm_draft_take(struct vmm_draft *d, size_t len);
/* The used cell at AT is free from now on. Its bytes stay, as they do in Windows. */
void vmm_draft_give_back(struct vmm_draft *d, uint32_t at);

/* Why this value may not be set or taken out (a reason for people, constant), or NULL. KEY 0: in a key that is to be made. */
const char *vmm_value_hazard(const struct vmm_hive *h, vmm_key key, const struct vmm_edit *e);
/* Makes the edit of a value, for which there is no hazard, in the key of the draft. Nothing is written when the value is so already. */
void vmm_draft_value(struct vmm_draft *d, vmm_key key, const struct vmm_edit *e);
/* Takes all values out of the key and of all keys below it. */
void vmm_draft_strip(struct vmm_draft *d, vmm_key key);
#endif
