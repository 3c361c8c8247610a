/* The program on a pty. Between it and the test stands a process that plays the shell: it leads the session, so that the program can be stopped, and tells how it ended.
 * Every wait is for something that can be seen, a byte, a text, an end; a limit turns waiting for ever into a failure that shows the screen.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/keys.h"

#define LIMIT 30.0 /* seconds; a sanitizer build on a busy machine needs some of them */

struct program {
    int master, slave;
    int idle;          /* a byte comes here each time the program has nothing to do */
    int told;          /* what the shell tells: the program's id, then each status of it */
    pid_t shell, pid;
    bool stopped, ended;
    int status;
    double began;
    double patience;   /* seconds that waiting may take */
    size_t bytes;
    struct screen *screen;
    struct keys *keys;
    char *room;        /* sanitizers write here */
};

static void need(int good, const char *what) {
    if (good) return;
    fprintf(stderr, "harness: %s failed: %s\n", what, strerror(errno));
    abort();
}

/* A test that fails leaves its program behind: the end of all tests takes it along. */
static struct program *running[64];
static void end_all(void) {
    for (size_t i = 0; i < VMM_COUNT(running); i++)
        if (running[i] && !running[i]->ended) kill(running[i]->pid, SIGKILL);
}
static void remember(struct program *p) {
    static bool registered;
    if (!registered) atexit(end_all);
    registered = true;
    for (size_t i = 0; i < VMM_COUNT(running); i++)
        if (running[i] == NULL) {
            running[i] = p;
            return;
        }
}
static void forget(const struct program *p) {
    for (size_t i = 0; i < VMM_COUNT(running); i++)
        if (running[i] == p) running[i] = NULL;
}

/* ---- starting ---- */
static void set_environment(const struct program_options *o, int idle, const char *room) {
    char number[16];
    harness_world(o->term == NULL ? "xterm-256color" : o->term[0] ? o->term : NULL, !o->ascii_locale, NULL);
    snprintf(number, sizeof number, "%d", idle);
    setenv("VMMEDIC_IDLE_FD", number, 1);
    char *asan = vmm_printf("detect_leaks=%d:log_path=%s/asan", !o->hangs_up, room), *ubsan = vmm_printf("print_stacktrace=1:log_path=%s/ubsan", room);
    setenv("ASAN_OPTIONS", asan, 1);
    setenv("UBSAN_OPTIONS", ubsan, 1);
    if (o->state) setenv("VMMEDIC_STATE", o->state, 1);
    for (size_t i = 0; o->environment && o->environment[i]; i++) putenv((char *)(uintptr_t)o->environment[i]);
}

/* The kernel tells a closed window to the leader of the session alone; a shell tells its jobs. */
static volatile pid_t job;
static void tell_job(int signal) {
    if (job > 0) kill(-job, signal);
    if (job > 0) kill(-job, SIGCONT);
}

