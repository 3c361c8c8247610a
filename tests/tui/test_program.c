/* The whole program on a terminal, with its worker and a Windows volume in a folder: what keys do to the disk, and what signals, lines and shells do to the program.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/program.h"

static char *room, *disk, *original;

static void make(const char *scenario) {
    room = harness_stand(scenario, &disk);
    original = harness_hash(disk);
}
static int stuck(void **state) {
    (void)state;
    make("safe-mode-minimal");
    return 0;
}
static int well(void **state) {
    (void)state;
    make("healthy");
    return 0;
}
static int teardown(void **state) {
    (void)state;
    harness_fall(room, disk);
    free(original);
    return 0;
}

static struct program *start(const struct program_options *o, const char *target) {
    const char *argv[] = {VMMEDIC, target, NULL};
    return program_start(o, argv);
}
/* A closed terminal keeps the place; here it would only be in the way. */
static void forget_place(void) {
    char *place = vmm_printf("%s/state/place.json", room);
    remove(place);
    free(place);
}
/* Waits until the step is there and asks. */
static void at(struct program *p, const char *step) {
    char *mark = vmm_printf("▸ %s", step);
    program_until(p, mark);
    program_until(p, " Enter ");
    free(mark);
}
static void ends(struct program *p, int code) {
    int was = program_code(p);
    if (was != code) {
        screen_print(program_screen(p), "at the end");
        fail_msg("exit code %d, not %d", was, code);
    }
    if (!program_gave_terminal_back(p)) {
        screen_print(program_screen(p), "at the end");
        fail_msg("the terminal was not given back");
    }
    program_end(p);
}
static void untouched(void) {
    char *now = harness_hash(disk);
    assert_string_equal(now, original);
    free(now);
}

/* The steps, and what is typed on each to reach the next. */
static const struct {
    const char *step, *keys;
} way[] = {{"Symptom", "<Enter>"}, {"Snapshot", "3<Enter>"}, {"Drive", "<Enter>"}, {"Boot", "<Enter>"}, {"Fixes", "<Enter>"}, {"Preview", "<Enter>"}, {"Apply", "disk<Enter>"}, {"Finish", "<Enter>"}};

static void go_to(struct program *p, const char *step) {
    for (size_t i = 0; i < VMM_COUNT(way); i++) {
        at(p, way[i].step);
        if (strcmp(way[i].step, step) == 0) return;
        program_keys(p, way[i].keys);
    }
}

/* ---- the way through ---- */
static void the_disk_is_repaired_by_keys_alone(void **state) {
    (void)state;
    struct program *p = start(NULL, disk);
    go_to(p, "Preview");
    untouched();
    program_keys(p, "<Enter>");
    at(p, "Apply");
    untouched();
    program_keys(p, "disk<Enter>");
    at(p, "Finish");
    program_until(p, "Done.");
    program_keys(p, "<Enter>");
    ends(p, 0);
    struct ran scan = harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL);
    assert_int_equal(scan.code, 0);
    harness_ran_clear(&scan);
}

static void without_a_target_a_typed_path_is_enough(void **state) {
    (void)state;
    struct program *p = start(NULL, NULL);
    at(p, "Symptom");
    program_keys(p, "<Enter>");
    at(p, "Snapshot");
    program_keys(p, "3<Enter>");
    at(p, "Attach");
    program_keys(p, "p");
    program_type(p, disk, strlen(disk));
    program_keys(p, "<Enter>");
    program_until(p, "boot partition");
    program_keys(p, "<Enter>");
    at(p, "Drive");
    program_until(p, "Safe Mode");
    program_keys(p, "q");
    ends(p, 6);
    untouched();
}

static void undo_on_the_last_screen_restores_every_byte(void **state) {
    (void)state;
    struct program *p = start(NULL, disk);
    go_to(p, "Finish");
    program_keys(p, "u");
    program_until(p, "Undo the repair?");
    program_keys(p, "2<Enter>");
    program_until(p, "Everything is put back");
    program_keys(p, "<Enter>");
    ends(p, 0);
    untouched();
}

