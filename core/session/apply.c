/* Apply: everything that is needed to go back is on the medium before the first byte is written, and whatever fails after that is put back.
 *
 *   edit copies -> session folder (originals, after images, plan) -> snapshot -> disk opened for writing -> still as it was looked at?
 *     -> file by file: journal, pages, sync, journal -> read again from the medium -> verified -> closed -> done
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/session.h"

/* In this order, the snapshot only if one is made now, and one "Writing" for each file. */
enum { COPIES, ORIGINALS, SNAPSHOT, OPEN, WRITE, VERIFY, CLOSE };
static const char *const stages[] = {
    [COPIES] = N_("Making the changes on copies and checking them"),
    [ORIGINALS] = N_("Keeping the originals"),
    [SNAPSHOT] = N_("Taking the snapshot"),
    [OPEN] = N_("Opening the disk for writing"),
    [WRITE] = N_("Writing %s"),
    [VERIFY] = N_("Reading it again from the disk and comparing"),
    [CLOSE] = N_("Closing the disk"),
};

struct job_file {
    struct vmm_store *store; /* borrowed from the scan */
    const struct vmm_change *change; /* of a whole file: the only one there is */
    struct vmm_place place;
    struct vmm_image after;
    char after_sha[65];
    bool touched; /* writing it has begun */
};

struct job {
    const struct vmm_apply *a;
    struct vmm_session *session;
    struct vmm_steps steps;
    struct job_file *files;
    size_t count;
    struct vmm_volume *volume;
    char *snapshot_where;
    int lock;     /* of the disk, from the look to the end; 0: none */
    char *report; /* its text, once the disk is closed */
};

static int stopped(struct vmm_error *err) {
    return vmm_fail(err, VMM_E_CANCELLED, NULL, _("stopped before anything was written to the disk"));
}

/* ---- what will be written ---- */

static struct vmm_hive_logs logs_of(const struct vmm_store *s) {
    return (struct vmm_hive_logs){s->logs[0].data, s->logs[1].data, s->logs[2].data, s->logs[0].len, s->logs[1].len, s->logs[2].len};
}

static char *writing_words(const struct job_file *f) { return vmm_printf(_(stages[WRITE]), f->store->label); }

static void take_file(struct job_file *f, const struct vmm_change *change) {
    struct vmm_store *s = change->store;
    f->store = s;
    f->change = s->is_file ? change : NULL;
    f->place = (struct vmm_place){s->part, s->path, s->is_file, s->is_file && change->secret, (const char **)s->folders, s->folder_count};
}

static struct vmm_image original(const struct job_file *f) { return (struct vmm_image){.data = f->store->data, .len = f->store->len, .absent = f->store->absent}; }

/* The files that the changes are in, each once, and with them all that will be done. */
static void look_ahead(struct job *j) {
    const struct vmm_changes *c = j->a->changes;
    j->files = vmm_alloc(c->count, sizeof *j->files);
    for (size_t i = 0; i < c->count; i++) {
        size_t k = 0;
        while (k < j->count && j->files[k].store != c->list[i].store) k++;
        if (k == j->count) take_file(&j->files[j->count++], &c->list[i]);
    }
    for (size_t s = 0; s < VMM_COUNT(stages); s++) {
        if (s == SNAPSHOT && j->a->snapshot != VMM_SNAPSHOT_TAKE) continue;
        if (s != WRITE) vmm_steps_expect(&j->steps, _(stages[s]));
        for (size_t i = 0; s == WRITE && i < j->count; i++) {
            char *text = writing_words(&j->files[i]);
            vmm_steps_expect(&j->steps, text);
            free(text);
        }
    }
}

