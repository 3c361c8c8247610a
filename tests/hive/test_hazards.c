/* What hivex is known to spoil in keys, their lists and the file, a row a test: the edit comes out right, or is refused before anything is made.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hive/odd.h"

/* ---- names ---- */

static void new_keys_have_plain_names(void **state) {
    (void)state;
    struct vmm_hive *h = odd_open(odd_image(odd_sample(5)));
    char longest[300];
    memset(longest, 'x', sizeof longest);
    longest[256] = '\0';
    odd_refused(h, odd_set("Key\\N\xc3\xa9w", "V", 4), "not plain text");
    odd_refused(h, odd_set(longest, "V", 4), "not plain text");
    static const char *const empty[] = {"Key\\\\New", "Key\\New\\", "\\Key", "Key\\", "\\", "Parent\\\\Child"};
    for (size_t i = 0; i < VMM_COUNT(empty); i++) {
        odd_refused(h, odd_set(empty[i], "V", 4), "is empty");
        odd_refused(h, odd_key_gone(empty[i]), "is empty");
    }
    longest[255] = '\0';
    struct vmm_edit e = odd_set(longest, "V", 4);
    vmm_hive_close(odd_made(h, &e, 1, NULL));
    char *deep = vmm_printf("%s\\%s", longest, longest); /* each part counts by itself */
    e = odd_set(deep, "V", 4);
    vmm_hive_close(odd_made(h, &e, 1, NULL));
    free(deep);
    vmm_hive_close(h);
}

