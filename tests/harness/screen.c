/* A terminal made of libvterm. The screen layer keeps the cells; what it does not do right is done here: repeating a character, a second font, other margins.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vterm.h>

#include "base/base.h"

struct screen {
    VTerm *vt;
    VTermScreen *cells;
    bool visible, alternate, early;
    size_t bells, high;
    enum { GROUND, ESCAPE, SEQUENCE, STRING } in; /* where in a control sequence the bytes are */
    int number;                                   /* its first */
    char glyph[4];                                /* the last one drawn */
    size_t glyph_len;
    uint32_t second[128]; /* what a byte is in the second font, its high bit off; 0: itself */
};

/* ---- what libvterm tells ---- */
static int on_property(VTermProp prop, VTermValue *value, void *user) {
    struct screen *s = user;
    if (prop == VTERM_PROP_CURSORVISIBLE) s->visible = value->boolean;
    if (prop == VTERM_PROP_ALTSCREEN) s->alternate = value->boolean;
    return 1;
}
static int on_bell(void *user) {
    ((struct screen *)user)->bells++;
    return 1;
}
static const VTermScreenCallbacks callbacks = {.settermprop = on_property, .bell = on_bell};

struct screen *screen_new(int rows, int cols, bool utf8) {
    struct screen *s = vmm_alloc(1, sizeof *s);
    s->vt = vterm_new(rows, cols);
    s->visible = true;
    vterm_set_utf8(s->vt, utf8);
    s->cells = vterm_obtain_screen(s->vt);
    vterm_screen_set_callbacks(s->cells, &callbacks, s);
    vterm_screen_enable_altscreen(s->cells, 1);
    vterm_screen_reset(s->cells, 1);
    return s;
}

void screen_free(struct screen *s) {
    if (s == NULL) return;
    vterm_free(s->vt);
    free(s);
}

/* Pairs of a VT100 line drawing letter and the byte that this terminal has for it. */
void screen_second_font(struct screen *s, const char *acsc) {
    static const struct {
        char letter;
        uint32_t glyph;
    } vt100[] = {{'q', 0x2500}, {'`', 0x25c6}, {'a', 0x2592}, {'f', 0xb0},   {'g', 0xb1},   {'h', 0x2591}, {'j', 0x2518}, {'k', 0x2510}, {'l', 0x250c}, {'m', 0x2514}, {'n', 0x253c}, {'o', 0x23ba},
                 {'p', 0x23bb}, {'r', 0x23bc}, {'s', 0x23bd}, {'t', 0x251c}, {'u', 0x2524}, {'v', 0x2534}, {'w', 0x252c}, {'x', 0x2502}, {'y', 0x2264}, {'z', 0x2265},
                 {'{', 0x3c0},  {'|', 0x2260}, {'}', 0xa3},   {'~', 0xb7},   {'+', 0x2192}, {',', 0x2190}, {'-', 0x2191}, {'.', 0x2193}, {'0', 0x2588}};
    for (size_t i = 0; acsc && i < VMM_COUNT(vt100); i++)
        for (const char *pair = acsc; pair[0] && pair[1]; pair += 2)
            if (pair[0] == vt100[i].letter && s->second[pair[1] & 0x7f] == 0) s->second[pair[1] & 0x7f] = vt100[i].glyph;
}

void screen_wraps_early(struct screen *s, bool early) { s->early = early; }

/* ---- bytes ---- */
static size_t glyph_size(const struct screen *s) {
    uint8_t lead = (uint8_t)s->glyph[0];
    return !vterm_get_utf8(s->vt) || lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

static void draw(struct screen *s, char c, bool last) {
    int col;
    screen_cursor(s, NULL, &col);
    vterm_input_write(s->vt, &c, 1);
    if (s->early && last && col == screen_cols(s) - 1) vterm_input_write(s->vt, "\r\n", 2);
}

/* libvterm loses the last of repeated characters that reach the margin: they are repeated here. */
static void repeat(struct screen *s) {
    vterm_input_write(s->vt, "\030", 1); /* the sequence so far is forgotten */
    for (int i = 0; i < (s->number ? s->number : 1); i++)
        for (size_t b = 0; b < s->glyph_len; b++) draw(s, s->glyph[b], b + 1 == s->glyph_len);
}

static void take(struct screen *s, char c) {
    uint8_t u = (uint8_t)c;
    bool continues = (u & 0xc0) == 0x80 && s->glyph_len && s->glyph_len < glyph_size(s);
    switch (s->in) {
    case GROUND:
        s->high += u >= 0x80;
        if (u == 033) s->in = ESCAPE;
        if (u < 0x20 || u == 0x7f) break;
        if (!continues) s->glyph_len = 0;
        s->glyph[s->glyph_len++] = c;
        draw(s, c, s->glyph_len == glyph_size(s));
        return;
    case ESCAPE:
        s->in = u == '[' ? SEQUENCE : u == ']' || u == 'P' ? STRING : u >= 0x20 && u < 0x30 ? ESCAPE : GROUND;
        s->number = 0;
        break;
    case SEQUENCE:
        if (u >= '0' && u <= '9') s->number = s->number * 10 + (u - '0');
        if (u < 0x40) break;
        s->in = GROUND;
        if (u != 'b') break;
        repeat(s);
        return;
    case STRING:
        if (u == 7 || u == '\\') s->in = GROUND;
        break;
    }
    vterm_input_write(s->vt, &c, 1);
}

void screen_feed(struct screen *s, const char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) take(s, bytes[i]);
    vterm_screen_flush_damage(s->cells);
}