static int edit_copies(struct job *j, struct vmm_error *err) {
    const struct vmm_changes *c = j->a->changes;
    char *scratch = vmm_session_path(j->session, "scratch");
    int r = 0;
    for (size_t i = 0, n; r == 0 && i < j->count; i++) {
        struct job_file *f = &j->files[i];
        struct vmm_store *store = f->store;
        if (store->blocked) {
            r = vmm_fail(err, VMM_E_BLOCKED, NULL, _("%s cannot be changed: %s"), store->label, store->blocked);
            break;
        }
        if (f->change) {
            f->after = (struct vmm_image){.data = vmm_memdup(f->change->after.data, f->change->after.len), .len = f->change->after.len};
            vmm_sha256(f->after.data, f->after.len, f->after_sha);
            continue;
        }
        struct vmm_edit *edits = vmm_changes_edits(c, store, &n);
        struct vmm_hive_logs logs = logs_of(store);
        r = vmm_hive_edit(store->hive, edits, n, &logs, scratch, &f->after.data, &f->after.len, err);
        free(edits);
        if (r < 0) {
            vmm_fail_prefix(err, "%s", store->label);
            break;
        }
        struct vmm_hive *h = vmm_hive_open(f->after.data, f->after.len, NULL, err);
        r = h ? vmm_changes_verify(c, store, h, false, err) : -1;
        vmm_hive_close(h);
        vmm_sha256(f->after.data, f->after.len, f->after_sha);
    }
    free(scratch);
    return r;
}

/* ---- the session folder ---- */

static json_t *image_json(size_t len, const char *sha) { return json_pack("{s:I,s:s}", "size", (json_int_t)len, "sha256", sha); }

static int keep_logs(struct job *j, const struct vmm_store *store, size_t n, json_t *list, struct vmm_error *err) {
    static const char *const names[] = {"LOG", "LOG1", "LOG2"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < 3; i++) {
        if (store->logs[i].path == NULL) continue;
        char *path = vmm_session_path(j->session, "originals/%zu.%s", n, names[i]), sha[65];
        vmm_sha256(store->logs[i].data, store->logs[i].len, sha);
        r = vmm_file_write(path, store->logs[i].data, store->logs[i].len, err);
        json_t *log = image_json(store->logs[i].len, sha);
        json_object_set_new(log, "path", vmm_json_text(store->logs[i].path));
        json_array_append_new(list, log);
        free(path);
    }
    return r;
}

/* What is kept of a file that holds a secret: all but the secret. Not even a hash of the rest with it is, which would let one try passwords. */
static struct vmm_image without_secret(const struct job_file *f) {
    const struct vmm_change *c = f->change;
    size_t end = c->secret_at + c->secret_len, tail = f->after.len - end;
    struct vmm_image i = {.data = vmm_alloc(c->secret_at + tail, 1), .len = c->secret_at + tail, .holed = true, .head = c->secret_at};
    memcpy(i.data, f->after.data, c->secret_at);
    memcpy(i.data + c->secret_at, f->after.data + end, tail);
    return i;
}

/* A whole file: originals/N only if there was one, after/N without a secret. */
static int keep_whole(struct job *j, size_t n, json_t *files, struct vmm_error *err) {
    const struct job_file *f = &j->files[n - 1];
    bool secret = f->change->secret;
    struct vmm_image after = secret ? without_secret(f) : f->after;
    char *one = vmm_session_path(j->session, "originals/%zu", n), *two = vmm_session_path(j->session, "after/%zu", n), sha[65];
    vmm_sha256(after.data, after.len, sha);
    int r = f->store->absent ? 0 : vmm_file_write(one, f->store->data, f->store->len, err);
    if (r == 0) r = vmm_file_write(two, after.data, after.len, err);
    json_t *folders = json_array(), *kept = image_json(after.len, sha);
    for (size_t i = 0; i < f->store->folder_count; i++) json_array_append_new(folders, vmm_json_text(f->store->folders[i]));
    if (secret) json_object_set_new(kept, "hole", json_integer((json_int_t)after.head));
    json_array_append_new(files, json_pack("{s:I,s:i,s:o,s:o,s:o,s:o,s:[],s:b,s:o}", "n", (json_int_t)n, "part", f->store->part, "path", vmm_json_text(f->store->path), "label",
                                           vmm_json_text(f->store->label), "before", f->store->absent ? json_null() : image_json(f->store->len, f->store->sha256), "after", kept,
                                           "logs", "whole", true, "folders", folders));
    if (secret) free(after.data);
    free(one);
    free(two);
    return r;
}

