/* The change record: one typed change of one place, and every way to say it. Everything downstream of a fix is a list of these.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_CHANGE_H
#define VMMEDIC_CHANGE_H
#include <jansson.h>

#include "vmmedic/hive.h"
#include "vmmedic/windows.h"

enum vmm_risk { VMM_RISK_LOW, VMM_RISK_MEDIUM, VMM_RISK_HIGH };

/* A registry value, or its absence. */
struct vmm_data {
    bool present;
    uint32_t type;
    uint8_t *data;
    size_t len;
};

/* One change. In a store that is a file the whole of it is the place: path and name are "". In a boot store the place is the element's key (whole key removed when `after` is absent) and its value "Element". */
struct vmm_change {
    char *fix;              /* id of the fix that owns it ("SM01"); two merged owners: "SM01+SC01" */
    struct vmm_store *store; /* borrowed from the scan */
    char *path;             /* key below the root, spelled as on the disk */
    char *name;             /* value name */
    struct vmm_data before, after;
    bool whole_key;         /* a registry key that goes with all it holds; name is "", before has no data, after is absent */
    bool create_keys;       /* missing keys of the path may be made (a boot store's element or object) */
    enum vmm_risk risk;
    char *why;              /* one sentence for the person, translated; may be NULL */
    char guid[39];          /* boot store: the object, "" for registry hives */
    uint32_t element;       /* boot store: the element id */
    /* `after` holds a secret in these bytes: shown as dots, kept nowhere, wiped when the change is cleared */
    bool secret;
    size_t secret_at, secret_len; /* length 0: it has not been given yet, so the change cannot be applied */
};

struct vmm_changes {
    struct vmm_change *list;
    size_t count;
    struct vmm_change *kept; /* places a fix wants as they already are: never written, but another fix may not want them otherwise */
    size_t kept_count;
};

/* Reads `before` from the store and adds the change unless before equals after. The store must be readable. `data` is copied.
 * A place that already has an owner: equal `after` merges the owners, a different one is VMM_E_CONFLICT naming both. 0 or -1. */
int vmm_change_set(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *path, const char *name, uint32_t type,
                   const void *data, size_t len, bool create_keys, enum vmm_risk risk, const char *why, struct vmm_error *err);
int vmm_change_dword(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *path, const char *name, uint32_t value,
                     enum vmm_risk risk, const char *why, struct vmm_error *err);
int vmm_change_delete(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *path, const char *name, enum vmm_risk risk,
                      const char *why, struct vmm_error *err);
/* Takes a registry key away with its values and subkeys; one that is not there is no change. A change below it in the same plan is VMM_E_CONFLICT. */
int vmm_change_delete_key(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *path, enum vmm_risk risk, const char *why, struct vmm_error *err);
/* The same for an element of a boot store: value text as vmm_bcd_set takes it; NULL deletes (absent: nothing is added). */
int vmm_change_bcd(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *id, const char *element, const char *value,
                   enum vmm_risk risk, const char *why, struct vmm_error *err);
/* A whole small file (store->is_file): made, or written anew. Of a file with a secret, the SECRET_LEN bytes at SECRET_AT; NULL data never. */
struct vmm_secret_span {
    size_t at, len;
};
int vmm_change_file(struct vmm_changes *c, const char *fix, struct vmm_store *store, const void *data, size_t len, const struct vmm_secret_span *secret, enum vmm_risk risk,
                    const char *why, struct vmm_error *err);
/* True when one of them has a secret; *given (may be NULL) when all have. */
bool vmm_changes_secret(const struct vmm_changes *c, bool *given);
void vmm_changes_clear(struct vmm_changes *c);

/* The edits of one store, ready for vmm_hive_edit; borrows from the changes. The caller frees the list only. */
struct vmm_edit *vmm_changes_edits(const struct vmm_changes *c, const struct vmm_store *store, size_t *count);
/* 0 when every change of `store` reads as `after` in the hive (`undone` true: as `before`); -1 names the first that does not. */
int vmm_changes_verify(const struct vmm_changes *c, const struct vmm_store *store, const struct vmm_hive *h, bool undone, struct vmm_error *err);

