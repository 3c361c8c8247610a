/* A plan in the forms that Windows admins use: what is in them to the letter, and that cmd.exe and reg.exe read out of a line what was put into it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/change/desk.h"
#include "tests/change/cmd.h"

#define REG "HKEY_LOCAL_MACHINE\\SYSTEM\\" KEY
#define LOADED "\"HKLM\\BROKENSYSTEM\\" KEY "\""

static void set(struct desk *d, const char *name, uint32_t type, const void *data, size_t len) {
    assert_int_equal(vmm_change_set(&d->c, "A", &d->system, KEY, name, type, data, len, true, VMM_RISK_LOW, NULL, NULL), 0);
}
static void set_text(struct desk *d, const char *name, uint32_t type, const char *text) {
    size_t len;
    uint8_t *wide = vmm_utf8_to_utf16(text, &len), *ended = vmm_alloc(len + 2, 1);
    memcpy(ended, wide, len);
    set(d, name, type, ended, len + 2);
    free(ended);
    free(wide);
}
static void dword(struct desk *d, const char *path, const char *name, uint32_t v) {
    assert_int_equal(vmm_change_dword(&d->c, "A", &d->system, path, name, v, VMM_RISK_LOW, "Because.", NULL), 0);
}
static void element(struct desk *d, const char *id, const char *name, const char *value) {
    assert_int_equal(vmm_change_bcd(&d->c, "B", &d->boot, id, name, value, VMM_RISK_LOW, NULL, NULL), 0);
}
static struct vmm_plan_said said_as(struct desk *d, enum vmm_plan_form f) {
    struct vmm_windows w = {.number = 1, .boot_set = 1};
    struct vmm_loader loader = {.object = vmm_bcd_object(d->boot.bcd, SERVER), .windows = 1, .is_default = true};
    struct vmm_boot_store boot = {.store = &d->boot, .role = VMM_STORE_BOOTS, .loaders = &loader, .loader_count = 1};
    struct vmm_plan_about about = {.disk = "web01.vhd", .windows = &w, .boot = &boot};
    struct vmm_plan_said said;
    vmm_changes_as(&d->c, f, &about, &said);
    return said;
}
static void has(const char *text, const char *part) {
    if (strstr(text, part) == NULL) fail_msg("not there:\n%s\nin:\n%s", part, text);
}
static void has_not(const char *text, const char *part) {
    if (strstr(text, part)) fail_msg("there:\n%s\nin:\n%s", part, text);
}
/* The text from the first line that begins with START. */
static const char *from(const char *text, const char *start) {
    const char *p = strstr(text, start);
    if (p == NULL) fail_msg("no %s in:\n%s", start, text);
    return p;
}

/* ---- .reg ---- */

