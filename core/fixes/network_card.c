/* The network card itself: N02 disabled in the Device Manager, N03 a driver that is known to fail (told).
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

#define NET_CLASS "{4d36e972-e325-11ce-bfc1-08002be10318}"
#define CLASS_KEY "Control\\Class\\" NET_CLASS
#define DISABLED_BIT 1u

static char *text_of(const struct vmm_hive *h, const char *path, const char *name) {
    char *text = NULL;
    if (vmm_hive_string(h, path, name, &text) != VMM_SET) text = vmm_strdup("");
    return text;
}

struct work {
    const struct vmm_patient *p;
    struct vmm_changes *c;
};

/* ---- N02 ---- */

typedef int (*per_card)(void *ctx, const char *path, uint32_t flags, struct vmm_error *err);

/* Every network card that the buses of virtual machines know, below the Enum key at BASE. */
static int each_device(const struct vmm_hive *h, const char *base, per_card fn, void *ctx, struct vmm_error *err) {
    static const char *const buses[] = {"VMBUS", "PCI"};
    int r = 0;
    for (size_t b = 0; r == 0 && b < VMM_COUNT(buses); b++) {
        char **kinds, *bus = vmm_printf("%s\\%s", base, buses[b]);
        size_t count = vmm_key_names(h, bus, &kinds);
        for (size_t i = 0; r == 0 && i < count; i++) {
            char **devices, *kind = vmm_printf("%s\\%s", bus, kinds[i]);
            size_t n = vmm_key_names(h, kind, &devices);
            for (size_t k = 0; r == 0 && k < n; k++) {
                char *path = vmm_printf("%s\\%s", kind, devices[k]), *class = text_of(h, path, "ClassGUID");
                uint32_t flags = 0;
                vmm_hive_dword(h, path, "ConfigFlags", &flags);
                if (vmm_casecmp(class, NET_CLASS) == 0) r = fn(ctx, path, flags, err);
                free(class);
                free(path);
            }
            vmm_names_free(devices, n);
            free(kind);
        }
        vmm_names_free(kinds, count);
        free(bus);
    }
    return r;
}

struct tally {
    struct vmm_finding *f;
    size_t on, off;
};

static int tally_card(void *ctx, const char *path, uint32_t flags, struct vmm_error *err) {
    struct tally *t = ctx;
    (void)err;
    if (flags & DISABLED_BIT) {
        if (t->off++ == 0) vmm_finding_say(t->f, _("A network card is disabled in the Device Manager."));
        vmm_finding_say(t->f, "%s", path);
    } else t->on++;
    return 0;
}

static void examine_disabled(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    struct tally t = {f, 0, 0};
    if (h == NULL) return;
    char *base = vmm_boot_set_path(p, "Enum");
    each_device(h, base, tally_card, &t, NULL);
    f->verdict = t.off == 0 ? VMM_NOT_NEEDED : t.on == 0 ? VMM_NEEDED : VMM_OPTIONAL;
    if (t.off == 0) vmm_finding_say(f, t.on ? _("No network card is disabled.") : _("No network card of a virtual machine is known here."));
    else vmm_finding_say(f, t.on ? _("Another card is not disabled.") : _("There is no other: the VM has no network."));
    if (f->verdict == VMM_NEEDED) f->found = vmm_strdup(_("The network card is disabled"));
    f->summary = vmm_strdup(t.off ? _("disabled") : C_("the network card", "on"));
    free(base);
}

static int enable_card(void *ctx, const char *path, uint32_t flags, struct vmm_error *err) {
    const struct work *w = ctx;
    if (!(flags & DISABLED_BIT)) return 0;
    return vmm_change_dword(w->c, "N02", w->p->windows->system, path, "ConfigFlags", flags & ~DISABLED_BIT, VMM_RISK_MEDIUM, _("Without the lowest bit the card is enabled."), err);
}

