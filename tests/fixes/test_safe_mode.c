/* SM01 and SM02: what they find, what they say, what they change, and what they leave alone.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"

static void a_healthy_machine_needs_nothing_and_gets_no_change(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, NULL);
    verdict_is(&w, "SM01", VMM_NOT_NEEDED, "no safeboot element");
    verdict_is(&w, "SM02", VMM_NOT_NEEDED, NULL);
    plan(&w, "SM01");
    plan(&w, "SM01:loader=all");
    plan(&w, "SM02");
    assert_int_equal(w.changes.count, 0);
    char *text = vmm_changes_text(&w.changes);
    assert_string_equal(text, "");
    free(text);
    ward_end(&w);
}

static void safe_mode_is_found_explained_and_left(void **state) {
    (void)state;
    static const char *const words[] = {"Minimal", "Network"};
    for (uint64_t mode = 0; mode < 2; mode++) {
        struct ward w;
        ward_new(&w, safe_store(mode), NULL);
        struct vmm_finding f = examine(&w, "SM01");
        assert_int_equal(f.verdict, VMM_NEEDED);
        assert_null(f.blocked_by);
        assert_string_equal(f.summary, words[mode]);
        assert_true(says(&f, SERVER));
        assert_true(says(&f, "\"Windows Server\" (the default entry)"));
        assert_true(says(&f, mode == 0 ? "does not list the Remote Desktop" : "SafeBoot\\Network lists the Remote Desktop"));
        vmm_finding_clear(&f);
        plan(&w, "sm01");
        assert_int_equal(w.changes.count, 1);
        const struct vmm_change *c = change_at(&w, SERVER " safeboot");
        assert_non_null(c);
        char *before = vmm_change_before_text(c), *after = vmm_change_after_text(c);
        assert_string_equal(before, words[mode]);
        assert_string_equal(after, "(not set)");
        free(before);
        free(after);
        operate(&w);
        verdict_is(&w, "SM01", VMM_NOT_NEEDED, NULL);
        ward_end(&w);
    }
}

static void an_inherited_safeboot_is_deleted_where_it_stands(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = safe_store(0);
    bcd_number(b, LOADER_SETTINGS, "25000080", 1); /* behind the entry's own, which hides it */
    ward_new(&w, b, NULL);
    verdict_is(&w, "SM01", VMM_NEEDED, NULL);
    plan(&w, "SM01");
    assert_int_equal(w.changes.count, 2);
    assert_non_null(change_at(&w, LOADER_SETTINGS " safeboot"));
    operate(&w);
    verdict_is(&w, "SM01", VMM_NOT_NEEDED, NULL);
    ward_end(&w);

    b = bcd_new();
    bcd_default(b, SERVER);
    bcd_number(b, LOADER_SETTINGS, "25000080", 0);
    ward_new(&w, b, NULL);
    verdict_is(&w, "SM01", VMM_NEEDED, "inherits it from " LOADER_SETTINGS " {bootloadersettings}");
    cure(&w, "SM01");
    verdict_is(&w, "SM01", VMM_NOT_NEEDED, NULL);
    ward_end(&w);
}

static void another_entry_in_safe_mode_is_shown_and_only_offered(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = bcd_new();
    bcd_default(b, SERVER);
    bcd_loader(b, OTHER, "Second", second_id);
    bcd_number(b, OTHER, "25000080", 0);
    bcd_recovery(b);
    bcd_number(b, RECOVERY, "25000080", 0);
    ward_new(&w, b, NULL);
    verdict_is(&w, "SM01", VMM_OPTIONAL, OTHER);
    plan(&w, "SM01");
    assert_int_equal(w.changes.count, 0);
    plan(&w, "SM01:loader=all");
    assert_int_equal(w.changes.count, 1);
    assert_non_null(change_at(&w, OTHER " safeboot"));
    vmm_changes_clear(&w.changes);
    plan(&w, "SM01:loader=" OTHER);
    assert_int_equal(w.changes.count, 1);
    operate(&w);
    verdict_is(&w, "SM01", VMM_NOT_NEEDED, NULL);
    ward_end(&w);
}

static void a_loader_that_is_none_is_refused(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, safe_store(0), NULL);
    plan_fails(&w, "SM01:loader=" BOOTMGR, VMM_E_USAGE);
    plan_fails(&w, "SM01:loader={99999999-2222-3333-4444-555555555555}", VMM_E_NOT_FOUND);
    plan_fails(&w, "SM01:loader=", VMM_E_USAGE);
    assert_int_equal(w.changes.count, 0);
    plan(&w, "SM01:loader={default}");
    assert_int_equal(w.changes.count, 1);
    assert_string_equal(w.changes.list[0].guid, SERVER);
    ward_end(&w);
}

static struct vmm_hive_builder *domain_controller(void) {
    struct vmm_hive_builder *b = system_new();
    vmm_builder_string(b, "ControlSet001\\Control\\ProductOptions", "ProductType", VMM_REG_SZ, "LanmanNT");
    return b;
}

