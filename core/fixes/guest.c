/* Small settings of the guest that keep it from coming up whole: DR04 SAN policy, RA01 services whose failure restarts Windows, FS01 programs before the start.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define UNDO N_("vmmedic undo puts SYSTEM back, bit for bit.")

/* ---- DR04 ---- */

static const struct vmm_rule san_rules[] = {
    {VMM_IN_SET, "Services\\partmgr\\Parameters", "SanPolicy", NULL, 0, 2, 1, NULL, 0, VMM_OPTIONAL, N_("added disks stay offline")},
};
static const struct vmm_ruled san = {
    .fix = "DR04", .rules = san_rules, .count = VMM_COUNT(san_rules), .risk = VMM_RISK_LOW,
    .why = N_("1: disks come online when they are attached."), .bad = N_("offline"), .good = N_("online"), .fine = N_("Disks come online when they are attached."),
};
VMM_RULED(san)

/* ---- RA01 ---- */

#define MUST_NOT(name) {VMM_IN_SET, "Services\\" name, "ErrorControl", name " ErrorControl", 0, 1, 1, NULL, 0, VMM_NEEDED, N_("restarts Windows")}

static const struct vmm_rule loop_rules[] = {MUST_NOT("RdAgent"), MUST_NOT("AzureWLBackupCoordinatorSvc"), MUST_NOT("AzureWLBackupInquirySvc"), MUST_NOT("AzureWLBackupPluginSvc")};
static const struct vmm_ruled loop = {
    .fix = "RA01", .rules = loop_rules, .count = VMM_COUNT(loop_rules), .risk = VMM_RISK_LOW,
    .why = N_("1: a failure is logged, and Windows goes on."), .found = N_("A cloud service restarts Windows when it fails"), .bad = N_("restarts"), .good = N_("goes on"),
    .fine = N_("No service of the cloud restarts Windows when it fails."),
};
VMM_RULED(loop)

/* ---- FS01 ---- */

#define MANAGER "Control\\Session Manager"
#define USUAL "autocheck autochk *"

static void examine_execute(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    char *lines = NULL;
    if (h == NULL) return;
    char *path = vmm_boot_set_path(p, MANAGER);
    enum vmm_answer a = vmm_has_key(h, path) ? vmm_hive_lines(h, path, "BootExecute", &lines) : VMM_UNREADABLE;
    f->verdict = a == VMM_UNREADABLE ? VMM_CANNOT_TELL : a == VMM_SET && vmm_casecmp(lines, USUAL) == 0 ? VMM_NOT_NEEDED : VMM_OPTIONAL;
    for (char *c = lines; c && *c; c++)
        if (*c == '\n') *c = ';';
    if (f->verdict == VMM_NOT_NEEDED) vmm_finding_say(f, _("Windows checks its disks before the start as usual."));
    else if (a == VMM_UNREADABLE) vmm_finding_say(f, _("BootExecute could not be read."));
    else if (a == VMM_SET && *lines) {
        vmm_finding_say(f, _("Before the start Windows runs something else than usual."));
        vmm_finding_say(f, _("BootExecute is \"%s\". A check of the disk can take hours; the VM cannot be reached meanwhile."), lines);
    } else vmm_finding_say(f, _("Before the start Windows does not check its disks (BootExecute)."));
    for (size_t i = 0; p->scan && i < p->scan->disk->part_count; i++)
        if (p->scan->disk->parts[i].number == p->windows->part &&
            (p->scan->disk->parts[i].health == VMM_HEALTH_DIRTY || p->scan->disk->parts[i].health == VMM_HEALTH_JOURNAL))
            vmm_finding_say(f, _("The file system was not closed cleanly: Windows checks it at the next start in any case."));
    f->summary = vmm_strdup(f->verdict == VMM_NOT_NEEDED ? _("as usual") : f->verdict == VMM_OPTIONAL ? _("changed") : "");
    free(lines);
    free(path);
}

struct work {
    const struct vmm_patient *p;
    struct vmm_changes *c;
};

static int usual_execute(void *ctx, const char *path, struct vmm_error *err) {
    const struct work *w = ctx;
    char *lines = NULL;
    bool usual = vmm_hive_lines(w->p->windows->system->hive, path, "BootExecute", &lines) == VMM_SET && vmm_casecmp(lines, USUAL) == 0;
    free(lines);
    if (usual) return 0;
    return vmm_change_text(w->c, "FS01", w->p->windows->system, path, "BootExecute", VMM_REG_MULTI_SZ, USUAL "\n", VMM_RISK_MEDIUM, _("What Windows itself runs before the start."), err);
}

static int plan_execute(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    (void)options;
    (void)count;
    struct work w = {p, c};
    return vmm_need_system(p, "FS01", err) < 0 ? -1 : vmm_each_set(p, MANAGER, usual_execute, &w, err);
}

/* ---- the words ---- */

const struct vmm_fix vmm_fixes_guest[] = {
    {
        .id = "RA01",
        .family = N_("Start of Windows"),
        .title = N_("Stop a restart loop of services"),
        .symptom = N_("The VM restarts again and again soon after Windows has started."),
        .what = N_("ErrorControl says what Windows does when a service fails at the start; 2 and 3 mean a restart. For services of the cloud that makes a loop. This sets 1: the failure is logged "
                   "and Windows goes on."),
        .risk_text = N_("Low. 1 is what these services should have."),
        .undo = UNDO,
        .article = N_("Microsoft: Windows reboot loop on an Azure VM (troubleshoot-reboot-loop)"),
        .risk = VMM_RISK_LOW,
        .rules = &loop,
        .examine = examine_loop,
        .plan = plan_loop,
    },
    {
        .id = "FS01",
        .family = N_("Start of Windows"),
        .title = N_("Usual disk check before the start"),
        .symptom = N_("The screenshot shows \"Scanning and repairing drive\" or \"Checking file system\" for hours."),
        .what = N_("BootExecute lists what runs before Windows starts. A full check of the disk, or a program that is gone, keeps the VM away. This sets it back to Windows' own, the short check "
                   "that only looks whether a disk needs more."),
        .risk_text = N_("Medium. A full check may have been asked for because the disk is damaged; then let it run."),
        .undo = UNDO,
        .article = N_("Microsoft: Windows shows \"Checking file system\" when booting an Azure VM (troubleshoot-check-disk-boot-error)"),
        .risk = VMM_RISK_MEDIUM,
        .windows = "reg add \"HKLM\\BROKENSYSTEM\\ControlSet001\\Control\\Session Manager\" /v BootExecute /t REG_MULTI_SZ /d \"autocheck autochk *\" /f",
        .examine = examine_execute,
        .plan = plan_execute,
    },
    {
        .id = "DR04",
        .family = N_("Start of Windows"),
        .title = N_("Bring added disks online"),
        .symptom = N_("Data disks are missing after a move; a domain controller or a page file on one of them does not start."),
        .what = N_("SanPolicy 3 and 4 keep disks offline until somebody brings them online by hand. This sets 1: disks come online by themselves."),
        .risk_text = N_("Low. On a cluster with shared disks, offline is meant; leave it there."),
        .undo = UNDO,
        .article = N_("Microsoft: Prepare a Windows VHD to upload to Azure (prepare-for-upload-vhd-image)"),
        .risk = VMM_RISK_LOW,
        .rules = &san,
        .examine = examine_san,
        .plan = plan_san,
    },
    {0},
};
