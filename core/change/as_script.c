/* A plan as a batch file for a Windows machine that the disk is attached to. It keeps copies of the files first, loads the hives, makes each change, looks at
 * the result of each command and stops at the first that fails, and unloads the hives whatever happens.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "change/room.h"

#define LONGEST 8000 /* cmd.exe takes 8191 characters */
#define MAX_STORES 8

struct script {
    struct vmm_as *as;
    struct vmm_buf *b;
    const struct vmm_store *stores[MAX_STORES];
    size_t store_count;
    unsigned step;
    char **lines; /* the command of each change; NULL: left out */
};

static const char *variable(const struct vmm_store *st) { return st->is_bcd ? "BOOT" : "WINDOWS"; }

/* TEXT as it stands in a batch file inside of quotes. */
static char *doubled(const char *text) {
    struct vmm_buf b = {0};
    for (; *text; text++) vmm_buf_fmt(&b, *text == '%' ? "%c%%" : "%c", *text);
    return vmm_buf_steal(&b);
}

/* "%WINDOWS%\Windows\System32\config\SYSTEM", in quotes. */
static char *file_of(const struct vmm_store *st) {
    char *path = doubled(st->path), *file = vmm_printf("\"%%%s%%%s%s\"", variable(st), *path == '\\' ? "" : "\\", path);
    free(path);
    return file;
}

static char *key_of(const struct vmm_change *c) { return vmm_printf("HKLM\\BROKEN%s\\%s", c->store->name, c->path); }

/* ---- what can be said ---- */

static char *command_of(const struct vmm_change *c) {
    if (!c->store->is_bcd) {
        char *key = key_of(c), *line = vmm_reg_command(c, key, NULL, VMM_IN_BATCH);
        free(key);
        return line;
    }
    char *words = c->store->bcd && c->guid[0] ? vmm_bcd_command(c, c->guid, VMM_IN_BATCH) : NULL;
    if (words == NULL) return NULL;
    char *file = file_of(c->store), *line = vmm_printf("bcdedit /store %s %s", file, words);
    free(file);
    free(words);
    return line;
}

static const char *why_not(const struct vmm_change *c) {
    if (vmm_change_in_file(c)) return _("a batch file cannot hold changes of files");
    if (!vmm_typable(c->store->path) || strchr(c->store->path, '"')) return _("the name of its file cannot be typed");
    if (c->store->is_bcd && c->after.present && (c->element >> 24 & 15) == VMM_BCD_DEVICE)
        return _("which partition is meant is part of the disk's own identity; another machine cannot be told it by a letter");
    return NULL;
}

/* Fills in the command of change I; else why there is none. */
static const char *fill(struct script *s, size_t i) {
    const struct vmm_change *c = &s->as->c->list[i];
    const char *why = why_not(c);
    if (why) return why;
    s->lines[i] = command_of(c);
    if (s->lines[i] == NULL) return _("reg.exe and bcdedit cannot write exactly this");
    if (strlen(s->lines[i]) <= LONGEST) return NULL;
    free(s->lines[i]);
    s->lines[i] = NULL;
    return _("the command would be longer than cmd.exe allows");
}

static void note_store(struct script *s, const struct vmm_store *st) {
    for (size_t i = 0; i < s->store_count; i++)
        if (s->stores[i] == st) return;
    if (s->store_count < MAX_STORES) s->stores[s->store_count++] = st;
}

/* ---- the text ---- */

static void line(struct script *s, const char *text) { vmm_buf_fmt(s->b, "%s\n", text); }

/* Words for people are ASCII here, whatever the language: cmd.exe counts bytes when it jumps, and the console that runs the file has a code page of its own. */
static char *plain(const char *text) {
    size_t len = strlen(text), used;
    char *out = vmm_alloc(len + 1, 1);
    vmm_ascii_fold(out, text, len, &used);
    return out;
}

/* A remark: it expands %VARIABLES% too, and when its first word holds one of cmd's own characters, what follows is a command. Names of the disk may be in it. */
static void rem_behind(struct script *s, const char *prefix, const char *text) {
    char *ascii = plain(text), *safe = doubled(ascii);
    free(ascii);
    for (char *p = safe; (p = strpbrk(p, "&|<>^")); p++) *p = '_';
    vmm_as_comment(s->as, prefix, safe);
    free(safe);
}

