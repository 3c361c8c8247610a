/* The rows around the body: what is worked on and whether anything was written, where one is, what explains, and the keys.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "tui/page.h"

/* ---- head and steps ---- */
/* "looking at the disk 0:07", or NULL. */
static char *background(const struct tui *t) {
    struct wizard_progress p;
    if (!vmm_wizard_background(t->w, &p)) return NULL;
    char *clock = wait_clock(p.elapsed), *text = vmm_printf(_("looking at the disk %s"), clock);
    free(clock);
    return text;
}

static void head_row(const struct tui *t, int row, struct frame *f) {
    struct wizard_progress p;
    char *world = vmm_wizard_world(t->w), *subject = vmm_wizard_subject(t->w), *work = background(t);
    int wide = frame_width(world), most = f->cols * 2 / 3, right = f->cols - 1 - (wide < most ? wide : most); /* the name of a disk may be long */
    int col = 1 + frame_put(f, row, 1, right - 2, LOOK_TITLE, "vmmedic") + 2;
    frame_put_cut(f, row, right, f->cols - 1 - right, vmm_wizard_busy(t->w, &p) && p.writes ? LOOK_WARNING : LOOK_TEXT, world);
    if (work && right - 3 - frame_width(work) > col) {
        right -= 3 + frame_width(work);
        frame_put(f, row, right, -1, LOOK_DIM, work);
    }
    if (right - col - 2 > 0) frame_put_cut(f, row, col, right - col - 2, LOOK_TEXT, subject);
    free(work);
    free(subject);
    free(world);
}

static int steps_width(enum wizard_step here, bool names) {
    int all = 0; /* the blank at its end is not needed */
    for (enum wizard_step s = 0; s < STEP_COUNT; s++) all += 2 + (names || s == here ? frame_width(vmm_wizard_step_name(s)) + 1 : 0);
    return all;
}

/* Small screens: "> Drive 4/9", and whether anything was written. */
static void short_row(const struct tui *t, int row, struct frame *f) {
    enum wizard_step here = vmm_wizard_line(t->w);
    char *where = vmm_printf("%s %d/%d", vmm_wizard_step_name(here), (int)here + 1, (int)STEP_COUNT), *world = vmm_wizard_world(t->w);
    int right = f->cols - 1 - frame_width(world);
    frame_sign(f, row, 0, LOOK_HERE, SIGN_HERE);
    int used = 2 + frame_put(f, row, 2, -1, LOOK_HERE, where);
    if (right < used + 1) right = used + 1;
    frame_put_cut(f, row, right, f->cols - 1 - right, LOOK_TEXT, world);
    free(where);
    free(world);
}

/* All names where they fit; else the current one, and the others as marks. */
static void step_row(const struct tui *t, int row, struct frame *f) {
    enum wizard_step here = vmm_wizard_line(t->w);
    bool names = steps_width(here, true) <= f->cols;
    int col = 1;
    for (enum wizard_step s = 0; s < STEP_COUNT; s++) {
        frame_sign(f, row, col, s == here ? LOOK_HERE : LOOK_TEXT, s < here ? SIGN_TICK : s == here ? SIGN_HERE : SIGN_DOT);
        col += 2;
        if (names || s == here) col += frame_put(f, row, col, -1, s == here ? LOOK_HERE : LOOK_TEXT, vmm_wizard_step_name(s)) + 1;
    }
}

void head_draw(const struct tui *t, const struct layout *l, struct frame *f) {
    if (l->head < 0) {
        short_row(t, l->steps, f);
        return;
    }
    head_row(t, l->head, f);
    step_row(t, l->steps, f);
    if (l->rule >= 0) frame_fill(f, l->rule, 1, l->cols / 2, LOOK_RULE, SIGN_RULE); /* a whole row of them is 240 bytes in UTF-8, a quarter of a second at 9600 baud */
}

/* ---- the panel ---- */
#define PANEL_RULE 6 /* as above a footnote */

static char *hint_now(const struct tui *t) {
    if (t->count == 0 || vmm_wizard_busy(t->w, NULL)) return NULL;
    return vmm_strdup(view_item(t, view_place((struct tui *)(uintptr_t)t)->cursor)->hint);
}

int head_said_rows(const struct tui *t) {
    if (t->said.count == 0) return 0;
    struct frame sheet = frame_new(0, t->cols);
    int rows = page_text(&sheet, 0, 1, &t->said, false);
    frame_free(&sheet);
    return rows;
}

/* The lines that the longest hint of the list takes: they are kept free on the other rows, and the text below them does not jump. */
static int hints(const struct tui *t) {
    int most = 0;
    for (size_t i = 0; i < t->count && !vmm_wizard_busy(t->w, NULL); i++) {
        const char *hint = view_item(t, i)->hint;
        int rows = hint != NULL;
        if (hint && frame_width(hint) > t->cols - 2) {
            struct frame sheet = frame_new(0, t->cols);
            rows = page_wrapped(&sheet, 0, 1, 1, MEAN_TEXT, LOOK_TEXT, hint);
            frame_free(&sheet);
        }
        most = rows > most ? rows : most;
    }
    return most;
}

