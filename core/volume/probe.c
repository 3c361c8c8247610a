/* The first look at TARGET, before any appliance: folder, disk, image or hive file, which format, and what is refused at once.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "volume/engine.h"
#include "volume/format.h"

enum { SMALL = 16 << 20 }; /* a larger file of unknown content may be a damaged disk; a smaller one is just some file */

void vmm_probe_clear(struct vmm_probe *p) {
    free(p->path);
    free(p->name);
    free(p->in_use);
    *p = (struct vmm_probe){0};
}

/* Contents that people hand over by mistake or in a form that has to be changed first. */
static const struct {
    uint16_t offset;
    uint8_t len;
    const char *magic, *hint;
} known[] = {
    {0, 6, "\xfd" "7zXZ\0", N_("Unpack it first: xz -dk FILE")},
    {0, 2, "\x1f\x8b", N_("Unpack it first: gunzip -k FILE")},
    {0, 4, "\x28\xb5\x2f\xfd", N_("Unpack it first: unzstd FILE")},
    {0, 4, "PK\3\4", N_("Unpack it first: unzip FILE")},
    {0, 6, "7z\xbc\xaf\x27\x1c", N_("Unpack it first: 7z x FILE")},
    {0, 3, "BZh", N_("Unpack it first: bunzip2 -k FILE")},
    {0x40, 4, "\x7f\x10\xda\xbe", N_("Convert it first: qemu-img convert -f vdi -O qcow2 FILE NEW.qcow2")},
    {0, 4, "QED\0", N_("Convert it first: qemu-img convert -f qed -O qcow2 FILE NEW.qcow2")},
    {0, 16, "WithoutFreeSpace", N_("Convert it first: qemu-img convert -f parallels -O qcow2 FILE NEW.qcow2")},
    {0, 16, "WithouFreSpacExt", N_("Convert it first: qemu-img convert -f parallels -O qcow2 FILE NEW.qcow2")},
};

static int not_a_disk(const struct vmm_probe *p, const char *hint, struct vmm_error *err) {
    return vmm_fail(err, VMM_E_NOT_A_DISK,
                    hint ? hint : _("Name a disk image (raw, qcow2, vhd, vhdx, vmdk), a disk like /dev/sdc, or a folder."),
                    _("%s is no disk image"), p->path);
}

/* A table, a file system that begins the disk, nothing at all (zeros), or a table's copy at the end. */
static bool looks_like_a_disk(int fd, uint64_t size) {
    uint8_t head[4096 + 512] = {0}, tail[512];
    size_t n = size < sizeof head ? (size_t)size : sizeof head;
    if (!vmm_read_at(fd, 0, head, n)) return false;
    if (size % 512 == 0 && head[510] == 0x55 && head[511] == 0xaa) return true;
    if (memcmp(head + 512, "EFI PART", 8) == 0 || memcmp(head + 4096, "EFI PART", 8) == 0) return true;
    if (memcmp(head + 3, "NTFS    ", 8) == 0 || memcmp(head + 3, "-FVE-FS-", 8) == 0) return true;
    for (uint64_t back = 512; back <= 4096 && back <= size; back += 4096 - 512)
        if (vmm_read_at(fd, size - back, tail, 512) && memcmp(tail, "EFI PART", 8) == 0) return true;
    size_t zeros = 0;
    while (zeros < n && head[zeros] == 0) zeros++;
    return size % 512 == 0 && (zeros == n || size >= SMALL);
}

static int check_contents(int fd, const struct vmm_probe *p, struct vmm_error *err) {
    uint8_t head[0x50] = {0};
    if (vmm_read_at(fd, 0, head, p->file_size < sizeof head ? (size_t)p->file_size : sizeof head))
        for (size_t i = 0; i < VMM_COUNT(known); i++)
            if (memcmp(head + known[i].offset, known[i].magic, known[i].len) == 0) return not_a_disk(p, _(known[i].hint), err);
    return looks_like_a_disk(fd, p->file_size) ? 0 : not_a_disk(p, NULL, err);
}

static int ambiguous(const struct vmm_probe *p, const char *found, const char *promised, struct vmm_error *err) {
    char *hint = vmm_printf(_("If you trust it and know which it is, say so: --format %s or --format %s"), promised, found);
    vmm_fail(err, VMM_E_UNSUPPORTED, hint,
             _("%s should be %s, but begins like %s; the machine that used this disk may have written that"), p->name, promised,
             found);
    free(hint);
    return -1;
}

/* Which format, from the header and the name, or as the person says; and what that format refuses. */
static int find_format(int fd, struct vmm_probe *p, const char *forced, struct vmm_error *err) {
    const struct vmm_format *f;
    if (forced) {
        f = vmm_format_named(forced);
        if (f == NULL)
            return vmm_fail(err, VMM_E_USAGE, _("One of: raw, qcow2, vpc (vhd), vhdx, vmdk"), _("unknown image format: %s"),
                            forced);
    } else {
        bool forged;
        f = vmm_format_of(fd, p->file_size, &forged);
        const struct vmm_format *raw = vmm_format_named("raw"),
                                *promised = p->kind == VMM_TARGET_BLOCK ? raw : vmm_format_promised(p->name);
        if (forged) return ambiguous(p, f->name, "vpc", err);
        if (promised && f != promised && f != raw && !(f == vmm_format_named("vpc") && vmm_format_fixed_vhd(fd, p->file_size)))
            return ambiguous(p, f->name, promised->name, err);
        if (p->kind == VMM_TARGET_BLOCK) f = raw; /* a fixed VHD's footer at a disk's end changes nothing */
        if (f == raw && p->kind == VMM_TARGET_IMAGE && check_contents(fd, p, err) < 0) return -1;
    }
    strcpy(p->format, f->name);
    return f->check(fd, p->file_size, p->name, &p->size, err);
}

