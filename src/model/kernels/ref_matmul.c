/*
 * The reference matrix product: the specification that every fast kernel is tested against.
 *
 * Integers are exact: for each 16 columns c = sum (u - off) * a, with a the quantised activation,
 * in 32 bits. What is rounded is only the float side, done here in double and rounded to float
 * once at the end:
 *
 *     y = sum over 16-column groups  as * scale * c  +  as * shift * sum(a)
 *
 * where as is the activation's scale, scale and shift the group's (layout.h). Float weights are
 * multiplied with float activations in double.
 *
 * Activations, format I8: scale = amax/top, q = round-half-even(x * (top/amax)) over 32 values,
 * top = 127 or 126, whichever gives the smaller error (kern_act_top).
 * Format I16: scale = amax/32512, v = round(x * (32512/amax)), high = (v + 128) >> 8, low = v -
 * 256*high. A block whose amax is below 1e-30 is zero. These rules are the same, bit for bit, in
 * every instruction set.
 *
 * Format I8K, for weights of K types: over 256 values scale = amax/127. A block of 32 whose own
 * amax is smaller uses scale / 2^e, with the greatest e for which its values fit (at most 14):
 * q = round(x * (127/amax * 2^e)). The unit of all sums is scale / 2^14: integers count shifted
 * left by 14 - e, and minima meet sums of 16 bits, 2^11 units each (doc/decisions/0017):
 *
 *     y = sum over 256 columns  as/2^14 * (sum scale * (c << 14-e)  +  2^11 * sum shift * s)
 *     s = sum(q) * 8 / 2^e, rounded to the nearest (halves up)
 *
 * The table "exact" (not for users: accuracy tests) multiplies dequantised weights with float
 * activations, in double: what the model file means, without any quantisation of activations.
 */
#include "model/kernels/ref.h"

#include <assert.h>
#include <math.h>

unsigned ref_act_formats(const KernMat *mat, int m) {
    const KernLayout *l = kern_layout(mat->type);
    (void)m;
    return l && l->style == STYLE_FLOAT ? KERN_ACT_F32 : KERN_ACT_I8;
}

unsigned exact_act_formats(const KernMat *mat, int m) {
    (void)mat;
    (void)m;
    return KERN_ACT_F32;
}

/* ---- activations ----------------------------------------------------------------------------- */

/* Which scale for n values, the greatest of them amax. */
static float act_top(const float *x, size_t n, float amax) {
    int32_t e[2] = {0, 0};
    for (int i = 0; i < 2 && amax > 1e-30f; i++) {
        float inverse = (i ? 126.0f : 127.0f) / amax;
        for (size_t k = 0; k < n; k++) {
            int d = (int)lrintf(x[k] * (256 * inverse)) - 256 * (int)lrintf(x[k] * inverse);
            e[i] += d * d;
        }
    }
    return kern_act_top(e);
}

/* Block number `at` (of all tokens' blocks) from the n values at x. */
static void fill_block(const KernAct *act, const float *x, size_t n, size_t at) {
    bool wide = act->formats & KERN_ACT_I16;
    float amax = 0;
    int8_t *high = act->q + 32 * at, *low = high + act->plane;
    KernActBlock *b = act->block + at;
    for (size_t k = 0; k < n; k++) amax = fmaxf(amax, fabsf(x[k]));
    float top = wide ? 32512.0f : act_top(x, n, amax);
    float inverse = amax > 1e-30f ? top / amax : 0.0f;
    *b = (KernActBlock){.scale = amax > 1e-30f ? amax / top : 0.0f};
    for (size_t k = 0; k < 32; k++) {
        int v = k < n ? (int)lrintf(x[k] * inverse) : 0;
        high[k] = (int8_t)(wide ? (v + 128) >> 8 : v);
        if (wide) low[k] = (int8_t)(v - 256 * high[k]);
        b->minus -= v;
        if (k < 16) b->minus_first -= v;
    }
    b->sum = (float)-b->minus;
}

