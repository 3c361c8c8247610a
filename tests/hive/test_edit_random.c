/* Random sequences of 1 to 50 edits on real and built hives: what comes out is sound, holds exactly what was intended, and a second run changes no byte. What
 * is intended is kept in a list that was made, and is compared with one that is made, by another reader of hives (hivex).
 * SEQUENCES=10000 for more of them, SEED=n for others, JUDGE_EVERY=1 for the other judge's word on each (50), TALK=1 to hear what was refused.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <hivex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/base.h"
#include "harness/folder.h"
#include "hive/regf.h"

#define STRICT "../shared/tools/hive_strict.py"
#define JUDGE "../shared/tools/hive_judge" /* the same and Microsoft's own checker, which CHKREG names */

static char *scratch;
static uint64_t random_state;

static uint32_t draw(uint32_t below) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

static bool one_in(uint32_t n) { return draw(n) == 0; }

/* ---- the list ---- */

struct entry { /* a key (name NULL) or a value */
    char *path, *name;
    uint32_t type;
    uint8_t *data;
    size_t len;
};
struct list {
    struct entry *e;
    size_t n, room;
};

static void add(struct list *l, const char *path, const char *name, uint32_t type, const void *data, size_t len) {
    if (l->n == l->room) l->e = vmm_realloc(l->e, l->room = l->room ? 2 * l->room : 256, sizeof *l->e);
    l->e[l->n++] = (struct entry){vmm_strdup(path), vmm_strdup(name), type, vmm_memdup(data ? data : "", len), len};
}

static void drop(struct list *l, size_t i) {
    free(l->e[i].path);
    free(l->e[i].name);
    free(l->e[i].data);
    l->e[i] = l->e[--l->n];
}

static void clear(struct list *l) {
    while (l->n) drop(l, l->n - 1);
    free(l->e);
    *l = (struct list){0};
}

static struct list copied(const struct list *l) {
    struct list c = {0};
    for (size_t i = 0; i < l->n; i++) add(&c, l->e[i].path, l->e[i].name, l->e[i].type, l->e[i].data, l->e[i].len);
    return c;
}

static int by_place(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    int r = strcmp(x->path, y->path);
    if (r == 0) r = (x->name != NULL) - (y->name != NULL);
    return r || x->name == NULL ? r : strcmp(x->name, y->name);
}

static char *joined(const char *path, const char *name) { return *path ? vmm_printf("%s\\%s", path, name) : vmm_strdup(name); }

static bool export_node(hive_h *g, hive_node_h node, const char *path, struct list *out) {
    hive_value_h *values = hivex_node_values(g, node);
    bool good = values != NULL;
    add(out, path, NULL, 0, NULL, 0);
    for (size_t i = 0; good && values[i]; i++) {
        hive_type type;
        size_t len;
        char *name = hivex_value_key(g, values[i]), *data = hivex_value_value(g, values[i], &type, &len);
        good = name && data;
        if (good) add(out, path, name, type, data, len);
        free(name);
        free(data);
    }
    free(values);
    hive_node_h *children = good ? hivex_node_children(g, node) : NULL;
    good = good && children;
    for (size_t i = 0; good && children[i]; i++) {
        char *name = hivex_node_name(g, children[i]), *child = name ? joined(path, name) : NULL;
        good = child && export_node(g, children[i], child, out);
        free(name);
        free(child);
    }
    free(children);
    return good;
}

/* All of a hive as the other reader sees it; false when it cannot. */
static bool export(const uint8_t *data, size_t len, struct list *out) {
    char *path = vmm_printf("%s/export", scratch);
    assert_int_equal(vmm_file_put(path, data, len, NULL), 0);
    hive_h *g = hivex_open(path, 0);
    bool good = g && export_node(g, hivex_root(g), "", out);
    if (g) hivex_close(g);
    free(path);
    qsort(out->e, out->n, sizeof *out->e, by_place);
    return good;
}

static size_t find(const struct list *l, const char *path, const char *name) {
    for (size_t i = 0; i < l->n; i++)
        if (strcasecmp(l->e[i].path, path) == 0 && (name == NULL ? l->e[i].name == NULL : l->e[i].name && strcasecmp(l->e[i].name, name) == 0)) return i;
    return l->n;
}

/* The spelling of PATH as it stands, as far as it stands; its missing keys are added. The caller frees. */
static char *make_keys(struct list *l, const char *path) {
    char *made = vmm_strdup("");
    for (const char *p = path; *p;) {
        size_t n = strcspn(p, "\\");
        char *name = vmm_strndup(p, n), *next = joined(made, name);
        size_t i = find(l, next, NULL);
        if (i == l->n) add(l, next, NULL, 0, NULL, 0);
        free(made);
        made = vmm_strdup(l->e[i].path);
        free(name);
        free(next);
        p += n + (p[n] == '\\');
    }
    return made;
}

