/* The script that sets a password: what it may say, what it leaves of the policy that is there, and where it is refused.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"
#include "tests/change/cmd.h"

#define POLICY "Windows/System32/GroupPolicy/"
#define GOOD "Tr0ub4dor&3 %x^!"

static void look_again(struct ward *w) {
    vmm_changes_clear(&w->changes);
    vmm_scan_free(w->pc.scan);
    vmm_volume_close(w->pc.volume, NULL);
    ward_open(w);
    w->patient.secret = GOOD;
}

static void with_setup_key(struct ward *w, struct vmm_hive_builder *system) {
    vmm_builder_dword(system, "Setup", "SetupType", 0);
    vmm_builder_string(system, "Setup", "CmdLine", VMM_REG_SZ, "");
    ward_new(w, NULL, system);
    w->patient.secret = GOOD;
}

static const struct vmm_change *file_of(const struct ward *w, const char *end) {
    for (size_t i = 0; i < w->changes.count; i++) {
        const struct vmm_store *st = w->changes.list[i].store;
        size_t n = strlen(st->path), m = strlen(end);
        if (st->is_file && n >= m && strcmp(st->path + n - m, end) == 0) return &w->changes.list[i];
    }
    return NULL;
}

static char *content(const struct ward *w, const char *end) {
    const struct vmm_change *c = file_of(w, end);
    assert_non_null(c);
    if (c->after.len > 2 && c->after.data[0] == 0xff) return vmm_utf16_to_utf8(c->after.data + 2, c->after.len - 2);
    return vmm_strndup((const char *)c->after.data, c->after.len);
}

static void content_is(const struct ward *w, const char *end, const char *want) {
    char *text = content(w, end);
    assert_string_equal(text, want);
    free(text);
}

static void content_says(const struct ward *w, const char *end, const char *part) {
    char *text = content(w, end);
    if (strstr(text, part) == NULL) fail_msg("%s does not say %s:\n%s", end, part, text);
    free(text);
}

static void passwords_that_cannot_be_set_are_refused_and_never_repeated(void **state) {
    (void)state;
    static const char *const bad[] = {"", "Short1!", "alllowercase", "NOLOWER123", "Quote\"Inside1", " Leading1a", "Trailing1a ", "/Slash123a", "Backslash1\\", "Tab\t1234aB", ("Umlaut\xc3\xa4" "1A"),
                                      "xadaX99-yy", "************"};
    static const char *const good[] = {"Abcdefg1", "aB3$%^&|<>()", "a B c 1 2 3", "p'a`s;s=w,0,R", "C:\\x\\yzz1", GOOD};
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        char *fault = vmm_password_fault("ada", bad[i]);
        if (fault == NULL) fail_msg("\"%s\" was taken", bad[i]);
        if (strlen(bad[i]) > 4) assert_null(strstr(fault, bad[i]));
        free(fault);
    }
    for (size_t i = 0; i < VMM_COUNT(good); i++) {
        char *fault = vmm_password_fault("ada", good[i]);
        if (fault) fail_msg("%s: %s", good[i], fault);
    }
    char longest[122];
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "A1", 2);
    longest[121] = '\0';
    char *fault = vmm_password_fault(NULL, longest);
    assert_non_null(fault);
    free(fault);
    longest[120] = '\0';
    assert_null(vmm_password_fault(NULL, longest));
}

static void names_that_windows_or_the_script_cannot_have_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"P01:user=", "P01:user=guest", "P01:user=a\"b", "P01:user=a%b", "P01:user=ab/c", "P01:user=this-name-is-too-long", "P01:user=.x", "P01:user=x.",
                                      "P01:user=Administratör", "P01:user=WEB01", "P01:name=x", "P02:user=a&b", "P02:user=-x"};
    struct ward w;
    with_setup_key(&w, system_new());
    for (size_t i = 0; i < VMM_COUNT(bad); i++) plan_fails(&w, bad[i], VMM_E_USAGE);
    assert_int_equal(w.changes.count, 0);
    w.patient.secret = "too-simple";
    plan_fails(&w, "P01", VMM_E_USAGE);
    ward_end(&w);
}

/* The line of the script as cmd.exe and then net.exe read it. */
static void arrives(struct ward *w, const char *fix, const char *password) {
    struct vmm_error err = {0};
    w->patient.secret = password;
    char *spec = vmm_printf("%s:user=ada", fix);
    if (vmm_fix_plan(&w->patient, spec, &w->changes, &err) < 0) fail_msg("%s: %s (%s)", password, err.message, err.hint);
    char *text = content(w, ".cmd"), *line = strstr(text, "\r\nnet user \"ada\" \"") + 2, *list[16] = {0};
    line[strcspn(line, "\r")] = '\0';
    char *rest = strstr(line, "\" %HOW% /y >\"%LOG%\" 2>&1");
    assert_non_null(rest);
    rest[1] = '\0';
    char *one = cmd_percents(line, true), *two = cmd_carets(one);
    size_t n = cmd_arguments(two, list, VMM_COUNT(list));
    assert_int_equal(n, 4);
    assert_string_equal(list[2], "ada");
    if (strcmp(list[3], password) != 0) fail_msg("%s\narrives as %s", password, list[3]);
    for (size_t i = 0; i < n; i++) free(list[i]);
    free(one);
    free(two);
    free(text);
    free(spec);
    vmm_changes_clear(&w->changes);
}

