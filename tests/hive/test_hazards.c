/* What hivex is known to spoil, a row a test: the edit comes out right, or is refused before anything is made. The hives are built and then given the odd
 * record by hand, because no Windows at hand makes them. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/logs.h"
#include "hive/regf.h"

static char scratch[64];

static int make_scratch(void **state) {
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/vmmedic-test-XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

static int remove_scratch(void **state) {
    (void)state;
    return vmm_remove_tree(scratch, NULL);
}

struct image {
    uint8_t *data;
    size_t len;
};

static struct image finished(struct vmm_hive_builder *b) {
    struct image i;
    i.data = vmm_builder_finish(b, 40, &i.len);
    assert_non_null(i.data);
    return i;
}

/* Key with three values, an accented key and value, and a sibling. */
static struct vmm_hive_builder *sample(int minor) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    vmm_builder_dword(b, "Key", "One", 1);
    vmm_builder_string(b, "Key", "El\xc3\xa9ment", VMM_REG_SZ, "Text");
    vmm_builder_string(b, "Key", "\xd0\x9f\xd1\x80\xd0\xb8", VMM_REG_SZ, "Text"); /* UTF-16 on the disk */
    vmm_builder_dword(b, "\xc3\x89t\xc3\xa9\\In", "One", 1);
    vmm_builder_dword(b, "Parent\\Child", "One", 1);
    return b;
}

static struct vmm_hive *opened(struct image i) {
    struct vmm_error err = {0};
    log_sum(i.data);
    struct vmm_hive *h = vmm_hive_open(i.data, i.len, NULL, &err);
    if (h == NULL) fail_msg("%s", err.message);
    free(i.data);
    return h;
}

static struct vmm_edit set(const char *path, const char *name, size_t len) {
    static const uint8_t bytes[20000];
    return (struct vmm_edit){.op = VMM_EDIT_SET, .path = path, .name = name, .type = VMM_REG_BINARY, .data = bytes, .len = len, .create_keys = true};
}
static struct vmm_edit gone(const char *path, const char *name) { return (struct vmm_edit){.op = VMM_EDIT_DELETE_VALUE, .path = path, .name = name}; }
static struct vmm_edit key_gone(const char *path) { return (struct vmm_edit){.op = VMM_EDIT_DELETE_KEY, .path = path}; }

