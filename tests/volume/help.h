/* Scratch folders and hand-made files for the tests of this room.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TEST_VOLUME_HELP_H
#define VMM_TEST_VOLUME_HELP_H
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "vmmedic/volume.h"

#define CORPUS "../shared/corpus"

static inline int scratch(void **state) {
    char *dir = vmm_strdup("/tmp/volume-test-XXXXXX");
    *state = dir;
    return mkdtemp(dir) ? chmod(dir, 0755) : -1;
}

static inline int tidy(void **state) {
    int r = vmm_remove_tree(*state, NULL);
    free(*state);
    return r;
}

/* DIR/NAME in a buffer that lives until the call after the fourth. */
static inline const char *in(void **state, const char *name) {
    static char room[4][512];
    static unsigned turn;
    char *to = room[turn++ % 4];
    snprintf(to, sizeof room[0], "%s/%s", (char *)*state, name);
    return to;
}

/* A file with DATA at OFFSET and holes up to SIZE. */
static inline const char *put(void **state, const char *name, uint64_t size, uint64_t offset, const void *data, size_t len) {
    const char *path = in(state, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    assert_int_equal(pwrite(fd, data, len, (off_t)offset), (ssize_t)len);
    close(fd);
    return path;
}

static inline void hash(const char *path, char hex[65]) {
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(path, 1u << 30, &data, &len, NULL), 0);
    vmm_sha256(data, len, hex);
    free(data);
}

static inline bool have(const char *program) {
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
    return system(command) == 0;
}

/* Opens for looking or writing and gives the error's code; closes what could be opened. */
static inline enum vmm_code open_code(const char *target, bool write, struct vmm_error *err) {
    struct vmm_open o = {.target = target, .write = write};
    *err = (struct vmm_error){0};
    struct vmm_volume *v = vmm_volume_open(&o, err);
    if (v == NULL) return err->code;
    vmm_volume_close(v, NULL);
    return VMM_OK;
}
#endif
