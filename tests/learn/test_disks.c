/* Scenarios on real images, through the real appliance, by a reader who types what the coach says: what only an image can be (BitLocker, a store that the firmware does not
 * read). The others run as folders in tests/cli/test_learn.
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
#include "harness/talk.h"

static char *room;
static struct vmm_lessons *all;

static int setup(void **state) {
    (void)state;
    const char *folder = "scenarios";
    room = harness_room();
    setenv("VMMEDIC_STATE", room, 1);
    setenv("LIBGUESTFS_BACKEND", "direct", 1);
    unsetenv("LANGUAGE");
    all = vmm_lessons_read(&folder, 1);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    vmm_lessons_free(all);
    vmm_remove_tree(room, NULL);
    free(room);
    return 0;
}

static void solved(const char *name, const char *words) {
    const struct vmm_lesson *l = vmm_lesson_by_name(all, name);
    char *text;
    assert_non_null(l);
    int code = talk_obey(l, &talk_english, false, false, &text);
    if (code != 0 || !strstr(text, "\nSolved.\n") || !strstr(text, words)) fail_msg("%s: exit %d, or not said: %s\n%s", name, code, words, text);
    free(text);
}

static void a_locked_volume_is_left_alone(void **state) {
    (void)state;
    harness_only_in_full();
    solved("bitlocker-without-key", "Nothing was written to the disk. That was right.");
}
static void the_store_that_the_firmware_reads_is_repaired_and_the_other_left(void **state) {
    (void)state;
    solved("decoy-store", "Nothing else was changed.");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_locked_volume_is_left_alone),
        cmocka_unit_test(the_store_that_the_firmware_reads_is_repaired_and_the_other_left),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
