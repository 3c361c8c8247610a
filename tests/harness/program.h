/* The real program on a terminal of its own, as a shell would start it: for what only a process meets, such as signals, a closed window, being stopped and going on.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HARNESS_PROGRAM_H
#define HARNESS_PROGRAM_H
#include "harness/run.h"
#include "harness/screen.h"

struct program_options {
    const char *term;   /* NULL: xterm-256color; "": TERM is not set */
    int rows, cols;     /* 0: 24 and 80 */
    bool ascii_locale;  /* LC_ALL=C instead of C.UTF-8 */
    bool deaf;          /* starts with SIGHUP ignored, as under nohup */
    bool hangs_up;      /* the test closes its window: no leaks are looked for then, that and the signals of a dead line block each other */
    const char *state;  /* VMMEDIC_STATE; NULL: as the test has it */
    const char *const *environment; /* more of it, "NAME=value", ends with NULL */
};

struct program;
/* argv[0] is what is started, NULL at its end. It is the leader of the terminal's foreground group, not of its session. */
struct program *program_start(const struct program_options *o, const char *const *argv);

/* Types the keys (see keys.h), all at once, and waits until they were taken and nothing is left to do but wait. */
void program_keys(struct program *p, const char *keys);
void program_type(struct program *p, const char *bytes, size_t n); /* does not wait */
/* Waits until nothing is left to do but wait. */
void program_idle(struct program *p);
/* From now on waiting may take so long; 30 seconds at first. An appliance needs more. */
void program_patience(struct program *p, double seconds);
/* Waits until the screen shows the words in one row. Fails the test, and prints the screen, when that takes too long. */
void program_until(struct program *p, const char *words);
/* Waits until the screen is what screen_marked() gave before. */
void program_until_same(struct program *p, const char *marked);
void program_resize(struct program *p, int rows, int cols); /* SIGWINCH follows; does not wait */
void program_signal(struct program *p, int signal);
void program_until_stopped(struct program *p);              /* as after ^Z */
void program_continue(struct program *p);                   /* as fg does */
/* Something else writes on the same terminal, as a shell does while the program is stopped. */
void program_scribble(struct program *p, const char *text);
void program_hang_up(struct program *p);                    /* the window is closed, the line is dead */
/* Waits until it has ended: its exit code, 128+signal when a signal ended it. */
int program_code(struct program *p);
bool program_running(struct program *p);
/* Seconds since the start. */
double program_seconds(const struct program *p);

struct screen *program_screen(struct program *p); /* with all that has arrived by now */
/* The terminal is as a shell wants it: lines, echo, the normal screen, a cursor that is seen. */
bool program_gave_terminal_back(struct program *p);
size_t program_bytes(struct program *p);          /* that were sent since the last call */
int program_pid(const struct program *p);
/* Ends it if it still runs, and frees. Fails the test when a sanitizer had something to say. */
void program_end(struct program *p);
#endif
