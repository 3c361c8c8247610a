/* What opens over the steps: the messages of the client as a tree, the seven steps, network rules, the cloud; and the plan in other forms.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/folder.h"
#include "harness/keys.h"
#include "tests/screens/walk.h"
#include "vmmedic/cloud.h"

#define ALLOW "{'verdict':'ALLOW','sentence':'ALLOW: web-nsg lets TCP 3389 in.','port':3389,'protocol':'tcp','from':'internet','to':null,'rule':null,'depends':[],'levels':[],'others':[]," \
              "'open_to_internet':true,'warnings':['It is open to the whole Internet.'],'notes':[]}"
#define DENY  "{'verdict':'DENY','sentence':'DENY: web-nsg stops TCP 3390: rule DenyAllInBound (65500).','port':3390,'protocol':'tcp','from':'internet','to':null,'rule':null,'depends':[]," \
              "'levels':[],'others':[{'from':'vnet','verdict':'ALLOW','sentence':'from the same network it gets in.'}],'open_to_internet':false,'warnings':[],'notes':['A note.']}"
#define DEPENDS "{'verdict':'DEPENDS','sentence':'it depends.','port':3389,'depends':[{'rule':{'name':'tagged','priority':150,'access':'Deny'},'on':['the tag AzureCloud']}],'others':[]," \
                "'warnings':[],'notes':[]}"
#define AZ(exit, output) "{'command':'az vm show -g prod-rg -n web03','exit':" #exit ",'output':'" output "','cut':false}"
/* A plan of one change, which also has the form that was asked for. */
#define PLAN_AS \
    "{'changes':[{'fix':'SM01','store':'BCD','place':'{1} safeboot','object':null,'element':null,'before':null,'after':null,'before_text':'Minimal','after_text':'(not set)','risk':'low'," \
    "'why':'','windows':'bcdedit x'}],'text':'','fixes':['SM01'],'lowers_security':false,'as':'serial','as_text':'The first words\\n\\ncmd\\n\\nbcdedit /deletevalue {current} safeboot\\n" \
    "    why it is so,\\n    in two lines\\n    check:  bcdedit /enum {current}\\n','left_out':['the second one']}"
#define AS(text, left) "{'changes':[],'as':'serial','as_text':'" text "','left_out':[" left "],'lowers_security':false}"

static const struct answer rules[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"nsg", ERROR_JSON("broken", 3, "x.json, line 3, column 9: no rules are in it")}, {"nsg", ALLOW},
                                      {"nsg", DENY}, {"nsg", DEPENDS}, {0}};
static const struct answer asks[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"az", AZ(0, "VM running\\nready")}, {"az", AZ(1, "Please run az login")}, {0}};

static char *az_room, *path_before;
static int with_az(void **state) {
    (void)state;
    az_room = harness_room();
    path_before = vmm_strdup(getenv("PATH"));
    char *az = vmm_printf("%s/az", az_room);
    harness_write(az, "#!/bin/sh\n", 10);
    chmod(az, 0755);
    setenv("PATH", az_room, 1);
    free(az);
    return 0;
}
static int without_az(void **state) {
    (void)state;
    setenv("PATH", path_before, 1);
    vmm_remove_tree(az_room, NULL);
    free(az_room);
    free(path_before);
    return 0;
}

static void to_messages(struct walk *k) {
    choose(k, row_with(k, "client shows a message"));
    AT(k, STEP_MESSAGES);
}

