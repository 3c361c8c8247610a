/* Set and delete: what is asked is written in the store's own form, what makes no sense or does harm is refused with words that
 * help. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bcd/make.h"

static struct made store(void) {
    struct vmm_hive_builder *b = new_store();
    object(b, BOOTMGR, 0x10100002);
    text(b, BOOTMGR, "12000004", "Windows Boot Manager");
    text(b, BOOTMGR, "23000003", WIN);
    list(b, BOOTMGR, "24000001", WIN, NULL);
    integer(b, BOOTMGR, "25000004", 30, 1);
    object(b, FWBOOTMGR, 0x10100001);
    object(b, WIN, 0x10200003);
    device(b, WIN, "21000001", GPT_DEVICE);
    text(b, WIN, "12000004", "Windows Server 2019");
    yes(b, WIN, "16000060", true);
    integer(b, WIN, "250000F3", 0, 1);
    integer(b, WIN, "2500dead", 1, 8);
    list(b, WIN, "14000006", LOADERS, NULL);
    object(b, MEDIA, 0x10200003);
    object(b, RESUME, 0x10200004);
    object(b, LOADERS, 0x20200003);
    integer(b, LOADERS, "25000020", 0, 8);
    object(b, MEMDIAG, 0x10200005);
    yes(b, MEMDIAG, "26000005", true);
    return finish(b);
}

/* Sets and gives the data as hex; fails the test when refused. The caller frees. */
static char *written(const struct made *m, const char *id, const char *element, const char *value, uint32_t *type) {
    struct vmm_bcd_edit e;
    struct vmm_error err = {0};
    if (vmm_bcd_set(m->bcd, id, element, value, &e, &err) < 0) fail_msg("%s %s %s: %s", id, element, value, err.message);
    assert_int_equal(e.edit.op, VMM_EDIT_SET);
    assert_string_equal(e.edit.name, "Element");
    assert_true(e.edit.create_keys);
    char *hex = vmm_hex(e.edit.data, e.edit.len);
    *type = e.edit.type;
    vmm_bcd_edit_clear(&e);
    return hex;
}

/* Both the message and the hint must hold the words given (NULL: any). */
static void refused(const struct made *m, const char *id, const char *element, const char *value, enum vmm_code code,
                    const char *message, const char *hint) {
    struct vmm_bcd_edit e;
    struct vmm_error err = {0};
    int r = value ? vmm_bcd_set(m->bcd, id, element, value, &e, &err) : vmm_bcd_delete(m->bcd, id, element, &e, &err);
    if (r == 0) fail_msg("%s %s %s was taken", id, element, value ? value : "(delete)");
    assert_int_equal(err.code, code);
    if (strstr(err.message, message) == NULL) fail_msg("\"%s\" lacks \"%s\"", err.message, message);
    if (hint && strstr(err.hint, hint) == NULL) fail_msg("\"%s\" lacks \"%s\"", err.hint, hint);
    assert_null(e.path);
    assert_null(e.data);
}

static void values_are_written_in_the_form_of_their_element(void **state) {
    (void)state;
    static const struct {
        const char *id, *element, *value;
        uint32_t type;
        const char *hex;
    } cases[] = {
        {"{default}", "safeboot", "minimal", VMM_REG_BINARY, "0000000000000000"},
        {WIN, "safeboot", "DSREPAIR", VMM_REG_BINARY, "0200000000000000"},
        {WIN, "safeboot", "1", VMM_REG_BINARY, "0100000000000000"},
        {WIN, "25000080", "0x1", VMM_REG_BINARY, "0100000000000000"},
        {WIN, "custom:46000010", "on", VMM_REG_BINARY, "01"},
        {WIN, "debugtype", "1394", VMM_REG_BINARY, "0100000000000000"},
        {WIN, "displayrotation", "90", VMM_REG_BINARY, "0100000000000000"},
        {"bootmgr", "timeout", "0x10", VMM_REG_BINARY, "1000000000000000"},
        {"{bootmgr}", "timeout", "18446744073709551615", VMM_REG_BINARY, "ffffffffffffffff"},
        {WIN, "ems", "YES", VMM_REG_BINARY, "01"},
        {WIN, "ems", "0", VMM_REG_BINARY, "00"},
        {WIN, "ems", "False", VMM_REG_BINARY, "00"},
        {WIN, "loadoptions", "a\xc3\xa9", VMM_REG_SZ, "6100e9000000"},
        {WIN, "badmemorylist", "0x10, 17", VMM_REG_BINARY, "10000000000000001100000000000000"},
    };
    struct made m = store();
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        uint32_t type;
        char *hex = written(&m, cases[i].id, cases[i].element, cases[i].value, &type);
        assert_int_equal(type, cases[i].type);
        assert_string_equal(hex, cases[i].hex);
        free(hex);
    }
    made_close(&m);
}

