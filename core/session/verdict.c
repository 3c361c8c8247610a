/* The verdict on a disk: one sentence, what was checked, and what could not be.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/worker.h"

static char *broken_sentence(const json_t *needed_titles, size_t n) {
    struct vmm_buf b = {0};
    for (size_t i = 0; i < n; i++) vmm_buf_fmt(&b, "%s%s", i ? "; " : "", json_string_value(json_array_get(needed_titles, i)));
    char *list = vmm_buf_steal(&b), *s = vmm_printf(ngettext("%s. One fix repairs it.", "%s. %zu fixes repair it.", n), list, n);
    free(list);
    return s;
}

char *vmm_not_judged(const struct vmm_patient *p) {
    if (p->windows == NULL || p->boot == NULL) return vmm_strdup(p->why_no_boot ? p->why_no_boot : _("its boot store was not found"));
    const struct vmm_store *boot = p->boot->store, *system_hive = p->windows->system;
    if (boot->bcd == NULL) return vmm_strdup(boot->error.message);
    const char *dirty = vmm_hive_dirty(boot->hive);
    if (dirty) return vmm_printf("%s: %s", boot->label, dirty); /* what its logs hold may be the very trouble */
    return system_hive->hive ? NULL : vmm_strdup(system_hive->error.message);
}

/* "Turn the serial console on (EMS): off" */
static json_t *checked_text(const json_t *fix) {
    const char *summary = vmm_json_str(fix, "summary");
    char *text = vmm_printf("%s%s%s", vmm_json_str(fix, "title"), *summary ? ": " : "", summary);
    json_t *j = vmm_json_text(text);
    free(text);
    return j;
}

json_t *vmm_verdict_json(const struct vmm_scan *scan, const struct vmm_patient *p, const json_t *fixes) {
    json_t *needed = json_array(), *said = json_array(), *checked = json_array(), *not_checked = json_array(), *f;
    const char *blocked = NULL;
    size_t i;
    json_array_foreach((json_t *)fixes, i, f) {
        const char *verdict = vmm_json_str(f, "verdict");
        if (strcmp(verdict, "cannot-tell") == 0) json_array_append(not_checked, json_object_get(f, "title"));
        else if (strcmp(verdict, "needed") != 0) json_array_append_new(checked, checked_text(f));
        else {
            json_array_append(needed, json_object_get(f, "id"));
            const char *found = vmm_json_str(f, "found");
            json_array_append_new(said, vmm_json_text(*found ? found : vmm_json_str(f, "title")));
            if (blocked == NULL) blocked = json_string_value(json_object_get(f, "blocked_by"));
        }
    }
    const char *state;
    char *sentence, *unread = vmm_not_judged(p);
    size_t n = json_array_size(needed);
    if (scan->windows_count == 0 && n == 0) {
        state = "no-windows";
        sentence = vmm_strdup(_("No Windows was found on this disk."));
    } else if (n > 0 && blocked) {
        char *what = broken_sentence(said, n);
        state = "blocked";
        sentence = vmm_printf(_("%s But it cannot be written to now: %s"), what, blocked);
        free(what);
    } else if (n > 0) {
        state = "broken";
        sentence = broken_sentence(said, n);
    } else if (unread) {
        state = "blocked";
        sentence = vmm_printf(_("This disk cannot be judged: %s"), unread);
    } else {
        state = "healthy";
        sentence = vmm_strdup(json_array_size(not_checked) ? _("Nothing that was checked on this disk keeps people out, but not everything could be checked.")
                                                           : _("Nothing that was checked on this disk keeps people out."));
    }
    free(unread);
    json_decref(said);
    json_t *j = json_pack("{s:s,s:o,s:o,s:o,s:o}", "state", state, "sentence", vmm_json_text(sentence), "needed", needed, "checked", checked, "not_checked", not_checked);
    free(sentence);
    return j;
}
