/* What the disconnects article leaves behind when its commands are typed at a command prompt: there a single quote is no quote, so reg.exe makes values
 * whose names carry the quotes, and the real ones stay as they were.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

#define WHY_DELETE N_("Windows reads no value of this name; it is left over from a mistyped command.")
#define WHY_MOVE N_("This is the name that was meant.")

static const char *const meant[] = {"SecurityLayer", "MinEncryptionLevel", "fQueryUserConfigFromLocalMachine", "KeepAliveTimeout", "fInheritReconnectSame", "fReconnectSame",
                                    "fInheritMaxSessionTime", "fInheritMaxDisconnectionTime", "MaxDisconnectionTime", "MaxConnectionTime", "fInheritMaxIdleTime", "MaxIdleTime",
                                    "MaxInstanceCount", "KeepAliveEnable", "KeepAliveInterval", "fDisableAutoReconnect"};

static bool is_litter(char c) { return c == '\'' || c == '"' || c == ' ' || c == '`'; }

/* The name that was meant by "'SecurityLayer'"; NULL when it is none of the article's, or right already. */
static const char *meant_by(const char *name) {
    size_t n = strlen(name), from = 0;
    while (from < n && is_litter(name[from])) from++;
    while (n > from && is_litter(name[n - 1])) n--;
    if (from == 0 && name[n] == '\0') return NULL;
    for (size_t i = 0; i < VMM_COUNT(meant); i++)
        if (strlen(meant[i]) == n - from && strncasecmp(meant[i], name + from, n - from) == 0) return meant[i];
    return NULL;
}

typedef int (*per_junk)(void *ctx, struct vmm_store *store, const char *path, const struct vmm_value *v, const char *right, struct vmm_error *err);

static int each_in(struct vmm_store *store, const char *path, per_junk fn, void *ctx, struct vmm_error *err) {
    vmm_key key;
    struct vmm_value *list;
    size_t count;
    int r = 0;
    if (vmm_key_path(store->hive, vmm_hive_root(store->hive), path, &key) != VMM_SET) return 0;
    if (vmm_key_values(store->hive, key, &list, &count, err) < 0) return vmm_fail_prefix(err, "RD02: %s", path);
    for (size_t i = 0; i < count; i++) {
        const char *right = list[i].name ? meant_by(list[i].name) : NULL;
        if (r == 0 && right) r = fn(ctx, store, path, &list[i], right, err);
        vmm_value_clear(&list[i]);
    }
    free(list);
    return r;
}

struct walk {
    const struct vmm_patient *p;
    per_junk fn;
    void *ctx;
};

static int each_of_set(void *ctx, const char *path, struct vmm_error *err) {
    const struct walk *w = ctx;
    return each_in(w->p->windows->system, path, w->fn, w->ctx, err);
}

static int each_junk(const struct vmm_patient *p, per_junk fn, void *ctx, struct vmm_error *err) {
    struct walk w = {p, fn, ctx};
    int r = vmm_each_set(p, VMM_LISTENER, each_of_set, &w, err);
    return r == 0 && vmm_patient_software(p) ? each_in(p->windows->software, VMM_TS_POLICY, fn, ctx, err) : r;
}

static int say_one(void *ctx, struct vmm_store *store, const char *path, const struct vmm_value *v, const char *right, struct vmm_error *err) {
    (void)err;
    (void)right;
    struct vmm_finding *f = ctx;
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("There are values with quotes or blanks in their names."));
    f->verdict = VMM_OPTIONAL;
    vmm_finding_say(f, "%s: %s!%s", store->label, path, v->name);
    if (store->blocked && f->blocked_by == NULL) f->blocked_by = vmm_printf("%s: %s", store->label, store->blocked);
    return 0;
}

static void examine_junk(const struct vmm_patient *p, struct vmm_finding *f) {
    struct vmm_error err = {0};
    if (vmm_patient_system(p, f) == NULL) return;
    f->verdict = VMM_NOT_NEEDED;
    if (each_junk(p, say_one, f, &err) < 0) {
        f->verdict = vmm_graver(f->verdict, VMM_CANNOT_TELL);
        vmm_finding_say(f, "%s", err.message);
    }
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("No value of the RDP listener has quotes or blanks in its name."));
    if (f->verdict == VMM_OPTIONAL) vmm_finding_say(f, _("Windows does not read them: the commands that made them had no effect. They do no harm either."));
    f->summary = vmm_strdup(f->verdict == VMM_OPTIONAL ? C_("values", "found") : f->verdict == VMM_NOT_NEEDED ? C_("values", "none") : "");
}

struct job {
    bool move;
    struct vmm_changes *c;
};

static int clean_one(void *ctx, struct vmm_store *store, const char *path, const struct vmm_value *v, const char *right, struct vmm_error *err) {
    const struct job *j = ctx;
    bool number = v->type == VMM_REG_DWORD && v->len == 4;
    int r = j->move && number ? vmm_change_dword(j->c, "RD02", store, path, right, vmm_le32(v->data), VMM_RISK_MEDIUM, _(WHY_MOVE), err) : 0;
    return r < 0 ? r : vmm_change_delete(j->c, "RD02", store, path, v->name, VMM_RISK_LOW, _(WHY_DELETE), err);
}

static int plan_junk(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const char *how = vmm_option_text(options, count, "how");
    struct job j = {how && strcasecmp(how, "move") == 0, c};
    if (vmm_need_system(p, "RD02", err) < 0) return -1;
    return each_junk(p, clean_one, &j, err);
}

static const struct vmm_param how_param[] = {
    {"how", "delete|move", "delete", N_("delete removes them; move gives their numbers to the values that were meant, which may be the article's weak encryption.")},
    {0},
};

const struct vmm_fix vmm_fixes_rdp_junk[] = {
    {
        .id = "RD02",
        .family = N_("RDP listener"),
        .title = N_("Remove mistyped RDP values"),
        .symptom = N_("The disconnects article was followed at a command prompt, and nothing changed."),
        .what = N_("Its commands put value names in single quotes. A command prompt takes those for part of the name, so values like 'SecurityLayer' (quotes included) were made and the "
                   "real ones stayed as they were. This removes the values with quotes or blanks around one of the article's 16 names, and nothing else."),
        .risk_text = N_("Low. Windows reads none of these names. With how=move their numbers come into force."),
        .undo = N_("vmmedic undo puts SYSTEM and SOFTWARE back, bit for bit."),
        .article = N_("Microsoft: Remote Desktop disconnects frequently in Azure VM; the mistake is in its commands"),
        .risk = VMM_RISK_LOW,
        .windows = "reg delete \"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp\" /v 'SecurityLayer' /f",
        .lowers_with = "how=move",
        .params = how_param,
        .examine = examine_junk,
        .plan = plan_junk,
    },
    {0},
};
