/* Any bytes as the files of a session folder, which a power cut may have torn: listed, loaded, shown, looked for. The disk is not touched.
 * The input: four parts, plan.json, journal, progress, report.txt.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "session/session.h"
#include "session/worker.h"
#include "tests/fuzz/fuzz.h"

#define NAME "20260101-000000-disk"

static char *folder;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    static const char *const wanted = NAME;
    setenv("VMMEDIC_STATE", fuzz_room(), 1);
    char *root = vmm_sessions_dir(true, NULL);
    folder = vmm_printf("%s/%s", root, wanted);
    free(root);
    MUST(vmm_mkdir_p(folder, NULL) == 0);
    return 0;
}

static void put(const char *name, const uint8_t *data, size_t len) {
    char *path = vmm_printf("%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    MUST(f && fwrite(data, 1, len, f) == len && fclose(f) == 0);
    free(path);
}

static void dumped(json_t *json) {
    char *dump = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    MUST(dump);
    free(dump);
    json_decref(json);
}

/* As the worker is asked for it. */
static void job(const char *request) {
    struct vmm_worker w = {.fd = -1, .alone = true};
    struct vmm_error err = {0};
    json_t *asked = json_loads(request, 0, NULL), *result = NULL;
    const struct vmm_job *j = vmm_job_by_name(vmm_json_str(asked, "job"));
    MUST(asked && j && !j->writes);
    if (j->run(&w, asked, &result, &err) == 0) dumped(result);
    else fuzz_said(&err);
    vmm_worker_forget(&w);
    json_decref(asked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const files[FUZZ_PARTS] = {"plan.json", "journal", "progress", "report.txt"};
    struct fuzz_parts p;
    struct vmm_error err = {0};
    enum vmm_session_state state;
    json_t *plan = NULL;
    char *ended;
    fuzz_split(data, size, &p);
    for (size_t i = 0; i < FUZZ_PARTS; i++) put(files[i], p.data[i], p.len[i]);
    state = vmm_journal_state(folder, &ended);
    MUST(vmm_session_state_word(state));
    free(ended);
    dumped(vmm_journal_lines(folder));
    dumped(vmm_progress_of(folder));
    if (vmm_session_load(NAME, &plan, &state, NULL, &err) == 0) dumped(plan);
    else fuzz_said(&err);
    job("{\"job\":\"sessions\"}");
    job("{\"job\":\"session\",\"name\":\"" NAME "\"}");
    job("{\"job\":\"session\"}");
    struct vmm_session *s = vmm_session_open(NAME, &err);
    if (s) {
        char *report = vmm_report_text(s, "done");
        fuzz_shown(report, true);
        free(report);
        vmm_session_close(s);
    } else {
        fuzz_said(&err);
    }
    return 0;
}
