/* `vmmedic [TARGET]`: the wizard, on screens where the terminal has them, else as plain text.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/plain.h"
#include "tui/tui.h"

/* -1: the screens cannot be shown. */
static int screens(const struct cli *c, const char *target, const struct wizard_learning *learning) {
    struct tui_terminal terminal = {.in = STDIN_FILENO, .out = stdout, .utf8 = c->utf8, .glyphs = c->ascii ? GLYPHS_ASCII : GLYPHS_AUTO, .colour = c->no_color ? COLOUR_NEVER : COLOUR_AUTO,
                                    .rows = c->rows, .cols = c->cols, .slow = c->slow};
    struct wizard_options options = {.target = target, .boot = c->boot, .format = c->format, .place = learning == NULL, .learning = learning};
    struct vmm_error err = {0};
    int code = -1;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return -1;
    struct vmm_client *client = tui_usable(&terminal, &err) ? vmm_client_start(&err) : NULL;
    if (client) {
        struct wizard_link link = vmm_wizard_link_client(client);
        struct wizard *w = vmm_wizard_new(&options, link);
        code = tui_run(&terminal, w, link, &err);
        vmm_wizard_free(w);
        vmm_client_close(client);
    }
    if (code < 0) fprintf(stderr, _("vmmedic: %s; going on as plain text.\n"), err.message);
    return code;
}

int cli_wizard(struct cli *c) { return cli_wizard_with(c, NULL); }

int cli_wizard_with(struct cli *c, const struct wizard_learning *learning) {
    const char *target = c->count ? c->args[0] : NULL;
    if (c->json) return cli_usage(c, _("the wizard talks to people; name a command, such as scan, to get JSON"));
    c->wrote = true; /* its code says what became of the disk, whatever could not be printed */
    int code = c->plain ? -1 : screens(c, target, learning);
    if (code >= 0) return code;
    if (!c->utf8) cli_language_fold_output();
    struct plain_options o = {.target = target, .boot = c->boot, .format = c->format, .in = stdin, .out = stdout, .learning = learning};
    return vmm_plain_walk(&o);
}
