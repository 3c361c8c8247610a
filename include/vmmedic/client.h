/* The front end's side of the worker: start it, ask, and hear.
 *
 * The worker is the same binary in a process session of its own. It owns the disk, its lock and the journal. One JSON object a line, both ways, over a socket.
 * A front end that dies does not stop it: it finishes what it writes, then ends. The objects are those of --json.
 *
 * Requests: {"id":N,"job":JOB,...}. Each is answered by any number of events and then exactly one result or error:
 *   {"id":N,"event":"progress","stage":TEXT,"done":D,"total":T,"left":S,"next":[TEXT...],"stop":BOOL,"hold":true}     total 0: unknown; left: seconds, or null;
 *       jobs that write (apply, undo, finish): next: the stages that are still to come, by the names that will be told; stop false: nothing stops it half way any more;
 *       hold: at this moment the disk must not be detached, else only this machine could put it right (left out when false)
 *   {"id":N,"event":"note","text":TEXT}                              something worth saying
 *   {"id":N,"event":"result","result":{...}}
 *   {"id":N,"event":"error","error":{"code","message","hint","exit"}}
 *
 * Jobs (every key but those marked * may be left out):
 *   disks                                    -> {"disks":[{"path","name","kind","size","size_text","model","refused":null|TEXT}]}
 *   probe    target*, format                 -> {"kind","path","name","format","size","size_text","in_use":null|TEXT}      no appliance
 *   scan     target*, boot, format, unlock   -> the scan object, see below; the disk stays open for looking until `close` or apply
 *            unlock: the key of an encrypted disk, {"secret":HEX} (vmm_unlock_json). The worker holds it until the disk was opened for the last time; a new look at the
 *            same target asks for none. VMM_E_ENCRYPTED when it opens nothing
 *   repair   target*, format, unlock, partition*, accept*, snapshot*:{"kind":"named"|"take","text":...}
 *                                            -> {"partition","accepted","target","snapshot":{"kind","text","where"}}; accept: the word of the partition's "repair"
 *   plan     fixes[], all_needed, windows, store, secret, reg[], as    (of the scanned disk; secret: the password for fixes that take one, only ever in this request)
 *                                            -> {"changes":[CHANGE],"text":DIFF,"fixes":[ID],"lowers_security":bool,"secret":null|"given"|"missing",
 *                                                "recovery_key":null|TEXT: BitLocker will ask for it after this, what to have ready,
 *                                                "replays":[{"store","text"}]: what logs held for these stores, written along with the changes}
 *            reg: paths of .reg files (see vmm_changes_from_reg); their changes are owned by the file's own name. as: "reg"|"script"|"serial": the result also has
 *            "as","as_text":TEXT (lines end with \n; vmm_plan_file makes a file of it),"left_out":[TEXT] one for each change that this form cannot hold
 *            CHANGE: {"fix","store","place","object":null|{"id","alias","heading","description"},"element":null|NAME,"before","after","before_text","after_text",
 *                     "risk","why","windows"}; object and element: where it is in a boot store
 *   bcd      select, verbose, both, store    -> {"text":TEXT,"objects":[...],"store":{...,"replay":REPLAY}}        both: false leaves out the GUIDs beside aliases
 *   bcd-set / bcd-delete   object*, element*, value, store  -> as plan
 *   apply    snapshot*:{"kind":"named"|"take"|"none","text":...}, cloud:{"platform","group","vm","rescue","disk"} for the report      applies the last plan or bcd-set/bcd-delete of this worker
 *                                            -> {"session","folder","changes":[],"files":[],"snapshot":{},"report":TEXT,"steps":[]}
 *   sessions                                 -> {"sessions":[...]}
 *   session  name                            -> {"session","state","plan":{...},"text":DIFF of what undo would do,"running":BOOL,"progress":null|PROGRESS,"journal":[LINE...],
 *                                                "folder","report_path":null|PATH}
 *            PROGRESS, of the process that works on it: {"job":"apply"|"undo"|"finish","stage","done","total","left","stop","hold","since":TIME,"elapsed":S,
 *                                                "seconds":S of this stage,"ended":[{"text","seconds"}],"next":[TEXT...]}
 *   undo / finish   name, target, unlock     -> see vmm_session_undo
 *   forget   name*                           -> {"session"}
 *   fixes    fix                             -> {"fixes":[{"id","title","family",...}]} or one entry
 *   practice file*, scenario*, gen           -> {"file","scenario","gen","size"}
 *   scenarios                                -> {"scenarios":[{"name","title"}]}
 *   nsg      file*, name, port, from, to     -> what vmm_nsg_judge (cloud.h) gives; name: what errors call the file
 *   lesson-make  file*, room*, folder        -> {"name"}: the disk of a scenario (learn.h) below the folder room
 *   lesson-judge file*, room*, answer, looked, home, mode, seconds, cost
 *                                            -> {"solved":BOOL,"points":[{"text","good"}],"writes":N}; a solved one is remembered below home
 *   az       line*, group, vm, rescue, disk  -> what vmm_cloud_run (cloud.h) gives; line: the number of a line that `runs`
 *   close                                    -> {}
 *   quit                                     -> {} and the worker ends
 * Scan object: {"disk":{"path","name","kind","format","size","size_text","scheme","id","engine","partitions":[{"number","role","fs","label","size","size_text","offset","active",
 *     "health","health_text","bitlocker":null|"locked"|"unlocked","repair":null|{"accept":WORD,"what","loss"},"letter"}]},
 *   "windows":[{"number","partition","root","product","edition","build","ubr","computer","letter","role","domain","last_shutdown","boot_set","sets":[],"efi","store",
 *       "hives":[{"name","blocked":null|TEXT,"error":null|TEXT,"replay":REPLAY}]}],
 *   "stores":[{"number","partition","path","role","why","efi","loaders":[{"id","description","default","windows","recovery","safeboot":null|TEXT,"why"}],"replay":REPLAY}],
 *   REPLAY: what its logs did for it, see vmm_store_replay_json
 *   "fixes":[{"id","title","family","verdict","blocked_by","evidence":[],"summary","risk","lowers_security","asks_recovery_key","takes_secret"}],
 *   "notes":[],"pending":null|SESSION,"rdp_port":null|PORT of the listener in the set that boots,
 *   "verdict":{"state":"broken"|"healthy"|"blocked"|"no-windows","sentence":TEXT,"needed":[ID],"checked":[TEXT],"not_checked":[TEXT]}}
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMEDIC_CLIENT_H
#define VMMEDIC_CLIENT_H
#include <jansson.h>

#include "vmmedic/error.h"

struct vmm_client;

/* Starts a worker (this program's own file with the hidden first argument). NULL and *err when that fails. */
struct vmm_client *vmm_client_start(struct vmm_error *err);
/* The socket, for poll(); readable when vmm_client_next has something. */
int vmm_client_fd(const struct vmm_client *c);
int vmm_client_pid(const struct vmm_client *c);
/* Sends a request; takes over the reference; sets its "id" and returns it (> 0), or -1 (the worker is gone). Never blocks for long. */
int vmm_client_send(struct vmm_client *c, json_t *request, struct vmm_error *err);
/* The next event: 1 and *event (new reference), 0 when none came within timeout_ms (-1: wait for ever), -1 when the worker is gone (VMM_E_SYSTEM; if it was writing,
 * VMM_E_INTERRUPTED). */
int vmm_client_next(struct vmm_client *c, int timeout_ms, json_t **event, struct vmm_error *err);
/* Asks the running job to stop at its next safe point. */
void vmm_client_cancel(struct vmm_client *c);
/* Says goodbye. A worker that has answered everything is waited for, at most 10 seconds, so that the disk is free when this program has ended; one that is
 * still at work ends by itself when it has finished. NULL is fine. */
void vmm_client_close(struct vmm_client *c);

/* Convenience for commands: sends and waits; `hear` (may be NULL) gets each progress and note event. The result (new reference) or NULL and *err. */
json_t *vmm_client_call(struct vmm_client *c, json_t *request, void (*hear)(void *ctx, const json_t *event), void *ctx, struct vmm_error *err);

/* The worker's main: serves the socket FD until it is closed and no job is open. Returns the process's exit status. */
int vmm_worker_main(int fd);
#endif
