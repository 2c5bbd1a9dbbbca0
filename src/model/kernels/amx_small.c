/*
 * Matrix product for five to sixteen tokens with AMX int8 tiles: verifying drafts, several users
 * at once, the few new tokens of a turn. Weights stay integers, so nothing is dequantised.
 *
 * A packed block of 32 columns x 16 rows, unpacked, is a right operand as it stands: chunk c is
 * tile row c, four columns of one row in a lane. Left operand: the tokens' 32 activations, one
 * token a tile row, straight from the int8 planes of KernAct (16-bit activations: a product for
 * the high bytes and one for the low ones). The unit gives exact 32-bit sums [token][row], which
 * are scaled per token, in 16 lanes of rows, as v512_add_block says.
 *
 * With 16-column scales a block is two products of half the depth. Offsets are taken off the
 * weights before (they are signed here), so no sums of activations are needed for them.
 *
 * Tokens are padded to 8 or 16 so that accumulators live in registers; padding repeats the last
 * token and is not stored. Buffers for operands and sums rotate, so that the tile unit works on
 * one block while the vector unit scales the sums of another.
 *
 * Results are equal bit for bit to those of amx_few.c.
 */
#include <assert.h>

#include "model/kernels/amx.h"
#include "model/kernels/avx512_matmul.h"

enum { BATCH = 2, SLOTS = 2 * BATCH, SUMS = 256 };

_Static_assert(SLOTS * (512 + 4 * SUMS * (int)sizeof(int32_t)) <= KERN_MATMUL_SCRATCH, "scratch");

/* What is known at compile time. */
typedef struct Kind {
    KernType type;
    int tokens; /* 8 or 16 */
} Kind;

typedef struct Small {
    const KernMatmul *job;
    uint8_t *b; /* [SLOTS][512] right operands */
    int32_t *c; /* [SLOTS][4][16][16] sums: high, low, and of the second half */
    int last;   /* token */
} Small;

/* Tiles 0..3 sums, 4 and 5 tokens, 6 weights. */
static void configure(int tokens, bool halves) {
    _Alignas(64) AmxConfig config = {.palette = 1};
    for (int i = 0; i < 7; i++) {
        config.rows[i] = (uint8_t)tokens;
        config.row_bytes[i] = 64;
    }
    config.row_bytes[4] = config.row_bytes[5] = halves ? 16 : 32;
    config.rows[6] = halves ? 4 : 8;
    AMX_BARRIER();
    _tile_loadconfig(&config);
    AMX_BARRIER();
}

/* Sums of block i for all tokens into slot. */
static ALWAYS_INLINE void products(const bool halves, const Small *s, size_t i, int slot) {
    const uint8_t *b = s->b + 512 * slot;
    const int8_t *a = s->job->act->q + 32 * i * (size_t)s->job->act->m;
    const size_t stride = 32, low = s->job->act->plane;
    int32_t *c = s->c + 4 * SUMS * slot;
    AMX_BARRIER();
    _tile_zero(0);
    _tile_zero(1);
    _tile_loadd(4, a, stride);
    _tile_loadd(5, a + low, stride);
    _tile_loadd(6, b, 64);
    _tile_dpbssd(0, 4, 6);
    _tile_dpbssd(1, 5, 6);
    if (halves) {
        _tile_zero(2);
        _tile_zero(3);
        _tile_loadd(4, a + 16, stride);
        _tile_loadd(5, a + 16 + low, stride);
        _tile_loadd(6, b + 256, 64);
        _tile_dpbssd(2, 4, 6);
        _tile_dpbssd(3, 5, 6);
        _tile_stored(2, c + 2 * SUMS, 64);
        _tile_stored(3, c + 3 * SUMS, 64);
    }
    _tile_stored(0, c, 64);
    _tile_stored(1, c + SUMS, 64);
    AMX_BARRIER();
}

/* Both planes of a token's 16 sums as one: exact in 32 bits. */
static ALWAYS_INLINE __m512i sums(const int32_t *c) {
    __m512i high = _mm512_slli_epi32(_mm512_load_si512(c), 8);
    return _mm512_add_epi32(high, _mm512_load_si512(c + SUMS));
}

/* Unpacks block k of a unit into slot, signed. */
static ALWAYS_INLINE void put_weights(const KernType type, const uint8_t *ints, uint8_t *out) {
    const __m512i off = _mm512_set1_epi8((char)v512_off(type));
    __m512i w[8];
    v512_unpack(type, ints, w);
#pragma GCC unroll 8
    for (int c = 0; c < 8; c++) {
        if (v512_off(type)) w[c] = _mm512_sub_epi8(w[c], off);
        _mm512_store_si512(out + 64 * c, w[c]);
    }
}

