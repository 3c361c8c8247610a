/* The place is not lost: what is kept when a terminal closes before anything was written, when it is offered, and what is read anew.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/screens/lost.h"

static void a_lost_terminal_is_offered_its_place_with_every_answer(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_broken);
    const struct wizard_options *const both[] = {&there, &here}; /* by the same TARGET, or with none */
    for (size_t i = 0; i < 2; i++) {
        lose(&there, to_fixes);
        assert_true(kept());
        struct walk *k = begin_with(answers, both[i]);
        AT(k, STEP_RESUME);
        assert_int_equal(vmm_wizard_line(k->w), STEP_SYMPTOM);
        body_says(k, "You were at Fixes with disk.img, a minute ago; nothing had been written.");
        assert_int_equal(script_count(&k->s, "scan"), 0);
        enter(k, NULL);
        AT(k, STEP_FIXES);
        assert_int_equal(script_count(&k->s, "scan"), 1);
        assert_string_equal(vmm_json_str(script_last(&k->s, "scan"), "target"), disk);
        assert_true(marked(k, row_with(k, "CD01")));
        assert_false(marked(k, row_with(k, "SM01")));
        enter_until(k, STEP_PREVIEW);
        const json_t *fixes = json_object_get(script_last(&k->s, "plan"), "fixes");
        assert_int_equal(json_array_size(fixes), 1);
        assert_string_equal(json_string_value(json_array_get(fixes, 0)), "CD01:kind=full");
        enter(k, NULL);
        enter(k, "disk.img");
        const json_t *snapshot = json_object_get(script_last(&k->s, "apply"), "snapshot");
        assert_string_equal(vmm_json_str(snapshot, "text"), "web03-snap");
        assert_false(kept()); /* something was written */
        end(k);
    }
}

static void the_plan_is_made_and_shown_again_and_nothing_is_written_by_going_on(void **state) {
    (void)state;
    static void (*const ways[])(struct walk *) = {to_preview, to_apply};
    const struct answer answers[] = ANSWERS(scan_broken);
    for (size_t i = 0; i < 2; i++) {
        lose(&there, ways[i]);
        struct walk *k = begin_with(answers, &there);
        enter(k, NULL);
        AT(k, STEP_PREVIEW);
        assert_int_equal(script_count(&k->s, "plan"), 1);
        body_says(k, "1 change. This is all that will be written");
        assert_int_equal(script_count(&k->s, "apply"), 0);
        vmm_wizard_quit(k->w);
        assert_false(kept());
        end(k);
    }
}

static void a_place_without_a_disk_is_kept_too(void **state) {
    (void)state;
    lose(&here, to_attach);
    const struct answer answers[] = ANSWERS(scan_broken);
    struct walk *k = begin_with(answers, &here);
    AT(k, STEP_RESUME);
    body_says(k, "You were at Attach, a minute ago; nothing had been written.");
    enter(k, NULL);
    AT(k, STEP_ATTACH);
    assert_int_equal(script_count(&k->s, "scan"), 0);
    enter(k, NULL);
    AT(k, STEP_DRIVE);
    enter_until(k, STEP_APPLY);
    end(k);
}

static void it_goes_no_further_than_the_answers_reach(void **state) {
    (void)state;
    lose(&there, to_preview);
    json_t *o = place_json();
    json_object_set_new(o, "snapshot_text", json_string("   ")); /* no name was typed after all */
    put_place(o);
    const struct answer answers[] = ANSWERS(scan_broken);
    struct walk *k = begin_with(answers, &there);
    enter(k, NULL);
    AT(k, STEP_SNAPSHOT);
    assert_int_equal(script_count(&k->s, "plan"), 0);
    end(k);
}

