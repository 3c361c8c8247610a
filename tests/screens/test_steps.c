/* What each step shows and takes. On the model, with a worker that follows a script.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/screens/walk.h"

/* ---- attach ---- */
static void refused_disks_are_listed_with_their_reason_and_not_taken(void **state) {
    (void)state;
    struct walk *k = begin_with(good, &without);
    enter_until(k, STEP_ATTACH);
    assert_int_equal(vmm_wizard_count(k->w), 3);
    assert_int_equal(vmm_wizard_mark(k->w, 0, true), -1);
    assert_int_equal(vmm_wizard_mark(k->w, 2, true), -1);
    settle(k);
    was_said(k, "sda cannot be chosen: This machine runs from it.");
    was_said(k, "sdd cannot be chosen: It is mounted on /mnt.");
    assert_true(marked(k, 1)); /* the only one that can be taken */
    assert_int_equal(script_count(&k->s, "scan"), 0);
    end(k);
}

static void a_disk_that_comes_into_use_after_it_was_pointed_at_is_not_taken(void **state) {
    (void)state;
    static const struct answer busy[] = {{"sessions", "{}"}, {"disks", DISKS_JSON}, {"disks", "{'disks':[{'path':'/dev/sda','refused':'own'},{'path':'/dev/sdc','refused':'a VM has it open'}]}"}, {0}};
    struct walk *k = begin_with(busy, &without);
    enter_until(k, STEP_ATTACH);
    assert_int_equal(vmm_wizard_mark(k->w, 1, true), 0);
    vmm_wizard_tick(k->w);
    settle(k);
    enter(k, NULL);
    AT(k, STEP_ATTACH);
    was_said(k, "A VM has it open.");
    assert_int_equal(script_count(&k->s, "scan"), 0);
    end(k);
}

static void a_typed_path_is_looked_at_before_it_is_taken(void **state) {
    (void)state;
    static const struct answer paths[] = {COMMON,
                                          {"probe", ERROR_JSON("not-found", 2, "there is no /srv/dsk.img")},
                                          {"probe", "{'kind':'image','path':'/srv/disk.img','name':'disk.img','in_use':'process 812 has it open'}"},
                                          {"probe", "{'kind':'folder','path':'/mnt/win','name':'win','in_use':null}"},
                                          {"scan", SCAN_FOLDER},
                                          {0}};
    struct walk *k = begin_with(paths, &without);
    enter_until(k, STEP_ATTACH);
    key(k, 'p', 0);
    enter(k, "/srv/dsk.img");
    was_said(k, "there is no /srv/dsk.img");
    enter(k, "/srv/disk.img");
    was_said(k, "is in use: Process 812 has it open.");
    AT(k, STEP_ATTACH);
    enter(k, "/mnt/win");
    AT(k, STEP_ATTACH); /* asks for the boot folder */
    enter(k, "/mnt/esp");
    AT(k, STEP_DRIVE);
    assert_string_equal(vmm_json_str(script_last(&k->s, "scan"), "target"), "/mnt/win");
    assert_string_equal(vmm_json_str(script_last(&k->s, "scan"), "boot"), "/mnt/esp");
    end(k);
}

