/* Undo and finish: the two directions out of a session. Both look first at every file, refuse when one is neither the old nor the new, and only then write.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

/* In this order; the third is named by the direction. */
enum { OPEN, COMPARE, WRITE, VERIFY, CLOSE };
static const char *const stages[] = {
    [OPEN] = N_("Opening the disk for writing"),
    [COMPARE] = N_("Comparing the files on the disk with what was kept"),
    [WRITE] = NULL,
    [VERIFY] = N_("Reading it again from the disk and comparing"),
    [CLOSE] = N_("Closing the disk"),
};

struct way { /* one direction */
    const char *job;
    const char *begin, *end; /* journal words */
    const char *step;        /* N_() */
    bool to_after;
};
static const struct way undo_way = {"undo", "undoing", "undone", N_("Putting the originals back"), false};
static const struct way finish_way = {"finish", "finishing", "done", N_("Finishing what was interrupted"), true};

struct back_file {
    struct vmm_rewrite images;
    struct vmm_now now;
    enum vmm_file_state state;
};

struct back {
    struct vmm_session *session;
    const struct way *way;
    struct vmm_volume *volume;
    struct vmm_steps steps;
    struct back_file *files;
    size_t count;
    bool interrupted;
    const struct vmm_unlock *key;
};

static int load_files(struct back *b, struct vmm_error *err) {
    const json_t *files = json_object_get(b->session->plan, "files");
    b->files = vmm_alloc(json_array_size(files), sizeof *b->files);
    bool whole = json_array_size(files) > 0;
    for (size_t i = 0; i < json_array_size(files); i++)
        whole = whole && *vmm_json_str(json_array_get(files, i), "path") && json_is_integer(json_object_get(json_array_get(files, i), "n"));
    if (!whole) return vmm_fail(err, VMM_E_BROKEN, _("Put the disk back from its snapshot instead."), _("the plan of the session %s does not name its files"), b->session->name);
    for (size_t i = 0; i < json_array_size(files); i++) {
        if (vmm_rewrite_load(b->session, json_array_get(files, i), &b->files[b->count++].images, err) < 0) return -1;
    }
    return 0;
}

static int open_disk(struct back *b, const char *target, struct vmm_error *err) {
    const json_t *plan = b->session->plan;
    const char *boot = json_string_value(json_object_get(plan, "boot")), *format = json_string_value(json_object_get(plan, "format"));
    char *real = target ? realpath(target, NULL) : NULL;
    if (real && strcmp(real, vmm_json_str(plan, "target")) != 0) boot = NULL; /* that folder belongs to the other TARGET */
    free(real);
    struct vmm_open open = {.target = target ? target : vmm_json_str(plan, "target"), .boot_folder = boot, .format = format, .write = true, .key = b->key, .progress = vmm_steps_inner(&b->steps)};
    vmm_step(&b->steps, _(stages[OPEN]));
    b->volume = vmm_open_patiently(&open, b->session->name, err);
    if (b->volume == NULL) return -1;
    /* a folder's identity is its path, which a moved mount changes; the hashes below decide then */
    const char *identity = vmm_volume_disk(b->volume)->identity;
    if (target == NULL && strcmp(identity, vmm_json_str(plan, "identity")) != 0)
        return vmm_fail(err, VMM_E_CHANGED, _("Attach the disk this session belongs to."), _("%s is not the disk of the session %s"), open.target, b->session->name);
    return 0;
}

/* Reads every file as it is and decides; nothing is written before all of them are known to be ours. */
static int look(struct back *b, struct vmm_error *err) {
    vmm_step(&b->steps, _(stages[COMPARE]));
    for (size_t i = 0; i < b->count; i++) {
        struct back_file *f = &b->files[i];
        if (vmm_now_read(b->volume, &f->images, &f->now, err) < 0) {
            if (err && vmm_code_exit(err->code) == 2) err->code = VMM_E_CHANGED; /* it was there when the session was made */
            return vmm_fail_prefix(err, _("nothing was written"));
        }
        f->state = vmm_file_state(&f->images, &f->now);
        bool whole = f->state == VMM_FILE_BEFORE || f->state == VMM_FILE_AFTER;
        if (f->state == VMM_FILE_OTHER || (!whole && !b->interrupted))
            return vmm_fail(err, VMM_E_CHANGED, _("Something else wrote to it since, perhaps Windows itself. Undo would lose that; use the snapshot if you must go back."),
                            _("%s is neither what it was before nor what was written; nothing was written now"), f->images.label);
    }
    return 0;
}

