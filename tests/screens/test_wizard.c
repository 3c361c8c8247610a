/* The wizard's promises, checked on its model with a worker that follows a script.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/screens/script.h"

static const struct answer good[] = GOOD(SCAN_BROKEN), healthy[] = GOOD(SCAN_HEALTHY), two[] = GOOD_TWO, folder[] = GOOD(SCAN_FOLDER), pending[] = GOOD(SCAN_PENDING),
                           empty[] = GOOD(SCAN_NO_WINDOWS);
static const struct wizard_options with_target = {.target = "/srv/disk.img"}, without = {0};

struct walk {
    struct script s;
    struct wizard *w;
    char *said; /* all that was said so far */
};

static char *lines_text(const struct wizard_text *t) {
    struct vmm_buf b = {0};
    for (size_t i = 0; i < t->count; i++) vmm_buf_fmt(&b, "%s\n", t->line[i].text);
    return vmm_buf_steal(&b);
}

static void settle(struct walk *k) {
    json_t *event;
    struct vmm_error err;
    struct wizard_text t = {0};
    int r;
    while ((r = script_next(&k->s, 0, &event, &err)) == 1) {
        vmm_wizard_hear(k->w, event);
        json_decref(event);
    }
    if (r < 0) vmm_wizard_gone(k->w, &err);
    while (vmm_wizard_said(k->w, &t)) {
        char *text = lines_text(&t), *all = vmm_printf("%s%s", k->said ? k->said : "", text);
        free(text);
        free(k->said);
        k->said = all;
    }
    vmm_text_clear(&t);
}

static struct walk *begin_with(const struct answer *answers, const struct wizard_options *o) {
    struct walk *k = vmm_alloc(1, sizeof(*k));
    struct wizard_link link = script_link(&k->s, answers);
    k->w = vmm_wizard_new(o, link);
    settle(k);
    return k;
}
static struct walk *begin(const struct answer *answers) { return begin_with(answers, &with_target); }

static void end(struct walk *k) {
    vmm_wizard_free(k->w);
    script_free(&k->s);
    free(k->said);
    free(k);
}

static void enter(struct walk *k, const char *text) {
    vmm_wizard_reply(k->w, WIZARD_ACCEPT, text);
    settle(k);
}
static void back(struct walk *k) {
    vmm_wizard_reply(k->w, WIZARD_BACK, NULL);
    settle(k);
}
static void choose(struct walk *k, size_t row) {
    assert_int_equal(vmm_wizard_mark(k->w, row, true), 0);
    enter(k, NULL);
}
static void key(struct walk *k, char c, size_t row) {
    assert_true(vmm_wizard_action(k->w, c, row));
    settle(k);
}
#define AT(k, s) assert_int_equal(vmm_wizard_step((k)->w), s)

static void enter_until(struct walk *k, enum wizard_step step) {
    for (int i = 0; i < 12 && vmm_wizard_step(k->w) != step; i++) enter(k, NULL);
    AT(k, step);
}

static char *body_of(struct walk *k) {
    struct wizard_text t = {0};
    vmm_wizard_body(k->w, &t);
    char *text = lines_text(&t);
    vmm_text_clear(&t);
    return text;
}
static void body_says(struct walk *k, const char *words) {
    char *text = body_of(k);
    if (!strstr(text, words)) fail_msg("not said: %s\nin: %s", words, text);
    free(text);
}
static void was_said(struct walk *k, const char *words) {
    if (!k->said || !strstr(k->said, words)) fail_msg("not said: %s\nin: %s", words, k->said ? k->said : "");
}
static bool marked(struct walk *k, size_t row) {
    struct wizard_item i;
    vmm_wizard_item(k->w, row, &i);
    bool m = i.marked;
    vmm_item_clear(&i);
    return m;
}
static size_t row_with(struct walk *k, const char *words) {
    for (size_t r = 0; r < vmm_wizard_count(k->w); r++) {
        struct wizard_item i;
        vmm_wizard_item(k->w, r, &i);
        bool found = strstr(i.text, words) != NULL;
        vmm_item_clear(&i);
        if (found) return r;
    }
    fail_msg("no row with %s", words);
    return 0;
}
static int code_of(struct walk *k) {
    int code = -1;
    assert_true(vmm_wizard_over(k->w, &code));
    return code;
}

