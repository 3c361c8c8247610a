/* The end of a scenario: the question where the answer is not on the disk, and how it went.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "screens/model.h"

/* ---- the question ---- */
static size_t count(const struct wizard *w) { return w->learn->lesson->answer_count; }

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    out->text = vmm_strdup(vmm_learn_text(w, &w->learn->lesson->answers[i].text));
    out->marked = w->learn->answer == i;
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->learn->answer = i;
}

static void body(const struct wizard *w, struct wizard_text *t) { vmm_text_block(t, MEAN_TEXT, 0, vmm_learn_text(w, &w->learn->lesson->question)); }

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    char *takes = vmm_printf(_("takes %zu"), w->learn->answer + 1);
    vmm_ask(p, PROMPT_ONE, "", takes);
    free(takes);
}

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    w->learn->answered = true;
    return MOVE_NEXT;
}

/* Whoever is not sure looks again. */
static enum move back(struct wizard *w) {
    if (vmm_scan_of(w)) return MOVE_BACK;
    vmm_say(w, MEAN_TEXT, "%s", _("The disk was not looked at yet."));
    return MOVE_STAY;
}

const struct step vmm_step_question = {
    .name = N_("Question"),
    .title = N_("What do you answer the customer?"),
    .why = N_("Not every right answer is written to the disk. Back leads to the disk once more; an answer that was given stays."),
    .line = STEP_FINISH,
    .needs = JOB_NONE,
    .body = body, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back,
};

/* ---- the end ---- */
static const char *answer_key(const struct learn *l) { return l->answered ? l->lesson->answers[l->answer].key : NULL; }

static void end_enter(struct wizard *w) {
    struct learn *l = w->learn;
    if (w->job[JOB_JUDGE].running || w->job[JOB_JUDGE].result) return;
    l->ended = w->seconds();
    l->looked = l->looked || vmm_scan_of(w) != NULL;
    vmm_post(w, JOB_CLOSE, json_object()); /* the look must not hold the disk */
    if (w->over) return;
    vmm_post(w, JOB_JUDGE, json_pack("{s:o,s:o,s:o,s:b,s:o,s:s,s:I,s:i}", "file", vmm_json_text(l->lesson->file), "room", vmm_json_text(l->given->room), "answer",
                                     vmm_json_text(answer_key(l)), "looked", l->looked, "home", vmm_json_text(l->given->home), "mode", vmm_lesson_mode_word(l->mode), "seconds",
                                     (json_int_t)(l->ended - l->began), "cost", l->cost));
}

static void turns(const struct wizard *w, struct wizard_text *t) {
    const struct learn *l = w->learn;
    size_t before = t->count;
    if (l->strays) vmm_text_add(t, MEAN_WARNING, 2, "%s", _("Another disk was named. In real work that is how the wrong machine gets repaired."));
    if (l->undos) vmm_text_add(t, MEAN_TEXT, 2, "%s", _("A repair was undone. That is no fault: undo is there for it."));
    if (l->applies > 1) vmm_text_add(t, MEAN_TEXT, 2, _("The disk was written to %zu times; once is enough where everything was seen before."), l->applies);
    if (l->applies && w->snapshot == SNAP_NONE) vmm_text_add(t, MEAN_WARNING, 2, "%s", _("It was repaired without a snapshot."));
    if (t->count == before) vmm_text_add(t, MEAN_TEXT, 2, "%s", _("none"));
}

static void story(const struct wizard *w, struct wizard_text *t) {
    const struct learn *l = w->learn;
    const json_t *points = json_object_get(w->job[JOB_JUDGE].result, "points");
    long seconds = (long)(l->ended - l->began);
    vmm_text_add(t, vmm_learn_solved(w) ? MEAN_OK : MEAN_BROKEN, 0, "%s", vmm_learn_solved(w) ? _("Solved.") : _("Not solved."));
    vmm_text_pin(t);
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *p = json_array_get(points, i);
        bool good = json_is_true(json_object_get(p, "good"));
        vmm_text_add(t, good ? MEAN_OK : MEAN_BROKEN, 2, good ? _("Good: %s") : _("Not good: %s"), vmm_s(p, "text"));
    }
    vmm_text_add(t, MEAN_HEADING, 0, "%s", _("Wrong turns:"));
    turns(w, t);
    vmm_text_add(t, MEAN_TEXT, 0, _("Time: %ld min %ld s. Hints: %zu, which cost %d of 100."), seconds / 60, seconds % 60, l->hints, l->cost);
    vmm_text_add(t, MEAN_HEADING, 0, "%s", _("What a careful admin does next:"));
    vmm_text_block(t, MEAN_TEXT, 2, vmm_learn_text(w, &l->lesson->next));
    vmm_text_add(t, MEAN_HEADING, 0, "%s", _("What there was to learn:"));
    vmm_text_block(t, MEAN_TEXT, 2, vmm_learn_text(w, &l->lesson->learned));
}

