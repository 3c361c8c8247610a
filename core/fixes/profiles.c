/* U02: a user whose profile Windows has set aside (its key ends in .bak) gets a temporary one, or none. The profile's own key is put back in its place.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

#define LIST "Microsoft\\Windows NT\\CurrentVersion\\ProfileList"
#define WHY_BACK N_("The user's own profile is used again.")
#define WHY_GONE N_("This is the temporary profile's, or Windows' copy that was set aside.")

/* "S-1-5-21-...-1001" of "S-1-5-21-...-1001.bak"; NULL when it is none, or one of Windows' own accounts. The caller frees. */
static char *set_aside(const char *name) {
    size_t n = strlen(name);
    if (n < 5 || strcasecmp(name + n - 4, ".bak") != 0 || strncasecmp(name, "S-1-5-21-", 9) != 0) return NULL;
    return vmm_strndup(name, n - 4);
}

typedef int (*per_profile)(void *ctx, const char *sid, const char *bak_path, const char *path, bool twin, struct vmm_error *err);

static int each_profile(const struct vmm_hive *h, per_profile fn, void *ctx, struct vmm_error *err) {
    char **names;
    size_t count = vmm_key_names(h, LIST, &names);
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        char *sid = set_aside(names[i]);
        if (sid == NULL) continue;
        char *bak = vmm_printf(LIST "\\%s", names[i]), *path = vmm_printf(LIST "\\%s", sid);
        r = fn(ctx, sid, bak, path, vmm_has_key(h, path), err);
        free(bak);
        free(path);
        free(sid);
    }
    vmm_names_free(names, count);
    return r;
}

static int say_profile(void *ctx, const char *sid, const char *bak, const char *path, bool twin, struct vmm_error *err) {
    struct vmm_finding *f = ctx;
    (void)bak;
    (void)path;
    (void)err;
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("A user's profile is set aside; a temporary one is used instead."));
    vmm_finding_say(f, twin ? _("%s: beside it stands the key of the temporary profile.") : _("%s: nothing stands in its place."), sid);
    f->verdict = VMM_NEEDED;
    return 0;
}

static void examine_profiles(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_need_policies(p, f);
    if (h == NULL) return;
    f->verdict = VMM_NOT_NEEDED;
    each_profile(h, say_profile, f, NULL);
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("No user's profile is set aside."));
    else f->found = vmm_strdup(_("A user's profile is set aside"));
    f->summary = vmm_strdup(f->verdict == VMM_NEEDED ? _("set aside") : _("in order"));
}

struct work {
    struct vmm_store *store;
    bool restore;
    struct vmm_changes *c;
};

static const struct vmm_value *named(const struct vmm_value *list, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (list[i].name && vmm_casecmp(list[i].name, name) == 0) return &list[i];
    return NULL;
}

/* The values of the key that was set aside, in the place of those that stand there now. */
static int put_back(struct work *w, const char *bak, const char *path, bool twin, struct vmm_error *err) {
    const struct vmm_hive *h = w->store->hive;
    struct vmm_value *old = NULL, *now = NULL;
    size_t old_count = 0, now_count = 0;
    vmm_key key;
    int r = vmm_key_path(h, vmm_hive_root(h), bak, &key) == VMM_SET ? vmm_key_values(h, key, &old, &old_count, err) : -1;
    if (r == 0 && twin && vmm_key_path(h, vmm_hive_root(h), path, &key) == VMM_SET) r = vmm_key_values(h, key, &now, &now_count, err);
    for (size_t i = 0; r == 0 && i < now_count; i++)
        if (now[i].name && named(old, old_count, now[i].name) == NULL)
            r = vmm_change_delete(w->c, "U02", w->store, path, now[i].name, VMM_RISK_MEDIUM, _(WHY_GONE), err);
    for (size_t i = 0; r == 0 && i < old_count; i++) {
        static const char *const counters[] = {"State", "RefCount"}; /* 0: an ordinary profile that nobody uses now */
        bool counter = false;
        for (size_t k = 0; k < VMM_COUNT(counters); k++) counter = counter || (old[i].name && strcasecmp(old[i].name, counters[k]) == 0);
        if (counter) r = vmm_change_dword(w->c, "U02", w->store, path, old[i].name, 0, VMM_RISK_MEDIUM, _(WHY_BACK), err);
        else if (old[i].name) r = vmm_change_set(w->c, "U02", w->store, path, old[i].name, old[i].type, old[i].data, old[i].len, true, VMM_RISK_MEDIUM, _(WHY_BACK), err);
    }
    for (size_t i = 0; i < old_count; i++) vmm_value_clear(&old[i]);
    for (size_t i = 0; i < now_count; i++) vmm_value_clear(&now[i]);
    free(old);
    free(now);
    return r;
}

static int treat(void *ctx, const char *sid, const char *bak, const char *path, bool twin, struct vmm_error *err) {
    struct work *w = ctx;
    (void)sid;
    if (w->restore && put_back(w, bak, path, twin, err) < 0) return vmm_fail_prefix(err, "U02: %s", bak);
    return vmm_change_delete_key(w->c, "U02", w->store, bak, VMM_RISK_MEDIUM, _(WHY_GONE), err);
}

static int plan_profiles(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const char *how = vmm_option_text(options, count, "how");
    if (vmm_need_software(p, "U02", err) < 0) return -1;
    struct work w = {p->windows->software, how == NULL || strcasecmp(how, "restore") == 0, c};
    return each_profile(w.store->hive, treat, &w, err);
}

static const struct vmm_param how_param[] = {
    {"how", "restore|delete", "restore", N_("restore puts the set-aside key back into its place; delete only removes it, as the article does: Windows then makes a new profile.")},
    {0},
};

const struct vmm_fix vmm_fixes_profiles[] = {
    {
        .id = "U02",
        .family = N_("Sign-in"),
        .title = N_("Put a user's profile back"),
        .symptom = N_("\"We can't sign in to your account\"; the user gets a temporary profile; event 1511."),
        .what = N_("When Windows cannot load a user's profile it renames its key to S-1-5-21-...bak and uses a temporary profile. The user's files are still on the disk. This puts the key back "
                   "into its place, so that the next sign-in uses the real profile."),
        .risk_text = N_("Medium. If the profile itself is damaged, Windows sets it aside again."),
        .undo = N_("vmmedic undo puts SOFTWARE back, bit for bit."),
        .article = N_("Microsoft: You can't sign in to your account on an Azure VM (cannot-sign-into-account)"),
        .differs = N_("The article deletes the .bak key, and with it the way to the user's own profile (how=delete does that); it also spells the path without a blank."),
        .risk = VMM_RISK_MEDIUM,
        .windows = "reg copy \"HKLM\\BROKENSOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\SID.bak\" \"HKLM\\BROKENSOFTWARE\\Microsoft\\Windows "
                   "NT\\CurrentVersion\\ProfileList\\SID\" /s /f\nreg delete \"HKLM\\BROKENSOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\SID.bak\" /f",
        .params = how_param,
        .examine = examine_profiles,
        .plan = plan_profiles,
    },
    {0},
};
