/* Reading boot stores: what Windows tolerates is read, what does not fit is marked, ids and inheritance work as in bcdedit.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bcd/make.h"

static struct made small(void) {
    struct vmm_hive_builder *b = new_store();
    object(b, BOOTMGR, 0x10100002);
    text(b, BOOTMGR, "23000003", WIN);
    list(b, BOOTMGR, "14000006", GLOBALS, NULL);
    object(b, WIN, 0x10200003);
    list(b, WIN, "14000006", LOADERS, NULL);
    integer(b, WIN, "25000020", 1, 8);
    object(b, LOADERS, 0x20200003);
    list(b, LOADERS, "14000006", GLOBALS, NULL);
    integer(b, LOADERS, "25000080", 0, 8);
    integer(b, LOADERS, "25000020", 0, 8);
    object(b, GLOBALS, 0x20100000);
    list(b, GLOBALS, "14000006", EMS, DEBUGGER, NULL);
    object(b, EMS, 0x20100000);
    yes(b, EMS, "16000020", true);
    integer(b, EMS, "15000022", 1, 8);
    integer(b, EMS, "25000080", 2, 8); /* of no application: counts for nobody */
    return finish(b);
}

static void a_hive_that_is_no_boot_store_is_refused(void **state) {
    (void)state;
    struct vmm_hive_builder *b = vmm_builder_new("System", 5);
    vmm_builder_dword(b, "Select", "Current", 1);
    size_t len;
    uint8_t *bytes = vmm_builder_finish(b, 1, &len);
    struct vmm_error err = {0};
    struct vmm_hive *h = vmm_hive_open(bytes, len, NULL, &err);
    assert_non_null(h);
    assert_null(vmm_bcd_open(h, &err));
    assert_int_equal(err.code, VMM_E_BROKEN);
    assert_non_null(strstr(err.message, "Objects"));
    vmm_hive_close(h);
    free(bytes);
}

static void an_object_is_found_by_guid_alias_and_default(void **state) {
    (void)state;
    struct made m = small();
    static const char *const win[] = {
        WIN,       "b520e13d-48da-11e2-9a8b-00155d011700",  "{B520E13D-48DA-11E2-9A8B-00155D011700}", "{default}",
        "DEFAULT", "{1cae1eb7-a0df-4d4d-9851-4860e34ef535}"};
    for (size_t i = 0; i < VMM_COUNT(win); i++) assert_string_equal(vmm_bcd_resolve(m.bcd, win[i], NULL)->guid, WIN);
    assert_string_equal(vmm_bcd_resolve(m.bcd, "bootmgr", NULL)->guid, BOOTMGR);
    assert_string_equal(vmm_bcd_resolve(m.bcd, "{EMSSettings}", NULL)->guid, EMS);
    assert_string_equal(vmm_bcd_alias(m.bcd, WIN), "{default}");
    assert_string_equal(vmm_bcd_alias(m.bcd, BOOTMGR), "{bootmgr}");
    assert_null(vmm_bcd_alias(m.bcd, MEDIA));
    assert_string_equal(vmm_bcd_alias(m.bcd, "{1afa9c49-16ab-4a5c-4a90-212802da9460}"), "{resumeloadersettings}");
    assert_string_equal(vmm_bcd_alias_guid("{resumeloadersettings}"), "{1afa9c49-16ab-4a5c-901b-212802da9460}");
    assert_string_equal(vmm_bcd_alias_guid("{legacy}"), vmm_bcd_alias_guid("{ntldr}"));
    assert_null(vmm_bcd_alias_guid("{default}"));
    made_close(&m);
}

static void current_is_refused_with_the_reason(void **state) {
    (void)state;
    struct made m = small();
    struct vmm_error err = {0};
    assert_null(vmm_bcd_resolve(m.bcd, "{current}", &err));
    assert_int_equal(err.code, VMM_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "running"));
    made_close(&m);
}

static void a_default_that_leads_nowhere_is_said(void **state) {
    (void)state;
    struct vmm_error err = {0};
    struct vmm_hive_builder *b = new_store();
    object(b, BOOTMGR, 0x10100002);
    text(b, BOOTMGR, "23000003", WIN);
    struct made m = finish(b);
    assert_null(vmm_bcd_resolve(m.bcd, "{default}", &err));
    assert_non_null(strstr(err.message, WIN));
    made_close(&m);
    b = new_store();
    object(b, WIN, 0x10200003);
    m = finish(b);
    assert_null(vmm_bcd_resolve(m.bcd, "{default}", &err));
    assert_non_null(strstr(err.message, "{bootmgr}"));
    made_close(&m);
}

