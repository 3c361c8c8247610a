/* The place is not lost: the answers given so far, kept in a small file until something is written or the person leaves. Facts about the disk are not kept but its
 * identity: they are read again. Best effort: a place that cannot be kept is not missed, and a file that is not what this program wrote is not there.
 *   place.json, or place-PID.json while another front end has that one; each says which process it belongs to, and as long as that one lives it is left alone
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/place.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define VERSION 1
#define BYTES_MAX 65536
#define FILES_MAX 64          /* that are looked at */
#define DAYS_MAX 7
#define AGAIN 60              /* seconds after which the time in the file is brought up to date */

static const char *const step_words[] = {[STEP_SYMPTOM] = "symptom", [STEP_SNAPSHOT] = "snapshot", [STEP_ATTACH] = "attach", [STEP_DRIVE] = "drive",
                                         [STEP_BOOT] = "boot",       [STEP_FIXES] = "fixes",       [STEP_PREVIEW] = "preview", [STEP_APPLY] = "apply"};
static const char *const snapshot_words[] = {[SNAP_UNANSWERED] = "", [SNAP_NAMED] = "named", [SNAP_COPY] = "copy", [SNAP_TAKE] = "take", [SNAP_NONE] = "none"};

static size_t word_in(const char *const *words, size_t n, const char *word) {
    size_t i = 0;
    while (i < n && strcmp(words[i], word) != 0) i++;
    return i;
}

/* When the process began, in the kernel's ticks; 0: there is none, or it has ended and only nobody has asked how yet. */
static json_int_t start_of(json_int_t pid) {
    char *path = vmm_printf("/proc/%lld/stat", (long long)pid);
    uint8_t *text = NULL;
    size_t len = 0;
    long long start = 0;
    if (pid > 0 && vmm_file_read(path, 4096, &text, &len, NULL) == 0) {
        char *at = strrchr((char *)text, ')');
        if (at && at[1] && (at[2] == 'Z' || at[2] == 'X')) at = NULL;
        for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
        if (at) start = strtoll(at + 1, NULL, 10);
    }
    free(text);
    free(path);
    return start;
}

/* ---- keeping ---- */
/* Between the first answer and the first byte. */
static bool worth(const struct wizard *w) {
    const struct job *apply = &w->job[JOB_APPLY];
    enum wizard_step step = vmm_base(w);
    if (step == STEP_FINISH || step == STEP_FOLLOW || step == STEP_RESUME || w->repaired || w->undone) return false;
    if (apply->running || apply->result || apply->failed || w->job[JOB_UNDO].running || w->job[JOB_FINISH].running) return false;
    return step != STEP_SYMPTOM || w->symptom || w->snapshot != SNAP_UNANSWERED || (w->target && !w->named);
}

static json_t *describe(const struct wizard *w) {
    json_t *o = json_object(), *cloud = json_array(), *ticks = json_array();
    const json_t *disk = json_object_get(vmm_scan_of(w), "disk");
    char *boot = w->boot ? realpath(w->boot, NULL) : NULL, *target = w->target ? realpath(vmm_disk_path(w), NULL) : NULL;
    const char *id;
    json_t *ignored;
    json_object_foreach(w->ticks, id, ignored) json_array_append_new(ticks, json_string(id));
    for (int c = 0; c < CLOUD_NAMES; c++) json_array_append_new(cloud, vmm_json_text(w->cloud[c]));
    json_object_set_new(o, "version", json_integer(VERSION));
    json_object_set_new(o, "program", json_string(VMM_VERSION));
    json_object_set_new(o, "pid", json_integer(getpid()));
    json_object_set_new(o, "start", json_integer(start_of(getpid())));
    json_object_set_new(o, "step", json_string(step_words[vmm_wizard_line(w)]));
    json_object_set_new(o, "symptom", json_integer((json_int_t)w->symptom));
    json_object_set_new(o, "message", vmm_json_text(w->message ? w->message->id : NULL));
    json_object_set_new(o, "snapshot", json_string(snapshot_words[w->snapshot]));
    json_object_set_new(o, "snapshot_text", vmm_json_text(w->snapshot_text));
    json_object_set_new(o, "target", vmm_json_text(target ? target : w->target));
    json_object_set_new(o, "boot", vmm_json_text(boot ? boot : w->boot));
    json_object_set_new(o, "format", vmm_json_text(w->format));
    json_object_set_new(o, "disk", vmm_json_text(vmm_s(disk, "id")));
    json_object_set_new(o, "name", vmm_json_text(vmm_disk_name(w)));
    json_object_set_new(o, "windows", json_integer(w->windows));
    json_object_set_new(o, "store", json_integer(w->store));
    json_object_set_new(o, "ticked", json_boolean(w->ticked_once));
    json_object_set_new(o, "ticks", ticks);
    json_object_set_new(o, "options", json_deep_copy(w->options));
    json_object_set_new(o, "reg", vmm_json_text(w->reg_on ? w->reg_file : NULL));
    json_object_set_new(o, "cloud", cloud);
    free(boot);
    free(target);
    return o;
}

