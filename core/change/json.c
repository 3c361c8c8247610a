/* Changes as JSON.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "change/room.h"

/* The letter that the articles give the attached disk. */
#define ATTACHED_AS 'F'

static const char *const formats[] = {[VMM_BCD_DEVICE] = "device", [VMM_BCD_STRING] = "string", [VMM_BCD_OBJECT] = "object", [VMM_BCD_OBJECT_LIST] = "objectlist",
                                      [VMM_BCD_INTEGER] = "integer", [VMM_BCD_BOOLEAN] = "boolean", [VMM_BCD_INTEGER_LIST] = "integerlist"};

static json_t *text_taken(char *text) {
    json_t *j = vmm_json_text(text);
    free(text);
    return j;
}

static json_t *data_json(const struct vmm_change *c, const struct vmm_data *d, char *text) {
    char room[24];
    json_t *o = json_object();
    size_t format = c->element >> 24 & 15;
    bool element = vmm_change_is_element(c) && format > 0 && format < VMM_COUNT(formats) && !vmm_change_element(c, d).bad;
    if (!d->present) {
        free(text);
        json_decref(o);
        return json_null();
    }
    if (!element && !c->whole_key && !c->store->is_file) {
        char *value = vmm_data_value_text(d);
        free(text);
        text = vmm_safe_text(value);
        free(value);
    }
    bool hidden = c->secret && d == &c->after;
    const char *type = c->store->is_file ? "file" : element ? formats[format] : c->whole_key ? "key" : vmm_type_word(d->type, room);
    json_object_set_new(o, "type", json_string(type));
    json_object_set_new(o, "text", text_taken(text));
    json_object_set_new(o, "raw", hidden ? json_null() : text_taken(vmm_hex(d->data, d->len)));
    return o;
}

/* What people call the object that a change of a boot store is in; null in a registry hive. */
static json_t *object_json(const struct vmm_change *c) {
    struct vmm_bcd_object made;
    char room[64];
    if (!c->store->is_bcd || !c->guid[0]) return json_null();
    const struct vmm_bcd_object *o = vmm_change_object(c, &made);
    char *name = o == &made ? NULL : vmm_bcd_string(vmm_bcd_own(o, VMM_BCD_DESCRIPTION)), *safe = name ? vmm_safe_text(name) : NULL;
    json_t *j = json_pack("{s:s,s:o,s:s,s:o}", "id", c->guid, "alias", vmm_json_text(vmm_bcd_alias(c->store->bcd, c->guid)), "heading", vmm_bcd_heading(o, room), "description",
                          vmm_json_text(safe));
    free(name);
    free(safe);
    return j;
}

static json_t *element_name(const struct vmm_change *c) {
    char room[24];
    return vmm_change_is_element(c) ? json_string(vmm_change_element_name(c, room)) : json_null();
}

json_t *vmm_change_json(const struct vmm_change *c) {
    json_t *o = json_object();
    json_object_set_new(o, "fix", vmm_json_text(c->fix));
    json_object_set_new(o, "store", vmm_json_text(c->store->label));
    json_object_set_new(o, "place", text_taken(vmm_change_place(c)));
    json_object_set_new(o, "object", object_json(c));
    json_object_set_new(o, "element", element_name(c));
    json_object_set_new(o, "before", data_json(c, &c->before, vmm_change_before_text(c)));
    json_object_set_new(o, "after", data_json(c, &c->after, vmm_change_after_text(c)));
    json_object_set_new(o, "before_text", text_taken(vmm_change_before_text(c)));
    json_object_set_new(o, "after_text", text_taken(vmm_change_after_text(c)));
    json_object_set_new(o, "risk", json_string(vmm_risk_word(c->risk)));
    json_object_set_new(o, "why", vmm_json_text(c->why));
    if (c->secret) json_object_set_new(o, "secret", json_true());
    json_object_set_new(o, "windows", text_taken(vmm_change_windows_way(c, ATTACHED_AS)));
    return o;
}

json_t *vmm_changes_json(const struct vmm_changes *c) {
    json_t *list = json_array();
    for (size_t i = 0; i < c->count; i++) json_array_append_new(list, vmm_change_json(&c->list[i]));
    return list;
}
