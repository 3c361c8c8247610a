/* The body of a screen on a sheet of its own: title, text, then what the step asks (list.c, wait.c, or a line to type), then what helps. The part in sight is cut out later.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/page.h"

#include <stdlib.h>
#include <string.h>

#include "screens/wrap.h"

#define BRANCH_COLS 2 /* a sign and a blank: signs are three bytes each in UTF-8 */
#define INPUT_ROOM 48 /* columns of a line to type */

/* ---- text ---- */
static enum vmm_wrap way_of(enum wizard_meaning mean) {
    if (mean == MEAN_COMMAND) return WRAP_SHELL;
    return mean == MEAN_VERBATIM || mean == MEAN_BEFORE || mean == MEAN_AFTER ? WRAP_COLUMNS : WRAP_WORDS;
}

int page_wrapped(struct frame *f, int row, int indent, int hang, enum wizard_meaning mean, enum look look, const char *text) {
    char *all = NULL;
    size_t len = 0;
    FILE *m = open_memstream(&all, &len);
    if (m == NULL) abort();
    vmm_wrap(m, way_of(mean), f->cols - 1, indent, hang, text, 0);
    fclose(m);
    for (char *rest = all, *line; (line = strsep(&rest, "\n")) != NULL && rest;) {
        int col = (int)strspn(line, " ");
        frame_put(f, row, col, -1, look, line + col);
        if (line[col] == 0) frame_put(f, row, 0, 1, LOOK_TEXT, " ");
        row++;
    }
    free(all);
    return row;
}

/* True when no line with this branch or less follows before a line that is further out. */
static bool last_branch(const struct wizard_text *t, size_t i, int depth) {
    for (size_t n = i + 1; n < t->count; n++) {
        if (t->line[n].branch < depth) return true;
        if (t->line[n].branch == depth) return false;
    }
    return true;
}

static int tree_line(struct frame *f, int row, int indent, const struct wizard_text *t, size_t i) {
    const struct wizard_line *l = &t->line[i];
    int col = indent + BRANCH_COLS * l->branch, end = page_wrapped(f, row, col, col, l->mean, look_of(l->mean), l->text);
    for (int depth = 1; depth <= l->branch; depth++) {
        int at = indent + BRANCH_COLS * (depth - 1);
        bool last = last_branch(t, i, depth), own = depth == l->branch;
        for (int r = row; r < end; r++) {
            if (own && r == row) {
                frame_sign(f, r, at, LOOK_RULE, last ? SIGN_LAST_BRANCH : SIGN_BRANCH);
            } else if (!last) {
                frame_sign(f, r, at, LOOK_RULE, SIGN_TRUNK);
            }
        }
    }
    return end;
}

int page_text(struct frame *f, int row, int indent, const struct wizard_text *text, bool pinned) {
    for (size_t i = 0; i < text->count; i++) {
        const struct wizard_line *l = &text->line[i];
        if (l->pinned != pinned) continue;
        if (l->branch > 0) row = tree_line(f, row, indent, text, i);
        else row = page_wrapped(f, row, indent + l->indent, indent + l->indent + (way_of(l->mean) == WRAP_WORDS ? 0 : 4), l->mean, look_of(l->mean), l->text);
    }
    return row;
}

/* ---- a line to type ---- */
static int input(struct tui *t, struct page *p, int row, const struct wizard_prompt *prompt) {
    struct frame *f = &p->sheet;
    int room = f->cols - 5 < INPUT_ROOM ? f->cols - 5 : INPUT_ROOM;
    row = page_wrapped(f, row, 1, 1, MEAN_TEXT, LOOK_TITLE, prompt->question);
    p->focus_first = row - 1;
    frame_sign(f, row, 1, LOOK_TEXT, SIGN_POINTER);
    editor_draw(&t->line, f, row, 3, room, prompt->secret);
    p->focus_last = row;
    return row + 1;
}

/* ---- the page ---- */
static bool anything(const struct wizard_text *t, bool pinned) {
    for (size_t i = 0; i < t->count; i++)
        if (t->line[i].pinned == pinned) return true;
    return false;
}

void page_draw(struct tui *t, int cols, bool tight, struct page *p) {
    struct wizard_prompt prompt;
    struct wizard_text body = {0}, more = {0};
    *p = (struct page){.sheet = frame_new(0, cols), .pins = frame_new(0, cols), .focus_first = -1, .focus_last = -1};
    struct frame *f = &p->sheet;
    bool busy = vmm_wizard_busy(t->w, NULL);
    vmm_wizard_prompt(t->w, &prompt);
    vmm_wizard_body(t->w, &body);
    int row = page_wrapped(f, 0, 1, 1, MEAN_TEXT, LOOK_TITLE, vmm_wizard_title(t->w)), gap = tight ? 0 : 1;
    f->cursor_row = 0;
    f->cursor_col = 1;
    row += gap;
    if (!t->zoomed && anything(&body, false)) row = page_text(f, row, 1, &body, false) + gap;
    if (busy) {
        row = wait_draw(t, p, row) + gap;
    } else if (prompt.kind == PROMPT_LINE) {
        row = input(t, p, row, &prompt) + gap;
    } else if (t->count > 0) {
        if (prompt.question[0]) row = page_wrapped(f, row, 1, 1, MEAN_TEXT, LOOK_HEADING, prompt.question);
        row = (t->zoomed ? list_zoomed(t, p, row) : list_draw(t, p, row, prompt.kind)) + gap;
    }
    vmm_wizard_more(t->w, &more);
    if (!t->zoomed && more.count) page_text(f, row, 1, &more, false);
    p->pinned = page_text(&p->pins, 0, 1, &body, true);
    vmm_text_clear(&body);
    vmm_text_clear(&more);
}

void page_free(struct page *p) {
    frame_free(&p->sheet);
    frame_free(&p->pins);
}
