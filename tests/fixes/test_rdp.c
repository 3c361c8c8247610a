/* The disconnects article and the reset of Remote Desktop: every value of the table with its type, in every whole control set and no other; two profiles; junk
 * names; the group; and what two fixes of one plan want of one place.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"

#define LISTENER "Control\\Terminal Server\\WinStations\\RDP-Tcp"
#define POLICY "Policies\\Microsoft\\Windows NT\\Terminal Services"
#define RULES "Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules"

/* The article's own numbers, typed again from its text. */
static const struct {
    const char *name;
    uint32_t article, safe;
} table[] = {{"SecurityLayer", 0, 2}, {"MinEncryptionLevel", 1, 3}, {"fQueryUserConfigFromLocalMachine", 1, 1}, {"KeepAliveTimeout", 1, 1}, {"fInheritReconnectSame", 0, 1},
             {"fReconnectSame", 1, 0}, {"fInheritMaxSessionTime", 1, 1}, {"fInheritMaxDisconnectionTime", 1, 1}, {"MaxDisconnectionTime", 0, 0}, {"MaxConnectionTime", 0, 0},
             {"fInheritMaxIdleTime", 1, 1}, {"MaxIdleTime", 0, 0}, {"MaxInstanceCount", 4294967295u, 4294967295u}};
static const struct {
    const char *name;
    uint32_t number;
} policies[] = {{"KeepAliveEnable", 1}, {"KeepAliveInterval", 1}, {"fDisableAutoReconnect", 0}};

static struct vmm_hive_builder *two_sets(void) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    system_select(b, 1, 1);
    system_set(b, 1);
    system_set(b, 2);
    return b;
}

static void number_is(const struct ward *w, const char *place, uint32_t number) {
    const struct vmm_change *c = change_at(w, place);
    if (c == NULL) fail_msg("%s is not changed", place);
    assert_int_equal(c->after.type, VMM_REG_DWORD);
    assert_int_equal(c->after.len, 4);
    if (vmm_le32(c->after.data) != number) fail_msg("%s becomes %u", place, vmm_le32(c->after.data));
}

static void the_whole_table(const struct ward *w, unsigned sets, bool article) {
    for (unsigned set = 1; set <= sets; set++)
        for (size_t i = 0; i < VMM_COUNT(table); i++) {
            char *place = vmm_printf("ControlSet%03u\\" LISTENER "!%s", set, table[i].name);
            number_is(w, place, article ? table[i].article : table[i].safe);
            free(place);
        }
    for (size_t i = 0; i < VMM_COUNT(policies); i++) {
        char *place = vmm_printf(POLICY "!%s", policies[i].name);
        number_is(w, place, policies[i].number);
        free(place);
    }
}

static void unset_values_are_all_planned_in_each_set(void **state) {
    (void)state;
    static const char *const specs[] = {"RD01", "RD01:profile=safe", "RD01:profile=article"};
    for (unsigned sets = 1; sets <= 2; sets++)
        for (size_t i = 0; i < VMM_COUNT(specs); i++) {
            struct ward w;
            ward_new(&w, NULL, sets == 2 ? two_sets() : NULL);
            verdict_is(&w, "RD01", VMM_NOT_NEEDED, "no limit");
            plan(&w, specs[i]);
            assert_int_equal(w.changes.count, sets == 2 ? 29 : 16);
            the_whole_table(&w, sets, i == 2);
            assert_int_equal(vmm_fix_lowers(specs[i]), i == 2);
            operate(&w);
            plan(&w, specs[i]);
            assert_int_equal(w.changes.count, 0);
            ward_end(&w);
        }
}

