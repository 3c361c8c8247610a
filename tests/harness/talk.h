/* A reader of the plain text of `vmmedic learn NAME`, guided, who knows nothing else and types what it says.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HARNESS_TALK_H
#define HARNESS_TALK_H
#include "vmmedic/learn.h"

/* The two instructions, as a language has them. */
struct talk_words {
    const char *lang;        /* for --lang */
    const char *type, *enter; /* what stands at the beginning of a line before what is to be typed; the whole line that asks for Enter alone */
};
extern const struct talk_words talk_english;

/* Obeys every line "Type: X" and "Press: Enter" until the program ends. With MEDDLE (English only), but: ticks the serial console too, on a disk where nobody asked
 * for it. FOLDER: the disk is a folder, else an image. The exit code; *text is all that was said, the caller frees. */
int talk_obey(const struct vmm_lesson *l, const struct talk_words *words, bool folder, bool meddle, char **text);
/* All that a text says to type, in order, one a line, an empty one for Enter alone; the caller frees. */
char *talk_told(const char *text, const struct talk_words *words);
#endif
