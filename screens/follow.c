/* Aside of Apply: another vmmedic writes to this disk. It is followed until it ends, by asking what it says about itself; the disk and its lock are left alone.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

/* ---- who writes ---- */
const json_t *vmm_writer_at(const struct wizard *w, size_t index) {
    const json_t *list = json_object_get(w->job[JOB_SESSIONS].result, "sessions");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_true(json_object_get(json_array_get(list, i), "running")) && index-- == 0) return json_array_get(list, i);
    return NULL;
}

const json_t *vmm_writer_of(const struct wizard *w, const char *path) {
    const json_t *s;
    for (size_t i = 0; path && path[0] && (s = vmm_writer_at(w, i)); i++)
        if (strcmp(vmm_s(s, "target"), path) == 0) return s;
    return NULL;
}

const char *vmm_disk_path(const struct wizard *w) {
    const char *path = vmm_s(json_object_get(vmm_scan_of(w), "disk"), "path");
    if (!path[0]) path = vmm_s(w->job[JOB_PROBE].result, "path");
    return path[0] || w->target == NULL ? path : w->target;
}

bool vmm_somebody_writes(const struct wizard *w) { return vmm_writer_of(w, vmm_disk_path(w)) != NULL; }

/* ---- how it ended ---- */
static const struct {
    const char *state, *job; /* the session's word; the job's, NULL: any */
    enum wizard_meaning mean;
    const char *text, *world; /* N_() */
    bool good;                /* nothing is left to be done */
    int exit;
} ends[] = {
    {"done", "undo", MEAN_WARNING, N_("The other vmmedic was to put a repair back, and ended without doing so. The repair is as it was."), N_("written and verified"), false, 1},
    {"done", NULL, MEAN_OK, N_("The other vmmedic has finished: everything was written, read again from the disk and compared."), N_("written and verified"), true, 0},
    {"undone", NULL, MEAN_OK, N_("The other vmmedic has finished: everything is put back as it was before the repair."), N_("put back as it was"), false, 0},
    {"put-back", NULL, MEAN_WARNING, N_("The other vmmedic could not write everything, so it has put everything back. The disk is as it was."), N_("not repaired"), false, 1},
    {"prepared", NULL, MEAN_WARNING, N_("The other vmmedic ended before it wrote anything. The disk is as it was."), N_("nothing written"), false, 1},
    {"interrupted", NULL, MEAN_BROKEN,
     N_("The other vmmedic ended in the middle of its work. Some files may be new and others old. The originals are kept: after a look at the disk you are asked whether to "
        "finish or to put everything back."),
     N_("written in part"), false, 5},
    {"", NULL, MEAN_WARNING, N_("The other vmmedic stopped before it wrote anything, because something failed or because it was asked to. The disk is as it was."),
     N_("nothing written"), false, 1},
};
#define UNKNOWN VMM_COUNT(ends)

static const json_t *told(const struct wizard *w) { return w->job[JOB_FOLLOW].result; }
static const json_t *progress(const struct wizard *w) { return json_object_get(told(w), "progress"); }
static bool runs(const struct wizard *w) { return json_is_true(json_object_get(told(w), "running")); }

static size_t end_of(const struct wizard *w) {
    const struct job *j = &w->job[JOB_FOLLOW];
    const char *state = vmm_s(j->result, "state");
    if (j->result == NULL && !(j->failed && j->err.code == VMM_E_NOT_FOUND)) return UNKNOWN;
    for (size_t i = 0; i < VMM_COUNT(ends); i++)
        if (strcmp(ends[i].state, state) == 0 && (ends[i].job == NULL || (w->follow_job && strcmp(ends[i].job, w->follow_job) == 0))) return i;
    return UNKNOWN;
}

/* ---- asking ---- */
static void ask(struct wizard *w) { vmm_post(w, JOB_FOLLOW, json_pack("{s:o}", "name", vmm_json_text(w->follow))); }

void vmm_follow_tick(struct wizard *w) {
    if (w->step == STEP_FOLLOW && runs(w) && !w->job[JOB_FOLLOW].running) ask(w);
}

void vmm_drop_look(struct wizard *w) {
    struct job *j = &w->job[JOB_SCAN];
    bool held = j->running || j->result;
    if (j->running && w->link.cancel) w->link.cancel(w->link.ctx);
    vmm_job_forget(w, JOB_SCAN);
    if (held) vmm_post(w, JOB_CLOSE, json_object());
}

static const char *doing(const struct wizard *w) {
    const char *job = w->follow_job ? w->follow_job : "";
    return strcmp(job, "undo") == 0     ? _("It puts a repair back.")
           : strcmp(job, "finish") == 0 ? _("It finishes a repair that was interrupted.")
                                        : _("It writes a repair.");
}

static void enter(struct wizard *w) {
    const json_t *s = vmm_writer_of(w, vmm_disk_path(w));
    vmm_set(&w->follow, vmm_s(s, "session"));
    vmm_set(&w->follow_disk, vmm_s(s, "name"));
    vmm_set(&w->follow_job, NULL);
    vmm_drop_look(w);
    vmm_job_forget(w, JOB_FOLLOW);
    vmm_say(w, MEAN_WARNING, _("Another vmmedic is writing to %s. It is followed here until it ends; nothing that you do here disturbs it."), w->follow_disk);
    if (!w->over) ask(w);
}

static void ended(struct wizard *w, enum job_kind kind) {
    const char *job = vmm_s(progress(w), "job");
    if (kind == JOB_FOLLOW && job[0]) vmm_set(&w->follow_job, job);
    if (kind == JOB_FOLLOW && !runs(w)) vmm_say(w, MEAN_TEXT, _("The other vmmedic does not work on %s any more."), w->follow_disk); /* else the warning stays */
}

