/* Keys: which one means what, what it does now, and how the last rows and the help name it. A key that is in none of these tables does nothing.
 * Letters first: nothing needs a function key, and no letter that a torn arrow key leaves behind (A B C D O [) is bound.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tui/curses.h"
#include "tui/page.h"
#include "screens/page_text.h"
#include "tui/rows.h"

#define ESCAPE 27
#define CONTROL(c) ((c)-0x40)

enum command {
    CMD_ACCEPT, CMD_MARK, CMD_LOOK, CMD_FOLD, CMD_UNFOLD, CMD_PART, CMD_SEARCH, CMD_ACTION, CMD_STOP, CMD_ABOUT, CMD_HINT, CMD_WORDS, CMD_KEEP, CMD_BACK, CMD_HELP, CMD_QUIT,
    CMD_UP, CMD_DOWN, CMD_PAGE_UP, CMD_PAGE_DOWN, CMD_FIRST, CMD_LAST
};

/* ---- when a command means something ---- */
static bool always(const struct tui *t) {
    (void)t;
    return true;
}
static bool idle(const struct tui *t) { return !vmm_wizard_busy(t->w, NULL); }
static bool typing(const struct tui *t) { return idle(t) && t->kind == PROMPT_LINE; }
static bool marks(const struct tui *t) { return t->count > 0 && t->kind == PROMPT_MANY; }
static bool changes(const struct tui *t) { return rows_are_changes(t); }
static bool parts(const struct tui *t) { return rows_have_parts(t) && !rows_are_changes(t); }
static bool listed(const struct tui *t) { return t->count > 1 && !t->zoomed; }
static bool reads(const struct tui *t) { return parts(t) && !t->zoomed; }
static bool stoppable(const struct tui *t) {
    struct wizard_progress p;
    return vmm_wizard_busy(t->w, &p) && p.stop;
}
static bool returns(const struct tui *t) {
    struct wizard_progress p;
    return !vmm_wizard_busy(t->w, &p) || !p.writes || vmm_wizard_step(t->w) == STEP_FOLLOW; /* what writes is waited for */
}
static bool never(const struct tui *t) {
    (void)t;
    return false;
}

static bool hints(const struct tui *t) { return vmm_wizard_can_hint(t->w); }

/* ---- the table: in the order of the last rows ---- */
static const struct {
    enum command command;
    const char *key;    /* N_() where it is a word */
    const char *label;  /* N_(); NULL: worked out */
    const char *help;   /* N_() */
    bool (*shown)(const struct tui *t); /* in the last rows and in the help */
    int rank;           /* where there is no room for all, the highest goes first */
} commands[] = {
    {CMD_ACCEPT, N_("Enter"), NULL, NULL, idle, 0},
    {CMD_MARK, N_("Space"), N_("mark"), N_("Marks the row, or takes its mark away. A row with [+] opens, one with [-] shuts."), marks, 2},
    {CMD_LOOK, N_("Space"), N_("one by one"), N_("Shows the change alone, with everything about it; again: all of them. Left and Right show the one before and after it."), changes, 2},
    {CMD_FOLD, N_("Space"), N_("fold"), N_("Folds the entry into one line; again: unfolds it. Left and Right do so too."), reads, 6},
    {CMD_PART, N_("Tab"), N_("next entry"), N_("Goes to the next entry."), reads, 6},
    {CMD_SEARCH, "/", N_("search"), N_("Searches the list; / and Enter alone searches on."), reads, 6},
    {CMD_ACTION, NULL, NULL, NULL, idle, 7},
    {CMD_STOP, "s", NULL, N_("Asks what is running to stop where that is safe."), stoppable, 2},
    {CMD_ABOUT, "i", N_("about"), N_("Says more about the row that is pointed at, or about this step."), always, 4},
    {CMD_HINT, "h", N_("hint"), N_("The next hint; what it costs is counted."), hints, 2},
    {CMD_BACK, "b", NULL, N_("Back one step; nothing that you answered is lost. Esc and < do the same."), returns, 5},
    {CMD_HELP, "?", N_("help"), N_("This text."), always, 1},
    {CMD_QUIT, "q", N_("quit"), NULL, always, 3},
    {CMD_UP, N_("Up, Down"), NULL, N_("Move; at the end of a list they scroll. So do k and j, and Page Up and Page Down."), never, 9},
    {CMD_WORDS, "g", NULL, N_("The glossary: what the words mean. / searches it."), never, 9},
    {CMD_KEEP, "P", NULL, N_("Keeps what this step says: it is printed below the prompt when you leave, to be copied."), never, 9},
    {CMD_SEARCH, "/", NULL, N_("Searches the list; / and Enter alone searches on."), never, 6},
};

