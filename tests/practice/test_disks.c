/* Practice disks as they come out of one appliance start, looked at from outside with readers that did not make them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <blkid/blkid.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "vmmedic/bcd.h"
#include "vmmedic/practice.h"

enum { DISKS = 3, PARTS_MAX = 3, BLOCK = 1 << 16 };

/* What was asked for, and what a look from outside found. */
struct made {
    const char *name, *scenario;
    int gen;
    char *file, *raw;       /* raw: the image's content as a plain file */
    struct vmm_disk disk;   /* as libblkid sees it */
    struct vmm_part parts[PARTS_MAX];
    struct vmm_hive *bcd, *system, *software;
    unsigned hives;
};
struct lab {
    char folder[64];
    struct made made[DISKS];
    unsigned told; /* how often the progress spoke */
};

/* ---- looking ---- */

static void guid_from_text(const char *text, uint8_t guid[16]) {
    assert_non_null(text);
    assert_int_equal(vmm_guid_parse(text, guid), 0);
}

static void look_at_partitions(struct made *m) {
    blkid_probe probe = blkid_new_probe_from_filename(m->raw);
    assert_non_null(probe);
    blkid_probe_enable_partitions(probe, 1);
    blkid_partlist list = blkid_probe_get_partitions(probe);
    assert_non_null(list);
    blkid_parttable table = blkid_partlist_get_table(list);
    m->disk.scheme = strcmp(blkid_parttable_get_type(table), "gpt") ? VMM_SCHEME_MBR : VMM_SCHEME_GPT;
    if (m->disk.scheme == VMM_SCHEME_GPT) guid_from_text(blkid_parttable_get_id(table), m->disk.gpt_guid);
    else m->disk.mbr_signature = (uint32_t)strtoul(blkid_parttable_get_id(table), NULL, 16);
    m->disk.part_count = (size_t)blkid_partlist_numof_partitions(list);
    m->disk.parts = m->parts;
    assert_in_range(m->disk.part_count, 1, PARTS_MAX);
    for (int i = 0; i < (int)m->disk.part_count; i++) {
        blkid_partition p = blkid_partlist_get_partition(list, i);
        struct vmm_part *part = &m->parts[i];
        part->number = blkid_partition_get_partno(p);
        part->offset = (uint64_t)blkid_partition_get_start(p) * 512;
        part->size = (uint64_t)blkid_partition_get_size(p) * 512;
        part->mbr_type = (uint8_t)blkid_partition_get_type(p);
        part->active = blkid_partition_get_flags(p) == 0x80;
        if (m->disk.scheme != VMM_SCHEME_GPT) continue;
        guid_from_text(blkid_partition_get_uuid(p), part->guid);
        guid_from_text(blkid_partition_get_type_string(p), part->type_guid);
    }
    blkid_free_probe(probe);
}

/* Which of the three a hive is, told by what only it has. */
static void keep_hive(struct made *m, struct vmm_hive *h) {
    vmm_key key;
    struct vmm_hive **place = NULL;
    if (vmm_key_child(h, vmm_hive_root(h), "Objects", &key) == VMM_SET) place = &m->bcd;
    else if (vmm_key_child(h, vmm_hive_root(h), "Select", &key) == VMM_SET) place = &m->system;
    else if (vmm_key_child(h, vmm_hive_root(h), "Microsoft", &key) == VMM_SET) place = &m->software;
    m->hives++;
    assert_non_null(place);
    assert_null(*place);
    *place = h;
}

static void look_for_hives(struct made *m) {
    int fd = open(m->raw, O_RDONLY);
    assert_true(fd >= 0);
    uint8_t *block = vmm_alloc(1, BLOCK);
    for (off_t at = 0; pread(fd, block, BLOCK, at) == BLOCK; at += BLOCK)
        for (off_t i = 0; i < BLOCK; i += 512) {
            if (memcmp(block + i, "regf", 4)) continue;
            size_t len = 4096 + (size_t)vmm_le32(block + i + 40);
            assert_in_range(len, 8192, 1 << 22);
            uint8_t *data = vmm_alloc(1, len);
            struct vmm_error err = {0};
            assert_int_equal(pread(fd, data, len, at + i), len);
            struct vmm_hive *h = vmm_hive_open(data, len, NULL, &err);
            free(data);
            assert_string_equal(err.message, "");
            keep_hive(m, h);
        }
    free(block);
    close(fd);
}

