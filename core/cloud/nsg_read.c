/* From the bytes of a file to groups and rules. The file is anybody's: its size, nesting and types are checked, and whatever is wrong is named with its place.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cloud/nsg.h"

#define DEPTH_MAX 64
#define CONTAINERS_MAX 500000 /* ten thousand rules with all their lists, several times over; each costs some 300 bytes */
#define VALUES_MAX 3000000

/* ---- text ---- */

/* UTF-8 of what was read: Windows' redirection writes UTF-16. The caller frees. */
static char *as_utf8(const uint8_t *data, size_t len, size_t *out) {
    char *text;
    if (len >= 2 && ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff))) {
        uint8_t *copy = vmm_memdup(data, len);
        for (size_t i = 0; data[0] == 0xfe && i + 1 < len; i += 2) {
            copy[i] = data[i + 1];
            copy[i + 1] = data[i];
        }
        text = vmm_utf16_to_utf8(copy + 2, len - 2);
        *out = strlen(text);
        free(copy);
        return text;
    }
    size_t skip = len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    *out = len - skip;
    return vmm_memdup(data + skip, len - skip);
}

static int at(struct vmm_error *err, const char *label, int line, int column, const char *hint, const char *what) {
    return vmm_fail(err, VMM_E_BROKEN, hint, _("%s, line %d, column %d: %s"), label, line, column, what);
}

/* Counts what the parser would make of it, before it makes it. */
static int measure(const char *text, size_t len, const char *label, struct vmm_error *err) {
    size_t depth = 0, containers = 0, values = 0;
    int line = 1, column = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        column++;
        if (c == '\n') {
            line++;
            column = 0;
        } else if (quoted) {
            if (c == '\\') {
                i++;
                column++;
            } else if (c == '"') {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            containers++;
            if (++depth > DEPTH_MAX) return at(err, label, line, column, NULL, _("this is nested deeper than any list of rules"));
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        } else if (c == ',') {
            values++;
        }
        if (containers > CONTAINERS_MAX || values > VALUES_MAX) return at(err, label, line, column, NULL, _("this is longer than any list of rules"));
    }
    return 0;
}

static json_t *parse(const char *text, size_t len, const char *label, struct vmm_error *err) {
    json_error_t e;
    size_t start = 0;
    while (start < len && strchr(" \t\r\n", text[start]) && text[start]) start++;
    if (start == len) {
        vmm_fail(err, VMM_E_BROKEN, _("Did the command that should have written it fail?"), _("%s is empty"), label);
        return NULL;
    }
    if (measure(text, len, label, err) < 0) return NULL;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (root) return root;
    const char *hint = strchr("{[", text[start]) && text[start] ? NULL : _("It has to be JSON. az writes it with -o json; PowerShell with: | ConvertTo-Json -Depth 9");
    char *what = vmm_safe_text(e.text);
    at(err, label, e.line, e.column, hint, what);
    free(what);
    return NULL;
}

/* ---- groups ---- */

static void note(struct vmm_nsg *n, char *text) {
    if (json_array_size(n->notes) < 20) json_array_append_new(n->notes, vmm_json_text(text));
    free(text);
}

