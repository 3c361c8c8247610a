/* Step Boot: the boot store as bcdedit prints it, with the entry that boots the chosen Windows marked, and safeboot pointed out.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static void ask_listing(struct wizard *w) {
    int store = vmm_int(vmm_store_of(w), "number");
    json_t *r = json_object();
    if (store) json_object_set_new(r, "store", json_integer(store));
    json_object_set_new(r, "select", json_string(w->every_entry ? "all" : "active"));
    json_object_set_new(r, "verbose", json_boolean(w->verbose));
    vmm_post(w, JOB_BCD, r);
}

static void enter(struct wizard *w) {
    if (vmm_store_of(w)) ask_listing(w);
}

/* True when LINE is "identifier  ID" of the entry with that id, by its alias or its GUID. */
static bool names(const char *line, size_t len, const char *id, const char *alias) {
    size_t start = len;
    while (start > 0 && line[start - 1] != ' ') start--;
    size_t n = len - start;
    return n > 0 && line[start] == '{' && ((strlen(id) == n && strncasecmp(line + start, id, n) == 0) || (alias[0] && strlen(alias) == n && strncasecmp(line + start, alias, n) == 0));
}

static const char *alias_of(const struct wizard *w, const char *id) {
    const json_t *objects = json_object_get(w->job[JOB_BCD].result, "objects");
    for (size_t i = 0; i < json_array_size(objects); i++)
        if (strcasecmp(vmm_s(json_array_get(objects, i), "id"), id) == 0) return vmm_s(json_array_get(objects, i), "alias");
    return "";
}

/* The loader that boots the chosen Windows and whose identifier this block of the listing carries. */
static const json_t *loader_of_block(const struct wizard *w, const char *block, size_t len) {
    const json_t *loaders = json_object_get(vmm_store_of(w), "loaders");
    for (size_t i = 0; i < json_array_size(loaders); i++) {
        const json_t *l = json_array_get(loaders, i);
        if (w->windows == 0 || vmm_int(l, "windows") != w->windows || json_is_true(json_object_get(l, "recovery"))) continue;
        const char *id = vmm_s(l, "id"), *alias = alias_of(w, id);
        for (const char *p = block; p < block + len;) {
            const char *end = memchr(p, '\n', (size_t)(block + len - p));
            size_t n = end ? (size_t)(end - p) : (size_t)(block + len - p);
            size_t keep = n > 0 && p[n - 1] == '\r' ? n - 1 : n;
            /* the line of the identifier is the third of a block: title, rule, identifier; others may name the entry too */
            if (strncmp(p, "identifier", 10) == 0 && names(p, keep, id, alias)) return l;
            p += n + 1;
        }
    }
    return NULL;
}

static bool begins(const char *line, const char *word) {
    size_t n = strlen(word);
    return strncmp(line, word, n) == 0 && (line[n] == ' ' || line[n] == 0);
}

static void show_block(const char *block, size_t len, struct wizard_text *t) {
    char *copy = vmm_strndup(block, len), *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));) {
        line[strcspn(line, "\r")] = 0;
        enum wizard_meaning mean = begins(line, "safeboot") || begins(line, "safebootalternateshell") ? MEAN_BROKEN : MEAN_VERBATIM;
        vmm_text_add(t, mean, 0, "%s", line);
        if (begins(line, "safeboot")) vmm_text_add(t, MEAN_BROKEN, 2, "%s", _("^ this line makes Windows start in Safe Mode"));
    }
    free(copy);
}

