/* The wizard as a model without drawing: nine steps, what each shows, asks and does. Two front ends draw the same steps, ncurses and plain text; whatever one
 * can do the other can. Nothing in here blocks, prints or reads a key: jobs are posted to the worker, their events are handed in with vmm_wizard_hear().
 *
 * A front end's loop: show body, list and prompt; hand in what the person did (mark, reply, action, back, quit); hand in events; show what was said; again.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_WIZARD_H
#define VMM_SCREENS_WIZARD_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "vmmedic/error.h"

struct vmm_client;

/* ---- the way to the worker ---- */
struct wizard_link {
    void *ctx;
    int (*send)(void *ctx, json_t *request, struct vmm_error *err);                    /* as vmm_client_send */
    int (*next)(void *ctx, int timeout_ms, json_t **event, struct vmm_error *err);     /* as vmm_client_next; only front ends call it */
    void (*cancel)(void *ctx);                                                         /* as vmm_client_cancel */
    int (*fd)(void *ctx);                                                              /* for poll(): readable when next() has something; NULL or -1: ask next() */
};
/* The real one. The client outlives the wizard. */
struct wizard_link vmm_wizard_link_client(struct vmm_client *client);

/* ---- what is shown ---- */
enum wizard_meaning { /* what a piece of text means; how that looks is the front end's affair. The words alone always say it too */
    MEAN_TEXT,        /* a paragraph: may be wrapped */
    MEAN_HEADING,
    MEAN_OK,
    MEAN_BROKEN,
    MEAN_WARNING,
    MEAN_DIM,         /* may be left out when there is no room */
    MEAN_VERBATIM,    /* columns count: bcdedit's listing, a diff */
    MEAN_BEFORE,      /* verbatim, a line that goes */
    MEAN_AFTER,       /* verbatim, a line that comes */
    MEAN_COMMAND      /* a shell command to copy: a wrapped line ends in a backslash */
};
struct wizard_line {
    enum wizard_meaning mean;
    int indent;       /* columns */
    int branch;       /* a node of a tree: 1 hangs from the line above with branch 0, 2 from the one above with 1; a front end may draw the branches */
    bool pinned;      /* the sentence to be read whatever else scrolls: a verdict, a question */
    char *text;       /* UTF-8 without control characters; "" is an empty line */
};
struct wizard_text { /* {0} is an empty one */
    struct wizard_line *line;
    size_t count;
};
void vmm_text_clear(struct wizard_text *t);

#define WIZARD_CELLS 3
struct wizard_item { /* one row of a step's list; strings owned, NULL where there is none */
    char *name;       /* what the row is called, at most 18 columns: "sdc", "SM01"; NULL: its number will do */
    char *text;
    char *cell[WIZARD_CELLS]; /* a few words each that line up below each other: "Minimal", "needed", "risk low"; each says by itself what it is */
    enum wizard_meaning cell_mean[WIZARD_CELLS];
    char *before, *after; /* a change: what is there now, and what comes; both or neither; several lines have newlines between them */
    char *hint;       /* one short sentence (70 columns) for the row that is pointed at */
    char *detail;     /* a sentence or several, one a line, asked for with i */
    char *windows;    /* what one would type on Windows to the same end */
    char *refused;    /* why it cannot be chosen; then enabled is false */
    const char *group; /* heading above the first row of a group, translated; NULL */
    enum wizard_meaning mean; /* of the text; MEAN_VERBATIM: columns count */
    int level;        /* 0 begins a part, 1 belongs to it; of reading rows it can be folded away under it */
    bool opens, opened; /* no choice: marking it opens or shuts the list of what belongs to it, which are the rows of level 1 below */
    bool reading;     /* a line to read, not a choice: it has no number and is not marked */
    bool marked, enabled;
};
void vmm_item_clear(struct wizard_item *i);

enum wizard_prompt_kind { PROMPT_NONE, PROMPT_ONE, PROMPT_MANY, PROMPT_LINE };
struct wizard_prompt {
    enum wizard_prompt_kind kind;
    char question[256];   /* PROMPT_LINE: what to type; else "" or what is asked */
    char enter[160];      /* what Enter alone does now: "goes on", "leaves" */
    const char *typed;    /* PROMPT_LINE: what stands there at first, to be corrected; borrowed until the model changes; or NULL */
    const char *exact;    /* PROMPT_LINE: an answer that counts even if it looks like a key; or NULL */
    bool secret;          /* PROMPT_LINE: what is typed is never shown, and whoever held it wipes it */
};

