/* Aside of Symptom: what the client says, as a decision tree. A message leads to its questions, a question to what to do or to the next one; Back goes one up.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"
#include "vmmedic/fix.h"

#define LIST_ID "steps" /* the entry that is the article's list: a screen of its own */

static const char *const places[] = {[VMM_AT_CLIENT] = N_("where you are"), [VMM_ON_DISK] = N_("on the disk"), [VMM_IN_CLOUD] = N_("in the cloud")};

static const struct vmm_check *check_at(const struct wizard *w, size_t i) { return &w->message->checks[i]; }
static size_t checks(const struct wizard *w) {
    size_t n = 0;
    while (w->message && w->message->checks[n].text) n++;
    return n;
}
static const struct vmm_check *check(const struct wizard *w) { return check_at(w, w->check_row); }

/* ---- the answers to one question ---- */
enum answer_kind { ANSWER_LOOK, ANSWER_SHOW, ANSWER_NSG, ANSWER_NEXT, ANSWER_SOLVED, ANSWERS_MAX };

static bool reads_rules(const struct vmm_check *c) { return c->place == VMM_IN_CLOUD && strstr(c->refs, "nsg") != NULL; }

static size_t answers(const struct wizard *w, enum answer_kind list[ANSWERS_MAX]) {
    const struct vmm_check *c = check(w);
    size_t n = 0;
    if (c->place == VMM_ON_DISK) list[n++] = ANSWER_LOOK;
    if (c->place == VMM_IN_CLOUD && c->refs[0]) list[n++] = ANSWER_SHOW;
    if (reads_rules(c)) list[n++] = ANSWER_NSG;
    list[n++] = ANSWER_NEXT;
    if (c->place != VMM_ON_DISK) list[n++] = ANSWER_SOLVED;
    return n;
}

static const struct {
    const char *text, *hint;
} answer_words[] = {
    [ANSWER_LOOK] = {N_("Look at the disk for this"), N_("Goes on with the repair; the fixes for it are listed first.")},
    [ANSWER_SHOW] = {N_("Show what to type in the cloud"), N_("The commands, with your names in them; Back returns here.")},
    [ANSWER_NSG] = {N_("Read the network rules from a file"), N_("You name the file that az wrote; the answer says which rule decides.")},
    [ANSWER_NEXT] = {N_("It is in order, or did not help: the next question"), N_("Back to the list of questions, at the next one.")},
    [ANSWER_SOLVED] = {N_("Remote Desktop works now"), N_("Leaves. Nothing was written to any disk.")},
};

/* ---- rows ---- */
static size_t count(const struct wizard *w) {
    enum answer_kind list[ANSWERS_MAX];
    size_t n = 0;
    if (w->messages_at == MESSAGES_CHECK) return answers(w, list);
    if (w->messages_at == MESSAGES_CHECKS) return checks(w) + 1;
    while (vmm_symptom_at(n)) n++;
    return n;
}

static size_t pointed(const struct wizard *w) {
    return w->messages_at == MESSAGES_LIST ? w->message_row : w->messages_at == MESSAGES_CHECKS ? w->check_row : w->answer_row;
}

static void check_item(const struct wizard *w, size_t i, struct wizard_item *out) {
    if (i == checks(w)) {
        out->text = vmm_strdup(_("Look at the disk now"));
        out->hint = vmm_strdup(_("Goes on with the repair; the fixes for this message are listed first."));
        return;
    }
    const struct vmm_check *c = check_at(w, i);
    out->text = vmm_strdup(_(c->text));
    out->cell[0] = vmm_strdup(_(places[c->place]));
    if (w->tried & 1u << i) out->cell[1] = vmm_strdup(_("asked"));
    out->hint = vmm_strdup(c->place == VMM_AT_CLIENT ? _("You find that out where you are.") : c->place == VMM_ON_DISK ? _("vmmedic looks that up on the disk.")
                                                                                                 : _("The next screen says how to find that out."));
}

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    out->marked = pointed(w) == i;
    if (w->messages_at == MESSAGES_CHECKS) {
        check_item(w, i, out);
    } else if (w->messages_at == MESSAGES_CHECK) {
        enum answer_kind list[ANSWERS_MAX];
        answers(w, list);
        out->text = vmm_strdup(_(answer_words[list[i]].text));
        out->hint = vmm_strdup(_(answer_words[list[i]].hint));
    } else {
        const struct vmm_symptom *s = vmm_symptom_at(i);
        out->text = vmm_strdup(_(s->message));
        out->hint = vmm_fitting(_(s->means), WIZARD_HINT);
        out->detail = vmm_strdup(_(s->means));
    }
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (!on) return;
    if (w->messages_at == MESSAGES_LIST) w->message_row = i;
    else if (w->messages_at == MESSAGES_CHECKS) w->check_row = i;
    else w->answer_row = i;
}

/* ---- text ---- */
static void enter(struct wizard *w) {
    w->messages_at = MESSAGES_LIST;
    w->message_row = 0;
    for (size_t i = 0; w->message && vmm_symptom_at(i); i++)
        if (vmm_symptom_at(i) == w->message) w->message_row = i;
}

