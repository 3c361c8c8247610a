/* What a plan may also be made of, and be told as: .reg files in; .reg file, batch file or Serial Console lines out.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"
#include "session/worker.h"

static int add_file(const char *path, const struct vmm_patient *p, struct vmm_changes *c, bool *lowers, struct vmm_error *err) {
    uint8_t *data;
    size_t len;
    if (vmm_file_read(path, VMM_REG_FILE_MAX, &data, &len, err) < 0) return -1;
    int r = vmm_changes_from_reg(c, path, data, len, p->windows, lowers, err);
    free(data);
    return r;
}

int vmm_plan_regs(const json_t *request, const struct vmm_patient *p, struct vmm_changes *c, bool *lowers, struct vmm_error *err) {
    const json_t *file;
    size_t i;
    json_array_foreach(json_object_get(request, "reg"), i, file) {
        const char *path = json_string_value(file);
        if (path == NULL || *path == '\0') return vmm_fail(err, VMM_E_USAGE, NULL, _("a .reg file has no name"));
        if (add_file(path, p, c, lowers, err) < 0) return -1;
    }
    return 0;
}

static const char *differs(const char *fix) {
    char *id = vmm_strndup(fix, strcspn(fix, "+"));
    const struct vmm_fix *f = vmm_fix_by_id(id);
    free(id);
    return f && f->differs ? _(f->differs) : NULL;
}

int vmm_plan_form_asked(const json_t *request, int *form, struct vmm_error *err) {
    const char *word = vmm_json_str(request, "as");
    enum vmm_plan_form f = VMM_AS_COUNT;
    *form = -1;
    if (*word == '\0') return 0;
    if (vmm_plan_form_by_word(word, &f) < 0) return vmm_fail(err, VMM_E_USAGE, NULL, _("a plan can be written as reg, script or serial, not as \"%s\""), word);
    *form = (int)f;
    return 0;
}

void vmm_plan_told_as(int form, const struct vmm_patient *p, const struct vmm_changes *c, json_t *result) {
    if (form < 0) return;
    const struct vmm_plan_about about = {.disk = p->scan->disk->probe.name, .windows = p->windows, .boot = p->boot, .differs = differs};
    struct vmm_plan_said said;
    vmm_changes_as(c, (enum vmm_plan_form)form, &about, &said);
    json_t *left_out = json_array();
    for (size_t i = 0; i < said.left_out_count; i++) json_array_append_new(left_out, vmm_json_text(said.left_out[i]));
    json_object_set_new(result, "as", json_string(vmm_plan_form_word((enum vmm_plan_form)form)));
    json_object_set_new(result, "as_text", vmm_json_text(said.text));
    json_object_set_new(result, "left_out", left_out);
    vmm_plan_said_clear(&said);
}
