/* The size of the terminal.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/size.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ANSWER_MS 200

/* "ESC [ rows ; cols R" among what has been read; keys that were typed meanwhile may stand around it and are lost. */
static int answer(const char *text, int *rows, int *cols) {
    for (const char *p = text; (p = strstr(p, "\033[")) != NULL; p += 2) {
        char end = 0;
        if (sscanf(p + 2, "%4d;%4d%c", rows, cols, &end) == 3 && end == 'R') return *rows >= 2 && *rows <= 500 && *cols >= 10 && *cols <= 1000;
    }
    return 0;
}

/* The cursor is sent further than any terminal goes, and asked where it is. */
static int asked(int in, int out, int *rows, int *cols) {
    static const char question[] = "\0337\033[999;999H\033[6n\0338";
    struct termios before, raw;
    char got[256] = "";
    size_t n = 0;
    int found = 0;
    if (tcgetattr(in, &before) < 0) return 0;
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(in, TCSANOW, &raw);
    if (write(out, question, sizeof question - 1) == (ssize_t)sizeof question - 1) {
        struct pollfd fd = {.fd = in, .events = POLLIN};
        while (!found && n + 1 < sizeof got && poll(&fd, 1, ANSWER_MS) > 0) {
            ssize_t r = read(in, got + n, sizeof got - 1 - n);
            if (r <= 0) break;
            for (ssize_t i = 0; i < r; i++)
                if (got[n + (size_t)i] == 0) got[n + (size_t)i] = ' ';
            n += (size_t)r;
            got[n] = 0;
            found = answer(got, rows, cols);
        }
    }
    tcsetattr(in, TCSANOW, &before);
    return found;
}

void size_of_terminal(int in, int out, int ask, int *rows, int *cols) {
    struct winsize size = {0};
    if (ioctl(out, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
        *rows = size.ws_row;
        *cols = size.ws_col;
    } else if (!ask || !asked(in, out, rows, cols)) {
        *rows = 24;
        *cols = 80;
    }
}
