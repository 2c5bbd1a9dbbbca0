/*
 * The body of pack.h.
 *
 * Identity. A pack belongs to one model file: its head holds a line with the file's size, time of
 * change (ns), device, inode, the number and bytes of its matrices, version and bytes of its
 * screen (screen.h), and a fingerprint of the kernels' layout, which is what packing makes of fixed
 * bytes: a build that packs otherwise is found out without a version number that somebody must
 * remember. Any difference: the pack is rebuilt. The pack's own name is a hash of the model's
 * absolute path, so a replaced model replaces its pack instead of leaving it behind. The layout of
 * packed weights is the same for every instruction set (kernels.h), so one pack serves them all.
 * All this is asked of the open file, never of the path: a pull may put another model in its place
 * between opening and packing, and weights of the one must not bear the identity of the other.
 *
 * Trust. Frames carry a checksum for each MiB. Verifying all of it at each start would read the
 * whole file (0.3 s a GB) for a risk that the disk's own checks cover; so a start checks frame
 * header, identity and length only. pack_verify() does the rest for `hearth doctor`.
 *
 * Building writes slices of PACK_SLICE_BYTES through one buffer; needs the packed size in free disk
 * space plus PACK_SPARE_BYTES, else there is no cache and weights are packed into memory. What was
 * written lies in the page cache in whatever pages were free; so a new pack is walked once, and
 * read again from the disk where its pages are small (base/file_huge.h).
 * Two processes building at once both write their own temporary file; the last rename wins, both
 * are the same bytes.
 */
#include "model/pack.h"

#include <assert.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_huge.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/scales.h"

enum { PACK_VERSION = 1, PACK_SLICE_BYTES = 16 << 20, PACK_IDENTITY_MAX = 1024 };
enum { PROBE_COLS = 256, PROBE_BYTES = KERN_PANEL_ROWS * PROBE_COLS * 8 };
_Static_assert((int)PACK_IDENTITY_MAX <= (int)PACK_HEAD_BYTES, "the head holds it");
_Static_assert((int)PACK_HEAD_BYTES % (int)KERN_ALIGN == 0, "matrices are aligned");

static const char pack_kind[] = "weights";
static const uint64_t PACK_SPARE_BYTES = UINT64_C(256) << 20;

/* ---- packing ------------------------------------------------------------------------------- */

typedef struct PackWork {
    const PackSlice *slice;
    KernMat target; /* rows row0..row1 as a matrix of its own, or the whole */
    const uint8_t *source;
    size_t row_bytes;
    atomic_bool damaged;
} PackWork;

/* Whole panels for each thread, scales checked before they are packed. */
static void pack_thread(void *user, int thread, int n_threads) {
    PackWork *work = user;
    const PackSlice *s = work->slice;
    size_t rows = s->row1 - s->row0;
    size_t panels = (rows + KERN_PANEL_ROWS - 1) / KERN_PANEL_ROWS;
    size_t from = panels * (size_t)thread / (size_t)n_threads * KERN_PANEL_ROWS;
    size_t to = panels * ((size_t)thread + 1) / (size_t)n_threads * KERN_PANEL_ROWS;
    if (to > rows) to = rows;
    if (from >= to) return;
    const uint8_t *bytes = work->source + from * work->row_bytes;
    size_t blocks = (to - from) * (s->mat->cols / kern_type_block_cols(s->mat->type));
    if (!scales_finite(s->mat->type, bytes, blocks)) {
        atomic_store_explicit(&work->damaged, true, memory_order_relaxed);
        return;
    }
    kern_pack(&work->target, work->source, from, to);
}

Status pack_watch(const PackWatch *watch, uint64_t done, uint64_t total, Err *err) {
    assert(done <= total);
    if (watch->each) watch->each(watch->user, done, total);
    if (!watch->cancel || !atomic_load_explicit(watch->cancel, memory_order_relaxed)) return OK;
    return err_set(err, E_CANCELLED, "stopped while the weights were packed");
}

