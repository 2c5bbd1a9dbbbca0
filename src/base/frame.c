/*
 * The body of frame.h: one checked container for every file format of ours.
 *
 * Layout, little-endian:
 *
 *      0  magic          "HEARTHF\n"
 *      8  kind           8 bytes, the format's name, NUL-padded
 *     16  version        u32, of the format
 *     20  flags          u32; 1: sealed; unknown bits are refused
 *     24  payload_bytes  u64
 *     32  block_bytes    u32, 1 MiB
 *     36  reserved       u32, 0
 *     40  table_check    u64, over the table
 *     48  reserved       u64, 0
 *     56  header_check   u64, over bytes 0..55
 *     64  id[16], tag[16]  of a sealed file; else zeros
 *     96  zeros up to 4096
 *   4096  payload, so placed that it can be mapped and its parts aligned; zeros up to 8 bytes
 *      t  table          for each block of the payload, the last one may be short: a u64, or the
 *                        tag[16] of a sealed block
 *
 * The file ends where the table ends: one byte more or less is damage. Check values are
 * hash_check64, seeded with the number of their block, so that swapped blocks are found too. They
 * find accidents (bit rot, a torn write, a truncated copy), not an attacker who can compute them;
 * readers of payloads still treat every offset in them as untrusted.
 *
 * A sealed file has a key of its own, derived from the home's master key and the drawn id
 * (base/sealing.h). Each block is sealed in its place with XChaCha20-Poly1305, the nonce is the
 * block's number: a block is written once a key. The header's tag is over nothing, with nonce
 * 2^64-1 and the key bound to the header and the file's name (not its folder: a home may be moved).
 * So no block, header or file can be put in another's place and none can be cut; an older version
 * of the same file can. What is plain is its kind, version and length. Kinds that hold nothing of
 * the user's, or are sealed by themselves, are not sealed here (plain_kinds); all others are, in a
 * sealed home.
 *
 * Writing streams: payload bytes fill one block, a full block gets its check value and goes to a
 * draft beside the target. The header is written last, then fsync and rename. A crash leaves the
 * old file and at most an orphan `NAME.tmp-PID-N`. Bytes reach the draft in calls of 2 MiB at
 * multiples of 2 MiB (`spool`): Linux then keeps them in the page cache as huge pages, and who maps
 * the file takes one fault for 2 MiB instead of one for 64 KiB (a pack of 1 GB: 8 ms, not 57).
 *
 * Limits: 2^20 blocks (1 TiB of payload). A sealed file is unsealed into memory as a whole when it
 * is opened, by as many threads as there are CPUs where it has some blocks for each; its mapping
 * ends then. The mapping of a plain one is read-only and
 * under a fault guard: a file that is cut while it is mapped reads as zeros, and frame_intact()
 * says so. Readers of payloads must bear zeros where they have seen something else.
 */
#include "base/frame.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/sealing.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structs are written as they lie");

enum {
    BLOCKS_A_THREAD = 2, /* fewer are opened sooner than a thread is started */
    FRAME_BLOCKS_MAX = 1 << 20,
    FRAME_SPOOL_BYTES = 2 << 20,
    HEADER_SEED = 0x48,
    TABLE_SEED = 0x54,
    FRAME_SEALED = 1, /* a flag */
    FRAME_ID_BYTES = 16,
    SEALED_HEAD_BYTES = 64 + FRAME_ID_BYTES + SEAL_TAG_BYTES,
};

/* Weights of models, the choice of kernels for them, and the key file itself. */
static const char *const plain_kinds[] = {"weights", "kernels", "sealkey", "pairing"};

typedef struct FrameHeader {
    char magic[8];
    char kind[8];
    uint32_t version;
    uint32_t flags;
    uint64_t payload_bytes;
    uint32_t block_bytes;
    uint32_t reserved_a;
    uint64_t table_check;
    uint64_t reserved_b;
    uint64_t header_check;
} FrameHeader;

_Static_assert(sizeof(FrameHeader) == 64, "the header has 64 bytes on disk");
_Static_assert(offsetof(FrameHeader, payload_bytes) == 24, "no padding before the length");
_Static_assert(offsetof(FrameHeader, header_check) == 56, "the check stands last");
_Static_assert((int)SEALED_HEAD_BYTES <= (int)FRAME_PAYLOAD_AT, "the head ends before the payload");
_Static_assert((int)FRAME_SPOOL_BYTES == (int)FILE_HUGE_BYTES, "it reaches the disk in huge pages");
_Static_assert(SEAL_NONCE_BYTES >= sizeof(uint64_t), "a nonce holds the number of a block");
_Static_assert(sizeof((FrameProbe *)0)->kind == sizeof((FrameHeader *)0)->kind + 1, "and a NUL");

