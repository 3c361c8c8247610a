/* Jobs: posting requests to the worker, keeping the newest answer of each kind, and what the whole wizard does when one ends.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/learn.h"
#include "screens/model.h"

static const struct {
    const char *name;
    bool refreshes;   /* the old result stays until the new one is there */
    bool writes;
    const char *stop; /* N_(): what asking it to stop means; NULL: it cannot be asked */
} kinds[JOB_COUNT] = {
    [JOB_PROBE] = {.name = "probe"},
    [JOB_DISKS] = {.name = "disks", .refreshes = true},
    [JOB_SCAN] = {.name = "scan", .stop = N_("stop looking")},
    [JOB_BCD] = {.name = "bcd"},
    [JOB_PLAN] = {.name = "plan"},
    [JOB_APPLY] = {.name = "apply", .writes = true, .stop = N_("stop before the next step")},
    [JOB_SESSIONS] = {.name = "sessions", .refreshes = true},
    [JOB_SESSION] = {.name = "session"},
    [JOB_UNDO] = {.name = "undo", .writes = true},
    [JOB_FINISH] = {.name = "finish", .writes = true},
    [JOB_FIX] = {.name = "fixes"},
    [JOB_CLOSE] = {.name = "close"},
    [JOB_MAKE] = {.name = "lesson-make", .stop = N_("stop making the disk")},
    [JOB_JUDGE] = {.name = "lesson-judge"},
    [JOB_FOLLOW] = {.name = "session", .refreshes = true},
    [JOB_NSG] = {.name = "nsg"},
    [JOB_AZ] = {.name = "az", .stop = N_("stop it")},
    [JOB_FORM] = {.name = "plan"},
};

void vmm_job_forget(struct wizard *w, enum job_kind kind) {
    struct job *j = &w->job[kind];
    w->version++;
    json_decref(j->result);
    free(j->stage);
    for (size_t i = 0; i < j->stage_count; i++) free(j->stages[i].text);
    free(j->stages);
    json_decref(j->next);
    *j = (struct job){0};
}

/* A stage that is told begins; the one before it has ended. Told again, it goes on. */
static void stage_begins(const struct wizard *w, struct job *j, const char *text) {
    struct job_stage *last = j->stage_count ? &j->stages[j->stage_count - 1] : NULL;
    if (text[0] == 0 || (last && strcmp(last->text, text) == 0)) return;
    double now = w->seconds();
    if (last) last->ended = now;
    j->stages = vmm_realloc(j->stages, j->stage_count + 1, sizeof(*j->stages));
    j->stages[j->stage_count++] = (struct job_stage){vmm_strdup(text), now, 0};
}

void vmm_post(struct wizard *w, enum job_kind kind, json_t *request) {
    struct job *j = &w->job[kind];
    if (!kinds[kind].refreshes) vmm_job_forget(w, kind);
    json_object_set_new(request, "job", json_string(kinds[kind].name));
    vmm_unlock_note(w, kind, request);
    struct vmm_error err = {0};
    int id = w->link.send(w->link.ctx, request, &err);
    if (id < 0) {
        vmm_wizard_gone(w, &err);
        return;
    }
    j->id = id;
    j->running = true;
    j->failed = j->stopping = j->no_stop = j->hold = false;
    j->began = w->seconds();
}

static void take_error(struct job *j, const json_t *event) {
    const json_t *e = json_object_get(event, "error");
    const json_t *code = json_object_get(e, "exit");
    enum vmm_code c = vmm_code_from_word(vmm_s(e, "code"));
    vmm_fail(&j->err, c, vmm_s(e, "hint"), "%s", vmm_s(e, "message"));
    j->exit = json_is_integer(code) ? (int)json_integer_value(code) : vmm_code_exit(c);
    j->failed = true;
}

/* What outlives the step that is shown. */
static void remember(struct wizard *w, enum job_kind kind) {
    struct job *j = &w->job[kind];
    switch (kind) {
    case JOB_SCAN:
        w->trouble = j->failed ? j->exit : 0;
        break;
    case JOB_APPLY:
        w->trouble = j->failed ? j->exit : 0;
        w->repaired = !j->failed;
        break;
    case JOB_SESSIONS: {
        size_t i;
        json_t *s;
        json_array_foreach(json_object_get(j->result, "sessions"), i, s) {
            if (w->sessions_told) break;
            if (json_is_true(json_object_get(s, "running"))) {
                if (w->target == NULL)
                    vmm_say(w, MEAN_WARNING, _("Another vmmedic is writing to %s at this moment. To follow it, choose that disk in the step Attach."), vmm_s(s, "target"));
            } else if (strcmp(vmm_s(s, "state"), "interrupted") == 0) {
                vmm_say(w, MEAN_WARNING, _("A repair of %s was interrupted. When that disk is chosen, you are asked whether to finish it or to put it back."),
                        vmm_s(s, "target"));
            }
        }
        w->sessions_told = true;
        break;
    }
    default: break;
    }
    vmm_unlock_failed(w, kind);
}

