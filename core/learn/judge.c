/* Was it solved? Told by the disk as it is now, by what the sessions say was written to it, and by the answer; never by the keys that were pressed.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "learn/room.h"
#include "vmmedic/fix.h"
#include "vmmedic/session.h"

struct judge {
    const struct vmm_lesson *l;
    const char *room;
    struct vmm_scan *scan;
    const json_t *verdict, *fixes, *sessions;
    json_t *points;
    bool solved;
};

/* Takes TEXT over. */
static void point(struct judge *j, bool good, char *text) {
    json_array_append_new(j->points, json_pack("{s:o,s:b}", "text", vmm_json_text(text), "good", good));
    if (!good) j->solved = false;
    free(text);
}

/* ---- what was done ---- */
/* Anything but a repair that was there from the beginning, or one that wrote nothing. */
static size_t writes(const struct judge *j) {
    size_t n = json_array_size(j->sessions);
    return j->l->extras & VMM_EXTRA_INTERRUPTED && n ? n - 1 : n;
}

static bool untouched(const struct judge *j) {
    char *boot, *path = vmm_lesson_disk(j->l, j->room, &boot), *seal_path = vmm_printf("%s/seal", j->room), *now = vmm_seal_of(path);
    uint8_t *then = NULL;
    size_t len = 0;
    bool same = now && vmm_file_read(seal_path, 256, &then, &len, NULL) == 0 && strcmp((const char *)then, now) == 0;
    free(then);
    free(now);
    free(seal_path);
    free(path);
    free(boot);
    return same && writes(j) == 0;
}

static bool settled(const struct judge *j) {
    size_t i;
    json_t *s;
    json_array_foreach((json_t *)(uintptr_t)j->sessions, i, s) if (strcmp(vmm_json_str(s, "state"), "interrupted") == 0) return false;
    return true;
}

static bool allowed(const struct vmm_lesson *l, const char *fix) {
    for (size_t i = 0; l->fixes && l->fixes[i]; i++)
        if (vmm_casecmp(l->fixes[i], fix) == 0) return true;
    return false;
}

/* The fixes that stand on the disk now and have no business there: "SC01, CD01"; the caller frees; NULL none. */
static char *uncalled_for(const struct judge *j) {
    struct vmm_buf b = {0};
    size_t i, k;
    json_t *s, *f;
    json_array_foreach((json_t *)(uintptr_t)j->sessions, i, s) {
        const char *state = vmm_json_str(s, "state");
        if (strcmp(state, "undone") == 0 || strcmp(state, "put-back") == 0) continue;
        json_array_foreach(json_object_get(s, "fixes"), k, f)
            if (json_is_string(f) && !allowed(j->l, json_string_value(f))) vmm_buf_fmt(&b, "%s%s", b.len ? ", " : "", json_string_value(f));
    }
    return b.len ? vmm_buf_steal(&b) : NULL;
}

/* ---- what is on the disk ---- */
static const char *verdict_of(const struct judge *j, const char *id) {
    size_t i;
    json_t *f;
    json_array_foreach((json_t *)(uintptr_t)j->fixes, i, f) if (vmm_casecmp(vmm_json_str(f, "id"), id) == 0) return vmm_json_str(f, "verdict");
    return "";
}

/* A value as it is written in scenarios: numbers in decimal, text as it is, several lines with "; ", anything else in hex. */
static char *value_text(const struct vmm_value *v) {
    if (v->type == VMM_REG_DWORD && v->len == 4) return vmm_printf("%u", vmm_le32(v->data));
    if (v->type == VMM_REG_QWORD && v->len == 8) return vmm_printf("%llu", (unsigned long long)vmm_le64(v->data));
    if (v->type == VMM_REG_SZ || v->type == VMM_REG_EXPAND_SZ) return vmm_utf16_to_utf8(v->data, v->len >= 2 && v->data[v->len - 1] == 0 && v->data[v->len - 2] == 0 ? v->len - 2 : v->len);
    return vmm_hex(v->data, v->len);
}

static bool value_is(const struct judge *j, const struct vmm_want *w) {
    const struct vmm_windows *win = j->scan->windows_count ? &j->scan->windows[0] : NULL;
    const struct vmm_store *st = win == NULL ? NULL : strcmp(w->word[0], "SYSTEM") == 0 ? win->system : win->software;
    vmm_key key;
    struct vmm_value v = {0};
    if (st == NULL || st->hive == NULL) return false;
    enum vmm_answer a = vmm_key_path(st->hive, vmm_hive_root(st->hive), w->word[1], &key);
    if (a == VMM_SET) a = vmm_key_value(st->hive, key, w->word[2], &v);
    if (a != VMM_SET || w->word[3] == NULL) {
        bool good = a == VMM_NOT_SET && w->word[3] == NULL;
        if (a == VMM_SET) vmm_value_clear(&v);
        return good;
    }
    char *text = value_text(&v);
    bool same = strcmp(text, w->word[3]) == 0;
    free(text);
    vmm_value_clear(&v);
    return same;
}