static void objects_are_stored_as_guids_whatever_they_were_called(void **state) {
    (void)state;
    struct made m = store();
    struct vmm_bcd_edit e;
    assert_int_equal(vmm_bcd_set(m.bcd, "{bootmgr}", "default", "{7619DCC9-FAFE-11D9-B411-000476EBA25F}", &e, NULL), 0);
    char *text = vmm_utf16_to_utf8(e.edit.data, e.edit.len);
    assert_string_equal(text, MEDIA);
    assert_int_equal(e.edit.type, VMM_REG_SZ);
    free(text);
    vmm_bcd_edit_clear(&e);
    assert_int_equal(vmm_bcd_set(m.bcd, "{bootmgr}", "displayorder", "{default}  " MEDIA ",{memdiag}", &e, NULL), 0);
    struct vmm_bcd_element made = {.id = VMM_BCD_DISPLAYORDER, .reg_type = e.edit.type, .data = e.data, .len = e.edit.len};
    size_t count;
    char **items = vmm_bcd_list(&made, &count);
    static const char *const expected[] = {WIN, MEDIA, MEMDIAG};
    assert_int_equal(e.edit.type, VMM_REG_MULTI_SZ);
    assert_int_equal(e.edit.len, 3 * 78 + 2);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(items[i], expected[i]);
        free(items[i]);
    }
    free(items);
    vmm_bcd_edit_clear(&e);
    made_close(&m);
}

static void the_path_is_in_the_stores_own_spelling(void **state) {
    (void)state;
    struct made m = store();
    struct vmm_bcd_edit e;
    assert_int_equal(vmm_bcd_set(m.bcd, "{default}", "SafeBoot", "Network", &e, NULL), 0);
    assert_string_equal(e.edit.path, "Objects\\" WIN "\\Elements\\25000080");
    assert_string_equal(e.guid, WIN);
    assert_int_equal(e.id, VMM_BCD_SAFEBOOT);
    vmm_bcd_edit_clear(&e);
    assert_int_equal(vmm_bcd_set(m.bcd, WIN, "hypervisordebugtype", "Net", &e, NULL), 0);
    assert_string_equal(e.edit.path, "Objects\\" WIN "\\Elements\\250000F3");
    vmm_bcd_edit_clear(&e);
    made_close(&m);
}

static void what_already_means_the_same_is_left_as_it_stands(void **state) {
    (void)state;
    struct made m = store();
    uint32_t type;
    char *hex = written(&m, "{bootmgr}", "timeout", "30", &type);
    assert_string_equal(hex, "1e"); /* one byte, as Microsoft's own media have it */
    free(hex);
    hex = written(&m, "{bootmgr}", "timeout", "31", &type);
    assert_string_equal(hex, "1f00000000000000");
    free(hex);
    made_close(&m);
}

static void an_element_of_another_kind_of_object_is_refused_and_its_owner_named(void **state) {
    (void)state;
    struct made m = store();
    refused(&m, "{default}", "displaybootmenu", "yes", VMM_E_USAGE,
            "not for this object, {default} (Windows Server 2019); you want {bootmgr}", BOOTMGR);
    refused(&m, "{bootmgr}", "safeboot", "minimal", VMM_E_USAGE, "you want {default} (Windows Server 2019)", WIN);
    refused(&m, "{bootmgr}", "safeboot", NULL, VMM_E_USAGE, "known, but not for this object, {bootmgr}", WIN);
    refused(&m, "{default}", "debugoptionenabled", "on", VMM_E_USAGE, "known", RESUME);
    refused(&m, "{default}", "ramdisksdipath", "x", VMM_E_USAGE, "known", "No object of this store");
    made_close(&m);
}

static void an_unknown_element_gets_the_nearest_name(void **state) {
    (void)state;
    struct made m = store();
    refused(&m, "{default}", "safebot", "minimal", VMM_E_USAGE, "no element \"safebot\"", "safeboot");
    refused(&m, "{default}", "recoveryenable", "no", VMM_E_USAGE, "no element", "recoveryenabled");
    refused(&m, "{bootmgr}", "tiemout", "5", VMM_E_USAGE, "no element", "timeout");
    refused(&m, "{default}", "qqqqqqqq", "5", VMM_E_USAGE, "no element", "bcdedit");
    refused(&m, "{default}", "custom:25ffffff", "5", VMM_E_USAGE, "no element", NULL);
    made_close(&m);
}

