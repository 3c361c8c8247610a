/* The program's entry: options, commands, and the hidden argument that makes it the worker.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "session/client.h"

enum { OPT_BOOT = 256, OPT_FORMAT, OPT_SNAPSHOT, OPT_TAKE, OPT_NO_SNAPSHOT, OPT_SCENARIO, OPT_GEN, OPT_LIST, OPT_FORGET, OPT_WINDOWS, OPT_STORE, OPT_ALL, OPT_PLAIN, OPT_ASCII, OPT_COLOR,
       OPT_FIX, OPT_JSON, OPT_YES, OPT_PASSWORD, OPT_VERSION, OPT_PORT, OPT_FROM, OPT_TO, OPT_GROUP, OPT_VM, OPT_DISK, OPT_RESCUE, OPT_SHELL, OPT_PLATFORM, OPT_REG, OPT_AS,
       OPT_KEY, OPT_ACCEPT, OPT_PARTITION, OPT_OUTPUT, OPT_MODE, OPT_CHECK, OPT_SCENARIOS, OPT_AS_FOLDER, OPT_LANG, OPT_SIZE, OPT_SLOW };

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPT_VERSION},
    {"json", no_argument, NULL, OPT_JSON},
    {"plain", no_argument, NULL, OPT_PLAIN},
    {"ascii", no_argument, NULL, OPT_ASCII},
    {"color", required_argument, NULL, OPT_COLOR},
    {"size", required_argument, NULL, OPT_SIZE},
    {"slow", no_argument, NULL, OPT_SLOW},
    {"yes", no_argument, NULL, OPT_YES},
    {"verbose", no_argument, NULL, 'v'},
    {"boot", required_argument, NULL, OPT_BOOT},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"fix", required_argument, NULL, OPT_FIX},
    {"password-file", required_argument, NULL, OPT_PASSWORD},
    {"all-needed", no_argument, NULL, OPT_ALL},
    {"windows", required_argument, NULL, OPT_WINDOWS},
    {"store", required_argument, NULL, OPT_STORE},
    {"key-file", required_argument, NULL, OPT_KEY},
    {"accept", required_argument, NULL, OPT_ACCEPT},
    {"partition", required_argument, NULL, OPT_PARTITION},
    {"snapshot", required_argument, NULL, OPT_SNAPSHOT},
    {"take-snapshot", no_argument, NULL, OPT_TAKE},
    {"no-snapshot", required_argument, NULL, OPT_NO_SNAPSHOT},
    {"scenario", required_argument, NULL, OPT_SCENARIO},
    {"gen", required_argument, NULL, OPT_GEN},
    {"list", no_argument, NULL, OPT_LIST},
    {"forget", required_argument, NULL, OPT_FORGET},
    {"port", required_argument, NULL, OPT_PORT},
    {"from", required_argument, NULL, OPT_FROM},
    {"to", required_argument, NULL, OPT_TO},
    {"resource-group", required_argument, NULL, OPT_GROUP},
    {"vm", required_argument, NULL, OPT_VM},
    {"disk", required_argument, NULL, OPT_DISK},
    {"rescue-vm", required_argument, NULL, OPT_RESCUE},
    {"shell", required_argument, NULL, OPT_SHELL},
    {"mode", required_argument, NULL, OPT_MODE},
    {"check", required_argument, NULL, OPT_CHECK},
    {"scenarios", required_argument, NULL, OPT_SCENARIOS},
    {"as-folder", no_argument, NULL, OPT_AS_FOLDER},
    {"platform", required_argument, NULL, OPT_PLATFORM},
    {"reg", required_argument, NULL, OPT_REG},
    {"as", required_argument, NULL, OPT_AS},
    {"output", required_argument, NULL, OPT_OUTPUT},
    {"lang", required_argument, NULL, OPT_LANG},
    {NULL, 0, NULL, 0},
};

static const struct {
    const char *option, *help;
} option_help[] = {
    {"--json", N_("one JSON object on standard output")},
    {"--plain", N_("the wizard as plain text: for screen readers, pipes and simple terminals")},
    {"--ascii", N_("the wizard's lines and ticks in plain ASCII")},
    {"--lang LANGUAGE", N_("en, fr or nl where its translation is installed; without it, the environment's language")},
    {"--color auto|never", N_("never: the wizard in the terminal's own colour only, as with NO_COLOR")},
    {"--size COLUMNSxROWS", N_("the size of the terminal, where it does not say it (80x24)")},
    {"--slow", N_("the wizard on a slow line: what runs is shown at most once a second")},
    {"--fix ID[:name=value,...]", N_("a fix to plan or apply; may be repeated")},
    {"--password-file FILE|-", N_("apply: the password for P01 or P02, one line; else it is asked for. Remove the file")},
    {"--all-needed", N_("every fix that scan calls needed")},
    {"--reg FILE", N_("a Windows .reg file to plan or apply; may be repeated, and beside --fix")},
    {"--as reg|script|serial", N_("plan: as a .reg file, a batch file for Windows, or lines for the Serial Console")},
    {"--output FILE", N_("plan --as: the file to make, with the bytes that Windows expects")},
    {"--snapshot NAME", N_("apply: a snapshot of this name exists already (it is noted in the report)")},
    {"--take-snapshot", N_("apply: make one first")},
    {"--no-snapshot REASON", N_("apply: go without, for this reason")},
    {"--yes", N_("do not ask before writing")},
    {"--key-file FILE", N_("the key of a BitLocker disk: a file with its recovery password or its password, or a .BEK file; - is standard input")},
    {"--accept WORD", N_("repair: the word with which the loss is accepted; repair says which")},
    {"--partition N", N_("repair: which one, where several could be repaired")},
    {"--boot FOLDER", N_("TARGET is a folder: where its EFI or System Reserved partition is mounted")},
    {"--format FORMAT", N_("raw, qcow2, vpc, vhdx or vmdk, when the file does not say")},
    {"--windows N, --store N", N_("which one, where a disk has several; scan numbers them")},
    {"--port N", N_("nsg, cloud: the port of Remote Desktop; 3389 when not said")},
    {"--from ADDRESS|internet|vnet", N_("nsg: who connects; internet when not said")},
    {"--to ADDRESS", N_("nsg: the VM's own private address")},
    {"--resource-group NAME, --vm NAME", N_("cloud: what to fill into the commands; also --disk NAME (may be repeated) and --rescue-vm NAME")},
    {"--shell bash|powershell", N_("cloud: az command lines, or Az PowerShell")},
    {"--mode guided|own|exam", N_("learn: with a coach, with hints on demand, or without help")},
    {"--scenarios FOLDER", N_("learn: more scenarios, beside those that come with vmmedic")},
    {"--check FILE", N_("learn: says what is wrong with a scenario file, with line and column")},
    {"--as-folder", N_("learn: the disk as a folder, in no time, where the scenario allows it")},
    {"--platform NAME", N_("cloud: azure, or what to do instead on kvm, hyperv or vmware")},
    {"-v, --verbose", N_("bcd: full identifiers, as bcdedit /v")},
    {"--help, --version", N_("this text; the version")},
};

static void print_help(void) {
    const struct cli_command *c;
    printf("%s", _("vmmedic repairs a Windows disk whose machine cannot be reached by Remote\nDesktop.\n\nUsage:\n"));
    cli_entry("vmmedic [TARGET]", _("the wizard: start here"), 29);
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        char *usage = vmm_printf("vmmedic %s", c->usage);
        cli_entry(usage, _(c->help), 29);
        free(usage);
    }
    printf("%s", _("\nTARGET is a disk, an image file, or the folder where the Windows volume is\nmounted.\n\nOptions:\n"));
    for (size_t i = 0; i < VMM_COUNT(option_help); i++) cli_entry(option_help[i].option, _(option_help[i].help), 29);
    printf("%s", _("\nExit status: 0 done or nothing to do, 1 failed with nothing changed,\n"
                   "2 bad usage, 3 the disk needs attention first or nsg says DEPENDS, 4 scan or\n"
                   "plan found something to do or nsg says DENY, 5 an interrupted session waits,\n"
                   "6 declined. More: man vmmedic\n"));
}

static bool number(const char *text, int least, int most, int *out) {
    char *end;
    long n = strtol(text, &end, 10);
    if (*text == '\0' || *end || n < least || n > most) return false;
    *out = (int)n;
    return true;
}

/* "80x24" */
static bool size(const char *text, struct cli *c) {
    char cols[8] = "";
    const char *x = strchr(text, 'x');
    if (x == NULL || (size_t)(x - text) >= sizeof cols) return false;
    memcpy(cols, text, (size_t)(x - text));
    return number(cols, 1, 1000, &c->cols) && number(x + 1, 1, 500, &c->rows);
}