static void the_safe_profile_leaves_what_is_valid_and_mends_what_is_not(void **state) {
    (void)state;
    static const char key[] = "ControlSet001\\" LISTENER;
    struct ward w;
    struct vmm_hive_builder *b = system_new();
    vmm_builder_dword(b, key, "SecurityLayer", 1);
    vmm_builder_dword(b, key, "MinEncryptionLevel", 9);
    vmm_builder_dword(b, key, "fInheritReconnectSame", 0);
    vmm_builder_string(b, key, "MAXIDLETIME", VMM_REG_SZ, "0");
    ward_new(&w, NULL, b);
    verdict_is(&w, "RD01", VMM_NEEDED, "MaxIdleTime has the wrong type");
    plan(&w, "RD01");
    assert_int_equal(w.changes.count, 14);
    number_is(&w, "ControlSet001\\" LISTENER "!MinEncryptionLevel", 3);
    number_is(&w, "ControlSet001\\" LISTENER "!MAXIDLETIME", 0); /* the name keeps its spelling */
    assert_null(change_at(&w, "ControlSet001\\" LISTENER "!SecurityLayer"));
    plan(&w, "R04"); /* wants the same: merged */
    assert_int_equal(w.changes.count, 14);
    plan_fails(&w, "RD01:profile=article", VMM_E_CONFLICT);
    ward_end(&w);
}

static void limits_are_the_evidence(void **state) {
    (void)state;
    static const char key[] = "ControlSet001\\" LISTENER;
    struct ward w;
    struct vmm_hive_builder *b = system_new();
    vmm_builder_dword(b, key, "MaxIdleTime", 900000); /* not taken: the account's counts */
    ward_new(&w, NULL, b);
    verdict_is(&w, "RD01", VMM_NOT_NEEDED, NULL);
    ward_end(&w);
    b = system_new();
    vmm_builder_dword(b, key, "MaxIdleTime", 900000);
    vmm_builder_dword(b, key, "fInheritMaxIdleTime", 0);
    ward_new(&w, NULL, b);
    verdict_is(&w, "RD01", VMM_NEEDED, "after 15 minutes");
    cure(&w, "RD01");
    verdict_is(&w, "RD01", VMM_NOT_NEEDED, NULL);
    ward_end(&w);
    b = system_new();
    vmm_builder_dword(b, key, "MaxInstanceCount", 1);
    ward_new(&w, NULL, b);
    verdict_is(&w, "RD01", VMM_NEEDED, "Only 1 connection");
    ward_end(&w);
}

static void stubs_are_left_alone_and_none_is_made(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = system_new();
    vmm_builder_dword(b, "ControlSet002\\" LISTENER, "SecurityLayer", 0); /* what the article's commands leave */
    ward_new(&w, NULL, b);
    verdict_is(&w, "RD01", VMM_NOT_NEEDED, "ControlSet002 is only a stub");
    plan(&w, "RD01:profile=article");
    assert_int_equal(w.changes.count, 16);
    for (size_t i = 0; i < w.changes.count; i++) assert_null(strstr(w.changes.list[i].path, "ControlSet002"));
    ward_end(&w);
}

static void policies_that_override_are_named(void **state) {
    (void)state;
    struct ward w = {0};
    struct vmm_hive_builder *s = software_new();
    vmm_builder_dword(s, POLICY, "MaxIdleTime", 60000);
    vmm_builder_dword(s, POLICY, "SecurityLayer", 0);
    pc_usual(&w.pc, NULL, NULL);
    pc_put_hive(&w.pc, "Windows/System32/config/SOFTWARE", s);
    ward_open(&w);
    verdict_is(&w, "RD01", VMM_REPORT, "A policy sets MaxIdleTime to 60000");
    verdict_is(&w, "RD03", VMM_OPTIONAL, "A policy sets SecurityLayer to 0");
    cure(&w, "RD03");
    verdict_is(&w, "RD03", VMM_NOT_NEEDED, NULL);
    ward_end(&w);
}

static void without_software_the_listener_is_still_repaired(void **state) {
    (void)state;
    struct ward w = {0};
    pc_usual(&w.pc, NULL, two_sets());
    char *path = vmm_printf("%s/Windows/System32/config/SOFTWARE", w.pc.folder);
    assert_int_equal(unlink(path), 0);
    free(path);
    ward_open(&w);
    verdict_is(&w, "RD01", VMM_NOT_NEEDED, "policies are not known");
    plan(&w, "RD01");
    assert_int_equal(w.changes.count, 26);
    ward_end(&w);
}

