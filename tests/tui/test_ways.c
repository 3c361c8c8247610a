/* Whole ways through the program by keys, with its worker and a Windows volume in a folder: a fix of each family from the look to undo, and what opens over the steps.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/program.h"

static char *room, *disk, *original;

static void make(const char *scenario) {
    room = harness_stand(scenario, &disk);
    original = harness_hash(disk);
}
static void clean(void) {
    harness_fall(room, disk);
    free(original);
}
static struct program *start(const char *const *environment) {
    const struct program_options o = {.environment = environment};
    const char *argv[] = {VMMEDIC, disk, NULL};
    return program_start(&o, argv);
}
static void at(struct program *p, const char *step) {
    char *mark = vmm_printf("▸ %s", step);
    program_until(p, mark);
    program_until(p, " Enter ");
    free(mark);
}
static void type(struct program *p, const char *text) {
    program_type(p, text, strlen(text));
    program_until(p, text + (strlen(text) > 40 ? strlen(text) - 40 : 0)); /* a long line shows its end */
    program_keys(p, "<Enter>");
}
static bool untouched(void) {
    char *now = harness_hash(disk);
    bool same = strcmp(now, original) == 0;
    free(now);
    return same;
}

/* ---- a fix of each family ---- */
static const struct {
    const char *scenario, *family, *fix;
} ways[] = {
    {"safe-mode-network", "Boot mode", "SM01"}, {"r01", "Remote Desktop", "R01"}, {"rd01", "RDP listener", "RD01"}, {"s01", "Services", "S01"},      {"w01", "Firewall", "W01"},
    {"n02", "Network", "N02"},                  {"t01", "Encryption", "T01"},     {"a03", "Sign-in", "A03"},        {"bt02", "Start of Windows", "BT02"},
};

static void a_fix_of_each_family_is_found_made_and_undone_by_keys(void **state) {
    (void)state;
    for (size_t i = 0; i < VMM_COUNT(ways); i++) {
        make(ways[i].scenario);
        struct program *p = start(NULL);
        at(p, "Symptom");
        program_keys(p, "<Enter>");
        at(p, "Snapshot");
        program_keys(p, "3<Enter>");
        at(p, "Drive");
        program_keys(p, "<Enter>");
        if (screen_shows(program_screen(p), "Nothing to repair")) fail_msg("%s: called healthy", ways[i].scenario);
        at(p, "Boot");
        program_keys(p, "<Enter>");
        at(p, "Fixes");
        char *chosen = vmm_printf("[x] %s", ways[i].fix);
        program_until(p, "Needed: it keeps people out");
        program_until(p, chosen);
        free(chosen);
        program_keys(p, "<Enter>"); /* Enter alone goes on with what is needed */
        at(p, "Preview");
        program_until(p, ways[i].fix);
        assert_true(untouched());
        program_keys(p, "<Enter>");
        at(p, "Apply");
        program_keys(p, "disk<Enter>");
        at(p, "Finish");
        program_until(p, "Done.");
        assert_false(untouched());
        struct ran scan = harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL);
        if (scan.code != 0) fail_msg("%s: after the repair scan says %d\n%s", ways[i].scenario, scan.code, scan.out);
        harness_ran_clear(&scan);
        program_keys(p, "u");
        program_until(p, "Undo the repair?");
        program_keys(p, "2<Enter>");
        program_until(p, "Everything is put back");
        program_keys(p, "<Enter>");
        assert_int_equal(program_code(p), 0);
        program_end(p);
        if (!untouched()) fail_msg("%s: undo is not bit for bit", ways[i].scenario);
        clean();
    }
}

/* ---- over the steps ---- */
static int with_r01(void **state) {
    (void)state;
    make("r01");
    return 0;
}
static int done(void **state) {
    (void)state;
    clean();
    return 0;
}

