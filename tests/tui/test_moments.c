/* Two things in the same moment: a key and the worker's news, half a character and the rest of it, a window that shrinks while one types.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/tui/gallery.h"

static bool seen(const struct term *t, const char *words) {
    bool found = false;
    for (int r = 0; r < screen_rows(term_screen(t)) && !found; r++) {
        char *row = screen_row(term_screen(t), r);
        found = strstr(row, words) != NULL;
        free(row);
    }
    return found;
}

static void what_the_worker_says_together_with_a_key_is_seen(void **state) {
    (void)state;
    struct walk *k = gallery_make(gallery_find("symptom-looking"));
    struct term *t = gallery_open(k, NULL);
    json_t *note = json_pack("{s:O,s:s,s:s}", "id", json_object_get(script_last(&k->s, "scan"), "id"), "event", "note", "text", "The disk has bad sectors.");
    vmm_wizard_hear(k->w, note);
    json_decref(note);
    term_keys(t, "<Down>");
    assert_true(seen(t, "bad sectors"));
    term_keys(t, "<Down>");
    assert_false(seen(t, "bad sectors"));
    term_close(t);
    gallery_end(k);
}

static void a_letter_whose_bytes_come_one_by_one_is_that_letter(void **state) {
    (void)state;
    struct walk *k = gallery_make(gallery_find("attach-path"));
    struct term *t = gallery_open(k, NULL);
    term_paste(t, "/srv/M\xc3", 7);
    assert_int_not_equal(term_got(t), TUI_LOST);
    term_paste(t, "\xbcller", 5);
    assert_true(seen(t, "/srv/Müller"));
    term_paste(t, "\xffx\xc3y", 4); /* noise swallows nothing */
    assert_true(seen(t, "/srv/Müllerxy"));
    term_close(t);
    gallery_end(k);
}

static void a_name_typed_where_nothing_can_be_seen_writes_nothing(void **state) {
    (void)state;
    struct walk *k = gallery_make(gallery_find("apply"));
    struct term *t = gallery_open(k, NULL);
    term_resize(t, 5, 30);
    assert_true(seen(t, "q leaves"));
    term_keys(t, "disk.img<Enter>");
    assert_int_equal(script_count(&k->s, "apply"), 0);
    assert_false(vmm_wizard_over(k->w, NULL));
    term_resize(t, 24, 80);
    term_keys(t, "disk.img<Enter>");
    assert_int_equal(script_count(&k->s, "apply"), 1);
    term_close(t);
    gallery_end(k);
}

/* JSON in which the disk is called NAME. */
static char *renamed(const char *json, const char *name) {
    static const char was[] = "'name':'disk.img'";
    const char *at = strstr(json, was);
    return vmm_printf("%.*s'name':'%s'%s", (int)(at - json), json, name, at + strlen(was));
}

static void a_disk_with_a_long_and_hostile_name_does_not_hide_that_it_is_written_to(void **state) {
    (void)state;
    char name[221], *probe, *scan;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    memcpy(name, "\xe2\x80\xae", 3); /* from right to left */
    probe = renamed(PROBE_JSON, name);
    scan = renamed(SCAN_BROKEN, name);
    const struct answer answers[] = {COMMON, {"probe", probe}, {"scan", scan}, {"plan", PLAN_JSON}, {"apply", ""}, {0}};
    struct walk *k = begin(answers);
    enter_until(k, STEP_APPLY);
    enter(k, name);
    assert_true(vmm_wizard_busy(k->w, NULL));
    struct term *t = gallery_open(k, NULL);
    char *head = screen_row(term_screen(t), 0), *sent = term_sent(t);
    assert_non_null(strstr(head, "vmmedic"));
    assert_non_null(strstr(head, "WRITING"));
    assert_null(strstr(sent, "\xe2\x80\xae"));
    free(sent);
    free(head);
    term_close(t);
    end(k);
    free(probe);
    free(scan);
}

#define DISK(name) "{'path':'/dev/" name "','name':'" name "','kind':'block','size':1,'size_text':'1 GiB','model':'Virtual Disk','refused':null}"

static void a_disk_that_is_plugged_in_does_not_move_the_pointer_to_another(void **state) {
    (void)state;
    static const struct answer answers[] = {{"sessions", "{'sessions':[]}"}, {"disks", "{'disks':[" DISK("sdc") "," DISK("sdd") "]}"},
                                            {"disks", "{'disks':[" DISK("sdb") "," DISK("sdc") "," DISK("sdd") "]}"}, {"scan", ""}, {0}};
    struct walk *k = begin_with(answers, &without);
    enter_until(k, STEP_ATTACH);
    struct term *t = gallery_open(k, NULL);
    term_keys(t, "<Home>");
    assert_true(seen(t, "> sdc"));
    vmm_wizard_tick(k->w); /* the list is asked for again, and comes in the moment in which Enter is pressed */
    gallery_settle(k);
    term_keys(t, "<Enter>");
    assert_string_equal(vmm_json_str(script_last(&k->s, "scan"), "target"), "/dev/sdc");
    term_close(t);
    end(k);
}

int main(int argc, char **argv) {
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_worker_says_together_with_a_key_is_seen),
        cmocka_unit_test(a_letter_whose_bytes_come_one_by_one_is_that_letter),
        cmocka_unit_test(a_name_typed_where_nothing_can_be_seen_writes_nothing),
        cmocka_unit_test(a_disk_with_a_long_and_hostile_name_does_not_hide_that_it_is_written_to),
        cmocka_unit_test(a_disk_that_is_plugged_in_does_not_move_the_pointer_to_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
