/* Inside the screen: what it remembers besides the model, and what its files share.
 *   term.c   the terminal: starting, giving back, sending a frame      input.c  keys and what they do      editor.c  one line of typed text
 *   view.c   the frame of a moment, from head.c (head, steps, keys, panel), page.c (body; list.c, wait.c) and popup.c
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TUI_SCREEN_H
#define VMM_TUI_SCREEN_H
#include <wchar.h>

#include "base/base.h"
#include "tui/frame.h"
#include "tui/layout.h"

/* ---- one line of typed text ---- */
#define EDITOR_MAX 400 /* characters */
struct editor {
    wchar_t text[EDITOR_MAX + 1];
    size_t len, at;   /* the cursor is before text[at] */
};
void editor_clear(struct editor *e); /* wipes it too: it may have been a password */
/* What it holds from now on, the cursor at its end; NULL is nothing. What is no character is left out. */
void editor_set(struct editor *e, const char *text);
/* A key as the terminal sends it; false when it is none of the editor's. */
bool editor_key(struct editor *e, int code, bool special);
char *editor_text(const struct editor *e); /* UTF-8; the caller frees, with vmm_wiping_free where it is a secret */
/* Draws it into `room` columns and puts the frame's cursor into it. Of a secret, one star a character. */
void editor_draw(const struct editor *e, struct frame *f, int row, int col, int room, bool secret);

/* ---- what is remembered ---- */
struct place { /* of a step, kept while one goes back and forth */
    size_t cursor;    /* row of the list */
    int top;          /* first line of the sheet that is seen */
    bool known;       /* the cursor was set */
};

struct popup {
    bool open;
    struct wizard_text text;
    int top;
};

struct tui {
    struct wizard *w;
    /* the terminal (term.c) */
    void *screen;            /* SCREEN */
    FILE *in_file;
    int in;
    mbstate_t partial;       /* a letter of which not all bytes have come */
    FILE *out;
    enum tui_glyphs tier;
    bool utf8, colour;
    int rows, cols;
    bool all;                /* the next frame is sent whole */
    /* the step as it was seen last; another one resets what belongs to it */
    enum wizard_step step;
    enum wizard_prompt_kind kind;
    char question[256];
    bool secret;             /* what is typed is not shown */
    size_t count;
    struct wizard_item *items; /* the rows, asked for once: a store may have thousands */
    size_t item_count;
    unsigned long version;   /* of the model when they were asked for */
    struct place place[STEP_ALL];
    bool *folded;            /* of each row of the list that begins a part */
    size_t folds;
    bool zoomed;             /* one change alone */
    bool free_scroll;        /* the person scrolled away from the focus */
    bool to_top;             /* the focus is wanted at the top: a part begins there */
    int page_rows, sheet_rows, focus_last; /* of the body: in sight, in all, the focus in it */
    struct editor line;      /* the answer of a PROMPT_LINE */
    bool refill;             /* it was taken: if the same is asked again, what is to be corrected stands there */
    struct editor search;
    bool searching;
    char *sought;            /* what was searched last; NULL */
    char *hint;              /* as it is shown: it follows when the keys rest */
    struct popup popup;
    struct wizard_text said; /* one or a few lines in the panel until the next key */
    bool said_seen;          /* a frame has shown them */
    struct vmm_buf kept;     /* pages that are to be printed when the screen has been given back */
};

/* ---- view.c ---- */
/* Follows the model: another step, another list, what was said. Before every frame. */
void view_follow(struct tui *t);
/* Lets go of the rows. */
void view_forget_items(struct tui *t);
/* The whole frame of now. */
void view_draw(struct tui *t, struct frame *f, bool rested);
/* Row I of the list, i < t->count; good until the model changes. */
const struct wizard_item *view_item(const struct tui *t, size_t i);
/* True when row I of the list is folded away. */
bool view_hidden(const struct tui *t, size_t i);
struct place *view_place(struct tui *t);
/* Rows that a page takes, for the keys that scroll. */
int view_page_rows(const struct tui *t);

/* ---- head.c ---- */
void head_draw(const struct tui *t, const struct layout *l, struct frame *f);
void head_keys(const struct tui *t, const struct layout *l, struct frame *f);
void head_panel(struct tui *t, const struct layout *l, struct frame *f, bool rested);
/* Rows that what was said takes in the panel, which grows for it. */
int head_said_rows(const struct tui *t);
/* The same for what the coach says; 0: there is none. */
int head_coach_rows(const struct tui *t);
/* True when TEXT fits into the panel. */
bool head_fits(const struct tui *t, const struct wizard_text *text);

/* ---- popup.c ---- */
void popup_open(struct tui *t, struct wizard_text *text); /* takes the lines; appends when one is open */
void popup_close(struct tui *t);
void popup_draw(struct tui *t, const struct layout *l, struct frame *f);
void popup_scroll(struct tui *t, int lines);
/* Scrolls to the next line that has the text; false: there is none. */
bool popup_find(struct tui *t, const char *text);

/* ---- keys ---- */
struct key_hint { /* one entry of the last rows */
    const char *key, *label;
    int rank; /* where there is no room for all, the highest goes first */
};
/* The keys that work now, the most useful first; at most `max`. Both the row of keys and the help come from here. */
size_t input_keys(const struct tui *t, struct key_hint *keys, size_t max, char *store, size_t store_size);
void input_key(struct tui *t, int code, bool special);

/* ---- term.c ---- */
void term_send(struct tui *t, const struct frame *f);
#endif