/* Copies a partition into a file of its own, for tools that want one. */
static char *part_file(const struct lab *lab, const struct made *m, const struct vmm_part *part) {
    char *path = vmm_printf("%s/part", lab->folder);
    int from = open(m->raw, O_RDONLY), to = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    static const uint8_t zero[BLOCK];
    uint8_t *block = vmm_alloc(1, BLOCK);
    assert_true(from >= 0 && to >= 0);
    assert_int_equal(ftruncate(to, (off_t)part->size), 0);
    for (uint64_t at = 0; at < part->size; at += BLOCK) {
        assert_int_equal(pread(from, block, BLOCK, (off_t)(part->offset + at)), BLOCK);
        if (memcmp(block, zero, BLOCK)) assert_int_equal(pwrite(to, block, BLOCK, (off_t)at), BLOCK);
    }
    free(block);
    close(from);
    close(to);
    return path;
}

/* Exit status of a command with the partition's file as its last word. */
static int asked(const struct lab *lab, const struct made *m, size_t part, const char *tool) {
    char *path = part_file(lab, m, &m->parts[part]), *command = vmm_printf("%s %s >/dev/null 2>&1", tool, path);
    int status = system(command);
    unlink(path);
    free(path);
    free(command);
    return status;
}

static size_t windows_part(const struct made *m) { return m->disk.part_count - 1; }

/* ---- the one appliance start ---- */

static int count_stages(void *ctx, const char *stage, unsigned long long done, unsigned long long total) {
    struct lab *lab = ctx;
    (void)stage, (void)done, (void)total;
    lab->told++;
    return 0;
}

static int make_disks(void **state) {
    struct lab *lab = *state = vmm_alloc(1, sizeof *lab);
    const struct made wanted[DISKS] = {{.name = "one.img", .scenario = "safe-mode-minimal", .gen = 1},
                                       {.name = "two.img", .scenario = "healthy", .gen = 2},
                                       {.name = "three.qcow2", .scenario = "safe-mode-network", .gen = 2}};
    struct vmm_practice list[DISKS];
    struct vmm_error err = {0};
    strcpy(lab->folder, "/tmp/practice-test_disks-XXXXXX");
    if (!mkdtemp(lab->folder)) return -1;
    for (size_t i = 0; i < DISKS; i++) {
        lab->made[i] = wanted[i];
        lab->made[i].file = vmm_printf("%s/%s", lab->folder, wanted[i].name);
        list[i] = (struct vmm_practice){lab->made[i].file, wanted[i].scenario, wanted[i].gen};
    }
    int rc = vmm_practice_make(list, DISKS, (struct vmm_progress){.fn = count_stages, .ctx = lab}, &err);
    if (rc) print_message("%s\n", err.message);
    for (size_t i = 0; !rc && i < DISKS; i++) {
        struct made *m = &lab->made[i];
        bool raw = !strstr(m->name, ".qcow2");
        m->raw = raw ? vmm_strdup(m->file) : vmm_printf("%s.raw", m->file);
        char *command = vmm_printf("qemu-img convert -f qcow2 -O raw %s %s", m->file, m->raw);
        if (!raw) rc = system(command);
        free(command);
    }
    return rc;
}

static int remove_disks(void **state) {
    struct lab *lab = *state;
    for (size_t i = 0; i < DISKS; i++) {
        free(lab->made[i].file);
        free(lab->made[i].raw);
        vmm_hive_close(lab->made[i].bcd);
        vmm_hive_close(lab->made[i].system);
        vmm_hive_close(lab->made[i].software);
    }
    vmm_remove_tree(lab->folder, NULL);
    free(lab);
    return 0;
}

/* ---- promises ---- */

static void images_are_sparse_and_of_the_format_their_name_asks_for(void **state) {
    struct lab *lab = *state;
    for (size_t i = 0; i < DISKS; i++) {
        struct stat st;
        char magic[4] = "";
        assert_int_equal(stat(lab->made[i].file, &st), 0);
        assert_in_range(st.st_blocks * 512, 1 << 20, 16 << 20);
        int fd = open(lab->made[i].file, O_RDONLY);
        assert_int_equal(read(fd, magic, 4), 4);
        close(fd);
        assert_int_equal(!memcmp(magic, "QFI\xfb", 4), strstr(lab->made[i].name, ".qcow2") != NULL);
    }
    assert_true(lab->told > DISKS);
}

