/*
 * Attention around the instruction sets: rows, parts, and how parts become an answer.
 *
 * The m queries of the `group` heads are m * group rows, in order of position, those of the next KV
 * head after them. Each is copied with
 * the factor scale * log2(e), so that 2^score is what softmax wants, and rotated where the
 * type of the keys is. An instruction set computes a block of up to KERN_ATTN_ROWS rows against one
 * part of the keys (attn_rows): top = max s, sum = sum 2^(s - top), acc = sum 2^(s - top) v.
 *
 * Parts fold from the left, in float32:
 *
 *     T = max(top, top_p)   a = 2^(top - T)   b = 2^(top_p - T)
 *     sum = a sum + b sum_p     acc = a acc + b acc_p     top = T
 *
 * The first part in which a row sees a key is copied; parts in which it sees none change nothing.
 * One function folds, in one object file: whether a thread does all parts of a row one
 * after the other or many threads each some, the arithmetic is the same.
 *
 * At the end the sink joins the sum, out = acc / sum (0 when nothing was seen), and the rotation is
 * undone. Adding +0 there turns a negative zero, which an underflow can leave, into the positive
 * one that a masked product would have left.
 *
 * Worked example: a head of 128 dimensions, scale 1/sqrt(128), one query that sees 700 keys. Parts
 * 0 (keys 0..511) and 1 (512..699) give (top, sum, acc) = (3.0, 10.0, A) and (5.0, 4.0, B), tops in
 * powers of two. Folded: T = 5, a = 2^-2, b = 1, sum = 2.5 + 4 = 6.5, acc = A/4 + B; the answer is
 * acc / 6.5. A thread for each part, or one for both, adds the same floats.
 */
#include "model/kernels/ref.h"

#include <assert.h>
#include <math.h>

static const float log2e = 1.44269504088896341f;
_Static_assert(KERN_ATTN_PART % KERN_KV_KEYS == 0, "parts are whole pages");

/* ---- memory ---------------------------------------------------------------------------------- */

/* Of an instruction set, for a block of rows: queries, scores, probabilities, sums, and a page's
   keys and values as floats. */
static size_t attn_rows_bytes(size_t d) {
    size_t rows = KERN_ATTN_ROWS, keys = KERN_KV_KEYS;
    return (rows * d + 2 * rows * keys + rows * 16 + 8 * rows + 2 * keys * d) * sizeof(float) +
           8 * KERN_ALIGN;
}

typedef struct AttnWork {
    float *q, *acc, *total;   /* [rows][d] */
    float *stat, *total_stat; /* [rows][2] */
    int *lo, *hi;             /* [rows] */
    void *rest;
} AttnWork;

size_t kern_attn_scratch_bytes(int head_dim) {
    size_t rows = KERN_ATTN_ROWS, d = (size_t)head_dim;
    return (3 * rows * d + 6 * rows) * sizeof(float) + attn_rows_bytes(d);
}

