/* Learning: what the wizard knows besides its steps while somebody works on a practice disk. Everything else is the wizard as it always is.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_LEARN_H
#define VMM_SCREENS_LEARN_H
#include "screens/wizard.h"
#include "vmmedic/learn.h"

/* What `vmmedic learn` hands over in wizard_options; borrowed, outlives the wizard. */
struct wizard_learning {
    const struct vmm_lessons *lessons;  /* for the list; NULL: LESSON it is */
    const struct vmm_lesson *lesson;    /* NULL: the list comes first */
    enum vmm_lesson_mode mode;
    bool folder;                        /* the disk as a folder, where the scenario allows it */
    const char *room, *home;            /* folders: of this disk and its sessions; of what is remembered */
};

struct learn {
    const struct wizard_learning *given;
    const struct vmm_lesson *lesson;    /* NULL: none chosen yet */
    enum vmm_lesson_mode mode;
    char lang[8];
    json_t *done;                       /* what was solved before */
    size_t row;                         /* of the list */
    double began, ended;                /* on the wizard's clock; 0: not yet */
    size_t hints;                       /* that were given */
    int cost;
    size_t applies, undos, strays;      /* how often; strays: a disk was named that is not this one's */
    size_t answer;                      /* row of the question */
    bool answered, saving, looked;
    char *note;                         /* what a saved report is told with; NULL */
};

struct wizard;
void vmm_learn_start(struct wizard *w, const struct wizard_learning *given);
void vmm_learn_free(struct learn *l);
/* Leaving a step of the wizard ends the lesson: the question, then the end. False: there is no lesson to end, or it has ended. */
bool vmm_learn_ends(struct wizard *w);
/* A job of the wizard ended (enum job_kind): counts wrong turns. */
void vmm_learn_heard(struct wizard *w, int kind);
/* The exit code: 0 solved, 1 not. */
int vmm_learn_code(const struct wizard *w);
bool vmm_learn_solved(const struct wizard *w);
/* The lesson's own folder engine: the disk is a folder. */
bool vmm_learn_folder(const struct wizard *w);
const char *vmm_learn_text(const struct wizard *w, const struct vmm_words *words);
#endif
