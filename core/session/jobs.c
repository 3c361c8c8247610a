/* The table of jobs, and those that are not about looking at a disk.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/session.h"
#include "session/worker.h"
#include "vmmedic/cloud.h"
#include "vmmedic/practice.h"

/* ---- disks and probes ---- */

static json_t *probe_json(const struct vmm_probe *p) {
    static const char *const kinds[] = {"image", "block", "folder", "store"};
    char *size = vmm_size_text(p->size);
    json_t *j = json_pack("{s:s,s:o,s:o,s:s,s:I,s:o,s:o}", "kind", kinds[p->kind], "path", vmm_json_text(p->path), "name", vmm_json_text(p->name), "format", p->format,
                          "size", (json_int_t)p->size, "size_text", vmm_json_text(size), "in_use", vmm_json_text(p->in_use));
    free(size);
    return j;
}

static int job_disks(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    (void)w;
    (void)request;
    struct vmm_candidate *list;
    size_t count;
    if (vmm_disks(&list, &count, err) < 0) return -1;
    json_t *disks = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *d = probe_json(&list[i].probe);
        json_object_set_new(d, "model", vmm_json_text(list[i].model));
        if (list[i].boot) json_object_set_new(d, "boot", vmm_json_text(list[i].boot));
        json_object_set_new(d, "refused", vmm_json_text(list[i].refused));
        json_array_append_new(disks, d);
    }
    vmm_candidates_free(list, count);
    *result = json_pack("{s:o}", "disks", disks);
    return 0;
}

static int job_probe(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    (void)w;
    struct vmm_probe p = {0};
    const char *target = vmm_json_str(request, "target");
    if (*target == '\0') return vmm_fail(err, VMM_E_USAGE, NULL, _("no disk was named"));
    if (vmm_probe_target(target, json_string_value(json_object_get(request, "format")), &p, err) < 0) return -1;
    *result = probe_json(&p);
    vmm_probe_clear(&p);
    return 0;
}

static int job_close(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    (void)request;
    (void)err;
    vmm_worker_forget(w);
    *result = json_object();
    return 0;
}

static int job_quit(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    w->quit = true;
    return job_close(w, request, result, err);
}

/* ---- writing ---- */

static int job_apply(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    static const char *const kinds[] = {"named", "take", "none"};
    if (w->scan == NULL || !w->planned) return vmm_fail(err, VMM_E_USAGE, NULL, _("there is no plan to apply"));
    const json_t *snapshot = json_object_get(request, "snapshot");
    const char *kind = vmm_json_str(snapshot, "kind"), *text = vmm_json_str(snapshot, "text");
    size_t k = 0;
    while (k < VMM_COUNT(kinds) && strcmp(kinds[k], kind) != 0) k++;
    if (k == VMM_COUNT(kinds) || (k != VMM_SNAPSHOT_TAKE && *text == '\0'))
        return vmm_fail(err, VMM_E_USAGE, _("Name the snapshot, ask for one, or give the reason for none."), _("nobody said how this disk can be brought back"));
    struct vmm_apply a = {.open = {.target = w->target, .boot_folder = w->boot, .format = w->format, .key = w->key}, .look = &w->look, .scan = w->scan, .changes = &w->plan,
                          .snapshot = (enum vmm_snapshot_kind)k, .snapshot_text = text, .cloud = json_object_get(request, "cloud"), .progress = vmm_worker_progress(w)};
    int r = vmm_session_apply(&a, result, err);
    if (w->look == NULL) vmm_worker_forget(w); /* what was looked at is no longer what is there */
    return r;
}

static int job_sessions(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    (void)w;
    (void)request;
    json_t *list;
    if (vmm_session_list(&list, err) < 0) return -1;
    *result = json_pack("{s:o}", "sessions", list);
    return 0;
}

/* Each line of a value with its sign; a whole file has many. */
static void add_lines(struct vmm_buf *b, char sign, const char *text) {
    char *copy = vmm_strdup(text), *rest = copy, *line;
    while ((line = strsep(&rest, "\n"))) {
        char *safe = vmm_safe_text(line);
        vmm_buf_fmt(b, "  %c %s\n", sign, safe);
        free(safe);
    }
    free(copy);
}

/* What undo would do, in the words of the preview: each change the other way round. */
static char *undo_text(const json_t *plan) {
    struct vmm_buf b = {0};
    const json_t *c;
    size_t i;
    json_array_foreach(json_object_get(plan, "changes"), i, c) {
        char *store = vmm_safe_text(vmm_json_str(c, "store")), *place = vmm_safe_text(vmm_json_str(c, "place"));
        vmm_buf_fmt(&b, "%s  %s\n", store, place);
        add_lines(&b, '-', vmm_json_str(c, "after_text"));
        add_lines(&b, '+', vmm_json_str(c, "before_text"));
        free(store);
        free(place);
    }
    return vmm_buf_steal(&b);
}

static int job_session(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    (void)w;
    json_t *plan;
    enum vmm_session_state state;
    char *name;
    if (vmm_session_load(json_string_value(json_object_get(request, "name")), &plan, &state, &name, err) < 0) return -1;
    char *text = undo_text(plan), *root = vmm_sessions_dir(false, err), *dir = vmm_printf("%s/%s", root, name), *report = vmm_printf("%s/report.txt", dir);
    bool running = vmm_session_running(dir);
    if (!running) state = vmm_journal_state(dir, NULL); /* it may have ended since; told as running it may still change */
    *result = json_pack("{s:o,s:s,s:o,s:o,s:b,s:o,s:o,s:o,s:o}", "session", vmm_json_text(name), "state", vmm_session_state_word(state), "plan", plan, "text",
                        vmm_json_text(text), "running", running, "progress", running ? vmm_progress_of(dir) : json_null(), "journal", vmm_journal_lines(dir), "folder",
                        vmm_json_text(dir), "report_path", vmm_json_text(access(report, F_OK) == 0 ? report : NULL));
    free(text);
    free(root);
    free(dir);
    free(report);
    free(name);
    return 0;
}

