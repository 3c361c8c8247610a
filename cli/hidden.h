/* Typing that a terminal does not show: for passwords.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_HIDDEN_H
#define CLI_HIDDEN_H
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/* What is typed on a terminal is not shown until it is given back as it was: keys that would end or stop the program are read as bytes, and control-C ends the line.
 * False when IN is no terminal; then nothing is to be given back. Typed ahead is thrown away: it was shown. */
bool cli_hide_typing(int in, struct termios *before);
void cli_show_typing(int in, const struct termios *before);
/* A line of a terminal whose typing is hidden already, after PROMPT on standard error. False when the person gave up; TEXT is wiped then. */
bool cli_type_hidden(int in, const char *prompt, char *text, size_t size);
#define CLI_GIVE_UP 3 /* the byte of control-C */
#endif
