/* What the articles' files share: helpers to look at a patient. An article's file needs nothing else of this room.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_FIXES_ROOM_H
#define VMM_FIXES_ROOM_H
#include "base/base.h"
#include "vmmedic/fix.h"

/* ---- options ---- */
/* The option's text, NULL when it was not given. */
const char *vmm_option_text(const struct vmm_option *options, size_t count, const char *name);
/* The same as a number (options are checked before), FALLBACK when it was not given. */
unsigned vmm_option_number(const struct vmm_option *options, size_t count, const char *name, unsigned fallback);

/* ---- the boot store ---- */
/* The store, or NULL after saying in *f (may be NULL) why nothing can be told. Fills f->blocked_by. */
const struct vmm_bcd *vmm_patient_bcd(const struct vmm_patient *p, struct vmm_finding *f);
/* The entry that boots the patient's Windows; *certain false when it is only the store's own choice. NULL when it cannot be told. */
const struct vmm_loader *vmm_patient_loader(const struct vmm_patient *p, bool *certain);
/* The same for plan: fails with a hint that lists the entries. */
const struct vmm_loader *vmm_need_loader(const struct vmm_patient *p, const char *fix, struct vmm_error *err);
/* Entries that an option "loader" means: absent, "all" or an id. The caller frees the list. 0 or -1. */
int vmm_loaders_meant(const struct vmm_patient *p, const char *fix, const char *option, const struct vmm_bcd_object ***list, size_t *count, struct vmm_error *err);
/* Says which entry it is, and why, as evidence. */
void vmm_say_loader(const struct vmm_patient *p, const struct vmm_loader *l, bool certain, struct vmm_finding *f);
/* "{guid} \"Windows Server 2019\" (the default entry)": an entry in a sentence; the caller frees. */
char *vmm_loader_words(const struct vmm_loader *l);
/* Objects whose own element ID counts for loader O: itself and what it inherits from. The caller frees the list. */
const struct vmm_bcd_object **vmm_carriers(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, size_t *count);
/* True when the element, own or inherited, reads as N. */
bool vmm_element_is(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, uint64_t n);
/* Sets a yes/no element to yes unless the object already has yes by inheritance. 0 or -1. */
int vmm_plan_yes(struct vmm_changes *c, const char *fix, struct vmm_store *store, const struct vmm_bcd_object *o, const char *name, uint32_t id, enum vmm_risk risk,
                 const char *why, struct vmm_error *err);

/* ---- the registry ---- */
/* SYSTEM's hive, or NULL after saying why. Fills f->blocked_by. */
const struct vmm_hive *vmm_patient_system(const struct vmm_patient *p, struct vmm_finding *f);
/* "ControlSet001\PATH" of the set that boots; the caller frees. */
char *vmm_boot_set_path(const struct vmm_patient *p, const char *path);
/* For plan: 0, or -1 with why SYSTEM cannot be changed. */
int vmm_need_system(const struct vmm_patient *p, const char *fix, struct vmm_error *err);
/* SOFTWARE's hive, NULL when it is absent or unreadable. */
const struct vmm_hive *vmm_patient_software(const struct vmm_patient *p);
/* The same for a fix that needs it: NULL after saying why. Fills f->blocked_by. */
const struct vmm_hive *vmm_need_policies(const struct vmm_patient *p, struct vmm_finding *f);
int vmm_need_software(const struct vmm_patient *p, const char *fix, struct vmm_error *err);
/* Says which control sets are stubs and left alone. */
void vmm_say_stubs(const struct vmm_patient *p, struct vmm_finding *f);
/* On a domain member: that its Group Policy may set the same again. */
void vmm_say_domain(const struct vmm_patient *p, struct vmm_finding *f);
/* The graver of two verdicts. */
enum vmm_verdict vmm_graver(enum vmm_verdict a, enum vmm_verdict b);

/* Calls DO for "ControlSetNNN\\KEY" of every whole control set, until one fails. */
typedef int (*vmm_in_set)(void *ctx, const char *path, struct vmm_error *err);
int vmm_each_set(const struct vmm_patient *p, const char *key, vmm_in_set fn, void *ctx, struct vmm_error *err);
/* Text as a value of SZ or EXPAND_SZ with its NUL; for MULTI_SZ one string a line. 0 or -1. */
int vmm_change_text(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *path, const char *name, uint32_t type, const char *text, enum vmm_risk risk,
                    const char *why, struct vmm_error *err);
/* The strings of a MULTI_SZ value, one a line; the caller frees. VMM_SET, VMM_NOT_SET, ... */
enum vmm_answer vmm_hive_lines(const struct vmm_hive *h, const char *path, const char *name, char **out);
/* True when the key is there. */
bool vmm_has_key(const struct vmm_hive *h, const char *path);
/* The names of the subkeys of PATH; the caller frees each and the list. The count, 0 when there is no such key or it is broken. */
size_t vmm_key_names(const struct vmm_hive *h, const char *path, char ***names);
void vmm_names_free(char **names, size_t count);
/* The plan of a fix that only tells something. */
int vmm_only_reports(const char *fix, struct vmm_error *err);

