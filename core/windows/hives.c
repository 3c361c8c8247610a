/* What SYSTEM and SOFTWARE say of their Windows. Offline there is no CurrentControlSet: Select names the set that boots next.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "windows/look.h"

#define CURRENT_VERSION "Microsoft\\Windows NT\\CurrentVersion"

/* Gathers what could not be read into one sentence. */
static void not_told(struct vmm_windows *w, const char *what) {
    char *all = w->not_told ? vmm_printf("%s; %s", w->not_told, what) : vmm_strdup(what);
    free(w->not_told);
    w->not_told = all;
}

static char *text_at(struct vmm_windows *w, const struct vmm_hive *h, const char *path, const char *name) {
    char *text = NULL;
    enum vmm_answer a = h ? vmm_hive_string(h, path, name, &text) : VMM_NOT_SET;
    if (a < 0) {
        char *what = vmm_printf(a == VMM_WRONG_TYPE ? _("%s is no text") : _("%s could not be read"), name);
        not_told(w, what);
        free(what);
    }
    if (a != VMM_SET) {
        free(text);
        return vmm_strdup("");
    }
    char *safe = vmm_safe_text(text);
    free(text);
    return safe;
}

static uint32_t number_at(struct vmm_windows *w, const struct vmm_hive *h, const char *path, const char *name) {
    uint32_t n = 0;
    enum vmm_answer a = vmm_hive_dword(h, path, name, &n);
    if (a == VMM_SET) return n;
    if (a < 0) {
        char *what = vmm_printf(a == VMM_WRONG_TYPE ? _("%s\\%s is no number") : _("%s\\%s could not be read"), path, name);
        not_told(w, what);
        free(what);
    }
    return 0;
}

/* ---- control sets ---- */

static bool has_child(const struct vmm_hive *h, vmm_key key, const char *name) {
    vmm_key child;
    return vmm_key_child(h, key, name, &child) == VMM_SET;
}

/* 1..999 when NAME is ControlSetNNN, else 0. */
static unsigned set_number(const char *name) {
    static const char stem[] = "ControlSet";
    size_t n = sizeof stem - 1;
    if (name == NULL || strlen(name) != n + 3) return 0;
    char *start = vmm_strndup(name, n);
    bool same = vmm_casecmp(start, stem) == 0;
    free(start);
    if (!same || strspn(name + n, "0123456789") != 3) return 0;
    return (unsigned)strtoul(name + n, NULL, 10);
}

