/* The article's "reset the password", for a Windows that nobody can start a session on: a script that Windows itself runs once at its next start.
 *   P01  as a startup script of the local group policy. What the policy holds already is kept, runs too, and is put back by the script
 *   P02  as the command that Setup runs: no policy of a domain or of the machine can keep it from running
 * Both scripts end by filling themselves with zeros and removing themselves, so that the password is on the disk until then and no longer.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "fixes/room.h"

#define SCRIPTS_CSE "{42B5FAAE-6536-11D2-AE5A-0000F87571E3}"
#define SCRIPTS_TOOL "{40B6664F-4972-11D1-A7CA-0000F87571E3}"
#define STARTUP_FILE "vmmedic-P01.cmd"
#define GENERAL "General"
#define EXTENSIONS "gPCMachineExtensionNames"
#define MACHINE_OFF 2 /* bit of Options in gpt.ini */
#define WHY N_("Windows runs it at its next start. It sets the password, then it is gone.")
#define WHY_POLICY N_("It makes Windows run the script. The script puts this file back.")
#define WHY_KEPT N_("A copy of what is there now, for the script to put back.")
#define WHY_SETUP N_("It makes Windows run the script before anybody can log on. The script puts this value back first.")

/* ---- what stands in the way ---- */

static char *why_not(const struct vmm_patient *p, enum vmm_file script) {
    if (p->windows == NULL) return vmm_strdup(_("there is no Windows to look at"));
    const struct vmm_windows *w = p->windows;
    if (w->role == VMM_ROLE_DC)
        return vmm_strdup(_("this Windows is a domain controller: it has no local accounts. Reset the password on another domain controller, or in Directory Services Repair Mode"));
    if (w->role == VMM_ROLE_UNKNOWN) return vmm_strdup(_("whether this Windows is a domain controller could not be told"));
    const struct vmm_store *st = w->files[script];
    if (st->blocked) return vmm_strdup(st->blocked);
    static const enum vmm_file ours[] = {VMM_FILE_STARTUP, VMM_FILE_SETUP, VMM_FILE_GPT_KEPT, VMM_FILE_SCRIPTS_KEPT};
    for (size_t i = 0; i < VMM_COUNT(ours); i++)
        if (!w->files[ours[i]]->absent) return vmm_printf(_("%s is there from an earlier run. Undo that run first, or start Windows once"), w->files[ours[i]]->label);
    return NULL;
}

static char *policy_is_off(const struct vmm_patient *p) {
    uint32_t off = 0;
    const struct vmm_hive *h = vmm_patient_software(p);
    const struct vmm_store *gpt = p->windows->files[VMM_FILE_GPT];
    if (h && vmm_hive_dword(h, "Policies\\Microsoft\\Windows\\System", "DisableLGPOProcessing", &off) == VMM_SET && off)
        return vmm_strdup(_("the domain has switched local group policy off here (DisableLGPOProcessing), so the script would not run. Take P02 instead"));
    if (gpt->blocked || gpt->data == NULL) return gpt->blocked ? vmm_strdup(gpt->blocked) : NULL;
    bool wide;
    char *text = vmm_ini_decode(gpt->data, gpt->len, &wide), *options = text ? vmm_ini_get(text, GENERAL, "Options") : NULL, *why = NULL;
    if (text == NULL) why = vmm_printf(_("%s is no text that can be added to. Take P02 instead"), gpt->label);
    else if (options && strtoul(options, NULL, 10) & MACHINE_OFF)
        why = vmm_strdup(_("the computer's half of the local group policy is switched off, so the script would not run. Take P02 instead"));
    free(options);
    free(text);
    return why;
}

static char *setup_is_busy(const struct vmm_patient *p) {
    const struct vmm_hive *h = p->windows->system->hive;
    uint32_t type = 0;
    char *line = NULL, *why = NULL;
    if (h == NULL) return vmm_strdup(p->windows->system->error.message);
    if (p->windows->system->blocked) return vmm_strdup(p->windows->system->blocked);
    enum vmm_answer a = vmm_hive_dword(h, "Setup", "SetupType", &type), b = vmm_hive_string(h, "Setup", "CmdLine", &line);
    if (!vmm_has_key(h, "Setup")) why = vmm_strdup(_("there is no key SYSTEM\\Setup"));
    else if (a < 0 || b < 0) why = vmm_strdup(_("SetupType or CmdLine of SYSTEM\\Setup cannot be read, or is of another type"));
    else if (type != 0 || (line && *line)) why = vmm_strdup(_("Windows is to run something else of Setup at its next start already (SetupType, CmdLine)"));
    free(line);
    return why;
}

