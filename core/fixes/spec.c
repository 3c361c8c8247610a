/* "ID[:name=value,...]" as people type it, checked against the catalogue, then planned.
 * What a parameter accepts is its `values` text: words and forms with | between them; "1..4" is a range, "{guid}" an entry of a boot store.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

#define MAX_OPTIONS 8

const char *vmm_option_text(const struct vmm_option *options, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(options[i].name, name) == 0) return options[i].value;
    return NULL;
}

unsigned vmm_option_number(const struct vmm_option *options, size_t count, const char *name, unsigned fallback) {
    const char *text = vmm_option_text(options, count, name);
    return text ? (unsigned)strtoul(text, NULL, 10) : fallback;
}

/* ---- what a parameter accepts ---- */

static bool in_range(const char *form, const char *value) {
    const char *dots = strstr(form, "..");
    size_t n = strlen(value);
    if (n == 0 || n > 9 || strspn(value, "0123456789") != n) return false;
    unsigned long v = strtoul(value, NULL, 10);
    return v >= strtoul(form, NULL, 10) && v <= strtoul(dots + 2, NULL, 10);
}

static bool is_entry(const char *value) {
    uint8_t guid[16];
    size_t n = strlen(value);
    return vmm_guid_parse(value, guid) == 0 || (n > 2 && value[0] == '{' && value[n - 1] == '}');
}

static bool form_accepts(const char *form, const char *value) {
    if (strcmp(form, "{guid}") == 0) return is_entry(value);
    if (strcmp(form, "NAME") == 0) {
        char *fault = vmm_account_fault(value);
        free(fault);
        return fault == NULL;
    }
    if (strstr(form, "..")) return in_range(form, value);
    return strcasecmp(form, value) == 0;
}

static bool accepts(const struct vmm_param *p, const char *value) {
    char *forms = vmm_strdup(p->values), *rest = forms, *form;
    bool good = false;
    while (!good && (form = strsep(&rest, "|"))) good = form_accepts(form, value);
    free(forms);
    return good;
}

/* ---- parsing ---- */

static const struct vmm_param *param_of(const struct vmm_fix *f, const char *name) {
    for (const struct vmm_param *p = f->params; p && p->name; p++)
        if (strcasecmp(p->name, name) == 0) return p;
    return NULL;
}

static int unknown_fix(const char *id, struct vmm_error *err) {
    struct vmm_buf b = {0};
    const struct vmm_fix *f;
    vmm_buf_str(&b, _("Known are:"));
    for (size_t i = 0; (f = vmm_fix_at(i)); i++) vmm_buf_fmt(&b, " %s", f->id);
    vmm_fail(err, VMM_E_USAGE, (const char *)b.data, _("there is no fix \"%s\""), id);
    vmm_buf_free(&b);
    return -1;
}

static int unknown_option(const struct vmm_fix *f, const char *name, struct vmm_error *err) {
    struct vmm_buf b = {0};
    if (f->params == NULL) vmm_buf_str(&b, _("It has no options."));
    for (const struct vmm_param *p = f->params; p && p->name; p++) vmm_buf_fmt(&b, "%s%s=%s", b.len ? ", " : _("It takes: "), p->name, p->values);
    vmm_fail(err, VMM_E_USAGE, (const char *)b.data, _("%s has no option \"%s\""), f->id, name);
    vmm_buf_free(&b);
    return -1;
}

