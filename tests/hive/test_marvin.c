/* The hash of log entries against published values and a real log's.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "hive/log.h"

static uint64_t hash_of(uint64_t seed, const char *hex) {
    uint8_t data[64];
    size_t n = 0;
    for (; hex[2 * n]; n++) {
        char two[3] = {hex[2 * n], hex[2 * n + 1], '\0'};
        data[n] = (uint8_t)strtoul(two, NULL, 16);
    }
    return vmm_marvin32(seed, data, n);
}

static void hashes_are_those_that_others_publish(void **state) {
    (void)state;
    static const struct {
        const char *data;
        uint64_t hash;
    } known[] = {{"", 0x30ED35C100CD3C7D},         {"AF", 0x48E73FC77D75DDC1},         {"E70F", 0xB5F6E1FC485DBFF8},
                 {"37F495", 0xF0B07C789B8CF7E8},   {"8642DC59", 0x7008F2E87E9CF556},   {"153FB79826", 0xE6C08C6DA2AFA997},
                 {"0932E6246C47", 0x6F04BF1A5EA24060}, {"AB427EA8D10FC7", 0xE11847E4F0678C41}};
    for (size_t i = 0; i < VMM_COUNT(known); i++) assert_true(hash_of(0x004FB61A001BDBCC, known[i].data) == known[i].hash);
}

static void the_registry_s_own_seed_gives_what_its_logs_hold(void **state) {
    (void)state;
    uint8_t pages[4096];
    assert_true(hash_of(LOG_SEED, "") == 0xB39EFCA403966E08);
    assert_true(hash_of(LOG_SEED, "00") == 0x2D45A72C3C214958);
    assert_true(hash_of(LOG_SEED, "61626364") == 0x20094FB11A6CD086);
    assert_true(hash_of(LOG_SEED, "000102030405060708090A0B0C0D0E0F") == 0xE6B80BBF041CD42B);
    memset(pages, 0, 472);
    assert_true(vmm_marvin32(LOG_SEED, pages, 472) == 0xB16122D0C0639ACC);
    memset(pages, 0xff, sizeof pages);
    assert_true(vmm_marvin32(LOG_SEED, pages, sizeof pages) == 0xB2774476F9AFFB43);
    /* the first 32 bytes of an entry of a real log, and the hash that stands behind them */
    assert_true(hash_of(LOG_SEED, "48764c45005e00000000000002000000005000000100000031e40718666c8667") == 0xcd44f3cfa7657f02);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_that_others_publish),
        cmocka_unit_test(the_registry_s_own_seed_gives_what_its_logs_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
