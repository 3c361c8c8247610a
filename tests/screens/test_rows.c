/* What rows promise to those who draw them: names and hints fit, what is to be read is not to be chosen, and the listing of a boot store is bcdedit's, to the letter.
 * On the model, with a worker that follows a script; the listings of real boot stores where the corpus is there.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bcd/make.h"

#include "tests/screens/walk.h"

#define NAME_COLUMNS 18
#define HINT_COLUMNS 70

/* Wide for anything but ASCII, so that it is never too little. */
static size_t columns(const char *text) {
    size_t n = 0;
    for (const char *p = text; *p; p++) n += (*p & 0x80) == 0 ? 1 : (*p & 0xc0) == 0x80 ? 0 : 2;
    return n;
}

static void row_fits(const struct wizard *w, size_t row) {
    struct wizard_item i;
    vmm_wizard_item(w, row, &i);
    if (i.name && columns(i.name) > NAME_COLUMNS) fail_msg("too long a name: %s", i.name);
    if (i.hint && columns(i.hint) > HINT_COLUMNS) fail_msg("too long a hint: %s", i.hint);
    if (i.hint && strchr(i.hint, '\n')) fail_msg("more than one line: %s", i.hint);
    if (!i.hint && !(i.reading && i.text[0] == '-')) fail_msg("no hint: %s", i.text);
    assert_true((i.before == NULL) == (i.after == NULL));
    if (i.refused && i.refused[strlen(i.refused) - 1] != '.') fail_msg("not a sentence: %s", i.refused);
    vmm_item_clear(&i);
}

static void every_row_has_a_name_and_a_hint_that_fit(void **state) {
    (void)state;
    static const struct answer *const scripts[] = {good, two, healthy, folder};
    for (size_t s = 0; s < VMM_COUNT(scripts); s++) {
        struct walk *k = begin_with(scripts[s], s % 2 ? &with_target : &without);
        for (int i = 0; i < 12 && !vmm_wizard_over(k->w, NULL); i++) {
            for (size_t r = 0; r < vmm_wizard_count(k->w); r++) row_fits(k->w, r);
            if (vmm_wizard_step(k->w) == STEP_SNAPSHOT) choose(k, 2);
            else enter(k, vmm_wizard_step(k->w) == STEP_APPLY ? "disk.img" : NULL);
        }
        end(k);
    }
}

static size_t rows_of(const char *text, size_t width) {
    size_t rows = 0, col = 0;
    for (const char *p = text; *p; p += strcspn(p, " "), p += *p == ' ') {
        size_t n = strcspn(p, " ");
        if (rows == 0 || col + 1 + n > width) rows++, col = n;
        else col += 1 + n;
    }
    return rows ? rows : 1;
}

/* 15 rows are left for text and list on a screen of 80 columns and 24 rows; a boot store and a tree may scroll. */
static void text_and_list_fit_a_small_screen(void **state) {
    (void)state;
    struct walk *k = begin_with(good, &without);
    for (int i = 0; i < 12 && !vmm_wizard_over(k->w, NULL); i++) {
        struct wizard_text t = {0};
        size_t rows = 0, groups = 0;
        const char *group = NULL;
        vmm_wizard_body(k->w, &t);
        for (size_t l = 0; l < t.count; l++) rows += rows_of(t.line[l].text, 78 - (size_t)t.line[l].indent);
        vmm_text_clear(&t);
        for (size_t r = 0; r < vmm_wizard_count(k->w); r++) {
            struct wizard_item item;
            vmm_wizard_item(k->w, r, &item);
            groups += item.group && item.group != group;
            group = item.group;
            rows += item.before ? 3 : 1;
            vmm_item_clear(&item);
        }
        if (rows + groups > 14) fail_msg("%s: %zu rows", vmm_wizard_title(k->w), rows + groups);
        enter(k, vmm_wizard_step(k->w) == STEP_APPLY ? "disk.img" : NULL);
    }
    end(k);
}

