/* Step Fixes: every fix with its verdict for this disk and the evidence. The needed ones are ticked; what lowers security never is.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/fix_rows.h"

static const struct {
    const char *cell;    /* N_(): beside a row that has no risk to name; NULL */
    enum wizard_meaning mean;
} groups[FIX_GROUPS] = {
    [FIX_CANNOT_TELL] = {N_("could not be told"), MEAN_WARNING},
    [FIX_REPORT] = {N_("to know"), MEAN_TEXT},
    [FIX_IN_ORDER] = {N_("in order"), MEAN_OK},
};

static const json_t *all(const struct wizard *w) { return json_object_get(vmm_scan_of(w), "fixes"); }

static bool can_lower(const json_t *fix) { return json_is_true(json_object_get(fix, "lowers_security")); }

static size_t count(const struct wizard *w) {
    struct fix_rows r;
    if (w->fixes_ask != FIXES_LIST || w->password.asks) return 0;
    vmm_fix_rows(w, &r);
    return r.count;
}

static struct fix_row row_at(const struct wizard *w, size_t row) {
    struct fix_rows r;
    vmm_fix_rows(w, &r);
    return row < r.count ? r.row[row] : (struct fix_row){0};
}

static void reg_item(const struct wizard *w, struct wizard_item *out) {
    out->text = w->reg_file ? vmm_printf(_("Changes from %s"), w->reg_file) : vmm_strdup(_("Changes from a .reg file"));
    out->hint = vmm_strdup(w->reg_file ? _("The next step shows what it would change. o names another file.") : _("You type its path; the next step shows what it would change."));
    out->detail = vmm_strdup(_("A registry file as Windows exports it. Its changes are shown, written, read back and undone like those of any fix. CurrentControlSet in it means the "
                               "control set that boots. A line that cannot be done is named with its number, and then nothing of the file is taken."));
    out->marked = w->reg_on;
    out->group = _("Your own");
}

/* The first thing found that a row has room for. */
static char *evidence_hint(const json_t *fix) {
    const json_t *evidence = json_object_get(fix, "evidence");
    for (size_t i = 0; i < json_array_size(evidence); i++) {
        const char *text = json_string_value(json_array_get(evidence, i));
        char *cut = text ? vmm_fitting(text, WIZARD_HINT) : NULL;
        if (cut && strcmp(cut, text) == 0) return cut;
        free(cut);
    }
    const char *first = json_string_value(json_array_get(evidence, 0));
    return first ? vmm_fitting(first, WIZARD_HINT) : vmm_strdup(_("Nothing was noted about it; d tells what it does."));
}

static char *details(const struct wizard *w, const json_t *fix) {
    struct vmm_buf b = {0};
    const json_t *evidence = json_object_get(fix, "evidence");
    const char *options = vmm_s(w->options, vmm_s(fix, "id"));
    for (size_t i = 0; i < json_array_size(evidence); i++)
        if (json_is_string(json_array_get(evidence, i))) vmm_buf_fmt(&b, "%s\n", json_string_value(json_array_get(evidence, i)));
    if (vmm_s(fix, "risk")[0]) vmm_buf_fmt(&b, _("Risk: %s\n"), vmm_risk_text(vmm_s(fix, "risk")));
    if (vmm_fix_group(fix) != FIX_REPORT)
        vmm_buf_str(&b, _("To undo: the files it changes are kept first. u on the last screen, or \"vmmedic undo\" later, puts them back bit for bit.\n"));
    if (options[0]) vmm_buf_fmt(&b, _("Options: %s\n"), options);
    if (can_lower(fix))
        vmm_buf_str(&b, _("Warning: this makes the VM easier to attack. Take it only to get in, and take it back afterwards; Finish shows how.\n"));
    return vmm_buf_steal(&b);
}

