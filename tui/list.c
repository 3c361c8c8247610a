/* The rows of a step: choices with marks and columns, lines to read with parts that fold, changes with before and after side by side.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "tui/page.h"

#define NAME_COLS 18
#define SIDE_BY_SIDE 72 /* columns from which before and after stand beside each other */
#define MANY_LINES 4

struct columns {
    int name, cell[WIZARD_CELLS], cells; /* widths; all cells with the gaps before them */
    int text;                            /* the longest text */
};

static int width(const char *text) { return text ? frame_width(text) : 0; }

static struct columns measure(const struct tui *t) {
    struct columns c = {0};
    for (size_t i = 0; i < t->count; i++) {
        const struct wizard_item *item = view_item(t, i);
        if (item->opens) continue;
        int digits = 1;
        for (size_t n = i + 1; n > 9; n /= 10) digits++;
        if (!item->name && !item->reading && digits > c.name) c.name = digits;
        if (width(item->name) > c.name) c.name = width(item->name);
        if (width(item->text) > c.text) c.text = width(item->text);
        for (int k = 0; k < WIZARD_CELLS; k++)
            if (width(item->cell[k]) > c.cell[k]) c.cell[k] = width(item->cell[k]);
    }
    if (c.name > NAME_COLS) c.name = NAME_COLS;
    for (int k = 0; k < WIZARD_CELLS; k++) c.cells += c.cell[k] ? c.cell[k] + 2 : 0;
    return c;
}

/* ---- before and after ---- */
struct half {
    struct frame sheet;
    int rows;
};

static struct half half(int cols, enum wizard_meaning mean, char mark, const char *text) {
    struct half h = {frame_new(0, cols), 0};
    char *copy = vmm_strdup(text ? text : ""), *rest = copy;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        char sign[2] = {mark, 0};
        if (rest == NULL && line[0] == 0 && h.rows) break;
        frame_put(&h.sheet, h.rows, 0, 1, look_of(mean), sign);
        h.rows = page_wrapped(&h.sheet, h.rows, 2, 4, mean, look_of(mean), line);
    }
    free(copy);
    return h;
}

static void paste(struct frame *f, int row, int col, const struct half *h) {
    for (int r = 0; r < h->rows; r++)
        for (int c = 0; c < h->sheet.cols && col + c < f->cols; c++) {
            const struct cell *from = &h->sheet.cell[r * h->sheet.cols + c];
            if (from->ch == L' ' && from->look == LOOK_TEXT) continue;
            frame_put(f, row + r, col + c, 1, LOOK_TEXT, " "); /* makes the row */
            f->cell[(row + r) * f->cols + col + c] = *from;
        }
}

/* A whole file: its lines are long, and there is little to compare them with. */
static bool has_many_lines(const char *text) {
    size_t n = 0;
    for (; *text; text++) n += *text == '\n';
    return n >= MANY_LINES;
}

static int change(struct frame *f, int row, int indent, const struct wizard_item *item, bool headed) {
    bool beside = f->cols >= SIDE_BY_SIDE && !has_many_lines(item->before) && !has_many_lines(item->after);
    int cols = beside ? (f->cols - indent - 3) / 2 : f->cols - indent, right = indent + cols + 2;
    struct half before = half(cols, MEAN_BEFORE, '-', item->before), after = half(cols, MEAN_AFTER, '+', item->after);
    int rows = before.rows > after.rows ? before.rows : after.rows;
    if (beside) {
        if (headed) {
            frame_put(f, row, indent + 2, -1, LOOK_HEADING, _("Now"));
            frame_put(f, row, right + 2, -1, LOOK_HEADING, _("After"));
            frame_sign(f, row++, right - 2, LOOK_RULE, SIGN_WALL);
        }
        paste(f, row, indent, &before);
        paste(f, row, right, &after);
        for (int r = 0; r < rows; r++) frame_sign(f, row + r, right - 2, LOOK_RULE, SIGN_WALL);
        row += rows;
    } else {
        paste(f, row, indent, &before);
        paste(f, row + before.rows, indent, &after);
        row += before.rows + after.rows;
    }
    frame_free(&before.sheet);
    frame_free(&after.sheet);
    return row;
}

