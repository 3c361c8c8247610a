/* A text over the body: help, everything about a row, a report. It scrolls and closes; what is under it has not moved.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "tui/page.h"

void popup_open(struct tui *t, struct wizard_text *text) {
    struct wizard_text *to = &t->popup.text;
    for (size_t i = 0; i < text->count; i++) {
        to->line = vmm_realloc(to->line, to->count + 1, sizeof *to->line);
        to->line[to->count++] = text->line[i];
    }
    free(text->line);
    *text = (struct wizard_text){0};
    if (!t->popup.open) t->popup.top = 0;
    t->popup.open = true;
}

void popup_close(struct tui *t) {
    vmm_text_clear(&t->popup.text);
    t->popup = (struct popup){0};
}

static struct frame sheet_of(const struct tui *t, int *rows) {
    struct frame sheet = frame_new(0, t->cols);
    *rows = page_text(&sheet, 0, 1, &t->popup.text, false);
    return sheet;
}

void popup_draw(struct tui *t, const struct layout *l, struct frame *f) {
    int rows, room = (l->panel >= 0 ? l->panel + 1 + l->panel_rows : l->body + l->body_rows) - l->body;
    struct frame sheet = sheet_of(t, &rows);
    if (t->popup.top > rows - room) t->popup.top = rows - room;
    if (t->popup.top < 0) t->popup.top = 0;
    frame_copy(f, l->body, &sheet, t->popup.top, room);
    if (t->popup.top > 0) frame_sign(f, l->body, f->cols - 1, LOOK_KEY, SIGN_UP);
    if (t->popup.top + room < rows) frame_sign(f, l->body + room - 1, f->cols - 1, LOOK_KEY, SIGN_DOWN);
    f->cursor_row = l->body;
    f->cursor_col = 0;
    frame_free(&sheet);
}

/* Whole rows are searched, as they are on the screen, from the one below the top on. */
bool popup_find(struct tui *t, const char *text) {
    int rows;
    struct frame sheet = sheet_of(t, &rows);
    bool found = false;
    for (int n = 1; n <= rows && !found; n++) {
        int at = (t->popup.top + n) % rows;
        char *row = frame_row_text(&sheet, at, GLYPHS_ASCII);
        found = strcasestr(row, text) != NULL;
        if (found) t->popup.top = at;
        free(row);
    }
    frame_free(&sheet);
    return found;
}

void popup_scroll(struct tui *t, int lines) {
    t->popup.top += lines;
    if (t->popup.top < 0) t->popup.top = 0;
}
