/* Encryption, sign-in, the boot chain, reports: what counts as evidence and what does not, what is only told, and what a cure leaves alone.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"

#define SET "ControlSet001\\"
#define CERTIFICATES "Microsoft\\SystemCertificates\\Remote Desktop\\Certificates\\00112233445566778899AABBCCDDEEFF00112233"
#define PROFILES "Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\"
#define USER "S-1-5-21-1-2-3-1001"

/* A ward with these hives and, if KEY, a folder of private keys with that file. */
static void ward_with(struct ward *w, struct vmm_hive_builder *system, struct vmm_hive_builder *software, const char *key) {
    *w = (struct ward){0};
    pc_usual(&w->pc, NULL, system);
    if (software) pc_put_hive(&w->pc, "Windows/System32/config/SOFTWARE", software);
    char *path = key ? vmm_printf("ProgramData/Microsoft/Crypto/RSA/MachineKeys/%s", key) : NULL;
    if (path) pc_put(&w->pc, path, "x", 1);
    free(path);
    ward_open(w);
}

/* ---- encryption ---- */

/* A certificate with nothing but its dates in it, as Windows' store wraps it. */
static size_t wrapped(uint8_t *out, const char *last) {
    static const uint8_t head[] = {0x30, 45, 0x30, 43, 0xa0, 3, 2, 1, 2, 2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 30, 0x17, 13};
    uint8_t der[64];
    size_t n = sizeof head;
    memcpy(der, head, n);
    memcpy(der + n, "200101000000Z", 13);
    der[n + 13] = 0x17;
    der[n + 14] = 13;
    memcpy(der + n + 15, last, 13);
    n += 28;
    der[1] = (uint8_t)(n - 2);
    der[3] = (uint8_t)(n - 4);
    vmm_put32(out, 3); /* another property first */
    vmm_put32(out + 4, 1);
    vmm_put32(out + 8, 4);
    vmm_put32(out + 16, 32);
    vmm_put32(out + 20, 1);
    vmm_put32(out + 24, (uint32_t)n);
    memcpy(out + 28, der, n);
    return 28 + n;
}

static void a_certificate_needs_its_key_and_an_old_one_is_a_choice(void **state) {
    (void)state;
    static const struct {
        const char *last, *key;
        enum vmm_verdict want;
    } cases[] = {
        {"490101000000Z", "f686aace6942fb7f7ceb231212eef4a4_x", VMM_NOT_NEEDED},
        {"210101000000Z", "F686AACE6942fb7f7ceb231212eef4a4_x", VMM_OPTIONAL},
        {"490101000000Z", "c2319c42033a5ca7f44e731bfd3fa2b5_x", VMM_NEEDED},
        {"490101000000Z", NULL, VMM_CANNOT_TELL}, /* there is no such folder to look into */
    };
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct ward w;
        uint8_t blob[128] = {0};
        struct vmm_hive_builder *s = software_new();
        vmm_builder_set(s, CERTIFICATES, "Blob", VMM_REG_BINARY, blob, wrapped(blob, cases[i].last));
        ward_with(&w, NULL, s, cases[i].key);
        verdict_is(&w, "T05", cases[i].want, NULL);
        plan(&w, "T05");
        bool cured = cases[i].want == VMM_NEEDED || cases[i].want == VMM_OPTIONAL;
        assert_int_equal(w.changes.count, cured);
        if (cured) {
            char *way = vmm_change_windows_way(&w.changes.list[0], 'f'), *before = vmm_change_before_text(&w.changes.list[0]);
            assert_string_equal(way, "reg delete \"HKLM\\BROKENSOFTWARE\\" CERTIFICATES "\" /f");
            assert_non_null(strstr(before, "the key"));
            free(way);
            free(before);
            operate(&w);
            verdict_is(&w, "T05", VMM_NOT_NEEDED, NULL);
        }
        ward_end(&w);
    }
}

static void a_broken_certificate_is_no_reason_to_stumble(void **state) {
    (void)state;
    uint8_t good[128] = {0};
    size_t len = wrapped(good, "210101000000Z");
    for (size_t i = 0; i < 2 * len; i++) { /* cut short, and each byte turned over */
        uint8_t bad[128];
        struct ward w;
        struct vmm_hive_builder *s = software_new();
        memcpy(bad, good, sizeof bad);
        if (i >= len) bad[i - len] ^= 0xff;
        vmm_builder_set(s, CERTIFICATES, "Blob", VMM_REG_BINARY, bad, i < len ? i : len);
        ward_with(&w, NULL, s, "f686aace_x");
        struct vmm_finding f = examine(&w, "T05");
        assert_true(f.verdict == VMM_NOT_NEEDED || f.verdict == VMM_OPTIONAL);
        vmm_finding_clear(&f);
        ward_end(&w);
    }
}

