/* Every real, broken and hostile file there is, as boot store and as SYSTEM: looked at, examined, planned, said. Nothing may break, and a plan that is
 * made says every change in every way.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>

#include "tests/fixes/patient.h"

static size_t judged; /* files looked at, so that a missing corpus is no success */

static void say_all(const struct vmm_changes *c) {
    char *text = vmm_changes_text(c);
    json_t *j = vmm_changes_json(c);
    assert_int_equal(json_array_size(j), c->count);
    assert_true((c->count == 0) == (*text == '\0'));
    for (const char *p = text; *p; p++) assert_true((unsigned char)*p >= 0x20 || *p == '\n');
    json_decref(j);
    free(text);
}

/* Choices that one can make on a disk that does not need them. */
static bool may_change_anyway(const char *id) {
    static const char *const choices[] = {"CD01", "RD01", "R03", "W02", "SM03", "A03"};
    for (size_t i = 0; i < VMM_COUNT(choices); i++)
        if (strcmp(id, choices[i]) == 0) return true;
    return false;
}

/* The verdict is that of the set that boots; another one may need the cure. */
static bool other_sets(const struct vmm_patient *p) { return p->windows && p->windows->set_count > 1; }

/* Examines and plans every fix; a fix that is not needed plans nothing for what it was examined with. */
static void judge(struct pc *pc) {
    struct vmm_patient p;
    struct vmm_error err = {0};
    const struct vmm_fix *f;
    pc_look(pc, NULL);
    json_t *j = vmm_scan_json(pc->scan);
    assert_non_null(j);
    json_decref(j);
    if (vmm_patient_pick(pc->scan, 0, 0, &p, &err) == 0)
        for (size_t i = 0; (f = vmm_fix_at(i)); i++) {
            struct vmm_finding found = {0};
            struct vmm_changes c = {0};
            f->examine(&p, &found);
            int r = vmm_fix_plan(&p, f->id, &c, &err);
            if (r == 0) say_all(&c);
            if (found.verdict == VMM_NOT_NEEDED && !may_change_anyway(f->id) && r == 0 && c.count > 0 && !other_sets(&p)) fail_msg("%s is not needed and changes something", f->id);
            if (found.verdict == VMM_NEEDED && found.blocked_by == NULL) assert_true(r == 0 && c.count > 0);
            vmm_changes_clear(&c);
            vmm_finding_clear(&found);
        }
    vmm_scan_free(pc->scan);
    vmm_volume_close(pc->volume, NULL);
    judged++;
}

static bool is_companion(const char *name) {
    const char *dot = strrchr(name, '.');
    return name[0] == '.' || strcmp(name, "MANIFEST.tsv") == 0 || (dot && (strncmp(dot, ".LOG", 4) == 0 || strcmp(dot, ".xz") == 0));
}

/* Puts each file of a corpus folder at PATH of a usual machine. */
static void judge_folder(const char *folder, const char *path) {
    char *from = vmm_printf(CORPUS "/%s", folder);
    DIR *d = opendir(from);
    free(from);
    if (d == NULL) return;
    struct pc pc;
    pc_usual(&pc, NULL, NULL);
    for (struct dirent *e; (e = readdir(d));) {
        if (is_companion(e->d_name)) continue;
        char *name = vmm_printf("%s/%s", folder, e->d_name);
        if (pc_put_corpus(&pc, path, name)) judge(&pc);
        free(name);
    }
    closedir(d);
    assert_int_equal(vmm_remove_tree(pc.folder, NULL), 0);
}

static void as_boot_stores(void **state) {
    (void)state;
    judged = 0;
    judge_folder("bcd", "EFI/Microsoft/Boot/BCD");
    judge_folder("malformed", "EFI/Microsoft/Boot/BCD");
    if (judged == 0) skip();
}

static void as_system_hives(void **state) {
    (void)state;
    judged = 0;
    judge_folder("system", "Windows/System32/config/SYSTEM");
    judge_folder("dirty", "Windows/System32/config/SYSTEM");
    judge_folder("malformed", "Windows/System32/config/SYSTEM");
    if (judged == 0) skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_boot_stores), cmocka_unit_test(as_system_hives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
