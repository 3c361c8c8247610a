/* Step Preview: exactly what would be written, before and after, and the same as the commands that people know. Nothing is written yet.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/forms.h"

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

json_t *vmm_plan_request(const struct wizard *w) {
    json_t *r = json_object();
    json_object_set_new(r, "fixes", chosen(w));
    if (w->reg_on) json_object_set_new(r, "reg", json_pack("[o]", vmm_json_text(w->reg_file)));
    if (w->windows) json_object_set_new(r, "windows", json_integer(w->windows));
    if (w->store && vmm_int(vmm_windows_of(w), "store") == 0) json_object_set_new(r, "store", json_integer(w->store)); /* Boot said that this is how it is chosen */
    return r;
}

static void enter(struct wizard *w) {
    json_t *r = vmm_plan_request(w);
    bool none = json_array_size(json_object_get(r, "fixes")) == 0 && !w->reg_on, same = vmm_password_held(w, r); /* a plan with a password cannot be asked for again */
    vmm_forms_enter(w);
    if (!same) vmm_job_forget(w, JOB_PLAN);
    if (none || same) {
        json_decref(r);
        return;
    }
    vmm_password_add(w, r);
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
    if (ids) vmm_text_add(t, MEAN_WARNING, 0, _("Warning: needed, but not chosen: %s. Without that the VM stays as it is. To choose it, go back to the fixes."), ids);
    else if (!anything_chosen && vmm_anything_needed(w)) vmm_text_add(t, MEAN_WARNING, 0, "%s", _("A fix that is needed was not chosen. Go back to choose it."));
    if (ids || (!anything_chosen && vmm_anything_needed(w))) vmm_text_pin(t);
    free(ids);
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const json_t *plan = w->job[JOB_PLAN].result;
    size_t n = json_array_size(json_object_get(plan, "changes"));
    if (w->job[JOB_PLAN].running) return;
    if (vmm_forms_asking(w)) {
        vmm_forms_body(w, t);
        return;
    }
    if (plan == NULL || n == 0) {
        vmm_text_add(t, MEAN_OK, 0, "%s", plan == NULL ? _("No fix is chosen, so there is nothing to do.") : _("There is nothing to do: the disk already is as the chosen fixes want it."));
        vmm_text_pin(t);
        if (plan == NULL) warn_left_out(w, t, false);
        return;
    }
    vmm_text_add(t, MEAN_TEXT, 0, ngettext("%zu change. This is all that will be written, and nothing has been written yet. A line with - is what is there now, + what comes.",
                                           "%zu changes. This is all that will be written, and nothing has been written yet. A line with - is what is there now, + what comes.", n), n);
    const json_t *replay;
    size_t i;
    json_array_foreach(json_object_get(plan, "replays"), i, replay)
        vmm_text_add(t, MEAN_TEXT, 0, _("Along with them: %s: %s. Windows would write that too."), vmm_s(replay, "store"), vmm_s(replay, "text"));
    warn_left_out(w, t, true);
    if (vmm_s(plan, "recovery_key")[0]) {
        vmm_text_add(t, MEAN_WARNING, 0, "%s", vmm_s(plan, "recovery_key"));
        vmm_text_pin(t);
    }
    if (json_is_true(json_object_get(plan, "lowers_security"))) {
        vmm_text_add(t, MEAN_WARNING, 0, "%s", _("Warning: one of these changes LOWERS SECURITY, it makes the VM easier to attack. Take it back as soon as you are in."));
        vmm_text_pin(t);
    }
}

/* ---- the changes ---- */
static const json_t *changes(const struct wizard *w) { return w->job[JOB_PLAN].running ? NULL : json_object_get(w->job[JOB_PLAN].result, "changes"); }

static size_t count(const struct wizard *w) { return vmm_forms_asking(w) ? vmm_forms_count(w) : json_array_size(changes(w)); }

/* Changes of the same store stand together, in the order in which the stores come first. */
static const json_t *change_at(const struct wizard *w, size_t row) {
    const json_t *list = changes(w);
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++) {
        const char *store = vmm_s(json_array_get(list, i), "store");
        bool first = true;
        for (size_t k = 0; k < i; k++) first = first && strcmp(vmm_s(json_array_get(list, k), "store"), store) != 0;
        for (size_t k = i; first && k < n; k++)
            if (strcmp(vmm_s(json_array_get(list, k), "store"), store) == 0 && row-- == 0) return json_array_get(list, k);
    }
    return NULL;
}

static void add_stored(struct vmm_buf *b, const char *format, const json_t *data) {
    if (!json_is_object(data) || strcmp(vmm_s(data, "type"), "file") == 0) return; /* of a file every line is shown */
    char *raw = vmm_fitting(vmm_s(data, "raw"), 64);
    vmm_buf_fmt(b, format, vmm_s(data, "type"), raw);
    free(raw);
}

