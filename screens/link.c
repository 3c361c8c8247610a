/* The wizard's way to the real worker: a few lines over vmm_client.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/wizard.h"
#include "vmmedic/client.h"

static int send_request(void *ctx, json_t *request, struct vmm_error *err) { return vmm_client_send(ctx, request, err); }
static int next_event(void *ctx, int timeout_ms, json_t **event, struct vmm_error *err) { return vmm_client_next(ctx, timeout_ms, event, err); }
static int socket_of(void *ctx) { return vmm_client_fd(ctx); }
static void cancel_job(void *ctx) { vmm_client_cancel(ctx); }

struct wizard_link vmm_wizard_link_client(struct vmm_client *client) {
    return (struct wizard_link){client, send_request, next_event, cancel_job, socket_of};
}
