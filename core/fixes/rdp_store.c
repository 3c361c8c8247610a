/* T05: the certificate that Windows made for Remote Desktop. Expired it is made anew; without its private key every connection fails.
 *   SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates\THUMBPRINT!Blob: records of (id, encoding, length, data); 32 is the certificate, 2 names the key
 *   \ProgramData\Microsoft\Crypto\RSA\MachineKeys\f686aace...: the private key
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "fixes/room.h"

#define STORE "Microsoft\\SystemCertificates\\Remote Desktop\\Certificates"
#define KEYS "\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys"
#define KEY_STEM "f686aace" /* how the name of Remote Desktop's key begins, on every Windows */
#define CERTIFICATE 32u
#define WHY N_("Windows makes a new certificate, with a new key, when Remote Desktop starts.")

/* ---- a certificate's last day ---- */

/* One element of DER: its tag, and its content in *p to *end. False when it does not fit. */
static bool element(const uint8_t **p, const uint8_t *limit, uint8_t *tag, const uint8_t **end) {
    size_t left = (size_t)(limit - *p), n, more;
    if (left < 2) return false;
    *tag = (*p)[0];
    n = (*p)[1];
    *p += 2;
    left -= 2;
    if (n & 0x80) {
        more = n & 0x7f;
        if (more == 0 || more > 4 || more > left) return false;
        for (n = 0; more; more--, left--) n = n << 8 | *(*p)++;
    }
    if (n > left) return false;
    *end = *p + n;
    return true;
}

/* Steps into the element, or over it. */
static bool into(const uint8_t **p, const uint8_t **limit, uint8_t want) {
    uint8_t tag;
    const uint8_t *end;
    if (!element(p, *limit, &tag, &end) || tag != want) return false;
    *limit = end;
    return true;
}

static bool over(const uint8_t **p, const uint8_t *limit) {
    uint8_t tag;
    const uint8_t *end;
    if (!element(p, limit, &tag, &end)) return false;
    *p = end;
    return true;
}

static bool number_in(const uint8_t *p, size_t n, int *out) {
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return false;
        *out = *out * 10 + (p[i] - '0');
    }
    return true;
}

/* notAfter of a certificate, as seconds since 1970. False when it cannot be read. */
static bool last_day(const uint8_t *der, size_t len, time_t *out) {
    const uint8_t *p = der, *limit = der + len, *end;
    uint8_t tag;
    struct tm t = {0};
    if (!into(&p, &limit, 0x30) || !into(&p, &limit, 0x30)) return false;
    if (p < limit && *p == 0xa0 && !over(&p, limit)) return false;                            /* version */
    if (!over(&p, limit) || !over(&p, limit) || !over(&p, limit)) return false;               /* serial number, algorithm, issuer */
    if (!into(&p, &limit, 0x30) || !over(&p, limit)) return false;                            /* validity, its first day */
    if (!element(&p, limit, &tag, &end) || (tag != 0x17 && tag != 0x18)) return false;
    size_t year = tag == 0x17 ? 2 : 4;
    int part[6];
    if ((size_t)(end - p) < year + 10 || !number_in(p, year, &part[0])) return false;
    for (size_t i = 0; i < 5; i++)
        if (!number_in(p + year + 2 * i, 2, &part[i + 1])) return false;
    t.tm_year = tag == 0x18 ? part[0] - 1900 : part[0] < 50 ? part[0] + 100 : part[0];
    t.tm_mon = part[1] - 1;
    t.tm_mday = part[2];
    t.tm_hour = part[3];
    t.tm_min = part[4];
    t.tm_sec = part[5];
    *out = timegm(&t);
    return true;
}

/* The certificate in a Blob. NULL when there is none. */
static const uint8_t *certificate_in(const struct vmm_value *blob, size_t *len) {
    for (size_t at = 0; at + 12 <= blob->len;) {
        uint32_t id = vmm_le32(blob->data + at), n = vmm_le32(blob->data + at + 8);
        at += 12;
        if (n > blob->len - at) return NULL;
        *len = n;
        if (id == CERTIFICATE) return blob->data + at;
        at += n;
    }
    return NULL;
}

/* ---- evidence ---- */

/* VMM_SET: the private key is there. */
static enum vmm_answer private_key(const struct vmm_patient *p) {
    char **names;
    size_t count;
    enum vmm_answer a = vmm_guest_folder(p, KEYS, &names, &count), found = a == VMM_SET ? VMM_NOT_SET : VMM_UNREADABLE;
    for (size_t i = 0; i < count; i++)
        if (strncasecmp(names[i], KEY_STEM, sizeof KEY_STEM - 1) == 0) found = VMM_SET;
    vmm_names_free(names, count);
    return found;
}

