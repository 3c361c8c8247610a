/* Memory and growing buffers. Running out ends the process: see base.h for why that is safe.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/base.h"

static void *need(void *p) {
    static const char words[] = "vmmedic: out of memory\n";
    if (p == NULL) {
        ssize_t ignored = write(2, words, sizeof words - 1);
        (void)ignored;
        _exit(1);
    }
    return p;
}

void *vmm_alloc(size_t count, size_t size) { return need(calloc(count ? count : 1, size ? size : 1)); }

void *vmm_realloc(void *old, size_t count, size_t size) { return need(reallocarray(old, count ? count : 1, size ? size : 1)); }

char *vmm_strdup(const char *s) { return s ? need(strdup(s)) : NULL; }

char *vmm_strndup(const char *s, size_t n) { return need(strndup(s, n)); }

void *vmm_memdup(const void *data, size_t len) {
    void *copy = vmm_alloc(len ? len : 1, 1);
    if (len) memcpy(copy, data, len);
    return copy;
}

void *vmm_json_alloc(size_t size) { return vmm_alloc(size, 1); }

void vmm_wiping_free(void *p) {
    if (p) explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

void vmm_keep_to_ourselves(bool on) {
    struct rlimit core;
    prctl(PR_SET_DUMPABLE, on ? 0 : 1);
    if (!on || getrlimit(RLIMIT_CORE, &core) < 0) return; /* the limit stays low: the programs we start inherit it, and it may not be raised again */
    core.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &core);
}

char *vmm_printf(const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    return need(n < 0 ? NULL : text);
}

void vmm_buf_add(struct vmm_buf *b, const void *data, size_t len) {
    if (b->cap - b->len <= len) {
        size_t cap = b->cap ? b->cap : 64;
        while (cap - b->len <= len) {
            if (cap > SIZE_MAX / 2) need(NULL);
            cap *= 2;
        }
        b->data = vmm_realloc(b->data, cap, 1);
        b->cap = cap;
    }
    if (len) memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = 0;
}

void vmm_buf_str(struct vmm_buf *b, const char *s) { vmm_buf_add(b, s, strlen(s)); }

void vmm_buf_fmt(struct vmm_buf *b, const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    need(n < 0 ? NULL : text);
    vmm_buf_add(b, text, (size_t)n);
    free(text);
}

void vmm_buf_free(struct vmm_buf *b) {
    free(b->data);
    *b = (struct vmm_buf){0};
}

char *vmm_buf_steal(struct vmm_buf *b) {
    if (b->data == NULL) vmm_buf_add(b, "", 0);
    char *text = (char *)b->data;
    *b = (struct vmm_buf){0};
    return text;
}
