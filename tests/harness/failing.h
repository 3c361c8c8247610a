/* The real program with one of its calls failing, or killed there (tests/harness/preload/fail.c). The sanitizers want to be preloaded first themselves, so it is the other build.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HARNESS_FAILING_H
#define HARNESS_FAILING_H
#include <stdbool.h>

#define PROGRAM "build/vmmedic"
#define KILLED (-1)

struct failure {
    const char *call, *name; /* name: only files whose path ends so; NULL: all */
    int number;              /* 0: half of it is done; KILLED */
    bool forever, harmless;  /* harmless: what it is told has to be tried again, and that is all */
};
/* From here on call number AT (from 0; -1: none, they are only counted) on files below ROOM fails in what is started. COUNTER is a file outside of ROOM. */
void harness_failing(const struct failure *f, long at, const char *room, const char *counter);
/* Nothing fails any more. How many calls there were; *failed (may be NULL) of them failed. */
long harness_well(const char *counter, long *failed);
#endif
