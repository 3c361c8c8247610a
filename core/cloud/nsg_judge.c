/* Is a client let in? The rules of each group in order, the groups in the order they are passed, and the answer in words.
 * A rule that cannot be judged from here counts only when it would change the answer.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cloud/nsg.h"

enum answer { ALLOW, DENY, DEPENDS };
static const char *const words[] = {"ALLOW", "DENY", "DEPENDS"};
static const char *const level_words[] = {"subnet", "unknown", "card"};

#define DEPENDS_MAX 50 /* listed; there may be more */

struct question {
    struct nsg_client client;
    struct nsg_address to;
    bool to_known;
    int port;
};

/* What one group says. */
struct passed {
    const struct nsg_group *group;
    enum answer answer;
    const struct nsg_rule *rule; /* that decides; NULL: none matches, which is Deny */
    const struct nsg_rule **open;
    size_t open_count;
};

struct path {
    enum answer answer;
    struct passed *group;
    size_t count;
    size_t decides; /* index of the group; count: none */
};

static bool right_protocol(const struct nsg_rule *r) { return r->protocol == PROTOCOL_ANY || r->protocol == PROTOCOL_TCP; }

static enum nsg_match matches(const struct nsg_rule *r, const struct question *q) {
    if (!r->inbound || !right_protocol(r) || !nsg_match_port(&r->destination, q->port)) return MATCH_NO;
    enum nsg_match p = nsg_match_source_port(&r->source), a = nsg_match_source(&r->source, &q->client);
    enum nsg_match d = nsg_match_destination(&r->destination, q->to_known ? &q->to : NULL);
    if (p == MATCH_NO || a == MATCH_NO || d == MATCH_NO) return MATCH_NO;
    return p == MATCH_YES && a == MATCH_YES && d == MATCH_YES ? MATCH_YES : MATCH_UNKNOWN;
}

static void pass_group(const struct nsg_group *g, const struct question *q, struct passed *out) {
    *out = (struct passed){.group = g, .answer = DENY, .open = vmm_alloc(g->count, sizeof *out->open)};
    for (size_t i = 0; i < g->count && out->rule == NULL; i++) {
        enum nsg_match m = matches(&g->rule[i], q);
        if (m == MATCH_YES) out->rule = &g->rule[i];
        else if (m == MATCH_UNKNOWN) out->open[out->open_count++] = &g->rule[i];
    }
    bool allow = out->rule && out->rule->allow;
    size_t kept = 0;
    for (size_t i = 0; i < out->open_count; i++) /* one that says the same as the deciding rule changes nothing */
        if (out->open[i]->allow != allow) out->open[kept++] = out->open[i];
    out->open_count = kept;
    out->answer = kept ? DEPENDS : allow ? ALLOW : DENY;
}

static struct path walk(const struct vmm_nsg *n, const struct question *q) {
    struct path p = {.answer = ALLOW, .group = vmm_alloc(n->count, sizeof *p.group), .count = n->count, .decides = n->count};
    for (size_t i = 0; i < n->count; i++) {
        pass_group(&n->group[i], q, &p.group[i]);
        bool worse = p.group[i].answer == DENY ? p.answer != DENY : p.group[i].answer == DEPENDS && p.answer == ALLOW;
        if (worse) p.decides = i;
        if (worse) p.answer = p.group[i].answer;
    }
    if (p.decides == n->count && n->count) p.decides = n->count - 1; /* all let it in: the last one opens the way */
    bool outside = q->client.kind == CLIENT_INTERNET || (q->client.kind == CLIENT_ADDRESS && nsg_address_public(&q->client.address));
    if (n->count == 0) p.answer = outside ? DENY : ALLOW;
    return p;
}

static void path_clear(struct path *p) {
    for (size_t i = 0; i < p->count; i++) free(p->group[i].open);
    free(p->group);
}

/* ---- words ---- */

