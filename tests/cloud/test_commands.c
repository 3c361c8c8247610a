/* The cloud's command lines: no name breaks out of one, every step has its lines and its warning, and az itself knows every command and option.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "cloud/room.h"
#include "harness/folder.h"
#include "harness/run.h"

static const char *const disks[] = {"data(1)", "second"};
static const struct vmm_cloud_names full = {.group = "prod(eu)", .vm = "web03", .rescue = "rescue", .disks = disks, .disk_count = 2, .port = 3390};
static const struct vmm_cloud_names none;

static void gather(void *ctx, const struct vmm_cloud_line *line) { vmm_buf_fmt(ctx, "%s\n", line->command); }

static char *all_lines(const char *id, enum vmm_shell shell, const struct vmm_cloud_names *names, bool brief) {
    struct vmm_buf b = {0};
    const struct vmm_cloud_step *s = vmm_cloud_step_by_id(id);
    assert_non_null(s);
    vmm_cloud_lines(s, shell, names, brief, gather, &b);
    return vmm_buf_steal(&b);
}

static void has(const char *id, enum vmm_shell shell, const struct vmm_cloud_names *names, const char *line) {
    char *text = all_lines(id, shell, names, false);
    if (!strstr(text, line)) fail_msg("%s lacks \"%s\":\n%s", id, line, text);
    free(text);
}

static void names_and_placeholders_are_filled_in(void **state) {
    (void)state;
    has("redeploy", VMM_BASH, &none, "az vm redeploy -g RG -n VM\n");
    has("redeploy", VMM_BASH, &full, "az vm redeploy -g 'prod(eu)' -n web03\n");
    has("redeploy", VMM_POWERSHELL, &full, "Set-AzVM -ResourceGroupName 'prod(eu)' -Name 'web03' -Redeploy\n");
    has("snapshot", VMM_BASH, &none, "az snapshot create -g RG -n VM-os-snap --source DISK_ID\n");
    has("snapshot", VMM_POWERSHELL, &full, "-SnapshotName 'web03-os-snap' -Snapshot $config\n");
    has("attach", VMM_BASH, &none, "--vm-name REC --name DISK\n");
    has("attach", VMM_BASH, &full, "az vm disk attach -g 'prod(eu)' --vm-name rescue --name 'data(1)'\naz vm disk attach -g 'prod(eu)' --vm-name rescue --name second\n");
    has("attach", VMM_POWERSHELL, &full, "-DiskName 'data(1)'\n$vm = Add-AzVMDataDisk -VM $vm -Name $disk.Name -CreateOption Attach -ManagedDiskId $disk.Id -Lun LUN\n$disk = Get-AzDisk");
    has("swap", VMM_BASH, &full, "--os-disk 'data(1)'\n");
    has("effective-nsg", VMM_BASH, &full, "vmmedic nsg nsg.json --port 3390\n");
    has("ip-flow", VMM_BASH, &none, "--local VM_ADDRESS:3389 ");
    has("reset-nic", VMM_POWERSHELL, &full, "az vm repair reset-nic -g 'prod(eu)' -n 'web03'\n"); /* no cmdlet: az, quoted for PowerShell */
}

static void a_word_stays_one_word_whatever_is_in_it(void **state) {
    (void)state;
    static const char *const words[] = {"a b", "a'b", "''", "$(id)", "`id`", "a;b", "a\nb", "a\\", "*", "~", "!!", "a\"b", "-x", "#", "a&b|c>d<e", "%d", "\xe2\x80\x99; id; \xe2\x80\x98", "", "{}", "=x"};
    for (size_t i = 0; i < VMM_COUNT(words); i++) {
        char *word = vmm_shell_word(VMM_BASH, words[i]), *script = vmm_printf("set -- %s; [ $# = 1 ] && printf '%%s' \"$1\"", word);
        struct ran r = harness_run(NULL, "/bin/bash", "-c", script, NULL);
        assert_int_equal(r.code, 0);
        assert_string_equal(r.out, words[i]);
        harness_ran_clear(&r);
        free(script);
        free(word);
        word = vmm_shell_word(VMM_POWERSHELL, words[i]); /* read back as PowerShell does: a quote ends it unless another one follows */
        struct vmm_buf b = {0};
        const char *p = word + 1;
        assert_int_equal(word[0], '\'');
        for (;;) {
            size_t n = *p == '\'' ? 1 : (strncmp(p, "\xe2\x80\x98", 3) == 0 || strncmp(p, "\xe2\x80\x99", 3) == 0 || strncmp(p, "\xe2\x80\x9a", 3) == 0 || strncmp(p, "\xe2\x80\x9b", 3) == 0) ? 3 : 0;
            if (n && strncmp(p, p + n, n) != 0) break;
            p += n;
            vmm_buf_add(&b, p, n ? n : 1);
            p += n ? n : 1;
        }
        assert_string_equal(p, "'");
        char *read = vmm_buf_steal(&b);
        assert_string_equal(read, words[i]);
        free(read);
        free(word);
    }
}

