/* Writes the inputs that fuzzing begins with: seeds FOLDER [CORPUS]. What stands in FOLDER/TARGET is built here, small and sound, one for each shape that the code tells
 * apart; when CORPUS names a folder of real files, those that are small enough are brought into the targets' forms too.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/seeds.h"

static const char *out;

void seed_put(const char *target, const char *name, const void *data, size_t len) {
    struct vmm_error err = {0};
    char *dir = vmm_printf("%s/%s", out, target), *path = vmm_printf("%s/%.100s", dir, name);
    if (vmm_mkdir_p(dir, &err) < 0 || vmm_file_put(path, data, len, &err) < 0) fuzz_broken(__FILE__, __LINE__, "the seed can be written", err.message);
    free(dir);
    free(path);
}

void seed_parts(const char *target, const char *name, const struct fuzz_parts *p) {
    size_t max = 4 * FUZZ_PARTS;
    for (size_t i = 0; i < FUZZ_PARTS; i++) max += p->len[i];
    uint8_t *data = vmm_alloc(max, 1);
    seed_put(target, name, data, fuzz_join(data, max, p));
    free(data);
}

/* ---- from a corpus ---- */

static uint8_t *beside(const char *path, const char *ending, size_t *len) {
    char *name = vmm_printf("%s%s", path, ending);
    uint8_t *data = NULL;
    *len = 0;
    if (vmm_file_read(name, SEED_HIVE_MAX, &data, len, NULL) < 0) data = NULL, *len = 0;
    free(name);
    return data;
}

static void take_file(const char *path, const char *name) {
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 8192 || (size_t)st.st_size > SEED_HIVE_MAX || strstr(name, ".LOG")) return;
    uint8_t *data;
    size_t len;
    if (vmm_file_read(path, SEED_HIVE_MAX, &data, &len, NULL) < 0) return;
    if (memcmp(data, "regf", 4) == 0) {
        struct fuzz_parts p = {.data = {data}, .len = {len}};
        uint8_t *logs[3];
        for (size_t i = 0; i < 3; i++) p.data[i + 1] = logs[i] = beside(path, (const char *const[]){".LOG", ".LOG1", ".LOG2"}[i], &p.len[i + 1]);
        seed_hive(name, data, len);
        if (p.len[1] + p.len[2] + p.len[3]) seed_parts("logs", name, &p);
        for (size_t i = 0; i < 3; i++) free(logs[i]);
    }
    free(data);
}

static void take_folder(const char *path) {
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char *one = vmm_printf("%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.') take_file(one, names[i]->d_name);
        free(one);
        free(names[i]);
    }
    if (n >= 0) free(names);
}

int main(int argc, char **argv) {
    static const char *const folders[] = {"bcd", "system", "dirty", "malformed"};
    if (argc < 2) {
        fprintf(stderr, "usage: seeds FOLDER [CORPUS]\n");
        return 2;
    }
    out = argv[1];
    seed_hives();
    seed_small();
    seed_found();
    for (size_t i = 0; argc > 2 && i < VMM_COUNT(folders); i++) {
        char *path = vmm_printf("%s/%s", argv[2], folders[i]);
        take_folder(path);
        free(path);
    }
    return 0;
}
