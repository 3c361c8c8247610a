/* Runs a fuzzing target on files and on the files of folders, without a fuzzer: seeds, and what was once found.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "tests/fuzz/fuzz.h"

#define SECONDS_AN_INPUT 60 /* a loop that does not end; the sanitizers are slow, and machines are */
#define INPUT_MAX ((size_t)64 << 20)

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static size_t run_file(const char *path) {
    struct stat st;
    FILE *f = fopen(path, "r");
    if (f == NULL || fstat(fileno(f), &st) < 0 || st.st_size < 0 || (size_t)st.st_size > INPUT_MAX) fuzz_broken(__FILE__, __LINE__, "the input can be read", path);
    size_t len = (size_t)st.st_size;
    uint8_t *data = malloc(len ? len : 1); /* of its exact size, so that a byte too far is seen */
    if (data == NULL || fread(data, 1, len, f) != len) fuzz_broken(__FILE__, __LINE__, "the input can be read", path);
    fclose(f);
    fprintf(stderr, "%s\n", path);
    alarm(SECONDS_AN_INPUT);
    LLVMFuzzerTestOneInput(data, len);
    alarm(0);
    free(data);
    return 1;
}

static size_t run_folder(const char *path) {
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    size_t runs = 0;
    for (int i = 0; i < n; i++) {
        char *one = vmm_printf("%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.') runs += run_file(one);
        free(one);
        free(names[i]);
    }
    if (n >= 0) free(names);
    return runs;
}

int main(int argc, char **argv) {
    size_t runs = 0;
    if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) < 0) continue; /* a target without findings has no folder of them */
        runs += S_ISDIR(st.st_mode) ? run_folder(argv[i]) : run_file(argv[i]);
    }
    printf("%zu\n", runs);
    return 0;
}
