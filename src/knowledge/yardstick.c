/*
 * How far apart unrelated passages are: the yardstick of the mix (search.c).
 *
 * Cosines of one model live in a narrow band, and models differ by a factor of ten in how narrow.
 * So the store keeps one number beside its space: the standard deviation of the cosines between
 * SAMPLE of its vectors, each against each. It is measured whenever vectors came or went.
 *
 * The sample must not know the store's history, or the same documents would give another order of
 * passages, and so another answer, in a store that had held others before. Row ids do know it: they
 * grow for ever, and what was forgotten leaves gaps. A vector's key does not: it is a hash of what
 * was embedded (store_docs.c). So the line of all keys is cut into SAMPLE parts of equal length,
 * and each part gives the first key from its beginning on that was not taken yet:
 *
 *     key       00 ...... 20 ...... 40 ...... 60 ......      four parts
 *     vectors     03 1f            47 4a 4c     88 9b
 *     taken       03      47       4a           88
 *
 * SAMPLE look-ups in an index and SAMPLE * (SAMPLE - 1) / 2 products, some milliseconds. With 128
 * vectors the estimate is off by a twentieth or so; it is the same one every time.
 */
#include <math.h>

#include "knowledge/store_impl.h"

enum { SAMPLE = 128 };
_Static_assert(256 % SAMPLE == 0, "a part begins where a first byte does");

/* Vectors unpacked and of length 1: out[n][dim]. */
static Status sample_vectors(Store *s, float *out, size_t *n, Err *err) {
    uint8_t from[STORE_KEY_BYTES] = {0};
    *n = 0;
    for (int i = 0; i < SAMPLE; i++) {
        sqlite3_stmt *q;
        bool row;
        uint8_t part[STORE_KEY_BYTES] = {(uint8_t)(256 / SAMPLE * i)};
        if (memcmp(from, part, sizeof part) < 0) memcpy(from, part, sizeof part);
        TRY(sql_get(s, Q_VECTOR_NEXT, &q, err));
        (void)sqlite3_bind_int64(q, 1, s->space.id);
        (void)sqlite3_bind_blob(q, 2, from, sizeof from, SQLITE_STATIC);
        TRY(sql_step(s, q, &row, err));
        if (!row) return OK;
        Str key = sql_blob(q, 0), data = sql_blob(q, 1);
        bool good = data.n == vec_packed_bytes(s->space.dim);
        if (good) vec_unpack((const uint8_t *)data.p, s->space.dim, out + *n * s->space.dim);
        *n += good;
        if (key.n == sizeof from) memcpy(from, key.p, key.n);
        (void)sqlite3_reset(q);
    }
    return OK;
}

/* The standard deviation of cosines over all pairs; 0 when there are too few pairs to tell. */
static double spread_of(const float *v, size_t n, uint32_t dim) {
    double sum = 0, squares = 0, pairs = (double)n * ((double)n - 1) / 2;
    if (pairs < SAMPLE) return 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            double dot = 0;
            for (uint32_t d = 0; d < dim; d++) dot += (double)(v[i * dim + d] * v[k * dim + d]);
            sum += dot;
            squares += dot * dot;
        }
    }
    double variance = squares / pairs - sum / pairs * (sum / pairs);
    return variance > 0 ? sqrt(variance) : 0;
}

Status store_measure_spread(Store *s, Err *err) {
    sqlite3_stmt *q;
    size_t n;
    TRY(segs_read_space(s, err));
    if (!s->space.id) return OK;
    float *v = mem_alloc_n((size_t)SAMPLE * s->space.dim, sizeof *v);
    if (!v) return err_no_memory(err, "a sample of vectors");
    Status status = sample_vectors(s, v, &n, err);
    if (status == OK) status = sql_get(s, Q_SPACE_SPREAD, &q, err);
    if (status == OK) {
        (void)sqlite3_bind_int64(q, 1, s->space.id);
        (void)sqlite3_bind_double(q, 2, spread_of(v, n, s->space.dim));
        status = sql_run(s, q, err);
    }
    mem_free(v);
    return status;
}