/* How a prompt ended. BACK is a wish of the person; LOST is that nobody is there any more (end of input, a dead line). */
enum wizard_reply { WIZARD_ACCEPT, WIZARD_BACK, WIZARD_LOST };

struct wizard;
struct wizard_action { /* a key of a step; the table ends with key 0 */
    char key;
    const char *label;    /* N_(): one or two words for the key row */
    const char *help;     /* N_(): a sentence */
    bool takes_item;      /* acts on one row of the list */
    bool (*enabled)(const struct wizard *w); /* NULL: always */
    void (*run)(struct wizard *w, size_t item);
};

enum wizard_step {
    STEP_SYMPTOM, STEP_SNAPSHOT, STEP_ATTACH, STEP_DRIVE, STEP_BOOT, STEP_FIXES, STEP_PREVIEW, STEP_APPLY, STEP_FINISH,
    STEP_COUNT,                       /* the steps of the step line */
    STEP_PENDING = STEP_COUNT,        /* an interrupted session waits: shown under Attach */
    STEP_HEALTHY,                     /* nothing to repair: shown under Drive */
    STEP_FOLLOW,                      /* another vmmedic works on the disk: shown under Apply, followed until it ends */
    STEP_RESUME,                      /* the last walk was cut off before anything was written: shown under Symptom */
    STEP_LESSONS,                     /* learning: the list of scenarios, the ticket of one (under Symptom), the question and the end (under Finish) */
    STEP_TICKET,
    STEP_QUESTION,
    STEP_LEARNED,
    /* asides: each returns to where it was opened, and is shown under that */
    STEP_MESSAGES,                    /* what the client says, and the questions behind it */
    STEP_SEVEN,                       /* the seven steps of the connection article */
    STEP_NSG,                         /* a file with network rules: is Remote Desktop let in? */
    STEP_CLOUD,                       /* what to type in the cloud, and what this machine can ask there itself */
    STEP_ALL
};

struct wizard_progress {
    const char *stage;    /* translated, "" unknown */
    unsigned long long done, total; /* total 0: unknown */
    long left;            /* seconds, an estimate; -1 unknown */
    double elapsed;       /* seconds since the job began */
    bool writes;          /* it writes to the disk */
    const char *stop;     /* what asking it to stop means now, translated ("stop before the next step"); NULL: it cannot be asked, or was asked already */
};
/* The stages of the job that is waited for, in order: those that ended, the one that runs, those that are known to follow. */
enum wizard_stage_state { STAGE_ENDED, STAGE_NOW, STAGE_NEXT };
struct wizard_stage {
    const char *text;     /* translated; borrowed until the next event */
    enum wizard_stage_state state;
    double seconds;       /* how long it took, or has run; STAGE_NEXT: 0 */
};

struct wizard_learning;
struct wizard_options {
    const char *target, *boot, *format; /* of the command line; NULL */
    double (*seconds)(void);            /* the clock; NULL: the machine's */
    bool place;                         /* a person is there: keep the place in the state folder, and offer the one that was lost */
    const struct wizard_learning *learning; /* screens/learn.h; NULL: this is no lesson */
};

/* ---- the model ---- */
/* Starts: with a TARGET the look at the disk begins now, while the person reads. */
struct wizard *vmm_wizard_new(const struct wizard_options *o, struct wizard_link link);
void vmm_wizard_free(struct wizard *w);

/* Events of the worker, one at a time (borrowed), and the news that it is gone. */
void vmm_wizard_hear(struct wizard *w, const json_t *event);
void vmm_wizard_gone(struct wizard *w, const struct vmm_error *err);
/* Call about once a second: a list of live things asks again. */
void vmm_wizard_tick(struct wizard *w);

