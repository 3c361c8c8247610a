/* Small inputs: device elements, disks with their tables and file systems, heads of image formats, session folders.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tests/fuzz/seeds.h"
#include "volume/table.h"

/* ---- device elements ---- */

static void seed_element(const char *name, uint32_t id, uint8_t type, const uint8_t *data, size_t len) {
    uint8_t *input = vmm_alloc(len + 5, 1);
    vmm_put32(input, id);
    input[4] = type;
    if (len) memcpy(input + 5, data, len);
    seed_put("device", name, input, len + 5);
    free(input);
}

static size_t nest(uint8_t *to, uint32_t type, uint32_t kind, const uint8_t *inner, size_t inner_len, const char *path) {
    size_t n, at = 16; /* an options object's GUID stands before every descriptor */
    uint8_t *wide = vmm_utf8_to_utf16(path, &n);
    memset(to, 0, 1024);
    vmm_put32(to + at, type);
    vmm_put32(to + at + 16, kind);
    memcpy(to + at + 40, inner, inner_len);
    memcpy(to + at + 40 + inner_len, wide, n);
    size_t all = 40 + inner_len + n + 2;
    vmm_put32(to + at + 8, (uint32_t)all);
    free(wide);
    return at + all;
}

static void seed_devices(void) {
    uint8_t gpt[88] = {[16] = 6, [24] = 0x48}, mbr[88] = {[16] = 6, [24] = 0x48}, boot[88] = {[16] = 5, [24] = 0x48}, outer[1024];
    memset(gpt + 32, 0x11, 16);
    memset(gpt + 56, 0xdd, 16);
    vmm_put64(mbr + 32, 1 << 20);
    vmm_put32(mbr + 52, 1);
    vmm_put32(mbr + 56, 0x28cd42d6);
    seed_element("gpt", 0x11000001, VMM_REG_BINARY, gpt, sizeof gpt);
    seed_element("mbr", 0x21000001, VMM_REG_BINARY, mbr, sizeof mbr);
    seed_element("boot", 0x11000001, VMM_REG_BINARY, boot, sizeof boot);
    for (uint32_t type = 0; type < 9; type++)
        for (uint32_t kind = 0; kind < 7; kind++) {
            char *name = vmm_printf("nested-%u-%u", type, kind);
            size_t n = nest(outer, type, kind, gpt + 16, 72, "\\Recovery\\Winre.wim");
            seed_element(name, 0x11000001, VMM_REG_BINARY, outer, n);
            free(name);
        }
    seed_element("string", 0x12000004, VMM_REG_SZ, (const uint8_t *)"a\0b\0\0\0", 6);
    seed_element("object", 0x23000003, VMM_REG_SZ, (const uint8_t *)"{\0x\0}\0\0\0", 8);
    seed_element("list", 0x24000001, VMM_REG_MULTI_SZ, (const uint8_t *)"{\0}\0\0\0{\0\0\0\0\0", 12);
    seed_element("integer", 0x25000080, VMM_REG_BINARY, gpt, 8);
    seed_element("boolean", 0x26000081, VMM_REG_BINARY, (const uint8_t *)"\1", 1);
    seed_element("integers", 0x27000040, VMM_REG_BINARY, mbr, 24);
}

/* ---- disks ---- */

static void seed_disk(const char *name, const uint8_t *bytes, size_t len, uint8_t larger) {
    uint8_t *input = vmm_alloc(len + 4, 1);
    input[2] = larger;
    memcpy(input + 4, bytes, len);
    seed_put("disk", name, input, len + 4);
    free(input);
}