/* An option that cannot be taken: unknown, or without its value. */
static int bad_option(const struct cli *c, char **argv) {
    char letter[] = {'-', (char)optopt, '\0'};
    return cli_usage(c, _("the option %s is unknown or lacks its value; see: vmmedic --help"), optopt > 0 && optopt < 256 ? letter : argv[optind - 1]);
}

/* Reads the options. 0, or the exit code plus one when the program is to end. */
static int parse(struct cli *c, int argc, char **argv) {
    int o, which = -1;
    for (int i = 1; i < argc; i++) /* whatever is wrong before it is said as JSON too */
        if (strcmp(argv[i], "--json") == 0) c->json = true;
    for (int i = 1; i < argc; i++)
        if (!vmm_is_utf8(argv[i])) return 1 + cli_usage(c, _("argument %d is not UTF-8 text: %s"), i, argv[i]);
    opterr = 0;
    for (; (o = getopt_long(argc, argv, "hv", options, &which)) != -1; which = -1) {
        bool good = true;
        switch (o) {
        case 'h': print_help(); return 1;
        case OPT_VERSION: printf("vmmedic %s\n", VMM_VERSION); return 1;
        case OPT_JSON: c->json = true; break;
        case OPT_PLAIN: c->plain = true; break;
        case OPT_ASCII: c->ascii = true; break;
        case OPT_COLOR:
            if (strcmp(optarg, "auto") != 0 && strcmp(optarg, "never") != 0) return 1 + cli_usage(c, _("--color is auto or never"));
            c->no_color = strcmp(optarg, "never") == 0;
            break;
        case OPT_SIZE: good = size(optarg, c); break;
        case OPT_SLOW: c->slow = true; break;
        case OPT_YES: c->yes = true; break;
        case 'v': c->verbose = true; break;
        case OPT_BOOT: c->boot = optarg; break;
        case OPT_FORMAT: c->format = optarg; break;
        case OPT_ALL: c->all_needed = true; break;
        case OPT_SNAPSHOT: c->snapshot = optarg; break;
        case OPT_TAKE: c->take_snapshot = true; break;
        case OPT_NO_SNAPSHOT: c->no_snapshot = optarg; break;
        case OPT_PASSWORD: c->password_file = optarg; break;
        case OPT_SCENARIO: c->scenario = optarg; break;
        case OPT_LIST: c->list = true; break;
        case OPT_FORGET: c->forget = optarg; break;
        case OPT_GEN: good = number(optarg, 1, 2, &c->gen); break;
        case OPT_WINDOWS: good = number(optarg, 1, 999, &c->windows); break;
        case OPT_STORE: good = number(optarg, 1, 999, &c->store); break;
        case OPT_PORT: good = number(optarg, 1, 65535, &c->port); break;
        case OPT_FROM: c->from = optarg; break;
        case OPT_TO: c->to = optarg; break;
        case OPT_GROUP: c->group = optarg; break;
        case OPT_VM: c->vm = optarg; break;
        case OPT_RESCUE: c->rescue = optarg; break;
        case OPT_SHELL: c->shell = optarg; break;
        case OPT_MODE: c->mode = optarg; break;
        case OPT_CHECK: c->check = optarg; break;
        case OPT_SCENARIOS: c->scenarios = optarg; break;
        case OPT_AS_FOLDER: c->learn_folder = true; break;
        case OPT_PLATFORM: c->platform = optarg; break;
        case OPT_KEY: c->key_file = optarg; break;
        case OPT_ACCEPT: c->accept = optarg; break;
        case OPT_PARTITION: good = number(optarg, 1, 999, &c->partition); break;
        case OPT_AS: c->as = optarg; break;
        case OPT_OUTPUT: c->output = optarg; break;
        case OPT_LANG: good = cli_language_choose(optarg); break;
        case OPT_REG:
            good = c->reg_count < CLI_MAX_REGS;
            if (good) c->regs[c->reg_count++] = optarg;
            break;
        case OPT_DISK:
            good = c->disk_count < CLI_MAX_DISKS;
            if (good) c->disks[c->disk_count++] = optarg;
            break;
        case OPT_FIX:
            good = c->fix_count < CLI_MAX_FIXES;
            if (good) c->fixes[c->fix_count++] = optarg;
            break;
        default: return 1 + bad_option(c, argv);
        }
        if (!good && (o == OPT_FIX || o == OPT_DISK || o == OPT_REG)) return 1 + cli_usage(c, _("there are too many --%s"), o == OPT_FIX ? "fix" : o == OPT_REG ? "reg" : "disk");
        if (!good) return 1 + cli_usage(c, _("--%s does not take \"%s\""), which >= 0 ? options[which].name : "?", optarg);
    }
    c->args = argv + optind;
    c->count = argc - optind;
    return 0;
}

