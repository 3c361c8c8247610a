/* The terminal: taken over, sent frames, read, and given back. The only file that draws with curses.
 * Every frame goes through erase(), so that curses finds the difference by itself; nothing is ever cleared but for a repaint.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/term.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/base.h"
#include "tui/curses.h"
#include "tui/size.h"

#define SIDE_MAX 1000 /* rows and columns; what claims more is no terminal, and would only cost memory */
#define ESC_MS 90 /* a torn arrow may take 80 between two bytes, and Esc is to be answered within 100 */

/* Sequences that terminals send and terminfo does not tell: the other cursor mode, other spellings of Home, End and F1. */
static const struct {
    const char *sequence;
    int key;
} aliases[] = {
    {"\033[A", KEY_UP},    {"\033[B", KEY_DOWN},  {"\033[C", KEY_RIGHT}, {"\033[D", KEY_LEFT},  {"\033OA", KEY_UP},    {"\033OB", KEY_DOWN},  {"\033OC", KEY_RIGHT},
    {"\033OD", KEY_LEFT},  {"\033[H", KEY_HOME},  {"\033OH", KEY_HOME},  {"\033[1~", KEY_HOME}, {"\033[7~", KEY_HOME}, {"\033[F", KEY_END},   {"\033OF", KEY_END},
    {"\033[4~", KEY_END},  {"\033[8~", KEY_END},  {"\033[5~", KEY_PPAGE}, {"\033[6~", KEY_NPAGE}, {"\033[3~", KEY_DC},  {"\033OP", KEY_F(1)},  {"\033[11~", KEY_F(1)},
    {"\033[[A", KEY_F(1)},
};

static int unusable(const struct tui_terminal *o, struct vmm_error *err) {
    const char *name = o->term ? o->term : getenv("TERM");
    return vmm_fail(err, VMM_E_UNSUPPORTED, _("Use --plain, or set TERM to what your terminal is."), _("the terminal \"%s\" cannot show the screens"), name ? name : "");
}

bool tui_usable(const struct tui_terminal *o, struct vmm_error *err) {
    int status = 0;
    const char *name = o->term ? o->term : getenv("TERM");
    TERMINAL *before = cur_term;
    bool usable = name && name[0] && isatty(o->in) && isatty(fileno(o->out)) && setupterm(name, fileno(o->out), &status) == OK;
    if (usable) {
        const char *cup = tigetstr("cup");
        usable = cup && cup != (const char *)-1;
        TERMINAL *made = cur_term;
        set_curterm(before);
        del_curterm(made);
    }
    return usable || unusable(o, err) == 0;
}

struct tui *tui_open(const struct tui_terminal *o, struct wizard *w, struct vmm_error *err) {
    int rows = o->rows, cols = o->cols;
    if (rows == 0 || cols == 0) size_of_terminal(o->in, fileno(o->out), 1, &rows, &cols);
    if (!o->utf8) setenv("NCURSES_NO_UTF8_ACS", "0", 0); /* LC_CTYPE says what the process speaks; this, that the terminal has its own line drawing */
    FILE *in = fdopen(dup(o->in), "r");
    SCREEN *screen = in ? newterm(o->term, o->out, in) : NULL;
    if (screen == NULL) {
        if (in) fclose(in);
        unusable(o, err);
        return NULL;
    }
    set_term(screen);
    if (tigetstr("cup") == NULL || tigetstr("cup") == (char *)-1) {
        endwin();
        delscreen(screen);
        fclose(in);
        unusable(o, err);
        return NULL;
    }
    struct tui *t = vmm_alloc(1, sizeof *t);
    t->w = w;
    t->screen = screen;
    t->in_file = in;
    t->in = o->in;
    t->out = o->out;
    t->step = STEP_ALL;
    if (getenv("ESCDELAY") == NULL) set_escdelay(ESC_MS);
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    idlok(stdscr, TRUE);
    for (size_t i = 0; i < VMM_COUNT(aliases); i++)
        if (key_defined(aliases[i].sequence) <= 0) define_key(aliases[i].sequence, aliases[i].key);
    t->colour = look_start(o->colour);
    t->utf8 = o->utf8;
    t->tier = look_tier(o->glyphs, o->utf8);
    tui_resize(t, rows, cols);
    return t;
}

void tui_close(struct tui *t) {
    if (t == NULL) return;
    endwin();
    delscreen(t->screen);
    fclose(t->in_file);
    popup_close(t);
    vmm_text_clear(&t->said);
    view_forget_items(t);
    free(t->folded);
    free(t->sought);
    free(t->hint);
    editor_clear(&t->line);
    vmm_buf_free(&t->kept);
    free(t);
}

