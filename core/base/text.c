/* Text: UTF-16 and UTF-8, Windows' upper case, names made safe for a terminal, GUIDs, hex, sizes.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"

void vmm_put16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}
void vmm_put32(uint8_t *p, uint32_t v) {
    vmm_put16(p, (uint16_t)v);
    vmm_put16(p + 2, (uint16_t)(v >> 16));
}
void vmm_put64(uint8_t *p, uint64_t v) {
    vmm_put32(p, (uint32_t)v);
    vmm_put32(p + 4, (uint32_t)(v >> 32));
}

static void add_utf8(struct vmm_buf *b, uint32_t c) {
    uint8_t u[4];
    size_t n;
    if (c < 0x80) {
        u[0] = (uint8_t)c;
        n = 1;
    } else if (c < 0x800) {
        u[0] = (uint8_t)(0xc0 | c >> 6);
        u[1] = (uint8_t)(0x80 | (c & 0x3f));
        n = 2;
    } else if (c < 0x10000) {
        u[0] = (uint8_t)(0xe0 | c >> 12);
        u[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        u[2] = (uint8_t)(0x80 | (c & 0x3f));
        n = 3;
    } else {
        u[0] = (uint8_t)(0xf0 | c >> 18);
        u[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        u[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        u[3] = (uint8_t)(0x80 | (c & 0x3f));
        n = 4;
    }
    vmm_buf_add(b, u, n);
}

char *vmm_utf16_to_utf8(const uint8_t *data, size_t bytes) {
    struct vmm_buf b = {0};
    for (size_t i = 0; i + 1 < bytes; i += 2) {
        uint32_t c = vmm_le16(data + i);
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < bytes) {
            uint32_t low = vmm_le16(data + i + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        if (c >= 0xd800 && c < 0xe000) c = 0xfffd;
        add_utf8(&b, c);
    }
    return vmm_buf_steal(&b);
}

/* Reads one character of UTF-8; returns its length, 0 when the bytes are none. */
static size_t next_utf8(const uint8_t *s, uint32_t *c) {
    if (s[0] < 0x80) {
        *c = s[0];
        return 1;
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
    uint32_t v = s[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        v = v << 6 | (s[i] & 0x3fu);
    }
    if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) return 0;
    *c = v;
    return n;
}

uint8_t *vmm_utf8_to_utf16(const char *s, size_t *bytes) {
    struct vmm_buf b = {0};
    for (const uint8_t *p = (const uint8_t *)s; *p;) {
        uint32_t c;
        size_t n = next_utf8(p, &c);
        if (n == 0) {
            vmm_buf_free(&b);
            return NULL;
        }
        uint8_t u[4];
        if (c >= 0x10000) {
            vmm_put16(u, (uint16_t)(0xd800 + ((c - 0x10000) >> 10)));
            vmm_put16(u + 2, (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff)));
            vmm_buf_add(&b, u, 4);
        } else {
            vmm_put16(u, (uint16_t)c);
            vmm_buf_add(&b, u, 2);
        }
        p += n;
    }
    *bytes = b.len;
    return (uint8_t *)vmm_buf_steal(&b);
}

size_t vmm_utf8_next(const uint8_t *s, size_t len, uint32_t *c) {
    uint8_t padded[5] = {0};
    memcpy(padded, s, len < 4 ? len : 4);
    return len ? next_utf8(padded, c) : 0;
}

bool vmm_is_utf8(const char *s) {
    uint32_t c;
    for (const uint8_t *p = (const uint8_t *)s; *p;) {
        size_t n = next_utf8(p, &c);
        if (n == 0) return false;
        p += n;
    }
    return true;
}

/* True for characters that may not reach a terminal or a log as they are. */
static bool unsafe(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb);
}

static char *safe(const char *s, uint32_t kept) {
    struct vmm_buf b = {0};
    for (const uint8_t *p = (const uint8_t *)(s ? s : ""); *p;) {
        uint32_t c;
        size_t n = next_utf8(p, &c);
        if (n == 0) {
            vmm_buf_fmt(&b, "\\x%02x", *p);
            n = 1;
        } else if (c != kept && unsafe(c)) {
            if (c < 0x100) vmm_buf_fmt(&b, "\\x%02x", c);
            else vmm_buf_fmt(&b, "\\u%04x", c);
        } else {
            vmm_buf_add(&b, p, n);
        }
        p += n;
    }
    return vmm_buf_steal(&b);
}