static void directory_restore_mode_on_a_domain_controller_may_be_on_purpose(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, safe_store(2), domain_controller());
    verdict_is(&w, "SM01", VMM_OPTIONAL, "may be on purpose");
    plan(&w, "SM01");
    assert_int_equal(w.changes.count, 1);
    ward_end(&w);
    ward_new(&w, safe_store(0), domain_controller());
    verdict_is(&w, "SM01", VMM_NEEDED, NULL);
    ward_end(&w);
    ward_new(&w, safe_store(2), NULL);
    verdict_is(&w, "SM01", VMM_NEEDED, "DsRepair");
    ward_end(&w);
}

static void a_value_that_cannot_be_read_is_not_guessed(void **state) {
    (void)state;
    static const struct { uint32_t type; size_t len; } wrong[] = {{VMM_REG_DWORD, 4}, {VMM_REG_SZ, 4}, {VMM_REG_BINARY, 9}};
    uint8_t data[16] = {'0', 0};
    for (size_t i = 0; i < VMM_COUNT(wrong); i++) {
        struct ward w;
        struct vmm_hive_builder *b = bcd_new();
        bcd_default(b, SERVER);
        bcd_raw(b, SERVER, "25000080", wrong[i].type, data, wrong[i].len);
        ward_new(&w, b, NULL);
        verdict_is(&w, "SM01", VMM_CANNOT_TELL, "could not be read");
        cure(&w, "SM01"); /* asked for by name, deleting it is well defined */
        ward_end(&w);
    }
}

static void short_integers_and_capital_ids_are_understood(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = bcd_new();
    uint8_t one = 1;
    bcd_default(b, SERVER);
    bcd_loader(b, OTHER, "Second", second_id);
    bcd_raw(b, SERVER, "25000080", VMM_REG_BINARY, &one, 1);
    bcd_yes(b, SERVER, "260000B0", 1);
    ward_new(&w, b, NULL);
    verdict_is(&w, "SM01", VMM_NEEDED, "Network");
    cure(&w, "SM01");
    plan(&w, "SC01:port=1,baud=115200");
    assert_null(change_at(&w, SERVER " ems"));
    ward_end(&w);
}

static void the_alternate_shell_is_needed_beside_safeboot_and_optional_alone(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = safe_store(0);
    bcd_yes(b, SERVER, "26000081", 1);
    ward_new(&w, b, NULL);
    verdict_is(&w, "SM02", VMM_NEEDED, "command prompt");
    plan(&w, "SM01");
    plan(&w, "SM02");
    assert_int_equal(w.changes.count, 2);
    operate(&w);
    verdict_is(&w, "SM01", VMM_NOT_NEEDED, NULL);
    verdict_is(&w, "SM02", VMM_NOT_NEEDED, NULL);
    ward_end(&w);

    b = bcd_new();
    bcd_default(b, SERVER);
    bcd_yes(b, SERVER, "26000081", 1);
    ward_new(&w, b, NULL);
    verdict_is(&w, "SM02", VMM_OPTIONAL, "without safeboot");
    ward_end(&w);

    b = safe_store(0);
    bcd_yes(b, SERVER, "26000081", 0); /* switched off: nothing to do */
    ward_new(&w, b, NULL);
    verdict_is(&w, "SM02", VMM_NOT_NEEDED, NULL);
    plan(&w, "SM02");
    assert_int_equal(w.changes.count, 0);
    ward_end(&w);
}

static void without_a_boot_store_nothing_is_told(void **state) {
    (void)state;
    static const char *const ids[] = {"SM01", "SM02", "SC01", "SC02"};
    struct ward w = {0};
    pc_new(&w.pc);
    pc_put_hive(&w.pc, "Windows/System32/config/SYSTEM", system_new());
    ward_open(&w);
    for (size_t i = 0; i < VMM_COUNT(ids); i++) {
        verdict_is(&w, ids[i], VMM_CANNOT_TELL, "no boot store");
        plan_fails(&w, ids[i], VMM_E_BLOCKED);
    }
    ward_end(&w);
}

static void a_store_without_windows_entries_is_told_so(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = vmm_builder_new("System", 3);
    bcd_object(b, BOOTMGR, 0x10100002);
    bcd_recovery(b);
    bcd_default(b, RECOVERY);
    bcd_number(b, RECOVERY, "25000080", 0);
    ward_new(&w, b, NULL);
    verdict_is(&w, "SM01", VMM_CANNOT_TELL, NULL);
    plan_fails(&w, "SM01", VMM_E_BLOCKED);
    plan(&w, "SM01:loader=all");
    assert_int_equal(w.changes.count, 0);
    ward_end(&w);
}

