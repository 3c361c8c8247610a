/* The look at a whole disk: every boot store, every Windows, then the judgement of which belongs to which. Reads only.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "windows/look.h"

/* Where boot stores stand. The order is that in which a disk's stores are numbered. */
static const struct place {
    const char *path;
    bool efi;
} places[] = {
    {"\\EFI\\Microsoft\\Boot\\BCD", true},
    {"\\Boot\\BCD", false},
    {"\\EFI\\Microsoft\\Recovery\\BCD", true},
};
#define TEMPLATE "\\System32\\config\\BCD-Template"
#define SYSTEM_HIVE "\\System32\\config\\SYSTEM"
#define SOFTWARE_HIVE "\\System32\\config\\SOFTWARE"
#define MAX_TOP_FOLDERS 200

/* Top-level folders that are never a Windows; not worth a look each. */
static const char *const never_windows[] = {"$Recycle.Bin", "System Volume Information", "Program Files", "Program Files (x86)", "ProgramData", "Users",
                                            "Documents and Settings", "Recovery", "PerfLogs", "Boot", "EFI", "$WinREAgent", "Config.Msi", "Packages"};

/* A step of the look; true when the person asked to stop. */
static bool step(const struct vmm_progress *p, const char *stage, unsigned long long done, unsigned long long total) {
    return p->fn && p->fn(p->ctx, stage, done, total) != 0;
}

static void note_parts(struct vmm_scan *s) {
    if (s->disk->cut_short) vmm_scan_note(s, _("a partition ends after the end of the disk: the image is cut short, perhaps it was not copied completely"));
    for (size_t i = 0; i < s->disk->part_count; i++) {
        const struct vmm_part *p = &s->disk->parts[i];
        if (p->health_text == NULL) continue;
        char *where = vmm_part_name(s, p->number);
        vmm_scan_note(s, "%s: %s", where, p->health_text);
        free(where);
    }
}

static void add_boot_store(struct vmm_scan *s, struct vmm_volume *v, int part, char *real, bool efi, enum vmm_store_role role) {
    s->boot = vmm_realloc(s->boot, s->boot_count + 1, sizeof *s->boot);
    struct vmm_boot_store *b = &s->boot[s->boot_count++];
    *b = (struct vmm_boot_store){.number = (int)s->boot_count, .role = role, .efi = efi};
    b->store = vmm_scan_read(s, v, part, real, "BCD", true);
    free(real);
}

static void find_stores(struct vmm_scan *s, struct vmm_volume *v) {
    for (size_t i = 0; i < s->disk->part_count; i++) {
        const struct vmm_part *p = &s->disk->parts[i];
        if (!p->mountable) continue;
        for (size_t k = 0; k < VMM_COUNT(places); k++) {
            char *real;
            if (vmm_scan_there(s, v, p->number, places[k].path, false, &real)) add_boot_store(s, v, p->number, real, places[k].efi, VMM_STORE_DECOY);
        }
    }
}

static bool yes(const struct vmm_bcd *b, const struct vmm_bcd_object *o, uint32_t id) {
    uint64_t n = 0;
    const struct vmm_bcd_element *e = o ? vmm_bcd_effective(b, o, id, NULL) : NULL;
    return e && vmm_bcd_integer(e, &n) == VMM_SET && n != 0;
}

/* A saved session is fast startup's where the boot manager says so: {bootmgr} resume and hiberboot are both Yes then. */
static void tell_fast_startup(struct vmm_scan *s, struct vmm_volume *v) {
    bool fast = false;
    for (size_t i = 0; i < s->boot_count; i++) {
        const struct vmm_bcd *b = s->boot[i].store->bcd;
        const struct vmm_bcd_object *manager = b ? vmm_bcd_object(b, vmm_bcd_alias_guid("{bootmgr}")) : NULL;
        fast = fast || (manager && yes(b, manager, VMM_BCD_RESUME) && yes(b, manager, VMM_BCD_HIBERBOOT));
    }
    for (size_t i = 0; fast && i < s->disk->part_count; i++) vmm_volume_saw_fast_startup(v, s->disk->parts[i].number);
    for (size_t i = 0; fast && i < s->store_count; i++) vmm_scan_blocks(s, s->stores[i]);
}

/* ---- Windows ---- */

