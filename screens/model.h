/* Inside the wizard: the model itself, the table row that a step is, and what the step files share.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_MODEL_H
#define VMM_SCREENS_MODEL_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "screens/boot_rows.h"
#include "screens/wizard.h"
#include "vmmedic/change.h"
#include "vmmedic/cloud.h"

/* ---- jobs: at most one of a kind counts, the newest ---- */
enum job_kind {
    JOB_PROBE, JOB_DISKS, JOB_SCAN, JOB_BCD, JOB_PLAN, JOB_APPLY, JOB_SESSIONS, JOB_SESSION, JOB_UNDO, JOB_FINISH, JOB_FIX, JOB_CLOSE, JOB_FOLLOW, JOB_MAKE, JOB_JUDGE, JOB_NSG, JOB_AZ, JOB_FORM,
    JOB_COUNT,
    JOB_NONE = JOB_COUNT
};
#define WAITS(kind) (1u << (kind))

struct job {
    int id;
    bool running, failed;
    json_t *result;        /* of the last one that ended well */
    struct vmm_error err;  /* failed only */
    int exit;              /* failed only: the exit code that the error means */
    char *stage;
    unsigned long long done, total;
    long left; /* seconds, -1 unknown */
    double began, ended;   /* on the wizard's clock */
    struct job_stage {
        char *text;
        double began, ended; /* ended 0: it runs */
    } *stages;
    size_t stage_count;
    json_t *next;          /* the stages that are known to follow */
    bool stopping;         /* it was asked to stop */
    bool hold;             /* it says that the disk must not be detached at this moment */
    bool no_stop;          /* it says that it cannot be stopped any more */
};

/* Posts {"job":KIND,...}; takes REQUEST. The last result of that kind is forgotten, but for lists that are only refreshed. */
void vmm_post(struct wizard *w, enum job_kind kind, json_t *request);
void vmm_job_forget(struct wizard *w, enum job_kind kind);

/* ---- a step ---- */
/* What a step wants after an answer; where that leads is the table of arrows in machine.c. */
enum move { MOVE_STAY, MOVE_NEXT, MOVE_BACK, MOVE_ASIDE, MOVE_OTHER_DISK, MOVE_LOOK_AGAIN, MOVE_LEAVE };

struct step {
    const char *name, *title, *why;               /* N_() */
    const char *why_waiting;                      /* N_(): instead, while it waits; NULL: the same */
    enum wizard_step line;
    enum job_kind needs;                          /* its failure takes the step's place; JOB_NONE */
    unsigned waits;                               /* WAITS() of the jobs that hold the prompt back */
    void (*enter)(struct wizard *w);
    bool (*passes)(const struct wizard *w);       /* going forward: it answers itself */
    void (*body)(const struct wizard *w, struct wizard_text *t);
    void (*more)(const struct wizard *w, struct wizard_text *t); /* what helps but is not the question */
    size_t (*count)(const struct wizard *w);
    void (*item)(const struct wizard *w, size_t i, struct wizard_item *out);
    void (*prompt)(const struct wizard *w, struct wizard_prompt *out);
    void (*mark)(struct wizard *w, size_t i, bool on);
    enum move (*accept)(struct wizard *w, const char *text); /* text "" unless PROMPT_LINE */
    enum move (*back)(struct wizard *w);          /* NULL: MOVE_BACK */
    const char *back_name;                        /* N_(); NULL: "Back" */
    void (*ended)(struct wizard *w, enum job_kind kind); /* a job ended while this step is shown */
    bool (*busy)(const struct wizard *w, struct wizard_progress *p); /* it waits for something else than a job of its own; p may be NULL */
    bool (*stage)(const struct wizard *w, size_t index, struct wizard_stage *out); /* then: the stages of that */
    const struct wizard_action *actions;          /* NULL: none */
};
extern const struct step vmm_step_symptom, vmm_step_snapshot, vmm_step_attach, vmm_step_drive, vmm_step_boot, vmm_step_fixes, vmm_step_preview, vmm_step_apply,
    vmm_step_finish, vmm_step_pending, vmm_step_healthy, vmm_step_follow, vmm_step_resume, vmm_step_lessons, vmm_step_ticket, vmm_step_question, vmm_step_learned, vmm_step_messages,
    vmm_step_seven, vmm_step_nsg, vmm_step_cloud;
