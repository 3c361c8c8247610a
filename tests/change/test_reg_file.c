/* .reg files as plans: what is understood, which place it means, and that everything else is refused with the number of its line.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/change/desk.h"

#define HEAD "Windows Registry Editor Version 5.00\r\n\r\n"
#define IN_KEY HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "]\r\n"
#define IN_SYSTEM HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM"

static int plan_bytes(struct desk *d, const void *data, size_t len, bool *lowers, struct vmm_error *err) {
    struct vmm_windows w = {.number = 1, .boot_set = 1, .system = &d->system};
    vmm_changes_clear(&d->c);
    return vmm_changes_from_reg(&d->c, "dir/fix.reg", data, len, &w, lowers, err);
}
static void good(struct desk *d, const char *text) {
    struct vmm_error err = {0};
    if (plan_bytes(d, text, strlen(text), NULL, &err) < 0) fail_msg("%s\nfor:\n%s", err.message, text);
}
static void refused(struct desk *d, const char *text, unsigned line) {
    struct vmm_error err = {0};
    char *at = vmm_printf("dir/fix.reg, line %u: ", line);
    if (plan_bytes(d, text, strlen(text), NULL, &err) == 0) fail_msg("taken:\n%s", text);
    if (strncmp(err.message, at, strlen(at)) != 0) fail_msg("%s\nnot line %u of:\n%s", err.message, line, text);
    free(at);
}
static void is(const struct vmm_change *c, const char *name, uint32_t type, const void *data, size_t len) {
    assert_string_equal(c->name, name);
    assert_true(c->after.present);
    assert_int_equal(c->after.type, type);
    assert_int_equal(c->after.len, len);
    assert_memory_equal(c->after.data, data, len);
}

static void every_kind_of_line_is_understood(void **state) {
    struct desk *d = *state;
    good(d, IN_KEY "; a comment\r\n\r\n"
                   "\"s\"=\"a \\\"b\\\" C:\\\\x ; no comment\" ; a comment\r\n"
                   "@=\"default\"\r\n"
                   "\"d\"=dword:1F\r\n"
                   "\"b\"=hex:1,02,\\\r\n  ; between\r\n  ff\r\n"
                   "\"empty\"=hex:\r\n"
                   "\"x\"=hex(2):25,00,00,00\r\n"
                   "\"m\"=hex(7):61,00,00,00,00,00,\r\n"
                   "\"q\"=hex(b):01,00,00,00,00,00,00,00\r\n"
                   "\"CrashDumpEnabled\"=-\r\n"
                   "\"NotThere\"=-\r\n");
    static const char name[] = "a\0 \0\"\0b\0\"\0 \0C\0:\0\\\0x\0 \0;\0 \0n\0o\0 \0c\0o\0m\0m\0e\0n\0t\0\0";
    assert_int_equal(d->c.count, 9);
    is(&d->c.list[0], "s", VMM_REG_SZ, name, sizeof name);
    is(&d->c.list[1], "", VMM_REG_SZ, "d\0e\0f\0a\0u\0l\0t\0\0", 16);
    is(&d->c.list[2], "d", VMM_REG_DWORD, "\x1f\0\0\0", 4);
    is(&d->c.list[3], "b", VMM_REG_BINARY, "\1\2\xff", 3);
    is(&d->c.list[4], "empty", VMM_REG_BINARY, "", 0);
    is(&d->c.list[5], "x", VMM_REG_EXPAND_SZ, "%\0\0", 4);
    is(&d->c.list[6], "m", VMM_REG_MULTI_SZ, "a\0\0\0\0", 6);
    is(&d->c.list[7], "q", VMM_REG_QWORD, "\1\0\0\0\0\0\0", 8);
    assert_string_equal(d->c.list[8].name, "CrashDumpEnabled");
    assert_false(d->c.list[8].after.present);
    for (size_t i = 0; i < d->c.count; i++) {
        assert_string_equal(d->c.list[i].path, KEY);
        assert_string_equal(d->c.list[i].fix, "fix.reg");
    }
}

static void every_encoding_of_version_5_is_read(void **state) {
    struct desk *d = *state;
    static const char text[] = IN_KEY "\"n\"=\"\xc3\xa9\xf0\x9f\x98\x80\"\r\n";
    size_t len;
    uint8_t *wide = vmm_utf8_to_utf16(text, &len), *file = vmm_alloc(len + 2, 1);
    struct vmm_error err = {0};
    for (int big = 0; big < 2; big++) {
        memcpy(file, big ? "\xfe\xff" : "\xff\xfe", 2);
        for (size_t i = 0; i < len; i++) file[2 + i] = wide[big ? i ^ 1 : i];
        assert_int_equal(plan_bytes(d, file, len + 2, NULL, &err), 0);
        is(&d->c.list[0], "n", VMM_REG_SZ, "\xe9\0\x3d\xd8\0\xde\0\0", 8);
    }
    assert_int_equal(plan_bytes(d, file, len + 1, NULL, &err), -1); /* half of a character */
    file[2 + 20] = file[2 + 21] = 0;                                /* a NUL inside */
    assert_int_equal(plan_bytes(d, file, len + 2, NULL, &err), -1);
    free(file);
    free(wide);
    good(d, text);
    is(&d->c.list[0], "n", VMM_REG_SZ, "\xe9\0\x3d\xd8\0\xde\0\0", 8);
    good(d, "\xef\xbb\xbfWindows Registry Editor Version 5.00\n[HKLM\\SYSTEM\\" KEY "]\n\"n\"=dword:1"); /* BOM, LF, no last line end */
    assert_int_equal(d->c.count, 1);
    assert_int_equal(plan_bytes(d, "W\0i\0n\0", 6, NULL, &err), -1);
    assert_int_equal(plan_bytes(d, HEAD "; \xe9\n", sizeof HEAD + 3, NULL, &err), -1);
}