size_t screen_answers(struct screen *s, char *bytes, size_t n) { return vterm_output_read(s->vt, bytes, n); }

void screen_resize(struct screen *s, int rows, int cols) {
    vterm_set_size(s->vt, rows, cols);
    vterm_screen_flush_damage(s->cells);
}

int screen_rows(const struct screen *s) {
    int rows, cols;
    vterm_get_size(s->vt, &rows, &cols);
    return rows;
}
int screen_cols(const struct screen *s) {
    int rows, cols;
    vterm_get_size(s->vt, &rows, &cols);
    return cols;
}

bool screen_cursor(const struct screen *s, int *row, int *col) {
    VTermPos p;
    vterm_state_get_cursorpos(vterm_obtain_state(s->vt), &p);
    if (row) *row = p.row;
    if (col) *col = p.col;
    return s->visible;
}
bool screen_alternate(const struct screen *s) { return s->alternate; }
size_t screen_bells(const struct screen *s) { return s->bells; }
size_t screen_high_bytes(const struct screen *s) { return s->high; }

/* ---- cells ---- */
static VTermScreenCell cell_at(const struct screen *s, int row, int col) {
    VTermScreenCell cell = {0};
    vterm_screen_get_cell(s->cells, (VTermPos){row, col}, &cell);
    return cell;
}

static int colour_of(const VTermColor *c, bool is_default) {
    if (is_default) return -1;
    return VTERM_COLOR_IS_INDEXED(c) ? c->indexed.idx : 256;
}

static struct look look_of(const VTermScreenCell *cell) {
    return (struct look){.bold = cell->attrs.bold, .underline = cell->attrs.underline != VTERM_UNDERLINE_OFF, .reverse = cell->attrs.reverse,
                         .colour = colour_of(&cell->fg, VTERM_COLOR_IS_DEFAULT_FG(&cell->fg)), .background = colour_of(&cell->bg, VTERM_COLOR_IS_DEFAULT_BG(&cell->bg))};
}

struct look screen_look(const struct screen *s, int row, int col) {
    VTermScreenCell cell = cell_at(s, row, col);
    return look_of(&cell);
}

