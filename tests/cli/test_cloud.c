/* vmmedic cloud and symptoms as a person or a script meets them. No disk, no worker.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/base.h"
#include "harness/run.h"

static void ends(int want, struct ran r, const char *out, const char *err) {
    if (r.code != want) fail_msg("exit %d, not %d\n%s%s", r.code, want, r.out, r.err);
    assert_null(strstr(r.err, "Sanitizer"));
    if (out && !strstr(r.out, out)) fail_msg("\"%s\" is not in\n%s", out, r.out);
    if (err && !strstr(r.err, err)) fail_msg("\"%s\" is not in\n%s", err, r.err);
    if (want) assert_string_equal(r.out, r.json ? r.out : "");
    harness_ran_clear(&r);
}

static void a_step_prints_its_lines_with_the_names(void **state) {
    (void)state;
    ends(0, harness_run(NULL, VMMEDIC, "cloud", "swap", "--resource-group", "prod", "--vm", "web03", "--disk", "fixed", NULL), "    az vm update -g prod -n web03 --os-disk fixed\n", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "cloud", "redeploy", NULL), "Before you do this: ", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "cloud", "attach", "--rescue-vm", "r", "--disk", "a", "--disk", "b", NULL), "--vm-name r --name b\n", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "cloud", "restart", "--shell", "PowerShell", "--vm", "web03", NULL), "Restart-AzVM -ResourceGroupName RG -Name 'web03'", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "cloud", "restart", "--platform", "kvm", NULL), "virsh reboot", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "cloud", "classic", NULL), "History", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "cloud", "--list", NULL), "* redeploy", NULL);
}

static void json_has_the_same(void **state) {
    (void)state;
    struct ran r = harness_run(NULL, VMMEDIC, "cloud", "snapshot", "--vm", "web03", "--json", NULL);
    assert_int_equal(r.code, 0);
    assert_string_equal(vmm_json_str(r.json, "step"), "snapshot");
    assert_true(json_is_true(json_object_get(r.json, "changes")));
    assert_string_equal(vmm_json_str(json_array_get(json_object_get(r.json, "lines"), 1), "command"), "az snapshot create -g RG -n web03-os-snap --source DISK_ID");
    harness_ran_clear(&r);
    r = harness_run(NULL, VMMEDIC, "cloud", "--list", "--json", NULL);
    assert_true(json_array_size(json_object_get(r.json, "steps")) > 20);
    harness_ran_clear(&r);
    r = harness_run(NULL, VMMEDIC, "symptoms", "--json", NULL);
    assert_int_equal(json_array_size(json_object_get(r.json, "symptoms")), 6);
    harness_ran_clear(&r);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    ends(2, harness_run(NULL, VMMEDIC, "cloud", NULL), NULL, "usage");
    ends(2, harness_run(NULL, VMMEDIC, "cloud", "dance", NULL), NULL, "--list");
    ends(2, harness_run(NULL, VMMEDIC, "cloud", "start", "--vm", "a;reboot", NULL), NULL, "a;reboot");
    ends(2, harness_run(NULL, VMMEDIC, "cloud", "start", "--resource-group", "-n", "--json", NULL), "\"usage\"", NULL);
    ends(2, harness_run(NULL, VMMEDIC, "cloud", "attach", "--disk", "ok", "--disk", "$(id)", NULL), NULL, "$(id)");
    ends(2, harness_run(NULL, VMMEDIC, "cloud", "start", "--shell", "fish", NULL), NULL, "--shell");
    ends(2, harness_run(NULL, VMMEDIC, "cloud", "start", "--platform", "gcp", NULL), NULL, "--platform");
    ends(2, harness_run(NULL, VMMEDIC, "symptoms", "no", "such", "message", NULL), NULL, "vmmedic symptoms");
}

static void words_of_a_message_lead_to_its_checks(void **state) {
    (void)state;
    ends(0, harness_run(NULL, VMMEDIC, "symptoms", NULL), "no\n                  Remote Desktop License", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "symptoms", "credentials", "DID", "not", NULL), ".\\USER", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "symptoms", "credentials", NULL), "Disk ", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "symptoms", "Your credentials did not work", NULL), "reset-password", NULL);
    ends(0, harness_run(NULL, VMMEDIC, "symptoms", "steps", NULL), "7. Redeploy", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_prints_its_lines_with_the_names),
        cmocka_unit_test(json_has_the_same),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(words_of_a_message_lead_to_its_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