static void a_disk_that_cannot_be_read_can_be_tried_again_or_left_for_another(void **state) {
    (void)state;
    static const struct answer flaky[] = {COMMON, {"probe", PROBE_JSON}, {"scan", ERROR_JSON("in-use", 3, "a virtual machine has it open")}, {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {0}};
    struct walk *k = begin(flaky);
    enter_until(k, STEP_DRIVE);
    body_says(k, "a virtual machine has it open");
    assert_int_equal(vmm_wizard_count(k->w), 0);
    key(k, 'r', 0);
    AT(k, STEP_DRIVE);
    body_says(k, "Stuck in Safe Mode");
    back(k);
    AT(k, STEP_ATTACH);
    assert_int_equal(vmm_wizard_count(k->w), 4); /* the named one and this machine's three */
    end(k);
    k = begin(flaky);
    enter_until(k, STEP_DRIVE);
    vmm_wizard_quit(k->w);
    assert_int_equal(code_of(k), 3);
    end(k);
}

/* ---- what the disk says ---- */
static void a_healthy_disk_says_what_was_checked_and_where_to_look_next(void **state) {
    (void)state;
    struct walk *k = begin(healthy);
    enter_until(k, STEP_HEALTHY);
    assert_int_equal(vmm_wizard_line(k->w), STEP_DRIVE);
    body_says(k, "Safe Mode: not set");
    body_says(k, "Passwords");
    more_says(k, "az network nic list-effective-nsg");
    more_says(k, "az vm redeploy");
    body_pins(k, "Nothing on this disk keeps anybody out.");
    enter(k, NULL);
    assert_int_equal(code_of(k), 0);
    end(k);
    k = begin(healthy); /* all the same, the other steps are not shut */
    enter_until(k, STEP_HEALTHY);
    key(k, 'f', 0);
    AT(k, STEP_BOOT);
    end(k);
}

#define SESSION(n, state, target, disk) \
    "{'session':'s" n "','state':'" state "','target':'" target "','disk':'" disk "','started':'2026-11-21T09:0" n ":00Z','ended':'2026-11-21T09:0" n ":30Z','folder':'/st/s" n "','running':false}"

static void a_disk_that_vmmedic_repaired_before_says_so_and_how_to_undo(void **state) {
    (void)state;
    static const struct answer repaired[] = {{"sessions", "{'sessions':[" SESSION("1", "done", "/srv/disk.img", "gpt:{x}") "]}"}, {"probe", PROBE_JSON}, {"disks", DISKS_JSON}, {"scan", SCAN_HEALTHY}, {0}};
    static const struct answer undone[] = {{"sessions", "{'sessions':[" SESSION("1", "done", "/srv/disk.img", "gpt:{x}") "," SESSION("2", "undone", "/srv/disk.img", "gpt:{x}") "]}"},
                                           {"probe", PROBE_JSON}, {"disks", DISKS_JSON}, {"scan", SCAN_HEALTHY}, {0}};
    static const struct answer other[] = {{"sessions", "{'sessions':[" SESSION("1", "done", "/srv/disk.img", "gpt:{y}") "," SESSION("2", "done", "/dev/sdx", "gpt:{x}") "]}"},
                                          {"probe", PROBE_JSON}, {"disks", DISKS_JSON}, {"scan", SCAN_HEALTHY}, {0}};
    static const struct answer *const not_repaired[] = {undone, other};
    struct walk *k = begin(repaired);
    enter_until(k, STEP_HEALTHY);
    body_says(k, "vmmedic repaired this disk: 2026-11-21 09:01 UTC.");
    body_says(k, "/st/s1/report.txt");
    body_says(k, "vmmedic undo s1");
    end(k);
    for (size_t i = 0; i < VMM_COUNT(not_repaired); i++) {
        k = begin(not_repaired[i]);
        enter_until(k, STEP_HEALTHY);
        body_says(k, "The cause is probably elsewhere");
        end(k);
    }
}

static void of_several_windows_one_is_chosen_and_planned_for(void **state) {
    (void)state;
    struct walk *k = begin(two);
    enter_until(k, STEP_DRIVE);
    assert_int_equal(vmm_wizard_count(k->w), 2);
    assert_int_equal(script_count(&k->s, "scan"), 1);
    choose(k, 1); /* the verdict was the other one's: this one is judged, and shown, first */
    AT(k, STEP_DRIVE);
    assert_int_equal(json_integer_value(json_object_get(script_last(&k->s, "scan"), "windows")), 2);
    body_says(k, "About number 2");
    enter_until(k, STEP_PREVIEW);
    assert_int_equal(script_count(&k->s, "scan"), 2);
    assert_int_equal(json_integer_value(json_object_get(script_last(&k->s, "plan"), "windows")), 2);
    end(k);
}

static void a_disk_without_windows_leads_back_to_the_list(void **state) {
    (void)state;
    struct walk *k = begin(empty);
    enter_until(k, STEP_DRIVE);
    body_says(k, "No Windows was found");
    enter(k, NULL);
    AT(k, STEP_ATTACH);
    vmm_wizard_quit(k->w);
    assert_int_equal(code_of(k), 3);
    end(k);
}

static void text_from_the_disk_reaches_nobody_unescaped(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_DRIVE);
    char *text = body_of(k);
    assert_null(strchr(text, 0x1b));
    assert_non_null(strstr(text, "\\x1b[31m"));
    free(text);
    end(k);
}