static void leaving_at_any_step_writes_nothing(void **state) {
    (void)state;
    static const char *const leaves[] = {"q", "<C-c>"};
    for (size_t l = 0; l < VMM_COUNT(leaves); l++)
        for (size_t i = 0; i + 1 < VMM_COUNT(way); i++) {
            struct program *p = start(NULL, disk);
            go_to(p, way[i].step);
            if (strcmp(way[i].step, "Apply") == 0 && l == 0) program_keys(p, "<Esc>"); /* a q is part of a name there */
            program_keys(p, leaves[l]);
            ends(p, 6);
            untouched();
        }
}

static void a_healthy_disk_says_so_and_is_left_alone(void **state) {
    (void)state;
    struct program *p = start(NULL, disk);
    go_to(p, "Drive");
    program_keys(p, "<Enter>");
    program_until(p, "none of these fixes is needed");
    program_keys(p, "<Enter>");
    ends(p, 0);
    untouched();
}

/* ---- lines and signals ---- */
static void a_closed_window_ends_it_even_when_nobody_tells(void **state) {
    (void)state;
    for (size_t i = 0; i + 1 < VMM_COUNT(way); i++) {
        const struct program_options o = {.deaf = i % 2 == 0, .hangs_up = true};
        struct program *p = start(&o, disk);
        go_to(p, way[i].step);
        double before = program_seconds(p);
        program_hang_up(p);
        int code = program_code(p);
        if (code != 6 && (i % 2 == 0 || code != 128 + SIGHUP)) fail_msg("exit code %d", code); /* the shell's signal may come when it is leaving already */
        if (program_seconds(p) - before > 2) fail_msg("it went on for %.1f s", program_seconds(p) - before);
        program_end(p);
        untouched();
        forget_place();
    }
}

/* Whether the worker had the request already or not: afterwards the disk is the old one or the repaired one. */
static void a_window_closed_while_it_writes_leaves_old_or_new(void **state) {
    (void)state;
    for (int round = 0; round < 3; round++) {
        const struct program_options o = {.deaf = round % 2, .hangs_up = true};
        struct program *p = start(&o, disk);
        go_to(p, "Apply");
        program_type(p, "disk\r", 5);
        if (round == 2) program_idle(p);
        program_hang_up(p);
        int code = program_code(p);
        program_end(p);
        forget_place();
        struct ran scan = {0};
        for (double began = vmm_seconds(); vmm_seconds() - began < 30;) { /* the worker ends by itself; until then the disk is locked */
            harness_ran_clear(&scan);
            scan = harness_run(NULL, VMMEDIC, "scan", disk, "--json", NULL);
            if (scan.code == 0 || scan.code == 4) break;
        }
        char *now = harness_hash(disk);
        bool old = strcmp(now, original) == 0;
        if (code != 0 && code != 5 && code != 6 && code != 128 + SIGHUP) fail_msg("exit code %d", code);
        if (scan.code != (old ? 4 : 0)) fail_msg("neither old nor new: %d\n%s%s", scan.code, scan.out, scan.err);
        harness_ran_clear(&scan);
        free(now);
        if (old) continue;
        struct ran undo = harness_run(NULL, VMMEDIC, "undo", "--yes", NULL);
        assert_int_equal(undo.code, 0);
        harness_ran_clear(&undo);
        untouched();
    }
}

static void control_z_gives_the_terminal_to_the_shell_and_fg_brings_it_back(void **state) {
    (void)state;
    struct program *p = start(NULL, disk);
    go_to(p, "Fixes");
    program_idle(p);
    char *before = screen_marked(program_screen(p));
    for (int i = 0; i < 2; i++) {
        program_type(p, "\032", 1);
        program_until_stopped(p);
        assert_true(program_gave_terminal_back(p));
        program_scribble(p, "\033[H\033[Jshell$ ls\r\nmany files\r\nshell$ fg\r\n");
        program_continue(p);
        program_until_same(p, before);
    }
    free(before);
    program_keys(p, "q");
    ends(p, 6);
    untouched();
}

