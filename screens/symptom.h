/* What the symptom changes elsewhere: the order of the fixes.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_SYMPTOM_H
#define VMM_SCREENS_SYMPTOM_H
#include <stdbool.h>

struct wizard;
/* True when the fix belongs to what the person sees. */
bool vmm_symptom_first(const struct wizard *w, const char *fix);
#endif
