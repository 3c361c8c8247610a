/* Step Attach: which disk. The block devices of this machine, an image file, or a folder where the Windows volume is mounted.
 * Disks that cannot be taken are listed with the reason, so that nobody looks for them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static const json_t *disks(const struct wizard *w) { return json_object_get(w->job[JOB_DISKS].result, "disks"); }

static const json_t *disk_at(const struct wizard *w, size_t i) { return json_array_get(disks(w), i); }

/* The chosen disk has a row of its own when it is none of this machine's disks: a path that was typed or came with the command. */
static bool own_row(const struct wizard *w) {
    if (w->target == NULL) return false;
    for (size_t i = 0; i < json_array_size(disks(w)); i++)
        if (strcmp(vmm_s(disk_at(w, i), "path"), w->target) == 0) return false;
    return true;
}

static size_t chosen_row(const struct wizard *w) {
    if (own_row(w)) return 0;
    for (size_t i = 0; w->target && i < json_array_size(disks(w)); i++)
        if (strcmp(vmm_s(disk_at(w, i), "path"), w->target) == 0) return i;
    return SIZE_MAX;
}

static bool listed(const struct wizard *w, const char *path) {
    for (size_t i = 0; i < json_array_size(disks(w)); i++)
        if (strcmp(vmm_s(disk_at(w, i), "path"), path) == 0) return true;
    return own_row(w) && strcmp(w->target, path) == 0;
}

/* Images and folders that another vmmedic writes to are in no list of disks: they come last, so that it can be followed. */
static const json_t *other_at(const struct wizard *w, size_t i) {
    const json_t *s;
    for (size_t k = 0; (s = vmm_writer_at(w, k)); k++)
        if (!listed(w, vmm_s(s, "target")) && i-- == 0) return s;
    return NULL;
}
static size_t others(const struct wizard *w) {
    size_t n = 0;
    while (other_at(w, n)) n++;
    return n;
}

static size_t count(const struct wizard *w) { return w->attach_asks != ATTACH_LIST ? 0 : json_array_size(disks(w)) + own_row(w) + others(w); }

/* A disk that another vmmedic writes to is in use, and can be chosen to follow that. */
static const char *refusal(const struct wizard *w, const json_t *disk) {
    const char *why = vmm_s(disk, "refused");
    return why[0] && !vmm_writer_of(w, vmm_s(disk, "path")) ? why : NULL;
}

/* Enter takes the pointed row; before anything was pointed at, the only disk that can be taken. */
static size_t pointed(const struct wizard *w) {
    size_t n = count(w), only = SIZE_MAX, able = 0;
    if (w->attach_row > 0 && w->attach_row <= n) return w->attach_row - 1;
    if (chosen_row(w) != SIZE_MAX) return chosen_row(w);
    for (size_t i = 0; i < n; i++) {
        if (refusal(w, disk_at(w, i))) continue;
        only = i;
        able++;
    }
    return able == 1 ? only : SIZE_MAX;
}

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    bool own = own_row(w);
    out->marked = pointed(w) == i;
    if (own && i == 0) {
        bool probed = strcmp(vmm_s(w->job[JOB_PROBE].result, "path"), w->target) == 0;
        vmm_call(out, probed ? vmm_s(w->job[JOB_PROBE].result, "name") : "", w->target);
        out->hint = vmm_strdup(w->named ? _("This one was named when vmmedic was started.") : _("This is the path you typed."));
        return;
    }
    const json_t *d = disk_at(w, i - own), *other = d ? NULL : other_at(w, i - own - json_array_size(disks(w)));
    if (other || vmm_writer_of(w, vmm_s(d, "path"))) {
        vmm_call(out, vmm_s(d, "name"), d ? vmm_s(d, "path") : vmm_s(other, "target"));
        out->cell[0] = vmm_strdup(_("another vmmedic writes to it: follow"));
        out->cell_mean[0] = MEAN_WARNING;
        out->hint = vmm_strdup(_("Choosing it shows what the other vmmedic does, and how it ends."));
        out->detail = vmm_strdup(_("It cannot be looked at now. Choosing it shows what the other vmmedic does, and how it ends."));
        return;
    }
    vmm_call(out, vmm_s(d, "name"), vmm_s(d, "model")[0] ? vmm_s(d, "model") : _("disk"));
    if (vmm_s(d, "size_text")[0]) out->cell[0] = vmm_strdup(vmm_s(d, "size_text"));
    char *path = vmm_printf(_("Its path is %s."), vmm_s(d, "path"));
    if (refusal(w, d)) {
        out->refused = vmm_sentence(refusal(w, d));
        out->hint = vmm_fitting(out->refused, WIZARD_HINT);
        out->detail = vmm_printf("%s\n%s", path, _("A disk that something uses is never written to. If it is the right one all the same, free it first (a mounted one: umount), then press r."));
    } else {
        out->hint = vmm_strdup(_("It is only looked at: nothing can be written to it yet."));
        out->detail = vmm_printf("%s\n%s", path, _("Nothing uses it. Compare size and model with the disk that you attached; the next step shows the computer's name."));
    }
    free(path);
}

