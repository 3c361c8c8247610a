/* Aside: what to type in the cloud for one thing, what the disk says of it, and the questions that this machine can ask the cloud itself, each after a yes.
 * Nothing that changes the cloud is run from here: core hands out no such line.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

#define RUNS_MAX 16
#define LINES_SHOWN 400

/* ---- the lines that can be run ---- */
struct runs {
    size_t number[RUNS_MAX];
    char *command[RUNS_MAX];
    const struct vmm_cloud_step *step[RUNS_MAX], *now; /* whose it is; the one that is collected */
    size_t count;
};

static void collect(void *ctx, const struct vmm_cloud_line *line) {
    struct runs *r = ctx;
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->command[i], line->command) == 0) return;
    if (!line->runs || r->count == RUNS_MAX) return;
    r->number[r->count] = line->number;
    r->step[r->count] = r->now;
    r->command[r->count++] = vmm_strdup(line->command);
}

static void each_step(const struct wizard *w, void (*each)(const struct wizard *w, const struct vmm_cloud_step *s, void *ctx), void *ctx) {
    for (const char *p = w->cloud_refs; p && *p;) {
        size_t n = strcspn(p, " ");
        char *id = vmm_strndup(p, n);
        const struct vmm_cloud_step *s = vmm_cloud_step_by_id(id);
        free(id);
        if (s) each(w, s, ctx);
        p += n + (p[n] == ' ');
    }
}

static void runs_of_step(const struct wizard *w, const struct vmm_cloud_step *s, void *ctx) {
    const char *disk;
    struct vmm_cloud_names names = vmm_cloud_names_of(w, &disk);
    ((struct runs *)ctx)->now = s;
    vmm_cloud_lines(s, VMM_BASH, &names, false, collect, ctx);
}

static struct runs runs_of(const struct wizard *w) {
    struct runs r = {0};
    if (vmm_on_azure(w) && w->has_az) each_step(w, runs_of_step, &r);
    return r;
}

static void runs_clear(struct runs *r) {
    for (size_t i = 0; i < r->count; i++) free(r->command[i]);
    *r = (struct runs){0};
}

/* ---- rows ---- */
enum row_kind { ROW_DISK, ROW_NSG, ROW_RUN, ROW_BACK, ROW_NONE };

static bool looked_at(const struct wizard *w) { return vmm_scan_of(w) != NULL; }
/* Something of this can be done on the disk, from where the aside was opened. */
static bool disk_side(const struct wizard *w) { return w->cloud_fixes && (vmm_base(w) == STEP_SYMPTOM || vmm_base(w) == STEP_HEALTHY); }
static bool reads_rules(const struct wizard *w) { return w->cloud_refs && strstr(w->cloud_refs, "nsg"); }

static enum row_kind row_of(const struct wizard *w, size_t i, size_t runs, size_t *run) {
    if (disk_side(w) && i-- == 0) return ROW_DISK;
    if (reads_rules(w) && i-- == 0) return ROW_NSG;
    *run = i;
    if (i < runs) return ROW_RUN;
    return i == runs ? ROW_BACK : ROW_NONE;
}

static size_t count(const struct wizard *w) {
    if (w->cloud_at == CLOUD_CONFIRM) return 2;
    if (w->cloud_at == CLOUD_RESULT) return 0;
    struct runs r = runs_of(w);
    size_t n = r.count + disk_side(w) + reads_rules(w) + 1;
    runs_clear(&r);
    return n;
}

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    static const char *const confirm[] = {N_("Run it now"), N_("Do not run it")};
    size_t run = 0;
    if (w->cloud_at == CLOUD_CONFIRM) {
        out->text = vmm_strdup(_(confirm[i]));
        out->hint = vmm_strdup(i == 0 ? _("It only asks; nothing in the cloud is changed. s stops it.") : _("Back to the list."));
        out->marked = w->confirm_row == i;
        return;
    }
    struct runs r = runs_of(w);
    out->marked = w->cloud_row == i;
    switch (row_of(w, i, r.count, &run)) {
    case ROW_DISK:
        out->text = vmm_strdup(looked_at(w) ? _("Go on to this disk") : _("Look at a disk"));
        out->hint = vmm_strdup(_("The same can be found and repaired on the disk, without the cloud."));
        break;
    case ROW_NSG:
        out->text = vmm_strdup(_("Read the network rules from a file"));
        out->hint = vmm_strdup(_("You name the file that az wrote; the answer says which rule decides."));
        break;
    case ROW_RUN:
        out->text = vmm_printf(_("Ask now: %s"), r.command[run]);
        out->hint = vmm_strdup(_("az is on this machine. This only asks; you are asked before it runs."));
        break;
    default:
        out->text = vmm_strdup(_("Go back"));
        out->hint = vmm_strdup(_("What to type stands below; Page Down shows the rest."));
        break;
    }
    runs_clear(&r);
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on && w->cloud_at == CLOUD_CONFIRM) w->confirm_row = i;
    else if (on) w->cloud_row = i;
}

