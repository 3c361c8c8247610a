/* The states: what the worker answers, and how one gets there.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/folder.h"
#include "screens/learn.h"
#include "tests/tui/gallery.h"

static double now;
static double seconds(void) { return now; }

/* ---- what the worker answers ---- */
#define LOOKING \
    "{'waits':true,'progress':[{'stage':'Starting the appliance','done':0,'total':0},{'stage':'Looking at the partitions','done':0,'total':0}," \
    "{'stage':'Reading the registry','done':2000,'total':5000,'left':12}]}"
#define WRITING \
    "{'waits':true,'progress':[{'stage':'Making the changes on copies and checking them','done':0,'total':0},{'stage':'Keeping the originals','done':0,'total':0}," \
    "{'stage':'Taking the snapshot','done':120000000,'total':268435456,'left':7,'stop':true,'next':['Opening the disk for writing','Writing \\\\EFI\\\\Microsoft\\\\Boot\\\\BCD'," \
    "'Reading it again from the disk and comparing','Closing the disk']}]}"
#define PUTTING_BACK "{'waits':true,'progress':[{'stage':'Opening the disk for writing','done':0,'total':0}]}"
#define WITH(...) {COMMON, {"probe", PROBE_JSON}, __VA_ARGS__, {0}}

static const struct answer looks[] = WITH({"scan", LOOKING});
static const struct answer cannot_look[] = WITH({"scan", ERROR_JSON("in-use", 3, "/srv/disk.img is in use: qemu-system-x86_64 (process 4711) has it open")});
static const struct answer no_disks[] = {{"disks", "{'disks':[]}"}, {"sessions", "{'sessions':[]}"}, {0}};
static const struct answer lists_disks[] = {{"disks", ""}, {"sessions", "{'sessions':[]}"}, {0}};
static const struct answer folder_named[] = {COMMON, {"probe", "{'kind':'folder','path':'/mnt/win','name':'win','format':'','size':0,'size_text':'','in_use':null}"}, {"scan", SCAN_FOLDER}, {0}};
static const struct answer finishing[] = {{"finish", PUTTING_BACK}, COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PENDING}, {0}};
static const struct answer no_plan[] = WITH({"scan", SCAN_BROKEN}, {"plan", PLAN_EMPTY});
static const struct answer plan_fails[] = WITH({"scan", SCAN_BROKEN}, {"plan", ERROR_JSON("refused", 3, "SM01 and SM02 both want to change safeboot")});
static const struct answer writes[] = WITH({"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", WRITING});
static const struct answer put_back[] = WITH({"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", ERROR_JSON("io", 1, "writing BCD: input/output error")});
static const struct answer half[] = WITH({"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", ERROR_JSON("interrupted", 5, "the disk went away while BCD was written")});
static const struct answer undoes[] = {{"undo", PUTTING_BACK}, COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", APPLY_JSON}, {0}};

static const struct answer takes_password[] = WITH({"scan", SCAN_PASSWORD}, {"plan", PLAN_SECRET("given")}, {"apply", APPLY_JSON});
static const struct answer no_journal[] = {{"session", SESSION_BROKEN}, COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PENDING}, {0}};
static const struct answer put_back_only[] = {{"session", SESSION_SECRET}, COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_PENDING}, {0}};

#define RUNNING "{'sessions':[{'session':'20261121-1','state':'interrupted','target':'/srv/disk.img','name':'disk.img','running':true}]}"
#define OTHER(state, running, progress) \
    "{'session':'20261121-1','state':'" state "','running':" running ",'plan':{'started':'2026-11-21T09:00:00Z','changes':[{'place':'{11111111-2222-3333-4444-555555555555} safeboot'," \
    "'before_text':'Minimal','after_text':'(not set)'}]},'report_path':'/var/lib/vmmedic/20261121-1/report.txt','progress':" progress "}"
#define OTHER_WRITES \
    OTHER("interrupted", "true", "{'job':'apply','stage':'Writing BCD','done':40,'total':100,'left':9,'stop':false,'since':'2026-11-21T09:00:00Z','elapsed':40,'seconds':7," \
          "'ended':[{'text':'Keeping the originals','seconds':2.5}],'next':['Reading it again from the disk and comparing','Closing the disk']}")
