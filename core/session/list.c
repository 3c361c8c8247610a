/* The sessions there are: listing, loading by name, forgetting, and finding the one that waits for a disk.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

static int visible(const struct dirent *e) { return e->d_name[0] != '.'; }

static json_t *describe(const char *root, const char *name) {
    char *dir = vmm_printf("%s/%s", root, name), *ended;
    enum vmm_session_state state = vmm_journal_state(dir, &ended);
    json_t *plan = vmm_session_plan(dir, NULL), *one = json_object();
    if (plan == NULL) state = VMM_SESSION_BROKEN;
    json_object_set_new(one, "session", vmm_json_text(name));
    json_object_set_new(one, "state", vmm_json_text(vmm_session_state_word(state)));
    json_object_set_new(one, "target", vmm_json_text(vmm_json_str(plan, "target")));
    json_object_set_new(one, "name", vmm_json_text(vmm_json_str(plan, "name")));
    json_object_set_new(one, "disk", vmm_json_text(vmm_json_str(plan, "identity")));
    json_object_set_new(one, "started", vmm_json_text(vmm_json_str(plan, "started")));
    json_object_set_new(one, "ended", vmm_json_text(ended));
    json_t *fixes = json_object_get(plan, "fixes");
    json_object_set_new(one, "fixes", fixes ? json_deep_copy(fixes) : json_array());
    json_object_set_new(one, "changes", json_integer((json_int_t)json_array_size(json_object_get(plan, "changes"))));
    json_object_set_new(one, "folder", vmm_json_text(dir));
    json_object_set_new(one, "running", json_boolean(vmm_session_running(dir)));
    json_decref(plan);
    free(ended);
    free(dir);
    return one;
}

int vmm_session_list(json_t **list, struct vmm_error *err) {
    char *root = vmm_sessions_dir(false, err);
    struct dirent **names = NULL;
    int n = scandir(root, &names, visible, alphasort), e = errno; /* names begin with their time */
    *list = NULL;
    if (n < 0 && e != ENOENT && e != ENOTDIR) {
        vmm_fail(err, VMM_E_UNREADABLE, NULL, _("listing the sessions in %s: %s"), root, strerror(e));
        free(root);
        return -1;
    }
    *list = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(*list, describe(root, names[i]->d_name));
        free(names[i]);
    }
    free(names);
    free(root);
    return 0;
}

static bool waits(const char *state) { return strcmp(state, "done") == 0 || strcmp(state, "interrupted") == 0 || strcmp(state, "prepared") == 0; }

/* The one session that can be undone or finished. */
static char *only_one(struct vmm_error *err) {
    json_t *list, *s;
    size_t i, n = 0;
    char *name = NULL;
    struct vmm_buf names = {0}, unreadable = {0};
    if (vmm_session_list(&list, err) < 0) return NULL;
    json_array_foreach(list, i, s) {
        if (strcmp(vmm_json_str(s, "state"), vmm_session_state_word(VMM_SESSION_BROKEN)) == 0)
            vmm_buf_fmt(&unreadable, "%s%s", unreadable.len ? ", " : "", vmm_json_str(s, "session"));
        if (!waits(vmm_json_str(s, "state"))) continue;
        vmm_buf_fmt(&names, "%s%s", n++ ? ", " : "", vmm_json_str(s, "session"));
        free(name);
        name = vmm_strdup(vmm_json_str(s, "session"));
    }
    json_decref(list);
    char *text = vmm_buf_steal(&names);
    if (n != 1) {
        free(name);
        name = NULL;
        if (n == 0 && unreadable.len) vmm_fail(err, VMM_E_UNREADABLE, _("See: vmmedic sessions"), _("these sessions cannot be read: %s"), (const char *)unreadable.data);
        else if (n == 0) vmm_fail(err, VMM_E_USAGE, NULL, _("there is no session that could be undone"));
        else vmm_fail(err, VMM_E_USAGE, _("Name one of them."), _("there are several sessions: %s"), text);
    }
    vmm_buf_free(&unreadable);
    free(text);
    return name;
}

int vmm_session_load(const char *name, json_t **plan, enum vmm_session_state *state, char **real_name, struct vmm_error *err) {
    char *real = name ? vmm_strdup(name) : only_one(err);
    if (plan) *plan = NULL;
    if (real_name) *real_name = NULL;
    if (real == NULL) return -1;
    int r = 0;
    if (real[0] == '.' || real[0] == '\0' || strchr(real, '/')) r = vmm_fail(err, VMM_E_NOT_FOUND, _("See: vmmedic sessions"), _("\"%s\" is no name of a session"), real);
    char *root = vmm_sessions_dir(false, err), *dir = vmm_printf("%s/%s", root, real);
    json_t *p = r == 0 ? vmm_session_plan(dir, err) : NULL;
    if (r == 0 && p == NULL) {
        r = -1;
        if (err && err->code == VMM_E_NOT_FOUND) vmm_fail(err, VMM_E_NOT_FOUND, _("See: vmmedic sessions"), _("there is no session %s"), real);
    }
    if (r == 0) {
        if (state) *state = vmm_journal_state(dir, NULL);
        if (plan) *plan = json_incref(p);
        if (real_name) *real_name = vmm_strdup(real);
    }
    json_decref(p);
    free(dir);
    free(root);
    free(real);
    return r;
}

