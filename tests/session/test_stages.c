/* Stages of writing jobs: announced beforehand by the names that are told later, kept in a file for those who follow, and honest about whether stopping is possible.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"
#include "session/client.h"
#include "session/session.h"
#include "vmmedic/fix.h"

static char *room, *disk;

static int setup(void **state) {
    (void)state;
    room = harness_stand("safe-mode-minimal", &disk);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    harness_fall(room, disk);
    return 0;
}

/* ---- a listener ---- */
struct heard {
    json_t *told;       /* stages, each once, in order */
    json_t *announced;  /* at each: those that follow */
    json_t *stops;      /* at each: whether it can be stopped */
    json_t *files;      /* at each: the file "progress", null when there is none */
    const char *stop_at; /* ask to stop when this one is told */
    json_t *next;
    bool stop;
};

static char *progress_path(void) {
    json_t *list = NULL;
    vmm_session_list(&list, NULL);
    char *path = json_array_size(list) ? vmm_printf("%s/progress", vmm_json_str(json_array_get(list, 0), "folder")) : NULL;
    json_decref(list);
    return path;
}

static void ahead(void *ctx, const char *const *next, size_t count, bool stop) {
    struct heard *h = ctx;
    json_decref(h->next);
    h->next = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(h->next, json_string(next[i]));
    h->stop = stop;
}

static int hear(void *ctx, const char *stage, unsigned long long done, unsigned long long total) {
    struct heard *h = ctx;
    (void)done;
    (void)total;
    size_t n = json_array_size(h->told);
    if (n && strcmp(json_string_value(json_array_get(h->told, n - 1)), stage) == 0) return 0;
    json_array_append_new(h->told, json_string(stage));
    json_array_append(h->announced, h->next);
    json_array_append_new(h->stops, json_boolean(h->stop));
    char *path = progress_path();
    struct stat st;
    if (path && stat(path, &st) == 0) assert_int_equal(st.st_mode & 0777, 0600);
    json_t *file = path ? vmm_json_load(path, NULL) : NULL;
    json_array_append_new(h->files, file ? file : json_null());
    free(path);
    return h->stop_at && strcmp(h->stop_at, stage) == 0;
}

static void listen(struct heard *h) { *h = (struct heard){.told = json_array(), .announced = json_array(), .stops = json_array(), .files = json_array()}; }
static void deaf(struct heard *h) {
    json_decref(h->told);
    json_decref(h->announced);
    json_decref(h->stops);
    json_decref(h->files);
    json_decref(h->next);
}
static struct vmm_progress to(struct heard *h) { return (struct vmm_progress){.fn = hear, .ctx = h, .ahead = ahead}; }

static int repair(struct heard *h, const char *fix, struct vmm_error *err) {
    struct vmm_open open = {.target = disk};
    struct vmm_volume *look = vmm_volume_open(&open, err);
    struct vmm_scan *scan = look ? vmm_scan(look, (struct vmm_progress){0}, err) : NULL;
    struct vmm_patient p = {.scan = scan};
    struct vmm_changes changes = {0};
    json_t *result = NULL;
    int r = scan ? vmm_patient_pick(scan, 0, 0, &p, err) : -1;
    if (r == 0) r = vmm_fix_plan(&p, fix, &changes, err);
    if (r == 0) r = vmm_fix_plan(&p, "CD01", &changes, err);
    struct vmm_apply a = {.open = open, .look = &look, .scan = scan, .changes = &changes, .snapshot = VMM_SNAPSHOT_NONE, .snapshot_text = "a test", .progress = to(h)};
    if (r == 0) r = vmm_session_apply(&a, &result, err);
    json_decref(result);
    vmm_changes_clear(&changes);
    vmm_scan_free(scan);
    vmm_volume_close(look, NULL);
    return r;
}

/* What was announced at each stage is exactly what was told from then on. */
static void kept_its_word(const struct heard *h) {
    size_t n = json_array_size(h->told);
    for (size_t i = 0; i < n; i++) {
        const json_t *next = json_array_get(h->announced, i);
        assert_int_equal(json_array_size(next), n - i - 1);
        for (size_t k = 0; k < json_array_size(next); k++) assert_true(json_equal(json_array_get(next, k), json_array_get(h->told, i + 1 + k)));
    }
}

