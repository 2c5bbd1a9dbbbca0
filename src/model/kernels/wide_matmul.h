/*
 * Matrix products over wide.h, for avx2, avxvnni and neon.
 *
 * The shape is that of avx512_gemm.c with fewer and narrower registers: one panel (16 rows) x 512
 * columns is unpacked into scratch (8 KiB of bytes, their float scales beside them) and meets the
 * tokens four at a time. Tiles are 2 vectors of rows x 4 tokens. A single token takes its weights
 * from the packed form, in registers, so that decode stays one stream of memory; long panels go two
 * at a time, 256 columns each in turn, for the reason in avx512_pass.h.
 *
 * Integer sums. The includer says how four products go into a 32-bit lane (WideSum, wide_mac,
 * wide_widen). Instructions with 32-bit sums need nothing more. AVX2 has 16-bit ones, which hold
 * as many chunks of four columns as wide_span says before they must be widened: the fewer bits a
 * weight has, the more.
 *
 * Two by two. Where WIDE_MMLA is defined, one instruction multiplies two rows of eight columns by
 * two tokens (wide_mmla: sums of row 0 with either token, then of row 1). Four rows are two of its
 * sums, and two chunks of four columns lie in scratch by rows (wide_by_rows: rows 0 and 1, then 2
 * and 3); wide_two puts two tokens' columns together, wide_token takes one's four rows out of sums.
 *
 * Signs. Where WIDE_SIGNED is 1, weights that need all eight bits (Q8_0, code books) are signed
 * bytes, all others unsigned ones of at most six bits. Where it is 0 all are unsigned, with an
 * offset that the sums start from.
 *
 * Only 8-bit activations. Order of float operations as in avx512_matmul.h, except that products and
 * sums are fused where the compiler does it: always or never in one table, since one function
 * (wide_add) does them all.
 *
 * Scratch of several tokens: 16 blocks of 32 columns as WideBlock, 768 bytes each (512 of bytes, 4
 * x 64 of scales), 12 KiB together.
 */
#ifndef HEARTH_MODEL_KERNELS_WIDE_MATMUL_H
#define HEARTH_MODEL_KERNELS_WIDE_MATMUL_H

#include "model/kernels/wide.h"

enum { PARTS = 64 / WIDE_BYTES, /* vectors of rows in a panel */
       SIDES = 2,               /* of which a tile takes so many at once */
       TOKENS = 4, COLUMNS = 512,
       LONG_PANEL = 40 << 10, /* bytes: one token takes these two at a time */
       TURN = 256,            /* columns of one, before the other has its turn */
       AHEAD = 4096 };        /* bytes */

_Static_assert(SIDES * LANES <= KERN_PANEL_ROWS && PARTS % SIDES == 0, "tiles are whole panels");
_Static_assert(COLUMNS % KERN_SUPER_COLS == 0 && TURN % KERN_SUPER_COLS == 0, "whole units");

/* What is known of a type at compile time. */
typedef struct WideKind {
    bool is_signed, halves, shift;
    int off;  /* u - off is what an integer means */
    int span; /* chunks that a WideSum holds */
} WideKind;

/* Folds to constants: type is one at every call. */
static ALWAYS_INLINE WideKind wide_kind(const KernType type) {
    const KernLayout l = kern_layout_of(type);
    WideKind k = {.is_signed = WIDE_SIGNED && (l.bits == 8 || l.style == STYLE_CODE)};
    k.halves = l.style == STYLE_K16 || l.style == STYLE_K16M;
    k.shift = l.style == STYLE_DM || l.style == STYLE_K || l.style == STYLE_K16M;
    k.off = k.is_signed ? 0 : l.style == STYLE_CODE ? 128 : l.off;
    k.span = wide_span(l.bits, k.is_signed);
    if (k.halves && k.span > 4) k.span = 4;
    return k;
}

/* ---- one block unpacked ---------------------------------------------------------------------- */

/* Of 16 rows: bytes by chunks, and float scales by halves. */
typedef struct WideBlock {
    uint8_t u[8][64];
    float scale[2][16], shift[2][16];
} WideBlock;

