/* A pty, the wizard's screen on its slave, a terminal of libvterm on its master, all in one thread. Only for windows larger than the kernel's buffer another thread empties it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/keys.h"

#define SMALL 2400 /* cells: a frame of so many always fits the 8 KiB that a pty holds */

struct term {
    int master, slave;
    FILE *out;
    struct keys *keys;
    struct screen *screen;
    struct wizard *w;
    struct tui *tui;
    struct vmm_buf sent;
    size_t bytes, first;
    enum tui_got got;
    void (*settle)(void *ctx);
    void *ctx;
    pthread_t emptier;
    bool emptying;
    int stop[2]; /* tells the emptier to finish */
};

static void need(int good, const char *what) {
    if (good) return;
    fprintf(stderr, "harness: %s failed: %s\n", what, strerror(errno));
    abort();
}

/* ---- bytes to the terminal ---- */
static void take(struct term *t) {
    char chunk[8192];
    ssize_t n;
    if (t->master < 0) return;
    while ((n = read(t->master, chunk, sizeof chunk)) > 0) {
        t->bytes += (size_t)n;
        vmm_buf_add(&t->sent, chunk, (size_t)n);
        screen_feed(t->screen, chunk, (size_t)n);
    }
    need(n == 0 || errno == EAGAIN || errno == EIO, "reading the terminal");
    size_t answer = screen_answers(t->screen, chunk, sizeof chunk);
    need(write(t->master, chunk, answer) == (ssize_t)answer, "answering as a terminal");
}

static void *empty(void *arg) {
    struct term *t = arg;
    struct pollfd fd[2] = {{.fd = t->master, .events = POLLIN}, {.fd = t->stop[0], .events = POLLIN}};
    while (poll(fd, 2, -1) > 0 && !fd[1].revents) take(t);
    return NULL;
}

/* Around everything that draws: while a large frame is sent, somebody has to read. Afterwards all of it has been. */
static void begin(struct term *t) {
    t->emptying = screen_rows(t->screen) * screen_cols(t->screen) > SMALL;
    if (t->emptying) need(pthread_create(&t->emptier, NULL, empty, t) == 0, "a thread");
}
static size_t end(struct term *t) {
    char c = 0;
    if (t->emptying) {
        need(write(t->stop[1], &c, 1) == 1, "a pipe");
        pthread_join(t->emptier, NULL);
        need(read(t->stop[0], &c, 1) == 1, "a pipe");
    }
    t->emptying = false;
    take(t);
    size_t bytes = t->bytes;
    t->bytes = 0;
    return bytes;
}

size_t term_take(struct term *t) { return end(t); }

static size_t draw(struct term *t, bool rested) {
    begin(t);
    tui_draw(t->tui, rested);
    return end(t);
}

/* ---- opening and closing ---- */
struct term *term_open(const struct term_options *o, struct wizard *w) {
    static const struct term_options usual = {0};
    if (o == NULL) o = &usual;
    const char *name = o->term ? o->term : "xterm-256color";
    struct term *t = vmm_alloc(1, sizeof *t);
    struct winsize size = {.ws_row = (unsigned short)(o->rows ? o->rows : 24), .ws_col = (unsigned short)(o->cols ? o->cols : 80)};
    struct termios raw;
    struct vmm_error err = {0};
    harness_world(name, !o->ascii_locale, o->language);
    need((t->keys = keys_of(name)) != NULL, name);
    need(openpty(&t->master, &t->slave, NULL, NULL, NULL) == 0, "openpty");
    need(tcgetattr(t->slave, &raw) == 0, "tcgetattr");
    cfmakeraw(&raw);
    need(tcsetattr(t->slave, TCSANOW, &raw) == 0 && ioctl(t->slave, TIOCSWINSZ, &size) == 0, "setting up a terminal");
    need(fcntl(t->master, F_SETFL, O_NONBLOCK) == 0 && pipe(t->stop) == 0, "a terminal");
    need((t->out = fdopen(dup(t->slave), "w")) != NULL, "fdopen");
    t->screen = screen_new(size.ws_row, size.ws_col, !o->ascii_locale);
    screen_second_font(t->screen, keys_acsc(t->keys));
    screen_wraps_early(t->screen, keys_wraps_early(t->keys));
    t->w = w;
    t->settle = o->settle;
    t->ctx = o->ctx;
    struct tui_terminal terminal = {.term = name, .in = t->slave, .out = t->out, .utf8 = !o->ascii_locale, .glyphs = o->glyphs, .colour = o->colour, .rows = size.ws_row, .cols = size.ws_col};
    begin(t);
    t->tui = tui_open(&terminal, w, &err);
    if (t->tui == NULL) fail_msg("the screen cannot be opened: %s", err.message);
    tui_draw(t->tui, true);
    t->first = end(t);
    return t;
}

