/* Plans as files that Windows reads, and .reg files as plans, as a script meets them. On folders, so no appliance is needed.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"
#include "vmmedic/hive.h"

#define LISTENER "ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp"
#define HEAD "Windows Registry Editor Version 5.00\r\n\r\n"

static char *room, *disk, *file;

static int setup(void **state) {
    (void)state;
    room = harness_room();
    disk = vmm_printf("%s/disk", room);
    file = vmm_printf("%s/plan.reg", room);
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    harness_disk(room, "rd01");
    return 0;
}
static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    free(room);
    free(disk);
    free(file);
    return 0;
}

static json_t *code_of(int want, struct ran r) {
    if (r.code != want) fail_msg("exit %d, not %d\n%s%s", r.code, want, r.out, r.err);
    assert_null(strstr(r.err, "Sanitizer"));
    json_t *j = json_incref(r.json);
    harness_ran_clear(&r);
    return j;
}
static void says(int want, struct ran r, const char *out, const char *err) {
    if (r.code != want) fail_msg("exit %d, not %d\n%s%s", r.code, want, r.out, r.err);
    if (out && strstr(r.out, out) == NULL) fail_msg("no %s in\n%s", out, r.out);
    if (err && strstr(r.err, err) == NULL) fail_msg("no %s in\n%s", err, r.err);
    harness_ran_clear(&r);
}
static void text_file(const char *text) { harness_write(file, text, strlen(text)); }

static void a_reg_file_is_made_as_windows_reads_it_and_never_over_another(void **state) {
    (void)state;
    char *before = harness_hash(disk);
    says(4, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "RD01", "--fix", "SC01", "--as", "reg", "--output", file, NULL), NULL, "left out: ");
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(file, 1 << 20, &data, &len, NULL), 0);
    assert_memory_equal(data, "\xff\xfeW\0i\0", 6);
    char *text = vmm_utf16_to_utf8(data + 2, len - 2);
    assert_int_equal(strncmp(text, HEAD, strlen(HEAD)), 0);
    assert_non_null(strstr(text, "\"KeepAliveTimeout\"=dword:00000001\r\n"));
    assert_non_null(strstr(text, "; This file does not hold the whole plan. Left out:\r\n"));
    free(text);
    free(data);
    char *made = harness_hash(room);
    says(2, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "RD01", "--as", "reg", "--output", file, NULL), NULL, "there already");
    char *after = harness_hash(room), *disk_after = harness_hash(disk);
    assert_string_equal(made, after);
    assert_string_equal(before, disk_after);
    free(before);
    free(made);
    free(after);
    free(disk_after);
}

static void redirected_it_has_the_bytes_of_the_file(void **state) {
    (void)state;
    char *line = vmm_printf("build/san/vmmedic plan %s --fix RD01 --as reg > %s 2>/dev/null; build/san/vmmedic plan %s --fix RD01 --as reg --output %s.2 2>/dev/null; cmp %s %s.2", disk, file,
                            disk, file, file, file);
    assert_int_equal(system(line), 0);
    free(line);
}

static void json_carries_the_text_and_what_is_left_out(void **state) {
    (void)state;
    json_t *plan = code_of(4, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "SC01", "--as", "serial", "--json", NULL));
    assert_string_equal(vmm_json_str(plan, "as"), "serial");
    assert_non_null(strstr(vmm_json_str(plan, "as_text"), "bcdedit /set {current} ems Yes\n"));
    assert_int_equal(json_array_size(json_object_get(plan, "left_out")), 0);
    json_decref(plan);
    plan = code_of(4, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "SC01", "--json", NULL));
    assert_null(json_object_get(plan, "as"));
    json_decref(plan);
}

static void options_that_make_no_sense_are_refused(void **state) {
    (void)state;
    json_decref(code_of(2, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "RD01", "--as", "nonsense", "--json", NULL)));
    json_decref(code_of(2, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "RD01", "--output", file, "--json", NULL)));
    json_decref(code_of(2, harness_run(NULL, VMMEDIC, "apply", disk, "--fix", "RD01", "--as", "reg", "--yes", "--no-snapshot", "x", "--json", NULL)));
    json_decref(code_of(2, harness_run(NULL, VMMEDIC, "plan", disk, "--reg", "/does/not/exist", "--json", NULL)));
    json_decref(code_of(2, harness_run(NULL, VMMEDIC, "plan", disk, "--json", NULL)));
    says(0, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "R01", "--as", "reg", "--output", file, NULL), NULL, "No file was made");
    assert_int_equal(access(file, F_OK), -1);
}

/* Preview, session, apply, a second apply, undo: a .reg file is a plan like any other. */
static void a_reg_file_is_planned_applied_and_undone(void **state) {
    (void)state;
    char *before = harness_hash(disk);
    text_file(HEAD "[HKEY_LOCAL_MACHINE\\BROKENSYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp]\r\n\"KeepAliveTimeout\"=dword:1\r\n\"Note\"=\"C:\\\\x \\\"y\\\"\"\r\n"
                   "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\r\n\"KeepAliveInterval\"=dword:5\r\n");
    json_t *plan = code_of(4, harness_run(NULL, VMMEDIC, "plan", disk, "--reg", file, "--fix", "CD01", "--json", NULL));
    assert_true(json_array_size(json_object_get(plan, "changes")) > 3);
    json_decref(plan);
    says(4, harness_run(NULL, VMMEDIC, "plan", disk, "--reg", file, NULL), "  " LISTENER "!KeepAliveTimeout  [plan.reg]\n", NULL);
    json_t *r = code_of(0, harness_run(NULL, VMMEDIC, "apply", disk, "--reg", file, "--yes", "--no-snapshot", "test", "--json", NULL));
    assert_int_equal(json_array_size(json_object_get(r, "changes")), 3);
    assert_int_equal(json_array_size(json_object_get(r, "files")), 2);
    json_decref(r);
    char *applied = harness_hash(disk);
    r = code_of(0, harness_run(NULL, VMMEDIC, "apply", disk, "--reg", file, "--yes", "--no-snapshot", "test", "--json", NULL));
    assert_true(json_is_null(json_object_get(r, "session")));
    json_decref(r);
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "plan", disk, "--reg", file, "--json", NULL)));
    char *again = harness_hash(disk);
    assert_string_equal(applied, again);
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "undo", "--yes", "--json", NULL)));
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    free(before);
    free(applied);
    free(again);
    free(after);
}

