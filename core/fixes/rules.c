/* Fixes that are tables: each row is a registry value, what it may be, and what it is set to where it is not. A row that is out of order in the set
 * that boots is the evidence; the cure goes into every whole control set where the row is out of order.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

enum state { FINE, BAD, UNKNOWN };

/* What stands at the row's place in one hive. */
struct reading {
    enum state state;
    enum vmm_answer answer;
    uint32_t number;
    char *text; /* of a text row */
};

static bool listed(const char *forms, const char *text) {
    char *copy = vmm_strdup(forms), *rest = copy, *form;
    bool yes = false;
    while (!yes && (form = strsep(&rest, "|"))) yes = vmm_casecmp(form, text) == 0;
    free(copy);
    return yes;
}

static enum vmm_answer there(const struct vmm_hive *h, const char *path, const char *name) {
    vmm_key key;
    struct vmm_value v;
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), path, &key);
    if (a == VMM_SET) a = vmm_key_value(h, key, name, &v);
    if (a == VMM_SET) vmm_value_clear(&v);
    return a;
}

static struct reading read_row(const struct vmm_rule *r, const struct vmm_hive *h, const char *path) {
    struct reading x = {0};
    if (r->flags & VMM_ANY) x.answer = there(h, path, r->name);
    else if (r->text) x.answer = vmm_hive_string(h, path, r->name, &x.text);
    else x.answer = vmm_hive_dword(h, path, r->name, &x.number);
    if (r->flags & VMM_ABSENCE && x.answer != VMM_NOT_SET) return x;
    switch (x.answer) {
    case VMM_UNREADABLE: x.state = UNKNOWN; break;
    case VMM_NOT_SET: x.state = r->flags & VMM_MUST_BE ? BAD : FINE; break;
    case VMM_WRONG_TYPE: x.state = BAD; break;
    default: x.state = r->flags & VMM_ANY ? BAD : (r->text ? listed(r->text, x.text) : x.number >= r->low && x.number <= r->high) ? FINE : BAD;
    }
    return x;
}

static char *boot_path(const struct vmm_patient *p, const struct vmm_rule *r) { return r->where == VMM_IN_SET ? vmm_boot_set_path(p, r->key) : vmm_strdup(r->key); }

static const struct vmm_hive *hive_of(const struct vmm_patient *p, const struct vmm_rule *r) {
    return r->where == VMM_IN_SOFTWARE ? vmm_patient_software(p) : p->windows->system->hive;
}

static void say_row(const struct vmm_rule *r, const struct reading *x, struct vmm_finding *f) {
    const char *label = r->label ? _(r->label) : r->name;
    if (x->answer == VMM_WRONG_TYPE) vmm_finding_say(f, _("%s has the wrong type: %s."), label, vmm_in_context(r->says));
    else if (x->answer == VMM_NOT_SET) vmm_finding_say(f, _("%s is not set: %s."), label, vmm_in_context(r->says));
    else if (r->flags & VMM_ANY) vmm_finding_say(f, _("%s is set: %s."), label, vmm_in_context(r->says));
    else if (r->text) vmm_finding_say(f, _("%s is \"%s\": %s."), label, x->text, vmm_in_context(r->says));
    else vmm_finding_say(f, _("%s is %u: %s."), label, x->number, vmm_in_context(r->says));
}

static bool only_software(const struct vmm_ruled *r) {
    for (size_t i = 0; i < r->count; i++)
        if (r->rules[i].where != VMM_IN_SOFTWARE) return false;
    return true;
}

static bool some_software(const struct vmm_ruled *r) {
    for (size_t i = 0; i < r->count; i++)
        if (r->rules[i].where == VMM_IN_SOFTWARE) return true;
    return false;
}

/* One row of the set that boots, judged and said. */
static void judge(const struct vmm_ruled *r, const struct vmm_rule *rule, const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = hive_of(p, rule);
    if (h == NULL) return;
    char *path = boot_path(p, rule);
    struct reading x = read_row(rule, h, path);
    free(path);
    if (x.state == BAD) {
        const struct vmm_store *st = rule->where == VMM_IN_SOFTWARE ? p->windows->software : p->windows->system;
        say_row(rule, &x, f);
        f->verdict = vmm_graver(f->verdict, rule->grade);
        if (st->blocked && f->blocked_by == NULL) f->blocked_by = vmm_printf("%s: %s", st->label, st->blocked);
        if (rule->grade == VMM_NEEDED && f->found == NULL && r->found) f->found = vmm_strdup(_(r->found));
    } else if (x.state == UNKNOWN) {
        vmm_finding_say(f, _("%s could not be read."), rule->label ? _(rule->label) : rule->name);
        f->verdict = vmm_graver(f->verdict, VMM_CANNOT_TELL);
    }
    free(x.text);
}

static bool key_is_missing(const struct vmm_ruled *r, const struct vmm_patient *p, struct vmm_finding *f) {
    char *path = vmm_boot_set_path(p, r->needs);
    bool missing = !vmm_has_key(p->windows->system->hive, path);
    if (missing) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, _("There is no key %s to look at."), path);
    }
    free(path);
    return missing;
}

