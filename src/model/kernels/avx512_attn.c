/*
 * Attention with AVX-512: the driver, and the core whose sums are float32 (F16 and BF16 blocks).
 *
 * For each page of 64 keys and each head of it: scores of all rows that see some of it, softmax,
 * values. The 16 lanes of a register are 16 keys in scores and 16 dimensions in values, so nothing
 * is summed across lanes but a row's maximum. A core takes up to six rows at a time through the
 * same stream of K and V, which is how the heads of a group share it.
 *
 * Online softmax (Milakov & Gimelshein 2018): top is the maximum so far; a page with a larger one
 * scales the sums so far by 2^(old - new). A key that a row does not see has the score -inf and the
 * probability 0, whatever its block holds (blocks hold finite numbers only). A row that sees
 * nothing yet has top -inf: -inf less -inf is NaN, of which v512_exp2 makes 0.
 *
 * Prefetch: V512_AHEAD bytes ahead in the order of reading, into the second cache level. Seen on
 * Zen 4, decode of 4,096 bfloat16 keys, 8 heads of 128 dimensions at once, GB/s of one thread:
 * none 22.0, 1 KiB 22.2, 2 KiB 23.0, 3 KiB 23.5, 4 KiB 24.0, 5 KiB 21.2, 6 KiB 18.8, 8 KiB 17.3;
 * into the first level, 4 KiB ahead, 16.0. Head by head 22.5; a plain read 28.3, so read 23.2.
 *
 * Order of sums: dimensions ascending; keys ascending within a page, pages ascending; the sum of
 * probabilities in 16 lanes over the part, then across lanes.
 *
 * Scratch of a block (attn_place), floats, R = KERN_ATTN_ROWS:
 *
 *     q    [R][dim]   the core's form of the queries; the float core reads in->q itself
 *     s    [R][64]    scores of a page, then probabilities
 *     p    [R][64]    the core's form of probabilities
 *     sum  [R][16]    sum of 2^(s - top) by lanes, one reduction at the end of the part
 *     top  [R]        the greatest score so far; by [R]: 2^(old top - new top) of this page
 */
#include <assert.h>
#include <math.h>

#include "model/kernels/avx512_attn.h"
#include "model/kernels/avx512_ops.h"

/* ---- the driver ------------------------------------------------------------------------------ */

/* Lays the scratch out and starts every row: nothing seen (top -inf), sums and answers 0. */
static void attn_place(V512Attn *a, const KernAttnRows *in) {
    const size_t rows = KERN_ATTN_ROWS, d = (size_t)in->job->head_dim;
    assert(in->n_rows <= KERN_ATTN_ROWS && in->head_rows * in->job->heads == in->n_rows);
    assert(in->key0 % KERN_KV_KEYS == 0 && in->key1 - in->key0 <= KERN_ATTN_PART);
    float *at = in->scratch;
    *a = (V512Attn){.in = in, .dim = d, .q = at};
    at += rows * d;
    a->s = at;
    a->p = at + rows * KERN_KV_KEYS;
    at += 2 * rows * KERN_KV_KEYS;
    a->sum = at;
    a->top = at + rows * 16;
    a->by = a->top + rows;
    for (int r = 0; r < KERN_ATTN_ROWS; r++) a->top[r] = -INFINITY;
    memset(a->sum, 0, rows * 16 * sizeof *a->sum);
    memset(in->acc, 0, (size_t)in->n_rows * d * sizeof *in->acc);
}

/* The keys that are read after a head's of the page at key0; NULL: there are none. */
static const char *attn_next(const KernAttn *job, int key0, int head, int end) {
    char *const *page = job->pages + key0 / KERN_KV_KEYS;
    if (head + 1 < job->heads) return *page + job->k_at + (size_t)(head + 1) * job->head_step;
    return key0 + KERN_KV_KEYS < end ? page[1] + job->k_at : NULL;
}

