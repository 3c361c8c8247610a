/* The plain-text walk: what it prints is plain, and what is typed at it never writes by accident. The worker follows a script.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <wchar.h>

#include "cli/plain.h"
#include "screens/wrap.h"
#include "harness/folder.h"
#include "tests/screens/script.h"

static const struct answer good[] = GOOD(SCAN_BROKEN), healthy[] = GOOD(SCAN_HEALTHY), two[] = GOOD_TWO, pending[] = GOOD(SCAN_PENDING), folder[] = GOOD(SCAN_FOLDER),
                           empty[] = GOOD(SCAN_NO_WINDOWS);
static const struct answer write_fails[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", ERROR_JSON("write-failed", 1, "no space")}, {0}};
static const struct answer dies[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", NULL}, {0}};

struct ran {
    int code;
    char *text;
    size_t lines; /* of the input that were read */
    struct script s;
};

/* A clock that is read once a progress event. */
static double ticks, pace;
static int presses; /* of control-C */
static double clock_of_test(void) { return ticks += pace; }

static struct ran run(const struct answer *answers, const char *target, int width, const char *typed, size_t len) {
    struct ran r = {0};
    size_t size = 0;
    FILE *in = tmpfile(), *out = open_memstream(&r.text, &size);
    assert_non_null(in);
    assert_non_null(out);
    fwrite(typed, 1, len, in);
    rewind(in);
    struct wizard_link link = script_link(&r.s, answers);
    r.s.interrupts = presses;
    struct plain_options o = {.target = target, .in = in, .out = out, .width = width, .link = &link, .seconds = clock_of_test};
    r.code = vmm_plain_walk(&o);
    for (long i = 0, end = ftell(in); i < end; i++) r.lines += typed[i] == '\n';
    fclose(in);
    fclose(out);
    return r;
}
static struct ran type(const struct answer *answers, const char *target, const char *typed) { return run(answers, target, 80, typed, strlen(typed)); }

static void done(struct ran *r) {
    script_free(&r->s);
    free(r->text);
}

static void says(const struct ran *r, const char *words) {
    if (!strstr(r->text, words)) fail_msg("not printed: %s\nin: %s", words, r->text);
}

/* Newline is the only control character; no line is wider than allowed. */
static void is_plain(const char *text, int width) {
    mbstate_t state = {0};
    int cols = 0;
    for (const char *p = text; *p;) {
        wchar_t c;
        size_t n = mbrtowc(&c, p, strlen(p), &state);
        if (n == (size_t)-1 || n == (size_t)-2) fail_msg("broken character in: %.60s", p);
        if (c == L'\n') cols = 0;
        else {
            if (c < 0x20 || (c >= 0x7f && c < 0xa0)) fail_msg("control character %02x before: %.60s", (unsigned)c, p);
            cols += wcwidth(c);
            if (cols > width) fail_msg("a line wider than %d ends with: %.60s", width, p > text + 50 ? p - 50 : text);
        }
        p += n;
    }
}

#define REPAIR "\n\n\n\n\n\ndisk.img\n\n"

static void eight_lines_repair_a_named_disk(void **state) {
    (void)state;
    struct ran r = type(good, "/srv/disk.img", REPAIR);
    assert_int_equal(r.code, 0);
    assert_int_equal(script_count(&r.s, "apply"), 1);
    says(&r, "Stuck in Safe Mode (Minimal). One change repairs it.");
    says(&r, "It is safe to detach disk.img now.");
    done(&r);
}