/* ---- text ---- */
static void enter(struct wizard *w) {
    w->cloud_at = CLOUD_LIST;
    w->cloud_row = 0;
    w->has_az = vmm_cloud_has_az();
}

static void add_line(void *ctx, const struct vmm_cloud_line *line) {
    if (*line->says) vmm_text_add(ctx, MEAN_TEXT, 2, "%s", line->says);
    vmm_text_add(ctx, MEAN_COMMAND, 4, "%s", line->command);
}

static void step_text(const struct wizard *w, const struct vmm_cloud_step *s, void *t) {
    const char *disk;
    struct vmm_cloud_names names = vmm_cloud_names_of(w, &disk);
    vmm_text_add(t, MEAN_HEADING, 0, "%s", _(s->title));
    if (!vmm_on_azure(w)) {
        vmm_text_add(t, MEAN_TEXT, 2, "%s", s->elsewhere[w->platform] ? _(s->elsewhere[w->platform]) : _("There is no such thing on this platform: the step is Azure's own."));
        return;
    }
    if (s->before) {
        char *text = vmm_printf(s->changes ? _("Before you do this: %s") : _("First: %s"), _(s->before));
        vmm_text_add(t, s->changes ? MEAN_WARNING : MEAN_TEXT, 2, "%s", text);
        free(text);
    }
    vmm_cloud_lines(s, w->shell, &names, false, add_line, t);
    if (s->reads) vmm_text_add(t, MEAN_TEXT, 2, "%s", _(s->reads));
}

static void result_text(const struct wizard *w, struct wizard_text *t) {
    const json_t *r = w->job[JOB_AZ].result;
    const char *output = vmm_s(r, "output");
    size_t lines = 0;
    vmm_text_add(t, MEAN_COMMAND, 0, "%s", vmm_s(r, "command"));
    if (vmm_int(r, "exit") == 0) vmm_text_add(t, MEAN_OK, 0, "%s", output[0] ? _("az answered:") : _("az ended well and printed nothing."));
    else if (vmm_int(r, "exit") == 127) vmm_text_add(t, MEAN_BROKEN, 0, "%s", _("az could not be started."));
    else vmm_text_add(t, MEAN_BROKEN, 0, _("az ended with %d. What it said is below; if it asks to sign in, run az login in another terminal first."), vmm_int(r, "exit"));
    for (const char *p = output; *p && lines < LINES_SHOWN; lines++) {
        size_t n = strcspn(p, "\n");
        vmm_text_add(t, MEAN_VERBATIM, 2, "%.*s", (int)n, p);
        p += n + (p[n] == '\n');
    }
    if (lines == LINES_SHOWN || json_is_true(json_object_get(r, "cut"))) vmm_text_add(t, MEAN_DIM, 0, "%s", _("There is more than can be shown here; run it in a terminal to see all of it."));
    struct runs runs = runs_of(w);
    const struct vmm_cloud_step *s = w->run_row < runs.count ? runs.step[w->run_row] : NULL;
    if (vmm_int(r, "exit") == 0 && s && s->reads) vmm_text_add(t, MEAN_TEXT, 0, "%s", _(s->reads));
    runs_clear(&runs);
}

static void body(const struct wizard *w, struct wizard_text *t) {
    if (w->cloud_at == CLOUD_CONFIRM) {
        struct runs r = runs_of(w);
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("This would be run on this machine, as it stands here. It only asks; it changes nothing in the cloud."));
        vmm_text_add(t, MEAN_COMMAND, 2, "%s", w->run_row < r.count ? r.command[w->run_row] : "");
        runs_clear(&r);
        return;
    }
    if (w->cloud_at == CLOUD_RESULT) {
        result_text(w, t);
        return;
    }
    vmm_text_add(t, MEAN_HEADING, 0, "%s", _(w->cloud_title));
    enum wizard_meaning mean = MEAN_TEXT;
    char *known = w->cloud_fixes ? vmm_cloud_known(w, w->cloud_fixes, &mean) : NULL;
    if (known) vmm_text_add(t, mean, 0, _("On this disk: %s."), known);
    else if (w->cloud_fixes && !looked_at(w)) vmm_text_add(t, MEAN_TEXT, 0, "%s", _("On the disk: no disk was looked at yet."));
    if (reads_rules(w) && vmm_port_of(w)) vmm_text_add(t, MEAN_TEXT, 0, _("Remote Desktop on this disk uses TCP port %d."), vmm_port_of(w));
    free(known);
    if (vmm_on_azure(w) && w->has_az && !(w->cloud[CLOUD_GROUP] && w->cloud[CLOUD_VM]))
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("az is on this machine: with the names of resource group and VM (a) it can be asked from here."));
}