static _Noreturn void play_shell(struct program *p, const struct program_options *o, const char *const *argv, int idle, int tell) {
    int status;
    setsid();
    need(ioctl(p->slave, TIOCSCTTY, 0) == 0, "TIOCSCTTY");
    signal(SIGHUP, tell_job);
    signal(SIGTTOU, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        tcsetpgrp(p->slave, getpid());
        static const int usual[] = {SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE}; /* who runs the tests may have some of them ignored */
        for (size_t i = 0; i < VMM_COUNT(usual); i++) signal(usual[i], SIG_DFL);
        signal(SIGHUP, o->deaf ? SIG_IGN : SIG_DFL);
        for (int fd = 0; fd < 3; fd++) dup2(p->slave, fd);
        set_environment(o, idle, p->room);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    setpgid(pid, pid);
    tcsetpgrp(p->slave, pid);
    job = pid;
    for (int fd = 0; fd < 3; fd++) close(fd);
    close(p->master);
    close(p->slave);
    close(idle);
    need(write(tell, &pid, sizeof pid) == sizeof pid, "telling");
    while (waitpid(pid, &status, WUNTRACED) == pid) {
        if (write(tell, &status, sizeof status) != sizeof status || !WIFSTOPPED(status)) break;
    }
    _exit(0);
}

struct program *program_start(const struct program_options *o, const char *const *argv) {
    static const struct program_options usual = {0};
    if (o == NULL) o = &usual;
    struct program *p = vmm_alloc(1, sizeof *p);
    struct winsize size = {.ws_row = (unsigned short)(o->rows ? o->rows : 24), .ws_col = (unsigned short)(o->cols ? o->cols : 80)};
    int idle[2], tell[2];
    need(openpty(&p->master, &p->slave, NULL, NULL, &size) == 0, "openpty");
    need(pipe(idle) == 0 && pipe(tell) == 0, "pipe");
    int ours[] = {p->master, idle[0], tell[0], tell[1]};
    for (size_t i = 0; i < VMM_COUNT(ours); i++) fcntl(ours[i], F_SETFD, FD_CLOEXEC);
    need(fcntl(p->master, F_SETFL, O_NONBLOCK) == 0 && fcntl(idle[0], F_SETFL, O_NONBLOCK) == 0, "fcntl");
    fcntl(p->slave, F_SETFD, FD_CLOEXEC);
    p->room = harness_room();
    p->screen = screen_new(size.ws_row, size.ws_col, !o->ascii_locale);
    p->keys = keys_of(o->term && o->term[0] ? o->term : "xterm-256color");
    if (p->keys == NULL) p->keys = keys_of("ansi"); /* a terminal that nobody knows */
    screen_second_font(p->screen, keys_acsc(p->keys));
    screen_wraps_early(p->screen, keys_wraps_early(p->keys));
    p->idle = idle[0];
    p->told = tell[0];
    p->patience = LIMIT;
    p->began = vmm_seconds();
    fflush(NULL);
    p->shell = fork();
    need(p->shell >= 0, "fork");
    if (p->shell == 0) play_shell(p, o, argv, idle[1], tell[1]);
    close(idle[1]);
    close(tell[1]);
    need(read(p->told, &p->pid, sizeof p->pid) == sizeof p->pid, "hearing of the program");
    remember(p);
    return p;
}

/* ---- waiting ---- */
static void take(struct program *p) {
    char chunk[8192];
    ssize_t n;
    if (p->master < 0) return;
    while ((n = read(p->master, chunk, sizeof chunk)) > 0) {
        p->bytes += (size_t)n;
        screen_feed(p->screen, chunk, (size_t)n);
        size_t answer = screen_answers(p->screen, chunk, sizeof chunk);
        need(write(p->master, chunk, answer) == (ssize_t)answer, "answering as a terminal");
    }
}

static void hear_status(struct program *p) {
    if (read(p->told, &p->status, sizeof p->status) != sizeof p->status) return;
    p->stopped = WIFSTOPPED(p->status);
    p->ended = !p->stopped;
}

/* Takes what is there, or waits for the next of it. True when the program said that it is idle. */
static bool wait_some(struct program *p, double until, const char *what) {
    struct pollfd fd[] = {{.fd = p->master, .events = POLLIN}, {.fd = p->idle, .events = POLLIN}, {.fd = p->ended ? -1 : p->told, .events = POLLIN}};
    char bytes[256];
    double left = until - vmm_seconds();
    if (left <= 0) {
        screen_print(p->screen, "the screen when waiting took too long");
        fail_msg("waited too long for: %s", what);
    }
    int r = poll(fd, VMM_COUNT(fd), (int)(left * 1000) + 1);
    need(r >= 0 || errno == EINTR, "poll");
    bool idle = fd[1].revents & POLLIN && read(p->idle, bytes, sizeof bytes) > 0; /* before the terminal: what was drawn before that byte is then there */
    take(p);
    if (fd[2].revents) hear_status(p);
    return idle;
}

static double limit(const struct program *p) { return vmm_seconds() + p->patience; }

static void must_run(struct program *p, const char *what) {
    if (!p->ended) return;
    take(p);
    screen_print(p->screen, "the screen when it ended");
    fail_msg("the program ended (status %x) while waiting for: %s", (unsigned)p->status, what);
}

void program_idle(struct program *p) {
    for (double until = limit(p); !wait_some(p, until, "nothing left to do");) must_run(p, "nothing left to do");
}

void program_until(struct program *p, const char *words) {
    double until = limit(p);
    take(p);
    while (!screen_shows(p->screen, words)) {
        must_run(p, words);
        wait_some(p, until, words);
    }
}

void program_until_same(struct program *p, const char *marked) {
    double until = limit(p);
    for (;;) {
        take(p);
        char *now = screen_marked(p->screen);
        bool same = strcmp(now, marked) == 0;
        free(now);
        if (same) return;
        if (until - vmm_seconds() < 0) fprintf(stderr, "---- expected:\n%s", marked);
        must_run(p, "the same screen as before");
        wait_some(p, until, "the same screen as before");
    }
}

void program_until_stopped(struct program *p) {
    for (double until = limit(p); !p->stopped;) {
        must_run(p, "being stopped");
        wait_some(p, until, "being stopped");
    }
}

int program_code(struct program *p) {
    for (double until = limit(p); !p->ended;) wait_some(p, until, "the end of the program");
    take(p);
    return WIFEXITED(p->status) ? WEXITSTATUS(p->status) : 128 + WTERMSIG(p->status);
}

bool program_running(struct program *p) {
    struct pollfd fd = {.fd = p->told, .events = POLLIN};
    if (!p->ended && poll(&fd, 1, 0) > 0) hear_status(p);
    return !p->ended;
}

/* ---- doing ---- */
void program_type(struct program *p, const char *bytes, size_t n) {
    for (double until = limit(p); n > 0;) {
        ssize_t r = write(p->master, bytes, n);
        need(r >= 0 || errno == EAGAIN, "typing");
        if (r > 0) {
            bytes += r;
            n -= (size_t)r;
        } else {
            wait_some(p, until, "keys being read");
        }
    }
}

static bool keys_are_taken(const struct program *p) {
    int waiting = 0;
    need(ioctl(p->slave, FIONREAD, &waiting) == 0, "FIONREAD");
    return waiting == 0;
}

void program_keys(struct program *p, const char *keys) {
    char bytes[16], drain[256];
    size_t n;
    while (read(p->idle, drain, sizeof drain) > 0) {}
    while ((n = keys_next(p->keys, &keys, bytes)) > 0) program_type(p, bytes, n);
    for (double until = limit(p); !p->ended;) {
        bool idle = wait_some(p, until, "keys being read");
        if (p->ended || (idle && keys_are_taken(p))) break;
    }
}

void program_resize(struct program *p, int rows, int cols) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    take(p);
    screen_resize(p->screen, rows, cols);
    need(ioctl(p->master, TIOCSWINSZ, &size) == 0, "TIOCSWINSZ");
}

