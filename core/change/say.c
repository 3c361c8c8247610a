/* A change in words: its place, its two values, and the diff that people read before anything is written.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/room.h"

#define BYTES_SHOWN 32

static const char *const type_words[] = {"REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_LINK", "REG_MULTI_SZ",
                                         "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD"};

const char *vmm_type_word(uint32_t type, char room[24]) {
    if (type < VMM_COUNT(type_words)) return type_words[type];
    snprintf(room, 24, "type 0x%x", type);
    return room;
}

const char *vmm_risk_word(enum vmm_risk r) {
    static const char *const words[] = {[VMM_RISK_LOW] = "low", [VMM_RISK_MEDIUM] = "medium", [VMM_RISK_HIGH] = "high"};
    return words[r];
}

/* ---- values ---- */

static char *bytes_text(const struct vmm_data *d) {
    if (d->len == 0) return vmm_strdup(_("(no data)"));
    char *hex = vmm_hex(d->data, d->len < BYTES_SHOWN ? d->len : BYTES_SHOWN);
    char *text = d->len <= BYTES_SHOWN ? vmm_strdup(hex) : vmm_printf(_("%s... (%zu bytes)"), hex, d->len);
    free(hex);
    return text;
}

static char *list_text(const struct vmm_data *d) {
    struct vmm_buf b = {0};
    for (size_t at = 0; at + 1 < d->len;) {
        size_t end = at;
        while (end + 1 < d->len && vmm_le16(d->data + end) != 0) end += 2;
        if (end == at) break;
        char *item = vmm_utf16_to_utf8(d->data + at, end - at);
        vmm_buf_fmt(&b, "%s\"%s\"", b.len ? ", " : "", item);
        free(item);
        at = end + 2;
    }
    if (b.len == 0) vmm_buf_str(&b, _("(empty list)"));
    return vmm_buf_steal(&b);
}

char *vmm_data_value_text(const struct vmm_data *d) {
    switch (d->type) {
    case VMM_REG_DWORD:
        if (d->len == 4) return vmm_printf("0x%x (%u)", vmm_le32(d->data), vmm_le32(d->data));
        break;
    case VMM_REG_QWORD:
        if (d->len == 8) return vmm_printf("0x%llx (%llu)", (unsigned long long)vmm_le64(d->data), (unsigned long long)vmm_le64(d->data));
        break;
    case VMM_REG_SZ:
    case VMM_REG_EXPAND_SZ: {
        char *s = vmm_utf16_to_utf8(d->data, d->len), *text = vmm_printf("\"%s\"", s);
        free(s);
        return text;
    }
    case VMM_REG_MULTI_SZ: return list_text(d);
    case VMM_REG_BINARY: return bytes_text(d);
    default: break;
    }
    char *hex = bytes_text(d), *text = vmm_printf(_("%s (of %zu bytes)"), hex, d->len);
    free(hex);
    return text;
}

static char *safe_and_free(char *text) {
    char *safe = vmm_safe_text(text);
    free(text);
    return safe;
}

char *vmm_data_text(const struct vmm_data *d) {
    char room[24];
    if (!d->present) return vmm_strdup(_("(not set)"));
    char *value = vmm_data_value_text(d), *text = vmm_printf("%s %s", vmm_type_word(d->type, room), value);
    free(value);
    return safe_and_free(text);
}

/* ---- elements of boot stores ---- */

static bool fits(uint32_t id, const struct vmm_data *d) {
    switch (id >> 24 & 15) {
    case VMM_BCD_STRING:
    case VMM_BCD_OBJECT: return d->type == VMM_REG_SZ && d->len >= 2;
    case VMM_BCD_OBJECT_LIST: return d->type == VMM_REG_MULTI_SZ;
    case VMM_BCD_INTEGER: return d->type == VMM_REG_BINARY && d->len >= 1 && d->len <= 8;
    case VMM_BCD_BOOLEAN: return d->type == VMM_REG_BINARY && d->len == 1;
    case VMM_BCD_INTEGER_LIST: return d->type == VMM_REG_BINARY && d->len >= 8 && d->len % 8 == 0;
    default: return d->type == VMM_REG_BINARY;
    }
}

