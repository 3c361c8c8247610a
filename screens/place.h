/* Keeping the place of somebody whose terminal closes, and taking it up again.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_PLACE_H
#define VMM_SCREENS_PLACE_H
#include "screens/model.h"

/* Writes the answers down if they are other than before; or removes the file, when there is no place to come back to. Call it often. */
void vmm_place_keep(struct wizard *w);
/* The person left on purpose: nothing is kept. */
void vmm_place_drop(struct wizard *w);
void vmm_place_clear(struct wizard *w); /* memory only */

/* Looks for a place that somebody lost, of this disk (a whole path) or, with NULL, of any. True: there is one, to be offered. */
bool vmm_place_find(struct wizard *w, const char *target);
void vmm_place_decline(struct wizard *w);               /* it is not offered again */
long vmm_place_age(const struct wizard *w);             /* seconds */
enum wizard_step vmm_place_step(const struct wizard *w);
/* The answers that need no disk, and which disk it is. */
void vmm_place_answers(struct wizard *w);
/* After the scan: is it the disk of that time; the ticks that can still be done (the others as "SM01, SM02", NULL none; the caller frees); the store. */
bool vmm_place_same_disk(const struct wizard *w);
char *vmm_place_ticks(struct wizard *w);
void vmm_place_store(struct wizard *w);
#endif
