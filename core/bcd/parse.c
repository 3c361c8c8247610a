/* Values as people type them, made into registry data: booleans, integers and their words, strings, objects, lists.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bcd/room.h"

#define STRING_MAX 4000 /* UTF-16 units */
#define LIST_SPACE " \t,;"

/* Decimal or 0x. */
static bool number(const char *text, uint64_t *n) {
    bool hex = strncasecmp(text, "0x", 2) == 0;
    const char *digits = hex ? text + 2 : text;
    if (*digits == '\0' || strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits)) return false;
    errno = 0;
    *n = strtoull(digits, NULL, hex ? 16 : 10);
    return errno == 0;
}

static int boolean(const struct vmm_bcd_element_info *info, const char *value, uint8_t **data, size_t *len, struct vmm_error *err) {
    static const char *const words[2][4] = {{"off", "no", "false", "0"}, {"on", "yes", "true", "1"}};
    for (uint8_t answer = 0; answer < 2; answer++)
        for (size_t i = 0; i < 4; i++)
            if (strcasecmp(value, words[answer][i]) == 0) {
                *data = vmm_memdup(&answer, 1);
                *len = 1;
                return 0;
            }
    return vmm_fail(err, VMM_E_USAGE, _("Use yes or no (also on or off, true or false, 1 or 0)."),
                    _("\"%s\" is no value for %s, which is yes or no"), value, info->name ? info->name : _("the element"));
}

static int integer(const struct vmm_bcd_element_info *info, const char *value, uint8_t **data, size_t *len, struct vmm_error *err) {
    uint64_t n;
    const char *name = info->name ? info->name : _("the element");
    if (info->values == NULL) {
        if (!number(value, &n))
            return vmm_fail(err, VMM_E_USAGE, _("Use a number, decimal or with 0x in front."),
                            _("\"%s\" is no value for %s, which is a number"), value, name);
    } else if (!vmm_bcd_number(info->values, value, &n)) { /* words first: some of them look like numbers */
        char *known = number(value, &n) ? vmm_bcd_word(info->values, n) : NULL;
        bool is_known = known != NULL;
        free(known);
        if (!is_known) {
            char *words = vmm_bcd_words(info->values), *hint = vmm_printf(_("Use one of: %s."), words);
            vmm_fail(err, VMM_E_USAGE, hint, _("\"%s\" is no value for %s"), value, name);
            free(words);
            free(hint);
            return -1;
        }
    }
    *data = vmm_alloc(1, 8);
    vmm_put64(*data, n);
    *len = 8;
    return 0;
}

static int string(const struct vmm_bcd_element_info *info, const char *value, uint8_t **data, size_t *len, struct vmm_error *err) {
    const char *name = info->name ? info->name : _("the element");
    if (*value == '\0')
        return vmm_fail(err, VMM_E_USAGE, _("To take the element away, delete it."), _("an empty text is no value for %s"), name);
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            return vmm_fail(err, VMM_E_USAGE, NULL, _("the text for %s has a control character in it"), name);
    size_t bytes;
    uint8_t *text = vmm_utf8_to_utf16(value, &bytes);
    if (text == NULL) return vmm_fail(err, VMM_E_USAGE, NULL, _("the text for %s is not valid UTF-8"), name);
    if (bytes > 2 * STRING_MAX) {
        free(text);
        return vmm_fail(err, VMM_E_USAGE, NULL, _("the text for %s is longer than %d characters"), name, STRING_MAX);
    }
    *data = vmm_realloc(text, bytes + 2, 1);
    memset(*data + bytes, 0, 2);
    *len = bytes + 2;
    return 0;
}

/* What kind of object an element refers to: the mask and type it must have, and what to call it. */
static const struct reference {
    enum vmm_bcd_app app; /* of the element's row */
    uint32_t id, mask, type;
    const char *what;
} references[] = {
    {VMM_APP_LIBRARY, VMM_BCD_INHERIT, 0xf0000000, 0x20000000, N_("an object with settings to inherit, like {globalsettings}")},
    {VMM_APP_LIBRARY, 0x14000008, 0xf0000000, 0x10000000, N_("an entry that can be started")},
    {VMM_APP_BOOTMGR, VMM_BCD_DEFAULT, 0xf0000000, 0x10000000, N_("an entry that can be started")},
    {VMM_APP_BOOTMGR, 0x23000006, 0xffffffff, 0x10200004, N_("an entry that resumes from hibernation")},
    {VMM_APP_BOOTMGR, VMM_BCD_DISPLAYORDER, 0xf0000000, 0x10000000, N_("an entry that can be started")},
    {VMM_APP_BOOTMGR, 0x24000002, 0xf0000000, 0x10000000, N_("an entry that can be started")},
    {VMM_APP_BOOTMGR, 0x24000007, 0xf0000000, 0x10000000, N_("an entry that can be started")},
    {VMM_APP_BOOTMGR, 0x24000010, 0xf0000000, 0x10000000, N_("an entry that can be started")},
    {VMM_APP_OSLOADER, 0x23000003, 0xffffffff, 0x10200004, N_("an entry that resumes from hibernation")},
};

