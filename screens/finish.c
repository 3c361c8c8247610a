/* Step Finish: the proof, what to do with the disk now, and the way back. Going back from here is undo, shown before it is done.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static const json_t *result(const struct wizard *w) { return w->job[JOB_APPLY].result; }
static const char *session(const struct wizard *w) { return vmm_s(result(w), "session"); }

/* ---- undo ---- */
enum { KEEP, UNDO };
static const char *const undo_rows[] = {[KEEP] = N_("Keep the repair"), [UNDO] = N_("Undo it now: put every file back as it was")};

static size_t count(const struct wizard *w) { return w->asking_undo && !w->job[JOB_SESSION].failed ? VMM_COUNT(undo_rows) : 0; }

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    out->text = vmm_strdup(_(undo_rows[i]));
    out->hint = vmm_strdup(i == UNDO ? _("Windows is then as unreachable as it was before.") : _("Nothing is changed; you can still undo later."));
    out->detail = vmm_strdup(i == UNDO ? _("The files become again what they were, bit for bit. Windows is then as unreachable as before.") : _("Nothing is changed. You can undo later with \"vmmedic undo\"."));
    out->marked = w->pending_row == i;
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->pending_row = i;
}

static enum move ask_undo(struct wizard *w) {
    if (w->asking_undo) {
        w->asking_undo = false;
        return MOVE_STAY;
    }
    if (w->undone) {
        vmm_say(w, MEAN_TEXT, "%s", _("Everything is put back already."));
        return MOVE_STAY;
    }
    w->asking_undo = true;
    w->pending_row = KEEP;
    vmm_post(w, JOB_SESSION, json_pack("{s:o}", "name", vmm_json_text(session(w))));
    return MOVE_STAY;
}

static void start_undo(struct wizard *w) {
    json_t *r = json_object();
    json_object_set_new(r, "name", vmm_json_text(session(w)));
    json_object_set_new(r, "target", vmm_json_text(w->target));
    vmm_post(w, JOB_UNDO, r);
}

/* Some files are as before the repair, others not yet. */
static bool half_undone(const struct wizard *w) { return w->job[JOB_UNDO].failed && w->job[JOB_UNDO].exit == 5; }

static void ended(struct wizard *w, enum job_kind kind) {
    if (kind != JOB_UNDO) return;
    w->asking_undo = false;
    if (w->job[JOB_UNDO].failed) {
        vmm_text_error(&w->said, &w->job[JOB_UNDO].err);
        if (half_undone(w)) {
            w->trouble = 5;
            w->repaired = false;
        } else vmm_say(w, MEAN_TEXT, "%s", _("The repair is as it was: nothing was put back."));
        return;
    }
    w->undone = true;
    w->repaired = false;
    w->trouble = 0;
}

/* ---- what is shown ---- */
#define PROOFS 6 /* so many changes fit beside the rest; the report has them all */

static void proof(const struct wizard *w, struct wizard_text *t) {
    const json_t *changes = json_object_get(result(w), "changes");
    size_t n = json_array_size(changes);
    vmm_text_add(t, MEAN_OK, 0, "%s", _("Done. Written, read again from the disk and compared."));
    for (size_t i = 0; i < n && i < (n > PROOFS ? PROOFS - 1 : PROOFS); i++) {
        const json_t *c = json_array_get(changes, i);
        if (strcmp(vmm_s(json_object_get(c, "after"), "type"), "file") == 0) { /* its lines are in the report */
            vmm_text_add(t, MEAN_TEXT, 2, json_is_object(json_object_get(c, "before")) ? _("%s: the file is written anew") : _("%s: the file is made"), vmm_s(c, "store"));
            continue;
        }
        char *where = vmm_change_where(c);
        vmm_text_add(t, MEAN_TEXT, 2, _("%s: was %s, is now %s"), where, vmm_change_value(c, false), vmm_change_value(c, true));
        free(where);
    }
    if (n > PROOFS) vmm_text_add(t, MEAN_TEXT, 2, _("and %zu more; p prints the report with all of them"), n - PROOFS + 1);
}

