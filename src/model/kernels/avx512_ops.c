/*
 * Vector operations with AVX-512: norms, activation functions, rotary positions, conversions.
 *
 * What each computes is said in ref_ops.c. Sums run in 16 lanes of float with a pairwise reduction
 * (relative error below n/16 roundings; layernorm subtracts the mean first).
 */
#include <assert.h>
#include <math.h>

#include "model/kernels/avx512_matmul.h"
#include "model/kernels/avx512_ops.h"
#include "model/kernels/tables.h"

/* Sum of squares of x - mean. Two accumulators. */
static float sum_squares(const float *x, size_t n, float mean) {
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, mu = _mm512_set1_ps(mean);
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m512 a = _mm512_sub_ps(_mm512_loadu_ps(x + i), mu);
        __m512 b = _mm512_sub_ps(_mm512_loadu_ps(x + i + 16), mu);
        s0 = _mm512_fmadd_ps(a, a, s0);
        s1 = _mm512_fmadd_ps(b, b, s1);
    }
    for (; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 a = _mm512_maskz_sub_ps(lanes, _mm512_maskz_loadu_ps(lanes, x + i), mu);
        s0 = _mm512_fmadd_ps(a, a, s0);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(s0, s1));
}

/* The root in double, once a vector; y = x scale weight, lane by lane. */
void v512_rmsnorm(const float *x, const float *weight, size_t n, float eps, float *y) {
    float scale = (float)(1.0 / __builtin_sqrt((double)sum_squares(x, n, 0) / (double)n + eps));
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, x + i), _mm512_set1_ps(scale));
        if (weight) v = _mm512_mul_ps(v, _mm512_maskz_loadu_ps(lanes, weight + i));
        _mm512_mask_storeu_ps(y + i, lanes, v);
    }
}

/* x, y: [n]; weight_bias: [2][n]. Mean first, then the squares about it: the variance does not
   cancel. */
void v512_layernorm(const float *x, const float *weight_bias, size_t n, float eps, float *y) {
    __m512 sum = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16) {
        sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(v512_mask(n - i), x + i));
    }
    float mean = _mm512_reduce_add_ps(sum) / (float)n;
    float var = sum_squares(x, n, mean) / (float)n;
    __m512 scale = _mm512_set1_ps((float)(1.0 / __builtin_sqrt((double)var + eps)));
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 v = _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, x + i), _mm512_set1_ps(mean));
        v = _mm512_mul_ps(v, scale);
        v = _mm512_fmadd_ps(v, _mm512_maskz_loadu_ps(lanes, weight_bias + i),
                            _mm512_maskz_loadu_ps(lanes, weight_bias + n + i));
        _mm512_mask_storeu_ps(y + i, lanes, v);
    }
}

/* Pairs (i, i + half): contiguous halves against de-interleaved cos and sin. */
static void rope_neox_head(const KernRope *rope, float *x) {
    const __m512i even =
        _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
    size_t half = (size_t)rope->rot_dim / 2;
    for (size_t i = 0; i < half; i += 16) {
        __mmask16 lanes = v512_mask(half - i), more = v512_mask(2 * (half - i));
        __mmask16 rest = half - i > 8 ? v512_mask(2 * (half - i) - 16) : 0;
        __m512 t0 = _mm512_maskz_loadu_ps(more, rope->cos_sin + 2 * i);
        __m512 t1 = _mm512_maskz_loadu_ps(rest, rope->cos_sin + 2 * i + 16);
        __m512 c = _mm512_permutex2var_ps(t0, even, t1), s = _mm512_permutex2var_ps(t0, odd, t1);
        __m512 a = _mm512_maskz_loadu_ps(lanes, x + i);
        __m512 b = _mm512_maskz_loadu_ps(lanes, x + half + i);
        _mm512_mask_storeu_ps(x + i, lanes, _mm512_fmsub_ps(a, c, _mm512_mul_ps(b, s)));
        _mm512_mask_storeu_ps(x + half + i, lanes, _mm512_fmadd_ps(a, s, _mm512_mul_ps(b, c)));
    }
}

