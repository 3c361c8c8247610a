/* What differs between two hives, logically: keys, flags, classes, security descriptors, values with their types. Not times, not layout.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hive/regf.h"

struct compare {
    const struct vmm_hive *a, *b;
    vmm_difference_fn tell;
    void *ctx;
    struct vmm_error *err;
    size_t keys, bytes; /* that may still be met: more than both files have room for means that keys or values stand in several places */
};

static char *join(const char *path, const char *name) { return *path ? vmm_printf("%s\\%s", path, name) : vmm_strdup(name); }

/* The bytes of a cell a key points to, for class names and descriptors; empty when there are none. */
static const uint8_t *part(const struct vmm_hive *h, uint32_t rel, size_t skip, size_t len) {
    const uint8_t *cell = vmm_cell(h, rel, skip + len, NULL);
    return cell ? cell + skip : NULL;
}

static bool same_part(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len) {
    return a_len == b_len && (a == NULL) == (b == NULL) && (a == NULL || memcmp(a, b, a_len) == 0);
}

static bool same_node(const struct compare *c, const uint8_t *a, const uint8_t *b) {
    if (vmm_le16(a + NK_FLAGS) != vmm_le16(b + NK_FLAGS)) return false;
    size_t ca = vmm_le16(a + NK_CLASS_LEN), cb = vmm_le16(b + NK_CLASS_LEN);
    if (!same_part(part(c->a, vmm_le32(a + NK_CLASS), 0, ca), ca, part(c->b, vmm_le32(b + NK_CLASS), 0, cb), cb)) return false;
    const uint8_t *sa = part(c->a, vmm_le32(a + NK_SK), 0, SK_DESCRIPTOR), *sb = part(c->b, vmm_le32(b + NK_SK), 0, SK_DESCRIPTOR);
    size_t la = sa ? vmm_le32(sa + SK_LENGTH) : 0, lb = sb ? vmm_le32(sb + SK_LENGTH) : 0;
    return same_part(part(c->a, vmm_le32(a + NK_SK), SK_DESCRIPTOR, la), la, part(c->b, vmm_le32(b + NK_SK), SK_DESCRIPTOR, lb), lb);
}

static int by_value_name(const void *x, const void *y) {
    const struct vmm_value *a = x, *b = y;
    int r = vmm_casecmp(a->name, b->name);
    return r ? r : strcmp(a->name, b->name);
}

static size_t size_of(const struct vmm_value *v, size_t n) {
    size_t size = 0;
    for (size_t i = 0; i < n; i++) size += v[i].len;
    return size;
}

static int too_much(const struct compare *c, const char *path) {
    return vmm_fail(c->err, VMM_E_BROKEN, NULL, _("comparing hives: what is below %s is more than the files have room for"), path);
}

static bool same_value(const struct vmm_value *a, const struct vmm_value *b) { return a->type == b->type && a->len == b->len && memcmp(a->data, b->data, a->len) == 0; }

static size_t of_one_name(const struct vmm_value *v, size_t n) {
    size_t k = 1;
    while (k < n && by_value_name(&v[0], &v[k]) == 0) k++;
    return k;
}

static void swap(struct vmm_value *a, struct vmm_value *b) {
    struct vmm_value t = *a;
    *a = *b;
    *b = t;
}

/* Values whose names read the same: several where names hold a NUL or are no text. Those that did not change are found first, whichever went or came. */
static void compare_namesakes(const struct compare *c, const char *path, struct vmm_value *a, size_t na, struct vmm_value *b, size_t nb) {
    size_t same = 0;
    for (size_t i = 0; i < na; i++) {
        size_t k = same;
        while (k < nb && !same_value(&a[i], &b[k])) k++;
        if (k == nb) continue;
        swap(&a[i], &a[same]);
        swap(&b[k], &b[same++]);
    }
    for (size_t i = same; i < na || i < nb; i++)
        c->tell(c->ctx, i >= nb ? VMM_DIFF_VALUE_REMOVED : i >= na ? VMM_DIFF_VALUE_ADDED : VMM_DIFF_VALUE_CHANGED, path, i < na ? a[i].name : b[i].name);
}

static void compare_values(const struct compare *c, const char *path, struct vmm_value *a, size_t na, struct vmm_value *b, size_t nb) {
    qsort(a, na, sizeof *a, by_value_name);
    qsort(b, nb, sizeof *b, by_value_name);
    for (size_t i = 0, k = 0; i < na || k < nb;) {
        int order = i == na ? 1 : k == nb ? -1 : by_value_name(&a[i], &b[k]);
        size_t of_a = order > 0 ? 0 : of_one_name(&a[i], na - i), of_b = order < 0 ? 0 : of_one_name(&b[k], nb - k);
        compare_namesakes(c, path, a + i, of_a, b + k, of_b);
        i += of_a;
        k += of_b;
    }
}

