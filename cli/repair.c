/* `vmmedic repair TARGET`: a volume that is not in order is put in order, after the loss was read and accepted with its own word.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* The partition that is meant: the one of --partition, or the only one for which something can be done. */
static const json_t *pick(const struct cli *c, const json_t *disk, struct vmm_error *err) {
    const json_t *one = NULL, *p;
    size_t i, several = 0;
    json_array_foreach(json_object_get(disk, "partitions"), i, p) {
        int number = (int)json_integer_value(json_object_get(p, "number"));
        if (c->partition ? number != c->partition : !json_is_object(json_object_get(p, "repair"))) continue;
        one = p;
        several++;
    }
    const char *health = vmm_json_str(one, "health_text");
    if (several > 1) vmm_fail(err, VMM_E_USAGE, NULL, _("several partitions could be repaired; say which with --partition N"));
    else if (one == NULL && c->partition) vmm_fail(err, VMM_E_NOT_FOUND, NULL, _("%s has no partition %d"), vmm_json_str(disk, "name"), c->partition);
    else if (one && !json_is_object(json_object_get(one, "repair")))
        vmm_fail(err, VMM_E_BLOCKED, NULL, _("there is nothing that can be repaired here%s%s"), *health ? ": " : "", health);
    return several == 1 && err->code == VMM_OK ? one : NULL;
}

/* --yes does not answer here: the word is what says that the loss was read. */
static bool accepted(struct cli *c, const char *disk, const json_t *repair, int *code) {
    struct vmm_error err;
    const char *word = vmm_json_str(repair, "accept");
    fprintf(stderr, "%s\n%s\n", vmm_json_str(repair, "what"), vmm_json_str(repair, "loss"));
    if (c->accept) {
        if (strcmp(c->accept, word) == 0) return true;
        vmm_fail(&err, VMM_E_DECLINED, NULL, _("--accept has to be %s for this volume; nothing was written"), word);
        *code = cli_failed(c, &err);
        return false;
    }
    if (!isatty(STDIN_FILENO)) {
        *code = cli_usage(c, _("this loses something and there is no terminal to ask on; nothing was done (--accept %s accepts it)"), word);
        return false;
    }
    bool yes = c->yes;
    c->yes = false;
    char *question = vmm_printf(_("It was not tried yet. It is tried on a copy first, then done on %s."), disk);
    bool said = cli_confirm(c, question, word, code);
    free(question);
    c->yes = yes;
    return said;
}

int cli_repair(struct cli *c) {
    struct vmm_error err = {0};
    int code = 0;
    if (c->no_snapshot || (c->snapshot != NULL) + c->take_snapshot != 1)
        return cli_usage(c, _("undo cannot take this repair back, so it needs a snapshot; one of: --snapshot NAME, --take-snapshot"));
    json_t *scan = cli_call(c, cli_scan_request(c, c->args[0]), &err);
    if (scan == NULL) return cli_failed(c, &err);
    const json_t *disk = json_object_get(scan, "disk"), *part = pick(c, disk, &err);
    json_t *result = NULL;
    if (part == NULL && err.code == VMM_OK) {
        if (c->json) cli_print_json(json_object_get(scan, "disk"));
        else puts(_("Nothing to do: no partition of this disk has a state that can be repaired here. Nothing was written."));
    } else if (part == NULL) {
        code = cli_failed(c, &err);
    } else if (accepted(c, vmm_json_str(disk, "name"), json_object_get(part, "repair"), &code)) {
        json_t *r = json_pack("{s:s,s:o,s:O,s:O,s:{s:s,s:o}}", "job", "repair", "target", vmm_json_text(c->args[0]), "partition", json_object_get(part, "number"), "accept",
                              json_object_get(json_object_get(part, "repair"), "accept"), "snapshot", "kind", c->snapshot ? "named" : "take", "text",
                              vmm_json_text(c->snapshot ? c->snapshot : ""));
        if (c->format) json_object_set_new(r, "format", vmm_json_text(c->format));
        cli_add_key(c, r);
        c->wrote = true;
        result = cli_call(c, r, &err);
        if (result == NULL) code = cli_failed(c, &err);
    }
    const char *where = vmm_json_str(json_object_get(result, "snapshot"), "where");
    if (result && c->json) cli_print_json(result);
    else if (result) printf(_("Repaired: the volume is in order and can be written to. %s%sNow: vmmedic scan %s\n"), where, *where ? "\n" : "", c->args[0]);
    json_decref(result);
    json_decref(scan);
    return code;
}
