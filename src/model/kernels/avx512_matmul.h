/*
 * What the AVX-512 matrix products share (avx512_*.c, amx_*.c): the order of float operations, and
 * where results go.
 *
 * A product's sum over a block of 32 columns is exact in 32-bit integers, however it is made. What
 * is rounded, and so what must happen in one order everywhere for results not to depend on m, is
 * the way from there into the float sum f of a row and token (v512_add_block):
 *
 *     t = c * scale  [+ c' * scale', the second 16 columns]  [+ shift * sum of the activations]
 *     f = f + t * scale of the activations                   (each line's + is a fused one)
 *
 * Sums as floats. A sum that starts from the bits of 1.5 * 2^23, the bias, and stays below 2^22 is
 * the bits of a float: bias + c. Then (bias + c) * scale - bias * scale, rounded once, is c * scale
 * as above, since bias * scale is exact for scales of 16 bits; and no conversion of c takes time of
 * the multiplying pipes, which on Intel's cores do everything (v512_add_biased). So it is for 8-bit
 * activations, |c| <= 2^19; sums of 16-bit ones are converted. A scale above 2^104, as MXFP4 could
 * spell it and no model has it, gives NaN.
 *
 * Blocks come in column order, each into the one sum f of its row and token, which starts at 0; a
 * product may be interrupted between blocks by storing f in y. K types with 8-bit activations have
 * an order of their own (avx512_super.h).
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_MATMUL_H
#define HEARTH_MODEL_KERNELS_AVX512_MATMUL_H

#include <assert.h>

#include "model/kernels/avx512_unpack.h"

typedef struct V512Rows {
    size_t from, to; /* to <= rows of the matrix */
    size_t ahead;    /* bytes; few tokens always ask for weights so far ahead; 0: avx512_pass.h */
    bool twice;      /* and one token or two once more, near by */
} V512Rows;

/* Scales by 32 columns (of which small: 4 and 5 bits), and by 256. */
#define V512_SMALL_TYPES(X)                                                                        \
    X(KERN_Q4_0) X(KERN_Q4_1) X(KERN_Q5_0) X(KERN_Q5_1) X(KERN_IQ4_NL) X(KERN_MXFP4)
#define V512_BLOCK_TYPES(X) V512_SMALL_TYPES(X) X(KERN_Q8_0)
#define V512_SUPER_TYPES(X) X(KERN_Q2_K) X(KERN_Q3_K) X(KERN_Q4_K) X(KERN_Q5_K) X(KERN_Q6_K)
#define V512_INT_TYPES(X) V512_BLOCK_TYPES(X) V512_SUPER_TYPES(X)

/* What matters of a type once its integers are unpacked. */
typedef struct V512Family {
    bool halves; /* 16 columns have a scale of their own */
    bool shift;  /* values are scale * u + shift */
} V512Family;

static ALWAYS_INLINE V512Family v512_family(const KernType type) {
    return (V512Family){v512_has_halves(type), v512_has_shift(type)};
}

/*
 * The order above, for 16 rows and a token. c[0]: exact integer sums; with halves c[0] is that of
 * the first 16 columns and c[1] of the others.
 */
static ALWAYS_INLINE __m512 v512_add_block(const V512Family fam, const Scales512 *s,
                                           const __m512i c[2], const KernActBlock *b, __m512 f) {
    __m512 t = _mm512_mul_ps(_mm512_cvtepi32_ps(c[0]), s->scale[0]);
    if (fam.halves) t = _mm512_fmadd_ps(_mm512_cvtepi32_ps(c[1]), s->scale[1], t);
    if (fam.shift) {
        float first = fam.halves ? (float)-b->minus_first : b->sum;
        t = _mm512_fmadd_ps(s->shift[0], _mm512_set1_ps(first), t);
        if (fam.halves) t = _mm512_fmadd_ps(s->shift[1], _mm512_set1_ps(b->sum - first), t);
    }
    return _mm512_fmadd_ps(t, _mm512_set1_ps(b->scale), f);
}

/* Scales of 16 rows for sums that are made as floats (the essay above). */
typedef struct Biased512 {
    __m512 scale, below; /* below: minus the bias times the scale */
    __m512 shift;        /* of families with shifts */
} Biased512;