static const struct answer follows[] = {{"sessions", RUNNING}, {"probe", PROBE_JSON}, {"disks", DISKS_JSON}, {"session", OTHER_WRITES}, {0}};
static const struct answer followed[] = {{"sessions", RUNNING}, {"probe", PROBE_JSON}, {"disks", DISKS_JSON}, {"session", OTHER_WRITES}, {"session", OTHER("done", "false", "null")}, {0}};

#define JUDGED(verdict, sentence, more) "{'verdict':'" verdict "','sentence':'" sentence "','port':3389,'protocol':'tcp','from':'internet','to':null,'rule':null,'levels':[]," more "}"
static const struct answer denies[] = WITH({"scan", SCAN_BROKEN}, {"nsg", JUDGED("DENY", "DENY: web-nsg stops TCP 3389: its rule DenyAllInBound (65500) decides.",
    "'depends':[],'others':[{'from':'vnet','verdict':'ALLOW','sentence':'ALLOW: a client in the same network gets in by AllowVnetInBound (65000).'}],'warnings':[],'notes':['Only one group is in the file; the other level is not known.']")});
static const struct answer allows[] = WITH({"scan", SCAN_BROKEN}, {"nsg", JUDGED("ALLOW", "ALLOW: web-nsg lets TCP 3389 in by its rule default-allow-rdp (1000).",
    "'depends':[],'others':[],'warnings':['It is open to the whole Internet: passwords are tried within hours. Better: your own address only.'],'notes':[]")});
static const struct answer az_answers[] = WITH({"scan", SCAN_BROKEN}, {"az", "{'command':'az vm get-instance-view -g prod-rg -n web03 --query x','exit':0,'output':'{\\n  agent: [Ready],\\n  vm: [PowerState/running]\\n}\\n','cut':false}"});
static const struct answer az_waits[] = WITH({"scan", SCAN_BROKEN}, {"az", "{'waits':true,'progress':[{'stage':'Waiting for az','done':0,'total':0}]}"});

static const struct answer learns[] = {{"lesson-make", "{'name':'safe-mode-minimal'}"},
                                       {"lesson-judge", "{'solved':true,'points':[{'text':'Nothing on the disk keeps people out any more.','good':true}],'writes':1}"},
                                       {"scan", SCAN_BROKEN}, {"plan", PLAN_JSON}, {"apply", APPLY_JSON}, COMMON, {0}};
static const struct answer learns_wrong[] = {{"lesson-make", "{'name':'nsg-at-fault'}"},
                                             {"lesson-judge", "{'solved':false,'points':[{'text':'The disk was written to. It should have been left alone.','good':false}],'writes':1}"},
                                             {"scan", SCAN_HEALTHY}, COMMON, {0}};
/* The scenarios themselves are the real ones. */
static struct wizard_learning list_of_lessons = {.home = "/nowhere", .room = "/nowhere"}, a_lesson = {.home = "/nowhere", .room = "/nowhere"}, a_question = {.home = "/nowhere", .room = "/nowhere"};
static struct vmm_lessons *lessons;
static void forget_lessons(void) { vmm_lessons_free(lessons); }
static void read_lessons(void) {
    const char *where = "scenarios";
    if (lessons) return;
    lessons = vmm_lessons_read(&where, 1);
    atexit(forget_lessons);
    list_of_lessons.lessons = lessons;
    a_lesson.lesson = vmm_lesson_by_name(lessons, "safe-mode-minimal");
    a_question.lesson = vmm_lesson_by_name(lessons, "nsg-at-fault");
}

static const struct wizard_options learns_list = {.seconds = seconds, .learning = &list_of_lessons}, learns_one = {.seconds = seconds, .learning = &a_lesson},
                                   learns_question = {.seconds = seconds, .learning = &a_question};
static const struct wizard_options target = {.target = "/srv/disk.img", .seconds = seconds}, no_target = {.seconds = seconds};
static const struct wizard_options folder_target = {.target = "/mnt/win", .seconds = seconds}, keeps_place = {.seconds = seconds, .place = true};

