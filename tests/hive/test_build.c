/* Hives that our own code lays out from nothing are what Windows and independent readers expect.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <hivex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "vmmedic/hive.h"

#define STRICT "../shared/tools/hive_strict.py"

/* ---- helpers ---- */

static char *hive_file(const uint8_t *data, size_t len) {
    char *path = vmm_strdup("/tmp/hive-test_build-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "wb");
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* Our own check of the hive, then the strict judge's; frees the hive. Where there is no judge it skips, with the reason. */
static void judged_sound(uint8_t *data, size_t len, const char *expected) {
    struct vmm_error err = {0};
    struct vmm_hive *h = vmm_hive_open(data, len, NULL, &err);
    size_t leaked = 1;
    assert_string_equal(err.message, "");
    assert_non_null(h);
    assert_int_equal(vmm_hive_check(h, &leaked, &err), 0);
    assert_int_equal(leaked, 0);
    vmm_hive_close(h);
    if (access(STRICT, R_OK) || system("python3 -c 0 2>/dev/null")) {
        free(data);
        print_message("skipped: %s or python3 is not here\n", STRICT);
        skip();
    }
    char *path = hive_file(data, len), *command = vmm_printf("python3 -B %s %s 2>&1", STRICT, path);
    FILE *judge = popen(command, "r");
    char line[1000] = "";
    assert_non_null(judge);
    if (!fgets(line, sizeof line, judge)) line[0] = 0;
    pclose(judge);
    unlink(path);
    free(path);
    free(command);
    free(data);
    line[strcspn(line, "\n")] = 0;
    assert_string_equal(line, expected);
}

/* The hive as hivex, a reader that is not ours, sees it. */
static hive_h *foreign(const uint8_t *data, size_t len) {
    char *path = hive_file(data, len);
    hive_h *h = hivex_open(path, 0);
    unlink(path);
    free(path);
    assert_non_null(h);
    return h;
}

static struct vmm_hive_builder *sample(int minor) {
    struct vmm_hive_builder *b = vmm_builder_new("Sample", minor);
    vmm_builder_dword(b, "Select", "Current", 1);
    vmm_builder_string(b, "ControlSet001\\Control", "", VMM_REG_SZ, "the default value");
    vmm_builder_string(b, "ControlSet001\\Control", "Path", VMM_REG_EXPAND_SZ, "%SystemRoot%\\x");
    vmm_builder_set(b, "ControlSet001\\Control", "Nothing", VMM_REG_BINARY, "", 0);
    vmm_builder_set(b, "ControlSet001\\Control", "Five", VMM_REG_BINARY, "12345", 5);
    vmm_builder_key(b, "ControlSet001\\Enum");
    return b;
}

/* ---- promises ---- */

static void a_small_hive_of_both_versions_is_sound(void **state) {
    (void)state;
    for (int minor = 3; minor <= 5; minor += 2) {
        size_t len;
        uint8_t *data = vmm_builder_finish(sample(minor), 7, &len);
        assert_int_equal(vmm_le32(data + 4), 7);
        assert_int_equal(vmm_le32(data + 8), 7);
        assert_int_equal(vmm_le32(data + 24), minor);
        judged_sound(data, len, "OK 5 5");
    }
}

static void an_empty_hive_is_sound(void **state) {
    (void)state;
    size_t len;
    uint8_t *data = vmm_builder_finish(vmm_builder_new("R", 5), 1, &len);
    assert_int_equal(len, 8192);
    judged_sound(data, len, "OK 1 0");
}

static void many_children_get_an_index_of_leaves(void **state) {
    (void)state;
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive_builder *b = vmm_builder_new("Many", minor);
        for (unsigned i = 0; i < 1300; i++) { /* neither ascending nor descending */
            char *path = vmm_printf("List\\%s%04u", i % 2 ? "PCI_" : "pci-", i * 757 % 1300);
            vmm_builder_dword(b, path, "Number", i);
            free(path);
        }
        size_t len;
        uint8_t *data = vmm_builder_finish(b, 1, &len);
        hive_h *h = foreign(data, len);
        hive_node_h list = hivex_node_get_child(h, hivex_root(h), "List");
        assert_int_equal(hivex_node_nr_children(h, list), 1300);
        assert_int_not_equal(hivex_node_get_child(h, list, "PCI_1299"), 0);
        hivex_close(h);
        judged_sound(data, len, "OK 1302 1300");
    }
}

static void values_of_every_critical_length_come_back_whole(void **state) {
    (void)state;
    static const size_t lengths[] = {0, 1, 4, 5, 8, 4060, 4064, 16343, 16344, 16345, 32688, 32689, 1000000};
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive_builder *b = vmm_builder_new("Big", minor);
        uint8_t *bytes = vmm_alloc(1, 1000000);
        for (size_t i = 0; i < 1000000; i++) bytes[i] = (uint8_t)(i * 31 >> 3);
        for (size_t i = 0; i < VMM_COUNT(lengths); i++) {
            char *name = vmm_printf("v%zu", lengths[i]);
            vmm_builder_set(b, "Key", name, VMM_REG_BINARY, bytes, lengths[i]);
            free(name);
        }
        size_t len;
        uint8_t *data = vmm_builder_finish(b, 1, &len);
        hive_h *h = foreign(data, len);
        hive_node_h key = hivex_node_get_child(h, hivex_root(h), "Key");
        for (size_t i = 0; i < VMM_COUNT(lengths); i++) {
            char *name = vmm_printf("v%zu", lengths[i]);
            hive_type type;
            size_t got;
            char *value = hivex_value_value(h, hivex_node_get_value(h, key, name), &type, &got);
            assert_non_null(value);
            assert_int_equal(type, VMM_REG_BINARY);
            assert_int_equal(got, lengths[i]);
            assert_memory_equal(value, bytes, got);
            free(value);
            free(name);
        }
        hivex_close(h);
        free(bytes);
        judged_sound(data, len, "OK 2 13");
    }
}

