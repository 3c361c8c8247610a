/* Jobs that look and plan: none of them can write.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"
#include "session/worker.h"

static char *optional(const json_t *request, const char *key) { return vmm_strdup(json_string_value(json_object_get(request, key))); }

static int number(const json_t *request, const char *key) { return (int)json_integer_value(json_object_get(request, key)); }

/* ---- scan ---- */

void vmm_pick_for_scan(struct vmm_scan *scan, int windows, int store, struct vmm_patient *p) {
    struct vmm_error ignored = {0};
    *p = (struct vmm_patient){.scan = scan};
    if (vmm_patient_pick(scan, windows, store, p, &ignored) == 0) return;
    int chosen = scan->windows_count ? 1 : 0;
    for (size_t b = 0; b < scan->boot_count; b++) /* several: the one that starts by default */
        for (size_t l = 0; scan->boot[b].role == VMM_STORE_BOOTS && l < scan->boot[b].loader_count; l++)
            if (scan->boot[b].loaders[l].is_default && scan->boot[b].loaders[l].windows) chosen = scan->boot[b].loaders[l].windows;
    if (chosen == 0 || vmm_patient_pick(scan, chosen, store, p, &ignored) < 0) *p = (struct vmm_patient){.scan = scan, .why_no_boot = _("no Windows was found")};
}

static json_t *examine_all(const struct vmm_patient *p) {
    json_t *list = json_array();
    const struct vmm_fix *f;
    for (size_t i = 0; (f = vmm_fix_at(i)) != NULL; i++) {
        struct vmm_finding found = {0};
        f->examine(p, &found);
        vmm_bitlocker_tell(p, f, &found);
        json_array_append_new(list, vmm_finding_json(f, &found));
        vmm_finding_clear(&found);
    }
    return list;
}

static int open_and_scan(struct vmm_worker *w, struct vmm_error *err) {
    struct vmm_open open = {.target = w->target, .boot_folder = w->boot, .format = w->format, .key = w->key, .progress = vmm_worker_progress(w)};
    w->look = vmm_open_patiently(&open, NULL, err);
    if (w->look == NULL) return -1;
    const struct vmm_disk *disk = vmm_volume_disk(w->look);
    if (disk->probe.kind == VMM_TARGET_HIVE_FILE) w->scan = vmm_scan_store_file(w->look, disk->probe.name, err);
    else w->scan = vmm_scan(w->look, vmm_worker_progress(w), err);
    return w->scan ? 0 : -1;
}

/* Even a look would hold the disk, and the one who writes could not open it. */
static int refuse_running(const struct vmm_worker *w, struct vmm_error *err) {
    char *session = vmm_session_writing_to(w->target);
    if (session == NULL) return 0;
    char *hint = vmm_printf(_("Wait until it is done. To watch it: vmmedic %s"), w->target);
    vmm_fail(err, VMM_E_IN_USE, hint, _("another vmmedic is writing to %s now (session %s)"), w->target, session);
    free(hint);
    free(session);
    return -1;
}

int vmm_job_scan(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    struct vmm_error broken = {0};
    struct vmm_unlock *key = vmm_worker_unlock(w, request, &broken); /* looking again at the same disk asks for no key again */
    vmm_worker_forget(w);
    if (broken.code) {
        if (err) *err = broken;
        return -1;
    }
    w->key = key;
    if (key) vmm_keep_to_ourselves(true);
    w->target = optional(request, "target");
    w->boot = optional(request, "boot");
    w->format = optional(request, "format");
    if (w->target == NULL) return vmm_fail(err, VMM_E_USAGE, NULL, _("no disk was named"));
    if (refuse_running(w, err) < 0 || open_and_scan(w, err) < 0) {
        vmm_worker_forget(w);
        return -1;
    }
    struct vmm_patient p;
    size_t windows = w->scan->windows_count, stores = w->scan->boot_count;
    if ((windows && (size_t)number(request, "windows") > windows) || (size_t)number(request, "store") > stores) {
        vmm_patient_pick(w->scan, number(request, "windows"), number(request, "store"), &p, err); /* it says which number is wrong */
        vmm_worker_forget(w);
        return -1;
    }
    vmm_pick_for_scan(w->scan, number(request, "windows"), number(request, "store"), &p);
    json_t *scan = vmm_scan_json(w->scan), *fixes = examine_all(&p);
    char *pending = vmm_session_pending(w->scan);
    json_object_set_new(scan, "verdict", vmm_verdict_json(w->scan, &p, fixes));
    json_object_set_new(scan, "fixes", fixes);
    json_object_set_new(scan, "chosen_windows", p.windows ? json_integer(p.windows->number) : json_null());
    json_object_set_new(scan, "pending", vmm_json_text(pending));
    json_object_set_new(scan, "pending_state", pending ? vmm_session_standing(pending, w->scan) : json_null());
    json_object_set_new(scan, "rdp_port", vmm_patient_port(&p) ? json_integer(vmm_patient_port(&p)) : json_null());
    free(pending);
    *result = scan;
    return 0;
}

