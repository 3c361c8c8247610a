/* Which objects `bcdedit /enum` lists, and in which order.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bcd/room.h"

static const struct {
    const char *word;
    uint32_t mask, type; /* objects with (type & mask) == type */
} kinds[] = {
    {"all", 0, 0},
    {"bootmgr", 0xffffffff, 0x10100002},
    {"osloader", 0xffffffff, 0x10200003},
    {"resume", 0xffffffff, 0x10200004},
    {"firmware", 0xfff00000, 0x10100000},
    {"bootapp", 0xfff00000, 0x10200000},
    {"inherit", 0xf0000000, 0x20000000},
};

static int nothing(struct vmm_error *err) {
    return vmm_fail(err, VMM_E_NOT_FOUND, _("\"all\" lists everything that is in the store."),
                    _("there are no matching objects, or the store is empty"));
}

static int by_type(const void *a, const void *b) {
    const struct vmm_bcd_object *x = *(const struct vmm_bcd_object *const *)a, *y = *(const struct vmm_bcd_object *const *)b;
    if (x->type != y->type) return x->type < y->type ? -1 : 1;
    int r = strcmp(x->guid, y->guid);
    return r ? r : (x > y) - (x < y);
}

static void select_kind(const struct vmm_bcd *b, uint32_t mask, uint32_t type, const struct vmm_bcd_object **list, size_t *count) {
    for (size_t i = 0; i < b->count; i++)
        if ((b->objects[i].type & mask) == type) list[(*count)++] = &b->objects[i];
    if (*count > 1) qsort(list, *count, sizeof *list, by_type);
}

/* {bootmgr}, then its menu in the menu's order, each once. */
static void select_active(const struct vmm_bcd *b, const struct vmm_bcd_object **list, size_t *count) {
    const struct vmm_bcd_object *bootmgr = vmm_bcd_object(b, VMM_BCD_BOOTMGR_GUID);
    if (bootmgr == NULL) return;
    bool *taken = vmm_alloc(b->count, sizeof *taken);
    list[(*count)++] = bootmgr;
    taken[bootmgr - b->objects] = true;
    size_t n;
    char **order = vmm_bcd_list(vmm_bcd_own(bootmgr, VMM_BCD_DISPLAYORDER), &n);
    for (size_t i = 0; i < n; i++) {
        const struct vmm_bcd_object *o = vmm_bcd_object(b, order[i]);
        if (o == NULL || taken[o - b->objects]) continue;
        taken[o - b->objects] = true;
        list[(*count)++] = o;
    }
    vmm_bcd_items_free(order, n);
    free(taken);
}

const struct vmm_bcd_object **vmm_bcd_select(const struct vmm_bcd *b, const struct vmm_bcd_view *view, size_t *count,
                                             struct vmm_error *err) {
    const char *what = view && view->select && *view->select ? view->select : "active";
    const struct vmm_bcd_object **list = vmm_alloc(b->count, sizeof *list);
    bool known = false;
    *count = 0;
    if (strcasecmp(what, "active") == 0) {
        known = true;
        select_active(b, list, count);
    }
    for (size_t i = 0; !known && i < VMM_COUNT(kinds); i++) {
        if (strcasecmp(what, kinds[i].word) != 0) continue;
        known = true;
        select_kind(b, kinds[i].mask, kinds[i].type, list, count);
    }
    if (!known && (list[0] = vmm_bcd_resolve(b, what, err)) != NULL) *count = 1;
    if (*count > 0) return list;
    free(list);
    if (strcasecmp(what, "active") == 0 && b->count > 0)
        vmm_fail(err, VMM_E_NOT_FOUND, _("\"all\" lists everything that is in the store."),
                 _("this store has no {bootmgr}, so it has no menu to list"));
    else if (known) nothing(err);
    return NULL;
}