static void partitions_are_those_of_the_generation(void **state) {
    struct lab *lab = *state;
    static const char *const types[] = {"{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}", "{e3c9e316-0b5c-4db8-817d-f92df00215ae}",
                                        "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}"};
    for (size_t i = 0; i < DISKS; i++) {
        struct made *m = &lab->made[i];
        look_at_partitions(m);
        assert_int_equal(m->disk.scheme, m->gen == 1 ? VMM_SCHEME_MBR : VMM_SCHEME_GPT);
        assert_int_equal(m->disk.part_count, m->gen == 1 ? 2 : 3);
        assert_int_equal(m->parts[0].offset, 1 << 20);
        for (size_t k = 0; k < m->disk.part_count; k++) {
            char text[39];
            vmm_guid_text(m->parts[k].type_guid, text);
            if (m->gen == 2) assert_string_equal(text, types[k]);
            else assert_int_equal(m->parts[k].mbr_type, 7);
        }
        if (m->gen == 1) assert_true(m->parts[0].active && !m->parts[1].active);
    }
    assert_memory_not_equal(lab->made[1].disk.gpt_guid, lab->made[2].disk.gpt_guid, 16); /* no two disks are alike */
}

static void the_backup_gpt_is_sound_too(void **state) {
    struct lab *lab = *state;
    for (size_t i = 0; i < DISKS; i++) {
        if (lab->made[i].gen != 2) continue;
        char *command = vmm_printf("sgdisk -v %s | grep -q 'No problems found'", lab->made[i].raw);
        assert_int_equal(system(command), 0);
        free(command);
    }
}

static void file_systems_are_clean(void **state) {
    struct lab *lab = *state;
    for (size_t i = 0; i < 2; i++) { /* one of each generation */
        struct made *m = &lab->made[i];
        assert_int_equal(asked(lab, m, windows_part(m), "ntfs-3g.probe --readwrite"), 0);
        assert_int_equal(asked(lab, m, 0, m->gen == 1 ? "ntfs-3g.probe --readwrite" : "fsck.vfat -n"), 0);
    }
}

static void boot_sectors_know_where_their_partition_begins(void **state) {
    struct lab *lab = *state;
    for (size_t i = 0; i < DISKS; i++) {
        struct made *m = &lab->made[i];
        int fd = open(m->raw, O_RDONLY);
        for (size_t k = 0; k < m->disk.part_count; k++) {
            const struct vmm_part *p = &m->parts[k];
            const uint64_t places[] = {p->offset, p->offset + p->size - 512};
            bool is_ntfs = m->gen == 1 || k == 2;
            uint8_t sector[512];
            if (m->gen == 2 && k == 1) continue; /* the reserved partition has no file system */
            for (size_t n = 0; n < (is_ntfs ? 2 : 1); n++) {
                assert_int_equal(pread(fd, sector, 512, (off_t)places[n]), 512);
                assert_memory_equal(sector + (is_ntfs ? 3 : 82), is_ntfs ? "NTFS    " : "FAT32   ", 8);
                assert_int_equal(vmm_le32(sector + 0x1c), p->offset / 512);
            }
        }
        close(fd);
    }
}

static void each_disk_holds_three_sound_hives(void **state) {
    struct lab *lab = *state;
    for (size_t i = 0; i < DISKS; i++) {
        struct made *m = &lab->made[i];
        look_for_hives(m);
        assert_int_equal(m->hives, 3);
        struct vmm_hive *const hives[] = {m->bcd, m->system, m->software};
        for (size_t k = 0; k < VMM_COUNT(hives); k++) {
            struct vmm_error err = {0};
            size_t leaked = 1;
            assert_non_null(hives[k]);
            assert_int_equal(vmm_hive_check(hives[k], &leaked, &err), 0);
            assert_int_equal(leaked, 0);
        }
    }
}

static void the_store_names_the_partitions_of_its_own_disk(void **state) {
    struct lab *lab = *state;
    for (size_t i = 0; i < DISKS; i++) {
        struct made *m = &lab->made[i];
        struct vmm_error err = {0};
        struct vmm_bcd *b = vmm_bcd_open(m->bcd, &err);
        assert_non_null(b);
        const struct vmm_bcd_object *loader = vmm_bcd_resolve(b, "{default}", &err), *manager = vmm_bcd_resolve(b, "{bootmgr}", &err);
        assert_true(loader && manager);
        struct vmm_bcd_device d;
        vmm_bcd_device(vmm_bcd_own(loader, VMM_BCD_OSDEVICE), &m->disk, &d);
        assert_int_equal(d.part, m->parts[windows_part(m)].number);
        vmm_bcd_device_clear(&d);
        vmm_bcd_device(vmm_bcd_own(manager, VMM_BCD_DEVICE_EL), &m->disk, &d);
        assert_int_equal(d.part, 1);
        vmm_bcd_device_clear(&d);
        assert_int_equal(vmm_bcd_own(loader, VMM_BCD_SAFEBOOT) != NULL, strcmp(m->scenario, "healthy") != 0);
        vmm_bcd_close(b);
    }
}