static void a_reg_file_has_every_type_as_regedit_writes_it(void **state) {
    struct desk *d = *state;
    dword(d, KEY, "New", 0xdeadbeef);
    set_text(d, "q", VMM_REG_SZ, "say \"hi\" C:\\x");
    set_text(d, "e", VMM_REG_EXPAND_SZ, "%a%");
    set(d, "m", VMM_REG_MULTI_SZ, "a\0\0\0b\0\0\0\0\0", 10);
    set(d, "bin", VMM_REG_BINARY, "\x01\xff", 2);
    set(d, "w", VMM_REG_QWORD, "\1\0\0\0\0\0\0\2", 8);
    set(d, "none", VMM_REG_NONE, "", 0);
    set(d, "short", VMM_REG_DWORD, "\1", 1);
    set(d, "odd", VMM_REG_SZ, "a\0\n\0\0\0", 6);
    set(d, "open", VMM_REG_SZ, "a\0", 2);
    set(d, "ba\\ck\"", 0x12345, "\5", 1);
    set_text(d, "", VMM_REG_SZ, "");
    assert_int_equal(vmm_change_delete(&d->c, "A", &d->system, KEY, "CrashDumpEnabled", VMM_RISK_LOW, NULL, NULL), 0);
    struct vmm_plan_said s = said_as(d, VMM_AS_REG);
    assert_int_equal(strncmp(s.text, "Windows Registry Editor Version 5.00\n\n; ", 40), 0);
    assert_string_equal(from(s.text, "\n; New"), "\n; New [A]: Because.\n; q, e, m, bin, w, none, Short, odd, open, ba\\ck\", @, CrashDumpEnabled [A]\n"
                                             "[" REG "]\n"
                                             "\"New\"=dword:deadbeef\n"
                                             "\"q\"=\"say \\\"hi\\\" C:\\\\x\"\n"
                                             "\"e\"=hex(2):25,00,61,00,25,00,00,00\n"
                                             "\"m\"=hex(7):61,00,00,00,62,00,00,00,00,00\n"
                                             "\"bin\"=hex:01,ff\n"
                                             "\"w\"=hex(b):01,00,00,00,00,00,00,02\n"
                                             "\"none\"=hex(0):\n"
                                             "\"Short\"=hex(4):01\n"
                                             "\"odd\"=hex(1):61,00,0a,00,00,00\n"
                                             "\"open\"=hex(1):61,00\n"
                                             "\"ba\\\\ck\\\"\"=hex(12345):05\n"
                                             "@=\"\"\n"
                                             "\"CrashDumpEnabled\"=-\n\n");
    assert_int_equal(s.left_out_count, 0);
    vmm_plan_said_clear(&s);
}

static void long_data_goes_on_in_the_next_line(void **state) {
    struct desk *d = *state;
    uint8_t data[60];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)i;
    set(d, "long", VMM_REG_BINARY, data, sizeof data);
    struct vmm_plan_said s = said_as(d, VMM_AS_REG);
    has(s.text, "\"long\"=hex:00,01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10,11,12,13,14,15,\\\n  16,17,");
    vmm_plan_said_clear(&s);
}

static void a_reg_file_says_what_it_leaves_out(void **state) {
    struct desk *d = *state;
    dword(d, KEY, "x", 1);
    element(d, SERVER, "safeboot", NULL);
    struct vmm_plan_said s = said_as(d, VMM_AS_REG);
    assert_int_equal(s.left_out_count, 1);
    has(s.left_out[0], SERVER " safeboot [B]");
    has(s.text, "; This file does not hold the whole plan. Left out:\n;   \\Boot\\BCD on partition 1, " SERVER);
    has(s.text, "\"x\"=dword:00000001\n");
    vmm_plan_said_clear(&s);
}

static void a_key_that_goes_is_one_line(void **state) {
    struct desk *d = *state;
    assert_int_equal(vmm_change_delete_key(&d->c, "A", &d->system, KEY, VMM_RISK_LOW, NULL, NULL), 0);
    struct vmm_plan_said s = said_as(d, VMM_AS_REG);
    has(s.text, "\n; [A]\n[-" REG "]\n");
    vmm_plan_said_clear(&s);
    s = said_as(d, VMM_AS_SCRIPT);
    has(s.text, "reg query " LOADED " >nul 2>&1\nif errorlevel 1 goto done3\nreg delete " LOADED " /f\nif errorlevel 1 goto failed\n:done3\n");
    vmm_plan_said_clear(&s);
    s = said_as(d, VMM_AS_SERIAL);
    has(s.text, "\nreg delete \"HKLM\\SYSTEM\\CurrentControlSet\\Control\\CrashControl\" /f\n");
    vmm_plan_said_clear(&s);
}

static void the_file_has_the_bytes_that_windows_reads(void **state) {
    (void)state;
    size_t len;
    uint8_t *f = vmm_plan_file(VMM_AS_REG, "\xc3\xa9\n", &len);
    assert_int_equal(len, 8);
    assert_memory_equal(f, "\xff\xfe\xe9\0\r\0\n\0", 8);
    free(f);
    f = vmm_plan_file(VMM_AS_SCRIPT, "a\nb\n", &len);
    assert_int_equal(len, 6);
    assert_memory_equal(f, "a\r\nb\r\n", 6);
    free(f);
    f = vmm_plan_file(VMM_AS_SERIAL, "a\n", &len);
    assert_int_equal(len, 2);
    free(f);
}

