/* Keys of BitLocker volumes: told apart by their form, checked before anything is opened with them, wiped when done with.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmmedic/unlock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

enum { GROUPS = 8, DIGITS = 6, RECOVERY = GROUPS * DIGITS + GROUPS - 1, LIKELY = 20 };
enum { ELEVEN = 11, GROUP_END = 720896 }; /* 11 times 65536 */

/* ---- the recovery password ---- */

/* Digits, blanks and dashes only, and too many digits for a passphrase of that sort. */
static bool looks_like_recovery(const char *s, size_t len) {
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) {
        if (isdigit((unsigned char)s[i])) digits++;
        else if (s[i] != '-' && s[i] != ' ' && s[i] != '\t') return false;
    }
    return digits >= LIKELY;
}

/* Takes the groups apart: GROUPS of DIGITS with dashes or blanks between them, or all digits in a row. NULL or what is wrong. OUT has room for RECOVERY + 1. */
static char *take_groups(const char *s, size_t len, char out[RECOVERY + 1]) {
    size_t digits = 0, separators = 0, group = 0, in_group = 0;
    for (size_t i = 0; i < len; i++) {
        digits += isdigit((unsigned char)s[i]) != 0;
        separators += !isdigit((unsigned char)s[i]) && digits && digits < GROUPS * DIGITS;
    }
    char *fault = NULL;
    memset(out, 0, RECOVERY + 1);
    for (size_t i = 0; i < len && fault == NULL; i++) {
        if (isdigit((unsigned char)s[i])) {
            if (in_group == DIGITS && separators == 0 && group + 1 < GROUPS) group++, in_group = 0;
            if (in_group == DIGITS) fault = vmm_printf(_("Group %zu of the recovery password has too many digits: each has 6."), group + 1);
            else out[group * (DIGITS + 1) + in_group++] = s[i];
        } else if (in_group == DIGITS && group + 1 < GROUPS) {
            group++;
            in_group = 0;
        } else if (in_group > 0 && in_group < DIGITS) {
            fault = vmm_printf(_("Group %zu of the recovery password has %zu digits: each has 6."), group + 1, in_group);
        }
    }
    if (fault == NULL && (group + 1 != GROUPS || in_group != DIGITS))
        fault = in_group && in_group != DIGITS && separators
                    ? vmm_printf(_("Group %zu of the recovery password has %zu digits: each has 6."), group + 1, in_group)
                    : vmm_printf(_("The recovery password has 48 digits in 8 groups; %zu digits were typed."), digits);
    for (size_t g = 1; fault == NULL && g < GROUPS; g++) out[g * (DIGITS + 1) - 1] = '-';
    return fault;
}

static char *check_groups(const char text[RECOVERY + 1]) {
    for (size_t g = 0; g < GROUPS; g++) {
        unsigned n = 0;
        for (size_t i = 0; i < DIGITS; i++) n = n * 10 + (unsigned)(text[g * (DIGITS + 1) + i] - '0');
        if (n % ELEVEN != 0 || n >= GROUP_END) return vmm_printf(_("Group %zu of the recovery password is mistyped: its check does not come out."), g + 1);
    }
    return NULL;
}

static char *normal_form(const char *s, size_t len, char out[RECOVERY + 1]) {
    char *fault = take_groups(s, len, out);
    return fault ? fault : check_groups(out);
}

char *vmm_recovery_fault(const char *text) {
    char form[RECOVERY + 1];
    size_t len = strlen(text);
    char *fault = looks_like_recovery(text, len) ? normal_form(text, len, form) : NULL;
    explicit_bzero(form, sizeof form);
    return fault;
}

/* ---- keys ---- */

/* A startup key file is one FVE metadata block: its size, version 1, the size of its header, its size again. */
static bool is_bek(const uint8_t *d, size_t len) {
    return len >= 48 && len <= VMM_UNLOCK_MAX && vmm_le32(d) == len && vmm_le32(d + 4) == 1 && vmm_le32(d + 8) == 48 && vmm_le32(d + 12) == len;
}

static struct vmm_unlock *make(enum vmm_unlock_kind kind, const void *data, size_t len) {
    struct vmm_unlock *k = vmm_alloc(1, sizeof *k);
    k->kind = kind;
    k->len = len;
    k->data = vmm_memdup(data, len);
    return k;
}