static char *blocked(const struct vmm_patient *p, bool setup) {
    char *why = why_not(p, setup ? VMM_FILE_SETUP : VMM_FILE_STARTUP);
    if (why) return why;
    return setup ? setup_is_busy(p) : policy_is_off(p);
}

/* ---- the findings ---- */

static void examine(const struct vmm_patient *p, struct vmm_finding *f, bool setup) {
    f->blocked_by = blocked(p, setup);
    if (p->windows == NULL) {
        f->verdict = VMM_CANNOT_TELL;
        vmm_finding_say(f, "%s", f->blocked_by);
        return;
    }
    const struct vmm_windows *w = p->windows;
    const struct vmm_store *st = w->files[setup ? VMM_FILE_SETUP : VMM_FILE_STARTUP];
    bool waits = !st->absent && st->error.code == VMM_OK;
    f->verdict = VMM_OPTIONAL;
    f->summary = vmm_strdup(waits ? _("waits to run") : _("if you need it"));
    if (waits) vmm_finding_say(f, _("A script that sets a password waits for the next start."));
    else vmm_finding_say(f, _("Whether somebody still knows a password, no disk can tell."));
    if (!w->files[VMM_FILE_LOG]->absent) vmm_finding_say(f, _("Such a script ran on this Windows before; what it said is in %s."), w->files[VMM_FILE_LOG]->label);
    if (w->role == VMM_ROLE_MEMBER)
        vmm_finding_say(f, setup ? _("This Windows is a member of the domain %s; no policy of it keeps this from running.")
                                 : _("This Windows is a member of the domain %s, whose policy may keep the script from running: P02 does not depend on it."), w->domain);
}
static void examine_startup(const struct vmm_patient *p, struct vmm_finding *f) { examine(p, f, false); }
static void examine_setup(const struct vmm_patient *p, struct vmm_finding *f) { examine(p, f, true); }

/* ---- the script ---- */

struct script {
    struct vmm_buf b;
    struct vmm_secret_span span;
};

static void line(struct script *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line(struct script *s, const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) abort();
    vmm_buf_str(&s->b, text);
    vmm_buf_str(&s->b, "\r\n");
    free(text);
}

/* In a script % begins a variable, even between quotes; two of them are one. */
static void put_password(struct script *s, const char *password) {
    s->span.at = s->b.len;
    for (const char *p = password; p && *p; p++) vmm_buf_add(&s->b, *p == '%' ? "%%" : p, *p == '%' ? 2 : 1);
    s->span.len = s->b.len - s->span.at;
}

/* The name differs with the language of Windows; its number does not. */
static void join_group(struct script *s, const char *user, const char *group, const char *sid) {
    line(s, "set \"GROUP=%s\"", group);
    line(s, "for /f \"usebackq delims=\" %%%%G in (`powershell.exe -NoProfile -NonInteractive -Command \"(New-Object System.Security.Principal.SecurityIdentifier "
            "'%s').Translate([System.Security.Principal.NTAccount]).Value.Split('\\')[1]\" 2^>nul`) do set \"GROUP=%%%%G\"", sid);
    line(s, "net localgroup \"%%GROUP%%\" \"%s\" /add >>\"%%LOG%%\" 2>&1", user);
}

/* Room for the password at once: a buffer that grows would leave a copy behind. */
static void begin(struct script *s, const char *id) {
    uint8_t raw[16];
    s->b.cap = 16384;
    s->b.data = vmm_alloc(s->b.cap, 1);
    if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw) memset(raw, 0, sizeof raw);
    char *mark = vmm_hex(raw, sizeof raw);
    line(s, "@echo off");
    line(s, "rem vmmedic %s %s: sets the password of one local account when Windows starts, then removes itself.", id, mark);
    line(s, "setlocal EnableExtensions DisableDelayedExpansion");
    line(s, "set \"LOG=%%SystemRoot%%\\vmmedic-password.log\"");
    free(mark);
}

static void set_account(struct script *s, const char *user, const char *password) {
    line(s, "set \"HOW=/add\"");
    line(s, "net user \"%s\" >nul 2>&1 && set \"HOW=/active:yes\"", user);
    vmm_buf_fmt(&s->b, "net user \"%s\" \"", user);
    put_password(s, password);
    line(s, "\" %%HOW%% /y >\"%%LOG%%\" 2>&1");
    line(s, ">>\"%%LOG%%\" echo net user ended with %%errorlevel%%");
    join_group(s, user, "Administrators", "S-1-5-32-544");
    join_group(s, user, "Remote Desktop Users", "S-1-5-32-555");
}

