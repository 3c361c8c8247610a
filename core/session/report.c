/* The report for the ticket: what was done to which disk, the exact changes, the proof, and the way back.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

/* The names of the lines at the top; what they say stands in one column. */
enum label { DISK, STARTED, WRITTEN, SNAPSHOT, LABELS };
static const char *const labels[LABELS] = {NC_("report", "Disk"), NC_("report", "Started"), NC_("report", "Written"), NC_("report", "Snapshot")};
#define LABEL_COLUMNS 10

static void add_line(struct vmm_buf *b, enum label which, const char *text) {
    int width = LABEL_COLUMNS;
    for (size_t i = 0; i < LABELS; i++)
        if (vmm_columns_of(vmm_in_context(labels[i])) > width) width = vmm_columns_of(vmm_in_context(labels[i]));
    const char *label = vmm_in_context(labels[which]);
    vmm_buf_fmt(b, "%s%*s %s\n", label, width - vmm_columns_of(label), "", text);
}

static void add_hash(struct vmm_buf *b, const char *when, int width, const char *hash) { vmm_buf_fmt(b, "    %s%*s sha256 %s\n", when, width - vmm_columns_of(when), "", hash); }

static void add_file(struct vmm_buf *b, const json_t *f) {
    const char *first = _("before"), *then = _("after");
    int width = vmm_columns_of(first) > vmm_columns_of(then) ? vmm_columns_of(first) : vmm_columns_of(then);
    const json_t *before = json_object_get(f, "before"), *after = json_object_get(f, "after");
    bool secret = json_object_get(after, "hole") != NULL;
    vmm_buf_fmt(b, "  %s\n", vmm_json_str(f, "label"));
    add_hash(b, first, width, json_is_null(before) ? _("(no such file)") : vmm_json_str(before, "sha256"));
    add_hash(b, then, width, secret ? _("(not kept: it holds a password)") : vmm_json_str(after, "sha256"));
}

static void add_snapshot(struct vmm_buf *b, const json_t *snapshot) {
    const char *kind = vmm_json_str(snapshot, "kind"), *text = vmm_json_str(snapshot, "text"), *where = vmm_json_str(snapshot, "where");
    char *safe = vmm_safe_text(*where ? where : text);
    char *said = strcmp(kind, "none") == 0 ? vmm_printf(_("none; the reason given: %s"), safe) : strcmp(kind, "named") == 0 ? vmm_printf(_("%s (named by the person, not checked)"), safe) : vmm_strdup(safe);
    add_line(b, SNAPSHOT, said);
    free(said);
    free(safe);
}

char *vmm_report_text(const struct vmm_session *s, const char *state) {
    struct vmm_buf b = {0};
    const json_t *plan = s->plan;
    char now[24];
    vmm_utc_now(now);
    char *target = vmm_safe_text(vmm_json_str(plan, "target")), *disk = vmm_printf("%s (%s)", target, vmm_json_str(plan, "identity"));
    char *written = vmm_printf(_("%s, state: %s"), now, vmm_session_state_text(state));
    vmm_buf_fmt(&b, _("vmmedic %s: report of the session %s\n\n"), VMM_VERSION, s->name);
    add_line(&b, DISK, disk);
    add_line(&b, STARTED, vmm_json_str(plan, "started"));
    add_line(&b, WRITTEN, written);
    add_snapshot(&b, json_object_get(plan, "snapshot"));
    vmm_buf_fmt(&b, _("\nChanges\n%s"), vmm_json_str(plan, "text"));
    vmm_buf_str(&b, _("\nFiles, read again from the disk after writing\n"));
    const json_t *f;
    size_t i;
    json_array_foreach(json_object_get(plan, "files"), i, f) add_file(&b, f);
    vmm_buf_fmt(&b, _("\nThe originals are kept in %s\nTo go back, before Windows has run from the disk again: vmmedic undo %s\n"), s->dir, s->name);
    if (strcmp(state, vmm_session_state_word(VMM_SESSION_DONE)) == 0) vmm_report_next(&b, json_object_get(plan, "cloud"));
    vmm_buf_str(&b, _("\nRead back and compared means the disk holds what the preview showed. It does not promise that Windows starts.\n"));
    free(target);
    free(disk);
    free(written);
    char *text = vmm_buf_steal(&b), *fit = vmm_safe_lines(text); /* the plan is a file that somebody may have changed */
    free(text);
    return fit;
}
