/* A reader who knows nothing but what the program says, and types it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/run.h"
#include "harness/talk.h"

#define TURNS_MAX 40

const struct talk_words talk_english = {"en", "Type: ", "Press: Enter"};

/* ---- a program that is talked to ---- */
struct talk {
    pid_t pid;
    int in, out;
    struct vmm_buf text;
    size_t said; /* of the text, before the last answer */
};

static struct talk begin(const char *const *arguments) {
    const char *argv[16] = {VMMEDIC, "--plain", "learn"};
    int in[2], out[2];
    size_t n = 3;
    for (; arguments[n - 3] && n < VMM_COUNT(argv) - 1; n++) argv[n] = arguments[n - 3];
    assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
    struct talk t = {.in = in[1], .out = out[0], .pid = fork()};
    if (t.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(out[1], 2);
        execv(VMMEDIC, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    assert_true(t.pid > 0);
    close(in[0]);
    close(out[1]);
    return t;
}

/* Reads until it asks for something: what it said since the last answer; NULL: it has ended. */
static const char *heard(struct talk *t) {
    char chunk[4096];
    for (;;) {
        size_t n = t->text.len;
        if (n > t->said + 2 && memcmp(t->text.data + n - 2, "> ", 2) == 0) return (const char *)t->text.data + t->said;
        struct pollfd p = {.fd = t->out, .events = POLLIN};
        if (poll(&p, 1, 300000) <= 0) fail_msg("it says nothing more after: %s", (const char *)t->text.data);
        ssize_t got = read(t->out, chunk, sizeof chunk);
        if (got <= 0) return NULL;
        vmm_buf_add(&t->text, chunk, (size_t)got);
    }
}

static void answer(struct talk *t, const char *words) {
    t->said = t->text.len;
    dprintf(t->in, "%s\n", words);
}

static int end(struct talk *t, char **text) {
    int status;
    if (t->in >= 0) close(t->in);
    t->in = -1;
    while (heard(t)) t->said = t->text.len;
    assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
    close(t->out);
    *text = vmm_buf_steal(&t->text);
    assert_true(WIFEXITED(status));
    assert_null(strstr(*text, "Sanitizer"));
    return WEXITSTATUS(status);
}

/* What this line says to type, with its length; NULL: nothing. */
static const char *told_by(const char *line, const struct talk_words *words, size_t *len) {
    size_t n = strcspn(line, "\n"), type = strlen(words->type), enter = strlen(words->enter);
    if (n >= type && memcmp(line, words->type, type) == 0) {
        *len = n - type;
        return line + type;
    }
    *len = 0;
    return n == enter && line[n] == '\n' && memcmp(line, words->enter, n) == 0 ? line : NULL;
}

static const char *next_line(const char *line) {
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* The last that the text says to type; the caller frees; NULL: it says nothing. */
static char *told(const char *said, const struct talk_words *words) {
    char *found = NULL;
    for (const char *line = said; *line; line = next_line(line)) {
        size_t n;
        const char *what = told_by(line, words, &n);
        if (what == NULL) continue;
        free(found);
        found = vmm_strndup(what, n);
    }
    return found;
}

char *talk_told(const char *text, const struct talk_words *words) {
    struct vmm_buf b = {0};
    for (const char *line = text; *line; line = next_line(line)) {
        size_t n;
        const char *what = told_by(line, words, &n);
        if (what) vmm_buf_fmt(&b, "%.*s\n", (int)n, what);
    }
    return vmm_buf_steal(&b);
}

/* The number of the row that has the word, as "7"; the caller frees; NULL: there is none. */
static char *row_of(const char *said, const char *word) {
    const char *at = strstr(said, word), *line = at;
    while (line && line > said && line[-1] != '\n') line--;
    if (line == NULL) return NULL;
    line += strspn(line, " ");
    size_t n = strspn(line, "0123456789");
    return n && line[n] == ':' ? vmm_strndup(line, n) : NULL;
}

int talk_obey(const struct vmm_lesson *l, const struct talk_words *words, bool folder, bool meddle, char **text) {
    const char *arguments[] = {l->name, "--lang", words->lang, folder ? "--as-folder" : NULL, NULL};
    struct talk t = begin(arguments);
    const char *said;
    int turns = 0;
    while ((said = heard(&t)) && turns++ < TURNS_MAX) {
        char *what = told(said, words), *row = strstr(said, ", Fixes:") ? row_of(said, ": SC01, ") : NULL;
        bool none_written = strstr(said, "Nothing to repair on this disk") && l->fixes == NULL;
        if (meddle && none_written) answer(&t, "f");
        else if (meddle && row) answer(&t, row);
        else if (meddle && strstr(said, ", Fixes:") && strstr(said, "its number opens it")) answer(&t, "e");
        else answer(&t, what ? what : "q");
        free(what);
        free(row);
    }
    if (turns >= TURNS_MAX) fail_msg("%s: still not at its end after %d answers", l->name, turns);
    return end(&t, text);
}
