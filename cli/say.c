/* Saying and asking: errors, progress, JSON, confirmation. Progress goes to standard error and only when a person sits there.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "screens/wrap.h"

int cli_gap(const char *text, int width) {
    int cols = vmm_columns_of(text);
    return cols < width ? width - cols : 0;
}

void cli_entry(const char *left, const char *right, int column) {
    char *text = NULL;
    size_t size = 0;
    int gap = column - 2 - vmm_columns_of(left);
    FILE *m = open_memstream(&text, &size);
    if (m == NULL) abort();
    vmm_wrap(m, WRAP_WORDS, 79, column, column, right, 0);
    fclose(m);
    if (gap <= 0) printf("  %s\n%s", left, text);
    else printf("  %s%*s%s", left, gap, "", text + column); /* in place of the indentation */
    free(text);
}

void cli_print_json(const json_t *j) {
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
}

int cli_failed(const struct cli *c, const struct vmm_error *err) {
    if (c->json) {
        json_t *j = json_pack("{s:{s:s,s:o,s:o}}", "error", "code", vmm_code_word(err->code), "message", vmm_json_text(err->message), "hint", vmm_json_text(err->hint));
        cli_print_json(j);
        json_decref(j);
    } else {
        fflush(stdout);
        fprintf(stderr, "vmmedic: %s\n", err->message);
        if (err->hint[0]) fprintf(stderr, "  %s\n", err->hint);
    }
    return vmm_code_exit(err->code);
}

int cli_usage(const struct cli *c, const char *format, ...) {
    struct vmm_error err = {0};
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    vmm_fail(&err, VMM_E_USAGE, NULL, "%s", n < 0 ? format : text);
    free(text);
    return cli_failed(c, &err);
}

struct hearing {
    char *stage;
    int percent;
    time_t last;
};

/* A line for each stage, and one at most every five seconds while a stage has figures. */
static void hear(void *ctx, const json_t *event) {
    struct hearing *h = ctx;
    const char *stage = vmm_json_str(event, "stage");
    if (!isatty(STDERR_FILENO)) return;
    if (strcmp(vmm_json_str(event, "event"), "note") == 0) {
        fprintf(stderr, "%s\n", vmm_json_str(event, "text"));
        return;
    }
    json_int_t done = json_integer_value(json_object_get(event, "done")), total = json_integer_value(json_object_get(event, "total"));
    int percent = total > 0 ? (int)(100 * done / total) : 0;
    bool fresh = h->stage == NULL || strcmp(h->stage, stage) != 0;
    time_t now = time(NULL);
    if (!fresh && (percent == h->percent || now - h->last < 5)) return;
    if (fresh) {
        free(h->stage);
        h->stage = vmm_strdup(stage);
        fprintf(stderr, "%s...\n", stage);
    } else {
        const json_t *left = json_object_get(event, "left");
        if (json_is_integer(left)) fprintf(stderr, _("%s... %d%%, about %lld s left\n"), stage, percent, (long long)json_integer_value(left));
        else fprintf(stderr, "%s... %d%%\n", stage, percent);
    }
    h->percent = percent;
    h->last = now;
}

json_t *cli_call(struct cli *c, json_t *request, struct vmm_error *err) {
    struct hearing h = {0};
    if (c->client == NULL && (c->client = vmm_client_start(err)) == NULL) {
        json_decref(request);
        return NULL;
    }
    const char *job = vmm_json_str(request, "job");
    c->wrote |= strcmp(job, "apply") == 0 || strcmp(job, "undo") == 0;
    json_t *result = vmm_client_call(c->client, request, hear, &h, err);
    free(h.stage);
    return result;
}

bool cli_can_ask(struct cli *c, int *code) {
    if (c->yes || isatty(STDIN_FILENO)) return true;
    *code = cli_usage(c, _("this command writes and there is no terminal to ask on; nothing was done (--yes answers)"));
    return false;
}

bool cli_confirm(struct cli *c, const char *question, const char *word, int *code) {
    if (c->yes) return true;
    if (!cli_can_ask(c, code)) return false;
    const char *want = word ? word : _("yes");
    char line[1024], *ask = vmm_safe_text(question), *shown = vmm_safe_text(want);
    fprintf(stderr, "%s\n", ask);
    fprintf(stderr, _("Type \"%s\" to go on, anything else to stop: "), shown);
    fflush(stderr);
    bool yes = fgets(line, sizeof line, stdin) != NULL;
    if (yes) {
        line[strcspn(line, "\r\n")] = '\0';
        yes = strcmp(line, want) == 0 || strcmp(line, shown) == 0; /* what cannot be typed is typed as it is shown */
    }
    free(ask);
    free(shown);
    if (yes) return true;
    struct vmm_error err;
    vmm_fail(&err, VMM_E_DECLINED, NULL, _("stopped; nothing was written"));
    *code = cli_failed(c, &err);
    return false;
}
