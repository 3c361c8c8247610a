/* The guestfs engine on a real disk: GPT with ESP and NTFS, made here. Three starts of the appliance: one to make the disk, one to
 * write, one to look.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>

#include "tests/volume/help.h"
#include "volume/appliance.h"
#include "volume/engine.h"

enum { MIB = 1 << 20 };

#define SYSTEM "\\Windows\\System32\\config\\SYSTEM"
#define STORE "\\EFI\\Microsoft\\Boot\\BCD"

static char *pattern(size_t len) {
    char *data = vmm_alloc(len, 1);
    for (size_t i = 0; i < len; i++) data[i] = (char)(i * 7 + i / 4096);
    return data;
}

static void must(guestfs_h *g, int r) {
    if (r < 0) fail_msg("%s", guestfs_last_error(g));
}

static void file_in(guestfs_h *g, const char *path, const char *data, size_t len) {
    must(g, guestfs_write(g, path, "", 0));
    for (size_t at = 0; at < len; at += 1 << 20)
        must(g, guestfs_pwrite(g, path, data + at, len - at < 1 << 20 ? len - at : 1 << 20, (int64_t)at));
}

/* 96 MiB: ESP (FAT) and a Windows volume (NTFS) with a file of 5 MiB, a link, and a name in another script. */
static void make_disk(const char *path) {
    struct vmm_error err = {0};
    struct vmm_appliance_drive drive = {.path = path, .format = "raw"};
    guestfs_h *g = vmm_appliance_start(&drive, 1, (struct vmm_progress){0}, &err);
    if (g == NULL) fail_msg("%s", err.message);
    must(g, guestfs_part_init(g, "/dev/sda", "gpt"));
    must(g, guestfs_part_add(g, "/dev/sda", "p", 2048, 34 * 2048 - 1));
    must(g, guestfs_part_add(g, "/dev/sda", "p", 34 * 2048, 95 * 2048 - 1));
    must(g, guestfs_part_set_gpt_type(g, "/dev/sda", 1, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"));
    must(g, guestfs_part_set_gpt_type(g, "/dev/sda", 2, "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"));
    must(g, guestfs_mkfs_opts(g, "vfat", "/dev/sda1", GUESTFS_MKFS_OPTS_LABEL, "ESP", -1));
    must(g, guestfs_mkfs_opts(g, "ntfs", "/dev/sda2", GUESTFS_MKFS_OPTS_LABEL, "Windows", -1));
    must(g, guestfs_mount(g, "/dev/sda1", "/"));
    must(g, guestfs_mkdir_p(g, "/EFI/Microsoft/Boot"));
    must(g, guestfs_write(g, "/EFI/Microsoft/Boot/BCD", "the store", 9));
    must(g, guestfs_umount(g, "/"));
    must(g, guestfs_mount(g, "/dev/sda2", "/"));
    must(g, guestfs_mkdir_p(g, "/Windows/System32/config"));
    char *data = pattern(5 * MIB);
    file_in(g, "/Windows/System32/config/SYSTEM", data, 5 * MIB);
    free(data);
    must(g, guestfs_mkdir(g, "/Größe"));
    must(g, guestfs_ln_s(g, "/Windows", "/link"));
    must(g, guestfs_umount(g, "/"));
    must(g, guestfs_shutdown(g));
    guestfs_close(g);
}

static int disk(void **state) {
    if (scratch(state) < 0) return -1;
    make_disk(put(state, "disk.img", 96 * MIB, 0, "", 0));
    return 0;
}

/* The parts as the table and the file systems say. */
static void check_facts(struct vmm_volume *v) {
    const struct vmm_disk *d = vmm_volume_disk(v);
    assert_string_equal(d->engine, "guestfs");
    assert_int_equal(d->scheme, VMM_SCHEME_GPT);
    assert_int_equal(d->part_count, 2);
    assert_int_equal(strncmp(d->identity, "gpt:{", 5), 0);
    const struct vmm_part *esp = vmm_volume_part(v, 1), *windows = vmm_volume_part(v, 2);
    assert_true(esp->role == VMM_PART_ESP && esp->offset == MIB && esp->size == 33 * MIB && esp->mountable);
    assert_string_equal(esp->fs, "vfat");
    assert_string_equal(esp->label, "ESP");
    assert_true(windows->role == VMM_PART_BASIC && windows->mountable && windows->writable);
    assert_string_equal(windows->fs, "ntfs");
    assert_string_equal(windows->label, "Windows");
    assert_int_equal(windows->health, VMM_HEALTH_OK);
}

static void check_lookups(struct vmm_volume *v) {
    struct vmm_error err;
    struct vmm_stat st;
    char *real;
    assert_int_equal(vmm_volume_lookup(v, 2, "windows/SYSTEM32\\Config/system", &real, &st, NULL), 1);
    assert_string_equal(real, SYSTEM);
    assert_int_equal(st.size, 5 * MIB);
    assert_true(st.inode > 0);
    free(real);
    assert_int_equal(vmm_volume_lookup(v, 1, "efi\\microsoft\\boot\\bcd", &real, NULL, NULL), 1);
    assert_string_equal(real, STORE);
    free(real);
    assert_int_equal(vmm_volume_lookup(v, 2, "GRÖSSE", NULL, NULL, NULL), 0);
    assert_int_equal(vmm_volume_lookup(v, 2, "GRÖßE", &real, &st, NULL), 1);
    assert_true(st.is_dir);
    assert_string_equal(real, "\\Größe");
    free(real);
    assert_int_equal(vmm_volume_lookup(v, 2, "link\\System32", NULL, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_int_equal(vmm_volume_lookup(v, 3, "x", NULL, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_NOT_FOUND);
}

static uint8_t *whole(struct vmm_volume *v, int part, const char *path, size_t expected) {
    uint8_t *data;
    size_t len;
    struct vmm_error err;
    if (vmm_volume_read(v, part, path, 16 * MIB, &data, &len, &err) < 0) fail_msg("%s", err.message);
    assert_int_equal(len, expected);
    return data;
}

/* What the writing open leaves: a patch in SYSTEM, one page more, and a longer store. */
static void check_contents(struct vmm_volume *v) {
    char *expected = pattern(5 * MIB);
    memcpy(expected + 4096, "patched", 7);
    uint8_t *data = whole(v, 2, SYSTEM, 5 * MIB + 4096);
    assert_memory_equal(data, expected, 5 * MIB);
    for (size_t i = 5 * MIB; i < 5 * MIB + 4096; i++) assert_int_equal(data[i], 0xee);
    free(data);
    free(expected);
    data = whole(v, 1, STORE, 19);
    assert_memory_equal(data, "the store and more.", 19);
    free(data);
}

#define MADE "\\Windows\\System32\\GroupPolicy"

/* What NTFS itself says of who may do what: the file is nobody's but Administrators' and SYSTEM's. */
static void only_administrators(struct vmm_volume *v, const char *path, bool private) {
    static const uint8_t authenticated[] = {1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0}, everyone[] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, administrators[] = {32, 0, 0, 0, 0x20, 2, 0, 0};
    size_t len;
    char *acl = guestfs_lgetxattr(*(guestfs_h **)v->state, path, "system.ntfs_acl", &len);
    if (acl == NULL) fail_msg("%s", guestfs_last_error(*(guestfs_h **)v->state));
    assert_non_null(memmem(acl, len, administrators, sizeof administrators));
    assert_null(memmem(acl, len, everyone, sizeof everyone));
    assert_int_equal(memmem(acl, len, authenticated, sizeof authenticated) == NULL, private);
    free(acl);
}

static void small_files_are_made_and_taken_away(struct vmm_volume *v) {
    struct vmm_error err = {0};
    char **names;
    size_t count;
    assert_int_equal(vmm_volume_create(v, 2, MADE "\\gpt.ini", "x", 1, false, &err), -1); /* no folder yet */
    assert_int_equal(err.code, VMM_E_NOT_FOUND);
    if (vmm_volume_make_folder(v, 2, MADE, &err) < 0) fail_msg("%s", err.message);
    if (vmm_volume_create(v, 2, MADE "\\gpt.ini", "[General]\r\n", 11, false, &err) < 0) fail_msg("%s", err.message);
    if (vmm_volume_create(v, 2, MADE "\\script.cmd", "secret", 6, true, &err) < 0) fail_msg("%s", err.message);
    assert_int_equal(vmm_volume_create(v, 2, MADE "\\GPT.INI", "y", 1, false, &err), -1);
    assert_int_equal(err.code, VMM_E_CHANGED);
    assert_int_equal(vmm_volume_remove(v, 2, MADE, &err), -1); /* it is not empty */
    assert_int_equal(vmm_volume_reread(v, &err), 0);
    free(whole(v, 2, MADE "\\gpt.ini", 11));
    uint8_t *data = whole(v, 2, MADE "\\script.cmd", 6);
    assert_memory_equal(data, "secret", 6);
    free(data);
    only_administrators(v, "/p2/Windows/System32/GroupPolicy/script.cmd", true);
    only_administrators(v, "/p2/Windows/System32/GroupPolicy/gpt.ini", false);
    only_administrators(v, "/p2/Windows/System32/GroupPolicy", false);
    assert_int_equal(vmm_volume_remove(v, 2, MADE "\\script.cmd", &err), 0);
    assert_int_equal(vmm_volume_remove(v, 2, MADE "\\gpt.ini", &err), 0);
    assert_int_equal(vmm_volume_remove(v, 2, MADE, &err), 0);
    assert_int_equal(vmm_volume_remove(v, 2, MADE, &err), -1);
    assert_int_equal(err.code, VMM_E_NOT_FOUND);
    assert_int_equal(vmm_volume_list(v, 2, "\\Windows\\System32", &names, &count, &err), 0);
    assert_int_equal(count, 1); /* config, as before */
    free(names[0]);
    free(names);
}

static void writing_in_place_grows_keeps_the_file_and_is_there_afterwards(void **state) {
    struct vmm_error err;
    struct vmm_stat before, after;
    const char *path = in(state, "disk.img");
    uint64_t room;
    struct vmm_volume *v = vmm_volume_open(&(struct vmm_open){.target = path, .write = true}, &err);
    if (v == NULL) fail_msg("%s", err.message);
    check_facts(v);
    check_lookups(v);
    assert_int_equal(vmm_volume_free(v, 2, &room, NULL), 0);
    assert_true(room > 10 * MIB && room < 61 * MIB);
    assert_int_equal(open_code(path, false, &err), VMM_E_IN_USE);
    assert_int_equal(vmm_volume_lookup(v, 2, SYSTEM, NULL, &before, NULL), 1);
    uint8_t page[4096];
    memset(page, 0xee, sizeof page);
    if (vmm_volume_write(v, 2, SYSTEM, 4096, "patched", 7, &err) < 0) fail_msg("%s", err.message);
    assert_int_equal(vmm_volume_write(v, 2, SYSTEM, 5 * MIB, page, 4096, &err), 0);
    assert_int_equal(vmm_volume_write(v, 1, "efi/microsoft/boot/bcd", 9, " and more.tail", 14, &err), 0);
    assert_int_equal(vmm_volume_truncate(v, 1, STORE, 19, &err), 0);
    assert_int_equal(vmm_volume_sync(v, &err), 0);
    assert_int_equal(vmm_volume_reread(v, &err), 0);
    check_contents(v);
    assert_int_equal(vmm_volume_lookup(v, 2, SYSTEM, NULL, &after, NULL), 1);
    assert_int_equal(after.inode, before.inode);
    assert_int_equal(after.ntfs_attributes, before.ntfs_attributes);
    /* putting an original back after a failed check is a write after a reread */
    assert_int_equal(vmm_volume_write(v, 2, SYSTEM, 4096, "patched", 7, &err), 0);
    assert_int_equal(vmm_volume_write(v, 2, "\\Windows\\new", 0, "x", 1, &err), -1);
    assert_int_equal(err.code, VMM_E_NOT_FOUND);
    small_files_are_made_and_taken_away(v);
    if (vmm_volume_close(v, &err) < 0) fail_msg("%s", err.message);
}

/* The qemu among the descendants of this process. */
static int our_qemu(void) {
    FILE *f = popen("pgrep -x qemu-system-x86 -P $PPID; pgrep -f 'qemu-system.*guestfs' -P $PPID", "r");
    int pid = 0;
    if (fscanf(f, "%d", &pid) != 1) pid = 0;
    pclose(f);
    return pid;
}

/* What a machine can write into the boot code of its own disk: the header of a qcow2 image that stands on a file of the host. */
static void forge_header(void **state) {
    uint8_t h[440] = "QFI\xfb\0\0\0\2";
    const char *canary = put(state, "canary", 64 * MIB, 0, "canary", 6);
    h[15] = 104;
    h[19] = (uint8_t)strlen(canary);
    h[23] = 16;     /* clusters of 64 KiB */
    h[24 + 4] = 4;  /* 64 MiB */
    memcpy(h + 104, canary, strlen(canary));
    put(state, "disk.img", 96 * MIB, 0, h, sizeof h);
}

static void looking_reads_it_all_and_changes_not_a_byte(void **state) {
    struct vmm_error err = {0};
    char before[65], after[65], command[900];
    forge_header(state);
    /* as qcow2, so that another format is opened too; qemu must not look for a format inside of it */
    snprintf(command, sizeof command, "qemu-img convert -f raw -O qcow2 %s '%s'", in(state, "disk.img"), in(state, "a copy.qcow2"));
    assert_int_equal(system(command), 0);
    const char *path = in(state, "a copy.qcow2");
    hash(path, before);
    struct vmm_volume *v = vmm_volume_open(&(struct vmm_open){.target = path}, &err);
    if (v == NULL) fail_msg("%s", err.message);
    check_facts(v);
    assert_int_equal(vmm_volume_disk(v)->probe.size, 96 * MIB);
    check_contents(v);
    assert_int_equal(vmm_volume_write(v, 2, SYSTEM, 0, "x", 1, &err), -1);
    assert_int_equal(vmm_volume_truncate(v, 2, SYSTEM, 0, &err), -1);
    assert_int_equal(vmm_volume_create(v, 2, "\\Windows\\new", "x", 1, false, &err), -1);
    assert_int_equal(vmm_volume_make_folder(v, 2, "\\Windows\\new", &err), -1);
    assert_int_equal(vmm_volume_remove(v, 2, SYSTEM, &err), -1);
    assert_int_equal(vmm_volume_reread(v, &err), 0);
    check_contents(v);
    int qemu = our_qemu();
    if (qemu > 0) {
        uint8_t *data;
        size_t len;
        snprintf(command, sizeof command, "ls -l /proc/%d/fd | grep -q 'a copy.qcow2' && ! ls -l /proc/%d/fd | grep -q canary",
                 qemu, qemu);
        assert_int_equal(system(command), 0);
        kill(qemu, SIGKILL); /* the machine that reads the disk dies in the middle */
        assert_int_equal(vmm_volume_read(v, 2, SYSTEM, 16 * MIB, &data, &len, &err), -1);
        assert_int_equal(err.code, VMM_E_UNREADABLE);
        assert_true(err.hint[0] != '\0');
    } else {
        print_message("skipped: the end of the appliance (its process was not found)\n");
    }
    assert_int_equal(vmm_volume_close(v, NULL), 0);
    hash(path, after);
    assert_string_equal(before, after);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing_in_place_grows_keeps_the_file_and_is_there_afterwards),
        cmocka_unit_test(looking_reads_it_all_and_changes_not_a_byte),
    };
    return cmocka_run_group_tests(tests, disk, tidy);
}