/* Vector `line` of 64 bytes, its first WIDE_BYTES: p is advanced to the part before. */
static ALWAYS_INLINE u8v wide_at(const uint8_t *p, const int line) {
    u8v v;
    memcpy(&v, p + 64 * line, sizeof v);
    return v;
}

/* Bits `mask` of bytes, moved there from bit `from` to bit `to`. Lanes of 16 bits are shifted, for
   there are none of 8; the mask takes away what comes from neighbours. */
static ALWAYS_INLINE u8v wide_field(u8v v, const int from, const int to, const uint8_t mask) {
    const u16v lanes = (u16v)v;
    if (from > to) v = (u8v)(lanes >> (from - to));
    if (from < to) v = (u8v)(lanes << (to - from));
    return v & mask;
}

/* Chunk c of one part (b already advanced to it). */
static ALWAYS_INLINE u8v wide_chunk(const KernType type, const uint8_t *b, const int c) {
    const KernLayout l = kern_layout_of(type);
    const uint8_t raise = wide_kind(type).is_signed ? 0 : 0x80; /* of signed bytes */
    const int two = 2 * (c >> 1); /* where a plane of 2 bits has it */
    u8v w = {0};
    if (l.bits == 8) return wide_at(b, c) ^ (uint8_t)(raise ^ 0x80);
    if (l.bits < 4) w = wide_field(wide_at(b, c & 1), two, 0, 3);
    if (l.bits == 3) w |= wide_field(wide_at(b, 2), c, 2, 4);
    if (l.bits >= 4) w = wide_field(wide_at(b, c & 3), c & 4, 0, 15);
    if (l.bits == 5) w |= wide_field(wide_at(b, 4), c, 4, 16);
    if (l.bits == 6) w |= wide_field(wide_at(b, 4 + (c & 1)), two, 4, 48);
    if (l.style != STYLE_CODE) return w;
    return wide_lookup(type == KERN_MXFP4 ? kern_code_mxfp4 : kern_code_iq4nl, w) ^ raise;
}

static ALWAYS_INLINE f32v wide_floats_of(i32v v) { return __builtin_convertvector(v, f32v); }

_Static_assert(COLUMNS / 32 * sizeof(WideBlock) <= KERN_MATMUL_SCRATCH, "blocks of several tokens");

/* The floats of a block, by halves, for one vector of rows. */
typedef struct WideScales {
    f32v scale[2], shift[2];
} WideScales;

/* Those of block i of a unit for rows row..row+LANES-1 of the panel. */
static ALWAYS_INLINE WideScales wide_scales(const KernType type, const uint8_t *unit, int i,
                                            int row) {
    const KernLayout l = kern_layout_of(type);
    const WideKind kind = wide_kind(type);
    WideScales s = {0};
    f32v d = {0}, m = {0};
    if (type == KERN_MXFP4) {
        for (int r = 0; r < LANES; r++) d[r] = kern_e8m0_half(unit[row + r]);
    } else {
        d = wide_load_f16((const uint16_t *)(const void *)(unit + 2 * row));
    }
    if (kind.shift) m = wide_load_f16((const uint16_t *)(const void *)(unit + 32 + 2 * row));
#pragma GCC unroll 2
    for (int half = 0; half <= kind.halves; half++) {
        const uint8_t *sc = unit + 32 * i + 16 * half + row;
        s.scale[half] = d;
        s.shift[half] = m;
        if (l.style == STYLE_K) {
            s.scale[half] = d * wide_floats_of(wide_u8(sc + 64));
            s.shift[half] = -m * wide_floats_of(wide_u8(sc + 80));
        }
        if (l.style == STYLE_K16) s.scale[half] = d * wide_floats_of(wide_s8(sc + 32));
        if (l.style == STYLE_K16M) {
            s.scale[half] = d * wide_floats_of(wide_u8(sc + 64) & 15);
            s.shift[half] = -m * wide_floats_of(wide_u8(sc + 64) >> 4);
        }
    }
    return s;
}

