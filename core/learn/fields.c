/* The fields of a scenario file: what each takes, and what a whole file must have.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "learn/room.h"
#include "vmmedic/fix.h"

static const char *const coaches[VMM_COACHES] = {
    [VMM_COACH_TICKET] = "ticket", [VMM_COACH_SYMPTOM] = "symptom", [VMM_COACH_SNAPSHOT] = "snapshot", [VMM_COACH_ATTACH] = "attach", [VMM_COACH_PENDING] = "pending",
    [VMM_COACH_DRIVE] = "drive",   [VMM_COACH_BLOCKED] = "blocked", [VMM_COACH_HEALTHY] = "healthy",   [VMM_COACH_BOOT] = "boot",     [VMM_COACH_FIXES] = "fixes",
    [VMM_COACH_PREVIEW] = "preview", [VMM_COACH_APPLY] = "apply",   [VMM_COACH_FINISH] = "finish",     [VMM_COACH_QUESTION] = "question", [VMM_COACH_END] = "end"};
static const char *const modes[VMM_LESSON_MODES] = {[VMM_LESSON_GUIDED] = "guided", [VMM_LESSON_OWN] = "own", [VMM_LESSON_EXAM] = "exam"};
static const char *const articles[] = {"safe-mode", "disconnects", "connection", "other"};
static const char *const kinds[] = {"both", "image", "folder"};
static const struct {
    const char *word;
    unsigned bit;
} extras[] = {{"second-windows", VMM_EXTRA_SECOND_WINDOWS}, {"second-entry", VMM_EXTRA_SECOND_ENTRY}, {"decoy-store", VMM_EXTRA_DECOY_STORE},
              {"hibernated", VMM_EXTRA_HIBERNATED},         {"dirty-hive", VMM_EXTRA_DIRTY_HIVE},     {"bitlocker", VMM_EXTRA_BITLOCKER},
              {"interrupted", VMM_EXTRA_INTERRUPTED}};

const char *vmm_coach_word(enum vmm_coach c) { return coaches[c]; }
const char *vmm_lesson_mode_word(enum vmm_lesson_mode m) { return modes[m]; }

static size_t index_of(const char *const *words, size_t n, const char *word) {
    size_t i = 0;
    while (i < n && strcmp(words[i], word) != 0) i++;
    return i;
}

int vmm_lesson_mode_by_word(const char *word, enum vmm_lesson_mode *m) {
    size_t i = index_of(modes, VMM_LESSON_MODES, word);
    if (i == VMM_LESSON_MODES) return -1;
    *m = (enum vmm_lesson_mode)i;
    return 0;
}

/* ---- saying what is wrong ---- */
static void at_value(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e, const char *text) { vmm_lesson_fault(f, e->line, e->value_column, "%s", text); }

/* Where PLACE stands; only on the first line of the value is the column exact. */
static void at_word(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e, const char *place, const char *format, const char *word) {
    char *text = vmm_printf(format, word);
    vmm_lesson_fault(f, e->line, e->value_column + (unsigned)(place - e->value), "%s", text);
    free(text);
}

static bool one_of(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e, const char *const *words, size_t n, size_t *which) {
    struct vmm_buf b = {0};
    *which = index_of(words, n, e->value);
    for (size_t i = 0; i < n; i++) vmm_buf_fmt(&b, "%s%s", i ? ", " : "", words[i]);
    if (*which == n) at_word(f, e, e->value, _("this must be one of: %s"), (const char *)b.data);
    vmm_buf_free(&b);
    return *which < n;
}

/* ---- texts ---- */
static bool words_add(struct vmm_lesson_fields *f, struct vmm_words *w, const struct vmm_lesson_entry *e, const char *text) {
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->in[i].lang, e->lang) == 0) {
            vmm_lesson_fault(f, e->line, e->column, _("this stands here for the second time"));
            return false;
        }
    if (text[0] == 0) {
        at_value(f, e, _("there is no text"));
        return false;
    }
    w->in = vmm_realloc(w->in, w->count + 1, sizeof *w->in);
    struct vmm_words_in *in = &w->in[w->count++];
    *in = (struct vmm_words_in){.text = vmm_strdup(text)};
    memcpy(in->lang, e->lang, sizeof in->lang);
    return true;
}

static void list_add(char ***list, const char *word) {
    size_t n = 0;
    while (*list && (*list)[n]) n++;
    *list = vmm_realloc(*list, n + 2, sizeof **list);
    (*list)[n] = vmm_strdup(word);
    (*list)[n + 1] = NULL;
}

/* Calls `good` for each word of the value; a word that it refuses is a fault. */
static void each_word(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e, char ***list, bool (*good)(const char *word), const char *format) {
    char *copy = vmm_strdup(e->value);
    for (char *rest = copy, *word; (word = strsep(&rest, " ,\n"));) {
        if (word[0] == 0) continue;
        if (good(word)) list_add(list, word);
        else at_word(f, e, e->value + (word - copy), format, word);
    }
    free(copy);
}