/* Rows that the coach and the hint take: as many as there may be, and what to do is the last of them. */
#define COACH_MOST 6
int head_coach_rows(const struct tui *t) {
    struct wizard_text coach = {0};
    if (t->said.count || !vmm_wizard_coach(t->w, &coach, false)) return 0;
    struct frame sheet = frame_new(0, t->cols);
    int rows = hints(t) + page_text(&sheet, 0, 1, &coach, false);
    frame_free(&sheet);
    vmm_text_clear(&coach);
    return rows > COACH_MOST ? COACH_MOST : rows;
}

bool head_fits(const struct tui *t, const struct wizard_text *text) {
    struct layout l = layout_of(t->rows, t->cols);
    if (!l.usable) return false;
    for (size_t i = 0; i < text->count; i++)
        if (text->line[i].mean == MEAN_HEADING || text->line[i].mean == MEAN_VERBATIM || text->line[i].mean == MEAN_COMMAND) return false;
    struct frame sheet = frame_new(0, t->cols);
    int rows = page_text(&sheet, 0, 1, text, false);
    frame_free(&sheet);
    return rows <= layout_with_panel(l, rows).panel_rows;
}

void head_panel(struct tui *t, const struct layout *l, struct frame *f, bool rested) {
    bool said = t->said.count > 0;
    if (rested) {
        free(t->hint);
        t->hint = hint_now(t);
    }
    if (l->panel < 0) return;
    frame_fill(f, l->panel, 1, PANEL_RULE, LOOK_RULE, SIGN_RULE);
    struct frame sheet = frame_new(0, f->cols);
    if (said) {
        page_text(&sheet, 0, 1, &t->said, false);
    } else {
        struct wizard_text coach = {0};
        bool coached = vmm_wizard_coach(t->w, &coach, false);
        int row = hints(t);
        if (t->hint) page_wrapped(&sheet, 0, 1, 1, MEAN_TEXT, LOOK_TEXT, t->hint);
        if (coached) page_text(&sheet, row, 1, &coach, false);
        else if (row < l->panel_rows) page_wrapped(&sheet, row, 1, 1, MEAN_TEXT, LOOK_DIM, vmm_wizard_why(t->w));
        vmm_text_clear(&coach);
        if (sheet.rows > l->panel_rows) { /* what is left is behind i */
            const char *more = _("(i: more)");
            if (coached && l->panel_rows > 1) frame_copy(&sheet, l->panel_rows - 1, &sheet, sheet.rows - 1, 1); /* what to do is not cut away */
            int last = l->panel_rows - (coached && l->panel_rows > 1 ? 2 : 1), at = f->cols - 1 - frame_width(more), end = at - 2;
            while (end > 1 && sheet.cell[last * sheet.cols + end].ch != L' ') end--; /* no word is cut */
            for (int c = end; c < f->cols; c++) frame_put(&sheet, last, c, 1, LOOK_TEXT, " ");
            frame_sign(&sheet, last, end > 0 ? end : 0, LOOK_DIM, SIGN_CUT);
            frame_put(&sheet, last, at, -1, LOOK_DIM, more);
        }
    }
    frame_copy(f, l->panel + 1, &sheet, 0, l->panel_rows);
    frame_free(&sheet);
}

/* ---- keys ---- */
#define KEYS_MAX 24
#define GAP 3

static int entry_width(const struct key_hint *k, int cols) {
    int w = frame_width(k->key) + 1 + frame_width(k->label);
    return w < cols ? w : cols;
}

/* Rows that these entries take. */
static int rows_of(const struct key_hint *keys, size_t count, int cols) {
    int rows = 1, col = 0;
    for (size_t i = 0; i < count; i++) {
        int w = entry_width(&keys[i], cols);
        if (col > 0 && col + w > cols) {
            rows++;
            col = 0;
        }
        col += w + GAP;
    }
    return rows;
}

void head_keys(const struct tui *t, const struct layout *l, struct frame *f) {
    struct key_hint keys[KEYS_MAX];
    char store[2048];
    int cols = l->cols - 2, col = 0;
    size_t n = input_keys(t, keys, KEYS_MAX, store, sizeof store), half = strcspn(keys[0].label, ";");
    char *brief = keys[0].label[half] && l->key_rows == 1 ? vmm_printf("%.*s", (int)half, keys[0].label) : NULL;
    if (brief) keys[0].label = brief;
    while (n > 2 && rows_of(keys, n, cols) > l->key_rows) { /* help has them all */
        size_t out = n - 1;
        for (size_t i = n - 1; i > 0; i--)
            if (keys[i].rank > keys[out].rank) out = i;
        memmove(&keys[out], &keys[out + 1], (n - 1 - out) * sizeof keys[0]);
        n--;
    }
    int row = l->keys + l->key_rows - rows_of(keys, n, cols);
    if (row < l->keys) row = l->keys;
    for (size_t i = 0; i < n; i++) {
        int w = entry_width(&keys[i], cols);
        if (col > 0 && col + w > cols) {
            row++;
            col = 0;
        }
        int k = frame_put(f, row, 1 + col, cols - col, LOOK_KEY, keys[i].key);
        frame_put_cut(f, row, 1 + col + k + 1, cols - col - k - 1, LOOK_TEXT, keys[i].label);
        col += w + GAP;
    }
    free(brief);
}
