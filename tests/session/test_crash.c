/* The power goes while a hive is written, or put back: at every write, and with every mixture of what was not synced. Windows must find the old hive or the new
 * one, as its own replay makes them; where no log can promise that, starting the program again must. So it must with the small files that are made beside them. States: CRASH_STATES=n for each way of each case (500).
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/folder.h"
#include "harness/logs.h"
#include "hive/replay.h"
#include "session/crash.h"
#include "session/session.h"
#include "vmmedic/fix.h"
#include "vmmedic/practice.h"

#define TOOLS "../shared/tools"
#define SYSTEM_PATH "Windows/System32/config/SYSTEM"
#define BCD_PATH "Boot/BCD"
#define TIME UINT64_C(0x1d295059e68e89e)
#define LOG_ROOM ((size_t)96 << 10)

static char *room, *target;
static size_t states;

/* ---- disks ---- */
static uint8_t zeros[1 << 20];

static void put_log(const char *hive, const char *suffix, const struct vmm_buf *log, size_t room_for) {
    char path[80];
    struct vmm_buf b = {0};
    snprintf(path, sizeof path, "%s%s", hive, suffix);
    vmm_buf_add(&b, log->data, log->len);
    while (b.len < room_for) vmm_buf_add(&b, zeros, room_for - b.len < sizeof zeros ? room_for - b.len : sizeof zeros);
    crash_put(&crash_now, path, b.data ? b.data : zeros, b.len);
    vmm_buf_free(&b);
}

/* Two logs as Windows 8.1 and later leave them beside a clean hive: LOG1 with what was written last, LOG2 older. */
static void put_new_logs(const char *hive, size_t room_for) {
    const struct crash_file *f = crash_get(&crash_now, hive);
    uint32_t seq = vmm_le32(f->data + BASE_SEQ1);
    struct vmm_buf one = {0}, two = {0};
    struct log_ref ref = {0, 4096};
    log_begin(&one, f->data, LOG_TYPE_NEW, seq - 1);
    log_entry(&one, seq - 1, vmm_le32(f->data + BASE_LENGTH), 0, &ref, 1, f->data, f->len, NULL);
    log_begin(&two, f->data, LOG_TYPE_NEW, seq - 4);
    log_entry(&two, seq - 4, vmm_le32(f->data + BASE_LENGTH), 0, &ref, 1, f->data, f->len, NULL);
    put_log(hive, ".LOG1", &one, room_for);
    put_log(hive, ".LOG2", &two, room_for);
    vmm_buf_free(&one);
    vmm_buf_free(&two);
}

static void put_empty_logs(const char *hive) {
    struct vmm_buf none = {0};
    put_log(hive, ".LOG", &none, 0);
    put_log(hive, ".LOG1", &none, 0);
    put_log(hive, ".LOG2", &none, 0);
}

static uint8_t *system_hive(uint32_t value, size_t *len, const char *more) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", 5);
    vmm_builder_string(b, "ControlSet001\\Control\\ProductOptions", "ProductType", VMM_REG_SZ, "ServerNT");
    vmm_builder_dword(b, "Setup", "SetupType", 0);
    vmm_builder_string(b, "Setup", "CmdLine", VMM_REG_SZ, "");
    uint8_t *filling = vmm_alloc(16000, 1);
    vmm_builder_dword(b, "Select", "Default", 1);
    vmm_builder_key(b, "ControlSet001\\Enum");
    vmm_builder_key(b, "ControlSet001\\Services");
    vmm_builder_dword(b, "ControlSet001\\Control", "Value", value);
    memset(filling, (int)value, 16000);
    vmm_builder_set(b, "ControlSet001\\Control\\Filling", "A", VMM_REG_BINARY, filling, 16000);
    vmm_builder_set(b, "ControlSet001\\Control\\Filling", "B", VMM_REG_BINARY, filling, 9000);
    vmm_builder_dword(b, "ControlSet001\\Control\\Last", "Value", value);
    uint8_t quiet[9000] = {0}; /* pages that no log holds */
    vmm_builder_set(b, "ControlSet001\\Control\\Filling", "Quiet", VMM_REG_BINARY, quiet, sizeof quiet);
    if (more) vmm_builder_set(b, more, "C", VMM_REG_BINARY, filling, 15000);
    free(filling);
    uint8_t *data = vmm_builder_finish(b, 700, len);
    vmm_put64(data + BASE_TIME, TIME);
    vmm_put64(data + REGF_BASE + 20, TIME);
    set_numbers(data, 700, 700);
    return data;
}

static void put_system(void) {
    size_t len;
    uint8_t *data = system_hive(1, &len, NULL);
    crash_put(&crash_now, SYSTEM_PATH, data, len);
    free(data);
}

