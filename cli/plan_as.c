/* plan --as: the plan as a .reg file, a batch file or lines to type, on the screen as text and in a file as Windows reads it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "vmmedic/change.h"

/* Line by line, so that nothing of the disk's own names moves the cursor. */
static void show(const char *text) {
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        char *one = vmm_strndup(p, n), *safe = vmm_safe_text(one);
        puts(safe);
        free(safe);
        free(one);
        p += n + (p[n] == '\n');
    }
}

/* A new file only: a slip of the finger must not cost a disk image. */
static int write_file(const char *path, const uint8_t *data, size_t len, struct vmm_error *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), e = errno;
    if (fd < 0 && e == EEXIST) return vmm_fail(err, VMM_E_USAGE, _("Name another file, or remove that one first."), _("%s is there already; it is not written over"), path);
    if (fd < 0) return vmm_fail(err, e == ENOENT || e == ENOTDIR ? VMM_E_USAGE : VMM_E_SYSTEM, NULL, _("making %s: %s"), path, strerror(e));
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, data + done, len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            e = errno;
            close(fd);
            unlink(path);
            return vmm_fail(err, e == ENOSPC ? VMM_E_NO_SPACE : VMM_E_SYSTEM, NULL, _("writing %s: %s"), path, strerror(e));
        }
        done += (size_t)n;
    }
    if (close(fd) == 0) return 0;
    e = errno;
    unlink(path);
    return vmm_fail(err, VMM_E_SYSTEM, NULL, _("writing %s: %s"), path, strerror(e));
}

int cli_print_plan_as(const struct cli *c, const json_t *plan) {
    struct vmm_error err = {0};
    const char *text = vmm_json_str(plan, "as_text");
    enum vmm_plan_form form;
    const json_t *one;
    size_t i, len;
    if (vmm_plan_form_by_word(vmm_json_str(plan, "as"), &form) < 0) return 0;
    uint8_t *file = vmm_plan_file(form, text, &len);
    int r = c->output ? write_file(c->output, file, len, &err) : 0;
    if (r == 0 && !c->output && !c->json) {
        if (isatty(STDOUT_FILENO)) show(text);
        else fwrite(file, 1, len, stdout);
    }
    free(file);
    if (r < 0) return cli_failed(c, &err);
    if (json_array_size(json_object_get(plan, "left_out"))) fflush(stdout);
    json_array_foreach(json_object_get(plan, "left_out"), i, one) fprintf(stderr, _("vmmedic: left out: %s\n"), json_string_value(one));
    if (c->output) fprintf(stderr, _("Written: %s\n"), c->output);
    return 0;
}
