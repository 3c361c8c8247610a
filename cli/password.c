/* Asking for a password: typed twice without echo, or read from a file; held in one place, which whoever used it wipes.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/hidden.h"
#include "vmmedic/fix.h"

#define TRIES 3

/* Byte by byte: a buffer of standard input would keep a copy. */
bool cli_type_hidden(int in, const char *prompt, char *text, size_t size) {
    size_t n = 0;
    fputs(prompt, stderr);
    bool good = false, up = false;
    for (char c = 0; !good && !up;) {
        ssize_t r = read(in, &c, 1);
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0 || c == CLI_GIVE_UP) up = true;
        else if (c == '\n') good = true;
        else if (n + 1 < size) text[n++] = c ? c : 1; /* which no password may have */
    }
    text[n] = '\0';
    if (up) explicit_bzero(text, size);
    return good;
}

/* The account of the first fix on the command line that takes a password; NULL when none does. */
static char *account(const struct cli *c) {
    char *user = NULL;
    for (size_t i = 0; i < c->fix_count && user == NULL; i++) vmm_fix_takes_secret(c->fixes[i], &user);
    return user;
}

static int declined(const struct cli *c) {
    struct vmm_error err;
    vmm_fail(&err, VMM_E_DECLINED, NULL, _("stopped; nothing was written"));
    return cli_failed(c, &err);
}

static bool fits(const struct cli *c, const char *user, int *code) {
    char *fault = vmm_password_fault(user, c->secret);
    if (fault == NULL) return true;
    if (code) *code = cli_usage(c, "%s", fault);
    else fprintf(stderr, "%s\n", fault);
    free(fault);
    return false;
}

static bool from_file(struct cli *c, const char *user, int *code) {
    int fd = strcmp(c->password_file, "-") == 0 ? dup(STDIN_FILENO) : open(c->password_file, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t r = fd < 0 ? -1 : 1;
    while (r > 0 && n < sizeof c->secret) {
        r = read(fd, c->secret + n, sizeof c->secret - n);
        if (r < 0 && errno == EINTR) r = 1;
        else if (r > 0) n += (size_t)r;
    }
    int e = errno;
    if (fd >= 0) close(fd);
    if (r < 0) {
        *code = cli_usage(c, _("reading the password from %s: %s"), c->password_file, strerror(e));
        return false;
    }
    if (n && c->secret[n - 1] == '\n') n--;
    if (n && c->secret[n - 1] == '\r') n--;
    if (n == 0 || n >= sizeof c->secret || memchr(c->secret, '\n', n) || memchr(c->secret, 0, n)) {
        *code = cli_usage(c, _("%s is to hold one line, the password, and nothing else"), c->password_file);
        return false;
    }
    explicit_bzero(c->secret + n, sizeof c->secret - n);
    return fits(c, user, code);
}

static bool typed_twice(struct cli *c, const char *user, int *code) {
    char again[CLI_MAX_SECRET] = "";
    if (!isatty(STDIN_FILENO)) {
        *code = cli_usage(c, _("a password is needed and there is no terminal to ask on; nothing was done (--password-file names a file with it)"));
        return false;
    }
    char *rules = vmm_password_rules();
    fprintf(stderr, _("The password of %s is set when Windows starts. %s It is not shown while you type.\n"), user, rules);
    free(rules);
    char *prompt = vmm_printf(_("New password for %s: "), user);
    struct termios before;
    bool hidden = cli_hide_typing(STDIN_FILENO, &before), same = false; /* until the last line of it: between two prompts somebody may type already */
    for (int i = 0; hidden && i < TRIES && !same; i++) {
        if (!cli_type_hidden(STDIN_FILENO, prompt, c->secret, sizeof c->secret)) break;
        if (!fits(c, user, NULL)) continue;
        if (!cli_type_hidden(STDIN_FILENO, _("The same again: "), again, sizeof again)) break;
        same = strcmp(c->secret, again) == 0;
        explicit_bzero(again, sizeof again);
        if (!same) fprintf(stderr, "%s\n", _("The two are not the same."));
    }
    if (hidden) cli_show_typing(STDIN_FILENO, &before);
    free(prompt);
    if (!same) *code = declined(c);
    return same;
}

bool cli_ask_password(struct cli *c, int *code) {
    char *user = account(c);
    if (user == NULL) return true;
    vmm_keep_to_ourselves(true);
    bool good = c->password_file ? from_file(c, user, code) : typed_twice(c, user, code);
    if (!good) explicit_bzero(c->secret, sizeof c->secret);
    free(user);
    return good;
}
