/* Partition tables from memory: what a sound one says, and that a hostile one neither loops nor leads outside.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/volume/help.h"
#include "volume/table.h"

enum { SIZE = 1 << 20 };

struct disk {
    uint8_t bytes[SIZE];
    int reads;
};

static int read_memory(void *ctx, uint64_t offset, void *data, size_t len, struct vmm_error *err) {
    struct disk *d = ctx;
    d->reads++;
    if (offset > SIZE || len > SIZE - offset) return vmm_fail(err, VMM_E_INTERNAL, NULL, "outside");
    memcpy(data, d->bytes + offset, len);
    return 0;
}

static struct disk *blank(void) { return vmm_alloc(1, sizeof(struct disk)); }

static int look(struct disk *d, struct vmm_disk *out, struct vmm_error *err) {
    struct vmm_reader r = {read_memory, d, SIZE};
    *out = (struct vmm_disk){0};
    *err = (struct vmm_error){0};
    d->reads = 0;
    return vmm_table_read(&r, 0, out, err);
}

static void release(struct vmm_disk *d) {
    for (size_t i = 0; i < d->part_count; i++) free(d->parts[i].label);
    free(d->parts);
    free(d->identity);
}

static void mbr_entry(uint8_t *sector, int i, uint8_t flag, uint8_t type, uint32_t start, uint32_t count) {
    uint8_t *e = sector + 446 + 16 * i;
    e[0] = flag;
    e[4] = type;
    vmm_put32(e + 8, start);
    vmm_put32(e + 12, count);
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

static const uint8_t basic[16] = {0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44, 0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};

static void seal(struct disk *d, uint32_t sector, uint64_t at, uint64_t entries) {
    uint8_t *h = d->bytes + at * sector;
    memcpy(h, "EFI PART", 8);
    vmm_put32(h + 8, 0x10000);
    vmm_put32(h + 12, 92);
    vmm_put64(h + 24, at);
    memset(h + 56, 0x5a, 16);
    vmm_put64(h + 72, entries);
    vmm_put32(h + 80, 128);
    vmm_put32(h + 84, 128);
    vmm_put32(h + 88, vmm_crc32(d->bytes + entries * sector, 128 * 128));
    vmm_put32(h + 16, 0);
    vmm_put32(h + 16, vmm_crc32(h, 92));
}

/* One basic partition, in slot 3, with both copies of the table. */
static struct disk *gpt(uint32_t sector) {
    struct disk *d = blank();
    uint64_t last = SIZE / sector - 1, copy = last - 128 * 128 / sector, where[2] = {2, copy};
    mbr_entry(d->bytes, 0, 0, 0xee, 1, 0xffffffff);
    for (int i = 0; i < 2; i++) {
        uint8_t *e = d->bytes + where[i] * sector + 2 * 128;
        memcpy(e, basic, 16);
        memset(e + 16, 0x77, 16);
        vmm_put64(e + 32, 64);
        vmm_put64(e + 40, 127);
    }
    seal(d, sector, 1, 2);
    seal(d, sector, last, copy);
    return d;
}

static void check_gpt(struct disk *d, uint32_t sector) {
    struct vmm_disk out;
    struct vmm_error err;
    assert_int_equal(look(d, &out, &err), 0);
    assert_int_equal(out.scheme, VMM_SCHEME_GPT);
    assert_int_equal(out.sector_size, sector);
    assert_int_equal(out.part_count, 1);
    assert_int_equal(out.parts[0].number, 3);
    assert_int_equal(out.parts[0].offset, 64 * sector);
    assert_int_equal(out.parts[0].size, 64 * sector);
    assert_int_equal(out.parts[0].role, VMM_PART_BASIC);
    assert_int_equal(out.parts[0].guid[0], 0x77);
    assert_string_equal(out.identity, "gpt:{5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a}");
    release(&out);
}

static void a_gpt_is_read_with_both_sector_sizes(void **state) {
    (void)state;
    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        struct disk *d = gpt(sector);
        check_gpt(d, sector);
        free(d);
    }
}

static void a_damaged_first_gpt_gives_way_to_the_copy_at_the_end(void **state) {
    (void)state;
    struct disk *d = gpt(512);
    d->bytes[512 + 60] ^= 1;
    check_gpt(d, 512);
    free(d);
    d = gpt(512);
    d->bytes[1024 + 256 + 40] ^= 1; /* an entry: the checksum of the entries no longer fits */
    check_gpt(d, 512);
    free(d);
}