/* Keys and what they are, beside the letters above. */
static const struct {
    int code;
    bool special;
    enum command command;
} bindings[] = {
    {'\r', false, CMD_ACCEPT},      {'\n', false, CMD_ACCEPT},      {KEY_ENTER, true, CMD_ACCEPT}, {' ', false, CMD_MARK},           {'\t', false, CMD_PART},
    {KEY_LEFT, true, CMD_FOLD},     {KEY_RIGHT, true, CMD_UNFOLD},  {'/', false, CMD_SEARCH},      {'s', false, CMD_STOP},           {'i', false, CMD_ABOUT},
    {'b', false, CMD_BACK},         {'<', false, CMD_BACK},         {ESCAPE, false, CMD_BACK},     {KEY_BACKSPACE, true, CMD_BACK},  {0x7f, false, CMD_BACK},
    {CONTROL('H'), false, CMD_BACK}, {'?', false, CMD_HELP},        {KEY_F(1), true, CMD_HELP},    {'q', false, CMD_QUIT},           {KEY_UP, true, CMD_UP},
    {'k', false, CMD_UP},           {KEY_DOWN, true, CMD_DOWN},     {'j', false, CMD_DOWN},        {KEY_PPAGE, true, CMD_PAGE_UP},   {KEY_NPAGE, true, CMD_PAGE_DOWN},
    {'h', false, CMD_HINT},          {'g', false, CMD_WORDS},        {'P', false, CMD_KEEP},       {KEY_HOME, true, CMD_FIRST},    {KEY_END, true, CMD_LAST},
};

/* ---- naming them ---- */
/* The row that is pointed at, when it opens to others. */
static const struct wizard_item *opener(const struct tui *t) {
    size_t at = t->place[t->step].cursor;
    return t->kind == PROMPT_MANY && at < t->count && view_item(t, at)->opens ? view_item(t, at) : NULL;
}

static const char *accept_label(const struct tui *t, const struct wizard_prompt *p) {
    switch (t->kind) {
    case PROMPT_ONE: return _("choose");
    case PROMPT_MANY: return opener(t) && !opener(t)->opened ? _("opens") : _("go on"); /* as long as the other: the row does not move */
    case PROMPT_LINE: return t->line.len ? _("takes what you typed") : p->enter;
    default: return p->enter;
    }
}

static bool action_named(const struct tui *t, const char *label) {
    for (const struct wizard_action *a = vmm_wizard_actions(t->w); a->key; a++)
        if (vmm_wizard_action_enabled(t->w, a) && strcmp(_(a->label), label) == 0) return true;
    return false;
}

/* Words go into `store`, which outlives the list. */
static const char *keep(char **store, size_t *size, const char *text) {
    size_t n = strlen(text) + 1;
    if (n > *size) return "";
    char *at = memcpy(*store, text, n);
    *store += n;
    *size -= n;
    return at;
}

static size_t typing_keys(const struct tui *t, struct key_hint *keys, char *store, size_t size, const struct wizard_prompt *p) {
    size_t n = 0;
    keys[n++] = (struct key_hint){_("Enter"), keep(&store, &size, accept_label(t, p)), 0};
    keys[n++] = (struct key_hint){_("Esc"), _("back"), 5};
    if (t->line.len == 0 && !t->secret) keys[n++] = (struct key_hint){"?", _("help"), 1};
    return n;
}

