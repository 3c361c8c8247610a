/* Names into command lines: checked against what Azure allows, and quoted so that a name stays one word whatever is in it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/room.h"

/* ---- what Azure allows ---- */

static const struct {
    size_t longest;
    const char *also; /* besides letters and digits */
    const char *last; /* what it cannot end in */
    const char *what; /* N_() */
} kinds[] = {
    [VMM_NAME_GROUP] = {90, "._-()", ".", N_("a resource group")},
    [VMM_NAME_VM] = {64, "._-", ".-", N_("a VM")},
    [VMM_NAME_DISK] = {80, "._-", ".-", N_("a disk")},
};

/* Letters of other scripts are allowed; quotes and blanks of other scripts are not, nor what a terminal hides. */
static bool plain_letters(const char *name) {
    char *safe = vmm_safe_text(name);
    bool good = strcmp(safe, name) == 0 && vmm_is_utf8(name);
    free(safe);
    for (const unsigned char *c = (const unsigned char *)name; good && *c; c++)
        if (*c == 0xc2 || (*c == 0xe2 && (c[1] == 0x80 || c[1] == 0x81)) || (*c == 0xe3 && c[1] == 0x80) || *c == 0xef) good = false;
    return good;
}

int vmm_cloud_name_check(enum vmm_cloud_name kind, const char *name, struct vmm_error *err) {
    const char *what = _(kinds[kind].what);
    size_t n = strlen(name), characters = 0;
    for (const char *c = name; *c; c++) {
        characters += ((unsigned char)*c & 0xc0) != 0x80;
        if ((unsigned char)*c < 0x80 && !isalnum((unsigned char)*c) && !strchr(kinds[kind].also, *c))
            return vmm_fail(err, VMM_E_USAGE, NULL, _("%s cannot be called \"%s\": only letters, digits and %s are allowed"), what, name, kinds[kind].also);
    }
    if (!plain_letters(name)) return vmm_fail(err, VMM_E_USAGE, NULL, _("%s cannot be called \"%s\": only letters, digits and %s are allowed"), what, name,
        kinds[kind].also);
    if (n == 0 || characters > kinds[kind].longest) return vmm_fail(err, VMM_E_USAGE, NULL, _("the name of %s has 1 to %zu characters"), what, kinds[kind].longest);
    if (name[0] == '-' || strchr(kinds[kind].last, name[n - 1]))
        return vmm_fail(err, VMM_E_USAGE, NULL, _("%s cannot be called \"%s\": no name begins with - and none ends with one of %s"), what, name, kinds[kind].last);
    return 0;
}

/* ---- quoting ---- */

static bool bare(const char *text) {
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) return false;
    return *text && *text != '-';
}

/* PowerShell takes the typographic quotes U+2018 to U+201B for the plain one. */
static size_t quote_at(const char *c) {
    if (*c == '\'') return 1;
    return (unsigned char)c[0] == 0xe2 && (unsigned char)c[1] == 0x80 && (unsigned char)c[2] >= 0x98 && (unsigned char)c[2] <= 0x9b ? 3 : 0;
}

char *vmm_shell_word(enum vmm_shell shell, const char *text) {
    struct vmm_buf b = {0};
    if (shell == VMM_BASH && bare(text)) return vmm_strdup(text);
    vmm_buf_str(&b, "'");
    for (const char *c = text; *c;) {
        size_t n = shell == VMM_POWERSHELL ? quote_at(c) : 0;
        if (shell == VMM_BASH && *c == '\'') vmm_buf_str(&b, "'\\''");
        else vmm_buf_add(&b, c, n ? n : 1);
        if (n) vmm_buf_add(&b, c, n); /* doubled */
        c += n ? n : 1;
    }
    vmm_buf_str(&b, "'");
    return vmm_buf_steal(&b);
}

/* ---- filling in ---- */

static const struct {
    char letter;
    const char *placeholder;
} places[] = {{'g', "RG"}, {'v', "VM"}, {'r', "REC"}, {'d', "DISK"}};

static const char *value_of(char letter, const struct vmm_cloud_names *n, size_t disk) {
    switch (letter) {
    case 'g': return n->group;
    case 'v': return n->vm;
    case 'r': return n->rescue;
    default: return disk < n->disk_count ? n->disks[disk] : NULL;
    }
}

