/* The state of a file system by our own look at its bytes: encrypted, not closed properly, metadata left in the journal, the copy of
 * the file table unlike the table. The NTFS driver mounts some of these read-only without a word and resets the journal of others, so
 * what it says counts only where it refuses more than this look.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "volume/table.h"

enum { PAGE = 4096, RECORD_MAX = 65536, LOGFILE = 2, VOLUME = 3, NO_CLIENT = 0xffff, VOLUME_IS_CLEAN = 2, RUNS_MAX = 4096, MIRRORED = 4 };

struct ntfs {
    const struct vmm_reader *r;
    uint32_t cluster, record;
    uint64_t mft, mirror;
};

void vmm_health_set(struct vmm_part *p, enum vmm_health health, const char *text) {
    free(p->health_text);
    p->health = health;
    p->health_text = vmm_strdup(text);
    p->writable = p->mountable && (health == VMM_HEALTH_OK || health == VMM_HEALTH_NOT_NTFS);
}

static void set_fs(struct vmm_part *p, const char *fs, char *label) {
    strcpy(p->fs, fs);
    free(p->label);
    p->label = label ? label : vmm_strdup("");
}

/* ---- NTFS structures ---- */

static bool power_of_two(uint64_t n) { return n && (n & (n - 1)) == 0; }

static bool read_boot(const struct vmm_reader *r, const uint8_t b[512], struct ntfs *n) {
    uint32_t sector = vmm_le16(b + 11), per_cluster = b[13] > 0x80 ? 1u << ((256 - b[13]) & 31) : b[13];
    int8_t record = (int8_t)b[64];
    n->r = r;
    if (!power_of_two(sector) || sector < 256 || sector > 4096 || !power_of_two(per_cluster)) return false;
    uint64_t cluster = (uint64_t)sector * per_cluster;
    if (cluster > 2 << 20) return false;
    n->cluster = (uint32_t)cluster;
    uint64_t size = record > 0 ? (uint64_t)record * cluster : record > -32 ? 1ull << -record : 0;
    if (!power_of_two(size) || size < 512 || size > RECORD_MAX) return false;
    n->record = (uint32_t)size;
    uint64_t lcn = vmm_le64(b + 48);
    uint64_t copy = vmm_le64(b + 56);
    n->mft = lcn * cluster;
    n->mirror = copy && copy < r->size / cluster ? copy * cluster : 0;
    return lcn != 0 && lcn < r->size / cluster;
}

/* The last two bytes of each 512 are kept aside, so that a torn write shows. */
static bool fix_up(uint8_t *p, uint32_t size) {
    uint32_t at = vmm_le16(p + 4), count = vmm_le16(p + 6);
    if (count != size / 512 + 1 || at < 8 || at + 2 * count > 510) return false;
    for (uint32_t i = 1; i < count; i++) {
        uint8_t *end = p + 512 * i - 2;
        if (memcmp(end, p + at, 2) != 0) return false;
        memcpy(end, p + at + 2 * i, 2);
    }
    return true;
}

static uint8_t *record_at(const struct ntfs *n, uint64_t table, uint32_t number) {
    uint8_t *rec = vmm_alloc(n->record, 1);
    if (vmm_reader_get(n->r, table + (uint64_t)number * n->record, rec, n->record, NULL) == 0 && memcmp(rec, "FILE", 4) == 0 && fix_up(rec, n->record)) return rec;
    free(rec);
    return NULL;
}

static uint8_t *read_record(const struct ntfs *n, uint32_t number) { return record_at(n, n->mft, number); }

/* The first records of the file table stand on the volume twice. Where the two differ, a write was cut off between them. */
static bool mirror_differs(const struct ntfs *n) {
    bool differs = n->mirror == 0;
    for (uint32_t i = 0; !differs && i < MIRRORED; i++) {
        uint8_t *one = record_at(n, n->mft, i), *two = record_at(n, n->mirror, i);
        uint32_t used = one ? vmm_le32(one + 24) : 0;
        differs = one == NULL || two == NULL || used < 48 || used > n->record || memcmp(one, two, used) != 0;
        free(one);
        free(two);
    }
    return differs;
}

