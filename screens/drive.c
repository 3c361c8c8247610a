/* Step Drive: what is on the disk, and in one sentence what is wrong with it. Where a disk has several Windows, one is chosen here.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static const json_t *windows_list(const struct wizard *w) { return json_object_get(vmm_scan_of(w), "windows"); }
static bool several(const struct wizard *w) { return json_array_size(windows_list(w)) > 1; }

/* Takes up what the scan found: an interrupted repair goes first; the Windows that the scan judged is the chosen one. */
static void look(struct wizard *w) {
    if (vmm_scan_of(w) == NULL) return;
    if (vmm_pending(w) && !w->pending_seen) {
        vmm_move(w, MOVE_ASIDE);
        return;
    }
    if (w->windows) return;
    w->windows = vmm_int(vmm_scan_of(w), "chosen_windows");
    if (w->windows == 0) w->windows = vmm_int(json_array_get(windows_list(w), 0), "number");
    for (size_t i = 0; i < json_array_size(windows_list(w)); i++)
        if (vmm_int(json_array_get(windows_list(w), i), "number") == w->windows) w->drive_row = i;
}

/* In use: perhaps by another vmmedic that writes. Then it is followed. */
static void ended(struct wizard *w, enum job_kind kind) {
    const struct job *j = &w->job[JOB_SCAN];
    bool in_use = j->failed && j->err.code == VMM_E_IN_USE;
    if (kind == JOB_SCAN && in_use) {
        vmm_job_forget(w, JOB_SESSIONS); /* the step waits for the new list */
        vmm_post(w, JOB_SESSIONS, json_object());
    } else if (kind == JOB_SCAN) {
        look(w);
    } else if (kind == JOB_SESSIONS && in_use && vmm_somebody_writes(w)) {
        vmm_move(w, MOVE_ASIDE);
    }
}

static void enter(struct wizard *w) {
    const struct job *j = &w->job[JOB_SCAN];
    if (j->result == NULL && !j->running && !j->failed) vmm_scan_again(w);
    if (j->failed) ended(w, JOB_SCAN); /* it failed while another step was shown */
    look(w);
}

static size_t count(const struct wizard *w) { return several(w) ? json_array_size(windows_list(w)) : 0; }

static char *windows_text(const json_t *win) {
    struct vmm_buf b = {0};
    const char *product = vmm_s(win, "product"), *computer = vmm_s(win, "computer"), *letter = vmm_s(win, "letter");
    vmm_buf_str(&b, product[0] ? product : _("a Windows whose name cannot be read"));
    if (vmm_int(win, "build")) vmm_buf_fmt(&b, _(", build %d.%d"), vmm_int(win, "build"), vmm_int(win, "ubr"));
    if (computer[0]) vmm_buf_fmt(&b, _(", computer %s"), computer);
    if (vmm_int(win, "partition") > 0) vmm_buf_fmt(&b, _(", on partition %d"), vmm_int(win, "partition"));
    if (letter[0]) vmm_buf_fmt(&b, _(", calls itself %s"), letter);
    return vmm_buf_steal(&b);
}

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    const json_t *win = json_array_get(windows_list(w), i);
    out->text = windows_text(win);
    out->marked = w->drive_row == i;
    const char *shut = vmm_s(win, "last_shutdown");
    if (shut[0]) out->detail = vmm_printf(_("Last shut down: %s. Of several, the one that was used last is usually the right one."), shut);
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->drive_row = i;
}

static const char *role_text(const char *role) {
    static const char *const roles[][2] = {
        {"esp", N_("EFI boot partition")}, {"msr", N_("reserved by Windows, empty")}, {"recovery", N_("recovery tools")}, {"basic", N_("data or Windows")}, {"other", ""}};
    for (size_t i = 0; i < VMM_COUNT(roles); i++)
        if (strcmp(role, roles[i][0]) == 0) return roles[i][1][0] ? _(roles[i][1]) : "";
    return role;
}