static void two_damaged_copies_are_refused_and_not_taken_for_an_mbr(void **state) {
    (void)state;
    struct disk *d = gpt(512);
    struct vmm_disk out;
    struct vmm_error err;
    d->bytes[512 + 60] ^= 1;
    d->bytes[SIZE - 512 + 60] ^= 1;
    assert_int_equal(look(d, &out, &err), -1);
    assert_int_equal(err.code, VMM_E_BROKEN);
    release(&out);
    free(d);
}

static void gpt_partitions_that_leave_the_disk_are_left_out(void **state) {
    (void)state;
    static const uint64_t bad[][2] = {{64, SIZE / 512}, {100, 99}, {0, 127}, {64, UINT64_MAX}, {UINT64_MAX, UINT64_MAX}};
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        struct disk *d = gpt(512);
        struct vmm_disk out;
        struct vmm_error err;
        vmm_put64(d->bytes + 1024 + 256 + 32, bad[i][0]);
        vmm_put64(d->bytes + 1024 + 256 + 40, bad[i][1]);
        seal(d, 512, 1, 2);
        assert_int_equal(look(d, &out, &err), 0);
        assert_int_equal(out.part_count, 0);
        release(&out);
        free(d);
    }
}

static void counts_and_places_that_lie_make_a_gpt_invalid(void **state) {
    (void)state;
    static const struct {
        unsigned at;
        uint64_t value;
    } lies[] = {{72, UINT64_MAX / 512}, {72, SIZE}, {80, 0xffffffff}, {80, 0}, {84, 0},
                {84, 0xffffffff},       {84, 127},  {12, 0xffffffff}, {12, 0}, {24, 7}};
    for (size_t i = 0; i < VMM_COUNT(lies); i++) {
        struct disk *d = gpt(512);
        uint8_t *h = d->bytes + 512;
        if (lies[i].at == 72 || lies[i].at == 24) vmm_put64(h + lies[i].at, lies[i].value);
        else vmm_put32(h + lies[i].at, (uint32_t)lies[i].value);
        vmm_put32(h + 16, 0);
        vmm_put32(h + 16, vmm_crc32(h, 92));
        check_gpt(d, 512); /* from the copy at the end */
        free(d);
    }
}

static void an_mbr_gives_signature_types_and_the_active_flag(void **state) {
    (void)state;
    struct disk *d = blank();
    struct vmm_disk out;
    struct vmm_error err;
    vmm_put32(d->bytes + 440, 0x28cd42d6);
    mbr_entry(d->bytes, 0, 0x80, 0x07, 8, 8);
    mbr_entry(d->bytes, 1, 0, 0x27, 16, 8);
    assert_int_equal(look(d, &out, &err), 0);
    assert_int_equal(out.scheme, VMM_SCHEME_MBR);
    assert_int_equal(out.mbr_signature, 0x28cd42d6);
    assert_int_equal(out.part_count, 2);
    assert_true(out.parts[0].active && out.parts[0].mbr_type == 7 && out.parts[0].role == VMM_PART_BASIC &&
                out.parts[0].offset == 4096);
    assert_true(!out.parts[1].active && out.parts[1].role == VMM_PART_RECOVERY);
    assert_string_equal(out.identity, "mbr:28cd42d6:1048576");
    release(&out);
    free(d);
}

static void logical_partitions_are_numbered_from_five(void **state) {
    (void)state;
    struct disk *d = blank();
    struct vmm_disk out;
    struct vmm_error err;
    mbr_entry(d->bytes, 0, 0, 0x0f, 100, 900);
    mbr_entry(d->bytes + 100 * 512, 0, 0, 0x07, 10, 20);
    mbr_entry(d->bytes + 100 * 512, 1, 0, 0x05, 50, 50);
    mbr_entry(d->bytes + 150 * 512, 0, 0, 0x0b, 5, 20);
    assert_int_equal(look(d, &out, &err), 0);
    assert_int_equal(out.part_count, 2);
    assert_true(out.parts[0].number == 5 && out.parts[0].offset == 110 * 512);
    assert_true(out.parts[1].number == 6 && out.parts[1].offset == 155 * 512);
    release(&out);
    free(d);
}