void vmm_wizard_hear(struct wizard *w, const json_t *event) {
    int id = vmm_int(event, "id");
    const char *what = vmm_s(event, "event");
    enum job_kind kind = 0;
    while (kind < JOB_COUNT && !(w->job[kind].running && w->job[kind].id == id)) kind++;
    if (kind == JOB_COUNT || w->over) return; /* an answer to a question that nobody has any more */
    struct job *j = &w->job[kind];
    if (strcmp(what, "progress") == 0) {
        vmm_set(&j->stage, vmm_s(event, "stage"));
        stage_begins(w, j, j->stage);
        j->done = (unsigned long long)json_integer_value(json_object_get(event, "done"));
        j->total = (unsigned long long)json_integer_value(json_object_get(event, "total"));
        j->left = json_is_integer(json_object_get(event, "left")) ? (long)json_integer_value(json_object_get(event, "left")) : -1;
        json_decref(j->next);
        j->next = json_incref(json_object_get(event, "next"));
        j->no_stop = json_is_false(json_object_get(event, "stop"));
        if (j->hold != json_is_true(json_object_get(event, "hold"))) w->version++;
        j->hold = json_is_true(json_object_get(event, "hold"));
        return;
    }
    if (strcmp(what, "note") == 0) {
        vmm_say(w, MEAN_TEXT, "%s", vmm_s(event, "text"));
        return;
    }
    bool good = strcmp(what, "result") == 0;
    if (!good && strcmp(what, "error") != 0) return;
    w->version++;
    j->running = false;
    j->ended = w->seconds();
    if (j->stage_count) j->stages[j->stage_count - 1].ended = j->ended;
    json_decref(j->result);
    j->result = NULL;
    if (good) j->result = json_incref(json_object_get(event, "result"));
    else take_error(j, event);
    remember(w, kind);
    vmm_learn_heard(w, (int)kind);
    if (vmm_step_now(w)->ended) vmm_step_now(w)->ended(w, kind);
}

void vmm_wizard_gone(struct wizard *w, const struct vmm_error *err) {
    if (w->over) return;
    w->version++;
    bool wrote = w->job[JOB_APPLY].running || w->job[JOB_UNDO].running || w->job[JOB_FINISH].running;
    if (err && err->message[0]) vmm_say(w, MEAN_BROKEN, "%s", err->message);
    if (wrote) {
        vmm_say(w, MEAN_BROKEN, _("The part of vmmedic that writes has ended in the middle of its work. The originals are kept. Start vmmedic again on the same disk: "
                                  "it offers to finish or to put everything back."));
    } else if (w->repaired) {
        vmm_say(w, MEAN_WARNING, _("The part of vmmedic that looks at disks has ended. The repair itself was complete and verified before that."));
    } else if (vmm_wrote(w)) { /* what became of the disk is told with the parting */
        vmm_say(w, MEAN_WARNING, "%s", _("The part of vmmedic that looks at disks has ended. What was done to the disk before that is not changed by it."));
    } else {
        vmm_say(w, MEAN_BROKEN, "%s", w->wrote_before ? _("The part of vmmedic that looks at disks has ended. Nothing more was written.")
                                                      : _("The part of vmmedic that looks at disks has ended. Nothing was written."));
    }
    for (int k = 0; k < JOB_COUNT; k++) w->job[k].running = false;
    vmm_leave(w, wrote ? 5 : vmm_wrote(w) ? -1 : 1);
}

/* The job that the step waits for, or NULL. */
static const struct job *awaited(const struct wizard *w, enum job_kind *kind) {
    const struct step *s = vmm_step_now(w);
    for (int k = 0; k < JOB_COUNT && !w->over; k++) {
        const struct job *j = &w->job[k];
        if (!(s->waits & WAITS(k)) || !j->running || j->result) continue;
        *kind = (enum job_kind)k;
        return j;
    }
    return NULL;
}