/* ---- passwords (password_rules.c) ---- */
/* The account that is made when none is named. */
#define VMM_NEW_ACCOUNT "vmmedic-admin"
/* What P02 makes Setup run. */
#define VMM_SETUP_COMMAND "cmd.exe /d /c %SystemRoot%\\Setup\\vmmedic-P02.cmd"

/* ---- text files of Windows (ini.c): bytes or UTF-16 with a mark, and given back as the same ---- */
/* As UTF-8; the caller frees. NULL: it is neither, or holds zeros. */
char *vmm_ini_decode(const uint8_t *data, size_t len, bool *wide);
uint8_t *vmm_ini_encode(const char *text, bool wide, size_t *len);
/* The value of a key, NULL when there is none; the caller frees. */
char *vmm_ini_get(const char *text, const char *section, const char *key);
/* The text with the key set: where it stands, else at the end of its section, else in a new one. The caller frees. */
char *vmm_ini_set(const char *text, const char *section, const char *key, const char *value);

/* ---- rules: a fix as a table of registry values (rules.c) ---- */
enum vmm_where { VMM_IN_SET, VMM_IN_SYSTEM, VMM_IN_SOFTWARE };
enum {
    VMM_MUST_BE = 1, /* absent is out of order too */
    VMM_TAKE_OUT = 2, /* the cure is that the value is absent */
    VMM_ANY = 4,     /* with VMM_TAKE_OUT: whatever it holds, of whatever type */
    VMM_TELL = 16,   /* only told, never changed */
    VMM_ABSENCE = 8, /* with VMM_MUST_BE: only that it is absent is judged here; another row has its values */
};
struct vmm_rule {
    enum vmm_where where;
    const char *key, *name;
    const char *label;      /* what the value is called in a sentence; NULL: its name */
    uint32_t low, high;     /* a number from low to high is in order; so is an absent one */
    uint32_t want;          /* what is set where it is out of order */
    const char *text;       /* a text value instead: those in order, with | between; the first is what is set */
    unsigned flags;
    enum vmm_verdict grade; /* when it is out of order; 0 is needed */
    const char *says;       /* N_() or NC_(): what that means, after "fDenyTSConnections is 1: " */
};
struct vmm_ruled {
    const char *fix;
    const struct vmm_rule *rules;
    size_t count;
    enum vmm_risk risk;
    const char *why;          /* N_(): of each change */
    const char *found;        /* N_(): the headline when it is needed */
    const char *bad, *good;   /* N_() or NC_(): summaries */
    const char *fine;         /* N_(): what is said when all is in order */
    const char *needs;        /* a key of the control set without which nothing can be told; NULL: none */
    bool policy;              /* Group Policy of a domain may set it again */
};
void vmm_rules_examine(const struct vmm_ruled *r, const struct vmm_patient *p, struct vmm_finding *f);
int vmm_rules_plan(const struct vmm_ruled *r, const struct vmm_patient *p, struct vmm_changes *c, struct vmm_error *err);
/* The commands a Windows admin would type for them; appended to LINES. */
void vmm_rules_windows(const struct vmm_ruled *r, json_t *lines);
/* examine_NAME and plan_NAME for the table NAME. */
#define VMM_RULED(table)                                                                                                                                               \
    static void examine_##table(const struct vmm_patient *p, struct vmm_finding *f) { vmm_rules_examine(&table, p, f); }                                               \
    static int plan_##table(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {               \
        (void)options;                                                                                                                                                 \
        (void)count;                                                                                                                                                   \
        return vmm_rules_plan(&table, p, c, err);                                                                                                                      \
    }

/* ---- files of the Windows (files.c) ---- */
/* A file as Windows names it: "%SystemRoot%\\System32\\x.dll", "C:\\Windows\\...", "\\SystemRoot\\...", or below the system folder. VMM_UNREADABLE when it stands on another
 * drive, or cannot be looked for. *size may be NULL. */
enum vmm_answer vmm_guest_file(const struct vmm_patient *p, const char *path, uint64_t *size);
/* The names in a folder given relative to the root of the Windows volume; the caller frees with vmm_names_free. The same answers. */
enum vmm_answer vmm_guest_folder(const struct vmm_patient *p, const char *path, char ***names, size_t *count);

/* ---- places that several files name ---- */
#define VMM_TS "Control\\Terminal Server"
#define VMM_LISTENER VMM_TS "\\WinStations\\RDP-Tcp"
#define VMM_TS_POLICY "Policies\\Microsoft\\Windows NT\\Terminal Services"
#define VMM_FIREWALL "Services\\SharedAccess\\Parameters\\FirewallPolicy"
#define VMM_FIREWALL_POLICY "Policies\\Microsoft\\WindowsFirewall"
#define VMM_RDP_PORT 3389
/* The port that the listener of the set that boots uses; 3389 when it does not say. */
uint32_t vmm_rdp_port(const struct vmm_patient *p, const struct vmm_hive *h);
#endif