static void put_store(void) {
    const struct vmm_scenario *s = vmm_scenario_by_name("safe-mode-minimal");
    struct vmm_practice_ids ids = {.gen = 1, .mbr_signature = 0x1a2b3c4d, .boot_offset = 1 << 20, .windows_offset = 65 << 20};
    size_t len;
    uint8_t *bcd = vmm_practice_bcd(s, &ids, &len);
    crash_put(&crash_now, BCD_PATH, bcd, len);
    free(bcd);
}

static void store_with_logs(void) {
    put_system();
    put_empty_logs(SYSTEM_PATH);
    put_store();
    put_new_logs(BCD_PATH, LOG_ROOM);
}

static void store_without_logs(void) {
    put_system();
    put_empty_logs(SYSTEM_PATH);
    put_store();
    put_empty_logs(BCD_PATH);
}

static void system_with_logs(void) {
    put_system();
    put_new_logs(SYSTEM_PATH, LOG_ROOM);
}

static void both_with_logs(void) {
    system_with_logs();
    put_store();
    put_new_logs(BCD_PATH, LOG_ROOM);
}

static void put_text(const char *path, const char *text) { crash_put(&crash_now, path, text, strlen(text)); }

/* With a policy of its own, which has a file that is longer than a sector. */
static void both_with_logs_and_a_policy(void) {
    char longer[1400];
    memset(longer, ';', sizeof longer);
    memcpy(longer, "[Startup]\r\n0CmdLine=a.cmd\r\n0Parameters=\r\n", 42);
    longer[sizeof longer - 1] = 0;
    both_with_logs();
    put_text("Windows/System32/GroupPolicy/gpt.ini", "[General]\r\nVersion=7\r\n");
    put_text("Windows/System32/GroupPolicy/Machine/Scripts/scripts.ini", longer);
}

#define REAL "../shared/corpus/system/regipy_SYSTEM.xz"

/* A real machine's. Its logs did not come with it. */
static void real_system(void) {
    struct vmm_buf b = {0};
    FILE *f = popen("xz -dc " REAL, "r");
    for (size_t n; f && (n = fread(zeros, 1, sizeof zeros, f)) > 0;) vmm_buf_add(&b, zeros, n);
    memset(zeros, 0, sizeof zeros);
    assert_int_equal(pclose(f), 0);
    crash_put(&crash_now, SYSTEM_PATH, b.data, b.len);
    vmm_buf_free(&b);
    put_new_logs(SYSTEM_PATH, (size_t)1 << 20);
}

/* The logs are there, and too short for the change. */
static void system_with_short_logs(void) {
    put_system();
    put_new_logs(SYSTEM_PATH, 4096 + 512);
}

/* What Windows 7 leaves. */
static void windows_7(void) {
    struct vmm_buf log = {0}, none = {0};
    size_t len, later_len;
    uint8_t *data = system_hive(1, &len, NULL), *later = system_hive(2, &later_len, NULL);
    crash_put(&crash_now, SYSTEM_PATH, data, len);
    log_old_between(&log, 699, later, later_len, data, len);
    put_log(SYSTEM_PATH, ".LOG1", &log, LOG_ROOM);
    put_log(SYSTEM_PATH, ".LOG2", &none, 0);
    vmm_buf_free(&log);
    free(data);
    free(later);
}

/* A hive that was being written when the machine was switched off: the file holds parts of its last state. */
struct history {
    uint8_t *old, *middle, *new;
    size_t old_len, middle_len, new_len;
};
static struct history history(void) {
    struct history h;
    h.old = system_hive(1, &h.old_len, NULL);
    h.middle = system_hive(2, &h.middle_len, NULL);
    h.new = system_hive(3, &h.new_len, "ControlSet001\\Control\\Zzz");
    return h;
}
static void put_torn(const struct history *h, uint32_t seq2) {
    uint8_t *data = vmm_memdup(h->old, h->old_len);
    memcpy(data + 8192, h->new + 8192, 4096 + 512); /* torn where it is in the logs too */
    set_numbers(data, seq2 + 1, seq2);
    crash_put(&crash_now, SYSTEM_PATH, data, h->old_len);
    free(data);
}
static void forget(struct history *h) {
    free(h->old);
    free(h->middle);
    free(h->new);
}

