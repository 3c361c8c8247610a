/* What a scan says of a folder: Windows, control sets, stores, entries.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/windows/fixture.h"

static const struct vmm_loader *loader_of(const struct vmm_boot_store *b, const char *guid) {
    for (size_t i = 0; i < b->loader_count; i++)
        if (strcmp(b->loaders[i].object->guid, guid) == 0) return &b->loaders[i];
    fail_msg("no entry %s", guid);
    return NULL;
}

static void the_facts_of_a_windows_are_read(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *system = system_new();
    uint8_t time[8];
    vmm_put64(time, 132539328000000000u);
    vmm_builder_set(system, "ControlSet001\\Control\\Windows", "ShutdownTime", VMM_REG_BINARY, time, 8);
    vmm_builder_string(system, "ControlSet001\\Services\\Tcpip\\Parameters", "Domain", VMM_REG_SZ, "corp.example");
    pc_usual(&pc, NULL, system);
    pc_look(&pc, NULL);
    assert_int_equal(pc.scan->windows_count, 1);
    const struct vmm_windows *w = &pc.scan->windows[0];
    assert_string_equal(w->root, "\\Windows");
    assert_string_equal(w->product, "Windows Server 2019 Datacenter");
    assert_string_equal(w->installation, "Server");
    assert_int_equal(w->build, 17763);
    assert_int_equal(w->ubr, 1234);
    assert_string_equal(w->computer, "WEB01");
    assert_string_equal(w->letter, "C:");
    assert_int_equal(w->role, VMM_ROLE_MEMBER);
    assert_string_equal(w->domain, "corp.example");
    assert_true(w->last_shutdown == 132539328000000000u);
    assert_int_equal(w->boot_set, 1);
    assert_true(w->efi && w->has_winload_efi && !w->has_winload_exe);
    assert_null(w->not_told);
    assert_string_equal(w->system->path, "\\Windows\\System32\\config\\SYSTEM");
    assert_int_equal(strlen(w->system->sha256), 64);
    pc_end(&pc);
}

static void a_windows_folder_of_any_name_is_found(void **state) {
    (void)state;
    struct pc pc;
    pc_new(&pc);
    pc_put_hive(&pc, "WINNT/system32/CONFIG/system", system_new());
    pc_put(&pc, "Program Files/x", "x", 1);
    pc_put(&pc, "pagefile.sys", "x", 1);
    pc_look(&pc, NULL);
    assert_int_equal(pc.scan->windows_count, 1);
    assert_string_equal(pc.scan->windows[0].root, "\\WINNT");
    assert_string_equal(pc.scan->windows[0].system->path, "\\WINNT\\system32\\CONFIG\\system");
    assert_null(pc.scan->windows[0].software);
    assert_non_null(pc.scan->windows[0].not_told);
    pc_end(&pc);
}

static void a_windows_deep_in_the_disk_is_found_by_its_systemroot(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *bcd = bcd_new();
    bcd_default(bcd, SERVER);
    bcd_text(bcd, SERVER, "22000002", VMM_REG_SZ, "\\os\\srv\\Windows");
    pc_new(&pc);
    pc_put_hive(&pc, "EFI/Microsoft/Boot/BCD", bcd);
    pc_put_hive(&pc, "OS/SRV/Windows/System32/config/SYSTEM", system_new());
    pc_look(&pc, NULL);
    assert_int_equal(pc.scan->windows_count, 1);
    assert_string_equal(pc.scan->windows[0].root, "\\OS\\SRV\\Windows");
    assert_int_equal(loader_of(&pc.scan->boot[0], SERVER)->windows, 1);
    pc_end(&pc);
}

static void an_earlier_windows_is_left_alone(void **state) {
    (void)state;
    struct pc pc;
    pc_usual(&pc, NULL, NULL);
    pc_put_hive(&pc, "Windows.old/Windows/System32/config/SYSTEM", system_new());
    pc_look(&pc, NULL);
    assert_int_equal(pc.scan->windows_count, 1);
    assert_true(has_note(pc.scan, "Windows.old"));
    pc_end(&pc);
}

static void an_empty_folder_holds_no_windows_and_that_is_no_error(void **state) {
    (void)state;
    struct pc pc;
    pc_new(&pc);
    pc_look(&pc, NULL);
    assert_int_equal(pc.scan->windows_count, 0);
    assert_int_equal(pc.scan->boot_count, 0);
    struct vmm_patient p;
    struct vmm_error err = {0};
    assert_int_equal(vmm_patient_pick(pc.scan, 0, 0, &p, &err), -1);
    assert_int_equal(err.code, VMM_E_NO_WINDOWS);
    pc_end(&pc);
}

static void the_set_that_boots_is_the_default_and_stubs_are_told(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *system = vmm_builder_new("ROOT", 5);
    system_select(system, 1, 2);
    system_set(system, 1);
    system_set(system, 2);
    vmm_builder_key(system, "ControlSet003\\Control\\CrashControl");
    vmm_builder_key(system, "ControlSetX");
    pc_usual(&pc, NULL, system);
    pc_look(&pc, NULL);
    const struct vmm_windows *w = &pc.scan->windows[0];
    assert_int_equal(w->boot_set, 2);
    assert_int_equal(w->set_count, 3);
    assert_true(w->sets[0].complete && w->sets[1].complete && !w->sets[2].complete);
    assert_true(has_note(pc.scan, "ControlSet003"));
    assert_true(has_note(pc.scan, "the next one uses 2"));
    pc_end(&pc);
}

static void a_default_that_names_a_stub_is_not_guessed_around(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *system = vmm_builder_new("ROOT", 5);
    system_select(system, 1, 2);
    system_set(system, 1);
    vmm_builder_key(system, "ControlSet002\\Control");
    pc_usual(&pc, NULL, system);
    pc_look(&pc, NULL);
    assert_int_equal(pc.scan->windows[0].boot_set, 0);
    assert_non_null(strstr(pc.scan->windows[0].not_told, "control set 2"));
    assert_string_equal(pc.scan->windows[0].computer, "WEB01");
    pc_end(&pc);
}

static void select_of_a_wrong_type_is_said_not_guessed(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *system = system_new();
    vmm_builder_string(system, "Select", "Default", VMM_REG_SZ, "1");
    pc_usual(&pc, NULL, system);
    pc_look(&pc, NULL);
    assert_int_equal(pc.scan->windows[0].boot_set, 0);
    assert_non_null(strstr(pc.scan->windows[0].not_told, "Default"));
    pc_end(&pc);
}

static void a_broken_hive_keeps_its_reason_and_does_no_harm(void **state) {
    (void)state;
    struct pc pc;
    char junk[8192];
    memset(junk, 'x', sizeof junk);
    pc_usual(&pc, NULL, NULL);
    pc_put(&pc, "Windows/System32/config/SYSTEM", junk, sizeof junk);
    pc_put(&pc, "Windows/System32/config/SOFTWARE", "", 0);
    pc_put(&pc, "EFI/Microsoft/Boot/BCD", junk, 100);
    pc_look(&pc, NULL);
    const struct vmm_windows *w = &pc.scan->windows[0];
    assert_null(w->system->hive);
    assert_int_equal(w->system->error.code, VMM_E_BROKEN);
    assert_non_null(w->system->blocked);
    assert_non_null(w->not_told);
    assert_null(pc.scan->boot[0].store->bcd);
    json_t *j = vmm_scan_json(pc.scan);
    assert_true(json_is_string(json_object_get(json_array_get(json_object_get(j, "stores"), 0), "error")));
    json_decref(j);
    pc_end(&pc);
}

static void a_hive_with_unfinished_changes_is_read_and_blocked(void **state) {
    (void)state;
    struct pc pc;
    size_t len;
    pc_usual(&pc, NULL, NULL);
    uint8_t *data = vmm_builder_finish(system_new(), 9, &len);
    vmm_put32(data + 8, 8); /* the second sequence number */
    uint32_t sum = 0;
    for (size_t i = 0; i < 508; i += 4) sum ^= vmm_le32(data + i);
    vmm_put32(data + 508, sum);
    pc_put(&pc, "Windows/System32/config/SYSTEM", data, len);
    free(data);
    pc_look(&pc, NULL);
    assert_non_null(pc.scan->windows[0].system->blocked);
    assert_string_equal(pc.scan->windows[0].computer, "WEB01");
    pc_end(&pc);
}