static void each_step_has_explanation_question_choices_and_what_enter_means(void **state) {
    (void)state;
    static const char typed[] = "\n\n\n\n\n\n\nsdc\ndisk.img\n";
    struct ran r = run(good, NULL, 200, typed, sizeof(typed) - 1); /* wide, so that no sentence is broken */
    says(&r, "Step 1 of 9, Symptom: What do you see? (nothing written yet)");
    says(&r, "  1: I don't know: look, [*],\n");
    says(&r, "Step 3 of 9, Attach: Which disk?");
    says(&r, "  1: sda, Virtual Disk, 30.0 GiB, cannot be chosen: This machine runs from it,\n");
    says(&r, "  2: sdc, Virtual Disk, 127.0 GiB, [*],\n");
    says(&r, "Needed: it keeps people out\n  1: SM01, Remove safe boot, Minimal, risk low, [*],\n");
    says(&r, "Enter takes 1> ");
    says(&r, "\"sdc\" is not the name of this disk. Nothing was written.");
    says(&r, "Step 9 of 9, Finish: What was done, and what to do now (written and verified)");
    int questions = 0;
    for (const char *p = r.text; (p = strstr(p, "? for help, q to leave, Enter ")); p++) questions++;
    assert_int_equal(questions, 10); /* one a line of input, and the one that the end of the input answers */
    done(&r);
}

static void output_is_plain_and_fits_at_every_width(void **state) {
    (void)state;
    static const struct answer *const scripts[] = {good, healthy, two, pending, folder, empty, write_fails, dies};
    static const int widths[] = {40, 60, 80, 132};
    static const char walk[] = "?\ni\ni 1\n\n?\ni 2\na\nprod web03 rescue copy\n4\n\n2\nsnap-1\n?\ni\n1\n?\n\nv\ne\n?\ni\ni safeboot\ni e\n\nd 1\n?\ni 1\n\n?\ni\nw\ni safe\n\n?\nno\ndisk.img\n?\np\nu\n2\n\n";
    for (size_t s = 0; s < VMM_COUNT(scripts); s++) {
        for (size_t w = 0; w < VMM_COUNT(widths); w++) {
            struct ran r = run(scripts[s], s % 2 ? NULL : "/srv/disk.img", widths[w], walk, strlen(walk));
            is_plain(r.text, widths[w] - 1);
            done(&r);
            r = run(scripts[s], "/srv/disk.img", widths[w], REPAIR, strlen(REPAIR));
            is_plain(r.text, widths[w] - 1);
            done(&r);
        }
    }
}

static void the_end_of_input_after_any_line_leaves_without_writing(void **state) {
    (void)state;
    for (size_t lines = 0; lines < 7; lines++) {
        struct ran r = run(good, "/srv/disk.img", 80, "\n\n\n\n\n\n\n", lines);
        assert_int_equal(r.code, 6);
        assert_int_equal(script_count(&r.s, "apply"), 0);
        done(&r);
    }
    struct ran r = type(good, "/srv/disk.img", "\n\n\n\n\n\ndisk.img"); /* a name that no newline ends may have been cut */
    assert_int_equal(script_count(&r.s, "apply"), 0);
    assert_int_equal(r.code, 6);
    done(&r);
}

static void exit_codes_are_those_of_the_contract(void **state) {
    (void)state;
    static const struct answer no_disk[] = {COMMON, {"probe", ERROR_JSON("not-a-disk", 2, "notes.txt is a text file")}, {"scan", "{}"}, {0}};
    static const struct {
        const struct answer *answers;
        const char *typed;
        int code;
    } cases[] = {
        {good, "q\n", 6}, {good, "\n\n\nq\n", 6}, {good, REPAIR, 0}, {healthy, "\n\n\n\n", 0}, {healthy, "\n\n\n", 0}, {pending, "\n\n", 5}, {empty, "\n\n\nq\n", 3},
        {write_fails, "\n\n\n\n\n\ndisk.img\n\n", 1}, {dies, "\n\n\n\n\n", 1}, {no_disk, "", 2}, {good, "\n\n\n\n-\n\n", 6},
    };
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct ran r = type(cases[i].answers, "/srv/disk.img", cases[i].typed);
        if (r.code != cases[i].code) fail_msg("case %zu: %d, not %d\n%s", i, r.code, cases[i].code, r.text);
        done(&r);
    }
}

