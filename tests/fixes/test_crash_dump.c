/* CD01: every whole control set, and none made.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"

#define CC "ControlSet001\\Control\\CrashControl!"
#define CC2 "ControlSet002\\Control\\CrashControl!"

static void a_dump_is_a_choice_and_changes_what_differs(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, NULL); /* automatic, the right file, no NMI */
    verdict_is(&w, "CD01", VMM_OPTIONAL, "NMICrashDump is not set");
    plan(&w, "CD01");
    assert_int_equal(w.changes.count, 2);
    assert_int_equal(vmm_le32(change_at(&w, CC "CrashDumpEnabled")->after.data), 2);
    assert_null(change_at(&w, CC "DumpFile"));
    operate(&w);
    verdict_is(&w, "CD01", VMM_NOT_NEEDED, "CrashDumpEnabled is 2");
    plan(&w, "CD01");
    assert_int_equal(w.changes.count, 0);
    vmm_changes_clear(&w.changes);
    plan(&w, "CD01:type=complete");
    assert_int_equal(w.changes.count, 1);
    assert_int_equal(vmm_le32(w.changes.list[0].after.data), 1);
    ward_end(&w);
}

static void the_path_is_stored_as_it_stands_and_wrong_types_are_mended(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = system_new();
    static const char key[] = "ControlSet001\\Control\\CrashControl";
    vmm_builder_string(b, key, "DumpFile", VMM_REG_SZ, "%SystemRoot%\\MEMORY.DMP");
    vmm_builder_string(b, key, "CrashDumpEnabled", VMM_REG_SZ, "2");
    vmm_builder_string(b, key, "NMICRASHDUMP", VMM_REG_SZ, "1");
    ward_new(&w, NULL, b);
    verdict_is(&w, "CD01", VMM_OPTIONAL, "wrong type");
    plan(&w, "CD01");
    assert_int_equal(w.changes.count, 3);
    const struct vmm_change *c = change_at(&w, CC "DumpFile");
    assert_int_equal(c->after.type, VMM_REG_EXPAND_SZ);
    assert_int_equal(c->after.len, 48);
    char *text = vmm_utf16_to_utf8(c->after.data, c->after.len), *way = vmm_change_windows_way(c, 'f');
    assert_string_equal(text, "%SystemRoot%\\MEMORY.DMP");
    assert_string_equal(way, "reg add \"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\CrashControl\" /v DumpFile /t REG_EXPAND_SZ /d ^\"^%SystemRoot^%\\MEMORY.DMP^\" /f");
    free(text);
    free(way);
    assert_non_null(change_at(&w, CC "NMICRASHDUMP")); /* the name keeps its spelling */
    operate(&w);
    verdict_is(&w, "CD01", VMM_NOT_NEEDED, NULL);
    ward_end(&w);
}

static void every_whole_control_set_is_changed_and_no_other(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    system_select(b, 1, 2);
    system_set(b, 1);
    system_set(b, 2);
    vmm_builder_dword(b, "ControlSet003\\Control\\CrashControl", "CrashDumpEnabled", 1); /* what the article's script leaves */
    ward_new(&w, NULL, b);
    verdict_is(&w, "CD01", VMM_OPTIONAL, "ControlSet002");
    verdict_is(&w, "CD01", VMM_OPTIONAL, "ControlSet003 is only a stub");
    plan(&w, "CD01");
    assert_int_equal(w.changes.count, 4);
    assert_non_null(change_at(&w, CC "CrashDumpEnabled"));
    assert_non_null(change_at(&w, CC2 "CrashDumpEnabled"));
    operate(&w);
    assert_int_equal(w.patient.windows->set_count, 3);
    uint32_t stub = 0;
    assert_int_equal(vmm_hive_dword(w.patient.windows->system->hive, "ControlSet003\\Control\\CrashControl", "CrashDumpEnabled", &stub), VMM_SET);
    assert_int_equal(stub, 1);
    ward_end(&w);
}

static void with_one_control_set_a_second_is_never_made(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, NULL);
    cure(&w, "CD01:type=small");
    assert_int_equal(w.patient.windows->set_count, 1);
    vmm_key key;
    const struct vmm_hive *h = w.patient.windows->system->hive;
    assert_int_equal(vmm_key_path(h, vmm_hive_root(h), "ControlSet002", &key), VMM_NOT_SET);
    ward_end(&w);
}

static void a_missing_crash_control_key_is_made_inside_its_set(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    system_select(b, 1, 1);
    vmm_builder_key(b, "ControlSet001\\Control\\Lsa");
    vmm_builder_key(b, "ControlSet001\\Services\\Tcpip");
    vmm_builder_key(b, "ControlSet001\\Enum\\Root");
    ward_new(&w, NULL, b);
    verdict_is(&w, "CD01", VMM_OPTIONAL, "CrashDumpEnabled is not set");
    cure(&w, "CD01");
    verdict_is(&w, "CD01", VMM_NOT_NEEDED, NULL);
    ward_end(&w);
}

static void without_a_set_that_boots_nothing_is_told(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    system_select(b, 1, 2);
    system_set(b, 1);
    ward_new(&w, NULL, b);
    verdict_is(&w, "CD01", VMM_CANNOT_TELL, "control set 2");
    plan_fails(&w, "CD01", VMM_E_BLOCKED);
    ward_end(&w);
}

static void no_page_file_is_said(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = system_new();
    vmm_builder_string(b, "ControlSet001\\Control\\Session Manager\\Memory Management", "PagingFiles", VMM_REG_MULTI_SZ, "");
    ward_new(&w, NULL, b);
    verdict_is(&w, "CD01", VMM_OPTIONAL, "no page file");
    ward_end(&w);
}

static void a_real_system_hive_takes_the_dump(void **state) {
    (void)state;
    struct ward w = {0};
    pc_usual(&w.pc, NULL, NULL);
    if (!pc_put_corpus(&w.pc, "Windows/System32/config/SYSTEM", "system/qthivex_SYSTEM")) {
        pc_end(&w.pc);
        skip();
    }
    pc_look(&w.pc, NULL);
    struct vmm_error err = {0};
    assert_int_equal(vmm_patient_pick(w.pc.scan, 0, 0, &w.patient, &err), 0);
    struct vmm_finding f = examine(&w, "CD01");
    assert_true(f.evidence_count > 0);
    if (w.patient.windows->boot_set) cure(&w, "CD01");
    else assert_int_equal(f.verdict, VMM_CANNOT_TELL);
    vmm_finding_clear(&f);
    ward_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_is_a_choice_and_changes_what_differs),
        cmocka_unit_test(the_path_is_stored_as_it_stands_and_wrong_types_are_mended),
        cmocka_unit_test(every_whole_control_set_is_changed_and_no_other),
        cmocka_unit_test(with_one_control_set_a_second_is_never_made),
        cmocka_unit_test(a_missing_crash_control_key_is_made_inside_its_set),
        cmocka_unit_test(without_a_set_that_boots_nothing_is_told),
        cmocka_unit_test(no_page_file_is_said),
        cmocka_unit_test(a_real_system_hive_takes_the_dump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
