/* Tables of registry values put into a hive, and the list of scenarios.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "practice/room.h"

#include <stdlib.h>
#include <string.h>

static const struct vmm_scenario scenarios[] = {
    {"healthy", N_("A healthy server: nothing to repair"), -1, 0},
    {"safe-mode-minimal", N_("Stuck in Safe Mode (Minimal)"), 0, 0},
    {"safe-mode-network", N_("Stuck in Safe Mode with Networking"), 1, 0},
    {"safe-mode-shell", N_("Stuck in Safe Mode with Command Prompt"), 0, 1},
};

const struct vmm_scenario *vmm_scenario_at(size_t index) { return index < VMM_COUNT(scenarios) ? &scenarios[index] : NULL; }

const struct vmm_scenario *vmm_scenario_by_name(const char *name) {
    for (size_t i = 0; i < VMM_COUNT(scenarios); i++)
        if (!strcmp(scenarios[i].name, name)) return &scenarios[i];
    return NULL;
}

static void row_put(struct vmm_hive_builder *b, const char *path, const struct practice_row *row) {
    switch (row->type) {
    case VMM_REG_DWORD: vmm_builder_dword(b, path, row->name, row->number); break;
    case VMM_REG_BINARY:
    case VMM_REG_QWORD: {
        size_t len;
        uint8_t *data = vmm_unhex(row->text, &len);
        vmm_builder_set(b, path, row->name, row->type, data, len);
        free(data);
        break;
    }
    default: vmm_builder_string(b, path, row->name, row->type, row->text);
    }
}

void vmm_practice_rows(struct vmm_hive_builder *b, const char *base, const struct practice_row *rows, size_t count) {
    char *path = vmm_strdup(base);
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].key) {
            row_put(b, path, &rows[i]);
            continue;
        }
        free(path);
        path = vmm_printf("%s%s%s", base, *base && *rows[i].key ? "\\" : "", rows[i].key);
        vmm_builder_key(b, path);
    }
    free(path);
}