static void free_values(struct vmm_value *v, size_t n) {
    for (size_t i = 0; i < n; i++) vmm_value_clear(&v[i]);
    free(v);
}

static int compare_keys(struct compare *c, vmm_key ka, vmm_key kb, const char *path, unsigned depth);

/* Both lists are in the order of their upper-case names, as the strict walk demands of both. */
static int compare_children(struct compare *c, vmm_key ka, vmm_key kb, const char *path, unsigned depth) {
    vmm_key *a = NULL, *b = NULL;
    size_t na = 0, nb = 0;
    int r = vmm_key_children(c->a, ka, &a, &na, c->err);
    if (r == 0) r = vmm_key_children(c->b, kb, &b, &nb, c->err);
    for (size_t i = 0, k = 0; r == 0 && (i < na || k < nb);) {
        char *one = i < na ? vmm_key_name(c->a, a[i]) : NULL, *two = k < nb ? vmm_key_name(c->b, b[k]) : NULL;
        int order = one == NULL ? 1 : two == NULL ? -1 : vmm_casecmp(one, two);
        char *child = join(path, order <= 0 ? one : two);
        if (order < 0) {
            c->tell(c->ctx, VMM_DIFF_KEY_REMOVED, child, "");
            i++;
        } else if (order > 0) {
            c->tell(c->ctx, VMM_DIFF_KEY_ADDED, child, "");
            k++;
        } else {
            if (strcmp(one, two) != 0) c->tell(c->ctx, VMM_DIFF_KEY_CHANGED, child, "");
            r = compare_keys(c, a[i++], b[k++], child, depth + 1);
        }
        free(child);
        free(one);
        free(two);
    }
    free(a);
    free(b);
    return r;
}

static int compare_keys(struct compare *c, vmm_key ka, vmm_key kb, const char *path, unsigned depth) {
    if (depth > 512) return vmm_fail(c->err, VMM_E_BROKEN, NULL, _("comparing hives: keys are nested too deeply"));
    const uint8_t *a = vmm_nk(c->a, ka - REGF_BASE, NULL), *b = vmm_nk(c->b, kb - REGF_BASE, NULL);
    if (a == NULL || b == NULL) return vmm_fail(c->err, VMM_E_BROKEN, NULL, _("comparing hives: a key of %s is broken"), path);
    if (c->keys-- == 0) return too_much(c, path);
    if (!same_node(c, a, b)) c->tell(c->ctx, VMM_DIFF_KEY_CHANGED, path, "");
    struct vmm_value *va = NULL, *vb = NULL;
    size_t na = 0, nb = 0;
    int r = vmm_key_values(c->a, ka, &va, &na, c->err);
    if (r == 0) r = vmm_key_values(c->b, kb, &vb, &nb, c->err);
    size_t size = size_of(va, na) + size_of(vb, nb);
    if (r == 0 && size > c->bytes) r = too_much(c, path);
    if (r == 0) compare_values(c, path, va, na, vb, nb);
    c->bytes -= r == 0 ? size : 0;
    free_values(va, na);
    free_values(vb, nb);
    return r < 0 ? r : compare_children(c, ka, kb, path, depth);
}

int vmm_hive_compare(const struct vmm_hive *a, const struct vmm_hive *b, vmm_difference_fn tell, void *ctx, struct vmm_error *err) {
    struct compare c = {.a = a, .b = b, .tell = tell, .ctx = ctx, .err = err, .keys = a->length / NK_NAME, .bytes = (size_t)a->length + b->length};
    return compare_keys(&c, vmm_hive_root(a), vmm_hive_root(b), "", 0);
}

static void tell_line(void *ctx, enum vmm_difference kind, const char *path, const char *name) {
    static const char marks[] = "+-~+-~";
    bool value = kind >= VMM_DIFF_VALUE_ADDED;
    char *p = vmm_safe_text(path), *n = vmm_safe_text(name);
    vmm_buf_fmt(ctx, value ? "%c %s!%s\n" : "%c %s%s\n", marks[kind], p, n);
    free(p);
    free(n);
}

char *vmm_hive_diff(const struct vmm_hive *a, const struct vmm_hive *b, struct vmm_error *err) {
    struct vmm_buf text = {0};
    if (vmm_hive_compare(a, b, tell_line, &text, err) < 0) {
        vmm_buf_free(&text);
        return NULL;
    }
    return vmm_buf_steal(&text);
}
