/* Real boot stores: all of them open, agree with an independent reader (hivex), print, and come back unchanged from a set and a
 * delete. Broken and hostile hives end in a refusal or a reading, never in a crash. Copyright (C) 2026 the vmmedic authors.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bcd/make.h"

#include <hivex.h>

static size_t stores, objects_seen, elements_seen, devices, edited, kinds[VMM_DEV_OTHER + 1];

static struct vmm_bcd *try_open(const uint8_t *bytes, size_t len, struct vmm_hive **hive) {
    struct vmm_error err = {0};
    *hive = vmm_hive_open(bytes, len, NULL, &err);
    return *hive ? vmm_bcd_open(*hive, &err) : NULL;
}

/* ---- compared with hivex ---- */

static void same_element(const struct vmm_bcd_object *o, hive_h *h, hive_node_h key) {
    char *name = hivex_node_name(h, key);
    const struct vmm_bcd_element *e = vmm_bcd_own(o, (uint32_t)strtoul(name, NULL, 16));
    hive_value_h value = hivex_node_get_value(h, key, "Element");
    hive_type type;
    size_t len;
    char *data = hivex_value_value(h, value, &type, &len);
    assert_non_null(e);
    assert_string_equal(e->key_name, name);
    assert_int_equal(e->reg_type, type);
    assert_int_equal(e->len, len);
    assert_memory_equal(e->data, data, len);
    assert_false(e->bad);
    free(data);
    free(name);
}

static void same_object(const struct vmm_bcd *b, hive_h *h, hive_node_h key) {
    char *name = hivex_node_name(h, key);
    const struct vmm_bcd_object *o = vmm_bcd_object(b, name);
    assert_non_null(o);
    hive_node_h description = hivex_node_get_child(h, key, "Description");
    assert_int_equal(o->type, (uint32_t)hivex_value_dword(h, hivex_node_get_value(h, description, "Type")));
    hive_node_h *elements = hivex_node_children(h, hivex_node_get_child(h, key, "Elements"));
    size_t n = 0;
    for (; elements[n]; n++) same_element(o, h, elements[n]);
    assert_int_equal(o->count, n);
    elements_seen += n;
    free(elements);
    free(name);
}

static void compare(const char *name, const struct vmm_bcd *b) {
    char *path = vmm_printf(CORPUS "/bcd/%s", name);
    hive_h *h = hivex_open(path, 0);
    assert_non_null(h);
    hive_node_h *objects = hivex_node_children(h, hivex_node_get_child(h, hivex_root(h), "Objects"));
    size_t n = 0;
    for (; objects[n]; n++) same_object(b, h, objects[n]);
    assert_int_equal(b->count, n);
    objects_seen += n;
    free(objects);
    hivex_close(h);
    free(path);
}

static void decode_devices(const struct vmm_bcd *b) {
    for (size_t i = 0; i < b->count; i++)
        for (size_t j = 0; j < b->objects[i].count; j++) {
            const struct vmm_bcd_element *e = &b->objects[i].elements[j];
            if ((e->id >> 24 & 15) != VMM_BCD_DEVICE) continue;
            struct vmm_bcd_device d;
            vmm_bcd_device(e, NULL, &d);
            kinds[d.kind]++;
            devices++;
            vmm_bcd_device_clear(&d);
        }
}

/* Each line begins with a name of the table in its column, or continues a list, or is a heading with its dashes. */
static void layout_holds(const struct vmm_bcd *b, const struct vmm_bcd_view *view) {
    char *text = vmm_bcd_text(b, view, NULL), *at = text, *line;
    assert_non_null(text);
    assert_int_equal(text[0], '\n');
    size_t heading = 0, found = 0;
    bool after_empty = false, after_heading = false;
    while ((line = strsep(&at, "\n"))) {
        if (after_heading) {
            assert_int_equal(strspn(line, "-"), strlen(line));
            assert_int_equal(strlen(line), heading);
        } else if (after_empty && *line) {
            heading = strlen(line);
        } else if (*line) {
            assert_true(strlen(line) > 24 || strchr(line, ' ') == NULL);
            if (strlen(line) > 24) assert_true(line[24] != ' ' && (line[23] == ' ' || strcspn(line, " ") > 23));
            found += strncmp(line, "identifier ", 11) == 0;
        }
        after_heading = after_empty && *line;
        after_empty = *line == '\0';
    }
    assert_true(found > 0 && found <= b->count);
    free(text);
}