static void intend(struct list *l, const struct vmm_edit *e) {
    if (e->op == VMM_EDIT_DELETE_VALUE) {
        drop(l, find(l, e->path, e->name));
    } else if (e->op == VMM_EDIT_DELETE_KEY) {
        size_t n = strlen(e->path);
        for (size_t i = l->n; i-- > 0;)
            if (strncasecmp(l->e[i].path, e->path, n) == 0 && (l->e[i].path[n] == '\0' || l->e[i].path[n] == '\\')) drop(l, i);
    } else {
        char *path = make_keys(l, e->path);
        size_t i = find(l, path, e->name);
        if (i < l->n) {
            free(l->e[i].data);
            l->e[i].data = vmm_memdup(e->data, e->len);
            l->e[i].len = e->len;
            l->e[i].type = e->type;
        } else {
            add(l, path, e->name, e->type, e->data, e->len);
        }
        free(path);
    }
}

static void assert_same(const struct list *want, const struct list *got, const char *where) {
    for (size_t i = 0; i < want->n || i < got->n; i++) {
        const struct entry *a = i < want->n ? &want->e[i] : NULL, *b = i < got->n ? &got->e[i] : NULL;
        if (a && b && by_place(a, b) == 0 && a->type == b->type && a->len == b->len && memcmp(a->data, b->data, a->len) == 0) continue;
        fail_msg("%s: intended %s!%s, found %s!%s", where, a ? a->path : "(end)", a && a->name ? a->name : "", b ? b->path : "(end)", b && b->name ? b->name : "");
    }
}

/* ---- the hives ---- */

struct subject {
    char *name;
    struct vmm_hive *h;
    struct list all;
};
static struct subject *subjects;
static size_t subject_count, strict_count, judge_every = 50;

static void subject(const char *name, const uint8_t *data, size_t len) {
    struct subject s = {.name = vmm_strdup(name)};
    struct vmm_error err = {0};
    s.h = vmm_hive_open(data, len, NULL, &err);
    if (s.h && !vmm_hive_dirty(s.h) && vmm_hive_check(s.h, NULL, NULL) == 0 && s.all.n == 0 && export(data, len, &s.all)) {
        subjects = vmm_realloc(subjects, subject_count + 1, sizeof *subjects);
        subjects[subject_count++] = s;
        return;
    }
    vmm_hive_close(s.h);
    clear(&s.all);
    free(s.name);
}

static void from_folder(const char *folder, size_t most) {
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        char *path = vmm_printf("%s/%s", folder, e->d_name);
        uint8_t *data;
        size_t len;
        if (e->d_name[0] != '.' && !strstr(e->d_name, ".LOG") && !strstr(e->d_name, ".xz") && !strstr(e->d_name, "MANIFEST") && vmm_file_read(path, most, &data, &len, NULL) == 0) {
            subject(e->d_name, data, len);
            free(data);
        }
        free(path);
    }
    if (d) closedir(d);
}

/* A hive of KEYS keys in one, and of values of all sizes. */
static void built(int minor, size_t keys) {
    struct vmm_hive_builder *b = vmm_builder_new("ROOT", minor);
    uint8_t big[40000] = {1};
    for (size_t i = 0; i < keys; i++) {
        char *path = vmm_printf("Many\\Key_%zu\\In", i);
        if (i % 3) path[strlen(path) - 3] = '\0';
        vmm_builder_dword(b, path, "N", (uint32_t)i);
        if (i % 7 == 0) vmm_builder_set(b, path, "Blob", VMM_REG_BINARY, big, draw(200));
        free(path);
    }
    vmm_builder_set(b, "Big", "Blob", VMM_REG_BINARY, big, minor == 3 ? 16000 : 40000);
    vmm_builder_dword(b, "Big", "Small", 1);
    vmm_builder_string(b, "Gr\xc3\xb6\xc3\x9f" "e", "\xc3\x9c" "ber", VMM_REG_SZ, "Text");
    size_t len;
    uint8_t *data = vmm_builder_finish(b, 7, &len);
    char *name = vmm_printf("built 1.%d with %zu keys", minor, keys);
    subject(name, data, len);
    free(name);
    free(data);
}

static int make_subjects(void **state) {
    (void)state;
    scratch = harness_quick_room();
    const char *seed = getenv("SEED"), *every = getenv("JUDGE_EVERY");
    if (every) judge_every = strtoul(every, NULL, 10);
    random_state = seed ? strtoull(seed, NULL, 10) : 1;
    from_folder("../shared/corpus/bcd", 1u << 20);
    from_folder("../shared/corpus/system", 600u << 10);
    for (int minor = 3; minor <= 5; minor += 2)
        for (size_t keys = 1; keys <= 1600; keys *= 4) built(minor, keys);
    return 0;
}

