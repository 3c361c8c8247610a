/* Keys of BitLocker: which form is which, and what is said of a mistyped one.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/volume/help.h"
#include "vmmedic/unlock.h"

#define GOOD "235818-357951-253979-013365-241120-245575-342914-591910"

static struct vmm_unlock *key(const char *text, struct vmm_error *err) {
    *err = (struct vmm_error){0};
    return vmm_unlock_new(text, strlen(text), err);
}

static void a_recovery_password_is_taken_however_its_groups_are_parted(void **state) {
    (void)state;
    static const char *const forms[] = {GOOD, GOOD "\n", GOOD "\r\n", "235818 357951 253979 013365 241120 245575 342914 591910",
                                        "235818357951253979013365241120245575342914591910", "235818--357951- 253979-013365-241120-245575-342914-591910 "};
    for (size_t i = 0; i < VMM_COUNT(forms); i++) {
        struct vmm_error err;
        struct vmm_unlock *k = key(forms[i], &err);
        if (k == NULL) fail_msg("\"%s\": %s", forms[i], err.message);
        assert_int_equal(k->kind, VMM_UNLOCK_RECOVERY);
        assert_int_equal(k->len, strlen(GOOD));
        assert_memory_equal(k->data, GOOD, k->len);
        vmm_unlock_free(k);
    }
}

static void every_wrong_digit_is_found_and_its_group_is_named_but_not_shown(void **state) {
    (void)state;
    for (size_t at = 0; at < strlen(GOOD); at++) {
        char text[] = GOOD, group[16], digits[8];
        if (text[at] == '-') continue;
        for (char c = '0'; c <= '9'; c++) {
            text[at] = c;
            if (c == GOOD[at]) continue;
            struct vmm_error err;
            assert_null(key(text, &err));
            snprintf(group, sizeof group, "Group %zu ", at / 7 + 1);
            snprintf(digits, sizeof digits, "%.6s", text + at / 7 * 7);
            assert_non_null(strstr(err.message, group));
            assert_null(strstr(err.message, digits));
            assert_int_equal(err.code, VMM_E_USAGE);
        }
    }
}

static void groups_that_are_too_short_too_long_or_missing_are_said(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"235818-35795-253979-013365-241120-245575-342914-591910", "Group 2 "},   {"235818-3579510-253979-013365-241120-245575-342914-591910", "Group 2 "},
        {"235818-357951-253979-013365-241120-245575-342914", "42 digits"},        {"235818-357951-253979-013365-241120-245575-342914-59191", "Group 8 "},
        {"23581835795125397901336524112024557534291459191", "47 digits"},         {"720896-357951-253979-013365-241120-245575-342914-591910", "Group 1 "},
        {"999999-357951-253979-013365-241120-245575-342914-591910", "Group 1 "},
    };
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        char *fault = vmm_recovery_fault(cases[i].text);
        if (fault == NULL || strstr(fault, cases[i].says) == NULL) fail_msg("%s: %s", cases[i].text, fault ? fault : "no fault");
        free(fault);
    }
    assert_null(vmm_recovery_fault(GOOD));
    assert_null(vmm_recovery_fault("a password of 12345678901234567890 digits"));
}

static void what_is_no_recovery_password_is_a_password_and_what_is_no_text_a_startup_key(void **state) {
    struct vmm_error err;
    struct vmm_unlock *k = key("1234-5678", &err);
    assert_non_null(k);
    assert_int_equal(k->kind, VMM_UNLOCK_PASSPHRASE);
    vmm_unlock_free(k);
    assert_null(key("", &err));
    assert_null(key("\n", &err));
    assert_null(key("two\nlines", &err));
    assert_null(vmm_unlock_new("a\0b", 3, &err));
    uint8_t bek[156] = {156, 0, 0, 0, 1, 0, 0, 0, 48, 0, 0, 0, 156, 0, 0, 0, 0xff};
    k = vmm_unlock_new(bek, sizeof bek, &err);
    assert_non_null(k);
    assert_int_equal(k->kind, VMM_UNLOCK_BEK);
    json_t *j = vmm_unlock_json(k);
    struct vmm_unlock *again = vmm_unlock_from_json(j, &err);
    assert_non_null(again);
    assert_int_equal(again->len, sizeof bek);
    assert_memory_equal(again->data, bek, sizeof bek);
    vmm_unlock_free(again);
    vmm_unlock_free(k);
    json_decref(j);
    assert_null(vmm_unlock_new(bek, sizeof bek - 1, &err)); /* cut short */
    put(state, "key", strlen(GOOD), 0, GOOD, strlen(GOOD));
    k = vmm_unlock_read(in(state, "key"), &err);
    assert_non_null(k);
    assert_int_equal(k->kind, VMM_UNLOCK_RECOVERY);
    vmm_unlock_free(k);
    assert_null(vmm_unlock_read(in(state, "none"), &err));
    assert_int_equal(err.code, VMM_E_NOT_FOUND);
    put(state, "long", 1 << 20, 0, "x", 1);
    assert_null(vmm_unlock_read(in(state, "long"), &err));
}

static void a_request_with_a_broken_key_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"{}", "{\"secret\":\"\"}", "{\"secret\":\"zz\"}", "{\"secret\":\"123\"}", "{\"secret\":5}", "[]"};
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        struct vmm_error err = {0};
        json_t *j = json_loads(bad[i], 0, NULL);
        assert_null(vmm_unlock_from_json(j, &err));
        assert_int_equal(err.code, VMM_E_USAGE);
        json_decref(j);
    }
    struct vmm_error none = {0};
    assert_null(vmm_unlock_from_json(NULL, &none));
    assert_int_equal(none.code, VMM_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recovery_password_is_taken_however_its_groups_are_parted),
        cmocka_unit_test(every_wrong_digit_is_found_and_its_group_is_named_but_not_shown),
        cmocka_unit_test(groups_that_are_too_short_too_long_or_missing_are_said),
        cmocka_unit_test_setup_teardown(what_is_no_recovery_password_is_a_password_and_what_is_no_text_a_startup_key, scratch, tidy),
        cmocka_unit_test(a_request_with_a_broken_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