static void partition(const struct wizard *w, const json_t *p, struct wizard_text *t) {
    struct vmm_buf b = {0};
    int number = vmm_int(p, "number");
    const char *fs = vmm_s(p, "fs"), *label = vmm_s(p, "label"), *health = vmm_s(p, "health_text"), *letter = vmm_s(p, "letter");
    if (number > 0) vmm_buf_fmt(&b, _("Partition %d"), number);
    else vmm_buf_str(&b, number < 0 ? _("The boot folder") : vmm_disk_is_folder(w) ? _("The folder") : _("The whole disk"));
    if (vmm_s(p, "size_text")[0] && number > 0) vmm_buf_fmt(&b, ", %s", vmm_s(p, "size_text"));
    if (fs[0] || number > 0) vmm_buf_fmt(&b, ", %s", fs[0] ? fs : _("no file system known"));
    if (role_text(vmm_s(p, "role"))[0]) vmm_buf_fmt(&b, ", %s", role_text(vmm_s(p, "role")));
    if (label[0]) vmm_buf_fmt(&b, ", \"%s\"", label);
    if (letter[0]) vmm_buf_fmt(&b, _(", Windows calls it %s"), letter);
    if (json_is_true(json_object_get(p, "active"))) vmm_buf_str(&b, _(", active"));
    vmm_text_add(t, MEAN_TEXT, 2, "%s", (const char *)b.data);
    vmm_buf_free(&b);
    if (health[0]) vmm_text_add(t, MEAN_WARNING, 4, "%s", health);
    size_t i;
    json_t *win, *store;
    json_array_foreach(json_object_get(vmm_scan_of(w), "stores"), i, store) {
        if (vmm_int(store, "partition") != number) continue;
        const char *why = vmm_s(store, "why");
        vmm_text_add(t, MEAN_TEXT, 4, why[0] ? _("boot store %s (%s)") : _("boot store %s"), vmm_s(store, "path"), why);
    }
    json_array_foreach(windows_list(w), i, win) {
        if (vmm_int(win, "partition") != number) continue;
        char *text = windows_text(win);
        vmm_text_add(t, MEAN_TEXT, 4, "%s", text);
        free(text);
        if (vmm_s(win, "last_shutdown")[0]) vmm_text_add(t, MEAN_DIM, 6, _("last shut down %s"), vmm_s(win, "last_shutdown"));
        if (vmm_s(win, "domain")[0]) vmm_text_add(t, MEAN_DIM, 6, _("member of %s: policies from there may set values again after the repair"), vmm_s(win, "domain"));
    }
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const json_t *scan = vmm_scan_of(w), *disk = json_object_get(scan, "disk"), *verdict = json_object_get(scan, "verdict");
    const char *state = vmm_s(verdict, "state"), *scheme = vmm_s(disk, "scheme"), *format = vmm_s(disk, "format");
    if (scan == NULL) return;
    size_t i;
    json_t *one;
    const char *size = json_integer_value(json_object_get(disk, "size")) ? vmm_s(disk, "size_text") : "";
    vmm_text_add(t, MEAN_HEADING, 0, "%s%s%s%s%s%s%s", vmm_s(disk, "name"), size[0] ? ", " : "", size, format[0] ? ", " : "", format,
                 scheme[0] && strcmp(scheme, "none") ? ", " : "", strcmp(scheme, "none") ? scheme : "");
    json_array_foreach(json_object_get(disk, "partitions"), i, one) partition(w, one, t);
    json_array_foreach(json_object_get(scan, "notes"), i, one) {
        if (json_is_string(one)) vmm_text_add(t, MEAN_TEXT, 0, _("Note: %s"), json_string_value(one));
    }
    enum wizard_meaning mean = strcmp(state, "healthy") == 0 ? MEAN_OK : strcmp(state, "broken") == 0 ? MEAN_BROKEN : MEAN_WARNING;
    if (several(w)) vmm_text_add(t, MEAN_TEXT, 0, _("Several Windows are on this disk. About number %zu:"), w->drive_row + 1);
    vmm_text_add(t, mean, 0, "%s", vmm_s(verdict, "sentence"));
    if (vmm_pending(w)) vmm_text_add(t, MEAN_WARNING, 0, "%s", _("But the interrupted repair still waits to be finished or put back. Do not start Windows from this disk before. Go back to answer."));
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    const char *state = vmm_s(json_object_get(vmm_scan_of(w), "verdict"), "state");
    if (several(w)) {
        char *takes = vmm_printf(_("takes %zu"), w->drive_row + 1);
        vmm_ask(p, PROMPT_ONE, _("Which Windows cannot be reached?"), takes);
        free(takes);
    } else if (strcmp(state, "no-windows") == 0) {
        vmm_ask(p, PROMPT_NONE, "", json_array_size(json_object_get(vmm_scan_of(w), "stores")) ? _("shows the boot data all the same") : _("goes back to choose another disk"));
    } else {
        vmm_ask(p, PROMPT_NONE, "", vmm_healthy(w) ? _("shows what was checked") : strcmp(state, "broken") == 0 ? _("goes on to the boot data") : _("goes on, only looking"));
    }
}

static enum move accept(struct wizard *w, const char *text) {
    int number = several(w) ? vmm_int(json_array_get(windows_list(w), w->drive_row), "number") : 0;
    (void)text;
    if (number == 0 || number == w->windows) return MOVE_NEXT;
    w->want_windows = number; /* the verdict on the screen is another one's: judge this one, then ask again */
    vmm_scan_again(w);
    return MOVE_STAY;
}

static void again(struct wizard *w, size_t i) {
    (void)i;
    vmm_scan_again(w);
}
static const struct wizard_action actions[] = {
    {'r', N_("look again"), N_("Read the disk again from the beginning."), false, NULL, again},
    {0}};

const struct step vmm_step_drive = {
    .name = N_("Drive"),
    .title = N_("What is on this disk"),
    .why = N_("Here you see whether this is the right disk: compare the computer's name and the date of the last shutdown. Nothing has been written, and going back costs nothing. "
              "Repairing the wrong Windows would leave yours as broken as before."),
    .line = STEP_DRIVE,
    .needs = JOB_SCAN,
    .waits = WAITS(JOB_SCAN) | WAITS(JOB_SESSIONS),
    .enter = enter, .body = body, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .ended = ended, .actions = actions,
};
