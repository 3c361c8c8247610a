/* Before the first step of the wizard, while somebody learns: the list of scenarios, and the ticket of the chosen one.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/learn.h"

#include "screens/model.h"

static const char *const mode_names[VMM_LESSON_MODES] = {[VMM_LESSON_GUIDED] = N_("guided"), [VMM_LESSON_OWN] = N_("on your own"), [VMM_LESSON_EXAM] = N_("exam")};
static const char *const mode_texts[VMM_LESSON_MODES] = {
    [VMM_LESSON_GUIDED] = N_("Guided: at each step the coach says what to look at and why, and what to type."),
    [VMM_LESSON_OWN] = N_("On your own: the key h gives a hint; each has its cost."),
    [VMM_LESSON_EXAM] = N_("Exam: there are no hints."),
};
static const char *const levels[] = {N_("First steps"), N_("Traps"), N_("Hard ones")};

static const struct vmm_lessons *all(const struct wizard *w) { return w->learn->given->lessons; }

/* ---- the list ---- */
static size_t count(const struct wizard *w) { return all(w)->count; }

/* "solved: guided, exam"; the caller frees; NULL: not yet. */
static char *solved(const struct wizard *w, const char *name) {
    struct vmm_buf b = {0};
    const json_t *one = json_object_get(w->learn->done, name);
    for (enum vmm_lesson_mode m = 0; m < VMM_LESSON_MODES; m++)
        if (json_object_get(one, vmm_lesson_mode_word(m))) vmm_buf_fmt(&b, "%s%s", b.len ? ", " : "", _(mode_names[m]));
    char *list = vmm_buf_steal(&b), *text = list[0] ? vmm_printf(_("solved: %s"), list) : NULL;
    free(list);
    return text;
}

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    const struct vmm_lesson *l = all(w)->list[i];
    out->group = _(levels[l->level - 1]);
    out->text = vmm_strdup(vmm_learn_text(w, &l->title));
    out->cell[0] = solved(w, l->name);
    out->cell_mean[0] = MEAN_OK;
    out->detail = vmm_printf("%s\n%s", vmm_learn_text(w, &l->ticket), l->name);
    out->hint = vmm_fitting(vmm_learn_text(w, &l->ticket), WIZARD_HINT);
    out->marked = w->learn->row == i;
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->learn->row = i;
}

static void body(const struct wizard *w, struct wizard_text *t) {
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Each is a practice disk with something wrong, or with nothing. It can hurt nobody: no other disk can be opened while you learn."));
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _(mode_texts[w->learn->mode]));
    for (size_t i = 0; i < all(w)->note_count; i++) vmm_text_add(t, MEAN_WARNING, 0, "%s", all(w)->notes[i]);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    char *takes = vmm_printf(_("takes %zu"), w->learn->row + 1);
    vmm_ask(p, all(w)->count ? PROMPT_ONE : PROMPT_NONE, "", all(w)->count ? takes : _("leaves"));
    free(takes);
}

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    if (all(w)->count == 0) return MOVE_LEAVE;
    w->learn->lesson = all(w)->list[w->learn->row];
    return MOVE_NEXT;
}

static enum move back(struct wizard *w) {
    vmm_say(w, MEAN_TEXT, "%s", _("This is the first step. q leaves."));
    return MOVE_STAY;
}

static void other_mode(struct wizard *w, size_t i) {
    (void)i;
    w->learn->mode = (w->learn->mode + 1) % VMM_LESSON_MODES;
}
static const struct wizard_action list_actions[] = {
    {'m', N_("other way"), N_("Guided, on your own, or as an exam: goes on to the next of the three."), false, NULL, other_mode},
    {0}};

const struct step vmm_step_lessons = {
    .name = N_("Learn"),
    .title = N_("Which scenario?"),
    .why = N_("Everything here is the real program on a real disk image, made for you and thrown away at the end. Whether you solved it is judged by what is on the disk "
              "afterwards, and by what you left alone; never by the keys."),
    .line = STEP_SYMPTOM,
    .needs = JOB_NONE,
    .body = body, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back, .actions = list_actions,
};

/* ---- the ticket ---- */
static void ticket_enter(struct wizard *w) {
    struct learn *l = w->learn;
    if (l->began <= 0) l->began = w->seconds();
    if (w->job[JOB_MAKE].running || w->job[JOB_MAKE].result) return;
    vmm_post(w, JOB_MAKE, json_pack("{s:o,s:o,s:b}", "file", vmm_json_text(l->lesson->file), "room", vmm_json_text(l->given->room), "folder", vmm_learn_folder(w)));
}

static void ticket_body(const struct wizard *w, struct wizard_text *t) {
    const struct vmm_lesson *l = w->learn->lesson;
    vmm_text_add(t, MEAN_HEADING, 0, "%s", vmm_learn_text(w, &l->title));
    vmm_text_add(t, MEAN_TEXT, 0, "%s", "");
    vmm_text_block(t, MEAN_TEXT, 2, vmm_learn_text(w, &l->ticket));
    vmm_text_add(t, MEAN_TEXT, 0, "%s", "");
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _(mode_texts[w->learn->mode]));
    if (w->job[JOB_MAKE].running) vmm_text_add(t, MEAN_DIM, 0, "%s", _("The disk is being made while you read; as an image that takes about a minute."));
}

static void ticket_prompt(const struct wizard *w, struct wizard_prompt *p) {
    (void)w;
    vmm_ask(p, PROMPT_NONE, "", _("goes on to the first step"));
}

static enum move ticket_accept(struct wizard *w, const char *text) {
    (void)w;
    (void)text;
    return MOVE_NEXT;
}

/* Its disk is being made, or was: the way to another scenario leads through the end of this one. */
static enum move ticket_back(struct wizard *w) {
    vmm_say(w, MEAN_TEXT, "%s", _("This is the first step. q leaves."));
    return MOVE_STAY;
}

const struct step vmm_step_ticket = {
    .name = N_("Ticket"),
    .title = N_("A customer writes"),
    .why = N_("Read what the customer sees, and what not. Customers tell what they believe; the disk tells what is so."),
    .line = STEP_SYMPTOM,
    .needs = JOB_MAKE,
    .enter = ticket_enter, .body = ticket_body, .prompt = ticket_prompt, .accept = ticket_accept, .back = ticket_back,
};