static void a_chain_of_logical_partitions_that_turns_back_ends(void **state) {
    (void)state;
    struct disk *d = blank();
    struct vmm_disk out;
    struct vmm_error err;
    mbr_entry(d->bytes, 0, 0, 0x05, 100, 900);
    mbr_entry(d->bytes + 100 * 512, 0, 0, 0x07, 10, 20);
    mbr_entry(d->bytes + 100 * 512, 1, 0, 0x05, 50, 50);
    mbr_entry(d->bytes + 150 * 512, 0, 0, 0x07, 5, 20);
    mbr_entry(d->bytes + 150 * 512, 1, 0, 0x05, 50, 50); /* itself */
    assert_int_equal(look(d, &out, &err), 0);
    assert_true(d->reads < 10);
    assert_int_equal(out.part_count, 2);
    release(&out);
    vmm_put32(d->bytes + 150 * 512 + 462 + 8, 0xffffffff); /* behind the end */
    assert_int_equal(look(d, &out, &err), 0);
    assert_int_equal(out.part_count, 2);
    release(&out);
    free(d);
}

static void mbr_partitions_that_leave_the_disk_are_left_out(void **state) {
    (void)state;
    struct disk *d = blank();
    struct vmm_disk out;
    struct vmm_error err;
    mbr_entry(d->bytes, 0, 0, 0x07, 8, 0xffffffff);
    mbr_entry(d->bytes, 1, 0, 0x07, 0xffffffff, 0xffffffff);
    mbr_entry(d->bytes, 2, 0, 0x07, 0, 8);
    assert_int_equal(look(d, &out, &err), 0);
    assert_int_equal(out.part_count, 0);
    release(&out);
    free(d);
}

static void a_disk_of_zeros_has_no_table(void **state) {
    (void)state;
    struct disk *d = blank();
    struct vmm_disk out;
    struct vmm_error err;
    assert_int_equal(look(d, &out, &err), 0);
    assert_int_equal(out.scheme, VMM_SCHEME_NONE);
    assert_int_equal(out.part_count, 0);
    release(&out);
    free(d);
}

static void a_boot_sector_is_not_taken_for_a_table(void **state) {
    (void)state;
    struct disk *d = blank();
    struct vmm_disk out;
    struct vmm_error err;
    memcpy(d->bytes + 3, "NTFS    ", 8);
    mbr_entry(d->bytes, 0, 0, 0x07, 8, 8);
    assert_int_equal(look(d, &out, &err), 0);
    assert_int_equal(out.scheme, VMM_SCHEME_NONE);
    release(&out);
    free(d);
}

static void a_partition_past_the_end_is_left_out_and_the_disk_called_cut_short(void **state) {
    (void)state;
    struct disk *d = blank();
    struct vmm_disk out;
    struct vmm_error err;
    mbr_entry(d->bytes, 0, 0x80, 0x07, 64, 512);
    vmm_put32(d->bytes + 0x1b8, 0x11223344);
    assert_int_equal(look(d, &out, &err), 0);
    assert_int_equal(out.part_count, 1);
    assert_false(out.cut_short);
    release(&out);
    mbr_entry(d->bytes, 1, 0, 0x07, 1024, SIZE / 512);
    assert_int_equal(look(d, &out, &err), 0);
    assert_int_equal(out.part_count, 1);
    assert_true(out.cut_short);
    release(&out);
    free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gpt_is_read_with_both_sector_sizes),
        cmocka_unit_test(a_partition_past_the_end_is_left_out_and_the_disk_called_cut_short),
        cmocka_unit_test(a_damaged_first_gpt_gives_way_to_the_copy_at_the_end),
        cmocka_unit_test(two_damaged_copies_are_refused_and_not_taken_for_an_mbr),
        cmocka_unit_test(gpt_partitions_that_leave_the_disk_are_left_out),
        cmocka_unit_test(counts_and_places_that_lie_make_a_gpt_invalid),
        cmocka_unit_test(an_mbr_gives_signature_types_and_the_active_flag),
        cmocka_unit_test(logical_partitions_are_numbered_from_five),
        cmocka_unit_test(a_chain_of_logical_partitions_that_turns_back_ends),
        cmocka_unit_test(mbr_partitions_that_leave_the_disk_are_left_out),
        cmocka_unit_test(a_disk_of_zeros_has_no_table),
        cmocka_unit_test(a_boot_sector_is_not_taken_for_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
