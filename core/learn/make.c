/* The disk of a scenario: made as an image or as a folder, with everything that is wrong with it; and its seal, by which it is known later whether it was touched.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "learn/room.h"
#include "session/session.h"
#include "vmmedic/fix.h"

#define FILE_MAX ((size_t)1 << 30)

/* ---- the seal ---- */
static bool seal_add(struct vmm_buf *b, const char *path) {
    struct stat st;
    if (lstat(path, &st) < 0) return false;
    if (!S_ISDIR(st.st_mode)) {
        uint8_t *data;
        size_t len;
        char sha[65];
        if (vmm_file_read(path, FILE_MAX, &data, &len, NULL) < 0) return false;
        vmm_sha256(data, len, sha);
        free(data);
        vmm_buf_fmt(b, "%s\n", sha);
        return true;
    }
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    bool good = n >= 0;
    for (int i = 0; i < n; i++) {
        char *child = vmm_printf("%s/%s", path, names[i]->d_name);
        if (strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0) {
            vmm_buf_fmt(b, "%s\n", names[i]->d_name);
            good = good && seal_add(b, child);
        }
        free(child);
        free(names[i]);
    }
    if (n >= 0) free(names);
    return good;
}

char *vmm_seal_of(const char *path) {
    struct vmm_buf b = {0};
    char sha[65];
    bool good = seal_add(&b, path);
    vmm_sha256(b.data ? b.data : (const uint8_t *)"", b.len, sha);
    vmm_buf_free(&b);
    return good ? vmm_strdup(sha) : NULL;
}

/* ---- an interrupted repair ---- */
struct cut {
    int files;
    char *last;
};
/* Called in the C locale, so that the stages have the names of the source. Gone at the second file, or when the only one is about to be compared. */
static int cut_off(void *ctx, const char *stage, unsigned long long done, unsigned long long total) {
    static const char writing[] = "Writing ", comparing[] = "Reading it again";
    struct cut *c = ctx;
    (void)done;
    (void)total;
    bool fresh = c->last == NULL || strcmp(c->last, stage) != 0;
    if (fresh) {
        free(c->last);
        c->last = vmm_strdup(stage);
        c->files += strncmp(stage, writing, sizeof writing - 1) == 0;
    }
    if (c->files > 1 || strncmp(stage, comparing, sizeof comparing - 1) == 0) _exit(0); /* as in a power cut: nobody is told, nothing is closed */
    return 0;
}

/* In a process of its own: repairs everything that is needed, and is gone half way. */
static void repair_and_vanish(const char *disk, const char *boot) {
    struct vmm_error err = {0};
    struct vmm_open open = {.target = disk, .boot_folder = boot};
    struct vmm_volume *look = vmm_volume_open(&open, &err);
    struct vmm_scan *scan = look ? vmm_scan(look, (struct vmm_progress){0}, &err) : NULL;
    struct vmm_patient p;
    struct vmm_changes changes = {0};
    const struct vmm_fix *f;
    setlocale(LC_ALL, "C");
    if (scan == NULL || vmm_patient_pick(scan, 0, 0, &p, &err) < 0) _exit(1);
    for (size_t i = 0; (f = vmm_fix_at(i)) != NULL; i++) {
        struct vmm_finding found = {0};
        f->examine(&p, &found);
        if (found.verdict == VMM_NEEDED && !f->members && vmm_fix_plan(&p, f->id, &changes, &err) < 0) _exit(1);
        vmm_finding_clear(&found);
    }
    struct cut cut = {0};
    struct vmm_apply a = {.open = open, .look = &look, .scan = scan, .changes = &changes, .snapshot = VMM_SNAPSHOT_NONE, .snapshot_text = "practice",
                          .progress = {.fn = cut_off, .ctx = &cut}};
    json_t *result = NULL;
    vmm_session_apply(&a, &result, &err);
    _exit(1); /* it ended, and was not to */
}

static int interrupt(const char *disk, const char *boot, struct vmm_error *err) {
    fflush(NULL);
    pid_t child = fork();
    int status = 1;
    if (child == 0) repair_and_vanish(disk, boot);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    json_t *list = NULL;
    bool waits = child > 0 && status == 0 && vmm_session_list(&list, NULL) == 0 && json_array_size(list) == 1 &&
                 strcmp(vmm_json_str(json_array_get(list, 0), "state"), "interrupted") == 0;
    json_decref(list);
    return waits ? 0 : vmm_fail(err, VMM_E_INTERNAL, NULL, _("the interrupted repair of this scenario could not be made"));
}

/* ---- the disk ---- */
char *vmm_lesson_disk(const struct vmm_lesson *l, const char *room, char **boot) {
    char *folder = vmm_printf("%s/disks/%s", room, l->name), *image = vmm_printf("%s.img", folder);
    *boot = vmm_printf("%s.boot", folder);
    bool is_folder = access(folder, F_OK) == 0;
    if (!is_folder || access(*boot, F_OK) != 0) {
        free(*boot);
        *boot = NULL;
    }
    free(is_folder ? image : folder);
    return is_folder ? folder : image;
}

static int make_disk(const struct vmm_lesson *l, const char *disks, bool folder, struct vmm_progress progress, struct vmm_error *err) {
    struct vmm_scenario *s = vmm_scenario_combined(l->wrong, l->extras);
    char *path = vmm_printf(folder ? "%s/%s" : "%s/%s.img", disks, l->name), *boot = vmm_printf("%s.boot", path);
    int r = folder ? vmm_practice_folder(path, l->extras & VMM_EXTRA_DECOY_STORE ? boot : NULL, s, l->gen, err) : vmm_practice_make_of(s, path, l->gen, progress, err);
    free(boot);
    free(path);
    free(s);
    return r;
}

int vmm_lesson_make(const struct vmm_lesson *l, const char *room, bool folder, struct vmm_progress progress, struct vmm_error *err) {
    char *disks = vmm_printf("%s/disks", room), *sessions = vmm_sessions_dir(false, NULL), *boot = NULL, *path = NULL, *seal = NULL, *seal_path = vmm_printf("%s/seal", room);
    int r = 0;
    if (!(folder ? l->folder : l->image)) r = vmm_fail(err, VMM_E_UNSUPPORTED, NULL, folder ? _("the disk of this scenario cannot be a folder") : _("the disk of this scenario cannot be an image"));
    /* only what is below this very room is thrown away */
    if (r == 0 && access(disks, F_OK) == 0) r = vmm_remove_tree(disks, err);
    if (r == 0 && strncmp(sessions, room, strlen(room)) == 0 && access(sessions, F_OK) == 0) r = vmm_remove_tree(sessions, err);
    if (r == 0) r = vmm_mkdir_p(disks, err);
    if (r == 0) r = make_disk(l, disks, folder, progress, err);
    if (r == 0) path = vmm_lesson_disk(l, room, &boot);
    if (r == 0 && l->extras & VMM_EXTRA_INTERRUPTED) r = interrupt(path, boot, err);
    if (r == 0) seal = vmm_seal_of(path);
    if (r == 0) r = seal ? vmm_file_put(seal_path, seal, strlen(seal), err) : vmm_fail(err, VMM_E_SYSTEM, NULL, _("reading %s again failed"), path);
    free(seal);
    free(seal_path);
    free(path);
    free(boot);
    free(sessions);
    free(disks);
    return r;
}