/* Block k of a unit. */
static ALWAYS_INLINE void wide_unpack(const KernType type, const uint8_t *unit, int k,
                                      WideBlock *out) {
    const KernLayout l = kern_layout_of(type);
    const WideKind kind = wide_kind(type);
    const uint8_t *ints = unit + l.head_bytes + (size_t)k * l.block_bytes;
#pragma GCC unroll 4
    for (int part = 0; part < PARTS; part++) {
        const WideScales s = wide_scales(type, unit, k, part * LANES);
#pragma GCC unroll 2
        for (int half = 0; half <= kind.halves; half++) {
            wide_store(out->scale[half] + part * LANES, s.scale[half]);
            if (kind.shift) wide_store(out->shift[half] + part * LANES, s.shift[half]);
        }
#pragma GCC unroll 4
        for (int c = 0; c < 8; c += 2) {
            u8v a = wide_chunk(type, ints + WIDE_BYTES * part, c);
            u8v b = wide_chunk(type, ints + WIDE_BYTES * part, c + 1);
#ifdef WIDE_MMLA
            wide_by_rows(&a, &b);
#endif
            memcpy(out->u[c] + WIDE_BYTES * part, &a, sizeof a);
            memcpy(out->u[c + 1] + WIDE_BYTES * part, &b, sizeof b);
        }
    }
}

/* ---- one block against a few tokens ---------------------------------------------------------- */

/* Where a tile stands: a block of weights and of each token's activations. */
typedef struct WideAt {
    const WideBlock *w;
    const int8_t *q;
    const KernActBlock *b;
    int part; /* vector of rows */
} WideAt;

/* The float part of avx512_matmul.h for one vector of rows. c: sums of the halves. */
static ALWAYS_INLINE f32v wide_add(const WideKind k, const WideScales *s, const KernActBlock *b,
                                   const i32v c[2], f32v f) {
    f32v t = wide_floats_of(c[0]) * s->scale[0];
    if (k.halves) t += wide_floats_of(c[1]) * s->scale[1];
    if (k.shift) {
        float first = k.halves ? (float)-b->minus_first : b->sum;
        t += s->shift[0] * first;
        if (k.halves) t += s->shift[1] * (b->sum - first);
    }
    return f + t * b->scale;
}

/* The same with scales from memory, those of a vector of rows. */
static ALWAYS_INLINE f32v wide_add_at(const WideKind k, const WideAt *at, const i32v c[2],
                                      f32v f) {
    const int row = at->part * LANES;
    WideScales s;
#pragma GCC unroll 2
    for (int half = 0; half <= k.halves; half++) {
        s.scale[half] = wide_load(at->w->scale[half] + row);
        if (k.shift) s.shift[half] = wide_load(at->w->shift[half] + row);
    }
    return wide_add(k, &s, at->b, c, f);
}

/* Where the sums of a half start. */
static ALWAYS_INLINE i32v wide_start(const WideKind k, const KernActBlock *b, const int half) {
    int32_t from = k.halves ? b->minus_first : b->minus;
    if (half) from = b->minus - b->minus_first;
    return (i32v){0} + k.off * from;
}

#ifdef WIDE_MMLA
/* Exact sums over some chunks of two vectors of rows, for nt tokens: c[side][token]. An odd token
   is its own neighbour. */