/* sum(q) of a block that counts 2^(14-e). */
static int16_t super_sum(int32_t sum, int e) {
    return (int16_t)((sum * (1 << KERN_SUPER_SUM) + ((1 << e) >> 1)) >> e);
}

/* Block i of 256 values from its integers. */
static void super_block_sums(KernActSuper *s, int i, const int8_t *q) {
    const int e = KERN_SUPER_SHIFT - s->shift[i];
    int32_t sum[2] = {0, 0};
    s->bias[i] = kern_sum_bias(s->shift[i]);
    for (size_t k = 0; k < 32; k++) sum[k / 16] += q[k];
    s->sum32[i] = super_sum(sum[0] + sum[1], e);
    for (int half = 0; half < 2; half++) {
        s->start[2 * i + half] = (int32_t)kern_bits_of(s->bias[i]) - 128 * sum[half];
        s->sum16[2 * i + half] = super_sum(sum[half], e);
    }
}

/* Columns [k, k + 256) of token t, the n that are there at x. */
static void fill_super(const KernAct *act, const float *x, size_t n, size_t k, size_t t) {
    const size_t m = (size_t)act->m;
    KernActSuper *s = act->super + k / KERN_SUPER_COLS * m + t;
    float amax[8] = {0}, top = 0;
    for (size_t i = 0; i < KERN_SUPER_COLS && i < n; i++) {
        amax[i / 32] = fmaxf(amax[i / 32], fabsf(x[i]));
        top = fmaxf(top, amax[i / 32]);
    }
    const bool some = top > 1e-30f;
    *s = (KernActSuper){.scale = some ? ldexpf(top / 127.0f, -KERN_SUPER_SHIFT) : 0.0f};
    for (int i = 0; i < 8; i++) {
        uint32_t e = (kern_bits_of(top) - kern_bits_of(amax[i])) >> 23; /* amax * 2^e <= top */
        s->shift[i] = KERN_SUPER_SHIFT - (int)(e < KERN_SUPER_SHIFT ? e : KERN_SUPER_SHIFT);
        assert(0 <= s->shift[i] && s->shift[i] <= KERN_SUPER_SHIFT);
        const float inverse = some ? ldexpf(127.0f / top, KERN_SUPER_SHIFT - s->shift[i]) : 0.0f;
        int8_t *q = act->qk + 32 * ((k / 32 + (size_t)i) * m + t);
        for (size_t j = 0; j < 32; j++) {
            const size_t at = 32 * (size_t)i + j;
            q[j] = (int8_t)(at < n ? lrintf(x[at] * inverse) : 0);
        }
        super_block_sums(s, i, q);
    }
}

void ref_act_fill(const KernAct *act, int t0, int t1) {
    for (int t = t0; t < t1; t++) {
        const float *x = act->x + (size_t)t * act->ldx;
        for (size_t k = 0; act->qk && k < act->cols; k += KERN_SUPER_COLS) {
            fill_super(act, x + k, act->cols - k, k, (size_t)t);
        }
        for (size_t k = 0; act->q && k < act->cols; k += 32) {
            size_t n = act->cols - k < 32 ? act->cols - k : 32;
            fill_block(act, x + k, n, k / 32 * (size_t)act->m + (size_t)t);
        }
        for (size_t k = 0; act->bf && k < act->cols; k++) {
            size_t tile = (size_t)t / 16 * act->ldbf + k / 32 * 512;
            act->bf[tile + (size_t)t % 16 * 32 + k % 32] = kern_f32_to_bf16(x[k]);
        }
    }
}

/* ---- weights of one row ---------------------------------------------------------------------- */

typedef struct RefRow {
    int16_t *w;    /* [cols] integers, offset and code book applied */
    float *scale;  /* [cols/16] */
    float *shift;  /* [cols/16] */
} RefRow;

