/* What hivex is known to spoil in the values of a key, a row a test: the edit comes out right, or is refused before anything is made.
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

static void a_key_that_holds_a_big_value_is_edited_beside_it_and_may_go(void **state) {
    (void)state;
    uint8_t *big = vmm_alloc(40000, 1);
    for (size_t len = 16344; len <= 16345; len++) {
        struct vmm_hive_builder *b = odd_sample(5);
        vmm_builder_set(b, "Key", "Blob", VMM_REG_BINARY, big, len);
        struct vmm_hive *h = odd_open(odd_image(b));
        struct vmm_edit e[] = {odd_set("Key", "New", 4), odd_gone("Key", "One"), odd_set("Key\\Below", "New", 4), odd_set("Key", "Blob", 9), odd_gone("Key", "Blob"), odd_key_gone("Key")};
        const char *diffs[] = {"+ Key!New\n", "- Key!One\n", "+ Key\\Below\n", "~ Key!Blob\n", "- Key!Blob\n", "- Key\n"};
        for (size_t i = 0; i < VMM_COUNT(e); i++) vmm_hive_close(odd_made(h, &e[i], 1, diffs[i])); /* no cell of it is left without an owner */
        vmm_hive_close(h);
    }
    free(big);
}

static void a_value_may_be_as_large_as_one_cell_and_no_larger(void **state) {
    (void)state;
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive *h = odd_open(odd_image(odd_sample(minor)));
        struct vmm_edit largest = odd_set("Key", "New", 16344);
        vmm_hive_close(odd_made(h, &largest, 1, "+ Key!New\n"));
        odd_refused(h, odd_set("Key", "New", 16345), "16,344");
        vmm_hive_close(h);
    }
}

/* Length 0 with a nil offset: hivex fails on it, or stops the process. */
static void a_key_with_an_empty_value_of_the_rare_form_is_edited(void **state) {
    (void)state;
    struct odd_image i = odd_image(odd_sample(5)), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *plain = odd_open(copy);
    uint8_t *vk = odd_value(plain, &i, "Key", odd_value_like(plain, &i, "Key", "One", 3));
    vmm_put32(vk + VK_LENGTH, 0);
    vmm_put32(vk + VK_DATA, REGF_NIL);
    struct vmm_hive *h = odd_open(i);
    assert_int_equal(vmm_hive_check(h, NULL, NULL), 0);
    struct vmm_edit e[] = {odd_set("Key", "New", 4), odd_set("Key", "One", 0), odd_set("Key", "One", 4), odd_set("Key", "One", 9), odd_gone("Key", "One"), odd_key_gone("Key")};
    const char *diffs[] = {"+ Key!New\n", "~ Key!One\n", "~ Key!One\n", "~ Key!One\n", "- Key!One\n", "- Key\n"};
    for (size_t k = 0; k < VMM_COUNT(e); k++) vmm_hive_close(odd_made(h, &e[k], 1, diffs[k]));
    vmm_hive_close(plain);
    vmm_hive_close(h);
}

/* hivex cuts a name with NUL, and fails on an unpaired surrogate. */
static void a_value_name_that_is_no_text_survives_an_edit_beside_it(void **state) {
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct odd_image i = odd_image(odd_sample(5)), copy = {vmm_memdup(i.data, i.len), i.len};
        struct vmm_hive *plain = odd_open(copy);
        uint8_t *wide = odd_value(plain, &i, "Key", odd_value_like(plain, &i, "Key", "\x1f\x04", 2)), *narrow = odd_value(plain, &i, "Key", odd_value_like(plain, &i, "Key", "One", 3));
        if (way == 0) narrow[VK_NAME + 1] = 0;
        if (way == 1) vmm_put16(wide + VK_NAME + 2, 0);
        if (way == 2) vmm_put16(wide + VK_NAME + 2, 0xd800);
        struct vmm_hive *h = odd_open(i);
        struct vmm_edit e[] = {odd_set("Key", "New", 4), odd_key_gone("Key")};
        vmm_hive_close(odd_made(h, &e[0], 1, "+ Key!New\n"));
        vmm_hive_close(odd_made(h, &e[1], 1, "- Key\n"));
        vmm_hive_close(plain);
        vmm_hive_close(h);
    }
}

