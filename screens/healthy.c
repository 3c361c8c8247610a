/* Aside of Drive: nothing on this disk keeps anybody out. What was checked, what could not be, and where to look next.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static void list(struct wizard_text *t, const char *heading, const json_t *array) {
    if (json_array_size(array) == 0) return;
    vmm_text_add(t, MEAN_HEADING, 0, "%s", heading);
    for (size_t i = 0; i < json_array_size(array); i++)
        if (json_is_string(json_array_get(array, i))) vmm_text_add(t, MEAN_TEXT, 2, "%s", json_string_value(json_array_get(array, i)));
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const json_t *verdict = json_object_get(vmm_scan_of(w), "verdict");
    vmm_text_add(t, MEAN_OK, 0, "%s", vmm_s(verdict, "sentence"));
    vmm_text_pin(t);
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("No change to it is known to help. The cause is probably elsewhere: network rules, the password or the host. The disk can go back to its VM as it is."));
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
