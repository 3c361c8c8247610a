/* What is said of a store whose hive was completed from its logs.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "windows/look.h"

char *vmm_store_replay_text(const struct vmm_store *st) {
    const struct vmm_replay *r = st->hive ? vmm_hive_replay(st->hive) : NULL;
    if (r == NULL || r->kind != VMM_REPLAY_DONE) return NULL;
    if (r->header) return vmm_strdup(_("its first block is damaged; that and what Windows had not written yet were taken from its log"));
    if (r->changes == 0) return vmm_strdup(_("what Windows had not written yet was taken from its log"));
    return vmm_printf(ngettext("%zu change that Windows had not written yet was taken from its log", "%zu changes that Windows had not written yet were taken from its log", r->changes),
                      r->changes);
}

json_t *vmm_store_replay_json(const struct vmm_store *st) {
    static const char *const kinds[] = {[VMM_REPLAY_CLEAN] = "clean", [VMM_REPLAY_DONE] = "replayed", [VMM_REPLAY_NOTHING] = "nothing", [VMM_REPLAY_DISAGREE] = "disagree"};
    const struct vmm_replay *r = st->hive ? vmm_hive_replay(st->hive) : NULL;
    if (r == NULL) return json_null();
    const struct { bool used; const char *name; } logs[] = {{r->log, "LOG"}, {r->log1, "LOG1"}, {r->log2, "LOG2"}};
    json_t *used = json_array();
    for (size_t i = 0; i < VMM_COUNT(logs); i++)
        if (logs[i].used) json_array_append_new(used, json_string(logs[i].name));
    char *text = vmm_store_replay_text(st);
    json_t *o = json_pack("{s:s,s:o,s:b,s:I,s:I,s:I,s:o}", "kind", kinds[r->kind], "logs", used, "header", r->header, "entries", (json_int_t)r->entries, "pages",
                          (json_int_t)r->pages, "changes", (json_int_t)r->changes, "text", vmm_json_text(text));
    free(text);
    return o;
}