static const char frame_magic[8] = {'H', 'E', 'A', 'R', 'T', 'H', 'F', '\n'};

/* Over all of the header but itself, which stands last. */
static uint64_t header_check(const FrameHeader *h) {
    return hash_check64(h, offsetof(FrameHeader, header_check), HEADER_SEED);
}

static uint64_t block_count(uint64_t payload_bytes) {
    return payload_bytes / FRAME_BLOCK_BYTES + (payload_bytes % FRAME_BLOCK_BYTES != 0);
}

/* Where the table begins in the file: behind the payload and its padding to 8 bytes. */
static uint64_t table_at(uint64_t payload_bytes) {
    return FRAME_PAYLOAD_AT + (payload_bytes + 7) / 8 * 8;
}

/* Bytes of the table for one block. */
static size_t entry_bytes(const FrameHeader *h) {
    return h->flags & FRAME_SEALED ? SEAL_TAG_BYTES : sizeof(uint64_t);
}

/* Is a file of this kind plain in a sealed home, too? Compares as the header stores it: up to 8
   bytes, NULs behind. */
static bool is_plain_kind(const char kind[8]) {
    for (size_t i = 0; i < ARRAY_LEN(plain_kinds); i++) {
        if (strncmp(plain_kinds[i], kind, 8) == 0) return true;
    }
    return false;
}

/* ---- sealing ---- */

/* What a sealed file has besides its header. */
typedef struct FrameSeal {
    uint8_t id[FRAME_ID_BYTES], tag[SEAL_TAG_BYTES]; /* as they stand behind the header */
    uint8_t key[SEAL_KEY_BYTES];
} FrameSeal;

/* The key of this file, of the id that stands in seal->id. */
static Status seal_begin(FrameSeal *seal, Err *err) {
    Str id = {(const char *)seal->id, sizeof seal->id};
    return sealing_key("frame", id, seal->key, err);
}

/* The number of the block, zeros behind. Safe because the key is the file's own and each block is
   written once. */
static void nonce_of(uint64_t block, uint8_t nonce[SEAL_NONCE_BYTES]) {
    memset(nonce, 0, SEAL_NONCE_BYTES);
    memcpy(nonce, &block, sizeof block);
}

/* The tag of the header: under a key that only this header and this name have. */
static void header_tag(const FrameSeal *seal, const FrameHeader *h, const char *path,
                       uint8_t tag[SEAL_TAG_BYTES]) {
    uint8_t key[SEAL_KEY_BYTES], nonce[SEAL_NONCE_BYTES];
    char label[sizeof *h + HASH_BYTES];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    memcpy(label, h, sizeof *h);
    hash_blake2b(name, strlen(name), (uint8_t *)label + sizeof *h);
    seal_derive(seal->key, (Str){label, sizeof label}, key);
    nonce_of(UINT64_MAX, nonce);
    seal_block(key, nonce, STR(""), label, tag);
    seal_wipe(key, sizeof key);
}

/* ---- writing ---- */

struct FrameWriter {
    FileDraft draft;
    FrameHeader header;
    FrameSeal seal;
    uint8_t *table; /* [blocks][entry_bytes], cap in bytes */
    size_t cap, blocks;
    size_t filled;  /* bytes in block */
    Status status;  /* sticky */
    uint8_t *block; /* [FRAME_BLOCK_BYTES] */
    uint8_t *spool; /* [FRAME_SPOOL_BYTES] on their way to the draft */
    size_t spooled;
};

static void writer_free(FrameWriter *w) {
    seal_wipe(&w->seal, sizeof w->seal);
    mem_free(w->table);
    mem_free(w->block);
    mem_free(w->spool);
    mem_free(w);
}

/* One call of write for what has gathered; the number is cleared first, so that a failure is not
   repeated. */
static Status spool_flush(FrameWriter *w, Err *err) {
    size_t n = w->spooled;
    w->spooled = 0;
    return file_write_all(w->draft.fd, w->spool, n, w->draft.beside, err);
}