/* ---- the batch file ---- */

static void the_script_checks_each_line_and_unloads_whatever_happens(void **state) {
    struct desk *d = *state;
    element(d, SERVER, "safeboot", NULL);
    dword(d, KEY, "x", 1);
    assert_int_equal(vmm_change_delete(&d->c, "A", &d->system, KEY, "CrashDumpEnabled", VMM_RISK_LOW, NULL, NULL), 0);
    struct vmm_plan_said s = said_as(d, VMM_AS_SCRIPT);
    assert_int_equal(strncmp(s.text, "@echo off\nsetlocal EnableExtensions DisableDelayedExpansion\nrem ", 63), 0);
    has(s.text, "\nset \"WINDOWS=F:\"\n");
    has(s.text, "\nset \"BOOT=G:\"\n");
    assert_string_equal(from(s.text, "set STEP=1"),
                        "set STEP=1\nrem The files must be there, and are copied first.\n"
                        "if not exist \"%KEEP%\\\" mkdir \"%KEEP%\"\nif not exist \"%KEEP%\\\" goto failed\n"
                        "if not exist \"%BOOT%\\Boot\\BCD\" goto missing\nif not exist \"%WINDOWS%\\Windows\\System32\\config\\SYSTEM\" goto missing\n"
                        "if exist \"%KEEP%\\BCD\" goto kept1\nbcdedit /store \"%BOOT%\\Boot\\BCD\" /export \"%KEEP%\\BCD\"\nif errorlevel 1 goto failed\n:kept1\n"
                        "if exist \"%KEEP%\\SYSTEM\" goto kept2\ncopy /b \"%WINDOWS%\\Windows\\System32\\config\\SYSTEM\" \"%KEEP%\\SYSTEM\" >nul\nif errorlevel 1 goto failed\n:kept2\n"
                        "\nset STEP=2\nrem SYSTEM\nreg load HKLM\\BROKENSYSTEM \"%WINDOWS%\\Windows\\System32\\config\\SYSTEM\"\nif errorlevel 1 goto failed\nset LOADED_SYSTEM=1\n"
                        "\nset STEP=3\nrem A: Because.\nreg add " LOADED " /v x /t REG_DWORD /d 1 /f\nif errorlevel 1 goto failed\n"
                        "\nset STEP=4\nrem A\nreg query " LOADED " /v CrashDumpEnabled >nul 2>&1\nif errorlevel 1 goto done4\n"
                        "reg delete " LOADED " /v CrashDumpEnabled /f\nif errorlevel 1 goto failed\n:done4\n"
                        "\nset STEP=5\nrem B\nbcdedit /store \"%BOOT%\\Boot\\BCD\" /deletevalue " SERVER " safeboot\nif errorlevel 1 goto failed\n"
                        "\nset RESULT=0\ngoto unload\n"
                        "\n:missing\necho A file is not where it should be. Correct the letters at the top of this file. Nothing was changed.\nset RESULT=1\ngoto unload\n"
                        "\n:failed\necho The step below failed, so the rest was left. The steps before it stay done; the files as they were are in: \"%KEEP%\"\n"
                        "echo Step %STEP%\nset RESULT=1\n"
                        "\n:unload\nif not defined LOADED_SYSTEM goto unloaded_SYSTEM\nreg unload HKLM\\BROKENSYSTEM\nif errorlevel 1 set RESULT=1\n:unloaded_SYSTEM\n"
                        "if not \"%RESULT%\"==\"0\" exit /b 1\necho Done. The disk can be detached now.\nexit /b 0\n");
    assert_int_equal(s.left_out_count, 0);
    vmm_plan_said_clear(&s);
}