static bool any_free(const struct wizard *w) {
    bool any = own_row(w) || others(w) > 0;
    for (size_t i = 0; i < json_array_size(disks(w)); i++) any = any || !refusal(w, disk_at(w, i));
    return any;
}

static void mark(struct wizard *w, size_t i, bool on) { w->attach_row = on ? i + 1 : 0; }

static void enter(struct wizard *w) {
    w->attach_asks = ATTACH_LIST;
    w->attach_row = 0;
    vmm_post(w, JOB_DISKS, json_object());
    if (!w->over && !w->job[JOB_SESSIONS].running) vmm_post(w, JOB_SESSIONS, json_object());
}

/* A disk that was named and is being looked at, or was, needs no choosing. */
static bool passes(const struct wizard *w) { return w->target && (w->job[JOB_SCAN].running || w->job[JOB_SCAN].result || w->job[JOB_SCAN].failed); }

static void body(const struct wizard *w, struct wizard_text *t) {
    const struct job *j = &w->job[JOB_DISKS];
    if (w->attach_asks != ATTACH_LIST) return;
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Choose the disk of the Windows that cannot be reached; p names an image file or a mounted folder."));
    if (j->failed) vmm_text_error(t, &j->err);
    if (count(w) == 0 && (!j->running || j->result)) vmm_text_add(t, MEAN_WARNING, 0, "%s", _("No disk is attached that could be listed. Attach one and press r, or name an image file with p."));
    else if (!any_free(w)) vmm_text_add(t, MEAN_WARNING, 0, "%s", _("None of these can be chosen. Attach the disk and press r, or name an image file with p."));
}

static void more(const struct wizard *w, struct wizard_text *t) {
    if (w->attach_asks != ATTACH_LIST) return;
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Not attached yet? In Azure:"));
    vmm_cloud_text(w, CLOUD_ATTACH, t);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    size_t row = pointed(w);
    if (w->attach_asks == ATTACH_PATH) {
        vmm_ask(p, PROMPT_LINE, _("The path of an image file, of a disk, or of the folder where the Windows volume is mounted:"), _("goes back"));
    } else if (w->attach_asks == ATTACH_BOOT) {
        vmm_ask(p, PROMPT_LINE, _("The folder where the boot partition (EFI or System Reserved) is mounted, if it is another one:"), _("says there is none"));
    } else if (row == SIZE_MAX) {
        vmm_ask(p, PROMPT_ONE, "", _("looks again: no disk is chosen yet"));
    } else {
        char *takes = vmm_printf(_("takes %zu"), row + 1);
        vmm_ask(p, PROMPT_ONE, "", takes);
        free(takes);
    }
}

static enum move take(struct wizard *w, const char *path, const char *boot) {
    bool same = w->target && strcmp(w->target, path) == 0 && boot == NULL;
    if (same && (w->job[JOB_SCAN].running || w->job[JOB_SCAN].result)) return MOVE_NEXT;
    char *target = vmm_strdup(path), *second = vmm_strdup(boot ? boot : same ? w->boot : NULL);
    if (!same) {
        vmm_set(&w->format, NULL); /* it was said of the other disk */
        if (w->job[JOB_PROBE].result && w->typed == NULL) vmm_job_forget(w, JOB_PROBE);
        json_object_clear(w->ticks);
        json_object_clear(w->options);
        w->named = false;
        w->want_windows = 0;
    }
    free(w->target);
    free(w->boot);
    w->target = target;
    w->boot = second;
    const char *real = vmm_s(w->job[JOB_PROBE].result, "path"); /* a list has whole paths; what was typed or named was probed */
    if (vmm_writer_of(w, real[0] ? real : target)) {
        vmm_drop_look(w);
        return MOVE_ASIDE;
    }
    vmm_scan_again(w);
    return MOVE_NEXT;
}