/* Pairs (2i, 2i + 1): lanes swap with their neighbour. */
static void rope_pair_head(const KernRope *rope, float *x) {
    size_t n = (size_t)rope->rot_dim;
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 t = _mm512_maskz_loadu_ps(lanes, rope->cos_sin + i);
        __m512 v = _mm512_maskz_loadu_ps(lanes, x + i), swap = _mm512_permute_ps(v, 0xb1);
        __m512 c = _mm512_moveldup_ps(t), s = _mm512_movehdup_ps(t);
        v = _mm512_fmaddsub_ps(v, c, _mm512_mul_ps(swap, s));
        _mm512_mask_storeu_ps(x + i, lanes, v);
    }
}

/* Heads of one token, head_stride floats apart, in place. */
void v512_rope(const KernRope *r, float *x) {
    assert(r->rot_dim % 2 == 0 && (size_t)r->rot_dim <= r->head_stride);
    for (int h = 0; h < r->n_head; h++, x += r->head_stride) {
        if (r->neox) rope_neox_head(r, x);
        else rope_pair_head(r, x);
    }
}

/* Three passes over x [n]: greatest, exponentials and their sum, division by it (one reciprocal).
   Missing lanes are -inf to the maximum and 0 to the sum. */
void v512_softmax(float *x, size_t n, float scale) {
    const __m512 by = _mm512_set1_ps(scale), least = _mm512_set1_ps(-__builtin_inff());
    __m512 top = least, sum = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16) {
        __m512 v = _mm512_mask_loadu_ps(least, v512_mask(n - i), x + i);
        top = _mm512_max_ps(top, _mm512_mask_mul_ps(least, v512_mask(n - i), v, by));
    }
    top = _mm512_set1_ps(_mm512_reduce_max_ps(top));
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 v = _mm512_maskz_loadu_ps(lanes, x + i);
        v = _mm512_maskz_mov_ps(lanes, v512_exp(_mm512_sub_ps(_mm512_mul_ps(v, by), top)));
        sum = _mm512_add_ps(sum, v);
        _mm512_mask_storeu_ps(x + i, lanes, v);
    }
    __m512 inverse = _mm512_set1_ps(1.0f / _mm512_reduce_add_ps(sum));
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 v = _mm512_maskz_loadu_ps(lanes, x + i);
        _mm512_mask_storeu_ps(x + i, lanes, _mm512_mul_ps(v, inverse));
    }
}

/* x sigmoid(x); for x below -88.8 the exponential is inf and the quotient -0. */
static ALWAYS_INLINE __m512 silu(__m512 x) {
    const __m512 one = _mm512_set1_ps(1.0f);
    __m512 e = v512_exp(_mm512_sub_ps(_mm512_setzero_ps(), x));
    return _mm512_div_ps(x, _mm512_add_ps(one, e));
}

/* gelu of Hendrycks & Gimpel 2016: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
static ALWAYS_INLINE __m512 gelu_tanh(__m512 x) {
    __m512 x2 = _mm512_mul_ps(x, x), k = _mm512_set1_ps(0.044715f * 0.79788456080286536f);
    __m512 inner = _mm512_mul_ps(x, _mm512_fmadd_ps(x2, k, _mm512_set1_ps(0.79788456080286536f)));
    /* x/2 (1 + tanh u) = x / (1 + e^-2u): no cancellation for negative u */
    __m512 e = v512_exp(_mm512_mul_ps(inner, _mm512_set1_ps(-2.0f)));
    return _mm512_div_ps(x, _mm512_add_ps(_mm512_set1_ps(1.0f), e));
}

/*
 * x Phi(x) = max(x, 0) - z Q(z), z = |x|, where Q is the normal distribution's tail. Q by a
 * polynomial in t = z / 2.75 - 1, our own: interpolation at 17 Chebyshev nodes of z in [0, 5.5],
 * highest power first. No exponential and no division; the result is off by at most 3e-7, and by a
 * relative 3e-7 for z below 1. Beyond 5.5 the tail, 1e-7 there, is nothing.
 */
