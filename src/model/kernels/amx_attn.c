/*
 * Attention for many query rows with AMX tiles, as exact as float32.
 *
 * Every operand is split into two bfloat16 numbers, x = hi + lo: float16 keys and values exactly,
 * queries and probabilities to 16 bits of mantissa. A product takes three tile products, hi*hi +
 * hi*lo + lo*hi, with float32 sums; what is left out is below 2^-16 of a term. (Plain bfloat16
 * would be three times faster and wrong for models with large key biases, where scores are sums of
 * large terms that cancel.)
 *
 * All matrices are kept transposed so that the 16 lanes of a vector are 16 query rows and softmax
 * needs no horizontal operation:
 *
 *     S^T [keys][rows] = K [keys][dim]   * Q^T [dim][rows]      scores
 *     O^T [dim][rows] += V^T [dim][keys] * P^T [keys][rows]     output
 *
 * Left operands are tiles of 16 rows x 32 columns; right operands are tiles of 16 pairs of rows x
 * 16 columns (two neighbouring k in one 32-bit lane). K needs no transposition, V one 16 x 16
 * transposition of pairs per tile, shared by up to CHUNK query rows.
 *
 * Loop: chunks of query rows (token major, so that rows of one token lie together); for each,
 * blocks of KEYS keys; K and V of a block are split once; then 32 rows at a time: scores, online
 * softmax (see avx512_attn.c), output. Steps of 32 keys that no row of the 32 sees are skipped.
 *
 * Order of sums: tile unit's order within 32 keys or dimensions, blocks of keys in order.
 */
#include <math.h>

#include "model/kernels/amx.h"
#include "model/kernels/avx512_ops.h"
#include "model/kernels/ref.h"

enum { KEYS = 256, CHUNK = 256, PAIR_ROWS = 32, MIN_ROWS = 32 };

typedef struct Work {
    const KernAttn *job;
    size_t dim;      /* rounded up to 32 */
    uint8_t *k, *v;  /* tiles, hi then lo: k [key tile][dim/32][2], v [dim tile][key step][2] */
    uint8_t *q, *p;  /* tiles: q [row pair][dim/32][2 row tiles][2], p [key step][2][2] */
    float *s;        /* [KEYS][32] */
    float *o;        /* [row pair][dim][32] */
    float *top, *sum; /* [CHUNK] */
    int32_t *lo, *hi; /* [CHUNK] */
    int row0, n_rows;  /* of the chunk */
    int key0, n_keys;  /* of the block */
} Work;

/* ---- splitting ------------------------------------------------------------------------------- */

typedef struct Split {
    __m512i hi, lo;
} Split;

/* Two f32 vectors -> 32 numbers in order (first, then second). */
static ALWAYS_INLINE Split split_concat(__m512 first, __m512 second) {
    Split s;
    s.hi = (__m512i)_mm512_cvtne2ps_pbh(second, first);
    __m512i a = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(s.hi));
    __m512i b = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(s.hi, 1));
    first = _mm512_sub_ps(first, _mm512_castsi512_ps(_mm512_slli_epi32(a, 16)));
    second = _mm512_sub_ps(second, _mm512_castsi512_ps(_mm512_slli_epi32(b, 16)));
    s.lo = (__m512i)_mm512_cvtne2ps_pbh(second, first);
    return s;
}

/* Two f32 vectors -> 16 lanes of pairs (even, odd). */
static ALWAYS_INLINE Split split_pairs(__m512 even, __m512 odd) {
    Split s;
    s.hi = amx_pairs(even, odd);
    __m512i top = _mm512_and_si512(s.hi, _mm512_set1_epi32((int)0xffff0000u));
    even = _mm512_sub_ps(even, _mm512_castsi512_ps(_mm512_slli_epi32(s.hi, 16)));
    odd = _mm512_sub_ps(odd, _mm512_castsi512_ps(top));
    s.lo = amx_pairs(even, odd);
    return s;
}