void term_close(struct term *t) {
    if (t == NULL) return;
    begin(t);
    tui_close(t->tui);
    end(t);
    fclose(t->out);
    close(t->slave);
    if (t->master >= 0) close(t->master);
    close(t->stop[0]);
    close(t->stop[1]);
    screen_free(t->screen);
    keys_free(t->keys);
    vmm_buf_free(&t->sent);
    free(t);
}

/* ---- keys ---- */
static void read_keys(struct term *t) {
    t->got = tui_read(t->tui);
    if (t->settle) t->settle(t->ctx);
}

size_t term_keys(struct term *t, const char *keys) {
    char bytes[16];
    size_t n, sum = 0;
    while (!vmm_wizard_over(t->w, NULL) && (n = keys_next(t->keys, &keys, bytes)) > 0) {
        need(write(t->master, bytes, n) == (ssize_t)n, "typing");
        begin(t);
        read_keys(t);
        tui_draw(t->tui, false);
        sum += end(t);
    }
    return sum;
}

size_t term_paste(struct term *t, const char *bytes, size_t n) {
    begin(t);
    for (size_t at = 0; at < n && !vmm_wizard_over(t->w, NULL);) {
        size_t some = n - at < 1024 ? n - at : 1024;
        need(write(t->master, bytes + at, some) == (ssize_t)some, "typing");
        at += some;
        read_keys(t);
    }
    tui_draw(t->tui, false);
    return end(t);
}

size_t term_rest(struct term *t) { return draw(t, true); }
size_t term_draw(struct term *t) { return draw(t, false); }

void term_resize_only(struct term *t, int rows, int cols) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    need(ioctl(t->master, TIOCSWINSZ, &size) == 0, "another size");
    take(t);
    screen_resize(t->screen, rows, cols);
    begin(t);
    tui_resize(t->tui, rows, cols);
    t->bytes = end(t);
}

size_t term_resize(struct term *t, int rows, int cols) {
    term_resize_only(t, rows, cols);
    return draw(t, true);
}

enum tui_got term_hang_up(struct term *t) {
    close(t->master);
    t->master = -1;
    return tui_read(t->tui);
}

size_t term_first(const struct term *t) { return t->first; }
enum tui_got term_got(const struct term *t) { return t->got; }
struct screen *term_screen(const struct term *t) { return t->screen; }
struct wizard *term_wizard(const struct term *t) { return t->w; }
struct tui *term_tui(const struct term *t) { return t->tui; }
int term_master(const struct term *t) { return t->master; }

char *term_sent(struct term *t) {
    struct vmm_buf b = {0};
    for (size_t i = 0; i < t->sent.len; i++) {
        uint8_t c = t->sent.data[i];
        if (c < 0x20 || c == 0x7f) vmm_buf_fmt(&b, "\\%03o", c);
        else vmm_buf_add(&b, &c, 1);
    }
    t->sent.len = 0;
    return vmm_buf_steal(&b);
}
