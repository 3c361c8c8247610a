/* Looking the element table up, by id and by name, within the name space that an object has: library elements everywhere, class-2
 * elements only of the object's own application, device elements in device options, template elements anywhere. Copyright (C) 2026
 * the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bcd/room.h"

enum vmm_bcd_app vmm_bcd_app_of(uint32_t type) {
    static const enum vmm_bcd_app apps[] = {
        VMM_APP_OTHER,  VMM_APP_FWBOOTMGR, VMM_APP_BOOTMGR,    VMM_APP_OSLOADER, VMM_APP_RESUME,  VMM_APP_MEMDIAG,
        VMM_APP_LEGACY, VMM_APP_LEGACY,    VMM_APP_BOOTSECTOR, VMM_APP_REALMODE, VMM_APP_BOOTAPP,
    };
    uint32_t kind = type >> 28, who = type >> 20 & 15, app = type & 0xfffff;
    if (kind == 3) return VMM_APP_DEVICE;
    if (kind == 2 && who == 1) return VMM_APP_LIBRARY;
    if (kind == 2 && who == 3) return VMM_APP_DEVICE;
    if ((kind == 1 || (kind == 2 && who == 2)) && app < VMM_COUNT(apps)) return apps[app];
    return VMM_APP_OTHER;
}

/* True when rows of ROW's class are names in an object of application APP. */
static bool row_counts(enum vmm_bcd_app row, enum vmm_bcd_app app) {
    if (row == VMM_APP_LIBRARY || row == VMM_APP_TEMPLATE) return true;
    if (row == VMM_APP_ANY) return app != VMM_APP_LIBRARY && app != VMM_APP_DEVICE;
    return row == vmm_bcd_names_of(app);
}

const struct vmm_bcd_element_info *vmm_bcd_element_by_id(enum vmm_bcd_app app, uint32_t id) {
    for (size_t i = 0; i < vmm_bcd_element_count; i++)
        if (vmm_bcd_elements[i].id == id && row_counts(vmm_bcd_elements[i].app, app)) return &vmm_bcd_elements[i];
    return NULL;
}

uint32_t vmm_bcd_id_text(const char *text) {
    if (strncasecmp(text, "custom:", 7) == 0) text += 7;
    else if (strncasecmp(text, "0x", 2) == 0) text += 2;
    if (strlen(text) != 8 || strspn(text, "0123456789abcdefABCDEF") != 8) return 0;
    return (uint32_t)strtoul(text, NULL, 16);
}

const struct vmm_bcd_element_info *vmm_bcd_element_by_name(enum vmm_bcd_app app, const char *name) {
    for (size_t i = 0; i < vmm_bcd_element_count; i++) {
        const struct vmm_bcd_element_info *row = &vmm_bcd_elements[i];
        if (row->name && row_counts(row->app, app) && strcasecmp(row->name, name) == 0) return row;
    }
    uint32_t id = vmm_bcd_id_text(name);
    return id ? vmm_bcd_element_by_id(app, id) : NULL;
}

/* One "number=word" of an enumeration; the next one begins at the result, NULL at the end. */
static const char *next_word(const char *values, uint64_t *number, const char **word, size_t *len) {
    if (values == NULL || *values == '\0') return NULL;
    char *end;
    *number = strtoull(values, &end, 10);
    *word = *end == '=' ? end + 1 : end;
    *len = strcspn(*word, ",");
    return *word + *len + ((*word)[*len] == ',');
}

char *vmm_bcd_word(const char *values, uint64_t number) {
    uint64_t n;
    const char *word;
    size_t len;
    while ((values = next_word(values, &n, &word, &len)))
        if (n == number) return vmm_strndup(word, len);
    return NULL;
}

bool vmm_bcd_number(const char *values, const char *text, uint64_t *number) {
    uint64_t n;
    const char *word;
    size_t len;
    while ((values = next_word(values, &n, &word, &len)))
        if (strlen(text) == len && strncasecmp(word, text, len) == 0) {
            *number = n;
            return true;
        }
    return false;
}

char *vmm_bcd_words(const char *values) {
    struct vmm_buf b = {0};
    uint64_t n;
    const char *word;
    size_t len;
    while ((values = next_word(values, &n, &word, &len))) {
        if (b.len) vmm_buf_str(&b, ", ");
        vmm_buf_add(&b, word, len);
    }
    return vmm_buf_steal(&b);
}

bool vmm_bcd_bitlocker_sensitive(uint32_t id, enum vmm_bcd_app app) {
    static const struct {
        enum vmm_bcd_app app;
        uint32_t id;
    } measured[] = {
        {VMM_APP_LIBRARY, 0x11000001},  /* device */
        {VMM_APP_LIBRARY, 0x12000002},  /* path */
        {VMM_APP_LIBRARY, 0x12000030},  /* loadoptions */
        {VMM_APP_LIBRARY, 0x16000010},  /* bootdebug */
        {VMM_APP_LIBRARY, 0x16000040},  /* advancedoptions */
        {VMM_APP_LIBRARY, 0x16000041},  /* optionsedit */
        {VMM_APP_LIBRARY, 0x16000048},  /* nointegritychecks */
        {VMM_APP_LIBRARY, 0x16000049},  /* testsigning */
        {VMM_APP_LIBRARY, 0x16000060},  /* isolatedcontext */
        {VMM_APP_LIBRARY, 0x1600007b},  /* forcefipscrypto */
        {VMM_APP_OSLOADER, 0x22000002}, /* systemroot */
        {VMM_APP_OSLOADER, 0x22000011}, /* kernel */
        {VMM_APP_OSLOADER, 0x22000012}, /* hal */
        {VMM_APP_OSLOADER, 0x22000053}, /* evstore */
        {VMM_APP_OSLOADER, 0x25000020}, /* nx */
        {VMM_APP_OSLOADER, 0x25000052}, /* restrictapiccluster */
        {VMM_APP_OSLOADER, 0x26000022}, /* winpe */
        {VMM_APP_OSLOADER, 0x26000025}, /* lastknowngood */
        {VMM_APP_OSLOADER, 0x26000081}, /* safebootalternateshell */
        {VMM_APP_OSLOADER, 0x260000a0}, /* debug */
        {VMM_APP_OSLOADER, 0x260000f2}, /* hypervisordebug */
        {VMM_APP_OSLOADER, 0x26000116}, /* hypervisorusevapic */
        {VMM_APP_RESUME, 0x21000001},   /* filedevice */
        {VMM_APP_RESUME, 0x22000002},   /* filepath */
        {VMM_APP_RESUME, 0x26000006},   /* debugoptionenabled */
    };
    for (size_t i = 0; i < VMM_COUNT(measured); i++)
        if (measured[i].id == id && (measured[i].app == VMM_APP_LIBRARY || measured[i].app == app)) return true;
    return false;
}
