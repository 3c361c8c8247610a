/* The key of a BitLocker volume: the recovery password of 48 digits, a passphrase, or a startup key file (.BEK). Held in one place and wiped when freed.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_UNLOCK_H
#define VMMEDIC_UNLOCK_H
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "vmmedic/error.h"

#define VMM_UNLOCK_MAX 4096 /* bytes; a .BEK file has 156, a passphrase at most 256 characters */

enum vmm_unlock_kind { VMM_UNLOCK_RECOVERY, VMM_UNLOCK_PASSPHRASE, VMM_UNLOCK_BEK };

struct vmm_unlock {
    enum vmm_unlock_kind kind;
    size_t len;
    uint8_t *data; /* a recovery password is always eight groups with dashes between them */
};

/* What is wrong with a recovery password, naming the group, never its digits; NULL: nothing, or TEXT is no recovery password at all. Each of the eight
 * groups of six digits is a 16-bit number times 11. The caller frees. */
char *vmm_recovery_fault(const char *text);

/* The key in these bytes, as typed or as a file holds them: told by their form. One line end at the end of a text does not count. NULL and VMM_E_USAGE when
 * it can be none. The caller frees with vmm_unlock_free. */
struct vmm_unlock *vmm_unlock_new(const void *data, size_t len, struct vmm_error *err);
/* The same from a file; "-" is standard input. */
struct vmm_unlock *vmm_unlock_read(const char *path, struct vmm_error *err);
struct vmm_unlock *vmm_unlock_copy(const struct vmm_unlock *k); /* NULL gives NULL */
void vmm_unlock_free(struct vmm_unlock *k); /* wipes; NULL is fine */

/* For a request to the worker: {"secret":HEX}, and back. NULL when J is none, with *err set when it is a broken one. */
json_t *vmm_unlock_json(const struct vmm_unlock *k);
struct vmm_unlock *vmm_unlock_from_json(const json_t *j, struct vmm_error *err);
#endif