/* The first time: the common name if it is free, else one of our own; two that begin in the same moment cannot both get it. */
static void put(struct wizard *w, const char *text) {
    struct place *p = &w->place;
    if (p->file) {
        vmm_file_put(p->file, text, strlen(text), NULL);
        return;
    }
    char *dir = vmm_state_dir(), *own = vmm_printf("%s/place-%d.json", dir, (int)getpid()), *common = vmm_printf("%s/place.json", dir);
    if (vmm_mkdir_p(dir, NULL) == 0 && vmm_file_put(own, text, strlen(text), NULL) == 0) {
        vmm_set(&p->file, own);
        vmm_place_decline(w); /* what was offered lives on in this one */
        if (link(own, common) == 0) {
            unlink(own);
            vmm_set(&p->file, common);
        }
    }
    free(dir);
    free(own);
    free(common);
}

void vmm_place_drop(struct wizard *w) {
    struct place *p = &w->place;
    if (p->file) unlink(p->file);
    vmm_set(&p->file, NULL);
    vmm_set(&p->kept, NULL);
}

void vmm_place_keep(struct wizard *w) {
    struct place *p = &w->place;
    if (!p->on || w->over || w->step == STEP_RESUME) return;
    if (!worth(w)) {
        vmm_place_drop(w);
        return;
    }
    json_t *o = describe(w);
    char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
    time_t now = time(NULL);
    if (text && (p->kept == NULL || strcmp(text, p->kept) != 0 || now - p->when >= AGAIN)) {
        json_object_set_new(o, "when", json_integer((json_int_t)now));
        char *whole = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        put(w, whole);
        free(whole);
        vmm_set(&p->kept, text);
        p->when = now;
    }
    free(text);
    json_decref(o);
}

/* ---- finding ---- */
static int is_place(const struct dirent *e) {
    const char *n = e->d_name;
    if (strncmp(n, "place", 5) != 0) return 0;
    n += 5;
    if (*n == '-') n += 1 + strspn(n + 1, "0123456789");
    return strcmp(n, ".json") == 0;
}

/* Its text, if the file is a plain one of ours that nobody else can write; the caller frees. */
static char *read_own(const char *path) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0 && st.st_size > 0 && st.st_size <= BYTES_MAX) {
        text = vmm_alloc((size_t)st.st_size + 1, 1);
        if (read(fd, text, (size_t)st.st_size) != st.st_size) {
            free(text);
            text = NULL;
        }
    }
    if (fd >= 0) close(fd);
    return text;
}

static json_t *load(const char *path) {
    char *text = read_own(path);
    json_t *o = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(text);
    bool good = json_is_object(o) && vmm_int(o, "version") == VERSION && strcmp(vmm_s(o, "program"), VMM_VERSION) == 0 && json_is_integer(json_object_get(o, "when")) &&
                word_in(step_words, VMM_COUNT(step_words), vmm_s(o, "step")) < VMM_COUNT(step_words) &&
                (vmm_s(o, "target")[0] == 0 || vmm_s(o, "target")[0] == '/');
    if (good) return o;
    json_decref(o);
    return NULL;
}

static json_int_t when(const json_t *place) { return json_integer_value(json_object_get(place, "when")); }

static bool lives(const json_t *place) {
    json_int_t start = start_of(json_integer_value(json_object_get(place, "pid")));
    return start != 0 && start == json_integer_value(json_object_get(place, "start"));
}

bool vmm_place_find(struct wizard *w, const char *target) {
    struct place *p = &w->place;
    struct dirent **names = NULL;
    char *dir = vmm_state_dir();
    int n = p->on ? scandir(dir, &names, is_place, alphasort) : 0;
    time_t now = time(NULL);
    for (int i = 0; i < n; i++) {
        char *path = vmm_printf("%s/%s", dir, names[i]->d_name);
        json_t *o = i < FILES_MAX ? load(path) : NULL;
        json_int_t age = o ? (json_int_t)now - when(o) : 0;
        bool lost = o && !lives(o);
        if (lost && age > DAYS_MAX * 86400) unlink(path);
        bool fits = lost && age >= -300 && age <= DAYS_MAX * 86400 && (target == NULL || strcmp(vmm_s(o, "target"), target) == 0);
        if (fits && (p->left == NULL || when(o) > when(p->left))) {
            json_decref(p->left);
            p->left = json_incref(o);
            vmm_set(&p->left_file, path);
        }
        json_decref(o);
        free(path);
        free(names[i]);
    }
    free(names);
    free(dir);
    return p->left != NULL;
}

