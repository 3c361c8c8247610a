/* Network security groups: the vectors of the facts file, the forms that az and PowerShell write, and what a broken or hostile file gets.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "vmmedic/cloud.h"

#define DEFAULTS \
    "{'name':'AllowVnetInBound','priority':65000,'direction':'Inbound','access':'Allow','protocol':'*','sourceAddressPrefix':'VirtualNetwork','sourcePortRange':'*'," \
    "'destinationAddressPrefix':'VirtualNetwork','destinationPortRange':'*'}," \
    "{'name':'AllowAzureLoadBalancerInBound','priority':65001,'direction':'Inbound','access':'Allow','protocol':'*','sourceAddressPrefix':'AzureLoadBalancer','sourcePortRange':'*'," \
    "'destinationAddressPrefix':'*','destinationPortRange':'*'}," \
    "{'name':'DenyAllInBound','priority':65500,'direction':'Inbound','access':'Deny','protocol':'*','sourceAddressPrefix':'*','sourcePortRange':'*','destinationAddressPrefix':'*'," \
    "'destinationPortRange':'*'}"
#define RULE(name, priority, access, protocol, ports, source) \
    "{'name':'" name "','priority':" #priority ",'direction':'Inbound','access':'" access "','protocol':'" protocol "','sourceAddressPrefix':'" source \
    "','sourceAddressPrefixes':[],'sourcePortRange':'*','sourcePortRanges':[],'destinationAddressPrefix':'*','destinationPortRange':'" ports "','destinationPortRanges':[]}"
#define NSG(rules) "{'name':'web-nsg','id':'/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/web-nsg','securityRules':[" rules \
    "],'defaultSecurityRules':[" DEFAULTS "]}"
#define EFFECTIVE(where, name, rules) "{'association':{'" where "':{'id':'/subscriptions/s/x'}},'networkSecurityGroup':{'id':'/x/networkSecurityGroups/" name \
    "'},'effectiveSecurityRules':[" rules "," DEFAULTS "]}"
#define RDP RULE("default-allow-rdp", 1000, "Allow", "Tcp", "3389", "*")

static char *quoted(const char *text) {
    char *copy = vmm_strdup(text);
    for (char *p = copy; *p; p++)
        if (*p == '\'') *p = '"';
    return copy;
}

static json_t *asked(const char *text, const char *from, const char *to, int port, struct vmm_error *err) {
    char *json = quoted(text);
    struct vmm_nsg_query q = {.port = port, .from = from, .to = to};
    struct vmm_nsg *n = vmm_nsg_parse(json, strlen(json), "nsg.json", err);
    json_t *a = n ? vmm_nsg_judge(n, &q, err) : NULL;
    vmm_nsg_free(n);
    free(json);
    return a;
}

static json_t *answer(const char *text, const char *from) {
    struct vmm_error err = {0};
    json_t *a = asked(text, from, NULL, 3389, &err);
    if (a == NULL) fail_msg("%s\n%s", err.message, text);
    return a;
}

static bool among(const json_t *list, const char *part) {
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one) if (strstr(json_string_value(one), part)) return true;
    return false;
}

static void is(const char *text, const char *from, const char *verdict, const char *rule, const char *level) {
    json_t *a = answer(text, from), *r = json_object_get(a, "rule");
    if (strcmp(vmm_json_str(a, "verdict"), verdict) != 0) fail_msg("%s, not %s: %s", vmm_json_str(a, "sentence"), verdict, text);
    assert_int_equal(strncmp(vmm_json_str(a, "sentence"), verdict, strlen(verdict)), 0);
    assert_string_equal(vmm_json_str(r, "name"), rule);
    if (level) assert_string_equal(vmm_json_str(r, "level"), level);
    json_decref(a);
}

static void the_twelve_vectors(void **state) {
    (void)state;
    static const struct {
        const char *text, *from, *verdict, *rule, *level;
        int warns;
    } vectors[] = {
        {NSG(RDP), "internet", "ALLOW", "default-allow-rdp", NULL, 1},
        {NSG(""), "internet", "DENY", "DenyAllInBound", NULL, 0},
        {NSG(""), "vnet", "ALLOW", "AllowVnetInBound", NULL, 0},
        {NSG(RULE("stop", 300, "Deny", "*", "*", "Internet") "," RDP), "internet", "DENY", "stop", NULL, 0},
        {NSG(RULE("office", 100, "Allow", "Tcp", "3380-3390", "203.0.113.0/24")), "203.0.113.9", "ALLOW", "office", NULL, 0},
        {NSG(RULE("office", 100, "Allow", "Tcp", "3380-3390", "203.0.113.0/24")), "198.51.100.1", "DENY", "DenyAllInBound", NULL, 0},
        {NSG("{'name':'many','priority':200,'direction':'Inbound','access':'Allow','protocol':'*','sourceAddressPrefix':'*','sourcePortRange':'*','destinationAddressPrefix':'*',"
             "'destinationPortRange':null,'destinationPortRanges':['443','3389']}"), "internet", "ALLOW", "many", NULL, 1},
        {NSG(RULE("udp", 200, "Allow", "Udp", "3389", "*")), "internet", "DENY", "DenyAllInBound", NULL, 0},
        {"{'value':[" EFFECTIVE("networkInterface", "nic-nsg", RULE("x", 900, "Deny", "Udp", "53", "*")) "," EFFECTIVE("subnet", "sub-nsg", RDP) "]}", "internet", "DENY", "DenyAllInBound", "card", 0},
        {NSG(RULE("tag", 150, "Deny", "Tcp", "3389", "AzureCloud") "," RULE("rdp", 200, "Allow", "Tcp", "3389", "*")), "internet", "DEPENDS", "", NULL, 0},
        {NSG(RULE("lower", 1000, "Allow", "tcp", "3389-3389", "0.0.0.0/0")), "internet", "ALLOW", "lower", NULL, 1},
        {"{'value':[]}", "internet", "DENY", "", NULL, 0},
    };
    for (size_t i = 0; i < VMM_COUNT(vectors); i++) {
        is(vectors[i].text, vectors[i].from, vectors[i].verdict, vectors[i].rule, vectors[i].level);
        json_t *a = answer(vectors[i].text, vectors[i].from);
        assert_int_equal(json_is_true(json_object_get(a, "open_to_internet")), vectors[i].warns);
        assert_int_equal(among(json_object_get(a, "warnings"), "whole Internet"), vectors[i].warns);
        json_decref(a);
    }
}

static void a_depends_names_the_rule_and_what_it_hangs_on(void **state) {
    (void)state;
    json_t *a = answer(NSG(RULE("tag", 150, "Deny", "Tcp", "3389", "AzureCloud") "," RULE("rdp", 200, "Allow", "Tcp", "3389", "*")), NULL);
    const json_t *d = json_array_get(json_object_get(a, "depends"), 0);
    assert_int_equal(json_array_size(json_object_get(a, "depends")), 1);
    assert_string_equal(vmm_json_str(json_object_get(d, "rule"), "name"), "tag");
    assert_string_equal(vmm_json_str(json_object_get(d, "rule"), "nsg"), "web-nsg");
    assert_true(among(json_object_get(d, "on"), "AzureCloud"));
    json_decref(a);
    is(NSG(RULE("tag", 150, "Allow", "Tcp", "3389", "AzureCloud") "," RULE("rdp", 200, "Allow", "Tcp", "3389", "*")), NULL, "ALLOW", "rdp", NULL); /* it would change nothing */
    is(NSG(RULE("rdp", 140, "Allow", "Tcp", "3389", "*") "," RULE("tag", 150, "Deny", "Tcp", "3389", "AzureCloud")), NULL, "ALLOW", "rdp", NULL);  /* it comes too late */
    is(NSG(RULE("office", 100, "Allow", "Tcp", "3389", "203.0.113.0/24")), NULL, "DEPENDS", "", NULL);                                             /* nobody said whose address */
    is(NSG("{'name':'asg','priority':200,'direction':'Inbound','access':'Allow','protocol':'Tcp','sourceAddressPrefix':'*','sourcePortRange':'*','destinationPortRange':'3389',"
           "'destinationApplicationSecurityGroups':[{'id':'/x/applicationSecurityGroups/web'}]}"), NULL, "DEPENDS", "", NULL);
    is("{'value':[" EFFECTIVE("subnet", "s", RULE("tag", 150, "Deny", "*", "*", "AzureCloud") "," RDP) "," EFFECTIVE("networkInterface", "n", RULE("no", 100, "Deny", "*", "*", "*")) "]}", NULL,
       "DENY", "no", "card"); /* one firm no is enough */
}