static void the_entry_that_boots_this_windows_is_marked(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_BOOT);
    size_t manager = row_with(k, "Windows Boot Manager"), loader = row_with(k, "Windows Boot Loader"), flag = row_with(k, "safeboot  ");
    static const char *const notes[] = {"boots this Windows", "this keeps Remote Desktop out"};
    static const enum wizard_meaning means[] = {MEAN_OK, MEAN_BROKEN};
    size_t rows[] = {loader, flag};
    struct wizard_item item;
    assert_true(manager < loader && loader < flag);
    for (size_t i = 0; i < vmm_wizard_count(k->w); i++) {
        size_t n = 0;
        while (n < 2 && rows[n] != i) n++;
        vmm_wizard_item(k->w, i, &item);
        if (n == 2) assert_null(item.cell[0]);
        else {
            assert_string_equal(item.cell[0], notes[n]);
            assert_int_equal(item.cell_mean[0], means[n]);
        }
        vmm_item_clear(&item);
    }
    body_pins(k, "\"safeboot Minimal\": this keeps Remote Desktop out.");
    key(k, 'v', 0);
    assert_true(json_is_true(json_object_get(script_last(&k->s, "bcd"), "verbose")));
    end(k);
}

static void a_store_that_cannot_be_read_still_leads_on(void **state) {
    (void)state;
    static const struct answer torn[] = {{"sessions", "{}"}, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"bcd", ERROR_JSON("broken", 3, "the store ends too early")}, {0}};
    struct walk *k = begin(torn);
    enter_until(k, STEP_BOOT);
    body_says(k, "the store ends too early");
    enter(k, NULL);
    AT(k, STEP_FIXES);
    end(k);
}

/* ---- fixes ---- */
static void needed_fixes_are_ticked_but_never_what_lowers_security_or_is_blocked(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_FIXES);
    assert_true(marked(k, row_with(k, "SM01")));
    assert_false(marked(k, row_with(k, "R03")));
    assert_false(marked(k, row_with(k, "CD01")));
    assert_int_equal(vmm_wizard_mark(k->w, row_with(k, "BT01"), true), -1);
    settle(k);
    was_said(k, "Windows is hibernated");
    enter(k, NULL);
    const json_t *fixes = json_object_get(script_last(&k->s, "plan"), "fixes");
    assert_int_equal(json_array_size(fixes), 1);
    assert_string_equal(json_string_value(json_array_get(fixes, 0)), "SM01");
    end(k);
}

static void the_symptom_sorts_the_fixes_and_hides_none(void **state) {
    (void)state;
    for (size_t symptom = 0; symptom < 5; symptom++) {
        struct walk *k = begin(good);
        choose(k, symptom);
        enter_until(k, STEP_FIXES);
        assert_int_equal(vmm_wizard_count(k->w), 4);
        key(k, 'e', 0);
        assert_int_equal(vmm_wizard_count(k->w), 5); /* the one that is in order too */
        if (symptom == 1) assert_int_equal(row_with(k, "SM01"), 0);
        if (symptom == 2) assert_int_equal(row_with(k, "R03"), 0);
        end(k);
    }
}

