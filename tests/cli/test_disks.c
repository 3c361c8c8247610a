/* The whole repair on real disk images, by the real program through the real appliance: an image of generation 2, with a real boot store and a real SYSTEM hive
 * where they are at hand (generation 1 is in tests/fixes/test_disks), and a qcow2 whose repair is killed. What was
 * changed is judged by readers that are not ours (hivexregedit, hivexsh, the hive judges).
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/failing.h"
#include "harness/folder.h"
#include "harness/run.h"
#include "vmmedic/bcd.h"
#include "vmmedic/practice.h"

enum { LINE_PREPARED, LINE_SNAPSHOT, LINE_WRITING, LINE_WRITTEN }; /* of a journal */

static char *room;

static char *in_room(const char *name) { return vmm_printf("%s/%s", room, name); }

static bool have(const char *program) {
    char *line = vmm_printf("command -v %s >/dev/null 2>&1", program);
    bool found = system(line) == 0;
    free(line);
    return found;
}

static int setup(void **state) {
    (void)state;
    room = harness_room();
    char *dir = in_room("state");
    setenv("VMMEDIC_STATE", dir, 1);
    setenv("LIBGUESTFS_BACKEND", "direct", 1);
    free(dir);
    char *base = in_room("base.img"), *cut = in_room("cut.qcow2");
    struct vmm_practice list[] = {{base, "safe-mode-minimal", 2}, {cut, "safe-mode-shell", 2}};
    struct vmm_error err = {0};
    int r = vmm_practice_make(list, VMM_COUNT(list), (struct vmm_progress){0}, &err);
    if (r < 0) fprintf(stderr, "practice: %s\n", err.message);
    free(base);
    free(cut);
    return r;
}

static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    free(room);
    return 0;
}

static char *hash_of(const char *path) {
    uint8_t *data;
    size_t len;
    char sha[65];
    assert_int_equal(vmm_file_read(path, (size_t)1 << 31, &data, &len, NULL), 0);
    vmm_sha256(data, len, sha);
    free(data);
    return vmm_strdup(sha);
}

/* Keeps the image as it is now: the files of all stages are taken out together, in one start of somebody else's appliance. */
static void keep_stage(const char *image, const char *stage) { harness_shell("cp --sparse=always %s %s/stage.%s", image, room, stage); }

/* Takes PATH out of the kept stages without our own code, into ROOM/old, new and back (those that were kept). */
static void download_stages(const char *format, int partition, const char *path) {
    static const struct {
        const char *stage;
    } stages[] = {{"old"}, {"new"}, {"back"}};
    struct vmm_buf add = {0}, take = {0};
    int disks = 0;
    for (size_t i = 0; i < VMM_COUNT(stages); i++) {
        char *file = vmm_printf("%s/stage.%s", room, stages[i].stage);
        if (access(file, F_OK) == 0) {
            vmm_buf_fmt(&add, " -a %s", file);
            vmm_buf_fmt(&take, " : mount-ro /dev/sd%c%d / : download %s %s/%s : umount-all", 'a' + disks++, partition, path, room, stages[i].stage);
        }
        free(file);
    }
    harness_shell("LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish --ro --format=%s%s run%s; status=$?; rm -f %s/stage.*; exit $status", format, (char *)add.data, (char *)take.data, room);
    vmm_buf_free(&add);
    vmm_buf_free(&take);
}

/* Every key, value and type of the store, one a line, by a reader that is not ours. */
static void export_store(const char *store, const char *to) {
    harness_shell("hivexregedit --export --prefix X %s '\\' > %s 2>/dev/null || hivexml %s > %s", store, to, store, to);
}

static const char *verdict(const json_t *scan, const char *id) {
    const json_t *f;
    size_t i;
    json_array_foreach(json_object_get(scan, "fixes"), i, f) if (strcmp(vmm_json_str(f, "id"), id) == 0) return vmm_json_str(f, "verdict");
    return "";
}