/* Cuts TEXT (a private copy) into options. The count, or -1. */
static int parse_options(const struct vmm_fix *f, char *text, struct vmm_option options[MAX_OPTIONS], struct vmm_error *err) {
    int count = 0;
    for (char *item, *rest = text; (item = strsep(&rest, ","));) {
        char *value = strchr(item, '=');
        if (value == NULL)
            return vmm_fail(err, VMM_E_USAGE, _("Options are written name=value, with a comma between two."), _("%s: \"%s\" is no option with a value"), f->id, item);
        *value++ = '\0';
        const struct vmm_param *p = param_of(f, item);
        if (p == NULL) return unknown_option(f, item, err);
        if (!accepts(p, value)) {
            char *fault = strcmp(p->values, "NAME") == 0 ? vmm_account_fault(value) : NULL, *hint = fault ? fault : vmm_printf(_("It takes %s."), p->values);
            vmm_fail(err, VMM_E_USAGE, hint, _("%s: %s cannot be \"%s\""), f->id, item, value);
            free(hint);
            return -1;
        }
        if (vmm_option_text(options, (size_t)count, item) || count == MAX_OPTIONS)
            return vmm_fail(err, VMM_E_USAGE, NULL, _("%s: the option %s is given twice"), f->id, item);
        options[count++] = (struct vmm_option){item, value};
    }
    return count;
}

/* ---- planning ---- */

/* A fix that would change a store that may not be written is refused with the store's reason. */
static int find_block(const struct vmm_fix *f, const struct vmm_changes *c, size_t from, struct vmm_error *err) {
    for (size_t i = from; i < c->count; i++)
        if (c->list[i].store->blocked)
            return vmm_fail(err, VMM_E_BLOCKED, NULL, _("%s cannot be done now: %s: %s"), f->id, c->list[i].store->label, c->list[i].store->blocked);
    return 0;
}

/* A group is its members, each with its usual values: the changes name the member that owns them. */
static int plan_members(const struct vmm_patient *p, const struct vmm_fix *group, struct vmm_changes *c, struct vmm_error *err) {
    int r = 0;
    for (size_t i = 0; r == 0 && group->members[i]; i++) r = vmm_fix_plan(p, group->members[i], c, err);
    return r < 0 ? vmm_fail_prefix(err, "%s", group->id) : 0;
}

bool vmm_fix_lowers(const char *spec) {
    struct vmm_option options[MAX_OPTIONS] = {0};
    char *copy = vmm_strdup(spec), *rest = copy;
    const struct vmm_fix *f = vmm_fix_by_id(strsep(&rest, ":"));
    int count = f && rest ? parse_options(f, rest, options, NULL) : 0;
    bool lowers = f && f->lowers_security;
    for (int i = 0; f && f->lowers_with && i < count; i++) {
        char *option = vmm_printf("%s=%s", options[i].name, options[i].value);
        lowers = lowers || strcasecmp(option, f->lowers_with) == 0;
        free(option);
    }
    free(copy);
    return lowers;
}

bool vmm_fix_takes_secret(const char *spec, char **user) {
    struct vmm_option options[MAX_OPTIONS] = {0};
    char *copy = vmm_strdup(spec), *rest = copy;
    const struct vmm_fix *f = vmm_fix_by_id(strsep(&rest, ":"));
    int count = f && rest ? parse_options(f, rest, options, NULL) : 0;
    const char *name = count > 0 ? vmm_option_text(options, (size_t)count, "user") : NULL;
    if (user) *user = f && f->takes_secret ? vmm_strdup(name ? name : VMM_NEW_ACCOUNT) : NULL;
    free(copy);
    return f && f->takes_secret;
}

int vmm_fix_plan(const struct vmm_patient *p, const char *spec, struct vmm_changes *c, struct vmm_error *err) {
    struct vmm_option options[MAX_OPTIONS] = {0};
    char *copy = vmm_strdup(spec), *rest = copy, *id = strsep(&rest, ":");
    const struct vmm_fix *f = vmm_fix_by_id(id);
    size_t before = c->count;
    int count = 0, r = f ? 0 : unknown_fix(id, err);
    if (r == 0 && rest) count = parse_options(f, rest, options, err);
    if (count < 0) r = -1;
    if (r == 0) r = f->members ? plan_members(p, f, c, err) : f->plan(p, options, (size_t)count, c, err);
    if (r == 0) r = find_block(f, c, before, err);
    free(copy);
    return r;
}
