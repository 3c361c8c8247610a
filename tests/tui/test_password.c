/* A password and the screen: no cell, no byte sent and no echoed line ever has it, whatever is pressed while it is typed; and after a repair with P01 or P02, by the
 * wizard, by the plain walk or by the command, it is in the script on the guest's disk and nowhere else.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/folder.h"
#include "harness/program.h"
#include "tests/tui/gallery.h"

#define SECRET GALLERY_PASSWORD
#define IN_SCRIPT "Zq7%%kW3x&plover"
#define PIECE "plover"

/* ---- the screen in the test ---- */
static void hidden(struct term *t, const char *when) {
    char *sent = term_sent(t);
    for (size_t i = 0; i + 3 <= strlen(SECRET); i++) {
        char piece[4];
        snprintf(piece, sizeof piece, "%.3s", &SECRET[i]);
        if (strspn(piece, "plover") == 3) continue; /* parts of other words */
        if (screen_shows(term_screen(t), piece) || strstr(sent, piece)) {
            screen_print(term_screen(t), when);
            fail_msg("%s: \"%s\" of the password is shown", when, piece);
        }
    }
    free(sent);
}

static size_t stars(struct term *t) {
    char *text = screen_text(term_screen(t));
    size_t n = 0;
    for (const char *p = text; *p; p++) n += *p == '*';
    free(text);
    return n;
}

static void each_key_is_one_star_and_nothing_more(void **state) {
    (void)state;
    static const char *const looks[] = {"xterm-256color", "vt220", "linux", "ansi"};
    for (size_t l = 0; l < VMM_COUNT(looks); l++) {
        struct walk *k = gallery_make(gallery_find("password"));
        struct term *t = gallery_open(k, &(struct term_options){.term = looks[l], .ascii_locale = l % 2});
        size_t ticks = stars(t); /* in ASCII the steps that are done have one too */
        for (size_t i = 0; i < strlen(SECRET); i++) {
            char one[2] = {SECRET[i], 0};
            term_keys(t, one);
            assert_int_equal(stars(t), ticks + i + 1);
            hidden(t, "typed");
        }
        term_close(t);
        gallery_end(k);
    }
}

static void no_other_key_shows_it(void **state) {
    (void)state;
    static const char *const keys[] = {"<Left>", "<Home>", "<End>", "<Right>", "<C-l>", "<F1>", "<Enter>", "<Down>", "<PageUp>", "<Delete>", "<BS>", "<C-u>", "<C-w>", "<C-k>", "<C-y>", "<Tab>", "?", "<C-r>"};
    struct walk *k = gallery_make(gallery_find("password"));
    struct term *t = gallery_open(k, NULL);
    term_paste(t, SECRET, strlen(SECRET));
    hidden(t, "pasted");
    for (size_t i = 0; i < VMM_COUNT(keys); i++) {
        term_keys(t, keys[i]);
        term_rest(t);
        hidden(t, keys[i]);
    }
    for (int cols = 30; cols < 130; cols += 7) {
        term_resize(t, 9 + cols / 8, cols);
        hidden(t, "another size");
    }
    term_close(t);
    gallery_end(k);
}

static void a_wide_letter_is_one_star_and_long_ones_scroll(void **state) {
    (void)state;
    struct walk *k = gallery_make(gallery_find("password"));
    struct term *t = gallery_open(k, NULL);
    term_paste(t, "\xe6\xbc\xa2x", 4);
    assert_int_equal(stars(t), 2);
    for (int i = 0; i < 100; i++) term_keys(t, "x");
    assert_true(stars(t) < 80);
    term_keys(t, "<Home>");
    hidden(t, "home");
    term_close(t);
    gallery_end(k);
}

static void a_question_mark_is_a_letter_of_it(void **state) {
    (void)state;
    struct walk *k = gallery_make(gallery_find("password"));
    struct term *t = gallery_open(k, NULL);
    assert_shows_not(term_screen(t), "? help");
    term_keys(t, "?");
    assert_int_equal(stars(t), 1);
    assert_shows_not(term_screen(t), "Help:");
    term_close(t);
    gallery_end(k);
}

