/* Does a rule's source, destination or port cover this client? Three answers: yes, no, and "that cannot be told from here".
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cloud/nsg.h"

bool nsg_client_parse(const char *text, struct nsg_client *out) {
    *out = (struct nsg_client){.kind = CLIENT_INTERNET};
    if (text == NULL || strcasecmp(text, "internet") == 0) {
        strcpy(out->text, "internet");
    } else if (strcasecmp(text, "vnet") == 0) {
        out->kind = CLIENT_VNET;
        strcpy(out->text, "vnet");
    } else {
        out->kind = CLIENT_ADDRESS;
        if (!nsg_address_parse(text, &out->address)) return false;
        snprintf(out->text, sizeof out->text, "%s", text);
    }
    return true;
}

static bool is_tag(const struct nsg_prefix *p) { return p->kind != PREFIX_ANY && p->kind != PREFIX_CIDR; }

static bool among(const struct nsg_prefix *list, size_t count, const struct nsg_address *a) {
    for (size_t i = 0; i < count; i++)
        if (nsg_prefix_has(&list[i], a)) return true;
    return false;
}

/* A prefix and a client of whom only the side is known. */
static enum nsg_match side_match(const struct nsg_prefix *p, bool internet) {
    switch (p->kind) {
    case PREFIX_ANY: return MATCH_YES;
    case PREFIX_CIDR: /* some of them have it, some have not; a wide one holds addresses of both sides */
        return p->bits < (p->family == 4 ? 96 + 8 : 16) || nsg_address_public(&p->base) == internet ? MATCH_UNKNOWN : MATCH_NO;
    case PREFIX_INTERNET: return internet ? MATCH_YES : MATCH_NO;
    case PREFIX_VNET: return internet ? MATCH_NO : MATCH_YES;
    case PREFIX_BALANCER: return MATCH_NO;
    default: return MATCH_UNKNOWN;
    }
}

static enum nsg_match address_match(const struct nsg_side *s, const struct nsg_prefix *p, const struct nsg_address *a) {
    if (!is_tag(p)) return nsg_prefix_has(p, a) ? MATCH_YES : MATCH_NO;
    if (p->kind == PREFIX_BALANCER) return MATCH_NO; /* that is the balancer's own probe, not a client behind it */
    if (s->expanded_count) return among(s->expanded, s->expanded_count, a) ? MATCH_YES : MATCH_NO;
    if (p->kind == PREFIX_INTERNET) return nsg_address_public(a) ? MATCH_YES : MATCH_NO;
    if (p->kind == PREFIX_VNET) return nsg_address_public(a) ? MATCH_NO : MATCH_UNKNOWN;
    return MATCH_UNKNOWN;
}

enum nsg_match nsg_match_one_source(const struct nsg_side *s, size_t i, const struct nsg_client *c) {
    return c->kind == CLIENT_ADDRESS ? address_match(s, &s->list[i], &c->address) : side_match(&s->list[i], c->kind == CLIENT_INTERNET);
}

enum nsg_match nsg_match_source(const struct nsg_side *s, const struct nsg_client *c) {
    enum nsg_match all = s->count ? MATCH_NO : MATCH_YES; /* nothing said: everybody (it is noted when it is read) */
    for (size_t i = 0; i < s->count && all != MATCH_YES; i++) {
        enum nsg_match one = nsg_match_one_source(s, i, c);
        if (one != MATCH_NO) all = one;
    }
    return all;
}

enum nsg_match nsg_match_one_destination(const struct nsg_side *s, size_t i, const struct nsg_address *to) {
    const struct nsg_prefix *p = &s->list[i];
    if (p->kind == PREFIX_VNET || (p->kind == PREFIX_ANY && to == NULL)) return MATCH_YES; /* every VM is in a virtual network */
    if (p->kind == PREFIX_INTERNET || p->kind == PREFIX_BALANCER) return MATCH_NO;
    if (to && !is_tag(p)) return nsg_prefix_has(p, to) ? MATCH_YES : MATCH_NO;
    return MATCH_UNKNOWN;
}

enum nsg_match nsg_match_destination(const struct nsg_side *s, const struct nsg_address *to) {
    enum nsg_match all = s->count ? MATCH_NO : MATCH_YES;
    for (size_t i = 0; i < s->count && all != MATCH_YES; i++) {
        enum nsg_match one = nsg_match_one_destination(s, i, to);
        if (one != MATCH_NO) all = one;
    }
    return all;
}

bool nsg_match_port(const struct nsg_side *s, int port) {
    for (size_t i = 0; i < s->port_count; i++)
        if (s->port[i].low <= port && port <= s->port[i].high) return true;
    return s->port_count == 0;
}

bool nsg_every_port(const struct nsg_side *s) {
    for (size_t i = 0; i < s->port_count; i++)
        if (s->port[i].low <= 1 && s->port[i].high == 65535) return true;
    return s->port_count == 0;
}

/* A client's own port is any high one. A rule that names some of them matches by chance. */
enum nsg_match nsg_match_source_port(const struct nsg_side *s) {
    bool part = false;
    for (size_t i = 0; i < s->port_count; i++) {
        if (s->port[i].low <= 1024 && s->port[i].high == 65535) return MATCH_YES;
        if (s->port[i].high > s->port[i].low && s->port[i].high >= 1024) part = true;
    }
    return s->port_count == 0 ? MATCH_YES : part ? MATCH_UNKNOWN : MATCH_NO;
}
