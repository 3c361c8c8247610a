/* Folders that stand for a mounted Windows volume.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "vmmedic/practice.h"

static void need(int good, const char *what) {
    if (good) return;
    fprintf(stderr, "harness: %s failed\n", what);
    abort();
}

char *harness_room(void) {
    char room[] = "/tmp/vmmedic-test-XXXXXX";
    need(mkdtemp(room) != NULL, "mkdtemp");
    return vmm_strdup(room);
}

char *harness_quick_room(void) {
    char room[] = "/dev/shm/vmmedic-test-XXXXXX";
    return mkdtemp(room) ? vmm_strdup(room) : harness_room();
}

void harness_write(const char *path, const void *data, unsigned long len) {
    FILE *f = fopen(path, "wb");
    need(f != NULL, path);
    need(fwrite(data, 1, len, f) == len, path);
    need(fclose(f) == 0, path);
}

static void put(const char *disk, const char *folder, const char *name, const void *data, size_t len) {
    char *dir = vmm_printf("%s/%s", disk, folder), *path = vmm_printf("%s/%s", dir, name);
    need(vmm_mkdir_p(dir, NULL) == 0, dir);
    harness_write(path, data, len);
    free(dir);
    free(path);
}

void harness_disk(const char *room, const char *scenario) {
    const struct vmm_scenario *s = vmm_scenario_by_name(scenario);
    need(s != NULL, scenario);
    struct vmm_practice_ids ids = {.gen = 1, .mbr_signature = 0x1a2b3c4d, .boot_offset = 1 << 20, .windows_offset = 65 << 20};
    size_t bcd_len, system_len, software_len;
    uint8_t *bcd = vmm_practice_bcd(s, &ids, &bcd_len), *system_hive = vmm_practice_system(s, &ids, &system_len), *software = vmm_practice_software(s, &software_len);
    char *disk = vmm_printf("%s/disk", room);
    put(disk, "Windows/System32/config", "SYSTEM", system_hive, system_len);
    put(disk, "Windows/System32/config", "SYSTEM.LOG1", "", 0);
    put(disk, "Windows/System32/config", "SYSTEM.LOG2", "", 0);
    put(disk, "Windows/System32/config", "SOFTWARE", software, software_len);
    put(disk, "Windows/System32", "winload.exe", "MZ", 2);
    put(disk, "Windows/System32", "ntlanman.dll", "MZ", 2);
    put(disk, "Windows/System32", "drprov.dll", "MZ", 2);
    put(disk, "ProgramData/Microsoft/Crypto/RSA/MachineKeys", "c2319c42033a5ca7f44e731bfd3fa2b5_practice", "x", 1);
    put(disk, "Boot", "BCD", bcd, bcd_len);
    put(disk, "Boot", "BCD.LOG", "", 0);
    free(bcd);
    free(system_hive);
    free(software);
    free(disk);
}

static void add_tree(struct vmm_buf *b, const char *path) {
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    need(n >= 0, path);
    for (int i = 0; i < n; i++) {
        char *child = vmm_printf("%s/%s", path, names[i]->d_name);
        struct stat st;
        if (names[i]->d_name[0] != '.' && lstat(child, &st) == 0) {
            vmm_buf_fmt(b, "%s\n", names[i]->d_name);
            if (S_ISDIR(st.st_mode)) add_tree(b, child);
            else {
                uint8_t *data;
                size_t len;
                char sha[65];
                need(vmm_file_read(child, SIZE_MAX / 2, &data, &len, NULL) == 0, child);
                vmm_sha256(data, len, sha);
                vmm_buf_fmt(b, "%s\n", sha);
                free(data);
            }
        }
        free(child);
        free(names[i]);
    }
    free(names);
}

char *harness_hash(const char *path) {
    struct vmm_buf b = {0};
    char sha[65];
    add_tree(&b, path);
    vmm_sha256(b.data, b.len, sha);
    vmm_buf_free(&b);
    return vmm_strdup(sha);
}

char *harness_read_all(const char *folder, const char *part) {
    struct vmm_buf b = {0};
    struct dirent **names;
    int n = scandir(folder, &names, NULL, alphasort);
    need(n >= 0, folder);
    for (int i = 0; i < n; i++) {
        char *path = vmm_printf("%s/%s", folder, names[i]->d_name);
        uint8_t *data;
        size_t len;
        if (strstr(names[i]->d_name, part) && vmm_file_read(path, 1 << 20, &data, &len, NULL) == 0) {
            vmm_buf_add(&b, data, len);
            free(data);
        }
        free(path);
        free(names[i]);
    }
    free(names);
    return vmm_buf_steal(&b);
}

char *harness_stand(const char *scenario, char **disk) {
    char *room = harness_room(), *dir = vmm_printf("%s/state", room);
    *disk = vmm_printf("%s/disk", room);
    setenv("VMMEDIC_STATE", dir, 1);
    free(dir);
    harness_disk(room, scenario);
    return room;
}

void harness_fall(char *room, char *disk) {
    vmm_remove_tree(room, NULL);
    free(room);
    free(disk);
}

struct aside {
    char *room;
    int back;
};

int harness_go_aside(void **state) {
    struct aside *a = vmm_alloc(1, sizeof *a);
    a->room = harness_room();
    a->back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = a;
    return a->back < 0 ? -1 : chdir(a->room);
}

int harness_come_back(void **state) {
    struct aside *a = *state;
    int r = fchdir(a->back) | vmm_remove_tree(a->room, NULL);
    close(a->back);
    free(a->room);
    free(a);
    return r;
}

bool harness_everything(void) {
    const char *check = getenv("CHECK");
    return check && strcmp(check, "all") == 0;
}

void harness_only_in_full(void) {
    if (harness_everything()) return;
    printf("skipped: tests of minutes on the appliance; CHECK=all runs them\n");
    skip();
}
