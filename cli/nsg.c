/* nsg: does a network security group let Remote Desktop in? The worker reads what is in the file; this only hands it over and prints the answer.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/cli.h"
#include "screens/wrap.h"
#include "vmmedic/cloud.h"

/* What a pipe or file holds, in memory that the worker can open. -1 and *err. The worker has no standard input, and may not see our pipes. */
static int take_in(const char *name, bool standard, struct vmm_error *err) {
    int in = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (in < 0) return vmm_fail(err, errno == ENOENT ? VMM_E_NOT_FOUND : VMM_E_UNREADABLE, NULL, _("opening %s: %s"), name, strerror(errno));
    int copy = memfd_create("vmmedic-nsg", MFD_CLOEXEC), e = copy < 0 ? errno : 0;
    char chunk[65536];
    size_t all = 0;
    for (ssize_t n; e == 0 && all <= VMM_NSG_MAX_BYTES && (n = read(in, chunk, sizeof chunk)) != 0;) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 || write(copy, chunk, (size_t)n) != n) e = errno;
        else all += (size_t)n;
    }
    if (!standard) close(in);
    if (e) {
        if (copy >= 0) close(copy);
        return vmm_fail(err, VMM_E_UNREADABLE, NULL, _("reading %s: %s"), name, strerror(e));
    }
    return copy;
}

static void line(int indent, const char *text) {
    char *safe = vmm_safe_text(text);
    vmm_wrap(stdout, WRAP_WORDS, 79, indent, indent, safe, 0);
    free(safe);
}

static void lines(bool warning, const json_t *list) {
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one) {
        char *text = vmm_printf(warning ? _("Warning: %s") : _("Note: %s"), json_string_value(one));
        line(0, text);
        free(text);
    }
}

#define SHOWN 5 /* rules that are open */

static void show(const json_t *a) {
    const json_t *one, *on;
    size_t i, k;
    line(0, vmm_json_str(a, "sentence"));
    json_array_foreach(json_object_get(a, "depends"), i, one) {
        if (i == SHOWN) {
            line(2, _("and more of them; --json lists them."));
            break;
        }
        const json_t *rule = json_object_get(one, "rule");
        char *text = vmm_printf(_("%s (%d, %s) hangs on:"), vmm_json_str(rule, "name"), (int)json_integer_value(json_object_get(rule, "priority")), vmm_json_str(rule,
            "access"));
        line(2, text);
        free(text);
        json_array_foreach(json_object_get(one, "on"), k, on) line(4, json_string_value(on));
    }
    json_array_foreach(json_object_get(a, "others"), i, one) {
        char *text = vmm_printf(_("And otherwise: %s"), vmm_json_str(one, "sentence"));
        line(0, text);
        free(text);
    }
    lines(true, json_object_get(a, "warnings"));
    lines(false, json_object_get(a, "notes"));
}

int cli_nsg(struct cli *c) {
    struct vmm_error err = {0};
    bool standard = strcmp(c->args[0], "-") == 0;
    const char *name = standard ? _("standard input") : c->args[0];
    if (standard && isatty(STDIN_FILENO)) fprintf(stderr, "%s\n", _("Paste the JSON here; Ctrl+D on a line of its own ends it."));
    int fd = take_in(name, standard, &err);
    if (fd < 0) return cli_failed(c, &err);
    char *path = vmm_printf("/proc/%d/fd/%d", (int)getpid(), fd);
    json_t *request = json_pack("{s:s,s:s,s:o,s:i}", "job", "nsg", "file", path, "name", vmm_json_text(name), "port", c->port ? c->port : 3389);
    free(path);
    if (c->from) json_object_set_new(request, "from", vmm_json_text(c->from));
    if (c->to) json_object_set_new(request, "to", vmm_json_text(c->to));
    json_t *answer = cli_call(c, request, &err);
    close(fd);
    if (answer == NULL) return cli_failed(c, &err);
    const char *verdict = vmm_json_str(answer, "verdict");
    int code = strcmp(verdict, "ALLOW") == 0 ? 0 : strcmp(verdict, "DENY") == 0 ? 4 : 3; /* 3: a person has to look first; neither open nor shut */
    if (c->json) cli_print_json(answer);
    else show(answer);
    json_decref(answer);
    return code;
}
