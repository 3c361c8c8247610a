/* An encrypted disk from beginning to end, by the real program through the real appliance: a BitLocker image made by Windows gets a Windows put into it, is looked at,
 * repaired and undone with its key; and the key is found nowhere afterwards. A volume in need of repair, too.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/volume/ntfs_images.h"
#include "harness/folder.h"
#include "harness/run.h"
#include "volume/guest.h"

#define IMAGE CORPUS "/bitlocker/cryptsetup_bitlk-aes-xts-128.img.xz"
#define WITH_BEK CORPUS "/bitlocker/cryptsetup_bitlk-aes-xts-128-startup-key.img.xz"
#define BEK CORPUS "/bitlocker/cryptsetup_bitlk-aes-xts-128-startup-key__4381F759-C4F8-4DE0-BB61-FC33A831BDA5.BEK"
#define HALF CORPUS "/bitlocker/cryptsetup_bitlk-partially-encrypted-aes-cbc-128.img.xz"
#define PASSWORD "anaconda"
#define RECOVERY "235818-357951-253979-013365-241120-245575-342914-591910"
#define KEY_ID "64311DEA-4587-4029-924A-BA299647998E"

static char *room, *folder;

static int setup(void **state) {
    (void)state;
    room = harness_stand("safe-mode-minimal", &folder);
    setenv("LIBGUESTFS_BACKEND", "direct", 1);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    free(room);
    free(folder);
    return 0;
}

static char *in_room(const char *name) { return vmm_printf("%s/%s", room, name); }

/* The corpus image as ROOM/NAME; skips without it. The caller frees. */
static char *unpacked(const char *from, const char *name) {
    if (access(from, R_OK) < 0 || !have("xz")) {
        print_message("skipped: %s or xz is not here\n", from);
        skip();
    }
    char *to = in_room(name), *line = vmm_printf("xz -dc '%s' > '%s'", from, to);
    assert_int_equal(system(line), 0);
    free(line);
    return to;
}

static char *key_file(const char *name, const char *text) {
    char *path = in_room(name);
    harness_write(path, text, strlen(text));
    return path;
}

static void must(struct vmm_volume *v, int r) {
    if (r < 0) fail_msg("%s", guestfs_last_error(vmm_guest_handle(v)));
}

static void upload(struct vmm_volume *v, const char *name) {
    char *from = vmm_printf("%s/%s", folder, name), *to = vmm_printf("/new/%s", name);
    must(v, guestfs_upload(vmm_guest_handle(v), from, to));
    free(from);
    free(to);
}

/* The corpus image has only the sectors that its makers needed (its hash when opened is theirs), so the file system inside is made anew. */
static void put_windows_in(const char *image) {
    struct vmm_error err = {0};
    struct vmm_unlock *key = vmm_unlock_new(RECOVERY, strlen(RECOVERY), &err);
    struct vmm_volume *v = vmm_volume_open(&(struct vmm_open){.target = image, .write = true, .key = key}, &err);
    if (v == NULL) fail_msg("%s", err.message);
    const struct vmm_part *p = vmm_volume_part(v, 0);
    guestfs_h *g = vmm_guest_handle(v);
    assert_true(p->bitlocker && p->unlocked);
    assert_int_equal(p->health, VMM_HEALTH_MIRROR);
    must(v, guestfs_mkfs(g, "ntfs", vmm_guest_device(v, p)));
    must(v, guestfs_mkmountpoint(g, "/new"));
    must(v, guestfs_mount(g, vmm_guest_device(v, p), "/new"));
    must(v, guestfs_mkdir_p(g, "/new/Windows/System32/config"));
    must(v, guestfs_mkdir_p(g, "/new/Boot"));
    upload(v, "Windows/System32/config/SYSTEM");
    upload(v, "Windows/System32/config/SOFTWARE");
    upload(v, "Boot/BCD");
    must(v, guestfs_umount(g, "/new"));
    v->wrote = true;
    if (vmm_volume_close(v, &err) < 0) fail_msg("%s", err.message);
    vmm_unlock_free(key);
}