const struct step *vmm_step_now(const struct wizard *w);
void vmm_move(struct wizard *w, enum move m);
void vmm_go(struct wizard *w, enum wizard_step to); /* whatever the arrows say */
/* Opens an aside over the step that is shown; MOVE_BACK in it returns. One that is open already is returned to. */
void vmm_aside(struct wizard *w, enum wizard_step aside);
/* The step below the asides: the one that is shown when there are none. */
enum wizard_step vmm_base(const struct wizard *w);
/* Leaves all asides and goes on from the step below, as with Enter there. */
void vmm_go_on(struct wizard *w);
/* Goes on, as with Enter, until a step of this place in the step line; less far where an answer is missing or something else comes first. */
void vmm_walk_to(struct wizard *w, enum wizard_step line);
/* True when something was written to the disk at hand, even if it was put back. */
bool vmm_wrote(const struct wizard *w);
/* The exit code that the state means. */
int vmm_leave_code(const struct wizard *w);
/* Ends the walk with the exit code that the state means, or with CODE when it is >= 0. */
void vmm_leave(struct wizard *w, int code);
/* True when what the step needs failed: body, prompt and answer are then the machine's. */
bool vmm_step_failed(const struct wizard *w);

/* ---- the model ---- */
enum snapshot_answer { SNAP_UNANSWERED, SNAP_NAMED, SNAP_COPY, SNAP_TAKE, SNAP_NONE };
enum cloud_name { CLOUD_GROUP, CLOUD_VM, CLOUD_RESCUE, CLOUD_DISK, CLOUD_NAMES };

struct wizard {
    struct wizard_link link;
    enum wizard_step step;
    enum wizard_step came[4];                     /* over which the asides are open, the lowest first */
    size_t came_count;
    struct job job[JOB_COUNT];
    double (*seconds)(void);
    unsigned long version;                        /* counts what may have changed a row */
    bool over;
    int exit;
    struct wizard_text said;
    char *cloud[CLOUD_NAMES];                     /* what the person calls things; NULL: the placeholder */
    bool asking_names;                            /* the prompt asks for them, whatever the step */

    size_t symptom;                               /* row of the symptom table */
    const struct vmm_symptom *message;            /* what the client says; NULL: not told */
    enum { MESSAGES_LIST, MESSAGES_CHECKS, MESSAGES_CHECK } messages_at;
    size_t message_row, check_row, answer_row;
    unsigned tried;                               /* bit i: check i of the message was answered "still the same" */

    size_t seven_row;
    const char *cloud_refs, *cloud_title;         /* the steps that the screen of the cloud shows, N_() its heading; borrowed from tables */
    const char *cloud_fixes;                      /* ids on the disk that belong to them; NULL */
    bool has_az;                                  /* when the screen was opened */
    enum { CLOUD_LIST, CLOUD_CONFIRM, CLOUD_RESULT } cloud_at;
    size_t cloud_row, confirm_row, run_row;
    enum vmm_shell shell;
    enum vmm_platform platform;

    enum { NSG_ANSWER, NSG_PATH, NSG_FROM, NSG_PORT } nsg_asks;
    char *nsg_file, *nsg_from;                    /* NULL: none yet; anybody */
    int nsg_port;                                 /* as typed; 0: that of the disk */

    enum snapshot_answer snapshot, snapshot_row;  /* given; pointed at */
    char *snapshot_text;
    bool snapshot_typing;
    bool back_to_preview;                         /* only this answer was missing */

    char *target, *boot, *format;                 /* the chosen disk; NULL: none yet */
    bool named;                                   /* by the command line */
    size_t attach_row;
    enum { ATTACH_LIST, ATTACH_PATH, ATTACH_BOOT } attach_asks;
    char *typed, *attach_typed;                   /* a path being probed; as it was typed last */

    size_t pending_row;
    bool pending_seen;                            /* "look first" was the answer */

    int windows;                                  /* number, 0 none; the scan on hand judges this one */
    int want_windows;                             /* asked of the next scan; 0: it chooses */
    size_t drive_row;
    int store;                                    /* number, 0: the one that boots the chosen Windows */
    bool verbose, every_entry;
    struct boot_rows boot_rows;                   /* the listing as rows; of the newest listing */

    json_t *ticks;                                /* {FIX: true}: kept when going back */
    json_t *options;                              /* {FIX: "name=value,..."} */
    json_t *open;                                 /* {FAMILY: true}: those whose fixes are listed */
    enum { FIXES_LIST, FIXES_OPTIONS, FIXES_REG } fixes_ask;
    char *option_fix;
    char *reg_file, *reg_typed;                   /* the .reg file; as it was typed last, right or wrong; NULL */
    bool reg_on;                                  /* its changes are wanted */
    bool ticked_once;                             /* the needed ones were ticked for this disk */

    char *follow, *follow_disk, *follow_job;      /* the session of another vmmedic, its disk's name, what it does; NULL */
    bool begun, sessions_told;                    /* the first answers about TARGET and the sessions were taken up; said */

    struct {                                      /* unlock.c: whatever the step, the prompt asks for the key */
        bool asks;
        enum job_kind job;
        json_t *request[JOB_COUNT];               /* the last of each kind, without a key */
    } unlock;

