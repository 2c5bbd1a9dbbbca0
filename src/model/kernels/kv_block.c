/*
 * Blocks of 64 keys or values of one head: layouts, writing, reading back.
 *
 * Keys are stored with the 64 tokens side by side and dimensions one after the other, because a
 * vector register then holds 16 keys and a score needs no sum across lanes. Values are stored
 * with dimensions side by side and tokens one after the other, for the same reason. Where a
 * product instruction takes 2 or 4 neighbours from one 32-bit lane, so many dimensions (of keys)
 * or tokens (of values) share it; the layouts are also right operands of AMX tiles as they stand.
 * Values lie in strips of 64 dimensions (a narrower last one), but for Q4 and Q6: six rows of
 * queries have registers for so many sums, and read a strip front to back before the next one.
 *
 *            keys                          values
 *   F16      [d][64]                       [d/64][64][64]
 *   BF16     [d/2][64][2]                  [d/64][64/2][64][2]
 *   Q8       [d/4][64][4] bytes            [d/64][64/4][64][4] bytes
 *   Q4       [d/8][64][4] bytes            [64/4][d/2][4] bytes
 *            high half: 4 dimensions on    high half: d/2 dimensions on
 *   Q6       4 low bits as Q4, then        4 low bits as Q4, then
 *            2: [d/16][64][4] bytes        2: [64/4][d/4][4] bytes
 *
 * Q8, Q6 and Q4 begin with float scale[64]: those of values are wanted before the values, and
 * memory likes to be read front to back.
 *
 * No byte belongs to two tokens, so that threads may write tokens side by side.
 *
 * Integers c of b bits stand for scale * (c - (2^b - 1) / 2): symmetric, with no zero; scale is the
 * largest magnitude of the vector over (2^b - 1) / 2. Before that the vector is rotated by a
 * Hadamard matrix, so that one outlier does not take the scale from all others (QuaRot, Ashkboos
 * et al. 2024): scores do not change when queries are rotated alike, and the sum of values is
 * rotated back. Q6 and Q4 want head_dim to be a multiple of 16, as everything here.
 *
 * Drawn, a block of keys in Q8 for 128 dimensions; a box is one 32-bit lane, 4 dimensions of a
 * token:
 *
 *     scale[64]            256 bytes
 *     d 0..3     [t 0][t 1][t 2] ... [t 63]     256 bytes: 4 vectors of 16 tokens
 *     d 4..7     [t 0][t 1][t 2] ... [t 63]
 *     ...        32 such lines in all           8,192 bytes
 *
 * A score is 32 times: load a line's vector, broadcast 4 bytes of the query, vpdpbusd. Token t's
 * number of dimension d is byte 256 + (d / 4 * 64 + t) * 4 + d % 4.
 */
#include "model/kernels/layout.h"

#include <assert.h>
#include <math.h>

static const char *const kv_names[KERN_KV_TYPES] = {"f16", "bf16", "q8", "q6", "q4"};
_Static_assert(KERN_KV_SCALES % KERN_ALIGN == 0, "numbers begin on a cache line");

const char *kern_kv_name(KernKv type) {
    return (unsigned)type < KERN_KV_TYPES ? kv_names[type] : "?";
}

bool kern_kv_parse(const char *name, KernKv *out) {
    for (int i = 0; i < KERN_KV_TYPES; i++) {
        if (strcmp(name, kv_names[i]) != 0) continue;
        *out = (KernKv)i;
        return true;
    }
    return false;
}

bool kern_kv_rotates(KernKv type) {
    return type >= KERN_KV_Q8;
}

static unsigned kv_bits(KernKv type) {
    static const unsigned bits[KERN_KV_TYPES] = {16, 16, 8, 6, 4};
    return bits[type];
}

size_t kern_kv_block_bytes(KernKv type, int head_dim) {
    size_t bytes = (size_t)head_dim * KERN_KV_KEYS * kv_bits(type) / 8;
    if (kern_kv_rotates(type)) bytes += KERN_KV_SCALES;
    return (bytes + KERN_ALIGN - 1) / KERN_ALIGN * KERN_ALIGN;
}

/* The first two steps, of four neighbours: written out, since neighbours that change places keep
   compilers from vectors. */
static void hadamard_fours(float *x, int n) {
    for (int i = 0; i < n; i += 4) {
        float a = x[i] + x[i + 1], b = x[i] - x[i + 1];
        float c = x[i + 2] + x[i + 3], d = x[i + 2] - x[i + 3];
        x[i] = a + c;
        x[i + 1] = b + d;
        x[i + 2] = a - c;
        x[i + 3] = b - d;
    }
}

void kern_hadamard(float *x, int n) {
    int width = n & -n;
    float by = 1.0f / sqrtf((float)width);
    assert(width >= 4);
    hadamard_fours(x, n);
    for (int half = 4; half < width; half *= 2) {
        for (int at = 0; at < n; at += 2 * half) {
            float *restrict low = x + at, *restrict high = x + at + half;
            for (int i = 0; i < half; i++) {
                float a = low[i], b = high[i];
                low[i] = a + b;
                high[i] = a - b;
            }
        }
    }
    for (int i = 0; i < n; i++) x[i] *= by;
}

