/* Any bytes as what a front end sends to the worker, whose disk is a small Windows in a folder. Every line that is a request is answered; nothing in the
 * folder changes. Jobs that write, start an appliance or look around on this machine are left out.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "session/worker.h"
#include "tests/fuzz/fuzz.h"
#include "vmmedic/client.h"
#include "vmmedic/practice.h"

static char *disk;

const struct vmm_job *__real_vmm_job_by_name(const char *name);
const struct vmm_job *__wrap_vmm_job_by_name(const char *name);

/* The disk is the folder, whatever was named. */
static int scan_the_folder(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err) {
    json_t *copy = json_is_object(request) ? json_deep_copy(request) : json_object();
    json_object_set_new(copy, "target", json_string(disk));
    json_object_del(copy, "boot");
    int r = vmm_job_scan(w, copy, result, err);
    json_decref(copy);
    return r;
}

const struct vmm_job *__wrap_vmm_job_by_name(const char *name) {
    static const struct vmm_job scan = {.name = "scan", .run = scan_the_folder};
    static const char *const harmless[] = {"plan", "bcd", "bcd-set", "bcd-delete", "sessions", "session", "fixes", "scenarios", "close", "quit"};
    if (strcmp(name, "scan") == 0) return &scan;
    for (size_t i = 0; i < VMM_COUNT(harmless); i++)
        if (strcmp(name, harmless[i]) == 0) return __real_vmm_job_by_name(name);
    return NULL;
}

/* A .reg file that is named is read: only of the folder. */
int __real_vmm_file_read(const char *path, size_t max, uint8_t **data, size_t *len, struct vmm_error *err);
int __wrap_vmm_file_read(const char *path, size_t max, uint8_t **data, size_t *len, struct vmm_error *err);
int __wrap_vmm_file_read(const char *path, size_t max, uint8_t **data, size_t *len, struct vmm_error *err) {
    if (strncmp(path, fuzz_room(), strlen(fuzz_room())) != 0) return vmm_fail(err, VMM_E_NOT_FOUND, NULL, "not here");
    return __real_vmm_file_read(path, max, data, len, err);
}

static void put(const char *name, struct vmm_hive_builder *b) {
    struct vmm_error err = {0};
    char *path = vmm_printf("%s/%s", disk, name), *dir = vmm_strdup(path);
    size_t len;
    uint8_t *data = vmm_builder_finish(b, 3, &len);
    *strrchr(dir, '/') = '\0';
    MUST(data && vmm_mkdir_p(dir, &err) == 0 && vmm_file_put(path, data, len, &err) == 0);
    free(dir);
    free(path);
    free(data);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    char *state = vmm_printf("%s/state", fuzz_room());
    setenv("VMMEDIC_STATE", state, 1);
    free(state);
    disk = vmm_printf("%s/disk", fuzz_room());
    struct vmm_hive_builder *system = vmm_builder_new("ROOT", 5), *software = vmm_builder_new("ROOT", 5), *store = vmm_builder_new("NewStoreRoot", 3);
    vmm_builder_dword(system, "Select", "Default", 1);
    vmm_builder_dword(system, "Select", "Current", 1);
    vmm_builder_dword(system, "ControlSet001\\Control\\Terminal Server", "fDenyTSConnections", 1);
    vmm_builder_dword(system, "ControlSet001\\Services\\TermService", "Start", 4);
    vmm_builder_key(system, "ControlSet001\\Enum");
    vmm_builder_string(software, "Microsoft\\Windows NT\\CurrentVersion", "ProductName", VMM_REG_SZ, "Windows Server 2019");
    vmm_builder_string(software, "Microsoft\\Windows NT\\CurrentVersion", "CurrentBuildNumber", VMM_REG_SZ, "17763");
    vmm_builder_dword(store, "Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Description", "Type", 0x10100002);
    vmm_builder_dword(store, "Objects\\{11111111-2222-3333-4444-555555555555}\\Description", "Type", 0x10200003);
    vmm_builder_string(store, "Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements\\23000003", "Element", VMM_REG_SZ, "{11111111-2222-3333-4444-555555555555}");
    vmm_builder_set(store, "Objects\\{11111111-2222-3333-4444-555555555555}\\Elements\\25000080", "Element", VMM_REG_BINARY, "\0\0\0\0\0\0\0\0", 8);
    put("Windows/System32/config/SYSTEM", system);
    put("Windows/System32/config/SOFTWARE", software);
    put("Boot/BCD", store);
    return 0;
}

static size_t lines_with(const char *text, const char *part) {
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, part)); p += strlen(part)) n++;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int pair[2], room = 16 << 20;
    if (size > 100000) return 0;
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    for (int i = 0; i < 2; i++) setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    size_t requests = 0, scans = 0;
    for (const uint8_t *line = data, *end; (end = line < data + size ? memchr(line, '\n', (size_t)(data + size - line)) : NULL); line = end + 1) {
        json_t *one = json_loadb((const char *)line, (size_t)(end - line), 0, NULL);
        requests += one != NULL;
        scans += one && strcmp(vmm_json_str(one, "job"), "scan") == 0;
        json_decref(one);
    }
    if (scans <= 3 && requests <= 12) { /* what an answer takes is bounded by the socket's room */
        MUST(send(pair[0], data, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size);
        shutdown(pair[0], SHUT_WR);
        MUST(vmm_worker_main(pair[1]) == 0);
        struct vmm_buf heard = {0};
        char chunk[8192];
        for (ssize_t n; (n = recv(pair[0], chunk, sizeof chunk, MSG_DONTWAIT)) > 0;) vmm_buf_add(&heard, chunk, (size_t)n);
        char *text = vmm_buf_steal(&heard);
        MUST(vmm_is_utf8(text));
        MUST(lines_with(text, "\"event\":\"result\"") + lines_with(text, "\"event\":\"error\"") <= requests);
        free(text);
    } else {
        close(pair[1]);
    }
    close(pair[0]);
    return 0;
}
