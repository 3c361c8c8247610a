/* The fence: while somebody learns, no disk outside one folder can be opened, whoever asks and whatever was typed. VMMEDIC_ONLY names that folder.
 * It is asked where a TARGET is looked at and where a boot folder is opened, so that no job, step or command has to think of it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "volume/engine.h"

const char *vmm_fence(void) {
    const char *folder = getenv("VMMEDIC_ONLY");
    return folder && folder[0] ? folder : NULL;
}

int vmm_fence_check(const char *real, struct vmm_error *err) {
    const char *folder = vmm_fence();
    if (folder == NULL) return 0;
    char *inside = realpath(folder, NULL); /* a folder that is not there holds nothing */
    size_t n = inside ? strlen(inside) : 0;
    bool good = n > 1 && strncmp(real, inside, n) == 0 && real[n] == '/';
    free(inside);
    if (good) return 0;
    return vmm_fail(err, VMM_E_UNSUPPORTED, _("Leave with q, and start vmmedic without learn, to work on a real disk."),
                    _("%s is no practice disk of this scenario: while you learn nothing else can be opened"), real);
}

static int plain(const struct dirent *e) {
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && !(n > 5 && strcmp(e->d_name + n - 5, ".boot") == 0); /* the boot folder of a folder beside it */
}

int vmm_fence_disks(struct vmm_candidate **list, size_t *count) {
    struct dirent **names = NULL;
    int n = scandir(vmm_fence(), &names, plain, alphasort);
    *list = NULL;
    *count = 0;
    for (int i = 0; i < n; i++) {
        char *path = vmm_printf("%s/%s", vmm_fence(), names[i]->d_name), *boot = vmm_printf("%s.boot", path);
        struct vmm_candidate c = {.model = vmm_strdup(_("practice disk"))};
        struct vmm_error why = {0};
        bool good = vmm_probe_target(path, NULL, &c.probe, &why) == 0;
        if (!good) c.probe = (struct vmm_probe){.path = vmm_strdup(path), .name = vmm_strdup(names[i]->d_name)};
        const char *refused = good ? c.probe.in_use : why.message;
        c.refused = refused ? vmm_strdup(refused) : NULL;
        if (access(boot, F_OK) == 0) c.boot = vmm_strdup(boot);
        *list = vmm_realloc(*list, *count + 1, sizeof **list);
        (*list)[(*count)++] = c;
        free(path);
        free(boot);
        free(names[i]);
    }
    free(names);
    return 0;
}