static void rem(struct script *s, const char *text) { rem_behind(s, "rem ", text); }

/* What echo prints as it is: cmd's own characters escaped. */
static void echo(struct script *s, const char *text, const char *raw) {
    char *ascii = plain(text);
    vmm_buf_str(s->b, "echo ");
    for (const char *p = ascii; *p; p++) {
        if (strchr("^&|<>()", *p)) vmm_buf_str(s->b, "^");
        vmm_buf_fmt(s->b, *p == '%' ? "%c%%" : "%c", *p);
    }
    vmm_buf_fmt(s->b, "%s\n", raw);
    free(ascii);
}

/* After a command: stop when it failed. */
static void checked(struct script *s, const char *command) {
    line(s, command);
    vmm_buf_fmt(s->b, "if errorlevel 1 goto failed\n");
}

static void begin(struct script *s, const char *title) {
    vmm_buf_fmt(s->b, "\nset STEP=%u\n", ++s->step);
    rem(s, title);
}

static void head(struct script *s) {
    const struct vmm_plan_about *a = s->as->about;
    bool boot = false;
    for (size_t i = 0; i < s->store_count; i++) boot = boot || s->stores[i]->is_bcd;
    line(s, "@echo off\nsetlocal EnableExtensions DisableDelayedExpansion");
    char *made = vmm_printf(_("Made by vmmedic %s for %s: the same plan as commands. Run it as administrator on a Windows machine that this disk is attached to."), VMM_VERSION,
                            a->disk ? a->disk : _("a disk"));
    rem(s, made);
    free(made);
    rem(s, _("FIRST write here the letters that THIS machine has given to the partitions of the attached disk:"));
    line(s, "set \"WINDOWS=F:\"");
    if (boot) {
        rem(s, _("and the partition of its boot store. It may be the same one. A partition without a letter gets one in diskpart (select disk, select partition, assign letter=G); "
                 "mountvol /s shows the partition of the wrong machine: its own."));
        line(s, "set \"BOOT=G:\"");
    }
    rem(s, _("The files as they were before are kept here:"));
    line(s, "set \"KEEP=%~dp0vmmedic-originals\"");
}

/* What cannot be said is known before the first line is written. */
static void fill_all(struct script *s) {
    for (size_t i = 0; i < s->as->c->count; i++) {
        const char *why = fill(s, i);
        if (why == NULL) {
            note_store(s, s->as->c->list[i].store);
            continue;
        }
        vmm_as_leave_out(s->as, &s->as->c->list[i], why);
    }
}

static void say_left_out(struct script *s) {
    if (s->as->out->left_out_count == 0) return;
    line(s, "");
    rem(s, _("This file does not hold the whole plan. Left out:"));
    for (size_t i = 0; i < s->as->out->left_out_count; i++) rem_behind(s, "rem   ", s->as->out->left_out[i]);
}

/* Every file is there before the first one is touched, and is copied. */
static void keep(struct script *s) {
    begin(s, _("The files must be there, and are copied first."));
    line(s, "if not exist \"%KEEP%\\\" mkdir \"%KEEP%\"");
    line(s, "if not exist \"%KEEP%\\\" goto failed");
    for (size_t i = 0; i < s->store_count; i++) {
        char *file = file_of(s->stores[i]);
        vmm_buf_fmt(s->b, "if not exist %s goto missing\n", file);
        free(file);
    }
    for (size_t i = 0; i < s->store_count; i++) {
        const struct vmm_store *st = s->stores[i];
        char *file = file_of(st), *name = doubled(st->name);
        vmm_buf_fmt(s->b, "if exist \"%%KEEP%%\\%s\" goto kept%zu\n", name, i + 1);
        char *copy = st->is_bcd ? vmm_printf("bcdedit /store %s /export \"%%KEEP%%\\%s\"", file, name) : vmm_printf("copy /b %s \"%%KEEP%%\\%s\" >nul", file, name);
        checked(s, copy);
        vmm_buf_fmt(s->b, ":kept%zu\n", i + 1);
        free(copy);
        free(file);
        free(name);
    }
}