/* ---- ways to say it; the caller frees; all escaped for terminals ---- */
char *vmm_data_text(const struct vmm_data *d);                        /* "REG_DWORD 0x1 (1)", "(not set)" */
char *vmm_change_place(const struct vmm_change *c);                   /* "ControlSet001\Control\CrashControl!NMICrashDump", "{guid} safeboot" */
char *vmm_change_before_text(const struct vmm_change *c);             /* typed by what it is: "Minimal" for an element */
char *vmm_change_after_text(const struct vmm_change *c);
char *vmm_change_windows_way(const struct vmm_change *c, char letter); /* the reg add / bcdedit /store line for a disk attached as LETTER: */
/* {"fix","store","place","before","after","risk","why","windows"}: before/after null when absent, else {"type","text","raw"}. New reference. */
json_t *vmm_change_json(const struct vmm_change *c);
json_t *vmm_changes_json(const struct vmm_changes *c); /* an array */
/* The diff people read: grouped by store, "- before" and "+ after" lines; "" when there are none. */
char *vmm_changes_text(const struct vmm_changes *c);

/* ---- the whole plan, in a form that Windows admins use elsewhere ---- */
enum vmm_plan_form {
    VMM_AS_REG,    /* a .reg file, version 5 */
    VMM_AS_SCRIPT, /* a batch file for a Windows machine that the disk is attached to */
    VMM_AS_SERIAL, /* the lines to type in the Serial Console of the running machine */
    VMM_AS_COUNT
};
const char *vmm_plan_form_word(enum vmm_plan_form f);             /* "reg", "script", "serial" */
int vmm_plan_form_by_word(const char *word, enum vmm_plan_form *out); /* 0, or -1 when it is none */

/* What the plan is for; any may be NULL. Borrowed. */
struct vmm_plan_about {
    const char *disk;                     /* its name, for the heading */
    const struct vmm_windows *windows;    /* which control set boots */
    const struct vmm_boot_store *boot;    /* which entry boots it */
    const char *(*differs)(const char *fix); /* where a fix does other than its article, translated; may return NULL */
};
/* A form that cannot hold a change says so in the text and here, one sentence a change. */
struct vmm_plan_said {
    char *text;      /* UTF-8, lines end with \n; free of control characters */
    char **left_out;
    size_t left_out_count;
};
void vmm_changes_as(const struct vmm_changes *c, enum vmm_plan_form form, const struct vmm_plan_about *about, struct vmm_plan_said *out);
void vmm_plan_said_clear(struct vmm_plan_said *s);
/* The text as the bytes of a file: UTF-16LE with BOM for .reg, and line ends as Windows has them. The caller frees. */
uint8_t *vmm_plan_file(enum vmm_plan_form form, const char *text, size_t *len);

/* Writes those bytes to PATH. A file that is there already is VMM_E_CONFLICT and stays, unless OVER; even then only a small plain file is replaced. 0 or -1. */
int vmm_plan_save(enum vmm_plan_form form, const char *text, const char *path, bool over, struct vmm_error *err);

/* ---- a plan from a .reg file ---- */
#define VMM_REG_FILE_MAX (8u << 20)
/* Adds what the bytes of a .reg file (version 5; UTF-16 with BOM, or UTF-8) ask for, owned by NAME. CurrentControlSet is the set that boots. Anything that cannot be
 * done is an error with its line number; what was added until then is for the caller to throw away. *lowers (may be NULL) becomes true when a value weakens security. */
int vmm_changes_from_reg(struct vmm_changes *c, const char *name, const void *data, size_t len, const struct vmm_windows *windows, bool *lowers, struct vmm_error *err);
#endif
