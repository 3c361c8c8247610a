/* The text of bcdedit: stores rebuilt from real outputs print as those outputs do, character by character.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bcd/make.h"

static void prints(const struct vmm_bcd *b, struct vmm_bcd_view view, const char *expected) {
    struct vmm_error err = {0};
    char *text = vmm_bcd_text(b, &view, &err);
    if (text == NULL) fail_msg("%s", err.message);
    assert_string_equal(text, expected);
    free(text);
}

/* No partition of this disk is the one that the store names. */
static const struct vmm_disk strange_disk = {.scheme = VMM_SCHEME_MBR, .mbr_signature = 7};

/* A broken Server 2012, listed with /store from a rescue machine. */
static struct made server_2012(void) {
    struct vmm_hive_builder *b = new_store();
    object(b, BOOTMGR, 0x10100002);
    device(b, BOOTMGR, "11000001", MBR_DEVICE);
    text(b, BOOTMGR, "12000004", "Windows Boot Manager");
    text(b, BOOTMGR, "12000005", "en-US");
    list(b, BOOTMGR, "14000006", GLOBALS, NULL);
    yes(b, BOOTMGR, "16000074", true);
    text(b, BOOTMGR, "23000003", WIN);
    text(b, BOOTMGR, "23000006", RESUME);
    list(b, BOOTMGR, "24000001", WIN, MEDIA, NULL);
    list(b, BOOTMGR, "24000010", MEMDIAG, NULL);
    integer(b, BOOTMGR, "25000004", 3, 8);
    object(b, WIN, 0x10200003);
    device(b, WIN, "11000001", MBR_DEVICE);
    text(b, WIN, "12000002", "\\Windows\\system32\\winload.exe");
    text(b, WIN, "12000004", "Windows Server 2012");
    text(b, WIN, "12000005", "en-US");
    list(b, WIN, "14000006", LOADERS, NULL);
    integer(b, WIN, "17000077", 0x15000075, 8);
    device(b, WIN, "21000001", MBR_DEVICE);
    text(b, WIN, "22000002", "\\Windows");
    text(b, WIN, "23000003", RESUME);
    integer(b, WIN, "25000020", 1, 8);
    return finish(b);
}

static void an_offline_server_store_prints_as_bcdedit_printed_it(void **state) {
    (void)state;
    struct made m = server_2012();
    prints(m.bcd, (struct vmm_bcd_view){.disk = &strange_disk},
           "\n"
           "Windows Boot Manager\n"
           "--------------------\n"
           "identifier              {bootmgr}\n"
           "device                  unknown\n"
           "description             Windows Boot Manager\n"
           "locale                  en-US\n"
           "inherit                 {globalsettings}\n"
           "bootshutdowndisabled    Yes\n"
           "default                 {default}\n"
           "resumeobject            {b520e13c-48da-11e2-9a8b-00155d011700}\n"
           "displayorder            {default}\n"
           "                        {7619dcc9-fafe-11d9-b411-000476eba25f}\n"
           "toolsdisplayorder       {memdiag}\n"
           "timeout                 3\n"
           "\n"
           "Windows Boot Loader\n"
           "-------------------\n"
           "identifier              {default}\n"
           "device                  unknown\n"
           "path                    \\Windows\\system32\\winload.exe\n"
           "description             Windows Server 2012\n"
           "locale                  en-US\n"
           "inherit                 {bootloadersettings}\n"
           "allowedinmemorysettings 0x15000075\n"
           "osdevice                unknown\n"
           "systemroot              \\Windows\n"
           "resumeobject            {b520e13c-48da-11e2-9a8b-00155d011700}\n"
           "nx                      OptOut\n"
           "\n");
    made_close(&m);
}

static const char *letter_c(void *ctx, int part) {
    (void)ctx;
    return part == 3 ? "C:" : NULL;
}

#define RE "{0fd8694b-e7fe-11f0-91cd-eabb9ab44a94}"
#define WAKE "{0fd86949-e7fe-11f0-91cd-eabb9ab44a94}"