/* One line, which cmd.exe has read as a whole before the file it stands in is gone. */
static void end(struct script *s, const struct vmm_windows *w, const struct vmm_store *st) {
    vmm_buf_str(&s->b, "cd /d \"%SystemRoot%\" & fsutil file setzerodata offset=0 length=%~z0 \"%~f0\" >nul 2>&1 & del /f /q \"%~f0\"");
    for (size_t i = st->folder_count; i-- > 0;) { /* the folders that were made for it, if nobody put anything else there */
        const char *below = st->folders[i] + strlen(w->root);
        vmm_buf_fmt(&s->b, " & rd \"%%SystemRoot%%%s\" 2>nul", below);
    }
    vmm_buf_str(&s->b, " & exit 0\r\n");
}

/* Gives a file back what it was. Windows hides such files, and copy does not write over hidden ones. */
static void put_back(struct script *s, const struct vmm_windows *w, const struct vmm_store *st, const struct vmm_store *kept) {
    const char *here = st->path + strlen(w->root), *copy = kept->path + strlen(w->root);
    line(s, "attrib -r -h -s \"%%SystemRoot%%%s\"", here);
    if (st->absent) line(s, "del /f /q \"%%SystemRoot%%%s\"", here);
    else line(s, "copy /y /b \"%%SystemRoot%%%s\" \"%%SystemRoot%%%s\" >nul && del /f /q \"%%SystemRoot%%%s\"", copy, here, copy);
}

static int add_script(struct script *s, struct vmm_changes *c, const char *id, struct vmm_store *st, struct vmm_error *err) {
    int r = vmm_change_file(c, id, st, s->b.data, s->b.len, &s->span, VMM_RISK_MEDIUM, _(WHY), err);
    explicit_bzero(s->b.data, s->b.cap);
    vmm_buf_free(&s->b);
    return r;
}

static int common(const struct vmm_patient *p, const char *id, const char *user, bool setup, const struct vmm_changes *c, struct vmm_error *err) {
    char *why = blocked(p, setup);
    int r = why ? vmm_fail(err, VMM_E_BLOCKED, NULL, "%s: %s", id, why) : 0;
    free(why);
    char *fault = r == 0 && p->secret ? vmm_password_fault(user, p->secret) : r == 0 ? vmm_account_fault(user) : NULL;
    if (fault) r = vmm_fail(err, VMM_E_USAGE, fault, _("%s: this password or account name cannot be set"), id);
    if (r == 0 && p->windows->computer && strcasecmp(p->windows->computer, user) == 0)
        r = vmm_fail(err, VMM_E_USAGE, NULL, _("%s: %s is the name of the machine; no account can have it"), id, user);
    free(fault);
    for (size_t i = 0; r == 0 && i < c->count; i++) /* there is one password, and one account that it is for */
        if (c->list[i].secret && strcmp(c->list[i].fix, id) != 0) r = vmm_fail(err, VMM_E_CONFLICT, NULL, _("%s and %s do the same in two ways. Take one of them"), c->list[i].fix, id);
    return r;
}

/* ---- the local group policy ---- */

/* The extension list with that for scripts in it: "[{extension}{tool}...][...]", in the order of the extensions. */
static char *with_scripts(const char *list) {
    static const char ours[] = "[" SCRIPTS_CSE SCRIPTS_TOOL "]";
    struct vmm_buf b = {0};
    bool done = false;
    for (const char *p = list; *p == '[';) {
        size_t n = strcspn(p, "]");
        if (p[n] == '\0') break;
        char *one = vmm_strndup(p, n);
        bool same = strncasecmp(one + 1, SCRIPTS_CSE, strlen(SCRIPTS_CSE)) == 0;
        if (!done && !same && strncasecmp(one + 1, SCRIPTS_CSE, strlen(SCRIPTS_CSE)) > 0) vmm_buf_str(&b, ours), done = true;
        vmm_buf_str(&b, one);
        if (same && strcasestr(one, SCRIPTS_TOOL) == NULL) vmm_buf_str(&b, SCRIPTS_TOOL);
        vmm_buf_str(&b, "]");
        done = done || same;
        free(one);
        p += n + 1;
    }
    if (!done) vmm_buf_str(&b, ours);
    return vmm_buf_steal(&b);
}