static void addresses_are_matched_by_number_and_family(void **state) {
    (void)state;
    static const struct {
        const char *prefix, *from;
        bool in;
    } rows[] = {
        {"203.0.113.9", "203.0.113.9", true},      {"203.0.113.9", "203.0.113.10", false},    {"203.0.113.8/31", "203.0.113.9", true},  {"203.0.113.8/31", "203.0.113.10", false},
        {"0.0.0.0/0", "198.51.100.1", true},       {"0.0.0.0/0", "2001:db8::1", false},       {"::/0", "2001:db8::1", true},            {"::/0", "198.51.100.1", false},
        {"2001:db8::/32", "2001:db8:ffff::", true}, {"2001:db8::/32", "2001:db9::", false},   {"Any", "2001:db8::1", true},             {"internet", "198.51.100.1", true},
        {"Internet", "10.0.0.5", false},           {"Internet", "172.31.255.255", false},     {"Internet", "172.32.0.1", true},         {"Internet", "fd00::1", false},
        {"203.0.113.0/24", "::ffff:203.0.113.7", true}, {"AzureLoadBalancer", "198.51.100.1", false}, {"128.0.0.0/1", "200.1.1.1", true}, {"VirtualNetwork", "198.51.100.1", false},
    };
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        char *text = vmm_printf("{'securityRules':[{'name':'r','priority':100,'direction':'Inbound','access':'Allow','protocol':'Tcp','sourceAddressPrefix':'%s','sourcePortRange':'*',"
                                "'destinationAddressPrefix':'*','destinationPortRange':'3389'},{'name':'no','priority':200,'direction':'Inbound','access':'Deny','protocol':'*',"
                                "'sourceAddressPrefix':'*','sourcePortRange':'*','destinationAddressPrefix':'*','destinationPortRange':'*'}]}", rows[i].prefix);
        is(text, rows[i].from, rows[i].in ? "ALLOW" : "DENY", rows[i].in ? "r" : "no", NULL);
        free(text);
    }
}