static ALWAYS_INLINE void wide_ints(const WideKind k, const int nt, const WideAt *at,
                                    const int chunks[2], i32v c[SIDES][TOKENS]) {
    i32v s[SIDES][TOKENS / 2][2] = {{{{0}}}};
    (void)k;
#pragma GCC unroll 4
    for (int j = chunks[0]; j < chunks[1]; j += 2) {
        const uint8_t *u = at->w->u[j] + WIDE_BYTES * at->part;
#pragma GCC unroll 2
        for (int t = 0; t < nt; t += 2) {
            const int8_t *a = at->q + 32 * t + 4 * j, *b = t + 1 < nt ? a + 32 : a;
            const u8v two = wide_two(a, b);
#pragma GCC unroll 4
            for (int i = 0; i < 2 * SIDES; i++) { /* of a side rows 0 and 1, or 2 and 3 */
                const u8v w = wide_at(u + 64 * (i & 1) + WIDE_BYTES * (i / 2), 0);
                s[i / 2][t / 2][i & 1] = wide_mmla(s[i / 2][t / 2][i & 1], w, two);
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < SIDES * nt; i++) {
        c[i & 1][i / 2] += wide_token(s[i & 1][i / 4], i / 2 & 1);
    }
}
#else
/* Exact sums over some chunks of two vectors of rows, for nt tokens: c[side][token]. */
static ALWAYS_INLINE void wide_ints(const WideKind k, const int nt, const WideAt *at,
                                    const int chunks[2], i32v c[SIDES][TOKENS]) {
    for (int j0 = chunks[0]; j0 < chunks[1]; j0 += k.span) {
        WideSum s[SIDES][TOKENS] = {{{0}}};
#pragma GCC unroll 8
        for (int j = j0; j < j0 + k.span; j++) {
            const uint8_t *u = at->w->u[j] + WIDE_BYTES * at->part;
            u8v w0 = wide_at(u, 0), w1 = wide_at(u + WIDE_BYTES, 0);
#pragma GCC unroll 4
            for (int t = 0; t < nt; t++) {
                int32_t four;
                memcpy(&four, at->q + 32 * t + 4 * j, 4);
                s[0][t] = wide_mac(s[0][t], w0, four, k.is_signed);
                s[1][t] = wide_mac(s[1][t], w1, four, k.is_signed);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < 2 * nt; i++) {
            c[i & 1][i / 2] = wide_widen(c[i & 1][i / 2], s[i & 1][i / 2]);
        }
    }
}
#endif

/* All rows of a block, two vectors at a time. */
static ALWAYS_INLINE void wide_tile(const WideKind k, const int nt, const WideAt *block,
                                    f32v f[PARTS][TOKENS]) {
#pragma GCC unroll 2
    for (int part = 0; part < PARTS; part += SIDES) {
        i32v c[2][SIDES][TOKENS];
        WideAt at = *block;
        at.part = part;
#pragma GCC unroll 2
        for (int half = 0; half <= k.halves; half++) {
            const int chunks[2] = {4 * half, k.halves ? 4 * half + 4 : 8};
            for (int t = 0; t < nt; t++) {
                c[half][0][t] = c[half][1][t] = wide_start(k, block->b + t, half);
            }
            wide_ints(k, nt, &at, chunks, c[half]);
        }
#pragma GCC unroll 8
        for (int i = 0; i < 2 * nt; i++) {
            const i32v both[2] = {c[0][i & 1][i / 2], c[k.halves][i & 1][i / 2]};
            at.part = part + (i & 1);
            at.b = block->b + i / 2;
            f[at.part][i / 2] = wide_add_at(k, &at, both, f[at.part][i / 2]);
        }
    }
}

/* ---- panels ---------------------------------------------------------------------------------- */

/* Tokens [t0, t0 + nt) against columns [col0, col1) of one panel. */
typedef struct WidePass {
    const KernMatmul *job;
    const uint8_t *panel;   /* packed */
    const WideBlock *block; /* unpacked, for several tokens */
    size_t row, col0, col1;
    int t0;
} WidePass;

/* Sums so far of nt tokens, 0 in the first columns; rows past the matrix's end are 0. */
static ALWAYS_INLINE void wide_get(const WidePass *p, const int nt, f32v f[PARTS][TOKENS]) {
    for (int i = 0; i < PARTS * nt; i++) {
        size_t row = p->row + (size_t)(i / nt * LANES), rest = p->job->mat->rows - row;
        f[i / nt][i % nt] = (f32v){0};
        if (p->col0 == 0 || row >= p->job->mat->rows) continue;
        f[i / nt][i % nt] =
            wide_load_n(p->job->y + (size_t)(p->t0 + i % nt) * p->job->ldy + row, rest);
    }
}

/* Sums back to y: between blocks of columns they wait there. */
static ALWAYS_INLINE void wide_put(const WidePass *p, const int nt, f32v f[PARTS][TOKENS]) {
    for (int i = 0; i < PARTS * nt; i++) {
        size_t row = p->row + (size_t)(i / nt * LANES);
        if (row >= p->job->mat->rows) continue;
        float *y = p->job->y + (size_t)(p->t0 + i % nt) * p->job->ldy + row;
        wide_store_n(y, f[i / nt][i % nt], p->job->mat->rows - row);
    }
}

/* nt tokens over unpacked blocks. */
static ALWAYS_INLINE void wide_run(const KernType type, const int nt, const WidePass *p) {
    const size_t m = (size_t)p->job->act->m;
    size_t at = p->col0 / 32 * m + (size_t)p->t0;
    f32v f[PARTS][TOKENS];
    wide_get(p, nt, f);
    for (size_t i = p->col0 / 32; i < p->col1 / 32; i++, at += m) {
        WideAt here = {p->block + (i - p->col0 / 32), p->job->act->q + 32 * at,
                       p->job->act->block + at, 0};
        wide_tile(wide_kind(type), nt, &here, f);
    }
    wide_put(p, nt, f);
}

typedef void (*WideFn)(const WidePass *p);

/*
 * Packed weights are read once for all tokens, in bursts that come from memory too late. So each
 * tile of tokens asks for some lines of what is unpacked next: the columns that follow, or the
 * first ones of the next panel. Past the end of the matrix it asks in vain.
 */
typedef struct WideAhead {
    const char *at;
    size_t left, step; /* bytes; step: for one tile, a multiple of 64 */
} WideAhead;

static ALWAYS_INLINE WideAhead wide_ahead(const KernType type, const WidePass *p) {
    const KernLayout l = kern_layout_of(type);
    const size_t cols = p->job->mat->cols, from = p->col1 == cols ? 0 : p->col1;
    const size_t n = cols - from < COLUMNS ? cols - from : COLUMNS;
    const size_t tiles = ((size_t)p->job->act->m + TOKENS - 1) / TOKENS;
    WideAhead a = {(const char *)p->panel, n / l.unit_cols * kern_unit_bytes(&l), 0};
    a.at += from == 0 ? kern_panel_bytes(&l, cols) : from / l.unit_cols * kern_unit_bytes(&l);
    a.step = (a.left / tiles + 64) / 64 * 64;
    return a;
}

/* The next step bytes, into the second level where there is a choice. */
static ALWAYS_INLINE void wide_ask(WideAhead *a) {
    const size_t n = a->left < a->step ? a->left : a->step;
    for (size_t z = 0; z < n; z += 64) __builtin_prefetch(a->at + z, 0, 2);
    a->at += n;
    a->left -= n;
}

/* Columns [col0, col1) of a panel unpacked once, then all tokens. */
static ALWAYS_INLINE void wide_tokens(const KernType type, WidePass *p, const WideFn fns[TOKENS]) {
    const KernLayout l = kern_layout_of(type);
    const size_t blocks = l.unit_cols / 32;
    WideBlock *out = p->job->scratch;
    for (size_t i = p->col0 / 32; i < p->col1 / 32; i++) {
        const uint8_t *unit = p->panel + i / blocks * kern_unit_bytes(&l);
        wide_unpack(type, unit, (int)(i % blocks), out + (i - p->col0 / 32));
    }
    p->block = out;
    WideAhead ahead = wide_ahead(type, p);
    for (p->t0 = 0; p->t0 < p->job->act->m; p->t0 += TOKENS) {
        int left = p->job->act->m - p->t0;
        wide_ask(&ahead);
        fns[left < TOKENS ? left - 1 : TOKENS - 1](p);
    }
}

/* A panel at a time, its columns in blocks of COLUMNS. */
static ALWAYS_INLINE void wide_panels(const KernType type, const KernMatmul *job, size_t row0,
                                    size_t row1, const WideFn fns[TOKENS]) {
    const KernLayout l = kern_layout_of(type);
    const size_t panel_bytes = kern_panel_bytes(&l, job->mat->cols);
    for (size_t row = row0; row < row1; row += 16) {
        WidePass p = {.job = job, .row = row, .col1 = job->mat->cols};
        p.panel = (const uint8_t *)job->mat->data + row / 16 * panel_bytes;
        for (; p.col0 < job->mat->cols; p.col0 = p.col1) {
            p.col1 = job->mat->cols - p.col0 < COLUMNS ? job->mat->cols : p.col0 + COLUMNS;
            wide_tokens(type, &p, fns);
        }
    }
}

/* ---- one token ------------------------------------------------------------------------------- */

/* Exact sums over a half of a block of packed integers, or over all of it. */
static ALWAYS_INLINE i32v wide_one_ints(const KernType type, const uint8_t *ints, const int8_t *q,
                                        const int half, i32v c) {
    const WideKind k = wide_kind(type);
    const int n = k.halves ? 4 : 8;
#pragma GCC unroll 8
    for (int j0 = half * n; j0 < half * n + n; j0 += k.span) {
        WideSum s = {0};
#pragma GCC unroll 8
        for (int j = j0; j < j0 + k.span; j++) {
            int32_t four;
            memcpy(&four, q + 4 * j, 4);
            s = wide_mac(s, wide_chunk(type, ints, j), four, k.is_signed);
        }
        c = wide_widen(c, s);
    }
    return c;
}

/* A block of Q6_K takes so many instructions that the processor hardly sees the next one: it asks
   for weights ahead, as avx512_pass.h says of several tokens. Other types are faster without. */
static ALWAYS_INLINE void wide_one_ask(const KernLayout l, const uint8_t *ints) {
    const size_t n_bytes = l.block_bytes + l.head_bytes / (l.unit_cols / 32u);
    if (l.bits != 6) return;
    for (size_t z = 0; z < n_bytes; z += 64) __builtin_prefetch(ints + AHEAD + z, 0, 3);
}

/* Where a token stands in a panel: a unit, and the activations that its first block meets. */
typedef struct WideOneAt {
    const uint8_t *unit;
    const int8_t *q;
    const KernActBlock *b;
} WideOneAt;

/* Block i of the unit. */
static ALWAYS_INLINE void wide_one_block(const KernType type, const WideOneAt *at, int i,
                                         f32v *f) {
    const KernLayout l = kern_layout_of(type);
    const WideKind k = wide_kind(type);
    const uint8_t *block = at->unit + l.head_bytes + (size_t)i * l.block_bytes;
    const KernActBlock *b = at->b + i;
    const int8_t *q = at->q + 32 * i;
    wide_one_ask(l, block);
#pragma GCC unroll 4
    for (int part = 0; part < PARTS; part++) {
        const uint8_t *ints = block + WIDE_BYTES * part;
        const WideScales s = wide_scales(type, at->unit, i, part * LANES);
        i32v c[2];
        c[0] = c[1] = wide_one_ints(type, ints, q, 0, wide_start(k, b, 0));
        if (k.halves) c[1] = wide_one_ints(type, ints, q, 1, wide_start(k, b, 1));
        f[part] = wide_add(k, &s, b, c, f[part]);
    }
}

/* Columns [col0, col1) of a panel. */
static ALWAYS_INLINE void wide_one_turn(const KernType type, const WidePass *p, f32v *f) {
    const KernLayout l = kern_layout_of(type);
    const KernAct *act = p->job->act;
    const int blocks = l.unit_cols / 32;
    WideOneAt at = {p->panel + p->col0 / l.unit_cols * kern_unit_bytes(&l), act->q + p->col0,
                    act->block + p->col0 / 32};
    for (size_t col = p->col0; col < p->col1; col += l.unit_cols) {
        for (int i = 0; i < blocks; i++) wide_one_block(type, &at, i, f);
        at.unit += kern_unit_bytes(&l);
        at.q += l.unit_cols;
        at.b += blocks;
    }
}

/* The only token against one panel or two. */
static ALWAYS_INLINE void wide_one(const KernType type, const int panels, const KernMatmul *job,
                                   size_t row) {
    const KernLayout l = kern_layout_of(type);
    const size_t cols = job->mat->cols, panel_bytes = kern_panel_bytes(&l, cols);
    const uint8_t *panel = (const uint8_t *)job->mat->data + row / 16 * panel_bytes;
    WidePass p = {.job = job};
    f32v f[2][PARTS] = {{{0}}};
    for (; p.col0 < cols; p.col0 = p.col1) {
        p.col1 = cols - p.col0 < TURN ? cols : p.col0 + TURN;
        p.panel = panel;
        wide_one_turn(type, &p, f[0]);
        p.panel += panel_bytes;
        if (panels == 2) wide_one_turn(type, &p, f[1]);
    }
    for (int i = 0; i < panels * PARTS; i++) {
        const size_t at = row + (size_t)(i * LANES);
        if (at >= job->mat->rows) continue;
        wide_store_n(job->y + at, f[i / PARTS][i % PARTS], job->mat->rows - at);
    }
}

typedef void (*WideOneFn)(const KernMatmul *job, size_t row);

/* One token: long panels by twos, the rest alone. */
static ALWAYS_INLINE void wide_one_rows(const KernMatmul *job, size_t row0, size_t row1,
                                        const WideOneFn fns[2]) {
    const bool twos = kern_packed_bytes(job->mat->type, 16, job->mat->cols) >= LONG_PANEL;
    for (size_t row = row0; row < row1;) {
        const bool two = twos && row + 16 < row1;
        fns[two](job, row);
        row += two ? 32 : 16;
    }
}

/* ---- float weights --------------------------------------------------------------------------- */

/* LANES float weights at any address, exact. */
static ALWAYS_INLINE f32v wide_weights(const KernType type, const uint8_t *p) {
    if (type == KERN_F32) return wide_load((const float *)(const void *)p);
    if (type == KERN_F16) return wide_load_f16((const uint16_t *)(const void *)p);
    f32v v = {0};
    for (int i = 0; i < LANES; i++) v[i] = kern_bf16_to_f32(kern_load16(p + 2 * i));
    return v;
}

static ALWAYS_INLINE void wide_put_floats(const KernMatmul *job, int t, size_t row, f32v f) {
    if (row >= job->mat->rows) return;
    wide_store_n(job->y + (size_t)t * job->ldy + row, f, job->mat->rows - row);
}

/* nt tokens against one panel; columns in order, one sum for each row and token. */
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
            wide_put_floats(job, t0 + t, panel * 16 + (size_t)(part * LANES), f[t]);
        }
    }
}

