/*
 * The body of kv_disk.h.
 *
 * A file is a frame of kind "kvpage" (base/frame.h has the checksums): a head of 4096 bytes, then
 * the page as it lies in memory.
 *
 *      0  key         32 bytes, BLAKE2b-256 of the chain
 *     32  n_tokens    u32, 1 to 64
 *     36  type        u32, KernKv
 *     40  n_layer, n_head_kv, d_head   u32 each
 *     52  reserved    u32, 0
 *     56  page_bytes  u64
 *     64  tokens      i32[64], 0 past n_tokens
 *    320  zeros up to 4096
 *
 * The name is the first 16 bytes of the key in hexadecimal and ".kv". Name and key say the same;
 * the tokens are compared one by one all the same, so that nothing rests on a digest alone.
 *
 * Finding a partly filled page: its key needs its tokens, and how many there are is not known, so
 * each count from the most down to 1 is tried: at most 63 digests and looks at a folder, some 100
 * microseconds.
 *
 * Whole pages are opened KV_AHEAD at a time by up to KV_OPENERS_MAX threads, since checking them is
 * most of it: 118 MB for 4,096 tokens of a 1.5B model.
 *
 * Files are not synced: after a power loss they may be torn, which the checks find. The time of
 * change of a file is the time of its last use.
 */
#include "model/kv_disk.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/frame.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/sealing.h"

enum { KV_DISK_VERSION = 5, KV_DISK_HEAD = 4096, KV_DISK_FILES_MAX = 1 << 16 };
enum { KV_AHEAD = 32, KV_OPENERS_MAX = 4 };

static const char kv_kind[] = "kvpage";
static const uint64_t KV_DISK_SPARE_BYTES = UINT64_C(512) << 20;
static const uint64_t KV_DISK_BYTES_DEFAULT = UINT64_C(4) << 30;

typedef struct KvHead {
    uint8_t key[HASH_BYTES];
    uint32_t n_tokens, type, n_layer, n_head_kv, d_head, reserved;
    uint64_t page_bytes;
    int32_t tokens[KERN_KV_KEYS];
} KvHead;
_Static_assert(sizeof(KvHead) == 320, "a format on disk");
_Static_assert(offsetof(KvHead, n_tokens) == 32 && offsetof(KvHead, d_head) == 48, "on disk");
_Static_assert(offsetof(KvHead, page_bytes) == 56 && offsetof(KvHead, tokens) == 64, "on disk");
_Static_assert(sizeof(KvHead) <= KV_DISK_HEAD && KV_DISK_HEAD % KERN_ALIGN == 0, "aligned");
_Static_assert(KERN_KV_KEYS == 64, "a head has so many tokens: another number, another version");

struct KvDisk {
    char *dir;
    KvShape shape;
    uint64_t max_bytes;
    uint8_t root[HASH_BYTES];
};

/* ---- opening --------------------------------------------------------------------------------- */

/* In a sealed home names of files are keyed, or they would tell who guesses a text that it was
   here. */
static Status root_seal(uint8_t root[HASH_BYTES], Err *err) {
    uint8_t key[SEAL_KEY_BYTES];
    if (!sealing_on()) return OK;
    TRY(sealing_key("kv names", STR(""), key, err));
    seal_derive(key, (Str){(const char *)root, HASH_BYTES}, root);
    seal_wipe(key, sizeof key);
    return OK;
}

Status kv_disk_open(const KvDiskOptions *o, KvDisk **out, Err *err) {
    char text[KV_DISK_IDENTITY_MAX + 128];
    const KvShape *s = &o->shape;
    *out = NULL;
    int n = snprintf(text, sizeof text, "%d %s %d %d %d %s", KV_DISK_VERSION, kern_kv_name(s->type),
                     s->n_layer, s->n_head_kv, s->d_head, o->identity);
    if (n < 0 || (size_t)n >= sizeof text) return err_set(err, E_LIMIT, "KV cache: long identity");
    TRY(file_make_dirs(o->dir, 0700, err));
    KvDisk *disk = mem_zalloc(sizeof *disk);
    if (disk) disk->dir = mem_strdup(o->dir);
    if (!disk || !disk->dir) {
        kv_disk_close(disk);
        return err_no_memory(err, "the KV cache on disk");
    }
    disk->shape = *s;
    disk->max_bytes = o->max_bytes ? o->max_bytes : KV_DISK_BYTES_DEFAULT;
    hash_blake2b(text, (size_t)n, disk->root);
    Status status = root_seal(disk->root, err);
    if (status != OK) {
        kv_disk_close(disk);
        return status;
    }
    *out = disk;
    return OK;
}

