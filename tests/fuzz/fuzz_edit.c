/* Random edits of any hive. What the strict walk accepts is edited or refused; the result is accepted too, and a second run changes nothing. An edit that
 * fails in the proof behind it (VMM_E_INTERNAL) is a fault of ours: it should have been refused before anything was made.
 * The input: 64 bytes that say which edits, then the hive.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"

enum { SCRIPT = 64, EDITS_MAX = 6, STATUS_OF_SANITIZER = 77, KEYS_MAX = 400 };

/* ---- the child: hivex may end it, which is told as a refusal; a sanitizer's report may not pass for one ---- */
pid_t __real_fork(void);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_fork(void);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
void __sanitizer_set_death_callback(void (*callback)(void));

static void by_sanitizer(void) { _exit(STATUS_OF_SANITIZER); }

pid_t __wrap_fork(void) {
    pid_t pid = __real_fork();
    if (pid == 0) {
        static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
        for (size_t i = 0; i < VMM_COUNT(signals); i++) signal(signals[i], SIG_DFL);
        __sanitizer_set_death_callback(by_sanitizer);
    }
    return pid;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options) {
    pid_t r = __real_waitpid(pid, status, options);
    if (r > 0 && status) MUST(!WIFEXITED(*status) || WEXITSTATUS(*status) != STATUS_OF_SANITIZER);
    return r;
}

/* ---- edits of what is there ---- */

struct found {
    char *paths[KEYS_MAX];
    vmm_key keys[KEYS_MAX];
    size_t count;
};

static void find_keys(const struct vmm_hive *h, struct found *f) {
    f->paths[0] = vmm_strdup("");
    f->keys[0] = vmm_hive_root(h);
    f->count = 1;
    for (size_t i = 0; i < f->count; i++) {
        vmm_key *list;
        size_t count;
        if (vmm_key_children(h, f->keys[i], &list, &count, NULL) < 0) continue;
        for (size_t k = 0; k < count && f->count < KEYS_MAX; k++) {
            char *name = vmm_key_name(h, list[k]);
            if (name == NULL) continue;
            f->paths[f->count] = *f->paths[i] ? vmm_printf("%s\\%s", f->paths[i], name) : vmm_strdup(name);
            f->keys[f->count++] = list[k];
            free(name);
        }
        free(list);
    }
}

static char *some_value(const struct vmm_hive *h, vmm_key key, uint8_t pick, uint32_t *type, size_t *len) {
    struct vmm_value *list;
    size_t count;
    char *name = NULL;
    if (vmm_key_values(h, key, &list, &count, NULL) == 0 && count > 0) {
        name = vmm_strdup(list[pick % count].name);
        *type = list[pick % count].type;
        *len = list[pick % count].len;
    }
    for (size_t i = 0; i < count; i++) vmm_value_clear(&list[i]);
    free(list);
    return name;
}

struct wish {
    struct vmm_edit edit;
    char *path, *name;
    uint8_t *data;
};

/* From eight bytes. */
static void make_wish(const struct vmm_hive *h, const struct found *f, const uint8_t s[8], struct wish *w) {
    static const char *const names[] = {"", "Start", "safeboot", "a value with a rather long name that is not there", "\xc3\xa4", "Element", "x"};
    static const char *const news[] = {"New", "Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements\\25000080", "A\\B\\C", "zz", "\xc3\x84", "0"};
    static const size_t lengths[] = {0, 1, 2, 4, 5, 8, 9, 100, 1000, 5000, 16344, 16345, 40000};
    size_t key = (s[1] | (size_t)(s[2] & 1) << 8) % f->count;
    uint32_t type = s[3] % 12;
    size_t len = lengths[s[4] % VMM_COUNT(lengths)];
    w->name = NULL;
    if (s[0] & 0x80) w->name = some_value(h, f->keys[key], s[5], &type, &len);
    if (w->name && (s[0] & 0x40)) len = lengths[s[4] % VMM_COUNT(lengths)];
    if (w->name == NULL) w->name = vmm_strdup(names[s[5] % VMM_COUNT(names)]);
    bool fresh = (s[0] & 0x30) == 0x30;
    w->path = !fresh ? vmm_strdup(f->paths[key]) : vmm_printf("%s%s%s", f->paths[key], *f->paths[key] ? "\\" : "", news[s[6] % VMM_COUNT(news)]);
    if (len > 100000) len = 100000;
    w->data = vmm_alloc(len + 1, 1);
    memset(w->data, s[7], len);
    enum vmm_edit_op op = (s[0] & 7) < 5 ? VMM_EDIT_SET : (s[0] & 7) < 7 ? VMM_EDIT_DELETE_VALUE : VMM_EDIT_DELETE_KEY;
    w->edit = (struct vmm_edit){.op = op, .path = w->path, .name = w->name, .type = type, .data = w->data, .len = len, .create_keys = s[0] & 8};
}

/* ---- what has to hold of a result ---- */

