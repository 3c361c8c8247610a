/* One element's value as the texts that bcdedit prints for it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "bcd/room.h"

#define RAW_SHOWN 64 /* bytes of raw data that people get to see */

/* Addresses and sizes that bcdedit prints in hexadecimal. */
static bool is_hex(uint32_t id) {
    static const uint32_t ids[] = {0x15000007, 0x1500000d, 0x1500000e,
                                   0x15000012}; /* truncatememory relocatephysical avoidlowmemory debugaddress */
    for (size_t i = 0; i < VMM_COUNT(ids); i++)
        if (ids[i] == id) return true;
    return false;
}

char *vmm_bcd_raw_text(const struct vmm_bcd_element *e) {
    if (e->unreadable) return vmm_strdup(_("(cannot be read)"));
    if (e->len == 0) return vmm_strdup(_("(no data)"));
    if (e->len <= RAW_SHOWN) return vmm_hex(e->data, e->len);
    char *hex = vmm_hex(e->data, RAW_SHOWN), *text = vmm_printf("%s...", hex);
    free(hex);
    return text;
}

/* An object in a value: its alias, unless GUIDs were asked for. */
static char *object_text(const struct vmm_bcd *b, const char *guid, const struct vmm_bcd_view *view) {
    const char *alias = view && view->verbose ? NULL : vmm_bcd_alias(b, guid);
    return vmm_strdup(alias ? alias : guid);
}

static char *integer_text(const struct vmm_bcd_element_info *info, const struct vmm_bcd_element *e) {
    uint64_t n;
    vmm_bcd_integer(e, &n);
    char *word = info ? vmm_bcd_word(info->values, n) : NULL;
    if (word) return word;
    return vmm_printf(is_hex(e->id) ? "0x%llx" : "%llu", (unsigned long long)n);
}

static char *boolean_text(const struct vmm_bcd_element *e) {
    uint64_t n;
    vmm_bcd_integer(e, &n);
    return vmm_strdup(n ? "Yes" : "No");
}

static char **integer_list(const struct vmm_bcd_element_info *info, const struct vmm_bcd_element *e, size_t *count) {
    const char *format = info && info->name ? "0x%llx" : "%llu";
    char **items = vmm_alloc(e->len / 8, sizeof *items);
    for (size_t i = 0; i < e->len / 8; i++) items[(*count)++] = vmm_printf(format, (unsigned long long)vmm_le64(e->data + 8 * i));
    return items;
}

static char **object_list(const struct vmm_bcd *b, const struct vmm_bcd_element *e, const struct vmm_bcd_view *view,
                          size_t *count) {
    char **items = vmm_bcd_list(e, count);
    for (size_t i = 0; i < *count; i++) {
        char *guid = items[i];
        items[i] = object_text(b, guid, view);
        free(guid);
    }
    return items;
}

static char *scalar_text(const struct vmm_bcd *b, const struct vmm_bcd_element_info *info, const struct vmm_bcd_element *e,
                         const struct vmm_bcd_view *view) {
    switch (e->bad ? 0 : vmm_bcd_format_of(e->id)) {
    case VMM_BCD_DEVICE: return vmm_bcd_device_text(b, e, view);
    case VMM_BCD_STRING: return vmm_bcd_string(e);
    case VMM_BCD_OBJECT: {
        char *guid = vmm_bcd_string(e), *text = object_text(b, guid, view);
        free(guid);
        return text;
    }
    case VMM_BCD_INTEGER: return integer_text(info, e);
    case VMM_BCD_BOOLEAN: return boolean_text(e);
    default: return vmm_bcd_raw_text(e);
    }
}

char **vmm_bcd_items(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element *e,
                     const struct vmm_bcd_view *view, size_t *count) {
    const struct vmm_bcd_element_info *info = vmm_bcd_element_by_id(vmm_bcd_app_of(o->type), e->id);
    unsigned format = e->bad ? 0 : vmm_bcd_format_of(e->id);
    char **items;
    *count = 0;
    if (format == VMM_BCD_OBJECT_LIST) {
        items = object_list(b, e, view, count);
    } else if (format == VMM_BCD_INTEGER_LIST) {
        items = integer_list(info, e, count);
    } else {
        items = vmm_alloc(1, sizeof *items);
        items[(*count)++] = scalar_text(b, info, e, view);
    }
    for (size_t i = 0; i < *count; i++) {
        char *raw = items[i];
        items[i] = vmm_safe_text(raw);
        free(raw);
    }
    return items;
}

void vmm_bcd_items_free(char **items, size_t count) {
    for (size_t i = 0; i < count; i++) free(items[i]);
    free(items);
}

char *vmm_bcd_value_text(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element *e,
                         const struct vmm_bcd_view *view) {
    size_t count;
    char **items = vmm_bcd_items(b, o, e, view, &count);
    struct vmm_buf text = {0};
    for (size_t i = 0; i < count; i++) {
        if (i > 0) vmm_buf_str(&text, ", ");
        vmm_buf_str(&text, items[i]);
    }
    vmm_bcd_items_free(items, count);
    return vmm_buf_steal(&text);
}