static void two_windows_are_numbered_and_must_be_chosen(void **state) {
    (void)state;
    struct pc pc;
    pc_usual(&pc, NULL, NULL);
    pc_put_hive(&pc, "Zweites/System32/config/SYSTEM", system_new());
    pc_look(&pc, NULL);
    assert_int_equal(pc.scan->windows_count, 2);
    assert_string_equal(pc.scan->windows[1].system->label, "SYSTEM of Windows 2");
    struct vmm_patient p;
    struct vmm_error err = {0};
    assert_int_equal(vmm_patient_pick(pc.scan, 0, 0, &p, &err), -1);
    assert_int_equal(err.code, VMM_E_USAGE);
    assert_non_null(strstr(err.message, "Zweites"));
    assert_int_equal(vmm_patient_pick(pc.scan, 2, 0, &p, &err), 0);
    assert_int_equal(p.windows->number, 2);
    assert_int_equal(vmm_patient_pick(pc.scan, 3, 0, &p, &err), -1);
    assert_int_equal(vmm_patient_pick(pc.scan, 1, 9, &p, &err), -1);
    pc_end(&pc);
}

static void a_folder_takes_the_default_entry_and_says_so(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *bcd = bcd_new();
    bcd_loader(bcd, OTHER, "Second", second_id);
    bcd_recovery(bcd);
    bcd_default(bcd, OTHER);
    pc_usual(&pc, bcd, NULL);
    pc_look(&pc, NULL);
    const struct vmm_boot_store *b = &pc.scan->boot[0];
    assert_int_equal(b->role, VMM_STORE_BOOTS);
    assert_int_equal(loader_of(b, OTHER)->windows, 1);
    assert_true(loader_of(b, OTHER)->is_default);
    assert_non_null(strstr(loader_of(b, OTHER)->why, "default entry"));
    assert_int_equal(loader_of(b, SERVER)->windows, 0);
    assert_true(loader_of(b, RECOVERY)->recovery);
    assert_int_equal(loader_of(b, RECOVERY)->windows, 0);
    pc_end(&pc);
}

