/* `vmmedic learn`: practice on disks that are made for it and thrown away. The wizard is the usual one, behind a fence.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "screens/learn.h"

/* ---- scenarios ---- */
/* Those that come with the program, then those of VMMEDIC_SCENARIOS, then those of --scenarios. */
static struct vmm_lessons *read_all(const struct cli *c) {
    const char *folders[3];
    size_t n = 0;
    char *own = vmm_lessons_folder();
    folders[n++] = own;
    if (getenv("VMMEDIC_SCENARIOS") && getenv("VMMEDIC_SCENARIOS")[0]) folders[n++] = getenv("VMMEDIC_SCENARIOS");
    if (c->scenarios) folders[n++] = c->scenarios;
    struct vmm_lessons *all = vmm_lessons_read(folders, n);
    free(own);
    return all;
}

static int check(const char *path) {
    struct vmm_lesson_fault *faults;
    size_t count;
    struct vmm_error err = {0};
    struct vmm_lesson *l = vmm_lesson_read(path, &faults, &count, &err);
    for (size_t i = 0; i < count; i++) printf("%s:%u:%u: %s\n", path, faults[i].line, faults[i].column, faults[i].text);
    if (l == NULL && count == 0) fprintf(stderr, "vmmedic: %s\n", err.message);
    if (l) printf(_("%s: good\n"), path);
    vmm_lesson_faults_free(faults, count);
    vmm_lesson_free(l);
    return l ? 0 : 2;
}

static char *home_folder(void) {
    char *state = vmm_state_dir(), *home = vmm_printf("%s/learn", state);
    free(state);
    return home;
}

/* Ways in which it was solved: "guided,exam"; the caller frees. */
static char *solved(const json_t *done, const char *name) {
    struct vmm_buf b = {0};
    for (enum vmm_lesson_mode m = 0; m < VMM_LESSON_MODES; m++)
        if (json_object_get(json_object_get(done, name), vmm_lesson_mode_word(m))) vmm_buf_fmt(&b, "%s%s", b.len ? "," : "", vmm_lesson_mode_word(m));
    return vmm_buf_steal(&b);
}

static int list(const struct cli *c, const struct vmm_lessons *all) {
    char lang[8], *home = home_folder();
    json_t *done = vmm_lessons_done(home), *array = json_array();
    vmm_language(lang);
    for (size_t i = 0; i < all->count; i++) {
        const struct vmm_lesson *l = all->list[i];
        char *ways = solved(done, l->name);
        const char *title = vmm_words_text(&l->title, lang);
        if (!c->json) printf("%-26s %d  %-12s %-14s %s\n", l->name, l->level, l->article, ways[0] ? ways : "-", title);
        json_array_append_new(array, json_pack("{s:s,s:o,s:i,s:s,s:o,s:b,s:b}", "name", l->name, "title", vmm_json_text(title), "level", l->level, "article", l->article, "solved",
                                               json_object_get(done, l->name) ? json_deep_copy(json_object_get(done, l->name)) : json_object(), "image", l->image, "folder", l->folder));
        free(ways);
    }
    for (size_t i = 0; i < all->note_count; i++) fprintf(stderr, "vmmedic: %s\n", all->notes[i]);
    json_t *object = json_pack("{s:o}", "scenarios", array);
    if (c->json) cli_print_json(object);
    json_decref(object);
    json_decref(done);
    free(home);
    return 0;
}

/* ---- the room of a lesson ---- */
static bool lives(const char *name) {
    long pid = strtol(name + strlen("room-"), NULL, 10);
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

/* What a lesson left whose terminal was lost. */
static void sweep(const char *home) {
    DIR *d = opendir(home);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (strncmp(e->d_name, "room-", 5) != 0 || lives(e->d_name)) continue;
        char *path = vmm_printf("%s/%s", home, e->d_name);
        vmm_remove_tree(path, NULL);
        free(path);
    }
    if (d) closedir(d);
}

static int make_room(const char *home, char **room, struct vmm_error *err) {
    char *path = vmm_printf("%s/room-%d", home, (int)getpid()), *disks = vmm_printf("%s/disks", path), *state = vmm_printf("%s/state", path);
    sweep(home);
    int r = vmm_mkdir_p(disks, err);
    if (r == 0) r = vmm_mkdir_p(state, err);
    *room = r == 0 ? realpath(path, NULL) : NULL;
    free(path);
    free(disks);
    free(state);
    return *room ? 0 : -1;
}

/* From here on this process and its worker can open nothing but what is in the room. */
static void fence_in(const char *room) {
    char *disks = vmm_printf("%s/disks", room), *state = vmm_printf("%s/state", room);
    setenv("VMMEDIC_ONLY", disks, 1);
    setenv("VMMEDIC_STATE", state, 1);
    free(disks);
    free(state);
}

static int learn(struct cli *c, const struct vmm_lessons *all, const char *name) {
    struct wizard_learning given = {.lessons = name ? NULL : all, .lesson = name ? vmm_lesson_by_name(all, name) : NULL, .mode = VMM_LESSON_GUIDED, .folder = c->learn_folder};
    struct vmm_error err = {0};
    char *home = home_folder(), *room = NULL;
    int code;
    if (name && given.lesson == NULL) code = cli_usage(c, _("there is no scenario \"%s\"; see: vmmedic learn --list"), name);
    else if (c->mode && vmm_lesson_mode_by_word(c->mode, &given.mode) < 0) code = cli_usage(c, _("--mode is guided, own or exam"));
    else if (make_room(home, &room, &err) < 0) code = cli_failed(c, &err);
    else {
        fence_in(room);
        given.home = home;
        given.room = room;
        c->count = 0;
        code = cli_wizard_with(c, &given);
        vmm_remove_tree(room, NULL);
    }
    free(home);
    free(room);
    return code;
}

int cli_learn(struct cli *c) {
    if (c->check) return check(c->check);
    if (c->json && !c->list) return cli_usage(c, _("learn talks to people; only learn --list has --json"));
    struct vmm_lessons *all = read_all(c);
    int code = c->list ? list(c, all) : learn(c, all, c->count ? c->args[0] : NULL);
    vmm_lessons_free(all);
    return code;
}