/* ---- messages ---- */
static void every_message_leads_somewhere_and_back_goes_one_up(void **state) {
    (void)state;
    const struct vmm_symptom *s;
    for (size_t m = 0; (s = vmm_symptom_at(m)) != NULL; m++) {
        struct walk *k = begin_with(good, &without);
        to_messages(k);
        assert_int_equal(vmm_wizard_line(k->w), STEP_SYMPTOM);
        choose(k, m);
        if (strcmp(s->id, "steps") == 0) {
            AT(k, STEP_SEVEN);
            back(k);
            AT(k, STEP_MESSAGES);
            end(k);
            continue;
        }
        size_t questions = vmm_wizard_count(k->w) - 1;
        assert_true(questions >= 3);
        body_says(k, s->means);
        for (size_t q = 0; q < questions; q++) {
            choose(k, q);
            body_says(k, s->checks[q].text);
            back(k);
            assert_int_equal(vmm_wizard_count(k->w), questions + 1);
            choose(k, q);
            size_t answers = vmm_wizard_count(k->w);
            for (size_t a = 0; a < answers; a++) { /* each one leads on: to another screen, to the next question, or out */
                struct walk *other = begin_with(good, &without);
                to_messages(other);
                choose(other, m);
                choose(other, q);
                char *before = body_of(other);
                choose(other, a);
                char *after = vmm_wizard_over(other->w, NULL) ? vmm_strdup("") : body_of(other);
                if (vmm_wizard_step(other->w) == STEP_MESSAGES && strcmp(before, after) == 0) fail_msg("%s, question %zu, answer %zu leads nowhere", s->id, q, a);
                if (vmm_wizard_step(other->w) == STEP_CLOUD || vmm_wizard_step(other->w) == STEP_NSG) {
                    back(other);
                    AT(other, STEP_MESSAGES);
                    char *again = body_of(other);
                    assert_string_equal(again, before);
                    free(again);
                }
                free(before);
                free(after);
                end(other);
            }
            choose(k, row_with(k, "the next question"));
            assert_true(marked(k, q + 1)); /* the one after it is pointed at */
        }
        assert_true(marked(k, questions));
        enter(k, NULL); /* after all questions: the disk */
        AT(k, STEP_SNAPSHOT);
        back(k);
        AT(k, STEP_SYMPTOM);
        to_messages(k);
        back(k);
        AT(k, STEP_SYMPTOM);
        end(k);
    }
}

static void the_fixes_of_the_message_come_first(void **state) {
    (void)state;
    struct walk *k = begin(good);
    to_messages(k);
    choose(k, row_with(k, "Local Security Authority"));
    choose(k, row_with(k, "TLS 1.2"));
    body_says(k, "R03");
    choose(k, 0); /* look at the disk for this */
    enter_until(k, STEP_FIXES);
    assert_int_equal(row_with(k, "R03"), 0);
    end(k);
}

static void saying_that_it_works_leaves_with_nothing_to_do(void **state) {
    (void)state;
    struct walk *k = begin_with(good, &without);
    to_messages(k);
    choose(k, row_with(k, "credentials"));
    choose(k, 0);
    choose(k, row_with(k, "works now"));
    was_said(k, "Nothing was written.");
    assert_int_equal(code_of(k), 0);
    end(k);
}

/* ---- the seven steps ---- */
static void cell_says(struct walk *k, size_t row, const char *words) {
    struct wizard_item item;
    vmm_wizard_item(k->w, row, &item);
    if (!item.cell[0] || !strstr(item.cell[0], words)) fail_msg("row %zu says \"%s\", not \"%s\"", row, item.cell[0] ? item.cell[0] : "", words);
    vmm_item_clear(&item);
}

static void the_seven_steps_say_what_the_disk_knows_and_what_is_for_the_cloud(void **state) {
    (void)state;
    static const char *const steps[] = {"Remote Desktop settings", "network security group", "console log", "resource health", "password", "Restart", "Redeploy"};
    struct walk *k = begin_with(good, &without);
    key(k, 'l', 0);
    AT(k, STEP_SEVEN);
    for (size_t i = 0; i < VMM_COUNT(steps); i++) assert_int_equal(row_with(k, steps[i]), i);
    cell_says(k, 0, "disk: not looked at");
    back(k);
    AT(k, STEP_SYMPTOM);
    end(k);
    k = begin(good);
    key(k, 'l', 0);
    cell_says(k, 2, "needed: SM01");
    for (size_t i = 0; i < vmm_wizard_count(k->w); i++) { /* each opens, says something to type or to read, and comes back here */
        struct wizard_text t = {0};
        choose(k, i);
        AT(k, STEP_CLOUD);
        vmm_wizard_more(k->w, &t);
        assert_true(t.count >= 1);
        vmm_text_clear(&t);
        enter(k, "");
        if (vmm_wizard_step(k->w) == STEP_NSG) back(k);
        if (vmm_wizard_step(k->w) == STEP_CLOUD) back(k);
        if (vmm_wizard_step(k->w) == STEP_SNAPSHOT) { /* what the disk can do comes first: Enter goes there */
            back(k);
            key(k, 'l', 0);
        }
        AT(k, STEP_SEVEN);
    }
    end(k);
}

static void what_is_lost_is_said_before_the_redeploy(void **state) {
    (void)state;
    struct walk *k = begin(good);
    key(k, 'l', 0);
    choose(k, row_with(k, "Redeploy"));
    struct wizard_text t = {0};
    vmm_wizard_more(k->w, &t);
    char *text = lines_text(&t), *lost = strstr(text, "temporary disk"), *command = strstr(text, "az vm redeploy");
    assert_non_null(lost);
    assert_non_null(command);
    assert_true(lost < command);
    free(text);
    vmm_text_clear(&t);
    end(k);
}

