/* The job that repairs a volume which is not in order, so that it can be written to. It is rehearsed on a copy that is thrown away first: what does not end with a
 * volume in order is never begun on the disk. There is no session and no undo for it, so it wants a snapshot and the word that accepts the loss.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/session.h"
#include "session/worker.h"

struct repair {
    struct vmm_open open;
    int part, lock;
    const char *accept, *named; /* named: the snapshot there is; NULL: one is made */
    char *where;                /* of the one that was made */
    char *identity;
};

/* The word is about the state that was shown: when the disk is in another one by now, it does not fit. */
static int check_word(const struct vmm_volume *v, const struct repair *r, struct vmm_error *err) {
    const struct vmm_part *p = vmm_volume_part(v, r->part);
    const struct vmm_repair_words *w = p ? vmm_repair_words(vmm_repair_for(p)) : NULL;
    if (p == NULL) return vmm_fail(err, VMM_E_NOT_FOUND, NULL, _("%s has no partition %d"), vmm_volume_disk(v)->probe.name, r->part);
    if (w == NULL)
        return vmm_fail(err, VMM_E_BLOCKED, NULL, _("partition %d: there is nothing that can be repaired here%s%s"), r->part, p->health_text ? ": " : "", p->health_text ? p->health_text : "");
    if (strcmp(w->word, r->accept) == 0) return 0;
    char *hint = vmm_printf(_("What is lost: %s"), _(w->loss));
    vmm_fail(err, VMM_E_DECLINED, hint, _("the loss was not accepted with the word %s; nothing was written"), w->word);
    free(hint);
    return -1;
}

static int rehearse(struct repair *r, struct vmm_error *err) {
    struct vmm_open open = r->open;
    open.rehearse = true;
    struct vmm_volume *v = vmm_open_patiently(&open, NULL, err);
    if (v == NULL) return -1;
    r->identity = vmm_strdup(vmm_volume_disk(v)->identity);
    r->lock = vmm_volume_keep_lock(v);
    int done = check_word(v, r, err);
    if (done == 0 && (done = vmm_volume_repair(v, r->part, err)) < 0) {
        char why[sizeof err->message];
        snprintf(why, sizeof why, "%s", err->message);
        vmm_fail(err, VMM_E_BLOCKED, err->hint[0] ? err->hint : NULL, _("it was tried on a copy that is thrown away, and did not help; nothing was written to the disk. %s"), why);
    }
    vmm_volume_close(v, NULL);
    return done;
}

static int take_snapshot(struct repair *r, struct vmm_error *err) {
    if (r->named) return 0;
    char stamp[24], *state = vmm_state_dir();
    vmm_utc_now(stamp);
    for (char *c = stamp; *c; c++)
        if (*c == ':') *c = '-';
    char *name = vmm_printf("vmmedic-repair-%s", stamp);
    int done = vmm_snapshot_take_held(r->open.target, r->open.format, name, state, r->lock, r->open.progress, &r->where, err);
    if (done < 0) vmm_fail_prefix(err, _("taking the snapshot"));
    free(name);
    free(state);
    return done;
}

static int for_real(struct repair *r, struct vmm_error *err) {
    struct vmm_open open = r->open;
    open.write = true;
    open.lock = r->lock;
    struct vmm_volume *v = vmm_volume_open(&open, err);
    if (v == NULL) return -1;
    int done = 0;
    if (strcmp(vmm_volume_disk(v)->identity, r->identity) != 0)
        done = vmm_fail(err, VMM_E_CHANGED, NULL, _("%s is no longer the disk that was looked at; nothing was written"), open.target);
    if (done == 0) done = check_word(v, r, err);
    if (done < 0) {
        vmm_volume_close(v, NULL);
        return -1;
    }
    struct vmm_error why = {0}, late = {0};
    done = vmm_volume_repair(v, r->part, &why);
    if (vmm_volume_close(v, &late) < 0 && done == 0) {
        why = late;
        done = -1;
    }
    if (done < 0) vmm_fail(err, VMM_E_INTERRUPTED, _("Put the disk back from its snapshot."), _("the repair worked on a copy and failed on the disk: %s"), why.message);
    return done;
}

int vmm_job_repair(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    const json_t *snapshot = json_object_get(request, "snapshot");
    const char *kind = vmm_json_str(snapshot, "kind"), *text = vmm_json_str(snapshot, "text");
    bool named = strcmp(kind, "named") == 0 && *text;
    struct vmm_error broken = {0};
    struct vmm_unlock *key = vmm_worker_unlock(w, request, &broken);
    vmm_worker_forget(w);
    if (broken.code) {
        if (err) *err = broken;
        return -1;
    }
    struct repair r = {.part = (int)json_integer_value(json_object_get(request, "partition")), .accept = vmm_json_str(request, "accept"), .named = named ? text : NULL,
                       .open = {.target = vmm_json_str(request, "target"), .format = json_string_value(json_object_get(request, "format")), .key = key,
                                .progress = vmm_worker_progress(w)}};
    int done = 0;
    if (*r.open.target == '\0') done = vmm_fail(err, VMM_E_USAGE, NULL, _("no disk was named"));
    else if (!named && strcmp(kind, "take") != 0)
        done = vmm_fail(err, VMM_E_USAGE, _("Name the snapshot, or ask for one."), _("undo cannot take this repair back, so it needs a snapshot of the disk"));
    if (done == 0) done = rehearse(&r, err);
    if (done == 0) done = take_snapshot(&r, err);
    if (done == 0) done = for_real(&r, err);
    if (done == 0)
        *result = json_pack("{s:i,s:s,s:o,s:{s:s,s:o,s:o}}", "partition", r.part, "accepted", r.accept, "target", vmm_json_text(r.open.target), "snapshot", "kind",
                            named ? "named" : "take", "text", vmm_json_text(text), "where", vmm_json_text(r.where));
    if (r.lock > 0) close(r.lock);
    free(r.where);
    free(r.identity);
    vmm_unlock_free(key);
    return done;
}
