/* Aside: does a network security group let Remote Desktop in? A file is named, the worker reads it, the answer is shown with the rule that decides.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>

#include "screens/model.h"

#define RDP_PORT 3389
#define SHOWN 5 /* rules that are open */

static const json_t *answer(const struct wizard *w) { return w->job[JOB_NSG].result; }

static int port(const struct wizard *w) { return w->nsg_port ? w->nsg_port : vmm_port_of(w) ? vmm_port_of(w) : RDP_PORT; }

static void ask(struct wizard *w) {
    char *real = realpath(w->nsg_file, NULL);
    json_t *r = json_pack("{s:o,s:o,s:i}", "file", vmm_json_text(real ? real : w->nsg_file), "name", vmm_json_text(w->nsg_file), "port", port(w));
    if (w->nsg_from) json_object_set_new(r, "from", vmm_json_text(w->nsg_from));
    free(real);
    vmm_post(w, JOB_NSG, r);
}

/* An answer for another disk's port is asked anew. */
static void enter(struct wizard *w) {
    w->nsg_asks = answer(w) ? NSG_ANSWER : NSG_PATH;
    if (answer(w) && vmm_int(answer(w), "port") != port(w)) ask(w);
}

static void ended(struct wizard *w, enum job_kind kind) {
    const struct job *j = &w->job[JOB_NSG];
    if (kind != JOB_NSG) return;
    if (!j->failed) {
        w->nsg_asks = NSG_ANSWER;
        return;
    }
    vmm_text_error(&w->said, &j->err);
    if (w->nsg_asks == NSG_ANSWER) w->nsg_asks = NSG_PATH;
}

/* ---- text ---- */
static void port_line(const struct wizard *w, struct wizard_text *t) {
    if (w->nsg_port) vmm_text_add(t, MEAN_TEXT, 0, _("Asked about TCP port %d, as you typed."), port(w));
    else if (vmm_port_of(w)) vmm_text_add(t, MEAN_TEXT, 0, _("Asked about TCP port %d: the Remote Desktop of the disk that was looked at uses it."), port(w));
    else vmm_text_add(t, MEAN_TEXT, 0, _("Asked about TCP port %d, the usual one: no disk has told another."), port(w));
}

static void lists(const json_t *a, struct wizard_text *t) {
    static const struct {
        const char *key, *label;
        enum wizard_meaning mean;
    } kinds[] = {{"warnings", N_("Warning: %s"), MEAN_WARNING}, {"notes", N_("Note: %s"), MEAN_DIM}};
    for (size_t k = 0; k < VMM_COUNT(kinds); k++) {
        const json_t *list = json_object_get(a, kinds[k].key);
        for (size_t i = 0; i < json_array_size(list); i++) {
            char *line = vmm_printf(_(kinds[k].label), json_string_value(json_array_get(list, i)));
            vmm_text_add(t, kinds[k].mean, 0, "%s", line);
            free(line);
        }
    }
}

static void depends(const json_t *a, struct wizard_text *t) {
    const json_t *list = json_object_get(a, "depends");
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        const json_t *one = json_array_get(list, i), *rule = json_object_get(one, "rule"), *on = json_object_get(one, "on");
        vmm_text_add(t, MEAN_TEXT, 2, _("%s (priority %d, %s) hangs on:"), vmm_s(rule, "name"), vmm_int(rule, "priority"), vmm_s(rule, "access"));
        for (size_t k = 0; k < json_array_size(on); k++) vmm_text_add(t, MEAN_TEXT, 4, "%s", json_string_value(json_array_get(on, k)));
    }
    if (n > SHOWN) vmm_text_add(t, MEAN_TEXT, 2, _("and %zu more; \"vmmedic nsg FILE --json\" lists them"), n - SHOWN);
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const json_t *a = answer(w), *others = json_object_get(a, "others");
    if (w->nsg_asks == NSG_PATH) {
        vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Network rules in Azure can stop Remote Desktop although the VM is in order. Save them to a file, bring it here and name it."));
        port_line(w, t);
    }
    if (w->nsg_asks != NSG_ANSWER || a == NULL) return;
    const char *verdict = vmm_s(a, "verdict");
    bool allow = strcmp(verdict, "ALLOW") == 0, deny = strcmp(verdict, "DENY") == 0;
    vmm_text_add(t, allow ? MEAN_OK : deny ? MEAN_BROKEN : MEAN_WARNING, 0, "%s", vmm_s(a, "sentence"));
    vmm_text_add(t, MEAN_VERBATIM, 2, "%s", w->nsg_file);
    port_line(w, t);
    depends(a, t);
    for (size_t i = 0; i < json_array_size(others); i++) vmm_text_add(t, MEAN_TEXT, 0, _("And otherwise: %s"), vmm_s(json_array_get(others, i), "sentence"));
    lists(a, t);
    if (deny) vmm_text_add(t, MEAN_TEXT, 0, "%s", _("To let it in from your own address, see step 2 of the seven steps (l). No change on the disk helps against this."));
    else if (allow) vmm_text_add(t, MEAN_TEXT, 0, "%s", _("These rules are not what keeps you out. Look at the disk, and at the route there and back."));
    else vmm_text_add(t, MEAN_TEXT, 0, "%s", _("Azure itself can tell: IP flow verify, in the list of the seven steps (l)."));
}