static void judge(const struct vmm_hive *h, const uint8_t *after, size_t after_len, struct vmm_edit *edits, size_t count) {
    struct vmm_error err = {0};
    size_t len, leaks, leaks_before;
    const uint8_t *before = vmm_hive_bytes(h, &len);
    struct vmm_hive *result = vmm_hive_open(after, after_len, NULL, &err);
    MUST_SAY(result, err.message);
    MUST_SAY(vmm_hive_check(h, &leaks_before, &err) == 0, err.message);
    MUST_SAY(vmm_hive_check(result, &leaks, &err) == 0, err.message);
    MUST(leaks <= leaks_before);
    MUST(vmm_hive_dirty(result) == NULL);
    MUST(after_len <= len + (4u << 20));
    bool same = after_len == len && memcmp(before, after, len) == 0, again = true;
    MUST(same || (int32_t)(vmm_le32(after + 4) - vmm_le32(before + 4)) > 0);
    for (size_t i = 0; i < count; i++) {
        struct vmm_value v;
        vmm_key key;
        again &= edits[i].op == VMM_EDIT_SET;
        enum vmm_answer a = vmm_key_path(result, vmm_hive_root(result), edits[i].path, &key);
        if (edits[i].op == VMM_EDIT_DELETE_KEY) {
            MUST(a == VMM_NOT_SET);
            continue;
        }
        MUST(a == VMM_SET);
        a = vmm_key_value(result, key, edits[i].name, &v);
        MUST(a == (edits[i].op == VMM_EDIT_SET ? VMM_SET : VMM_NOT_SET));
        if (a == VMM_SET) MUST(v.type == edits[i].type && v.len == edits[i].len && memcmp(v.data, edits[i].data, v.len) == 0);
        vmm_value_clear(&v);
    }
    uint8_t *second = NULL;
    size_t second_len = 0;
    if (again) {
        MUST_SAY(vmm_hive_edit(result, edits, count, NULL, fuzz_room(), &second, &second_len, &err) == 0, err.message);
        MUST(second_len == after_len && memcmp(second, after, after_len) == 0);
        free(second);
    }
    fuzz_read_all(result, true);
    vmm_hive_close(result);
}

static void edit(const struct vmm_hive *h, const uint8_t *script) {
    struct found *f = vmm_alloc(1, sizeof *f);
    struct wish wishes[EDITS_MAX];
    struct vmm_edit edits[EDITS_MAX];
    struct vmm_error err = {0};
    size_t count = 1 + script[0] % EDITS_MAX, len, after_len = 0;
    uint8_t *after = NULL;
    find_keys(h, f);
    for (size_t i = 0; i < count; i++) {
        make_wish(h, f, script + 1 + 8 * i, &wishes[i]);
        edits[i] = wishes[i].edit;
    }
    bool taken = count == 1 && vmm_hive_takes(h, &edits[0], &err) == 0, sound = vmm_hive_check(h, NULL, &err) == 0;
    vmm_hive_bytes(h, &len);
    int r = vmm_hive_edit(h, edits, count, NULL, fuzz_room(), &after, &after_len, &err);
    if (r == 0) {
        MUST(sound && vmm_hive_dirty(h) == NULL);
        judge(h, after, after_len, edits, count);
        free(after);
    } else {
        fuzz_said(&err);
        static const char *const ops[] = {"set", "delete value", "delete key"};
        for (size_t i = 0; i < count && err.code == VMM_E_INTERNAL; i++)
            fprintf(stderr, "%s %s!%s type %u length %zu%s\n", ops[edits[i].op], edits[i].path, edits[i].name, edits[i].type, edits[i].len, edits[i].create_keys ? ", keys made" : "");
        MUST_SAY(err.code != VMM_E_INTERNAL, err.message);
        MUST_SAY(!taken || !sound || vmm_hive_dirty(h), err.message);
    }
    for (size_t i = 0; i < count; i++) {
        free(wishes[i].path);
        free(wishes[i].name);
        free(wishes[i].data);
    }
    for (size_t i = 0; i < f->count; i++) free(f->paths[i]);
    free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size <= SCRIPT) return 0;
    struct vmm_hive *h = vmm_hive_open(data + SCRIPT, size - SCRIPT, NULL, NULL);
    if (h) edit(h, data);
    vmm_hive_close(h);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
    struct dice d = dice_new(seed);
    if (size <= SCRIPT || max <= SCRIPT) return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, max) : size;
    if (dice_one_in(&d, 2)) {
        for (uint32_t i = 0, n = 1 + dice_below(&d, 6); i < n; i++) data[dice_below(&d, SCRIPT)] = (uint8_t)dice_any(&d);
        if (dice_one_in(&d, 2)) data[0] = 0; /* one edit says most */
        if (!dice_one_in(&d, 3)) return size;
    }
    return SCRIPT + mutate_hive(data + SCRIPT, size - SCRIPT, max - SCRIPT, &d);
}
