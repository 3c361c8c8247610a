/* plan --as: the plan as a .reg file, a batch file or lines to type, on the screen as text and in a file as Windows reads it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
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

int cli_print_plan_as(const struct cli *c, const json_t *plan) {
    struct vmm_error err = {0};
    const char *text = vmm_json_str(plan, "as_text");
    enum vmm_plan_form form;
    const json_t *one;
    size_t i, len;
    if (vmm_plan_form_by_word(vmm_json_str(plan, "as"), &form) < 0) return 0;
    uint8_t *file = vmm_plan_file(form, text, &len);
    int r = c->output ? vmm_plan_save(form, text, c->output, false, &err) : 0;
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
