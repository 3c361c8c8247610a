/* The same change as the line an admin would type on a Windows recovery VM, at a command prompt (cmd.exe). For registry hives `reg load` comes first:
 *   reg load HKLM\BROKENSYSTEM F:\Windows\System32\config\SYSTEM
 * Two traps of the articles' own lines are avoided: %SystemRoot% must not be expanded by the prompt, and entries are named by GUID, because
 * {default} and {current} mean something else on the recovery VM.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
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

/* As cmd.exe needs it at its prompt. %NAME% is expanded even inside quotes, so such text stands outside of cmd's quotes, every special character
 * escaped by ^: of ^%NAME^% the prompt finds no variable "NAME^" and leaves it alone. */
static void put_argument(struct vmm_buf *b, const char *s) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:\\{}-/";
    if (*s && strspn(s, plain) == strlen(s) && s[strlen(s) - 1] != '\\') {
        vmm_buf_str(b, s);
        return;
    }
    char *quoted = argv_quoted(s);
    bool hard = strpbrk(s, "%\"!") != NULL;
    for (const char *p = quoted; *p; p++) {
        if (hard && strchr("^&|<>()%\"!", *p)) vmm_buf_str(b, "^");
        vmm_buf_add(b, p, 1);
    }
    free(quoted);
}

static bool typable(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) return false;
    return true;
}

static char *cannot(const struct vmm_change *c) {
    char *place = vmm_change_place(c), *text = vmm_printf(_("rem %s cannot be typed as one command"), place);
    free(place);
    return text;
}

/* ---- the registry ---- */

/* The /d of reg add; NULL when there is no way to type it. */
static char *reg_data(const struct vmm_data *d) {
    struct vmm_buf b = {0};
    switch (d->type) {
    case VMM_REG_DWORD: return d->len == 4 ? vmm_printf("%u", vmm_le32(d->data)) : NULL;
    case VMM_REG_QWORD: return d->len == 8 ? vmm_printf("%llu", (unsigned long long)vmm_le64(d->data)) : NULL;
    case VMM_REG_SZ:
    case VMM_REG_EXPAND_SZ: return vmm_utf16_to_utf8(d->data, d->len);
    case VMM_REG_BINARY:
    case VMM_REG_NONE: return vmm_hex(d->data, d->len);
    case VMM_REG_MULTI_SZ:
        for (size_t at = 0; at + 1 < d->len;) {
            size_t end = at;
            while (end + 1 < d->len && vmm_le16(d->data + end) != 0) end += 2;
            if (end == at) break;
            char *item = vmm_utf16_to_utf8(d->data + at, end - at);
            vmm_buf_fmt(&b, "%s%s", b.len ? "\\0" : "", item);
            free(item);
            at = end + 2;
        }
        return vmm_buf_steal(&b);
    default: return NULL;
    }
}

static char *reg_line(const struct vmm_change *c) {
    char room[24], *key = vmm_printf("HKLM\\BROKEN%s\\%s", c->store->name, c->path), *data = c->after.present ? reg_data(&c->after) : NULL;
    struct vmm_buf b = {0};
    if ((c->after.present && data == NULL) || !typable(key) || !typable(c->name) || (data && !typable(data))) {
        free(key);
        free(data);
        return cannot(c);
    }
    vmm_buf_str(&b, c->after.present ? "reg add " : "reg delete ");
    char *quoted = argv_quoted(key);
    vmm_buf_str(&b, strpbrk(key, "%\"!") ? "" : quoted);
    if (strpbrk(key, "%\"!")) put_argument(&b, key);
    free(quoted);
    if (*c->name) {
        vmm_buf_str(&b, " /v ");
        put_argument(&b, c->name);
    } else {
        vmm_buf_str(&b, " /ve");
    }
    if (data) {
        vmm_buf_fmt(&b, " /t %s /d ", vmm_type_word(c->after.type, room));
        put_argument(&b, data);
    }
    vmm_buf_str(&b, " /f");
    free(key);
    free(data);
    return vmm_buf_steal(&b);
}

/* ---- boot stores ---- */

static void put_value(struct vmm_buf *b, const struct vmm_change *c) {
    struct vmm_bcd_element e = vmm_change_element(c, &c->after);
    struct vmm_bcd_object made;
    const struct vmm_bcd_object *o = vmm_change_object(c, &made);
    size_t count = 0;
    char **list = vmm_bcd_list(&e, &count);
    for (size_t i = 0; list && i < count; i++) {
        vmm_buf_str(b, " ");
        put_argument(b, list[i]);
        free(list[i]);
    }
    if (list == NULL) {
        const struct vmm_bcd_view guids = {.verbose = true};
        char *text = vmm_bcd_value_text(c->store->bcd, o, &e, &guids);
        vmm_buf_str(b, " ");
        put_argument(b, text);
        free(text);
    }
    free(list);
}

static char *bcd_line(const struct vmm_change *c, char letter) {
    struct vmm_buf b = {0};
    char room[24], *store = c->store->path[0] == '\\' ? vmm_printf("%c:%s", letter, c->store->path) : vmm_strdup(c->store->path);
    if (!typable(store)) {
        free(store);
        return cannot(c);
    }
    vmm_buf_str(&b, "bcdedit /store ");
    put_argument(&b, store);
    free(store);
    if (!vmm_change_is_element(c)) {
        const char *alias = vmm_bcd_alias(c->store->bcd, c->guid);
        vmm_buf_fmt(&b, " /create %s", alias ? alias : c->guid);
    } else if (!c->after.present) {
        vmm_buf_fmt(&b, " /deletevalue %s %s", c->guid, vmm_change_element_name(c, room));
    } else {
        vmm_buf_fmt(&b, " /set %s %s", c->guid, vmm_change_element_name(c, room));
        put_value(&b, c);
    }
    return vmm_buf_steal(&b);
}

/* There is no command that says it; the editor of the article does. */
static char *file_line(const struct vmm_change *c, char letter) {
    struct vmm_buf b = {0};
    char *path = vmm_printf("%c:%s", letter, c->store->path);
    vmm_buf_str(&b, "notepad ");
    put_argument(&b, path);
    free(path);
    return vmm_buf_steal(&b);
}

char *vmm_change_windows_way(const struct vmm_change *c, char letter) {
    char *line = c->store->is_file ? typable(c->store->path) ? file_line(c, (char)toupper((unsigned char)letter)) : cannot(c) : c->store->is_bcd && c->store->bcd && c->guid[0] ? bcd_line(c, (char)toupper((unsigned char)letter)) : reg_line(c);
    char *safe = vmm_safe_text(line);
    free(line);
    return safe;
}
