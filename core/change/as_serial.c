/* A plan as the lines to type in the Serial Console of the machine itself, while its Windows runs: the registry first, how it starts last, each line followed by
 * one that checks it. The running Windows knows its control set as CurrentControlSet and the entry it started from as {current}.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "change/room.h"

#define LONGEST 400 /* nobody types more without a slip */
#define SET_LEN 13  /* of "ControlSet001" */
#define LISTENER "Control\\Terminal Server\\WinStations\\RDP-Tcp"
#define TSPOL "Policies\\Microsoft\\Windows NT\\Terminal Services"
#define CRASH "Control\\CrashControl"

struct serial {
    struct vmm_as *as;
    struct vmm_buf *b;
    unsigned set;      /* number of the control set that is CurrentControlSet, 0 not known */
    const char *guid;  /* of the entry that is {current} */
    const char *name;  /* of the hive and the key that %k% is set to, NULL none */
    const char *path;
    bool others;       /* the plan changes other control sets too */
    bool unquoted;     /* the single quotes of the article have been spoken of */
};

/* ---- what the articles have instead ---- */

/* The lines of the articles' own Serial Console sections and scripts, where ours is another one. DATA: what the article sets, and nothing is to be
 * said when ours is the same; NULL: always; "-": only when ours takes the value away. */
static const struct {
    const char *path, *name; /* below the control set or SOFTWARE; of boot stores the path is NULL and the name that of the element */
    const char *data;
    const char *why;
} differs[] = {
    {CRASH, "DumpFile", NULL, N_("^% keeps the prompt from putting the path of its own Windows in place of %SystemRoot%, which happens with the article's line.")},
    {CRASH, "CrashDumpEnabled", "1", N_("The article sets 1, a dump of the whole memory, which needs a page file as large as the memory.")},
    {LISTENER, "SecurityLayer", "0", N_("The article sets 0, which takes the encryption by TLS away.")},
    {LISTENER, "MinEncryptionLevel", "1", N_("The article sets 1, which encrypts one direction only.")},
    {LISTENER, "fInheritReconnectSame", "0", N_("The article sets 0; today's guidance is 1.")},
    {LISTENER, "fReconnectSame", "1", N_("The article sets 1, reconnect from the same computer only; today's guidance is 0.")},
    {NULL, "ems", NULL, N_("The article has bcdedit /ems here; the meaning is the same, and the entry is named by what it is in a running Windows.")},
    {NULL, "emsport", NULL, N_("The article has bcdedit /emssettings here; the meaning is the same.")},
    {NULL, "emsbaudrate", NULL, N_("The article has bcdedit /emssettings here; the meaning is the same.")},
    {NULL, "safeboot", "-", N_("The article's text calls it \"safemoade\"; there is no such setting, its name is safeboot.")},
};

/* The names that the disconnects article puts in single quotes. */
static const char *const single_quoted[] = {"SecurityLayer", "MinEncryptionLevel", "fQueryUserConfigFromLocalMachine", "KeepAliveTimeout", "KeepAliveEnable", "KeepAliveInterval",
                                            "fInheritReconnectSame", "fReconnectSame", "fDisableAutoReconnect", "fInheritMaxSessionTime", "fInheritMaxDisconnectionTime",
                                            "MaxDisconnectionTime", "MaxConnectionTime", "fInheritMaxIdleTime", "MaxIdleTime", "MaxInstanceCount"};

/* The fixes whose lines are all above: what else they say of their article is about the offline way. */
static const char *const covered[] = {"SM01", "SM02", "SC01", "CD01", "RD01"};

/* ---- places that a running Windows does not let go ---- */

static const struct {
    const char *part, *why;
} guarded[] = {
    {"Enum\\", N_("a running Windows keeps this key for itself; do it on the disk")},
    {"Services\\mpssvc\\Parameters\\AppCs", N_("a running Windows denies everybody this key; do it on the disk")},
    {"Services\\gpsvc", N_("a running Windows protects this service; do it on the disk")},
};

/* ---- the parts of a place ---- */

