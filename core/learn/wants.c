/* Conditions of a scenario, as they are written: words, in double quotes where they have blanks; "|" between alternatives.
 *   untouched                              nothing was written
 *   verdict healthy                        what a new look at the disk says
 *   fix SM01 not-needed
 *   value SYSTEM "KEY" "NAME" is TEXT      or: absent
 *   element ENTRY NAME is TEXT             or: absent; ENTRY {default}, an identifier, or any: every entry
 *   settled                                no repair waits to be finished or put back
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "learn/room.h"
#include "vmmedic/fix.h"

#define WORDS_MAX 8

struct words {
    char *word[WORDS_MAX];
    unsigned at[WORDS_MAX]; /* offset in the value */
    bool bar[WORDS_MAX];    /* it is a "|" that was not quoted */
    size_t count;
};

static void words_free(struct words *w) {
    for (size_t i = 0; i < w->count; i++) free(w->word[i]);
}

/* Up to the bar or the end; *next is behind the bar, NULL at the end. False: a quote is not closed, or there are too many. */
static bool split(const char *value, const char *from, struct words *w, const char **next) {
    const char *p = from;
    *w = (struct words){0};
    *next = NULL;
    for (;;) {
        p += strspn(p, " \n");
        if (*p == 0) return true;
        if (*p == '|') {
            *next = p + 1;
            return true;
        }
        bool quoted = *p == '"';
        const char *begin = p + quoted;
        size_t n = quoted ? strcspn(begin, "\"") : strcspn(begin, " \n|");
        if ((quoted && begin[n] != '"') || w->count == WORDS_MAX) return false;
        w->at[w->count] = (unsigned)(p - value);
        w->word[w->count++] = vmm_strndup(begin, n);
        p = begin + n + quoted;
    }
}

static const struct form {
    const char *word;
    enum vmm_want_kind kind;
    size_t places; /* words that stand before "is TEXT" or "absent", or all there are */
    bool compares;
    const char *how; /* N_() */
} forms[] = {
    {"untouched", VMM_WANT_UNTOUCHED, 0, false, N_("\"untouched\" stands alone")},
    {"settled", VMM_WANT_SETTLED, 0, false, N_("\"settled\" stands alone")},
    {"verdict", VMM_WANT_VERDICT, 1, false, N_("it is \"verdict STATE\"")},
    {"fix", VMM_WANT_FIX, 2, false, N_("it is \"fix ID VERDICT\"")},
    {"value", VMM_WANT_VALUE, 3, true, N_("it is \"value HIVE KEY NAME is TEXT\" or \"value HIVE KEY NAME absent\", with quotes where there are blanks")},
    {"element", VMM_WANT_ELEMENT, 2, true, N_("it is \"element ENTRY NAME is TEXT\" or \"element ENTRY NAME absent\"")},
};

static bool known(const char *word, const char *const *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, list[i]) == 0) return true;
    return false;
}

/* Words that can be checked now: a misspelt one would be a scenario that nobody can solve. NULL: good, else which word is wrong. */
static const unsigned *wrong_word(const struct words *w, enum vmm_want_kind kind) {
    static const char *const states[] = {"healthy", "broken", "blocked", "no-windows"}, *const verdicts[] = {"needed", "not-needed", "optional", "report", "cannot-tell"};
    if (kind == VMM_WANT_VERDICT && !known(w->word[1], states, VMM_COUNT(states))) return &w->at[1];
    if (kind == VMM_WANT_FIX && vmm_fix_by_id(w->word[1]) == NULL) return &w->at[1];
    if (kind == VMM_WANT_FIX && !known(w->word[2], verdicts, VMM_COUNT(verdicts))) return &w->at[2];
    if (kind == VMM_WANT_VALUE && strcmp(w->word[1], "SYSTEM") != 0 && strcmp(w->word[1], "SOFTWARE") != 0) return &w->at[1];
    return NULL;
}

static bool one(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e, struct words *w, bool more) {
    size_t k = 0;
    if (w->count == 0) {
        vmm_lesson_fault(f, e->line, e->value_column, _("there is no condition"));
        return false;
    }
    while (k < VMM_COUNT(forms) && strcmp(forms[k].word, w->word[0]) != 0) k++;
    if (k == VMM_COUNT(forms)) {
        vmm_lesson_fault(f, e->line, e->value_column + w->at[0], _("there is no condition \"%s\""), w->word[0]);
        return false;
    }
    const struct form *form = &forms[k];
    size_t n = form->places + 1;
    bool absent = form->compares && w->count == n + 1 && strcmp(w->word[n], "absent") == 0, is = form->compares && w->count == n + 2 && strcmp(w->word[n], "is") == 0;
    if (form->compares ? !absent && !is : w->count != n) {
        vmm_lesson_fault(f, e->line, e->value_column + w->at[0], "%s", _(form->how));
        return false;
    }
    const unsigned *wrong = wrong_word(w, form->kind);
    if (wrong) {
        vmm_lesson_fault(f, e->line, e->value_column + *wrong, _("this word is not known here"));
        return false;
    }
    struct vmm_lesson *l = f->lesson;
    l->wants = vmm_realloc(l->wants, l->want_count + 1, sizeof *l->wants);
    struct vmm_want *want = &l->wants[l->want_count++];
    *want = (struct vmm_want){.kind = form->kind, .or_next = more};
    for (size_t i = 0; i < form->places; i++) want->word[i] = vmm_strdup(w->word[i + 1]);
    if (is) want->word[form->places] = vmm_strdup(w->word[n + 1]);
    return true;
}

bool vmm_wants_parse(struct vmm_lesson_fields *f, const struct vmm_lesson_entry *e) {
    const char *from = e->value, *next;
    for (; from; from = next) {
        struct words w;
        bool good = split(e->value, from, &w, &next);
        if (!good) vmm_lesson_fault(f, e->line, e->value_column, _("a quote is not closed here, or there are too many words"));
        good = good && one(f, e, &w, next != NULL);
        words_free(&w);
        if (!good) return false;
    }
    return true;
}
