/* The pieces of command lines that Windows admins type: quoting for cmd.exe, and what comes after the name of reg.exe and bcdedit.exe.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "change/room.h"

/* ---- quoting ---- */

/* As a C program splits its command line: quotes around, quotes inside escaped, backslashes before a quote doubled. */
static char *argv_quoted(const char *s) {
    struct vmm_buf b = {0};
    size_t slashes = 0;
    vmm_buf_str(&b, "\"");
    for (; *s; s++) {
        if (*s == '\\') {
            slashes++;
        } else {
            if (*s == '"')
                for (slashes++; slashes > 0; slashes--) vmm_buf_str(&b, "\\");
            slashes = 0;
        }
        vmm_buf_add(&b, s, 1);
    }
    for (; slashes > 0; slashes--) vmm_buf_str(&b, "\\");
    vmm_buf_str(&b, "\"");
    return vmm_buf_steal(&b);
}

/* What cmd.exe does with a line differs between its prompt and a batch file:
 *   prompt   %NAME% is expanded even inside quotes, and %% is no way to stop it; so such text stands outside of cmd's quotes, every special character
 *            escaped by ^: of ^%NAME^% the prompt finds no variable "NAME^" and leaves it alone; where a colon may cut that name short
 *            (%NAME:a=b%), the name begins with ^ too
 *   batch    %% is one %, inside quotes and outside
 * A quote inside the text ends cmd's quotes, so such text stands outside of them in both. */
void vmm_put_argument(struct vmm_buf *b, const char *s, enum vmm_typed where) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:\\{}-/";
    bool batch = where == VMM_IN_BATCH;
    if (*s && strspn(s, plain) == strlen(s) && s[strlen(s) - 1] != '\\') {
        vmm_buf_str(b, s);
        return;
    }
    char *quoted = argv_quoted(s);
    bool hard = strpbrk(s, batch ? "\"" : "%\"!") != NULL;
    bool colon = !batch && hard && strchr(s, ':');
    for (const char *p = quoted; *p; p++) {
        if (colon && p > quoted && p[-1] == '%' && !strchr("^&|<>()%\"!", *p)) vmm_buf_str(b, "^");
        if (hard && strchr(batch ? "^&|<>()\"" : "^&|<>()%\"!", *p)) vmm_buf_str(b, "^");
        if (batch && *p == '%') vmm_buf_str(b, "%");
        vmm_buf_add(b, p, 1);
    }
    free(quoted);
}

bool vmm_typable(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) return false;
    return vmm_is_utf8(s);
}

/* ---- reg.exe ---- */

/* The text of LEN bytes, when nothing is lost by saying it as text; else NULL. */
static char *exact_text(const uint8_t *data, size_t len) {
    size_t back;
    if (len % 2) return NULL;
    char *text = vmm_utf16_to_utf8(data, len);
    uint8_t *again = vmm_utf8_to_utf16(text, &back);
    if (again == NULL || back != len || memcmp(again, data, len) != 0) {
        free(text);
        text = NULL;
    }
    free(again);
    return text;
}

/* The length without the NULs at the end. */
static size_t trimmed(const struct vmm_data *d) {
    size_t n = d->len;
    if (n % 2) return n;
    while (n >= 2 && vmm_le16(d->data + n - 2) == 0) n -= 2;
    return n;
}

/* What may stand between the items of a list: \0 unless an item holds that, then the first character no item has. */
static const char *separator(const char *const *items, size_t count) {
    static const char *const choice[] = {"\\0", ";", ",", "#", "~", "+", "=", "@"};
    for (size_t k = 0; k < VMM_COUNT(choice); k++) {
        bool taken = false;
        for (size_t i = 0; i < count; i++) taken = taken || strstr(items[i], choice[k]) || (k == 0 && *items[i] && items[i][strlen(items[i]) - 1] == '\\');
        if (!taken) return choice[k];
    }
    return NULL;
}

/* A list joined for /d; *between is what stands between its items. NULL when reg.exe could not make that list. */
static char *list_data(const struct vmm_data *d, const char **between) {
    size_t len = trimmed(d), count = 0;
    char **items = vmm_alloc(len / 2 + 1, sizeof *items);
    struct vmm_buf b = {0};
    bool good = len % 2 == 0;
    for (size_t at = 0; good && at < len; count++) {
        size_t end = at;
        while (end < len && vmm_le16(d->data + end) != 0) end += 2;
        items[count] = end > at ? exact_text(d->data + at, end - at) : NULL; /* an empty item inside ends the list for reg.exe */
        good = items[count] != NULL;
        at = end + 2;
    }
    *between = good ? separator((const char *const *)items, count) : NULL;
    for (size_t i = 0; *between && i < count; i++) vmm_buf_fmt(&b, "%s%s", i ? *between : "", items[i]);
    good = *between != NULL;
    for (size_t i = 0; i < count; i++) free(items[i]);
    free(items);
    char *text = vmm_buf_steal(&b);
    if (good) return text;
    free(text);
    return NULL;
}