/* Refused for a reason that says WORDS, by the question and by the edit; nothing is made. */
static void refused(const struct vmm_hive *h, struct vmm_edit e, const char *words) {
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

/* Made, sound, and exactly DIFF. The caller closes. */
static struct vmm_hive *made(const struct vmm_hive *h, const struct vmm_edit *e, size_t n, const char *diff) {
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

static uint8_t *nk_of(const struct vmm_hive *h, const struct image *i, const char *path) {
    vmm_key key;
    assert_int_equal(vmm_key_path(h, vmm_hive_root(h), path, &key), VMM_SET);
    return i->data + key + 4;
}

/* The value record of NAME, for spoiling. */
static uint8_t *vk_of(const struct vmm_hive *h, const struct image *i, const char *path, size_t index) {
    const uint8_t *nk = nk_of(h, i, path);
    assert_true(index < vmm_le32(nk + NK_VALUES));
    const uint8_t *list = i->data + REGF_BASE + vmm_le32(nk + NK_VALUE_LIST) + 4;
    return i->data + REGF_BASE + vmm_le32(list + 4 * index) + 4;
}

/* The index of the value whose stored name has these first bytes. */
static size_t value_like(const struct vmm_hive *h, const struct image *i, const char *path, const char *start, size_t n) {
    size_t k = 0;
    while (memcmp(vk_of(h, i, path, k) + VK_NAME, start, n) != 0) k++;
    return k;
}

/* ---- values ---- */

static void a_key_that_holds_a_big_value_is_edited_beside_it_and_may_go(void **state) {
    (void)state;
    uint8_t *big = vmm_alloc(40000, 1);
    for (size_t len = 16344; len <= 16345; len++) {
        struct vmm_hive_builder *b = sample(5);
        vmm_builder_set(b, "Key", "Blob", VMM_REG_BINARY, big, len);
        struct vmm_hive *h = opened(finished(b));
        struct vmm_edit e[] = {set("Key", "New", 4), gone("Key", "One"), set("Key\\Below", "New", 4), set("Key", "Blob", 9), gone("Key", "Blob"), key_gone("Key")};
        const char *diffs[] = {"+ Key!New\n", "- Key!One\n", "+ Key\\Below\n", "~ Key!Blob\n", "- Key!Blob\n", "- Key\n"};
        for (size_t i = 0; i < VMM_COUNT(e); i++) vmm_hive_close(made(h, &e[i], 1, diffs[i])); /* no cell of it is left without an owner */
        vmm_hive_close(h);
    }
    free(big);
}

static void a_value_may_be_as_large_as_one_cell_and_no_larger(void **state) {
    (void)state;
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive *h = opened(finished(sample(minor)));
        struct vmm_edit largest = set("Key", "New", 16344);
        vmm_hive_close(made(h, &largest, 1, "+ Key!New\n"));
        refused(h, set("Key", "New", 16345), "16,344");
        vmm_hive_close(h);
    }
}

/* Length 0 with a nil offset: hivex fails on it, or stops the process. */
static void a_key_with_an_empty_value_of_the_rare_form_is_edited(void **state) {
    (void)state;
    struct image i = finished(sample(5)), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *plain = opened(copy);
    uint8_t *vk = vk_of(plain, &i, "Key", value_like(plain, &i, "Key", "One", 3));
    vmm_put32(vk + VK_LENGTH, 0);
    vmm_put32(vk + VK_DATA, REGF_NIL);
    struct vmm_hive *h = opened(i);
    assert_int_equal(vmm_hive_check(h, NULL, NULL), 0);
    struct vmm_edit e[] = {set("Key", "New", 4), set("Key", "One", 0), set("Key", "One", 4), set("Key", "One", 9), gone("Key", "One"), key_gone("Key")};
    const char *diffs[] = {"+ Key!New\n", "~ Key!One\n", "~ Key!One\n", "~ Key!One\n", "- Key!One\n", "- Key\n"};
    for (size_t k = 0; k < VMM_COUNT(e); k++) vmm_hive_close(made(h, &e[k], 1, diffs[k]));
    vmm_hive_close(plain);
    vmm_hive_close(h);
}

/* hivex cuts a name with NUL, and fails on an unpaired surrogate. */
static void a_value_name_that_is_no_text_survives_an_edit_beside_it(void **state) {
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct image i = finished(sample(5)), copy = {vmm_memdup(i.data, i.len), i.len};
        struct vmm_hive *plain = opened(copy);
        uint8_t *wide = vk_of(plain, &i, "Key", value_like(plain, &i, "Key", "\x1f\x04", 2)), *narrow = vk_of(plain, &i, "Key", value_like(plain, &i, "Key", "One", 3));
        if (way == 0) narrow[VK_NAME + 1] = 0;
        if (way == 1) vmm_put16(wide + VK_NAME + 2, 0);
        if (way == 2) vmm_put16(wide + VK_NAME + 2, 0xd800);
        struct vmm_hive *h = opened(i);
        struct vmm_edit e[] = {set("Key", "New", 4), key_gone("Key")};
        vmm_hive_close(made(h, &e[0], 1, "+ Key!New\n"));
        vmm_hive_close(made(h, &e[1], 1, "- Key\n"));
        vmm_hive_close(plain);
        vmm_hive_close(h);
    }
}

/* One of them is named as usual; the others' names begin with it, then a NUL: as text they are the same. In each order. */
static void of_values_that_read_the_same_the_one_that_is_meant_changes(void **state) {
    (void)state;
    static const char *const names[][3] = {{"V", "V_a", "V_b"}, {"V_a", "V", "V_b"}, {"V_a", "V_b", "V"}};
    for (size_t way = 0; way < VMM_COUNT(names); way++) {
        struct vmm_hive_builder *b = sample(5);
        for (size_t i = 0; i < 3; i++) vmm_builder_set(b, "Same", names[way][i], VMM_REG_BINARY, names[way][i], strlen(names[way][i]));
        struct image i = finished(b), copy = {vmm_memdup(i.data, i.len), i.len};
        struct vmm_hive *plain = opened(copy);
        for (size_t k = 0; k < 3; k++)
            if (names[way][k][1]) vk_of(plain, &i, "Same", k)[VK_NAME + 1] = 0;
        struct vmm_hive *h = opened(i);
        struct vmm_edit e[] = {gone("Same", "V"), set("Same", "V", 30), set("Same", "W", 3)};
        const char *diffs[] = {"- Same!V\n", "~ Same!V\n", "+ Same!W\n"};
        for (size_t k = 0; k < VMM_COUNT(e); k++) vmm_hive_close(made(h, &e[k], 1, diffs[k]));
        vmm_hive_close(plain);
        vmm_hive_close(h);
    }
}