static void the_old_kind_is_refused_with_the_reason(void **state) {
    struct desk *d = *state;
    struct vmm_error err = {0};
    assert_int_equal(plan_bytes(d, "REGEDIT4\r\n", 10, NULL, &err), -1);
    assert_int_equal(err.code, VMM_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "code page"));
    assert_int_equal(plan_bytes(d, "", 0, NULL, &err), -1);
    assert_int_equal(plan_bytes(d, "Windows Registry Editor Version 5.001\r\n", 39, NULL, &err), -1);
    good(d, "Windows Registry Editor Version 5.00");
    assert_int_equal(d->c.count, 0);
}

static void the_names_of_loaded_hives_and_the_running_set_are_mapped(void **state) {
    struct desk *d = *state;
    static const char *const roots[] = {"HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001", "hklm\\system\\controlset001", "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet", "HKLM\\BROKENSYSTEM\\ControlSet001",
                                        "HKEY_LOCAL_MACHINE\\brokensystem\\CURRENTCONTROLSET", "HKEY_LOCAL_MACHINE\\Offline_System\\ControlSet001"};
    for (size_t i = 0; i < VMM_COUNT(roots); i++) {
        char *text = vmm_printf(HEAD "[%s\\control\\CRASHCONTROL]\n\"New\"=dword:1\n", roots[i]);
        good(d, text);
        assert_int_equal(d->c.count, 1);
        assert_string_equal(d->c.list[0].path, KEY); /* spelled as on the disk */
        free(text);
    }
}

static void what_is_there_already_is_no_change_and_merges(void **state) {
    struct desk *d = *state;
    good(d, IN_KEY "\"CrashDumpEnabled\"=dword:7\n\"x\"=dword:1\n\"X\"=dword:1\n");
    assert_int_equal(d->c.count, 1);
}

static void a_key_without_values_is_fine_when_it_is_there_or_gets_one(void **state) {
    struct desk *d = *state;
    good(d, IN_SYSTEM "]\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001]\n[HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "\\a]\n[HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "\\a\\b]\n\"x\"=dword:1\n");
    assert_int_equal(d->c.count, 1);
    assert_string_equal(d->c.list[0].path, KEY "\\a\\b");
    refused(d, IN_SYSTEM "\\" KEY "\\nothing]\n", 3);
}

static void a_whole_key_is_removed(void **state) {
    struct desk *d = *state;
    good(d, HEAD "[-HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "]\n");
    assert_int_equal(d->c.count, 1);
    assert_true(d->c.list[0].whole_key);
    good(d, HEAD "[-HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "\\NotThere]\n");
    assert_int_equal(d->c.count, 0);
}

