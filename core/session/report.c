/* The report for the ticket: what was done to which disk, the exact changes, the proof, and the way back.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

static void add_snapshot(struct vmm_buf *b, const json_t *snapshot) {
    const char *kind = vmm_json_str(snapshot, "kind"), *text = vmm_json_str(snapshot, "text"), *where = vmm_json_str(snapshot, "where");
    char *safe = vmm_safe_text(*where ? where : text);
    if (strcmp(kind, "none") == 0) vmm_buf_fmt(b, _("Snapshot   none; the reason given: %s\n"), safe);
    else if (strcmp(kind, "named") == 0) vmm_buf_fmt(b, _("Snapshot   %s (named by the person, not checked)\n"), safe);
    else vmm_buf_fmt(b, _("Snapshot   %s\n"), safe);
    free(safe);
}

char *vmm_report_text(const struct vmm_session *s, const char *state) {
    struct vmm_buf b = {0};
    const json_t *plan = s->plan;
    char now[24];
    vmm_utc_now(now);
    char *target = vmm_safe_text(vmm_json_str(plan, "target"));
    vmm_buf_fmt(&b, _("vmmedic %s: report of the session %s\n\n"), VMM_VERSION, s->name);
    vmm_buf_fmt(&b, _("Disk       %s (%s)\n"), target, vmm_json_str(plan, "identity"));
    vmm_buf_fmt(&b, _("Started    %s\n"), vmm_json_str(plan, "started"));
    vmm_buf_fmt(&b, _("Written    %s, state: %s\n"), now, state);
    add_snapshot(&b, json_object_get(plan, "snapshot"));
    vmm_buf_fmt(&b, _("\nChanges\n%s"), vmm_json_str(plan, "text"));
    vmm_buf_str(&b, _("\nFiles, read again from the disk after writing\n"));
    const json_t *f;
    size_t i;
    json_array_foreach(json_object_get(plan, "files"), i, f) {
        const json_t *before = json_object_get(f, "before"), *after = json_object_get(f, "after");
        bool secret = json_object_get(after, "hole") != NULL;
        vmm_buf_fmt(&b, "  %s\n    %s %s\n    %s %s\n", vmm_json_str(f, "label"), _("before sha256"), json_is_null(before) ? _("(no such file)") : vmm_json_str(before, "sha256"),
                    _("after  sha256"), secret ? _("(not kept: it holds a password)") : vmm_json_str(after, "sha256"));
    }
    vmm_buf_fmt(&b, _("\nThe originals are kept in %s\nTo go back, before Windows has run from the disk again: vmmedic undo %s\n"), s->dir, s->name);
    if (strcmp(state, vmm_session_state_word(VMM_SESSION_DONE)) == 0) vmm_report_next(&b, json_object_get(plan, "cloud"));
    vmm_buf_str(&b, _("\nRead back and compared means the disk holds what the preview showed. It does not promise that Windows starts.\n"));
    free(target);
    return vmm_buf_steal(&b);
}