/* Gathers for calls of FRAME_SPOOL_BYTES at multiples of it; see the essay. */
static Status spool_add(FrameWriter *w, const void *bytes, size_t n, Err *err) {
    assert(w->spooled < FRAME_SPOOL_BYTES); /* a full one has left */
    const uint8_t *at = bytes;
    while (n) {
        size_t room = FRAME_SPOOL_BYTES - w->spooled, part = n < room ? n : room;
        memcpy(w->spool + w->spooled, at, part);
        w->spooled += part;
        at += part;
        n -= part;
        if (w->spooled == FRAME_SPOOL_BYTES) TRY(spool_flush(w, err));
    }
    return OK;
}

/* A name as the header has it. */
static void kind_fill(const char *kind, char out[8]) {
    size_t n = strlen(kind);
    assert(n >= 1 && n <= 8); /* a word of ours, or what frame_probe has read */
    memset(out, 0, 8);
    memcpy(out, kind, n);
}

/* Leaves the place of the header empty: without its magic the draft is nobody's file. */
static Status begin_payload(FrameWriter *w, Err *err) {
    static const uint8_t zeros[FRAME_PAYLOAD_AT];
    return spool_add(w, zeros, sizeof zeros, err);
}

/* The header's numbers of length stay 0 until the end: it is built in memory and written last. */
Status frame_begin(const char *path, const char *kind, uint32_t version, FrameWriter **out,
                   Err *err) {
    FrameWriter *w = mem_zalloc(sizeof *w);
    if (!w) return err_no_memory(err, "a file writer");
    kind_fill(kind, w->header.kind);
    memcpy(w->header.magic, frame_magic, sizeof frame_magic);
    w->header.version = version;
    w->header.block_bytes = FRAME_BLOCK_BYTES;
    w->draft.fd = -1;
    w->block = mem_alloc(FRAME_BLOCK_BYTES);
    w->spool = mem_alloc(FRAME_SPOOL_BYTES);
    Status status = w->block && w->spool ? OK : err_no_memory(err, "a file writer");
    if (status == OK && sealing_on() && !is_plain_kind(w->header.kind)) {
        w->header.flags = FRAME_SEALED;
        random_bytes(w->seal.id, sizeof w->seal.id);
        status = seal_begin(&w->seal, err);
    }
    if (status == OK) status = file_draft_begin(path, 0600, &w->draft, err);
    if (status == OK) status = begin_payload(w, err);
    if (status != OK) {
        frame_abort(w);
        return status;
    }
    *out = w;
    return OK;
}

/* The block that has gathered: its check or its tag goes to the table, its bytes to the spool. A
   sealed block is encrypted where it lies. */
static Status flush_block(FrameWriter *w, Err *err) {
    if (w->filled == 0) return OK;
    assert(w->header.payload_bytes == (uint64_t)w->blocks * FRAME_BLOCK_BYTES + w->filled);
    size_t entry = entry_bytes(&w->header);
    TRY(mem_grow((void **)&w->table, &w->cap, (w->blocks + 1) * entry, 1, FRAME_BLOCKS_MAX * entry,
                 err));
    uint8_t *check = w->table + w->blocks * entry;
    if (w->header.flags & FRAME_SEALED) {
        uint8_t nonce[SEAL_NONCE_BYTES];
        nonce_of(w->blocks, nonce);
        seal_block(w->seal.key, nonce, (Str){(char *)w->block, w->filled}, w->block, check);
    } else {
        uint64_t value = hash_check64(w->block, w->filled, w->blocks);
        memcpy(check, &value, sizeof value);
    }
    TRY(spool_add(w, w->block, w->filled, err));
    w->blocks++;
    w->filled = 0;
    return OK;
}

Status frame_write(FrameWriter *w, const void *bytes, size_t n, Err *err) {
    if (w->status != OK) return err_set(err, w->status, "an earlier write failed");
    const uint8_t *at = bytes;
    while (n) {
        size_t room = FRAME_BLOCK_BYTES - w->filled, part = n < room ? n : room;
        memcpy(w->block + w->filled, at, part);
        w->filled += part;
        w->header.payload_bytes += part;
        at += part;
        n -= part;
        if (w->filled < FRAME_BLOCK_BYTES) continue;
        w->status = flush_block(w, err);
        if (w->status != OK) return w->status;
    }
    return OK;
}

