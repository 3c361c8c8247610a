/* `vmmedic [TARGET]`: the wizard.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

int cli_wizard(struct cli *c) { return cli_usage(c, "the wizard is not built yet"); }