/* ---- the way through ---- */
static void a_named_disk_is_repaired_with_eight_keys_and_its_name(void **state) {
    (void)state;
    static const enum wizard_step way[] = {STEP_SYMPTOM, STEP_SNAPSHOT, STEP_DRIVE, STEP_BOOT, STEP_FIXES, STEP_PREVIEW, STEP_APPLY};
    struct walk *k = begin(good);
    int keys = 0;
    for (size_t i = 0; i < VMM_COUNT(way); i++) {
        AT(k, way[i]);
        keys++;
        enter(k, way[i] == STEP_APPLY ? "disk.img" : NULL);
    }
    AT(k, STEP_FINISH);
    enter(k, NULL);
    keys++;
    assert_int_equal(code_of(k), 0);
    assert_true(keys <= 8);
    assert_int_equal(script_count(&k->s, "apply"), 1);
    assert_string_equal(vmm_json_str(json_object_get(script_last(&k->s, "apply"), "snapshot"), "kind"), "take");
    end(k);
}

static void without_a_target_all_nine_steps_are_walked(void **state) {
    (void)state;
    struct walk *k = begin_with(good, &without);
    for (int s = STEP_SYMPTOM; s < STEP_APPLY; s++) {
        AT(k, (enum wizard_step)s);
        assert_int_equal(vmm_wizard_line(k->w), s);
        enter(k, NULL);
    }
    enter(k, "disk.img");
    AT(k, STEP_FINISH);
    assert_string_equal(vmm_json_str(script_last(&k->s, "scan"), "target"), "/dev/sdc");
    end(k);
}

static void the_scan_of_a_named_disk_starts_before_the_first_answer(void **state) {
    (void)state;
    struct walk *k = begin(good);
    AT(k, STEP_SYMPTOM);
    assert_int_equal(script_count(&k->s, "scan"), 1);
    enter_until(k, STEP_PREVIEW);
    assert_int_equal(script_count(&k->s, "scan"), 1);
    end(k);
}

static void a_target_that_is_no_disk_ends_at_once_with_its_code(void **state) {
    (void)state;
    static const struct answer bad[] = {COMMON, {"probe", ERROR_JSON("not-a-disk", 2, "notes.txt is a text file")}, {"scan", ERROR_JSON("not-a-disk", 2, "x")}, {0}};
    struct walk *k = begin(bad);
    assert_int_equal(code_of(k), 2);
    was_said(k, "notes.txt is a text file");
    was_said(k, "Do something about it.");
    end(k);
}

static void going_back_keeps_every_answer(void **state) {
    (void)state;
    struct walk *k = begin(good);
    choose(k, 1);                                  /* Safe Mode in the corners */
    choose(k, 1);                                  /* a snapshot in the cloud */
    enter(k, "web03-snap");
    enter_until(k, STEP_FIXES);
    size_t dump = row_with(k, "CD01");
    assert_int_equal(vmm_wizard_mark(k->w, dump, true), 0);
    enter(k, NULL);
    AT(k, STEP_PREVIEW);
    for (int i = 0; i < 6; i++) back(k);
    AT(k, STEP_SYMPTOM);
    assert_true(marked(k, 1));
    enter(k, NULL);
    AT(k, STEP_SNAPSHOT);
    assert_true(marked(k, 1));
    enter(k, NULL);
    enter(k, NULL);                                /* the name that was typed before */
    enter_until(k, STEP_FIXES);
    assert_true(marked(k, dump));
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    const json_t *snap = json_object_get(script_last(&k->s, "apply"), "snapshot");
    assert_string_equal(vmm_json_str(snap, "kind"), "named");
    assert_string_equal(vmm_json_str(snap, "text"), "web03-snap");
    assert_int_equal(json_array_size(json_object_get(script_last(&k->s, "plan"), "fixes")), 2);
    end(k);
}

/* ---- nothing is written by accident ---- */
static void a_wrong_or_empty_name_writes_nothing(void **state) {
    (void)state;
    static const char *const wrong[] = {"disk.im", "DISK.IMG", "disk.img2", " disk.img", "yes", "y", "/srv/disk.img"};
    struct walk *k = begin(good);
    enter_until(k, STEP_APPLY);
    for (size_t i = 0; i < VMM_COUNT(wrong); i++) {
        enter(k, wrong[i]);
        AT(k, STEP_APPLY);
    }
    was_said(k, "is not the name of this disk. Nothing was written.");
    enter(k, "");
    AT(k, STEP_PREVIEW);
    assert_int_equal(script_count(&k->s, "apply"), 0);
    end(k);
}

