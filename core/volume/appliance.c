/* Starting the appliance: what this machine lacks is said first, KVM is tried once, TCG from then on, and nothing reaches the
 * terminal. A drive that is only looked at stands behind an overlay of our own, whose formats are all named: libguestfs' own
 * read-only overlay leaves one format to qemu's guess, and a guest that writes a qcow2 header into its first sector would make qemu
 * open a host file.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "volume/appliance.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/base.h"
#include "volume/watchdog.h"

enum { MEMORY_MB = 640, SPARE_MB = 160, CACHE_MB = 700, LOG_MAX = 16384 };
enum { KVM_SILENCE_S = 25 }; /* a KVM that works says something within 2 s; one that hangs never does */

/* What one handle says while it works; freed when the handle is closed. */
struct watch {
    struct vmm_progress progress; /* only while launching */
    const char *stage;
    unsigned long long step;
    bool cancelled;
    struct vmm_watchdog dog; /* of a start with KVM */
    struct vmm_buf log; /* the last words of qemu and the appliance */
};

static void tell(struct watch *w, unsigned long long step) {
    if (step > w->step) w->step = step;
    if (w->progress.fn && w->progress.fn(w->progress.ctx, w->stage, w->step, 12)) w->cancelled = true;
}

static void on_event(guestfs_h *g, void *opaque, uint64_t event, int handle, int flags, const char *text, size_t len,
                     const uint64_t *array, size_t array_len) {
    (void)g, (void)handle, (void)flags;
    struct watch *w = opaque;
    vmm_watchdog_heard(&w->dog);
    if (event == GUESTFS_EVENT_CLOSE) {
        vmm_buf_free(&w->log);
        free(w);
        return;
    }
    if (event == GUESTFS_EVENT_PROGRESS) {
        if (array_len >= 4) tell(w, array[2]);
        return;
    }
    if (w->log.len > LOG_MAX) w->log.len = 0;
    vmm_buf_add(&w->log, text, len);
    tell(w, 0);
}

/* ---- what is known about KVM on this machine ---- */

static char *kvm_note(void) {
    const char *run = getenv("XDG_RUNTIME_DIR");
    if (geteuid() == 0 && access("/run", W_OK) == 0) return vmm_strdup("/run/vmmedic-kvm-broken");
    if (geteuid() != 0 && run && run[0] == '/') return vmm_printf("%s/vmmedic-kvm-broken", run);
    char *state = vmm_state_dir(), *path = vmm_printf("%s/kvm-broken", state);
    vmm_mkdir_p(state, NULL);
    free(state);
    return path;
}

/* The kernel's name for the time since it booted; what is remembered holds as long as it stays the same. */
static size_t boot_id(uint8_t **id) {
    size_t len;
    return vmm_file_read("/proc/sys/kernel/random/boot_id", 128, id, &len, NULL) < 0 ? 0 : len;
}

static bool kvm_known_broken(void) {
    uint8_t *now = NULL, *then = NULL;
    size_t now_len = boot_id(&now), then_len;
    char *path = kvm_note();
    bool broken =
        now_len && vmm_file_read(path, 128, &then, &then_len, NULL) == 0 && then_len == now_len && !memcmp(now, then, now_len);
    free(path);
    free(now);
    free(then);
    return broken;
}

static void kvm_remember(void) {
    uint8_t *id = NULL;
    size_t len = boot_id(&id);
    char *path = kvm_note();
    if (len) vmm_file_write(path, id, len, NULL);
    free(path);
    free(id);
}

static bool kvm_worth_trying(void) {
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (fd < 0) return false;
    close(fd);
    return !kvm_known_broken();
}

/* ---- what this machine must have ---- */

static unsigned long long memory_available_mb(void) {
    FILE *f = fopen("/proc/meminfo", "re");
    char line[128];
    unsigned long long kb = 0, found = ~0ull;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1) found = kb >> 10;
    if (f) fclose(f);
    return found;
}

static bool in_path(const char *program) {
    if (strchr(program, '/')) return access(program, X_OK) == 0;
    const char *path = getenv("PATH");
    bool found = false;
    for (const char *p = path ? path : "/usr/bin:/bin"; !found && *p;) {
        size_t n = strcspn(p, ":");
        char *whole = vmm_printf("%.*s/%s", (int)n, p, program);
        found = access(whole, X_OK) == 0;
        free(whole);
        p += n + (p[n] == ':');
    }
    return found;
}