static enum move take_typed(struct wizard *w, const char *boot) {
    char *path = vmm_strdup(w->typed);
    enum move m = take(w, path, boot);
    free(path);
    vmm_set(&w->typed, NULL);
    w->attach_asks = ATTACH_LIST;
    return m;
}

static enum move accept(struct wizard *w, const char *text) {
    bool blank = text[strspn(text, " ")] == 0;
    if (w->attach_asks == ATTACH_BOOT) return take_typed(w, blank ? NULL : text);
    if (w->attach_asks == ATTACH_PATH) {
        if (blank) {
            w->attach_asks = ATTACH_LIST;
            return MOVE_STAY;
        }
        vmm_set(&w->typed, text);
        json_t *r = json_object();
        json_object_set_new(r, "target", vmm_json_text(text));
        vmm_post(w, JOB_PROBE, r);
        return MOVE_STAY;
    }
    size_t row = pointed(w);
    if (row == SIZE_MAX) {
        vmm_say(w, MEAN_WARNING, "%s", _("Choose a disk by its number, or name one with p."));
        vmm_post(w, JOB_DISKS, json_object());
        return MOVE_STAY;
    }
    if (own_row(w) && row == 0) return take(w, w->target, NULL);
    const json_t *d = disk_at(w, row - own_row(w)), *other = d ? NULL : other_at(w, row - own_row(w) - json_array_size(disks(w)));
    if (refusal(w, d)) { /* it came into use after it was pointed at */
        char *why = vmm_sentence(refusal(w, d));
        vmm_say(w, MEAN_WARNING, _("%s cannot be chosen: %s"), vmm_s(d, "name"), why);
        free(why);
        w->attach_row = 0;
        return MOVE_STAY;
    }
    char *path = vmm_strdup(d ? vmm_s(d, "path") : vmm_s(other, "target"));
    enum move m = take(w, path, NULL);
    free(path);
    return m;
}

static void ended(struct wizard *w, enum job_kind kind) {
    const struct job *j = &w->job[JOB_PROBE];
    if (kind != JOB_PROBE || w->typed == NULL) return;
    if (j->failed) {
        vmm_text_error(&w->said, &j->err);
        vmm_say(w, MEAN_TEXT, "%s", _("Nothing was chosen. Type the whole path again, or go back to the list."));
        vmm_set(&w->typed, NULL);
        return;
    }
    const char *use = vmm_s(j->result, "in_use");
    if (vmm_writer_of(w, vmm_s(j->result, "path"))) {
        vmm_move(w, take_typed(w, NULL));
    } else if (use[0]) {
        char *why = vmm_sentence(use);
        vmm_say(w, MEAN_WARNING, _("%s is in use: %s Free it first, or take a copy of it."), w->typed, why);
        free(why);
        vmm_set(&w->typed, NULL);
    } else if (strcmp(vmm_s(j->result, "kind"), "folder") == 0) {
        w->attach_asks = ATTACH_BOOT;
    } else {
        vmm_move(w, take_typed(w, NULL));
    }
}

static enum move back(struct wizard *w) {
    if (w->attach_asks == ATTACH_LIST) return MOVE_BACK;
    w->attach_asks = ATTACH_LIST;
    vmm_set(&w->typed, NULL);
    return MOVE_STAY;
}

static bool listing(const struct wizard *w) { return w->attach_asks == ATTACH_LIST; }
static void ask_path(struct wizard *w, size_t i) {
    (void)i;
    w->attach_asks = ATTACH_PATH;
}
static void look(struct wizard *w, size_t i) {
    (void)i;
    vmm_job_forget(w, JOB_DISKS);
    vmm_post(w, JOB_DISKS, json_object());
}
static const struct wizard_action actions[] = {
    {'p', N_("path"), N_("Type the path of an image file, a disk or a mounted folder."), false, listing, ask_path},
    {'r', N_("look again"), N_("List the disks again, after you attached one."), false, listing, look},
    {'a', N_("names"), N_("Fill in the names of your resource group, VM, recovery VM and disk; the az commands then show them."), false, listing, vmm_cloud_ask},
    {0}};

const struct step vmm_step_attach = {
    .name = N_("Attach"),
    .title = N_("Which disk?"),
    .why = N_("The disk is only looked at for now, opened so that nothing can be written. If it turns out to be the wrong one, come back and take another: a wrong choice costs "
              "a minute. Before anything is written you type the disk's name."),
    .line = STEP_ATTACH,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_DISKS) | WAITS(JOB_PROBE),
    .enter = enter, .passes = passes, .body = body, .more = more, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back, .ended = ended,
    .actions = actions,
};