/* Which rows of a head see some of the page at key0, and which of its keys. false: none. */
static bool attn_page(V512Attn *a, int key0, int head) {
    const KernAttnRows *in = a->in;
    const KernAttn *job = in->job;
    V512Page *g = &a->page;
    int lo = key0 + KERN_KV_KEYS, hi = key0;
    const char *block = job->pages[key0 / KERN_KV_KEYS] + (size_t)head * job->head_step;
    *g = (V512Page){.k = block + job->k_at, .v = block + job->v_at, .key0 = key0};
    g->v_end = g->v + kern_kv_block_bytes(job->type, job->head_dim);
    g->from = in->n_rows;
    for (int r = head * in->head_rows; r < (head + 1) * in->head_rows; r++) {
        int from = in->lo[r] > key0 ? in->lo[r] : key0;
        int to = in->hi[r] < key0 + KERN_KV_KEYS ? in->hi[r] : key0 + KERN_KV_KEYS;
        if (from >= to) continue;
        if (r < g->from) g->from = r;
        g->to = r + 1;
        lo = from < lo ? from : lo;
        hi = to > hi ? to : hi;
    }
    assert(g->from == in->n_rows || (key0 <= lo && lo < hi && hi <= key0 + KERN_KV_KEYS));
    g->k0 = (lo - key0) / 16 * 16;
    g->k1 = (hi - key0 + 15) / 16 * 16;
    return g->from < g->to;
}

static ALWAYS_INLINE __m512 cap_scores(const KernAttn *job, __m512 s) {
    return _mm512_mul_ps(v512_tanh(s), _mm512_set1_ps(job->softcap * 1.44269504088896341f));
}

/* The maximum of the scores of a row that sees all keys of the page. */
static ALWAYS_INLINE __m512 row_most(const float *s) {
    __m512 low = _mm512_max_ps(_mm512_loadu_ps(s), _mm512_loadu_ps(s + 16));
    return _mm512_max_ps(low, _mm512_max_ps(_mm512_loadu_ps(s + 32), _mm512_loadu_ps(s + 48)));
}

/* Caps and masks the scores of one row and takes their maximum. */
static __m512 row_mask(const V512Attn *a, int r, float *s) {
    const KernAttnRows *in = a->in;
    const V512Page *g = &a->page;
    const __m512 least = _mm512_set1_ps(-INFINITY);
    __m512 most = least;
    for (int j = 0; j < KERN_KV_KEYS; j += 16) {
        int lo = in->lo[r] - g->key0 - j, hi = in->hi[r] - g->key0 - j;
        __mmask16 seen = hi <= 0 ? 0 : v512_mask((size_t)hi);
        if (lo > 0) seen &= (__mmask16)~v512_mask((size_t)lo);
        __m512 v = _mm512_mask_loadu_ps(least, seen, s + j);
        if (in->job->softcap > 0) v = _mm512_mask_mov_ps(least, seen, cap_scores(in->job, v));
        _mm512_storeu_ps(s + j, v);
        most = _mm512_max_ps(v, most);
    }
    return most;
}

/* The row's top with this page's scores in it. Masking costs a pass, so a row that sees the whole
   page and has no cap skips it. */
static float row_top(const V512Attn *a, int r) {
    const KernAttnRows *in = a->in;
    const int key0 = a->page.key0;
    const bool all = in->lo[r] <= key0 && in->hi[r] >= key0 + KERN_KV_KEYS;
    float *s = a->s + (size_t)r * KERN_KV_KEYS;
    __m512 most = all && !(in->job->softcap > 0) ? row_most(s) : row_mask(a, r, s);
    float now = _mm512_reduce_max_ps(most);
    return now > a->top[r] ? now : a->top[r];
}

