/* Step Fixes: every fix with its verdict for this disk and the evidence. The needed ones are ticked; what lowers security never is.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"
#include "screens/symptom.h"

/* In the order people see; what belongs to the symptom comes first within its group. */
static const struct {
    const char *verdict; /* the scan's word */
    const char *group;
    enum wizard_meaning mean;
    bool reports; /* it has nothing to change */
} groups[] = {
    {"needed", N_("Needed: this keeps people out"), MEAN_BROKEN, false},
    {"optional", N_("Your choice: helps next time"), MEAN_TEXT, false},
    {"cannot-tell", N_("Could not be told from this disk"), MEAN_WARNING, false},
    {"report", N_("For you to know"), MEAN_TEXT, true},
    {"not-needed", N_("In order already"), MEAN_OK, false},
};

static const json_t *all(const struct wizard *w) { return json_object_get(vmm_scan_of(w), "fixes"); }

static size_t group_of(const json_t *fix) {
    for (size_t g = 0; g < VMM_COUNT(groups); g++)
        if (strcmp(vmm_s(fix, "verdict"), groups[g].verdict) == 0) return g;
    return 2; /* a word we do not know: cannot tell */
}

static bool ticked(const struct wizard *w, const json_t *fix) { return json_object_get(w->ticks, vmm_s(fix, "id")) != NULL; }

static bool fine(const json_t *fix) { return strcmp(vmm_s(fix, "verdict"), "not-needed") == 0; }

/* What is in order already only lengthens the list. Rows never come or go by being chosen: those who ask for one of these see all of them. */
static bool kept_out(const struct wizard *w, const json_t *fix) { return !w->every_fix && fine(fix); }

static bool fine_one_chosen(const struct wizard *w) {
    for (size_t i = 0; i < json_array_size(all(w)); i++)
        if (fine(json_array_get(all(w), i)) && ticked(w, json_array_get(all(w), i))) return true;
    return false;
}

static size_t in_order(const struct wizard *w) {
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(all(w)); i++) n += kept_out(w, json_array_get(all(w), i));
    return n;
}

static const json_t *fix_at(const struct wizard *w, size_t row) {
    const json_t *list = all(w);
    for (size_t rank = 0; rank < 2 * VMM_COUNT(groups); rank++) {
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *fix = json_array_get(list, i);
            size_t own = 2 * group_of(fix) + !vmm_symptom_first(w, vmm_s(fix, "id"));
            if (own == rank && !kept_out(w, fix) && row-- == 0) return fix;
        }
    }
    return NULL;
}

static size_t count(const struct wizard *w) {
    return w->option_typing || w->password.asks ? 0 : json_array_size(all(w)) - in_order(w);
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
    if (vmm_s(fix, "risk")[0]) vmm_buf_fmt(&b, _("Risk: %s\n"), vmm_s(fix, "risk"));
    if (!groups[group_of(fix)].reports)
        vmm_buf_str(&b, _("To undo: the files it changes are kept first. u on the last screen, or \"vmmedic undo\" later, puts them back bit for bit.\n"));
    if (options[0]) vmm_buf_fmt(&b, _("Options: %s\n"), options);
    if (json_is_true(json_object_get(fix, "lowers_security")))
        vmm_buf_str(&b, _("Warning: this makes the VM easier to attack. Take it only to get in, and take it back afterwards; Finish shows how.\n"));
    return vmm_buf_steal(&b);
}

static void item(const struct wizard *w, size_t row, struct wizard_item *out) {
    const json_t *fix = fix_at(w, row);
    size_t g = group_of(fix);
    const char *options = vmm_s(w->options, vmm_s(fix, "id")), *summary = vmm_s(fix, "summary"), *risk = vmm_s(fix, "risk"), *blocked = vmm_s(fix, "blocked_by");
    vmm_call(out, vmm_s(fix, "id"), vmm_s(fix, "title"));
    bool lowers = json_is_true(json_object_get(fix, "lowers_security"));
    if (summary[0]) out->cell[0] = vmm_strdup(summary);
    if (options[0]) out->cell[1] = vmm_printf(_("with %s"), options);
    if (g < 3 && risk[0]) out->cell[2] = vmm_printf(lowers ? _("risk %s, LOWERS SECURITY") : _("risk %s"), risk);
    else if (lowers) out->cell[2] = vmm_strdup(_("LOWERS SECURITY"));
    if (lowers) out->cell_mean[2] = MEAN_WARNING;
    char *detail = details(w, fix);
    if (detail[0]) out->detail = detail;
    else free(detail);
    if (blocked[0]) out->refused = vmm_sentence(blocked);
    else if (groups[g].reports) out->refused = vmm_strdup(_("It only tells you something; there is nothing to change."));
    out->hint = blocked[0] ? vmm_fitting(out->refused, WIZARD_HINT) : evidence_hint(fix);
    out->group = _(groups[g].group);
    out->marked = ticked(w, fix);
}

