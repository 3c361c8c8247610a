/* Sets up what makes a call fail, and reads how many there were.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness/failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"

#define SHIM "build/tests/fail.so"

static void set_number(const char *name, long n) {
    char text[24];
    snprintf(text, sizeof text, "%ld", n);
    setenv(name, text, 1);
}

void harness_failing(const struct failure *f, long at, const char *room, const char *counter) {
    if (access(PROGRAM, X_OK) != 0 || access(SHIM, R_OK) != 0) fail_msg("%s and %s have to be built", PROGRAM, SHIM);
    long zero[2] = {0, 0};
    harness_write(counter, zero, sizeof zero);
    setenv("FAIL_CALL", f->call, 1);
    setenv("FAIL_ROOM", room, 1);
    setenv("FAIL_STATE", counter, 1);
    set_number("FAIL_AT", at);
    set_number("FAIL_ERRNO", f->number);
    if (f->forever) setenv("FAIL_FOREVER", "1", 1);
    else unsetenv("FAIL_FOREVER");
    if (f->name) setenv("FAIL_NAME", f->name, 1);
    else unsetenv("FAIL_NAME");
    char *shim = realpath(SHIM, NULL);
    setenv("LD_PRELOAD", shim, 1);
    free(shim);
}

long harness_well(const char *counter, long *failed) {
    unsetenv("LD_PRELOAD");
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(counter, 64, &data, &len, NULL), 0);
    long n[2];
    assert_int_equal(len, sizeof n);
    memcpy(n, data, sizeof n);
    free(data);
    if (failed) *failed = n[1];
    return n[0];
}
