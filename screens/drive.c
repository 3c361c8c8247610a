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

static const char *product(const json_t *win) { return vmm_s(win, "product")[0] ? vmm_s(win, "product") : _("a Windows whose name cannot be read"); }

static char *windows_text(const json_t *win, bool with_letter) {
    struct vmm_buf b = {0};
    const char *computer = vmm_s(win, "computer"), *letter = vmm_s(win, "letter");
    vmm_buf_str(&b, product(win));
    if (vmm_int(win, "build")) vmm_buf_fmt(&b, _(", build %d.%d"), vmm_int(win, "build"), vmm_int(win, "ubr"));
    if (computer[0]) vmm_buf_fmt(&b, _(", computer %s"), computer);
    if (letter[0] && with_letter) vmm_buf_fmt(&b, _(", calls itself %s"), letter);
    return vmm_buf_steal(&b);
}

/* ---- the list, where there are several ---- */
static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    const json_t *win = json_array_get(windows_list(w), i);
    char *shut = vmm_day_and_time(vmm_s(win, "last_shutdown")), *all = windows_text(win, true);
    vmm_call(out, vmm_s(win, "computer"), product(win));
    if (vmm_int(win, "build")) out->cell[0] = vmm_printf(_("build %d.%d"), vmm_int(win, "build"), vmm_int(win, "ubr"));
    if (vmm_int(win, "partition") > 0) out->cell[1] = vmm_printf(_("partition %d"), vmm_int(win, "partition"));
    if (vmm_s(win, "letter")[0]) out->cell[2] = vmm_printf(_("calls itself %s"), vmm_s(win, "letter"));
    out->hint = shut[0] ? vmm_printf(_("Last shut down %s."), shut) : vmm_strdup(_("When it was shut down last is not known."));
    out->detail = vmm_printf("%s.\n%s %s", all, out->hint, _("Of several, the one that was used last is usually the right one."));
    out->marked = w->drive_row == i;
    free(all);
    free(shut);
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->drive_row = i;
}

/* ---- the tree: disk, partitions, and what stands on each ---- */
static const char *role_text(const char *role) {
    static const char *const roles[][2] = {
        {"esp", N_("EFI boot partition")}, {"msr", N_("reserved by Windows, empty")}, {"recovery", N_("recovery tools")}, {"other", ""}};
    for (size_t i = 0; i < VMM_COUNT(roles); i++)
        if (strcmp(role, roles[i][0]) == 0) return roles[i][1][0] ? _(roles[i][1]) : "";
    return role;
}

static bool has(const json_t *list, int partition) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (vmm_int(json_array_get(list, i), "partition") == partition) return true;
    return false;
}

/* What an ordinary partition is for is told by what stands on it. */
static const char *purpose(const struct wizard *w, const json_t *p) {
    int number = vmm_int(p, "number");
    if (strcmp(vmm_s(p, "role"), "basic") != 0) return role_text(vmm_s(p, "role"));
    if (has(windows_list(w), number)) return "";
    return has(json_object_get(vmm_scan_of(w), "stores"), number) ? _("boot partition") : _("data");
}

static char *partition_text(const struct wizard *w, const json_t *p) {
    struct vmm_buf b = {0};
    int number = vmm_int(p, "number");
    const char *fs = vmm_s(p, "fs"), *label = vmm_s(p, "label"), *letter = vmm_s(p, "letter");
    if (number > 0) vmm_buf_fmt(&b, _("Partition %d"), number);
    else vmm_buf_str(&b, number < 0 ? _("The boot folder") : vmm_disk_is_folder(w) ? _("The folder") : _("The whole disk"));
    if (vmm_s(p, "size_text")[0] && number > 0) vmm_buf_fmt(&b, ", %s", vmm_s(p, "size_text"));
    if (fs[0] || number > 0) vmm_buf_fmt(&b, ", %s", fs[0] ? fs : _("no file system known"));
    if (purpose(w, p)[0]) vmm_buf_fmt(&b, ", %s", purpose(w, p));
    if (label[0]) vmm_buf_fmt(&b, ", \"%s\"", label);
    if (letter[0]) vmm_buf_fmt(&b, _(", Windows calls it %s"), letter);
    if (json_is_true(json_object_get(p, "active"))) vmm_buf_str(&b, _(", active"));
    return vmm_buf_steal(&b);
}

