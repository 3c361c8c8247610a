/* Running one of the lines that only ask: az itself with its words, no shell, nothing to read from, what it prints taken and made harmless. Never blocks for longer
 * than it takes to be told to stop.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cloud/room.h"

#define TICK_MS 50
#define GRACE 20         /* ticks between the request to end and the end */
#define WORDS_MAX 32

/* ---- which lines ---- */

/* The words in capitals are for a person to fill in. */
static bool complete(const char *template) {
    for (const char *p = template; p[0] && p[1]; p++)
        if (isupper((unsigned char)p[0]) && isupper((unsigned char)p[1])) return false;
    return true;
}

static bool has_names(const char *template, const struct vmm_cloud_names *n) {
    for (const char *p = template; (p = strchr(p, '%')) != NULL; p++) {
        if (p[1] == 'g' && !n->group) return false;
        if (p[1] == 'v' && !n->vm) return false;
        if (p[1] == 'r' && !n->rescue) return false;
        if (p[1] == 'd' && n->disk_count == 0) return false;
    }
    return true;
}

/* The flag says so, and all that can be checked agrees: no line of the table becomes one by a slip. */
bool vmm_cloud_line_runs(const struct cloud_line *l, const struct vmm_cloud_names *names) {
    return l->flags & READS && !(l->flags & CHANGES) && l->shell == VMM_BASH && strncmp(l->command, "az ", 3) == 0 && strpbrk(l->command, "<>|;&$`") == NULL &&
           complete(l->command) && has_names(l->command, names);
}

bool vmm_cloud_has_az(void) {
    const char *path = getenv("PATH");
    for (const char *p = path ? path : ""; *p;) {
        size_t n = strcspn(p, ":");
        char *file = vmm_printf("%.*s/az", (int)n, p);
        struct stat st;
        bool there = n && stat(file, &st) == 0 && S_ISREG(st.st_mode) && access(file, X_OK) == 0;
        free(file);
        if (there) return true;
        p += n + (p[n] == ':');
    }
    return false;
}

/* ---- its words ---- */

/* Cut as a shell would cut it; the table and vmm_shell_word know two kinds of quotes and the backslash, and nothing else. False: something else stands there. */
static bool cut(const char *line, char *words[WORDS_MAX + 1]) {
    struct vmm_buf b = {0};
    size_t n = 0;
    bool in_word = false, good = true;
    char quote = 0;
    for (const char *p = line;; p++) {
        bool end = *p == '\0' || (!quote && *p == ' ');
        if (end && in_word) {
            if (n == WORDS_MAX) good = false;
            else words[n++] = vmm_buf_steal(&b);
            in_word = false;
        }
        if (*p == '\0' || !good) break;
        if (end) continue;
        in_word = true;
        if (quote ? *p == quote : *p == '\'' || *p == '"') {
            quote = quote ? 0 : *p;
            vmm_buf_add(&b, "", 0);
            continue;
        }
        if (*p == '\\' && !quote && p[1]) p++;
        else if (quote != '\'' && strchr("$`\\", *p)) good = false;
        vmm_buf_add(&b, p, 1);
    }
    words[n] = NULL;
    vmm_buf_free(&b);
    return good && !quote && n > 1;
}

/* ---- what it prints ---- */

/* Without the sequences that colour or move, tabs as blanks; whatever control is left is shown as \xNN. */
static char *harmless(const uint8_t *data, size_t len) {
    struct vmm_buf line = {0}, out = {0};
    for (size_t i = 0; i <= len; i++) {
        uint8_t c = i < len ? data[i] : '\n';
        if (c == 0x1b && i + 1 < len && data[i + 1] == '[') {
            for (i += 2; i < len && (data[i] < 0x40 || data[i] > 0x7e) && data[i] >= 0x20; i++) {}
        } else if (c == '\n') {
            if (i == len && line.len == 0) break;
            vmm_buf_add(&line, "", 0);
            char *one = vmm_buf_steal(&line), *safe = vmm_safe_text(one);
            vmm_buf_fmt(&out, "%s\n", safe);
            free(safe);
            free(one);
        } else if (c == '\t') {
            vmm_buf_str(&line, "  ");
        } else if (c == 0) {
            vmm_buf_str(&line, "\\x00");
        } else if (c != '\r') {
            vmm_buf_add(&line, &c, 1);
        }
    }
    vmm_buf_free(&line);
    return vmm_buf_steal(&out);
}

/* ---- running ---- */