static void end_body(const struct wizard *w, struct wizard_text *t) {
    if (w->job[JOB_JUDGE].result == NULL || w->learn->saving) return;
    story(w, t);
    if (w->learn->note) vmm_text_add(t, MEAN_TEXT, 0, "%s", w->learn->note);
}

static void end_prompt(const struct wizard *w, struct wizard_prompt *p) {
    if (w->learn->saving) vmm_ask(p, PROMPT_LINE, _("The name of the file to make:"), _("goes back"));
    else vmm_ask(p, PROMPT_NONE, "", _("leaves"));
}

/* The same as on the screen, with who and when. */
static void save(struct wizard *w, const char *path) {
    struct wizard_text t = {0};
    char when[24];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    vmm_utc_now(when);
    if (f) {
        story(w, &t);
        fprintf(f, "vmmedic learn %s, %s\n%s\n\n", w->learn->lesson->name, vmm_lesson_mode_word(w->learn->mode), when);
        for (size_t i = 0; i < t.count; i++) fprintf(f, "%*s%s\n", t.line[i].indent, "", t.line[i].text);
        vmm_text_clear(&t);
    }
    bool good = f && fclose(f) == 0;
    if (fd >= 0 && !f) close(fd);
    if (good) vmm_say(w, MEAN_OK, _("Saved as %s."), path);
    else vmm_say(w, MEAN_WARNING, _("It was not saved as %s: %s"), path, strerror(errno));
}

static enum move end_accept(struct wizard *w, const char *text) {
    if (!w->learn->saving) return MOVE_LEAVE;
    w->learn->saving = false;
    if (text[strspn(text, " ")]) save(w, text);
    return MOVE_STAY;
}

static enum move end_back(struct wizard *w) {
    if (!w->learn->saving) vmm_say(w, MEAN_TEXT, "%s", _("This exercise is over: the disk has been judged. Enter leaves."));
    w->learn->saving = false;
    return MOVE_STAY;
}

static bool settled(const struct wizard *w) { return !w->learn->saving; }
static bool more_of_them(const struct wizard *w) { return settled(w) && w->learn->given->lessons && w->learn->given->lessons->count > 0; }
static void ask_path(struct wizard *w, size_t i) {
    (void)i;
    w->learn->saving = true;
}
static void another(struct wizard *w, size_t i) {
    struct learn *l = w->learn;
    (void)i;
    vmm_job_forget(w, JOB_MAKE);
    vmm_job_forget(w, JOB_JUDGE);
    vmm_forget_disk(w);
    json_decref(l->done);
    l->done = vmm_lessons_done(l->given->home);
    l->began = l->ended = 0;
    l->hints = l->applies = l->undos = l->strays = l->answer = 0;
    l->cost = 0;
    l->answered = l->looked = false;
    w->symptom = 0;
    w->wrote_before = false;
    if (!w->over) vmm_go(w, STEP_LESSONS);
}
static const struct wizard_action actions[] = {
    {'p', N_("save"), N_("Save this as a text file, for the trainer."), false, settled, ask_path},
    {'n', N_("another"), N_("Choose another scenario."), false, more_of_them, another},
    {0}};

const struct step vmm_step_learned = {
    .name = N_("End"),
    .title = N_("How it went"),
    .why = N_("The disk was looked at once more, by the same code as before. What counts is what is on it now, and what was left alone."),
    .line = STEP_FINISH,
    .needs = JOB_JUDGE,
    .waits = WAITS(JOB_JUDGE) | WAITS(JOB_APPLY) | WAITS(JOB_UNDO) | WAITS(JOB_FINISH),
    .enter = end_enter, .body = end_body, .prompt = end_prompt, .accept = end_accept, .back = end_back, .actions = actions,
};
