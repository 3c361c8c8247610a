/* A change of a plan or a report in words people know: "Windows Server 2022 (default entry): safeboot". The exact place stays what the plan says.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/model.h"

static char *in_store(const json_t *change, const json_t *object) {
    const char *name = vmm_s(object, "description")[0] ? vmm_s(object, "description") : vmm_s(object, "heading"), *element = vmm_s(change, "element");
    const char *which = strcmp(vmm_s(object, "alias"), "{default}") == 0 ? _(" (default entry)") : "";
    if (element[0]) return vmm_printf(_("%s%s: %s"), name, which, element);
    return vmm_printf(json_is_object(json_object_get(change, "before")) ? _("%s%s: the type of the object") : _("%s%s: a new object"), name, which);
}

/* "ControlSet001\Control\CrashControl!DumpFile" as "CrashControl: DumpFile (ControlSet001)" */
static char *in_registry(const char *place) {
    const char *mark = strrchr(place, '!'), *first = strchr(place, '\\');
    if (mark == NULL || first == NULL || first > mark) return vmm_strdup(place);
    const char *last = mark;
    while (last[-1] != '\\') last--; /* there is one: first */
    return vmm_printf("%.*s: %s (%.*s)", (int)(mark - last), last, mark + 1, (int)(first - place), place);
}

char *vmm_change_where(const json_t *change) {
    const json_t *object = json_object_get(change, "object");
    return json_is_object(object) ? in_store(change, object) : in_registry(vmm_s(change, "place"));
}

const char *vmm_change_value(const json_t *change, bool after) {
    const char *text = vmm_s(change, after ? "after_text" : "before_text");
    if (!text[0]) text = vmm_s(json_object_get(change, after ? "after" : "before"), "text");
    return text[0] ? text : _("(not set)");
}
