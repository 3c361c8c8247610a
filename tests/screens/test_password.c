/* The wizard asks for a password: twice, by its rules, and holds it until the plan has it. The worker follows a script.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/prctl.h>

#include "harness/folder.h"
#include "screens/model.h"
#include "tests/screens/walk.h"

#define SECRET "Zq7%kW3x&plover"

static const struct answer answers[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PASSWORD}, {"plan", PLAN_SECRET("given")}, {"apply", APPLY_JSON}, {0}};
static const struct answer lacks[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PASSWORD}, {"plan", PLAN_SECRET("missing")}, {"apply", APPLY_JSON}, {0}};
static const struct answer refuses[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PASSWORD}, {"plan", ERROR_JSON("blocked", 3, "P01: no")}, {"plan", PLAN_SECRET("missing")}, {0}};
static const struct answer waits[] = {{"session", SESSION_SECRET}, COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PENDING}, {0}};

static struct wizard_prompt asked(struct walk *k) {
    struct wizard_prompt p;
    vmm_wizard_prompt(k->w, &p);
    return p;
}
static void asks(struct walk *k, const char *words, bool secret) {
    struct wizard_prompt p = asked(k);
    if (p.kind != PROMPT_LINE || strstr(p.question, words) == NULL) fail_msg("not asked: %s but: %s", words, p.question);
    assert_int_equal(p.secret, secret);
    assert_int_equal(vmm_wizard_count(k->w), 0);
}

static struct walk *at_account(const struct answer *list) {
    struct walk *k = begin(list);
    enter_until(k, STEP_FIXES);
    open_all(k); /* their family is shut */
    choose(k, row_with(k, "P01"));
    AT(k, STEP_FIXES);
    asks(k, "Name of the account", false);
    return k;
}
static struct walk *at_preview(const struct answer *list) {
    struct walk *k = at_account(list);
    enter(k, "ada");
    enter(k, SECRET);
    enter(k, SECRET);
    AT(k, STEP_PREVIEW);
    return k;
}

/* In none of what was asked but the plan, in nothing that was said, and no longer in the model. */
static void only_the_plan_has_it(struct walk *k) {
    for (size_t i = 0; i < json_array_size(k->s.asked); i++) {
        const json_t *one = json_array_get(k->s.asked, i);
        char *text = json_dumps(one, 0);
        if (strcmp(vmm_json_str(one, "job"), "plan") != 0 && strstr(text, "plover")) fail_msg("the password is in: %s", text);
        free(text);
    }
    if (k->said) assert_null(strstr(k->said, "plover"));
    assert_null(k->w->password.typed);
}

static void it_is_asked_for_twice_and_sent_with_the_plan_alone(void **state) {
    (void)state;
    struct walk *k = at_account(answers);
    body_says(k, "P01 sets the password of one local account");
    enter(k, "ada");
    asks(k, "The new password of ada:", true);
    body_says(k, "8 to 120 characters");
    enter(k, SECRET);
    asks(k, "again", true);
    assert_int_equal(script_count(&k->s, "plan"), 0);
    enter(k, SECRET);
    AT(k, STEP_PREVIEW);
    const json_t *plan = script_last(&k->s, "plan");
    assert_string_equal(vmm_json_str(plan, "secret"), SECRET);
    assert_string_equal(json_string_value(json_array_get(json_object_get(plan, "fixes"), 1)), "P01:user=ada");
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    AT(k, STEP_FINISH);
    only_the_plan_has_it(k);
    end(k);
}

static void enter_alone_takes_the_usual_account_and_no_password(void **state) {
    (void)state;
    struct walk *k = at_account(answers);
    assert_non_null(strstr(asked(k).enter, "vmmedic-admin"));
    enter(k, "");
    asks(k, "The new password of vmmedic-admin:", true);
    enter(k, "");
    asks(k, "Name of the account", false);
    assert_int_equal(script_count(&k->s, "plan"), 0);
    end(k);
}

static void two_that_differ_are_both_thrown_away(void **state) {
    (void)state;
    struct walk *k = at_account(answers);
    enter(k, "ada");
    enter(k, SECRET);
    enter(k, SECRET "r");
    was_said(k, "not the same");
    asks(k, "The new password of ada:", true);
    assert_null(k->w->password.typed);
    enter(k, SECRET "r"); /* the second of before is the first of now */
    asks(k, "again", true);
    assert_int_equal(script_count(&k->s, "plan"), 0);
    end(k);
}

