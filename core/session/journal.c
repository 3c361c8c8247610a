/* The journal: one line before and after each effect, on the medium before the effect is made. What it says decides what a session is.
 *   prepared           originals, after images and plan are on the medium; the disk is untouched
 *   snapshot ...       taken, or named
 *   writing N          file N of the plan is about to be written
 *   written N          and has been, synced
 *   verified           every file was read again from the medium and is as planned
 *   done               the disk is closed
 *   putting-back / put-back     a failed apply is undone
 *   undoing / undone            the person asked for it
 *   finishing                   an interrupted one is being finished; `done` follows
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/session.h"

/* A line that a power cut or a full disk tore would swallow the next one. */
static bool torn(int journal) {
    char last = '\n';
    off_t end = lseek(journal, 0, SEEK_END);
    return end > 0 && pread(journal, &last, 1, end - 1) == 1 && last != '\n';
}

int vmm_journal(struct vmm_session *s, struct vmm_error *err, const char *format, ...) {
    char *text = NULL, stamp[24];
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    vmm_utc_now(stamp);
    char *line = vmm_printf("%s%s %s\n", torn(s->journal) ? "\n" : "", stamp, n < 0 ? "?" : text);
    size_t len = strlen(line);
    ssize_t wrote = write(s->journal, line, len);
    int r = 0;
    if (wrote != (ssize_t)len || fsync(s->journal) < 0)
        r = vmm_fail(err, wrote < 0 && errno != ENOSPC ? VMM_E_SYSTEM : VMM_E_NO_SPACE, _("Free some space there, or name another folder with VMMEDIC_STATE."),
                     _("writing the journal of the session %s: %s"), s->name, strerror(errno));
    free(line);
    free(text);
    return r;
}

/* The state after one more line. */
static enum vmm_session_state next_state(enum vmm_session_state now, const char *word) {
    static const struct {
        const char *word;
        enum vmm_session_state state;
    } table[] = {
        {"prepared", VMM_SESSION_PREPARED}, {"writing", VMM_SESSION_INTERRUPTED},   {"done", VMM_SESSION_DONE},     {"putting-back", VMM_SESSION_INTERRUPTED},
        {"put-back", VMM_SESSION_PUT_BACK}, {"undoing", VMM_SESSION_INTERRUPTED},   {"undone", VMM_SESSION_UNDONE}, {"finishing", VMM_SESSION_INTERRUPTED},
    };
    size_t n = strcspn(word, " ");
    for (size_t i = 0; i < VMM_COUNT(table); i++)
        if (strlen(table[i].word) == n && strncmp(table[i].word, word, n) == 0) return table[i].state;
    return now;
}

enum vmm_session_state vmm_journal_state(const char *dir, char **ended) {
    char *path = vmm_printf("%s/journal", dir);
    uint8_t *data;
    size_t len;
    int r = vmm_file_read(path, 1u << 20, &data, &len, NULL);
    free(path);
    if (ended) *ended = NULL;
    if (r < 0) return VMM_SESSION_BROKEN;
    enum vmm_session_state state = VMM_SESSION_BROKEN;
    char *line = (char *)data;
    for (size_t i = 0; i < len; i++) /* what a power cut left without content reads as zeros; lines may follow it */
        if (data[i] == 0) data[i] = '\n';
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) { /* a last line without its end was torn by a power cut: not counted */
        *end = '\0';
        char *word = strchr(line, ' ');
        if (word == NULL) continue;
        state = next_state(state, word + 1);
        if (ended) {
            free(*ended);
            *ended = vmm_strndup(line, (size_t)(word - line));
        }
    }
    free(data);
    return state;
}

#define LINES_MAX 200

json_t *vmm_journal_lines(const char *dir) {
    char *path = vmm_printf("%s/journal", dir);
    uint8_t *data = NULL;
    size_t len = 0;
    json_t *lines = json_array();
    if (vmm_file_read(path, 1u << 20, &data, &len, NULL) == 0) {
        for (size_t i = 0; i < len; i++)
            if (data[i] == 0) data[i] = '\n';
        for (char *rest = (char *)data, *line; (line = strsep(&rest, "\n"));) {
            if (line[0] == '\0') continue;
            char *safe = vmm_safe_text(line);
            json_array_append_new(lines, vmm_json_text(safe));
            free(safe);
            if (json_array_size(lines) > LINES_MAX) json_array_remove(lines, 0);
        }
    }
    free(data);
    free(path);
    return lines;
}

static const char *const state_words[] = {"prepared", "interrupted", "done", "put-back", "undone", "broken"};

const char *vmm_session_state_word(enum vmm_session_state s) { return state_words[s]; }

const char *vmm_session_state_text(const char *word) {
    static const char *const texts[VMM_COUNT(state_words)] = {NC_("a session", "prepared"), NC_("a session", "interrupted"), NC_("a session", "done"),
                                                              NC_("a session", "put-back"), NC_("a session", "undone"),      NC_("a session", "broken")};
    for (size_t i = 0; i < VMM_COUNT(state_words); i++)
        if (strcmp(state_words[i], word) == 0) return vmm_in_context(texts[i]);
    return word;
}