static int keep_file(struct job *j, size_t n, json_t *files, struct vmm_error *err) {
    const struct job_file *f = &j->files[n - 1];
    if (f->change) return keep_whole(j, n, files, err);
    char *before = vmm_session_path(j->session, "originals/%zu", n), *after = vmm_session_path(j->session, "after/%zu", n);
    json_t *logs = json_array();
    int r = vmm_file_write(before, f->store->data, f->store->len, err);
    if (r == 0) r = vmm_file_write(after, f->after.data, f->after.len, err);
    if (r == 0) r = keep_logs(j, f->store, n, logs, err);
    json_t *file = json_pack("{s:I,s:i,s:o,s:o,s:o,s:o,s:o}", "n", (json_int_t)n, "part", f->store->part, "path", vmm_json_text(f->store->path), "label",
                             vmm_json_text(f->store->label), "before", image_json(f->store->len, f->store->sha256), "after",
                             image_json(f->after.len, f->after_sha), "logs", logs);
    json_array_append_new(files, file);
    free(before);
    free(after);
    return r;
}

static json_t *fix_ids(const struct vmm_changes *c) {
    json_t *ids = json_array();
    for (size_t i = 0; i < c->count; i++) {
        size_t k = 0;
        while (k < json_array_size(ids) && strcmp(json_string_value(json_array_get(ids, k)), c->list[i].fix) != 0) k++;
        if (k == json_array_size(ids)) json_array_append_new(ids, vmm_json_text(c->list[i].fix));
    }
    return ids;
}

static bool unlocked(const struct job *j, const struct vmm_disk *disk) {
    bool any = false;
    for (size_t i = 0; i < j->count; i++)
        for (size_t k = 0; k < disk->part_count; k++) any = any || (disk->parts[k].number == j->files[i].store->part && disk->parts[k].unlocked);
    return any;
}

static int keep_everything(struct job *j, const struct vmm_disk *disk, struct vmm_error *err) {
    static const char *const kinds[] = {"named", "take", "none"};
    char stamp[24];
    json_t *files = json_array(), *plan = j->session->plan;
    vmm_utc_now(stamp);
    int r = 0;
    for (size_t n = 1; r == 0 && n <= j->count; n++) r = keep_file(j, n, files, err);
    char *text = vmm_changes_text(j->a->changes);
    json_object_set_new(plan, "version", json_integer(1));
    json_object_set_new(plan, "program", vmm_json_text(VMM_VERSION));
    json_object_set_new(plan, "started", vmm_json_text(stamp));
    json_object_set_new(plan, "target", vmm_json_text(disk->probe.path));
    json_object_set_new(plan, "name", vmm_json_text(disk->probe.name));
    char *boot = j->a->open.boot_folder ? realpath(j->a->open.boot_folder, NULL) : NULL; /* undo may be asked for from another folder */
    json_object_set_new(plan, "boot", vmm_json_text(boot ? boot : j->a->open.boot_folder));
    free(boot);
    json_object_set_new(plan, "format", vmm_json_text(j->a->open.format));
    json_object_set_new(plan, "engine", vmm_json_text(disk->engine));
    json_object_set_new(plan, "identity", vmm_json_text(disk->identity));
    json_object_set_new(plan, "snapshot", json_pack("{s:s,s:o}", "kind", kinds[j->a->snapshot], "text", vmm_json_text(j->a->snapshot_text)));
    if (unlocked(j, disk)) json_object_set_new(plan, "bitlocker", json_true()); /* undo needs the key again: it is kept nowhere */
    json_object_set_new(plan, "files", files);
    if (vmm_changes_secret(j->a->changes, NULL)) json_object_set_new(plan, "secret", json_true()); /* what was to be written is not kept: it cannot be finished */
    json_object_set_new(plan, "fixes", fix_ids(j->a->changes));
    json_object_set_new(plan, "changes", vmm_changes_json(j->a->changes));
    json_object_set_new(plan, "text", vmm_json_text(text));
    free(text);
    return r < 0 ? r : vmm_session_publish(j->session, err);
}

