/* Lines with a meaning, list rows and prompts: the small parts that every step shows itself with.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>

#include "screens/model.h"

static void add(struct wizard_text *t, enum wizard_meaning mean, int indent, const char *text) {
    t->line = vmm_realloc(t->line, t->count + 1, sizeof(*t->line));
    t->line[t->count++] = (struct wizard_line){.mean = mean, .indent = indent, .text = vmm_safe_text(text)};
}

static char *format_text(const char *format, va_list args) {
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0) text = vmm_strdup("");
    return text;
}

void vmm_text_add(struct wizard_text *t, enum wizard_meaning mean, int indent, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = format_text(format, args);
    va_end(args);
    add(t, mean, indent, text);
    free(text);
}

void vmm_text_block(struct wizard_text *t, enum wizard_meaning mean, int indent, const char *lines) {
    for (const char *p = lines; *p;) {
        size_t n = strcspn(p, "\n");
        size_t keep = n > 0 && p[n - 1] == '\r' ? n - 1 : n;
        char *one = vmm_strndup(p, keep);
        for (char *c = one; *c; c++)
            if (*c == '\t') *c = ' ';
        add(t, mean, indent, one);
        free(one);
        p += n + (p[n] == '\n');
    }
}

void vmm_text_pin(struct wizard_text *t) {
    if (t->count) t->line[t->count - 1].pinned = true;
}

void vmm_text_branch(struct wizard_text *t, enum wizard_meaning mean, int branch, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = format_text(format, args);
    va_end(args);
    add(t, mean, 2 * branch, text);
    t->line[t->count - 1].branch = branch;
    free(text);
}

char *vmm_fitting(const char *text, size_t width) {
    size_t len = strlen(text), end = 0, space = 0;
    if (vmm_columns(text, len) <= width) return vmm_strdup(text);
    for (size_t i = 1; i <= len && vmm_columns(text, i) <= width - 3; i++) { /* the last place between two characters, and between two words */
        if (((unsigned char)text[i] & 0xc0) != 0x80) end = i;
        if (text[i] == ' ') space = i;
    }
    if (space > end / 2) end = space;
    return vmm_printf("%.*s...", (int)end, text);
}

char *vmm_day_and_time(const char *stamp) {
    bool full = strlen(stamp) >= 16 && stamp[10] == 'T';
    return full ? vmm_printf("%.10s %.5s UTC", stamp, stamp + 11) : vmm_strdup(stamp);
}

char *vmm_sentence(const char *text) {
    size_t len = strlen(text);
    char *out = vmm_printf("%s%s", text, len > 0 && !strchr(".!?", text[len - 1]) ? "." : "");
    if (out[0] >= 'a' && out[0] <= 'z') out[0] = (char)(out[0] - 'a' + 'A');
    else if (strncmp(out, "\u00e9", 2) == 0 || strncmp(out, "\u00e0", 2) == 0) out[1] = (char)(out[1] - 0x20); /* one of the letters that French sentences begin with */
    return out;
}

const char *vmm_risk_text(const char *word) {
    static const char *const words[][2] = {{"low", NC_("risk", "low")}, {"medium", NC_("risk", "medium")}, {"high", NC_("risk", "high")}};
    for (size_t i = 0; i < VMM_COUNT(words); i++)
        if (strcmp(words[i][0], word) == 0) return vmm_in_context(words[i][1]);
    return word;
}

void vmm_call(struct wizard_item *i, const char *name, const char *text) {
    bool fits = name[0] && vmm_columns(name, strlen(name)) <= WIZARD_NAME;
    if (fits) i->name = vmm_strdup(name);
    i->text = fits || !name[0] ? vmm_strdup(text) : vmm_printf("%s%s%s", name, text[0] ? ", " : "", text);
}

void vmm_text_hold(struct wizard_text *t, const struct wizard *w) {
    for (int k = 0; k < JOB_COUNT; k++) {
        if (!w->job[k].running || !w->job[k].hold) continue;
        vmm_text_add(t, MEAN_WARNING, 0, "%s", _("Do not detach the disk now, and do not switch this machine off. If it happens all the same: start vmmedic again with this disk, before Windows is started from it."));
        return;
    }
}

void vmm_text_error(struct wizard_text *t, const struct vmm_error *e) {
    vmm_text_add(t, MEAN_BROKEN, 0, "%s", e->message);
    if (e->hint[0]) vmm_text_add(t, MEAN_TEXT, 0, "%s", e->hint);
}

void vmm_text_clear(struct wizard_text *t) {
    for (size_t i = 0; i < t->count; i++) free(t->line[i].text);
    free(t->line);
    *t = (struct wizard_text){0};
}

void vmm_item_clear(struct wizard_item *i) {
    char *const texts[] = {i->name, i->text, i->before, i->after, i->hint, i->detail, i->windows, i->refused};
    for (size_t t = 0; t < VMM_COUNT(texts); t++) free(texts[t]);
    for (size_t c = 0; c < WIZARD_CELLS; c++) free(i->cell[c]);
    *i = (struct wizard_item){0};
}

void vmm_say(struct wizard *w, enum wizard_meaning mean, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = format_text(format, args);
    va_end(args);
    add(&w->said, mean, 0, text);
    free(text);
}

bool vmm_wizard_said(struct wizard *w, struct wizard_text *t) {
    if (w->said.count == 0) return false;
    vmm_text_clear(t);
    *t = w->said;
    w->said = (struct wizard_text){0};
    return true;
}

void vmm_ask(struct wizard_prompt *p, enum wizard_prompt_kind kind, const char *question, const char *enter) {
    *p = (struct wizard_prompt){.kind = kind};
    char *q = vmm_safe_text(question), *e = vmm_safe_text(enter);
    snprintf(p->question, sizeof(p->question), "%s", q);
    snprintf(p->enter, sizeof(p->enter), "%s", e);
    free(q);
    free(e);
}

void vmm_set(char **where, const char *text) {
    char *copy = vmm_strdup(text);
    free(*where);
    *where = copy;
}