static int need_scan(const struct vmm_worker *w, struct vmm_error *err) {
    return w->scan ? 0 : vmm_fail(err, VMM_E_USAGE, NULL, _("no disk has been looked at yet"));
}

/* ---- plan ---- */

/* What is written along with the changes: what logs held for the stores they are in. */
static json_t *replays_json(const struct vmm_changes *c) {
    json_t *list = json_array();
    for (size_t i = 0; i < c->count; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++) first = first && c->list[k].store != c->list[i].store;
        char *text = first ? vmm_store_replay_text(c->list[i].store) : NULL;
        if (text) json_array_append_new(list, json_pack("{s:o,s:o}", "store", vmm_json_text(c->list[i].store->label), "text", vmm_json_text(text)));
        free(text);
    }
    return list;
}

static json_t *plan_json(const struct vmm_changes *c, json_t *fixes, bool lowers) {
    char *text = vmm_changes_text(c);
    json_t *j = json_pack("{s:o,s:o,s:o,s:b,s:o}", "changes", vmm_changes_json(c), "text", vmm_json_text(text), "fixes", fixes, "lowers_security", lowers, "replays", replays_json(c));
    free(text);
    return j;
}

/* "recovery_key": what to have ready when BitLocker will ask for it; null. */
static void tell_recovery_key(const struct vmm_worker *w, const struct vmm_windows *windows, json_t *plan) {
    char *warning = vmm_bitlocker_warning(w->scan, windows, &w->plan);
    json_object_set_new(plan, "recovery_key", vmm_json_text(warning));
    free(warning);
}

static int refuse_pending(const struct vmm_worker *w, struct vmm_error *err) {
    char *pending = vmm_session_pending(w->scan);
    if (pending == NULL) return 0;
    char *hint = vmm_printf(_("First finish it or put it back: vmmedic undo %s"), pending);
    vmm_fail(err, VMM_E_INTERRUPTED, hint, _("the session %s on this disk was interrupted"), pending);
    free(hint);
    free(pending);
    return -1;
}

static const struct vmm_fix *fix_of_spec(const char *spec) {
    char *id = vmm_strndup(spec, strcspn(spec, ":"));
    const struct vmm_fix *f = vmm_fix_by_id(id);
    free(id);
    return f;
}

/* Plans what scan calls needed: never a fix that lowers security. A needed one that is blocked stops the plan. */
static int plan_needed(struct vmm_worker *w, const struct vmm_patient *p, json_t *ids, struct vmm_error *err) {
    size_t needed = 0;
    const struct vmm_fix *f;
    for (size_t i = 0; (f = vmm_fix_at(i)) != NULL; i++) {
        struct vmm_finding found = {0};
        f->examine(p, &found);
        int r = 0;
        needed += found.verdict == VMM_NEEDED;
        if (found.verdict == VMM_NEEDED && !f->lowers_security) {
            r = found.blocked_by ? vmm_fail(err, VMM_E_BLOCKED, NULL, _("%s is needed and cannot be done now: %s"), f->id, found.blocked_by)
                                 : vmm_fix_plan(p, f->id, &w->plan, err);
            if (r == 0) json_array_append_new(ids, vmm_json_text(f->id));
        }
        vmm_finding_clear(&found);
        if (r < 0) return r;
    }
    char *unread = needed == 0 ? vmm_not_judged(p) : NULL;
    if (unread == NULL) return 0;
    vmm_fail(err, VMM_E_BLOCKED, NULL, _("what this disk needs cannot be told: %s"), unread);
    free(unread);
    return -1;
}

int vmm_job_plan(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    vmm_changes_clear(&w->plan); /* whatever happens now, an older plan is not the one that was asked for */
    w->planned = false;
    int form;
    if (need_scan(w, err) < 0 || refuse_pending(w, err) < 0 || vmm_plan_form_asked(request, &form, err) < 0) return -1;
    struct vmm_patient p = {.scan = w->scan};
    if (vmm_patient_pick(w->scan, number(request, "windows"), number(request, "store"), &p, err) < 0) return -1;
    p.secret = json_string_value(json_object_get(request, "secret"));
    json_t *ids = json_array(), *spec;
    bool lowers = false;
    size_t i;
    int r = 0;
    json_array_foreach(json_object_get(request, "fixes"), i, spec) {
        const char *text = json_string_value(spec);
        if (r == 0) r = vmm_fix_plan(&p, text ? text : "", &w->plan, err);
        if (r == 0) json_array_append_new(ids, vmm_json_text(fix_of_spec(text ? text : "")->id));
        if (r == 0 && vmm_fix_lowers(text ? text : "")) lowers = true;
    }
    if (r == 0 && json_is_true(json_object_get(request, "all_needed"))) r = plan_needed(w, &p, ids, err);
    if (r == 0) r = vmm_plan_regs(request, &p, &w->plan, &lowers, err);
    if (r < 0) {
        json_decref(ids);
        vmm_changes_clear(&w->plan);
        return -1;
    }
    w->planned = true;
    *result = plan_json(&w->plan, ids, lowers);
    bool given, secret = vmm_changes_secret(&w->plan, &given);
    json_object_set_new(*result, "secret", secret ? json_string(given ? "given" : "missing") : json_null());
    tell_recovery_key(w, p.windows, *result);
    vmm_plan_told_as(form, &p, &w->plan, *result);
    return 0;
}