Status frame_align(FrameWriter *w, size_t align, Err *err) {
    static const uint8_t zeros[FRAME_PAYLOAD_AT];
    assert(align >= 1 && FRAME_PAYLOAD_AT % align == 0); /* so that it holds in the file, too */
    size_t over = (size_t)(w->header.payload_bytes % align);
    return over ? frame_write(w, zeros, align - over, err) : OK;
}

uint64_t frame_at(const FrameWriter *w) {
    return w->header.payload_bytes;
}

/* Everything but the rename: last block, padding, table; then back to the start for the header,
   which makes the draft a file of ours. */
static Status finish(FrameWriter *w, Err *err) {
    static const uint8_t zeros[8];
    if (w->status != OK) return err_set(err, w->status, "an earlier write failed");
    TRY(flush_block(w, err));
    assert(w->blocks == block_count(w->header.payload_bytes)); /* as a reader will count them */
    size_t pad = (size_t)(-w->header.payload_bytes % 8);
    size_t table_bytes = w->blocks * entry_bytes(&w->header);
    TRY(spool_add(w, zeros, pad, err));
    TRY(spool_add(w, w->table, table_bytes, err));
    TRY(spool_flush(w, err));
    w->header.table_check = hash_check64(w->table, table_bytes, TABLE_SEED);
    w->header.header_check = header_check(&w->header);
    if (lseek(w->draft.fd, 0, SEEK_SET) != 0) {
        return err_set(err, E_IO, "cannot go back in %s: %s", w->draft.path, strerror(errno));
    }
    uint8_t head[SEALED_HEAD_BYTES];
    size_t n = w->header.flags & FRAME_SEALED ? SEALED_HEAD_BYTES : sizeof w->header;
    if (n > sizeof w->header) header_tag(&w->seal, &w->header, w->draft.path, w->seal.tag);
    memcpy(head, &w->header, sizeof w->header);
    memcpy(head + sizeof w->header, w->seal.id, FRAME_ID_BYTES);
    memcpy(head + sizeof w->header + FRAME_ID_BYTES, w->seal.tag, SEAL_TAG_BYTES);
    return file_write_all(w->draft.fd, head, n, w->draft.path, err);
}

/* Ends the writer in any case; a failure leaves the file that was there. */
static Status frame_end(FrameWriter *w, bool durable, Err *err) {
    Status status = finish(w, err);
    if (status != OK) {
        file_draft_abort(&w->draft);
    } else {
        status = durable ? file_draft_commit(&w->draft, err) : file_draft_settle(&w->draft, err);
    }
    writer_free(w);
    return status;
}

Status frame_commit(FrameWriter *w, Err *err) {
    return frame_end(w, true, err);
}

Status frame_settle(FrameWriter *w, Err *err) {
    return frame_end(w, false, err);
}

void frame_abort(FrameWriter *w) {
    if (!w) return;
    file_draft_abort(&w->draft);
    writer_free(w);
}

/* A writer that has the payload. */
static Status frame_fill(const char *path, const char *kind, uint32_t version, Str payload,
                         FrameWriter **w, Err *err) {
    TRY(frame_begin(path, kind, version, w, err));
    Status status = frame_write(*w, payload.p, payload.n, err);
    if (status != OK) frame_abort(*w);
    return status;
}

Status frame_put(const char *path, const char *kind, uint32_t version, Str payload, Err *err) {
    FrameWriter *w;
    TRY(frame_fill(path, kind, version, payload, &w, err));
    return frame_commit(w, err);
}

Status frame_put_settled(const char *path, const char *kind, uint32_t version, Str payload,
                         Err *err) {
    FrameWriter *w;
    TRY(frame_fill(path, kind, version, payload, &w, err));
    return frame_settle(w, err);
}

/* ---- reading ---- */

/* E_CORRUPT with the one hint that fits all files of ours, and where it was seen. */
static Status damaged(Err *err, const char *path, uint64_t offset, const char *what) {
    Status status = err_set(err, E_CORRUPT, "%s is damaged: %s", path, what);
    (void)err_hint(err, "restore it from a copy, or remove it and let Hearth make it again");
    if (err) err->offset = offset;
    return status;
}

/* Magic, check and flags, in this order: a foreign file is told apart from a damaged one, and a
   newer one from both. Copies the header out of the mapping, which may change under our hands. */
