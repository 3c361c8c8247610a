/* Files of the disk as a session deals with them: those that are patched where they stand, and small ones that it makes and takes away again.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

int vmm_place_read(struct vmm_volume *v, const struct vmm_place *p, struct vmm_image *out, struct vmm_error *err) {
    *out = (struct vmm_image){0};
    int there = p->whole ? vmm_volume_lookup(v, p->part, p->path, NULL, NULL, err) : 1;
    if (there < 0) return -1;
    out->absent = there == 0;
    return there ? vmm_volume_read(v, p->part, p->path, VMM_FILE_MAX, &out->data, &out->len, err) : 0;
}

static int make_folders(struct vmm_volume *v, const struct vmm_place *p, struct vmm_error *err) {
    for (size_t i = 0; i < p->folder_count; i++) { /* another file of the plan may have made it */
        int there = vmm_volume_lookup(v, p->part, p->folders[i], NULL, NULL, err);
        if (there < 0 || (there == 0 && vmm_volume_make_folder(v, p->part, p->folders[i], err) < 0)) return -1;
    }
    return 0;
}

/* The folders that were made for it, unless somebody has put something there since. */
static int remove_folders(struct vmm_volume *v, const struct vmm_place *p, struct vmm_error *err) {
    for (size_t i = p->folder_count; i-- > 0;) {
        int there = vmm_volume_lookup(v, p->part, p->folders[i], NULL, NULL, err);
        if (there < 0) return -1;
        if (there == 0) continue;
        char **names;
        size_t count;
        if (vmm_volume_list(v, p->part, p->folders[i], &names, &count, err) < 0) return -1;
        for (size_t k = 0; k < count; k++) free(names[k]);
        free(names);
        if (count > 0) return 0;
        if (vmm_volume_remove(v, p->part, p->folders[i], err) < 0) return -1;
    }
    return 0;
}

int vmm_place_install(struct vmm_volume *v, const struct vmm_place *p, const struct vmm_image *now, const struct vmm_image *want, struct vmm_error *err) {
    if (!p->whole || (!now->absent && !want->absent)) return vmm_install(v, p->part, p->path, now, want, err);
    if (want->absent) {
        if (!now->absent && vmm_volume_remove(v, p->part, p->path, err) < 0) return -1;
        if (remove_folders(v, p, err) < 0) return -1;
    } else if (make_folders(v, p, err) < 0 || vmm_volume_create(v, p->part, p->path, want->data, want->len, p->private, err) < 0) {
        return -1;
    }
    return vmm_volume_sync(v, err);
}
