/* The image formats: how each is told, which of them name other files (refused), and how large the disk inside is.
 *
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "volume/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/base.h"

bool vmm_read_at(int fd, uint64_t offset, void *data, size_t len) {
    uint8_t *p = data;
    while (len > 0) {
        ssize_t n = pread(fd, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

static bool begins(int fd, uint64_t offset, const char *magic, size_t len) {
    char buffer[16];
    return len <= sizeof buffer && vmm_read_at(fd, offset, buffer, len) && memcmp(buffer, magic, len) == 0;
}

static int names_others(const char *name, const char *what, struct vmm_error *err) {
    return vmm_fail(err, VMM_E_UNSUPPORTED, _("Make one whole image of it first: qemu-img convert -O qcow2 OLD NEW"),
                    _("opening %s: %s"), name, what);
}

static int broken(const char *name, const char *what, struct vmm_error *err) {
    return vmm_fail(err, VMM_E_BROKEN, NULL, _("opening %s: %s"), name, what);
}

/* ---- qcow2 ---- */

static bool is_qcow2(int fd, uint64_t size) {
    (void)size;
    return begins(fd, 0, "QFI\xfb", 4);
}

static int check_qcow2(int fd, uint64_t file_size, const char *name, uint64_t *size, struct vmm_error *err) {
    uint8_t h[104] = {0};
    (void)file_size;
    if (!is_qcow2(fd, 0) || !vmm_read_at(fd, 0, h, 72)) return broken(name, _("it has no qcow2 header"), err);
    uint32_t version = vmm_be32(h + 4);
    if (version != 2 && version != 3) return names_others(name, _("this version of the qcow format is not supported"), err);
    if (version == 3 && !vmm_read_at(fd, 72, h + 72, 32)) return broken(name, _("its qcow2 header is cut short"), err);
    if (vmm_be64(h + 8) != 0 || vmm_be32(h + 16) != 0)
        return names_others(name, _("it stands on another file (backing file)"), err);
    if (vmm_be32(h + 32) != 0) return names_others(name, _("the image itself is encrypted"), err);
    if (version == 3 && vmm_be64(h + 72) & 4) return names_others(name, _("its data is in another file (external data file)"), err);
    if (version == 3 && vmm_be64(h + 72) & 2)
        return broken(name, _("qemu has marked it as corrupt; try qemu-img check -r all on a copy"), err);
    *size = vmm_be64(h + 24);
    return 0;
}

/* ---- vpc (VHD) ---- */

static bool footer_at(int fd, uint64_t offset, uint8_t f[512]) {
    if (!vmm_read_at(fd, offset, f, 512) || memcmp(f, "conectix", 8) != 0) return false;
    uint32_t sum = 0;
    for (int i = 0; i < 512; i++)
        if (i < 64 || i >= 68) sum += f[i];
    return ~sum == vmm_be32(f + 64);
}

bool vmm_format_fixed_vhd(int fd, uint64_t file_size) {
    uint8_t f[512];
    return file_size > 512 && footer_at(fd, file_size - 512, f) && vmm_be32(f + 60) == 2;
}

static bool is_vpc(int fd, uint64_t size) { return begins(fd, 0, "conectix", 8) || vmm_format_fixed_vhd(fd, size); }

static int check_vpc(int fd, uint64_t file_size, const char *name, uint64_t *size, struct vmm_error *err) {
    uint8_t f[512];
    if (!footer_at(fd, 0, f) && !(file_size > 512 && footer_at(fd, file_size - 512, f)))
        return broken(name, _("its VHD header or footer is damaged"), err);
    uint32_t type = vmm_be32(f + 60);
    if (type == 4) return names_others(name, _("it stands on another file (differencing VHD)"), err);
    if (type != 2 && type != 3) return broken(name, _("its VHD type is unknown"), err);
    *size = vmm_be64(f + 48);
    if (type == 2 && *size > file_size - 512) return broken(name, _("the file is shorter than the disk it should hold"), err);
    return 0;
}

/* ---- vhdx ---- */

static bool is_vhdx(int fd, uint64_t size) {
    (void)size;
    return begins(fd, 0, "vhdxfile", 8);
}

static const uint8_t vhdx_metadata[16] = {0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
                                          0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e};
static const uint8_t vhdx_parameters[16] = {0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d,
                                            0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b};
static const uint8_t vhdx_size[16] = {0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48,
                                      0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8};

/* Offset of the region in the file by its GUID, 0 when there is none; both copies of the table are asked. */
static uint64_t vhdx_region(int fd, const uint8_t guid[16]) {
    for (uint64_t at = 192 << 10; at <= 256 << 10; at += 64 << 10) {
        uint8_t h[16], e[32];
        if (!vmm_read_at(fd, at, h, 16) || memcmp(h, "regi", 4) != 0) continue;
        uint32_t count = vmm_le32(h + 8);
        for (uint32_t i = 0; i < count && i < 2047 && vmm_read_at(fd, at + 16 + 32 * (uint64_t)i, e, 32); i++)
            if (memcmp(e, guid, 16) == 0) return vmm_le64(e + 16);
    }
    return 0;
}

