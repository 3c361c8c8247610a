/* The wizard's promises: the way through, and what never happens on it. On the model, with a worker that follows a script.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "harness/folder.h"
#include "tests/screens/walk.h"

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
    open_all(k);
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
    open_all(k);
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
    was_said(k, "say what brings the disk back");
    choose(k, 2); /* this disk is a copy */
    AT(k, STEP_PREVIEW);
    enter(k, NULL);
    AT(k, STEP_APPLY);
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

static void a_session_without_a_journal_is_only_put_back(void **state) {
    (void)state;
    static const struct answer lost[] = {{"session", SESSION_BROKEN}, COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PENDING}, {0}};
    struct walk *k = begin(lost);
    enter_until(k, STEP_PENDING);
    body_pins(k, "Its journal cannot be read");
    assert_int_equal(vmm_wizard_count(k->w), 2);
    choose(k, row_with(k, "Put everything back"));
    assert_int_equal(script_count(&k->s, "undo"), 1);
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

/* What a screen with windows and keys could hand in, in any order and at any moment: events are held back at random. */
static void no_order_of_keys_and_events_applies_without_the_name(void **state) {
    (void)state;
    static const struct answer other[] = {{"sessions", "{'sessions':[{'session':'s','target':'/dev/sdd','running':true},{'session':'t','target':'/srv/disk.img','running':true}]}"},
                                          {"session", "{'running':true,'progress':{'stage':'x','next':['y']}}"}, {"session", "{'running':false,'state':'done'}"},
                                          {"sessions", "{'sessions':[]}"}, {"probe", PROBE_JSON}, {"disks", DISKS_JSON}, {"scan", SCAN_BROKEN}, {"bcd", BCD_JSON}, {"plan", PLAN_JSON}, {0}};
    static const struct answer *const scripts[] = {good, healthy, two, folder, pending, empty, other};
    static const char *const texts[] = {"", " ", "x", "disk.im", "/srv/other.img", "a b c", "loader=all", "Disk.img", "disk.img\n", "\xff"};
    static const char keys[] = "aprvesdnoulfwq";
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
            struct wizard_stage stage;
            struct wizard_progress progress;
            for (size_t n = 0; n < 4; n++) vmm_wizard_stage(w, n, &stage);
            vmm_wizard_busy(w, &progress);
            at_apply += vmm_wizard_step(w) == STEP_APPLY;
        }
        assert_int_equal(script_count(&s, "apply"), 0);
        vmm_wizard_free(w);
        script_free(&s);
    }
    assert_true(at_apply > 50); /* else the promise was not tried */
}

/* ---- what is said of a disk that was written to ---- */
static char *parting_of(struct walk *k) {
    struct wizard_text t = {0};
    vmm_wizard_parting(k->w, &t);
    char *text = lines_text(&t);
    vmm_text_clear(&t);
    return text ? text : vmm_strdup("");
}
static void die(struct walk *k) {
    struct vmm_error err = {0};
    vmm_wizard_gone(k->w, &err);
    settle(k);
}
#define HALF(job) {job, ERROR_JSON("interrupted", 5, "the disk went away")}
static const struct answer half_applied[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, HALF("apply"), {0}};
static const struct answer half_undone[] = {HALF("undo"), COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", APPLY_JSON}, {0}};

static void a_worker_that_dies_after_a_half_repair_does_not_say_that_nothing_was_written(void **state) {
    (void)state;
    struct walk *k = begin(half_applied);
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    die(k);
    assert_null(strstr(k->said, "Nothing was written"));
    assert_int_equal(code_of(k), 5);
    end(k);
}

static void a_worker_that_dies_after_an_undo_does_not_say_that_nothing_was_written(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    key(k, 'u', SIZE_MAX);
    choose(k, row_with(k, "Undo it now"));
    die(k);
    assert_null(strstr(k->said, "Nothing was written"));
    assert_int_equal(code_of(k), 0);
    end(k);
}

static void a_half_repair_is_still_told_after_leaving(void **state) {
    (void)state;
    struct walk *k = begin(half_applied);
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    enter(k, NULL);
    assert_int_equal(code_of(k), 5);
    char *text = parting_of(k);
    assert_non_null(strstr(text, "between old and new"));
    assert_non_null(strstr(text, "the disk went away"));
    assert_null(strstr(text, "Press r"));
    free(text);
    end(k);
}

static void after_half_an_undo_nothing_says_safe_or_verified(void **state) {
    (void)state;
    struct walk *k = begin(half_undone);
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    key(k, 'u', SIZE_MAX);
    choose(k, row_with(k, "Undo it now"));
    AT(k, STEP_FINISH);
    char *body = body_of(k), *world = vmm_wizard_world(k->w);
    assert_null(strstr(body, "safe to detach"));
    assert_null(strstr(body, "Everything was written"));
    assert_non_null(strstr(body, "between old and new"));
    assert_string_equal(world, "written in part");
    free(world);
    free(body);
    enter(k, NULL);
    char *text = parting_of(k);
    assert_null(strstr(text, "verified"));
    assert_non_null(strstr(text, "between old and new"));
    assert_int_equal(code_of(k), 5);
    free(text);
    end(k);
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
        cmocka_unit_test(an_interrupted_session_comes_first_and_shuts_apply),
        cmocka_unit_test(an_interrupted_session_of_the_named_disk_comes_before_any_question),
        cmocka_unit_test(a_session_without_a_journal_is_only_put_back),
        cmocka_unit_test(the_next_step_does_not_depend_on_how_fast_the_worker_is),
        cmocka_unit_test(a_half_repaired_disk_is_never_called_healthy),
        cmocka_unit_test(an_interrupted_session_is_finished_or_put_back_as_asked),
        cmocka_unit_test(an_interrupted_session_that_cannot_be_finished_says_so_and_leaves_5),
        cmocka_unit_test(interrupted_sessions_of_other_disks_are_mentioned_at_the_start),
        cmocka_unit_test(a_failed_apply_says_what_became_of_the_disk),
        cmocka_unit_test(a_worker_that_dies_ends_the_walk_and_says_whether_it_wrote),
        cmocka_unit_test(answers_to_older_questions_are_not_taken),
        cmocka_unit_test(events_that_make_no_sense_are_ignored),
        cmocka_unit_test_setup_teardown(no_order_of_keys_and_events_applies_without_the_name, harness_go_aside, harness_come_back),
        cmocka_unit_test(a_worker_that_dies_after_a_half_repair_does_not_say_that_nothing_was_written),
        cmocka_unit_test(a_worker_that_dies_after_an_undo_does_not_say_that_nothing_was_written),
        cmocka_unit_test(a_half_repair_is_still_told_after_leaving),
        cmocka_unit_test(after_half_an_undo_nothing_says_safe_or_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
