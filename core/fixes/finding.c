/* Findings: filled, cleared, and as JSON; the catalogue's entries as JSON.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

static const char *const verdicts[] = {[VMM_NEEDED] = "needed", [VMM_NOT_NEEDED] = "not-needed", [VMM_OPTIONAL] = "optional", [VMM_REPORT] = "report",
                                       [VMM_CANNOT_TELL] = "cannot-tell"};
static const char *const risks[] = {[VMM_RISK_LOW] = "low", [VMM_RISK_MEDIUM] = "medium", [VMM_RISK_HIGH] = "high"};

const char *vmm_verdict_word(enum vmm_verdict v) { return verdicts[v]; }

void vmm_finding_clear(struct vmm_finding *f) {
    for (size_t i = 0; i < f->evidence_count; i++) free(f->evidence[i]);
    free(f->evidence);
    free(f->blocked_by);
    free(f->summary);
    free(f->found);
    *f = (struct vmm_finding){0};
}

void vmm_finding_say(struct vmm_finding *f, const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) return;
    f->evidence = vmm_realloc(f->evidence, f->evidence_count + 1, sizeof *f->evidence);
    f->evidence[f->evidence_count++] = vmm_safe_text(text);
    free(text);
}

static json_t *translated(const char *text) { return text ? vmm_json_text(_(text)) : json_null(); }

/* What a Windows admin would have typed. */
static json_t *windows_lines(const struct vmm_fix *f) {
    json_t *lines = json_array();
    for (const char *p = f->windows; p && *p;) {
        size_t n = strcspn(p, "\n");
        json_array_append_new(lines, json_stringn(p, n));
        p += n + (p[n] == '\n');
    }
    if (f->windows == NULL && f->rules) vmm_rules_windows(f->rules, lines);
    return lines;
}

json_t *vmm_fix_json(const struct vmm_fix *f) {
    json_t *o = json_object(), *params = json_array(), *members = json_array();
    json_object_set_new(o, "id", json_string(f->id));
    json_object_set_new(o, "title", translated(f->title));
    json_object_set_new(o, "family", translated(f->family));
    json_object_set_new(o, "symptom", translated(f->symptom));
    json_object_set_new(o, "what", translated(f->what));
    json_object_set_new(o, "risk", json_string(risks[f->risk]));
    json_object_set_new(o, "risk_text", translated(f->risk_text));
    json_object_set_new(o, "undo", translated(f->undo));
    json_object_set_new(o, "article", translated(f->article));
    json_object_set_new(o, "differs", translated(f->differs));
    json_object_set_new(o, "lowers_security", json_boolean(f->lowers_security));
    json_object_set_new(o, "lowers_with", vmm_json_text(f->lowers_with));
    json_object_set_new(o, "takes_secret", json_boolean(f->takes_secret));
    for (const struct vmm_param *p = f->params; p && p->name; p++)
        json_array_append_new(params, json_pack("{s:s, s:s, s:s, s:o}", "name", p->name, "values", p->values, "default", p->fallback, "help", translated(p->help)));
    json_object_set_new(o, "params", params);
    for (size_t i = 0; f->members && f->members[i]; i++) json_array_append_new(members, json_string(f->members[i]));
    json_object_set_new(o, "members", members);
    json_object_set_new(o, "windows", windows_lines(f));
    return o;
}

json_t *vmm_finding_json(const struct vmm_fix *f, const struct vmm_finding *found) {
    json_t *o = json_object(), *evidence = json_array();
    for (size_t i = 0; i < found->evidence_count; i++) json_array_append_new(evidence, vmm_json_text(found->evidence[i]));
    json_object_set_new(o, "id", json_string(f->id));
    json_object_set_new(o, "title", translated(f->title));
    json_object_set_new(o, "family", translated(f->family));
    json_object_set_new(o, "verdict", json_string(vmm_verdict_word(found->verdict)));
    json_object_set_new(o, "blocked_by", vmm_json_text(found->blocked_by));
    json_object_set_new(o, "evidence", evidence);
    json_object_set_new(o, "summary", vmm_json_text(found->summary ? found->summary : ""));
    json_object_set_new(o, "found", vmm_json_text(found->found));
    json_object_set_new(o, "risk", json_string(risks[f->risk]));
    json_object_set_new(o, "lowers_security", json_boolean(f->lowers_security));
    json_object_set_new(o, "asks_recovery_key", json_boolean(found->asks_recovery_key));
    json_object_set_new(o, "takes_secret", json_boolean(f->takes_secret));
    return o;
}
