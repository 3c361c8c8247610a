/* Results as text for people.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* "on partition 3"; for the caller to free. */
static char *place(const json_t *disk, const json_t *o, const char *key) {
    int n = (int)json_integer_value(json_object_get(o, key));
    if (n > 0) return vmm_printf(_("on partition %d"), n);
    if (n < 0) return vmm_strdup(_("in the boot folder"));
    return vmm_strdup(strcmp(vmm_json_str(disk, "kind"), "folder") == 0 ? _("in the folder") : _("on the whole disk"));
}

/* What the words of the scan object are for people. */
static const struct {
    const char *word, *text; /* NC_() or N_() */
} words[] = {{"needed", NC_("a fix", "needed")},     {"optional", NC_("a fix", "optional")},      {"report", NC_("a fix", "report")}, {"cannot-tell", NC_("a fix", "cannot-tell")},
             {"other", NC_("a partition", "other")}, {"recovery", NC_("a partition", "recovery")}, {"basic", NC_("a partition", "basic")}};

/* In at least WIDTH columns. */
static void show_word(const char *word, int width) {
    for (size_t i = 0; i < VMM_COUNT(words); i++)
        if (strcmp(words[i].word, word) == 0) word = vmm_in_context(words[i].text);
    printf("%s%*s ", word, cli_gap(word, width), "");
}

static void show_partitions(const json_t *disk) {
    const json_t *p;
    size_t i;
    bool folder = strcmp(vmm_json_str(disk, "kind"), "folder") == 0; /* no partitions, and nothing of it was measured */
    json_array_foreach(json_object_get(disk, "partitions"), i, p) {
        if (!folder) {
            printf("  %2d  %-10s %-9s %-4s ", (int)json_integer_value(json_object_get(p, "number")), vmm_json_str(p, "size_text"), vmm_json_str(p, "fs"), vmm_json_str(p, "letter"));
            show_word(vmm_json_str(p, "role"), 9);
            printf("%s\n", vmm_json_str(p, "label"));
        }
        if (*vmm_json_str(p, "health_text")) printf("      %s\n", vmm_json_str(p, "health_text"));
    }
}

static void show_windows(const json_t *scan) {
    const json_t *w;
    size_t i;
    json_array_foreach(json_object_get(scan, "windows"), i, w) {
        char *where = place(json_object_get(scan, "disk"), w, "partition");
        printf(_("\nWindows %d  %s, build %d, %s (%s)\n"), (int)json_integer_value(json_object_get(w, "number")), vmm_json_str(w, "product"),
               (int)json_integer_value(json_object_get(w, "build")), where, vmm_json_str(w, "root"));
        free(where);
        if (*vmm_json_str(w, "computer")) printf(_("  computer %s, last shut down %s\n"), vmm_json_str(w, "computer"), *vmm_json_str(w, "last_shutdown") ? vmm_json_str(w, "last_shutdown") : "?");
    }
}

static void show_stores(const json_t *scan) {
    const json_t *s, *l;
    size_t i, k;
    json_array_foreach(json_object_get(scan, "stores"), i, s) {
        char *where = place(json_object_get(scan, "disk"), s, "partition");
        printf(_("\nBoot store %d  %s %s: %s\n"), (int)json_integer_value(json_object_get(s, "number")), vmm_json_str(s, "path"), where, vmm_json_str(s, "why"));
        free(where);
        json_array_foreach(json_object_get(s, "loaders"), k, l) {
            bool recovery = json_is_true(json_object_get(l, "recovery"));
            const char *safeboot = vmm_json_str(l, "safeboot");
            printf("  %s  %s%s%s%s%s\n", vmm_json_str(l, "id"), vmm_json_str(l, "description"), json_is_true(json_object_get(l, "default")) ? _(", default") : "",
                   recovery ? _(", recovery") : "", *safeboot ? ", safeboot " : "", safeboot);
        }
    }
}

/* It is among the evidence, which was shown. */
static bool is_said(const json_t *fix, const char *text) {
    const json_t *e;
    size_t i;
    json_array_foreach(json_object_get(fix, "evidence"), i, e) if (strcmp(json_string_value(e), text) == 0) return true;
    return false;
}

/* Those with nothing to do, by their ids alone, in lines that a narrow terminal takes. */
static void show_in_order(const json_t *fixes) {
    const json_t *f;
    size_t i, column = 0;
    json_array_foreach((json_t *)fixes, i, f) {
        const char *id = vmm_json_str(f, "id");
        if (strcmp(vmm_json_str(f, "verdict"), "not-needed") != 0) continue;
        if (column == 0) {
            printf("%s", _("In order:"));
            column = (size_t)vmm_columns_of(_("In order:"));
        }
        if (column + 1 + strlen(id) > 78) column = (size_t)printf("\n        ") - 1;
        column += (size_t)printf(" %s", id);
    }
    if (column) printf("\n");
}