static void a_dirty_store_is_read_but_not_planned(void **state) {
    (void)state;
    struct ward w = {0};
    size_t len;
    pc_usual(&w.pc, NULL, NULL);
    uint8_t *data = vmm_builder_finish(safe_store(0), 9, &len);
    vmm_put32(data + 8, 8);
    uint32_t sum = 0;
    for (size_t i = 0; i < 508; i += 4) sum ^= vmm_le32(data + i);
    vmm_put32(data + 508, sum);
    pc_put(&w.pc, "EFI/Microsoft/Boot/BCD", data, len);
    free(data);
    ward_open(&w);
    struct vmm_finding f = examine(&w, "SM01");
    assert_int_equal(f.verdict, VMM_NEEDED);
    assert_non_null(f.blocked_by);
    vmm_finding_clear(&f);
    plan_fails(&w, "SM01", VMM_E_BLOCKED);
    ward_end(&w);
}

/* Real stores with safeboot injected, each beside a SYSTEM of our own. */
static void real_stores_in_safe_mode_are_repaired(void **state) {
    (void)state;
    static const struct { const char *file; enum vmm_verdict mode, shell; size_t all; } stores[] = {
        {"derived_safeboot_dev1_win11_minimal__09212738", VMM_NEEDED, VMM_NOT_NEEDED, 1},
        {"derived_safeboot_dev2_win10_network__0c498377", VMM_NEEDED, VMM_NOT_NEEDED, 1},
        {"derived_safeboot_dev3_win10_minimal_altshell__1372c342", VMM_NEEDED, VMM_NEEDED, 1},
        {"derived_safeboot_dev4_win11_all_loaders__2e428902", VMM_NEEDED, VMM_NOT_NEEDED, 1},
        {"derived_safeboot_dev5_win10_dsrepair__1658eab6", VMM_NEEDED, VMM_NOT_NEEDED, 1},
        {"derived_safeboot_dev9_bootloadersettings__325eaea6", VMM_NEEDED, VMM_NOT_NEEDED, 1},
    };
    size_t seen = 0;
    for (size_t i = 0; i < VMM_COUNT(stores); i++) {
        struct ward w = {0};
        char *name = vmm_printf("bcd/%s", stores[i].file);
        pc_usual(&w.pc, NULL, NULL);
        bool there = pc_put_corpus(&w.pc, "EFI/Microsoft/Boot/BCD", name);
        free(name);
        if (!there) {
            pc_end(&w.pc);
            continue;
        }
        seen++;
        ward_open(&w);
        verdict_is(&w, "SM01", stores[i].mode, NULL);
        verdict_is(&w, "SM02", stores[i].shell, NULL);
        plan(&w, "SM01:loader=all");
        assert_int_equal(w.changes.count, stores[i].all);
        vmm_changes_clear(&w.changes);
        plan(&w, "SM02");
        cure(&w, "SM01");
        verdict_is(&w, "SM01", VMM_NOT_NEEDED, NULL);
        verdict_is(&w, "SM02", VMM_NOT_NEEDED, NULL);
        ward_end(&w);
    }
    if (seen == 0) skip();
}

static void real_stores_of_setup_and_recovery_are_left_alone(void **state) {
    (void)state;
    static const char *const files[] = {"bcd/derived_safeboot_dev6_setup_pe__0448fc9b", "bcd/derived_safeboot_dev7_recovery_store__0dc869b5"};
    size_t seen = 0;
    for (size_t i = 0; i < VMM_COUNT(files); i++) {
        struct ward w = {0};
        pc_usual(&w.pc, NULL, NULL);
        if (pc_put_corpus(&w.pc, "EFI/Microsoft/Boot/BCD", files[i])) {
            seen++;
            ward_open(&w);
            verdict_is(&w, "SM01", VMM_CANNOT_TELL, NULL);
            plan(&w, "SM01:loader=all");
            assert_int_equal(w.changes.count, 0);
        }
        ward_end(&w);
    }
    if (seen == 0) skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_machine_needs_nothing_and_gets_no_change),
        cmocka_unit_test(safe_mode_is_found_explained_and_left),
        cmocka_unit_test(an_inherited_safeboot_is_deleted_where_it_stands),
        cmocka_unit_test(another_entry_in_safe_mode_is_shown_and_only_offered),
        cmocka_unit_test(a_loader_that_is_none_is_refused),
        cmocka_unit_test(directory_restore_mode_on_a_domain_controller_may_be_on_purpose),
        cmocka_unit_test(a_value_that_cannot_be_read_is_not_guessed),
        cmocka_unit_test(short_integers_and_capital_ids_are_understood),
        cmocka_unit_test(the_alternate_shell_is_needed_beside_safeboot_and_optional_alone),
        cmocka_unit_test(without_a_boot_store_nothing_is_told),
        cmocka_unit_test(a_store_without_windows_entries_is_told_so),
        cmocka_unit_test(a_dirty_store_is_read_but_not_planned),
        cmocka_unit_test(real_stores_in_safe_mode_are_repaired),
        cmocka_unit_test(real_stores_of_setup_and_recovery_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