/* The first unnamed attribute of a type; its length has been checked against the record. */
static const uint8_t *attribute(const struct ntfs *n, const uint8_t *rec, uint32_t type, uint32_t *len) {
    uint32_t at = vmm_le16(rec + 20);
    while (at % 8 == 0 && at + 24 <= n->record && vmm_le32(rec + at) != ~0u) {
        *len = vmm_le32(rec + at + 4);
        if (*len < 24 || *len > n->record - at) return NULL;
        if (vmm_le32(rec + at) == type && rec[at + 9] == 0) return rec + at;
        at += *len;
    }
    return NULL;
}

/* The bytes of a resident attribute. */
static const uint8_t *resident(const uint8_t *a, uint32_t len, uint32_t *size) {
    uint32_t at = vmm_le16(a + 20);
    *size = vmm_le32(a + 16);
    return a[8] == 0 && at <= len && *size <= len - at ? a + at : NULL;
}

/* Where byte `offset` of a non-resident attribute lies on the volume; 0 when nowhere. */
static uint64_t place(const struct ntfs *n, const uint8_t *a, uint32_t len, uint64_t offset) {
    uint32_t at = vmm_le16(a + 32);
    uint64_t vcn = 0, want = offset / n->cluster;
    int64_t lcn = 0;
    for (int runs = 0; len >= 64 && a[8] == 1 && runs < RUNS_MAX && at < len && a[at]; runs++) {
        unsigned size_len = a[at] & 15, lcn_len = a[at] >> 4;
        if (size_len == 0 || size_len > 8 || lcn_len > 8 || at + 1 + size_len + lcn_len > len) return 0;
        uint64_t count = 0, delta = 0;
        for (unsigned i = size_len; i > 0; i--) count = count << 8 | a[at + i];
        for (unsigned i = lcn_len; i > 0; i--) delta = delta << 8 | a[at + size_len + i];
        if (lcn_len && lcn_len < 8 && a[at + size_len + lcn_len] & 0x80) delta |= ~0ull << (8 * lcn_len);
        lcn = (int64_t)((uint64_t)lcn + delta);
        if (count == 0 || count > n->r->size / n->cluster) return 0;
        if (want < vcn + count) {
            if (lcn_len == 0 || lcn <= 0 || (uint64_t)lcn > n->r->size / n->cluster) return 0;
            return ((uint64_t)lcn + want - vcn) * n->cluster + offset % n->cluster;
        }
        vcn += count;
        at += 1 + size_len + lcn_len;
    }
    return 0;
}

/* ---- the journal ---- */

struct restart {
    bool found;
    uint64_t lsn;
    unsigned major;
    bool clean;
};

static bool all(const uint8_t *p, size_t len, uint8_t byte) {
    while (len > 0 && *p == byte) p++, len--;
    return len == 0;
}

static bool parse_restart(uint8_t page[PAGE], struct restart *out) {
    if ((memcmp(page, "RSTR", 4) != 0 && memcmp(page, "CHKD", 4) != 0) || !fix_up(page, PAGE)) return false;
    uint32_t area = vmm_le16(page + 24);
    if (area % 8 || area + 16 > 510) return false;
    const uint8_t *a = page + area;
    *out = (struct restart){.found = true, .lsn = vmm_le64(a), .major = vmm_le16(page + 28),
                            .clean = vmm_le16(a + 12) == NO_CLIENT || vmm_le16(a + 14) & VOLUME_IS_CLEAN};
    return true;
}

/* OK, or what the journal says against writing. */
static enum vmm_health look_at_journal(const struct ntfs *n) {
    uint8_t *rec = read_record(n, LOGFILE), page[PAGE];
    uint32_t len;
    const uint8_t *a = rec ? attribute(n, rec, 0x80, &len) : NULL;
    struct restart best = {0}, one;
    enum vmm_health h = VMM_HEALTH_UNREADABLE;
    bool empty = false;
    for (uint64_t offset = 0; a && offset <= PAGE; offset += PAGE) {
        uint64_t at = place(n, a, len, offset);
        if (at == 0 || vmm_reader_get(n->r, at, page, PAGE, NULL) < 0) goto out;
        if (offset == 0) empty = all(page, PAGE, 0xff);
        if (parse_restart(page, &one) && (!best.found || one.lsn > best.lsn)) best = one;
    }
    if (a == NULL) goto out;
    if (!best.found) h = empty ? VMM_HEALTH_OK : VMM_HEALTH_JOURNAL;
    else if (best.major >= 2) h = VMM_HEALTH_JOURNAL_CACHED;
    else h = best.clean ? VMM_HEALTH_OK : VMM_HEALTH_JOURNAL;
out:
    free(rec);
    return h;
}

