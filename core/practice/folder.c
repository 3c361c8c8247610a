/* A practice disk as a folder: what one has when the Windows volume is mounted already.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "practice/room.h"

/* A new file below the folder that CTX names, with its folders. */
static int put(void *ctx, const char *path, const void *data, size_t len, struct vmm_error *err) {
    char *file = vmm_printf("%s%s", (const char *)ctx, path), *dir = vmm_strndup(file, (size_t)(strrchr(file, '/') - file));
    int rc = vmm_mkdir_p(dir, err), fd = rc ? -1 : open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (!rc && fd < 0) rc = vmm_fail(err, VMM_E_SYSTEM, NULL, _("making %s: %s"), file, strerror(errno));
    for (size_t done = 0; !rc && done < len;) {
        ssize_t n = write(fd, (const char *)data + done, len - done);
        if (n > 0) done += (size_t)n;
        else if (n == 0 || errno != EINTR) rc = vmm_fail(err, VMM_E_SYSTEM, NULL, _("making %s: %s"), file, strerror(errno));
    }
    if (fd >= 0) close(fd);
    free(dir);
    free(file);
    return rc;
}

int vmm_practice_folder(const char *folder, const char *boot, const struct vmm_scenario *s, int gen, struct vmm_error *err) {
    struct practice_layout l;
    vmm_practice_layout(&l, gen);
    struct practice_sink windows = {put, (void *)(uintptr_t)folder}, other = {put, (void *)(uintptr_t)(boot ? boot : folder)};
    if (s->extras & VMM_EXTRA_BITLOCKER) return vmm_fail(err, VMM_E_UNSUPPORTED, NULL, _("a folder cannot be encrypted with BitLocker"));
    if (vmm_practice_boot_files(&other, s, &l.ids, err)) return -1;
    return vmm_practice_windows_files(&windows, s, &l.ids, err);
}
