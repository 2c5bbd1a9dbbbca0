/*
 * The body of screen.h: how a screen is made, and where its parts lie.
 *
 *     order    u32[cols], padded to 64 bytes
 *     groups   of 64 rows, one after the other, in the order in which they are read:
 *                norms  bfloat16 [3][64]
 *                top    Q8_0, 4 panels of the first `top` places
 *                rest   Q4_0, 4 panels of the other places
 *     end      64 bytes: u32 1 where all norms are numbers, else 0 (nobody uses it then)
 *
 * The bound. Let w be a row, w' its coarse copy, x the activations as the exact product sees them
 * and x' as the coarse one does (both quantised, and not alike, since the columns stand in another
 * order). By Cauchy and Schwarz, for the top places t and the rest r,
 *
 *     |w x - w' x'| <= |w_t - w'_t| |x'_t| + |w_r - w'_r| |x'_r| + |w| |x - x'|
 *
 * and the errors of float sums on both sides are at most a small multiple of the norms of row and
 * activations (head.c). So three norms a row are stored, each rounded up: SCREEN_OF_TOP,
 * SCREEN_OF_REST, and SCREEN_OF_ROW, the greater one of |w| and |w'|.
 *
 * Why columns are sorted. The bound is that of the worst case, some 39 times the typical error in
 * 1,536 columns, and it is as good as |x'_r| is small. What comes out of the last norm is its
 * weight times something of size 1: a few columns hold half of the activations' energy, and which
 * these are stands in the file. Those get 8 bits. Key: |norm weight| * sqrt(|column|);
 * decision 0029 has what was tried.
 *
 * Who gets one: matrices of 6 bits and more whose products have no minima, since those are sums of
 * rounded integers. Rows beyond the matrix are zeros.
 */
#include "model/screen.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    TOP_PLACES = 64,   /* 32 where there are less than 256 */
    SLICE_GROUPS = 256, /* groups that are written at once */
    KEY_STEP = 8,      /* one row of so many tells how large columns are */
    END_BYTES = KERN_ALIGN,
    NORM_BYTES = SCREEN_NORMS * SCREEN_ROWS * 2,
};

_Static_assert(NORM_BYTES % KERN_ALIGN == 0, "panels begin on cache lines");
_Static_assert(TOP_PLACES % 64 == 0 && SCREEN_ROWS % KERN_PANEL_ROWS == 0, "blocks and panels");
_Static_assert(sizeof(uint32_t) == 4 && END_BYTES >= sizeof(uint32_t), "a section on disk");

void screen_plan(const KernMat *mat, Screen *out) {
    *out = (Screen){0};
    bool large = mat->type == KERN_Q8_0 || mat->type == KERN_Q6_K || mat->type == KERN_F16 ||
                 mat->type == KERN_BF16 || mat->type == KERN_F32;
    if (!large || mat->cols < 64 || mat->cols % 32 != 0 || mat->rows < SCREEN_ROWS) return;
    *out = (Screen){.rows = mat->rows, .cols = mat->cols};
    out->top = mat->cols < 256 ? TOP_PLACES / 2 : TOP_PLACES;
    assert(out->top % 32 == 0 && out->top < out->cols && (out->cols - out->top) % 32 == 0);
}

/* ---- where things lie ------------------------------------------------------------------------ */

static size_t screen_order_bytes(const Screen *s) {
    return (s->cols * sizeof(uint32_t) + KERN_ALIGN - 1) / KERN_ALIGN * KERN_ALIGN;
}

static size_t screen_top_bytes(const Screen *s) {
    return kern_packed_bytes(KERN_Q8_0, SCREEN_ROWS, s->top);
}

static size_t screen_group_bytes(const Screen *s) {
    return NORM_BYTES + screen_top_bytes(s) +
           kern_packed_bytes(KERN_Q4_0, SCREEN_ROWS, s->cols - s->top);
}

