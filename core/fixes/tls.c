/* What Remote Desktop's encryption stands on: TLS 1.2 (T01), the FIPS policy (T02), the policy of cipher suites (T03).
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define TLS12 "Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2"
#define CIPHERS "Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002"
#define UNDO N_("vmmedic undo puts the hive back, bit for bit.")
#define LIBRARY N_("Microsoft: \"An internal error has occurred\" in a Remote Desktop connection (troubleshoot-rdp-internal-error); Azure repair-script-library: win-fix-rdp-connectivity")

/* ---- T01 ---- */

#define ANY_YES 0xffffffffu /* 1 or 0xffffffff: Windows takes both for yes */

static const struct vmm_rule tls_rules[] = {
    {VMM_IN_SET, TLS12 "\\Server", "Enabled", N_("TLS 1.2 Server Enabled"), 1, ANY_YES, 1, NULL, 0, VMM_NEEDED, N_("TLS 1.2 is switched off")},
    {VMM_IN_SET, TLS12 "\\Server", "DisabledByDefault", N_("TLS 1.2 Server DisabledByDefault"), 0, 0, 0, NULL, 0, VMM_NEEDED, N_("TLS 1.2 is off")},
    {VMM_IN_SET, TLS12 "\\Client", "Enabled", N_("TLS 1.2 Client Enabled"), 1, ANY_YES, 1, NULL, 0, VMM_NEEDED, N_("TLS 1.2 is switched off")},
    {VMM_IN_SET, TLS12 "\\Client", "DisabledByDefault", N_("TLS 1.2 Client DisabledByDefault"), 0, 0, 0, NULL, 0, VMM_NEEDED, N_("TLS 1.2 is off")},
};
static const struct vmm_ruled tls = {
    .fix = "T01", .rules = tls_rules, .count = VMM_COUNT(tls_rules), .risk = VMM_RISK_LOW,
    .why = N_("TLS 1.2 is what today's clients speak."), .found = N_("TLS 1.2 is switched off"), .bad = N_("off"), .good = N_("on"), .fine = N_("Nothing switches TLS 1.2 off."),
};
VMM_RULED(tls)

/* ---- T02 ---- */

static const struct vmm_rule fips_rules[] = {
    {VMM_IN_SET, "Control\\Lsa\\FIPSAlgorithmPolicy", "Enabled", N_("FIPSAlgorithmPolicy Enabled"), 0, 0, 0, NULL, 0, VMM_OPTIONAL, N_("some clients cannot connect")},
};
static const struct vmm_ruled fips = {
    .fix = "T02", .rules = fips_rules, .count = VMM_COUNT(fips_rules), .risk = VMM_RISK_HIGH, .policy = true,
    .why = N_("Windows may use all its encryption methods, not only those of the FIPS standard."), .bad = NC_("the FIPS policy", "on"), .good = NC_("the FIPS policy", "off"), .fine = N_("The FIPS policy is off."),
};
VMM_RULED(fips)

/* ---- T03 ---- */

/* VMM_SET when the list is there and empty, or of a type that is no list. */
static enum vmm_answer empty_list(const struct vmm_hive *h) {
    vmm_key key;
    struct vmm_value v;
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), CIPHERS, &key);
    if (a == VMM_SET) a = vmm_key_value(h, key, "Functions", &v);
    if (a != VMM_SET) return a;
    bool empty = true;
    for (size_t i = 0; i < v.len; i++) empty = empty && v.data[i] == 0;
    vmm_value_clear(&v);
    return empty ? VMM_SET : VMM_NOT_SET;
}

static void examine_ciphers(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_need_policies(p, f);
    if (h == NULL) return;
    enum vmm_answer a = empty_list(h);
    f->verdict = a == VMM_SET ? VMM_NEEDED : a == VMM_NOT_SET ? VMM_NOT_NEEDED : VMM_CANNOT_TELL;
    vmm_finding_say(f, "%s", a == VMM_SET ? _("A policy lists no cipher suite at all: no TLS connection works.")
                             : a == VMM_NOT_SET ? _("No policy takes all cipher suites away.") : _("The policy of cipher suites could not be read."));
    if (a == VMM_SET) {
        f->found = vmm_strdup(_("A policy allows no cipher suite"));
        vmm_say_domain(p, f);
    }
    f->summary = vmm_strdup(a == VMM_SET ? _("empty") : a == VMM_NOT_SET ? _("in order") : "");
}

static int plan_ciphers(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    if (vmm_need_software(p, "T03", err) < 0) return -1;
    if (empty_list(p->windows->software->hive) != VMM_SET) return 0;
    return vmm_change_delete(c, "T03", p->windows->software, CIPHERS, "Functions", VMM_RISK_LOW, _("Without it Windows uses its own list."), err);
}

/* ---- the words ---- */

const struct vmm_fix vmm_fixes_tls[] = {
    {
        .id = "T01",
        .family = N_("Encryption"),
        .title = N_("Switch TLS 1.2 on"),
        .symptom = N_("\"An internal error has occurred\"; event 36871 of Schannel."),
        .what = N_("Remote Desktop encrypts with TLS. Where TLS 1.2 is switched off in the registry, today's clients and this server find no common way. This sets Enabled to 1 and "
                   "DisabledByDefault to 0 for TLS 1.2, only where they say otherwise."),
        .risk_text = N_("Low. TLS 1.2 is Windows' own default."),
        .undo = UNDO,
        .article = LIBRARY,
        .differs = N_("The article also switches TLS 1.0 and 1.1 on, which are broken; they are not offered. What it calls a check already writes."),
        .risk = VMM_RISK_LOW,
        .rules = &tls,
        .examine = examine_tls,
        .plan = plan_tls,
    },
    {
        .id = "T02",
        .family = N_("Encryption"),
        .title = N_("Switch the FIPS policy off"),
        .symptom = N_("Clients cannot agree on encryption with the server, which has the FIPS policy on."),
        .what = N_("The FIPS policy allows only certain encryption methods. Some Remote Desktop clients have none of them. This switches the policy off."),
        .risk_text = N_("High: LOWERS SECURITY. Organisations that must follow FIPS set it on purpose; ask first."),
        .undo = N_("Set it to 1 again, or vmmedic undo, which puts SYSTEM back, bit for bit."),
        .article = N_("Microsoft: Can't connect with RDP to an Azure VM (cannot-connect-rdp-azure-vm)"),
        .differs = N_("The article's reg query has an option that does not exist (/d)."),
        .risk = VMM_RISK_HIGH,
        .lowers_security = true,
        .rules = &fips,
        .examine = examine_fips,
        .plan = plan_fips,
    },
    {
        .id = "T03",
        .family = N_("Encryption"),
        .title = N_("Remove an empty cipher policy"),
        .symptom = N_("\"An internal error has occurred\" on every TLS connection."),
        .what = N_("A policy may list the cipher suites that Windows uses. If the list is there but empty, none is left and every TLS connection fails. This removes the empty list; a list that "
                   "is not empty is left alone."),
        .risk_text = N_("Low. Windows then uses its own list."),
        .undo = UNDO,
        .article = N_("Azure repair-script-library: win-fix-rdp-connectivity"),
        .risk = VMM_RISK_LOW,
        .windows = "reg delete \"HKLM\\BROKENSOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002\" /v Functions /f",
        .examine = examine_ciphers,
        .plan = plan_ciphers,
    },
    {0},
};