static int write_all(struct back *b, struct vmm_error *err) {
    b->steps.no_stop = true;
    vmm_step(&b->steps, _(b->way->step));
    for (size_t i = 0; i < b->count; i++) { /* back in the other order: what makes Windows look at the others comes last, and goes first */
        struct back_file *f = &b->files[b->way->to_after ? i : b->count - 1 - i];
        if (vmm_install(b->volume, &f->images, &f->now, b->way->to_after, &b->steps, err) < 0) return vmm_fail_prefix(err, "%s", f->images.label);
    }
    if (vmm_volume_sync(b->volume, err) < 0) return -1; /* a file may have been right already, though whoever wrote it died before it was on the medium */
    vmm_step(&b->steps, _(stages[VERIFY]));
    if (vmm_volume_reread(b->volume, err) < 0) return -1;
    for (size_t i = 0; i < b->count; i++) {
        struct vmm_now now;
        int r = vmm_now_read(b->volume, &b->files[i].images, &now, err);
        if (r == 0 && vmm_file_state(&b->files[i].images, &now) != (b->way->to_after ? VMM_FILE_AFTER : VMM_FILE_BEFORE))
            r = vmm_fail(err, VMM_E_WRITE, NULL, _("%s was written, but reads differently"), b->files[i].images.label);
        vmm_now_clear(&now);
        if (r < 0) return r;
    }
    return 0;
}

static json_t *result_of(const struct back *b) {
    const json_t *plan_files = json_object_get(b->session->plan, "files");
    json_t *files = json_array();
    for (size_t i = 0; i < b->count; i++) {
        const struct back_file *f = &b->files[i];
        const json_t *image = json_object_get(json_array_get(plan_files, i), b->way->to_after ? "after" : "before");
        json_array_append_new(files, json_pack("{s:o,s:o,s:s,s:s}", "path", vmm_json_text(f->images.path), "label", vmm_json_text(f->images.label), "sha256",
                                               vmm_json_str(image, "sha256"), "was", vmm_file_state_word(f->state)));
    }
    return json_pack("{s:o,s:s,s:o,s:O}", "session", vmm_json_text(b->session->name), "state", b->way->end, "files", files, "steps", b->steps.list);
}

static void write_report(struct vmm_session *s, const char *state) {
    char *path = vmm_session_path(s, "report.txt"), *text = vmm_report_text(s, state);
    vmm_file_write(path, text, strlen(text), NULL);
    free(path);
    free(text);
}

static int run(struct back *b, const char *target, json_t **result, struct vmm_error *err) {
    b->steps.session = b->session;
    for (size_t i = 0; i < VMM_COUNT(stages); i++) vmm_steps_expect(&b->steps, _(i == WRITE ? b->way->step : stages[i]));
    if (load_files(b, err) < 0 || open_disk(b, target, err) < 0 || look(b, err) < 0 || vmm_journal(b->session, err, "%s", b->way->begin) < 0) {
        vmm_volume_close(b->volume, NULL);
        return -1;
    }
    int r = write_all(b, err);
    vmm_step(&b->steps, _(stages[CLOSE]));
    struct vmm_error late = {0};
    if (vmm_volume_close(b->volume, &late) < 0 && r == 0) {
        *err = late;
        r = -1;
    }
    if (r == 0) r = vmm_journal(b->session, err, "%s", b->way->end);
    if (r < 0) {
        char *hint = vmm_printf(_("Try again with: vmmedic undo %s"), b->session->name);
        vmm_fail(err, VMM_E_INTERRUPTED, hint, _("the session %s is not finished: %s"), b->session->name, err->message);
        free(hint);
        return -1;
    }
    vmm_steps_end(&b->steps);
    write_report(b->session, b->way->end);
    *result = result_of(b);
    return 0;
}

