/* A fix of each family on one real disk image of generation 1, through the real appliance: the look finds them all, one repair makes them, a second writes nothing, and undo gives
 * back the three files they are in bit for bit, taken out by a program that is not ours.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"
#include "vmmedic/practice.h"

static const struct {
    const char *scenario, *fix;
} sample[] = {{"safe-mode-minimal", "SM01"}, {"r01", "R01"}, {"rd02", "RD02"}, {"s02", "S02"}, {"w01", "W01"}, {"n05", "N05"}, {"t01", "T01"}, {"a02", "A02"}, {"u02", "U02"}, {"dr04", "DR04"}, {"fs01", "FS01"}};

static const char *const places[] = {"/dev/sda1 /Boot/BCD", "/dev/sda2 /Windows/System32/config/SYSTEM", "/dev/sda2 /Windows/System32/config/SOFTWARE"};

static char *room, *image;

static int setup(void **state) {
    (void)state;
    room = harness_room();
    image = vmm_printf("%s/families.img", room);
    char *dir = vmm_printf("%s/state", room), *names[VMM_COUNT(sample) + 1] = {0};
    setenv("VMMEDIC_STATE", dir, 1);
    setenv("LIBGUESTFS_BACKEND", "direct", 1);
    free(dir);
    for (size_t i = 0; i < VMM_COUNT(sample); i++) names[i] = vmm_strdup(sample[i].scenario);
    struct vmm_scenario *all = vmm_scenario_combined(names, 0);
    struct vmm_error err = {0};
    int r = vmm_practice_make_of(all, image, 1, (struct vmm_progress){0}, &err);
    if (r < 0) fprintf(stderr, "practice: %s\n", err.message);
    for (size_t i = 0; i < VMM_COUNT(sample); i++) free(names[i]);
    free(all);
    return r;
}

static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    free(image);
    free(room);
    return 0;
}

static void keep_stage(const char *name) { harness_shell("cp --sparse=always %s %s/stage.%s", image, room, name); }

static struct ran apply(void) {
    return harness_run(NULL, VMMEDIC, "apply", image, "--fix", "SM01", "--fix", "R01", "--fix", "RD02", "--fix", "S02", "--fix", "W01", "--fix", "N05", "--fix", "T01", "--fix", "A02",
                       "--fix", "U02", "--fix", "DR04", "--fix", "FS01", "--yes", "--no-snapshot", "a test", "--json", NULL);
}

/* SM01 of the scan's list has one of the two verdicts that ask for it, or none of them. */
static void each_asks_to_be_made(const json_t *scan, bool asks) {
    for (size_t i = 0; i < VMM_COUNT(sample); i++) {
        const json_t *f;
        size_t k;
        const char *verdict = "missing";
        json_array_foreach(json_object_get(scan, "fixes"), k, f)
            if (strcmp(vmm_json_str(f, "id"), sample[i].fix) == 0) verdict = vmm_json_str(f, "verdict");
        bool asked = strcmp(verdict, "needed") == 0 || strcmp(verdict, "optional") == 0;
        if (asked != asks || strcmp(verdict, "missing") == 0) fail_msg("%s: %s", sample[i].fix, verdict);
    }
}

static void a_fix_of_each_family_is_found_made_and_undone(void **state) {
    (void)state;
    keep_stage("old");
    json_t *scan = harness_json(4, harness_run(NULL, VMMEDIC, "scan", image, "--json", NULL));
    each_asks_to_be_made(scan, true);
    json_decref(scan);
    harness_shell("cmp %s %s/stage.old", image, room); /* looking wrote nothing */
    json_t *done = harness_json(0, apply());
    assert_true(json_array_size(json_object_get(done, "changes")) >= VMM_COUNT(sample));
    char *session = vmm_strdup(vmm_json_str(done, "session"));
    json_decref(done);
    keep_stage("new");
    scan = harness_json(0, harness_run(NULL, VMMEDIC, "scan", image, "--json", NULL));
    each_asks_to_be_made(scan, false);
    json_decref(scan);
    json_decref(harness_json(0, apply()));
    harness_shell("cmp %s %s/stage.new", image, room); /* a second run writes nothing */
    json_decref(harness_json(0, harness_run(NULL, VMMEDIC, "undo", session, "--yes", "--json", NULL)));
    struct vmm_buf take = {0};
    for (size_t i = 0; i < VMM_COUNT(places); i++) {
        const char *path = strchr(places[i], ' ');
        for (int back = 0; back < 2; back++)
            vmm_buf_fmt(&take, " : mount-ro /dev/sd%c%c / : download %s %s/file%zu.%d : umount-all", "ab"[back], path[-1], path + 1, room, i, back);
    }
    harness_shell("LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish --ro --format=raw -a %s/stage.old -a %s run%s", room, image, (char *)take.data);
    for (size_t i = 0; i < VMM_COUNT(places); i++) harness_shell("cmp %s/file%zu.0 %s/file%zu.1", room, i, room, i);
    vmm_buf_free(&take);
    free(session);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_fix_of_each_family_is_found_made_and_undone)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