/* A block seen as numbers: `side` counts across (the lanes of a register), `run` along (what
   shares a lane). Keys: tokens across, dimensions along; values the other way round. */
typedef struct KvBlock {
    KernKv type;
    bool values;
    float *scales; /* of rotated types, [64]; before the numbers */
    uint8_t *data;
    size_t width, length; /* numbers across, along */
} KvBlock;

/* Where the 4 low or the 2 high bits of a code are. */
typedef struct KvBits {
    size_t byte;
    unsigned shift;
} KvBits;

/* Keys: 4 `run` in a lane, the next 4 in the byte's other half; values: 4 `run` in a lane, the
   other half is half a vector further. per_byte: 2 or 4 numbers. */
static KvBits kv_bits_at(const KvBlock *b, size_t run, size_t side, unsigned per_byte) {
    unsigned bits = 8 / per_byte;
    if (b->values) {
        size_t part = b->width / per_byte;
        return (KvBits){(run / 4 * part + side % part) * 4 + run % 4,
                        (unsigned)(side / part) * bits};
    }
    size_t in = run % (4 * (size_t)per_byte);
    return (KvBits){(run / (4 * (size_t)per_byte) * b->width + side) * 4 + in % 4,
                    (unsigned)(in / 4) * bits};
}

/* Puts the low bits of c at their place; `base`: where the plane begins. The byte's other bits are
   other dimensions of the same token, which are written in turn. */
static void kv_set_bits(const KvBlock *b, size_t base, KvBits at, unsigned mask, unsigned c) {
    uint8_t *byte = b->data + base + at.byte;
    *byte = (uint8_t)((*byte & ~(mask << at.shift)) | (c & mask) << at.shift);
}

/* Where a number is, of which 2^pack neighbours share a lane. */
static size_t kv_number_at(const KvBlock *b, size_t run, size_t side, unsigned pack) {
    size_t strip = side / KERN_KV_STRIP * KERN_KV_STRIP, left = b->width - strip;
    size_t width = left < KERN_KV_STRIP ? left : KERN_KV_STRIP, in = run & ((1u << pack) - 1);
    return strip * b->length + (((run >> pack) * width + side % KERN_KV_STRIP) << pack) + in;
}

/* Writes the integer of number (run, side): a byte of Q8; or 4 bits, and for Q6 2 more in the plane
   behind them, which begins at n / 2 bytes. */
static void kv_set_code(const KvBlock *b, size_t run, size_t side, unsigned c) {
    size_t n = b->width * b->length;
    if (b->type == KERN_KV_Q8) {
        b->data[kv_number_at(b, run, side, 2)] = (uint8_t)c;
        return;
    }
    kv_set_bits(b, 0, kv_bits_at(b, run, side, 2), 15, c);
    if (b->type == KERN_KV_Q6) kv_set_bits(b, n / 2, kv_bits_at(b, run, side, 4), 3, c >> 4);
}

static unsigned kv_get_bits(const KvBlock *b, size_t base, KvBits at, unsigned mask) {
    return b->data[base + at.byte] >> at.shift & mask;
}

