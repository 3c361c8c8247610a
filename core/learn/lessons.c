/* Scenarios in memory: their texts by language, the folders that they come from, and what was solved so far.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "learn/room.h"

/* ---- languages ---- */
/* The catalogue in use says it in its header: so a French ticket never stands among English words, whatever the environment asks for and this machine has. */
void vmm_language(char out[8]) {
    static const char field[] = "\nLanguage: ";
    const char *no_text = "", *header = gettext(no_text), *at = strstr(header, field), *language = at ? at + sizeof field - 1 : "";
    size_t n = strspn(language, "abcdefghijklmnopqrstuvwxyz");
    memset(out, 0, 8);
    if (n >= 2 && n <= 3) memcpy(out, language, n);
}

const char *vmm_words_text(const struct vmm_words *w, const char *lang) {
    const char *english = "";
    for (size_t i = 0; i < w->count; i++) {
        if (strcmp(w->in[i].lang, lang) == 0) return w->in[i].text;
        if (w->in[i].lang[0] == 0) english = w->in[i].text;
    }
    return english;
}

/* ---- freeing ---- */
static void words_free(struct vmm_words *w) {
    for (size_t i = 0; i < w->count; i++) free(w->in[i].text);
    free(w->in);
}

static void list_free(char **list) {
    for (size_t i = 0; list && list[i]; i++) free(list[i]);
    free(list);
}

void vmm_lesson_free(struct vmm_lesson *l) {
    if (l == NULL) return;
    struct vmm_words *texts[] = {&l->title, &l->ticket, &l->learned, &l->next, &l->question};
    for (size_t i = 0; i < VMM_COUNT(texts); i++) words_free(texts[i]);
    for (size_t i = 0; i < l->want_count; i++)
        for (size_t k = 0; k < VMM_COUNT(l->wants[i].word); k++) free(l->wants[i].word[k]);
    for (size_t i = 0; i < l->answer_count; i++) {
        free(l->answers[i].key);
        words_free(&l->answers[i].text);
    }
    for (size_t i = 0; i < l->hint_count; i++) words_free(&l->hints[i].text);
    for (size_t i = 0; i < VMM_COACHES; i++) {
        words_free(&l->coach[i]);
        free(l->act[i]);
    }
    list_free(l->wrong);
    list_free(l->fixes);
    free(l->wants);
    free(l->answers);
    free(l->hints);
    free(l->right);
    free(l->article);
    free(l->name);
    free(l->file);
    free(l);
}

/* ---- folders ---- */
char *vmm_lessons_folder(void) {
    char *program = realpath("/proc/self/exe", NULL), *slash = program ? strrchr(program, '/') : NULL;
    if (slash) *slash = 0;
    static const char *const beside[] = {"../scenarios", "../../scenarios", "../../../../scenarios"}; /* build/vmmedic, build/opt/vmmedic, build/san/tests/learn/test_x */
    for (size_t i = 0; slash && i < VMM_COUNT(beside); i++) {
        char *folder = vmm_printf("%s/%s", program, beside[i]), *sign = vmm_printf("%s/../core/learn/read.c", folder); /* in the build tree only */
        bool here = access(sign, R_OK) == 0;
        free(sign);
        char *real = here ? realpath(folder, NULL) : NULL;
        free(folder);
        if (real) {
            free(program);
            return real;
        }
    }
    free(program);
    return vmm_strdup(VMM_DATADIR "/scenarios");
}

static int is_scenario(const struct dirent *e) {
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 4 && strcmp(e->d_name + n - 4, ".txt") == 0;
}

static void note(struct vmm_lessons *all, const char *text) {
    all->notes = vmm_realloc(all->notes, all->note_count + 1, sizeof *all->notes);
    all->notes[all->note_count++] = vmm_safe_text(text);
}

static void add(struct vmm_lessons *all, struct vmm_lesson *l) {
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->list[i]->name, l->name) == 0) {
            vmm_lesson_free(all->list[i]);
            all->list[i] = l;
            return;
        }
    all->list = vmm_realloc(all->list, all->count + 1, sizeof(struct vmm_lesson *));
    all->list[all->count++] = l;
}

static int by_level(const void *a, const void *b) {
    const struct vmm_lesson *x = *(struct vmm_lesson *const *)a, *y = *(struct vmm_lesson *const *)b;
    return x->level != y->level ? x->level - y->level : strcmp(x->name, y->name);
}

struct vmm_lessons *vmm_lessons_read(const char *const *folders, size_t count) {
    struct vmm_lessons *all = vmm_alloc(1, sizeof *all);
    for (size_t i = 0; i < count; i++) {
        struct dirent **names = NULL;
        int n = scandir(folders[i], &names, is_scenario, alphasort);
        if (n < 0) {
            char *text = vmm_printf(_("the folder of scenarios %s cannot be read"), folders[i]);
            note(all, text);
            free(text);
        }
        for (int k = 0; k < n; k++) {
            char *path = vmm_printf("%s/%s", folders[i], names[k]->d_name);
            struct vmm_lesson_fault *faults;
            size_t fault_count;
            struct vmm_error err = {0};
            struct vmm_lesson *l = vmm_lesson_read(path, &faults, &fault_count, &err);
            if (l) add(all, l);
            else note(all, err.message);
            vmm_lesson_faults_free(faults, fault_count);
            free(path);
            free(names[k]);
        }
        free(names);
    }
    if (all->count) qsort(all->list, all->count, sizeof(struct vmm_lesson *), by_level);
    return all;
}

void vmm_lessons_free(struct vmm_lessons *l) {
    if (l == NULL) return;
    for (size_t i = 0; i < l->count; i++) vmm_lesson_free(l->list[i]);
    for (size_t i = 0; i < l->note_count; i++) free(l->notes[i]);
    free(l->list);
    free(l->notes);
    free(l);
}

const struct vmm_lesson *vmm_lesson_by_name(const struct vmm_lessons *l, const char *name) {
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->list[i]->name, name) == 0) return l->list[i];
    return NULL;
}

/* ---- what was solved ---- */
json_t *vmm_lessons_done(const char *home) {
    char *path = vmm_printf("%s/done.json", home);
    json_t *done = vmm_json_load(path, NULL);
    free(path);
    if (json_is_object(done)) return done;
    json_decref(done);
    return json_object();
}

int vmm_lesson_record(const char *home, const char *name, enum vmm_lesson_mode mode, long seconds, int cost, struct vmm_error *err) {
    json_t *done = vmm_lessons_done(home), *one = json_object_get(done, name);
    char when[24], *path = vmm_printf("%s/done.json", home);
    if (!json_is_object(one)) json_object_set_new(done, name, one = json_object());
    vmm_utc_now(when);
    json_object_set_new(one, vmm_lesson_mode_word(mode), json_pack("{s:s,s:I,s:i}", "when", when, "seconds", (json_int_t)seconds, "cost", cost));
    int r = vmm_mkdir_p(home, err);
    if (r == 0) r = vmm_json_save(path, done, err);
    json_decref(done);
    free(path);
    return r;
}
