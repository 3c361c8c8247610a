/* The model: made, freed, and read by the steps.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/learn.h"
#include "screens/place.h"

struct wizard *vmm_wizard_new(const struct wizard_options *o, struct wizard_link link) {
    struct wizard *w = vmm_alloc(1, sizeof(*w));
    w->link = link;
    w->seconds = o && o->seconds ? o->seconds : vmm_seconds;
    w->place.on = o && o->place;
    w->ticks = json_object();
    w->options = json_object();
    w->open = json_object();
    vmm_post(w, JOB_SESSIONS, json_object());
    if (o && o->target) {
        w->named = true;
        vmm_set(&w->target, o->target);
        vmm_set(&w->boot, o->boot);
        vmm_set(&w->format, o->format);
        json_t *r = json_object();
        json_object_set_new(r, "target", vmm_json_text(o->target));
        if (o->format) json_object_set_new(r, "format", vmm_json_text(o->format));
        vmm_post(w, JOB_PROBE, r); /* the look begins when it is known that nobody writes to it (symptom.c) */
    }
    if (o && o->learning) vmm_learn_start(w, o->learning);
    return w;
}

void vmm_wizard_free(struct wizard *w) {
    if (w == NULL) return;
    for (int k = 0; k < JOB_COUNT; k++) vmm_job_forget(w, (enum job_kind)k);
    for (int c = 0; c < CLOUD_NAMES; c++) free(w->cloud[c]);
    char *texts[] = {w->snapshot_text, w->target, w->boot, w->format, w->typed, w->attach_typed, w->option_fix, w->reg_file, w->reg_typed, w->nsg_file, w->nsg_from, w->form_path, w->follow, w->follow_disk, w->follow_job};
    for (size_t i = 0; i < VMM_COUNT(texts); i++) free(texts[i]);
    vmm_password_end(w);
    vmm_unlock_end(w);
    vmm_place_clear(w);
    vmm_learn_free(w->learn);
    json_decref(w->ticks);
    json_decref(w->options);
    json_decref(w->open);
    vmm_text_clear(&w->said);
    vmm_boot_rows_clear(&w->boot_rows);
    free(w);
}

const json_t *vmm_scan_of(const struct wizard *w) { return w->job[JOB_SCAN].result; }

static const json_t *numbered(const json_t *list, int number) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (vmm_int(json_array_get(list, i), "number") == number) return json_array_get(list, i);
    return NULL;
}

const json_t *vmm_windows_of(const struct wizard *w) {
    return w->windows > 0 ? numbered(json_object_get(vmm_scan_of(w), "windows"), w->windows) : NULL;
}

const json_t *vmm_store_of(const struct wizard *w) {
    const json_t *stores = json_object_get(vmm_scan_of(w), "stores");
    int number = w->store ? w->store : vmm_int(vmm_windows_of(w), "store");
    const json_t *found = numbered(stores, number);
    return found || number ? found : json_array_get(stores, 0);
}

const char *vmm_disk_name(const struct wizard *w) {
    const char *name = vmm_s(json_object_get(vmm_scan_of(w), "disk"), "name");
    return name[0] ? name : vmm_s(w->job[JOB_PROBE].result, "name");
}

bool vmm_disk_is_folder(const struct wizard *w) {
    const char *kind = vmm_s(json_object_get(vmm_scan_of(w), "disk"), "kind");
    if (!kind[0]) kind = vmm_s(w->job[JOB_PROBE].result, "kind");
    return strcmp(kind, "folder") == 0;
}

const char *vmm_pending_session(const struct wizard *w) {
    const json_t *p = json_object_get(vmm_scan_of(w), "pending");
    return json_is_string(p) ? json_string_value(p) : vmm_s(p, "session");
}

const char *vmm_pending_words(const struct wizard *w) { return vmm_s(json_object_get(vmm_scan_of(w), "pending_state"), "text"); }

bool vmm_pending(const struct wizard *w) { return vmm_pending_session(w)[0] != 0; }

bool vmm_healthy(const struct wizard *w) {
    return strcmp(vmm_s(json_object_get(vmm_scan_of(w), "verdict"), "state"), "healthy") == 0 && !vmm_pending(w);
}

bool vmm_plan_has_changes(const struct wizard *w) { return json_array_size(json_object_get(w->job[JOB_PLAN].result, "changes")) > 0; }

bool vmm_anything_needed(const struct wizard *w) {
    return json_array_size(json_object_get(json_object_get(vmm_scan_of(w), "verdict"), "needed")) > 0;
}
