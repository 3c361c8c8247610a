/* The article "Remote Desktop disconnects frequently in Azure VM": 13 values of the RDP listener in every whole control set, and 3 policy values.
 *   ControlSetNNN\Control\Terminal Server\WinStations\RDP-Tcp
 *   SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services
 * Four of them have two columns: what the article sets weakens the channel (two) or contradicts today's guidance (two).
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

#define MINUTE 60000u /* the listener counts in milliseconds */
#define UNLIMITED 0xffffffffu
#define FEWEST_CONNECTIONS 2

enum kind { SAME, WEAKENS, CONTRADICTS };

static const struct value {
    const char *name;
    uint32_t article;   /* what the article sets */
    enum kind kind;
    uint32_t safe;      /* profile safe sets this where nothing valid stands; the same as the article's for kind SAME */
    uint32_t low, high; /* what Windows understands */
    const char *why;
} listener[] = {
    {"SecurityLayer", 0, WEAKENS, 2, 0, 2, N_("How client and server agree on encryption: 0 is old RDP encryption, 2 is TLS.")},
    {"MinEncryptionLevel", 1, WEAKENS, 3, 1, 4, N_("How strong the encryption must be: 1 is low, 3 is high.")},
    {"fQueryUserConfigFromLocalMachine", 1, SAME, 1, 0, 1, N_("The server reads a user's session settings from itself, without waiting for a domain controller.")},
    {"KeepAliveTimeout", 1, SAME, 1, 0, UNLIMITED, N_("The server asks from time to time whether the client is still there.")},
    {"fInheritReconnectSame", 0, CONTRADICTS, 1, 0, 1, N_("1: whether one may reconnect from another computer is taken from the user account.")},
    {"fReconnectSame", 1, CONTRADICTS, 0, 0, 1, N_("0: one may reconnect from any computer.")},
    {"fInheritMaxSessionTime", 1, SAME, 1, 0, 1, N_("The longest time of a session comes from the user account, not from the listener.")},
    {"fInheritMaxDisconnectionTime", 1, SAME, 1, 0, 1, N_("How long a disconnected session is kept comes from the user account.")},
    {"MaxDisconnectionTime", 0, SAME, 0, 0, UNLIMITED, N_("A disconnected session is kept without a limit.")},
    {"MaxConnectionTime", 0, SAME, 0, 0, UNLIMITED, N_("A session may last without a limit.")},
    {"fInheritMaxIdleTime", 1, SAME, 1, 0, 1, N_("How long a session may be idle comes from the user account.")},
    {"MaxIdleTime", 0, SAME, 0, 0, UNLIMITED, N_("A session may be idle without a limit.")},
    {"MaxInstanceCount", UNLIMITED, SAME, UNLIMITED, 0, UNLIMITED, N_("The listener takes any number of connections.")},
};
static const struct {
    const char *name;
    uint32_t number;
    const char *why;
} policies[] = {
    {"KeepAliveEnable", 1, N_("Keep-alive messages are on.")},
    {"KeepAliveInterval", 1, N_("One keep-alive message a minute.")},
    {"fDisableAutoReconnect", 0, N_("A client that was cut off may connect again by itself.")},
};

/* Policy values that win over the listener's own. */
static const char *const overrides[] = {"SecurityLayer", "MinEncryptionLevel", "UserAuthentication", "fDenyTSConnections", "MaxIdleTime", "MaxDisconnectionTime", "MaxConnectionTime",
                                        "fResetBroken", "fReconnectSame", "MaxInstanceCount", "fQueryUserConfigFromLocalMachine", "fPromptForPassword", "fEncryptRPCTraffic"};

