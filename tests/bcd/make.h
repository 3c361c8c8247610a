/* Boot stores for tests, built from nothing, and real ones where the corpus is there.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TEST_BCD_MAKE_H
#define TEST_BCD_MAKE_H
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "vmmedic/bcd.h"

#define BOOTMGR "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"
#define FWBOOTMGR "{a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba}"
#define MEMDIAG "{b2721d73-1db4-4c62-bf78-c548a880142d}"
#define GLOBALS "{7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e}"
#define LOADERS "{6efb52bf-1766-41db-a6b3-0ee5eff72bd7}"
#define EMS "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}"
#define DEBUGGER "{4636856e-540f-4170-a130-a84776f4c654}"
#define BADMEM "{5189b25c-5558-4bf2-bca4-289b11bd29e2}"
#define WIN "{b520e13d-48da-11e2-9a8b-00155d011700}"
#define RESUME "{b520e13c-48da-11e2-9a8b-00155d011700}"
#define MEDIA "{7619dcc9-fafe-11d9-b411-000476eba25f}"
#define RAMOPT "{7619dcc8-fafe-11d9-b411-000476eba25f}"

/* An opened store with everything that it stands on. */
struct made {
    uint8_t *bytes;
    size_t len;
    struct vmm_hive *hive;
    struct vmm_bcd *bcd;
};

static inline void made_close(struct made *m) {
    vmm_bcd_close(m->bcd);
    vmm_hive_close(m->hive);
    free(m->bytes);
    *m = (struct made){0};
}

static inline struct made made_open(uint8_t *bytes, size_t len) {
    struct vmm_error err = {0};
    struct made m = {.bytes = bytes, .len = len, .hive = vmm_hive_open(bytes, len, NULL, &err)};
    if (m.hive == NULL) fail_msg("%s", err.message);
    m.bcd = vmm_bcd_open(m.hive, &err);
    if (m.bcd == NULL) fail_msg("%s", err.message);
    return m;
}

static inline struct vmm_hive_builder *new_store(void) {
    struct vmm_hive_builder *b = vmm_builder_new("NewStoreRoot", 3);
    vmm_builder_string(b, "Description", "KeyName", VMM_REG_SZ, "BCD00000000");
    vmm_builder_key(b, "Objects");
    return b;
}

static inline struct made finish(struct vmm_hive_builder *b) {
    size_t len;
    uint8_t *bytes = vmm_builder_finish(b, 5, &len);
    return made_open(bytes, len);
}

static inline void object(struct vmm_hive_builder *b, const char *guid, uint32_t type) {
    char *path = vmm_printf("Objects\\%s\\Description", guid);
    vmm_builder_dword(b, path, "Type", type);
    free(path);
    path = vmm_printf("Objects\\%s\\Elements", guid);
    vmm_builder_key(b, path);
    free(path);
}

static inline void raw(struct vmm_hive_builder *b, const char *guid, const char *id, uint32_t type, const void *data, size_t len) {
    char *path = vmm_printf("Objects\\%s\\Elements\\%s", guid, id);
    vmm_builder_set(b, path, "Element", type, data, len);
    free(path);
}

static inline void text(struct vmm_hive_builder *b, const char *guid, const char *id, const char *value) {
    char *path = vmm_printf("Objects\\%s\\Elements\\%s", guid, id);
    vmm_builder_string(b, path, "Element", VMM_REG_SZ, value);
    free(path);
}

static inline void yes(struct vmm_hive_builder *b, const char *guid, const char *id, bool on) {
    raw(b, guid, id, VMM_REG_BINARY, on ? "\1" : "\0", 1);
}

static inline void integer(struct vmm_hive_builder *b, const char *guid, const char *id, uint64_t n, size_t len) {
    uint8_t bytes[8];
    vmm_put64(bytes, n);
    raw(b, guid, id, VMM_REG_BINARY, bytes, len);
}