/* What nobody can tell the end of may still be half on the disk. */
static bool needs_originals(const char *name, enum vmm_session_state state, const char *hint, struct vmm_error *why) {
    if (state == VMM_SESSION_INTERRUPTED)
        vmm_fail(why, VMM_E_INTERRUPTED, hint, _("the session %s was interrupted: its originals may be needed to put the disk right"), name);
    else if (state == VMM_SESSION_BROKEN)
        vmm_fail(why, VMM_E_INTERRUPTED, hint, _("the journal of the session %s cannot be read: its originals may be needed to put the disk right"), name);
    else return false;
    return true;
}

int vmm_session_forget(const char *name, struct vmm_error *err) {
    enum vmm_session_state state;
    struct vmm_session *s = NULL;
    struct vmm_error why = {0};
    char *root = vmm_sessions_dir(false, err), *dir = vmm_printf("%s/%s", root, name), *hint = vmm_printf(_("First: vmmedic undo %s"), name);
    int r = vmm_session_load(name, NULL, &state, NULL, &why);
    bool broken = r < 0 && why.code == VMM_E_BROKEN; /* its plan cannot be read: no undo, but its journal still tells whether the originals are needed */
    if (broken) {
        state = vmm_journal_state(dir, NULL);
        free(hint);
        hint = vmm_printf(_("The originals are in %s/originals. Remove that folder when the disk is put right by hand."), dir);
    }
    if ((r == 0 || broken) && needs_originals(name, state, hint, &why)) r = -1;
    else if (r == 0 && (s = vmm_session_open(name, &why)) == NULL) r = -1; /* somebody else is at work on it */
    else if (r == 0 && needs_originals(name, vmm_journal_state(dir, NULL), hint, &why)) r = -1; /* or was until now */
    else if (broken) r = 0;
    if (r == 0) r = vmm_remove_tree(dir, &why);
    if (r < 0 && err) *err = why;
    vmm_session_close(s);
    free(hint);
    free(dir);
    free(root);
    return r;
}

char *vmm_session_writing_to(const char *target) {
    json_t *list = NULL, *s;
    char *real = realpath(target, NULL), *found = NULL;
    size_t i;
    if (real && vmm_session_list(&list, NULL) == 0)
        json_array_foreach(list, i, s)
            if (found == NULL && json_is_true(json_object_get(s, "running")) && strcmp(vmm_json_str(s, "target"), real) == 0) found = vmm_strdup(vmm_json_str(s, "session"));
    json_decref(list);
    free(real);
    return found;
}

static const struct vmm_store *store_at(const struct vmm_scan *scan, int part, const char *path) {
    for (size_t i = 0; i < scan->store_count; i++)
        if (scan->stores[i]->part == part && vmm_casecmp(scan->stores[i]->path, path) == 0) return scan->stores[i];
    return NULL;
}

static const struct vmm_store *store_of(const struct vmm_scan *scan, const json_t *file) {
    return store_at(scan, (int)json_integer_value(json_object_get(file, "part")), vmm_json_str(file, "path"));
}

/* A whole file is small, and the scan has not read those that may hold a password. */
static int state_of_whole(const struct vmm_scan *scan, const struct vmm_rewrite *images, enum vmm_file_state *state) {
    struct vmm_now now = {0};
    int r = scan->volume ? vmm_now_read(scan->volume, images, &now, NULL) : -1;
    if (r == 0) *state = vmm_file_state(images, &now);
    vmm_now_clear(&now);
    return r;
}

/* What a file of the session of folder DIR is on the disk that was looked at. 0, or -1 when that cannot be told. */
static int state_of(const struct vmm_scan *scan, const char *dir, const json_t *file, enum vmm_file_state *state) {
    struct vmm_session in = {.dir = (char *)(uintptr_t)dir};
    struct vmm_rewrite images = {0};
    const struct vmm_store *s = store_of(scan, file);
    int r = vmm_rewrite_load(&in, file, &images, NULL);
    if (r == 0 && images.whole) {
        r = state_of_whole(scan, &images, state);
    } else if (r == 0 && s && s->data) {
        struct vmm_now now = {.file = {.data = s->data, .len = s->len}}; /* borrowed */
        for (size_t i = 0; i < VMM_LOGS; i++) now.logs[i] = (struct vmm_image){.data = s->logs[i].data, .len = s->logs[i].len};
        *state = vmm_file_state(&images, &now);
    } else {
        r = -1;
    }
    vmm_rewrite_clear(&images);
    return r;
}

