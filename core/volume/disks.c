/* The disks of this machine for the Attach screen, each with the reason when it cannot be chosen.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <blkid/blkid.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "volume/engine.h"

/* A one-line attribute of a device in sysfs, without blanks around it; never NULL. */
static char *attribute(const char *disk, const char *name) {
    char *path = vmm_printf("/sys/block/%s/%s", disk, name);
    uint8_t *data = NULL;
    size_t len = 0;
    char *text = NULL;
    if (vmm_file_read(path, 4096, &data, &len, NULL) == 0) {
        while (len > 0 && (data[len - 1] == '\n' || data[len - 1] == ' ')) len--;
        data[len] = '\0';
        text = vmm_safe_text((char *)data + strspn((char *)data, " "));
    }
    free(data);
    free(path);
    return text ? text : vmm_strdup("");
}

static bool passed_over(const char *name) {
    static const char *const kinds[] = {"loop", "ram", "zram", "fd", "sr", "nbd"};
    if (name[0] == '.') return true;
    char *size = attribute(name, "size"), *hidden = attribute(name, "hidden");
    bool skip = strcmp(size, "0") == 0 || strcmp(hidden, "1") == 0;
    free(size);
    free(hidden);
    /* an attached loop or nbd device is a disk somebody made on purpose; without a medium its size is 0 */
    for (size_t i = 0; i < VMM_COUNT(kinds); i++)
        if (strncmp(name, kinds[i], strlen(kinds[i])) == 0 && strcmp(kinds[i], "loop") != 0 && strcmp(kinds[i], "nbd") != 0)
            skip = true;
    return skip;
}

/* LVM, RAID or a file system straight on the disk: what libblkid makes of its first bytes, for a disk nobody uses at the moment. */
static char *signature(const char *path) {
    blkid_probe probe = blkid_new_probe_from_filename(path);
    const char *type = NULL;
    char *text = NULL;
    if (probe == NULL) return NULL;
    blkid_probe_enable_superblocks(probe, 1);
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE);
    if (blkid_do_safeprobe(probe) == 0 && blkid_probe_lookup_value(probe, "TYPE", &type, NULL) == 0) text = vmm_strdup(type);
    blkid_free_probe(probe);
    return text;
}

static void examine(const char *name, struct vmm_candidate *c) {
    char *path = vmm_printf("/dev/%s", name), *vendor = attribute(name, "device/vendor"), *model = attribute(name, "device/model"),
         *size = attribute(name, "size");
    for (char *s = path; *s; s++)
        if (*s == '!') *s = '/'; /* sysfs cannot write a slash in a name */
    struct vmm_error why = {0};
    if (strncmp(vendor, "0x", 2) == 0) vendor[0] = '\0'; /* virtio shows a number there */
    c->model = *vendor && *model ? vmm_printf("%s %s", vendor, model) : vmm_strdup(*model ? model : vendor);
    if (vmm_probe_target(path, NULL, &c->probe, &why) < 0) {
        c->refused = vmm_strdup(why.message);
        c->probe =
            (struct vmm_probe){.kind = VMM_TARGET_BLOCK, .path = vmm_strdup(path), .name = vmm_strdup(strrchr(path, '/') + 1)};
        c->probe.size = c->probe.file_size = strtoull(size, NULL, 10) * 512;
    } else if (c->probe.in_use) {
        c->refused = vmm_strdup(c->probe.in_use);
    } else {
        char *type = signature(path);
        if (type &&
            (strcmp(type, "LVM2_member") == 0 || strcmp(type, "linux_raid_member") == 0 || strcmp(type, "crypto_LUKS") == 0))
            c->refused = vmm_printf(_("it belongs to Linux (%s)"), type);
        free(type);
    }
    free(path);
    free(vendor);
    free(model);
    free(size);
}

static int by_name(const void *a, const void *b) {
    const struct vmm_candidate *x = a, *y = b;
    return strcmp(x->probe.path, y->probe.path);
}

int vmm_disks(struct vmm_candidate **list, size_t *count, struct vmm_error *err) {
    if (vmm_fence()) return vmm_fence_disks(list, count);
    *list = NULL;
    *count = 0;
    DIR *d = opendir("/sys/block");
    if (d == NULL)
        return vmm_fail(err, VMM_E_SYSTEM, _("An image file or a folder can still be named as TARGET."),
                        _("this machine does not list its disks (/sys/block)"));
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (passed_over(e->d_name)) continue;
        *list = vmm_realloc(*list, *count + 1, sizeof **list);
        (*list)[*count] = (struct vmm_candidate){0};
        examine(e->d_name, &(*list)[(*count)++]);
    }
    closedir(d);
    if (*count) qsort(*list, *count, sizeof **list, by_name);
    return 0;
}

void vmm_candidates_free(struct vmm_candidate *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        vmm_probe_clear(&list[i].probe);
        free(list[i].model);
        free(list[i].refused);
        free(list[i].boot);
    }
    free(list);
}