static void dirty_with_one_log(void) {
    struct history h = history();
    struct vmm_buf one = {0}, two = {0};
    log_begin(&one, h.old, LOG_TYPE_NEW, 700);
    log_entry_between(&one, 700, h.old, h.old_len, h.middle, h.middle_len);
    log_entry_between(&one, 701, h.middle, h.middle_len, h.new, h.new_len);
    log_begin(&two, h.old, LOG_TYPE_NEW, 690);
    log_entry_between(&two, 690, h.new, h.new_len, h.old, h.old_len);
    put_torn(&h, 700);
    put_log(SYSTEM_PATH, ".LOG1", &one, LOG_ROOM * 2);
    put_log(SYSTEM_PATH, ".LOG2", &two, LOG_ROOM * 2);
    vmm_buf_free(&one);
    vmm_buf_free(&two);
    forget(&h);
}

static void dirty_with_two_logs(void) {
    struct history h = history();
    struct vmm_buf one = {0}, two = {0};
    log_begin(&two, h.old, LOG_TYPE_NEW, 700);
    log_entry_between(&two, 700, h.old, h.old_len, h.middle, h.middle_len);
    log_begin(&one, h.old, LOG_TYPE_NEW, 701);
    log_entry_between(&one, 701, h.middle, h.middle_len, h.new, h.new_len);
    put_torn(&h, 700);
    put_log(SYSTEM_PATH, ".LOG1", &one, LOG_ROOM * 2);
    put_log(SYSTEM_PATH, ".LOG2", &two, LOG_ROOM * 2);
    vmm_buf_free(&one);
    vmm_buf_free(&two);
    forget(&h);
}

static void dirty_and_a_store(void) {
    dirty_with_two_logs();
    put_store();
    put_new_logs(BCD_PATH, LOG_ROOM);
}

/* The first sector is damaged: Windows takes it from the newer log. */
static void dirty_without_a_header(void) {
    dirty_with_two_logs();
    struct crash_file f = *crash_get(&crash_now, SYSTEM_PATH);
    f.data = vmm_memdup(f.data, f.len);
    f.data[100] ^= 0x55;
    crash_put(&crash_now, SYSTEM_PATH, f.data, f.len);
    free(f.data);
}

static void dirty_windows_7(void) {
    struct history h = history();
    struct vmm_buf log = {0}, none = {0};
    log_begin(&none, h.old, LOG_TYPE_OLD, 600);
    none.len = 0;
    log_old_between(&log, 700, h.old, h.old_len, h.middle, h.middle_len);
    put_torn(&h, 700);
    struct crash_file f = *crash_get(&crash_now, SYSTEM_PATH);
    f.data = vmm_memdup(h.old, h.old_len);
    set_numbers(f.data, 701, 700);
    crash_put(&crash_now, SYSTEM_PATH, f.data, f.len);
    free(f.data);
    put_log(SYSTEM_PATH, ".LOG1", &log, LOG_ROOM);
    put_log(SYSTEM_PATH, ".LOG2", &none, 0);
    vmm_buf_free(&log);
    vmm_buf_free(&none);
    forget(&h);
}

/* ---- changes ---- */
static struct vmm_store *store_named(const struct vmm_scan *s, const char *name) {
    for (size_t i = 0; i < s->store_count; i++)
        if (strcmp(s->stores[i]->name, name) == 0) return s->stores[i];
    fail_msg("no %s", name);
    return NULL;
}

#define SMALL "ControlSet001\\Control"
/* One value that keeps its size; two far apart; new keys and a new value that make the hive longer. */
static void one_value(struct vmm_changes *c, const struct vmm_scan *s) {
    assert_int_equal(vmm_change_dword(c, "T", store_named(s, "SYSTEM"), SMALL, "Value", 77, VMM_RISK_LOW, NULL, NULL), 0);
}
static void two_values(struct vmm_changes *c, const struct vmm_scan *s) {
    one_value(c, s);
    assert_int_equal(vmm_change_dword(c, "T", store_named(s, "SYSTEM"), SMALL "\\Last", "Value", 78, VMM_RISK_LOW, NULL, NULL), 0);
    uint8_t loud[9000];
    memset(loud, 1, sizeof loud);
    assert_int_equal(vmm_change_set(c, "T", store_named(s, "SYSTEM"), SMALL "\\Filling", "Quiet", VMM_REG_BINARY, loud, sizeof loud, false, VMM_RISK_LOW, NULL, NULL), 0);
}
static void longer(struct vmm_changes *c, const struct vmm_scan *s) {
    two_values(c, s);
    static uint8_t much[12000];
    memset(much, 7, sizeof much);
    assert_int_equal(vmm_change_set(c, "T", store_named(s, "SYSTEM"), SMALL "\\Yyy\\Under", "Much", VMM_REG_BINARY, much, sizeof much, true, VMM_RISK_LOW, NULL, NULL), 0);
}
static void of_the_real_one(struct vmm_changes *c, const struct vmm_scan *s) {
    assert_int_equal(vmm_change_dword(c, "T", store_named(s, "SYSTEM"), "ControlSet001\\Control\\CrashControl", "CrashDumpEnabled", 9, VMM_RISK_LOW, NULL, NULL), 0);
    assert_int_equal(vmm_change_set(c, "T", store_named(s, "SYSTEM"), "ControlSet001\\Control\\CrashControl\\New", "Text", VMM_REG_SZ, "a\0\0", 4, true, VMM_RISK_LOW, NULL, NULL), 0);
}
static void of_the_store(struct vmm_changes *c, const struct vmm_scan *s) {
    struct vmm_store *bcd = store_named(s, "BCD");
    for (size_t i = 0; i < bcd->bcd->count; i++) {
        const struct vmm_bcd_object *o = &bcd->bcd->objects[i];
        struct vmm_error err = {0};
        if (o->type != 0x10200003) continue; /* the loaders */
        if (vmm_change_bcd(c, "T", bcd, o->guid, "safeboot", NULL, VMM_RISK_LOW, NULL, &err) < 0 || vmm_change_bcd(c, "T", bcd, o->guid, "bootlog", "yes", VMM_RISK_LOW, NULL, &err) < 0)
            fail_msg("%s", err.message);
    }
    assert_true(c->count > 1);
}
static void of_both(struct vmm_changes *c, const struct vmm_scan *s) {
    of_the_store(c, s);
    longer(c, s);
}

