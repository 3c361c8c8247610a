/* The scan as JSON: the parts of the scan object that are not fixes, as include/vmmedic/client.h documents them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "windows/look.h"

static const char *const schemes[] = {[VMM_SCHEME_NONE] = "none", [VMM_SCHEME_MBR] = "mbr", [VMM_SCHEME_GPT] = "gpt"};
static const char *const kinds[] = {[VMM_TARGET_IMAGE] = "image", [VMM_TARGET_BLOCK] = "block", [VMM_TARGET_FOLDER] = "folder", [VMM_TARGET_HIVE_FILE] = "store"};
static const char *const part_roles[] = {
    [VMM_PART_OTHER] = "other", [VMM_PART_ESP] = "esp", [VMM_PART_MSR] = "msr", [VMM_PART_RECOVERY] = "recovery", [VMM_PART_BASIC] = "basic"};
static const char *const healths[] = {[VMM_HEALTH_OK] = "ok", [VMM_HEALTH_NOT_NTFS] = "not-ntfs", [VMM_HEALTH_DIRTY] = "dirty", [VMM_HEALTH_JOURNAL_CACHED] = "journal-cached",
                                      [VMM_HEALTH_HIBERNATED] = "hibernated", [VMM_HEALTH_ENCRYPTED] = "encrypted", [VMM_HEALTH_UNREADABLE] = "unreadable",
                                      [VMM_HEALTH_JOURNAL] = "journal-unclean", [VMM_HEALTH_MIRROR] = "mirror-differs", [VMM_HEALTH_FAST_STARTUP] = "fast-startup"};
static const char *const windows_roles[] = {[VMM_ROLE_UNKNOWN] = "unknown", [VMM_ROLE_STANDALONE] = "standalone", [VMM_ROLE_MEMBER] = "member", [VMM_ROLE_DC] = "dc"};
static const char *const store_roles[] = {[VMM_STORE_BOOTS] = "boots", [VMM_STORE_DECOY] = "decoy", [VMM_STORE_RECOVERY] = "recovery", [VMM_STORE_TEMPLATE] = "template"};

static void put(json_t *o, const char *key, json_t *value) { json_object_set_new(o, key, value); }
static void put_size(json_t *o, uint64_t bytes) {
    char *text = vmm_size_text(bytes);
    put(o, "size", json_integer((json_int_t)bytes));
    put(o, "size_text", vmm_json_text(text));
    free(text);
}
/* Text of the disk: escaped here, so that no reader of the JSON can forget to. */
static void put_safe(json_t *o, const char *key, const char *text) {
    char *safe = text ? vmm_safe_text(text) : NULL;
    put(o, key, vmm_json_text(safe));
    free(safe);
}
static json_t *number_or_null(int n) { return n > 0 ? json_integer(n) : json_null(); }

