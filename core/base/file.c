/* Host files written so that a power cut leaves the old one or the new one; the state folder; hashes; JSON files.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <nettle/sha2.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

void vmm_sha256(const void *data, size_t len, char hex[65]) {
    struct sha256_ctx ctx;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&ctx);
    sha256_update(&ctx, len, data);
    sha256_digest(&ctx, sizeof digest, digest);
    char *text = vmm_hex(digest, sizeof digest);
    memcpy(hex, text, 65);
    free(text);
}

static enum vmm_code code_of(int error) {
    switch (error) {
    case ENOSPC: case EDQUOT: case EFBIG: return VMM_E_NO_SPACE;
    case ENOENT: case ENOTDIR: return VMM_E_NOT_FOUND;
    default: return VMM_E_UNREADABLE;
    }
}

/* errno into an error about PATH. */
static int failed(struct vmm_error *err, const char *doing, const char *path) {
    int e = errno;
    enum vmm_code code = code_of(e);
    return vmm_fail(err, code, code == VMM_E_NO_SPACE ? _("Free some space there, or name another folder with VMMEDIC_STATE.") : NULL,
                    "%s %s: %s", doing, path, strerror(e));
}

int vmm_file_read(const char *path, size_t max, uint8_t **data, size_t *len, struct vmm_error *err) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe in a file's place is read as empty, not waited for */
    if (fd < 0) return failed(err, _("opening"), path);
    struct vmm_buf b = {0};
    uint8_t *chunk = vmm_alloc(1 << 16, 1);
    ssize_t n;
    while ((n = read(fd, chunk, 1 << 16)) != 0) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        if (b.len + (size_t)n > max) {
            n = -2;
            break;
        }
        vmm_buf_add(&b, chunk, (size_t)n);
    }
    free(chunk);
    if (n < 0) {
        if (n == -2) vmm_fail(err, VMM_E_BROKEN, NULL, _("reading %s: it is larger than %zu bytes"), path, max);
        else failed(err, _("reading"), path);
        vmm_buf_free(&b);
        close(fd);
        return -1;
    }
    close(fd);
    *len = b.len;
    *data = (uint8_t *)vmm_buf_steal(&b);
    return 0;
}

int vmm_fsync_dir(const char *path, struct vmm_error *err) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return failed(err, _("opening"), path);
    int r = fsync(fd);
    if (r < 0) failed(err, _("syncing"), path);
    close(fd);
    return r;
}

static int write_file(const char *path, const void *data, size_t len, bool durable, struct vmm_error *err) {
    char *temporary = vmm_printf("%s.new", path), *copy = vmm_strdup(path);
    int r = -1, fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        failed(err, _("creating"), temporary);
        goto out;
    }
    const uint8_t *p = data;
    size_t left = len;
    while (left > 0) {
        ssize_t n = write(fd, p, left);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        p += n;
        left -= (size_t)n;
    }
    int bad = left > 0 || (durable && fsync(fd) < 0), e = errno;
    if (close(fd) < 0 && !bad) {
        bad = 1;
        e = errno;
    }
    if (!bad && rename(temporary, path) < 0) {
        bad = 1;
        e = errno;
    }
    if (bad) {
        errno = e;
        failed(err, _("writing"), path);
        unlink(temporary);
        goto out;
    }
    r = durable ? vmm_fsync_dir(dirname(copy), err) : 0;
out:
    free(temporary);
    free(copy);
    return r;
}

int vmm_file_write(const char *path, const void *data, size_t len, struct vmm_error *err) { return write_file(path, data, len, true, err); }

int vmm_file_put(const char *path, const void *data, size_t len, struct vmm_error *err) { return write_file(path, data, len, false, err); }

/* The entry of the folder PATH in the one above it, which need not be readable to us. */
static int sync_entry(const char *path, struct vmm_error *err) {
    char *copy = vmm_strdup(path), *above = dirname(copy);
    int r = access(above, R_OK) == 0 ? vmm_fsync_dir(above, err) : 0;
    free(copy);
    return r;
}