static void a_list_of_ciphers_with_something_in_it_stays(void **state) {
    (void)state;
    static const char key[] = "Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002";
    for (int full = 0; full < 2; full++) {
        struct ward w;
        struct vmm_hive_builder *s = software_new();
        vmm_builder_string(s, key, "Functions", VMM_REG_SZ, full ? "TLS_AES_256_GCM_SHA384" : "");
        ward_with(&w, NULL, s, NULL);
        verdict_is(&w, "T03", full ? VMM_NOT_NEEDED : VMM_NEEDED, NULL);
        plan(&w, "T03");
        assert_int_equal(w.changes.count, !full);
        ward_end(&w);
    }
}

/* ---- sign-in ---- */

static void a_profile_that_was_set_aside_comes_back_into_its_place(void **state) {
    (void)state;
    static const char *const specs[] = {"U02", "U02:how=delete"};
    for (int twin = 0; twin < 2; twin++)
        for (size_t i = 0; i < VMM_COUNT(specs); i++) {
            struct ward w;
            struct vmm_hive_builder *s = software_new();
            char *text = NULL;
            vmm_builder_string(s, PROFILES USER ".bak", "ProfileImagePath", VMM_REG_EXPAND_SZ, "C:\\Users\\admin");
            vmm_builder_dword(s, PROFILES USER ".bak", "State", 0x8000);
            vmm_builder_string(s, PROFILES "S-1-5-18.bak", "ProfileImagePath", VMM_REG_EXPAND_SZ, "x"); /* Windows' own: left alone */
            if (twin) {
                vmm_builder_string(s, PROFILES USER, "ProfileImagePath", VMM_REG_EXPAND_SZ, "C:\\Users\\TEMP");
                vmm_builder_dword(s, PROFILES USER, "OnlyTemporary", 1);
            }
            ward_with(&w, NULL, s, NULL);
            verdict_is(&w, "U02", VMM_NEEDED, USER);
            cure(&w, specs[i]);
            verdict_is(&w, "U02", VMM_NOT_NEEDED, NULL);
            const struct vmm_hive *h = w.patient.windows->software->hive;
            enum vmm_answer a = vmm_hive_string(h, PROFILES USER, "ProfileImagePath", &text);
            assert_int_equal(a, i == 0 || twin ? VMM_SET : VMM_NOT_SET);
            if (text) assert_string_equal(text, i == 0 ? "C:\\Users\\admin" : "C:\\Users\\TEMP");
            free(text);
            ward_end(&w);
        }
}

static void the_oldest_windows_hang_on_cleanup_and_newer_do_not(void **state) {
    (void)state;
    for (int old = 0; old < 2; old++) {
        struct ward w;
        struct vmm_hive_builder *s = software_new();
        vmm_builder_dword(s, "Policies\\Microsoft\\Windows\\System", "CleanupProfiles", 30);
        if (old) vmm_builder_string(s, "Microsoft\\Windows NT\\CurrentVersion", "CurrentBuildNumber", VMM_REG_SZ, "9600");
        ward_with(&w, NULL, s, NULL);
        verdict_is(&w, "G02", old ? VMM_NEEDED : VMM_OPTIONAL, NULL);
        cure(&w, "G02");
        ward_end(&w);
    }
}

static void nla_off_is_offered_only_where_a_domain_may_be_out_of_reach(void **state) {
    (void)state;
    for (int member = 0; member < 2; member++) {
        struct ward w;
        struct vmm_hive_builder *b = system_new();
        vmm_builder_dword(b, SET "Control\\Terminal Server\\WinStations\\RDP-Tcp", "UserAuthentication", 1);
        if (member) vmm_builder_string(b, SET "Services\\Tcpip\\Parameters", "Domain", VMM_REG_SZ, "corp.example");
        ward_new(&w, NULL, b);
        verdict_is(&w, "R03", member ? VMM_OPTIONAL : VMM_NOT_NEEDED, NULL);
        assert_true(vmm_fix_lowers("R03"));
        plan(&w, "R03");
        plan_fails(&w, "RD03", VMM_E_CONFLICT); /* one wants it off, the other on */
        ward_end(&w);
    }
}

/* ---- the boot chain ---- */

