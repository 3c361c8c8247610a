/* Step Apply: the only place that makes the worker write a plan, and only after the disk's name was typed in full.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static bool failed(const struct wizard *w) { return w->job[JOB_APPLY].failed && !w->job[JOB_APPLY].running; }

static json_t *snapshot_answer(const struct wizard *w) {
    static const char *const kinds[] = {[SNAP_UNANSWERED] = "none", [SNAP_NAMED] = "named", [SNAP_COPY] = "none", [SNAP_TAKE] = "take", [SNAP_NONE] = "none"};
    json_t *s = json_object();
    json_object_set_new(s, "kind", json_string(kinds[w->snapshot]));
    json_object_set_new(s, "text", vmm_json_text(w->snapshot == SNAP_COPY ? _("this disk is a copy; the original is kept elsewhere") : w->snapshot_text ? w->snapshot_text : ""));
    return s;
}

static char *snapshot_words(const struct wizard *w) {
    switch (w->snapshot) {
    case SNAP_NAMED: return vmm_printf(_("in the cloud, \"%s\" (not checked from here)"), w->snapshot_text);
    case SNAP_COPY: return vmm_strdup(_("this disk is a copy"));
    case SNAP_TAKE: return vmm_strdup(_("made now, before anything is written"));
    case SNAP_NONE: return vmm_printf(_("none, because: %s"), w->snapshot_text);
    default: return vmm_strdup("");
    }
}

static void enter(struct wizard *w) { vmm_job_forget(w, JOB_APPLY); }

/* What became of the disk when writing failed: on the screen, and to be kept after leaving. */
void vmm_apply_failure(const struct wizard *w, struct wizard_text *t) {
    const struct job *j = &w->job[JOB_APPLY];
    vmm_text_error(t, &j->err);
    vmm_text_add(t, j->exit == 5 ? MEAN_BROKEN : MEAN_OK, 0, "%s",
                 j->exit == 5   ? w->over ? _("The disk is between old and new. The originals are kept. Start vmmedic again with this disk: you are asked whether to finish or to put everything "
                                              "back. Do not start Windows from it.")
                                          : _("The disk is between old and new. The originals are kept. Press r: you are asked whether to finish or to put everything back. Do not start Windows from it.")
                 : j->exit == 1 ? _("The disk is as it was: whatever had been written has been put back.")
                 : j->exit == 6 ? _("Stopped as you asked. The disk is as it was.")
                                : _("Nothing was written."));
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const struct job *j = &w->job[JOB_APPLY];
    if (failed(w)) {
        vmm_apply_failure(w, t);
        return;
    }
    vmm_text_hold(t, w);
    if (j->running) return;
    char *safe = snapshot_words(w);
    const json_t *changes = json_object_get(w->job[JOB_PLAN].result, "changes");
    const json_t *disk = json_object_get(vmm_scan_of(w), "disk");
    const char *size = json_integer_value(json_object_get(disk, "size")) ? vmm_s(disk, "size_text") : "", *product = vmm_s(vmm_windows_of(w), "product");
    vmm_text_add(t, MEAN_TEXT, 2, _("Disk: %s%s%s%s%s"), vmm_disk_name(w), size[0] ? ", " : "", size, product[0] ? ", " : "", product);
    vmm_text_add(t, MEAN_TEXT, 2, _("Where: %s"), w->target);
    vmm_text_add(t, MEAN_TEXT, 2, _("Snapshot: %s"), safe);
    vmm_text_add(t, MEAN_TEXT, 2, _("Changes: %zu, as the preview showed them"), json_array_size(changes));
    vmm_text_add(t, MEAN_TEXT, 2, "%s", _("Undo: the files are copied before they are written, and can be put back bit for bit."));
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Each file is written, read back and compared. If anything goes wrong, everything is put back. A lost connection or a closed window does not stop it half way."));
    free(safe);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    if (failed(w)) {
        vmm_ask(p, PROMPT_NONE, "", _("leaves"));
        return;
    }
    char *question = vmm_printf(_("Type the disk's name, %s, to write to it:"), vmm_disk_name(w));
    vmm_ask(p, PROMPT_LINE, question, _("goes back and writes nothing"));
    p->exact = vmm_disk_name(w);
    free(question);
}

/* The one gate: name, plan, snapshot answer and no unfinished session, all looked at here whatever the arrows promise. */
static bool may_write(const struct wizard *w, const char *typed) {
    const char *name = vmm_disk_name(w);
    return name[0] && strcmp(typed, name) == 0 && vmm_plan_has_changes(w) && !vmm_password_lacks(w) && w->snapshot != SNAP_UNANSWERED && !vmm_pending(w) && !w->job[JOB_APPLY].running &&
           w->job[JOB_APPLY].result == NULL && !w->job[JOB_PLAN].running && !w->job[JOB_SCAN].running;
}

static enum move accept(struct wizard *w, const char *text) {
    if (failed(w)) return MOVE_LEAVE;
    if (text[0] == 0) return MOVE_BACK;
    if (!may_write(w, text)) {
        vmm_say(w, MEAN_WARNING, _("\"%s\" is not the name of this disk. Nothing was written."), text);
        return MOVE_STAY;
    }
    json_t *r = json_object();
    json_object_set_new(r, "snapshot", snapshot_answer(w));
    json_object_set_new(r, "cloud", vmm_cloud_names_json(w));
    vmm_post(w, JOB_APPLY, r);
    return MOVE_STAY;
}

static enum move back(struct wizard *w) { return failed(w) ? MOVE_LOOK_AGAIN : MOVE_BACK; }

static void ended(struct wizard *w, enum job_kind kind) {
    if (kind == JOB_APPLY && !w->job[JOB_APPLY].failed) vmm_move(w, MOVE_NEXT);
}

static void again(struct wizard *w, size_t i) {
    (void)i;
    vmm_move(w, MOVE_LOOK_AGAIN);
}
static const struct wizard_action actions[] = {
    {'r', N_("look again"), N_("Read the disk again and start over from what is on it now."), false, failed, again},
    {0}};

const struct step vmm_step_apply = {
    .name = N_("Apply"),
    .title = N_("Write the changes"),
    .why = N_("This is the first step that writes. You type the name, rather than press Enter, so that a slip of the finger cannot start it, and so that it is the right disk. "
              "A wrong name writes nothing."),
    .why_waiting = N_("You can close this window, or lose the line: the work goes on and ends by itself. Start vmmedic again to see how it went. Do not detach the disk before "
                      "it says so."),
    .line = STEP_APPLY,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_APPLY),
    .enter = enter, .body = body, .prompt = prompt, .accept = accept, .back = back, .ended = ended, .actions = actions,
};