static void the_end_of_input_at_any_step_applies_nothing(void **state) {
    (void)state;
    for (int answers = 0; answers < 7; answers++) {
        struct walk *k = begin(good);
        for (int i = 0; i < answers; i++) enter(k, NULL);
        vmm_wizard_reply(k->w, WIZARD_LOST, NULL);
        assert_int_equal(code_of(k), 6);
        assert_int_equal(script_count(&k->s, "apply"), 0);
        end(k);
    }
}

static void a_disk_whose_name_is_not_known_is_never_written(void **state) {
    (void)state;
    static const struct answer nameless[] = {COMMON,
                                             {"probe", "{'kind':'image'}"},
                                             {"scan", "{'disk':{},'windows':[" WINDOWS1 "]," STORES "," FIXES("needed") "," VERDICT_BROKEN "}"},
                                             {"plan", PLAN_JSON},
                                             {0}};
    struct walk *k = begin(nameless);
    enter_until(k, STEP_APPLY);
    enter(k, "");
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    assert_int_equal(script_count(&k->s, "apply"), 0);
    end(k);
}

static void an_empty_plan_has_nothing_to_apply(void **state) {
    (void)state;
    static const struct answer none[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_EMPTY}, {0}};
    struct walk *k = begin(none);
    enter_until(k, STEP_PREVIEW);
    body_says(k, "There is nothing to do");
    enter(k, "disk.img");
    assert_true(vmm_wizard_over(k->w, NULL));
    assert_int_equal(script_count(&k->s, "apply"), 0);
    end(k);
}

static void what_is_applied_is_the_plan_that_was_shown(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_APPLY);
    back(k);
    back(k);
    AT(k, STEP_FIXES);
    assert_int_equal(vmm_wizard_mark(k->w, row_with(k, "CD01"), true), 0);
    enter(k, NULL);
    assert_int_equal(script_count(&k->s, "plan"), 3); /* each arrival at Preview plans anew */
    enter(k, NULL);
    enter(k, "disk.img");
    const char *last = vmm_json_str(json_array_get(k->s.asked, json_array_size(k->s.asked) - 2), "job");
    assert_string_equal(last, "plan");
    end(k);
}

/* ---- snapshot ---- */
static void no_snapshot_takes_a_typed_reason(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter(k, NULL);
    choose(k, 3);
    AT(k, STEP_SNAPSHOT);
    enter(k, "   ");
    AT(k, STEP_SNAPSHOT);
    choose(k, 3);
    enter(k, "test machine");
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    const json_t *snap = json_object_get(script_last(&k->s, "apply"), "snapshot");
    assert_string_equal(vmm_json_str(snap, "kind"), "none");
    assert_string_equal(vmm_json_str(snap, "text"), "test machine");
    end(k);
}

static void a_folder_cannot_be_copied_and_asks_again_before_apply(void **state) {
    (void)state;
    struct walk *k = begin(folder);
    enter(k, NULL);
    AT(k, STEP_SNAPSHOT);
    assert_int_equal(vmm_wizard_mark(k->w, 0, true), -1); /* the scan was quick: refused here already */
    end(k);
    k = begin_with(folder, &without);
    enter(k, NULL);
    enter(k, NULL); /* "make one of the disk I choose", before a disk is chosen */
    enter_until(k, STEP_PREVIEW);
    enter(k, NULL);
    AT(k, STEP_SNAPSHOT);
    was_said(k, "say how this disk is safe");
    choose(k, 2); /* this disk is a copy */
    AT(k, STEP_PREVIEW);
    enter(k, NULL);
    AT(k, STEP_APPLY);
    end(k);
}