static void what_cannot_be_done_is_refused_with_its_line(void **state) {
    struct desk *d = *state;
    static const struct { unsigned line; const char *text; } list[] = {
        {3, HEAD "\"x\"=dword:1\n"},
        {3, HEAD "x\n"},
        {3, HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "\n"},
        {3, HEAD "[]\n"},
        {3, HEAD "[-]\n"},
        {3, HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "] x\n"},
        {3, HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\\\" KEY "]\n"},
        {3, HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "\\]\n"},
        {3, HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\a\x1b[2J]\n"},
        {4, HEAD "[HKEY_CURRENT_USER\\x]\n\"x\"=dword:1\n"},
        {4, HEAD "[HKEY_LOCAL_MACHINE\\SAM\\x]\n\"x\"=dword:1\n"},
        {4, HEAD "[HKEY_LOCAL_MACHINE]\n\"x\"=dword:1\n"},
        {4, HEAD "[HKEY_LOCAL_MACHINEX\\SYSTEM]\n\"x\"=dword:1\n"},
        {4, HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM]\n\"x\"=dword:1\n"},
        {4, HEAD "[HKEY_LOCAL_MACHINE\\SOFTWARE\\x]\n\"x\"=dword:1\n"}, /* no such hive here */
        {4, IN_SYSTEM "\\ControlSet002\\Control]\n\"x\"=dword:1\n"},
        {4, IN_SYSTEM "\\NewTop]\n\"x\"=dword:1\n"},
        {3, HEAD "[-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001]\n"},
        {3, HEAD "[-HKEY_LOCAL_MACHINE\\SYSTEM]\n"},
        {4, HEAD "[-HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "]\n\"x\"=dword:1\n"},
        {5, HEAD "[-HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "]\n[HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY "]\n\"x\"=dword:1\n"},
        {4, IN_KEY "\"x\"\n"},
        {4, IN_KEY "\"x\"=\n"},
        {4, IN_KEY "\"x\n"},
        {4, IN_KEY "\"x\"=\"a\n"},
        {4, IN_KEY "\"x\"=\"C:\\Windows\"\n"},
        {4, IN_KEY "\"x\"=\"a\" b\n"},
        {4, IN_KEY "\"x\"=dword:\n"},
        {4, IN_KEY "\"x\"=dword:123456789\n"},
        {4, IN_KEY "\"x\"=dword:12g\n"},
        {4, IN_KEY "\"x\"=-1\n"},
        {4, IN_KEY "\"x\"=hex(:00\n"},
        {4, IN_KEY "\"x\"=hex(1\n"},
        {4, IN_KEY "\"x\"=hex(1)00\n"},
        {4, IN_KEY "\"x\"=hex\n"},
        {4, IN_KEY "\"x\"=hex:0g\n"},
        {4, IN_KEY "\"x\"=hex:001\n"},
        {4, IN_KEY "\"x\"=hex:00 01\n"},
        {4, IN_KEY "\"x\"=hex:00,,01\n"},
        {4, IN_KEY "\"x\"=hex:00,\\ 01\n"},
        {4, IN_KEY "\"x\"=hex:00,\\"},
        {5, IN_KEY "\"x\"=hex:00,\\\n\"y\"=dword:1\n"},
        {4, IN_KEY "\"x\"=str:abc\n"},
        {4, IN_KEY "\"x\"=\"a\tb\"\n"},
        {6, IN_KEY "\"x\"=dword:1\n\n\"X\"=dword:2\n"},
        {5, IN_KEY "\"a\"=dword:1\n\"\x01\"=dword:1\n"}, /* no such name is made */
    };
    for (size_t i = 0; i < VMM_COUNT(list); i++)
        if (i != 20) refused(d, list[i].text, list[i].line);
    refused(d, list[20].text, 5); /* a key taken away and made anew */
}