static void the_way_back_from_the_article(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, two_sets());
    cure(&w, "RD01:profile=article");
    vmm_changes_clear(&w.changes); /* what it wants as it is counts too */
    verdict_is(&w, "RD03", VMM_OPTIONAL, "SecurityLayer is 0");
    plan(&w, "RD03");
    assert_int_equal(w.changes.count, 4);
    plan_fails(&w, "RD01:profile=article", VMM_E_CONFLICT);
    vmm_changes_clear(&w.changes);
    cure(&w, "RD03");
    verdict_is(&w, "RD03", VMM_NOT_NEEDED, NULL);
    ward_end(&w);
}

static void junk_names_are_cleaned_or_moved_and_nothing_else(void **state) {
    (void)state;
    static const char key[] = "ControlSet001\\" LISTENER;
    for (int move = 0; move < 2; move++) {
        struct ward w;
        struct vmm_hive_builder *b = system_new();
        vmm_builder_dword(b, key, "'SecurityLayer'", 0);
        vmm_builder_dword(b, key, " MaxIdleTime", 0);
        vmm_builder_dword(b, key, "'PortNumber'", 1); /* none of the article's */
        vmm_builder_dword(b, key, "SecurityLayer", 2);
        ward_new(&w, NULL, b);
        verdict_is(&w, "RD02", VMM_OPTIONAL, "'SecurityLayer'");
        plan(&w, move ? "RD02:how=move" : "RD02");
        assert_int_equal(w.changes.count, move ? 4 : 2);
        assert_false(change_at(&w, "ControlSet001\\" LISTENER "!'SecurityLayer'")->after.present);
        if (move) number_is(&w, "ControlSet001\\" LISTENER "!SecurityLayer", 0);
        assert_null(change_at(&w, "ControlSet001\\" LISTENER "!'PortNumber'"));
        operate(&w);
        verdict_is(&w, "RD02", VMM_NOT_NEEDED, NULL);
        ward_end(&w);
    }
}

/* ---- the port and the firewall ---- */

#define RULE(more) "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|" more "Name=x|"

static struct vmm_hive_builder *with_rule(uint32_t port, const char *rule, const char *block) {
    struct vmm_hive_builder *b = system_new();
    vmm_builder_dword(b, "ControlSet001\\" LISTENER, "PortNumber", port);
    vmm_builder_string(b, "ControlSet001\\" RULES, "Other", VMM_REG_SZ, "v2.27|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=68|");
    if (rule) vmm_builder_string(b, "ControlSet001\\" RULES, "RemoteDesktop-UserMode-In-TCP", VMM_REG_SZ, rule);
    if (block) vmm_builder_string(b, "ControlSet001\\" RULES, "Mine", VMM_REG_SZ, block);
    return b;
}

static void the_firewall_is_judged_by_what_it_does_with_the_port(void **state) {
    (void)state;
    static const struct {
        uint32_t port;
        const char *rule, *other;
        enum vmm_verdict w01, r02;
    } cases[] = {
        {3389, RULE("LPort=3389|"), NULL, VMM_NOT_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort=3389|App=%SystemRoot%\\system32\\svchost.exe|Svc=termservice|"), NULL, VMM_NOT_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort2_10=3380-3390|"), NULL, VMM_NOT_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort=3390|"), NULL, VMM_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort=3389|App=C:\\other.exe|"), NULL, VMM_NEEDED, VMM_NOT_NEEDED},
        {3389, NULL, NULL, VMM_NEEDED, VMM_NOT_NEEDED},
        {3389, "nonsense", NULL, VMM_NEEDED, VMM_NOT_NEEDED},
        {3389, NULL, RULE("LPort=3389|"), VMM_NOT_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort=3389|"), "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|", VMM_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort=3389|"), "v2.31|Action=Block|Active=TRUE|Dir=In|", VMM_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort=3389|"), "v2.31|Action=Block|Active=FALSE|Dir=In|Protocol=6|LPort=3389|", VMM_NOT_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort=3389|"), "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|LPort=3389|", VMM_NOT_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort=3389|"), "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|RA4=203.0.113.7|", VMM_NOT_NEEDED, VMM_NOT_NEEDED},
        {3389, RULE("LPort=3389|"), "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=17|LPort=3389|", VMM_NOT_NEEDED, VMM_NOT_NEEDED},
        {3390, RULE("LPort=3389|"), NULL, VMM_NOT_NEEDED, VMM_NEEDED},
        {3390, RULE("LPort=3389|"), RULE("LPort=3390|"), VMM_NOT_NEEDED, VMM_OPTIONAL},
        {70000, RULE("LPort=3389|"), NULL, VMM_NOT_NEEDED, VMM_NEEDED},
    };
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct ward w;
        ward_new(&w, NULL, with_rule(cases[i].port, cases[i].rule, cases[i].other));
        verdict_is(&w, "W01", cases[i].w01, NULL);
        verdict_is(&w, "R02", cases[i].r02, NULL);
        plan(&w, "W01");
        assert_int_equal(w.changes.count > 0, cases[i].w01 == VMM_NEEDED);
        if (w.changes.count) {
            operate(&w);
            verdict_is(&w, "W01", VMM_NOT_NEEDED, NULL);
        }
        ward_end(&w);
    }
}