static void signals_that_end_it_give_the_terminal_back(void **state) {
    (void)state;
    static const int ending[] = {SIGTERM, SIGHUP, SIGINT};
    for (size_t i = 0; i < VMM_COUNT(ending); i++) {
        struct program *p = start(NULL, disk);
        go_to(p, "Drive");
        program_signal(p, ending[i]);
        ends(p, 6);
        forget_place();
    }
    untouched();
}

static void a_crash_gives_the_terminal_back_and_says_what_to_do(void **state) {
    (void)state;
    static const char *const environment[] = {"ASAN_OPTIONS=handle_segv=0:detect_leaks=0", NULL}; /* else the sanitizer has it */
    const struct program_options o = {.environment = environment};
    struct program *p = start(&o, disk);
    go_to(p, "Drive");
    program_signal(p, SIGSEGV);
    assert_int_equal(program_code(p), 128 + SIGSEGV);
    assert_true(program_gave_terminal_back(p));
    assert_shows(program_screen(p), "Start vmmedic again");
    program_end(p);
    untouched();
}

static void a_lost_window_is_offered_its_place_again(void **state) {
    (void)state;
    const struct program_options o = {.hangs_up = true};
    for (int i = 0; i < 2; i++) {
        struct program *p = start(&o, disk);
        go_to(p, "Fixes");
        if (i) program_signal(p, SIGKILL);
        else program_hang_up(p);
        program_code(p);
        program_end(p);
        p = start(NULL, disk);
        program_until(p, "You were at Fixes with disk");
        program_keys(p, i ? "2<Enter>" : "<Enter>");
        if (i) go_to(p, "Preview"); /* from the start */
        else at(p, "Fixes");
        program_keys(p, "q");
        ends(p, 6);
        untouched();
    }
}

static void a_storm_of_sizes_ends_in_one_right_screen(void **state) {
    (void)state;
    unsigned seed = 3;
    struct program *p = start(NULL, disk);
    go_to(p, "Fixes");
    program_idle(p);
    char *before = screen_marked(program_screen(p));
    for (int i = 0; i < 201; i++) program_resize(p, 1 + rand_r(&seed) % 60, 1 + rand_r(&seed) % 200);
    program_resize(p, 24, 80);
    program_until_same(p, before);
    free(before);
    program_keys(p, "q");
    ends(p, 6);
}