/* Over: *exit_code is the one of the command contract. */
bool vmm_wizard_over(const struct wizard *w, int *exit_code);
/* The step waits for the worker: show progress, ask nothing. */
bool vmm_wizard_busy(const struct wizard *w, struct wizard_progress *p);
/* The stage at INDEX of the job that is waited for; false beyond the last. */
bool vmm_wizard_stage(const struct wizard *w, size_t index, struct wizard_stage *out);
/* What goes on in the background while the step asks its question ("looking at sdc, 7 s"); false: nothing. A tick may change it. */
bool vmm_wizard_background(const struct wizard *w, struct wizard_progress *p);
/* Asks the running job to stop at its next safe point. */
void vmm_wizard_cancel(struct wizard *w);

enum wizard_step vmm_wizard_step(const struct wizard *w);
enum wizard_step vmm_wizard_line(const struct wizard *w);          /* the step of the step line that is current; of an aside the one it was opened from */
const char *vmm_wizard_step_name(enum wizard_step s);              /* translated, one word */
const char *vmm_wizard_title(const struct wizard *w);              /* translated */
const char *vmm_wizard_why(const struct wizard *w);                /* translated: why this step, and what a wrong choice costs */
char *vmm_wizard_world(const struct wizard *w);                    /* "nothing written yet", "WRITING sdc"; the caller frees */
char *vmm_wizard_subject(const struct wizard *w);                  /* what it is about: "sdc  VM-WEB03", "" when nothing is known; the caller frees */
void vmm_wizard_body(const struct wizard *w, struct wizard_text *t); /* appends: what is said before the list */
void vmm_wizard_more(const struct wizard *w, struct wizard_text *t); /* appends: what helps but is not the question, such as commands to copy; plain text has it before the list */
size_t vmm_wizard_count(const struct wizard *w);
void vmm_wizard_item(const struct wizard *w, size_t index, struct wizard_item *out); /* the caller clears */
/* Another number after everything that may have changed a row: until then rows that were asked for, and the groups they borrow, may be kept. */
unsigned long vmm_wizard_version(const struct wizard *w);
void vmm_wizard_prompt(const struct wizard *w, struct wizard_prompt *out);
const char *vmm_wizard_back_name(const struct wizard *w);          /* "Back", "Undo": what < means here; translated */
/* The step's keys; ends with key 0; NULL-free. */
const struct wizard_action *vmm_wizard_actions(const struct wizard *w);
bool vmm_wizard_action_enabled(const struct wizard *w, const struct wizard_action *a);

/* What is worth keeping on the screen that one comes back to after leaving: what was done to the disk, where the report is, how to undo. Appends; nothing when
 * nothing was written. */
void vmm_wizard_parting(const struct wizard *w, struct wizard_text *t);
/* What was said since the last call: messages and answers of actions, moved into *t. True when there is any. */
bool vmm_wizard_said(struct wizard *w, struct wizard_text *t);

/* Learning, guided: appends what the coach says about this moment, and then what to do: as it is typed in plain text ("Type: 3"), or with the keys of a screen. False:
 * nobody is coached here. */
bool vmm_wizard_coach(const struct wizard *w, struct wizard_text *t, bool typed);
bool vmm_wizard_can_hint(const struct wizard *w);                  /* learning on one's own: h says the next hint */

/* ---- what the person does ---- */
/* Marks or unmarks a row; PROMPT_ONE: marking one unmarks the others. -1 when it cannot be chosen (said). */
int vmm_wizard_mark(struct wizard *w, size_t index, bool on);
/* Answers the prompt with the marks as they are, or with TEXT for PROMPT_LINE. */
void vmm_wizard_reply(struct wizard *w, enum wizard_reply reply, const char *text);
/* Runs the key; false when the step has none such, or not now. */
bool vmm_wizard_action(struct wizard *w, char key, size_t item);
/* Says more: about the step (item < 0) or one row. What is said begins with a heading. */
void vmm_wizard_explain(struct wizard *w, long item);
/* Says the next hint, or why there is none. */
void vmm_wizard_hint(struct wizard *w);
/* The glossary: says the terms that have the word in their name, else those that have it in their text; NULL: all of them. False: there is none. */
bool vmm_wizard_words(struct wizard *w, const char *word);
/* The names of the terms, in one text; the caller frees. */
char *vmm_wizard_terms(void);
/* Says what each key does here. */
void vmm_wizard_help(struct wizard *w);
const char *vmm_wizard_leaving(const struct wizard *w);            /* a sentence: what leaving now means; translated */
void vmm_wizard_quit(struct wizard *w);
#endif