static int by_number(const void *a, const void *b) {
    const struct vmm_control_set *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static void find_sets(struct vmm_windows *w, const struct vmm_hive *h) {
    vmm_key *keys;
    size_t count;
    if (vmm_key_children(h, vmm_hive_root(h), &keys, &count, NULL) < 0) {
        not_told(w, _("the list of control sets is broken"));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        char *name = vmm_key_name(h, keys[i]);
        unsigned n = set_number(name);
        free(name);
        if (n == 0) continue;
        w->sets = vmm_realloc(w->sets, w->set_count + 1, sizeof *w->sets);
        w->sets[w->set_count++] = (struct vmm_control_set){
            .number = n, .complete = has_child(h, keys[i], "Control") && has_child(h, keys[i], "Services") && has_child(h, keys[i], "Enum")};
    }
    free(keys);
    if (w->set_count) qsort(w->sets, w->set_count, sizeof *w->sets, by_number);
}

static bool set_is_complete(const struct vmm_windows *w, uint32_t number) {
    for (size_t i = 0; i < w->set_count; i++)
        if (w->sets[i].number == number) return w->sets[i].complete;
    return false;
}

static void choose_set(struct vmm_windows *w) {
    if (set_is_complete(w, w->select_default)) {
        w->boot_set = w->select_default;
        return;
    }
    char *what = w->select_default ? vmm_printf(_("Select\\Default names control set %u, which is absent or only a stub"), w->select_default)
                                   : vmm_strdup(_("which control set boots could not be told"));
    not_told(w, what);
    free(what);
}

/* The set to read facts from: the one that boots, else any whole one. 0 when there is none. */
static unsigned reading_set(const struct vmm_windows *w) {
    if (w->boot_set) return w->boot_set;
    for (size_t i = 0; i < w->set_count; i++)
        if (w->sets[i].complete) return w->sets[i].number;
    return w->set_count ? w->sets[0].number : 0;
}

/* ---- facts ---- */

static void find_role(struct vmm_windows *w, const struct vmm_hive *h, unsigned set) {
    char path[96];
    snprintf(path, sizeof path, "ControlSet%03u\\Services\\Tcpip\\Parameters", set);
    free(w->domain);
    w->domain = text_at(w, h, path, "Domain");
    snprintf(path, sizeof path, "ControlSet%03u\\Control\\ProductOptions", set);
    char *type = text_at(w, h, path, "ProductType");
    snprintf(path, sizeof path, "ControlSet%03u\\Services\\NTDS\\Parameters", set);
    char *database = text_at(w, h, path, "DSA Database file");
    if (vmm_casecmp(type, "LanmanNT") == 0 || *database) w->role = VMM_ROLE_DC;
    else if (*type == '\0') w->role = VMM_ROLE_UNKNOWN;
    else w->role = *w->domain ? VMM_ROLE_MEMBER : VMM_ROLE_STANDALONE;
    free(type);
    free(database);
}

static void find_shutdown(struct vmm_windows *w, const struct vmm_hive *h, unsigned set) {
    char path[64];
    vmm_key key;
    struct vmm_value v;
    snprintf(path, sizeof path, "ControlSet%03u\\Control\\Windows", set);
    if (vmm_key_path(h, vmm_hive_root(h), path, &key) != VMM_SET || vmm_key_value(h, key, "ShutdownTime", &v) != VMM_SET) return;
    if (v.type == VMM_REG_BINARY && v.len == 8) w->last_shutdown = vmm_le64(v.data);
    vmm_value_clear(&v);
}

static void system_facts(struct vmm_windows *w, const struct vmm_hive *h) {
    w->select_current = number_at(w, h, "Select", "Current");
    w->select_default = number_at(w, h, "Select", "Default");
    w->select_failed = number_at(w, h, "Select", "Failed");
    w->select_lkg = number_at(w, h, "Select", "LastKnownGood");
    find_sets(w, h);
    choose_set(w);
    unsigned set = reading_set(w);
    if (set == 0) return;
    char path[96];
    snprintf(path, sizeof path, "ControlSet%03u\\Control\\ComputerName\\ComputerName", set);
    free(w->computer);
    w->computer = text_at(w, h, path, "ComputerName");
    find_role(w, h, set);
    find_shutdown(w, h, set);
}

/* Windows 11 still calls itself Windows 10 in ProductName. */
static char *product_name(struct vmm_windows *w, char *told) {
    static const char ten[] = "Windows 10";
    if (w->build < 22000 || strncmp(told, ten, sizeof ten - 1) != 0 || vmm_casecmp(w->installation, "Client") != 0) return told;
    char *eleven = vmm_printf("Windows 11%s", told + sizeof ten - 1);
    free(told);
    return eleven;
}

static void software_facts(struct vmm_windows *w, const struct vmm_hive *h) {
    char *build = text_at(w, h, CURRENT_VERSION, "CurrentBuildNumber");
    if (*build == '\0') {
        free(build);
        build = text_at(w, h, CURRENT_VERSION, "CurrentBuild");
    }
    unsigned long n = strtoul(build, NULL, 10);
    w->build = n <= UINT32_MAX ? (uint32_t)n : 0;
    free(build);
    if (h) w->ubr = number_at(w, h, CURRENT_VERSION, "UBR");
    free(w->edition);
    free(w->installation);
    free(w->product);
    w->edition = text_at(w, h, CURRENT_VERSION, "EditionID");
    w->installation = text_at(w, h, CURRENT_VERSION, "InstallationType");
    w->product = product_name(w, text_at(w, h, CURRENT_VERSION, "ProductName"));
}

void vmm_windows_facts(const struct vmm_scan *s, struct vmm_windows *w) {
    w->computer = vmm_strdup("");
    w->domain = vmm_strdup("");
    w->product = vmm_strdup("");
    w->edition = vmm_strdup("");
    w->installation = vmm_strdup("");
    if (w->system->hive) system_facts(w, w->system->hive);
    else not_told(w, w->system->error.message);
    if (w->software && w->software->hive == NULL) not_told(w, w->software->error.message);
    if (w->software == NULL) not_told(w, _("there is no SOFTWARE hive"));
    software_facts(w, w->software ? w->software->hive : NULL);
    const char *letter = vmm_windows_letter(s, w, w->part);
    if (letter) snprintf(w->letter, sizeof w->letter, "%s", letter);
}
