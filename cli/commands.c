/* The commands: each is a front end that asks the worker and prints its objects.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "vmmedic/change.h"
#include "vmmedic/session.h"

static const struct cli_command commands[] = {
    {"scan", cli_scan, 1, 1, "scan TARGET", N_("what is on it and which fixes it needs; writes nothing")},
    {"plan", cli_plan, 1, 1, "plan TARGET --fix ID... | --all-needed | --reg FILE [--as FORM]", N_("the exact changes; writes nothing")},
    {"apply", cli_apply, 1, 1, "apply TARGET --fix ID... | --all-needed | --reg FILE", N_("the same, applied")},
    {"repair", cli_repair, 1, 1, "repair TARGET --snapshot NAME | --take-snapshot [--partition N]", N_("put a volume in order that was not closed properly, where that is safe")},
    {"undo", cli_undo, 0, 1, "undo [SESSION]", N_("put the originals back")},
    {"sessions", cli_sessions, 0, 0, "sessions [--forget SESSION]", N_("what was done, and what waits")},
    {"fixes", cli_fixes, 0, 1, "fixes [ID]", N_("the catalogue; one entry in full")},
    {"bcd", cli_bcd, 1, 5, "bcd TARGET|FILE [enum ...|set ID ELEMENT VALUE|delete ID ELEMENT]", N_("a boot store, printed and edited as bcdedit does; enum takes active, all or ID")},
    {"practice", cli_practice, 0, 1, "practice FILE --scenario NAME [--gen 1|2] | --list", N_("make a practice disk")},
    {"learn", cli_learn, 0, 1, "learn [NAME] [--mode guided|own|exam] | --list | --check FILE", N_("practise on disks that cannot hurt anybody")},
    {"nsg", cli_nsg, 1, 1, "nsg FILE|-", N_("does this network security group let Remote Desktop in?")},
    {"cloud", cli_cloud, 0, 1, "cloud STEP --resource-group G --vm V | --list", N_("the command lines to type in the cloud")},
    {"symptoms", cli_symptoms, 0, 99, "symptoms [WORD...]", N_("what the client's messages mean, and what to check")},
};

const struct cli_command *cli_command_at(size_t i) { return i < VMM_COUNT(commands) ? &commands[i] : NULL; }

json_t *cli_scan_request(const struct cli *c, const char *target) {
    json_t *r = json_pack("{s:s,s:o}", "job", "scan", "target", vmm_json_text(target));
    if (c->boot) json_object_set_new(r, "boot", vmm_json_text(c->boot));
    if (c->format) json_object_set_new(r, "format", vmm_json_text(c->format));
    if (c->windows) json_object_set_new(r, "windows", json_integer(c->windows));
    if (c->store) json_object_set_new(r, "store", json_integer(c->store));
    cli_add_key(c, r);
    return r;
}

/* ---- scan ---- */

/* What a scan means for a script, as an error to go with it; VMM_OK when there is nothing wrong with the disk itself. */
static void judge_scan(const json_t *scan, struct vmm_error *err) {
    const json_t *part;
    size_t i;
    bool encrypted = false;
    *err = (struct vmm_error){0};
    json_array_foreach(json_object_get(json_object_get(scan, "disk"), "partitions"), i, part) if (strcmp(vmm_json_str(part, "health"), "encrypted") == 0) encrypted = true; /* an unlocked one has the health of what is inside */
    const char *pending = vmm_json_str(scan, "pending"), *state = vmm_json_str(json_object_get(scan, "verdict"), "state");
    if (*pending) {
        char *hint = vmm_printf(_("To put the disk back as it was: vmmedic undo %s"), pending);
        vmm_fail(err, VMM_E_INTERRUPTED, hint, _("the session %s on this disk was interrupted. %s"), pending, vmm_json_str(json_object_get(scan, "pending_state"), "text"));
        free(hint);
    } else if (strcmp(state, "no-windows") == 0) {
        bool store = json_array_size(json_object_get(scan, "stores")) > 0;
        if (encrypted) vmm_fail(err, VMM_E_ENCRYPTED, _("Name its key: --key-file FILE, with the recovery password, the password, or a .BEK file."), _("the Windows volume is encrypted with BitLocker"));
        else if (json_is_true(json_object_get(json_object_get(scan, "disk"), "cut_short")))
            vmm_fail(err, VMM_E_BROKEN, _("Was it copied completely? Copy it again."), _("a partition ends after the end of %s: it is cut short"),
                     vmm_json_str(json_object_get(scan, "disk"), "path"));
        else if (!store || json_array_size(json_object_get(json_object_get(scan, "disk"), "partitions")) > 0)
            vmm_fail(err, VMM_E_NO_WINDOWS, _("Is it the OS disk of the machine? Data disks hold no Windows."), _("no Windows was found on %s"),
                     vmm_json_str(json_object_get(scan, "disk"), "path"));
    } else if (strcmp(state, "blocked") == 0 && json_array_size(json_object_get(json_object_get(scan, "verdict"), "needed")) == 0) {
        bool folder = strcmp(vmm_json_str(json_object_get(scan, "disk"), "kind"), "folder") == 0 && json_array_size(json_object_get(scan, "stores")) == 0;
        vmm_fail(err, VMM_E_BROKEN, folder ? _("A folder holds one volume only. Mount the EFI system partition or System Reserved partition too, and name it: --boot FOLDER") : NULL, "%s",
                 vmm_json_str(json_object_get(scan, "verdict"), "sentence"));
    }
}

