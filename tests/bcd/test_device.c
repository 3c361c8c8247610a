/* Device elements: each kind decoded, compared with a disk, and refused when its bytes do not fit.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bcd/make.h"

/* The element that a hex text makes. */
static struct vmm_bcd_element element(const char *hex) {
    struct vmm_bcd_element e = {.id = 0x11000001, .reg_type = VMM_REG_BINARY};
    e.data = vmm_unhex(hex, &e.len);
    assert_non_null(e.data);
    return e;
}

static struct vmm_bcd_device decode(const char *hex, const struct vmm_disk *disk) {
    struct vmm_bcd_element e = element(hex);
    struct vmm_bcd_device d;
    vmm_bcd_device(&e, disk, &d);
    free(e.data);
    return d;
}

static struct vmm_part parts[3];

static struct vmm_disk gpt_disk(void) {
    struct vmm_disk disk = {.scheme = VMM_SCHEME_GPT, .parts = parts, .part_count = 3};
    memset(parts, 0, sizeof parts);
    for (int i = 0; i < 3; i++)
        parts[i] = (struct vmm_part){.number = i + 1, .offset = 1048576u * (unsigned)(i + 1), .guid = {(uint8_t)(i + 1)}};
    /* the frames in make.h hold the bytes in order, not mixed-endian */
    size_t len;
    uint8_t *part = vmm_unhex("11111111222233334444555555555555", &len),
            *whole = vmm_unhex("66666666777788889999aaaaaaaaaaaa", &len);
    memcpy(parts[1].guid, part, 16);
    memcpy(disk.gpt_guid, whole, 16);
    free(part);
    free(whole);
    return disk;
}

static struct vmm_disk mbr_disk(void) {
    struct vmm_disk disk = gpt_disk();
    disk.scheme = VMM_SCHEME_MBR;
    disk.mbr_signature = 0x28cd42d6;
    parts[2].offset = 8005877760u;
    return disk;
}

static void a_gpt_partition_is_found_on_its_disk(void **state) {
    (void)state;
    struct vmm_disk disk = gpt_disk();
    struct vmm_bcd_device d = decode(GPT_DEVICE, &disk);
    assert_int_equal(d.kind, VMM_DEV_PARTITION);
    assert_true(d.gpt && !d.mbr);
    assert_int_equal(d.part, 2);
    assert_int_equal(d.part_moved, 0);
}

static void an_mbr_partition_is_found_by_signature_and_place(void **state) {
    (void)state;
    struct vmm_disk disk = mbr_disk();
    struct vmm_bcd_device d = decode(MBR_DEVICE, &disk);
    assert_true(d.mbr && !d.gpt);
    assert_int_equal(d.mbr_signature, 0x28cd42d6);
    assert_true(d.mbr_offset == 8005877760u);
    assert_int_equal(d.part, 3);
}

static void a_partition_of_another_disk_is_none_of_this_one(void **state) {
    (void)state;
    struct vmm_disk disk = gpt_disk();
    disk.gpt_guid[3] ^= 1;
    struct vmm_bcd_device d = decode(GPT_DEVICE, &disk);
    assert_int_equal(d.part, 0);
    assert_int_equal(d.part_moved, 2); /* the clone's partition is told for repair */
    disk = mbr_disk();
    disk.mbr_signature++;
    d = decode(MBR_DEVICE, &disk);
    assert_int_equal(d.part, 0);
    assert_int_equal(d.part_moved, 3);
    parts[2].offset++;
    d = decode(MBR_DEVICE, &disk);
    assert_int_equal(d.part_moved, 0);
}

static void two_partitions_with_one_identity_are_not_guessed_between(void **state) {
    (void)state;
    struct vmm_disk disk = gpt_disk();
    memcpy(parts[2].guid, parts[1].guid, 16);
    struct vmm_bcd_device d = decode(GPT_DEVICE, &disk);
    assert_int_equal(d.part, 0);
    assert_int_equal(d.part_moved, 0);
}

