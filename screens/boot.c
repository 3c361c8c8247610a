/* Step Boot: the boot store as bcdedit prints it, a row a line, with the entry that boots the chosen Windows marked, and safeboot pointed out.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static void ask_listing(struct wizard *w) {
    int store = vmm_int(vmm_store_of(w), "number");
    json_t *r = json_object();
    if (store) json_object_set_new(r, "store", json_integer(store));
    json_object_set_new(r, "select", json_string(w->every_entry ? "all" : "active"));
    json_object_set_new(r, "verbose", json_boolean(w->verbose));
    json_object_set_new(r, "both", json_false()); /* exactly what bcdedit prints; the GUID is told with the row */
    vmm_post(w, JOB_BCD, r);
}

static void enter(struct wizard *w) {
    if (vmm_store_of(w)) ask_listing(w);
}

static void ended(struct wizard *w, enum job_kind kind) {
    if (kind == JOB_BCD) vmm_boot_rows_read(&w->boot_rows, w->job[JOB_BCD].result);
}

/* ---- the listing ---- */
/* Rows of an older listing are no rows. */
static size_t count(const struct wizard *w) { return w->job[JOB_BCD].result && w->boot_rows.of == w->job[JOB_BCD].result ? w->boot_rows.count : 0; }

static void item(const struct wizard *w, size_t i, struct wizard_item *out) {
    const struct boot_row *row = &w->boot_rows.row[i];
    int mean;
    const char *note = vmm_boot_note(w, row, &mean);
    *out = (struct wizard_item){.reading = true, .mean = MEAN_VERBATIM, .level = row->part == BOOT_TITLE ? 0 : 1};
    out->text = vmm_strndup(row->text, row->len);
    out->hint = vmm_boot_hint(w, row);
    out->detail = vmm_boot_detail(w, row);
    if (note) {
        out->cell[0] = vmm_strdup(note);
        out->cell_mean[0] = (enum wizard_meaning)mean;
    }
}

static bool marked_one(const struct wizard *w) {
    const json_t *objects = json_object_get(w->boot_rows.of, "objects");
    for (size_t i = 0; i < json_array_size(objects); i++)
        if (vmm_boot_loader(w, json_array_get(objects, i))) return true;
    return false;
}

static void warnings(const struct wizard *w, struct wizard_text *t) {
    const json_t *store = vmm_store_of(w), *listing = json_object_get(w->job[JOB_BCD].result, "store");
    bool told = w->windows == 0 || vmm_int(vmm_windows_of(w), "store") != 0;
    if (!told && json_array_size(json_object_get(vmm_scan_of(w), "stores")) > 1)
        vmm_text_add(t, MEAN_WARNING, 0, "%s", _("It could not be told which store boots this Windows. Press s until you see the right one; fixes then change that one. Until then, fixes of the boot data are refused."));
    else if (w->windows && vmm_int(store, "number") != vmm_int(vmm_windows_of(w), "store"))
        vmm_text_add(t, MEAN_WARNING, 0, "%s", _("This is not the store that boots the chosen Windows. Press s to see the next one."));
    else if (w->windows && count(w) && !marked_one(w))
        vmm_text_add(t, MEAN_WARNING, 0, "%s", w->every_entry ? _("No entry here is sure to boot the chosen Windows. Compare osdevice and description yourself before you choose a fix.")
                                                              : _("No entry of the boot menu is sure to boot the chosen Windows. Press e to see every entry."));
    char *replay = vmm_sentence(vmm_s(json_object_get(store, "replay"), "text"));
    if (replay[0]) vmm_text_add(t, MEAN_TEXT, 0, _("Windows was stopped while it wrote this store. %s This is the store that Windows would load."), replay);
    free(replay);
    if (vmm_s(store, "blocked")[0]) vmm_text_add(t, MEAN_WARNING, 0, _("It can be read, but not be changed now: %s"), vmm_s(store, "blocked"));
    if (vmm_s(listing, "warning")[0]) vmm_text_add(t, MEAN_WARNING, 0, _("Something odd was found in this store: %s"), vmm_s(listing, "warning"));
}