static void settings_are_inherited_only_from_their_own_application(void **state) {
    (void)state;
    struct made m = small();
    const struct vmm_bcd_object *win = vmm_bcd_object(m.bcd, WIN), *bootmgr = vmm_bcd_object(m.bcd, BOOTMGR), *from;
    uint64_t n;
    assert_int_equal(vmm_bcd_integer(vmm_bcd_effective(m.bcd, win, VMM_BCD_SAFEBOOT, &from), &n), VMM_SET);
    assert_int_equal(n, 0);
    assert_string_equal(from->guid, LOADERS);
    vmm_bcd_integer(vmm_bcd_effective(m.bcd, win, 0x25000020, &from), &n);
    assert_int_equal(n, 1); /* its own comes first */
    assert_ptr_equal(from, win);
    assert_string_equal((vmm_bcd_effective(m.bcd, win, VMM_BCD_EMSPORT, &from), from->guid), EMS);
    assert_non_null(vmm_bcd_effective(m.bcd, bootmgr, VMM_BCD_BOOTEMS, NULL));
    assert_null(vmm_bcd_effective(m.bcd, bootmgr, VMM_BCD_SAFEBOOT, &from));
    assert_null(from);
    assert_null(vmm_bcd_own(win, VMM_BCD_SAFEBOOT));
    made_close(&m);
}

static void objects_that_inherit_each_other_come_to_an_end(void **state) {
    (void)state;
    struct vmm_hive_builder *b = new_store();
    object(b, WIN, 0x10200003);
    object(b, MEDIA, 0x10200003);
    list(b, WIN, "14000006", MEDIA, WIN, MEDIA, NULL);
    list(b, MEDIA, "14000006", WIN, MEDIA, NULL);
    struct made m = finish(b);
    assert_null(vmm_bcd_effective(m.bcd, vmm_bcd_object(m.bcd, WIN), VMM_BCD_BOOTEMS, NULL));
    made_close(&m);
}

static void short_integers_double_nuls_and_odd_spellings_are_read(void **state) {
    (void)state;
    struct vmm_hive_builder *b = new_store();
    vmm_builder_string(b, "Description", "KeyName", VMM_REG_SZ, "\x01\x02 garbage \xef\xbf\xbd");
    object(b, "{7619DCC9-FAFE-11D9-B411-000476EBA25F}", 0x10200003);
    static const char M[] = "{7619DCC9-FAFE-11D9-B411-000476EBA25F}";
    integer(b, M, "250000F3", 2, 1);
    raw(b, M, "15000014", VMM_REG_BINARY, "\x00\xc2\x01", 3);
    raw(b, M, "12000004", VMM_REG_SZ, "A\0b\0\0\0\0", 8);
    raw(b, M, "24000001", VMM_REG_MULTI_SZ, "\0", 2);
    raw(b, M, "23000003", VMM_REG_SZ, "{\0", 2); /* no NUL at all, no GUID */
    struct made m = finish(b);
    const struct vmm_bcd_object *o = vmm_bcd_object(m.bcd, MEDIA);
    assert_non_null(o);
    assert_string_equal(o->key_name, M);
    uint64_t n;
    assert_int_equal(vmm_bcd_integer(vmm_bcd_own(o, 0x250000f3), &n), VMM_SET);
    assert_int_equal(n, 2);
    assert_string_equal(vmm_bcd_own(o, 0x250000f3)->key_name, "250000F3");
    vmm_bcd_integer(vmm_bcd_own(o, 0x15000014), &n);
    assert_int_equal(n, 115200);
    char *s = vmm_bcd_string(vmm_bcd_own(o, VMM_BCD_DESCRIPTION));
    assert_string_equal(s, "Ab");
    free(s);
    s = vmm_bcd_string(vmm_bcd_own(o, 0x23000003));
    assert_string_equal(s, "{");
    free(s);
    size_t count = 9;
    char **items = vmm_bcd_list(vmm_bcd_own(o, VMM_BCD_DISPLAYORDER), &count);
    assert_non_null(items);
    assert_int_equal(count, 0);
    free(items);
    assert_null(m.bcd->warning);
    made_close(&m);
}

