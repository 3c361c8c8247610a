/* The place is not lost: what is kept when a terminal closes before anything was written, when it is offered, and what is read anew. The front end that is lost is
 * a process of its own, which ends without a word; the worker follows a script.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/folder.h"
#include "tests/screens/walk.h"

static char *room, *disk, *place;
static const struct wizard_options here = {.place = true};
static struct wizard_options there;
/* The answers name the disk of this test, which must exist. */
static char *probe, *scan_broken, *scan_other, *scan_healthy, *scan_pending, *scan_fewer;

static char *at_disk(const char *json) {
    struct vmm_buf b = {0};
    for (const char *p = json, *hit; *p; p = hit + strlen("/srv/disk.img")) {
        hit = strstr(p, "/srv/disk.img");
        if (hit == NULL) {
            vmm_buf_str(&b, p);
            break;
        }
        vmm_buf_add(&b, p, (size_t)(hit - p));
        vmm_buf_str(&b, disk);
    }
    return vmm_buf_steal(&b);
}
static char *replaced(const char *text, const char *what, const char *with) {
    const char *at = strstr(text, what);
    assert_non_null(at);
    return vmm_printf("%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
}

static int setup(void **state) {
    (void)state;
    room = harness_room();
    disk = vmm_printf("%s/disk.img", room);
    place = vmm_printf("%s/state/place.json", room);
    harness_write(disk, "x", 1);
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    there = (struct wizard_options){.target = disk, .place = true};
    probe = at_disk(PROBE_JSON);
    scan_broken = at_disk(SCAN_BROKEN);
    scan_healthy = at_disk(SCAN_HEALTHY);
    scan_pending = at_disk(SCAN_PENDING);
    scan_other = replaced(scan_broken, "gpt:{x}", "gpt:{y}");
    scan_fewer = replaced(scan_broken, "'id':'CD01'", "'id':'CD99'");
    return 0;
}
static int teardown(void **state) {
    (void)state;
    char *const texts[] = {room, disk, place, probe, scan_broken, scan_healthy, scan_pending, scan_other, scan_fewer};
    vmm_remove_tree(room, NULL);
    for (size_t i = 0; i < VMM_COUNT(texts); i++) free(texts[i]);
    return 0;
}

#define ANSWERS(scan) {COMMON, {"probe", probe}, {"scan", scan}, {"plan", PLAN_JSON}, {"apply", APPLY_JSON}, {0}}

/* A front end in a process of its own that goes a way and is then killed. */
static void lose(const struct wizard_options *o, void (*way)(struct walk *k)) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        const struct answer answers[] = ANSWERS(scan_broken);
        way(begin_with(answers, o));
        kill(getpid(), SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void to_fixes(struct walk *k) {
    choose(k, 1);
    choose(k, 1);
    enter(k, "web03-snap");
    enter_until(k, STEP_FIXES);
    vmm_wizard_mark(k->w, row_with(k, "CD01"), true);
    vmm_wizard_mark(k->w, row_with(k, "SM01"), false);
    key(k, 'o', row_with(k, "CD01"));
    enter(k, "kind=full");
    vmm_wizard_tick(k->w);
}
static void to_preview(struct walk *k) {
    to_fixes(k);
    enter(k, NULL);
    AT(k, STEP_PREVIEW);
}
static void to_apply(struct walk *k) {
    to_preview(k);
    enter(k, NULL);
    AT(k, STEP_APPLY);
}
static void to_attach(struct walk *k) {
    choose(k, 1);
    key(k, 'a', 0);
    enter(k, "prod-rg web03");
    choose(k, 2);
    AT(k, STEP_ATTACH);
}
static void to_symptom_only(struct walk *k) { AT(k, STEP_SYMPTOM); }

static bool kept(void) { return access(place, F_OK) == 0; }

static json_t *place_json(void) {
    json_t *o = vmm_json_load(place, NULL);
    assert_non_null(o);
    return o;
}
static void put_place(json_t *o) {
    assert_int_equal(vmm_json_save(place, o, NULL), 0);
    json_decref(o);
}

/* ---- what is kept ---- */
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

static void the_file_is_private_and_small_and_not_there_without_the_option(void **state) {
    (void)state;
    lose(&there, to_fixes);
    struct stat st;
    assert_int_equal(stat(place, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(st.st_size < 4096);
    unlink(place);
    struct wizard_options o = there;
    o.place = false;
    lose(&o, to_fixes);
    assert_false(kept());
}

/* ---- when it is not offered ---- */
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

static void the_place_of_one_that_still_runs_is_left_alone(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_broken);
    struct walk *k = begin_with(answers, &there), *second; /* this process lives */
    to_fixes(k);
    char *first = vmm_printf("%s", place), *text = NULL;
    size_t len;
    assert_int_equal(vmm_file_read(first, 65536, (uint8_t **)&text, &len, NULL), 0);
    second = begin_with(answers, &there);
    AT(second, STEP_SYMPTOM);
    end(second);
    lose(&there, to_preview); /* another process beside it: a file of its own */
    char *now = NULL;
    assert_int_equal(vmm_file_read(first, 65536, (uint8_t **)&now, &len, NULL), 0);
    assert_string_equal(now, text);
    second = begin_with(answers, &there);
    AT(second, STEP_RESUME);
    body_says(second, "You were at Preview");
    choose(second, 1);
    assert_true(kept());
    end(second);
    free(text);
    free(now);
    free(first);
    end(k);
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

/* ---- the disk is read anew ---- */
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

/* ---- files that nobody should believe ---- */
static void files_that_are_broken_huge_or_hostile_are_not_there(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_broken);
    lose(&there, to_fixes);
    uint8_t *good_text;
    size_t len;
    assert_int_equal(vmm_file_read(place, 65536, &good_text, &len, NULL), 0);
    static const char *const broken[] = {"", "{", "[]", "null", "{\"version\":1}", "{\"version\":\"1\"}", "\xff\xfe", "{\"version\":1,\"version\":1}"};
    for (size_t i = 0; i < VMM_COUNT(broken); i++) {
        harness_write(place, broken[i], strlen(broken[i]));
        struct walk *k = begin_with(answers, &there);
        AT(k, STEP_SYMPTOM);
        assert_null(k->said);
        end(k);
    }
    for (size_t cut = 1; cut + 1 < len; cut += 7) { /* torn anywhere */
        harness_write(place, good_text, cut);
        struct walk *k = begin_with(answers, &there);
        AT(k, STEP_SYMPTOM);
        end(k);
    }
    char *huge = vmm_alloc(1, 1 << 20);
    memset(huge, ' ', 1 << 20);
    memcpy(huge, good_text, len);
    harness_write(place, huge, 1 << 20);
    struct walk *k = begin_with(answers, &there);
    AT(k, STEP_SYMPTOM);
    end(k);
    free(huge);
    harness_write(place, good_text, len);
    chmod(place, 0666);
    k = begin_with(answers, &there);
    AT(k, STEP_SYMPTOM);
    end(k);
    char *real = vmm_printf("%s/real", room);
    harness_write(real, good_text, len);
    chmod(real, 0600);
    unlink(place);
    assert_int_equal(symlink(real, place), 0);
    k = begin_with(answers, &there);
    AT(k, STEP_SYMPTOM);
    to_fixes(k);
    assert_int_equal(access(real, F_OK), 0);
    end(k);
    unlink(place);
    assert_int_equal(mkfifo(place, 0600), 0);
    k = begin_with(answers, &there);
    AT(k, STEP_SYMPTOM);
    end(k);
    free(real);
    free(good_text);
}

static void every_value_may_be_anything_and_nothing_bad_comes_of_it(void **state) {
    (void)state;
    static const char *const odd[] = {"null", "true", "-1", "99999999999", "1e300", "\"\"", "\"x\"", "\"\\u001b[31m$(reboot)\"", "[]", "[null,1,{},\"a;b\"]", "{}", "{\"CD01\":7}"};
    const struct answer answers[] = ANSWERS(scan_broken);
    lose(&there, to_preview);
    json_t *good_place = place_json();
    const char *name;
    json_t *ignored;
    json_object_foreach(good_place, name, ignored) {
        for (size_t i = 0; i < VMM_COUNT(odd); i++) {
            json_t *o = json_deep_copy(good_place);
            json_object_set_new(o, name, json_loads(odd[i], JSON_DECODE_ANY, NULL));
            put_place(o);
            struct walk *k = begin_with(answers, i % 2 ? &there : &here);
            for (int n = 0; n < 6 && !vmm_wizard_over(k->w, NULL); n++) {
                char *text = body_of(k);
                assert_null(strchr(text, 0x1b));
                assert_null(strstr(text, "a;b"));
                free(text);
                enter(k, NULL);
            }
            assert_int_equal(script_count(&k->s, "apply"), 0);
            end(k);
            vmm_remove_tree(place, NULL);
            char *own = vmm_printf("%s/state/place-%d.json", room, (int)getpid());
            vmm_remove_tree(own, NULL);
            free(own);
        }
    }
    json_decref(good_place);
}

static void a_state_folder_that_cannot_be_written_is_borne(void **state) {
    (void)state;
    const struct answer answers[] = ANSWERS(scan_broken);
    char *in_the_way = vmm_printf("%s/file/state", room), *file = vmm_printf("%s/file", room);
    harness_write(file, "x", 1);
    setenv("VMMEDIC_STATE", in_the_way, 1);
    struct walk *k = begin_with(answers, &there);
    to_fixes(k);
    vmm_wizard_quit(k->w);
    assert_int_equal(code_of(k), 6);
    end(k);
    free(in_the_way);
    free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_terminal_is_offered_its_place_with_every_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(the_plan_is_made_and_shown_again_and_nothing_is_written_by_going_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_place_without_a_disk_is_kept_too, setup, teardown),
        cmocka_unit_test_setup_teardown(it_goes_no_further_than_the_answers_reach, setup, teardown),
        cmocka_unit_test_setup_teardown(leaving_on_purpose_or_finishing_keeps_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_file_is_private_and_small_and_not_there_without_the_option, setup, teardown),
        cmocka_unit_test_setup_teardown(starting_over_forgets_it, setup, teardown),
        cmocka_unit_test_setup_teardown(another_disk_or_an_old_one_is_not_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(the_place_of_one_that_still_runs_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupted_repair_goes_before_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_another_one_writes_is_followed_instead, setup, teardown),
        cmocka_unit_test_setup_teardown(another_disk_at_the_same_path_is_noticed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_is_gone_is_said_and_one_starts_over, setup, teardown),
        cmocka_unit_test_setup_teardown(ticks_that_cannot_be_done_any_more_are_left_out_and_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_is_healthy_by_now_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_without_windows_by_now_ends_in_the_list, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_are_broken_huge_or_hostile_are_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(every_value_may_be_anything_and_nothing_bad_comes_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_folder_that_cannot_be_written_is_borne, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
