/*
 * The vector index: 1-bit codes to find candidates, int8 vectors to order them.
 *
 * Vectors themselves are rows of SQLite (int8 with one scale: vec_pack), keyed by the hash of the
 * text they stand for: that is the truth, it is what a second device would receive, and the same
 * text never gets two. A vec segment is derived from it: the ids of a range of vectors and their
 * codes, 48 bytes each at 384 dimensions.
 */
#ifndef HEARTH_KNOWLEDGE_VEC_H
#define HEARTH_KNOWLEDGE_VEC_H

#include "base/frame.h"
#include "base/mem.h"

enum { VEC_DIM_MAX = 4096, VEC_ROWS_MAX = 1 << 26 };

#define VEC_FRAME_KIND "vecseg"
#define VEC_FRAME_VERSION 1u

/* ---- one vector as int8 ---------------------------------------------------------------------- */

/* out: [vec_packed_bytes(dim)] = float scale, int8[dim]; v ~ scale * q. */
static inline size_t vec_packed_bytes(uint32_t dim) { return 4 + (size_t)dim; }
void vec_pack(const float *v, uint32_t dim, uint8_t *out);
/* out: [dim], of length 1. */
void vec_unpack(const uint8_t *packed, uint32_t dim, float *out);
/* Cosine of a unit query with a packed vector (its own rounding normalised away). */
float vec_cosine(const float *query, const uint8_t *packed, uint32_t dim);

/* ---- codes ----------------------------------------------------------------------------------- */

static inline uint32_t vec_words(uint32_t dim) { return (dim + 63) / 64; }
/* Signs of the rotated vector, 64 a word. v: [dim], scratch: [dim]. */
void vec_code(const float *v, uint32_t dim, float *scratch, uint64_t *code);
/* The code of the vector that vec_unpack gives: length does not change signs. */
void vec_code_packed(const uint8_t *packed, uint32_t dim, float *scratch, uint64_t *code);

/* ---- segments -------------------------------------------------------------------------------- */

typedef struct VecSeg {
    Frame frame;
    const uint32_t *ids;   /* [n] vector ids, ascending */
    const uint64_t *codes; /* [n][words] */
    uint32_t n, dim, words; /* rows; dimensions; vec_words(dim) */
} VecSeg;

/* Maps and checks one segment; vec_close it. E_CORRUPT: damaged; the others as of frame_open. */
Status vec_open(const char *path, FrameCheck check, VecSeg *out, Err *err) WARN_UNUSED;
/* A zeroed or closed one is fine. */
void vec_close(VecSeg *seg);
/* The same over a payload in memory (8-byte aligned), which is borrowed. Checks everything that a
   scan relies on. */
Status vec_view(const uint8_t *payload, size_t n, VecSeg *out, Err *err) WARN_UNUSED;
/* ids ascending; codes: [n][vec_words(dim)]. */
Status vec_write(const char *path, const uint32_t *ids, const uint64_t *codes, uint32_t n,
                 uint32_t dim, Err *err) WARN_UNUSED;

typedef struct VecNear {
    uint32_t id;
    uint32_t distance; /* bits that differ */
} VecNear;

/* The m vectors of all segments (same dim) whose codes differ least from `code`; ties at the edge
   are cut by id. out: [m], nearest first; *n_out <= m. */
Status vec_scan(const VecSeg *const *segs, size_t n_segs, const uint64_t *code, size_t m,
                VecNear *out, size_t *n_out, Err *err) WARN_UNUSED;

/* ---- kernels, chosen once by the CPU (vec_kernel.c) ------------------------------------------ */

/* distances[i] = popcount(rows[i] ^ code), rows: [n][words]. */
void vec_hamming(const uint64_t *rows, size_t n, uint32_t words, const uint64_t *code,
                 uint16_t *distances);
/* The plain loop, which vec_hamming is tested against. */
void vec_hamming_ref(const uint64_t *rows, size_t n, uint32_t words, const uint64_t *code,
                     uint16_t *distances);

#endif
