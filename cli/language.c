/* Language and letters. Inside the program every text is UTF-8 and the translations come as UTF-8; a terminal that takes other letters is given ASCII, by the
 * screens cell by cell, and here for what is printed. A machine that lacks the locale its user asked for (a bare recovery VM) still speaks the language.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/language.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/base.h"

#define DOMAIN "vmmedic"
#define CHOSEN "VMMEDIC_CHOSEN_LANGUAGE" /* for the worker: its locale may be a plain one, in which LANGUAGE means nothing */

static const char *const languages[] = {"en", "fr", "nl"};

/* What the environment says for a category, in the order POSIX gives. */
static const char *wished(const char *category) {
    const char *const names[] = {"LC_ALL", category, "LANG"};
    for (size_t i = 0; i < VMM_COUNT(names); i++) {
        const char *v = getenv(names[i]);
        if (v && v[0]) return v;
    }
    return "C";
}

static bool names_utf8(const char *locale) {
    const char *dot = strchr(locale, '.');
    return dot && (strncasecmp(dot, ".utf-8", 6) == 0 || strncasecmp(dot, ".utf8", 5) == 0);
}

static bool is_plain(const char *locale) { return strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0; }

/* The folder of the running program with REST behind it, when that is a folder. The caller frees; NULL. */
static char *beside(const char *rest) {
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return NULL;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash) *slash = '\0';
    char *path = vmm_printf("%s/%s", self, rest);
    if (access(path, R_OK | X_OK) == 0) return path;
    free(path);
    return NULL;
}

static void find_translations(const char *folder) {
    static const char *const places[] = {"locale", "../locale", "../share/locale"}; /* the build tree, its sanitized half, any prefix */
    char *found = folder ? vmm_strdup(folder) : NULL;
    for (size_t i = 0; found == NULL && i < VMM_COUNT(places); i++) found = beside(places[i]);
    bindtextdomain(DOMAIN, found ? found : VMM_LOCALEDIR);
    bind_textdomain_codeset(DOMAIN, "UTF-8");
    textdomain(DOMAIN);
    free(found);
}

/* Messages come from LANGUAGE only when their locale is none of the plain ones. */
static void speak(const char *language) {
    setenv("LANGUAGE", language, 1);
    if (is_plain(setlocale(LC_MESSAGES, NULL))) setlocale(LC_MESSAGES, "C.UTF-8");
    textdomain(DOMAIN); /* looks at the environment again */
}

bool cli_language_start(const char *folder) {
    const char *messages = wished("LC_MESSAGES");
    bool utf8;
    if (setlocale(LC_ALL, "") != NULL) {
        utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
        if (!utf8) setlocale(LC_CTYPE, "C.UTF-8");
    } else { /* not installed here; its name tells enough */
        utf8 = names_utf8(wished("LC_CTYPE"));
        setlocale(LC_ALL, "C.UTF-8");
        if (getenv("LANGUAGE") == NULL && !is_plain(messages)) {
            char *language = vmm_strndup(messages, strcspn(messages, ".@"));
            setenv("LANGUAGE", language, 1);
            free(language);
        }
        if (is_plain(messages)) setlocale(LC_MESSAGES, "C");
    }
    setlocale(LC_NUMERIC, "C"); /* numbers in JSON and in texts people copy do not change with the language */
    find_translations(folder);
    return utf8;
}

/* English is in the program; another language is a file that may not have been installed. */
static bool is_here(const char *name) {
    if (strcmp(name, languages[0]) == 0) return true;
    char *file = vmm_printf("%s/%s/LC_MESSAGES/" DOMAIN ".mo", bindtextdomain(DOMAIN, NULL), name);
    bool here = access(file, R_OK) == 0;
    free(file);
    return here;
}

bool cli_language_choose(const char *name) {
    for (size_t i = 0; i < VMM_COUNT(languages); i++)
        if (strcmp(languages[i], name) == 0 && is_here(name)) {
            setenv(CHOSEN, name, 1);
            speak(name);
            return true;
        }
    return false;
}

void cli_language_follow(void) {
    const char *chosen = getenv(CHOSEN);
    if (chosen) cli_language_choose(chosen);
}

/* ---- what is printed ---- */
struct folded {
    FILE *to;
    char part[4]; /* the beginning of a character whose rest has not come yet */
    size_t have;
};

static ssize_t write_folded(void *cookie, const char *text, size_t len) {
    struct folded *f = cookie;
    char *all = vmm_alloc(f->have + len + 1, 1), *out = vmm_alloc(f->have + len + 1, 1);
    memcpy(all, f->part, f->have);
    memcpy(all + f->have, text, len);
    size_t used, whole = f->have + len, n = vmm_ascii_fold(out, all, whole, &used);
    f->have = whole - used;
    memcpy(f->part, all + used, f->have);
    bool good = fwrite(out, 1, n, f->to) == n && fflush(f->to) == 0;
    free(all);
    free(out);
    return good ? (ssize_t)len : 0;
}

static FILE *folded(FILE *to, struct folded *f, int buffering) {
    FILE *out = isatty(fileno(to)) ? fopencookie(f, "w", (cookie_io_functions_t){.write = write_folded}) : NULL;
    if (out == NULL) return to;
    f->to = to;
    setvbuf(out, NULL, buffering, BUFSIZ);
    return out;
}

void cli_language_fold_errors(void) {
    static struct folded f; /* lives as long as the stream */
    stderr = folded(stderr, &f, _IONBF);
}

void cli_language_fold_output(void) {
    static struct folded f;
    stdout = folded(stdout, &f, _IOLBF);
}