static bool vhdx_item(int fd, uint64_t region, const uint8_t guid[16], uint8_t *data, uint32_t len) {
    uint8_t h[32], e[32];
    if (!region || !vmm_read_at(fd, region, h, 32) || memcmp(h, "metadata", 8) != 0) return false;
    unsigned count = vmm_le16(h + 10);
    for (unsigned i = 0; i < count && i < 2047 && vmm_read_at(fd, region + 32 + 32 * (uint64_t)i, e, 32); i++)
        if (memcmp(e, guid, 16) == 0) return vmm_le32(e + 20) >= len && vmm_read_at(fd, region + vmm_le32(e + 16), data, len);
    return false;
}

static int check_vhdx(int fd, uint64_t file_size, const char *name, uint64_t *size, struct vmm_error *err) {
    uint8_t parameters[8], bytes[8];
    (void)file_size;
    if (!is_vhdx(fd, 0)) return broken(name, _("it has no VHDX header"), err);
    uint64_t region = vhdx_region(fd, vhdx_metadata);
    if (!vhdx_item(fd, region, vhdx_parameters, parameters, 8) || !vhdx_item(fd, region, vhdx_size, bytes, 8))
        return broken(name, _("its VHDX tables are damaged"), err);
    if (vmm_le32(parameters + 4) & 2) return names_others(name, _("it stands on another file (differencing VHDX)"), err);
    *size = vmm_le64(bytes);
    return 0;
}

/* ---- vmdk ---- */

static bool is_vmdk(int fd, uint64_t size) {
    (void)size;
    return begins(fd, 0, "KDMV", 4) || begins(fd, 0, "COWD", 4) || begins(fd, 0, "# Disk Descripto", 16);
}

/* The embedded descriptor names a parent. */
static bool vmdk_parent(const char *text) {
    for (const char *s = text; s && *s; s = strchr(s, '\n') ? strchr(s, '\n') + 1 : NULL) {
        while (*s == ' ' || *s == '\t') s++;
        if (strncasecmp(s, "parentFileNameHint", 18) == 0) return true;
        if (strncasecmp(s, "parentCID", 9) == 0) {
            const char *value = s + 9 + strspn(s + 9, " \t=");
            if (strncasecmp(value, "ffffffff", 8) != 0) return true;
        }
    }
    return false;
}

static int check_vmdk(int fd, uint64_t file_size, const char *name, uint64_t *size, struct vmm_error *err) {
    uint8_t h[512] = {0};
    if (!is_vmdk(fd, file_size)) return broken(name, _("it has no VMDK header"), err);
    if (!begins(fd, 0, "KDMV", 4))
        return names_others(name, _("it is a VMDK that only names other files or an old kind of it"), err);
    if (!vmm_read_at(fd, 0, h, sizeof h)) return broken(name, _("its VMDK header is cut short"), err);
    uint64_t capacity = vmm_le64(h + 12), where = vmm_le64(h + 28), sectors = vmm_le64(h + 36);
    if (vmm_le32(h + 8) & 0x30000) return names_others(name, _("it is a compressed (streamOptimized) VMDK"), err);
    if (capacity == 0 || capacity > UINT64_MAX / 512)
        return names_others(name, _("it is a VMDK whose data is in other files"), err);
    if (where != 0) {
        if (where > file_size / 512 || sectors > 2048 || sectors == 0)
            return broken(name, _("its VMDK descriptor is not where it should be"), err);
        char *text = vmm_alloc(sectors * 512 + 1, 1);
        bool ok = vmm_read_at(fd, where * 512, text, sectors * 512), parent = ok && vmdk_parent(text);
        free(text);
        if (!ok) return broken(name, _("its VMDK descriptor is cut short"), err);
        if (parent) return names_others(name, _("it stands on another file (VMDK with a parent)"), err);
    }
    *size = capacity * 512;
    return 0;
}

/* ---- raw ---- */

static bool is_raw(int fd, uint64_t size) {
    (void)fd, (void)size;
    return true;
}

static int check_raw(int fd, uint64_t file_size, const char *name, uint64_t *size, struct vmm_error *err) {
    (void)fd, (void)name, (void)err;
    *size = file_size;
    return 0;
}

static const struct vmm_format formats[] = {
    {"qcow2", "qcow2 qcow qc2", is_qcow2, check_qcow2},
    {"vhdx", "vhdx avhdx", is_vhdx, check_vhdx},
    {"vmdk", "vmdk", is_vmdk, check_vmdk},
    {"vpc", "vhd avhd vpc", is_vpc, check_vpc},
    {"raw", "raw img dd bin iso", is_raw, check_raw},
};

const struct vmm_format *vmm_format_named(const char *word) {
    if (strcmp(word, "vhd") == 0) word = "vpc";
    for (size_t i = 0; i < VMM_COUNT(formats); i++)
        if (strcmp(formats[i].name, word) == 0) return &formats[i];
    return NULL;
}

const struct vmm_format *vmm_format_of(int fd, uint64_t file_size, bool *forged) {
    const struct vmm_format *f = formats;
    while (!f->is(fd, file_size)) f++;
    *forged = f->check != check_vpc && f->check != check_raw && vmm_format_fixed_vhd(fd, file_size);
    return f;
}

const struct vmm_format *vmm_format_promised(const char *name) {
    const char *dot = strrchr(name, '.');
    size_t n = dot ? strlen(dot + 1) : 0;
    if (n == 0) return NULL;
    for (size_t i = 0; i < VMM_COUNT(formats); i++)
        for (const char *e = formats[i].extensions; *e; e += strcspn(e, " "), e += *e == ' ')
            if (strcspn(e, " ") == n && strncasecmp(e, dot + 1, n) == 0) return &formats[i];
    return NULL;
}