static void a_windows_11_store_prints_in_full_and_in_order(void **state) {
    (void)state;
    struct vmm_hive_builder *b = new_store();
    /* made in another order than it is printed in */
    object(b, BADMEM, 0x20100000);
    object(b, EMS, 0x20100000);
    yes(b, EMS, "16000020", false);
    object(b, DEBUGGER, 0x20100000);
    integer(b, DEBUGGER, "15000011", 4, 8);
    object(b, RE, 0x10200003);
    text(b, RE, "12000002", "\\windows\\system32\\winload.exe");
    text(b, RE, "12000004", "Windows Recovery Environment");
    text(b, RE, "12000005", "en-US");
    list(b, RE, "14000006", LOADERS, NULL);
    integer(b, RE, "15000065", 3, 8);
    char *hex = path_device(RAMDISK_HEAD(MBR_FRAME), "\\Recovery\\WindowsRE\\Winre.wim", 0x38);
    device(b, RE, "21000001", hex);
    free(hex);
    text(b, RE, "22000002", "\\windows");
    integer(b, RE, "25000020", 0, 8);
    integer(b, RE, "250000c2", 1, 8);
    yes(b, RE, "26000022", true);
    yes(b, RE, "46000010", true);
    object(b, WAKE, 0x10200004);
    device(b, WAKE, "11000001", MBR_DEVICE);
    text(b, WAKE, "12000002", "\\WINDOWS\\system32\\winresume.exe");
    text(b, WAKE, "12000004", "Windows Resume Application");
    text(b, WAKE, "12000005", "en-US");
    list(b, WAKE, "14000006", "{1afa9c49-16ab-4a5c-901b-212802da9460}", NULL);
    list(b, WAKE, "14000008", RE, NULL);
    yes(b, WAKE, "16000009", true);
    integer(b, WAKE, "17000077", 0x15000075, 8);
    device(b, WAKE, "21000001", MBR_DEVICE);
    device(b, WAKE, "21000026", MBR_DEVICE);
    text(b, WAKE, "22000002", "\\hiberfil.sys");
    integer(b, WAKE, "25000008", 1, 8);
    yes(b, WAKE, "26000006", false);
    struct made m = finish(b);
    struct vmm_part parts[] = {{.number = 3, .offset = 8005877760u}};
    struct vmm_disk disk = {.scheme = VMM_SCHEME_MBR, .mbr_signature = 0x28cd42d6, .parts = parts, .part_count = 1};
    prints(m.bcd, (struct vmm_bcd_view){.disk = &disk, .select = "all", .verbose = true, .letter = letter_c},
           "\n"
           "Windows Boot Loader\n"
           "-------------------\n"
           "identifier              {0fd8694b-e7fe-11f0-91cd-eabb9ab44a94}\n"
           "path                    \\windows\\system32\\winload.exe\n"
           "description             Windows Recovery Environment\n"
           "locale                  en-US\n"
           "inherit                 {6efb52bf-1766-41db-a6b3-0ee5eff72bd7}\n"
           "displaymessage          Recovery\n"
           "osdevice                ramdisk=[C:]\\Recovery\\WindowsRE\\Winre.wim,{7619dcc8-fafe-11d9-b411-000476eba25f}\n"
           "systemroot              \\windows\n"
           "nx                      OptIn\n"
           "bootmenupolicy          Standard\n"
           "winpe                   Yes\n"
           "custom:46000010         Yes\n"
           "\n"
           "Resume from Hibernate\n"
           "---------------------\n"
           "identifier              {0fd86949-e7fe-11f0-91cd-eabb9ab44a94}\n"
           "device                  partition=C:\n"
           "path                    \\WINDOWS\\system32\\winresume.exe\n"
           "description             Windows Resume Application\n"
           "locale                  en-US\n"
           "inherit                 {1afa9c49-16ab-4a5c-901b-212802da9460}\n"
           "recoverysequence        {0fd8694b-e7fe-11f0-91cd-eabb9ab44a94}\n"
           "recoveryenabled         Yes\n"
           "allowedinmemorysettings 0x15000075\n"
           "filedevice              partition=C:\n"
           "custom:21000026         partition=C:\n"
           "filepath                \\hiberfil.sys\n"
           "bootmenupolicy          Standard\n"
           "debugoptionenabled      No\n"
           "\n"
           "EMS Settings\n"
           "------------\n"
           "identifier              {0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}\n"
           "bootems                 No\n"
           "\n"
           "Debugger Settings\n"
           "-----------------\n"
           "identifier              {4636856e-540f-4170-a130-a84776f4c654}\n"
           "debugtype               Local\n"
           "\n"
           "RAM Defects\n"
           "-----------\n"
           "identifier              {5189b25c-5558-4bf2-bca4-289b11bd29e2}\n"
           "\n");
    made_close(&m);
}

#define NIC "{8ecb1e78-e971-11ee-9338-2079188d02a6}"