static void show_health(const struct wizard *w, const json_t *p, struct wizard_text *t) {
    const char *health = vmm_s(p, "health_text"), *accept = vmm_s(json_object_get(p, "repair"), "accept");
    char *text = health[0] ? vmm_sentence(health) : NULL;
    if (text) vmm_text_branch(t, MEAN_WARNING, 2, "%s", text);
    if (text && strcmp(vmm_s(p, "health"), "unreadable") == 0)
        vmm_text_branch(t, MEAN_DIM, 2, "%s", _("Make the copy of the disk again first: it may be damaged on the way. If that does not help, chkdsk on a Windows machine may."));
    if (accept[0]) vmm_text_branch(t, MEAN_DIM, 2, _("Afterwards, from a shell: vmmedic repair %s --snapshot NAME"), vmm_disk_path(w));
    if (strcmp(vmm_s(p, "bitlocker"), "unlocked") == 0) vmm_text_branch(t, MEAN_DIM, 2, "%s", _("encrypted with BitLocker; its key opened it"));
    free(text);
}

static void show_windows(const json_t *win, bool with_letter, struct wizard_text *t) {
    char *text = windows_text(win, with_letter), *shut = vmm_day_and_time(vmm_s(win, "last_shutdown"));
    vmm_text_branch(t, MEAN_TEXT, 2, "%s", text);
    if (shut[0]) vmm_text_branch(t, MEAN_DIM, 2, _("last shut down %s"), shut);
    if (vmm_s(win, "domain")[0])
        vmm_text_branch(t, MEAN_DIM, 2, _("member of %s: its policies may set values again after the repair; then ask who runs that domain"), vmm_s(win, "domain"));
    if (vmm_s(win, "not_told")[0]) vmm_text_branch(t, MEAN_DIM, 2, _("not everything could be told: %s"), vmm_s(win, "not_told"));
    free(shut);
    free(text);
}

static void show_partition(const struct wizard *w, const json_t *p, struct wizard_text *t) {
    int number = vmm_int(p, "number");
    char *text = partition_text(w, p);
    vmm_text_branch(t, MEAN_TEXT, 1, "%s", text);
    free(text);
    show_health(w, p, t);
    size_t i;
    json_t *win, *store;
    json_array_foreach(json_object_get(vmm_scan_of(w), "stores"), i, store) {
        if (vmm_int(store, "partition") != number) continue;
        bool used = strcmp(vmm_s(store, "role"), "boots") == 0;
        vmm_text_branch(t, MEAN_TEXT, 2, used ? _("boot store %s") : _("boot store %s, not used"), vmm_s(store, "path"));
        if (vmm_s(store, "why")[0]) vmm_text_branch(t, MEAN_DIM, 2, "%s", vmm_s(store, "why"));
    }
    json_array_foreach(windows_list(w), i, win)
        if (vmm_int(win, "partition") == number) show_windows(win, !vmm_s(p, "letter")[0], t);
}

/* The sentence that the step is about is seen whatever else scrolls. */
static void show_verdict(const struct wizard *w, struct wizard_text *t) {
    const json_t *verdict = json_object_get(vmm_scan_of(w), "verdict");
    const char *state = vmm_s(verdict, "state");
    enum wizard_meaning mean = strcmp(state, "healthy") == 0 ? MEAN_OK : strcmp(state, "broken") == 0 ? MEAN_BROKEN : MEAN_WARNING;
    char *sentence = vmm_sentence(vmm_s(verdict, "sentence"));
    if (several(w)) vmm_text_add(t, mean, 0, _("About number %zu: %s"), w->drive_row + 1, sentence);
    else vmm_text_add(t, mean, 0, "%s", sentence);
    vmm_text_pin(t);
    free(sentence);
    if (strcmp(state, "no-windows") == 0 && vmm_unlock_locked(w))
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("A volume of it is encrypted with BitLocker; the Windows may be on that one. Its key opens it."));
    else if (strcmp(state, "no-windows") == 0 && !vmm_disk_is_folder(w))
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Is it the OS disk of the VM? A data disk holds no Windows."));
    if (strcmp(state, "no-windows") == 0 && vmm_disk_is_folder(w))
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Is it the folder where the volume with \\Windows is mounted?"));
    if (!vmm_pending(w)) return;
    vmm_text_add(t, MEAN_WARNING, 0, "%s", _("But the interrupted repair still waits to be finished or put back. Do not start Windows from this disk before. Go back to answer."));
    vmm_text_pin(t);
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const json_t *scan = vmm_scan_of(w), *disk = json_object_get(scan, "disk");
    const char *scheme = vmm_s(disk, "scheme"), *format = vmm_s(disk, "format");
    if (scan == NULL) return;
    size_t i;
    json_t *one;
    const char *size = json_integer_value(json_object_get(disk, "size")) ? vmm_s(disk, "size_text") : "";
    vmm_text_add(t, MEAN_HEADING, 0, "%s%s%s%s%s%s%s", vmm_s(disk, "name"), size[0] ? ", " : "", size, format[0] ? ", " : "", format,
                 scheme[0] && strcmp(scheme, "none") ? ", " : "", strcmp(scheme, "none") ? scheme : "");
    json_array_foreach(json_object_get(disk, "partitions"), i, one) show_partition(w, one, t);
    json_array_foreach(json_object_get(scan, "notes"), i, one) {
        char *note = json_is_string(one) ? vmm_sentence(json_string_value(one)) : NULL;
        if (note) vmm_text_add(t, MEAN_DIM, 0, _("Note: %s"), note);
        free(note);
    }
    show_verdict(w, t);
}