static ALWAYS_INLINE void wide_float_rows(const KernType type, const KernMatmul *job, size_t row0,
                                          size_t row1) {
    for (size_t panel = row0 / 16; panel * 16 < row1; panel++) {
        int t = 0;
        for (; t + 4 <= job->act->m; t += 4) wide_floats(type, 4, job, panel, t);
        for (; t < job->act->m; t++) wide_floats(type, 1, job, panel, t);
    }
}

/* ---- the table's functions ------------------------------------------------------------------- */

#define WIDE_FEW(type, nt)                                                                         \
    static void wide_##type##_##nt(const WidePass *p) { wide_run(type, nt, p); }
#define WIDE_ONE(type, panels)                                                                     \
    static void wide_one_##type##_##panels(const KernMatmul *job, size_t row) {                    \
        wide_one(type, panels, job, row);                                                          \
    }
#define WIDE_INTS(type)                                                                            \
    WIDE_FEW(type, 1) WIDE_FEW(type, 2) WIDE_FEW(type, 3) WIDE_FEW(type, 4)                        \
    WIDE_ONE(type, 1) WIDE_ONE(type, 2)                                                            \
    static void wide_##type(const KernMatmul *job, size_t row0, size_t row1) {                     \
        static const WideFn few[] = {wide_##type##_1, wide_##type##_2, wide_##type##_3,            \
                                     wide_##type##_4};                                             \
        static const WideOneFn one[] = {wide_one_##type##_1, wide_one_##type##_2};                 \
        if (job->act->m == 1) wide_one_rows(job, row0, row1, one);                                 \
        else wide_panels(type, job, row0, row1, few);                                              \
    }
#define WIDE_FLOATS(type)                                                                          \
    static void wide_##type(const KernMatmul *job, size_t row0, size_t row1) {                     \
        wide_float_rows(type, job, row0, row1);                                                    \
    }