/* What was taken out of the stages: OLD to NEW lost what was asked and nothing else, BACK is OLD bit for bit. */
static void judge_stages(const char *fixes) {
    char *old = in_room("old"), *new = in_room("new"), *left = in_room("old.txt"), *right = in_room("new.txt");
    export_store(old, left);
    export_store(new, right);
    harness_shell("! diff %s %s > %s/diff", left, right, room);
    harness_shell("! grep -E '^>' %s/diff | grep -q '[^> ]'", room);     /* nothing was added or changed */
    harness_shell("grep -E '^<.*(%s)' %s/diff >/dev/null", fixes, room); /* what went is what was asked */
    if (access("../shared/tools/hive_judge", X_OK) == 0 && have("python3")) harness_shell("../shared/tools/hive_judge %s >/dev/null", new);
    else printf("skipped: no hive judge here\n");
    harness_shell("cmp %s %s/back", old, room);
    free(old);
    free(new);
    free(left);
    free(right);
}

/* The loader of a real store that stands in safe mode, and the identities its osdevice names. */
static void identities(const char *store, char disk[39], char part[39]) {
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(store, 1u << 24, &data, &len, NULL), 0);
    struct vmm_hive *h = vmm_hive_open(data, len, NULL, NULL);
    struct vmm_bcd *b = vmm_bcd_open(h, NULL);
    assert_non_null(b);
    disk[0] = '\0';
    for (size_t i = 0; i < b->count; i++) {
        if (b->objects[i].type != 0x10200003 || vmm_bcd_own(&b->objects[i], VMM_BCD_SAFEBOOT) == NULL) continue;
        struct vmm_bcd_device d;
        vmm_bcd_device(vmm_bcd_own(&b->objects[i], VMM_BCD_OSDEVICE), NULL, &d);
        if (d.kind == VMM_DEV_PARTITION && d.gpt) {
            vmm_guid_text(d.disk_guid, disk);
            vmm_guid_text(d.part_guid, part);
        }
        vmm_bcd_device_clear(&d);
    }
    vmm_bcd_close(b);
    vmm_hive_close(h);
    free(data);
    assert_true(disk[0] == '{');
}

/* The image gets a store and a SYSTEM that a Windows has written; what the store names becomes the disk's. */
static void make_it_real(const char *image) {
    const char *store = "../shared/corpus/bcd/derived_safeboot_dev1_win11_minimal__09212738", *packed = "../shared/corpus/system/regipy_SYSTEM.xz";
    if (access(store, R_OK) < 0 || !have("xz")) {
        printf("skipped: the corpus is not here; the disk is a practice disk\n");
        return;
    }
    char disk[39], part[39];
    identities(store, disk, part);
    disk[37] = part[37] = '\0'; /* without braces */
    harness_shell("xz -dc %s > %s/SYSTEM && LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish --format=raw -a %s run : part-set-disk-guid /dev/sda %s : part-set-gpt-guid /dev/sda 3 %s : "
          "mount /dev/sda1 / : upload %s /EFI/Microsoft/Boot/BCD : umount-all : mount /dev/sda3 / : upload %s/SYSTEM /Windows/System32/config/SYSTEM : umount-all : shutdown",
          packed, room, image, disk + 1, part + 1, store, room);
}