static void limits_are_told(void **state) {
    struct desk *d = *state;
    struct vmm_error err = {0};
    struct vmm_buf b = {0};
    vmm_buf_str(&b, IN_KEY);
    for (int i = 0; i < 3000; i++) vmm_buf_fmt(&b, "\"v%d\"=dword:1\n", i);
    assert_int_equal(plan_bytes(d, b.data, b.len, NULL, &err), -1);
    assert_non_null(strstr(err.message, "2000"));
    vmm_buf_free(&b);
    vmm_buf_str(&b, IN_KEY "\"big\"=hex:00");
    for (int i = 0; i < 16500; i++) vmm_buf_str(&b, ",00");
    vmm_buf_str(&b, "\n");
    assert_int_equal(plan_bytes(d, b.data, b.len, NULL, &err), -1);
    assert_non_null(strstr(err.message, "line 4: "));
    for (int i = 0; i < 1200000; i++) vmm_buf_str(&b, ",00");
    assert_int_equal(plan_bytes(d, b.data, b.len, NULL, &err), -1);
    vmm_buf_free(&b);
    char *big = vmm_alloc(VMM_REG_FILE_MAX + 1, 1);
    assert_int_equal(plan_bytes(d, big, VMM_REG_FILE_MAX + 1, NULL, &err), -1);
    assert_non_null(strstr(err.message, "8 MiB"));
    free(big);
    vmm_buf_str(&b, HEAD "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001");
    for (int i = 0; i < 5000; i++) vmm_buf_str(&b, "\\a");
    vmm_buf_str(&b, "]\n\"x\"=dword:1\n");
    assert_int_equal(plan_bytes(d, b.data, b.len, NULL, &err), -1);
    vmm_buf_free(&b);
}

static void a_value_that_weakens_is_told(void **state) {
    struct desk *d = *state;
    static const struct { const char *key, *value; bool lowers; } list[] = {
        {"Control\\Terminal Server\\WinStations\\RDP-Tcp", "\"securitylayer\"=dword:0", true}, {"Control\\Terminal Server\\WinStations\\RDP-Tcp", "\"SecurityLayer\"=dword:2", false},
        {"Control\\Terminal Server\\WinStations\\RDP-Tcp", "\"MinEncryptionLevel\"=dword:1", true}, {"Control\\Lsa", "\"LimitBlankPasswordUse\"=dword:0", true},
        {"Services\\x", "\"SecurityLayer\"=dword:0", false},
    };
    for (size_t i = 0; i < VMM_COUNT(list); i++) {
        char *text = vmm_printf(IN_SYSTEM "\\CurrentControlSet\\%s]\n%s\n", list[i].key, list[i].value);
        bool lowers = false;
        assert_int_equal(plan_bytes(d, text, strlen(text), &lowers, NULL), 0);
        assert_int_equal(lowers, list[i].lowers);
        assert_int_equal(d->c.list[0].risk, lowers ? VMM_RISK_HIGH : VMM_RISK_MEDIUM);
        assert_true((strstr(d->c.list[0].why, "LOWERS SECURITY") != NULL) == lowers);
        free(text);
    }
}

static void a_blocked_hive_takes_nothing(void **state) {
    struct desk *d = *state;
    d->system.blocked = (char[]){"not closed"};
    refused(d, IN_KEY "\"x\"=dword:1\n", 4);
}

/* What is written as .reg is read as the same plan. */
static void our_own_file_gives_the_same_plan(void **state) {
    struct desk *d = *state;
    struct vmm_changes first = {0};
    static const struct { const char *name; uint32_t type; const char *data; size_t len; } values[] = {
        {"a\"b\\c;]", VMM_REG_SZ, "x\0\\\0\"\0\0\0", 8}, {"e", VMM_REG_EXPAND_SZ, "%\0\0\0", 4}, {"", VMM_REG_BINARY, "\0\1", 2}, {"m", VMM_REG_MULTI_SZ, "\0\0", 2},
        {"n", VMM_REG_NONE, "", 0}, {"w", 0x1234567, "\1", 1}, {"open", VMM_REG_SZ, "a\0b", 3}, {"q", VMM_REG_QWORD, "12345678", 8}, {"d", VMM_REG_DWORD, "\xff\xff\xff\xff", 4},
    };
    for (size_t i = 0; i < VMM_COUNT(values); i++)
        assert_int_equal(vmm_change_set(&first, "A", &d->system, KEY "\\n[e]w;", values[i].name, values[i].type, values[i].data, values[i].len, true, VMM_RISK_LOW, "why", NULL), 0);
    assert_int_equal(vmm_change_delete(&first, "A", &d->system, KEY, "Text", VMM_RISK_LOW, NULL, NULL), 0);
    assert_int_equal(vmm_change_delete_key(&first, "A", &d->system, "ControlSet001\\Control\\SafeBoot\\Minimal", VMM_RISK_LOW, NULL, NULL), 0);
    struct vmm_plan_said s;
    size_t len;
    vmm_changes_as(&first, VMM_AS_REG, NULL, &s);
    uint8_t *file = vmm_plan_file(VMM_AS_REG, s.text, &len);
    struct vmm_error err = {0};
    if (plan_bytes(d, file, len, NULL, &err) < 0) fail_msg("%s\n%s", err.message, s.text);
    assert_int_equal(d->c.count, first.count);
    for (size_t i = 0; i < first.count; i++) {
        const struct vmm_change *x = &first.list[i], *y = &d->c.list[i];
        assert_string_equal(x->path, y->path);
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->whole_key, y->whole_key);
        assert_int_equal(x->after.present, y->after.present);
        if (x->after.present) is(y, x->name, x->after.type, x->after.data, x->after.len);
    }
    free(file);
    vmm_plan_said_clear(&s);
    vmm_changes_clear(&first);
}

