/* A registry hive from nothing: a tree of keys and values in memory, laid out as regf the way Windows lays one out.
 * The same calls give the same bytes, so practice disks and tests can be compared from run to run.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "vmmedic/hive.h"

enum {
    BASE_BLOCK = 4096,       /* cells are counted from its end */
    BIN_HEADER = 32,
    BIN_UNIT = 4096,
    NK_FIXED = 76,
    VK_FIXED = 20,
    LEAF_MAX = 500,          /* Windows splits at about 507 */
    SEGMENT = 16344,         /* data bytes in one segment of a big value */
    NAME_MAX_UNITS = 255,
    VALUE_NAME_MAX_UNITS = 16383,
    DEPTH_MAX = 512
};
#define NO_CELL UINT32_C(0xffffffff)
/* 2024-01-01 00:00 UTC as FILETIME: every time stamp in a built hive */
#define BUILT_AT UINT64_C(133485408000000000)

/* A name in the forms the layout needs: UTF-16, and how it is stored. */
struct name {
    uint8_t *utf16;
    size_t bytes;   /* of utf16 */
    bool compressed; /* every unit fits one byte, so one byte each is stored */
};

struct value {
    struct name name;
    uint32_t type;
    uint8_t *data;
    size_t len;
};

struct node {
    struct name name;
    struct node **children; /* ascending by upper-cased UTF-16 unit */
    size_t child_count, child_cap;
    struct value *values;   /* in the order they were first set */
    size_t value_count, value_cap;
};

struct vmm_hive_builder {
    struct node *root;
    int minor;
    bool failed;        /* a name or a path that no hive can hold; finish then gives NULL */
    uint8_t *bins;      /* the image behind the base block */
    size_t len, cap;
    size_t next, bin_end; /* free rest of the newest bin */
    uint32_t sk;        /* the one security cell */
    uint32_t keys;      /* how many keys refer to it */
};

/* ---- names ---- */

static size_t units(const struct name *n) { return n->bytes / 2; }
static uint16_t unit_at(const struct name *n, size_t i) { return vmm_le16(n->utf16 + 2 * i); }
static size_t stored_len(const struct name *n) { return n->compressed ? units(n) : n->bytes; }

static bool name_from(struct name *n, const char *utf8, size_t max_units) {
    n->utf16 = vmm_utf8_to_utf16(utf8, &n->bytes);
    if (!n->utf16) return false;
    n->compressed = true;
    for (size_t i = 0; i < units(n); i++)
        if (unit_at(n, i) > 0xff) n->compressed = false;
    if (units(n) <= max_units) return true;
    free(n->utf16);
    return false;
}

static int name_compare(const struct name *a, const struct name *b) {
    size_t shorter = units(a) < units(b) ? units(a) : units(b);
    for (size_t i = 0; i < shorter; i++) {
        int difference = (int)vmm_upcase16(unit_at(a, i)) - (int)vmm_upcase16(unit_at(b, i));
        if (difference) return difference;
    }
    return units(a) < units(b) ? -1 : units(a) > units(b);
}

static void name_store(uint8_t *to, const struct name *n) {
    if (!n->compressed) {
        if (n->bytes) memcpy(to, n->utf16, n->bytes);
        return;
    }
    for (size_t i = 0; i < units(n); i++) to[i] = n->utf16[2 * i];
}

/* ---- the tree ---- */

static void node_free(struct node *node) {
    for (size_t i = 0; i < node->child_count; i++) node_free(node->children[i]);
    for (size_t i = 0; i < node->value_count; i++) {
        free(node->values[i].name.utf16);
        free(node->values[i].data);
    }
    free(node->children);
    free(node->values);
    free(node->name.utf16);
    free(node);
}