static ALWAYS_INLINE __m512 gelu_erf(__m512 x) {
    static const float q[17] = {
        9.251838783e-04f, -6.902323104e-03f, 2.872874960e-03f, 3.417326137e-02f,
        -4.126245528e-02f, -5.389674753e-02f, 1.325424761e-01f, -3.209092468e-02f,
        -1.632164121e-01f, 2.175818384e-01f, -5.126623064e-02f, -1.770420671e-01f,
        2.718655467e-01f, -2.068150938e-01f, 9.455929697e-02f, -2.500797063e-02f,
        2.979763318e-03f};
    const __m512 z = _mm512_abs_ps(x);
    const __m512 t = _mm512_fmsub_ps(z, _mm512_set1_ps(1 / 2.75f), _mm512_set1_ps(1.0f));
    __m512 p = _mm512_set1_ps(q[0]);
#pragma GCC unroll 16
    for (int i = 1; i < 17; i++) p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(q[i]));
    const __mmask16 near = _mm512_cmp_ps_mask(z, _mm512_set1_ps(5.5f), _CMP_NGT_UQ); /* or NaN */
    p = _mm512_maskz_mul_ps(near, p, z);
    return _mm512_sub_ps(_mm512_max_ps(_mm512_setzero_ps(), x), p); /* NaN stays NaN */
}

#define GATED(name, fn)                                                                            \
    void name(const float *gate, const float *up, size_t n, float *y) {                            \
        for (size_t i = 0; i < n; i += 16) {                                                       \
            __mmask16 lanes = v512_mask(n - i);                                                    \
            __m512 v = fn(_mm512_maskz_loadu_ps(lanes, gate + i));                                 \
            if (up) v = _mm512_mul_ps(v, _mm512_maskz_loadu_ps(lanes, up + i));                    \
            _mm512_mask_storeu_ps(y + i, lanes, v);                                                \
        }                                                                                          \
    }
GATED(v512_silu_mul, silu)
GATED(v512_gelu_tanh_mul, gelu_tanh)
GATED(v512_gelu_erf_mul, gelu_erf)

/* Whole vectors without masks first: the residual is added for every token of every layer. */
void v512_add(const float *a, const float *b, size_t n, float *y) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        _mm512_storeu_ps(y + i, _mm512_add_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i)));
    }
    if (i < n) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 v = _mm512_maskz_loadu_ps(lanes, a + i);
        _mm512_mask_storeu_ps(y + i, lanes, _mm512_add_ps(v, _mm512_maskz_loadu_ps(lanes, b + i)));
    }
}

void v512_mul(const float *a, const float *b, size_t n, float *y) {
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 v = _mm512_maskz_loadu_ps(lanes, a + i);
        _mm512_mask_storeu_ps(y + i, lanes, _mm512_mul_ps(v, _mm512_maskz_loadu_ps(lanes, b + i)));
    }
}

void v512_add_scaled(const float *x, float s, size_t n, float *y) {
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 v = _mm512_maskz_loadu_ps(lanes, x + i);
        v = _mm512_fmadd_ps(v, _mm512_set1_ps(s), _mm512_maskz_loadu_ps(lanes, y + i));
        _mm512_mask_storeu_ps(y + i, lanes, v);
    }
}

/* Two sums, so that one fused multiply-add does not wait for the other. */
float v512_dot(const float *a, const float *b, size_t n) {
    __m512 s0 = _mm512_setzero_ps(), s1 = s0;
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
        s1 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16), s1);
    }
    for (; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        s0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(lanes, a + i),
                             _mm512_maskz_loadu_ps(lanes, b + i), s0);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(s0, s1));
}

/* cap tanh(x / cap), by the reciprocal of cap: one rounding more than the reference. */
void v512_tanh_cap(float *x, size_t n, float cap) {
    const __m512 inverse = _mm512_set1_ps(1.0f / cap), by = _mm512_set1_ps(cap);
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, x + i), inverse);
        _mm512_mask_storeu_ps(x + i, lanes, _mm512_mul_ps(v512_tanh(v), by));
    }
}

/* The conversion's own rounding, to nearest even, as kern_f32_to_f16. */
void v512_f32_to_f16(const float *x, size_t n, uint16_t *y) {
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m256i h = _mm512_cvtps_ph(_mm512_maskz_loadu_ps(lanes, x + i), _MM_FROUND_TO_NEAREST_INT);
        _mm256_mask_storeu_epi16(y + i, lanes, h);
    }
}