static void names_that_azure_does_not_allow_are_refused(void **state) {
    (void)state;
    static const struct {
        enum vmm_cloud_name kind;
        const char *name;
        bool good;
    } rows[] = {
        {VMM_NAME_GROUP, "prod_rg.1-(x)", true}, {VMM_NAME_GROUP, "gr\xc3\xbc\xc3\x9f", true}, {VMM_NAME_GROUP, "x.", false},  {VMM_NAME_GROUP, "-x", false},
        {VMM_NAME_GROUP, "a b", false},          {VMM_NAME_GROUP, "a'b", false},               {VMM_NAME_GROUP, "$(id)", false}, {VMM_NAME_GROUP, "", false},
        {VMM_NAME_GROUP, "a\xe2\x80\x99" "b", false}, {VMM_NAME_GROUP, "a\xe2\x80\xae" "b", false}, {VMM_NAME_GROUP, "a\xff", false}, {VMM_NAME_GROUP, "a\x1b[0m", false},
        {VMM_NAME_GROUP, "a\xc2\xa0" "b", false}, {VMM_NAME_VM, "web03", true},               {VMM_NAME_VM, "web_03.x", true},  {VMM_NAME_VM, "web(1)", false},
        {VMM_NAME_VM, "web-", false},            {VMM_NAME_VM, "web03.", false},               {VMM_NAME_DISK, "web03_OsDisk_1_0123abc", true}, {VMM_NAME_DISK, "/subscriptions/x", false},
        {VMM_NAME_VM, "a;reboot", false},        {VMM_NAME_VM, "a`b`", false},                 {VMM_NAME_VM, "a\nb", false},
    };
    for (size_t i = 0; i < VMM_COUNT(rows); i++) {
        struct vmm_error err = {0};
        int r = vmm_cloud_name_check(rows[i].kind, rows[i].name, &err);
        if ((r == 0) != rows[i].good) fail_msg("\"%s\": %s", rows[i].name, err.message);
        assert_true(rows[i].good || err.code == VMM_E_USAGE);
    }
    char *longest = vmm_alloc(100, 1);
    memset(longest, 'a', 65);
    assert_int_equal(vmm_cloud_name_check(VMM_NAME_VM, longest, NULL), -1);
    longest[64] = '\0';
    assert_int_equal(vmm_cloud_name_check(VMM_NAME_VM, longest, NULL), 0);
    free(longest);
}

/* What a shell makes of every line: az gets the names as they are, and nothing else runs. */
static void every_line_is_one_command_with_whole_words(void **state) {
    (void)state;
    char *room = harness_room();
    for (size_t i = 0; i < vmm_cloud_table_count; i++) {
        const struct cloud_line *l = &vmm_cloud_table[i];
        if (l->shell != VMM_BASH) continue;
        char *command = vmm_cloud_fill(l->command, VMM_BASH, &full, 0);
        char *script = vmm_printf("cd %s; PW=secret; az() { printf '[%%s]' \"$@\" >&2; }; vmmedic() { :; }; nc() { :; }; read() { :; }\nset -eu\n%s", room, command);
        struct ran r = harness_run(NULL, "/bin/bash", "-c", script, NULL);
        if (r.code != 0) fail_msg("%s\n%s", command, r.err);
        if (strstr(l->command, "%g") && !strstr(r.err, "[prod(eu)]")) fail_msg("%s\n%s", command, r.err);
        if (strstr(l->command, "%d") && !strstr(r.err, "[data(1)]")) fail_msg("%s\n%s", command, r.err);
        if (strstr(l->command, "%v ") && !strstr(r.err, "[web03]")) fail_msg("%s\n%s", command, r.err);
        harness_ran_clear(&r);
        free(script);
        free(command);
    }
    vmm_remove_tree(room, NULL);
    free(room);
}

static void note_change(void *ctx, const struct vmm_cloud_line *line) {
    if (line->changes) *(bool *)ctx = true;
    assert_null(strchr(line->command, '\n'));
    assert_null(strchr(line->command, '%'));
    assert_null(strstr(line->command, "AzureRm"));
}

