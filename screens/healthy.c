/* Aside of Drive: nothing on this disk keeps anybody out. What was checked, what could not be, and where to look next.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static void list(struct wizard_text *t, const char *heading, const json_t *array) {
    if (json_array_size(array) == 0) return;
    vmm_text_add(t, MEAN_HEADING, 0, "%s", heading);
    for (size_t i = 0; i < json_array_size(array); i++)
        if (json_is_string(json_array_get(array, i))) vmm_text_add(t, MEAN_TEXT, 2, "%s", json_string_value(json_array_get(array, i)));
}

/* The last repair of this disk that ended well: whoever lost the terminal meanwhile comes back to a healthy disk, and is to know why it is. */
static const json_t *repair(const struct wizard *w) {
    const json_t *list = json_object_get(w->job[JOB_SESSIONS].result, "sessions"), *disk = json_object_get(vmm_scan_of(w), "disk"), *last = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *s = json_array_get(list, i);
        bool same = strcmp(vmm_s(s, "target"), vmm_s(disk, "path")) == 0 && strcmp(vmm_s(s, "disk"), vmm_s(disk, "id")) == 0;
        if (!same || json_is_true(json_object_get(s, "running"))) continue;
        last = !last || strcmp(vmm_s(s, "started"), vmm_s(last, "started")) >= 0 ? s : last;
    }
    return last && strcmp(vmm_s(last, "state"), "done") == 0 ? last : NULL;
}

static void repaired_before(const json_t *s, struct wizard_text *t) {
    char *when = vmm_day_and_time(vmm_s(s, "ended")[0] ? vmm_s(s, "ended") : vmm_s(s, "started"));
    vmm_text_add(t, MEAN_OK, 0, _("vmmedic repaired this disk: %s. Everything was written, read again from the disk and compared. The disk can go back to its VM."), when);
    if (vmm_s(s, "folder")[0]) {
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("The report for the ticket:"));
        vmm_text_add(t, MEAN_VERBATIM, 2, "%s/report.txt", vmm_s(s, "folder"));
    }
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("To undo it, before Windows has run from the disk again:"));
    vmm_text_add(t, MEAN_COMMAND, 2, "vmmedic undo %s", vmm_s(s, "session"));
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("If the VM still cannot be reached, the cause is probably elsewhere: network rules, the password or the host."));
    free(when);
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const json_t *verdict = json_object_get(vmm_scan_of(w), "verdict");
    vmm_text_add(t, MEAN_OK, 0, "%s", vmm_s(verdict, "sentence"));
    vmm_text_pin(t);
    if (repair(w)) repaired_before(repair(w), t);
    else vmm_text_add(t, MEAN_TEXT, 0, "%s", _("No change to it is known to help. The cause is probably elsewhere: network rules, the password or the host. The disk can go back to its VM as it is."));
    list(t, _("Checked, with what was found; none of these fixes is needed:"), json_object_get(verdict, "checked"));
    list(t, _("Could not be checked:"), json_object_get(verdict, "not_checked"));
}

static void more(const struct wizard *w, struct wizard_text *t) {
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Where to look next, if the VM is in Azure:"));
    vmm_cloud_text(w, CLOUD_ELSEWHERE, t);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    (void)w;
    vmm_ask(p, PROMPT_NONE, "", _("leaves"));
}

static enum move accept(struct wizard *w, const char *text) {
    (void)w;
    (void)text;
    return MOVE_LEAVE;
}

static void go_on(struct wizard *w, size_t i) {
    (void)i;
    vmm_move(w, MOVE_NEXT);
}
static void other(struct wizard *w, size_t i) {
    (void)i;
    vmm_move(w, MOVE_OTHER_DISK);
}
static const struct wizard_action actions[] = {
    {'f', N_("fixes all the same"), N_("Go on to the boot data and the fixes all the same, for example to switch on the serial console."), false, NULL, go_on},
    {'n', N_("another disk"), N_("Start again with another disk."), false, NULL, other},
    {'a', N_("names"), N_("Fill in the names of your resource group, VM, recovery VM and disk; the az commands then show them."), false, NULL, vmm_cloud_ask},
    {0}};

const struct step vmm_step_healthy = {
    .name = N_("Healthy"),
    .title = N_("Nothing to repair on this disk"),
    .why = N_("Every setting that vmmedic knows to keep people out was read. Writing to a disk that is in order can only make things worse, so Enter only leaves."),
    .line = STEP_DRIVE,
    .needs = JOB_NONE,
    .body = body, .more = more, .prompt = prompt, .accept = accept, .actions = actions,
};
