/* The wizard as plain text. Explanation first, then the question, then numbered choices, a comma after each (it makes speech pause), and a prompt line that says what Enter means.
 * No control sequences, nothing is redrawn; what was printed stays true or is printed again. The end of the input leaves without writing.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/plain.h"

#include <ctype.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/base.h"
#include "cli/hidden.h"
#include "screens/page_text.h"
#include "screens/wrap.h"
#include "vmmedic/client.h"

#define LINE_MAX_BYTES 2048

struct walk {
    FILE *in, *out;
    int width;            /* columns that may be filled */
    struct wizard *w;
    struct wizard_link link;
    char *shown;          /* the step as it was printed last */
    bool hidden;          /* the terminal does not show what is typed */
    struct termios shown_typing; /* as it was before */
    double (*seconds)(void);
    /* progress that was printed last */
    double when;
    int tenths;
    bool waiting;
};

static int columns(const struct plain_options *o) {
    struct winsize size = {0};
    int cols = o->width;
    if (cols == 0 && fileno(o->out) >= 0 && ioctl(fileno(o->out), TIOCGWINSZ, &size) == 0) cols = size.ws_col;
    if (cols < 20) cols = o->width && o->width < 20 ? 20 : 80;
    return (cols > 200 ? 200 : cols) - 1;
}

static void print_said(struct walk *k) {
    struct wizard_text t = {0};
    while (vmm_wizard_said(k->w, &t)) vmm_page_lines(k->out, k->width, &t);
    vmm_text_clear(&t);
    fflush(k->out);
}

/* Prints the step, unless it would only repeat what is there already. */
static void print_step(struct walk *k) {
    struct wizard_text t = {0};
    char *text = NULL, *world = vmm_wizard_world(k->w);
    size_t len = 0;
    FILE *m = open_memstream(&text, &len);
    if (m == NULL) abort();
    enum wizard_step line = vmm_wizard_line(k->w);
    char *head = vmm_printf(_("Step %d of %d, %s: %s (%s)"), (int)line + 1, (int)STEP_COUNT, vmm_wizard_step_name(line), vmm_wizard_title(k->w), world);
    vmm_wrap(m, WRAP_WORDS, k->width, 0, 0, head, 0);
    if (vmm_wizard_coach(k->w, &t, true)) { /* what to look at comes before what is looked at */
        vmm_page_lines(m, k->width, &t);
        vmm_text_clear(&t);
        t = (struct wizard_text){0};
    }
    vmm_wizard_body(k->w, &t);
    vmm_wizard_more(k->w, &t);
    vmm_page_lines(m, k->width, &t);
    vmm_plain_rows(m, k->width, k->w);
    fclose(m);
    if (k->shown == NULL || strcmp(k->shown, text) != 0) fprintf(k->out, "\n%s", text);
    free(k->shown);
    k->shown = text;
    vmm_text_clear(&t);
    free(head);
    free(world);
}

/* "Numbers to choose, - for none, d details, i about, < back, ? for help, q to leave, Enter takes 1 2>" */
static void print_prompt(struct walk *k, const struct wizard_prompt *p) {
    static const char *const what[] = {[PROMPT_NONE] = "", [PROMPT_ONE] = N_("Number to choose, "), [PROMPT_MANY] = N_("Numbers to choose, - for none, "), [PROMPT_LINE] = ""};
    struct vmm_buf b = {0};
    if (p->question[0]) vmm_wrap(k->out, WRAP_WORDS, k->width, 0, 0, p->question, 0);
    if (what[p->kind][0]) vmm_buf_str(&b, _(what[p->kind]));
    for (const struct wizard_action *a = vmm_wizard_actions(k->w); a->key && p->kind != PROMPT_LINE; a++) {
        if (!vmm_wizard_action_enabled(k->w, a)) continue;
        if (a->takes_item) vmm_buf_fmt(&b, _("%c 1 %s, "), a->key, _(a->label));
        else vmm_buf_fmt(&b, "%c %s, ", a->key, _(a->label));
    }
    const char *about = vmm_plain_only_read(k->w) ? _("i why, i WORD about lines with that word, ") : vmm_wizard_count(k->w) ? _("i why, i 1 about row 1, ") : _("i why, ");
    if (p->kind != PROMPT_LINE && vmm_wizard_can_hint(k->w)) vmm_buf_str(&b, _("h hint, "));
    if (p->kind != PROMPT_LINE) vmm_buf_str(&b, about);
    vmm_buf_fmt(&b, _("< %s, ? for help, q to leave, Enter %s>"), vmm_wizard_back_name(k->w), p->enter);
    vmm_wrap(k->out, WRAP_WORDS, k->width - 1, 0, 0, (const char *)b.data, 1);
    fputc(' ', k->out);
    fflush(k->out);
    vmm_buf_free(&b);
}

