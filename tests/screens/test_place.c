/* The file that keeps a place: private, one for each front end, and never believed further than it can be trusted.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/screens/lost.h"

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
        cmocka_unit_test_setup_teardown(the_file_is_private_and_small_and_not_there_without_the_option, setup, teardown),
        cmocka_unit_test_setup_teardown(the_place_of_one_that_still_runs_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_are_broken_huge_or_hostile_are_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(every_value_may_be_anything_and_nothing_bad_comes_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_folder_that_cannot_be_written_is_borne, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