static void data_of_another_type_or_length_is_marked_and_not_believed(void **state) {
    (void)state;
    static const struct {
        const char *id;
        uint32_t type;
        const char *data;
        size_t len;
    } cases[] = {{"25000080", VMM_REG_DWORD, "\0\0\0\0", 4},
                 {"25000080", VMM_REG_BINARY, "", 0},
                 {"25000080", VMM_REG_BINARY, "123456789", 9},
                 {"26000022", VMM_REG_BINARY, "\1\0", 2},
                 {"12000004", VMM_REG_BINARY, "a\0", 2},
                 {"12000004", VMM_REG_SZ, "a\0b", 3},
                 {"14000006", VMM_REG_SZ, "a\0", 2},
                 {"14000006", VMM_REG_MULTI_SZ, "", 0},
                 {"17000077", VMM_REG_BINARY, "1234567", 7},
                 {"11000001", VMM_REG_BINARY, "0123456789", 10},
                 {"21000001", VMM_REG_SZ, "a\0", 2}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct vmm_hive_builder *b = new_store();
        object(b, WIN, 0x10200003);
        raw(b, WIN, cases[i].id, cases[i].type, cases[i].data, cases[i].len);
        struct made m = finish(b);
        const struct vmm_bcd_element *e = &vmm_bcd_object(m.bcd, WIN)->elements[0];
        uint64_t n;
        size_t count;
        assert_true(e->bad);
        assert_int_equal(vmm_bcd_integer(e, &n), VMM_WRONG_TYPE);
        assert_null(vmm_bcd_string(e));
        assert_null(vmm_bcd_list(e, &count));
        assert_non_null(m.bcd->warning);
        char *hex = vmm_hex((const uint8_t *)cases[i].data, cases[i].len),
             *text = vmm_bcd_value_text(m.bcd, m.bcd->objects, e, NULL);
        if (cases[i].len) assert_string_equal(text, hex);
        free(hex);
        free(text);
        made_close(&m);
    }
}

static void an_integer_has_three_answers(void **state) {
    (void)state;
    uint64_t n;
    struct vmm_bcd_element broken = {.id = VMM_BCD_SAFEBOOT, .bad = true, .unreadable = true};
    assert_int_equal(vmm_bcd_integer(NULL, &n), VMM_NOT_SET);
    assert_int_equal(vmm_bcd_integer(&broken, &n), VMM_UNREADABLE);
    broken.unreadable = false;
    assert_int_equal(vmm_bcd_integer(&broken, &n), VMM_WRONG_TYPE);
}

static void keys_that_are_no_objects_or_elements_are_left_out_and_counted(void **state) {
    (void)state;
    struct vmm_hive_builder *b = new_store();
    object(b, WIN, 0x10200003);
    vmm_builder_key(b, "Objects\\rubbish");
    vmm_builder_key(b, "Objects\\7619dcc9-fafe-11d9-b411-000476eba25f");
    vmm_builder_key(b, "Objects\\" WIN "\\Elements\\xyz");
    vmm_builder_key(b, "Objects\\" WIN "\\Elements\\123456789");
    vmm_builder_key(b, "Objects\\" WIN "\\Elements\\26000022"); /* an element without its value */
    integer(b, WIN, "025000020", 1, 8);
    vmm_builder_key(b, "Objects\\" MEDIA); /* an object without anything */
    struct made m = finish(b);
    assert_int_equal(m.bcd->count, 2);
    assert_int_equal(vmm_bcd_object(m.bcd, WIN)->count, 1);
    assert_true(vmm_bcd_object(m.bcd, WIN)->elements[0].bad);
    assert_int_equal(vmm_bcd_object(m.bcd, MEDIA)->type, 0);
    assert_non_null(m.bcd->warning);
    char *text = vmm_bcd_text(m.bcd, &(struct vmm_bcd_view){.select = "all"}, NULL);
    assert_non_null(strstr(text, "winpe                   (no data)\n"));
    free(text);
    made_close(&m);
}

static void an_object_whose_elements_cannot_be_read_is_not_taken_for_an_empty_one(void **state) {
    (void)state;
    struct made m = small();
    vmm_key key;
    assert_int_equal(vmm_key_path(m.hive, vmm_hive_root(m.hive), "Objects\\" WIN "\\Elements", &key), VMM_SET);
    uint8_t *bytes = vmm_memdup(m.bytes, m.len);
    memset(bytes + key + 4 + 0x1c, 0x7f, 4); /* where the list of its subkeys stands */
    struct made broken = made_open(bytes, m.len);
    const struct vmm_bcd_object *o = vmm_bcd_object(broken.bcd, WIN);
    assert_true(o->unreadable);
    assert_false(vmm_bcd_object(m.bcd, WIN)->unreadable);
    assert_non_null(broken.bcd->warning);
    char *text = vmm_bcd_text(broken.bcd, &(struct vmm_bcd_view){.select = WIN}, NULL);
    assert_non_null(strstr(text, "cannot be read"));
    free(text);
    struct vmm_bcd_edit e;
    struct vmm_error err = {0};
    assert_int_equal(vmm_bcd_set(broken.bcd, WIN, "safeboot", "minimal", &e, &err), -1);
    assert_int_equal(err.code, VMM_E_BROKEN);
    assert_int_equal(vmm_bcd_delete(broken.bcd, WIN, "safeboot", &e, &err), -1);
    assert_int_equal(err.code, VMM_E_BROKEN);
    made_close(&broken);
    made_close(&m);
}