WIDE_FLOATS(KERN_F32) WIDE_FLOATS(KERN_F16) WIDE_FLOATS(KERN_BF16)
WIDE_INTS(KERN_Q4_0) WIDE_INTS(KERN_Q4_1) WIDE_INTS(KERN_Q5_0) WIDE_INTS(KERN_Q5_1)
WIDE_INTS(KERN_Q8_0) WIDE_INTS(KERN_Q2_K) WIDE_INTS(KERN_Q3_K) WIDE_INTS(KERN_Q4_K)
WIDE_INTS(KERN_Q5_K) WIDE_INTS(KERN_Q6_K) WIDE_INTS(KERN_IQ4_NL) WIDE_INTS(KERN_MXFP4)

/* Kernels.matmul: rows past the matrix's end are left out. */
static void wide_matmul(const KernMatmul *job, size_t row0, size_t row1) {
    assert(job->act->cols == job->mat->cols && row0 % KERN_PANEL_ROWS == 0);
    if (row1 > job->mat->rows) row1 = job->mat->rows;
    switch (job->mat->type) {
#define WIDE_CASE(t, name, fc, fb, uc, head, block, bits, off, style)                              \
    case t: wide_##t(job, row0, row1); break;
        KERN_LAYOUTS(WIDE_CASE)
#undef WIDE_CASE
    }
}