static void mark(struct wizard *w, size_t row, bool on) {
    const char *id = vmm_s(fix_at(w, row), "id");
    if (on) json_object_set_new(w->ticks, id, json_true());
    else json_object_del(w->ticks, id);
}

static void tick_needed(struct wizard *w) {
    json_object_clear(w->ticks);
    for (size_t i = 0; i < json_array_size(all(w)); i++) {
        const json_t *fix = json_array_get(all(w), i);
        if (group_of(fix) == 0 && !vmm_s(fix, "blocked_by")[0] && !json_is_true(json_object_get(fix, "lowers_security")))
            json_object_set_new(w->ticks, vmm_s(fix, "id"), json_true());
    }
}

static void enter(struct wizard *w) {
    w->option_typing = false;
    vmm_password_forget(w);
    if (fine_one_chosen(w)) w->every_fix = true;
    if (w->ticked_once) return;
    tick_needed(w);
    w->ticked_once = true;
}

static void body(const struct wizard *w, struct wizard_text *t) {
    size_t needed = 0, blocked = 0, lowers = 0, left_out = 0;
    if (w->password.asks) vmm_password_body(w, t);
    if (w->option_typing || w->password.asks) return;
    for (size_t i = 0; i < json_array_size(all(w)); i++) {
        const json_t *fix = json_array_get(all(w), i);
        if (group_of(fix) != 0) continue;
        needed++;
        if (vmm_s(fix, "blocked_by")[0]) blocked++;
        else if (json_is_true(json_object_get(fix, "lowers_security"))) lowers++;
        else if (!ticked(w, fix)) left_out++;
    }
    if (needed == 0) vmm_text_add(t, MEAN_OK, 0, "%s", _("None of the fixes is needed on this disk. You may still choose some."));
    else if (blocked + lowers + left_out == 0) vmm_text_add(t, MEAN_TEXT, 0, ngettext("%zu fix is needed. It is chosen already.", "%zu fixes are needed. They are chosen already.", needed), needed);
    else if (left_out) vmm_text_add(t, MEAN_WARNING, 0, ngettext("%zu fix is needed, and it is not chosen now. Type n to choose it.", "%zu fixes are needed, and not all of them are chosen now. Type n to choose them.", needed), needed);
    else vmm_text_add(t, MEAN_TEXT, 0, ngettext("%zu fix is needed.", "%zu fixes are needed. Those that can be done and harm nothing are chosen already.", needed), needed);
    if (blocked) vmm_text_add(t, MEAN_WARNING, 0, ngettext("%zu cannot be done now; its row says why.", "%zu cannot be done now; their rows say why.", blocked), blocked);
    if (lowers) vmm_text_add(t, MEAN_WARNING, 0, ngettext("%zu makes the VM easier to attack, so it is not chosen for you.", "%zu make the VM easier to attack, so they are not chosen for you.", lowers), lowers);
}

static void more(const struct wizard *w, struct wizard_text *t) {
    size_t n = w->option_typing || w->password.asks ? 0 : in_order(w);
    if (n) vmm_text_add(t, MEAN_DIM, 0, ngettext("%zu more is in order already; e lists it.", "%zu more are in order already; e lists them.", n), n);
}

