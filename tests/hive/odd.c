/* See odd.h. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "hive/odd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/logs.h"

static char scratch[64];

const char *odd_scratch(void) { return scratch; }

int odd_begin(void **state) {
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/vmmedic-test-XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

int odd_end(void **state) {
    (void)state;
    return vmm_remove_tree(scratch, NULL);
}

struct odd_image odd_image(struct vmm_hive_builder *b) {
    struct odd_image i;
    i.data = vmm_builder_finish(b, 40, &i.len);
    assert_non_null(i.data);
    return i;
}

struct vmm_hive_builder *odd_sample(int minor) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    vmm_builder_dword(b, "Key", "One", 1);
    vmm_builder_string(b, "Key", "El\xc3\xa9ment", VMM_REG_SZ, "Text");
    vmm_builder_string(b, "Key", "\xd0\x9f\xd1\x80\xd0\xb8", VMM_REG_SZ, "Text"); /* UTF-16 on the disk */
    vmm_builder_dword(b, "\xc3\x89t\xc3\xa9\\In", "One", 1);
    vmm_builder_dword(b, "Parent\\Child", "One", 1);
    return b;
}

struct vmm_hive *odd_open(struct odd_image i) {
    struct vmm_error err = {0};
    log_sum(i.data);
    struct vmm_hive *h = vmm_hive_open(i.data, i.len, NULL, &err);
    if (h == NULL) fail_msg("%s", err.message);
    free(i.data);
    return h;
}

struct vmm_edit odd_set(const char *path, const char *name, size_t len) {
    static const uint8_t bytes[20000];
    return (struct vmm_edit){.op = VMM_EDIT_SET, .path = path, .name = name, .type = VMM_REG_BINARY, .data = bytes, .len = len, .create_keys = true};
}
struct vmm_edit odd_gone(const char *path, const char *name) { return (struct vmm_edit){.op = VMM_EDIT_DELETE_VALUE, .path = path, .name = name}; }
struct vmm_edit odd_key_gone(const char *path) { return (struct vmm_edit){.op = VMM_EDIT_DELETE_KEY, .path = path}; }

void odd_refused(const struct vmm_hive *h, struct vmm_edit e, const char *words) {
    uint8_t *after = NULL;
    size_t len;
    struct vmm_error err = {0}, asked = {0};
    assert_int_equal(vmm_hive_takes(h, &e, &asked), -1);
    assert_int_equal(vmm_hive_edit(h, &e, 1, NULL, scratch, &after, &len, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_string_equal(err.message, asked.message);
    if (strstr(err.message, words) == NULL) fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    assert_null(after);
}

struct vmm_hive *odd_made(const struct vmm_hive *h, const struct vmm_edit *e, size_t n, const char *diff) {
    uint8_t *after;
    size_t len, leaks;
    struct vmm_error err = {0};
    if (vmm_hive_edit(h, e, n, NULL, scratch, &after, &len, &err) < 0) fail_msg("%s", err.message);
    struct vmm_hive *r = vmm_hive_open(after, len, NULL, &err);
    assert_non_null(r);
    if (vmm_hive_check(r, &leaks, &err) < 0) fail_msg("%s", err.message);
    assert_int_equal(leaks, 0);
    char *text = vmm_hive_diff(h, r, &err);
    if (diff) assert_string_equal(text, diff);
    free(text);
    free(after);
    return r;
}

uint8_t *odd_key(const struct vmm_hive *h, const struct odd_image *i, const char *path) {
    vmm_key key;
    assert_int_equal(vmm_key_path(h, vmm_hive_root(h), path, &key), VMM_SET);
    return i->data + key + 4;
}

uint8_t *odd_value(const struct vmm_hive *h, const struct odd_image *i, const char *path, size_t index) {
    const uint8_t *nk = odd_key(h, i, path);
    assert_true(index < vmm_le32(nk + NK_VALUES));
    const uint8_t *list = i->data + REGF_BASE + vmm_le32(nk + NK_VALUE_LIST) + 4;
    return i->data + REGF_BASE + vmm_le32(list + 4 * index) + 4;
}

size_t odd_value_like(const struct vmm_hive *h, const struct odd_image *i, const char *path, const char *start, size_t n) {
    size_t k = 0;
    while (memcmp(odd_value(h, i, path, k) + VK_NAME, start, n) != 0) k++;
    return k;
}