static void a_bad_line_is_named_and_nothing_is_done_in_part(void **state) {
    (void)state;
    text_file(HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\" LISTENER "]\r\n\"KeepAliveTimeout\"=dword:1\r\n\"Other\"=dword:zz\r\n");
    char *before = harness_hash(room);
    says(2, harness_run(NULL, VMMEDIC, "apply", disk, "--reg", file, "--yes", "--no-snapshot", "test", NULL), NULL, "plan.reg, line 5: ");
    text_file(HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\" LISTENER "]\r\n\"KeepAliveTimeout\"=dword:1\r\n[HKEY_LOCAL_MACHINE\\SAM\\x]\r\n\"a\"=dword:1\r\n");
    free(before);
    before = harness_hash(room);
    says(3, harness_run(NULL, VMMEDIC, "apply", disk, "--reg", file, "--yes", "--no-snapshot", "test", NULL), NULL, "plan.reg, line 6: ");
    char *after = harness_hash(room);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void a_reg_file_and_a_fix_that_differ_are_refused_with_both_named(void **state) {
    (void)state;
    text_file(HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\" LISTENER "]\r\n\"KeepAliveTimeout\"=dword:7\r\n");
    says(2, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "RD01", "--reg", file, NULL), NULL, "RD01 and plan.reg want different values");
}