static void every_step_has_its_lines_and_says_whether_it_changes_anything(void **state) {
    (void)state;
    const struct vmm_cloud_step *s;
    for (size_t i = 0; i < vmm_cloud_table_count; i++) assert_non_null(vmm_cloud_step_by_id(vmm_cloud_table[i].step));
    for (size_t i = 0; (s = vmm_cloud_step_at(i)) != NULL; i++)
        for (int shell = 0; shell < 2; shell++) {
            bool changes = false;
            vmm_cloud_lines(s, (enum vmm_shell)shell, &none, false, note_change, &changes);
            if (changes != s->changes) fail_msg("%s", s->id);
            char *text = all_lines(s->id, (enum vmm_shell)shell, &none, false);
            assert_true(s->history ? *text == '\0' : *text != '\0');
            free(text);
        }
    static const char *const losing[] = {"redeploy", "swap", "repair-restore"}; /* said before */
    for (size_t i = 0; i < VMM_COUNT(losing); i++) assert_non_null(strstr(vmm_cloud_step_by_id(losing[i])->before, "emporary disk"));
    assert_true(vmm_cloud_step_by_id("classic")->history);
}

static void where_the_vm_is_not_in_azure_there_are_words_and_no_lines(void **state) {
    (void)state;
    const struct vmm_cloud_step *s;
    for (size_t i = 0; (s = vmm_cloud_step_at(i)) != NULL; i++)
        for (int p = VMM_KVM; p < VMM_PLATFORMS; p++) {
            json_t *j = vmm_cloud_json(s, (enum vmm_platform)p, VMM_BASH, &none);
            assert_int_equal(json_array_size(json_object_get(j, "lines")), 0);
            assert_true(*vmm_json_str(j, "words"));
            assert_null(strstr(vmm_json_str(j, "words"), "az "));
            assert_true(json_is_null(json_object_get(j, "before")));
            json_decref(j);
        }
    static const char *const everywhere[] = {"snapshot", "attach", "detach", "swap", "start", "restart", "screenshot", "serial-console", "reset-nic"};
    for (size_t i = 0; i < VMM_COUNT(everywhere); i++)
        for (int p = VMM_KVM; p < VMM_PLATFORMS; p++) assert_non_null(vmm_cloud_step_by_id(everywhere[i])->elsewhere[p]);
}

/* ---- symptoms ---- */

static void the_five_messages_lead_to_steps_and_fixes_that_exist(void **state) {
    (void)state;
    static const char *const messages[] = {"License Servers", "can't find the computer", "Local Security Authority cannot be contacted", "credentials did not work", "can't connect to the remote computer"};
    static const char *const needs[] = {"L01", "", "T01", "P01", "W01"};
    const struct vmm_symptom *s;
    for (size_t i = 0; i < VMM_COUNT(messages); i++) {
        size_t found = 0;
        for (size_t k = 0; (s = vmm_symptom_at(k)) != NULL; k++) {
            if (!strstr(s->message, messages[i])) continue;
            bool named = *needs[i] == '\0';
            for (const struct vmm_check *c = s->checks; c->text; c++) named = named || strstr(c->refs, needs[i]) != NULL;
            assert_true(named);
            found++;
        }
        assert_int_equal(found, 1);
    }
    for (size_t k = 0; (s = vmm_symptom_at(k)) != NULL; k++) {
        json_t *j = vmm_symptom_json(s), *c, *id;
        size_t i, n;
        assert_true(json_array_size(json_object_get(j, "checks")) > 2);
        json_array_foreach(json_object_get(j, "checks"), i, c) {
            json_array_foreach(json_object_get(c, "steps"), n, id) if (!vmm_cloud_step_by_id(json_string_value(id))) fail_msg("%s: %s", s->id, json_string_value(id));
            json_array_foreach(json_object_get(c, "fixes"), n, id) { /* their catalogue is not whole yet: two letters or one, two digits */
                const char *text = json_string_value(id);
                size_t letters = isupper((unsigned char)text[1]) ? 2 : 1;
                assert_true(isupper((unsigned char)text[0]) && strlen(text) == letters + 2 && isdigit((unsigned char)text[letters]) && isdigit((unsigned char)text[letters + 1]));
            }
        }
        json_decref(j);
    }
    static const char *const words[] = {"CREDENTIALS", "work"};
    size_t hits = 0;
    for (size_t k = 0; (s = vmm_symptom_at(k)) != NULL; k++) hits += vmm_symptom_has(s, words, 2);
    assert_int_equal(hits, 1);
    for (size_t k = 0; (s = vmm_symptom_at(k)) != NULL; k++) { /* an id is enough, though "connect" is in "disconnected" */
        hits = 0;
        for (size_t m = 0; vmm_symptom_at(m) != NULL; m++) hits += vmm_symptom_has(vmm_symptom_at(m), &s->id, 1);
        assert_int_equal(hits, 1);
        assert_true(vmm_symptom_has(s, &s->id, 1));
    }
}

