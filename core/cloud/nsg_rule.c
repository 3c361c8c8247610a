/* One security rule out of JSON: az, REST and PowerShell spell the same fields differently, and a list of one may be a plain value.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cloud/nsg.h"

#define SHOWN_MAX 100 /* Azure's names have 80 at most */

static json_t *find(const json_t *object, const char *name) {
    json_t *v = json_object_get(object, name);
    const char *key;
    if (v) return v;
    json_object_foreach((json_t *)object, key, v) if (strcasecmp(key, name) == 0) return v; /* the object is not changed */
    return NULL;
}

const json_t *nsg_field(const json_t *object, const char *name) {
    const json_t *v = find(object, name);
    if (v == NULL) v = find(find(object, "properties"), name);
    return json_is_null(v) ? NULL : v;
}

const char *nsg_text(const json_t *object, const char *name) {
    const char *text = json_string_value(nsg_field(object, name));
    return text ? text : "";
}

/* A copy to show in messages: safe and not long. */
static char *shown(const char *text) {
    size_t n = strlen(text);
    if (n > SHOWN_MAX)
        for (n = SHOWN_MAX; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;) n--;
    char *part = vmm_strndup(text, n), *safe = vmm_safe_text(part);
    free(part);
    return safe;
}

static int bad(const char *where, const char *field, const char *value, const char *what, struct vmm_error *err) {
    char *v = shown(value);
    vmm_fail(err, VMM_E_BROKEN, NULL, "%s, %s: \"%s\" %s", where, field, v, what);
    free(v);
    return -1;
}

/* ---- lists ---- */

typedef int (*item_fn)(struct nsg_side *s, const char *item, const char *where, const char *field, struct vmm_error *err);

/* "a b,c": several in one string is what is left of a list when PowerShell's -Depth cuts it. */
static int each_word(struct nsg_side *s, const char *text, item_fn add, const char *where, const char *field, struct vmm_error *err) {
    int r = 0;
    for (const char *p = text; *p && r == 0;) {
        size_t n = strcspn(p, " ,\t\r\n");
        char *word = n ? vmm_strndup(p, n) : NULL;
        if (word) r = add(s, word, where, field, err);
        free(word);
        p += n + (p[n] != '\0');
    }
    return r;
}

static int each(struct nsg_side *s, const json_t *object, const char *field, item_fn add, const char *where, struct vmm_error *err) {
    const json_t *v = nsg_field(object, field), *one;
    size_t i;
    if (v && json_is_object(v) && json_is_array(find(v, "value"))) v = find(v, "value"); /* {"value":[],"Count":1}: PowerShell 5 */
    if (v == NULL) return 0;
    if (json_is_string(v)) return each_word(s, json_string_value(v), add, where, field, err);
    if (json_is_integer(v)) { /* a port, by hand */
        char number[32];
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
        return add(s, number, where, field, err);
    }
    if (!json_is_array(v)) return vmm_fail(err, VMM_E_BROKEN, NULL, _("%s, %s: neither a text nor a list of texts"), where, field);
    json_array_foreach(v, i, one) {
        if (!json_is_string(one)) return vmm_fail(err, VMM_E_BROKEN, NULL, _("%s, %s: item %zu is no text"), where, field, i + 1);
        if (each_word(s, json_string_value(one), add, where, field, err) < 0) return -1;
    }
    return 0;
}

/* Doubles the room each time it is full: 1, 2, 4 ... */
static void *grown(void *list, size_t count, size_t size) { return (count & (count - 1)) == 0 ? vmm_realloc(list, count ? 2 * count : 1, size) : list; }

static int add_port(struct nsg_side *s, const char *item, const char *where, const char *field, struct vmm_error *err) {
    char *end;
    long low = 0, high = 65535;
    if (strcmp(item, "*") != 0 && strcasecmp(item, "any") != 0) {
        low = isdigit((unsigned char)item[0]) ? strtol(item, &end, 10) : -1;
        high = low;
        if (low >= 0 && *end == '-' && isdigit((unsigned char)end[1])) high = strtol(end + 1, &end, 10);
        if (low < 0 || *end || high < low || high > 65535) return bad(where, field, item, _("is no port and no range of ports"), err);
    }
    s->port = grown(s->port, s->port_count, sizeof *s->port);
    s->port[s->port_count].low = (int)low;
    s->port[s->port_count++].high = (int)high;
    return 0;
}

