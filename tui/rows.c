/* Moving in the list and in the page.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/rows.h"

#include <stdlib.h>
#include <string.h>

static bool first_is(const struct tui *t, bool (*what)(const struct wizard_item *i)) {
    return t->count > 0 && what(view_item(t, 0));
}
static bool is_change(const struct wizard_item *i) { return i->reading && (i->before || i->after); }
static bool is_read(const struct wizard_item *i) { return i->reading; }

bool rows_are_changes(const struct tui *t) { return first_is(t, is_change); }
bool rows_have_parts(const struct tui *t) { return first_is(t, is_read); }

static bool begins_part(const struct tui *t, size_t i, const char **group) {
    const struct wizard_item *item = view_item(t, i);
    bool begins = item->reading ? item->level == 0 : item->group && (*group == NULL || strcmp(item->group, *group) != 0);
    if (item->group) *group = item->group;
    return begins;
}

void rows_go(struct tui *t, size_t row) {
    if (row >= t->count) return;
    view_place(t)->cursor = row;
    t->free_scroll = false;
}

void rows_scroll(struct tui *t, int lines) {
    struct place *p = view_place(t);
    int last = t->sheet_rows - t->page_rows;
    p->top += lines;
    if (p->top > last) p->top = last;
    if (p->top < 0) p->top = 0;
    t->free_scroll = true;
}

void rows_move(struct tui *t, int by) {
    struct place *p = view_place(t);
    size_t at = p->cursor;
    if (t->free_scroll && by < 0) { /* first back to where the cursor is */
        rows_scroll(t, by);
        if (t->count && p->top <= t->focus_last - t->page_rows + 1) t->free_scroll = false;
        if (p->top > 0 || !t->count) return;
    }
    while (t->count > 0) {
        if (by < 0 ? at == 0 : at + 1 >= t->count) break;
        at = by < 0 ? at - 1 : at + 1;
        if (view_hidden(t, at)) continue;
        rows_go(t, at);
        return;
    }
    rows_scroll(t, by);
}

void rows_page(struct tui *t, int by) {
    struct place *p = view_place(t);
    size_t before = p->cursor;
    for (int i = 0; i < view_page_rows(t) && t->count > 0 && !t->free_scroll; i++) {
        size_t at = p->cursor;
        rows_move(t, by);
        if (p->cursor == at) break;
    }
    if (p->cursor == before || t->count == 0) rows_scroll(t, by * view_page_rows(t));
}

void rows_end(struct tui *t, int to) {
    if (t->count == 0) {
        rows_scroll(t, to * 100000);
        return;
    }
    size_t at = to < 0 ? 0 : t->count - 1;
    while (at > 0 && view_hidden(t, at)) at--;
    rows_go(t, at);
}

void rows_next_part(struct tui *t) {
    const char *group = NULL;
    size_t now = view_place(t)->cursor, first = SIZE_MAX;
    for (size_t i = 0; i < t->count; i++) {
        if (!begins_part(t, i, &group)) continue;
        if (first == SIZE_MAX) first = i;
        if (i <= now) continue;
        rows_go(t, i);
        t->to_top = rows_have_parts(t);
        return;
    }
    if (first != SIZE_MAX) rows_go(t, first);
}

void rows_fold(struct tui *t, enum fold how) {
    const char *group = NULL;
    size_t at = view_place(t)->cursor;
    if (!rows_have_parts(t) || rows_are_changes(t)) return;
    while (at > 0 && !begins_part(t, at, &group)) at--;
    if (at >= t->folds) return;
    t->folded[at] = how == FOLD_OTHER ? !t->folded[at] : how == FOLD_SHUT;
    if (t->folded[at]) rows_go(t, at);
}

static bool holds(const struct wizard_item *i, const char *text) {
    const char *const texts[] = {i->name, i->text, i->cell[0], i->cell[1], i->cell[2], i->hint, i->before, i->after};
    for (size_t k = 0; k < VMM_COUNT(texts); k++)
        if (texts[k] && strcasestr(texts[k], text)) return true;
    return false;
}

bool rows_find(struct tui *t, const char *text) {
    const char *group = NULL;
    for (size_t n = 1; n <= t->count; n++) {
        size_t at = (view_place(t)->cursor + n) % t->count, part = at;
        const struct wizard_item *item = view_item(t, at);
        if (!holds(item, text)) continue;
        while (item->reading && part > 0 && !begins_part(t, part, &group)) part--;
        if (item->reading && part < t->folds && part != at) t->folded[part] = false;
        rows_go(t, at);
        return true;
    }
    return false;
}
