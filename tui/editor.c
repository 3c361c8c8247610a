/* One line of typed text: what the person types, the cursor in it, and its drawing. It scrolls sideways when it is long.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "tui/curses.h"
#include "tui/screen.h"

#define CONTROL(c) ((c)-0x40)

void editor_clear(struct editor *e) { explicit_bzero(e, sizeof *e); }

void editor_set(struct editor *e, const char *text) {
    mbstate_t state = {0};
    size_t left = text ? strlen(text) : 0;
    editor_clear(e);
    while (left && e->len < EDITOR_MAX) {
        wchar_t c;
        size_t used = mbrtowc(&c, text, left, &state);
        bool bad = used == (size_t)-1 || used == (size_t)-2 || used == 0;
        if (bad) state = (mbstate_t){0};
        else if (iswprint((wint_t)c)) e->text[e->len++] = c;
        text += bad ? 1 : used;
        left -= bad ? 1 : used;
    }
    e->at = e->len;
}

static void erase_before(struct editor *e, size_t count) {
    if (count > e->at) count = e->at;
    wmemmove(e->text + e->at - count, e->text + e->at, e->len - e->at + 1);
    e->at -= count;
    e->len -= count;
}

bool editor_key(struct editor *e, int code, bool special) {
    if ((special && code == KEY_BACKSPACE) || (!special && (code == CONTROL('H') || code == 0x7f))) {
        if (e->len == 0) return false;
        erase_before(e, 1);
    } else if (special && code == KEY_DC) {
        if (e->at < e->len) {
            e->at++;
            erase_before(e, 1);
        }
    } else if (!special && code == CONTROL('U')) {
        erase_before(e, e->at);
    } else if ((special && code == KEY_LEFT) || (!special && code == CONTROL('B'))) {
        if (e->at > 0) e->at--;
    } else if ((special && code == KEY_RIGHT) || (!special && code == CONTROL('F'))) {
        if (e->at < e->len) e->at++;
    } else if ((special && code == KEY_HOME) || (!special && code == CONTROL('A'))) {
        e->at = 0;
    } else if ((special && code == KEY_END) || (!special && code == CONTROL('E'))) {
        e->at = e->len;
    } else if (!special && iswprint((wint_t)code)) {
        if (e->len == EDITOR_MAX) return true;
        wmemmove(e->text + e->at + 1, e->text + e->at, e->len - e->at + 1);
        e->text[e->at++] = (wchar_t)code;
        e->len++;
    } else {
        return false;
    }
    return true;
}

/* All the room at once: a buffer that grows leaves copies of what it held behind. */
static char *utf8(const wchar_t *text, size_t len) {
    struct vmm_buf b = {.cap = len * MB_LEN_MAX + 1};
    b.data = vmm_alloc(b.cap, 1);
    mbstate_t state = {0};
    char bytes[MB_LEN_MAX];
    for (size_t i = 0; i < len; i++) {
        size_t n = wcrtomb(bytes, text[i], &state);
        if (n != (size_t)-1) vmm_buf_add(&b, bytes, n);
    }
    return vmm_buf_steal(&b);
}

char *editor_text(const struct editor *e) { return utf8(e->text, e->len); }

static int width(const struct editor *e, size_t i, bool secret) { return secret ? 1 : wcwidth(e->text[i]) > 0 ? wcwidth(e->text[i]) : 0; }

void editor_draw(const struct editor *e, struct frame *f, int row, int col, int room, bool secret) {
    size_t first = 0;
    int before = 0;
    for (size_t i = 0; i < e->at; i++) before += width(e, i, secret);
    while (first < e->at && before >= room) before -= width(e, first++, secret);
    char *text = secret ? vmm_alloc(e->len - first + 1, 1) : utf8(e->text + first, e->len - first);
    if (secret) memset(text, '*', e->len - first);
    int used = frame_put(f, row, col, room, LOOK_INPUT, text);
    for (int c = used; c < room; c++) frame_put(f, row, col + c, 1, LOOK_INPUT, " ");
    f->cursor_row = row;
    f->cursor_col = col + (before < room ? before : room - 1);
    free(text);
}
