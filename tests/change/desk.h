/* Stores that changes are made of: a registry hive and a boot store, in memory.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TEST_DESK_H
#define VMM_TEST_DESK_H
#include "tests/windows/fixture.h"
#include "vmmedic/change.h"

#define KEY "ControlSet001\\Control\\CrashControl"

struct desk {
    struct vmm_store system, boot;
    struct vmm_changes c;
};

static inline void open_store(struct vmm_store *st, const char *name, const char *label, const char *path, struct vmm_hive_builder *b, bool is_bcd) {
    *st = (struct vmm_store){.is_bcd = is_bcd, .name = vmm_strdup(name), .label = vmm_strdup(label), .path = vmm_strdup(path)};
    st->data = vmm_builder_finish(b, 3, &st->len);
    st->hive = vmm_hive_open(st->data, st->len, NULL, NULL);
    assert_non_null(st->hive);
    if (is_bcd) assert_non_null(st->bcd = vmm_bcd_open(st->hive, NULL));
}
static inline void close_store(struct vmm_store *st) {
    vmm_bcd_close(st->bcd);
    vmm_hive_close(st->hive);
    free(st->name);
    free(st->label);
    free(st->path);
    free(st->data);
}
static inline int set_up(void **state) {
    struct desk *d = vmm_alloc(1, sizeof *d);
    struct vmm_hive_builder *b = system_new(), *bcd = bcd_new();
    vmm_builder_string(b, KEY, "Text", VMM_REG_SZ, "say \"hi\" 100%");
    vmm_builder_string(b, KEY, "List", VMM_REG_MULTI_SZ, "a b\nc");
    vmm_builder_set(b, KEY, "Bytes", VMM_REG_BINARY, "\x01\x02", 2);
    vmm_builder_set(b, KEY, "Short", VMM_REG_DWORD, "\x01\x02", 2);
    vmm_builder_set(b, KEY, "NoEnd", VMM_REG_SZ, "h\0i\0", 4);
    bcd_default(bcd, SERVER);
    bcd_number(bcd, SERVER, "25000080", 0);
    uint8_t thirty = 30;
    bcd_raw(bcd, BOOTMGR, "25000004", VMM_REG_BINARY, &thirty, 1);
    open_store(&d->system, "SYSTEM", "SYSTEM", "\\Windows\\System32\\config\\SYSTEM", b, false);
    open_store(&d->boot, "BCD", "\\Boot\\BCD on partition 1", "\\Boot\\BCD", bcd, true);
    *state = d;
    return 0;
}
static inline int tear_down(void **state) {
    struct desk *d = *state;
    vmm_changes_clear(&d->c);
    close_store(&d->system);
    close_store(&d->boot);
    free(d);
    return 0;
}
#endif
