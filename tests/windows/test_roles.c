/* Which store the firmware reads and which entry boots which Windows, on disks with partitions. The disks are made up; the judgement is the real one.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/windows/lab.h"

static struct vmm_hive_builder *store_of(const char *chosen) {
    struct vmm_hive_builder *b = bcd_new();
    bcd_default(b, chosen);
    return b;
}
static const struct vmm_loader *entry(const struct lab *l, size_t store, const char *guid) {
    const struct vmm_boot_store *b = &l->scan->boot[store];
    for (size_t i = 0; i < b->loader_count; i++)
        if (strcmp(b->loaders[i].object->guid, guid) == 0) return &b->loaders[i];
    fail_msg("no entry %s", guid);
    return NULL;
}

static void a_gpt_disk_boots_from_its_esp_and_the_rest_are_decoys(void **state) {
    (void)state;
    struct lab l;
    lab_new(&l, VMM_SCHEME_GPT);
    lab_part(&l, VMM_PART_ESP, RESERVED_AT, NULL);
    lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, windows_id);
    lab_part(&l, VMM_PART_RECOVERY, WINDOWS_AT * 2, second_id);
    lab_store(&l, 1, "\\EFI\\Microsoft\\Boot\\BCD", true, store_of(SERVER));
    lab_store(&l, 1, "\\EFI\\Microsoft\\Recovery\\BCD", true, store_of(SERVER));
    lab_store(&l, 2, "\\Boot\\BCD", false, store_of(SERVER));
    lab_store(&l, 3, "\\Boot\\BCD", false, store_of(SERVER));
    lab_windows(&l, 2, "\\Windows");
    lab_judge(&l);
    static const enum vmm_store_role want[] = {VMM_STORE_BOOTS, VMM_STORE_RECOVERY, VMM_STORE_DECOY, VMM_STORE_RECOVERY};
    for (size_t i = 0; i < VMM_COUNT(want); i++) {
        assert_int_equal(l.scan->boot[i].role, want[i]);
        assert_non_null(l.scan->boot[i].why);
    }
    assert_ptr_equal(vmm_scan_boot_store(l.scan, 1, NULL), &l.scan->boot[0]);
    assert_int_equal(entry(&l, 0, SERVER)->windows, 1);
    assert_non_null(strstr(entry(&l, 0, SERVER)->why, "partition 2"));
    lab_end(&l);
}

static struct vmm_hive_builder *bios_store(void) {
    struct vmm_hive_builder *b = store_of(SERVER);
    bcd_mbr(b, SERVER, "11000001", SIGNATURE, WINDOWS_AT);
    bcd_mbr(b, SERVER, "21000001", SIGNATURE, WINDOWS_AT);
    bcd_text(b, SERVER, "12000002", VMM_REG_SZ, "\\Windows\\system32\\winload.exe");
    return b;
}

static void an_mbr_disk_boots_from_its_active_partition(void **state) {
    (void)state;
    struct lab l;
    lab_new(&l, VMM_SCHEME_MBR);
    lab_part(&l, VMM_PART_BASIC, RESERVED_AT, NULL)->active = true;
    lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, NULL);
    lab_store(&l, 1, "\\Boot\\BCD", false, bios_store());
    lab_store(&l, 2, "\\Boot\\BCD", false, bios_store());
    lab_windows(&l, 2, "\\Windows");
    lab_judge(&l);
    assert_int_equal(l.scan->boot[0].role, VMM_STORE_BOOTS);
    assert_int_equal(l.scan->boot[1].role, VMM_STORE_DECOY);
    assert_non_null(strstr(l.scan->boot[1].why, "active"));
    assert_int_equal(entry(&l, 0, SERVER)->windows, 1);
    lab_end(&l);
}

static void a_mixed_disk_is_settled_by_what_its_entries_fit(void **state) {
    (void)state;
    for (int bios = 0; bios < 2; bios++) {
        struct lab l;
        lab_new(&l, VMM_SCHEME_MBR);
        lab_part(&l, VMM_PART_ESP, RESERVED_AT, NULL);
        lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, NULL)->active = true;
        lab_store(&l, 1, "\\EFI\\Microsoft\\Boot\\BCD", true, bios ? bios_store() : store_of(SERVER));
        lab_store(&l, 2, "\\Boot\\BCD", false, bios ? bios_store() : store_of(SERVER));
        lab_windows(&l, 2, "\\Windows");
        lab_judge(&l);
        assert_int_equal(l.scan->boot[0].role, bios ? VMM_STORE_DECOY : VMM_STORE_BOOTS);
        assert_int_equal(l.scan->boot[1].role, bios ? VMM_STORE_BOOTS : VMM_STORE_DECOY);
        lab_end(&l);
    }
}

static void the_only_store_is_taken_with_its_doubt_said(void **state) {
    (void)state;
    struct lab l;
    lab_new(&l, VMM_SCHEME_MBR);
    lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, NULL);
    lab_store(&l, 1, "\\Boot\\BCD", false, bios_store());
    lab_windows(&l, 1, "\\Windows");
    lab_judge(&l);
    assert_int_equal(l.scan->boot[0].role, VMM_STORE_BOOTS);
    assert_non_null(strstr(l.scan->boot[0].why, "not the active one"));
    lab_end(&l);
}

static void two_windows_have_each_their_own_entry_whatever_the_default(void **state) {
    (void)state;
    struct lab l;
    lab_new(&l, VMM_SCHEME_GPT);
    lab_part(&l, VMM_PART_ESP, RESERVED_AT, NULL);
    lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, windows_id);
    lab_part(&l, VMM_PART_BASIC, WINDOWS_AT * 2, second_id);
    struct vmm_hive_builder *b = store_of(OTHER);
    bcd_loader(b, OTHER, "Second", second_id);
    bcd_recovery(b);
    lab_store(&l, 1, "\\EFI\\Microsoft\\Boot\\BCD", true, b);
    lab_windows(&l, 2, "\\Windows");
    lab_windows(&l, 3, "\\WINDOWS");
    lab_judge(&l);
    assert_int_equal(entry(&l, 0, SERVER)->windows, 1);
    assert_int_equal(entry(&l, 0, OTHER)->windows, 2);
    assert_int_equal(entry(&l, 0, RECOVERY)->windows, 0);
    lab_end(&l);
}

static void an_entry_of_another_disk_belongs_to_no_windows(void **state) {
    (void)state;
    struct lab l;
    static const uint8_t elsewhere[16] = {0xee, 1};
    lab_new(&l, VMM_SCHEME_GPT);
    lab_part(&l, VMM_PART_ESP, RESERVED_AT, NULL);
    lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, windows_id);
    struct vmm_hive_builder *b = store_of(OTHER);
    bcd_loader(b, OTHER, "On another disk", elsewhere);
    lab_store(&l, 1, "\\EFI\\Microsoft\\Boot\\BCD", true, b);
    lab_windows(&l, 2, "\\Windows");
    lab_judge(&l);
    assert_int_equal(entry(&l, 0, SERVER)->windows, 1);
    assert_int_equal(entry(&l, 0, OTHER)->windows, 0);
    assert_non_null(strstr(entry(&l, 0, OTHER)->why, "not on this disk"));
    lab_end(&l);
}

static void the_only_entry_is_taken_when_its_partition_has_a_new_identity(void **state) {
    (void)state;
    for (int entries = 1; entries <= 2; entries++) {
        struct lab l;
        lab_new(&l, VMM_SCHEME_GPT);
        lab_part(&l, VMM_PART_ESP, RESERVED_AT, NULL);
        lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, second_id);
        struct vmm_hive_builder *b = store_of(SERVER);
        static const uint8_t elsewhere[16] = {0xee, 1};
        if (entries == 2) bcd_loader(b, OTHER, "Another", elsewhere);
        bcd_recovery(b);
        lab_store(&l, 1, "\\EFI\\Microsoft\\Boot\\BCD", true, b);
        lab_windows(&l, 2, "\\Windows");
        lab_judge(&l);
        assert_int_equal(entry(&l, 0, SERVER)->windows, entries == 1 ? 1 : 0);
        if (entries == 1) assert_non_null(strstr(entry(&l, 0, SERVER)->why, "not on this disk"));
        lab_end(&l);
    }
}

static void boot_as_osdevice_needs_a_single_windows(void **state) {
    (void)state;
    for (int count = 1; count <= 2; count++) {
        struct lab l;
        lab_new(&l, VMM_SCHEME_GPT);
        lab_part(&l, VMM_PART_ESP, RESERVED_AT, NULL);
        lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, windows_id);
        lab_part(&l, VMM_PART_BASIC, WINDOWS_AT * 2, second_id);
        struct vmm_hive_builder *b = store_of(SERVER);
        bcd_boot_device(b, SERVER, "21000001");
        lab_store(&l, 1, "\\EFI\\Microsoft\\Boot\\BCD", true, b);
        lab_windows(&l, 2, "\\Windows");
        if (count == 2) lab_windows(&l, 3, "\\Windows");
        lab_judge(&l);
        assert_int_equal(entry(&l, 0, SERVER)->windows, count == 1 ? 1 : 0);
        lab_end(&l);
    }
}

static void a_systemroot_that_is_not_there_is_no_match(void **state) {
    (void)state;
    struct lab l;
    lab_new(&l, VMM_SCHEME_GPT);
    lab_part(&l, VMM_PART_ESP, RESERVED_AT, NULL);
    lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, windows_id);
    struct vmm_hive_builder *b = store_of(SERVER);
    bcd_text(b, SERVER, "22000002", VMM_REG_SZ, "\\Windows.old");
    lab_store(&l, 1, "\\EFI\\Microsoft\\Boot\\BCD", true, b);
    lab_windows(&l, 2, "\\Windows");
    lab_judge(&l);
    assert_int_equal(entry(&l, 0, SERVER)->windows, 0);
    lab_end(&l);
}

static void without_any_store_the_reason_is_said(void **state) {
    (void)state;
    struct lab l;
    const char *why = NULL;
    lab_new(&l, VMM_SCHEME_GPT);
    lab_part(&l, VMM_PART_BASIC, WINDOWS_AT, windows_id);
    lab_windows(&l, 1, "\\Windows");
    lab_judge(&l);
    assert_null(vmm_scan_boot_store(l.scan, 1, &why));
    assert_non_null(why);
    lab_end(&l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gpt_disk_boots_from_its_esp_and_the_rest_are_decoys),
        cmocka_unit_test(an_mbr_disk_boots_from_its_active_partition),
        cmocka_unit_test(a_mixed_disk_is_settled_by_what_its_entries_fit),
        cmocka_unit_test(the_only_store_is_taken_with_its_doubt_said),
        cmocka_unit_test(two_windows_have_each_their_own_entry_whatever_the_default),
        cmocka_unit_test(an_entry_of_another_disk_belongs_to_no_windows),
        cmocka_unit_test(the_only_entry_is_taken_when_its_partition_has_a_new_identity),
        cmocka_unit_test(boot_as_osdevice_needs_a_single_windows),
        cmocka_unit_test(a_systemroot_that_is_not_there_is_no_match),
        cmocka_unit_test(without_any_store_the_reason_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