static char *from_words(const struct nsg_client *c) {
    if (c->kind == CLIENT_INTERNET) return vmm_strdup(_("from the Internet"));
    if (c->kind == CLIENT_VNET) return vmm_strdup(_("from the same virtual network"));
    return vmm_printf(_("from %s"), c->text);
}

static char *where_words(const struct nsg_group *g) {
    const char *name = *g->name ? g->name : NULL;
    switch (g->level) {
    case LEVEL_SUBNET: return name ? vmm_printf(_("the NSG %s of the subnet"), name) : vmm_strdup(_("the NSG of the subnet"));
    case LEVEL_CARD: return name ? vmm_printf(_("the NSG %s of the network card"), name) : vmm_strdup(_("the NSG of the network card"));
    default: return name ? vmm_printf(_("the NSG %s"), name) : vmm_strdup(_("this NSG"));
    }
}

static char *sentence(const struct path *p, const struct question *q) {
    char *from = from_words(&q->client), *text;
    if (p->count == 0) {
        if (p->answer == DENY)
            text = vmm_printf(_("DENY: there is no NSG at all, and a Standard public IP address without one lets nothing in: TCP port %d %s is closed."), q->port, from);
        else text = vmm_printf(_("ALLOW: there is no NSG, so nothing of that kind stops TCP port %d %s."), q->port, from);
        free(from);
        return text;
    }
    const struct passed *d = &p->group[p->decides];
    char *where = where_words(d->group);
    if (p->answer == DEPENDS)
        text = vmm_printf(ngettext("DEPENDS: TCP port %d %s hangs on %zu rule of %s that cannot be judged from here.",
                                   "DEPENDS: TCP port %d %s hangs on %zu rules of %s that cannot be judged from here.", d->open_count), q->port, from, d->open_count, where);
    else if (d->rule == NULL) text = vmm_printf(_("DENY: TCP port %d %s is stopped: no rule of %s lets it in."), q->port, from, where);
    else if (p->answer == DENY) text = vmm_printf(_("DENY: TCP port %d %s is stopped by the rule %s (%d) of %s."), q->port, from, d->rule->name, d->rule->priority, where);
    else text = vmm_printf(_("ALLOW: TCP port %d %s is let in by the rule %s (%d) of %s."), q->port, from, d->rule->name, d->rule->priority, where);
    free(where);
    free(from);
    return text;
}

static json_t *rule_json(const struct nsg_rule *r, const struct nsg_group *g) {
    if (r == NULL) return json_null();
    return json_pack("{s:o,s:i,s:s,s:o,s:s}", "name", vmm_json_text(r->name), "priority", r->priority, "access", r->allow ? "Allow" : "Deny", "nsg",
                     vmm_json_text(g->name), "level", level_words[g->level]);
}

/* What an open rule hangs on, a sentence each. */
static json_t *hangs_on(const struct nsg_rule *r, const struct question *q) {
    json_t *on = json_array();
    if (nsg_match_source_port(&r->source) == MATCH_UNKNOWN) json_array_append_new(on, vmm_json_text(_("it names some of the ports that a client may send from")));
    const struct nsg_address *to = q->to_known ? &q->to : NULL;
    bool source = nsg_match_source(&r->source, &q->client) == MATCH_UNKNOWN, destination = nsg_match_destination(&r->destination, to) == MATCH_UNKNOWN;
    for (int s = 0; s < 2; s++) {
        const struct nsg_side *side = s ? &r->destination : &r->source;
        for (size_t i = 0; i < side->count && (s ? destination : source); i++) {
            const struct nsg_prefix *x = &side->list[i];
            char *text = NULL;
            if ((s ? nsg_match_one_destination(side, i, to) : nsg_match_one_source(side, i, &q->client)) != MATCH_UNKNOWN) continue;
            if (json_array_size(on) >= DEPENDS_MAX) break;
            if (x->kind == PREFIX_TAG) text = vmm_printf(s ? _("whether the VM is in the service tag %s") : _("whether the client is in the service tag %s"), x->text);
            else if (x->kind == PREFIX_GROUP)
                text = vmm_printf(s ? _("whether the VM's card is in the application security group %s")
                                    : _("whether the client's card is in the application security group %s"), x->text);
            else if (x->kind == PREFIX_VNET) text = vmm_strdup(_("whether the client's address belongs to the virtual network or a network joined to it"));
            else if (x->kind == PREFIX_CIDR || x->kind == PREFIX_ANY)
                text = vmm_printf(s ? _("whether the VM's own address is in %s (say it with --to)") : _("whether the client's address is in %s (say it with --from)"),
                                  x->text);
            if (text) json_array_append_new(on, vmm_json_text(text));
            free(text);
        }
    }
    return on;
}

