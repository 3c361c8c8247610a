/* Small text files of Windows, changed by a line and otherwise left as they are.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

/* ---- bytes and text ---- */

char *vmm_ini_decode(const uint8_t *data, size_t len, bool *wide) {
    *wide = len >= 2 && data[0] == 0xff && data[1] == 0xfe;
    if (!*wide) return memchr(data, 0, len) ? NULL : vmm_strndup((const char *)data, len);
    char *text = len % 2 == 0 ? vmm_utf16_to_utf8(data + 2, len - 2) : NULL;
    size_t n = 0;
    uint8_t *again = text ? vmm_utf8_to_utf16(text, &n) : NULL; /* what does not come back the same could not be left as it is */
    bool same = again && n == len - 2 && memcmp(again, data + 2, n) == 0;
    free(again);
    if (same) return text;
    free(text);
    return NULL;
}

uint8_t *vmm_ini_encode(const char *text, bool wide, size_t *len) {
    if (!wide) {
        *len = strlen(text);
        return (uint8_t *)vmm_strdup(text);
    }
    size_t n = 0;
    uint8_t *units = vmm_utf8_to_utf16(text, &n), *all = vmm_alloc(n + 2, 1);
    all[0] = 0xff;
    all[1] = 0xfe;
    if (n) memcpy(all + 2, units, n);
    free(units);
    *len = n + 2;
    return all;
}

/* ---- lines ---- */

/* A line without blanks around it and without its end. */
static char *trimmed(const char *line, size_t n) {
    while (n && strchr(" \t\r", line[n - 1])) n--;
    while (n && strchr(" \t", *line)) line++, n--;
    return vmm_strndup(line, n);
}

/* True when LINE is "KEY = ...": *value points to what follows, with blanks skipped. */
static bool has_key(const char *line, const char *key, const char **value) {
    size_t n = strcspn(line, "="), k = strlen(key);
    if (line[n] == '\0') return false;
    *value = line + n + 1 + strspn(line + n + 1, " \t");
    while (n && strchr(" \t", line[n - 1])) n--;
    return n == k && strncasecmp(line, key, k) == 0;
}

static bool is_section(const char *line, const char *section) {
    size_t n = strlen(section);
    return line[0] == '[' && strncasecmp(line + 1, section, n) == 0 && line[n + 1] == ']';
}

/* Where the key's line begins and ends in TEXT, or (false) where it would be put. */
static bool find(const char *text, const char *section, const char *key, size_t *from, size_t *to, char **value, bool *in_section) {
    bool inside = false;
    *in_section = false;
    *from = *to = strlen(text);
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n"), whole = n + (p[n] == '\n');
        char *line = trimmed(p, n);
        const char *v;
        bool hit = inside && has_key(line, key, &v);
        if (line[0] == '[') {
            inside = !*in_section && is_section(line, section); /* Windows reads the first of that name */
            *in_section = *in_section || inside;
        }
        if (hit && value) *value = vmm_strdup(v);
        if (hit || (inside && *line)) *to = (size_t)(p - text) + whole;
        if (hit) *from = (size_t)(p - text);
        else if (inside && *line) *from = *to;
        free(line);
        if (hit) return true;
        p += whole;
    }
    return false;
}

char *vmm_ini_get(const char *text, const char *section, const char *key) {
    size_t from, to;
    char *value = NULL;
    bool there;
    find(text, section, key, &from, &to, &value, &there);
    return value;
}

char *vmm_ini_set(const char *text, const char *section, const char *key, const char *value) {
    size_t from, to;
    bool there;
    struct vmm_buf b = {0};
    find(text, section, key, &from, &to, NULL, &there);
    vmm_buf_add(&b, text, from);
    if (from && text[from - 1] != '\n') vmm_buf_str(&b, "\r\n");
    if (!there) vmm_buf_fmt(&b, "[%s]\r\n", section);
    vmm_buf_fmt(&b, "%s=%s\r\n", key, value);
    vmm_buf_str(&b, text + to);
    return vmm_buf_steal(&b);
}