static void with_password(struct vmm_changes *c, const struct vmm_scan *s, const char *spec) {
    struct vmm_patient p = {.scan = (struct vmm_scan *)(uintptr_t)s};
    struct vmm_error err = {0};
    if (vmm_patient_pick(p.scan, 0, 0, &p, &err) < 0) fail_msg("%s", err.message);
    p.secret = "Zq7%kW3x&plover";
    if (vmm_fix_plan(&p, spec, c, &err) < 0) fail_msg("%s", err.message);
}
/* A hive that the script needs and others change too, between the files. */
static void password_by_setup(struct vmm_changes *c, const struct vmm_scan *s) {
    of_the_store(c, s);
    with_password(c, s, "P02:user=ada");
    two_values(c, s);
}
static void password_by_policy(struct vmm_changes *c, const struct vmm_scan *s) {
    with_password(c, s, "P01:user=ada");
    longer(c, s);
}
/* Files without a secret, which can be finished too: one that grows, one that shrinks, one in folders that are missing. */
static void files_and_hives(struct vmm_changes *c, const struct vmm_scan *s) {
    const struct vmm_windows *w = &s->windows[0];
    char text[3000];
    memset(text, 'a', sizeof text);
    longer(c, s);
    assert_int_equal(vmm_change_file(c, "T", w->files[VMM_FILE_GPT], text, sizeof text, NULL, VMM_RISK_LOW, NULL, NULL), 0);
    of_the_store(c, s);
    assert_int_equal(vmm_change_file(c, "T", w->files[VMM_FILE_SCRIPTS], text, 600, NULL, VMM_RISK_LOW, NULL, NULL), 0);
    assert_int_equal(vmm_change_file(c, "T", w->files[VMM_FILE_STARTUP], text, 1700, NULL, VMM_RISK_LOW, NULL, NULL), 0);
    assert_int_equal(vmm_change_file(c, "T", w->files[VMM_FILE_LOG], "", 0, NULL, VMM_RISK_LOW, NULL, NULL), 0);
}

/* ---- the program ---- */
static void apply(void (*plan)(struct vmm_changes *, const struct vmm_scan *)) {
    struct vmm_error err = {0};
    struct vmm_open open = {.target = target};
    struct vmm_volume *look = vmm_volume_open(&open, &err);
    struct vmm_scan *scan = look ? vmm_scan(look, (struct vmm_progress){0}, &err) : NULL;
    struct vmm_changes changes = {0};
    json_t *result = NULL;
    if (scan == NULL) fail_msg("%s", err.message);
    plan(&changes, scan);
    struct vmm_apply a = {.open = open, .look = &look, .scan = scan, .changes = &changes, .snapshot = VMM_SNAPSHOT_NONE, .snapshot_text = "a test"};
    if (vmm_session_apply(&a, &result, &err) < 0) fail_msg("%s", err.message);
    json_decref(result);
    vmm_changes_clear(&changes);
    vmm_scan_free(scan);
    vmm_volume_close(look, NULL);
}