/* The child called `text`, made when it is not there. NULL when no key can have that name. */
static struct node *child_made(struct node *parent, const char *text) {
    struct name name;
    if (!*text || !name_from(&name, text, NAME_MAX_UNITS)) return NULL;
    size_t low = 0, high = parent->child_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = name_compare(&parent->children[middle]->name, &name);
        if (!order) {
            free(name.utf16);
            return parent->children[middle];
        }
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    if (parent->child_count == parent->child_cap) {
        parent->child_cap = parent->child_cap ? 2 * parent->child_cap : 4;
        parent->children = vmm_realloc(parent->children, parent->child_cap, sizeof *parent->children);
    }
    memmove(parent->children + low + 1, parent->children + low, (parent->child_count - low) * sizeof *parent->children);
    parent->child_count++;
    struct node *child = vmm_alloc(1, sizeof *child);
    child->name = name;
    return parent->children[low] = child;
}

static struct node *node_at(struct vmm_hive_builder *b, const char *path) {
    struct node *node = b->root;
    char *copy = vmm_strdup(path), *rest = copy, *part;
    unsigned depth = 0;
    if (*copy)
        while (node && (part = strsep(&rest, "\\"))) node = ++depth < DEPTH_MAX ? child_made(node, part) : NULL;
    free(copy);
    if (!node) b->failed = true;
    return node;
}

static struct value *value_made(struct node *node, const struct name *name) {
    for (size_t i = 0; i < node->value_count; i++)
        if (!name_compare(&node->values[i].name, name)) return &node->values[i];
    if (node->value_count == node->value_cap) {
        node->value_cap = node->value_cap ? 2 * node->value_cap : 4;
        node->values = vmm_realloc(node->values, node->value_cap, sizeof *node->values);
    }
    struct value *value = &node->values[node->value_count++];
    *value = (struct value){.name.compressed = true};
    return value;
}

struct vmm_hive_builder *vmm_builder_new(const char *root_name, int minor) {
    struct vmm_hive_builder *b = vmm_alloc(1, sizeof *b);
    b->minor = minor;
    b->root = vmm_alloc(1, sizeof *b->root);
    if (!*root_name || !name_from(&b->root->name, root_name, NAME_MAX_UNITS)) {
        b->root->name = (struct name){0};
        b->failed = true;
    }
    return b;
}

void vmm_builder_key(struct vmm_hive_builder *b, const char *path) { (void)node_at(b, path); }

void vmm_builder_set(struct vmm_hive_builder *b, const char *path, const char *name, uint32_t type, const void *data, size_t len) {
    struct node *node = node_at(b, path);
    struct name wanted;
    if (!node) return;
    if (len > INT32_MAX || !name_from(&wanted, name, VALUE_NAME_MAX_UNITS)) {
        b->failed = true;
        return;
    }
    struct value *value = value_made(node, &wanted);
    free(value->name.utf16);
    free(value->data);
    *value = (struct value){.name = wanted, .type = type, .data = vmm_memdup(data, len), .len = len};
}

void vmm_builder_drop(struct vmm_hive_builder *b, const char *path, const char *name) {
    struct node *node = node_at(b, path);
    struct name wanted;
    if (!node || !name_from(&wanted, name, VALUE_NAME_MAX_UNITS)) return;
    for (size_t i = 0; i < node->value_count; i++) {
        if (name_compare(&node->values[i].name, &wanted)) continue;
        free(node->values[i].name.utf16);
        free(node->values[i].data);
        memmove(node->values + i, node->values + i + 1, (--node->value_count - i) * sizeof *node->values);
        break;
    }
    free(wanted.utf16);
}

void vmm_builder_dword(struct vmm_hive_builder *b, const char *path, const char *name, uint32_t v) {
    uint8_t data[4];
    vmm_put32(data, v);
    vmm_builder_set(b, path, name, VMM_REG_DWORD, data, sizeof data);
}

void vmm_builder_string(struct vmm_hive_builder *b, const char *path, const char *name, uint32_t type, const char *utf8) {
    size_t bytes;
    uint8_t *utf16 = vmm_utf8_to_utf16(utf8, &bytes);
    if (!utf16) {
        b->failed = true;
        return;
    }
    bool list = type == VMM_REG_MULTI_SZ;
    size_t end = list && bytes ? 4 : 2;
    uint8_t *data = vmm_alloc(1, bytes + end); /* zeroed: the terminators stand */
    if (bytes) memcpy(data, utf16, bytes);
    for (size_t i = 0; list && i + 1 < bytes; i += 2)
        if (vmm_le16(data + i) == '\n') vmm_put16(data + i, 0);
    vmm_builder_set(b, path, name, type, data, bytes + end);
    free(data);
    free(utf16);
}