struct vmm_bcd_element vmm_change_element(const struct vmm_change *c, const struct vmm_data *d) {
    return (struct vmm_bcd_element){.id = c->element, .reg_type = d->type, .data = d->data, .len = d->len, .bad = !fits(c->element, d)};
}

const struct vmm_bcd_object *vmm_change_object(const struct vmm_change *c, struct vmm_bcd_object *room) {
    const struct vmm_bcd_object *o = c->store->bcd ? vmm_bcd_object(c->store->bcd, c->guid) : NULL;
    if (o) return o;
    *room = (struct vmm_bcd_object){.type = 0x20100000}; /* the only kind that fixes make: inheritable settings */
    memcpy(room->guid, c->guid, sizeof room->guid);
    return room;
}

const char *vmm_change_element_name(const struct vmm_change *c, char room[24]) {
    struct vmm_bcd_object made;
    const struct vmm_bcd_element_info *i = vmm_bcd_element_by_id(vmm_bcd_app_of(vmm_change_object(c, &made)->type), c->element);
    if (i && i->name) return i->name;
    snprintf(room, 24, "custom:%08x", c->element);
    return room;
}

static char *value_words(const struct vmm_change *c, const struct vmm_data *d) {
    if (c->store->is_file) return vmm_file_text(c, d);
    struct vmm_bcd_object made;
    if (c->whole_key) return vmm_strdup(d->present ? _("the key, with all it holds") : _("(no such key)"));
    if (!d->present || !vmm_change_is_element(c) || c->store->bcd == NULL) return vmm_data_text(d);
    struct vmm_bcd_element e = vmm_change_element(c, d);
    if (e.bad) return vmm_data_text(d);
    return vmm_bcd_value_text(c->store->bcd, vmm_change_object(c, &made), &e, NULL);
}

char *vmm_change_before_text(const struct vmm_change *c) { return value_words(c, &c->before); }
char *vmm_change_after_text(const struct vmm_change *c) { return value_words(c, &c->after); }

char *vmm_change_place(const struct vmm_change *c) {
    char room[24];
    if (c->store->is_file) return vmm_strdup(_("(the whole file)"));
    if (vmm_change_is_element(c)) return vmm_printf("%s %s", c->guid, vmm_change_element_name(c, room));
    if (c->store->is_bcd && c->guid[0]) return vmm_printf(_("%s type of the object"), c->guid);
    if (c->whole_key) return safe_and_free(vmm_printf("%s\\", c->path));
    return safe_and_free(vmm_printf("%s!%s", c->path, *c->name ? c->name : "(Default)"));
}

/* ---- the diff ---- */

static bool first_of_store(const struct vmm_changes *c, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (c->list[k].store == c->list[i].store) return false;
    return true;
}

/* Each line of a value with its sign. */
static void say_lines(struct vmm_buf *b, char sign, const char *text) {
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, "\n");
        vmm_buf_fmt(b, "    %c %.*s\n", sign, (int)n, p);
        p += n;
        if (*p == '\0') return;
    }
}

static void say_change(struct vmm_buf *b, const struct vmm_change *c) {
    char *place = vmm_change_place(c), *before = vmm_change_before_text(c), *after = vmm_change_after_text(c);
    vmm_buf_fmt(b, "  %s  [%s]\n", place, c->fix);
    say_lines(b, '-', before);
    say_lines(b, '+', after);
    free(place);
    free(before);
    free(after);
}

char *vmm_changes_text(const struct vmm_changes *c) {
    struct vmm_buf b = {0};
    for (size_t i = 0; i < c->count; i++) {
        if (!first_of_store(c, i)) continue;
        if (b.len) vmm_buf_str(&b, "\n");
        vmm_buf_fmt(&b, "%s\n", c->list[i].store->label);
        char *replay = vmm_store_replay_text(c->list[i].store);
        if (replay) vmm_buf_fmt(&b, _("  (%s; it is written with these changes)\n"), replay);
        free(replay);
        for (size_t k = i; k < c->count; k++)
            if (c->list[k].store == c->list[i].store) say_change(&b, &c->list[k]);
    }
    return vmm_buf_steal(&b);
}
