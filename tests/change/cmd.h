/* What cmd.exe and a C program's start do with a line, as a reader of its own: what is quoted must come back from it. Include cmocka first.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TESTS_CMD_H
#define VMM_TESTS_CMD_H
#include <string.h>
#include <strings.h>

#include "base/base.h"

static inline const char *cmd_variable(const char *name, size_t n) {
    static const char *const set_here[][2] = {{"c", "EXPANDED"}, {"SystemRoot", "C:\\Windows"}, {"PATH", "p"}};
    for (size_t i = 0; i < VMM_COUNT(set_here); i++)
        if (strlen(set_here[i][0]) == n && strncasecmp(set_here[i][0], name, n) == 0) return set_here[i][1];
    return NULL;
}

static inline char *cmd_percents(const char *line, bool batch) {
    struct vmm_buf b = {0};
    for (const char *p = line; *p; p++) {
        const char *end = *p == '%' ? strchr(p + 1, '%') : NULL;
        const char *value = end ? cmd_variable(p + 1, strcspn(p + 1, "%:")) : NULL;
        if (batch && *p == '%' && p[1] == '%') vmm_buf_str(&b, "%"), p++;
        else if (value) vmm_buf_str(&b, value), p = end;
        else if (batch && *p == '%') p = end ? end : p;
        else vmm_buf_add(&b, p, 1);
    }
    return vmm_buf_steal(&b);
}

/* The line that the program gets. A character of cmd's own that is left bare would start another command. */
static inline char *cmd_carets(const char *line) {
    struct vmm_buf b = {0};
    bool quoted = false;
    for (const char *p = line; *p; p++) {
        if (!quoted && *p == '^') p++;
        else if (*p == '"') quoted = !quoted;
        else if (!quoted && strchr("&|<>", *p)) fail_msg("bare %c in: %s", *p, line);
        vmm_buf_add(&b, p, 1);
    }
    return vmm_buf_steal(&b);
}

static inline size_t cmd_arguments(const char *line, char *list[], size_t room) {
    size_t count = 0;
    while (*line && count < room) {
        struct vmm_buf b = {0};
        bool quoted = false;
        line += strspn(line, " ");
        for (; *line && (quoted || *line != ' '); line++) {
            size_t slashes = strspn(line, "\\");
            line += slashes;
            bool quote = *line == '"';
            for (size_t i = 0; i < (quote ? slashes / 2 : slashes); i++) vmm_buf_str(&b, "\\");
            if (quote && slashes % 2) vmm_buf_str(&b, "\"");
            else if (quote) quoted = !quoted;
            else if (*line && (quoted || *line != ' ')) vmm_buf_add(&b, line, 1);
            else break;
        }
        list[count++] = vmm_buf_steal(&b);
    }
    return count;
}
#endif