static void the_firmware_part_prints_with_its_type_in_brackets(void **state) {
    (void)state;
    struct vmm_hive_builder *b = new_store();
    object(b, NIC, 0x101fffff);
    text(b, NIC, "12000004", "Onboard NIC(IPV4)");
    yes(b, NIC, "16000060", true);
    object(b, FWBOOTMGR, 0x10100001);
    list(b, FWBOOTMGR, "24000001", "{355b2e79-0094-11ee-9619-806e6f6e6963}", BOOTMGR, NULL);
    integer(b, FWBOOTMGR, "25000004", 2, 8);
    struct made m = finish(b);
    prints(m.bcd, (struct vmm_bcd_view){.select = "FIRMWARE"},
           "\n"
           "Firmware Boot Manager\n"
           "---------------------\n"
           "identifier              {fwbootmgr}\n"
           "displayorder            {355b2e79-0094-11ee-9619-806e6f6e6963}\n"
           "                        {bootmgr}\n"
           "timeout                 2\n"
           "\n"
           "Firmware Application (101fffff)\n"
           "-------------------------------\n"
           "identifier              {8ecb1e78-e971-11ee-9338-2079188d02a6}\n"
           "description             Onboard NIC(IPV4)\n"
           "isolatedcontext         Yes\n"
           "\n");
    made_close(&m);
}

/* Everything odd about one value each. */
static void every_kind_of_value_has_its_form(void **state) {
    (void)state;
    struct vmm_hive_builder *b = new_store();
    static const uint8_t numbers[] = {4, 0, 0, 0x12, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0};
    object(b, MEDIA, 0x10200003);
    text(b, MEDIA, "12000004", "two\033[31m \xe2\x80\xae words");
    raw(b, MEDIA, "14000006", VMM_REG_MULTI_SZ, "\0", 2);
    integer(b, MEDIA, "15000007", 0x10000000, 8);
    raw(b, MEDIA, "15000014", VMM_REG_BINARY, "\x00\xc2\x01", 3);
    yes(b, MEDIA, "16000009", true);
    raw(b, MEDIA, "1700000a", VMM_REG_BINARY, numbers, 16);
    integer(b, MEDIA, "25000020", 9, 1);
    integer(b, MEDIA, "25000144", 1, 8);
    integer(b, MEDIA, "250000fb", 2, 8);
    raw(b, MEDIA, "26000022", VMM_REG_DWORD, "\1\0\0\0", 4);
    yes(b, MEDIA, "2600abcd", false);
    raw(b, MEDIA, "28000001", VMM_REG_BINARY, "\xab", 1);
    raw(b, MEDIA, "47000005", VMM_REG_BINARY, numbers, 16);
    struct made m = finish(b);
    prints(m.bcd, (struct vmm_bcd_view){.select = MEDIA},
           "\n"
           "Windows Boot Loader\n"
           "-------------------\n"
           "identifier              {7619dcc9-fafe-11d9-b411-000476eba25f}\n"
           "description             two\\x1b[31m \\u202e words\n"
           "inherit\n"
           "truncatememory          0x10000000\n"
           "baudrate                115200\n"
           "recoveryenabled         Yes\n"
           "badmemorylist           0x12000004\n"
           "                        0x3\n"
           "nx                      9\n"
           "hypervisorrootprocpernode 2\n"
           "hypervisorenforcedcodeintegrity Enable\n"
           "winpe                   01000000\n"
           "custom:2600abcd         No\n"
           "custom:28000001         ab\n"
           "custom:47000005         301989892\n"
           "                        3\n"
           "\n");
    made_close(&m);
}

static void names_and_identifiers_can_be_had_as_people_want_them(void **state) {
    (void)state;
    struct made m = server_2012();
    struct vmm_bcd_view view = {.both = true, .select = "{default}"};
    char *text = vmm_bcd_text(m.bcd, &view, NULL);
    assert_non_null(strstr(text, "identifier              {default}  " WIN "\n"));
    free(text);
    view = (struct vmm_bcd_view){.verbose = true, .select = "bootmgr"};
    text = vmm_bcd_text(m.bcd, &view, NULL);
    assert_null(strstr(text, "{default}"));
    assert_non_null(strstr(text, "identifier              " BOOTMGR "\n"));
    assert_non_null(strstr(text, "displayorder            " WIN "\n"));
    free(text);
    made_close(&m);
}

static char *osdevice(const struct made *m, const struct vmm_bcd_view *view) {
    const struct vmm_bcd_object *o = vmm_bcd_object(m->bcd, WIN);
    return vmm_bcd_value_text(m->bcd, o, vmm_bcd_own(o, VMM_BCD_OSDEVICE), view);
}

static void a_partition_is_named_by_letter_by_number_or_by_identity(void **state) {
    (void)state;
    struct made m = server_2012();
    struct vmm_part parts[] = {{.number = 3, .offset = 8005877760u}};
    struct vmm_disk disk = {.scheme = VMM_SCHEME_MBR, .mbr_signature = 0x28cd42d6, .parts = parts, .part_count = 1},
                    folder = {.scheme = VMM_SCHEME_NONE};
    const struct vmm_bcd_view views[] = {
        {0}, {.disk = &disk, .letter = letter_c}, {.disk = &disk}, {.disk = &strange_disk}, {.disk = &folder}};
    static const char *const expected[] = {"partition=28cd42d6@8005877760", "partition=C:", "partition=partition 3", "unknown",
                                           "partition=28cd42d6@8005877760"};
    for (size_t i = 0; i < VMM_COUNT(views); i++) {
        char *text = osdevice(&m, &views[i]);
        assert_string_equal(text, expected[i]);
        free(text);
    }
    made_close(&m);
}

