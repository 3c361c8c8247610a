/* What a step says, as plain text: for the plain walk, and for what is printed below the prompt after the screens.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/page_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "screens/wrap.h"

void vmm_page_lines(FILE *out, int width, const struct wizard_text *t) {
    static const enum vmm_wrap how[] = {[MEAN_VERBATIM] = WRAP_COLUMNS, [MEAN_BEFORE] = WRAP_COLUMNS, [MEAN_AFTER] = WRAP_COLUMNS, [MEAN_COMMAND] = WRAP_SHELL};
    for (size_t i = 0; i < t->count; i++) {
        const struct wizard_line *l = &t->line[i];
        enum vmm_wrap h = (size_t)l->mean < VMM_COUNT(how) ? how[l->mean] : WRAP_WORDS;
        vmm_wrap(out, h, width, l->indent, l->indent + (h == WRAP_WORDS ? 0 : 4), l->text, 0);
    }
}

/* "SM01, Leave Safe Mode, Minimal, needed", from the parts there are. */
static void join(struct vmm_buf *b, const char *text) {
    if (text && text[0]) vmm_buf_fmt(b, "%s%s", b->len ? ", " : "", text);
}

static void print_item(FILE *out, int width, const struct wizard_item *item, size_t number) {
    int refused = item->refused ? (int)strlen(item->refused) : 0;
    if (refused && item->refused[refused - 1] == '.') refused--; /* the comma is enough */
    struct vmm_buf b = {0};
    join(&b, item->name);
    join(&b, item->text);
    for (size_t c = 0; c < WIZARD_CELLS; c++) join(&b, item->cell[c]);
    if (item->opens) vmm_buf_fmt(&b, ", %s", item->opened ? _("open; its number shuts it") : _("its number opens it"));
    if (item->refused) vmm_buf_fmt(&b, _(", cannot be chosen: %.*s"), refused, item->refused);
    char *line = vmm_printf("%zu: %s%s", number, b.len ? (const char *)b.data : "", item->marked ? ", [*]," : ",");
    vmm_wrap(out, WRAP_WORDS, width, 2, 5, line, 0);
    free(line);
    vmm_buf_free(&b);
}

static void print_cells(FILE *out, int width, const struct wizard_item *item, const char *sign) {
    for (size_t c = 0; c < WIZARD_CELLS; c++) {
        char *note = item->cell[c] ? vmm_printf("%s %s", sign, item->cell[c]) : NULL;
        if (note) vmm_wrap(out, WRAP_WORDS, width, item->level ? 2 : 0, item->level ? 4 : 3, note, 0);
        free(note);
    }
}

/* Where columns count, a line stands as it is, and what is to be said of it stands above the first line of a part, else below. */
static void print_reading(FILE *out, int width, const struct wizard_item *item) {
    bool exact = item->mean == MEAN_VERBATIM;
    struct vmm_buf b = {0};
    join(&b, item->name);
    join(&b, item->text);
    for (size_t c = 0; !exact && c < WIZARD_CELLS; c++) join(&b, item->cell[c]);
    if (exact && item->level == 0) print_cells(out, width, item, ">>");
    vmm_wrap(out, exact ? WRAP_COLUMNS : WRAP_WORDS, width, 0, 4, b.len ? (const char *)b.data : "", 0);
    if (exact && item->level > 0) print_cells(out, width, item, "^");
    vmm_buf_free(&b);
}

/* A change: where exactly, which is the first line of what there is to say; then what goes and what comes. */
static void print_change(FILE *out, int width, const struct wizard_item *item) {
    const struct {
        const char *text, *sign;
    } parts[] = {{item->before, "-"}, {item->after, "+"}};
    char *where = item->detail ? vmm_strndup(item->detail, strcspn(item->detail, "\n")) : NULL;
    if (where) vmm_wrap(out, WRAP_COLUMNS, width, 2, 6, where, 0);
    free(where);
    for (size_t p = 0; p < VMM_COUNT(parts); p++) {
        char *copy = vmm_strdup(parts[p].text), *rest = copy;
        for (char *line; (line = strsep(&rest, "\n"));) {
            char *shown = vmm_printf("%s %s", parts[p].sign, line);
            vmm_wrap(out, WRAP_COLUMNS, width, 4, 8, shown, 0);
            free(shown);
        }
        free(copy);
    }
}

/* True when the row at INDEX belongs to the one before it. */
static bool belongs(const struct wizard *w, size_t index) {
    struct wizard_item item;
    if (index >= vmm_wizard_count(w)) return false;
    vmm_wizard_item(w, index, &item);
    bool inner = item.level > 0;
    vmm_item_clear(&item);
    return inner;
}

bool vmm_plain_only_read(const struct wizard *w) {
    struct wizard_item item;
    if (vmm_wizard_count(w) == 0) return false;
    vmm_wizard_item(w, 0, &item);
    bool reading = item.reading;
    vmm_item_clear(&item);
    return reading;
}

void vmm_plain_rows(FILE *out, int width, const struct wizard *w) {
    char *group = NULL;
    for (size_t i = 0; i < vmm_wizard_count(w); i++) {
        struct wizard_item item;
        vmm_wizard_item(w, i, &item);
        if (item.group && (group == NULL || strcmp(group, item.group) != 0)) vmm_wrap(out, WRAP_WORDS, width, 0, 0, item.group, 0);
        free(group);
        group = vmm_strdup(item.group);
        if (item.reading && item.level == 0 && belongs(w, i + 1)) fputc('\n', out);
        if (item.reading) print_reading(out, width, &item);
        else print_item(out, width, &item, i + 1);
        if (item.before && item.after) print_change(out, width, &item);
        vmm_item_clear(&item);
    }
    free(group);
}

void vmm_page_print(FILE *out, int width, const struct wizard *w) {
    struct wizard_text t = {0};
    char *subject = vmm_wizard_subject(w), *head = vmm_printf("%s: %s%s%s", vmm_wizard_step_name(vmm_wizard_line(w)), vmm_wizard_title(w), subject[0] ? ", " : "", subject);
    vmm_wrap(out, WRAP_WORDS, width, 0, 0, head, 0);
    vmm_wizard_body(w, &t);
    vmm_wizard_more(w, &t);
    vmm_page_lines(out, width, &t);
    vmm_plain_rows(out, width, w);
    vmm_text_clear(&t);
    free(subject);
    free(head);
}