void v512_f16_to_f32(const uint16_t *x, size_t n, float *y) {
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 lanes = v512_mask(n - i);
        __m256i h = _mm256_maskz_loadu_epi16(lanes, x + i);
        _mm512_mask_storeu_ps(y + i, lanes, _mm512_cvtph_ps(h));
    }
}

/* A step of a Hadamard rotation among lanes: those of `high` minus, their partners plus. */
static ALWAYS_INLINE __m512 hadamard_lanes(__m512 x, __m512 partner, __mmask16 high) {
    return _mm512_mask_sub_ps(_mm512_add_ps(x, partner), high, partner, x);
}

/* Four steps within a register: partners are 1, 2, 4 and 8 lanes apart (0xb1 and 0x4e swap
   neighbours and pairs; shuffle_f32x4 moves quarters). */
static ALWAYS_INLINE __m512 hadamard_sixteen(__m512 x) {
    x = hadamard_lanes(x, _mm512_permute_ps(x, 0xb1), 0xaaaa);
    x = hadamard_lanes(x, _mm512_permute_ps(x, 0x4e), 0xcccc);
    x = hadamard_lanes(x, _mm512_shuffle_f32x4(x, x, 0xb1), 0xf0f0);
    return hadamard_lanes(x, _mm512_shuffle_f32x4(x, x, 0x4e), 0xff00);
}

/* n is a multiple of 16; the sums of kern_hadamard, in its order. */
void v512_hadamard(float *x, int n) {
    const int width = n & -n;
    assert(n % 16 == 0 && n > 0);
    const __m512 by = _mm512_set1_ps(1.0f / sqrtf((float)width));
    for (int i = 0; i < n; i += 16) {
        _mm512_storeu_ps(x + i, hadamard_sixteen(_mm512_loadu_ps(x + i)));
    }
    for (int half = 16; half < width; half *= 2) {
        for (int i = 0; i < n; i += 16) {
            if (i & half) continue;
            __m512 a = _mm512_loadu_ps(x + i), b = _mm512_loadu_ps(x + i + half);
            _mm512_storeu_ps(x + i, _mm512_add_ps(a, b));
            _mm512_storeu_ps(x + i + half, _mm512_sub_ps(a, b));
        }
    }
    for (int i = 0; i < n; i += 16) {
        _mm512_storeu_ps(x + i, _mm512_mul_ps(_mm512_loadu_ps(x + i), by));
    }
}

/* The six tables differ in how they ask for weights (plain, ahead, twice) and in what they multiply
   (float32, bfloat16). */
#define V512_TABLE                                                                                 \
    .kv_q8 = true, .act_formats = v512_act_formats, .act_fill = v512_act_fill, V512_OPS
#define V512_PLAIN .name = "avx512", .matmul = v512_matmul, V512_TABLE
#define V512_AHEAD .name = "avx512-ahead", .matmul = v512_matmul_ahead, V512_TABLE
#define V512_TWICE .name = "avx512-twice", .matmul = v512_matmul_twice, V512_TABLE
#define V512_F32 .attn_text = v512_attn_text
#define V512_BF16 .bf16 = true, .attn_text = v512_attn_text_bf16

const Kernels kern_avx512 = {V512_PLAIN, V512_F32, .attn_rows = v512_attn_rows};
const Kernels kern_avx512_bf16 = {V512_PLAIN, V512_BF16, .attn_rows = v512_attn_rows_bf16};
const Kernels kern_avx512_ahead = {V512_AHEAD, V512_F32, .attn_rows = v512_attn_rows_ahead};
const Kernels kern_avx512_bf16_ahead = {V512_AHEAD, V512_BF16,
                                        .attn_rows = v512_attn_rows_bf16_ahead};
const Kernels kern_avx512_twice = {V512_TWICE, V512_F32, .attn_rows = v512_attn_rows_ahead};
const Kernels kern_avx512_bf16_twice = {V512_TWICE, V512_BF16,
                                        .attn_rows = v512_attn_rows_bf16_ahead};