enum { BLOCK_PARTS = 32 / LANES };

/* kern_act_top's e for one scale. */
static ALWAYS_INLINE int32_t wide_error(const f32v x[BLOCK_PARTS], float inverse) {
    i32v e = {0};
#pragma GCC unroll 8
    for (int i = 0; i < BLOCK_PARTS; i++) {
        i32v d = wide_round(x[i] * (256 * inverse)) - 256 * wide_round(x[i] * inverse);
        e += d * d;
    }
    return wide_total(e);
}

/* ref_matmul.c's rule for int8; same bytes. */
static ALWAYS_INLINE void wide_fill_block(const f32v x[BLOCK_PARTS], int8_t *q, KernActBlock *b) {
    f32v top = wide_abs(x[0]);
#pragma GCC unroll 8
    for (int i = 1; i < BLOCK_PARTS; i++) top = wide_max(top, wide_abs(x[i]));
    float amax = wide_top(top), safe = amax > 1e-30f ? amax : 1.0f;
    const int32_t e[2] = {wide_error(x, 127.0f / safe), wide_error(x, 126.0f / safe)};
    float most = kern_act_top(e), inverse = amax > 1e-30f ? most / amax : 0.0f;
    i32v r[BLOCK_PARTS], sum[2] = {{0}, {0}};
#pragma GCC unroll 8
    for (int i = 0; i < BLOCK_PARTS; i++) {
        r[i] = wide_round(x[i] * inverse);
        sum[i / (BLOCK_PARTS / 2)] += r[i];
    }
    wide_put_bytes(r, q);
    const int32_t first = wide_total(sum[0]), whole = first + wide_total(sum[1]);
    b->scale = amax > 1e-30f ? amax / most : 0.0f;
    b->minus_first = -first;
    b->minus = -whole;
    b->sum = (float)whole;
}

