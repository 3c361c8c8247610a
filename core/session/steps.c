/* Steps of a writing job: their names and times, told while they happen.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "session/session.h"

void vmm_steps_end(struct vmm_steps *s) {
    if (s->now == NULL) return;
    if (s->list == NULL) s->list = json_array();
    json_array_append_new(s->list, json_pack("{s:o,s:f}", "text", vmm_json_text(s->now), "seconds", vmm_seconds() - s->began));
    free(s->now);
    s->now = NULL;
}

int vmm_step(struct vmm_steps *s, const char *text) {
    vmm_steps_end(s);
    s->now = vmm_strdup(text);
    s->began = vmm_seconds();
    return s->progress.fn ? s->progress.fn(s->progress.ctx, text, 0, 0) : 0;
}
