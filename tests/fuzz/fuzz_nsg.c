/* Any bytes as what a cloud says of its network rules: read, and judged for several questions.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"
#include "vmmedic/cloud.h"

static void judge(const struct vmm_nsg *nsg, const struct vmm_nsg_query *q) {
    static const char *const verdicts[] = {"ALLOW", "DENY", "DEPENDS"};
    struct vmm_error err = {0};
    json_t *answer = vmm_nsg_judge(nsg, q, &err);
    if (answer == NULL) {
        fuzz_said(&err);
        return;
    }
    const char *verdict = vmm_json_str(answer, "verdict");
    bool known = false;
    for (size_t i = 0; i < VMM_COUNT(verdicts); i++) known |= strcmp(verdict, verdicts[i]) == 0;
    MUST_SAY(known, verdict);
    fuzz_shown(vmm_json_str(answer, "sentence"), false);
    char *dump = json_dumps(answer, JSON_COMPACT);
    MUST(dump);
    free(dump);
    json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct vmm_nsg_query queries[] = {{3389, NULL, NULL}, {3389, "vnet", "10.0.0.4"}, {1, "203.0.113.7", NULL}, {65535, "10.1.2.3", "2001:db8::4"}, {3389, "internet", "fd00::1"}};
    struct vmm_error err = {0};
    struct vmm_nsg *nsg = vmm_nsg_parse(data, size, "x.json", &err);
    if (nsg == NULL) {
        fuzz_said(&err);
        return 0;
    }
    for (size_t i = 0; i < VMM_COUNT(queries); i++) judge(nsg, &queries[i]);
    char from[64] = ""; /* an address out of the input itself */
    for (size_t i = 0; i < sizeof from - 1 && i < size && data[size - 1 - i] >= 0x20; i++) from[i] = (char)data[size - 1 - i];
    judge(nsg, &(struct vmm_nsg_query){3389, from, from});
    vmm_nsg_free(nsg);
    return 0;
}