/* A FILETIME as "2026-11-20T18:57:40Z"; null when unknown or beyond reason. */
static json_t *filetime(uint64_t t) {
    const uint64_t unix_epoch = 116444736000000000u;
    if (t < unix_epoch || t > unix_epoch + 2000000000000000000u / 20) return json_null();
    time_t seconds = (time_t)((t - unix_epoch) / 10000000u);
    struct tm tm;
    char text[24];
    if (gmtime_r(&seconds, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) return json_null();
    return json_string(text);
}

/* What can be done about its state here, and what is lost by it. */
static json_t *repair_json(const struct vmm_part *p) {
    const struct vmm_repair_words *w = vmm_repair_words(vmm_repair_for(p));
    return w ? json_pack("{s:s,s:s,s:s}", "accept", w->word, "what", _(w->what), "loss", _(w->loss)) : json_null();
}

static json_t *part_json(const struct vmm_scan *s, const struct vmm_part *p) {
    json_t *o = json_object();
    put(o, "number", json_integer(p->number));
    put(o, "role", json_string(part_roles[p->role]));
    put_safe(o, "fs", p->fs);
    put_safe(o, "label", p->label ? p->label : "");
    put_size(o, p->size);
    put(o, "offset", json_integer((json_int_t)p->offset));
    put(o, "active", json_boolean(p->active));
    put(o, "health", json_string(healths[p->health]));
    put_safe(o, "health_text", p->health_text);
    put(o, "repair", repair_json(p));
    put(o, "bitlocker", p->bitlocker ? json_string(p->unlocked ? "unlocked" : "locked") : json_null());
    put(o, "letter", vmm_json_text(vmm_scan_letter((void *)s, p->number)));
    return o;
}

static json_t *disk_json(const struct vmm_scan *s) {
    const struct vmm_disk *d = s->disk;
    json_t *o = json_object(), *parts = json_array();
    put_safe(o, "path", d->probe.path);
    put_safe(o, "name", d->probe.name);
    put(o, "kind", json_string(kinds[d->probe.kind]));
    put(o, "format", json_string(d->probe.format));
    put_size(o, d->probe.size);
    put(o, "scheme", json_string(schemes[d->scheme]));
    put_safe(o, "id", d->identity ? d->identity : "");
    put(o, "cut_short", json_boolean(d->cut_short));
    put(o, "engine", json_string(d->engine));
    for (size_t i = 0; i < d->part_count; i++) json_array_append_new(parts, part_json(s, &d->parts[i]));
    put(o, "partitions", parts);
    return o;
}

static json_t *hives_json(const struct vmm_windows *w) {
    const struct vmm_store *const both[] = {w->system, w->software};
    json_t *list = json_array();
    for (size_t i = 0; i < VMM_COUNT(both); i++)
        if (both[i])
            json_array_append_new(list, json_pack("{s:s,s:o,s:o,s:o}", "name", both[i]->name, "blocked", vmm_json_text(both[i]->blocked), "error",
                                                  both[i]->hive ? json_null() : vmm_json_text(both[i]->error.message), "replay", vmm_store_replay_json(both[i])));
    return list;
}

static json_t *windows_json(const struct vmm_scan *s, const struct vmm_windows *w) {
    json_t *o = json_object(), *sets = json_array();
    const struct vmm_boot_store *b = vmm_scan_boot_store(s, w->number, NULL);
    put(o, "number", json_integer(w->number));
    put(o, "partition", json_integer(w->part));
    put_safe(o, "root", w->root);
    put(o, "product", vmm_json_text(w->product));
    put(o, "edition", vmm_json_text(w->edition));
    put(o, "installation", vmm_json_text(w->installation));
    put(o, "build", json_integer(w->build));
    put(o, "ubr", json_integer(w->ubr));
    put(o, "computer", vmm_json_text(w->computer));
    put(o, "letter", w->letter[0] ? json_string(w->letter) : json_null());
    put(o, "role", json_string(windows_roles[w->role]));
    put(o, "domain", vmm_json_text(w->domain));
    put(o, "last_shutdown", filetime(w->last_shutdown));
    put(o, "boot_set", number_or_null((int)w->boot_set));
    for (size_t i = 0; i < w->set_count; i++)
        json_array_append_new(sets, json_pack("{s:i, s:b, s:b}", "number", (int)w->sets[i].number, "complete", w->sets[i].complete, "boots", w->sets[i].number == w->boot_set));
    put(o, "sets", sets);
    put(o, "efi", json_boolean(w->efi));
    put(o, "store", number_or_null(b ? b->number : 0));
    put(o, "blocked", vmm_json_text(w->system->blocked));
    put(o, "hives", hives_json(w));
    put(o, "not_told", vmm_json_text(w->not_told));
    return o;
}

/* "Minimal", "Network", "DsRepair" or what else stands there; null when the entry does not start safe mode. */
static json_t *safeboot_json(const struct vmm_bcd *b, const struct vmm_bcd_object *o) {
    const struct vmm_bcd_element *e = vmm_bcd_effective(b, o, VMM_BCD_SAFEBOOT, NULL);
    if (e == NULL) return json_null();
    char *text = vmm_bcd_value_text(b, o, e, NULL);
    json_t *j = vmm_json_text(text);
    free(text);
    return j;
}

static json_t *loader_json(const struct vmm_bcd *b, const struct vmm_loader *l) {
    json_t *o = json_object();
    const struct vmm_bcd_element *e = vmm_bcd_own(l->object, VMM_BCD_DESCRIPTION);
    char *text = e ? vmm_bcd_string(e) : NULL;
    put(o, "id", json_string(l->object->guid));
    put_safe(o, "description", text ? text : "");
    put(o, "default", json_boolean(l->is_default));
    put(o, "windows", number_or_null(l->windows));
    put(o, "recovery", json_boolean(l->recovery));
    put(o, "safeboot", safeboot_json(b, l->object));
    put(o, "why", vmm_json_text(l->why));
    free(text);
    return o;
}

static json_t *boot_json(const struct vmm_boot_store *b) {
    json_t *o = json_object(), *loaders = json_array();
    put(o, "number", json_integer(b->number));
    put(o, "partition", json_integer(b->store->part));
    put_safe(o, "path", b->store->path);
    put(o, "label", vmm_json_text(b->store->label));
    put(o, "role", json_string(store_roles[b->role]));
    put(o, "why", vmm_json_text(b->why));
    put(o, "efi", json_boolean(b->efi));
    put(o, "blocked", vmm_json_text(b->store->blocked));
    put(o, "replay", vmm_store_replay_json(b->store));
    put(o, "error", b->store->bcd ? json_null() : vmm_json_text(b->store->error.message));
    for (size_t i = 0; i < b->loader_count; i++) json_array_append_new(loaders, loader_json(b->store->bcd, &b->loaders[i]));
    put(o, "loaders", loaders);
    return o;
}

json_t *vmm_scan_json(const struct vmm_scan *s) {
    json_t *o = json_object(), *windows = json_array(), *stores = json_array(), *notes = json_array();
    put(o, "disk", disk_json(s));
    for (size_t i = 0; i < s->windows_count; i++) json_array_append_new(windows, windows_json(s, &s->windows[i]));
    for (size_t i = 0; i < s->boot_count; i++) json_array_append_new(stores, boot_json(&s->boot[i]));
    for (size_t i = 0; i < s->note_count; i++) json_array_append_new(notes, vmm_json_text(s->notes[i]));
    put(o, "windows", windows);
    put(o, "stores", stores);
    put(o, "notes", notes);
    return o;
}