/* ---- judging ---- */
struct subject { /* one case, once it has been done and undone */
    char *name;   /* of the session */
    char *journal; /* its path */
    struct crash_disk before, after;
    struct crash_trace forth, back;
    char *lines[2]; /* the journal after either */
    size_t lengths[2];
    struct vmm_rewrite files[8];
    size_t count;
    bool secret;
    size_t old, new, torn, restarts; /* met */
    FILE *model;
    size_t modelled;
};

static const char *engine_path(const char *path, char out[80]) {
    snprintf(out, 80, "%s", path + 1);
    for (char *c = out; *c; c++)
        if (*c == '\\') *c = '/';
    return out;
}

/* The same hive, but for its numbers and what stands behind its end. */
static bool like(const uint8_t *data, size_t len, const struct vmm_image *want) {
    uint8_t a[512], b[512];
    size_t end = vmm_hive_end(want);
    if (len < end || len < 512) return false;
    memcpy(a, data, 512);
    memcpy(b, want->data, 512);
    set_numbers(a, 1, 1);
    set_numbers(b, 1, 1);
    return memcmp(a, b, 512) == 0 && memcmp(data + 512, want->data + 512, end - 512) == 0;
}

static void ask_model(struct subject *s, const struct crash_file *f, const struct vmm_hive_logs *l, uint32_t said, const struct vmm_replayed *got) {
    if (s->model == NULL || s->modelled >= states / 40 || f->len > 1u << 20) return;
    const uint32_t words[7] = {(uint32_t)f->len, (uint32_t)l->log1_len, (uint32_t)l->log2_len, (uint32_t)(got->data ? got->len : 0), l->log1_len > 0, l->log2_len > 0, said};
    uint8_t head[28];
    for (int i = 0; i < 7; i++) vmm_put32(head + 4 * i, words[i]);
    fwrite(head, 1, sizeof head, s->model);
    fwrite(f->data, 1, f->len, s->model);
    fwrite(l->log1, 1, l->log1_len, s->model);
    fwrite(l->log2, 1, l->log2_len, s->model);
    if (got->data) fwrite(got->data, 1, got->len, s->model);
    s->modelled++;
}

enum { OLD = 1, NEW = 2, NEITHER = 0 };

/* What Windows makes of one file of the disk. */
static int loads(struct subject *s, const struct vmm_rewrite *f, const struct crash_disk *d) {
    char path[80], log[90];
    const struct crash_file *file = crash_get(d, engine_path(f->path, path)), *logs[3];
    for (int i = 0; i < 3; i++) {
        snprintf(log, sizeof log, "%s.LOG%.*s", path, i > 0, i == 1 ? "1" : "2");
        logs[i] = crash_get(d, log);
    }
    struct vmm_hive_logs l = {logs[0] ? logs[0]->data : NULL, logs[1] ? logs[1]->data : NULL, logs[2] ? logs[2]->data : NULL, logs[0] ? logs[0]->len : 0,
                              logs[1] ? logs[1]->len : 0, logs[2] ? logs[2]->len : 0};
    struct vmm_replayed got;
    if (vmm_logs_replay(file->data, file->len, &l, &got, NULL) < 0) return NEITHER;
    const uint8_t *data = got.data ? got.data : file->data;
    size_t len = got.data ? got.len : file->len;
    bool sound = (got.told.kind == VMM_REPLAY_CLEAN || got.told.kind == VMM_REPLAY_DONE);
    int is = !sound ? NEITHER : like(data, len, vmm_clean_of(f)) ? OLD : like(data, len, &f->after) ? NEW : NEITHER;
    static const uint32_t said[] = {[VMM_REPLAY_CLEAN] = 0, [VMM_REPLAY_DONE] = 1, [VMM_REPLAY_NOTHING] = 2, [VMM_REPLAY_DISAGREE] = 3};
    if (crash_draw(50) == 0 && !(logs[1] && logs[1]->len > 512 && memcmp(logs[1]->data + 512, "DIRT", 4) == 0)) ask_model(s, file, &l, said[got.told.kind], &got);
    free(got.data);
    free(got.why);
    return is;
}

/* A whole file: the program says that it is as before or after exactly when it is. */
static int stands(const struct subject *s, const struct vmm_rewrite *f, const struct crash_disk *d) {
    char path[80];
    const struct crash_file *now = crash_get(d, engine_path(f->path, path)), *before = crash_get(&s->before, path), *after = crash_get(&s->after, path);
    struct vmm_image image = {.data = now ? now->data : NULL, .len = now ? now->len : 0, .absent = now == NULL};
    bool old = now ? before && now->len == before->len && memcmp(now->data, before->data, now->len) == 0 : before == NULL;
    bool new = now && after && now->len == after->len && memcmp(now->data, after->data, now->len) == 0;
    enum vmm_file_state state = vmm_whole_state(f, &image), want = old ? VMM_FILE_BEFORE : new ? VMM_FILE_AFTER : VMM_FILE_TORN;
    if (state != want) fail_msg("%s is said to be %s, and is %s", f->label, vmm_file_state_word(state), vmm_file_state_word(want));
    return old ? OLD : new ? NEW : NEITHER;
}

