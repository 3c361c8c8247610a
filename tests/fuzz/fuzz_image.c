/* Any bytes as a file that somebody names as TARGET: which format it is, and what that format refuses; and the same with a format forced.
 * The input: one byte for the file's name, then the file.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"
#include "volume/engine.h"
#include "volume/format.h"

/* Who else has a file open is asked of the whole machine: not what is looked for here, and slow. */
struct vmm_user __wrap_vmm_in_use(const char *path, enum vmm_target_kind kind, bool writers_only);
struct vmm_user __wrap_vmm_in_use(const char *path, enum vmm_target_kind kind, bool writers_only) {
    (void)path;
    (void)kind;
    (void)writers_only;
    return (struct vmm_user){0};
}

static void probe(const char *path, const char *format, size_t size) {
    struct vmm_probe p;
    struct vmm_error err = {0};
    if (vmm_probe_target(path, format, &p, &err) < 0) {
        fuzz_said(&err);
        MUST(p.path == NULL);
        return;
    }
    MUST(p.kind == VMM_TARGET_IMAGE || p.kind == VMM_TARGET_HIVE_FILE);
    MUST(p.file_size == size);
    if (p.kind == VMM_TARGET_IMAGE) MUST(vmm_format_named(p.format));
    if (strcmp(p.format, "raw") == 0) MUST(p.size <= size);
    vmm_probe_clear(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"x", "x.raw", "x.img", "x.qcow2", "x.vhd", "x.vhdx", "x.vmdk", "x.vpc"};
    static const char *const forced[] = {"raw", "qcow2", "vpc", "vhd", "vhdx", "vmdk", "nonsense"};
    if (size < 1) return 0;
    char *path = vmm_printf("%s/%s", fuzz_room(), names[data[0] % VMM_COUNT(names)]);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)(size - 1));
    close(fd);
    probe(path, NULL, size - 1);
    for (size_t i = 0; i < VMM_COUNT(forced); i++) probe(path, forced[i], size - 1);
    unlink(path);
    free(path);
    return 0;
}
