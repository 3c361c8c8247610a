/* The key of an encrypted disk: from --key-file, or typed without echo where a person is there.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/hidden.h"

#define TRIES 3

bool cli_read_key(struct cli *c, int *code) {
    struct vmm_error err = {0};
    if (c->key_file == NULL) return true;
    if (c->password_file && strcmp(c->password_file, "-") == 0 && strcmp(c->key_file, "-") == 0) {
        *code = cli_usage(c, _("--key-file and --password-file cannot both be standard input"));
        return false;
    }
    vmm_keep_to_ourselves(true);
    c->key = vmm_unlock_read(c->key_file, &err);
    if (c->key == NULL) *code = cli_failed(c, &err);
    return c->key != NULL;
}

bool cli_ask_key(struct cli *c, const char *disk, int *code) {
    char text[512] = "", *safe = vmm_safe_text(disk);
    if (c->key || !isatty(STDIN_FILENO) || c->yes) {
        free(safe);
        return true; /* the worker says what it lacks */
    }
    vmm_keep_to_ourselves(true);
    fprintf(stderr, _("%s is encrypted with BitLocker, and its key is kept nowhere. Type its recovery password (48 digits) or its password; it is not shown.\n"), safe);
    free(safe);
    struct termios before;
    bool hidden = cli_hide_typing(STDIN_FILENO, &before);
    for (int i = 0; hidden && i < TRIES && c->key == NULL; i++) {
        struct vmm_error err = {0};
        if (!cli_type_hidden(STDIN_FILENO, _("Recovery password or password: "), text, sizeof text)) break;
        c->key = vmm_unlock_new(text, strlen(text), &err);
        if (c->key == NULL) fprintf(stderr, "%s\n", err.message);
    }
    if (hidden) cli_show_typing(STDIN_FILENO, &before);
    explicit_bzero(text, sizeof text);
    if (c->key) return true;
    struct vmm_error err;
    vmm_fail(&err, VMM_E_DECLINED, NULL, _("stopped; nothing was written"));
    *code = cli_failed(c, &err);
    return false;
}

void cli_add_key(const struct cli *c, json_t *request) {
    if (c->key) json_object_set_new(request, "unlock", vmm_unlock_json(c->key));
}
