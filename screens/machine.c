/* The step machine: which step follows which, under what condition, and the calls that every front end makes.
 *
 *                         (a TARGET answers Attach by itself)
 *   Symptom --> Snapshot --> Attach --> Drive --> Boot --> Fixes --> Preview --> Apply --> Finish
 *                ^  ^  [answered]  [disk]  \     ^                   |  [the plan   [name      |
 *                |  |                       v    | f                 |   has         typed,    |
 *                |  |                     Healthy                    |   changes]    written,  |
 *                |  |                     [all is well]              |               verified] |
 *                |  +------- [the answer is missing, or does not fit this disk]                |
 *                +-------------------------- another disk -------------------------------------+
 *
 * Where an interrupted session waits for the disk, Pending comes before Drive; when the session names the disk of the command line, before Symptom too. "Look first"
 * goes on to Drive, and then the ways back, and on from Fixes, lead to Pending again. Where another vmmedic writes to the disk, Follow comes instead of the look:
 * from Symptom (the command line's disk), Attach or Drive; it leads to Drive when that one has ended, or back to Attach. Which step comes next never depends on how fast the worker is.
 * A fix that takes a password asks for it inside of Fixes (password.c); where nobody has it, no arrow leads on to Preview, nor from there to Apply.
 * Where the last walk was cut off before anything was written, Resume comes before Symptom; to go on there means to walk these same arrows as with Enter.
 * Back goes one step left and loses no answer. Nothing leads back across Apply but Undo, which is a step of its own inside Finish: what was written is put back,
 * shown first. Apply has no arrow of its own to the disk: only the typed name makes it post the job (apply.c).
 * Messages, Seven, Nsg and Cloud are asides: they open over a step, over each other too, and Back returns to what is below, as it was left.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/learn.h"
#include "screens/place.h"

static const struct step *const steps[STEP_ALL] = {
    [STEP_SYMPTOM] = &vmm_step_symptom, [STEP_SNAPSHOT] = &vmm_step_snapshot, [STEP_ATTACH] = &vmm_step_attach, [STEP_DRIVE] = &vmm_step_drive,
    [STEP_BOOT] = &vmm_step_boot,       [STEP_FIXES] = &vmm_step_fixes,       [STEP_PREVIEW] = &vmm_step_preview, [STEP_APPLY] = &vmm_step_apply,
    [STEP_FINISH] = &vmm_step_finish,   [STEP_PENDING] = &vmm_step_pending,   [STEP_HEALTHY] = &vmm_step_healthy,
    [STEP_FOLLOW] = &vmm_step_follow,   [STEP_RESUME] = &vmm_step_resume,
    [STEP_LESSONS] = &vmm_step_lessons, [STEP_TICKET] = &vmm_step_ticket,     [STEP_QUESTION] = &vmm_step_question, [STEP_LEARNED] = &vmm_step_learned,
    [STEP_MESSAGES] = &vmm_step_messages, [STEP_SEVEN] = &vmm_step_seven,     [STEP_NSG] = &vmm_step_nsg,         [STEP_CLOUD] = &vmm_step_cloud,
};

/* ---- conditions ---- */
static bool snapshot_fits(const struct wizard *w) {
    return w->snapshot != SNAP_UNANSWERED && !(w->snapshot == SNAP_TAKE && vmm_disk_is_folder(w));
}
static bool snapshot_lacks(const struct wizard *w) { return !snapshot_fits(w); }
static bool answer_was_missing(const struct wizard *w) { return w->back_to_preview && snapshot_fits(w); }
static bool came_from_preview(const struct wizard *w) { return w->back_to_preview; }
static bool has_disk(const struct wizard *w) { return w->target != NULL; }
static bool something_to_see(const struct wizard *w) { return vmm_windows_of(w) != NULL || json_array_size(json_object_get(vmm_scan_of(w), "stores")) > 0; }
static bool place_left(const struct wizard *w) { return w->place.left != NULL; }
static bool applied(const struct wizard *w) { return w->job[JOB_APPLY].result != NULL; }
static bool not_writing(const struct wizard *w) { return !w->job[JOB_APPLY].running && !applied(w); }

