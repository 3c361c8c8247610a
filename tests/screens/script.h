/* A worker that follows a script: prepared answers, one list for all jobs, and a record of what it was asked. For tests only.
 * An answer is the result object in JSON with ' for ". One with a member "error" is an error event. NULL: the worker dies when asked that.
 * "" or a member 'waits':true: no answer comes, the job runs for ever. A member 'progress' is an array of what it tells meanwhile, instead of three lines "reading".
 * Each request takes the first unused answer of its job; the last one of a job is used again and again.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TESTS_SCRIPT_H
#define VMM_TESTS_SCRIPT_H
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "screens/wizard.h"

struct answer {
    const char *job, *json;
};
struct script {
    const struct answer *answers; /* ends with job NULL */
    bool used[64];
    json_t *asked;  /* every request */
    json_t *events; /* waiting to be heard */
    bool dead;
    int id, cancels;
    int interrupts; /* so many times control-C is pressed while an event is waited for */
};

/* What becomes of an answer before it is given; NULL: nothing. */
static void (*script_says)(json_t *answer) __attribute__((unused));

static json_t *script_json(const char *text) {
    char *copy = vmm_strdup(text);
    json_error_t error;
    for (char *c = copy; *c; c++)
        if (*c == '\'') *c = '"';
    json_t *j = json_loads(copy, 0, &error);
    if (j == NULL) {
        fprintf(stderr, "script: %s in %s\n", error.text, copy);
        abort();
    }
    free(copy);
    return j;
}

static const struct answer *script_pick(struct script *s, const char *job) {
    const struct answer *last = NULL;
    for (size_t i = 0; s->answers[i].job; i++) {
        if (strcmp(s->answers[i].job, job) != 0) continue;
        last = &s->answers[i];
        if (s->used[i]) continue;
        s->used[i] = true;
        break;
    }
    return last;
}

/* What a job tells before it ends. */
static void script_progress(struct script *s, int id, const json_t *told) {
    static const char usual[] = "[{'stage':'reading','done':1,'total':3},{'stage':'reading','done':2,'total':3},{'stage':'reading','done':3,'total':3}]";
    json_t *list = told ? json_deep_copy(told) : script_json(usual);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *event = json_pack("{s:i,s:s}", "id", id, "event", "progress");
        json_object_update(event, json_array_get(list, i));
        json_array_append_new(s->events, event);
    }
    json_decref(list);
}

static int script_send(void *ctx, json_t *request, struct vmm_error *err) {
    struct script *s = ctx;
    const char *job = vmm_json_str(request, "job");
    if (s->dead) {
        json_decref(request);
        vmm_fail(err, VMM_E_SYSTEM, NULL, "the worker is gone");
        return -1;
    }
    int id = ++s->id;
    const struct answer *a = script_pick(s, job);
    if (a && a->json == NULL) s->dead = true;
    else {
        json_t *body = a ? script_json(a->json[0] ? a->json : "{'waits':true}") : json_object(), *failed = json_object_get(body, "error");
        if (script_says) script_says(body);
        script_progress(s, id, json_object_get(body, "progress"));
        if (json_is_true(json_object_get(body, "waits"))) {}
        else if (failed) json_array_append_new(s->events, json_pack("{s:i,s:s,s:O}", "id", id, "event", "error", "error", failed));
        else json_array_append_new(s->events, json_pack("{s:i,s:s,s:O}", "id", id, "event", "result", "result", body));
        json_decref(body);
    }
    json_object_set_new(request, "id", json_integer(id));
    json_array_append_new(s->asked, request);
    return id;
}

static int script_next(void *ctx, int timeout_ms, json_t **event, struct vmm_error *err) {
    struct script *s = ctx;
    if (timeout_ms > 0 && s->interrupts > 0) {
        s->interrupts--;
        raise(SIGINT);
        return 0;
    }
    if (json_array_size(s->events) > 0) {
        *event = json_incref(json_array_get(s->events, 0));
        json_array_remove(s->events, 0);
        return 1;
    }
    if (s->dead) return vmm_fail(err, VMM_E_SYSTEM, NULL, "the worker is gone");
    return 0;
}

static void script_cancel(void *ctx) { ((struct script *)ctx)->cancels++; }

static struct wizard_link script_link(struct script *s, const struct answer *answers) {
    *s = (struct script){.answers = answers, .asked = json_array(), .events = json_array()};
    return (struct wizard_link){s, script_send, script_next, script_cancel, NULL};
}