static void leaving_the_field_empties_it(void **state) {
    (void)state;
    struct walk *k = gallery_make(gallery_find("password"));
    struct term *t = gallery_open(k, NULL);
    term_keys(t, SECRET "<Esc>");
    assert_shows(term_screen(t), "Name of the account");
    term_keys(t, "<Enter>");
    assert_shows(term_screen(t), "The new password of ada:");
    assert_int_equal(stars(t), 0);
    term_keys(t, SECRET "<Enter>");
    assert_shows(term_screen(t), "again");
    assert_int_equal(stars(t), 0);
    hidden(t, "again");
    term_keys(t, SECRET "<Enter>");
    assert_int_equal(vmm_wizard_step(k->w), STEP_PREVIEW);
    hidden(t, "preview");
    term_close(t);
    gallery_end(k);
}

/* ---- the program ---- */
static char *room, *disk, *original, *state_dir;
static int setup(void **state) {
    (void)state;
    room = harness_stand("safe-mode-minimal", &disk);
    state_dir = vmm_printf("%s/state", room);
    original = harness_hash(disk);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    char *const texts[] = {room, disk, original, state_dir};
    for (size_t i = 0; i < VMM_COUNT(texts); i++) free(texts[i]);
    return 0;
}

/* The files below the room that hold TEXT, one a line. */
static char *holders(const char *text) {
    struct ran r = harness_run(NULL, "grep", "-rlaF", "--", text, room, NULL);
    char *names = vmm_strdup(r.out);
    harness_ran_clear(&r);
    return names;
}
static void held_by(const char *text, const char *script) {
    char *names = holders(text), *want = script ? vmm_printf("%s/%s\n", disk, script) : vmm_strdup("");
    assert_string_equal(names, want);
    free(names);
    free(want);
}
/* The password as it is, as the script says it, and as hex and UTF-16 could hide it. */
static void only_the_script_has_it(const char *script) {
    char *hex = vmm_hex((const uint8_t *)PIECE, strlen(PIECE));
    held_by(IN_SCRIPT, script);
    held_by(PIECE, script);
    held_by(SECRET, NULL);
    held_by(hex, NULL);
    free(hex);
    struct ran r = harness_run(NULL, "grep", "-rlaP", "--", "p\\x00l\\x00o\\x00v\\x00e\\x00r", room, NULL);
    assert_string_equal(r.out, "");
    harness_ran_clear(&r);
}

/* "" when the process is closed to this account, which is as good. */
static char *proc(int pid, const char *name) {
    char *path = vmm_printf("/proc/%d/%s", pid, name);
    uint8_t *data = NULL;
    size_t len = 0;
    if (vmm_file_read(path, 4u << 20, &data, &len, NULL) < 0) data = (uint8_t *)vmm_strdup("");
    for (size_t i = 0; i < len; i++)
        if (data[i] == 0) data[i] = ' ';
    free(path);
    return (char *)data;
}
static int worker_of(int pid) {
    char *name = vmm_printf("task/%d/children", pid), *children = proc(pid, name);
    int worker = atoi(children);
    free(name);
    free(children);
    return worker;
}
static void process_says_nothing(int pid) {
    static const char *const names[] = {"cmdline", "environ"};
    for (size_t i = 0; i < VMM_COUNT(names); i++) {
        char *text = proc(pid, names[i]);
        assert_null(strstr(text, PIECE));
        free(text);
    }
}
static void process_leaves_no_core(int pid) {
    char *limits = proc(pid, "limits"), *line = strstr(limits, "Max core file size");
    unsigned long soft = 1;
    if (line && (sscanf(line, "Max core file size %lu", &soft) != 1 || soft != 0)) fail_msg("%s", line);
    free(limits);
}
/* How often the process's own memory has the bytes; -1 when it cannot be read. */
static int in_memory(int pid, const char *text, bool say) {
    char *maps = proc(pid, "maps"), *path = vmm_printf("/proc/%d/mem", pid), *rest = maps, *line;
    int fd = open(path, O_RDONLY | O_CLOEXEC), found = fd < 0 ? -1 : 0;
    while (fd >= 0 && (line = strsep(&rest, "\n"))) {
        unsigned long from, to;
        char may[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, may) != 3 || may[0] != 'r' || may[1] != 'w' || to - from > (64ul << 20)) continue;
        char *bytes = vmm_alloc(to - from, 1);
        ssize_t n = pread(fd, bytes, to - from, (off_t)from);
        for (char *p = bytes; n > 0 && (p = memmem(p, (size_t)(bytes + n - p), text, strlen(text))); p++) {
            size_t before = p - bytes < 40 ? (size_t)(p - bytes) : 40;
            char *hex = vmm_hex((uint8_t *)p - before, before + strlen(text));
            if (say) print_message("in memory: %s: %s\n", line, hex);
            free(hex);
            found++;
        }
        free(bytes);
    }
    if (fd >= 0) close(fd);
    free(maps);
    free(path);
    return found;
}