static void numbers_choose_and_a_minus_sign_chooses_none(void **state) {
    (void)state;
    struct ran r = type(good, "/srv/disk.img", "\n\n\n\n4\n1 5\n");
    assert_int_equal(json_array_size(json_object_get(script_last(&r.s, "plan"), "fixes")), 2);
    done(&r);
    r = type(good, "/srv/disk.img", "\n\n\n\n-\n");
    assert_int_equal(script_count(&r.s, "plan"), 0);
    says(&r, "No fix is chosen, so there is nothing to do.");
    done(&r);
    r = type(good, "/srv/disk.img", "\n\n\n\n4\n5\n<\n"); /* another one instead of the needed one: said before anything is written, and again in the list */
    says(&r, "Warning: needed, but not chosen: SM01.");
    says(&r, "3 fixes are needed, and not all of them are chosen now.");
    done(&r);
}

static void a_list_with_one_row_that_cannot_be_chosen_changes_no_mark(void **state) {
    (void)state;
    struct ran r = type(good, "/srv/disk.img", "\n\n\n\n3 4\n9\n0\n1x\n99999999999999999999\n\n");
    says(&r, "cannot be chosen: Windows is hibernated");
    says(&r, "There is no such number in the list.");
    assert_int_equal(json_array_size(json_object_get(script_last(&r.s, "plan"), "fixes")), 1); /* still the ticked one */
    done(&r);
}

static void what_is_asked_twice_is_not_printed_twice(void **state) {
    (void)state;
    struct ran r = type(good, "/srv/disk.img", "i\n?\nnonsense\n7\n");
    const char *first = strstr(r.text, "Step 1 of 9");
    assert_non_null(first);
    assert_null(strstr(first + 1, "Step 1 of 9"));
    says(&r, "That is no answer here.");
    done(&r);
    r = type(good, "/srv/disk.img", "?\n.\n"); /* unless it is asked for */
    says(&r, ".: Show this step again.");
    first = strstr(r.text, "Step 1 of 9");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "Step 1 of 9"));
    done(&r);
}

static size_t times(const struct ran *r, const char *words) {
    size_t n = 0;
    for (const char *p = r->text; (p = strstr(p, words)); p++) n++;
    return n;
}

static void lines_to_read_have_no_numbers_and_are_explained_by_a_word(void **state) {
    (void)state;
    struct ran r = type(good, "/srv/disk.img", "\n\n\ni SAFEBOOT\ni nothing like it\ni 1\n1\n");
    says(&r, "\n\n>> boots this Windows\nWindows Boot Loader\n-------------------\nidentifier              {default}\ndevice                  partition=C:\nsafeboot                Minimal\n"
             "  ^ this keeps Remote Desktop out\n");
    says(&r, "\nsafeboot Minimal\n  Element safeboot, number 0x25000080, a number.\n");
    says(&r, "No line here has that word.");
    says(&r, "That is no answer here."); /* a number alone */
    assert_null(strstr(r.text, "There is no such number"));
    done(&r);
    r = type(good, "/srv/disk.img", "\n\n\ni e\n"); /* more than five have it */
    assert_int_equal(times(&r, "\nidentifier {"), 2);
    assert_int_equal(times(&r, "\nElement "), 0);
    says(&r, "more lines have that word");
    done(&r);
}

static void a_change_is_printed_with_its_store_its_exact_place_and_both_values(void **state) {
    (void)state;
    struct ran r = type(good, "/srv/disk.img", "\n\n\n\n\nw\ni safeboot\n");
    says(&r, "\nBCD\nSM01, Windows Server (default entry): safeboot\n  {11111111-2222-3333-4444-555555555555} safeboot\n    - Minimal\n    + (not set)\n");
    says(&r, "\nThe same, as one would type it on Windows\n");
    says(&r, "\nSM01: Windows Server (default entry): safeboot\n");
    says(&r, "  - Minimal\n  + (not set)\n");
    done(&r);
}

