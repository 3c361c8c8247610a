/* Image formats by our own look at the bytes: qemu is told, it never guesses.
 * Copyright (C) 2026 the vmmedic authors.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_FORMAT_H
#define VMM_FORMAT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmmedic/error.h"

struct vmm_format {
    const char *name;       /* qemu's word: the first argument of -drive format= */
    const char *extensions; /* space-separated endings that say it, in lower case */
    /* The header belongs to this format. */
    bool (*is)(int fd, uint64_t file_size);
    /* Refuses what leads to other files or cannot be worked on, and finds the virtual size. 0 or -1. */
    int (*check)(int fd, uint64_t file_size, const char *name, uint64_t *size, struct vmm_error *err);
};

/* By qemu's word ("vhd" is taken for vpc); NULL when unknown. */
const struct vmm_format *vmm_format_named(const char *word);
/* The one whose header the file begins with (or ends with: a fixed VHD); the one for raw when none does. *forged: a raw-like file
 * (fixed VHD) begins like another format. */
const struct vmm_format *vmm_format_of(int fd, uint64_t file_size, bool *forged);
/* The one that the file's name promises; NULL when it promises nothing. */
const struct vmm_format *vmm_format_promised(const char *name);
/* A fixed VHD is raw bytes and a footer, and is handed to qemu as raw: its driver takes the size of some creators' images (Azure's)
 * from rounded cylinders and would cut the last partition off. */
bool vmm_format_fixed_vhd(int fd, uint64_t file_size);
/* Whole read at an offset; false when the file is shorter. */
bool vmm_read_at(int fd, uint64_t offset, void *data, size_t len);
#endif