static bool is_system(const struct vmm_change *c) { return strcmp(c->store->name, "SYSTEM") == 0; }

/* The number of the control set of the path, 0 none. */
static unsigned set_of(const struct vmm_change *c) {
    if (!is_system(c) || strncasecmp(c->path, "ControlSet", 10) != 0 || strspn(c->path + 10, "0123456789") != 3 || (c->path[SET_LEN] && c->path[SET_LEN] != '\\')) return 0;
    return (unsigned)strtoul(c->path + 10, NULL, 10);
}

/* The path below the control set, or below the hive. */
static const char *inner(const struct vmm_change *c) { return set_of(c) ? c->path + SET_LEN + (c->path[SET_LEN] == '\\') : c->path; }

static char *key_of(const struct vmm_change *c) {
    if (set_of(c)) return vmm_printf("HKLM\\SYSTEM\\CurrentControlSet\\%s", inner(c));
    return vmm_printf("HKLM\\%s\\%s", c->store->name, c->path);
}

/* What {current} is: the entry that starts by default, when it starts this Windows; else the only one that does. */
static const char *current_entry(const struct vmm_plan_about *a) {
    const char *only = NULL;
    size_t count = 0;
    for (size_t i = 0; a->boot && i < a->boot->loader_count; i++) {
        const struct vmm_loader *l = &a->boot->loaders[i];
        if (l->recovery || l->object == NULL || (a->windows && l->windows != a->windows->number)) continue;
        if (l->is_default) return l->object->guid;
        only = l->object->guid;
        count++;
    }
    return count == 1 ? only : NULL;
}

static const char *id_of(const struct serial *s, const struct vmm_change *c) {
    if (s->guid && strcmp(c->guid, s->guid) == 0) return "{current}";
    const char *alias = vmm_bcd_alias(c->store->bcd, c->guid);
    return alias && strcmp(alias, "{default}") != 0 ? alias : c->guid;
}

static const char *why_not(const struct serial *s, const struct vmm_change *c) {
    if (vmm_change_in_file(c)) return _("a file is not changed by one command; do it on the disk");
    if (c->store->is_bcd) {
        if (s->as->about->boot && s->as->about->boot->store == c->store && s->as->about->boot->role != VMM_STORE_BOOTS)
            return _("a running Windows changes only the boot store that it started from");
        return (c->element >> 24 & 15) == VMM_BCD_DEVICE ? _("which partition is meant depends on the disk; do it on the disk") : NULL;
    }
    if (strcmp(c->store->name, "SYSTEM") != 0 && strcmp(c->store->name, "SOFTWARE") != 0) return _("a running Windows keeps this part of the registry for itself");
    const char *path = inner(c);
    for (size_t i = 0; i < VMM_COUNT(guarded); i++) {
        size_t n = strlen(guarded[i].part);
        if (set_of(c) && strncasecmp(path, guarded[i].part, n) == 0 && (guarded[i].part[n - 1] == '\\' || path[n] == '\0' || path[n] == '\\')) return _(guarded[i].why);
    }
    return NULL;
}

/* ---- the lines ---- */

static void note(struct serial *s, const char *text) { vmm_as_comment(s->as, "    ", text); }

static void say_difference(struct serial *s, const struct vmm_change *c) {
    char room[24], *data = c->after.present && c->after.type == VMM_REG_DWORD && c->after.len == 4 ? vmm_printf("%u", vmm_le32(c->after.data)) : NULL;
    const char *name = c->store->is_bcd ? vmm_change_element_name(c, room) : c->name, *path = inner(c);
    bool bcd = c->store->is_bcd, quoted = !bcd && (strcasecmp(path, LISTENER) == 0 || strcasecmp(path, TSPOL) == 0);
    for (size_t i = 0; i < VMM_COUNT(differs); i++) {
        bool place = bcd ? differs[i].path == NULL && vmm_change_is_element(c) : differs[i].path && strcasecmp(path, differs[i].path) == 0;
        if (!place || strcasecmp(name, differs[i].name) != 0) continue;
        const char *theirs = differs[i].data;
        bool say = theirs == NULL || (strcmp(theirs, "-") == 0 ? !c->after.present : c->after.present && (data == NULL || strcmp(data, theirs) != 0));
        if (say) note(s, _(differs[i].why));
    }
    for (size_t i = 0; quoted && !s->unquoted && c->after.present && i < VMM_COUNT(single_quoted); i++) {
        if (strcasecmp(c->name, single_quoted[i]) != 0) continue;
        note(s, _("Without the article's single quotes, here and below: a command prompt would make them part of the name."));
        s->unquoted = true;
    }
    free(data);
}

