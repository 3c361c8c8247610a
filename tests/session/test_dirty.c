/* Disks of machines that were switched off in the middle of their work: what people see and what is repaired is what Windows would load, what is written holds
 * what the logs held, undo gives back the untouched files, and where it cannot be known nothing is written.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/logs.h"
#include "session/session.h"
#include "session/worker.h"
#include "vmmedic/practice.h"

#define SEQ 900u

static char *room, *disk;

static int setup(void **state) {
    (void)state;
    room = harness_stand("healthy", &disk);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    harness_fall(room, disk);
    return 0;
}

struct image {
    uint8_t *data;
    size_t len;
};

static struct image store_of(const char *scenario) {
    struct vmm_practice_ids ids = {.gen = 1, .mbr_signature = 0x1a2b3c4d, .boot_offset = 1 << 20, .windows_offset = 65 << 20};
    struct image i;
    i.data = vmm_practice_bcd(vmm_scenario_by_name(scenario), &ids, &i.len);
    return i;
}

static struct image system_of(const char *scenario) {
    struct vmm_practice_ids ids = {.gen = 1, .mbr_signature = 0x1a2b3c4d, .boot_offset = 1 << 20, .windows_offset = 65 << 20};
    struct image i;
    i.data = vmm_practice_system(vmm_scenario_by_name(scenario), &ids, &i.len);
    return i;
}

static void put(const char *path, const char *ending, const void *data, size_t len) {
    char *file = vmm_printf("%s/%s%s", disk, path, ending);
    harness_write(file, data, len);
    free(file);
}

/* OLD is on the disk, half written; one log leads to NEW; with `gap` the other log holds something that does not go with it. Frees both images. */
static void left_dirty(const char *path, struct image from, struct image to, bool gap) {
    struct vmm_buf log1 = {0}, log2 = {0};
    set_numbers(from.data, SEQ + 1, SEQ);
    log_begin(&log1, from.data, 6, SEQ);
    log_entry_between(&log1, SEQ, from.data, from.len, to.data, to.len);
    if (gap) {
        log_begin(&log2, from.data, 6, SEQ + 5);
        log_entry_between(&log2, SEQ + 5, to.data, to.len, from.data, from.len);
    }
    put(path, "", from.data, from.len);
    put(path, ".LOG1", log1.data, log1.len);
    put(path, ".LOG2", log2.data ? log2.data : (uint8_t *)"", log2.len);
    vmm_buf_free(&log1);
    vmm_buf_free(&log2);
    free(from.data);
    free(to.data);
}

static struct vmm_scan *look(struct vmm_volume **v) {
    struct vmm_error err = {0};
    struct vmm_open open = {.target = disk};
    *v = vmm_volume_open(&open, &err);
    struct vmm_scan *s = *v ? vmm_scan(*v, (struct vmm_progress){0}, &err) : NULL;
    if (s == NULL) fail_msg("%s", err.message);
    return s;
}

/* The verdict on one fix, and what blocks it in *why (the caller frees; NULL when nothing does). */
static enum vmm_verdict verdict(const char *id, char **why) {
    struct vmm_volume *v;
    struct vmm_scan *s = look(&v);
    struct vmm_patient p = {.scan = s};
    struct vmm_finding f = {0};
    assert_int_equal(vmm_patient_pick(s, 0, 0, &p, NULL), 0);
    vmm_fix_by_id(id)->examine(&p, &f);
    enum vmm_verdict r = f.verdict;
    if (why) *why = vmm_strdup(f.blocked_by);
    vmm_finding_clear(&f);
    vmm_scan_free(s);
    vmm_volume_close(v, NULL);
    return r;
}

static int repair(const char *spec, json_t **result, char **text, struct vmm_error *err) {
    struct vmm_volume *v;
    struct vmm_scan *s = look(&v);
    struct vmm_patient p = {.scan = s};
    struct vmm_changes changes = {0};
    int r = vmm_patient_pick(s, 0, 0, &p, err);
    if (r == 0) r = vmm_fix_plan(&p, spec, &changes, err);
    if (text) *text = vmm_changes_text(&changes);
    struct vmm_apply a = {.open = {.target = disk}, .look = &v, .scan = s, .changes = &changes, .snapshot = VMM_SNAPSHOT_NONE, .snapshot_text = "a test"};
    *result = NULL;
    if (r == 0) r = vmm_session_apply(&a, result, err);
    vmm_changes_clear(&changes);
    vmm_scan_free(s);
    vmm_volume_close(v, NULL);
    return r;
}

static struct vmm_hive *on_disk(const char *path) {
    char *file = vmm_printf("%s/%s", disk, path);
    uint8_t *data;
    size_t len;
    struct vmm_error err = {0};
    assert_int_equal(vmm_file_read(file, 1u << 28, &data, &len, NULL), 0);
    struct vmm_hive *h = vmm_hive_open(data, len, NULL, &err);
    if (h == NULL) fail_msg("%s", err.message);
    free(data);
    free(file);
    return h;
}