static void names_of_any_script_are_kept_and_ordered(void **state) {
    (void)state;
    static const char *const names[] = {"\xc3\xa9t\xc3\xa9", "ETE", "Stra\xc3\x9f\x65", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
                                        "\xd0\x9f\xd1\x83\xd1\x82\xd1\x8c", "z", "_", "{9dea862c-5cdd-4e70-acc1-f32b344d4795}",
                                        "\xf0\x9f\x98\x80"};
    for (int minor = 3; minor <= 5; minor += 2) {
        struct vmm_hive_builder *b = vmm_builder_new("Names", minor);
        for (size_t i = 0; i < VMM_COUNT(names); i++) {
            char *path = vmm_printf("A\\%s\\x", names[i]);
            vmm_builder_string(b, path, names[i], VMM_REG_SZ, names[i]);
            free(path);
        }
        size_t len;
        uint8_t *data = vmm_builder_finish(b, 1, &len);
        judged_sound(data, len, "OK 20 9");
    }
}

static void names_differing_only_in_case_are_one(void **state) {
    (void)state;
    struct vmm_hive_builder *b = vmm_builder_new("R", 5);
    vmm_builder_dword(b, "Services\\TermService", "Start", 3);
    vmm_builder_string(b, "SERVICES\\termservice", "start", VMM_REG_SZ, "replaced");
    size_t len;
    uint8_t *data = vmm_builder_finish(b, 1, &len);
    hive_h *h = foreign(data, len);
    hive_node_h services = hivex_node_get_child(h, hivex_root(h), "Services");
    assert_int_equal(hivex_node_nr_children(h, hivex_root(h)), 1);
    assert_int_equal(hivex_node_nr_children(h, services), 1);
    hive_node_h key = hivex_node_get_child(h, services, "TermService");
    assert_int_equal(hivex_node_nr_values(h, key), 1);
    char *text = hivex_value_string(h, hivex_node_get_value(h, key, "Start"));
    assert_string_equal(text, "replaced");
    free(text);
    hivex_close(h);
    judged_sound(data, len, "OK 3 1");
}

