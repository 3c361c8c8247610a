/* Stages of a job and following another vmmedic: what is shown, what is asked, and that the disk is left alone. On the model, with a worker that follows a script.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/screens/walk.h"

/* ---- prepared answers ---- */
#define RUNNING_AT(path) "{'sessions':[{'session':'20261121-1','state':'interrupted','target':'" path "','name':'disk.img','running':true}]}"
#define PROGRESS(job, stage, done, next) \
    "'progress':{'job':'" job "','stage':'" stage "','done':" #done ",'total':100,'left':9,'stop':false,'since':'2026-11-21T09:00:00Z','elapsed':40,'seconds':7,'ended':[{'text':'Keeping the originals','seconds':2.5}],'next':[" next "]}"
#define RUNS(job, stage, done, next) \
    "{'session':'20261121-1','state':'interrupted','running':true,'plan':{'started':'2026-11-21T09:00:00Z','changes':[{'place':'safeboot','before_text':'Minimal','after_text':'(not set)'}]}," \
    "'report_path':null," PROGRESS(job, stage, done, next) "}"
#define ENDED(state) \
    "{'session':'20261121-1','state':'" state "','running':false,'plan':{'started':'2026-11-21T09:00:00Z','changes':[{'place':'safeboot','before_text':'Minimal','after_text':'(not set)'}]}," \
    "'report_path':'/state/sessions/20261121-1/report.txt','progress':null}"
#define FOLLOW(...) {{"sessions", RUNNING_AT("/srv/disk.img")}, {"probe", PROBE_JSON}, {"disks", DISKS_JSON}, {"scan", SCAN_BROKEN}, __VA_ARGS__, {0}}
#define WRITING RUNS("apply", "Writing BCD", 40, "'Reading it again','Closing the disk'")

static void tick(struct walk *k) {
    vmm_wizard_tick(k->w);
    settle(k);
}

static void say_progress(struct walk *k, const char *json) {
    json_t *event = script_json(json);
    json_object_set_new(event, "id", json_integer(k->s.id));
    json_object_set_new(event, "event", json_string("progress"));
    vmm_wizard_hear(k->w, event);
    json_decref(event);
}

/* ---- stages known beforehand ---- */
static void the_stages_to_come_are_shown_behind_the_one_that_runs(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_APPLY);
    vmm_wizard_reply(k->w, WIZARD_ACCEPT, "disk.img"); /* nothing of its answer is heard yet */
    struct wizard_stage s;
    assert_false(vmm_wizard_stage(k->w, 0, &s));
    say_progress(k, "{'stage':'Keeping the originals','next':['Writing BCD','Closing the disk'],'stop':true}");
    say_progress(k, "{'stage':'Writing BCD','next':['Closing the disk'],'stop':false}");
    static const struct {
        const char *text;
        enum wizard_stage_state state;
    } want[] = {{"Keeping the originals", STAGE_ENDED}, {"Writing BCD", STAGE_NOW}, {"Closing the disk", STAGE_NEXT}};
    for (size_t i = 0; i < VMM_COUNT(want); i++) {
        assert_true(vmm_wizard_stage(k->w, i, &s));
        assert_string_equal(s.text, want[i].text);
        assert_int_equal(s.state, want[i].state);
    }
    assert_false(vmm_wizard_stage(k->w, 3, &s));
    end(k);
}

static void stopping_is_offered_until_writing_begins(void **state) {
    (void)state;
    struct walk *k = begin(good);
    struct wizard_progress p;
    enter_until(k, STEP_APPLY);
    vmm_wizard_reply(k->w, WIZARD_ACCEPT, "disk.img");
    say_progress(k, "{'stage':'Keeping the originals','next':['Writing BCD'],'stop':true}");
    assert_true(vmm_wizard_busy(k->w, &p));
    assert_non_null(p.stop);
    say_progress(k, "{'stage':'Writing BCD','next':[],'stop':false}");
    assert_true(vmm_wizard_busy(k->w, &p));
    assert_null(p.stop);
    vmm_wizard_cancel(k->w);
    assert_int_equal(k->s.cancels, 0);
    end(k);
}