static void load(struct script *s) {
    for (size_t i = 0; i < s->store_count; i++) {
        const struct vmm_store *st = s->stores[i];
        if (st->is_bcd) continue;
        char *file = file_of(st), *command = vmm_printf("reg load HKLM\\BROKEN%s %s", st->name, file);
        begin(s, st->name);
        checked(s, command);
        vmm_buf_fmt(s->b, "set LOADED_%s=1\n", st->name);
        free(command);
        free(file);
    }
}

/* What is to be deleted may be gone already, when the file runs a second time. */
static void delete_value(struct script *s, const struct vmm_change *c, const char *command) {
    char *key = key_of(c);
    vmm_buf_str(s->b, "reg query ");
    vmm_put_key(s->b, key, VMM_IN_BATCH);
    vmm_put_value_name(s->b, c, VMM_IN_BATCH);
    vmm_buf_fmt(s->b, " >nul 2>&1\nif errorlevel 1 goto done%u\n", s->step);
    checked(s, command);
    vmm_buf_fmt(s->b, ":done%u\n", s->step);
    free(key);
}

static void changes_of(struct script *s, const struct vmm_store *st) {
    for (size_t i = 0; i < s->as->c->count; i++) {
        const struct vmm_change *c = &s->as->c->list[i];
        if (c->store != st || s->lines[i] == NULL) continue;
        char *title = vmm_printf(c->why ? "%s: %s" : "%s", c->fix, c->why);
        begin(s, title);
        free(title);
        if (!st->is_bcd && !c->after.present) delete_value(s, c, s->lines[i]);
        else checked(s, s->lines[i]);
    }
}

static void unload(struct script *s) {
    for (size_t i = 0; i < s->store_count; i++) {
        const struct vmm_store *st = s->stores[i];
        if (st->is_bcd) continue;
        vmm_buf_fmt(s->b, "if not defined LOADED_%s goto unloaded_%s\nreg unload HKLM\\BROKEN%s\nif errorlevel 1 set RESULT=1\n:unloaded_%s\n", st->name, st->name, st->name, st->name);
    }
}

static void tail(struct script *s) {
    line(s, "\nset RESULT=0\ngoto unload");
    line(s, "\n:missing");
    echo(s, _("A file is not where it should be. Correct the letters at the top of this file. Nothing was changed."), "");
    line(s, "set RESULT=1\ngoto unload");
    line(s, "\n:failed");
    echo(s, _("The step below failed, so the rest was left. The steps before it stay done; the files as they were are in:"), " \"%KEEP%\"");
    echo(s, _("Step"), " %STEP%");
    line(s, "set RESULT=1");
    line(s, "\n:unload");
    unload(s);
    line(s, "if not \"%RESULT%\"==\"0\" exit /b 1");
    echo(s, _("Done. The disk can be detached now."), "");
    line(s, "exit /b 0");
}

void vmm_as_script(struct vmm_as *as) {
    struct script s = {.as = as, .b = &as->text, .lines = vmm_alloc(as->c->count + 1, sizeof *s.lines)};
    fill_all(&s);
    head(&s);
    say_left_out(&s);
    keep(&s);
    load(&s);
    for (int boot = 0; boot < 2; boot++) /* the boot store last: what decides how Windows starts */
        for (size_t i = 0; i < s.store_count; i++)
            if (s.stores[i]->is_bcd == boot) changes_of(&s, s.stores[i]);
    tail(&s);
    for (size_t i = 0; i < as->c->count; i++) free(s.lines[i]);
    free(s.lines);
    const char *text = (const char *)as->text.data, *after = strchr(text, '\n') + 1;
    bool ascii = true;
    for (const char *p = text; *p; p++) ascii = ascii && (unsigned char)*p < 0x80;
    if (ascii) return;
    char *whole = vmm_printf("%.*schcp 65001 >nul\n%s", (int)(after - text), text, after); /* else the names are read in the code page of the console */
    vmm_buf_free(&as->text);
    vmm_buf_str(&as->text, whole);
    free(whole);
}