/* Paths and names are to be copied: nothing may break them. */
static void keep_lines(const struct wizard *w, struct wizard_text *t) {
    const char *folder = vmm_s(result(w), "folder"), *path = vmm_s(result(w), "report_path"), *where = vmm_s(json_object_get(result(w), "snapshot"), "where");
    if (where[0]) {
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("The snapshot:"));
        vmm_text_add(t, MEAN_VERBATIM, 2, "%s", where);
    }
    if (w->learn) { /* their folder is thrown away with the disk */
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("In real work a report for the ticket and the way to undo it stand here."));
        return;
    }
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("The report for the ticket:"));
    vmm_text_add(t, MEAN_VERBATIM, 2, "%s%s", path[0] ? path : folder, path[0] ? "" : "/report.txt");
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("To undo, before Windows has run from the disk again:"));
    vmm_text_add(t, MEAN_COMMAND, 2, "vmmedic undo %s", session(w));
}

static void half(const struct wizard *w, struct wizard_text *t) {
    vmm_text_error(t, &w->job[JOB_UNDO].err);
    vmm_text_add(t, MEAN_BROKEN, 0, "%s", _("Putting back did not end: the disk may be between old and new. The originals are kept. Do not start Windows from it, and do not detach it, before it has ended well."));
    vmm_text_pin(t);
}

void vmm_wizard_parting(const struct wizard *w, struct wizard_text *t) {
    if (w->undone) vmm_text_add(t, MEAN_OK, 0, _("%s is as it was before the repair."), vmm_disk_name(w));
    if (w->job[JOB_APPLY].failed && vmm_wrote(w)) vmm_apply_failure(w, t);
    if (half_undone(w)) half(w, t);
    if (!w->repaired || result(w) == NULL) return;
    vmm_text_add(t, MEAN_OK, 0, _("The repair of %s is written and verified."), vmm_disk_name(w));
    keep_lines(w, t);
}

static void detach(const struct wizard *w, struct wizard_text *t) {
    if (vmm_disk_is_folder(w)) vmm_text_add(t, MEAN_OK, 0, _("vmmedic is done with %s. Unmount it first; then it is safe to detach the disk it is on."), w->target);
    else vmm_text_add(t, MEAN_OK, 0, _("It is safe to detach %s now."), vmm_disk_name(w));
    vmm_text_pin(t);
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const char *undo = vmm_s(w->job[JOB_SESSION].result, "text");
    vmm_text_hold(t, w);
    if (w->undone) {
        vmm_text_add(t, MEAN_OK, 0, _("Everything is put back: the files on %s are what they were before the repair, bit for bit."), vmm_disk_name(w));
        detach(w, t);
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Its Windows is as unreachable as before. r looks at the disk again, to repair it in another way."));
    } else if (w->asking_undo) {
        if (w->job[JOB_SESSION].failed) vmm_text_error(t, &w->job[JOB_SESSION].err);
        if (undo[0]) vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Undo would do this:"));
        vmm_text_block(t, MEAN_VERBATIM, 2, undo);
    } else if (half_undone(w)) {
        half(w, t);
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Press u to try again."));
    } else {
        detach(w, t);
        proof(w, t);
        keep_lines(w, t);
    }
}

static void times(const struct wizard *w, struct wizard_text *t) {
    const json_t *steps = json_object_get(result(w), "steps");
    if (json_array_size(steps)) vmm_text_add(t, MEAN_DIM, 0, "%s", _("What was done, in order, with the seconds it took:"));
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *s = json_array_get(steps, i), *seconds = json_object_get(s, "seconds");
        const char *text = json_is_string(s) ? json_string_value(s) : vmm_s(s, "text");
        if (text[0] && json_is_number(seconds)) vmm_text_add(t, MEAN_DIM, 2, _("%s: %.1f s"), text, json_number_value(seconds));
        else if (text[0]) vmm_text_add(t, MEAN_DIM, 2, "%s", text);
    }
}

/* The account, as the plan that was written names it: the options are those of the fix that was chosen. */
static void logon(const struct wizard *w, struct wizard_text *t) {
    const json_t *changes = json_object_get(result(w), "changes"), *c;
    size_t i;
    json_array_foreach(changes, i, c) {
        const char *user = strchr(vmm_s(w->options, vmm_s(c, "fix")), '=');
        if (!json_is_true(json_object_get(c, "secret"))) continue;
        vmm_text_add(t, MEAN_TEXT, 0, _("When Windows has started, log on as .\\%s with the new password. If that fails, start it a second time; what the script said is in "
                                        "C:\\Windows\\vmmedic-password.log."), user ? user + 1 : _("NAME"));
    }
}

