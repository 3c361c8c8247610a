/* Any bytes as a .reg file: read, made into changes of a Windows, and told again as a .reg file, which is read as the same changes; as a batch file and as
 * lines for the Serial Console it is free of control characters.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/base.h"
#include "change/reg_file.h"
#include "tests/fuzz/fuzz.h"
#include "vmmedic/change.h"

static struct vmm_store system_store, software_store;
static struct vmm_windows windows;

static void open_store(struct vmm_store *st, char *name, char *path, struct vmm_hive_builder *b) {
    *st = (struct vmm_store){.name = name, .label = name, .path = path};
    st->data = vmm_builder_finish(b, 3, &st->len);
    st->hive = vmm_hive_open(st->data, st->len, NULL, NULL);
    MUST(st->hive);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    static char names[4][48] = {"SYSTEM", "SOFTWARE", "\\Windows\\System32\\config\\SYSTEM", "\\Windows\\System32\\config\\SOFTWARE"};
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5), *s = vmm_builder_new("ROOT", 5);
    vmm_builder_dword(b, "ControlSet001\\Control\\Terminal Server", "fDenyTSConnections", 1);
    vmm_builder_string(b, "ControlSet001\\Services\\TermService", "ImagePath", VMM_REG_EXPAND_SZ, "%SystemRoot%\\x.exe");
    vmm_builder_string(b, "ControlSet001\\Services\\TermService", "DependOnService", VMM_REG_MULTI_SZ, "a\nb");
    vmm_builder_dword(b, "Select", "Default", 1);
    vmm_builder_string(s, "Microsoft\\Windows NT\\CurrentVersion", "ProductName", VMM_REG_SZ, "Windows");
    open_store(&system_store, names[0], names[2], b);
    open_store(&software_store, names[1], names[3], s);
    windows = (struct vmm_windows){.number = 1, .boot_set = 1, .system = &system_store, .software = &software_store};
    return 0;
}

static void read_file(const uint8_t *data, size_t size) {
    struct vmm_reg_file f;
    struct vmm_error err = {0};
    if (vmm_reg_read("x.reg", data, size, &f, &err) < 0) {
        fuzz_said(&err);
        return;
    }
    MUST(f.count <= VMM_REG_ITEMS_MAX);
    for (size_t i = 0; i < f.count; i++) {
        const struct vmm_reg_item *item = &f.list[i];
        MUST(vmm_is_utf8(item->key) && strlen(item->key) <= VMM_REG_KEY_MAX && item->line > 0);
        MUST((item->op == VMM_REG_SET || item->op == VMM_REG_DELETE) == (item->name != NULL));
        if (item->name) MUST(vmm_is_utf8(item->name));
        if (item->op == VMM_REG_SET) MUST(item->data && item->len <= VMM_REG_DATA_MAX);
    }
    vmm_reg_file_clear(&f);
}

/* Every change of A is in B as well. */
static void holds(const struct vmm_changes *a, const struct vmm_changes *b) {
    for (size_t i = 0; i < a->count; i++) {
        const struct vmm_change *x = &a->list[i];
        bool found = false;
        for (size_t k = 0; k < b->count && !found; k++) {
            const struct vmm_change *y = &b->list[k];
            found = x->store == y->store && x->whole_key == y->whole_key && vmm_casecmp(x->path, y->path) == 0 && vmm_casecmp(x->name, y->name) == 0 &&
                    x->after.present == y->after.present &&
                    (!x->after.present || (x->after.type == y->after.type && x->after.len == y->after.len && memcmp(x->after.data, y->after.data, x->after.len) == 0));
        }
        MUST_SAY(found, x->path);
    }
}

static void tell(const struct vmm_changes *c) {
    struct vmm_plan_about about = {.disk = "disk.img", .windows = &windows};
    struct vmm_error err = {0};
    for (int form = 0; form < VMM_AS_COUNT; form++) {
        struct vmm_plan_said said;
        size_t len;
        vmm_changes_as(c, (enum vmm_plan_form)form, &about, &said);
        fuzz_shown(said.text, true);
        uint8_t *file = vmm_plan_file((enum vmm_plan_form)form, said.text, &len);
        if (form == VMM_AS_REG && said.left_out_count == 0) {
            struct vmm_changes again = {0};
            MUST_SAY(vmm_changes_from_reg(&again, "again.reg", file, len, &windows, NULL, &err) == 0, err.message);
            holds(c, &again);
            holds(&again, c);
            vmm_changes_clear(&again);
        }
        free(file);
        vmm_plan_said_clear(&said);
    }
    char *text = vmm_changes_text(c);
    fuzz_shown(text, true);
    free(text);
    json_t *json = vmm_changes_json(c);
    char *dump = json_dumps(json, JSON_COMPACT);
    MUST(dump);
    free(dump);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct vmm_changes c = {0};
    struct vmm_error err = {0};
    bool lowers = false;
    read_file(data, size);
    if (vmm_changes_from_reg(&c, "x.reg", data, size, &windows, &lowers, &err) == 0) tell(&c);
    else fuzz_said(&err);
    vmm_changes_clear(&c);
    return 0;
}
