/* The rows of a step as plain text: numbered where one is chosen, as they are where they are there to read.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/plain_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "screens/wrap.h"

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
