/* Reading .reg files: what regedit writes is understood, what is not is refused with the number of its line, and cut or flipped bytes do no harm.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "change/reg_file.h"

#define HEAD "Windows Registry Editor Version 5.00\r\n\r\n"
#define KEY "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server]\r\n"

static const char sample[] = HEAD KEY "\"fDenyTSConnections\"=dword:00000000\r\n\"text \\\"q\\\" \\\\\"=\"a \\\\ b\"\r\n@=\"default\"\r\n\"gone\"=-\r\n"
                                      "\"long\"=hex(2):25,00,\\\r\n  41,00,00,00\r\n; a comment\r\n[-HKEY_LOCAL_MACHINE\\SYSTEM\\x]\r\n";

static void what_regedit_writes_is_understood(void **state) {
    (void)state;
    struct vmm_reg_file f = {0};
    struct vmm_error err = {0};
    if (vmm_reg_read("a.reg", sample, strlen(sample), &f, &err) < 0) fail_msg("%s", err.message);
    const struct {
        enum vmm_reg_op op;
        const char *name;
        size_t len;
    } want[] = {{VMM_REG_KEY, NULL, 0}, {VMM_REG_SET, "fDenyTSConnections", 4}, {VMM_REG_SET, "text \"q\" \\", 12}, {VMM_REG_SET, "", 16}, {VMM_REG_DELETE, "gone", 0}, {VMM_REG_SET, "long", 6},
                {VMM_REG_DELETE_KEY, NULL, 0}};
    assert_int_equal(f.count, VMM_COUNT(want));
    for (size_t i = 0; i < VMM_COUNT(want); i++) {
        assert_int_equal(f.list[i].op, want[i].op);
        assert_int_equal(f.list[i].len, want[i].len);
        if (want[i].name) assert_string_equal(f.list[i].name, want[i].name);
    }
    vmm_reg_file_clear(&f);
}

static void what_is_not_understood_is_refused_with_its_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"REGEDIT4\r\n", "REGEDIT4"},
        {"hello\r\n", "no .reg file"},
        {HEAD "\"a\"=dword:1\r\n", "line 3"},
        {HEAD KEY "\"a=dword:1\r\n", "line 4: the text has no closing quote"},
        {HEAD KEY "\"a\"=dword:123456789\r\n", "line 4"},
        {HEAD KEY "\"a\"=\"x\" y\r\n", "line 4: there is something behind the value"},
        {HEAD KEY "\"a\" dword:1\r\n", "line 4: there is no ="},
        {HEAD KEY "\"a\"=hex:zz\r\n", "line 4"},
        {HEAD KEY "\"a\"=\"c:\\temp\"\r\n", "line 4: a single \\"},
        {HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\r\n", "line 3"},
        {HEAD KEY "\"ok\"=dword:1\r\nnonsense\r\n", "line 5"},
    };
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        struct vmm_reg_file f = {0};
        struct vmm_error err = {0};
        assert_int_equal(vmm_reg_read("a.reg", bad[i].text, strlen(bad[i].text), &f, &err), -1);
        if (!strstr(err.message, bad[i].says)) fail_msg("not said: %s\nin: %s", bad[i].says, err.message);
        vmm_reg_file_clear(&f);
    }
}

static void cut_and_flipped_files_do_no_harm(void **state) {
    (void)state;
    size_t n = strlen(sample);
    for (size_t i = 0; i < n; i++)
        for (int flip = -1; flip < 8; flip++) {
            char *copy = vmm_alloc(n, 1); /* without a 0 at its end */
            struct vmm_reg_file f = {0};
            struct vmm_error err = {0};
            memcpy(copy, sample, n);
            if (flip >= 0) copy[i] = (char)(copy[i] ^ (1 << flip));
            int r = vmm_reg_read("a.reg", copy, flip < 0 ? i : n, &f, &err);
            if (r < 0) assert_true(err.message[0] != 0);
            vmm_reg_file_clear(&f);
            free(copy);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_regedit_writes_is_understood),
        cmocka_unit_test(what_is_not_understood_is_refused_with_its_line),
        cmocka_unit_test(cut_and_flipped_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
