/* Small files and folders that were not there, and taking them away again: only what a fix has to leave for Windows to find.
 * A file that a driver makes from Linux would be open to everybody on NTFS, so each gets a descriptor made here.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "volume/engine.h"

/* ---- who may do what ---- */

#define NT_AUTHORITY 5
enum { FULL = 0x1f01ff, READ = 0x1200a9, INHERITED_BELOW = 3 /* object and container */ };
enum { DACL_PRESENT = 0x4, DACL_PROTECTED = 0x1000, SELF_RELATIVE = 0x8000 };

static const struct who {
    uint32_t authority[2];
    uint8_t count;
} administrators = {{32, 544}, 2}, the_system = {{18, 0}, 1}, authenticated = {{11, 0}, 1};

static void put_sid(struct vmm_descriptor *d, const struct who *w) {
    uint8_t *p = d->data + d->len;
    memset(p, 0, 8);
    p[0] = 1;
    p[1] = w->count;
    p[7] = NT_AUTHORITY;
    for (size_t i = 0; i < w->count; i++) vmm_put32(p + 8 + 4 * i, w->authority[i]);
    d->len += 8 + 4 * (size_t)w->count;
}

static void put_ace(struct vmm_descriptor *d, const struct who *w, uint32_t mask, bool folder) {
    uint8_t *p = d->data + d->len;
    p[0] = 0; /* allowed */
    p[1] = folder ? INHERITED_BELOW : 0;
    vmm_put16(p + 2, (uint16_t)(16 + 4 * w->count));
    vmm_put32(p + 4, mask);
    d->len += 8;
    put_sid(d, w);
}

static struct vmm_descriptor descriptor(bool folder, bool private) {
    struct vmm_descriptor d = {.len = 20, .private = private};
    d.data[0] = 1;
    vmm_put16(d.data + 2, (uint16_t)(SELF_RELATIVE | DACL_PRESENT | (private ? DACL_PROTECTED : 0)));
    vmm_put32(d.data + 4, (uint32_t)d.len);
    put_sid(&d, &administrators);
    vmm_put32(d.data + 8, (uint32_t)d.len);
    put_sid(&d, &the_system);
    size_t list = d.len;
    vmm_put32(d.data + 16, (uint32_t)list);
    d.data[list] = 2;
    d.len += 8;
    put_ace(&d, &the_system, FULL, folder);
    put_ace(&d, &administrators, FULL, folder);
    if (!private) put_ace(&d, &authenticated, READ, folder);
    vmm_put16(d.data + list + 2, (uint16_t)(d.len - list));
    vmm_put16(d.data + list + 4, private ? 2 : 3);
    return d;
}

/* ---- making ---- */

/* The disk's spelling of a path whose last part is not there yet; the caller frees. NULL and *err. */
static char *free_place(struct vmm_volume *v, const struct vmm_part *p, const char *path, struct vmm_error *err) {
    struct vmm_node node;
    char *there = NULL, *real = NULL;
    size_t cut = strlen(path);
    while (cut > 0 && path[cut - 1] != '\\' && path[cut - 1] != '/') cut--;
    int r = vmm_path_find(v, p, path, &there, &node, err);
    free(there);
    if (r != 0) {
        if (r > 0) vmm_fail(err, VMM_E_CHANGED, NULL, _("making %s: there is one already"), path);
        return NULL;
    }
    char *dir = vmm_strndup(path, cut), *dir_real = NULL;
    r = vmm_path_find(v, p, dir, &dir_real, &node, err);
    if (r == 0 || (r == 1 && node.kind != VMM_NODE_DIR)) vmm_fail(err, VMM_E_NOT_FOUND, NULL, _("making %s: there is no folder to put it in"), path);
    else if (r == 1) real = *dir_real ? vmm_printf("%s/%s", dir_real, path + cut) : vmm_strdup(path + cut);
    free(dir);
    free(dir_real);
    return real;
}

static int make(struct vmm_volume *v, int part, const char *path, bool folder, const void *data, size_t len, bool private, struct vmm_error *err) {
    const struct vmm_part *p = vmm_part_for_writing(v, part, path, err);
    char *real = p ? free_place(v, p, path, err) : NULL;
    if (real == NULL) return -1;
    const struct vmm_descriptor sd = descriptor(folder, private);
    v->wrote = true;
    int r = v->engine->create(v, p, real, folder, data, len, &sd, err);
    free(real);
    return r;
}

int vmm_volume_create(struct vmm_volume *v, int part, const char *path, const void *data, size_t len, bool private, struct vmm_error *err) {
    return make(v, part, path, false, data, len, private, err);
}

int vmm_volume_make_folder(struct vmm_volume *v, int part, const char *path, struct vmm_error *err) { return make(v, part, path, true, NULL, 0, false, err); }

int vmm_volume_remove(struct vmm_volume *v, int part, const char *path, struct vmm_error *err) {
    const struct vmm_part *p = vmm_part_for_writing(v, part, path, err);
    struct vmm_node node;
    char *real = NULL;
    if (p == NULL) return -1;
    int r = vmm_path_find(v, p, path, &real, &node, err);
    if (r == 0) r = vmm_fail(err, VMM_E_NOT_FOUND, NULL, _("removing %s: it is not there"), path);
    else if (r == 1 && (*real == '\0' || (node.kind != VMM_NODE_FILE && node.kind != VMM_NODE_DIR)))
        r = vmm_fail(err, VMM_E_UNSUPPORTED, NULL, _("removing %s: it is neither a file nor a folder"), path);
    if (r == 1) {
        v->wrote = true;
        r = v->engine->remove(v, p, real, node.kind == VMM_NODE_DIR, err);
        vmm_path_forget(v); /* a folder that is gone must not be remembered */
    }
    free(real);
    return r;
}