/* 1: a kernel the appliance can use, 0: none installed, -1: there is one that we may not read. */
static int kernel_present(void) {
    if (getenv("SUPERMIN_KERNEL")) return 1;
    glob_t g = {0};
    int found = 0;
    if (glob("/boot/vmlinu?-*", 0, NULL, &g) == 0)
        for (size_t i = 0; i < g.gl_pathc && found != 1; i++) found = access(g.gl_pathv[i], R_OK) == 0 ? 1 : -1;
    globfree(&g);
    return found;
}

static bool appliance_is_built(guestfs_h *g) {
    char *cache = guestfs_get_cachedir(g),
         *path = vmm_printf("%s/.guestfs-%u/appliance.d/root", cache ? cache : "/var/tmp", geteuid());
    bool built = access(path, R_OK) == 0 || getenv("LIBGUESTFS_PATH") != NULL;
    free(cache);
    free(path);
    return built;
}

static int check_machine(guestfs_h *g, struct vmm_error *err) {
    char *hv = guestfs_get_hv(g);
    bool qemu = hv == NULL || in_path(hv);
    free(hv);
    if (!qemu)
        return vmm_fail(err, VMM_E_SYSTEM, _("Install it: apt install qemu-system-x86"),
                        _("starting the appliance: the package qemu-system-x86 is missing"));
    if (!in_path("qemu-img"))
        return vmm_fail(err, VMM_E_SYSTEM, _("Install it: apt install qemu-utils"),
                        _("starting the appliance: the package qemu-utils is missing"));
    if (!appliance_is_built(g)) {
        int kernel = kernel_present();
        if (kernel == 0)
            return vmm_fail(err, VMM_E_SYSTEM, _("Install it: apt install linux-image-amd64"),
                            _("starting the appliance: the package linux-image-amd64 is missing: there is no kernel in /boot"));
        if (kernel < 0)
            return vmm_fail(err, VMM_E_SYSTEM, _("Run vmmedic as root, or allow reading it: sudo chmod 0644 /boot/vmlinuz-*"),
                            _("starting the appliance: the kernel in /boot may not be read by this user"));
    }
    unsigned long long have = memory_available_mb(), need = (unsigned long long)guestfs_get_memsize(g) + SPARE_MB;
    if (have < need)
        return vmm_fail(err, VMM_E_SYSTEM, _("End other programs, or use a bigger machine."),
                        _("starting the appliance: %llu MiB of memory are free, and it needs %llu MiB"), have, need);
    return 0;
}

/* ---- one try ---- */

/* An empty overlay in DIR through which the drive can be read and not written. */
static int add_overlay(guestfs_h *g, const struct vmm_appliance_drive *d, const char *dir, size_t number, struct vmm_error *err) {
    char *overlay = vmm_printf("%s/look%zu.qcow2", dir, number), label[16];
    struct guestfs_add_drive_opts_argv opts = {.bitmask =
                                                   GUESTFS_ADD_DRIVE_OPTS_FORMAT_BITMASK | GUESTFS_ADD_DRIVE_OPTS_CACHEMODE_BITMASK |
                                                   GUESTFS_ADD_DRIVE_OPTS_LABEL_BITMASK,
                                               .format = "qcow2",
                                               .cachemode = "unsafe",
                                               .label = label};
    snprintf(label, sizeof label, VMM_APPLIANCE_LABEL "%c", (char)('a' + number));
    if (d->blocksize) opts.bitmask |= GUESTFS_ADD_DRIVE_OPTS_BLOCKSIZE_BITMASK, opts.blocksize = d->blocksize;
    int r = guestfs_disk_create(g, overlay, "qcow2", -1, GUESTFS_DISK_CREATE_BACKINGFILE, d->path,
                                GUESTFS_DISK_CREATE_BACKINGFORMAT, d->format, -1);
    if (r < 0) { /* the library keeps qemu-img's own words to itself */
        char *hint = vmm_printf(_("qemu-img info %s says more; the folder %s must have some space too."), d->path, dir);
        vmm_fail(err, VMM_E_UNREADABLE, hint, _("qemu-img cannot open it as %s"), d->format);
        free(hint);
    } else if ((r = guestfs_add_drive_opts_argv(g, overlay, &opts)) < 0) {
        vmm_appliance_fail(g, err, VMM_E_SYSTEM, d->path);
    }
    free(overlay);
    return r;
}

