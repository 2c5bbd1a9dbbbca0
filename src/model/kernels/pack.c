/*
 * Packing GGUF matrices into panels, and looking one row up again.
 *
 * The layout is described in layout.h, its reasons in doc/decisions/0002-packed-layout.md. Packing
 * re-arranges bits and nothing else: integers and raw scales move, no value is rounded, so that
 * kern_unpack_row gives what kern_dequant_row gave. The only growth over the file is Q4_K and Q5_K
 * (6-bit scales become bytes: 2.8 and 2.3 %), Q3_K (3.6 %), and zero rows up to the next 16.
 *
 * A panel is written from its 16 rows at once, column block by column block, so that reading stays
 * within 16 streams and writing is one stream.
 *
 * Invariant: put_block and kern_block_get are inverse; the unit tests walk all bits.
 */
#include "model/kernels/filerow.h"

#include <assert.h>

#include "base/mem.h"

size_t kern_packed_bytes(KernType type, size_t rows, size_t cols) {
    const KernLayout *l = kern_layout(type);
    size_t total;
    if (kern_row_bytes(type, cols) == 0 || rows == 0 || rows > SIZE_MAX - 15) return 0;
    if (!size_mul((rows + 15) / 16, kern_panel_bytes(l, cols), &total)) return 0;
    return total;
}

unsigned kern_block_get(unsigned bits, const uint8_t *block, unsigned row, unsigned k) {
    unsigned c = k >> 2, lane = 4 * row + (k & 3u);
    if (bits == 8) return block[64 * c + lane];
    if (bits < 4) {
        unsigned u = block[64 * (c & 1u) + lane] >> (2 * (c >> 1)) & 3u;
        return bits == 3 ? u | (block[128 + lane] >> c & 1u) << 2 : u;
    }
    unsigned u = block[64 * (c & 3u) + lane] >> (c & 4u) & 15u;
    if (bits == 5) u |= (block[256 + lane] >> c & 1u) << 4;
    if (bits == 6) u |= (block[256 + 64 * (c & 1u) + lane] >> (2 * (c >> 1)) & 3u) << 4;
    return u;
}

static void put_head(const KernLayout *l, const KernFileBlock *b, unsigned row, uint8_t *unit) {
    if (l->head_bytes == 16) { /* MXFP4 */
        unit[row] = (uint8_t)b->d;
        return;
    }
    memcpy(unit + 2 * row, &b->d, 2);
    if (l->style == STYLE_DM || l->style == STYLE_K || l->style == STYLE_K16M) {
        memcpy(unit + 32 + 2 * row, &b->m, 2);
    }
    for (unsigned s = 0; s < 16; s++) { /* one per 16 columns */
        if (l->style == STYLE_K16) unit[32 + 16 * s + row] = (uint8_t)b->sc[s];
        if (l->style == STYLE_K16M) {
            unit[64 + 16 * s + row] = (uint8_t)((unsigned)b->sc[s] | (unsigned)b->mn[s] << 4);
        }
        if (l->style == STYLE_K) unit[64 + 16 * s + row] = s & 1u ? b->mn[s] : (uint8_t)b->sc[s];
    }
}

/* Integers of 16 rows x 32 columns as they are handed to a block: chunk c, byte 4*row + k%4. */
typedef struct Chunks {
    uint8_t c[8][64];
} Chunks;

/* to |= (from & mask) << left, 64 bytes. */
static void or_bits(uint8_t *to, const uint8_t *from, unsigned mask, unsigned left) {
    for (unsigned i = 0; i < 64; i++) to[i] |= (uint8_t)((from[i] & mask) << left);
}

static void or_high(uint8_t *to, const uint8_t *from, unsigned right, unsigned left) {
    for (unsigned i = 0; i < 64; i++) to[i] |= (uint8_t)((unsigned)(from[i] >> right) << left);
}

/* All planes of one block; the block must have been zeroed. */
static void put_block(unsigned bits, const Chunks *u, uint8_t *block) {
    for (unsigned c = 0; c < 8; c++) {
        const uint8_t *from = u->c[c];
        if (bits == 8) memcpy(block + 64 * c, from, 64);
        if (bits < 4) or_bits(block + 64 * (c & 1u), from, 3, 2 * (c >> 1));
        if (bits == 3) or_high(block + 128, from, 2, c);
        if (bits >= 4 && bits < 8) or_bits(block + 64 * (c & 3u), from, 15, c & 4u);
        if (bits == 5) or_high(block + 256, from, 4, c);
        if (bits == 6) or_high(block + 256 + 64 * (c & 1u), from, 4, 2 * (c >> 1));
    }
}

typedef uint32_t Four __attribute__((vector_size(16))); /* 4 x 4 columns of one row */

/* 4 rows x 16 columns -> 4 chunks x 4 rows. By registers: small stores that are read back as wide
   ones would stall the store buffer. */
static ALWAYS_INLINE void transpose4(const Four r[4], uint8_t *out) {
    Four a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
    Four b = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
    Four c = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
    Four d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
    Four chunk[4] = {__builtin_shufflevector(a, b, 0, 1, 4, 5),
                     __builtin_shufflevector(a, b, 2, 3, 6, 7),
                     __builtin_shufflevector(c, d, 0, 1, 4, 5),
                     __builtin_shufflevector(c, d, 2, 3, 6, 7)};
    for (unsigned i = 0; i < 4; i++) memcpy(out + 64 * i, &chunk[i], 16);
}

