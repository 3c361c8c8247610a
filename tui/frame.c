/* Cells: putting text in, by display columns, never outside.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/frame.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static const struct cell blank = {L' ', 0, LOOK_TEXT};

struct frame frame_new(int rows, int cols) {
    struct frame f = {.rows = rows, .cols = cols < 1 ? 1 : cols, .grows = rows == 0};
    f.room = (size_t)rows * (size_t)f.cols + 1;
    f.cell = vmm_alloc(f.room, sizeof *f.cell);
    frame_clear(&f);
    return f;
}

void frame_free(struct frame *f) {
    free(f->cell);
    *f = (struct frame){0};
}

void frame_clear(struct frame *f) {
    if (f->grows) f->rows = 0;
    for (size_t i = 0; i < (size_t)f->rows * (size_t)f->cols; i++) f->cell[i] = blank;
    f->cursor_row = f->cursor_col = 0;
}

/* The cell, or NULL outside. A sheet gets the rows it lacks. */
static struct cell *at(struct frame *f, int row, int col) {
    if (row < 0 || col < 0 || col >= f->cols) return NULL;
    if (row >= f->rows) {
        if (!f->grows) return NULL;
        size_t old = (size_t)f->rows * (size_t)f->cols, all = ((size_t)row + 1) * (size_t)f->cols;
        if (all > f->room) { /* a long list writes thousands of rows one by one */
            f->room = 2 * all;
            f->cell = vmm_realloc(f->cell, f->room, sizeof *f->cell);
        }
        for (size_t i = old; i < all; i++) f->cell[i] = blank;
        f->rows = row + 1;
    }
    return &f->cell[(size_t)row * (size_t)f->cols + (size_t)col];
}

/* The next character of a text and its columns; what cannot be shown is a question mark. False at the end. */
static bool next_char(const char **text, size_t *left, mbstate_t *state, wchar_t *c, int *cols) {
    if (*left == 0) return false;
    size_t used = mbrtowc(c, *text, *left, state);
    if (used == (size_t)-1 || used == (size_t)-2 || used == 0) {
        *state = (mbstate_t){0};
        used = 1;
        *c = L'\0';
    }
    *cols = *c ? wcwidth(*c) : -1;
    if (*cols < 0) {
        *c = L'?';
        *cols = 1;
    }
    *text += used;
    *left -= used;
    return true;
}

int frame_width(const char *text) {
    size_t left = strlen(text);
    mbstate_t state = {0};
    wchar_t c;
    int cols, all = 0;
    while (next_char(&text, &left, &state, &c, &cols)) all += cols;
    return all;
}

int frame_put(struct frame *f, int row, int col, int room, enum look look, const char *text) {
    size_t left = strlen(text);
    mbstate_t state = {0};
    wchar_t c;
    int cols, from = col, end = room < 0 || room > f->cols - col ? f->cols : col + room;
    while (next_char(&text, &left, &state, &c, &cols)) {
        if (cols == 0) {
            struct cell *before = at(f, row, col - 1);
            if (before && before->ch == 0) before = at(f, row, col - 2);
            if (before && col > from) before->over = c;
            continue;
        }
        if (col + cols > end) break;
        struct cell *cell = at(f, row, col);
        if (cell) *cell = (struct cell){c, 0, look};
        if (cell && cols == 2) cell[1] = (struct cell){0, 0, look};
        col += cols;
    }
    return col - from;
}

int frame_put_cut(struct frame *f, int row, int col, int room, enum look look, const char *text) {
    int fits = room < 0 || room > f->cols - col ? f->cols - col : room;
    if (frame_width(text) <= fits) return frame_put(f, row, col, fits, look, text);
    if (fits < 1) return 0;
    int used = frame_put(f, row, col, fits - 1, look, text);
    frame_sign(f, row, col + used, look, SIGN_CUT);
    return used + 1;
}

void frame_sign(struct frame *f, int row, int col, enum look look, enum sign s) {
    struct cell *c = at(f, row, col);
    if (c) *c = (struct cell){SIGN_BASE + (wchar_t)s, 0, look};
}

void frame_fill(struct frame *f, int row, int col, int count, enum look look, enum sign s) {
    for (int i = 0; i < count && col + i < f->cols; i++) frame_sign(f, row, col + i, look, s);
}

void frame_paint(struct frame *f, int row, int col, int count, enum look look) {
    for (int i = 0; i < count && row < f->rows; i++) {
        struct cell *c = at(f, row, col + i);
        if (c) c->look = look;
    }
}

void frame_copy(struct frame *to, int row, const struct frame *from, int first, int count) {
    int cols = to->cols < from->cols ? to->cols : from->cols;
    for (int i = 0; i < count; i++) {
        if (first + i < 0 || first + i >= from->rows || row + i < 0 || row + i >= to->rows) continue;
        memcpy(&to->cell[(size_t)(row + i) * (size_t)to->cols], &from->cell[(size_t)(first + i) * (size_t)from->cols], (size_t)cols * sizeof *to->cell);
    }
}

char *frame_row_text(const struct frame *f, int row, enum tui_glyphs tier) {
    struct vmm_buf b = {0};
    size_t keep = 0;
    for (int col = 0; col < f->cols && row < f->rows; col++) {
        const struct cell *c = &f->cell[(size_t)row * (size_t)f->cols + (size_t)col];
        char bytes[MB_LEN_MAX * 2 + 1] = "";
        if (c->ch == 0) continue;
        if (c->ch >= SIGN_BASE) {
            const char *s = look_sign(tier, (enum sign)(c->ch - SIGN_BASE));
            vmm_buf_str(&b, s ? s : look_sign(GLYPHS_ASCII, (enum sign)(c->ch - SIGN_BASE)));
        } else {
            mbstate_t state = {0};
            size_t n = wcrtomb(bytes, c->ch, &state);
            if (n == (size_t)-1) vmm_buf_str(&b, "?");
            else vmm_buf_add(&b, bytes, n);
            if (c->over && (n = wcrtomb(bytes, c->over, &state)) != (size_t)-1) vmm_buf_add(&b, bytes, n);
        }
        if (c->ch != L' ') keep = b.len;
    }
    char *text = vmm_buf_steal(&b);
    if (text == NULL) return vmm_strdup("");
    text[keep] = 0;
    return text;
}