/* ---- the way to each ---- */
/* A text of the sources, found in the language of this screen; a format up to what it takes. */
static size_t row_that_says(struct walk *k, const char *text) {
    char *begin = vmm_strndup(gettext(text), strcspn(gettext(text), "%"));
    size_t row = row_with(k, begin);
    free(begin);
    return row;
}
static void to_snapshot(struct walk *k) { enter_until(k, STEP_SNAPSHOT); }
static void to_snapshot_typing(struct walk *k) {
    enter_until(k, STEP_SNAPSHOT);
    choose(k, row_that_says(k, "There is a snapshot in the cloud"));
}
static void to_attach(struct walk *k) { enter_until(k, STEP_ATTACH); }
static void to_attach_path(struct walk *k) {
    to_attach(k);
    key(k, 'p', SIZE_MAX);
}
static void to_attach_boot(struct walk *k) {
    to_attach_path(k);
    enter(k, "/mnt/win");
}
static void to_names(struct walk *k) {
    to_snapshot(k);
    key(k, 'a', SIZE_MAX);
}
static void to_drive(struct walk *k) { enter_until(k, STEP_DRIVE); }
static void to_pending(struct walk *k) { enter_until(k, STEP_PENDING); }
static void to_pending_finishing(struct walk *k) {
    to_pending(k);
    choose(k, row_that_says(k, "Finish it"));
}
static void to_healthy(struct walk *k) { enter_until(k, STEP_HEALTHY); }
static void to_boot(struct walk *k) { enter_until(k, STEP_BOOT); }
static void to_fixes(struct walk *k) { enter_until(k, STEP_FIXES); }
static void to_fixes_options(struct walk *k) {
    to_fixes(k);
    key(k, 'o', 0);
}
static void to_fixes_open(struct walk *k) {
    to_fixes(k);
    open_all(k);
}
static void to_fixes_reg(struct walk *k) {
    to_fixes(k);
    vmm_wizard_mark(k->w, row_that_says(k, "Changes from a .reg file"), true);
}
static void to_account(struct walk *k) {
    to_fixes_open(k);
    choose(k, row_with(k, "P01"));
}
static void to_password(struct walk *k) {
    to_account(k);
    enter(k, "ada");
}
static void to_preview_password(struct walk *k) {
    to_password(k);
    enter(k, GALLERY_PASSWORD);
    enter(k, GALLERY_PASSWORD);
}
static void to_preview(struct walk *k) { enter_until(k, STEP_PREVIEW); }
static void to_preview_save(struct walk *k) {
    to_preview(k);
    key(k, 'f', SIZE_MAX);
}
static void to_messages(struct walk *k) { choose(k, row_that_says(k, "The Remote Desktop client shows a message")); }
static void to_message(struct walk *k) {
    to_messages(k);
    choose(k, row_with(k, "credentials"));
}
static void to_message_question(struct walk *k) {
    to_messages(k);
    choose(k, row_with(k, "connect to the remote computer"));
    choose(k, row_that_says(k, "Do the network rules let it in? vmmedic nsg reads them for you."));
}
static void to_seven(struct walk *k) { key(k, 'l', SIZE_MAX); }
static void to_nsg(struct walk *k) {
    to_seven(k);
    choose(k, row_that_says(k, "Check the network security group"));
    choose(k, row_that_says(k, "Read the network rules from a file"));
}
static void to_nsg_answer(struct walk *k) {
    to_nsg(k);
    enter(k, "/srv/nsg.json");
}
static void to_cloud(struct walk *k) {
    to_seven(k);
    choose(k, row_that_says(k, "Redeploy the VM"));
}
/* Until the walk ends. */
static char *path_was;
static void set_path(const char *path) {
    if (path_was == NULL) path_was = vmm_strdup(getenv("PATH"));
    setenv("PATH", path, 1);
}

