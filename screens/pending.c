/* Aside of Attach: a repair of this disk was interrupted. Before anything else: finish it, put it back, or look first.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "screens/model.h"

enum { LOOK, PUT_BACK, FINISH, ROWS };
static const struct {
    const char *text, *detail;
} rows[] = {
    [LOOK] = {N_("Look first, write nothing"), N_("You see the disk as it is now, half repaired. You can come back to this question; until it is answered nothing else can be written.")},
    [FINISH] = {N_("Finish it"), N_("The files that were not written yet get exactly what the interrupted repair was to write. It can be undone afterwards.")},
    [PUT_BACK] = {N_("Put everything back"), N_("Every file becomes again what it was before that repair, bit for bit. You can repair again afterwards.")},
};

/* Why it cannot be finished, or NULL: what was to be written held a password, which no session keeps, or nobody knows how far it came. */
static const char *unfinishable(const struct wizard *w) {
    const json_t *session = w->job[JOB_SESSION].result;
    if (json_is_true(json_object_get(json_object_get(session, "plan"), "secret")))
        return _("It was to set a password, and a password is kept nowhere: so this repair cannot be finished, only put back. Then the password can be set again.");
    if (strcmp(vmm_s(session, "state"), "broken") == 0) return _("Its journal cannot be read: so this repair cannot be finished, only put back.");
    return NULL;
}

/* In the order of the screen. */
static size_t choice(const struct wizard *w, size_t row) {
    static const size_t whole[] = {LOOK, FINISH, PUT_BACK}, without[] = {LOOK, PUT_BACK};
    return unfinishable(w) ? without[row] : whole[row];
}

static size_t count(const struct wizard *w) { return unfinishable(w) ? ROWS - 1 : ROWS; }

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    out->text = vmm_strdup(_(rows[choice(w, i)].text));
    out->detail = vmm_strdup(_(rows[choice(w, i)].detail));
    out->marked = w->pending_row == i;
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->pending_row = i;
}

static void enter(struct wizard *w) {
    w->pending_row = LOOK;
    vmm_post(w, JOB_SESSION, json_pack("{s:o}", "name", vmm_json_text(vmm_pending_session(w))));
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const json_t *session = w->job[JOB_SESSION].result;
    const char *text = vmm_s(session, "text"), *started = vmm_s(json_object_get(session, "plan"), "started");
    vmm_text_add(t, MEAN_WARNING, 0, "%s", _("A repair of this disk began and did not end. Some of its files may be new and others old."));
    vmm_text_hold(t, w);
    if (vmm_pending_words(w)[0]) vmm_text_add(t, MEAN_TEXT, 2, "%s", vmm_pending_words(w));
    vmm_text_add(t, MEAN_TEXT, 2, started[0] ? _("Session: %s, begun %s") : _("Session: %s"), vmm_pending_session(w), started);
    if (text[0]) {
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Putting it back means:"));
        vmm_text_block(t, MEAN_VERBATIM, 2, text);
    }
    if (unfinishable(w)) {
        vmm_text_add(t, MEAN_WARNING, 0, "%s", unfinishable(w));
        vmm_text_pin(t);
    }
    if (w->job[JOB_SESSION].failed) vmm_text_error(t, &w->job[JOB_SESSION].err);
    if (w->job[JOB_FINISH].failed) vmm_text_error(t, &w->job[JOB_FINISH].err);
    if (w->job[JOB_UNDO].failed) vmm_text_error(t, &w->job[JOB_UNDO].err);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    char *enter_does = vmm_printf(_("takes %zu"), w->pending_row + 1);
    vmm_ask(p, PROMPT_ONE, "", enter_does);
    free(enter_does);
}

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    size_t chosen = choice(w, w->pending_row < count(w) ? w->pending_row : LOOK);
    if (chosen == LOOK) {
        w->pending_seen = true;
        return MOVE_NEXT;
    }
    enum job_kind kind = chosen == FINISH ? JOB_FINISH : JOB_UNDO;
    json_t *r = json_object();
    json_object_set_new(r, "name", vmm_json_text(vmm_pending_session(w)));
    json_object_set_new(r, "target", vmm_json_text(w->target));
    vmm_post(w, JOB_CLOSE, json_object()); /* the look must not hold the disk */
    if (!w->over) vmm_post(w, kind, r);
    return MOVE_STAY;
}

static void ended(struct wizard *w, enum job_kind kind) {
    if (kind != JOB_FINISH && kind != JOB_UNDO) return;
    if (w->job[kind].failed) {
        w->trouble = w->job[kind].exit;
        vmm_text_error(&w->said, &w->job[kind].err);
        return;
    }
    vmm_say(w, MEAN_OK, "%s", kind == JOB_FINISH ? _("The interrupted repair is finished and verified. The disk is looked at again.")
                                                  : _("Everything is back as it was before that repair. The disk is looked at again."));
    vmm_job_forget(w, kind);
    vmm_move(w, MOVE_LOOK_AGAIN);
}

const struct step vmm_step_pending = {
    .name = N_("Interrupted"),
    .title = N_("A repair of this disk was interrupted"),
    .why = N_("Between old and new is the worst place for a disk to be: Windows may not start from it. Finishing and putting back both end that, at any time. "
              "The person who began that repair saw its changes and typed the disk's name."),
    .line = STEP_ATTACH,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_SESSION) | WAITS(JOB_FINISH) | WAITS(JOB_UNDO),
    .enter = enter, .body = body, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .ended = ended,
};
