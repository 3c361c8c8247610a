/* Drive letters as the Windows on the disk gives them (SYSTEM\MountedDevices), so that its own words can be used for its partitions.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "windows/look.h"

static const char names[26][3] = {"A:", "B:", "C:", "D:", "E:", "F:", "G:", "H:", "I:", "J:", "K:", "L:", "M:",
                                  "N:", "O:", "P:", "Q:", "R:", "S:", "T:", "U:", "V:", "W:", "X:", "Y:", "Z:"};
#define DOS_DEVICES "\\DosDevices\\"

static const char *letter_name(char c) {
    int up = toupper((unsigned char)c);
    return up >= 'A' && up <= 'Z' ? names[up - 'A'] : NULL;
}

/* MBR: signature and byte offset. GPT: "DMIO:ID:" and the partition's GUID. */
static bool means_part(const uint8_t *d, size_t len, const struct vmm_disk *disk, const struct vmm_part *p) {
    if (disk->scheme == VMM_SCHEME_MBR) return len == 12 && vmm_le32(d) == disk->mbr_signature && vmm_le64(d + 4) == p->offset;
    if (disk->scheme == VMM_SCHEME_GPT) return len == 24 && memcmp(d, "DMIO:ID:", 8) == 0 && memcmp(d + 8, p->guid, 16) == 0;
    return false;
}

static const char *from_mounted(const struct vmm_hive *h, const struct vmm_disk *disk, const struct vmm_part *p) {
    vmm_key key;
    struct vmm_value *list;
    size_t count, stem = strlen(DOS_DEVICES);
    const char *found = NULL;
    if (vmm_key_path(h, vmm_hive_root(h), "MountedDevices", &key) != VMM_SET || vmm_key_values(h, key, &list, &count, NULL) < 0) return NULL;
    for (size_t i = 0; i < count; i++) {
        if (found == NULL && strlen(list[i].name) == stem + 2 && strncasecmp(list[i].name, DOS_DEVICES, stem) == 0 && list[i].name[stem + 1] == ':' &&
            means_part(list[i].data, list[i].len, disk, p))
            found = letter_name(list[i].name[stem]);
        vmm_value_clear(&list[i]);
    }
    free(list);
    return found;
}

/* SOFTWARE knows where it was installed: "C:\Windows". */
static const char *from_system_root(const struct vmm_windows *w) {
    char *root = NULL;
    const char *found = NULL;
    if (w->software == NULL || w->software->hive == NULL) return NULL;
    if (vmm_hive_string(w->software->hive, "Microsoft\\Windows NT\\CurrentVersion", "SystemRoot", &root) == VMM_SET && strlen(root) >= 3 && root[1] == ':' && root[2] == '\\')
        found = letter_name(root[0]);
    free(root);
    return found;
}

const char *vmm_windows_letter(const struct vmm_scan *s, const struct vmm_windows *w, int part) {
    const struct vmm_part *p = vmm_scan_part(s, part);
    const char *found = p && w->system && w->system->hive ? from_mounted(w->system->hive, s->disk, p) : NULL;
    return found == NULL && part == w->part ? from_system_root(w) : found;
}

uint8_t *vmm_windows_mounted(const struct vmm_windows *w, const char *letter, size_t *len) {
    vmm_key key;
    struct vmm_value v;
    if (w->system == NULL || w->system->hive == NULL || letter[0] == '\0') return NULL;
    if (vmm_key_path(w->system->hive, vmm_hive_root(w->system->hive), "MountedDevices", &key) != VMM_SET) return NULL;
    char *name = vmm_printf(DOS_DEVICES "%s", letter);
    enum vmm_answer a = vmm_key_value(w->system->hive, key, name, &v);
    free(name);
    if (a != VMM_SET) return NULL;
    uint8_t *data = v.data;
    *len = v.len;
    v.data = NULL;
    vmm_value_clear(&v);
    return data;
}

const char *vmm_scan_letter(void *scan, int part) {
    const struct vmm_scan *s = scan;
    return s->windows_count ? vmm_windows_letter(s, &s->windows[0], part) : NULL;
}
