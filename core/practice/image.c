/* Empty image files: raw ones by ourselves, the others by qemu-img, which is started without a shell.
 * The file is claimed with O_EXCL first, so that nothing that exists can be overwritten.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "practice/room.h"

static const struct format {
    const char *ending, *format, *options; /* options for qemu-img */
} formats[] = {
    {".qcow2", "qcow2", NULL},
    {".vhd", "vpc", "subformat=fixed,force_size=on"}, /* the kind that clouds take */
    {".vhdx", "vhdx", NULL},
    {".vmdk", "vmdk", NULL},
};

static const struct format *format_of(const char *file) {
    size_t len = strlen(file);
    for (size_t i = 0; i < VMM_COUNT(formats); i++) {
        size_t ending = strlen(formats[i].ending);
        if (len > ending && !strcasecmp(file + len - ending, formats[i].ending)) return &formats[i];
    }
    return NULL;
}

const char *vmm_practice_format(const char *file) {
    const struct format *f = format_of(file);
    return f ? f->format : "raw";
}

/* Runs qemu-img and keeps the beginning of what it complains about. 0 when it ended well. */
static int qemu_img(char *const argv[], char *complaint, size_t size) {
    int pipe_end[2];
    posix_spawn_file_actions_t actions;
    pid_t child;
    complaint[0] = 0;
    if (pipe2(pipe_end, O_CLOEXEC)) return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe_end[1], 2);
    int failed = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ), status = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_end[1]);
    if (!failed) {
        size_t len = 0;
        ssize_t got;
        char rest[256];
        while ((got = len < size - 1 ? read(pipe_end[0], complaint + len, size - 1 - len) : read(pipe_end[0], rest, sizeof rest)) > 0 ||
               (got < 0 && errno == EINTR))
            if (got > 0 && len < size - 1) len += (size_t)got;
        complaint[len] = 0;
        complaint[strcspn(complaint, "\n")] = 0;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    } else {
        strncpy(complaint, strerror(failed), size - 1);
        complaint[size - 1] = 0;
    }
    close(pipe_end[0]);
    return status ? -1 : 0;
}

static int convert(const char *file, const struct format *f, uint64_t size, struct vmm_error *err) {
    char *bytes = vmm_printf("%llu", (unsigned long long)size), complaint[300];
    char *full = realpath(file, NULL); /* "nbd:..." is a file's name here, never a protocol */
    char create[] = "create", q[] = "-q", fmt[] = "-f", opt[] = "-o", tool[] = "qemu-img";
    char *format = vmm_strdup(f->format), *options = vmm_strdup(f->options);
    char *with[] = {tool, create, q, fmt, format, opt, options, full, bytes, NULL};
    char *without[] = {tool, create, q, fmt, format, full, bytes, NULL};
    int rc = full ? qemu_img(options ? with : without, complaint, sizeof complaint) : -1;
    if (rc)
        vmm_fail(err, VMM_E_SYSTEM, _("Is qemu-utils installed, and is there room? A name without .qcow2, .vhd, .vhdx or .vmdk makes a raw image "
                 "without qemu-img."), _("making the %s image %s: %s"), f->format, file, full ? complaint : strerror(errno));
    free(bytes);
    free(full);
    free(format);
    free(options);
    return rc;
}

int vmm_practice_image(const char *file, uint64_t size, struct vmm_error *err) {
    const struct format *f = format_of(file);
    int fd = open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return vmm_fail(err, VMM_E_USAGE, _("Choose another name, or remove the file first."), _("making %s: it exists already"), file);
    if (fd < 0)
        return vmm_fail(err, errno == ENOSPC ? VMM_E_NO_SPACE : VMM_E_USAGE, _("Choose a folder you may write in."), _("making %s: %s"), file,
                        strerror(errno));
    int rc = 0;
    if (!f && ftruncate(fd, (off_t)size))
        rc = vmm_fail(err, VMM_E_NO_SPACE, _("The file system must allow sparse files of 384 MiB."), _("making %s: %s"), file, strerror(errno));
    close(fd);
    if (!rc && f) rc = convert(file, f, size, err);
    if (rc) unlink(file);
    return rc;
}