/* The first arrow of a step and a move whose condition holds is taken; NULL always holds. An arrow back to its own step is a refusal; its note says why. */
static const struct arrow {
    enum wizard_step from;
    enum move move;
    enum wizard_step to;
    bool (*open)(const struct wizard *w);
    const char *note;
} arrows[] = {
    {STEP_SYMPTOM, MOVE_ASIDE, STEP_FOLLOW, vmm_somebody_writes, NULL},
    {STEP_SYMPTOM, MOVE_ASIDE, STEP_RESUME, place_left, NULL},
    {STEP_SYMPTOM, MOVE_ASIDE, STEP_DRIVE, NULL, NULL},
    {STEP_RESUME, MOVE_NEXT, STEP_SYMPTOM, NULL, NULL},
    {STEP_RESUME, MOVE_ASIDE, STEP_FOLLOW, vmm_somebody_writes, NULL},
    {STEP_RESUME, MOVE_ASIDE, STEP_SYMPTOM, NULL, NULL},
    {STEP_SYMPTOM, MOVE_NEXT, STEP_SNAPSHOT, NULL, NULL},
    {STEP_SNAPSHOT, MOVE_NEXT, STEP_PREVIEW, answer_was_missing, NULL},
    {STEP_SNAPSHOT, MOVE_NEXT, STEP_SNAPSHOT, snapshot_lacks, N_("Say first what brings the disk back if it goes wrong.")},
    {STEP_SNAPSHOT, MOVE_NEXT, STEP_ATTACH, NULL, NULL},
    {STEP_SNAPSHOT, MOVE_BACK, STEP_PREVIEW, came_from_preview, NULL},
    {STEP_SNAPSHOT, MOVE_BACK, STEP_SYMPTOM, NULL, NULL},
    {STEP_ATTACH, MOVE_ASIDE, STEP_FOLLOW, vmm_somebody_writes, NULL},
    {STEP_ATTACH, MOVE_NEXT, STEP_DRIVE, has_disk, NULL},
    {STEP_ATTACH, MOVE_NEXT, STEP_ATTACH, NULL, N_("Choose a disk first.")},
    {STEP_ATTACH, MOVE_BACK, STEP_SNAPSHOT, NULL, NULL},
    {STEP_PENDING, MOVE_NEXT, STEP_DRIVE, NULL, NULL},
    {STEP_PENDING, MOVE_LOOK_AGAIN, STEP_DRIVE, NULL, NULL},
    {STEP_PENDING, MOVE_BACK, STEP_ATTACH, NULL, NULL},
    {STEP_DRIVE, MOVE_ASIDE, STEP_PENDING, vmm_pending, NULL},
    {STEP_DRIVE, MOVE_ASIDE, STEP_FOLLOW, vmm_somebody_writes, NULL},
    {STEP_DRIVE, MOVE_NEXT, STEP_HEALTHY, vmm_healthy, NULL},
    {STEP_DRIVE, MOVE_NEXT, STEP_BOOT, something_to_see, NULL},
    {STEP_DRIVE, MOVE_NEXT, STEP_ATTACH, NULL, N_("There is no Windows on that disk. Choose another one.")},
    {STEP_DRIVE, MOVE_BACK, STEP_PENDING, vmm_pending, NULL},
    {STEP_DRIVE, MOVE_BACK, STEP_ATTACH, NULL, NULL},
    {STEP_HEALTHY, MOVE_NEXT, STEP_BOOT, NULL, NULL},
    {STEP_HEALTHY, MOVE_BACK, STEP_DRIVE, NULL, NULL},
    {STEP_HEALTHY, MOVE_OTHER_DISK, STEP_SNAPSHOT, NULL, NULL},
    {STEP_BOOT, MOVE_NEXT, STEP_FIXES, NULL, NULL},
    {STEP_BOOT, MOVE_BACK, STEP_DRIVE, NULL, NULL},
    {STEP_FIXES, MOVE_NEXT, STEP_PENDING, vmm_pending, N_("First say what becomes of the interrupted repair of this disk.")},
    {STEP_FIXES, MOVE_NEXT, STEP_FIXES, vmm_password_lacks, N_("A chosen fix sets a password. Press Enter: it is asked for.")},
    {STEP_FIXES, MOVE_NEXT, STEP_PREVIEW, NULL, NULL},
    {STEP_FIXES, MOVE_BACK, STEP_BOOT, NULL, NULL},
    {STEP_PREVIEW, MOVE_NEXT, STEP_SNAPSHOT, snapshot_lacks, N_("Before anything may be written: say what brings the disk back if it goes wrong.")},
    {STEP_PREVIEW, MOVE_NEXT, STEP_FIXES, vmm_password_lacks, N_("The password is kept nowhere, so it has to be typed again. Press Enter: it is asked for.")},
    {STEP_PREVIEW, MOVE_NEXT, STEP_APPLY, vmm_plan_has_changes, NULL},
    {STEP_PREVIEW, MOVE_NEXT, STEP_PREVIEW, NULL, N_("There is nothing to apply.")},
    {STEP_PREVIEW, MOVE_BACK, STEP_FIXES, NULL, NULL},
    {STEP_APPLY, MOVE_NEXT, STEP_FINISH, applied, NULL},
    {STEP_APPLY, MOVE_BACK, STEP_PREVIEW, not_writing, NULL},
    {STEP_APPLY, MOVE_BACK, STEP_APPLY, NULL, N_("Writing has begun: wait for its end. It can be undone afterwards.")},
    {STEP_APPLY, MOVE_LOOK_AGAIN, STEP_DRIVE, not_writing, NULL},
    {STEP_FOLLOW, MOVE_LOOK_AGAIN, STEP_DRIVE, NULL, NULL},
    {STEP_FOLLOW, MOVE_BACK, STEP_ATTACH, NULL, NULL},
    {STEP_LESSONS, MOVE_NEXT, STEP_TICKET, NULL, NULL},
    {STEP_TICKET, MOVE_NEXT, STEP_SYMPTOM, NULL, NULL},
    {STEP_QUESTION, MOVE_NEXT, STEP_LEARNED, NULL, NULL},
    {STEP_QUESTION, MOVE_BACK, STEP_DRIVE, NULL, NULL},
    {STEP_FINISH, MOVE_OTHER_DISK, STEP_SNAPSHOT, NULL, NULL},
    {STEP_FINISH, MOVE_LOOK_AGAIN, STEP_DRIVE, NULL, NULL},
};