/* ---- attach ---- */
static void refused_disks_are_listed_with_their_reason_and_not_taken(void **state) {
    (void)state;
    struct walk *k = begin_with(good, &without);
    enter_until(k, STEP_ATTACH);
    assert_int_equal(vmm_wizard_count(k->w), 3);
    assert_int_equal(vmm_wizard_mark(k->w, 0, true), -1);
    assert_int_equal(vmm_wizard_mark(k->w, 2, true), -1);
    settle(k);
    was_said(k, "this machine runs from it");
    was_said(k, "it is mounted on /mnt");
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
    was_said(k, "a VM has it open");
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
    was_said(k, "process 812 has it open");
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
    body_says(k, "az network nic list-effective-nsg");
    body_says(k, "az vm redeploy");
    enter(k, NULL);
    assert_int_equal(code_of(k), 0);
    end(k);
    k = begin(healthy); /* all the same, the other steps are not shut */
    enter_until(k, STEP_HEALTHY);
    key(k, 'g', 0);
    AT(k, STEP_BOOT);
    end(k);
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
    char *text = body_of(k);
    const char *manager = strstr(text, "{bootmgr}"), *mark = strstr(text, ">> The next entry boots this Windows"), *flag = strstr(text, "safeboot   ");
    assert_true(manager && mark && flag && manager < mark && mark < flag);
    assert_non_null(strstr(flag, "makes Windows start in Safe Mode"));
    free(text);
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
        assert_int_equal(vmm_wizard_count(k->w), 5);
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
    was_said(k, "The loader carries safeboot Minimal.\nRisk: low\n");
    key(k, 'o', row_with(k, "SM01"));
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

/* ---- an interrupted session ---- */
static void an_interrupted_session_comes_first_and_shuts_apply(void **state) {
    (void)state;
    struct walk *k = begin(pending);
    enter_until(k, STEP_PENDING);
    body_says(k, "20261120-1, begun 2026-11-20T10:00:00Z");
    assert_int_equal(script_count(&k->s, "finish") + script_count(&k->s, "undo"), 0);
    enter(k, NULL); /* Enter only looks */
    AT(k, STEP_DRIVE);
    enter_until(k, STEP_FIXES);
    enter(k, NULL);
    AT(k, STEP_PENDING);
    assert_int_equal(script_count(&k->s, "plan"), 0);
    assert_int_equal(script_count(&k->s, "finish") + script_count(&k->s, "undo") + script_count(&k->s, "apply"), 0);
    vmm_wizard_reply(k->w, WIZARD_LOST, NULL);
    assert_int_equal(code_of(k), 5);
    end(k);
}

static void an_interrupted_session_of_the_named_disk_comes_before_any_question(void **state) {
    (void)state;
    static const struct answer same[] = {{"sessions", "{'sessions':[{'session':'20261120-1','state':'interrupted','target':'/srv/disk.img','running':false}]}"},
                                         {"session", "{'text':''}"}, {"probe", PROBE_JSON}, {"scan", SCAN_PENDING}, {"finish", "{}"}, {0}};
    struct walk *k = begin(same);
    AT(k, STEP_PENDING);
    end(k);
}

static void the_next_step_does_not_depend_on_how_fast_the_worker_is(void **state) {
    (void)state;
    static const struct answer *const scripts[] = {good, healthy, pending, folder};
    for (size_t i = 0; i < VMM_COUNT(scripts); i++) {
        struct walk *fast = begin(scripts[i]), *slow = vmm_alloc(1, sizeof(*slow));
        struct wizard_link link = script_link(&slow->s, scripts[i]);
        slow->w = vmm_wizard_new(&with_target, link);
        json_t *event;
        struct vmm_error err;
        while (vmm_wizard_busy(slow->w, NULL) && script_next(&slow->s, 0, &event, &err) == 1) { /* no more than the step waits for */
            vmm_wizard_hear(slow->w, event);
            json_decref(event);
        }
        AT(fast, STEP_SYMPTOM);
        AT(slow, STEP_SYMPTOM);
        enter(fast, NULL);
        vmm_wizard_reply(slow->w, WIZARD_ACCEPT, NULL);
        assert_int_equal(vmm_wizard_step(fast->w), vmm_wizard_step(slow->w));
        vmm_wizard_mark(fast->w, 2, true);
        vmm_wizard_mark(slow->w, 2, true);
        enter(fast, NULL);
        vmm_wizard_reply(slow->w, WIZARD_ACCEPT, NULL);
        settle(slow);
        assert_int_equal(vmm_wizard_step(fast->w), vmm_wizard_step(slow->w));
        end(fast);
        end(slow);
    }
}

static void a_half_repaired_disk_is_never_called_healthy(void **state) {
    (void)state;
    static const struct answer half[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_HALF}, {0}};
    struct walk *k = begin(half);
    enter_until(k, STEP_PENDING);
    enter(k, NULL);
    AT(k, STEP_DRIVE);
    body_says(k, "still waits to be finished or put back");
    enter(k, NULL);
    AT(k, STEP_BOOT);
    back(k);
    back(k);
    AT(k, STEP_PENDING);
    vmm_wizard_quit(k->w);
    assert_int_equal(code_of(k), 5);
    end(k);
}

