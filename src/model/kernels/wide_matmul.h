/*
 * Matrix products over wide.h, for avx2 and neon: four tokens (or one) at a time straight from
 * packed weights. The shape is that of avx512_gemv.c with 64/WIDE_BYTES passes over the rows of a
 * panel. Weights that need eight bits (Q8_0, code books) are used as signed bytes, all others as
 * unsigned ones of at most six bits; wide_dot4 relies on that.
 *
 * Only 8-bit activations. Order of float additions as in avx512_gemv.c.
 */
#ifndef HEARTH_MODEL_KERNELS_WIDE_MATMUL_H
#define HEARTH_MODEL_KERNELS_WIDE_MATMUL_H

#include "model/kernels/wide.h"

enum { PARTS = 64 / WIDE_BYTES }; /* vectors of rows in a panel */

static ALWAYS_INLINE bool wide_signed(const KernType type) {
    const KernLayout l = kern_layout_of(type);
    return l.bits == 8 || l.style == STYLE_CODE;
}

static ALWAYS_INLINE u8v wide_at(const uint8_t *p, const int line) {
    u8v v;
    memcpy(&v, p + 64 * line, sizeof v);
    return v;
}

/* The chunks of a block for one part (block already advanced to it). */
static ALWAYS_INLINE void wide_unpack(const KernType type, const uint8_t *b, u8v w[8]) {
    const KernLayout l = kern_layout_of(type);
    for (int c = 0; c < 8; c++) {
        if (l.bits == 8) w[c] = wide_at(b, c) ^ 0x80;
        if (l.bits < 4) w[c] = wide_at(b, c & 1) >> (2 * (c >> 1)) & 3;
        if (l.bits == 3) w[c] |= (wide_at(b, 2) >> c & 1) << 2;
        if (l.bits >= 4 && l.bits < 8) w[c] = wide_at(b, c & 3) >> (c & 4) & 15;
        if (l.bits == 5) w[c] |= (wide_at(b, 4) >> c & 1) << 4;
        if (l.bits == 6) w[c] |= (wide_at(b, 4 + (c & 1)) >> (2 * (c >> 1)) & 3) << 4;
        if (l.style == STYLE_CODE) {
            w[c] = wide_lookup(type == KERN_MXFP4 ? kern_code_mxfp4 : kern_code_iq4nl, w[c]);
        }
    }
}

/* LANES bytes as floats. */
static ALWAYS_INLINE f32v wide_bytes(const uint8_t *p, const bool is_signed, int from, int bits) {
    f32v v;
    for (int i = 0; i < LANES; i++) {
        v[i] = is_signed ? (float)(int8_t)p[i] : (float)(p[i] >> from & ((1 << bits) - 1));
    }
    return v;
}

typedef struct WideScales {
    f32v scale[2], shift[2];
} WideScales;

/* Scales of block i of a unit for rows row..row+LANES-1 of the panel. */
static ALWAYS_INLINE WideScales wide_scales(const KernType type, const uint8_t *unit, int i,
                                            int row) {
    const KernLayout l = kern_layout_of(type);
    const bool two = l.style == STYLE_DM || l.style == STYLE_K || l.style == STYLE_K16M;
    WideScales s;
    f32v d = {0}, m = {0};
    if (type == KERN_MXFP4) {
        for (int r = 0; r < LANES; r++) d[r] = kern_e8m0_half(unit[row + r]);
    } else {
        d = wide_load_f16((const uint16_t *)(const void *)(unit + 2 * row));
    }
    if (two) m = wide_load_f16((const uint16_t *)(const void *)(unit + 32 + 2 * row));
    s.scale[0] = s.scale[1] = d;
    s.shift[0] = s.shift[1] = m;
    if (l.style == STYLE_K) {
        s.scale[0] = s.scale[1] = d * wide_bytes(unit + 64 + 32 * i + row, false, 0, 8);
        s.shift[0] = s.shift[1] = -m * wide_bytes(unit + 80 + 32 * i + row, false, 0, 8);
    }
    for (int half = 0; half < 2; half++) {
        const uint8_t *sc = unit + 32 * i + 16 * half + row;
        if (l.style == STYLE_K16) s.scale[half] = d * wide_bytes(sc + 32, true, 0, 8);
        if (l.style == STYLE_K16M) {
            s.scale[half] = d * wide_bytes(sc + 64, false, 0, 4);
            s.shift[half] = -m * wide_bytes(sc + 64, false, 4, 4);
        }
    }
    return s;
}