static void item(const struct wizard *w, size_t row, struct wizard_item *out) {
    struct fix_rows r;
    vmm_fix_rows(w, &r);
    const json_t *fix = r.row[row].fix;
    size_t g = vmm_fix_group(fix);
    if (fix == NULL && r.row[row].family == NULL) {
        reg_item(w, out);
        return;
    }
    out->group = row < r.needed ? _("Needed: it keeps people out") : _("Others, by family");
    if (fix == NULL) {
        vmm_fix_family_item(w, r.row[row].family, out);
        return;
    }
    out->level = row >= r.needed;
    const char *options = vmm_s(w->options, vmm_s(fix, "id")), *summary = vmm_s(fix, "summary"), *risk = vmm_s(fix, "risk"), *blocked = vmm_s(fix, "blocked_by");
    vmm_call(out, vmm_s(fix, "id"), vmm_s(fix, "title"));
    bool lowers = can_lower(fix);
    if (summary[0]) out->cell[0] = vmm_strdup(summary);
    if (options[0]) out->cell[1] = vmm_printf(_("with %s"), options);
    if (groups[g].cell) out->cell[2] = vmm_strdup(_(groups[g].cell));
    else if (risk[0]) out->cell[2] = vmm_printf(lowers ? _("risk %s, LOWERS SECURITY") : _("risk %s"), vmm_risk_text(risk));
    else if (lowers) out->cell[2] = vmm_strdup(_("LOWERS SECURITY"));
    out->cell_mean[2] = groups[g].cell ? groups[g].mean : lowers ? MEAN_WARNING : MEAN_TEXT;
    char *detail = details(w, fix);
    if (detail[0]) out->detail = detail;
    else free(detail);
    if (blocked[0]) out->refused = vmm_sentence(blocked);
    else if (g == FIX_REPORT) out->refused = vmm_strdup(_("It only tells you something; there is nothing to change."));
    out->hint = blocked[0] ? vmm_fitting(out->refused, WIZARD_HINT) : evidence_hint(fix);
    out->marked = vmm_fix_ticked(w, fix);
}

static void mark(struct wizard *w, size_t row, bool on) {
    struct fix_row r = row_at(w, row);
    const char *id = vmm_s(r.fix, "id");
    if (r.family == NULL) {
        w->reg_on = on && w->reg_file;
        if (on && !w->reg_file) w->fixes_ask = FIXES_REG;
    } else if (r.fix == NULL) {
        if (on) vmm_fix_turn_over(w, r.family);
    } else if (on) json_object_set_new(w->ticks, id, json_true());
    else json_object_del(w->ticks, id);
}

static void tick_needed(struct wizard *w) {
    json_object_clear(w->ticks);
    for (size_t i = 0; i < json_array_size(all(w)); i++) {
        const json_t *fix = json_array_get(all(w), i);
        if (vmm_fix_group(fix) == FIX_NEEDED && !vmm_s(fix, "blocked_by")[0] && !can_lower(fix))
            json_object_set_new(w->ticks, vmm_s(fix, "id"), json_true());
    }
}

static void enter(struct wizard *w) {
    w->fixes_ask = FIXES_LIST;
    vmm_password_forget(w);
    vmm_fix_open_chosen(w);
    if (w->ticked_once) return;
    tick_needed(w);
    w->ticked_once = true;
}

static void body(const struct wizard *w, struct wizard_text *t) {
    size_t needed = 0, blocked = 0, lowers = 0, left_out = 0;
    if (w->password.asks) vmm_password_body(w, t);
    if (w->fixes_ask != FIXES_LIST || w->password.asks) return;
    for (size_t i = 0; i < json_array_size(all(w)); i++) {
        const json_t *fix = json_array_get(all(w), i);
        if (vmm_fix_group(fix) != FIX_NEEDED) continue;
        needed++;
        if (vmm_s(fix, "blocked_by")[0]) blocked++;
        else if (can_lower(fix)) lowers++;
        else if (!vmm_fix_ticked(w, fix)) left_out++;
    }
    if (needed == 0) vmm_text_add(t, MEAN_OK, 0, "%s", _("None of the fixes is needed on this disk. You may still choose some."));
    else if (blocked + lowers + left_out == 0) vmm_text_add(t, MEAN_TEXT, 0, ngettext("%zu fix is needed. It is chosen already.", "%zu fixes are needed. They are chosen already.", needed), needed);
    else if (left_out) vmm_text_add(t, MEAN_WARNING, 0, ngettext("%zu fix is needed, and it is not chosen now. Type n to choose it.", "%zu fixes are needed, and not all of them are chosen now. Type n to choose them.", needed), needed);
    else vmm_text_add(t, MEAN_TEXT, 0, ngettext("%zu fix is needed.", "%zu fixes are needed. The safe ones are chosen already.", needed), needed);
    if (blocked) vmm_text_add(t, MEAN_WARNING, 0, ngettext("%zu cannot be done now.", "%zu cannot be done now.", blocked), blocked);
    if (lowers) vmm_text_add(t, MEAN_WARNING, 0, ngettext("%zu lowers security, and is not chosen for you.", "%zu lower security, and are not chosen for you.", lowers), lowers);
}