/* What the program says of it agrees. */
static void told(const struct vmm_rewrite *f, const struct crash_disk *d, int loaded) {
    char path[80];
    struct vmm_now now = {0};
    const struct crash_file *file = crash_get(d, engine_path(f->path, path));
    now.file = (struct vmm_image){.data = file->data, .len = file->len};
    for (int i = 0; i < VMM_LOGS; i++) {
        const struct crash_file *log = f->logs[i].path ? crash_get(d, engine_path(f->logs[i].path, path)) : NULL;
        if (log) now.logs[i] = (struct vmm_image){.data = log->data, .len = log->len};
    }
    enum vmm_file_state state = vmm_file_state(f, &now);
    if (state == VMM_FILE_OTHER) fail_msg("%s is taken for somebody else's", f->label);
    if ((state == VMM_FILE_OLD || state == VMM_FILE_BEFORE) && loaded != OLD) fail_msg("%s is said to be old and loads as %d", f->label, loaded);
    if ((state == VMM_FILE_NEW || state == VMM_FILE_AFTER) && loaded != NEW) fail_msg("%s is said to be new and loads as %d", f->label, loaded);
}

/* ---- starting again ---- */
static enum vmm_session_state state_of(const struct subject *s) {
    enum vmm_session_state state;
    assert_int_equal(vmm_session_load(s->name, NULL, &state, NULL, NULL), 0);
    return state;
}

/* Either way out of it, from this disk; then perhaps the power goes again. */
static void restart(struct subject *s, const struct crash_disk *d, const char *lines, size_t journal, int depth) {
    struct vmm_error err = {0};
    json_t *result = NULL;
    bool forward = crash_draw(2);
    harness_write(s->journal, lines, journal);
    enum vmm_session_state state = state_of(s);
    if (state == VMM_SESSION_DONE || s->secret) forward = false;
    if (state == VMM_SESSION_UNDONE) return;
    crash_copy(&crash_now, d);
    crash_record();
    int r = forward ? vmm_session_finish(s->name, NULL, (struct vmm_progress){0}, &result, &err) : vmm_session_undo(s->name, NULL, (struct vmm_progress){0}, &result, &err);
    struct crash_trace t = crash_recorded();
    if (r < 0) fail_msg("starting again: %s", err.message);
    json_decref(result);
    if (!crash_same(&crash_now, forward ? &s->after : &s->before)) fail_msg("starting again did not end in %s", forward ? "after" : "before");
    s->restarts++;
    if (depth < 2 && crash_draw(4) == 0) {
        struct crash_disk again = {0};
        uint8_t *all;
        size_t len;
        assert_int_equal(vmm_file_read(s->journal, 1u << 20, &all, &len, NULL), 0);
        size_t stop = crash_draw((uint32_t)t.count + 1);
        crash_state(&again, d, &t, stop, true, crash_draw(4) == 0);
        len = crash_journal(&t, stop);
        restart(s, &again, (char *)all, len ? len : journal, depth + 1);
        free(all);
        crash_free(&again);
    } else if (forward) { /* what was finished can be undone */
        if (vmm_session_undo(s->name, NULL, (struct vmm_progress){0}, &result, &err) < 0) fail_msg("undo after finishing: %s", err.message);
        json_decref(result);
        if (!crash_same(&crash_now, &s->before)) fail_msg("undo after finishing did not end in before");
    }
    crash_trace_free(&t);
}

static void judge(struct subject *s, const struct crash_disk *d, const struct crash_trace *t, size_t stop, int way, bool torn_first) {
    bool neither = false;
    for (size_t i = 0; i < s->count; i++) {
        const struct vmm_rewrite *f = &s->files[i];
        int is = f->whole ? stands(s, f, d) : loads(s, f, d);
        if (!f->whole) told(f, d, is);
        *(is == OLD ? &s->old : is == NEW ? &s->new : &s->torn) += 1;
        neither = neither || is == NEITHER;
        bool carried = (way == 0 ? f->forth : f->back).log != 0;
        if (is == NEITHER && carried && !torn_first) fail_msg("%s: after %zu of %zu operations of %s Windows would find neither the old nor the new hive", f->label, stop, t->count, way ? "undo" : "apply");
    }
    size_t journal = crash_journal(t, stop);
    if (journal == 0 && way == 0) return; /* there was no session yet */
    if (neither || crash_draw(20) == 0) restart(s, d, s->lines[way], journal ? journal : s->lengths[0], 0);
}