/* ---- one field each ---- */
static void take_title(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) { words_add(f, &f->lesson->title, e, e->value); }
static void take_ticket(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) { words_add(f, &f->lesson->ticket, e, e->value); }
static void take_learned(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) { words_add(f, &f->lesson->learned, e, e->value); }
static void take_next(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) { words_add(f, &f->lesson->next, e, e->value); }
static void take_question(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) { words_add(f, &f->lesson->question, e, e->value); }

static void take_level(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    if (e->value[0] >= '1' && e->value[0] <= '3' && e->value[1] == 0) f->lesson->level = e->value[0] - '0';
    else at_value(f, e, _("the level is 1, 2 or 3"));
}

static void take_generation(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    if ((e->value[0] == '1' || e->value[0] == '2') && e->value[1] == 0) f->lesson->gen = e->value[0] - '0';
    else at_value(f, e, _("the generation is 1 (BIOS, MBR) or 2 (UEFI, GPT)"));
}

static void take_article(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    size_t which;
    if (!one_of(f, e, articles, VMM_COUNT(articles), &which)) return;
    free(f->lesson->article);
    f->lesson->article = vmm_strdup(articles[which]);
}

static void take_kind(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    size_t which;
    if (!one_of(f, e, kinds, VMM_COUNT(kinds), &which)) return;
    f->lesson->image = which != 2;
    f->lesson->folder = which != 1;
}

static bool is_scenario(const char *word) { return vmm_scenario_by_name(word) != NULL; }
static void take_wrong(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    each_word(f, e, &f->lesson->wrong, is_scenario, _("there is no practice scenario \"%s\"; vmmedic practice --list names them"));
}

static bool is_fix(const char *word) { return vmm_fix_by_id(word) != NULL; }
static void take_fixes(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    if (strcmp(e->value, "none") != 0) each_word(f, e, &f->lesson->fixes, is_fix, _("there is no fix \"%s\"; vmmedic fixes names them"));
}

static void take_with(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    char *copy = vmm_strdup(e->value);
    for (char *rest = copy, *word; (word = strsep(&rest, " ,\n"));) {
        size_t i = 0;
        if (word[0] == 0) continue;
        while (i < VMM_COUNT(extras) && strcmp(extras[i].word, word) != 0) i++;
        if (i < VMM_COUNT(extras)) f->lesson->extras |= extras[i].bit;
        else at_word(f, e, e->value + (word - copy), _("a disk cannot be made with \"%s\""), word);
    }
    free(copy);
}

static void take_want(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) { vmm_wants_parse(f, e); }

static void take_answer(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    struct vmm_lesson *l = f->lesson;
    if (e->lang[0]) {
        if (l->answer_count) words_add(f, &l->answers[l->answer_count - 1].text, e, e->value);
        else vmm_lesson_fault(f, e->line, e->column, _("first the answer in English, then its translations"));
        return;
    }
    size_t n = strspn(e->value, "abcdefghijklmnopqrstuvwxyz-");
    if (n == 0 || e->value[n] != ' ') {
        at_value(f, e, _("an answer begins with a word of small letters that \"right:\" can name"));
        return;
    }
    l->answers = vmm_realloc(l->answers, l->answer_count + 1, sizeof *l->answers);
    struct vmm_lesson_answer *a = &l->answers[l->answer_count++];
    *a = (struct vmm_lesson_answer){.key = vmm_strndup(e->value, n)};
    words_add(f, &a->text, e, e->value + n + 1);
}

static void take_right(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    size_t i = 0;
    while (i < f->lesson->answer_count && strcmp(f->lesson->answers[i].key, e->value) != 0) i++;
    if (i == f->lesson->answer_count) at_word(f, e, e->value, _("none of the answers above is \"%s\""), e->value);
    else if (f->lesson->right == NULL) f->lesson->right = vmm_strdup(e->value);
}

static void take_hint(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    struct vmm_lesson *l = f->lesson;
    if (e->lang[0]) {
        if (l->hint_count) words_add(f, &l->hints[l->hint_count - 1].text, e, e->value);
        else vmm_lesson_fault(f, e->line, e->column, _("first the hint in English, then its translations"));
        return;
    }
    char *end;
    long cost = strtol(e->value, &end, 10);
    if (end == e->value || *end != ' ' || cost < 1 || cost > 100) {
        at_value(f, e, _("a hint begins with its cost, from 1 to 100"));
        return;
    }
    l->hints = vmm_realloc(l->hints, l->hint_count + 1, sizeof *l->hints);
    struct vmm_lesson_hint *h = &l->hints[l->hint_count++];
    *h = (struct vmm_lesson_hint){.cost = (int)cost};
    words_add(f, &h->text, e, end + strspn(end, " "));
}