static void drive_c_is_the_windows_partition(void **state) {
    struct lab *lab = *state;
    for (size_t i = 0; i < DISKS; i++) {
        struct made *m = &lab->made[i];
        const struct vmm_part *windows = &m->parts[windows_part(m)];
        struct vmm_value v;
        vmm_key key;
        assert_int_equal(vmm_key_path(m->system, vmm_hive_root(m->system), "MountedDevices", &key), VMM_SET);
        assert_int_equal(vmm_key_value(m->system, key, "\\DosDevices\\C:", &v), VMM_SET);
        assert_int_equal(v.len, m->gen == 1 ? 12 : 24);
        if (m->gen == 1) {
            assert_int_equal(vmm_le32(v.data), m->disk.mbr_signature);
            assert_int_equal(vmm_le64(v.data + 4), windows->offset);
        } else {
            assert_memory_equal(v.data + 8, windows->guid, 16);
        }
        vmm_value_clear(&v);
    }
}

static void a_file_that_exists_is_refused_and_nothing_is_left_of_the_others(void **state) {
    struct lab *lab = *state;
    char *fresh = vmm_printf("%s/fresh.img", lab->folder), *there = vmm_printf("%s/there.qcow2", lab->folder);
    struct vmm_practice list[] = {{fresh, "healthy", 1}, {there, "healthy", 2}};
    struct vmm_error err = {0};
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_write(there, "mine", 4, &err), 0);
    assert_int_equal(vmm_practice_make(list, 2, (struct vmm_progress){0}, &err), -1);
    assert_int_equal(err.code, VMM_E_USAGE);
    assert_non_null(strstr(err.message, "there.qcow2"));
    assert_int_equal(access(fresh, F_OK), -1);
    assert_int_equal(vmm_file_read(there, 100, &data, &len, &err), 0);
    assert_int_equal(len, 4);
    assert_memory_equal(data, "mine", 4);
    free(data);
    free(fresh);
    free(there);
}

static void a_request_that_makes_no_sense_makes_no_file(void **state) {
    struct lab *lab = *state;
    char *file = vmm_printf("%s/none.img", lab->folder);
    const struct vmm_practice bad[] = {{file, "no-such", 1}, {file, "healthy", 0}, {file, "healthy", 3}};
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        struct vmm_error err = {0};
        assert_int_equal(vmm_practice_make(&bad[i], 1, (struct vmm_progress){0}, &err), -1);
        assert_int_equal(err.code, VMM_E_USAGE);
        assert_int_equal(access(file, F_OK), -1);
    }
    free(file);
}

static int stop(void *ctx, const char *stage, unsigned long long done, unsigned long long total) {
    (void)ctx, (void)stage, (void)done, (void)total;
    return 1;
}

static void stopping_leaves_no_file(void **state) {
    struct lab *lab = *state;
    char *file = vmm_printf("%s/stopped.vhd", lab->folder);
    struct vmm_practice one = {file, "healthy", 1};
    struct vmm_error err = {0};
    assert_int_equal(vmm_practice_make(&one, 1, (struct vmm_progress){.fn = stop}, &err), -1);
    assert_int_equal(err.code, VMM_E_CANCELLED);
    assert_int_equal(access(file, F_OK), -1);
    free(file);
}

int main(void) {
    char *path = vmm_printf("%s:/usr/sbin:/sbin", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin"); /* where the disk tools are */
    setenv("PATH", path, 1);
    free(path);
    const struct CMUnitTest tests[] = { /* in this order: the later ones use what the earlier ones looked up */
        cmocka_unit_test(images_are_sparse_and_of_the_format_their_name_asks_for),
        cmocka_unit_test(partitions_are_those_of_the_generation),
        cmocka_unit_test(the_backup_gpt_is_sound_too),
        cmocka_unit_test(file_systems_are_clean),
        cmocka_unit_test(boot_sectors_know_where_their_partition_begins),
        cmocka_unit_test(each_disk_holds_three_sound_hives),
        cmocka_unit_test(the_store_names_the_partitions_of_its_own_disk),
        cmocka_unit_test(drive_c_is_the_windows_partition),
        cmocka_unit_test(a_file_that_exists_is_refused_and_nothing_is_left_of_the_others),
        cmocka_unit_test(a_request_that_makes_no_sense_makes_no_file),
        cmocka_unit_test(stopping_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, make_disks, remove_disks);
}
