/* Walking the wizard's model in a test: begin, press, look. Include cmocka first.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_TESTS_WALK_H
#define VMM_TESTS_WALK_H
#include "tests/screens/script.h"

static const struct answer good[] __attribute__((unused)) = GOOD(SCAN_BROKEN);
static const struct answer healthy[] __attribute__((unused)) = GOOD(SCAN_HEALTHY);
static const struct answer two[] __attribute__((unused)) = GOOD_TWO;
static const struct answer folder[] __attribute__((unused)) = GOOD(SCAN_FOLDER);
static const struct answer pending[] __attribute__((unused)) = GOOD(SCAN_PENDING);
static const struct answer empty[] __attribute__((unused)) = GOOD(SCAN_NO_WINDOWS);
static const struct wizard_options with_target = {.target = "/srv/disk.img"}, without __attribute__((unused)) = {0};

struct walk {
    struct script s;
    struct wizard *w;
    char *said; /* all that was said so far */
};

static inline char *lines_text(const struct wizard_text *t) {
    struct vmm_buf b = {0};
    for (size_t i = 0; i < t->count; i++) vmm_buf_fmt(&b, "%s\n", t->line[i].text);
    return vmm_buf_steal(&b);
}

static inline void settle(struct walk *k) {
    json_t *event;
    struct vmm_error err;
    struct wizard_text t = {0};
    int r;
    while ((r = script_next(&k->s, 0, &event, &err)) == 1) {
        vmm_wizard_hear(k->w, event);
        json_decref(event);
    }
    if (r < 0) vmm_wizard_gone(k->w, &err);
    while (vmm_wizard_said(k->w, &t)) {
        char *text = lines_text(&t), *all = vmm_printf("%s%s", k->said ? k->said : "", text);
        free(text);
        free(k->said);
        k->said = all;
    }
    vmm_text_clear(&t);
}

static inline struct walk *begin_with(const struct answer *answers, const struct wizard_options *o) {
    struct walk *k = vmm_alloc(1, sizeof(*k));
    struct wizard_link link = script_link(&k->s, answers);
    k->w = vmm_wizard_new(o, link);
    settle(k);
    return k;
}
static inline struct walk *begin(const struct answer *answers) { return begin_with(answers, &with_target); }

static inline void end(struct walk *k) {
    vmm_wizard_free(k->w);
    script_free(&k->s);
    free(k->said);
    free(k);
}

static inline void enter(struct walk *k, const char *text) {
    vmm_wizard_reply(k->w, WIZARD_ACCEPT, text);
    settle(k);
}
static inline void back(struct walk *k) {
    vmm_wizard_reply(k->w, WIZARD_BACK, NULL);
    settle(k);
}
static inline void choose(struct walk *k, size_t row) {
    assert_int_equal(vmm_wizard_mark(k->w, row, true), 0);
    enter(k, NULL);
}
static inline void key(struct walk *k, char c, size_t row) {
    assert_true(vmm_wizard_action(k->w, c, row));
    settle(k);
}
#define AT(k, s) assert_int_equal(vmm_wizard_step((k)->w), s)

static inline void enter_until(struct walk *k, enum wizard_step step) {
    for (int i = 0; i < 12 && vmm_wizard_step(k->w) != step; i++) enter(k, NULL);
    AT(k, step);
}

static inline char *body_of(struct walk *k) {
    struct wizard_text t = {0};
    vmm_wizard_body(k->w, &t);
    char *text = lines_text(&t);
    vmm_text_clear(&t);
    return text;
}
static inline void body_says(struct walk *k, const char *words) {
    char *text = body_of(k);
    if (!strstr(text, words)) fail_msg("not said: %s\nin: %s", words, text);
    free(text);
}
static inline void more_says(struct walk *k, const char *words) {
    struct wizard_text t = {0};
    vmm_wizard_more(k->w, &t);
    char *text = lines_text(&t);
    vmm_text_clear(&t);
    if (!strstr(text, words)) fail_msg("not said: %s\nin: %s", words, text);
    free(text);
}
/* The line is marked as one to be seen whatever else scrolls. */
static inline void body_pins(struct walk *k, const char *words) {
    struct wizard_text t = {0};
    bool pinned = false;
    vmm_wizard_body(k->w, &t);
    for (size_t i = 0; i < t.count; i++) pinned = pinned || (t.line[i].pinned && strstr(t.line[i].text, words));
    vmm_text_clear(&t);
    if (!pinned) fail_msg("not pinned: %s", words);
}
static inline void was_said(struct walk *k, const char *words) {
    if (!k->said || !strstr(k->said, words)) fail_msg("not said: %s\nin: %s", words, k->said ? k->said : "");
}
static inline bool marked(struct walk *k, size_t row) {
    struct wizard_item i;
    vmm_wizard_item(k->w, row, &i);
    bool m = i.marked;
    vmm_item_clear(&i);
    return m;
}
static inline size_t row_with(struct walk *k, const char *words) {
    for (size_t r = 0; r < vmm_wizard_count(k->w); r++) {
        struct wizard_item i;
        vmm_wizard_item(k->w, r, &i);
        bool found = strstr(i.text, words) || (i.name && strstr(i.name, words));
        vmm_item_clear(&i);
        if (found) return r;
    }
    fail_msg("no row with %s", words);
    return 0;
}
/* Opens every family of the step Fixes. */
static inline void open_all(struct walk *k) {
    AT(k, STEP_FIXES);
    key(k, 'e', 0);
}
static inline int code_of(struct walk *k) {
    int code = -1;
    assert_true(vmm_wizard_over(k->w, &code));
    return code;
}
#endif