static Status check_header(const FileMap *map, const char *path, FrameHeader *h, Err *err) {
    if (map->n < FRAME_PAYLOAD_AT) return damaged(err, path, map->n, "it ends in its header");
    memcpy(h, map->p, sizeof *h);
    if (memcmp(h->magic, frame_magic, sizeof frame_magic) != 0) {
        return damaged(err, path, 0, "it does not begin as a file of Hearth's");
    }
    if (h->header_check != header_check(h)) return damaged(err, path, 0, "its header is changed");
    bool known = (h->flags & ~(uint32_t)FRAME_SEALED) == 0 && !h->reserved_a && !h->reserved_b;
    if (!known || h->block_bytes != FRAME_BLOCK_BYTES) {
        (void)err_set(err, E_UNSUPPORTED, "%s is of a kind this Hearth cannot read", path);
        return err_hint(err, "open it with the Hearth that wrote it, or a newer one");
    }
    return OK;
}

/* The table may not be aligned for u64 on a file cut by somebody: read by memcpy. */
static uint64_t table_entry(const Frame *frame, uint64_t block) {
    assert(block < block_count(frame->payload_bytes));
    uint64_t value;
    memcpy(&value, frame->map.p + table_at(frame->payload_bytes) + block * 8, sizeof value);
    return value;
}

/* The file has exactly the bytes that the header promises, and the table is unchanged: from here on
   payload_bytes may be relied on. */
static Status check_length(const FileMap *map, const char *path, const FrameHeader *h, Err *err) {
    if (h->payload_bytes > map->n - FRAME_PAYLOAD_AT) {
        return damaged(err, path, map->n, "it is shorter than it says");
    }
    uint64_t at = table_at(h->payload_bytes), blocks = block_count(h->payload_bytes);
    uint64_t table_bytes = blocks * entry_bytes(h);
    if (blocks > FRAME_BLOCKS_MAX || map->n != at + table_bytes) {
        return damaged(err, path, map->n, "its length is not what its header says");
    }
    if (hash_check64(map->p + at, table_bytes, TABLE_SEED) != h->table_check) {
        return damaged(err, path, at, "its table of checks is changed");
    }
    return OK;
}

static bool all_zero(const uint8_t *p, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        if (p[i]) return false;
    }
    return true;
}

/* Between the head and the payload, and behind that, there is nothing. */
static Status check_padding(const FileMap *map, const char *path, const FrameHeader *h, Err *err) {
    uint64_t end = FRAME_PAYLOAD_AT + h->payload_bytes;
    size_t head = h->flags & FRAME_SEALED ? SEALED_HEAD_BYTES : sizeof *h;
    if (all_zero(map->p + head, FRAME_PAYLOAD_AT - head) &&
        all_zero(map->p + end, table_at(h->payload_bytes) - end)) {
        return OK;
    }
    return damaged(err, path, head, "its padding is not empty");
}

Status frame_verify(const Frame *frame, const char *path, Err *err) {
    if (frame->opened) return OK; /* it was authenticated when it was unsealed */
    FrameHeader h;
    memcpy(&h, frame->map.p, sizeof h);
    h.flags = 0; /* the mapping may have been cut, and be zeros */
    h.payload_bytes = frame->payload_bytes;
    TRY(check_padding(&frame->map, path, &h, err));
    uint64_t blocks = block_count(frame->payload_bytes);
    for (uint64_t i = 0; i < blocks; i++) {
        uint64_t at = i * FRAME_BLOCK_BYTES, left = frame->payload_bytes - at;
        size_t n = left < FRAME_BLOCK_BYTES ? (size_t)left : FRAME_BLOCK_BYTES;
        if (hash_check64(frame->payload + at, n, i) != table_entry(frame, i)) {
            return damaged(err, path, FRAME_PAYLOAD_AT + at, "a block is changed");
        }
    }
    return OK;
}

/* Is it what the caller expects, and not newer? Said in words that name both. */
static Status check_kind(const FrameHeader *h, const char *path, const char *kind,
                         uint32_t max_version, Err *err) {
    char want[8];
    kind_fill(kind, want);
    if (memcmp(h->kind, want, sizeof want) != 0) {
        return err_set(err, E_UNSUPPORTED, "%s is not a %s file", path, kind);
    }
    if (h->version <= max_version) return OK;
    (void)err_set(err, E_UNSUPPORTED, "%s has version %u of %s; this Hearth knows %u", path,
                  h->version, kind, max_version);
    return err_hint(err, "use a newer Hearth for it");
}

