/* The wizard and an encrypted disk: the key is asked for hidden, goes to the worker once, and is asked for again where nobody kept it.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/screens/walk.h"

#define LOCKED \
    "{'disk':{'name':'disk.img','path':'/srv/disk.img','kind':'image','format':'raw','size':104857600,'size_text':'100 MiB','scheme':'none','partitions':[{'number':0," \
    "'role':'other','fs':'BitLocker','label':'','size':104857600,'size_text':'100 MiB','health':'encrypted','bitlocker':'locked'," \
    "'health_text':'it is encrypted with BitLocker. These keys open it: recovery password (key ID 64311DEA)'}]},'windows':[],'stores':[],'fixes':[],'notes':[]," \
    "'pending':null,'verdict':{'state':'no-windows','sentence':'No Windows was found on this disk.','needed':[],'checked':[],'not_checked':[]}}"
#define WRONG "{'error':{'code':'encrypted','message':'the key does not open disk.img','hint':'','exit':3}}"
#define KEY "235818-357951-253979-013365-241120-245575-342914-591910"

static const struct answer locked[] = {{"probe", "{'kind':'image','path':'/srv/disk.img','name':'disk.img','format':'raw','size':104857600,'size_text':'100 MiB','in_use':null}"},
                                       {"sessions", "{'sessions':[]}"}, {"disks", "{'disks':[]}"}, {"scan", LOCKED}, {"scan", WRONG}, {"scan", SCAN_BROKEN}, {NULL, NULL}};

static void reply(struct walk *k, const char *text) {
    vmm_wizard_reply(k->w, WIZARD_ACCEPT, text);
    settle(k);
}

static struct wizard_prompt prompt_of(const struct walk *k) {
    struct wizard_prompt p;
    vmm_wizard_prompt(k->w, &p);
    return p;
}

static struct walk *at_drive(void) {
    struct walk *k = begin(locked);
    for (int i = 0; i < 6 && vmm_wizard_step(k->w) != STEP_DRIVE; i++) {
        if (prompt_of(k).kind == PROMPT_LINE) reply(k, "a name");
        else reply(k, "");
    }
    assert_int_equal(vmm_wizard_step(k->w), STEP_DRIVE);
    return k;
}

static json_t *last_asked(const struct walk *k) { return json_array_get(k->s.asked, json_array_size(k->s.asked) - 1); }

static void a_locked_disk_asks_for_its_key_without_showing_it(void **state) {
    (void)state;
    struct walk *k = at_drive();
    struct wizard_prompt p = prompt_of(k);
    assert_non_null(strstr(p.enter, "key"));
    reply(k, "");
    p = prompt_of(k);
    assert_true(p.kind == PROMPT_LINE && p.secret);
    size_t before = json_array_size(k->s.asked);
    reply(k, "235818-357951-253979-013365-241120-245575-342914-591911");
    assert_int_equal(json_array_size(k->s.asked), before); /* mistyped: nothing is asked of the worker */
    assert_non_null(strstr(k->said, "Group 8 "));
    assert_null(strstr(k->said, "591911"));
    assert_true(prompt_of(k).secret);
    reply(k, "not the password");
    assert_non_null(json_object_get(json_object_get(last_asked(k), "unlock"), "secret"));
    assert_true(prompt_of(k).secret); /* the worker refused it: asked again */
    reply(k, KEY);
    assert_false(prompt_of(k).secret);
    assert_null(strstr(k->said, "591910"));
    assert_int_equal(vmm_wizard_step(k->w), STEP_DRIVE);
    vmm_wizard_action(k->w, 'r', SIZE_MAX); /* looking again: the worker has it, the wizard does not */
    assert_string_equal(vmm_json_str(last_asked(k), "job"), "scan");
    assert_null(json_object_get(last_asked(k), "unlock"));
    end(k);
}

static void going_back_from_the_key_stays_on_the_disk(void **state) {
    (void)state;
    struct walk *k = at_drive();
    assert_true(vmm_wizard_action(k->w, 'u', SIZE_MAX));
    assert_true(prompt_of(k).secret);
    reply(k, "");
    assert_false(prompt_of(k).secret);
    assert_true(vmm_wizard_action(k->w, 'u', SIZE_MAX));
    vmm_wizard_reply(k->w, WIZARD_BACK, NULL);
    assert_false(prompt_of(k).secret);
    assert_int_equal(vmm_wizard_step(k->w), STEP_DRIVE);
    end(k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_locked_disk_asks_for_its_key_without_showing_it),
        cmocka_unit_test(going_back_from_the_key_stays_on_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
