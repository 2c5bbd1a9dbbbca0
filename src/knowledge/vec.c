/*
 * The body of vec.h.
 *
 * Rotation. Signs are a good code only when the energy of a vector is spread evenly over its
 * dimensions, which embeddings do not promise. A random rotation spreads it; a fast one is rounds
 * of "flip signs at random, Walsh-Hadamard transform" (Ailon & Chazelle, "The fast
 * Johnson-Lindenstrauss transform", 2009). 384 is no power of two, so each round transforms two
 * overlapping windows, the first and the last 2^k dimensions (256 of 384): four rounds mix
 * everything, and each step is orthogonal up to a factor that signs do not see. The random signs
 * come from a fixed seed: codes written today must match queries asked next year.
 *
 * Candidates by Hamming distance over the codes, then exact order by the packed vectors: on 317,154
 * real-text vectors 300 candidates kept 99.5 % of the exact top ten (1-bit codes as in Charikar,
 * "Similarity estimation techniques from rounding algorithms", 2002).
 *
 * Selecting m of n: distances are small integers, so a histogram finds the distance where the m-th
 * lies, and a second pass picks what is nearer. No heap, no sort of n.
 *
 * Segment payload, little-endian, 64-aligned sections: header (n u32, dim u32, 0 u64), ids u32[n]
 * ascending, codes u64[n][words].
 *
 * With 384 dimensions a packed vector has 4 + 384 bytes and a code 6 words, 48 bytes. A million
 * vectors are 48 MB to scan and 388 MB that are looked at only for candidates.
 */
#include "base/hash.h"
#include "knowledge/vec.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 4, SECTION_ALIGN = 64, SCAN_STEP = 4096 };

typedef struct VecHeader {
    uint32_t n, dim;
    uint64_t reserved;
} VecHeader;
_Static_assert(sizeof(VecHeader) == 16, "on disk");
_Static_assert(offsetof(VecHeader, reserved) == 8, "on disk");
_Static_assert(sizeof(VecHeader) <= SECTION_ALIGN, "ids begin with the second section");
_Static_assert(FRAME_PAYLOAD_AT % SECTION_ALIGN == 0, "aligned in memory, too");
_Static_assert(VEC_DIM_MAX % 64 == 0, "no distance of whole words is above VEC_DIM_MAX");
_Static_assert(VEC_DIM_MAX <= UINT16_MAX, "a distance fits");

/* ---- int8 ------------------------------------------------------------------------------------ */

/* The largest component becomes 127. What is no number becomes 0, so that a broken embedder cannot
   spoil the whole vector's scale. */
void vec_pack(const float *v, uint32_t dim, uint8_t *out) {
    float most = 0;
    for (uint32_t i = 0; i < dim; i++) most = fabsf(v[i]) > most ? fabsf(v[i]) : most;
    float scale = most > 0 && isfinite(most) ? most / 127 : 1;
    int8_t *q = (int8_t *)out + 4;
    for (uint32_t i = 0; i < dim; i++) {
        float x = v[i] / scale;
        q[i] = isfinite(x) ? (int8_t)lrintf(x) : 0;
    }
    memcpy(out, &scale, 4);
}

/* Length 1 whatever the scale was: rounding has changed it a little. */
void vec_unpack(const uint8_t *packed, uint32_t dim, float *out) {
    const int8_t *q = (const int8_t *)packed + 4;
    float squares = 0;
    for (uint32_t i = 0; i < dim; i++) squares += (float)(q[i] * q[i]);
    float scale = squares > 0 ? 1 / sqrtf(squares) : 0;
    for (uint32_t i = 0; i < dim; i++) out[i] = scale * (float)q[i];
}

/* Both lengths are taken out, the query's too: it need not be exactly 1. */
float vec_cosine(const float *query, const uint8_t *packed, uint32_t dim) {
    const int8_t *q = (const int8_t *)packed + 4;
    float dot = 0, own = 0, asked = 0;
    for (uint32_t i = 0; i < dim; i++) {
        float x = q[i];
        dot += query[i] * x;
        own += x * x;
        asked += query[i] * query[i];
    }
    float length = sqrtf(own) * sqrtf(asked);
    return length > 0 ? dot / length : 0;
}

/* ---- codes ----------------------------------------------------------------------------------- */