const struct step *vmm_step_now(const struct wizard *w) { return steps[w->step]; }

/* A job that failed may have written too, even where it put everything back. */
bool vmm_wrote(const struct wizard *w) {
    const struct job *apply = &w->job[JOB_APPLY];
    return w->repaired || w->undone || (apply->failed && (apply->exit == 5 || apply->exit == 1)) || w->job[JOB_FINISH].failed || w->job[JOB_UNDO].failed;
}

static void go(struct wizard *w, enum wizard_step to, enum move m) {
    bool forward = m == MOVE_NEXT && steps[to]->line > vmm_step_now(w)->line;
    if (to == STEP_SNAPSHOT) w->back_to_preview = w->step == STEP_PREVIEW;
    if (m == MOVE_OTHER_DISK || m == MOVE_LOOK_AGAIN) w->wrote_before = w->wrote_before || vmm_wrote(w) || w->step == STEP_PENDING;
    w->step = to;
    if (m == MOVE_OTHER_DISK) vmm_forget_disk(w);
    if (m == MOVE_LOOK_AGAIN) {
        vmm_job_forget(w, JOB_APPLY);
        w->undone = w->repaired = false;
        vmm_scan_again(w);
    }
    if (w->over) return;
    if (forward && steps[to]->passes && steps[to]->passes(w)) {
        vmm_say(w, MEAN_TEXT, _("%s: it is %s, so there is nothing to choose."), _(steps[to]->name), w->target);
        vmm_move(w, MOVE_NEXT);
    } else if (steps[to]->enter) steps[to]->enter(w);
    vmm_place_keep(w);
}

/* ---- asides ---- */
enum wizard_step vmm_base(const struct wizard *w) { return w->came_count ? w->came[0] : w->step; }

void vmm_aside(struct wizard *w, enum wizard_step aside) {
    size_t open = 0;
    while (open < w->came_count && w->came[open] != aside) open++;
    if (open == w->came_count && w->step != aside) {
        if (open == VMM_COUNT(w->came)) return;
        w->came[w->came_count++] = w->step;
    } else {
        w->came_count = open;
    }
    w->version++;
    w->step = aside;
    if (vmm_step_now(w)->enter) vmm_step_now(w)->enter(w);
}

