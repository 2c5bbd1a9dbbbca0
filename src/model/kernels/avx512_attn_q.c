/*
 * Attention on integer blocks (Q8, Q6, Q4) with VNNI: exact integer sums, scales outside.
 *
 * A query (rotated, scaled) and the probabilities of a page become 16-bit integers in two planes of
 * bytes, x ~ s (256 high + low): beside the 4 to 8 bits of keys and values their rounding is
 * nothing. vpdpbusd multiplies unsigned codes c by signed bytes, four at a time, so that
 *
 *     q . k_j         = s_q s_j (sum_d c_jd x_d - mid sum_d x_d)      k_jd = s_j (c_jd - mid)
 *     sum_j p_j v_jd  = s_p (sum_j c_jd y_j - mid sum_j y_j)          s_p y_j ~ p_j s_j
 *
 * mid is h + 1/2: h sum x is subtracted as an integer, the half in float32. The scale of a value
 * goes into its probability before that is rounded; s_p is of one row and page, from what the row
 * sees only. Low bytes are -128..127 and high bytes -127..127: sums of 256 products of 16 bits and
 * 8 bits fit 32 bits (V512_INT_DIMS); wider heads are summed in float32 by 256 dimensions.
 *
 * Codes of Q6 and Q4 are put together in registers. Where halves or quarters of a value are no
 * whole vectors (head_dim not a multiple of 64) the reference computes.
 */
#include <assert.h>
#include <math.h>

#include "model/kernels/avx512_attn_q.h"
#include "model/kernels/avx512_ops.h"
#include "model/kernels/ref.h"

enum { Q_AHEAD = 8192 }; /* bytes that are asked for ahead */

/* 16 integers of at most V512_INT_TOP as bytes: x = 256 high + low, low in -128..127. */
static ALWAYS_INLINE void put_planes(__m512i x, int8_t *high, int8_t *low) {
    __m512i above = _mm512_srai_epi32(_mm512_add_epi32(x, _mm512_set1_epi32(128)), 8);
    _mm_storeu_si128((__m128i *)(void *)high, _mm512_cvtepi32_epi8(above));
    _mm_storeu_si128((__m128i *)(void *)low, _mm512_cvtepi32_epi8(x));
}

/* x[n] as planes of bytes at out. */
static void query_to_ints(const float *x, size_t n, int8_t *out, V512RowInts *ints) {
    __m512 most = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16) {
        most = _mm512_max_ps(most, _mm512_abs_ps(_mm512_loadu_ps(x + i)));
    }
    float top = _mm512_reduce_max_ps(most);
    const __m512 by = _mm512_set1_ps(top > 0 ? V512_INT_TOP / top : 0);
    ints->scale = top / V512_INT_TOP;
    __m512i sum = _mm512_setzero_si512();
    for (size_t i = 0; i < n; i += 16) {
        __m512i q = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + i), by));
        put_planes(q, out + i, out + n + i);
        sum = _mm512_add_epi32(sum, q);
        if ((i + 16) % V512_INT_DIMS != 0 && i + 16 < n) continue;
        ints->sum[i / V512_INT_DIMS] = _mm512_reduce_add_epi32(sum);
        sum = _mm512_setzero_si512();
    }
}

/* Probabilities p[64], each times its scale, as planes of bytes at out. */
static ALWAYS_INLINE void probs_to_ints(const float *p, const __m512 *scale, int8_t *out,
                                        V512RowInts *ints) {
    __m512 x[4];
    __m512i q[4];
    for (int i = 0; i < 4; i++) x[i] = _mm512_mul_ps(_mm512_loadu_ps(p + 16 * i), scale[i]);
    __m512 most = _mm512_max_ps(_mm512_max_ps(x[0], x[1]), _mm512_max_ps(x[2], x[3]));
    float top = _mm512_reduce_max_ps(most);
    const __m512 by = _mm512_set1_ps(top > 0 ? V512_INT_TOP / top : 0);
    ints->scale = top / V512_INT_TOP;
    for (int i = 0; i < 4; i++) {
        q[i] = _mm512_cvtps_epi32(_mm512_mul_ps(x[i], by));
        put_planes(q[i], out + 16 * i, out + KERN_KV_KEYS + 16 * i);
    }
    __m512i sum = _mm512_add_epi32(_mm512_add_epi32(q[0], q[1]), _mm512_add_epi32(q[2], q[3]));
    ints->sum[0] = _mm512_reduce_add_epi32(sum);
}

