/* What a .reg file asks for, as changes of this disk: which hive and control set a key means, and what is never done.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "change/reg_file.h"

#define OWNER_MAX 40

/* ---- values that weaken a machine ---- */

enum test { IS, BELOW };

/* The end of the key's path, the value, and which data weakens. */
static const struct {
    const char *key, *name;
    enum test test;
    uint32_t data;
    const char *what;
} weak[] = {
    {"WinStations\\RDP-Tcp", "SecurityLayer", IS, 0, N_("LOWERS SECURITY: Remote Desktop without TLS.")},
    {"Terminal Services", "SecurityLayer", IS, 0, N_("LOWERS SECURITY: Remote Desktop without TLS.")},
    {"WinStations\\RDP-Tcp", "MinEncryptionLevel", BELOW, 2, N_("LOWERS SECURITY: Remote Desktop with weak encryption.")},
    {"Terminal Services", "MinEncryptionLevel", BELOW, 2, N_("LOWERS SECURITY: Remote Desktop with weak encryption.")},
    {"WinStations\\RDP-Tcp", "UserAuthentication", IS, 0, N_("LOWERS SECURITY: anybody sees the sign-in screen before a password is asked for.")},
    {"Terminal Services", "UserAuthentication", IS, 0, N_("LOWERS SECURITY: anybody sees the sign-in screen before a password is asked for.")},
    {"DomainProfile", "EnableFirewall", IS, 0, N_("LOWERS SECURITY: the firewall is off.")},
    {"PublicProfile", "EnableFirewall", IS, 0, N_("LOWERS SECURITY: the firewall is off.")},
    {"StandardProfile", "EnableFirewall", IS, 0, N_("LOWERS SECURITY: the firewall is off.")},
    {"PrivateProfile", "EnableFirewall", IS, 0, N_("LOWERS SECURITY: the firewall is off.")},
    {"TLS 1.0\\Server", "Enabled", IS, 1, N_("LOWERS SECURITY: an old, broken TLS is offered.")},
    {"TLS 1.1\\Server", "Enabled", IS, 1, N_("LOWERS SECURITY: an old, broken TLS is offered.")},
    {"CredSSP\\Parameters", "AllowEncryptionOracle", IS, 2, N_("LOWERS SECURITY: sign-in to servers with a known hole (CVE-2018-0886).")},
    {"Policies\\System", "EnableLUA", IS, 0, N_("LOWERS SECURITY: every program of an administrator has all rights.")},
    {"Control\\Lsa", "LimitBlankPasswordUse", IS, 0, N_("LOWERS SECURITY: accounts without a password can sign in over the network.")},
};

static bool ends_with(const char *path, const char *end) {
    size_t n = strlen(path), m = strlen(end);
    return n >= m && strcasecmp(path + n - m, end) == 0 && (n == m || path[n - m - 1] == '\\');
}

static const char *weakens(const char *path, const struct vmm_reg_item *item) {
    if (item->op != VMM_REG_SET || item->type != VMM_REG_DWORD || item->len != 4) return NULL;
    uint32_t v = vmm_le32(item->data);
    for (size_t i = 0; i < VMM_COUNT(weak); i++)
        if (ends_with(path, weak[i].key) && strcasecmp(item->name, weak[i].name) == 0 && (weak[i].test == BELOW ? v < weak[i].data : v == weak[i].data)) return _(weak[i].what);
    return NULL;
}

/* ---- places ---- */

struct taker {
    const char *name;  /* of the file */
    char *owner;       /* the same, short and fit for a list of owners */
    struct vmm_changes *c;
    const struct vmm_windows *w;
    bool *lowers;
    struct vmm_error *err;
};

static int refuse(const struct taker *t, const struct vmm_reg_item *item, enum vmm_code code, const char *why) {
    return vmm_fail(t->err, code, NULL, _("%s, line %u: %s"), t->name, item->line, why);
}

/* The rest of PATH when it begins with the key NAME; else NULL. */
static const char *below(const char *path, const char *name) {
    size_t n = strlen(name);
    if (strncasecmp(path, name, n) != 0 || (path[n] && path[n] != '\\')) return NULL;
    return path + n + (path[n] == '\\');
}

/* The name below HKEY_LOCAL_MACHINE: SYSTEM and SOFTWARE, and every name that ends so, as hives of a disk are loaded (BROKENSYSTEM, OFFLINE_SOFTWARE). */
static struct vmm_store *store_of(const struct taker *t, const char *name, size_t n, bool *known) {
    bool system = n >= 6 && strncasecmp(name + n - 6, "SYSTEM", 6) == 0, software = n >= 8 && strncasecmp(name + n - 8, "SOFTWARE", 8) == 0;
    *known = system || software;
    return system ? t->w->system : software ? t->w->software : NULL;
}