static bool known_windows(const struct vmm_scan *s, int part, const char *root) {
    for (size_t i = 0; i < s->windows_count; i++)
        if (s->windows[i].part == part && vmm_casecmp(s->windows[i].root, root) == 0) return true;
    return false;
}

/* Adds the Windows at ROOT of PART when its SYSTEM hive is there. */
static void try_root(struct vmm_scan *s, struct vmm_volume *v, int part, const char *root) {
    char *path = vmm_printf("%s" SYSTEM_HIVE, root), *real = NULL, *folder = NULL;
    if (!known_windows(s, part, root) && vmm_scan_there(s, v, part, path, false, &real) && strlen(real) > strlen(SYSTEM_HIVE)) {
        folder = vmm_strndup(real, strlen(real) - strlen(SYSTEM_HIVE));
        s->windows = vmm_realloc(s->windows, s->windows_count + 1, sizeof *s->windows);
        struct vmm_windows *w = &s->windows[s->windows_count++];
        *w = (struct vmm_windows){.number = (int)s->windows_count, .part = part, .root = folder};
        w->system = vmm_scan_read(s, v, part, real, "SYSTEM", false);
    }
    free(path);
    free(real);
}

static bool is_never_windows(const char *name) {
    for (size_t i = 0; i < VMM_COUNT(never_windows); i++)
        if (vmm_casecmp(name, never_windows[i]) == 0) return true;
    return false;
}

static void try_top_folders(struct vmm_scan *s, struct vmm_volume *v, int part) {
    char **names;
    size_t count, tried = 0;
    struct vmm_error err = {0};
    if (vmm_volume_list(v, part, "\\", &names, &count, &err) < 0) {
        vmm_scan_note(s, "%s", err.message);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        bool dotted = strchr(names[i], '.') != NULL; /* files mostly; a Windows folder's name has none */
        if (vmm_casecmp(names[i], "Windows.old") == 0) {
            char *where = vmm_part_name(s, part);
            vmm_scan_note(s, _("\\Windows.old on %s holds an earlier Windows; it does not boot and is left alone"), where);
            free(where);
        } else if (!dotted && !is_never_windows(names[i]) && tried++ < MAX_TOP_FOLDERS) {
            char *root = vmm_printf("\\%s", names[i]);
            struct vmm_stat st = {0};
            if (!known_windows(s, part, root) && vmm_volume_lookup(v, part, root, NULL, &st, NULL) == 1 && st.is_dir) try_root(s, v, part, root);
            free(root);
        }
        free(names[i]);
    }
    free(names);
}

/* systemroot of every loader: the folder may be called anything and stand anywhere. */
static void try_systemroots(struct vmm_scan *s, struct vmm_volume *v, int part) {
    for (size_t i = 0; i < s->boot_count; i++) {
        const struct vmm_bcd *b = s->boot[i].store->bcd;
        for (size_t k = 0; b && k < b->count; k++) {
            const struct vmm_bcd_element *e = b->objects[k].type == 0x10200003 ? vmm_bcd_own(&b->objects[k], VMM_BCD_SYSTEMROOT) : NULL;
            char *root = e && !vmm_loader_is_recovery(b, &b->objects[k]) ? vmm_bcd_string(e) : NULL;
            if (root && root[0] == '\\' && root[1] && strlen(root) < 200) try_root(s, v, part, root);
            free(root);
        }
    }
}

static void find_windows(struct vmm_scan *s, struct vmm_volume *v) {
    for (size_t i = 0; i < s->disk->part_count; i++) {
        const struct vmm_part *p = &s->disk->parts[i];
        bool can_hold = strcmp(p->fs, "ntfs") == 0 || (vmm_scan_is_folder(s) && p->number == 0);
        if (!p->mountable || !can_hold || p->role == VMM_PART_RECOVERY) continue;
        try_root(s, v, p->number, "\\Windows");
        try_systemroots(s, v, p->number);
        try_top_folders(s, v, p->number);
    }
}