static void become(char *const *words, int out) {
    sigset_t none;
    int nothing = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < NSIG; s++) signal(s, SIG_DFL);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(127);
    close_range(3, ~0u, 0);
    setenv("AZURE_CORE_NO_COLOR", "1", 1);
    setenv("AZURE_CORE_DISABLE_PROGRESS_BAR", "1", 1);
    setenv("TERM", "dumb", 1);
    execvp(words[0], words);
    _exit(127);
}

/* Takes what is there. True as long as more may come. */
static bool drain(int fd, struct vmm_buf *b, bool *too_much) {
    char chunk[4096];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n < 0 && errno == EAGAIN;
        size_t room = VMM_CLOUD_OUTPUT_MAX - b->len;
        *too_much = *too_much || (size_t)n > room;
        vmm_buf_add(b, chunk, (size_t)n < room ? (size_t)n : room);
    }
}

static int follow(pid_t pid, int fd, struct vmm_buf *b, bool *too_much, bool (*stop)(void *ctx), void *ctx, int *status) {
    bool open = true, stopped = false;
    int since = 0;
    for (;;) {
        struct pollfd p = {.fd = open ? fd : -1, .events = POLLIN};
        poll(&p, 1, TICK_MS);
        if (open && p.revents) open = drain(fd, b, too_much);
        pid_t ended = waitpid(pid, status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR)) break;
        if (!stopped && stop && stop(ctx)) {
            stopped = true;
            kill(-pid, SIGTERM);
        }
        if (stopped && ++since > GRACE) kill(-pid, SIGKILL);
    }
    if (open) drain(fd, b, too_much); /* what it left behind; somebody it started may hold the line open for ever */
    if (stopped) kill(-pid, SIGKILL);
    return stopped ? -1 : 0;
}

static json_t *run(char *const *words, const char *command, bool (*stop)(void *ctx), void *ctx, struct vmm_error *err) {
    int line[2], status = 0;
    struct vmm_buf b = {0};
    bool too_much = false;
    if (pipe2(line, O_CLOEXEC) < 0 || fcntl(line[0], F_SETFL, O_NONBLOCK) < 0) { /* our end only: az knows nothing of that */
        vmm_fail(err, VMM_E_SYSTEM, NULL, _("az could not be started: %s"), strerror(errno));
        return NULL;
    }
    pid_t pid = fork();
    if (pid == 0) become(words, line[1]);
    int e = errno;
    close(line[1]);
    if (pid < 0) {
        close(line[0]);
        vmm_fail(err, VMM_E_SYSTEM, NULL, _("az could not be started: %s"), strerror(e));
        return NULL;
    }
    setpgid(pid, pid);
    int r = follow(pid, line[0], &b, &too_much, stop, ctx, &status);
    close(line[0]);
    if (r < 0) {
        vmm_buf_free(&b);
        vmm_fail(err, VMM_E_CANCELLED, NULL, _("az was stopped"));
        return NULL;
    }
    char *output = harmless(b.data, b.len);
    json_t *answer = json_pack("{s:o,s:i,s:o,s:b}", "command", vmm_json_text(command), "exit", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "output",
                               vmm_json_text(output), "cut", too_much);
    free(output);
    vmm_buf_free(&b);
    return answer;
}

json_t *vmm_cloud_run(size_t number, const struct vmm_cloud_names *names, bool (*stop)(void *ctx), void *ctx, struct vmm_error *err) {
    const struct cloud_line *l = number < vmm_cloud_table_count ? &vmm_cloud_table[number] : NULL;
    char *words[WORDS_MAX + 1] = {0};
    json_t *answer = NULL;
    if (l == NULL || !vmm_cloud_line_runs(l, names)) {
        vmm_fail(err, VMM_E_UNSUPPORTED, _("Copy it, and run it yourself."), _("this line is not run from here: only complete ones are that do nothing but ask"));
        return NULL;
    }
    if ((names->group && vmm_cloud_name_check(VMM_NAME_GROUP, names->group, err) < 0) || (names->vm && vmm_cloud_name_check(VMM_NAME_VM, names->vm, err) < 0)) return NULL;
    char *command = vmm_cloud_fill(l->command, VMM_BASH, names, 0);
    if (cut(command, words) && strcmp(words[0], "az") == 0) answer = run(words, command, stop, ctx, err);
    else vmm_fail(err, VMM_E_INTERNAL, NULL, _("this line cannot be run: %s"), command);
    for (size_t i = 0; i < WORDS_MAX && words[i]; i++) free(words[i]);
    free(command);
    return answer;
}
