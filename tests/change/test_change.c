/* The change record: read first, one owner a place, nothing recorded that changes nothing, and said in every way.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/change/desk.h"

static int dword(struct desk *d, const char *fix, const char *name, uint32_t v, struct vmm_error *err) {
    return vmm_change_dword(&d->c, fix, &d->system, KEY, name, v, VMM_RISK_LOW, "because", err);
}
static int boot(struct desk *d, const char *fix, const char *id, const char *element, const char *value, struct vmm_error *err) {
    return vmm_change_bcd(&d->c, fix, &d->boot, id, element, value, VMM_RISK_LOW, NULL, err);
}

static void what_stands_already_is_no_change(void **state) {
    struct desk *d = *state;
    assert_int_equal(dword(d, "A", "CrashDumpEnabled", 7, NULL), 0);
    assert_int_equal(vmm_change_delete(&d->c, "A", &d->system, KEY, "Nothing", VMM_RISK_LOW, NULL, NULL), 0);
    assert_int_equal(vmm_change_delete(&d->c, "A", &d->system, "Not\\There", "Nothing", VMM_RISK_LOW, NULL, NULL), 0);
    assert_int_equal(vmm_change_set(&d->c, "A", &d->system, KEY, "NoEnd", VMM_REG_SZ, "h\0i\0\0\0", 6, false, VMM_RISK_LOW, NULL, NULL), 0);
    assert_int_equal(boot(d, "A", "{bootmgr}", "timeout", "30", NULL), 0); /* stored in one byte */
    assert_int_equal(boot(d, "A", "{bootmgr}", "displaybootmenu", NULL, NULL), 0);
    assert_int_equal(boot(d, "A", "{emssettings}", "bootems", "no", NULL), 0);
    assert_int_equal(d->c.count, 0);
}

static void another_type_is_a_difference(void **state) {
    struct desk *d = *state;
    assert_int_equal(dword(d, "A", "Text", 1, NULL), 0);
    assert_int_equal(dword(d, "A", "Short", 0x201, NULL), 0);
    assert_int_equal(d->c.count, 2);
}

static void existing_spelling_is_kept(void **state) {
    struct desk *d = *state;
    assert_int_equal(vmm_change_dword(&d->c, "A", &d->system, "controlset001\\CONTROL\\crashcontrol\\New Key", "x", 1, VMM_RISK_LOW, NULL, NULL), 0);
    assert_string_equal(d->c.list[0].path, KEY "\\New Key");
    assert_int_equal(vmm_change_dword(&d->c, "A", &d->system, "controlset001\\CONTROL\\crashcontrol", "CRASHDUMPENABLED", 1, VMM_RISK_LOW, NULL, NULL), 0);
    assert_string_equal(d->c.list[1].name, "CrashDumpEnabled");
}

static void two_fixes_that_agree_share_a_place(void **state) {
    struct desk *d = *state;
    assert_int_equal(dword(d, "A", "x", 1, NULL), 0);
    assert_int_equal(vmm_change_dword(&d->c, "B", &d->system, "CONTROLSET001\\Control\\CrashControl", "X", 1, VMM_RISK_HIGH, NULL, NULL), 0);
    assert_int_equal(dword(d, "A", "x", 1, NULL), 0);
    assert_int_equal(d->c.count, 1);
    assert_string_equal(d->c.list[0].fix, "A+B");
    assert_int_equal(d->c.list[0].risk, VMM_RISK_HIGH);
}