char *vmm_safe_text(const char *s) { return safe(s, 0); }

char *vmm_safe_lines(const char *s) { return safe(s, '\n'); }

int vmm_casecmp(const char *a, const char *b) {
    size_t na = 0, nb = 0;
    uint8_t *ua = vmm_utf8_to_utf16(a, &na), *ub = vmm_utf8_to_utf16(b, &nb);
    int r = 0;
    if (ua == NULL || ub == NULL) {
        r = strcmp(a, b);
    } else {
        for (size_t i = 0; r == 0 && (i < na || i < nb); i += 2) {
            int ca = i < na ? vmm_upcase16(vmm_le16(ua + i)) : -1;
            int cb = i < nb ? vmm_upcase16(vmm_le16(ub + i)) : -1;
            r = (ca > cb) - (ca < cb);
        }
    }
    free(ua);
    free(ub);
    return r;
}

void vmm_guid_text(const uint8_t g[16], char out[39]) {
    snprintf(out, 39, "{%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x}", g[3], g[2], g[1], g[0], g[5], g[4], g[7],
             g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
}

int vmm_guid_parse(const char *text, uint8_t guid[16]) {
    static const int order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    size_t n = strlen(text);
    if (n == 38 && text[0] == '{' && text[37] == '}') {
        text++;
        n = 36;
    }
    if (n != 36) return -1;
    uint8_t out[16];
    int byte = 0;
    for (size_t i = 0; i < 36;) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i++] != '-') return -1;
            continue;
        }
        if (!isxdigit((unsigned char)text[i]) || !isxdigit((unsigned char)text[i + 1])) return -1;
        char two[3] = {text[i], text[i + 1], 0};
        out[order[byte++]] = (uint8_t)strtoul(two, NULL, 16);
        i += 2;
    }
    memcpy(guid, out, 16);
    return 0;
}

char *vmm_hex(const uint8_t *data, size_t len) {
    static const char digits[] = "0123456789abcdef";
    char *out = vmm_alloc(2 * len + 1, 1);
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    return out;
}

uint8_t *vmm_unhex(const char *hex, size_t *len) {
    size_t n = strlen(hex);
    if (n % 2) return NULL;
    uint8_t *out = vmm_alloc(n / 2 + 1, 1);
    for (size_t i = 0; i < n; i += 2) {
        if (!isxdigit((unsigned char)hex[i]) || !isxdigit((unsigned char)hex[i + 1])) {
            free(out);
            return NULL;
        }
        char two[3] = {hex[i], hex[i + 1], 0};
        out[i / 2] = (uint8_t)strtoul(two, NULL, 16);
    }
    *len = n / 2;
    return out;
}

char *vmm_size_text(uint64_t bytes) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024) return vmm_printf("%llu B", (unsigned long long)bytes);
    double v = (double)bytes;
    size_t u = 0;
    for (v /= 1024; v >= 1023.95 && u + 1 < VMM_COUNT(units); v /= 1024) u++;
    return vmm_printf("%.1f %s", v, units[u]);
}

void vmm_utc_now(char out[24]) {
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

double vmm_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

const char *vmm_in_context(const char *text) {
    const char *said = gettext(text), *own = strchr(text, 4);
    return said == text && own ? own + 1 : said;
}

/* Letters of the alphabets before Hangul, and the signs of the blocks from general punctuation on, take one column; what comes after may take two. */
size_t vmm_columns(const char *text, size_t len) {
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t used = vmm_utf8_next((const uint8_t *)text + i, len - i, &c);
        bool cut = used == 0; /* no character, or not all of it */
        n += cut || c < 0x1100 || (c >= 0x2000 && c < 0x2e80) ? 1 : 2;
        i += cut ? 1 : used;
    }
    return n;
}

int vmm_columns_of(const char *text) { return (int)vmm_columns(text, strlen(text)); }