static void all_states(struct subject *s, int way) {
    const struct crash_trace *t = way == 0 ? &s->forth : &s->back;
    const struct crash_disk *base = way == 0 ? &s->before : &s->after;
    struct crash_disk d = {0};
    size_t first = 0;
    while (first < t->count && t->ops[first].kind != CRASH_WRITE && t->ops[first].kind != CRASH_MAKE) first++;
    for (size_t stop = 0; stop <= t->count; stop++) { /* nothing dropped: the writes in their order */
        crash_state(&d, base, t, stop, false, false);
        judge(s, &d, t, stop, way, false);
    }
    for (size_t n = 0; n < states; n++) {
        size_t stop = first + crash_draw((uint32_t)(t->count - first) + 1);
        bool torn_first = crash_draw(8) == 0;
        crash_state(&d, base, t, stop, true, torn_first);
        judge(s, &d, t, stop, way, torn_first);
    }
    crash_free(&d);
}

static void keep_journal(struct subject *s, int way) {
    uint8_t *data;
    assert_int_equal(vmm_file_read(s->journal, 1u << 20, &data, &s->lengths[way], NULL), 0);
    s->lines[way] = (char *)data;
}

/* What is promised of the case. BARE: no log can carry it. */
static void survives(void (*disk)(void), void (*plan)(struct vmm_changes *, const struct vmm_scan *), bool bare) {
    struct subject s = {0};
    struct vmm_error err = {0};
    json_t *list, *result, *f;
    size_t i;
    crash_free(&crash_now);
    disk();
    crash_put(&crash_now, "Windows/System32/winload.exe", "MZ", 2);
    crash_copy(&s.before, &crash_now);
    crash_record();
    apply(plan);
    s.forth = crash_recorded();
    crash_copy(&s.after, &crash_now);
    assert_int_equal(vmm_session_list(&list, NULL), 0);
    assert_int_equal(json_array_size(list), 1);
    const char *folder = vmm_json_str(json_array_get(list, 0), "folder");
    s.name = vmm_strdup(vmm_json_str(json_array_get(list, 0), "session"));
    s.journal = vmm_printf("%s/journal", folder);
    keep_journal(&s, 0);
    struct vmm_session in = {.dir = vmm_strdup(folder)};
    json_t *session_plan = vmm_session_plan(folder, NULL);
    json_array_foreach(json_object_get(session_plan, "files"), i, f) {
        if (vmm_rewrite_load(&in, f, &s.files[s.count++], &err) < 0) fail_msg("%s", err.message);
        s.secret = s.secret || s.files[i].secret;
        if (s.files[i].whole) continue;
        assert_int_equal(s.files[i].forth.log == 0, bare);
        assert_int_equal(s.files[i].back.log == 0, bare);
    }
    json_decref(session_plan);
    json_decref(list);
    free(in.dir);
    crash_record();
    if (vmm_session_undo(s.name, NULL, (struct vmm_progress){0}, &result, &err) < 0) fail_msg("%s", err.message);
    s.back = crash_recorded();
    json_decref(result);
    keep_journal(&s, 1);
    if (!crash_same(&crash_now, &s.before)) fail_msg("undo did not give back every bit of the hive and its logs");
    if (access(TOOLS "/hive_replay.py", R_OK) == 0 && system("command -v python3 >/dev/null") == 0) s.model = popen("python3 tests/hive/replay_judge.py " TOOLS, "w");
    all_states(&s, 0);
    all_states(&s, 1);
    if (s.model && pclose(s.model) != 0) fail_msg("the model of Microsoft's replay sees another hive");
    printf("  %zu old, %zu new, %zu neither; %zu starts from them, each ended whole\n", s.old, s.new, s.torn, s.restarts);
    assert_true(s.old > 0 && s.new > 0 && s.restarts > 0);
    harness_write(s.journal, s.lines[1], s.lengths[1]);
    assert_int_equal(vmm_session_forget(s.name, NULL), 0);
    for (i = 0; i < s.count; i++) vmm_rewrite_clear(&s.files[i]);
    crash_trace_free(&s.forth);
    crash_trace_free(&s.back);
    crash_free(&s.before);
    crash_free(&s.after);
    free(s.lines[0]);
    free(s.lines[1]);
    free(s.journal);
    free(s.name);
}

/* ---- promises ---- */
#define SURVIVES(name, disk, plan, bare) \
    static void name(void **state) { \
        (void)state; \
        survives(disk, plan, bare); \
    }