/* The same numbers every time, so that a failure comes again. */
static uint32_t next_random(uint32_t *seed) { return *seed = *seed * 1664525u + 1013904223u, *seed >> 8; }

static void broken_files_do_no_harm(void **state) {
    struct desk *d = *state;
    static const char text[] = IN_KEY "; c\r\n\"s\"=\"a \\\"b\\\\\"\r\n@=\"\"\r\n\"d\"=dword:1f\r\n\"b\"=hex:1,02,\\\r\n  ff\r\n\"m\"=hex(7):61,00,00,00\r\n\"CrashDumpEnabled\"=-\r\n"
                                      "[-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\SafeBoot\\Minimal]\r\n[HKLM\\BROKENSYSTEM\\CurrentControlSet\\Control]\r\n";
    static const char bits[] = "[]-\"\\=@;:,()\r\n \t0fhexdword\xff\xfe\xc3\x01";
    uint32_t seed = 20261120;
    size_t taken = 0, wide_len;
    uint8_t *wide = vmm_utf8_to_utf16(text, &wide_len);
    for (int round = 0; round < 6000; round++) {
        bool utf16 = round % 4 == 3;
        size_t len = utf16 ? wide_len + 2 : sizeof text - 1;
        uint8_t *copy = vmm_alloc(len + 1, 1);
        if (utf16) memcpy(copy, "\xff\xfe", 2);
        memcpy(copy + (utf16 ? 2 : 0), utf16 ? (const void *)wide : text, utf16 ? wide_len : len);
        for (uint32_t n = next_random(&seed) % 4; n > 0; n--) {
            size_t at = next_random(&seed) % len;
            uint32_t how = next_random(&seed) % 4;
            if (how == 0) copy[at] = (uint8_t)bits[next_random(&seed) % (sizeof bits - 1)];
            else if (how == 1) copy[at] = (uint8_t)next_random(&seed);
            else if (how == 2) memmove(copy + at, copy + at + 1, len - at - 1), len--;
            else len = at + 1;
        }
        uint8_t *exact = vmm_memdup(copy, len); /* one byte too far is seen */
        struct vmm_error err = {0};
        if (plan_bytes(d, exact, len, NULL, &err) == 0) taken++;
        else assert_true(err.message[0] != '\0' && vmm_is_utf8(err.message));
        free(exact);
        free(copy);
    }
    assert_true(taken > 600 && taken < 5400);
    free(wide);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        PROMISE(every_kind_of_line_is_understood),
        PROMISE(every_encoding_of_version_5_is_read),
        PROMISE(the_old_kind_is_refused_with_the_reason),
        PROMISE(the_names_of_loaded_hives_and_the_running_set_are_mapped),
        PROMISE(what_is_there_already_is_no_change_and_merges),
        PROMISE(a_key_without_values_is_fine_when_it_is_there_or_gets_one),
        PROMISE(a_whole_key_is_removed),
        PROMISE(what_cannot_be_done_is_refused_with_its_line),
        PROMISE(limits_are_told),
        PROMISE(a_value_that_weakens_is_told),
        PROMISE(a_blocked_hive_takes_nothing),
        PROMISE(our_own_file_gives_the_same_plan),
        PROMISE(broken_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