/* The Walsh-Hadamard transform in place, n a power of two: n log n additions. */
static void hadamard(float *v, uint32_t n) {
    assert(n && (n & (n - 1)) == 0);
    for (uint32_t half = 1; half < n; half *= 2) {
        for (uint32_t i = 0; i < n; i += 2 * half) {
            for (uint32_t j = i; j < i + half; j++) {
                float a = v[j], b = v[j + half];
                v[j] = a + b;
                v[j + half] = a - b;
            }
        }
    }
}

/* ROUNDS of signs and transform, on the first and the last window by turns. The seed holds the
   dimension: other models get other signs. Nothing here may change while there are codes on a
   disk. */
static void rotate(float *v, uint32_t dim) {
    uint32_t window = 1;
    while (window * 2 <= dim) window *= 2;
    float back = 1 / sqrtf((float)window); /* keeps both parts of v on one scale */
    uint64_t state = 0x48656172746856u + dim, signs = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < dim; i++) {
            if (i % 64 == 0) signs = random_next(&state);
            if (signs >> i % 64 & 1) v[i] = -v[i];
        }
        float *part = round % 2 ? v + (dim - window) : v;
        hadamard(part, window);
        for (uint32_t i = 0; i < window; i++) part[i] *= back;
    }
}

void vec_code(const float *v, uint32_t dim, float *scratch, uint64_t *code) {
    assert(dim >= 1 && dim <= VEC_DIM_MAX);
    memcpy(scratch, v, dim * sizeof *v);
    rotate(scratch, dim);
    memset(code, 0, vec_words(dim) * sizeof *code);
    for (uint32_t i = 0; i < dim; i++) code[i / 64] |= (uint64_t)(scratch[i] > 0) << i % 64;
}

void vec_code_packed(const uint8_t *packed, uint32_t dim, float *scratch, uint64_t *code) {
    float v[VEC_DIM_MAX];
    assert(dim <= VEC_DIM_MAX);
    const int8_t *q = (const int8_t *)packed + 4;
    for (uint32_t i = 0; i < dim; i++) v[i] = q[i];
    vec_code(v, dim, scratch, code);
}

/* ---- segments -------------------------------------------------------------------------------- */

static size_t aligned(size_t at) {
    return (at + SECTION_ALIGN - 1) / SECTION_ALIGN * SECTION_ALIGN;
}

/* ids and codes are used as they lie: offsets of sections are multiples of 64, the payload's
   address of 8 at least. */
Status vec_view(const uint8_t *payload, size_t n, VecSeg *out, Err *err) {
    VecHeader h;
    if (n < sizeof h || (uintptr_t)payload % 8) {
        return err_set(err, E_CORRUPT, "vector segment: too short");
    }
    memcpy(&h, payload, sizeof h);
    if (h.n == 0 || h.n > VEC_ROWS_MAX || h.dim == 0 || h.dim > VEC_DIM_MAX) {
        return err_set(err, E_CORRUPT, "vector segment: %u vectors of %u dimensions", h.n, h.dim);
    }
    size_t ids_at = SECTION_ALIGN, words = vec_words(h.dim);
    size_t codes_at = aligned(ids_at + (size_t)h.n * 4);
    if (n < codes_at || (n - codes_at) / 8 / words < h.n) {
        return err_set(err, E_CORRUPT, "vector segment: cut off");
    }
    *out = (VecSeg){.ids = (const uint32_t *)(const void *)(payload + ids_at),
                    .codes = (const uint64_t *)(const void *)(payload + codes_at),
                    .n = h.n,
                    .dim = h.dim,
                    .words = (uint32_t)words};
    for (uint32_t i = 1; i < h.n; i++) {
        if (out->ids[i] <= out->ids[i - 1]) {
            return err_set(err, E_CORRUPT, "vector segment: its ids are out of order");
        }
    }
    return OK;
}

Status vec_open(const char *path, FrameCheck check, VecSeg *out, Err *err) {
    Frame frame;
    TRY(frame_open(path, VEC_FRAME_KIND, VEC_FRAME_VERSION, check, &frame, err));
    Status status = vec_view(frame.payload, frame.payload_bytes, out, err);
    if (status != OK) {
        frame_close(&frame);
        return err_prefix(err, status, "%s", path);
    }
    out->frame = frame;
    return OK;
}

void vec_close(VecSeg *seg) {
    if (seg->frame.payload) frame_close(&seg->frame);
    *seg = (VecSeg){0};
}