static void read_one(const char *name, uint8_t *bytes, size_t len) {
    struct vmm_hive *h;
    struct vmm_bcd *b = try_open(bytes, len, &h);
    if (b == NULL) fail_msg("%s does not open", name);
    if (b->warning) fail_msg("%s: %s", name, b->warning);
    stores++;
    compare(name, b);
    decode_devices(b);
    bool has_bootmgr = vmm_bcd_object(b, BOOTMGR) != NULL;
    struct vmm_error err = {0};
    if (b->count == 0) { /* a store just made with /createstore: bcdedit says so too */
        assert_null(vmm_bcd_text(b, &(struct vmm_bcd_view){.select = "all"}, &err));
        assert_int_equal(err.code, VMM_E_NOT_FOUND);
    }
    for (int verbose = 0; b->count > 0 && verbose < 2; verbose++) {
        layout_holds(b, &(struct vmm_bcd_view){.select = "all", .verbose = verbose});
        if (has_bootmgr) layout_holds(b, &(struct vmm_bcd_view){.verbose = verbose, .both = true});
    }
    json_t *j = vmm_bcd_json(b, &(struct vmm_bcd_view){.select = "all"}, NULL);
    assert_int_equal(json_array_size(json_object_get(j, "objects")), b->count);
    json_decref(j);
    vmm_bcd_close(b);
    vmm_hive_close(h);
}

static void every_real_store_reads_as_an_independent_reader_reads_it(void **state) {
    (void)state;
    if (each_file(CORPUS "/bcd", read_one) == 0) {
        print_message("skipped: " CORPUS " is not here\n");
        skip();
    }
    print_message(
        "%zu stores, %zu objects, %zu elements, %zu devices: boot %zu, partition %zu, ramdisk %zu, file %zu, vhd %zu, locate %zu\n",
        stores, objects_seen, elements_seen, devices, kinds[VMM_DEV_BOOT], kinds[VMM_DEV_PARTITION], kinds[VMM_DEV_RAMDISK],
        kinds[VMM_DEV_FILE], kinds[VMM_DEV_VHD], kinds[VMM_DEV_LOCATE]);
    assert_true(stores > 50);
    assert_int_equal(kinds[VMM_DEV_BAD] + kinds[VMM_DEV_OTHER], 0);
}

/* ---- explained ---- */

static size_t explained;

static void explain_one(const char *name, uint8_t *bytes, size_t len) {
    struct vmm_hive *h;
    struct vmm_bcd *b = try_open(bytes, len, &h);
    json_t *j = b && b->count ? vmm_bcd_json(b, &(struct vmm_bcd_view){.select = "all"}, NULL) : NULL, *objects = json_object_get(j, "objects");
    for (size_t i = 0; i < json_array_size(objects); i++) {
        const json_t *o = json_array_get(objects, i), *list = json_object_get(o, "elements");
        if (strlen(vmm_json_str(o, "help")) < 10 || strlen(vmm_json_str(o, "help")) > 70) fail_msg("%s: what is %s?", name, vmm_json_str(o, "heading"));
        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *e = json_array_get(list, k);
            if (vmm_json_str(e, "name")[0] && !vmm_json_str(e, "help")[0]) fail_msg("%s: what does %s mean?", name, vmm_json_str(e, "name"));
            explained += vmm_json_str(e, "help")[0] != 0;
        }
    }
    json_decref(j);
    vmm_bcd_close(b);
    vmm_hive_close(h);
}

static void every_object_and_every_named_element_of_real_stores_has_a_meaning(void **state) {
    (void)state;
    if (each_file(CORPUS "/bcd", explain_one) == 0) {
        print_message("skipped: " CORPUS " is not here\n");
        skip();
    }
    print_message("%zu elements explained\n", explained);
    assert_true(explained > 1000);
}

/* ---- edited ---- */

static struct made edit(const struct vmm_hive *h, const struct vmm_bcd_edit *e, const char *name) {
    char folder[] = "/tmp/bcd-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct vmm_error err = {0};
    uint8_t *bytes;
    size_t len;
    int r = vmm_hive_edit(h, &e->edit, 1, NULL, folder, &bytes, &len, &err);
    vmm_remove_tree(folder, NULL);
    if (r < 0) fail_msg("%s: %s", name, err.message);
    return made_open(bytes, len);
}

static const struct vmm_bcd_object *a_loader(const struct vmm_bcd *b) {
    for (size_t i = 0; i < b->count; i++)
        if (b->objects[i].type == 0x10200003) return &b->objects[i];
    return NULL;
}

