/* `vmmedic [TARGET]`: the wizard. Plain text is the only way to draw it so far.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/plain.h"

int cli_wizard(struct cli *c) {
    struct plain_options o = {.target = c->count ? c->args[0] : NULL, .boot = c->boot, .format = c->format, .in = stdin, .out = stdout};
    if (c->json) return cli_usage(c, _("the wizard talks to people; name a command, such as scan, to get JSON"));
    c->wrote = true; /* its code says what became of the disk, whatever could not be printed */
    return vmm_plain_walk(&o);
}