static Status write_sections(FrameWriter *w, const uint32_t *ids, const uint64_t *codes,
                             VecHeader header, Err *err) {
    TRY(frame_write(w, &header, sizeof header, err));
    TRY(frame_align(w, SECTION_ALIGN, err));
    TRY(frame_write(w, ids, (size_t)header.n * 4, err));
    TRY(frame_align(w, SECTION_ALIGN, err));
    return frame_write(w, codes, (size_t)header.n * vec_words(header.dim) * 8, err);
}

Status vec_write(const char *path, const uint32_t *ids, const uint64_t *codes, uint32_t n,
                 uint32_t dim, Err *err) {
    assert(n >= 1 && n <= VEC_ROWS_MAX && dim >= 1 && dim <= VEC_DIM_MAX); /* as vec_view wants */
    FrameWriter *w;
    TRY(frame_begin(path, VEC_FRAME_KIND, VEC_FRAME_VERSION, &w, err));
    Status status = write_sections(w, ids, codes, (VecHeader){n, dim, 0}, err);
    if (status == OK) return frame_commit(w, err);
    frame_abort(w);
    return status;
}

/* ---- scan ------------------------------------------------------------------------------------ */

typedef struct Scan {
    const VecSeg *const *segs;
    size_t n_segs;
    uint16_t *distances; /* of all rows of all segments, one after the other */
    uint32_t *counts;    /* [VEC_DIM_MAX + 1] */
    size_t n;
} Scan;

/* Distances of every row, and how often each occurs. SCAN_STEP rows at a time, so that counting
   finds them in the cache. */
static void scan_all(Scan *s, const uint64_t *code) {
    size_t at = 0;
    for (size_t i = 0; i < s->n_segs; i++) {
        const VecSeg *seg = s->segs[i];
        for (size_t row = 0; row < seg->n; row += SCAN_STEP) {
            size_t step = seg->n - row < SCAN_STEP ? seg->n - row : SCAN_STEP;
            vec_hamming(seg->codes + row * seg->words, step, seg->words, code, s->distances + at);
            for (size_t k = 0; k < step; k++) s->counts[s->distances[at + k]]++;
            at += step;
        }
    }
}

static int nearest_first(const void *a, const void *b) {
    const VecNear *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Everything below the edge, and of the edge as many as fit, by place. Distances are at most dim
   rounded up to 64, which counts[] holds. */
static void pick(const Scan *s, size_t m, VecNear *out, size_t *n_out) {
    size_t below = 0;
    uint32_t edge = 0; /* the first distance that is not taken whole */
    while (edge < VEC_DIM_MAX && below + s->counts[edge] <= m) below += s->counts[edge++];
    assert(below <= m);
    size_t at = 0, n = 0, edge_left = m - below;
    for (size_t i = 0; i < s->n_segs; i++) {
        for (uint32_t row = 0; row < s->segs[i]->n; row++, at++) {
            uint32_t distance = s->distances[at];
            bool take = distance < edge || (distance == edge && edge_left > 0);
            if (!take) continue;
            if (distance == edge) edge_left--;
            out[n++] = (VecNear){s->segs[i]->ids[row], distance};
        }
    }
    assert(at == s->n && n <= m); /* out has room for m */
    qsort(out, n, sizeof *out, nearest_first);
    *n_out = n;
}

Status vec_scan(const VecSeg *const *segs, size_t n_segs, const uint64_t *code, size_t m,
                VecNear *out, size_t *n_out, Err *err) {
    Scan s = {.segs = segs, .n_segs = n_segs};
    *n_out = 0;
    for (size_t i = 0; i < n_segs; i++) {
        assert(segs[i]->words == segs[0]->words); /* as long as the code */
        s.n += segs[i]->n;
    }
    if (s.n == 0 || m == 0) return OK;
    s.distances = mem_alloc_n(s.n, sizeof *s.distances);
    s.counts = mem_zalloc_n(VEC_DIM_MAX + 2, sizeof *s.counts);
    Status status = s.distances && s.counts ? OK : err_no_memory(err, "a vector scan");
    if (status == OK) {
        scan_all(&s, code);
        assert(s.segs[0]->words * 64 <= VEC_DIM_MAX); /* the largest distance has a count */
        pick(&s, m, out, n_out);
    }
    mem_free(s.distances);
    mem_free(s.counts);
    return status;
}