static void the_shell_and_the_platform_can_be_changed_wherever_commands_are_shown(void **state) {
    (void)state;
    struct walk *k = begin(good);
    key(k, 'l', 0);
    key(k, 'a', 0);
    enter(k, "prod-rg web03");
    choose(k, row_with(k, "Restart"));
    more_says(k, "az vm restart -g prod-rg -n web03");
    key(k, 'x', 0);
    more_says(k, "Restart-AzVM -ResourceGroupName 'prod-rg' -Name 'web03'");
    key(k, 't', 0);
    more_says(k, "virsh reboot");
    key(k, 't', 0);
    more_says(k, "Restart-VM");
    key(k, 't', 0);
    more_says(k, "Restart guest");
    key(k, 't', 0);
    more_says(k, "Restart-AzVM");
    back(k);
    back(k);
    enter(k, NULL);
    AT(k, STEP_SNAPSHOT);
    more_says(k, "New-AzSnapshot");
    enter_until(k, STEP_APPLY);
    enter(k, "disk.img");
    AT(k, STEP_FINISH);
    const json_t *cloud = json_object_get(script_last(&k->s, "apply"), "cloud");
    assert_string_equal(vmm_json_str(cloud, "vm"), "web03");
    assert_string_equal(vmm_json_str(cloud, "platform"), "azure");
    more_says(k, "Set-AzVMOSDisk");
    key(k, 'c', 0);
    AT(k, STEP_CLOUD);
    assert_int_equal(vmm_wizard_line(k->w), STEP_FINISH);
    more_says(k, "Set-AzVM -ResourceGroupName 'prod-rg' -Name 'web03' -Redeploy");
    assert_int_equal(vmm_wizard_count(k->w), 1); /* the disk is done: there is only the way back */
    enter(k, NULL);
    AT(k, STEP_FINISH);
    end(k);
}

/* ---- network rules ---- */
static void a_file_with_rules_is_judged_for_the_port_of_the_disk(void **state) {
    (void)state;
    static const char port[] = "'pending':null,";
    struct answer answers[VMM_COUNT(rules)];
    memcpy(answers, rules, sizeof rules);
    const char *at = strstr(SCAN_BROKEN, port);
    char *scan = vmm_printf("%.*s'pending':null,'rdp_port':3390,%s", (int)(at - SCAN_BROKEN), SCAN_BROKEN, at + strlen(port));
    for (size_t i = 0; answers[i].job; i++)
        if (strcmp(answers[i].job, "scan") == 0) answers[i].json = scan;
    struct walk *k = begin(answers);
    struct wizard_prompt p;
    key(k, 'l', 0);
    cell_says(k, 1, "port 3390");
    choose(k, 1);
    choose(k, row_with(k, "from a file"));
    AT(k, STEP_NSG);
    body_says(k, "TCP port 3390: the Remote Desktop of the disk");
    enter(k, "/no/x.json");
    was_said(k, "line 3, column 9");
    vmm_wizard_prompt(k->w, &p);
    assert_string_equal(p.typed, "/no/x.json");
    assert_int_equal(json_integer_value(json_object_get(script_last(&k->s, "nsg"), "port")), 3390);
    enter(k, "/no/y.json");
    body_says(k, "ALLOW: web-nsg lets TCP 3389 in.");
    body_says(k, "Warning: It is open to the whole Internet.");
    key(k, 'o', 0);
    enter(k, "70000");
    was_said(k, "from 1 to 65535");
    enter(k, "3390");
    body_says(k, "DENY: web-nsg stops TCP 3390");
    body_says(k, "And otherwise: from the same network it gets in.");
    body_says(k, "Note: A note.");
    key(k, 'f', 0);
    enter(k, "203.0.113.9");
    assert_string_equal(vmm_json_str(script_last(&k->s, "nsg"), "from"), "203.0.113.9");
    body_says(k, "tagged (priority 150, Deny) hangs on:");
    body_says(k, "the tag AzureCloud");
    enter(k, NULL);
    AT(k, STEP_CLOUD);
    back(k);
    cell_says(k, 1, "the file says DEPENDS");
    end(k);
    free(scan);
}

static void without_a_disk_the_usual_port_is_asked_about(void **state) {
    (void)state;
    struct walk *k = begin_with(rules, &without);
    key(k, 'l', 0);
    choose(k, 1);
    choose(k, 0);
    AT(k, STEP_NSG);
    body_says(k, "TCP port 3389, the usual one: no disk has told another");
    enter(k, "");
    AT(k, STEP_CLOUD);
    end(k);
}