/* The lower half counts changes of the machine's policy, the upper those of the users'. */
static char *next_version(const char *now) {
    unsigned long v = now ? strtoul(now, NULL, 10) : 0, machine = ((v & 0xffff) + 1) & 0xffff;
    return vmm_printf("%lu", (v & 0xffff0000UL) | (machine ? machine : 1));
}

static char *gpt_text(const char *now) {
    char *list = vmm_ini_get(now, GENERAL, EXTENSIONS), *version = vmm_ini_get(now, GENERAL, "Version"), *functions = vmm_ini_get(now, GENERAL, "gPCFunctionalityVersion");
    char *more = with_scripts(list ? list : ""), *next = next_version(version), *a = functions ? vmm_strdup(now) : vmm_ini_set(now, GENERAL, "gPCFunctionalityVersion", "2");
    char *b = vmm_ini_set(a, GENERAL, EXTENSIONS, more), *c = vmm_ini_set(b, GENERAL, "Version", next);
    free(list);
    free(version);
    free(functions);
    free(more);
    free(next);
    free(a);
    free(b);
    return c;
}

/* After the scripts that are there: they are numbered from 0 without a gap. */
static char *scripts_text(const char *now) {
    char *there = NULL, *key = NULL;
    for (unsigned n = 0;; n++) {
        free(key);
        key = vmm_printf("%uCmdLine", n);
        there = vmm_ini_get(now, "Startup", key);
        if (there == NULL) break;
        free(there);
    }
    char *a = vmm_ini_set(now, "Startup", key, STARTUP_FILE);
    memcpy(strstr(key, "CmdLine"), "Paramet", 7); /* "0CmdLine" and "0Parameters" */
    char *parameters = vmm_printf("%sers", key), *b = vmm_ini_set(a, "Startup", parameters, "");
    free(key);
    free(a);
    free(parameters);
    return b;
}

static int change_policy(struct vmm_changes *c, struct vmm_store *st, struct vmm_store *kept, char *(*edit)(const char *), struct vmm_error *err) {
    bool wide = edit == scripts_text; /* a new one as Windows itself makes it */
    char *now = st->data ? vmm_ini_decode(st->data, st->len, &wide) : vmm_strdup("");
    if (now == NULL) return vmm_fail(err, VMM_E_BLOCKED, _("Take P02 instead."), _("P01: %s is no text that can be added to"), st->label);
    size_t len;
    char *then = edit(now);
    uint8_t *data = vmm_ini_encode(then, wide, &len);
    int r = st->data ? vmm_change_file(c, "P01", kept, st->data, st->len, NULL, VMM_RISK_LOW, _(WHY_KEPT), err) : 0;
    if (r == 0) r = vmm_change_file(c, "P01", st, data, len, NULL, VMM_RISK_MEDIUM, _(WHY_POLICY), err);
    free(data);
    free(then);
    free(now);
    return r;
}

static int plan_startup(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const char *user = vmm_option_text(options, count, "user");
    if (user == NULL) user = VMM_NEW_ACCOUNT;
    if (common(p, "P01", user, false, c, err) < 0) return -1;
    struct vmm_windows *w = p->windows;
    struct script s = {0};
    begin(&s, "P01");
    set_account(&s, user, p->secret);
    put_back(&s, w, w->files[VMM_FILE_SCRIPTS], w->files[VMM_FILE_SCRIPTS_KEPT]);
    put_back(&s, w, w->files[VMM_FILE_GPT], w->files[VMM_FILE_GPT_KEPT]);
    end(&s, w, w->files[VMM_FILE_STARTUP]);
    int r = add_script(&s, c, "P01", w->files[VMM_FILE_STARTUP], err);
    if (r == 0) r = change_policy(c, w->files[VMM_FILE_SCRIPTS], w->files[VMM_FILE_SCRIPTS_KEPT], scripts_text, err);
    return r < 0 ? r : change_policy(c, w->files[VMM_FILE_GPT], w->files[VMM_FILE_GPT_KEPT], gpt_text, err); /* last: it is what Windows looks at */
}

/* ---- Setup ---- */

static void restore_setup(struct script *s, const struct vmm_hive *h) {
    uint32_t type;
    char *text = NULL;
    bool typed = vmm_hive_dword(h, "Setup", "SetupType", &type) == VMM_SET, named = vmm_hive_string(h, "Setup", "CmdLine", &text) == VMM_SET;
    free(text);
    line(s, typed ? "reg add HKLM\\SYSTEM\\Setup /v SetupType /t REG_DWORD /d 0 /f" : "reg delete HKLM\\SYSTEM\\Setup /v SetupType /f");
    line(s, named ? "reg add HKLM\\SYSTEM\\Setup /v CmdLine /t REG_SZ /d \"\" /f" : "reg delete HKLM\\SYSTEM\\Setup /v CmdLine /f");
}

