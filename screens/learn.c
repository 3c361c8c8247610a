/* Learning: beginning, hints, ending, and what counts besides the disk.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/learn.h"

#include "screens/model.h"

void vmm_learn_start(struct wizard *w, const struct wizard_learning *given) {
    struct learn *l = vmm_alloc(1, sizeof *l);
    *l = (struct learn){.given = given, .lesson = given->lesson, .mode = given->mode, .done = vmm_lessons_done(given->home)};
    vmm_language(l->lang);
    w->learn = l;
    vmm_go(w, l->lesson ? STEP_TICKET : STEP_LESSONS);
}

void vmm_learn_free(struct learn *l) {
    if (l == NULL) return;
    json_decref(l->done);
    free(l->note);
    free(l);
}

const char *vmm_learn_text(const struct wizard *w, const struct vmm_words *words) { return vmm_words_text(words, w->learn->lang); }

bool vmm_learn_folder(const struct wizard *w) {
    const struct learn *l = w->learn;
    return l->lesson && l->lesson->folder && (l->given->folder || !l->lesson->image);
}

bool vmm_learn_ends(struct wizard *w) {
    if (w->learn == NULL || w->step == STEP_LESSONS || w->step == STEP_TICKET || w->step == STEP_QUESTION || w->step == STEP_LEARNED) return false;
    vmm_go(w, w->learn->lesson->right && !w->learn->answered ? STEP_QUESTION : STEP_LEARNED);
    return true;
}

void vmm_learn_heard(struct wizard *w, int kind) {
    const struct job *j = &w->job[kind];
    if (w->learn == NULL) return;
    if (kind == JOB_APPLY && !j->failed) w->learn->applies++;
    if (kind == JOB_UNDO && !j->failed && w->step == STEP_FINISH) w->learn->undos++;
    if (kind == JOB_PROBE && j->failed) w->learn->strays++;
}

bool vmm_learn_solved(const struct wizard *w) { return json_is_true(json_object_get(w->job[JOB_JUDGE].result, "solved")); }

int vmm_learn_code(const struct wizard *w) { return w->step == STEP_LESSONS || vmm_learn_solved(w) ? 0 : 1; }

/* ---- hints ---- */
static bool hints_allowed(const struct wizard *w) {
    return w->learn && w->learn->lesson && w->learn->mode == VMM_LESSON_OWN && w->step != STEP_LESSONS && w->step != STEP_LEARNED && !w->over;
}

bool vmm_wizard_can_hint(const struct wizard *w) { return hints_allowed(w) && w->learn->hints < w->learn->lesson->hint_count; }

void vmm_wizard_hint(struct wizard *w) {
    struct learn *l = w->learn;
    if (!hints_allowed(w)) {
        vmm_say(w, MEAN_TEXT, "%s", l && l->mode == VMM_LESSON_EXAM ? _("There are no hints in an exam.") : _("There are no hints here."));
        return;
    }
    if (l->hints == l->lesson->hint_count) {
        vmm_say(w, MEAN_TEXT, "%s", _("There are no more hints."));
        return;
    }
    const struct vmm_lesson_hint *h = &l->lesson->hints[l->hints++];
    l->cost += h->cost;
    vmm_say(w, MEAN_TEXT, _("Hint %zu of %zu (costs %d): %s"), l->hints, l->lesson->hint_count, h->cost, vmm_learn_text(w, &h->text));
    if (l->hints < l->lesson->hint_count) vmm_say(w, MEAN_DIM, _("The next one costs %d."), l->lesson->hints[l->hints].cost);
}