SURVIVES(a_store_with_logs_is_old_or_new_at_every_moment, store_with_logs, of_the_store, false)
SURVIVES(a_store_without_logs_is_brought_to_old_or_new_by_starting_again, store_without_logs, of_the_store, true)
SURVIVES(one_value_of_a_hive_is_old_or_new_at_every_moment, system_with_logs, one_value, false)
SURVIVES(a_hive_that_grows_is_old_or_new_at_every_moment, system_with_logs, longer, false)
SURVIVES(logs_that_are_too_short_are_left_alone_and_starting_again_helps, system_with_short_logs, longer, true)
SURVIVES(logs_of_windows_7_are_left_alone_and_starting_again_helps, windows_7, longer, true)
SURVIVES(a_replayed_hive_is_old_or_new_at_every_moment, dirty_with_one_log, longer, false)
SURVIVES(a_hive_that_needs_both_of_its_logs_is_old_or_new_at_every_moment, dirty_with_two_logs, longer, false)
SURVIVES(a_hive_whose_first_sector_came_from_a_log_is_old_or_new_at_every_moment, dirty_without_a_header, two_values, false)
SURVIVES(a_replayed_hive_of_windows_7_is_brought_to_old_or_new_by_starting_again, dirty_windows_7, longer, true)
SURVIVES(two_hives_of_one_repair_are_each_old_or_new_at_every_moment, both_with_logs, of_both, false)
SURVIVES(a_password_by_setup_is_old_or_new_or_put_back_by_starting_again, both_with_logs, password_by_setup, false)
SURVIVES(a_password_by_setup_in_a_replayed_hive_too, dirty_and_a_store, password_by_setup, false)
SURVIVES(a_password_by_policy_is_old_or_new_or_put_back_by_starting_again, both_with_logs, password_by_policy, false)
SURVIVES(a_password_beside_a_policy_is_old_or_new_or_put_back_by_starting_again, both_with_logs_and_a_policy, password_by_policy, false)
SURVIVES(files_among_hives_are_brought_to_old_or_new_by_starting_again, both_with_logs_and_a_policy, files_and_hives, false)

static void a_real_system_hive_is_old_or_new_at_every_moment(void **state) {
    (void)state;
    if (access(REAL, R_OK) != 0 || system("command -v xz >/dev/null") != 0) {
        printf("skipped: the corpus or xz is not here\n");
        skip();
    }
    size_t all = states;
    states = all / 5; /* each of them is 12 MB */
    survives(real_system, of_the_real_one, false);
    states = all;
}

static int setup(void **state) {
    (void)state;
    const char *n = getenv("CRASH_STATES");
    states = n ? strtoul(n, NULL, 10) / 2 : 250;
    room = harness_quick_room();
    target = vmm_printf("%s/disk", room);
    char *dir = vmm_printf("%s/state", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    return vmm_mkdir_p(target, NULL);
}

static int teardown(void **state) {
    (void)state;
    crash_free(&crash_now);
    vmm_remove_tree(room, NULL);
    free(room);
    free(target);
    return 0;
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_store_with_logs_is_old_or_new_at_every_moment),
        TEST(a_store_without_logs_is_brought_to_old_or_new_by_starting_again),
        TEST(one_value_of_a_hive_is_old_or_new_at_every_moment),
        TEST(a_hive_that_grows_is_old_or_new_at_every_moment),
        TEST(logs_that_are_too_short_are_left_alone_and_starting_again_helps),
        TEST(logs_of_windows_7_are_left_alone_and_starting_again_helps),
        TEST(a_replayed_hive_is_old_or_new_at_every_moment),
        TEST(a_hive_that_needs_both_of_its_logs_is_old_or_new_at_every_moment),
        TEST(a_hive_whose_first_sector_came_from_a_log_is_old_or_new_at_every_moment),
        TEST(a_replayed_hive_of_windows_7_is_brought_to_old_or_new_by_starting_again),
        TEST(a_real_system_hive_is_old_or_new_at_every_moment),
        TEST(two_hives_of_one_repair_are_each_old_or_new_at_every_moment),
        TEST(a_password_by_setup_is_old_or_new_or_put_back_by_starting_again),
        TEST(a_password_by_setup_in_a_replayed_hive_too),
        TEST(a_password_by_policy_is_old_or_new_or_put_back_by_starting_again),
        TEST(a_password_beside_a_policy_is_old_or_new_or_put_back_by_starting_again),
        TEST(files_among_hives_are_brought_to_old_or_new_by_starting_again),
    };
    if (getenv("CRASH_ONLY")) cmocka_set_test_filter(getenv("CRASH_ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
