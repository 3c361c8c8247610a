/* The log files beside a hive (.LOG, .LOG1, .LOG2) as this room reads and writes them: offsets, the entries' hash, replaying, and making the one
 * entry that carries a change of ours. Formats: DIRT (Windows XP to 8) and HvLE (8.1 and later), from the regf specification by Maxim Suhanov; what is
 * usable and in which order it is applied follows Microsoft's chkreg as measured. Only files of core/hive include this.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_HIVE_LOG_H
#define VMM_HIVE_LOG_H
#include "hive/regf.h"

#define LOG_SECTOR 512u
#define LOG_SEED UINT64_C(0x82EF4D887A4E55C5)

enum { LOG_TYPE_OLD = 1, LOG_TYPE_NEW = 6 }; /* of the base block that a log begins with */

enum { /* an entry, from its own start */
    ENTRY_SIZE = 4, ENTRY_FLAGS = 8, ENTRY_SEQ = 12, ENTRY_LENGTH = 16, ENTRY_PAGES = 20, ENTRY_HASH1 = 24, ENTRY_HASH2 = 32, ENTRY_REFS = 40
};

/* Marvin32 as the registry uses it: both halves of the state as one number, high half first. */
uint64_t vmm_marvin32(uint64_t seed, const void *data, size_t len);
#endif
