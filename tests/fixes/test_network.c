/* Services, firewall and network: what counts as evidence and what does not, and what a cure leaves alone.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"

#define SET "ControlSet001\\"
#define FIREWALL SET "Services\\SharedAccess\\Parameters\\FirewallPolicy"
#define CARD SET "Services\\Tcpip\\Parameters\\Interfaces\\{7c1c1b0a-5d1e-4c53-9a57-3f1d3a6e8b21}"

/* ---- services ---- */

static void a_service_is_changed_only_when_it_is_disabled(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = system_new();
    vmm_builder_dword(b, SET "Services\\Tcpip", "Start", 4);
    vmm_builder_dword(b, SET "Services\\nsi", "Start", 3); /* not what Windows has, but it starts */
    vmm_builder_dword(b, SET "Services\\LanmanServer", "Start", 4);
    ward_new(&w, NULL, b);
    verdict_is(&w, "S03", VMM_NEEDED, "Tcpip Start is 4");
    verdict_is(&w, "S03", VMM_NEEDED, "LanmanServer Start is 4: disabled, often on purpose");
    plan(&w, "S03");
    assert_int_equal(w.changes.count, 1);
    assert_int_equal(vmm_le32(change_at(&w, SET "Services\\Tcpip!Start")->after.data), 0); /* a driver, never 2 */
    operate(&w);
    verdict_is(&w, "S03", VMM_REPORT, "LanmanServer");
    ward_end(&w);
}

static void a_damaged_list_of_apps_is_removed_and_a_sound_one_stays(void **state) {
    (void)state;
    static const struct {
        uint32_t type;
        enum vmm_verdict want;
    } cases[] = {{VMM_REG_MULTI_SZ, VMM_NEEDED}, {VMM_REG_BINARY, VMM_NEEDED}, {VMM_REG_SZ, VMM_NOT_NEEDED}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct ward w;
        struct vmm_hive_builder *b = system_new();
        vmm_builder_dword(b, SET "Services\\mpssvc", "Start", 2);
        vmm_builder_string(b, SET "Services\\mpssvc\\Parameters\\AppCs", "DebugedLoopbackApps", cases[i].type, "S-1-15-2-1");
        ward_new(&w, NULL, b);
        verdict_is(&w, "S04", cases[i].want, NULL);
        if (cases[i].want == VMM_NEEDED) cure(&w, "S04");
        verdict_is(&w, "S04", VMM_NOT_NEEDED, NULL);
        ward_end(&w);
    }
}

static void a_service_that_is_not_there_cannot_be_judged(void **state) {
    (void)state;
    static const char *const ids[] = {"S01", "S02", "S04"};
    struct ward w;
    ward_new(&w, NULL, NULL);
    for (size_t i = 0; i < VMM_COUNT(ids); i++) verdict_is(&w, ids[i], VMM_CANNOT_TELL, "There is no key");
    ward_end(&w);
}

/* ---- firewall ---- */

static void a_rule_that_demands_ipsec_counts_when_it_holds_for_everyone(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        enum vmm_verdict want;
    } cases[] = {
        {"v2.31|Action=SecureServer|Active=TRUE|Name=x|", VMM_NEEDED},
        {"v2.31|Action=Secure|Active=TRUE|Protocol=6|EP1Port=3389|Name=x|", VMM_NEEDED},
        {"v2.31|Action=Secure|Active=TRUE|Protocol=6|EP1Port=443|Name=x|", VMM_NOT_NEEDED},
        {"v2.31|Action=Secure|Active=TRUE|Protocol=17|Name=x|", VMM_NOT_NEEDED},
        {"v2.31|Action=SecureServer|Active=FALSE|Name=x|", VMM_NOT_NEEDED},
        {"v2.31|Action=Boundary|Active=TRUE|Name=x|", VMM_NOT_NEEDED},
        {"v2.31|Action=SecureServer|Active=TRUE|EP2_4=10.0.0.0/255.0.0.0|Name=x|", VMM_REPORT},
    };
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct ward w;
        struct vmm_hive_builder *b = system_new();
        vmm_builder_string(b, FIREWALL "\\ConSecRules", "{1}", VMM_REG_SZ, cases[i].rule);
        ward_new(&w, NULL, b);
        verdict_is(&w, "W04", cases[i].want, NULL);
        plan(&w, "W04");
        assert_int_equal(w.changes.count, cases[i].want == VMM_NEEDED);
        ward_end(&w);
    }
}