/* Scales of one row of a unit, spread to one for every 16 columns, so that all styles look alike to
   the product: value = scale * w + shift. */
static void row_scales(const KernLayout *l, const uint8_t *unit, unsigned row, RefRow *r) {
    float d = l->head_bytes == 16 ? kern_e8m0_half(unit[row]) : kern_load_f16(unit + 2 * row);
    bool two = l->style == STYLE_DM || l->style == STYLE_K || l->style == STYLE_K16M;
    float m = two ? kern_load_f16(unit + 32 + 2 * row) : 0.0f;
    for (unsigned s = 0; s < l->unit_cols / 16u; s++) {
        const uint8_t *sc = unit + (two ? 64 : 32) + 16 * s + row;
        r->scale[s] = d;
        r->shift[s] = m;
        if (l->style == STYLE_K16) r->scale[s] = d * (float)(int8_t)*sc;
        if (l->style == STYLE_K16M) {
            r->scale[s] = d * (float)(*sc & 15u);
            r->shift[s] = -m * (float)(*sc >> 4);
        }
        if (l->style == STYLE_K) {
            const uint8_t *pair = unit + 64 + 32 * (s / 2) + row;
            r->scale[s] = d * (float)pair[0];
            r->shift[s] = -m * (float)pair[16];
        }
    }
}

/* The integers of one row of a unit, w [unit_cols]: offset taken off, code books looked up. */
static void row_ints(const KernMat *mat, const uint8_t *unit, unsigned row, int16_t *w) {
    const KernLayout *l = kern_layout(mat->type);
    const int8_t *code = mat->type == KERN_MXFP4 ? kern_code_mxfp4 : kern_code_iq4nl;
    for (unsigned k = 0; k < l->unit_cols; k++) {
        const uint8_t *block = unit + l->head_bytes + (size_t)l->block_bytes * (k / 32);
        int u = (int)kern_block_get(l->bits, block, row, k & 31u);
        w[k] = (int16_t)(l->style == STYLE_CODE ? code[u] : u - l->off);
    }
}

/* A whole row [cols]: integers, and scale and shift [cols/16]. */
static void row_load(const KernMat *mat, size_t row, RefRow *out) {
    const KernLayout *l = kern_layout(mat->type);
    const uint8_t *unit = (const uint8_t *)mat->data + row / 16 * kern_panel_bytes(l, mat->cols);
    RefRow at = *out;
    for (size_t c = 0; c < mat->cols; c += l->unit_cols, unit += kern_unit_bytes(l)) {
        row_scales(l, unit, (unsigned)(row % 16), &at);
        row_ints(mat, unit, (unsigned)(row % 16), at.w);
        at.w += l->unit_cols;
        at.scale += l->unit_cols / 16;
        at.shift += l->unit_cols / 16;
    }
}

/* ---- products -------------------------------------------------------------------------------- */

/* Token t against a row, 16 columns at a time; the integers of 16 columns are exact in 32 bits. */
static double dot_ints(const KernAct *act, const RefRow *r, int t) {
    bool wide = act->formats & KERN_ACT_I16;
    double y = 0;
    for (size_t s = 0; s < act->cols / 16; s++) {
        size_t at = s / 2 * (size_t)act->m + (size_t)t;
        const int8_t *high = act->q + 32 * at + 16 * (s & 1), *low = high + act->plane;
        const KernActBlock *b = act->block + at;
        int32_t c = 0, sum = s & 1 ? b->minus_first - b->minus : -b->minus_first;
        for (size_t k = 0; k < 16; k++) {
            c += r->w[16 * s + k] * (wide ? 256 * high[k] + low[k] : high[k]);
        }
        y += (double)b->scale * ((double)r->scale[s] * c + (double)r->shift[s] * sum);
    }
    return y;
}