struct vmm_unlock *vmm_unlock_new(const void *data, size_t len, struct vmm_error *err) {
    const char *text = data;
    char form[RECOVERY + 1];
    if (is_bek(data, len)) return make(VMM_UNLOCK_BEK, data, len);
    if (len && text[len - 1] == '\n') len--;
    if (len && text[len - 1] == '\r') len--;
    if (len == 0) {
        vmm_fail(err, VMM_E_USAGE, NULL, _("the key is empty"));
        return NULL;
    }
    if (len > VMM_UNLOCK_MAX || memchr(text, 0, len) || memchr(text, '\n', len)) {
        vmm_fail(err, VMM_E_USAGE, _("The recovery password, or the password, alone on one line; or a .BEK file as it is."), _("this is no key of BitLocker"));
        return NULL;
    }
    if (!looks_like_recovery(text, len)) return make(VMM_UNLOCK_PASSPHRASE, text, len);
    char *fault = normal_form(text, len, form);
    struct vmm_unlock *k = fault ? NULL : make(VMM_UNLOCK_RECOVERY, form, RECOVERY);
    if (fault) vmm_fail(err, VMM_E_USAGE, _("Look at that group again and type the whole recovery password once more."), "%s", fault);
    free(fault);
    explicit_bzero(form, sizeof form);
    return k;
}

struct vmm_unlock *vmm_unlock_read(const char *path, struct vmm_error *err) {
    uint8_t data[VMM_UNLOCK_MAX + 1];
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t r = fd < 0 ? -1 : 1;
    while (r > 0 && n < sizeof data) {
        r = read(fd, data + n, sizeof data - n);
        if (r < 0 && errno == EINTR) r = 1;
        else if (r > 0) n += (size_t)r;
    }
    int e = errno;
    if (fd >= 0) close(fd);
    struct vmm_unlock *k = NULL;
    if (r < 0) vmm_fail(err, e == ENOENT ? VMM_E_NOT_FOUND : VMM_E_USAGE, NULL, _("reading the key from %s: %s"), path, strerror(e));
    else if (n > VMM_UNLOCK_MAX) vmm_fail(err, VMM_E_USAGE, NULL, _("%s is too long for a key"), path);
    else k = vmm_unlock_new(data, n, err);
    explicit_bzero(data, sizeof data);
    return k;
}

struct vmm_unlock *vmm_unlock_copy(const struct vmm_unlock *k) { return k ? make(k->kind, k->data, k->len) : NULL; }

void vmm_unlock_free(struct vmm_unlock *k) {
    if (k == NULL) return;
    vmm_wiping_free(k->data);
    vmm_wiping_free(k);
}

json_t *vmm_unlock_json(const struct vmm_unlock *k) {
    char *hex = vmm_alloc(2 * k->len + 1, 1);
    for (size_t i = 0; i < k->len; i++) {
        static const char digits[] = "0123456789abcdef";
        hex[2 * i] = digits[k->data[i] >> 4];
        hex[2 * i + 1] = digits[k->data[i] & 15];
    }
    json_t *j = json_pack("{s:s}", "secret", hex);
    vmm_wiping_free(hex);
    return j;
}

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

struct vmm_unlock *vmm_unlock_from_json(const json_t *j, struct vmm_error *err) {
    const char *hex = json_string_value(json_object_get(j, "secret"));
    size_t len = hex ? strlen(hex) / 2 : 0;
    if (j == NULL || json_is_null(j)) return NULL;
    bool good = hex && len > 0 && len <= VMM_UNLOCK_MAX && strlen(hex) % 2 == 0;
    uint8_t *data = vmm_alloc(len + 1, 1);
    for (size_t i = 0; good && i < len; i++) {
        int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);
        good = high >= 0 && low >= 0;
        if (good) data[i] = (uint8_t)(high << 4 | low);
    }
    struct vmm_unlock *k = good ? vmm_unlock_new(data, len, err) : NULL;
    if (!good) vmm_fail(err, VMM_E_USAGE, NULL, _("this is no key of BitLocker"));
    vmm_wiping_free(data);
    return k;
}
