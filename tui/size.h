/* How large the terminal is. A serial line does not know; then the terminal itself is asked once.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_SIZE_H
#define VMM_TUI_SIZE_H
/* Rows and columns of the terminal on OUT, as the kernel knows them; where it does not (0x0) and `ask`, as the terminal answers within 200 ms on IN; else 24 and 80. */
void size_of_terminal(int in, int out, int ask, int *rows, int *cols);
#endif
