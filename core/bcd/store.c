/* Reading a boot store out of its hive: objects, elements, what does not fit. Everything is bounded by the size of the hive,
 * because a hostile one can name the same key or the same data many times. Copyright (C) 2026 the vmmedic authors.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "bcd/room.h"

#define STORE_MAX (16u << 20) /* real ones are below 1 MiB */
#define KEY_LEAST 80          /* bytes that a key takes in a hive at least */

/* What the reading has used up and what it left out. */
struct reading {
    const struct vmm_hive *hive;
    size_t keys_left, bytes_left;
    size_t odd_objects, odd_elements, bad_elements, broken_objects;
    bool too_much;
};

/* True when registry type and length are those that the boot manager takes for the id's format. */
static bool fits(uint32_t id, uint32_t type, const uint8_t *data, size_t len) {
    switch (vmm_bcd_format_of(id)) {
    case VMM_BCD_DEVICE: return type == VMM_REG_BINARY && len >= 32 && (uint64_t)vmm_le32(data + 0x18) + 16 == len;
    case VMM_BCD_STRING:
    case VMM_BCD_OBJECT: return type == VMM_REG_SZ && len >= 2 && len % 2 == 0;
    case VMM_BCD_OBJECT_LIST: return type == VMM_REG_MULTI_SZ && len >= 2 && len % 2 == 0;
    case VMM_BCD_INTEGER: return type == VMM_REG_BINARY && len >= 1 && len <= 8;
    case VMM_BCD_BOOLEAN: return type == VMM_REG_BINARY && len == 1;
    case VMM_BCD_INTEGER_LIST: return type == VMM_REG_BINARY && len > 0 && len % 8 == 0;
    default: return true; /* a format nobody knows: shown as raw anyway */
    }
}

/* The id that a key's name spells, 0 when it is none. */
static uint32_t id_of_key(const char *name) {
    size_t n = strlen(name);
    if (n == 0 || n > 8 || strspn(name, "0123456789abcdefABCDEF") != n) return 0;
    return (uint32_t)strtoul(name, NULL, 16);
}

static void read_element(struct reading *r, vmm_key key, struct vmm_bcd_element *e) {
    struct vmm_value v = {0};
    enum vmm_answer a = vmm_key_value(r->hive, key, "Element", &v);
    if (a == VMM_SET && v.len <= r->bytes_left) {
        e->reg_type = v.type;
        e->len = v.len;
        e->data = v.data;
        v.data = NULL;
        r->bytes_left -= e->len;
        e->bad = !fits(e->id, e->reg_type, e->data, e->len);
    } else {
        if (a == VMM_SET) r->too_much = true;
        e->data = vmm_alloc(1, 1);
        e->bad = true;
        e->unreadable = a == VMM_UNREADABLE;
    }
    r->bad_elements += e->bad;
    vmm_value_clear(&v);
}

static void clear_element(struct vmm_bcd_element *e) {
    free(e->key_name);
    free(e->data);
}

static int by_id(const void *a, const void *b) {
    const struct vmm_bcd_element *x = a, *y = b;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return strcmp(x->key_name, y->key_name); /* two spellings of one id: always in the same order */
}

/* Sorts, and keeps the first of several keys that spell the same id. */
static void order_elements(struct reading *r, struct vmm_bcd_object *o) {
    if (o->count > 1) qsort(o->elements, o->count, sizeof *o->elements, by_id);
    size_t kept = 0;
    for (size_t i = 0; i < o->count; i++) {
        if (kept > 0 && o->elements[kept - 1].id == o->elements[i].id) {
            clear_element(&o->elements[i]);
            r->odd_elements++;
        } else {
            o->elements[kept++] = o->elements[i];
        }
    }
    o->count = kept;
}

/* Takes N keys off what the hive has room for. */
static bool take_keys(struct reading *r, size_t n) {
    if (n > r->keys_left) r->too_much = true;
    else r->keys_left -= n;
    return !r->too_much;
}