/* What each state is, and what the person can do. */
static const char *const states[] = {
    [VMM_HEALTH_DIRTY] = N_("Windows or a driver has marked it as not in order (dirty). Files on it may be damaged, so nothing is written to it. Start Windows once: it checks the "
                            "volume by itself before it starts. Or attach the disk to another Windows machine and run chkdsk /f on it"),
    [VMM_HEALTH_JOURNAL] = N_("it was not closed properly: its NTFS journal ($LogFile, version 1.1) holds changes that are not on the volume yet. Start Windows once, or attach the "
                              "disk to another Windows machine: it completes them by itself. vmmedic repair can do it here, on a disk with a snapshot"),
    [VMM_HEALTH_JOURNAL_CACHED] = N_("Windows was switched off hard or did not shut down completely: its NTFS journal ($LogFile, version 2.0) still holds changes. Start it once and shut it "
                                     "down with \"shutdown /s /t 0\", or attach the disk to another Windows machine and detach it properly. vmmedic repair can complete them here, on a "
                                     "disk with a snapshot"),
    [VMM_HEALTH_MIRROR] = N_("the beginning of its file table ($MFT) and the copy of it ($MFTMirr) differ: a write was cut off, or the disk is damaged. It cannot be read here. Attach the "
                             "disk to a Windows machine and run chkdsk /f on it; chkdsk knows which of the two is right"),
    [VMM_HEALTH_HIBERNATED] = N_("Windows is hibernated on it: when it wakes up it would overwrite what is changed now. Start it and shut it down with \"shutdown /s /t 0\" first. Where it "
                                 "cannot be reached, vmmedic repair can give the saved session up, on a disk with a snapshot"),
    [VMM_HEALTH_FAST_STARTUP] = N_("Windows was shut down with fast startup: it saved itself, and when it starts it would overwrite what is changed now. Start it and shut it down with "
                                   "\"shutdown /s /t 0\" first (a restart does it too). Where it cannot be reached, vmmedic repair can give the saved state up, on a disk with a snapshot"),
    [VMM_HEALTH_UNREADABLE] = N_("its NTFS journal cannot be read; on Windows, chkdsk can look at it"),
};

static void say(struct vmm_part *p, enum vmm_health h) { vmm_health_set(p, h, h == VMM_HEALTH_OK ? NULL : _(states[h])); }

void vmm_health_fast_startup(struct vmm_part *p) {
    if (p->health == VMM_HEALTH_HIBERNATED) say(p, VMM_HEALTH_FAST_STARTUP);
}

static void look_at_ntfs(const struct vmm_reader *r, const uint8_t boot[512], struct vmm_part *p) {
    struct ntfs n;
    set_fs(p, "ntfs", NULL);
    p->mountable = true;
    uint8_t *rec = read_boot(r, boot, &n) ? read_record(&n, VOLUME) : NULL;
    uint32_t len, size = 0;
    const uint8_t *a = rec ? attribute(&n, rec, 0x60, &len) : NULL, *name = a ? resident(a, len, &size) : NULL;
    if (name) set_fs(p, "ntfs", vmm_utf16_to_utf8(name, size));
    a = rec ? attribute(&n, rec, 0x70, &len) : NULL;
    const uint8_t *info = a ? resident(a, len, &size) : NULL;
    if (info == NULL || size < 12) {
        p->mountable = rec != NULL;
        vmm_health_set(p, VMM_HEALTH_UNREADABLE, _("its NTFS file system is damaged; on Windows, chkdsk can look at it"));
        free(rec);
        return;
    }
    bool dirty = vmm_le16(info + 10) & 1;
    free(rec);
    if (mirror_differs(&n)) {
        p->mountable = false; /* the driver would not mount it even to read */
        say(p, VMM_HEALTH_MIRROR);
        return;
    }
    enum vmm_health journal = look_at_journal(&n);
    say(p, journal == VMM_HEALTH_OK && dirty ? VMM_HEALTH_DIRTY : journal);
}