    struct password {                             /* password.c */
        enum { PASSWORD_NO, PASSWORD_ACCOUNT, PASSWORD_FIRST, PASSWORD_AGAIN } asks;
        char *typed;                              /* NULL: none; wiped as soon as the plan has it */
        bool twice;                               /* the same both times */
        bool guarded;                             /* no core dump, no look into this process */
        json_t *planned;                          /* the request, without it, of the plan that the worker holds with it; NULL */
    } password;

    struct place {                                /* place.c, resume.c */
        bool on;
        char *file, *kept;                        /* ours, and what it says */
        long long when;
        json_t *left;                             /* the one that is offered; NULL */
        char *left_file;
        size_t row;
    } place;

    enum { FORM_NONE, FORM_KIND, FORM_PATH, FORM_OVER } form_asks; /* Preview: saving the plan as something else */
    enum vmm_plan_form form;
    size_t form_row;
    char *form_path;

    bool asking_undo;
    bool undone;
    bool repaired;                                /* an apply ended well and was not undone */
    bool wrote_before;                            /* an earlier disk of this run, or this one before it was looked at again, was written to */
    struct learn *learn;                          /* screens/learn.h; NULL: this is no lesson */
    int trouble;                                  /* exit code of the last failed look or apply; 0 */
};

/* ---- text ---- */
void vmm_text_add(struct wizard_text *t, enum wizard_meaning mean, int indent, const char *format, ...) __attribute__((format(printf, 4, 5)));
void vmm_text_block(struct wizard_text *t, enum wizard_meaning mean, int indent, const char *lines); /* cut at newlines */
void vmm_text_pin(struct wizard_text *t);         /* the last line is to be seen whatever else scrolls */
void vmm_text_branch(struct wizard_text *t, enum wizard_meaning mean, int branch, const char *format, ...) __attribute__((format(printf, 4, 5)));
void vmm_text_error(struct wizard_text *t, const struct vmm_error *e);
/* While the disk must not be detached: that, and why. */
void vmm_text_hold(struct wizard_text *t, const struct wizard *w);
/* Texts of rows, for the caller to free: at most WIDTH columns (cut at a word, then "..."); with a capital letter and a full stop. */
#define WIZARD_HINT 70
#define WIZARD_NAME 18
char *vmm_fitting(const char *text, size_t width);
const char *vmm_risk_text(const char *word); /* the core's "low", for people */
char *vmm_sentence(const char *text);
char *vmm_day_and_time(const char *stamp); /* "2026-11-12T08:15:00Z" as "2026-11-12 08:15 UTC" */
void vmm_call(struct wizard_item *i, const char *name, const char *text); /* name and text of a row; a name too long for its column stands before the text */
void vmm_say(struct wizard *w, enum wizard_meaning mean, const char *format, ...) __attribute__((format(printf, 3, 4)));
void vmm_ask(struct wizard_prompt *p, enum wizard_prompt_kind kind, const char *question, const char *enter);
void vmm_set(char **where, const char *text);     /* frees the old one, keeps a copy */

/* ---- reading what the worker sent ---- */
const json_t *vmm_scan_of(const struct wizard *w);                     /* NULL before there is one */
const json_t *vmm_windows_of(const struct wizard *w);                  /* the chosen Windows, or NULL */
const json_t *vmm_store_of(const struct wizard *w);                    /* the boot store looked at, or NULL */
const char *vmm_disk_name(const struct wizard *w);                     /* what is typed to confirm; "" unknown */
bool vmm_disk_is_folder(const struct wizard *w);
bool vmm_pending(const struct wizard *w);                              /* an interrupted session of this disk waits */
const char *vmm_pending_words(const struct wizard *w);                 /* what state the disk is in because of it, one sentence; "" none */
const char *vmm_pending_session(const struct wizard *w);               /* its name, "" none */
bool vmm_healthy(const struct wizard *w);                              /* nothing keeps people out, and nothing waits to be finished */
bool vmm_plan_has_changes(const struct wizard *w);
bool vmm_anything_needed(const struct wizard *w);
static inline const char *vmm_s(const json_t *o, const char *key) { return vmm_json_str(o, key); }
static inline int vmm_int(const json_t *o, const char *key) { return (int)json_integer_value(json_object_get(o, key)); }
char *vmm_change_where(const json_t *change);                          /* its place in words people know; the caller frees */
const char *vmm_change_value(const json_t *change, bool after);        /* what is there, or comes, as people read it */
void vmm_scan_again(struct wizard *w);
void vmm_forget_disk(struct wizard *w);