static void read_elements(struct reading *r, vmm_key elements, struct vmm_bcd_object *o) {
    vmm_key *keys = NULL;
    size_t count = 0;
    if (vmm_key_children(r->hive, elements, &keys, &count, NULL) < 0) {
        o->unreadable = true;
        return;
    }
    if (take_keys(r, count)) {
        o->elements = vmm_alloc(count, sizeof *o->elements);
        for (size_t i = 0; i < count && !r->too_much; i++) {
            char *name = vmm_key_name(r->hive, keys[i]);
            uint32_t id = name ? id_of_key(name) : 0;
            if (id == 0) {
                r->odd_elements++;
                free(name);
                continue;
            }
            struct vmm_bcd_element *e = &o->elements[o->count++];
            *e = (struct vmm_bcd_element){.id = id, .key_name = name};
            read_element(r, keys[i], e);
        }
        order_elements(r, o);
    }
    free(keys);
}

static uint32_t read_type(const struct vmm_hive *h, vmm_key object) {
    vmm_key description;
    struct vmm_value v = {0};
    uint32_t type = 0;
    if (vmm_key_child(h, object, "Description", &description) == VMM_SET && vmm_key_value(h, description, "Type", &v) == VMM_SET &&
        v.type == VMM_REG_DWORD && v.len == 4)
        type = vmm_le32(v.data);
    vmm_value_clear(&v);
    return type;
}

static void read_object(struct reading *r, vmm_key key, struct vmm_bcd_object *o, char **elements_name) {
    o->type = read_type(r->hive, key);
    vmm_key elements;
    enum vmm_answer a = vmm_key_child(r->hive, key, "Elements", &elements);
    if (a == VMM_SET) {
        *elements_name = vmm_key_name(r->hive, elements);
        read_elements(r, elements, o);
    }
    if (a == VMM_UNREADABLE) o->unreadable = true;
    r->broken_objects += o->unreadable;
}

static int cmp_guid(const void *a, const void *b, void *objects) {
    const struct vmm_bcd_object *o = objects;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int r = strcmp(o[x].guid, o[y].guid);
    return r ? r : (x > y) - (x < y);
}

static size_t *index_objects(const struct vmm_bcd_object *objects, size_t count) {
    size_t *index = vmm_alloc(count, sizeof *index);
    for (size_t i = 0; i < count; i++) index[i] = i;
    if (count > 1) qsort_r(index, count, sizeof *index, cmp_guid, (void *)(uintptr_t)objects);
    return index;
}

/* A key of the Objects key that is an object: named by a GUID in braces, as the boot manager looks it up. */
static bool object_name(const char *name, char guid[39]) { return name && name[0] == '{' && vmm_bcd_guid(name, guid); }

static void read_objects(struct reading *r, struct vmm_bcd_store *s, const vmm_key *keys, size_t count) {
    struct vmm_bcd *b = &s->open;
    b->objects = vmm_alloc(count, sizeof *b->objects);
    s->elements_name = vmm_alloc(count, sizeof *s->elements_name);
    for (size_t i = 0; i < count && !r->too_much; i++) {
        struct vmm_bcd_object *o = &b->objects[b->count];
        char *name = vmm_key_name(r->hive, keys[i]);
        if (!object_name(name, o->guid)) {
            r->odd_objects++;
            free(name);
            continue;
        }
        o->key_name = name;
        read_object(r, keys[i], o, &s->elements_name[b->count]);
        b->count++;
    }
    s->by_guid = index_objects(b->objects, b->count);
}

static void find_default(struct vmm_bcd_store *s) {
    const struct vmm_bcd_object *bootmgr = vmm_bcd_object(&s->open, VMM_BCD_BOOTMGR_GUID);
    char *text = bootmgr ? vmm_bcd_string(vmm_bcd_own(bootmgr, VMM_BCD_DEFAULT)) : NULL;
    if (text == NULL || !vmm_bcd_guid(text, s->default_guid)) s->default_guid[0] = '\0';
    free(text);
}

static void add_warning(struct vmm_buf *w, size_t n, const char *what) {
    if (n > 0) vmm_buf_fmt(w, "%s%s: %zu", w->len ? "; " : "", what, n);
}

