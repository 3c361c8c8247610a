/* Running programs from tests, through temporary files so that nothing can block on a full pipe.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

static char *slurp(FILE *f) {
    struct vmm_buf b = {0};
    char chunk[4096];
    size_t n;
    rewind(f);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) vmm_buf_add(&b, chunk, n);
    fclose(f);
    return vmm_buf_steal(&b);
}

struct ran harness_run(const char *input, const char *program, ...) {
    const char *argv[40] = {program};
    va_list args;
    va_start(args, program);
    for (size_t i = 1; i + 1 < VMM_COUNT(argv) && (argv[i] = va_arg(args, const char *)) != NULL; i++) {
    }
    va_end(args);
    FILE *in = tmpfile(), *out = tmpfile(), *err = tmpfile();
    if (in == NULL || out == NULL || err == NULL) abort();
    if (input) fputs(input, in);
    rewind(in);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fileno(in), 0);
        dup2(fileno(out), 1);
        dup2(fileno(err), 2);
        execvp(program, (char *const *)argv);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid) abort();
    struct ran r = {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
    fclose(in);
    r.out = slurp(out);
    r.err = slurp(err);
    r.json = json_loads(r.out, 0, NULL);
    return r;
}

void harness_ran_clear(struct ran *r) {
    free(r->out);
    free(r->err);
    json_decref(r->json);
    *r = (struct ran){0};
}

json_t *harness_json(int want, struct ran r) {
    if (r.code != want) fail_msg("exit %d, not %d\n%s%s", r.code, want, r.out, r.err);
    assert_null(strstr(r.err, "Sanitizer"));
    json_t *j = json_incref(r.json);
    harness_ran_clear(&r);
    return j;
}

void harness_shell(const char *format, ...) {
    char *line = NULL;
    va_list args;
    va_start(args, format);
    assert_true(vasprintf(&line, format, args) > 0);
    va_end(args);
    int status = system(line);
    if (status != 0) fail_msg("status %d: %s", status, line);
    free(line);
}