/* "takes 1 2": what Enter alone takes. */
static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    if (w->password.asks) {
        vmm_password_prompt(w, p);
        return;
    }
    if (w->fixes_ask == FIXES_REG) {
        vmm_ask(p, PROMPT_LINE, _("The path of the .reg file:"), _("goes back"));
        p->typed = w->reg_typed;
        return;
    }
    if (w->fixes_ask == FIXES_OPTIONS) {
        char *question = vmm_printf(_("Options for %s, as name=value with commas between:"), w->option_fix);
        vmm_ask(p, PROMPT_LINE, question, _("takes the usual values"));
        free(question);
        return;
    }
    struct vmm_buf b = {0};
    struct fix_rows r;
    size_t n = 0;
    vmm_fix_rows(w, &r);
    for (size_t i = 0; i < r.count; i++) {
        if (r.row[i].fix ? !vmm_fix_ticked(w, r.row[i].fix) : r.row[i].family || !w->reg_on) continue;
        vmm_buf_fmt(&b, " %zu", i + 1);
        n++;
    }
    char *takes = n ? vmm_printf(_("takes%s"), (const char *)b.data) : vmm_strdup(_("goes on with none"));
    vmm_ask(p, PROMPT_MANY, "", takes);
    free(takes);
    vmm_buf_free(&b);
}

/* Every part is name=value. What the names and values may be, the plan says. */
static bool are_options(const char *text) {
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ","), name = strcspn(p, "=,");
        if (name == 0 || name == n) return false;
        p += n;
        if (*p == 0) return true;
    }
}

/* The file is read at once, so that a wrong path or line is told where it can be mended. */
static enum move take_reg(struct wizard *w, const char *text, bool blank) {
    if (blank) {
        w->fixes_ask = FIXES_LIST;
        return MOVE_STAY;
    }
    char *real = realpath(text, NULL);
    json_t *r = json_object(), *files = json_array();
    vmm_set(&w->reg_typed, text);
    json_array_append_new(files, vmm_json_text(real ? real : text));
    json_object_set_new(r, "reg", files);
    if (w->windows) json_object_set_new(r, "windows", json_integer(w->windows));
    vmm_post(w, JOB_PLAN, r);
    free(real);
    return MOVE_STAY;
}

static void reg_read(struct wizard *w) {
    const struct job *j = &w->job[JOB_PLAN];
    if (w->fixes_ask != FIXES_REG) return;
    if (j->failed) {
        vmm_text_error(&w->said, &j->err);
        return;
    }
    size_t n = json_array_size(json_object_get(j->result, "changes"));
    char *real = realpath(w->reg_typed, NULL);
    vmm_set(&w->reg_file, real ? real : w->reg_typed);
    free(real);
    w->reg_on = true;
    w->fixes_ask = FIXES_LIST;
    if (n) vmm_say(w, MEAN_TEXT, ngettext("The file asks for %zu change. The next step shows it.", "The file asks for %zu changes. The next step shows them.", n), n);
    else vmm_say(w, MEAN_TEXT, "%s", _("The disk already is as that file wants it."));
    if (json_is_true(json_object_get(j->result, "lowers_security"))) vmm_say(w, MEAN_WARNING, "%s", _("Warning: something in that file makes the VM easier to attack."));
}

static enum move accept(struct wizard *w, const char *text) {
    if (w->password.asks) return vmm_password_accept(w, text);
    bool blank = text[strspn(text, " ")] == 0;
    if (w->fixes_ask == FIXES_LIST) return vmm_password_begin(w) ? MOVE_STAY : MOVE_NEXT;
    if (w->fixes_ask == FIXES_REG) return take_reg(w, text, blank);
    if (!blank && !are_options(text)) {
        vmm_say(w, MEAN_WARNING, "%s", _("Options are written name=value, with a comma between two."));
        return MOVE_STAY;
    }
    if (!blank) json_object_set_new(w->options, w->option_fix, vmm_json_text(text));
    else json_object_del(w->options, w->option_fix);
    w->fixes_ask = FIXES_LIST;
    return MOVE_STAY;
}

static enum move back(struct wizard *w) {
    if (w->password.asks) return vmm_password_back(w);
    if (w->fixes_ask == FIXES_LIST) return MOVE_BACK;
    w->fixes_ask = FIXES_LIST;
    return MOVE_STAY;
}

/* ---- the catalogue's entry of one fix ---- */
static const json_t *catalogue_entry(const struct job *j) {
    const json_t *fix = json_object_get(j->result, "fix"), *list = json_object_get(j->result, "fixes");
    if (json_is_object(fix)) return fix;
    return json_is_array(list) ? json_array_get(list, 0) : j->result;
}

