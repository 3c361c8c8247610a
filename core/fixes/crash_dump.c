/* The other optional half of the article's script: a memory dump when Windows crashes, or when the cloud sends it a non-maskable interrupt.
 *   ControlSetNNN\Control\CrashControl: CrashDumpEnabled, DumpFile, NMICrashDump; in every whole control set, and none is ever made
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

#define CRASH_CONTROL "Control\\CrashControl"
#define DUMP_FILE "%SystemRoot%\\MEMORY.DMP" /* stored as it stands; Windows expands it when it starts */
#define WHY N_("A dump shows what stopped Windows, if the repair does not help.")

static const struct {
    const char *word;
    uint32_t value;
    const char *name;
} kinds[] = {
    {"none", 0, N_("no dump")}, {"complete", 1, N_("complete dump")}, {"kernel", 2, N_("kernel dump")}, {"small", 3, N_("small dump")}, {"automatic", 7, N_("automatic dump")},
};
#define KERNEL 2

static uint32_t kind_value(const char *word) {
    for (size_t i = 0; word && i < VMM_COUNT(kinds); i++)
        if (strcasecmp(kinds[i].word, word) == 0) return kinds[i].value;
    return KERNEL;
}

static const char *kind_name(uint32_t value) {
    for (size_t i = 0; i < VMM_COUNT(kinds); i++)
        if (kinds[i].value == value) return _(kinds[i].name);
    return _("an unknown kind of dump");
}

/* ---- evidence ---- */

/* A number in words of evidence; true when it reads as WANT. */
static bool say_number(const struct vmm_hive *h, const char *path, const char *name, uint32_t want, struct vmm_finding *f) {
    uint32_t n = 0;
    enum vmm_answer a = vmm_hive_dword(h, path, name, &n);
    if (a == VMM_SET) vmm_finding_say(f, _("%s is %u."), name, n);
    else if (a == VMM_NOT_SET) vmm_finding_say(f, _("%s is not set."), name);
    else if (a == VMM_WRONG_TYPE) vmm_finding_say(f, _("%s has the wrong type."), name);
    else vmm_finding_say(f, _("%s could not be read."), name);
    return a == VMM_SET && n == want;
}

/* True when DumpFile is the literal text with the type that expands. */
static bool say_file(const struct vmm_hive *h, const char *path, struct vmm_finding *f) {
    vmm_key key;
    struct vmm_value v = {0};
    char *text = NULL;
    bool right = vmm_key_path(h, vmm_hive_root(h), path, &key) == VMM_SET && vmm_key_value(h, key, "DumpFile", &v) == VMM_SET && v.type == VMM_REG_EXPAND_SZ;
    enum vmm_answer a = vmm_hive_string(h, path, "DumpFile", &text);
    if (a == VMM_SET && right) vmm_finding_say(f, _("DumpFile is \"%s\"."), text);
    else if (a == VMM_SET) vmm_finding_say(f, _("DumpFile is \"%s\", but not of the type that expands %%SystemRoot%%."), text);
    else vmm_finding_say(f, a == VMM_NOT_SET ? _("DumpFile is not set.") : a == VMM_WRONG_TYPE ? _("DumpFile has the wrong type.") : _("DumpFile could not be read."));
    right = right && a == VMM_SET && strcmp(text, DUMP_FILE) == 0;
    vmm_value_clear(&v);
    free(text);
    return right;
}

/* A dump is written into the page file first, then copied: without one there is none. */
static void say_page_file(const struct vmm_patient *p, const struct vmm_hive *h, struct vmm_finding *f) {
    vmm_key key;
    struct vmm_value v;
    char *path = vmm_boot_set_path(p, "Control\\Session Manager\\Memory Management");
    if (vmm_key_path(h, vmm_hive_root(h), path, &key) == VMM_SET && vmm_key_value(h, key, "PagingFiles", &v) == VMM_SET) {
        char *first = v.type == VMM_REG_MULTI_SZ ? vmm_utf16_to_utf8(v.data, v.len) : vmm_strdup("");
        if (*first) vmm_finding_say(f, _("The page file is set as \"%s\"."), first);
        else vmm_finding_say(f, _("There is no page file: Windows cannot write a dump without one."));
        free(first);
        vmm_value_clear(&v);
    }
    free(path);
}