/* Windows reads keys 512 deep, the strict walk 511; what is made is one that is read. */
static void keys_are_not_made_deeper_than_they_are_read(void **state) {
    (void)state;
    struct vmm_hive *h = odd_open(odd_image(odd_sample(5)));
    char path[2 * 511];
    for (size_t i = 0; i < sizeof path; i += 2) memcpy(path + i, "a\\", 2);
    path[2 * 511 - 1] = '\0';
    struct vmm_edit e = odd_set(path, "V", 4); /* the path fills the message */
    uint8_t *after = NULL;
    size_t len;
    struct vmm_error err = {0};
    assert_int_equal(vmm_hive_takes(h, &e, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_int_equal(vmm_hive_edit(h, &e, 1, NULL, odd_scratch(), &after, &len, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    path[2 * 510 - 1] = '\0';
    vmm_hive_close(odd_made(h, &e, 1, "+ a\n"));
    vmm_hive_close(h);
}

/* By Windows' own upper case: what is there under another spelling is there. */
static void no_key_or_value_is_made_twice_under_two_spellings(void **state) {
    (void)state;
    struct vmm_hive *h = odd_open(odd_image(odd_sample(5)));
    struct vmm_edit e[] = {odd_set("\xc3\xa9T\xc3\x89\\In", "One", 4), odd_set("KEY", "EL\xc3\x89MENT", 10)};
    e[0].type = VMM_REG_DWORD;
    e[1].type = VMM_REG_SZ; /* "Text" and its end are ten bytes */
    vmm_hive_close(odd_made(h, e, 2, "~ Key!El\xc3\xa9ment\n~ \xc3\x89t\xc3\xa9\\In!One\n"));
    struct vmm_edit twice[] = {odd_set("New\\Key", "A", 4), odd_set("nEW\\kEY", "B", 4), odd_set("NEW\\Other", "C", 4)};
    vmm_hive_close(odd_made(h, twice, 3, "+ New\n"));
    struct vmm_edit other = odd_set("Parent\\Child", "oNE", 9); /* another size: the stored spelling stays */
    vmm_hive_close(odd_made(h, &other, 1, "~ Parent\\Child!One\n"));
    vmm_hive_close(h);
}

/* Letters, and what stands between Z and a, are where Windows looks for them. */
static void new_keys_stand_in_windows_order(void **state) {
    (void)state;
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive *h = odd_open(odd_image(odd_sample(minor)));
        struct vmm_edit e[] = {odd_set("a_b", "V", 4), odd_set("aZb", "V", 4), odd_set("a[b", "V", 4), odd_set("AAB", "V", 4), odd_set("a`b", "V", 4), odd_set("a-b", "V", 4), odd_set("a b", "V", 4), odd_set("_", "V", 4)};
        struct vmm_hive *r = odd_made(h, e, VMM_COUNT(e), NULL);
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
    struct vmm_hive *h = odd_open(odd_image(odd_sample(3)));
    struct vmm_edit e = odd_set("Key\\New", "V", 4); /* the first child of Key */
    struct vmm_hive *r = odd_made(h, &e, 1, "+ Key\\New\n");
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
        struct vmm_hive *h = odd_open(odd_image(odd_sample(minor)));
        struct vmm_edit e[] = {odd_key_gone("Parent\\Child"), odd_set("Parent\\Other", "V", 4)};
        vmm_hive_close(odd_made(h, e, 1, "- Parent\\Child\n"));
        vmm_hive_close(odd_made(h, e, 2, "- Parent\\Child\n+ Parent\\Other\n"));
        vmm_hive_close(h);
    }
}

/* A hive whose key Many has its children in an `ri` of parts with PER children each: the built leaf is taken apart into cells that are there for it. */
static struct odd_image divided(size_t parts, size_t per) {
    struct vmm_hive_builder *b = odd_sample(5);
    size_t n = parts * per;
    for (size_t i = 0; i < n; i++) {
        char *path = vmm_printf("Many\\Key%04zu", i);
        vmm_builder_dword(b, path, "N", (uint32_t)i);
        free(path);
    }
    uint8_t room[16000] = {0}; /* the cell of this value becomes the parts */
    vmm_builder_set(b, "Room", "Bytes", VMM_REG_BINARY, room, sizeof room);
    struct odd_image i = odd_image(b), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *h = odd_open(copy);
    uint8_t *many = odd_key(h, &i, "Many"), *vk = odd_value(h, &i, "Room", 0);
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
    struct vmm_hive *h = odd_open(divided(3, 2));
    struct vmm_error err = {0};
    if (vmm_hive_check(h, NULL, &err) < 0) fail_msg("%s", err.message);
    for (size_t part = 0; part < 3; part++) { /* each part, both of its children */
        char *one = vmm_printf("Many\\Key%04zu", 2 * part), *two_path = vmm_printf("Many\\Key%04zu", 2 * part + 1), *diff = vmm_printf("- %s\n- %s\n", one, two_path);
        struct vmm_edit e[] = {odd_key_gone(one), odd_key_gone(two_path)};
        struct vmm_hive *r = odd_made(h, e, 2, diff), *back;
        struct vmm_edit again = odd_set(one, "N", 4); /* and one of them comes again */
        back = odd_made(r, &again, 1, NULL);
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
        all[i] = odd_key_gone(names[i]);
    }
    struct vmm_hive *r = odd_made(h, all, 6, NULL);
    vmm_key key;
    assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Many", &key), VMM_SET);
    assert_int_equal(vmm_le32(vmm_nk(r, key - REGF_BASE, NULL) + NK_LIST), REGF_NIL);
    vmm_hive_close(r);
    vmm_hive_close(h);
}

/* hivex frees the key and then fails. */
static void a_list_of_the_oldest_kind_is_refused(void **state) {
    (void)state;
    struct odd_image i = odd_image(odd_sample(3)), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *plain = odd_open(copy);
    uint8_t *leaf = i.data + REGF_BASE + vmm_le32(odd_key(plain, &i, "Parent") + NK_LIST) + 4;
    assert_int_equal(vmm_le16(leaf + 2), 1);
    leaf[1] = 'i'; /* four bytes an entry: the first stays where it is */
    struct vmm_hive *h = odd_open(i);
    assert_int_equal(vmm_hive_check(h, NULL, NULL), 0);
    odd_refused(h, odd_key_gone("Parent\\Child"), "old kind");
    odd_refused(h, odd_set("Parent\\New", "V", 4), "old kind");
    struct vmm_edit e = odd_set("Parent\\Child", "New", 4); /* no list is touched */
    vmm_hive_close(odd_made(h, &e, 1, "+ Parent\\Child!New\n"));
    vmm_hive_close(plain);
    vmm_hive_close(h);
}

/* ---- marks ---- */

static void keys_that_are_marked_are_not_touched(void **state) {
    (void)state;
    static const struct { uint16_t flag; bool set_too; } rows[] = {{NK_F_NO_DELETE, false}, {NK_F_LINK, true}, {NK_F_PREDEFINED, true}};
    for (size_t k = 0; k < VMM_COUNT(rows); k++) {
        struct odd_image i = odd_image(odd_sample(5)), copy = {vmm_memdup(i.data, i.len), i.len};
        struct vmm_hive *plain = odd_open(copy);
        uint8_t *nk = odd_key(plain, &i, "Parent\\Child");
        vmm_put16(nk + NK_FLAGS, vmm_le16(nk + NK_FLAGS) | rows[k].flag);
        struct vmm_hive *h = odd_open(i);
        odd_refused(h, odd_key_gone("Parent\\Child"), "may not be changed");
        odd_refused(h, odd_key_gone("Parent"), "may not be changed");
        if (rows[k].set_too) odd_refused(h, odd_set("Parent\\Child", "New", 4), "the key is a link");
        vmm_hive_close(plain);
        vmm_hive_close(h);
    }
    struct vmm_hive *h = odd_open(odd_image(odd_sample(5)));
    odd_refused(h, odd_key_gone(""), "root");
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
    struct vmm_hive_builder *b = odd_sample(5);
    vmm_builder_set(b, "Room", "Bytes", VMM_REG_BINARY, filling, sizeof filling);
    struct odd_image i = odd_image(b);
    struct vmm_error err = {0};
    for (size_t len = 8192; len < i.len; len += 4096) {
        assert_null(vmm_hive_open(i.data, len, NULL, &err));
        assert_int_equal(err.code, VMM_E_BROKEN);
    }
    free(i.data);
}

static void keys_keep_their_security_and_new_ones_take_their_parents(void **state) {
    (void)state;
    struct vmm_hive *h = odd_open(odd_image(odd_sample(5)));
    struct vmm_edit e = odd_set("Parent\\New\\Deep", "V", 4);
    struct vmm_hive *r = odd_made(h, &e, 1, "+ Parent\\New\n");
    vmm_key parent, deep;
    assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Parent", &parent), VMM_SET);
    assert_int_equal(vmm_key_path(r, vmm_hive_root(r), "Parent\\New\\Deep", &deep), VMM_SET);
    assert_int_equal(vmm_le32(vmm_nk(r, parent - REGF_BASE, NULL) + NK_SK), vmm_le32(vmm_nk(r, deep - REGF_BASE, NULL) + NK_SK));
    vmm_hive_close(r);
    vmm_hive_close(h);
}

static void a_hive_that_would_grow_by_more_than_a_mebibyte_is_refused(void **state) {
    (void)state;
    struct vmm_hive *h = odd_open(odd_image(odd_sample(5)));
    struct vmm_edit e[80];
    char names[80][16];
    for (size_t i = 0; i < VMM_COUNT(e); i++) {
        snprintf(names[i], sizeof names[i], "V%zu", i);
        e[i] = odd_set("Parent", names[i], 16000);
    }
    uint8_t *after = NULL;
    size_t len;
    struct vmm_error err = {0};
    assert_int_equal(vmm_hive_edit(h, e, VMM_COUNT(e), NULL, odd_scratch(), &after, &len, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "mebibyte"));
    assert_null(after);
    vmm_hive_close(h);
}

static void one_edit_inside_a_key_that_goes_is_a_conflict(void **state) {
    (void)state;
    struct vmm_hive *h = odd_open(odd_image(odd_sample(5)));
    struct vmm_edit rows[][2] = {
        {odd_key_gone("Parent"), odd_set("Parent\\Child", "V", 4)}, {odd_set("parent\\New", "V", 4), odd_key_gone("Parent")}, {odd_key_gone("Parent"), odd_key_gone("PARENT\\Child")},
        {odd_set("Key", "V", 4), odd_set("kEY", "v", 4)}};
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        uint8_t *after = NULL;
        size_t len;
        struct vmm_error err = {0};
        assert_int_equal(vmm_hive_edit(h, rows[i], 2, NULL, odd_scratch(), &after, &len, &err), -1);
        assert_int_equal(err.code, VMM_E_CONFLICT);
    }
    struct vmm_edit beside[] = {odd_key_gone("Parent\\Child"), odd_set("Parent", "Child", 4), odd_set("Parent\\Child2", "V", 4)};
    vmm_hive_close(odd_made(h, beside, 3, "+ Parent!Child\n- Parent\\Child\n+ Parent\\Child2\n"));
    vmm_hive_close(h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
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
    };
    return cmocka_run_group_tests(tests, odd_begin, odd_end);
}
