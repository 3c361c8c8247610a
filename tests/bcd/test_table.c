/* The element table: that it says what the published tables say, and that names stay within their application.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bcd/make.h"
#include "bcd/room.h"

static void an_id_means_what_the_object_it_stands_in_makes_of_it(void **state) {
    (void)state;
    assert_string_equal(vmm_bcd_element_by_id(VMM_APP_BOOTMGR, 0x23000003)->name, "default");
    assert_string_equal(vmm_bcd_element_by_id(VMM_APP_FWBOOTMGR, 0x25000004)->name, "timeout");
    assert_string_equal(vmm_bcd_element_by_id(VMM_APP_OSLOADER, 0x23000003)->name, "resumeobject");
    assert_string_equal(vmm_bcd_element_by_id(VMM_APP_OSLOADER, 0x26000024)->name, "nocrashautoreboot");
    assert_null(vmm_bcd_element_by_id(VMM_APP_RESUME, 0x26000024)->name);
    assert_string_equal(vmm_bcd_element_by_id(VMM_APP_RESUME, 0x25000008)->name, "bootmenupolicy");
    assert_string_equal(vmm_bcd_element_by_id(VMM_APP_MEMDIAG, 0x25000008)->name, "randfailcount");
}

static void names_of_another_application_are_not_borrowed(void **state) {
    (void)state;
    assert_null(vmm_bcd_element_by_id(VMM_APP_BOOTSECTOR, 0x250000c2));
    assert_null(vmm_bcd_element_by_id(VMM_APP_LIBRARY, 0x25000080));
    assert_null(vmm_bcd_element_by_name(VMM_APP_BOOTMGR, "safeboot"));
    assert_null(vmm_bcd_element_by_id(VMM_APP_OSLOADER, 0x31000003));
    assert_non_null(vmm_bcd_element_by_id(VMM_APP_DEVICE, 0x31000003));
    assert_non_null(vmm_bcd_element_by_id(VMM_APP_DEVICE, 0x12000004));
}

static void an_element_is_found_by_name_in_any_case_and_by_its_digits(void **state) {
    (void)state;
    static const char *const spellings[] = {"safeboot", "SafeBoot", "custom:25000080", "CUSTOM:25000080", "25000080", "0x25000080"};
    for (size_t i = 0; i < VMM_COUNT(spellings); i++)
        assert_int_equal(vmm_bcd_element_by_name(VMM_APP_OSLOADER, spellings[i])->id, 0x25000080);
    assert_int_equal(vmm_bcd_element_by_name(VMM_APP_OSLOADER, "custom:46000010")->id, 0x46000010);
    assert_null(vmm_bcd_element_by_name(VMM_APP_OSLOADER, "2500008"));
    assert_null(vmm_bcd_element_by_name(VMM_APP_OSLOADER, "custom:2fffffff"));
    assert_null(vmm_bcd_element_by_name(VMM_APP_OSLOADER, ""));
}

static void an_objects_type_says_whose_names_it_uses(void **state) {
    (void)state;
    static const struct {
        uint32_t type;
        enum vmm_bcd_app app;
    } cases[] = {{0x10100001, VMM_APP_FWBOOTMGR},  {0x10100002, VMM_APP_BOOTMGR},
                 {0x101fffff, VMM_APP_OTHER},      {0x10200003, VMM_APP_OSLOADER},
                 {0x10200004, VMM_APP_RESUME},     {0x10200005, VMM_APP_MEMDIAG},
                 {0x1020000a, VMM_APP_BOOTAPP},    {0x10300006, VMM_APP_LEGACY},
                 {0x10400008, VMM_APP_BOOTSECTOR}, {0x10400009, VMM_APP_REALMODE},
                 {0x20100000, VMM_APP_LIBRARY},    {0x20200003, VMM_APP_OSLOADER},
                 {0x20200004, VMM_APP_RESUME},     {0x20300000, VMM_APP_DEVICE},
                 {0x30000000, VMM_APP_DEVICE},     {0, VMM_APP_OTHER},
                 {0xffffffff, VMM_APP_OTHER}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) assert_int_equal(vmm_bcd_app_of(cases[i].type), cases[i].app);
}

static void rows_are_unique_and_in_order_and_their_words_are_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < vmm_bcd_element_count; i++) {
        const struct vmm_bcd_element_info *row = &vmm_bcd_elements[i];
        if (i > 0 && row[-1].app == row->app) assert_true(row[-1].id < row->id);
        if (row->values) {
            assert_int_equal(vmm_bcd_format_of(row->id), VMM_BCD_INTEGER);
            uint64_t n;
            char *word = vmm_bcd_word(row->values, 0);
            assert_non_null(word);
            assert_true(vmm_bcd_number(row->values, word, &n));
            assert_int_equal(n, 0);
            free(word);
        }
        const char *more = vmm_bcd_element_more(row);
        if (row->help) assert_int_equal(row->help[strlen(row->help) - 1], '.');
        if (row->help && strlen(row->help) > 70) fail_msg("a screen has no room for: %s", row->help);
        if (more) assert_true(row->help && more[strlen(more) - 1] == '.');
    }
}

static void the_elements_people_meet_have_a_sentence_each(void **state) {
    (void)state;
    static const char *const names[] = {"device",
                                        "path",
                                        "description",
                                        "inherit",
                                        "recoveryenabled",
                                        "recoverysequence",
                                        "osdevice",
                                        "systemroot",
                                        "safeboot",
                                        "safebootalternateshell",
                                        "ems",
                                        "bootems",
                                        "nx",
                                        "bootmenupolicy",
                                        "bootstatuspolicy",
                                        "winpe",
                                        "testsigning",
                                        "nointegritychecks",
                                        "debug",
                                        "locale"};
    for (size_t i = 0; i < VMM_COUNT(names); i++) assert_non_null(vmm_bcd_element_by_name(VMM_APP_OSLOADER, names[i])->help);
    static const char *const menu[] = {"timeout",         "default",           "displayorder",
                                       "displaybootmenu", "toolsdisplayorder", "bootsequence"};
    for (size_t i = 0; i < VMM_COUNT(menu); i++) assert_non_null(vmm_bcd_element_by_name(VMM_APP_BOOTMGR, menu[i])->help);
}

static void what_bitlocker_measures_is_known(void **state) {
    (void)state;
    assert_true(vmm_bcd_bitlocker_sensitive(0x26000081, VMM_APP_OSLOADER));
    assert_true(vmm_bcd_bitlocker_sensitive(0x16000049, VMM_APP_OSLOADER));
    assert_false(vmm_bcd_bitlocker_sensitive(0x25000080, VMM_APP_OSLOADER));
    assert_false(vmm_bcd_bitlocker_sensitive(0x260000b0, VMM_APP_OSLOADER));
    assert_false(vmm_bcd_bitlocker_sensitive(0x25000004, VMM_APP_BOOTMGR));
    assert_false(vmm_bcd_bitlocker_sensitive(0x22000002, VMM_APP_REALMODE));
}

/* ---- against the table file ---- */

