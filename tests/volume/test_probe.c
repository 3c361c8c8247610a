/* The first look: what is taken for a disk, and what is refused before anything opens it.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/volume/help.h"

enum { MIB = 1 << 20 };

static enum vmm_code probe(const char *target, const char *format, struct vmm_probe *p, struct vmm_error *err) {
    *err = (struct vmm_error){0};
    return vmm_probe_target(target, format, p, err) == 0 ? VMM_OK : err->code;
}

static void is(const char *target, const char *format, const char *expected, uint64_t size) {
    struct vmm_probe p;
    struct vmm_error err;
    if (probe(target, format, &p, &err) != VMM_OK) fail_msg("%s: %s", target, err.message);
    assert_string_equal(p.format, expected);
    assert_int_equal(p.size, size);
    assert_null(p.in_use);
    vmm_probe_clear(&p);
}

static void refused(const char *target, const char *format, enum vmm_code code) {
    struct vmm_probe p;
    struct vmm_error err;
    enum vmm_code got = probe(target, format, &p, &err);
    if (got != code) print_error("%s: %s\n", target, err.message);
    assert_int_equal(got, code);
    assert_true(err.message[0] != '\0');
}

static const char *mbr(void **state, const char *name) {
    static const uint8_t mark[2] = {0x55, 0xaa};
    return put(state, name, 2 * MIB, 510, mark, 2);
}

static void what_is_no_disk_is_refused_in_words(void **state) {
    struct vmm_error err;
    struct vmm_probe p;
    refused(put(state, "notes.txt", 12, 0, "just a text\n", 12), NULL, VMM_E_NOT_A_DISK);
    refused(put(state, "empty.img", 0, 0, "", 0), NULL, VMM_E_UNREADABLE);
    refused(in(state, "missing.img"), NULL, VMM_E_NOT_FOUND);
    refused("/dev/null", NULL, VMM_E_NOT_A_DISK);
    refused("", NULL, VMM_E_USAGE);
    refused(put(state, "packed.img", 2 * MIB, 0, "\xfd" "7zXZ\0", 6), NULL, VMM_E_NOT_A_DISK);
    assert_int_equal(probe(in(state, "packed.img"), NULL, &p, &err), VMM_E_NOT_A_DISK);
    assert_non_null(strstr(err.hint, "xz -dk"));
    refused(mbr(state, "disk.img"), "qcow3", VMM_E_USAGE);
    assert_int_equal(mkfifo(in(state, "pipe"), 0600), 0);
    refused(in(state, "pipe"), NULL, VMM_E_NOT_A_DISK);
}

static void a_file_that_may_not_be_read_is_said_to_be_that(void **state) {
    const char *path = mbr(state, "disk.img");
    assert_int_equal(chmod(path, 0), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct vmm_probe p;
        struct vmm_error err;
        if (geteuid() == 0 && setuid(65534) < 0) _exit(9);
        _exit(probe(path, NULL, &p, &err) == VMM_E_UNREADABLE && err.hint[0] ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

static void raw_disks_are_told_by_their_first_or_last_sector(void **state) {
    is(mbr(state, "a"), NULL, "raw", 2 * MIB);
    is(put(state, "b.img", 2 * MIB, 512, "EFI PART", 8), NULL, "raw", 2 * MIB);
    is(put(state, "c", 2 * MIB, 2 * MIB - 512, "EFI PART", 8), NULL, "raw", 2 * MIB);
    is(put(state, "d", 2 * MIB, 3, "NTFS    ", 8), NULL, "raw", 2 * MIB);
    is(put(state, "e", 2 * MIB, 3, "-FVE-FS-", 8), NULL, "raw", 2 * MIB);
    is(put(state, "zeros.raw", 2 * MIB, 0, "", 0), NULL, "raw", 2 * MIB);
    refused(put(state, "f", 2 * MIB, 100, "some other thing", 16), NULL, VMM_E_NOT_A_DISK);
    is(in(state, "f"), "raw", "raw", 2 * MIB);
}

static void a_hive_is_told_by_its_content(void **state) {
    struct vmm_probe p;
    struct vmm_error err;
    const char *path = put(state, "BCD.img", 8192, 0, "regf", 4);
    assert_int_equal(probe(path, NULL, &p, &err), VMM_OK);
    assert_int_equal(p.kind, VMM_TARGET_HIVE_FILE);
    assert_string_equal(p.format, "");
    vmm_probe_clear(&p);
}

struct qcow2 {
    uint8_t h[104];
};

static struct qcow2 qcow2(uint32_t version) {
    struct qcow2 q = {"QFI\xfb"};
    q.h[7] = (uint8_t)version;
    q.h[24 + 4] = 0x10; /* 256 MiB */
    return q;
}