static bool may(const struct way *way, enum vmm_session_state state) {
    return state == VMM_SESSION_INTERRUPTED || state == VMM_SESSION_PREPARED || 
           (!way->to_after && (state == VMM_SESSION_DONE || state == VMM_SESSION_BROKEN)); /* without a journal the files themselves say what they are */
}

/* Without a journal nobody knows what was to be finished. */
static bool cannot_tell(const struct way *way, enum vmm_session_state state, const char *name, struct vmm_error *err) {
    if (!way->to_after || state != VMM_SESSION_BROKEN) return false;
    vmm_fail(err, VMM_E_BROKEN, _("It can only be put back: vmmedic undo SESSION"), _("the journal of the session %s cannot be read"), name);
    return true;
}

/* It is already there. */
static json_t *nothing_to_do(const char *name, enum vmm_session_state state) {
    return json_pack("{s:o,s:s,s:[]}", "session", vmm_json_text(name), "state", vmm_session_state_word(state), "files");
}

/* A password that was to be written is not kept. */
static bool cannot_be_finished(const char *name) {
    json_t *plan = NULL;
    bool secret = vmm_session_load(name, &plan, NULL, NULL, NULL) == 0 && vmm_plan_secret(plan);
    json_decref(plan);
    return secret;
}

static int go(const char *name, const char *target, const struct vmm_unlock *key, const struct way *way, struct vmm_progress progress, json_t **result, struct vmm_error *err) {
    char *real;
    enum vmm_session_state state;
    *result = NULL;
    if (vmm_session_load(name, NULL, &state, &real, err) < 0) return -1;
    if (cannot_tell(way, state, real, err)) {
        free(real);
        return -1;
    }
    if (!may(way, state)) {
        *result = nothing_to_do(real, state);
        free(real);
        return 0;
    }
    if (way->to_after && cannot_be_finished(real)) {
        char *hint = vmm_printf(_("Put it back with: vmmedic undo %s. Then set the password again."), real);
        vmm_fail(err, VMM_E_UNSUPPORTED, hint, _("the session %s sets a password, which was not kept: it can only be put back"), real);
        free(hint);
        free(real);
        return -1;
    }
    struct back b = {.way = way, .key = key, .steps = {.job = way->job, .progress = progress}};
    b.session = vmm_session_open(real, err);
    int r = b.session ? 0 : -1;
    if (r == 0) state = vmm_journal_state(b.session->dir, NULL); /* now nobody else can change it; until now somebody could */
    b.interrupted = state != VMM_SESSION_DONE;
    if (r == 0 && cannot_tell(way, state, real, err)) r = -1;
    else if (r == 0 && !may(way, state)) *result = nothing_to_do(real, state);
    else if (r == 0) r = run(&b, target, result, err);
    for (size_t i = 0; i < b.count; i++) {
        vmm_rewrite_clear(&b.files[i].images);
        vmm_now_clear(&b.files[i].now);
    }
    free(b.files);
    vmm_steps_close(&b.steps);
    json_decref(b.steps.list);
    vmm_session_close(b.session);
    free(real);
    return r;
}

int vmm_session_back(const struct vmm_way_back *b, json_t **result, struct vmm_error *err) {
    return go(b->name, b->target, b->key, b->finish ? &finish_way : &undo_way, b->progress, result, err);
}

int vmm_session_undo(const char *name, const char *target, struct vmm_progress progress, json_t **result, struct vmm_error *err) {
    return go(name, target, NULL, &undo_way, progress, result, err);
}

int vmm_session_finish(const char *name, const char *target, struct vmm_progress progress, json_t **result, struct vmm_error *err) {
    return go(name, target, NULL, &finish_way, progress, result, err);
}