static int by_priority(const void *a, const void *b) {
    const struct nsg_rule *x = a, *y = b;
    if (x->priority != y->priority) return x->priority < y->priority ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static struct nsg_group *new_group(struct vmm_nsg *n, const char *name, enum nsg_level level) {
    n->group = vmm_realloc(n->group, n->count + 1, sizeof *n->group);
    struct nsg_group *g = &n->group[n->count++];
    const char *slash = strrchr(name, '/');
    char *part = vmm_strndup(slash ? slash + 1 : name, 100);
    *g = (struct nsg_group){.name = vmm_safe_text(part), .level = level};
    free(part);
    return g;
}

static void note_gaps(struct vmm_nsg *n, const struct nsg_rule *r) {
    if (!r->inbound) return;
    if (r->source.count == 0) note(n, vmm_printf(_("The rule %s names no source. It is read as: from anywhere."), r->name));
    if (r->destination.count == 0) note(n, vmm_printf(_("The rule %s names no destination. It is read as: to anywhere."), r->name));
    if (r->destination.port_count == 0) note(n, vmm_printf(_("The rule %s names no port. It is read as: every port."), r->name));
}

/* Adds the rules of a list; NULL is none. WHAT is the list's name. */
static int add_rules(struct vmm_nsg *n, struct nsg_group *g, const json_t *list, const char *what, struct vmm_error *err) {
    const json_t *one;
    size_t i;
    if (list == NULL) return 0;
    if (json_is_object(list) && nsg_field(list, "priority") == NULL && json_is_array(nsg_field(list, "value"))) list = nsg_field(list, "value");
    json_t *single = json_is_object(list) ? json_pack("[O]", list) : NULL;
    if (single) list = single;
    if (json_is_string(list) && json_string_length(list) == 0) return 0;
    if (!json_is_array(list))
        return vmm_fail(err, VMM_E_BROKEN, _("PowerShell cuts what is nested deeply. Write it again with: | ConvertTo-Json -Depth 9"), _("%s is no list of rules"), what);
    g->rule = vmm_realloc(g->rule, g->count + json_array_size(list), sizeof *g->rule);
    int r = 0;
    json_array_foreach(list, i, one) {
        char *where = vmm_printf(_("%s, rule %zu"), what, i + 1);
        struct nsg_rule *rule = &g->rule[g->count];
        r = nsg_rule_read(one, where, rule, err);
        free(where);
        if (r < 0) break;
        rule->order = g->count++;
        note_gaps(n, rule);
    }
    json_decref(single);
    return r;
}

/* Every group has the standard rules, whether the file lists them or not. */
static void complete(struct nsg_group *g) {
    bool standard = false;
    for (size_t i = 0; i < g->count; i++) standard |= g->rule[i].standard && g->rule[i].inbound;
    if (!standard) nsg_rules_standard(g);
    qsort(g->rule, g->count, sizeof *g->rule, by_priority);
}

/* ---- the forms ---- */

enum form { FORM_NONE, FORM_RULE, FORM_GROUP, FORM_EFFECTIVE };

static enum form form_of(const json_t *o) {
    if (!json_is_object(o)) return FORM_NONE;
    if (nsg_field(o, "effectiveSecurityRules") || (nsg_field(o, "association") && nsg_field(o, "networkSecurityGroup"))) return FORM_EFFECTIVE;
    if (nsg_field(o, "securityRules") || nsg_field(o, "defaultSecurityRules")) return FORM_GROUP;
    return nsg_field(o, "access") || nsg_field(o, "priority") ? FORM_RULE : FORM_NONE;
}

static bool names_something(const json_t *v) { return json_array_size(v) > 0 || (json_is_object(v) && *nsg_text(v, "id")); }

static int read_group(struct vmm_nsg *n, const json_t *o, struct vmm_error *err) {
    bool subnet = names_something(nsg_field(o, "subnets")), card = names_something(nsg_field(o, "networkInterfaces"));
    const char *name = nsg_text(o, "name");
    struct nsg_group *g = new_group(n, *name ? name : nsg_text(o, "id"), subnet == card ? LEVEL_UNKNOWN : subnet ? LEVEL_SUBNET : LEVEL_CARD);
    if (add_rules(n, g, nsg_field(o, "securityRules"), "securityRules", err) < 0) return -1;
    if (add_rules(n, g, nsg_field(o, "defaultSecurityRules"), "defaultSecurityRules", err) < 0) return -1;
    complete(g);
    return 0;
}

static int read_effective(struct vmm_nsg *n, const json_t *o, struct vmm_error *err) {
    const json_t *association = nsg_field(o, "association");
    bool subnet = names_something(nsg_field(association, "subnet")), card = names_something(nsg_field(association, "networkInterface"));
    if (!subnet && !card && names_something(nsg_field(association, "networkManager"))) {
        note(n, vmm_strdup(_("Rules of a network manager (AVNM) are in force too. They come before every NSG and are not judged here; the authority is: az network "
                             "watcher test-ip-flow")));
        return 0;
    }
    struct nsg_group *g = new_group(n, nsg_text(nsg_field(o, "networkSecurityGroup"), "id"), subnet == card ? LEVEL_UNKNOWN : subnet ? LEVEL_SUBNET : LEVEL_CARD);
    if (add_rules(n, g, nsg_field(o, "effectiveSecurityRules"), "effectiveSecurityRules", err) < 0) return -1;
    complete(g);
    return 0;
}

/* The NSG's name out of its rule's id; "" when there is none. The caller frees. */
static char *group_of_rule(const json_t *rule) {
    static const char before[] = "/networkSecurityGroups/";
    const char *at = strcasestr(nsg_text(rule, "id"), before);
    return at ? vmm_strndup(at + sizeof before - 1, strcspn(at + sizeof before - 1, "/")) : vmm_strdup("");
}

static int read_list(struct vmm_nsg *n, const json_t *list, bool wrapped, const char *label, struct vmm_error *err) {
    enum form form = form_of(json_array_get(list, 0));
    const json_t *one;
    size_t i;
    if (json_array_size(list) == 0 && wrapped) {
        n->whole = true;
        return 0; /* nothing is in force on this card */
    }
    if (json_array_size(list) == 0 || form == FORM_RULE || json_is_string(json_array_get(list, 0))) { /* no rule of its own: the standard ones are there all the same */
        char *name = group_of_rule(json_array_get(list, 0));
        struct nsg_group *g = new_group(n, name, LEVEL_UNKNOWN);
        free(name);
        if (json_array_size(list) == 0) note(n, vmm_strdup(_("The list is empty. It is read as an NSG that has only the rules that every NSG has.")));
        if (add_rules(n, g, list, label, err) < 0) return -1;
        complete(g);
        return 0;
    }
    n->whole = form == FORM_EFFECTIVE;
    json_array_foreach(list, i, one) {
        if (form == FORM_NONE || form_of(one) != form)
            return vmm_fail(err, VMM_E_BROKEN, NULL, i ? _("%s: item %zu of the list is of another kind than the first") : _("%s: item %zu of the list is neither a "
                                                                                                                             "rule nor an NSG"), label, i + 1);
        if ((form == FORM_GROUP ? read_group(n, one, err) : read_effective(n, one, err)) < 0) return -1;
    }
    if (form == FORM_GROUP && n->count > 1)
        note(n, vmm_printf(_("The file has %zu NSGs. All of them are taken to be on the way to this VM; leave out those that are not."), n->count));
    return 0;
}

static int read_root(struct vmm_nsg *n, const json_t *root, const char *label, struct vmm_error *err) {
    if (json_is_array(root)) return read_list(n, root, false, label, err);
    const json_t *value = nsg_field(root, "value");
    switch (form_of(root)) {
    case FORM_GROUP: return read_group(n, root, err);
    case FORM_EFFECTIVE: n->whole = true; return read_effective(n, root, err);
    case FORM_RULE: {
        json_t *list = json_pack("[O]", root);
        int r = read_list(n, list, false, label, err);
        json_decref(list);
        return r;
    }
    case FORM_NONE: break;
    }
    if (json_is_array(value)) return read_list(n, value, true, label, err);
    return vmm_fail(err, VMM_E_BROKEN, _("It has to be what az network nic list-effective-nsg, nsg show or nsg rule list prints."), _("%s is JSON, but there is no "
                                                                                                                                      "NSG and no rule in it"), label);
}

static int by_level(const void *a, const void *b) { return (int)((const struct nsg_group *)a)->level - (int)((const struct nsg_group *)b)->level; }

struct vmm_nsg *vmm_nsg_parse(const void *data, size_t len, const char *label, struct vmm_error *err) {
    if (len > VMM_NSG_MAX_BYTES) {
        vmm_fail(err, VMM_E_BROKEN, NULL, _("%s is longer than any list of rules"), label);
        return NULL;
    }
    size_t n = 0;
    char *text = as_utf8(data, len, &n);
    json_t *root = parse(text, n, label, err);
    free(text);
    if (root == NULL) return NULL;
    struct vmm_nsg *nsg = vmm_alloc(1, sizeof *nsg);
    nsg->notes = json_array();
    int r = read_root(nsg, root, label, err);
    json_decref(root);
    if (r < 0) {
        vmm_nsg_free(nsg);
        return NULL;
    }
    if (nsg->count > 1) qsort(nsg->group, nsg->count, sizeof *nsg->group, by_level);
    return nsg;
}

void vmm_nsg_free(struct vmm_nsg *nsg) {
    if (nsg == NULL) return;
    for (size_t i = 0; i < nsg->count; i++) {
        for (size_t k = 0; k < nsg->group[i].count; k++) nsg_rule_clear(&nsg->group[i].rule[k]);
        free(nsg->group[i].rule);
        free(nsg->group[i].name);
    }
    free(nsg->group);
    json_decref(nsg->notes);
    free(nsg);
}

json_t *vmm_nsg_file(const char *path, const char *label, const struct vmm_nsg_query *query, struct vmm_error *err) {
    uint8_t *data;
    size_t len;
    if (vmm_file_read(path, VMM_NSG_MAX_BYTES, &data, &len, err) < 0) return NULL;
    struct vmm_nsg *nsg = vmm_nsg_parse(data, len, label ? label : path, err);
    free(data);
    json_t *answer = nsg ? vmm_nsg_judge(nsg, query, err) : NULL;
    vmm_nsg_free(nsg);
    return answer;
}
