/* Every fuzzing target runs its seeds and what was once found, without a fuzzer. One test a target; the program that the target is stands beside this one.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

static char *here, *room; /* where the programs are; where the built seeds are */

static size_t files_in(const char *path) {
    DIR *d = opendir(path);
    size_t n = 0;
    for (struct dirent *e; d && (e = readdir(d));) n += e->d_name[0] != '.';
    if (d) closedir(d);
    return n;
}

static int build_seeds(void **state) {
    (void)state;
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return -1;
    self[n] = '\0';
    here = vmm_strdup(dirname(self));
    room = vmm_strdup("/tmp/vmmedic-seeds-XXXXXX");
    if (mkdtemp(room) == NULL) return -1;
    char *command = vmm_printf("'%s/seeds' '%s'", here, room);
    int r = system(command);
    free(command);
    return r;
}

static int remove_seeds(void **state) {
    (void)state;
    int r = vmm_remove_tree(room, NULL);
    free(room);
    free(here);
    return r;
}

/* Runs the target on its three folders; what it says last is how many inputs that were. */
static void run(const char *target) {
    char line[256] = "", *folders[] = {vmm_printf("%s/%s", room, target), vmm_printf("tests/fuzz/seeds/%s", target), vmm_printf("tests/fuzz/findings/%s", target)};
    char *log = vmm_printf("%s/%s.log", room, target);
    char *command = vmm_printf("'%s/fuzz_%s' '%s' '%s' '%s' 2>'%s'", here, target, folders[0], folders[1], folders[2], log);
    size_t wanted = files_in(folders[0]) + files_in(folders[1]) + files_in(folders[2]);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    while (fgets(line, sizeof line, out)) {}
    int status = pclose(out);
    if (status != 0) {
        char *tell = vmm_printf("tail -n 40 '%s' >&2", log); /* the input, and why it stopped there */
        if (system(tell) != 0) fail_msg("no log of %s", target);
        fail_msg("%s stopped with %d", target, status);
    }
    assert_int_equal(strtoul(line, NULL, 10), wanted);
    assert_true(wanted > 0);
    print_message("%s: %zu inputs\n", target, wanted);
    for (size_t i = 0; i < VMM_COUNT(folders); i++) free(folders[i]);
    free(log);
    free(command);
}

#define TARGET(name, promise)                                                                                                                                  \
    static void promise(void **state) {                                                                                                                        \
        (void)state;                                                                                                                                           \
        run(#name);                                                                                                                                            \
    }
TARGET(hive, hives_are_read_to_their_end_or_refused)
TARGET(edit, what_the_walk_accepts_is_edited_or_refused)
TARGET(logs, what_logs_make_of_a_hive_passes_the_same_checks)
TARGET(bcd, boot_stores_are_printed_and_their_values_taken_again)
TARGET(device, elements_of_any_bytes_are_shown)
TARGET(reg, reg_files_say_what_they_said)
TARGET(nsg, network_rules_are_judged_or_refused)
TARGET(disk, tables_lead_nowhere_outside_the_disk)
TARGET(image, formats_are_told_or_refused)
TARGET(session, torn_sessions_are_listed)
TARGET(worker, requests_are_answered)

static void every_target_is_here(void **state) {
    (void)state;
    size_t programs = 0;
    DIR *d = opendir("tests/fuzz");
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) programs += strncmp(e->d_name, "fuzz_", 5) == 0 && strstr(e->d_name, ".c");
    closedir(d);
    assert_int_equal(programs, 11);
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hives_are_read_to_their_end_or_refused),
        cmocka_unit_test(what_the_walk_accepts_is_edited_or_refused),
        cmocka_unit_test(what_logs_make_of_a_hive_passes_the_same_checks),
        cmocka_unit_test(boot_stores_are_printed_and_their_values_taken_again),
        cmocka_unit_test(elements_of_any_bytes_are_shown),
        cmocka_unit_test(reg_files_say_what_they_said),
        cmocka_unit_test(network_rules_are_judged_or_refused),
        cmocka_unit_test(tables_lead_nowhere_outside_the_disk),
        cmocka_unit_test(formats_are_told_or_refused),
        cmocka_unit_test(torn_sessions_are_listed),
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(every_target_is_here),
    };
    return cmocka_run_group_tests(tests, build_seeds, remove_seeds);
}