static void a_value_that_weakens_is_marked(void **state) {
    (void)state;
    text_file(HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\" LISTENER "]\r\n\"SecurityLayer\"=dword:0\r\n");
    json_t *plan = code_of(4, harness_run(NULL, VMMEDIC, "plan", disk, "--reg", file, "--json", NULL));
    assert_true(json_is_true(json_object_get(plan, "lowers_security")));
    json_decref(plan);
}

/* ---- the round trip ---- */

static struct vmm_hive *hive_of(const char *path) {
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(path, 1u << 28, &data, &len, NULL), 0);
    struct vmm_hive *h = vmm_hive_open(data, len, NULL, NULL);
    assert_non_null(h);
    free(data);
    return h;
}

/* The values that a plan has set read the same in two hives; another program may give new keys other descriptors. */
static void same_values(const json_t *plan, const char *store, const struct vmm_hive *a, const struct vmm_hive *b) {
    const json_t *c;
    size_t i, count = 0;
    json_array_foreach(json_object_get(plan, "changes"), i, c) {
        if (strcmp(vmm_json_str(c, "store"), store) != 0) continue;
        char *path = vmm_strdup(vmm_json_str(c, "place")), *name = strrchr(path, '!');
        const struct vmm_hive *hives[] = {a, b};
        struct vmm_value v[2] = {0};
        enum vmm_answer has[2];
        *name++ = '\0';
        if (strcmp(name, "(Default)") == 0) *name = '\0';
        for (int k = 0; k < 2; k++) {
            vmm_key key;
            enum vmm_answer there = vmm_key_path(hives[k], vmm_hive_root(hives[k]), path, &key);
            has[k] = there == VMM_SET ? vmm_key_value(hives[k], key, name, &v[k]) : there;
        }
        if (has[0] != has[1] || v[0].type != v[1].type || v[0].len != v[1].len || (v[0].len && memcmp(v[0].data, v[1].data, v[0].len) != 0))
            fail_msg("%s!%s: type %u, %zu bytes, and type %u, %zu bytes", path, name, v[0].type, v[0].len, v[1].type, v[1].len);
        count++;
        vmm_value_clear(&v[0]);
        vmm_value_clear(&v[1]);
        free(path);
    }
    assert_true(count > 0);
}

static int shell(const char *format, const char *a, const char *b, const char *c) {
    char *with = vmm_printf("a='%s' b='%s' c='%s'; %s", a, b, c, format);
    int r = system(with);
    free(with);
    return r;
}

/* hivexregedit reads UTF-8 with plain line ends, and one hive at a time: the part of our file below PREFIX. */
static void put_part(const char *part, const char *prefix) {
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(file, 1 << 20, &data, &len, NULL), 0);
    char *text = vmm_utf16_to_utf8(data + 2, len - 2);
    struct vmm_buf b = {0};
    bool keep = true; /* the first line */
    for (char *p = text, *line; (line = strsep(&p, "\n"));) {
        if (*line == '[') keep = strncmp(line + 1, prefix, strlen(prefix)) == 0 && line[1 + strlen(prefix)] == '\\';
        line[strcspn(line, "\r")] = '\0';
        if (keep) vmm_buf_fmt(&b, "%s\n", line);
    }
    harness_write(part, b.data, b.len);
    vmm_buf_free(&b);
    free(text);
    free(data);
}

static void merge_and_compare(const json_t *plan, const char *store, const char *prefix) {
    char *copy = vmm_printf("%s/merged-%s", room, store), *hive = vmm_printf("%s/Windows/System32/config/%s", disk, store), *part = vmm_printf("%s/%s.reg", room, store);
    put_part(part, prefix);
    assert_int_equal(shell("cp \"$a\" \"$b\"", hive, copy, ""), 0);
    assert_int_equal(shell("hivexregedit --merge --prefix \"$c\" --encoding UTF-16LE \"$a\" \"$b\"", copy, part, prefix), 0);
    free(part);
    char *ours_path = vmm_printf("%s/applied-%s", room, store);
    struct vmm_hive *merged = hive_of(copy), *ours = hive_of(ours_path);
    same_values(plan, store, ours, merged);
    vmm_hive_close(merged);
    vmm_hive_close(ours);
    free(ours_path);
    free(copy);
    free(hive);
}

