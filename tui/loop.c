/* The program on a terminal: one loop that waits for keys, the worker, signals and the clock, all at once, and draws when something changed.
 * Signals are only heard while it waits (ppoll), so none is lost in between. Nothing in here blocks: not the worker, not a slow line, not a disk.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "screens/wrap.h"
#include "tui/term.h"

#define REST_SECONDS 0.12    /* without a key, then the hint follows */
#define HOLD_SECONDS 0.15    /* what is answered that fast is not announced as waiting */
#define FRAME_SECONDS 0.34   /* progress is drawn at most so often */
#define SLOW_FRAME_SECONDS 1.0
#define SILENCE_SECONDS 60.0 /* after that the next key draws everything: who knows what the line has lost */

/* ---- signals ---- */
static volatile sig_atomic_t resized, stopped, ended, interrupted, continued;

static void heard(int signal) {
    if (signal == SIGWINCH) resized = 1;
    else if (signal == SIGTSTP) stopped = 1;
    else if (signal == SIGCONT) continued = 1;
    else if (signal == SIGINT) interrupted = 1;
    else ended = 1;
}

static const int watched[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM, SIGHUP, SIGQUIT};

struct signals {
    struct sigaction before[VMM_COUNT(watched)];
    sigset_t mask, waiting; /* as it was; while waiting */
};

static void watch(struct signals *s) {
    struct sigaction act = {.sa_handler = heard};
    sigset_t block;
    sigemptyset(&block);
    for (size_t i = 0; i < VMM_COUNT(watched); i++) sigaddset(&block, watched[i]);
    sigprocmask(SIG_BLOCK, &block, &s->mask);
    s->waiting = s->mask;
    for (size_t i = 0; i < VMM_COUNT(watched); i++) {
        sigaction(watched[i], NULL, &s->before[i]);
        if (s->before[i].sa_handler == SIG_IGN && watched[i] != SIGWINCH) continue; /* nohup stays nohup: the dead line is seen by reading */
        sigaction(watched[i], &act, NULL);
        sigdelset(&s->waiting, watched[i]);
    }
    signal(SIGPIPE, SIG_IGN);
}

