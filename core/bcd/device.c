/* Device elements: which partition, memory disk, file or virtual disk the bytes mean, and the bytes of a partition.
 *
 * All of them begin with the GUID of a device-options object (16 bytes) and a descriptor: type, flags, size of the descriptor, zero
 * (4 bytes each), then what the type asks for. Descriptors hold others: a memory disk the place of its image, a virtual disk the
 * file it lives in. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "bcd/room.h"

enum { FRAME = 16, PARTITION_SIZE = 0x48, NEST_MAX = 4 };
enum { TYPE_BLOCK = 0, TYPE_BOOT = 5, TYPE_PARTITION = 6, TYPE_LOCATE = 8 };
enum { BLOCK_DISK = 0, BLOCK_RAMDISK = 3, BLOCK_FILE = 5, BLOCK_VHD = 6 };
enum { STYLE_GPT = 0, STYLE_MBR = 1 };

/* Some bytes of the element, and how many there are. */
struct span {
    const uint8_t *p;
    size_t len;
};

static bool zero16(const uint8_t *p) {
    for (int i = 0; i < 16; i++)
        if (p[i]) return false;
    return true;
}

static struct span from(struct span s, size_t at) {
    return at <= s.len ? (struct span){s.p + at, s.len - at} : (struct span){NULL, 0};
}

/* The descriptor at the start of S, cut to the size it names; len 0 when it is none. */
static struct span descriptor(struct span s) {
    if (s.len < FRAME) return (struct span){NULL, 0};
    size_t size = vmm_le32(s.p + 8);
    return size >= FRAME && size <= s.len ? (struct span){s.p, size} : (struct span){NULL, 0};
}

/* What stands inside a memory disk, file or virtual disk: where that is. Returns false when the bytes do not fit. */
static bool decode_parent(struct span d, struct vmm_bcd_device *out, int depth);

/* A path header {1, length, 5}, the descriptor of the place, and the path. */
static bool decode_path(struct span s, struct vmm_bcd_device *out, int depth) {
    if (s.len < 12 || vmm_le32(s.p + 4) < 12 || vmm_le32(s.p + 4) > s.len) return false;
    s.len = vmm_le32(s.p + 4);
    struct span parent = descriptor(from(s, 12));
    if (parent.len == 0 || !decode_parent(parent, out, depth + 1)) return false;
    struct span text = from(s, 12 + parent.len);
    if (out->path == NULL) out->path = vmm_utf16_to_utf8(text.p, text.len);
    return true;
}

/* A hard disk's partition: GPT or MBR ids; false for neither. */
static bool decode_identity(struct span d, struct vmm_bcd_device *out) {
    const uint8_t *p = d.p;
    uint32_t style = vmm_le32(p + 0x24);
    if (style == STYLE_GPT) {
        out->gpt = true;
        memcpy(out->part_guid, p + 0x10, 16);
        memcpy(out->disk_guid, p + 0x28, 16);
    } else if (style == STYLE_MBR) {
        out->mbr = true;
        out->mbr_offset = vmm_le64(p + 0x10);
        out->mbr_signature = vmm_le32(p + 0x28);
    }
    return out->gpt || out->mbr;
}

/* A virtual disk's block, whose file's descriptor comes after 24 bytes. */
static bool decode_vhd(struct span block, struct vmm_bcd_device *out, int depth) {
    struct span file = descriptor(from(block, 24));
    if (file.len < 0x20 || vmm_le32(file.p) != TYPE_BLOCK || vmm_le32(file.p + 0x10) != BLOCK_FILE) return false;
    return decode_path(from(file, 0x14), out, depth + 1);
}

static bool decode_parent(struct span d, struct vmm_bcd_device *out, int depth) {
    if (depth > NEST_MAX) return false;
    uint32_t type = vmm_le32(d.p);
    if (type == TYPE_BOOT) {
        out->parent_is_boot = true;
        return true;
    }
    if (type != TYPE_PARTITION) return true; /* a network or another place we have no words for */
    if (d.len < PARTITION_SIZE) return false;
    uint32_t block = vmm_le32(d.p + 0x20);
    if (block == BLOCK_VHD) return decode_vhd(from(d, 0x20), out, depth + 1);
    if (block == BLOCK_DISK) decode_identity(d, out);
    return true;
}