/* A limit counts when the listener's own value is taken instead of the account's. */
static const struct {
    const char *inherit, *limit;
    enum vmm_verdict grade;
    const char *says; /* N_(), with the limit in minutes */
} limits[] = {
    {"fInheritMaxSessionTime", "MaxConnectionTime", VMM_NEEDED, N_("Sessions are cut off after %.3g minutes (%s).")},
    {"fInheritMaxIdleTime", "MaxIdleTime", VMM_NEEDED, N_("Idle sessions are cut off after %.3g minutes (%s).")},
    {"fInheritMaxDisconnectionTime", "MaxDisconnectionTime", VMM_OPTIONAL, N_("Disconnected sessions end after %.3g minutes (%s).")},
};

/* ---- evidence ---- */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void say_limit(struct vmm_finding *f, const char *format, uint32_t ms, const char *name) { vmm_finding_say(f, format, (double)ms / MINUTE, name); }
#pragma GCC diagnostic pop

static void judge_limits(const struct vmm_hive *h, const char *path, struct vmm_finding *f) {
    for (size_t i = 0; i < VMM_COUNT(limits); i++) {
        uint32_t inherit = 1, limit = 0;
        vmm_hive_dword(h, path, limits[i].inherit, &inherit);
        if (vmm_hive_dword(h, path, limits[i].limit, &limit) != VMM_SET || limit == 0 || inherit != 0) continue;
        say_limit(f, _(limits[i].says), limit, limits[i].limit);
        f->verdict = vmm_graver(f->verdict, limits[i].grade);
        if (limits[i].grade == VMM_NEEDED && f->found == NULL) f->found = vmm_strdup(_("Remote Desktop sessions are cut off"));
    }
}

static void judge_count(const struct vmm_hive *h, const char *path, struct vmm_finding *f) {
    uint32_t n = UNLIMITED;
    if (vmm_hive_dword(h, path, "MaxInstanceCount", &n) != VMM_SET || n == UNLIMITED) return;
    vmm_finding_say(f, ngettext("Only %u connection at a time is taken (MaxInstanceCount).", "Only %u connections at a time are taken (MaxInstanceCount).", n), n);
    f->verdict = vmm_graver(f->verdict, n < FEWEST_CONNECTIONS ? VMM_NEEDED : VMM_OPTIONAL);
    if (n < FEWEST_CONNECTIONS && f->found == NULL) f->found = vmm_strdup(_("The RDP listener takes too few connections"));
}

static void judge_types(const struct vmm_hive *h, const char *path, struct vmm_finding *f) {
    for (size_t i = 0; i < VMM_COUNT(listener); i++) {
        uint32_t n;
        enum vmm_answer a = vmm_hive_dword(h, path, listener[i].name, &n);
        if (a == VMM_WRONG_TYPE) {
            vmm_finding_say(f, _("%s has the wrong type: Windows cannot use it."), listener[i].name);
            f->verdict = vmm_graver(f->verdict, VMM_NEEDED);
            if (f->found == NULL) f->found = vmm_strdup(_("The RDP listener is misconfigured"));
        } else if (a == VMM_UNREADABLE) {
            vmm_finding_say(f, _("%s could not be read."), listener[i].name);
            f->verdict = vmm_graver(f->verdict, VMM_CANNOT_TELL);
        }
    }
}

static void judge_policies(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_software(p);
    uint32_t n;
    if (h == NULL) {
        vmm_finding_say(f, _("There is no SOFTWARE hive to look at: policies are not known, and the three policy values are not set."));
        return;
    }
    if (vmm_hive_dword(h, VMM_TS_POLICY, "fDisableAutoReconnect", &n) == VMM_SET && n != 0) {
        vmm_finding_say(f, _("A policy forbids clients to connect again by themselves (fDisableAutoReconnect)."));
        f->verdict = vmm_graver(f->verdict, VMM_OPTIONAL);
    }
    for (size_t i = 0; i < VMM_COUNT(overrides); i++) {
        enum vmm_answer a = vmm_hive_dword(h, VMM_TS_POLICY, overrides[i], &n);
        if (a == VMM_SET) vmm_finding_say(f, _("A policy sets %s to %u; that wins over the listener, and this fix leaves it alone."), overrides[i], n);
        else if (a == VMM_WRONG_TYPE) vmm_finding_say(f, _("A policy sets %s with a wrong type; this fix leaves it alone."), overrides[i]);
        bool limit = a == VMM_SET && n != 0 && strncmp(overrides[i], "Max", 3) == 0 && strcmp(overrides[i], "MaxInstanceCount") != 0;
        if (limit) f->verdict = vmm_graver(f->verdict, VMM_REPORT);
    }
}

