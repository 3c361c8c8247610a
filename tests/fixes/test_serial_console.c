/* SC01 and SC02: choices, never needed; and the object they may have to make.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"

static void the_console_is_a_choice_and_takes_its_options(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, NULL);
    verdict_is(&w, "SC01", VMM_OPTIONAL, "Windows Server (Server)");
    plan(&w, "SC01");
    assert_int_equal(w.changes.count, 3);
    assert_non_null(change_at(&w, SERVER " ems"));
    const struct vmm_change *baud = change_at(&w, EMS " emsbaudrate");
    assert_non_null(baud);
    char *text = vmm_change_after_text(baud);
    assert_string_equal(text, "115200");
    free(text);
    operate(&w);
    verdict_is(&w, "SC01", VMM_NOT_NEEDED, NULL);
    plan(&w, "SC01");
    assert_int_equal(w.changes.count, 0);
    vmm_changes_clear(&w.changes);
    plan(&w, "SC01:port=2,baud=9600");
    assert_int_equal(w.changes.count, 2);
    ward_end(&w);
}

static void missing_ems_settings_are_made_whole(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = vmm_builder_new("NewStoreRoot", 3);
    bcd_object(b, BOOTMGR, 0x10100002);
    bcd_text(b, BOOTMGR, "12000004", VMM_REG_SZ, "Windows Boot Manager");
    bcd_loader(b, SERVER, "Windows Server", windows_id);
    bcd_default(b, SERVER);
    ward_new(&w, b, NULL);
    verdict_is(&w, "SC01", VMM_OPTIONAL, "would be made");
    plan(&w, "SC01");
    assert_int_equal(w.changes.count, 4);
    assert_non_null(change_at(&w, EMS " type of the object"));
    json_t *j = vmm_changes_json(&w.changes);
    assert_int_equal(json_array_size(j), 4);
    json_decref(j);
    operate(&w);
    verdict_is(&w, "SC01", VMM_NOT_NEEDED, NULL);
    const struct vmm_bcd_object *o = vmm_bcd_object(w.patient.boot->store->bcd, EMS);
    assert_non_null(o);
    assert_int_equal(o->type, 0x20100000);
    ward_end(&w);
}

static void ems_that_is_inherited_is_on_already(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = bcd_new();
    bcd_default(b, SERVER);
    bcd_yes(b, LOADER_SETTINGS, "260000b0", 1);
    uint8_t port = 1, baud[3] = {0x00, 0xc2, 0x01}; /* as install media store them */
    bcd_raw(b, EMS, "15000022", VMM_REG_BINARY, &port, 1);
    bcd_raw(b, EMS, "15000023", VMM_REG_BINARY, baud, 3);
    ward_new(&w, b, NULL);
    verdict_is(&w, "SC01", VMM_NOT_NEEDED, NULL);
    plan(&w, "SC01");
    assert_int_equal(w.changes.count, 0);
    ward_end(&w);
}

static void a_client_windows_is_warned_about(void **state) {
    (void)state;
    struct ward w = {0};
    struct vmm_hive_builder *software = software_new();
    vmm_builder_string(software, "Microsoft\\Windows NT\\CurrentVersion", "InstallationType", VMM_REG_SZ, "Client");
    vmm_builder_string(software, "Microsoft\\Windows NT\\CurrentVersion", "ProductName", VMM_REG_SZ, "Windows 10 Pro");
    vmm_builder_string(software, "Microsoft\\Windows NT\\CurrentVersion", "CurrentBuildNumber", VMM_REG_SZ, "22631");
    pc_usual(&w.pc, NULL, NULL);
    pc_put_hive(&w.pc, "Windows/System32/config/SOFTWARE", software);
    ward_open(&w);
    verdict_is(&w, "SC01", VMM_OPTIONAL, "optional capability");
    assert_string_equal(w.patient.windows->product, "Windows 11 Pro");
    ward_end(&w);
}

static void the_boot_menu_is_a_choice_with_a_warning(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, NULL);
    verdict_is(&w, "SC02", VMM_OPTIONAL, "waits for the timeout");
    plan(&w, "SC02");
    assert_int_equal(w.changes.count, 3);
    const struct vmm_change *c = change_at(&w, BOOTMGR " timeout");
    assert_non_null(c);
    char *before = vmm_change_before_text(c), *after = vmm_change_after_text(c);
    assert_string_equal(before, "30");
    assert_string_equal(after, "5");
    free(before);
    free(after);
    assert_int_equal(c->risk, VMM_RISK_MEDIUM);
    operate(&w);
    verdict_is(&w, "SC02", VMM_NOT_NEEDED, NULL);
    plan(&w, "SC02");
    assert_int_equal(w.changes.count, 0);
    vmm_changes_clear(&w.changes);
    plan(&w, "SC02:timeout=10");
    assert_int_equal(w.changes.count, 1);
    operate(&w);
    verdict_is(&w, "SC02", VMM_NOT_NEEDED, NULL); /* ten seconds are as good as five */
    plan(&w, "SC02");
    assert_int_equal(w.changes.count, 0);
    plan_fails(&w, "SC02:timeout=11", VMM_E_USAGE);
    plan_fails(&w, "SC02:timeout=0", VMM_E_USAGE);
    ward_end(&w);
}

static void a_store_without_boot_manager_cannot_have_a_menu(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = vmm_builder_new("NewStoreRoot", 3);
    bcd_loader(b, SERVER, "Windows Server", windows_id);
    bcd_number(b, SERVER, "25000080", 0);
    ward_new(&w, b, NULL);
    verdict_is(&w, "SC02", VMM_CANNOT_TELL, "{bootmgr}");
    plan_fails(&w, "SC02", VMM_E_BLOCKED);
    verdict_is(&w, "SM01", VMM_NEEDED, NULL); /* the only entry: this much can be told */
    ward_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_console_is_a_choice_and_takes_its_options),
        cmocka_unit_test(missing_ems_settings_are_made_whole),
        cmocka_unit_test(ems_that_is_inherited_is_on_already),
        cmocka_unit_test(a_client_windows_is_warned_about),
        cmocka_unit_test(the_boot_menu_is_a_choice_with_a_warning),
        cmocka_unit_test(a_store_without_boot_manager_cannot_have_a_menu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