static bool element_is(const struct judge *j, const struct vmm_want *w) {
    const struct vmm_bcd_element_info *info = vmm_bcd_element_by_name(vmm_bcd_app_of(0x10200003), w->word[1]);
    bool any = strcmp(w->word[0], "any") == 0;
    size_t looked_at = 0;
    for (size_t i = 0; info && i < j->scan->boot_count; i++) {
        const struct vmm_boot_store *b = &j->scan->boot[i];
        const struct vmm_bcd_object *named = !any && b->store->bcd ? vmm_bcd_resolve(b->store->bcd, w->word[0], NULL) : NULL;
        if (b->role != VMM_STORE_BOOTS || b->store->bcd == NULL) continue;
        for (size_t k = 0; k < b->loader_count; k++) {
            const struct vmm_bcd_object *o = b->loaders[k].object;
            if (b->loaders[k].recovery || (named && o != named) || (!any && !named)) continue;
            const struct vmm_bcd_element *e = vmm_bcd_effective(b->store->bcd, o, info->id, NULL);
            char *text = e ? vmm_bcd_value_text(b->store->bcd, o, e, NULL) : NULL;
            bool good = w->word[2] ? text && strcmp(text, w->word[2]) == 0 : e == NULL;
            free(text);
            if (!good) return false;
            looked_at++;
        }
    }
    return looked_at > 0;
}

/* ---- the points ---- */
static bool met(const struct judge *j, const struct vmm_want *w) {
    switch (w->kind) {
    case VMM_WANT_UNTOUCHED: return untouched(j);
    case VMM_WANT_SETTLED: return settled(j);
    case VMM_WANT_VERDICT: return strcmp(vmm_json_str(j->verdict, "state"), w->word[0]) == 0;
    case VMM_WANT_FIX: return strcmp(verdict_of(j, w->word[0]), w->word[1]) == 0;
    case VMM_WANT_VALUE: return value_is(j, w);
    case VMM_WANT_ELEMENT: return element_is(j, w);
    }
    return false;
}

static char *words_of(const struct vmm_want *w, bool good) {
    switch (w->kind) {
    case VMM_WANT_UNTOUCHED: return vmm_strdup(good ? _("Nothing was written to the disk. That was right.") : _("The disk was written to. It should have been left alone."));
    case VMM_WANT_SETTLED: return vmm_strdup(good ? _("No repair of this disk waits to be finished.") : _("An interrupted repair of this disk still waits to be finished or put back."));
    case VMM_WANT_VERDICT:
        if (strcmp(w->word[0], "healthy") == 0)
            return vmm_strdup(good ? _("Nothing on the disk keeps people out any more.") : _("Something on the disk still keeps people out."));
        return vmm_printf(good ? _("A new look at the disk says \"%s\", as it should.") : _("A new look at the disk should say \"%s\", and does not."), w->word[0]);
    case VMM_WANT_FIX: return vmm_printf(good ? _("%s is now as it should be: %s.") : _("%s should now be: %s. It is not."), w->word[0], w->word[1]);
    case VMM_WANT_VALUE: return vmm_printf(good ? _("The registry value %s is as it should be.") : _("The registry value %s is not as it should be."), w->word[2]);
    case VMM_WANT_ELEMENT:
        return vmm_printf(good ? _("The element %s of the boot entry is as it should be.") : _("The element %s of a boot entry is not as it should be."), w->word[1]);
    }
    return vmm_strdup("");
}

static void judge_wants(struct judge *j) {
    for (size_t i = 0; i < j->l->want_count; i++) {
        size_t first = i, shown = i;
        bool good = met(j, &j->l->wants[i]);
        while (j->l->wants[i].or_next && i + 1 < j->l->want_count) {
            i++;
            if (!good && met(j, &j->l->wants[i])) {
                good = true;
                shown = i;
            }
        }
        point(j, good, words_of(&j->l->wants[good ? shown : first], good));
    }
}

json_t *vmm_lesson_judge(const struct vmm_lesson *l, const char *room, struct vmm_scan *scan, const json_t *verdict, const json_t *fixes, const char *answer, bool looked) {
    json_t *sessions = NULL;
    if (vmm_session_list(&sessions, NULL) < 0) sessions = json_array();
    struct judge j = {.l = l, .room = room, .scan = scan, .verdict = verdict, .fixes = fixes, .sessions = sessions, .points = json_array(), .solved = true};
    judge_wants(&j);
    char *other = uncalled_for(&j);
    if (other) point(&j, false, vmm_printf(_("Something was changed that was not broken: %s."), other));
    else if (writes(&j)) point(&j, true, vmm_strdup(_("Nothing else was changed.")));
    free(other);
    if (l->right && !looked) point(&j, false, vmm_strdup(_("The disk was not even looked at.")));
    if (l->right) {
        bool good = answer && strcmp(answer, l->right) == 0;
        point(&j, good, vmm_strdup(good ? _("Your answer to the question is right.") : answer ? _("Your answer to the question is wrong.") : _("The question was not answered.")));
    }
    json_t *result = json_pack("{s:b,s:o,s:I}", "solved", j.solved, "points", j.points, "writes", (json_int_t)writes(&j));
    json_decref(sessions);
    return result;
}
