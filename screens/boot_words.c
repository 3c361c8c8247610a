/* What there is to say about a line of a boot store's listing: in a sentence, in full, and when it is the very thing that keeps people out.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/boot_rows.h"

#include "screens/model.h"

#define SAFEBOOT "25000080"
#define SHELL "26000081"

static bool yes(const json_t *o, const char *key) { return json_is_true(json_object_get(o, key)); }

/* ---- which object ---- */
const json_t *vmm_boot_loader(const struct wizard *w, const json_t *object) {
    const json_t *loaders = json_object_get(vmm_store_of(w), "loaders");
    const char *role = vmm_s(vmm_store_of(w), "role");
    if (role[0] && strcmp(role, "boots") != 0) return NULL; /* a stale copy names the same Windows, and nothing starts from it */
    for (size_t i = 0; object && w->windows && i < json_array_size(loaders); i++) {
        const json_t *l = json_array_get(loaders, i);
        if (vmm_int(l, "windows") == w->windows && !yes(l, "recovery") && strcasecmp(vmm_s(l, "id"), vmm_s(object, "id")) == 0) return l;
    }
    return NULL;
}

/* The object that a value names, by GUID or alias; else the scan's entry with that GUID. NULL when neither knows it. */
static const json_t *named(const struct wizard *w, const char *id) {
    const json_t *objects = json_object_get(w->boot_rows.of, "objects"), *loaders = json_object_get(vmm_store_of(w), "loaders");
    for (size_t i = 0; id[0] == '{' && i < json_array_size(objects); i++) {
        const json_t *o = json_array_get(objects, i);
        if (strcasecmp(vmm_s(o, "id"), id) == 0 || strcasecmp(vmm_s(o, "alias"), id) == 0) return o;
    }
    for (size_t i = 0; id[0] == '{' && i < json_array_size(loaders); i++)
        if (strcasecmp(vmm_s(json_array_get(loaders, i), "id"), id) == 0) return json_array_get(loaders, i);
    return NULL;
}

/* "Windows Server 2022", else the kind of object it is. */
static const char *called(const json_t *object) { return vmm_s(object, "description")[0] ? vmm_s(object, "description") : vmm_s(object, "heading"); }

static const char *value_at(const json_t *element, size_t nth) {
    const json_t *v = json_object_get(element, "value"), *one = json_is_array(v) ? json_array_get(v, nth) : v;
    return json_is_string(one) ? json_string_value(one) : "";
}

/* ---- what keeps people out ---- */
static bool has_own(const json_t *object, const char *id) {
    const json_t *list = json_object_get(object, "elements");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(vmm_s(json_array_get(list, i), "id"), id) == 0) return true;
    return false;
}

/* True when the entry that boots the chosen Windows takes this element over from OBJECT, which is no entry itself. */
static bool taken_over(const struct wizard *w, const json_t *object) {
    const json_t *objects = json_object_get(w->boot_rows.of, "objects");
    if (vmm_s(object, "type")[0] != '2') return false;
    for (size_t i = 0; i < json_array_size(objects); i++) {
        const json_t *o = json_array_get(objects, i), *l = vmm_boot_loader(w, o);
        if (l && vmm_s(l, "safeboot")[0] && !has_own(o, SAFEBOOT)) return true;
    }
    return false;
}

const char *vmm_boot_note(const struct wizard *w, const struct boot_row *row, int *mean) {
    const char *id = vmm_s(row->element, "id"), *value = value_at(row->element, 0);
    *mean = MEAN_OK;
    if (row->part == BOOT_TITLE) return vmm_boot_loader(w, row->object) ? _("boots this Windows") : NULL;
    if (row->part != BOOT_ELEMENT || (strcmp(id, SAFEBOOT) != 0 && strcmp(id, SHELL) != 0)) return NULL;
    bool mine = vmm_boot_loader(w, row->object) || taken_over(w, row->object);
    *mean = MEAN_BROKEN;
    if (strcmp(id, SAFEBOOT) == 0 && mine && strcmp(value, "DsRepair") != 0) return _("this keeps Remote Desktop out");
    *mean = MEAN_WARNING;
    if (strcmp(id, SAFEBOOT) == 0) return _("starts Safe Mode");
    return strcmp(id, SHELL) == 0 && strcmp(value, "No") != 0 ? _("no desktop in Safe Mode") : NULL;
}

/* ---- in a sentence ---- */
static char *identifier_hint(const json_t *object) {
    const char *alias = vmm_s(object, "alias");
    if (strcmp(alias, "{default}") == 0) return vmm_strdup(_("The entry's name; {default} is the one that starts by itself."));
    return vmm_strdup(alias[0] ? _("The object's name: one that is known everywhere, and its GUID.") : _("The object's name: a GUID that no other object has."));
}

char *vmm_boot_hint(const struct wizard *w, const struct boot_row *row) {
    const char *help = vmm_s(row->element, "help"), *kind = vmm_s(row->object, "help");
    const json_t *other = row->part == BOOT_CONTINUED ? named(w, value_at(row->element, row->nth)) : NULL;
    char *text, *cut;
    switch (row->part) {
    case BOOT_IDENTIFIER: return identifier_hint(row->object);
    case BOOT_CONTINUED:
        if (other == NULL || !called(other)[0]) return help[0] ? vmm_strdup(help) : NULL;
        text = vmm_printf(_("Names: %s."), called(other));
        break;
    case BOOT_ELEMENT: return vmm_strdup(help[0] ? help : _("It is rarely used and not explained here. Leave it as it is."));
    default: return kind[0] ? vmm_strdup(kind) : NULL;
    }
    cut = vmm_fitting(text, WIZARD_HINT);
    free(text);
    return cut;
}