static int add_writable(guestfs_h *g, const struct vmm_appliance_drive *d, size_t number, struct vmm_error *err) {
    char label[16];
    struct guestfs_add_drive_opts_argv opts = {.bitmask =
                                                   GUESTFS_ADD_DRIVE_OPTS_FORMAT_BITMASK | GUESTFS_ADD_DRIVE_OPTS_CACHEMODE_BITMASK |
                                                   GUESTFS_ADD_DRIVE_OPTS_LABEL_BITMASK,
                                               .format = d->format,
                                               .cachemode = "writeback",
                                               .label = label};
    snprintf(label, sizeof label, VMM_APPLIANCE_LABEL "%c", (char)('a' + number));
    if (d->blocksize) opts.bitmask |= GUESTFS_ADD_DRIVE_OPTS_BLOCKSIZE_BITMASK, opts.blocksize = d->blocksize;
    return guestfs_add_drive_opts_argv(g, d->path, &opts) < 0 ? vmm_appliance_fail(g, err, VMM_E_SYSTEM, d->path) : 0;
}

static guestfs_h *new_handle(struct watch **watch, struct vmm_progress progress, struct vmm_error *err) {
    guestfs_h *g = guestfs_create();
    if (g == NULL) {
        vmm_fail(err, VMM_E_SYSTEM, NULL, _("starting the appliance: %s"), strerror(errno));
        return NULL;
    }
    guestfs_set_error_handler(g, NULL, NULL);
    struct watch *w = *watch = vmm_alloc(1, sizeof *w);
    w->progress = progress;
    w->dog.pipe = -1;
    w->stage = _("starting the appliance");
    if (guestfs_set_event_callback(g, on_event, GUESTFS_EVENT_ALL & ~(uint64_t)GUESTFS_EVENT_ENTER, 0, w) < 0) {
        guestfs_close(g);
        free(w);
        vmm_fail(err, VMM_E_SYSTEM, NULL, _("starting the appliance: %s"), strerror(errno));
        return NULL;
    }
    guestfs_set_trace(g, 0);
    guestfs_set_verbose(g, 0);
    guestfs_set_identifier(g, "vmmedic");
    guestfs_set_backend(g, "direct");
    guestfs_set_pgroup(g, 1);
    guestfs_set_autosync(g, 1);
    if (getenv("LIBGUESTFS_MEMSIZE") == NULL) guestfs_set_memsize(g, MEMORY_MB);
    if (!appliance_is_built(g)) w->stage = _("building the appliance (the first time only, about a minute)");
    return g;
}

/* The words of a failed launch: qemu's own complaint where it made one. */
static void explain_launch(guestfs_h *g, struct watch *w, struct vmm_error *err) {
    const char *log = w->log.data ? (const char *)w->log.data : "";
    if (strstr(log, "Failed to get") && strstr(log, "lock")) {
        vmm_fail(err, VMM_E_IN_USE, _("Shut that machine down first, or work on a copy."),
                 _("starting the appliance: another program holds the disk image"));
        return;
    }
    char *cache = guestfs_get_cachedir(g);
    struct statvfs fs;
    bool full =
        cache && statvfs(cache, &fs) == 0 && (unsigned long long)fs.f_bavail * fs.f_frsize < (unsigned long long)CACHE_MB << 20;
    const char *complaint = strstr(log, "qemu-system-"), *supermin = strstr(log, "supermin: ");
    if (complaint == NULL) complaint = supermin;
    if (complaint == NULL) complaint = guestfs_last_error(g);
    if (complaint == NULL) complaint = "?";
    int n = (int)strcspn(complaint, "\r\n");
    if (full && !appliance_is_built(g))
        vmm_fail(err, VMM_E_SYSTEM, _("Free some space there, or name another folder with LIBGUESTFS_CACHEDIR."),
                 _("building the appliance: not enough space in %s"), cache);
    else
        vmm_fail(err, VMM_E_SYSTEM, _("libguestfs-test-tool says more about what this machine lacks."),
                 _("starting the appliance: %.*s"), n, complaint);
    free(cache);
}

static void remove_overlays(const char *dir, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *overlay = vmm_printf("%s/look%zu.qcow2", dir, i);
        unlink(overlay);
        free(overlay);
    }
    rmdir(dir);
}

