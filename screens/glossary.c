/* The glossary: what is said when somebody asks for a word.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/glossary_terms.h"
#include "screens/model.h"

static bool in_term(const struct glossary_term *g, const char *word) { return strcasestr(_(g->term), word) || strcasestr(g->term, word); }
static bool in_text(const struct glossary_term *g, const char *word) { return strcasestr(_(g->text), word) != NULL; }
static bool any(const struct glossary_term *g, const char *word) {
    (void)g;
    (void)word;
    return true;
}

static size_t say(struct wizard *w, const char *word, bool (*fits)(const struct glossary_term *g, const char *word)) {
    size_t found = 0;
    for (const struct glossary_term *g = vmm_glossary; g->term; g++) {
        if (!fits(g, word)) continue;
        found++;
        vmm_say(w, MEAN_HEADING, "%s", _(g->term));
        vmm_say(w, MEAN_TEXT, "%s", _(g->text));
    }
    return found;
}

bool vmm_wizard_words(struct wizard *w, const char *word) {
    if (word == NULL || word[0] == 0) return say(w, "", any) > 0;
    if (say(w, word, in_term) || say(w, word, in_text)) return true;
    vmm_say(w, MEAN_TEXT, _("The glossary has no \"%s\"."), word);
    return false;
}

char *vmm_wizard_terms(void) {
    struct vmm_buf b = {0};
    for (const struct glossary_term *g = vmm_glossary; g->term; g++) vmm_buf_fmt(&b, "%s%s", b.len ? ", " : "", _(g->term));
    return vmm_buf_steal(&b);
}