/* True when the file is as the session left it: written, or torn on the way. */
static bool left_by(const struct vmm_scan *scan, const char *dir, const json_t *file) {
    const struct vmm_store *s = store_of(scan, file);
    enum vmm_file_state state;
    if (json_is_true(json_object_get(file, "whole"))) return state_of(scan, dir, file, &state) == 0 && state != VMM_FILE_BEFORE && state != VMM_FILE_OTHER;
    const char *after_sha = vmm_json_str(json_object_get(file, "after"), "sha256");
    if (s == NULL || strcmp(s->sha256, vmm_json_str(json_object_get(file, "before"), "sha256")) == 0) return false;
    if (strcmp(s->sha256, after_sha) == 0) return true;
    return state_of(scan, dir, file, &state) < 0 || state != VMM_FILE_OTHER;
}

bool vmm_plan_secret(const json_t *plan) {
    const json_t *f;
    size_t i;
    json_array_foreach(json_object_get(plan, "files"), i, f)
        if (json_object_get(json_object_get(f, "after"), "hole")) return true;
    return json_is_true(json_object_get(plan, "secret"));
}

json_t *vmm_session_standing(const char *name, const struct vmm_scan *scan) {
    enum { OLD, NEW, NEW_SECRET, MIXED, TORN, UNKNOWN, OTHER };
    static const struct {
        const char *word, *text;
    } states[] = {
        [OLD] = {"old", N_("Nothing of it is in effect: Windows would find every file whole, as it was before.")},
        [NEW] = {"new", N_("All of it is in effect: Windows would find every file whole and repaired. What is left to do is to read it again and compare.")},
        [NEW_SECRET] = {"new", N_("Windows would find every file whole and repaired. But the password in it was not kept, so nobody can compare it: put it back.")},
        [MIXED] = {"mixed", N_("Windows would find every file whole, but only some of them repaired.")},
        [TORN] = {"torn", N_("A file is half written: Windows could not read it. Do not start Windows from this disk.")},
        [UNKNOWN] = {"unknown", N_("One of its files could not be read, so how far it got is not known. Do not start Windows from this disk.")},
        [OTHER] = {"other", N_("Something else wrote to one of its files since then.")},
    };
    json_t *plan = NULL, *f;
    size_t i, old = 0, new = 0, torn = 0, unread = 0, other = 0;
    char *root = vmm_sessions_dir(false, NULL), *dir = vmm_printf("%s/%s", root, name);
    vmm_session_load(name, &plan, NULL, NULL, NULL);
    json_array_foreach(json_object_get(plan, "files"), i, f) {
        enum vmm_file_state state;
        if (state_of(scan, dir, f, &state) < 0) unread++;
        else if (state == VMM_FILE_OLD || state == VMM_FILE_BEFORE) old++;
        else if (state == VMM_FILE_NEW || state == VMM_FILE_AFTER) new++;
        else if (state == VMM_FILE_TORN) torn++;
        else other++;
    }
    int k = other ? OTHER : unread || plan == NULL ? UNKNOWN : torn ? TORN : old && new ? MIXED : new ? (vmm_plan_secret(plan) ? NEW_SECRET : NEW) : OLD;
    json_decref(plan);
    free(dir);
    free(root);
    return json_pack("{s:s,s:s}", "state", states[k].word, "text", _(states[k].text));
}

/* Copies of a disk, and all machines made from one image, have the same identity: elsewhere it is the session's disk only when its files say so. */
static bool concerns(const json_t *plan, const char *dir, const struct vmm_scan *scan) {
    if (strcmp(vmm_json_str(plan, "target"), scan->disk->probe.path) == 0) return true;
    json_t *f;
    size_t i;
    json_array_foreach(json_object_get(plan, "files"), i, f)
        if (left_by(scan, dir, f)) return true;
    return false;
}

/* Without a journal the disk itself tells: some of it is written, and some is not. */
static bool half_written(const char *name, const struct vmm_scan *scan) {
    json_t *standing = vmm_session_standing(name, scan);
    const char *word = vmm_json_str(standing, "state");
    bool half = strcmp(word, "torn") == 0 || strcmp(word, "mixed") == 0;
    json_decref(standing);
    return half;
}

char *vmm_session_pending(const struct vmm_scan *scan) {
    json_t *list, *s;
    size_t i;
    char *found = NULL;
    vmm_session_list(&list, NULL);
    json_array_foreach(list, i, s) {
        bool broken = strcmp(vmm_json_str(s, "state"), vmm_session_state_word(VMM_SESSION_BROKEN)) == 0;
        if (!broken && strcmp(vmm_json_str(s, "state"), vmm_session_state_word(VMM_SESSION_INTERRUPTED)) != 0) continue;
        if (strcmp(vmm_json_str(s, "disk"), scan->disk->identity) != 0 || (broken && !half_written(vmm_json_str(s, "session"), scan))) continue;
        json_t *plan;
        if (vmm_session_load(vmm_json_str(s, "session"), &plan, NULL, NULL, NULL) < 0) continue;
        if (concerns(plan, vmm_json_str(s, "folder"), scan)) {
            free(found);
            found = vmm_strdup(vmm_json_str(s, "session"));
        }
        json_decref(plan);
    }
    json_decref(list);
    return found;
}
