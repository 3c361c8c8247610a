/* Errors: filling them in, and the one table of their words and exit codes.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static const struct {
    const char *word;
    int exit;
} codes[VMM_CODE_COUNT] = {
    [VMM_OK] = {"ok", 0},
    [VMM_E_USAGE] = {"usage", 2},
    [VMM_E_NOT_FOUND] = {"not-found", 2},
    [VMM_E_NOT_A_DISK] = {"not-a-disk", 2},
    [VMM_E_UNREADABLE] = {"unreadable", 3},
    [VMM_E_BROKEN] = {"broken", 3},
    [VMM_E_IN_USE] = {"in-use", 3},
    [VMM_E_HIBERNATED] = {"hibernated", 3},
    [VMM_E_DIRTY_VOLUME] = {"dirty-volume", 3},
    [VMM_E_ENCRYPTED] = {"encrypted", 3},
    [VMM_E_DIRTY_HIVE] = {"dirty-hive", 3},
    [VMM_E_NO_WINDOWS] = {"no-windows", 3},
    [VMM_E_CHANGED] = {"changed", 1},
    [VMM_E_NO_SPACE] = {"no-space", 1},
    [VMM_E_WRITE] = {"write-failed", 1},
    [VMM_E_BLOCKED] = {"blocked", 3},
    [VMM_E_CONFLICT] = {"conflict", 2},
    [VMM_E_INTERRUPTED] = {"interrupted", 5},
    [VMM_E_DECLINED] = {"declined", 6},
    [VMM_E_CANCELLED] = {"cancelled", 6},
    [VMM_E_UNSUPPORTED] = {"unsupported", 3},
    [VMM_E_SYSTEM] = {"system", 1},
    [VMM_E_INTERNAL] = {"internal", 1},
};

const char *vmm_code_word(enum vmm_code code) {
    return (unsigned)code < VMM_CODE_COUNT ? codes[code].word : codes[VMM_E_INTERNAL].word;
}

int vmm_code_exit(enum vmm_code code) {
    return (unsigned)code < VMM_CODE_COUNT ? codes[code].exit : codes[VMM_E_INTERNAL].exit;
}

enum vmm_code vmm_code_from_word(const char *word) {
    for (unsigned i = 0; i < VMM_CODE_COUNT; i++)
        if (strcmp(codes[i].word, word) == 0) return (enum vmm_code)i;
    return VMM_E_INTERNAL;
}

/* Copies text into a fixed room, escaped, cut at a character boundary. */
static void keep(char *room, size_t size, const char *text) {
    char *safe = vmm_safe_text(text);
    size_t n = strlen(safe);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)safe[n] & 0xc0) == 0x80) n--;
    }
    memcpy(room, safe, n);
    room[n] = '\0';
    free(safe);
}

int vmm_fail(struct vmm_error *err, enum vmm_code code, const char *hint, const char *format, ...) {
    if (err == NULL) return -1;
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) text = NULL;
    va_end(args);
    err->code = code;
    keep(err->message, sizeof err->message, text ? text : format);
    keep(err->hint, sizeof err->hint, hint ? hint : "");
    free(text);
    return -1;
}

int vmm_fail_prefix(struct vmm_error *err, const char *format, ...) {
    if (err == NULL) return -1;
    char *text = NULL, *whole = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) text = NULL;
    va_end(args);
    whole = vmm_printf("%s: %s", text ? text : format, err->message);
    keep(err->message, sizeof err->message, whole);
    free(text);
    free(whole);
    return -1;
}