Status pack_rows(const PackSlice *slice, Pool *pool, Err *err) {
    assert(slice->row0 % KERN_PANEL_ROWS == 0 && slice->row0 < slice->row1);
    assert(slice->row1 <= slice->mat->rows);
    PackWork work = {.slice = slice, .target = *slice->mat};
    work.row_bytes = kern_row_bytes(slice->mat->type, slice->mat->cols);
    assert(work.row_bytes * slice->mat->rows == slice->tensor->bytes); /* both rooms' block sizes */
    work.source = slice->tensor->data + slice->row0 * work.row_bytes;
    if (slice->to) {
        work.target.data = slice->to;
        work.target.rows = (uint32_t)(slice->row1 - slice->row0);
    }
    pool_run(pool, pack_thread, &work);
    if (!atomic_load_explicit(&work.damaged, memory_order_relaxed)) return OK;
    Str name = slice->tensor->name;
    (void)err_set(err, E_CORRUPT, "model: tensor %.*s holds a scale that is no number", (int)name.n,
                  name.p);
    return err_hint(err, "the file is damaged: compare its digest, or fetch it again");
}

/* Whole pages only: what lies beside the range may be in use. */
static void pack_forget_range(const uint8_t *begin, const uint8_t *end) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)begin + page - 1) / page * page;
    uintptr_t to = (uintptr_t)end / page * page;
    if (from < to) (void)madvise((void *)from, to - from, MADV_DONTNEED);
}

void pack_forget_source(const GgufTensor *tensor) {
    pack_forget_range(tensor->data, tensor->data + tensor->bytes);
}

/* One range from the first tensor to the last: vectors are smaller than a page and stand between
   matrices, and Linux has mapped 16 pages around each that was looked at. */
void pack_forget_file(const Gguf *gguf) {
    const GgufTensor *t = gguf_tensor_at(gguf, 0);
    const uint8_t *begin = t ? t->data : NULL, *end = begin;
    for (size_t i = 0; i < gguf_tensor_count(gguf); i++) {
        t = gguf_tensor_at(gguf, i);
        if (t->data < begin) begin = t->data;
        if (t->data + t->bytes > end) end = t->data + t->bytes;
    }
    assert(begin <= end);
    pack_forget_range(begin, end);
}

/* ---- identity ------------------------------------------------------------------------------ */

Status pack_path(const char *model_path, const char *pack_dir, char **path, Err *err) {
    char real[PATH_MAX], name[32];
    *path = NULL;
    if (!realpath(model_path, real)) {
        return err_set(err, E_NOT_FOUND, "pack: there is no file %s", model_path);
    }
    uint64_t hash = hash_check64(real, strlen(real), PACK_VERSION);
    (void)snprintf(name, sizeof name, "%016llx.pack", (unsigned long long)hash);
    *path = file_join(pack_dir, name);
    return *path ? OK : err_no_memory(err, "a path");
}

/* Checksum of what kern_pack makes of the same bytes in every type; 0 when out of memory. */
static uint64_t pack_fingerprint(void) {
    uint64_t sum = 0, bits = 1;
    uint8_t *source = mem_aligned(KERN_ALIGN, PROBE_BYTES);
    uint8_t *packed = mem_aligned(KERN_ALIGN, PROBE_BYTES);
    for (size_t i = 0; source && i < PROBE_BYTES; i++) {
        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        source[i] = (uint8_t)(bits >> 56);
    }
    for (uint32_t type = 0; source && packed && type <= KERN_MXFP4; type++) {
        if (!kern_type_known(type)) continue;
        KernMat mat = {(KernType)type, KERN_PANEL_ROWS, PROBE_COLS, packed};
        size_t bytes = kern_packed_bytes(mat.type, mat.rows, mat.cols);
        if (bytes > PROBE_BYTES) continue;
        memset(packed, 0, bytes);
        kern_pack(&mat, source, 0, mat.rows);
        sum = hash_check64(packed, bytes, sum + type);
    }
    mem_free(source);
    mem_free(packed);
    return sum;
}

