/* Files of the Windows that is looked at, by the names that its own registry gives them. Only looked for, never opened.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

/* PATH below the root of the Windows volume, NULL when it is on another drive. */
static char *on_volume(const struct vmm_windows *w, const char *path) {
    static const char *const roots[] = {"%SystemRoot%\\", "%windir%\\", "\\SystemRoot\\", "\\??\\%SystemRoot%\\"};
    for (size_t i = 0; i < VMM_COUNT(roots); i++)
        if (strncasecmp(path, roots[i], strlen(roots[i])) == 0) return vmm_printf("%s\\%s", w->root, path + strlen(roots[i]));
    if (strncasecmp(path, "%SystemDrive%\\", 14) == 0) return vmm_strdup(path + 13);
    if (strncmp(path, "\\??\\", 4) == 0) path += 4;
    if (isalpha((unsigned char)path[0]) && path[1] == ':') {
        char letter = w->letter[0] ? w->letter[0] : 'C';
        return toupper((unsigned char)path[0]) == toupper((unsigned char)letter) ? vmm_strdup(path + 2) : NULL;
    }
    if (path[0] == '%' || path[0] == '\\') return NULL;
    return strchr(path, '\\') ? vmm_printf("%s\\%s", w->root, path) : vmm_printf("%s\\System32\\%s", w->root, path);
}

enum vmm_answer vmm_guest_file(const struct vmm_patient *p, const char *path, uint64_t *size) {
    struct vmm_stat st = {0};
    if (p->windows == NULL || p->scan == NULL || p->scan->volume == NULL) return VMM_UNREADABLE;
    char *real = on_volume(p->windows, path);
    int there = real ? vmm_volume_lookup(p->scan->volume, p->windows->part, real, NULL, &st, NULL) : -1;
    free(real);
    if (size) *size = there == 1 ? st.size : 0;
    return there == 1 && !st.is_dir ? VMM_SET : there == 0 ? VMM_NOT_SET : VMM_UNREADABLE;
}

enum vmm_answer vmm_guest_folder(const struct vmm_patient *p, const char *path, char ***names, size_t *count) {
    struct vmm_stat st = {0};
    *names = NULL;
    *count = 0;
    if (p->windows == NULL || p->scan == NULL || p->scan->volume == NULL) return VMM_UNREADABLE;
    int there = vmm_volume_lookup(p->scan->volume, p->windows->part, path, NULL, &st, NULL);
    if (there == 0) return VMM_NOT_SET;
    if (there < 0 || !st.is_dir || vmm_volume_list(p->scan->volume, p->windows->part, path, names, count, NULL) < 0) return VMM_UNREADABLE;
    return VMM_SET;
}
