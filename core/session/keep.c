/* The images of a session's files in its folder, and what plan.json says of them.
 *   originals/N  originals/N.LOG ...   as they were           after/N   as they shall be
 *   after/N.clean                      the original with its logs replayed, when Windows had left changes in them
 *   after/N.forth  after/N.back        the opening sector and, behind it, what goes into the log that carries the change
 * Of a whole file originals/N is there only if the file was, and a secret is missing from after/N: not even a hash of the rest together with it is kept, which would
 * let one try passwords.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

static const char *const log_names[VMM_LOGS] = {"LOG", "LOG1", "LOG2"};

/* ---- keeping ---- */

static json_t *image_json(const struct vmm_image *image) {
    char sha[65];
    vmm_sha256(image->data, image->len, sha);
    return json_pack("{s:I,s:s}", "size", (json_int_t)image->len, "sha256", sha);
}

static int save_image(const struct vmm_session *s, const char *folder, size_t n, const char *suffix, const struct vmm_image *image, json_t *into, const char *key, struct vmm_error *err) {
    char *path = vmm_session_path(s, "%s/%zu%s%s", folder, n, *suffix ? "." : "", suffix);
    int r = vmm_file_write(path, image->data, image->len, err);
    if (r == 0) json_object_set_new(into, key, image_json(image));
    free(path);
    return r;
}

static int save_logs(const struct vmm_session *s, const struct vmm_rewrite *f, size_t n, json_t *list, struct vmm_error *err) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < VMM_LOGS; i++) {
        if (f->logs[i].path == NULL) continue;
        json_t *holder = json_object();
        r = save_image(s, "originals", n, log_names[i], &f->logs[i].image, holder, "log", err);
        json_t *log = json_object_get(holder, "log");
        if (log) {
            json_object_set_new(log, "name", json_string(log_names[i]));
            json_object_set_new(log, "path", vmm_json_text(f->logs[i].path));
            json_array_append(list, log);
        }
        json_decref(holder);
    }
    return r;
}

static int save_way(const struct vmm_session *s, size_t n, const char *name, const struct vmm_log_first *way, json_t *into, struct vmm_error *err) {
    if (way->log == 0) return 0;
    struct vmm_buf b = {0};
    vmm_buf_add(&b, way->open, sizeof way->open);
    vmm_buf_add(&b, way->head, way->head_len);
    struct vmm_image image = {.data = b.data, .len = b.len};
    int r = save_image(s, "after", n, name, &image, into, name, err);
    vmm_buf_free(&b);
    return r;
}

/* `after` as it may be kept. */
static struct vmm_image without_secret(const struct vmm_rewrite *f) {
    size_t end = f->secret_at + f->secret_len;
    struct vmm_image i = {.data = vmm_alloc(f->after.len, 1), .len = f->after.len - f->secret_len};
    memcpy(i.data, f->after.data, f->secret_at);
    memcpy(i.data + f->secret_at, f->after.data + end, f->after.len - end);
    return i;
}

static json_t *save_whole(const struct vmm_session *s, const struct vmm_rewrite *f, size_t n, struct vmm_error *err) {
    size_t end = f->secret_at + f->secret_len;
    if (f->secret && (f->secret_len == 0 || end < f->secret_at || end > f->after.len || memchr(f->after.data + f->secret_at, 0, f->secret_len))) {
        vmm_fail(err, VMM_E_INTERNAL, NULL, _("%s: where its password stands is not known"), f->label);
        return NULL;
    }
    json_t *folders = json_array();
    for (size_t i = 0; i < f->folder_count; i++) json_array_append_new(folders, vmm_json_text(f->folders[i]));
    json_t *file = json_pack("{s:I,s:i,s:o,s:o,s:n,s:[],s:b,s:o}", "n", (json_int_t)n, "part", f->part, "path", vmm_json_text(f->path), "label", vmm_json_text(f->label),
                             "before", "logs", "whole", true, "folders", folders);
    struct vmm_image kept = f->secret ? without_secret(f) : f->after;
    int r = f->before.absent ? 0 : save_image(s, "originals", n, "", &f->before, file, "before", err);
    if (r == 0) r = save_image(s, "after", n, "", &kept, file, "after", err);
    if (r == 0 && f->secret) json_object_set_new(json_object_get(file, "after"), "hole", json_integer((json_int_t)f->secret_at));
    if (f->secret) free(kept.data);
    if (r == 0) return file;
    json_decref(file);
    return NULL;
}

json_t *vmm_rewrite_save(const struct vmm_session *s, const struct vmm_rewrite *f, size_t n, struct vmm_error *err) {
    if (f->whole) return save_whole(s, f, n, err);
    json_t *file = json_pack("{s:I,s:i,s:o,s:o,s:[]}", "n", (json_int_t)n, "part", f->part, "path", vmm_json_text(f->path), "label", vmm_json_text(f->label), "logs");
    int r = save_image(s, "originals", n, "", &f->before, file, "before", err);
    if (r == 0) r = save_image(s, "after", n, "", &f->after, file, "after", err);
    if (r == 0 && f->clean.data) r = save_image(s, "after", n, "clean", &f->clean, file, "clean", err);
    if (r == 0) r = save_logs(s, f, n, json_object_get(file, "logs"), err);
    if (r == 0 && f->forth.log) {
        json_t *carrier = json_pack("{s:s}", "log", log_names[f->forth.log]);
        json_object_set_new(file, "carrier", carrier);
        r = save_way(s, n, "forth", &f->forth, carrier, err);
        if (r == 0) r = save_way(s, n, "back", &f->back, carrier, err);
    }
    if (r == 0) return file;
    json_decref(file);
    return NULL;
}