static void rows_to_read_cannot_be_marked(void **state) {
    (void)state;
    static const enum wizard_step steps[] = {STEP_BOOT, STEP_PREVIEW};
    struct walk *k = begin(good);
    for (size_t s = 0; s < VMM_COUNT(steps); s++) {
        enter_until(k, steps[s]);
        struct wizard_prompt p;
        vmm_wizard_prompt(k->w, &p);
        assert_int_equal(p.kind, PROMPT_NONE);
        assert_true(vmm_wizard_count(k->w) > 0);
        for (size_t r = 0; r < vmm_wizard_count(k->w); r++) {
            struct wizard_item i;
            vmm_wizard_item(k->w, r, &i);
            assert_true(i.reading);
            assert_false(i.marked);
            vmm_item_clear(&i);
            assert_int_equal(vmm_wizard_mark(k->w, r, true), -1);
            assert_int_equal(vmm_wizard_mark(k->w, r, false), -1);
        }
    }
    end(k);
}

/* ---- drive ---- */
static void the_disk_is_a_tree_and_its_verdict_is_pinned(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_DRIVE);
    struct wizard_text t = {0};
    int before = 0;
    size_t parts = 0, leaves = 0;
    vmm_wizard_body(k->w, &t);
    assert_int_equal(t.line[0].mean, MEAN_HEADING);
    for (size_t i = 0; i < t.count; i++) {
        assert_true(t.line[i].branch <= before + 1); /* nothing hangs in the air */
        before = t.line[i].branch;
        parts += t.line[i].branch == 1;
        leaves += t.line[i].branch == 2;
    }
    vmm_text_clear(&t);
    assert_int_equal(parts, 2);
    assert_true(leaves >= 3);
    body_pins(k, "Stuck in Safe Mode (Minimal).");
    body_says(k, "last shut down 2026-11-12 08:15 UTC");
    end(k);
}

/* ---- boot ---- */
static void a_line_of_the_boot_data_says_what_it_means(void **state) {
    (void)state;
    static const struct {
        const char *row, *says;
    } cases[] = {{"safeboot  ", "Element safeboot, number 0x25000080"}, {"safeboot  ", "Remove it."}, {"safeboot  ", "It can be: Minimal, Network, DsRepair."},
                 {"safeboot  ", "Stored as: 0000000000000000"}, {"safeboot  ", "this keeps Remote Desktop out"}, {"identifier              {bootmgr}", "in every boot store"},
                 {"identifier              {default}", "{11111111-2222-3333-4444-555555555555}"}, {"identifier              {default}", "the one that starts when nobody chooses"},
                 {"Windows Boot Loader", "It boots the chosen Windows: Its osdevice is partition 2"}, {"Windows Boot Loader", "Its description: Windows Server"},
                 {"default   ", "{default} is Windows Server (Windows Boot Loader)."}};
    struct walk *k = begin(good);
    enter_until(k, STEP_BOOT);
    for (size_t i = 0; i < VMM_COUNT(cases); i++) {
        struct wizard_item item;
        vmm_wizard_item(k->w, row_with(k, cases[i].row), &item);
        if (!strstr(item.detail, cases[i].says)) fail_msg("%s: %s", cases[i].says, item.detail);
        vmm_item_clear(&item);
    }
    vmm_wizard_explain(k->w, (long)row_with(k, "safeboot  "));
    settle(k);
    was_said(k, "safeboot Minimal\nElement safeboot");
    end(k);
}

/* A walk that stands in Boot and hears LISTING as the answer of the worker. */
static struct walk *shown(json_t *listing) {
    struct walk *k = begin(good);
    enter_until(k, STEP_BOOT);
    vmm_wizard_action(k->w, 'e', 0);
    json_t *event = json_pack("{s:i,s:s,s:O}", "id", k->s.id, "event", "result", "result", listing);
    json_array_clear(k->s.events);
    vmm_wizard_hear(k->w, event);
    json_decref(event);
    return k;
}