/* ---- another vmmedic that writes (follow.c) ---- */
const json_t *vmm_writer_at(const struct wizard *w, size_t index);       /* sessions that run elsewhere, as the list says; NULL beyond the last */
const json_t *vmm_writer_of(const struct wizard *w, const char *path);   /* the one that writes to this disk, or NULL */
const char *vmm_disk_path(const struct wizard *w);                       /* the whole path of the chosen disk, as far as it is known; "" */
bool vmm_somebody_writes(const struct wizard *w);                        /* to the chosen disk */
void vmm_drop_look(struct wizard *w);                                    /* lets go of the disk that was looked at */
void vmm_follow_tick(struct wizard *w);
bool vmm_following(const struct wizard *w);
char *vmm_follow_world(const struct wizard *w);                          /* NULL: nobody is followed; the caller frees */
int vmm_follow_code(const struct wizard *w);                             /* the exit code; -1: nobody is followed */

void vmm_apply_failure(const struct wizard *w, struct wizard_text *t);    /* apply.c: the error, and what became of the disk */

/* ---- the key of an encrypted disk (unlock.c) ---- */
bool vmm_unlock_locked(const struct wizard *w);                        /* the disk that was looked at has a volume that is locked */
void vmm_unlock_note(struct wizard *w, enum job_kind kind, const json_t *request); /* what would be asked again, with the key */
void vmm_unlock_begin(struct wizard *w, enum job_kind kind);           /* asks, for this job */
void vmm_unlock_failed(struct wizard *w, enum job_kind kind);          /* asks, when that is what the job lacked */
void vmm_unlock_prompt(struct wizard_prompt *p);
void vmm_unlock_accept(struct wizard *w, const char *text);
void vmm_unlock_end(struct wizard *w);

/* ---- a password for a fix that takes one (password.c) ---- */
bool vmm_password_begin(struct wizard *w);                             /* going on from Fixes: true when something is asked or said first */
bool vmm_password_lacks(const struct wizard *w);                       /* a chosen fix takes one, and nobody has it */
bool vmm_password_held(const struct wizard *w, const json_t *request); /* the worker has the plan of this request, with the password */
void vmm_password_add(struct wizard *w, json_t *request);              /* gives it to the plan, and wipes it */
void vmm_password_forget(struct wizard *w);
void vmm_password_end(struct wizard *w);
/* While w->password.asks. */
void vmm_password_body(const struct wizard *w, struct wizard_text *t);
void vmm_password_prompt(const struct wizard *w, struct wizard_prompt *p);
enum move vmm_password_accept(struct wizard *w, const char *text);
enum move vmm_password_back(struct wizard *w);
json_t *vmm_plan_request(const struct wizard *w);                      /* preview.c: the plan of what is chosen, without a password; new reference */

/* ---- the cloud's commands (azure.c) ---- */
enum cloud_part { CLOUD_TAKE_SNAPSHOT, CLOUD_ATTACH, CLOUD_SWAP, CLOUD_ELSEWHERE };
/* The names as core takes them; *disk is where the one disk stands. */
struct vmm_cloud_names vmm_cloud_names_of(const struct wizard *w, const char **disk);
json_t *vmm_cloud_names_json(const struct wizard *w);                  /* {"platform","group",...} for the report */
int vmm_port_of(const struct wizard *w);                               /* of Remote Desktop on the disk that was looked at; 0 unknown */
/* Opens the screen of the cloud with these steps. TITLE N_(); FIXES: ids on the disk that belong to it, or NULL. All borrowed for good. */
void vmm_cloud_open(struct wizard *w, const char *title, const char *steps, const char *fixes);
/* What the scan says of these fixes, in one sentence; NULL when no disk was looked at, or it knows none. The caller frees. *mean: how good that is. */
char *vmm_cloud_known(const struct wizard *w, const char *fixes, enum wizard_meaning *mean);
void vmm_cloud_next_shell(struct wizard *w, size_t item);              /* the action "shell" */
void vmm_cloud_next_platform(struct wizard *w, size_t item);           /* the action "not Azure" */
void vmm_open_seven(struct wizard *w, size_t item);                    /* the action "seven steps" */
bool vmm_on_azure(const struct wizard *w);
#define CLOUD_KEYS(when) \
    {'a', N_("names"), N_("Fill in the names of your resource group, VM, recovery VM and disk; the az commands then show them."), false, when, vmm_cloud_ask}, \
    {'x', N_("shell"), N_("The other shell: commands of az, or of Az PowerShell."), false, when, vmm_cloud_next_shell}, \
    {'t', N_("platform"), N_("Where the VM runs: Azure, KVM, Hyper-V, VMware. Each time the next one."), false, when, vmm_cloud_next_platform}
void vmm_cloud_text(const struct wizard *w, enum cloud_part part, struct wizard_text *t);
void vmm_cloud_ask(struct wizard *w, size_t item);                     /* the action "names" */
void vmm_cloud_prompt(struct wizard_prompt *p);
bool vmm_cloud_harmless(const char *name);                             /* fit to stand in a command */
bool vmm_cloud_names(struct wizard *w, const char *text);              /* false: refused, said why */
#endif