static void an_interrupted_session_is_finished_or_put_back_as_asked(void **state) {
    (void)state;
    static const struct answer then[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PENDING}, {"scan", SCAN_HEALTHY}, {0}};
    static const char *const jobs[] = {NULL, "finish", "undo"};
    for (size_t row = 1; row <= 2; row++) {
        struct walk *k = begin(then);
        enter_until(k, STEP_PENDING);
        choose(k, row);
        assert_int_equal(script_count(&k->s, jobs[row]), 1);
        assert_string_equal(vmm_json_str(script_last(&k->s, jobs[row]), "name"), "20261120-1");
        assert_int_equal(script_count(&k->s, "scan"), 2);
        AT(k, STEP_DRIVE);
        enter_until(k, STEP_HEALTHY);
        end(k);
    }
}

static void an_interrupted_session_that_cannot_be_finished_says_so_and_leaves_5(void **state) {
    (void)state;
    static const struct answer stuck[] = {{"finish", ERROR_JSON("interrupted", 5, "the disk is gone")}, COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PENDING}, {0}};
    struct walk *k = begin(stuck);
    enter_until(k, STEP_PENDING);
    choose(k, 1);
    AT(k, STEP_PENDING);
    body_says(k, "the disk is gone");
    vmm_wizard_quit(k->w);
    assert_int_equal(code_of(k), 5);
    end(k);
}

static void interrupted_sessions_of_other_disks_are_mentioned_at_the_start(void **state) {
    (void)state;
    static const struct answer old[] = {{"sessions", "{'sessions':[{'session':'a','state':'interrupted','target':'/dev/sdx','running':false},{'session':'b','state':'done','target':'/dev/sdy'}]}"}, {0}};
    struct walk *k = begin_with(old, &without);
    was_said(k, "/dev/sdx was interrupted");
    assert_null(strstr(k->said, "/dev/sdy"));
    end(k);
}

