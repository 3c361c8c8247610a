/* The scenario files that come with the program, the language of their texts, and files that are no scenarios.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "harness/folder.h"
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
    char lang[8];
    assert_string_equal(vmm_words_text(&w, "fr"), "disque");
    assert_string_equal(vmm_words_text(&w, "nl"), "disk");
    setenv("LANGUAGE", "fr_FR.UTF-8:en", 1);
    vmm_language(lang);
    assert_string_equal(lang, "fr");
    unsetenv("LANGUAGE");
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
        cmocka_unit_test(a_damaged_file_is_read_or_refused_with_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