static void what_azure_says_a_tag_stands_for_is_used(void **state) {
    (void)state;
#define EXPANDED "{'value':[{'association':{'subnet':{'id':'/s'}},'networkSecurityGroup':{'id':'/n/web'},'effectiveSecurityRules':[{'name':'securityRules/tag','protocol':'Tcp'," \
    "'sourcePortRange':'0-65535','destinationPortRange':'3389-3389','sourceAddressPrefix':'AzureCloud','sourceAddressPrefixes':['AzureCloud']," \
    "'expandedSourceAddressPrefix':['198.51.100.0/24','2001:db8::/32'],'destinationAddressPrefix':'0.0.0.0/0','access':'Allow','priority':100,'direction':'Inbound'}]}]}"
    is(EXPANDED, "198.51.100.200", "ALLOW", "tag", "subnet");
    is(EXPANDED, "203.0.113.1", "DENY", "DenyAllInBound", "subnet");
    is(EXPANDED, "internet", "DEPENDS", "", NULL);
}

static void the_vms_own_address_can_be_said(void **state) {
    (void)state;
#define ONE_VM NSG("{'name':'one','priority':100,'direction':'Inbound','access':'Allow','protocol':'Tcp','sourceAddressPrefix':'*','sourcePortRange':'*'," \
    "'destinationAddressPrefix':'10.0.0.4','destinationPortRange':'3389'}")
    struct vmm_error err = {0};
    static const struct {
        const char *to, *verdict;
    } rows[] = {{NULL, "DEPENDS"}, {"10.0.0.4", "ALLOW"}, {"10.0.0.5", "DENY"}};
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        json_t *a = asked(ONE_VM, NULL, rows[i].to, 3389, &err);
        assert_string_equal(vmm_json_str(a, "verdict"), rows[i].verdict);
        json_decref(a);
    }
}