void v512_int_queries(const V512Attn *a) {
    assert(a->dim % 16 == 0 && a->dim <= KERN_HEAD_DIM_MAX);
    V512RowInts *ints = v512_query_ints(a);
    for (int r = 0; r < a->in->n_rows; r++) {
        const float *q = a->in->q + (size_t)r * a->dim;
        query_to_ints(q, a->dim, v512_query_bytes(a, r), &ints[r]);
    }
}

void v512_int_probs(const V512Attn *a, const float *scale) {
    const V512Page *g = &a->page;
    V512RowInts *ints = v512_prob_ints(a);
    assert(0 <= g->from && g->from < g->to && g->to <= a->in->n_rows);
    __m512 scales[4];
    for (int i = 0; i < 4; i++) scales[i] = _mm512_loadu_ps(scale + 16 * i);
    for (int r = g->from; r < g->to; r++) {
        probs_to_ints(a->s + r * KERN_KV_KEYS, scales, v512_prob_bytes(a, r), &ints[r]);
    }
}

/* ---- codes ----------------------------------------------------------------------------------- */

/* h of mid = h + 1/2: (2^b - 1) / 2 is 31.5 for 6 bits, 7.5 for 4. */
static ALWAYS_INLINE int32_t code_half(const KernKv type) {
    return type == KERN_KV_Q6 ? 31 : 7;
}

/* A block begins with its scales. */
static ALWAYS_INLINE const float *scales_of(const char *block) {
    return (const float *)(const void *)block;
}

/* Bits `mask` of each byte from bit `shift` on. Lanes of 32 bits are shifted; the mask takes away
   what neighbours bring. */
static ALWAYS_INLINE __m512i pick(__m512i v, unsigned shift, int mask) {
    v = _mm512_srl_epi32(v, _mm_cvtsi32_si128((int)shift));
    return _mm512_and_si512(v, _mm512_set1_epi8((char)mask));
}

/* Where the low bits, and those of Q6's two high ones, of 16 lanes are. */
typedef struct CodeAt {
    size_t low, high;
    unsigned low_shift, high_shift;
} CodeAt;

/* 64 bytes of unsigned codes: 16 lanes of 4, of Q6 with the two high bits put on top. */
static ALWAYS_INLINE __m512i codes(const KernKv type, const char *block, const CodeAt at) {
    __m512i v = _mm512_loadu_si512(block + at.low);
    v = pick(v, at.low_shift, 15);
    if (type == KERN_KV_Q4) return v;
    __m512i high = pick(_mm512_loadu_si512(block + at.high), at.high_shift, 3);
    return _mm512_or_si512(v, _mm512_slli_epi32(high, 4));
}

/* Dimensions 4 quad .. 4 quad + 3 of keys from j: see kv_block.c. */
static ALWAYS_INLINE CodeAt key_codes(const KernKv type, size_t dim, size_t quad, size_t j) {
    const size_t n = KERN_KV_KEYS;
    return (CodeAt){.low = (quad / 2 * n + j) * 4, .low_shift = (unsigned)(quad % 2 * 4),
                    .high = dim * n / 2 + (quad / 4 * n + j) * 4,
                    .high_shift = (unsigned)(quad % 4 * 2)};
}

/* Dimensions from d of values 4 quad .. 4 quad + 3. */
static ALWAYS_INLINE CodeAt value_codes(const KernKv type, size_t dim, size_t quad, size_t d) {
    const size_t half = dim / 2, fourth = dim / 4;
    return (CodeAt){.low = (quad * half + d % half) * 4, .low_shift = (unsigned)(d / half * 4),
                    .high = dim * KERN_KV_KEYS / 2 + (quad * fourth + d % fourth) * 4,
                    .high_shift = (unsigned)(d / fourth * 2)};
}

