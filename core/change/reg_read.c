/* Reading a .reg file of version 5. Stricter than regedit, which passes over what it does not understand: here every line is understood or refused.
 * The file comes from anywhere: lengths, counts and bytes are checked before they are used.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "change/reg_file.h"

#define HEADER "Windows Registry Editor Version 5.00"

struct reader {
    const char *name;
    const char *p;  /* the next character; the text ends with a NUL and holds no other */
    unsigned line;
    struct vmm_reg_file *out;
    const char *key; /* of the last [KEY]; borrowed from the list's item */
    bool gone;       /* it was [-KEY] */
    struct vmm_error *err;
};

static int bad(const struct reader *r, unsigned line, const char *why) { return vmm_fail(r->err, VMM_E_USAGE, NULL, _("%s, line %u: %s"), r->name, line, why); }

/* ---- from bytes to UTF-8 ---- */

static char *from_utf16(const uint8_t *data, size_t len, bool big) {
    size_t back = 0;
    uint8_t *little = vmm_memdup(data, len);
    for (size_t i = 0; big && i + 1 < len; i += 2) {
        uint8_t first = little[i];
        little[i] = little[i + 1];
        little[i + 1] = first;
    }
    char *text = len % 2 ? NULL : vmm_utf16_to_utf8(little, len);
    uint8_t *again = text ? vmm_utf8_to_utf16(text, &back) : NULL;
    if (again == NULL || back != len || memcmp(again, little, len) != 0) { /* a NUL inside, or half of a pair */
        free(text);
        text = NULL;
    }
    free(again);
    free(little);
    return text;
}

static char *decode(const uint8_t *d, size_t len, const char **why) {
    char *text = NULL;
    if (len >= 2 && ((d[0] == 0xff && d[1] == 0xfe) || (d[0] == 0xfe && d[1] == 0xff))) {
        text = from_utf16(d + 2, len - 2, d[0] == 0xfe);
        *why = _("it is not whole UTF-16 text");
        return text;
    }
    size_t skip = len >= 3 && memcmp(d, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    *why = _("it is neither UTF-8 nor UTF-16 with a byte order mark");
    if (memchr(d, 0, len)) return NULL;
    text = vmm_strndup((const char *)d + skip, len - skip);
    if (vmm_is_utf8(text)) return text;
    free(text);
    return NULL;
}

/* ---- small steps ---- */

static bool at_line_end(const struct reader *r) { return *r->p == '\0' || *r->p == '\n' || (*r->p == '\r' && r->p[1] == '\n'); }

static void blanks(struct reader *r) { r->p += strspn(r->p, " \t"); }

/* Over what may follow a value: blanks and a comment. False when there is something else. */
static bool rest_is_empty(struct reader *r) {
    blanks(r);
    if (*r->p == ';') r->p += strcspn(r->p, "\n");
    return at_line_end(r);
}

static void next_line(struct reader *r) {
    r->p += strcspn(r->p, "\n");
    if (*r->p) {
        r->p++;
        r->line++;
    }
}

static struct vmm_reg_item *new_item(struct reader *r, enum vmm_reg_op op, const char *key) {
    struct vmm_reg_file *f = r->out;
    if (f->count >= VMM_REG_ITEMS_MAX) return NULL;
    if (f->count % 64 == 0) f->list = vmm_realloc(f->list, f->count + 64, sizeof *f->list);
    struct vmm_reg_item *item = &f->list[f->count++];
    *item = (struct vmm_reg_item){.op = op, .line = r->line, .key = vmm_strdup(key)};
    return item;
}

static int too_many(const struct reader *r) {
    char *why = vmm_printf(_("there are more than %d keys and values in this file"), VMM_REG_ITEMS_MAX);
    bad(r, r->line, why);
    free(why);
    return -1;
}

static bool has_control(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) return true;
    return false;
}

/* ---- [KEY] ---- */

static const char *bad_key(const char *key) {
    if (has_control(key)) return _("there is a control character in the name of the key");
    if (strlen(key) > VMM_REG_KEY_MAX) return _("the name of the key is too long");
    for (const char *p = key;; p++) {
        size_t n = strcspn(p, "\\");
        if (n == 0) return _("a part of the key's name is empty: there is a \\ too many");
        if (n > VMM_REG_NAME_MAX) return _("the name of the key is too long");
        p += n;
        if (*p == '\0') return NULL;
    }
}

