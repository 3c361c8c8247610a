/* az asked from here: a real child process, which is a script that stands for az. What it is given, what it prints, how it is stopped, and what is never run.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud/room.h"
#include "harness/folder.h"

static char *room, *path_before, *said;
static const struct vmm_cloud_names names = {.group = "prod-rg(1)", .vm = "web03"};

static void put_az(const char *script) {
    char *az = vmm_printf("%s/az", room);
    harness_write(az, script, strlen(script));
    assert_int_equal(chmod(az, 0755), 0);
    free(az);
}
static int setup(void **state) {
    (void)state;
    room = harness_room();
    said = vmm_printf("%s/said", room);
    path_before = vmm_strdup(getenv("PATH"));
    char *path = vmm_printf("%s:%s", room, path_before);
    setenv("PATH", path, 1);
    setenv("AZ_SAID", said, 1);
    free(path);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    setenv("PATH", path_before, 1);
    vmm_remove_tree(room, NULL);
    free(room);
    free(said);
    free(path_before);
    return 0;
}

static size_t line_with(const char *words) {
    for (size_t i = 0; i < vmm_cloud_table_count; i++)
        if (vmm_cloud_table[i].shell == VMM_BASH && strstr(vmm_cloud_table[i].command, words)) return i;
    fail_msg("no line with %s", words);
    return 0;
}
static char *file_text(void) {
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(said, 65536, &data, &len, NULL), 0);
    return (char *)data;
}

static void az_gets_its_words_and_nothing_else(void **state) {
    (void)state;
    struct vmm_error err = {0};
    put_az("#!/bin/sh\nfor w in \"$@\"; do printf '<%s>\\n' \"$w\"; done > \"$AZ_SAID\"\ncat >> \"$AZ_SAID\"\nls /proc/self/fd | wc -w >> \"$AZ_SAID\"\necho fine\n");
    json_t *r = vmm_cloud_run(line_with("get-instance-view"), &names, NULL, NULL, &err);
    assert_non_null(r);
    assert_int_equal(json_integer_value(json_object_get(r, "exit")), 0);
    assert_string_equal(vmm_json_str(r, "output"), "fine\n");
    assert_string_equal(vmm_json_str(r, "command"),
                        "az vm get-instance-view -g 'prod-rg(1)' -n web03 --query \"{vm:instanceView.statuses[].code,agent:instanceView.vmAgent.statuses[].displayStatus}\"");
    char *text = file_text();
    assert_non_null(strstr(text, "<vm>\n<get-instance-view>\n<-g>\n<prod-rg(1)>\n<-n>\n<web03>\n<--query>\n<{vm:instanceView.statuses[].code,agent:instanceView.vmAgent."
                                 "statuses[].displayStatus}>\n"));
    int fds = atoi(strrchr(text, '>') + 2); /* in, out, err, and the folder that ls reads */
    if (fds != 4) fail_msg("it has %d open files", fds);
    free(text);
    json_decref(r);
}

static void what_it_prints_cannot_act_on_a_terminal(void **state) {
    (void)state;
    struct vmm_error err = {0};
    put_az("#!/bin/sh\nprintf '\\033[31mred\\033[0m\\ttab\\r\\n\\033]0;title\\007bell\\001\\033[2J\\233x\\n\\377\\376 bytes \\342\\200\\256 turned\\nno end'; printf '\\000zero' >&2; exit 3\n");
    json_t *r = vmm_cloud_run(line_with("get-boot-log -g"), &names, NULL, NULL, &err);
    const char *out = vmm_json_str(r, "output");
    assert_int_equal(json_integer_value(json_object_get(r, "exit")), 3);
    for (const char *c = out; *c; c++)
        if (iscntrl((unsigned char)*c) && *c != '\n') fail_msg("control character %d in: %s", *c, out);
    assert_null(strstr(out, "\xe2\x80\xae")); /* right to left */
    assert_null(strstr(out, "\xc2\x9b"));
    assert_true(vmm_is_utf8(out));
    assert_non_null(strstr(out, "red  tab\n"));
    assert_non_null(strstr(out, "no end\\x00zero\n"));
    json_decref(r);
}

static void endless_output_is_cut_and_costs_no_memory(void **state) {
    (void)state;
    struct vmm_error err = {0};
    put_az("#!/bin/sh\nhead -c 30000000 /dev/zero | tr '\\000' x\necho end\n");
    json_t *r = vmm_cloud_run(line_with("get-boot-log -g"), &names, NULL, NULL, &err);
    assert_true(json_is_true(json_object_get(r, "cut")));
    assert_true(strlen(vmm_json_str(r, "output")) <= VMM_CLOUD_OUTPUT_MAX + 1);
    assert_int_equal(json_integer_value(json_object_get(r, "exit")), 0);
    json_decref(r);
}

/* Asked often; says yes once the script has begun. */
struct stopper {
    int asked;
    double first;
};
static bool stop_when_begun(void *ctx) {
    struct stopper *s = ctx;
    if (s->asked++ == 0) s->first = vmm_seconds();
    return access(said, F_OK) == 0;
}

static bool gone(int pid) { return kill(pid, 0) < 0; }

