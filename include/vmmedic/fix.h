/* The catalogue of fixes: what an article says, as data and two functions. A fix looks at a scanned disk and says what it found
 * (examine), and turns that into typed changes (plan). It never writes.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_FIX_H
#define VMMEDIC_FIX_H
#include "vmmedic/change.h"
#include "vmmedic/windows.h"

enum vmm_verdict { VMM_NEEDED, VMM_NOT_NEEDED, VMM_OPTIONAL, VMM_REPORT, VMM_CANNOT_TELL };
const char *vmm_verdict_word(enum vmm_verdict v); /* "needed", "not-needed", "optional", "report", "cannot-tell" */

/* What fixes look at: one Windows of one disk and the store that boots it. All borrowed. Any may be NULL: the fix then cannot tell. */
struct vmm_patient {
    struct vmm_scan *scan;
    struct vmm_windows *windows;
    struct vmm_boot_store *boot;
    const char *why_no_boot; /* when boot is NULL */
    const char *secret;      /* for fixes that take one; NULL: not given, they can be previewed only */
};

struct vmm_param { /* of --fix ID:name=value */
    const char *name;
    const char *values;   /* "minimal|article" or a description of what is accepted */
    const char *fallback; /* the default's text */
    const char *help;     /* N_() */
};

struct vmm_option { /* a parsed name=value; borrowed strings */
    const char *name, *value;
};

struct vmm_finding {
    enum vmm_verdict verdict;
    char *blocked_by;      /* NULL, or why it cannot be done now */
    char **evidence;       /* sentences */
    size_t evidence_count;
    char *summary;         /* few words for a column: "Minimal", "off", "complete dump" */
    bool asks_recovery_key; /* BitLocker asks for it after what this fix changes; said in the evidence too */
    char *found;           /* when needed: what is wrong, for a headline: "Stuck in Safe Mode (Minimal)"; may be NULL */
};
void vmm_finding_clear(struct vmm_finding *f);
void vmm_finding_say(struct vmm_finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct vmm_ruled; /* a fix that is only a table of registry values: core/fixes/rules.c */

struct vmm_fix {
    const char *id;        /* "SM01"; of a group: "rdp-reset" */
    const char *family;    /* N_("Boot mode") */
    const char *title;     /* N_() */
    const char *symptom, *what, *risk_text, *undo, *article; /* N_() texts; article: the document it comes from */
    const char *differs;   /* N_(): where we do other than the article, and why; NULL */
    enum vmm_risk risk;
    bool lowers_security;
    bool takes_secret;     /* a password goes with it: asked for apart from the options, kept nowhere */
    const char *lowers_with; /* the option with which it does, "profile=article"; NULL: none */
    const char *windows;   /* what a Windows admin would type, one command a line; NULL: made from the rules */
    const struct vmm_ruled *rules;     /* NULL when it is no table */
    const char *const *members;        /* a group: the ids of the fixes it stands for, ends with NULL; NULL for a fix of its own */
    const struct vmm_param *params; /* ends with name NULL; NULL when none */
    /* Fills *f. Never fails: what cannot be read is VMM_CANNOT_TELL with evidence. */
    void (*examine)(const struct vmm_patient *p, struct vmm_finding *f);
    /* Adds changes; option names are already checked against params. 0 or -1. */
    int (*plan)(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err);
};

/* The catalogue: core/fixes/catalogue.c lists one table per article. NULL when there is no such id (any case). */
const struct vmm_fix *vmm_fix_by_id(const char *id);
const struct vmm_fix *vmm_fix_at(size_t index); /* NULL past the end; in the order people see */

/* Parses "ID[:name=value,...]" and plans it. 0 or -1: VMM_E_USAGE for unknown ids or options, VMM_E_BLOCKED when it cannot be done now. */
int vmm_fix_plan(const struct vmm_patient *p, const char *spec, struct vmm_changes *c, struct vmm_error *err);
/* What is wrong with a password for this account, or with the name: a whole sentence that never says the password; NULL when nothing is. `user` NULL: its rules are
 * not checked. The caller frees. */
char *vmm_password_fault(const char *user, const char *password);
/* Why Windows could not have a local account of that name, or the script could not say it: a sentence; NULL when it can. The caller frees. */
char *vmm_account_fault(const char *name);
/* What vmm_password_fault asks of a password, to be read before it is typed; the caller frees. */
char *vmm_password_rules(void);
/* True when the fix of "ID[:name=value,...]" takes a password; *user (may be NULL): for which account, the caller frees. */
bool vmm_fix_takes_secret(const char *spec, char **user);
/* True when the fix, with the options of "ID[:name=value,...]", makes the VM easier to attack. */
bool vmm_fix_lowers(const char *spec);
/* The TCP port of Remote Desktop in the control set that boots; 0 when it cannot be told. */
int vmm_patient_port(const struct vmm_patient *p);
/* Which Windows and store: numbers as scan prints them, 0 = choose (VMM_E_USAGE when it takes a choice). Windows may be absent only if `may_lack`. */
int vmm_patient_pick(struct vmm_scan *s, int windows, int store, struct vmm_patient *out, struct vmm_error *err);

/* True when BitLocker asks for the recovery key after a change of this element of a boot store. */
bool vmm_bitlocker_watches(uint32_t element);
/* A sentence when one of the changes makes BitLocker ask, on a disk whose Windows is encrypted (W NULL: whose any volume is); else NULL. The caller frees. */
char *vmm_bitlocker_warning(const struct vmm_scan *s, const struct vmm_windows *w, const struct vmm_changes *c);
/* Adds it to what a fix found, before anybody chooses the fix. */
void vmm_bitlocker_tell(const struct vmm_patient *p, const struct vmm_fix *f, struct vmm_finding *found);

json_t *vmm_fix_json(const struct vmm_fix *f);          /* the catalogue entry */
json_t *vmm_finding_json(const struct vmm_fix *f, const struct vmm_finding *found); /* {"id","title","verdict","blocked_by","evidence":[],"summary","found",...} */
#endif
