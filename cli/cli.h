/* What the commands share: the options, the worker, saying things, asking.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_CLI_H
#define VMM_CLI_H
#include <stdbool.h>

#include "base/base.h"
#include "cli/language.h"
#include "vmmedic/client.h"
#include "vmmedic/unlock.h"

#define CLI_MAX_FIXES 64
#define CLI_MAX_SECRET 256
#define CLI_MAX_DISKS 16
#define CLI_MAX_REGS 16

struct cli {
    /* options */
    bool json, yes, plain, ascii, no_color, verbose, all_needed, list, take_snapshot;
    bool slow;
    int rows, cols; /* of --size; 0 */
    bool utf8; /* the terminal takes it */
    const char *boot, *format, *snapshot, *no_snapshot, *scenario, *forget;
    int windows, store, gen, port;
    const char *from, *to; /* nsg */
    const char *group, *vm, *rescue, *shell, *platform; /* cloud */
    const char *mode, *check, *scenarios; /* learn */
    bool learn_folder;
    const char *disks[CLI_MAX_DISKS];
    size_t disk_count;
    const char *fixes[CLI_MAX_FIXES];
    size_t fix_count;
    const char *regs[CLI_MAX_REGS]; /* .reg files */
    size_t reg_count;
    const char *as, *output; /* plan */
    /* what is left */
    char **args;
    int count;
    const char *key_file, *accept;
    int partition;
    struct vmm_unlock *key; /* of an encrypted disk; wiped at the end */
    const char *password_file;
    char secret[CLI_MAX_SECRET]; /* wiped when the plan has been made */
    bool wrote; /* a job that writes was sent */
    /* the worker, started when first needed */
    struct vmm_client *client;
};

struct cli_command {
    const char *name;
    int (*run)(struct cli *c); /* returns the exit code */
    int least, most;           /* arguments after the name */
    const char *usage;         /* "scan TARGET" */
    const char *help;          /* N_() */
};
const struct cli_command *cli_command_at(size_t i); /* NULL past the end */

/* Sends a job and waits, showing progress on standard error when that is a terminal. NULL and *err on failure. */
json_t *cli_call(struct cli *c, json_t *request, struct vmm_error *err);
/* The scan request for TARGET with the options of the command line. */
json_t *cli_scan_request(const struct cli *c, const char *target);

/* Says what failed (JSON on standard output, or one line and a hint on standard error); returns the exit code. */
int cli_failed(const struct cli *c, const struct vmm_error *err);
int cli_usage(const struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints an object on standard output. */
void cli_print_json(const json_t *j);
/* One entry of a list, within 80 columns: the right side begins at a column; a long left side gets a line of its own. */
void cli_entry(const char *left, const char *right, int column);
/* The blanks that TEXT lacks to fill WIDTH columns. */
int cli_gap(const char *text, int width);

/* True when the person says yes: --yes, or the typed word. False: *code is 2 (no terminal to ask on) or 6 (declined). WORD NULL asks for "yes". */
bool cli_confirm(struct cli *c, const char *question, const char *word, int *code);
/* False, having said so, when a writing command could not ask: neither --yes nor a terminal. */
bool cli_can_ask(struct cli *c, int *code);

/* Fills c->secret when one of the fixes takes a password: from --password-file, or typed twice. False, having said why: *code is the exit code. */
bool cli_ask_password(struct cli *c, int *code);
/* Takes the key of --key-file. False, having said why: *code is the exit code. */
bool cli_read_key(struct cli *c, int *code);
/* Asks for it where a person is there and none was given; DISK is its name. False: declined, said. */
bool cli_ask_key(struct cli *c, const char *disk, int *code);
/* Puts it into a request, if there is one. */
void cli_add_key(const struct cli *c, json_t *request);

/* The plan in the form that --as asks for, to --output or standard output. The exit code, 0 when it was written. */
int cli_print_plan_as(const struct cli *c, const json_t *plan);

/* Text forms of results, on standard output. */
void cli_show_scan(const json_t *scan);
void cli_show_applied(const json_t *result);
void cli_show_fix(const json_t *fix);
void cli_show_fixes(const json_t *list); /* the catalogue, by family */

int cli_scan(struct cli *c);
int cli_plan(struct cli *c);
int cli_apply(struct cli *c);
int cli_repair(struct cli *c);
int cli_undo(struct cli *c);
int cli_sessions(struct cli *c);
int cli_fixes(struct cli *c);
int cli_bcd(struct cli *c);
int cli_practice(struct cli *c);
int cli_nsg(struct cli *c);
int cli_cloud(struct cli *c);
int cli_symptoms(struct cli *c);
int cli_learn(struct cli *c);
int cli_wizard(struct cli *c);
struct wizard_learning;
/* The wizard as a lesson (screens/learn.h); NULL: as it always is. */
int cli_wizard_with(struct cli *c, const struct wizard_learning *learning);
#endif