static void what_is_not_there_is_said_and_not_printed(void **state) {
    (void)state;
    struct made m = server_2012();
    static const char *const none[] = {"resume", MEMDIAG, "{memdiag}", "nonsense", "{current}"};
    for (size_t i = 0; i < VMM_COUNT(none); i++) {
        struct vmm_error err = {0};
        assert_null(vmm_bcd_text(m.bcd, &(struct vmm_bcd_view){.select = none[i]}, &err));
        assert_int_equal(err.code, VMM_E_NOT_FOUND);
        assert_true(strlen(err.message) > 10);
        assert_null(vmm_bcd_json(m.bcd, &(struct vmm_bcd_view){.select = none[i]}, NULL));
    }
    made_close(&m);
    struct vmm_hive_builder *b = new_store();
    object(b, WIN, 0x10200003);
    m = finish(b);
    struct vmm_error err = {0};
    assert_null(vmm_bcd_text(m.bcd, &(struct vmm_bcd_view){0}, &err));
    assert_non_null(strstr(err.message, "{bootmgr}"));
    made_close(&m);
}

static void json_has_the_keys_of_the_contract(void **state) {
    (void)state;
    struct made m = server_2012();
    json_t *j = vmm_bcd_json(m.bcd, NULL, NULL);
    json_t *bootmgr = json_array_get(json_object_get(j, "objects"), 0), *win = json_array_get(json_object_get(j, "objects"), 1);
    assert_string_equal(vmm_json_str(bootmgr, "id"), BOOTMGR);
    assert_string_equal(vmm_json_str(bootmgr, "alias"), "{bootmgr}");
    assert_string_equal(vmm_json_str(bootmgr, "type"), "10100002");
    assert_string_equal(vmm_json_str(win, "description"), "Windows Server 2012");
    assert_string_equal(vmm_json_str(win, "alias"), "{default}");
    json_t *elements = json_object_get(bootmgr, "elements");
    assert_int_equal(json_array_size(elements), 10);
    json_t *order = json_array_get(elements, 7), *timeout = json_array_get(elements, 9);
    assert_string_equal(vmm_json_str(order, "name"), "displayorder");
    assert_string_equal(vmm_json_str(order, "format"), "objectlist");
    assert_string_equal(json_string_value(json_array_get(json_object_get(order, "value"), 1)), MEDIA);
    assert_string_equal(vmm_json_str(timeout, "id"), "25000004");
    assert_string_equal(vmm_json_str(timeout, "format"), "integer");
    assert_string_equal(vmm_json_str(timeout, "value"), "3");
    assert_string_equal(vmm_json_str(timeout, "raw"), "0300000000000000");
    json_decref(j);
    made_close(&m);
}

static void json_has_null_where_there_is_no_name_alias_or_description(void **state) {
    (void)state;
    struct vmm_hive_builder *b = new_store();
    object(b, MEDIA, 0x10200003);
    yes(b, MEDIA, "46000010", true);
    struct made m = finish(b);
    json_t *j = vmm_bcd_json(m.bcd, &(struct vmm_bcd_view){.select = "all"}, NULL);
    json_t *o = json_array_get(json_object_get(j, "objects"), 0), *e = json_array_get(json_object_get(o, "elements"), 0);
    assert_true(json_is_null(json_object_get(o, "alias")));
    assert_true(json_is_null(json_object_get(o, "description")));
    assert_true(json_is_null(json_object_get(e, "name")));
    assert_string_equal(vmm_json_str(e, "value"), "Yes");
    json_decref(j);
    made_close(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offline_server_store_prints_as_bcdedit_printed_it),
        cmocka_unit_test(a_windows_11_store_prints_in_full_and_in_order),
        cmocka_unit_test(the_firmware_part_prints_with_its_type_in_brackets),
        cmocka_unit_test(every_kind_of_value_has_its_form),
        cmocka_unit_test(names_and_identifiers_can_be_had_as_people_want_them),
        cmocka_unit_test(a_partition_is_named_by_letter_by_number_or_by_identity),
        cmocka_unit_test(what_is_not_there_is_said_and_not_printed),
        cmocka_unit_test(json_has_the_keys_of_the_contract),
        cmocka_unit_test(json_has_null_where_there_is_no_name_alias_or_description),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