/* Scores -> probabilities, for the rows and keys of the page. */
static void attn_softmax(V512Attn *a) {
    const V512Page *g = &a->page;
    float top[KERN_ATTN_ROWS];
    for (int r = g->from; r < g->to; r++) top[r] = row_top(a, r);
    for (int r = g->from; r < g->to; r += 16) {
        __mmask16 lanes = v512_mask((size_t)(g->to - r));
        __m512 old = _mm512_maskz_loadu_ps(lanes, a->top + r);
        __m512 now = _mm512_maskz_loadu_ps(lanes, top + r);
        _mm512_mask_storeu_ps(a->by + r, lanes, v512_exp2(_mm512_sub_ps(old, now)));
        _mm512_mask_storeu_ps(a->top + r, lanes, now);
    }
    for (int r = g->from; r < g->to; r++) {
        float *s = a->s + (size_t)r * KERN_KV_KEYS, *sum = a->sum + (size_t)r * 16;
        const __m512 most = _mm512_set1_ps(a->top[r]);
        __m512 p[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            p[i] = v512_exp2(_mm512_sub_ps(_mm512_loadu_ps(s + 16 * i), most));
            _mm512_storeu_ps(s + 16 * i, p[i]);
        }
        __m512 all = _mm512_add_ps(_mm512_add_ps(p[0], p[1]), _mm512_add_ps(p[2], p[3]));
        all = _mm512_fmadd_ps(_mm512_loadu_ps(sum), _mm512_set1_ps(a->by[r]), all);
        _mm512_storeu_ps(sum, all);
    }
}

void v512_attn_run(const KernAttnRows *in, const V512AttnCore *core) {
    V512Attn a;
    int lo = in->key1, hi = in->key0;
    attn_place(&a, in);
    for (int r = 0; r < in->n_rows; r++) {
        if (in->lo[r] >= in->hi[r]) continue;
        lo = in->lo[r] < lo ? in->lo[r] : lo;
        hi = in->hi[r] > hi ? in->hi[r] : hi;
    }
    if (core->queries) core->queries(&a);
    for (int key = lo / KERN_KV_KEYS * KERN_KV_KEYS; key < hi; key += KERN_KV_KEYS) {
        for (int head = 0; head < in->job->heads; head++) {
            if (!attn_page(&a, key, head)) continue;
            a.page.next = attn_next(in->job, key, head, hi);
            core->scores(&a);
            attn_softmax(&a);
            core->values(&a);
        }
    }
    for (int r = 0; r < in->n_rows; r++) {
        in->stat[2 * r] = a.top[r];
        in->stat[2 * r + 1] = _mm512_reduce_add_ps(_mm512_loadu_ps(a.sum + (size_t)r * 16));
    }
}

/* ---- the float32 core ------------------------------------------------------------------------ */

/* 16 numbers at `side` of the run-th row of a block `width` wide. */
static ALWAYS_INLINE __m512 load_half(const KernKv type, const char *block, size_t width,
                                      size_t run, size_t side) {
    if (type == KERN_KV_F16) return v512_load_f16(block + (run * width + side) * 2);
    __m512i pair = _mm512_loadu_si512(block + (run / 2 * width + side) * 4);
    pair = run & 1 ? _mm512_and_si512(pair, _mm512_set1_epi32((int)0xffff0000u))
                   : _mm512_slli_epi32(pair, 16);
    return _mm512_castsi512_ps(pair);
}

/* s[row + i][at ..] = q_i . k_j for t.n rows and 16 t.wide keys: a dimension at a time, t.wide
   loads of 16 keys and t.n broadcasts feed t.n * t.wide fused multiply-adds. */
static ALWAYS_INLINE void scores_tile(const KernKv type, const V512Tile t, const V512Attn *a) {
    const V512Page *g = &a->page;
    const float *q = a->in->q + (size_t)t.row * a->dim;
    const bool asks = t.row == g->from && t.wide == 4;
    __m512 c[V512_ROWS][4];
    for (int i = 0; i < t.n; i++) {
        for (int w = 0; w < t.wide; w++) c[i][w] = _mm512_setzero_ps();
    }
    for (size_t d = 0; d < a->dim; d++) {
        __m512 k[4];
        for (int w = 0; w < t.wide; w++) {
            k[w] = load_half(type, g->k, KERN_KV_KEYS, d, t.at + (size_t)(16 * w));
        }
        if (asks) v512_ask_keys(g->k + d * 128 + V512_AHEAD);
        if (asks) v512_ask_keys(g->k + d * 128 + 64 + V512_AHEAD);
        for (int i = 0; i < t.n; i++) {
            __m512 x = _mm512_set1_ps(q[(size_t)i * a->dim + d]);
            for (int w = 0; w < t.wide; w++) c[i][w] = _mm512_fmadd_ps(x, k[w], c[i][w]);
        }
    }
    v512_store_scores(a, t, c);
}