static AttnWork attn_work(const KernAttn *a) {
    assert(a->head_dim % KERN_HEAD_DIM_STEP == 0 && a->head_dim <= KERN_HEAD_DIM_MAX);
    assert((uintptr_t)a->scratch % KERN_ALIGN == 0);
    size_t rows = KERN_ATTN_ROWS, d = (size_t)a->head_dim;
    float *at = a->scratch;
    AttnWork w = {.q = at, .acc = at + rows * d, .total = at + 2 * rows * d};
    at += 3 * rows * d;
    w.stat = at;
    w.total_stat = at + 2 * rows;
    w.lo = (int *)(void *)(at + 4 * rows);
    w.hi = w.lo + rows;
    w.rest = at + 6 * rows; /* 6 rows of 128 floats: still aligned */
    return w;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* A row's query, and its head among all of the job's. */
typedef struct AttnRow {
    int i, head;
} AttnRow;

static AttnRow attn_row(const KernAttn *a, int row) {
    assert(0 <= row && row < a->heads * a->m * a->group);
    int in_head = row % (a->m * a->group);
    return (AttnRow){in_head / a->group, row / (a->m * a->group) * a->group + in_head % a->group};
}

static int attn_row_count(const KernAttn *a) {
    return a->heads * a->m * a->group;
}

/* Keys [lo, hi) that a row sees. */
static void attn_range(const KernAttn *a, int row, int *lo, int *hi) {
    int i = attn_row(a, row).i;
    *hi = a->pos0 + i + 1 < a->n_keys ? a->pos0 + i + 1 : a->n_keys;
    *lo = a->window > 0 && *hi > a->window ? *hi - a->window : 0;
}

/* to[i] = from[i] * by. The arrays are apart: without restrict, and aliasing is allowed in
   this program, each number would be computed alone (a tenth of a small model's attention). */
static void attn_scale(const float *restrict from, float by, size_t n, float *restrict to) {
    for (size_t i = 0; i < n; i++) to[i] = from[i] * by;
}

/* Copies rows row0.. of the job's queries into q [n_rows][head_dim], scaled and rotated. With a
   softcap the factor stays out of log2(e): tanh comes between. */
static void attn_queries(const Kernels *kern, const KernAttnRows *rows, int row0, float *q) {
    const KernAttn *a = rows->job;
    const float by = a->softcap > 0 ? a->scale / a->softcap : a->scale * log2e;
    for (int r = 0; r < rows->n_rows; r++, q += a->head_dim) {
        AttnRow at = attn_row(a, row0 + r);
        const float *from =
            a->q + (size_t)at.i * a->q_stride + (size_t)at.head * a->q_head_stride;
        attn_scale(from, by, (size_t)a->head_dim, q);
        if (kern_kv_rotates(a->type)) kern->hadamard(q, a->head_dim);
    }
}

/* Runs rows [row0, row0 + n) against one part into acc and stat. */
static void attn_part(const Kernels *kern, const AttnWork *w, KernAttnRows *rows, int row0,
                      int part) {
    const KernAttn *a = rows->job;
    rows->key0 = part * KERN_ATTN_PART;
    rows->key1 = rows->key0 + KERN_ATTN_PART < a->n_keys ? rows->key0 + KERN_ATTN_PART : a->n_keys;
    assert(rows->key0 < rows->key1); /* a part that somebody may see */
    for (int r = 0; r < rows->n_rows; r++) {
        int lo, hi;
        attn_range(a, row0 + r, &lo, &hi);
        assert(0 <= lo && lo < hi); /* a query sees itself at least */
        w->lo[r] = lo > rows->key0 ? lo : rows->key0;
        w->hi[r] = hi < rows->key1 ? hi : rows->key1;
        if (w->hi[r] < w->lo[r]) w->hi[r] = w->lo[r];
    }
    kern->attn_rows(rows);
}

/* The next block of up to KERN_ATTN_ROWS rows, queries prepared. Several heads must fit one block,
   since rows of a head are counted by head_rows. */
static KernAttnRows attn_block(const Kernels *kern, const KernAttn *a, const AttnWork *w,
                               int row0) {
    int left = attn_row_count(a) - row0;
    assert(a->heads == 1 || left <= KERN_ATTN_ROWS);
    KernAttnRows rows = {.job = a, .q = w->q, .lo = w->lo, .hi = w->hi, .scratch = w->rest};
    rows.n_rows = left < KERN_ATTN_ROWS ? left : KERN_ATTN_ROWS;
    rows.head_rows = rows.n_rows / a->heads;
    assert(rows.n_rows > 0 && rows.head_rows * a->heads == rows.n_rows);
    rows.acc = w->acc;
    rows.stat = w->stat;
    attn_queries(kern, &rows, row0, w->q);
    return rows;
}

/* ---- folding --------------------------------------------------------------------------------- */

typedef struct AttnSum {
    float *acc, *stat; /* [d], top and sum */
} AttnSum;

/* NOINLINE: one copy of the arithmetic, whoever calls. Inlined twice, a compiler may fuse a product
   and a sum in one place and not in the other. */
static NOINLINE void attn_fold(AttnSum to, AttnSum part, int d) {
    if (!(part.stat[0] > -INFINITY)) return;
    if (!(to.stat[0] > -INFINITY)) {
        memcpy(to.acc, part.acc, (size_t)d * sizeof *to.acc);
        to.stat[0] = part.stat[0];
        to.stat[1] = part.stat[1];
        return;
    }
    float top = fmaxf(to.stat[0], part.stat[0]);
    float a = exp2f(to.stat[0] - top), b = exp2f(part.stat[0] - top);
    for (int i = 0; i < d; i++) to.acc[i] = to.acc[i] * a + part.acc[i] * b;
    to.stat[0] = top;
    to.stat[1] = to.stat[1] * a + part.stat[1] * b;
}

/* out = acc * by, where -0 becomes 0. */
static void attn_answer(const float *restrict acc, float by, size_t n, float *restrict out) {
    for (size_t i = 0; i < n; i++) out[i] = acc[i] * by + 0.0f;
}

/* The row's answer from its sums, the sink's weight added to the sum only (sinks: a logit that
   takes part in softmax and has no value). */
static NOINLINE void attn_finish(const KernAttn *a, int row, AttnSum from) {
    AttnRow at = attn_row(a, row);
    float *out = a->out + (size_t)at.i * a->out_stride + (size_t)at.head * a->out_head_stride;
    float top = from.stat[0], sum = from.stat[1], by = 0;
    bool any = top > -INFINITY;
    if (a->sinks) {
        float sink = a->sinks[at.head] * log2e, both = any ? fmaxf(top, sink) : sink;
        by = any ? exp2f(top - both) : 0;
        sum = (any ? sum * by : 0) + exp2f(sink - both);
    } else if (any) {
        by = 1;
    }
    by = sum > 0 ? by / sum : 0;
    if (any) attn_answer(from.acc, by, (size_t)a->head_dim, out);
    else memset(out, 0, (size_t)a->head_dim * sizeof *out);
    if (kern_kv_rotates(a->type)) kern_hadamard(out, a->head_dim);
}

/* ---- the three ways in ----------------------------------------------------------------------- */

/* Parts that some row of a block sees: from the first row's first key, since windows move with the
   position, to the last row's last. */
static int attn_first_part(const KernAttn *a, int row0) {
    int lo, hi;
    attn_range(a, row0, &lo, &hi);
    return lo / KERN_ATTN_PART;
}

static int attn_end_part(const KernAttn *a, int row_last) {
    int lo, hi;
    attn_range(a, row_last, &lo, &hi);
    return (hi + KERN_ATTN_PART - 1) / KERN_ATTN_PART;
}

void kern_attention(const Kernels *kern, const KernAttn *a) {
    AttnWork w = attn_work(a);
    size_t d = (size_t)a->head_dim;
    for (int row0 = 0; row0 < attn_row_count(a); row0 += KERN_ATTN_ROWS) {
        KernAttnRows rows = attn_block(kern, a, &w, row0);
        for (int r = 0; r < rows.n_rows; r++) w.total_stat[2 * r] = -INFINITY;
        int end = attn_end_part(a, row0 + rows.n_rows - 1);
        for (int p = attn_first_part(a, row0); p < end; p++) {
            attn_part(kern, &w, &rows, row0, p);
            for (int r = 0; r < rows.n_rows; r++) {
                AttnSum to = {w.total + (size_t)r * d, w.total_stat + 2 * r};
                attn_fold(to, (AttnSum){w.acc + (size_t)r * d, w.stat + 2 * r}, a->head_dim);
            }
        }
        for (int r = 0; r < rows.n_rows; r++) {
            AttnSum from = {w.total + (size_t)r * d, w.total_stat + 2 * r};
            attn_finish(a, row0 + r, from);
        }
    }
}

/* Where a row's sums of a part lie: [part][rows]. */
static AttnSum attn_part_row(const KernAttn *a, const KernAttnParts *parts, int part, int row) {
    size_t at = (size_t)(part - parts->part0) * (size_t)parts->rows + (size_t)row;
    return (AttnSum){parts->acc + at * (size_t)a->head_dim, parts->stat + 2 * at};
}

void kern_attention_part(const Kernels *kern, const KernAttn *a, const KernAttnParts *parts,
                         int part) {
    assert(parts->part0 <= part && part < parts->part0 + parts->n);
    assert(attn_row_count(a) <= parts->rows);
    assert(parts->part0 * KERN_ATTN_PART < a->n_keys);
    AttnWork w = attn_work(a);
    for (int row0 = 0; row0 < attn_row_count(a); row0 += KERN_ATTN_ROWS) {
        KernAttnRows rows = attn_block(kern, a, &w, row0);
        AttnSum to = attn_part_row(a, parts, part, row0);
        rows.acc = to.acc;
        rows.stat = to.stat;
        attn_part(kern, &w, &rows, row0, part);
    }
}

void kern_attention_merge(const KernAttn *a, const KernAttnParts *parts) {
    float acc[KERN_HEAD_DIM_MAX], stat[2];
    assert(0 < a->head_dim && a->head_dim <= KERN_HEAD_DIM_MAX && a->m * a->group <= parts->rows);
    for (int row = 0; row < attn_row_count(a); row++) {
        stat[0] = -INFINITY;
        for (int p = parts->part0; p < parts->part0 + parts->n; p++) {
            attn_fold((AttnSum){acc, stat}, attn_part_row(a, parts, p, row), a->head_dim);
        }
        attn_finish(a, row, (AttnSum){acc, stat});
    }
}