static void what_is_made_for_a_partition_decodes_to_it(void **state) {
    (void)state;
    struct vmm_disk disks[2];
    for (int mbr = 0; mbr < 2; mbr++) {
        disks[mbr] = mbr ? mbr_disk() : gpt_disk();
        uint8_t made[88];
        assert_int_equal(vmm_bcd_device_make(&disks[mbr], mbr ? 3 : 2, made), 0);
        char *hex = vmm_hex(made, sizeof made);
        assert_string_equal(hex, mbr ? MBR_DEVICE : GPT_DEVICE);
        struct vmm_bcd_device d = decode(hex, &disks[mbr]);
        assert_int_equal(d.part, mbr ? 3 : 2);
        free(hex);
    }
}

static void a_disk_without_identity_makes_no_device(void **state) {
    (void)state;
    uint8_t made[88];
    struct vmm_disk disk = gpt_disk();
    assert_int_equal(vmm_bcd_device_make(&disk, 9, made), -1);
    memset(disk.gpt_guid, 0, 16);
    assert_int_equal(vmm_bcd_device_make(&disk, 2, made), -1);
    disk = mbr_disk();
    disk.mbr_signature = 0;
    assert_int_equal(vmm_bcd_device_make(&disk, 3, made), -1);
    disk.scheme = VMM_SCHEME_NONE;
    assert_int_equal(vmm_bcd_device_make(&disk, 3, made), -1);
}

static void boot_and_locate_are_what_they_say(void **state) {
    (void)state;
    struct vmm_bcd_device d = decode(BOOT_DEVICE, NULL);
    assert_int_equal(d.kind, VMM_DEV_BOOT);
    d = decode(Z16 "0800000000000000"
                   "1e000000" Z4 Z4 "02000012" Z4 "0000",
               NULL);
    assert_int_equal(d.kind, VMM_DEV_LOCATE);
    assert_int_equal(d.locate_element, 0x12000002);
}

static void a_memory_disk_has_a_path_options_and_a_place(void **state) {
    (void)state;
    struct vmm_disk disk = gpt_disk();
    char *hex = path_device(RAMDISK_HEAD(BOOT_FRAME), "\\sources\\boot.wim", 0x38);
    struct vmm_bcd_device d = decode(hex, &disk);
    assert_int_equal(d.kind, VMM_DEV_RAMDISK);
    assert_true(d.parent_is_boot);
    assert_string_equal(d.path, "\\sources\\boot.wim");
    assert_string_equal(d.options_guid, RAMOPT);
    vmm_bcd_device_clear(&d);
    free(hex);
    hex = path_device(RAMDISK_HEAD(GPT_FRAME), "\\Recovery\\WindowsRE\\Winre.wim", 0x38);
    d = decode(hex, &disk);
    assert_int_equal(d.part, 2);
    assert_string_equal(d.path, "\\Recovery\\WindowsRE\\Winre.wim");
    vmm_bcd_device_clear(&d);
    free(hex);
}

#define FILE_HEAD(parent)                                                                                                          \
    "05000000"                                                                                                                     \
    "01000000" Z4 "05000000" parent
#define VHD_HEAD                                                                                                                   \
    Z16 "0600000000000000" Z4 Z4 "00001000000000000000000000000000"                                                                \
        "06000000"                                                                                                                 \
        "01000000"                                                                                                                 \
        "dd42cd28000000000000000000000000"
#define INNER "0000000000000000" Z4 Z4

/* Patches a length field so that it counts from AT to the end, plus what is taken off. */
static char *patched(char *hex, size_t field, size_t from) {
    size_t len;
    uint8_t *bytes = vmm_unhex(hex, &len);
    vmm_put32(bytes + field, (uint32_t)(len - from));
    char *result = vmm_hex(bytes, len);
    free(bytes);
    free(hex);
    return result;
}

static void a_file_has_a_path_and_a_place(void **state) {
    (void)state;
    struct vmm_disk disk = gpt_disk();
    char *hex = path_device(Z16 INNER FILE_HEAD(GPT_FRAME), "\\image.wim", 0x24);
    struct vmm_bcd_device d = decode(hex, &disk);
    assert_int_equal(d.kind, VMM_DEV_FILE);
    assert_int_equal(d.part, 2);
    assert_string_equal(d.path, "\\image.wim");
    vmm_bcd_device_clear(&d);
    free(hex);
}