static size_t screen_n_groups(const Screen *s) {
    return ((size_t)s->rows + SCREEN_ROWS - 1) / SCREEN_ROWS;
}

uint64_t screen_bytes(const Screen *s) {
    if (s->rows == 0) return 0;
    return screen_order_bytes(s) + screen_n_groups(s) * screen_group_bytes(s) + END_BYTES;
}

/* A group whose bytes begin at p. */
static ScreenGroup screen_group_at(const Screen *s, const uint8_t *p) {
    const uint8_t *top = p + NORM_BYTES, *rest = top + screen_top_bytes(s);
    return (ScreenGroup){.norms = (const uint16_t *)(const void *)p,
                         .top = {KERN_Q8_0, SCREEN_ROWS, s->top, top},
                         .rest = {KERN_Q4_0, SCREEN_ROWS, s->cols - s->top, rest}};
}

ScreenGroup screen_group(const Screen *s, size_t group) {
    assert(group < screen_n_groups(s));
    return screen_group_at(s, s->groups + group * screen_group_bytes(s));
}

/* Does every column stand at one place? */
static bool screen_order_fits(const Screen *s, const uint32_t *order) {
    uint8_t *seen = mem_zalloc(s->cols);
    bool fits = seen != NULL;
    for (uint32_t i = 0; fits && i < s->cols; i++) {
        fits = order[i] < s->cols && !seen[order[i]];
        if (fits) seen[order[i]] = 1;
    }
    mem_free(seen);
    return fits;
}

void screen_point(Screen *s, const uint8_t *section) {
    uint32_t usable = 0;
    const uint32_t *order = (const uint32_t *)(const void *)section;
    s->order = NULL;
    if (s->rows == 0) return;
    assert((uintptr_t)section % KERN_ALIGN == 0);
    memcpy(&usable, section + screen_bytes(s) - END_BYTES, sizeof usable);
    if (usable != 1 || !screen_order_fits(s, order)) return;
    s->groups = section + screen_order_bytes(s);
    s->order = order;
}

/* ---- the order of columns -------------------------------------------------------------------- */

typedef struct ScreenKey {
    double key;
    uint32_t column;
} ScreenKey;

/* Greatest first; what is no number last. */
static int screen_compare(const void *a, const void *b) {
    const ScreenKey *x = a, *y = b;
    if (x->key > y->key) return -1;
    if (y->key > x->key) return 1;
    return (x->column > y->column) - (x->column < y->column);
}

static void screen_row(const ScreenSource *source, size_t row, float *out) {
    const GgufTensor *t = source->tensor;
    size_t cols = source->plan->cols, bytes = kern_row_bytes((KernType)t->type, cols);
    kern_dequant_row((KernType)t->type, t->data + row * bytes, cols, out);
}