int cli_scan(struct cli *c) {
    struct vmm_error err = {0};
    json_t *scan = cli_call(c, cli_scan_request(c, c->args[0]), &err);
    if (scan == NULL) return cli_failed(c, &err);
    size_t needed = json_array_size(json_object_get(json_object_get(scan, "verdict"), "needed"));
    judge_scan(scan, &err);
    int code = err.code ? vmm_code_exit(err.code) : needed ? 4 : 0;
    if (c->json) {
        if (err.code)
            json_object_set_new(scan, "error", json_pack("{s:s,s:o,s:o}", "code", vmm_code_word(err.code), "message", vmm_json_text(err.message), "hint", vmm_json_text(err.hint)));
        cli_print_json(scan);
    } else {
        cli_show_scan(scan);
        if (err.code) cli_failed(c, &err);
    }
    json_decref(scan);
    return code;
}

/* ---- plan and apply ---- */

static json_t *plan_request(const struct cli *c) {
    json_t *fixes = json_array();
    for (size_t i = 0; i < c->fix_count; i++) json_array_append_new(fixes, vmm_json_text(c->fixes[i]));
    json_t *regs = json_array();
    for (size_t i = 0; i < c->reg_count; i++) json_array_append_new(regs, vmm_json_text(c->regs[i]));
    json_t *r = json_pack("{s:s,s:o,s:b,s:i,s:i,s:o}", "job", "plan", "fixes", fixes, "all_needed", c->all_needed, "windows", c->windows, "store", c->store, "reg", regs);
    if (c->as) json_object_set_new(r, "as", vmm_json_text(c->as));
    if (c->secret[0]) json_object_set_new(r, "secret", json_string(c->secret));
    return r;
}

/* Scans and plans. NULL and the exit code when that failed (said already). */
static json_t *make_plan(struct cli *c, char **disk_name, int *code) {
    struct vmm_error err = {0};
    if (c->fix_count == 0 && !c->all_needed && c->reg_count == 0) {
        *code = cli_usage(c, _("say which fixes: --fix ID, --all-needed, or --reg FILE"));
        return NULL;
    }
    json_t *scan = cli_call(c, cli_scan_request(c, c->args[0]), &err);
    if (scan) {
        struct vmm_error sick;
        judge_scan(scan, &sick);
        if (sick.code == VMM_E_INTERRUPTED || sick.code == VMM_E_NO_WINDOWS || sick.code == VMM_E_ENCRYPTED) err = sick;
        if (sick.code != VMM_OK && c->all_needed) err = sick; /* which fixes are needed could not be told: that is not "nothing to do" */
        if (disk_name) *disk_name = vmm_strdup(vmm_json_str(json_object_get(scan, "disk"), "name"));
    }
    json_t *plan = scan && err.code == VMM_OK ? cli_call(c, plan_request(c), &err) : NULL;
    json_decref(scan);
    if (plan == NULL) *code = cli_failed(c, &err);
    return plan;
}

static void tell_recovery_key(const json_t *plan) {
    const char *warning = vmm_json_str(plan, "recovery_key");
    if (*warning) fprintf(stderr, "vmmedic: %s\n", warning);
}