static void hivexregedit_makes_of_our_file_what_apply_makes(void **state) {
    (void)state;
    if (system("command -v hivexregedit >/dev/null") != 0) {
        print_message("hivexregedit is not installed: the round trip was not tried\n");
        skip();
    }
    char *extra = vmm_printf("%s/extra.reg", room);
    const char *const fixes[] = {"--fix", "RD01:profile=article"};
    static const char reg_fix[] = HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\" LISTENER "]\r\n\"s\"=\"a \\\"b\\\" C:\\\\x\\\\\"\r\n@=\"d\"\r\n\"exp\"=hex(2):25,00,61,00,25,00,00,00\r\n"
                                       "\"m\"=hex(7):61,00,00,00,62,00,00,00,00,00\r\n\"b\"=hex:00,ff,01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10,11,12,13,14,15,16,17,18,19,1a,1b,1c,1d,1e,1f,20\r\n"
                                       "\"q\"=hex(b):01,00,00,00,00,00,00,80\r\n\"line\"=hex(1):61,00,0a,00,00,00\r\n\"PortNumber\"=-\r\n";
    harness_write(extra, reg_fix, sizeof reg_fix - 1);
    json_t *plan = code_of(4, harness_run(NULL, VMMEDIC, "plan", disk, fixes[0], fixes[1], "--fix", "CD01", "--reg", extra, "--as", "reg", "--output", file, "--json", NULL));
    char *sys = vmm_printf("%s/Windows/System32/config/SYSTEM", disk), *soft = vmm_printf("%s/Windows/System32/config/SOFTWARE", disk);
    char *keep_sys = vmm_printf("%s/applied-SYSTEM", room), *keep_soft = vmm_printf("%s/applied-SOFTWARE", room);
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "apply", disk, fixes[0], fixes[1], "--fix", "CD01", "--reg", extra, "--yes", "--no-snapshot", "x", "--json", NULL)));
    assert_int_equal(shell("cp \"$a\" \"$b\"", sys, keep_sys, ""), 0);
    assert_int_equal(shell("cp \"$a\" \"$b\"", soft, keep_soft, ""), 0);
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "undo", "--yes", "--json", NULL)));
    merge_and_compare(plan, "SYSTEM", "HKEY_LOCAL_MACHINE\\SYSTEM");
    merge_and_compare(plan, "SOFTWARE", "HKEY_LOCAL_MACHINE\\SOFTWARE");
    json_decref(plan);
    free(sys);
    free(soft);
    free(keep_sys);
    free(keep_soft);
    free(extra);
}

/* And by our own reader: nothing is left to do after it. */
static void our_file_applied_leaves_nothing_of_the_plan(void **state) {
    (void)state;
    says(4, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "RD01", "--as", "reg", "--output", file, NULL), NULL, "Written: ");
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "apply", disk, "--reg", file, "--yes", "--no-snapshot", "x", "--json", NULL)));
    json_decref(code_of(0, harness_run(NULL, VMMEDIC, "plan", disk, "--fix", "RD01", "--json", NULL)));
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        PROMISE(a_reg_file_is_made_as_windows_reads_it_and_never_over_another),
        PROMISE(redirected_it_has_the_bytes_of_the_file),
        PROMISE(json_carries_the_text_and_what_is_left_out),
        PROMISE(options_that_make_no_sense_are_refused),
        PROMISE(a_reg_file_is_planned_applied_and_undone),
        PROMISE(a_bad_line_is_named_and_nothing_is_done_in_part),
        PROMISE(a_reg_file_and_a_fix_that_differ_are_refused_with_both_named),
        PROMISE(a_value_that_weakens_is_marked),
        PROMISE(hivexregedit_makes_of_our_file_what_apply_makes),
        PROMISE(our_file_applied_leaves_nothing_of_the_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