size_t input_keys(const struct tui *t, struct key_hint *keys, size_t max, char *store, size_t size) {
    struct wizard_prompt p;
    size_t n = 0;
    vmm_wizard_prompt(t->w, &p);
    if (t->popup.open) {
        keys[n++] = (struct key_hint){_("Enter"), _("close"), 0};
        keys[n++] = (struct key_hint){_("Up, Down"), _("scroll"), 9};
        keys[n++] = (struct key_hint){"/", _("search"), 9};
        return n;
    }
    if (typing(t)) return typing_keys(t, keys, store, size, &p);
    for (size_t i = 0; i < VMM_COUNT(commands) && n < max; i++) {
        if (!commands[i].shown(t)) continue;
        if (commands[i].command == CMD_ACTION) {
            for (const struct wizard_action *a = vmm_wizard_actions(t->w); a->key && n < max; a++) {
                char letter[2] = {a->key, 0};
                if (vmm_wizard_action_enabled(t->w, a)) keys[n++] = (struct key_hint){keep(&store, &size, letter), _(a->label), commands[i].rank};
            }
            continue;
        }
        struct wizard_progress progress;
        const char *label = commands[i].label ? _(commands[i].label) : "";
        if (commands[i].command == CMD_MARK && opener(t)) label = opener(t)->opened ? C_("key", "shut") : C_("key", "open");
        if (commands[i].command == CMD_LOOK && t->zoomed) label = _("all changes");
        if (commands[i].command == CMD_ACCEPT) label = keep(&store, &size, accept_label(t, &p));
        if (commands[i].command == CMD_BACK) {
            label = vmm_wizard_back_name(t->w);
            if (action_named(t, label)) continue; /* one name is enough for one thing */
        }
        if (commands[i].command == CMD_STOP && vmm_wizard_busy(t->w, &progress) && progress.stop) label = progress.stop;
        keys[n++] = (struct key_hint){_(commands[i].key), label, commands[i].rank};
    }
    return n;
}

/* ---- help ---- */
static void line(struct wizard_text *t, enum wizard_meaning mean, char *text) {
    t->line = vmm_realloc(t->line, t->count + 1, sizeof *t->line);
    t->line[t->count++] = (struct wizard_line){.mean = mean, .text = text};
}

static void help(struct tui *t) {
    struct wizard_text text = {0};
    struct wizard_prompt p;
    vmm_wizard_prompt(t->w, &p);
    line(&text, MEAN_HEADING, vmm_printf(_("Help: %s"), vmm_wizard_title(t->w)));
    line(&text, MEAN_TEXT, vmm_strdup(vmm_wizard_why(t->w)));
    line(&text, MEAN_TEXT, vmm_strdup(""));
    if (typing(t)) {
        line(&text, MEAN_TEXT, vmm_printf("%s: %s", _("Enter"), _("takes what you typed. Without anything typed:")));
        line(&text, MEAN_TEXT, vmm_printf("    %s", p.enter));
        line(&text, MEAN_TEXT, vmm_printf("%s: %s", _("Esc"), _("Back.")));
        popup_open(t, &text);
        return;
    }
    if (idle(t)) line(&text, MEAN_TEXT, vmm_printf("%s: %s", _("Enter"), t->kind == PROMPT_ONE ? _("Takes the row that is pointed at. A digit points at the row of that number.") : p.enter));
    for (size_t i = 0; i < VMM_COUNT(commands); i++) {
        if (commands[i].command == CMD_ACTION) {
            for (const struct wizard_action *a = vmm_wizard_actions(t->w); a->key; a++)
                if (vmm_wizard_action_enabled(t->w, a)) line(&text, MEAN_TEXT, vmm_printf("%c: %s", a->key, _(a->help)));
        } else if (commands[i].help && (commands[i].shown(t) || (commands[i].shown == never && (commands[i].command != CMD_SEARCH || (listed(t) && !reads(t)))))) {
            line(&text, MEAN_TEXT, vmm_printf("%s: %s", _(commands[i].key), _(commands[i].help)));
        } else if (commands[i].command == CMD_QUIT) {
            line(&text, MEAN_TEXT, vmm_printf("q: %s", vmm_wizard_leaving(t->w)));
        }
    }
    line(&text, MEAN_TEXT, vmm_strdup(_("Control-L: draws the screen anew. Control-Z: sets vmmedic aside; fg brings it back.")));
    popup_open(t, &text);
}