int vmm_mkdir_p(const char *path, struct vmm_error *err) {
    char *work = vmm_strdup(path);
    for (char *p = work + 1;; p++) {
        if (*p != '/' && *p != '\0') continue;
        char end = *p;
        *p = '\0';
        int r = mkdir(work, 0700) == 0 ? sync_entry(work, err) : errno == EEXIST ? 0 : failed(err, _("making the folder"), work);
        if (r < 0) {
            free(work);
            return -1;
        }
        if (end == '\0') break;
        *p = '/';
    }
    struct stat st;
    int r = stat(work, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : vmm_fail(err, VMM_E_UNREADABLE, NULL, _("%s is not a folder"), work);
    free(work);
    return r;
}

static int remove_at(int dir, const char *name, dev_t device, const char *shown, struct vmm_error *err) {
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : failed(err, _("looking at"), shown);
    if (!S_ISDIR(st.st_mode)) return unlinkat(dir, name, 0) < 0 ? failed(err, _("removing"), shown) : 0;
    if (st.st_dev != device) return vmm_fail(err, VMM_E_UNSUPPORTED, NULL, _("removing %s: another file system is mounted there"), shown);
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return failed(err, _("opening"), shown);
    DIR *d = fdopendir(fd);
    if (d == NULL) {
        close(fd);
        return failed(err, _("opening"), shown);
    }
    int r = 0;
    for (struct dirent *e; r == 0 && (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) r = remove_at(dirfd(d), e->d_name, device, shown, err);
    closedir(d);
    if (r == 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0) r = failed(err, _("removing"), shown);
    return r;
}

int vmm_remove_tree(const char *path, struct vmm_error *err) {
    struct stat st;
    if (lstat(path, &st) < 0) return errno == ENOENT ? 0 : failed(err, _("looking at"), path);
    return remove_at(AT_FDCWD, path, st.st_dev, path, err);
}

char *vmm_state_dir(void) {
    const char *own = getenv("VMMEDIC_STATE"), *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (own && *own) {
        if (own[0] == '/') return vmm_strdup(own);
        char *here = getcwd(NULL, 0), *whole = vmm_printf("%s/%s", here ? here : "", own);
        free(here);
        return whole;
    }
    if (xdg && xdg[0] == '/') return vmm_printf("%s/vmmedic", xdg);
    if (geteuid() == 0) return vmm_strdup("/var/lib/vmmedic");
    if (home == NULL || home[0] != '/') {
        const struct passwd *pw = getpwuid(geteuid());
        home = pw && pw->pw_dir ? pw->pw_dir : "/";
    }
    return vmm_printf("%s/.local/state/vmmedic", home);
}

json_t *vmm_json_text(const char *s) {
    if (s == NULL) return json_null();
    json_t *j = json_string(s);
    if (j) return j;
    char *safe = vmm_safe_text(s);
    j = json_string(safe);
    free(safe);
    return j;
}

const char *vmm_json_str(const json_t *object, const char *key) {
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

int vmm_json_save(const char *path, const json_t *object, struct vmm_error *err) {
    char *text = json_dumps(object, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    if (text == NULL) return vmm_fail(err, VMM_E_INTERNAL, NULL, _("writing %s: the data cannot be put into JSON"), path);
    int r = vmm_file_write(path, text, strlen(text), err);
    free(text);
    return r;
}

json_t *vmm_json_load(const char *path, struct vmm_error *err) {
    uint8_t *data;
    size_t len;
    if (vmm_file_read(path, 256u << 20, &data, &len, err) < 0) return NULL;
    json_error_t bad;
    json_t *j = json_loadb((char *)data, len, JSON_REJECT_DUPLICATES, &bad);
    free(data);
    if (j == NULL) vmm_fail(err, VMM_E_BROKEN, NULL, _("reading %s: line %d: %s"), path, bad.line, bad.text);
    return j;
}
