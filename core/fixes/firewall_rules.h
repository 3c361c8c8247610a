/* Reading and editing the rules of the Windows firewall, for the fixes that concern it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_FIXES_FIREWALL_RULES_H
#define VMM_FIXES_FIREWALL_RULES_H
#include "fixes/room.h"

struct vmm_firewall_rule {
    bool well_formed, active, in, allow, block;
    bool secure;          /* a connection security rule that demands IPsec */
    bool concerns;        /* the RDP service on the TCP port asked for, coming in */
    bool scoped;          /* only from or to some addresses, interfaces or through a tunnel */
    unsigned profiles;    /* how many it names; 0 means all */
    bool public_profile;
};
/* What a rule's text says of TCP PORT. */
struct vmm_firewall_rule vmm_firewall_read(const char *text, uint32_t port);
/* The text with one token set, everything else as it was; the caller frees. */
char *vmm_firewall_with(const char *text, const char *name, const char *value);
/* Calls FN for every rule of a key, until it returns other than 0. 0, what FN returned, or -1. */
typedef int (*vmm_firewall_fn)(void *ctx, const char *name, const char *text, const struct vmm_firewall_rule *rule, struct vmm_error *err);
int vmm_firewall_each(const struct vmm_hive *h, const char *path, uint32_t port, vmm_firewall_fn fn, void *ctx, struct vmm_error *err);
/* How the firewall of the set that boots stands to TCP PORT (firewall.c). */
struct vmm_firewall_view {
    bool known;           /* the rules could be read and there are some */
    bool off;             /* the firewall is off in every profile */
    bool open;            /* an active rule lets the port in, and none that blocks it for everyone */
    bool allowed, blocked;
};
struct vmm_firewall_view vmm_firewall_view(const struct vmm_patient *p, const struct vmm_hive *h, uint32_t port);
#endif
