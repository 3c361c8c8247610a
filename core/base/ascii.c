/* The nearest ASCII sign for a letter with an accent and for typographic signs: for terminals that are not UTF-8, so that a French text stays a text there.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/base.h"

/* U+00A0 to U+017F, one sign each */
static const char latin[] = " !cL?Y|S\"ca\"--r-o+23'uP.,1o\"????AAAAAAACEEEEIIIIDNOOOOOxOUUUUYPsaaaaaaaceeeeiiiidnooooo/ouuuuypy"
                            "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
_Static_assert(sizeof latin == 0x17f - 0xa0 + 2, "one sign for each");

static const struct {
    uint32_t from, to;
    char sign;
} others[] = {{0x2002, 0x200a, ' '}, {0x2010, 0x2015, '-'}, {0x2018, 0x201b, '\''}, {0x201c, 0x201f, '"'}, {0x2022, 0x2022, '*'}, {0x2026, 0x2026, '.'},
              {0x202f, 0x202f, ' '}, {0x2032, 0x2032, '\''}, {0x2033, 0x2033, '"'}, {0x2039, 0x2039, '<'}, {0x203a, 0x203a, '>'}, {0x20ac, 0x20ac, 'E'},
              {0x2190, 0x2190, '<'}, {0x2192, 0x2192, '>'}, {0x2212, 0x2212, '-'}};

char vmm_ascii_sign(uint32_t c) {
    if (c < 0x80) return (char)c;
    if (c >= 0xa0 && c <= 0x17f) return latin[c - 0xa0];
    for (size_t i = 0; i < VMM_COUNT(others); i++)
        if (c >= others[i].from && c <= others[i].to) return others[i].sign;
    return '?';
}

/* The bytes at the end are the beginning of a letter whose rest has not come. */
static bool cut_off(const uint8_t *s, size_t len) {
    size_t whole = s[0] < 0xc2 || s[0] > 0xf4 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < len && i < whole; i++)
        if ((s[i] & 0xc0) != 0x80) return false;
    return len < whole;
}

size_t vmm_ascii_fold(char *out, const char *utf8, size_t len, size_t *used) {
    size_t n = 0, i = 0;
    while (i < len) {
        uint32_t c;
        if (cut_off((const uint8_t *)utf8 + i, len - i)) break; /* the rest comes with the next piece */
        size_t good = vmm_utf8_next((const uint8_t *)utf8 + i, len - i, &c);
        out[n++] = good ? vmm_ascii_sign(c) : '?';
        i += good ? good : 1;
    }
    if (used) *used = i;
    return n;
}
