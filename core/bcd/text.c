/* The text of `bcdedit /enum`, in its layout: an empty line, the heading, a line of dashes, then the identifier and the elements by
 * ascending id, values from column 24, lists continued below; an empty line after the last object. Copyright (C) 2026 the vmmedic
 * authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "bcd/room.h"

#define COLUMN 24

/* A name in its column; one that fills the column gets one space. */
static void add_name(struct vmm_buf *out, const char *name) {
    if (strlen(name) < COLUMN) vmm_buf_fmt(out, "%-*s", COLUMN, name);
    else vmm_buf_fmt(out, "%s ", name);
}

/* Ends a line, without the spaces of an empty value. */
static void end_line(struct vmm_buf *out) {
    while (out->len > 0 && out->data[out->len - 1] == ' ') out->len--;
    vmm_buf_str(out, "\n");
}

static void add_element(struct vmm_buf *out, const struct vmm_bcd *b, const struct vmm_bcd_object *o,
                        const struct vmm_bcd_element *e, const struct vmm_bcd_view *view) {
    const struct vmm_bcd_element_info *info = vmm_bcd_element_by_id(vmm_bcd_app_of(o->type), e->id);
    if (info && info->name) {
        add_name(out, info->name);
    } else {
        char *custom = vmm_printf("custom:%08x", e->id);
        add_name(out, custom);
        free(custom);
    }
    size_t count;
    char **items = vmm_bcd_items(b, o, e, view, &count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) add_name(out, "");
        vmm_buf_str(out, items[i]);
        end_line(out);
    }
    if (count == 0) end_line(out);
    vmm_bcd_items_free(items, count);
}

static void add_object(struct vmm_buf *out, const struct vmm_bcd *b, const struct vmm_bcd_object *o,
                       const struct vmm_bcd_view *view) {
    char room[64];
    const char *heading = vmm_bcd_heading(o, room), *alias = view && view->verbose ? NULL : vmm_bcd_alias(b, o->guid);
    vmm_buf_fmt(out, "\n%s\n", heading);
    for (size_t i = strlen(heading); i > 0; i--) vmm_buf_str(out, "-");
    vmm_buf_str(out, "\n");
    add_name(out, "identifier");
    vmm_buf_str(out, alias ? alias : o->guid);
    if (alias && view && view->both) vmm_buf_fmt(out, "  %s", o->guid);
    vmm_buf_str(out, "\n");
    if (o->unreadable) vmm_buf_fmt(out, "%s\n", _("(its elements cannot be read)"));
    for (size_t i = 0; i < o->count; i++) add_element(out, b, o, &o->elements[i], view);
}

char *vmm_bcd_text(const struct vmm_bcd *b, const struct vmm_bcd_view *view, struct vmm_error *err) {
    size_t count;
    const struct vmm_bcd_object **list = vmm_bcd_select(b, view, &count, err);
    if (list == NULL) return NULL;
    struct vmm_buf out = {0};
    for (size_t i = 0; i < count; i++) add_object(&out, b, list[i], view);
    vmm_buf_str(&out, "\n");
    free(list);
    return vmm_buf_steal(&out);
}