/* A list of GUIDs, NULL at the end. */
static inline void list(struct vmm_hive_builder *b, const char *guid, const char *id, ...) {
    struct vmm_buf out = {0};
    va_list items;
    va_start(items, id);
    for (const char *item; (item = va_arg(items, const char *));) {
        size_t n;
        uint8_t *wide = vmm_utf8_to_utf16(item, &n);
        vmm_buf_add(&out, wide, n);
        vmm_buf_add(&out, "\0", 2);
        free(wide);
    }
    va_end(items);
    vmm_buf_add(&out, "\0", 2);
    raw(b, guid, id, VMM_REG_MULTI_SZ, out.data, out.len);
    vmm_buf_free(&out);
}

static inline void device(struct vmm_hive_builder *b, const char *guid, const char *id, const char *hex) {
    size_t len;
    uint8_t *data = vmm_unhex(hex, &len);
    raw(b, guid, id, VMM_REG_BINARY, data, len);
    free(data);
}

/* ---- device elements, as hex ---- */
#define Z4 "00000000"
#define Z16 "00000000000000000000000000000000"
#define BOOT_FRAME                                                                                                                 \
    "0500000000000000"                                                                                                             \
    "48000000" Z4 Z16 Z16 Z16 "0000000000000000"
#define BOOT_DEVICE Z16 BOOT_FRAME
/* 11111111-2222-3333-4444-555555555555 on the disk 66666666-7777-8888-9999-aaaaaaaaaaaa */
#define GPT_FRAME                                                                                                                  \
    "0600000000000000"                                                                                                             \
    "48000000" Z4 "11111111222233334444555555555555" Z4 Z4 "666666667777888899"                                                    \
    "99aaaaaaaaaaaa" Z16
#define GPT_DEVICE Z16 GPT_FRAME
/* the example of a real stick: signature 28cd42d6, byte 8005877760 */
#define MBR_FRAME                                                                                                                  \
    "0600000000000000"                                                                                                             \
    "48000000" Z4 "000030dd010000000000000000000000" Z4 "01000000"                                                                 \
    "d642cd28000000000000000000000000" Z16
#define MBR_DEVICE Z16 MBR_FRAME

/* The bytes of a device with a path in it: HEX up to the descriptor's size field at SIZE_AT is patched, a path header at HEADER_AT
 * too (0: none). */
static inline char *path_device(const char *hex, const char *path, size_t header_at) {
    size_t len, bytes;
    uint8_t *head = vmm_unhex(hex, &len), *wide = vmm_utf8_to_utf16(path, &bytes);
    struct vmm_buf out = {0};
    vmm_buf_add(&out, head, len);
    vmm_buf_add(&out, wide, bytes);
    vmm_buf_add(&out, "\0", 2);
    vmm_put32(out.data + 0x18, (uint32_t)(out.len - 16));
    if (header_at) vmm_put32(out.data + header_at + 4, (uint32_t)(out.len - header_at));
    char *result = vmm_hex(out.data, out.len);
    vmm_buf_free(&out);
    free(head);
    free(wide);
    return result;
}

/* ramdisk: options {7619dcc8-...} */
#define RAMDISK_HEAD(parent)                                                                                                       \
    "c8dc1976fefad911b411000476eba25f" Z4 "01000000" Z4 Z4 "03000000" Z16 Z4 "01000000" Z4 "05000000" parent

/* ---- the corpus ---- */
#define CORPUS "../shared/corpus"

/* Calls FN with each file of a corpus folder that is no log and no list; the number of files, 0 when the folder is not there. */
static inline size_t each_file(const char *folder, void (*fn)(const char *name, uint8_t *bytes, size_t len)) {
    struct dirent **names;
    size_t done = 0;
    int n = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        uint8_t *bytes;
        size_t len;
        char *path = vmm_printf("%s/%s", folder, name);
        if (name[0] != '.' && strstr(name, ".LOG") == NULL && strstr(name, ".tsv") == NULL && strstr(name, ".xz") == NULL &&
            vmm_file_read(path, 64u << 20, &bytes, &len, NULL) == 0) {
            fn(name, bytes, len);
            free(bytes);
            done++;
        }
        free(path);
        free(names[i]);
    }
    if (n >= 0) free(names);
    return done;
}
#endif
