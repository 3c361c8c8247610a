/* The whole program on a terminal and on real disk images, through the real appliance: practice disks from start to finish by keys alone.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/program.h"
#include "vmmedic/practice.h"

/* None, a boot store's repair, and with CHECK=all a hive's; the others are walked on folders, where an appliance need not start twice for each. */
static const char *const names[] = {"healthy", "safe-mode-minimal", "r01"};
#define DISKS VMM_COUNT(names)

static char *room;
static char *image[DISKS];
static size_t images;

/* The generation and the format take turns. */
static int setup(void **state) {
    (void)state;
    struct vmm_practice list[DISKS];
    struct vmm_error err = {0};
    room = harness_room();
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    for (; images < (harness_everything() ? DISKS : DISKS - 1); images++) {
        image[images] = vmm_printf("%s/d%zu.%s", room, images, images % 2 ? "qcow2" : "img");
        list[images] = (struct vmm_practice){image[images], names[images], images % 3 == 1 ? 1 : 2};
    }
    if (vmm_practice_make(list, images, (struct vmm_progress){0}, &err) == 0) return 0;
    fprintf(stderr, "practice: %s\n", err.message);
    return -1;
}

static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    for (size_t i = 0; i < images; i++) free(image[i]);
    free(room);
    return 0;
}

static char *hash(const char *file) {
    char *line = vmm_printf("sha256sum '%s'", file), sum[65] = "";
    FILE *f = popen(line, "r");
    assert_non_null(f);
    assert_int_equal(fread(sum, 1, 64, f), 64);
    assert_int_equal(pclose(f), 0);
    free(line);
    return vmm_strdup(sum);
}

static struct program *start(const char *target) {
    const char *argv[] = {VMMEDIC, target, NULL};
    struct program *p = program_start(NULL, argv);
    program_patience(p, 150);
    return p;
}

static void at(struct program *p, const char *step) {
    char *mark = vmm_printf("▸ %s", step);
    program_until(p, mark);
    program_until(p, " Enter ");
    free(mark);
}

static void ends(struct program *p, int code) {
    int was = program_code(p);
    if (was != code) {
        screen_print(program_screen(p), "at the end");
        fail_msg("exit code %d, not %d", was, code);
    }
    assert_true(program_gave_terminal_back(p));
    program_end(p);
}

static const struct {
    const char *step, *keys;
} way[] = {{"Symptom", "<Enter>"}, {"Snapshot", "3<Enter>"}, {"Drive", "<Enter>"}, {"Boot", "<Enter>"}, {"Fixes", "<Enter>"}, {"Preview", "<Enter>"}};

static void go_to(struct program *p, const char *step) {
    for (size_t i = 0; i < VMM_COUNT(way); i++) {
        at(p, way[i].step);
        if (strcmp(way[i].step, step) == 0) return;
        program_keys(p, way[i].keys);
    }
    at(p, step);
}

static void repaired_by_keys(const char *file) {
    char *before = hash(file), *name = vmm_printf("%s<Enter>", strrchr(file, '/') + 1);
    struct program *p = start(file);
    go_to(p, "Apply");
    char *looked = hash(file);
    assert_string_equal(looked, before); /* until the name is typed nothing is written */
    program_keys(p, name);
    at(p, "Finish");
    program_until(p, "Done.");
    program_keys(p, "<Enter>");
    ends(p, 0);
    char *after = hash(file);
    assert_string_not_equal(after, before);
    free(before);
    free(looked);
    free(after);
    free(name);
}

static void left_alone(const char *file) {
    char *before = hash(file);
    struct program *p = start(file);
    go_to(p, "Drive");
    program_until(p, "Nothing that was checked on this disk keeps people out");
    program_keys(p, "<Enter>");
    program_until(p, "none of these fixes is needed");
    program_keys(p, "<Enter>");
    ends(p, 0);
    char *after = hash(file);
    assert_string_equal(after, before);
    free(before);
    free(after);
}

static void each_disk_is_walked_to_its_end_by_keys_alone(void **state) {
    (void)state;
    for (size_t i = 0; i < images; i++) {
        if (strcmp(names[i], "healthy") == 0) left_alone(image[i]);
        else repaired_by_keys(image[i]);
    }
}

static void leaving_at_any_step_leaves_the_image_as_it_is(void **state) {
    (void)state;
    static const char *const steps[] = {"Drive", "Preview"};
    size_t stuck = 0;
    while (strcmp(names[stuck], "healthy") == 0) stuck++;
    char *before = hash(image[stuck]);
    for (size_t i = 0; i < VMM_COUNT(steps); i++) {
        struct program *p = start(image[stuck]);
        if (strcmp(steps[i], "Drive") == 0) { /* in the middle of the look */
            at(p, "Symptom");
            program_keys(p, "<Enter>");
            at(p, "Snapshot");
            program_keys(p, "3<Enter>");
            program_until(p, "▸ Drive");
        } else {
            go_to(p, steps[i]);
        }
        program_keys(p, "q");
        ends(p, 6);
        char *after = hash(image[stuck]);
        assert_string_equal(after, before);
        free(after);
    }
    free(before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaving_at_any_step_leaves_the_image_as_it_is),
        cmocka_unit_test(each_disk_is_walked_to_its_end_by_keys_alone),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
