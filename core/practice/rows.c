/* Tables of registry values put into a hive.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "practice/room.h"

#include <stdlib.h>
#include <string.h>

static void row_put(struct vmm_hive_builder *b, const char *path, const struct practice_row *row) {
    switch (row->type) {
    case PRACTICE_DROP: vmm_builder_drop(b, path, row->name); break;
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

void vmm_practice_twist(struct vmm_hive_builder *b, const char *part, const char *base, const struct vmm_scenario *s) {
    size_t n = strlen(part);
    for (size_t i = 0, end; i < s->row_count; i = end) {
        const char *key = s->rows[i].key; /* a KEY line and its values, up to the next */
        for (end = i + 1; end < s->row_count && s->rows[end].key == NULL; end++) {
        }
        if (strncmp(key, part, n) != 0 || key[n] != '\\') continue;
        char *path = vmm_printf("%s%s%s", base, *base ? "\\" : "", key + n + 1);
        vmm_builder_key(b, path);
        for (size_t k = i + 1; k < end; k++) row_put(b, path, &s->rows[k]);
        free(path);
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
