/* The tables of cloud commands, for the files that fill them in.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_CLOUD_ROOM_H
#define VMM_CLOUD_ROOM_H
#include "base/base.h"
#include "vmmedic/cloud.h"

/* One line to type. %g group, %v VM, %r recovery VM, %d disk, %p port; %v{-os-snap} is a name made of one: whatever it is, it is quoted as a whole.
 * Words in capitals are for the person to fill in: they come out of a line before, or nobody but the person knows them. */
struct cloud_line {
    const char *step;
    enum vmm_shell shell;
    unsigned flags;
    const char *says;    /* N_(); NULL: it goes with the line before */
    const char *command;
};
#define CHANGES 1u   /* it changes something in the cloud */
#define EXTRA 2u     /* left out where there is little room */
#define EACH_DISK 4u /* once for every disk, together with its neighbours of this kind */
extern const struct cloud_line vmm_cloud_table[];
extern const size_t vmm_cloud_table_count;

/* The template filled in. The caller frees. */
char *vmm_cloud_fill(const char *template, enum vmm_shell shell, const struct vmm_cloud_names *names, size_t disk);
/* TEXT as one word of that shell, quoted if need be. The caller frees. */
char *vmm_shell_word(enum vmm_shell shell, const char *text);
#endif