/* ---- waiting for the worker ---- */
/* At most a line each 5 seconds or 10 percent, and none for what takes no second. */
static void print_progress(struct walk *k) {
    struct wizard_progress p;
    if (!vmm_wizard_busy(k->w, &p)) return;
    double now = k->seconds();
    int tenths = p.total ? (int)(10.0 * (double)p.done / (double)p.total) : 0;
    if (!k->waiting) {
        k->waiting = true;
        k->when = now;
        k->tenths = tenths;
        return;
    }
    if (now - k->when < (tenths > k->tenths ? 1 : 5)) return;
    k->when = now;
    k->tenths = tenths;
    char *safe = vmm_safe_text(p.stage[0] ? p.stage : _("Working"));
    char *line = p.total ? vmm_printf(_("%s: %d percent"), safe, tenths * 10 > 100 ? 100 : tenths * 10) : vmm_printf("%s ...", safe);
    if (p.total && p.left >= 0) {
        char *longer = p.left < 90 ? vmm_printf(_("%s, about %ld s left"), line, p.left) : vmm_printf(_("%s, about %ld min left"), line, (p.left + 30) / 60);
        free(line);
        line = longer;
    }
    vmm_wrap(k->out, WRAP_WORDS, k->width, 0, 2, line, 0);
    fflush(k->out);
    free(safe);
    free(line);
}

/* Takes one event; false when none came in time. */
static bool pump(struct walk *k, int timeout_ms) {
    json_t *event = NULL;
    struct vmm_error err = {0};
    int r = k->link.next(k->link.ctx, timeout_ms, &event, &err);
    if (r > 0) vmm_wizard_hear(k->w, event);
    else if (r < 0) vmm_wizard_gone(k->w, &err);
    json_decref(event);
    return r > 0;
}

static bool over(const struct walk *k) { return vmm_wizard_over(k->w, NULL); }