static bool is_empty(const json_t *plan) { return json_array_size(json_object_get(plan, "changes")) == 0; }

int cli_plan(struct cli *c) {
    int code = 0;
    enum vmm_plan_form form;
    if (c->as && vmm_plan_form_by_word(c->as, &form) < 0) return cli_usage(c, _("a plan can be written as reg, script or serial, not as \"%s\""), c->as);
    if (c->output && c->as == NULL) return cli_usage(c, _("--output needs --as reg, --as script or --as serial"));
    json_t *plan = make_plan(c, NULL, &code);
    if (plan == NULL) return code;
    code = is_empty(plan) ? 0 : 4;
    int written = c->as && !is_empty(plan) ? cli_print_plan_as(c, plan) : 0;
    if (written != 0) code = written;
    else if (c->json) cli_print_json(plan);
    else if (c->as) {
        if (is_empty(plan)) fprintf(stderr, "%s\n", _("Nothing to do: the disk has these settings already. No file was made."));
    }
    else if (is_empty(plan)) puts(_("Nothing to do: the disk has these settings already."));
    else fputs(vmm_json_str(plan, "text"), stdout);
    tell_recovery_key(plan);
    json_decref(plan);
    return code;
}

/* The snapshot answer of the command line, or NULL when there is none or more than one. */
static json_t *snapshot_answer(const struct cli *c) {
    if ((c->snapshot != NULL) + c->take_snapshot + (c->no_snapshot != NULL) != 1) return NULL;
    if (c->take_snapshot) return json_pack("{s:s,s:s}", "kind", "take", "text", "");
    return json_pack("{s:s,s:o}", "kind", c->snapshot ? "named" : "none", "text", vmm_json_text(c->snapshot ? c->snapshot : c->no_snapshot));
}

/* Shows the plan of the worker, asks, applies. Takes over `plan` and `snapshot`. */
static int ask_and_apply(struct cli *c, json_t *plan, json_t *snapshot, const char *disk_name) {
    struct vmm_error err = {0};
    int code = 0;
    if (is_empty(plan)) {
        if (c->json) {
            json_t *nothing = json_pack("{s:n,s:[],s:[]}", "session", "changes", "files");
            cli_print_json(nothing);
            json_decref(nothing);
        } else {
            puts(_("Nothing to do: the disk has these settings already. Nothing was written."));
        }
        json_decref(plan);
        json_decref(snapshot);
        return 0;
    }
    fputs(vmm_json_str(plan, "text"), c->json ? stderr : stdout);
    fflush(stdout);
    tell_recovery_key(plan);
    json_decref(plan);
    char *question = vmm_printf(_("These changes are written to %s."), disk_name);
    bool yes = cli_confirm(c, question, disk_name, &code);
    free(question);
    if (!yes) {
        json_decref(snapshot);
        return code;
    }
    json_t *result = cli_call(c, json_pack("{s:s,s:o}", "job", "apply", "snapshot", snapshot), &err);
    if (result == NULL) return cli_failed(c, &err);
    if (c->json) cli_print_json(result);
    else cli_show_applied(result);
    json_decref(result);
    return 0;
}

/* The plan again, with the password that it lacks. Takes over the first one. */
static json_t *with_password(struct cli *c, json_t *plan, int *code) {
    struct vmm_error err = {0};
    json_decref(plan);
    plan = NULL;
    if (cli_ask_password(c, code)) {
        plan = cli_call(c, plan_request(c), &err);
        if (plan == NULL) *code = cli_failed(c, &err);
    }
    explicit_bzero(c->secret, sizeof c->secret);
    if (c->key == NULL) vmm_keep_to_ourselves(false); /* the key of the disk is held until the end */
    return plan;
}

int cli_apply(struct cli *c) {
    int code = 0;
    if (c->as || c->output) return cli_usage(c, _("--as and --output are for plan: what is applied is written to the disk"));
    char *name = NULL;
    json_t *snapshot = snapshot_answer(c);
    if (snapshot == NULL) return cli_usage(c, _("say how the disk can be brought back, with one of: --snapshot NAME, --take-snapshot, --no-snapshot REASON"));
    if (!cli_can_ask(c, &code)) {
        json_decref(snapshot);
        return code;
    }
    json_t *plan = make_plan(c, &name, &code);
    if (plan && strcmp(vmm_json_str(plan, "secret"), "missing") == 0) plan = with_password(c, plan, &code); /* what is refused anyway needs none */
    if (plan) code = ask_and_apply(c, plan, snapshot, name);
    else json_decref(snapshot);
    free(name);
    return code;
}

