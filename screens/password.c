/* Inside Fixes: a fix that takes a password asks for the account and, twice, for the password. What was typed is held until the plan has it, then wiped: the worker
 * alone has it from there to the disk. What Preview shows, and every file that is kept, has dots in its place.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <strings.h>

#include "screens/model.h"
#include "vmmedic/fix.h"

/* ---- which fix ---- */
static const char *taker(const struct wizard *w, size_t nth) {
    const json_t *list = json_object_get(vmm_scan_of(w), "fixes");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *fix = json_array_get(list, i);
        if (!json_is_true(json_object_get(fix, "takes_secret")) || vmm_s(fix, "blocked_by")[0] || !json_object_get(w->ticks, vmm_s(fix, "id"))) continue;
        if (nth-- == 0) return vmm_s(fix, "id");
    }
    return NULL;
}

/* The account as the options name it, else the usual one; the caller frees. */
static char *account(const struct wizard *w) {
    const char *id = taker(w, 0), *options = id ? vmm_s(w->options, id) : "";
    char *spec = vmm_printf("%s%s%s", id ? id : "", options[0] ? ":" : "", options), *user = NULL;
    vmm_fix_takes_secret(spec, &user);
    free(spec);
    return user ? user : vmm_strdup("");
}

/* ---- what was typed ---- */
static void wipe(struct wizard *w) {
    vmm_wiping_free(w->password.typed);
    w->password.typed = NULL;
    w->password.twice = false;
}

void vmm_password_forget(struct wizard *w) {
    wipe(w);
    w->password.asks = PASSWORD_NO;
}

void vmm_password_end(struct wizard *w) {
    vmm_password_forget(w);
    json_decref(w->password.planned);
    if (w->password.guarded) vmm_keep_to_ourselves(false);
    w->password.guarded = false;
}

/* From the first key on: the keys themselves pass through places that cannot be wiped, so the process stays closed until the wizard ends. */
static void guard(struct wizard *w) {
    if (!w->password.guarded) vmm_keep_to_ourselves(true);
    w->password.guarded = true;
}

/* ---- the plan ---- */
static bool planned(const struct wizard *w, const json_t *request) {
    return w->password.planned && w->job[JOB_PLAN].result && strcmp(vmm_s(w->job[JOB_PLAN].result, "secret"), "given") == 0 && json_equal(w->password.planned, request);
}

bool vmm_password_held(const struct wizard *w, const json_t *request) { return taker(w, 0) && !w->password.twice && planned(w, request); }

void vmm_password_add(struct wizard *w, json_t *request) {
    json_decref(w->password.planned);
    w->password.planned = NULL;
    if (taker(w, 0) && w->password.twice) {
        w->password.planned = json_deep_copy(request);
        json_object_set_new(request, "secret", json_string(w->password.typed));
    }
    vmm_password_forget(w);
}

bool vmm_password_lacks(const struct wizard *w) {
    if (taker(w, 0) == NULL || w->password.twice) return false;
    json_t *request = vmm_plan_request(w);
    bool held = planned(w, request);
    json_decref(request);
    return !held;
}

/* ---- asking ---- */
bool vmm_password_begin(struct wizard *w) {
    vmm_password_forget(w);
    if (taker(w, 0) == NULL) return false;
    if (taker(w, 1)) vmm_say(w, MEAN_WARNING, _("%s and %s do the same in two ways. Take the mark of one of them away."), taker(w, 0), taker(w, 1));
    else w->password.asks = PASSWORD_ACCOUNT;
    return true;
}

void vmm_password_body(const struct wizard *w, struct wizard_text *t) {
    if (w->password.asks == PASSWORD_ACCOUNT) {
        vmm_text_add(t, MEAN_TEXT, 0, _("%s sets the password of one local account when Windows starts next. An account of this name gets the new password; if there is none, it is "
                                        "made. Either way it becomes an administrator who may use Remote Desktop."), taker(w, 0));
        return;
    }
    char *rules = vmm_password_rules();
    vmm_text_add(t, MEAN_TEXT, 0, "%s", rules);
    vmm_text_add(t, MEAN_TEXT, 0, "%s", _("What you type is not shown. It is kept nowhere but in a file on this disk, which is gone when Windows has started."));
    free(rules);
}

void vmm_password_prompt(const struct wizard *w, struct wizard_prompt *p) {
    char *user = account(w), *takes = vmm_printf(_("takes %s"), user), *first = vmm_printf(_("The new password of %s:"), user), *again = vmm_printf(_("The new password of %s again:"), user);
    if (w->password.asks == PASSWORD_ACCOUNT) vmm_ask(p, PROMPT_LINE, _("Name of the account:"), takes);
    else vmm_ask(p, PROMPT_LINE, w->password.asks == PASSWORD_FIRST ? first : again, _("goes back"));
    p->secret = w->password.asks != PASSWORD_ACCOUNT;
    free(user);
    free(takes);
    free(first);
    free(again);
}

/* The sentence, said, when there is one. */
static bool faulty(struct wizard *w, char *fault) {
    if (fault) vmm_say(w, MEAN_WARNING, "%s", fault);
    free(fault);
    return fault != NULL;
}

static void take_account(struct wizard *w, const char *text) {
    char *usual = account(w), *name = vmm_strdup(text[0] ? text : usual);
    if (!faulty(w, vmm_account_fault(name))) {
        if (strcasecmp(name, vmm_s(vmm_windows_of(w), "computer")) == 0) {
            vmm_say(w, MEAN_WARNING, _("%s is the name of the machine; no account can have it."), name);
        } else {
            json_object_set_new(w->options, taker(w, 0), json_sprintf("user=%s", name));
            w->password.asks = PASSWORD_FIRST;
            guard(w);
        }
    }
    free(usual);
    free(name);
}

static void take_first(struct wizard *w, const char *text) {
    char *user = account(w);
    if (!faulty(w, vmm_password_fault(user, text))) {
        w->password.typed = vmm_strdup(text);
        w->password.asks = PASSWORD_AGAIN;
    }
    free(user);
}

enum move vmm_password_accept(struct wizard *w, const char *text) {
    if (taker(w, 0) == NULL) { /* another look at the disk took it away */
        vmm_password_forget(w);
        return MOVE_STAY;
    }
    if (w->password.asks == PASSWORD_ACCOUNT) {
        take_account(w, text);
        return MOVE_STAY;
    }
    if (text[0] == 0) return vmm_password_back(w);
    if (w->password.asks == PASSWORD_FIRST) {
        take_first(w, text);
        return MOVE_STAY;
    }
    if (strcmp(text, w->password.typed) != 0) {
        wipe(w);
        w->password.asks = PASSWORD_FIRST;
        vmm_say(w, MEAN_WARNING, "%s", _("The two are not the same, so neither was taken. Type the password again, twice."));
        return MOVE_STAY;
    }
    w->password.twice = true;
    w->password.asks = PASSWORD_NO;
    return MOVE_NEXT;
}

enum move vmm_password_back(struct wizard *w) {
    wipe(w);
    w->password.asks = w->password.asks == PASSWORD_AGAIN ? PASSWORD_FIRST : w->password.asks == PASSWORD_FIRST ? PASSWORD_ACCOUNT : PASSWORD_NO;
    return MOVE_STAY;
}