static char *warning_of(const struct reading *r) {
    struct vmm_buf w = {0};
    add_warning(&w, r->broken_objects, _("objects whose elements cannot be read"));
    add_warning(&w, r->bad_elements,
                _("elements whose data does not fit their kind, so that the boot manager may refuse their objects"));
    add_warning(&w, r->odd_objects, _("keys that are no objects and were left out"));
    add_warning(&w, r->odd_elements, _("keys that are no elements, or double, and were left out"));
    return w.len ? vmm_buf_steal(&w) : NULL;
}

struct vmm_bcd *vmm_bcd_open(const struct vmm_hive *h, struct vmm_error *err) {
    static const char hint[] = N_("A boot store is a file named BCD in \\Boot or in \\EFI\\Microsoft\\Boot.");
    vmm_key objects, *keys = NULL;
    size_t count = 0, len = 0;
    vmm_hive_bytes(h, &len);
    enum vmm_answer a = vmm_key_child(h, vmm_hive_root(h), "Objects", &objects);
    const char *why = a == VMM_NOT_SET  ? N_("this hive has no key Objects, so it is no boot store")
                      : a != VMM_SET    ? N_("the keys of its root cannot be read")
                      : len > STORE_MAX ? N_("it is far larger than a boot store ever is")
                                        : NULL;
    if (why) {
        vmm_fail(err, VMM_E_BROKEN, a == VMM_UNREADABLE ? NULL : _(hint), _("reading the boot store: %s"), _(why));
        return NULL;
    }
    if (vmm_key_children(h, objects, &keys, &count, err) < 0) {
        vmm_fail_prefix(err, "%s", _("reading the boot store"));
        return NULL;
    }
    struct reading r = {.hive = h, .keys_left = len / KEY_LEAST, .bytes_left = len};
    struct vmm_bcd_store *s = vmm_alloc(1, sizeof *s);
    s->open.hive = h;
    s->objects_name = vmm_key_name(h, objects);
    if (take_keys(&r, count)) read_objects(&r, s, keys, count);
    free(keys);
    if (r.too_much) {
        vmm_fail(err, VMM_E_BROKEN, NULL, _("reading the boot store: it names more keys or data than the file has room for"));
        vmm_bcd_close(&s->open);
        return NULL;
    }
    s->open.warning = warning_of(&r);
    find_default(s);
    return &s->open;
}

void vmm_bcd_close(struct vmm_bcd *b) {
    if (b == NULL) return;
    struct vmm_bcd_store *s = (struct vmm_bcd_store *)b;
    for (size_t i = 0; i < b->count; i++) {
        for (size_t j = 0; j < b->objects[i].count; j++) clear_element(&b->objects[i].elements[j]);
        free(b->objects[i].elements);
        free(b->objects[i].key_name);
        free(s->elements_name[i]);
    }
    free(b->objects);
    free(b->warning);
    free(s->by_guid);
    free(s->elements_name);
    free(s->objects_name);
    free(s);
}

const struct vmm_bcd_object *vmm_bcd_object(const struct vmm_bcd *b, const char *guid) {
    const struct vmm_bcd_store *s = vmm_bcd_private(b);
    char wanted[39];
    if (guid == NULL || !vmm_bcd_guid(guid, wanted)) return NULL;
    size_t low = 0, high = b->count; /* the first of several with one GUID */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(b->objects[s->by_guid[middle]].guid, wanted) < 0) low = middle + 1;
        else high = middle;
    }
    const struct vmm_bcd_object *o = low < b->count ? &b->objects[s->by_guid[low]] : NULL;
    return o && strcmp(o->guid, wanted) == 0 ? o : NULL;
}

const struct vmm_bcd_element *vmm_bcd_own(const struct vmm_bcd_object *o, uint32_t id) {
    size_t low = 0, high = o->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (o->elements[middle].id < id) low = middle + 1;
        else high = middle;
    }
    return low < o->count && o->elements[low].id == id ? &o->elements[low] : NULL;
}