static void a_generation_2_disk_is_repaired_and_restored(void **state) {
    (void)state;
    char *image = in_room("base.img");
    make_it_real(image);
    char *fresh = hash_of(image);
    keep_stage(image, "old");
    json_t *scan = harness_json(4, harness_run(NULL, VMMEDIC, "scan", image, "--json", NULL));
    assert_string_equal(verdict(scan, "SM01"), "needed");
    json_decref(scan);
    char *looked = hash_of(image);
    assert_string_equal(fresh, looked); /* looking wrote nothing */
    json_t *done = harness_json(0, harness_run(NULL, VMMEDIC, "apply", image, "--all-needed", "--yes", "--no-snapshot", "test", "--json", NULL));
    if (json_array_size(json_object_get(done, "changes")) != 1) {
        json_dumpf(json_object_get(done, "changes"), stdout, JSON_INDENT(1));
        fail_msg("%zu changes, not 1", json_array_size(json_object_get(done, "changes")));
    }
    char *session = vmm_strdup(vmm_json_str(done, "session")), *once = hash_of(image);
    json_decref(done);
    keep_stage(image, "new");
    json_decref(harness_json(0, harness_run(NULL, VMMEDIC, "apply", image, "--all-needed", "--yes", "--no-snapshot", "test", "--json", NULL)));
    char *twice = hash_of(image);
    assert_string_equal(once, twice); /* a second run writes nothing */
    json_decref(harness_json(0, harness_run(NULL, VMMEDIC, "undo", session, "--yes", "--json", NULL)));
    keep_stage(image, "back");
    download_stages("raw", 1, "/EFI/Microsoft/Boot/BCD");
    judge_stages("25000080");
    free(image);
    free(fresh);
    free(looked);
    free(once);
    free(twice);
    free(session);
}

/* The worker is killed before it writes a line of its journal: what came before is on the disk, what comes after is not. The next start finds the session. CHECK=all: at
 * each line of a whole repair. */
static void a_killed_worker_leaves_a_session_that_ends_in_before(void **state) {
    (void)state;
    static const struct failure killed = {"write", "/journal", KILLED, false, false};
    char *image = in_room("cut.qcow2"), *states = in_room("state"), *counter = vmm_printf("%s.counter", room);
    char *before = hash_of(image);
    long failed = 1, lines = 0;
    keep_stage(image, "old");
    for (long n = harness_everything() ? 0 : LINE_WRITTEN; failed > 0; n++) {
        harness_failing(&killed, n, states, counter);
        struct ran r = harness_run(NULL, PROGRAM, "apply", image, "--all-needed", "--yes", "--no-snapshot", "test", NULL);
        harness_well(counter, &failed);
        json_t *list = harness_json(0, harness_run(NULL, VMMEDIC, "sessions", "--json", NULL)), *s, *mine = NULL;
        size_t i;
        json_array_foreach(json_object_get(list, "sessions"), i, s) if (strcmp(vmm_json_str(s, "target"), image) == 0) mine = s;
        if (r.code != (failed ? 5 : 0)) fail_msg("killed at line %ld: %d: %s", n, r.code, r.err);
        if (mine) {
            assert_string_equal(vmm_json_str(mine, "state"), !failed ? "done" : n <= LINE_WRITING ? "prepared" : "interrupted");
            json_decref(harness_json(0, harness_run(NULL, VMMEDIC, "undo", vmm_json_str(mine, "session"), "--yes", "--json", NULL)));
            struct ran forgotten = harness_run(NULL, VMMEDIC, "sessions", "--forget", vmm_json_str(mine, "session"), NULL);
            assert_int_equal(forgotten.code, 0);
            harness_ran_clear(&forgotten);
        } else {
            char *now = hash_of(image);
            assert_int_equal(n, LINE_PREPARED); /* the session has no name yet */
            assert_string_equal(now, before);
            free(now);
        }
        harness_ran_clear(&r);
        json_decref(list);
        lines++;
        if (!harness_everything()) break;
    }
    printf("  killed at %ld lines\n", lines);
    keep_stage(image, "back");
    download_stages("qcow2", 1, "/EFI/Microsoft/Boot/BCD");
    harness_shell("cmp %s/old %s/back", room, room);
    unlink(counter);
    free(counter);
    free(states);
    free(before);
    free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_generation_2_disk_is_repaired_and_restored),
        cmocka_unit_test(a_killed_worker_leaves_a_session_that_ends_in_before),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