/* ---- what is shown while it runs ---- */
static double late(const struct wizard *w) { return w->seconds() - w->job[JOB_FOLLOW].ended; } /* since it was told */

static double number(const json_t *o, const char *key) { return json_number_value(json_object_get(o, key)); }

static unsigned long long count_of(const json_t *o, const char *key) {
    json_int_t n = json_integer_value(json_object_get(o, key));
    return n > 0 ? (unsigned long long)n : 0;
}

static bool busy(const struct wizard *w, struct wizard_progress *p) {
    if (!runs(w)) return false;
    const json_t *now = progress(w), *left = json_object_get(now, "left");
    if (p) *p = (struct wizard_progress){.stage = vmm_s(now, "stage"), .done = count_of(now, "done"), .total = count_of(now, "total"),
                                         .left = json_is_integer(left) ? (long)json_integer_value(left) : -1, .elapsed = number(now, "elapsed") + late(w), .writes = true};
    return true;
}

static bool stage(const struct wizard *w, size_t i, struct wizard_stage *out) {
    const json_t *past = json_object_get(progress(w), "ended"), *next = json_object_get(progress(w), "next"), *one = json_array_get(past, i);
    size_t n = json_array_size(past);
    if (!runs(w) || !vmm_s(progress(w), "stage")[0]) return false;
    if (i < n) *out = (struct wizard_stage){vmm_s(one, "text"), STAGE_ENDED, number(one, "seconds")};
    else if (i == n) *out = (struct wizard_stage){vmm_s(progress(w), "stage"), STAGE_NOW, number(progress(w), "seconds") + late(w)};
    else *out = (struct wizard_stage){json_string_value(json_array_get(next, i - n - 1)), STAGE_NEXT, 0};
    return out->text != NULL;
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const json_t *plan = json_object_get(told(w), "plan"), *changes = json_object_get(plan, "changes");
    const char *report = vmm_s(told(w), "report_path");
    size_t end = end_of(w);
    if (runs(w) || (told(w) == NULL && w->job[JOB_FOLLOW].running)) {
        char *since = vmm_day_and_time(vmm_s(progress(w), "since"));
        vmm_text_add(t, MEAN_WARNING, 0, _("Another vmmedic is working on %s, since %s. %s"), w->follow_disk, since[0] ? since : _("a moment ago"), doing(w));
        free(since);
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("It was started in another terminal, or in one that is closed by now; it does not need one. This screen only watches. Two must not "
                                              "write to one disk, so nothing else can be done with this disk until it ends."));
        return;
    }
    if (end == UNKNOWN) {
        vmm_text_add(t, MEAN_WARNING, 0, "%s", _("It cannot be told any more what the other vmmedic does. Look at the disk again."));
        if (w->job[JOB_FOLLOW].failed) vmm_text_error(t, &w->job[JOB_FOLLOW].err);
        return;
    }
    vmm_text_add(t, ends[end].mean, 0, "%s", _(ends[end].text));
    if (!ends[end].good) return;
    for (size_t i = 0; i < json_array_size(changes); i++) {
        const json_t *c = json_array_get(changes, i);
        vmm_text_add(t, MEAN_TEXT, 2, _("%s: was %s, is now %s"), vmm_s(c, "place"), vmm_s(c, "before_text"), vmm_s(c, "after_text"));
    }
    if (report[0]) vmm_text_add(t, MEAN_TEXT, 2, _("Report for the ticket: %s"), report);
    vmm_text_add(t, MEAN_TEXT, 2, _("To undo later: vmmedic undo %s"), w->follow);
    vmm_text_add(t, MEAN_OK, 0, _("It is safe to detach %s now. If it is a mounted folder, unmount it first."), w->follow_disk);
}

char *vmm_follow_world(const struct wizard *w) {
    if (w->step != STEP_FOLLOW) return NULL;
    if (end_of(w) == UNKNOWN || runs(w)) return vmm_printf(_("another vmmedic WRITES to %s"), w->follow_disk);
    return vmm_strdup(_(ends[end_of(w)].world));
}

int vmm_follow_code(const struct wizard *w) { return w->step != STEP_FOLLOW ? -1 : end_of(w) == UNKNOWN || runs(w) ? 5 : ends[end_of(w)].exit; }
bool vmm_following(const struct wizard *w) { return w->step == STEP_FOLLOW && (runs(w) || w->job[JOB_FOLLOW].running); }

static bool leaves(const struct wizard *w) { return end_of(w) != UNKNOWN && ends[end_of(w)].good; }

static void prompt(const struct wizard *w, struct wizard_prompt *p) { vmm_ask(p, PROMPT_NONE, "", leaves(w) ? _("leaves") : _("looks at the disk again")); }

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    return leaves(w) ? MOVE_LEAVE : MOVE_LOOK_AGAIN;
}

static void again(struct wizard *w, size_t i) {
    (void)i;
    vmm_move(w, MOVE_LOOK_AGAIN);
}
static const struct wizard_action actions[] = {
    {'r', N_("look again"), N_("Read the disk as it is now."), false, NULL, again},
    {0}};

const struct step vmm_step_follow = {
    .name = N_("Follow"),
    .title = N_("The work of another vmmedic"),
    .why = N_("What writes runs apart from every screen, so that a closed window or a lost connection cannot stop it half way. This is how you come back to it. "
              "Watching costs nothing: the disk is not touched from here."),
    .line = STEP_APPLY,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_FOLLOW),
    .enter = enter, .body = body, .prompt = prompt, .accept = accept, .ended = ended, .actions = actions, .busy = busy, .stage = stage,
};
