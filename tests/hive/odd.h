/* Hives with an odd record: built, opened, then spoiled by hand, because no Windows at hand makes them; and what edits make of them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_HIVE_ODD_H
#define TESTS_HIVE_ODD_H
#include "base/base.h"
#include "hive/regf.h"

struct odd_image {
    uint8_t *data;
    size_t len;
};

/* Setup and teardown of a group: a scratch folder. */
int odd_begin(void **state);
int odd_end(void **state);
const char *odd_scratch(void);

/* Key with three values, an accented key and value, and a sibling. */
struct vmm_hive_builder *odd_sample(int minor);
struct odd_image odd_image(struct vmm_hive_builder *b);
struct vmm_hive *odd_open(struct odd_image i); /* the image is freed */

struct vmm_edit odd_set(const char *path, const char *name, size_t len);
struct vmm_edit odd_gone(const char *path, const char *name);
struct vmm_edit odd_key_gone(const char *path);
/* Refused for a reason that says WORDS, by the question and by the edit; nothing is made. */
void odd_refused(const struct vmm_hive *h, struct vmm_edit e, const char *words);
/* Made, sound, and exactly DIFF (NULL: anything). The caller closes. */
struct vmm_hive *odd_made(const struct vmm_hive *h, const struct vmm_edit *e, size_t n, const char *diff);

/* In the image, places that its open hive H names: a key's record, that of a value of the key, and which value has a name that begins so as stored. */
uint8_t *odd_key(const struct vmm_hive *h, const struct odd_image *i, const char *path);
uint8_t *odd_value(const struct vmm_hive *h, const struct odd_image *i, const char *path, size_t index);
size_t odd_value_like(const struct vmm_hive *h, const struct odd_image *i, const char *path, const char *start, size_t n);
#endif