static void a_path_can_be_typed_on_the_list_of_disks(void **state) {
    (void)state;
    static const char *const typed[] = {"\n\n/srv/disk.img\n", "\n\np /srv/disk.img\n", "\n\np\n/srv/disk.img\n"};
    for (size_t i = 0; i < VMM_COUNT(typed); i++) {
        struct ran r = type(good, NULL, typed[i]);
        assert_string_equal(vmm_json_str(script_last(&r.s, "scan"), "target"), "/srv/disk.img");
        done(&r);
    }
}

static void a_line_without_end_is_refused_whole(void **state) {
    (void)state;
    size_t n = 3000000;
    char *flood = vmm_alloc(n + 20, 1);
    memset(flood, '1', n);
    strcpy(flood + n, "\nq\n");
    struct ran r = type(good, "/srv/disk.img", flood);
    says(&r, "That line is too long. Nothing was taken from it.");
    assert_true(strlen(r.text) < 10000);
    done(&r);
    free(flood);
}

static void progress_is_lines_and_few_of_them(void **state) {
    (void)state;
    static const double paces[] = {0.1, 2, 6};
    static const int least[] = {0, 1, 1}, most[] = {0, 3, 3}; /* three events, the first of which only starts the clock */
    for (size_t i = 0; i < VMM_COUNT(paces); i++) {
        pace = paces[i];
        struct ran r = type(good, "/srv/disk.img", "q\n");
        int lines = 0;
        for (const char *p = r.text; (p = strstr(p, "percent\n")); p++) lines++;
        assert_in_range(lines, least[i], most[i]);
        done(&r);
    }
    pace = 0;
}

static void control_c_stops_the_job_and_a_second_one_leaves(void **state) {
    (void)state;
    presses = 1;
    struct ran r = type(good, "/srv/disk.img", "q\n");
    assert_int_equal(r.s.cancels, 1);
    says(&r, "Asked to stop");
    says(&r, "Step 1 of 9");
    done(&r);
    presses = 2;
    r = type(good, "/srv/disk.img", REPAIR);
    assert_int_equal(r.code, 6);
    assert_null(strstr(r.text, "Step 1 of 9"));
    done(&r);
    presses = 0;
}

static void shell_lines_can_be_pasted_as_they_were_wrapped(void **state) {
    (void)state;
    static const char line[] = "az vm get-instance-view -g prod-rg -n web03 --query \"{vm:instanceView.statuses[].code,agent:instanceView.vmAgent.statuses[].displayStatus}\"";
    for (int width = 20; width < 140; width += 7) {
        char *text = NULL, *joined;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        vmm_wrap(out, WRAP_SHELL, width, 4, 8, line, 0);
        fclose(out);
        is_plain(text, width);
        char *command = vmm_printf("az() { printf '%%s ' az \"$@\"; }\n%s", text);
        FILE *sh = popen(command, "r");
        assert_non_null(sh);
        joined = vmm_alloc(600, 1);
        size_t n = fread(joined, 1, 599, sh);
        assert_int_equal(pclose(sh), 0);
        assert_true(n > 0);
        assert_string_equal(joined, "az vm get-instance-view -g prod-rg -n web03 --query {vm:instanceView.statuses[].code,agent:instanceView.vmAgent.statuses[].displayStatus} ");
        free(joined);
        free(command);
        free(text);
    }
}

static void words_are_wrapped_by_columns_not_bytes(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    vmm_wrap(out, WRAP_WORDS, 20, 0, 2, "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97 caf\xc3\xa9 one two three", 0);
    fclose(out);
    is_plain(text, 20);
    assert_string_equal(text, "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97 caf\xc3\xa9 one\n  two three\n");
    free(text);
    out = open_memstream(&text, &size);
    vmm_wrap(out, WRAP_WORDS, 40, 0, 0, "bad \xff\xfe bytes", 0);
    fclose(out);
    assert_string_equal(text, "bad ?? bytes\n");
    free(text);
}

