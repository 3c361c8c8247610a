/* Waiting: what has been done and how long it took, what runs and for how long, what follows; a bar and an estimate where one is known. Nothing moves but the clock.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "tui/page.h"

#define BAR_COLS 40
#define STAGES_SHOWN 9
#define COUNTED 1000 /* fewer than that are no bytes, and say nothing about the time */

char *wait_clock(double seconds) {
    long s = seconds > 0 ? (long)seconds : 0;
    return s >= 3600 ? vmm_printf("%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60) : vmm_printf("%ld:%02ld", s / 60, s % 60);
}

static const struct {
    const char *word;
    enum look look;
} states[] = {[STAGE_ENDED] = {N_("OK"), LOOK_OK}, [STAGE_NOW] = {N_("now"), LOOK_HEADING}, [STAGE_NEXT] = {N_("next"), LOOK_DIM}};

static int bar(struct frame *f, int row, int col, const struct wizard_progress *p) {
    double part = p->done >= p->total ? 1.0 : (double)p->done / (double)p->total;
    char *left = p->left >= 0 ? wait_clock((double)p->left) : NULL;
    char *text = left ? vmm_printf(_("%3d%%  about %s left"), (int)(part * 100), left) : vmm_printf("%3d%%", (int)(part * 100));
    int rest = f->cols - col - frame_width(text) - 4, room = rest < BAR_COLS ? rest : BAR_COLS, full = (int)(part * room); /* the words first: the bar only repeats them */
    if (room > 0) {
        frame_put(f, row, col, 1, LOOK_TEXT, "[");
        frame_fill(f, row, col + 1, full, LOOK_TEXT, SIGN_DONE);
        frame_fill(f, row, col + 1 + full, room - full, LOOK_TEXT, SIGN_LEFT_TO_DO);
        frame_put(f, row, col + 1 + room, 1, LOOK_TEXT, "]");
    }
    int at = col + (room > 0 ? room + 3 : 0);
    frame_put_cut(f, row, at, f->cols - 1 - at, LOOK_TEXT, text);
    free(text);
    free(left);
    return row + 1;
}

int wait_draw(struct tui *t, struct page *p, int row) {
    struct frame *f = &p->sheet;
    struct wizard_progress progress = {0};
    struct wizard_stage s;
    size_t all = 0, ended = 0;
    int word = 0, time_col = f->cols - 8 < 68 ? f->cols - 8 : 68;
    for (size_t i = 0; i < VMM_COUNT(states); i++) word = frame_width(_(states[i].word)) > word ? frame_width(_(states[i].word)) : word;
    vmm_wizard_busy(t->w, &progress);
    for (; vmm_wizard_stage(t->w, all, &s); all++) ended += s.state == STAGE_ENDED;
    size_t skip = all > STAGES_SHOWN && ended > 2 ? (all - STAGES_SHOWN < ended - 2 ? all - STAGES_SHOWN : ended - 2) : 0;
    for (size_t i = skip; vmm_wizard_stage(t->w, i, &s); i++) {
        char *clock = wait_clock(s.seconds);
        frame_put(f, row, 3, word, states[s.state].look, _(states[s.state].word));
        frame_put_cut(f, row, word + 5, time_col - word - 6, LOOK_TEXT, s.text);
        if (s.state != STAGE_NEXT) frame_put(f, row, time_col, -1, LOOK_TEXT, clock);
        free(clock);
        if (s.state == STAGE_NOW) {
            frame_sign(f, row, 1, LOOK_TEXT, SIGN_POINTER);
            p->focus_first = f->cursor_row = row;
            f->cursor_col = 1;
            if (progress.total >= COUNTED) row = bar(f, row + 1, word + 5, &progress) - 1;
            p->focus_last = row;
        }
        row++;
    }
    if (all == 0) {
        char *clock = wait_clock(progress.elapsed);
        frame_put_cut(f, row, 3, time_col - 4, LOOK_TEXT, progress.stage[0] ? progress.stage : _("Working"));
        frame_put(f, row, time_col, -1, LOOK_TEXT, clock);
        p->focus_first = p->focus_last = f->cursor_row = row++;
        f->cursor_col = 1;
        free(clock);
    }
    return row;
}