static int read_key(struct reader *r) {
    const char *start = r->p + 1, *end = start;
    bool delete = *start == '-';
    for (const char *p = start; *p && *p != '\n'; p++) { /* a key's name may hold ], so the last one counts; not one of a comment behind it */
        if (*p != ']') continue;
        const char *behind = p + 1 + strspn(p + 1, " \t\r");
        if (*behind == '\0' || *behind == '\n' || *behind == ';') {
            end = p;
            break;
        }
    }
    if (end == start) return bad(r, r->line, strcspn(start, "]") < strcspn(start, "\n") && start[0] != ']' ? _("there is something behind the ]") : _("the key has no name or no ] at its end"));
    char *key = vmm_strndup(start + delete, (size_t)(end - start) - delete);
    const char *why = bad_key(key);
    struct vmm_reg_item *item = why ? NULL : new_item(r, delete ? VMM_REG_DELETE_KEY : VMM_REG_KEY, key);
    free(key);
    if (why) return bad(r, r->line, why);
    if (item == NULL) return too_many(r);
    r->key = item->key;
    r->gone = delete;
    return 0;
}

/* ---- "name"=data ---- */

/* "..." with \\ and \". NULL with *why set. */
static char *quoted(struct reader *r, const char **why) {
    struct vmm_buf b = {0};
    *why = NULL;
    for (r->p++; !at_line_end(r); r->p++) {
        if (*r->p == '"') {
            r->p++;
            char *text = vmm_buf_steal(&b);
            if (!has_control(text)) return text;
            free(text);
            *why = _("there is a control character in the text");
            return NULL;
        }
        if (*r->p == '\\' && *++r->p != '\\' && *r->p != '"') {
            *why = _("a single \\ in text: it must be written twice");
            break;
        }
        vmm_buf_add(&b, r->p, 1);
    }
    if (*why == NULL) *why = _("the text has no closing quote on this line; text of several lines is written as hex(1)");
    vmm_buf_free(&b);
    return NULL;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to MOST hex digits. */
static bool hex_number(struct reader *r, int most, uint32_t *out) {
    int n = 0;
    for (*out = 0; hex_digit(*r->p) >= 0; r->p++, n++) {
        if (n == most) return false;
        *out = *out << 4 | (uint32_t)hex_digit(*r->p);
    }
    return n > 0;
}

/* Over blanks, and over "\" at the end of a line with what stands before the next bytes. */
static bool continued(struct reader *r) {
    blanks(r);
    while (*r->p == '\\') {
        r->p++;
        if (!rest_is_empty(r) || *r->p == '\0') return false;
        next_line(r);
        for (;;) { /* a comment or an empty line may stand between */
            blanks(r);
            if (*r->p != ';') break;
            next_line(r);
        }
    }
    return true;
}

static const char *read_bytes(struct reader *r, struct vmm_reg_item *item) {
    struct vmm_buf b = {0};
    const char *why = NULL;
    uint32_t byte;
    if (!continued(r)) why = _("there is something behind the \\ at the end of the line");
    while (why == NULL && !at_line_end(r) && *r->p != ';') {
        if (!hex_number(r, 2, &byte)) why = _("bytes are two hexadecimal digits each, with commas between them");
        else if (b.len >= VMM_REG_DATA_MAX) why = _("the value is too large");
        if (why) break;
        uint8_t one = (uint8_t)byte;
        vmm_buf_add(&b, &one, 1);
        if (!continued(r)) why = _("there is something behind the \\ at the end of the line");
        else if (*r->p == ',') {
            r->p++;
            if (!continued(r)) why = _("there is something behind the \\ at the end of the line");
        } else if (!at_line_end(r) && *r->p != ';') {
            why = _("bytes are two hexadecimal digits each, with commas between them");
        }
    }
    item->len = b.len;
    item->data = (uint8_t *)vmm_buf_steal(&b);
    return why;
}

static const char *read_text(struct reader *r, struct vmm_reg_item *item) {
    const char *why;
    char *text = quoted(r, &why);
    if (text == NULL) return why;
    uint8_t *wide = vmm_utf8_to_utf16(text, &item->len);
    free(text);
    item->type = VMM_REG_SZ;
    item->data = vmm_alloc(item->len + 2, 1);
    if (wide) memcpy(item->data, wide, item->len);
    free(wide);
    item->len += 2;
    return item->len > VMM_REG_DATA_MAX ? _("the value is too large") : NULL;
}

static const char *read_data(struct reader *r, struct vmm_reg_item *item) {
    uint32_t number;
    const char *why = NULL;
    if (*r->p == '-') {
        item->op = VMM_REG_DELETE;
        r->p++;
    } else if (*r->p == '"') {
        why = read_text(r, item);
    } else if (strncasecmp(r->p, "dword:", 6) == 0) {
        r->p += 6;
        blanks(r);
        if (!hex_number(r, 8, &number)) return _("dword: needs one to eight hexadecimal digits");
        item->type = VMM_REG_DWORD;
        item->data = vmm_alloc(4, 1);
        item->len = 4;
        vmm_put32(item->data, number);
    } else if (strncasecmp(r->p, "hex", 3) == 0) {
        r->p += 3;
        item->type = VMM_REG_BINARY;
        if (*r->p == '(') {
            r->p++;
            if (!hex_number(r, 8, &item->type) || *r->p++ != ')') return _("hex(...) needs the number of a type");
        }
        if (*r->p++ != ':') return _("there is no : behind hex");
        why = read_bytes(r, item);
    } else {
        return _("the data is none of: \"text\", dword:, hex:, hex(N):, -");
    }
    return why ? why : rest_is_empty(r) ? NULL : _("there is something behind the value");
}

static int read_value(struct reader *r) {
    unsigned line = r->line;
    const char *why = NULL;
    if (r->key == NULL) return bad(r, line, _("a value stands before the first [key]"));
    if (r->gone) return bad(r, line, _("a value stands below a key that is to be removed"));
    char *name = *r->p == '"' ? quoted(r, &why) : vmm_strdup("");
    if (name == NULL) return bad(r, line, why);
    if (*r->p == '@') r->p++;
    if (strlen(name) > VMM_REG_NAME_MAX) why = _("the name of the value is too long");
    blanks(r);
    if (why == NULL && *r->p++ != '=') why = _("there is no = behind the name");
    struct vmm_reg_item *item = why ? NULL : new_item(r, VMM_REG_SET, r->key);
    if (item) item->name = name;
    else free(name);
    if (why) return bad(r, line, why);
    if (item == NULL) return too_many(r);
    blanks(r);
    why = read_data(r, item);
    return why ? bad(r, r->line, why) : 0;
}

/* ---- the file ---- */

static int read_header(struct reader *r) {
    size_t n = strlen(HEADER);
    if (strncmp(r->p, "REGEDIT4", 8) == 0)
        return vmm_fail(r->err, VMM_E_UNSUPPORTED, _("Export it again from regedit, as \"Registration files (*.reg)\"."),
                        _("%s is a file of the old kind REGEDIT4: its text is in the code page of the machine that made it, which it does not name"), r->name);
    if (strncmp(r->p, HEADER, n) != 0 || (r->p += n, !rest_is_empty(r)))
        return vmm_fail(r->err, VMM_E_USAGE, NULL, _("%s is no .reg file of version 5: its first line is not \"%s\""), r->name, HEADER);
    next_line(r);
    return 0;
}

static int read_lines(struct reader *r) {
    for (; *r->p; next_line(r)) {
        blanks(r);
        int done = 0;
        if (at_line_end(r) || *r->p == ';') continue;
        if (*r->p == '[') done = read_key(r);
        else if (*r->p == '"' || *r->p == '@') done = read_value(r);
        else done = bad(r, r->line, _("this is neither a [key], a \"name\"=value, nor a ; comment"));
        if (done < 0) return -1;
    }
    return 0;
}

int vmm_reg_read(const char *name, const void *data, size_t len, struct vmm_reg_file *out, struct vmm_error *err) {
    const char *why = NULL;
    *out = (struct vmm_reg_file){0};
    if (len > VMM_REG_FILE_MAX) return vmm_fail(err, VMM_E_USAGE, NULL, _("%s is larger than %u MiB"), name, VMM_REG_FILE_MAX >> 20);
    char *text = decode(data, len, &why);
    if (text == NULL) return vmm_fail(err, VMM_E_USAGE, NULL, _("%s cannot be read as text: %s"), name, why);
    struct reader r = {.name = name, .p = text, .line = 1, .out = out, .err = err};
    int done = read_header(&r) < 0 || read_lines(&r) < 0 ? -1 : 0;
    free(text);
    if (done < 0) vmm_reg_file_clear(out);
    return done;
}

void vmm_reg_file_clear(struct vmm_reg_file *f) {
    for (size_t i = 0; i < f->count; i++) {
        free(f->list[i].key);
        free(f->list[i].name);
        free(f->list[i].data);
    }
    free(f->list);
    *f = (struct vmm_reg_file){0};
}