static void it_can_be_stopped_with_all_that_it_started(void **state) {
    (void)state;
    static const char *const scripts[] = {"#!/bin/sh\nsleep 1000 &\necho \"$$ $!\" > \"$AZ_SAID.new\"; mv \"$AZ_SAID.new\" \"$AZ_SAID\"\nwait\n",
                                          "#!/bin/sh\ntrap '' TERM\nsleep 1000 &\necho \"$$ $!\" > \"$AZ_SAID.new\"; mv \"$AZ_SAID.new\" \"$AZ_SAID\"\nwhile :; do wait; done\n"};
    for (size_t i = 0; i < VMM_COUNT(scripts); i++) {
        struct vmm_error err = {0};
        struct stopper s = {0};
        unlink(said);
        put_az(scripts[i]);
        json_t *r = vmm_cloud_run(line_with("get-boot-log -g"), &names, stop_when_begun, &s, &err);
        assert_null(r);
        assert_int_equal(err.code, VMM_E_CANCELLED);
        if (vmm_seconds() - s.first > 20) fail_msg("stopping took %.0f s", vmm_seconds() - s.first);
        char *text = file_text();
        int pid = 0, child = 0;
        assert_int_equal(sscanf(text, "%d %d", &pid, &child), 2);
        for (double began = vmm_seconds(); !(gone(pid) && gone(child)) && vmm_seconds() - began < 20;) {} /* the last signal is on its way */
        assert_true(gone(pid));
        free(text);
    }
}

static void what_it_leaves_running_is_not_waited_for(void **state) {
    (void)state;
    struct vmm_error err = {0};
    put_az("#!/bin/sh\nsleep 1000 &\necho $! > \"$AZ_SAID\"\necho done\n"); /* it holds the line open */
    double began = vmm_seconds();
    json_t *r = vmm_cloud_run(line_with("get-boot-log -g"), &names, NULL, NULL, &err);
    assert_string_equal(vmm_json_str(r, "output"), "done\n");
    assert_true(vmm_seconds() - began < 60);
    char *text = file_text();
    kill(atoi(text), SIGKILL);
    free(text);
    json_decref(r);
}

/* ---- what is never run ---- */
static void only_whole_lines_that_ask_are_run(void **state) {
    (void)state;
    static const char *const verbs[] = {" show ", " list ", " get-boot-log ", " get-boot-log-uris ", " get-instance-view "};
    const struct vmm_cloud_names whole = {.group = "g", .vm = "v", .rescue = "r", .disks = (const char *const[]){"d"}, .disk_count = 1}, none = {0};
    size_t runs = 0;
    put_az("#!/bin/sh\necho ran > \"$AZ_SAID\"\n");
    for (size_t i = 0; i < vmm_cloud_table_count + 3; i++) {
        struct vmm_error err = {0};
        const struct cloud_line *l = i < vmm_cloud_table_count ? &vmm_cloud_table[i] : NULL;
        bool may = l && vmm_cloud_line_runs(l, &whole), asks = false;
        if (may) {
            for (size_t v = 0; v < VMM_COUNT(verbs); v++) asks = asks || strstr(l->command, verbs[v]) != NULL;
            if (!asks || strstr(l->command, "secret") || strstr(l->command, "password") || strstr(l->command, "key")) fail_msg("may run: %s", l->command);
            assert_false(l->flags & CHANGES);
            assert_false(vmm_cloud_line_runs(l, &none)); /* with RG and VM left in it */
            runs++;
            continue;
        }
        unlink(said);
        assert_null(vmm_cloud_run(i, &whole, NULL, NULL, &err));
        assert_int_equal(err.code, VMM_E_UNSUPPORTED);
        assert_int_not_equal(access(said, F_OK), 0);
    }
    assert_true(runs >= 6);
}

static void a_name_that_azure_does_not_allow_starts_nothing(void **state) {
    (void)state;
    static const char *const bad[] = {"-rf", "a b", "a;reboot", "$(reboot)", "a'b", "x\ny", "", "--query"};
    put_az("#!/bin/sh\necho ran > \"$AZ_SAID\"\n");
    for (size_t i = 0; i < VMM_COUNT(bad); i++) {
        struct vmm_error err = {0};
        assert_null(vmm_cloud_run(line_with("get-boot-log -g"), &(struct vmm_cloud_names){.group = "g", .vm = bad[i]}, NULL, NULL, &err));
        assert_int_equal(err.code, VMM_E_USAGE);
        assert_int_not_equal(access(said, F_OK), 0);
    }
}

static void az_is_found_on_the_path_only_when_it_can_be_run(void **state) {
    (void)state;
    setenv("PATH", room, 1);
    assert_false(vmm_cloud_has_az());
    char *az = vmm_printf("%s/az", room);
    harness_write(az, "x", 1);
    assert_false(vmm_cloud_has_az());
    chmod(az, 0755);
    assert_true(vmm_cloud_has_az());
    char *path = vmm_printf("/nowhere::%s", room);
    setenv("PATH", path, 1);
    assert_true(vmm_cloud_has_az());
    unsetenv("PATH");
    assert_false(vmm_cloud_has_az());
    free(path);
    free(az);
}

static void an_az_that_is_no_program_is_told(void **state) {
    (void)state;
    struct vmm_error err = {0};
    put_az("#!/no/such/interpreter\n");
    json_t *r = vmm_cloud_run(line_with("get-boot-log -g"), &names, NULL, NULL, &err);
    assert_int_equal(json_integer_value(json_object_get(r, "exit")), 127);
    json_decref(r);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        PROMISE(az_gets_its_words_and_nothing_else),
        PROMISE(what_it_prints_cannot_act_on_a_terminal),
        PROMISE(endless_output_is_cut_and_costs_no_memory),
        PROMISE(it_can_be_stopped_with_all_that_it_started),
        PROMISE(what_it_leaves_running_is_not_waited_for),
        PROMISE(only_whole_lines_that_ask_are_run),
        PROMISE(a_name_that_azure_does_not_allow_starts_nothing),
        PROMISE(az_is_found_on_the_path_only_when_it_can_be_run),
        PROMISE(an_az_that_is_no_program_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
