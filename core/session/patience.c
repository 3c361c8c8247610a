/* Opening a disk whose last user died in the middle: its appliance lives a moment longer and still holds the disk. That is waited for, nothing else is.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session/session.h"

#define TRIES 60 /* of a quarter of a second */

/* True when a session of this target was interrupted, so that the one who holds the disk may be its dying appliance. One that runs is no such thing. */
static bool interrupted_at(const char *target, const char *own) {
    json_t *list = NULL, *s;
    char *real = realpath(target, NULL);
    bool found = false;
    size_t i;
    if (real && vmm_session_list(&list, NULL) == 0)
        json_array_foreach(list, i, s) {
            const char *state = vmm_json_str(s, "state");
            if (json_is_true(json_object_get(s, "running")) && (own == NULL || strcmp(vmm_json_str(s, "session"), own) != 0)) continue;
            if (strcmp(vmm_json_str(s, "target"), real) == 0 && (strcmp(state, "interrupted") == 0 || strcmp(state, "prepared") == 0)) found = true;
        }
    json_decref(list);
    free(real);
    return found;
}

struct vmm_volume *vmm_open_patiently(const struct vmm_open *o, const char *own, struct vmm_error *err) {
    for (int i = 0;; i++) {
        struct vmm_volume *v = vmm_volume_open(o, err);
        if (v || err->code != VMM_E_IN_USE || i == TRIES || (i == 0 && !interrupted_at(o->target, own))) return v;
        if (o->progress.fn && o->progress.fn(o->progress.ctx, _("Waiting for the interrupted one to let go of the disk"), 0, 0)) return NULL;
        nanosleep(&(struct timespec){.tv_nsec = 250000000}, NULL);
    }
}