static int enable_in_set(void *ctx, const char *base, struct vmm_error *err) {
    const struct work *w = ctx;
    return each_device(w->p->windows->system->hive, base, enable_card, ctx, err);
}

static int plan_disabled(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct work w = {p, c};
    return vmm_need_system(p, "N02", err) < 0 ? -1 : vmm_each_set(p, "Enum", enable_in_set, &w, err);
}

/* ---- N03 ---- */

static void examine_driver(const struct vmm_patient *p, struct vmm_finding *f) {
    static const struct {
        const char *version, *update;
    } bad[] = {{"10.0.14393.594", "KB4073562"}, {"10.0.15063.0", "KB4016240"}};
    const struct vmm_hive *h = vmm_patient_system(p, f);
    if (h == NULL) return;
    free(f->blocked_by); /* nothing would be written */
    f->blocked_by = NULL;
    char *base = vmm_boot_set_path(p, CLASS_KEY), **names;
    size_t count = vmm_key_names(h, base, &names);
    f->verdict = VMM_NOT_NEEDED;
    for (size_t i = 0; i < count; i++) {
        char *path = vmm_printf("%s\\%s", base, names[i]), *what = text_of(h, path, "DriverDesc"), *version = text_of(h, path, "DriverVersion");
        for (size_t k = 0; k < VMM_COUNT(bad); k++) {
            if (strncasecmp(what, "Microsoft Hyper-V Network Adapter", 33) != 0 || strcmp(version, bad[k].version) != 0) continue;
            f->verdict = VMM_REPORT;
            vmm_finding_say(f, _("The driver of the network card (%s) is known to fail."), version);
            vmm_finding_say(f, _("Windows update %s replaces it. It can be added to the disk with DISM on a Windows machine, or from the serial console."), bad[k].update);
        }
        free(path);
        free(what);
        free(version);
    }
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("The driver of the network card is none that is known to fail."));
    f->summary = vmm_strdup(f->verdict == VMM_REPORT ? _("known to fail") : _("in order"));
    vmm_names_free(names, count);
    free(base);
}

static int plan_driver(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)p;
    (void)options;
    (void)count;
    (void)c;
    return vmm_only_reports("N03", err);
}

/* ---- the words ---- */

const struct vmm_fix vmm_fixes_network_card[] = {
    {
        .id = "N02",
        .family = N_("Network"),
        .title = N_("Enable the network card"),
        .symptom = N_("The VM has no network at all; the agent does not report; the screenshot is fine."),
        .what = N_("Somebody disabled the network card in the Device Manager or the network settings. Windows keeps that in ConfigFlags of the device. This clears that one bit."),
        .risk_text = N_("Medium. If one of several cards was disabled on purpose, enable only the one that is needed, by hand."),
        .undo = N_("vmmedic undo puts SYSTEM back, bit for bit."),
        .article = N_("Microsoft: Cannot RDP to a VM because the network interface is disabled (troubleshoot-rdp-nic-disabled)"),
        .differs = N_("The article changes the VM's private address so that the cloud gives it a new card, or uses the serial console; this enables the old one on the disk."),
        .risk = VMM_RISK_MEDIUM,
        .windows = "netsh interface set interface name=\"NAME\" admin=enabled",
        .examine = examine_disabled,
        .plan = plan_disabled,
    },
    {
        .id = "N03",
        .family = N_("Network"),
        .title = N_("Network driver known to fail"),
        .symptom = N_("The VM loses its network after hours or days of load (Windows Server 2016, Windows 10 1703)."),
        .what = N_("Reports only. Two versions of the driver netvsc fail; a Windows update replaces them."),
        .risk_text = N_("None: nothing is changed."),
        .undo = N_("Nothing was changed."),
        .article = N_("Microsoft: An outdated netvsc.sys driver on an Azure Windows VM"),
        .risk = VMM_RISK_LOW,
        .windows = "dism /image:F:\\ /add-package /packagepath:PACKAGE",
        .examine = examine_driver,
        .plan = plan_driver,
    },
    {0},
};