static void the_firewall_goes_off_and_on_in_every_profile(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = system_new();
    static const char *const profiles[] = {"DomainProfile", "PublicProfile", "StandardProfile"};
    for (size_t i = 0; i < VMM_COUNT(profiles); i++) {
        char *key = vmm_printf(FIREWALL "\\%s", profiles[i]);
        vmm_builder_dword(b, key, "EnableFirewall", 1);
        free(key);
    }
    ward_new(&w, NULL, b);
    assert_true(vmm_fix_lowers("W02"));
    verdict_is(&w, "W02", VMM_NOT_NEEDED, "only a test");
    plan(&w, "W02");
    assert_int_equal(w.changes.count, 3);
    operate(&w);
    verdict_is(&w, "W02R", VMM_OPTIONAL, "the firewall is off there");
    cure(&w, "W02R");
    verdict_is(&w, "W02R", VMM_NOT_NEEDED, NULL);
    ward_end(&w);
}

/* ---- network ---- */

static void a_fixed_address_is_a_fault_only_where_the_cloud_gave_another(void **state) {
    (void)state;
    static const struct {
        const char *server, *leased;
        enum vmm_verdict want;
    } cases[] = {{"168.63.129.16", "10.0.0.4", VMM_NEEDED}, {"168.63.129.16", "192.168.1.20", VMM_OPTIONAL}, {"192.168.1.1", "10.0.0.4", VMM_OPTIONAL}, {NULL, NULL, VMM_OPTIONAL}};
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct ward w;
        struct vmm_hive_builder *b = system_new();
        vmm_builder_dword(b, CARD, "EnableDHCP", 0);
        vmm_builder_string(b, CARD, "IPAddress", VMM_REG_MULTI_SZ, "192.168.1.20");
        vmm_builder_string(b, CARD, "NameServer", VMM_REG_SZ, "192.168.1.5");
        if (cases[i].server) vmm_builder_string(b, CARD, "DhcpServer", VMM_REG_SZ, cases[i].server);
        if (cases[i].leased) vmm_builder_string(b, CARD, "DhcpIPAddress", VMM_REG_SZ, cases[i].leased);
        ward_new(&w, NULL, b);
        verdict_is(&w, "N01", cases[i].want, "192.168.1.20");
        plan(&w, "N01");
        assert_int_equal(w.changes.count, 2); /* its DNS servers stay */
        ward_end(&w);
    }
}

static void of_several_cards_one_that_works_is_enough(void **state) {
    (void)state;
    static const char bus[] = SET "Enum\\VMBUS\\{f8615163-df3e-46c5-913f-f2d2f965ed0e}\\";
    for (int second = 0; second < 2; second++) {
        struct ward w;
        struct vmm_hive_builder *b = system_new();
        char *one = vmm_printf("%s{1}", bus), *two = vmm_printf("%s{2}", bus);
        vmm_builder_string(b, one, "ClassGUID", VMM_REG_SZ, "{4D36E972-E325-11CE-BFC1-08002BE10318}");
        vmm_builder_dword(b, one, "ConfigFlags", 0x41);
        if (second) vmm_builder_string(b, two, "ClassGUID", VMM_REG_SZ, "{4d36e972-e325-11ce-bfc1-08002be10318}");
        ward_new(&w, NULL, b);
        verdict_is(&w, "N02", second ? VMM_OPTIONAL : VMM_NEEDED, "disabled");
        plan(&w, "N02");
        assert_int_equal(w.changes.count, 1);
        assert_int_equal(vmm_le32(w.changes.list[0].after.data), 0x40); /* only that bit */
        ward_end(&w);
        free(one);
        free(two);
    }
}