static void forgotten(int pid) {
    assert_true(in_memory(pid, SECRET, true) <= 0);
    assert_true(in_memory(pid, IN_SCRIPT, true) <= 0);
}

static void unseen(struct program *p) {
    char *text = screen_text(program_screen(p));
    if (strstr(text, PIECE) || strstr(text, "kW3x")) fail_msg("the password is on the screen:\n%s", text);
    free(text);
}
static void type(struct program *p, const char *text) { program_type(p, text, strlen(text)); }
static void type_secret(struct program *p) {
    type(p, SECRET "\r");
}

static void undone(void) {
    struct ran undo = harness_run(NULL, VMMEDIC, "undo", "--yes", NULL);
    if (undo.code != 0) fail_msg("%s%s", undo.out, undo.err);
    assert_null(strstr(undo.out, PIECE));
    harness_ran_clear(&undo);
    char *now = harness_hash(disk);
    assert_string_equal(now, original);
    free(now);
    only_the_script_has_it(NULL);
}

static const struct {
    const char *fix, *title, *script;
} ways[] = {{"P01", "Set an administrator", "Windows/System32/GroupPolicy/Machine/Scripts/Startup/vmmedic-P01.cmd"}, {"P02", "Set it without", "Windows/Setup/vmmedic-P02.cmd"}};

/* The screens, from the first to the last. */
static void by_keys(const char *title, const char *script) {
    const char *argv[] = {VMMEDIC, disk, NULL};
    struct program *p = program_start(NULL, argv);
    static const struct {
        const char *step, *keys;
    } way[] = {{"▸ Symptom", "<Enter>"}, {"▸ Snapshot", "3<Enter>"}, {"▸ Drive", "<Enter>"}, {"▸ Boot", "<Enter>"}};
    for (size_t i = 0; i < VMM_COUNT(way); i++) {
        program_until(p, way[i].step);
        program_until(p, " Enter ");
        program_keys(p, way[i].keys);
    }
    program_until(p, "▸ Fixes");
    program_keys(p, "e"); /* its family is shut */
    char *search = vmm_printf("/%s<Enter>", title);
    program_keys(p, search);
    free(search);
    program_keys(p, "<Space>");
    program_keys(p, "<Enter>");
    program_until(p, "Name of the account");
    program_keys(p, "ada<Enter>");
    program_until(p, "The new password of ada:");
    int pid = program_pid(p), worker = worker_of(pid);
    assert_true(worker > 0);
    process_leaves_no_core(pid);
    type_secret(p);
    program_until(p, "The new password of ada again:");
    unseen(p);
    type_secret(p);
    program_until(p, "▸ Preview");
    program_idle(p);
    program_keys(p, "<End><Space>"); /* the script alone, to its password */
    program_keys(p, "<Space><Home>");
    unseen(p);
    process_says_nothing(pid);
    process_says_nothing(worker);
    process_leaves_no_core(worker);
    assert_true(in_memory(worker, IN_SCRIPT, false) != 0); /* the search would find it */
    forgotten(pid);        /* the screen's process has let go of it */
    only_the_script_has_it(NULL);                   /* the place that is kept, and nothing on the disk yet */
    program_keys(p, "<Enter>");
    program_until(p, "▸ Apply");
    type(p, "disk\r");
    program_until(p, "▸ Finish");
    program_until(p, "Done.");
    unseen(p);
    only_the_script_has_it(script);
    forgotten(worker);
    program_keys(p, "p"); /* the report */
    unseen(p);
    program_keys(p, "<Enter>");
    program_keys(p, "q");
    assert_int_equal(program_code(p), 0);
    unseen(p);
    program_end(p);
    only_the_script_has_it(script);
    undone();
}
static void through_the_screens_it_is_on_the_guests_disk_and_nowhere_else(void **state) {
    (void)state;
    for (size_t i = 0; i < VMM_COUNT(ways); i++) by_keys(ways[i].title, ways[i].script);
}