static void say_check(struct serial *s, const char *check, const char *shows) {
    vmm_buf_fmt(s->b, "    %s  %s\n", _("check:"), check);
    char *text = vmm_printf(_("shows: %s"), shows);
    note(s, text);
    free(text);
}

/* How many changes of the same key are typed here: from two on, its name is typed once. */
static size_t in_key(const struct serial *s, size_t i) {
    const struct vmm_change *c = &s->as->c->list[i];
    size_t n = 0;
    for (size_t k = 0; k < s->as->c->count; k++) {
        const struct vmm_change *x = &s->as->c->list[k];
        n += x->store == c->store && !x->whole_key && vmm_casecmp(x->path, c->path) == 0;
    }
    return n;
}

static const char *registry(struct serial *s, size_t i, char **command, char **check) {
    const struct vmm_change *c = &s->as->c->list[i];
    char *key = key_of(c);
    bool alias = s->path && vmm_casecmp(s->path, c->path) == 0 && s->name == c->store->name && !c->whole_key;
    struct vmm_buf b = {0};
    *command = vmm_reg_command(c, key, alias ? "\"%k%\"" : NULL, VMM_AT_PROMPT);
    vmm_buf_str(&b, "reg query ");
    if (alias) vmm_buf_str(&b, "\"%k%\"");
    else if (*command) vmm_put_key(&b, key, VMM_AT_PROMPT);
    if (*command) vmm_put_value_name(&b, c, VMM_AT_PROMPT);
    *check = vmm_buf_steal(&b);
    free(key);
    return *command ? strlen(*command) > LONGEST ? _("the line would be too long to type; do it on the disk") : NULL : _("reg.exe cannot write exactly this; do it on the disk");
}

/* "set "k=HKLM\..."" before the first of several changes of one key. */
static void name_key(struct serial *s, size_t i) {
    const struct vmm_change *c = &s->as->c->list[i];
    if (s->path && vmm_casecmp(s->path, c->path) == 0 && s->name == c->store->name) return;
    s->path = s->name = NULL;
    char *key = key_of(c);
    if (!c->whole_key && in_key(s, i) > 1 && vmm_typable(key) && strpbrk(key, "%\"!^&|<>") == NULL) {
        s->path = c->path;
        s->name = c->store->name;
        vmm_buf_fmt(s->b, "\nset \"k=%s\"\n", key);
        vmm_buf_str(s->b, "    ");
        vmm_buf_fmt(s->b, "%s\n", _("a short name for the key; the next lines use it"));
    }
    free(key);
}

static void one_registry(struct serial *s, size_t i) {
    const struct vmm_change *c = &s->as->c->list[i];
    char *command, *check;
    const char *why = why_not(s, c);
    if (why) {
        vmm_as_leave_out(s->as, c, why);
        return;
    }
    name_key(s, i);
    why = registry(s, i, &command, &check);
    if (why) {
        vmm_as_leave_out(s->as, c, why);
    } else {
        char *shows = vmm_change_after_text(c);
        vmm_buf_fmt(s->b, "\n%s\n", command);
        say_difference(s, c);
        say_check(s, check, c->after.present ? shows : _("an error: it is no longer there"));
        free(shows);
    }
    free(command);
    free(check);
}