static void body(const struct wizard *w, struct wizard_text *t) {
    const struct job *j = &w->job[JOB_BCD];
    const json_t *store = vmm_store_of(w);
    if (store == NULL) {
        vmm_text_add(t, MEAN_WARNING, 0, "%s", _("No boot store was found on this disk. Fixes of the registry are still possible."));
        return;
    }
    if (vmm_int(store, "partition") > 0)
        vmm_text_add(t, MEAN_TEXT, 0, _("Boot store %s on partition %d: %s"), vmm_s(store, "path"), vmm_int(store, "partition"), vmm_s(store, "why"));
    else vmm_text_add(t, MEAN_TEXT, 0, _("Boot store %s: %s"), vmm_s(store, "path"), vmm_s(store, "why"));
    if (w->windows && vmm_int(vmm_windows_of(w), "store") == 0 && json_array_size(json_object_get(vmm_scan_of(w), "stores")) > 1)
        vmm_text_add(t, MEAN_WARNING, 0, "%s", _("It could not be told which store boots this Windows. Press s until you see the right one; fixes then change that one. Until then, fixes of the boot data are refused."));
    if (j->failed) vmm_text_error(t, &j->err);
    const char *text = vmm_s(j->result, "text");
    while (*text == '\n' || *text == '\r') text++;
    while (*text) {
        const char *end = strstr(text, "\n\n"), *dos = strstr(text, "\r\n\r\n");
        if (dos && (end == NULL || dos < end)) end = dos;
        size_t len = end ? (size_t)(end - text) : strlen(text);
        const json_t *loader = loader_of_block(w, text, len);
        vmm_text_add(t, MEAN_TEXT, 0, "%s", "");
        if (loader) vmm_text_add(t, MEAN_OK, 0, _(">> The next entry boots this Windows: %s"), vmm_s(loader, "why"));
        show_block(text, len, t);
        text += len;
        while (*text == '\n' || *text == '\r') text++;
    }
}

static void prompt(const struct wizard *w, struct wizard_prompt *p) {
    (void)w;
    vmm_ask(p, PROMPT_NONE, "", _("goes on to the fixes"));
}

static enum move accept(struct wizard *w, const char *text) {
    (void)w;
    (void)text;
    return MOVE_NEXT;
}

static bool has_store(const struct wizard *w) { return vmm_store_of(w) != NULL; }
static bool has_more(const struct wizard *w) { return json_array_size(json_object_get(vmm_scan_of(w), "stores")) > 1; }
static void verbose(struct wizard *w, size_t i) {
    (void)i;
    w->verbose = !w->verbose;
    ask_listing(w);
}
static void every(struct wizard *w, size_t i) {
    (void)i;
    w->every_entry = !w->every_entry;
    ask_listing(w);
}
static void next_store(struct wizard *w, size_t i) {
    const json_t *stores = json_object_get(vmm_scan_of(w), "stores"), *now = vmm_store_of(w);
    size_t n = json_array_size(stores), at = 0;
    (void)i;
    while (at < n && json_array_get(stores, at) != now) at++;
    w->store = vmm_int(json_array_get(stores, at + 1 < n ? at + 1 : 0), "number"); /* only a look, but where the scan could not tell */
    ask_listing(w);
}
static const struct wizard_action actions[] = {
    {'v', N_("identifiers"), N_("Show whole identifiers instead of names like {default}, as bcdedit /v does; again: back."), false, has_store, verbose},
    {'e', N_("every entry"), N_("Show every entry, not only those in the boot menu; again: back."), false, has_store, every},
    {'s', N_("next store"), N_("Show the next boot store of this disk. The one that is really used is said in the first line."), false, has_more, next_store},
    {0}};

const struct step vmm_step_boot = {
    .name = N_("Boot"),
    .title = N_("The boot data, as bcdedit shows it"),
    .why = N_("This is what \"bcdedit /store ... /enum\" prints in the article. An entry with a line \"safeboot\" starts Windows in Safe Mode, where Remote Desktop does not run. "
              "This step only shows; nothing can go wrong here."),
    .line = STEP_BOOT,
    .needs = JOB_NONE,
    .waits = WAITS(JOB_BCD),
    .enter = enter, .body = body, .prompt = prompt, .accept = accept, .actions = actions,
};