static void what_breaks_a_rule_is_refused_with_the_rule_and_never_repeated(void **state) {
    (void)state;
    static const struct {
        const char *typed, *said;
    } accounts[] = {{"a\"b", "letters a to z"}, {"this-name-is-too-long", "at most 20"}, {"guest", "nobody may log on"}, {"VM-WEB03", "name of the machine"}},
      passwords[] = {{"Sh0rt!", "at least 8"}, {"plover-plover", "three of these four"}, {"Plover\"1plover", "double quotes"}, {" Plover1plover", "begin or end with a blank"},
                     {"Plover1plover ", "begin or end with a blank"}, {"Plover1plover\\", "backslash"}, {"Plover1plov\xc3\xa9r", "ASCII"}, {"Plover1plover-ada", "name of the account"}};
    struct walk *k = at_account(answers);
    for (size_t i = 0; i < VMM_COUNT(accounts); i++) {
        enter(k, accounts[i].typed);
        was_said(k, accounts[i].said);
        asks(k, "Name of the account", false);
    }
    enter(k, "ada");
    for (size_t i = 0; i < VMM_COUNT(passwords); i++) {
        enter(k, passwords[i].typed);
        was_said(k, passwords[i].said);
        asks(k, "The new password of ada:", true);
    }
    assert_null(strcasestr(k->said, "plov"));
    end(k);
}

static void back_leads_from_question_to_question_and_wipes(void **state) {
    (void)state;
    struct walk *k = at_account(answers);
    enter(k, "ada");
    enter(k, SECRET);
    assert_non_null(k->w->password.typed);
    back(k);
    assert_null(k->w->password.typed);
    asks(k, "The new password of ada:", true);
    back(k);
    asks(k, "Name of the account", false);
    assert_non_null(strstr(asked(k).enter, "ada")); /* the name is no secret */
    back(k);
    assert_int_equal(asked(k).kind, PROMPT_MANY);
    assert_true(marked(k, row_with(k, "P01")));
    back(k);
    AT(k, STEP_BOOT);
    end(k);
}

static void the_plan_that_has_it_is_kept_while_one_goes_back_and_forth(void **state) {
    (void)state;
    struct walk *k = at_preview(answers);
    k->w->snapshot = SNAP_UNANSWERED;
    enter(k, NULL);
    AT(k, STEP_SNAPSHOT);
    choose(k, row_with(k, "copy"));
    AT(k, STEP_PREVIEW);
    enter(k, NULL);
    AT(k, STEP_APPLY);
    back(k);
    AT(k, STEP_PREVIEW);
    enter(k, NULL);
    AT(k, STEP_APPLY);
    assert_int_equal(script_count(&k->s, "plan"), 1);
    enter(k, "disk.img");
    AT(k, STEP_FINISH);
    only_the_plan_has_it(k);
    end(k);
}

static void from_the_fixes_it_is_asked_for_again(void **state) {
    (void)state;
    struct walk *k = at_preview(answers);
    back(k);
    AT(k, STEP_FIXES);
    enter(k, NULL);
    asks(k, "Name of the account", false);
    back(k);
    vmm_wizard_mark(k->w, row_with(k, "P01"), false); /* without it there is no question, and no password in the plan */
    enter(k, NULL);
    AT(k, STEP_PREVIEW);
    assert_null(json_object_get(script_last(&k->s, "plan"), "secret"));
    end(k);
}

static void both_ways_at_once_are_refused(void **state) {
    (void)state;
    struct walk *k = begin(answers);
    enter_until(k, STEP_FIXES);
    open_all(k); /* their family is shut */
    assert_int_equal(vmm_wizard_mark(k->w, row_with(k, "P01"), true), 0);
    choose(k, row_with(k, "P02"));
    was_said(k, "P01 and P02 do the same");
    assert_int_equal(asked(k).kind, PROMPT_MANY);
    assert_int_equal(script_count(&k->s, "plan"), 0);
    end(k);
}

