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

/* ---- what to type in the cloud ---- */
enum vmm_shell { VMM_BASH, VMM_POWERSHELL };
enum vmm_platform { VMM_AZURE, VMM_KVM, VMM_HYPERV, VMM_VMWARE, VMM_PLATFORMS };
extern const char *const vmm_platform_words[VMM_PLATFORMS]; /* "azure", "kvm", "hyperv", "vmware" */

/* What things are called; NULL and 0 leave a word in capitals in its place, for the person to fill in. */
struct vmm_cloud_names {
    const char *group, *vm, *rescue;
    const char *const *disks;
    size_t disk_count;
    int port; /* 0: 3389 */
};
enum vmm_cloud_name { VMM_NAME_GROUP, VMM_NAME_VM, VMM_NAME_DISK };
/* 0, or -1 and VMM_E_USAGE with the reason, when nothing in Azure can be called that. */
int vmm_cloud_name_check(enum vmm_cloud_name kind, const char *name, struct vmm_error *err);

struct vmm_cloud_step {
    const char *id;       /* "snapshot" */
    const char *title;    /* N_() */
    const char *before;   /* N_(): what is lost or has to be so, said before the commands; NULL */
    const char *reads;    /* N_(): what the answer means; NULL */
    bool changes;         /* something in the cloud is changed; false: it only looks */
    bool history;         /* there is nothing to type any more */
    const char *elsewhere[VMM_PLATFORMS]; /* N_(): the same on another platform, in words; NULL: there is no such thing */
};
const struct vmm_cloud_step *vmm_cloud_step_at(size_t index); /* NULL past the end; in the order of the procedure */
const struct vmm_cloud_step *vmm_cloud_step_by_id(const char *id);

struct vmm_cloud_line {
    const char *says;     /* translated; "" when the line goes with the one before */
    const char *command;  /* filled in, ready to be pasted */
    bool changes;
};
/* Calls `each` for the command lines of a step. BRIEF leaves out what is only useful to some. The line lasts for the call. */
void vmm_cloud_lines(const struct vmm_cloud_step *step, enum vmm_shell shell, const struct vmm_cloud_names *names, bool brief,
                     void (*each)(void *ctx, const struct vmm_cloud_line *line), void *ctx);
/* {"step","title","platform","shell","changes","before":null|TEXT,"lines":[{"says","command","changes"}],"reads":null|TEXT,"words":null|TEXT}
 * words: what to do on a platform that is not Azure; there are no lines then. */
json_t *vmm_cloud_json(const struct vmm_cloud_step *step, enum vmm_platform platform, enum vmm_shell shell, const struct vmm_cloud_names *names);

/* ---- what the client says ---- */
enum vmm_check_place { VMM_AT_CLIENT, VMM_ON_DISK, VMM_IN_CLOUD };
struct vmm_check {
    enum vmm_check_place place;
    const char *text;  /* N_() */
    const char *refs;  /* ids of fixes (on the disk) or of steps (in the cloud), spaces between; "" */
};
struct vmm_symptom {
    const char *id;      /* "credentials" */
    const char *message; /* what is on the client's screen, as Windows says it in English; or N_() words for what has no message */
    const char *means;   /* N_() */
    const struct vmm_check *checks; /* in the order to do them; ends with text NULL */
};
const struct vmm_symptom *vmm_symptom_at(size_t index); /* NULL past the end */
/* True when every word is in the id or the message (any case); one word that is an id means that one alone. */
bool vmm_symptom_has(const struct vmm_symptom *s, const char *const *words, size_t count);
/* {"id","message","means","checks":[{"where":"client"|"disk"|"cloud","text","fixes":[ID],"steps":[ID]}]} */
json_t *vmm_symptom_json(const struct vmm_symptom *s);

#endif