static int wizard(struct cli *c) {
    if (c->json) return cli_usage(c, _("the wizard has no --json; scan, plan and apply do"));
    if (c->key_file) return cli_usage(c, _("the wizard asks for the key of an encrypted disk; --key-file is for the commands"));
    return cli_wizard(c);
}

static int run(struct cli *c) {
    const struct cli_command *command;
    if (c->count == 0) return wizard(c);
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        if (strcmp(command->name, c->args[0]) != 0) continue;
        c->args++;
        c->count--;
        if (c->count < command->least || c->count > command->most) return cli_usage(c, _("usage: vmmedic %s"), command->usage);
        int code;
        if (!c->utf8 && !c->json) cli_language_fold_output();
        return cli_read_key(c, &code) ? command->run(c) : code;
    }
    if (c->count > 1) return cli_usage(c, _("there is no command \"%s\"; see: vmmedic --help"), c->args[0]);
    if (strchr(c->args[0], '/') == NULL && access(c->args[0], F_OK) != 0)
        return cli_usage(c, _("there is no command and no file \"%s\" here; the commands: vmmedic --help"), c->args[0]);
    return wizard(c);
}

/* A closed standard descriptor would become the worker's socket or a disk, and what is printed would go there. */
static void fill_descriptors(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2) close(fd);
}

/* The exit code, unless what was asked for could not be printed. What has been written to a disk stays said by its code. */
static int end_code(const struct cli *c, int code) {
    int bad = ferror(stdout), failed = fflush(stdout), e = errno;
    if (!bad && failed == 0) return code;
    fprintf(stderr, _("vmmedic: writing standard output: %s\n"), failed ? strerror(e) : _("it failed"));
    return c->wrote ? code : 1;
}

int main(int argc, char **argv) {
    json_set_alloc_funcs(vmm_json_alloc, vmm_wiping_free); /* a request may hold a password */
    bool utf8 = cli_language_start(NULL);
    if (argc == 2 && strcmp(argv[1], VMM_WORKER_ARGUMENT) == 0) {
        cli_language_follow();
        return vmm_worker_main(3);
    }
    fill_descriptors();
    signal(SIGPIPE, SIG_IGN);
    struct cli c = {.utf8 = utf8};
    if (!utf8) cli_language_fold_errors();
    int end = parse(&c, argc, argv);
    int code = end ? end - 1 : run(&c);
    vmm_client_close(c.client);
    vmm_unlock_free(c.key);
    return end_code(&c, code);
}