void program_signal(struct program *p, int signal) { need(kill(p->pid, signal) == 0, "kill"); }

void program_continue(struct program *p) {
    p->stopped = false;
    need(kill(-p->pid, SIGCONT) == 0, "kill");
}

void program_scribble(struct program *p, const char *text) {
    need(write(p->slave, text, strlen(text)) == (ssize_t)strlen(text), "writing on the terminal");
    take(p);
}

void program_hang_up(struct program *p) {
    take(p);
    close(p->master);
    p->master = -1;
}

/* ---- looking ---- */
void program_patience(struct program *p, double seconds) { p->patience = seconds; }

double program_seconds(const struct program *p) { return vmm_seconds() - p->began; }
int program_pid(const struct program *p) { return (int)p->pid; }
struct screen *program_screen(struct program *p) {
    take(p);
    return p->screen;
}
bool program_gave_terminal_back(struct program *p) {
    struct termios now;
    take(p);
    need(tcgetattr(p->slave, &now) == 0, "tcgetattr");
    return (now.c_lflag & ICANON) && (now.c_lflag & ECHO) && (now.c_lflag & ISIG) && (now.c_oflag & OPOST) && !screen_alternate(p->screen) && screen_cursor(p->screen, NULL, NULL);
}
size_t program_bytes(struct program *p) {
    take(p);
    size_t bytes = p->bytes;
    p->bytes = 0;
    return bytes;
}

/* ---- ending ---- */
void program_end(struct program *p) {
    if (p == NULL) return;
    if (program_running(p)) {
        kill(p->pid, SIGKILL);
        program_code(p);
    }
    forget(p);
    waitpid(p->shell, NULL, 0);
    int fds[] = {p->master, p->slave, p->idle, p->told};
    for (size_t i = 0; i < VMM_COUNT(fds); i++)
        if (fds[i] >= 0) close(fds[i]);
    char *said = harness_read_all(p->room, "san");
    vmm_remove_tree(p->room, NULL);
    screen_free(p->screen);
    keys_free(p->keys);
    free(p->room);
    free(p);
    if (said[0]) fail_msg("a sanitizer said:\n%s", said);
    free(said);
}