static void no_name_of_the_disk_becomes_a_command(void **state) {
    struct desk *d = *state;
    static const char evil[] = "x & del /q C:\\ | y > z ^ %PATH%";
    assert_int_equal(vmm_change_dword(&d->c, "A", &d->system, KEY "\\New", evil, 1, VMM_RISK_LOW, evil, NULL), 0);
    set(d, "& del", 0x77, "", 0); /* of a type that reg.exe has not: it is named in a remark */
    struct vmm_plan_said s = said_as(d, VMM_AS_SCRIPT);
    assert_int_equal(s.left_out_count, 1);
    for (const char *p = s.text; *p; p += strcspn(p, "\n") + 1) {
        char *line = vmm_strndup(p, strcspn(p, "\n"));
        if (strncmp(line, "rem ", 4) == 0) assert_null(strpbrk(line, "&|<>^"));
        free(line);
    }
    has(s.text, " /v \"x & del /q C:\\ | y > z ^ %%PATH%%\" /t REG_DWORD");
    vmm_plan_said_clear(&s);
}

static void a_script_with_letters_beyond_ascii_names_its_code_page(void **state) {
    struct desk *d = *state;
    set_text(d, "n", VMM_REG_SZ, "caf\xc3\xa9");
    struct vmm_plan_said s = said_as(d, VMM_AS_SCRIPT);
    assert_int_equal(strncmp(s.text, "@echo off\nchcp 65001 >nul\n", 26), 0);
    vmm_plan_said_clear(&s);
}

/* ---- what cmd.exe and a program's start do with a line (cmd.h) ---- */

static void read_back(const char *line, bool batch, const char *option, const char *want) {
    char *one = cmd_percents(line, batch), *two = cmd_carets(one), *list[16] = {0};
    size_t n = cmd_arguments(two, list, VMM_COUNT(list)), at = 0;
    while (at < n && strcmp(list[at], option) != 0) at++;
    assert_true(at + 1 < n);
    if (strcmp(list[at + 1], want) != 0) fail_msg("%s\nis read as: %s\nnot as:     %s", line, list[at + 1], want);
    for (size_t i = 0; i < n; i++) free(list[i]);
    free(one);
    free(two);
}

static void every_text_survives_the_prompt_and_the_batch_file(void **state) {
    struct desk *d = *state;
    static const char *const texts[] = {"a \"b\" %c% & d\\", "%SystemRoot%\\MEMORY.DMP", "C:\\Program Files\\x\\", "a^b", "100%", "a & b | c > d < e (f)", "!x!", "\"", "\"\"", "\\\\server\\share\\",
                                        "a\\\"b", "", " lead and trail ", "%", "%%", "%c", "x%c%y\"z%c%", "^%c^%", "%c:E=x%", "%c:~0,1% \"q", "100% of %c% & more", "\\", "\\\\", "\"&calc&\"", "%c%%c%"};
    for (size_t i = 0; i < VMM_COUNT(texts); i++) {
        set_text(d, "v", VMM_REG_SZ, texts[i]);
        char *way = vmm_change_windows_way(&d->c.list[0], 'f');
        read_back(way, false, "/d", texts[i]);
        free(way);
        struct vmm_plan_said s = said_as(d, VMM_AS_SCRIPT);
        char *line = vmm_strdup(from(s.text, "reg add "));
        line[strcspn(line, "\n")] = '\0';
        read_back(line, true, "/d", texts[i]);
        free(line);
        vmm_plan_said_clear(&s);
        vmm_changes_clear(&d->c);
        if (*texts[i] == '\0') continue;
        assert_int_equal(vmm_change_dword(&d->c, "A", &d->system, KEY, texts[i], 1, VMM_RISK_LOW, NULL, NULL), 0);
        s = said_as(d, VMM_AS_SCRIPT);
        line = vmm_strdup(from(s.text, "reg add "));
        line[strcspn(line, "\n")] = '\0';
        read_back(line, true, "/v", texts[i]);
        free(line);
        vmm_plan_said_clear(&s);
        vmm_changes_clear(&d->c);
    }
}