static void script_free(struct script *s) {
    json_decref(s->asked);
    json_decref(s->events);
}

/* How often a job was asked for, and the last request of it. */
static inline size_t script_count(const struct script *s, const char *job) {
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(s->asked); i++) n += strcmp(vmm_json_str(json_array_get(s->asked, i), "job"), job) == 0;
    return n;
}
static inline const json_t *script_last(const struct script *s, const char *job) {
    const json_t *last = NULL;
    for (size_t i = 0; i < json_array_size(s->asked); i++)
        if (strcmp(vmm_json_str(json_array_get(s->asked, i), "job"), job) == 0) last = json_array_get(s->asked, i);
    return last;
}

/* ---- prepared answers ---- */
#define DISKS_JSON \
    "{'disks':[{'path':'/dev/sda','name':'sda','kind':'block','size':32212254720,'size_text':'30.0 GiB','model':'Virtual Disk','refused':'this machine runs from it'}," \
    "{'path':'/dev/sdc','name':'sdc','kind':'block','size':136365211648,'size_text':'127.0 GiB','model':'Virtual Disk','refused':null}," \
    "{'path':'/dev/sdd','name':'sdd','kind':'block','size':8589934592,'size_text':'8.0 GiB','model':'','refused':'it is mounted on /mnt'}]}"
#define PROBE_JSON "{'kind':'image','path':'/srv/disk.img','name':'disk.img','format':'raw','size':268435456,'size_text':'256.0 MiB','in_use':null}"
#define DISK_JSON(kind) \
    "'disk':{'path':'/srv/disk.img','name':'disk.img','kind':'" kind "','format':'raw','size':268435456,'size_text':'256.0 MiB','scheme':'gpt','id':'gpt:{x}','engine':'guestfs'," \
    "'partitions':[{'number':1,'role':'esp','fs':'vfat','label':'SYSTEM','size':104857600,'size_text':'100.0 MiB','offset':1048576,'active':false,'health':'ok','health_text':null,'letter':''}," \
    "{'number':2,'role':'basic','fs':'ntfs','label':'Windows \\u001b[31m','size':1,'size_text':'150.0 MiB','offset':1,'active':false,'health':'ok','health_text':null,'letter':'C:'}]}"
#define WINDOWS1 \
    "{'number':1,'partition':2,'root':'\\\\Windows','product':'Windows Server 2019 Datacenter','edition':'ServerDatacenter','build':17763,'ubr':6293,'computer':'VM-WEB03','letter':'C:'," \
    "'role':'standalone','domain':'','last_shutdown':'2026-11-12T08:15:00Z','boot_set':1,'sets':[1],'efi':true,'store':1}"
#define STORES \
    "'stores':[{'number':1,'partition':1,'path':'\\\\EFI\\\\Microsoft\\\\Boot\\\\BCD','role':'boots','why':'the firmware reads it: EFI system partition','efi':true," \
    "'loaders':[{'id':'{11111111-2222-3333-4444-555555555555}','description':'Windows Server','default':true,'windows':1,'recovery':false,'safeboot':'Minimal','why':'Its osdevice is partition 2.'}]}]"
#define FIXES(verdict) \
    "'fixes':[{'id':'CD01','title':'Write a memory dump when Windows crashes','family':'Boot mode','verdict':'optional','blocked_by':null,'evidence':['NMICrashDump is not set.'],'summary':'off','risk':'low'," \
    "'lowers_security':false},{'id':'SM01','title':'Remove safe boot','family':'Boot mode','verdict':'" verdict \
    "','blocked_by':null,'evidence':['The loader carries safeboot Minimal.'],'summary':'Minimal','risk':'low'," \
    "'lowers_security':false},{'id':'R03','title':'Let older clients in without NLA','family':'RDP','verdict':'" verdict \
    "','blocked_by':null,'evidence':[],'summary':'NLA','risk':'high','lowers_security':true},{'id':'BT01','title':'Point the entry at its partition','family':'Boot'," \
    "'verdict':'" verdict "','blocked_by':'Windows is hibernated','evidence':[],'summary':'','risk':'low','lowers_security':false}," \
    "{'id':'SC01','title':'Serial console','family':'Boot mode','verdict':'not-needed','blocked_by':null,'evidence':[],'summary':'on','risk':'low','lowers_security':false}]"
#define VERDICT_BROKEN \
    "'verdict':{'state':'broken','sentence':'Stuck in Safe Mode (Minimal). One change repairs it.','needed':['SM01'],'checked':['Safe Mode'],'not_checked':[]}"