/* 256 columns from block i of 32 on, format I8K, in units of the scale. */
static double dot_super(const KernAct *act, const RefRow *r, int t, size_t i) {
    const KernActSuper *x = act->super + i / 8 * (size_t)act->m + t;
    double y = 0;
    for (size_t s = 0; s < 16; s++) {
        const int8_t *q = act->qk + 32 * ((i + s / 2) * (size_t)act->m + (size_t)t) + 16 * (s & 1);
        const int16_t *w = r->w + 32 * i + 16 * s;
        int32_t c = 0;
        for (size_t k = 0; k < 16; k++) c += w[k] * q[k];
        y += (double)r->scale[2 * i + s] * ldexp(c, x->shift[s / 2]);
    }
    return y;
}

/* The minima of those 256 columns: one a block, or one for each 16 columns. */
static double dot_minima(const KernActSuper *x, const float *shift, bool halves) {
    double y = 0;
    for (size_t s = 0; s < 16; s++) {
        if (halves) y += (double)shift[s] * x->sum16[s];
        else if (s % 2 == 0) y += (double)shift[s] * x->sum32[s / 2];
    }
    return ldexp(y, KERN_SUPER_SHIFT - KERN_SUPER_SUM);
}

static double dot_supers(const KernAct *act, const RefRow *r, int t, bool halves) {
    double y = 0;
    for (size_t i = 0; i < act->cols / 32; i += 8) {
        const KernActSuper *x = act->super + i / 8 * (size_t)act->m + t;
        y += x->scale * (dot_super(act, r, t, i) + dot_minima(x, r->shift + 2 * i, halves));
    }
    return y;
}

static double dot_floats(const float *w, const float *x, size_t n) {
    double y = 0;
    for (size_t k = 0; k < n; k++) y += (double)w[k] * (double)x[k];
    return y;
}

/* Rows dequantised into scratch, one at a time, against every token. */
static void matmul_floats(const KernMatmul *job, size_t row0, size_t row1) {
    float *w = job->scratch;
    for (size_t row = row0; row < row1; row++) {
        kern_unpack_row(job->mat, row, w);
        for (int t = 0; t < job->act->m; t++) {
            const float *x = job->act->x + (size_t)t * job->act->ldx;
            job->y[(size_t)t * job->ldy + row] = (float)dot_floats(w, x, job->mat->cols);
        }
    }
}

/* Scratch: a row as int16 [cols] with scale and shift float [cols/16] each, or as floats [cols]. */
void ref_matmul(const KernMatmul *job, size_t row0, size_t row1) {
    size_t cols = job->mat->cols;
    assert(job->act->cols == cols && row0 % KERN_PANEL_ROWS == 0);
    if (row1 > job->mat->rows) row1 = job->mat->rows;
    if (ref_act_formats(job->mat, job->act->m) == KERN_ACT_F32) {
        matmul_floats(job, row0, row1);
        return;
    }
    uint8_t *mem = job->scratch;
    RefRow r = {(int16_t *)(void *)mem, (float *)(void *)(mem + 2 * cols), NULL};
    const KernLayout *l = kern_layout(job->mat->type);
    const bool supers = (job->act->formats & KERN_ACT_I8K) && l->unit_cols == KERN_SUPER_COLS;
    assert(supers ? job->act->qk != NULL : job->act->q != NULL); /* the input is quantised */
    r.shift = r.scale + cols / 16;
    for (size_t row = row0; row < row1; row++) {
        row_load(job->mat, row, &r);
        for (int t = 0; t < job->act->m; t++) {
            double y = supers ? dot_supers(job->act, &r, t, l->style == STYLE_K16M)
                              : dot_ints(job->act, &r, t);
            job->y[(size_t)t * job->ldy + row] = (float)y;
        }
    }
}

void exact_matmul(const KernMatmul *job, size_t row0, size_t row1) {
    matmul_floats(job, row0, row1 < job->mat->rows ? row1 : job->mat->rows);
}