static guestfs_h *try_launch(const struct vmm_appliance_drive *drives, size_t count, bool tcg, struct vmm_progress progress,
                             struct vmm_error *err) {
    struct watch *w;
    guestfs_h *g = new_handle(&w, progress, err);
    if (g == NULL) return NULL;
    char *tmp = guestfs_get_tmpdir(g), *dir = vmm_printf("%s/vmmedic-XXXXXX", tmp ? tmp : "/tmp");
    free(tmp);
    int r = check_machine(g, err);
    if (r == 0 && mkdtemp(dir) == NULL)
        r = vmm_fail(err, VMM_E_SYSTEM, _("Free some space there, or name another folder with TMPDIR."),
                     _("making the folder %s: %s"), dir, strerror(errno));
    else if (r == 0) {
        /* When an image cannot grow, or the folder of an overlay that is written to in a rehearsal is full, qemu would stop the appliance for ever in the middle of
         * a write; told to report it, the write fails and can be put back. */
        if ((r = guestfs_config(g, "-global", "scsi-hd.werror=report")) < 0) vmm_appliance_fail(g, err, VMM_E_SYSTEM, _("starting the appliance"));
        for (size_t i = 0; r == 0 && i < count; i++)
            r = drives[i].readonly ? add_overlay(g, &drives[i], dir, i, err) : add_writable(g, &drives[i], i, err);
        if (r == 0 && tcg) guestfs_set_backend_setting(g, "force_tcg", "1");
        if (r == 0) tell(w, 0);
        const char *settings = getenv("LIBGUESTFS_BACKEND_SETTINGS");
        bool slow = tcg || (settings && strstr(settings, "force_tcg")); /* where KVM is not asked for, silence is only slowness */
        if (r == 0 && !slow) vmm_watchdog_start(&w->dog, "qemu", KVM_SILENCE_S);
        if (r == 0 && !w->cancelled && (r = guestfs_launch(g)) < 0 && !w->cancelled) explain_launch(g, w, err);
        if (vmm_watchdog_stop(&w->dog) && r < 0)
            vmm_fail(err, VMM_E_SYSTEM, NULL, _("starting the appliance: KVM on this machine accepts it and does not run it"));
        remove_overlays(dir, count); /* qemu has them open by now */
    }
    if (w->cancelled)
        r = vmm_fail(err, VMM_E_CANCELLED, NULL, _("stopped on request while the appliance started; nothing was changed"));
    w->progress.fn = NULL;
    free(dir);
    if (r == 0) {
        guestfs_set_private(g, "vmmedic-launched", w);
        return g;
    }
    guestfs_close(g);
    return NULL;
}

guestfs_h *vmm_appliance_start(const struct vmm_appliance_drive *drives, size_t count, struct vmm_progress progress,
                               struct vmm_error *err) {
    struct sigaction old;
    /* A dead appliance has to be an error of the next call, not the end of this process. */
    if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL) signal(SIGPIPE, SIG_IGN);
    const char *settings = getenv("LIBGUESTFS_BACKEND_SETTINGS");
    bool chosen = settings && strstr(settings, "force_");
    bool kvm = !chosen && kvm_worth_trying();
    struct vmm_error mine = {0};
    guestfs_h *g = try_launch(drives, count, !chosen && !kvm, progress, &mine);
    if (g == NULL && kvm && mine.code == VMM_E_SYSTEM) { /* slower, and it works everywhere */
        g = try_launch(drives, count, true, progress, &mine);
        if (g) kvm_remember();
    }
    if (g == NULL && err) *err = mine;
    return g;
}

int vmm_appliance_fail(guestfs_h *g, struct vmm_error *err, enum vmm_code code, const char *doing) {
    int e = guestfs_last_errno(g);
    const char *text = guestfs_last_error(g);
    char *why = text ? vmm_strndup(text, strcspn(text, "\r\n")) : vmm_strdup(_("the appliance does not say why"));
    const char *hint = e == EIO ? _("The disk itself gave an error: work on a copy of it.") : NULL;
    if (guestfs_get_private(g, "vmmedic-launched") && guestfs_is_ready(g) != 1) {
        free(why);
        why = vmm_strdup(_("the appliance, the small machine that works on the disk, has stopped"));
        hint = _("Is the disk still attached, and is there enough free memory? Look again from the start.");
    }
    vmm_fail(err, e == ENOSPC ? VMM_E_NO_SPACE : code, hint, "%s: %s", doing, why);
    free(why);
    return -1;
}
