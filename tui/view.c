/* The frame of a moment: follows the model, draws the parts, and cuts the part of the body that is in sight.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "tui/page.h"

struct place *view_place(struct tui *t) { return &t->place[t->step]; }

const struct wizard_item *view_item(const struct tui *t, size_t i) { return &t->items[i]; }

void view_forget_items(struct tui *t) {
    for (size_t i = 0; i < t->item_count; i++) vmm_item_clear(&t->items[i]);
    free(t->items);
    t->items = NULL;
    t->item_count = 0;
}

static bool same_row(const struct wizard_item *a, const struct wizard_item *b) {
    return strcmp(a->name ? a->name : "", b->name ? b->name : "") == 0 && strcmp(a->text, b->text) == 0;
}

/* What was pointed at is pointed at, wherever it stands now: a disk that is plugged in must not come under the finger that presses Enter. */
static void point_again(struct tui *t, const struct wizard_item *was) {
    size_t *cursor = &view_place(t)->cursor;
    if (*cursor < t->count && same_row(was, view_item(t, *cursor))) return;
    for (size_t i = 0; i < t->count; i++)
        if (same_row(was, view_item(t, i))) {
            *cursor = i;
            return;
        }
}

static void ask_items(struct tui *t, bool chosen_from) {
    unsigned long version = vmm_wizard_version(t->w);
    if (version == t->version && t->count == t->item_count) return;
    struct wizard_item was = {0};
    size_t cursor = view_place(t)->cursor;
    if (chosen_from && cursor < t->item_count) {
        was = t->items[cursor];
        t->items[cursor] = (struct wizard_item){0};
    }
    view_forget_items(t);
    t->items = t->count ? vmm_alloc(t->count, sizeof *t->items) : NULL;
    for (; t->item_count < t->count; t->item_count++) vmm_wizard_item(t->w, t->item_count, &t->items[t->item_count]);
    t->version = version;
    if (was.text) point_again(t, &was);
    vmm_item_clear(&was);
}

bool view_hidden(const struct tui *t, size_t i) {
    const struct wizard_item *item = view_item(t, i);
    if (t->folds == 0 || !item->reading || item->level == 0) return false;
    for (size_t k = i; k-- > 0;) /* the row that begins its part */
        if (view_item(t, k)->level == 0) return k < t->folds && t->folded[k];
    return false;
}

/* ---- following the model ---- */
static bool broken(const struct wizard_item *item) {
    for (int c = 0; c < WIZARD_CELLS; c++)
        if (item->cell[c] && item->cell_mean[c] == MEAN_BROKEN) return true;
    return false;
}

/* Where the eye should be first: the row that is marked, in lines to read the one that is wrong, else the first that can be taken. */
static size_t first_row(const struct tui *t, enum wizard_prompt_kind kind) {
    size_t able = SIZE_MAX;
    for (size_t i = 0; i < t->count; i++) {
        const struct wizard_item *item = view_item(t, i);
        if ((item->reading && broken(item)) || (kind == PROMPT_ONE && item->marked)) return i;
        if (item->enabled && able == SIZE_MAX) able = i;
    }
    return able == SIZE_MAX ? 0 : able;
}

static void take_said(struct tui *t) {
    struct wizard_text text = {0};
    if (!vmm_wizard_said(t->w, &text)) return;
    if (t->popup.open) {
        popup_open(t, &text);
        return;
    }
    struct wizard_text all = t->said;
    t->said_seen = false;
    for (size_t i = 0; i < text.count; i++) {
        bool again = false; /* a key that is held down says the same each time */
        for (size_t k = 0; k < all.count; k++) again = again || strcmp(all.line[k].text, text.line[i].text) == 0;
        if (again) {
            free(text.line[i].text);
            continue;
        }
        all.line = vmm_realloc(all.line, all.count + 1, sizeof *all.line);
        all.line[all.count++] = text.line[i];
    }
    free(text.line);
    t->said = all;
    if (head_fits(t, &t->said)) return;
    popup_open(t, &t->said);
}

void view_follow(struct tui *t) {
    struct wizard_prompt prompt = {0};
    enum wizard_step step = vmm_wizard_step(t->w);
    bool busy = vmm_wizard_busy(t->w, NULL);
    take_said(t);
    vmm_wizard_prompt(t->w, &prompt);
    size_t count = busy || prompt.kind == PROMPT_LINE ? 0 : vmm_wizard_count(t->w);
    bool other = step != t->step || prompt.kind != t->kind || strcmp(prompt.question, t->question) != 0;
    if (other) editor_clear(&t->line);
    if (prompt.kind == PROMPT_LINE && !busy && (other || t->refill)) editor_set(&t->line, prompt.typed);
    if (!busy) t->refill = false;
    if (step != t->step || count != t->count) {
        free(t->folded);
        t->folded = count ? vmm_alloc(count, sizeof *t->folded) : NULL;
        t->folds = count;
        t->zoomed = t->searching = false;
        if (step != t->step) t->place[step].top = 0;
    }
    t->step = step;
    t->kind = prompt.kind;
    t->secret = prompt.secret;
    t->count = count;
    ask_items(t, !other && (prompt.kind == PROMPT_ONE || prompt.kind == PROMPT_MANY));
    snprintf(t->question, sizeof t->question, "%s", prompt.question);
    struct place *p = view_place(t);
    if (count && (!p->known || p->cursor >= count || (other && prompt.kind == PROMPT_ONE))) {
        p->cursor = first_row(t, prompt.kind);
        p->known = true;
    }
}