static void toggle_one(const char *name, uint8_t *bytes, size_t len) {
    struct vmm_hive *h;
    struct vmm_bcd *b = try_open(bytes, len, &h);
    assert_non_null(b);
    const struct vmm_bcd_object *o = a_loader(b);
    if (o && vmm_bcd_own(o, VMM_BCD_SAFEBOOT) == NULL) {
        struct vmm_bcd_edit e;
        struct vmm_error err = {0};
        if (vmm_bcd_set(b, o->guid, "safeboot", "Minimal", &e, &err) < 0) fail_msg("%s: %s", name, err.message);
        struct made with = edit(h, &e, name);
        vmm_bcd_edit_clear(&e);
        uint64_t n;
        assert_int_equal(vmm_bcd_integer(vmm_bcd_own(vmm_bcd_object(with.bcd, o->guid), VMM_BCD_SAFEBOOT), &n), VMM_SET);
        char *diff = vmm_hive_diff(h, with.hive, &err), *end = diff ? strchr(diff, '\n') : NULL;
        assert_non_null(strstr(diff, "25000080"));
        while (end && end[1]) { /* every line is about this key */
            assert_non_null(strstr(end + 1, "25000080"));
            end = strchr(end + 1, '\n');
        }
        free(diff);
        assert_int_equal(vmm_bcd_delete(with.bcd, o->guid, "safeboot", &e, &err), 0);
        struct made without = edit(with.hive, &e, name);
        vmm_bcd_edit_clear(&e);
        diff = vmm_hive_diff(h, without.hive, &err);
        assert_string_equal(diff, "");
        free(diff);
        made_close(&with);
        made_close(&without);
        edited++;
    }
    vmm_bcd_close(b);
    vmm_hive_close(h);
}

static void safeboot_set_and_deleted_leaves_every_real_store_as_it_was(void **state) {
    (void)state;
    if (each_file(CORPUS "/bcd", toggle_one) == 0) {
        print_message("skipped: " CORPUS " is not here\n");
        skip();
    }
    print_message("%zu stores edited\n", edited);
    assert_true(edited > 50);
}

/* ---- broken ones ---- */

static size_t opened;

static void survive_one(const char *name, uint8_t *bytes, size_t len) {
    (void)name;
    struct vmm_hive *h;
    struct vmm_bcd *b = try_open(bytes, len, &h);
    if (b) {
        opened++;
        char *text = vmm_bcd_text(b, &(struct vmm_bcd_view){.select = "all"}, NULL);
        json_decref(vmm_bcd_json(b, &(struct vmm_bcd_view){.select = "all"}, NULL));
        for (size_t i = 0; i < b->count; i++) vmm_bcd_effective(b, &b->objects[i], VMM_BCD_SAFEBOOT, NULL);
        decode_devices(b);
        free(text);
    }
    vmm_bcd_close(b);
    vmm_hive_close(h);
}

static void broken_and_hostile_hives_are_survived(void **state) {
    (void)state;
    if (each_file(CORPUS "/malformed", survive_one) == 0) {
        print_message("skipped: " CORPUS " is not here\n");
        skip();
    }
    print_message("%zu of them open as boot stores\n", opened);
}

/* Every sixteenth byte of a store in turn, wrong; the header's checksum made right again so that the rest is looked at. */
static void flip(const char *name, uint8_t *bytes, size_t len) {
    static bool done;
    if (done || strncmp(name, "derived_safeboot_dev1", 21) != 0) return;
    done = true;
    for (size_t at = 4096 + len % 7; at < len; at += 16) {
        uint8_t keep = bytes[at];
        bytes[at] = (uint8_t)(keep ^ (1u << at / 16 % 8));
        survive_one(name, bytes, len);
        bytes[at] = keep;
    }
}

static void a_store_with_a_wrong_bit_is_survived(void **state) {
    (void)state;
    opened = 0;
    if (each_file(CORPUS "/bcd", flip) == 0) {
        print_message("skipped: " CORPUS " is not here\n");
        skip();
    }
    print_message("%zu of them open\n", opened);
    assert_true(opened > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_real_store_reads_as_an_independent_reader_reads_it),
        cmocka_unit_test(every_object_and_every_named_element_of_real_stores_has_a_meaning),
        cmocka_unit_test(safeboot_set_and_deleted_leaves_every_real_store_as_it_was),
        cmocka_unit_test(broken_and_hostile_hives_are_survived),
        cmocka_unit_test(a_store_with_a_wrong_bit_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
