/* What is on a disk: the Windows installations, their hives, the boot stores, and which entry boots which Windows.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_WINDOWS_H
#define VMMEDIC_WINDOWS_H
#include <jansson.h>

#include "vmmedic/bcd.h"
#include "vmmedic/hive.h"
#include "vmmedic/volume.h"

/* A file of the disk that holds settings, read once. */
struct vmm_store {
    bool is_bcd;
    char *name;            /* "SYSTEM", "SOFTWARE", "BCD" */
    char *label;           /* "SYSTEM", "\Boot\BCD on partition 1": what people read; escaped */
    int part;
    char *path;            /* real spelling on the disk, \ separated */
    uint8_t *data;         /* the primary file's bytes as they stand on the disk; NULL when unreadable */
    size_t len;
    struct { char *path; uint8_t *data; size_t len; } logs[3]; /* .LOG .LOG1 .LOG2, path NULL where there is none */
    char sha256[65];
    struct vmm_hive *hive; /* as Windows would load it, logs replayed: not always what `data` holds; NULL when broken: see error */
    struct vmm_bcd *bcd;   /* is_bcd only */
    struct vmm_error error; /* why hive or bcd is NULL */
    char *blocked;         /* NULL, or why nothing may be written into it (a hive its logs cannot complete, unhealthy volume) */
    /* a small file that is written whole: neither hive nor boot store */
    bool is_file;
    bool absent;           /* there is none; path is where it would be */
    char **folders;        /* then: the folders on the way that are missing too, outermost first */
    size_t folder_count;
};

/* The small files that fixes write, by what they are for. */
enum vmm_file {
    VMM_FILE_GPT, VMM_FILE_SCRIPTS,           /* the local group policy of the machine: what it holds, and its scripts */
    VMM_FILE_GPT_KEPT, VMM_FILE_SCRIPTS_KEPT, /* copies of both that the script below puts back */
    VMM_FILE_STARTUP,                         /* ours: may hold a password, so it is only looked for, never read */
    VMM_FILE_SETUP,                           /* the same */
    VMM_FILE_LOG,                             /* what such a script left behind; only looked for */
    VMM_FILE_COUNT
};

struct vmm_control_set {
    unsigned number;       /* ControlSet%03u */
    bool complete;         /* has Control, Services and Enum */
};

enum vmm_role { VMM_ROLE_UNKNOWN, VMM_ROLE_STANDALONE, VMM_ROLE_MEMBER, VMM_ROLE_DC };

struct vmm_windows {
    int number;            /* 1-based, as scan numbers them */
    int part;
    char *root;            /* "\Windows" as spelled on the disk */
    struct vmm_store *system, *software; /* owned by the scan; software may be NULL */
    char *product;         /* "Windows Server 2019 Datacenter", "" unknown; untrusted text */
    char *edition, *installation; /* EditionID, InstallationType */
    uint32_t build, ubr;   /* 0 unknown */
    char *computer;        /* ComputerName */
    char letter[4];        /* "C:" the letter Windows itself uses, "" unknown */
    enum vmm_role role;
    char *domain;
    uint64_t last_shutdown; /* FILETIME, 0 unknown */
    uint32_t select_current, select_default, select_failed, select_lkg; /* 0 unknown */
    struct vmm_control_set *sets;
    size_t set_count;
    unsigned boot_set;     /* the set that boots next (Select\Default), 0 when it cannot be told */
    bool efi;              /* winload.efi is what its loader names, or the store is an ESP's */
    bool has_winload_efi, has_winload_exe;
    char *not_told;        /* what could not be read, in words; NULL */
    struct vmm_store *files[VMM_FILE_COUNT]; /* owned by the scan; never NULL after vmm_scan */
};

struct vmm_loader { /* a Windows boot loader entry of a store, judged */
    const struct vmm_bcd_object *object;
    int windows;           /* number of the Windows it boots, 0 none */
    bool is_default;
    bool in_displayorder;
    bool recovery;         /* WinRE, setup, PE: never a candidate */
    char *why;             /* how that is known, one sentence */
};

enum vmm_store_role { VMM_STORE_BOOTS, VMM_STORE_DECOY, VMM_STORE_RECOVERY, VMM_STORE_TEMPLATE };

struct vmm_boot_store {
    int number;            /* 1-based, as scan numbers them */
    struct vmm_store *store;
    enum vmm_store_role role;
    char *why;             /* "the firmware reads it: EFI system partition", "a stale copy: this disk boots from ..." */
    bool efi;
    struct vmm_loader *loaders;
    size_t loader_count;
};

struct vmm_scan {
    const struct vmm_disk *disk;   /* borrowed from the volume; outlive it by not closing it first */
    struct vmm_volume *volume;     /* the same volume, to look for more files; never written through */
    struct vmm_store **stores;     /* every file read; owned */
    size_t store_count;
    struct vmm_store **files;      /* small files that fixes may write, there or not; owned */
    size_t file_count;
    struct vmm_windows *windows;
    size_t windows_count;
    struct vmm_boot_store *boot;
    size_t boot_count;
    char **notes;                  /* things worth saying, in words */
    size_t note_count;
    bool store_only;               /* made by vmm_scan_store_file: there was no disk to look for a Windows on */
};

/* Reads what there is. Finding no Windows is not an error here (windows_count 0). NULL and *err only when the disk cannot be read at all. */
struct vmm_scan *vmm_scan(struct vmm_volume *v, struct vmm_progress progress, struct vmm_error *err);
/* For `bcd FILE`: a scan with just that store, no Windows. */
struct vmm_scan *vmm_scan_store_file(struct vmm_volume *v, const char *path, struct vmm_error *err);
void vmm_scan_free(struct vmm_scan *s);

/* The store that boots WINDOWS (1-based), NULL when none or ambiguous: *why (may be NULL) says. */
const struct vmm_boot_store *vmm_scan_boot_store(const struct vmm_scan *s, int windows, const char **why);
/* Drive letter of a partition as the first Windows sees it, for vmm_bcd_view.letter; ctx is the scan. */
const char *vmm_scan_letter(void *scan, int part);
/* "3 changes that Windows had not written yet were taken from its log"; NULL when nothing was. The caller frees. */
char *vmm_store_replay_text(const struct vmm_store *st);
/* {"kind":"clean"|"replayed"|"nothing"|"disagree","logs":["LOG1"],"header":bool,"entries":N,"pages":N,"changes":N,"text":null|TEXT}; null without a hive. New reference. */
json_t *vmm_store_replay_json(const struct vmm_store *st);
/* {"disk":{},"windows":[],"stores":[],"notes":[]}: the parts of the scan object that are not fixes. New reference. */
json_t *vmm_scan_json(const struct vmm_scan *s);
#endif
