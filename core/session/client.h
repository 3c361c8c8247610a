/* Starting a worker from another program file than one's own, for tests.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_CLIENT_ROOM_H
#define VMM_CLIENT_ROOM_H
#include "vmmedic/client.h"

#define VMM_WORKER_ARGUMENT "--worker" /* hidden: serves file descriptor 3 */

struct vmm_client *vmm_client_start_program(const char *program, struct vmm_error *err);
#endif