/* ---- the others ---- */

static bool is_bitlocker(const uint8_t b[512]) {
    static const uint8_t to_go[16] = {0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a,
                                      0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01};
    return memcmp(b + 3, "-FVE-FS-", 8) == 0 || (memcmp(b + 3, "MSWIN4.1", 8) == 0 && memcmp(b + 424, to_go, 16) == 0);
}

static char *fat_label(const uint8_t *s) {
    char text[12] = "";
    for (int i = 0; i < 11; i++) text[i] = s[i] >= 0x20 && s[i] < 0x7f ? (char)s[i] : '?';
    for (int i = 10; i >= 0 && text[i] == ' '; i--) text[i] = '\0';
    return vmm_strdup(strcmp(text, "NO NAME") == 0 ? "" : text);
}

static bool look_at_fat(const uint8_t b[512], struct vmm_part *p) {
    uint32_t sector = vmm_le16(b + 11);
    bool wide = memcmp(b + 82, "FAT32   ", 8) == 0, narrow = memcmp(b + 54, "FAT", 3) == 0;
    if ((!wide && !narrow) || !power_of_two(sector) || sector < 512 || sector > 4096 || !power_of_two(b[13]) || b[16] == 0)
        return false;
    set_fs(p, "vfat", fat_label(b + (wide ? 71 : 43)));
    p->mountable = true;
    return true;
}

void vmm_health_look(const struct vmm_reader *r, struct vmm_part *p) {
    uint8_t b[512];
    set_fs(p, "", NULL);
    p->mountable = false;
    vmm_health_set(p, VMM_HEALTH_NOT_NTFS, NULL);
    if (r->size < 512 || r->read(r->ctx, 0, b, 512, NULL) < 0) {
        vmm_health_set(p, VMM_HEALTH_UNREADABLE, _("it cannot be read: the disk gives an error"));
        return;
    }
    if (is_bitlocker(b)) {
        set_fs(p, "BitLocker", NULL);
        p->bitlocker = true;
        vmm_health_set(p, VMM_HEALTH_ENCRYPTED,
                       _("it is encrypted with BitLocker. It opens with its recovery password (48 digits), its startup key (a .BEK file) or its password"));
    } else if (memcmp(b + 3, "NTFS    ", 8) == 0 && b[510] == 0x55 && b[511] == 0xaa) {
        look_at_ntfs(r, b, p);
    } else if (b[510] == 0x55 && b[511] == 0xaa) {
        look_at_fat(b, p);
        vmm_health_set(p, VMM_HEALTH_NOT_NTFS, NULL);
    }
}

void vmm_health_hiberfile(struct vmm_part *p, const uint8_t *head, size_t len, uint64_t size) {
    if (p->health != VMM_HEALTH_OK && p->health != VMM_HEALTH_NOT_NTFS && p->health != VMM_HEALTH_DIRTY && p->health != VMM_HEALTH_JOURNAL &&
        p->health != VMM_HEALTH_JOURNAL_CACHED)
        return;
    bool asleep = len >= 4 && (memcmp(head, "hibr", 4) == 0 || memcmp(head, "HIBR", 4) == 0 || memcmp(head, "RSTR", 4) == 0 ||
                               memcmp(head, "rstr", 4) == 0);
    if (asleep) say(p, VMM_HEALTH_HIBERNATED);
    else if ((size < PAGE || !all(head, len, 0)) && (p->health == VMM_HEALTH_OK))
        vmm_health_set(p, VMM_HEALTH_HIBERNATED,
                       _("its hiberfil.sys has unexpected contents, so a saved Windows session cannot be excluded. Start Windows "
                         "and run \"powercfg /h off\", then shut it down"));
}
