/* What is said about a row, a step, the keys and leaving, when somebody asks.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

/* "safeboot   Minimal" as a heading: one space where columns were. */
static void say_heading(struct wizard *w, const struct wizard_item *item) {
    char *one = vmm_strdup(item->text), *to = one;
    for (const char *p = one; *p; p++)
        if (*p != ' ' || (p[1] != ' ' && p[1] && to > one)) *to++ = *p;
    *to = 0;
    vmm_say(w, MEAN_HEADING, "%s%s%s", item->name ? item->name : "", item->name && one[0] ? ": " : "", one);
    free(one);
}

/* Each line of a value behind its sign; a whole file has many. */
static void say_lines(struct wizard *w, enum wizard_meaning mean, const char *sign, const char *text) {
    char *copy = vmm_strdup(text), *rest = copy, *line;
    while ((line = strsep(&rest, "\n"))) vmm_text_add(&w->said, mean, 2, "%s%s", sign, line);
    free(copy);
}

static void explain(struct wizard *w, long index) {
    if (index < 0 || (size_t)index >= vmm_wizard_count(w)) {
        vmm_say(w, MEAN_HEADING, _("%s: why this step is here"), _(vmm_step_now(w)->name));
        vmm_say(w, MEAN_TEXT, "%s", vmm_wizard_why(w));
        return;
    }
    struct wizard_item item;
    vmm_wizard_item(w, (size_t)index, &item);
    say_heading(w, &item);
    if (item.detail) vmm_text_block(&w->said, MEAN_TEXT, 2, item.detail);
    else if (item.hint) vmm_text_block(&w->said, MEAN_TEXT, 2, item.hint);
    if (item.before && item.after) {
        say_lines(w, MEAN_BEFORE, "- ", item.before);
        say_lines(w, MEAN_AFTER, "+ ", item.after);
    }
    if (item.windows) {
        vmm_text_add(&w->said, MEAN_TEXT, 2, "%s", _("On Windows one would type:"));
        vmm_text_block(&w->said, MEAN_VERBATIM, 4, item.windows);
    }
    if (item.refused) vmm_say(w, MEAN_WARNING, _("It cannot be chosen: %s"), item.refused);
    if (!item.detail && !item.hint && !item.refused) vmm_say(w, MEAN_TEXT, "%s", _("There is no more to say about it."));
    vmm_item_clear(&item);
}

/* What the coach says may not have fitted. */
void vmm_wizard_explain(struct wizard *w, long index) {
    struct wizard_text coach = {0};
    explain(w, index);
    if (vmm_wizard_coach(w, &coach, false))
        for (size_t i = 0; i + 1 < coach.count; i++) vmm_say(w, MEAN_TEXT, "%s", coach.line[i].text);
    vmm_text_clear(&coach);
}

const char *vmm_wizard_leaving(const struct wizard *w) {
    if (w->job[JOB_APPLY].running || w->job[JOB_UNDO].running || w->job[JOB_FINISH].running) return _("Leave this screen. What is being written goes on to its end.");
    if (vmm_following(w)) return _("Leave. The other vmmedic goes on.");
    if (w->repaired) return _("Leave. The repair stays; it can be undone later with \"vmmedic undo\".");
    if (w->undone) return _("Leave. The files are as they were before the repair.");
    if (vmm_wrote(w)) return _("Leave. What became of the disk is said above.");
    return w->wrote_before ? _("Leave. Nothing more is written.") : _("Leave. Nothing is lost: nothing was written.");
}

void vmm_wizard_help(struct wizard *w) {
    struct wizard_prompt p;
    vmm_wizard_prompt(w, &p);
    vmm_say(w, MEAN_HEADING, _("Help: %s"), _(vmm_step_now(w)->name));
    vmm_say(w, MEAN_TEXT, _("Enter alone %s."), p.enter);
    if (p.kind == PROMPT_ONE) vmm_say(w, MEAN_TEXT, "%s", _("A number chooses that row."));
    if (p.kind == PROMPT_MANY) vmm_say(w, MEAN_TEXT, "%s", _("Numbers with spaces between them choose those rows and no others. A minus sign chooses none."));
    for (const struct wizard_action *a = vmm_wizard_actions(w); a->key && p.kind != PROMPT_LINE; a++)
        if (vmm_wizard_action_enabled(w, a)) vmm_say(w, MEAN_TEXT, "%c: %s", a->key, _(a->help));
    if (p.kind != PROMPT_LINE) {
        if (vmm_wizard_can_hint(w)) vmm_say(w, MEAN_TEXT, "%s", _("h: The next hint; what it costs is counted."));
        vmm_say(w, MEAN_TEXT, "%s", _("i: Why this step is here, and what a wrong choice costs."));
        if (vmm_wizard_count(w) > 0) vmm_say(w, MEAN_TEXT, "%s", _("i with a row: what that row means."));
    }
    vmm_say(w, MEAN_TEXT, "<: %s.", vmm_wizard_back_name(w));
    vmm_say(w, MEAN_TEXT, "q: %s", vmm_wizard_leaving(w));
}