/* ---- products -------------------------------------------------------------------------------- */

/* Sums of both planes for n rows and `wide` vectors. */
typedef struct IntTile {
    __m512i high[4][4], low[4][4];
} IntTile;

static ALWAYS_INLINE void tile_zero(const V512Tile t, IntTile *c) {
    for (int i = 0; i < t.n; i++) {
        for (int w = 0; w < t.wide; w++) c->high[i][w] = c->low[i][w] = _mm512_setzero_si512();
    }
}

static ALWAYS_INLINE __m512i four_bytes(const int8_t *p) {
    return v512_bcast4(p);
}

/* Rows' bytes at p + i * step (high plane, low plane `plane` further) times the codes. */
static ALWAYS_INLINE void tile_add(const V512Tile t, IntTile *c, const __m512i *code,
                                   const int8_t *p, size_t plane) {
    for (int i = 0; i < t.n; i++) {
        const __m512i high = four_bytes(p + (size_t)i * 2 * plane);
        const __m512i low = four_bytes(p + (size_t)i * 2 * plane + plane);
        for (int w = 0; w < t.wide; w++) {
            c->high[i][w] = _mm512_dpbusd_epi32(c->high[i][w], code[w], high);
            c->low[i][w] = _mm512_dpbusd_epi32(c->low[i][w], code[w], low);
        }
    }
}

/* Scores of t.n rows and 16 t.wide keys. Integers over up to V512_INT_DIMS dimensions are exact;
   wider heads add such pieces in float32. Scales of key and query come last. */
static ALWAYS_INLINE void scores_tile(const KernKv type, const V512Tile t, const V512Attn *a) {
    const V512Page *g = &a->page;
    const V512RowInts *ints = v512_query_ints(a) + t.row;
    const int8_t *q = v512_query_bytes(a, t.row);
    const float *scale = scales_of(g->k) + t.at;
    const bool asks = t.row == g->from;
    __m512 c[4][4];
    for (int i = 0; i < t.n; i++) {
        for (int w = 0; w < t.wide; w++) c[i][w] = _mm512_setzero_ps();
    }
    for (size_t d0 = 0; d0 < a->dim; d0 += V512_INT_DIMS) {
        size_t end = d0 + V512_INT_DIMS < a->dim ? d0 + V512_INT_DIMS : a->dim;
        IntTile sums;
        tile_zero(t, &sums);
        for (size_t d = d0; d < end; d += 4) {
            __m512i code[4];
            for (int w = 0; w < t.wide; w++) {
                CodeAt at = key_codes(type, a->dim, d / 4, t.at + (size_t)(16 * w));
                code[w] = codes(type, g->k + KERN_KV_SCALES, at);
                if (asks) v512_ask_keys(g->k + at.low + Q_AHEAD);
            }
            tile_add(t, &sums, code, q + d, a->dim);
        }
        for (int i = 0; i < t.n; i++) {
            int32_t sum = ints[i].sum[d0 / V512_INT_DIMS];
            for (int w = 0; w < t.wide; w++) {
                __m512 s = v512_int_sum(sums.high[i][w], sums.low[i][w], code_half(type), sum);
                c[i][w] = _mm512_add_ps(c[i][w], s);
            }
        }
    }
    for (int i = 0; i < t.n; i++) {
        for (int w = 0; w < t.wide; w++) {
            __m512 by = _mm512_mul_ps(_mm512_loadu_ps(scale + 16 * w),
                                      _mm512_set1_ps(ints[i].scale));
            c[i][w] = _mm512_mul_ps(c[i][w], by);
        }
    }
    v512_store_scores(a, t, c);
}

/* The same for values: at most 64 keys, so one exact sum a page; its scale is the row's s_p, since
   the values' own scales went into the probabilities. */