static int free_subjects(void **state) {
    (void)state;
    for (size_t i = 0; i < subject_count; i++) {
        vmm_hive_close(subjects[i].h);
        clear(&subjects[i].all);
        free(subjects[i].name);
    }
    free(subjects);
    int r = vmm_remove_tree(scratch, NULL);
    free(scratch);
    return r;
}

/* ---- random edits ---- */

static char *random_name(void) {
    static const char letters[] = "abcXYZ019 _-{}^[]`~.@";
    char text[24];
    size_t n = 1 + draw(one_in(10) ? 20 : 6);
    for (size_t i = 0; i < n; i++) text[i] = letters[draw(sizeof letters - 1)];
    text[n] = '\0';
    return one_in(60) ? vmm_strdup("\xc3\xa4\xc3\xb6") : vmm_strdup(text);
}

/* Upper and lower case are one. */
static char *respelled(const char *s) {
    char *t = vmm_strdup(s);
    for (char *p = t; one_in(3) && *p; p++)
        if (*p >= 'a' && *p <= 'z' && one_in(2)) *p = (char)(*p - 32);
    return t;
}

static void random_data(struct vmm_edit *e, size_t len) {
    static const uint32_t types[] = {0, 1, 2, 3, 4, 7, 11, 0xffff0012};
    uint8_t *data = vmm_alloc(len, 1);
    for (size_t i = 0; i < len; i++) data[i] = (uint8_t)draw(256);
    if (one_in(2) || e->type > 11) e->type = types[draw(VMM_COUNT(types))];
    e->data = data;
    e->len = len;
}

static size_t random_len(void) {
    if (one_in(40)) return 16340 + draw(8);
    if (one_in(12)) return draw(5000);
    return draw(3) ? draw(40) : 4;
}

static struct vmm_edit random_edit(const struct list *l) {
    const struct entry *at = &l->e[draw((uint32_t)l->n)];
    uint32_t way = draw(10);
    struct vmm_edit e = {.op = VMM_EDIT_SET, .create_keys = true, .type = at->type};
    char *path = respelled(at->path), *name = NULL;
    if (at->name && way < 3) { /* the value: its size kept, or not */
        name = respelled(at->name);
        random_data(&e, way == 0 ? random_len() : at->len);
        if (way == 1) e.type = at->type;
    } else if (at->name && way < 5) {
        name = respelled(at->name);
        e.op = VMM_EDIT_DELETE_VALUE;
    } else if (way == 5 && *path && strchr(path, '\\')) {
        e.op = VMM_EDIT_DELETE_KEY;
    } else {
        for (uint32_t deep = way < 8 ? draw(3) : 0; deep > 0; deep--) {
            char *child = random_name(), *longer = joined(path, child);
            free(child);
            free(path);
            path = longer;
        }
        name = one_in(8) ? vmm_strdup("") : random_name();
        random_data(&e, random_len());
    }
    e.path = path;
    e.name = name;
    return e;
}

static void free_edit(struct vmm_edit *e) {
    free((void *)(uintptr_t)e->path);
    free((void *)(uintptr_t)e->name);
    free((void *)(uintptr_t)e->data);
}

/* ---- one sequence ---- */

static size_t made, refused_edits, refused_batches, done;

static void heard(const struct vmm_error *err) {
    const char *why = strrchr(err->message, ':');
    if (getenv("TALK")) printf("refused%s\n", why ? why : err->message);
}

/* Makes the edits; those that do not go together with others are left out, last first. 0 left: nothing was made. */
static size_t make_them(const struct subject *s, struct vmm_edit *edits, size_t n, uint8_t **after, size_t *len) {
    struct vmm_error err = {0};
    while (n > 0 && vmm_hive_edit(s->h, edits, n, NULL, scratch, after, len, &err) < 0) {
        if (err.code != VMM_E_CONFLICT && err.code != VMM_E_UNSUPPORTED) {
            for (size_t i = 0; i < n; i++) printf("%d %s!%s type %u, %zu bytes\n", (int)edits[i].op, edits[i].path, edits[i].name ? edits[i].name : "", edits[i].type, edits[i].len);
            fail_msg("%s: %s", s->name, err.message);
        }
        heard(&err);
        refused_batches++;
        free_edit(&edits[--n]);
    }
    return n;
}