/* "R01  Switch Remote Desktop on: needed" for each fix that a check names. */
static void fixes_of(const struct wizard *w, const char *refs, struct wizard_text *t) {
    for (const char *p = refs; *p;) {
        size_t n = strcspn(p, " ");
        char *id = vmm_strndup(p, n);
        const struct vmm_fix *f = vmm_fix_by_id(id);
        enum wizard_meaning mean = MEAN_TEXT;
        char *known = vmm_cloud_known(w, id, &mean);
        if (f) vmm_text_add(t, mean, 2, "%s  %s%s%s", id, _(f->title), known ? ": " : "", known ? known : "");
        free(known);
        free(id);
        p += n + (p[n] == ' ');
    }
}

static void steps_of(const char *refs, struct wizard_text *t) {
    for (const char *p = refs; *p;) {
        size_t n = strcspn(p, " ");
        char *id = vmm_strndup(p, n);
        const struct vmm_cloud_step *s = vmm_cloud_step_by_id(id);
        if (s) vmm_text_add(t, MEAN_TEXT, 2, "%s", _(s->title));
        free(id);
        p += n + (p[n] == ' ');
    }
}

static void body(const struct wizard *w, struct wizard_text *t) {
    if (w->messages_at == MESSAGES_LIST) {
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("The message in English; yours may be in another language."));
        return;
    }
    vmm_text_add(t, MEAN_HEADING, 0, "%s", _(w->message->message));
    if (w->messages_at == MESSAGES_CHECKS) {
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _(w->message->means));
        return;
    }
    const struct vmm_check *c = check(w);
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _(c->text));
    if (c->place == VMM_ON_DISK) fixes_of(w, c->refs, t);
    else steps_of(c->refs, t);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    static const char *const questions[] = {[MESSAGES_LIST] = N_("Which message is it?"), [MESSAGES_CHECKS] = N_("In this order. Which question is next?"),
                                            [MESSAGES_CHECK] = N_("And?")};
    char *takes = vmm_printf(_("takes %zu"), pointed(w) + 1);
    vmm_ask(p, PROMPT_ONE, _(questions[w->messages_at]), takes);
    free(takes);
}

/* ---- answers ---- */
static void open_check(struct wizard *w) {
    w->messages_at = MESSAGES_CHECK;
    w->answer_row = 0;
}

static void next_question(struct wizard *w) {
    w->tried |= 1u << w->check_row;
    w->messages_at = MESSAGES_CHECKS;
    while (w->check_row < checks(w) && w->tried & 1u << w->check_row) w->check_row++;
}

static enum move look(struct wizard *w) {
    vmm_go_on(w);
    return MOVE_STAY;
}

static enum move take_answer(struct wizard *w) {
    enum answer_kind list[ANSWERS_MAX];
    answers(w, list);
    switch (list[w->answer_row]) {
    case ANSWER_LOOK: return look(w);
    case ANSWER_SHOW: vmm_cloud_open(w, check(w)->text, check(w)->refs, NULL); break;
    case ANSWER_NSG: vmm_aside(w, STEP_NSG); break;
    case ANSWER_SOLVED:
        vmm_say(w, MEAN_OK, "%s", _("Good. Nothing was written."));
        vmm_leave(w, 0);
        break;
    default: next_question(w); break;
    }
    return MOVE_STAY;
}

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    if (w->messages_at == MESSAGES_CHECK) return take_answer(w);
    if (w->messages_at == MESSAGES_CHECKS) {
        if (w->check_row == checks(w)) return look(w);
        open_check(w);
        return MOVE_STAY;
    }
    const struct vmm_symptom *chosen = vmm_symptom_at(w->message_row);
    if (strcmp(chosen->id, LIST_ID) == 0) {
        w->message = NULL;
        vmm_aside(w, STEP_SEVEN);
        return MOVE_STAY;
    }
    if (w->message != chosen) w->tried = 0;
    w->message = chosen;
    w->messages_at = MESSAGES_CHECKS;
    w->check_row = 0;
    while (w->check_row < checks(w) && w->tried & 1u << w->check_row) w->check_row++;
    return MOVE_STAY;
}

static enum move back(struct wizard *w) {
    if (w->messages_at == MESSAGES_LIST) return MOVE_BACK;
    w->messages_at = w->messages_at == MESSAGES_CHECK ? MESSAGES_CHECKS : MESSAGES_LIST;
    return MOVE_STAY;
}

static const struct wizard_action actions[] = {
    {'l', N_("seven steps"), N_("The list of the connection article: its seven steps, in the cloud and on the disk."), false, NULL, vmm_open_seven},
    {0}};

const struct step vmm_step_messages = {
    .name = N_("Message"),
    .title = N_("What does the Remote Desktop client say?"),
    .why = N_("The message tells how far the connection came, and so where to look. Each question says where its answer is found: where you are, in the cloud, or on the disk. "
              "Nothing is written here, and the disk can be looked at whatever the answers are."),
    .line = STEP_SYMPTOM,
    .needs = JOB_NONE,
    .enter = enter, .body = body, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back, .actions = actions,
};
