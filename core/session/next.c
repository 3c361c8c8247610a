/* What to do with the disk after a repair, at the end of the report: the cloud's steps with the names that were given, or the same in words for another platform.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"
#include "vmmedic/cloud.h"

static const char *const way_back[] = {"detach", "swap", "screenshot", "console-log", "state", "health", "restart", "redeploy"};
#define RESORT 6 /* from here on only when the rest did not help */

static void add_line(void *ctx, const struct vmm_cloud_line *line) {
    if (*line->says) vmm_buf_fmt(ctx, "  %s\n", line->says);
    vmm_buf_fmt(ctx, "    %s\n", line->command);
}

static const char *name_of(const json_t *cloud, const char *key, enum vmm_cloud_name kind) {
    const char *name = json_string_value(json_object_get(cloud, key));
    struct vmm_error ignored = {0};
    return name && vmm_cloud_name_check(kind, name, &ignored) == 0 ? name : NULL;
}

void vmm_report_next(struct vmm_buf *b, const json_t *cloud) {
    const char *disk = name_of(cloud, "disk", VMM_NAME_DISK), *word = vmm_json_str(cloud, "platform");
    const struct vmm_cloud_names names = {.group = name_of(cloud, "group", VMM_NAME_GROUP), .vm = name_of(cloud, "vm", VMM_NAME_VM), .rescue = name_of(cloud, "rescue", VMM_NAME_VM),
                                          .disks = &disk, .disk_count = disk != NULL};
    size_t platform = 0;
    while (platform < VMM_PLATFORMS && strcmp(vmm_platform_words[platform], word) != 0) platform++;
    if (platform == VMM_AZURE || platform == VMM_PLATFORMS) vmm_buf_str(b, _("\nWhat to do next, if the VM is in Azure; words in capitals are to be filled in\n"));
    else vmm_buf_str(b, _("\nWhat to do next\n"));
    for (int shell = VMM_BASH; shell <= VMM_POWERSHELL && (platform == VMM_AZURE || platform == VMM_PLATFORMS); shell++) {
        vmm_buf_str(b, shell == VMM_BASH ? _("With az:\n") : _("The same with Az PowerShell:\n"));
        for (size_t i = 0; i < VMM_COUNT(way_back); i++) {
            const struct vmm_cloud_step *s = vmm_cloud_step_by_id(way_back[i]);
            if (i == RESORT) vmm_buf_str(b, _("  Only if the VM still cannot be reached:\n"));
            if (s->before && shell == VMM_BASH) vmm_buf_fmt(b, _("  %s. Before you do this: %s\n"), _(s->title), _(s->before));
            vmm_cloud_lines(s, (enum vmm_shell)shell, &names, true, add_line, b);
        }
    }
    for (size_t i = 0; i < VMM_COUNT(way_back) && platform != VMM_AZURE && platform < VMM_PLATFORMS; i++) {
        const struct vmm_cloud_step *s = vmm_cloud_step_by_id(way_back[i]);
        if (s->elsewhere[platform]) vmm_buf_fmt(b, "  %s: %s\n", _(s->title), _(s->elsewhere[platform]));
    }
}
