/* A Windows volume as a plain folder, for tests that need no appliance: hives and a boot store of the practice disks.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HARNESS_FOLDER_H
#define HARNESS_FOLDER_H
#include <stdbool.h>

/* A new private folder under /tmp; the caller frees the name. */
char *harness_room(void);
/* The same in memory where that can be had: for thousands of small synced files. */
char *harness_quick_room(void);
/* For a test that types anything: what is typed where a file's name is asked makes that file. Setup goes into a room, teardown comes back and removes it. */
int harness_go_aside(void **state);
int harness_come_back(void **state);
/* For a test of minutes, whose promise a smaller one checks too: skips it, in words, unless CHECK=all is in the environment. Called first in the test. */
void harness_only_in_full(void);
bool harness_everything(void); /* CHECK=all */
/* Makes ROOM/disk with Windows\System32\config\{SYSTEM,SOFTWARE} and Boot\BCD of the scenario (generation 1). */
void harness_disk(const char *room, const char *scenario);
/* Both, with the room's own state folder in VMMEDIC_STATE. Returns the room; *disk is the disk's path. The caller frees both, and removes the room. */
char *harness_stand(const char *scenario, char **disk);
/* Removes the room of harness_stand and frees both. */
void harness_fall(char *room, char *disk);
/* sha256 over the names and contents of every file below PATH; the caller frees. */
char *harness_hash(const char *path);
/* Replaces one file's content. */
void harness_write(const char *path, const void *data, unsigned long len);
/* What the files of a folder say whose names contain PART, one after the other; the caller frees. */
char *harness_read_all(const char *folder, const char *part);
#endif
