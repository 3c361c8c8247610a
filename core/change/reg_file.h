/* A .reg file as a list of what it asks for.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_CHANGE_REG_FILE_H
#define VMM_CHANGE_REG_FILE_H
#include "change/room.h"

#define VMM_REG_ITEMS_MAX 2000          /* values and keys; far more than a repair has */
#define VMM_REG_DATA_MAX (1u << 20)     /* bytes of one value; a hive takes less, and says so itself */
#define VMM_REG_NAME_MAX 1024           /* bytes of a name of a value, and of one part of a key */
#define VMM_REG_KEY_MAX 4096

enum vmm_reg_op { VMM_REG_KEY, VMM_REG_DELETE_KEY, VMM_REG_SET, VMM_REG_DELETE };

struct vmm_reg_item {
    enum vmm_reg_op op;
    unsigned line;
    char *key;  /* as written, without the brackets: "HKEY_LOCAL_MACHINE\SYSTEM\..." */
    char *name; /* of the value, "" the default one; NULL for keys */
    uint32_t type;
    uint8_t *data;
    size_t len;
};
struct vmm_reg_file {
    struct vmm_reg_item *list;
    size_t count;
};
/* 0, or -1 and *err with the number of the first line that is not understood. NAME is for the messages. */
int vmm_reg_read(const char *name, const void *data, size_t len, struct vmm_reg_file *out, struct vmm_error *err);
void vmm_reg_file_clear(struct vmm_reg_file *f);
#endif
