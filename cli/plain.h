/* The wizard as plain text: the same steps, one question at a time, for screen readers, dumb terminals, pipes and tests.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_CLI_PLAIN_H
#define VMM_CLI_PLAIN_H
#include <stdio.h>

#include "screens/wizard.h"

struct plain_options {
    const char *target, *boot, *format; /* of the command line; NULL */
    FILE *in, *out;                     /* `in` must not have been read from yet */
    int width;                          /* columns; 0: the terminal's, else 80 */
    const struct wizard_link *link;     /* NULL: starts a worker of its own */
    const struct wizard_learning *learning; /* screens/learn.h; NULL: this is no lesson */
    double (*seconds)(void);            /* the clock that paces progress lines; NULL: the machine's */
};
/* Walks the steps until the person leaves or the input ends. The exit code of the command contract. */
int vmm_plain_walk(const struct plain_options *o);
#endif