void vmm_rules_examine(const struct vmm_ruled *r, const struct vmm_patient *p, struct vmm_finding *f) {
    if (only_software(r) ? vmm_need_policies(p, f) == NULL : vmm_patient_system(p, f) == NULL) return;
    f->verdict = VMM_NOT_NEEDED;
    if (r->needs && key_is_missing(r, p, f)) return;
    for (size_t i = 0; i < r->count; i++) judge(r, &r->rules[i], p, f);
    bool bad = f->verdict == VMM_NEEDED || f->verdict == VMM_OPTIONAL || f->verdict == VMM_REPORT;
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, "%s", _(r->fine));
    if (f->verdict != VMM_CANNOT_TELL) f->summary = vmm_strdup(vmm_in_context(bad ? r->bad : r->good));
    if (bad && r->policy) vmm_say_domain(p, f);
    if (!only_software(r)) vmm_say_stubs(p, f);
    if (some_software(r) && vmm_patient_software(p) == NULL) vmm_finding_say(f, _("Policies could not be looked at: the SOFTWARE hive is absent or cannot be read."));
}

/* ---- the plan ---- */

static int cure(const struct vmm_ruled *r, const struct vmm_rule *rule, struct vmm_store *store, const char *path, struct vmm_changes *c, struct vmm_error *err) {
    struct reading x = read_row(rule, store->hive, path);
    const char *why = r->why ? _(r->why) : NULL;
    int done = 0;
    if (x.state == UNKNOWN) done = vmm_fail(err, VMM_E_BROKEN, NULL, _("%s: %s!%s cannot be read"), r->fix, path, rule->name);
    else if (x.state == BAD && rule->flags & VMM_TAKE_OUT) done = vmm_change_delete(c, r->fix, store, path, rule->name, r->risk, why, err);
    else if (x.state == BAD && rule->text) {
        char *first = vmm_strndup(rule->text, strcspn(rule->text, "|"));
        done = vmm_change_text(c, r->fix, store, path, rule->name, VMM_REG_SZ, first, r->risk, why, err);
        free(first);
    } else if (x.state == BAD || (!rule->text && !(rule->flags & VMM_TAKE_OUT) && x.answer == VMM_SET && x.number == rule->want)) { /* what is right already may not be made wrong */
        done = vmm_change_dword(c, r->fix, store, path, rule->name, rule->want, r->risk, why, err);
    }
    free(x.text);
    return done;
}

struct row {
    const struct vmm_ruled *r;
    const struct vmm_rule *rule;
    struct vmm_store *store;
    struct vmm_changes *c;
};

static int cure_in(void *ctx, const char *path, struct vmm_error *err) {
    struct row *x = ctx;
    return cure(x->r, x->rule, x->store, path, x->c, err);
}

int vmm_rules_plan(const struct vmm_ruled *r, const struct vmm_patient *p, struct vmm_changes *c, struct vmm_error *err) {
    if (only_software(r) ? vmm_need_software(p, r->fix, err) < 0 : vmm_need_system(p, r->fix, err) < 0) return -1;
    int done = 0;
    for (size_t i = 0; done == 0 && i < r->count; i++) {
        const struct vmm_rule *rule = &r->rules[i];
        if (hive_of(p, rule) == NULL || rule->flags & VMM_TELL) continue;
        struct row x = {r, rule, rule->where == VMM_IN_SOFTWARE ? p->windows->software : p->windows->system, c};
        done = rule->where == VMM_IN_SET ? vmm_each_set(p, rule->key, cure_in, &x, err) : cure_in(&x, rule->key, err);
    }
    return done;
}

/* ---- the same by hand, on Windows ---- */

void vmm_rules_windows(const struct vmm_ruled *r, json_t *lines) {
    for (size_t i = 0; i < r->count; i++) {
        const struct vmm_rule *rule = &r->rules[i];
        if (rule->flags & (VMM_TELL | VMM_ABSENCE)) continue;
        char *first = rule->text ? vmm_strndup(rule->text, strcspn(rule->text, "|")) : NULL, *line;
        char *key = vmm_printf("HKLM\\BROKEN%s\\%s%s", rule->where == VMM_IN_SOFTWARE ? "SOFTWARE" : "SYSTEM", rule->where == VMM_IN_SET ? "ControlSet001\\" : "", rule->key);
        if (rule->flags & VMM_TAKE_OUT) line = vmm_printf("reg delete \"%s\" /v \"%s\" /f", key, rule->name);
        else if (first) line = vmm_printf("reg add \"%s\" /v \"%s\" /t REG_SZ /d \"%s\" /f", key, rule->name, first);
        else line = vmm_printf("reg add \"%s\" /v \"%s\" /t REG_DWORD /d %u /f", key, rule->name, rule->want);
        json_array_append_new(lines, vmm_json_text(line));
        free(first);
        free(key);
        free(line);
    }
}
