/* Any hive as a boot store: printed in every way, as JSON, looked up, and its own values set once more: what is printed as a number, a switch or a text is
 * taken again and means the same.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/base.h"
#include "bcd/room.h"
#include "tests/fuzz/fuzz.h"

static const char *const selections[] = {NULL, "all", "osloader", "bootmgr", "resume", "inherit", "firmware", "bootapp", "{default}", "{bootmgr}", "{current}", "nonsense",
                                         "{11111111-2222-3333-4444-555555555555}"};

static const char *letter(void *ctx, int part) {
    (void)ctx;
    return part == 1 ? "C:" : NULL;
}

static void print(const struct vmm_bcd *b, const struct vmm_bcd_view *view) {
    struct vmm_error err = {0};
    char *text = vmm_bcd_text(b, view, &err);
    if (text) fuzz_shown(text, true);
    else fuzz_said(&err);
    json_t *json = vmm_bcd_json(b, view, &err);
    MUST(!json == !text);
    char *dump = json ? json_dumps(json, JSON_COMPACT) : NULL;
    MUST(!dump == !json);
    free(dump);
    json_decref(json);
    free(text);
}

/* The printed value of an element set again. */
static void set_again(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element *e) {
    struct vmm_bcd_view view = {.verbose = true};
    struct vmm_bcd_edit edit;
    struct vmm_error err = {0};
    char id[9], *value = vmm_bcd_value_text(b, o, e, &view);
    fuzz_shown(value, false);
    snprintf(id, sizeof id, "%08x", e->id);
    unsigned format = vmm_bcd_format_of(e->id);
    if (vmm_bcd_set(b, o->guid, id, value, &edit, &err) == 0) {
        struct vmm_bcd_element made = {.id = edit.id, .reg_type = edit.edit.type, .data = edit.data, .len = edit.edit.len};
        uint64_t one, two;
        MUST(edit.id == e->id && strcmp(edit.guid, o->guid) == 0);
        if (!e->bad && (format == VMM_BCD_INTEGER || format == VMM_BCD_BOOLEAN)) {
            vmm_bcd_integer(e, &one);
            vmm_bcd_integer(&made, &two);
            MUST_SAY(format == VMM_BCD_BOOLEAN ? !one == !two : one == two, value);
        } else if (!e->bad && format == VMM_BCD_STRING && strchr(value, '\\') == NULL) {
            char *before = vmm_bcd_string(e), *after = vmm_bcd_string(&made);
            MUST_SAY(strcmp(before, after) == 0, value);
            free(before);
            free(after);
        }
        vmm_bcd_edit_clear(&edit);
    } else {
        fuzz_said(&err);
    }
    if (vmm_bcd_delete(b, o->guid, id, &edit, &err) == 0) {
        MUST(edit.id == e->id);
        vmm_bcd_edit_clear(&edit);
    }
    free(value);
}

static void look_up(const struct vmm_bcd *b, const struct vmm_bcd_object *o) {
    static const uint32_t ids[] = {VMM_BCD_DESCRIPTION, VMM_BCD_SAFEBOOT, VMM_BCD_OSDEVICE, VMM_BCD_INHERIT, VMM_BCD_EMS};
    char room[64];
    const char *heading = vmm_bcd_heading(o, room), *alias = vmm_bcd_alias(b, o->guid);
    fuzz_shown(heading, false);
    if (alias) fuzz_shown(alias, false);
    MUST(vmm_bcd_object(b, o->guid));
    for (size_t i = 0; i < VMM_COUNT(ids); i++) {
        const struct vmm_bcd_object *from;
        const struct vmm_bcd_element *e = vmm_bcd_effective(b, o, ids[i], &from);
        MUST(!e == !from);
        if (e) MUST(e->id == ids[i]);
    }
    for (size_t i = 0; i < o->count && i < 40; i++) {
        struct vmm_bcd_device device;
        uint64_t number;
        size_t count;
        MUST(i == 0 || o->elements[i - 1].id <= o->elements[i].id);
        vmm_bcd_device(&o->elements[i], NULL, &device);
        vmm_bcd_device_clear(&device);
        vmm_bcd_integer(&o->elements[i], &number);
        char **list = vmm_bcd_list(&o->elements[i], &count);
        vmm_bcd_items_free(list, count);
        set_again(b, o, &o->elements[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct vmm_error err = {0};
    struct vmm_hive *h = vmm_hive_open(data, size, NULL, NULL);
    struct vmm_bcd *b = h ? vmm_bcd_open(h, &err) : NULL;
    if (b) {
        if (b->warning) fuzz_shown(b->warning, false);
        for (size_t i = 0; i < VMM_COUNT(selections); i++) {
            struct vmm_bcd_view view = {.select = selections[i], .verbose = i % 2, .both = i % 3 == 1, .letter = i % 2 ? letter : NULL};
            print(b, &view);
        }
        for (size_t i = 0; i < b->count && i < 30; i++) look_up(b, &b->objects[i]);
    } else if (h) {
        fuzz_said(&err);
    }
    vmm_bcd_close(b);
    vmm_hive_close(h);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
    struct dice d = dice_new(seed);
    return mutate_hive(data, size, max, &d);
}