static char *put(const char *name, const char *text, mode_t mode) {
    char *path = vmm_printf("%s/%s", room, name);
    harness_write(path, text, strlen(text));
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void az_is_asked_after_a_yes_and_can_be_stopped(void **state) {
    (void)state;
    char *az = put("az", "#!/bin/sh\nif [ -e \"$0.slow\" ]; then echo $$ > \"$0.pid.new\"; mv \"$0.pid.new\" \"$0.pid\"; sleep 1000; fi\n"
                         "printf '\\033[2J\\033[31mPowerState/running\\033[0m\\n\\033]0;x\\007%s\\n' \"$*\"\n", 0755);
    char *path = vmm_printf("PATH=%s:%s", room, getenv("PATH")), *slow = vmm_printf("%s.slow", az), *pid_file = vmm_printf("%s.pid", az);
    const char *const environment[] = {path, NULL};
    struct program *p = start(environment);
    at(p, "Symptom");
    program_keys(p, "l");
    program_until(p, "When Remote Desktop does not connect");
    program_until(p, "needed: R01"); /* what the disk says; the look has ended */
    program_keys(p, "a");
    type(p, "prod-rg web03");
    program_keys(p, "5<Enter>");
    program_until(p, "Ask now: az vm get-instance-view -g prod-rg -n web03");
    program_keys(p, "/Ask now<Enter><Enter>");
    program_until(p, "Run it?");
    program_keys(p, "<Enter>");
    program_until(p, "az answered:");
    program_until(p, "PowerState/running");
    program_until(p, "In the cloud"); /* nothing that it printed cleared the screen */
    program_keys(p, "<Enter>");
    program_until(p, "Ask now:");
    free(put("az.slow", "", 0644));
    program_keys(p, "<Enter>");
    program_until(p, "Run it?");
    program_type(p, "\r", 1);
    program_until(p, "Waiting for az");
    while (access(pid_file, F_OK) != 0) program_until(p, "Waiting for az");
    program_type(p, "s", 1);
    program_until(p, "az was stopped");
    uint8_t *pid;
    size_t len;
    assert_int_equal(vmm_file_read(pid_file, 100, &pid, &len, NULL), 0);
    assert_int_equal(kill(atoi((char *)pid), 0), -1);
    program_keys(p, "b");
    program_until(p, "When Remote Desktop does not connect");
    program_keys(p, "bq");
    assert_int_equal(program_code(p), 6);
    program_end(p);
    assert_true(untouched());
    free(pid);
    free(pid_file);
    free(slow);
    free(path);
    free(az);
}

static void a_file_of_network_rules_is_judged_in_the_wizard(void **state) {
    (void)state;
    char *file = put("rules.json", "{\"name\":\"web-nsg\",\"securityRules\":[]}", 0644), *wrong = vmm_printf("%sx", file);
    struct program *p = start(NULL);
    at(p, "Symptom");
    program_keys(p, "5<Enter>");
    program_until(p, "Which message is it?");
    program_keys(p, "5<Enter>");
    program_until(p, "Which question is next?");
    program_keys(p, "2<Enter>");
    program_until(p, "And?");
    program_keys(p, "2<Enter>");
    program_until(p, "Do the network rules let Remote Desktop in?");
    type(p, wrong);
    program_until(p, "No such file");
    program_keys(p, "<BS><Enter>"); /* it stands there still: one letter is taken away */
    program_until(p, "DENY: TCP port 3389");
    program_until(p, "DenyAllInBound");
    program_keys(p, "<Enter>");
    program_until(p, "And?");
    program_keys(p, "bbbq");
    assert_int_equal(program_code(p), 6);
    program_end(p);
    free(wrong);
    free(file);
}

static void a_reg_file_is_a_fix_like_any_other_and_plans_are_saved(void **state) {
    (void)state;
    static const char text[] = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\CrashControl]\r\n\"NMICrashDump\"=dword:00000001\r\n";
    char *good = put("good.reg", text, 0644), *bad = put("bad.reg", "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\X]\r\n\"a\"=dword:1\r\n", 0644);
    char *saved = vmm_printf("%s/plan.reg", room);
    struct program *p = start(NULL);
    at(p, "Symptom");
    program_keys(p, "<Enter>");
    at(p, "Snapshot");
    program_keys(p, "3<Enter>");
    at(p, "Drive");
    program_keys(p, "<Enter>");
    at(p, "Boot");
    program_keys(p, "<Enter>");
    at(p, "Fixes");
    program_keys(p, "<End> ");
    program_until(p, "The path of the .reg file:");
    type(p, bad);
    program_until(p, "line 4");
    if (screen_shows(program_screen(p), "Enter close")) program_keys(p, "<Enter>");
    program_keys(p, "<C-u>");
    type(p, good);
    program_until(p, "The file asks for 1 change.");
    program_keys(p, "<Enter>");
    at(p, "Preview");
    program_until(p, "2 changes.");
    program_keys(p, "c");
    program_until(p, "fDenyTSConnections /t REG_DWORD /d 0 /f");
    program_keys(p, "<Enter>");
    program_keys(p, "f1<Enter>");
    program_until(p, "The path of the file to make:");
    program_keys(p, "<C-u>");
    type(p, saved);
    program_until(p, "Written: ");
    assert_true(untouched());
    program_keys(p, "<Enter>");
    at(p, "Apply");
    program_keys(p, "disk<Enter>");
    program_until(p, "Done.");
    program_keys(p, "<Enter>");
    assert_int_equal(program_code(p), 0);
    program_end(p);
    struct ran again = harness_run(NULL, VMMEDIC, "plan", disk, "--reg", saved, "--json", NULL); /* what was saved is what is there now */
    assert_int_equal(again.code, 0);
    harness_ran_clear(&again);
    free(saved);
    free(good);
    free(bad);
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fix_of_each_family_is_found_made_and_undone_by_keys),
        cmocka_unit_test_setup_teardown(az_is_asked_after_a_yes_and_can_be_stopped, with_r01, done),
        cmocka_unit_test_setup_teardown(a_file_of_network_rules_is_judged_in_the_wizard, with_r01, done),
        cmocka_unit_test_setup_teardown(a_reg_file_is_a_fix_like_any_other_and_plans_are_saved, with_r01, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