static ALWAYS_INLINE void values_tile(const KernKv type, const V512Tile t, const V512Attn *a) {
    const V512Page *g = &a->page;
    const V512RowInts *ints = v512_prob_ints(a) + t.row;
    const int8_t *p = v512_prob_bytes(a, t.row);
    const bool asks = t.row == g->from;
    __m512 c[4][4];
    IntTile sums;
    tile_zero(t, &sums);
    for (size_t j = (size_t)g->k0; j < (size_t)g->k1; j += 4) {
        __m512i code[4];
        for (int w = 0; w < t.wide; w++) {
            CodeAt at = value_codes(type, a->dim, j / 4, t.at + (size_t)(16 * w));
            code[w] = codes(type, g->v + KERN_KV_SCALES, at);
            if (asks) v512_ask_values(g, g->v + at.low + Q_AHEAD);
        }
        tile_add(t, &sums, code, p + j, KERN_KV_KEYS);
    }
    v512_load_acc(a, t, c);
    for (int i = 0; i < t.n; i++) {
        const __m512 scale = _mm512_set1_ps(ints[i].scale);
        for (int w = 0; w < t.wide; w++) {
            __m512 s = v512_int_sum(sums.high[i][w], sums.low[i][w], code_half(type),
                                    ints[i].sum[0]);
            c[i][w] = _mm512_fmadd_ps(scale, s, c[i][w]);
        }
    }
    v512_store_acc(a, t, c);
}

/* Eight rows-times-vectors a tile: sixteen accumulators. */
static ALWAYS_INLINE void scores_rows(const KernKv type, const int n, int row, const V512Attn *a) {
    const V512Page *g = &a->page;
    const int wide = n == 4 ? 2 : 4;
    int j = g->k0;
    for (; j + 16 * wide <= g->k1; j += 16 * wide) {
        scores_tile(type, (V512Tile){n, wide, row, (size_t)j}, a);
    }
    for (; j < g->k1; j += 16) scores_tile(type, (V512Tile){n, 1, row, (size_t)j}, a);
}

static ALWAYS_INLINE void values_rows(const KernKv type, const int n, int row, const V512Attn *a) {
    const int wide = n == 4 ? 2 : 4;
    for (size_t d = 0; d < a->dim; d += (size_t)(16 * wide)) {
        values_tile(type, (V512Tile){n, wide, row, d}, a);
    }
}

static ALWAYS_INLINE void scores_all(const KernKv type, const V512Attn *a) {
#define ROWS(n, row) scores_rows(type, n, row, a)
    V512_EACH_ROWS(&a->page, ROWS);
#undef ROWS
}

static ALWAYS_INLINE void values_all(const KernKv type, const V512Attn *a) {
    const V512Page *g = &a->page;
    v512_int_probs(a, scales_of(g->v));
#define ROWS(n, row) values_rows(type, n, row, a)
    V512_EACH_ROWS(g, ROWS);
#undef ROWS
}

#define V512_Q_CORE(name, type)                                                                    \
    static void scores_##name(const V512Attn *a) { scores_all(type, a); }                          \
    static void values_##name(const V512Attn *a) { values_all(type, a); }                          \
    static const V512AttnCore core_##name = {v512_int_queries, scores_##name, values_##name};
V512_Q_CORE(q6, KERN_KV_Q6)
V512_Q_CORE(q4, KERN_KV_Q4)

bool v512_attn_rows_q8_ahead(const KernAttnRows *in) {
    if (in->job->type != KERN_KV_Q8 || in->job->head_dim % 64 != 0) return false;
    v512_attn_run(in, &v512_core_q8_ahead);
    return true;
}

void v512_attn_rows_q(const KernAttnRows *in) {
    if (in->job->head_dim % 64 != 0) {
        ref_attn_rows(in);
    } else if (in->job->type == KERN_KV_Q8) {
        v512_attn_run(in, &v512_core_q8);
    } else {
        v512_attn_run(in, in->job->type == KERN_KV_Q6 ? &core_q6 : &core_q4);
    }
}