static json_t *depends_json(const struct path *p, const struct question *q) {
    json_t *list = json_array();
    for (size_t i = 0; i < p->count && p->answer == DEPENDS; i++)
        for (size_t k = 0; k < p->group[i].open_count && json_array_size(list) < DEPENDS_MAX; k++)
            json_array_append_new(list, json_pack("{s:o,s:o}", "rule", rule_json(p->group[i].open[k], p->group[i].group), "on", hangs_on(p->group[i].open[k], q)));
    return list;
}

static json_t *levels_json(const struct path *p) {
    json_t *list = json_array();
    for (size_t i = 0; i < p->count; i++) {
        const struct passed *g = &p->group[i];
        json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:o}", "level", level_words[g->group->level], "nsg", vmm_json_text(g->group->name),
                                              "verdict", words[g->answer], "rule", rule_json(g->rule, g->group)));
    }
    return list;
}

/* ---- what else a person should know ---- */

#define NOTES_MAX 20

static void say(json_t *list, char *text) {
    if (json_array_size(list) < NOTES_MAX) json_array_append_new(list, vmm_json_text(text));
    free(text);
}

/* Why a rule that was meant to let Remote Desktop in does not. */
static void note_rule(json_t *notes, const struct nsg_rule *r, const struct passed *g, const struct question *q) {
    if (!r->allow || r->standard || !nsg_match_port(&r->destination, q->port)) return;
    if (!r->inbound) {
        if (!nsg_every_port(&r->destination) && right_protocol(r))
            say(notes, vmm_printf(_("The rule %s (%d) is for port %d, but outbound: it lets nobody in."), r->name, r->priority, q->port));
        return;
    }
    if (r->protocol == PROTOCOL_UDP) {
        say(notes, vmm_printf(_("The rule %s (%d) is for UDP. Remote Desktop needs TCP."), r->name, r->priority));
        return;
    }
    if (!right_protocol(r)) return;
    if (nsg_match_source_port(&r->source) == MATCH_NO) {
        say(notes, vmm_printf(_("The rule %s (%d) wants a fixed source port. Clients send from a random port, so it never matches: its source port should be *."),
                              r->name, r->priority));
        return;
    }
    for (size_t i = 0; i < r->destination.count; i++)
        if (r->destination.list[i].kind == PREFIX_CIDR && nsg_address_public(&r->destination.list[i].base))
            say(notes, vmm_printf(_("The rule %s (%d) names a public address (%s) as its destination. Rules see the VM's private address, so it hardly ever "
                                    "matches."), r->name, r->priority, r->destination.list[i].text));
    bool later = g->rule && (r->priority > g->rule->priority || (r->priority == g->rule->priority && r->order > g->rule->order));
    if (g->answer == DENY && later && matches(r, q) == MATCH_YES)
        say(notes, vmm_printf(_("The rule %s (%d) would let it in, but %s (%d) comes first: the lower number wins."), r->name, r->priority, g->rule->name,
                              g->rule->priority));
}

