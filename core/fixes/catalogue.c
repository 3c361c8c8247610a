/* The catalogue: one line an article. Its file defines a table vmm_fixes_NAME that ends with an entry without an id.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <strings.h>

#include "fixes/room.h"

/* In the order people see. */
#define ARTICLES(ARTICLE)    \
    ARTICLE(safe_mode)        \
    ARTICLE(safe_mode_on)     \
    ARTICLE(rdp_access)       \
    ARTICLE(rdp_port)         \
    ARTICLE(rdp_certificate)  \
    ARTICLE(rdp_disconnects)  \
    ARTICLE(rdp_junk)         \
    ARTICLE(services)         \
    ARTICLE(firewall)         \
    ARTICLE(ipsec)            \
    ARTICLE(network_card)    \
    ARTICLE(network)          \
    ARTICLE(network_clients)  \
    ARTICLE(rdp_store)       \
    ARTICLE(tls)              \
    ARTICLE(logon)            \
    ARTICLE(profiles)         \
    ARTICLE(licensing)        \
    ARTICLE(boot_device)     \
    ARTICLE(boot_chain)       \
    ARTICLE(guest)            \
    ARTICLE(password)         \
    ARTICLE(serial_console)   \
    ARTICLE(crash_dump)       \
    ARTICLE(reports)

#define DECLARE(name) extern const struct vmm_fix vmm_fixes_##name[];
#define ENTER(name) vmm_fixes_##name,
ARTICLES(DECLARE)
static const struct vmm_fix *const tables[] = {ARTICLES(ENTER)};

const struct vmm_fix *vmm_fix_at(size_t index) {
    for (size_t t = 0; t < VMM_COUNT(tables); t++)
        for (const struct vmm_fix *f = tables[t]; f->id; f++)
            if (index-- == 0) return f;
    return NULL;
}

const struct vmm_fix *vmm_fix_by_id(const char *id) {
    const struct vmm_fix *f;
    for (size_t i = 0; (f = vmm_fix_at(i)); i++)
        if (strcasecmp(f->id, id) == 0) return f;
    return NULL;
}