/* ---- following ---- */
static void a_disk_that_another_one_writes_is_followed_and_left_alone(void **state) {
    (void)state;
    static const struct answer answers[] = FOLLOW({"session", WRITING}, {"session", RUNS("apply", "Reading it again", 100, "'Closing the disk'")}, {"session", ENDED("done")});
    struct walk *k = begin(answers);
    struct wizard_progress p;
    struct wizard_stage s;
    AT(k, STEP_FOLLOW);
    assert_int_equal(vmm_wizard_line(k->w), STEP_APPLY);
    was_said(k, "Another vmmedic is writing to disk.img");
    body_says(k, "since 2026-11-21 09:00 UTC. It writes a repair.");
    assert_true(vmm_wizard_busy(k->w, &p));
    assert_string_equal(p.stage, "Writing BCD");
    assert_int_equal(p.done, 40);
    assert_int_equal(p.left, 9);
    assert_true(p.writes && p.stop == NULL && p.elapsed >= 40);
    assert_true(vmm_wizard_stage(k->w, 0, &s) && s.state == STAGE_ENDED && s.seconds > 2);
    assert_true(vmm_wizard_stage(k->w, 1, &s) && s.state == STAGE_NOW && s.seconds >= 7);
    assert_true(vmm_wizard_stage(k->w, 3, &s) && s.state == STAGE_NEXT && strcmp(s.text, "Closing the disk") == 0);
    assert_false(vmm_wizard_stage(k->w, 4, &s));
    tick(k);
    assert_true(vmm_wizard_busy(k->w, &p));
    assert_string_equal(p.stage, "Reading it again");
    tick(k);
    assert_false(vmm_wizard_busy(k->w, NULL));
    AT(k, STEP_FOLLOW);
    was_said(k, "The other vmmedic does not work on disk.img any more.");
    body_says(k, "The other vmmedic has finished: everything was written");
    body_says(k, "safeboot: was Minimal, is now (not set)");
    body_says(k, "/state/sessions/20261121-1/report.txt");
    body_says(k, "vmmedic undo 20261121-1");
    tick(k); /* nothing is asked any more */
    assert_int_equal(script_count(&k->s, "session"), 3);
    assert_int_equal(script_count(&k->s, "scan") + script_count(&k->s, "apply"), 0);
    enter(k, NULL);
    assert_int_equal(code_of(k), 0);
    end(k);
}

static void after_the_end_the_disk_can_be_looked_at(void **state) {
    (void)state;
    static const struct answer answers[] = FOLLOW({"session", WRITING}, {"session", ENDED("done")});
    struct walk *k = begin(answers);
    assert_false(vmm_wizard_action(k->w, 'r', 0)); /* not while it runs */
    tick(k);
    key(k, 'r', 0);
    AT(k, STEP_DRIVE);
    assert_int_equal(script_count(&k->s, "scan"), 1);
    end(k);
}

