/* Aside of Symptom: a terminal closed or a line dropped before anything was written. Go on there, or start over. What is on the disk is read again in any case.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/place.h"

enum { GO_ON, START_OVER };
static const struct {
    const char *text, *detail;
} rows[] = {
    [GO_ON] = {N_("Go on there"), N_("Your answers are taken as you gave them. The disk is read again, and every change is shown again before anything can be written.")},
    [START_OVER] = {N_("Start over"), N_("Your answers of that time are forgotten. Nothing else is lost: nothing had been written.")},
};

static size_t count(const struct wizard *w) {
    (void)w;
    return VMM_COUNT(rows);
}

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    out->text = vmm_strdup(_(rows[i].text));
    out->detail = vmm_strdup(_(rows[i].detail));
    out->marked = w->place.row == i;
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->place.row = i;
}

static char *age_words(long s) {
    if (s < 90) return vmm_strdup(_("a minute ago"));
    if (s < 7200) return vmm_printf(ngettext("%ld minute ago", "%ld minutes ago", (unsigned long)(s / 60)), s / 60);
    if (s < 2 * 86400) return vmm_printf(ngettext("%ld hour ago", "%ld hours ago", (unsigned long)(s / 3600)), s / 3600);
    return vmm_printf(ngettext("%ld day ago", "%ld days ago", (unsigned long)(s / 86400)), s / 86400);
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const char *step = vmm_wizard_step_name(vmm_place_step(w)), *disk = vmm_s(w->place.left, "name"), *path = vmm_s(w->place.left, "target");
    char *age = age_words(vmm_place_age(w));
    if (disk[0] || path[0]) vmm_text_add(t, MEAN_TEXT, 0, _("You were at %s with %s, %s; nothing had been written."), step, disk[0] ? disk : path, age);
    else vmm_text_add(t, MEAN_TEXT, 0, _("You were at %s, %s; nothing had been written."), step, age);
    if (path[0]) vmm_text_add(t, MEAN_DIM, 2, _("Where: %s"), path);
    free(age);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    char *takes = vmm_printf(_("takes %zu"), w->place.row + 1);
    vmm_ask(p, PROMPT_ONE, "", takes); /* the title asks */
    free(takes);
}

/* With no answer but the disk of the command line. */
static void start_over(struct wizard *w) {
    vmm_place_decline(w);
    if (w->target && !w->named) vmm_forget_disk(w);
    for (int c = 0; c < CLOUD_NAMES; c++) vmm_set(&w->cloud[c], NULL);
    vmm_set(&w->snapshot_text, NULL);
    json_object_clear(w->ticks);
    json_object_clear(w->options);
    w->symptom = 0;
    w->snapshot = w->snapshot_row = SNAP_UNANSWERED;
    w->want_windows = 0;
    vmm_scan_again(w);
    if (!w->over) vmm_move(w, MOVE_ASIDE);
}

static void go_there(struct wizard *w) {
    enum wizard_step to = vmm_place_step(w);
    bool look = w->named && to < STEP_DRIVE;
    vmm_move(w, MOVE_NEXT);
    vmm_walk_to(w, to < STEP_PREVIEW ? to : STEP_PREVIEW);
    if (look && !w->over) vmm_scan_again(w);
    vmm_place_keep(w);
}

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    if (w->place.row == START_OVER) {
        start_over(w);
        return MOVE_STAY;
    }
    vmm_place_answers(w);
    if (w->target && vmm_somebody_writes(w)) {
        vmm_place_decline(w);
        return MOVE_ASIDE;
    }
    if (vmm_place_step(w) < STEP_DRIVE) go_there(w);
    else vmm_scan_again(w); /* the step waits for it */
    return MOVE_STAY;
}

static void ended(struct wizard *w, enum job_kind kind) {
    const struct job *j = &w->job[JOB_SCAN];
    if (kind != JOB_SCAN) return;
    if (j->failed) {
        vmm_text_error(&w->said, &j->err);
        vmm_say(w, MEAN_WARNING, "%s", _("The disk you were at cannot be looked at now, so you start over. Nothing was written to it."));
    } else if (!vmm_place_same_disk(w)) {
        vmm_say(w, MEAN_WARNING, _("%s is another disk than the one you were at, so you start over. Nothing was written to either."), w->target);
    } else {
        char *lost = vmm_place_ticks(w);
        if (lost) vmm_say(w, MEAN_WARNING, _("You had chosen fixes that cannot be done on this disk any more; they are left out: %s"), lost);
        free(lost);
        vmm_place_store(w);
        go_there(w);
        return;
    }
    start_over(w);
}

static enum move back(struct wizard *w) {
    vmm_say(w, MEAN_TEXT, "%s", _("This is the first step. q leaves."));
    return MOVE_STAY;
}

const struct step vmm_step_resume = {
    .name = N_("Go on"),
    .title = N_("Go on where you were?"),
    .why = N_("vmmedic remembers your answers until it writes or until you leave with q, so that a closed window or a lost connection costs you nothing. A wrong choice costs "
              "nothing either: the disk is read again, and nothing is written before you have seen it."),
    .line = STEP_SYMPTOM,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_SCAN),
    .body = body, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back, .ended = ended,
};
