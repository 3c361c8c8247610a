/* The sessions there are: listing, loading by name, forgetting, and finding the one that waits for a disk.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

static int visible(const struct dirent *e) { return e->d_name[0] != '.'; }

static json_t *describe(const char *root, const char *name) {
    char *dir = vmm_printf("%s/%s", root, name), *path = vmm_printf("%s/plan.json", dir), *ended;
    enum vmm_session_state state = vmm_journal_state(dir, &ended);
    json_t *plan = vmm_json_load(path, NULL), *one = json_object();
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
    free(path);
    free(dir);
    return one;
}

int vmm_session_list(json_t **list, struct vmm_error *err) {
    char *root = vmm_sessions_dir(false, err);
    struct dirent **names = NULL;
    int n = scandir(root, &names, visible, alphasort); /* names begin with their time */
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
    struct vmm_buf names = {0};
    vmm_session_list(&list, err);
    json_array_foreach(list, i, s) {
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
        if (n == 0) vmm_fail(err, VMM_E_USAGE, NULL, _("there is no session that could be undone"));
        else vmm_fail(err, VMM_E_USAGE, _("Name one of them."), _("there are several sessions: %s"), text);
    }
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
    char *root = vmm_sessions_dir(false, err), *dir = vmm_printf("%s/%s", root, real), *path = vmm_printf("%s/plan.json", dir);
    json_t *p = r == 0 ? vmm_json_load(path, err) : NULL;
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
    free(path);
    free(dir);
    free(root);
    free(real);
    return r;
}

int vmm_session_forget(const char *name, struct vmm_error *err) {
    enum vmm_session_state state;
    struct vmm_session *s;
    char *hint = vmm_printf(_("First: vmmedic undo %s"), name);
    int r = vmm_session_load(name, NULL, &state, NULL, err);
    bool broken = r < 0 && err && err->code == VMM_E_BROKEN;
    if (r == 0 && state == VMM_SESSION_INTERRUPTED)
        r = vmm_fail(err, VMM_E_INTERRUPTED, hint, _("the session %s was interrupted: its originals may be needed to put the disk right"), name);
    if (r == 0) {
        s = vmm_session_open(name, err); /* nobody else is at work on it */
        r = s ? 0 : -1;
        vmm_session_close(s);
    }
    if (r == 0 || broken) {
        char *root = vmm_sessions_dir(false, err), *dir = vmm_printf("%s/%s", root, name);
        r = vmm_remove_tree(dir, err);
        free(dir);
        free(root);
    }
    free(hint);
    return r;
}

static const struct vmm_store *store_at(const struct vmm_scan *scan, int part, const char *path) {
    for (size_t i = 0; i < scan->store_count; i++)
        if (scan->stores[i]->part == part && vmm_casecmp(scan->stores[i]->path, path) == 0) return scan->stores[i];
    return NULL;
}

/* A copy of the disk has the same identity: it waits for nothing when it is elsewhere and all its files are as before. */
static bool concerns(const json_t *plan, const struct vmm_scan *scan) {
    if (strcmp(vmm_json_str(plan, "target"), scan->disk->probe.path) == 0) return true;
    json_t *f;
    size_t i;
    json_array_foreach(json_object_get(plan, "files"), i, f) {
        const struct vmm_store *s = store_at(scan, (int)json_integer_value(json_object_get(f, "part")), vmm_json_str(f, "path"));
        if (s == NULL || strcmp(s->sha256, vmm_json_str(json_object_get(f, "before"), "sha256")) != 0) return true;
    }
    return false;
}

char *vmm_session_pending(const struct vmm_scan *scan) {
    json_t *list, *s;
    size_t i;
    char *found = NULL;
    vmm_session_list(&list, NULL);
    json_array_foreach(list, i, s) {
        if (strcmp(vmm_json_str(s, "state"), "interrupted") != 0 || strcmp(vmm_json_str(s, "disk"), scan->disk->identity) != 0) continue;
        json_t *plan;
        if (vmm_session_load(vmm_json_str(s, "session"), &plan, NULL, NULL, NULL) < 0) continue;
        if (concerns(plan, scan)) {
            free(found);
            found = vmm_strdup(vmm_json_str(s, "session"));
        }
        json_decref(plan);
    }
    json_decref(list);
    return found;
}