/* How it can end otherwise: what is said, where Enter leads, the exit code of leaving instead. */
static void every_other_end_is_said_and_leads_to_a_new_look(void **state) {
    (void)state;
    static const struct {
        const char *job, *last, *words;
        int code;
    } ways[] = {
        {RUNS("apply", "Putting the originals back", 0, ""), ENDED("put-back"), "has put everything back. The disk is as it was", 1},
        {RUNS("undo", "Putting the originals back", 0, ""), ENDED("undone"), "everything is put back as it was before the repair", 0},
        {RUNS("undo", "Opening the disk for writing", 0, ""), ENDED("done"), "ended without doing so. The repair is as it was", 1},
        {WRITING, ENDED("interrupted"), "ended in the middle of its work", 5},
        {WRITING, ENDED("prepared"), "ended before it wrote anything", 1},
        {WRITING, ERROR_JSON("not-found", 2, "there is no session"), "stopped before it wrote anything", 1},
        {WRITING, ERROR_JSON("unreadable", 3, "the folder cannot be read"), "the folder cannot be read", 5},
        {WRITING, ENDED("a word of the future"), "cannot be told any more", 5},
    };
    for (size_t i = 0; i < VMM_COUNT(ways); i++) {
        const struct answer answers[] = FOLLOW({"session", ways[i].job}, {"session", ways[i].last});
        for (int leave = 0; leave < 2; leave++) {
            struct walk *k = begin(answers);
            AT(k, STEP_FOLLOW);
            tick(k);
            AT(k, STEP_FOLLOW);
            body_says(k, ways[i].words);
            free(vmm_wizard_world(k->w));
            if (leave) {
                vmm_wizard_quit(k->w);
                assert_int_equal(code_of(k), ways[i].code);
            } else {
                enter(k, NULL);
                AT(k, STEP_DRIVE);
                assert_int_equal(script_count(&k->s, "scan"), 1);
            }
            end(k);
        }
    }
}

static void one_that_died_leads_to_the_question_what_becomes_of_it(void **state) {
    (void)state;
    static const struct answer answers[] = {{"sessions", RUNNING_AT("/srv/disk.img")}, {"probe", PROBE_JSON}, {"scan", SCAN_PENDING}, {"session", WRITING}, {"session", ENDED("interrupted")}, {0}};
    struct walk *k = begin(answers);
    tick(k);
    enter(k, NULL);
    AT(k, STEP_PENDING);
    end(k);
}

static void leaving_says_that_it_goes_on_and_how_to_come_back(void **state) {
    (void)state;
    static const struct answer answers[] = FOLLOW({"session", WRITING});
    struct walk *k = begin(answers);
    vmm_wizard_quit(k->w);
    settle(k);
    was_said(k, "The other vmmedic goes on. To follow it again: vmmedic /srv/disk.img");
    assert_int_equal(code_of(k), 5);
    end(k);
    k = begin(good);
    enter_until(k, STEP_APPLY);
    vmm_wizard_reply(k->w, WIZARD_ACCEPT, "disk.img");
    vmm_wizard_quit(k->w);
    settle(k);
    was_said(k, "goes on without this screen");
    was_said(k, "vmmedic /srv/disk.img");
    end(k);
}

static void without_a_target_it_is_said_and_the_list_leads_to_it(void **state) {
    (void)state;
    static const struct answer disk[] = {{"sessions", RUNNING_AT("/dev/sdd")}, {"disks", DISKS_JSON}, {"session", WRITING}, {"scan", SCAN_BROKEN}, {0}};
    static const struct answer image[] = {{"sessions", RUNNING_AT("/srv/disk.img")}, {"disks", DISKS_JSON}, {"session", WRITING}, {"probe", PROBE_JSON}, {0}};
    struct walk *k = begin_with(disk, &without);
    AT(k, STEP_SYMPTOM);
    was_said(k, "Another vmmedic is writing to /dev/sdd at this moment");
    enter_until(k, STEP_ATTACH);
    assert_int_equal(vmm_wizard_count(k->w), 3);
    choose(k, 2); /* refused as in use, but for following */
    AT(k, STEP_FOLLOW);
    assert_int_equal(script_count(&k->s, "scan"), 0);
    back(k);
    AT(k, STEP_ATTACH);
    choose(k, 1);
    AT(k, STEP_DRIVE);
    end(k);
    k = begin_with(image, &without);
    enter_until(k, STEP_ATTACH);
    assert_int_equal(vmm_wizard_count(k->w), 4); /* an image is in no list of disks: it has a row of its own */
    choose(k, row_with(k, "/srv/disk.img"));
    AT(k, STEP_FOLLOW);
    end(k);
    k = begin_with(image, &without);
    enter_until(k, STEP_ATTACH);
    key(k, 'p', 0);
    enter(k, "disk.img"); /* typed in short: the probe knows the whole path */
    AT(k, STEP_FOLLOW);
    end(k);
}

