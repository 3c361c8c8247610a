/* Step Preview: exactly what would be written, before and after, and the same as the commands that people know. Nothing is written yet.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

/* The ticked fixes that this scan knows and that can be done, as --fix would name them. */
static json_t *chosen(const struct wizard *w) {
    const json_t *list = json_object_get(vmm_scan_of(w), "fixes");
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *fix = json_array_get(list, i);
        const char *id = vmm_s(fix, "id"), *options = vmm_s(w->options, id);
        if (!json_object_get(w->ticks, id) || vmm_s(fix, "blocked_by")[0]) continue;
        char *spec = vmm_printf("%s%s%s", id, options[0] ? ":" : "", options);
        json_array_append_new(out, vmm_json_text(spec));
        free(spec);
    }
    return out;
}

static void enter(struct wizard *w) {
    json_t *fixes = chosen(w);
    vmm_job_forget(w, JOB_PLAN);
    if (json_array_size(fixes) == 0) {
        json_decref(fixes);
        return;
    }
    json_t *r = json_object();
    json_object_set_new(r, "fixes", fixes);
    if (w->windows) json_object_set_new(r, "windows", json_integer(w->windows));
    if (w->store && vmm_int(vmm_windows_of(w), "store") == 0) json_object_set_new(r, "store", json_integer(w->store)); /* Boot said that this is how it is chosen */
    vmm_post(w, JOB_PLAN, r);
}

/* The needed fixes that Fixes ticks by itself and somebody unticked, as "SM01, SM02"; NULL when there is none. For the caller to free. */
static char *left_out(const struct wizard *w) {
    const json_t *list = json_object_get(vmm_scan_of(w), "fixes");
    struct vmm_buf b = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *fix = json_array_get(list, i);
        if (strcmp(vmm_s(fix, "verdict"), "needed") != 0 || vmm_s(fix, "blocked_by")[0] || json_is_true(json_object_get(fix, "lowers_security"))) continue;
        if (json_object_get(w->ticks, vmm_s(fix, "id"))) continue;
        vmm_buf_fmt(&b, "%s%s", b.len ? ", " : "", vmm_s(fix, "id"));
    }
    return b.len ? vmm_buf_steal(&b) : NULL;
}

static void warn_left_out(const struct wizard *w, struct wizard_text *t, bool anything_chosen) {
    char *ids = left_out(w);
    if (ids) vmm_text_add(t, MEAN_WARNING, 0, _("Warning: needed, but not chosen: %s. Without that the VM stays as it is. To choose it, go back and type its number along with the others."), ids);
    else if (!anything_chosen && vmm_anything_needed(w)) vmm_text_add(t, MEAN_WARNING, 0, "%s", _("A fix that is needed was not chosen. Go back to choose it."));
    free(ids);
}

static void diff(struct wizard_text *t, const char *text) {
    char *copy = vmm_strdup(text), *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char first = line[strspn(line, " ")];
        if (rest == NULL && first == 0) break;
        vmm_text_add(t, first == '-' ? MEAN_BEFORE : first == '+' ? MEAN_AFTER : MEAN_VERBATIM, 2, "%s", line);
    }
    free(copy);
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const json_t *plan = w->job[JOB_PLAN].result, *changes = json_object_get(plan, "changes");
    size_t n = json_array_size(changes), ways = 0;
    if (w->job[JOB_PLAN].running) return;
    if (plan == NULL || n == 0) {
        vmm_text_add(t, MEAN_OK, 0, "%s", plan == NULL ? _("No fix is chosen, so there is nothing to do.") : _("There is nothing to do: the disk already is as the chosen fixes want it."));
        if (plan == NULL) warn_left_out(w, t, false);
        return;
    }
    vmm_text_add(t, MEAN_TEXT, 0, ngettext("%zu change. This is all that will be written, and nothing has been written yet. A line with - is what is there now, + what comes.",
                                           "%zu changes. This is all that will be written, and nothing has been written yet. A line with - is what is there now, + what comes.", n), n);
    diff(t, vmm_s(plan, "text"));
    for (size_t i = 0; i < n; i++) {
        const char *way = vmm_s(json_array_get(changes, i), "windows");
        if (!way[0]) continue;
        if (ways++ == 0) vmm_text_add(t, MEAN_TEXT, 0, "%s", _("The same, as one would type it on Windows (vmmedic does it itself):"));
        vmm_text_add(t, MEAN_TEXT, 4, "%s", way);
    }
    warn_left_out(w, t, true);
    if (json_is_true(json_object_get(plan, "lowers_security")))
        vmm_text_add(t, MEAN_WARNING, 0, "%s", _("Warning: one of these changes makes the VM easier to attack. Take it back as soon as you are in."));
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    vmm_ask(p, PROMPT_NONE, "", vmm_plan_has_changes(w) ? _("goes on; the next step asks for the disk's name") : _("leaves"));
}

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    return vmm_plan_has_changes(w) ? MOVE_NEXT : MOVE_LEAVE;
}

const struct step vmm_step_preview = {
    .name = N_("Preview"),
    .title = N_("What would be written"),
    .why = N_("These lines are not a description: they are the changes themselves. What is written later is exactly this, or nothing. If a line surprises you, go back and leave "
              "that fix out; looking costs nothing."),
    .line = STEP_PREVIEW,
    .needs = JOB_PLAN,
    .waits = WAITS(JOB_PLAN),
    .enter = enter, .body = body, .prompt = prompt, .accept = accept,
};