static size_t index_of(const struct heard *h, const char *words) {
    for (size_t i = 0; i < json_array_size(h->told); i++)
        if (strstr(json_string_value(json_array_get(h->told, i)), words)) return i;
    fail_msg("no stage with: %s", words);
    return 0;
}

/* ---- promises ---- */
static void the_stages_that_are_told_are_those_that_were_announced(void **state) {
    (void)state;
    struct heard h;
    struct vmm_error err = {0};
    listen(&h);
    if (repair(&h, "SM01", &err) < 0) fail_msg("%s", err.message);
    assert_int_equal(json_array_size(h.told), 7); /* copies, originals, opening, two files, reading again, closing */
    kept_its_word(&h);
    assert_true(index_of(&h, "Writing ") > index_of(&h, "Opening"));
    deaf(&h);
    listen(&h);
    json_t *result;
    if (vmm_session_undo(NULL, NULL, to(&h), &result, &err) < 0) fail_msg("%s", err.message);
    json_decref(result);
    assert_int_equal(json_array_size(h.told), 5);
    kept_its_word(&h);
    deaf(&h);
}

static void from_the_first_file_on_stopping_is_not_offered(void **state) {
    (void)state;
    struct heard h;
    struct vmm_error err = {0};
    listen(&h);
    assert_int_equal(repair(&h, "SM01", &err), 0);
    size_t first = index_of(&h, "Writing ");
    for (size_t i = 0; i < json_array_size(h.stops); i++) assert_int_equal(json_is_true(json_array_get(h.stops, i)), i < first);
    deaf(&h);
}

static void a_wish_to_stop_is_heard_up_to_the_first_file_and_not_after(void **state) {
    (void)state;
    struct heard all;
    struct vmm_error err = {0};
    char *before = harness_hash(disk);
    listen(&all);
    assert_int_equal(repair(&all, "SM01", &err), 0);
    json_t *result;
    assert_int_equal(vmm_session_undo(NULL, NULL, (struct vmm_progress){0}, &result, &err), 0);
    assert_int_equal(vmm_session_forget(vmm_json_str(result, "session"), &err), 0);
    json_decref(result);
    size_t first = index_of(&all, "Writing ");
    for (size_t i = 0; i < json_array_size(all.told); i++) {
        struct heard h;
        listen(&h);
        h.stop_at = json_string_value(json_array_get(all.told, i));
        int r = repair(&h, "SM01", &err);
        char *now = harness_hash(disk), *path = progress_path();
        if (i <= first) {
            assert_int_equal(r, -1);
            assert_int_equal(err.code, VMM_E_CANCELLED);
            assert_string_equal(now, before);
            assert_null(path); /* no session is left either */
        } else {
            assert_int_equal(r, 0);
            assert_int_equal(vmm_session_undo(NULL, NULL, (struct vmm_progress){0}, &result, &err), 0);
            assert_int_equal(vmm_session_forget(vmm_json_str(result, "session"), &err), 0);
            json_decref(result);
        }
        free(now);
        free(path);
        deaf(&h);
    }
    deaf(&all);
    free(before);
}

static void the_file_says_what_happens_and_is_gone_at_the_end(void **state) {
    (void)state;
    struct heard h;
    struct vmm_error err = {0};
    listen(&h);
    assert_int_equal(repair(&h, "SM01", &err), 0);
    for (size_t i = index_of(&h, "Opening"); i < json_array_size(h.told); i++) { /* before that the session has no name yet */
        const json_t *file = json_array_get(h.files, i);
        assert_string_equal(vmm_json_str(file, "job"), "apply");
        assert_string_equal(vmm_json_str(file, "stage"), json_string_value(json_array_get(h.told, i)));
        assert_true(json_equal(json_object_get(file, "next"), json_array_get(h.announced, i)));
        assert_true(json_equal(json_object_get(file, "stop"), json_array_get(h.stops, i)));
        const json_t *ended = json_object_get(file, "ended");
        assert_int_equal(json_array_size(ended), i);
        for (size_t k = 0; k < i; k++) assert_string_equal(vmm_json_str(json_array_get(ended, k), "text"), json_string_value(json_array_get(h.told, k)));
    }
    char *path = progress_path();
    assert_non_null(path);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
    deaf(&h);
}