static void more(const struct wizard *w, struct wizard_text *t) {
    if (w->asking_undo || w->undone || half_undone(w)) return;
    logon(w, t);
    vmm_text_add(t, MEAN_TEXT, 0, "%s", vmm_on_azure(w) ? _("What to do next, if the VM is in Azure:") : _("What to do next:"));
    vmm_cloud_text(w, CLOUD_SWAP, t);
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Then try Remote Desktop. No Windows was started by this program: whether it comes up is only seen there."));
    times(w, t);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    if (count(w)) {
        char *takes = vmm_printf(_("takes %zu"), w->pending_row + 1);
        vmm_ask(p, PROMPT_ONE, _("Undo the repair?"), takes);
        free(takes);
    } else {
        vmm_ask(p, PROMPT_NONE, "", w->asking_undo ? _("goes back") : _("leaves"));
    }
}

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    if (!w->asking_undo) return MOVE_LEAVE;
    if (count(w) && w->pending_row == UNDO) start_undo(w);
    else w->asking_undo = false;
    return MOVE_STAY;
}

/* ---- keys ---- */
static bool kept(const struct wizard *w) { return !w->asking_undo && !w->undone; }
static bool settled(const struct wizard *w) { return !w->asking_undo; }
static bool put_back(const struct wizard *w) { return w->undone; }
static void undo_key(struct wizard *w, size_t i) {
    (void)i;
    ask_undo(w);
}
static void report(struct wizard *w, size_t i) {
    const char *text = vmm_s(result(w), "report");
    (void)i;
    if (strchr(text, '\n')) vmm_text_block(&w->said, MEAN_VERBATIM, 0, text);
    else vmm_say(w, MEAN_TEXT, _("The report is in %s/report.txt."), vmm_s(result(w), "folder"));
}
static void again(struct wizard *w, size_t i) {
    (void)i;
    vmm_move(w, MOVE_LOOK_AGAIN);
}
static void other(struct wizard *w, size_t i) {
    (void)i;
    vmm_move(w, MOVE_OTHER_DISK);
}
static void cloud(struct wizard *w, size_t i) {
    (void)i;
    vmm_cloud_open(w, N_("The way back"), "detach swap repair-restore start boot-diagnostics screenshot console-log state health restart redeploy", NULL);
}
static const struct wizard_action actions[] = {
    {'u', N_("undo"), N_("Put every file back as it was; what that means is shown first."), false, kept, undo_key},
    {'p', N_("report"), N_("Print the report, to copy it into a ticket."), false, kept, report},
    {'r', N_("look again"), N_("Look at the disk again as it is now."), false, put_back, again},
    {'n', N_("another disk"), N_("Repair another disk."), false, settled, other},
    {'l', N_("seven steps"), N_("The list of the connection article: its seven steps, in the cloud and on the disk."), false, kept, vmm_open_seven},
    {'c', N_("cloud"), N_("All of the way back in the cloud, and what this machine can ask there itself."), false, kept, cloud},
    {'a', N_("names"), N_("Fill in the names of your resource group, VM, recovery VM and disk; the az commands then show them."), false, kept, vmm_cloud_ask},
    {'x', N_("shell"), N_("The other shell: commands of az, or of Az PowerShell. For another platform than Azure see c."), false, kept, vmm_cloud_next_shell},
    {0}};

const struct step vmm_step_finish = {
    .name = N_("Finish"),
    .title = N_("What was done, and what to do now"),
    .why = N_("Whether Windows starts from it is seen in its VM only: if it does not, undo, or swap the original disk back. "
              "Detach the disk before its VM uses it; a disk that two machines write to is lost."),
    .why_waiting = N_("You can close this window, or lose the line: what runs goes on and ends by itself. Do not detach the disk before it says so."),
    .line = STEP_FINISH,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_SESSION) | WAITS(JOB_UNDO),
    .body = body, .more = more, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = ask_undo, .back_name = N_("undo"), .ended = ended, .actions = actions,
};