static void complete_windows(struct vmm_scan *s, struct vmm_volume *v, struct vmm_windows *w) {
    static const struct { const char *name; bool efi; } boot_loaders[] = {{"winload.efi", true}, {"winload.exe", false}};
    char *path = vmm_printf("%s" SOFTWARE_HIVE, w->root), *real;
    if (vmm_scan_there(s, v, w->part, path, false, &real)) {
        w->software = vmm_scan_read(s, v, w->part, real, "SOFTWARE", false);
        free(real);
    }
    free(path);
    for (size_t i = 0; i < VMM_COUNT(boot_loaders); i++) {
        path = vmm_printf("%s\\System32\\%s", w->root, boot_loaders[i].name);
        bool there = vmm_scan_there(s, v, w->part, path, false, NULL);
        if (boot_loaders[i].efi) w->has_winload_efi = there;
        else w->has_winload_exe = there;
        free(path);
    }
    path = vmm_printf("%s" TEMPLATE, w->root);
    if (vmm_scan_there(s, v, w->part, path, false, &real)) add_boot_store(s, v, w->part, real, false, VMM_STORE_TEMPLATE);
    free(path);
    vmm_windows_facts(s, w);
    vmm_scan_files(s, v, w);
    if (s->windows_count > 1) { /* two SYSTEM hives in one plan must be told apart */
        struct vmm_store *both[] = {w->system, w->software};
        for (size_t i = 0; i < VMM_COUNT(both); i++)
            if (both[i]) {
                free(both[i]->label);
                both[i]->label = vmm_printf(_("%s of Windows %d"), both[i]->name, w->number);
            }
    }
}

/* ---- what follows from both ---- */

/* How each Windows boots: by the ending of its loader's path, else by the store that boots it, else by what is there. */
static void find_firmware(struct vmm_scan *s) {
    for (size_t i = 0; i < s->windows_count; i++) {
        struct vmm_windows *w = &s->windows[i];
        const struct vmm_boot_store *b = vmm_scan_boot_store(s, w->number, NULL);
        w->efi = b ? b->efi : s->disk->scheme == VMM_SCHEME_GPT || (w->has_winload_efi && !w->has_winload_exe);
        for (size_t k = 0; b && k < b->loader_count; k++) {
            const struct vmm_bcd_element *e = b->loaders[k].windows == w->number ? vmm_bcd_own(b->loaders[k].object, VMM_BCD_PATH) : NULL;
            char *path = e ? vmm_bcd_string(e) : NULL;
            size_t n = path ? strlen(path) : 0;
            if (n > 4) w->efi = vmm_casecmp(path + n - 4, ".efi") == 0;
            free(path);
        }
    }
}

/* That a file was not whole: what was done about it, or why nothing can be. */
static void note_replay(struct vmm_scan *s, const struct vmm_store *st) {
    char *text = st->hive ? vmm_store_replay_text(st) : NULL;
    if (text) vmm_scan_note(s, "%s: %s", st->label, text);
    else if (st->hive && vmm_hive_dirty(st->hive)) vmm_scan_note(s, "%s: %s", st->label, vmm_hive_dirty(st->hive));
    free(text);
}

static void note_stores(struct vmm_scan *s) {
    for (size_t i = 0; i < s->boot_count; i++) {
        const struct vmm_boot_store *b = &s->boot[i];
        if (b->store->bcd == NULL) {
            vmm_scan_note(s, "%s", b->store->error.message);
            continue;
        }
        note_replay(s, b->store);
        if (b->store->bcd->warning) vmm_scan_note(s, "%s: %s", b->store->label, b->store->bcd->warning);
        const struct vmm_bcd_object *manager = vmm_bcd_object(b->store->bcd, vmm_bcd_alias_guid("{bootmgr}"));
        if (b->role == VMM_STORE_BOOTS && manager == NULL) vmm_scan_note(s, _("%s has no {bootmgr} object: nothing boots from it as it stands"), b->store->label);
        if (b->role == VMM_STORE_BOOTS && yes(b->store->bcd, manager, VMM_BCD_RESUME))
            vmm_scan_note(s, _("%s says that a hibernated Windows is to be resumed"), b->store->label);
    }
}

static void note_windows(struct vmm_scan *s) {
    for (size_t i = 0; i < s->windows_count; i++) {
        const struct vmm_windows *w = &s->windows[i];
        if (w->system->hive == NULL) vmm_scan_note(s, "%s", w->system->error.message);
        note_replay(s, w->system);
        if (w->software) note_replay(s, w->software);
        if (w->select_current && w->select_default && w->select_current != w->select_default)
            vmm_scan_note(s, _("%s: the last start used control set %u, the next one uses %u"), w->system->label, w->select_current, w->select_default);
        for (size_t k = 0; k < w->set_count; k++)
            if (!w->sets[k].complete)
                vmm_scan_note(s, _("%s: ControlSet%03u is only a stub (it lacks Control, Services or Enum); it is left alone"), w->system->label, w->sets[k].number);
        const char *why = NULL;
        if (vmm_scan_boot_store(s, w->number, &why) == NULL && why) vmm_scan_note(s, "%s", why);
    }
}