/* The /d of reg add; NULL when there is no way to type it. */
static char *reg_data(const struct vmm_data *d, const char **between) {
    switch (d->type) {
    case VMM_REG_DWORD: return d->len == 4 ? vmm_printf("%u", vmm_le32(d->data)) : NULL;
    case VMM_REG_QWORD: return d->len == 8 ? vmm_printf("%llu", (unsigned long long)vmm_le64(d->data)) : NULL;
    case VMM_REG_SZ:
    case VMM_REG_EXPAND_SZ: return exact_text(d->data, trimmed(d));
    case VMM_REG_BINARY: return vmm_hex(d->data, d->len);
    case VMM_REG_NONE: return d->len == 0 ? vmm_strdup("") : NULL;
    case VMM_REG_MULTI_SZ: return list_data(d, between);
    default: return NULL;
    }
}

void vmm_put_value_name(struct vmm_buf *b, const struct vmm_change *c, enum vmm_typed where) {
    if (c->whole_key) return; /* nothing more to name */
    vmm_buf_str(b, *c->name ? " /v " : " /ve");
    if (*c->name) vmm_put_argument(b, c->name, where);
}

void vmm_put_key(struct vmm_buf *b, const char *key, enum vmm_typed where) {
    char *quoted = argv_quoted(key);
    if (where == VMM_AT_PROMPT && !strpbrk(key, "%\"!")) vmm_buf_str(b, quoted); /* always in quotes: nearly all keys need them, and a list reads better */
    else if (where == VMM_IN_BATCH && !strpbrk(key, "%\"")) vmm_buf_str(b, quoted);
    else vmm_put_argument(b, key, where);
    free(quoted);
}

/* reg.exe takes a name that begins with / for one of its own words. */
static bool taken_for_option(const char *s) { return *s == '/'; }

char *vmm_reg_command(const struct vmm_change *c, const char *key, const char *written, enum vmm_typed where) {
    struct vmm_buf b = {0};
    char room[24];
    const char *between = NULL;
    char *data = c->after.present ? reg_data(&c->after, &between) : NULL;
    bool good = (data || !c->after.present) && vmm_typable(key) && vmm_typable(c->name) && !taken_for_option(c->name) && (data == NULL || vmm_typable(data));
    if (good) {
        vmm_buf_str(&b, c->after.present ? "reg add " : "reg delete ");
        if (written) vmm_buf_str(&b, written);
        else vmm_put_key(&b, key, where);
        vmm_put_value_name(&b, c, where);
        if (data) {
            vmm_buf_fmt(&b, " /t %s", vmm_type_word(c->after.type, room));
            if (between && strcmp(between, "\\0") != 0) vmm_buf_fmt(&b, " /s \"%s\"", between);
            vmm_buf_str(&b, " /d ");
            vmm_put_argument(&b, data, where);
        }
        vmm_buf_str(&b, " /f");
    }
    free(data);
    char *line = vmm_buf_steal(&b);
    if (good) return line;
    free(line);
    return NULL;
}

/* ---- bcdedit.exe ---- */

static bool put_element_value(struct vmm_buf *b, const struct vmm_change *c, enum vmm_typed where) {
    struct vmm_bcd_element e = vmm_change_element(c, &c->after);
    struct vmm_bcd_object made;
    const struct vmm_bcd_object *o = vmm_change_object(c, &made);
    size_t count = 0;
    char **list = vmm_bcd_list(&e, &count), *string = vmm_bcd_string(&e);
    bool good = !e.bad && (string == NULL || vmm_typable(string));
    free(string);
    for (size_t i = 0; list && i < count; i++) {
        vmm_buf_str(b, " ");
        vmm_put_argument(b, list[i], where);
        free(list[i]);
    }
    if (list == NULL && good) {
        const struct vmm_bcd_view guids = {.verbose = true};
        char *text = vmm_bcd_value_text(c->store->bcd, o, &e, &guids);
        vmm_buf_str(b, " ");
        vmm_put_argument(b, text, where);
        free(text);
    }
    free(list);
    return good;
}

char *vmm_bcd_command(const struct vmm_change *c, const char *id, enum vmm_typed where) {
    struct vmm_buf b = {0};
    char room[24];
    bool good = true;
    if (!vmm_change_is_element(c)) {
        const char *alias = vmm_bcd_alias(c->store->bcd, c->guid);
        vmm_buf_fmt(&b, "/create %s", alias ? alias : c->guid);
    } else if (!c->after.present) {
        vmm_buf_fmt(&b, "/deletevalue %s %s", id, vmm_change_element_name(c, room));
    } else {
        vmm_buf_fmt(&b, "/set %s %s", id, vmm_change_element_name(c, room));
        good = put_element_value(&b, c, where);
    }
    char *line = vmm_buf_steal(&b);
    if (good) return line;
    free(line);
    return NULL;
}
