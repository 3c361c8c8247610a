/* Runs the real program (the sanitizer build) and keeps what it said.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HARNESS_RUN_H
#define HARNESS_RUN_H
#include <jansson.h>

#define VMMEDIC "build/san/vmmedic"

struct ran {
    int code;          /* exit status; 128+signal when a signal ended it */
    char *out, *err;   /* standard output and error */
    json_t *json;      /* of the output when it is JSON, else NULL */
};
/* Arguments end with NULL; INPUT (may be NULL: no input) is given on standard input, which is no terminal. */
struct ran harness_run(const char *input, const char *program, ...) __attribute__((sentinel));
void harness_ran_clear(struct ran *r);
/* The JSON of what was run, which has to have ended so, without a word of a sanitizer; a new reference, the rest is freed. */
json_t *harness_json(int want, struct ran r);
/* Runs a shell line; the test fails when it does. */
void harness_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
#endif