/* ---- drawing ---- */
static void too_small(struct frame *f) {
    char *text = vmm_printf(_("Too small: %d x %d are needed, or --plain. q leaves."), LAYOUT_LEAST_COLS, LAYOUT_LEAST_ROWS);
    struct frame sheet = frame_new(0, f->cols);
    page_wrapped(&sheet, 0, 0, 0, MEAN_TEXT, LOOK_TEXT, text);
    frame_copy(f, 0, &sheet, 0, f->rows);
    frame_free(&sheet);
    free(text);
}

/* The rows of the sheet that are seen: the focus is among them, its first row above all. */
static void scroll_to_focus(struct place *place, const struct page *p, int room) {
    if (p->focus_first >= 0) {
        if (p->focus_last >= place->top + room) place->top = p->focus_last - room + 1;
        if (p->focus_first < place->top) place->top = p->focus_first;
        if (p->sheet.cursor_row >= place->top + room) place->top = p->sheet.cursor_row - room + 1;
        if (place->top > 0 && p->focus_first < room && p->focus_last < room && place->top <= 2) place->top = 0; /* the title, when it costs nothing */
    }
    if (place->top > p->sheet.rows - room) place->top = p->sheet.rows - room;
    if (place->top < 0) place->top = 0;
}

static void body(struct tui *t, const struct layout *l, struct frame *f) {
    struct page p;
    struct place *place = view_place(t);
    page_draw(t, l->cols, l->body_rows < 12, &p);
    int pins = p.pinned < l->body_rows / 2 ? p.pinned : l->body_rows / 2, room = l->body_rows - pins;
    t->page_rows = room;
    t->sheet_rows = p.sheet.rows;
    t->focus_last = p.focus_last;
    if (t->to_top && p.focus_first >= 0) place->top = p.focus_first;
    else if (!t->free_scroll) scroll_to_focus(place, &p, room);
    t->to_top = false;
    if (place->top > p.sheet.rows - room) place->top = p.sheet.rows - room;
    if (place->top < 0) place->top = 0;
    int under = p.sheet.rows - place->top + 1 < room ? p.sheet.rows - place->top + 1 : room; /* pins follow the text, or stand at the end of the body */
    frame_copy(f, l->body, &p.sheet, place->top, room);
    frame_copy(f, l->body + under, &p.pins, 0, pins);
    if (place->top > 0) frame_sign(f, l->body, l->cols - 1, LOOK_KEY, SIGN_UP);
    if (place->top + room < p.sheet.rows) frame_sign(f, l->body + room - 1, l->cols - 1, LOOK_KEY, SIGN_DOWN);
    int row = p.sheet.cursor_row - place->top;
    f->cursor_row = l->body + (row < 0 ? 0 : row >= room ? room - 1 : row);
    f->cursor_col = p.sheet.cursor_col;
    page_free(&p);
}

static void search_line(const struct tui *t, const struct layout *l, struct frame *f) {
    int row = l->keys + l->key_rows - 1;
    for (int c = 0; c < l->cols; c++) frame_put(f, row, c, 1, LOOK_TEXT, " ");
    int used = frame_put(f, row, 1, -1, LOOK_KEY, _("Search:"));
    editor_draw(&t->search, f, row, used + 2, l->cols - used - 4 < 40 ? l->cols - used - 4 : 40, false);
}

void view_draw(struct tui *t, struct frame *f, bool rested) {
    struct layout l = layout_of(f->rows, f->cols);
    frame_clear(f);
    if (!l.usable) {
        too_small(f);
        return;
    }
    int said = head_said_rows(t);
    l = layout_with_panel(l, said ? said : head_coach_rows(t));
    head_draw(t, &l, f);
    body(t, &l, f);
    head_panel(t, &l, f, rested);
    head_keys(t, &l, f);
    if (t->popup.open) {
        for (int r = l.body; r < l.keys; r++)
            for (int c = 0; c < l.cols; c++) frame_put(f, r, c, 1, LOOK_TEXT, " ");
        popup_draw(t, &l, f);
        if (t->said.count) frame_put_cut(f, l.keys - 1, 1, l.cols - 2, LOOK_WARNING, t->said.line[t->said.count - 1].text); /* the panel is under it */
    }
    if (t->searching) search_line(t, &l, f);
}

int view_page_rows(const struct tui *t) {
    struct layout l = layout_of(t->rows, t->cols);
    int rows = t->popup.open && l.usable ? l.keys - l.body : t->page_rows;
    return rows > 2 ? rows - 1 : 1;
}