static void values_that_make_no_sense_are_refused_and_the_right_ones_named(void **state) {
    (void)state;
    struct made m = store();
    refused(&m, WIN, "safeboot", "safest", VMM_E_USAGE, "safest", "Minimal, Network, DsRepair");
    refused(&m, WIN, "safeboot", "3", VMM_E_USAGE, "\"3\"", "Minimal");
    refused(&m, WIN, "ems", "maybe", VMM_E_USAGE, "maybe", "yes or no");
    refused(&m, "{bootmgr}", "timeout", "-1", VMM_E_USAGE, "\"-1\"", "number");
    refused(&m, "{bootmgr}", "timeout", "99999999999999999999", VMM_E_USAGE, "9999", "number");
    refused(&m, "{bootmgr}", "timeout", "", VMM_E_USAGE, "\"\"", "number");
    refused(&m, "{bootmgr}", "displayorder", " ", VMM_E_USAGE, "empty list", "delete");
    refused(&m, "{bootmgr}", "displayorder", WIN " " RAMOPT, VMM_E_NOT_FOUND, RAMOPT, NULL);
    refused(&m, "{bootmgr}", "default", "{current}", VMM_E_NOT_FOUND, "{current}", "GUID");
    refused(&m, "{bootmgr}", "default", LOADERS, VMM_E_USAGE, "an entry that can be started", NULL);
    refused(&m, WIN, "inherit", "{memdiag}", VMM_E_USAGE, "settings to inherit", NULL);
    refused(&m, WIN, "resumeobject", MEDIA, VMM_E_USAGE, "hibernation", NULL);
    refused(&m, WIN, "description", "", VMM_E_USAGE, "empty text", "delete");
    refused(&m, WIN, "description", "a\nb", VMM_E_USAGE, "control character", NULL);
    refused(&m, WIN, "description", "a\xff", VMM_E_USAGE, "UTF-8", NULL);
    refused(&m, WIN, "badmemorylist", "1 two", VMM_E_USAGE, "two", NULL);
    refused(&m, "{current}", "safeboot", "minimal", VMM_E_NOT_FOUND, "{current}", "{default}");
    refused(&m, "{emssettings}", "bootems", "yes", VMM_E_NOT_FOUND, "{emssettings}", NULL);
    made_close(&m);
}

static void what_windows_keeps_by_itself_is_not_touched(void **state) {
    (void)state;
    struct made m = store();
    refused(&m, WIN, "osdevice", "partition=C:", VMM_E_UNSUPPORTED, "device", NULL);
    refused(&m, WIN, "osdevice", NULL, VMM_E_UNSUPPORTED, "device", NULL);
    refused(&m, WIN, "bspfilepath", "x", VMM_E_UNSUPPORTED, "device", NULL);
    refused(&m, WIN, "isolatedcontext", "no", VMM_E_UNSUPPORTED, "isolatedcontext", NULL);
    refused(&m, WIN, "isolatedcontext", NULL, VMM_E_UNSUPPORTED, "isolatedcontext", NULL);
    refused(&m, WIN, "allowedinmemorysettings", "1", VMM_E_UNSUPPORTED, "allowedinmemorysettings", NULL);
    refused(&m, "{fwbootmgr}", "timeout", "5", VMM_E_UNSUPPORTED, "firmware", "efibootmgr");
    made_close(&m);
}

static void only_what_is_there_can_be_deleted(void **state) {
    (void)state;
    struct made m = store();
    struct vmm_bcd_edit e;
    assert_int_equal(vmm_bcd_delete(m.bcd, WIN, "hypervisordebugtype", &e, NULL), 0);
    assert_int_equal(e.edit.op, VMM_EDIT_DELETE_KEY);
    assert_string_equal(e.edit.path, "Objects\\" WIN "\\Elements\\250000F3");
    vmm_bcd_edit_clear(&e);
    assert_int_equal(vmm_bcd_delete(m.bcd, WIN, "custom:2500dead", &e, NULL), 0); /* nobody knows it, and it is there */
    vmm_bcd_edit_clear(&e);
    assert_int_equal(vmm_bcd_delete(m.bcd, "{memdiag}", "cacheenable", &e, NULL), 0); /* two ids have this name */
    assert_int_equal(e.id, 0x26000005);
    vmm_bcd_edit_clear(&e);
    refused(&m, WIN, "safeboot", NULL, VMM_E_NOT_FOUND, "nothing to delete", NULL);
    refused(&m, WIN, "nx", NULL, VMM_E_NOT_FOUND, "nothing to delete", "{bootloadersettings}");
    made_close(&m);
}

/* ---- through the hive ---- */

