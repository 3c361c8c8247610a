/* What a key is in bytes: terminfo for those that differ between terminals, this table for the others.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness/keys.h"

#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

#include "base/base.h"
#include "cli/language.h"

static const struct {
    const char *name, *terminfo, *bytes; /* terminfo NULL: BYTES on every terminal */
} named[] = {
    {"Enter", NULL, "\r"},      {"Esc", NULL, "\033"},     {"Tab", NULL, "\t"},         {"BackTab", "kcbt", NULL}, {"Space", NULL, " "},     {"Up", "kcuu1", NULL},
    {"Down", "kcud1", NULL},    {"Left", "kcub1", NULL},   {"Right", "kcuf1", NULL},    {"Home", "khome", NULL},   {"End", "kend", NULL},    {"PageUp", "kpp", NULL},
    {"PageDown", "knp", NULL},  {"Insert", "kich1", NULL}, {"Delete", "kdch1", NULL},   {"BS", "kbs", NULL},       {"F1", "kf1", NULL},      {"Rub", NULL, "\177"},
    {"lt", NULL, "<"},
};

struct keys {
    char *bytes[VMM_COUNT(named)]; /* NULL: this terminal has no such key */
    char *acsc;
    bool early;
};

static char *string_of(const char *capability) {
    const char *s = tigetstr(capability);
    return s == NULL || s == (char *)-1 || s[0] == 0 ? NULL : vmm_strdup(s);
}

struct keys *keys_of(const char *term) {
    int error;
    if (setupterm(term, 1, &error) != OK) return NULL;
    struct keys *k = vmm_alloc(1, sizeof *k);
    for (size_t i = 0; i < VMM_COUNT(named); i++) k->bytes[i] = named[i].terminfo ? string_of(named[i].terminfo) : vmm_strdup(named[i].bytes);
    k->acsc = string_of("acsc");
    k->early = tigetflag("am") > 0 && tigetflag("xenl") <= 0;
    del_curterm(cur_term);
    return k;
}

void keys_free(struct keys *k) {
    if (k == NULL) return;
    for (size_t i = 0; i < VMM_COUNT(named); i++) free(k->bytes[i]);
    free(k->acsc);
    free(k);
}

const char *keys_acsc(const struct keys *k) { return k->acsc; }
bool keys_wraps_early(const struct keys *k) { return k->early; }

static size_t put(char bytes[16], const char *s) {
    size_t n = s ? strlen(s) : 0;
    if (n > 15) abort();
    memcpy(bytes, s ? s : "", n);
    return n;
}

static size_t by_name(const struct keys *k, const char *name, char bytes[16]) {
    for (size_t i = 0; i < VMM_COUNT(named); i++)
        if (strcmp(name, named[i].name) == 0) return put(bytes, k->bytes[i]);
    bool control = strncmp(name, "C-", 2) == 0, csi = strncmp(name, "CSI-", 4) == 0, ss3 = strncmp(name, "SS3-", 4) == 0;
    char text[16] = {0};
    if (control) text[0] = (char)(name[2] & 0x1f);
    else snprintf(text, sizeof text, "\033%c%.10s", csi ? '[' : 'O', name + 4);
    if (control || csi || ss3) return put(bytes, text);
    fprintf(stderr, "harness: there is no key <%s>\n", name);
    abort();
}

size_t keys_next(const struct keys *k, const char **text, char bytes[16]) {
    char name[16];
    while (**text) {
        const char *end = **text == '<' ? strchr(*text, '>') : NULL;
        size_t n = end ? (size_t)(end - *text) - 1 : 0;
        if (n == 0 || n >= sizeof name) { /* one character as it is, with all its bytes */
            size_t len = 1;
            while (((*text)[len] & 0xc0) == 0x80) len++;
            memcpy(bytes, *text, len);
            *text += len;
            return len;
        }
        memcpy(name, *text + 1, n);
        name[n] = 0;
        *text = end + 1;
        n = by_name(k, name, bytes);
        if (n) return n;
    }
    return 0;
}

void harness_world(const char *term, bool utf8, const char *language) {
    static const char *const unset[] = {"NO_COLOR", "LINES", "COLUMNS", "ESCDELAY", "LANGUAGE", "TERMCAP", "TERMINFO", "NCURSES_NO_UTF8_ACS", "NCURSES_ASSUMED_COLORS", "TMUX", "STY",
                                        "SSH_CONNECTION", "SSH_TTY", "VMMEDIC_IDLE_FD"};
    for (size_t i = 0; i < VMM_COUNT(unset); i++) unsetenv(unset[i]);
    setenv("LC_ALL", utf8 ? "C.UTF-8" : "C", 1);
    setenv("LANG", utf8 ? "C.UTF-8" : "C", 1);
    setenv("TZ", "UTC", 1);
    setenv("HOME", "/nonexistent", 1);
    if (term) setenv("TERM", term, 1);
    else unsetenv("TERM");
    if (language) setenv("LANGUAGE", language, 1);
    cli_language_start("build/locale");
    if (language) setlocale(LC_MESSAGES, "C.UTF-8"); /* with a plain one there are no translations */
}
