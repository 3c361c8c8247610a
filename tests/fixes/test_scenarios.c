/* Every practice scenario on the folder engine: the look finds its fix and only it, the repair cures it, a second one writes nothing, undo restores every bit;
 * and the healthy disk needs nothing.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "harness/folder.h"
#include "session/session.h"
#include "vmmedic/fix.h"
#include "vmmedic/practice.h"

#define FIXES_MAX 128

static size_t faults; /* gathered, so that one run tells all */

#define FAULT(...) (print_message("FAULT: " __VA_ARGS__), faults++)

struct bed {
    char *room, *disk;
};

static void bed_make(struct bed *b, const char *scenario) {
    b->room = harness_room();
    b->disk = vmm_printf("%s/disk", b->room);
    char *state = vmm_printf("%s/state", b->room);
    setenv("VMMEDIC_STATE", state, 1);
    free(state);
    harness_disk(b->room, scenario);
}

static void bed_end(struct bed *b) {
    assert_int_equal(vmm_remove_tree(b->room, NULL), 0);
    free(b->room);
    free(b->disk);
}

struct look {
    struct vmm_volume *volume;
    struct vmm_scan *scan;
    struct vmm_patient p;
};

static struct look look_at(const struct bed *b) {
    struct vmm_error err = {0};
    struct look l = {0};
    struct vmm_open open = {.target = b->disk};
    l.volume = vmm_volume_open(&open, &err);
    l.scan = l.volume ? vmm_scan(l.volume, (struct vmm_progress){0}, &err) : NULL;
    if (l.scan == NULL || vmm_patient_pick(l.scan, 0, 0, &l.p, &err) < 0) fail_msg("%s", err.message);
    return l;
}

static void look_end(struct look *l) {
    vmm_scan_free(l->scan);
    vmm_volume_close(l->volume, NULL);
}

static void judge_all(const struct look *l, enum vmm_verdict verdicts[FIXES_MAX], bool say) {
    const struct vmm_fix *f;
    for (size_t i = 0; (f = vmm_fix_at(i)); i++) {
        struct vmm_finding found = {0};
        f->examine(&l->p, &found);
        verdicts[i] = found.verdict;
        for (size_t k = 0; say && k < found.evidence_count; k++) print_message("%s %s: %s\n", f->id, vmm_verdict_word(found.verdict), found.evidence[k]);
        assert_true(found.evidence_count > 0);
        assert_true(found.verdict == VMM_CANNOT_TELL || found.summary);
        if (strlen(found.evidence[0]) > 70 && strncmp(f->id, "SM0", 3) != 0 && strncmp(f->id, "SC0", 3) != 0) FAULT("%s: too long for a hint: %s\n", f->id, found.evidence[0]);
        vmm_finding_clear(&found);
    }
}

static size_t repair(const struct bed *b, const char *spec) {
    struct look l = look_at(b);
    struct vmm_error err = {0};
    struct vmm_changes changes = {0};
    json_t *result = NULL;
    l.p.secret = "Tr0ub4dor&3"; /* for those that take one */
    if (vmm_fix_plan(&l.p, spec, &changes, &err) < 0) fail_msg("%s: %s", spec, err.message);
    size_t count = changes.count;
    json_t *said = vmm_changes_json(&changes);
    assert_int_equal(json_array_size(said), count);
    json_decref(said);
    struct vmm_apply a = {.open = {.target = b->disk}, .look = &l.volume, .scan = l.scan, .changes = &changes, .snapshot = VMM_SNAPSHOT_NONE, .snapshot_text = "a test"};
    if (vmm_session_apply(&a, &result, &err) < 0) fail_msg("%s: %s", spec, err.message);
    json_decref(result);
    vmm_changes_clear(&changes);
    look_end(&l);
    return count;
}

static size_t index_of(const char *id) {
    const struct vmm_fix *f;
    for (size_t i = 0; (f = vmm_fix_at(i)); i++)
        if (strcasecmp(f->id, id) == 0) return i;
    fail_msg("no fix %s", id);
    return 0;
}

static enum vmm_verdict healthy[FIXES_MAX];

static void the_healthy_disk_needs_nothing_and_nothing_is_unknown(void **state) {
    (void)state;
    struct bed b;
    bed_make(&b, "healthy");
    struct look l = look_at(&b);
    const struct vmm_fix *f;
    judge_all(&l, healthy, false);
    for (size_t i = 0; (f = vmm_fix_at(i)); i++) {
        if (healthy[i] == VMM_NEEDED || healthy[i] == VMM_REPORT) FAULT("%s: %s\n", f->id, vmm_verdict_word(healthy[i]));
        if (healthy[i] == VMM_CANNOT_TELL && strncmp(f->id, "BT01", 4) != 0) FAULT("%s: %s\n", f->id, vmm_verdict_word(healthy[i])); /* a folder has no partitions */
        if (healthy[i] == VMM_OPTIONAL) print_message("optional on a healthy disk: %s\n", f->id);
    }
    look_end(&l);
    bed_end(&b);
    assert_int_equal(faults, 0);
}

/* True when the fix may change its verdict along with ID: a group that has it as a member. */
static bool is_group_of(const struct vmm_fix *f, const char *id) {
    for (size_t i = 0; f->members && f->members[i]; i++)
        if (strcasecmp(f->members[i], id) == 0) return true;
    return false;
}

/* What a cure leaves for another fix to take back. */
static bool is_aftermath(const struct vmm_fix *f, const char *cured) {
    static const struct {
        const char *cured, *then;
    } left[] = {{"R03", "RD03"}, {"SM03", "SM01"}, {"SM04", "SM01"}, {"W02", "W02R"}, {"W02", "W01"}};
    for (size_t i = 0; i < VMM_COUNT(left); i++)
        if (strcasecmp(left[i].cured, cured) == 0 && strcasecmp(left[i].then, f->id) == 0) return true;
    return false;
}