static int take_snapshot(struct job *j, const char *target, struct vmm_error *err) {
    if (j->a->snapshot != VMM_SNAPSHOT_TAKE) return vmm_journal(j->session, err, "snapshot %s", j->a->snapshot == VMM_SNAPSHOT_NAMED ? "named" : "none");
    char *state = vmm_state_dir(), *name = vmm_printf("vmmedic-%s", j->session->name);
    int r = vmm_snapshot_take_held(target, j->a->open.format, name, state, j->lock, vmm_steps_inner(&j->steps), &j->snapshot_where, err);
    if (r < 0) vmm_fail_prefix(err, _("taking the snapshot"));
    if (r == 0) {
        json_object_set_new(json_object_get(j->session->plan, "snapshot"), "where", vmm_json_text(j->snapshot_where));
        char *plan = vmm_session_path(j->session, "plan.json");
        r = vmm_json_save(plan, j->session->plan, err);
        free(plan);
    }
    if (r == 0) r = vmm_journal(j->session, err, "snapshot taken");
    free(name);
    free(state);
    return r;
}

/* ---- the disk ---- */

static int still_as_seen(struct job *j, struct vmm_error *err) {
    for (size_t i = 0; i < j->count; i++) {
        const struct vmm_store *s = j->files[i].store;
        struct vmm_image now;
        if (vmm_place_read(j->volume, &j->files[i].place, &now, err) < 0) return -1;
        bool same = now.absent == s->absent && now.len == s->len && (now.len == 0 || memcmp(now.data, s->data, now.len) == 0);
        free(now.data);
        if (!same)
            return vmm_fail(err, VMM_E_CHANGED, _("Somebody or something wrote to this disk. Look again: vmmedic scan"),
                            _("%s is no longer what the preview showed; nothing was written"), s->label);
    }
    return 0;
}

static int write_files(struct job *j, struct vmm_error *err) {
    j->steps.no_stop = true;
    for (size_t i = 0; i < j->count; i++) {
        struct job_file *f = &j->files[i];
        char *text = writing_words(f);
        int stop = vmm_step(&j->steps, text);
        free(text);
        if (stop && i == 0) return stopped(err); /* the last moment; from here on nothing stops half way */
        if (vmm_journal(j->session, err, "writing %zu", i + 1) < 0) return -1;
        f->touched = true;
        struct vmm_image now = original(f);
        if (vmm_place_install(j->volume, &f->place, &now, &f->after, err) < 0) return vmm_fail_prefix(err, _("writing %s"), f->store->label);
        if (vmm_journal(j->session, err, "written %zu", i + 1) < 0) return -1;
    }
    return 0;
}

static int verify_files(struct job *j, struct vmm_error *err) {
    vmm_step(&j->steps, _(stages[VERIFY]));
    if (vmm_volume_reread(j->volume, err) < 0) return -1;
    for (size_t i = 0; i < j->count; i++) {
        const struct job_file *f = &j->files[i];
        struct vmm_image now;
        char sha[65];
        if (vmm_place_read(j->volume, &f->place, &now, err) < 0) return -1;
        vmm_sha256(now.data, now.len, sha);
        int r = 0;
        if (strcmp(sha, f->after_sha) != 0) r = vmm_fail(err, VMM_E_WRITE, NULL, _("%s was written, but reads differently"), f->store->label);
        struct vmm_hive *h = r == 0 && !f->change ? vmm_hive_open(now.data, now.len, NULL, err) : NULL;
        if (r == 0 && !f->change) r = h ? vmm_changes_verify(j->a->changes, f->store, h, false, err) : -1;
        vmm_hive_close(h);
        if (f->change && now.data) explicit_bzero(now.data, now.len);
        free(now.data);
        if (r < 0) return r;
    }
    return vmm_journal(j->session, err, "verified");
}

