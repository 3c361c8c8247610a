/* Small things every room of the core uses: memory, byte buffers, UTF-16, files written durably, hashes, safe text.
 * Small allocations do not fail in this library: when memory is gone the process ends (status 1). That is safe because
 * everything that touches a disk runs in the worker, whose journal says what to finish or put back.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_BASE_H
#define VMM_BASE_H
#include <jansson.h>
#include <libintl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vmmedic/error.h"

#define _(text) gettext(text)
#define N_(text) text
/* A word that English has for several things and other languages do not: CONTEXT, a literal, tells the translator which is meant. NC_ in tables, said with vmm_in_context(). */
#define NC_(context, text) context "\004" text
#define C_(context, text) vmm_in_context(NC_(context, text))
#define VMM_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- memory: never NULL, zeroed; free() releases ---- */
void *vmm_alloc(size_t count, size_t size);
void *vmm_realloc(void *old, size_t count, size_t size);
char *vmm_strdup(const char *s);            /* NULL gives NULL */
char *vmm_strndup(const char *s, size_t n);
void *vmm_memdup(const void *data, size_t len); /* len 0 gives a 1-byte block */
char *vmm_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* free(), but what stood there is wiped first. */
void vmm_wiping_free(void *p);
/* For json_set_alloc_funcs: without it a worker short of memory would drop an answer, or a member of one, and the front end wait for it for ever. */
void *vmm_json_alloc(size_t size);
/* While a password is held: no core dump, no look into this process by others of the same account. */
void vmm_keep_to_ourselves(bool on);

/* ---- a growing buffer; {0} is an empty one; data is always NUL-terminated after an append ---- */
struct vmm_buf {
    uint8_t *data;
    size_t len, cap;
};
void vmm_buf_add(struct vmm_buf *b, const void *data, size_t len);
void vmm_buf_str(struct vmm_buf *b, const char *s);
void vmm_buf_fmt(struct vmm_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void vmm_buf_free(struct vmm_buf *b);
char *vmm_buf_steal(struct vmm_buf *b); /* the text, now the caller's; the buffer is empty again; never NULL */

/* ---- little-endian access to unaligned bytes ---- */
static inline uint16_t vmm_le16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint32_t vmm_le32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t vmm_le64(const uint8_t *p) { return (uint64_t)vmm_le32(p) | (uint64_t)vmm_le32(p + 4) << 32; }
static inline uint32_t vmm_be32(const uint8_t *p) {
    return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}
static inline uint64_t vmm_be64(const uint8_t *p) { return (uint64_t)vmm_be32(p + 4) | (uint64_t)vmm_be32(p) << 32; }
void vmm_put16(uint8_t *p, uint16_t v);
void vmm_put32(uint8_t *p, uint32_t v);
void vmm_put64(uint8_t *p, uint64_t v);

/* ---- text ---- */
/* UTF-16LE to UTF-8; an odd last byte is dropped, an unpaired surrogate becomes U+FFFD (lossless is not promised). */
char *vmm_utf16_to_utf8(const uint8_t *data, size_t bytes);
/* UTF-8 to UTF-16LE without a terminator; invalid UTF-8 gives NULL. *bytes is the length. The caller frees. */
uint8_t *vmm_utf8_to_utf16(const char *s, size_t *bytes);
/* One UTF-16 unit in upper case, as RtlUpcaseUnicodeChar does it. */
uint16_t vmm_upcase16(uint16_t unit);
/* Case-insensitive comparison of UTF-8 names by vmm_upcase16; <0, 0, >0 by code unit. */
int vmm_casecmp(const char *a, const char *b);
/* A copy fit for a terminal or a log: valid UTF-8, no control characters (C0, DEL, C1, bidi controls); each bad one is \xNN or \uNNNN. */
char *vmm_safe_text(const char *s);
char *vmm_safe_lines(const char *s); /* the same, but the ends of lines stay */
/* The translation of an NC_() or N_() text. */
const char *vmm_in_context(const char *text);
/* Columns that the LEN bytes of UTF-8 take on a terminal; what a terminal may draw wide counts two. vmm_columns_of: of the whole text. */
size_t vmm_columns(const char *text, size_t len);
int vmm_columns_of(const char *text);
bool vmm_is_utf8(const char *s);
/* The character that begins at S, of which LEN bytes are there: its length and *c; 0 when the bytes are none. */
size_t vmm_utf8_next(const uint8_t *s, size_t len, uint32_t *c);
/* The nearest ASCII sign: e for an e with an accent; '?' when there is none. */
char vmm_ascii_sign(uint32_t c);
/* Folds LEN bytes of UTF-8 into OUT (LEN bytes of room), one sign a character. *used: the bytes taken; a character that is cut off at the end is not. */
size_t vmm_ascii_fold(char *out, const char *utf8, size_t len, size_t *used);
/* "{9dea862c-5cdd-4e70-acc1-f32b344d4795}" from the 16 mixed-endian bytes of a GUID, and back (braces optional, any case).
 * vmm_guid_parse returns 0, or -1 when the text is no GUID. Text is lower case; `out` holds 39 bytes. */
void vmm_guid_text(const uint8_t guid[16], char out[39]);
int vmm_guid_parse(const char *text, uint8_t guid[16]);
char *vmm_hex(const uint8_t *data, size_t len);                   /* lower case, never NULL */
uint8_t *vmm_unhex(const char *hex, size_t *len);                 /* NULL when it is no hex */
char *vmm_size_text(uint64_t bytes);                              /* "127.0 GiB" */
void vmm_utc_now(char out[24]);                                   /* "2026-11-20T18:57:40Z" */
double vmm_seconds(void);                                         /* of a clock that only goes forward */

/* ---- hashes ---- */
void vmm_sha256(const void *data, size_t len, char hex[65]);

/* ---- host files (the session folder), durable ---- */
/* The whole file; refuses more than `max` bytes. 0 or -1. The caller frees *data (never NULL on success). */
int vmm_file_read(const char *path, size_t max, uint8_t **data, size_t *len, struct vmm_error *err);
/* Writes under a temporary name in the same folder, fsync, rename, fsync of the folder. mode 0600. */
int vmm_file_write(const char *path, const void *data, size_t len, struct vmm_error *err);
/* The same without the syncs, for what may be lost in a power cut: readers see the old file or the new one. */
int vmm_file_put(const char *path, const void *data, size_t len, struct vmm_error *err);
/* Makes the folder and its parents, mode 0700; their entries are on the medium when it returns 0. */
int vmm_mkdir_p(const char *path, struct vmm_error *err);
int vmm_fsync_dir(const char *path, struct vmm_error *err);
int vmm_remove_tree(const char *path, struct vmm_error *err); /* follows no link, stays on one file system */
/* The folder for sessions and what is remembered ($VMMEDIC_STATE, $XDG_STATE_HOME/vmmedic, /var/lib/vmmedic or
 * ~/.local/state/vmmedic). The caller frees. Not created here. */
char *vmm_state_dir(void);

/* ---- JSON ---- */
json_t *vmm_json_text(const char *s); /* a string; NULL gives null; invalid UTF-8 is repaired by vmm_safe_text */
const char *vmm_json_str(const json_t *object, const char *key); /* "" when absent or no string; never NULL */
int vmm_json_save(const char *path, const json_t *object, struct vmm_error *err); /* durable, indented */
json_t *vmm_json_load(const char *path, struct vmm_error *err);
#endif
