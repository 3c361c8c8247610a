/* A boot store of 300 entries and a plan of 300 changes: what a key costs then. Counted in the processor's time, so that a busy machine fails nothing.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include "tests/tui/gallery.h"

#define ENTRIES 300
#define ELEMENTS 14
#ifdef __SANITIZE_ADDRESS__
#define SLOWER 8 /* than the program that people run */
#else
#define SLOWER 1
#endif
#define KEY_SECONDS (0.05 * SLOWER)

/* ---- what the worker answers ---- */
static char *id_of(size_t i) { return vmm_printf("{11111111-2222-3333-4444-%012zx}", i); }

static char *large_listing(void) {
    struct vmm_buf text = {0}, objects = {0};
    for (size_t i = 0; i < ENTRIES; i++) {
        char *id = id_of(i);
        vmm_buf_fmt(&text, "\\nWindows Boot Loader\\n-------------------\\nidentifier              %s\\n", id);
        vmm_buf_fmt(&objects, "%s{'id':'%s','alias':null,'type':'10200003','heading':'Windows Boot Loader','description':'Windows %zu','help':'An entry that starts a Windows.','elements':[",
                    i ? "," : "", id, i);
        for (size_t e = 0; e < ELEMENTS; e++) {
            vmm_buf_fmt(&text, "element%zu                value %zu\\n", e, e);
            vmm_buf_fmt(&objects, "%s{'id':'2500%04zx','name':'element%zu','format':'integer','value':'value %zu','raw':'0000000000000000','bad':false,'help':'Something.','more':'More.','words':null}",
                        e ? "," : "", e, e, e);
        }
        vmm_buf_str(&objects, "]}");
        free(id);
    }
    char *json = vmm_printf("{'text':'%s','objects':[%s],'store':{}}", (const char *)text.data, (const char *)objects.data);
    vmm_buf_free(&text);
    vmm_buf_free(&objects);
    return json;
}

static char *large_scan(void) {
    struct vmm_buf loaders = {0};
    for (size_t i = 0; i < ENTRIES; i++) {
        char *id = id_of(i);
        vmm_buf_fmt(&loaders, "%s{'id':'%s','description':'Windows %zu','default':false,'windows':1,'recovery':false,'safeboot':'Minimal','why':'Its osdevice is partition 2.'}", i ? "," : "", id, i);
        free(id);
    }
    char *json = vmm_printf("{" DISK_JSON("image") ",'windows':[" WINDOWS1 "],'stores':[{'number':1,'partition':1,'path':'BCD','role':'boots','why':'x','efi':true,'loaders':[%s]}],"
                            FIXES("needed") ",'notes':[],'pending':null," VERDICT_BROKEN "}", (const char *)loaders.data);
    vmm_buf_free(&loaders);
    return json;
}

static char *large_plan(void) {
    struct vmm_buf changes = {0};
    for (size_t i = 0; i < ENTRIES; i++)
        vmm_buf_fmt(&changes, "%s{'fix':'SM01','store':'BCD %zu','place':'entry %zu safeboot','object':" CHANGED_OBJECT ",'element':'safeboot','before':{'type':'REG_BINARY','text':'Minimal','raw':'00'},"
                    "'after':null,'before_text':'Minimal','after_text':'(not set)','risk':'low','why':'Windows then starts normally.','windows':'bcdedit'}", i ? "," : "", i % 3, i);
    char *json = vmm_printf("{'changes':[%s],'text':'','fixes':['SM01'],'lowers_security':false}", (const char *)changes.data);
    vmm_buf_free(&changes);
    return json;
}

/* ---- what a key costs ---- */
static double spent(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void cheap(struct term *t, const char *key, int frames, const char *where) {
    enum { TIMES = 3 };
    double before = spent();
    for (int i = 0; i < TIMES; i++) {
        term_keys(t, key);
        term_rest(t);
    }
    double each = (spent() - before) / TIMES / frames;
    if (each > KEY_SECONDS) fail_msg("%s: %s takes %.0f ms", where, key, each * 1000);
}

static void a_key_in_a_list_of_thousands_is_answered_within_50_ms(void **state) {
    (void)state;
    static const struct {
        const char *keys;
        int frames; /* one a key, and one when the keys rest */
    } typed[] = {{"<Down>", 2}, {"<End>", 2}, {"<Home>", 2}, {"<PageDown>", 2}, {"<Tab>", 2}, {"<Space>", 2}, {"i<Enter>", 3}, {"?<Enter>", 3}, {"/element13<Enter>", 12}};
    char *scan = large_scan(), *listing = large_listing(), *plan = large_plan();
    const struct answer answers[] = {{"sessions", "{'sessions':[]}"}, {"probe", PROBE_JSON}, {"scan", scan}, {"bcd", listing}, {"plan", plan}, {0}};
    const enum wizard_step steps[] = {STEP_BOOT, STEP_PREVIEW};
    struct walk *k = begin(answers);
    for (size_t s = 0; s < VMM_COUNT(steps); s++) {
        enter_until(k, steps[s]);
        struct term *t = gallery_open(k, &(struct term_options){.rows = 24, .cols = 80});
        for (size_t i = 0; i < VMM_COUNT(typed); i++) cheap(t, typed[i].keys, typed[i].frames, vmm_wizard_step_name(steps[s]));
        term_close(t);
    }
    end(k);
    free(scan);
    free(listing);
    free(plan);
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_in_a_list_of_thousands_is_answered_within_50_ms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