static void leaving_on_purpose_or_finishing_keeps_nothing(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_broken), well[] = ANSWERS(scan_healthy);
    struct walk *k = begin_with(answers, &there);
    assert_false(kept()); /* nothing was answered yet */
    to_fixes(k);
    assert_true(kept());
    vmm_wizard_quit(k->w);
    assert_false(kept());
    end(k);
    k = begin_with(well, &there);
    enter_until(k, STEP_HEALTHY);
    assert_true(kept());
    enter(k, NULL);
    assert_true(vmm_wizard_over(k->w, NULL));
    assert_false(kept());
    end(k);
    lose(&there, to_symptom_only);
    assert_false(kept());
    k = begin_with(answers, &there); /* a lost line is no wish to leave */
    to_fixes(k);
    vmm_wizard_reply(k->w, WIZARD_LOST, NULL);
    assert_true(kept());
    end(k);
}

static void starting_over_forgets_it(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_broken);
    lose(&there, to_fixes);
    struct walk *k = begin_with(answers, &there);
    choose(k, 1);
    AT(k, STEP_SYMPTOM);
    assert_true(marked(k, 0));
    assert_false(kept());
    assert_int_equal(script_count(&k->s, "scan"), 1);
    enter(k, NULL);
    assert_true(marked(k, 0));
    enter_until(k, STEP_FIXES);
    assert_true(marked(k, row_with(k, "SM01")));
    open_all(k);
    assert_false(marked(k, row_with(k, "CD01")));
    end(k);
}

static void another_disk_or_an_old_one_is_not_offered(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_broken), other[] = {COMMON, {"probe", "{'kind':'image','path':'/srv/b.img','name':'b.img','in_use':null}"}, {"scan", SCAN_BROKEN}, {0}};
    static const struct wizard_options b = {.target = "/srv/b.img", .place = true};
    lose(&there, to_fixes);
    struct walk *k = begin_with(other, &b);
    AT(k, STEP_SYMPTOM);
    enter_until(k, STEP_DRIVE); /* it keeps its own place, and the other one's stays */
    vmm_wizard_quit(k->w);
    end(k);
    assert_true(kept());
    json_t *o = place_json();
    json_object_set_new(o, "when", json_integer((json_int_t)time(NULL) - 6 * 86400));
    put_place(o);
    k = begin_with(answers, &there);
    AT(k, STEP_RESUME);
    body_says(k, "6 days ago");
    end(k);
    o = place_json();
    json_object_set_new(o, "when", json_integer((json_int_t)time(NULL) - 8 * 86400));
    put_place(o);
    k = begin_with(answers, &there);
    AT(k, STEP_SYMPTOM);
    end(k);
    assert_false(kept());
}

static void an_interrupted_repair_goes_before_it(void **state) {
    (void)state;
    lose(&there, to_fixes);
    char *sessions = vmm_printf("{'sessions':[{'session':'20261120-1','state':'interrupted','target':'%s','running':false}]}", disk);
    const struct answer answers[] = {{"sessions", sessions}, {"session", "{'text':''}"}, {"disks", DISKS_JSON}, {"probe", probe}, {"scan", scan_pending}, {"bcd", BCD_JSON}, {0}};
    struct walk *k = begin_with(answers, &here); /* without TARGET it is only known at the look */
    AT(k, STEP_RESUME);
    enter(k, NULL);
    AT(k, STEP_PENDING);
    end(k);
    vmm_remove_tree(place, NULL);
    lose(&there, to_fixes);
    k = begin_with(answers, &there);
    AT(k, STEP_PENDING);
    end(k);
    free(sessions);
}

static void a_disk_that_another_one_writes_is_followed_instead(void **state) {
    (void)state;
    char *sessions = vmm_printf("{'sessions':[{'session':'20261121-1','state':'interrupted','target':'%s','name':'disk.img','running':true}]}", disk);
    const struct answer answers[] = {{"sessions", sessions}, {"session", "{'running':true,'progress':{'stage':'x'}}"}, {"probe", probe}, {"scan", scan_broken}, {0}};
    const struct wizard_options *const both[] = {&there, &here};
    for (size_t i = 0; i < 2; i++) {
        lose(&there, to_fixes);
        struct walk *k = begin_with(answers, both[i]);
        if (i == 1) enter(k, NULL);
        AT(k, STEP_FOLLOW);
        assert_int_equal(script_count(&k->s, "scan"), 0);
        end(k);
        vmm_remove_tree(place, NULL);
    }
    free(sessions);
}