/* ---- when things fail ---- */
static void a_failed_apply_says_what_became_of_the_disk(void **state) {
    (void)state;
    static const struct answer put_back[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", ERROR_JSON("write-failed", 1, "no space")}, {0}};
    static const struct answer between[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", ERROR_JSON("interrupted", 5, "the disk vanished")}, {0}};
    struct walk *k = begin(put_back);
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    AT(k, STEP_APPLY);
    body_says(k, "has been put back");
    enter(k, NULL);
    assert_int_equal(code_of(k), 1);
    end(k);
    k = begin(between);
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    body_says(k, "between old and new");
    key(k, 'r', 0);
    AT(k, STEP_DRIVE);
    assert_int_equal(script_count(&k->s, "scan"), 2);
    end(k);
}

static void a_worker_that_dies_ends_the_walk_and_says_whether_it_wrote(void **state) {
    (void)state;
    static const struct answer early[] = {COMMON, {"probe", PROBE_JSON}, {"scan", NULL}, {0}};
    static const struct answer late[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", NULL}, {0}};
    struct walk *k = begin(early);
    assert_int_equal(code_of(k), 1);
    was_said(k, "Nothing was written.");
    end(k);
    k = begin(late);
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    settle(k);
    assert_int_equal(code_of(k), 5);
    was_said(k, "The originals are kept");
    end(k);
}

static void answers_to_older_questions_are_not_taken(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_DRIVE);
    json_t *stale = json_pack("{s:i,s:s,s:o}", "id", 2, "event", "result", "result", script_json(SCAN_HEALTHY));
    vmm_wizard_hear(k->w, stale);
    json_decref(stale);
    body_says(k, "Stuck in Safe Mode");
    end(k);
}

static void events_that_make_no_sense_are_ignored(void **state) {
    (void)state;
    static const char *const odd[] = {"{}", "[]", "{'id':1}", "{'id':'1','event':'result'}", "{'id':3,'event':'result'}", "{'id':3,'event':'dance'}", "{'id':3,'event':'error'}", "{'id':3,'event':'progress'}"};
    for (size_t i = 0; i < VMM_COUNT(odd); i++) {
        struct walk *k = vmm_alloc(1, sizeof(*k));
        struct wizard_link link = script_link(&k->s, good);
        k->w = vmm_wizard_new(&with_target, link);
        json_t *e = script_json(odd[i]);
        vmm_wizard_hear(k->w, e);
        json_decref(e);
        settle(k);
        free(body_of(k));
        end(k);
    }
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
    body_says(k, "safeboot: was Minimal, is now (not set)");
    body_says(k, "safe to detach disk.img now");
    body_says(k, "az vm disk detach -g RG --vm-name REC --name DISK");
    body_says(k, "/var/lib/vmmedic/20261120-2/report.txt");
    body_says(k, "vmmedic undo 20261120-2");
    key(k, 'a', 0);
    enter(k, "prod-rg web03 rescue web03-os-copy");
    body_says(k, "az vm update -g prod-rg -n web03 --os-disk web03-os-copy");
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
        body_says(k, "az vm start -g RG -n VM");
    }
    end(k);
}

static void going_back_from_the_end_is_undo_and_shows_it_first(void **state) {
    (void)state;
    struct walk *k = repaired();
    assert_string_equal(vmm_wizard_back_name(k->w), "Undo");
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
            assert_null(strchr("wq?<-", a->key)); /* those mean the same everywhere */
            free(help);
        }
        enter(k, vmm_wizard_step(k->w) == STEP_APPLY ? "disk.img" : NULL);
    }
    end(k);
}