static void thousands_of_objects_are_no_trouble(void **state) {
    (void)state;
    struct vmm_hive_builder *b = new_store();
    struct vmm_buf order = {0};
    char guid[39];
    for (unsigned i = 0; i < 3000; i++) {
        size_t bytes;
        snprintf(guid, sizeof guid, "{%08x-1111-2222-3333-444444444444}", i);
        object(b, guid, 0x10200003);
        uint8_t *wide = vmm_utf8_to_utf16(guid, &bytes);
        vmm_buf_add(&order, wide, bytes);
        vmm_buf_add(&order, "\0", 2);
        free(wide);
    }
    vmm_buf_add(&order, "\0", 2);
    object(b, BOOTMGR, 0x10100002);
    raw(b, BOOTMGR, "24000001", VMM_REG_MULTI_SZ, order.data, order.len);
    raw(b, BOOTMGR, "14000006", VMM_REG_MULTI_SZ, order.data, order.len);
    vmm_buf_free(&order);
    struct made m = finish(b);
    assert_int_equal(m.bcd->count, 3001);
    assert_string_equal(vmm_bcd_object(m.bcd, guid)->guid, guid);
    char *text = vmm_bcd_text(m.bcd, NULL, NULL);
    size_t listed = 0;
    for (const char *at = text; (at = strstr(at, "\nidentifier ")); at++) listed++;
    assert_int_equal(listed, 3001);
    free(text);
    assert_null(vmm_bcd_effective(m.bcd, vmm_bcd_object(m.bcd, BOOTMGR), VMM_BCD_BOOTEMS, NULL));
    made_close(&m);
}

static void headings_are_those_of_bcdedit(void **state) {
    (void)state;
    static const struct {
        const char *guid;
        uint32_t type;
        const char *heading;
    } cases[] = {{BOOTMGR, 0x10100002, "Windows Boot Manager"},
                 {WIN, 0x10200003, "Windows Boot Loader"},
                 {WIN, 0x101fffff, "Firmware Application (101fffff)"},
                 {MEMDIAG, 0x10200005, "Windows Memory Tester"},
                 {GLOBALS, 0x20100000, "Global Settings"},
                 {LOADERS, 0x20200003, "Boot Loader Settings"},
                 {RAMOPT, 0x30000000, "Device options"},
                 {"{ae5534e0-a924-466c-b836-758539a3ee3a}", 0x30000000, "Setup Ramdisk Options"},
                 {WIN, 0x10400008, "Real-mode Boot Sector"},
                 {"{1afa9c49-16ab-4a5c-901b-212802da9460}", 0x20200004, "Resume Loader Settings"}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct vmm_bcd_object o = {.type = cases[i].type};
        memcpy(o.guid, cases[i].guid, sizeof o.guid);
        char room[64];
        assert_string_equal(vmm_bcd_heading(&o, room), cases[i].heading);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hive_that_is_no_boot_store_is_refused),
        cmocka_unit_test(an_object_is_found_by_guid_alias_and_default),
        cmocka_unit_test(current_is_refused_with_the_reason),
        cmocka_unit_test(a_default_that_leads_nowhere_is_said),
        cmocka_unit_test(settings_are_inherited_only_from_their_own_application),
        cmocka_unit_test(objects_that_inherit_each_other_come_to_an_end),
        cmocka_unit_test(short_integers_double_nuls_and_odd_spellings_are_read),
        cmocka_unit_test(data_of_another_type_or_length_is_marked_and_not_believed),
        cmocka_unit_test(an_integer_has_three_answers),
        cmocka_unit_test(keys_that_are_no_objects_or_elements_are_left_out_and_counted),
        cmocka_unit_test(an_object_whose_elements_cannot_be_read_is_not_taken_for_an_empty_one),
        cmocka_unit_test(thousands_of_objects_are_no_trouble),
        cmocka_unit_test(headings_are_those_of_bcdedit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