static int add_to(struct nsg_prefix **list, size_t *count, const char *item, const char *where, const char *field, struct vmm_error *err) {
    struct nsg_prefix p;
    if (!nsg_prefix_parse(item, &p)) return bad(where, field, item, _("is neither an address nor the name of a service tag"), err);
    *list = grown(*list, *count, sizeof **list);
    (*list)[(*count)++] = p;
    return 0;
}
static int add_prefix(struct nsg_side *s, const char *item, const char *where, const char *field, struct vmm_error *err) {
    return add_to(&s->list, &s->count, item, where, field, err);
}
static int add_expanded(struct nsg_side *s, const char *item, const char *where, const char *field, struct vmm_error *err) {
    return add_to(&s->expanded, &s->expanded_count, item, where, field, err);
}

/* Application security groups: a list of objects with an id. */
static int add_groups(struct nsg_side *s, const json_t *object, const char *field, const char *where, struct vmm_error *err) {
    const json_t *v = nsg_field(object, field), *one;
    size_t i;
    if (v && json_is_object(v) && json_is_array(find(v, "value"))) v = find(v, "value");
    if (v == NULL || (json_is_string(v) && json_string_length(v) == 0)) return 0;
    if (!json_is_array(v)) return vmm_fail(err, VMM_E_BROKEN, NULL, _("%s, %s: no list"), where, field);
    json_array_foreach(v, i, one) {
        const char *id = json_is_object(one) ? nsg_text(one, "id") : json_string_value(one), *slash = id ? strrchr(id, '/') : NULL;
        if (id == NULL) return vmm_fail(err, VMM_E_BROKEN, NULL, _("%s, %s: item %zu is no group"), where, field, i + 1);
        s->list = grown(s->list, s->count, sizeof *s->list);
        s->list[s->count++] = (struct nsg_prefix){.kind = PREFIX_GROUP, .text = shown(slash ? slash + 1 : id)};
    }
    return 0;
}

static const struct {
    const char *port[2], *prefix[2], *groups, *expanded;
} side_fields[] = {
    {{"sourcePortRange", "sourcePortRanges"}, {"sourceAddressPrefix", "sourceAddressPrefixes"}, "sourceApplicationSecurityGroups", "expandedSourceAddressPrefix"},
    {{"destinationPortRange", "destinationPortRanges"}, {"destinationAddressPrefix", "destinationAddressPrefixes"}, "destinationApplicationSecurityGroups",
     "expandedDestinationAddressPrefix"},
};

static int read_side(const json_t *object, size_t which, struct nsg_side *s, const char *where, struct vmm_error *err) {
    for (int i = 0; i < 2; i++) {
        if (each(s, object, side_fields[which].port[i], add_port, where, err) < 0) return -1;
        if (each(s, object, side_fields[which].prefix[i], add_prefix, where, err) < 0) return -1;
    }
    if (each(s, object, side_fields[which].expanded, add_expanded, where, err) < 0) return -1;
    return add_groups(s, object, side_fields[which].groups, where, err);
}

/* ---- the rule ---- */

static int read_choice(const json_t *object, const char *field, const char *yes, const char *no, bool *out, const char *where, struct vmm_error *err) {
    const char *text = nsg_text(object, field);
    *out = strcasecmp(text, yes) == 0;
    if (*out || strcasecmp(text, no) == 0) return 0;
    char *what = vmm_printf(_("is neither %s nor %s"), yes, no);
    bad(where, field, text, what, err);
    free(what);
    return -1;
}

