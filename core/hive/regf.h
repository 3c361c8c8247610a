/* The regf format as this room reads it: offsets, cells, and the hive in memory. Only files of core/hive include this.
 * Every record is reached through vmm_cell(), which refuses what is not a used cell of a known size.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_REGF_H
#define VMM_REGF_H
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "vmmedic/hive.h"

#define REGF_NIL 0xffffffffu
#define REGF_BASE 4096u        /* the base block; cell offsets count from its end */
#define REGF_PAGE 4096u
#define REGF_DB_SEGMENT 16344u /* data bytes in one segment of a big value */
#define REGF_DEPTH 511u        /* keys below each other, the root too */

enum { /* base block */
    BASE_SEQ1 = 4, BASE_SEQ2 = 8, BASE_TIME = 12, BASE_MAJOR = 20, BASE_MINOR = 24, BASE_TYPE = 28, BASE_FORMAT = 32, BASE_ROOT = 36,
    BASE_LENGTH = 40, BASE_CLUSTER = 44, BASE_FLAGS = 144, BASE_CHECKSUM = 508
};
enum { /* key node, from the start of the cell's content */
    NK_FLAGS = 2, NK_TIME = 4, NK_ACCESS = 12, NK_LAYERED = 13, NK_PARENT = 16, NK_SUBKEYS = 20, NK_VOLATILE = 24, NK_LIST = 28, NK_VALUES = 36,
    NK_VALUE_LIST = 40, NK_SK = 44, NK_CLASS = 48, NK_MAX_NAME = 52, NK_MAX_VALUE_NAME = 60, NK_MAX_VALUE_DATA = 64, NK_NAME_LEN = 72,
    NK_CLASS_LEN = 74, NK_NAME = 76
};
enum { NK_F_VOLATILE = 1, NK_F_EXIT = 2, NK_F_ROOT = 4, NK_F_NO_DELETE = 8, NK_F_LINK = 0x10, NK_F_COMPRESSED = 0x20, NK_F_PREDEFINED = 0x40 };
enum { VK_NAME_LEN = 2, VK_LENGTH = 4, VK_DATA = 8, VK_TYPE = 12, VK_FLAGS = 16, VK_NAME = 20, VK_F_COMPRESSED = 1 };
enum { SK_FLINK = 4, SK_BLINK = 8, SK_REFS = 12, SK_LENGTH = 16, SK_DESCRIPTOR = 20 };

struct vmm_hive {
    uint8_t *data;
    size_t len;       /* of the file */
    uint32_t length;  /* of the hive bins */
    uint32_t root;    /* relative offset */
    int minor;
    char *dirty;      /* why it may not be written, or NULL */
    struct vmm_replay replay;
    uint8_t file_base[512]; /* the file's own first sector, as it was before logs were replayed */
    uint8_t *starts;  /* one bit per 8 bytes of bins: a cell begins here */
};

uint32_t vmm_base_checksum(const uint8_t *base);
/* The content of the used cell at relative offset REL, NULL when there is none or it is shorter than `least`. *size: its content bytes. */
const uint8_t *vmm_cell(const struct vmm_hive *h, uint32_t rel, size_t least, size_t *size);
/* The content of a key node and its size, its name checked to be inside; NULL otherwise. */
const uint8_t *vmm_nk(const struct vmm_hive *h, uint32_t rel, size_t *size);
/* A stored name as UTF-8. */
char *vmm_stored_name(const uint8_t *raw, size_t bytes, bool compressed);
/* A stored name as UTF-16 units in upper case, `count` of them; the caller frees. */
uint16_t *vmm_stored_upcase(const uint8_t *raw, size_t bytes, bool compressed, size_t *count);

/* One step of a subkey list: the leaf cell and the child's place in it. */
struct vmm_leaf_entry {
    uint32_t child; /* relative offset of the nk */
    uint32_t leaf;  /* relative offset of the leaf's cell */
    uint16_t index, count; /* place in the leaf, entries of the leaf */
    uint8_t kind;   /* 'f', 'h' or 'i' */
    bool in_ri;
    uint32_t hash;  /* the entry's hint or hash; 0 for li */
};
/* All entries under a key node. 0, or -1 with *why (a constant) when the lists are broken. The caller frees *list. */
int vmm_subkeys(const struct vmm_hive *h, const uint8_t *nk, struct vmm_leaf_entry **list, size_t *count, const char **why);

/* The record (vk) of the value NAME of KEY: its relative offset, and its place in the key's list. VMM_SET, VMM_NOT_SET or VMM_UNREADABLE. */
enum vmm_answer vmm_key_value_record(const struct vmm_hive *h, vmm_key key, const char *name, uint32_t *record, size_t *index);

/* What differs between two hives. */
enum vmm_difference { VMM_DIFF_KEY_ADDED, VMM_DIFF_KEY_REMOVED, VMM_DIFF_KEY_CHANGED, VMM_DIFF_VALUE_ADDED, VMM_DIFF_VALUE_REMOVED, VMM_DIFF_VALUE_CHANGED };
typedef void (*vmm_difference_fn)(void *ctx, enum vmm_difference kind, const char *path, const char *name);
/* Calls `tell` for each. An added or removed key is told once, its content not. 0, or -1 when one of them cannot be read. */
int vmm_hive_compare(const struct vmm_hive *a, const struct vmm_hive *b, vmm_difference_fn tell, void *ctx, struct vmm_error *err);

/* Why hivex may not make this edit's keys (a reason for people, constant), or NULL. KEY is the one that goes with all below it, or the deepest one there is of a path
 * whose other keys are to be made. */
const char *vmm_hivex_hazard(const struct vmm_hive *h, vmm_key key, const struct vmm_edit *e);
/* Makes the missing keys of each VMM_EDIT_SET and removes the key of each VMM_EDIT_DELETE_KEY (from which all values have been taken, and from all keys below it),
 * through hivex in a child process: BYTES in, *out out (the caller frees). Places are found again in `h`, whose layout BYTES shares. */
int vmm_hivex_edit(const struct vmm_hive *h, const uint8_t *bytes, size_t len, const struct vmm_edit *const *edits, size_t count, const char *scratch,
                   uint8_t **out, size_t *out_len, struct vmm_error *err);
/* Takes away what hivex leaves behind along PATH in what it made: lists without entries, and hashes where an old hive has hints. */
void vmm_hivex_tidy(struct vmm_hive *h, const char *path);
#endif
