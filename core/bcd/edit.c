/* `bcdedit /set` and `/deletevalue`, checked: the object, the element, whether the element belongs to this kind of object, and the
 * value; the result is one edit of the hive. What may not be written offline is refused with the reason. Copyright (C) 2026 the
 * vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bcd/room.h"

/* ---- messages about elements that are not to be had ---- */

/* Steps of typing from A to B, any case; names are short. */
static size_t distance(const char *a, const char *b) {
    size_t la = strlen(a), lb = strlen(b), row[64];
    if (la >= 64 || lb >= 64) return 64;
    for (size_t j = 0; j <= lb; j++) row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t swap = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = swap < least ? swap : least;
        }
    }
    return row[lb];
}

/* The name most like WORD that APP has, or that any has; NULL when none is near. */
static const char *nearest(enum vmm_bcd_app app, const char *word) {
    const char *best = NULL;
    size_t limit = strlen(word) / 4 + 1, least = limit + 1;
    for (int own = 1; own >= 0 && best == NULL; own--)
        for (size_t i = 0; i < vmm_bcd_element_count; i++) {
            const struct vmm_bcd_element_info *row = &vmm_bcd_elements[i];
            if (row->name == NULL || (own && vmm_bcd_element_by_id(app, row->id) != row)) continue;
            size_t d = distance(word, row->name);
            if (d < least) {
                least = d;
                best = row->name;
            }
        }
    return best;
}

/* An object of this store that elements of APP belong to: the default entry when it is one, else the first. */
static const struct vmm_bcd_object *owner(const struct vmm_bcd *b, enum vmm_bcd_app app) {
    const struct vmm_bcd_object *first = vmm_bcd_object(b, vmm_bcd_private(b)->default_guid);
    if (first && vmm_bcd_app_of(first->type) == app) return first;
    for (size_t i = 0; i < b->count; i++)
        if (vmm_bcd_app_of(b->objects[i].type) == app) return &b->objects[i];
    return NULL;
}

/* The row of another application for this name or id, NULL when no application has it; one that this store has objects for comes
 * first. */
static const struct vmm_bcd_element_info *elsewhere(const struct vmm_bcd *b, const char *element,
                                                    const struct vmm_bcd_object **of) {
    static const enum vmm_bcd_app apps[] = {VMM_APP_OSLOADER, VMM_APP_BOOTMGR,  VMM_APP_RESUME,  VMM_APP_MEMDIAG, VMM_APP_DEVICE,
                                            VMM_APP_LEGACY,   VMM_APP_REALMODE, VMM_APP_BOOTAPP, VMM_APP_OTHER};
    const struct vmm_bcd_element_info *found = NULL;
    *of = NULL;
    for (size_t i = 0; *of == NULL && i < VMM_COUNT(apps); i++) {
        const struct vmm_bcd_element_info *row = vmm_bcd_element_by_name(apps[i], element);
        if (row == NULL) continue;
        if (found == NULL) found = row;
        *of = owner(b, apps[i]);
    }
    return found;
}

static int unknown_element(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const char *element, struct vmm_error *err) {
    const struct vmm_bcd_object *of;
    const struct vmm_bcd_element_info *row = elsewhere(b, element, &of);
    char *called = vmm_bcd_called(b, o), *want = of ? vmm_bcd_called(b, of) : NULL, *hint = NULL;
    if (row && want) {
        hint = vmm_printf(_("Give %s as the object."), of->guid);
        vmm_fail(err, VMM_E_USAGE, hint, _("the element \"%s\" is known, but not for this object, %s; you want %s"), element,
                 called, want);
    } else if (row) {
        vmm_fail(err, VMM_E_USAGE, _("No object of this store can have it."),
                 _("the element \"%s\" is known, but not for this object, %s"), element, called);
    } else {
        const char *near = nearest(vmm_bcd_app_of(o->type), element);
        if (near) hint = vmm_printf(_("Did you mean %s?"), near);
        vmm_fail(err, VMM_E_USAGE, hint ? hint : _("Elements are named as in bcdedit, or by 8 hexadecimal digits."),
                 _("there is no element \"%s\""), element);
    }
    free(called);
    free(want);
    free(hint);
    return -1;
}

/* ---- what may not be written ---- */

static int may_write(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, const char *element,
                     struct vmm_error *err) {
    if (o->unreadable)
        return vmm_fail(err, VMM_E_BROKEN, NULL, _("the elements of %s cannot be read, so none can be written"), o->guid);
    if (vmm_bcd_format_of(id) == VMM_BCD_DEVICE)
        return vmm_fail(err, VMM_E_UNSUPPORTED, _("On the machine itself bcdedit can set it."),
                        _("%s is a device; devices are read here, not written"), element);
    if (id == 0x16000060 || id == 0x17000077)
        return vmm_fail(err, VMM_E_UNSUPPORTED, NULL,
                        _("%s is kept by Windows itself; changed by hand, the entry may not start any more"), element);
    if (o->type == 0x10100001 || (o->type >> 20 == 0x101 && o->type != 0x10100002)) {
        char *called = vmm_bcd_called(b, o);
        vmm_fail(err, VMM_E_UNSUPPORTED,
                 _("The firmware's own settings are changed on the machine itself, with bcdedit or efibootmgr."),
                 _("%s only mirrors what the machine's firmware holds; changing it here would have no effect"), called);
        free(called);
        return -1;
    }
    return 0;
}

