/* A plan's other form as a file on this machine, as Windows reads it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "change/room.h"

static int failed(const char *path, int e, struct vmm_error *err) {
    return vmm_fail(err, e == ENOSPC ? VMM_E_NO_SPACE : e == ENOENT || e == ENOTDIR ? VMM_E_USAGE : VMM_E_SYSTEM, NULL, _("making %s: %s"), path, strerror(e));
}

static int write_new(const char *path, const uint8_t *data, size_t len, struct vmm_error *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), e = errno;
    if (fd < 0 && e == EEXIST) return vmm_fail(err, VMM_E_CONFLICT, _("Name another file, or remove that one first."), _("%s is there already; it is not written over"), path);
    if (fd < 0) return failed(path, e, err);
    e = 0;
    for (size_t done = 0; done < len && e == 0;) {
        ssize_t n = write(fd, data + done, len - done);
        if (n < 0 && errno != EINTR) e = errno;
        if (n > 0) done += (size_t)n;
    }
    if (close(fd) < 0 && e == 0) e = errno;
    if (e == 0) return 0;
    unlink(path);
    return failed(path, e, err);
}

int vmm_plan_save(enum vmm_plan_form form, const char *text, const char *path, bool over, struct vmm_error *err) {
    struct stat st;
    size_t len;
    uint8_t *data = vmm_plan_file(form, text, &len);
    int r;
    if (!over || lstat(path, &st) < 0) r = write_new(path, data, len, err);
    else if (!S_ISREG(st.st_mode) || st.st_size > (off_t)VMM_REG_FILE_MAX) /* a slip of the finger must not cost a disk image */
        r = vmm_fail(err, VMM_E_USAGE, _("Name another file."), _("%s is not a file of this kind, and is not written over"), path);
    else r = vmm_file_put(path, data, len, err);
    free(data);
    return r;
}