/* Gives every file that was touched its original back, and proves it. */
static int put_back(struct job *j, struct vmm_error *err) {
    vmm_step(&j->steps, _("Putting the originals back"));
    vmm_journal(j->session, NULL, "putting-back"); /* a full state folder must not keep us from it */
    int r = 0;
    for (size_t i = j->count; i-- > 0;) { /* one that cannot be put back must not keep the others from it */
        const struct job_file *f = &j->files[i];
        if (!f->touched) continue;
        struct vmm_image now = {0}, back = original(f);
        if (vmm_place_read(j->volume, &f->place, &now, err) < 0 || vmm_place_install(j->volume, &f->place, &now, &back, err) < 0) r = -1;
        if (f->change && now.data) explicit_bzero(now.data, now.len);
        free(now.data);
    }
    if (r < 0) return r;
    if (vmm_volume_reread(j->volume, err) < 0 || still_as_seen(j, err) < 0) return -1;
    vmm_journal(j->session, NULL, "put-back"); /* without the line the session looks interrupted, and ends here again */
    return 0;
}

/* The failed write is in *err; what becomes of it is added. */
static int give_up(struct job *j, struct vmm_error *err) {
    struct vmm_error why = *err, second = {0};
    if (put_back(j, &second) == 0) {
        if (vmm_code_exit(why.code) != 1) why.code = VMM_E_WRITE;
        return vmm_fail(err, why.code, why.hint[0] ? why.hint : NULL, _("%s. Everything was put back as it was"), why.message);
    }
    char *hint = vmm_printf(_("Do not detach the disk. When it can be reached again: vmmedic undo %s"), j->session->name);
    vmm_fail(err, VMM_E_INTERRUPTED, hint, _("%s; and putting it back failed too: %s"), why.message, second.message);
    free(hint);
    return -1;
}

static bool wrote_something(const struct job *j) {
    for (size_t i = 0; i < j->count; i++)
        if (j->files[i].touched) return true;
    return false;
}

static int on_the_disk(struct job *j, struct vmm_error *err) {
    struct vmm_open open = j->a->open;
    open.write = true;
    open.lock = j->lock;
    open.progress = vmm_steps_inner(&j->steps);
    if (vmm_step(&j->steps, _(stages[OPEN]))) return stopped(err);
    j->volume = vmm_volume_open(&open, err);
    if (j->volume == NULL) return -1;
    if (strcmp(vmm_volume_disk(j->volume)->identity, vmm_json_str(j->session->plan, "identity")) != 0)
        return vmm_fail(err, VMM_E_CHANGED, NULL, _("%s is no longer the disk that was looked at; nothing was written"), vmm_json_str(j->session->plan, "target"));
    if (still_as_seen(j, err) < 0) return -1;
    if (write_files(j, err) == 0 && verify_files(j, err) == 0) return 0;
    return wrote_something(j) ? give_up(j, err) : -1;
}

static int finish(struct job *j, struct vmm_error *err) {
    vmm_step(&j->steps, _(stages[CLOSE]));
    struct vmm_volume *v = j->volume;
    j->volume = NULL;
    struct vmm_error why = {0};
    if (vmm_volume_close(v, &why) < 0 || vmm_journal(j->session, &why, "done") < 0) {
        char *hint = vmm_printf(_("To put the disk back as it was: vmmedic undo %s"), j->session->name);
        vmm_fail(err, VMM_E_INTERRUPTED, hint, _("everything was written and read back, but the end could not be recorded: %s"), why.message);
        free(hint);
        return -1;
    }
    vmm_steps_end(&j->steps);
    char *path = vmm_session_path(j->session, "report.txt");
    j->report = vmm_report_text(j->session, vmm_session_state_word(VMM_SESSION_DONE));
    int r = vmm_file_write(path, j->report, strlen(j->report), NULL); /* a report that cannot be kept does not undo a repair */
    if (r < 0) vmm_journal(j->session, NULL, "no-report");
    free(path);
    return 0;
}

