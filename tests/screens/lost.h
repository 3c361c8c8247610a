/* A front end that is lost: a process of its own that goes a way and ends without a word. The worker follows a script. Include cmocka first.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TESTS_LOST_H
#define VMM_TESTS_LOST_H
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/folder.h"
#include "tests/screens/walk.h"

static char *room, *disk, *place;
static const struct wizard_options here __attribute__((unused)) = {.place = true};
static struct wizard_options there;
/* The answers name the disk of this test, which must exist. */
static char *probe, *scan_broken, *scan_other, *scan_healthy, *scan_pending, *scan_fewer;

static inline char *at_disk(const char *json) {
    struct vmm_buf b = {0};
    for (const char *p = json, *hit; *p; p = hit + strlen("/srv/disk.img")) {
        hit = strstr(p, "/srv/disk.img");
        if (hit == NULL) {
            vmm_buf_str(&b, p);
            break;
        }
        vmm_buf_add(&b, p, (size_t)(hit - p));
        vmm_buf_str(&b, disk);
    }
    return vmm_buf_steal(&b);
}
static inline char *replaced(const char *text, const char *what, const char *with) {
    const char *at = strstr(text, what);
    assert_non_null(at);
    return vmm_printf("%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
}

static inline int setup(void **state) {
    (void)state;
    room = harness_room();
    disk = vmm_printf("%s/disk.img", room);
    place = vmm_printf("%s/state/place.json", room);
    harness_write(disk, "x", 1);
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    there = (struct wizard_options){.target = disk, .place = true};
    probe = at_disk(PROBE_JSON);
    scan_broken = at_disk(SCAN_BROKEN);
    scan_healthy = at_disk(SCAN_HEALTHY);
    scan_pending = at_disk(SCAN_PENDING);
    scan_other = replaced(scan_broken, "gpt:{x}", "gpt:{y}");
    scan_fewer = replaced(scan_broken, "'id':'CD01'", "'id':'CD99'");
    return 0;
}
static inline int teardown(void **state) {
    (void)state;
    char *const texts[] = {room, disk, place, probe, scan_broken, scan_healthy, scan_pending, scan_other, scan_fewer};
    vmm_remove_tree(room, NULL);
    for (size_t i = 0; i < VMM_COUNT(texts); i++) free(texts[i]);
    return 0;
}

#define ANSWERS(scan) {COMMON, {"probe", probe}, {"scan", scan}, {"plan", PLAN_JSON}, {"apply", APPLY_JSON}, {0}}

/* A front end in a process of its own that goes a way and is then killed. */
static inline void lose(const struct wizard_options *o, void (*way)(struct walk *k)) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        const struct answer answers[] = ANSWERS(scan_broken);
        way(begin_with(answers, o));
        kill(getpid(), SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static inline void to_fixes(struct walk *k) {
    choose(k, 1);
    choose(k, 1);
    enter(k, "web03-snap");
    enter_until(k, STEP_FIXES);
    open_all(k);
    vmm_wizard_mark(k->w, row_with(k, "CD01"), true);
    vmm_wizard_mark(k->w, row_with(k, "SM01"), false);
    key(k, 'o', row_with(k, "CD01"));
    enter(k, "kind=full");
    vmm_wizard_tick(k->w);
}
static inline void to_preview(struct walk *k) {
    to_fixes(k);
    enter(k, NULL);
    AT(k, STEP_PREVIEW);
}
static inline void to_apply(struct walk *k) {
    to_preview(k);
    enter(k, NULL);
    AT(k, STEP_APPLY);
}
static inline void to_attach(struct walk *k) {
    choose(k, 1);
    key(k, 'a', 0);
    enter(k, "prod-rg web03");
    choose(k, 2);
    AT(k, STEP_ATTACH);
}
static inline void to_symptom_only(struct walk *k) { AT(k, STEP_SYMPTOM); }

static inline bool kept(void) { return access(place, F_OK) == 0; }

static inline json_t *place_json(void) {
    json_t *o = vmm_json_load(place, NULL);
    assert_non_null(o);
    return o;
}
static inline void put_place(json_t *o) {
    assert_int_equal(vmm_json_save(place, o, NULL), 0);
    json_decref(o);
}
#endif