/* ---- boot stores ---- */

static struct vmm_boot_store *store_of(struct vmm_worker *w, const json_t *request, struct vmm_error *err) {
    int n = number(request, "store");
    if (need_scan(w, err) < 0) return NULL;
    struct vmm_boot_store *one = NULL;
    size_t booting = 0;
    for (size_t i = 0; i < w->scan->boot_count; i++) {
        struct vmm_boot_store *b = &w->scan->boot[i];
        if (n ? b->number == n : b->role == VMM_STORE_BOOTS || w->scan->boot_count == 1) {
            one = b;
            booting++;
        }
    }
    if (one == NULL || (booting > 1 && n == 0)) {
        vmm_fail(err, one ? VMM_E_USAGE : n ? VMM_E_NOT_FOUND : VMM_E_NO_WINDOWS, _("scan numbers the stores; choose with --store N"),
                 one ? _("this disk has several boot stores that could be meant") : n ? _("there is no boot store %d on this disk") : _("there is no boot store on this disk"), n);
        return NULL;
    }
    if (one->store->bcd == NULL) {
        const struct vmm_error *e = &one->store->error;
        vmm_fail(err, e->code ? e->code : VMM_E_BROKEN, e->hint[0] ? e->hint : NULL, "%s: %s", one->store->label, e->message);
        return NULL;
    }
    return one;
}

int vmm_job_bcd(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    struct vmm_boot_store *b = store_of(w, request, err);
    if (b == NULL) return -1;
    const char *select = vmm_json_str(request, "select");
    bool verbose = json_is_true(json_object_get(request, "verbose")), both = !verbose && !json_is_false(json_object_get(request, "both"));
    bool alone = w->scan->disk->probe.kind == VMM_TARGET_HIVE_FILE || w->scan->disk->part_count == 0 || strcmp(w->scan->disk->engine, "folder") == 0;
    struct vmm_bcd_view view = {.disk = alone ? NULL : w->scan->disk, .select = *select ? select : NULL, .verbose = verbose, .both = both,
                                .letter = vmm_scan_letter, .letter_ctx = w->scan};
    char *text = vmm_bcd_text(b->store->bcd, &view, err);
    json_t *objects = text ? vmm_bcd_json(b->store->bcd, &view, err) : NULL;
    if (objects == NULL) {
        free(text);
        return -1;
    }
    json_object_set_new(objects, "text", vmm_json_text(text));
    json_object_set_new(objects, "store", json_pack("{s:i,s:i,s:o,s:o,s:o,s:o}", "number", b->number, "partition", b->store->part, "path", vmm_json_text(b->store->path),
                                                    "blocked", vmm_json_text(b->store->blocked), "warning", vmm_json_text(b->store->bcd->warning), "replay", vmm_store_replay_json(b->store)));
    free(text);
    *result = objects;
    return 0;
}

static int bcd_change(struct vmm_worker *w, const json_t *request, const char *value, json_t **result, struct vmm_error *err) {
    vmm_changes_clear(&w->plan);
    w->planned = false;
    struct vmm_boot_store *b = store_of(w, request, err);
    if (b == NULL || refuse_pending(w, err) < 0) return -1;
    const char *object = vmm_json_str(request, "object"), *element = vmm_json_str(request, "element");
    if (b->store->blocked) return vmm_fail(err, VMM_E_BLOCKED, NULL, _("%s cannot be changed: %s"), b->store->label, b->store->blocked);
    if (value == NULL) { /* bcdedit fails on what is not there, and so do we */
        struct vmm_bcd_edit probe;
        if (vmm_bcd_delete(b->store->bcd, object, element, &probe, err) < 0) return -1;
        vmm_bcd_edit_clear(&probe);
    }
    if (vmm_change_bcd(&w->plan, "bcd", b->store, object, element, value, VMM_RISK_MEDIUM, NULL, err) < 0) return -1;
    w->planned = true;
    *result = plan_json(&w->plan, json_array(), false);
    tell_recovery_key(w, NULL, *result);
    return 0;
}

int vmm_job_bcd_set(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    return bcd_change(w, request, vmm_json_str(request, "value"), result, err);
}

int vmm_job_bcd_delete(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    return bcd_change(w, request, NULL, result, err);
}
