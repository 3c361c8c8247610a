/* Every dirty hive of the corpus becomes what it is known to become, or is refused for the reason that is known; and the same for all of them as the model
 * of Microsoft's replay has it. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "hive/regf.h"

#define DIRTY "../shared/corpus/dirty/"
#define MODEL "../shared/tools/hive_replay.py"
#define BAD ((enum vmm_replay_kind)99) /* no hive at all */

static const struct known {
    const char *name;
    enum vmm_replay_kind kind;
    const char *becomes; /* a file whose bytes from 4096 on it has then; NULL: not known */
    const char *words;   /* of the refusal */
} known[] = {
    {"derived_dev_A_replay_adds_safeboot", VMM_REPLAY_NOTHING, NULL, "LOG1 holds nothing that Windows would take"},
    {"derived_dev_B_replay_removes_safeboot", VMM_REPLAY_NOTHING, NULL, "LOG1 holds nothing that Windows would take"},
    {"derived_dev_C_two_logs", VMM_REPLAY_DONE, "derived_dev_C_two_logs.expected", NULL},
    {"derived_dev_D_second_entry_bad", VMM_REPLAY_DONE, "derived_dev_D_second_entry_bad.expected", NULL},
    {"derived_dev_E_torn_primary", VMM_REPLAY_DONE, "derived_dev_E_torn_primary.expected", NULL},
    {"derived_dev_F_stale_log_clean_primary", VMM_REPLAY_CLEAN, "derived_dev_F_stale_log_clean_primary", NULL},
    {"derived_dev_G_old_format_log", VMM_REPLAY_NOTHING, NULL, "marks half a page"},
    {"derived_dev_BCD_checksum", BAD, NULL, "checksum"},
    {"derived_dev_BCD_seq_primary_lower", VMM_REPLAY_NOTHING, NULL, "no log file"},
    {"derived_dev_BCD_seqdiff", VMM_REPLAY_NOTHING, NULL, "no log file"},
    {"derived_dev_SYSTEM_seqdiff", VMM_REPLAY_NOTHING, NULL, "no log file"},
    {"dfwinreg_NTUSER.DAT", VMM_REPLAY_CLEAN, "dfwinreg_NTUSER.DAT", NULL},
    {"regipy_SYSTEM_2", VMM_REPLAY_NOTHING, NULL, "no log file"},
    {"regipy_transactions_NTUSER.DAT", VMM_REPLAY_DONE, NULL, NULL},
    {"yarp_BadLogHive3_BadLogHive", VMM_REPLAY_NOTHING, NULL, "LOG2 holds nothing that Windows would take"},
    {"yarp_NewDirtyHive1_NewDirtyHive", VMM_REPLAY_DONE, "yarp_NewDirtyHive1_RecoveredHive_Windows10", NULL},
    {"yarp_NewDirtyHive2_NewDirtyHive", VMM_REPLAY_DONE, NULL, NULL},
    {"yarp_TruncatedDirtyHive", BAD, NULL, "shorter"},
};

/* The file NAME of the folder, also where it stands compressed; false when there is none. */
static bool load(const char *name, uint8_t **data, size_t *len) {
    char *path = vmm_printf(DIRTY "%s", name), *order = vmm_printf("xz -dc " DIRTY "%s.xz", name), *packed = vmm_printf("%s.xz", path);
    bool there = vmm_file_read(path, 1u << 28, data, len, NULL) == 0;
    if (!there && access(packed, R_OK) == 0) {
        struct vmm_buf b = {0};
        static uint8_t part[1 << 16];
        FILE *f = popen(order, "r");
        for (size_t n; f && (n = fread(part, 1, sizeof part, f)) > 0;) vmm_buf_add(&b, part, n);
        if (f) pclose(f);
        *len = b.len;
        *data = (uint8_t *)vmm_buf_steal(&b);
        there = true;
    }
    free(path);
    free(order);
    free(packed);
    return there;
}

static struct vmm_hive *open_with_logs(const char *name, struct vmm_error *err) {
    static const char *const endings[] = {"", ".LOG", ".LOG1", ".LOG2"};
    uint8_t *data[4] = {NULL};
    size_t len[4] = {0};
    for (int i = 0; i < 4; i++) {
        char *file = vmm_printf("%s%s", name, endings[i]);
        if (!load(file, &data[i], &len[i]) && i == 0) fail_msg("%s is not there", file);
        free(file);
    }
    struct vmm_hive_logs logs = {data[1], data[2], data[3], len[1], len[2], len[3]};
    struct vmm_hive *h = vmm_hive_open(data[0], len[0], &logs, err);
    for (int i = 0; i < 4; i++) free(data[i]);
    return h;
}

static bool no_corpus(void) {
    if (access(DIRTY "MANIFEST.tsv", R_OK) == 0) return false;
    printf("skipped: the corpus is not here\n");
    return true;
}