void vmm_place_decline(struct wizard *w) {
    struct place *p = &w->place;
    if (p->left_file && (p->file == NULL || strcmp(p->file, p->left_file) != 0)) unlink(p->left_file);
    json_decref(p->left);
    p->left = NULL;
    vmm_set(&p->left_file, NULL);
}

void vmm_place_clear(struct wizard *w) {
    json_decref(w->place.left);
    free(w->place.left_file);
    free(w->place.file);
    free(w->place.kept);
}

/* ---- taking up ---- */
long vmm_place_age(const struct wizard *w) {
    json_int_t age = (json_int_t)time(NULL) - when(w->place.left);
    return age > 0 ? (long)age : 0;
}

enum wizard_step vmm_place_step(const struct wizard *w) {
    return (enum wizard_step)word_in(step_words, VMM_COUNT(step_words), vmm_s(w->place.left, "step"));
}

static int number(const json_t *o, const char *key, int most) {
    json_int_t n = json_integer_value(json_object_get(o, key));
    return n > 0 && n <= most ? (int)n : 0;
}

static void set_text(char **where, const json_t *o, const char *key) { vmm_set(where, vmm_s(o, key)[0] ? vmm_s(o, key) : NULL); }

void vmm_place_answers(struct wizard *w) {
    const json_t *o = w->place.left, *cloud = json_object_get(o, "cloud");
    int last = (int)vmm_step_symptom.count(w) - 1;
    size_t snap = word_in(snapshot_words, VMM_COUNT(snapshot_words), vmm_s(o, "snapshot"));
    const char *text = vmm_s(o, "snapshot_text");
    bool typed = snap == SNAP_NAMED || snap == SNAP_NONE;
    w->symptom = (size_t)number(o, "symptom", last);
    w->message = NULL;
    for (size_t i = 0; vmm_symptom_at(i); i++)
        if (strcmp(vmm_symptom_at(i)->id, vmm_s(o, "message")) == 0) w->message = vmm_symptom_at(i);
    if (snap < VMM_COUNT(snapshot_words) && !(typed && text[strspn(text, " ")] == 0)) {
        w->snapshot = w->snapshot_row = (enum snapshot_answer)snap;
        vmm_set(&w->snapshot_text, typed ? text : NULL);
    }
    for (size_t c = 0; c < CLOUD_NAMES; c++) { /* they go into commands that people copy */
        const char *name = json_string_value(json_array_get(cloud, c));
        if (name && name[0] && name[0] != '-' && vmm_cloud_harmless(name)) vmm_set(&w->cloud[c], name);
    }
    if (w->target == NULL && vmm_s(o, "target")[0]) {
        set_text(&w->target, o, "target");
        set_text(&w->boot, o, "boot");
        set_text(&w->format, o, "format");
    }
    w->want_windows = number(o, "windows", 999);
}

bool vmm_place_same_disk(const struct wizard *w) {
    const char *was = vmm_s(w->place.left, "disk"), *is = vmm_s(json_object_get(vmm_scan_of(w), "disk"), "id");
    return was[0] == 0 || strcmp(was, is) == 0;
}

static bool can_be_done(const json_t *fix) { return !vmm_s(fix, "blocked_by")[0] && strcmp(vmm_s(fix, "verdict"), "report") != 0; }

char *vmm_place_ticks(struct wizard *w) {
    const json_t *o = w->place.left, *fixes = json_object_get(vmm_scan_of(w), "fixes"), *was = json_object_get(o, "ticks");
    struct vmm_buf lost = {0};
    if (!json_is_true(json_object_get(o, "ticked"))) return NULL;
    json_object_clear(w->ticks);
    json_object_clear(w->options);
    for (size_t t = 0; t < json_array_size(was); t++) {
        const char *id = json_string_value(json_array_get(was, t));
        size_t i = 0;
        while (id && i < json_array_size(fixes) && strcmp(vmm_s(json_array_get(fixes, i), "id"), id) != 0) i++;
        if (id == NULL || i == json_array_size(fixes) || !can_be_done(json_array_get(fixes, i))) {
            if (id) vmm_buf_fmt(&lost, "%s%s", lost.len ? ", " : "", id);
            continue;
        }
        json_object_set_new(w->ticks, id, json_true());
        const char *options = vmm_s(json_object_get(o, "options"), id);
        if (options[0]) json_object_set_new(w->options, id, vmm_json_text(options));
    }
    if (vmm_s(o, "reg")[0] == '/') {
        vmm_set(&w->reg_file, vmm_s(o, "reg"));
        w->reg_on = true;
    }
    w->ticked_once = true;
    return lost.len ? vmm_buf_steal(&lost) : NULL;
}

void vmm_place_store(struct wizard *w) {
    int store = number(w->place.left, "store", 999);
    const json_t *stores = json_object_get(vmm_scan_of(w), "stores");
    for (size_t i = 0; i < json_array_size(stores); i++)
        if (store && vmm_int(json_array_get(stores, i), "number") == store) w->store = store;
}