static void examine_disconnects(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    if (h == NULL) return;
    char *path = vmm_boot_set_path(p, VMM_LISTENER);
    f->verdict = VMM_NOT_NEEDED;
    judge_limits(h, path, f);
    judge_count(h, path, f);
    judge_types(h, path, f);
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("The RDP listener has no limit that ends sessions."));
    judge_policies(p, f);
    f->summary = vmm_strdup(f->verdict == VMM_NOT_NEEDED ? _("no limits") : f->verdict == VMM_REPORT ? _("limits by policy") : f->verdict == VMM_CANNOT_TELL ? "" : _("limits"));
    if (f->verdict != VMM_NOT_NEEDED) vmm_say_domain(p, f);
    vmm_say_stubs(p, f);
    free(path);
}

/* ---- changes ---- */

struct setting {
    const struct vmm_patient *p;
    const char *fix, *name, *why;
    uint32_t number;
    enum vmm_risk risk;
    const struct value *keep; /* a valid value of it stays */
    struct vmm_changes *c;
};

static int set_one(void *ctx, const char *path, struct vmm_error *err) {
    const struct setting *s = ctx;
    struct vmm_store *store = s->p->windows->system;
    uint32_t n;
    if (s->keep && vmm_hive_dword(store->hive, path, s->name, &n) == VMM_SET && n >= s->keep->low && n <= s->keep->high && n != s->number) return 0;
    return vmm_change_dword(s->c, s->fix, store, path, s->name, s->number, s->risk, _(s->why), err);
}

static int plan_disconnects(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const char *profile = vmm_option_text(options, count, "profile");
    bool article = profile && strcasecmp(profile, "article") == 0;
    if (vmm_need_system(p, "RD01", err) < 0) return -1;
    int r = 0;
    for (size_t i = 0; r == 0 && i < VMM_COUNT(listener); i++) {
        const struct value *v = &listener[i];
        struct setting s = {.p = p, .fix = "RD01", .name = v->name, .why = v->why, .number = article ? v->article : v->safe, .risk = VMM_RISK_LOW, .c = c};
        if (article && v->kind != SAME) s.risk = v->kind == WEAKENS ? VMM_RISK_HIGH : VMM_RISK_MEDIUM;
        if (!article && v->kind != SAME) s.keep = v;
        r = vmm_each_set(p, VMM_LISTENER, set_one, &s, err);
    }
    for (size_t i = 0; r == 0 && p->windows->software && i < VMM_COUNT(policies); i++)
        r = vmm_change_dword(c, "RD01", p->windows->software, VMM_TS_POLICY, policies[i].name, policies[i].number, VMM_RISK_LOW, _(policies[i].why), err);
    return r;
}

/* ---- RD03: the way back ---- */

static const struct {
    const char *name;
    uint32_t weak, secure;
    const char *says, *why;
} secure[] = {
    {"SecurityLayer", 0, 2, N_("the server does not prove who it is"), N_("TLS: the server proves who it is, and Network Level Authentication is possible.")},
    {"MinEncryptionLevel", 1, 3, N_("weak encryption"), N_("Both directions are encrypted with 128 bits.")},
    {"UserAuthentication", 0, 1, N_("no password before sign-in (no NLA)"), N_("Network Level Authentication: the password comes before the sign-in screen.")},
};