static void options_of_a_fix_travel_with_it(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_FIXES);
    key(k, 'd', row_with(k, "SM01"));
    was_said(k, "Deletes one element");
    was_said(k, "Option loader=all. which Usually: boot");
    was_said(k, "SM01: Remove safe boot\nThe loader carries safeboot Minimal.\nRisk: low\nTo undo: ");
    key(k, 'o', row_with(k, "SM01"));
    was_said(k, "Option loader=all. which Usually: boot");
    enter(k, "o 2");
    was_said(k, "Options are written name=value");
    enter(k, "loader=all,");
    was_said(k, "Options are written name=value");
    enter(k, "loader=all");
    enter(k, NULL);
    const json_t *fixes = json_object_get(script_last(&k->s, "plan"), "fixes");
    assert_string_equal(json_string_value(json_array_get(fixes, 0)), "SM01:loader=all");
    end(k);
}

static void a_plan_that_is_refused_leads_back_to_the_fixes(void **state) {
    (void)state;
    static const struct answer clash[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", ERROR_JSON("conflict", 2, "SM01 and SM03 want different values")}, {0}};
    struct walk *k = begin(clash);
    enter_until(k, STEP_PREVIEW);
    body_says(k, "SM01 and SM03 want different values");
    enter(k, NULL);
    AT(k, STEP_FIXES);
    end(k);
}

/* ---- after ---- */
static struct walk *repaired(void) {
    struct walk *k = begin(good);
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    AT(k, STEP_FINISH);
    return k;
}

static void the_end_proves_the_change_and_says_what_to_do_next(void **state) {
    (void)state;
    struct walk *k = repaired();
    body_says(k, "Windows Server (default entry): safeboot: was Minimal, is now (not set)");
    body_pins(k, "safe to detach disk.img now");
    more_says(k, "az vm disk detach -g RG --vm-name REC --name DISK");
    more_says(k, "originals kept");
    body_says(k, "/var/lib/vmmedic/20261120-2/report.txt");
    body_says(k, "vmmedic undo 20261120-2");
    key(k, 'a', 0);
    enter(k, "prod-rg web03 rescue web03-os-copy");
    more_says(k, "az vm update -g prod-rg -n web03 --os-disk web03-os-copy");
    key(k, 'p', 0);
    was_said(k, "Disk disk.img");
    end(k);
}

static void a_mounted_folder_is_to_be_unmounted_before_the_disk_is_detached(void **state) {
    (void)state;
    struct walk *k = begin(folder);
    enter(k, NULL);
    choose(k, 2);
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    body_says(k, "Unmount it first");
    end(k);
}

static void names_that_a_shell_would_act_on_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"rg;reboot", "$(id)", "a`b`", "-n", "a b c d e", "rg 'x'", "rg\\x", "a&b", "a|b", "a>b", "*"};
    struct walk *k = repaired();
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        key(k, 'a', 0);
        enter(k, bad[i]);
        back(k);
        more_says(k, "az vm start -g RG -n VM");
    }
    end(k);
}

static void going_back_from_the_end_is_undo_and_shows_it_first(void **state) {
    (void)state;
    struct walk *k = repaired();
    assert_string_equal(vmm_wizard_back_name(k->w), "undo");
    back(k);
    AT(k, STEP_FINISH);
    body_says(k, "+ safeboot Minimal");
    assert_int_equal(script_count(&k->s, "undo"), 0);
    enter(k, NULL); /* Enter keeps the repair */
    assert_int_equal(script_count(&k->s, "undo"), 0);
    back(k);
    choose(k, 1);
    assert_int_equal(script_count(&k->s, "undo"), 1);
    assert_string_equal(vmm_json_str(script_last(&k->s, "undo"), "name"), "20261120-2");
    body_says(k, "put back");
    enter(k, NULL);
    assert_int_equal(code_of(k), 0);
    end(k);
}