char *vmm_cloud_fill(const char *template, enum vmm_shell shell, const struct vmm_cloud_names *names, size_t disk) {
    struct vmm_buf b = {0};
    for (const char *p = template; *p; p++) {
        size_t i = VMM_COUNT(places);
        if (*p == '%')
            for (i = 0; i < VMM_COUNT(places) && places[i].letter != p[1]; i++) continue;
        if (*p == '%' && p[1] == 'p') {
            vmm_buf_fmt(&b, "%d", names->port ? names->port : 3389);
            p++;
        } else if (i == VMM_COUNT(places)) {
            vmm_buf_add(&b, p, 1);
        } else {
            const char *value = value_of(*++p, names, disk), *suffix = p + 1;
            size_t n = *suffix == '{' ? strcspn(suffix, "}") : 0;
            char *whole = vmm_printf("%s%.*s", value ? value : places[i].placeholder, n ? (int)n - 1 : 0, suffix + 1 - (n == 0));
            char *word = value ? vmm_shell_word(shell, whole) : vmm_strdup(whole);
            vmm_buf_str(&b, word);
            free(word);
            free(whole);
            if (n) p += n + 1;
        }
    }
    return vmm_buf_steal(&b);
}

static bool wanted(const struct cloud_line *l, const struct vmm_cloud_step *step, enum vmm_shell dialect, bool brief) {
    return strcmp(l->step, step->id) == 0 && l->shell == dialect && !(brief && l->flags & EXTRA);
}

/* The lines of the table that a step has in this shell: its own, or az's, which runs everywhere. */
static enum vmm_shell dialect_of(const struct vmm_cloud_step *step, enum vmm_shell shell) {
    for (size_t i = 0; i < vmm_cloud_table_count; i++)
        if (wanted(&vmm_cloud_table[i], step, shell, false)) return shell;
    return VMM_BASH;
}

void vmm_cloud_lines(const struct vmm_cloud_step *step, enum vmm_shell shell, const struct vmm_cloud_names *names, bool brief,
                     void (*each)(void *ctx, const struct vmm_cloud_line *line), void *ctx) {
    enum vmm_shell dialect = dialect_of(step, shell);
    for (size_t i = 0; i < vmm_cloud_table_count; i++) {
        size_t end = i + 1, rounds = 1;
        if (!wanted(&vmm_cloud_table[i], step, dialect, brief)) continue;
        if (vmm_cloud_table[i].flags & EACH_DISK) {
            while (end < vmm_cloud_table_count && wanted(&vmm_cloud_table[end], step, dialect, brief) && vmm_cloud_table[end].flags & EACH_DISK) end++;
            if (names->disk_count) rounds = names->disk_count;
        }
        for (size_t disk = 0; disk < rounds; disk++)
            for (size_t k = i; k < end; k++) {
                const struct cloud_line *l = &vmm_cloud_table[k];
                char *command = vmm_cloud_fill(l->command, shell, names, disk);
                each(ctx, &(struct vmm_cloud_line){.says = l->says && disk == 0 ? _(l->says) : "", .command = command, .changes = l->flags & CHANGES});
                free(command);
            }
        i = end - 1;
    }
}

static void add_line(void *ctx, const struct vmm_cloud_line *line) {
    json_array_append_new(ctx, json_pack("{s:o,s:o,s:b}", "says", vmm_json_text(line->says), "command", vmm_json_text(line->command), "changes", line->changes));
}

json_t *vmm_cloud_json(const struct vmm_cloud_step *s, enum vmm_platform platform, enum vmm_shell shell, const struct vmm_cloud_names *names) {
    json_t *lines = json_array(), *words = json_null();
    bool azure = platform == VMM_AZURE;
    if (azure) vmm_cloud_lines(s, shell, names, false, add_line, lines);
    else words = vmm_json_text(s->elsewhere[platform] ? _(s->elsewhere[platform]) : _("There is no such thing on this platform: the step is Azure's own."));
    return json_pack("{s:s,s:o,s:s,s:s,s:b,s:o,s:o,s:o,s:o}", "step", s->id, "title", vmm_json_text(_(s->title)), "platform", vmm_platform_words[platform], "shell",
                     shell == VMM_BASH ? "bash" : "powershell", "changes", s->changes, "before", vmm_json_text(azure && s->before ? _(s->before) : NULL), "lines",
                         lines, "reads",
                     vmm_json_text(azure && s->reads ? _(s->reads) : NULL), "words", words);
}