static void what_windows_calls_c_outranks_the_default_entry(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *bcd = bcd_new(), *system = system_new();
    uint8_t mounted[24] = "DMIO:ID:";
    memcpy(mounted + 8, windows_id, 16);
    vmm_builder_set(system, "MountedDevices", "\\DosDevices\\C:", VMM_REG_BINARY, mounted, sizeof mounted);
    bcd_loader(bcd, OTHER, "Second", second_id);
    bcd_default(bcd, OTHER);
    pc_usual(&pc, bcd, system);
    pc_look(&pc, NULL);
    assert_int_equal(loader_of(&pc.scan->boot[0], SERVER)->windows, 1);
    assert_int_equal(loader_of(&pc.scan->boot[0], OTHER)->windows, 0);
    pc_end(&pc);
}

static void a_missing_default_falls_to_the_first_in_displayorder(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *bcd = bcd_new();
    bcd_loader(bcd, OTHER, "Second", second_id);
    bcd_recovery(bcd);
    bcd_text(bcd, BOOTMGR, "23000003", VMM_REG_SZ, "{99999999-2222-3333-4444-555555555555}");
    bcd_text(bcd, BOOTMGR, "24000001", VMM_REG_MULTI_SZ, RECOVERY "\n" OTHER "\n" SERVER);
    pc_usual(&pc, bcd, NULL);
    pc_look(&pc, NULL);
    assert_int_equal(loader_of(&pc.scan->boot[0], OTHER)->windows, 1);
    pc_end(&pc);
}

