/* The patient: which Windows of the disk, which boot store, which entry; and what fixes ask of them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

#define OS_LOADER 0x10200003u

/* ---- choosing ---- */

static int ask_windows(const struct vmm_scan *s, struct vmm_error *err) {
    struct vmm_buf b = {0};
    for (size_t i = 0; i < s->windows_count; i++) {
        const struct vmm_windows *w = &s->windows[i];
        vmm_buf_fmt(&b, "%s%d: %s %s", b.len ? "; " : "", w->number, w->root, *w->product ? w->product : "?");
    }
    vmm_fail(err, VMM_E_USAGE, _("Choose one with --windows N."), _("there are %zu Windows installations on this disk: %s"), s->windows_count, (const char *)b.data);
    vmm_buf_free(&b);
    return -1;
}

static int no_windows(const struct vmm_scan *s, struct vmm_error *err) {
    for (size_t i = 0; i < s->disk->part_count; i++)
        if (s->disk->parts[i].health == VMM_HEALTH_ENCRYPTED)
            return vmm_fail(err, VMM_E_ENCRYPTED, _("Its key opens it: the recovery password, the password, or a .BEK file (--key-file FILE; the wizard asks)."),
                            _("no Windows can be seen on this disk: partition %d is encrypted"), s->disk->parts[i].number);
    for (size_t i = 0; i < s->disk->part_count; i++)
        if (!s->disk->parts[i].mountable && s->disk->parts[i].health_text)
            return vmm_fail(err, VMM_E_NO_WINDOWS, NULL, _("no Windows was found on this disk; partition %d: %s"), s->disk->parts[i].number, s->disk->parts[i].health_text);
    return vmm_fail(err, VMM_E_NO_WINDOWS, _("Is it the OS disk of the VM? A data disk has no \\Windows\\System32\\config\\SYSTEM."), _("no Windows was found on this disk"));
}

int vmm_patient_pick(struct vmm_scan *s, int windows, int store, struct vmm_patient *out, struct vmm_error *err) {
    *out = (struct vmm_patient){.scan = s};
    if (windows < 0 || (windows > 0 && (size_t)windows > s->windows_count && s->windows_count > 0))
        return vmm_fail(err, VMM_E_USAGE, _("scan numbers them."), _("there is no Windows %d on this disk; it has %zu"), windows, s->windows_count);
    if (store < 0 || (store > 0 && (size_t)store > s->boot_count))
        return vmm_fail(err, VMM_E_USAGE, _("scan numbers them."), _("there is no boot store %d on this disk; it has %zu"), store, s->boot_count);
    if (s->windows_count == 0 && !s->store_only) return no_windows(s, err);
    if (windows == 0 && s->windows_count > 1) return ask_windows(s, err);
    if (s->windows_count > 0) out->windows = &s->windows[windows > 0 ? windows - 1 : 0];
    if (store > 0) out->boot = &s->boot[store - 1];
    else if (out->windows) out->boot = (struct vmm_boot_store *)(uintptr_t)vmm_scan_boot_store(s, out->windows->number, &out->why_no_boot);
    else if (s->boot_count > 0) out->boot = &s->boot[0];
    return 0;
}

/* ---- the boot store ---- */

static void cannot_tell(struct vmm_finding *f, const char *why) {
    f->verdict = VMM_CANNOT_TELL;
    vmm_finding_say(f, "%s", why);
}

const struct vmm_bcd *vmm_patient_bcd(const struct vmm_patient *p, struct vmm_finding *f) {
    const struct vmm_store *st = p->boot ? p->boot->store : NULL;
    if (f && st && st->blocked) f->blocked_by = vmm_printf("%s: %s", st->label, st->blocked);
    if (st && st->bcd) return st->bcd;
    if (f == NULL) return NULL;
    if (st) {
        cannot_tell(f, st->error.message);
    } else {
        cannot_tell(f, p->why_no_boot ? p->why_no_boot : _("no boot store was found"));
        f->blocked_by = vmm_strdup(p->why_no_boot ? p->why_no_boot : _("no boot store was found"));
    }
    return NULL;
}