/* The rows as text again: an empty line before each part and at the end, as bcdedit prints it. */
static char *joined(const struct wizard *w) {
    struct vmm_buf b = {0};
    for (size_t r = 0; r < vmm_wizard_count(w); r++) {
        struct wizard_item i;
        vmm_wizard_item(w, r, &i);
        vmm_buf_fmt(&b, "%s%s\n", i.level == 0 ? "\n" : "", i.text);
        vmm_item_clear(&i);
    }
    vmm_buf_str(&b, "\n");
    return vmm_buf_steal(&b);
}

static size_t listings;

static void list_one(const char *name, uint8_t *bytes, size_t len) {
    struct vmm_hive *h = vmm_hive_open(bytes, len, NULL, NULL);
    struct vmm_bcd *b = h ? vmm_bcd_open(h, NULL) : NULL;
    for (int verbose = 0; b && b->count && verbose < 2; verbose++) {
        const struct vmm_bcd_view view = {.select = "all", .verbose = verbose};
        char *text = vmm_bcd_text(b, &view, NULL);
        json_t *listing = vmm_bcd_json(b, &view, NULL);
        json_object_set_new(listing, "text", json_string(text));
        struct walk *k = shown(listing);
        char *rows = joined(k->w);
        if (strcmp(rows, text) != 0) fail_msg("%s: the rows are not the text\n%s", name, rows);
        for (size_t r = 0; r < vmm_wizard_count(k->w); r++) row_fits(k->w, r);
        listings++;
        free(rows);
        free(text);
        json_decref(listing);
        end(k);
    }
    vmm_bcd_close(b);
    vmm_hive_close(h);
}

static void the_rows_of_a_boot_store_are_bcdedits_text(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_BOOT);
    char *rows = joined(k->w);
    assert_non_null(strstr(rows, "\nWindows Boot Loader\n-------------------\nidentifier              {default}\n"));
    free(rows);
    end(k);
    if (each_file(CORPUS "/bcd", list_one) == 0) {
        print_message("skipped: " CORPUS " is not here\n");
        skip();
    }
    print_message("%zu listings\n", listings);
    assert_true(listings > 100);
}

static void broken_stores_are_listed_too(void **state) {
    (void)state;
    if (each_file(CORPUS "/malformed", list_one) == 0) {
        print_message("skipped: " CORPUS " is not here\n");
        skip();
    }
}

static void a_listing_that_does_not_fit_its_objects_is_still_shown(void **state) {
    (void)state;
    static const char *const odd[] = {
        "{'text':'\\nA\\n-\\nidentifier  {x}\\nb  c\\n\\n','objects':[]}",
        "{'text':'\\nA\\n-\\nidentifier  {x}\\nb  c\\n\\n','objects':[{'heading':'B','elements':7}]}",
        "{'text':'b\\n  c\\n-\\n---\\n\\n\\n','objects':[{'heading':'A'}]}",
        "{'text':7}",
        "{'text':'A\\n-','objects':[{'heading':'A','id':3,'elements':[{'value':[]}]}]}",
        "{'text':'A\\r\\n-\\r\\nidentifier  {x}\\r\\nb  c\\r\\n','objects':[{'heading':'A','elements':[{'name':'b','id':'1','value':{}}]}]}"};
    for (size_t i = 0; i < VMM_COUNT(odd); i++) {
        json_t *listing = script_json(odd[i]);
        struct walk *k = shown(listing);
        for (size_t r = 0; r < vmm_wizard_count(k->w); r++) vmm_wizard_explain(k->w, (long)r);
        free(joined(k->w));
        json_decref(listing);
        end(k);
    }
}

