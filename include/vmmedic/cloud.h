/* The cloud's side of the procedure: what a network security group lets in, the commands to type there, and what the client's messages mean.
 * Nothing in here talks to a cloud.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_CLOUD_H
#define VMMEDIC_CLOUD_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "vmmedic/error.h"

/* ---- network security groups (NSG) ---- */
struct vmm_nsg; /* what a file says: the groups on the way to a VM, and their rules */

struct vmm_nsg_query {
    int port;         /* TCP, 1..65535 */
    const char *from; /* "internet" (also NULL), "vnet", or an address */
    const char *to;   /* the VM's own private address, for rules that name a destination; NULL: unknown */
};

/* Reads the JSON of `az network nsg show`, `az network nsg rule list`, `az network nic list-effective-nsg`, their REST forms, or the same from PowerShell's
 * ConvertTo-Json. LABEL names the source in errors. NULL and *err (VMM_E_BROKEN with the position) when it is none of these. */
struct vmm_nsg *vmm_nsg_parse(const void *data, size_t len, const char *label, struct vmm_error *err);
void vmm_nsg_free(struct vmm_nsg *nsg);
/* The answer, as --json prints it; NULL and *err (VMM_E_USAGE) when the question makes no sense:
 * {"verdict":"ALLOW"|"DENY"|"DEPENDS","sentence","port","protocol":"tcp","from","to":null|ADDRESS,
 *  "rule":null|RULE,                            the rule that decides
 *  "depends":[{"rule":RULE,"on":[TEXT]}],       DEPENDS: the rules that cannot be judged from here, and what they hang on
 *  "levels":[{"level":"subnet"|"card"|"unknown","nsg","verdict","rule":null|RULE}],   in the order they are passed; every one must let it in
 *  "others":[{"from","verdict","sentence"}],    the same question for the other kind of client
 *  "open_to_internet":bool,"warnings":[TEXT],"notes":[TEXT]}
 * RULE: {"name","priority","access":"Allow"|"Deny","nsg","level"} */
json_t *vmm_nsg_judge(const struct vmm_nsg *nsg, const struct vmm_nsg_query *query, struct vmm_error *err);
/* Both, for a file. LABEL NULL: its path. */
json_t *vmm_nsg_file(const char *path, const char *label, const struct vmm_nsg_query *query, struct vmm_error *err);
#define VMM_NSG_MAX_BYTES ((size_t)32 << 20)

#endif