static void a_qcow2_with_another_file_is_refused(void **state) {
    struct qcow2 q = qcow2(3);
    is(put(state, "good.qcow2", MIB, 0, q.h, 104), NULL, "qcow2", 256 * MIB);
    q = qcow2(2);
    is(put(state, "old.qcow2", MIB, 0, q.h, 72), NULL, "qcow2", 256 * MIB);
    q.h[15] = 72;
    q.h[19] = 11;
    refused(put(state, "backed.qcow2", MIB, 0, q.h, 72), NULL, VMM_E_UNSUPPORTED);
    refused(in(state, "backed.qcow2"), "qcow2", VMM_E_UNSUPPORTED);
    q = qcow2(3);
    q.h[79] = 4;
    refused(put(state, "data.qcow2", MIB, 0, q.h, 104), NULL, VMM_E_UNSUPPORTED);
    q = qcow2(3);
    q.h[35] = 1;
    refused(put(state, "secret.qcow2", MIB, 0, q.h, 104), NULL, VMM_E_UNSUPPORTED);
    refused(put(state, "short.qcow2", 20, 0, q.h, 20), NULL, VMM_E_BROKEN);
    refused(mbr(state, "disk.qcow2"), "qcow2", VMM_E_BROKEN);
}

static void a_raw_disk_that_begins_with_a_qcow2_header_is_refused(void **state) {
    struct qcow2 q = qcow2(2);
    q.h[15] = 72;
    q.h[19] = 11;
    static const char *const names[] = {"disk.img", "disk.raw", "disk.DD", "disk.vhd"};
    for (size_t i = 0; i < VMM_COUNT(names); i++) {
        put(state, names[i], 2 * MIB, 0, q.h, 72);
        put(state, names[i], 2 * MIB, 72, "/etc/shadow", 11);
        refused(in(state, names[i]), NULL, VMM_E_UNSUPPORTED);
        refused(in(state, names[i]), "qcow2", VMM_E_UNSUPPORTED);
        is(in(state, names[i]), "raw", "raw", 2 * MIB); /* the person says so */
    }
    refused(put(state, "neutral", 2 * MIB, 0, q.h, 72), NULL, VMM_E_UNSUPPORTED);
    refused(put(state, "x.img", 2 * MIB, 0, "vhdxfile", 8), NULL, VMM_E_UNSUPPORTED);
    refused(put(state, "y.img", 2 * MIB, 0, "KDMV", 4), NULL, VMM_E_UNSUPPORTED);
}

/* A footer with a good checksum. */
static void footer(uint8_t f[512], uint32_t type, uint64_t size) {
    memset(f, 0, 512);
    memcpy(f, "conectix", 8);
    for (int i = 0; i < 8; i++) f[48 + i] = (uint8_t)(size >> (56 - 8 * i));
    f[63] = (uint8_t)type;
    uint32_t sum = 0;
    for (int i = 0; i < 512; i++) sum += f[i];
    for (int i = 0; i < 4; i++) f[64 + i] = (uint8_t)(~sum >> (24 - 8 * i));
}

static void vhds_are_told_fixed_dynamic_and_differencing(void **state) {
    uint8_t f[512];
    footer(f, 2, MIB);
    mbr(state, "fixed.vhd");
    is(put(state, "fixed.vhd", MIB + 512, MIB, f, 512), NULL, "vpc", MIB);
    rename(in(state, "fixed.vhd"), in(state, "fixed.img"));
    is(in(state, "fixed.img"), NULL, "vpc", MIB);
    put(state, "forged.vhd", MIB + 512, MIB, f, 512);
    put(state, "forged.vhd", MIB + 512, 0, "vhdxfile", 8); /* what a guest can write into its first sector */
    refused(in(state, "forged.vhd"), NULL, VMM_E_UNSUPPORTED);
    footer(f, 2, 5 * MIB);
    refused(put(state, "cut.vhd", MIB + 512, MIB, f, 512), NULL, VMM_E_BROKEN);
    footer(f, 3, 5 * MIB);
    is(put(state, "dynamic.vhd", MIB, 0, f, 512), NULL, "vpc", 5 * MIB);
    footer(f, 4, 5 * MIB);
    refused(put(state, "child.vhd", MIB, 0, f, 512), NULL, VMM_E_UNSUPPORTED);
    f[70] ^= 1;
    refused(put(state, "damaged.vhd", MIB, 0, f, 512), NULL, VMM_E_BROKEN);
}