static unsigned kv_get_code(const KvBlock *b, size_t run, size_t side) {
    size_t n = b->width * b->length;
    if (b->type == KERN_KV_Q8) return b->data[kv_number_at(b, run, side, 2)];
    unsigned c = kv_get_bits(b, 0, kv_bits_at(b, run, side, 2), 15);
    if (b->type == KERN_KV_Q4) return c;
    return c | kv_get_bits(b, n / 2, kv_bits_at(b, run, side, 4), 3) << 4;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* What float16 cannot hold becomes its largest number: 0 times a masked value must be 0. */
static uint16_t kv_f16(float x) {
    return kern_f32_to_f16(fmaxf(-65504.0f, fminf(65504.0f, x)));
}

/* 16-bit numbers: one or two `run` a lane. */
static uint16_t *kv_half(const KvBlock *b, size_t run, size_t side) {
    uint16_t *halves = (uint16_t *)(void *)b->data;
    return halves + kv_number_at(b, run, side, b->type == KERN_KV_F16 ? 0 : 1);
}

/* x[n] in 16 bits, as vectors. */
static void kv_halves(KernKv type, const float *restrict x, size_t n, uint16_t *restrict out) {
    if (type == KERN_KV_BF16) {
        for (size_t i = 0; i < n; i++) out[i] = kern_f32_to_bf16(x[i]);
    } else {
        for (size_t i = 0; i < n; i++) out[i] = kv_f16(x[i]);
    }
}

/* One token's vector of 16-bit numbers, x[n], at its place. A key's numbers lie a line of 64 tokens
   apart, or two and two; a value's side by side in each strip, or every other one. Each loop has
   one step: to look every number's place up costs more than to convert it. */
static void kv_put_halves(const KvBlock *b, const float *x, size_t n, size_t at) {
    uint16_t half[KERN_HEAD_DIM_MAX];
    const size_t lane = b->type == KERN_KV_F16 ? 1 : 2; /* numbers that share one */
    assert(n % KERN_HEAD_DIM_STEP == 0 && n <= KERN_HEAD_DIM_MAX && at < KERN_KV_KEYS);
    kv_halves(b->type, x, n, half);
    for (size_t i = 0; !b->values && i < n; i += lane) {
        memcpy(kv_half(b, i, at), half + i, lane * sizeof *half);
    }
    for (size_t i = 0; b->values && i < n; i += KERN_KV_STRIP) {
        uint16_t *to = kv_half(b, at, i);
        const size_t width = n - i < KERN_KV_STRIP ? n - i : KERN_KV_STRIP;
        for (size_t j = 0; j < width; j++) to[j * lane] = half[i + j];
    }
}

/* The largest magnitude; what is no number counts for nothing. n is a multiple of 16. */
static float kv_top(const float *x, size_t n) {
    float most[16] = {0};
    for (size_t i = 0; i < n; i += 16) {
        for (size_t j = 0; j < 16; j++) {
            float a = fabsf(x[i + j]);
            most[j] = a > most[j] ? a : most[j];
        }
    }
    for (size_t j = 1; j < 16; j++) most[0] = most[j] > most[0] ? most[j] : most[0];
    return most[0];
}

/* One token's vector x[n] as integers: rotated, then the largest magnitude becomes (2^b - 1) / 2
   steps. c + mid + 0.5 is never negative for a finite y, so that a cast rounds; NaN compares false
   and becomes 0. */
static void kv_put_codes(const KvBlock *b, const float *x, size_t n, size_t at) {
    float y[KERN_HEAD_DIM_MAX];
    uint8_t codes[KERN_HEAD_DIM_MAX];
    const float mid = (float)((1u << kv_bits(b->type)) - 1u) * 0.5f;
    memcpy(y, x, n * sizeof *y);
    kern_hadamard(y, (int)n);
    float top = kv_top(y, n), by = top > 0 ? mid / top : 0;
    b->scales[at] = top / mid;
    for (size_t i = 0; i < n; i++) {
        float c = y[i] * by + mid + 0.5f;
        c = c > 0 ? c : 0;
        c = c < 2 * mid ? c : 2 * mid;
        codes[i] = (uint8_t)(int32_t)c;
    }
    for (size_t i = 0; i < n; i++) {
        kv_set_code(b, b->values ? at : i, b->values ? i : at, codes[i]);
    }
}

static KvBlock kv_block(KernKv type, int head_dim, const void *at, bool values) {
    assert(head_dim % KERN_HEAD_DIM_STEP == 0 && head_dim <= KERN_HEAD_DIM_MAX);
    size_t d = (size_t)head_dim, n = KERN_KV_KEYS;
    float *scales = (float *)(uintptr_t)at;
    uint8_t *data = (uint8_t *)(uintptr_t)at;
    if (kern_kv_rotates(type)) data += KERN_KV_SCALES;
    return (KvBlock){type, values, scales, data, values ? d : n, values ? n : d};
}

static void kv_put(const KvBlock *b, const float *x, const KernKvPlace *p) {
    if (kern_kv_rotates(p->type)) {
        kv_put_codes(b, x, (size_t)p->head_dim, (size_t)p->at);
    } else {
        kv_put_halves(b, x, (size_t)p->head_dim, (size_t)p->at);
    }
}

void kern_kv_put(const KernKvPlace *p, const float *key, const float *value) {
    KvBlock k = kv_block(p->type, p->head_dim, p->k, false);
    KvBlock v = kv_block(p->type, p->head_dim, p->v, true);
    kv_put(&k, key, p);
    kv_put(&v, value, p);
}

/* ---- reading back ---------------------------------------------------------------------------- */

/* The float of number (run, side): the reference for every fast reader of blocks. */
static float kv_get(const KvBlock *b, size_t run, size_t side) {
    const float mid = (float)((1u << kv_bits(b->type)) - 1u) * 0.5f;
    if (b->type == KERN_KV_F16) return kern_f16_to_f32(*kv_half(b, run, side));
    if (b->type == KERN_KV_BF16) return kern_bf16_to_f32(*kv_half(b, run, side));
    return b->scales[b->values ? run : side] * ((float)kv_get_code(b, run, side) - mid);
}

/* [length][width] floats. */
static void kv_read(const KvBlock *b, float *out) {
    for (size_t run = 0; run < b->length; run++) {
        for (size_t side = 0; side < b->width; side++, out++) *out = kv_get(b, run, side);
    }
}

void kern_kv_keys(KernKv type, int head_dim, const void *block, float *out) {
    KvBlock b = kv_block(type, head_dim, block, false);
    kv_read(&b, out);
}

void kern_kv_values(KernKv type, int head_dim, const void *block, float *out) {
    KvBlock b = kv_block(type, head_dim, block, true);
    kv_read(&b, out);
}
