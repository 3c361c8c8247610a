/* What the files of this room ask of a Windows' hives, and say of them.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fixes/room.h"

/* ---- SOFTWARE ---- */

static const char *why_no_software(const struct vmm_patient *p) {
    if (p->windows == NULL) return _("there is no Windows to look at");
    if (p->windows->software == NULL) return _("there is no SOFTWARE hive");
    if (p->windows->software->hive == NULL) return p->windows->software->error.message;
    return NULL;
}

const struct vmm_hive *vmm_patient_software(const struct vmm_patient *p) { return p->windows && p->windows->software ? p->windows->software->hive : NULL; }

const struct vmm_hive *vmm_need_policies(const struct vmm_patient *p, struct vmm_finding *f) {
    const char *why = why_no_software(p);
    const struct vmm_store *st = p->windows ? p->windows->software : NULL;
    if (st && st->blocked) f->blocked_by = vmm_printf("%s: %s", st->label, st->blocked);
    if (why == NULL) return st->hive;
    f->verdict = VMM_CANNOT_TELL;
    vmm_finding_say(f, "%s", why);
    if (f->blocked_by == NULL) f->blocked_by = vmm_strdup(why);
    return NULL;
}

int vmm_need_software(const struct vmm_patient *p, const char *fix, struct vmm_error *err) {
    const char *why = why_no_software(p);
    return why ? vmm_fail(err, VMM_E_BLOCKED, NULL, "%s: %s", fix, why) : 0;
}

/* ---- sentences ---- */

void vmm_say_stubs(const struct vmm_patient *p, struct vmm_finding *f) {
    for (size_t i = 0; i < p->windows->set_count; i++)
        if (!p->windows->sets[i].complete) vmm_finding_say(f, _("ControlSet%03u is only a stub and is left alone."), p->windows->sets[i].number);
}

void vmm_say_domain(const struct vmm_patient *p, struct vmm_finding *f) {
    if (p->windows->role == VMM_ROLE_MEMBER)
        vmm_finding_say(f, _("This Windows is a member of the domain %s: its Group Policy may set this again after the repair."), p->windows->domain);
    else if (p->windows->role == VMM_ROLE_DC) vmm_finding_say(f, _("This Windows is a domain controller: Group Policy may set this again after the repair."));
}

enum vmm_verdict vmm_graver(enum vmm_verdict a, enum vmm_verdict b) {
    static const int weight[] = {[VMM_NEEDED] = 5, [VMM_OPTIONAL] = 4, [VMM_REPORT] = 3, [VMM_CANNOT_TELL] = 2, [VMM_NOT_NEEDED] = 1};
    return weight[a] >= weight[b] ? a : b;
}

int vmm_only_reports(const char *fix, struct vmm_error *err) {
    return vmm_fail(err, VMM_E_USAGE, _("scan shows what it found, and what can be done about it."), _("%s only tells you something; it has nothing to change"), fix);
}

/* ---- control sets, keys and values ---- */

int vmm_each_set(const struct vmm_patient *p, const char *key, vmm_in_set fn, void *ctx, struct vmm_error *err) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < p->windows->set_count; i++) {
        if (!p->windows->sets[i].complete) continue;
        char *path = vmm_printf("ControlSet%03u\\%s", p->windows->sets[i].number, key);
        r = fn(ctx, path, err);
        free(path);
    }
    return r;
}

int vmm_change_text(struct vmm_changes *c, const char *fix, struct vmm_store *store, const char *path, const char *name, uint32_t type, const char *text, enum vmm_risk risk,
                    const char *why, struct vmm_error *err) {
    size_t len;
    uint8_t *wide = vmm_utf8_to_utf16(text, &len);
    bool list = type == VMM_REG_MULTI_SZ;
    size_t end = list && len ? 4 : 2;
    uint8_t *data = vmm_alloc(len + end, 1); /* zeroed: the terminators stand */
    if (len) memcpy(data, wide, len);
    for (size_t i = 0; list && i + 1 < len; i += 2)
        if (vmm_le16(data + i) == '\n') vmm_put16(data + i, 0);
    int r = vmm_change_set(c, fix, store, path, name, type, data, len + end, true, risk, why, err);
    free(wide);
    free(data);
    return r;
}

enum vmm_answer vmm_hive_lines(const struct vmm_hive *h, const char *path, const char *name, char **out) {
    vmm_key key;
    struct vmm_value v;
    struct vmm_buf b = {0};
    *out = NULL;
    enum vmm_answer a = vmm_key_path(h, vmm_hive_root(h), path, &key);
    if (a == VMM_SET) a = vmm_key_value(h, key, name, &v);
    if (a != VMM_SET) return a;
    if (v.type != VMM_REG_MULTI_SZ) a = VMM_WRONG_TYPE;
    for (size_t at = 0; a == VMM_SET && at + 1 < v.len;) {
        size_t end = at;
        while (end + 1 < v.len && vmm_le16(v.data + end) != 0) end += 2;
        if (end == at) break;
        char *line = vmm_utf16_to_utf8(v.data + at, end - at);
        vmm_buf_fmt(&b, "%s%s", b.len ? "\n" : "", line);
        free(line);
        at = end + 2;
    }
    vmm_value_clear(&v);
    if (a == VMM_SET) *out = vmm_buf_steal(&b);
    return a;
}

bool vmm_has_key(const struct vmm_hive *h, const char *path) {
    vmm_key key;
    return vmm_key_path(h, vmm_hive_root(h), path, &key) == VMM_SET;
}

size_t vmm_key_names(const struct vmm_hive *h, const char *path, char ***names) {
    vmm_key key, *keys;
    size_t count, n = 0;
    *names = NULL;
    if (vmm_key_path(h, vmm_hive_root(h), path, &key) != VMM_SET || vmm_key_children(h, key, &keys, &count, NULL) < 0) return 0;
    *names = vmm_alloc(count + 1, sizeof **names);
    for (size_t i = 0; i < count; i++) {
        char *name = vmm_key_name(h, keys[i]);
        if (name) (*names)[n++] = name;
    }
    free(keys);
    return n;
}

void vmm_names_free(char **names, size_t count) {
    for (size_t i = 0; i < count; i++) free(names[i]);
    free(names);
}

uint32_t vmm_rdp_port(const struct vmm_patient *p, const struct vmm_hive *h) {
    uint32_t port = 0;
    char *path = vmm_boot_set_path(p, VMM_LISTENER);
    enum vmm_answer a = vmm_hive_dword(h, path, "PortNumber", &port);
    free(path);
    return a == VMM_SET && port >= 1 && port <= 65535 ? port : VMM_RDP_PORT;
}