static void rules_that_were_meant_to_help_are_explained(void **state) {
    (void)state;
    static const struct {
        const char *text, *note;
    } rows[] = {
        {NSG(RULE("udp", 200, "Allow", "Udp", "3389", "*")), "is for UDP"},
        {NSG(RULE("stop", 300, "Deny", "*", "*", "Internet") "," RDP), "the lower number wins"},
        {NSG("{'name':'out','priority':200,'direction':'Outbound','access':'Allow','protocol':'Tcp','sourceAddressPrefix':'*','sourcePortRange':'*','destinationAddressPrefix':'*',"
             "'destinationPortRange':'3389'}"), "outbound"},
        {NSG("{'name':'src','priority':200,'direction':'Inbound','access':'Allow','protocol':'Tcp','sourceAddressPrefix':'*','sourcePortRange':'3389','destinationAddressPrefix':'*',"
             "'destinationPortRange':'3389'}"), "random port"},
        {NSG("{'name':'pub','priority':200,'direction':'Inbound','access':'Allow','protocol':'Tcp','sourceAddressPrefix':'*','sourcePortRange':'*','destinationAddressPrefix':'203.0.113.1',"
             "'destinationPortRange':'3389'}"), "private address"},
        {NSG("{'name':'empty','priority':200,'direction':'Inbound','access':'Allow','protocol':'Tcp','sourceAddressPrefix':'','sourcePortRange':'*','destinationAddressPrefix':'*',"
             "'destinationPortRange':'3389'}"), "names no source"},
        {"[]", "The list is empty"},
    };
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        json_t *a = answer(rows[i].text, "internet");
        if (!among(json_object_get(a, "notes"), rows[i].note)) fail_msg("no note \"%s\": %s", rows[i].note, rows[i].text);
        json_decref(a);
    }
    json_t *a = answer(NSG(RULE("all", 200, "Allow", "*", "*", "203.0.113.0/24")), "203.0.113.1");
    assert_true(among(json_object_get(a, "warnings"), "every port"));
    json_decref(a);
}

static void another_port_is_asked_about(void **state) {
    (void)state;
    struct vmm_error err = {0};
    json_t *a = asked(NSG(RDP), NULL, NULL, 3390, &err);
    assert_string_equal(vmm_json_str(a, "verdict"), "DENY");
    assert_int_equal(json_integer_value(json_object_get(a, "port")), 3390);
    json_decref(a);
}

