/* Every key and value of a hive, read as the program reads them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"

#define KEYS_MAX 3000 /* of a broken hive, whose keys may be each other's children */

static void read_values(const struct vmm_hive *h, vmm_key key, bool complete) {
    struct vmm_value *list, one;
    struct vmm_error err = {0};
    size_t count;
    if (vmm_key_values(h, key, &list, &count, &err) < 0) {
        MUST_SAY(!complete, err.message);
        fuzz_said(&err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        MUST(vmm_is_utf8(list[i].name));
        if (i < 20) {
            enum vmm_answer a = vmm_key_value(h, key, list[i].name, &one);
            if (complete) MUST(a == VMM_SET || strstr(list[i].name, "\xef\xbf\xbd") || memchr(list[i].name, 0, 1) || a == VMM_NOT_SET);
            vmm_value_clear(&one);
        }
    }
    for (size_t i = 0; i < count; i++) vmm_value_clear(&list[i]);
    free(list);
}

static void read_key(const struct vmm_hive *h, vmm_key key, unsigned depth, size_t *seen, bool complete) {
    vmm_key *list, again;
    struct vmm_error err = {0};
    size_t count;
    if (++*seen > KEYS_MAX || depth > 600) return;
    char *name = vmm_key_name(h, key);
    if (complete) MUST(name);
    if (name) MUST(vmm_is_utf8(name));
    free(name);
    vmm_key_time(h, key);
    read_values(h, key, complete);
    if (vmm_key_children(h, key, &list, &count, &err) < 0) {
        MUST_SAY(!complete, err.message);
        return;
    }
    for (size_t i = 0; i < count && *seen <= KEYS_MAX; i++) {
        name = vmm_key_name(h, list[i]);
        bool plain = name && *name && strstr(name, "\xef\xbf\xbd") == NULL && strchr(name, '\\') == NULL;
        if (plain && i < 20) {
            enum vmm_answer a = vmm_key_child(h, key, name, &again);
            if (complete) MUST(a == VMM_SET || a == VMM_NOT_SET);
        }
        free(name);
        read_key(h, list[i], depth + 1, seen, complete);
    }
    free(list);
}

void fuzz_read_all(const struct vmm_hive *h, bool complete) {
    size_t seen = 0;
    read_key(h, vmm_hive_root(h), 0, &seen, complete);
}
