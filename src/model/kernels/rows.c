/*
 * Rows of GGUF matrices: sizes, and exact values.
 *
 * A GGUF row is a sequence of blocks. All numbers are little endian, d and m are float16:
 *
 *   Q4_0  d, 16 bytes: nibble low of byte j is column j, high is column j+16; d*(q-8)
 *   Q4_1  d, m, 16 bytes as Q4_0; d*q + m
 *   Q5_0  d, 32 high bits, 16 bytes; d*(q-16).      Q5_1  d, m, 32 high bits, 16 bytes; d*q + m
 *   Q8_0  d, 32 signed bytes
 *   IQ4_NL d, 16 bytes as Q4_0 through a code book.  MXFP4  exponent byte, 16 bytes, code book
 *   Q2_K  16 bytes (scale | min<<4 per 16 columns), 64 bytes of 2 bits, d, dmin
 *   Q3_K  32 bytes of high bits (0 means -4), 64 bytes of 2 bits, 12 bytes of 6-bit scales, d
 *   Q4_K  d, dmin, 12 bytes of 6-bit scales and minima per 32 columns, 128 bytes of nibbles
 *   Q5_K  as Q4_K with 32 bytes of high bits before the nibbles
 *   Q6_K  128 bytes of low nibbles, 64 bytes of 2 high bits, 16 signed scales per 16 columns, d
 *
 * Everything is read through a decoder of integers (kern_file_block), which the packer shares, so
 * that "dequantise the file" and "dequantise what was packed" can only differ if packing is wrong.
 *
 * Limits: cols up to KERN_COLS_MAX. Hostile bytes give odd values but never undefined behaviour.
 * Source: see layout.h.
 *
 * Worked example, a block of Q4_0 (18 bytes): d = 0x3000 is 0.125 in float16; byte 2 is 0x9f. Its
 * low nibble 15 is column 0: 0.125 * (15 - 8) = 0.875; its high nibble 9 is column 16: 0.125.
 */
#include "model/kernels/filerow.h"

#include <assert.h>