static void a_missing_winload_is_told(void **state) {
    (void)state;
    struct pc pc;
    pc_usual(&pc, NULL, NULL);
    char *path = vmm_printf("%s/Windows/System32/winload.efi", pc.folder);
    assert_int_equal(unlink(path), 0);
    free(path);
    pc_look(&pc, NULL);
    assert_non_null(strstr(loader_of(&pc.scan->boot[0], SERVER)->why, "there is no"));
    pc_end(&pc);
}

static void copies_of_boot_stores_are_named_as_decoys(void **state) {
    (void)state;
    struct pc pc, boot;
    struct vmm_hive_builder *bcd = bcd_new(), *stale = bcd_new(), *recovery = bcd_new(), *template = bcd_new();
    bcd_default(bcd, SERVER);
    pc_usual(&pc, stale, NULL);
    pc_put_hive(&pc, "Windows/System32/config/BCD-Template", template);
    pc_new(&boot);
    pc_put_hive(&boot, "EFI/Microsoft/Boot/BCD", bcd);
    pc_put_hive(&boot, "EFI/Microsoft/Recovery/BCD", recovery);
    pc_look(&pc, boot.folder);
    assert_int_equal(pc.scan->boot_count, 4);
    unsigned roles[4] = {0};
    for (size_t i = 0; i < 4; i++) {
        const struct vmm_boot_store *b = &pc.scan->boot[i];
        roles[b->role]++;
        assert_non_null(b->why);
        if (b->role == VMM_STORE_BOOTS) assert_int_equal(b->store->part, -1);
    }
    for (size_t i = 0; i < 4; i++) assert_int_equal(roles[i], 1);
    const char *why;
    assert_int_equal(vmm_scan_boot_store(pc.scan, 1, &why)->store->part, -1);
    pc_end(&pc);
    pc_end(&boot);
}

static void a_stale_bios_store_beside_a_uefi_one_is_told_by_its_entries(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *stale = bcd_new();
    pc_usual(&pc, NULL, NULL); /* its entry is winload.efi */
    pc_put_hive(&pc, "Boot/BCD", stale);
    pc_look(&pc, NULL);
    const struct vmm_boot_store *b = vmm_scan_boot_store(pc.scan, 1, NULL);
    assert_non_null(b);
    assert_true(b->efi);
    pc_end(&pc);
}

static void names_with_control_characters_are_escaped(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *system = system_new(), *bcd = bcd_new();
    vmm_builder_string(system, "ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", VMM_REG_SZ, "A\x1b[31mB");
    bcd_text(bcd, SERVER, "12000004", VMM_REG_SZ, "evil\x1b]0;x\x07");
    bcd_default(bcd, SERVER);
    pc_usual(&pc, bcd, system);
    pc_look(&pc, NULL);
    json_t *j = vmm_scan_json(pc.scan);
    char *text = json_dumps(j, JSON_ENSURE_ASCII);
    assert_null(strstr(text, "\\u001b"));
    assert_null(strchr(text, 0x1b));
    assert_non_null(strstr(text, "x1b"));
    free(text);
    json_decref(j);
    pc_end(&pc);
}

