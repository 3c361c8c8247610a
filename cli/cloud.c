/* cloud and symptoms: tables printed. No disk is looked at and nothing is run, so no worker is started.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/cli.h"
#include "screens/wrap.h"
#include "vmmedic/cloud.h"
#include "vmmedic/fix.h"

static void words(int indent, const char *text) { vmm_wrap(stdout, WRAP_WORDS, 79, indent, indent, text, 0); }

/* ---- cloud ---- */

static int list_steps(const struct cli *c) {
    const struct vmm_cloud_step *s;
    if (c->json) {
        json_t *steps = json_array();
        for (size_t i = 0; (s = vmm_cloud_step_at(i)) != NULL; i++)
            json_array_append_new(steps, json_pack("{s:s,s:o,s:b,s:b}", "step", s->id, "title", vmm_json_text(_(s->title)), "changes", s->changes, "history", s->history));
        json_t *all = json_pack("{s:o}", "steps", steps);
        cli_print_json(all);
        json_decref(all);
        return 0;
    }
    for (int history = 0; history < 2; history++) {
        if (history) printf("%s\n", _("History:"));
        for (size_t i = 0; (s = vmm_cloud_step_at(i)) != NULL; i++)
            if (s->history == history) {
                char *left = vmm_printf("%c %s", s->changes ? '*' : ' ', s->id);
                cli_entry(left, _(s->title), 20);
                free(left);
            }
    }
    puts(_("* changes something in the cloud; the others only look."));
    return 0;
}

static void show_line(void *ctx, const struct vmm_cloud_line *line) {
    (void)ctx;
    if (*line->says) words(2, line->says);
    printf("    %s\n", line->command); /* whole, however long: it is copied */
}

static void show_step(const struct vmm_cloud_step *s, enum vmm_platform platform, enum vmm_shell shell, const struct vmm_cloud_names *names) {
    words(0, _(s->title));
    if (platform != VMM_AZURE) {
        words(2, s->elsewhere[platform] ? _(s->elsewhere[platform]) : _("There is no such thing on this platform: the step is Azure's own."));
        return;
    }
    if (s->before) {
        char *text = vmm_printf(s->changes ? _("Before you do this: %s") : _("First: %s"), _(s->before));
        words(2, text);
        free(text);
    }
    vmm_cloud_lines(s, shell, names, false, show_line, NULL);
    if (s->reads) words(2, _(s->reads));
}

/* The index of TEXT among WORDS; COUNT when it is none. */
static size_t which(const char *text, const char *const *list, size_t count) {
    size_t i = 0;
    while (i < count && strcasecmp(list[i], text) != 0) i++;
    return i;
}

static int check_names(const struct vmm_cloud_names *n, struct vmm_error *err) {
    if (n->group && vmm_cloud_name_check(VMM_NAME_GROUP, n->group, err) < 0) return -1;
    if (n->vm && vmm_cloud_name_check(VMM_NAME_VM, n->vm, err) < 0) return -1;
    if (n->rescue && vmm_cloud_name_check(VMM_NAME_VM, n->rescue, err) < 0) return -1;
    for (size_t i = 0; i < n->disk_count; i++)
        if (vmm_cloud_name_check(VMM_NAME_DISK, n->disks[i], err) < 0) return -1;
    return 0;
}

int cli_cloud(struct cli *c) {
    static const char *const shells[] = {"bash", "powershell"};
    struct vmm_error err = {0};
    if (c->list && c->count == 0) return list_steps(c);
    if (c->list || c->count == 0) return cli_usage(c, _("usage: vmmedic cloud STEP --resource-group G --vm V [--disk D ...] [--rescue-vm R] [--shell "
                                                        "bash|powershell] | --list"));
    size_t shell = which(c->shell ? c->shell : "bash", shells, VMM_COUNT(shells));
    size_t platform = which(c->platform ? c->platform : "azure", vmm_platform_words, VMM_PLATFORMS);
    if (shell == VMM_COUNT(shells)) return cli_usage(c, _("--shell is bash or powershell"));
    if (platform == VMM_PLATFORMS) return cli_usage(c, _("--platform is azure, kvm, hyperv or vmware"));
    struct vmm_cloud_names names = {.group = c->group, .vm = c->vm, .rescue = c->rescue, .disks = c->disks, .disk_count = c->disk_count, .port = c->port};
    const struct vmm_cloud_step *s = vmm_cloud_step_by_id(c->args[0]);
    if (s == NULL) vmm_fail(&err, VMM_E_NOT_FOUND, _("See: vmmedic cloud --list"), _("there is no step \"%s\""), c->args[0]);
    if (s == NULL || check_names(&names, &err) < 0) return cli_failed(c, &err);
    if (c->json) {
        json_t *j = vmm_cloud_json(s, (enum vmm_platform)platform, (enum vmm_shell)shell, &names);
        cli_print_json(j);
        json_decref(j);
    } else {
        show_step(s, (enum vmm_platform)platform, (enum vmm_shell)shell, &names);
    }
    return 0;
}

/* ---- symptoms ---- */

/* "R01, (W01)": in parentheses what this version does not have; for the caller to free. */
static char *refs(const struct vmm_check *check) {
    struct vmm_buf b = {0};
    for (const char *p = check->refs; *p;) {
        size_t n = strcspn(p, " ");
        char *id = vmm_strndup(p, n);
        bool lacks = check->place == VMM_ON_DISK && vmm_fix_by_id(id) == NULL;
        vmm_buf_fmt(&b, lacks ? "%s(%s)" : "%s%s", b.len ? ", " : "", id);
        free(id);
        p += n + (p[n] == ' ');
    }
    return vmm_buf_steal(&b);
}

static void show_symptom(const struct vmm_symptom *s) {
    static const char *const places[] = {N_("Client"), N_("Disk"), N_("Cloud")};
    words(0, _(s->message));
    words(2, _(s->means));
    for (const struct vmm_check *k = s->checks; k->text; k++) {
        char *ids = refs(k), *text = *ids ? vmm_printf("%s [%s]", _(k->text), ids) : vmm_strdup(_(k->text));
        cli_entry(_(places[k->place]), text, 10);
        free(text);
        free(ids);
    }
}

int cli_symptoms(struct cli *c) {
    const struct vmm_symptom *s;
    struct vmm_error err = {0};
    json_t *list = json_array();
    size_t found = 0, only = 0;
    for (size_t i = 0; (s = vmm_symptom_at(i)) != NULL; i++) {
        if (!vmm_symptom_has(s, (const char *const *)c->args, (size_t)c->count)) continue;
        found++;
        only = i;
        json_array_append_new(list, vmm_symptom_json(s));
    }
    if (found == 0) vmm_fail(&err, VMM_E_NOT_FOUND, _("See: vmmedic symptoms"), _("no message has all of these words"));
    if (found && c->json) {
        json_t *all = json_pack("{s:O}", "symptoms", list);
        cli_print_json(all);
        json_decref(all);
    } else if (found == 1) {
        show_symptom(vmm_symptom_at(only));
        words(0, _("Check in this order. Disk: vmmedic fixes ID says more; in parentheses: not in this version. Cloud: vmmedic cloud STEP."));
    } else if (found) {
        for (size_t i = 0; (s = vmm_symptom_at(i)) != NULL; i++)
            if (vmm_symptom_has(s, (const char *const *)c->args, (size_t)c->count)) cli_entry(s->id, _(s->message), 18);
        words(0, _("One of them in full: vmmedic symptoms WORD, with a word of the message."));
    }
    json_decref(list);
    return found ? 0 : cli_failed(c, &err);
}