/* ---- asking the cloud from here ---- */
static void a_question_to_the_cloud_is_shown_asked_and_answered(void **state) {
    (void)state;
    struct walk *k = begin(asks);
    key(k, 'l', 0);
    choose(k, row_with(k, "password")); /* its first step asks for the state of the VM */
    body_says(k, "with the names of resource group and VM");
    key(k, 'a', 0);
    enter(k, "prod-rg web03");
    size_t row = row_with(k, "Ask now: az vm get-instance-view -g prod-rg -n web03");
    choose(k, row);
    body_says(k, "az vm get-instance-view -g prod-rg -n web03");
    assert_int_equal(script_count(&k->s, "az"), 0); /* not before the yes */
    choose(k, 1);
    assert_int_equal(script_count(&k->s, "az"), 0);
    choose(k, row);
    choose(k, 0);
    assert_int_equal(script_count(&k->s, "az"), 1);
    const json_t *q = script_last(&k->s, "az");
    assert_string_equal(vmm_json_str(q, "vm"), "web03");
    assert_null(json_object_get(q, "command")); /* a number of the table, never words */
    assert_true(json_is_integer(json_object_get(q, "line")));
    body_says(k, "az answered:");
    body_says(k, "VM running");
    body_says(k, "PowerState/running and agent Ready");
    enter(k, NULL);
    choose(k, row);
    choose(k, 0);
    body_says(k, "az ended with 1.");
    body_says(k, "Please run az login");
    back(k);
    AT(k, STEP_CLOUD);
    end(k);
}

/* Every row of every list, in every state of names: what can be asked from here never changes anything. */
static void nothing_that_changes_the_cloud_can_be_run(void **state) {
    (void)state;
    struct walk *k = begin(asks);
    key(k, 'l', 0);
    key(k, 'a', 0);
    enter(k, "prod-rg web03 rescue disk1");
    size_t found = 0, steps = vmm_wizard_count(k->w);
    for (size_t i = 0; i < steps; i++) {
        assert_int_equal(vmm_wizard_mark(k->w, i, true), 0);
        enter(k, NULL);
        for (size_t r = 0; r < vmm_wizard_count(k->w); r++) {
            struct wizard_item item;
            static const char *const changing[] = {" create", " delete", " update", " start", " restart", " redeploy", " reapply", " attach", " detach", " set", " deallocate", " enable",
                                                   " reset", " invoke", " repair", " add", " connect"};
            vmm_wizard_item(k->w, r, &item);
            bool runs = strncmp(item.text, "Ask now: ", 9) == 0;
            for (size_t c = 0; runs && c < VMM_COUNT(changing); c++)
                if (strstr(item.text, changing[c])) fail_msg("can be run: %s", item.text);
            found += runs;
            vmm_item_clear(&item);
        }
        back(k);
    }
    assert_true(found >= 4);
    end(k);
}

/* ---- other forms ---- */
static void the_lines_for_the_serial_console_are_shown_and_saved(void **state) {
    (void)state;
    static const struct answer answers[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_AS}, {0}};
    char *room = harness_room(), *file = vmm_printf("%s/x.txt", room), *big = vmm_printf("%s/disk.img", room);
    struct walk *k = begin(answers);
    struct wizard_prompt p;
    enter_until(k, STEP_PREVIEW);
    key(k, 'c', 0);
    assert_string_equal(vmm_json_str(script_last(&k->s, "plan"), "as"), "serial");
    was_said(k, "bcdedit /deletevalue {current} safeboot");
    was_said(k, "check:  bcdedit");
    was_said(k, "Left out: the second one");
    assert_null(strstr(k->said, "first words"));
    key(k, 'f', 0);
    choose(k, row_with(k, "Serial Console"));
    body_says(k, "the second one"); /* what is left out, before the name is typed */
    vmm_wizard_prompt(k->w, &p);
    assert_non_null(strstr(p.typed, "/disk.img.txt"));
    enter(k, "/no/such/folder/x.txt");
    was_said(k, "making /no/such/folder/x.txt");
    vmm_wizard_prompt(k->w, &p);
    assert_string_equal(p.typed, "/no/such/folder/x.txt");
    enter(k, file);
    was_said(k, "Written: ");
    AT(k, STEP_PREVIEW);
    uint8_t *data;
    size_t len;
    assert_int_equal(vmm_file_read(file, 4096, &data, &len, NULL), 0);
    assert_non_null(strstr((char *)data, "bcdedit /deletevalue {current} safeboot"));
    free(data);

    harness_write(file, "mine", 4); /* a second time it is asked */
    key(k, 'f', 0);
    choose(k, 2);
    enter(k, file);
    body_says(k, "is there already");
    choose(k, 0);
    vmm_wizard_prompt(k->w, &p);
    assert_int_equal(p.kind, PROMPT_LINE);
    assert_int_equal(vmm_file_read(file, 4096, &data, &len, NULL), 0);
    assert_int_equal(len, 4);
    free(data);
    enter(k, file);
    choose(k, 1);
    assert_int_equal(vmm_file_read(file, 4096, &data, &len, NULL), 0);
    assert_true(len > 4);
    free(data);

    assert_int_equal(symlink(file, big), 0); /* not through a link, nor anything large */
    key(k, 'f', 0);
    choose(k, 2);
    enter(k, big);
    choose(k, 1);
    was_said(k, "is not written over");
    unlink(big);
    harness_write(big, "x", 1);
    assert_int_equal(truncate(big, 64 << 20), 0);
    enter(k, big);
    choose(k, 1);
    struct stat st;
    assert_int_equal(stat(big, &st), 0);
    assert_int_equal(st.st_size, 64 << 20);
    back(k);
    assert_int_equal(vmm_wizard_count(k->w), 1); /* the change again */
    end(k);
    vmm_remove_tree(room, NULL);
    free(room);
    free(file);
    free(big);
}

