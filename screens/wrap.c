/* Lines no wider than the terminal, by display columns.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/wrap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/base.h"

struct cell {
    const char *bytes;
    size_t len;
    int cols;
};

/* One character a cell; combining ones have no columns of their own. What cannot be shown is a question mark. */
static struct cell *cells_of(const char *text, size_t *count) {
    size_t len = strlen(text), n = 0;
    struct cell *cells = vmm_alloc(len + 1, sizeof(*cells));
    mbstate_t state = {0};
    for (size_t i = 0; i < len;) {
        wchar_t c;
        size_t used = mbrtowc(&c, text + i, len - i, &state);
        bool known = used != (size_t)-1 && used != (size_t)-2 && used != 0;
        int cols = known ? wcwidth(c) : -1;
        if (!known) {
            state = (mbstate_t){0};
            used = 1;
        }
        cells[n++] = cols < 0 ? (struct cell){"?", 1, 1} : (struct cell){text + i, used, cols};
        i += used;
    }
    *count = n;
    return cells;
}

static bool space(const struct cell *c) { return c->len == 1 && *c->bytes == ' '; }

/* Where the line that begins at `from` ends: the index after its last cell. *inside: the break is in the middle of a word. */
static size_t line_end(const struct cell *cells, size_t count, size_t from, int room, int mark, bool *inside) {
    int cols = 0;
    size_t fits = from, first = from, end;
    for (end = from; end < count && cols + cells[end].cols <= room; end++) {
        cols += cells[end].cols;
        if (cols <= room - mark) fits = end + 1;
    }
    *inside = false;
    if (end == count) return count;
    end = fits > from ? fits : from + 1;
    if (space(&cells[end])) return end;
    while (first < end && space(&cells[first])) first++; /* an indentation is no place to break */
    for (size_t i = end; i > first + 1; i--)
        if (space(&cells[i - 1])) return i;
    *inside = true;
    return end;
}

void vmm_wrap(FILE *out, enum vmm_wrap how, int width, int indent, int hang, const char *text, int open) {
    size_t count;
    struct cell *cells = cells_of(text, &count);
    int in = indent;
    bool inside = false;
    for (size_t i = 0; i < count || i == 0;) {
        int room = width - in;
        if (room < 8) {
            in = 0;
            room = width < 8 ? 8 : width;
        }
        size_t end = count == 0 ? 0 : line_end(cells, count, i, room, how == WRAP_SHELL ? 2 : 0, &inside), last = end;
        while (how != WRAP_COLUMNS && last > i && space(&cells[last - 1])) last--;
        if (count > 0) fprintf(out, "%*s", in, "");
        for (size_t c = i; c < last; c++) fwrite(cells[c].bytes, 1, cells[c].len, out);
        if (how == WRAP_SHELL && end < count) fputs(inside ? "\\" : " \\", out);
        i = end;
        while (how != WRAP_COLUMNS && i < count && space(&cells[i])) i++;
        if (i < count || !open) fputc('\n', out);
        in = inside && how == WRAP_SHELL ? 0 : hang;
        if (count == 0) break;
    }
    free(cells);
}
