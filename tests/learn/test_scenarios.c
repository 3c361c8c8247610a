/* The scenario files that come with the program, the language of their texts, and files that are no scenarios.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "vmmedic/fix.h"
#include "vmmedic/learn.h"

static struct vmm_lessons *read_all(void) {
    const char *folder = "scenarios";
    struct vmm_lessons *all = vmm_lessons_read(&folder, 1);
    for (size_t i = 0; i < all->note_count; i++) fail_msg("%s", all->notes[i]);
    return all;
}

static void every_article_and_every_trap_has_its_scenarios(void **state) {
    (void)state;
    static const char *const articles[] = {"safe-mode", "disconnects", "connection"};
    struct vmm_lessons *all = read_all();
    unsigned extras = 0;
    bool gens[3] = {0};
    assert_true(all->count >= 14);
    for (size_t a = 0; a < VMM_COUNT(articles); a++) {
        size_t n = 0;
        for (size_t i = 0; i < all->count; i++) n += strcmp(all->list[i]->article, articles[a]) == 0;
        if (n < 2) fail_msg("%s: %zu", articles[a], n);
    }
    for (size_t i = 0; i < all->count; i++) {
        extras |= all->list[i]->extras;
        gens[all->list[i]->gen] = true;
        assert_true(all->list[i]->hint_count > 0);
    }
    assert_int_equal(extras, 127);
    assert_true(gens[1] && gens[2]);
    vmm_lessons_free(all);
}

static void a_text_is_in_the_readers_language_or_in_english(void **state) {
    (void)state;
    struct vmm_words_in in[] = {{"", (char[]){"disk"}}, {"fr", (char[]){"disque"}}};
    struct vmm_words w = {in, 2};
    assert_string_equal(vmm_words_text(&w, "fr"), "disque");
    assert_string_equal(vmm_words_text(&w, "nl"), "disk");
}

/* ---- the language of the program is the language of the scenario ---- */
static void language_is(const char *locale, const char *wished, const char *expected) {
    char lang[8];
    assert_non_null(setlocale(LC_MESSAGES, locale));
    setenv("LANGUAGE", wished, 1);
    textdomain("vmmedic"); /* looks at the environment again */
    vmm_language(lang);
    assert_string_equal(lang, expected);
}

static void a_scenario_speaks_what_the_program_speaks(void **state) {
    (void)state;
    char *folder = realpath("build/locale", NULL);
    bool here = folder && access("build/locale/fr/LC_MESSAGES/vmmedic.mo", R_OK) == 0;
    if (here) {
        bindtextdomain("vmmedic", folder);
        language_is("C.UTF-8", "fr_FR.UTF-8:en", "fr");
        language_is("C.UTF-8", "tlh:fr", "fr"); /* the first one that there is */
    } else {
        printf("skipped: French is not built\n");
    }
    language_is("C.UTF-8", "tlh", "");
    language_is("C", "fr", ""); /* in a plain locale the program is English, whatever LANGUAGE says */
    unsetenv("LANGUAGE");
    free(folder);
    if (!here) skip();
}

/* ---- translations ---- */
/* Calls `see` for every text of a scenario, with its key as the file has it. */
static void each_text(const struct vmm_lesson *l, void (*see)(const char *place, const struct vmm_words *w, void *data), void *data) {
    const struct {
        const char *key;
        const struct vmm_words *words;
    } once[] = {{"title", &l->title}, {"ticket", &l->ticket}, {"question", &l->question}, {"learned", &l->learned}, {"next", &l->next}};
    for (size_t i = 0; i < VMM_COUNT(once); i++)
        if (once[i].words->count) see(once[i].key, once[i].words, data);
    for (size_t i = 0; i < l->answer_count + l->hint_count; i++) {
        bool answer = i < l->answer_count;
        char *key = answer ? vmm_printf("answer %s", l->answers[i].key) : vmm_printf("hint %zu", i - l->answer_count + 1);
        see(key, answer ? &l->answers[i].text : &l->hints[i - l->answer_count].text, data);
        free(key);
    }
    for (enum vmm_coach c = 0; c < VMM_COACHES; c++) {
        char *key = vmm_printf("coach.%s", vmm_coach_word(c));
        if (l->coach[c].count) see(key, &l->coach[c], data);
        free(key);
    }
}

struct look {
    const struct vmm_lesson *lesson;
    const char *lang;
    struct vmm_buf faults;
    size_t texts;
};

