/* Learning on practice disks: scenarios as small text files (vmmedic(1), SCENARIOS, has the format), the disk that one asks for, and the judgement of what was done.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_LEARN_H
#define VMMEDIC_LEARN_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "vmmedic/error.h"
#include "vmmedic/practice.h"

/* A text in the languages that the file has it in; the one without a language is English. */
struct vmm_words {
    struct vmm_words_in {
        char lang[8]; /* "" English, "fr" */
        char *text;   /* paragraphs, a newline between them */
    } *in;
    size_t count;
};
/* In this language, else in English; "" when there is none. */
const char *vmm_words_text(const struct vmm_words *w, const char *lang);
/* The language that the program's own texts come in now, two or three letters; "" is English. */
void vmm_language(char out[8]);

enum vmm_lesson_mode { VMM_LESSON_GUIDED, VMM_LESSON_OWN, VMM_LESSON_EXAM, VMM_LESSON_MODES };
const char *vmm_lesson_mode_word(enum vmm_lesson_mode m);               /* "guided" */
int vmm_lesson_mode_by_word(const char *word, enum vmm_lesson_mode *m); /* 0 or -1 */

/* Where the coach speaks. "blocked" is Drive with a disk that cannot be written to or judged. */
enum vmm_coach {
    VMM_COACH_TICKET, VMM_COACH_SYMPTOM, VMM_COACH_SNAPSHOT, VMM_COACH_ATTACH, VMM_COACH_PENDING, VMM_COACH_DRIVE, VMM_COACH_BLOCKED, VMM_COACH_HEALTHY, VMM_COACH_BOOT,
    VMM_COACH_FIXES, VMM_COACH_PREVIEW, VMM_COACH_APPLY, VMM_COACH_FINISH, VMM_COACH_QUESTION, VMM_COACH_END, VMM_COACHES
};
const char *vmm_coach_word(enum vmm_coach c); /* "ticket" */

/* One condition on the disk or on what was done. Alternatives: one of them is enough. */
enum vmm_want_kind { VMM_WANT_UNTOUCHED, VMM_WANT_VERDICT, VMM_WANT_FIX, VMM_WANT_VALUE, VMM_WANT_ELEMENT, VMM_WANT_SETTLED };
struct vmm_want {
    enum vmm_want_kind kind;
    char *word[4];   /* VERDICT: state. FIX: id, verdict. VALUE: hive, key, name, text or NULL (absent). ELEMENT: entry, element, text or NULL (absent) */
    bool or_next;    /* the next one will do as well */
};

struct vmm_lesson {
    char *name;      /* of the file, without .txt */
    char *file;
    int level;       /* 1 easy to 3 hard */
    char *article;   /* "safe-mode", "disconnects", "connection", "other" */
    struct vmm_words title, ticket, learned, next, question;
    /* the disk */
    int gen;         /* 1 or 2 */
    bool image, folder; /* what it can be made as */
    char **wrong;    /* names of practice scenarios, ends with NULL; NULL: none */
    unsigned extras; /* VMM_EXTRA_* */
    /* what counts */
    char **fixes;    /* the only ones that may be written, ends with NULL; NULL: none */
    struct vmm_want *wants;
    size_t want_count;
    struct vmm_lesson_answer {
        char *key;
        struct vmm_words text;
    } *answers;
    size_t answer_count;
    char *right;     /* key of the right answer; NULL: nothing is asked */
    /* help */
    struct vmm_lesson_hint {
        int cost;    /* of 100 */
        struct vmm_words text;
    } *hints;
    size_t hint_count;
    struct vmm_words coach[VMM_COACHES];
    char *act[VMM_COACHES]; /* what is typed there, "row Minimal"; NULL: the step's own */
};

/* What is wrong with a file: the text says what, the numbers count from 1. */
struct vmm_lesson_fault {
    unsigned line, column;
    char *text;
};
void vmm_lesson_faults_free(struct vmm_lesson_fault *faults, size_t count);
/* Reads one file. NULL when it has faults (*faults; the caller frees) or cannot be read (*err). */
struct vmm_lesson *vmm_lesson_read(const char *path, struct vmm_lesson_fault **faults, size_t *count, struct vmm_error *err);
void vmm_lesson_free(struct vmm_lesson *l);

/* All scenarios of some folders, those of a later folder instead of earlier ones of the same name; sorted by level and name. A file with faults is left out and said
 * in `notes`. */
struct vmm_lessons {
    struct vmm_lesson **list;
    size_t count;
    char **notes;
    size_t note_count;
};
struct vmm_lessons *vmm_lessons_read(const char *const *folders, size_t count);
void vmm_lessons_free(struct vmm_lessons *l);
const struct vmm_lesson *vmm_lesson_by_name(const struct vmm_lessons *l, const char *name);
/* Where the ones that come with the program are: beside the binary in the build tree, else where they were installed. The caller frees. */
char *vmm_lessons_folder(void);

/* ---- doing one ---- */
/* Makes the disk below ROOM (an absolute folder of the caller's, made and emptied here): ROOM/disks/NAME.img or a folder, and ROOM/seal, the hash of it. */
int vmm_lesson_make(const struct vmm_lesson *l, const char *room, bool folder, struct vmm_progress progress, struct vmm_error *err);
/* The disk of ROOM: path, boot folder (NULL: none). The caller frees both. */
char *vmm_lesson_disk(const struct vmm_lesson *l, const char *room, char **boot);

struct vmm_scan;
struct vmm_patient;
/* Judges what is on the disk now and what was done to it. FIXES: the findings of a scan. ANSWER: key or NULL. LOOKED: the person had the disk looked
 * at; an answer without that is a guess. {"solved","points":[{"text","good":BOOL}]} */
json_t *vmm_lesson_judge(const struct vmm_lesson *l, const char *room, struct vmm_scan *scan, const json_t *verdict, const json_t *fixes, const char *answer, bool looked);

/* ---- what was done so far: HOME/done.json, {NAME:{MODE:{"when","seconds","cost"}}} for those that were solved ---- */
json_t *vmm_lessons_done(const char *home); /* {} when there is none */
int vmm_lesson_record(const char *home, const char *name, enum vmm_lesson_mode mode, long seconds, int cost, struct vmm_error *err);
#endif
