/*
 * Attention on BF16 blocks with VDPBF16PS (AVX512-BF16): two products and their sum a lane, float32
 * sums, twice the rate of float32 multiplication.
 *
 * Queries (after scaling) and probabilities are rounded to bfloat16. A lane of a block holds two
 * neighbouring dimensions of a key, or two neighbouring tokens of a value; the other operand is the
 * same pair of a query or of probabilities, repeated.
 *
 * The instruction treats denormal numbers as zero and rounds to nearest even in either sum (Intel
 * SDM, VDPBF16PS).
 */
#include <assert.h>
#include <math.h>

#include "model/kernels/avx512_attn.h"
#include "model/kernels/avx512_ops.h"

/* c + pair . block in each of 16 lanes: two products a lane, each sum rounded. */
static ALWAYS_INLINE __m512 dot_pairs(__m512 c, uint32_t pair, __m512i block) {
    return _mm512_dpbf16_ps(c, (__m512bh)_mm512_set1_epi32((int)pair), (__m512bh)block);
}

/* n floats to bfloat16. */
static void to_bf16(const float *x, size_t n, uint16_t *out) {
    assert(n % 16 == 0);
    for (size_t i = 0; i < n; i += 16) {
        __m256bh h = _mm512_cvtneps_pbh(_mm512_loadu_ps(x + i));
        _mm256_storeu_si256((__m256i *)(void *)(out + i), (__m256i)h);
    }
}

/* All rows' queries as bfloat16, a->q [n_rows][dim/2] pairs. */
static void queries(const V512Attn *a) {
    to_bf16(a->in->q, (size_t)a->in->n_rows * a->dim, a->q);
}

/* As the float core's, two dimensions a step: a line of a block is 64 tokens x 2 dimensions, 256
   bytes. */
static ALWAYS_INLINE void scores_tile(const V512Tile t, const V512Attn *a) {
    const V512Page *g = &a->page;
    const size_t pairs = a->dim / 2;
    const uint32_t *q = (const uint32_t *)a->q + (size_t)t.row * pairs;
    const char *k = g->k + t.at * 4;
    const bool asks = t.row == g->from && t.wide == 4;
    __m512 c[V512_ROWS][4];
    for (int i = 0; i < t.n; i++) {
        for (int w = 0; w < t.wide; w++) c[i][w] = _mm512_setzero_ps();
    }
    for (size_t d = 0; d < pairs; d++) {
        __m512i kd[4];
        for (int w = 0; w < t.wide; w++) kd[w] = _mm512_loadu_si512(k + d * 256 + 64 * w);
        for (int w = 0; asks && w < 4; w++) v512_ask_keys(k + d * 256 + 64 * w + V512_AHEAD);
        for (int i = 0; i < t.n; i++) {
            const uint32_t x = q[(size_t)i * pairs + d];
            for (int w = 0; w < t.wide; w++) c[i][w] = dot_pairs(c[i][w], x, kd[w]);
        }
    }
    v512_store_scores(a, t, c);
}

static void scores(const V512Attn *a) {
    const V512Page *g = &a->page;
    const bool whole = g->k0 == 0 && g->k1 == KERN_KV_KEYS;
#define WHOLE(n, row) scores_tile((V512Tile){n, 4, row, 0}, a)
#define SOME(n, row)                                                                               \
    for (int j = g->k0; j < g->k1; j += 16) scores_tile((V512Tile){n, 1, row, (size_t)j}, a)
    if (whole) {
        V512_EACH_SIX(g, WHOLE);
    } else {
        V512_EACH_SIX(g, SOME);
    }
#undef WHOLE
#undef SOME
}

/* Two keys a step: their probabilities are a pair, and a line of a strip is 2 keys of 64
   dimensions. k0 and k1 are multiples of 16, so pairs are whole; a key that is not seen has
   probability 0. */
static ALWAYS_INLINE void values_tile(const V512Tile t, const V512Attn *a) {
    const V512Page *g = &a->page;
    const size_t pairs = KERN_KV_KEYS / 2;
    const uint32_t *p = (const uint32_t *)a->p + (size_t)t.row * pairs;
    const V512Strip strip = v512_strip(a->dim, t.at);
    const char *v = g->v + strip.at * 2 + t.at % KERN_KV_STRIP * 4;
    const bool asks = t.row == g->from;
    __m512 c[V512_ROWS][4];
    v512_load_acc(a, t, c);
    for (size_t j = (size_t)g->k0 / 2; j < (size_t)g->k1 / 2; j++) {
        __m512i vj[4];
        const char *row = v + j * strip.width * 4;
        for (int w = 0; w < t.wide; w++) vj[w] = _mm512_loadu_si512(row + 64 * w);
        for (int w = 0; asks && w < t.wide; w++) v512_ask_values(g, row + 64 * w + V512_AHEAD);
        for (int i = 0; i < t.n; i++) {
            const uint32_t x = p[(size_t)i * pairs + j];
            for (int w = 0; w < t.wide; w++) c[i][w] = dot_pairs(c[i][w], x, vj[w]);
        }
    }
    v512_store_acc(a, t, c);
}

static ALWAYS_INLINE void values_rows(const int n, int row, const V512Attn *a) {
#define VALUES(wide, at) values_tile((V512Tile){n, wide, row, at}, a)
    V512_EACH_DIMS(a->dim, VALUES);
#undef VALUES
}

static void values(const V512Attn *a) {
    const V512Page *g = &a->page;
    size_t at = (size_t)g->from * KERN_KV_KEYS;
    to_bf16(a->s + at, (size_t)(g->to - g->from) * KERN_KV_KEYS, (uint16_t *)a->p + at);
#define ROWS(n, row) values_rows(n, row, a)
    V512_EACH_SIX(g, ROWS);
#undef ROWS
}

void v512_attn_rows_bf16(const KernAttnRows *in) {
    static const V512AttnCore core = {queries, scores, values};
    if (in->job->type == KERN_KV_BF16) {
        v512_attn_run(in, &core);
    } else {
        v512_attn_rows(in);
    }
}

void v512_attn_rows_bf16_ahead(const KernAttnRows *in) {
    if (!v512_attn_rows_q8_ahead(in)) v512_attn_rows_bf16(in);
}