static void another_disk_at_the_same_path_is_noticed(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_other);
    const struct wizard_options *const both[] = {&there, &here};
    for (size_t i = 0; i < 2; i++) {
        lose(&there, to_fixes);
        struct walk *k = begin_with(answers, both[i]);
        enter(k, NULL);
        AT(k, STEP_SYMPTOM);
        was_said(k, "another disk than the one you were at");
        assert_false(kept());
        enter(k, NULL);
        assert_true(marked(k, 0)); /* no snapshot answer is taken over */
        vmm_wizard_quit(k->w);
        end(k);
    }
}

static void a_disk_that_is_gone_is_said_and_one_starts_over(void **state) {
    (void)state;
    const struct answer answers[] = {COMMON, {"scan", ERROR_JSON("not-found", 2, "there is no such disk")}, {"scan", scan_broken}, {0}};
    lose(&there, to_fixes);
    struct walk *k = begin_with(answers, &here);
    enter(k, NULL);
    AT(k, STEP_SYMPTOM);
    was_said(k, "there is no such disk");
    was_said(k, "so you start over");
    enter_until(k, STEP_ATTACH);
    end(k);
}

static void ticks_that_cannot_be_done_any_more_are_left_out_and_named(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_fewer);
    lose(&there, to_fixes);
    struct walk *k = begin_with(answers, &there);
    enter(k, NULL);
    AT(k, STEP_FIXES);
    was_said(k, "they are left out: CD01");
    assert_false(marked(k, row_with(k, "SM01")));
    body_says(k, "not all of them are chosen now");
    end(k);
}

static void a_disk_that_is_healthy_by_now_says_so(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_healthy);
    static const char *const at[] = {"drive", "fixes"};
    for (size_t i = 0; i < 2; i++) {
        lose(&there, to_fixes);
        json_t *o = place_json();
        json_object_set_new(o, "step", json_string(at[i]));
        put_place(o);
        struct walk *k = begin_with(answers, &there);
        enter(k, NULL);
        if (i == 0) AT(k, STEP_DRIVE);
        else AT(k, STEP_FIXES);
        vmm_wizard_quit(k->w);
        end(k);
    }
}

static void a_disk_without_windows_by_now_ends_in_the_list(void **state) {
    (void)state;
    char *none = at_disk(SCAN_NO_WINDOWS);
    const struct answer answers[] = ANSWERS(none);
    lose(&there, to_fixes);
    struct walk *k = begin_with(answers, &there);
    enter(k, NULL);
    AT(k, STEP_ATTACH);
    end(k);
    free(none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_terminal_is_offered_its_place_with_every_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(the_plan_is_made_and_shown_again_and_nothing_is_written_by_going_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_place_without_a_disk_is_kept_too, setup, teardown),
        cmocka_unit_test_setup_teardown(it_goes_no_further_than_the_answers_reach, setup, teardown),
        cmocka_unit_test_setup_teardown(leaving_on_purpose_or_finishing_keeps_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(starting_over_forgets_it, setup, teardown),
        cmocka_unit_test_setup_teardown(another_disk_or_an_old_one_is_not_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupted_repair_goes_before_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_another_one_writes_is_followed_instead, setup, teardown),
        cmocka_unit_test_setup_teardown(another_disk_at_the_same_path_is_noticed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_is_gone_is_said_and_one_starts_over, setup, teardown),
        cmocka_unit_test_setup_teardown(ticks_that_cannot_be_done_any_more_are_left_out_and_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_is_healthy_by_now_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_without_windows_by_now_ends_in_the_list, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
