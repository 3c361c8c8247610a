/* One empty file or folder with an extended attribute, as a tar archive: the only way to hand the appliance an attribute with zeros in it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "volume/engine.h"

enum { BLOCK = 512 };

static void octal(uint8_t *at, size_t width, size_t value) {
    char text[16];
    snprintf(text, sizeof text, "%0*zo", (int)width - 1, value);
    memcpy(at, text, width);
}

static void header(struct vmm_buf *b, const char *name, char type, size_t size) {
    uint8_t h[BLOCK] = {0};
    size_t n = strlen(name), sum = 0;
    memcpy(h, name, n < 100 ? n : 99);
    octal(h + 100, 8, type == '5' ? 0755 : 0644);
    octal(h + 108, 8, 0);
    octal(h + 116, 8, 0);
    octal(h + 124, 12, size);
    octal(h + 136, 12, 0);
    memset(h + 148, ' ', 8);
    h[156] = (uint8_t)type;
    memcpy(h + 257, "ustar\00000", 8);
    for (size_t i = 0; i < BLOCK; i++) sum += h[i];
    octal(h + 148, 7, sum);
    vmm_buf_add(b, h, sizeof h);
}

void vmm_tar_one(struct vmm_buf *b, const char *name, bool folder, const char *attribute, const uint8_t *value, size_t len) {
    static const uint8_t zeros[2 * BLOCK];
    size_t whole = strlen(" SCHILY.xattr.=\n") + strlen(attribute) + len, digits = 1;
    char count[24];
    while ((size_t)snprintf(count, sizeof count, "%zu", whole + digits) != digits) digits++; /* the record's length counts its own digits */
    whole += digits;
    header(b, "attributes", 'x', whole);
    vmm_buf_fmt(b, "%s SCHILY.xattr.%s=", count, attribute);
    vmm_buf_add(b, value, len);
    vmm_buf_str(b, "\n");
    vmm_buf_add(b, zeros, (BLOCK - whole % BLOCK) % BLOCK);
    header(b, name, folder ? '5' : '0', 0);
    vmm_buf_add(b, zeros, sizeof zeros);
}