static int cannot_open(const char *path, struct vmm_error *err) {
    int e = errno;
    return vmm_fail(err, e == ENOENT || e == ENOTDIR ? VMM_E_NOT_FOUND : VMM_E_UNREADABLE,
                    e == EACCES || e == EPERM ? _("Run vmmedic as root (sudo vmmedic ...).") : NULL, _("opening %s: %s"), path,
                    strerror(e));
}

static int probe_image(struct vmm_probe *p, const struct stat *st, const char *format, struct vmm_error *err) {
    p->kind = VMM_TARGET_IMAGE;
    p->size = p->file_size = (uint64_t)st->st_size;
    int fd = open(p->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cannot_open(p->path, err);
    char magic[4];
    int r = 0;
    if (p->file_size == 0) r = vmm_fail(err, VMM_E_UNREADABLE, _("Was it copied completely?"), _("%s is empty (0 bytes)"), p->path);
    else if (!vmm_read_at(fd, 0, magic, p->file_size < 4 ? (size_t)p->file_size : 4))
        r = vmm_fail(err, VMM_E_UNREADABLE, NULL, _("reading %s: %s"), p->path, strerror(errno ? errno : EIO));
    else if (format == NULL && p->file_size >= 4 && memcmp(magic, "regf", 4) == 0) p->kind = VMM_TARGET_HIVE_FILE;
    else r = find_format(fd, p, format, err);
    close(fd);
    return r;
}

/* sda1 -> sda; NULL when the device is no partition. */
static char *whole_disk(dev_t device) {
    char *link = vmm_printf("/sys/dev/block/%u:%u", major(device), minor(device)), *mark = vmm_printf("%s/partition", link);
    char *real = access(mark, F_OK) == 0 ? realpath(link, NULL) : NULL, *name = NULL;
    if (real) name = vmm_strdup(basename(dirname(real)));
    free(link);
    free(mark);
    free(real);
    return name;
}

static int probe_block(struct vmm_probe *p, const struct stat *st, const char *format, struct vmm_error *err) {
    p->kind = VMM_TARGET_BLOCK;
    char *whole = whole_disk(st->st_rdev);
    if (whole) {
        char *hint = vmm_printf(_("Name the whole disk: /dev/%s"), whole);
        vmm_fail(err, VMM_E_UNSUPPORTED, hint, _("%s is one partition of a disk; its boot store may be on another"), p->path);
        free(hint);
        free(whole);
        return -1;
    }
    char *busy = vmm_device_busy(p->path);
    if (busy) {
        vmm_fail(err, VMM_E_IN_USE,
                 _("Choose the disk that you attached, not one this machine uses. If it was mounted by itself: umount it."),
                 _("%s is used by this machine: %s"), p->path, busy);
        free(busy);
        return -1;
    }
    int fd = open(p->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cannot_open(p->path, err);
    int r = 0;
    if (ioctl(fd, BLKGETSIZE64, &p->file_size) < 0) r = cannot_open(p->path, err);
    else if (p->file_size == 0) r = vmm_fail(err, VMM_E_UNREADABLE, NULL, _("%s has no medium (0 bytes)"), p->path);
    else r = find_format(fd, p, format, err);
    close(fd);
    return r;
}

static int probe_folder(struct vmm_probe *p, struct vmm_error *err) {
    p->kind = VMM_TARGET_FOLDER;
    if (strcmp(p->path, "/") == 0 && access("/Windows/System32/config/SYSTEM", F_OK) != 0)
        return vmm_fail(err, VMM_E_NOT_A_DISK, _("Name the folder where the Windows volume is mounted, or the disk."),
                        _("/ is this machine itself"));
    return access(p->path, R_OK | X_OK) == 0 ? 0 : cannot_open(p->path, err);
}

int vmm_probe_target(const char *target, const char *format, struct vmm_probe *out, struct vmm_error *err) {
    *out = (struct vmm_probe){0};
    if (target == NULL || *target == '\0') return vmm_fail(err, VMM_E_USAGE, NULL, _("no TARGET was named"));
    struct stat st;
    out->path = realpath(target, NULL);
    if (out->path == NULL || stat(out->path, &st) < 0) {
        cannot_open(target, err);
        vmm_probe_clear(out);
        return -1;
    }
    char *copy = vmm_strdup(out->path);
    out->name = vmm_strdup(basename(copy));
    free(copy);
    int r;
    if (S_ISDIR(st.st_mode)) r = probe_folder(out, err);
    else if (S_ISBLK(st.st_mode)) r = probe_block(out, &st, format, err);
    else if (S_ISREG(st.st_mode)) r = probe_image(out, &st, format, err);
    else r = not_a_disk(out, NULL, err);
    if (r < 0) {
        vmm_probe_clear(out);
        return -1;
    }
    out->in_use = vmm_in_use(out->path, out->kind, true).who;
    return 0;
}