static bool step_of(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e, size_t *which) {
    *which = index_of(coaches, VMM_COACHES, e->part);
    if (*which < VMM_COACHES) return true;
    vmm_lesson_fault(f, e->line, e->column + (unsigned)strlen(e->key) + 1, _("there is no step \"%s\""), e->part);
    return false;
}

static void take_coach(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    size_t which;
    if (step_of(f, e, &which)) words_add(f, &f->lesson->coach[which], e, e->value);
}

/* "Enter", "name", "none", "q", "row WORDS", "rows ID ID", "o ID", "text WORDS": several, the first that fits the moment counts. */
static void take_do(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    static const char *const alone[] = {"Enter", "name", "none"}, *const with_words[] = {"row ", "rows ", "o ", "text "};
    size_t which;
    if (!step_of(f, e, &which)) return;
    char *copy = vmm_strdup(e->value);
    for (char *rest = copy, *act; (act = strsep(&rest, ";"));) {
        bool good = act[strspn(act, " ")] && act[strspn(act, " ") + 1] == 0; /* a key */
        act += strspn(act, " ");
        for (size_t i = 0; i < VMM_COUNT(alone); i++) good = good || strcmp(act, alone[i]) == 0;
        for (size_t i = 0; i < VMM_COUNT(with_words); i++) good = good || (strncmp(act, with_words[i], strlen(with_words[i])) == 0 && act[strlen(with_words[i])]);
        if (!good) at_word(f, e, e->value + (act - copy), _("\"%s\" is nothing to do: Enter, name, none, a key, row WORDS, rows ID ID, o ID, text WORDS"), act);
    }
    free(copy);
    if (f->lesson->act[which]) vmm_lesson_fault(f, e->line, e->column, _("this stands here for the second time"));
    else f->lesson->act[which] = vmm_strdup(e->value);
}

/* ---- the table ---- */
static const struct field {
    const char *key;
    void (*take)(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e);
    bool again, translated, part, needed;
} fields[] = {
    {"title", take_title, true, true, false, true},
    {"article", take_article, false, false, false, true},
    {"level", take_level, false, false, false, true},
    {"ticket", take_ticket, true, true, false, true},
    {"generation", take_generation, false, false, false, false},
    {"kind", take_kind, false, false, false, false},
    {"wrong", take_wrong, false, false, false, false},
    {"with", take_with, false, false, false, false},
    {"fixes", take_fixes, false, false, false, true},
    {"solved", take_want, true, false, false, true},
    {"question", take_question, true, true, false, false},
    {"answer", take_answer, true, true, false, false},
    {"right", take_right, false, false, false, false},
    {"hint", take_hint, true, true, false, false},
    {"coach", take_coach, true, true, true, false},
    {"do", take_do, true, false, true, false},
    {"learned", take_learned, true, true, false, true},
    {"next", take_next, true, true, false, true},
};

void vmm_lesson_field(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    size_t i = 0;
    while (i < VMM_COUNT(fields) && strcmp(fields[i].key, e->key) != 0) i++;
    if (i == VMM_COUNT(fields)) vmm_lesson_fault(f, e->line, e->column, _("there is no key \"%s\""), e->key);
    else if (e->lang[0] && !fields[i].translated) vmm_lesson_fault(f, e->line, e->column, _("\"%s\" has no translations"), e->key);
    else if (fields[i].part != (e->part[0] != 0))
        vmm_lesson_fault(f, e->line, e->column, fields[i].part ? _("\"%s\" needs the name of a step, as in \"%s.drive\"") : _("\"%s\" has no parts"), e->key, e->key);
    else if (!fields[i].again && f->seen & 1u << i) vmm_lesson_fault(f, e->line, e->column, _("\"%s\" stands here for the second time"), e->key);
    else {
        f->seen |= 1u << i;
        fields[i].take(f, e);
    }
}

void vmm_lesson_whole(struct vmm_lesson_fields *f, unsigned last_line) {
    const struct vmm_lesson *l = f->lesson;
    bool untouched = false;
    for (size_t i = 0; i < VMM_COUNT(fields); i++)
        if (fields[i].needed && !(f->seen & 1u << i)) vmm_lesson_fault(f, last_line, 1, _("\"%s:\" is missing"), fields[i].key);
    for (size_t i = 0; i < l->want_count; i++) untouched = untouched || l->wants[i].kind == VMM_WANT_UNTOUCHED;
    if (l->question.count && (l->answer_count < 2 || l->right == NULL)) vmm_lesson_fault(f, last_line, 1, _("a question needs two answers or more, and \"right:\""));
    if (l->answer_count && l->question.count == 0) vmm_lesson_fault(f, last_line, 1, _("there are answers and no question"));
    if (untouched && l->question.count == 0)
        vmm_lesson_fault(f, last_line, 1, _("where nothing is to be written, a question must tell who understood the disk from who did nothing"));
    if (l->folder && l->extras & VMM_EXTRA_BITLOCKER)
        vmm_lesson_fault(f, last_line, 1, _("a folder cannot be encrypted with BitLocker: \"kind: image\" is missing"));
}
