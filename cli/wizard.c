/* `vmmedic [TARGET]`: the wizard, on screens where the terminal has them, else as plain text.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/plain.h"
#include "tui/tui.h"

/* -1: the screens cannot be shown. */
static int screens(const struct cli *c, const char *target) {
    struct tui_options o = {.target = target, .boot = c->boot, .format = c->format, .terminal = {.in = STDIN_FILENO, .out = stdout}};
    if (c->ascii) o.terminal.glyphs = GLYPHS_ASCII;
    if (c->no_color) o.terminal.colour = COLOUR_NEVER;
    struct vmm_error err = {0};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return -1;
    int code = tui_run(&o, &err);
    if (code < 0) fprintf(stderr, _("vmmedic: %s; going on as plain text.\n"), err.message);
    return code;
}

int cli_wizard(struct cli *c) {
    const char *target = c->count ? c->args[0] : NULL;
    if (c->json) return cli_usage(c, _("the wizard talks to people; name a command, such as scan, to get JSON"));
    c->wrote = true; /* its code says what became of the disk, whatever could not be printed */
    int code = c->plain ? -1 : screens(c, target);
    if (code >= 0) return code;
    struct plain_options o = {.target = target, .boot = c->boot, .format = c->format, .in = stdin, .out = stdout};
    return vmm_plain_walk(&o);
}