struct vmm_scan *vmm_scan(struct vmm_volume *v, struct vmm_progress progress, struct vmm_error *err) {
    struct vmm_scan *s = vmm_alloc(1, sizeof *s);
    s->disk = vmm_volume_disk(v);
    s->volume = v;
    bool stop = step(&progress, _("Looking for boot stores"), 0, 3);
    if (!stop) find_stores(s, v);
    tell_fast_startup(s, v);
    note_parts(s);
    stop = stop || step(&progress, _("Looking for Windows"), 1, 3);
    if (!stop) find_windows(s, v);
    stop = stop || step(&progress, _("Reading the registry"), 2, 3);
    for (size_t i = 0; !stop && i < s->windows_count; i++) {
        complete_windows(s, v, &s->windows[i]);
        stop = step(&progress, _("Reading the registry"), 2, 3);
    }
    if (stop) {
        vmm_scan_free(s);
        vmm_fail(err, VMM_E_CANCELLED, NULL, _("looking at the disk was stopped; nothing was changed"));
        return NULL;
    }
    vmm_judge_stores(s);
    vmm_judge_loaders(s, v);
    find_firmware(s);
    note_stores(s);
    note_windows(s);
    step(&progress, _("Reading the registry"), 3, 3);
    return s;
}

struct vmm_scan *vmm_scan_store_file(struct vmm_volume *v, const char *path, struct vmm_error *err) {
    const char *slash = strrchr(path, '/');
    char *real = NULL;
    if (slash && vmm_volume_disk(v)->probe.kind == VMM_TARGET_HIVE_FILE) path = slash + 1; /* its root is the folder that holds the file */
    int there = vmm_volume_lookup(v, 0, path, &real, NULL, err);
    if (there != 1) {
        if (there == 0) vmm_fail(err, VMM_E_NOT_FOUND, NULL, _("there is no file %s"), path);
        return NULL;
    }
    struct vmm_scan *s = vmm_alloc(1, sizeof *s);
    s->disk = vmm_volume_disk(v);
    s->volume = v;
    s->store_only = true;
    add_boot_store(s, v, 0, real, false, VMM_STORE_BOOTS);
    struct vmm_boot_store *b = &s->boot[0];
    if (b->store->bcd == NULL) {
        if (err) *err = b->store->error;
        vmm_scan_free(s);
        return NULL;
    }
    vmm_judge_stores(s);
    vmm_judge_loaders(s, v);
    note_stores(s);
    return s;
}

/* ---- the end ---- */

static void free_store(struct vmm_store *st) {
    vmm_bcd_close(st->bcd);
    vmm_hive_close(st->hive);
    for (size_t i = 0; i < VMM_COUNT(st->logs); i++) {
        free(st->logs[i].path);
        free(st->logs[i].data);
    }
    free(st->name);
    free(st->label);
    free(st->path);
    free(st->data);
    free(st->blocked);
    for (size_t i = 0; i < st->folder_count; i++) free(st->folders[i]);
    free(st->folders);
    free(st);
}

static void free_windows(struct vmm_windows *w) {
    free(w->root);
    free(w->product);
    free(w->edition);
    free(w->installation);
    free(w->computer);
    free(w->domain);
    free(w->sets);
    free(w->not_told);
}

void vmm_scan_free(struct vmm_scan *s) {
    if (s == NULL) return;
    for (size_t i = 0; i < s->boot_count; i++) {
        for (size_t k = 0; k < s->boot[i].loader_count; k++) free(s->boot[i].loaders[k].why);
        free(s->boot[i].loaders);
        free(s->boot[i].why);
    }
    for (size_t i = 0; i < s->windows_count; i++) free_windows(&s->windows[i]);
    for (size_t i = 0; i < s->store_count; i++) free_store(s->stores[i]);
    for (size_t i = 0; i < s->file_count; i++) free_store(s->files[i]);
    free(s->files);
    for (size_t i = 0; i < s->note_count; i++) free(s->notes[i]);
    free(s->boot);
    free(s->windows);
    free(s->stores);
    free(s->notes);
    free(s);
}