/* ---- the edit ---- */

/* The path of an element's key in the store's own spelling; a new key is 8 lower-case digits. */
static char *path_of(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id) {
    const struct vmm_bcd_store *s = vmm_bcd_private(b);
    const struct vmm_bcd_element *e = vmm_bcd_own(o, id);
    const char *elements = s->elements_name[o - b->objects];
    char *fresh = vmm_printf("%08x", id);
    char *path =
        vmm_printf("%s\\%s\\%s\\%s", s->objects_name, o->key_name, elements ? elements : "Elements", e ? e->key_name : fresh);
    free(fresh);
    return path;
}

static void fill(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, struct vmm_bcd_edit *out) {
    out->id = id;
    memcpy(out->guid, o->guid, sizeof out->guid);
    out->path = path_of(b, o, id);
    out->edit.path = out->path;
    out->edit.name = "Element";
}

/* True when the stored data already means what the new data says: a short integer, a second NUL behind a text. Then nothing is to
 * be written. */
static bool same_meaning(const struct vmm_bcd_element *e, uint32_t type, const uint8_t *data, size_t len) {
    if (e == NULL || e->bad) return false;
    struct vmm_bcd_element fresh = {.id = e->id, .reg_type = type, .data = (uint8_t *)(uintptr_t)data, .len = len};
    uint64_t a, b;
    if (vmm_bcd_integer(e, &a) == VMM_SET) return vmm_bcd_integer(&fresh, &b) == VMM_SET && a == b;
    char *x = vmm_bcd_string(e), *y = vmm_bcd_string(&fresh);
    bool same = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

/* The row for ELEMENT in object O. Of two with one name, the one that the object has. */
static const struct vmm_bcd_element_info *row_for(const struct vmm_bcd_object *o, const char *element) {
    const struct vmm_bcd_element_info *row = vmm_bcd_element_by_name(vmm_bcd_app_of(o->type), element);
    for (size_t i = 0; row && row->name && vmm_bcd_own(o, row->id) == NULL && i < o->count; i++) {
        const struct vmm_bcd_element_info *other = vmm_bcd_element_by_id(vmm_bcd_app_of(o->type), o->elements[i].id);
        if (other && other->name && strcasecmp(other->name, element) == 0) row = other;
    }
    return row;
}

int vmm_bcd_set(const struct vmm_bcd *b, const char *id, const char *element, const char *value, struct vmm_bcd_edit *out,
                struct vmm_error *err) {
    *out = (struct vmm_bcd_edit){0};
    const struct vmm_bcd_object *o = vmm_bcd_resolve(b, id, err);
    if (o == NULL) return -1;
    const struct vmm_bcd_element_info *info = row_for(o, element);
    if (info == NULL) return unknown_element(b, o, element, err);
    if (may_write(b, o, info->id, element, err) < 0) return -1;
    uint32_t type;
    uint8_t *data = NULL;
    size_t len = 0;
    if (vmm_bcd_parse(b, o, info, value, &type, &data, &len, err) < 0) return -1;
    const struct vmm_bcd_element *own = vmm_bcd_own(o, info->id);
    if (same_meaning(own, type, data, len)) {
        free(data);
        data = vmm_memdup(own->data, own->len);
        len = own->len;
    }
    fill(b, o, info->id, out);
    out->data = data;
    out->edit.op = VMM_EDIT_SET;
    out->edit.type = type;
    out->edit.data = data;
    out->edit.len = len;
    out->edit.create_keys = true;
    return 0;
}

int vmm_bcd_delete(const struct vmm_bcd *b, const char *id, const char *element, struct vmm_bcd_edit *out, struct vmm_error *err) {
    *out = (struct vmm_bcd_edit){0};
    const struct vmm_bcd_object *o = vmm_bcd_resolve(b, id, err);
    if (o == NULL) return -1;
    const struct vmm_bcd_element_info *info = row_for(o, element);
    uint32_t which = info ? info->id : vmm_bcd_id_text(element); /* what has no name can still be taken away */
    const struct vmm_bcd_element *own = which ? vmm_bcd_own(o, which) : NULL;
    if (info == NULL && own == NULL) return unknown_element(b, o, element, err);
    if (own == NULL && !o->unreadable) {
        char *called = vmm_bcd_called(b, o);
        const struct vmm_bcd_object *from;
        const struct vmm_bcd_element *inherited = vmm_bcd_effective(b, o, which, &from);
        char *giver = inherited ? vmm_bcd_called(b, from) : NULL,
             *hint = giver ? vmm_printf(_("It is inherited from %s."), giver) : NULL;
        vmm_fail(err, VMM_E_NOT_FOUND, hint, _("%s has no element %s, so there is nothing to delete"), called, element);
        free(called);
        free(giver);
        free(hint);
        return -1;
    }
    if (may_write(b, o, which, element, err) < 0) return -1;
    fill(b, o, which, out);
    out->edit.op = VMM_EDIT_DELETE_KEY;
    return 0;
}

void vmm_bcd_edit_clear(struct vmm_bcd_edit *e) {
    free(e->path);
    free(e->data);
    *e = (struct vmm_bcd_edit){0};
}