typedef struct Unsealing {
    const FrameSeal *seal;
    const Frame *frame;
    uint64_t n_blocks;
    uint64_t bad[POOL_THREADS_MAX]; /* the first block that a thread could not open; n_blocks */
} Unsealing;

/* Opens block i into its place in memory. Threads call it for different blocks. */
static bool unseal_one(const Unsealing *u, uint64_t i) {
    const Frame *frame = u->frame;
    assert(i < u->n_blocks && frame->opened);
    uint64_t at = i * FRAME_BLOCK_BYTES, left = frame->payload_bytes - at;
    size_t n = left < FRAME_BLOCK_BYTES ? (size_t)left : FRAME_BLOCK_BYTES;
    const uint8_t *tag = frame->map.p + table_at(frame->payload_bytes) + i * SEAL_TAG_BYTES;
    Str sealed = {(const char *)frame->map.p + FRAME_PAYLOAD_AT + at, n};
    uint8_t nonce[SEAL_NONCE_BYTES];
    nonce_of(i, nonce);
    return unseal_block(u->seal->key, nonce, sealed, (uint8_t *)frame->opened + at, tag);
}

/* Every n_threads-th block, so that threads share nothing. */
static void unseal_share(void *user, int thread, int n_threads) {
    Unsealing *u = user;
    u->bad[thread] = u->n_blocks;
    for (uint64_t i = (uint64_t)thread; i < u->n_blocks; i += (uint64_t)n_threads) {
        if (unseal_one(u, i)) continue;
        u->bad[thread] = i;
        return;
    }
}

/* All blocks, by a pool of threads where there is work for more than one. The first bad block of
   all is reported, whichever thread found it. */
static Status unseal_blocks(const FrameSeal *seal, Frame *frame, const char *path, Err *err) {
    Unsealing u = {.seal = seal, .frame = frame, .n_blocks = block_count(frame->payload_bytes)};
    Pool *pool = NULL;
    uint64_t helped = u.n_blocks / BLOCKS_A_THREAD;
    int n = helped < (uint64_t)pool_cpus() ? (int)helped : pool_cpus(), first = 0;
    if (n > 1 && pool_new(n, &pool, NULL) == OK) {
        n = pool_size(pool);
        pool_run(pool, unseal_share, &u);
        pool_free(pool);
    } else {
        n = 1;
        unseal_share(&u, 0, 1);
    }
    for (int t = 1; t < n; t++) first = u.bad[t] < u.bad[first] ? t : first;
    if (u.bad[first] == u.n_blocks) return OK;
    uint64_t at = FRAME_PAYLOAD_AT + u.bad[first] * FRAME_BLOCK_BYTES;
    return damaged(err, path, at, "a sealed block is changed");
}

/* The payload into memory; the mapping is needed no more. */
static Status unseal_body(Frame *frame, const char *path, const FrameHeader *h, Err *err) {
    FrameSeal seal;
    uint8_t tag[SEAL_TAG_BYTES];
    memcpy(seal.id, frame->map.p + sizeof *h, sizeof seal.id);
    memcpy(seal.tag, frame->map.p + sizeof *h + sizeof seal.id, sizeof seal.tag);
    TRY(check_padding(&frame->map, path, h, err));
    TRY(seal_begin(&seal, err));
    header_tag(&seal, h, path, tag);
    Status status = OK;
    if (!seal_same(tag, seal.tag, sizeof tag)) {
        status = damaged(err, path, 0, "its seal is broken, or it is another file's");
    }
    size_t n = frame->payload_bytes;
    if (status == OK) frame->opened = mem_aligned(FRAME_PAYLOAD_AT, n ? n : 1);
    if (status == OK && !frame->opened) status = err_no_memory(err, "a sealed file");
    if (status == OK) status = unseal_blocks(&seal, frame, path, err);
    seal_wipe(&seal, sizeof seal);
    frame->payload = frame->opened;
    return status;
}

/* The guard goes before the mapping: a slot that covers addresses of somebody else would swallow
   his faults. */
static void let_map_go(Frame *frame) {
    fault_guard_remove(frame->guard);
    frame->guard = NULL;
    file_unmap(&frame->map);
}

/* What is behind a good header. A plain file in a sealed home is refused here, as is a sealed one
   in a plain home (sealing_may_read). */