static enum vmm_device_kind decode_partition(struct span d, struct vmm_bcd_device *out) {
    if (d.len < PARTITION_SIZE) return VMM_DEV_BAD;
    uint32_t block = vmm_le32(d.p + 0x20);
    if (block == BLOCK_VHD) return decode_vhd(from(d, 0x20), out, 0) ? VMM_DEV_VHD : VMM_DEV_BAD;
    return block == BLOCK_DISK && decode_identity(d, out) ? VMM_DEV_PARTITION : VMM_DEV_OTHER;
}

static enum vmm_device_kind decode_block(struct span d, struct vmm_bcd_device *out) {
    if (d.len < 0x14) return VMM_DEV_BAD;
    switch (vmm_le32(d.p + 0x10)) {
    case BLOCK_RAMDISK: return decode_path(from(d, 0x28), out, 0) ? VMM_DEV_RAMDISK : VMM_DEV_BAD;
    case BLOCK_FILE: return decode_path(from(d, 0x14), out, 0) ? VMM_DEV_FILE : VMM_DEV_BAD;
    case BLOCK_VHD: return decode_vhd(from(d, 0x10), out, 0) ? VMM_DEV_VHD : VMM_DEV_BAD;
    default: return VMM_DEV_OTHER;
    }
}

/* Search all volumes for the file that an element of the object (0) or a path of its own (1) names, perhaps inside a virtual disk.
 */
static enum vmm_device_kind decode_locate(struct span d, struct vmm_bcd_device *out) {
    if (d.len < 0x1e) return VMM_DEV_BAD;
    uint32_t how = vmm_le32(d.p + 0x10), parent = vmm_le32(d.p + 0x18);
    if (how == 0) out->locate_element = vmm_le32(d.p + 0x14);
    if (parent != 0) {
        struct span inside = parent <= d.len ? descriptor(from(d, parent)) : (struct span){NULL, 0};
        if (inside.len < 0x14 || vmm_le32(inside.p) != TYPE_BLOCK || vmm_le32(inside.p + 0x10) != BLOCK_VHD) return VMM_DEV_OTHER;
        /* the file's descriptor may stand behind the size that the virtual disk's own one names */
        return decode_vhd(from(d, parent + 0x10), out, 0) ? VMM_DEV_VHD : VMM_DEV_BAD;
    }
    if (how == 1) out->path = vmm_utf16_to_utf8(d.p + 0x1c, d.len - 0x1c);
    return VMM_DEV_LOCATE;
}

/* The one partition of DISK that OUT's identity means; *moved: the one that fits but for the disk's own identity. */
static int match(const struct vmm_bcd_device *out, const struct vmm_disk *disk, int *moved) {
    int found = 0, near = 0;
    bool same_disk = disk->scheme == VMM_SCHEME_GPT
                         ? out->gpt && !zero16(out->disk_guid) && memcmp(out->disk_guid, disk->gpt_guid, 16) == 0
                         : out->mbr && out->mbr_signature != 0 && out->mbr_signature == disk->mbr_signature;
    size_t matches = 0;
    for (size_t i = 0; i < disk->part_count; i++) {
        const struct vmm_part *p = &disk->parts[i];
        bool same = disk->scheme == VMM_SCHEME_GPT ? out->gpt && !zero16(out->part_guid) && memcmp(out->part_guid, p->guid, 16) == 0
                                                   : out->mbr && out->mbr_offset != 0 && out->mbr_offset == p->offset;
        if (!same) continue;
        matches++;
        *(same_disk ? &found : &near) = p->number;
    }
    *moved = matches == 1 ? near : 0;
    return matches == 1 ? found : 0;
}

void vmm_bcd_device(const struct vmm_bcd_element *e, const struct vmm_disk *disk, struct vmm_bcd_device *out) {
    *out = (struct vmm_bcd_device){.kind = VMM_DEV_BAD};
    if (e == NULL || e->bad || vmm_bcd_format_of(e->id) != VMM_BCD_DEVICE || e->len < 16 + FRAME) return;
    struct span d = descriptor((struct span){e->data + 16, e->len - 16});
    if (d.len == 0) return;
    if (!zero16(e->data)) vmm_guid_text(e->data, out->options_guid);
    switch (vmm_le32(d.p)) {
    case TYPE_BLOCK: out->kind = decode_block(d, out); break;
    case TYPE_BOOT: out->kind = VMM_DEV_BOOT; break;
    case TYPE_PARTITION: out->kind = decode_partition(d, out); break;
    case TYPE_LOCATE: out->kind = decode_locate(d, out); break;
    default: out->kind = VMM_DEV_OTHER; break;
    }
    if (disk && disk->scheme != VMM_SCHEME_NONE && (out->gpt || out->mbr)) out->part = match(out, disk, &out->part_moved);
}