static void safeboot_is_pointed_out_where_it_is_inherited_too(void **state) {
    (void)state;
    static const char inherited[] =
        "{'text':'\\nWindows Boot Loader\\n-------------------\\nidentifier              {default}\\n\\nWindows Boot Loader\\n-------------------\\nidentifier              {o}\\nsafeboot"
        "                Minimal\\n\\nBoot Loader Settings\\n--------------------\\nidentifier              {bootloadersettings}\\nsafeboot                Network\\n\\n',"
        "'objects':[{'id':'{11111111-2222-3333-4444-555555555555}','alias':'{default}','type':'10200003','heading':'Windows Boot Loader','elements':[]},"
        "{'id':'{o}','alias':null,'type':'10200003','heading':'Windows Boot Loader','elements':[{'id':'25000080','name':'safeboot','value':'Minimal'}]},"
        "{'id':'{s}','alias':'{bootloadersettings}','type':'20200003','heading':'Boot Loader Settings','elements':[{'id':'25000080','name':'safeboot','value':'Network'}]}]}";
    json_t *listing = script_json(inherited);
    struct walk *k = shown(listing);
    struct wizard_item mine, other;
    vmm_wizard_item(k->w, row_with(k, "safeboot                Network"), &mine);
    vmm_wizard_item(k->w, row_with(k, "safeboot                Minimal"), &other);
    assert_string_equal(mine.cell[0], "this keeps Remote Desktop out");
    assert_string_equal(other.cell[0], "starts Safe Mode"); /* another Windows: not what keeps people out of this one */
    vmm_item_clear(&mine);
    vmm_item_clear(&other);
    json_decref(listing);
    end(k);
}

/* ---- preview ---- */
#define CHANGE(fix, store, place, more) "{'fix':'" fix "','store':'" store "','place':'" place "','before_text':'old " place "','after_text':'new " place "'," more "}"
#define TWO_STORES \
    "{'text':'','lowers_security':true,'changes':[" CHANGE("SC01", "BCD on partition 1", "{e} emsport", "'object':{'id':'{e}','alias':'{emssettings}','heading':'EMS Settings','description':null},'element':'emsport','risk':'low','windows':'bcdedit /store F:x'") "," \
    CHANGE("CD01", "SYSTEM", "ControlSet001\\\\Control\\\\CrashControl!DumpFile", "'risk':'high','windows':'reg add HKLM\\\\BROKENSYSTEM\\\\ControlSet001'") "," \
    CHANGE("X", "SOFTWARE", "Microsoft!(Default)", "'windows':'reg add \\\"HKLM\\\\BROKENSOFTWARE\\\\Micro soft\\\"'") "," \
    CHANGE("SM01", "BCD on partition 1", "{w} safeboot", "'object':{'id':'{w}','alias':'{default}','heading':'Windows Boot Loader','description':'Windows Server 2022'},'element':'safeboot','before':{'type':'integer','text':'x','raw':'00'}") "]}"
static const struct answer stores_two[] = {COMMON, {"probe", PROBE_JSON}, {"scan", SCAN_BROKEN}, {"plan", TWO_STORES}, {"apply", APPLY_JSON}, {0}};

static void a_change_is_named_by_what_people_know_and_shows_both_values(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *group;
    } want[] = {{"SC01", "EMS Settings: emsport", "BCD on partition 1"}, {"SM01", "Windows Server 2022 (default entry): safeboot", "BCD on partition 1"},
                {"CD01", "CrashControl: DumpFile (ControlSet001)", "SYSTEM"}, {"X", "Microsoft!(Default)", "SOFTWARE"}};
    struct walk *k = begin(stores_two);
    enter_until(k, STEP_PREVIEW);
    assert_int_equal(vmm_wizard_count(k->w), VMM_COUNT(want));
    for (size_t r = 0; r < VMM_COUNT(want); r++) {
        struct wizard_item i;
        vmm_wizard_item(k->w, r, &i);
        assert_string_equal(i.name, want[r].name);
        assert_string_equal(i.text, want[r].text);
        assert_string_equal(i.group, want[r].group);
        assert_true(strncmp(i.before, "old ", 4) == 0 && strncmp(i.after, "new ", 4) == 0);
        assert_string_equal(i.before + 4, i.after + 4);
        assert_true(strncmp(i.detail, i.before + 4, strlen(i.before + 4)) == 0); /* the exact place */
        vmm_item_clear(&i);
    }
    body_pins(k, "LOWERS SECURITY");
    end(k);
}