static void two_fixes_that_differ_are_refused_with_both_named(void **state) {
    struct desk *d = *state;
    struct vmm_error err = {0};
    assert_int_equal(dword(d, "FIRST", "x", 1, NULL), 0);
    assert_int_equal(dword(d, "SECOND", "x", 2, &err), -1);
    assert_int_equal(err.code, VMM_E_CONFLICT);
    assert_non_null(strstr(err.message, "FIRST"));
    assert_non_null(strstr(err.message, "SECOND"));
    assert_int_equal(vmm_change_delete(&d->c, "SECOND", &d->system, KEY, "x", VMM_RISK_LOW, NULL, &err), -1);
    assert_int_equal(boot(d, "FIRST", SERVER, "safeboot", NULL, NULL), 0);
    assert_int_equal(boot(d, "SECOND", "{default}", "safeboot", "network", &err), -1);
    assert_int_equal(err.code, VMM_E_CONFLICT);
}

static void a_fix_that_wants_a_place_as_it_is_can_conflict_too(void **state) {
    struct desk *d = *state;
    struct vmm_error err = {0};
    assert_int_equal(dword(d, "A", "CrashDumpEnabled", 7, NULL), 0);
    assert_int_equal(d->c.count, 0);
    assert_int_equal(dword(d, "B", "CrashDumpEnabled", 1, &err), -1);
    assert_int_equal(err.code, VMM_E_CONFLICT);
    vmm_changes_clear(&d->c);
    assert_int_equal(dword(d, "B", "CrashDumpEnabled", 1, NULL), 0);
    assert_int_equal(dword(d, "A", "CrashDumpEnabled", 7, &err), -1);
    assert_int_equal(err.code, VMM_E_CONFLICT);
}