/* Settings that say something about this Windows must not be where it is kept either. */
static void by_command(const char *fix, const char *script) {
    char *spec = vmm_printf("%s:user=ada", fix);
    const char *argv[] = {VMMEDIC, "apply", disk, "--fix", spec, "--no-snapshot", "a test", NULL};
    struct program *p = program_start(NULL, argv);
    program_until(p, "New password for ada:");
    int pid = program_pid(p), worker = worker_of(pid);
    process_leaves_no_core(pid);
    type(p, "Plover-but-wr0ng\r");
    program_until(p, "The same again:");
    type_secret(p);
    program_until(p, "not the same");
    unseen(p);
    program_until(p, "New password for ada:");
    type_secret(p);
    program_until(p, "The same again:");
    unseen(p);
    type_secret(p);
    program_until(p, "are written to");
    unseen(p);
    process_says_nothing(pid);
    process_says_nothing(worker);
    forgotten(pid);
    only_the_script_has_it(NULL);
    type(p, "disk\r");
    assert_int_equal(program_code(p), 0);
    unseen(p);
    assert_true(program_gave_terminal_back(p));
    program_end(p);
    only_the_script_has_it(script);
    undone();
    free(spec);
}
static void through_the_command_it_is_on_the_guests_disk_and_nowhere_else(void **state) {
    (void)state;
    for (size_t i = 0; i < VMM_COUNT(ways); i++) by_command(ways[i].fix, ways[i].script);
}

/* "7" of the row "7: P01, ..." on the screen. */
static int row_of(struct program *p, const char *fix) {
    char *text = screen_text(program_screen(p)), *mark = vmm_printf(": %s,", fix), *at = strstr(text, mark);
    if (at == NULL) fail_msg("no row of %s:\n%s", fix, text);
    while (at > text && isdigit((unsigned char)at[-1])) at--;
    int row = atoi(at);
    free(text);
    free(mark);
    return row;
}
static void the_plain_walk_does_not_echo_it(void **state) {
    (void)state;
    const char *argv[] = {VMMEDIC, "--plain", disk, NULL};
    struct program *p = program_start(&(struct program_options){.rows = 100, .cols = 100}, argv);
    static const char *const answers[] = {"\r", "3\r", "\r", "\r"};
    static const char *const steps[] = {"Step 1 of 9", "Step 2 of 9", "Step 4 of 9", "Step 5 of 9"};
    for (size_t i = 0; i < VMM_COUNT(answers); i++) {
        program_until(p, steps[i]);
        program_until(p, "Enter ");
        type(p, answers[i]);
    }
    program_until(p, "Step 6 of 9");
    program_until(p, "Numbers to choose");
    type(p, "e\r"); /* its family is shut */
    program_until(p, ": P01,");
    char *choice = vmm_printf("%d\r", row_of(p, "P01"));
    type(p, choice);
    free(choice);
    program_until(p, "Name of the account");
    type(p, "ada\r");
    program_until(p, "The new password of ada:");
    type(p, SECRET);
    type(p, "\003"); /* control-C: back, and the terminal is as before */
    program_until(p, "takes ada>");
    unseen(p);
    type(p, "bob\r");
    program_until(p, "The new password of bob:");
    type_secret(p);
    program_until(p, "The new password of bob again:");
    unseen(p);
    type_secret(p);
    program_until(p, "Step 7 of 9");
    program_until(p, "net user \"bob\" \"********\"");
    program_until(p, "the next step asks for the disk's name>");
    unseen(p);
    int pid = program_pid(p), worker = worker_of(pid);
    process_says_nothing(pid);
    process_says_nothing(worker);
    process_leaves_no_core(pid);
    process_leaves_no_core(worker);
    forgotten(pid);
    only_the_script_has_it(NULL);
    type(p, "\r");
    program_until(p, "Step 8 of 9");
    program_until(p, "goes back and writes nothing>");
    type(p, "disk\r");
    program_until(p, "Step 9 of 9");
    program_until(p, "log on as .\\bob");
    program_until(p, "Enter leaves>");
    type(p, "\r");
    assert_int_equal(program_code(p), 0);
    assert_true(program_gave_terminal_back(p));
    program_end(p);
    only_the_script_has_it(ways[0].script);
    undone();
}

#define ON_DISK(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_is_one_star_and_nothing_more),
        cmocka_unit_test(no_other_key_shows_it),
        cmocka_unit_test(a_wide_letter_is_one_star_and_long_ones_scroll),
        cmocka_unit_test(a_question_mark_is_a_letter_of_it),
        cmocka_unit_test(leaving_the_field_empties_it),
        ON_DISK(through_the_screens_it_is_on_the_guests_disk_and_nowhere_else),
        ON_DISK(through_the_command_it_is_on_the_guests_disk_and_nowhere_else),
        ON_DISK(the_plain_walk_does_not_echo_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
