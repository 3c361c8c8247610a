/* The worker from the inside: what its jobs share. One process, one job at a time, no threads.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_WORKER_H
#define VMM_WORKER_H
#include "base/base.h"
#include "vmmedic/client.h"
#include "vmmedic/fix.h"
#include "vmmedic/unlock.h"
#include "vmmedic/session.h"

struct vmm_worker {
    int fd;
    struct vmm_buf in, out;
    bool alone;        /* the front end is gone */
    bool stop;         /* it asked for the running job to stop */
    bool writing;      /* the running job writes: being alone does not stop it */
    bool quit;
    json_int_t id;     /* of the running request */
    double last_event; /* progress is told at most ten times a second */
    char *last_stage;
    double stage_began;
    json_t *next;      /* the stages that follow; NULL: the job does not say */
    bool hold, hold_told; /* the disk must not be detached at this moment; the front end knows what of it */
    bool no_stop;      /* nothing stops the running job half way */

    /* the disk at hand */
    char *target, *boot, *format;
    struct vmm_unlock *key; /* what opened it, for as long as it will be opened again; wiped with the rest */
    struct vmm_volume *look;
    struct vmm_scan *scan;
    struct vmm_changes plan;
    bool planned;
};

typedef int (*vmm_job_fn)(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err);
struct vmm_job {
    const char *name;
    vmm_job_fn run;
    bool writes;
};
/* NULL when there is no such job. */
const struct vmm_job *vmm_job_by_name(const char *name);

struct vmm_progress vmm_worker_progress(struct vmm_worker *w);
void vmm_worker_note(struct vmm_worker *w, const char *text);
/* The key of the request ("unlock"), else the one that opened the same target before; then nothing is left in w->key. NULL without *err: none. */
struct vmm_unlock *vmm_worker_unlock(struct vmm_worker *w, const json_t *request, struct vmm_error *err);
/* Forgets the disk: closes what is open for looking and everything that was read from it. */
void vmm_worker_forget(struct vmm_worker *w);

/* The Windows and store that a scan's verdicts are about when nobody chose one. */
void vmm_pick_for_scan(struct vmm_scan *scan, int windows, int store, struct vmm_patient *p);
/* Why a disk on which nothing was found needed cannot be called healthy; NULL when it can. The caller frees. */
char *vmm_not_judged(const struct vmm_patient *p);
/* {"state","sentence","needed":[],"checked":[],"not_checked":[]} from the findings array. */
json_t *vmm_verdict_json(const struct vmm_scan *scan, const struct vmm_patient *p, const json_t *fixes);

int vmm_job_scan(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err);
int vmm_job_plan(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err);
int vmm_job_repair(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err);
int vmm_job_bcd(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err);
int vmm_job_bcd_set(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err);
int vmm_job_bcd_delete(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err);
/* core/learn/jobs.c */
int vmm_job_lesson_make(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err);
int vmm_job_lesson_judge(struct vmm_worker *w, const json_t *request, json_t **result, struct vmm_error *err);

/* ---- plan_form.c ---- */
struct vmm_patient;
struct vmm_changes;
/* Adds what the .reg files of the request ask for. 0 or -1. */
int vmm_plan_regs(const json_t *request, const struct vmm_patient *p, struct vmm_changes *c, bool *lowers, struct vmm_error *err);
/* The form of "as", -1 when none was asked for; an unknown one is an error. */
int vmm_plan_form_asked(const json_t *request, int *form, struct vmm_error *err);
/* Sets "as", "as_text" and "left_out" of the result. */
void vmm_plan_told_as(int form, const struct vmm_patient *p, const struct vmm_changes *c, json_t *result);
#endif