static void a_vmdk_that_names_other_files_is_refused(void **state) {
    static const char descriptor[] = "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\nRW 100 FLAT \"/etc/shadow\" 0\n";
    static const char child[] = "# Disk DescriptorFile\nCID=1\nparentCID=12345678\nparentFileNameHint=\"/etc/shadow\"\n";
    static const char sole[] =
        "# Disk DescriptorFile\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\nRW 100 SPARSE \"x.vmdk\"\n";
    uint8_t h[512] = "KDMV";
    refused(put(state, "text.vmdk", sizeof descriptor, 0, descriptor, sizeof descriptor), NULL, VMM_E_UNSUPPORTED);
    refused(in(state, "text.vmdk"), "vmdk", VMM_E_UNSUPPORTED);
    vmm_put64(h + 12, 2048);
    vmm_put64(h + 28, 1);
    vmm_put64(h + 36, 20);
    put(state, "sole.vmdk", MIB, 0, h, 512);
    is(put(state, "sole.vmdk", MIB, 512, sole, sizeof sole), NULL, "vmdk", MIB);
    put(state, "child.vmdk", MIB, 0, h, 512);
    refused(put(state, "child.vmdk", MIB, 512, child, sizeof child), NULL, VMM_E_UNSUPPORTED);
    vmm_put64(h + 28, UINT64_MAX);
    refused(put(state, "lost.vmdk", MIB, 0, h, 512), NULL, VMM_E_BROKEN);
    vmm_put64(h + 12, 0);
    refused(put(state, "flat.vmdk", MIB, 0, h, 512), NULL, VMM_E_UNSUPPORTED);
}

static void what_qemu_makes_is_recognised(void **state) {
    static const struct {
        const char *name, *type, *options, *expected;
    } made[] = {{"a.qcow2", "qcow2", "", "qcow2"}, {"b.vhdx", "vhdx", "", "vhdx"}, {"c.vmdk", "vmdk", "", "vmdk"},
                {"d.vhd", "vpc", "", "vpc"}, {"e.vhd", "vpc", "-o subformat=fixed,force_size", "vpc"}};
    if (!have("qemu-img")) {
        print_message("skipped: qemu-img is not here\n");
        skip();
    }
    for (size_t i = 0; i < VMM_COUNT(made); i++) {
        char command[700];
        snprintf(command, sizeof command, "qemu-img create -q -f %s %s %s 64M", made[i].type, made[i].options,
                 in(state, made[i].name));
        assert_int_equal(system(command), 0);
        struct vmm_probe p;
        struct vmm_error err;
        if (probe(in(state, made[i].name), NULL, &p, &err) != VMM_OK) fail_msg("%s", err.message);
        assert_string_equal(p.format, made[i].expected);
        assert_true(p.size >= 64 * MIB && p.size < 65 * MIB); /* VHD rounds to cylinders */
        vmm_probe_clear(&p);
    }
    char command[700];
    snprintf(command, sizeof command, "qemu-img create -q -f qcow2 -b %s -F qcow2 %s", in(state, "a.qcow2"),
             in(state, "child.qcow2"));
    assert_int_equal(system(command), 0);
    refused(in(state, "child.qcow2"), NULL, VMM_E_UNSUPPORTED);
}

static void the_disk_this_machine_runs_from_is_listed_and_refused(void **state) {
    (void)state;
    struct vmm_candidate *list;
    size_t count, checked = 0;
    struct vmm_error err;
    struct stat st;
    assert_int_equal(vmm_disks(&list, &count, &err), 0);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(list[i].probe.path);
        assert_non_null(list[i].model);
        if (stat("/", &st) < 0 || access(list[i].probe.path, F_OK) < 0) continue;
        struct stat disk;
        if (stat(list[i].probe.path, &disk) < 0 || disk.st_rdev != st.st_dev) continue;
        checked++;
        assert_non_null(list[i].refused);
        refused(list[i].probe.path, NULL, VMM_E_IN_USE);
        assert_true(list[i].probe.size > 0);
    }
    vmm_candidates_free(list, count);
    if (checked == 0) {
        print_message("skipped: / is not straight on a disk here\n");
        skip();
    }
}

#define in_scratch(test) cmocka_unit_test_setup_teardown(test, scratch, tidy)
int main(void) {
    const struct CMUnitTest tests[] = {
        in_scratch(what_is_no_disk_is_refused_in_words),
        in_scratch(a_file_that_may_not_be_read_is_said_to_be_that),
        in_scratch(raw_disks_are_told_by_their_first_or_last_sector),
        in_scratch(a_hive_is_told_by_its_content),
        in_scratch(a_qcow2_with_another_file_is_refused),
        in_scratch(a_raw_disk_that_begins_with_a_qcow2_header_is_refused),
        in_scratch(vhds_are_told_fixed_dynamic_and_differencing),
        in_scratch(a_vmdk_that_names_other_files_is_refused),
        in_scratch(what_qemu_makes_is_recognised),
        in_scratch(the_disk_this_machine_runs_from_is_listed_and_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