static void every_form_that_az_and_powershell_write_is_read(void **state) {
    (void)state;
#define PASCAL "'Name':'rdp','Protocol':'Tcp','SourcePortRange':['*'],'DestinationPortRange':['3389'],'SourceAddressPrefix':['*'],'DestinationAddressPrefix':['*'],'Access':'Allow'," \
    "'Priority':1000,'Direction':'Inbound','SourceApplicationSecurityGroups':[],'DestinationApplicationSecurityGroups':[]"
    static const char *const forms[] = {
        NSG(RULE("rdp", 1000, "Allow", "Tcp", "3389", "*")),
        "[" RULE("rdp", 1000, "Allow", "Tcp", "3389", "*") "]",
        "[" RULE("rdp", 1000, "Allow", "Tcp", "3389", "*") "," DEFAULTS "]",
        RULE("rdp", 1000, "Allow", "Tcp", "3389", "*"),
        "{'name':'n','properties':{'securityRules':[{'name':'rdp','properties':{'protocol':'TCP','sourceAddressPrefix':'*','sourcePortRange':'*','destinationAddressPrefix':'*',"
        "'destinationPortRange':'3389','access':'Allow','priority':1000,'direction':'Inbound'}}]}}",
        "{'value':[{'name':'n','properties':{'securityRules':[{'name':'rdp','properties':{'protocol':'TCP','sourceAddressPrefix':'*','sourcePortRange':'*','destinationAddressPrefix':'*',"
        "'destinationPortRange':'3389','access':'Allow','priority':1000,'direction':'Inbound'}}]}}]}",
        "{'value':[" EFFECTIVE("subnet", "s", RULE("securityRules/rdp", 1000, "Allow", "All", "0-65535", "0.0.0.0/0")) "]}",
        "[" EFFECTIVE("networkInterface", "s", RULE("securityRules/rdp", 1000, "Allow", "All", "0-65535", "Internet")) "]",
        EFFECTIVE("networkInterface", "s", RULE("rdp", 1000, "Allow", "Tcp", "3389", "*")),
        "{'Name':'n','SecurityRules':[{" PASCAL "}],'DefaultSecurityRules':[],'NetworkInterfaces':[{'Id':'/nic'}],'Subnets':[]}",
        "[{" PASCAL "}]",
        "{'value':[{" PASCAL "}],'Count':1}",
        "{'SecurityRules':{'value':[{" PASCAL "}],'Count':1}}",
        "[{'NetworkSecurityGroup':{'Id':'/x/n'},'Association':{'Subnet':{'Id':'/s'},'NetworkInterface':null},'EffectiveSecurityRules':[{" PASCAL "}]}]",
        "{'SecurityRules':[{'Name':'rdp','Protocol':'Tcp','SourcePortRange':'*','DestinationPortRange':'443 3389','SourceAddressPrefix':'*','DestinationAddressPrefix':'*','Access':'Allow',"
        "'Priority':1000,'Direction':'Inbound'}]}",
    };
    for (size_t i = 0; i < VMM_COUNT(forms); i++) {
        is(forms[i], "internet", "ALLOW", "rdp", NULL);
        char *json = quoted(forms[i]);
        for (size_t k = 0; k < 3; k++) { /* and as Windows' redirection writes it */
            struct vmm_buf b = {0};
            static const char *const marks[] = {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"};
            vmm_buf_add(&b, marks[k], k ? 2 : 3);
            for (const char *p = json; *p; p++) {
                if (k == 2) vmm_buf_add(&b, "", 1);
                vmm_buf_add(&b, p, 1);
                if (k == 1) vmm_buf_add(&b, "", 1);
            }
            struct vmm_error err = {0};
            struct vmm_nsg *n = vmm_nsg_parse(b.data, b.len, "x", &err);
            if (n == NULL) fail_msg("form %zu, mark %zu: %s", i, k, err.message);
            vmm_nsg_free(n);
            vmm_buf_free(&b);
        }
        free(json);
    }
}

static void a_network_managers_rules_are_named_not_judged(void **state) {
    (void)state;
    json_t *a = answer("{'value':[{'association':{'networkManager':{'id':'/m'}},'networkSecurityGroup':null,'effectiveSecurityRules':[]}," EFFECTIVE("subnet", "s", RDP) "]}", NULL);
    assert_string_equal(vmm_json_str(a, "verdict"), "ALLOW");
    assert_true(among(json_object_get(a, "notes"), "network manager"));
    json_decref(a);
}

static void what_is_wrong_is_said_with_its_place(void **state) {
    (void)state;
#define BROKEN(field) "{'securityRules':[" RDP ",{'name':'bad','priority':200,'direction':'Inbound','access':'Allow','protocol':'Tcp','sourceAddressPrefix':'*','destinationPortRange':'1'," field "}]}"
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "nsg.json is empty"},
        {" \n\t", "nsg.json is empty"},
        {"ERROR: please run az login", "line 1"},
        {"{'a':1,\n'b':}", "line 2"},
        {"{'securityRules':[", "line 1"},
        {"{'a':1,'a':2}", "uplicate"},
        {"null", "line 1"},
        {"{}", "no NSG"},
        {"{'value':3}", "no NSG"},
        {"[1]", "item 1"},
        {"[" RDP ",3]", "rule 2"},
        {"[" NSG("") ",{}]", "item 2"},
        {"{'securityRules':7}", "securityRules is no list"},
        {"{'securityRules':['Microsoft.Azure.Commands.Network.Models.PSSecurityRule']}", "securityRules, rule 1 is a text"},
        {BROKEN("'priority':'x'"), "line 1"}, /* twice the same key */
        {BROKEN("'sourcePortRange':'70000'"), "securityRules, rule 2 (bad), sourcePortRange"},
        {BROKEN("'sourcePortRange':'20-10'"), "no range of ports"},
        {BROKEN("'sourcePortRange':'-5'"), "no range of ports"},
        {BROKEN("'sourcePortRanges':{}"), "sourcePortRanges"},
        {BROKEN("'sourcePortRanges':[1.5]"), "item 1 is no text"},
        {BROKEN("'destinationAddressPrefix':'10.0.0.0/33'"), "neither an address nor"},
        {BROKEN("'destinationAddressPrefix':'10.0.0.0/-1'"), "neither an address nor"},
        {BROKEN("'destinationAddressPrefixes':['1.2.3']"), "neither an address nor"},
        {BROKEN("'sourceApplicationSecurityGroups':[7]"), "sourceApplicationSecurityGroups"},
        {"[{'priority':1}]", "access"},
        {"[{'priority':true,'access':'Allow'}]", "priority"},
        {"[{'priority':99999999999999999999,'access':'Allow'}]", "line 1"},
        {"[{'priority':70000,'access':'Allow'}]", "priority"},
        {"[{'priority':1,'access':'Maybe','direction':'Inbound'}]", "neither Allow nor Deny"},
        {"[{'priority':1,'access':'Allow','direction':'Up'}]", "neither Inbound nor Outbound"},
        {"[{'priority':1,'access':'Allow','direction':'Inbound'}]", "protocol"},
    };
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        struct vmm_error err = {0};
        json_t *a = asked(rows[i].text, NULL, NULL, 3389, &err);
        if (a != NULL || err.code != VMM_E_BROKEN) fail_msg("accepted: %s", rows[i].text);
        if (strstr(err.message, rows[i].message) == NULL) fail_msg("\"%s\" lacks \"%s\"", err.message, rows[i].message);
    }
    struct vmm_error err = {0};
    assert_null(asked(NSG(RDP), "somewhere", NULL, 3389, &err));
    assert_int_equal(err.code, VMM_E_USAGE);
    assert_null(asked(NSG(RDP), NULL, "x", 3389, &err));
    assert_null(asked(NSG(RDP), NULL, NULL, 0, &err));
    assert_null(asked(NSG(RDP), NULL, NULL, 65536, &err));
}