/* ---- cells ---- */

/* Gives the rest of the newest bin to a free cell. */
static void bin_finish(struct vmm_hive_builder *b) {
    if (b->next < b->bin_end) vmm_put32(b->bins + b->next, (uint32_t)(b->bin_end - b->next));
    b->next = b->bin_end;
}

static void bin_add(struct vmm_hive_builder *b, size_t cell) {
    bin_finish(b);
    size_t size = (cell + BIN_HEADER + BIN_UNIT - 1) / BIN_UNIT * BIN_UNIT;
    if (b->len + size > b->cap) {
        size_t cap = 2 * b->cap > b->len + size ? 2 * b->cap : b->len + size;
        b->bins = vmm_realloc(b->bins, cap, 1);
        memset(b->bins + b->cap, 0, cap - b->cap);
        b->cap = cap;
    }
    uint8_t *bin = b->bins + b->len;
    memcpy(bin, "hbin", 4);
    vmm_put32(bin + 4, (uint32_t)b->len);
    vmm_put32(bin + 8, (uint32_t)size);
    if (!b->len) vmm_put64(bin + 20, BUILT_AT); /* only the first bin carries the time */
    b->next = b->len + BIN_HEADER;
    b->len += size;
    b->bin_end = b->len;
}

/* A zeroed cell for `need` bytes of data: its offset. A pointer into it (at) is good until the next cell. */
static uint32_t cell_new(struct vmm_hive_builder *b, size_t need) {
    size_t size = (need + 4 + 7) / 8 * 8;
    if (b->bin_end - b->next < size) bin_add(b, size);
    uint32_t cell = (uint32_t)b->next;
    vmm_put32(b->bins + cell, (uint32_t) - (int32_t)size);
    b->next += size;
    return cell;
}

static uint8_t *at(struct vmm_hive_builder *b, uint32_t cell) { return b->bins + cell + 4; }

/* ---- records ---- */

/* Self-relative: owner Administrators, group SYSTEM, and the three entries that keys of a server commonly have, inherited below. */
static const uint8_t descriptor[] = {
    1, 0, 0x04, 0x80,                                                       /* revision; DACL present, self-relative */
    20, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,                      /* owner, group, no SACL, DACL */
    1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,                     /* S-1-5-32-544 */
    1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,                                    /* S-1-5-18 */
    2, 0, 76, 0, 3, 0, 0, 0,                                                /* access list, three entries */
    0, 2, 24, 0, 0x3f, 0, 0x0f, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0, /* Administrators: full control */
    0, 2, 20, 0, 0x3f, 0, 0x0f, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,                /* SYSTEM: full control */
    0, 2, 24, 0, 0x19, 0, 0x02, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0  /* Users: read */
};

static void lay_security(struct vmm_hive_builder *b) {
    b->sk = cell_new(b, 20 + sizeof descriptor);
    uint8_t *sk = at(b, b->sk);
    memcpy(sk, "sk", 2);
    vmm_put32(sk + 4, b->sk); /* a ring of one */
    vmm_put32(sk + 8, b->sk);
    vmm_put32(sk + 16, (uint32_t)sizeof descriptor);
    memcpy(sk + 20, descriptor, sizeof descriptor);
}

/* A value too long for one cell: every segment cell has full length, the last one too, because Windows insists on it. */
static uint32_t lay_big_data(struct vmm_hive_builder *b, const uint8_t *data, size_t len) {
    size_t count = (len + SEGMENT - 1) / SEGMENT;
    uint32_t db = cell_new(b, 8), list = cell_new(b, 4 * count);
    uint8_t *head = at(b, db);
    memcpy(head, "db", 2);
    vmm_put16(head + 2, (uint16_t)count);
    vmm_put32(head + 4, list);
    for (size_t i = 0; i < count; i++) {
        size_t part = len - i * SEGMENT < SEGMENT ? len - i * SEGMENT : SEGMENT;
        uint32_t segment = cell_new(b, SEGMENT);
        memcpy(at(b, segment), data + i * SEGMENT, part);
        vmm_put32(at(b, list) + 4 * i, segment);
    }
    return db;
}