static void a_rule_is_edited_by_the_token_and_made_with_the_version_of_its_neighbours(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, with_rule(3389, "v2.20|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=3389|Name=@FirewallAPI.dll,-28775|Odd=1|", NULL));
    plan(&w, "W01");
    char *after = vmm_change_after_text(&w.changes.list[0]);
    assert_string_equal(after, "REG_SZ \"v2.20|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Name=@FirewallAPI.dll,-28775|Odd=1|\"");
    free(after);
    ward_end(&w);
    ward_new(&w, NULL, with_rule(3389, NULL, NULL));
    plan(&w, "W01");
    after = vmm_change_after_text(&w.changes.list[0]);
    assert_non_null(strstr(after, "\"v2.27|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|"));
    free(after);
    vmm_changes_clear(&w.changes);
    plan(&w, "W01:port=3390");
    assert_non_null(change_at(&w, "ControlSet001\\" RULES "!RemoteDesktop-In-TCP-3390"));
    ward_end(&w);
}

static void a_certificate_that_is_there_is_a_choice(void **state) {
    (void)state;
    static const uint8_t hash[20] = {0x8d, 0x1c, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 0xff};
    for (int there = 0; there < 2; there++) {
        struct ward w = {0};
        struct vmm_hive_builder *b = system_new(), *s = software_new();
        vmm_builder_set(b, "ControlSet001\\" LISTENER, "SSLCertificateSHA1Hash", VMM_REG_BINARY, hash, sizeof hash);
        if (there) vmm_builder_key(s, "Microsoft\\SystemCertificates\\MY\\Certificates\\8D1C02030405060708090A0B0C0D0E0F101112FF");
        pc_usual(&w.pc, NULL, b);
        pc_put_hive(&w.pc, "Windows/System32/config/SOFTWARE", s);
        ward_open(&w);
        verdict_is(&w, "R05", there ? VMM_OPTIONAL : VMM_NEEDED, "8d1c0203");
        cure(&w, "R05");
        verdict_is(&w, "R05", VMM_NOT_NEEDED, NULL);
        ward_end(&w);
    }
}

/* ---- the group ---- */

static struct vmm_hive_builder *all_wrong(void) {
    struct vmm_hive_builder *b = with_rule(3390, "v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=3389|", NULL);
    vmm_builder_dword(b, "ControlSet001\\Control\\Terminal Server", "fDenyTSConnections", 1);
    vmm_builder_dword(b, "ControlSet001\\" LISTENER, "SecurityLayer", 5);
    vmm_builder_dword(b, "ControlSet001\\" LISTENER, "LanAdapter", 3);
    vmm_builder_dword(b, "ControlSet001\\Services\\TermService", "Start", 4);
    vmm_builder_string(b, "ControlSet001\\Services\\TermService", "ObjectName", VMM_REG_SZ, ".\\someone");
    return b;
}

