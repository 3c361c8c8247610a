/* A command in the appliance, for what the library has no call for: startup keys of BitLocker (its own call takes text only, and would put the key into a
 * file on the appliance's disk, which is a file of this machine), ntfsrecover.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "volume/guest.h"

#define MARK "\nvmmedic-status "

int vmm_guest_shell(guestfs_h *g, const char *line, int *status, char **said, struct vmm_error *err) {
    char *whole = vmm_printf("LC_ALL=C; export LC_ALL; { %s; } 2>&1 </dev/null; printf '\\nvmmedic-status %%d\\n' $?", line), *args[] = {whole, NULL};
    char *out = guestfs_debug(g, "sh", args);
    free(whole);
    *said = NULL;
    char *mark = NULL;
    for (char *m = out; m && (m = strstr(m, MARK)) != NULL; m++) mark = m; /* the last one is ours */
    if (mark == NULL || sscanf(mark + sizeof MARK - 1, "%d", status) != 1) {
        if (out) vmm_fail(err, VMM_E_SYSTEM, NULL, _("a command in the appliance gave no answer"));
        else vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("running a command in the appliance"));
        free(out);
        return -1;
    }
    *mark = '\0';
    *said = out;
    return 0;
}

char *vmm_guest_raw_device(const struct vmm_volume *v, const struct vmm_part *p) {
    if (p->unlocked) return vmm_strdup(vmm_guest_device(v, p));
    return p->number ? vmm_printf("/dev/disk/guestfs/" VMM_APPLIANCE_LABEL "a%d", p->number) : vmm_strdup("/dev/disk/guestfs/" VMM_APPLIANCE_LABEL "a");
}