/* ---- doing them ---- */
static void accept(struct tui *t) {
    if (vmm_wizard_busy(t->w, NULL)) return;
    if (t->kind == PROMPT_ONE && t->count > 0 && vmm_wizard_mark(t->w, view_place(t)->cursor, true) < 0) return; /* it said why */
    t->free_scroll = false;
    if (opener(t) && !opener(t)->opened) vmm_wizard_mark(t->w, view_place(t)->cursor, true);
    else vmm_wizard_reply(t->w, WIZARD_ACCEPT, NULL);
}

/* Left and Right on a row that opens. */
static bool turned(struct tui *t, bool open) {
    if (opener(t) == NULL) return false;
    if (opener(t)->opened != open) vmm_wizard_mark(t->w, view_place(t)->cursor, true);
    return true;
}

static void mark(struct tui *t) {
    size_t at = view_place(t)->cursor;
    if (t->count == 0) {
        rows_scroll(t, view_page_rows(t));
        return;
    }
    if (t->kind == PROMPT_NONE) {
        if (rows_are_changes(t)) t->zoomed = !t->zoomed;
        else rows_fold(t, FOLD_OTHER);
        return;
    }
    vmm_wizard_mark(t->w, at, t->kind == PROMPT_ONE || !view_item(t, at)->marked);
}

static void back(struct tui *t) {
    if (t->zoomed) t->zoomed = false;
    else vmm_wizard_reply(t->w, WIZARD_BACK, NULL);
    t->free_scroll = false;
}

/* No mouse, no screen that scrolls: what is to be copied is printed where both are. */
static void keep_page(struct tui *t) {
    char *text = NULL;
    size_t len = 0;
    FILE *m = open_memstream(&text, &len);
    if (m == NULL) abort();
    vmm_page_print(m, 79, t->w);
    fclose(m);
    struct wizard_text said = {0};
    bool again = t->kept.len >= len && strcmp((const char *)t->kept.data + t->kept.len - len, text) == 0;
    if (!again) vmm_buf_fmt(&t->kept, "%s%s", t->kept.len ? "\n" : "", text);
    line(&said, MEAN_TEXT, vmm_strdup(_("Kept: this is printed below the prompt when you leave.")));
    vmm_text_clear(&t->said);
    t->said = said;
    t->said_seen = false;
    free(text);
}

static void run(struct tui *t, enum command c) {
    switch (c) {
    case CMD_ACCEPT: accept(t); break;
    case CMD_MARK: case CMD_LOOK: mark(t); break;
    case CMD_FOLD: if (turned(t, false)) break; if (t->zoomed) rows_move(t, -1); else rows_fold(t, FOLD_SHUT); break;
    case CMD_UNFOLD: if (turned(t, true)) break; if (t->zoomed) rows_move(t, 1); else rows_fold(t, FOLD_OPEN); break;
    case CMD_PART: rows_next_part(t); break;
    case CMD_SEARCH:
        if (!listed(t)) break;
        t->searching = true;
        editor_clear(&t->search);
        break;
    case CMD_STOP: vmm_wizard_cancel(t->w); break;
    case CMD_ABOUT: vmm_wizard_explain(t->w, t->count ? (long)view_place(t)->cursor : -1); break;
    case CMD_HINT: vmm_wizard_hint(t->w); break;
    case CMD_KEEP: keep_page(t); break;
    case CMD_WORDS: vmm_wizard_words(t->w, NULL); break;
    case CMD_BACK: back(t); break;
    case CMD_HELP: help(t); break;
    case CMD_QUIT: vmm_wizard_quit(t->w); break;
    case CMD_UP: rows_move(t, -1); break;
    case CMD_DOWN: rows_move(t, 1); break;
    case CMD_PAGE_UP: rows_page(t, -1); break;
    case CMD_PAGE_DOWN: rows_page(t, 1); break;
    case CMD_FIRST: rows_end(t, -1); break;
    case CMD_LAST: rows_end(t, 1); break;
    case CMD_ACTION: break;
    }
}