static void the_group_is_its_members_each_owning_its_changes(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, all_wrong());
    verdict_is(&w, "rdp-reset", VMM_OPTIONAL, "R01: fDenyTSConnections is 1");
    plan(&w, "RDP-reset");
    assert_int_equal(w.changes.count, 7);
    assert_string_equal(change_at(&w, "ControlSet001\\" LISTENER "!PortNumber")->fix, "R02");
    assert_string_equal(change_at(&w, "ControlSet001\\Services\\TermService!ObjectName")->fix, "S01");
    plan(&w, "R01");
    assert_int_equal(w.changes.count, 7);
    assert_string_equal(change_at(&w, "ControlSet001\\Control\\Terminal Server!fDenyTSConnections")->fix, "R01");
    plan_fails(&w, "R02:port=3391", VMM_E_CONFLICT);
    plan_fails(&w, "rdp-reset:port=1", VMM_E_USAGE);
    operate(&w);
    verdict_is(&w, "rdp-reset", VMM_NOT_NEEDED, NULL);
    plan(&w, "rdp-reset");
    assert_int_equal(w.changes.count, 0);
    json_t *j = vmm_fix_json(vmm_fix_by_id("rdp-reset"));
    assert_int_equal(json_array_size(json_object_get(j, "members")), 7);
    json_decref(j);
    ward_end(&w);
}

static void a_policy_is_changed_only_where_there_is_one_and_a_domain_is_warned_of(void **state) {
    (void)state;
    struct ward w = {0};
    struct vmm_hive_builder *b = system_new(), *s = software_new();
    vmm_builder_dword(b, "ControlSet001\\Control\\Terminal Server", "fDenyTSConnections", 0);
    vmm_builder_string(b, "ControlSet001\\Services\\Tcpip\\Parameters", "Domain", VMM_REG_SZ, "corp.example");
    vmm_builder_dword(s, POLICY, "fDenyTSConnections", 1);
    pc_usual(&w.pc, NULL, b);
    pc_put_hive(&w.pc, "Windows/System32/config/SOFTWARE", s);
    ward_open(&w);
    verdict_is(&w, "R01", VMM_NEEDED, "policy fDenyTSConnections is 1");
    verdict_is(&w, "R01", VMM_NEEDED, "corp.example");
    plan(&w, "R01");
    assert_int_equal(w.changes.count, 1);
    ward_end(&w);
    b = system_new();
    vmm_builder_dword(b, "ControlSet001\\Control\\Terminal Server", "fDenyTSConnections", 1);
    ward_new(&w, NULL, b);
    plan(&w, "R01");
    assert_int_equal(w.changes.count, 1);
    ward_end(&w);
}

static void a_missing_listener_is_reported_and_not_made_up(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, NULL, NULL);
    verdict_is(&w, "R07", VMM_REPORT, "missing");
    plan_fails(&w, "R07", VMM_E_USAGE);
    ward_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unset_values_are_all_planned_in_each_set),
        cmocka_unit_test(the_safe_profile_leaves_what_is_valid_and_mends_what_is_not),
        cmocka_unit_test(limits_are_the_evidence),
        cmocka_unit_test(stubs_are_left_alone_and_none_is_made),
        cmocka_unit_test(policies_that_override_are_named),
        cmocka_unit_test(without_software_the_listener_is_still_repaired),
        cmocka_unit_test(the_way_back_from_the_article),
        cmocka_unit_test(junk_names_are_cleaned_or_moved_and_nothing_else),
        cmocka_unit_test(the_firewall_is_judged_by_what_it_does_with_the_port),
        cmocka_unit_test(a_rule_is_edited_by_the_token_and_made_with_the_version_of_its_neighbours),
        cmocka_unit_test(a_certificate_that_is_there_is_a_choice),
        cmocka_unit_test(the_group_is_its_members_each_owning_its_changes),
        cmocka_unit_test(a_policy_is_changed_only_where_there_is_one_and_a_domain_is_warned_of),
        cmocka_unit_test(a_missing_listener_is_reported_and_not_made_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
