/* Step Symptom: what is seen from outside. The answer names the articles that apply and sorts the fixes later; it hides none.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/symptom.h"

#include "screens/place.h"

static const struct {
    const char *text, *hint;
    const char *articles;
    const char *first; /* prefixes of the ids of fixes that come first, separated by spaces */
} symptoms[] = {
    {N_("I don't know: look"), N_("Everything is checked in any case. This answer is never wrong."),
     N_("Everything this program knows is checked on the disk. Nothing is left out in the other answers either: they only change the order."), ""},
    {N_("The VM's screenshot shows \"Safe Mode\" in the corners, or no network"), N_("In Safe Mode Windows does not start Remote Desktop."),
     N_("Article: \"Cannot RDP to a VM because the VM boots into Safe Mode\". In Safe Mode, Remote Desktop is not started. One flag in the boot data is the cause."), "SM"},
    {N_("Remote Desktop does not answer; the screenshot shows a sign-in screen"), N_("The disk may be innocent: network rules or the password do this too."),
     N_("Article: \"Troubleshoot Remote Desktop connections to an Azure virtual machine\". The disk may be innocent: network rules, the password or the host can cause the same."), "rdp R0 S0 W N T"},
    {N_("Remote Desktop connects, then drops again and again"), N_("Settings of Remote Desktop's listener are the usual cause."),
     N_("Article: \"Remote Desktop disconnects frequently in Azure VM\". Settings of the RDP listener are the usual cause."), "RD R0 T"},
    {N_("No trouble now: prepare serial console and crash dumps for next time"), N_("A way in without a network, and a dump if Windows crashes."),
     N_("Article: the optional part of the one on Safe Mode: a way in that needs no network, and a memory dump if Windows crashes."), "SC CD"},
};

static size_t count(const struct wizard *w) {
    (void)w;
    return VMM_COUNT(symptoms);
}

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    out->text = vmm_strdup(_(symptoms[i].text));
    out->hint = vmm_strdup(_(symptoms[i].hint));
    out->detail = vmm_strdup(_(symptoms[i].articles));
    out->marked = w->symptom == i;
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->symptom = i;
}

static void body(const struct wizard *w, struct wizard_text *t) {
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("vmmedic finds out what on a Windows disk keeps Remote Desktop out, and repairs it. Nothing is written until you have seen every change "
                                          "and typed the disk's name, and it can be undone."));
    if (w->named) vmm_text_add(t, MEAN_DIM, 0, _("The look at %s has begun already and goes on while you read. Looking cannot write."), w->target);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    char *enter = vmm_printf(_("takes %zu"), w->symptom + 1);
    vmm_ask(p, PROMPT_ONE, "", enter);
    free(enter);
}

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    if (symptoms[w->symptom].first[0]) vmm_say(w, MEAN_TEXT, "%s", _(symptoms[w->symptom].articles)); /* "look" has no article, and the next step has words of its own */
    return MOVE_NEXT;
}

static enum move back(struct wizard *w) {
    vmm_say(w, MEAN_TEXT, "%s", _("This is the first step. q leaves."));
    return MOVE_STAY;
}

static bool was_interrupted(const struct wizard *w) {
    const json_t *list = json_object_get(w->job[JOB_SESSIONS].result, "sessions");
    const char *path = vmm_s(w->job[JOB_PROBE].result, "path");
    for (size_t i = 0; path[0] && i < json_array_size(list); i++) {
        const json_t *s = json_array_get(list, i);
        if (strcmp(vmm_s(s, "state"), "interrupted") == 0 && !json_is_true(json_object_get(s, "running")) && strcmp(vmm_s(s, "target"), path) == 0) return true;
    }
    return false;
}

/* Some things come before the first question: that a TARGET is no disk at all, that another vmmedic writes to it, that a repair of it was interrupted, and that
 * the last walk was cut off.
 * The step waits for both answers; only then the look begins, for a look holds the disk. */
static void ended(struct wizard *w, enum job_kind kind) {
    const struct job *j = &w->job[JOB_PROBE];
    if (kind == JOB_PROBE && j->failed) {
        vmm_text_error(&w->said, &j->err);
        vmm_leave(w, j->exit);
        return;
    }
    if (w->begun || (kind != JOB_PROBE && kind != JOB_SESSIONS) || j->running || w->job[JOB_SESSIONS].running) return;
    w->begun = true;
    if (w->target && vmm_somebody_writes(w)) {
        vmm_move(w, MOVE_ASIDE);
        return;
    }
    bool interrupted = was_interrupted(w);
    if (vmm_place_find(w, w->target ? vmm_s(j->result, "path") : NULL)) {
        if (!interrupted) {
            vmm_move(w, MOVE_ASIDE);
            return;
        }
        vmm_place_decline(w); /* somebody wrote since */
    }
    vmm_scan_again(w);
    if (interrupted) vmm_move(w, MOVE_ASIDE);
}

bool vmm_symptom_first(const struct wizard *w, const char *fix) {
    for (const char *p = symptoms[w->symptom].first; *p;) {
        size_t n = strcspn(p, " ");
        if (strncmp(fix, p, n) == 0) return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

const struct step vmm_step_symptom = {
    .name = N_("Symptom"),
    .title = N_("What do you see?"),
    .why = N_("Your answer only decides which fixes are listed first, and which article is named. Every check is made in any case. A wrong choice costs nothing."),
    .line = STEP_SYMPTOM,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_PROBE) | WAITS(JOB_SESSIONS),
    .body = body, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back, .ended = ended,
};