void kv_disk_close(KvDisk *disk) {
    if (!disk) return;
    mem_free(disk->dir);
    mem_free(disk);
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* Path of the page with this key, to be freed; NULL: no memory. */
static char *kv_file(const KvDisk *disk, const uint8_t *key) {
    char hex[HASH_HEX], name[48];
    hash_hex(key, hex);
    (void)snprintf(name, sizeof name, "%.32s.kv", hex);
    return file_join(disk->dir, name);
}

/* ---- reading --------------------------------------------------------------------------------- */

Status kv_disk_check(const uint8_t *payload, size_t n, const KvWanted *w, const char **data,
                     Err *err) {
    KvHead h;
    *data = NULL;
    assert(0 < w->n_tokens && w->n_tokens <= KERN_KV_KEYS); /* of what is wanted, not of the file */
    if (n < KV_DISK_HEAD) return err_set(err, E_CORRUPT, "KV page: no head");
    memcpy(&h, payload, sizeof h);
    bool same = memcmp(h.key, w->key, HASH_BYTES) == 0 && h.reserved == 0 &&
                h.n_tokens == (uint32_t)w->n_tokens && h.n_tokens <= KERN_KV_KEYS &&
                h.type == (uint32_t)w->shape.type && h.n_layer == (uint32_t)w->shape.n_layer &&
                h.n_head_kv == (uint32_t)w->shape.n_head_kv &&
                h.d_head == (uint32_t)w->shape.d_head &&
                h.page_bytes == kv_page_bytes(&w->shape) && h.page_bytes == n - KV_DISK_HEAD;
    for (int i = 0; same && i < w->n_tokens; i++) same = h.tokens[i] == w->tokens[i];
    if (!same) return err_set(err, E_CORRUPT, "KV page: it is of something else");
    *data = (const char *)payload + KV_DISK_HEAD;
    return OK;
}

/* The page of these tokens, if its file is there and whole; else NULL. */
static const char *kv_open_page(const KvDisk *disk, const KvWanted *wanted, Frame *frame) {
    Err err = {0};
    const char *data = NULL;
    char *path = kv_file(disk, wanted->key);
    *frame = (Frame){.map = {.fd = -1}};
    if (!path || !file_exists(path)) {
        mem_free(path);
        return NULL;
    }
    Status status = frame_open(path, kv_kind, KV_DISK_VERSION, FRAME_CHECK_ALL, frame, &err);
    if (status == OK) {
        status = kv_disk_check(frame->payload, frame->payload_bytes, wanted, &data, &err);
    }
    if (status == E_CORRUPT || status == E_UNSUPPORTED) {
        log_line(LOG_WARN, "model", "a kept page of the KV cache is damaged and goes", "why=\"%s\"",
                 err.message);
        (void)unlink(path);
    } else if (status == OK) {
        (void)utimensat(AT_FDCWD, path, NULL, 0);
    }
    if (status != OK) frame_close(frame);
    mem_free(path);
    return status == OK ? data : NULL;
}

/* Whole pages, one after the other, that are opened together. */
typedef struct KvAhead {
    const KvDisk *disk;
    const int32_t *tokens; /* of the first one */
    int n;
    uint8_t key[KV_AHEAD][HASH_BYTES];
    Frame frame[KV_AHEAD];
    const char *data[KV_AHEAD]; /* NULL: not to be had */
} KvAhead;

static void kv_open_some(void *user, int thread, int n_threads) {
    KvAhead *a = user;
    for (int i = thread; i < a->n; i += n_threads) {
        KvWanted wanted = {a->key[i], a->tokens + i * KERN_KV_KEYS, KERN_KV_KEYS, a->disk->shape};
        a->data[i] = kv_open_page(a->disk, &wanted, &a->frame[i]);
    }
}

/* Opens a->n pages behind the one with the key `before`; those up to the first that is not to be
   had join the timeline. Returns how many, and the key of the last in `before`. */
static int kv_load_some(KvAhead *a, Pool *pool, uint8_t before[HASH_BYTES], Kv *kv) {
    assert(0 < a->n && a->n <= KV_AHEAD);
    for (int i = 0; i < a->n; i++) {
        const uint8_t *last = i ? a->key[i - 1] : before;
        kv_page_key(last, a->tokens + i * KERN_KV_KEYS, KERN_KV_KEYS, a->key[i]);
    }
    if (pool) pool_run(pool, kv_open_some, a);
    else kv_open_some(a, 0, 1);
    int n = 0;
    while (n < a->n && a->data[n] && kv_map_page(kv, &a->frame[n], a->data[n])) n++;
    for (int i = n; i < a->n; i++) {
        if (a->data[i]) frame_close(&a->frame[i]);
    }
    if (n > 0) memcpy(before, a->key[n - 1], HASH_BYTES);
    return n;
}

/* All whole pages. The first is looked for alone: mostly there is none. */
static void kv_load_whole(const KvDisk *disk, const int32_t *tokens, int n_pages,
                         uint8_t before[HASH_BYTES], Kv *kv) {
    KvAhead ahead = {.disk = disk, .tokens = tokens, .n = n_pages > 0};
    Pool *pool = NULL;
    int at = 0;
    while (ahead.n > 0 && kv_load_some(&ahead, pool, before, kv) == ahead.n) {
        at += ahead.n;
        ahead.tokens = tokens + at * KERN_KV_KEYS;
        ahead.n = n_pages - at < KV_AHEAD ? n_pages - at : KV_AHEAD;
        int cpus = pool_cpus() < KV_OPENERS_MAX ? pool_cpus() : KV_OPENERS_MAX;
        if (!pool && ahead.n > 1 && pool_new(cpus, &pool, NULL) != OK) pool = NULL;
    }
    pool_free(pool);
}

int kv_disk_load(KvDisk *disk, const int32_t *tokens, int n, Kv *kv) {
    uint8_t before[HASH_BYTES], key[HASH_BYTES];
    assert(n <= kv->n_ctx);
    int at = kv->n_pages * KERN_KV_KEYS;
    assert(at <= n); /* the pages it has are whole, and of these tokens */
    memcpy(before, disk->root, HASH_BYTES);
    for (int i = 0; i < at; i += KERN_KV_KEYS) {
        kv_page_key(before, tokens + i, KERN_KV_KEYS, before);
    }
    kv_load_whole(disk, tokens + at, (n - at) / KERN_KV_KEYS, before, kv);
    at = kv->n_pages * KERN_KV_KEYS;
    int m = n - at < KERN_KV_KEYS ? n - at : KERN_KV_KEYS - 1;
    for (; m > 0; m--) {
        Frame frame;
        KvWanted wanted = {key, tokens + at, m, disk->shape};
        kv_page_key(before, tokens + at, m, key);
        const char *data = kv_open_page(disk, &wanted, &frame);
        if (!data) continue;
        if (kv_map_page(kv, &frame, data)) return at + m;
        frame_close(&frame);
    }
    return at;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* One file, by a draft and a rename. Not synced (frame_settle): a torn one is found by its
   checksums. A page that comes from another file may be lost while it is read: what stands in its
   place must not get checksums. */
static Status kv_write_page(const char *path, const KvWanted *w, const Kv *kv, int page, Err *err) {
    static const uint8_t zeros[KV_DISK_HEAD - sizeof(KvHead)];
    FrameWriter *out = NULL;
    KvHead h = {.n_tokens = (uint32_t)w->n_tokens, .type = (uint32_t)w->shape.type,
                .n_layer = (uint32_t)w->shape.n_layer, .n_head_kv = (uint32_t)w->shape.n_head_kv,
                .d_head = (uint32_t)w->shape.d_head, .page_bytes = kv_page_bytes(&w->shape)};
    memcpy(h.key, w->key, HASH_BYTES);
    memcpy(h.tokens, w->tokens, (size_t)w->n_tokens * sizeof *w->tokens);
    assert(h.page_bytes > 0); /* kv_init refused shapes that overflow */
    TRY(frame_begin(path, kv_kind, KV_DISK_VERSION, &out, err));
    Status status = frame_write(out, &h, sizeof h, err);
    if (status == OK) status = frame_write(out, zeros, sizeof zeros, err);
    if (status == OK) status = frame_write(out, kv->data[page], (size_t)h.page_bytes, err);
    if (status == OK && !kv_intact(kv)) {
        status = err_set(err, E_CORRUPT, "KV page: its file was cut");
    }
    if (status == OK) return frame_settle(out, err);
    frame_abort(out);
    return status;
}

/* What is there already only gets a new time of use. */
static Status kv_save_page(KvDisk *disk, const KvWanted *wanted, const Kv *kv, int page, Err *err) {
    char *path = kv_file(disk, wanted->key);
    Status status = OK;
    if (!path) return err_no_memory(err, "a path");
    if (file_exists(path)) {
        (void)utimensat(AT_FDCWD, path, NULL, 0);
    } else {
        status = kv_write_page(path, wanted, kv, page, err);
    }
    mem_free(path);
    return status;
}

/* Room for one page more beside what the disk should keep free. */
static Status kv_disk_room(const KvDisk *disk, uint64_t bytes, Err *err) {
    uint64_t free_bytes = 0;
    TRY(file_free_bytes(disk->dir, &free_bytes, err));
    if (free_bytes >= bytes && free_bytes - bytes >= KV_DISK_SPARE_BYTES) return OK;
    return err_set(err, E_LIMIT, "KV cache: the disk of %s is almost full", disk->dir);
}

static Status kv_folder_trim(const char *path, uint64_t max_bytes, Err *err);

Status kv_disk_save(KvDisk *disk, const int32_t *tokens, int n, const Kv *kv, Err *err) {
    uint8_t before[HASH_BYTES], key[HASH_BYTES];
    uint64_t page_bytes = kv_page_bytes(&disk->shape);
    Status status = OK;
    assert(n <= kv->n_pages * KERN_KV_KEYS);
    memcpy(before, disk->root, HASH_BYTES);
    for (int at = 0; at < n && status == OK; at += KERN_KV_KEYS) {
        int m = n - at < KERN_KV_KEYS ? n - at : KERN_KV_KEYS;
        KvWanted wanted = {key, tokens + at, m, disk->shape};
        kv_page_key(before, tokens + at, m, key);
        status = kv_disk_room(disk, page_bytes, err);
        if (status == OK) {
            status = kv_save_page(disk, &wanted, kv, at / KERN_KV_KEYS, err);
        }
        memcpy(before, key, HASH_BYTES);
    }
    Status trimmed = kv_folder_trim(disk->dir, disk->max_bytes, status == OK ? err : NULL);
    return status == OK ? trimmed : status;
}

/* ---- the ceiling ----------------------------------------------------------------------------- */

typedef struct KvFile {
    char name[80];
    uint64_t bytes;
    int64_t used_ns;
} KvFile;

typedef struct KvFiles {
    KvFile *file;
    size_t n, cap;
    uint64_t bytes;
} KvFiles;

/* A page, or the draft of one that a process left which died: it holds a text, too. */
static bool kv_file_named(const char *name) {
    Str s = str_from(name);
    return s.n < sizeof((KvFile *)0)->name &&
           (str_ends(s, STR(".kv")) || str_has(s, STR(".kv.tmp-")));
}

/* Other files and links in the folder are left alone; st is of the folder's own entry. */
static Status kv_files_add(KvFiles *all, int dir_fd, const char *name, Err *err) {
    struct stat st;
    if (!kv_file_named(name) || fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return OK;
    if (!S_ISREG(st.st_mode)) return OK;
    TRY(mem_grow((void **)&all->file, &all->cap, all->n + 1, sizeof *all->file, KV_DISK_FILES_MAX,
                 err));
    KvFile *f = &all->file[all->n++];
    (void)snprintf(f->name, sizeof f->name, "%s", name);
    f->bytes = (uint64_t)st.st_size;
    f->used_ns = file_mtime_ns(&st);
    all->bytes += f->bytes;
    return OK;
}

/* The least recently used first. */
static int kv_file_order(const void *a, const void *b) {
    const KvFile *x = a, *y = b;
    return (x->used_ns > y->used_ns) - (x->used_ns < y->used_ns);
}

/* Removes the least recently used files until the ceiling holds; 0: all of them, empty ones too. */
static Status kv_folder_trim(const char *path, uint64_t max_bytes, Err *err) {
    KvFiles all = {0};
    Status status = OK;
    DIR *dir = opendir(path);
    if (!dir) return err_set(err, E_IO, "cannot read %s: %s", path, strerror(errno));
    for (const struct dirent *e; status == OK && (e = readdir(dir));) {
        status = kv_files_add(&all, dirfd(dir), e->d_name, err);
    }
    if (all.n > 0) qsort(all.file, all.n, sizeof *all.file, kv_file_order);
    for (size_t i = 0; i < all.n && (all.bytes > max_bytes || max_bytes == 0); i++) {
        if (unlinkat(dirfd(dir), all.file[i].name, 0) != 0 && errno != ENOENT && status == OK) {
            status = err_set(err, E_IO, "cannot remove %s/%s: %s", path, all.file[i].name,
                             strerror(errno));
        }
        all.bytes -= all.file[i].bytes;
    }
    (void)closedir(dir);
    mem_free(all.file);
    return status;
}

void kv_disk_forget(KvDisk *disk, const int32_t *tokens, int n) {
    uint8_t before[HASH_BYTES], key[HASH_BYTES];
    memcpy(before, disk->root, HASH_BYTES);
    for (int at = 0; at < n; at += KERN_KV_KEYS) {
        kv_page_key(before, tokens + at, n - at < KERN_KV_KEYS ? n - at : KERN_KV_KEYS, key);
        char *path = kv_file(disk, key);
        if (path) (void)unlink(path);
        mem_free(path);
        memcpy(before, key, HASH_BYTES);
    }
}

Status kv_disk_clear(const char *dir, Err *err) {
    return file_exists(dir) ? kv_folder_trim(dir, 0, err) : OK;
}
