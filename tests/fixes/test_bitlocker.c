/* What BitLocker watches is said before it is chosen, on an encrypted disk and on no other.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fixes/patient.h"

static void encrypt(struct ward *w) {
    struct vmm_part *p = (struct vmm_part *)&w->pc.scan->disk->parts[0];
    p->bitlocker = p->unlocked = true;
}

static struct vmm_hive_builder *signing_off(void) {
    struct vmm_hive_builder *b = bcd_new();
    bcd_default(b, SERVER);
    bcd_yes(b, SERVER, "16000049", 1); /* testsigning */
    return b;
}

static struct vmm_finding told(const struct ward *w, const char *id) {
    struct vmm_finding f = examine(w, id);
    vmm_bitlocker_tell(&w->patient, vmm_fix_by_id(id), &f);
    return f;
}

static void a_watched_element_asks_for_the_key_on_an_encrypted_disk_only(void **state) {
    (void)state;
    struct ward w;
    ward_new(&w, signing_off(), NULL);
    for (int encrypted = 0; encrypted < 2; encrypted++) {
        if (encrypted) encrypt(&w);
        struct vmm_finding f = told(&w, "BT08");
        assert_int_equal(f.asks_recovery_key, encrypted);
        assert_int_equal(says(&f, "recovery password (48 digits) ready"), encrypted);
        assert_int_equal(says(&f, "watches " SERVER " testsigning"), encrypted);
        vmm_finding_clear(&f);
    }
    plan(&w, "BT08");
    char *warning = vmm_bitlocker_warning(w.pc.scan, w.patient.windows, &w.changes);
    assert_non_null(warning);
    free(warning);
    ward_end(&w);
}

static void leaving_safe_mode_does_not_ask_for_it_and_taking_its_shell_away_does(void **state) {
    (void)state;
    struct ward w;
    struct vmm_hive_builder *b = safe_store(0);
    bcd_yes(b, SERVER, "26000081", 1);
    ward_new(&w, b, NULL);
    encrypt(&w);
    struct vmm_finding mode = told(&w, "SM01"), shell = told(&w, "SM02");
    assert_int_equal(mode.verdict, VMM_NEEDED);
    assert_false(mode.asks_recovery_key);
    assert_true(shell.asks_recovery_key);
    vmm_finding_clear(&mode);
    vmm_finding_clear(&shell);
    ward_end(&w);
}

static void the_elements_are_those_of_the_documented_profile(void **state) {
    (void)state;
    static const uint32_t free_ones[] = {VMM_BCD_SAFEBOOT, VMM_BCD_EMS, VMM_BCD_BOOTEMS, VMM_BCD_TIMEOUT, VMM_BCD_DISPLAYBOOTMENU, 0x250000e0, 0x16000009, 0x250000c2};
    for (size_t i = 0; i < VMM_COUNT(free_ones); i++) assert_false(vmm_bitlocker_watches(free_ones[i]));
    assert_true(vmm_bitlocker_watches(VMM_BCD_DEVICE_EL) && vmm_bitlocker_watches(VMM_BCD_PATH) && vmm_bitlocker_watches(VMM_BCD_SAFEBOOT_ALTSHELL) &&
                vmm_bitlocker_watches(VMM_BCD_WINPE) && vmm_bitlocker_watches(0x25000020) && vmm_bitlocker_watches(0x260000a0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watched_element_asks_for_the_key_on_an_encrypted_disk_only),
        cmocka_unit_test(leaving_safe_mode_does_not_ask_for_it_and_taking_its_shell_away_does),
        cmocka_unit_test(the_elements_are_those_of_the_documented_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