static void what_was_kept_is_printed_below_the_prompt(void **state) {
    (void)state;
    struct program *p = start(NULL, disk);
    go_to(p, "Drive");
    program_keys(p, "P");
    program_until(p, "Kept: this is printed below the prompt when you leave.");
    program_keys(p, "Pq"); /* once is enough */
    assert_int_equal(program_code(p), 6);
    char *text = screen_text(program_screen(p)), *first = strstr(text, "Drive: ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "Drive: "));
    free(text);
    ends(p, 6);
    untouched();
}

static void the_size_one_gives_wins_over_what_the_terminal_says(void **state) {
    (void)state;
    const struct program_options o = {.rows = 50, .cols = 132};
    const char *const argv[] = {VMMEDIC, "--size", "60x20", "--slow", disk, NULL};
    struct program *p = program_start(&o, argv);
    program_until(p, "What do you see?");
    program_idle(p);
    for (int again = 0; again < 2; again++) {
        for (int row = 0; row < 50; row++) {
            char *text = screen_row(program_screen(p), row);
            size_t letters = 0;
            for (const char *c = text; *c; c++) letters += (*c & 0xc0) != 0x80;
            assert_true(row < 20 ? letters <= 60 : text[strspn(text, " ")] == 0);
            free(text);
        }
        program_resize(p, 50, 132); /* the terminal says it once more */
        program_keys(p, "<Down>");
    }
    program_keys(p, "q");
    ends(p, 6);
}

static void a_thousand_pasted_bytes_do_no_harm(void **state) {
    (void)state;
    char paste[1000];
    struct program *p = start(NULL, disk);
    go_to(p, "Apply");
    memset(paste, 'x', sizeof paste);
    program_type(p, paste, sizeof paste);
    program_keys(p, "<Enter>");
    program_until(p, "is not the name of this disk");
    memset(paste, '\r', sizeof paste);
    program_type(p, paste, sizeof paste);
    program_keys(p, "<Enter>");
    for (size_t i = 0; i < sizeof paste; i++) paste[i] = "jk?\r b<i\033[A"[i % 11];
    program_type(p, paste, sizeof paste);
    program_keys(p, "<C-c>");
    ends(p, 6);
    untouched();
}

/* ---- terminals that cannot ---- */
static void on_a_terminal_that_cannot_it_is_plain_text(void **state) {
    (void)state;
    static const char *const terms[] = {"", "dumb", "no-such-terminal"};
    for (size_t i = 0; i < VMM_COUNT(terms); i++) {
        const struct program_options o = {.term = terms[i]};
        struct program *p = start(&o, disk);
        program_until(p, "Step 1 of 9");
        program_until(p, "Enter takes 1>");
        program_type(p, "q\n", 2);
        program_until(p, "Nothing was written.");
        ends(p, 6);
    }
    untouched();
}

static void every_terminal_walks_to_the_preview(void **state) {
    (void)state;
    static const char *const terms[] = {"xterm-256color", "vt220", "linux", "screen-256color", "ansi", "xterm", "vt100"};
    for (size_t i = 0; i < VMM_COUNT(terms); i++) {
        const struct program_options o = {.term = terms[i], .ascii_locale = true, .rows = i % 2 ? 20 : 24, .cols = i % 2 ? 60 : 80};
        struct program *p = start(&o, disk);
        for (size_t w = 0; w + 2 < VMM_COUNT(way); w++) {
            char *mark = vmm_printf("> %s", way[w].step);
            program_until(p, mark);
            program_until(p, " Enter ");
            program_idle(p);
            if (screen_shows(program_screen(p), "Enter close")) program_keys(p, "<Enter>"); /* a message that is longer than a small screen's panel */
            free(mark);
            if (w + 3 < VMM_COUNT(way)) program_keys(p, way[w].keys);
        }
        program_keys(p, "q");
        ends(p, 6);
    }
    untouched();
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_disk_is_repaired_by_keys_alone, stuck, teardown),
        cmocka_unit_test_setup_teardown(without_a_target_a_typed_path_is_enough, stuck, teardown),
        cmocka_unit_test_setup_teardown(undo_on_the_last_screen_restores_every_byte, stuck, teardown),
        cmocka_unit_test_setup_teardown(leaving_at_any_step_writes_nothing, stuck, teardown),
        cmocka_unit_test_setup_teardown(a_healthy_disk_says_so_and_is_left_alone, well, teardown),
        cmocka_unit_test_setup_teardown(a_closed_window_ends_it_even_when_nobody_tells, stuck, teardown),
        cmocka_unit_test_setup_teardown(a_window_closed_while_it_writes_leaves_old_or_new, stuck, teardown),
        cmocka_unit_test_setup_teardown(control_z_gives_the_terminal_to_the_shell_and_fg_brings_it_back, stuck, teardown),
        cmocka_unit_test_setup_teardown(signals_that_end_it_give_the_terminal_back, stuck, teardown),
        cmocka_unit_test_setup_teardown(a_crash_gives_the_terminal_back_and_says_what_to_do, stuck, teardown),
        cmocka_unit_test_setup_teardown(a_lost_window_is_offered_its_place_again, stuck, teardown),
        cmocka_unit_test_setup_teardown(what_was_kept_is_printed_below_the_prompt, stuck, teardown),
        cmocka_unit_test_setup_teardown(the_size_one_gives_wins_over_what_the_terminal_says, stuck, teardown),
        cmocka_unit_test_setup_teardown(a_storm_of_sizes_ends_in_one_right_screen, stuck, teardown),
        cmocka_unit_test_setup_teardown(a_thousand_pasted_bytes_do_no_harm, stuck, teardown),
        cmocka_unit_test_setup_teardown(on_a_terminal_that_cannot_it_is_plain_text, stuck, teardown),
        cmocka_unit_test_setup_teardown(every_terminal_walks_to_the_preview, stuck, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
