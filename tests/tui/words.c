/* The gallery in other languages: the worker of the script answers in English, the real one in the reader's language. What the script says is put into the real one's words.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/tui/gallery.h"

/* What the script says where the catalogue has other words, or the same ones around a name. */
static const struct {
    const char *said, *text, *part[2];
} near[] = {
    {"Remove safe boot", "Leave Safe Mode (remove safeboot)", {0}},
    {"Let older clients in without NLA", "Switch NLA off for the rescue", {0}},
    {"Point the entry at its partition", "Mend the partition of a boot entry", {0}},
    {"RDP", "Remote Desktop", {0}},
    {"Boot", "Start of Windows", {0}},
    {"NMICrashDump is not set.", "%s is not set.", {"NMICrashDump"}},
    {"The loader carries safeboot Minimal.", "safeboot is %s: it starts in Safe Mode.", {"Minimal"}},
    {"Without it Windows starts normally.", "Without this element Windows starts in its normal mode.", {0}},
    {"this machine runs from it", "this system runs from it", {0}},
    {"it is mounted on /mnt", "it is mounted at %s", {"/mnt"}},
    {"the firmware reads it: EFI system partition", "the firmware (UEFI) reads it: it stands on the EFI system partition", {0}},
    {"Its osdevice is partition 2.", "its osdevice is %s, where %s stands", {"partition=C:", "\\Windows"}},
    {"Starting the appliance", "starting the appliance", {0}},
    {"Looking at the partitions", "looking at the partitions", {0}},
    {"Windows is hibernated", "something holds it exclusively", {0}},
    {"Writing \\EFI\\Microsoft\\Boot\\BCD", "Writing %s", {"\\EFI\\Microsoft\\Boot\\BCD"}},
    {"Writing BCD", "Writing %s", {"BCD"}},
    {"Nothing on this disk keeps anybody out.", "Nothing that was checked on this disk keeps people out.", {0}},
    {"An entry that starts a Windows.", "An entry that starts a Windows.", {0}},
    {"The boot menu.", "The program that shows the boot menu and starts one of the entries.", {0}},
    {"Safe Mode in the corners", "Safe Mode shows a command prompt and no desktop.", {0}},
};

static char *in_other_words(const char *said) {
    if (strcmp(said, "Stuck in Safe Mode (Minimal). One change repairs it.") == 0) {
        const char *format = ngettext("%s. One fix repairs it.", "%s. %zu fixes repair it.", 1);
        char *stuck = vmm_printf(gettext("Stuck in Safe Mode (%s)"), "Minimal"), *text = vmm_printf("%s%s", stuck, strstr(format, "%s") + 2);
        free(stuck);
        return text;
    }
    for (size_t i = 0; i < VMM_COUNT(near); i++) {
        if (strcmp(near[i].said, said) != 0) continue;
        struct vmm_buf b = {0};
        const char *p = gettext(near[i].text);
        for (size_t k = 0; k < 2 && near[i].part[k] && strstr(p, "%s"); k++) { /* the parts in their places */
            vmm_buf_fmt(&b, "%.*s%s", (int)(strstr(p, "%s") - p), p, near[i].part[k]);
            p = strstr(p, "%s") + 2;
        }
        vmm_buf_str(&b, p);
        return vmm_buf_steal(&b);
    }
    return vmm_strdup(gettext(said));
}

/* Only texts for people: a verdict or a path is the same everywhere. */
static bool for_people(const char *key) {
    static const char *const keys[] = {"title", "family", "evidence", "summary", "sentence", "stage", "next", "text", "why", "refused", "health_text", "help", "more", "symptom", "what",
                                       "blocked_by", "checked", "not_checked", "after_text", "before_text", "ended", "message", "hint"};
    for (size_t i = 0; i < VMM_COUNT(keys); i++)
        if (strcmp(keys[i], key) == 0) return true;
    return false;
}

static json_t *said(const json_t *value) {
    char *text = in_other_words(json_string_value(value));
    json_t *other = json_string(text);
    free(text);
    return other;
}

void gallery_say(json_t *answer) {
    static const char english[] = "Nothing was written.";
    if (gettext(english) == english) return;
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(answer, next, key, value) {
        if (json_is_object(value)) gallery_say(value);
        for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
            json_t *one = json_array_get(value, i);
            if (json_is_object(one)) gallery_say(one);
            else if (json_is_string(one) && for_people(key)) json_array_set_new(value, i, said(one));
        }
        if (json_is_string(value) && json_string_length(value) && for_people(key)) json_object_set_new(answer, key, said(value)); /* the old one is gone */
    }
}
