/* A terminal that does not show what is typed.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/hidden.h"

bool cli_hide_typing(int in, struct termios *before) {
    struct termios hidden;
    if (tcgetattr(in, before) < 0) return false;
    hidden = *before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    hidden.c_lflag |= ECHONL | ICANON;
    hidden.c_cc[VEOL] = CLI_GIVE_UP;
    return tcsetattr(in, TCSAFLUSH, &hidden) == 0;
}

void cli_show_typing(int in, const struct termios *before) { tcsetattr(in, TCSADRAIN, before); }