static void a_marked_value_is_left_alone(void **state) {
    (void)state;
    struct image i = finished(sample(5)), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *plain = opened(copy);
    uint8_t *vk = vk_of(plain, &i, "Key", value_like(plain, &i, "Key", "One", 3));
    vmm_put16(vk + VK_FLAGS, vmm_le16(vk + VK_FLAGS) | 2); /* a tombstone */
    struct vmm_hive *h = opened(i);
    refused(h, set("Key", "One", 9), "special marks");
    refused(h, gone("Key", "One"), "special marks");
    struct vmm_edit e = set("Key", "New", 4);
    struct vmm_hive *r = made(h, &e, 1, "+ Key!New\n");
    uint32_t record;
    size_t index;
    vmm_key key;
    assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Key", &key), VMM_SET);
    assert_int_equal(vmm_key_value_record(r, key, "One", &record, &index), VMM_SET);
    assert_int_equal(vmm_le16(vmm_cell(r, record, VK_NAME, NULL) + VK_FLAGS), VK_F_COMPRESSED | 2);
    vmm_hive_close(r);
    vmm_hive_close(plain);
    vmm_hive_close(h);
}

/* Latin letters are stored in one byte each, others in two. */
static void value_names_have_letters_of_any_alphabet(void **state) {
    (void)state;
    struct vmm_hive *h = opened(finished(sample(5)));
    struct vmm_edit e[] = {set("Key", "N\xc3\xa9w", 4), set("Key", "\xd0\x9d\xd0\xbe\xd0\xb2", 9), set("Parent\\New", "\xf0\x9f\x97\x9d", 4)};
    struct vmm_hive *r = made(h, e, VMM_COUNT(e), "+ Key!N\xc3\xa9w\n+ Key!\xd0\x9d\xd0\xbe\xd0\xb2\n+ Parent\\New\n");
    uint32_t record;
    size_t index;
    vmm_key key;
    assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Key", &key), VMM_SET);
    assert_int_equal(vmm_key_value_record(r, key, "N\xc3\x89W", &record, &index), VMM_SET);
    assert_int_equal(vmm_le16(vmm_cell(r, record, VK_NAME, NULL) + VK_NAME_LEN), 3);
    assert_int_equal(vmm_key_value_record(r, key, "\xd0\xbd\xd0\xbe\xd0\xb2", &record, &index), VMM_SET);
    assert_int_equal(vmm_le16(vmm_cell(r, record, VK_NAME, NULL) + VK_NAME_LEN), 6);
    vmm_hive_close(r);
    char longest[300];
    memset(longest, 'x', sizeof longest);
    longest[256] = '\0';
    refused(h, set("Key", longest, 4), "not plain text");
    refused(h, set("Key", "a\x1b[2J", 4), "not plain text");
    refused(h, set("Key", "\xff\xfe", 4), "not plain text");
    refused(h, set("Parent\\New", "a\nb", 4), "not plain text");
    longest[255] = '\0';
    vmm_hive_close(made(h, &(struct vmm_edit){.op = VMM_EDIT_SET, .path = "Key", .name = longest, .type = VMM_REG_BINARY, .data = (const uint8_t *)"x", .len = 1}, 1, NULL));
    vmm_hive_close(h);
}

/* ---- names ---- */

static void new_keys_have_plain_names(void **state) {
    (void)state;
    struct vmm_hive *h = opened(finished(sample(5)));
    char longest[300];
    memset(longest, 'x', sizeof longest);
    longest[256] = '\0';
    refused(h, set("Key\\N\xc3\xa9w", "V", 4), "not plain text");
    refused(h, set(longest, "V", 4), "not plain text");
    static const char *const empty[] = {"Key\\\\New", "Key\\New\\", "\\Key", "Key\\", "\\", "Parent\\\\Child"};
    for (size_t i = 0; i < VMM_COUNT(empty); i++) {
        refused(h, set(empty[i], "V", 4), "is empty");
        refused(h, key_gone(empty[i]), "is empty");
    }
    longest[255] = '\0';
    struct vmm_edit e = set(longest, "V", 4);
    vmm_hive_close(made(h, &e, 1, NULL));
    char *deep = vmm_printf("%s\\%s", longest, longest); /* each part counts by itself */
    e = set(deep, "V", 4);
    vmm_hive_close(made(h, &e, 1, NULL));
    free(deep);
    vmm_hive_close(h);
}

