/* From a path as people and registries write it to the spelling on the disk: component by component, exact spelling first, then
 * without regard to case. Links and reparse points end the walk: what they lead to may be outside of the disk.
 * Copyright (C) 2026
 * the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "volume/engine.h"

enum { DEPTH_MAX = 64, NAME_MAX_BYTES = 255 * 3, SEEN_MAX = 256 };

/* A folder that was found once; looking is repeated often (\Windows\System32\config). */
struct vmm_seen {
    int part;
    char *asked, *real;
};

void vmm_path_forget(struct vmm_volume *v) {
    for (size_t i = 0; i < v->seen_count; i++) {
        free(v->seen[i].asked);
        free(v->seen[i].real);
    }
    free(v->seen);
    v->seen = NULL;
    v->seen_count = 0;
}

static const char *seen(const struct vmm_volume *v, int part, const char *asked) {
    for (size_t i = 0; i < v->seen_count; i++)
        if (v->seen[i].part == part && strcmp(v->seen[i].asked, asked) == 0) return v->seen[i].real;
    return NULL;
}

static void remember(struct vmm_volume *v, int part, const char *asked, const char *real) {
    if (v->seen_count == SEEN_MAX) return;
    v->seen = vmm_realloc(v->seen, v->seen_count + 1, sizeof *v->seen);
    v->seen[v->seen_count++] = (struct vmm_seen){part, vmm_strdup(asked), vmm_strdup(real)};
}

static char *joined(const char *dir, const char *name) { return *dir ? vmm_printf("%s/%s", dir, name) : vmm_strdup(name); }

static int linked(const struct vmm_volume *v, const struct vmm_part *p, const char *path, struct vmm_error *err) {
    char *where = vmm_part_words(v, p);
    vmm_fail(err, VMM_E_UNSUPPORTED, _("Links on the disk are not followed; use the real path."),
             _("looking at %s on %s: it is a link or a reparse point"), path, where);
    free(where);
    return -1;
}

static int look(struct vmm_volume *v, const struct vmm_part *p, const char *path, struct vmm_node *node, struct vmm_error *err) {
    *node = (struct vmm_node){0};
    int r = v->engine->look(v, p, path, node, err);
    if (r == 1 && (node->kind == VMM_NODE_LINK || node->st.ntfs_attributes & VMM_ATTR_REPARSE)) return linked(v, p, path, err);
    return r;
}

/* The one entry of DIR that is NAME but for case, as a path; NULL in *found when there is none. */
static int other_case(struct vmm_volume *v, const struct vmm_part *p, const char *dir, const char *name, char **found,
                      struct vmm_error *err) {
    char **names, *best = NULL;
    size_t count, hits = 0;
    bool exact = false;
    *found = NULL;
    if (v->engine->names(v, p, dir, &names, &count, err) < 0) return -1;
    for (size_t i = 0; i < count; i++) {
        bool same = strcmp(names[i], name) == 0;
        if (!exact && (same || vmm_casecmp(names[i], name) == 0)) {
            best = names[i];
            exact = same;
            hits++;
        }
    }
    int r = 0;
    if (hits > 1 && !exact) {
        char *where = vmm_part_words(v, p);
        r = vmm_fail(err, VMM_E_BROKEN, NULL, _("looking for %s on %s: several names there differ only in upper and lower case"),
                     name, where);
        free(where);
    } else if (best) {
        *found = joined(dir, best);
    }
    for (size_t i = 0; i < count; i++) free(names[i]);
    free(names);
    return r;
}

/* One component below DIR (which is a folder). 1, 0, -1 as vmm_path_find. */
static int step(struct vmm_volume *v, const struct vmm_part *p, const char *dir, const char *name, char **real,
                struct vmm_node *node, struct vmm_error *err) {
    if (v->engine->exact(v, p)) {
        *real = joined(dir, name);
        int r = look(v, p, *real, node, err);
        if (r != 0) return r;
        free(*real);
    }
    if (other_case(v, p, dir, name, real, err) < 0) return -1;
    return *real ? look(v, p, *real, node, err) : 0;
}

static int bad_name(const char *path, struct vmm_error *err) {
    return vmm_fail(err, VMM_E_USAGE, NULL, _("%s is no path on a Windows disk"), path);
}

int vmm_path_find(struct vmm_volume *v, const struct vmm_part *p, const char *path, char **real, struct vmm_node *node,
                  struct vmm_error *err) {
    char *at = vmm_strdup(""), *asked = vmm_strdup(""), *name = NULL;
    int r = 1;
    size_t depth = 0;
    *real = NULL;
    *node = (struct vmm_node){.kind = VMM_NODE_DIR, .st = {.is_dir = true}};
    for (const char *s = path; r == 1;) {
        s += strspn(s, "\\/");
        size_t n = strcspn(s, "\\/");
        if (n == 0) break;
        free(name);
        name = vmm_strndup(s, n);
        s += n;
        if (n > NAME_MAX_BYTES || ++depth > DEPTH_MAX || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
            r = bad_name(path, err);
            break;
        }
        if (node->kind != VMM_NODE_DIR) { /* a file has nothing below it */
            r = 0;
            break;
        }
        char *next = NULL, *whole = joined(asked, name);
        const char *known = seen(v, p->number, whole);
        if (known) {
            next = vmm_strdup(known);
            *node = (struct vmm_node){.kind = VMM_NODE_DIR, .st = {.is_dir = true}};
        } else {
            r = step(v, p, at, name, &next, node, err);
            if (r == 1 && node->kind == VMM_NODE_DIR) remember(v, p->number, whole, next);
        }
        free(asked);
        asked = whole;
        if (r == 1) {
            free(at);
            at = next;
        } else {
            free(next);
        }
    }
    free(name);
    free(asked);
    if (r == 1) *real = at;
    else free(at);
    return r;
}