static int plan_setup(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    const char *user = vmm_option_text(options, count, "user");
    if (user == NULL) user = VMM_NEW_ACCOUNT;
    if (common(p, "P02", user, true, c, err) < 0) return -1;
    struct vmm_windows *w = p->windows;
    struct script s = {0};
    begin(&s, "P02");
    restore_setup(&s, w->system->hive); /* first: whatever hangs below must not come again */
    set_account(&s, user, p->secret);
    end(&s, w, w->files[VMM_FILE_SETUP]);
    if (add_script(&s, c, "P02", w->files[VMM_FILE_SETUP], err) < 0) return -1;
    if (vmm_change_text(c, "P02", w->system, "Setup", "CmdLine", VMM_REG_SZ, VMM_SETUP_COMMAND, VMM_RISK_MEDIUM, _(WHY_SETUP), err) < 0) return -1;
    return vmm_change_dword(c, "P02", w->system, "Setup", "SetupType", 2, VMM_RISK_MEDIUM, _(WHY_SETUP), err);
}

/* ---- the words ---- */

static const struct vmm_param user_param[] = {
    {"user", "NAME", VMM_NEW_ACCOUNT, N_("The local account. One that is there gets the new password; else it is made. It becomes an administrator.")},
    {0},
};

#define RISK N_("Medium. Until Windows has started, the password stands in a file on this disk that only its administrators may read. If this Windows records the command lines " \
                "of programs, its security log keeps it: change the password once you are in. None of this was tried on every Windows; on a Windows 10 or 11 it may take a " \
                "second restart.")

const struct vmm_fix vmm_fixes_password[] = {
    {
        .id = "P01",
        .family = N_("Password"),
        .title = N_("Set an administrator's password"),
        .symptom = N_("The logon screen comes, but nobody knows a password that works: \"Your credentials did not work\"."),
        .what = N_("Leaves a startup script in the local group policy that Windows runs once, at its next start: it sets the password of the account, or makes the account, and makes it "
                   "an administrator who may use Remote Desktop. Then it puts the local policy back and removes itself. Log on as .\\NAME."),
        .risk_text = RISK,
        .undo = N_("vmmedic undo takes the script away and puts the policy files back, before Windows has started. Afterwards the old password is gone for good."),
        .article = N_("Microsoft: Reset a local Windows password for a VM offline; Troubleshoot Remote Desktop connections, step 5"),
        .differs = N_("The article adds an account only; this sets the password of one that is there, too. It finds the Administrators group in every language, keeps the local policy, and "
                      "cleans up by itself."),
        .risk = VMM_RISK_MEDIUM,
        .takes_secret = true,
        .windows = "notepad F:\\Windows\\System32\\GroupPolicy\\gpt.ini\nnotepad F:\\Windows\\System32\\GroupPolicy\\Machine\\Scripts\\scripts.ini\n"
                   "notepad F:\\Windows\\System32\\GroupPolicy\\Machine\\Scripts\\Startup\\FixAzureVM.cmd",
        .params = user_param,
        .examine = examine_startup,
        .plan = plan_startup,
    },
    {
        .id = "P02",
        .family = N_("Password"),
        .title = N_("Set it without group policy"),
        .symptom = N_("As P01, on a member of a domain, or where P01 did not work."),
        .what = N_("Leaves the same script as the command that Windows Setup runs (SYSTEM\\Setup: CmdLine, SetupType), once, before anybody can log on. No policy can keep it from running. "
                   "The script puts both values back first and removes itself at the end. Log on as .\\NAME."),
        .risk_text = RISK,
        .undo = N_("vmmedic undo takes the script away and puts SYSTEM back, bit for bit, before Windows has started. Afterwards the old password is gone for good."),
        .article = N_("Microsoft vm-repair scripts: win-add-temp-user"),
        .risk = VMM_RISK_MEDIUM,
        .takes_secret = true,
        .windows = "reg add HKLM\\BROKENSYSTEM\\Setup /v SetupType /t REG_DWORD /d 2 /f\nreg add HKLM\\BROKENSYSTEM\\Setup /v CmdLine /t REG_SZ /d \"cmd.exe /d /c C:\\Windows\\Setup\\script.cmd\" /f",
        .params = user_param,
        .examine = examine_setup,
        .plan = plan_setup,
    },
    {0},
};