/* A machine with az. Nothing runs it here. */
static char *az_room;
static void forget_az(void) {
    vmm_remove_tree(az_room, NULL);
    free(az_room);
}
static void to_cloud_az(struct walk *k) {
    if (az_room == NULL) {
        az_room = harness_room();
        atexit(forget_az);
        char *az = vmm_printf("%s/az", az_room);
        harness_write(az, "#!/bin/sh\n", 10);
        chmod(az, 0755);
        free(az);
    }
    set_path(az_room);
    to_seven(k);
    key(k, 'a', SIZE_MAX);
    enter(k, "prod-rg web03");
    choose(k, row_that_says(k, "Reset the password"));
}
static void to_cloud_confirm(struct walk *k) {
    to_cloud_az(k);
    choose(k, row_that_says(k, "Ask now: %s"));
}
static void to_cloud_asked(struct walk *k) {
    to_cloud_confirm(k);
    choose(k, 0);
}
static void to_preview_nothing(struct walk *k) {
    to_fixes(k);
    for (size_t i = 0; i < vmm_wizard_count(k->w); i++) vmm_wizard_mark(k->w, i, false);
    enter(k, NULL);
}
static void to_apply(struct walk *k) { enter_until(k, STEP_APPLY); }
static void to_applied(struct walk *k) {
    to_apply(k);
    enter(k, "disk.img");
}
static void to_applied_folder(struct walk *k) {
    to_snapshot(k);
    choose(k, row_that_says(k, "This disk is a copy, the original is somewhere else"));
    to_apply(k);
    enter(k, "disk.img");
}
static void to_finish_cloud(struct walk *k) {
    to_applied(k);
    key(k, 'c', SIZE_MAX);
}
static void to_undo(struct walk *k) {
    to_applied(k);
    key(k, 'u', SIZE_MAX);
}
static void to_undoing(struct walk *k) {
    to_undo(k);
    choose(k, row_that_says(k, "Undo it now: put every file back as it was"));
}

static void to_followed(struct walk *k) {
    vmm_wizard_tick(k->w);
    settle(k);
}

static void to_symptom(struct walk *k) { enter_until(k, STEP_SYMPTOM); }
static void to_ticket(struct walk *k) { settle(k); }
static void to_lesson_end(struct walk *k) {
    to_fixes(k);
    vmm_wizard_quit(k->w);
    settle(k);
}
static void to_question(struct walk *k) {
    enter_until(k, STEP_HEALTHY);
    enter(k, NULL);
}
static void to_question_end(struct walk *k) {
    to_question(k);
    enter(k, NULL);
}

