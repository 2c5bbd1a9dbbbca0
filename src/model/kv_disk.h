/*
 * The disk tier of KV: pages of ended conversations in files, found again by what they were made
 * of.
 *
 * A page's numbers depend on the model, the type and arithmetic of the cache, and the tokens up to
 * and in the page. So its key is a chain of digests: the first over the identity (fingerprint of
 * the model, KV type and shape, instruction set, principal, adapter), each further one over the one
 * before and the page's tokens. Whoever asks with the same beginning of a text finds its pages,
 * whatever came after; another model, adapter or principal finds nothing.
 *
 * Pages are mapped, not read: a found page costs its check and no copy, and a timeline that wants
 * to write into it copies it first, as any shared page (kv.h). The last, partly filled page of a
 * timeline is kept too, under the key of just its tokens.
 *
 * It is a cache: what is missing, damaged, of another version or cannot be written is computed
 * anew, never an error. Files are damaged when any checksum or any field differs; they are removed.
 *
 * Ceiling: max_bytes of files, least recently used go first; and a disk keeps KV_DISK_SPARE_BYTES
 * free. Files are 0600 in a folder 0700: they hold what was said, in the clear as the store does.
 *
 * Threads: one KvDisk may be used by many at once; files appear by rename. Two processes may share
 * a folder: the worst is a page computed twice.
 */
#ifndef HEARTH_MODEL_KV_DISK_H
#define HEARTH_MODEL_KV_DISK_H

#include "model/kv.h"

typedef struct KvDisk KvDisk;

enum { KV_DISK_IDENTITY_MAX = 512 };

typedef struct KvDiskOptions {
    const char *dir;       /* made if absent */
    const char *identity;  /* everything that pages depend on but tokens and shape */
    KvShape shape;
    uint64_t max_bytes;    /* of files; 0: 4 GiB */
} KvDiskOptions;

/* Makes the folder where it is absent; reads nothing yet. *out is the caller's: kv_disk_close().
   E_LIMIT: the identity is too long; E_IO; in a sealed home what sealing_key() says. */
Status kv_disk_open(const KvDiskOptions *options, KvDisk **out, Err *err) WARN_UNUSED;
void kv_disk_close(KvDisk *disk); /* NULL is fine */

/* Fills a timeline with pages of the longest kept beginning of tokens[0..n), behind the whole pages
   that it has; returns how many tokens they all are. n at most the timeline's n_ctx. */
int kv_disk_load(KvDisk *disk, const int32_t *tokens, int n, Kv *kv);
/* Keeps the pages of tokens[0..n) that are not kept yet. An error means that some are not. */
Status kv_disk_save(KvDisk *disk, const int32_t *tokens, int n, const Kv *kv, Err *err) WARN_UNUSED;

/* Forgets the pages of tokens[0..n), also where another text begins with the same ones. */
void kv_disk_forget(KvDisk *disk, const int32_t *tokens, int n);
/* Forgets every kept page: what was said may no longer lie there. Mapped pages stay usable. */
Status kv_disk_clear(const char *dir, Err *err) WARN_UNUSED;

/* What a page must have been made of: its key, its tokens and its shape. */
typedef struct KvWanted {
    const uint8_t *key; /* [HASH_BYTES] */
    const int32_t *tokens;
    int n_tokens;
    KvShape shape;
} KvWanted;
/* Reads the head of a page file's payload (n bytes, untrusted: what a fuzzer feeds). *data: the
   page, within the payload. E_CORRUPT: it is cut, or of something else than what is wanted. */
Status kv_disk_check(const uint8_t *payload, size_t n, const KvWanted *wanted, const char **data,
                     Err *err) WARN_UNUSED;

#endif