void vmm_go_on(struct wizard *w) {
    w->step = vmm_base(w);
    w->came_count = 0;
    vmm_move(w, MOVE_NEXT);
}

void vmm_move(struct wizard *w, enum move m) {
    if (m == MOVE_STAY || w->over) return;
    if (m == MOVE_BACK && w->came_count) {
        w->step = w->came[--w->came_count];
        return;
    }
    if (m == MOVE_LEAVE) {
        if (vmm_learn_ends(w)) return;
        vmm_place_drop(w);
        vmm_leave(w, -1);
        return;
    }
    for (size_t i = 0; i < VMM_COUNT(arrows); i++) {
        const struct arrow *a = &arrows[i];
        if (a->from != w->step || a->move != m || (a->open && !a->open(w))) continue;
        if (a->note) vmm_say(w, MEAN_WARNING, "%s", _(a->note));
        if (a->to != w->step) go(w, a->to, m);
        return;
    }
}

void vmm_go(struct wizard *w, enum wizard_step to) {
    w->version++;
    w->step = to;
    if (steps[to]->enter) steps[to]->enter(w);
}

void vmm_walk_to(struct wizard *w, enum wizard_step line) {
    while (!w->over && w->step != STEP_PENDING && w->step != STEP_FOLLOW && vmm_step_now(w)->line < line) {
        enum wizard_step was = w->step;
        vmm_move(w, MOVE_NEXT);
        if (w->step == was || vmm_step_now(w)->line < steps[was]->line) return;
    }
}

/* ---- leaving ---- */
int vmm_leave_code(const struct wizard *w) {
    const json_t *verdict = json_object_get(vmm_scan_of(w), "verdict");
    const char *state = vmm_s(verdict, "state");
    if (w->learn) return vmm_learn_code(w);
    if (w->job[JOB_APPLY].running || w->job[JOB_UNDO].running || w->job[JOB_FINISH].running) return 5;
    if (vmm_follow_code(w) >= 0) return vmm_follow_code(w);
    if (w->trouble) return w->trouble;
    if (w->repaired || w->undone) return 0;
    if (vmm_pending(w)) return 5;
    if (w->wrote_before && w->target == NULL) return 0; /* the last disk is done, and no other was begun */
    if (verdict == NULL) return 6; /* nobody knows whether something was to be done */
    if (strcmp(state, "blocked") == 0 || strcmp(state, "no-windows") == 0) return 3;
    return vmm_anything_needed(w) ? 6 : 0;
}

void vmm_leave(struct wizard *w, int code) {
    if (w->over) return;
    w->exit = code >= 0 ? code : vmm_leave_code(w);
    w->over = true;
    vmm_password_forget(w);
}

bool vmm_wizard_over(const struct wizard *w, int *exit_code) {
    if (w->over && exit_code) *exit_code = w->exit;
    return w->over;
}

void vmm_wizard_quit(struct wizard *w) {
    if (w->over || vmm_learn_ends(w)) return;
    vmm_place_drop(w);
    if (w->job[JOB_APPLY].running || w->job[JOB_UNDO].running || w->job[JOB_FINISH].running) {
        vmm_say(w, MEAN_TEXT, "%s", _("What was begun goes on without this screen, and ends by itself. Do not detach the disk yet."));
        vmm_say(w, MEAN_TEXT, _("To follow it, or to see how it ended: vmmedic %s"), vmm_disk_path(w));
    } else if (vmm_following(w)) {
        vmm_say(w, MEAN_TEXT, _("The other vmmedic goes on. To follow it again: vmmedic %s"), vmm_disk_path(w));
    } else if (w->step == STEP_FOLLOW) {
        vmm_say(w, MEAN_TEXT, "%s", _("From here, nothing was written."));
    } else if (!vmm_wrote(w)) {
        vmm_say(w, MEAN_TEXT, "%s", w->wrote_before ? _("Nothing more was written.") : _("Nothing was written."));
    }
    vmm_leave(w, -1);
}

/* ---- what a failed step shows instead of itself ---- */
bool vmm_step_failed(const struct wizard *w) {
    enum job_kind needs = vmm_step_now(w)->needs;
    return needs != JOB_NONE && w->job[needs].failed && !w->job[needs].running;
}