static ALWAYS_INLINE __m512 v512_below(__m512 scale) {
    return _mm512_mul_ps(scale, _mm512_set1_ps(-kern_sum_bias(0)));
}

/* The integer that a block's sums start from. */
static ALWAYS_INLINE __m512i v512_start_biased(const int off, const KernActBlock *b) {
    const int32_t bias = (int32_t)kern_bits_of(kern_sum_bias(0));
    return _mm512_set1_epi32(off ? bias + off * b->minus : bias);
}

/* As v512_add_block where a block has one scale; c started from there. */
static ALWAYS_INLINE __m512 v512_add_biased(const V512Family fam, const Biased512 *s, __m512i c,
                                            const KernActBlock *b, __m512 f) {
    assert(!fam.halves);
    __m512 t = _mm512_fmadd_ps(_mm512_castsi512_ps(c), s->scale, s->below);
    if (fam.shift) t = _mm512_fmadd_ps(s->shift, _mm512_set1_ps(b->sum), t);
    return _mm512_fmadd_ps(t, _mm512_set1_ps(b->scale), f);
}

/* Where the integer sums of a block start: weights are unsigned, u - off is what they mean. */
static ALWAYS_INLINE void v512_start(const V512Family fam, const int off, const KernActBlock *b,
                                     __m512i c[2]) {
    const unsigned by = (unsigned)__builtin_ctz((unsigned)off | 0x100u); /* off: a power of two */
    c[0] = c[1] = _mm512_setzero_si512();
    if (off == 0) return;
    __m512i whole = _mm512_set1_epi32(b->minus);
    if (fam.halves) {
        __m512i first = _mm512_set1_epi32(b->minus_first);
        c[1] = _mm512_slli_epi32(_mm512_sub_epi32(whole, first), by);
        whole = first;
    }
    c[0] = _mm512_slli_epi32(whole, by);
}

/* y[t][row..row+15] = f, within the matrix. */
static ALWAYS_INLINE void v512_store_rows(const KernMatmul *job, int t, size_t row, __m512 f) {
    float *y = job->y + (size_t)t * job->ldy + row;
    _mm512_mask_storeu_ps(y, v512_mask(job->mat->rows - row), f);
}

/* Tokens of one pass over packed weights, at most: avx512_skinny_k.c says why ten. */
enum { V512_SKINNY_TOKENS = 10 };
/* int8 activations, any m: a pass over the weights for each so many tokens, straight from the
   packed form. Types with a scale per 32 columns; format I8. */
void v512_skinny(const KernMatmul *job, V512Rows rows);
/* The same for K types; format I8K. */
void v512_skinny_k(const KernMatmul *job, V512Rows rows);
/* int8 activations, any m: two panels at a time unpacked once into scratch. Types with a scale per
   32 columns; format I8. */
void v512_gemm(const KernMatmul *job, V512Rows rows);
/* The same for K types; format I8K. */
void v512_gemm_k(const KernMatmul *job, V512Rows rows);
/* Float weights, any m. */
void v512_floats(const KernMatmul *job, V512Rows rows);

/* 16-bit activations, AMX machines only: any m, up to 4 tokens a pass, without tiles. */
void amx_matmul_few(const KernMatmul *job, V512Rows rows);
/* 16-bit activations with tiles: 5 to 16 tokens. */
void amx_matmul_small(const KernMatmul *job, V512Rows rows);

/* Kernels.act_fill of avx512: the bytes that ref_act_fill writes in I8, I16 and I8K. */
void v512_act_fill(const KernAct *act, int t0, int t1);
/* Kernels.matmul of avx512: skinny up to 16 tokens, gemm above, floats for float weights. Rows past
   the matrix's end are left out. */
void v512_matmul(const KernMatmul *job, size_t row0, size_t row1);
/* The same, but few tokens ask for weights 8 KiB ahead (the table "avx512-ahead"). */
void v512_matmul_ahead(const KernMatmul *job, size_t row0, size_t row1);
/* The same into the second cache level, and near by into the first (the table "avx512-twice"). */
void v512_matmul_twice(const KernMatmul *job, size_t row0, size_t row1);
/* F32 for float weights, I8K for K types, else I8, whatever m is. */
unsigned v512_act_formats(const KernMat *mat, int m);

#endif