static void names_with_escape_sequences_are_shown_harmless(void **state) {
    (void)state;
    json_t *a = answer(NSG(RULE("a\\u001b[31m\\u202e\\nb", 100, "Deny", "*", "*", "*")), NULL);
    const char *text = vmm_json_str(a, "sentence");
    for (const char *p = text; *p; p++) assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
    assert_null(strstr(text, "\xe2\x80\xae"));
    json_decref(a);
}

/* Nested, long, cut anywhere, with any byte changed: an error or an answer, and soon. */
static void hostile_bytes_end_in_an_answer_or_an_error(void **state) {
    (void)state;
    struct vmm_buf b = {0};
    struct vmm_error err = {0};
    static const char *const repeats[] = {"[", "{\"a\":", "[],", "{},", "1,", "\"", "\\", "[{\"value\":"};
    for (size_t i = 0; i < VMM_COUNT(repeats); i++) {
        vmm_buf_str(&b, "[");
        while (b.len < 4u << 20) vmm_buf_str(&b, repeats[i]);
        double began = vmm_seconds();
        struct vmm_nsg *n = vmm_nsg_parse(b.data, b.len, "x", &err);
        assert_null(n);
        assert_true(vmm_seconds() - began < 5);
        b.len = 0;
    }
    vmm_buf_free(&b);
    char *json = quoted("{'value':[" EFFECTIVE("subnet", "s", RDP) "]}");
    size_t len = strlen(json);
    struct vmm_nsg_query q = {.port = 3389};
    for (size_t i = 0; i < len; i++) {
        vmm_nsg_free(vmm_nsg_parse(json, i, "x", &err));
        for (unsigned char c = 1; c; c = (unsigned char)(c << 1)) {
            json[i] = (char)(json[i] ^ c);
            struct vmm_nsg *n = vmm_nsg_parse(json, len, "x", &err);
            if (n) json_decref(vmm_nsg_judge(n, &q, &err));
            vmm_nsg_free(n);
            json[i] = (char)(json[i] ^ c);
        }
    }
    free(json);
}