/* 16 x 16 transposition of 32-bit lanes. */
static void transpose16(__m512i v[16]) {
    __m512i t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(v[2 * i], v[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(v[2 * i], v[2 * i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        v[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        v[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        v[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        v[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(v[i], v[4 + i], 0x88);
        t[4 + i] = _mm512_shuffle_i32x4(v[i], v[4 + i], 0xdd);
        t[8 + i] = _mm512_shuffle_i32x4(v[8 + i], v[12 + i], 0x88);
        t[12 + i] = _mm512_shuffle_i32x4(v[8 + i], v[12 + i], 0xdd);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        v[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
        v[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd);
        v[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
        v[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xdd);
    }
}

/* 16 float16 numbers at column d of a row of dim columns, zero past the end. */
static ALWAYS_INLINE __m512 row_f16(const uint16_t *row, size_t d, size_t dim) {
    return d < dim ? v512_load_f16(row + d) : _mm512_setzero_ps();
}

/* Keys of the block as left operands; keys past the end are zero. */
static void prepare_keys(const Work *w) {
    const KernAttn *a = w->job;
    const size_t dim = (size_t)a->head_dim, steps = w->dim / 32;
    for (int j = 0; j < (w->n_keys + 31) / 32 * 32; j++) {
        const uint16_t *row = a->k + (size_t)(w->key0 + j) * a->k_stride;
        uint8_t *out = w->k + (size_t)(j / 16) * steps * 2 * AMX_TILE + (size_t)(j % 16) * 64;
        size_t have = j < w->n_keys ? dim : 0;
        for (size_t i = 0; i < steps; i++, out += 2 * AMX_TILE) {
            Split s = split_concat(row_f16(row, 32 * i, have), row_f16(row, 32 * i + 16, have));
            _mm512_store_si512(out, s.hi);
            _mm512_store_si512(out + AMX_TILE, s.lo);
        }
    }
}

/* 32 keys x 16 dimensions of V as one left operand of V^T. */
static void value_tile(const Work *w, int j0, size_t d, uint8_t *out) {
    const KernAttn *a = w->job;
    const size_t dim = (size_t)a->head_dim;
    __m512i hi[16], lo[16];
    for (int i = 0; i < 16; i++) {
        int j = j0 + 2 * i;
        const uint16_t *row = a->v + (size_t)(w->key0 + j) * a->v_stride;
        __m512 even = row_f16(row, d, j < w->n_keys ? dim : 0);
        __m512 odd = row_f16(row + a->v_stride, d, j + 1 < w->n_keys ? dim : 0);
        Split s = split_pairs(even, odd);
        hi[i] = s.hi;
        lo[i] = s.lo;
    }
    transpose16(hi);
    transpose16(lo);
    for (int i = 0; i < 16; i++) {
        _mm512_store_si512(out + 64 * i, hi[i]);
        _mm512_store_si512(out + AMX_TILE + 64 * i, lo[i]);
    }
}

static void prepare_values(const Work *w) {
    const size_t tile_row = KEYS / 32 * 2 * AMX_TILE;
    for (size_t d = 0; d < w->dim; d += 16) {
        for (int j = 0; j < w->n_keys; j += 32) {
            value_tile(w, j, d, w->v + d / 16 * tile_row + (size_t)(j / 32) * 2 * AMX_TILE);
        }
    }
}

static const float *query(const KernAttn *a, int row) {
    return a->q + (size_t)(row / a->group) * a->q_stride +
           (size_t)(row % a->group) * a->q_head_stride;
}

/* 16 query rows x 32 dimensions as one right operand; rows past the end are zero. */
static void query_tile(const Work *w, int row, size_t d, uint8_t *out) {
    const size_t dim = (size_t)w->job->head_dim;
    __m512i hi[16], lo[16];
    for (int r = 0; r < 16; r++) {
        bool have = row + r < w->n_rows;
        const float *q = query(w->job, w->row0 + (have ? row + r : 0)) + d;
        __m512 a = have ? _mm512_loadu_ps(q) : _mm512_setzero_ps();
        __m512 b = have && d + 16 < dim ? _mm512_loadu_ps(q + 16) : _mm512_setzero_ps();
        Split s = split_concat(a, b);
        hi[r] = s.hi;
        lo[r] = s.lo;
    }
    transpose16(hi);
    transpose16(lo);
    for (int i = 0; i < 16; i++) {
        _mm512_store_si512(out + 64 * i, hi[i]);
        _mm512_store_si512(out + AMX_TILE + 64 * i, lo[i]);
    }
}

static void prepare_queries(const Work *w) {
    const size_t steps = w->dim / 32;
    for (int row = 0; row < w->n_rows; row += PAIR_ROWS) {
        uint8_t *out = w->q + (size_t)(row / PAIR_ROWS) * steps * 4 * AMX_TILE;
        for (size_t i = 0; i < steps; i++, out += 4 * AMX_TILE) {
            query_tile(w, row, 32 * i, out);
            query_tile(w, row + 16, 32 * i, out + 2 * AMX_TILE);
        }
    }
    for (int row = 0; row < (w->n_rows + 31) / 32 * 32; row++) {
        int lo = 0, hi = 0;
        if (row < w->n_rows) kern_attn_range(w->job, (w->row0 + row) / w->job->group, &lo, &hi);
        w->lo[row] = lo;
        w->hi[row] = hi;
        w->top[row] = -INFINITY;
        w->sum[row] = 0;
    }
    memset(w->o, 0, (size_t)(w->n_rows + 31) / 32 * w->dim * 32 * sizeof(float));
}

/* ---- tile products --------------------------------------------------------------------------- */

/* 2 x 2 tiles of sums: left tiles (hi, lo) at a, a + a_next; right tiles (hi, lo) at b and two
   tiles further; sums are [32][32] floats. */
typedef struct Product {
    const uint8_t *a, *b;
    size_t a_next, a_step, b_step, n_steps;
    float *c;
    bool from_zero;
} Product;

#define C_STRIDE 128

static __attribute__((noinline)) void split_product(const Product *p) {
    const uint8_t *a0 = p->a, *a1 = p->a + p->a_next, *b = p->b;
    float *c = p->c;
    AMX_BARRIER();
    if (p->from_zero) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    } else {
        _tile_loadd(0, c, C_STRIDE);
        _tile_loadd(1, c + 16, C_STRIDE);
        _tile_loadd(2, c + 16 * 32, C_STRIDE);
        _tile_loadd(3, c + 16 * 32 + 16, C_STRIDE);
    }
    for (size_t i = 0; i < p->n_steps; i++, a0 += p->a_step, a1 += p->a_step, b += p->b_step) {
        _tile_loadd(4, a0, 64);
        _tile_loadd(5, a1, 64);
        _tile_loadd(6, b + AMX_TILE, 64); /* hi * lo */
        _tile_loadd(7, b + 3 * AMX_TILE, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        _tile_loadd(6, b, 64); /* hi * hi */
        _tile_loadd(7, b + 2 * AMX_TILE, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        _tile_loadd(4, a0 + AMX_TILE, 64); /* lo * hi */
        _tile_loadd(5, a1 + AMX_TILE, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, C_STRIDE);
    _tile_stored(1, c + 16, C_STRIDE);
    _tile_stored(2, c + 16 * 32, C_STRIDE);
    _tile_stored(3, c + 16 * 32 + 16, C_STRIDE);
    AMX_BARRIER();
}

/* ---- one pair of row tiles against one block of keys ----------------------------------------- */

/* Scores of 32 keys from j for the 32 rows: scaled, capped, masked; returns the maxima. */
static ALWAYS_INLINE __m512 finish_scores(const Work *w, float *s, int j, size_t row,
                                          __m512 top) {
    const KernAttn *a = w->job;
    const __m512 least = _mm512_set1_ps(-INFINITY), scale = _mm512_set1_ps(a->scale);
    const __m512i lo = _mm512_loadu_si512(w->lo + row), hi = _mm512_loadu_si512(w->hi + row);
    for (int i = 0; i < 32; i++, s += 32) {
        __m512i key = _mm512_set1_epi32(w->key0 + j + i);
        __mmask16 seen = _mm512_cmpge_epi32_mask(key, lo);
        seen = _mm512_mask_cmplt_epi32_mask(seen, key, hi);
        __m512 v = _mm512_mul_ps(_mm512_load_ps(s), scale);
        if (a->softcap > 0) {
            v = v512_tanh(_mm512_mul_ps(v, _mm512_set1_ps(1 / a->softcap)));
            v = _mm512_mul_ps(v, _mm512_set1_ps(a->softcap));
        }
        v = _mm512_mask_mov_ps(least, seen, v);
        top = _mm512_max_ps(v, top); /* a NaN score does not become the maximum */
        _mm512_store_ps(s, v);
    }
    return top;
}

/* Probabilities of keys [from, to) of 16 rows as right operands, output rescaled, sums kept. */
static void softmax_rows(const Work *w, size_t row, int from, int to) {
    const size_t part = row % 32, pair = row / 32;
    float *s = w->s + part, *o = w->o + pair * w->dim * 32 + part;
    __m512 old = _mm512_loadu_ps(w->top + row), top = old, sum = _mm512_setzero_ps();
    for (int j = from; j < to; j += 32) top = finish_scores(w, s + 32 * j, j, row, top);
    __m512 base = _mm512_max_ps(top, _mm512_set1_ps(-1e30f)); /* rows that see nothing yet */
    for (int j = from; j < to; j += 2) {
        __m512 even = v512_exp(_mm512_sub_ps(_mm512_load_ps(s + 32 * j), base));
        __m512 odd = v512_exp(_mm512_sub_ps(_mm512_load_ps(s + 32 * j + 32), base));
        Split p = split_pairs(even, odd);
        uint8_t *out = w->p + (size_t)(j / 32) * 4 * AMX_TILE + part / 16 * 2 * AMX_TILE;
        _mm512_store_si512(out + j % 32 * 32, p.hi);
        _mm512_store_si512(out + AMX_TILE + j % 32 * 32, p.lo);
        sum = _mm512_add_ps(sum, _mm512_add_ps(even, odd));
    }
    __m512 by = v512_exp(_mm512_sub_ps(old, base));
    sum = _mm512_fmadd_ps(_mm512_loadu_ps(w->sum + row), by, sum);
    _mm512_storeu_ps(w->sum + row, sum);
    _mm512_storeu_ps(w->top + row, top);
    if (!_mm512_cmp_ps_mask(by, _mm512_set1_ps(1.0f), _CMP_NEQ_UQ)) return;
    for (size_t d = 0; d < w->dim; d++) {
        _mm512_store_ps(o + 32 * d, _mm512_mul_ps(_mm512_load_ps(o + 32 * d), by));
    }
}

/* Keys of the block that any of the 32 rows sees, rounded out to steps of 32. */
static bool visible(const Work *w, size_t row, int *from, int *to) {
    int lo = w->key0 + w->n_keys, hi = w->key0;
    for (size_t r = row; r < row + 32 && r < (size_t)w->n_rows; r++) {
        if (w->lo[r] >= w->hi[r]) continue;
        lo = w->lo[r] < lo ? w->lo[r] : lo;
        hi = w->hi[r] > hi ? w->hi[r] : hi;
    }
    lo = lo < w->key0 ? 0 : lo - w->key0;
    hi = hi - w->key0 < w->n_keys ? hi - w->key0 : w->n_keys;
    *from = lo / 32 * 32;
    *to = (hi + 31) / 32 * 32;
    return *from < *to;
}

static void rows_32(const Work *w, size_t row) {
    const size_t steps = w->dim / 32, value_row = KEYS / 32 * 2 * AMX_TILE;
    int from, to;
    if (!visible(w, row, &from, &to)) return;
    for (int j = from; j < to; j += 32) {
        Product scores = {.a = w->k + (size_t)(j / 16) * steps * 2 * AMX_TILE,
                          .a_next = steps * 2 * AMX_TILE,
                          .a_step = 2 * AMX_TILE,
                          .b = w->q + row / 32 * steps * 4 * AMX_TILE,
                          .b_step = 4 * AMX_TILE,
                          .n_steps = steps,
                          .c = w->s + 32 * j,
                          .from_zero = true};
        split_product(&scores);
    }
    softmax_rows(w, row, from, to);
    softmax_rows(w, row + 16, from, to);
    for (size_t d = 0; d < w->dim; d += 32) {
        Product output = {.a = w->v + d / 16 * value_row + (size_t)(from / 32) * 2 * AMX_TILE,
                          .a_next = value_row,
                          .a_step = 2 * AMX_TILE,
                          .b = w->p + (size_t)(from / 32) * 4 * AMX_TILE,
                          .b_step = 4 * AMX_TILE,
                          .n_steps = (size_t)(to - from) / 32,
                          .c = w->o + (row / 32 * w->dim + d) * 32};
        split_product(&output);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* 16 rows of O^T, divided or with statistics, to the caller's rows. */
static void finish_rows(const Work *w, int row) {
    const KernAttn *a = w->job;
    const float *o = w->o + (size_t)(row / 32) * w->dim * 32 + row % 32;
    float by[16];
    for (int r = 0; r < 16 && row + r < w->n_rows; r++) {
        float sum = w->sum[row + r], top = w->top[row + r];
        size_t index = (size_t)(w->row0 + row + r);
        by[r] = 1;
        if (a->stat) {
            a->stat[2 * index] = top;
            a->stat[2 * index + 1] = sum;
            continue;
        }
        if (a->sinks) {
            float sink = a->sinks[index % (size_t)a->group], all = fmaxf(top, sink);
            by[r] = expf(top - all);
            sum = sum * by[r] + expf(sink - all);
        }
        by[r] = sum > 0 ? by[r] / sum : 0;
    }
    for (size_t d = 0; d < (size_t)a->head_dim; d += 16) {
        __m512i v[16];
        for (size_t i = 0; i < 16; i++) v[i] = _mm512_load_si512(o + 32 * (d + i));
        transpose16(v);
        for (int r = 0; r < 16 && row + r < w->n_rows; r++) {
            int i = (w->row0 + row + r) / a->group, g = (w->row0 + row + r) % a->group;
            float *out = a->out + (size_t)i * a->out_stride + (size_t)g * a->out_head_stride;
            __m512 f = _mm512_mul_ps(_mm512_castsi512_ps(v[r]), _mm512_set1_ps(by[r]));
            _mm512_storeu_ps(out + d, f);
        }
    }
}

static void chunk_run(Work *w) {
    const KernAttn *a = w->job;
    int lo = a->n_keys, hi = 0;
    prepare_queries(w);
    for (int r = 0; r < w->n_rows; r++) {
        lo = w->lo[r] < lo ? w->lo[r] : lo;
        hi = w->hi[r] > hi ? w->hi[r] : hi;
    }
    for (w->key0 = lo; w->key0 < hi; w->key0 += KEYS) {
        w->n_keys = hi - w->key0 < KEYS ? hi - w->key0 : KEYS;
        prepare_keys(w);
        prepare_values(w);
        for (int row = 0; row < w->n_rows; row += PAIR_ROWS) rows_32(w, (size_t)row);
    }
    for (int row = 0; row < w->n_rows; row += 16) finish_rows(w, row);
}

static void *carve(uint8_t **mem, size_t size_bytes) {
    void *p = *mem;
    *mem += (size_bytes + 63) / 64 * 64;
    return p;
}

void amx_attention(const KernAttn *a) {
    const int n = a->m * a->group;
    if (n < MIN_ROWS) {
        v512_attention(a);
        return;
    }
    uint8_t *mem = a->scratch;
    Work w = {.job = a, .dim = ((size_t)a->head_dim + 31) / 32 * 32};
    w.k = carve(&mem, KEYS * w.dim * 4);
    w.v = carve(&mem, KEYS * w.dim * 4);
    w.q = carve(&mem, CHUNK * w.dim * 4);
    w.o = carve(&mem, CHUNK * w.dim * 4);
    w.p = carve(&mem, KEYS * PAIR_ROWS * 4);
    w.s = carve(&mem, KEYS * PAIR_ROWS * 4);
    w.top = carve(&mem, CHUNK * 4);
    w.sum = carve(&mem, CHUNK * 4);
    w.lo = carve(&mem, CHUNK * 4);
    w.hi = carve(&mem, CHUNK * 4);
    amx_begin();
    for (w.row0 = 0; w.row0 < n; w.row0 += w.n_rows) {
        w.n_rows = n - w.row0 < CHUNK ? n - w.row0 : CHUNK;
        chunk_run(&w);
    }
    amx_end();
}