/* Windows reads keys 512 deep, the strict walk 511; what is made is one that is read. */
static void keys_are_not_made_deeper_than_they_are_read(void **state) {
    (void)state;
    struct vmm_hive *h = opened(finished(sample(5)));
    char path[2 * 511];
    for (size_t i = 0; i < sizeof path; i += 2) memcpy(path + i, "a\\", 2);
    path[2 * 511 - 1] = '\0';
    struct vmm_edit e = set(path, "V", 4); /* the path fills the message */
    uint8_t *after = NULL;
    size_t len;
    struct vmm_error err = {0};
    assert_int_equal(vmm_hive_takes(h, &e, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_int_equal(vmm_hive_edit(h, &e, 1, NULL, scratch, &after, &len, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    path[2 * 510 - 1] = '\0';
    vmm_hive_close(made(h, &e, 1, "+ a\n"));
    vmm_hive_close(h);
}

/* By Windows' own upper case: what is there under another spelling is there. */
static void no_key_or_value_is_made_twice_under_two_spellings(void **state) {
    (void)state;
    struct vmm_hive *h = opened(finished(sample(5)));
    struct vmm_edit e[] = {set("\xc3\xa9T\xc3\x89\\In", "One", 4), set("KEY", "EL\xc3\x89MENT", 10)};
    e[0].type = VMM_REG_DWORD;
    e[1].type = VMM_REG_SZ; /* "Text" and its end are ten bytes */
    vmm_hive_close(made(h, e, 2, "~ Key!El\xc3\xa9ment\n~ \xc3\x89t\xc3\xa9\\In!One\n"));
    struct vmm_edit twice[] = {set("New\\Key", "A", 4), set("nEW\\kEY", "B", 4), set("NEW\\Other", "C", 4)};
    vmm_hive_close(made(h, twice, 3, "+ New\n"));
    struct vmm_edit other = set("Parent\\Child", "oNE", 9); /* another size: the stored spelling stays */
    vmm_hive_close(made(h, &other, 1, "~ Parent\\Child!One\n"));
    vmm_hive_close(h);
}

/* Letters, and what stands between Z and a, are where Windows looks for them. */
static void new_keys_stand_in_windows_order(void **state) {
    (void)state;
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive *h = opened(finished(sample(minor)));
        struct vmm_edit e[] = {set("a_b", "V", 4), set("aZb", "V", 4), set("a[b", "V", 4), set("AAB", "V", 4), set("a`b", "V", 4), set("a-b", "V", 4), set("a b", "V", 4), set("_", "V", 4)};
        struct vmm_hive *r = made(h, e, VMM_COUNT(e), NULL);
        for (size_t i = 0; i < VMM_COUNT(e); i++) {
            vmm_key k;
            assert_int_equal(vmm_key_path(r, vmm_hive_root(r), e[i].path, &k), VMM_SET);
        }
        vmm_hive_close(r);
        vmm_hive_close(h);
    }
}

/* ---- lists of subkeys ---- */

static void an_old_hive_keeps_its_kind_of_list(void **state) {
    (void)state;
    struct vmm_hive *h = opened(finished(sample(3)));
    struct vmm_edit e = set("Key\\New", "V", 4); /* the first child of Key */
    struct vmm_hive *r = made(h, &e, 1, "+ Key\\New\n");
    vmm_key key;
    assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Key", &key), VMM_SET);
    const uint8_t *leaf = vmm_cell(r, vmm_le32(vmm_nk(r, key - REGF_BASE, NULL) + NK_LIST), 4, NULL);
    assert_memory_equal(leaf, "lf", 2);
    assert_memory_equal(leaf + 8, "New\0", 4);
    vmm_hive_close(r);
    vmm_hive_close(h);
}

static void the_last_child_goes_with_its_list_and_another_may_come(void **state) {
    (void)state;
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive *h = opened(finished(sample(minor)));
        struct vmm_edit e[] = {key_gone("Parent\\Child"), set("Parent\\Other", "V", 4)};
        vmm_hive_close(made(h, e, 1, "- Parent\\Child\n"));
        vmm_hive_close(made(h, e, 2, "- Parent\\Child\n+ Parent\\Other\n"));
        vmm_hive_close(h);
    }
}

/* A hive whose key Many has its children in an `ri` of parts with PER children each: the built leaf is taken apart into cells that are there for it. */
static struct image divided(size_t parts, size_t per) {
    struct vmm_hive_builder *b = sample(5);
    size_t n = parts * per;
    for (size_t i = 0; i < n; i++) {
        char *path = vmm_printf("Many\\Key%04zu", i);
        vmm_builder_dword(b, path, "N", (uint32_t)i);
        free(path);
    }
    uint8_t room[16000] = {0}; /* the cell of this value becomes the parts */
    vmm_builder_set(b, "Room", "Bytes", VMM_REG_BINARY, room, sizeof room);
    struct image i = finished(b), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *h = opened(copy);
    uint8_t *many = nk_of(h, &i, "Many"), *vk = vk_of(h, &i, "Room", 0);
    uint32_t leaf = vmm_le32(many + NK_LIST), at = vmm_le32(vk + VK_DATA);
    uint8_t *old = i.data + REGF_BASE + leaf;
    assert_memory_equal(old + 4, "lh", 2);
    assert_int_equal(vmm_le16(old + 6), n);
    uint32_t free_bytes = 0u - vmm_le32(i.data + REGF_BASE + at), index = at, used = (uint32_t)(4 + 4 + 4 * parts + 7) / 8 * 8;
    uint8_t *ri = i.data + REGF_BASE + index;
    vmm_put32(ri, 0u - used);
    memcpy(ri + 4, "ri", 2);
    vmm_put16(ri + 6, (uint16_t)parts);
    for (size_t p = 0; p < parts; p++) {
        uint32_t size = (uint32_t)(4 + 4 + 8 * per + 7) / 8 * 8;
        uint8_t *part = i.data + REGF_BASE + index + used;
        vmm_put32(ri + 8 + 4 * p, index + used);
        vmm_put32(part, 0u - size);
        memcpy(part + 4, "lh", 2);
        vmm_put16(part + 6, (uint16_t)per);
        memcpy(part + 8, old + 8 + 8 * per * p, 8 * per);
        used += size;
    }
    vmm_put32(i.data + REGF_BASE + index + used, free_bytes - used);
    vmm_put32(old, 0u - vmm_le32(old)); /* free */
    vmm_put32(many + NK_LIST, index);
    vmm_put32(vk + VK_LENGTH, 0x80000000u); /* the value is empty now */
    vmm_hive_close(h);
    return i;
}

static void an_emptied_part_of_a_divided_list_goes(void **state) {
    (void)state;
    struct vmm_hive *h = opened(divided(3, 2));
    struct vmm_error err = {0};
    if (vmm_hive_check(h, NULL, &err) < 0) fail_msg("%s", err.message);
    for (size_t part = 0; part < 3; part++) { /* each part, both of its children */
        char *one = vmm_printf("Many\\Key%04zu", 2 * part), *two_path = vmm_printf("Many\\Key%04zu", 2 * part + 1), *diff = vmm_printf("- %s\n- %s\n", one, two_path);
        struct vmm_edit e[] = {key_gone(one), key_gone(two_path)};
        struct vmm_hive *r = made(h, e, 2, diff), *back;
        struct vmm_edit again = set(one, "N", 4); /* and one of them comes again */
        back = made(r, &again, 1, NULL);
        vmm_hive_close(back);
        vmm_hive_close(r);
        free(one);
        free(two_path);
        free(diff);
    }
    struct vmm_edit all[6];
    char names[6][16];
    for (size_t i = 0; i < 6; i++) {
        snprintf(names[i], sizeof names[i], "Many\\Key%04zu", i);
        all[i] = key_gone(names[i]);
    }
    struct vmm_hive *r = made(h, all, 6, NULL);
    vmm_key key;
    assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Many", &key), VMM_SET);
    assert_int_equal(vmm_le32(vmm_nk(r, key - REGF_BASE, NULL) + NK_LIST), REGF_NIL);
    vmm_hive_close(r);
    vmm_hive_close(h);
}

/* hivex frees the key and then fails. */
static void a_list_of_the_oldest_kind_is_refused(void **state) {
    (void)state;
    struct image i = finished(sample(3)), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *plain = opened(copy);
    uint8_t *leaf = i.data + REGF_BASE + vmm_le32(nk_of(plain, &i, "Parent") + NK_LIST) + 4;
    assert_int_equal(vmm_le16(leaf + 2), 1);
    leaf[1] = 'i'; /* four bytes an entry: the first stays where it is */
    struct vmm_hive *h = opened(i);
    assert_int_equal(vmm_hive_check(h, NULL, NULL), 0);
    refused(h, key_gone("Parent\\Child"), "old kind");
    refused(h, set("Parent\\New", "V", 4), "old kind");
    struct vmm_edit e = set("Parent\\Child", "New", 4); /* no list is touched */
    vmm_hive_close(made(h, &e, 1, "+ Parent\\Child!New\n"));
    vmm_hive_close(plain);
    vmm_hive_close(h);
}

/* ---- marks ---- */

static void keys_that_are_marked_are_not_touched(void **state) {
    (void)state;
    static const struct { uint16_t flag; bool set_too; } rows[] = {{NK_F_NO_DELETE, false}, {NK_F_LINK, true}, {NK_F_PREDEFINED, true}};
    for (size_t k = 0; k < VMM_COUNT(rows); k++) {
        struct image i = finished(sample(5)), copy = {vmm_memdup(i.data, i.len), i.len};
        struct vmm_hive *plain = opened(copy);
        uint8_t *nk = nk_of(plain, &i, "Parent\\Child");
        vmm_put16(nk + NK_FLAGS, vmm_le16(nk + NK_FLAGS) | rows[k].flag);
        struct vmm_hive *h = opened(i);
        refused(h, key_gone("Parent\\Child"), "may not be changed");
        refused(h, key_gone("Parent"), "may not be changed");
        if (rows[k].set_too) refused(h, set("Parent\\Child", "New", 4), "the key is a link");
        vmm_hive_close(plain);
        vmm_hive_close(h);
    }
    struct vmm_hive *h = opened(finished(sample(5)));
    refused(h, key_gone(""), "root");
    vmm_hive_close(h);
}

/* ---- the file ---- */

static void the_two_checksums_that_windows_does_not_write_are_not_written(void **state) {
    (void)state;
    uint8_t base[512] = {0};
    assert_int_equal(vmm_base_checksum(base), 1);
    vmm_put32(base, UINT32_MAX);
    assert_int_equal(vmm_base_checksum(base), 0xfffffffe);
    vmm_put32(base, 0x1234);
    assert_int_equal(vmm_base_checksum(base), 0x1234);
}

/* hivex opens a file that ends with a bin, and commits a hole. */
static void a_file_that_ends_too_early_is_not_opened(void **state) {
    (void)state;
    uint8_t filling[9000] = {0};
    struct vmm_hive_builder *b = sample(5);
    vmm_builder_set(b, "Room", "Bytes", VMM_REG_BINARY, filling, sizeof filling);
    struct image i = finished(b);
    struct vmm_error err = {0};
    for (size_t len = 8192; len < i.len; len += 4096) {
        assert_null(vmm_hive_open(i.data, len, NULL, &err));
        assert_int_equal(err.code, VMM_E_BROKEN);
    }
    free(i.data);
}

static void keys_keep_their_security_and_new_ones_take_their_parents(void **state) {
    (void)state;
    struct vmm_hive *h = opened(finished(sample(5)));
    struct vmm_edit e = set("Parent\\New\\Deep", "V", 4);
    struct vmm_hive *r = made(h, &e, 1, "+ Parent\\New\n");
    vmm_key parent, deep;
    assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Parent", &parent), VMM_SET);
    assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Parent\\New\\Deep", &deep), VMM_SET);
    assert_int_equal(vmm_le32(vmm_nk(r, parent - REGF_BASE, NULL) + NK_SK), vmm_le32(vmm_nk(r, deep - REGF_BASE, NULL) + NK_SK));
    vmm_hive_close(r);
    vmm_hive_close(h);
}

static void a_hive_that_would_grow_by_more_than_a_mebibyte_is_refused(void **state) {
    (void)state;
    struct vmm_hive *h = opened(finished(sample(5)));
    struct vmm_edit e[80];
    char names[80][16];
    for (size_t i = 0; i < VMM_COUNT(e); i++) {
        snprintf(names[i], sizeof names[i], "V%zu", i);
        e[i] = set("Parent", names[i], 16000);
    }
    uint8_t *after = NULL;
    size_t len;
    struct vmm_error err = {0};
    assert_int_equal(vmm_hive_edit(h, e, VMM_COUNT(e), NULL, scratch, &after, &len, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "mebibyte"));
    assert_null(after);
    vmm_hive_close(h);
}

static void one_edit_inside_a_key_that_goes_is_a_conflict(void **state) {
    (void)state;
    struct vmm_hive *h = opened(finished(sample(5)));
    struct vmm_edit rows[][2] = {
        {key_gone("Parent"), set("Parent\\Child", "V", 4)}, {set("parent\\New", "V", 4), key_gone("Parent")}, {key_gone("Parent"), key_gone("PARENT\\Child")},
        {set("Key", "V", 4), set("kEY", "v", 4)}};
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        uint8_t *after = NULL;
        size_t len;
        struct vmm_error err = {0};
        assert_int_equal(vmm_hive_edit(h, rows[i], 2, NULL, scratch, &after, &len, &err), -1);
        assert_int_equal(err.code, VMM_E_CONFLICT);
    }
    struct vmm_edit beside[] = {key_gone("Parent\\Child"), set("Parent", "Child", 4), set("Parent\\Child2", "V", 4)};
    vmm_hive_close(made(h, beside, 3, "+ Parent!Child\n- Parent\\Child\n+ Parent\\Child2\n"));
    vmm_hive_close(h);
}

/* ---- reading ---- */

static void a_big_value_that_is_short_is_unreadable_not_shorter(void **state) {
    (void)state;
    uint8_t *big = vmm_alloc(40000, 1);
    struct vmm_hive_builder *b = sample(5);
    vmm_builder_set(b, "Big", "Blob", VMM_REG_BINARY, big, 40000);
    struct image i = finished(b), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *plain = opened(copy);
    uint8_t *vk = vk_of(plain, &i, "Big", 0), *db = i.data + REGF_BASE + vmm_le32(vk + VK_DATA) + 4;
    vmm_put16(db + 2, 2); /* two segments of three */
    struct vmm_hive *h = opened(i);
    vmm_key key;
    struct vmm_value v = {0};
    assert_int_equal(vmm_key_path(h, vmm_hive_root(h), "Big", &key), VMM_SET);
    assert_int_equal(vmm_key_value(h, key, "Blob", &v), VMM_UNREADABLE);
    vmm_value_clear(&v);
    assert_int_equal(vmm_hive_check(h, NULL, NULL), -1);
    vmm_hive_close(plain);
    vmm_hive_close(h);
    free(big);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_holds_a_big_value_is_edited_beside_it_and_may_go),
        cmocka_unit_test(a_value_may_be_as_large_as_one_cell_and_no_larger),
        cmocka_unit_test(a_key_with_an_empty_value_of_the_rare_form_is_edited),
        cmocka_unit_test(a_value_name_that_is_no_text_survives_an_edit_beside_it),
        cmocka_unit_test(of_values_that_read_the_same_the_one_that_is_meant_changes),
        cmocka_unit_test(a_marked_value_is_left_alone),
        cmocka_unit_test(value_names_have_letters_of_any_alphabet),
        cmocka_unit_test(new_keys_have_plain_names),
        cmocka_unit_test(keys_are_not_made_deeper_than_they_are_read),
        cmocka_unit_test(no_key_or_value_is_made_twice_under_two_spellings),
        cmocka_unit_test(new_keys_stand_in_windows_order),
        cmocka_unit_test(an_old_hive_keeps_its_kind_of_list),
        cmocka_unit_test(the_last_child_goes_with_its_list_and_another_may_come),
        cmocka_unit_test(an_emptied_part_of_a_divided_list_goes),
        cmocka_unit_test(a_list_of_the_oldest_kind_is_refused),
        cmocka_unit_test(keys_that_are_marked_are_not_touched),
        cmocka_unit_test(the_two_checksums_that_windows_does_not_write_are_not_written),
        cmocka_unit_test(a_file_that_ends_too_early_is_not_opened),
        cmocka_unit_test(keys_keep_their_security_and_new_ones_take_their_parents),
        cmocka_unit_test(a_hive_that_would_grow_by_more_than_a_mebibyte_is_refused),
        cmocka_unit_test(one_edit_inside_a_key_that_goes_is_a_conflict),
        cmocka_unit_test(a_big_value_that_is_short_is_unreadable_not_shorter),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