static void more(const struct wizard *w, struct wizard_text *t) {
    if (w->cloud_at == CLOUD_LIST) each_step(w, step_text, t);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    if (w->cloud_at == CLOUD_RESULT) {
        vmm_ask(p, PROMPT_NONE, "", _("goes back"));
        return;
    }
    char *takes = vmm_printf(_("takes %zu"), (w->cloud_at == CLOUD_CONFIRM ? w->confirm_row : w->cloud_row) + 1);
    vmm_ask(p, PROMPT_ONE, w->cloud_at == CLOUD_CONFIRM ? _("Run it?") : "", takes);
    free(takes);
}

/* ---- answers ---- */
static void run_it(struct wizard *w) {
    struct runs r = runs_of(w);
    if (w->job[JOB_SCAN].running) {
        vmm_say(w, MEAN_WARNING, "%s", _("The disk is being looked at; only one thing is done at a time. Try again when that has ended."));
    } else if (w->run_row < r.count) {
        json_t *q = json_pack("{s:I}", "line", (json_int_t)r.number[w->run_row]);
        static const char *const keys[CLOUD_NAMES] = {[CLOUD_GROUP] = "group", [CLOUD_VM] = "vm", [CLOUD_RESCUE] = "rescue", [CLOUD_DISK] = "disk"};
        for (size_t c = 0; c < CLOUD_NAMES; c++)
            if (w->cloud[c]) json_object_set_new(q, keys[c], vmm_json_text(w->cloud[c]));
        vmm_post(w, JOB_AZ, q);
    }
    runs_clear(&r);
}

static enum move accept(struct wizard *w, const char *text) {
    (void)text;
    if (w->cloud_at == CLOUD_RESULT) {
        w->cloud_at = CLOUD_LIST;
        return MOVE_STAY;
    }
    if (w->cloud_at == CLOUD_CONFIRM) {
        if (w->confirm_row == 0) run_it(w);
        else w->cloud_at = CLOUD_LIST;
        return MOVE_STAY;
    }
    struct runs r = runs_of(w);
    enum row_kind kind = row_of(w, w->cloud_row, r.count, &w->run_row);
    runs_clear(&r);
    if (kind == ROW_DISK) {
        vmm_go_on(w);
    } else if (kind == ROW_NSG) {
        vmm_aside(w, STEP_NSG);
    } else if (kind == ROW_RUN) {
        w->cloud_at = CLOUD_CONFIRM;
        w->confirm_row = 0;
    } else {
        return MOVE_BACK;
    }
    return MOVE_STAY;
}

static void ended(struct wizard *w, enum job_kind kind) {
    const struct job *j = &w->job[JOB_AZ];
    if (kind != JOB_AZ) return;
    if (j->failed) vmm_text_error(&w->said, &j->err);
    w->cloud_at = j->failed ? CLOUD_LIST : CLOUD_RESULT;
}

static enum move back(struct wizard *w) {
    if (w->cloud_at == CLOUD_LIST) return MOVE_BACK;
    w->cloud_at = CLOUD_LIST;
    return MOVE_STAY;
}

void vmm_cloud_open(struct wizard *w, const char *title, const char *steps, const char *fixes) {
    w->cloud_title = title;
    w->cloud_refs = steps;
    w->cloud_fixes = fixes;
    vmm_aside(w, STEP_CLOUD);
}

static bool listing(const struct wizard *w) { return w->cloud_at == CLOUD_LIST; }
static const struct wizard_action actions[] = {CLOUD_KEYS(listing), {0}};

const struct step vmm_step_cloud = {
    .name = N_("Cloud"),
    .title = N_("In the cloud"),
    .why = N_("These commands are typed where you sign in to the cloud: on your own computer or in the Cloud Shell. vmmedic changes nothing there. If az is installed here it can "
              "ask for you, one question at a time, shown before it is run."),
    .why_waiting = N_("az is being waited for; that may take some seconds. s stops it. Nothing in the cloud is changed by it."),
    .line = STEP_SYMPTOM,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_AZ),
    .enter = enter, .body = body, .more = more, .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .back = back, .ended = ended, .actions = actions,
};