/* Columns [k, k + 32) of 16 decoded rows as chunks. */
static void gather_chunks(const KernFileBlock *rows, unsigned k, Chunks *out) {
    for (unsigned r = 0; r < 16; r += 4) {
        for (unsigned half = 0; half < 2; half++) {
            Four four[4];
            for (unsigned i = 0; i < 4; i++) memcpy(&four[i], rows[r + i].u + k + 16 * half, 16);
            transpose4(four, out->c[4 * half] + 4 * r);
        }
    }
}

static void pack_floats(const KernMat *mat, const uint8_t *src, size_t n_rows, uint8_t *panel) {
    const KernLayout *l = kern_layout(mat->type);
    size_t size = l->bits / 8u, row_bytes = mat->cols * size;
    for (size_t row = 0; row < n_rows; row++) {
        for (size_t k = 0; k < mat->cols; k++) {
            memcpy(panel + (k * 16 + row) * size, src + row * row_bytes + k * size, size);
        }
    }
}

static void pack_ints(const KernMat *mat, const uint8_t *src, size_t n_rows, uint8_t *panel) {
    const KernLayout *l = kern_layout(mat->type);
    size_t row_bytes = kern_row_bytes(mat->type, mat->cols), n_units = mat->cols / l->unit_cols;
    KernFileBlock rows[16];
    Chunks chunks;
    memset(rows, 0, sizeof rows); /* rows past the end stay zero, scales too */
    for (size_t i = 0; i < n_units; i++, panel += kern_unit_bytes(l)) {
        for (unsigned row = 0; row < n_rows; row++) {
            kern_file_block(mat->type, src + row * row_bytes + i * l->file_bytes, &rows[row]);
            put_head(l, &rows[row], row, panel);
        }
        for (unsigned k = 0; k < l->unit_cols; k += 32) {
            gather_chunks(rows, k, &chunks);
            put_block(l->bits, &chunks, panel + l->head_bytes + (size_t)l->block_bytes * (k / 32));
        }
    }
}

void kern_pack(const KernMat *mat, const void *gguf_data, size_t row0, size_t row1) {
    const KernLayout *l = kern_layout(mat->type);
    if (!l) return;
    assert(row0 % KERN_PANEL_ROWS == 0 && (row1 % KERN_PANEL_ROWS == 0 || row1 >= mat->rows));
    size_t panel_bytes = kern_panel_bytes(l, mat->cols);
    size_t row_bytes = kern_row_bytes(mat->type, mat->cols);
    uint8_t *base = (uint8_t *)(uintptr_t)mat->data; /* documented: written through the cast */
    if (row1 > mat->rows) row1 = mat->rows;
    for (size_t row = row0; row < row1; row += 16) {
        uint8_t *panel = base + row / 16 * panel_bytes;
        const uint8_t *src = (const uint8_t *)gguf_data + row * row_bytes;
        size_t n_rows = row1 - row < 16 ? row1 - row : 16;
        assert(n_rows == 16 || row1 == mat->rows); /* a short panel is the last one */
        memset(panel, 0, panel_bytes);
        if (l->style == STYLE_FLOAT) pack_floats(mat, src, n_rows, panel);
        else pack_ints(mat, src, n_rows, panel);
    }
}

/* ---- one row back ---------------------------------------------------------------------------- */

/* What put_head wrote, for one row. */
static void get_head(const KernLayout *l, const uint8_t *unit, unsigned row, KernFileBlock *b) {
    memset(b, 0, sizeof *b);
    b->d = l->head_bytes == 16 ? unit[row] : kern_load16(unit + 2 * row);
    if (l->style == STYLE_DM || l->style == STYLE_K || l->style == STYLE_K16M) {
        b->m = kern_load16(unit + 32 + 2 * row);
    }
    for (unsigned s = 0; s < 16; s++) {
        if (l->style == STYLE_K16) b->sc[s] = (int8_t)unit[32 + 16 * s + row];
        if (l->style == STYLE_K16M) {
            b->sc[s] = (int8_t)(unit[64 + 16 * s + row] & 15u);
            b->mn[s] = unit[64 + 16 * s + row] >> 4;
        }
        if (l->style == STYLE_K) {
            b->sc[s] = (int8_t)unit[64 + 32 * (s / 2) + row];
            b->mn[s] = unit[64 + 32 * (s / 2) + 16 + row];
        }
    }
}

static void unpack_floats(const KernMat *mat, const uint8_t *panel, unsigned row, float *out) {
    for (size_t k = 0; k < mat->cols; k++) {
        const uint8_t *p = panel + (k * 16 + row) * (mat->type == KERN_F32 ? 4u : 2u);
        kern_dequant_row(mat->type, p, 1, out + k);
    }
}

void kern_unpack_row(const KernMat *mat, size_t row, float *out) {
    const KernLayout *l = kern_layout(mat->type);
    if (!l || row >= mat->rows) return;
    const uint8_t *unit = (const uint8_t *)mat->data + row / 16 * kern_panel_bytes(l, mat->cols);
    unsigned lane = (unsigned)(row % 16);
    if (l->style == STYLE_FLOAT) {
        unpack_floats(mat, unit, lane, out);
        return;
    }
    KernFileBlock b;
    assert(mat->cols % l->unit_cols == 0);
    for (size_t c = 0; c < mat->cols; c += l->unit_cols, unit += kern_unit_bytes(l)) {
        get_head(l, unit, lane, &b);
        for (unsigned k = 0; k < l->unit_cols; k++) {
            const uint8_t *block = unit + l->head_bytes + (size_t)l->block_bytes * (k / 32);
            b.u[k] = (uint8_t)kern_block_get(l->bits, block, lane, k & 31u);
        }
        kern_block_values(mat->type, &b, out + c);
    }
}