/* What a screen with windows and keys could hand in, in any order and at any moment: events are held back at random. */
static void no_order_of_keys_and_events_applies_without_the_name(void **state) {
    (void)state;
    static const struct answer *const scripts[] = {good, healthy, two, folder, pending, empty};
    static const char *const texts[] = {"", " ", "x", "disk.im", "/srv/other.img", "a b c", "loader=all", "Disk.img", "disk.img\n", "\xff"};
    static const char keys[] = "aprvesdnoulgq";
    unsigned seed = 7;
    size_t at_apply = 0;
    for (int round = 0; round < 300; round++) {
        struct script s;
        struct wizard_link link = script_link(&s, scripts[(size_t)round % VMM_COUNT(scripts)]);
        struct wizard *w = vmm_wizard_new(round % 2 ? &with_target : &without, link);
        for (int i = 0; i < 150 && !vmm_wizard_over(w, NULL); i++) {
            seed = seed * 1103515245u + 12345u;
            unsigned r = seed >> 16;
            json_t *event = NULL;
            struct vmm_error err;
            struct wizard_text t = {0};
            struct wizard_prompt p;
            switch (r % 12) {
            case 0: case 1: case 2: case 3:
                for (unsigned n = r / 12 % 8; n > 0 && script_next(&s, 0, &event, &err) == 1; n--) {
                    vmm_wizard_hear(w, event);
                    json_decref(event);
                }
                break;
            case 4: case 5: case 6: vmm_wizard_reply(w, WIZARD_ACCEPT, texts[r / 12 % VMM_COUNT(texts)]); break;
            case 7: if (r / 12 % 3 == 0) vmm_wizard_reply(w, WIZARD_BACK, NULL); break;
            case 8: vmm_wizard_mark(w, r / 12 % 7, r / 84 % 2); break;
            case 9: vmm_wizard_action(w, keys[r / 12 % (sizeof(keys) - 1)], r / 200 % 8); break;
            case 10: vmm_wizard_tick(w); vmm_wizard_explain(w, (long)(r / 12 % 9) - 1); break;
            default: vmm_wizard_help(w); vmm_wizard_said(w, &t);
            }
            vmm_wizard_body(w, &t);
            vmm_text_clear(&t);
            vmm_wizard_prompt(w, &p);
            for (size_t row = 0; row < vmm_wizard_count(w); row++) {
                struct wizard_item item;
                vmm_wizard_item(w, row, &item);
                vmm_item_clear(&item);
            }
            free(vmm_wizard_world(w));
            at_apply += vmm_wizard_step(w) == STEP_APPLY;
        }
        assert_int_equal(script_count(&s, "apply"), 0);
        vmm_wizard_free(w);
        script_free(&s);
    }
    assert_true(at_apply > 50); /* else the promise was not tried */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_named_disk_is_repaired_with_eight_keys_and_its_name),
        cmocka_unit_test(without_a_target_all_nine_steps_are_walked),
        cmocka_unit_test(the_scan_of_a_named_disk_starts_before_the_first_answer),
        cmocka_unit_test(a_target_that_is_no_disk_ends_at_once_with_its_code),
        cmocka_unit_test(going_back_keeps_every_answer),
        cmocka_unit_test(a_wrong_or_empty_name_writes_nothing),
        cmocka_unit_test(the_end_of_input_at_any_step_applies_nothing),
        cmocka_unit_test(a_disk_whose_name_is_not_known_is_never_written),
        cmocka_unit_test(an_empty_plan_has_nothing_to_apply),
        cmocka_unit_test(what_is_applied_is_the_plan_that_was_shown),
        cmocka_unit_test(no_snapshot_takes_a_typed_reason),
        cmocka_unit_test(a_folder_cannot_be_copied_and_asks_again_before_apply),
        cmocka_unit_test(refused_disks_are_listed_with_their_reason_and_not_taken),
        cmocka_unit_test(a_disk_that_comes_into_use_after_it_was_pointed_at_is_not_taken),
        cmocka_unit_test(a_typed_path_is_looked_at_before_it_is_taken),
        cmocka_unit_test(a_disk_that_cannot_be_read_can_be_tried_again_or_left_for_another),
        cmocka_unit_test(a_healthy_disk_says_what_was_checked_and_where_to_look_next),
        cmocka_unit_test(of_several_windows_one_is_chosen_and_planned_for),
        cmocka_unit_test(a_disk_without_windows_leads_back_to_the_list),
        cmocka_unit_test(text_from_the_disk_reaches_nobody_unescaped),
        cmocka_unit_test(the_entry_that_boots_this_windows_is_marked),
        cmocka_unit_test(a_store_that_cannot_be_read_still_leads_on),
        cmocka_unit_test(needed_fixes_are_ticked_but_never_what_lowers_security_or_is_blocked),
        cmocka_unit_test(the_symptom_sorts_the_fixes_and_hides_none),
        cmocka_unit_test(options_of_a_fix_travel_with_it),
        cmocka_unit_test(a_plan_that_is_refused_leads_back_to_the_fixes),
        cmocka_unit_test(an_interrupted_session_comes_first_and_shuts_apply),
        cmocka_unit_test(an_interrupted_session_of_the_named_disk_comes_before_any_question),
        cmocka_unit_test(the_next_step_does_not_depend_on_how_fast_the_worker_is),
        cmocka_unit_test(a_half_repaired_disk_is_never_called_healthy),
        cmocka_unit_test(an_interrupted_session_is_finished_or_put_back_as_asked),
        cmocka_unit_test(an_interrupted_session_that_cannot_be_finished_says_so_and_leaves_5),
        cmocka_unit_test(interrupted_sessions_of_other_disks_are_mentioned_at_the_start),
        cmocka_unit_test(a_failed_apply_says_what_became_of_the_disk),
        cmocka_unit_test(a_worker_that_dies_ends_the_walk_and_says_whether_it_wrote),
        cmocka_unit_test(answers_to_older_questions_are_not_taken),
        cmocka_unit_test(events_that_make_no_sense_are_ignored),
        cmocka_unit_test(the_end_proves_the_change_and_says_what_to_do_next),
        cmocka_unit_test(a_mounted_folder_is_to_be_unmounted_before_the_disk_is_detached),
        cmocka_unit_test(names_that_a_shell_would_act_on_are_refused),
        cmocka_unit_test(going_back_from_the_end_is_undo_and_shows_it_first),
        cmocka_unit_test(another_disk_starts_with_no_answer_about_the_last_one),
        cmocka_unit_test(every_step_explains_itself_and_its_keys),
        cmocka_unit_test(no_order_of_keys_and_events_applies_without_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
