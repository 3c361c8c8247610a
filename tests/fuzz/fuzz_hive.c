/* Any bytes as a hive: opening, the strict walk, and reading all there is. What the walk accepts can be read to its end and is equal to itself.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct vmm_error err = {0};
    struct vmm_hive *h = vmm_hive_open(data, size, NULL, &err);
    if (h == NULL) {
        fuzz_said(&err);
        return 0;
    }
    size_t leaked, len;
    bool sound = vmm_hive_check(h, &leaked, &err) == 0;
    if (!sound) fuzz_said(&err);
    MUST(memcmp(vmm_hive_bytes(h, &len), data, size) == 0 && len == size);
    fuzz_read_all(h, sound);
    char *difference = vmm_hive_diff(h, h, &err);
    if (sound) MUST_SAY(difference && *difference == '\0', difference ? difference : err.message);
    free(difference);
    uint32_t number;
    char *text;
    vmm_hive_dword(h, "ControlSet001\\Control\\Terminal Server", "fDenyTSConnections", &number);
    if (vmm_hive_string(h, "ControlSet001\\Services\\Tcpip\\Parameters", "Hostname", &text) == VMM_SET) MUST(vmm_is_utf8(text));
    free(text);
    vmm_hive_close(h);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
    struct dice d = dice_new(seed);
    return mutate_hive(data, size, max, &d);
}