static void a_new_control_set_is_never_made(void **state) {
    struct desk *d = *state;
    struct vmm_error err = {0};
    assert_int_equal(vmm_change_dword(&d->c, "A", &d->system, "ControlSet002\\Control\\CrashControl", "x", 1, VMM_RISK_LOW, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_NOT_FOUND);
    assert_int_equal(vmm_change_set(&d->c, "A", &d->system, KEY "\\New", "x", VMM_REG_BINARY, "", 0, false, VMM_RISK_LOW, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_NOT_FOUND);
    assert_int_equal(d->c.count, 0);
}

static void an_element_of_the_wrong_object_is_refused(void **state) {
    struct desk *d = *state;
    struct vmm_error err = {0};
    assert_int_equal(boot(d, "A", "{bootmgr}", "safeboot", "minimal", &err), -1);
    assert_int_equal(boot(d, "A", "{bootmgr}", "nonsense", NULL, &err), -1);
    assert_int_equal(boot(d, "A", "{99999999-2222-3333-4444-555555555555}", "safeboot", NULL, &err), -1);
    assert_int_equal(d->c.count, 0);
}

static void every_kind_of_value_is_said(void **state) {
    struct desk *d = *state;
    static const struct { const char *name, *text; } values[] = {
        {"CrashDumpEnabled", "REG_DWORD 0x7 (7)"}, {"Text", "REG_SZ \"say \"hi\" 100%\""}, {"List", "REG_MULTI_SZ \"a b\", \"c\""},
        {"Bytes", "REG_BINARY 0102"},              {"Short", "REG_DWORD 0102 (of 2 bytes)"},
    };
    for (size_t i = 0; i < VMM_COUNT(values); i++) {
        assert_int_equal(vmm_change_delete(&d->c, "A", &d->system, KEY, values[i].name, VMM_RISK_LOW, NULL, NULL), 0);
        char *before = vmm_change_before_text(&d->c.list[i]), *after = vmm_change_after_text(&d->c.list[i]);
        assert_string_equal(before, values[i].text);
        assert_string_equal(after, "(not set)");
        free(before);
        free(after);
    }
}

static void way_is(struct desk *d, size_t i, const char *want) {
    char *way = vmm_change_windows_way(&d->c.list[i], 'f');
    assert_string_equal(way, want);
    free(way);
}

static void the_windows_way_is_quoted_for_a_command_prompt(void **state) {
    struct desk *d = *state;
#define HKLM "\"HKLM\\BROKENSYSTEM\\" KEY "\""
    static const char quoted[] = "a \"b\" %c% & d\\";
    size_t len;
    uint8_t *data = vmm_utf8_to_utf16(quoted, &len);
    dword(d, "A", "New Value", 5, NULL);
    vmm_change_delete(&d->c, "A", &d->system, KEY, "CrashDumpEnabled", VMM_RISK_LOW, NULL, NULL);
    vmm_change_set(&d->c, "A", &d->system, KEY, "q", VMM_REG_SZ, data, len, true, VMM_RISK_LOW, NULL, NULL);
    vmm_change_set(&d->c, "A", &d->system, KEY, "m", VMM_REG_MULTI_SZ, "x\0\0\0y\0 \0z\0\0\0\0\0", 14, true, VMM_RISK_LOW, NULL, NULL);
    vmm_change_set(&d->c, "A", &d->system, KEY, "b", VMM_REG_BINARY, "\xff\x01", 2, true, VMM_RISK_LOW, NULL, NULL);
    vmm_change_set(&d->c, "A", &d->system, KEY, "", VMM_REG_SZ, "x\0\0", 4, true, VMM_RISK_LOW, NULL, NULL);
    vmm_change_set(&d->c, "A", &d->system, KEY, "line", VMM_REG_SZ, "\n\0\0", 4, true, VMM_RISK_LOW, NULL, NULL);
    free(data);
    way_is(d, 0, "reg add " HKLM " /v \"New Value\" /t REG_DWORD /d 5 /f");
    way_is(d, 1, "reg delete " HKLM " /v CrashDumpEnabled /f");
    way_is(d, 2, "reg add " HKLM " /v q /t REG_SZ /d ^\"a \\^\"b\\^\" ^%c^% ^& d\\\\^\" /f");
    way_is(d, 3, "reg add " HKLM " /v m /t REG_MULTI_SZ /d \"x\\0y z\" /f");
    way_is(d, 4, "reg add " HKLM " /v b /t REG_BINARY /d ff01 /f");
    way_is(d, 5, "reg add " HKLM " /ve /t REG_SZ /d x /f");
    char *way = vmm_change_windows_way(&d->c.list[6], 'f');
    assert_int_equal(strncmp(way, "rem ", 4), 0);
    free(way);
    vmm_changes_clear(&d->c);
    boot(d, "A", SERVER, "safeboot", NULL, NULL);
    boot(d, "A", "{bootmgr}", "timeout", "5", NULL);
    boot(d, "A", "{bootmgr}", "displaybootmenu", "on", NULL);
    boot(d, "A", SERVER, "description", "My Server", NULL);
    way_is(d, 0, "bcdedit /store F:\\Boot\\BCD /deletevalue " SERVER " safeboot");
    way_is(d, 1, "bcdedit /store F:\\Boot\\BCD /set " BOOTMGR " timeout 5");
    way_is(d, 2, "bcdedit /store F:\\Boot\\BCD /set " BOOTMGR " displaybootmenu Yes");
    way_is(d, 3, "bcdedit /store F:\\Boot\\BCD /set " SERVER " description \"My Server\"");
}

static void the_json_tells_absent_from_typed(void **state) {
    struct desk *d = *state;
    boot(d, "A", SERVER, "safeboot", NULL, NULL);
    dword(d, "B", "NMICrashDump", 1, NULL);
    json_t *list = vmm_changes_json(&d->c), *a = json_array_get(list, 0), *b = json_array_get(list, 1);
    assert_string_equal(vmm_json_str(a, "place"), SERVER " safeboot");
    assert_string_equal(vmm_json_str(a, "store"), "\\Boot\\BCD on partition 1");
    assert_true(json_is_null(json_object_get(a, "after")));
    assert_string_equal(vmm_json_str(json_object_get(a, "before"), "type"), "integer");
    assert_string_equal(vmm_json_str(json_object_get(a, "before"), "text"), "Minimal");
    assert_string_equal(vmm_json_str(json_object_get(a, "before"), "raw"), "0000000000000000");
    assert_string_equal(vmm_json_str(a, "before_text"), "Minimal");
    assert_string_equal(vmm_json_str(a, "after_text"), "(not set)");
    assert_string_equal(vmm_json_str(a, "risk"), "low");
    assert_true(json_is_null(json_object_get(b, "before")));
    assert_string_equal(vmm_json_str(json_object_get(b, "after"), "type"), "REG_DWORD");
    assert_string_equal(vmm_json_str(json_object_get(b, "after"), "raw"), "01000000");
    assert_string_equal(vmm_json_str(b, "why"), "because");
    json_decref(list);
}

static void the_diff_is_grouped_by_store(void **state) {
    struct desk *d = *state;
    boot(d, "A", SERVER, "safeboot", NULL, NULL);
    dword(d, "B", "NMICrashDump", 1, NULL);
    boot(d, "A", "{bootmgr}", "timeout", "5", NULL);
    char *text = vmm_changes_text(&d->c);
    assert_string_equal(text, "\\Boot\\BCD on partition 1\n"
                              "  " SERVER " safeboot  [A]\n    - Minimal\n    + (not set)\n"
                              "  " BOOTMGR " timeout  [A]\n    - 30\n    + 5\n"
                              "\nSYSTEM\n"
                              "  " KEY "!NMICrashDump  [B]\n    - (not set)\n    + REG_DWORD 0x1 (1)\n");
    free(text);
}

static void a_check_names_the_change_that_did_not_take(void **state) {
    struct desk *d = *state;
    struct vmm_error err = {0};
    boot(d, "A", SERVER, "safeboot", NULL, NULL);
    assert_int_equal(vmm_changes_verify(&d->c, &d->boot, d->boot.hive, true, &err), 0);
    assert_int_equal(vmm_changes_verify(&d->c, &d->boot, d->boot.hive, false, &err), -1);
    assert_non_null(strstr(err.message, "safeboot"));
    assert_int_equal(vmm_changes_verify(&d->c, &d->system, d->system.hive, false, &err), 0);
    size_t count;
    struct vmm_edit *edits = vmm_changes_edits(&d->c, &d->boot, &count);
    assert_int_equal(count, 1);
    assert_int_equal(edits[0].op, VMM_EDIT_DELETE_KEY);
    free(edits);
}

static void a_store_that_cannot_be_read_takes_no_change(void **state) {
    struct desk *d = *state;
    struct vmm_store broken = {.name = (char[]){"SYSTEM"}, .label = (char[]){"SYSTEM"}};
    struct vmm_error err = {0};
    vmm_fail(&broken.error, VMM_E_BROKEN, NULL, "no good");
    assert_int_equal(vmm_change_dword(&d->c, "A", &broken, KEY, "x", 1, VMM_RISK_LOW, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_BROKEN);
    assert_int_equal(vmm_change_bcd(&d->c, "A", &broken, SERVER, "safeboot", NULL, VMM_RISK_LOW, NULL, &err), -1);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        PROMISE(what_stands_already_is_no_change),
        PROMISE(another_type_is_a_difference),
        PROMISE(existing_spelling_is_kept),
        PROMISE(two_fixes_that_agree_share_a_place),
        PROMISE(two_fixes_that_differ_are_refused_with_both_named),
        PROMISE(a_fix_that_wants_a_place_as_it_is_can_conflict_too),
        PROMISE(a_new_control_set_is_never_made),
        PROMISE(an_element_of_the_wrong_object_is_refused),
        PROMISE(every_kind_of_value_is_said),
        PROMISE(the_windows_way_is_quoted_for_a_command_prompt),
        PROMISE(the_json_tells_absent_from_typed),
        PROMISE(the_diff_is_grouped_by_store),
        PROMISE(a_check_names_the_change_that_did_not_take),
        PROMISE(a_store_that_cannot_be_read_takes_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