/* The line may be far down in the listing: what it means is said above as well. */
static void point_out(const struct wizard *w, struct wizard_text *t) {
    int mean;
    for (size_t i = 0; i < count(w); i++) {
        const struct boot_row *row = &w->boot_rows.row[i];
        if (vmm_boot_note(w, row, &mean) == NULL || mean != MEAN_BROKEN) continue;
        vmm_text_add(t, MEAN_BROKEN, 0, _("It holds \"%s %s\": this keeps Remote Desktop out."), vmm_s(row->element, "name"), vmm_s(row->element, "value"));
        vmm_text_pin(t);
        return;
    }
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const struct job *j = &w->job[JOB_BCD];
    const json_t *store = vmm_store_of(w);
    size_t n = count(w) ? w->boot_rows.objects : 0;
    if (store == NULL) {
        vmm_text_add(t, MEAN_WARNING, 0, "%s", _("No boot store was found on this disk. Fixes of the registry are still possible: go on to see them."));
        return;
    }
    char *where = vmm_int(store, "partition") > 0 ? vmm_printf(_("%s on partition %d"), vmm_s(store, "path"), vmm_int(store, "partition")) : vmm_strdup(vmm_s(store, "path"));
    char *why = vmm_sentence(vmm_s(store, "why"));
    if (n == 0) vmm_text_add(t, MEAN_TEXT, 0, _("Boot store %s. %s"), where, why);
    else if (w->every_entry) vmm_text_add(t, MEAN_TEXT, 0, ngettext("Boot store %s, all of it: %zu entry. %s", "Boot store %s, all of it: %zu entries. %s", n), where, n, why);
    else vmm_text_add(t, MEAN_TEXT, 0, ngettext("Boot store %s, its menu: %zu entry. %s", "Boot store %s, its menu: %zu entries. %s", n), where, n, why);
    free(why);
    free(where);
    point_out(w, t);
    warnings(w, t);
    if (j->failed) vmm_text_error(t, &j->err);
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    (void)w;
    vmm_ask(p, PROMPT_NONE, "", _("goes on to the fixes"));
}

static enum move accept(struct wizard *w, const char *text) {
    (void)w;
    (void)text;
    return MOVE_NEXT;
}

static bool has_store(const struct wizard *w) { return vmm_store_of(w) != NULL; }
static bool has_more(const struct wizard *w) { return json_array_size(json_object_get(vmm_scan_of(w), "stores")) > 1; }
static void verbose(struct wizard *w, size_t i) {
    (void)i;
    w->verbose = !w->verbose;
    ask_listing(w);
}
static void every(struct wizard *w, size_t i) {
    (void)i;
    w->every_entry = !w->every_entry;
    ask_listing(w);
}
static void next_store(struct wizard *w, size_t i) {
    const json_t *stores = json_object_get(vmm_scan_of(w), "stores"), *now = vmm_store_of(w);
    size_t n = json_array_size(stores), at = 0;
    (void)i;
    while (at < n && json_array_get(stores, at) != now) at++;
    w->store = vmm_int(json_array_get(stores, at + 1 < n ? at + 1 : 0), "number"); /* only a look, but where the scan could not tell */
    ask_listing(w);
}
static const struct wizard_action actions[] = {
    {'v', N_("identifiers"), N_("Show GUIDs instead of names like {default}, as bcdedit /v does; again: back."), false, has_store, verbose},
    {'e', N_("every entry"), N_("Show every entry, not only those in the boot menu; again: back."), false, has_store, every},
    {'s', N_("next store"), N_("Show the next boot store of this disk. The first line says which one is really used."), false, has_more, next_store},
    {0}};

const struct step vmm_step_boot = {
    .name = N_("Boot"),
    .title = N_("The boot data, as bcdedit shows it"),
    .why = N_("This is what \"bcdedit /enum\" prints on Windows. An entry with a line \"safeboot\" starts Windows in Safe Mode, where Remote Desktop does not run. "
              "This step only shows; nothing can go wrong here."),
    .line = STEP_BOOT,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_BCD),
    .enter = enter, .body = body, .count = count, .item = item, .ended = ended, .prompt = prompt, .accept = accept, .actions = actions,
};