static const char *error_of(const struct ran *r) { return vmm_json_str(json_object_get(r->json, "error"), "code"); }
static const json_t *first_part(const struct ran *r) { return json_array_get(json_object_get(json_object_get(r->json, "disk"), "partitions"), 0); }

static void must_exit(const struct ran *r, int code) {
    if (r->code != code) fail_msg("exit %d, not %d\n%s\n%s", r->code, code, r->out, r->err);
}

static void no_trace_of(const char *secret) {
    char *dir = in_room("state"), *line = vmm_printf("grep -rqF -- '%s' '%s'", secret, dir);
    int status = system(line);
    if (WEXITSTATUS(status) == 0) fail_msg("the key stands in the state folder");
    free(line);
    free(dir);
}

static void an_encrypted_disk_is_repaired_and_undone_and_its_key_is_kept_nowhere(void **state) {
    (void)state;
    harness_only_in_full();
    char before[65], after[65], *image = unpacked(IMAGE, "enc.img"), *rp = key_file("recovery", RECOVERY "\n"), *wrong = key_file("wrong", "not the password"),
         *pw = key_file("password", PASSWORD);
    put_windows_in(image);
    hash(image, before);
    struct ran r = harness_run(NULL, VMMEDIC, "scan", image, "--json", NULL);
    must_exit(&r, 3);
    assert_string_equal(error_of(&r), "encrypted");
    assert_string_equal(vmm_json_str(first_part(&r), "bitlocker"), "locked");
    assert_non_null(strstr(vmm_json_str(first_part(&r), "health_text"), KEY_ID)); /* which of many recovery passwords is the right one */
    harness_ran_clear(&r);
    r = harness_run(NULL, VMMEDIC, "scan", image, "--key-file", wrong, "--json", NULL);
    must_exit(&r, 3);
    assert_string_equal(error_of(&r), "encrypted");
    harness_ran_clear(&r);
    r = harness_run(RECOVERY "\n", VMMEDIC, "scan", image, "--key-file", "-", "--json", NULL);
    must_exit(&r, 4);
    assert_string_equal(vmm_json_str(first_part(&r), "bitlocker"), "unlocked");
    assert_string_equal(vmm_json_str(json_object_get(r.json, "verdict"), "state"), "broken");
    harness_ran_clear(&r);
    hash(image, after);
    assert_string_equal(before, after); /* looking wrote nothing, with any key */
    r = harness_run(NULL, VMMEDIC, "apply", image, "--fix", "SM01", "--no-snapshot", "test", "--yes", "--json", "--key-file", pw, NULL);
    must_exit(&r, 0);
    assert_non_null(r.json);
    harness_ran_clear(&r);
    no_trace_of(PASSWORD);
    r = harness_run(NULL, VMMEDIC, "undo", "--yes", "--json", NULL); /* it asks again */
    must_exit(&r, 3);
    assert_string_equal(error_of(&r), "encrypted");
    harness_ran_clear(&r);
    r = harness_run(NULL, VMMEDIC, "undo", "--yes", "--json", "--key-file", rp, NULL);
    must_exit(&r, 0);
    harness_ran_clear(&r);
    no_trace_of(RECOVERY);
    if (have("cryptsetup")) { /* another program opens it still */
        char *line = vmm_printf("cryptsetup open --type bitlk --test-passphrase --key-file '%s' '%s'", pw, image);
        assert_int_equal(system(line), 0);
        free(line);
    }
    free(image);
    free(rp);
    free(pw);
    free(wrong);
}

static void a_startup_key_file_opens_its_disk(void **state) {
    (void)state;
    char *image = unpacked(WITH_BEK, "bek.img");
    struct ran r = harness_run(NULL, VMMEDIC, "scan", image, "--key-file", BEK, "--json", NULL);
    must_exit(&r, 3); /* there is no Windows on it */
    assert_string_equal(error_of(&r), "no-windows");
    assert_string_equal(vmm_json_str(first_part(&r), "bitlocker"), "unlocked");
    assert_string_equal(vmm_json_str(first_part(&r), "fs"), "ntfs");
    harness_ran_clear(&r);
    free(image);
}

