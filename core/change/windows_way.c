/* The same change as the line an admin would type on a Windows recovery VM, at a command prompt (cmd.exe). For registry hives `reg load` comes first:
 *   reg load HKLM\BROKENSYSTEM F:\Windows\System32\config\SYSTEM
 * Two traps of the articles' own lines are avoided: %SystemRoot% must not be expanded by the prompt, and entries are named by GUID, because
 * {default} and {current} mean something else on the recovery VM.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "change/room.h"

/* ---- one line ---- */

static void put_argument(struct vmm_buf *b, const char *s) { vmm_put_argument(b, s, VMM_AT_PROMPT); }

static bool typable(const char *s) { return vmm_typable(s); }

static char *cannot(const struct vmm_change *c) {
    char *place = vmm_change_place(c), *text = vmm_printf(_("rem %s cannot be typed as one command"), place);
    free(place);
    return text;
}

static char *reg_line(const struct vmm_change *c) {
    char *key = vmm_printf("HKLM\\BROKEN%s\\%s", c->store->name, c->path), *line = vmm_reg_command(c, key, NULL, VMM_AT_PROMPT);
    free(key);
    return line ? line : cannot(c);
}

static char *bcd_line(const struct vmm_change *c, char letter) {
    struct vmm_buf b = {0};
    char *store = c->store->path[0] == '\\' ? vmm_printf("%c:%s", letter, c->store->path) : vmm_strdup(c->store->path);
    char *words = typable(store) ? vmm_bcd_command(c, c->guid, VMM_AT_PROMPT) : NULL;
    if (words) {
        vmm_buf_str(&b, "bcdedit /store ");
        put_argument(&b, store);
        vmm_buf_fmt(&b, " %s", words);
    }
    bool good = words != NULL;
    free(store);
    free(words);
    if (!good) return cannot(c);
    return vmm_buf_steal(&b);
}

/* There is no command that says it; the editor of the article does. */
static char *file_line(const struct vmm_change *c, char letter) {
    struct vmm_buf b = {0};
    char *path = vmm_printf("%c:%s", letter, c->store->path);
    vmm_buf_str(&b, "notepad ");
    put_argument(&b, path);
    free(path);
    return vmm_buf_steal(&b);
}

char *vmm_change_windows_way(const struct vmm_change *c, char letter) {
    char *line;
    letter = (char)toupper((unsigned char)letter);
    if (c->store->is_file) line = typable(c->store->path) ? file_line(c, letter) : cannot(c);
    else line = c->store->is_bcd && c->store->bcd && c->guid[0] ? bcd_line(c, letter) : reg_line(c);
    char *safe = vmm_safe_text(line);
    free(line);
    return safe;
}