/* ---- against az itself ---- */

/* "az vm disk attach": the words before the first option. */
static char *words_of(const char *command) {
    const char *end = strstr(command, " -");
    return end ? vmm_strndup(command, (size_t)(end - command)) : vmm_strdup(command);
}

static bool knows(const char *help, const char *option) {
    size_t n = strlen(option);
    for (const char *p = help; (p = strstr(p, option)) != NULL; p += n)
        if (p > help && isspace((unsigned char)p[-1]) && (isspace((unsigned char)p[n]) || p[n] == '\0')) return true;
    return false;
}

/* Options stand outside of quotes. */
static void check_options(const char *command, const char *help) {
    char quote = 0;
    for (const char *p = command; *p; p++) {
        if (quote) {
            if (*p == quote) quote = 0;
        } else if (*p == '"' || *p == '\'') {
            quote = *p;
        } else if (*p == '-' && p[-1] == ' ') {
            char *option = vmm_strndup(p, strcspn(p, " "));
            if (!knows(help, option)) fail_msg("az does not know %s of: %s", option, command);
            free(option);
        }
    }
}

/* The help of one command, asked once: az takes seconds for each. */
static struct {
    char *words;
    struct ran ran;
} helps[100];
static size_t help_count;

static const struct ran *help_of(const char *az, const char *room, const char *command) {
    char *words = words_of(command);
    for (size_t i = 0; i < help_count; i++)
        if (strcmp(helps[i].words, words) == 0) {
            free(words);
            return &helps[i].ran;
        }
    char *script = vmm_printf("AZURE_CONFIG_DIR=%s AZURE_CORE_COLLECT_TELEMETRY=0 %s %s --help", room, az, words + 3);
    assert_true(help_count < VMM_COUNT(helps));
    helps[help_count].words = words;
    helps[help_count].ran = harness_run(NULL, "/bin/sh", "-c", script, NULL);
    free(script);
    return &helps[help_count++].ran;
}

static void az_knows_every_command_and_option(void **state) {
    (void)state;
    const char *az = getenv("VMMEDIC_AZ") ? getenv("VMMEDIC_AZ") : "az";
    char *room = harness_room(), *probe = vmm_printf("AZURE_CONFIG_DIR=%s AZURE_CORE_COLLECT_TELEMETRY=0 %s --version", room, az);
    struct ran r = harness_run(NULL, "/bin/sh", "-c", probe, NULL);
    bool there = r.code == 0;
    harness_ran_clear(&r);
    free(probe);
    size_t checked = 0, unread = 0;
    for (size_t i = 0; i < vmm_cloud_table_count && there; i++) {
        const char *command = vmm_cloud_table[i].command;
        if (strncmp(command, "az ", 3) != 0) continue;
        const struct ran *help = help_of(az, room, command);
        bool extension = strncmp(command, "az vm repair ", 13) == 0 || strncmp(command, "az serial-console ", 18) == 0;
        if (help->code == 0) {
            check_options(command, help->out);
            checked++;
        } else if (extension || strstr(help->err, "Traceback")) { /* not installed; or its own libraries do not fit (Debian 12's) */
            unread++;
            print_message("skipped: az cannot say about: %s\n", command);
        } else {
            fail_msg("az does not know: %s\n%s", command, help->err);
        }
    }
    for (size_t i = 0; i < help_count; i++) {
        harness_ran_clear(&helps[i].ran);
        free(helps[i].words);
    }
    vmm_remove_tree(room, NULL);
    free(room);
    if (!there) {
        print_message("skipped: az is not installed; its command lines were not compared with it\n");
        skip();
    }
    print_message("az: %zu lines checked, %zu not\n", checked, unread);
    assert_true(checked + unread > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_placeholders_are_filled_in),
        cmocka_unit_test(a_word_stays_one_word_whatever_is_in_it),
        cmocka_unit_test(names_that_azure_does_not_allow_are_refused),
        cmocka_unit_test(every_line_is_one_command_with_whole_words),
        cmocka_unit_test(every_step_has_its_lines_and_says_whether_it_changes_anything),
        cmocka_unit_test(where_the_vm_is_not_in_azure_there_are_words_and_no_lines),
        cmocka_unit_test(the_five_messages_lead_to_steps_and_fixes_that_exist),
        cmocka_unit_test(az_knows_every_command_and_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
