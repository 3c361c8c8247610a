/* What the Remote Desktop client says, what it means, and what to check, in the order to check it: the five messages of the article, and no message at all.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <strings.h>

#include "cloud/room.h"

#define CHECKS (const struct vmm_check[])
#define END {0}

static const struct vmm_symptom symptoms[] = {
    {"license", "The remote session was disconnected because there are no Remote Desktop License Servers available to provide a license",
     N_("The network, the password and Windows are fine: the server was made a Remote Desktop Session Host, its 120 days without a license are over, and no license "
        "server answers."),
     CHECKS{
         {VMM_AT_CLIENT, N_("Connect as an administrator, which needs no license: mstsc /admin"), ""},
         {VMM_ON_DISK, N_("Is the role installed, and is a license server named? The disk says so."), "L01"},
         {VMM_IN_CLOUD, N_("If the role is not needed, remove it from inside, by the admin session or the serial console. If it is, name a license server that the "
                           "VM can reach."), "run-command serial-console"},
         END}},
    {"name", "Remote Desktop can't find the computer \"name\"",
     N_("The name you connect to leads nowhere. Nothing has reached the VM yet, so nothing on its disk can be the reason."),
     CHECKS{
         {VMM_AT_CLIENT, N_("Is the name typed correctly, without spaces and without a port that is not meant? Try the VM's public address in place of the name."), ""},
         {VMM_IN_CLOUD, N_("Does the VM still have that address? A dynamic one changes whenever the VM was stopped or moved, and an .rdp file keeps the old one."), "state"},
         {VMM_AT_CLIENT, N_("Without a public address, you have to be in the same network, by VPN or Azure Bastion, and use the private address or a name that your "
                            "own DNS knows."), ""},
         {VMM_IN_CLOUD, N_("Does the answer come back? A wrong route looks the same for a private address."), "next-hop client"},
         END}},
    {"authentication", "An authentication error has occurred. The Local Security Authority cannot be contacted",
     N_("The VM was reached, but the client and it could not agree who you are, before a password was even looked at."),
     CHECKS{
         {VMM_AT_CLIENT, N_("Sign in with the machine's own account: .\\USER or COMPUTERNAME\\USER. With a domain account the VM has to reach a domain controller."), ""},
         {VMM_AT_CLIENT, N_("Is the client up to date, and does the clock of both sides agree to a few minutes?"), ""},
         {VMM_ON_DISK, N_("Can the VM reach its domain controller at all: an address set by hand, DNS set by hand, a network service that is off?"), "N01 N06 S03"},
         {VMM_ON_DISK, N_("Does Windows still offer TLS 1.2, and are network-level authentication and stored domain credentials set as they should be?"), "T01 R03 A01"},
         {VMM_IN_CLOUD, N_("Did the account's password expire, or was it never set? Set a new one."), "reset-password"},
         END}},
    {"credentials", "Your credentials did not work",
     N_("Network and Remote Desktop are fine. The name or the password is wrong, or the client sends another name than you think."),
     CHECKS{
         {VMM_AT_CLIENT, N_("Write .\\USER or COMPUTERNAME\\USER: without it Windows takes the domain of your own machine. Forget a password that was saved for "
                            "this server."), ""},
         {VMM_AT_CLIENT, N_("A domain account on a VM that lost its domain cannot work: use a local one. On a domain controller there are only domain accounts."), ""},
         {VMM_IN_CLOUD, N_("Set a new password while the VM runs and its agent answers."), "state reset-password"},
         {VMM_ON_DISK, N_("Or let the disk make a local administrator at its next start."), "P01 P02"},
         END}},
    {"connect", "This computer can't connect to the remote computer",
     N_("Nobody answered at the port: something on the way stops it, or Windows is not up, or Remote Desktop in it is off, at another port, or shut out by its firewall."),
     CHECKS{
         {VMM_IN_CLOUD, N_("Does the VM run, and what does its screen show? In Safe Mode there is no Remote Desktop."), "state screenshot"},
         {VMM_IN_CLOUD, N_("Do the network rules let it in? vmmedic nsg reads them for you."), "effective-nsg nsg ip-flow"},
         {VMM_AT_CLIENT, N_("Does another network, such as a phone's, get through? Then your own firewall stops port 3389 on its way out."), ""},
         {VMM_IN_CLOUD, N_("Is a route in the way?"), "client next-hop"},
         {VMM_ON_DISK, N_("Is Windows in Safe Mode?"), "SM01"},
         {VMM_ON_DISK, N_("Is Remote Desktop on, at the right port, and does its service start?"), "R01 R02 R04 R05 R06 S01"},
         {VMM_ON_DISK, N_("Does the firewall of Windows let it in?"), "W01 W03 W04 S04"},
         {VMM_ON_DISK, N_("Does Windows have a network: services, address?"), "S02 S03 N01"},
         {VMM_ON_DISK, N_("Are you among those who may sign in by Remote Desktop?"), "U01"},
         END}},
    {"steps", N_("No message, another message, or none of this helped"),
     N_("The article's seven steps in its order. Try to connect again after each."),
     CHECKS{
         {VMM_IN_CLOUD, N_("1. Reset the RDP configuration. It needs a VM that runs and whose agent answers."), "reset-rdp"},
         {VMM_ON_DISK, N_("The same on the disk, when the VM does not help itself any more:"), "R01 R02 R04 R05 R06 S01 W01"},
         {VMM_IN_CLOUD, N_("2. Network security group: does a rule let the port in?"), "effective-nsg nsg ip-flow"},
         {VMM_IN_CLOUD, N_("3. Console log and screenshot: does Windows boot?"), "console-log screenshot"},
         {VMM_ON_DISK, N_("If the screen shows Safe Mode:"), "SM01 SM02"},
         {VMM_IN_CLOUD, N_("4. Resource health: does Azure see trouble of its own?"), "health"},
         {VMM_IN_CLOUD, N_("5. Reset the password."), "reset-password"},
         {VMM_ON_DISK, N_("The same on the disk:"), "P01 P02"},
         {VMM_IN_CLOUD, N_("6. Restart. Whatever is unsaved in the VM is lost."), "restart"},
         {VMM_IN_CLOUD, N_("7. Redeploy. The temporary disk is emptied, and dynamic addresses change."), "redeploy"},
         {VMM_IN_CLOUD, N_("Added by the current article: a fresh network card, and what stands on the way there and back."), "reset-nic ip-flow next-hop client"},
         {VMM_IN_CLOUD, N_("The list for the classic deployment model is history."), "classic"},
         END}},
};

const struct vmm_symptom *vmm_symptom_at(size_t index) { return index < VMM_COUNT(symptoms) ? &symptoms[index] : NULL; }

/* Is WORD in TEXT, in any case? */
static bool holds(const char *text, const char *word) { return strcasestr(text, word) != NULL; }