static void mbr_entry(uint8_t *sector, int i, uint8_t type, uint32_t start, uint32_t count) {
    uint8_t *e = sector + 446 + 16 * i;
    e[4] = type;
    vmm_put32(e + 8, start);
    vmm_put32(e + 12, count);
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

/* The first sectors of an NTFS of 1 MiB: boot sector, two clusters on the first records; volume information in record 3, the journal in record 2. */
static void lay_ntfs(uint8_t *d) {
    memcpy(d + 3, "NTFS    ", 8);
    vmm_put16(d + 11, 512);
    d[13] = 8;
    vmm_put64(d + 40, 2040);
    vmm_put64(d + 48, 1);
    vmm_put64(d + 56, 2);
    d[64] = 0xf6; /* records of 1 KiB */
    d[68] = 1;
    d[510] = 0x55;
    d[511] = 0xaa;
    for (uint32_t i = 0; i < 8; i++) {
        uint8_t *r = d + 4096 + 1024 * (size_t)i, *a = r + 56;
        memcpy(r, "FILE", 4);
        vmm_put16(r + 4, 48);
        vmm_put16(r + 6, 3);
        vmm_put16(r + 20, 56);
        vmm_put16(r + 22, 1);
        vmm_put32(r + 24, 512);
        vmm_put32(r + 28, 1024);
        if (i == 3) { /* $Volume: information, then the name */
            vmm_put32(a, 0x70);
            vmm_put32(a + 4, 40);
            vmm_put32(a + 16, 12);
            vmm_put16(a + 20, 24);
            a[24 + 8] = 3;
            a[24 + 9] = 1;
            vmm_put32(a + 40, 0xffffffff);
        } else { /* a stream in clusters 5 to 12 */
            vmm_put32(a, 0x80);
            vmm_put32(a + 4, 72);
            a[8] = 1;
            vmm_put64(a + 24, 7);
            vmm_put16(a + 32, 64);
            vmm_put64(a + 40, 32768);
            vmm_put64(a + 48, 32768);
            vmm_put64(a + 56, 32768);
            memcpy(a + 64, "\x11\x08\x05", 4);
            vmm_put32(a + 72, 0xffffffff);
        }
    }
    uint8_t *journal = d + 5 * 4096;
    memcpy(journal, "RSTR", 4);
    vmm_put16(journal + 4, 30);
    vmm_put16(journal + 6, 9);
    vmm_put32(journal + 16, 4096);
    vmm_put32(journal + 20, 4096);
    vmm_put16(journal + 24, 48);
    vmm_put16(journal + 26, 1);
    vmm_put16(journal + 28, 1);
}

static void seed_disks(void) {
    static uint8_t d[64 << 10];
    seed_disk("empty", d, 4096, 0);
    mbr_entry(d, 0, 7, 2, 64);
    mbr_entry(d, 1, 0x0f, 70, 50);
    mbr_entry(d + 70 * 512, 0, 7, 1, 10);
    mbr_entry(d + 70 * 512, 1, 5, 12, 10);
    mbr_entry(d + 82 * 512, 0, 0x0b, 1, 5);
    seed_disk("mbr", d, sizeof d, 0);
    memset(d, 0, sizeof d);
    mbr_entry(d, 0, 0xee, 1, 0xffffffff);
    uint8_t *h = d + 512, *entries = d + 1024;
    for (uint64_t i = 0; i < 4; i++) {
        memset(entries + 128 * i, 0xa2 + (int)i, 32);
        vmm_put64(entries + 128 * i + 32, 40 + 8 * i);
        vmm_put64(entries + 128 * i + 40, 47 + 8 * i);
    }
    memcpy(h, "EFI PART", 8);
    vmm_put32(h + 12, 92);
    vmm_put64(h + 24, 1);
    vmm_put64(h + 72, 2);
    vmm_put32(h + 80, 128);
    vmm_put32(h + 84, 128);
    vmm_put32(h + 88, vmm_crc32(entries, 128 * 128));
    vmm_put32(h + 16, vmm_crc32(h, 92));
    seed_disk("gpt", d, sizeof d, 1);
    memset(d, 0, sizeof d);
    lay_ntfs(d);
    seed_disk("ntfs", d, 40 << 10, 1);
    memset(d, 0, 4096);
    memcpy(d + 3, "-FVE-FS-", 8);
    d[510] = 0x55;
    d[511] = 0xaa;
    seed_disk("bitlocker", d, 4096, 1);
    memset(d, 0, 4096);
    memcpy(d + 82, "FAT32   ", 8);
    memcpy(d + 71, "EFI SYSTEM ", 11);
    vmm_put16(d + 11, 512);
    d[510] = 0x55;
    d[511] = 0xaa;
    seed_disk("fat", d, 4096, 1);
}

/* ---- images ---- */

static void seed_image(const char *name, uint8_t kind, size_t len, const uint8_t *head, size_t head_len) {
    uint8_t *input = vmm_alloc(len + 1, 1);
    input[0] = kind;
    memcpy(input + 1, head, head_len);
    seed_put("image", name, input, len + 1);
    free(input);
}

static void seed_images(void) {
    static uint8_t h[320 << 10];
    seed_image("raw", 1, 4096, (const uint8_t *)"", 0);
    memcpy(h, "QFI\xfb\0\0\0\3", 8);
    h[29] = 1;
    h[23] = 16;
    h[103] = 104;
    seed_image("qcow2", 3, 1024, h, 512);
    memset(h, 0, 512);
    memcpy(h, "conectix", 8);
    h[53] = 1;
    h[63] = 3;
    uint32_t sum = 0;
    for (int i = 0; i < 512; i++) sum += h[i];
    sum = ~sum;
    for (int i = 0; i < 4; i++) h[64 + i] = (uint8_t)(sum >> (24 - 8 * i));
    seed_image("vhd", 4, 1536, h, 512);
    static const char text[] = "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\nRW 2048 SPARSE \"x.vmdk\"\n";
    memset(h, 0, 512);
    memcpy(h, "KDMV\1\0\0\0\3", 9);
    h[13] = 8;
    h[28] = 1;
    h[36] = 1;
    memcpy(h + 512, text, sizeof text);
    seed_image("vmdk", 6, 4096, h, 1024);
    seed_image("vmdk-text", 6, sizeof text, (const uint8_t *)text, sizeof text);
    memset(h, 0, 1024);
    memcpy(h, "vhdxfile", 8);
    memcpy(h + (192 << 10), "regi\0\0\0\0\1", 9);
    static const uint8_t metadata[16] = {0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e};
    memcpy(h + (192 << 10) + 16, metadata, 16);
    vmm_put64(h + (192 << 10) + 32, 260 << 10);
    memcpy(h + (260 << 10), "metadata\0\0\2", 11);
    seed_image("vhdx", 5, sizeof h, h, sizeof h);
    seed_image("zip", 0, 600, (const uint8_t *)"PK\3\4", 4);
    seed_image("hive", 0, 8192, (const uint8_t *)"regf", 4);
}

/* ---- sessions ---- */

static void seed_sessions(void) {
    static const char plan[] = "{\"target\":\"/srv/disk.img\",\"name\":\"disk.img\",\"identity\":\"mbr:1\",\"started\":\"2026-01-01T00:00:00Z\",\"fixes\":[\"SM01\"],"
                               "\"snapshot\":{\"kind\":\"none\",\"text\":\"x\"},\"changes\":[{\"fix\":\"SM01\",\"store\":\"BCD\",\"place\":\"{x} safeboot\",\"before_text\":\"Minimal\","
                               "\"after_text\":\"(not set)\",\"before\":{\"type\":3,\"raw\":\"00\"},\"after\":null,\"risk\":\"low\"}],\"files\":[{\"n\":1,\"part\":0,\"path\":\"\\\\Boot\\\\BCD\","
                               "\"before\":{\"size\":1,\"sha256\":\"a\"},\"after\":{\"size\":1,\"sha256\":\"b\"},\"logs\":[]}]}";
    static const char journal[] = "2026-01-01T00:00:00Z prepared\n2026-01-01T00:00:01Z snapshot none\n2026-01-01T00:00:02Z writing 1\n2026-01-01T00:00:03Z written 1\n"
                                  "2026-01-01T00:00:04Z verified\n2026-01-01T00:00:05Z done\n";
    static const char progress[] = "{\"job\":\"apply\",\"stage\":\"writing\",\"done\":1,\"total\":2,\"stop\":true,\"since\":\"2026-01-01T00:00:00Z\",\"ended\":[{\"text\":\"a\",\"seconds\":1.5}],\"next\":[\"b\"]}";
    const uint8_t *p = (const uint8_t *)plan, *j = (const uint8_t *)journal, *g = (const uint8_t *)progress;
    seed_parts("session", "done", &(struct fuzz_parts){{p, j, g, p}, {sizeof plan - 1, sizeof journal - 1, sizeof progress - 1, 20}});
    seed_parts("session", "interrupted", &(struct fuzz_parts){{p, j, g, p}, {sizeof plan - 1, 80, sizeof progress - 1, 0}});
    seed_parts("session", "torn", &(struct fuzz_parts){{p, j, g, p}, {200, 70, 0, 0}});
}

void seed_small(void) {
    seed_devices();
    seed_disks();
    seed_images();
    seed_sessions();
}