static void safe_mode_on_and_off_are_refused_together(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, safe_store(0), NULL);
    plan(&w, "SM01");
    plan_fails(&w, "SM03", VMM_E_CONFLICT);
    vmm_changes_clear(&w.changes);
    plan_fails(&w, "SM03:mode=dsrepair", VMM_E_USAGE); /* no domain controller */
    plan_fails(&w, "SM04", VMM_E_BLOCKED);
    plan(&w, "SM03:mode=network");
    assert_int_equal(w.changes.count, 1);
    ward_end(&w);
}

static void a_menu_that_waits_is_told_from_one_that_is_not_shown(void **state) {
    (void)state;
    static const struct {
        int shown, entries;
        uint64_t timeout;
        enum vmm_verdict want;
    } cases[] = {{0, 1, 30, VMM_NOT_NEEDED}, {0, 1, 0xffffffff, VMM_NOT_NEEDED}, {1, 1, 5, VMM_NOT_NEEDED}, {1, 1, 30, VMM_OPTIONAL}, {0, 2, 30, VMM_OPTIONAL}, {1, 1, 0xffffffff, VMM_NEEDED},
                 {0, 2, 0xffffffff, VMM_NEEDED}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct ward w;
        struct vmm_hive_builder *b = bcd_new();
        bcd_default(b, SERVER);
        bcd_number(b, BOOTMGR, "25000004", cases[i].timeout);
        if (cases[i].shown) bcd_yes(b, BOOTMGR, "26000020", 1);
        if (cases[i].entries == 2) {
            bcd_loader(b, OTHER, "Other", second_id);
            bcd_text(b, BOOTMGR, "24000001", VMM_REG_MULTI_SZ, SERVER "\n" OTHER);
        }
        ward_new(&w, b, NULL);
        verdict_is(&w, "BT04", cases[i].want, NULL);
        plan(&w, "BT04");
        assert_int_equal(w.changes.count > 0, cases[i].want != VMM_NOT_NEEDED);
        ward_end(&w);
    }
}

/* ---- what is only told ---- */

static void reports_say_what_to_do_and_change_nothing(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = system_new(), *s = software_new();
    vmm_builder_dword(b, "Setup", "SetupType", 2);
    vmm_builder_string(b, "Setup", "CmdLine", VMM_REG_SZ, "oobe\\windeploy.exe");
    vmm_builder_dword(b, SET "Control\\Terminal Server", "fSingleSessionPerUser", 0);
    vmm_builder_dword(s, "Microsoft\\ServerManager\\ServicingStorage\\ServerComponentCache\\RDS-RD-Server", "InstallState", 1);
    ward_with(&w, b, s, NULL);
    verdict_is(&w, "UN01", VMM_REPORT, "oobe\\windeploy.exe");
    verdict_is(&w, "L01", VMM_REPORT, "/admin");
    verdict_is(&w, "L02", VMM_REPORT, "query session");
    verdict_is(&w, "EN01", VMM_NOT_NEEDED, NULL);
    static const char *const ids[] = {"UN01", "L01", "L02", "EN01", "HV02", "R07", "N03"};
    for (size_t i = 0; i < VMM_COUNT(ids); i++) plan_fails(&w, ids[i], VMM_E_USAGE);
    ward_end(&w);
}

static void copies_of_a_damaged_registry_are_named(void **state) {
    (void)state;
    struct ward w = {0};
    pc_usual(&w.pc, NULL, NULL);
    pc_put(&w.pc, "Windows/System32/config/SYSTEM", "regf", 4);
    pc_put(&w.pc, "Windows/System32/config/RegBack/SYSTEM", "x", 1);
    pc_put(&w.pc, "Windows/System32/config/RegBack/SOFTWARE", "", 0);
    ward_open(&w);
    verdict_is(&w, "HV02", VMM_REPORT, "RegBack holds SYSTEM.");
    ward_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_needs_its_key_and_an_old_one_is_a_choice),
        cmocka_unit_test(a_broken_certificate_is_no_reason_to_stumble),
        cmocka_unit_test(a_list_of_ciphers_with_something_in_it_stays),
        cmocka_unit_test(a_profile_that_was_set_aside_comes_back_into_its_place),
        cmocka_unit_test(the_oldest_windows_hang_on_cleanup_and_newer_do_not),
        cmocka_unit_test(nla_off_is_offered_only_where_a_domain_may_be_out_of_reach),
        cmocka_unit_test(safe_mode_on_and_off_are_refused_together),
        cmocka_unit_test(a_menu_that_waits_is_told_from_one_that_is_not_shown),
        cmocka_unit_test(reports_say_what_to_do_and_change_nothing),
        cmocka_unit_test(copies_of_a_damaged_registry_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
