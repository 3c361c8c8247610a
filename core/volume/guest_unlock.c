/* BitLocker in the appliance, by its cryptsetup. The key goes there through a file in memory on both sides, and that one is gone again before anything is read.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "volume/guest.h"
#include "volume/table.h"

#define KEY_FILE "/run/vmmedic-key" /* /run is in the appliance's memory; its /tmp is not */

/* cryptsetup's exit status for a key that does not fit. */
enum { NO_KEY_FITS = 2 };

/* ---- which keys it takes ---- */

static const struct {
    const char *says, *words;
    bool id; /* its identifier is what one looks for among many */
} protections[] = {
    {"VMK protected with recovery passphrase", N_("recovery password"), true},
    {"VMK protected with startup key", N_("startup key file (.BEK)"), true},
    {"VMK protected with passphrase", N_("password"), false},
    {"VMK protected with TPM and PIN", N_("TPM and PIN (only inside its own machine)"), false},
    {"VMK protected with TPM", N_("TPM (only inside its own machine)"), false},
    {"VMK protected with clear key", N_("none: protection is suspended"), false},
};

/* "recovery password (key ID 64311DEA-...), password" from what cryptsetup says; NULL when it says nothing. The text is the disk's. */
static char *protectors(char *dump) {
    struct vmm_buf b = {0};
    char guid[40] = "";
    for (char *rest = dump, *line; (line = strsep(&rest, "\n")) != NULL;) {
        char *value = strrchr(line, '\t');
        if (strncmp(line, "\tGUID:", 6) == 0 && value) {
            snprintf(guid, sizeof guid, "%.36s", value + 1);
            for (char *c = guid; *c; c++) *c = *c >= 'a' && *c <= 'f' ? (char)(*c - 32) : (*c >= '0' && *c <= '9') || *c == '-' ? *c : '?';
        }
        for (size_t i = 0; strncmp(line, "\tProtection:", 12) == 0 && value && b.len < 512 && i < VMM_COUNT(protections); i++) {
            if (strcmp(value + 1, protections[i].says) != 0) continue;
            vmm_buf_fmt(&b, "%s%s", b.len ? ", " : "", _(protections[i].words));
            if (protections[i].id) vmm_buf_fmt(&b, _(" (key ID %s)"), guid);
            break;
        }
    }
    return b.len ? vmm_buf_steal(&b) : NULL;
}

void vmm_guest_tell_protectors(struct vmm_volume *v, struct vmm_part *p) {
    char *device = vmm_guest_raw_device(v, p), *line = vmm_printf("cryptsetup bitlkDump %s", device), *said = NULL;
    int status;
    if (vmm_guest_shell(vmm_guest_handle(v), line, &status, &said, NULL) == 0 && status == 0) {
        char *keys = protectors(said), *text = keys ? vmm_printf(_("it is encrypted with BitLocker. These keys open it: %s"), keys) : NULL;
        if (text) vmm_health_set(p, VMM_HEALTH_ENCRYPTED, text);
        free(text);
        free(keys);
    }
    free(said);
    free(line);
    free(device);
}

/* ---- opening ---- */

static int bring_key(guestfs_h *g, const struct vmm_unlock *k, struct vmm_error *err) {
    char from[40];
    int fd = memfd_create("vmmedic", MFD_CLOEXEC), r = -1;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, k->data, k->len) != (ssize_t)k->len) vmm_fail(err, VMM_E_SYSTEM, NULL, _("handing over the key: %s"), strerror(errno));
    else if (guestfs_debug_upload(g, from, KEY_FILE, 0600) < 0) vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("handing over the key"));
    else r = 0;
    void *mapped = fd >= 0 ? mmap(NULL, k->len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (mapped != MAP_FAILED) {
        explicit_bzero(mapped, k->len);
        munmap(mapped, k->len);
    }
    if (fd >= 0) close(fd);
    return r;
}

static int cannot_open(const struct vmm_volume *v, const struct vmm_part *p, const char *said, struct vmm_error *err) {
    char *where = vmm_part_words(v, p), *safe = NULL, *first = vmm_strndup(said, strcspn(said, "\n"));
    if (strstr(said, "encrypt-on-write") || strstr(said, "is not fully") || strstr(said, "fully decrypted"))
        vmm_fail(err, VMM_E_UNSUPPORTED, _("Let Windows end the encryption or the decryption (manage-bde -status says how far it is), then come back."),
                 _("%s: BitLocker has encrypted only a part of it so far"), where);
    else vmm_fail(err, VMM_E_ENCRYPTED, _("Unlock it on a Windows machine: manage-bde -unlock."), _("%s: it cannot be unlocked: %s"), where, safe = vmm_safe_text(first));
    free(first);
    free(safe);
    free(where);
    return -1;
}

int vmm_guest_unlock(struct vmm_volume *v, struct vmm_part *p, const struct vmm_unlock *k, struct vmm_error *err) {
    guestfs_h *g = vmm_guest_handle(v);
    char *said = NULL, **device = &vmm_guest_of(v)->devices[p - v->disk.parts], *raw = vmm_guest_raw_device(v, p);
    char *line = vmm_printf("cryptsetup open --type bitlk %s --key-file " KEY_FILE " %s bitlk%d; s=$?; rm -f " KEY_FILE "; (exit $s)", v->write || v->rehearse ? "" : "--readonly",
                            raw, p->number);
    int status = 0, r = bring_key(g, k, err);
    if (r == 0) r = vmm_guest_shell(g, line, &status, &said, err);
    free(line);
    free(raw);
    if (r == 0 && status == 0) {
        char *inner = vmm_printf("/dev/mapper/bitlk%d", p->number);
        if (guestfs_blockdev_getsize64(g, inner) == (int64_t)p->size) {
            free(*device);
            *device = inner;
            r = 1;
        } else {
            r = cannot_open(v, p, _("its size inside is not that of the partition"), err);
            free(inner);
        }
    } else if (r == 0 && status != NO_KEY_FITS) {
        r = cannot_open(v, p, said, err);
    }
    free(said);
    return r;
}

int vmm_guest_lock_again(struct vmm_volume *v, struct vmm_error *err) {
    for (size_t i = 0; i < v->disk.part_count; i++) {
        const struct vmm_part *p = &v->disk.parts[i];
        if (p->unlocked && guestfs_cryptsetup_close(vmm_guest_handle(v), vmm_guest_device(v, p)) < 0)
            return vmm_guest_failed(v, p, err, VMM_E_WRITE, _("locking"), "");
    }
    return 0;
}
