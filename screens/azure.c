/* The cloud's side of the procedure on the screens: the lines of core's table, with the names the person gave or placeholders in capitals.
 * Names are limited to harmless characters, so that a copied line does what it shows.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>

#include "screens/model.h"
#include "vmmedic/cloud.h"

/* Which steps a screen shows, in their order. */
static const struct {
    enum cloud_part part;
    const char *step;
} shown[] = {
    {CLOUD_TAKE_SNAPSHOT, "snapshot"}, {CLOUD_TAKE_SNAPSHOT, "copy-disk"}, {CLOUD_ATTACH, "attach"}, {CLOUD_SWAP, "detach"}, {CLOUD_SWAP, "swap"}, {CLOUD_SWAP, "screenshot"},
    {CLOUD_ELSEWHERE, "effective-nsg"}, {CLOUD_ELSEWHERE, "state"}, {CLOUD_ELSEWHERE, "reset-password"}, {CLOUD_ELSEWHERE, "redeploy"},
};

static void add_line(void *ctx, const struct vmm_cloud_line *line) {
    if (*line->says) vmm_text_add(ctx, MEAN_TEXT, 2, "%s", line->says);
    vmm_text_add(ctx, MEAN_COMMAND, 4, "%s", line->command);
}

void vmm_cloud_text(const struct wizard *w, enum cloud_part part, struct wizard_text *t) {
    const char *disk = w->cloud[CLOUD_DISK];
    struct vmm_cloud_names names = {.group = w->cloud[CLOUD_GROUP], .vm = w->cloud[CLOUD_VM], .rescue = w->cloud[CLOUD_RESCUE], .disks = &disk, .disk_count = disk != NULL};
    for (size_t i = 0; i < VMM_COUNT(shown); i++)
        if (shown[i].part == part) vmm_cloud_lines(vmm_cloud_step_by_id(shown[i].step), VMM_BASH, &names, true, add_line, t);
}

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
