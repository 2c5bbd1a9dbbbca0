/*
 * Promises of the vector index: packing, codes, kernels, segments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "knowledge/vec.h"

static uint64_t state_ = 88172645463325252u;

static double uniform(void) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return (double)(state_ >> 11) / 9007199254740992.0;
}

static float normal(void) {
    return (float)(sqrt(-2 * log(uniform() + 1e-18)) * cos(6.283185307179586 * uniform()));
}

/* Unit vectors around a few centres with most energy in few dimensions: what embeddings are like,
   and what plain signs are bad at. */
static void cloud(float *v, size_t n, uint32_t dim) {
    enum { CENTRES = 40 };
    float *centres = mem_alloc_n((size_t)CENTRES * dim, sizeof *centres);
    for (size_t i = 0; i < (size_t)CENTRES * dim; i++) centres[i] = normal();
    for (size_t i = 0; i < n; i++) {
        const float *c = centres + (size_t)(uniform() * CENTRES) * dim;
        float length = 0;
        for (uint32_t d = 0; d < dim; d++) {
            float scale = d < 16 ? 4.0f : 1.0f;
            v[i * dim + d] = scale * (0.6f * c[d] + normal()) + (d == 3 ? 12.0f : 0);
            length += v[i * dim + d] * v[i * dim + d];
        }
        for (uint32_t d = 0; d < dim; d++) v[i * dim + d] /= sqrtf(length);
    }
    mem_free(centres);
}

static float dot(const float *a, const float *b, uint32_t dim) {
    float sum = 0;
    for (uint32_t d = 0; d < dim; d++) sum += a[d] * b[d];
    return sum;
}

static void vec_packed_cosine_is_close(void **state) {
    enum { DIM = 384, N = 200 };
    float *v = mem_alloc_n((size_t)N * DIM, sizeof *v);
    uint8_t packed[4 + DIM];
    cloud(v, N, DIM);
    for (int i = 1; i < N; i++) {
        vec_pack(v + i * DIM, DIM, packed);
        assert_true(fabsf(vec_cosine(v, packed, DIM) - dot(v, v + i * DIM, DIM)) < 4e-3f);
    }
    memset(v, 0, DIM * sizeof *v);
    vec_pack(v, DIM, packed);
    assert_true(vec_cosine(v, packed, DIM) == 0);
    v[0] = NAN;
    v[1] = INFINITY;
    vec_pack(v, DIM, packed);
    assert_true(isfinite(vec_cosine(v + DIM, packed, DIM)));
    mem_free(v);
}

static void vec_kernels_agree_with_the_plain_loop(void **state) {
    for (uint32_t words = 1; words <= 64; words += words < 18 ? 1 : 23) {
        enum { N = 37 };
        uint64_t *rows = mem_alloc_n((size_t)N * words, 8), *code = mem_alloc_n(words, 8);
        uint16_t fast[N], plain[N];
        for (size_t i = 0; i < (size_t)N * words; i++) rows[i] = (uint64_t)(uniform() * 1.8e19);
        for (size_t i = 0; i < words; i++) code[i] = (uint64_t)(uniform() * 1.8e19);
        vec_hamming(rows, N, words, code, fast);
        vec_hamming_ref(rows, N, words, code, plain);
        assert_memory_equal(fast, plain, sizeof fast);
        mem_free(rows);
        mem_free(code);
    }
}

static char *temporary(void) {
    static char path[128];
    (void)snprintf(path, sizeof path, "/tmp/hearth-vec-%ld", (long)getpid());
    return path;
}

static VecSeg write_cloud(const float *v, uint32_t n, uint32_t dim) {
    uint32_t *ids = mem_alloc_n(n, 4), words = vec_words(dim);
    uint64_t *codes = mem_alloc_n((size_t)n * words, 8);
    float *scratch = mem_alloc_n(dim, sizeof *scratch);
    for (uint32_t i = 0; i < n; i++) {
        ids[i] = i * 3 + 1;
        vec_code(v + (size_t)i * dim, dim, scratch, codes + (size_t)i * words);
    }
    VecSeg seg;
    assert_int_equal(vec_write(temporary(), ids, codes, n, dim, NULL), OK);
    assert_int_equal(vec_open(temporary(), FRAME_CHECK_ALL, &seg, NULL), OK);
    (void)unlink(temporary());
    mem_free(ids);
    mem_free(codes);
    mem_free(scratch);
    return seg;
}

