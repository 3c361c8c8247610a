/* Every state of every step, with a name: what tests of screens show. The wizard's model with a worker that follows a script, and a clock that only moves when told.
 * Include cmocka first.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TESTS_GALLERY_H
#define VMM_TESTS_GALLERY_H
#include "harness/term.h"
#include "tests/screens/walk.h"

/* What is typed on the way where a password is asked for. */
#define GALLERY_PASSWORD "Zq7%kW3x&plover"

size_t gallery_count(void);
const char *gallery_name(size_t index);
size_t gallery_find(const char *name); /* fails the test when there is none */
/* The wizard in that state; what was said on the way is forgotten. */
struct walk *gallery_make(size_t index);
void gallery_end(struct walk *k);

/* For the same state in plain text: the worker's script, the options, and what is typed to get there; NULL: plain text has no such state to stop in. */
struct wizard_link gallery_link(size_t index, struct script *script);
const struct wizard_options *gallery_options(size_t index);
const char *gallery_typed(size_t index);

/* What the worker of the script says, in the language of the screen where the real one has a text for it. */
void gallery_say(json_t *answer);

/* Hands in what the worker has to say; for term_options.settle. What the wizard says stays for the screen. */
void gallery_settle(void *walk);
/* A second goes by, on the wizard's clock. */
void gallery_second(struct walk *k);

/* The state on a terminal. O may be NULL; its settle is set. */
struct term *gallery_open(struct walk *k, const struct term_options *o);
#endif