#define SCAN_BROKEN "{" DISK_JSON("image") ",'windows':[" WINDOWS1 "]," STORES "," FIXES("needed") ",'notes':['Read in 2 s'],'pending':null," VERDICT_BROKEN "}"
#define SCAN_FOLDER "{" DISK_JSON("folder") ",'windows':[" WINDOWS1 "]," STORES "," FIXES("needed") ",'notes':[],'pending':null," VERDICT_BROKEN "}"
#define SCAN_PENDING \
    "{" DISK_JSON("image") ",'windows':[" WINDOWS1 "]," STORES "," FIXES("needed") \
    ",'notes':[],'pending':'20261120-1'," VERDICT_BROKEN "}"
#define SCAN_HEALTHY \
    "{" DISK_JSON("image") ",'windows':[" WINDOWS1 "]," STORES "," FIXES("not-needed") \
    ",'notes':[],'pending':null,'verdict':{'state':'healthy','sentence':'Nothing on this disk keeps anybody out.','needed':[],'checked':['Safe Mode: not set'],'not_checked':['Passwords']}}"
#define SCAN_HALF \
    "{" DISK_JSON("image") ",'windows':[" WINDOWS1 "]," STORES "," FIXES("not-needed") \
    ",'notes':[],'pending':'20261120-1','verdict':{'state':'healthy','sentence':'Nothing keeps anybody out.','needed':[],'checked':[],'not_checked':[]}}"
#define SCAN_TWO(chosen) \
    "{'chosen_windows':" #chosen "," DISK_JSON("image") ",'windows':[" WINDOWS1 ",{'number':2,'partition':3,'root':'\\\\Windows','product':'Windows Server 2012 R2','build':9600,'ubr':1,'computer':'OLD','letter':'D:'," \
    "'last_shutdown':'','store':1}]," STORES "," FIXES("needed") ",'notes':[],'pending':null," VERDICT_BROKEN "}"
#define SCAN_NO_WINDOWS \
    "{" DISK_JSON("image") ",'windows':[],'stores':[],'fixes':[],'notes':[],'pending':null,'verdict':{'state':'no-windows','sentence':'No Windows was found on this disk.','needed':[],'checked':[]," \
    "'not_checked':[]}}"
#define BCD_JSON \
    "{'text':'\\nWindows Boot Manager\\n--------------------\\nidentifier              {bootmgr}\\ndefault                 {default}\\n\\nWindows Boot Loader\\n-------------------\\n" \
    "identifier              {default}\\ndevice                  partition=C:\\nsafeboot                Minimal\\n'," \
    "'objects':[{'id':'{9dea862c-5cdd-4e70-acc1-f32b344d4795}','alias':'{bootmgr}','type':'10100002','heading':'Windows Boot Manager','description':'Windows Boot Manager','help':'The boot menu.'," \
    "'elements':[{'id':'23000003','name':'default','format':'object','value':'{default}','raw':'7b00','bad':false,'help':'The entry that starts.','more':null,'words':null}]}," \
    "{'id':'{11111111-2222-3333-4444-555555555555}','alias':'{default}','type':'10200003','heading':'Windows Boot Loader','description':'Windows Server','help':'An entry that starts a Windows.'," \
    "'elements':[{'id':'11000001','name':'device','format':'device','value':'partition=C:','raw':'00','bad':false,'help':'The partition.','more':'No letter.','words':null}," \
    "{'id':'25000080','name':'safeboot','format':'integer','value':'Minimal','raw':'0000000000000000','bad':false,'help':'Safe Mode.','more':'Remove it.','words':'Minimal, Network, DsRepair'}]}]," \
    "'store':{}}"
#define CHANGED_OBJECT "{'id':'{11111111-2222-3333-4444-555555555555}','alias':'{default}','heading':'Windows Boot Loader','description':'Windows Server'}"
#define PLAN_JSON \
    "{'changes':[{'fix':'SM01','store':'BCD','place':'{11111111-2222-3333-4444-555555555555} safeboot','object':" CHANGED_OBJECT ",'element':'safeboot','before':{'type':'REG_BINARY','text':'Minimal','raw':'00'},'after':null,'before_text':'Minimal'," \
    "'after_text':'(not set)','risk':'low','why':'Without it Windows starts normally.','windows':'bcdedit /store S:\\\\EFI\\\\Microsoft\\\\Boot\\\\BCD /deletevalue {11111111-2222-3333-4444-555555555555} safeboot'}]," \
    "'text':'\\\\EFI\\\\Microsoft\\\\Boot\\\\BCD on partition 1\\n  {11111111-2222-3333-4444-555555555555}\\n  - safeboot Minimal\\n  + (not set)\\n','fixes':['SM01'],'lowers_security':false}"