static void add_char(struct vmm_buf *b, uint32_t c) {
    char utf8[4];
    size_t n = 0;
    if (c < 0x80) utf8[n++] = (char)c;
    else if (c < 0x800) {
        utf8[n++] = (char)(0xc0 | c >> 6);
        utf8[n++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        utf8[n++] = (char)(0xe0 | c >> 12);
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        utf8[n++] = (char)(0x80 | (c & 0x3f));
    } else {
        utf8[n++] = (char)(0xf0 | c >> 18);
        utf8[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        utf8[n++] = (char)(0x80 | (c & 0x3f));
    }
    vmm_buf_add(b, utf8, n);
}

enum { OPEN = 0xab, CLOSE = 0xbb, CARET = 0x2038 }; /* « » ‸ */

static void add_cell(const struct screen *s, struct vmm_buf *b, const VTermScreenCell *cell, bool marks) {
    if (cell->chars[0] == 0) vmm_buf_add(b, " ", 1);
    for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++) {
        uint32_t c = cell->chars[i];
        if (cell->attrs.font && c < 256 && s->second[c & 0x7f]) c = s->second[c & 0x7f];
        if (marks && (c == OPEN || c == CLOSE || c == CARET)) add_char(b, c);
        add_char(b, c);
    }
}

static bool blank(const VTermScreenCell *cell) {
    struct look l = look_of(cell);
    return (cell->chars[0] == 0 || cell->chars[0] == ' ') && !l.reverse && !l.underline && l.background < 0;
}

static int row_end(const struct screen *s, int row, int at_least) {
    int end = screen_cols(s);
    for (; end > at_least; end--) {
        VTermScreenCell cell = cell_at(s, row, end - 1);
        if (!blank(&cell)) break;
    }
    return end;
}

static void add_row(const struct screen *s, struct vmm_buf *b, int row) {
    int end = row_end(s, row, 0);
    for (int col = 0; col < end; col++) {
        VTermScreenCell cell = cell_at(s, row, col);
        if (cell.chars[0] != (uint32_t)-1) add_cell(s, b, &cell, false); /* the second half of a wide character has no text */
    }
}

char *screen_row(const struct screen *s, int row) {
    struct vmm_buf b = {0};
    add_row(s, &b, row);
    return vmm_buf_steal(&b);
}

char *screen_text(const struct screen *s) {
    struct vmm_buf b = {0};
    for (int row = 0; row < screen_rows(s); row++) {
        add_row(s, &b, row);
        vmm_buf_str(&b, "\n");
    }
    return vmm_buf_steal(&b);
}

static bool plain(struct look l) { return !l.bold && !l.reverse && !l.underline; }

static void begin_look(struct vmm_buf *b, struct look l) {
    add_char(b, OPEN);
    if (l.bold) vmm_buf_str(b, "b");
    if (l.reverse) vmm_buf_str(b, "r");
    if (l.underline) vmm_buf_str(b, "u");
    vmm_buf_str(b, ":");
}

/* A bold blank looks like any other: it continues what is around it, and ends no run and begins none. */
static bool continues(const struct screen *s, int row, int col, struct look now) {
    for (int end = screen_cols(s); col < end; col++) {
        VTermScreenCell cell = cell_at(s, row, col);
        struct look l = look_of(&cell);
        if (!blank(&cell)) return l.bold == now.bold && l.reverse == now.reverse && l.underline == now.underline;
        if (now.reverse || now.underline || !l.bold) return plain(now);
    }
    return plain(now);
}

static void mark_row(const struct screen *s, struct vmm_buf *b, int row, int cursor_col) {
    struct look now = {0};
    int end = row_end(s, row, cursor_col + 1);
    for (int col = 0; col < end; col++) {
        VTermScreenCell cell = cell_at(s, row, col);
        if (cell.chars[0] == (uint32_t)-1) continue; /* the second half of a wide character has no text */
        bool same = continues(s, row, col, now);
        if (!same && !plain(now)) add_char(b, CLOSE);
        if (col == cursor_col) add_char(b, CARET);
        if (!same) {
            now = blank(&cell) ? (struct look){0} : look_of(&cell);
            if (!plain(now)) begin_look(b, now);
        }
        add_cell(s, b, &cell, true);
    }
    if (!plain(now)) add_char(b, CLOSE);
    vmm_buf_str(b, "|\n");
}

char *screen_marked(const struct screen *s) {
    struct vmm_buf b = {0};
    int cursor_row, cursor_col;
    screen_cursor(s, &cursor_row, &cursor_col);
    for (int row = 0; row < screen_rows(s); row++) mark_row(s, &b, row, row == cursor_row ? cursor_col : -1);
    return vmm_buf_steal(&b);
}

bool screen_shows(const struct screen *s, const char *words) {
    char *text = screen_text(s);
    bool shown = strstr(text, words) != NULL;
    free(text);
    return shown;
}

/* ---- asserting ---- */
/* A test that failed has freed nothing: the leaks that the sanitizer would list then hide what the test said. Registered first, so that it comes last. */
static void leave_at_once(int status, void *arg) {
    (void)arg;
    fflush(NULL);
    if (status != 0) _exit(status);
}
__attribute__((constructor)) static void before_main(void) { on_exit(leave_at_once, NULL); }

void screen_print(const struct screen *s, const char *title) {
    char *text = screen_marked(s);
    fprintf(stderr, "---- %s\n%s----\n", title, text);
    free(text);
}

void screen_assert_shows(const struct screen *s, const char *words, bool shown, const char *source, int line) {
    if (screen_shows(s, words) == shown) return;
    screen_print(s, shown ? "not on this screen:" : "on this screen:");
    fprintf(stderr, "     %s\n", words);
    _fail(source, line);
}

static void write_golden(const char *file, const char *text) {
    FILE *f = fopen(file, "w");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) {
        fprintf(stderr, "%s cannot be written\n", file);
        abort();
    }
}

static void print_other_rows(const char *expected, const char *got) {
    fprintf(stderr, "rows that differ:");
    for (int row = 1; *expected || *got; row++) {
        size_t e = strcspn(expected, "\n"), g = strcspn(got, "\n");
        if (e != g || memcmp(expected, got, e) != 0) fprintf(stderr, " %d", row);
        expected += e + (expected[e] != 0);
        got += g + (got[g] != 0);
    }
    fputc('\n', stderr);
}

void screen_assert_golden(const struct screen *s, const char *file, const char *source, int line) {
    const char *mode = getenv("SCREENS");
    char *got = screen_marked(s), *expected = NULL;
    size_t len;
    if (mode && strcmp(mode, "write") == 0) {
        write_golden(file, got);
    } else if (vmm_file_read(file, 1 << 20, (uint8_t **)&expected, &len, NULL) != 0) {
        fprintf(stderr, "%s cannot be read; \"make screens\" writes it. The screen is:\n%s", file, got);
        _fail(source, line);
    } else if (len != strlen(got) || memcmp(got, expected, len) != 0) {
        fprintf(stderr, "---- expected, %s (\"make screens\" writes it anew):\n%.*s---- got:\n%s----\n", file, (int)len, expected, got);
        print_other_rows(expected, got);
        _fail(source, line);
    }
    free(got);
    free(expected);
}
