/* A second pair of eyes on the start of the appliance: some machines have a KVM that accepts a virtual machine and never runs it, and the library waits for ever.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_VOLUME_WATCHDOG_H
#define VMM_VOLUME_WATCHDOG_H
#include <stdbool.h>
#include <sys/types.h>

struct vmm_watchdog {
    pid_t pid;
    int pipe;
};
/* From now on, a child of this process whose name begins with NAME and during whose life nothing is heard for SECONDS is killed. When no process can be made for
 * it, nothing is watched. */
void vmm_watchdog_start(struct vmm_watchdog *d, const char *name, int seconds);
/* Something was heard. */
void vmm_watchdog_heard(const struct vmm_watchdog *d);
/* Ends it; true when it has killed. */
bool vmm_watchdog_stop(struct vmm_watchdog *d);
#endif
