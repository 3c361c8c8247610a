/* The health of real volumes, and that broken ones are read within their bounds.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/volume/ntfs_images.h"
#include "volume/table.h"

struct image {
    uint8_t *bytes;
    uint64_t size, start; /* start of the window that is looked at */
};

static int read_image(void *ctx, uint64_t offset, void *data, size_t len, struct vmm_error *err) {
    const struct image *i = ctx;
    if (offset > i->size - i->start || len > i->size - i->start - offset) return vmm_fail(err, VMM_E_UNREADABLE, NULL, "outside");
    memcpy(data, i->bytes + i->start + offset, len);
    return 0;
}

static const struct {
    const char *file;
    size_t part;
    const char *fs;
    enum vmm_health health;
    const char *label;
} real[] = {
    {"ntfs/SampleTinyNtfsVolume_partition.dd.xz", 0, "ntfs", VMM_HEALTH_JOURNAL, "New Volume"},
    {"ntfs/dfir-orc_ntfs.vhd.xz", 0, "ntfs", VMM_HEALTH_OK, "New Volume"},
    {"ntfs/dfir_ntfs_ntfs3.raw.xz", 0, "ntfs", VMM_HEALTH_OK, ""},
    {"ntfs/dftt10_10-ntfs-disk.dd.xz", 1, "ntfs", VMM_HEALTH_OK, NULL},
    {"ntfs/dissect_ntfs.bin.xz", 0, "ntfs", VMM_HEALTH_OK, "New Volume"},
    {"ntfs/synthetic_dev_clean.img.xz", 0, "vfat", VMM_HEALTH_NOT_NTFS, "SYSTEM"},
    {"ntfs/synthetic_dev_clean.img.xz", 1, "ntfs", VMM_HEALTH_OK, "Windows"},
    {"ntfs/synthetic_dev_dirtyflag.img.xz", 1, "ntfs", VMM_HEALTH_DIRTY, "Windows"},
    {"ntfs/util-linux_ntfs.img.xz", 0, "ntfs", VMM_HEALTH_OK, "Новый том"},
    {"bitlocker/cryptsetup_bitlk-aes-cbc-128.img.xz", 0, "BitLocker", VMM_HEALTH_ENCRYPTED, NULL},
    {"bitlocker/cryptsetup_bitlk-partially-encrypted-aes-cbc-128.img.xz", 0, "BitLocker", VMM_HEALTH_ENCRYPTED, NULL},
    {"bitlocker/cryptsetup_bitlk-togo-aes-cbc-128.img.xz", 0, "BitLocker", VMM_HEALTH_ENCRYPTED, NULL},
    {"bitlocker/dissect.fve_recovery_password.bin.xz", 0, "BitLocker", VMM_HEALTH_ENCRYPTED, NULL},
};

/* Unpacks a file of the corpus, skipping the test where there is none. */
static struct image unpack(const char *file) {
    char command[512];
    struct image i = {0};
    snprintf(command, sizeof command, CORPUS "/%s", file);
    if (access(command, R_OK) < 0 || !have("xz")) {
        print_message("skipped: %s or xz is not here\n", command);
        skip();
    }
    snprintf(command, sizeof command, "xz -dc " CORPUS "/%s", file);
    FILE *f = popen(command, "r");
    size_t cap = 0;
    for (size_t n = 1; n > 0; i.size += n) {
        if (cap - i.size < 1 << 20) i.bytes = vmm_realloc(i.bytes, cap = cap ? cap * 2 : 16 << 20, 1);
        n = fread(i.bytes + i.size, 1, cap - i.size, f);
    }
    assert_int_equal(pclose(f), 0);
    return i;
}

static void forget(struct vmm_part *p) {
    free(p->label);
    free(p->health_text);
}

static void look_at(struct image *i, uint64_t start, uint64_t size, struct vmm_part *p) {
    i->start = start;
    struct vmm_reader r = {read_image, i, size};
    vmm_health_look(&r, p);
}