static void try_again(struct wizard *w, size_t item) {
    (void)item;
    vmm_job_forget(w, vmm_step_now(w)->needs);
    if (vmm_step_now(w)->enter) vmm_step_now(w)->enter(w);
}
static const struct wizard_action failed_actions[] = {
    {'r', N_("try again"), N_("Try the same once more, for example after the disk was released."), false, NULL, try_again},
    {0}};
static const struct wizard_action no_actions[] = {{0}};

const struct wizard_action *vmm_wizard_actions(const struct wizard *w) {
    if (w->asking_names || w->unlock.asks) return no_actions;
    if (vmm_step_failed(w)) return failed_actions;
    return vmm_step_now(w)->actions ? vmm_step_now(w)->actions : no_actions;
}

/* ---- what is shown ---- */
enum wizard_step vmm_wizard_step(const struct wizard *w) { return w->step; }
enum wizard_step vmm_wizard_line(const struct wizard *w) { return steps[vmm_base(w)]->line; }
const char *vmm_wizard_step_name(enum wizard_step s) { return _(steps[s]->name); }
const char *vmm_wizard_title(const struct wizard *w) { return _(vmm_step_now(w)->title); }
const char *vmm_wizard_why(const struct wizard *w) {
    const struct step *s = vmm_step_now(w);
    return _(s->why_waiting && vmm_wizard_busy(w, NULL) ? s->why_waiting : s->why);
}

const char *vmm_wizard_back_name(const struct wizard *w) {
    const struct step *s = vmm_step_now(w);
    return s->back_name && !w->asking_names && !w->unlock.asks && !w->asking_undo && !w->undone ? _(s->back_name) : _("back");
}

/* The name is the disk's: nothing in it may act on the terminal. */
static char *writing_to(const char *name) {
    char *text = vmm_printf(_("WRITING %s"), name), *safe = vmm_safe_text(text);
    free(text);
    return safe;
}

char *vmm_wizard_world(const struct wizard *w) {
    if (w->job[JOB_APPLY].running || w->job[JOB_UNDO].running || w->job[JOB_FINISH].running) return writing_to(vmm_disk_name(w));
    char *other = vmm_follow_world(w);
    if (other) return other;
    if (w->undone) return vmm_strdup(_("put back as it was"));
    if (vmm_base(w) == STEP_FINISH && w->job[JOB_UNDO].failed && w->job[JOB_UNDO].exit == 5) return vmm_strdup(_("written in part"));
    if (w->repaired) return vmm_strdup(_("written and verified"));
    if (vmm_pending(w)) return vmm_strdup(_("an earlier repair is unfinished"));
    if (w->job[JOB_APPLY].failed) return vmm_strdup(w->job[JOB_APPLY].exit == 5 ? _("written in part") : _("not repaired"));
    return vmm_strdup(_("nothing written yet"));
}

char *vmm_wizard_subject(const struct wizard *w) {
    const char *name = vmm_disk_name(w), *computer = vmm_s(vmm_windows_of(w), "computer");
    char *text = vmm_printf("%s%s%s", name, name[0] && computer[0] ? "  " : "", computer), *safe = vmm_safe_text(text);
    free(text);
    return safe;
}

void vmm_wizard_body(const struct wizard *w, struct wizard_text *t) {
    if (vmm_step_failed(w)) vmm_text_error(t, &w->job[vmm_step_now(w)->needs].err);
    else if (vmm_step_now(w)->body) vmm_step_now(w)->body(w, t);
}

void vmm_wizard_more(const struct wizard *w, struct wizard_text *t) {
    if (!vmm_step_failed(w) && !w->asking_names && !w->unlock.asks && vmm_step_now(w)->more) vmm_step_now(w)->more(w, t);
}

size_t vmm_wizard_count(const struct wizard *w) {
    if (w->asking_names || w->unlock.asks || vmm_step_failed(w) || vmm_step_now(w)->count == NULL) return 0;
    return vmm_step_now(w)->count(w);
}

/* Every line made safe, the newlines between them kept. */
static void make_safe(char **text) {
    struct vmm_buf b = {0};
    if (*text == NULL) return;
    for (char *rest = *text, *line; (line = strsep(&rest, "\n"));) {
        char *safe = vmm_safe_text(line);
        vmm_buf_str(&b, safe);
        if (rest) vmm_buf_str(&b, "\n");
        free(safe);
    }
    free(*text);
    *text = vmm_buf_steal(&b);
}