/* 10,000 lines of what people and cats type, many of them plausible, none the disk's name. */
static void random_input_never_applies_and_never_crashes(void **state) {
    (void)state;
    static const struct answer *const scripts[] = {good, healthy, two, pending, folder, empty, write_fails};
    static const char *const likely[] = {"", "", "", "", "", "1", "2", "3", "4", "5", "1 2 4", "<", "<", "?", "i", "i 1", "i 99", "i safe", "w", "f", "d 1", "d 9", "o 1", "loader=all", "v", "e", "s", "a", "a b c d", "p", "/srv/other.img",
                                         "r", "n", "g", "u", "l", "-", "0", "yes", "y", "disk", "DISK.IMG", "disk.img ", " disk.imG", "sdc", "%s%n", "1,2", "1 1 1", "-1", "\t", "\xff\xfe", "\x1b[31m", "1 x"};
    unsigned seed = 1;
    size_t total = 0, reached_apply = 0;
    for (int round = 0; total < 10000; round++) {
        struct vmm_buf b = {0};
        for (int i = 0; i < 80; i++) {
            seed = seed * 1103515245u + 12345u;
            unsigned pick = seed >> 16;
            if (pick % 16 == 0) {
                for (unsigned n = pick % 40; n > 0; n--) {
                    seed = seed * 1103515245u + 12345u;
                    char c = (char)(seed >> 16);
                    if (c != '\n') vmm_buf_add(&b, &c, 1);
                }
            } else {
                const char *line = likely[pick / 16 % VMM_COUNT(likely)];
                vmm_buf_str(&b, strcmp(line, "disk.img ") ? line : "disk.img.");
            }
            vmm_buf_add(&b, "\n", 1);
        }
        struct ran r = run(scripts[(size_t)round % VMM_COUNT(scripts)], round % 3 ? "/srv/disk.img" : NULL, 80, (const char *)b.data, b.len);
        assert_int_equal(script_count(&r.s, "apply"), 0);
        assert_true(r.code >= 0 && r.code <= 6);
        is_plain(r.text, 79);
        total += r.lines;
        reached_apply += strstr(r.text, "Step 8 of 9, Apply") != NULL;
        done(&r);
        vmm_buf_free(&b);
    }
    assert_true(reached_apply > 3); /* else the promise was not tried */
}

int main(void) {
    if (!setlocale(LC_ALL, "C.UTF-8")) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_lines_repair_a_named_disk),
        cmocka_unit_test(each_step_has_explanation_question_choices_and_what_enter_means),
        cmocka_unit_test(output_is_plain_and_fits_at_every_width),
        cmocka_unit_test(the_end_of_input_after_any_line_leaves_without_writing),
        cmocka_unit_test(exit_codes_are_those_of_the_contract),
        cmocka_unit_test(numbers_choose_and_a_minus_sign_chooses_none),
        cmocka_unit_test(a_list_with_one_row_that_cannot_be_chosen_changes_no_mark),
        cmocka_unit_test(what_is_asked_twice_is_not_printed_twice),
        cmocka_unit_test(lines_to_read_have_no_numbers_and_are_explained_by_a_word),
        cmocka_unit_test(a_change_is_printed_with_its_store_its_exact_place_and_both_values),
        cmocka_unit_test(a_path_can_be_typed_on_the_list_of_disks),
        cmocka_unit_test(a_line_without_end_is_refused_whole),
        cmocka_unit_test(progress_is_lines_and_few_of_them),
        cmocka_unit_test(control_c_stops_the_job_and_a_second_one_leaves),
        cmocka_unit_test(shell_lines_can_be_pasted_as_they_were_wrapped),
        cmocka_unit_test(words_are_wrapped_by_columns_not_bytes),
        cmocka_unit_test_setup_teardown(random_input_never_applies_and_never_crashes, harness_go_aside, harness_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
