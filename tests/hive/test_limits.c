/* What a broken or hostile hive may cost: no malformed file of the corpus crashes or hangs the reader, takes a second, or takes more than four times its size
 * of memory, the file's own bytes among it; with hostile logs beside it neither. Each is read in a process of its own. The memory is counted where it is
 * asked for (see the Makefile), so that it is exact under any sanitizer. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/logs.h"
#include "hive/regf.h"
#include "vmmedic/bcd.h"

/* ---- counting ---- */

void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void __real_free(void *p);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
void __wrap_free(void *p);

static size_t now, peak; /* bytes that came from here and were not given back */

static void *count_in(void *p) {
    now += p ? malloc_usable_size(p) : 0;
    if (now > peak) peak = now;
    return p;
}

static void count_out(void *p) { /* text that the C library allocated is given back through here too: it is small */
    size_t n = p ? malloc_usable_size(p) : 0;
    now = n < now ? now - n : 0;
}

void *__wrap_calloc(size_t count, size_t size) { return count_in(__real_calloc(count, size)); }

void *__wrap_reallocarray(void *old, size_t count, size_t size) {
    size_t before = old ? malloc_usable_size(old) : 0;
    void *p = __real_reallocarray(old, count, size);
    now = p && before < now ? now - before : now;
    return count_in(p);
}

void __wrap_free(void *p) {
    count_out(p);
    __real_free(p);
}

/* ---- reading one ---- */

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1 /* everything takes thrice as long */
#else
#define SANITIZED 0
#endif
#define ROOM ((size_t)64 << 10) /* what does not depend on the file: the stack of a walk and the like */

enum { FINE, SLOW, BIG };

/* All that is done with a file before somebody may choose a fix, and more. */
static void use(const uint8_t *data, size_t len, const struct vmm_hive_logs *logs) {
    uint32_t n;
    char *text = NULL;
    struct vmm_hive *h = vmm_hive_open(data, len, logs, NULL);
    if (h == NULL) return;
    bool sound = vmm_hive_check(h, NULL, NULL) == 0;
    vmm_hive_dword(h, "Select", "Current", &n);
    vmm_hive_string(h, "ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", &text);
    free(text);
    vmm_bcd_close(vmm_bcd_open(h, NULL));
    if (sound) {
        struct vmm_hive *again = vmm_hive_open(data, len, NULL, NULL);
        if (again && vmm_hive_check(again, NULL, NULL) == 0) free(vmm_hive_diff(h, again, NULL));
        vmm_hive_close(again);
    }
    vmm_hive_close(h);
}

/* The parts that are looked at apart, because a session never holds two hives of one file and all else at once. */
static int judged(const uint8_t *data, size_t len, const struct vmm_hive_logs *logs, size_t all) {
    now = peak = len;
    clock_t start = clock(); /* of the processor: other tests run beside this one */
    struct vmm_hive *h = vmm_hive_open(data, len, logs, NULL);
    if (h) {
        vmm_hive_check(h, NULL, NULL);
        vmm_bcd_close(vmm_bcd_open(h, NULL));
    }
    vmm_hive_close(h);
    size_t most = peak;
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    use(data, len, logs);
    if (getenv("LIMITS")) printf("%8zu bytes: %8zu (%.1f times), %.3f s\n", all, most, (double)most / (double)(all ? all : 1), seconds);
    if (seconds > (SANITIZED ? 3 : 1)) return SLOW;
    return most > 4 * all + ROOM ? BIG : FINE;
}

static void in_a_child(const char *name, const uint8_t *data, size_t len, const struct vmm_hive_logs *logs) {
    fflush(stdout);
    size_t all = len + (logs ? logs->log1_len + logs->log2_len : 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(20);
        int r = judged(data, len, logs, all);
        fflush(stdout);
        _exit(r);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status)) fail_msg("%s: stopped by signal %d", name, WTERMSIG(status));
    if (WEXITSTATUS(status) != FINE) fail_msg("%s: %s (%d)", name, WEXITSTATUS(status) == SLOW ? "slow" : WEXITSTATUS(status) == BIG ? "too much memory" : "crashed", WEXITSTATUS(status));
}

/* ---- which ---- */

static const char *const folders[] = {"../shared/corpus/malformed", "../shared/corpus/dirty"};

static void for_each(void (*fn)(const char *name, uint8_t *data, size_t len)) {
    size_t seen = 0;
    for (size_t f = 0; f < VMM_COUNT(folders); f++) {
        DIR *d = opendir(folders[f]);
        if (d == NULL) {
            printf("skipped: %s is not here\n", folders[f]);
            skip();
        }
        for (struct dirent *e; (e = readdir(d)) != NULL;) {
            if (e->d_name[0] == '.' || strstr(e->d_name, ".xz") || strncmp(e->d_name, "MANIFEST", 8) == 0) continue;
            char *path = vmm_printf("%s/%s", folders[f], e->d_name);
            uint8_t *data;
            size_t len;
            assert_int_equal(vmm_file_read(path, 1u << 28, &data, &len, NULL), 0);
            fn(e->d_name, data, len);
            free(data);
            free(path);
            seen++;
        }
        closedir(d);
    }
    assert_true(seen > 80);
}

static void alone(const char *name, uint8_t *data, size_t len) { in_a_child(name, data, len, NULL); }

static void every_broken_hive_costs_little(void **state) {
    (void)state;
    for_each(alone);
}

/* The same files left dirty, with logs that say the hive is as long as it may be, made of its own pages. */
static void with_hostile_logs(const char *name, uint8_t *data, size_t len) {
    if (len < 8192) return;
    vmm_put32(data, 0x66676572);
    vmm_put32(data + BASE_TYPE, 0);
    vmm_put32(data + BASE_FORMAT, 1);
    set_numbers(data, 5, 4);
    struct vmm_buf a = {0}, b = {0};
    uint32_t pages = (uint32_t)(len / 4096);
    struct log_ref whole = {0, 4096 * (pages - 1)}, far = {4096 * (pages - 1), 4096 * (pages - 1)};
    log_begin(&a, data, 6, 4);
    log_entry(&a, 4, 4096 * (pages - 1), 0, &whole, 1, data, len, NULL);
    log_begin(&b, data, 6, 5);
    log_entry(&b, 5, 8192 * (pages - 1), 0, &far, 1, data, len, NULL);
    struct vmm_hive_logs logs = {.log1 = a.data, .log2 = b.data, .log1_len = a.len, .log2_len = b.len};
    in_a_child(name, data, len, &logs);
    for (int i = 0; i < 2; i++) { /* far longer than there is anything for */
        a.len = 0;
        log_begin(&a, data, 6, 4);
        log_entry(&a, 4, i ? 0xfffff000 : 64u << 20, 0, &(struct log_ref){0, 4096}, 1, data, len, NULL);
        logs = (struct vmm_hive_logs){.log1 = a.data, .log1_len = a.len};
        in_a_child(name, data, len, &logs);
    }
    vmm_buf_free(&a);
    vmm_buf_free(&b);
}

static void hostile_logs_beside_it_cost_little_too(void **state) {
    (void)state;
    for_each(with_hostile_logs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_broken_hive_costs_little),
        cmocka_unit_test(hostile_logs_beside_it_cost_little_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
