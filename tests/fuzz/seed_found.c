/* What fuzzing found in hives, built again: an input that a fuzzer made of a real machine's hive is not kept, the shape that mattered is.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "hive/regf.h"
#include "tests/fuzz/seeds.h"

enum { SCRIPT = 64, SET = 8, SET_NEW_KEY = 0x38, DELETE_KEY = 7 }; /* fuzz_edit.c reads the script */

/* The content of the key called NAME. */
static uint8_t *key_called(uint8_t *hive, size_t len, const char *name) {
    size_t n = strlen(name);
    for (size_t at = REGF_BASE + 32; at + NK_NAME + n <= len; at += 8)
        if (memcmp(hive + at + 4, "nk", 2) == 0 && vmm_le16(hive + at + 4 + NK_NAME_LEN) == n && memcmp(hive + at + 4 + NK_NAME, name, n) == 0) return hive + at + 4;
    fuzz_broken(__FILE__, __LINE__, "the key is there", name);
}

/* A hive made of PATHS (NULL ends), changed by SPOIL; EDIT begins with 0 for one edit of eight bytes, with 1 for two. */
static void found(const char *name, int minor, const char *const *paths, void (*spoil)(uint8_t *hive, size_t len), bool mended, const uint8_t *edit) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    struct dice d = dice_new(1);
    size_t len;
    for (; *paths; paths++) vmm_builder_dword(b, *paths, "x", 1);
    uint8_t *hive = vmm_builder_finish(b, 1, &len), *input = vmm_alloc(SCRIPT + len, 1);
    MUST(hive);
    spoil(hive, len);
    if (mended) mend_hive(hive, len, &d);
    mend_base(hive, len);
    memcpy(input, edit, edit[0] ? 17 : 9);
    memcpy(input + SCRIPT, hive, len);
    seed_put("edit", name, input, SCRIPT + len);
    seed_put("hive", name, hive, len);
    free(hive);
    free(input);
}

/* hivex takes it for the key "zz", which is not there. */
static void name_with_nul(uint8_t *hive, size_t len) { key_called(hive, len, "zzzx")[NK_NAME + 2] = 0; }

/* As text its name is empty, and a path through it has an empty part. */
static void name_of_nul(uint8_t *hive, size_t len) { key_called(hive, len, "below")[NK_NAME] = 0; }

/* Whether it can be removed was asked of a parent that is none. */
static void no_parent(uint8_t *hive, size_t len) { vmm_put32(key_called(hive, len, "below") + NK_PARENT, 0x7ffffff8); }

/* Each key stands twice in the list above it: a walk down 40 levels has 2^40 ends. */
static void twice_each(uint8_t *hive, size_t len) {
    for (size_t at = REGF_BASE + 32; at + 24 <= len; at += 8)
        if (memcmp(hive + at + 4, "lh\2", 3) == 0) vmm_put32(hive + at + 16, vmm_le32(hive + at + 8));
}

/* hivex writes hashes where an old hive has hints; that was put right up to the first name that is not Latin, and then left. */
static void hashes_in_an_old_hive(uint8_t *hive, size_t len) {
    for (size_t at = REGF_BASE + 32; at + 24 <= len; at += 8)
        if (memcmp(hive + at + 4, "lf", 2) == 0) hive[at + 5] = 'h';
}

static void as_it_is(uint8_t *hive, size_t len) { (void)hive, (void)len; }

void seed_found(void) {
    found("found-half-of-the-hints", 3, (const char *const[]){"a", "b", "\xe6\xbc\xa2", NULL}, hashes_in_an_old_hive, true, (const uint8_t[]){0, SET, 1, 0, 4, 3, 1, 0, 1});
    found("found-edit-in-a-removed-key", 5, (const char *const[]){"a\\b", NULL}, as_it_is, true,
          (const uint8_t[]){1, SET_NEW_KEY, 2, 0, 4, 3, 6, 3, 1, DELETE_KEY, 1, 0, 4, 3, 6, 3, 1});
    found("found-name-with-nul", 5, (const char *const[]){"zzzx", NULL}, name_with_nul, true, (const uint8_t[]){0, SET_NEW_KEY, 0, 0, 4, 3, 6, 3, 1});
    found("found-name-of-nul", 5, (const char *const[]){"A\\below", NULL}, name_of_nul, true, (const uint8_t[]){0, SET_NEW_KEY, 2, 0, 4, 3, 6, 3, 1});
    found("found-no-parent", 5, (const char *const[]){"below", NULL}, no_parent, false, (const uint8_t[]){0, DELETE_KEY, 1, 0, 4, 3, 6, 3, 1});
    struct vmm_buf path = {0};
    char *paths[42] = {0};
    vmm_buf_str(&path, "A");
    for (size_t i = 0; i < 40; i++) {
        paths[i] = vmm_printf("%s\\b", (char *)path.data);
        vmm_buf_str(&path, "\\a");
    }
    paths[40] = vmm_buf_steal(&path);
    found("found-twice-each", 5, (const char *const *)paths, twice_each, false, (const uint8_t[]){0, DELETE_KEY, 1, 0, 4, 3, 6, 3, 1});
    for (size_t i = 0; paths[i]; i++) free(paths[i]);
}
