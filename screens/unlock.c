/* The key of an encrypted disk: asked for where a look finds a locked volume, and again before an undo, since nobody keeps it. It goes to the worker with the request
 * and is wiped here at once.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <unistd.h>

#include "screens/model.h"
#include "vmmedic/unlock.h"

static bool takes_key(enum job_kind kind) { return kind == JOB_SCAN || kind == JOB_UNDO || kind == JOB_FINISH; }

void vmm_unlock_note(struct wizard *w, enum job_kind kind, const json_t *request) {
    if (!takes_key(kind)) return;
    json_decref(w->unlock.request[kind]);
    w->unlock.request[kind] = json_deep_copy(request);
    json_object_del(w->unlock.request[kind], "unlock");
}

void vmm_unlock_end(struct wizard *w) {
    for (size_t i = 0; i < JOB_COUNT; i++) json_decref(w->unlock.request[i]);
    memset(w->unlock.request, 0, sizeof w->unlock.request);
}

bool vmm_unlock_locked(const struct wizard *w) {
    const json_t *parts = json_object_get(json_object_get(vmm_scan_of(w), "disk"), "partitions");
    for (size_t i = 0; i < json_array_size(parts); i++)
        if (strcmp(vmm_s(json_array_get(parts, i), "bitlocker"), "locked") == 0) return true;
    return false;
}

void vmm_unlock_begin(struct wizard *w, enum job_kind kind) {
    if (w->unlock.request[kind] == NULL) return;
    w->unlock.asks = true;
    w->unlock.job = kind;
    if (!w->password.guarded) vmm_keep_to_ourselves(true); /* until the wizard ends: the keys pass through places that cannot be wiped */
    w->password.guarded = true;
    vmm_say(w, MEAN_TEXT, "%s", kind == JOB_SCAN
                                    ? _("This disk opens with its BitLocker recovery password (48 digits), its password, or its startup key (the path of a .BEK file). What you type is not "
                                        "shown, and it is kept nowhere. Where a recovery password is kept: Active Directory, Entra ID, the Key Vault, or on paper; its key ID tells which.")
                                    : _("This disk is encrypted with BitLocker, and its key was not kept: it is needed once more. What you type is not shown."));
}

void vmm_unlock_failed(struct wizard *w, enum job_kind kind) {
    if (takes_key(kind) && w->job[kind].failed && w->job[kind].err.code == VMM_E_ENCRYPTED && !w->over) vmm_unlock_begin(w, kind);
}

void vmm_unlock_prompt(struct wizard_prompt *p) {
    vmm_ask(p, PROMPT_LINE, _("Recovery password, password, or path of a .BEK file:"), _("goes back"));
    p->secret = true;
}

void vmm_unlock_accept(struct wizard *w, const char *text) {
    struct vmm_error err = {0};
    if (text[0] == 0) {
        w->unlock.asks = false;
        return;
    }
    struct vmm_unlock *key = text[0] == '/' && access(text, R_OK) == 0 ? vmm_unlock_read(text, &err) : vmm_unlock_new(text, strlen(text), &err);
    if (key == NULL) {
        vmm_text_error(&w->said, &err);
        return;
    }
    json_t *request = json_deep_copy(w->unlock.request[w->unlock.job]);
    json_object_set_new(request, "unlock", vmm_unlock_json(key));
    vmm_unlock_free(key);
    w->unlock.asks = false;
    if (w->unlock.job == JOB_SCAN) {
        w->windows = 0;
        vmm_job_forget(w, JOB_BCD);
        vmm_job_forget(w, JOB_PLAN);
    }
    vmm_post(w, w->unlock.job, request);
}
