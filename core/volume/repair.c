/* What may be done about an NTFS volume that is not in order: which state allows what, and what the person has to know before.
 * Not offered: emptying the journal (it drops changes of the file system half way), clearing the dirty flag (it hides damage from the check that Windows would
 * make), choosing between $MFT and its copy (only chkdsk knows which is right).
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "volume/engine.h"

static const struct vmm_repair_words words[] = {
    [VMM_REPAIR_JOURNAL] = {"complete-journal",
                            N_("The changes that stand in the journal of the volume are completed, as Windows does it at its next start. Only the file system's own records are written."),
                            N_("What programs had not saved when Windows stopped is gone already and does not come back. vmmedic undo cannot take this back: only the snapshot can.")},
    [VMM_REPAIR_SESSION] = {"lose-saved-session",
                            N_("The file in which Windows saved itself (hiberfil.sys) is removed, so that Windows starts from the beginning. Changes that stand in the journal of the volume are "
                               "completed first."),
                            N_("Everything that was open when Windows was hibernated is lost: unsaved documents, running programs, users who were logged on. "
                               "vmmedic undo cannot take this back: only the snapshot can.")},
};

enum vmm_repair vmm_repair_for(const struct vmm_part *p) {
    if (!p->mountable || strcmp(p->fs, "ntfs") != 0) return VMM_REPAIR_NONE;
    switch (p->health) {
    case VMM_HEALTH_JOURNAL:
    case VMM_HEALTH_JOURNAL_CACHED: return VMM_REPAIR_JOURNAL;
    case VMM_HEALTH_HIBERNATED:
    case VMM_HEALTH_FAST_STARTUP: return VMM_REPAIR_SESSION;
    default: return VMM_REPAIR_NONE;
    }
}

const struct vmm_repair_words *vmm_repair_words(enum vmm_repair r) { return r == VMM_REPAIR_NONE ? NULL : &words[r]; }

int vmm_volume_repair(struct vmm_volume *v, int number, struct vmm_error *err) {
    struct vmm_part *p = NULL;
    for (size_t i = 0; i < v->disk.part_count; i++)
        if (v->disk.parts[i].number == number) p = &v->disk.parts[i];
    if (p == NULL) return vmm_fail(err, VMM_E_NOT_FOUND, NULL, _("%s has no partition %d"), v->disk.probe.name, number);
    enum vmm_repair what = vmm_repair_for(p);
    char *where = vmm_part_words(v, p);
    int r = 0;
    if (!v->write && !v->rehearse) r = vmm_fail(err, VMM_E_INTERNAL, NULL, _("%s was opened for looking only"), where);
    else if (what == VMM_REPAIR_NONE || v->engine->repair == NULL)
        r = vmm_fail(err, VMM_E_BLOCKED, NULL, _("%s: there is nothing that can be repaired here%s%s"), where, p->health_text ? ": " : "", p->health_text ? p->health_text : "");
    free(where);
    if (r < 0) return r;
    vmm_path_forget(v);
    return v->engine->repair(v, p, what, err);
}
