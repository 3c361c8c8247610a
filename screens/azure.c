/* The cloud's side of the procedure on the screens: the lines of core's table, with the names the person gave or placeholders in capitals.
 * Names are limited to harmless characters, so that a copied line does what it shows.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>

#include "screens/model.h"

/* Which steps a screen shows, in their order. */
static const struct {
    enum cloud_part part;
    const char *step;
} shown[] = {
    {CLOUD_TAKE_SNAPSHOT, "snapshot"}, {CLOUD_TAKE_SNAPSHOT, "copy-disk"}, {CLOUD_ATTACH, "attach"}, {CLOUD_SWAP, "detach"}, {CLOUD_SWAP, "swap"}, {CLOUD_SWAP, "screenshot"},
    {CLOUD_ELSEWHERE, "effective-nsg"}, {CLOUD_ELSEWHERE, "state"}, {CLOUD_ELSEWHERE, "reset-password"}, {CLOUD_ELSEWHERE, "redeploy"},
};

bool vmm_on_azure(const struct wizard *w) { return w->platform == VMM_AZURE; }

int vmm_port_of(const struct wizard *w) { return vmm_int(vmm_scan_of(w), "rdp_port"); }

struct vmm_cloud_names vmm_cloud_names_of(const struct wizard *w, const char **disk) {
    *disk = w->cloud[CLOUD_DISK];
    return (struct vmm_cloud_names){.group = w->cloud[CLOUD_GROUP], .vm = w->cloud[CLOUD_VM], .rescue = w->cloud[CLOUD_RESCUE], .disks = disk, .disk_count = *disk != NULL,
                                    .port = vmm_port_of(w)};
}

json_t *vmm_cloud_names_json(const struct wizard *w) {
    return json_pack("{s:s,s:o,s:o,s:o,s:o}", "platform", vmm_platform_words[w->platform], "group", vmm_json_text(w->cloud[CLOUD_GROUP]), "vm", vmm_json_text(w->cloud[CLOUD_VM]),
                     "rescue", vmm_json_text(w->cloud[CLOUD_RESCUE]), "disk", vmm_json_text(w->cloud[CLOUD_DISK]));
}

static void add_line(void *ctx, const struct vmm_cloud_line *line) {
    if (*line->says) vmm_text_add(ctx, MEAN_TEXT, 2, "%s", line->says);
    vmm_text_add(ctx, MEAN_COMMAND, 4, "%s", line->command);
}

void vmm_cloud_text(const struct wizard *w, enum cloud_part part, struct wizard_text *t) {
    const char *disk;
    struct vmm_cloud_names names = vmm_cloud_names_of(w, &disk);
    for (size_t i = 0; i < VMM_COUNT(shown); i++) {
        const struct vmm_cloud_step *s = vmm_cloud_step_by_id(shown[i].step);
        if (shown[i].part != part) continue;
        if (vmm_on_azure(w)) vmm_cloud_lines(s, w->shell, &names, true, add_line, t);
        else if (s->elsewhere[w->platform]) vmm_text_add(t, MEAN_TEXT, 2, _("%s: %s"), _(s->title), _(s->elsewhere[w->platform]));
    }
}

void vmm_cloud_next_shell(struct wizard *w, size_t item) {
    (void)item;
    w->shell = w->shell == VMM_BASH ? VMM_POWERSHELL : VMM_BASH;
    vmm_say(w, MEAN_TEXT, "%s", w->shell == VMM_BASH ? _("The commands are those of az now, for bash.") : _("The commands are those of Az PowerShell now."));
}

void vmm_cloud_next_platform(struct wizard *w, size_t item) {
    static const char *const names[VMM_PLATFORMS] = {"Azure", "KVM", "Hyper-V", "VMware"};
    (void)item;
    w->platform = (w->platform + 1) % VMM_PLATFORMS;
    vmm_say(w, MEAN_TEXT, _("What to do is said for %s now."), names[w->platform]);
}

/* ---- what the disk says of a step ---- */
char *vmm_cloud_known(const struct wizard *w, const char *fixes, enum wizard_meaning *mean) {
    const json_t *list = json_object_get(vmm_scan_of(w), "fixes");
    struct vmm_buf needed = {0};
    size_t known = 0, untold = 0, may = 0;
    for (const char *p = fixes; *p;) {
        size_t n = strcspn(p, " ");
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *fix = json_array_get(list, i);
            const char *id = vmm_s(fix, "id"), *verdict = vmm_s(fix, "verdict");
            if (strlen(id) != n || strncmp(id, p, n) != 0) continue;
            known++;
            untold += strcmp(verdict, "cannot-tell") == 0;
            may += strcmp(verdict, "optional") == 0;
            if (strcmp(verdict, "needed") == 0) vmm_buf_fmt(&needed, "%s%s", needed.len ? ", " : "", id);
        }
        p += n + (p[n] == ' ');
    }
    *mean = needed.len ? MEAN_BROKEN : untold ? MEAN_WARNING : may ? MEAN_TEXT : MEAN_OK;
    char *text = NULL;
    if (needed.len) text = vmm_printf(_("needed: %s"), (const char *)needed.data);
    else if (untold) text = vmm_strdup(_("could not be told"));
    else if (may) text = vmm_strdup(_("can be done"));
    else if (known) text = vmm_strdup(_("in order"));
    vmm_buf_free(&needed);
    return text;
}

/* ---- names ---- */
void vmm_cloud_ask(struct wizard *w, size_t item) {
    (void)item;
    w->asking_names = true;
}

void vmm_cloud_prompt(struct wizard_prompt *p) {
    vmm_ask(p, PROMPT_LINE, _("Four names with spaces between them: resource group, VM, recovery VM, disk. Fewer will do; - leaves one open."), _("changes no name"));
}

bool vmm_cloud_harmless(const char *name) {
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) return false;
    return strlen(name) <= 90 && (name[0] != '-' || name[1] == 0);
}

bool vmm_cloud_names(struct wizard *w, const char *text) {
    char *copy = vmm_strdup(text), *rest = copy, *words[CLOUD_NAMES + 1] = {0};
    size_t n = 0;
    bool good = true;
    for (char *word; n <= CLOUD_NAMES && (word = strsep(&rest, " "));)
        if (*word) words[n++] = word;
    for (size_t i = 0; i < n; i++) good = good && vmm_cloud_harmless(words[i]);
    if (n > CLOUD_NAMES || !good) {
        vmm_say(w, MEAN_WARNING, "%s", _("Names have letters, digits, and . _ - only, and there are four of them. Nothing was changed."));
        good = false;
    } else {
        for (size_t i = 0; i < n; i++)
            if (strcmp(words[i], "-") != 0) vmm_set(&w->cloud[i], words[i]);
    }
    free(copy);
    return good;
}