static void a_plan_that_lacks_it_is_never_applied(void **state) {
    (void)state;
    struct walk *k = at_preview(lacks);
    enter(k, NULL);
    AT(k, STEP_FIXES);
    was_said(k, "typed again");
    k->w->step = STEP_APPLY; /* whatever the arrows promise */
    k->w->snapshot = SNAP_COPY;
    enter(k, "disk.img");
    assert_int_equal(script_count(&k->s, "apply"), 0);
    end(k);
    k = at_preview(refuses);
    body_says(k, "P01: no");
    key(k, 'r', SIZE_MAX); /* tries again, without it */
    enter(k, NULL);
    AT(k, STEP_FIXES);
    assert_int_equal(script_count(&k->s, "plan"), 2);
    end(k);
}

static void the_process_is_closed_from_the_first_key_to_the_end(void **state) {
    (void)state;
    struct walk *k = at_account(answers);
    assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
    enter(k, "ada");
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
    enter(k, SECRET);
    enter(k, SECRET);
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
    end(k);
    assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
}

static void the_kept_place_has_the_account_only_and_stops_where_it_is_asked_for(void **state) {
    (void)state;
    char *room = harness_room(), *file = vmm_printf("%s/place.json", room);
    setenv("VMMEDIC_STATE", room, 1);
    const struct wizard_options keeps = {.target = "/srv/disk.img", .place = true};
    struct walk *k = begin_with(answers, &keeps);
    enter_until(k, STEP_FIXES);
    open_all(k); /* their family is shut */
    choose(k, row_with(k, "P01"));
    enter(k, "ada");
    enter(k, SECRET);
    enter(k, SECRET);
    AT(k, STEP_PREVIEW);
    json_t *place = vmm_json_load(file, NULL);
    assert_string_equal(vmm_json_str(place, "step"), "preview");
    json_object_set_new(place, "pid", json_integer(1 << 22)); /* that one is gone */
    assert_int_equal(vmm_json_save(file, place, NULL), 0);
    uint8_t *text;
    size_t len;
    assert_int_equal(vmm_file_read(file, 1 << 20, &text, &len, NULL), 0);
    assert_null(strstr((char *)text, "plover"));
    assert_non_null(strstr((char *)text, "user=ada"));
    vmm_wizard_reply(k->w, WIZARD_LOST, NULL);
    end(k);
    assert_int_equal(vmm_json_save(file, place, NULL), 0);
    json_decref(place);
    free(text);
    k = begin_with(answers, &keeps);
    AT(k, STEP_RESUME);
    enter(k, NULL);
    for (int i = 0; i < 4 && vmm_wizard_step(k->w) != STEP_FIXES; i++) enter(k, NULL);
    AT(k, STEP_FIXES);
    was_said(k, "sets a password");
    enter(k, NULL);
    asks(k, "Name of the account", false);
    end(k);
    vmm_remove_tree(room, NULL);
    free(room);
    free(file);
}

static void an_interrupted_one_is_not_offered_to_be_finished(void **state) {
    (void)state;
    struct walk *k = begin(waits);
    enter_until(k, STEP_PENDING);
    body_pins(k, "cannot be finished, only put back");
    assert_int_equal(vmm_wizard_count(k->w), 2);
    for (size_t i = 0; i < 2; i++) {
        struct wizard_item item;
        vmm_wizard_item(k->w, i, &item);
        assert_null(strstr(item.text, "Finish"));
        vmm_item_clear(&item);
    }
    choose(k, row_with(k, "Put everything back"));
    assert_int_equal(script_count(&k->s, "undo"), 1);
    assert_int_equal(script_count(&k->s, "finish"), 0);
    end(k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_asked_for_twice_and_sent_with_the_plan_alone),
        cmocka_unit_test(enter_alone_takes_the_usual_account_and_no_password),
        cmocka_unit_test(two_that_differ_are_both_thrown_away),
        cmocka_unit_test(what_breaks_a_rule_is_refused_with_the_rule_and_never_repeated),
        cmocka_unit_test(back_leads_from_question_to_question_and_wipes),
        cmocka_unit_test(the_plan_that_has_it_is_kept_while_one_goes_back_and_forth),
        cmocka_unit_test(from_the_fixes_it_is_asked_for_again),
        cmocka_unit_test(both_ways_at_once_are_refused),
        cmocka_unit_test(a_plan_that_lacks_it_is_never_applied),
        cmocka_unit_test(the_process_is_closed_from_the_first_key_to_the_end),
        cmocka_unit_test(the_kept_place_has_the_account_only_and_stops_where_it_is_asked_for),
        cmocka_unit_test(an_interrupted_one_is_not_offered_to_be_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