/* Where one part of a panel works. */
typedef struct WideJob {
    const KernAct *act;
    int t0;  /* first token */
    int row; /* of the panel: where this part begins */
} WideJob;

/* One block of weights. */
typedef struct WideWeights {
    u8v w[8];
    WideScales s;
} WideWeights;

/* Order of float operations: as in avx512_matmul.h, but not fused unless the compiler does. */
static ALWAYS_INLINE f32v wide_token(const KernType type, const WideWeights *ww, const int8_t *a,
                                     const KernActBlock *b, f32v f) {
    const WideScales *s = &ww->s;
    const KernLayout l = kern_layout_of(type);
    const bool halves = l.style == STYLE_K16 || l.style == STYLE_K16M;
    const int off = wide_signed(type) ? 0 : l.off;
    const int32_t first = b->minus_first, second = b->minus - b->minus_first;
    i32v c[2] = {(i32v){0} + off * first, (i32v){0} + off * second};
    for (int j = 0; j < 8; j++) {
        int32_t four;
        memcpy(&four, a + 4 * j, 4);
        c[j >> 2] = wide_dot4(c[j >> 2], ww->w[j], four, wide_signed(type));
    }
    if (!halves) {
        f32v t = __builtin_convertvector(c[0] + c[1], f32v) * s->scale[0];
        if (l.style == STYLE_DM || l.style == STYLE_K) t += s->shift[0] * b->sum;
        return f + t * b->scale;
    }
    f32v t = __builtin_convertvector(c[0], f32v) * s->scale[0];
    t += __builtin_convertvector(c[1], f32v) * s->scale[1];
    if (l.style == STYLE_K16M) {
        t += s->shift[0] * (float)-first;
        t += s->shift[1] * (float)-second;
    }
    return f + t * b->scale;
}

/* One part of one panel for nt tokens. */
static ALWAYS_INLINE void wide_panel(const KernType type, const int nt, const WideJob *g,
                                     const uint8_t *p, f32v *f) {
    const KernLayout l = kern_layout_of(type);
    const size_t blocks = l.unit_cols / 32, n = g->act->cols / l.unit_cols;
    for (size_t i = 0; i < n; i++, p += kern_unit_bytes(&l)) {
        for (size_t k = 0; k < blocks; k++) {
            const uint8_t *ints = p + l.head_bytes + k * l.block_bytes;
            const size_t at = (i * blocks + k) * (size_t)g->act->m + (size_t)g->t0;
            WideWeights w;
            w.s = wide_scales(type, p, (int)k, g->row);
            wide_unpack(type, ints + 4 * g->row, w.w);
            for (int t = 0; t < nt; t++) {
                const size_t here = at + (size_t)t;
                f[t] = wide_token(type, &w, g->act->q + 32 * here, g->act->block + here, f[t]);
            }
        }
    }
}

static ALWAYS_INLINE void wide_put(const KernMatmul *job, int t, size_t row, f32v f) {
    if (row >= job->mat->rows) return;
    float *y = job->y + (size_t)t * job->ldy + row;
    wide_store_n(y, f, job->mat->rows - row);
}

static ALWAYS_INLINE void wide_ints(const KernType type, const int nt, const KernMatmul *job,
                                    size_t panel, int t0) {
    const KernLayout l = kern_layout_of(type);
    const KernAct *act = job->act;
    const uint8_t *p = (const uint8_t *)job->mat->data + panel * kern_panel_bytes(&l, act->cols);
    WideJob g = {act, t0, 0};
    for (int part = 0; part < PARTS; part++) {
        f32v f[4] = {{0}, {0}, {0}, {0}};
        g.row = part * LANES;
        wide_panel(type, nt, &g, p, f);
        for (int t = 0; t < nt; t++) {
            wide_put(job, t0 + t, panel * 16 + (size_t)(part * LANES), f[t]);
        }
    }
}