static const struct state {
    const char *name;
    const struct answer *answers;
    const struct wizard_options *options;
    void (*walk)(struct walk *k); /* NULL: it begins so */
    enum wizard_step step;
    bool busy;
    const char *typed; /* in plain text, to get there */
} states[] = {
    {"symptom", good, &no_target, NULL, STEP_SYMPTOM, false, ""},
    {"resume", good, &keeps_place, NULL, STEP_RESUME, false, NULL},
    {"messages", good, &target, to_messages, STEP_MESSAGES, false, "5\n"},
    {"message", good, &target, to_message, STEP_MESSAGES, false, "5\n4\n"},
    {"message-question", good, &target, to_message_question, STEP_MESSAGES, false, "5\n5\n2\n"},
    {"seven", good, &target, to_seven, STEP_SEVEN, false, "l\n"},
    {"nsg", denies, &target, to_nsg, STEP_NSG, false, "l\n2\n1\n"},
    {"nsg-denies", denies, &target, to_nsg_answer, STEP_NSG, false, "l\n2\n1\n/srv/nsg.json\n"},
    {"nsg-allows", allows, &target, to_nsg_answer, STEP_NSG, false, "l\n2\n1\n/srv/nsg.json\n"},
    {"cloud", good, &target, to_cloud, STEP_CLOUD, false, "l\n7\n"},
    {"cloud-az", az_answers, &target, to_cloud_az, STEP_CLOUD, false, NULL},
    {"cloud-confirm", az_answers, &target, to_cloud_confirm, STEP_CLOUD, false, NULL},
    {"cloud-waits", az_waits, &target, to_cloud_asked, STEP_CLOUD, true, NULL},
    {"cloud-answer", az_answers, &target, to_cloud_asked, STEP_CLOUD, false, NULL},
    {"symptom-looking", looks, &target, NULL, STEP_SYMPTOM, false, ""},
    {"snapshot", good, &target, to_snapshot, STEP_SNAPSHOT, false, "\n"},
    {"snapshot-typing", good, &target, to_snapshot_typing, STEP_SNAPSHOT, false, "\n2\n"},
    {"snapshot-folder", folder, &folder_target, to_snapshot, STEP_SNAPSHOT, false, "\n"},
    {"names", good, &target, to_names, STEP_SNAPSHOT, false, "\na\n"},
    {"attach", good, &no_target, to_attach, STEP_ATTACH, false, "\n\n"},
    {"attach-listing", lists_disks, &no_target, to_attach, STEP_ATTACH, true, NULL},
    {"attach-empty", no_disks, &no_target, to_attach, STEP_ATTACH, false, "\n\n"},
    {"attach-path", good, &no_target, to_attach_path, STEP_ATTACH, false, "\n\np\n"},
    {"attach-boot", folder_named, &no_target, to_attach_boot, STEP_ATTACH, false, "\n\np\n/mnt/win\n"},
    {"pending", pending, &target, to_pending, STEP_PENDING, false, "\n\n"},
    {"pending-finishing", finishing, &target, to_pending_finishing, STEP_PENDING, true, NULL},
    {"drive-broken", good, &target, to_drive, STEP_DRIVE, false, "\n\n"},
    {"drive-healthy", healthy, &target, to_drive, STEP_DRIVE, false, "\n\n"},
    {"drive-two", two, &target, to_drive, STEP_DRIVE, false, "\n\n"},
    {"drive-looking", looks, &target, to_drive, STEP_DRIVE, true, NULL},
    {"drive-failed", cannot_look, &target, to_drive, STEP_DRIVE, false, "\n\n"},
    {"drive-no-windows", empty, &target, to_drive, STEP_DRIVE, false, "\n\n"},
    {"healthy", healthy, &target, to_healthy, STEP_HEALTHY, false, "\n\n\n"},
    {"boot", good, &target, to_boot, STEP_BOOT, false, "\n\n\n"},
    {"fixes", good, &target, to_fixes, STEP_FIXES, false, "\n\n\n\n"},
    {"fixes-options", good, &target, to_fixes_options, STEP_FIXES, false, "\n\n\n\no 1\n"},
    {"fixes-open", good, &target, to_fixes_open, STEP_FIXES, false, "\n\n\n\ne\n"},
    {"fixes-reg", good, &target, to_fixes_reg, STEP_FIXES, false, "\n\n\n\n5\n"},
    {"password-account", takes_password, &target, to_account, STEP_FIXES, false, "\n\n\n\ne\n1 3\n"},
    {"password", takes_password, &target, to_password, STEP_FIXES, false, "\n\n\n\ne\n1 3\nada\n"},
    {"preview-password", takes_password, &target, to_preview_password, STEP_PREVIEW, false, "\n\n\n\ne\n1 3\nada\n" GALLERY_PASSWORD "\n" GALLERY_PASSWORD "\n"},
    {"pending-no-journal", no_journal, &target, to_pending, STEP_PENDING, false, "\n\n"},
    {"pending-password", put_back_only, &target, to_pending, STEP_PENDING, false, "\n\n"},
    {"preview", good, &target, to_preview, STEP_PREVIEW, false, "\n\n\n\n\n"},
    {"preview-save", good, &target, to_preview_save, STEP_PREVIEW, false, "\n\n\n\n\nf\n"},
    {"preview-empty", no_plan, &target, to_preview, STEP_PREVIEW, false, "\n\n\n\n\n"},
    {"preview-nothing", good, &target, to_preview_nothing, STEP_PREVIEW, false, "\n\n\n\n-\n"},
    {"preview-failed", plan_fails, &target, to_preview, STEP_PREVIEW, false, "\n\n\n\n\n"},
    {"apply", good, &target, to_apply, STEP_APPLY, false, "\n\n\n\n\n\n"},
    {"apply-writing", writes, &target, to_applied, STEP_APPLY, true, NULL},
    {"apply-put-back", put_back, &target, to_applied, STEP_APPLY, false, "\n\n\n\n\n\ndisk.img\n"},
    {"apply-half", half, &target, to_applied, STEP_APPLY, false, "\n\n\n\n\n\ndisk.img\n"},
    {"follow", follows, &target, NULL, STEP_FOLLOW, true, NULL},
    {"followed", followed, &target, to_followed, STEP_FOLLOW, false, NULL},
    {"finish", good, &target, to_applied, STEP_FINISH, false, "\n\n\n\n\n\ndisk.img\n"},
    {"finish-cloud", good, &target, to_finish_cloud, STEP_CLOUD, false, "\n\n\n\n\n\ndisk.img\nc\n"},
    {"finish-folder", folder, &folder_target, to_applied_folder, STEP_FINISH, false, "\n3\n\n\n\n\ndisk.img\n"},
    {"undo", good, &target, to_undo, STEP_FINISH, false, "\n\n\n\n\n\ndisk.img\nu\n"},
    {"undo-running", undoes, &target, to_undoing, STEP_FINISH, true, NULL},
    {"undone", good, &target, to_undoing, STEP_FINISH, false, "\n\n\n\n\n\ndisk.img\nu\n2\n"},
    {"learn-list", learns, &learns_list, NULL, STEP_LESSONS, false, ""},
    {"learn-ticket", learns, &learns_one, to_ticket, STEP_TICKET, false, ""},
    {"learn-symptom", learns, &learns_one, to_symptom, STEP_SYMPTOM, false, "\n"},
    {"learn-fixes", learns, &learns_one, to_fixes, STEP_FIXES, false, "\n\n\n\n\n\n"},
    {"learn-end", learns, &learns_one, to_lesson_end, STEP_LEARNED, false, "\n\n\n\n\n\nq\n"},
    {"learn-question", learns_wrong, &learns_question, to_question, STEP_QUESTION, false, "\n\n\n\n\n\n"},
    {"learn-failed", learns_wrong, &learns_question, to_question_end, STEP_LEARNED, false, "\n\n\n\n\n\n\n"},
};