static const char *exactly_in(const struct vmm_words *w, const char *lang) {
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->in[i].lang, lang) == 0) return w->in[i].text;
    return NULL;
}

static size_t times(const char *text, char c) {
    size_t n = 0;
    while (*text) n += *text++ == c;
    return n;
}

/* A translation is there, has the paragraphs of the English text, and names the same fixes. */
static void see_translation(const char *place, const struct vmm_words *w, void *data) {
    struct look *k = data;
    const char *english = exactly_in(w, ""), *text = exactly_in(w, k->lang);
    k->texts++;
    if (english == NULL || text == NULL) {
        vmm_buf_fmt(&k->faults, "\n%s.txt: %s: nothing in \"%s\"", k->lesson->name, place, english ? k->lang : "");
        return;
    }
    if (times(text, '\n') != times(english, '\n')) vmm_buf_fmt(&k->faults, "\n%s.txt: %s: \"%s\" has other paragraphs", k->lesson->name, place, k->lang);
    char *copy = vmm_strdup(english);
    for (char *rest = copy, *word; (word = strsep(&rest, " .,:;?!()\"\n"));)
        if (word[0] && vmm_fix_by_id(word) && !strstr(text, word))
            vmm_buf_fmt(&k->faults, "\n%s.txt: %s: \"%s\" does not name %s", k->lesson->name, place, k->lang, word);
    free(copy);
}

static void every_text_is_in_every_language_of_the_program(void **state) {
    (void)state;
    uint8_t *names;
    size_t len, languages = 0;
    struct look k = {0};
    struct vmm_lessons *all = read_all();
    assert_int_equal(vmm_file_read("po/LINGUAS", 1 << 16, &names, &len, NULL), 0);
    char *copy = vmm_strndup((char *)names, len);
    for (char *rest = copy, *lang; (lang = strsep(&rest, " \n"));) {
        if (lang[0] == 0) continue;
        k.lang = lang;
        for (size_t i = 0; i < all->count; i++) {
            k.lesson = all->list[i];
            each_text(k.lesson, see_translation, &k);
        }
        languages++;
    }
    if (k.faults.len) fail_msg("%s", (const char *)k.faults.data);
    assert_true(k.texts >= languages * all->count * 5); /* title, ticket, a hint, learned, next */
    vmm_buf_free(&k.faults);
    vmm_lessons_free(all);
    free(copy);
    free(names);
    if (languages) return;
    printf("skipped: po/LINGUAS names no language\n");
    skip();
}

/* A good file with one byte changed: read or refused, never anything else; a fault has a place in the file. */
static void a_damaged_file_is_read_or_refused_with_a_place(void **state) {
    (void)state;
    char *room = harness_room(), *file = vmm_printf("%s/damaged.txt", room);
    uint8_t *text;
    size_t len, refused = 0, lines = 1;
    uint32_t random = 12345;
    assert_int_equal(vmm_file_read("scenarios/safe-mode-other-entry.txt", 1 << 20, &text, &len, NULL), 0);
    for (size_t i = 0; i < len; i++) lines += text[i] == '\n';
    for (int round = 0; round < 1500; round++) {
        random = random * 1664525 + 1013904223;
        size_t at = (random >> 8) % len, keep = round % 3 == 0 ? at : len;
        uint8_t was = text[at];
        text[at] = (uint8_t)"\n:.;|\" x\0\377\t"[random % 11];
        harness_write(file, text, keep);
        text[at] = was;
        struct vmm_lesson_fault *faults;
        size_t count;
        struct vmm_error err = {0};
        struct vmm_lesson *l = vmm_lesson_read(file, &faults, &count, &err);
        assert_true((l != NULL) == (count == 0));
        refused += l == NULL;
        for (size_t i = 0; i < count; i++) assert_true(faults[i].line >= 1 && faults[i].line <= lines + 1 && faults[i].column >= 1 && faults[i].text[0]);
        vmm_lesson_faults_free(faults, count);
        vmm_lesson_free(l);
    }
    assert_true(refused > 300);
    free(text);
    free(file);
    vmm_remove_tree(room, NULL);
    free(room);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_article_and_every_trap_has_its_scenarios),
        cmocka_unit_test(a_text_is_in_the_readers_language_or_in_english),
        cmocka_unit_test(a_scenario_speaks_what_the_program_speaks),
        cmocka_unit_test(every_text_is_in_every_language_of_the_program),
        cmocka_unit_test(a_damaged_file_is_read_or_refused_with_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