static void a_plan_that_came_out_otherwise_is_shown_anew(void **state) {
    (void)state;
    static const struct answer answers[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"plan", AS("x", "")}, {"plan", PLAN_JSON}, {0}};
    struct walk *k = begin(answers);
    enter_until(k, STEP_PREVIEW);
    key(k, 'c', 0);
    AT(k, STEP_PREVIEW);
    assert_int_equal(script_count(&k->s, "plan"), 3); /* the worker holds what is shown */
    assert_null(json_object_get(script_last(&k->s, "plan"), "as"));
    end(k);
}

/* What checks a line stands apart from what explains it, in the words of another language too. */
static void the_lines_are_told_apart_in_another_language(void **state) {
    (void)state;
    harness_world(NULL, true, "fr");
    const char *shows = gettext("shows: %s");
    assert_string_not_equal(shows, "shows: %s"); /* or it would be English once more */
    char *text = vmm_printf("{'changes':[{'fix':'SM01','store':'BCD','place':'{1} safeboot','object':null,'element':null,'before':null,'after':null,'before_text':'Minimal','after_text':'x',"
                            "'risk':'low','why':'','windows':'bcdedit x'}],'text':'','fixes':['SM01'],'lowers_security':false,'as':'serial','as_text':'A\\n\\nbcdedit x\\n    why it is\\n    so\\n"
                            "    %s  bcdedit /enum\\n    %.*swhat it shows\\n    and more of it\\n','left_out':[]}", gettext("check:"), (int)strcspn(shows, "%"), shows);
    const struct answer answers[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", text}, {0}};
    struct walk *k = begin(answers);
    enter_until(k, STEP_PREVIEW);
    key(k, 'c', 0);
    char *check = vmm_printf("why it is so\n%s  bcdedit /enum\n%.*swhat it shows and more of it\n", gettext("check:"), (int)strcspn(shows, "%"), shows);
    was_said(k, check);
    end(k);
    free(check);
    free(text);
    harness_world(NULL, true, NULL);
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_leads_somewhere_and_back_goes_one_up),
        cmocka_unit_test(the_fixes_of_the_message_come_first),
        cmocka_unit_test(saying_that_it_works_leaves_with_nothing_to_do),
        cmocka_unit_test(the_seven_steps_say_what_the_disk_knows_and_what_is_for_the_cloud),
        cmocka_unit_test(what_is_lost_is_said_before_the_redeploy),
        cmocka_unit_test(the_shell_and_the_platform_can_be_changed_wherever_commands_are_shown),
        cmocka_unit_test(a_file_with_rules_is_judged_for_the_port_of_the_disk),
        cmocka_unit_test(without_a_disk_the_usual_port_is_asked_about),
        cmocka_unit_test_setup_teardown(a_question_to_the_cloud_is_shown_asked_and_answered, with_az, without_az),
        cmocka_unit_test_setup_teardown(nothing_that_changes_the_cloud_can_be_run, with_az, without_az),
        cmocka_unit_test(the_lines_for_the_serial_console_are_shown_and_saved),
        cmocka_unit_test(a_plan_that_came_out_otherwise_is_shown_anew),
        cmocka_unit_test(the_lines_are_told_apart_in_another_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
