/* The rows of step Fixes: the needed ones first, then the families, each one row that opens to what else it has.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/fix_rows.h"

#include "screens/symptom.h"

/* In the order people see; what belongs to the symptom comes first. */
static const char *const verdicts[FIX_GROUPS] = {[FIX_NEEDED] = "needed", [FIX_OPTIONAL] = "optional", [FIX_CANNOT_TELL] = "cannot-tell", [FIX_REPORT] = "report",
                                                 [FIX_IN_ORDER] = "not-needed"};

static const json_t *all(const struct wizard *w) { return json_object_get(vmm_scan_of(w), "fixes"); }

enum fix_group vmm_fix_group(const json_t *fix) {
    for (size_t g = 0; g < FIX_GROUPS; g++)
        if (strcmp(vmm_s(fix, "verdict"), verdicts[g]) == 0) return (enum fix_group)g;
    return FIX_CANNOT_TELL; /* a word we do not know */
}

bool vmm_fix_ticked(const struct wizard *w, const json_t *fix) { return json_object_get(w->ticks, vmm_s(fix, "id")) != NULL; }

struct families {
    const char *name[FAMILIES_MAX];
    bool first[FAMILIES_MAX];   /* it has a fix that belongs to the symptom */
    size_t count;
};

static size_t family_of(struct families *f, const char *name) {
    size_t i = 0;
    while (i < f->count && strcmp(f->name[i], name) != 0) i++;
    if (i == f->count && f->count < FAMILIES_MAX - 1) f->name[f->count++] = name;
    return i < f->count ? i : f->count - 1;
}

static bool is_open(const struct wizard *w, const char *family) { return json_object_get(w->open, family) != NULL; }

void vmm_fix_rows(const struct wizard *w, struct fix_rows *r) {
    struct families f = {0};
    size_t n = json_array_size(all(w)), of[FIXES_MAX], group[FIXES_MAX];
    bool first[FIXES_MAX];
    const json_t *fix[FIXES_MAX];
    if (n > FIXES_MAX) n = FIXES_MAX;
    r->count = 0;
    for (size_t i = 0; i < n; i++) {
        fix[i] = json_array_get(all(w), i);
        of[i] = family_of(&f, vmm_s(fix[i], "family"));
        group[i] = vmm_fix_group(fix[i]);
        first[i] = vmm_symptom_first(w, vmm_s(fix[i], "id"));
        f.first[of[i]] = f.first[of[i]] || first[i];
    }
    for (int other = 0; other < 2; other++)
        for (size_t family = 0; family < f.count; family++)
            for (size_t i = 0; i < n; i++)
                if (group[i] == FIX_NEEDED && of[i] == family && first[i] == !other) r->row[r->count++] = (struct fix_row){fix[i], f.name[family]};
    r->needed = r->count;
    for (size_t k = 0; k < 2 * f.count; k++) {
        size_t family = k % f.count, own = r->count;
        if (f.first[family] != (k < f.count)) continue;
        r->row[r->count++] = (struct fix_row){NULL, f.name[family]};
        for (size_t rank = 2 * FIX_OPTIONAL; rank < (size_t)2 * FIX_GROUPS; rank++)
            for (size_t i = 0; i < n; i++)
                if (of[i] == family && 2 * group[i] + !first[i] == rank) r->row[r->count++] = (struct fix_row){fix[i], f.name[family]};
        if (r->count == own + 1) r->count = own; /* all it has is needed */
        else if (!is_open(w, f.name[family])) r->count = own + 1;
    }
    if (n) r->row[r->count++] = (struct fix_row){NULL, NULL};
}

/* A fix that is chosen is seen: its family is open, and stays so. */
void vmm_fix_open_chosen(struct wizard *w) {
    for (size_t i = 0; i < json_array_size(all(w)); i++) {
        const json_t *fix = json_array_get(all(w), i);
        if (vmm_fix_group(fix) != FIX_NEEDED && vmm_fix_ticked(w, fix)) json_object_set_new(w->open, vmm_s(fix, "family"), json_true());
    }
}

static size_t chosen_in(const struct wizard *w, const char *family) {
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(all(w)); i++) {
        const json_t *fix = json_array_get(all(w), i);
        n += vmm_fix_group(fix) != FIX_NEEDED && vmm_fix_ticked(w, fix) && strcmp(vmm_s(fix, "family"), family) == 0;
    }
    return n;
}

void vmm_fix_turn_over(struct wizard *w, const char *family) {
    if (!is_open(w, family)) json_object_set_new(w->open, family, json_true());
    else if (chosen_in(w, family)) vmm_say(w, MEAN_TEXT, "%s", _("One of them is chosen, so they stay in sight."));
    else json_object_del(w->open, family);
}

/* Takes TEXT over; NULL is nothing. */
static void add_part(struct vmm_buf *b, char *text) {
    if (text) vmm_buf_fmt(b, "%s%s", b->len ? ", " : "", text);
    free(text);
}

/* "Network (7): 1 you may choose, 6 in order" */
void vmm_fix_family_item(const struct wizard *w, const char *family, struct wizard_item *out) {
    size_t n[FIX_GROUPS] = {0}, sum = 0;
    struct vmm_buf parts = {0}, ids = {0};
    for (size_t i = 0; i < json_array_size(all(w)); i++) {
        const json_t *fix = json_array_get(all(w), i);
        size_t g = vmm_fix_group(fix);
        if (g == FIX_NEEDED || strcmp(vmm_s(fix, "family"), family) != 0) continue;
        n[g]++;
        sum++;
        vmm_buf_fmt(&ids, "%s%s", ids.len ? ", " : "", vmm_s(fix, "id"));
    }
    add_part(&parts, n[FIX_OPTIONAL] ? vmm_printf(ngettext("%zu you may choose", "%zu you may choose", n[FIX_OPTIONAL]), n[FIX_OPTIONAL]) : NULL);
    add_part(&parts, n[FIX_CANNOT_TELL] ? vmm_printf(ngettext("%zu could not be told", "%zu could not be told", n[FIX_CANNOT_TELL]), n[FIX_CANNOT_TELL]) : NULL);
    add_part(&parts, n[FIX_REPORT] ? vmm_printf(ngettext("%zu to know", "%zu to know", n[FIX_REPORT]), n[FIX_REPORT]) : NULL);
    add_part(&parts, n[FIX_IN_ORDER] ? vmm_printf(ngettext("%zu in order", "%zu in order", n[FIX_IN_ORDER]), n[FIX_IN_ORDER]) : NULL);
    out->text = vmm_printf(_("%s (%zu): %s"), family, sum, parts.len ? (const char *)parts.data : "");
    out->hint = vmm_fitting(ids.len ? (const char *)ids.data : "", WIZARD_HINT);
    out->detail = vmm_printf(_("The fixes of this family that this disk does not need: %s.\nThe row opens and closes the list of them."), ids.len ? (const char *)ids.data : "");
    out->opens = true;
    out->opened = is_open(w, family);
    vmm_buf_free(&parts);
    vmm_buf_free(&ids);
}