static void a_look_that_finds_the_disk_in_use_asks_who_it_is(void **state) {
    (void)state;
    static const struct answer answers[] = {{"sessions", "{'sessions':[]}"}, {"sessions", RUNNING_AT("/srv/disk.img")}, {"probe", PROBE_JSON},
                                            {"scan", ERROR_JSON("in-use", 3, "another vmmedic is writing to it")}, {"session", WRITING}, {0}};
    static const struct answer nobody[] = {{"sessions", "{'sessions':[]}"}, {"probe", PROBE_JSON}, {"scan", ERROR_JSON("in-use", 3, "process 812 (qemu) works on it")}, {0}};
    struct walk *k = begin(answers);
    enter_until(k, STEP_SNAPSHOT);
    enter(k, NULL);
    AT(k, STEP_FOLLOW);
    end(k);
    k = begin(nobody);
    enter_until(k, STEP_SNAPSHOT);
    enter(k, NULL);
    AT(k, STEP_DRIVE);
    body_says(k, "process 812 (qemu) works on it");
    end(k);
}

static void sessions_that_run_on_other_disks_change_nothing(void **state) {
    (void)state;
    static const struct answer answers[] = {{"sessions", RUNNING_AT("/dev/sdx")}, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"bcd", BCD_JSON}, {"plan", PLAN_JSON}, {0}};
    struct walk *k = begin(answers);
    AT(k, STEP_SYMPTOM);
    enter_until(k, STEP_APPLY);
    end(k);
}

static void words_that_make_no_sense_about_progress_are_borne(void **state) {
    (void)state;
    static const char *const odd[] = {
        "{'running':true}", "{'running':true,'progress':null}", "{'running':true,'progress':[]}", "{'running':true,'progress':{'stage':7,'ended':{},'next':'x','done':'y','left':1e300}}",
        "{'running':true,'progress':{'stage':'a','ended':[1,null],'next':[2,{}],'done':-1,'total':-5,'elapsed':'x'}}", "{'running':1,'state':[]}", "[]", "{}",
    };
    for (size_t i = 0; i < VMM_COUNT(odd); i++) {
        const struct answer answers[] = FOLLOW({"session", odd[i]});
        struct walk *k = begin(answers);
        struct wizard_progress p;
        struct wizard_stage s;
        AT(k, STEP_FOLLOW);
        vmm_wizard_busy(k->w, &p);
        for (size_t n = 0; n < 5; n++) vmm_wizard_stage(k->w, n, &s);
        free(body_of(k));
        free(vmm_wizard_world(k->w));
        tick(k);
        vmm_wizard_help(k->w);
        vmm_wizard_quit(k->w);
        end(k);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stages_to_come_are_shown_behind_the_one_that_runs),
        cmocka_unit_test(stopping_is_offered_until_writing_begins),
        cmocka_unit_test(a_disk_that_another_one_writes_is_followed_and_left_alone),
        cmocka_unit_test(after_the_end_the_disk_can_be_looked_at),
        cmocka_unit_test(every_other_end_is_said_and_leads_to_a_new_look),
        cmocka_unit_test(one_that_died_leads_to_the_question_what_becomes_of_it),
        cmocka_unit_test(leaving_says_that_it_goes_on_and_how_to_come_back),
        cmocka_unit_test(without_a_target_it_is_said_and_the_list_leads_to_it),
        cmocka_unit_test(a_look_that_finds_the_disk_in_use_asks_who_it_is),
        cmocka_unit_test(sessions_that_run_on_other_disks_change_nothing),
        cmocka_unit_test(words_that_make_no_sense_about_progress_are_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