static void unwatch(const struct signals *s) {
    for (size_t i = 0; i < VMM_COUNT(watched); i++) sigaction(watched[i], &s->before[i], NULL);
    sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

/* A crash gives the terminal back before it is told. */
static void crashed(int signal_number) {
    static const char text[] = "\r\nvmmedic: the screen has crashed; please report it. What is being written goes on. Start vmmedic again to see how it ended.\r\n";
    term_aside();
    ssize_t ignored = write(2, text, sizeof text - 1);
    (void)ignored;
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* ---- the loop ---- */
struct loop {
    struct tui *t;
    struct wizard *w;
    struct wizard_link link;
    const struct tui_terminal *terminal;
    struct signals signals;
    int idle_fd;
    double frame_gap;
    double drawn, key, waited, ticked; /* when: the last frame, the last key, the step began to wait, the model's last tick */
    char *stage;                       /* as drawn last */
    bool changed, rested, busy;
};

/* Takes in what the worker said. True when there was something. */
static bool hear(struct loop *k) {
    bool any = false;
    for (;;) {
        json_t *event = NULL;
        struct vmm_error err = {0};
        if (vmm_wizard_over(k->w, NULL)) return any;
        int r = k->link.next(k->link.ctx, 0, &event, &err);
        if (r == 0) return any;
        any = true;
        if (r > 0) vmm_wizard_hear(k->w, event);
        else vmm_wizard_gone(k->w, &err);
        json_decref(event);
        if (r < 0) return any;
    }
}

static void aside(void) {
    sigset_t stop;
    term_aside();
    struct sigaction act = {.sa_handler = SIG_DFL}, ours;
    sigaction(SIGTSTP, &act, &ours);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stop, NULL); /* here we stand still until somebody types fg */
    sigprocmask(SIG_BLOCK, &stop, NULL);
    sigaction(SIGTSTP, &ours, NULL);
    resized = 1;
}

static void new_size(struct loop *k) {
    struct winsize size = {0};
    if (ioctl(fileno(k->terminal->out), TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col && k->terminal->rows == 0) tui_resize(k->t, size.ws_row, size.ws_col);
    else tui_repaint(k->t);
    k->changed = true;
}

static void take_signals(struct loop *k) {
    if (stopped) {
        stopped = 0;
        aside();
    }
    if (continued) term_again(); /* a shell sets its own modes when it gets the terminal, also when nobody asked us before (kill -STOP) */
    if (resized || continued) {
        resized = continued = 0;
        new_size(k);
    }
    if (interrupted) {
        interrupted = 0;
        struct wizard_progress p;
        if (vmm_wizard_busy(k->w, &p) && p.stop) vmm_wizard_cancel(k->w);
        else vmm_wizard_quit(k->w);
        k->changed = true;
    }
    if (ended) vmm_wizard_reply(k->w, WIZARD_LOST, NULL);
}

/* Milliseconds until something is to be done without being called; -1: nothing. */
static int until(const struct loop *k, double now) {
    double next = -1;
#define AT(time) next = next < 0 || (time) < next ? (time) : next
    struct wizard_progress p;
    bool clock = vmm_wizard_busy(k->w, &p) || vmm_wizard_background(k->w, &p);
    if (k->changed) AT(k->busy ? k->waited + HOLD_SECONDS : now);
    if (!k->rested) AT(k->key + REST_SECONDS);
    if (clock) AT(now + 1.0 - (p.elapsed - (double)(long)p.elapsed));
    AT(k->ticked + 1.0);
#undef AT
    double ms = (next - now) * 1000;
    return ms <= 0 ? 0 : ms > 1000 ? 1000 : (int)ms + 1;
}

static void draw(struct loop *k, double now) {
    struct wizard_progress p;
    bool busy = vmm_wizard_busy(k->w, &p);
    if (busy && !k->busy) k->waited = now;
    k->busy = busy;
    if (busy && now - k->waited < HOLD_SECONDS) {
        k->changed = true; /* later, or not at all */
        return;
    }
    bool rested = now - k->key >= REST_SECONDS;
    tui_draw(k->t, rested);
    k->rested = rested;
    k->drawn = now;
    k->changed = false;
}

/* Whether the worker's news is worth a frame now: a new stage at once, a number not more often than the line can bear. */
static bool worth(struct loop *k, double now) {
    struct wizard_progress p;
    const char *stage = vmm_wizard_busy(k->w, &p) ? p.stage : "";
    bool other = k->stage == NULL || strcmp(k->stage, stage) != 0 || stage[0] == 0;
    if (!other && now - k->drawn < k->frame_gap) return false;
    free(k->stage);
    k->stage = vmm_strdup(stage);
    return true;
}

static void one_turn(struct loop *k) {
    int fd = k->link.fd ? k->link.fd(k->link.ctx) : -1;
    struct pollfd fds[2] = {{.fd = k->terminal->in, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    double now = k->w ? vmm_seconds() : 0;
    int ms = until(k, now);
    struct timespec wait = {ms / 1000, (long)(ms % 1000) * 1000000};
    if (k->idle_fd >= 0 && !k->changed && k->rested && !k->busy && poll(fds, 2, 0) == 0 && write(k->idle_fd, ".", 1) < 0) k->idle_fd = -1;
    if (ppoll(fds, 2, &wait, &k->signals.waiting) < 0) fds[0].revents = fds[1].revents = 0;
    now = vmm_seconds();
    take_signals(k);
    if (fds[1].revents && hear(k) && worth(k, now)) k->changed = true;
    if (fds[0].revents) {
        double silence = now - k->key;
        enum tui_got got = tui_read(k->t);
        if (got == TUI_LOST) vmm_wizard_reply(k->w, WIZARD_LOST, NULL);
        if (got == TUI_KEYS) {
            if (silence > SILENCE_SECONDS) tui_repaint(k->t);
            k->key = now;
            k->rested = false;
            k->changed = true;
        }
        if (hear(k)) k->changed = true;
    }
    if (now - k->ticked >= 1.0) {
        vmm_wizard_tick(k->w);
        k->ticked = now;
    }
    struct wizard_progress p;
    if ((vmm_wizard_busy(k->w, &p) || vmm_wizard_background(k->w, &p)) && now - k->drawn >= 0.95) k->changed = true; /* the clock */
    if (!k->rested && now - k->key >= REST_SECONDS) k->changed = true;
    if (k->changed && !vmm_wizard_over(k->w, NULL)) draw(k, now);
}

static double frame_gap(const struct tui_terminal *o) {
    struct termios tio;
    speed_t s = tcgetattr(fileno(o->out), &tio) == 0 ? cfgetospeed(&tio) : B0;
    bool slow = o->slow || s == B300 || s == B600 || s == B1200 || s == B1800 || s == B2400 || s == B4800 || s == B9600 || s == B19200;
    return slow ? SLOW_FRAME_SECONDS : FRAME_SECONDS;
}

static int idle_descriptor(void) {
    const char *text = getenv("VMMEDIC_IDLE_FD");
    char *end;
    long n = text ? strtol(text, &end, 10) : -1;
    return text && *text && *end == 0 && n > 2 && n < 1024 ? (int)n : -1;
}

/* What is worth keeping on the screen that one comes back to. */
static void say_goodbye(struct wizard *w, FILE *out, int cols, char *kept) {
    struct wizard_text t = {0};
    if (kept) fprintf(out, "%s\n", kept);
    free(kept);
    vmm_wizard_said(w, &t);
    vmm_wizard_parting(w, &t);
    for (size_t i = 0; i < t.count; i++)
        vmm_wrap(out, t.line[i].mean == MEAN_COMMAND ? WRAP_SHELL : t.line[i].mean == MEAN_VERBATIM ? WRAP_COLUMNS : WRAP_WORDS, cols - 1, t.line[i].indent, t.line[i].indent, t.line[i].text, 0);
    vmm_text_clear(&t);
    fflush(out);
}

int tui_run(const struct tui_terminal *o, struct wizard *w, struct wizard_link link, struct vmm_error *err) {
    struct loop k = {.w = w, .link = link, .terminal = o, .idle_fd = idle_descriptor(), .frame_gap = frame_gap(o)};
    int code = 1, cols = 80;
    char *kept = NULL;
    watch(&k.signals); /* before curses starts: it then leaves ^Z to us, and does not drop one that arrives while it sends a frame */
    k.t = tui_open(o, k.w, err);
    if (k.t) {
        struct sigaction crash = {.sa_handler = crashed, .sa_flags = (int)SA_RESETHAND}, other;
        static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE};
        for (size_t i = 0; i < VMM_COUNT(crashes); i++)
            if (sigaction(crashes[i], NULL, &other) == 0 && other.sa_handler == SIG_DFL) sigaction(crashes[i], &crash, NULL);
        k.changed = true;
        k.key = vmm_seconds() - REST_SECONDS;
        k.ticked = vmm_seconds();
        while (!vmm_wizard_over(k.w, NULL)) one_turn(&k);
        cols = k.t->cols;
        if (k.t->kept.len) kept = vmm_buf_steal(&k.t->kept);
        tui_close(k.t);
        for (size_t i = 0; i < VMM_COUNT(crashes); i++)
            if (sigaction(crashes[i], NULL, &other) == 0 && other.sa_handler == crashed) signal(crashes[i], SIG_DFL);
        unwatch(&k.signals);
        say_goodbye(k.w, o->out, cols, kept);
        vmm_wizard_over(k.w, &code);
    } else {
        unwatch(&k.signals);
        code = -1;
    }
    free(k.stage);
    return code;
}