static void add_line(void *ctx, const struct vmm_cloud_line *line) {
    if (*line->says) vmm_text_add(ctx, MEAN_TEXT, 2, "%s", line->says);
    vmm_text_add(ctx, MEAN_COMMAND, 4, "%s", line->command);
}

static void more(const struct wizard *w, struct wizard_text *t) {
    static const char *const steps[] = {"effective-nsg", "nsg"};
    const char *disk;
    struct vmm_cloud_names names = vmm_cloud_names_of(w, &disk);
    if (w->nsg_asks != NSG_PATH || !vmm_on_azure(w)) return;
    for (size_t i = 0; i < VMM_COUNT(steps); i++) vmm_cloud_lines(vmm_cloud_step_by_id(steps[i]), w->shell, &names, false, add_line, t);
}

/* ---- asking ---- */
static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    switch (w->nsg_asks) {
    case NSG_PATH:
        vmm_ask(p, PROMPT_LINE, _("The path of the file with the rules (JSON):"), _("goes back"));
        p->typed = w->nsg_file;
        break;
    case NSG_FROM:
        vmm_ask(p, PROMPT_LINE, _("Where you connect from: an address, internet, or vnet:"), _("asks for anybody on the Internet"));
        p->typed = w->nsg_from;
        break;
    case NSG_PORT: vmm_ask(p, PROMPT_LINE, _("The TCP port of Remote Desktop:"), vmm_port_of(w) ? _("takes the port of the disk") : _("takes 3389")); break;
    default: vmm_ask(p, PROMPT_NONE, "", _("goes back")); break;
    }
}

static enum move take_port(struct wizard *w, const char *text, bool blank) {
    size_t digits = strspn(text, "0123456789");
    long n = digits < 6 ? strtol(text, NULL, 10) : 0;
    if (!blank && (text[digits] || n < 1 || n > 65535)) {
        vmm_say(w, MEAN_WARNING, "%s", _("A port is a number from 1 to 65535."));
        return MOVE_STAY;
    }
    w->nsg_port = blank ? 0 : (int)n;
    w->nsg_asks = NSG_ANSWER;
    ask(w);
    return MOVE_STAY;
}

static enum move accept(struct wizard *w, const char *text) {
    bool blank = text[strspn(text, " ")] == 0;
    if (w->nsg_asks == NSG_ANSWER) return MOVE_BACK;
    if (w->nsg_asks == NSG_PORT) return take_port(w, text, blank);
    if (w->nsg_asks == NSG_FROM) {
        vmm_set(&w->nsg_from, blank ? NULL : text);
        ask(w); /* what is no address is said, and asked again */
        return MOVE_STAY;
    }
    if (blank) return MOVE_BACK;
    vmm_set(&w->nsg_file, text);
    ask(w);
    return MOVE_STAY;
}

static enum move back(struct wizard *w) {
    if (w->nsg_asks == NSG_FROM && !answer(w)) { /* what was typed made no sense */
        vmm_set(&w->nsg_from, NULL);
        w->nsg_asks = NSG_ANSWER;
        ask(w);
        return MOVE_STAY;
    }
    if (w->nsg_asks == NSG_ANSWER || !answer(w)) return MOVE_BACK;
    w->nsg_asks = NSG_ANSWER;
    return MOVE_STAY;
}

static bool answered(const struct wizard *w) { return w->nsg_asks == NSG_ANSWER; }
static void other_file(struct wizard *w, size_t i) {
    (void)i;
    w->nsg_asks = NSG_PATH;
}
static void other_from(struct wizard *w, size_t i) {
    (void)i;
    w->nsg_asks = NSG_FROM;
}
static void other_port(struct wizard *w, size_t i) {
    (void)i;
    w->nsg_asks = NSG_PORT;
}
static void again(struct wizard *w, size_t i) {
    (void)i;
    ask(w);
}
static const struct wizard_action actions[] = {
    {'p', N_("path"), N_("Name another file."), false, answered, other_file},
    {'r', N_("read again"), N_("Read the file again, after it was written anew."), false, answered, again},
    {'f', N_("from where"), N_("Ask for another client: an address, the Internet, or the VM's own network."), false, answered, other_from},
    {'o', N_("port"), N_("Ask about another port."), false, answered, other_port},
    {'l', N_("seven steps"), N_("The list of the connection article: its seven steps, in the cloud and on the disk."), false, answered, vmm_open_seven},
    {0}};

const struct step vmm_step_nsg = {
    .name = N_("Network rules"),
    .title = N_("Do the network rules let Remote Desktop in?"),
    .why = N_("The rules are read as Azure reads them: by priority, first those of the subnet, then those of the network card, and both have to let it in. What cannot be judged from "
              "the file, such as a tag, is named instead of guessed. The file is only read, and nothing is sent anywhere."),
    .line = STEP_SYMPTOM,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_NSG),
    .enter = enter, .body = body, .more = more, .prompt = prompt, .accept = accept, .back = back, .ended = ended, .actions = actions,
};