/* ---- bcd ---- */

static int bcd_enum(struct cli *c, const char *select) {
    struct vmm_error err = {0};
    json_t *r = cli_call(c, json_pack("{s:s,s:s,s:b,s:i}", "job", "bcd", "select", select, "verbose", c->verbose, "store", c->store), &err);
    if (r == NULL) return cli_failed(c, &err);
    const char *warning = vmm_json_str(json_object_get(r, "store"), "warning"), *blocked = vmm_json_str(json_object_get(r, "store"), "blocked");
    const char *replay = vmm_json_str(json_object_get(json_object_get(r, "store"), "replay"), "text");
    if (*replay) fprintf(stderr, "vmmedic: %s: %s\n", vmm_json_str(json_object_get(r, "store"), "path"), replay);
    if (*warning) fprintf(stderr, "vmmedic: %s\n", warning);
    if (*blocked) fprintf(stderr, "vmmedic: %s\n", blocked);
    if (c->json) cli_print_json(r);
    else fputs(vmm_json_str(r, "text"), stdout);
    json_decref(r);
    return 0;
}

static int bcd_edit(struct cli *c, const char *job, const char *object, const char *element, const char *value, const char *disk_name) {
    struct vmm_error err = {0};
    json_t *request = json_pack("{s:s,s:s,s:s,s:i}", "job", job, "object", object, "element", element, "store", c->store);
    if (value) json_object_set_new(request, "value", vmm_json_text(value));
    json_t *plan = cli_call(c, request, &err);
    if (plan == NULL) return cli_failed(c, &err);
    json_t *snapshot = snapshot_answer(c);
    if (snapshot == NULL) snapshot = json_pack("{s:s,s:s}", "kind", "none", "text", "vmmedic bcd");
    return ask_and_apply(c, plan, snapshot, disk_name);
}

int cli_bcd(struct cli *c) {
    struct vmm_error err = {0};
    const char *verb = c->count > 1 ? c->args[1] : "enum";
    bool set = strcmp(verb, "set") == 0, delete = strcmp(verb, "delete") == 0;
    int code = 0;
    if ((set && c->count != 5) || (delete && c->count != 4) || (!set && !delete && (strcmp(verb, "enum") != 0 || c->count > 3)))
        return cli_usage(c, _("usage: vmmedic bcd TARGET|FILE [enum [active|all|ID] | set ID ELEMENT VALUE | delete ID ELEMENT]"));
    if ((set || delete) && !cli_can_ask(c, &code)) return code;
    json_t *scan = cli_call(c, cli_scan_request(c, c->args[0]), &err);
    if (scan == NULL) return cli_failed(c, &err);
    const char *name = vmm_json_str(json_object_get(scan, "disk"), "name");
    if (set) code = bcd_edit(c, "bcd-set", c->args[2], c->args[3], c->args[4], name);
    else if (delete) code = bcd_edit(c, "bcd-delete", c->args[2], c->args[3], NULL, name);
    else code = bcd_enum(c, c->count > 2 ? c->args[2] : "");
    json_decref(scan);
    return code;
}

/* ---- sessions ---- */

int cli_undo(struct cli *c) {
    struct vmm_error err = {0};
    int code = 0;
    if (!cli_can_ask(c, &code)) return code;
    json_t *ask = json_pack("{s:s}", "job", "session");
    if (c->count) json_object_set_new(ask, "name", vmm_json_text(c->args[0]));
    json_t *s = cli_call(c, ask, &err);
    if (s == NULL) return cli_failed(c, &err);
    char *name = vmm_strdup(vmm_json_str(s, "session")), *disk = vmm_strdup(vmm_json_str(json_object_get(s, "plan"), "name"));
    bool encrypted = json_is_true(json_object_get(json_object_get(s, "plan"), "bitlocker"));
    fputs(vmm_json_str(s, "text"), c->json ? stderr : stdout);
    fflush(stdout);
    json_decref(s);
    char *question = vmm_printf(_("Undoing the session %s puts the original files back onto %s. Nothing is written yet."), name, disk);
    json_t *result = NULL;
    if (cli_confirm(c, question, disk, &code) && (!encrypted || cli_ask_key(c, disk, &code))) {
        json_t *request = json_pack("{s:s,s:s}", "job", "undo", "name", name);
        cli_add_key(c, request);
        result = cli_call(c, request, &err);
        if (result == NULL) code = cli_failed(c, &err);
    }
    if (result && c->json) cli_print_json(result);
    else if (result && json_array_size(json_object_get(result, "files")) == 0) printf(_("Nothing to do: the session %s is already %s.\n"), name, vmm_session_state_text(vmm_json_str(result, "state")));
    else if (result) printf(_("Undone: every file is as it was before, read back and compared. Safe to detach now.\n"));
    json_decref(result);
    free(question);
    free(name);
    free(disk);
    return code;
}