static uint32_t lay_data(struct vmm_hive_builder *b, const struct value *v) {
    if (b->minor >= 4 && v->len > SEGMENT) return lay_big_data(b, v->data, v->len);
    uint32_t cell = cell_new(b, v->len);
    memcpy(at(b, cell), v->data, v->len);
    return cell;
}

static uint32_t lay_value(struct vmm_hive_builder *b, const struct value *v) {
    uint32_t cell = cell_new(b, VK_FIXED + stored_len(&v->name));
    uint32_t place = v->len > 4 ? lay_data(b, v) : 0;
    uint8_t *vk = at(b, cell);
    memcpy(vk, "vk", 2);
    vmm_put16(vk + 2, (uint16_t)stored_len(&v->name));
    if (v->len > 4) {
        vmm_put32(vk + 4, (uint32_t)v->len);
        vmm_put32(vk + 8, place);
    } else { /* short data stands in the place of its offset */
        vmm_put32(vk + 4, UINT32_C(0x80000000) | (uint32_t)v->len);
        memcpy(vk + 8, v->data, v->len);
    }
    vmm_put32(vk + 12, v->type);
    vmm_put16(vk + 16, v->name.bytes && v->name.compressed);
    name_store(vk + 20, &v->name);
    return cell;
}

static void lay_values(struct vmm_hive_builder *b, const struct node *node, uint32_t cell) {
    uint32_t list = cell_new(b, 4 * node->value_count);
    size_t longest_name = 0, longest_data = 0;
    for (size_t i = 0; i < node->value_count; i++) {
        const struct value *v = &node->values[i];
        uint32_t vk = lay_value(b, v);
        vmm_put32(at(b, list) + 4 * i, vk);
        if (v->name.bytes > longest_name) longest_name = v->name.bytes;
        if (v->len > longest_data) longest_data = v->len;
    }
    uint8_t *nk = at(b, cell);
    vmm_put32(nk + 36, (uint32_t)node->value_count);
    vmm_put32(nk + 40, list);
    vmm_put32(nk + 60, (uint32_t)longest_name);
    vmm_put32(nk + 64, (uint32_t)longest_data);
}

/* What a leaf stores beside each key: since 1.5 a hash of the whole name, before that its first four characters. */
static void leaf_mark(uint8_t out[4], const struct name *name, int minor) {
    if (minor >= 5) {
        uint32_t hash = 0;
        for (size_t i = 0; i < units(name); i++) hash = 37 * hash + vmm_upcase16(unit_at(name, i));
        vmm_put32(out, hash);
        return;
    }
    memset(out, 0, 4);
    for (size_t i = 0; i < 4 && i < units(name); i++) {
        if (unit_at(name, i) > 0xff) { /* says nothing: a reader compares the name itself */
            memset(out, 0, 4);
            return;
        }
        out[i] = (uint8_t)unit_at(name, i);
    }
}

static uint32_t lay_key(struct vmm_hive_builder *b, const struct node *node, uint32_t parent);

static uint32_t lay_leaf(struct vmm_hive_builder *b, struct node *const *children, size_t count, uint32_t parent) {
    uint32_t leaf = cell_new(b, 4 + 8 * count);
    memcpy(at(b, leaf), b->minor >= 5 ? "lh" : "lf", 2);
    vmm_put16(at(b, leaf) + 2, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        uint32_t child = lay_key(b, children[i], parent);
        uint8_t *entry = at(b, leaf) + 4 + 8 * i;
        vmm_put32(entry, child);
        leaf_mark(entry + 4, &children[i]->name, b->minor);
    }
    return leaf;
}