static bool is_expired(const struct vmm_hive *h, const char *thumbprint, struct vmm_finding *f) {
    char *path = vmm_printf(STORE "\\%s", thumbprint), text[32];
    vmm_key key;
    struct vmm_value blob = {0};
    time_t end = 0;
    size_t len = 0;
    bool past = false;
    if (vmm_key_path(h, vmm_hive_root(h), path, &key) == VMM_SET && vmm_key_value(h, key, "Blob", &blob) == VMM_SET) {
        const uint8_t *der = certificate_in(&blob, &len);
        struct tm t;
        past = der && last_day(der, len, &end) && end < time(NULL);
        if (past && gmtime_r(&end, &t) && strftime(text, sizeof text, "%Y-%m-%d", &t)) vmm_finding_say(f, _("The certificate of Remote Desktop expired on %s."), text);
        vmm_value_clear(&blob);
    }
    free(path);
    return past;
}

static void examine_store(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_need_policies(p, f);
    char **names;
    size_t expired = 0;
    if (h == NULL) return;
    size_t count = vmm_key_names(h, STORE, &names);
    enum vmm_answer key = count ? private_key(p) : VMM_SET;
    if (key == VMM_NOT_SET) vmm_finding_say(f, _("The certificate of Remote Desktop has lost its private key."));
    for (size_t i = 0; i < count; i++) expired += is_expired(h, names[i], f);
    f->verdict = key == VMM_NOT_SET ? VMM_NEEDED : expired ? VMM_OPTIONAL : key == VMM_SET ? VMM_NOT_NEEDED : VMM_CANNOT_TELL;
    if (count == 0) vmm_finding_say(f, _("Windows has made no certificate for Remote Desktop yet; it will."));
    else if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("The certificate of Remote Desktop is valid and has its key."));
    else if (f->verdict == VMM_OPTIONAL) vmm_finding_say(f, _("Windows renews it by itself, as a rule."));
    if (key < 0) vmm_finding_say(f, _("Whether its private key is there could not be looked up."));
    for (size_t i = 0; i < count && f->verdict != VMM_NOT_NEEDED; i++) vmm_finding_say(f, _("Its thumbprint is %s."), names[i]);
    if (f->verdict == VMM_NEEDED) f->found = vmm_strdup(_("The certificate of Remote Desktop has no key"));
    f->summary = vmm_strdup(f->verdict == VMM_NEEDED ? _("no key") : expired ? _("expired") : f->verdict == VMM_NOT_NEEDED ? _("in order") : "");
    vmm_names_free(names, count);
}

static int plan_store(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct vmm_finding unsaid = {0};
    char **names;
    int r = 0;
    if (vmm_need_software(p, "T05", err) < 0) return -1;
    size_t n = vmm_key_names(p->windows->software->hive, STORE, &names);
    enum vmm_answer key = n ? private_key(p) : VMM_SET;
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (key != VMM_NOT_SET && !is_expired(p->windows->software->hive, names[i], &unsaid)) continue;
        char *path = vmm_printf(STORE "\\%s", names[i]);
        r = vmm_change_delete_key(c, "T05", p->windows->software, path, VMM_RISK_LOW, _(WHY), err);
        free(path);
    }
    vmm_finding_clear(&unsaid);
    vmm_names_free(names, n);
    return r;
}

const struct vmm_fix vmm_fixes_rdp_store[] = {
    {
        .id = "T05",
        .family = N_("Encryption"),
        .title = N_("Have a new RDP certificate made"),
        .symptom = N_("\"An internal error has occurred\"; events 1057 and 1058 of TerminalServices; Schannel 36870."),
        .what = N_("Windows makes a certificate for Remote Desktop, and keeps its private key in a file. If the file is gone, no connection can be encrypted and every one ends at once. This removes "
                   "the certificate; Windows makes a new one with a new key within seconds of its start."),
        .risk_text = N_("Low. Clients may ask once whether to trust the new certificate."),
        .undo = N_("vmmedic undo puts SOFTWARE back, bit for bit."),
        .article = N_("Azure repair-script-library: win-fix-rdp-certificate; events 1057 and 1058"),
        .risk = VMM_RISK_LOW,
        .windows = "reg delete \"HKLM\\BROKENSOFTWARE\\Microsoft\\SystemCertificates\\Remote Desktop\\Certificates\\THUMBPRINT\" /f",
        .examine = examine_store,
        .plan = plan_store,
    },
    {0},
};
