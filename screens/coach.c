/* The coach: at each step what to look at and why, and then what to type. A scenario may say it in its own words; these are for all of them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>

#include "screens/learn.h"
#include "screens/model.h"

static const struct {
    const char *text; /* N_() */
    const char *act;
} coach[VMM_COACHES] = {
    [VMM_COACH_TICKET] = {N_("Read the ticket. Ask yourself what the customer really sees, and what is only a guess."), "Enter"},
    [VMM_COACH_SYMPTOM] = {N_("Choose what the customer sees. It only sorts the fixes; \"I don't know\" is never wrong."), "Enter"},
    [VMM_COACH_SNAPSHOT] = {N_("Before anything else: what brings the disk back if it goes wrong? Never go on without an answer."), NULL},
    [VMM_COACH_ATTACH] = {N_("Take the customer's disk and no other. In real work: compare size and name with the ticket."), "Enter"},
    [VMM_COACH_PENDING] = {N_("Somebody's repair was cut off. Between old and new is the worst place for a disk: end it first, forward or back."), "row 2"},
    [VMM_COACH_DRIVE] = {N_("Compare the computer's name and the last shutdown with the ticket. Then read the one sentence that says what is wrong."), "Enter"},
    [VMM_COACH_BLOCKED] = {N_("Read why this disk must not be written now. Forcing it would lose data. The right thing is to leave and to say what is needed."), "q"},
    [VMM_COACH_HEALTHY] = {N_("Nothing is wrong here. The hardest thing is to write nothing: read where to look next, and leave."), "Enter"},
    [VMM_COACH_BOOT] = {N_("This is the boot data. The line that keeps people out is marked; i says what a line means."), "Enter"},
    [VMM_COACH_FIXES] = {N_("The fixes that this disk needs are ticked already. Read the evidence, and tick nothing that is not needed."), "Enter"},
    [VMM_COACH_PREVIEW] = {N_("Read each line: - is what is there, + what comes. If a line surprises you, go back."), "Enter"},
    [VMM_COACH_APPLY] = {N_("Now it is written. You type the disk's name, so that no slip of a finger can do it."), "name"},
    [VMM_COACH_FINISH] = {N_("Read the proof: the values were read again from the disk. Then leave."), "Enter"},
    [VMM_COACH_QUESTION] = {N_("Not every answer is on the disk. Say what you would tell the customer."), NULL},
    [VMM_COACH_END] = {N_("That is how it went. Read what a careful admin does next."), "Enter"},
};

static bool stopped_there(const struct wizard *w) {
    const char *state = vmm_s(json_object_get(vmm_scan_of(w), "verdict"), "state");
    return strcmp(state, "blocked") == 0 || strcmp(state, "no-windows") == 0;
}

/* Where the coach stands now; VMM_COACHES: nowhere. */
static enum vmm_coach place(const struct wizard *w) {
    if (w->asking_names || w->asking_undo || w->undone) return VMM_COACHES;
    switch (w->step) {
    case STEP_TICKET: return VMM_COACH_TICKET;
    case STEP_SYMPTOM: return VMM_COACH_SYMPTOM;
    case STEP_SNAPSHOT: return VMM_COACH_SNAPSHOT;
    case STEP_ATTACH: return VMM_COACH_ATTACH;
    case STEP_PENDING: return VMM_COACH_PENDING;
    case STEP_DRIVE: return stopped_there(w) ? VMM_COACH_BLOCKED : VMM_COACH_DRIVE;
    case STEP_HEALTHY: return VMM_COACH_HEALTHY;
    case STEP_BOOT: return VMM_COACH_BOOT;
    case STEP_FIXES: return VMM_COACH_FIXES;
    case STEP_PREVIEW: return VMM_COACH_PREVIEW;
    case STEP_APPLY: return VMM_COACH_APPLY;
    case STEP_FINISH: return VMM_COACH_FINISH;
    case STEP_QUESTION: return VMM_COACH_QUESTION;
    case STEP_LEARNED: return VMM_COACH_END;
    default: return VMM_COACHES;
    }
}