static void second_run(const struct subject *s, const struct vmm_edit *edits, size_t n, const uint8_t *after, size_t len) {
    struct vmm_edit *again = vmm_alloc(n, sizeof *again);
    size_t m = 0, same_len;
    uint8_t *same;
    struct vmm_error err = {0};
    for (size_t i = 0; i < n; i++)
        if (edits[i].op == VMM_EDIT_SET) again[m++] = edits[i]; /* what was deleted is not there to be deleted */
    struct vmm_hive *h = vmm_hive_open(after, len, NULL, &err);
    assert_non_null(h);
    if (vmm_hive_edit(h, again, m, NULL, scratch, &same, &same_len, &err) < 0) fail_msg("%s: again: %s", s->name, err.message);
    assert_int_equal(same_len, len);
    assert_memory_equal(same, after, len);
    free(same);
    free(again);
    vmm_hive_close(h);
}

static bool below(const char *key, const char *path) {
    size_t n = strlen(key);
    return strncasecmp(key, path, n) == 0 && (path[n] == '\0' || path[n] == '\\');
}

/* Whether the last one wants a place of another. */
static bool meets(const struct vmm_edit *edits, size_t last) {
    const struct vmm_edit *b = &edits[last];
    for (size_t i = 0; i < last; i++) {
        const struct vmm_edit *a = &edits[i];
        if (a->op == VMM_EDIT_DELETE_KEY && below(a->path, b->path)) return true;
        if (b->op == VMM_EDIT_DELETE_KEY && below(b->path, a->path)) return true;
        if (strcasecmp(a->path, b->path) == 0 && a->name && b->name && strcasecmp(a->name, b->name) == 0) return true;
    }
    return false;
}

static void one_sequence(void) {
    const struct subject *s = &subjects[draw((uint32_t)subject_count)];
    struct vmm_edit edits[50];
    struct vmm_error err = {0};
    size_t want = 1 + draw(one_in(2) ? 50 : 8), n = 0, len;
    for (size_t i = 0; i < want; i++) {
        edits[n] = random_edit(&s->all);
        if (!one_in(100) && meets(edits, n)) { /* two edits of one place are refused together: a few of those are enough */
            free_edit(&edits[n]);
            continue;
        }
        if (vmm_hive_takes(s->h, &edits[n], &err) == 0) {
            n++;
            continue;
        }
        if (err.code != VMM_E_UNSUPPORTED && err.code != VMM_E_NOT_FOUND) fail_msg("%s: %s", s->name, err.message);
        heard(&err);
        refused_edits++;
        free_edit(&edits[n]);
    }
    uint8_t *after = NULL;
    n = make_them(s, edits, n, &after, &len);
    if (n > 0) {
        struct list intended = copied(&s->all), found = {0};
        for (size_t i = 0; i < n; i++) intend(&intended, &edits[i]);
        qsort(intended.e, intended.n, sizeof *intended.e, by_place);
        assert_true(export(after, len, &found));
        assert_same(&intended, &found, s->name);
        second_run(s, edits, n, after, len);
        if (done % judge_every == 0) {
            bool microsoft = getenv("CHKREG") && system("command -v wine >/dev/null") == 0;
            char *path = vmm_printf("%s/judged", scratch), *order = vmm_printf("%s %s >/dev/null 2>&1", microsoft ? JUDGE : "python3 " STRICT, path);
            assert_int_equal(vmm_file_put(path, after, len, NULL), 0);
            if (access(STRICT, R_OK) == 0 && system("command -v python3 >/dev/null") == 0) {
                if (system(order) != 0) fail_msg("%s: the other judge complains", s->name);
                strict_count++;
            }
            free(path);
            free(order);
        }
        clear(&intended);
        clear(&found);
        free(after);
        made += n;
        done++;
    }
    for (size_t i = 0; i < n; i++) free_edit(&edits[i]);
}

static void random_edits_change_exactly_what_was_intended(void **state) {
    (void)state;
    const char *count = getenv("SEQUENCES");
    for (long n = count ? strtol(count, NULL, 10) : 200; n > 0; n--) {
        uint64_t before = random_state;
        one_sequence();
        if (before == random_state) fail_msg("nothing was drawn");
    }
    if (getenv("CHKREG") == NULL || system("command -v wine >/dev/null") != 0) printf("skipped: Microsoft's own checker was not asked: CHKREG does not name it, or wine is not here\n");
    printf("%zu hives, %zu sequences, %zu edits made, %zu refused, %zu batches cut, %zu judged by the other judge\n", subject_count, done, made, refused_edits, refused_batches, strict_count);
    assert_true(done > 0 && made > done);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_edits_change_exactly_what_was_intended)};
    return cmocka_run_group_tests(tests, make_subjects, free_subjects);
}