/* Ways to look and tests: never needed, so that their scenario shows on no disk. */
static bool is_only_a_choice(const char *id) { return strcasecmp(id, "SM03") == 0 || strcasecmp(id, "W02") == 0; }

/* What Windows is to run at its next start is not left a second time. */
static void waits(const struct bed *b, const char *fix) {
    struct look l = look_at(b);
    struct vmm_changes none = {0};
    struct vmm_error err = {0};
    if (vmm_fix_plan(&l.p, fix, &none, &err) == 0 || err.code != VMM_E_BLOCKED) FAULT("%s: a second run is not refused\n", fix);
    vmm_changes_clear(&none);
    look_end(&l);
}

static void found_and_cured(const struct vmm_scenario *s) {
    struct bed b;
    enum vmm_verdict now[FIXES_MAX];
    const struct vmm_fix *f;
    bed_make(&b, s->name);
    struct look l = look_at(&b);
    judge_all(&l, now, false);
    for (size_t i = 0; (f = vmm_fix_at(i)); i++) {
        bool own = strcasecmp(f->id, s->fix) == 0;
        if (own ? now[i] != VMM_NEEDED && now[i] != VMM_OPTIONAL && !is_only_a_choice(f->id) : now[i] != healthy[i] && !is_group_of(f, s->fix)) {
            judge_all(&l, now, true);
            FAULT("%s: %s is %s\n", s->name, f->id, vmm_verdict_word(now[i]));
        }
    }
    look_end(&l);
    char *before = harness_hash(b.disk);
    if (repair(&b, s->fix) == 0) FAULT("%s: nothing to change\n", s->name);
    char *once = harness_hash(b.disk);
    l = look_at(&b);
    judge_all(&l, now, false);
    for (size_t i = 0; (f = vmm_fix_at(i)); i++)
        if (now[i] != healthy[i] && !is_aftermath(f, s->fix) && !(strcasecmp(f->id, s->fix) == 0 && now[i] == VMM_NOT_NEEDED)) {
            judge_all(&l, now, true);
            FAULT("%s: afterwards %s is %s\n", s->name, f->id, vmm_verdict_word(now[i]));
        }
    look_end(&l);
    if (vmm_fix_takes_secret(s->fix, NULL)) waits(&b, s->fix);
    else if (repair(&b, s->fix) != 0) FAULT("%s: a second run has changes\n", s->name);
    char *twice = harness_hash(b.disk);
    assert_string_equal(once, twice);
    json_t *result;
    struct vmm_error err = {0};
    if (vmm_session_undo(NULL, NULL, (struct vmm_progress){0}, &result, &err) < 0) fail_msg("%s", err.message);
    json_decref(result);
    char *after = harness_hash(b.disk);
    assert_string_equal(before, after);
    free(before);
    free(once);
    free(twice);
    free(after);
    bed_end(&b);
}

static void each_scenario_is_found_cured_and_taken_back(void **state) {
    (void)state;
    size_t count = 0;
    faults = 0;
    for (size_t i = 0; vmm_scenario_at(i); i++)
        if (vmm_scenario_at(i)->fix && strcmp(vmm_scenario_at(i)->fix, "BT01") != 0) { /* that one needs partitions */
            found_and_cured(vmm_scenario_at(i));
            count++;
        }
    assert_true(count >= 12);
    assert_int_equal(faults, 0);
}

static void the_group_cures_what_its_members_cure(void **state) {
    (void)state;
    const struct vmm_fix *group = vmm_fix_by_id("rdp-reset");
    for (size_t i = 0; vmm_scenario_at(i); i++) {
        const struct vmm_scenario *s = vmm_scenario_at(i);
        if (s->fix == NULL || !is_group_of(group, s->fix)) continue;
        struct bed b;
        enum vmm_verdict now[FIXES_MAX];
        bed_make(&b, s->name);
        assert_true(repair(&b, "rdp-reset") > 0);
        struct look l = look_at(&b);
        judge_all(&l, now, false);
        assert_int_equal(now[index_of(s->fix)], VMM_NOT_NEEDED);
        assert_int_equal(now[index_of("rdp-reset")], VMM_NOT_NEEDED);
        look_end(&l);
        assert_int_equal(repair(&b, "rdp-reset"), 0);
        bed_end(&b);
    }
}

static void every_fix_that_edits_has_a_scenario(void **state) {
    (void)state;
    const struct vmm_fix *f;
    for (size_t i = 0; (f = vmm_fix_at(i)); i++) {
        size_t found = 0;
        for (size_t k = 0; vmm_scenario_at(k); k++) found += vmm_scenario_at(k)->fix && strcasecmp(vmm_scenario_at(k)->fix, f->id) == 0;
        struct vmm_changes none = {0};
        struct vmm_error err = {0};
        bool reports = f->plan(&(struct vmm_patient){0}, NULL, 0, &none, &err) < 0 && err.code == VMM_E_USAGE;
        static const char *const older[] = {"SM01", "SM02", "SC01", "SC02", "CD01", "rdp-reset"}; /* safe-mode-*; choices; every one of its members has one */
        for (size_t k = 0; k < VMM_COUNT(older); k++) found += strcmp(older[k], f->id) == 0;
        if (found == 0 && !reports) fail_msg("no scenario: %s", f->id);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_healthy_disk_needs_nothing_and_nothing_is_unknown),
        cmocka_unit_test(each_scenario_is_found_cured_and_taken_back),
        cmocka_unit_test(the_group_cures_what_its_members_cure),
        cmocka_unit_test(every_fix_that_edits_has_a_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