/* Whole pages in tiles four vectors wide; at the edges of what is seen one vector at a time. Only
   the page's first rows ask ahead: what they fetch serves all. */
static ALWAYS_INLINE void scores_all(const KernKv type, const V512Attn *a) {
    const V512Page *g = &a->page;
    const bool whole = g->k0 == 0 && g->k1 == KERN_KV_KEYS;
#define WHOLE(n, row) scores_tile(type, (V512Tile){n, 4, row, 0}, a)
#define SOME(n, row)                                                                               \
    for (int j = g->k0; j < g->k1; j += 16) scores_tile(type, (V512Tile){n, 1, row, (size_t)j}, a)
    if (whole) {
        V512_EACH_SIX(g, WHOLE);
    } else {
        V512_EACH_SIX(g, SOME);
    }
#undef WHOLE
#undef SOME
}

/* acc[row + i][at ..] = by acc + sum_j p_ij v_j for 16 t.wide dimensions: a key at a time, t.wide
   loads of its dimensions, t.n broadcasts of its probabilities. */
static ALWAYS_INLINE void values_tile(const KernKv type, const V512Tile t, const V512Attn *a) {
    const V512Page *g = &a->page;
    const float *p = a->s + (size_t)t.row * KERN_KV_KEYS;
    const V512Strip strip = v512_strip(a->dim, t.at);
    const char *block = g->v + strip.at * 2;
    const size_t side = t.at % KERN_KV_STRIP;
    const bool asks = t.row == g->from;
    __m512 c[V512_ROWS][4];
    v512_load_acc(a, t, c);
    for (int j = g->k0; j < g->k1; j++) {
        __m512 v[4];
        for (int w = 0; w < t.wide; w++) {
            v[w] = load_half(type, block, strip.width, (size_t)j, side + (size_t)(16 * w));
        }
        const char *row = block + ((size_t)j * strip.width + side) * 2;
        for (int w = 0; asks && w < t.wide; w += 2) v512_ask_values(g, row + 32 * w + V512_AHEAD);
        for (int i = 0; i < t.n; i++) {
            __m512 x = _mm512_set1_ps(p[i * KERN_KV_KEYS + j]);
            for (int w = 0; w < t.wide; w++) c[i][w] = _mm512_fmadd_ps(x, v[w], c[i][w]);
        }
    }
    v512_store_acc(a, t, c);
}

static ALWAYS_INLINE void values_rows(const KernKv type, const int n, int row, const V512Attn *a) {
#define VALUES(wide, at) values_tile(type, (V512Tile){n, wide, row, at}, a)
    V512_EACH_DIMS(a->dim, VALUES);
#undef VALUES
}

static ALWAYS_INLINE void values_all(const KernKv type, const V512Attn *a) {
#define ROWS(n, row) values_rows(type, n, row, a)
    V512_EACH_SIX(&a->page, ROWS);
#undef ROWS
}

static void scores_f16(const V512Attn *a) { scores_all(KERN_KV_F16, a); }
static void values_f16(const V512Attn *a) { values_all(KERN_KV_F16, a); }
static void scores_bf16(const V512Attn *a) { scores_all(KERN_KV_BF16, a); }
static void values_bf16(const V512Attn *a) { values_all(KERN_KV_BF16, a); }

void v512_attn_rows(const KernAttnRows *in) {
    static const V512AttnCore f16 = {NULL, scores_f16, values_f16};
    static const V512AttnCore bf16 = {NULL, scores_bf16, values_bf16};
    if (kern_kv_rotates(in->job->type)) {
        v512_attn_rows_q(in);
    } else {
        v512_attn_run(in, in->job->type == KERN_KV_F16 ? &f16 : &bf16);
    }
}

void v512_attn_rows_ahead(const KernAttnRows *in) {
    if (!v512_attn_rows_q8_ahead(in)) v512_attn_rows(in);
}
