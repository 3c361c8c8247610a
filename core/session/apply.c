/* Apply: everything that is needed to go back is on the medium before the first byte is written, and whatever fails after that is put back.
 *
 *   edit copies -> session folder (originals, after images, plan) -> snapshot -> disk opened for writing -> still as it was looked at?
 *     -> file by file: journal, log entry and pages (install.c), journal -> read again from the medium -> verified -> closed -> done
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
    struct vmm_rewrite images;
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

/* The files that the changes are in, each once, and with them all that will be done. */
static void look_ahead(struct job *j) {
    const struct vmm_changes *c = j->a->changes;
    j->files = vmm_alloc(c->count, sizeof *j->files);
    for (size_t i = 0; i < c->count; i++) {
        size_t k = 0;
        while (k < j->count && j->files[k].store != c->list[i].store) k++;
        if (k == j->count) j->files[j->count++].store = c->list[i].store;
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

static struct vmm_image copy_of(const uint8_t *data, size_t len) { return (struct vmm_image){.data = vmm_memdup(data, len), .len = len}; }

/* A small file that is written whole: the change is all of it. */
static int whole_copy(struct job *j, struct job_file *f, struct vmm_error *err) {
    const struct vmm_changes *c = j->a->changes;
    const struct vmm_store *s = f->store;
    size_t i = 0;
    while (i < c->count && c->list[i].store != s) i++;
    const struct vmm_change *change = &c->list[i];
    if (!s->absent && s->data == NULL) return vmm_fail(err, VMM_E_BLOCKED, NULL, _("%s is there already"), s->label);
    f->images = (struct vmm_rewrite){.part = s->part, .path = vmm_strdup(s->path), .label = vmm_strdup(s->label), .whole = true, .secret = change->secret,
                                     .secret_at = change->secret_at, .secret_len = change->secret_len, .after = copy_of(change->after.data, change->after.len)};
    f->images.before = s->absent ? (struct vmm_image){.absent = true} : copy_of(s->data, s->len);
    f->images.folders = vmm_alloc(s->folder_count, sizeof *f->images.folders);
    for (size_t k = 0; k < s->folder_count; k++) f->images.folders[f->images.folder_count++] = vmm_strdup(s->folders[k]);
    return 0;
}

/* What the file and its logs are now. */
static void fill_images(struct vmm_rewrite *f, const struct vmm_store *s) {
    f->part = s->part;
    f->path = vmm_strdup(s->path);
    f->label = vmm_strdup(s->label);
    f->before = copy_of(s->data, s->len);
    if (vmm_hive_replay(s->hive)->kind == VMM_REPLAY_DONE) {
        size_t len;
        const uint8_t *clean = vmm_hive_bytes(s->hive, &len);
        f->clean = copy_of(clean, len);
    }
    for (size_t i = 0; i < VMM_LOGS; i++) {
        if (s->logs[i].path == NULL) continue;
        f->logs[i].path = vmm_strdup(s->logs[i].path);
        f->logs[i].image = copy_of(s->logs[i].data, s->logs[i].len);
    }
}

/* NTFS may keep a log in a form that cannot be written in place. One that cannot be looked at says that the disk is failing: nothing is begun on it. */
static int writable_logs(struct vmm_volume *v, const struct vmm_rewrite *f, unsigned *may, struct vmm_error *err) {
    *may = 0;
    for (size_t i = 1; i < VMM_LOGS; i++) {
        struct vmm_stat st;
        int there = f->logs[i].path ? vmm_volume_lookup(v, f->part, f->logs[i].path, NULL, &st, err) : 0;
        if (there < 0) return -1;
        if (there == 1 && vmm_volume_in_place(&st)) *may |= 1u << i;
    }
    return 0;
}

static int edit_copy(struct job *j, struct job_file *f, const char *scratch, struct vmm_error *err) {
    const struct vmm_changes *c = j->a->changes;
    struct vmm_store *store = f->store;
    struct vmm_image *after = &f->images.after;
    if (store->blocked) return vmm_fail(err, VMM_E_BLOCKED, NULL, _("%s cannot be changed: %s"), store->label, store->blocked);
    if (store->is_file) return whole_copy(j, f, err);
    size_t n;
    struct vmm_edit *edits = vmm_changes_edits(c, store, &n);
    struct vmm_hive_logs logs = logs_of(store);
    int r = vmm_hive_edit(store->hive, edits, n, &logs, scratch, &after->data, &after->len, err);
    free(edits);
    if (r < 0) return vmm_fail_prefix(err, "%s", store->label);
    struct vmm_hive *h = vmm_hive_open(after->data, after->len, NULL, err);
    r = h ? vmm_changes_verify(c, store, h, false, err) : -1;
    vmm_hive_close(h);
    fill_images(&f->images, store);
    unsigned may;
    if (r == 0 && (writable_logs(*j->a->look, &f->images, &may, err) < 0 || vmm_rewrite_prepare(&f->images, may, err) < 0)) r = vmm_fail_prefix(err, "%s", store->label);
    return r;
}

static int edit_copies(struct job *j, struct vmm_error *err) {
    char *scratch = vmm_session_path(j->session, "scratch");
    int r = 0;
    for (size_t i = 0; r == 0 && i < j->count; i++) r = edit_copy(j, &j->files[i], scratch, err);
    free(scratch);
    return r;
}

/* ---- the session folder ---- */

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
    for (size_t n = 1; r == 0 && n <= j->count; n++) {
        json_t *file = vmm_rewrite_save(j->session, &j->files[n - 1].images, n, err);
        if (file) json_array_append_new(files, file);
        else r = -1;
    }
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
    if (j->a->cloud) json_object_set_new(plan, "cloud", json_deep_copy(j->a->cloud));
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

static bool reads_as(struct job *j, const struct vmm_store *s, const char *path, const uint8_t *data, size_t len, int *r, struct vmm_error *err) {
    struct vmm_image now = {0}, seen = {.data = (uint8_t *)(uintptr_t)data, .len = len};
    *r = vmm_volume_read(j->volume, s->part, path, VMM_FILE_MAX, &now.data, &now.len, err);
    bool same = *r == 0 && vmm_same(&now, &seen);
    free(now.data);
    return same;
}

/* A file that cannot be written where it stands is found before another one of the plan is written. */
static int in_place(struct job *j, const struct vmm_store *s, struct vmm_error *err) {
    struct vmm_stat st;
    int there = vmm_volume_lookup(j->volume, s->part, s->path, NULL, &st, err);
    return there == 1 ? vmm_volume_check_in_place(&st, s->label, err) : there;
}

/* The logs too: what they hold decides what Windows makes of the file. */
static int hive_as_seen(struct job *j, const struct vmm_store *s, bool *same, struct vmm_error *err) {
    int r = 0;
    *same = reads_as(j, s, s->path, s->data, s->len, &r, err);
    for (size_t k = 0; *same && k < VMM_LOGS; k++)
        if (s->logs[k].path) *same = reads_as(j, s, s->logs[k].path, s->logs[k].data, s->logs[k].len, &r, err);
    return r;
}

/* The folders too: one that is there now is not ours to take away later. */
static int whole_as_seen(struct job *j, const struct vmm_rewrite *f, bool *same, struct vmm_error *err) {
    struct vmm_now now;
    int r = vmm_now_read(j->volume, f, &now, err);
    *same = r == 0 && vmm_file_state(f, &now) == VMM_FILE_BEFORE;
    vmm_now_clear(&now);
    if (!*same) return r;
    r = vmm_whole_folders_absent(j->volume, f, err);
    *same = r == 1;
    return r < 0 ? -1 : 0;
}

static int still_as_seen(struct job *j, struct vmm_error *err) {
    for (size_t i = 0; i < j->count; i++) {
        const struct vmm_store *s = j->files[i].store;
        bool same;
        int r = s->is_file ? whole_as_seen(j, &j->files[i].images, &same, err) : hive_as_seen(j, s, &same, err);
        if (r < 0) return -1;
        if (!same)
            return vmm_fail(err, VMM_E_CHANGED, _("Somebody or something wrote to this disk. Look again: vmmedic scan"),
                            _("%s is no longer what the preview showed; nothing was written"), s->label);
        if (in_place(j, s, err) < 0) return -1;
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
        struct vmm_now now;
        vmm_now_before(&f->images, &now);
        int r = vmm_install(j->volume, &f->images, &now, true, &j->steps, err);
        vmm_now_clear(&now);
        if (r < 0) return vmm_fail_prefix(err, _("writing %s"), f->store->label);
        if (vmm_journal(j->session, err, "written %zu", i + 1) < 0) return -1;
    }
    return 0;
}

static int verify_files(struct job *j, struct vmm_error *err) {
    vmm_step(&j->steps, _(stages[VERIFY]));
    if (vmm_volume_reread(j->volume, err) < 0) return -1;
    for (size_t i = 0; i < j->count; i++) {
        const struct job_file *f = &j->files[i];
        struct vmm_now now;
        int r = vmm_now_read(j->volume, &f->images, &now, err);
        if (r == 0 && vmm_file_state(&f->images, &now) != VMM_FILE_AFTER) r = vmm_fail(err, VMM_E_WRITE, NULL, _("%s was written, but reads differently"), f->store->label);
        bool hive = r == 0 && !f->images.whole;
        struct vmm_hive *h = hive ? vmm_hive_open(now.file.data, now.file.len, NULL, err) : NULL;
        if (hive) r = h ? vmm_changes_verify(j->a->changes, f->store, h, false, err) : -1;
        vmm_hive_close(h);
        vmm_now_clear(&now);
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
        struct vmm_now now;
        if (vmm_now_read(j->volume, &f->images, &now, err) < 0 || vmm_install(j->volume, &f->images, &now, false, &j->steps, err) < 0) r = -1;
        vmm_now_clear(&now);
    }
    if (r < 0) { /* the ones that could be have ended it */
        vmm_steps_hold(&j->steps, true);
        return r;
    }
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
    for (size_t i = 0; i < j.count; i++) vmm_rewrite_clear(&j.files[i].images);
    free(j.files);
    free(j.snapshot_where);
    free(j.report);
    json_decref(j.steps.list);
    vmm_session_close(j.session);
    return r;
}