/* "takes 1 2": what Enter alone takes. */
static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    if (w->password.asks) {
        vmm_password_prompt(w, p);
        return;
    }
    if (w->option_typing) {
        char *question = vmm_printf(_("Options for %s, as name=value with commas between:"), w->option_fix);
        vmm_ask(p, PROMPT_LINE, question, _("takes the usual values"));
        free(question);
        return;
    }
    struct vmm_buf b = {0};
    size_t n = 0;
    for (size_t i = 0; i < count(w); i++) {
        if (!ticked(w, fix_at(w, i))) continue;
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

static enum move accept(struct wizard *w, const char *text) {
    if (w->password.asks) return vmm_password_accept(w, text);
    if (!w->option_typing) return vmm_password_begin(w) ? MOVE_STAY : MOVE_NEXT;
    bool blank = text[strspn(text, " ")] == 0;
    if (!blank && !are_options(text)) {
        vmm_say(w, MEAN_WARNING, "%s", _("Options are written name=value, with a comma between two."));
        return MOVE_STAY;
    }
    if (!blank) json_object_set_new(w->options, w->option_fix, vmm_json_text(text));
    else json_object_del(w->options, w->option_fix);
    w->option_typing = false;
    return MOVE_STAY;
}

static enum move back(struct wizard *w) {
    if (w->password.asks) return vmm_password_back(w);
    if (!w->option_typing) return MOVE_BACK;
    w->option_typing = false;
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
    if (kind != JOB_FIX) return;
    if (j->failed) {
        vmm_text_error(&w->said, &j->err);
        return;
    }
    const json_t *fix = catalogue_entry(j), *params = json_object_get(fix, "params");
    if (w->option_typing) { /* what can be typed, before it is asked for */
        if (say_params(w, params)) return;
        vmm_say(w, MEAN_TEXT, _("%s has no options."), w->option_fix);
        w->option_typing = false;
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

static bool listing(const struct wizard *w) { return count(w) > 0; }
static bool no_typing(const struct wizard *w) { return !w->option_typing && !w->password.asks; }
static void show_details(struct wizard *w, size_t row) {
    json_t *r = json_object();
    vmm_wizard_explain(w, (long)row);
    json_object_set_new(r, "fix", json_string(vmm_s(fix_at(w, row), "id")));
    vmm_post(w, JOB_FIX, r);
}
static void only_needed(struct wizard *w, size_t row) {
    json_t *before = json_copy(w->ticks);
    (void)row;
    tick_needed(w);
    if (json_equal(before, w->ticks)) vmm_say(w, MEAN_TEXT, "%s", _("Nothing changed: the needed fixes that can be chosen for you are chosen already, and no others."));
    json_decref(before);
}
static void every(struct wizard *w, size_t row) {
    (void)row;
    if (w->every_fix && fine_one_chosen(w)) vmm_say(w, MEAN_TEXT, "%s", _("One that is in order is chosen, so they stay in the list."));
    else w->every_fix = !w->every_fix;
    if (w->every_fix && !fine_one_chosen(w)) vmm_say(w, MEAN_TEXT, "%s", _("Those that are in order stand at the end of the list now."));
}
static bool some_in_order(const struct wizard *w) {
    for (size_t i = 0; i < json_array_size(all(w)); i++)
        if (fine(json_array_get(all(w), i))) return no_typing(w);
    return false;
}
static void set_option(struct wizard *w, size_t row) {
    vmm_set(&w->option_fix, vmm_s(fix_at(w, row), "id"));
    w->option_typing = true;
    json_t *r = json_object();
    json_object_set_new(r, "fix", json_string(w->option_fix));
    vmm_post(w, JOB_FIX, r);
}
static const struct wizard_action actions[] = {
    {'d', N_("details"), N_("Everything about a fix, d 2 about row 2: evidence, what it does, its risk, how to take it back, its options."), true, listing, show_details},
    {'n', N_("needed only"), N_("Choose the needed ones and nothing else."), false, listing, only_needed},
    {'e', N_("every fix"), N_("List those that are in order too; again: only what is worth a look."), false, some_in_order, every},
    {'o', N_("options"), N_("Options of a fix, o 2 of row 2, for those who know them."), true, listing, set_option},
    {0}};

const struct step vmm_step_fixes = {
    .name = N_("Fixes"),
    .title = N_("Choose the fixes"),
    .why = N_("A fix is called needed when something on this disk shows that it keeps people out; i on its row names it. A fix that is not needed is never chosen "
              "for you. A wrong choice costs little: the next step shows each change before anything is written, and everything can be undone."),
    .line = STEP_FIXES,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_FIX),
    .enter = enter, .body = body, .more = more, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back, .ended = ended, .actions = actions,
};