void vmm_wizard_item(const struct wizard *w, size_t index, struct wizard_item *out) {
    *out = (struct wizard_item){.enabled = true};
    if (index < vmm_wizard_count(w)) vmm_step_now(w)->item(w, index, out);
    if (out->text == NULL) out->text = vmm_strdup("");
    char **texts[] = {&out->name, &out->text, &out->cell[0], &out->cell[1], &out->cell[2], &out->before, &out->after, &out->hint, &out->detail, &out->windows, &out->refused};
    for (size_t i = 0; i < VMM_COUNT(texts); i++) make_safe(texts[i]);
    if (out->refused) out->enabled = out->marked = false;
}

unsigned long vmm_wizard_version(const struct wizard *w) { return w->version; }

void vmm_wizard_prompt(const struct wizard *w, struct wizard_prompt *out) {
    if (w->asking_names) vmm_cloud_prompt(out);
    else if (w->unlock.asks) vmm_unlock_prompt(out);
    else if (vmm_step_failed(w)) vmm_ask(out, PROMPT_NONE, "", _("goes back"));
    else vmm_step_now(w)->prompt(w, out);
}

/* ---- what the person does ---- */
int vmm_wizard_mark(struct wizard *w, size_t index, bool on) {
    if (w->over || vmm_wizard_busy(w, NULL) || index >= vmm_wizard_count(w) || vmm_step_now(w)->mark == NULL) return -1;
    struct wizard_item item;
    vmm_wizard_item(w, index, &item);
    bool enabled = item.enabled && !item.reading, reading = item.reading;
    if (!enabled && item.refused) vmm_say(w, MEAN_WARNING, _("%s cannot be chosen: %s"), item.name ? item.name : item.text, item.refused);
    vmm_item_clear(&item);
    if (!enabled && (on || reading)) return -1;
    w->version++;
    vmm_step_now(w)->mark(w, index, on);
    return 0;
}

static enum move answer(struct wizard *w, const char *text) {
    if (w->asking_names) {
        if (vmm_cloud_names(w, text)) w->asking_names = false;
        return MOVE_STAY;
    }
    if (w->unlock.asks) {
        vmm_unlock_accept(w, text);
        return MOVE_STAY;
    }
    if (vmm_step_failed(w)) return MOVE_BACK;
    return vmm_step_now(w)->accept(w, text);
}

void vmm_wizard_reply(struct wizard *w, enum wizard_reply reply, const char *text) {
    if (w->over) return;
    w->version++;
    if (reply == WIZARD_LOST) {
        vmm_leave(w, -1);
    } else if (reply == WIZARD_BACK) {
        if (w->asking_names) w->asking_names = false;
        else if (w->unlock.asks) w->unlock.asks = false;
        else vmm_move(w, vmm_step_now(w)->back && !vmm_step_failed(w) ? vmm_step_now(w)->back(w) : MOVE_BACK);
    } else if (!vmm_wizard_busy(w, NULL)) {
        vmm_move(w, answer(w, text ? text : ""));
    }
    vmm_place_keep(w);
}

bool vmm_wizard_action_enabled(const struct wizard *w, const struct wizard_action *a) {
    return !w->over && !vmm_wizard_busy(w, NULL) && (a->enabled == NULL || a->enabled(w));
}

bool vmm_wizard_action(struct wizard *w, char key, size_t item) {
    for (const struct wizard_action *a = vmm_wizard_actions(w); a->key; a++) {
        if (a->key != key || !vmm_wizard_action_enabled(w, a)) continue;
        if (a->takes_item && item >= vmm_wizard_count(w)) {
            vmm_say(w, MEAN_TEXT, _("Of which row? Type for example: %c 1"), key);
            return true;
        }
        w->version++;
        a->run(w, item);
        return true;
    }
    return false;
}

void vmm_wizard_tick(struct wizard *w) {
    if (!w->over && w->step == STEP_ATTACH && w->attach_asks == ATTACH_LIST && !w->job[JOB_DISKS].running) vmm_post(w, JOB_DISKS, json_object());
    if (!w->over && w->step == STEP_ATTACH && !w->job[JOB_SESSIONS].running) vmm_post(w, JOB_SESSIONS, json_object());
    if (!w->over) vmm_follow_tick(w);
    vmm_place_keep(w);
}