static enum nsg_protocol protocol_of(const char *text) {
    static const struct {
        const char *name;
        enum nsg_protocol is;
    } names[] = {{"*", PROTOCOL_ANY}, {"All", PROTOCOL_ANY}, {"Any", PROTOCOL_ANY}, {"Tcp", PROTOCOL_TCP}, {"6", PROTOCOL_TCP}, {"Udp", PROTOCOL_UDP},
        {"17", PROTOCOL_UDP}};
    for (size_t i = 0; i < VMM_COUNT(names); i++)
        if (strcasecmp(names[i].name, text) == 0) return names[i].is;
    return PROTOCOL_OTHER;
}

static int read_fields(const json_t *object, const char *where, struct nsg_rule *r, struct vmm_error *err) {
    const json_t *priority = nsg_field(object, "priority");
    if (!json_is_integer(priority) || json_integer_value(priority) < 0 || json_integer_value(priority) > 65535)
        return vmm_fail(err, VMM_E_BROKEN, NULL, _("%s, priority: no number from 0 to 65535"), where);
    r->priority = (int)json_integer_value(priority);
    if (read_choice(object, "access", "Allow", "Deny", &r->allow, where, err) < 0) return -1;
    if (read_choice(object, "direction", "Inbound", "Outbound", &r->inbound, where, err) < 0) return -1;
    const char *protocol = nsg_text(object, "protocol");
    if (*protocol == '\0') return vmm_fail(err, VMM_E_BROKEN, NULL, _("%s, protocol: no text"), where);
    r->protocol = protocol_of(protocol);
    if (read_side(object, 0, &r->source, where, err) < 0) return -1;
    return read_side(object, 1, &r->destination, where, err);
}

int nsg_rule_read(const json_t *object, const char *where, struct nsg_rule *out, struct vmm_error *err) {
    *out = (struct nsg_rule){0};
    if (json_is_string(object))
        return vmm_fail(err, VMM_E_BROKEN, _("PowerShell cuts what is nested deeply. Write it again with: | ConvertTo-Json -Depth 9"), _("%s is a text, not a rule"),
            where);
    if (!json_is_object(object)) return vmm_fail(err, VMM_E_BROKEN, NULL, _("%s is no rule"), where);
    const char *name = nsg_text(object, "name"), *slash = strrchr(name, '/');
    out->standard = strncasecmp(name, "defaultSecurityRules/", 21) == 0;
    out->name = shown(slash ? slash + 1 : name);
    char *place = *out->name ? vmm_printf("%s (%s)", where, out->name) : vmm_strdup(where);
    int r = read_fields(object, place, out, err);
    free(place);
    if (r < 0) nsg_rule_clear(out);
    else if (out->priority >= 65000) out->standard = true; /* custom ones end at 4096 */
    return r;
}

static void side_clear(struct nsg_side *s) {
    for (size_t i = 0; i < s->count; i++) free(s->list[i].text);
    for (size_t i = 0; i < s->expanded_count; i++) free(s->expanded[i].text);
    free(s->list);
    free(s->expanded);
    free(s->port);
}

void nsg_rule_clear(struct nsg_rule *r) {
    free(r->name);
    side_clear(&r->source);
    side_clear(&r->destination);
    *r = (struct nsg_rule){0};
}

void nsg_rules_standard(struct nsg_group *g) {
    static const struct {
        const char *name, *source, *destination;
        int priority;
        bool allow;
    } rules[] = {{"AllowVnetInBound", "VirtualNetwork", "VirtualNetwork", 65000, true},
                 {"AllowAzureLoadBalancerInBound", "AzureLoadBalancer", "*", 65001, true},
                 {"DenyAllInBound", "*", "*", 65500, false}};
    g->rule = vmm_realloc(g->rule, g->count + VMM_COUNT(rules), sizeof *g->rule);
    for (size_t i = 0; i < VMM_COUNT(rules); i++) {
        struct nsg_rule r = {.name = vmm_strdup(rules[i].name), .priority = rules[i].priority, .allow = rules[i].allow, .inbound = true, .standard = true,
            .order = g->count};
        add_prefix(&r.source, rules[i].source, "", "", NULL);
        add_prefix(&r.destination, rules[i].destination, "", "", NULL);
        g->rule[g->count++] = r;
    }
}