static void real_volumes_are_told_clean_dirty_and_encrypted(void **state) {
    (void)state;
    for (size_t k = 0; k < VMM_COUNT(real); k++) {
        struct image i = unpack(real[k].file);
        struct vmm_reader r = {read_image, &i, i.size};
        struct vmm_disk d = {0};
        struct vmm_part p = {0};
        assert_int_equal(vmm_table_read(&r, 0, &d, NULL), 0);
        if (d.part_count) assert_true(real[k].part < d.part_count);
        look_at(&i, d.part_count ? d.parts[real[k].part].offset : 0, d.part_count ? d.parts[real[k].part].size : i.size, &p);
        if (p.health != real[k].health) print_error("%s\n", real[k].file);
        assert_string_equal(p.fs, real[k].fs);
        assert_int_equal(p.health, real[k].health);
        if (real[k].label) assert_string_equal(p.label, real[k].label);
        assert_int_equal(p.health_text != NULL, p.health != VMM_HEALTH_OK && p.health != VMM_HEALTH_NOT_NTFS);
        assert_int_equal(p.writable, p.health == VMM_HEALTH_OK || p.health == VMM_HEALTH_NOT_NTFS);
        forget(&p);
        for (size_t n = 0; n < d.part_count; n++) free(d.parts[n].label);
        free(d.parts);
        free(d.identity);
        free(i.bytes);
    }
}

static uint64_t find_page(const struct image *i, const char *magic) {
    for (uint64_t at = 0; at + 4096 <= i->size; at += 512)
        if (memcmp(i->bytes + at, magic, 4) == 0) return at;
    return 0;
}

/* The restart pages of a clean volume, changed to say what Windows 8 and later write while the volume is mounted. */
static void a_journal_of_version_2_still_holds_changes(void **state) {
    (void)state;
    struct image i = unpack("ntfs/dissect_ntfs.bin.xz");
    struct vmm_part p = {0};
    uint64_t page = find_page(&i, "RSTR");
    assert_true(page != 0);
    for (int n = 0; n < 2; n++) {
        i.bytes[page + (uint64_t)n * 4096 + 28] = 2; /* major */
        i.bytes[page + (uint64_t)n * 4096 + 26] = 0; /* minor */
    }
    look_at(&i, 0, i.size, &p);
    assert_int_equal(p.health, VMM_HEALTH_JOURNAL_CACHED);
    assert_false(p.writable);
    assert_true(p.mountable);
    forget(&p);
    free(i.bytes);
}

static void a_torn_journal_page_is_not_taken_for_a_clean_one(void **state) {
    (void)state;
    struct image i = unpack("ntfs/dissect_ntfs.bin.xz");
    struct vmm_part p = {0};
    uint64_t page = find_page(&i, "RSTR");
    for (int n = 0; n < 2; n++) i.bytes[page + (uint64_t)n * 4096 + 510] ^= 0x40;
    look_at(&i, 0, i.size, &p);
    assert_int_equal(p.health, VMM_HEALTH_JOURNAL);
    forget(&p);
    free(i.bytes);
}

/* Made here, so that it is tested without the corpus; that they are what they are meant to be, the driver's own probe says. */
static void every_state_is_told_apart_and_the_driver_agrees(void **state) {
    if (!can_make_ntfs()) skip();
    char command[700], said[MADE_STATES][600];
    for (int k = 0; k < MADE_STATES; k++) {
        const char *path = in(state, made_states[k].name);
        make_ntfs(path, (enum made)k, 8 << 20);
        if (have("ntfs-3g.probe")) {
            snprintf(command, sizeof command, "ntfs-3g.probe -w '%s' >/dev/null 2>&1", path);
            int status = system(command);
            if (WEXITSTATUS(status) != made_states[k].probe) fail_msg("%s: the driver says %d", made_states[k].name, WEXITSTATUS(status));
        }
        struct image i = {0};
        struct vmm_part p = {0};
        size_t len;
        assert_int_equal(vmm_file_read(path, 1u << 30, &i.bytes, &len, NULL), 0);
        i.size = len;
        look_at(&i, 0, i.size, &p);
        if (p.health != made_states[k].health) fail_msg("%s is taken for %d", made_states[k].name, p.health);
        assert_int_equal(p.writable, p.health == VMM_HEALTH_OK);
        assert_int_equal(p.mountable, p.health != VMM_HEALTH_MIRROR);
        if (k == MADE_HIBERNATED) {
            vmm_health_hiberfile(&p, (const uint8_t *)"HIBR", 4, 65536);
            assert_int_equal(p.health, VMM_HEALTH_HIBERNATED);
            assert_false(p.writable);
            snprintf(said[0], sizeof said[0], "%s", p.health_text);
            vmm_health_fast_startup(&p);
            assert_int_equal(p.health, VMM_HEALTH_FAST_STARTUP);
            assert_string_not_equal(said[0], p.health_text);
        }
        assert_int_equal(p.health_text == NULL, k == MADE_CLEAN);
        snprintf(said[k], sizeof said[k], "%s", p.health_text ? p.health_text : "");
        for (int n = 0; n < k; n++) assert_string_not_equal(said[n], said[k]); /* each is said in words of its own */
        forget(&p);
        free(i.bytes);
    }
}