static enum vmm_bcd_app app_word(const char *word) {
    static const struct {
        const char *word;
        enum vmm_bcd_app app;
    } words[] = {{"library", VMM_APP_LIBRARY},      {"application", VMM_APP_ANY},   {"bootmgr", VMM_APP_BOOTMGR},
                 {"osloader", VMM_APP_OSLOADER},    {"resume", VMM_APP_RESUME},     {"memdiag", VMM_APP_MEMDIAG},
                 {"legacy", VMM_APP_LEGACY},        {"realmode", VMM_APP_REALMODE}, {"bootapp", VMM_APP_BOOTAPP},
                 {"deviceoptions", VMM_APP_DEVICE}, {"template", VMM_APP_TEMPLATE}};
    for (size_t i = 0; i < VMM_COUNT(words); i++)
        if (strcmp(words[i].word, word) == 0) return words[i].app;
    fail_msg("unknown application %s", word);
    return VMM_APP_OTHER;
}

/* One line: application, id, name, format, values. */
static void check_line(char *line) {
    static const char *const formats[] = {"", "device", "string", "object", "objectlist", "integer", "boolean", "intlist"};
    char *field[5] = {0};
    for (int i = 0; i < 5; i++) field[i] = strsep(&line, "\t");
    for (int i = 0; i < 5; i++) field[i] = field[i] ? field[i] : (char *)(uintptr_t) "";
    enum vmm_bcd_app app = app_word(field[0]);
    uint32_t id = (uint32_t)strtoul(field[1], NULL, 16);
    const struct vmm_bcd_element_info *row = NULL;
    for (size_t i = 0; i < vmm_bcd_element_count; i++)
        if (vmm_bcd_elements[i].app == app && vmm_bcd_elements[i].id == id) row = &vmm_bcd_elements[i];
    if (row == NULL) fail_msg("%s %s is not in the table", field[0], field[1]);
    assert_string_equal(row->name ? row->name : "", field[2]);
    assert_string_equal(formats[vmm_bcd_format_of(id)], field[3]);
    assert_string_equal(row->values ? row->values : "", strchr(field[4], '=') ? field[4] : "");
}

static void the_table_agrees_with_the_published_one(void **state) {
    (void)state;
    uint8_t *data;
    size_t len, lines = 0;
    if (vmm_file_read("../shared/facts/bcd-elements.tsv", 1 << 20, &data, &len, NULL) < 0) {
        print_message("skipped: ../shared/facts/bcd-elements.tsv is not here\n");
        skip();
    }
    char *all = vmm_strndup((char *)data, len), *at = all, *line;
    strsep(&at, "\n");
    while ((line = strsep(&at, "\n")) && *line) {
        check_line(line);
        lines++;
    }
    assert_int_equal(lines, vmm_bcd_element_count);
    free(all);
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_means_what_the_object_it_stands_in_makes_of_it),
        cmocka_unit_test(names_of_another_application_are_not_borrowed),
        cmocka_unit_test(an_element_is_found_by_name_in_any_case_and_by_its_digits),
        cmocka_unit_test(an_objects_type_says_whose_names_it_uses),
        cmocka_unit_test(rows_are_unique_and_in_order_and_their_words_are_sound),
        cmocka_unit_test(the_elements_people_meet_have_a_sentence_each),
        cmocka_unit_test(what_bitlocker_measures_is_known),
        cmocka_unit_test(the_table_agrees_with_the_published_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