/* Control-C stops the running job, not the program; a second one leaves. */
static void wait_for_worker(struct walk *k) {
    sigset_t stop, before;
    int stops = 0;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, &before);
    k->waiting = false;
    while (!over(k) && vmm_wizard_busy(k->w, NULL)) {
        if (!pump(k, 500)) vmm_wizard_tick(k->w); /* what is followed has to be asked */
        print_said(k);
        print_progress(k);
        if (sigtimedwait(&stop, NULL, &(struct timespec){0}) != SIGINT) continue;
        if (stops++) {
            vmm_wizard_quit(k->w);
            break;
        }
        struct wizard_progress p;
        bool can = vmm_wizard_busy(k->w, &p) && (p.stop || !p.writes);
        vmm_wrap(k->out, WRAP_WORDS, k->width, 0, 0,
                 can ? _("Asked to stop; it stops where that is safe. Once more leaves.") : _("It cannot be stopped from here. Once more leaves."), 0);
        if (can) vmm_wizard_cancel(k->w);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* ---- reading ---- */
/* Before the prompt, and between the first time and the second: nobody types faster. Control-C is a byte then, and a wish to go back. */
static void hide_typing(struct walk *k, bool hide) {
    if (hide == k->hidden) return;
    if (hide) {
        k->hidden = cli_hide_typing(fileno(k->in), &k->shown_typing);
    } else {
        cli_show_typing(fileno(k->in), &k->shown_typing);
        k->hidden = false;
    }
}

enum got { GOT_LINE, GOT_END, GOT_TOO_LONG, GOT_GIVE_UP };

/* While nobody types, the worker's events are taken in, so that it never waits for the person. */
static bool wait_for_typing(struct walk *k) {
    struct pollfd fd = {.fd = fileno(k->in), .events = POLLIN};
    while (fd.fd >= 0 && !over(k) && poll(&fd, 1, 200) == 0)
        while (pump(k, 0)) {}
    return !over(k);
}

/* A line without its newline. A last line that no newline ends is not an answer: the line may have been cut. */
static enum got read_line(struct walk *k, char line[LINE_MAX_BYTES], bool secret) {
    size_t n = 0;
    int c;
    if (!wait_for_typing(k)) return GOT_END;
    while ((c = getc(k->in)) != EOF && c != '\n' && !(secret && c == CLI_GIVE_UP))
        if (n < LINE_MAX_BYTES) line[n++] = (char)(c ? c : secret ? 1 : '?'); /* 1: no password may have it */
    if (!isatty(fileno(k->in))) fputc('\n', k->out);
    if (c == EOF) return GOT_END;
    if (c == CLI_GIVE_UP) return GOT_GIVE_UP;
    if (n == LINE_MAX_BYTES) return GOT_TOO_LONG;
    if (secret) {
        line[n] = 0;
        return GOT_LINE; /* every blank of it counts */
    }
    while (n > 0 && isspace((unsigned char)line[n - 1])) n--;
    line[n] = 0;
    size_t lead = strspn(line, " \t");
    memmove(line, line + lead, n - lead + 1);
    return GOT_LINE;
}

/* ---- answering ---- */
static void tell(struct walk *k, const char *text) { vmm_wrap(k->out, WRAP_WORDS, k->width, 0, 0, text, 0); }

/* Reads "1 2 7" (commas will do) into 0-based rows. False when it is something else. */
static bool numbers(const char *line, size_t *rows, size_t max, size_t *count) {
    *count = 0;
    for (const char *p = line; *p;) {
        if (*p == ' ' || *p == ',') {
            p++;
            continue;
        }
        size_t digits = strspn(p, "0123456789");
        if (digits == 0 || digits > 4 || (p[digits] && p[digits] != ' ' && p[digits] != ',')) return false;
        unsigned long v = strtoul(p, NULL, 10);
        if (*count < max) rows[*count] = v - 1; /* 0 becomes a row that does not exist */
        *count += *count < max;
        p += digits;
    }
    return *count > 0;
}

/* All of the rows or none of them: what cannot be chosen is said, and the marks stay. */
static void choose(struct walk *k, enum wizard_prompt_kind kind, const size_t *rows, size_t n) {
    size_t count = vmm_wizard_count(k->w);
    bool opens = false;
    for (size_t i = 0; i < n; i++) {
        struct wizard_item item;
        if (rows[i] >= count) {
            tell(k, _("There is no such number in the list."));
            return;
        }
        vmm_wizard_item(k->w, rows[i], &item);
        bool enabled = item.enabled;
        opens = opens || item.opens;
        vmm_item_clear(&item);
        if (!enabled) {
            vmm_wizard_mark(k->w, rows[i], true); /* says why not */
            return;
        }
    }
    if (opens) {
        if (n == 1) vmm_wizard_mark(k->w, rows[0], true);
        else tell(k, _("One of these numbers only opens a list. Type it alone, then choose."));
        return;
    }
    for (size_t i = 0; kind == PROMPT_MANY && i < count; i++) vmm_wizard_mark(k->w, i, false);
    for (size_t i = 0; i < n; i++) vmm_wizard_mark(k->w, rows[i], true);
    struct wizard_prompt now;
    vmm_wizard_prompt(k->w, &now);
    if (now.kind != kind) return; /* a row that asks something first */
    vmm_wizard_reply(k->w, WIZARD_ACCEPT, NULL);
}

/* "i", "i 2", "d 2", "v" */
static bool letter(struct walk *k, const char *line) {
    size_t row[1] = {SIZE_MAX}, n = 0;
    if (!isalpha((unsigned char)line[0]) || (line[1] && line[1] != ' ')) return false;
    if (line[1] && !numbers(line + 1, row, 1, &n)) return false;
    if (n && vmm_wizard_count(k->w) && row[0] >= vmm_wizard_count(k->w)) {
        tell(k, _("There is no such number in the list."));
        return true;
    }
    if (n && row[0] >= vmm_wizard_count(k->w)) return false;
    if (line[0] == 'i') {
        vmm_wizard_explain(k->w, n ? (long)row[0] : -1);
        return true;
    }
    return vmm_wizard_action(k->w, line[0], n ? row[0] : SIZE_MAX);
}

/* "i safeboot": about the lines that have the word, on a list that is there to read. They have no numbers. */
#define MEANT 5
static bool about_word(struct walk *k, const char *line) {
    if (line[0] != 'i' || line[1] != ' ' || !vmm_plain_only_read(k->w)) return false;
    const char *word = line + 1 + strspn(line + 1, " ");
    size_t found = 0;
    if (word[0] == 0) return false;
    for (size_t i = 0; i < vmm_wizard_count(k->w); i++) {
        struct wizard_item item;
        vmm_wizard_item(k->w, i, &item);
        bool has = strcasestr(item.text, word) || (item.name && strcasestr(item.name, word));
        vmm_item_clear(&item);
        if (has && found++ < MEANT) vmm_wizard_explain(k->w, (long)i);
    }
    print_said(k);
    if (found == 0) tell(k, _("No line here has that word."));
    if (found <= MEANT) return true;
    char *more = vmm_printf(ngettext("%zu more line has that word; a longer word finds fewer.", "%zu more lines have that word; a longer word finds fewer.", found - MEANT), found - MEANT);
    tell(k, more);
    free(more);
    return true;
}

/* "g": the names in the glossary; "g hive": what that is. "h": a hint. */
static bool words(struct walk *k, const char *line) {
    if (strcmp(line, "h") == 0) {
        if (vmm_wizard_action(k->w, 'h', SIZE_MAX)) return true;
        vmm_wizard_hint(k->w);
        return true;
    }
    if (line[0] != 'g' || (line[1] && line[1] != ' ')) return false;
    const char *word = line + 1 + strspn(line + 1, " ");
    if (word[0]) {
        vmm_wizard_words(k->w, word);
        return true;
    }
    char *terms = vmm_wizard_terms();
    tell(k, _("The glossary explains these words. To read one: g and the word, for example g hive."));
    tell(k, terms);
    free(terms);
    return true;
}

/* On the list of disks a path may be typed as it is, or after "p ". */
static bool path(struct walk *k, const char *line) {
    if (vmm_wizard_step(k->w) != STEP_ATTACH) return false;
    if (strncmp(line, "p ", 2) == 0) line += 2 + strspn(line + 2, " ");
    if (line[0] != '/' || !vmm_wizard_action(k->w, 'p', SIZE_MAX)) return false;
    vmm_wizard_reply(k->w, WIZARD_ACCEPT, line);
    return true;
}

static void help(struct walk *k, bool free_text) {
    vmm_wizard_help(k->w);
    print_said(k);
    if (free_text) return;
    if (vmm_plain_only_read(k->w)) tell(k, _("i safeboot: about the lines with the word safeboot; any word will do."));
    else if (vmm_wizard_count(k->w)) tell(k, _("i 2: about row 2."));
    tell(k, _("g: The words of the glossary; g hive: what a hive is."));
    tell(k, _(".: Show this step again."));
}

static void show_again(struct walk *k) {
    free(k->shown);
    k->shown = NULL;
}

static void take(struct walk *k, const struct wizard_prompt *p, const char *line) {
    size_t rows[256], n;
    bool free_text = p->kind == PROMPT_LINE;
    if (free_text && p->exact && p->exact[0] && strcmp(line, p->exact) == 0) vmm_wizard_reply(k->w, WIZARD_ACCEPT, line);
    else if (strcmp(line, "?") == 0) help(k, free_text);
    else if (strcmp(line, "<") == 0) vmm_wizard_reply(k->w, WIZARD_BACK, NULL);
    else if (strcmp(line, "q") == 0) vmm_wizard_quit(k->w);
    else if (free_text || line[0] == 0) vmm_wizard_reply(k->w, WIZARD_ACCEPT, line);
    else if (p->kind == PROMPT_MANY && strcmp(line, "-") == 0) choose(k, p->kind, NULL, 0);
    else if (p->kind != PROMPT_NONE && numbers(line, rows, VMM_COUNT(rows), &n) && (p->kind == PROMPT_MANY || n == 1)) choose(k, p->kind, rows, n);
    else if (strcmp(line, ".") == 0) show_again(k);
    else if (!path(k, line) && !about_word(k, line) && !letter(k, line) && !words(k, line)) tell(k, _("That is no answer here. Type ? and Enter for help."));
}

static void ask(struct walk *k) {
    struct wizard_prompt p;
    char line[LINE_MAX_BYTES + 1];
    vmm_wizard_prompt(k->w, &p);
    hide_typing(k, p.secret);
    print_prompt(k, &p);
    switch (read_line(k, line, p.secret)) {
    case GOT_GIVE_UP: vmm_wizard_reply(k->w, WIZARD_BACK, NULL); break;
    case GOT_END: vmm_wizard_reply(k->w, WIZARD_LOST, NULL); break;
    case GOT_TOO_LONG: tell(k, _("That line is too long. Nothing was taken from it.")); break;
    case GOT_LINE: take(k, &p, line); break;
    }
    explicit_bzero(line, sizeof line);
}

static int walk(struct walk *k, const struct wizard_options *options) {
    int code = 1;
    k->w = vmm_wizard_new(options, k->link);
    tell(k, _("vmmedic, as plain text. Answer each question and press Enter. ? and Enter gives help."));
    while (!over(k)) {
        if (vmm_wizard_busy(k->w, NULL)) {
            hide_typing(k, false);
            wait_for_worker(k);
            continue;
        }
        while (!over(k) && pump(k, 0)) {}
        print_said(k);
        if (over(k) || vmm_wizard_busy(k->w, NULL)) continue;
        print_step(k);
        ask(k);
        print_said(k);
    }
    hide_typing(k, false);
    print_said(k);
    vmm_wizard_over(k->w, &code);
    vmm_wizard_free(k->w);
    free(k->shown);
    return code;
}

int vmm_plain_walk(const struct plain_options *o) {
    struct walk k = {.in = o->in, .out = o->out, .width = columns(o), .seconds = o->seconds ? o->seconds : vmm_seconds};
    struct wizard_options options = {.target = o->target, .boot = o->boot, .format = o->format, .place = o->link == NULL && isatty(fileno(o->in)) && o->learning == NULL, .learning = o->learning}; /* a script is no person */
    struct vmm_error err = {0};
    struct vmm_client *client = NULL;
    if (o->link) {
        k.link = *o->link;
    } else {
        client = vmm_client_start(&err);
        if (client == NULL) {
            fprintf(o->out, "%s\n%s\n", err.message, err.hint);
            return vmm_code_exit(err.code);
        }
        k.link = vmm_wizard_link_client(client);
    }
    setvbuf(o->in, NULL, _IONBF, 0); /* so that poll() tells the truth about what is waiting to be read */
    int code = walk(&k, &options);
    vmm_client_close(client);
    return code;
}