bool vmm_symptom_has(const struct vmm_symptom *s, const char *const *words, size_t count) {
    for (size_t i = 0; count == 1 && i < VMM_COUNT(symptoms); i++) /* an id means that one alone: "connect" is in "disconnected" too */
        if (strcasecmp(symptoms[i].id, words[0]) == 0) return s == &symptoms[i];
    for (size_t i = 0; i < count; i++)
        if (!holds(s->id, words[i]) && !holds(s->message, words[i]) && !holds(_(s->message), words[i])) return false;
    return true;
}

static json_t *refs_json(const char *refs) {
    json_t *list = json_array();
    for (const char *p = refs; *p;) {
        size_t n = strcspn(p, " ");
        json_array_append_new(list, json_stringn(p, n));
        p += n + (p[n] == ' ');
    }
    return list;
}

json_t *vmm_symptom_json(const struct vmm_symptom *s) {
    static const char *const places[] = {"client", "disk", "cloud"};
    json_t *checks = json_array();
    for (const struct vmm_check *c = s->checks; c->text; c++)
        json_array_append_new(checks, json_pack("{s:s,s:o,s:o,s:o}", "where", places[c->place], "text", vmm_json_text(_(c->text)), "fixes",
            refs_json(c->place == VMM_ON_DISK ? c->refs : ""),
                                                "steps", refs_json(c->place == VMM_IN_CLOUD ? c->refs : "")));
    return json_pack("{s:s,s:o,s:o,s:o}", "id", s->id, "message", vmm_json_text(_(s->message)), "means", vmm_json_text(_(s->means)), "checks", checks);
}