void tui_repaint(struct tui *t) { t->all = true; }

void tui_resize(struct tui *t, int rows, int cols) {
    t->rows = rows < 1 ? 1 : rows > SIDE_MAX ? SIDE_MAX : rows;
    t->cols = cols < 1 ? 1 : cols > SIDE_MAX ? SIDE_MAX : cols;
    resizeterm(t->rows, t->cols);
    t->all = true;
    if (!t->free_scroll) view_place(t)->top = 0; /* what a small window scrolled away comes back */
}

void term_aside(void) { endwin(); }
void term_again(void) {
    if (!isendwin()) reset_prog_mode(); /* else the next frame does it */
}

/* ---- sending ---- */
static void send_cell(const struct tui *t, int row, int col, const struct cell *c) {
    attr_t attributes = (attr_t)look_attributes(c->look, t->colour);
    cchar_t cc;
    wchar_t text[4] = {c->ch, c->over, 0, 0};
    if (c->ch >= SIGN_BASE) {
        enum sign s = (enum sign)(c->ch - SIGN_BASE);
        const char *sign = look_sign(t->tier, s);
        if (sign == NULL) {
            mvaddch(row, col, (chtype)look_acs(s) | attributes);
            return;
        }
        mbstate_t state = {0};
        if (mbrtowc(text, sign, strlen(sign), &state) > strlen(sign)) text[0] = L'?';
    } else if (!t->utf8) {
        text[0] = (wchar_t)vmm_ascii_sign((uint32_t)c->ch);
        text[1] = L'\0';
    }
    setcchar(&cc, text, attributes & ~(attr_t)A_COLOR, (short)PAIR_NUMBER((int)attributes), NULL);
    mvadd_wch(row, col, &cc);
}

void term_send(struct tui *t, const struct frame *f) {
    erase();
    for (int row = 0; row < f->rows; row++) {
        if (f->cols == 1 && row == f->rows - 1) break; /* curses would write the last corner by way of its neighbour on the left, which is not there: it reads before the row */
        for (int col = 0; col < f->cols; col++) {
            const struct cell *c = &f->cell[row * f->cols + col];
            if (c->ch == 0 || (c->ch == L' ' && c->over == 0 && c->look == LOOK_TEXT)) continue; /* blanks between words keep their look: switching it off and on costs 15 bytes */
            send_cell(t, row, col, c);
        }
    }
    if (t->all) clearok(curscr, TRUE);
    t->all = false;
    move(f->cursor_row, f->cursor_col);
    refresh();
}

void tui_draw(struct tui *t, bool rested) {
    struct frame f = frame_new(t->rows, t->cols);
    view_follow(t);
    view_draw(t, &f, rested);
    term_send(t, &f);
    t->said_seen = true;
    frame_free(&f);
}

/* ---- reading ---- */
/* Nobody is at the other end: poll() says so, or says that there is something to read and there is none. A byte that has just arrived is no end. */
static bool dead(const struct tui *t) {
    struct pollfd fd = {.fd = t->in, .events = POLLIN};
    int waiting = 0;
    if (poll(&fd, 1, 0) <= 0) return false;
    return (fd.revents & (POLLHUP | POLLERR | POLLNVAL)) || (ioctl(t->in, FIONREAD, &waiting) == 0 && waiting == 0);
}

/* One byte of a letter: a slow line brings the others later, and wget_wch() would lose what it has by then. True when the letter is whole. */
static bool letter(struct tui *t, int byte, wchar_t *whole) {
    char c = (char)byte;
    size_t n = mbrtowc(whole, &c, 1, &t->partial);
    if (n == (size_t)-1) { /* no letter of this encoding, or one that was cut short by another */
        t->partial = (mbstate_t){0};
        n = mbrtowc(whole, &c, 1, &t->partial);
        if (n == (size_t)-1) t->partial = (mbstate_t){0};
    }
    return n == 0 || n == 1;
}

enum tui_got tui_read(struct tui *t) {
    enum tui_got got = TUI_NOTHING;
    for (int keys = 0; keys < 4096 && !vmm_wizard_over(t->w, NULL); keys++) {
        wchar_t whole = 0;
        errno = 0;
        int code = wgetch(stdscr);
        if (code == ERR) {
            bool broken = errno == EIO || errno == EBADF || errno == EPIPE;
            return broken || dead(t) ? TUI_LOST : got;
        }
        if (code == KEY_RESIZE) continue; /* our own news, put there by resizeterm */
        got = TUI_KEYS;
        if (code >= KEY_MIN) input_key(t, code, true);
        else if (letter(t, code, &whole)) input_key(t, (int)whole, false);
    }
    return got;
}