static void a_driver_known_to_fail_is_told_with_its_update(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = system_new();
    static const char key[] = SET "Control\\Class\\{4d36e972-e325-11ce-bfc1-08002be10318}\\0003";
    vmm_builder_string(b, key, "DriverDesc", VMM_REG_SZ, "Microsoft Hyper-V Network Adapter");
    vmm_builder_string(b, key, "DriverVersion", VMM_REG_SZ, "10.0.14393.594");
    ward_new(&w, NULL, b);
    verdict_is(&w, "N03", VMM_REPORT, "KB4073562");
    plan_fails(&w, "N03", VMM_E_USAGE);
    ward_end(&w);
}

static void a_provider_is_an_orphan_only_where_programs_can_be_seen(void **state) {
    (void)state;
    for (int seen = 0; seen < 2; seen++) {
        struct ward w = {0};
        struct vmm_hive_builder *b = system_new();
        vmm_builder_string(b, SET "Control\\NetworkProvider\\Order", "ProviderOrder", VMM_REG_SZ, "Gone,RDPNP");
        vmm_builder_string(b, SET "Control\\NetworkProvider\\HwOrder", "ProviderOrder", VMM_REG_SZ, "RDPNP,Gone,NoKey");
        vmm_builder_string(b, SET "Services\\RDPNP\\NetworkProvider", "ProviderPath", VMM_REG_EXPAND_SZ, "%SystemRoot%\\System32\\drprov.dll");
        vmm_builder_string(b, SET "Services\\Gone\\NetworkProvider", "ProviderPath", VMM_REG_EXPAND_SZ, "%systemroot%\\system32\\gone.dll");
        pc_usual(&w.pc, NULL, b);
        if (seen) pc_put(&w.pc, "Windows/System32/drprov.dll", "MZ", 2);
        ward_open(&w);
        verdict_is(&w, "N04", seen ? VMM_NEEDED : VMM_CANNOT_TELL, NULL);
        plan(&w, "N04");
        assert_int_equal(w.changes.count, seen ? 2 : 0);
        if (seen) {
            char *text = vmm_change_after_text(change_at(&w, SET "Control\\NetworkProvider\\HwOrder!ProviderOrder"));
            assert_string_equal(text, "REG_SZ \"RDPNP\"");
            free(text);
        }
        ward_end(&w);
    }
}

static void one_route_or_all(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = system_new();
    static const char key[] = SET "Services\\Tcpip\\Parameters\\PersistentRoutes";
    vmm_builder_string(b, key, "10.1.0.0,255.255.0.0,10.0.0.1,1", VMM_REG_SZ, "");
    vmm_builder_string(b, key, "0.0.0.0,0.0.0.0,10.0.0.9,1", VMM_REG_SZ, "");
    ward_new(&w, NULL, b);
    verdict_is(&w, "N07", VMM_OPTIONAL, "Route 2: 0.0.0.0 mask 0.0.0.0 by 10.0.0.9");
    plan(&w, "N07:route=2");
    assert_int_equal(w.changes.count, 1);
    assert_non_null(change_at(&w, SET "Services\\Tcpip\\Parameters\\PersistentRoutes!0.0.0.0,0.0.0.0,10.0.0.9,1"));
    plan(&w, "N07");
    assert_int_equal(w.changes.count, 2);
    ward_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_is_changed_only_when_it_is_disabled),
        cmocka_unit_test(a_damaged_list_of_apps_is_removed_and_a_sound_one_stays),
        cmocka_unit_test(a_service_that_is_not_there_cannot_be_judged),
        cmocka_unit_test(a_rule_that_demands_ipsec_counts_when_it_holds_for_everyone),
        cmocka_unit_test(the_firewall_goes_off_and_on_in_every_profile),
        cmocka_unit_test(a_fixed_address_is_a_fault_only_where_the_cloud_gave_another),
        cmocka_unit_test(of_several_cards_one_that_works_is_enough),
        cmocka_unit_test(a_driver_known_to_fail_is_told_with_its_update),
        cmocka_unit_test(a_provider_is_an_orphan_only_where_programs_can_be_seen),
        cmocka_unit_test(one_route_or_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
