/* What the loop needs of the terminal besides tui.h.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_TERM_H
#define VMM_TUI_TERM_H
#include "tui/screen.h"

/* Leaves the terminal as it was, for a moment; the next frame takes it again. */
void term_aside(void);
#endif