#define PLAN_EMPTY "{'changes':[],'text':'','fixes':['SM01'],'lowers_security':false}"
#define APPLY_JSON \
    "{'session':'20261120-2','folder':'/var/lib/vmmedic/20261120-2','changes':[{'place':'{11111111-2222-3333-4444-555555555555} safeboot','object':" CHANGED_OBJECT ",'element':'safeboot','before_text':'Minimal','after_text':'(not set)'}]," \
    "'files':[],'snapshot':{'kind':'take','where':'/srv/disk.img.before'},'report':'Report\\nDisk disk.img\\n','steps':['originals kept','written','verified']}"
/* P01 and P02 beside what is needed; a plan that holds a password, and one that lacks it; a repair with one that was cut off. */
#define FIX_PASSWORD(id, title) \
    "{'id':'" id "','title':'" title "','family':'Password','verdict':'optional','blocked_by':null,'evidence':['Whether somebody still knows a password, no disk can tell.'],'summary':'if you need it'," \
    "'risk':'medium','lowers_security':false,'takes_secret':true}"
#define SCAN_PASSWORD \
    "{" DISK_JSON("image") ",'windows':[" WINDOWS1 "]," STORES ",'fixes':[{'id':'SM01','title':'Remove safe boot','family':'Boot mode','verdict':'needed','blocked_by':null," \
    "'evidence':['The loader carries safeboot Minimal.'],'summary':'Minimal','risk':'low','lowers_security':false}," FIX_PASSWORD("P01", "Set the password of an administrator") "," FIX_PASSWORD("P02", "Set it without group policy") \
    "],'notes':[],'pending':null," VERDICT_BROKEN "}"
#define PLAN_SECRET(state) \
    "{'changes':[{'fix':'P01','store':'Startup\\\\vmmedic-P01.cmd on partition 2','place':'(the whole file)','object':null,'element':null,'before':null," \
    "'after':{'type':'file','text':'@echo off\\nnet user ada ********','raw':null},'before_text':'(no such file)','after_text':'@echo off\\nnet user ada ********'," \
    "'risk':'medium','why':'Windows runs it at its next start.','secret':true,'windows':'notepad F:\\\\Startup\\\\vmmedic-P01.cmd'}],'text':'','fixes':['P01'],'lowers_security':false,'secret':'" state "'}"
#define SESSION_SECRET "{'session':'20261120-1','state':'interrupted','running':false,'plan':{'started':'2026-11-20T10:00:00Z','secret':true},'text':'  - net user ada ********\\n  + (no such file)\\n'}"

#define SESSION_BROKEN "{'session':'20261120-1','state':'broken','running':false,'plan':{'started':'2026-11-20T10:00:00Z'},'text':'\\\\Boot\\\\BCD  ems\\n  - Yes\\n  + (not set)\\n'}"

#define ERROR_JSON(code, exit, message) "{'error':{'code':'" code "','message':'" message "','hint':'Do something about it.','exit':" #exit "}}"

#define COMMON \
    {"sessions", "{'sessions':[]}"}, {"disks", DISKS_JSON}, {"bcd", BCD_JSON}, {"session", "{'session':'s','state':'done','plan':{'started':'2026-11-20T10:00:00Z'},'text':'  - (not set)\\n  + safeboot Minimal\\n'}"}, \
    {"undo", "{'session':'s','state':'undone','files':[]}"}, {"finish", "{'session':'s','state':'done','files':[]}"}, \
    {"fixes", "{'fixes':[{'id':'SM01','title':'Remove safe boot','symptom':'Safe Mode in the corners','what':'Deletes one element','params':[{'name':'loader','values':'all','default':'boot','help':'which'}]}]}"}
#define GOOD_TWO {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_TWO(1)}, {"scan", SCAN_TWO(2)}, {"plan", PLAN_JSON}, {"apply", APPLY_JSON}, {0}}
#define GOOD(scan) {COMMON, {"probe", PROBE_JSON}, {"scan", scan}, {"plan", PLAN_JSON}, {"apply", APPLY_JSON}, {0}}
#endif