/* The store after an edit; the scratch folder is made and removed. */
static struct made after(const struct made *m, const struct vmm_bcd_edit *e) {
    char folder[] = "/tmp/bcd-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct vmm_error err = {0};
    uint8_t *bytes;
    size_t len;
    int r = vmm_hive_edit(m->hive, &e->edit, 1, NULL, folder, &bytes, &len, &err);
    vmm_remove_tree(folder, NULL);
    if (r < 0) fail_msg("%s", err.message);
    return made_open(bytes, len);
}

static char *everything(const struct made *m) {
    return vmm_bcd_text(m->bcd, &(struct vmm_bcd_view){.select = "all", .verbose = true}, NULL);
}

static void round_trip(const struct made *m, const char *id, const char *element, const char *value, const char *line) {
    struct vmm_bcd_edit e;
    struct vmm_error err = {0};
    if (vmm_bcd_set(m->bcd, id, element, value, &e, &err) < 0) fail_msg("%s", err.message);
    struct made with = after(m, &e);
    vmm_bcd_edit_clear(&e);
    char *before = everything(m), *text = everything(&with), *at = strstr(text, line);
    if (at == NULL) fail_msg("no \"%s\" after the edit", line);
    assert_null(strstr(before, line));
    memmove(at, at + strlen(line), strlen(at + strlen(line)) + 1);
    assert_string_equal(text, before); /* nothing else changed */
    if (vmm_bcd_delete(with.bcd, id, element, &e, &err) < 0) fail_msg("%s", err.message);
    struct made without = after(&with, &e);
    vmm_bcd_edit_clear(&e);
    free(text);
    text = everything(&without);
    assert_string_equal(text, before);
    char *diff = vmm_hive_diff(m->hive, without.hive, &err);
    assert_non_null(diff);
    assert_string_equal(diff, "");
    free(diff);
    free(text);
    free(before);
    made_close(&with);
    made_close(&without);
}

static void setting_and_deleting_leaves_the_store_as_it_was(void **state) {
    (void)state;
    struct made m = store();
    round_trip(&m, "{default}", "safeboot", "network", "safeboot                Network\n");
    round_trip(&m, "{default}", "safebootalternateshell", "on", "safebootalternateshell  Yes\n");
    round_trip(&m, "{bootmgr}", "displaybootmenu", "on", "displaybootmenu         Yes\n");
    round_trip(&m, "{bootmgr}", "toolsdisplayorder", "{memdiag}", "toolsdisplayorder       " MEMDIAG "\n");
    round_trip(&m, MEDIA, "loadoptions", "DDISABLE", "loadoptions             DDISABLE\n");
    made_close(&m);
}

static void every_named_element_can_be_set_and_reads_back_as_it_was_typed(void **state) {
    (void)state;
    struct made m = store();
    static const struct {
        const char *element, *value;
    } cases[] = {{"nx", "AlwaysOff"},       {"bootstatuspolicy", "IgnoreAllFailures"},
                 {"emsbaudrate", "115200"}, {"truncatememory", "0x10000000"},
                 {"recoveryenabled", "No"}, {"path", "\\Windows\\system32\\winload.efi"},
                 {"resumeobject", RESUME},  {"recoverysequence", MEDIA}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct vmm_bcd_edit e;
        assert_int_equal(vmm_bcd_set(m.bcd, WIN, cases[i].element, cases[i].value, &e, NULL), 0);
        struct made with = after(&m, &e);
        const struct vmm_bcd_object *o = vmm_bcd_object(with.bcd, WIN);
        char *text = vmm_bcd_value_text(with.bcd, o, vmm_bcd_own(o, e.id), NULL);
        assert_string_equal(text, cases[i].value);
        free(text);
        vmm_bcd_edit_clear(&e);
        made_close(&with);
    }
    made_close(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_written_in_the_form_of_their_element),
        cmocka_unit_test(objects_are_stored_as_guids_whatever_they_were_called),
        cmocka_unit_test(the_path_is_in_the_stores_own_spelling),
        cmocka_unit_test(what_already_means_the_same_is_left_as_it_stands),
        cmocka_unit_test(an_element_of_another_kind_of_object_is_refused_and_its_owner_named),
        cmocka_unit_test(an_unknown_element_gets_the_nearest_name),
        cmocka_unit_test(values_that_make_no_sense_are_refused_and_the_right_ones_named),
        cmocka_unit_test(what_windows_keeps_by_itself_is_not_touched),
        cmocka_unit_test(only_what_is_there_can_be_deleted),
        cmocka_unit_test(setting_and_deleting_leaves_the_store_as_it_was),
        cmocka_unit_test(every_named_element_can_be_set_and_reads_back_as_it_was_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
