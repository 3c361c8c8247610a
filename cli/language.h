/* The language of the texts and the letters of the terminal.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_LANGUAGE_H
#define VMM_LANGUAGE_H
#include <stdbool.h>

/* Takes language and letters from the environment, and the translations from FOLDER (NULL: those beside the program, else the installed ones). Inside the program all
 * text is UTF-8 from here on, whatever the terminal takes. False when the terminal does not take UTF-8. */
bool cli_language_start(const char *folder);
/* Another language than the environment's, for this process and the worker it starts: "fr", "nl", "en". False when there is none of that name. */
bool cli_language_choose(const char *name);
/* In the worker: the language that was chosen in the process that started it. */
void cli_language_follow(void);
/* Standard error, or standard output too, in ASCII from now on where it is a terminal: for one that does not take UTF-8. Not before curses has had standard output. */
void cli_language_fold_errors(void);
void cli_language_fold_output(void);
#endif