/* ---- what to do ---- */
struct act {
    char *typed;     /* "" is Enter alone; NULL: not now */
    bool name, rows; /* the answer is typed as it is; several rows */
};

static bool is_number(const char *s) { return s[0] && s[strspn(s, "0123456789")] == 0; }

/* The row that is meant, by its number or by words of it; SIZE_MAX: there is none that can be taken. */
static size_t find_row(const struct wizard *w, const char *words, bool exactly, bool *marked) {
    size_t found = SIZE_MAX, number = is_number(words) ? strtoul(words, NULL, 10) : 0;
    for (size_t i = 0; i < vmm_wizard_count(w) && found == SIZE_MAX; i++) {
        struct wizard_item item;
        vmm_wizard_item(w, i, &item);
        const char *name = item.name ? item.name : "";
        bool it = number ? i + 1 == number : strcasecmp(name, words) == 0 || (!exactly && (strcasestr(name, words) || strcasestr(item.text, words)));
        if (it && item.enabled && !item.reading) {
            found = i;
            *marked = item.marked;
        }
        vmm_item_clear(&item);
    }
    return found;
}

/* True when one of "SM01 R01" has no row until its family is opened. */
static bool shut_away(const struct wizard *w, const char *ids) {
    bool shut = false, marked;
    char *copy = vmm_strdup(ids);
    for (char *rest = copy, *id; !shut && (id = strsep(&rest, " "));) {
        size_t i;
        json_t *fix;
        if (find_row(w, id, true, &marked) != SIZE_MAX) continue;
        json_array_foreach(json_object_get(vmm_scan_of(w), "fixes"), i, fix)
            shut = shut || (strcmp(vmm_s(fix, "id"), id) == 0 && json_object_get(w->open, vmm_s(fix, "family")) == NULL);
    }
    free(copy);
    return shut;
}

/* "SM01 R01" as "2 5"; "" when just these are marked. */
static char *rows_typed(const struct wizard *w, const char *ids) {
    struct vmm_buf b = {0};
    size_t wanted = 0, right = 0, marked_all = 0;
    char *copy = vmm_strdup(ids);
    for (char *rest = copy, *id; (id = strsep(&rest, " "));) {
        bool marked = false;
        size_t row = id[0] ? find_row(w, id, true, &marked) : SIZE_MAX;
        if (row == SIZE_MAX) continue;
        vmm_buf_fmt(&b, "%s%zu", b.len ? " " : "", row + 1);
        wanted++;
        right += marked;
    }
    for (size_t i = 0; i < vmm_wizard_count(w); i++) {
        struct wizard_item item;
        vmm_wizard_item(w, i, &item);
        marked_all += item.marked;
        vmm_item_clear(&item);
    }
    free(copy);
    char *typed = wanted ? vmm_buf_steal(&b) : NULL;
    if (typed && right == wanted && marked_all == wanted) typed[0] = 0;
    return typed;
}

static bool key_works(const struct wizard *w, char key) {
    for (const struct wizard_action *a = vmm_wizard_actions(w); a->key; a++)
        if (a->key == key) return vmm_wizard_action_enabled(w, a);
    return key == 'q' || key == '<';
}