static void ten_thousand_rules_take_well_under_a_second(void **state) {
    (void)state;
    struct vmm_buf b = {0};
    vmm_buf_str(&b, "{'name':'big','securityRules':[");
    for (int i = 0; i < 10000; i++)
        vmm_buf_fmt(&b, "%s{'name':'rule-%d','id':'/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/big/securityRules/rule-%d',"
                    "'priority':%d,'direction':'Inbound','access':'Allow','protocol':'Tcp','sourceAddressPrefix':null,'sourceAddressPrefixes':['10.%d.0.0/16','198.51.100.%d'],"
                    "'sourcePortRange':'*','destinationAddressPrefix':'AzureCloud','destinationPortRanges':['%d-%d','3389'],'sourceApplicationSecurityGroups':[],'etag':'x'}",
                    i ? "," : "", i, i, 100 + i % 3997, i % 256, i % 256, i, i + 20);
    vmm_buf_str(&b, "," RULE("last", 4096, "Allow", "Tcp", "3389", "*") "]}");
    char *json = quoted((char *)b.data);
    struct vmm_error err = {0};
    struct vmm_nsg_query q = {.port = 3389, .from = "203.0.113.1"};
    double began = vmm_seconds();
    struct vmm_nsg *n = vmm_nsg_parse(json, strlen(json), "x", &err);
    json_t *a = vmm_nsg_judge(n, &q, &err);
    double took = vmm_seconds() - began;
    assert_string_equal(vmm_json_str(json_object_get(a, "rule"), "name"), "last");
    print_message("%zu bytes, 10,001 rules: %.3f s\n", strlen(json), took);
    assert_true(took < 5); /* with sanitizers, on a busy machine; the program itself is measured in tests/cli */
    json_decref(a);
    vmm_nsg_free(n);
    free(json);
    vmm_buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_twelve_vectors),
        cmocka_unit_test(a_depends_names_the_rule_and_what_it_hangs_on),
        cmocka_unit_test(addresses_are_matched_by_number_and_family),
        cmocka_unit_test(what_azure_says_a_tag_stands_for_is_used),
        cmocka_unit_test(the_vms_own_address_can_be_said),
        cmocka_unit_test(rules_that_were_meant_to_help_are_explained),
        cmocka_unit_test(another_port_is_asked_about),
        cmocka_unit_test(every_form_that_az_and_powershell_write_is_read),
        cmocka_unit_test(a_network_managers_rules_are_named_not_judged),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(names_with_escape_sequences_are_shown_harmless),
        cmocka_unit_test(hostile_bytes_end_in_an_answer_or_an_error),
        cmocka_unit_test(ten_thousand_rules_take_well_under_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