/* No Windows is to be seen because the volume that could hold it is locked. */
static bool locked_out(const struct wizard *w) {
    return strcmp(vmm_s(json_object_get(vmm_scan_of(w), "verdict"), "state"), "no-windows") == 0 && vmm_unlock_locked(w);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    const char *state = vmm_s(json_object_get(vmm_scan_of(w), "verdict"), "state");
    if (several(w)) {
        char *takes = vmm_printf(_("takes %zu"), w->drive_row + 1);
        vmm_ask(p, PROMPT_ONE, _("Which Windows cannot be reached?"), takes);
        free(takes);
    } else if (locked_out(w)) {
        vmm_ask(p, PROMPT_NONE, "", _("asks for the key of the encrypted volume"));
    } else if (strcmp(state, "no-windows") == 0) {
        vmm_ask(p, PROMPT_NONE, "", json_array_size(json_object_get(vmm_scan_of(w), "stores")) ? _("shows the boot data all the same") : _("goes back to choose another disk"));
    } else {
        vmm_ask(p, PROMPT_NONE, "", vmm_healthy(w) ? _("shows what was checked") : strcmp(state, "broken") == 0 ? _("goes on to the boot data") : _("goes on, only looking"));
    }
}

static enum move accept(struct wizard *w, const char *text) {
    int number = several(w) ? vmm_int(json_array_get(windows_list(w), w->drive_row), "number") : 0;
    (void)text;
    if (locked_out(w)) {
        vmm_unlock_begin(w, JOB_SCAN);
        return MOVE_STAY;
    }
    if (number == 0 || number == w->windows) return MOVE_NEXT;
    w->want_windows = number; /* the verdict on the screen is another one's: judge this one, then ask again */
    vmm_scan_again(w);
    return MOVE_STAY;
}

static void again(struct wizard *w, size_t i) {
    (void)i;
    vmm_scan_again(w);
}
static void unlock(struct wizard *w, size_t i) {
    (void)i;
    vmm_unlock_begin(w, JOB_SCAN);
}
static const struct wizard_action actions[] = {
    {'u', N_("unlock"), N_("Type the key of a volume that is encrypted with BitLocker."), false, vmm_unlock_locked, unlock},
    {'r', N_("look again"), N_("Read the disk again from the beginning."), false, NULL, again},
    {0}};

const struct step vmm_step_drive = {
    .name = N_("Drive"),
    .title = N_("What is on this disk"),
    .why = N_("Is this the right disk? Compare the computer's name and the last shutdown. Nothing has been written, and going back costs nothing. "
              "Repairing the wrong Windows would leave yours as broken as before."),
    .why_waiting = N_("The disk is opened in a small machine of its own, read-only, so that nothing on it can harm this one. Where the processor does not help (KVM), starting that takes "
                      "10 to 25 seconds. You can go back and read meanwhile; the look goes on."),
    .line = STEP_DRIVE,
    .needs = JOB_SCAN,
    .waits = WAITS(JOB_SCAN) | WAITS(JOB_SESSIONS),
    .enter = enter, .body = body, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .ended = ended, .actions = actions,
};