static void a_disk_that_is_encrypted_only_in_part_is_left_alone(void **state) {
    (void)state;
    char before[65], after[65], *image = unpacked(HALF, "half.img"), *pw = key_file("password", PASSWORD);
    hash(image, before);
    struct ran r = harness_run(NULL, VMMEDIC, "scan", image, "--key-file", pw, "--json", NULL);
    must_exit(&r, 3);
    assert_string_equal(error_of(&r), "unsupported");
    harness_ran_clear(&r);
    hash(image, after);
    assert_string_equal(before, after);
    free(image);
    free(pw);
}

/* ---- repair ---- */

static void without_the_word_nothing_is_written_and_with_it_the_volume_is_in_order(void **state) {
    (void)state;
    if (!can_make_ntfs()) skip();
    char before[65], after[65], *image = in_room("asleep.img");
    make_ntfs(image, MADE_HIBERNATED, 16 << 20);
    hash(image, before);
    for (int i = 0; i < 2; i++) { /* another repair's word; --yes is no answer, and neither is a pipe */
        struct ran r = harness_run("lose-saved-session\n", VMMEDIC, "repair", image, "--snapshot", "s", "--yes", "--json", i ? "--accept" : NULL, "complete-journal", NULL);
        must_exit(&r, i ? 6 : 2);
        harness_ran_clear(&r);
        hash(image, after);
        assert_string_equal(before, after);
    }
    struct ran r = harness_run(NULL, VMMEDIC, "repair", image, "--no-snapshot", "none", "--accept", "lose-saved-session", NULL);
    must_exit(&r, 2);
    harness_ran_clear(&r);
    r = harness_run(NULL, VMMEDIC, "repair", image, "--take-snapshot", "--accept", "lose-saved-session", "--json", NULL);
    must_exit(&r, 0);
    const char *where = vmm_json_str(json_object_get(r.json, "snapshot"), "where"), *copy = strchr(where, '/');
    assert_non_null(copy);
    hash(copy, after);
    assert_string_equal(before, after); /* the way back is what it was */
    harness_ran_clear(&r);
    if (have("ntfs-3g.probe")) {
        char *line = vmm_printf("ntfs-3g.probe -w '%s' && ! ntfsls '%s' | grep -q hiberfil", image, image);
        assert_int_equal(system(line), 0);
        free(line);
    }
    free(image);
}

static void a_journal_that_cannot_be_completed_is_left_as_it_is(void **state) {
    (void)state;
    if (!can_make_ntfs()) skip();
    char before[65], after[65], *image = in_room("cached.img");
    make_ntfs(image, MADE_CACHED, 16 << 20);
    hash(image, before);
    struct ran r = harness_run(NULL, VMMEDIC, "repair", image, "--snapshot", "s", "--accept", "complete-journal", "--json", NULL);
    must_exit(&r, 3);
    assert_string_equal(error_of(&r), "blocked");
    harness_ran_clear(&r);
    hash(image, after);
    assert_string_equal(before, after);
    free(image);
}

static void a_real_journal_of_a_crashed_windows_is_completed(void **state) {
    (void)state;
    char *image = unpacked(CORPUS "/ntfs/SampleTinyNtfsVolume_partition.dd.xz", "tiny.img");
    struct ran r = harness_run(NULL, VMMEDIC, "repair", image, "--snapshot", "s", "--accept", "complete-journal", "--json", NULL);
    must_exit(&r, 0);
    harness_ran_clear(&r);
    if (have("ntfs-3g.probe")) {
        char *line = vmm_printf("ntfs-3g.probe -w '%s'", image);
        assert_int_equal(system(line), 0);
        free(line);
    }
    free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_encrypted_disk_is_repaired_and_undone_and_its_key_is_kept_nowhere),
        cmocka_unit_test(a_startup_key_file_opens_its_disk),
        cmocka_unit_test(a_disk_that_is_encrypted_only_in_part_is_left_alone),
        cmocka_unit_test(without_the_word_nothing_is_written_and_with_it_the_volume_is_in_order),
        cmocka_unit_test(a_journal_that_cannot_be_completed_is_left_as_it_is),
        cmocka_unit_test(a_real_journal_of_a_crashed_windows_is_completed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
