/* What the files of this room share: a scan under construction.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_WINDOWS_LOOK_H
#define VMM_WINDOWS_LOOK_H
#include "base/base.h"
#include "vmmedic/windows.h"

#define VMM_BOOT_FOLDER (-1) /* the part number of --boot FOLDER */

/* store.c */
void vmm_scan_note(struct vmm_scan *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "partition 2", "the boot folder", "the folder": where a part is, in words. The caller frees. */
char *vmm_part_name(const struct vmm_scan *s, int part);
/* Reads the file and its logs, opens the hive, adds the store to the scan. REAL is the path as spelled on the disk. Never NULL: what went wrong is in it. */
struct vmm_store *vmm_scan_read(struct vmm_scan *s, struct vmm_volume *v, int part, const char *real, const char *name, bool is_bcd);
/* Why a file on that part may not be written now; NULL. The caller frees. */
char *vmm_scan_part_blocked(const struct vmm_scan *s, int part);
/* files.c: looks for the small files that fixes write. */
void vmm_scan_files(struct vmm_scan *s, struct vmm_volume *v, struct vmm_windows *w);
/* The reasons why a sound file may not be written now, into its `blocked`: what the hive says, then what the volume says. */
void vmm_scan_blocks(const struct vmm_scan *s, struct vmm_store *st);
/* 1 there (*real is the caller's), 0 not there or not readable; the latter leaves a note. */
int vmm_scan_there(struct vmm_scan *s, struct vmm_volume *v, int part, const char *path, bool want_dir, char **real);
const struct vmm_part *vmm_scan_part(const struct vmm_scan *s, int number);
bool vmm_scan_is_folder(const struct vmm_scan *s); /* no partition table at all: nothing has an identity */

/* hives.c: fills the facts from w->system and w->software */
void vmm_windows_facts(const struct vmm_scan *s, struct vmm_windows *w);
/* letters.c: the letter W gives to PART ("C:"), NULL when it has none */
const char *vmm_windows_letter(const struct vmm_scan *s, const struct vmm_windows *w, int part);
/* The partition that W calls LETTER ("C:"), as MountedDevices has it: the value's bytes. The caller frees; NULL when it says nothing. */
uint8_t *vmm_windows_mounted(const struct vmm_windows *w, const char *letter, size_t *len);

/* roles.c */
void vmm_judge_stores(struct vmm_scan *s);
/* loaders.c */
void vmm_judge_loaders(struct vmm_scan *s, struct vmm_volume *v);
/* True when the entry is recovery, setup, PE or a template: it boots no installed Windows. */
bool vmm_loader_is_recovery(const struct vmm_bcd *b, const struct vmm_bcd_object *o);
#endif