static void a_partition_inside_a_virtual_disk_leads_to_the_file_it_lives_in(void **state) {
    (void)state;
    struct vmm_disk disk = gpt_disk();
    char *hex = patched(path_device(VHD_HEAD INNER FILE_HEAD(GPT_FRAME), "\\win10.vhdx", 0x5c), 0x50, 0x48);
    struct vmm_bcd_device d = decode(hex, &disk);
    assert_int_equal(d.kind, VMM_DEV_VHD);
    assert_int_equal(d.part, 2);
    assert_string_equal(d.path, "\\win10.vhdx");
    assert_int_equal(d.locate_element, 0);
    vmm_bcd_device_clear(&d);
    free(hex);
}

static void a_virtual_disk_to_be_searched_names_the_element_and_the_file(void **state) {
    (void)state;
    struct vmm_disk disk = gpt_disk();
    static const char head[] = Z16 "0800000000000000" Z4 Z4 Z4 "02000022"
                                   "1e000000"
                                   "0000" /* locate by 22000002, parent at 0x1e */
        INNER "06000000" Z16 Z4           /* the virtual disk */
            INNER FILE_HEAD(GPT_FRAME);
    char *hex = path_device(head, "\\win8.vhdx", 0x6a);
    hex = patched(patched(hex, 0x36, 0x2e), 0x5e, 0x56);
    struct vmm_bcd_device d = decode(hex, &disk);
    assert_int_equal(d.kind, VMM_DEV_VHD);
    assert_int_equal(d.locate_element, 0x22000002);
    assert_int_equal(d.part, 2);
    assert_string_equal(d.path, "\\win8.vhdx");
    vmm_bcd_device_clear(&d);
    free(hex);
}

static void a_device_cut_short_anywhere_or_with_any_byte_wrong_is_survived(void **state) {
    (void)state;
    struct vmm_disk disk = gpt_disk();
    char *hex[] = {vmm_strdup(GPT_DEVICE), path_device(RAMDISK_HEAD(GPT_FRAME), "\\a.wim", 0x38),
                   patched(path_device(VHD_HEAD INNER FILE_HEAD(GPT_FRAME), "\\w.vhd", 0x5c), 0x50, 0x48)};
    size_t bad = 0;
    for (size_t h = 0; h < VMM_COUNT(hex); h++) {
        struct vmm_bcd_element e = element(hex[h]);
        struct vmm_bcd_device d;
        size_t whole = e.len;
        for (size_t cut = 0; cut < whole; cut++) {
            uint8_t *exact = vmm_memdup(e.data, cut);
            struct vmm_bcd_element shorter = {.id = e.id, .reg_type = e.reg_type, .data = exact, .len = cut};
            if (cut >= 32) vmm_put32(exact + 0x18, (uint32_t)cut - 16); /* the frame agrees, what is in it does not */
            vmm_bcd_device(&shorter, &disk, &d);
            bad += d.kind == VMM_DEV_BAD;
            vmm_bcd_device_clear(&d);
            free(exact);
        }
        for (size_t at = 0; at < whole; at++)
            for (unsigned x = 1; x < 256; x += 23) {
                e.data[at] ^= (uint8_t)x;
                vmm_bcd_device(&e, &disk, &d);
                vmm_bcd_device_clear(&d);
                e.data[at] ^= (uint8_t)x;
            }
        free(e.data);
        free(hex[h]);
    }
    assert_true(bad > 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gpt_partition_is_found_on_its_disk),
        cmocka_unit_test(an_mbr_partition_is_found_by_signature_and_place),
        cmocka_unit_test(a_partition_of_another_disk_is_none_of_this_one),
        cmocka_unit_test(two_partitions_with_one_identity_are_not_guessed_between),
        cmocka_unit_test(what_is_made_for_a_partition_decodes_to_it),
        cmocka_unit_test(a_disk_without_identity_makes_no_device),
        cmocka_unit_test(boot_and_locate_are_what_they_say),
        cmocka_unit_test(a_memory_disk_has_a_path_options_and_a_place),
        cmocka_unit_test(a_file_has_a_path_and_a_place),
        cmocka_unit_test(a_partition_inside_a_virtual_disk_leads_to_the_file_it_lives_in),
        cmocka_unit_test(a_virtual_disk_to_be_searched_names_the_element_and_the_file),
        cmocka_unit_test(a_device_cut_short_anywhere_or_with_any_byte_wrong_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