void vmm_bcd_device_clear(struct vmm_bcd_device *d) {
    free(d->path);
    *d = (struct vmm_bcd_device){0};
}

int vmm_bcd_device_make(const struct vmm_disk *disk, int part, uint8_t out[88]) {
    const struct vmm_part *p = NULL;
    for (size_t i = 0; i < disk->part_count; i++)
        if (disk->parts[i].number == part) p = &disk->parts[i];
    memset(out, 0, 88);
    if (p == NULL) return -1;
    vmm_put32(out + 0x10, TYPE_PARTITION);
    vmm_put32(out + 0x18, PARTITION_SIZE);
    if (disk->scheme == VMM_SCHEME_GPT && !zero16(disk->gpt_guid) && !zero16(p->guid)) {
        memcpy(out + 0x20, p->guid, 16);
        memcpy(out + 0x38, disk->gpt_guid, 16);
        return 0;
    }
    if (disk->scheme == VMM_SCHEME_MBR && disk->mbr_signature != 0 && p->offset != 0) {
        vmm_put64(out + 0x20, p->offset);
        vmm_put32(out + 0x34, STYLE_MBR);
        vmm_put32(out + 0x38, disk->mbr_signature);
        return 0;
    }
    memset(out, 0, 88);
    return -1;
}

/* The partition as people read it: "C:", "partition 2", "unknown", or its identity when no disk is at hand. */
static char *place(const struct vmm_bcd_device *d, const struct vmm_bcd_view *view) {
    if (view && view->disk && view->disk->scheme != VMM_SCHEME_NONE) {
        if (d->part == 0) return vmm_strdup("unknown");
        const char *letter = view->letter ? view->letter(view->letter_ctx, d->part) : NULL;
        return letter && *letter ? vmm_strdup(letter) : vmm_printf("partition %d", d->part);
    }
    if (d->mbr) return vmm_printf("%08x@%llu", d->mbr_signature, (unsigned long long)d->mbr_offset);
    if (!d->gpt) return vmm_strdup("unknown");
    char guid[39];
    vmm_guid_text(d->part_guid, guid);
    return vmm_strdup(guid);
}

char *vmm_bcd_device_text(const struct vmm_bcd *b, const struct vmm_bcd_element *e, const struct vmm_bcd_view *view) {
    struct vmm_bcd_device d;
    vmm_bcd_device(e, view ? view->disk : NULL, &d);
    char *where = d.parent_is_boot ? vmm_strdup("boot") : place(&d, view), *text = NULL;
    const char *alias = view && view->verbose ? NULL : vmm_bcd_alias(b, d.options_guid);
    switch (d.kind) {
    case VMM_DEV_BOOT: text = vmm_strdup("boot"); break;
    case VMM_DEV_PARTITION: text = strcmp(where, "unknown") == 0 ? vmm_strdup(where) : vmm_printf("partition=%s", where); break;
    case VMM_DEV_RAMDISK:
        text = vmm_printf("ramdisk=[%s]%s%s%s", where, d.path, d.options_guid[0] ? "," : "", alias ? alias : d.options_guid);
        break;
    case VMM_DEV_FILE: text = vmm_printf("file=[%s]%s", where, d.path); break;
    case VMM_DEV_VHD:
        text = d.locate_element ? vmm_printf("vhd=[%s]%s,locate=custom:%08x", where, d.path, d.locate_element)
                                : vmm_printf("vhd=[%s]%s", where, d.path);
        break;
    case VMM_DEV_LOCATE: text = vmm_printf("locate%s%s", d.path && *d.path ? "=" : "", d.path ? d.path : ""); break;
    case VMM_DEV_BAD:
    case VMM_DEV_OTHER: text = vmm_bcd_raw_text(e); break;
    }
    free(where);
    vmm_bcd_device_clear(&d);
    return text;
}
