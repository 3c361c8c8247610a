/* A whole plan as something else: which forms there are, and what they share. Each form has a file of its own.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "change/room.h"

#define WIDTH 100

static const struct {
    const char *word;
    void (*write)(struct vmm_as *as);
    bool crlf, utf16;
} forms[VMM_AS_COUNT] = {
    [VMM_AS_REG] = {"reg", vmm_as_reg, true, true},
    [VMM_AS_SCRIPT] = {"script", vmm_as_script, true, false},
    [VMM_AS_SERIAL] = {"serial", vmm_as_serial, false, false},
};

const char *vmm_plan_form_word(enum vmm_plan_form f) { return forms[f].word; }

int vmm_plan_form_by_word(const char *word, enum vmm_plan_form *out) {
    for (size_t i = 0; i < VMM_AS_COUNT; i++)
        if (strcasecmp(forms[i].word, word) == 0) {
            *out = (enum vmm_plan_form)i;
            return 0;
        }
    return -1;
}

const char *vmm_as_leave_out(struct vmm_as *as, const struct vmm_change *c, const char *why) {
    struct vmm_plan_said *o = as->out;
    char *place = vmm_change_place(c), *store = vmm_safe_text(c->store->label);
    o->left_out = vmm_realloc(o->left_out, o->left_out_count + 1, sizeof *o->left_out);
    char *said = o->left_out[o->left_out_count++] = vmm_printf("%s, %s [%s]: %s", store, place, c->fix, why);
    free(place);
    free(store);
    return said;
}

void vmm_as_comment(struct vmm_as *as, const char *prefix, const char *text) {
    char *safe = vmm_safe_text(text);
    for (const char *p = safe; *p;) {
        size_t n = strlen(p);
        if (n > WIDTH) {
            n = WIDTH;
            while (n > 0 && (p[n] != ' ' || p[n - 1] == '\\')) n--;
            if (n == 0) n = strcspn(p, " "); /* one long word, a path for instance */
        }
        vmm_buf_fmt(&as->text, "%s%.*s%s\n", prefix, (int)n, p, p[n - 1] == '\\' ? " ." : ""); /* a \ at the end of a line joins it with the next */
        p += n;
        p += strspn(p, " ");
    }
    free(safe);
}


void vmm_changes_as(const struct vmm_changes *c, enum vmm_plan_form form, const struct vmm_plan_about *about, struct vmm_plan_said *out) {
    static const struct vmm_plan_about nothing = {0};
    *out = (struct vmm_plan_said){0};
    struct vmm_as as = {.c = c, .about = about ? about : &nothing, .out = out};
    forms[form].write(&as);
    out->text = vmm_buf_steal(&as.text);
}

void vmm_plan_said_clear(struct vmm_plan_said *s) {
    for (size_t i = 0; i < s->left_out_count; i++) free(s->left_out[i]);
    free(s->left_out);
    free(s->text);
    *s = (struct vmm_plan_said){0};
}

uint8_t *vmm_plan_file(enum vmm_plan_form form, const char *text, size_t *len) {
    struct vmm_buf b = {0};
    for (const char *p = text; *p; p++) {
        if (*p == '\n' && forms[form].crlf) vmm_buf_str(&b, "\r");
        vmm_buf_add(&b, p, 1);
    }
    *len = b.len;
    char *lines = vmm_buf_steal(&b);
    if (!forms[form].utf16) return (uint8_t *)lines;
    size_t n;
    uint8_t *wide = vmm_utf8_to_utf16(lines, &n);
    free(lines);
    vmm_buf_add(&b, "\xff\xfe", 2);
    if (wide) vmm_buf_add(&b, wide, n);
    free(wide);
    *len = b.len;
    return (uint8_t *)vmm_buf_steal(&b);
}
