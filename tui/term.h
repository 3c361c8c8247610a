/* What the loop needs of the terminal besides tui.h.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_TERM_H
#define VMM_TUI_TERM_H
#include "tui/screen.h"

/* Leaves the terminal as it was, for a moment; the next frame takes it again. */
void term_aside(void);
/* The terminal's modes are ours again, after somebody else had it. */
void term_again(void);
#endif