static void the_windows_way_explains_its_placeholders(void **state) {
    (void)state;
    struct walk *k = begin(stores_two);
    enter_until(k, STEP_PREVIEW);
    key(k, 'w', 0);
    was_said(k, "F: stands for the letter");
    was_said(k, "reg load HKLM\\BROKENSYSTEM F:\\Windows\\System32\\config\\SYSTEM\nreg load HKLM\\BROKENSOFTWARE F:\\Windows\\System32\\config\\SOFTWARE\n");
    was_said(k, "bcdedit /store F:x\nreg add HKLM\\BROKENSYSTEM");
    was_said(k, "reg unload HKLM\\BROKENSYSTEM\nreg unload HKLM\\BROKENSOFTWARE\n");
    assert_true(strncmp(strstr(k->said, "The same, as one would type it"), "The same", 8) == 0);
    end(k);
    k = begin(good);
    enter_until(k, STEP_PREVIEW);
    key(k, 'w', 0);
    assert_null(strstr(k->said, "BROKEN"));
    end(k);
}

static void a_needed_fix_that_is_left_out_is_pinned(void **state) {
    (void)state;
    struct walk *k = begin(good);
    enter_until(k, STEP_FIXES);
    assert_int_equal(vmm_wizard_mark(k->w, row_with(k, "SM01"), false), 0);
    assert_int_equal(vmm_wizard_mark(k->w, row_with(k, "CD01"), true), 0);
    enter(k, NULL);
    body_pins(k, "needed, but not chosen: SM01");
    end(k);
}

/* ---- leaving ---- */
static void after_a_repair_nobody_is_told_that_nothing_was_written(void **state) {
    (void)state;
    for (int undo = 0; undo < 2; undo++) {
        struct walk *k = begin(good);
        enter_until(k, STEP_APPLY);
        enter(k, "disk.img");
        if (undo) {
            back(k);
            choose(k, 1);
        }
        key(k, undo ? 'r' : 'n', 0);
        free(k->said);
        k->said = NULL;
        vmm_wizard_help(k->w);
        vmm_wizard_quit(k->w);
        settle(k);
        was_said(k, "Nothing more was written.");
        assert_null(strstr(k->said, "Nothing was written."));
        assert_null(strstr(k->said, "nothing was written"));
        assert_int_equal(code_of(k), undo ? 6 : 0);
        end(k);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_a_name_and_a_hint_that_fit),
        cmocka_unit_test(text_and_list_fit_a_small_screen),
        cmocka_unit_test(rows_to_read_cannot_be_marked),
        cmocka_unit_test(the_disk_is_a_tree_and_its_verdict_is_pinned),
        cmocka_unit_test(a_line_of_the_boot_data_says_what_it_means),
        cmocka_unit_test(the_rows_of_a_boot_store_are_bcdedits_text),
        cmocka_unit_test(broken_stores_are_listed_too),
        cmocka_unit_test(a_listing_that_does_not_fit_its_objects_is_still_shown),
        cmocka_unit_test(safeboot_is_pointed_out_where_it_is_inherited_too),
        cmocka_unit_test(a_change_is_named_by_what_people_know_and_shows_both_values),
        cmocka_unit_test(the_windows_way_explains_its_placeholders),
        cmocka_unit_test(a_needed_fix_that_is_left_out_is_pinned),
        cmocka_unit_test(after_a_repair_nobody_is_told_that_nothing_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