/* One of them is named as usual; the others' names begin with it, then a NUL: as text they are the same. In each order. */
static void of_values_that_read_the_same_the_one_that_is_meant_changes(void **state) {
    (void)state;
    static const char *const names[][3] = {{"V", "V_a", "V_b"}, {"V_a", "V", "V_b"}, {"V_a", "V_b", "V"}};
    for (size_t way = 0; way < VMM_COUNT(names); way++) {
        struct vmm_hive_builder *b = odd_sample(5);
        for (size_t i = 0; i < 3; i++) vmm_builder_set(b, "Same", names[way][i], VMM_REG_BINARY, names[way][i], strlen(names[way][i]));
        struct odd_image i = odd_image(b), copy = {vmm_memdup(i.data, i.len), i.len};
        struct vmm_hive *plain = odd_open(copy);
        for (size_t k = 0; k < 3; k++)
            if (names[way][k][1]) odd_value(plain, &i, "Same", k)[VK_NAME + 1] = 0;
        struct vmm_hive *h = odd_open(i);
        struct vmm_edit e[] = {odd_gone("Same", "V"), odd_set("Same", "V", 30), odd_set("Same", "W", 3)};
        const char *diffs[] = {"- Same!V\n", "~ Same!V\n", "+ Same!W\n"};
        for (size_t k = 0; k < VMM_COUNT(e); k++) vmm_hive_close(odd_made(h, &e[k], 1, diffs[k]));
        vmm_hive_close(plain);
        vmm_hive_close(h);
    }
}

static void a_marked_value_is_left_alone(void **state) {
    (void)state;
    struct odd_image i = odd_image(odd_sample(5)), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *plain = odd_open(copy);
    uint8_t *vk = odd_value(plain, &i, "Key", odd_value_like(plain, &i, "Key", "One", 3));
    vmm_put16(vk + VK_FLAGS, vmm_le16(vk + VK_FLAGS) | 2); /* a tombstone */
    struct vmm_hive *h = odd_open(i);
    odd_refused(h, odd_set("Key", "One", 9), "special marks");
    odd_refused(h, odd_gone("Key", "One"), "special marks");
    struct vmm_edit e = odd_set("Key", "New", 4);
    struct vmm_hive *r = odd_made(h, &e, 1, "+ Key!New\n");
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
    struct vmm_hive *h = odd_open(odd_image(odd_sample(5)));
    struct vmm_edit e[] = {odd_set("Key", "N\xc3\xa9w", 4), odd_set("Key", "\xd0\x9d\xd0\xbe\xd0\xb2", 9), odd_set("Parent\\New", "\xf0\x9f\x97\x9d", 4)};
    struct vmm_hive *r = odd_made(h, e, VMM_COUNT(e), "+ Key!N\xc3\xa9w\n+ Key!\xd0\x9d\xd0\xbe\xd0\xb2\n+ Parent\\New\n");
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
    odd_refused(h, odd_set("Key", longest, 4), "not plain text");
    odd_refused(h, odd_set("Key", "a\x1b[2J", 4), "not plain text");
    odd_refused(h, odd_set("Key", "\xff\xfe", 4), "not plain text");
    odd_refused(h, odd_set("Parent\\New", "a\nb", 4), "not plain text");
    longest[255] = '\0';
    vmm_hive_close(odd_made(h, &(struct vmm_edit){.op = VMM_EDIT_SET, .path = "Key", .name = longest, .type = VMM_REG_BINARY, .data = (const uint8_t *)"x", .len = 1}, 1, NULL));
    vmm_hive_close(h);
}

static void a_big_value_that_is_short_is_unreadable_not_shorter(void **state) {
    (void)state;
    uint8_t *big = vmm_alloc(40000, 1);
    struct vmm_hive_builder *b = odd_sample(5);
    vmm_builder_set(b, "Big", "Blob", VMM_REG_BINARY, big, 40000);
    struct odd_image i = odd_image(b), copy = {vmm_memdup(i.data, i.len), i.len};
    struct vmm_hive *plain = odd_open(copy);
    uint8_t *vk = odd_value(plain, &i, "Big", 0), *db = i.data + REGF_BASE + vmm_le32(vk + VK_DATA) + 4;
    vmm_put16(db + 2, 2); /* two segments of three */
    struct vmm_hive *h = odd_open(i);
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
        cmocka_unit_test(a_big_value_that_is_short_is_unreadable_not_shorter),
    };
    return cmocka_run_group_tests(tests, odd_begin, odd_end);
}