/* The store and the path below its root (the caller frees); NULL: refused. */
static char *place_of(const struct taker *t, const struct vmm_reg_item *item, struct vmm_store **store) {
    const char *path = below(item->key, "HKEY_LOCAL_MACHINE"), *rest;
    bool known;
    if (path == NULL) path = below(item->key, "HKLM");
    if (path == NULL || *path == '\0') {
        refuse(t, item, VMM_E_UNSUPPORTED, _("only keys below HKEY_LOCAL_MACHINE\\SYSTEM and HKEY_LOCAL_MACHINE\\SOFTWARE are changed"));
        return NULL;
    }
    size_t n = strcspn(path, "\\");
    *store = store_of(t, path, n, &known);
    if (*store == NULL || (*store)->hive == NULL || (*store)->blocked) {
        const struct vmm_store *st = *store;
        if (!known) refuse(t, item, VMM_E_UNSUPPORTED, _("only keys of the hives SYSTEM and SOFTWARE are changed; a loaded hive is known by a name that ends so, as BROKENSYSTEM"));
        else if (st == NULL) refuse(t, item, VMM_E_NOT_FOUND, _("this Windows has no such hive"));
        else refuse(t, item, st->blocked ? VMM_E_BLOCKED : st->error.code ? st->error.code : VMM_E_BROKEN, st->blocked ? st->blocked : st->error.message);
        return NULL;
    }
    path += n + (path[n] == '\\');
    if (*path == '\0') {
        if (item->op == VMM_REG_KEY) return vmm_strdup("");
        refuse(t, item, VMM_E_UNSUPPORTED, _("the root of a hive is not changed"));
        return NULL;
    }
    if (*store == t->w->system && (rest = below(path, "CurrentControlSet")) != NULL) {
        if (t->w->boot_set == 0) {
            refuse(t, item, VMM_E_BLOCKED, _("which control set is CurrentControlSet cannot be told on this disk; write ControlSet001"));
            return NULL;
        }
        return vmm_printf("ControlSet%03u%s%s", t->w->boot_set, *rest ? "\\" : "", rest);
    }
    return vmm_strdup(path);
}

/* ---- changes ---- */

/* The change that was added last can be made in this hive. */
static int takes(const struct taker *t, const struct vmm_reg_item *item) {
    const struct vmm_change *c = &t->c->list[t->c->count - 1];
    struct vmm_error err = {0};
    struct vmm_edit e = {.op = c->after.present ? VMM_EDIT_SET : c->whole_key ? VMM_EDIT_DELETE_KEY : VMM_EDIT_DELETE_VALUE, .path = c->path, .name = c->name,
                         .type = c->after.type, .data = c->after.data, .len = c->after.len, .create_keys = true};
    return vmm_hive_takes(c->store->hive, &e, &err) < 0 ? refuse(t, item, err.code, err.message) : 0;
}

static int take(const struct taker *t, const struct vmm_reg_item *item) {
    struct vmm_store *store;
    struct vmm_error err = {0};
    char *path = place_of(t, item, &store);
    if (path == NULL) return -1;
    size_t before = t->c->count;
    const char *warning = weakens(path, item);
    char *why = warning ? vmm_printf(_("%s (line %u)"), warning, item->line) : vmm_printf(_("line %u"), item->line);
    enum vmm_risk risk = warning ? VMM_RISK_HIGH : VMM_RISK_MEDIUM;
    int r = 0;
    if (item->op == VMM_REG_SET) r = vmm_change_set(t->c, t->owner, store, path, item->name, item->type, item->data, item->len, true, risk, why, &err);
    else if (item->op == VMM_REG_DELETE) r = vmm_change_delete(t->c, t->owner, store, path, item->name, risk, why, &err);
    else if (item->op == VMM_REG_DELETE_KEY) r = vmm_change_delete_key(t->c, t->owner, store, path, risk, why, &err);
    if (warning && t->lowers) *t->lowers = true;
    free(why);
    free(path);
    if (r < 0) return refuse(t, item, err.code, err.message);
    return t->c->count > before ? takes(t, item) : 0;
}

/* [KEY] without values: fine when the key is there, or a value of the file makes it or one below. */
static int empty_key(const struct taker *t, const struct vmm_reg_file *f, const struct vmm_reg_item *item) {
    struct vmm_store *store;
    vmm_key key;
    for (const struct vmm_reg_item *x = f->list; x < f->list + f->count; x++) {
        size_t n = strlen(item->key);
        if (x->op == VMM_REG_SET && strncasecmp(x->key, item->key, n) == 0 && (x->key[n] == '\0' || x->key[n] == '\\')) return 0;
    }
    char *path = place_of(t, item, &store);
    if (path == NULL) return -1;
    enum vmm_answer a = vmm_key_path(store->hive, vmm_hive_root(store->hive), path, &key);
    free(path);
    if (a == VMM_SET) return 0;
    return a == VMM_NOT_SET ? refuse(t, item, VMM_E_UNSUPPORTED, _("it would make a key without any value, which this program cannot do"))
                            : refuse(t, item, VMM_E_BROKEN, _("the key cannot be read"));
}

/* The file's own name, short, without + (which joins owners) and control characters. */
static char *owner_of(const char *name) {
    const char *slash = strrchr(name, '/');
    char *safe = vmm_safe_text(slash ? slash + 1 : name);
    size_t n = strlen(safe);
    if (n > OWNER_MAX) {
        for (n = OWNER_MAX; n > 0 && (safe[n] & 0xc0) == 0x80; n--) {}
        safe[n] = '\0';
    }
    for (char *p = safe; (p = strchr(p, '+')); p++) *p = '_';
    return safe;
}

int vmm_changes_from_reg(struct vmm_changes *c, const char *name, const void *data, size_t len, const struct vmm_windows *windows, bool *lowers, struct vmm_error *err) {
    struct vmm_reg_file f;
    if (windows == NULL || windows->system == NULL) return vmm_fail(err, VMM_E_NO_WINDOWS, NULL, _("%s: there is no Windows on this disk to change"), name);
    if (vmm_reg_read(name, data, len, &f, err) < 0) return -1;
    struct taker t = {.name = name, .owner = owner_of(name), .c = c, .w = windows, .lowers = lowers, .err = err};
    int r = 0;
    for (size_t i = 0; r == 0 && i < f.count; i++) r = f.list[i].op == VMM_REG_KEY ? empty_key(&t, &f, &f.list[i]) : take(&t, &f.list[i]);
    free(t.owner);
    vmm_reg_file_clear(&f);
    return r;
}