static void examine_secure(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f), *policy = vmm_patient_software(p);
    if (h == NULL) return;
    char *path = vmm_boot_set_path(p, VMM_LISTENER);
    f->verdict = VMM_NOT_NEEDED;
    for (size_t i = 0; i < VMM_COUNT(secure); i++) {
        uint32_t n;
        enum vmm_answer a = vmm_hive_dword(h, path, secure[i].name, &n);
        if (a == VMM_SET && n == secure[i].weak) {
            vmm_finding_say(f, _("%s is %u: %s."), secure[i].name, n, _(secure[i].says));
            f->verdict = VMM_OPTIONAL;
        }
        if (policy && vmm_hive_dword(policy, VMM_TS_POLICY, secure[i].name, &n) == VMM_SET && n == secure[i].weak) {
            vmm_finding_say(f, _("A policy sets %s to %u: %s."), secure[i].name, n, _(secure[i].says));
            f->verdict = VMM_OPTIONAL;
        }
    }
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("No setting of the RDP listener is weaker than Windows' own."));
    else vmm_say_domain(p, f);
    f->summary = vmm_strdup(f->verdict == VMM_OPTIONAL ? _("weakened") : _("as Windows has it"));
    free(path);
}

static int secure_one(void *ctx, const char *path, struct vmm_error *err) {
    const struct setting *s = ctx;
    struct vmm_store *store = s->p->windows->system;
    uint32_t n;
    if (vmm_hive_dword(store->hive, path, s->name, &n) != VMM_SET) return 0;
    for (size_t i = 0; i < VMM_COUNT(secure); i++)
        if (strcmp(secure[i].name, s->name) == 0 && n != secure[i].weak && n != secure[i].secure) return 0;
    return vmm_change_dword(s->c, s->fix, store, path, s->name, s->number, s->risk, _(s->why), err);
}

static int plan_secure(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    if (vmm_need_system(p, "RD03", err) < 0) return -1;
    int r = 0;
    for (size_t i = 0; r == 0 && i < VMM_COUNT(secure); i++) {
        struct setting s = {.p = p, .fix = "RD03", .name = secure[i].name, .why = secure[i].why, .number = secure[i].secure, .risk = VMM_RISK_MEDIUM, .c = c};
        uint32_t n;
        r = vmm_each_set(p, VMM_LISTENER, secure_one, &s, err);
        const struct vmm_hive *policy = vmm_patient_software(p);
        if (r == 0 && policy && vmm_hive_dword(policy, VMM_TS_POLICY, secure[i].name, &n) == VMM_SET && n == secure[i].weak)
            r = vmm_change_dword(c, "RD03", p->windows->software, VMM_TS_POLICY, secure[i].name, secure[i].secure, VMM_RISK_MEDIUM, _(secure[i].why), err);
    }
    return r;
}

/* ---- the words ---- */

#define ARTICLE N_("Microsoft: Remote Desktop disconnects frequently in Azure VM (troubleshoot-rdp-intermittent-connectivity)")
#define KEY "\"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp\""

static const struct vmm_param profile_param[] = {
    {"profile", "safe|article", "safe",
     N_("safe leaves a valid SecurityLayer, MinEncryptionLevel, fInheritReconnectSame and fReconnectSame alone; article sets them as the article does, which weakens the "
        "encryption.")},
    {0},
};

