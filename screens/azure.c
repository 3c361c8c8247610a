/* The cloud's side of the procedure as az command lines, with the names the person gave or placeholders in capitals.
 * Names are limited to harmless characters, so that a copied line does what it shows.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>

#include "screens/model.h"

static const char *const placeholders[CLOUD_NAMES] = {"RG", "VM", "REC", "DISK"};

/* %g group, %v VM, %r recovery VM, %d disk */
static const struct {
    enum cloud_part part;
    const char *says;    /* N_() */
    const char *command;
} lines[] = {
    {CLOUD_TAKE_SNAPSHOT, N_("Find the OS disk of the VM:"), "az vm show -g %g -n %v --query storageProfile.osDisk.managedDisk.id -o tsv"},
    {CLOUD_TAKE_SNAPSHOT, N_("Take the snapshot; the id is what the line above printed:"), "az snapshot create -g %g -n %v-os-snap --source DISK_ID"},
    {CLOUD_TAKE_SNAPSHOT, N_("Better still, work on a copy made from it (same SKU and generation as the original):"),
     "az disk create -g %g -n %v-os-copy --source %v-os-snap --sku SKU --os-type Windows --hyper-v-generation V1_OR_V2"},
    {CLOUD_ATTACH, N_("Attach the disk while this recovery VM runs (not when creating it: it could start from that disk):"),
     "az vm disk attach -g %g --vm-name %r --name %d"},
    {CLOUD_SWAP, N_("Detach the disk from the recovery VM:"), "az vm disk detach -g %g --vm-name %r --name %d"},
    {CLOUD_SWAP, N_("Stop the VM:"), "az vm deallocate -g %g -n %v"},
    {CLOUD_SWAP, N_("Give it the repaired disk as its OS disk:"), "az vm update -g %g -n %v --os-disk %d"},
    {CLOUD_SWAP, N_("Start it:"), "az vm start -g %g -n %v"},
    {CLOUD_SWAP, N_("After some minutes, see what its screen shows:"), "az vm boot-diagnostics get-boot-log-uris -g %g -n %v"},
    {CLOUD_ELSEWHERE, N_("Does the network let port 3389 in? List what is in force on its card:"), "az network nic list-effective-nsg -g %g -n NIC"},
    {CLOUD_ELSEWHERE, N_("Does the VM run, and does its agent answer?"),
     "az vm get-instance-view -g %g -n %v --query \"{vm:instanceView.statuses[].code,agent:instanceView.vmAgent.statuses[].displayStatus}\""},
    {CLOUD_ELSEWHERE, N_("Is it the password? Set a new one (the VM must run and its agent answer; not on a domain controller):"),
     "az vm user update -g %g -n %v -u USER -p 'NEW_PASSWORD'"},
    {CLOUD_ELSEWHERE, N_("Is it the host below? Move the VM to another one (it restarts, its temporary disk is emptied):"), "az vm redeploy -g %g -n %v"},
};

static char *fill(const struct wizard *w, const char *command) {
    struct vmm_buf b = {0};
    static const char letters[CLOUD_NAMES] = {'g', 'v', 'r', 'd'};
    for (const char *p = command; *p; p++) {
        const char *at = *p == '%' ? memchr(letters, p[1], sizeof(letters)) : NULL;
        if (at == NULL) {
            vmm_buf_add(&b, p, 1);
            continue;
        }
        size_t which = (size_t)(at - letters);
        vmm_buf_str(&b, w->cloud[which] ? w->cloud[which] : placeholders[which]);
        p++;
    }
    return vmm_buf_steal(&b);
}

void vmm_cloud_text(const struct wizard *w, enum cloud_part part, struct wizard_text *t) {
    for (size_t i = 0; i < VMM_COUNT(lines); i++) {
        if (lines[i].part != part) continue;
        char *command = fill(w, lines[i].command);
        vmm_text_add(t, MEAN_TEXT, 2, "%s", _(lines[i].says));
        vmm_text_add(t, MEAN_COMMAND, 4, "%s", command);
        free(command);
    }
}

void vmm_cloud_ask(struct wizard *w, size_t item) {
    (void)item;
    w->asking_names = true;
}

void vmm_cloud_prompt(struct wizard_prompt *p) {
    vmm_ask(p, PROMPT_LINE, _("Four names with spaces between them: resource group, VM, recovery VM, disk. Fewer will do; - leaves one open."), _("changes no name"));
}

bool vmm_cloud_harmless(const char *name) {
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) return false;
    return strlen(name) <= 90 && (name[0] != '-' || name[1] == 0);
}

bool vmm_cloud_names(struct wizard *w, const char *text) {
    char *copy = vmm_strdup(text), *rest = copy, *words[CLOUD_NAMES + 1] = {0};
    size_t n = 0;
    bool good = true;
    for (char *word; n <= CLOUD_NAMES && (word = strsep(&rest, " "));)
        if (*word) words[n++] = word;
    for (size_t i = 0; i < n; i++) good = good && vmm_cloud_harmless(words[i]);
    if (n > CLOUD_NAMES || !good) {
        vmm_say(w, MEAN_WARNING, "%s", _("Names have letters, digits, and . _ - only, and there are four of them. Nothing was changed."));
        good = false;
    } else {
        for (size_t i = 0; i < n; i++)
            if (strcmp(words[i], "-") != 0) vmm_set(&w->cloud[i], words[i]);
    }
    free(copy);
    return good;
}