static int compare_floats(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return x > y ? -1 : x < y;
}

/* recall@10 of codes + exact order of 300 candidates against exact search */
static void vec_three_hundred_candidates_hold_the_exact_top_ten(void **state) {
    enum { N = 20000, DIM = 384, QUERIES = 50, NEAR = 300, TOP = 10 };
    float *v = mem_alloc_n((size_t)(N + QUERIES) * DIM, sizeof *v), scratch[DIM];
    float *exact = mem_alloc_n(N, sizeof *exact);
    cloud(v, N + QUERIES, DIM);
    VecSeg seg = write_cloud(v, N, DIM);
    const VecSeg *segs[] = {&seg};
    size_t hits = 0;
    for (int q = 0; q < QUERIES; q++) {
        const float *query = v + (size_t)(N + q) * DIM;
        VecNear near[NEAR];
        uint64_t code[DIM / 64];
        size_t n;
        vec_code(query, DIM, scratch, code);
        assert_int_equal(vec_scan(segs, 1, code, NEAR, near, &n, NULL), OK);
        assert_int_equal(n, NEAR);
        for (int i = 0; i < N; i++) exact[i] = dot(query, v + (size_t)i * DIM, DIM);
        float all[NEAR];
        for (size_t i = 0; i < n; i++) all[i] = exact[(near[i].id - 1) / 3];
        for (size_t i = 1; i < n; i++) assert_true(near[i].distance >= near[i - 1].distance);
        qsort(exact, N, sizeof *exact, compare_floats);
        for (size_t i = 0; i < n; i++) hits += all[i] >= exact[TOP - 1];
    }
    print_message("recall@10 %.3f\n", (double)hits / (QUERIES * TOP));
    assert_true(hits >= 0.97 * QUERIES * TOP);
    vec_close(&seg);
    mem_free(v);
    mem_free(exact);
}

static void vec_scan_over_no_rows_finds_nothing(void **state) {
    uint64_t code[6] = {0};
    VecNear near[4];
    size_t n = 9;
    assert_int_equal(vec_scan(NULL, 0, code, 4, near, &n, NULL), OK);
    assert_int_equal(n, 0);
}

static void vec_damaged_segments_are_refused(void **state) {
    enum { N = 50, DIM = 100 };
    float v[N * DIM];
    cloud(v, N, DIM);
    VecSeg seg = write_cloud(v, N, DIM), again;
    size_t n = seg.frame.payload_bytes;
    uint8_t *bytes = mem_aligned(64, n);
    for (size_t cut = 0; cut < n; cut += 8) {
        memcpy(bytes, seg.frame.payload, n);
        assert_int_equal(vec_view(bytes, cut, &again, NULL), E_CORRUPT);
    }
    for (size_t at = 0; at < 64 + N * 4; at++) {
        memcpy(bytes, seg.frame.payload, n);
        bytes[at] ^= 0x80;
        uint64_t code[2] = {0};
        VecNear near[8];
        size_t found;
        const VecSeg *segs[] = {&again};
        if (vec_view(bytes, n, &again, NULL) != OK || again.words != 2) continue;
        assert_int_equal(vec_scan(segs, 1, code, 8, near, &found, NULL), OK);
    }
    mem_free(bytes);
    vec_close(&seg);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vec_packed_cosine_is_close),
        cmocka_unit_test(vec_kernels_agree_with_the_plain_loop),
        cmocka_unit_test(vec_three_hundred_candidates_hold_the_exact_top_ten),
        cmocka_unit_test(vec_scan_over_no_rows_finds_nothing),
        cmocka_unit_test(vec_damaged_segments_are_refused),
    };
    return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