/* Fills identity[PACK_IDENTITY_MAX], zero-padded. */
static Status pack_identify(const PackJob *job, char *identity, Err *err) {
    struct stat st;
    uint64_t layout = pack_fingerprint();
    if (layout == 0) return err_no_memory(err, "the identity of a pack");
    if (fstat(job->model_fd, &st) != 0) {
        return err_set(err, E_IO, "pack: cannot look at %s", job->model_path);
    }
    memset(identity, 0, PACK_IDENTITY_MAX);
    (void)snprintf(identity, PACK_IDENTITY_MAX,
                   "bytes=%lld changed=%lld.%09ld device=%llu inode=%llu matrices=%zu packed=%llu "
                   "layout=%016llx screen=%d.%llu",
                   (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                   (unsigned long long)st.st_dev, (unsigned long long)st.st_ino, job->n_items,
                   (unsigned long long)job->matrix_bytes, (unsigned long long)layout,
                   SCREEN_VERSION,
                   (unsigned long long)(job->screen ? screen_bytes(job->screen->plan) : 0));
    return OK;
}

static uint64_t pack_payload_bytes(const PackJob *job) {
    if (!job->screen) return PACK_HEAD_BYTES + job->matrix_bytes;
    return pack_screen_at(job->matrix_bytes) + screen_bytes(job->screen->plan);
}

/* Maps the pack if it is the model's; E_NOT_FOUND when it is another's. Checks header, identity and
   length, not the bytes. */
static Status pack_open(const char *path, const char *identity, const PackJob *job, Frame *out,
                        Err *err) {
    TRY(frame_open(path, pack_kind, PACK_VERSION, FRAME_CHECK_HEADER, out, err));
    bool same = out->payload_bytes == pack_payload_bytes(job) &&
                memcmp(out->payload, identity, PACK_IDENTITY_MAX) == 0;
    if (same) {
        file_map_huge(&out->map);
        return OK;
    }
    frame_close(out);
    *out = (Frame){0};
    return err_set(err, E_NOT_FOUND, "pack: %s belongs to another file", path);
}

/* ---- building ------------------------------------------------------------------------------ */

/* What a pack is written with. */
typedef struct PackDesk {
    FrameWriter *w;
    void *buffer;
    Pool *pool;
    const PackWatch *watch;
    uint64_t total; /* bytes that there will be */
} PackDesk;

/* Slices of whole panels through one buffer: memory does not grow with the matrix. The model's
   pages go back to the system when a matrix is done. */
static Status pack_write_matrix(const PackDesk *desk, const WeightItem *item, Err *err) {
    const KernMat *mat = item->mat;
    size_t panel = kern_packed_bytes(mat->type, KERN_PANEL_ROWS, mat->cols);
    size_t step = PACK_SLICE_BYTES / panel * KERN_PANEL_ROWS;
    if (step == 0) step = KERN_PANEL_ROWS;
    for (size_t row = 0; row < mat->rows; row += step) {
        size_t end = mat->rows - row > step ? row + step : mat->rows;
        PackSlice slice = {mat, item->tensor, row, end, desk->buffer};
        TRY(pack_watch(desk->watch, frame_at(desk->w), desk->total, err));
        TRY(pack_rows(&slice, desk->pool, err));
        TRY(frame_write(desk->w, desk->buffer, kern_packed_bytes(mat->type, end - row, mat->cols),
                        err));
    }
    pack_forget_source(item->tensor);
    return OK;
}

/* A slice, or one panel where a panel is larger. */
static size_t pack_buffer_bytes(const PackJob *job) {
    size_t most = PACK_SLICE_BYTES;
    for (size_t i = 0; i < job->n_items; i++) {
        const KernMat *mat = job->items[i].mat;
        size_t panel = mat ? kern_packed_bytes(mat->type, KERN_PANEL_ROWS, mat->cols) : 0;
        if (panel > most) most = panel;
    }
    return most;
}

/* Head, matrices in the order of items, each where weights_bind said, and the screen. */
static Status pack_write(FrameWriter *w, const PackJob *job, const char *identity, Pool *pool,
                         Err *err) {
    char head[PACK_HEAD_BYTES] = {0};
    memcpy(head, identity, PACK_IDENTITY_MAX);
    TRY(frame_write(w, head, sizeof head, err));
    void *buffer = mem_aligned(KERN_ALIGN, pack_buffer_bytes(job));
    if (!buffer) return err_no_memory(err, "packing");
    PackDesk desk = {w, buffer, pool, &job->watch, pack_payload_bytes(job)};
    Status status = OK;
    for (size_t i = 0; i < job->n_items && status == OK; i++) {
        const WeightItem *item = &job->items[i];
        if (!item->mat) continue;
        status = frame_align(w, KERN_ALIGN, err);
        if (status != OK) break;
        assert(frame_at(w) == PACK_HEAD_BYTES + item->at);
        status = pack_write_matrix(&desk, item, err);
    }
    mem_free(buffer);
    if (status == OK && job->screen) {
        TRY(frame_align(w, KERN_ALIGN, err));
        assert(frame_at(w) == pack_screen_at(job->matrix_bytes));
        TRY(pack_watch(&job->watch, frame_at(w), desk.total, err));
        status = screen_write(job->screen, w, pool, err);
    }
    if (status == OK) status = pack_watch(&job->watch, frame_at(w), desk.total, err);
    return status;
}

static Status pack_build(const char *path, const PackJob *job, const char *identity, Pool *pool,
                         Err *err) {
    uint64_t room = 0;
    FrameWriter *w = NULL;
    TRY(file_make_dirs(job->pack_dir, 0700, err));
    TRY(file_free_bytes(job->pack_dir, &room, err));
    if (room < pack_payload_bytes(job) + PACK_SPARE_BYTES) {
        return err_set(err, E_IO, "pack: the disk of %s is too full", job->pack_dir);
    }
    TRY(frame_begin(path, pack_kind, PACK_VERSION, &w, err));
    Status status = pack_write(w, job, identity, pool, err);
    assert(status != OK || frame_at(w) == pack_payload_bytes(job));
    if (status != OK) {
        frame_abort(w);
        return status;
    }
    return frame_commit(w, err);
}

/* Once, while somebody waits for the packing anyway: each later start then finds huge pages. */
static void pack_settle(const Frame *pack) {
    FileSettle walk = {0};
    while (file_settle_step(&pack->map, &walk)) continue;
    log_line(LOG_DEBUG, "model", "pages of the new pack", "huge=%zu made_huge=%zu left=%d",
             walk.before, walk.moved, walk.refused);
}

Status pack_open_or_build(const PackJob *job, Pool *pool, Frame *out, bool *found, Err *err) {
    char identity[PACK_IDENTITY_MAX];
    char *path = NULL;
    TRY(pack_identify(job, identity, err));
    TRY(pack_path(job->model_path, job->pack_dir, &path, err));
    file_sweep_drafts(path); /* of a start that was killed: as large as the model */
    Status status = pack_open(path, identity, job, out, err);
    *found = status == OK;
    if (status != OK) {
        log_line(LOG_INFO, "model", "packing weights", "bytes=%llu",
                 (unsigned long long)pack_payload_bytes(job));
        status = pack_build(path, job, identity, pool, err);
        if (status == OK) {
            status = pack_open(path, identity, job, out, err);
            if (status == E_CORRUPT) status = E_IO; /* of the pack, not of the model */
            if (status == OK) pack_settle(out);
        }
    }
    mem_free(path);
    return status;
}

Status pack_verify(const char *model_path, const char *pack_dir, Err *err) {
    char *path = NULL;
    Frame frame = {0};
    TRY(pack_path(model_path, pack_dir, &path, err));
    Status status = frame_open(path, pack_kind, PACK_VERSION, FRAME_CHECK_ALL, &frame, err);
    if (status == OK) frame_close(&frame);
    mem_free(path);
    return status;
}

Status pack_remove(const char *model_path, const char *pack_dir, Err *err) {
    char *path = NULL;
    TRY(pack_path(model_path, pack_dir, &path, err));
    file_sweep_drafts(path);
    Status status = file_remove(path, err);
    mem_free(path);
    return status;
}