/* ---- one row ---- */
/* "[x]" for what is chosen, "[!]" for what cannot be. */
static int box(struct frame *f, int row, int col, const struct wizard_item *item) {
    frame_put(f, row, col, -1, LOOK_TEXT, item->refused ? "[!]" : item->marked ? "[x]" : "[ ]");
    return col + 4;
}

static void cells_beside(struct frame *f, int row, int col, const struct columns *c, const struct wizard_item *item) {
    for (int k = 0; k < WIZARD_CELLS; k++) {
        if (c->cell[k] == 0) continue;
        if (item->cell[k]) frame_put(f, row, col + 2, c->cell[k], look_of(item->cell_mean[k]), item->cell[k]);
        col += c->cell[k] + 2;
    }
}

/* Behind the text where that leaves them whole, else below it. AT: the column behind a text of one row, 0 when it takes more. */
static int cells_after(struct frame *f, int row, int col, int at, const struct wizard_item *item) {
    struct vmm_buf b = {0};
    enum wizard_meaning mean = MEAN_TEXT;
    for (int k = 0; k < WIZARD_CELLS; k++) {
        if (item->cell[k]) vmm_buf_fmt(&b, "%s%s", b.len ? ", " : "", item->cell[k]);
        if (item->cell[k] && item->cell_mean[k] != MEAN_TEXT) mean = item->cell_mean[k];
    }
    if (b.len && at && at + frame_width((const char *)b.data) < f->cols - 1) frame_put(f, row - 1, at, -1, look_of(mean), (const char *)b.data);
    else if (b.len) row = page_wrapped(f, row, col, col, MEAN_TEXT, look_of(mean), (const char *)b.data);
    vmm_buf_free(&b);
    return row;
}

/* A row that opens to others: "[+] Network (7): 1 you may choose, 6 in order". */
static int opener(struct frame *f, int row, const struct wizard_item *item, int *from, int *len) {
    *from = 3;
    *len = frame_put(f, row, 3, -1, LOOK_TEXT, item->opened ? "[-]" : "[+]");
    int col = 3 + *len + 1;
    return page_wrapped(f, row, col, col + 4, item->mean, look_of(item->mean), item->text);
}

/* A row to choose. Its name or number is what is highlighted; *from and *len say where. */
static int choice(struct frame *f, int row, size_t number, const struct columns *c, const struct wizard_item *item, enum wizard_prompt_kind kind, int *from, int *len) {
    int in = item->level ? 2 : 0, col = kind == PROMPT_MANY ? box(f, row, 3 + in, item) : 3 + in;
    char digits[24];
    snprintf(digits, sizeof digits, "%zu", number);
    *from = col;
    *len = frame_put_cut(f, row, col, NAME_COLS, LOOK_TEXT, item->name ? item->name : digits);
    col += (c->name > *len ? c->name : *len) + 2;
    int room = f->cols - 1 - col - c->cells, first = row;
    bool beside = c->cells > 0 && (room >= c->text || room >= 36);
    if (beside) { /* the text keeps to its column */
        struct frame part = frame_new(0, room + 1 + col);
        int end = page_wrapped(&part, 0, col, col, item->mean, item->refused ? LOOK_DIM : look_of(item->mean), item->text);
        struct half h = {part, end};
        paste(f, row, 0, &h);
        row += end;
        cells_beside(f, first, col + (c->text < room ? c->text : room), c, item);
        frame_free(&part);
    } else {
        row = page_wrapped(f, row, col, col, item->mean, item->refused ? LOOK_DIM : look_of(item->mean), item->text);
        row = cells_after(f, row, col, row == first + 1 ? col + width(item->text) + 2 : 0, item);
    }
    if (item->refused) {
        char *why = vmm_printf(_("Cannot be chosen: %s"), item->refused);
        row = page_wrapped(f, row, col, col, MEAN_TEXT, LOOK_WARNING, why);
        free(why);
    }
    return row;
}

