/* Step Snapshot: how this disk is safe if everything goes wrong. It cannot be skipped without a word: having none takes a typed reason.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static const struct {
    enum snapshot_answer answer;
    const char *text, *hint, *detail, *question; /* N_(); question NULL: nothing is typed */
} answers[] = {
    {SNAP_TAKE, N_("Make one of the disk I choose"), N_("A copy is made on this machine before anything is written."),
     N_("A copy is made on this machine before anything is written, and not earlier. A qcow2 image gets a snapshot inside itself; other images and disks are "
        "copied to a file, which takes time and as much space as the disk holds data. Space is checked first."),
     NULL},
    {SNAP_NAMED, N_("There is a snapshot in the cloud"), N_("You type its name for the report. It cannot be checked from here."),
     N_("You type its name. It is noted in the report; it cannot be checked from here. If the name is wrong, nobody will find the snapshot when it is needed."),
     N_("The name of the snapshot:")},
    {SNAP_COPY, N_("This disk is a copy, the original is somewhere else"), N_("Then the original is your way back."),
     N_("Then the original is your way back. If this is the original after all, your only way back is vmmedic's own undo."), NULL},
    {SNAP_NONE, N_("None: go on without a snapshot"), N_("You type a reason. Then vmmedic's own undo is the only way back."),
     N_("vmmedic keeps the files that it changes and can put them back bit for bit. It cannot help if the disk itself fails. You type a reason; it is noted in the report."),
     N_("Why there is no snapshot (a few words for the report):")},
};

static size_t row_of(enum snapshot_answer a) {
    for (size_t i = 0; i < VMM_COUNT(answers); i++)
        if (answers[i].answer == a) return i;
    return 0;
}

/* Nothing was typed: the row with the typed answer is not left marked, or Enter alone would go round in a circle. */
static enum move stop_typing(struct wizard *w) {
    w->snapshot_typing = false;
    if (w->snapshot_text == NULL) w->snapshot_row = w->snapshot != SNAP_UNANSWERED && answers[row_of(w->snapshot)].question == NULL ? w->snapshot : SNAP_TAKE;
    return MOVE_STAY;
}

static size_t pointed(const struct wizard *w) { return row_of(w->snapshot_row); }

static void enter(struct wizard *w) {
    w->snapshot_typing = false;
    if (w->snapshot_row == SNAP_UNANSWERED) w->snapshot_row = w->snapshot ? w->snapshot : SNAP_TAKE;
}

static size_t count(const struct wizard *w) { return w->snapshot_typing ? 0 : VMM_COUNT(answers); }

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    out->text = vmm_strdup(_(answers[i].text));
    out->hint = vmm_strdup(_(answers[i].hint));
    out->detail = vmm_strdup(_(answers[i].detail));
    if (answers[i].answer == SNAP_TAKE && vmm_disk_is_folder(w))
        out->refused = vmm_strdup(_("The disk is a mounted folder, and this program cannot copy a folder as a whole."));
    out->marked = !out->refused && pointed(w) == i;
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->snapshot_row = answers[i].answer;
}

static void body(const struct wizard *w, struct wizard_text *t) {
    if (w->snapshot_typing) return;
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("A snapshot is the whole disk as it is now, a way back that does not depend on this program. It is best to repair a copy."));
}

static void more(const struct wizard *w, struct wizard_text *t) {
    if (w->snapshot_typing) return;
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("To take one in Azure, run these on your own computer or in the Cloud Shell:"));
    vmm_cloud_text(w, CLOUD_TAKE_SNAPSHOT, t);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    size_t row = pointed(w);
    if (w->snapshot_typing) {
        vmm_ask(p, PROMPT_LINE, _(answers[row].question), w->snapshot_text ? _("keeps what you typed before") : _("goes back"));
        return;
    }
    bool refused = answers[row].answer == SNAP_TAKE && vmm_disk_is_folder(w);
    char *takes = vmm_printf(_("takes %zu"), row + 1);
    vmm_ask(p, PROMPT_ONE, "", refused ? _("takes nothing here: choose a number") : takes);
    free(takes);
}

static enum move accept_text(struct wizard *w, const char *text) {
    bool blank = text[strspn(text, " ")] == 0;
    if (blank && w->snapshot_text == NULL) return stop_typing(w);
    if (!blank) vmm_set(&w->snapshot_text, text);
    w->snapshot = w->snapshot_row;
    w->snapshot_typing = false;
    return MOVE_NEXT;
}

static enum move accept(struct wizard *w, const char *text) {
    if (w->snapshot_typing) return accept_text(w, text);
    size_t row = pointed(w);
    if (answers[row].answer == SNAP_TAKE && vmm_disk_is_folder(w)) {
        vmm_say(w, MEAN_TEXT, "%s", _("Nothing is chosen yet. Type the number of one that can be."));
        return MOVE_STAY;
    }
    if (answers[row].question) {
        if (w->snapshot != answers[row].answer) vmm_set(&w->snapshot_text, NULL);
        w->snapshot_typing = true;
        return MOVE_STAY;
    }
    w->snapshot = answers[row].answer;
    vmm_set(&w->snapshot_text, NULL);
    return MOVE_NEXT;
}

static enum move back(struct wizard *w) {
    return w->snapshot_typing ? stop_typing(w) : MOVE_BACK;
}

static bool listing(const struct wizard *w) { return !w->snapshot_typing; }
static const struct wizard_action actions[] = {
    {'a', N_("names"), N_("Fill in the names of your resource group, VM, recovery VM and disk; the az commands then show them."), false, listing, vmm_cloud_ask},
    {0}};

const struct step vmm_step_snapshot = {
    .name = N_("Snapshot"),
    .title = N_("If it goes wrong, what brings the disk back?"),
    .why = N_("If the disk breaks in the middle, or if it was the wrong one, a snapshot brings everything back. Without one you only have vmmedic's own undo, which covers "
              "the files it writes and nothing else. Nothing is made or written in this step."),
    .line = STEP_SNAPSHOT,
    .needs = JOB_NONE,
    .enter = enter, .body = body, .more = more, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back, .actions = actions,
};
