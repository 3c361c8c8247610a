/* Keys are made and removed by hivex, on a private copy, in a child process: hivex may abort() on what it does not expect, and it writes hives that Windows
 * refuses in some cases. Those cases are a table here, each refused before anything is made.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <hivex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hive/regf.h"

/* ---- what hivex would spoil ---- */

static bool plain_name(const char *name) {
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e) return false;
    return strlen(name) <= 255;
}

/* The same for every part of a path; a part is at most 255 characters. */
static bool plain_path(const char *path) {
    bool plain = true;
    while (plain && *path) {
        size_t n = strcspn(path, "\\");
        char *name = vmm_strndup(path, n);
        plain = plain_name(name);
        free(name);
        path += n + (path[n] == '\\');
    }
    return plain;
}

static size_t parts_of(const char *path) {
    size_t n = *path != '\0';
    for (; *path; path++) n += *path == '\\';
    return n;
}

/* LEFT: how many keys may still be met. A hive that nobody has walked yet may hold a key below itself, many times over. */
static const char *tree_hazard(const struct vmm_hive *h, vmm_key key, unsigned depth, size_t *left) {
    vmm_key *children;
    size_t count;
    const char *why = NULL;
    if (depth > 64) return N_("its keys are nested too deeply");
    if ((*left)-- == 0) return N_("its subkeys cannot be read");
    if (vmm_le16(vmm_nk(h, key - REGF_BASE, NULL) + NK_FLAGS) & (NK_F_NO_DELETE | NK_F_LINK | NK_F_PREDEFINED)) return N_("the key is marked as one that may not be changed");
    if (vmm_key_children(h, key, &children, &count, NULL) < 0) return N_("its subkeys cannot be read");
    for (size_t i = 0; why == NULL && i < count; i++) why = tree_hazard(h, children[i], depth + 1, left);
    free(children);
    return why;
}

/* hivex compares names as C strings: one that holds a NUL is taken for the part before it. */
static bool name_has_nul(const struct vmm_hive *h, uint32_t rel) {
    const uint8_t *nk = vmm_nk(h, rel, NULL);
    if (nk == NULL) return true;
    size_t n = vmm_le16(nk + NK_NAME_LEN), step = vmm_le16(nk + NK_FLAGS) & NK_F_COMPRESSED ? 1 : 2;
    for (size_t i = 0; i + step <= n; i += step)
        if (nk[NK_NAME + i] == 0 && nk[NK_NAME + i + step - 1] == 0) return true;
    return false;
}

static const char *list_hazard(const struct vmm_hive *h, vmm_key parent, bool adding) {
    struct vmm_leaf_entry *list;
    size_t count;
    const char *why = NULL, *broken;
    const uint8_t *nk = vmm_nk(h, parent - REGF_BASE, NULL); /* what a key to be removed says */
    if (nk == NULL) return N_("the key above it cannot be read");
    if (vmm_subkeys(h, nk, &list, &count, &broken) < 0) return broken;
    for (size_t i = 0; why == NULL && i < count; i++) {
        if (list[i].kind == 'i') why = N_("its subkey list is of an old kind");
        else if (adding && name_has_nul(h, list[i].child)) why = N_("a key beside it has a name that is not plain text");
    }
    free(list);
    return why;
}

const char *vmm_hivex_hazard(const struct vmm_hive *h, vmm_key key, const struct vmm_edit *e) {
    const uint8_t *nk = vmm_nk(h, key - REGF_BASE, NULL);
    const char *why;
    if (h->minor == 6) return N_("the hive is of a layered kind");
    if (e->op == VMM_EDIT_DELETE_KEY) {
        if (vmm_le16(nk + NK_FLAGS) & NK_F_ROOT) return N_("it is the root key");
        size_t keys = h->length / NK_NAME;
        why = list_hazard(h, vmm_le32(nk + NK_PARENT) + REGF_BASE, false);
        return why ? why : tree_hazard(h, key, 0, &keys);
    }
    if (vmm_le16(nk + NK_FLAGS) & (NK_F_LINK | NK_F_PREDEFINED)) return N_("the key is a link");
    if (parts_of(e->path) >= REGF_DEPTH) return N_("keys are nested too deeply");
    why = list_hazard(h, key, true);
    return why ? why : plain_path(e->path) ? NULL : N_("the new key's name is not plain text");
}

