/* Cutting bcdedit's text into rows. The text and the objects come from the same listing in the same order; the text is what is shown, to the letter, and the objects tell
 * what a line is. A line that does not fit them is shown all the same, and nothing is said of it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/boot_rows.h"

#include "screens/model.h"

struct line {
    const char *text;
    size_t len;
};

static struct line next_line(const char **rest) {
    size_t n = strcspn(*rest, "\n");
    struct line l = {*rest, n > 0 && (*rest)[n - 1] == '\r' ? n - 1 : n};
    *rest += n + ((*rest)[n] == '\n');
    return l;
}

static bool begins(const struct line *l, const char *word) {
    size_t n = strlen(word);
    return l->len >= n && strncmp(l->text, word, n) == 0 && (l->len == n || l->text[n] == ' ');
}

/* A title is followed by as many dashes as it has letters. */
static bool is_title(const struct line *l, const char *rest) {
    struct line rule = next_line(&rest);
    if (l->len == 0 || rule.len != l->len || l->text[0] == ' ') return false;
    for (size_t i = 0; i < rule.len; i++)
        if (rule.text[i] != '-') return false;
    return true;
}

/* The element that a line begins with, when it is the next one of the object. */
static const json_t *element_of(const struct line *l, const json_t *object, size_t next) {
    const json_t *e = json_array_get(json_object_get(object, "elements"), next);
    char custom[32];
    snprintf(custom, sizeof(custom), "custom:%s", vmm_s(e, "id"));
    return e && begins(l, vmm_s(e, "name")[0] ? vmm_s(e, "name") : custom) ? e : NULL;
}

static void add(struct boot_rows *r, const struct boot_row *row) {
    r->row = vmm_realloc(r->row, r->count + 1, sizeof(*r->row));
    r->row[r->count++] = *row;
}

void vmm_boot_rows_read(struct boot_rows *r, json_t *listing) {
    vmm_boot_rows_clear(r);
    r->of = json_incref(listing);
    const json_t *objects = json_object_get(listing, "objects"), *object = NULL, *element = NULL;
    size_t next = 0, nth = 0;
    bool rule = false, identifier = false;
    for (const char *rest = vmm_s(listing, "text"); *rest;) {
        struct line l = next_line(&rest);
        struct boot_row row = {BOOT_OTHER, l.text, l.len, 0, NULL, NULL};
        if (is_title(&l, rest)) {
            object = json_array_get(objects, r->objects++);
            if (object && !begins(&l, vmm_s(object, "heading"))) object = NULL;
            element = NULL;
            next = 0;
            rule = identifier = true;
            row.part = BOOT_TITLE;
        } else if (l.len == 0) {
            continue; /* between objects */
        } else if (rule) {
            row.part = BOOT_RULE;
            rule = false;
        } else if (identifier && begins(&l, "identifier")) {
            row.part = BOOT_IDENTIFIER;
            identifier = false;
        } else if (l.text[0] == ' ' && element) {
            row.part = BOOT_CONTINUED;
            row.nth = ++nth;
        } else if ((element = element_of(&l, object, next))) {
            row.part = BOOT_ELEMENT;
            next++;
            nth = 0;
        }
        row.object = object;
        row.element = row.part == BOOT_ELEMENT || row.part == BOOT_CONTINUED ? element : NULL;
        add(r, &row);
    }
}

void vmm_boot_rows_clear(struct boot_rows *r) {
    json_decref(r->of);
    free(r->row);
    *r = (struct boot_rows){0};
}