/* Kernels.act_fill, format I8 alone; columns past the end are zeros. */
static void wide_act_fill(const KernAct *act, int t0, int t1) {
    for (size_t k = 0; act->q && k < act->cols; k += 32) {
        for (size_t t = (size_t)t0; t < (size_t)t1; t++) {
            const size_t at = k / 32 * (size_t)act->m + t, n = act->cols - k;
            f32v x[BLOCK_PARTS];
            for (size_t i = 0; i < BLOCK_PARTS; i++) {
                x[i] = (f32v){0};
                if (LANES * i >= n) continue;
                x[i] = wide_load_n(act->x + t * act->ldx + k + LANES * i, n - LANES * i);
            }
            wide_fill_block(x, act->q + 32 * at, act->block + at);
        }
    }
}

#define WIDE_TABLE                                                                                 \
    .act_formats = ref_act_formats, .act_fill = wide_act_fill, .matmul = wide_matmul,              \
    .hadamard = kern_hadamard, .attn_rows = wide_attn_rows, .attn_text = wide_attn_text,           \
    .rmsnorm = wide_rmsnorm, .layernorm = wide_layernorm, .rope = ref_rope,                        \
    .softmax = wide_softmax, .silu_mul = wide_silu_mul, .gelu_tanh_mul = wide_gelu_tanh_mul,       \
    .gelu_erf_mul = wide_gelu_erf_mul, .add = ref_add, .add_scaled = ref_add_scaled,               \
    .mul = ref_mul, .dot = wide_dot, .tanh_cap = wide_tanh_cap, .f32_to_f16 = wide_f32_to_f16,     \
    .f16_to_f32 = wide_f16_to_f32

#endif