/* Where block i of the panel lies. */
typedef struct Place {
    const uint8_t *unit, *ints;
    int k; /* block of the unit */
} Place;

static ALWAYS_INLINE Place place_of(const KernType type, const uint8_t *panel, size_t i) {
    const KernLayout l = kern_layout_of(type);
    const size_t blocks = l.unit_cols / 32;
    const uint8_t *unit = panel + i / blocks * kern_unit_bytes(&l);
    return (Place){unit, unit + l.head_bytes + i % blocks * l.block_bytes, (int)(i % blocks)};
}

/* The order of v512_add_block for every token. A padded token takes the last one's scales, and
   nobody reads its sums. */
static ALWAYS_INLINE void scale_block(const Kind kind, const Small *s, const uint8_t *panel,
                                      size_t i, __m512 *f) {
    const Place at = place_of(kind.type, panel, i);
    const Scales512 sc = v512_scales(kind.type, at.unit, at.k);
    const int32_t *c = s->c + 4 * SUMS * (i % SLOTS);
    const KernActBlock *b = s->job->act->block + i * (size_t)s->job->act->m;
    const bool halves = v512_has_halves(kind.type);
#pragma GCC unroll 16
    for (int t = 0; t < kind.tokens; t++, c += 16) {
        __m512i both[2] = {sums(c), halves ? sums(c + 2 * SUMS) : _mm512_setzero_si512()};
        f[t] = v512_add_block(v512_family(kind.type), &sc, both, b + (t < s->last ? t : s->last),
                                f[t]);
    }
}

/* Three stages, each BATCH blocks behind the one before. */
static ALWAYS_INLINE void panel_small(const Kind kind, const Small *s, const uint8_t *p,
                                      __m512 *f) {
    const size_t n = s->job->mat->cols / 32, line = kern_layout_of(kind.type).block_bytes + 64u;
    for (size_t i = 0; i < n + 2 * BATCH; i += BATCH) {
        for (size_t j = i; j < i + BATCH && j < n; j++) {
            const Place at = place_of(kind.type, p, j);
            for (size_t z = 0; z < line; z += 64) {
                _mm_prefetch((const char *)at.ints + 3072 + z, _MM_HINT_T0);
            }
            put_weights(kind.type, at.ints, s->b + 512 * (j % SLOTS));
        }
        for (size_t j = i - BATCH; i >= BATCH && j < i && j < n; j++) {
            products(v512_has_halves(kind.type), s, j, (int)(j % SLOTS));
        }
        for (size_t j = i - 2 * BATCH; i >= 2 * BATCH && j < i - BATCH && j < n; j++) {
            scale_block(kind, s, p, j, f);
        }
    }
}

/* All panels, each with its own sums f [tokens] from first column to last. */
static ALWAYS_INLINE void rows_small(const Kind kind, const Small *s, V512Rows rows) {
    const KernLayout l = kern_layout_of(kind.type);
    const KernMatmul *job = s->job;
    const size_t panel_bytes = kern_panel_bytes(&l, job->mat->cols);
    for (size_t row = rows.from; row < rows.to; row += 16) {
        __m512 f[16];
        for (int t = 0; t < kind.tokens; t++) f[t] = _mm512_setzero_ps();
        panel_small(kind, s, (const uint8_t *)job->mat->data + row / 16 * panel_bytes, f);
        for (int t = 0; t < kind.tokens; t++) {
            if (t < job->act->m) v512_store_rows(job, t, row, f[t]);
        }
    }
}

#define SMALL_FN(type)                                                                             \
    static void small_##type(const Small *s, V512Rows rows) {                                      \
        const Kind eight = {type, 8}, sixteen = {type, 16};                                        \
        if (s->job->act->m <= 8) rows_small(eight, s, rows);                                       \
        else rows_small(sixteen, s, rows);                                                         \
    }
V512_INT_TYPES(SMALL_FN)

typedef void (*SmallFn)(const Small *s, V512Rows rows);
#define SMALL_ROW(type) [type] = small_##type,
static const SmallFn small_fns[KERN_MXFP4 + 1] = {V512_INT_TYPES(SMALL_ROW)};

void amx_matmul_small(const KernMatmul *job, V512Rows rows) {
    const KernAct *act = job->act;
    const KernType type = job->mat->type;
    const bool halves = v512_has_halves(type);
    assert(act->m <= 16 && act->formats & KERN_ACT_I16 && type < (int)ARRAY_LEN(small_fns));
    Small s = {.job = job, .b = job->scratch, .last = act->m - 1};
    s.c = (int32_t *)(void *)(s.b + SLOTS * 512);
    memset(s.c, 0, SLOTS * 4 * SUMS * sizeof *s.c);
    configure(act->m, halves);
    small_fns[type](&s, rows);
    amx_end();
}
