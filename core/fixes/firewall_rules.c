/* Rules of the Windows firewall as the registry keeps them: "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|...". Read for one question, whether
 * a rule concerns the RDP service on a TCP port, and edited one token at a time, so that everything else of a rule stays as it was.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/firewall_rules.h"

#define TCP 6

static bool is(const char *value, size_t n, const char *word) { return strlen(word) == n && strncasecmp(value, word, n) == 0; }

static bool ends_with(const char *value, size_t n, const char *end) { return n >= strlen(end) && strncasecmp(value + n - strlen(end), end, strlen(end)) == 0; }

/* "3389", "3380-3390" */
static bool port_in(const char *value, size_t n, uint32_t port) {
    char *text = vmm_strndup(value, n), *dash = NULL;
    unsigned long low = strtoul(text, &dash, 10), high = *dash == '-' ? strtoul(dash + 1, NULL, 10) : low;
    bool in = dash != text && port >= low && port <= high;
    free(text);
    return in;
}

struct vmm_firewall_rule vmm_firewall_read(const char *text, uint32_t port) {
    struct vmm_firewall_rule r = {.well_formed = (text[0] == 'v' || text[0] == 'V') && strchr(text, '|'), .in = true};
    bool tcp = true, ports = false, port_meant = false, service = true;
    for (const char *p = text; *p;) {
        size_t whole = strcspn(p, "|"), name = strcspn(p, "=|");
        const char *value = p + name + (p[name] == '=');
        size_t n = name < whole ? whole - name - 1 : 0;
        if (is(p, name, "Action")) {
            r.allow = is(value, n, "Allow");
            r.block = is(value, n, "Block");
            r.secure = is(value, n, "Secure") || is(value, n, "SecureServer");
        } else if (is(p, name, "Active")) r.active = is(value, n, "TRUE");
        else if (is(p, name, "Dir")) r.in = is(value, n, "In");
        else if (is(p, name, "Protocol")) tcp = strtoul(value, NULL, 10) == TCP || strtoul(value, NULL, 10) == 256;
        else if (strncasecmp(p, "LPort", 5) == 0 || strncasecmp(p, "EP1Port", 7) == 0) {
            ports = true;
            port_meant = port_meant || port_in(value, n, port);
        } else if (is(p, name, "App")) service = service && (ends_with(value, n, "svchost.exe") || is(value, n, "System"));
        else if (is(p, name, "Svc")) service = service && (is(value, n, "termservice") || is(value, n, "*"));
        else if (strncasecmp(p, "RA4", 3) == 0 || strncasecmp(p, "RA6", 3) == 0 || strncasecmp(p, "LA4", 3) == 0 || strncasecmp(p, "LA6", 3) == 0 || strncasecmp(p, "IF", 2) == 0 ||
                 strncasecmp(p, "RPort", 5) == 0 || strncasecmp(p, "EP1_", 4) == 0 || strncasecmp(p, "EP2", 3) == 0 || strncasecmp(p, "RemoteTunnel", 12) == 0 ||
                 strncasecmp(p, "LocalTunnel", 11) == 0)
            r.scoped = true;
        else if (is(p, name, "Profile")) {
            r.profiles++;
            r.public_profile = r.public_profile || is(value, n, "Public");
        }
        p += whole + (p[whole] == '|');
    }
    r.concerns = r.well_formed && r.in && tcp && service && (!ports || port_meant);
    return r;
}

char *vmm_firewall_with(const char *text, const char *name, const char *value) {
    struct vmm_buf b = {0};
    bool done = false;
    for (const char *p = text; *p;) {
        size_t whole = strcspn(p, "|"), n = strcspn(p, "=|");
        if (n < whole && is(p, n, name)) {
            if (!done) vmm_buf_fmt(&b, "%s=%s|", name, value);
            done = true;
        } else {
            vmm_buf_add(&b, p, whole);
            vmm_buf_str(&b, p[whole] == '|' ? "|" : "");
        }
        p += whole + (p[whole] == '|');
    }
    if (!done) vmm_buf_fmt(&b, "%s%s=%s|", b.len && b.data[b.len - 1] != '|' ? "|" : "", name, value);
    return vmm_buf_steal(&b);
}

int vmm_firewall_each(const struct vmm_hive *h, const char *path, uint32_t port, vmm_firewall_fn fn, void *ctx, struct vmm_error *err) {
    vmm_key key;
    struct vmm_value *list;
    size_t count;
    int r = 0;
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), path, &key);
    if (a == VMM_NOT_SET) return 0;
    if (a < 0) return vmm_fail(err, VMM_E_BROKEN, NULL, _("the key %s cannot be read"), path);
    if (vmm_key_values(h, key, &list, &count, err) < 0) return -1;
    for (size_t i = 0; i < count; i++) {
        char *text = list[i].type == VMM_REG_SZ && list[i].name ? vmm_utf16_to_utf8(list[i].data, list[i].len) : NULL;
        if (text && r == 0) {
            size_t n = strlen(text);
            while (n && text[n - 1] == ' ') text[--n] = '\0';
            const struct vmm_firewall_rule rule = vmm_firewall_read(text, port);
            r = fn(ctx, list[i].name, text, &rule, err);
        }
        free(text);
        vmm_value_clear(&list[i]);
    }
    free(list);
    return r;
}
