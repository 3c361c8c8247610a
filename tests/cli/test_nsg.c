/* vmmedic nsg as a script meets it: exit codes, standard input and pipes, and how long a long list takes. No disk, no appliance.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "harness/folder.h"
#include "harness/run.h"

#define RULE(source) "{\"name\":\"rdp\",\"priority\":1000,\"direction\":\"Inbound\",\"access\":\"Allow\",\"protocol\":\"Tcp\",\"sourceAddressPrefix\":\"" source \
    "\",\"sourcePortRange\":\"*\",\"destinationAddressPrefix\":\"*\",\"destinationPortRange\":\"3389\"}"
#define OPEN "[" RULE("*") "]"

static char *room, *file;

static int setup(void **state) {
    (void)state;
    room = harness_room();
    file = vmm_printf("%s/nsg.json", room);
    setenv("VMMEDIC_STATE", room, 1);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    vmm_remove_tree(room, NULL);
    free(room);
    free(file);
    return 0;
}

static void ends(int want, struct ran r, const char *out, const char *err) {
    if (r.code != want) fail_msg("exit %d, not %d\n%s%s", r.code, want, r.out, r.err);
    assert_null(strstr(r.err, "Sanitizer"));
    if (out && !strstr(r.out, out)) fail_msg("\"%s\" is not in\n%s", out, r.out);
    if (err && !strstr(r.err, err)) fail_msg("\"%s\" is not in\n%s", err, r.err);
    harness_ran_clear(&r);
}

static void the_exit_code_is_the_answer(void **state) {
    (void)state;
    harness_write(file, OPEN, sizeof OPEN - 1);
    ends(0, harness_run(NULL, VMMEDIC, "nsg", file, NULL), "ALLOW: TCP port 3389 from the Internet", NULL);
    ends(4, harness_run(NULL, VMMEDIC, "nsg", file, "--port", "3390", NULL), "DENY: TCP port 3390", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "nsg", file, "--port=3390", "--from", "vnet", NULL), "AllowVnetInBound", NULL);
    ends(3, harness_run(NULL, VMMEDIC, "nsg", file, "--port=22", "--from", "10.0.0.9", NULL), "DEPENDS: ", NULL);
    ends(4, harness_run(NULL, VMMEDIC, "nsg", file, "--from", "198.51.100.7", "--port", "22", "--json", NULL), "\"verdict\": \"DENY\"", NULL);
}

static void standard_input_and_pipes_are_read(void **state) {
    (void)state;
    ends(0, harness_run(OPEN, VMMEDIC, "nsg", "-", NULL), "ALLOW", NULL);
    ends(4, harness_run("[]", VMMEDIC, "nsg", "-", "--json", NULL), "\"DENY\"", NULL);
    ends(0, harness_run(NULL, "/bin/bash", "-c", VMMEDIC " nsg <(printf '%s' '" OPEN "')", NULL), "ALLOW", NULL);
    ends(3, harness_run("", VMMEDIC, "nsg", "-", NULL), NULL, "standard input is empty");
}

static void bad_files_and_bad_questions_are_refused(void **state) {
    (void)state;
    harness_write(file, "{\"a\":\n[1,}", 10);
    ends(3, harness_run(NULL, VMMEDIC, "nsg", file, NULL), NULL, "line 2");
    ends(3, harness_run(NULL, VMMEDIC, "nsg", file, "--json", NULL), "\"code\": \"broken\"", NULL);
    ends(2, harness_run(NULL, VMMEDIC, "nsg", "/no/such/file", NULL), NULL, "/no/such/file");
    ends(3, harness_run(NULL, VMMEDIC, "nsg", room, NULL), NULL, room);
    ends(2, harness_run(OPEN, VMMEDIC, "nsg", "-", "--from", "mars", NULL), NULL, "mars");
    ends(2, harness_run(OPEN, VMMEDIC, "nsg", "-", "--port", "0", NULL), NULL, "--port");
    ends(2, harness_run(NULL, VMMEDIC, "nsg", NULL), NULL, "usage");
}

static void ten_thousand_rules_are_no_wait(void **state) {
    (void)state;
    struct vmm_buf b = {0};
    vmm_buf_str(&b, "[");
    for (int i = 0; i < 10000; i++)
        vmm_buf_fmt(&b, "%s{\"name\":\"r%d\",\"priority\":%d,\"direction\":\"Inbound\",\"access\":\"Deny\",\"protocol\":\"Tcp\",\"sourceAddressPrefixes\":[\"10.%d.0.0/16\",\"192.0.2.%d\"],"
                    "\"sourcePortRange\":\"*\",\"destinationAddressPrefix\":\"*\",\"destinationPortRange\":\"%d\"}", i ? "," : "", i, 100 + i % 900, i % 256, i % 256, i);
    vmm_buf_str(&b, "," RULE("*") "]");
    harness_write(file, b.data, b.len);
    vmm_buf_free(&b);
    double began = vmm_seconds();
    ends(0, harness_run(NULL, VMMEDIC, "nsg", file, "--from", "203.0.113.1", NULL), "ALLOW", NULL);
    assert_true(vmm_seconds() - began < 10); /* with sanitizers, on a busy machine */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_exit_code_is_the_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(standard_input_and_pipes_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_files_and_bad_questions_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(ten_thousand_rules_are_no_wait, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