static void every_password_that_is_taken_arrives_as_it_was_typed(void **state) {
    (void)state;
    static const char *const texts[] = {"Aa1%PATH%x", "Aa1%%PATH%%", "%SystemRoot%Aa1", "Aa1%c:~0,1%", "100% Aa%", "Aa1 & del /q *", "Aa1|more>x<y", "^Aa1^^^ ^", "Aa1!x!!%!", "Aa1'b`c;d,e=f", "Aa1\\\\x\\y", "*Aa1*?* *",
                                        "-Aa1 /add", "Aa1(b)[c]{d}", "Aa1 /y %HOW%", "Aa1~@#$_"};
    struct ward w;
    with_setup_key(&w, system_new());
    for (size_t i = 0; i < VMM_COUNT(texts); i++) {
        arrives(&w, "P01", texts[i]);
        arrives(&w, "P02", texts[i]);
    }
    for (char c = 0x21; c < 0x7f; c++) { /* each character in front, doubled, between, and at the end */
        char text[32];
        if (c == '"') continue;
        snprintf(text, sizeof text, "%cAa1%c%c zZ%c", c == '/' ? 'x' : c, c, c, c == '\\' ? 'x' : c);
        arrives(&w, "P01", text);
    }
    ward_end(&w);
}

static void the_two_ways_are_not_taken_together(void **state) {
    (void)state;
    struct ward w;
    with_setup_key(&w, system_new());
    plan(&w, "P01:user=ada");
    plan_fails(&w, "P02:user=ada", VMM_E_CONFLICT);
    ward_end(&w);
}

static void without_a_policy_all_three_files_are_made(void **state) {
    (void)state;
    struct ward w;
    with_setup_key(&w, system_new());
    verdict_is(&w, "P01", VMM_OPTIONAL, NULL);
    plan(&w, "P01:user=ada");
    assert_int_equal(w.changes.count, 3);
    content_is(&w, "\\gpt.ini", "[General]\r\ngPCFunctionalityVersion=2\r\n"
                                "gPCMachineExtensionNames=[{42B5FAAE-6536-11D2-AE5A-0000F87571E3}{40B6664F-4972-11D1-A7CA-0000F87571E3}]\r\nVersion=1\r\n");
    content_is(&w, "\\scripts.ini", "[Startup]\r\n0CmdLine=vmmedic-P01.cmd\r\n0Parameters=\r\n");
    content_says(&w, "\\vmmedic-P01.cmd", "\r\nnet user \"ada\" \"Tr0ub4dor&3 %%x^!\" %HOW% /y >");
    content_says(&w, "\\vmmedic-P01.cmd", "del /f /q \"%SystemRoot%\\System32\\GroupPolicy\\gpt.ini\"\r\n");
    content_says(&w, "\\vmmedic-P01.cmd", "S-1-5-32-544");
    assert_string_equal(w.changes.list[2].store->name, "gpt.ini"); /* last: it is what Windows looks at */
    assert_int_equal(w.changes.list[0].store->folder_count, 4);
    ward_end(&w);
}

