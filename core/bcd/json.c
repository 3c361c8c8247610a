/* Boot stores as JSON: the objects of a selection, each with its own elements, as people read them and as raw data.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "bcd/room.h"

static const char *format_word(uint32_t id) {
    static const char *const words[] = {
        [VMM_BCD_DEVICE] = "device",
        [VMM_BCD_STRING] = "string",
        [VMM_BCD_OBJECT] = "object",
        [VMM_BCD_OBJECT_LIST] = "objectlist",
        [VMM_BCD_INTEGER] = "integer",
        [VMM_BCD_BOOLEAN] = "boolean",
        [VMM_BCD_INTEGER_LIST] = "integerlist",
    };
    unsigned format = vmm_bcd_format_of(id);
    return format < VMM_COUNT(words) && words[format] ? words[format] : "unknown";
}

static json_t *value_json(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element *e,
                          const struct vmm_bcd_view *view) {
    unsigned format = vmm_bcd_format_of(e->id);
    bool is_list = !e->bad && (format == VMM_BCD_OBJECT_LIST || format == VMM_BCD_INTEGER_LIST);
    size_t count;
    char **items = vmm_bcd_items(b, o, e, view, &count);
    json_t *value = is_list ? json_array() : vmm_json_text(count ? items[0] : "");
    for (size_t i = 0; is_list && i < count; i++) json_array_append_new(value, vmm_json_text(items[i]));
    vmm_bcd_items_free(items, count);
    return value;
}

static json_t *element_json(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element *e,
                            const struct vmm_bcd_view *view) {
    const struct vmm_bcd_element_info *info = vmm_bcd_element_by_id(vmm_bcd_app_of(o->type), e->id);
    char *id = vmm_printf("%08x", e->id), *raw = vmm_hex(e->data, e->len);
    json_t *j = json_object();
    json_object_set_new(j, "id", json_string(id));
    json_object_set_new(j, "name", vmm_json_text(info ? info->name : NULL));
    json_object_set_new(j, "format", json_string(format_word(e->id)));
    json_object_set_new(j, "value", value_json(b, o, e, view));
    json_object_set_new(j, "raw", json_string(raw));
    json_object_set_new(j, "bad", json_boolean(e->bad));
    const char *more = info ? vmm_bcd_element_more(info) : NULL;
    char *words = info && info->values ? vmm_bcd_words(info->values) : NULL;
    json_object_set_new(j, "help", vmm_json_text(info && info->help ? _(info->help) : NULL));
    json_object_set_new(j, "more", vmm_json_text(more ? _(more) : NULL));
    json_object_set_new(j, "words", vmm_json_text(words));
    free(words);
    free(id);
    free(raw);
    return j;
}

static json_t *object_json(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_view *view) {
    char room[64], *type = vmm_printf("%08x", o->type), *name = vmm_bcd_string(vmm_bcd_own(o, VMM_BCD_DESCRIPTION));
    char *safe = name ? vmm_safe_text(name) : NULL;
    json_t *j = json_object(), *elements = json_array();
    json_object_set_new(j, "id", json_string(o->guid));
    json_object_set_new(j, "alias", vmm_json_text(vmm_bcd_alias(b, o->guid)));
    json_object_set_new(j, "type", json_string(type));
    json_object_set_new(j, "heading", vmm_json_text(vmm_bcd_heading(o, room)));
    json_object_set_new(j, "description", vmm_json_text(safe));
    json_object_set_new(j, "help", json_string(_(vmm_bcd_object_help(b, o))));
    for (size_t i = 0; i < o->count; i++) json_array_append_new(elements, element_json(b, o, &o->elements[i], view));
    json_object_set_new(j, "elements", elements);
    if (o->unreadable) json_object_set_new(j, "unreadable", json_true());
    free(type);
    free(name);
    free(safe);
    return j;
}

json_t *vmm_bcd_json(const struct vmm_bcd *b, const struct vmm_bcd_view *view, struct vmm_error *err) {
    size_t count;
    const struct vmm_bcd_object **list = vmm_bcd_select(b, view, &count, err);
    if (list == NULL) return NULL;
    json_t *j = json_object(), *objects = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(objects, object_json(b, list[i], view));
    json_object_set_new(j, "objects", objects);
    free(list);
    return j;
}
