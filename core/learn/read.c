/* A scenario file, read strictly: every line that is not understood is a fault with its line and column.
 *   # a comment                          key: value              key.fr: the same in French
 *       indented lines go on             (an empty line between them begins a new paragraph)
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/room.h"

#define BYTES_MAX ((size_t)256 << 10)
#define FAULTS_MAX 50

void vmm_lesson_fault(struct vmm_lesson_fields *f, unsigned line, unsigned column, const char *format, ...) {
    char *text = NULL;
    va_list args;
    if (f->fault_count >= FAULTS_MAX) return;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) return;
    f->faults = vmm_realloc(f->faults, f->fault_count + 1, sizeof *f->faults);
    f->faults[f->fault_count++] = (struct vmm_lesson_fault){line, column, vmm_safe_text(text)};
    free(text);
}

void vmm_lesson_faults_free(struct vmm_lesson_fault *faults, size_t count) {
    for (size_t i = 0; i < count; i++) free(faults[i].text);
    free(faults);
}

/* ---- lines ---- */
static bool is_lang(const char *s, size_t n) {
    return (n == 2 || n == 3) && islower((unsigned char)s[0]) && islower((unsigned char)s[1]) && (n == 2 || islower((unsigned char)s[2]));
}

/* Characters that no text has; the column of the first, 0 none. Columns count characters. */
static unsigned bad_character(const char *line) {
    unsigned column = 0;
    for (const unsigned char *p = (const unsigned char *)line; *p; p++) {
        if ((*p & 0xc0) != 0x80) column++;
        if (*p < 0x20 || *p == 0x7f) return column;
    }
    return 0;
}

/* "key[.part][.lang]: value". False: said why. */
static bool parse_key(struct vmm_lesson_fields *f, const char *line, unsigned number, struct vmm_lesson_entry *e) {
    size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz.-");
    *e = (struct vmm_lesson_entry){.line = number, .column = 1};
    if (n == 0 || line[n] != ':') {
        vmm_lesson_fault(f, number, (unsigned)n + 1, _("a line begins with a key and a colon (\"title: ...\"), with a blank (it goes on), or with #"));
        return false;
    }
    char *copy = vmm_strndup(line, n), *rest = copy, *piece = strsep(&rest, ".");
    bool good = snprintf(e->key, sizeof e->key, "%s", piece) < (int)sizeof e->key;
    if (good && rest) {
        char *tail = strrchr(rest, '.');
        const char *last = tail ? tail + 1 : rest;
        if (is_lang(last, strlen(last))) {
            snprintf(e->lang, sizeof e->lang, "%.7s", last);
            if (tail) *tail = 0;
            else rest = NULL;
        }
        if (rest) good = snprintf(e->part, sizeof e->part, "%s", rest) < (int)sizeof e->part;
    }
    free(copy);
    if (!good) vmm_lesson_fault(f, number, 1, _("that key is too long"));
    size_t blank = n + 1 + strspn(line + n + 1, " ");
    e->value_column = (unsigned)blank + 1;
    e->value = vmm_strdup(line + blank);
    return good;
}

static void go_on(struct vmm_lesson_entry *e, const char *line, bool paragraph) {
    char *longer = vmm_printf("%s%s%s", e->value, e->value[0] == 0 ? "" : paragraph ? "\n" : " ", line + strspn(line, " "));
    if (e->value[0] == 0) {
        e->line++; /* the text begins on the line below its key: that is where a fault is */
        e->value_column = (unsigned)strspn(line, " ") + 1;
    }
    free(e->value);
    e->value = longer;
}

static void trim(char *line) {
    size_t n = strlen(line);
    while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\r')) line[--n] = 0;
    for (char *t = line; *t == ' ' || *t == '\t'; t++) *t = ' ';
}

static void take(struct vmm_lesson_fields *f, struct vmm_lesson_entry *e, bool *open) {
    if (*open) vmm_lesson_field(f, e);
    if (*open) free(e->value);
    *open = false;
}

static unsigned read_lines(struct vmm_lesson_fields *f, char *text) {
    struct vmm_lesson_entry e;
    bool open = false, paragraph = false;
    unsigned number = 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
        number++;
        trim(line);
        unsigned bad = bad_character(line);
        if (bad) vmm_lesson_fault(f, number, bad, _("there is a control character here"));
        if (bad || line[0] == '#') continue;
        if (line[0] == 0) {
            paragraph = true;
        } else if (line[0] == ' ') {
            if (open) go_on(&e, line, paragraph);
            else vmm_lesson_fault(f, number, 1, _("an indented line goes on with the text above, and there is none"));
            paragraph = false;
        } else {
            take(f, &e, &open);
            open = parse_key(f, line, number, &e);
            if (!open) free(e.value);
            paragraph = false;
        }
    }
    take(f, &e, &open);
    return number > 1 ? number - 1 : 1;
}

/* ---- the whole file ---- */
static char *name_of(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = strlen(name);
    return vmm_strndup(name, n > 4 && strcmp(name + n - 4, ".txt") == 0 ? n - 4 : n);
}

struct vmm_lesson *vmm_lesson_read(const char *path, struct vmm_lesson_fault **faults, size_t *count, struct vmm_error *err) {
    uint8_t *data;
    size_t len;
    *faults = NULL;
    *count = 0;
    if (vmm_file_read(path, BYTES_MAX, &data, &len, err) < 0) return NULL;
    struct vmm_lesson_fields f = {.lesson = vmm_alloc(1, sizeof *f.lesson)};
    f.lesson->name = name_of(path);
    f.lesson->file = realpath(path, NULL);
    f.lesson->gen = 2;
    f.lesson->level = 2;
    f.lesson->image = f.lesson->folder = true;
    if (f.lesson->file == NULL) f.lesson->file = vmm_strdup(path);
    char *text = vmm_strndup((char *)data, len);
    if (strlen(text) != len || !vmm_is_utf8(text)) vmm_lesson_fault(&f, 1, 1, _("this is no UTF-8 text"));
    else if (strlen(f.lesson->name) != strspn(f.lesson->name, "abcdefghijklmnopqrstuvwxyz0123456789-"))
        vmm_lesson_fault(&f, 1, 1, _("the name of the file may only have small letters, digits and - before \".txt\""));
    else vmm_lesson_whole(&f, read_lines(&f, text));
    free(text);
    free(data);
    *faults = f.faults;
    *count = f.fault_count;
    if (f.fault_count == 0) return f.lesson;
    vmm_lesson_free(f.lesson);
    vmm_fail(err, VMM_E_BROKEN, NULL, "%s:%u:%u: %s", path, f.faults[0].line, f.faults[0].column, f.faults[0].text);
    return NULL;
}
