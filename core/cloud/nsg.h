/* A network security group as this room keeps it between reading and judging.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_CLOUD_NSG_H
#define VMM_CLOUD_NSG_H
#include "base/base.h"
#include "vmmedic/cloud.h"

/* ---- addresses (address.c): IPv4 is kept as IPv6 ::ffff:a.b.c.d ---- */
struct nsg_address {
    uint8_t byte[16];
    bool v4;
};
bool nsg_address_parse(const char *text, struct nsg_address *out);
bool nsg_address_public(const struct nsg_address *a); /* reachable from the Internet, as Azure's tag Internet means it */

enum nsg_prefix_kind { PREFIX_ANY, PREFIX_CIDR, PREFIX_INTERNET, PREFIX_VNET, PREFIX_BALANCER, PREFIX_TAG, PREFIX_GROUP };
struct nsg_prefix {
    enum nsg_prefix_kind kind;
    struct nsg_address base;
    int bits;         /* of the 128; ANY with a family: bits is 0 and `family` says which */
    int family;       /* PREFIX_ANY: 4, 6, or 0 for both */
    char *text;       /* as written, safe to show */
};
/* False: it is neither an address nor the name of a tag. */
bool nsg_prefix_parse(const char *text, struct nsg_prefix *out);
bool nsg_prefix_has(const struct nsg_prefix *p, const struct nsg_address *a);

/* ---- rules ---- */
struct nsg_side {
    struct nsg_prefix *list, *expanded; /* expanded: what Azure says the tags of the list stand for */
    size_t count, expanded_count;
    struct { int low, high; } *port;
    size_t port_count;
};
enum nsg_protocol { PROTOCOL_ANY, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_OTHER };
struct nsg_rule {
    char *name;       /* safe to show */
    int priority;
    bool allow, inbound, standard; /* standard: one of those every group has */
    enum nsg_protocol protocol;
    struct nsg_side source, destination;
    size_t order;     /* in the file */
};
enum nsg_level { LEVEL_SUBNET, LEVEL_UNKNOWN, LEVEL_CARD }; /* in the order they are passed */
struct nsg_group {
    char *name;       /* safe to show; "" when the file does not say */
    enum nsg_level level;
    struct nsg_rule *rule; /* by priority */
    size_t count;
};
struct vmm_nsg {
    struct nsg_group *group;
    size_t count;
    bool whole;       /* it is the list of all that is in force on a card: what is not in it does not exist */
    json_t *notes;
};

/* One rule object; WHERE names it in errors ("rule 3"). 0 or -1. */
int nsg_rule_read(const json_t *object, const char *where, struct nsg_rule *out, struct vmm_error *err);
void nsg_rule_clear(struct nsg_rule *r);
/* Adds the three inbound rules that every group has. */
void nsg_rules_standard(struct nsg_group *g);

/* A field by its name in any case, directly or below "properties". NULL when absent or null. */
const json_t *nsg_field(const json_t *object, const char *name);
const char *nsg_text(const json_t *object, const char *name); /* "" when absent or no string */

/* ---- matching (nsg_match.c) ---- */
enum nsg_match { MATCH_NO, MATCH_YES, MATCH_UNKNOWN };
enum nsg_client_kind { CLIENT_INTERNET, CLIENT_VNET, CLIENT_ADDRESS };
struct nsg_client {
    enum nsg_client_kind kind;
    struct nsg_address address; /* CLIENT_ADDRESS */
    char text[64];              /* "internet", "vnet", the address */
};
bool nsg_client_parse(const char *text, struct nsg_client *out);
enum nsg_match nsg_match_source(const struct nsg_side *s, const struct nsg_client *c);
enum nsg_match nsg_match_one_source(const struct nsg_side *s, size_t index, const struct nsg_client *c);
enum nsg_match nsg_match_one_destination(const struct nsg_side *s, size_t index, const struct nsg_address *to);
enum nsg_match nsg_match_source_port(const struct nsg_side *s);
/* TO may be NULL: the VM's address is not known. */
enum nsg_match nsg_match_destination(const struct nsg_side *s, const struct nsg_address *to);
bool nsg_match_port(const struct nsg_side *s, int port);
bool nsg_every_port(const struct nsg_side *s);
#endif
