/* BT01 on disks with partitions: an entry that names a partition of another disk is given the right one, byte for byte as a sound entry has it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"
#include "tests/windows/lab.h"

static const uint8_t esp_id[16] = {0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* A UEFI disk: an ESP and a Windows; the entry's osdevice and device as given. */
static void bench(struct lab *l, struct vmm_patient *p, const uint8_t *device, const uint8_t *osdevice) {
    struct vmm_error err = {0};
    struct vmm_hive_builder *b = bcd_new();
    bcd_default(b, SERVER);
    bcd_gpt(b, SERVER, "11000001", device);
    bcd_gpt(b, SERVER, "21000001", osdevice);
    bcd_gpt(b, BOOTMGR, "11000001", esp_id);
    lab_new(l, VMM_SCHEME_GPT);
    lab_part(l, VMM_PART_ESP, RESERVED_AT, esp_id);
    lab_part(l, VMM_PART_BASIC, WINDOWS_AT, windows_id);
    lab_store(l, 1, "\\EFI\\Microsoft\\Boot\\BCD", true, b);
    lab_windows(l, 2, "\\Windows");
    lab_judge(l);
    if (vmm_patient_pick(l->scan, 1, 1, p, &err) < 0) fail_msg("%s", err.message);
}

static enum vmm_verdict verdict_of(const struct vmm_patient *p) {
    struct vmm_finding f = {0};
    vmm_fix_by_id("BT01")->examine(p, &f);
    enum vmm_verdict v = f.verdict;
    assert_true(f.evidence_count > 0);
    vmm_finding_clear(&f);
    return v;
}

static void the_right_partition_is_written_where_another_disks_stood(void **state) {
    (void)state;
    static const struct {
        const uint8_t *device, *osdevice;
        size_t changes;
    } cases[] = {{windows_id, windows_id, 0}, {windows_id, second_id, 1}, {second_id, windows_id, 1}, {second_id, second_id, 2}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct lab l;
        struct vmm_patient p;
        struct vmm_changes c = {0};
        struct vmm_error err = {0};
        bench(&l, &p, cases[i].device, cases[i].osdevice);
        assert_int_equal(verdict_of(&p), cases[i].changes ? VMM_NEEDED : VMM_NOT_NEEDED);
        if (vmm_fix_plan(&p, "BT01", &c, &err) < 0) fail_msg("%s", err.message);
        assert_int_equal(c.count, cases[i].changes);
        for (size_t k = 0; k < c.count; k++) {
            struct vmm_bcd_element e = {.id = c.list[k].element, .reg_type = c.list[k].after.type, .data = c.list[k].after.data, .len = c.list[k].after.len};
            struct vmm_bcd_device d;
            vmm_bcd_device(&e, &l.disk, &d);
            assert_int_equal(d.kind, VMM_DEV_PARTITION);
            assert_int_equal(d.part, 2);
            assert_int_equal(c.list[k].risk, VMM_RISK_HIGH);
            vmm_bcd_device_clear(&d);
        }
        vmm_changes_clear(&c);
        lab_end(&l);
    }
}

static void without_partitions_nothing_is_judged(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, NULL);
    verdict_is(&w, "BT01", VMM_CANNOT_TELL, "no partitions");
    plan_fails(&w, "BT01", VMM_E_BLOCKED);
    ward_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_partition_is_written_where_another_disks_stood),
        cmocka_unit_test(without_partitions_nothing_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
