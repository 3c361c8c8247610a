/* R05: the certificate that the listener was told to use. When it is gone from Windows' stores, every connection ends before the sign-in screen.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define PINNED "SSLCertificateSHA1Hash"
#define STORES "Microsoft\\SystemCertificates\\"
#define WHY N_("Without it Windows makes and uses a certificate of its own.")

static const char *const stores[] = {"MY", "Remote Desktop"};

static struct vmm_value pinned_in(const struct vmm_hive *h, const char *path, enum vmm_answer *a) {
    vmm_key key;
    struct vmm_value v = {0};
    *a = vmm_key_path(h, vmm_hive_root(h), path, &key);
    if (*a == VMM_SET) *a = vmm_key_value(h, key, PINNED, &v);
    return v;
}

static bool in_stores(const struct vmm_hive *software, const char *thumbprint) {
    for (size_t i = 0; i < VMM_COUNT(stores); i++) {
        char *path = vmm_printf(STORES "%s\\Certificates\\%s", stores[i], thumbprint);
        bool there = vmm_has_key(software, path);
        free(path);
        if (there) return true;
    }
    return false;
}

static void examine_pinned(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f), *software = vmm_patient_software(p);
    enum vmm_answer a;
    char *template = NULL;
    if (h == NULL) return;
    char *path = vmm_boot_set_path(p, VMM_LISTENER);
    struct vmm_value v = pinned_in(h, path, &a);
    free(path);
    char *thumbprint = v.data ? vmm_hex(v.data, v.len < 20 ? v.len : 20) : NULL;
    bool whole = a == VMM_SET && v.type == VMM_REG_BINARY && v.len == 20;
    f->verdict = a == VMM_NOT_SET ? VMM_NOT_NEEDED : a < 0 ? VMM_CANNOT_TELL : VMM_NEEDED;
    if (a == VMM_NOT_SET) vmm_finding_say(f, _("The listener uses Windows' own certificate."));
    else if (a < 0) vmm_finding_say(f, _("%s could not be read."), PINNED);
    else if (!whole) vmm_finding_say(f, _("The certificate of the listener is named in a wrong way."));
    else if (software == NULL || in_stores(software, thumbprint)) {
        f->verdict = VMM_OPTIONAL;
        vmm_finding_say(f, software ? _("The listener uses a certificate somebody chose; it is there.") : _("The listener uses a certificate somebody chose."));
        vmm_finding_say(f, _("Its thumbprint is %s."), thumbprint);
    } else {
        vmm_finding_say(f, _("The listener's certificate is in none of Windows' stores."));
        vmm_finding_say(f, _("Its thumbprint is %s."), thumbprint);
    }
    if (f->verdict == VMM_NEEDED) f->found = vmm_strdup(_("The RDP listener names a certificate that is not there"));
    f->summary = vmm_strdup(a == VMM_NOT_SET ? _("Windows' own") : f->verdict == VMM_NEEDED ? _("missing") : f->verdict == VMM_OPTIONAL ? _("chosen") : "");
    if (software && vmm_hive_string(software, VMM_TS_POLICY, "CertTemplateName", &template) == VMM_SET)
        vmm_finding_say(f, _("A policy names a certificate template for Remote Desktop: \"%s\"."), template);
    free(template);
    free(thumbprint);
    vmm_value_clear(&v);
}

struct work {
    const struct vmm_patient *p;
    struct vmm_changes *c;
};

static int unpin(void *ctx, const char *path, struct vmm_error *err) {
    const struct work *w = ctx;
    return vmm_change_delete(w->c, "R05", w->p->windows->system, path, PINNED, VMM_RISK_LOW, _(WHY), err);
}

static int plan_pinned(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct work w = {p, c};
    if (vmm_need_system(p, "R05", err) < 0) return -1;
    return vmm_each_set(p, VMM_LISTENER, unpin, &w, err);
}

const struct vmm_fix vmm_fixes_rdp_certificate[] = {
    {
        .id = "R05",
        .family = N_("Remote Desktop"),
        .title = N_("Use Windows' own RDP certificate"),
        .symptom = N_("\"An internal error has occurred\" before the sign-in screen; events 36870 (Schannel), 1057 or 1058."),
        .what = N_("SSLCertificateSHA1Hash ties the listener to one certificate. When that certificate is gone, Windows cannot prove who it is, and ends every connection at once. This "
                   "removes the value; Windows then makes a certificate of its own."),
        .risk_text = N_("Low. Clients may warn of an unknown certificate. If your organisation demands one of its own, set it again afterwards."),
        .undo = N_("vmmedic undo puts SYSTEM back, bit for bit."),
        .article = N_("Microsoft: Prepare a Windows VHD to upload to Azure, step 8; Azure repair-script-library: win-fix-rdp-connectivity"),
        .risk = VMM_RISK_LOW,
        .windows = "reg delete \"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp\" /v SSLCertificateSHA1Hash /f",
        .examine = examine_pinned,
        .plan = plan_pinned,
    },
    {0},
};