static void every_dirty_hive_becomes_what_is_known_or_is_refused_for_the_known_reason(void **state) {
    (void)state;
    if (no_corpus()) skip();
    for (size_t i = 0; i < VMM_COUNT(known); i++) {
        const struct known *k = &known[i];
        struct vmm_error err = {0};
        struct vmm_hive *h = open_with_logs(k->name, &err);
        const char *said = h ? vmm_hive_dirty(h) : err.message;
        if ((h == NULL) != (k->kind == BAD)) fail_msg("%s: %s", k->name, h ? "opened" : err.message);
        if (h && vmm_hive_replay(h)->kind != k->kind) fail_msg("%s: kind %d", k->name, (int)vmm_hive_replay(h)->kind);
        if (k->words ? said == NULL || strstr(said, k->words) == NULL : said && *said) fail_msg("%s: %s", k->name, said ? said : "(nothing)");
        uint8_t *want;
        size_t want_len, len = 0;
        const uint8_t *b = h ? vmm_hive_bytes(h, &len) : NULL;
        if (k->becomes) {
            assert_true(load(k->becomes, &want, &want_len));
            assert_int_equal(len, want_len);
            assert_memory_equal(b + REGF_BASE, want + REGF_BASE, len - REGF_BASE);
            free(want);
        }
        if (k->kind == VMM_REPLAY_DONE) assert_int_equal(vmm_hive_check(h, NULL, &err), 0);
        vmm_hive_close(h);
    }
}

static bool is_primary(const char *name) {
    static const char *const not[] = {".LOG", ".expected", ".xz", "MANIFEST", "orphan_", "/."};
    for (size_t i = 0; i < VMM_COUNT(not); i++)
        if (strstr(name, not[i])) return false;
    return name[0] != '.';
}

/* Every byte, the first block too. */
static void the_model_of_microsofts_replay_makes_the_same_of_all_of_them(void **state) {
    (void)state;
    if (no_corpus()) skip();
    if (access(MODEL, R_OK) != 0 || system("command -v python3 >/dev/null") != 0) {
        printf("skipped: python3 or the model of the replay is not here\n");
        skip();
    }
    char out[] = "/tmp/vmmedic-replay-XXXXXX";
    int fd = mkstemp(out);
    assert_true(fd >= 0);
    close(fd);
    DIR *d = opendir(DIRTY);
    size_t done = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        struct vmm_error err = {0};
        if (!is_primary(e->d_name)) continue;
        struct vmm_hive *h = open_with_logs(e->d_name, &err);
        const enum vmm_replay_kind kind = h ? vmm_hive_replay(h)->kind : BAD;
        char *order = vmm_printf("python3 " MODEL " " DIRTY "%s %s", e->d_name, out), word[32] = "";
        FILE *f = popen(order, "r");
        assert_non_null(f);
        assert_non_null(fgets(word, sizeof word, f));
        pclose(f);
        word[strcspn(word, "\n")] = '\0';
        if (kind != BAD) assert_string_equal(word, kind == VMM_REPLAY_CLEAN ? "clean" : kind == VMM_REPLAY_NOTHING ? "none" : "applied");
        uint8_t *want;
        size_t want_len, len;
        assert_int_equal(vmm_file_read(out, 1u << 28, &want, &want_len, NULL), 0);
        if (h) {
            const uint8_t *b = vmm_hive_bytes(h, &len);
            assert_int_equal(len, want_len);
            assert_memory_equal(b, want, len);
            done++;
        }
        free(want);
        free(order);
        vmm_hive_close(h);
    }
    closedir(d);
    unlink(out);
    assert_true(done > 12);
}

/* Before: Key1, Key2 with two subkeys; after: Key3 with three. */
static void what_windows_had_not_written_is_read(void **state) {
    (void)state;
    if (no_corpus()) skip();
    for (int i = 1; i <= 2; i++) {
        char *name = vmm_printf("yarp_NewDirtyHive%d_NewDirtyHive", i);
        struct vmm_hive *h = open_with_logs(name, NULL);
        vmm_key k;
        assert_int_equal(vmm_key_path(h, vmm_hive_root(h), "Key1", &k), VMM_NOT_SET);
        assert_int_equal(vmm_key_path(h, vmm_hive_root(h), "Key2", &k), VMM_NOT_SET);
        assert_int_equal(vmm_key_path(h, vmm_hive_root(h), "Key3\\Key3_3", &k), VMM_SET);
        assert_true(vmm_hive_replay(h)->changes >= 3);
        assert_int_equal(vmm_hive_replay(h)->entries, i == 1 ? 4 : 3);
        vmm_hive_close(h);
        free(name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dirty_hive_becomes_what_is_known_or_is_refused_for_the_known_reason),
        cmocka_unit_test(the_model_of_microsofts_replay_makes_the_same_of_all_of_them),
        cmocka_unit_test(what_windows_had_not_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