static void say_sets(const struct vmm_patient *p, struct vmm_finding *f) {
    for (size_t i = 0; i < p->windows->set_count; i++)
        if (!p->windows->sets[i].complete) vmm_finding_say(f, _("ControlSet%03u is only a stub and is left alone."), p->windows->sets[i].number);
}

static void examine_dump(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_hive *h = vmm_patient_system(p, f);
    if (h == NULL) return;
    char *path = vmm_boot_set_path(p, CRASH_CONTROL);
    uint32_t now = 0;
    enum vmm_answer known = vmm_hive_dword(h, path, "CrashDumpEnabled", &now);
    vmm_finding_say(f, _("The control set that boots is ControlSet%03u."), p->windows->boot_set);
    bool kind = say_number(h, path, "CrashDumpEnabled", KERNEL, f), file = say_file(h, path, f), nmi = say_number(h, path, "NMICrashDump", 1, f);
    say_page_file(p, h, f);
    say_sets(p, f);
    f->verdict = kind && file && nmi ? VMM_NOT_NEEDED : VMM_OPTIONAL;
    if (known == VMM_UNREADABLE) f->verdict = VMM_CANNOT_TELL;
    f->summary = vmm_strdup(known == VMM_SET ? kind_name(now) : _("not set"));
    free(path);
}

/* ---- changes ---- */

static int plan_set(const struct vmm_patient *p, unsigned set, uint32_t kind, struct vmm_changes *c, struct vmm_error *err) {
    char path[64];
    size_t len;
    snprintf(path, sizeof path, "ControlSet%03u\\" CRASH_CONTROL, set);
    uint8_t *file = vmm_utf8_to_utf16(DUMP_FILE, &len), *ended = vmm_alloc(len + 2, 1); /* with its NUL */
    memcpy(ended, file, len);
    struct vmm_store *store = p->windows->system;
    int r = vmm_change_dword(c, "CD01", store, path, "CrashDumpEnabled", kind, VMM_RISK_LOW, _(WHY), err);
    if (r == 0) r = vmm_change_set(c, "CD01", store, path, "DumpFile", VMM_REG_EXPAND_SZ, ended, len + 2, true, VMM_RISK_LOW, _(WHY), err);
    if (r == 0) r = vmm_change_dword(c, "CD01", store, path, "NMICrashDump", 1, VMM_RISK_LOW, _(WHY), err);
    free(file);
    free(ended);
    return r;
}

static int plan_dump(const struct vmm_patient *p, const struct vmm_option *options, size_t count, struct vmm_changes *c, struct vmm_error *err) {
    if (vmm_need_system(p, "CD01", err) < 0) return -1;
    int r = 0;
    for (size_t i = 0; r == 0 && i < p->windows->set_count; i++)
        if (p->windows->sets[i].complete) r = plan_set(p, p->windows->sets[i].number, kind_value(vmm_option_text(options, count, "type")), c, err);
    return r;
}

/* ---- the words ---- */

static const struct vmm_param dump_params[] = {
    {"type", "kernel|complete|small|automatic", "kernel", N_("What a dump holds. complete is the article's choice: it needs a page file and free space larger than the memory.")},
    {0},
};

const struct vmm_fix vmm_fixes_crash_dump[] = {
    {
        .id = "CD01",
        .family = N_("Diagnosis"),
        .title = N_("Write a memory dump when Windows crashes"),
        .symptom = N_("Windows stops or hangs and nobody knows why; support asks for a memory dump."),
        .what = N_("Sets CrashDumpEnabled, DumpFile and NMICrashDump in every control set there is, so that a crash, or an NMI sent from the serial console, leaves "
                   "%SystemRoot%\\MEMORY.DMP."),
        .risk_text = N_("Low. A dump takes space on the OS disk; how much is free was not measured."),
        .undo = N_("vmmedic undo puts the SYSTEM hive back, bit for bit."),
        .article = N_("Microsoft: Cannot RDP to a VM because the VM boots into Safe Mode, \"Enable dump log and Serial Console (optional)\""),
        .differs = N_("The article sets a complete dump (type=complete does); it writes into ControlSet002 even where there is none, which makes a stub of a control set; and from a "
                      "command prompt its %SystemRoot% becomes the path of the recovery VM. Here only whole control sets are changed and the text is stored as it stands."),
        .risk = VMM_RISK_LOW,
        .params = dump_params,
        .examine = examine_dump,
        .plan = plan_dump,
    },
    {0},
};