static void another_disk_starts_with_no_answer_about_the_last_one(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter(k, NULL);
    choose(k, 2); /* "this disk is a copy": true of this one only */
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    key(k, 'n', 0);
    AT(k, STEP_SNAPSHOT);
    assert_false(marked(k, 2));
    assert_int_equal(script_count(&k->s, "close"), 1);
    choose(k, 0);
    AT(k, STEP_ATTACH);
    enter_until(k, STEP_APPLY);
    assert_int_equal(script_count(&k->s, "apply"), 1);
    enter(k, "disk.img");
    AT(k, STEP_FINISH);
    assert_int_equal(script_count(&k->s, "apply"), 2);
    end(k);
}

static void every_step_explains_itself_and_its_keys(void **state) {
    (void)state;
    struct walk *k = begin(good);
    for (int i = 0; i < 8; i++) {
        free(k->said);
        k->said = NULL;
        assert_true(strlen(vmm_wizard_why(k->w)) > 60);
        vmm_wizard_explain(k->w, -1);
        vmm_wizard_help(k->w);
        for (size_t r = 0; r < vmm_wizard_count(k->w); r++) vmm_wizard_explain(k->w, (long)r);
        settle(k);
        was_said(k, "Enter alone");
        struct wizard_prompt p;
        vmm_wizard_prompt(k->w, &p);
        for (const struct wizard_action *a = vmm_wizard_actions(k->w); a->key && p.kind != PROMPT_LINE; a++) {
            char *help = vmm_printf("%c: %s", a->key, a->help);
            if (vmm_wizard_action_enabled(k->w, a)) was_said(k, help);
            assert_null(strchr("iq?<-/bgjkABCDO[", a->key)); /* those mean the same everywhere, or are what a torn arrow key turns into */
            free(help);
        }
        enter(k, vmm_wizard_step(k->w) == STEP_APPLY ? "disk.img" : NULL);
    }
    end(k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_disks_are_listed_with_their_reason_and_not_taken),
        cmocka_unit_test(a_disk_that_comes_into_use_after_it_was_pointed_at_is_not_taken),
        cmocka_unit_test(a_typed_path_is_looked_at_before_it_is_taken),
        cmocka_unit_test(a_disk_that_cannot_be_read_can_be_tried_again_or_left_for_another),
        cmocka_unit_test(a_healthy_disk_says_what_was_checked_and_where_to_look_next),
        cmocka_unit_test(a_disk_that_vmmedic_repaired_before_says_so_and_how_to_undo),
        cmocka_unit_test(of_several_windows_one_is_chosen_and_planned_for),
        cmocka_unit_test(a_disk_without_windows_leads_back_to_the_list),
        cmocka_unit_test(text_from_the_disk_reaches_nobody_unescaped),
        cmocka_unit_test(the_entry_that_boots_this_windows_is_marked),
        cmocka_unit_test(a_store_that_cannot_be_read_still_leads_on),
        cmocka_unit_test(needed_fixes_are_ticked_but_never_what_lowers_security_or_is_blocked),
        cmocka_unit_test(the_symptom_sorts_the_fixes_and_hides_none),
        cmocka_unit_test(options_of_a_fix_travel_with_it),
        cmocka_unit_test(a_plan_that_is_refused_leads_back_to_the_fixes),
        cmocka_unit_test(the_end_proves_the_change_and_says_what_to_do_next),
        cmocka_unit_test(a_mounted_folder_is_to_be_unmounted_before_the_disk_is_detached),
        cmocka_unit_test(names_that_a_shell_would_act_on_are_refused),
        cmocka_unit_test(going_back_from_the_end_is_undo_and_shows_it_first),
        cmocka_unit_test(another_disk_starts_with_no_answer_about_the_last_one),
        cmocka_unit_test(every_step_explains_itself_and_its_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