static void what_is_shown_has_dots_for_the_password(void **state) {
    (void)state;
    struct ward w;
    bool given;
    with_setup_key(&w, system_new());
    plan(&w, "P01:user=ada");
    char *text = vmm_changes_text(&w.changes);
    json_t *j = vmm_changes_json(&w.changes);
    char *dump = json_dumps(j, 0), *hex = vmm_hex((const uint8_t *)"Tr0ub4dor", 9);
    assert_null(strstr(text, "Tr0ub4dor"));
    assert_null(strstr(dump, "Tr0ub4dor"));
    assert_null(strstr(dump, hex));
    assert_non_null(strstr(text, "net user \"ada\" \"********\" %HOW%"));
    assert_true(vmm_changes_secret(&w.changes, &given) && given);
    look_again(&w);
    w.patient.secret = NULL; /* a preview needs none */
    plan(&w, "P01:user=ada");
    char *same = vmm_changes_text(&w.changes);
    char *a = strstr(text, "setlocal"), *b = strstr(same, "setlocal");
    assert_string_equal(a, b);
    assert_true(vmm_changes_secret(&w.changes, &given) && !given);
    free(same);
    free(hex);
    free(dump);
    free(text);
    json_decref(j);
    ward_end(&w);
}

static void a_policy_that_is_there_goes_on_and_is_put_back(void **state) {
    (void)state;
    static const char gpt[] = "[General]\r\ngPCMachineExtensionNames=[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}][{827D319E-6EAC-11D2-A4EA-00C04F79F83A}"
                              "{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}]\r\nVersion=131077\r\ngPCUserExtensionNames=[{X}]\r\nOptions=1\r\n";
    static const char scripts[] = "\r\n[Startup]\r\n0CmdLine=old.cmd\r\n0Parameters=-x\r\n[Shutdown]\r\n0CmdLine=bye.cmd\r\n0Parameters=\r\n";
    struct ward w;
    size_t n;
    with_setup_key(&w, system_new());
    uint8_t *units = vmm_utf8_to_utf16(scripts, &n), *wide = vmm_alloc(n + 2, 1);
    memcpy(wide, "\xff\xfe", 2);
    memcpy(wide + 2, units, n);
    pc_put(&w.pc, POLICY "gpt.ini", gpt, sizeof gpt - 1);
    pc_put(&w.pc, POLICY "Machine/Scripts/scripts.ini", wide, n + 2);
    look_again(&w);
    plan(&w, "P01");
    assert_int_equal(w.changes.count, 5);
    content_is(&w, "\\gpt.ini", "[General]\r\ngPCMachineExtensionNames=[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
                                "[{42B5FAAE-6536-11D2-AE5A-0000F87571E3}{40B6664F-4972-11D1-A7CA-0000F87571E3}][{827D319E-6EAC-11D2-A4EA-00C04F79F83A}"
                                "{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}]\r\nVersion=131078\r\ngPCUserExtensionNames=[{X}]\r\nOptions=1\r\ngPCFunctionalityVersion=2\r\n");
    content_is(&w, "\\scripts.ini", "\r\n[Startup]\r\n0CmdLine=old.cmd\r\n0Parameters=-x\r\n1CmdLine=vmmedic-P01.cmd\r\n1Parameters=\r\n[Shutdown]\r\n0CmdLine=bye.cmd\r\n0Parameters=\r\n");
    content_is(&w, "\\gpt.ini.vmmedic", gpt);
    content_is(&w, "\\scripts.ini.vmmedic", scripts);
    content_says(&w, "\\vmmedic-P01.cmd", "copy /y /b \"%SystemRoot%\\System32\\GroupPolicy\\gpt.ini.vmmedic\" \"%SystemRoot%\\System32\\GroupPolicy\\gpt.ini\"");
    assert_int_equal(file_of(&w, "\\scripts.ini")->after.data[0], 0xff);
    free(units);
    free(wide);
    ward_end(&w);
}

static void a_policy_that_would_not_run_the_script_is_told(void **state) {
    (void)state;
    struct ward w;
    with_setup_key(&w, system_new());
    pc_put(&w.pc, POLICY "gpt.ini", "[General]\r\nOptions=2\r\n", 22);
    look_again(&w);
    plan_fails(&w, "P01", VMM_E_BLOCKED);
    plan(&w, "P02");
    pc_put(&w.pc, POLICY "gpt.ini", "a\0b", 3);
    look_again(&w);
    plan_fails(&w, "P01", VMM_E_BLOCKED);
    struct vmm_hive_builder *software = software_new();
    vmm_builder_dword(software, "Policies\\Microsoft\\Windows\\System", "DisableLGPOProcessing", 1);
    pc_put(&w.pc, POLICY "gpt.ini", "", 0);
    pc_put_hive(&w.pc, "Windows/System32/config/SOFTWARE", software);
    look_again(&w);
    plan_fails(&w, "P01", VMM_E_BLOCKED);
    plan(&w, "P02");
    ward_end(&w);
}