/* ---- the child ---- */

#define PATIENCE 120 /* seconds; a hive of 50 MB takes less than one */

/* Makes the missing keys of PATH. */
static int make_path(hive_h *g, const char *path) {
    hive_node_h node = hivex_root(g);
    while (node && *path) {
        size_t n = strcspn(path, "\\");
        char *name = vmm_strndup(path, n);
        errno = 0;
        hive_node_h child = hivex_node_get_child(g, node, name);
        if (child == 0 && errno == 0) child = hivex_node_add_child(g, node, name);
        free(name);
        node = child;
        path += n + (path[n] == '\\');
    }
    return node ? 0 : -1;
}

static int one_edit(const struct vmm_hive *h, hive_h *g, const struct vmm_edit *e) {
    vmm_key key;
    if (e->op == VMM_EDIT_SET) return make_path(g, e->path);
    return vmm_key_path(h, vmm_hive_root(h), e->path, &key) == VMM_SET ? hivex_node_delete_child(g, key) : -1;
}

/* In the child: 0 when OUT holds the result; never returns to the caller's stack by any other way than the exit status. */
static int child_main(const struct vmm_hive *h, const char *in, const char *out, const struct vmm_edit *const *edits, size_t count) {
    signal(SIGABRT, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    alarm(PATIENCE);
    hive_h *g = hivex_open(in, HIVEX_OPEN_WRITE);
    if (g == NULL) return 10;
    /* keys go last: an emptied list that hivex fills again would be left behind */
    for (int keys = 0; keys < 2; keys++)
        for (size_t i = 0; i < count; i++)
            if ((edits[i]->op == VMM_EDIT_DELETE_KEY) == keys && one_edit(h, g, edits[i]) < 0) return 11;
    return hivex_commit(g, out, 0) < 0 ? 12 : 0;
}

int vmm_hivex_edit(const struct vmm_hive *h, const uint8_t *bytes, size_t len, const struct vmm_edit *const *edits, size_t count, const char *scratch,
                   uint8_t **out, size_t *out_len, struct vmm_error *err) {
    static const char *const reasons[] = {N_("hivex cannot open it"), N_("hivex refused the edit"), N_("hivex could not save it")};
    char *in_path = vmm_printf("%s/hive.in", scratch), *out_path = vmm_printf("%s/hive.out", scratch);
    int r = vmm_file_write(in_path, bytes, len, err), status = 0;
    if (r == 0) {
        pid_t pid = fork();
        if (pid == 0) {
            /* nothing of hivex may reach the parent's output */
            if (freopen("/dev/null", "w", stderr) == NULL) _exit(13);
            _exit(child_main(h, in_path, out_path, edits, count));
        }
        if (pid < 0) r = vmm_fail(err, VMM_E_SYSTEM, NULL, _("starting a process to edit a hive: %s"), strerror(errno));
        while (r == 0 && waitpid(pid, &status, 0) < 0)
            if (errno != EINTR) r = vmm_fail(err, VMM_E_SYSTEM, NULL, _("waiting for the process that edits a hive: %s"), strerror(errno));
    }
    if (r == 0 && status != 0) {
        int code = WIFEXITED(status) ? WEXITSTATUS(status) - 10 : -1;
        r = vmm_fail(err, code == 2 ? VMM_E_NO_SPACE : VMM_E_UNSUPPORTED, _("Nothing was written. The disk is as it was."), _("editing a copy of the hive: %s"),
                     code >= 0 && code < 3 ? _(reasons[code]) : _("the hive library stopped on it"));
    }
    if (r == 0) r = vmm_file_read(out_path, len + (64u << 20), out, out_len, err);
    unlink(in_path);
    unlink(out_path);
    free(in_path);
    free(out_path);
    return r;
}

/* ---- tidying what it leaves ---- */

static void free_cell(struct vmm_hive *h, uint32_t rel) {
    uint8_t *cell = h->data + REGF_BASE + rel;
    vmm_put32(cell, 0u - vmm_le32(cell));
}

/* hivex leaves the empty part of a divided list where it was; Windows would throw the whole list away. */
static void tidy_parts(struct vmm_hive *h, uint8_t *nk, uint8_t *top, size_t size) {
    size_t n = vmm_le16(top + 2), kept = 0;
    if (n > (size - 4) / 4) return;
    for (size_t i = 0; i < n; i++) {
        uint32_t leaf = vmm_le32(top + 4 + 4 * i);
        const uint8_t *l = vmm_cell(h, leaf, 4, NULL);
        if (l && l[0] == 'l' && vmm_le16(l + 2) == 0) free_cell(h, leaf);
        else vmm_put32(top + 4 + 4 * kept++, leaf);
    }
    vmm_put16(top + 2, (uint16_t)kept);
    if (kept > 0) return;
    free_cell(h, vmm_le32(nk + NK_LIST));
    vmm_put32(nk + NK_LIST, REGF_NIL);
}

/* It leaves an empty leaf under a key that lost its last child too, and uses hashes where an old hive has hints. */
static void tidy_key(struct vmm_hive *h, uint32_t rel) {
    const uint8_t *found = vmm_nk(h, rel, NULL);
    if (found == NULL) return;
    uint8_t *nk = h->data + (found - h->data);
    uint32_t list = vmm_le32(nk + NK_LIST);
    size_t size;
    const uint8_t *top = list == REGF_NIL ? NULL : vmm_cell(h, list, 4, &size);
    if (top && memcmp(top, "ri", 2) == 0) {
        tidy_parts(h, nk, h->data + (top - h->data), size);
        return;
    }
    if (vmm_le32(nk + NK_SUBKEYS) == 0) {
        if (top && top[0] == 'l' && vmm_le16(top + 2) == 0) {
            free_cell(h, list);
            vmm_put32(nk + NK_LIST, REGF_NIL);
        }
        return;
    }
    if (h->minor >= 5 || top == NULL || memcmp(top, "lh", 2) != 0 || vmm_le16(top + 2) > (size - 4) / 8) return;
    uint8_t *leaf = h->data + (top - h->data);
    for (size_t i = 0; i < vmm_le16(leaf + 2); i++) { /* all of them or none */
        const uint8_t *child = vmm_nk(h, vmm_le32(leaf + 4 + 8 * i), NULL);
        if (child == NULL || !(vmm_le16(child + NK_FLAGS) & NK_F_COMPRESSED)) return;
    }
    for (size_t i = 0; i < vmm_le16(leaf + 2); i++) {
        const uint8_t *child = vmm_nk(h, vmm_le32(leaf + 4 + 8 * i), NULL);
        uint8_t hint[4] = {0};
        for (size_t k = 0; k < 4 && k < vmm_le16(child + NK_NAME_LEN); k++) hint[k] = child[NK_NAME + k];
        memcpy(leaf + 8 + 8 * i, hint, 4);
    }
    leaf[1] = 'f';
}

void vmm_hivex_tidy(struct vmm_hive *h, const char *path) {
    uint32_t rel = h->root;
    tidy_key(h, rel);
    for (const char *p = path; *p;) {
        size_t n = strcspn(p, "\\");
        char *name = vmm_strndup(p, n);
        vmm_key child;
        enum vmm_answer a = vmm_key_child(h, rel + REGF_BASE, name, &child);
        free(name);
        if (a != VMM_SET) return;
        rel = child - REGF_BASE;
        tidy_key(h, rel);
        p += n + (p[n] == '\\');
    }
}