static Status screen_sort(const ScreenSource *source, uint32_t *order, Err *err) {
    const Screen *s = source->plan;
    ScreenKey *keys = mem_zalloc_n(s->cols, sizeof *keys);
    float *row = mem_alloc_n(s->cols, sizeof *row);
    bool ok = keys && row;
    for (size_t r = 0; ok && r < s->rows; r += KEY_STEP) {
        screen_row(source, r, row);
        for (uint32_t i = 0; i < s->cols; i++) keys[i].key += (double)row[i] * (double)row[i];
    }
    for (uint32_t i = 0; ok && i < s->cols; i++) {
        double key = fabs((double)source->norm[i]) * sqrt(sqrt(keys[i].key));
        keys[i] = (ScreenKey){key >= 0 ? key : 0, i};
    }
    if (ok) qsort(keys, s->cols, sizeof *keys, screen_compare);
    for (uint32_t i = 0; ok && i < s->cols; i++) order[i] = keys[i].column;
    mem_free(keys);
    mem_free(row);
    return ok ? OK : err_no_memory(err, "the screen of a model");
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Memory of a thread. */
typedef struct ScreenDesk {
    float *row, *placed, *coarse; /* [cols] */
    uint8_t *top, *rest;          /* [SCREEN_ROWS] rows as GGUF blocks */
    size_t top_bytes, rest_bytes; /* of one of them */
} ScreenDesk;

typedef struct ScreenWork {
    const ScreenSource *source;
    const uint32_t *order;
    size_t group0, n; /* groups of the slice */
    uint8_t *to, *desks;
    size_t desk_bytes;
    atomic_bool odd;  /* a norm is no number */
} ScreenWork;

static size_t screen_desk_bytes(const Screen *s) {
    size_t bytes = 3 * s->cols * sizeof(float) +
                   SCREEN_ROWS * (kern_row_bytes(KERN_Q8_0, s->top) +
                                  kern_row_bytes(KERN_Q4_0, s->cols - s->top));
    return (bytes + KERN_ALIGN - 1) / KERN_ALIGN * KERN_ALIGN;
}

/* A thread's piece of the shared memory, laid out: three rows of floats, then 64 rows of either
   part. */
static ScreenDesk screen_desk(const ScreenWork *work, int thread) {
    const Screen *s = work->source->plan;
    uint8_t *at = work->desks + (size_t)thread * work->desk_bytes;
    ScreenDesk d = {.row = (float *)(void *)at,
                    .top_bytes = kern_row_bytes(KERN_Q8_0, s->top),
                    .rest_bytes = kern_row_bytes(KERN_Q4_0, s->cols - s->top)};
    d.placed = d.row + s->cols;
    d.coarse = d.placed + s->cols;
    d.top = (uint8_t *)(d.coarse + s->cols);
    d.rest = d.top + SCREEN_ROWS * d.top_bytes;
    return d;
}

static double distance(const float *a, const float *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double d = (double)a[i] - (b ? (double)b[i] : 0);
        sum += d * d;
    }
    return sqrt(sum);
}

/* At least x, for x >= 0 that is a number. */
static uint16_t norm_up(double x) {
    float f = (float)(x * (1 + 1e-6));
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return (uint16_t)((bits + 0xffffu) >> 16);
}

/* Quantises a row in the screen's order and measures how far the copy is from it. false: a norm is
   no number, or too large; the screen is then marked as of no use. */
static bool screen_put_row(const ScreenWork *work, const ScreenDesk *d, size_t row, size_t place,
                           uint16_t *norms) {
    const Screen *s = work->source->plan;
    size_t top = s->top, rest = s->cols - top;
    uint8_t *top_row = d->top + place * d->top_bytes, *rest_row = d->rest + place * d->rest_bytes;
    screen_row(work->source, row, d->row);
    for (size_t i = 0; i < s->cols; i++) d->placed[i] = d->row[work->order[i]];
    kern_quantise_q8_0(d->placed, top, top_row);
    kern_quantise_q4_0(d->placed + top, rest, rest_row);
    kern_dequant_row(KERN_Q8_0, top_row, top, d->coarse);
    kern_dequant_row(KERN_Q4_0, rest_row, rest, d->coarse + top);
    double exact = distance(d->placed, NULL, s->cols), coarse = distance(d->coarse, NULL, s->cols);
    double norm[SCREEN_NORMS] = {
        [SCREEN_OF_TOP] = distance(d->placed, d->coarse, top),
        [SCREEN_OF_REST] = distance(d->placed + top, d->coarse + top, rest),
        [SCREEN_OF_ROW] = exact > coarse ? exact : coarse};
    bool fine = true;
    for (int i = 0; i < SCREEN_NORMS; i++) {
        fine = fine && norm[i] < 1e30;
        norms[(size_t)i * SCREEN_ROWS + place] = norm[i] < 1e30 ? norm_up(norm[i]) : 0;
    }
    return fine;
}

