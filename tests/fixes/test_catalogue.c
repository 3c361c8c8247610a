/* The catalogue is whole, and what people type for a fix is checked before anything is planned.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"

static void every_entry_is_complete_and_found_by_its_id(void **state) {
    (void)state;
    const struct vmm_fix *f;
    size_t n = 0;
    for (; (f = vmm_fix_at(n)); n++) {
        assert_ptr_equal(vmm_fix_by_id(f->id), f);
        assert_true(f->family && f->title && f->symptom && f->what && f->risk_text && f->undo && f->article && f->examine && f->plan);
        if (f->lowers_security) assert_non_null(strstr(f->risk_text, "LOWERS SECURITY"));
        if (strlen(f->title) > 34 && strncmp(f->id, "SM", 2) != 0 && strncmp(f->id, "SC", 2) != 0 && strcmp(f->id, "CD01") != 0) fail_msg("%s: a long title", f->id);
        for (size_t i = 0; f->members && f->members[i]; i++) assert_non_null(vmm_fix_by_id(f->members[i]));
        json_t *j = vmm_fix_json(f);
        assert_string_equal(vmm_json_str(j, "id"), f->id);
        assert_true(json_is_array(json_object_get(j, "params")));
        if (f->windows || f->rules) assert_true(json_array_size(json_object_get(j, "windows")) > 0);
        json_decref(j);
    }
    assert_true(n > 15);
    assert_null(vmm_fix_by_id("XX99"));
    assert_ptr_equal(vmm_fix_by_id("sc02"), vmm_fix_by_id("SC02"));
}

static void what_is_typed_wrongly_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "XX99", "SM01:", "SM01:loader", "SM01:port=1", "SC01:port=5", "SC01:port=", "SC01:baud=1", "SC01:port=1,port=1", "SC01:port=1,",
                                        "CD01:type=none", "CD01:type=full", "SC02:timeout=5s", "SC02:timeout=-1", "SC02:timeout=99999999999999999999"};
    struct ward w;
    ward_new(&w, safe_store(0), NULL);
    for (size_t i = 0; i < VMM_COUNT(wrong); i++) plan_fails(&w, wrong[i], VMM_E_USAGE);
    assert_int_equal(w.changes.count, 0);
    plan(&w, "sc01:PORT=4,Baud=9600");
    plan(&w, "cd01:TYPE=Kernel");
    ward_end(&w);
}

static void a_fix_taken_twice_is_taken_once(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, safe_store(0), NULL);
    plan(&w, "SM01");
    plan(&w, "SM01:loader=all");
    assert_int_equal(w.changes.count, 1);
    assert_string_equal(w.changes.list[0].fix, "SM01");
    plan(&w, "CD01");
    plan_fails(&w, "CD01:type=complete", VMM_E_CONFLICT);
    ward_end(&w);
}

static void a_finding_as_json_has_the_documented_keys(void **state) {
    (void)state;
    static const char *const keys[] = {"id", "title", "verdict", "blocked_by", "evidence", "summary", "risk", "lowers_security"};
    struct ward w;
    ward_new(&w, safe_store(1), NULL);
    struct vmm_finding f = examine(&w, "SM01");
    json_t *j = vmm_finding_json(vmm_fix_by_id("SM01"), &f);
    for (size_t i = 0; i < VMM_COUNT(keys); i++) assert_non_null(json_object_get(j, keys[i]));
    assert_string_equal(vmm_json_str(j, "verdict"), "needed");
    assert_true(json_is_null(json_object_get(j, "blocked_by")));
    json_decref(j);
    vmm_finding_clear(&f);
    ward_end(&w);
}

static void a_lone_store_file_can_be_treated(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_patient p;
    struct vmm_changes c = {0};
    struct vmm_error err = {0};
    pc_new(&pc);
    pc_put_hive(&pc, "store", safe_store(0));
    pc_look(&pc, NULL);
    struct vmm_scan *s = vmm_scan_store_file(pc.volume, "store", &err);
    assert_non_null(s);
    assert_int_equal(vmm_patient_pick(s, 0, 0, &p, &err), 0);
    struct vmm_finding f = {0};
    vmm_fix_by_id("SM01")->examine(&p, &f);
    assert_int_equal(f.verdict, VMM_NEEDED);
    vmm_finding_clear(&f);
    assert_int_equal(vmm_fix_plan(&p, "SM01", &c, &err), 0);
    assert_int_equal(c.count, 1);
    assert_int_equal(vmm_fix_plan(&p, "CD01", &c, &err), -1);
    assert_int_equal(err.code, VMM_E_BLOCKED);
    vmm_changes_clear(&c);
    vmm_scan_free(s);
    pc_end(&pc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_complete_and_found_by_its_id),
        cmocka_unit_test(what_is_typed_wrongly_is_refused),
        cmocka_unit_test(a_fix_taken_twice_is_taken_once),
        cmocka_unit_test(a_finding_as_json_has_the_documented_keys),
        cmocka_unit_test(a_lone_store_file_can_be_treated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