static void progress_of(const struct wizard *w, enum job_kind kind, struct wizard_progress *p) {
    const struct job *j = &w->job[kind];
    *p = (struct wizard_progress){.stage = j->stage ? j->stage : "", .done = j->done, .total = j->total, .left = j->total ? j->left : -1,
                                  .elapsed = w->seconds() - j->began, .writes = kinds[kind].writes, .stop = NULL};
    if (kinds[kind].stop && !j->stopping && !j->no_stop) p->stop = _(kinds[kind].stop);
}

bool vmm_wizard_busy(const struct wizard *w, struct wizard_progress *p) {
    enum job_kind kind;
    if (awaited(w, &kind) == NULL) return !w->over && vmm_step_now(w)->busy && vmm_step_now(w)->busy(w, p);
    if (p) progress_of(w, kind, p);
    return true;
}

bool vmm_wizard_background(const struct wizard *w, struct wizard_progress *p) {
    enum job_kind kind;
    if (w->over || !w->job[JOB_SCAN].running || (awaited(w, &kind) && kind == JOB_SCAN)) return false;
    if (p) progress_of(w, JOB_SCAN, p);
    return true;
}

bool vmm_wizard_stage(const struct wizard *w, size_t index, struct wizard_stage *out) {
    enum job_kind kind;
    const struct job *j = awaited(w, &kind);
    if (j == NULL) return !w->over && vmm_step_now(w)->stage && vmm_step_now(w)->stage(w, index, out);
    if (index >= j->stage_count) {
        const char *text = json_string_value(json_array_get(j->next, index - j->stage_count));
        *out = (struct wizard_stage){text, STAGE_NEXT, 0};
        return text != NULL;
    }
    const struct job_stage *s = &j->stages[index];
    bool ended = s->ended > 0;
    *out = (struct wizard_stage){s->text, ended ? STAGE_ENDED : STAGE_NOW, (ended ? s->ended : w->seconds()) - s->began};
    return true;
}

void vmm_wizard_cancel(struct wizard *w) {
    enum job_kind kind;
    if (awaited(w, &kind) == NULL || w->link.cancel == NULL || w->job[kind].no_stop) return;
    if (!w->job[kind].stopping) vmm_say(w, MEAN_TEXT, "%s", _("It was asked to stop, and does so as soon as that is safe."));
    w->job[kind].stopping = true;
    w->link.cancel(w->link.ctx);
}

void vmm_scan_again(struct wizard *w) {
    if (w->target == NULL) return;
    if (w->job[JOB_SCAN].running && w->link.cancel) w->link.cancel(w->link.ctx); /* the older look is of no use any more */
    w->windows = 0;
    w->drive_row = 0;
    w->store = 0;
    w->pending_seen = false;
    w->ticked_once = false;
    vmm_job_forget(w, JOB_BCD);
    vmm_job_forget(w, JOB_PLAN);
    json_t *r = json_object();
    json_object_set_new(r, "target", vmm_json_text(w->target));
    if (w->boot) json_object_set_new(r, "boot", vmm_json_text(w->boot));
    if (w->format) json_object_set_new(r, "format", vmm_json_text(w->format));
    if (w->want_windows) json_object_set_new(r, "windows", json_integer(w->want_windows));
    vmm_post(w, JOB_SCAN, r);
}

/* Another disk: nothing that was said about the last one holds, its snapshot least of all. */
void vmm_forget_disk(struct wizard *w) {
    static const enum job_kind stale[] = {JOB_PROBE, JOB_SCAN, JOB_BCD, JOB_PLAN, JOB_APPLY, JOB_SESSION, JOB_UNDO, JOB_FINISH};
    for (size_t i = 0; i < VMM_COUNT(stale); i++) vmm_job_forget(w, stale[i]);
    vmm_set(&w->target, NULL);
    vmm_set(&w->boot, NULL);
    vmm_set(&w->format, NULL);
    vmm_set(&w->cloud[CLOUD_DISK], NULL);
    vmm_set(&w->snapshot_text, NULL);
    w->snapshot = w->snapshot_row = SNAP_UNANSWERED;
    w->named = w->undone = w->repaired = w->ticked_once = w->pending_seen = w->back_to_preview = w->asking_undo = false;
    w->windows = w->want_windows = w->store = w->trouble = 0;
    w->attach_row = w->drive_row = 0;
    vmm_password_forget(w);
    json_object_clear(w->ticks);
    json_object_clear(w->options);
    json_object_clear(w->open);
    vmm_set(&w->reg_file, NULL);
    w->reg_on = false;
    w->message = NULL;
    vmm_post(w, JOB_CLOSE, json_object());
}