static void add_notes(const struct vmm_nsg *n, const struct path *p, const struct question *q, json_t *notes, json_t *warnings) {
    for (size_t i = 0; i < p->count; i++) {
        const struct passed *g = &p->group[i];
        for (size_t k = 0; k < g->group->count && g->answer != ALLOW && json_array_size(notes) < NOTES_MAX; k++) note_rule(notes, &g->group->rule[k], g, q);
        if (g->answer == ALLOW && g->rule && !g->rule->standard && nsg_every_port(&g->rule->destination))
            say(warnings, vmm_printf(_("The rule %s (%d) lets in every port, not only %d."), g->rule->name, g->rule->priority, q->port));
    }
    if (!n->whole && p->count == 1 && p->answer == ALLOW)
        say(notes, vmm_strdup(_("The file shows one NSG. Where the subnet and the network card have one each, both must let it in; "
                                "az network nic list-effective-nsg shows both.")));
    if (p->answer == ALLOW)
        say(notes, vmm_strdup(_("A firewall or a route on the way, or the firewall of Windows, can still stop it. The authority for the NSGs is: "
                                "az network watcher test-ip-flow")));
}

static json_t *other(const struct vmm_nsg *n, const struct question *q, const char *from, enum answer *answer) {
    struct question o = *q;
    nsg_client_parse(from, &o.client);
    struct path p = walk(n, &o);
    char *text = sentence(&p, &o);
    json_t *j = json_pack("{s:s,s:s,s:o}", "from", from, "verdict", words[p.answer], "sentence", vmm_json_text(text));
    *answer = p.answer;
    free(text);
    path_clear(&p);
    return j;
}

static int ask(const struct vmm_nsg_query *query, struct question *q, struct vmm_error *err) {
    *q = (struct question){.port = query->port};
    if (query->port < 1 || query->port > 65535) return vmm_fail(err, VMM_E_USAGE, NULL, _("a port is a number from 1 to 65535"));
    if (!nsg_client_parse(query->from, &q->client))
        return vmm_fail(err, VMM_E_USAGE, NULL, _("the client is \"internet\", \"vnet\" or an IP address, not \"%s\""), query->from);
    if (query->to && !nsg_address_parse(query->to, &q->to)) return vmm_fail(err, VMM_E_USAGE, NULL, _("the VM's own address is an IP address, not \"%s\""), query->to);
    q->to_known = query->to != NULL;
    return 0;
}

json_t *vmm_nsg_judge(const struct vmm_nsg *n, const struct vmm_nsg_query *query, struct vmm_error *err) {
    struct question q;
    if (ask(query, &q, err) < 0) return NULL;
    struct path p = walk(n, &q);
    char *text = sentence(&p, &q);
    json_t *others = json_array(), *warnings = json_array(), *notes = json_deep_copy(n->notes), *one;
    enum answer internet = p.answer, ignored;
    if (q.client.kind != CLIENT_INTERNET) {
        one = other(n, &q, "internet", &internet);
        json_array_append_new(others, one);
    }
    if (q.client.kind != CLIENT_VNET) {
        one = other(n, &q, "vnet", &ignored);
        json_array_append_new(others, one);
    }
    if (internet == ALLOW)
        say(warnings, vmm_printf(_("Port %d is open to the whole Internet: programs that try passwords find it within hours. Better: just-in-time access, "
                                   "Azure Bastion, a VPN, or a rule that names your own address."), q.port));
    add_notes(n, &p, &q, notes, warnings);
    const struct passed *d = p.count ? &p.group[p.decides] : NULL;
    json_t *rule = d && p.answer != DEPENDS ? rule_json(d->rule, d->group) : json_null();
    json_t *answer = json_pack("{s:s,s:o,s:i,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o}", "verdict", words[p.answer], "sentence", vmm_json_text(text), "port", q.port,
                               "protocol", "tcp", "from", q.client.text, "to", vmm_json_text(query->to), "rule", rule, "depends", depends_json(&p, &q), "levels",
                               levels_json(&p), "others", others, "open_to_internet", internet == ALLOW, "warnings", warnings, "notes", notes);
    free(text);
    path_clear(&p);
    return answer;
}