size_t gallery_count(void) { return VMM_COUNT(states); }
const char *gallery_name(size_t index) { return states[index].name; }
size_t gallery_find(const char *name) {
    for (size_t i = 0; i < VMM_COUNT(states); i++)
        if (strcmp(states[i].name, name) == 0) return i;
    fail_msg("no such state: %s", name);
    return 0;
}

static void forget_said(struct walk *k) {
    struct wizard_text t = {0};
    while (vmm_wizard_said(k->w, &t)) {}
    vmm_text_clear(&t);
    free(k->said);
    k->said = NULL;
}

/* ---- a place that was lost ---- */
static char *kept_in;
static void forget_place(void) {
    vmm_remove_tree(kept_in, NULL);
    free(kept_in);
    kept_in = NULL;
}

/* Another process comes as far as Snapshot and is killed. */
static void lose_place(const struct state *s) {
    if (kept_in == NULL) atexit(forget_place);
    else forget_place();
    kept_in = harness_room();
    setenv("VMMEDIC_STATE", kept_in, 1);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct walk *k = begin_with(s->answers, s->options);
        enter(k, NULL);
        vmm_wizard_tick(k->w);
        kill(getpid(), SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

struct walk *gallery_make(size_t index) {
    const struct state *s = &states[index];
    now = 1000;
    script_says = gallery_say;
    set_path("/nowhere"); /* whether this machine has az makes no difference */
    read_lessons();
    if (s->options->place) lose_place(s);
    struct walk *k = begin_with(s->answers, s->options);
    now += 9; /* what runs already has run for nine seconds */
    if (s->walk) s->walk(k);
    now += vmm_wizard_busy(k->w, NULL) ? 4 : 0;
    if (vmm_wizard_step(k->w) != s->step || vmm_wizard_busy(k->w, NULL) != s->busy || vmm_wizard_over(k->w, NULL))
        fail_msg("%s: step %d, busy %d, over %d; said: %s", s->name, vmm_wizard_step(k->w), vmm_wizard_busy(k->w, NULL), vmm_wizard_over(k->w, NULL), k->said ? k->said : "");
    forget_said(k);
    return k;
}

struct wizard_link gallery_link(size_t index, struct script *script) {
    now = 1000;
    script_says = gallery_say;
    set_path("/nowhere");
    read_lessons();
    return script_link(script, states[index].answers);
}
const struct wizard_options *gallery_options(size_t index) { return states[index].options; }
const char *gallery_typed(size_t index) { return states[index].typed; }

void gallery_settle(void *walk) {
    struct walk *k = walk;
    struct vmm_error err = {0};
    json_t *event = NULL;
    int r;
    while ((r = script_next(&k->s, 0, &event, &err)) == 1) {
        vmm_wizard_hear(k->w, event);
        json_decref(event);
    }
    if (r < 0) vmm_wizard_gone(k->w, &err);
}

void gallery_second(struct walk *k) {
    now += 1;
    vmm_wizard_tick(k->w);
    gallery_settle(k);
}

struct term *gallery_open(struct walk *k, const struct term_options *o) {
    struct term_options options = o ? *o : (struct term_options){0};
    options.settle = gallery_settle;
    options.ctx = k;
    return term_open(&options, k->w);
}

void gallery_end(struct walk *k) {
    if (path_was) setenv("PATH", path_was, 1);
    free(path_was);
    path_was = NULL;
    end(k);
}
