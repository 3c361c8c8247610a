/* Elements as values of C: integers of any stored length, strings without their NULs, lists; and the value that counts when an
 * object inherits. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "bcd/room.h"

enum vmm_answer vmm_bcd_integer(const struct vmm_bcd_element *e, uint64_t *out) {
    *out = 0;
    if (e == NULL) return VMM_NOT_SET;
    if (e->unreadable) return VMM_UNREADABLE;
    unsigned format = vmm_bcd_format_of(e->id);
    if (e->bad || (format != VMM_BCD_INTEGER && format != VMM_BCD_BOOLEAN)) return VMM_WRONG_TYPE;
    for (size_t i = 0; i < e->len; i++) *out |= (uint64_t)e->data[i] << (8 * i);
    return VMM_SET;
}

/* A GUID in the form used here, other text as it is. Takes TEXT over. */
static char *tidy_guid(char *text) {
    char guid[39];
    if (!vmm_bcd_guid(text, guid)) return text;
    free(text);
    return vmm_strdup(guid);
}

char *vmm_bcd_string(const struct vmm_bcd_element *e) {
    if (e == NULL || e->bad) return NULL;
    unsigned format = vmm_bcd_format_of(e->id);
    if (format != VMM_BCD_STRING && format != VMM_BCD_OBJECT) return NULL;
    char *text = vmm_utf16_to_utf8(e->data, e->len); /* the C string ends at the first NUL, however many there are */
    return format == VMM_BCD_OBJECT ? tidy_guid(text) : text;
}

char **vmm_bcd_list(const struct vmm_bcd_element *e, size_t *count) {
    *count = 0;
    if (e == NULL || e->bad || vmm_bcd_format_of(e->id) != VMM_BCD_OBJECT_LIST) return NULL;
    char **list = vmm_alloc(e->len / 4 + 1, sizeof *list); /* an item has at least one unit and its NUL */
    for (size_t at = 0; at + 1 < e->len;) {
        size_t end = at;
        while (end + 1 < e->len && vmm_le16(e->data + end) != 0) end += 2;
        if (end == at) break;
        list[(*count)++] = tidy_guid(vmm_utf16_to_utf8(e->data + at, end - at));
        at = end + 2;
    }
    return list;
}

/* True when an element of class-2 or class-3 id ID that stands in FROM counts in an object of application APP. */
static bool passes_on(const struct vmm_bcd_object *from, uint32_t id, enum vmm_bcd_app app) {
    unsigned class = vmm_bcd_class(id);
    return (class != 2 && class != 3) || vmm_bcd_names_of(vmm_bcd_app_of(from->type)) == vmm_bcd_names_of(app);
}

/* A walk through what an object inherits: each object once, so it ends in any store. */
struct walk {
    const struct vmm_bcd *store;
    const struct vmm_bcd_object **stack; /* still to be looked at, the next one on top */
    size_t depth;
    bool *seen;
};

static void push_inherited(struct walk *w, const struct vmm_bcd_object *o) {
    size_t count, first = w->depth;
    char **list = vmm_bcd_list(vmm_bcd_own(o, VMM_BCD_INHERIT), &count);
    for (size_t i = 0; i < count; i++) {
        const struct vmm_bcd_object *next = vmm_bcd_object(w->store, list[i]);
        if (next && !w->seen[next - w->store->objects]) {
            w->seen[next - w->store->objects] = true;
            w->stack[w->depth++] = next;
        }
        free(list[i]);
    }
    free(list);
    for (size_t a = first, z = w->depth; a + 1 < z; a++, z--) { /* the first one listed comes first */
        const struct vmm_bcd_object *keep = w->stack[a];
        w->stack[a] = w->stack[z - 1];
        w->stack[z - 1] = keep;
    }
}

const struct vmm_bcd_element *vmm_bcd_effective(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id,
                                                const struct vmm_bcd_object **from) {
    const struct vmm_bcd_element *found = vmm_bcd_own(o, id);
    const struct vmm_bcd_object *where = found ? o : NULL;
    if (found == NULL && vmm_bcd_own(o, VMM_BCD_INHERIT)) {
        struct walk w = {.store = b, .stack = vmm_alloc(b->count, sizeof *w.stack), .seen = vmm_alloc(b->count, sizeof *w.seen)};
        w.seen[o - b->objects] = true;
        push_inherited(&w, o);
        while (found == NULL && w.depth > 0) {
            const struct vmm_bcd_object *next = w.stack[--w.depth];
            if (passes_on(next, id, vmm_bcd_app_of(o->type))) found = vmm_bcd_own(next, id);
            if (found) where = next;
            else push_inherited(&w, next);
        }
        free(w.stack);
        free(w.seen);
    }
    if (from) *from = where;
    return found;
}