static void a_list_whose_items_hold_the_separator_gets_another(void **state) {
    struct desk *d = *state;
    set(d, "m", VMM_REG_MULTI_SZ, "C\0:\0\\\0000\0x\0\0\0y\0\0\0\0\0", 18);
    struct vmm_plan_said s = said_as(d, VMM_AS_SCRIPT);
    has(s.text, " /t REG_MULTI_SZ /s \";\" /d \"C:\\0x;y\" /f\n");
    vmm_plan_said_clear(&s);
    vmm_changes_clear(&d->c);
    set(d, "m", VMM_REG_MULTI_SZ, "a\0\0\0\0\0b\0\0\0\0\0", 12); /* an empty item: reg.exe would end the list there */
    s = said_as(d, VMM_AS_SCRIPT);
    assert_int_equal(s.left_out_count, 1);
    has_not(s.text, "reg add");
    vmm_plan_said_clear(&s);
}

static void what_cannot_be_typed_exactly_is_named_not_approximated(void **state) {
    struct desk *d = *state;
    set(d, "type", 8, "x", 1);
    set(d, "none", VMM_REG_NONE, "x", 1);
    set(d, "half", VMM_REG_SZ, "\0\xd8", 2);
    set(d, "nul", VMM_REG_SZ, "a\0\0\0b\0\0\0", 8);
    set_text(d, "line", VMM_REG_SZ, "a\nb");
    set(d, "/f", VMM_REG_SZ, "\0\0", 2);
    char *big = vmm_alloc(6000, 1);
    set(d, "big", VMM_REG_BINARY, big, 6000);
    free(big);
    for (int f = VMM_AS_SCRIPT; f <= VMM_AS_SERIAL; f++) {
        struct vmm_plan_said s = said_as(d, (enum vmm_plan_form)f);
        assert_int_equal(s.left_out_count, d->c.count);
        has_not(s.text, "\nreg add");
        vmm_plan_said_clear(&s);
    }
    struct vmm_plan_said s = said_as(d, VMM_AS_REG); /* hex holds all of them */
    assert_int_equal(s.left_out_count, 0);
    vmm_plan_said_clear(&s);
}

/* ---- the Serial Console ---- */

static void the_serial_lines_name_the_running_windows_and_their_checks(void **state) {
    struct desk *d = *state;
    element(d, SERVER, "safeboot", NULL);
    element(d, "{bootmgr}", "timeout", "5");
    dword(d, KEY, "CrashDumpEnabled", 2);
    dword(d, KEY, "NMICrashDump", 1);
    struct vmm_plan_said s = said_as(d, VMM_AS_SERIAL);
    assert_string_equal(from(s.text, "\ncmd\nch -si 1\n"),
                        "\ncmd\nch -si 1\n"
                        "\nset \"k=HKLM\\SYSTEM\\CurrentControlSet\\Control\\CrashControl\"\n    a short name for the key; the next lines use it\n"
                        "\nreg add \"%k%\" /v CrashDumpEnabled /t REG_DWORD /d 2 /f\n"
                        "    The article sets 1, a dump of the whole memory, which needs a page file as large as the memory.\n"
                        "    check:  reg query \"%k%\" /v CrashDumpEnabled\n    shows: REG_DWORD 0x2 (2)\n"
                        "\nreg add \"%k%\" /v NMICrashDump /t REG_DWORD /d 1 /f\n    check:  reg query \"%k%\" /v NMICrashDump\n    shows: REG_DWORD 0x1 (1)\n"
                        "\nbcdedit /deletevalue {current} safeboot\n    The article's text calls it \"safemoade\"; there is no such setting, its name is safeboot.\n"
                        "    check:  bcdedit /enum {current}\n    shows: no line safeboot any more\n"
                        "\nbcdedit /set {bootmgr} timeout 5\n    check:  bcdedit /enum {bootmgr}\n    shows: timeout  5\n"
                        "\nshutdown /r /t 0\n    restarts the machine; the changes count from then on\n");
    vmm_plan_said_clear(&s);
}