static void text_is_stored_with_its_terminators(void **state) {
    (void)state;
    struct vmm_hive_builder *b = vmm_builder_new("R", 5);
    vmm_builder_string(b, "", "List", VMM_REG_MULTI_SZ, "one\ntwo");
    vmm_builder_string(b, "", "None", VMM_REG_MULTI_SZ, "");
    vmm_builder_string(b, "", "Text", VMM_REG_SZ, "ab");
    size_t len, got;
    uint8_t *data = vmm_builder_finish(b, 1, &len);
    hive_h *h = foreign(data, len);
    hive_type type;
    char *list = hivex_value_value(h, hivex_node_get_value(h, hivex_root(h), "List"), &type, &got);
    assert_int_equal(got, 18);
    assert_memory_equal(list, "o\0n\0e\0\0\0t\0w\0o\0\0\0\0", 18);
    char *none = hivex_value_value(h, hivex_node_get_value(h, hivex_root(h), "None"), &type, &got);
    assert_int_equal(got, 2);
    char *text = hivex_value_value(h, hivex_node_get_value(h, hivex_root(h), "Text"), &type, &got);
    assert_int_equal(got, 6);
    assert_memory_equal(text, "a\0b\0\0", 6);
    free(list);
    free(none);
    free(text);
    hivex_close(h);
    free(data);
}

static void the_same_calls_give_the_same_bytes(void **state) {
    (void)state;
    size_t first_len, second_len;
    uint8_t *first = vmm_builder_finish(sample(5), 9, &first_len), *second = vmm_builder_finish(sample(5), 9, &second_len);
    assert_int_equal(first_len, second_len);
    assert_memory_equal(first, second, first_len);
    free(first);
    free(second);
}

/* One value in the base block is chosen so that the plain sum would be a number that Windows stores as another. */
static void the_two_forbidden_checksums_are_stored_as_their_neighbours(void **state) {
    (void)state;
    for (int odd = 0; odd < 2; odd++) {
        uint32_t forbidden = odd ? UINT32_C(0xffffffff) : 0;
        size_t len;
        uint8_t *data = vmm_builder_finish(vmm_builder_new("AB", 5), 1, &len);
        uint32_t sum = 0;
        for (size_t i = 0; i < 508; i += 4) sum ^= i == 48 ? 0 : vmm_le32(data + i); /* without the root's name */
        uint32_t wanted = sum ^ forbidden;
        free(data);
        uint8_t units[4];
        vmm_put32(units, wanted);
        char *name = vmm_utf16_to_utf8(units, 4);
        data = vmm_builder_finish(vmm_builder_new(name, 5), 1, &len);
        assert_non_null(data);
        for (size_t i = 0, all = 0; i < 508; i += 4) {
            all ^= vmm_le32(data + i);
            if (i == 504) assert_int_equal(all, forbidden);
        }
        assert_int_equal(vmm_le32(data + 508), odd ? UINT32_C(0xfffffffe) : 1);
        free(name);
        free(data);
    }
}

static void names_that_no_hive_can_hold_give_no_hive(void **state) {
    (void)state;
    char longest[257];
    memset(longest, 'k', 256);
    longest[256] = 0;
    const char *const bad[] = {"a\\\\b", "\\a", "a\\", longest, "\xff\xfe"};
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        struct vmm_hive_builder *b = vmm_builder_new("R", 5);
        vmm_builder_key(b, bad[i]);
        size_t len;
        assert_null(vmm_builder_finish(b, 1, &len));
    }
    struct vmm_hive_builder *b = vmm_builder_new("R", 5);
    longest[255] = 0;
    vmm_builder_key(b, longest);
    size_t len;
    uint8_t *data = vmm_builder_finish(b, 1, &len);
    assert_non_null(data);
    judged_sound(data, len, "OK 2 0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_hive_of_both_versions_is_sound),
        cmocka_unit_test(an_empty_hive_is_sound),
        cmocka_unit_test(many_children_get_an_index_of_leaves),
        cmocka_unit_test(values_of_every_critical_length_come_back_whole),
        cmocka_unit_test(names_of_any_script_are_kept_and_ordered),
        cmocka_unit_test(names_differing_only_in_case_are_one),
        cmocka_unit_test(text_is_stored_with_its_terminators),
        cmocka_unit_test(the_same_calls_give_the_same_bytes),
        cmocka_unit_test(the_two_forbidden_checksums_are_stored_as_their_neighbours),
        cmocka_unit_test(names_that_no_hive_can_hold_give_no_hive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