static int reading(struct frame *f, int row, bool folded, const struct wizard_item *item, int *from, int *len) {
    int col = 3, name = item->name ? frame_put(f, row, col, NAME_COLS, LOOK_TEXT, item->name) + 2 : 0;
    enum look look = item->mean == MEAN_VERBATIM && item->level == 0 && !item->before && !item->after ? LOOK_HEADING : look_of(item->mean);
    int end = page_wrapped(f, row, col + name, col + name + 4, item->mean, look, item->text), at = col + name + width(item->text) + 2;
    if (folded) frame_sign(f, row, 2, LOOK_TEXT, SIGN_FOLDED);
    *from = col;
    *len = name ? name - 2 : (int)strcspn(item->text, " ");
    if (*len > NAME_COLS) *len = NAME_COLS;
    for (int k = 0; k < WIZARD_CELLS; k++) {
        if (item->cell[k] == NULL) continue;
        bool fits = end == row + 1 && at + width(item->cell[k]) < f->cols;
        if (fits) at += frame_put(f, row, at, -1, look_of(item->cell_mean[k]), item->cell[k]) + 2;
        else end = page_wrapped(f, end, col + 4, col + 4, MEAN_TEXT, look_of(item->cell_mean[k]), item->cell[k]);
    }
    if (item->before || item->after) end = change(f, end, col + 2, item, false);
    return end;
}

int list_draw(struct tui *t, struct page *p, int row, enum wizard_prompt_kind kind) {
    struct frame *f = &p->sheet;
    struct columns c = measure(t);
    const struct place *place = view_place(t);
    const char *group = NULL;
    for (size_t i = 0; i < t->count; i++) {
        const struct wizard_item *item = view_item(t, i);
        int from = 0, len = 0, top = row;
        if (view_hidden(t, i)) continue;
        if (item->group && (group == NULL || strcmp(group, item->group) != 0)) row = page_wrapped(f, row, 1, 1, MEAN_TEXT, LOOK_HEADING, item->group);
        if (item->group) group = item->group;
        int first = row;
        if (item->reading) row = reading(f, row, i < t->folds && t->folded[i], item, &from, &len);
        else if (item->opens) row = opener(f, row, item, &from, &len);
        else row = choice(f, row, i + 1, &c, item, kind, &from, &len);
        if (i == place->cursor) {
            frame_sign(f, first, 1, LOOK_TEXT, SIGN_POINTER);
            frame_paint(f, first, from, len, LOOK_SELECTED);
            p->focus_first = top;
            p->focus_last = row - 1;
            f->cursor_row = first;
            f->cursor_col = 1;
        }
    }
    return row;
}

/* One change alone: what, where, before and after, why, and how one would do it on Windows. */
int list_zoomed(struct tui *t, struct page *p, int row) {
    struct frame *f = &p->sheet;
    size_t at = view_place(t)->cursor;
    const struct wizard_item *item = view_item(t, at);
    char *head = vmm_printf(_("Change %zu of %zu"), at + 1, t->count);
    frame_sign(f, row, 1, LOOK_TEXT, SIGN_POINTER);
    p->focus_first = f->cursor_row = row;
    f->cursor_col = 1;
    row = page_wrapped(f, row, 3, 3, MEAN_TEXT, LOOK_HEADING, head);
    if (item->group) row = page_wrapped(f, row, 3, 5, MEAN_TEXT, LOOK_TEXT, item->group);
    row = page_wrapped(f, row, 3, 5, MEAN_TEXT, LOOK_TEXT, item->text) + 1;
    row = change(f, row, 3, item, true) + 1;
    p->focus_last = row - 1;
    if (item->detail) {
        char *copy = vmm_strdup(item->detail), *rest = copy;
        for (char *line; (line = strsep(&rest, "\n")) != NULL;)
            if (line[0]) row = page_wrapped(f, row, 3, 3, MEAN_TEXT, LOOK_TEXT, line);
        free(copy);
    }
    if (item->windows) {
        row = page_wrapped(f, row, 3, 3, MEAN_TEXT, LOOK_HEADING, _("The same on Windows:"));
        row = page_wrapped(f, row, 5, 7, MEAN_TEXT, LOOK_TEXT, item->windows);
    }
    free(head);
    return row;
}