int cli_sessions(struct cli *c) {
    struct vmm_error err = {0};
    int code = 0;
    /* a script has thought about it; a person is asked, since nothing can undo the session after this */
    if (c->forget && isatty(STDIN_FILENO)) {
        char *name = vmm_safe_text(c->forget), *question = vmm_printf(_("The originals kept by %s are removed. After this it cannot be undone."), name);
        bool yes = cli_confirm(c, question, NULL, &code);
        free(question);
        free(name);
        if (!yes) return code;
    }
    json_t *r = cli_call(c, c->forget ? json_pack("{s:s,s:s}", "job", "forget", "name", c->forget) : json_pack("{s:s}", "job", "sessions"), &err), *s;
    size_t i;
    if (r == NULL) return cli_failed(c, &err);
    if (c->json) cli_print_json(r);
    else if (c->forget) printf(_("Forgotten: %s\n"), c->forget);
    else if (json_array_size(json_object_get(r, "sessions")) == 0) puts(_("There are no sessions."));
    int wide = 36;
    json_array_foreach(json_object_get(r, "sessions"), i, s) if ((int)strlen(vmm_json_str(s, "session")) > wide) wide = (int)strlen(vmm_json_str(s, "session"));
    if (!c->json && !c->forget)
        json_array_foreach(json_object_get(r, "sessions"), i, s) {
            bool running = json_is_true(json_object_get(s, "running"));
            char *target = vmm_safe_text(vmm_json_str(s, "target")), *name = vmm_safe_text(vmm_json_str(s, "session"));
            const char *state = running ? C_("a session", "running") : vmm_session_state_text(vmm_json_str(s, "state"));
            printf("%-*s %s%*s %s\n", wide, name, state, cli_gap(state, 13), "", target);
            free(name);
            free(target);
        }
    json_decref(r);
    return 0;
}

/* ---- the catalogue and practice ---- */

int cli_fixes(struct cli *c) {
    struct vmm_error err = {0};
    json_t *request = json_pack("{s:s}", "job", "fixes");
    if (c->count) json_object_set_new(request, "fix", vmm_json_text(c->args[0]));
    json_t *r = cli_call(c, request, &err);
    if (r == NULL) return cli_failed(c, &err);
    if (c->json) cli_print_json(r);
    else if (c->count) cli_show_fix(r);
    else cli_show_fixes(json_object_get(r, "fixes"));
    json_decref(r);
    return 0;
}

int cli_practice(struct cli *c) {
    struct vmm_error err = {0};
    json_t *s;
    size_t i;
    if (!c->list && (c->count != 1 || c->scenario == NULL)) return cli_usage(c, _("usage: vmmedic practice FILE --scenario NAME [--gen 1|2] | --list"));
    json_t *request = c->list ? json_pack("{s:s}", "job", "scenarios")
                              : json_pack("{s:s,s:o,s:s,s:i}", "job", "practice", "file", vmm_json_text(c->args[0]), "scenario", c->scenario, "gen", c->gen ? c->gen : 2);
    json_t *r = cli_call(c, request, &err);
    if (r == NULL) return cli_failed(c, &err);
    if (c->json) cli_print_json(r);
    else if (c->list) json_array_foreach(json_object_get(r, "scenarios"), i, s) printf("%-22s %s\n", vmm_json_str(s, "name"), vmm_json_str(s, "title"));
    else printf(_("Made %s. Try: vmmedic %s\n"), c->args[0], c->args[0]);
    json_decref(r);
    return 0;
}