/* Where GUID stands in displayorder; SIZE_MAX when it does not. */
static size_t order_of(const struct vmm_bcd *b, const char *guid) {
    const struct vmm_bcd_object *manager = vmm_bcd_object(b, vmm_bcd_alias_guid("{bootmgr}"));
    const struct vmm_bcd_element *e = manager ? vmm_bcd_own(manager, VMM_BCD_DISPLAYORDER) : NULL;
    size_t count = 0, at = SIZE_MAX;
    char **list = e ? vmm_bcd_list(e, &count) : NULL;
    for (size_t i = 0; list && i < count; i++) {
        if (at == SIZE_MAX && vmm_casecmp(list[i], guid) == 0) at = i;
        free(list[i]);
    }
    free(list);
    return at;
}

/* The one that the boot manager would take among the entries that boot Windows number W (0: those that boot none known). */
static const struct vmm_loader *first_choice(const struct vmm_boot_store *boot, int w) {
    const struct vmm_loader *best = NULL;
    size_t best_at = SIZE_MAX, count = 0;
    for (size_t i = 0; i < boot->loader_count; i++) {
        const struct vmm_loader *l = &boot->loaders[i];
        if (l->recovery || l->windows != w) continue;
        if (l->is_default) return l;
        count++;
        size_t at = order_of(boot->store->bcd, l->object->guid);
        if (best == NULL || at < best_at) {
            best = l;
            best_at = at;
        }
    }
    return count == 1 || best_at != SIZE_MAX ? best : NULL;
}

const struct vmm_loader *vmm_patient_loader(const struct vmm_patient *p, bool *certain) {
    const struct vmm_loader *l = NULL;
    *certain = false;
    if (p->boot == NULL || p->boot->store->bcd == NULL) return NULL;
    if (p->windows) {
        l = first_choice(p->boot, p->windows->number);
        *certain = l != NULL;
    }
    return l ? l : first_choice(p->boot, 0);
}

const struct vmm_loader *vmm_need_loader(const struct vmm_patient *p, const char *fix, struct vmm_error *err) {
    bool certain;
    const struct vmm_loader *l = vmm_patient_loader(p, &certain);
    if (l) return l;
    if (p->boot == NULL) vmm_fail(err, VMM_E_BLOCKED, NULL, "%s: %s", fix, p->why_no_boot ? p->why_no_boot : _("no boot store was found"));
    else if (p->boot->store->bcd == NULL) vmm_fail(err, VMM_E_BLOCKED, p->boot->store->error.hint, "%s: %s", fix, p->boot->store->error.message);
    else vmm_fail(err, VMM_E_BLOCKED, _("Name the entry: loader={guid}. `vmmedic bcd TARGET` lists them."), _("%s: which entry of %s boots this Windows cannot be told"), fix,
                  p->boot->store->label);
    return NULL;
}

int vmm_loaders_meant(const struct vmm_patient *p, const char *fix, const char *option, const struct vmm_bcd_object ***list, size_t *count, struct vmm_error *err) {
    *count = 0;
    *list = NULL;
    if (option == NULL || p->boot == NULL || p->boot->store->bcd == NULL) {
        const struct vmm_loader *l = vmm_need_loader(p, fix, err);
        if (l == NULL) return -1;
        *list = vmm_alloc(1, sizeof **list);
        (*list)[(*count)++] = l->object;
        return 0;
    }
    *list = vmm_alloc(p->boot->loader_count + 1, sizeof **list);
    if (vmm_casecmp(option, "all") == 0) {
        for (size_t i = 0; i < p->boot->loader_count; i++)
            if (!p->boot->loaders[i].recovery) (*list)[(*count)++] = p->boot->loaders[i].object;
        return 0;
    }
    const struct vmm_bcd_object *o = vmm_bcd_resolve(p->boot->store->bcd, option, err);
    if (o && o->type != OS_LOADER) {
        vmm_fail(err, VMM_E_USAGE, _("`vmmedic bcd TARGET` lists the entries."), _("%s is no Windows boot loader entry"), o->guid);
        o = NULL;
    }
    if (o) (*list)[(*count)++] = o;
    else {
        vmm_fail_prefix(err, "%s", fix);
        free(*list);
        *list = NULL;
    }
    return o ? 0 : -1;
}