static void only_what_windows_itself_would_do_is_offered_as_a_repair(void **state) {
    (void)state;
    static const struct {
        enum vmm_health health;
        enum vmm_repair repair;
    } cases[] = {{VMM_HEALTH_OK, VMM_REPAIR_NONE},        {VMM_HEALTH_DIRTY, VMM_REPAIR_NONE},          {VMM_HEALTH_MIRROR, VMM_REPAIR_NONE},
                 {VMM_HEALTH_ENCRYPTED, VMM_REPAIR_NONE}, {VMM_HEALTH_UNREADABLE, VMM_REPAIR_NONE},     {VMM_HEALTH_JOURNAL, VMM_REPAIR_JOURNAL},
                 {VMM_HEALTH_JOURNAL_CACHED, VMM_REPAIR_JOURNAL}, {VMM_HEALTH_HIBERNATED, VMM_REPAIR_SESSION}, {VMM_HEALTH_FAST_STARTUP, VMM_REPAIR_SESSION}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct vmm_part p = {.mountable = true, .fs = "ntfs", .health = cases[i].health};
        assert_int_equal(vmm_repair_for(&p), cases[i].repair);
        assert_int_equal(vmm_repair_words(cases[i].repair) != NULL, cases[i].repair != VMM_REPAIR_NONE);
    }
}

static void every_damaged_byte_of_the_structures_is_survived(void **state) {
    (void)state;
    struct image i = unpack("ntfs/SampleTinyNtfsVolume_partition.dd.xz");
    uint64_t mft = vmm_le64(i.bytes + 48) * i.bytes[13] * 512, ranges[][2] = {{11, 80}, {mft + 2048, mft + 4096}};
    unsigned looked = 0;
    for (size_t k = 0; k < VMM_COUNT(ranges); k++)
        for (uint64_t at = ranges[k][0]; at < ranges[k][1] && at < i.size; at++) {
            static const uint8_t values[] = {0, 0x7f, 0x80, 0xff};
            for (size_t n = 0; n < VMM_COUNT(values); n++) {
                uint8_t old = i.bytes[at];
                struct vmm_part p = {0};
                i.bytes[at] = values[n];
                look_at(&i, 0, i.size, &p);
                if (values[n] != old) looked++;
                assert_int_equal(p.writable, p.health == VMM_HEALTH_OK);
                forget(&p);
                i.bytes[at] = old;
            }
        }
    assert_true(looked > 4000);
    free(i.bytes);
}

static void a_saved_session_is_seen_and_an_empty_file_is_none(void **state) {
    (void)state;
    static const struct {
        const char *head;
        size_t len;
        uint64_t size;
        enum vmm_health expected;
    } cases[] = {{"HIBR", 4, 1 << 20, VMM_HEALTH_HIBERNATED}, {"hibr", 4, 1 << 20, VMM_HEALTH_HIBERNATED},
                 {"RSTR", 4, 1 << 20, VMM_HEALTH_HIBERNATED}, {"\0\0\0\0", 4, 1 << 20, VMM_HEALTH_OK},
                 {"\0", 1, 100, VMM_HEALTH_HIBERNATED},       {"odd", 4, 1 << 20, VMM_HEALTH_HIBERNATED}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        uint8_t head[4096] = {0};
        struct vmm_part p = {.mountable = true, .writable = true};
        memcpy(head, cases[i].head, cases[i].len);
        vmm_health_hiberfile(&p, head, cases[i].size < 4096 ? cases[i].size : 4096, cases[i].size);
        assert_int_equal(p.health, cases[i].expected);
        assert_int_equal(p.writable, cases[i].expected == VMM_HEALTH_OK);
        free(p.health_text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_volumes_are_told_clean_dirty_and_encrypted),
        cmocka_unit_test(a_journal_of_version_2_still_holds_changes),
        cmocka_unit_test(a_torn_journal_page_is_not_taken_for_a_clean_one),
        cmocka_unit_test_setup_teardown(every_state_is_told_apart_and_the_driver_agrees, scratch, tidy),
        cmocka_unit_test(only_what_windows_itself_would_do_is_offered_as_a_repair),
        cmocka_unit_test(every_damaged_byte_of_the_structures_is_survived),
        cmocka_unit_test(a_saved_session_is_seen_and_an_empty_file_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