/* ---- keys in the three states that take them first ---- */
static bool binding(int code, bool special, enum command *c) {
    for (size_t i = 0; i < VMM_COUNT(bindings); i++)
        if (bindings[i].code == code && bindings[i].special == special) {
            *c = bindings[i].command;
            return true;
        }
    return false;
}

static void popup_key(struct tui *t, int code, bool special) {
    enum command c = CMD_ACTION;
    if (!binding(code, special, &c)) return;
    switch (c) {
    case CMD_UP: popup_scroll(t, -1); break;
    case CMD_DOWN: popup_scroll(t, 1); break;
    case CMD_PAGE_UP: popup_scroll(t, -view_page_rows(t)); break;
    case CMD_PAGE_DOWN: case CMD_MARK: popup_scroll(t, view_page_rows(t)); break;
    case CMD_FIRST: popup_scroll(t, -100000); break;
    case CMD_LAST: popup_scroll(t, 100000); break;
    case CMD_SEARCH:
        t->searching = true;
        editor_clear(&t->search);
        break;
    case CMD_ACCEPT: case CMD_BACK: case CMD_QUIT: case CMD_HELP: case CMD_ABOUT: case CMD_WORDS: popup_close(t); break;
    default: break;
    }
}

static void search_key(struct tui *t, int code, bool special) {
    enum command c = CMD_ACTION;
    if (code == ESCAPE && !special) {
        t->searching = false;
    } else if (binding(code, special, &c) && c == CMD_ACCEPT) {
        char *text = editor_text(&t->search);
        t->searching = false;
        if (text[0]) {
            free(t->sought);
            t->sought = vmm_strdup(text);
        }
        if (t->sought && !(t->popup.open ? popup_find(t, t->sought) : rows_find(t, t->sought))) {
            struct wizard_text said = {0};
            line(&said, MEAN_WARNING, vmm_printf(_("\"%s\" is nowhere in this list."), t->sought));
            vmm_text_clear(&t->said);
            t->said = said;
        }
        free(text);
    } else {
        editor_key(&t->search, code, special);
    }
}

static void typing_key(struct tui *t, int code, bool special) {
    enum command c = CMD_ACTION;
    bool bound = binding(code, special, &c);
    if (bound && c == CMD_ACCEPT) {
        char *text = editor_text(&t->line);
        editor_clear(&t->line);
        t->refill = true;
        vmm_wizard_reply(t->w, WIZARD_ACCEPT, text);
        vmm_wiping_free(text);
    } else if (!special && code == ESCAPE) {
        editor_clear(&t->line);
        vmm_wizard_reply(t->w, WIZARD_BACK, NULL);
    } else if ((special && code == KEY_F(1)) || (!special && code == '?' && t->line.len == 0 && !t->secret)) { /* a password may begin with it */
        help(t);
    } else if (bound && special && (c == CMD_UP || c == CMD_DOWN || c == CMD_PAGE_UP || c == CMD_PAGE_DOWN)) {
        run(t, c);
    } else if (editor_key(&t->line, code, special)) {
        t->free_scroll = false;
    }
}

void input_key(struct tui *t, int code, bool special) {
    enum command c = CMD_ACTION;
    view_follow(t); /* a key means what the screen means now */
    if (!special && code == CONTROL('L')) {
        tui_repaint(t);
        return;
    }
    if (t->said_seen) vmm_text_clear(&t->said); /* what the worker said in this very moment nobody has read yet */
    if (!layout_of(t->rows, t->cols).usable) { /* nothing is answered that cannot be seen */
        if (!special && code == 'q') vmm_wizard_quit(t->w);
    } else if (t->searching) {
        search_key(t, code, special);
    } else if (t->popup.open) {
        popup_key(t, code, special);
    } else if (typing(t)) {
        typing_key(t, code, special);
    } else if (!special && code >= '1' && code <= '9' && t->count > 0 && (size_t)(code - '0') <= t->count && t->kind != PROMPT_NONE) {
        rows_go(t, (size_t)(code - '1'));
    } else if (!special && code < 128 && isalpha(code) && idle(t) && vmm_wizard_action(t->w, (char)code, t->count ? view_place(t)->cursor : SIZE_MAX)) {
        return;
    } else if (binding(code, special, &c)) {
        run(t, c);
    }
}