static void one_element(struct serial *s, const struct vmm_change *c) {
    const char *why = why_not(s, c);
    char *words = why || c->store->bcd == NULL || !c->guid[0] ? NULL : vmm_bcd_command(c, id_of(s, c), VMM_AT_PROMPT), room[24];
    if (words == NULL || strlen(words) > LONGEST) {
        vmm_as_leave_out(s->as, c, why ? why : _("bcdedit cannot be typed for exactly this; do it on the disk"));
        free(words);
        return;
    }
    char *check = vmm_printf("bcdedit /enum %s", id_of(s, c)), *after = vmm_change_after_text(c), *shows;
    const char *name = vmm_change_element_name(c, room);
    if (!vmm_change_is_element(c)) shows = vmm_printf(_("%s is there"), id_of(s, c));
    else if (c->after.present) shows = vmm_printf("%s  %s", name, after);
    else shows = vmm_printf(_("no line %s any more"), name);
    vmm_buf_fmt(s->b, "\nbcdedit %s\n", words);
    say_difference(s, c);
    say_check(s, check, shows);
    free(check);
    free(after);
    free(shows);
    free(words);
}

/* ---- the whole ---- */

static void head(struct serial *s) {
    char *made = vmm_printf(_("To type in the Serial Console of the machine itself (plan for %s)"), s->as->about->disk ? s->as->about->disk : _("a disk"));
    vmm_as_comment(s->as, "", made);
    free(made);
    vmm_as_comment(s->as, "", _("Only lines at the left margin are typed; one that is indented explains the line above it, or checks it. At the prompt SAC> open a command prompt (not PowerShell: it "
                                "reads { } otherwise), press Enter, and sign in as an administrator of this machine:"));
    vmm_buf_str(s->b, "\ncmd\nch -si 1\n");
}

/* A fix of another article, and where it does other than that, once before its first line. */
static void say_fix(struct serial *s, size_t i) {
    const struct vmm_change *c = &s->as->c->list[i];
    const char *text = s->as->about->differs ? s->as->about->differs(c->fix) : NULL;
    for (size_t k = 0; k < i; k++)
        if (strcmp(s->as->c->list[k].fix, c->fix) == 0) return;
    for (size_t k = 0; k < VMM_COUNT(covered); k++)
        if (strcmp(covered[k], c->fix) == 0) return;
    if (text == NULL) return;
    char *said = vmm_printf(_("%s and its article: %s"), c->fix, text);
    vmm_buf_str(s->b, "\n");
    note(s, said);
    free(said);
}

static bool same_in_current(const struct serial *s, const struct vmm_change *c) {
    unsigned set = set_of(c);
    return set == 0 || s->set == 0 || set == s->set;
}

void vmm_as_serial(struct vmm_as *as) {
    struct serial s = {.as = as, .b = &as->text, .guid = current_entry(as->about)};
    const struct vmm_changes *c = as->c;
    s.set = as->about->windows ? as->about->windows->boot_set : 0;
    for (size_t i = 0; s.set == 0 && i < c->count; i++) s.set = set_of(&c->list[i]);
    head(&s);
    for (size_t i = 0; i < c->count; i++) {
        if (c->list[i].store->is_bcd) continue;
        if (!same_in_current(&s, &c->list[i])) {
            s.others = true;
            continue;
        }
        say_fix(&s, i);
        one_registry(&s, i);
    }
    for (size_t i = 0; i < c->count; i++) {
        if (!c->list[i].store->is_bcd) continue;
        say_fix(&s, i);
        one_element(&s, &c->list[i]);
    }
    vmm_buf_str(s.b, "\nshutdown /r /t 0\n");
    note(&s, _("restarts the machine; the changes count from then on"));
    if (s.others) {
        vmm_buf_str(s.b, "\n");
        note(&s, _("On the disk the plan changes the other control sets too. Here that is not needed: the running Windows uses CurrentControlSet."));
    }
    if (as->out->left_out_count == 0) return;
    vmm_buf_str(s.b, "\n");
    note(&s, _("Not possible here, so the lines above are not the whole plan:"));
    for (size_t i = 0; i < as->out->left_out_count; i++) vmm_as_comment(as, "      ", as->out->left_out[i]);
}