static size_t say_params(struct wizard *w, const json_t *params) {
    for (size_t i = 0; i < json_array_size(params); i++) {
        const json_t *p = json_array_get(params, i);
        const char *usual = vmm_s(p, "default");
        vmm_text_add(&w->said, MEAN_TEXT, 2, usual[0] ? _("Option %s=%s. %s Usually: %s") : _("Option %s=%s. %s"), vmm_s(p, "name"), vmm_s(p, "values"), vmm_s(p, "help"), usual);
    }
    return json_array_size(params);
}

static void ended(struct wizard *w, enum job_kind kind) {
    static const struct {
        const char *key, *label;
    } parts[] = {{"symptom", N_("Seen when: %s")}, {"what", N_("What it does: %s")}, {"risk_text", N_("About the risk: %s")}, {"differs", N_("Other than the article: %s")},
                 {"undo", N_("To take it back: %s")}, {"article", N_("Article: %s")}};
    const struct job *j = &w->job[JOB_FIX];
    if (kind == JOB_PLAN) reg_read(w);
    if (kind != JOB_FIX) return;
    if (j->failed) {
        vmm_text_error(&w->said, &j->err);
        return;
    }
    const json_t *fix = catalogue_entry(j), *params = json_object_get(fix, "params");
    if (w->fixes_ask == FIXES_OPTIONS) { /* what can be typed, before it is asked for */
        if (say_params(w, params)) return;
        vmm_say(w, MEAN_TEXT, _("%s has no options."), w->option_fix);
        w->fixes_ask = FIXES_LIST;
        return;
    }
    for (size_t i = 0; i < VMM_COUNT(parts); i++) {
        if (!vmm_s(fix, parts[i].key)[0]) continue;
        char *line = vmm_printf(_(parts[i].label), vmm_s(fix, parts[i].key));
        vmm_text_block(&w->said, MEAN_TEXT, 2, line);
        free(line);
    }
    say_params(w, params);
}

static bool listing(const struct wizard *w) { return count(w) > 0; } /* none while something is typed */
static void show_details(struct wizard *w, size_t row) {
    struct fix_row r = row_at(w, row);
    vmm_wizard_explain(w, (long)row);
    if (r.fix) vmm_post(w, JOB_FIX, json_pack("{s:s}", "fix", vmm_s(r.fix, "id")));
}
static void only_needed(struct wizard *w, size_t row) {
    json_t *before = json_copy(w->ticks);
    (void)row;
    tick_needed(w);
    if (json_equal(before, w->ticks)) vmm_say(w, MEAN_TEXT, "%s", _("Nothing changed: the needed fixes that can be chosen for you are chosen already, and no others."));
    json_decref(before);
}
/* All families open, or those shut that need not be open. */
static void every(struct wizard *w, size_t row) {
    struct fix_rows r;
    bool shut = false;
    (void)row;
    vmm_fix_rows(w, &r);
    for (size_t i = 0; i < r.count; i++) {
        if (r.row[i].fix || r.row[i].family == NULL || json_object_get(w->open, r.row[i].family)) continue;
        json_object_set_new(w->open, r.row[i].family, json_true());
        shut = true;
    }
    if (shut) return;
    json_object_clear(w->open);
    vmm_fix_open_chosen(w);
}
static void set_option(struct wizard *w, size_t row) {
    struct fix_row r = row_at(w, row);
    if (r.family && r.fix == NULL) {
        vmm_say(w, MEAN_TEXT, "%s", _("That row is a family. Options belong to a fix."));
        return;
    }
    w->fixes_ask = r.fix ? FIXES_OPTIONS : FIXES_REG;
    if (r.fix == NULL) return;
    vmm_set(&w->option_fix, vmm_s(r.fix, "id"));
    vmm_post(w, JOB_FIX, json_pack("{s:s}", "fix", w->option_fix));
}
static const struct wizard_action actions[] = {
    {'d', N_("details"), N_("Everything about a fix, d 2 about row 2: evidence, what it does, its risk, how to take it back, its options."), true, listing, show_details},
    {'n', N_("needed"), N_("Choose the needed ones and nothing else."), false, listing, only_needed},
    {'e', N_("all"), N_("Open every family; again: shut them."), false, listing, every},
    {'o', N_("options"), N_("Options of a fix, o 2 of row 2, for those who know them; on the last row another .reg file."), true, listing, set_option},
    {0}};

const struct step vmm_step_fixes = {
    .name = N_("Fixes"),
    .title = N_("Choose the fixes"),
    .why = N_("i tells what was found on this disk. What is not needed is never chosen for you. A wrong choice costs little: every change is shown before anything is written, "
              "and can be undone."),
    .line = STEP_FIXES,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_FIX) | WAITS(JOB_PLAN),
    .enter = enter, .body = body, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back, .ended = ended, .actions = actions,
};