static uint32_t lay_children(struct vmm_hive_builder *b, const struct node *node, uint32_t parent) {
    size_t total = node->child_count, leaves = (total + LEAF_MAX - 1) / LEAF_MAX, done = 0;
    if (leaves == 1) return lay_leaf(b, node->children, total, parent);
    uint32_t index = cell_new(b, 4 + 4 * leaves);
    memcpy(at(b, index), "ri", 2);
    vmm_put16(at(b, index) + 2, (uint16_t)leaves);
    for (size_t i = 0; i < leaves; i++) {
        size_t count = (total - done) / (leaves - i); /* even leaves */
        uint32_t leaf = lay_leaf(b, node->children + done, count, parent);
        vmm_put32(at(b, index) + 4 + 4 * i, leaf);
        done += count;
    }
    return index;
}

static uint32_t lay_key(struct vmm_hive_builder *b, const struct node *node, uint32_t parent) {
    bool root = node == b->root;
    uint32_t cell = cell_new(b, NK_FIXED + stored_len(&node->name));
    if (root) lay_security(b);
    b->keys++;
    uint8_t *nk = at(b, cell);
    memcpy(nk, "nk", 2);
    vmm_put16(nk + 2, (uint16_t)((root ? 0x0c : 0) | (node->name.compressed ? 0x20 : 0))); /* hive entry, not to be deleted; short name */
    vmm_put64(nk + 4, BUILT_AT);
    vmm_put32(nk + 16, root ? NO_CELL : parent);
    vmm_put32(nk + 20, (uint32_t)node->child_count);
    vmm_put32(nk + 28, NO_CELL);
    vmm_put32(nk + 32, NO_CELL);
    vmm_put32(nk + 40, NO_CELL);
    vmm_put32(nk + 44, b->sk);
    vmm_put32(nk + 48, NO_CELL);
    size_t longest = 0;
    for (size_t i = 0; i < node->child_count; i++)
        if (node->children[i]->name.bytes > longest) longest = node->children[i]->name.bytes;
    vmm_put32(nk + 52, (uint32_t)longest);
    vmm_put16(nk + 72, (uint16_t)stored_len(&node->name));
    name_store(nk + NK_FIXED, &node->name);
    if (node->value_count) lay_values(b, node, cell);
    if (node->child_count) {
        uint32_t list = lay_children(b, node, cell);
        vmm_put32(at(b, cell) + 28, list);
    }
    return cell;
}

/* ---- the file ---- */

static void base_block(const struct vmm_hive_builder *b, uint8_t *out, uint32_t seq, uint32_t root) {
    memcpy(out, "regf", 4);
    vmm_put32(out + 4, seq);
    vmm_put32(out + 8, seq);
    vmm_put64(out + 12, BUILT_AT);
    vmm_put32(out + 20, 1);
    vmm_put32(out + 24, (uint32_t)b->minor);
    vmm_put32(out + 32, 1);
    vmm_put32(out + 36, root);
    vmm_put32(out + 40, (uint32_t)b->len);
    vmm_put32(out + 44, 1);
    size_t name = b->root->name.bytes < 62 ? b->root->name.bytes : 62;
    memcpy(out + 48, b->root->name.utf16, name);
    uint32_t sum = 0;
    for (size_t i = 0; i < 508; i += 4) sum ^= vmm_le32(out + i);
    vmm_put32(out + 508, sum == 0 ? 1 : sum == NO_CELL ? NO_CELL - 1 : sum);
}

uint8_t *vmm_builder_finish(struct vmm_hive_builder *b, uint32_t seq, size_t *len) {
    uint8_t *file = NULL;
    if (!b->failed) {
        uint32_t root = lay_key(b, b->root, NO_CELL);
        vmm_put32(at(b, b->sk) + 12, b->keys);
        bin_finish(b);
        *len = BASE_BLOCK + b->len;
        file = vmm_alloc(1, *len);
        base_block(b, file, seq, root);
        memcpy(file + BASE_BLOCK, b->bins, b->len);
    }
    node_free(b->root);
    free(b->bins);
    free(b);
    return file;
}