static void the_json_has_the_documented_keys(void **state) {
    (void)state;
    static const char *const disk[] = {"path", "name", "kind", "format", "size", "size_text", "scheme", "id", "engine", "partitions"};
    static const char *const part[] = {"number", "role", "fs", "label", "size", "size_text", "offset", "active", "health", "health_text", "letter"};
    static const char *const windows[] = {"number", "partition", "root", "product", "edition", "build", "ubr", "computer", "letter", "role", "domain", "last_shutdown",
                                          "boot_set", "sets", "efi", "store"};
    static const char *const store[] = {"number", "partition", "path", "role", "why", "efi", "loaders"};
    static const char *const loader[] = {"id", "description", "default", "windows", "recovery", "safeboot", "why"};
    struct pc pc;
    struct vmm_hive_builder *bcd = bcd_new();
    bcd_default(bcd, SERVER);
    bcd_number(bcd, SERVER, "25000080", 1);
    pc_usual(&pc, bcd, NULL);
    pc_look(&pc, NULL);
    json_t *j = vmm_scan_json(pc.scan), *o;
    o = json_object_get(j, "disk");
    for (size_t i = 0; i < VMM_COUNT(disk); i++) assert_non_null(json_object_get(o, disk[i]));
    o = json_array_get(json_object_get(o, "partitions"), 0);
    for (size_t i = 0; i < VMM_COUNT(part); i++) assert_non_null(json_object_get(o, part[i]));
    o = json_array_get(json_object_get(j, "windows"), 0);
    for (size_t i = 0; i < VMM_COUNT(windows); i++) assert_non_null(json_object_get(o, windows[i]));
    o = json_array_get(json_object_get(j, "stores"), 0);
    for (size_t i = 0; i < VMM_COUNT(store); i++) assert_non_null(json_object_get(o, store[i]));
    assert_string_equal(vmm_json_str(o, "role"), "boots");
    o = json_array_get(json_object_get(o, "loaders"), 0);
    for (size_t i = 0; i < VMM_COUNT(loader); i++) assert_non_null(json_object_get(o, loader[i]));
    assert_string_equal(vmm_json_str(o, "safeboot"), "Network");
    assert_true(json_is_array(json_object_get(j, "notes")));
    json_decref(j);
    pc_end(&pc);
}

static void one_store_file_can_be_looked_at_alone(void **state) {
    (void)state;
    struct pc pc;
    struct vmm_hive_builder *bcd = bcd_new();
    struct vmm_error err = {0};
    bcd_default(bcd, SERVER);
    pc_new(&pc);
    pc_put_hive(&pc, "BCD", bcd);
    pc_look(&pc, NULL);
    struct vmm_scan *s = vmm_scan_store_file(pc.volume, "BCD", &err);
    assert_non_null(s);
    assert_int_equal(s->boot_count, 1);
    assert_true(s->boot[0].efi);
    struct vmm_patient p;
    assert_int_equal(vmm_patient_pick(s, 0, 0, &p, &err), 0);
    assert_null(p.windows);
    assert_ptr_equal(p.boot, &s->boot[0]);
    vmm_scan_free(s);
    assert_null(vmm_scan_store_file(pc.volume, "none", &err));
    pc_end(&pc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_facts_of_a_windows_are_read),
        cmocka_unit_test(a_windows_folder_of_any_name_is_found),
        cmocka_unit_test(a_windows_deep_in_the_disk_is_found_by_its_systemroot),
        cmocka_unit_test(an_earlier_windows_is_left_alone),
        cmocka_unit_test(an_empty_folder_holds_no_windows_and_that_is_no_error),
        cmocka_unit_test(the_set_that_boots_is_the_default_and_stubs_are_told),
        cmocka_unit_test(a_default_that_names_a_stub_is_not_guessed_around),
        cmocka_unit_test(select_of_a_wrong_type_is_said_not_guessed),
        cmocka_unit_test(a_broken_hive_keeps_its_reason_and_does_no_harm),
        cmocka_unit_test(a_hive_with_unfinished_changes_is_read_and_blocked),
        cmocka_unit_test(two_windows_are_numbered_and_must_be_chosen),
        cmocka_unit_test(a_folder_takes_the_default_entry_and_says_so),
        cmocka_unit_test(what_windows_calls_c_outranks_the_default_entry),
        cmocka_unit_test(a_missing_default_falls_to_the_first_in_displayorder),
        cmocka_unit_test(a_missing_winload_is_told),
        cmocka_unit_test(copies_of_boot_stores_are_named_as_decoys),
        cmocka_unit_test(a_stale_bios_store_beside_a_uefi_one_is_told_by_its_entries),
        cmocka_unit_test(names_with_control_characters_are_escaped),
        cmocka_unit_test(the_json_has_the_documented_keys),
        cmocka_unit_test(one_store_file_can_be_looked_at_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