/* One group; false: a norm is no number. */
static bool screen_put_group(const ScreenWork *work, const ScreenDesk *d, size_t group) {
    const Screen *s = work->source->plan;
    uint8_t *to = work->to + (group - work->group0) * screen_group_bytes(s);
    ScreenGroup g = screen_group_at(s, to);
    size_t row = group * SCREEN_ROWS, n = s->rows - row < SCREEN_ROWS ? s->rows - row : SCREEN_ROWS;
    bool fine = true;
    assert(group >= work->group0 && group - work->group0 < work->n && n > 0);
    memset(to, 0, NORM_BYTES);
    memset(d->top, 0, SCREEN_ROWS * d->top_bytes);
    memset(d->rest, 0, SCREEN_ROWS * d->rest_bytes);
    for (size_t i = 0; i < n; i++) {
        fine = screen_put_row(work, d, row + i, i, (uint16_t *)(void *)to) && fine;
    }
    kern_pack(&g.top, d->top, 0, SCREEN_ROWS);
    kern_pack(&g.rest, d->rest, 0, SCREEN_ROWS);
    return fine;
}

static void screen_thread(void *user, int thread, int n_threads) {
    ScreenWork *work = user;
    ScreenDesk desk = screen_desk(work, thread);
    for (size_t i = (size_t)thread; i < work->n; i += (size_t)n_threads) {
        if (screen_put_group(work, &desk, work->group0 + i)) continue;
        atomic_store_explicit(&work->odd, true, memory_order_relaxed);
    }
}

/* ---- the section ----------------------------------------------------------------------------- */

/* Slices of SLICE_GROUPS groups, made by all threads and written by one. */
static Status screen_write_groups(ScreenWork *work, FrameWriter *w, Pool *pool, Err *err) {
    const Screen *s = work->source->plan;
    size_t n = screen_n_groups(s);
    for (work->group0 = 0; work->group0 < n; work->group0 += SLICE_GROUPS) {
        work->n = n - work->group0 < SLICE_GROUPS ? n - work->group0 : SLICE_GROUPS;
        pool_run(pool, screen_thread, work);
        TRY(frame_write(w, work->to, work->n * screen_group_bytes(s), err));
    }
    uint32_t end[END_BYTES / sizeof(uint32_t)] = {0};
    end[0] = !atomic_load_explicit(&work->odd, memory_order_relaxed);
    return frame_write(w, end, sizeof end, err);
}

static Status screen_write_section(ScreenWork *work, uint32_t *order, FrameWriter *w, Pool *pool,
                                   Err *err) {
    const Screen *s = work->source->plan;
    if (!order || !work->to || !work->desks) return err_no_memory(err, "the screen of a model");
    TRY(screen_sort(work->source, order, err));
    TRY(frame_write(w, order, screen_order_bytes(s), err));
    work->order = order;
    return screen_write_groups(work, w, pool, err);
}

Status screen_write(const ScreenSource *source, FrameWriter *w, Pool *pool, Err *err) {
    const Screen *s = source->plan;
    assert(s->rows > 0 && source->norm);
    assert(source->tensor->bytes ==
           s->rows * kern_row_bytes((KernType)source->tensor->type, s->cols));
    assert(frame_at(w) % KERN_ALIGN == 0);
    size_t slice = screen_n_groups(s) < SLICE_GROUPS ? screen_n_groups(s) : SLICE_GROUPS;
    ScreenWork work = {.source = source, .desk_bytes = screen_desk_bytes(s)};
    uint32_t *order = mem_zalloc(screen_order_bytes(s));
    work.to = mem_aligned(KERN_ALIGN, slice * screen_group_bytes(s));
    work.desks = mem_aligned(KERN_ALIGN, (size_t)pool_size(pool) * work.desk_bytes);
    Status status = screen_write_section(&work, order, w, pool, err);
    mem_free(work.desks);
    mem_free(work.to);
    mem_free(order);
    return status;
}
