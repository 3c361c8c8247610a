/* Addresses and prefixes of security rules, and the tags that stand for them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cloud/nsg.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool nsg_address_parse(const char *text, struct nsg_address *out) {
    *out = (struct nsg_address){0};
    if (inet_pton(AF_INET, text, out->byte + 12) == 1) {
        memcpy(out->byte, mapped, sizeof mapped);
        out->v4 = true;
        return true;
    }
    if (inet_pton(AF_INET6, text, out->byte) != 1) return false;
    out->v4 = memcmp(out->byte, mapped, sizeof mapped) == 0;
    return true;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, int bits) {
    int whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, (size_t)whole) != 0) return false;
    return rest == 0 || (a[whole] >> (8 - rest)) == (b[whole] >> (8 - rest));
}

/* What no client on the Internet has. */
static const struct {
    const char *base;
    int bits; /* of the 128 */
} not_public[] = {
    {"0.0.0.0", 104}, {"10.0.0.0", 104}, {"100.64.0.0", 106}, {"127.0.0.0", 104}, {"169.254.0.0", 112}, {"172.16.0.0", 108}, {"192.168.0.0", 112}, {"224.0.0.0", 100},
    {"240.0.0.0", 100}, {"::", 127}, {"fc00::", 7}, {"fe80::", 10}, {"ff00::", 8},
};

bool nsg_address_public(const struct nsg_address *a) {
    for (size_t i = 0; i < VMM_COUNT(not_public); i++) {
        struct nsg_address base;
        nsg_address_parse(not_public[i].base, &base);
        if (same_bits(a->byte, base.byte, not_public[i].bits)) return false;
    }
    return true;
}

static const struct {
    const char *name;
    enum nsg_prefix_kind kind;
} tags[] = {{"*", PREFIX_ANY}, {"Any", PREFIX_ANY}, {"Internet", PREFIX_INTERNET}, {"VirtualNetwork", PREFIX_VNET}, {"AzureLoadBalancer", PREFIX_BALANCER}};

static bool is_tag_name(const char *text) {
    if (!isalpha((unsigned char)text[0]) || strlen(text) > 128) return false;
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) return false;
    return true;
}

static bool parse_cidr(const char *text, struct nsg_prefix *out) {
    char address[64];
    size_t n = strcspn(text, "/");
    if (n >= sizeof address) return false;
    memcpy(address, text, n);
    address[n] = '\0';
    if (!nsg_address_parse(address, &out->base)) return false;
    bool four = strchr(address, ':') == NULL;
    int width = four ? 32 : 128, bits = width;
    if (text[n] == '/') {
        char *end;
        if (!isdigit((unsigned char)text[n + 1])) return false;
        long b = strtol(text + n + 1, &end, 10);
        if (*end || b < 0 || b > width) return false;
        bits = (int)b;
    }
    out->kind = bits == 0 ? PREFIX_ANY : PREFIX_CIDR;
    out->family = four ? 4 : 6;
    out->bits = four ? bits + 96 : bits;
    return true;
}

bool nsg_prefix_parse(const char *text, struct nsg_prefix *out) {
    *out = (struct nsg_prefix){0};
    bool good = false;
    for (size_t i = 0; i < VMM_COUNT(tags) && !good; i++)
        if (strcasecmp(tags[i].name, text) == 0) {
            out->kind = tags[i].kind;
            good = true;
        }
    if (!good) good = parse_cidr(text, out);
    if (!good && is_tag_name(text)) {
        out->kind = PREFIX_TAG;
        good = true;
    }
    if (good) out->text = vmm_safe_text(text);
    return good;
}

bool nsg_prefix_has(const struct nsg_prefix *p, const struct nsg_address *a) {
    if (p->kind == PREFIX_ANY) return p->family == 0 || (p->family == 4) == a->v4;
    return p->kind == PREFIX_CIDR && same_bits(p->base.byte, a->byte, p->bits);
}