static json_t *result_of(struct job *j) {
    char *report = vmm_session_path(j->session, "report.txt");
    json_t *files = json_array(), *plan_files = json_object_get(j->session->plan, "files"), *f;
    size_t i;
    json_array_foreach(plan_files, i, f) {
        json_t *copy = json_deep_copy(f);
        json_object_set_new(copy, "verified", json_true());
        json_array_append_new(files, copy);
    }
    json_t *result = json_pack("{s:o,s:o,s:O,s:o,s:O,s:o,s:o,s:O}", "session", vmm_json_text(j->session->name), "folder", vmm_json_text(j->session->dir), "changes",
                               json_object_get(j->session->plan, "changes"), "files", files, "snapshot", json_object_get(j->session->plan, "snapshot"), "report",
                               vmm_json_text(j->report), "report_path", vmm_json_text(report), "steps", j->steps.list);
    free(report);
    return result;
}

static int run(struct job *j, json_t **result, struct vmm_error *err) {
    const struct vmm_disk *disk = vmm_volume_disk(*j->a->look);
    char *target = vmm_strdup(disk->probe.path);
    int r = 0;
    look_ahead(j);
    if (vmm_step(&j->steps, _(stages[COPIES]))) r = stopped(err);
    if (r == 0) {
        j->steps.session = j->session = vmm_session_create(disk->probe.name, err);
        r = j->session ? edit_copies(j, err) : -1;
    }
    if (r == 0 && vmm_step(&j->steps, _(stages[ORIGINALS]))) r = stopped(err);
    if (r == 0) r = keep_everything(j, disk, err);
    j->lock = vmm_volume_keep_lock(*j->a->look);
    vmm_volume_close(*j->a->look, NULL);
    *j->a->look = NULL;
    if (r == 0 && j->a->snapshot == VMM_SNAPSHOT_TAKE && vmm_step(&j->steps, _(stages[SNAPSHOT]))) r = stopped(err);
    if (r == 0) r = take_snapshot(j, target, err);
    if (r == 0) r = on_the_disk(j, err);
    if (r == 0) r = finish(j, err);
    else vmm_volume_close(j->volume, NULL);
    if (j->lock > 0) close(j->lock);
    vmm_steps_close(&j->steps);
    if (r == 0) *result = result_of(j);
    if (r < 0 && !wrote_something(j)) {
        vmm_session_discard(j->session);
        j->session = NULL;
    }
    free(target);
    return r;
}

int vmm_session_apply(const struct vmm_apply *a, json_t **result, struct vmm_error *err) {
    *result = NULL;
    if (a->changes->count == 0) {
        *result = json_pack("{s:n,s:n,s:[],s:[],s:n,s:s,s:[]}", "session", "folder", "changes", "files", "snapshot", "report", "", "steps");
        return 0;
    }
    bool given;
    if (vmm_changes_secret(a->changes, &given) && !given) return vmm_fail(err, VMM_E_USAGE, NULL, _("no password was given, so there is nothing to write yet"));
    struct job j = {.a = a, .steps = {.job = "apply", .progress = a->progress}};
    int r = run(&j, result, err);
    for (size_t i = 0; i < j.count; i++) {
        if (j.files[i].change && j.files[i].after.data) explicit_bzero(j.files[i].after.data, j.files[i].after.len);
        free(j.files[i].after.data);
    }
    free(j.files);
    free(j.snapshot_where);
    free(j.report);
    json_decref(j.steps.list);
    vmm_session_close(j.session);
    return r;
}