/* The exact place comes first: plain text prints that line with the change. */
static char *details(const json_t *change) {
    struct vmm_buf b = {0};
    vmm_buf_fmt(&b, "%s\n", vmm_s(change, "place"));
    vmm_buf_fmt(&b, _("It stands in %s.\n"), vmm_s(change, "store"));
    if (json_is_true(json_object_get(change, "secret"))) vmm_buf_fmt(&b, "%s\n", _("The password is shown as ********, however long it is. It is written to this file only."));
    if (vmm_s(change, "why")[0]) vmm_buf_fmt(&b, "%s\n", vmm_s(change, "why"));
    add_stored(&b, _("Stored now: %s %s\n"), json_object_get(change, "before"));
    add_stored(&b, _("Stored then: %s %s\n"), json_object_get(change, "after"));
    return vmm_buf_steal(&b);
}

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    if (vmm_forms_asking(w)) {
        vmm_forms_item(w, i, out);
        return;
    }
    const json_t *c = change_at(w, i);
    const char *risk = vmm_s(c, "risk"), *why = vmm_s(c, "why"), *windows = vmm_s(c, "windows");
    char *where = vmm_change_where(c);
    *out = (struct wizard_item){.reading = true, .group = vmm_s(c, "store")};
    vmm_call(out, vmm_s(c, "fix"), where);
    out->before = vmm_strdup(vmm_change_value(c, false));
    out->after = vmm_strdup(vmm_change_value(c, true));
    out->hint = why[0] ? vmm_fitting(why, WIZARD_HINT) : NULL;
    out->detail = details(c);
    out->windows = windows[0] ? vmm_strdup(windows) : NULL;
    if (risk[0] && strcmp(risk, "low") != 0) {
        out->cell[0] = vmm_printf(_("risk %s"), vmm_risk_text(risk));
        out->cell_mean[0] = MEAN_WARNING;
    }
    free(where);
}

/* ---- the same on Windows ---- */
static bool uses(const struct wizard *w, const char *words) {
    for (size_t i = 0; i < count(w); i++)
        if (strstr(vmm_s(json_array_get(changes(w), i), "windows"), words)) return true;
    return false;
}

static bool has_way(const struct wizard *w) { return !vmm_forms_asking(w) && uses(w, " "); }
/* The other forms take the place of the plan in the worker, which has the password only there; and none of them could hold it. */
static bool has_forms(const struct wizard *w) {
    return !vmm_forms_asking(w) && count(w) > 0 && !vmm_s(w->job[JOB_PLAN].result, "secret")[0];
}

/* The hives that the lines name as HKLM\BROKENSYSTEM, once each. */
#define HIVES 4
static size_t hives(const struct wizard *w, char names[HIVES][24]) {
    static const char root[] = "HKLM\\BROKEN";
    size_t found = 0;
    for (size_t i = 0; i < count(w) && found < HIVES; i++) {
        const char *at = strstr(vmm_s(json_array_get(changes(w), i), "windows"), root);
        if (at == NULL) continue;
        at += sizeof(root) - 1;
        snprintf(names[found], sizeof(names[found]), "%.*s", (int)strcspn(at, "\\\" "), at);
        size_t k = 0;
        while (strcmp(names[k], names[found]) != 0) k++;
        found += k == found;
    }
    return found;
}

static void windows_way(struct wizard *w, size_t row) {
    char names[HIVES][24];
    size_t loaded = hives(w, names);
    (void)row;
    vmm_say(w, MEAN_HEADING, "%s", _("The same, as one would type it on Windows"));
    vmm_say(w, MEAN_TEXT, "%s", _("There is no need to: vmmedic does it itself. These lines are for those who know them, at a command prompt on a Windows machine that the disk is attached to."));
    if (uses(w, "bcdedit /store"))
        vmm_say(w, MEAN_TEXT, "%s", _("F: stands for the letter which that machine gives to the partition with the boot store."));
    if (loaded)
        vmm_say(w, MEAN_TEXT, _("BROKEN%s stands for the disk's own %s hive, which is loaded under that name first; there F: is the letter of the Windows partition."), names[0], names[0]);
    for (size_t i = 0; i < loaded; i++)
        vmm_text_add(&w->said, MEAN_VERBATIM, 4, "reg load HKLM\\BROKEN%s F:\\Windows\\System32\\config\\%s", names[i], names[i]);
    for (size_t i = 0; i < count(w); i++) {
        const char *way = vmm_s(change_at(w, i), "windows");
        if (way[0]) vmm_text_add(&w->said, MEAN_VERBATIM, 4, "%s", way);
    }
    for (size_t i = 0; i < loaded; i++) vmm_text_add(&w->said, MEAN_VERBATIM, 4, "reg unload HKLM\\BROKEN%s", names[i]);
}
static const struct wizard_action actions[] = {
    {'w', N_("Windows way"), N_("Show the same changes as the commands that one would type on Windows."), false, has_way, windows_way},
    {'c', N_("console"), N_("Show the lines to type in the Serial Console of the running VM instead, and how to check each."), false, has_forms, vmm_forms_serial},
    {'f', N_("to a file"), N_("Save the changes as a .reg file, a batch script, or lines for the Serial Console."), false, has_forms, vmm_forms_file},
    {0}};

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    if (vmm_forms_asking(w)) {
        vmm_forms_prompt(w, p);
        return;
    }
    vmm_ask(p, PROMPT_NONE, "", vmm_plan_has_changes(w) ? _("goes on; the next step asks for the disk's name") : _("leaves"));
}

static enum move accept(struct wizard *w, const char *text) {
    if (vmm_forms_asking(w)) return vmm_forms_accept(w, text);
    return vmm_plan_has_changes(w) ? MOVE_NEXT : MOVE_LEAVE;
}

static enum move back(struct wizard *w) { return vmm_forms_asking(w) ? vmm_forms_back(w) : MOVE_BACK; }

static void ended(struct wizard *w, enum job_kind kind) {
    if (kind == JOB_FORM) vmm_forms_ended(w);
}

const struct step vmm_step_preview = {
    .name = N_("Preview"),
    .title = N_("What would be written"),
    .why = N_("These lines are not a description: they are the changes themselves. What is written later is exactly this, or nothing. If a line surprises you, go back and leave "
              "that fix out; looking costs nothing."),
    .line = STEP_PREVIEW,
    .needs = JOB_PLAN,
    .waits = WAITS(JOB_PLAN) | WAITS(JOB_FORM),
    .enter = enter, .body = body, .count = count, .item = item, .prompt = prompt, .mark = vmm_forms_mark, .accept = accept, .back = back, .ended = ended, .actions = actions,
};