static void another_control_set_needs_no_line_of_its_own(void **state) {
    struct desk *d = *state;
    struct vmm_store two = {0};
    struct vmm_hive_builder *b = system_new();
    system_set(b, 2);
    open_store(&two, "SYSTEM", "SYSTEM", "\\Windows\\System32\\config\\SYSTEM", b, false);
    static const char *const sets[] = {"ControlSet002\\Control\\CrashControl", "ControlSet001\\Control\\CrashControl"};
    for (size_t i = 0; i < 2; i++) assert_int_equal(vmm_change_dword(&d->c, "A", &two, sets[i], "x", 1, VMM_RISK_LOW, NULL, NULL), 0);
    struct vmm_plan_said s = said_as(d, VMM_AS_SERIAL);
    const char *first = from(s.text, "reg add");
    assert_null(strstr(first + 1, "reg add"));
    has(s.text, "On the disk the plan changes the other control sets too.");
    assert_int_equal(s.left_out_count, 0);
    vmm_plan_said_clear(&s);
    vmm_changes_clear(&d->c);
    close_store(&two);
}

static void what_a_running_windows_keeps_is_named(void **state) {
    struct desk *d = *state;
    dword(d, "ControlSet001\\Enum\\VMBUS\\x", "ConfigFlags", 0);
    dword(d, "ControlSet001\\Services\\gpsvc", "Start", 2);
    dword(d, "ControlSet001\\Services\\gpsvc2", "Start", 2);
    struct vmm_plan_said s = said_as(d, VMM_AS_SERIAL);
    assert_int_equal(s.left_out_count, 2);
    has(s.text, "Not possible here, so the lines above are not the whole plan:");
    has(s.text, "reg add \"HKLM\\SYSTEM\\CurrentControlSet\\Services\\gpsvc2\"");
    vmm_plan_said_clear(&s);
}

static void the_articles_quotes_are_spoken_of_once(void **state) {
    struct desk *d = *state;
    static const char key[] = "ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp";
    dword(d, key, "KeepAliveTimeout", 1);
    dword(d, key, "SecurityLayer", 2);
    dword(d, key, "MaxInstanceCount", 0xffffffff);
    struct vmm_plan_said s = said_as(d, VMM_AS_SERIAL);
    const char *first = from(s.text, "Without the article's single quotes");
    assert_null(strstr(first + 1, "Without the article"));
    has(s.text, "    The article sets 0, which takes the encryption by TLS away.\n");
    has(s.text, "/v MaxInstanceCount /t REG_DWORD /d 4294967295 /f\n");
    vmm_plan_said_clear(&s);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        PROMISE(a_reg_file_has_every_type_as_regedit_writes_it),
        PROMISE(long_data_goes_on_in_the_next_line),
        PROMISE(a_reg_file_says_what_it_leaves_out),
        PROMISE(a_key_that_goes_is_one_line),
        PROMISE(the_file_has_the_bytes_that_windows_reads),
        PROMISE(the_script_checks_each_line_and_unloads_whatever_happens),
        PROMISE(no_name_of_the_disk_becomes_a_command),
        PROMISE(a_script_with_letters_beyond_ascii_names_its_code_page),
        PROMISE(every_text_survives_the_prompt_and_the_batch_file),
        PROMISE(a_list_whose_items_hold_the_separator_gets_another),
        PROMISE(what_cannot_be_typed_exactly_is_named_not_approximated),
        PROMISE(the_serial_lines_name_the_running_windows_and_their_checks),
        PROMISE(another_control_set_needs_no_line_of_its_own),
        PROMISE(what_a_running_windows_keeps_is_named),
        PROMISE(the_articles_quotes_are_spoken_of_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