static ALWAYS_INLINE f32v wide_weights(const KernType type, const uint8_t *p) {
    if (type == KERN_F32) return wide_load((const float *)(const void *)p);
    if (type == KERN_F16) return wide_load_f16((const uint16_t *)(const void *)p);
    f32v v;
    for (int i = 0; i < LANES; i++) v[i] = kern_bf16_to_f32(kern_load16(p + 2 * i));
    return v;
}

static ALWAYS_INLINE void wide_floats(const KernType type, const int nt, const KernMatmul *job,
                                      size_t panel, int t0) {
    const KernLayout l = kern_layout_of(type);
    const size_t cols = job->mat->cols, size = l.bits / 8u;
    const uint8_t *p = (const uint8_t *)job->mat->data + panel * kern_panel_bytes(&l, cols);
    const float *x = job->act->x + (size_t)t0 * job->act->ldx;
    for (int part = 0; part < PARTS; part++) {
        f32v f[4] = {{0}, {0}, {0}, {0}};
        for (size_t k = 0; k < cols; k++) {
            f32v w = wide_weights(type, p + (k * 16 + (size_t)(part * LANES)) * size);
            for (int t = 0; t < nt; t++) f[t] += w * x[(size_t)t * job->act->ldx + k];
        }
        for (int t = 0; t < nt; t++) {
            wide_put(job, t0 + t, panel * 16 + (size_t)(part * LANES), f[t]);
        }
    }
}

typedef void (*WideFn)(const KernMatmul *job, size_t panel, int t0);

#define WIDE_ONE(fn, type, nt)                                                                     \
    static void wide_##type##_##nt(const KernMatmul *job, size_t panel, int t0) {                  \
        fn(type, nt, job, panel, t0);                                                              \
    }
#define WIDE_ALL(fn, type)                                                                         \
    WIDE_ONE(fn, type, 1) WIDE_ONE(fn, type, 4)
WIDE_ALL(wide_floats, KERN_F32)
WIDE_ALL(wide_floats, KERN_F16)
WIDE_ALL(wide_floats, KERN_BF16)
WIDE_ALL(wide_ints, KERN_Q4_0)
WIDE_ALL(wide_ints, KERN_Q4_1)
WIDE_ALL(wide_ints, KERN_Q5_0)
WIDE_ALL(wide_ints, KERN_Q5_1)
WIDE_ALL(wide_ints, KERN_Q8_0)
WIDE_ALL(wide_ints, KERN_Q2_K)
WIDE_ALL(wide_ints, KERN_Q3_K)
WIDE_ALL(wide_ints, KERN_Q4_K)
WIDE_ALL(wide_ints, KERN_Q5_K)
WIDE_ALL(wide_ints, KERN_Q6_K)
WIDE_ALL(wide_ints, KERN_IQ4_NL)
WIDE_ALL(wide_ints, KERN_MXFP4)

#define WIDE_ROW(t, name, fc, fb, uc, head, block, bits, off, style)                               \
    [t] = {wide_##t##_1, wide_##t##_4},
static const WideFn wide_table[KERN_MXFP4 + 1][2] = {KERN_LAYOUTS(WIDE_ROW)};

static void wide_matmul(const KernMatmul *job, size_t row0, size_t row1) {
    const int m = job->act->m;
    if (row1 > job->mat->rows) row1 = job->mat->rows;
    for (size_t panel = row0 / 16; panel * 16 < row1; panel++) {
        int t = 0;
        for (; t + 4 <= m; t += 4) wide_table[job->mat->type][1](job, panel, t);
        for (; t < m; t++) wide_table[job->mat->type][0](job, panel, t);
    }
}

#define WIDE_TABLE                                                                                 \
    .act_formats = ref_act_formats, .act_fill = ref_act_fill, .matmul = wide_matmul,               \
    .attn_rows = wide_attn_rows,                                                                   \
    .rmsnorm = wide_rmsnorm, .layernorm = wide_layernorm, .rope = ref_rope,                        \
    .softmax = wide_softmax, .silu_mul = wide_silu_mul, .gelu_tanh_mul = wide_gelu_tanh_mul,       \
    .gelu_erf_mul = wide_gelu_erf_mul, .add = ref_add, .add_scaled = ref_add_scaled,               \
    .mul = ref_mul, .dot = wide_dot, .tanh_cap = wide_tanh_cap, .f32_to_f16 = wide_f32_to_f16,     \
    .f16_to_f32 = wide_f16_to_f32

#endif