static Status check_body(Frame *frame, const char *path, const FrameHeader *h, FrameCheck check,
                         Err *err) {
    TRY(check_length(&frame->map, path, h, err));
    frame->payload = frame->map.p + FRAME_PAYLOAD_AT;
    frame->payload_bytes = (size_t)h->payload_bytes;
    frame->file_bytes = frame->map.n;
    frame->version = h->version;
    bool sealed = h->flags & FRAME_SEALED;
    if (sealed || !is_plain_kind(h->kind)) TRY(sealing_may_read(path, sealed, err));
    if (sealed) return unseal_body(frame, path, h, err);
    return check == FRAME_CHECK_ALL ? frame_verify(frame, path, err) : OK;
}

/* All work is done on a copy: *out is a whole frame or a closed one. A file that was cut while it
   was looked at may have passed any check as zeros, so the guard is asked last. */
Status frame_open(const char *path, const char *kind, uint32_t max_version, FrameCheck check,
                  Frame *out, Err *err) {
    *out = (Frame){.map = {.fd = -1}};
    Frame frame = {.map = {.fd = -1}};
    FrameHeader h;
    TRY(file_map(path, &frame.map, err));
    Status status = fault_guard_add(frame.map.p, frame.map.n, &frame.guard, err);
    if (status == OK) status = check_header(&frame.map, path, &h, err);
    if (status == OK) status = check_kind(&h, path, kind, max_version, err);
    if (status == OK) status = check_body(&frame, path, &h, check, err);
    if (!frame_intact(&frame)) status = damaged(err, path, 0, "it was cut while it was read");
    if (status == OK && frame.opened) let_map_go(&frame);
    assert(status != OK || (uintptr_t)frame.payload % FRAME_PAYLOAD_AT == 0);
    if (status == OK) {
        *out = frame;
    } else {
        frame_close(&frame);
    }
    return status;
}

bool frame_intact(const Frame *frame) {
    return !fault_guard_hit(frame->guard);
}

void frame_close(Frame *frame) {
    let_map_go(frame);
    mem_free(frame->opened);
    *frame = (Frame){.map = {.fd = -1}};
}

/* ---- from plain to sealed and back ---- */

/* The payload into a new draft over the same path; frame_begin decides by the home whether it is
   sealed. */
static Status write_again(const char *path, const char *kind, const Frame *from, Err *err) {
    FrameWriter *w;
    TRY(frame_begin(path, kind, from->version, &w, err));
    Status status = frame_write(w, from->payload, from->payload_bytes, err);
    if (status == OK && !frame_intact(from)) {
        status = damaged(err, path, 0, "it was cut while it was read");
    }
    if (status == OK) return frame_commit(w, err);
    frame_abort(w);
    return status;
}

Status frame_convert(const char *path, Err *err) {
    FrameProbe probe;
    Frame frame;
    TRY(frame_probe(path, &probe, err));
    if (!probe.is_frame) return damaged(err, path, 0, "it does not begin as a file of Hearth's");
    if (is_plain_kind(probe.kind) || probe.sealed == sealing_on()) return OK;
    TRY(frame_open(path, probe.kind, UINT32_MAX, FRAME_CHECK_ALL, &frame, err));
    Status status = write_again(path, probe.kind, &frame, err);
    frame_close(&frame);
    return status;
}

/* Does it say what the file is (no frame), or that this could not be found out? */
static bool tells_no_frame(Status status) {
    return status == E_NOT_FOUND || status == E_CORRUPT || status == E_UNSUPPORTED ||
           status == E_USAGE;
}

/* Opens as frame_open does, but no key is needed: kind and the flag are plain in sealed files,
   too. */
Status frame_probe(const char *path, FrameProbe *out, Err *err) {
    Frame frame = {.map = {.fd = -1}};
    FrameHeader h = {0};
    *out = (FrameProbe){0};
    Status status = file_map(path, &frame.map, err);
    if (status == OK) status = fault_guard_add(frame.map.p, frame.map.n, &frame.guard, err);
    if (status == OK) status = check_header(&frame.map, path, &h, err);
    frame_close(&frame);
    if (status == OK) {
        memcpy(out->kind, h.kind, sizeof h.kind);
        out->is_frame = out->kind[0] != 0;
        out->sealed = h.flags & FRAME_SEALED;
    } else if (tells_no_frame(status)) {
        status = OK;
    }
    return status;
}
