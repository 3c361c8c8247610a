/* A patient in a temporary folder, its findings, its plans, and a plan carried out in memory.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TEST_PATIENT_H
#define VMM_TEST_PATIENT_H
#include "tests/windows/fixture.h"

struct ward {
    struct pc pc;
    struct vmm_patient patient;
    struct vmm_changes changes;
};

static inline void ward_open(struct ward *w) {
    struct vmm_error err = {0};
    pc_look(&w->pc, NULL);
    if (vmm_patient_pick(w->pc.scan, 0, 0, &w->patient, &err) < 0) fail_msg("%s", err.message);
}
/* The usual machine with this store and SYSTEM; NULL: the usual ones. */
static inline void ward_new(struct ward *w, struct vmm_hive_builder *bcd, struct vmm_hive_builder *system) {
    *w = (struct ward){0};
    pc_usual(&w->pc, bcd, system);
    ward_open(w);
}
static inline void ward_end(struct ward *w) {
    vmm_changes_clear(&w->changes);
    pc_end(&w->pc);
}
/* The store of the usual machine with safeboot N on its entry. */
static inline struct vmm_hive_builder *safe_store(uint64_t n) {
    struct vmm_hive_builder *b = bcd_new();
    bcd_default(b, SERVER);
    bcd_number(b, SERVER, "25000080", n);
    return b;
}
static inline struct vmm_finding examine(const struct ward *w, const char *id) {
    struct vmm_finding f = {0};
    const struct vmm_fix *fix = vmm_fix_by_id(id);
    assert_non_null(fix);
    fix->examine(&w->patient, &f);
    return f;
}
static inline bool says(const struct vmm_finding *f, const char *part) {
    for (size_t i = 0; i < f->evidence_count; i++)
        if (strstr(f->evidence[i], part)) return true;
    return false;
}
static inline void verdict_is(const struct ward *w, const char *id, enum vmm_verdict want, const char *evidence) {
    struct vmm_finding f = examine(w, id);
    if (f.verdict != want) fail_msg("%s is %s, not %s: %s", id, vmm_verdict_word(f.verdict), vmm_verdict_word(want), f.evidence_count ? f.evidence[0] : "");
    if (evidence && !says(&f, evidence)) {
        for (size_t i = 0; i < f.evidence_count; i++) print_message("%s\n", f.evidence[i]);
        fail_msg("%s does not say \"%s\"", id, evidence);
    }
    vmm_finding_clear(&f);
}
static inline void plan(struct ward *w, const char *spec) {
    struct vmm_error err = {0};
    if (vmm_fix_plan(&w->patient, spec, &w->changes, &err) < 0) fail_msg("%s: %s", spec, err.message);
}
static inline void plan_fails(struct ward *w, const char *spec, enum vmm_code code) {
    struct vmm_error err = {0};
    assert_int_equal(vmm_fix_plan(&w->patient, spec, &w->changes, &err), -1);
    if (err.code != code) fail_msg("%s: %s, not %s: %s", spec, vmm_code_word(err.code), vmm_code_word(code), err.message);
}
static inline const struct vmm_change *change_at(const struct ward *w, const char *place) {
    for (size_t i = 0; i < w->changes.count; i++) {
        char *p = vmm_change_place(&w->changes.list[i]);
        bool same = strcmp(p, place) == 0;
        free(p);
        if (same) return &w->changes.list[i];
    }
    return NULL;
}
/* Carries the plan out: edits each store, checks that it reads as planned, puts the file into the folder and looks again. */
static inline void operate(struct ward *w) {
    struct vmm_scan *s = w->pc.scan;
    char scratch[] = "/tmp/windows-edit-XXXXXX";
    assert_non_null(mkdtemp(scratch));
    for (size_t i = 0; i < s->store_count; i++) {
        struct vmm_error err = {0};
        size_t count, len;
        uint8_t *after;
        struct vmm_edit *edits = vmm_changes_edits(&w->changes, s->stores[i], &count);
        if (count && vmm_hive_edit(s->stores[i]->hive, edits, count, NULL, scratch, &after, &len, &err) < 0) fail_msg("%s", err.message);
        free(edits);
        if (count == 0) continue;
        struct vmm_hive *h = vmm_hive_open(after, len, NULL, &err);
        assert_non_null(h);
        if (vmm_changes_verify(&w->changes, s->stores[i], h, false, &err) < 0) fail_msg("%s", err.message);
        assert_int_equal(vmm_changes_verify(&w->changes, s->stores[i], s->stores[i]->hive, true, &err), 0);
        assert_int_equal(vmm_changes_verify(&w->changes, s->stores[i], s->stores[i]->hive, false, &err), -1);
        char *path = vmm_strdup(s->stores[i]->path + 1);
        for (char *p = path; *p; p++)
            if (*p == '\\') *p = '/';
        pc_put(&w->pc, path, after, len);
        free(path);
        free(after);
        vmm_hive_close(h);
    }
    assert_int_equal(vmm_remove_tree(scratch, NULL), 0);
    vmm_changes_clear(&w->changes);
    vmm_scan_free(w->pc.scan);
    vmm_volume_close(w->pc.volume, NULL);
    ward_open(w);
}
/* Plan, carry out, and see that a second run finds nothing to do. */
static inline void cure(struct ward *w, const char *spec) {
    plan(w, spec);
    assert_true(w->changes.count > 0);
    operate(w);
    plan(w, spec);
    assert_int_equal(w->changes.count, 0);
}
#endif