static struct act try_act(const struct wizard *w, const char *text, const struct wizard_prompt *p) {
    struct act a = {0};
    bool line = p->kind == PROMPT_LINE, marked = false;
    if (strcmp(text, "Enter") == 0) a.typed = vmm_strdup("");
    else if (strcmp(text, "name") == 0 && line && w->step == STEP_APPLY) a = (struct act){vmm_strdup(vmm_disk_name(w)), true, false};
    else if (strcmp(text, "name") == 0) a.typed = vmm_strdup("");
    else if (strcmp(text, "none") == 0 && p->kind == PROMPT_MANY) a.typed = vmm_strdup("-");
    else if (strncmp(text, "text ", 5) == 0 && line) a = (struct act){vmm_strdup(text + 5), true, false};
    else if (strncmp(text, "row ", 4) == 0 && p->kind == PROMPT_ONE) {
        size_t row = find_row(w, text + 4, false, &marked);
        if (row != SIZE_MAX) a.typed = marked ? vmm_strdup("") : vmm_printf("%zu", row + 1);
    } else if (strncmp(text, "rows ", 5) == 0 && p->kind == PROMPT_MANY) a = shut_away(w, text + 5) ? (struct act){.typed = vmm_strdup("e")} : (struct act){rows_typed(w, text + 5), false, true};
    else if (strncmp(text, "o ", 2) == 0 && p->kind == PROMPT_MANY) {
        size_t row = json_object_get(w->options, text + 2) ? SIZE_MAX : find_row(w, text + 2, true, &marked);
        if (row != SIZE_MAX) a.typed = vmm_printf("o %zu", row + 1);
    } else if (text[0] && text[1] == 0 && !line && key_works(w, text[0])) a.typed = vmm_strdup(text);
    return a;
}

/* The first that fits the moment. */
static struct act act_of(const struct wizard *w, enum vmm_coach at) {
    const struct learn *l = w->learn;
    char own[32] = "Enter";
    const char *text = l->lesson->act[at] ? l->lesson->act[at] : coach[at].act;
    if (text == NULL && at == VMM_COACH_SNAPSHOT && vmm_learn_folder(w)) snprintf(own, sizeof own, "row 3");
    for (size_t i = 0; text == NULL && at == VMM_COACH_QUESTION && i < l->lesson->answer_count; i++)
        if (strcmp(l->lesson->answers[i].key, l->lesson->right) == 0) snprintf(own, sizeof own, "row %zu", i + 1);
    struct wizard_prompt p;
    struct act a = {0};
    vmm_wizard_prompt(w, &p);
    char *copy = vmm_strdup(text ? text : own);
    for (char *rest = copy, *one; a.typed == NULL && (one = strsep(&rest, ";"));) a = try_act(w, one + strspn(one, " "), &p);
    free(copy);
    if (a.typed == NULL) a.typed = vmm_strdup("");
    return a;
}

static void say_act(const struct wizard *w, enum vmm_coach at, struct wizard_text *t, bool typed) {
    struct act a = act_of(w, at);
    if (a.typed[0] == 0) vmm_text_add(t, MEAN_HEADING, 0, "%s", _("Press: Enter"));
    else if (typed || a.name) vmm_text_add(t, MEAN_HEADING, 0, _("Type: %s"), a.typed);
    else if (a.rows) vmm_text_add(t, MEAN_HEADING, 0, _("Mark only these with Space: %s. Then Enter"), a.typed);
    else if (isdigit((unsigned char)a.typed[0])) vmm_text_add(t, MEAN_HEADING, 0, _("Press: %s, then Enter"), a.typed);
    else if (a.typed[1]) vmm_text_add(t, MEAN_HEADING, 0, _("Point at row %s and press: %c"), a.typed + 2, a.typed[0]);
    else vmm_text_add(t, MEAN_HEADING, 0, _("Press: %s"), a.typed);
    free(a.typed);
}

bool vmm_wizard_coach(const struct wizard *w, struct wizard_text *t, bool typed) {
    if (w->learn == NULL || w->learn->mode != VMM_LESSON_GUIDED || w->learn->lesson == NULL || w->over || vmm_wizard_busy(w, NULL)) return false;
    enum vmm_coach at = place(w);
    if (at == VMM_COACHES || vmm_step_failed(w)) return false;
    const char *own = vmm_learn_text(w, &w->learn->lesson->coach[at]);
    char *text = vmm_printf(_("Coach: %s"), own[0] ? own : _(coach[at].text));
    vmm_text_block(t, MEAN_TEXT, 0, text);
    free(text);
    say_act(w, at, t, typed);
    return true;
}