void cli_show_scan(const json_t *scan) {
    const json_t *disk = json_object_get(scan, "disk"), *f, *e;
    size_t i, k;
    char *path = vmm_safe_text(vmm_json_str(disk, "path"));
    if (strcmp(vmm_json_str(disk, "kind"), "folder") == 0) printf(_("%s  a folder\n"), path);
    else printf("%s  %s %s %s\n", path, vmm_json_str(disk, "size_text"), vmm_json_str(disk, "format"), vmm_json_str(disk, "scheme"));
    free(path);
    show_partitions(disk);
    show_windows(scan);
    show_stores(scan);
    printf("\n");
    json_array_foreach(json_object_get(scan, "fixes"), i, f) {
        if (strcmp(vmm_json_str(f, "verdict"), "not-needed") == 0) continue;
        printf("%-6s ", vmm_json_str(f, "id"));
        show_word(vmm_json_str(f, "verdict"), 12);
        printf("%s\n", vmm_json_str(f, "title"));
        json_array_foreach(json_object_get(f, "evidence"), k, e) printf("         %s\n", json_string_value(e));
        if (*vmm_json_str(f, "blocked_by") && !is_said(f, vmm_json_str(f, "blocked_by"))) printf(_("         cannot be done now: %s\n"), vmm_json_str(f, "blocked_by"));
    }
    show_in_order(json_object_get(scan, "fixes"));
    json_array_foreach(json_object_get(scan, "notes"), i, e) printf(_("Note: %s\n"), json_string_value(e));
    printf("\n%s\n", vmm_json_str(json_object_get(scan, "verdict"), "sentence"));
}

void cli_show_applied(const json_t *result) {
    const json_t *f;
    size_t i;
    json_array_foreach(json_object_get(result, "files"), i, f) printf(_("OK  %s: written, read again from the disk, as planned\n"), vmm_json_str(f, "label"));
    if (*vmm_json_str(json_object_get(result, "snapshot"), "where")) printf(_("Snapshot: %s\n"), vmm_json_str(json_object_get(result, "snapshot"), "where"));
    printf(_("The disk is closed: safe to detach now.\nSession:  %s\nReport:   %s\nTo undo:  vmmedic undo %s\n"), vmm_json_str(result, "session"),
           vmm_json_str(result, "report_path"), vmm_json_str(result, "session"));
}

void cli_show_fix(const json_t *f) {
    static const struct {
        const char *key, *heading;
    } parts[] = {{"symptom", N_("What is seen")}, {"what", N_("What it does")}, {"differs", N_("Where it differs from the article")},
                 {"risk_text", N_("Risk")},       {"undo", N_("The way back")},  {"article", N_("Source")}};
    const json_t *p;
    size_t i;
    printf("%s  %s\n", vmm_json_str(f, "id"), vmm_json_str(f, "title"));
    for (i = 0; i < VMM_COUNT(parts); i++)
        if (*vmm_json_str(f, parts[i].key)) printf("\n%s\n  %s\n", _(parts[i].heading), vmm_json_str(f, parts[i].key));
    if (json_array_size(json_object_get(f, "params"))) printf("%s", _("\nParameters\n"));
    json_array_foreach(json_object_get(f, "params"), i, p)
        printf(*vmm_json_str(p, "default") ? _("  %1$s=%2$s  %3$s Usually: %4$s\n") : "  %1$s=%2$s  %3$s\n", vmm_json_str(p, "name"), vmm_json_str(p, "values"), vmm_json_str(p, "help"),
               vmm_json_str(p, "default"));
    if (json_array_size(json_object_get(f, "members"))) printf("%s", _("\nThe fixes it stands for\n "));
    json_array_foreach(json_object_get(f, "members"), i, p) printf(" %s", json_string_value(p));
    if (json_array_size(json_object_get(f, "members"))) printf("\n");
    if (json_array_size(json_object_get(f, "windows"))) printf("%s", _("\nWhat one would type on Windows, the disk attached as F: and its hives loaded\n"));
    json_array_foreach(json_object_get(f, "windows"), i, p) printf("  %s\n", json_string_value(p));
}

void cli_show_fixes(const json_t *list) {
    const json_t *f;
    const char *family = "";
    size_t i;
    json_array_foreach((json_t *)list, i, f) {
        if (strcmp(family, vmm_json_str(f, "family")) != 0) printf("%s%s\n", i ? "\n" : "", family = vmm_json_str(f, "family"));
        printf("  %-9s  %s%s\n", vmm_json_str(f, "id"), vmm_json_str(f, "title"), json_is_true(json_object_get(f, "lowers_security")) ? _(" (lowers security)") : "");
    }
}
