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
 * Invariant: kern_block_put and kern_block_get are inverse; the unit tests walk all bits.
 */
#include "model/kernels/filerow.h"

#include "base/mem.h"

size_t kern_packed_bytes(KernType type, size_t rows, size_t cols) {
    const KernLayout *l = kern_layout(type);
    size_t total;
    if (kern_row_bytes(type, cols) == 0 || rows == 0 || rows > SIZE_MAX - 15) return 0;
    if (!size_mul((rows + 15) / 16, kern_panel_bytes(l, cols), &total)) return 0;
    return total;
}

/* Sets the integer of (row, k); the block must have been zeroed. */
static void kern_block_put(unsigned bits, uint8_t *block, unsigned place, unsigned u) {
    unsigned c = place >> 8, lane = place & 63u; /* place = chunk << 8 | byte of the chunk */
    uint8_t *low = block + 64 * (c & 3u) + lane;
    if (bits == 8) {
        block[64 * c + lane] = (uint8_t)u;
        return;
    }
    if (bits < 4) { /* 2-bit plane, then 1-bit plane */
        block[64 * (c & 1u) + lane] |= (uint8_t)((u & 3u) << (2 * (c >> 1)));
        if (bits == 3) block[128 + lane] |= (uint8_t)((u >> 2) << c);
        return;
    }
    *low |= (uint8_t)((u & 15u) << (c & 4u));
    if (bits == 5) block[256 + lane] |= (uint8_t)((u >> 4) << c);
    if (bits == 6) block[256 + 64 * (c & 1u) + lane] |= (uint8_t)((u >> 4) << (2 * (c >> 1)));
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

/* One unit of one row: `b` into the unit's head and blocks. */
static void put_unit(const KernLayout *l, const KernFileBlock *b, unsigned row, uint8_t *unit) {
    put_head(l, b, row, unit);
    for (unsigned k = 0; k < l->unit_cols; k++) {
        uint8_t *block = unit + l->head_bytes + (size_t)l->block_bytes * (k / 32);
        unsigned chunk = (k & 31u) >> 2, lane = 4 * row + (k & 3u);
        kern_block_put(l->bits, block, chunk << 8 | lane, b->u[k]);
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
    KernFileBlock b;
    memset(&b, 0, sizeof b);
    for (size_t i = 0; i < n_units; i++, panel += kern_unit_bytes(l)) {
        for (unsigned row = 0; row < n_rows; row++) {
            kern_file_block(mat->type, src + row * row_bytes + i * l->file_bytes, &b);
            put_unit(l, &b, row, panel);
        }
    }
}

void kern_pack(const KernMat *mat, const void *gguf_data, size_t row0, size_t row1) {
    const KernLayout *l = kern_layout(mat->type);
    if (!l) return;
    size_t panel_bytes = kern_panel_bytes(l, mat->cols);
    size_t row_bytes = kern_row_bytes(mat->type, mat->cols);
    uint8_t *base = (uint8_t *)(uintptr_t)mat->data; /* documented: written through the cast */
    if (row1 > mat->rows) row1 = mat->rows;
    for (size_t row = row0; row < row1; row += 16) {
        uint8_t *panel = base + row / 16 * panel_bytes;
        const uint8_t *src = (const uint8_t *)gguf_data + row * row_bytes;
        size_t n_rows = row1 - row < 16 ? row1 - row : 16;
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
    for (size_t c = 0; c < mat->cols; c += l->unit_cols, unit += kern_unit_bytes(l)) {
        get_head(l, unit, lane, &b);
        for (unsigned k = 0; k < l->unit_cols; k++) {
            const uint8_t *block = unit + l->head_bytes + (size_t)l->block_bytes * (k / 32);
            b.u[k] = (uint8_t)kern_block_get(l->bits, block, lane, k & 31u);
        }
        kern_block_values(mat->type, &b, out + c);
    }
}
