/* The worker's jobs for learning: making the disk of a scenario, and judging it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "learn/room.h"
#include "session/session.h"
#include "session/worker.h"

static struct vmm_lesson *lesson_of(const json_t *request, struct vmm_error *err) {
    struct vmm_lesson_fault *faults;
    size_t count;
    struct vmm_lesson *l = vmm_lesson_read(vmm_json_str(request, "file"), &faults, &count, err);
    vmm_lesson_faults_free(faults, count);
    if (l && vmm_json_str(request, "room")[0] != '/') {
        vmm_lesson_free(l);
        vmm_fail(err, VMM_E_USAGE, NULL, _("no folder was named for the disk of the scenario"));
        return NULL;
    }
    return l;
}

int vmm_job_lesson_make(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    struct vmm_lesson *l = lesson_of(request, err);
    if (l == NULL) return -1;
    vmm_worker_forget(w);
    int r = vmm_lesson_make(l, vmm_json_str(request, "room"), json_is_true(json_object_get(request, "folder")), vmm_worker_progress(w), err);
    if (r == 0) *result = json_pack("{s:o}", "name", vmm_json_text(l->name));
    vmm_lesson_free(l);
    return r;
}

/* Looks at the disk anew, as any other look. */
static int look_and_judge(struct vmm_worker *w, const struct vmm_lesson *l, const json_t *request, json_t **result, struct vmm_error *err) {
    const char *room = vmm_json_str(request, "room");
    char *boot, *path = vmm_lesson_disk(l, room, &boot);
    json_t *scan = NULL, *ask = json_pack("{s:o,s:o}", "target", vmm_json_text(path), "boot", vmm_json_text(boot));
    int r = vmm_job_scan(w, ask, &scan, err);
    if (r == 0) *result = vmm_lesson_judge(l, room, w->scan, json_object_get(scan, "verdict"), json_object_get(scan, "fixes"), json_string_value(json_object_get(request, "answer")),
                                         json_is_true(json_object_get(request, "looked")));
    vmm_worker_forget(w);
    json_decref(scan);
    json_decref(ask);
    free(path);
    free(boot);
    return r;
}

int vmm_job_lesson_judge(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    struct vmm_lesson *l = lesson_of(request, err);
    if (l == NULL) return -1;
    int r = look_and_judge(w, l, request, result, err);
    enum vmm_lesson_mode mode;
    const char *home = vmm_json_str(request, "home");
    struct vmm_error ignored = {0}; /* what cannot be remembered is solved all the same */
    if (r == 0 && json_is_true(json_object_get(*result, "solved")) && home[0] && vmm_lesson_mode_by_word(vmm_json_str(request, "mode"), &mode) == 0)
        vmm_lesson_record(home, l->name, mode, (long)json_integer_value(json_object_get(request, "seconds")), (int)json_integer_value(json_object_get(request, "cost")), &ignored);
    vmm_lesson_free(l);
    return r;
}