static void what_is_only_in_the_log_is_seen_repaired_and_undone(void **state) {
    (void)state;
    struct image safe = store_of("safe-mode-minimal");
    struct vmm_hive *would_load = vmm_hive_open(safe.data, safe.len, NULL, NULL);
    left_dirty("Boot/BCD", store_of("healthy"), safe, false);
    char *before = harness_hash(disk), *text, *said;
    assert_int_equal(verdict("SM01", NULL), VMM_NEEDED);
    struct vmm_volume *v;
    struct vmm_scan *s = look(&v);
    json_t *scan = vmm_scan_json(s), *replay = json_object_get(json_array_get(json_object_get(scan, "stores"), 0), "replay");
    assert_string_equal(vmm_json_str(replay, "kind"), "replayed");
    assert_string_equal(json_string_value(json_array_get(json_object_get(replay, "logs"), 0)), "LOG1");
    assert_true(json_integer_value(json_object_get(replay, "changes")) > 0);
    said = json_dumps(json_object_get(scan, "notes"), 0);
    assert_non_null(strstr(said, "that Windows had not written yet"));
    free(said);
    json_decref(scan);
    vmm_scan_free(s);
    vmm_volume_close(v, NULL);

    json_t *result;
    struct vmm_error err = {0};
    if (repair("SM01", &result, &text, &err) < 0) fail_msg("%s", err.message);
    assert_non_null(strstr(text, "had not written yet"));
    assert_non_null(strstr(vmm_json_str(result, "report"), "had not written yet"));
    struct vmm_hive *now = on_disk("Boot/BCD");
    size_t len;
    const uint8_t *b = vmm_hive_bytes(now, &len);
    assert_null(vmm_hive_dirty(now));
    assert_true(vmm_le32(b + 4) > SEQ + 1 && vmm_le32(b + 4) == vmm_le32(b + 8));
    char *diff = vmm_hive_diff(would_load, now, &err); /* the log's changes are in it, and the repair */
    assert_non_null(strstr(diff, "25000080"));
    assert_ptr_equal(strchr(diff, '\n'), strrchr(diff, '\n')); /* one line */
    assert_int_equal(verdict("SM01", NULL), VMM_NOT_NEEDED);
    free(diff);
    free(text);
    json_decref(result);
    vmm_hive_close(now);
    vmm_hive_close(would_load);
    if (vmm_session_undo(NULL, NULL, (struct vmm_progress){0}, &result, &err) < 0) fail_msg("%s", err.message);
    json_decref(result);
    char *after = harness_hash(disk);
    assert_string_equal(before, after); /* the untouched pair, logs and all */
    free(before);
    free(after);
}

static void what_the_log_has_mended_already_is_not_repaired(void **state) {
    (void)state;
    left_dirty("Boot/BCD", store_of("safe-mode-minimal"), store_of("healthy"), false);
    char *before = harness_hash(disk);
    assert_int_equal(verdict("SM01", NULL), VMM_NOT_NEEDED);
    json_t *result;
    struct vmm_error err = {0};
    assert_int_equal(repair("SM01", &result, NULL, &err), 0);
    assert_int_equal(json_array_size(json_object_get(result, "files")), 0);
    json_decref(result);
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void logs_that_disagree_stop_the_repair_with_the_reason(void **state) {
    (void)state;
    left_dirty("Boot/BCD", store_of("safe-mode-minimal"), store_of("safe-mode-network"), true); /* both ways into Safe Mode */
    char *before = harness_hash(disk), *why;
    verdict("SM01", &why);
    assert_non_null(why);
    assert_non_null(strstr(why, "do not continue each other"));
    assert_non_null(strstr(why, "Boot this Windows once"));
    json_t *result;
    struct vmm_error err = {0};
    assert_int_equal(repair("SM01", &result, NULL, &err), -1);
    assert_int_equal(vmm_code_exit(err.code), 3);
    char *after = harness_hash(disk);
    assert_string_equal(before, after);
    json_t *list;
    assert_int_equal(vmm_session_list(&list, NULL), 0);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    free(why);
    free(before);
    free(after);
}

static void a_replayed_hive_that_no_fix_is_for_is_not_written(void **state) {
    (void)state;
    struct image safe = store_of("safe-mode-minimal");
    put("Boot/BCD", "", safe.data, safe.len);
    free(safe.data);
    struct image other = system_of("r01"), was = system_of("healthy");
    left_dirty("Windows/System32/config/SYSTEM", was, other, false);
    char *config = vmm_printf("%s/Windows", disk), *before = harness_hash(config);
    assert_int_equal(verdict("R01", NULL), VMM_NEEDED); /* as Windows would load it */
    json_t *result;
    struct vmm_error err = {0};
    if (repair("SM01", &result, NULL, &err) < 0) fail_msg("%s", err.message);
    assert_int_equal(json_array_size(json_object_get(result, "files")), 1);
    json_decref(result);
    char *after = harness_hash(config);
    assert_string_equal(before, after);
    free(before);
    free(after);
    free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_only_in_the_log_is_seen_repaired_and_undone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_log_has_mended_already_is_not_repaired, setup, teardown),
        cmocka_unit_test_setup_teardown(logs_that_disagree_stop_the_repair_with_the_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(a_replayed_hive_that_no_fix_is_for_is_not_written, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
