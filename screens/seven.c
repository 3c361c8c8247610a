/* Aside: the seven steps of the connection article as one list, and what Microsoft has added since. Each with what the disk says of it, and what is done in the cloud.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

enum part { PART_SEVEN, PART_ADDED, PART_HISTORY };
static const char *const parts[] = {N_("The article's seven steps; try to connect after each"), N_("Added since by Microsoft"), N_("History")};

static const struct row {
    enum part part;
    const char *title;   /* N_() */
    const char *steps;   /* of the cloud */
    const char *fixes;   /* on the disk; NULL */
    bool port;           /* the disk says which port it is about */
} rows[] = {
    {PART_SEVEN, N_("Reset the Remote Desktop settings"), "state reset-rdp", "rdp-reset R01 R02 R04 R05 R06 S01 W01", false},
    {PART_SEVEN, N_("Check the network security group"), "effective-nsg nsg open-port", NULL, true},
    {PART_SEVEN, N_("Read the console log and the screenshot"), "boot-diagnostics console-log screenshot", "SM01 SM02", false},
    {PART_SEVEN, N_("Check the resource health"), "health", NULL, false},
    {PART_SEVEN, N_("Reset the password"), "state reset-password", "P01 P02", false},
    {PART_SEVEN, N_("Restart the VM"), "restart", NULL, false},
    {PART_SEVEN, N_("Redeploy the VM"), "redeploy reapply", NULL, false},
    {PART_ADDED, N_("Reset the network card"), "reset-nic", "N01 N02 S02", false},
    {PART_ADDED, N_("Ask Azure about one connection (IP flow verify)"), "ip-flow", NULL, false},
    {PART_ADDED, N_("Where the answers go (next hop)"), "next-hop", "N07", false},
    {PART_ADDED, N_("The firewall where you are"), "client", NULL, false},
    {PART_HISTORY, N_("The list of the classic deployment model"), "classic", NULL, false},
};

static size_t count(const struct wizard *w) {
    (void)w;
    return VMM_COUNT(rows);
}

/* What was found out about the rules since. */
static bool judged(const struct wizard *w, size_t i, struct wizard_item *out) {
    const char *verdict = vmm_s(w->job[JOB_NSG].result, "verdict");
    if (i != 1 || !verdict[0]) return false;
    out->cell[0] = vmm_printf(_("the file says %s"), verdict);
    out->cell_mean[0] = strcmp(verdict, "ALLOW") == 0 ? MEAN_OK : strcmp(verdict, "DENY") == 0 ? MEAN_BROKEN : MEAN_WARNING;
    return true;
}

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    const struct row *r = &rows[i];
    enum wizard_meaning mean = MEAN_TEXT;
    char *known = r->fixes ? vmm_cloud_known(w, r->fixes, &mean) : NULL;
    out->text = vmm_strdup(_(r->title));
    out->group = _(parts[r->part]);
    out->marked = w->seven_row == i;
    if (judged(w, i, out)) {
    } else if (known) {
        out->cell[0] = vmm_printf(_("disk: %s"), known);
        out->cell_mean[0] = mean;
    } else if (r->port && vmm_port_of(w)) {
        out->cell[0] = vmm_printf(_("disk: port %d"), vmm_port_of(w));
    } else if (r->fixes && !vmm_scan_of(w) && r->part == PART_SEVEN) {
        out->cell[0] = vmm_strdup(_("disk: not looked at"));
    }
    out->hint = vmm_strdup(r->part == PART_HISTORY ? _("What it was, to read old notes by.") : _("Opens what to type, and what this disk says of it."));
    free(known);
}

static void mark(struct wizard *w, size_t i, bool on) {
    if (on) w->seven_row = i;
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    char *takes = vmm_printf(_("opens %zu"), w->seven_row + 1);
    vmm_ask(p, PROMPT_ONE, "", takes);
    free(takes);
}

static enum move accept(struct wizard *w, const char *text) {
    const struct row *r = &rows[w->seven_row];
    (void)text;
    vmm_cloud_open(w, r->title, r->steps, r->fixes);
    return MOVE_STAY;
}

void vmm_open_seven(struct wizard *w, size_t i) {
    (void)i;
    vmm_aside(w, STEP_SEVEN);
}

static const struct wizard_action actions[] = {CLOUD_KEYS(NULL), {0}};

const struct step vmm_step_seven = {
    .name = N_("Seven steps"),
    .title = N_("When Remote Desktop does not connect"),
    .why = N_("This is the order of Microsoft's article on Remote Desktop connections. What can be known from the disk stands beside each step; the rest is asked or done in the "
              "cloud, by you: vmmedic changes nothing there. Steps 6 and 7 cost something, which is said before."),
    .line = STEP_SYMPTOM,
    .needs = JOB_NONE,
    .count = count, .item = item, .prompt = prompt, .mark = mark, .accept = accept, .actions = actions,
};