static void a_domain_controller_is_refused_with_the_reason(void **state) {
    (void)state;
    struct vmm_error err = {0};
    struct vmm_hive_builder *system = system_new();
    struct ward w;
    vmm_builder_string(system, "ControlSet001\\Control\\ProductOptions", "ProductType", VMM_REG_SZ, "LanmanNT");
    with_setup_key(&w, system);
    assert_int_equal(vmm_fix_plan(&w.patient, "P01", &w.changes, &err), -1);
    assert_int_equal(err.code, VMM_E_BLOCKED);
    assert_non_null(strstr(err.message, "domain controller"));
    plan_fails(&w, "P02", VMM_E_BLOCKED);
    struct vmm_finding f = examine(&w, "P01");
    assert_non_null(strstr(f.blocked_by, "domain controller"));
    vmm_finding_clear(&f);
    ward_end(&w);
}

static void a_member_of_a_domain_is_pointed_to_the_other_way(void **state) {
    (void)state;
    struct vmm_hive_builder *system = system_new();
    struct ward w;
    vmm_builder_string(system, "ControlSet001\\Services\\Tcpip\\Parameters", "Domain", VMM_REG_SZ, "corp.example");
    with_setup_key(&w, system);
    verdict_is(&w, "P01", VMM_OPTIONAL, "corp.example, whose policy may keep the script from running: P02");
    verdict_is(&w, "P02", VMM_OPTIONAL, "no policy of it keeps this from running");
    ward_end(&w);
}

static void setup_runs_the_script_once_and_is_left_alone_when_busy(void **state) {
    (void)state;
    struct ward w;
    with_setup_key(&w, system_new());
    plan(&w, "P02:user=ada");
    assert_int_equal(w.changes.count, 3);
    assert_true(w.changes.list[0].store->is_file);
    content_says(&w, "\\Setup\\vmmedic-P02.cmd", "reg add HKLM\\SYSTEM\\Setup /v SetupType /t REG_DWORD /d 0 /f\r\nreg add HKLM\\SYSTEM\\Setup /v CmdLine /t REG_SZ /d \"\" /f\r\nset \"HOW=");
    assert_int_equal(vmm_le32(change_at(&w, "Setup!SetupType")->after.data), 2);
    char *line = vmm_change_after_text(change_at(&w, "Setup!CmdLine"));
    assert_non_null(strstr(line, "cmd.exe /d /c %SystemRoot%\\Setup\\vmmedic-P02.cmd"));
    free(line);
    ward_end(&w);
    struct vmm_hive_builder *system = system_new();
    vmm_builder_dword(system, "Setup", "SetupType", 2);
    vmm_builder_string(system, "Setup", "CmdLine", VMM_REG_SZ, "oobe\\windeploy.exe");
    ward_new(&w, NULL, system);
    w.patient.secret = GOOD;
    plan_fails(&w, "P02", VMM_E_BLOCKED);
    ward_end(&w);
}

static void a_second_run_says_that_the_first_one_waits(void **state) {
    (void)state;
    struct ward w;
    with_setup_key(&w, system_new());
    pc_put(&w.pc, POLICY "Machine/Scripts/Startup/VMMEDIC-P01.CMD", "x", 1);
    look_again(&w);
    verdict_is(&w, "P01", VMM_OPTIONAL, "waits for the next start");
    plan_fails(&w, "P01", VMM_E_BLOCKED);
    plan_fails(&w, "P02", VMM_E_BLOCKED);
    pc_put(&w.pc, "Windows/vmmedic-password.log", "x", 1);
    look_again(&w);
    verdict_is(&w, "P02", VMM_OPTIONAL, "ran on this Windows before");
    ward_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_that_cannot_be_set_are_refused_and_never_repeated),
        cmocka_unit_test(names_that_windows_or_the_script_cannot_have_are_refused),
        cmocka_unit_test(every_password_that_is_taken_arrives_as_it_was_typed),
        cmocka_unit_test(the_two_ways_are_not_taken_together),
        cmocka_unit_test(without_a_policy_all_three_files_are_made),
        cmocka_unit_test(what_is_shown_has_dots_for_the_password),
        cmocka_unit_test(a_policy_that_is_there_goes_on_and_is_put_back),
        cmocka_unit_test(a_policy_that_would_not_run_the_script_is_told),
        cmocka_unit_test(a_domain_controller_is_refused_with_the_reason),
        cmocka_unit_test(a_member_of_a_domain_is_pointed_to_the_other_way),
        cmocka_unit_test(setup_runs_the_script_once_and_is_left_alone_when_busy),
        cmocka_unit_test(a_second_run_says_that_the_first_one_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
