/* What the files that build seeds share.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_FUZZ_SEEDS_H
#define VMM_FUZZ_SEEDS_H
#include "base/base.h"
#include "tests/fuzz/fuzz.h"

#define SEED_HIVE_MAX ((size_t)48 << 10) /* larger ones are mutated too slowly */

void seed_put(const char *target, const char *name, const void *data, size_t len);
void seed_parts(const char *target, const char *name, const struct fuzz_parts *p);
/* A hive for the targets that take one. */
void seed_hive(const char *name, const uint8_t *data, size_t len);

void seed_hives(void);
void seed_small(void);
void seed_found(void);
#endif