/* What was looked at is forgotten first, the key with it: a session that needs one gets it with the request, and it is gone when that ends. */
static int go_back(struct vmm_worker *w, const json_t *request, bool finish, json_t **result, struct vmm_error *err) {
    struct vmm_error broken = {0};
    struct vmm_unlock *key = vmm_worker_unlock(w, request, &broken);
    vmm_worker_forget(w);
    if (broken.code) {
        if (err) *err = broken;
        return -1;
    }
    struct vmm_way_back b = {json_string_value(json_object_get(request, "name")), json_string_value(json_object_get(request, "target")), key, finish, vmm_worker_progress(w)};
    int r = vmm_session_back(&b, result, err);
    vmm_unlock_free(key);
    return r;
}

static int job_undo(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) { return go_back(w, request, false, result, err); }

static int job_finish(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) { return go_back(w, request, true, result, err); }

static int job_forget(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    (void)w;
    const char *name = vmm_json_str(request, "name");
    if (vmm_session_forget(name, err) < 0) return -1;
    *result = json_pack("{s:o}", "session", vmm_json_text(name));
    return 0;
}

/* ---- the catalogue and practice ---- */

static int job_fixes(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    (void)w;
    const char *id = vmm_json_str(request, "fix");
    const struct vmm_fix *f;
    if (*id) {
        f = vmm_fix_by_id(id);
        if (f == NULL) return vmm_fail(err, VMM_E_NOT_FOUND, _("See: vmmedic fixes"), _("there is no fix \"%s\""), id);
        *result = vmm_fix_json(f);
        return 0;
    }
    json_t *list = json_array();
    for (size_t i = 0; (f = vmm_fix_at(i)) != NULL; i++) json_array_append_new(list, vmm_fix_json(f));
    *result = json_pack("{s:o}", "fixes", list);
    return 0;
}

static int job_practice(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    int gen = (int)json_integer_value(json_object_get(request, "gen"));
    struct vmm_practice p = {.file = vmm_json_str(request, "file"), .scenario = vmm_json_str(request, "scenario"), .gen = gen ? gen : 2};
    if (vmm_practice_make(&p, 1, vmm_worker_progress(w), err) < 0) return -1;
    *result = json_pack("{s:o,s:o,s:i}", "file", vmm_json_text(p.file), "scenario", vmm_json_text(p.scenario), "gen", p.gen);
    return 0;
}

static int job_scenarios(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    (void)w;
    (void)request;
    (void)err;
    json_t *list = json_array();
    const struct vmm_scenario *s;
    for (size_t i = 0; (s = vmm_scenario_at(i)) != NULL; i++) json_array_append_new(list, json_pack("{s:s,s:o}", "name", s->name, "title", vmm_json_text(_(s->title))));
    *result = json_pack("{s:o}", "scenarios", list);
    return 0;
}

static int job_nsg(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    (void)w;
    const json_t *port = json_object_get(request, "port");
    struct vmm_nsg_query q = {.port = port ? (int)json_integer_value(port) : 3389, .from = json_string_value(json_object_get(request, "from")),
                              .to = json_string_value(json_object_get(request, "to"))};
    *result = vmm_nsg_file(vmm_json_str(request, "file"), json_string_value(json_object_get(request, "name")), &q, err);
    return *result ? 0 : -1;
}

static bool stop_az(void *ctx) {
    const struct vmm_progress *p = ctx;
    return p->fn(p->ctx, _("Waiting for az"), 0, 0) != 0;
}

/* Only a line of the table by its number: a front end cannot ask for another command. */
static int job_az(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    struct vmm_progress progress = vmm_worker_progress(w);
    const char *disk = json_string_value(json_object_get(request, "disk"));
    const struct vmm_cloud_names names = {.group = json_string_value(json_object_get(request, "group")), .vm = json_string_value(json_object_get(request, "vm")),
                                          .rescue = json_string_value(json_object_get(request, "rescue")), .disks = &disk, .disk_count = disk != NULL};
    const json_t *line = json_object_get(request, "line");
    size_t number = json_is_integer(line) && json_integer_value(line) >= 0 ? (size_t)json_integer_value(line) : SIZE_MAX;
    *result = vmm_cloud_run(number, &names, stop_az, &progress, err);
    return *result ? 0 : -1;
}

static const struct vmm_job jobs[] = {
    {"disks", job_disks, false},       {"probe", job_probe, false},          {"scan", vmm_job_scan, false},
    {"plan", vmm_job_plan, false},     {"bcd", vmm_job_bcd, false},          {"bcd-set", vmm_job_bcd_set, false},
    {"bcd-delete", vmm_job_bcd_delete, false}, {"apply", job_apply, true},   {"sessions", job_sessions, false},
    {"session", job_session, false},   {"undo", job_undo, true},             {"finish", job_finish, true},
    {"repair", vmm_job_repair, true},
    {"forget", job_forget, false},     {"fixes", job_fixes, false},          {"practice", job_practice, false},
    {"scenarios", job_scenarios, false}, {"close", job_close, false},        {"quit", job_quit, false},
    {"nsg", job_nsg, false},           {"lesson-make", vmm_job_lesson_make, false}, {"lesson-judge", vmm_job_lesson_judge, false},
    {"az", job_az, false},
};

const struct vmm_job *vmm_job_by_name(const char *name) {
    for (size_t i = 0; i < VMM_COUNT(jobs); i++)
        if (strcmp(jobs[i].name, name) == 0) return &jobs[i];
    return NULL;
}