const struct vmm_fix vmm_fixes_rdp_disconnects[] = {
    {
        .id = "RD01",
        .family = N_("RDP listener"),
        .title = N_("Stop frequent disconnects"),
        .symptom = N_("Remote Desktop connects, but the connection drops again and again."),
        .what = N_("The RDP listener is the part of Windows that waits for Remote Desktop clients. It can hold limits: how long a session may last or be idle, how many there may be. "
                   "On a VM made from somebody's own image they cut people off. This sets the 13 listener values and 3 policy values of the article: no limits, keep-alive on, "
                   "reconnecting allowed."),
        .risk_text = N_("Medium. Sessions then stay open without a limit, which security baselines forbid. profile=article also sets SecurityLayer 0 and MinEncryptionLevel 1: the server no "
                        "longer proves who it is, TLS and Network Level Authentication stop, and what the server sends may go unencrypted. RD03 puts that back."),
        .undo = N_("vmmedic undo puts SYSTEM and SOFTWARE back, bit for bit. RD03 restores the secure settings alone, also after Windows has run."),
        .article = ARTICLE,
        .differs = N_("The article's commands stand in single quotes, which a command prompt makes part of the value's name (RD02 cleans that up); one name has a blank in front, and the "
                      "number ffffffff is refused by reg.exe. It writes into ControlSet002 even where there is none. Here each whole control set gets the real values and none is made."),
        .risk = VMM_RISK_MEDIUM,
        .windows = "reg add " KEY " /v SecurityLayer /t REG_DWORD /d 0 /f\nreg add " KEY " /v MinEncryptionLevel /t REG_DWORD /d 1 /f\nreg add " KEY
                   " /v fQueryUserConfigFromLocalMachine /t REG_DWORD /d 1 /f\nreg add " KEY " /v KeepAliveTimeout /t REG_DWORD /d 1 /f\nreg add " KEY
                   " /v fInheritReconnectSame /t REG_DWORD /d 0 /f\nreg add " KEY " /v fReconnectSame /t REG_DWORD /d 1 /f\nreg add " KEY
                   " /v fInheritMaxSessionTime /t REG_DWORD /d 1 /f\nreg add " KEY " /v fInheritMaxDisconnectionTime /t REG_DWORD /d 1 /f\nreg add " KEY
                   " /v MaxDisconnectionTime /t REG_DWORD /d 0 /f\nreg add " KEY " /v MaxConnectionTime /t REG_DWORD /d 0 /f\nreg add " KEY
                   " /v fInheritMaxIdleTime /t REG_DWORD /d 1 /f\nreg add " KEY " /v MaxIdleTime /t REG_DWORD /d 0 /f\nreg add " KEY
                   " /v MaxInstanceCount /t REG_DWORD /d 4294967295 /f\n"
                   "reg add \"HKLM\\BROKENSOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\" /v KeepAliveEnable /t REG_DWORD /d 1 /f\n"
                   "reg add \"HKLM\\BROKENSOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\" /v KeepAliveInterval /t REG_DWORD /d 1 /f\n"
                   "reg add \"HKLM\\BROKENSOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\" /v fDisableAutoReconnect /t REG_DWORD /d 0 /f",
        .lowers_with = "profile=article",
        .params = profile_param,
        .examine = examine_disconnects,
        .plan = plan_disconnects,
    },
    {
        .id = "RD03",
        .family = N_("RDP listener"),
        .title = N_("Restore secure RDP settings"),
        .symptom = N_("A rescue (the article's commands, or RD01 with profile=article, or R03) has left Remote Desktop with weak security."),
        .what = N_("Where SecurityLayer is 0, MinEncryptionLevel is 1 or UserAuthentication is 0, it sets 2, 3 and 1: TLS, strong encryption, and the password before the sign-in screen "
                   "(Network Level Authentication). Values that are not weak stay as they are."),
        .risk_text = N_("Medium. A very old client may no longer be able to connect, and Network Level Authentication needs a password that works."),
        .undo = N_("vmmedic undo puts SYSTEM and SOFTWARE back, bit for bit."),
        .article = ARTICLE,
        .differs = N_("The article lowers these settings and never says to put them back."),
        .risk = VMM_RISK_MEDIUM,
        .windows = "reg add " KEY " /v SecurityLayer /t REG_DWORD /d 2 /f\nreg add " KEY " /v MinEncryptionLevel /t REG_DWORD /d 3 /f\nreg add " KEY
                   " /v UserAuthentication /t REG_DWORD /d 1 /f",
        .examine = examine_secure,
        .plan = plan_secure,
    },
    {0},
};