/* ---- in full ---- */
static void add_line(struct vmm_buf *b, const char *text) {
    if (text[0]) vmm_buf_fmt(b, "%s%s", b->len ? "\n" : "", text);
}

static void add_entry(struct vmm_buf *b, const struct wizard *w, const json_t *object) {
    const json_t *loader = vmm_boot_loader(w, object);
    const char *description = vmm_s(object, "description"), *alias = vmm_s(object, "alias");
    char *why = loader ? vmm_printf(_("It boots the chosen Windows: %s."), vmm_s(loader, "why")) : NULL;
    char *name = description[0] ? vmm_printf(_("Its description: %s"), description) : NULL;
    char *id = alias[0] ? vmm_printf(_("Its identifier: %s, also named %s"), vmm_s(object, "id"), alias) : vmm_printf(_("Its identifier: %s"), vmm_s(object, "id"));
    add_line(b, vmm_s(object, "help"));
    if (why) add_line(b, why);
    else if (strcmp(vmm_s(object, "type"), "10200003") == 0 && w->windows) add_line(b, _("It does not boot the chosen Windows, as far as can be told."));
    if (name) add_line(b, name);
    if (vmm_s(object, "id")[0]) add_line(b, id);
    if (yes(object, "unreadable")) add_line(b, _("Its elements cannot be read: the store is damaged there."));
    free(why);
    free(name);
    free(id);
}

static void add_identifier(struct vmm_buf *b, const json_t *object) {
    const char *alias = vmm_s(object, "alias");
    char *id = vmm_printf(_("GUID: %s. It names this object and no other."), vmm_s(object, "id"));
    add_line(b, id);
    if (strcmp(alias, "{default}") == 0) {
        add_line(b, _("{default} stands for the entry that {bootmgr} names as default, the one that starts when nobody chooses. On another disk that is another entry."));
    } else if (alias[0]) {
        char *known = vmm_printf(_("%s stands for this GUID in every boot store: the object has it on every machine."), alias);
        add_line(b, known);
        free(known);
    }
    free(id);
}

/* "{default} is Windows Server 2022 (Windows Boot Loader)", for every object that the element names. */
static void add_named(struct vmm_buf *b, const struct wizard *w, const json_t *element) {
    size_t n = json_is_array(json_object_get(element, "value")) ? json_array_size(json_object_get(element, "value")) : 1;
    for (size_t i = 0; strncmp(vmm_s(element, "format"), "object", 6) == 0 && i < n; i++) {
        const json_t *o = named(w, value_at(element, i));
        if (o == NULL || !called(o)[0]) continue;
        bool both = vmm_s(o, "description")[0] && vmm_s(o, "heading")[0] && strcmp(vmm_s(o, "description"), vmm_s(o, "heading")) != 0;
        char *line = both ? vmm_printf(_("%s is %s (%s)."), value_at(element, i), vmm_s(o, "description"), vmm_s(o, "heading"))
                          : vmm_printf(_("%s is %s."), value_at(element, i), called(o));
        add_line(b, line);
        free(line);
    }
}

static void add_element(struct vmm_buf *b, const struct wizard *w, const json_t *element) {
    static const char *const formats[][2] = {{"device", N_("a device")}, {"string", N_("a text")}, {"object", N_("an object")}, {"objectlist", N_("a list of objects")},
                                             {"integer", N_("a number")}, {"boolean", N_("yes or no")}, {"integerlist", N_("a list of numbers")}};
    const char *name = vmm_s(element, "name"), *format = _("of a kind that is not known"), *help = vmm_s(element, "help"), *words = vmm_s(element, "words"), *raw = vmm_s(element, "raw");
    for (size_t i = 0; i < VMM_COUNT(formats); i++)
        if (strcmp(vmm_s(element, "format"), formats[i][0]) == 0) format = _(formats[i][1]);
    char *line = name[0] ? vmm_printf(_("Element %s, number 0x%s, %s."), name, vmm_s(element, "id"), format)
                         : vmm_printf(_("An element without a public name, number 0x%s, %s."), vmm_s(element, "id"), format);
    add_line(b, line);
    free(line);
    add_line(b, help[0] ? help : _("It is rarely used and not explained here. Leave it as it is."));
    add_line(b, vmm_s(element, "more"));
    if (words[0]) {
        line = vmm_printf(_("It can be: %s."), words);
        add_line(b, line);
        free(line);
    }
    add_named(b, w, element);
    if (yes(element, "bad")) add_line(b, _("What is stored does not fit this kind of element; it is shown as it is, in hexadecimal."));
    line = vmm_fitting(raw, 64);
    bool letters = !yes(element, "bad") && (strcmp(vmm_s(element, "format"), "string") == 0 || strncmp(vmm_s(element, "format"), "object", 6) == 0);
    char *stored = raw[0] && !letters ? vmm_printf(_("Stored as: %s"), line) : NULL;
    if (stored) add_line(b, stored);
    free(stored);
    free(line);
}

char *vmm_boot_detail(const struct wizard *w, const struct boot_row *row) {
    struct vmm_buf b = {0};
    int mean;
    const char *note = vmm_boot_note(w, row, &mean);
    if (row->object == NULL) return NULL;
    if (row->part == BOOT_IDENTIFIER) add_identifier(&b, row->object);
    else if (row->element) add_element(&b, w, row->element);
    else add_entry(&b, w, row->object);
    if (note && row->part == BOOT_ELEMENT) {
        char *line = vmm_printf(_("Here: %s."), note);
        add_line(&b, line);
        free(line);
    }
    return vmm_buf_steal(&b);
}