char *vmm_loader_words(const struct vmm_loader *l) {
    const struct vmm_bcd_element *e = vmm_bcd_own(l->object, VMM_BCD_DESCRIPTION);
    char *name = e ? vmm_bcd_string(e) : NULL;
    char *text = vmm_printf("%s%s%s%s%s", l->object->guid, name ? " \"" : "", name ? name : "", name ? "\"" : "", l->is_default ? _(" (the default entry)") : "");
    free(name);
    return text;
}

void vmm_say_loader(const struct vmm_patient *p, const struct vmm_loader *l, bool certain, struct vmm_finding *f) {
    char *words = vmm_loader_words(l);
    if (certain) vmm_finding_say(f, _("Entry %s boots this Windows: %s."), words, l->why);
    else if (p->windows == NULL) vmm_finding_say(f, _("Entry %s is the one this store starts; there is no disk to compare it with."), words);
    else vmm_finding_say(f, _("Entry %s is the one this store starts; that it boots this Windows could not be proven: %s."), words, l->why);
    free(words);
}

const struct vmm_bcd_object **vmm_carriers(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, size_t *count) {
    const struct vmm_bcd_object **queue = vmm_alloc(b->count + 1, sizeof *queue), **list = vmm_alloc(b->count + 1, sizeof *list);
    bool *seen = vmm_alloc(b->count + 1, sizeof *seen);
    size_t waiting = 0;
    enum vmm_bcd_app app = vmm_bcd_app_of(o->type);
    *count = 0;
    queue[waiting++] = o;
    seen[o - b->objects] = true;
    for (size_t i = 0; i < waiting; i++) { /* each object once: a cycle ends */
        const struct vmm_bcd_object *x = queue[i];
        size_t n = 0;
        const struct vmm_bcd_element *e = vmm_bcd_own(x, VMM_BCD_INHERIT);
        if (vmm_bcd_app_of(x->type) == app && vmm_bcd_own(x, id)) list[(*count)++] = x;
        char **from = e ? vmm_bcd_list(e, &n) : NULL;
        for (size_t k = 0; from && k < n; k++) {
            const struct vmm_bcd_object *next = vmm_bcd_object(b, from[k]);
            if (next && !seen[next - b->objects]) {
                seen[next - b->objects] = true;
                queue[waiting++] = next;
            }
            free(from[k]);
        }
        free(from);
    }
    free(queue);
    free(seen);
    return list;
}

bool vmm_element_is(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id, uint64_t n) {
    uint64_t now;
    const struct vmm_bcd_element *e = vmm_bcd_effective(b, o, id, NULL);
    return e && vmm_bcd_integer(e, &now) == VMM_SET && now == n;
}

int vmm_plan_yes(struct vmm_changes *c, const char *fix, struct vmm_store *store, const struct vmm_bcd_object *o, const char *name, uint32_t id, enum vmm_risk risk,
                 const char *why, struct vmm_error *err) {
    if (vmm_bcd_own(o, id) == NULL && vmm_element_is(store->bcd, o, id, 1)) return 0;
    return vmm_change_bcd(c, fix, store, o->guid, name, "yes", risk, why, err);
}

/* ---- the registry ---- */

static const char *why_no_system(const struct vmm_patient *p) {
    if (p->windows == NULL) return _("there is no Windows to look at");
    if (p->windows->system->hive == NULL) return p->windows->system->error.message;
    if (p->windows->boot_set == 0) return p->windows->not_told ? p->windows->not_told : _("which control set boots could not be told");
    return NULL;
}

const struct vmm_hive *vmm_patient_system(const struct vmm_patient *p, struct vmm_finding *f) {
    const char *why = why_no_system(p);
    const struct vmm_store *st = p->windows ? p->windows->system : NULL;
    if (st && st->blocked) f->blocked_by = vmm_printf("%s: %s", st->label, st->blocked);
    if (why == NULL) return st->hive;
    cannot_tell(f, why);
    if (f->blocked_by == NULL) f->blocked_by = vmm_strdup(why);
    return NULL;
}

int vmm_need_system(const struct vmm_patient *p, const char *fix, struct vmm_error *err) {
    const char *why = why_no_system(p);
    return why ? vmm_fail(err, VMM_E_BLOCKED, NULL, "%s: %s", fix, why) : 0;
}

char *vmm_boot_set_path(const struct vmm_patient *p, const char *path) { return vmm_printf("ControlSet%03u\\%s", p->windows->boot_set, path); }
