/* A change that is a whole small file, in words.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "change/room.h"

#define DOTS "********" /* always as many: how long it is, is nobody's business */

/* Windows' own text files are UTF-16 with a mark, or bytes. */
static char *decoded(const struct vmm_data *d, size_t from, size_t to) {
    static const uint8_t mark[2] = {0xff, 0xfe};
    if (d->len >= 2 && memcmp(d->data, mark, 2) == 0) return vmm_utf16_to_utf8(d->data + (from < 2 ? 2 : from), to - (from < 2 ? 2 : from));
    return vmm_strndup((const char *)d->data + from, to - from);
}

char *vmm_file_text(const struct vmm_change *c, const struct vmm_data *d) {
    if (!d->present) return vmm_strdup(_("(no such file)"));
    struct vmm_buf all = {0}, b = {0};
    bool hidden = c->secret && d == &c->after;
    char *head = decoded(d, 0, hidden ? c->secret_at : d->len), *tail = hidden ? decoded(d, c->secret_at + c->secret_len, d->len) : NULL;
    vmm_buf_fmt(&all, "%s%s%s", head, hidden ? DOTS : "", tail ? tail : "");
    free(head);
    free(tail);
    char *text = vmm_buf_steal(&all), *rest = text, *line;
    while ((line = strsep(&rest, "\n"))) {
        size_t n = strlen(line);
        if (n && line[n - 1] == '\r') line[n - 1] = '\0';
        if (rest == NULL && *line == '\0') break; /* after the last newline */
        char *safe = vmm_safe_text(line);
        vmm_buf_fmt(&b, "%s%s", b.len ? "\n" : "", safe);
        free(safe);
    }
    free(text);
    if (b.len == 0) vmm_buf_str(&b, _("(an empty file)"));
    return vmm_buf_steal(&b);
}