/* A folder stands where the file is to be: it cannot be written, and nobody minds. */
static int in_the_way(void *ctx, const char *stage, unsigned long long done, unsigned long long total) {
    (void)ctx;
    (void)stage;
    (void)done;
    (void)total;
    char *path = progress_path(), *temporary = path ? vmm_printf("%s.new", path) : NULL;
    if (temporary) vmm_mkdir_p(temporary, NULL);
    free(temporary);
    free(path);
    return 0;
}
static void a_file_that_cannot_be_written_stops_nothing(void **state) {
    (void)state;
    struct heard h;
    struct vmm_error err = {0};
    json_t *result;
    listen(&h);
    assert_int_equal(repair(&h, "SM01", &err), 0);
    deaf(&h);
    char *path = progress_path(), *temporary = vmm_printf("%s.new", path);
    assert_int_equal(vmm_mkdir_p(temporary, NULL), 0);
    assert_int_equal(vmm_session_undo(NULL, NULL, (struct vmm_progress){.fn = in_the_way}, &result, &err), 0);
    json_decref(result);
    free(path);
    free(temporary);
}

/* ---- what the front end hears ---- */
struct wire {
    json_t *stages;
    size_t without, held; /* events without what they must have; those that say not to detach the disk */
    bool holds;           /* the last one did */
    bool stop_after_writing;
};
static void hear_wire(void *ctx, const json_t *event) {
    struct wire *w = ctx;
    const char *stage = vmm_json_str(event, "stage");
    if (strcmp(vmm_json_str(event, "event"), "progress") != 0) return;
    if (!json_is_array(json_object_get(event, "next")) || !json_is_boolean(json_object_get(event, "stop"))) w->without++;
    if (strncmp(stage, "Writing ", 8) == 0 && json_is_true(json_object_get(event, "stop"))) w->stop_after_writing = true;
    w->holds = json_is_true(json_object_get(event, "hold"));
    if (w->holds) {
        w->held++;
        assert_int_equal(strncmp(stage, "Writing ", 8), 0);
    }
    size_t n = json_array_size(w->stages);
    if (n && strcmp(json_string_value(json_array_get(w->stages, n - 1)), stage) == 0) return;
    json_array_append_new(w->stages, json_string(stage));
    if (json_array_size(w->stages) == 1) assert_int_equal(json_array_size(json_object_get(event, "next")), 5);
}
static void the_front_end_hears_what_follows_and_whether_it_can_stop(void **state) {
    (void)state;
    struct vmm_error err = {0};
    struct vmm_client *c = vmm_client_start_program(VMMEDIC, &err);
    struct wire w = {.stages = json_array()};
    json_decref(vmm_client_call(c, json_pack("{s:s,s:s}", "job", "scan", "target", disk), NULL, NULL, &err));
    json_decref(vmm_client_call(c, json_pack("{s:s,s:[s]}", "job", "plan", "fixes", "SM01"), NULL, NULL, &err));
    json_t *r = vmm_client_call(c, json_pack("{s:s,s:{s:s,s:s}}", "job", "apply", "snapshot", "kind", "none", "text", "x"), hear_wire, &w, &err);
    assert_non_null(r);
    assert_int_equal(json_array_size(w.stages), 6);
    assert_int_equal(w.without, 0);
    assert_int_equal(w.held, 1); /* the boot store's logs are empty */
    assert_false(w.holds);
    assert_false(w.stop_after_writing);
    json_t *s = vmm_client_call(c, json_pack("{s:s,s:s}", "job", "session", "name", vmm_json_str(r, "session")), NULL, NULL, &err);
    assert_non_null(s);
    assert_true(json_is_false(json_object_get(s, "running")));
    assert_true(json_is_null(json_object_get(s, "progress")));
    assert_string_equal(vmm_json_str(s, "state"), "done");
    const json_t *journal = json_object_get(s, "journal");
    assert_non_null(strstr(json_string_value(json_array_get(journal, json_array_size(journal) - 1)), " done"));
    assert_int_equal(access(vmm_json_str(s, "report_path"), R_OK), 0);
    json_decref(s);
    json_decref(r);
    json_decref(w.stages);
    vmm_client_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_stages_that_are_told_are_those_that_were_announced, setup, teardown),
        cmocka_unit_test_setup_teardown(from_the_first_file_on_stopping_is_not_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wish_to_stop_is_heard_up_to_the_first_file_and_not_after, setup, teardown),
        cmocka_unit_test_setup_teardown(the_file_says_what_happens_and_is_gone_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_written_stops_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_front_end_hears_what_follows_and_whether_it_can_stop, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