/* ---- and back ---- */

static int not_kept(struct vmm_error *err, const char *path) {
    return vmm_fail(err, VMM_E_BROKEN, _("Put the disk back from its snapshot instead."), _("%s is not what the session kept: its hash differs"), path);
}

static int load_image(const struct vmm_session *s, const char *folder, json_int_t n, const char *suffix, const json_t *image, struct vmm_image *out, struct vmm_error *err) {
    char *path = vmm_session_path(s, "%s/%lld%s%s", folder, (long long)n, *suffix ? "." : "", suffix), sha[65];
    int r = vmm_file_read(path, VMM_FILE_MAX, &out->data, &out->len, err);
    if (r < 0 && err && err->code == VMM_E_NOT_FOUND) vmm_fail(err, VMM_E_BROKEN, _("Put the disk back from its snapshot instead."), "%s", err->message);
    if (r == 0) {
        vmm_sha256(out->data, out->len, sha);
        if (strcmp(sha, vmm_json_str(image, "sha256")) != 0) r = not_kept(err, path);
    }
    free(path);
    return r;
}

static int number_of(const char *log) {
    for (int i = 0; i < VMM_LOGS; i++)
        if (strcmp(log_names[i], log) == 0) return i;
    return -1;
}

static int load_logs(const struct vmm_session *s, json_int_t n, const json_t *list, struct vmm_rewrite *f, struct vmm_error *err) {
    const json_t *log;
    size_t i;
    int r = 0;
    json_array_foreach((json_t *)(uintptr_t)list, i, log) {
        int k = number_of(vmm_json_str(log, "name"));
        if (r < 0 || k < 0 || f->logs[k].path) continue; /* the name was not kept by those who never wrote to a log */
        f->logs[k].path = vmm_strdup(vmm_json_str(log, "path"));
        r = load_image(s, "originals", n, log_names[k], log, &f->logs[k].image, err);
    }
    return r;
}

static int load_way(const struct vmm_session *s, json_int_t n, const char *name, const json_t *carrier, int log, struct vmm_log_first *way, struct vmm_error *err) {
    const json_t *image = json_object_get(carrier, name);
    struct vmm_image file = {0};
    if (image == NULL) return 0;
    int r = load_image(s, "after", n, name, image, &file, err);
    if (r == 0 && file.len <= sizeof way->open) r = not_kept(err, name);
    if (r == 0) {
        way->log = log;
        way->head_len = file.len - sizeof way->open;
        way->head = vmm_memdup(file.data + sizeof way->open, way->head_len);
        memcpy(way->open, file.data, sizeof way->open);
    }
    free(file.data);
    return r;
}

static int load_whole(const struct vmm_session *s, json_int_t n, const json_t *file, struct vmm_rewrite *f, struct vmm_error *err) {
    const json_t *folders = json_object_get(file, "folders"), *before = json_object_get(file, "before"), *after = json_object_get(file, "after");
    const json_t *hole = json_object_get(after, "hole"), *one;
    size_t i;
    f->whole = true;
    f->folders = vmm_alloc(json_array_size(folders), sizeof *f->folders);
    json_array_foreach((json_t *)(uintptr_t)folders, i, one) {
        if (!json_is_string(one)) return not_kept(err, "plan.json");
        f->folders[f->folder_count++] = vmm_strdup(json_string_value(one));
    }
    f->before.absent = json_is_null(before);
    if (!f->before.absent && load_image(s, "originals", n, "", before, &f->before, err) < 0) return -1;
    if (load_image(s, "after", n, "", after, &f->after, err) < 0) return -1;
    if (hole == NULL) return 0;
    json_int_t at = json_is_integer(hole) ? json_integer_value(hole) : -1;
    if (at < 0 || (uintmax_t)at > f->after.len) return not_kept(err, "plan.json");
    f->secret = true;
    f->secret_at = (size_t)at;
    return 0;
}

int vmm_rewrite_load(const struct vmm_session *s, const json_t *file, struct vmm_rewrite *f, struct vmm_error *err) {
    const json_t *clean = json_object_get(file, "clean"), *carrier = json_object_get(file, "carrier");
    json_int_t n = json_integer_value(json_object_get(file, "n"));
    *f = (struct vmm_rewrite){.part = (int)json_integer_value(json_object_get(file, "part")),
                              .path = vmm_strdup(vmm_json_str(file, "path")),
                              .label = vmm_strdup(vmm_json_str(file, "label"))};
    if (json_is_true(json_object_get(file, "whole"))) return load_whole(s, n, file, f, err);
    if (load_image(s, "originals", n, "", json_object_get(file, "before"), &f->before, err) < 0) return -1;
    if (load_image(s, "after", n, "", json_object_get(file, "after"), &f->after, err) < 0) return -1;
    if (clean && load_image(s, "after", n, "clean", clean, &f->clean, err) < 0) return -1;
    if (clean == NULL && carrier == NULL) return 0;
    if (load_logs(s, n, json_object_get(file, "logs"), f, err) < 0) return -1;
    int log = number_of(vmm_json_str(carrier, "log"));
    if (carrier == NULL) return 0;
    if (log < 1 || f->logs[log].path == NULL) return not_kept(err, "plan.json");
    if (load_way(s, n, "forth", carrier, log, &f->forth, err) < 0 || load_way(s, n, "back", carrier, log, &f->back, err) < 0) return -1;
    if (f->forth.head_len > f->logs[log].image.len || f->back.head_len > f->logs[log].image.len) return not_kept(err, "plan.json");
    return 0;
}
