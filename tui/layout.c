/* The parts of a screen of any size.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/layout.h"

struct layout layout_of(int rows, int cols) {
    struct layout l = {.rows = rows, .cols = cols, .head = -1, .rule = -1, .panel = -1};
    l.usable = rows >= LAYOUT_LEAST_ROWS && cols >= LAYOUT_LEAST_COLS;
    if (!l.usable) return l;
    bool roomy = rows >= 20;
    if (roomy) {
        l.head = 0;
        l.steps = 1;
        l.rule = 2;
        l.panel_rows = rows >= 40 ? 5 : rows >= 24 ? 3 : 2;
    }
    l.body = roomy ? 3 : 1;
    l.key_rows = roomy ? 2 : 1;
    l.keys = rows - l.key_rows;
    if (roomy) l.panel = l.keys - l.panel_rows - 1;
    l.body_rows = (roomy ? l.panel : l.keys) - l.body;
    return l;
}

struct layout layout_with_panel(struct layout l, int rows) {
    int most = l.panel_rows + l.body_rows / 2;
    if (!l.usable || rows <= l.panel_rows) return l;
    l.panel_rows = rows < most ? rows : most;
    l.panel = l.keys - l.panel_rows - 1;
    l.body_rows = l.panel - l.body;
    return l;
}