/* The GUID to store for one object that a value names; it must exist and be of the right kind. */
static const char *referred(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element_info *info,
                            const char *id, struct vmm_error *err) {
    const struct vmm_bcd_object *to = vmm_bcd_resolve(b, id, err);
    const char *name = info->name ? info->name : _("the element");
    if (to == NULL) {
        if (err) vmm_fail_prefix(err, _("a value for %s"), name);
        return NULL;
    }
    if (to == o) {
        vmm_fail(err, VMM_E_USAGE, NULL, _("%s of %s cannot name the object itself"), name, o->guid);
        return NULL;
    }
    for (size_t i = 0; i < VMM_COUNT(references); i++) {
        const struct reference *r = &references[i];
        if (r->app != info->app || r->id != info->id || (to->type & r->mask) == r->type) continue;
        char *called = vmm_bcd_called(b, to);
        vmm_fail(err, VMM_E_USAGE, NULL, _("%s cannot name %s: it must be %s"), name, called, _(r->what));
        free(called);
        return NULL;
    }
    return to->guid;
}

/* The next piece of a list; NULL at its end. The caller frees. */
static char *next_piece(const char **at) {
    *at += strspn(*at, LIST_SPACE);
    size_t n = strcspn(*at, LIST_SPACE);
    if (n == 0) return NULL;
    char *piece = vmm_strndup(*at, n);
    *at += n;
    return piece;
}

static int empty_list(const struct vmm_bcd_element_info *info, struct vmm_error *err) {
    return vmm_fail(err, VMM_E_USAGE, _("To take the element away, delete it."), _("an empty list is no value for %s"),
                    info->name ? info->name : _("the element"));
}

static int objects(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element_info *info,
                   const char *value, uint8_t **data, size_t *len, struct vmm_error *err) {
    struct vmm_buf out = {0};
    char *piece;
    while ((piece = next_piece(&value))) {
        const char *guid = referred(b, o, info, piece, err);
        free(piece);
        if (guid == NULL) {
            vmm_buf_free(&out);
            return -1;
        }
        size_t bytes;
        uint8_t *text = vmm_utf8_to_utf16(guid, &bytes);
        vmm_buf_add(&out, text, bytes);
        vmm_buf_add(&out, "\0", 2);
        free(text);
    }
    if (out.len == 0) return empty_list(info, err);
    vmm_buf_add(&out, "\0", 2);
    *len = out.len;
    *data = (uint8_t *)vmm_buf_steal(&out);
    return 0;
}

static int integers(const struct vmm_bcd_element_info *info, const char *value, uint8_t **data, size_t *len,
                    struct vmm_error *err) {
    struct vmm_buf out = {0};
    char *piece;
    while ((piece = next_piece(&value))) {
        uint64_t n;
        if (!number(piece, &n)) {
            vmm_fail(err, VMM_E_USAGE, _("Use numbers, decimal or with 0x in front, separated by spaces."),
                     _("\"%s\" is no number"), piece);
            free(piece);
            vmm_buf_free(&out);
            return -1;
        }
        free(piece);
        uint8_t bytes[8];
        vmm_put64(bytes, n);
        vmm_buf_add(&out, bytes, 8);
    }
    if (out.len == 0) return empty_list(info, err);
    *len = out.len;
    *data = (uint8_t *)vmm_buf_steal(&out);
    return 0;
}

int vmm_bcd_parse(const struct vmm_bcd *b, const struct vmm_bcd_object *o, const struct vmm_bcd_element_info *info,
                  const char *value, uint32_t *type, uint8_t **data, size_t *len, struct vmm_error *err) {
    *type = VMM_REG_BINARY;
    switch (vmm_bcd_format_of(info->id)) {
    case VMM_BCD_STRING: *type = VMM_REG_SZ; return string(info, value, data, len, err);
    case VMM_BCD_OBJECT: {
        *type = VMM_REG_SZ;
        const char *guid = referred(b, o, info, value, err);
        return guid ? string(info, guid, data, len, err) : -1;
    }
    case VMM_BCD_OBJECT_LIST: *type = VMM_REG_MULTI_SZ; return objects(b, o, info, value, data, len, err);
    case VMM_BCD_INTEGER: return integer(info, value, data, len, err);
    case VMM_BCD_BOOLEAN: return boolean(info, value, data, len, err);
    case VMM_BCD_INTEGER_LIST: return integers(info, value, data, len, err);
    default:
        return vmm_fail(err, VMM_E_UNSUPPORTED, NULL, _("values of %s cannot be written"),
                        info->name ? info->name : _("the element"));
    }
}