const int8_t kern_code_iq4nl[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                    1,    13,   25,  38,  53,  69,  89,  113};
const int8_t kern_code_mxfp4[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

static const KernLayout layouts[] = {
#define LAYOUT_ROW(t, name, fc, fb, uc, head, block, bits, off, style)                             \
    [t] = {name, fc, fb, uc, head, block, bits, off, style},
    KERN_LAYOUTS(LAYOUT_ROW)
#undef LAYOUT_ROW
};

const KernLayout *kern_layout(KernType type) {
    unsigned t = (unsigned)type;
    return t < ARRAY_LEN(layouts) && layouts[t].name ? &layouts[t] : NULL;
}

_Static_assert(ARRAY_LEN(layouts) == KERN_MXFP4 + 1, "the last type");

/* A block has 32 columns x 16 rows of so many bits; heads are read by vectors of 16 rows. */
#define LAYOUT_CHECK(t, name, fc, fb, uc, head, block, bits, off, style)                           \
    _Static_assert((block) == 32 * 16 * (bits) / 8 && (uc) % 32 == 0 && (head) % 16 == 0, name);   \
    _Static_assert((fc) == 1 || (fc) == (uc), name);
KERN_LAYOUTS(LAYOUT_CHECK)
#undef LAYOUT_CHECK

bool kern_type_known(uint32_t type) { return kern_layout((KernType)type) != NULL; }

const char *kern_type_name(KernType type) {
    const KernLayout *l = kern_layout(type);
    return l ? l->name : "?";
}

size_t kern_type_block_cols(KernType type) {
    const KernLayout *l = kern_layout(type);
    return l ? l->file_cols : 0;
}

size_t kern_row_bytes(KernType type, size_t cols) {
    const KernLayout *l = kern_layout(type);
    if (!l || cols == 0 || cols > KERN_COLS_MAX || cols % l->file_cols) return 0;
    return cols / l->file_cols * l->file_bytes;
}

/* ---- integers and scales of one block -------------------------------------------------------- */

/* Nibbles of 16 bytes: columns 0..15 low, 16..31 high. */
static void nibbles16(const uint8_t *q, uint8_t *u) {
    for (unsigned j = 0; j < 16; j++) {
        u[j] = q[j] & 15u;
        u[j + 16] = q[j] >> 4;
    }
}

/* The same with a fifth bit each from a 32-bit word. */
static void nibbles32(const uint8_t *q, uint32_t high, uint8_t *u) {
    nibbles16(q, u);
    for (unsigned j = 0; j < 32; j++) u[j] |= (uint8_t)((high >> j & 1u) << 4);
}

static uint32_t load32(const uint8_t *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void block_small(KernType type, const uint8_t *b, KernFileBlock *out) {
    out->d = kern_load16(b);
    out->m = 0;
    switch (type) {
    case KERN_Q4_1: out->m = kern_load16(b + 2); nibbles16(b + 4, out->u); break;
    case KERN_Q5_0: nibbles32(b + 6, load32(b + 2), out->u); break;
    case KERN_Q5_1:
        out->m = kern_load16(b + 2);
        nibbles32(b + 8, load32(b + 4), out->u);
        break;
    case KERN_Q8_0:
        for (unsigned j = 0; j < 32; j++) out->u[j] = (uint8_t)(b[2 + j] ^ 0x80u);
        break;
    case KERN_MXFP4: out->d = b[0]; nibbles16(b + 1, out->u); break;
    default: nibbles16(b + 2, out->u); break; /* Q4_0, IQ4_NL */
    }
}

/* 6-bit scales and minima of Q4_K and Q5_K: 12 bytes for 8 pairs. */
static void scales_k4(const uint8_t *p, KernFileBlock *out) {
    for (unsigned j = 0; j < 8; j++) {
        unsigned lo = j & 3u;
        unsigned sc = j < 4 ? p[j] & 63u : (p[8 + lo] & 15u) | (unsigned)(p[lo] >> 6) << 4;
        unsigned mn = j < 4 ? p[j + 4] & 63u
                            : (unsigned)(p[8 + lo] >> 4) | (unsigned)(p[4 + lo] >> 6) << 4;
        out->sc[2 * j] = out->sc[2 * j + 1] = (int8_t)sc;
        out->mn[2 * j] = out->mn[2 * j + 1] = (uint8_t)mn;
    }
}

/* 6-bit signed scales of Q3_K: 12 bytes for 16. */
static void scales_k3(const uint8_t *p, KernFileBlock *out) {
    for (unsigned j = 0; j < 16; j++) {
        unsigned low = j < 8 ? p[j] & 15u : p[j - 8] >> 4;
        unsigned high = p[8 + (j & 3u)] >> (2 * (j >> 2)) & 3u;
        out->sc[j] = (int8_t)((int)(low | high << 4) - 32);
    }
}

/* Two-bit fields of 64 bytes, as Q2_K and Q3_K keep them: halves of 128 columns, 4 shifts of 32. */
static unsigned two_bits(const uint8_t *q, unsigned col) {
    return q[32 * (col >> 7) + (col & 31u)] >> (2 * ((col >> 5) & 3u)) & 3u;
}

static void block_q2k_q3k(KernType type, const uint8_t *b, KernFileBlock *out) {
    if (type == KERN_Q2_K) {
        out->d = kern_load16(b + 80);
        out->m = kern_load16(b + 82);
        for (unsigned j = 0; j < 16; j++) {
            out->sc[j] = (int8_t)(b[j] & 15u);
            out->mn[j] = b[j] >> 4;
        }
        for (unsigned c = 0; c < 256; c++) out->u[c] = (uint8_t)two_bits(b + 16, c);
        return;
    }
    out->d = kern_load16(b + 108);
    scales_k3(b + 96, out);
    for (unsigned c = 0; c < 256; c++) {
        unsigned high = b[c & 31u] >> (c >> 5) & 1u;
        out->u[c] = (uint8_t)(two_bits(b + 32, c) | high << 2);
    }
}

static void block_q4k_q5k(KernType type, const uint8_t *b, KernFileBlock *out) {
    const uint8_t *high = type == KERN_Q5_K ? b + 16 : NULL, *q = b + (high ? 48 : 16);
    out->d = kern_load16(b);
    out->m = kern_load16(b + 2);
    scales_k4(b + 4, out);
    for (unsigned part = 0; part < 4; part++, q += 32) {
        uint8_t *u = out->u + 64 * part;
        for (unsigned j = 0; j < 32; j++) {
            u[j] = q[j] & 15u;
            u[j + 32] = q[j] >> 4;
        }
        for (unsigned j = 0; high && j < 32; j++) {
            u[j] |= (uint8_t)((high[j] >> (2 * part) & 1u) << 4);
            u[j + 32] |= (uint8_t)((high[j] >> (2 * part + 1) & 1u) << 4);
        }
    }
}

static void block_q6k(const uint8_t *b, KernFileBlock *out) {
    out->d = kern_load16(b + 208);
    memcpy(out->sc, b + 192, 16);
    for (unsigned half = 0; half < 2; half++) {
        const uint8_t *low = b + 64 * half, *top = b + 128 + 32 * half;
        uint8_t *u = out->u + 128 * half;
        for (unsigned j = 0; j < 32; j++) {
            u[j] = (uint8_t)((low[j] & 15u) | (top[j] & 3u) << 4);
            u[j + 32] = (uint8_t)((low[j + 32] & 15u) | (top[j] >> 2 & 3u) << 4);
            u[j + 64] = (uint8_t)(low[j] >> 4 | (top[j] >> 4 & 3u) << 4);
            u[j + 96] = (uint8_t)(low[j + 32] >> 4 | (top[j] >> 6) << 4);
        }
    }
}

void kern_file_block(KernType type, const uint8_t *b, KernFileBlock *out) {
    switch (type) {
    case KERN_Q2_K:
    case KERN_Q3_K: block_q2k_q3k(type, b, out); break;
    case KERN_Q4_K:
    case KERN_Q5_K: block_q4k_q5k(type, b, out); break;
    case KERN_Q6_K: block_q6k(b, out); break;
    default: block_small(type, b, out); break;
    }
}

/* ---- values ---------------------------------------------------------------------------------- */

static void dequant_float(KernType type, const uint8_t *p, size_t n, float *out) {
    if (type == KERN_F32) {
        memcpy(out, p, n * sizeof *out);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint16_t h = kern_load16(p + 2 * i);
        out[i] = type == KERN_F16 ? kern_f16_to_f32(h) : kern_bf16_to_f32(h);
    }
}

static void dequant_small(const KernLayout *l, KernType type, const KernFileBlock *b, float *out) {
    float d = type == KERN_MXFP4 ? kern_e8m0_half((uint8_t)b->d) : kern_f16_to_f32(b->d);
    float m = l->style == STYLE_DM ? kern_f16_to_f32(b->m) : 0; /* others have none */
    const int8_t *code = type == KERN_MXFP4 ? kern_code_mxfp4 : kern_code_iq4nl;
    for (unsigned k = 0; k < 32; k++) {
        int u = b->u[k];
        if (l->style == STYLE_CODE) out[k] = d * (float)code[u];
        else if (l->style == STYLE_DM) out[k] = d * (float)u + m;
        else out[k] = d * (float)(u - l->off);
    }
}

static void dequant_k(const KernLayout *l, const KernFileBlock *b, float *out) {
    bool has_min = l->style != STYLE_K16;
    float d = kern_f16_to_f32(b->d), dmin = has_min ? kern_f16_to_f32(b->m) : 0;
    for (unsigned k = 0; k < 256; k++) {
        float scale = d * (float)b->sc[k / 16];
        float shift = has_min ? dmin * (float)b->mn[k / 16] : 0.0f;
        out[k] = scale * (float)(b->u[k] - l->off) - shift;
    }
}

void kern_block_values(KernType type, const KernFileBlock *b, float *out) {
    const KernLayout *l = kern_layout(type);
    if (l->file_cols == 32) dequant_small(l, type, b, out);
    else dequant_k(l, b, out);
}

void kern_dequant_row(KernType type, const void *gguf_row, size_t n, float *out) {
    const KernLayout *l = kern_layout(type);
    const uint8_t *p = gguf_row;
    if (!l) return;
    if (l->style == STYLE_FLOAT) {
        dequant_float(type, p, n, out);
        return;
    }
    KernFileBlock block;
    assert(n % l->file_cols == 0); /* whole blocks; a rest would be left as it is */
    for (size_t c = 0; c + l->file_cols <= n; c += l->file_cols, p += l->file_bytes) {
        kern_file_block(type, p, &block);
        kern_block_values(type, &block, out + c);
    }
}
